/*
 * load_stats.h - what a run of the load generator counted.
 *
 * Latencies go into a log-linear histogram: exact below 64 microseconds, within 1.6 % above.
 * Ownership: value type. Thread: one at a time.
 */
#ifndef KETENBRUG_BENCH_LOAD_STATS_H
#define KETENBRUG_BENCH_LOAD_STATS_H

#include <stdint.h>

enum { LOAD_STEPS = 64, LOAD_DOUBLINGS = 30, LOAD_BUCKETS = LOAD_STEPS * (LOAD_DOUBLINGS + 1) };

struct load_stats {
    uint64_t requests;     /* answered as expected */
    uint64_t wrong_status; /* answered otherwise */
    uint64_t wrong_length;
    uint64_t lost;   /* reset, or the connection ended */
    uint64_t bytes;  /* of bodies received */
    int last_status; /* of those answered otherwise */
    uint64_t latency[LOAD_BUCKETS];
};

void load_stats_latency(struct load_stats *stats, int64_t microseconds);
/* Milliseconds that `per_mille` of the requests stayed under or at; 0 when there were none. */
double load_stats_percentile(const struct load_stats *stats, unsigned per_mille);
uint64_t load_stats_errors(const struct load_stats *stats);

#endif
