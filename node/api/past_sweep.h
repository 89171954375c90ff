/*
 * past_sweep.h - that somebody stood in a lookup set is kept for MATCH_PAST_DAYS after he left it, and then goes.
 *
 * Does:      goes through the past places from the oldest, some a turn, until a page in which none is over: they were
 *            entered in the order in which they ended. One that cannot be read goes too: nobody can be told of it.
 * Does not:  believe a clock that jumped: the highest time that was believed counts.
 * Ownership: nothing to free; work under way counts as a call of the api. Thread: the loop's.
 * Faults:    none outward; they are logged, and the next look tries again.
 */
#ifndef KETENBRUG_API_PAST_SWEEP_H
#define KETENBRUG_API_PAST_SWEEP_H

struct api;

void past_sweep(struct api *api);

#endif
