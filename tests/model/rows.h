/*
 * rows.h - a node's disk: rows that change in batches, all or nothing, each guarded by the version that was read.
 *
 * Thread: one. Faults: a batch that is too large fails the run (invariant "model").
 */
#ifndef KETENBRUG_MODEL_ROWS_H
#define KETENBRUG_MODEL_ROWS_H

#include "world.h"

/* A copy of the row, to be changed and written by the batch; what the batch holds of it already is given again. */
void *rows_change(struct world *world, int node, struct batch *batch, enum table table, int index);
const void *rows_read(const struct disk *disk, enum table table, int index);
int rows_free(const struct disk *disk, const struct batch *batch, enum table table); /* -1: none */
int rows_count(enum table table);

/* A place in the node's queue, or NULL when that is full: then whoever asks is refused. */
struct work *work_begin(struct world *world, int node, prepare_fn *prepare, done_fn *done);
/* Reads and prepares; the batch is committed by a later step, or never. */
void work_ready(struct world *world, int node, struct work *work);
/* The oldest one, on disk; then what follows from it, unless the node dies between the two. */
void work_commit(struct world *world, int node, bool dies);

#endif
