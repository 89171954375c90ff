/*
 * shuffle.h - numbers below a bound in an order by chance, each once: drawn again from the same seed, they come again.
 *
 * Each order is as likely as any other (Fisher and Yates), as far as SHA-256 of seed and counter is as good as chance; no
 * number is favoured, for what does not divide evenly is drawn anew. Memory goes with what is drawn, not with the bound.
 * Ownership: shuffle_new/shuffle_free. Thread: one at a time; pure. Faults: FAULT_NO_MEMORY.
 */
#ifndef KETENBRUG_BASE_SHUFFLE_H
#define KETENBRUG_BASE_SHUFFLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"

enum { SHUFFLE_SEED = 32 };

struct shuffle;

/* `most`: numbers that will be drawn at most. */
MUST_USE enum result shuffle_new(const uint8_t seed[SHUFFLE_SEED], uint64_t bound, uint32_t most, struct shuffle **out,
                                 struct error *err);
void shuffle_free(struct shuffle *shuffle);                /* NULL is fine */
bool shuffle_next(struct shuffle *shuffle, uint64_t *out); /* false: all, or `most`, were drawn */

#endif
