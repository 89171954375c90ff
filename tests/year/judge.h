/*
 * judge.h - holds what the watch finds in a year against what was planted in it.
 *
 * Does:      gives each record of a year to the watch as the node does, with what is known of whom it is about; keeps what
 *            is found, each finding once however often it grew; counts per rule what was found of each strength, and what
 *            was found that nobody planted.
 * Does not:  read a log: the caller opens the records. The year must be over, so that all of it is known.
 * Ownership: year_judge_new/year_judge_free; year and watch outlive it. Thread: one. Faults: FAULT_NO_MEMORY.
 */
#ifndef KETENBRUG_YEAR_JUDGE_H
#define KETENBRUG_YEAR_JUDGE_H

#include "audit/watch.h"
#include "year/year.h"

struct year_judge;

struct year_score {
    unsigned planted[YEAR_STRENGTHS], found[YEAR_STRENGTHS];
    unsigned excepted; /* findings of whom the officer made an exception for */
    unsigned findings; /* all others of this rule, */
    unsigned stray;    /* and of these, those that are of nothing planted */
};

struct year_judge *year_judge_new(const struct year *year, const uint8_t key[SEAL_KEY_SIZE]);
void year_judge_free(struct year_judge *judge); /* NULL is fine */
MUST_USE enum result year_judge_take(struct year_judge *judge, struct log_watch *watch, const struct record *record,
                                     uint64_t sequence, struct slice text, struct error *err);
/* The year is over for the watch too. */
MUST_USE enum result year_judge_end(struct year_judge *judge, struct log_watch *watch, struct error *err);
struct year_score year_judge_score(const struct year_judge *judge, enum finding_rule rule);
/* Some of what nobody planted, for messages: the hit, or NULL. */
const struct watch_hit *year_judge_stray(const struct year_judge *judge, size_t which);

/* The bounds of a node whose configuration names none. */
struct watch_limits year_limits(void);

#endif
