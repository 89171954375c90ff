/*
 * finding.h - something in the log that the privacy officer is to look at, and what was done about it.
 *
 * Does:      its form at rest; which step may follow on which state; tells in Dutch why it is there.
 * Does not:  find (audit/watch.h), store (api/findings.h), or know clocks. It holds no person's number: people are reached
 *            by the records that it names.
 * States:    open -> seen -> closed, open -> closed, closed -> open again. A note changes no state; the first look may be
 *            told as `seen`. Notes and looks leave two places in `steps`, reopening leaves one: closing is always possible.
 * Key:       what it is about, as FINDING_RULE_TABLE says: an own id or keyed hash, folded to 8 bytes. Rule, key and day
 *            make it one: a finding grows by being replaced and never doubles. An exception is a closed finding with
 *            `except_until`: later matches of the same rule and key make none up to that Dutch day, it included.
 * Ownership: value types. Thread: any; pure. Faults: FAULT_STORE for bytes that are none; FAULT_CONFLICT, at `/stap`, for a
 *            step that may not be taken now.
 */
#ifndef KETENBRUG_DOMAIN_FINDING_H
#define KETENBRUG_DOMAIN_FINDING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/date.h"
#include "base/fault.h"
#include "base/finding_rule.h"
#include "base/limits.h"
#include "base/oin.h"
#include "base/slice.h"

/* The place in each table is stored: new ones come at the end. */
#define FINDING_STATE_TABLE(X)                                                                                         \
    X(FINDING_OPEN, "open")                                                                                            \
    X(FINDING_SEEN, "gezien")                                                                                          \
    X(FINDING_CLOSED, "gesloten")

#define FINDING_VERDICT_TABLE(X)                                                                                       \
    X(FINDING_NO_VERDICT, "")                                                                                          \
    X(FINDING_JUSTIFIED, "terecht") /* the finding: somebody looked who should not have */                             \
    X(FINDING_UNJUSTIFIED, "onterecht")                                                                                \
    X(FINDING_UNCLEAR, "onduidelijk")

#define FINDING_STEP_TABLE(X)                                                                                          \
    X(FINDING_NOTE, "notitie")                                                                                         \
    X(FINDING_LOOK, "gezien")                                                                                          \
    X(FINDING_CLOSE, "sluiten")                                                                                        \
    X(FINDING_REOPEN, "heropenen")

#define X(code, word) code,
enum finding_state { FINDING_STATE_TABLE(X) FINDING_STATE_COUNT };
enum finding_verdict { FINDING_VERDICT_TABLE(X) FINDING_VERDICT_COUNT };
enum finding_step_kind { FINDING_STEP_TABLE(X) FINDING_STEP_COUNT };
#undef X

struct finding_step {
    enum finding_step_kind kind;
    enum finding_verdict verdict; /* of closing */
    int64_t at_ms;
    char user[USER_NAME_MAX + 1];
    char text[FINDING_NOTE_MAX + 1];
};

struct finding {
    uint8_t rule; /* enum finding_rule */
    uint64_t key;
    char user[USER_NAME_MAX + 1]; /* own user; "" none */
    struct oin peer;              /* empty: none */
    struct date day;              /* Dutch day on which it began */
    int64_t first_ms, last_ms;    /* of its records */
    uint32_t numbers[FINDING_NUMBERS];
    uint8_t score;                         /* 1-100, by how much it is past its bound */
    uint64_t records[FINDING_RECORDS_MAX]; /* sequence numbers, rising; the first ones */
    uint32_t record_count;
    uint32_t more; /* records beyond these */
    enum finding_state state;
    enum finding_verdict verdict;
    struct date except_until; /* not set: no exception */
    struct finding_step steps[FINDING_STEPS_MAX];
    size_t step_count;
};

const char *finding_rule_word(uint8_t rule); /* "" none */
bool finding_rule_parse(struct slice word, uint8_t *out);
const char *finding_state_word(enum finding_state state);
bool finding_state_parse(struct slice word, enum finding_state *out);
const char *finding_verdict_word(enum finding_verdict verdict);
bool finding_verdict_parse(struct slice word, enum finding_verdict *out); /* one of those that closing has */
const char *finding_step_word(enum finding_step_kind kind);
bool finding_step_parse(struct slice word, enum finding_step_kind *out);

void finding_encode(const struct finding *finding, struct buf *out);
MUST_USE enum result finding_decode(struct slice bytes, struct finding *out, struct error *err);
bool finding_may(enum finding_state from, enum finding_step_kind step);
/* Takes the step: its state, and of closing the verdict and the exception (not set: none), which reopening ends. */
MUST_USE enum result finding_do(struct finding *finding, const struct finding_step *step,
                                const struct date *except_until, struct error *err);
/* One sentence in Dutch, from the rule's template and the counts. `peer_name`: of finding->peer; NULL: its number. */
void finding_explain(const struct finding *finding, const char *peer_name, struct buf *out);

#endif
