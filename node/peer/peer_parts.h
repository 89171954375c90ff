/*
 * peer_parts.h - inside node/peer only: pool, engine, line and call as they know each other.
 *
 * A pool has one current engine and any number of retired ones; an engine owns its lines; a call holds on to one engine
 * and line from its first try to its end. Nothing here is called from inside a libcurl callback save what attempt.c and
 * engine.c hand to libcurl themselves, and user code runs from a call's own timer alone: so whatever it does (ask,
 * cancel, close), no libcurl function is on the stack.
 */
#ifndef KETENBRUG_PEER_PARTS_H
#define KETENBRUG_PEER_PARTS_H

#include <curl/curl.h>
#include <stdbool.h>
#include <uv.h>

#include "base/buf.h"
#include "base/limits.h"
#include "peer/circuit.h"
#include "peer/peer.h"

enum {
    PEER_AUTHORITY_MAX = 272, /* host of at most 253 characters, or an address in brackets, and ":65535" */
    PEER_PATH_MAX = 512,
    PEER_MEDIA_TYPE_MAX = 128,
    PEER_URL_MAX = PEER_AUTHORITY_MAX + PEER_PATH_MAX + 16,
};

/* One partner at one address, for one engine. */
struct peer_line {
    struct trust_expected expected;
    char authority[PEER_AUTHORITY_MAX]; /* host:port, lower case, port always there */
    struct circuit circuit;
    bool answered;            /* at least once */
    int64_t answered_ms;      /* the last time; peer_now_ms */
    struct peer_tally *tally; /* the pool's; NULL: there was no memory for it */
    struct peer_line *next;
};

struct peer_socket;

struct peer_engine {
    struct peer_pool *pool;
    struct trust *trust;
    CURLM *multi; /* NULL once the engine ends */
    uv_timer_t timer;
    struct peer_socket *sockets;
    size_t handles; /* libuv handles that are not closed yet */
    struct peer_line *lines;
    size_t line_count;
    size_t calls; /* that hold on to this engine */
    bool retired; /* takes no new calls, ends with the last */
    bool driving; /* libcurl is on the stack */
    bool broken;  /* a callback found no memory: libcurl gives up this multi */
};

enum peer_call_state {
    CALL_TRYING,  /* its easy handle is in the engine's multi; the timer is the deadline */
    CALL_RESTING, /* not in a multi: before a try; the timer ends it */
    CALL_ENDED,   /* the outcome is known; the timer tells it */
    CALL_TOLD,
};

struct peer_call {
    struct peer_pool *pool;
    struct peer_call *next;
    struct peer_call *previous;
    struct peer_engine *engine; /* NULL once ended */
    struct peer_line *line;
    enum circuit_pass pass;
    enum peer_call_state state;
    uv_timer_t timer;
    CURL *easy;
    struct curl_slist *headers;
    char url[PEER_URL_MAX];
    struct oin oin;
    char authority[PEER_AUTHORITY_MAX];
    struct ident request_id;
    struct buf body;
    struct buf answer;
    size_t header_bytes;
    uint32_t refusals; /* of the line, when this try began */
    uint32_t cuts;     /* the same */
    int64_t started_ms;
    uint32_t within_ms; /* of its own; 0: the pool's total_ms */
    bool background;
    bool patient; /* the partner answered until this call began: see may_be_restarting */
    struct peer_outcome outcome;
    peer_done *done;
    void *ctx;
};

struct peer_pool {
    uv_loop_t *loop;
    struct peer_options options;
    struct peer_engine *current;
    size_t engines;
    struct peer_call *calls;
    size_t call_count;
    struct peer_tally *tallies[PEER_LINES_MAX];
    size_t tally_count;
    bool closing;
    void (*closed)(void *ctx);
    void *closed_ctx;
};

int64_t peer_now_ms(void); /* monotonic */

/* pool.c */
void peer_pool_settle(struct peer_pool *pool); /* ends a closing pool when nothing is left */

/* line.c */
MUST_USE enum result peer_authority(const char *url, char out[PEER_AUTHORITY_MAX], struct error *err);
enum peer_line_found { LINE_FOUND, LINE_TAKEN, LINE_FULL, LINE_NO_MEMORY };
/* The line for this partner, made when new. LINE_TAKEN: the address is another organisation's in this engine, so that
 * its open connections may not be used; LINE_FULL: PEER_LINES_MAX. Both ask for a new engine. */
enum peer_line_found peer_line_find(struct peer_engine *engine, const struct oin *oin, const char *authority,
                                    struct peer_line **out);
void peer_lines_free(struct peer_engine *engine);

/* engine.c */
MUST_USE enum result peer_engine_open(struct peer_pool *pool, const struct trust *trust, struct peer_engine **out,
                                      struct error *err);
void peer_engine_retire(struct peer_engine *engine);
/* The current engine, or a new one in its place when that cannot serve this partner; the call holds on to it. */
MUST_USE enum result peer_engine_attach(struct peer_call *call, struct error *err);
void peer_engine_detach(struct peer_call *call);
MUST_USE bool peer_engine_start(struct peer_call *call);
void peer_engine_stop(struct peer_call *call);

/* attempt.c */
MUST_USE enum result peer_attempt_prepare(struct peer_call *call, const struct peer_request *request,
                                          struct error *err);
void peer_attempt_begin(struct peer_call *call); /* forgets what an earlier try received */
struct peer_verdict {
    enum peer_outcome_kind kind;
    bool again;      /* the partner certainly or possibly did not answer */
    bool not_served; /* nobody took the question: no listener, or one that went away during the handshake */
};
struct peer_verdict peer_attempt_verdict(struct peer_call *call, CURLcode code);

/* call.c */
void peer_call_tried(struct peer_call *call, CURLcode code);
void peer_call_fail(struct peer_call *call, enum peer_outcome_kind kind);

#endif
