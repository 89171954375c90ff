/*
 * health.h - the operations listener: plain HTTP/1.1 on loopback for the machine's own monitoring.
 *
 *   GET /health/live   200 while the process runs
 *   GET /health/ready  200 when the node can answer; else 503 with the reasons, in Dutch, one a line
 *   GET /metrics       OpenMetrics 1.0
 * Ownership: ops_open/ops_close. Thread: its own (libmicrohttpd); `look` is called on it and must be thread-safe.
 */
#ifndef KETENBRUG_OPS_HEALTH_H
#define KETENBRUG_OPS_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "ops/standing.h"

struct ops;

struct ops_options {
    const char *address; /* a loopback address */
    uint16_t port;
    void (*look)(void *ctx, struct standing *out);
    void *ctx;
};

MUST_USE enum result ops_open(const struct ops_options *options, struct ops **out, struct error *err);
void ops_close(struct ops *ops);

#endif
