/*
 * check.h - what must hold, looked at with what the checker itself remembers: no node reads any of that.
 *
 * I1 to I14 and Q1 to Q4: see README.md. Thread: one. Faults: world_fail() with the name of the invariant.
 */
#ifndef KETENBRUG_MODEL_CHECK_H
#define KETENBRUG_MODEL_CHECK_H

#include "world.h"

/* A row is about to be replaced on disk, and was. */
void check_write(struct world *world, int node, const struct work *work, enum table table, int index,
                 const void *before, const void *after);
void check_written(struct world *world, int node, const struct work *work);
/* A post, a signal, is about to leave. */
void check_sending(struct world *world, int node, const struct out_row *row, const struct message *message);
void check_signal_sending(struct world *world, int node, const struct signal_row *row, int partner);
void check_after(struct world *world);
/* All are up, the network is whole, and nothing moves any more. */
void check_rest(struct world *world);

#endif
