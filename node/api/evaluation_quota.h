/*
 * evaluation_quota.h - how many values a partner had evaluated for a purpose, and whether more may be.
 *
 * Does:      counts per Dutch day, epoch and calendar year, whole batches, since which of its values are dummies cannot be
 *            seen; tells which bound the next batch goes past, and when that bound opens again.
 * Renewals:  while two epochs serve, as many values under the newer as were had under the older do not count for a day:
 *            they are taken to be the same people again. On each day that the two serve this goes for an equal part of
 *            them, so that an epoch's turn does not lift the day's bound. For epoch and year they count like any other, so
 *            that no turn of an epoch lets a partner try more people than the covenant says.
 * Does not:  read or write the store; know what to do about it.
 * Ownership: values. Thread: any; pure. Faults: FAULT_STORE for stored bytes that are none.
 */
#ifndef KETENBRUG_API_EVALUATION_QUOTA_H
#define KETENBRUG_API_EVALUATION_QUOTA_H

#include "base/buf.h"
#include "base/date.h"
#include "base/fault.h"
#include "base/limits.h"
#include "base/oin.h"
#include "policy/decide.h"

struct quota_epoch {
    uint32_t epoch;
    int64_t used;    /* renewals included */
    int64_t renewed; /* of these: did not count for a day */
};

struct quota_used {
    struct oin partner;
    char purpose[CODE_MAX + 1];
    struct date day;  /* the last on which something was counted; not set: none */
    int64_t day_used; /* but for renewals */
    int64_t day_renewed;
    int64_t year_used;            /* in the year of that day */
    struct quota_epoch epochs[2]; /* by the lowest bit of their number: no more than two serve at once */
    struct date told;             /* the last day on which going past a bound was recorded as a finding */
};

struct quota_moment {
    struct date today;
    uint32_t epoch;   /* evaluated under */
    int renewal_days; /* for so long the one before it serves too; 0: it does not serve now */
};

/* What is gone past; the row of the text. */
enum quota_bound { QUOTA_WITHIN, QUOTA_DAY, QUOTA_EPOCH, QUOTA_YEAR };

/* Counts so many values more, whatever comes of it: who refuses does not keep `used`. */
enum quota_bound quota_count(struct quota_used *used, const struct policy_quota *quota, const struct quota_moment *when,
                             int64_t values);
int64_t quota_of_bound(const struct policy_quota *quota, enum quota_bound bound);
const char *quota_bound_word(enum quota_bound bound); /* Dutch: "dag", "periode", "jaar"; "" within */

/* The plain key by which the store finds it: STORE_QUOTA, STORE_KEY_A. */
enum { QUOTA_KEY_MAX = OIN_DIGITS + 1 + CODE_MAX + 1 };
struct quota_key {
    char text[QUOTA_KEY_MAX];
};
struct quota_key quota_key(const struct oin *partner, struct slice purpose);

void quota_encode(const struct quota_used *used, struct buf *out);
MUST_USE enum result quota_decode(struct slice bytes, struct quota_used *out, struct error *err);

#endif
