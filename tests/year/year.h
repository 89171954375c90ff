/*
 * year.h - a year of a made-up organisation's log: who looked at whom, and what a privacy officer ought to find in it.
 *
 * Does:      gives the records of 365 Dutch days one after another, with weekends, holidays, cases of some weeks with their
 *            teams, questions of partners; and in between what was planted: for each rule of base/finding_rule.h that
 *            is about people or partners some that are plainly past its bound, some just past it, and some just below it,
 *            which nobody is to find. The same options give the same records, and the sequence numbers that an empty
 *            log gives them.
 * Does not:  write them (log.h), or judge what is found (found.h).
 * People:    invented, of the sample region (region/population.h). Users are invented too.
 * Ownership: year_new/year_free. Thread: one at a time. Faults: NULL when memory is out.
 */
#ifndef KETENBRUG_YEAR_YEAR_H
#define KETENBRUG_YEAR_YEAR_H

#include "audit/record.h"
#include "base/date.h"
#include "base/finding_rule.h"

enum {
    YEAR_RECORDS_MIN = 10000,
    YEAR_RECORDS_MAX = 20000000,
    YEAR_FIRST = 2025, /* 1 January to 31 December, Dutch days */
    YEAR_TEXT_MAX = 200,
};
#define YEAR_BEGINS_MS INT64_C(1735686000000) /* midnight in Amsterdam */

enum year_strength {
    YEAR_PLAIN,
    YEAR_NEAR,  /* just past the bound */
    YEAR_BELOW, /* just below it: not to be found */
    YEAR_STRENGTHS,
    YEAR_EXCEPTED = YEAR_STRENGTHS, /* past the bound, and an exception of the officer says that it may be */
};

/* Something that was planted; `sequences` are those of its records so far, rising. */
struct year_plant {
    enum finding_rule rule;
    enum year_strength strength;
    char key[USER_NAME_MAX + 1]; /* user name, OIN of the partner, or number of the person */
    uint64_t *sequences;
    size_t count;
    int64_t first_ms, last_ms;
};

struct year_record {
    struct record record; /* all but month and salt */
    char text[YEAR_TEXT_MAX];
    uint64_t sequence;
};

struct year;

struct year *year_new(uint64_t seed, uint64_t records);
void year_free(struct year *year); /* NULL is fine */
/* The next record; false: the year is over, or memory is out (year_failed). */
bool year_next(struct year *year, struct year_record *out);
bool year_failed(const struct year *year);

/* Complete once the year is over. */
const struct year_plant *year_plants(const struct year *year, size_t *count);

/* What the organisation knows of whom a record is about, beside the log. */
struct year_subject {
    uint32_t person;        /* a number of its own, from 1; 0: nobody */
    struct ident id;        /* own id; zeros: not known here */
    struct ident household; /* zeros: nobody */
    bool is_self, is_colleague, is_relative;
};
void year_subject_of(const struct year *year, const struct record *record, struct year_subject *out);
size_t year_person_count(const struct year *year); /* numbers are up to this one */
bool year_purpose_urgent(const char *purpose);

const char *year_strength_word(enum year_strength strength);
const char *year_rule_word(enum finding_rule rule);

#endif
