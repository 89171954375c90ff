/*
 * histogram.h - how often something took how long, in fixed classes, for monitoring.
 * Does not: lock. Ownership: a value. Thread: one at a time.
 */
#ifndef KETENBRUG_BASE_HISTOGRAM_H
#define KETENBRUG_BASE_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

enum { HISTOGRAM_BOUNDS = 14 };

struct histogram {
    uint64_t counts[HISTOGRAM_BOUNDS + 1]; /* of each class; the last: longer than all bounds */
    uint64_t sum_us;
};

extern const uint32_t histogram_bounds_us[HISTOGRAM_BOUNDS];   /* inclusive, ascending */
extern const char *const histogram_bounds_s[HISTOGRAM_BOUNDS]; /* the same as OpenMetrics writes them: "0.001" */

void histogram_add(struct histogram *histogram, uint64_t us);
uint64_t monotonic_us(void); /* of a clock that only goes forward */

#endif
