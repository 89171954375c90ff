/*
 * load_run.h - one run: connections, warm-up, measurement, end.
 *
 * Every phase has a deadline; a run ends by itself whatever the server does.
 * Ownership: borrows the plan. Thread: one. Faults: those of load_target_connect; FAULT_PEER when the
 * warm-up had errors.
 */
#ifndef KETENBRUG_BENCH_LOAD_RUN_H
#define KETENBRUG_BENCH_LOAD_RUN_H

#include "bench/load_connection.h"

enum { LOAD_CONNECTIONS_MAX = 4096, LOAD_SECONDS_MAX = 3600, LOAD_DRAIN_SECONDS = 10 };

struct load_schedule {
    unsigned connections;
    unsigned warmup_seconds;
    unsigned seconds;  /* of measuring; with `requests`: at most */
    uint64_t requests; /* 0: as many as fit in the time */
    /* Then the word "open" goes to standard output and the connections stay, idle, until standard input ends; at most
     * so long. 0: not at all. */
    unsigned hold_seconds;
};

/* On success plan->stats holds the measurement alone, and `out_seconds` how long it took. */
MUST_USE enum result load_run(struct load_plan *plan, const struct load_schedule *schedule, double *out_seconds,
                              struct error *err);

#endif
