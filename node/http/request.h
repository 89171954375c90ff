/*
 * request.h - the inside of a request; other rooms see server.h only.
 *
 * A request is one HTTP/2 stream with its headers, body, answer and arena. It comes from the core's pool when the
 * stream opens and returns there when the stream closes. `handed` says whether a handler holds it: then on_gone is
 * owed, once, unless the answer was complete before.
 * Thread: the loop's.
 */
#ifndef KETENBRUG_HTTP_REQUEST_H
#define KETENBRUG_HTTP_REQUEST_H

#include <stdalign.h>

#include "base/limits.h"
#include "http/arena.h"
#include "http/core.h"
#include "http/link.h"

struct session;

enum { REQUEST_ARENA = 5120 }; /* an ordinary request and its answer fit, so that they cost no allocation */

struct request_header {
    struct slice name;
    struct slice value;
};

enum request_flaw { REQUEST_SOUND, REQUEST_HEADERS_TOO_LARGE, REQUEST_NO_MEMORY };

struct http_request {
    struct session *session;
    int32_t stream_id;
    struct link open_link;   /* in the session's open requests */
    struct link body_link;   /* while the client owes body bytes, oldest first */
    struct link answer_link; /* while the client owes window for the answer, oldest first */
    uint64_t began_us;       /* its headers were complete; see monotonic_us */
    uint64_t body_since;
    uint64_t answer_since;
    size_t answer_moved; /* bytes of it since then */

    enum http_method method; /* HTTP_METHOD_COUNT: one that no route can have */
    bool is_head;
    enum request_flaw flaw;
    struct slice path; /* a zero byte follows */
    struct slice query;
    struct slice parameter;
    const struct http_route *route;
    int64_t content_length; /* -1: not said */
    size_t header_count;
    size_t header_bytes;

    bool shed;      /* there was no place for it: its answer is 503 */
    bool body_open; /* the client has not ended its side */
    bool discard;   /* what still comes of the body is thrown away */
    uint8_t *body;  /* in the arena: all of a buffered body; of a streamed one what came before http_read_body */
    size_t body_len;
    size_t body_capacity;
    size_t body_seen;
    size_t unconsumed;
    void (*push)(void *ctx, struct slice piece, bool last);
    void *push_ctx;
    bool last_pushed;

    bool answered;
    bool waiting; /* pull said HTTP_WAIT */
    struct slice answer;
    size_t answer_sent;
    enum http_pull (*pull)(void *ctx, struct buf *out, size_t room);
    void *pull_ctx;

    void (*gone)(void *ctx);
    void *gone_ctx;

    struct http_request *next_pooled;
    struct arena arena;
    /* Up to here zeroed for each request. */
    struct request_header headers[HTTP_MAX_HEADERS];
    alignas(max_align_t) uint8_t first[REQUEST_ARENA];
};

MUST_USE struct http_request *request_take(struct http_core *core); /* NULL: no memory */
void request_give_back(struct http_core *core, struct http_request *request);
void request_pool_shrink(struct http_core *core, size_t keep);

void request_add_header(struct http_request *request, struct slice name, struct slice value);
bool request_media_type_is(const struct http_request *request, const char *media_type);
/* Tells the handler, if one still waits to hear it. */
void request_gone(struct http_request *request);

/* body.c. `false`: no memory. */
MUST_USE bool request_keep_body(struct http_request *request, struct slice piece, size_t ceiling);
void request_take_piece(struct http_request *request, struct slice piece);
void request_push_last(struct http_request *request);
void request_discard_body(struct http_request *request);

/* response.c: an answer by the server itself; `allow` is the Allow header's value or NULL. */
void response_refuse(struct http_request *request, const struct error *err, const char *allow);

#endif
