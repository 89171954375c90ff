/*
 * judge.h - one question against one rule: what decide.c and explain.c share. Private to policy.
 *
 * Does:      resolves a request to numbers and its bucket of rules, gathers what is denied, and tells of each rule how
 *            far it came and what it would release.
 * Does not:  add rules up (decide.c), tell people why (explain.c).
 * Ownership: all borrowed. Thread: any; pure, no allocation. Faults: none.
 */
#ifndef KETENBRUG_POLICY_JUDGE_H
#define KETENBRUG_POLICY_JUDGE_H

#include "policy/covenant_parts.h"
#include "policy/decide.h"

/* One question with its references resolved. Subject and record are NULL at the asker, who knows neither. */
struct question {
    const struct covenant *covenant;
    const struct policy_request *request;
    const struct policy_subject *subject;
    const struct policy_record *record;
    bool set_time; /* what may stand in a lookup set: of the request only parties, purpose and day */

    /* From judge_resolve. */
    const struct party_entry *asks;
    const struct party_entry *gives;
    uint64_t role; /* one bit; at set-time all */
    uint16_t basis;
    uint16_t domains; /* those that are asked about: all, or the record's */
    int age;          /* whole years; AGE_UNKNOWN */
    bool urgent;
    bool no_bsn;             /* nobody may be named between these two: only a number to call is left, at the asker */
    const uint16_t *entries; /* rules that deny stand in front */
    size_t entry_count;
    size_t denying;                     /* the number of those */
    uint32_t denied[LIFE_DOMAIN_COUNT]; /* categories, to the role that asks */
    uint16_t hidden;                    /* life domains whose existence is denied to somebody of that organisation */
    enum policy_reason known;           /* what policy_may_know says; at the asker as far as he can tell */
};

enum { AGE_UNKNOWN = -1 };

/* Whole years; AGE_UNKNOWN: no birth date, or one to come. */
int judge_age(const struct policy_subject *subject, const struct date *today);
bool judge_age_fits(const struct rule *rule, int age, const struct policy_subject *subject, const struct date *today);
/* Are all its bases in force? */
bool judge_grounds(const struct covenant *covenant, const struct rule *rule, const struct date *today);

struct verdict {
    enum policy_reason reached; /* POLICY_PERMITTED: it releases; POLICY_CRISIS: a number to call */
    uint32_t categories;        /* 0 unless it releases */
};

/* POLICY_PERMITTED: the rules of the bucket go on; else why none of them is looked at. */
enum policy_reason judge_resolve(struct question *q);
/* Does this rule have a say at this time? One that denies always has; one about signals only where sets are filled, and
 * of a record only when that is a signal; any other never of a signal. */
bool judge_counts(const struct question *q, const struct rule *rule);
/* A rule that permits. */
struct verdict judge_rule(const struct question *q, const struct rule *rule);
/* May contact go to the rule's roles when the record meets a signal? For a set-time question that knows the record. */
enum policy_reason judge_meeting(const struct question *q, const struct rule *rule);
/* A rule that denies: POLICY_PROHIBITED and what it takes away of what is asked about, whoever gave it;
 * POLICY_EXISTENCE where it only keeps existence out of the sets; else why it does not touch this question. */
struct verdict judge_denial(const struct question *q, const struct rule *rule);

static inline const struct rule *question_rule(const struct question *q, size_t index)
{
    return &q->covenant->rules[q->entries[index]];
}

#endif
