/*
 * matter.h - what a report (melding) and an order (maatregel) have in common: a number, the people that it is about, and
 * terms within which somebody must do something.
 *
 * Does:      reads number and people from the desk API's JSON; writes and reads their stored form.
 * Does not:  know which terms there are for what: report.h and order.h do.
 * Ownership: value types; they hold personal data: wipe with mem_wipe when done.
 * Thread:    any; pure. Faults: FAULT_INVALID in the list; FAULT_STORE for stored bytes that cannot be decoded.
 */
#ifndef KETENBRUG_DOMAIN_MATTER_H
#define KETENBRUG_DOMAIN_MATTER_H

#include "base/bsn.h"
#include "base/buf.h"
#include "base/date.h"
#include "base/fault.h"
#include "base/json.h"
#include "base/limits.h"

/* What must be done before a term is over. The place in the table is stored: new ones come at the end. */
#define TERM_TABLE(X)                                                                                                  \
    X(TERM_DECISION, "besluit")        /* Veilig Thuis: whether it investigates */                                     \
    X(TERM_JUDGEMENT, "oordeel")       /* Veilig Thuis: what it found */                                               \
    X(TERM_INVESTIGATION, "onderzoek") /* Wmo */                                                                       \
    X(TERM_FIRST_TALK, "gesprek")      /* debt help */                                                                 \
    X(TERM_REVIEW, "toetsing")         /* what was done in acute danger is looked at afterwards */                     \
    X(TERM_END, "einde")               /* of an order: extended in time, or its end recorded by somebody */

enum term_kind {
#define X(code, word) code,
    TERM_TABLE(X)
#undef X
        TERM_COUNT
};

const char *term_word(enum term_kind kind); /* "" past the end */
bool term_parse(struct slice word, enum term_kind *out);

struct term {
    enum term_kind kind;
    struct date due; /* last day */
    bool passed;     /* and it was not done */
};

struct matter {
    char number[CONSULT_CASE_MAX + 1];
    struct bsn people[MATTER_PEOPLE_MAX];
    size_t people_count;
    uint8_t alarmed; /* TERM_BIT of terms whose passing was recorded */
};

#define TERM_BIT(kind) ((uint8_t)(1U << (unsigned)(kind)))

bool matter_is_about(const struct matter *matter, const struct bsn *person);

/* `{"bsn": "..."}` items: adds what is wrong with them; a person comes once. At most `max`, which json_check has seen to. */
void people_read(const struct json *list, struct bsn *out, size_t max, size_t *count, struct fault_list *faults);
/* A number that says something: printable, not only spaces. */
bool matter_number_ok(struct slice number);

/* Stored form. What follows is written by matter_put_date and read in the same order. */
void matter_encode(const struct matter *matter, uint8_t kind, struct buf *out);
void matter_put_date(struct buf *out, const struct date *date);

struct matter_reader {
    struct slice rest;
    bool bad;
};
/* `kinds`: the kind is below it. */
void matter_decode(struct matter_reader *in, struct matter *out, uint8_t *kind, uint8_t kinds);
void matter_take_date(struct matter_reader *in, struct date *out); /* stays not set when none was written */
MUST_USE enum result matter_end(const struct matter_reader *in, struct error *err);

#endif
