/*
 * session.h - the protocol core of one connection: HTTP/2 bytes in, HTTP/2 bytes out. Wraps nghttp2; no I/O.
 *
 * Does:      opens requests, hands them to dispatch, serialises answers, keeps the times and counts that a client may
 *            not pass. `wake` tells the owner that there is something to write or that the session came to its end.
 * Ownership: session_new gives, session_free takes and tells every handler that still holds a request. Never free it
 *            from inside session_feed or session_output.
 * Thread:    the loop's.
 * Faults:    a broken peer is a state, not a fault: see session_over.
 */
#ifndef KETENBRUG_HTTP_SESSION_H
#define KETENBRUG_HTTP_SESSION_H

#include "http/core.h"
#include "http/frame_scan.h"
#include "http/h2_memory.h"
#include "http/link.h"

struct session_owner {
    const struct cert_identity *peer; /* NULL on HTTP_UNIX and HTTP_TLS_OPEN; outlives the session */
    uint32_t uid;
    struct quota *quota;     /* of the peer, in the core; NULL: with all others that have none */
    void (*wake)(void *ctx); /* may be NULL */
    void *ctx;
};

/* Inside view, for request, body, response and dispatch. */
struct session {
    struct http_core *core;
    struct session_owner owner;
    nghttp2_session *h2;
    struct h2_memory memory;
    struct slice rest;            /* serialised by nghttp2, not yet taken by session_output */
    struct http_request *current; /* whose header block is being read */
    struct link open;
    struct link bodies;
    struct link answers;
    size_t open_count;
    uint64_t quiet_since; /* last request ended, or connection opened */
    uint64_t headers_since;
    bool headers_wanted; /* a header block, or the preface, has begun and is not complete */
    bool draining;
    uint64_t draining_since;
    bool broken;            /* nghttp2 failed for good and must not be called again */
    bool rested;            /* nothing went out since its memory was put to rest */
    bool cut;               /* ended for abuse: the goodbye goes out, nothing more is read */
    unsigned continuations; /* of the header block that is being read */
    struct quota *quota;
    struct frame_scan scan;
};

MUST_USE enum result session_new(struct http_core *core, const struct session_owner *owner, struct session **out,
                                 struct error *err);
void session_free(struct session *session);

void session_feed(struct session *session, struct slice bytes);
/* Writes at most `room` bytes that the peer must get; 0: nothing now. */
size_t session_output(struct session *session, uint8_t *out, size_t room);
/* After the last output nothing more will come: the connection can be closed. */
bool session_over(const struct session *session);
void session_tick(struct session *session); /* looks at the times; core_set_now first */
void session_drain(struct session *session);
size_t session_open_requests(const struct session *session);

void session_wake(struct session *session);
void session_check(struct session *session, int code); /* what an nghttp2 function returned: fatal breaks the session */
void session_end_request(struct session *session, struct http_request *request);
bool session_is_cut(const struct session *session);
/* session_charges.c: what a client's frames cost its peer; past an allowance the connection ends. */
void session_charge_frames(struct session *session, struct slice bytes); /* that came, and nghttp2 has yet to see */
void session_charge_flood(struct session *session);                      /* nghttp2 would have no more of it */
void session_charge_idle(struct session *session, uint32_t count);       /* that many frames that ask nothing */
void session_charge_reset(struct session *session);
void session_charge_key_updates(struct session *session, uint32_t count);
void session_reward_request(struct session *session);
extern const uint8_t session_drain_mark[8]; /* in the PING whose answer says that the client saw the first GOAWAY */
void session_consume(struct session *session, int32_t stream_id, size_t len); /* gives window back to the sender */
void session_resume(struct session *session, int32_t stream_id);
/* session_rules.c: the head of a frame that came; a frame that was sent. */
void session_rules_received(struct session *session, const nghttp2_frame_hd *frame);
void session_rules_sent(struct session *session, const nghttp2_frame *frame);
void session_set_callbacks(nghttp2_session_callbacks *callbacks);
void session_reset_stream(struct session *session, int32_t stream_id, uint32_t code);

#endif
