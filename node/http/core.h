/*
 * core.h - what all connections of one listener share: routes, bounds, hooks, nghttp2's tables, pooled requests, quotas.
 *
 * Does:      everything of the protocol that needs no connection. No I/O; time comes in through core_set_now.
 * Ownership: core_new gives, core_free takes, after the last session. Options are copied, what they point at is
 *            borrowed for the core's life.
 * Thread:    the loop's. Faults: FAULT_CONFIG for the route table, FAULT_NO_MEMORY.
 */
#ifndef KETENBRUG_HTTP_CORE_H
#define KETENBRUG_HTTP_CORE_H

#include <nghttp2/nghttp2.h>

#include "http/quota.h"
#include "http/router.h"
#include "http/server.h"

struct http_core {
    struct http_server_options options;
    struct router *router;
    nghttp2_session_callbacks *callbacks;
    nghttp2_option *settings;
    uint64_t now; /* milliseconds of a clock that only goes forward */
    struct http_request *pooled;
    size_t pooled_count;
    uint64_t pooled_at;             /* when the last request ended */
    struct quotas peers;            /* by OIN; its rest is also all of a Unix socket */
    struct quotas sources;          /* by address */
    uint32_t under_way;             /* requests, of all peers */
    struct http_server_stats stats; /* connections_now aside */
    struct histogram *times;        /* per route, and one for what none took */
    int64_t date_s;
    char date[32]; /* of the date header, empty without a clock */
};

MUST_USE enum result core_new(const struct http_server_options *options, struct http_core **out, struct error *err);
void core_free(struct http_core *core);
void core_set_now(struct http_core *core, uint64_t now_ms);
/* Tells the hook, if there is one. */
void core_tell_refused(const struct http_core *core, const struct cert_identity *peer, const char *path,
                       const struct error *err);
void core_rest(struct http_core *core);     /* call now and then: without requests for a while, less memory is kept */
void core_set_date(struct http_core *core); /* call now and then; costs nothing within one second */

#endif
