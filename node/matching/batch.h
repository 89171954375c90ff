/*
 * batch.h - the asker's half of one blind evaluation: people go in, blinded values go out to the partner, and with his answer
 * and its proof come the values by which they are matched.
 *
 * Does:      fills a batch up to MATCH_BATCH with random inputs, so that nobody sees for how many people it is; blinds each
 *            anew; checks the proof over all of them and gives values, or nothing.
 * Ownership: match_batch_new/match_batch_free; in locked memory, wiped when it is freed.
 * Thread:    match_batch_blind and match_batch_finish on a worker, the rest anywhere, one at a time.
 * Faults:    those of voprf.h.
 */
#ifndef KETENBRUG_MATCHING_BATCH_H
#define KETENBRUG_MATCHING_BATCH_H

#include "base/clock.h"
#include "base/limits.h"
#include "matching/derive.h"

struct match_batch;

/* Of `count` people, 1 to MATCH_BATCH. NULL: no memory. */
MUST_USE struct match_batch *match_batch_new(const struct bsn *people, size_t count, const struct entropy *entropy);
void match_batch_free(struct match_batch *batch); /* NULL is fine */
MUST_USE enum result match_batch_blind(struct match_batch *batch, struct error *err);
/* MATCH_BATCH of them, once blinded. */
const struct voprf_element *match_batch_blinded(const struct match_batch *batch);

struct match_evaluated {
    struct voprf_element values[MATCH_BATCH];
    uint8_t proof[VOPRF_PROOF];
};
/* `key` is the public one that the set's header names. */
MUST_USE enum result match_batch_finish(struct match_batch *batch, const struct match_scope *scope,
                                        const struct voprf_element *key, const struct match_evaluated *evaluated,
                                        struct error *err);
/* Of the person at this place, once finished. */
const struct match_value *match_batch_value(const struct match_batch *batch, size_t place);

#endif
