/*
 * post.h - one short text to a server of the organisation's own: a call (webhook) or a mail.
 *
 * Does:      POST of a JSON body, or one mail to one address over SMTP; TLS 1.2 or later, checked against the anchors and
 *            for the name in the address; no proxy, redirect, cookie, netrc, credentials, or scheme but https and smtps. Without
 *            TLS (http, smtp) it speaks to this machine alone.
 * Does not:  know what it says, try again, or keep connections.
 * Ownership: post_open gives; post_close when nothing is under way. A request is copied.
 * Thread:    the loop's. Each runs on a worker thread of libuv's: libcurl looks up names and reads anchors without leaving the
 *            loop to others. Faults: an outcome, never a callback missed. Of post_send itself: FAULT_INVALID, FAULT_BUSY,
 *            FAULT_NO_MEMORY; then done is not called.
 */
#ifndef KETENBRUG_PEER_POST_H
#define KETENBRUG_PEER_POST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"

struct uv_loop_s;
struct post_pool;

/*    outcome                code (API)             text for people */
#define POST_OUTCOME_TABLE(X)                                                                                          \
    X(POST_SENT, "verstuurd", "de server nam het aan")                                                                 \
    X(POST_REFUSED, "geweigerd", "de server nam het niet aan")                                                         \
    X(POST_DOWN, "onbereikbaar", "de server is niet bereikbaar")                                                       \
    X(POST_TIMED_OUT, "te-laat", "de server antwoordde niet op tijd")                                                  \
    X(POST_TLS_REFUSED, "tls-geweigerd", "het certificaat van de server is niet te vertrouwen")                        \
    X(POST_CANCELLED, "afgebroken", "het knooppunt stopt")

enum post_outcome {
#define X(code, slug, text) code,
    POST_OUTCOME_TABLE(X)
#undef X
        POST_OUTCOME_COUNT
};

const char *post_outcome_slug(enum post_outcome outcome);
const char *post_outcome_text(enum post_outcome outcome); /* Dutch */

enum post_way { POST_WEBHOOK, POST_MAIL };

enum { POSTS_AT_ONCE = 2, POST_ADDRESS_MAX = 255 };

struct post_request {
    enum post_way kind;
    const char *url;     /* a webhook's with its path; of a mail the server alone */
    const char *anchors; /* file of certificates (PEM); "" the system's */
    const char *from;    /* of a mail, as is the next */
    const char *to;      /* one address */
    const char *text;    /* printable ASCII: the JSON body; of a mail its subject and its one line */
    int64_t date_ms;     /* of a mail, UTC */
    uint32_t total_ms;   /* it ends sooner */
};

/* An address that post_send takes; FAULT_INVALID says what is allowed, `where` is "". */
MUST_USE enum result post_url_check(enum post_way kind, const char *url, struct error *err);
/* One mail address, as RFC 5321 calls a mailbox, without quotes, comment or name. */
bool post_address_ok(const char *address);

/* `status`: HTTP or SMTP; 0: none came. */
typedef void post_done(void *ctx, enum post_outcome outcome, int status);

MUST_USE enum result post_open(struct uv_loop_s *loop, struct post_pool **out, struct error *err);
void post_stop(struct post_pool *pool);  /* what is under way ends within a second or so, with POST_CANCELLED */
void post_close(struct post_pool *pool); /* NULL is fine */
/* done is called exactly once, from the loop, never from inside this call. */
MUST_USE enum result post_send(struct post_pool *pool, const struct post_request *request, post_done *done, void *ctx,
                               struct error *err);

#endif
