/*
 * log.h - writes a year into an empty log: the records as a node appends them, and then its search index.
 *
 * Does:      audit_append with a clock that stands at each record's time, so with real seals and class keys; STORE_BATCH_MAX
 *            / 2 records a commit. Each month's index entries are sorted and put in order behind its last record: what
 *            a node does in the background, without its many rounds in between.
 * Does not:  make receipts of partners (there are no partners), or checkpoints: the node that starts on it makes those.
 * Ownership: year_log_open/year_log_close; store, keyring and loop outlive it. Thread: one; runs the loop.
 * Faults:    FAULT_CONFLICT: the log is not empty; of the store and the log otherwise.
 */
#ifndef KETENBRUG_YEAR_LOG_H
#define KETENBRUG_YEAR_LOG_H

#include <uv.h>

#include "audit/audit.h"
#include "year/year.h"

struct year_log;

MUST_USE enum result year_log_open(uv_loop_t *loop, struct store_door *door, struct keyring *keyring, uint64_t seed,
                                   struct year_log **out, struct error *err);
void year_log_close(struct year_log *log); /* NULL is fine; what is under way is waited for */
/* All that is left of the year. */
MUST_USE enum result year_log_write(struct year_log *log, struct year *year, struct error *err);
uint64_t year_log_entries(const struct year_log *log); /* of the search index, so far */

#endif
