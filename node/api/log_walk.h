/*
 * log_walk.h - going through the records of the log that answer to something: for searches, letters, exports, statements.
 *
 * Does:      takes the entries of the most telling term from the search index, a month and class at a time, of the months
 *            of the period; reads each record, holds its visible part against what is sought, then opens it and holds the
 *            rest against it, and hands it out, the newest first or (oldest) the oldest; at most LOG_WALK_RECORDS read, in
 *            turns of a millisecond, so that others get theirs.
 *            With `newest`, records behind the index's watermark are gone through too: nothing that was committed before
 *            the walk began is missed. Whatever the index says, a record is given for what it itself says.
 * Does not:  answer a call, or record that it was read: who walks does. A record that does not open (key destroyed) cannot
 *            be found by the index; behind the watermark it is passed over. One whose text alone does not open is given
 *            as LOG_SEAL_DAMAGED, without text; all others are LOG_SEAL_WHOLE.
 * Clock:     the months are those of the records' own times, so a clock that was wrong hides nothing; within them each
 *            record is judged by its own time.
 * Ownership: `sought` is copied; what `take` gets is borrowed until it returns. `done` is called once, from inside the call
 *            only for want of memory. A walk under way counts as a call of the api.
 * Thread:    the loop's. Faults: to `done`: of the store, FAULT_NO_MEMORY.
 */
#ifndef KETENBRUG_API_LOG_WALK_H
#define KETENBRUG_API_LOG_WALK_H

#include "api/api.h"
#include "audit/verify.h"

struct log_sought {
    struct record values; /* each in its place: request, case, user, peer, purpose, operation, consult, bsn, subject */
    bool person;          /* values.bsn or values.subject, or both: the same person */
    bool any_outcome;     /* false: only with `outcome` */
    enum record_outcome outcome;
    int64_t from_ms, end_ms; /* from, and up to but not including; 0 and INT64_MAX: no bound */
    uint64_t before;         /* newest first: only records below; UINT64_MAX: all */
    uint64_t after;          /* oldest first: only records from here on */
    uint64_t size;           /* only the log as it was at this size; 0: as it is now */
    bool oldest;             /* the oldest first */
    size_t look;             /* opened at most, whether they answer or not; 0: as many as are read */
};

struct log_walk_end {
    uint64_t next; /* more: go on with before (oldest first: after) = next */
    bool more;
    uint64_t watermark, size; /* of the index, and of the log that was walked */
};

enum log_walk_go { LOG_WALK_ON, LOG_WALK_STOP };

typedef enum log_walk_go log_walk_take(void *ctx, const struct store_leaf *leaf, enum log_seal seal,
                                       const struct record *record, struct slice text);
typedef void log_walk_done(void *ctx, const struct log_walk_end *end, const struct error *err); /* end: NULL with err */
/* `most`: records handed out, LOG_WALK_RECORDS at most. A record on which `take` says STOP was taken. */
void log_walk(struct api *api, const struct log_sought *sought, size_t most, bool newest, log_walk_take *take,
              log_walk_done *done, void *ctx);
/* By halving: the first record at or after this time, the log's size when there is none. The log's times may run back (a
 * clock that was wrong, a backup that was restored): then some of this time stand elsewhere. For where to begin and end in
 * going through a whole period, with room on both sides; log_walk does without. `got` is called from inside the call. */
void log_moment(struct api *api, int64_t ms, void (*got)(void *ctx, uint64_t sequence, const struct error *err),
                void *ctx);
/* A person stands in the log by own id where he is known here and by number where not: both, of either. `bsn` or `subject`
 * may be NULL. Only those two members of `both` are filled in. `got` is called from inside the call. */
void log_find_person(struct api *api, const struct bsn *bsn, const struct ident *subject,
                     void (*got)(void *ctx, const struct record *both, const struct error *err), void *ctx);
/* Whether it would go through no more than is bearable; else the fault says what to name too. */
bool log_sought_bounded(const struct log_sought *sought, struct fault_list *faults);

#endif
