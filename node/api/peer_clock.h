/*
 * peer_clock.h - what the witnesses' clocks say of the own one.
 *
 * Does:      takes the median of what they said in a round, and follows the own clock's jumps since: a clock that is put
 *            wrong, or right, is known at once, not at the next round.
 * Does not:  know who they are (checkpoints.h), nor that time went back (api_clock_lag).
 * Units:     milliseconds. `skew`: the own clock less a clock that never jumps (uv_now).
 * Ownership: a value. Thread: the loop's.
 */
#ifndef KETENBRUG_API_PEER_CLOCK_H
#define KETENBRUG_API_PEER_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct peer_clock {
    bool known;          /* enough of them told it since the start */
    int64_t off_ms;      /* own clock less the median of theirs, when skew_ms was what it was */
    int64_t skew_ms;     /* at that time */
    int64_t accepted_ms; /* an offset that an administrator accepted, until they agree again; 0 none */
};

/* Sorts `offsets`. Fewer than `needed` are no reason to forget what was known. */
void peer_clock_take(struct peer_clock *clock, int64_t *offsets, size_t count, size_t needed, int64_t skew_ms);
int64_t peer_clock_off(const struct peer_clock *clock, int64_t skew_ms); /* now; 0 when not known */
bool peer_clock_agrees(const struct peer_clock *clock, int64_t skew_ms); /* known, and off by little */
bool peer_clock_wrong(const struct peer_clock *clock, int64_t skew_ms);  /* off by more than is accepted */
bool peer_clock_jumped(const struct peer_clock *clock, int64_t skew_ms); /* since the last round */
void peer_clock_accept(struct peer_clock *clock, int64_t skew_ms);

#endif
