/*
 * figures_read.h - goes through the looks of one period of the log and has them counted.
 *
 * Does:      finds where in the log the period lies, by its times; where the clock was once set back, or that is no longer
 *            known, goes through all of the log instead. Opens looks on a worker thread, some at a time, so that others get their turn.
 * Does not:  count part of a period: a look that cannot be opened (its key is gone, or it is damaged) is a fault, for
 *            figures with and without it would tell the difference. Stops when nobody waits any more.
 * Ownership: call and figures outlive it. `done` is called once.
 * Thread:    the loop's. Faults: FAULT_NOT_FOUND, FAULT_TOO_LARGE, FAULT_STORE, FAULT_NO_MEMORY, FAULT_BUSY.
 */
#ifndef KETENBRUG_API_FIGURES_READ_H
#define KETENBRUG_API_FIGURES_READ_H

#include "api/api.h"
#include "api/figures_count.h"

struct figures_period {
    int64_t from_ms, end_ms; /* from, and up to but not including */
};

typedef void figures_read_fn(void *ctx, const struct error *err);
void figures_read(struct call *call, const struct figures_period *period, struct figures *into, figures_read_fn *done,
                  void *ctx);

#endif
