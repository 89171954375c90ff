/*
 * router.h - which row of the route table answers a path. Pure.
 *
 * A path matches a row exactly, or through one trailing segment "{name}"; a row with the exact path goes before.
 * Ownership: router_new gives, router_free takes; the rows are borrowed for as long.
 * Thread:    read-only after router_new.
 * Faults:    FAULT_CONFIG for a table that cannot work: path without slash, braces elsewhere, no handler, a row twice.
 */
#ifndef KETENBRUG_HTTP_ROUTER_H
#define KETENBRUG_HTTP_ROUTER_H

#include "base/fault.h"
#include "base/slice.h"
#include "http/server.h"

struct router;

struct router_match {
    const struct http_route *route; /* NULL: none for this method */
    struct slice parameter;
    unsigned allowed; /* bit (1 << method) for each method that the path knows; 0: unknown path */
};

enum { ROUTER_ALLOW_MAX = 48 };

MUST_USE enum result router_new(const struct http_routes *routes, struct router **out, struct error *err);
void router_free(struct router *router);
/* `method` HTTP_METHOD_COUNT: one that the table cannot hold, such as CONNECT. */
struct router_match router_find(const struct router *router, enum http_method method, struct slice path);
unsigned router_methods(const struct router *router); /* all methods in the table, as bits */

enum http_method router_method(struct slice name);               /* HTTP_METHOD_COUNT when unknown */
void router_allow(unsigned allowed, char out[ROUTER_ALLOW_MAX]); /* as in an Allow header: "GET, POST" */

#endif
