/*
 * peer.h - the HTTP/2 client to partners: libcurl multi on the caller's libuv loop.
 *
 * Does:      mutual TLS 1.3, HTTP/2 only, connection reuse and multiplexing; checks inside the handshake, before a byte
 *            of a question is sent, that the server's certificate holds the OIN that the covenant names for the URL;
 *            times out; retries a bounded number of times under the same request id when the partner certainly or
 *            possibly did not answer (refused stream, reset, connection lost, 503 with Retry-After 0); waits a moment
 *            for one that answered until now and takes no connection, for it may be restarting; opens a circuit per
 *            partner after failures in a row. No proxy, redirect, cookie, netrc or decompression.
 * Does not:  know what the question is, or decide who is a partner.
 * Ownership: peer_pool_open gives, peer_pool_close's callback ends it. A call's request is copied; the outcome borrows
 *            until its callback returns, and with that the call is gone.
 * Thread:    the loop's.
 * Faults:    an outcome, never a callback missed: every call ends within total_ms. Of peer_ask itself: FAULT_INVALID,
 *            FAULT_TOO_LARGE, FAULT_BUSY, FAULT_NO_MEMORY; then done is not called.
 */
#ifndef KETENBRUG_PEER_PEER_H
#define KETENBRUG_PEER_PEER_H

#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/ident.h"
#include "base/logline.h"
#include "base/oin.h"
#include "base/slice.h"
#include "certs/trust.h"

struct uv_loop_s;
struct peer_pool;
struct peer_call;

/* No TCP connection within connect_ms: PEER_DOWN. A partner that takes the connection and then keeps silent, during the
 * TLS handshake or after it: PEER_TIMED_OUT; a connection that is cut meanwhile: PEER_DOWN. The certificate of the server
 * refused by us, or ours by the server: PEER_TLS_REFUSED. */
/*    outcome                 code (API)              text for people */
#define PEER_OUTCOME_TABLE(X)                                                                                          \
    X(PEER_ANSWERED, "beantwoord", "heeft geantwoord")                                                                 \
    X(PEER_DOWN, "onbereikbaar", "het knooppunt is niet bereikbaar")                                                   \
    X(PEER_TIMED_OUT, "te-laat", "het knooppunt antwoordde niet op tijd")                                              \
    X(PEER_TLS_REFUSED, "tls-geweigerd", "de beveiligde verbinding is geweigerd")                                      \
    X(PEER_WRONG_OIN, "andere-organisatie", "het certificaat is van een andere organisatie dan het convenant noemt")   \
    X(PEER_GARBAGE, "onleesbaar", "het antwoord is onleesbaar of te groot")                                            \
    X(PEER_CIRCUIT_OPEN, "even-niet-gevraagd", "het knooppunt faalde net te vaak en wordt even niet gevraagd")         \
    X(PEER_CANCELLED, "afgebroken", "de vraag is afgebroken")

enum peer_outcome_kind {
#define X(code, slug, text) code,
    PEER_OUTCOME_TABLE(X)
#undef X
        PEER_OUTCOME_COUNT
};

const char *peer_outcome_slug(enum peer_outcome_kind kind);
const char *peer_outcome_text(enum peer_outcome_kind kind); /* Dutch */

struct peer_target {
    struct oin oin;  /* the server's certificate must hold it */
    const char *url; /* https://host[:port], from the covenant; names under .localhost are this machine */
};

struct peer_request {
    struct peer_target target;
    const char *path;        /* "/v1/raadplegingen" */
    struct ident request_id; /* sent as `request-id`; the same on every retry */
    const char *media_type;  /* of the body; NULL: GET without body */
    struct slice body;
    uint32_t within_ms; /* it ends sooner than total_ms; 0, or more than that: it does not */
    bool background;    /* nobody waits for it: its failure opens no circuit, and an open one does not keep it back */
};

struct peer_outcome {
    enum peer_outcome_kind kind;
    int status;             /* HTTP, when PEER_ANSWERED (any status: 4xx and 5xx are answers too) */
    const char *media_type; /* "" when the partner named none */
    struct slice body;      /* at most answer_max bytes; more is PEER_GARBAGE */
    int tries;              /* 0: not asked at all (PEER_CIRCUIT_OPEN) */
    int64_t elapsed_ms;
};

typedef void peer_done(void *ctx, const struct peer_outcome *outcome);

struct peer_options { /* peer_default_options() gives base/limits.h */
    uint32_t connect_ms, total_ms, retry_ms, circuit_ms;
    uint32_t tries, circuit_failures, connections;
    size_t answer_max;
    const struct log_sink *log; /* may be NULL */
};

struct peer_options peer_default_options(void);
/* `trust` is used during the call only. FAULT_CONFIG names the option that is out of bounds. */
MUST_USE enum result peer_pool_open(struct uv_loop_s *loop, const struct trust *trust,
                                    const struct peer_options *options, struct peer_pool **out, struct error *err);
/* New certificates and CRLs: connections made before are not used for new questions or tries; what is under way on them
 * may finish within its time. Circuits start closed again. On failure all stays as it was. */
MUST_USE enum result peer_pool_reload(struct peer_pool *pool, const struct trust *trust, struct error *err);
/* For what is asked from now on. The bounds of peer_pool_open hold; other values leave the old ones. */
void peer_pool_set_times(struct peer_pool *pool, uint32_t connect_ms, uint32_t total_ms);
uint32_t peer_pool_total_ms(const struct peer_pool *pool);
/* Cancels what is under way (each done is called with PEER_CANCELLED), then calls closed. */
void peer_pool_close(struct peer_pool *pool, void (*closed)(void *ctx), void *ctx);

/* How asking this partner went lately, since the last reload of certificates. */
enum peer_reach { REACH_NOT_ASKED, REACH_ANSWERS, REACH_FAILS };
enum peer_reach peer_reach(const struct peer_pool *pool, const struct oin *oin);
const char *peer_reach_word(enum peer_reach reach); /* Dutch */

/* How questions to a partner ended since the pool was opened, by enum peer_outcome_kind. In the order in which partners
 * were first asked; NULL past the last. */
struct peer_tally {
    struct oin oin;
    uint64_t outcomes[PEER_OUTCOME_COUNT];
};

const struct peer_tally *peer_tally_at(const struct peer_pool *pool, size_t index);

/* Starts a question; done is called exactly once, from the loop, never from inside this call or peer_cancel. `out` may
 * be NULL. */
MUST_USE enum result peer_ask(struct peer_pool *pool, const struct peer_request *request, peer_done *done, void *ctx,
                              struct peer_call **out, struct error *err);
/* done follows with PEER_CANCELLED, also when an answer had just come in. Not after done. */
void peer_cancel(struct peer_call *call);

#endif
