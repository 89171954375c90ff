/*
 * retention.h - how long records can be read: the terms of class keys, their destruction, and legal holds.
 *
 * Does:      knows per month and class what the log says of its key, until when it is kept, and how many records are
 *            under it; appends the records of a destruction and of a hold; finishes at the start what a crash cut off.
 * Order:     a destruction is recorded, durable, and only then done in the key folder; a crash in between is made good by
 *            the next audit_start, so a key may for a moment outlive its record, never the other way round. A hold is
 *            placed in the key folder first and then recorded; lifting is recorded first. A key that is gone without a
 *            record, and a hold without one, are findings: told, not repaired.
 * Terms:     a month's key is kept until so many months after the end of that month: the longest term that was in force
 *            in the month, or that is in force now. Without any known term it is kept.
 * Does not:  decide when it happens, or touch the key folder but in audit_start and audit_settle (api does, aside).
 * Thread:    the loop's, as audit.h. Faults: FAULT_LOG.
 */
#ifndef KETENBRUG_AUDIT_RETENTION_H
#define KETENBRUG_AUDIT_RETENTION_H

#include "audit/audit.h"
#include "base/date.h"

enum { AUDIT_CLASSES = 10, AUDIT_OWN_CLASS = 0 };

enum audit_key_state {
    AUDIT_KEY_NONE,
    AUDIT_KEY_PRESENT,
    AUDIT_KEY_MISSING, /* the log does not say that it was destroyed */
    AUDIT_KEY_DESTROYED,
};

struct audit_class {
    struct seal_class class;
    enum audit_key_state state;
    bool unfinished;      /* destroyed in the log, not yet in the key folder */
    uint16_t term_months; /* 0: not known */
    struct date due;      /* from this day on it may be destroyed; not set: term not known */
    int64_t destroyed_ms;
    uint64_t records; /* of those counted so far */
};

/* Months per class; 0: none. To be called whenever a covenant comes into force. */
void audit_set_terms(struct audit *audit, const uint16_t months[AUDIT_CLASSES]);

/* All that there are: begin with *at == 0. */
bool audit_next_class(const struct audit *audit, size_t *at, struct audit_class *out);
bool audit_find_class(const struct audit *audit, struct seal_class class, struct audit_class *out);
bool audit_class_over(const struct audit_class *class, const struct date *today); /* due, and not destroyed yet */

/* Counting: the next leaves, from sequence audit_counted() on. */
uint64_t audit_counted(const struct audit *audit);
void audit_count(struct audit *audit, const struct store_leaf *leaves, size_t count);

/* Appends to the batch that this key is destroyed, and counts it as destroyed from here on; `record` says who. When the
 * commit fails: audit_destroy_undo. When the key folder has no such key any more: audit_destroy_done. */
MUST_USE enum result audit_append_destroyed(struct audit *audit, struct store_batch *batch, struct record *record,
                                            struct seal_class class, struct error *err);
void audit_destroy_undo(struct audit *audit, struct seal_class class);
void audit_destroy_done(struct audit *audit, struct seal_class class);

/* Holds. */
MUST_USE enum result audit_hold_of(const struct store_leaf *leaf, int64_t now_ms, struct seal_hold *out,
                                   struct error *err);
/* Appends that record `number` is held, or no longer; `record` says who, `reason` why. When the commit fails:
 * audit_hold_undo. */
MUST_USE enum result audit_append_hold(struct audit *audit, struct store_batch *batch, struct record *record,
                                       uint64_t number, bool held, struct slice reason, struct error *err);
void audit_hold_undo(struct audit *audit, uint64_t number, bool held);
void audit_hold_done(struct audit *audit, uint64_t number); /* a lifted one's key is gone from the key folder */

/* Does in the key folder what the log says and a crash or a full disk left undone. What fails stays a finding. */
enum result audit_settle(struct audit *audit, struct error *err);

struct audit_findings {
    size_t present, destroyed, over; /* class keys; over: term ended, not destroyed yet */
    size_t holds;
    size_t missing;          /* class keys that are gone without a record */
    size_t missing_now;      /* of these, of this month: nothing can be recorded under such a class */
    size_t unfinished;       /* destroyed in the log, not yet in the key folder */
    size_t holds_missing;    /* held in the log, without a key */
    size_t holds_unrecorded; /* with a key, not in the log: a crash, or data that were restored are older */
};
struct audit_findings audit_findings(const struct audit *audit);

#endif
