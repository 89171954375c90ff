/*
 * load_connection.h - one HTTP/2 connection of the load generator with its streams.
 *
 * Does:      keeps as many requests under way as asked, checks each answer, counts into the run's statistics.
 * Does not:  wait: the caller polls the socket and calls connection_ready().
 * Ownership: open/close pair; plan and stats are borrowed and outlive the connection. Thread: one at a time.
 */
#ifndef KETENBRUG_BENCH_LOAD_CONNECTION_H
#define KETENBRUG_BENCH_LOAD_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "bench/load_bodies.h"
#include "bench/load_stats.h"
#include "bench/load_target.h"

enum { LOAD_STREAMS_MAX = 256 };

/* What to ask and what to expect; shared by all connections of a run. */
struct load_plan {
    const struct load_target *target;
    const char *method;
    const char *media_type; /* NULL: none */
    struct load_bodies bodies;
    unsigned streams;
    uint64_t exact_length; /* of an answer's body; 0: any */
    uint64_t least_length;
    uint64_t allowance; /* requests that may still be started */
    uint64_t request_number;
    int64_t now_us; /* the loop's clock, read once a round */
    struct load_stats stats;
};

struct connection;

MUST_USE enum result connection_open(struct load_plan *plan, struct connection **out, struct error *err);
void connection_close(struct connection *connection); /* NULL is fine */
int connection_fd(const struct connection *connection);
bool connection_wants_write(const struct connection *connection);
unsigned connection_in_flight(const struct connection *connection);
/* Reads what there is, starts requests as the plan allows, writes. False: the connection is gone, and what was under
 * way is counted as lost. */
bool connection_ready(struct connection *connection);

#endif
