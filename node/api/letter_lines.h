/*
 * letter_lines.h - records about one person, put together into what he is told: a line for each look.
 *
 * One line: a consult that was done here, with all that it asked; a question that was answered; each look at the own
 * data; each signal, to whom it went and with whose it met; each task. What is done often is counted, per role: checks of the log by day, changes and messages by month. Records that are deferred
 * for another reason never share a line: so a line can be left out and none tells of it.
 * Does:      takes records, the oldest first; says per line why it is deferred by rule.
 * Does not:  know what the officer decided, or put anything in words.
 * Ownership: letter_lines_open/letter_lines_close; covenants and self are borrowed and outlive it. It holds personal data.
 * Thread: any; pure. Faults: FAULT_NO_MEMORY; past LETTER_LINES_MAX or LETTER_RECORDS_MAX it is `full`.
 */
#ifndef KETENBRUG_API_LETTER_LINES_H
#define KETENBRUG_API_LETTER_LINES_H

#include "api/deferral.h"
#include "base/buf.h"

/* Their places go into the marks of lines that were decided upon: new ones come at the end. */
#define LETTER_ACT_TABLE(X)                                                                                            \
    X(ACT_CONSULT, "raadpleging")                                                                                      \
    X(ACT_ANSWER, "antwoord")                                                                                          \
    X(ACT_READ, "inzage")                                                                                              \
    X(ACT_REFUSED, "geweigerd")                                                                                        \
    X(ACT_CRISIS, "crisisnummer")                                                                                      \
    X(ACT_SETS, "opzoeklijsten")                                                                                       \
    X(ACT_CHECK, "controle")                                                                                           \
    X(ACT_CHANGE, "wijziging")                                                                                         \
    X(ACT_MESSAGE, "bericht")                                                                                          \
    X(ACT_MATTER, "melding-of-maatregel")                                                                              \
    X(ACT_OTHER, "overig")                                                                                             \
    X(ACT_SIGNAL, "zorgsignaal")                                                                                       \
    X(ACT_MEETING, "match")                                                                                            \
    X(ACT_TASK, "opdracht")                                                                                            \
    X(ACT_TASK_STEP, "opdracht-verloop")

enum letter_act {
#define X(code, word) code,
    LETTER_ACT_TABLE(X)
#undef X
        LETTER_ACT_COUNT
};

const char *letter_act_word(enum letter_act act); /* "" past the end */

#define NO_PART UINT32_MAX

/* A record in a line. */
struct letter_part {
    uint32_t line;
    uint32_t next; /* of the same line, by place; NO_PART: none */
    uint64_t sequence;
    struct oin peer;
    enum record_operation operation;
    enum record_outcome outcome;
};

enum letter_span { SPAN_MOMENT, SPAN_DAY, SPAN_MONTH };

struct letter_line {
    enum letter_act act;
    enum letter_span span;
    enum deferral deferral; /* by rule */
    struct record first;    /* the first record of it */
    uint64_t look;          /* its number */
    uint64_t mark; /* the same for as long as any record of it can be read; no other line of this letter has it */
    uint64_t last; /* of the last record */
    size_t records;
    uint32_t first_part, last_part; /* by place */
    size_t reason_at, reason_len;   /* in `texts`; len 0: none came with these records */
};

struct letter_lines {
    const struct covenant *covenant;
    const struct party *self;
    bool to_authority;
    char untold[RECORD_PURPOSE_MAX + 1]; /* under which a signal was made that he is not told of yet; "" none */
    struct letter_line *lines;
    size_t count;
    struct letter_part *parts;
    size_t part_count;
    struct buf texts;
    bool full;
};

MUST_USE enum result letter_lines_open(struct letter_lines *lines, const struct covenant *covenant,
                                       const struct party *self, bool to_authority, struct error *err);
/* `then`: the covenant that decided, when it is still known; else NULL. `text` came with the record. */
void letter_lines_add(struct letter_lines *lines, uint64_t sequence, const struct record *record,
                      const struct covenant *then, struct slice text);
/* After the last: defers what a later record says may not be told. A meeting with a partner of whose signal he was not told: that
 * a signal went there would tell of it. */
void letter_lines_end(struct letter_lines *lines);
void letter_lines_close(struct letter_lines *lines); /* a zeroed one is fine */

#endif
