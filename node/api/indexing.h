/*
 * indexing.h - the search index follows the log: behind it, on a worker thread, as far as its watermark says.
 *
 * Does:      in rounds takes the records behind the watermark, LOG_INDEX_RECORDS at a time, opens them on a worker
 *            thread, sorts the entries of at most LOG_INDEX_ROUND records, and commits them in parts, the new watermark
 *            with the last, so that a crash repeats some and loses none. A round begins at a tick when nobody waits for
 *            an answer, and at the latest after LOG_INDEX_PATIENCE ticks; while it is behind and nobody waits, at once.
 *            Parts go behind all smaller batches: answers do not wait.
 *            Now and then sweeps away what is left of an index whose class key is gone.
 * Does not:  search (log_search.h). A record that cannot be opened has no entries: nothing is known of it.
 * Ownership: indexing_open gives; indexing_close when no call is under way. A step under way counts as a call of the api.
 * Thread:    the loop's. Faults: none outward: what fails is logged and tried again at the next tick.
 */
#ifndef KETENBRUG_API_INDEXING_H
#define KETENBRUG_API_INDEXING_H

#include "api/api.h"

MUST_USE enum result indexing_open(struct api *api, struct indexing **out, struct error *err);
void indexing_tick(struct indexing *indexing);  /* to be called each second */
void indexing_stop(struct indexing *indexing);  /* after the step under way no other begins; NULL is fine */
void indexing_close(struct indexing *indexing); /* NULL is fine */
uint64_t indexing_watermark(const struct indexing *indexing); /* this many records can be found by search */

#endif
