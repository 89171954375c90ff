/*
 * rematch.h - the values of live signals at one partner, in their order: who of them is in his set, without asking for each.
 *
 * Does:      finds which values a step brought into a set, and which stand in a whole one. A hit is a slot of the caller's.
 * Does not:  know people, sets or versions; remember what was found.
 * Cost:      a step: a binary search for each entry that came; a whole set: one walk through the values that leaps through the
 *            set, or the other way round. 16 bytes a value.
 * Ownership: a value, zeroed but for `total`; rematch_clear frees what it holds. Thread: one at a time; pure.
 * Faults:    FAULT_NO_MEMORY, FAULT_TOO_LARGE past REMATCH_VALUES_MAX in all that share a total; then nothing was put.
 */
#ifndef KETENBRUG_MATCHING_REMATCH_H
#define KETENBRUG_MATCHING_REMATCH_H

#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/limits.h"

struct rematch_value {
    uint64_t fingerprint;
    uint32_t slot;
};

struct rematch {
    struct rematch_value
        *values; /* `sorted` of them in order, then what was put since; dropped ones stand until put in order */
    size_t count, sorted, dropped, room;
    size_t *total; /* in all that share it, the dropped ones included */
};

MUST_USE enum result rematch_put(struct rematch *rematch, uint64_t fingerprint, uint32_t slot, struct error *err);
void rematch_drop(struct rematch *rematch, uint64_t fingerprint, uint32_t slot); /* one that is not there is fine */
void rematch_clear(struct rematch *rematch);
size_t rematch_count(const struct rematch *rematch);

/* One call for each value that is among the entries, in no order that means something; it may not change the rematch. */
typedef void rematch_hit_fn(void *ctx, uint32_t slot);
void rematch_step(struct rematch *rematch, const uint64_t *comes, size_t count, rematch_hit_fn *hit, void *ctx);
void rematch_whole(struct rematch *rematch, const uint64_t *entries /* strictly rising */, size_t count,
                   rematch_hit_fn *hit, void *ctx);

#endif
