/*
 * watch.h - what is out of the ordinary in who looks at whom: looks go in, in the order of the log, and hits come out.
 *
 * Does:      remembers the looks of the last days (WATCH_WINDOW_DAYS; at most WATCH_LOOKS_MAX) in memory only, holds each
 *            against the rules of base/finding_rule.h, and gives a hit with the records that it stands on. The same
 *            stream, cut in whatever steps, gives the same hits. A hit that grows is given again, whole.
 *            Of one rule and Dutch day the first FINDINGS_PER_RULE_DAY findings are given; the rest are counted in one hit of
 *            RULE_AND_MORE. Looks that belong together are one finding: of one day or night, or, of a rule with a term
 *            in days, of one stretch of that many days (stretches follow each other from 1970 on, so that they are the
 *            same after a restart).
 * Bounds:    a rule looks at the newest WATCH_WALK_MAX looks of a user or person; past it, it counts those alone.
 * Does not:  know a covenant, the store, a clock (time is that of the records), or anybody: people, users, cases and
 *            reasons are 8 bytes, keyed hashes that the caller makes under one key of the node, so that a finding
 *            and its exception are the same after a restart.
 *            It blocks nobody.
 * Ownership: log_watch_new/log_watch_free. Looks are copied; hits are borrowed until the callback returns.
 * Thread:    one at a time; pure. Faults: FAULT_NO_MEMORY: then it has to be made anew.
 */
#ifndef KETENBRUG_AUDIT_WATCH_H
#define KETENBRUG_AUDIT_WATCH_H

#include <stdint.h>

#include "audit/record.h"
#include "base/date.h"
#include "base/fault.h"
#include "base/finding_rule.h"
#include "base/limits.h"

/*    bound  key in [bewaking]  least, most, standard.  0 puts the rule out, but for the hours of work and the multiple. */
#define WATCH_LIMIT_TABLE(X)                                                                                           \
    X(WATCH_WINDOW_DAYS, "venster_dagen", 1, WATCH_DAYS_MAX, 30)                                                       \
    X(WATCH_PEOPLE_HOURS, "mensen_uren", 0, 24, 4)                                                                     \
    X(WATCH_PEOPLE_COUNT, "mensen_aantal", 0, 100000, 25)                                                              \
    X(WATCH_PEOPLE_TIMES, "mensen_maal", 0, 100, 3)                                                                    \
    X(WATCH_WORK_FROM, "werk_van", 0, 23, 7)                                                                           \
    X(WATCH_WORK_TO, "werk_tot", 1, 24, 19)                                                                            \
    X(WATCH_OFF_COUNT, "buiten_aantal", 0, 100000, 3)                                                                  \
    X(WATCH_CASELESS_COUNT, "zonder_aantal", 0, 100000, 1)                                                             \
    X(WATCH_PERSON_DAYS, "persoon_dagen", 0, WATCH_DAYS_MAX, 14)                                                       \
    X(WATCH_PERSON_COUNT, "persoon_aantal", 0, 1000, 4)                                                                \
    X(WATCH_OWN_CIRCLE, "eigen_kring", 0, 1, 1)                                                                        \
    X(WATCH_REASON_DAYS, "reden_dagen", 0, WATCH_DAYS_MAX, 7)                                                          \
    X(WATCH_REASON_COUNT, "reden_aantal", 0, 100000, 10)                                                               \
    X(WATCH_URGENT_DAYS, "spoed_dagen", 0, WATCH_DAYS_MAX, 7)                                                          \
    X(WATCH_URGENT_COUNT, "spoed_aantal", 0, 100000, 5)                                                                \
    X(WATCH_WITHDRAWAL_HOURS, "intrekking_uren", 0, 168, 24)                                                           \
    X(WATCH_PARTNERS, "ketenpartners", 0, 1, 1)

enum watch_limit {
#define X(code, key, least, most, standard) code,
    WATCH_LIMIT_TABLE(X)
#undef X
        WATCH_LIMIT_COUNT
};

struct watch_limits {
    int64_t value[WATCH_LIMIT_COUNT];
};

/* What the caller knows of a record beyond it. */
enum watch_flag {
    WATCH_URGENT = 1U << 0,     /* purpose.urgent, or a crisis number */
    WATCH_DUTY = 1U << 1,       /* a role whose work this is: veilig-thuis, jeugdbeschermer */
    WATCH_SELF = 1U << 2,       /* the user himself, */
    WATCH_COLLEAGUE = 1U << 3,  /* somebody on the list of staff, */
    WATCH_RELATIVE = 1U << 4,   /* or of one household with either */
    WATCH_WITHDRAWAL = 1U << 5, /* no look: this person withdrew consent */
    WATCH_CASELESS = 1U << 6,   /* a value or test that no case, report or order explains */
    WATCH_EMPTY = 1U << 7,      /* of a partner: hits of which he tells nothing, */
    WATCH_OUTGROWN = 1U << 8,   /* a set that does not fit what he declared, or does not hold, */
    WATCH_PAST_QUOTA = 1U << 9, /* more values than agreed for an urgent purpose, */
    WATCH_FORKED = 1U << 10,    /* an event of a task that is another than the one here */
};

struct watch_look {
    uint64_t sequence;
    int64_t time_ms;
    enum record_operation operation;
    uint64_t person, household, user_key, case_key, reason, consult; /* 0: none */
    struct oin peer;
    const char *user; /* borrowed; "" none */
    uint32_t role;    /* of the user, as a keyed hash: colleagues are who have the same */
    uint32_t flags;   /* enum watch_flag */
    uint32_t entries; /* of the record; of WATCH_EMPTY: hits; of WATCH_OUTGROWN: room */
    uint32_t empties; /* of WATCH_EMPTY; of WATCH_OUTGROWN: more than so many people */
    uint32_t clients; /* of WATCH_OUTGROWN: declared */
};

/* One finding in the making: see domain/finding.h for each member. */
struct watch_hit {
    enum finding_rule rule;
    uint64_t key;
    char user[USER_NAME_MAX + 1];
    struct oin peer;
    struct date day;
    int64_t first_ms, last_ms;
    uint32_t numbers[FINDING_NUMBERS];
    uint8_t score;
    uint64_t records[FINDING_RECORDS_MAX];
    uint32_t record_count, more;
};

/* The table of rules: what `audit watch` shows. */
enum { WATCH_RULE_KEYS_MAX = 3 };
struct watch_rule {
    enum finding_rule rule;
    const char *word;
    enum watch_limit keys[WATCH_RULE_KEYS_MAX]; /* the first: what is counted; 0 in it, or in a term: the rule is out */
    size_t key_count;
    enum watch_limit term; /* days over which looks are taken together; WATCH_LIMIT_COUNT: within one day or night */
    uint8_t least, most;   /* score: just at the bound, and at twice the bound or past it */
};
extern const struct watch_rule watch_rules[];
extern const size_t watch_rule_count;
const struct watch_rule *watch_rule_of(enum finding_rule rule); /* NULL: of no watch */
bool watch_rule_on(const struct watch_limits *limits, const struct watch_rule *rule);
const char *watch_limit_key(enum watch_limit limit);
/* A term past the window, or hours of work that end before they begin: FAULT_CONFIG, `where` the key. */
MUST_USE enum result watch_limits_check(const struct watch_limits *limits, struct error *err);

/* Matches of this rule and key make no hit up to that Dutch day, it included; they are counted. */
struct watch_exception {
    enum finding_rule rule;
    uint64_t key;
    struct date until;
};

struct log_watch;
typedef void watch_found_fn(void *ctx, const struct watch_hit *hit);

MUST_USE enum result log_watch_new(const struct watch_limits *limits, struct log_watch **out, struct error *err);
void log_watch_free(struct log_watch *watch); /* NULL is fine */
void log_watch_set_limits(struct log_watch *watch, const struct watch_limits *limits);
/* Reading the window back at a start: no hits. */
MUST_USE enum result log_watch_learn(struct log_watch *watch, const struct watch_look *look, struct error *err);
MUST_USE enum result log_watch_take(struct log_watch *watch, const struct watch_look *look, watch_found_fn *found,
                                    void *ctx, struct error *err);
/* What waits for its grace or the night's end. */
void log_watch_settle(struct log_watch *watch, int64_t now_ms, watch_found_fn *found, void *ctx);
/* In force from now on, instead of those before; EXCEPTIONS_MAX at most. */
void log_watch_except(struct log_watch *watch, const struct watch_exception *all, size_t count);
/* Findings that an exception kept back, and those past FINDINGS_PER_RULE_DAY, of this rule, as far as it remembers. */
uint64_t log_watch_excepted(const struct log_watch *watch, enum finding_rule rule);
int64_t log_watch_back_ms(const struct watch_limits *limits); /* so long before the newest look it must be read back */
int64_t log_watch_since(const struct log_watch *watch);       /* it remembers from here on; INT64_MAX: nothing yet */

#endif
