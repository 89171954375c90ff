#include "bench/load_stats.h"

enum { STEP_BITS = 6 };

static unsigned bucket_of(uint64_t v)
{
    if (v < LOAD_STEPS) {
        return (unsigned)v;
    }
    const unsigned doublings = 63U - (unsigned)__builtin_clzll(v) - STEP_BITS;
    if (doublings >= LOAD_DOUBLINGS) {
        return LOAD_BUCKETS - 1;
    }
    return LOAD_STEPS * (doublings + 1) + (unsigned)(v >> doublings) - LOAD_STEPS;
}

static uint64_t value_of(unsigned bucket)
{
    if (bucket < LOAD_STEPS) {
        return bucket;
    }
    const unsigned doublings = bucket / LOAD_STEPS - 1;
    const uint64_t step = (uint64_t)1 << doublings;
    return (bucket % LOAD_STEPS + LOAD_STEPS) * step + step / 2;
}

void load_stats_latency(struct load_stats *stats, int64_t microseconds)
{
    stats->latency[bucket_of(microseconds > 0 ? (uint64_t)microseconds : 0)]++;
}

double load_stats_percentile(const struct load_stats *stats, unsigned per_mille)
{
    uint64_t total = 0;
    for (unsigned i = 0; i < LOAD_BUCKETS; i++) {
        total += stats->latency[i];
    }
    const uint64_t rank = (total * per_mille + 999) / 1000;
    uint64_t seen = 0;
    for (unsigned i = 0; i < LOAD_BUCKETS && total != 0; i++) {
        seen += stats->latency[i];
        if (seen >= rank) {
            return (double)value_of(i) / 1000.0;
        }
    }
    return 0.0;
}

uint64_t load_stats_errors(const struct load_stats *stats)
{
    return stats->wrong_status + stats->wrong_length + stats->lost;
}
