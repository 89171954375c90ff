/*
 * writer.h - the one thread that writes: takes all batches that wait, commits them together, hands them back.
 * Inside this room only.
 *
 * Ownership: writer_stop commits what waits, then ends the thread.
 * Thread:    writer_push, writer_ok, writer_commits and writer_times from any.
 * Faults:    FAULT_BUSY when STORE_QUEUE_MAX batches wait.
 */
#ifndef KETENBRUG_STORE_WRITER_H
#define KETENBRUG_STORE_WRITER_H

#include <stdatomic.h>

#include "store/backend.h"

struct writer;

/* Once `condemned` is true every batch fails: the database could not be synced. */
MUST_USE enum result writer_start(struct backend *backend, const struct merkle_frontier *tree,
                                  const struct log_sink *log, const atomic_bool *condemned, struct writer **out,
                                  struct error *err);
void writer_stop(struct writer *writer);

/* RESULT_OK: the batch is the writer's, until door_complete. It begins at writer_wake at the latest: a loop pushes all
 * that one turn brings and then wakes once, so that what came together is committed together. */
MUST_USE enum result writer_push(struct writer *writer, struct store_batch *batch, struct error *err);
void writer_wake(struct writer *writer);
bool writer_ok(const struct writer *writer);
/* Rises with every commit, before its batches complete: a reader that sees it unchanged reads the latest state. */
uint64_t writer_commits(const struct writer *writer);
void writer_times(struct writer *writer, struct histogram *out);

#endif
