/*
 * checkpoint.h - moves the write-ahead log into the database, on a thread of its own, so that commits wait as little
 * as can be. Inside sqlite/ only.
 *
 * Does:      past STORE_WAL_PAGES it copies while commits go on, then takes the commit lock for the little that is
 *            left, so that the log starts over; after STORE_IDLE_MS without a commit it empties the log's file.
 * Ownership: checkpoint_start/checkpoint_stop; the commit lock is the caller's.
 * Thread:    checkpoint_note from the writer thread, under the commit lock.
 * Faults:    a failed sync goes to sync_failed and ends the checkpoints; others are logged and tried again.
 */
#ifndef KETENBRUG_STORE_SQLITE_CHECKPOINT_H
#define KETENBRUG_STORE_SQLITE_CHECKPOINT_H

#include <pthread.h>

#include "store/backend.h"

struct checkpoint;

MUST_USE enum result checkpoint_start(const struct backend_options *options, const char *path,
                                      pthread_mutex_t *commit_lock, struct checkpoint **out, struct error *err);
void checkpoint_stop(struct checkpoint *checkpoint);
bool checkpoint_behind(
    struct checkpoint *checkpoint); /* more waits to be moved than one checkpoint should; any thread */
void checkpoint_note(struct checkpoint *checkpoint, int wal_pages); /* after a commit: pages in the log now */

#endif
