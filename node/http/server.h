/*
 * server.h - an HTTP/2 server on a libuv loop (RFC 9113). Knows no word of the domain.
 *
 * Does:      listens on TCP with TLS 1.3 or on a Unix socket in clear text with prior knowledge; runs a table of
 *            routes; streams bodies both ways with backpressure; bounds everything (base/limits.h); drains.
 * Does not:  keep state between requests, log personal data, or look into bodies.
 * Ownership: http_server_open gives, the closed callback of http_server_close ends it. A request belongs to the server
 *            and lives until its answer is written or its stream is gone; whoever answers later keeps the pointer and
 *            registers on_gone, after which it must not be touched.
 * Thread:    the loop's, all of it.
 * Faults:    problem+json to the client: 400, 404, 405 (with Allow), 408, 413, 415, 431, 503.
 */
#ifndef KETENBRUG_HTTP_SERVER_H
#define KETENBRUG_HTTP_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/fault.h"
#include "base/histogram.h"
#include "base/logline.h"
#include "base/slice.h"
#include "certs/identity.h"
#include "certs/trust.h"

struct uv_loop_s;
struct http_server;
struct http_request;

enum http_method { HTTP_GET, HTTP_POST, HTTP_PUT, HTTP_PATCH, HTTP_DELETE, HTTP_METHOD_COUNT };

/* A handler gets the request when its body is complete (buffered route) or when its headers are (streaming route).
 * It must see to it that exactly one http_answer* call follows, now or later. */
typedef void http_handler(struct http_request *request, void *ctx);

struct http_route {
    enum http_method method;
    const char *path; /* exact, or with one trailing segment "{id}": "/v1/opzoeksets/{id}" */
    http_handler *handle;
    size_t body_max;        /* bytes; 0: no body allowed */
    const char *media_type; /* of the body, e.g. "application/json"; NULL: not checked */
    bool streams;           /* the handler reads the body with http_read_body */
};

struct http_routes {
    const struct http_route *rows; /* borrowed for the server's life */
    size_t count;
    void *ctx; /* handed to every handler */
};

enum { HTTP_SERVER_HEADERS = 4 };

enum http_listener_kind { HTTP_TLS_MUTUAL, HTTP_TLS_OPEN, HTTP_UNIX };

struct http_times { /* milliseconds; http_default_times() gives base/limits.h */
    uint32_t handshake, idle, headers, body, write, drain;
};

struct http_server_options {
    enum http_listener_kind kind;
    const char *address;       /* "127.0.0.1" or "::1"; for HTTP_UNIX the path (created 0600, removed at close) */
    uint16_t port;             /* 0: any; see http_server_port */
    const struct trust *trust; /* not for HTTP_UNIX; used while opening and reloading only */
    struct http_routes routes;
    /* Name, value pairs on every answer, e.g. {"api-version", "1.0.0"}; NULL ends; borrowed for the server's life. */
    const char *server_headers[HTTP_SERVER_HEADERS][2];
    struct http_times times;
    uint32_t max_connections; /* 0: HTTP_MAX_CONNECTIONS */
    uint32_t
        peer_connections; /* of one peer; 0: HTTP_PEER_CONNECTIONS, HTTP_SOURCE_CONNECTIONS, no bound for a socket */
    uint32_t handshakes_per_s;  /* of one address; 0: HTTP_HANDSHAKES_PER_S */
    const struct log_sink *log; /* may be NULL */
    const struct clock *clock;  /* for the date header (RFC 9110, 6.6.1); NULL: no such header */
    /* HTTP_UNIX: only this user id and root may connect (SO_PEERCRED). */
    uint32_t allowed_uid;
    /* Asked for each request before routing and again before the handler; NULL: everyone may. A FAILED result is the
     * answer (its fault's status): a peer that is no partner gets 403 here. */
    enum result (*admit)(void *ctx, const struct cert_identity *peer, const char *path, struct error *err);
    /* Told, e.g. to record it, of each request that the server refused by itself (status >= 400), and with path "" and
     * FAULT_TOO_MANY of each connection that it ended for abuse or, of a known organisation, did not take. May be NULL. */
    void (*refused)(void *ctx, const struct cert_identity *peer, const char *path, const struct error *err);
    void *hooks_ctx;
};

struct http_times http_default_times(void);
/* Sets SIGPIPE to be ignored when nobody did. After a failure let the loop turn once more before it is closed. */
MUST_USE enum result http_server_open(struct uv_loop_s *loop, const struct http_server_options *options,
                                      struct http_server **out, struct error *err);
uint16_t http_server_port(const struct http_server *server);
/* New certificates and CRLs for new connections; connections whose certificate no longer verifies, or that `keep`
 * refuses (NULL: keeps all), are closed. A handshake under way goes on and is judged at its end by the same, so that
 * `keep` and `ctx` are borrowed until the next reload. On failure all stays as it was. */
MUST_USE enum result http_server_reload(struct http_server *server, const struct trust *trust,
                                        bool (*keep)(void *ctx, const struct cert_identity *peer), void *ctx,
                                        struct error *err);
/* Other times and another most of connections (0: HTTP_MAX_CONNECTIONS), from now on, also for what is open. */
void http_server_set_bounds(struct http_server *server, const struct http_times *times, uint32_t max_connections);
/* Stops accepting, sends GOAWAY, lets open requests finish, cuts what is left after times.drain, then calls closed. */
void http_server_close(struct http_server *server, void (*closed)(void *ctx), void *ctx);
size_t http_server_connections(const struct http_server *server);

/* Since the server was opened; connections_now is what there is. */
struct http_server_stats {
    uint64_t accepted, connections_now, handshakes, handshake_failures, requests, answers_2xx, answers_4xx, answers_5xx,
        shed, cut_abuse, refused_connections, rests; /* rests: a connection waited for its peer's next turn */
};

void http_server_stats(const struct http_server *server, struct http_server_stats *out);

/* How long answers took: of row `index` of the route table, and behind the last row of what no route took. NULL past
 * that. */
const struct histogram *http_server_times(const struct http_server *server, size_t index);

/* The request. Slices live as long as the request. */
enum http_method http_request_method(const struct http_request *request);
struct slice http_request_path(const struct http_request *request);      /* without query */
struct slice http_request_query(const struct http_request *request);     /* behind '?', may be empty */
struct slice http_request_parameter(const struct http_request *request); /* what stood for {id}, may be empty */
struct slice http_request_header(const struct http_request *request, const char *lower_case_name);
struct slice http_request_body(const struct http_request *request); /* buffered routes */
/* The verified client certificate; NULL on HTTP_UNIX and HTTP_TLS_OPEN. */
const struct cert_identity *http_request_peer(const struct http_request *request);
#define HTTP_NO_UID UINT32_MAX
uint32_t http_request_uid(const struct http_request *request); /* HTTP_UNIX: the connecting user id; else HTTP_NO_UID */
void *http_request_alloc(struct http_request *request, size_t size); /* zeroed, freed with the request; may be NULL */
/* Called once when the handler loses the request before its answer was complete: the stream was reset, the connection
 * is gone, a drain was cut, or the server itself answers 408 or 413 while a body streams in. An answer of
 * http_answer_stream is complete when pull has returned HTTP_END or HTTP_BROKEN. */
void http_request_on_gone(struct http_request *request, void (*gone)(void *ctx), void *ctx);

/* Answers. Bodies are copied. Header names are lower case. */
struct http_header {
    const char *name;
    const char *value;
};

void http_answer(struct http_request *request, int status, const char *media_type, struct slice body);
void http_answer_with(struct http_request *request, int status, const char *media_type, struct slice body,
                      const struct http_header *headers, size_t count);
void http_answer_error(struct http_request *request, const struct error *err); /* problem+json; 503 adds Retry-After */
void http_answer_faults(struct http_request *request, const struct fault_list *faults);

/* Streaming out: headers go first; `pull` is called when there is room and appends to `out`, at most `room` bytes.
 * It returns HTTP_MORE, HTTP_WAIT (call http_resume later), HTTP_END or HTTP_BROKEN (the stream is reset). HTTP_MORE
 * without a byte counts as HTTP_WAIT. After HTTP_END and HTTP_BROKEN the request must not be touched. */
enum http_pull { HTTP_MORE, HTTP_WAIT, HTTP_END, HTTP_BROKEN };
void http_answer_stream(struct http_request *request, int status, const char *media_type,
                        enum http_pull (*pull)(void *ctx, struct buf *out, size_t room), void *ctx);
/* The same with further header fields, which are copied. */
void http_answer_stream_with(struct http_request *request, int status, const char *media_type,
                             const struct http_header *headers, size_t count,
                             enum http_pull (*pull)(void *ctx, struct buf *out, size_t room), void *ctx);
void http_resume(struct http_request *request);

/* Streaming in: `push` gets each piece, valid during the call; a piece not yet consumed holds back the sender's window
 * until http_consumed(request, len), which push itself may call. `last` is true with the final (possibly empty) piece.
 * push is not called again after http_answer*, save http_answer_stream. */
void http_read_body(struct http_request *request, void (*push)(void *ctx, struct slice piece, bool last), void *ctx);
void http_consumed(struct http_request *request, size_t len);

#endif
