/*
 * report.h - reports (meldingen): what was reported, to whom it is about, what was done with it and by when it must be.
 *
 * Does:      says which steps a report has and within which term each must be taken; takes a step or says why not; tells
 *            whether the report is open. A term that passes ends nothing: what stands on the report stays until it is closed.
 * Does not:  read clocks or the store. Days are Dutch days (base/workdays.h).
 * Terms:     Veilig Thuis decides within 5 working days and judges within 10 weeks (its protocol); the college investigates within 6 weeks (Wmo 2015 art. 2.3.2 lid 1);
 *            debt help talks within 4 weeks, within 3 working days when eviction, cut-off or loss of insurance threatens
 *            (Wgs art. 4); what was done in acute danger is reviewed on the next working day. For a jurist to confirm.
 * Ownership, thread, faults: as matter.h. FAULT_CONFLICT for a step that the report does not have, or not now.
 */
#ifndef KETENBRUG_DOMAIN_REPORT_H
#define KETENBRUG_DOMAIN_REPORT_H

#include "domain/matter.h"

/* The place in the table is stored: new ones come at the end. */
#define REPORT_KIND_TABLE(X)                                                                                           \
    X(REPORT_SAFE_HOME, "veilig-thuis")                                                                                \
    X(REPORT_SUPPORT, "wmo")                                                                                           \
    X(REPORT_DEBT, "schuldhulp")                                                                                       \
    X(REPORT_DEBT_URGENT, "schuldhulp-bedreigend")                                                                     \
    X(REPORT_ACUTE, "acuut-gevaar") /* made on the spot */

enum report_kind {
#define X(code, word) code,
    REPORT_KIND_TABLE(X)
#undef X
        REPORT_KIND_COUNT
};

const char *report_kind_word(enum report_kind kind); /* "" past the end */
bool report_kind_parse(struct slice word, enum report_kind *out);

struct report {
    struct matter matter;
    enum report_kind kind;
    struct date received;
    struct date closed;           /* not set: open */
    struct date review_from;      /* of what still waits for its review; not set: nothing does */
    struct date done[TERM_COUNT]; /* not set: not yet */
};

bool report_is_open(const struct report *report);
/* The terms that still run or have passed; at most TERM_COUNT. */
size_t report_terms(const struct report *report, const struct date *today, struct term out[TERM_COUNT]);
/* What was done on that day: a step of its own kind, once, in order. `day` lies between receipt and today. */
MUST_USE enum result report_do(struct report *report, enum term_kind step, const struct date *day,
                               const struct date *today, struct error *err);
MUST_USE enum result report_close(struct report *report, const struct date *today, struct error *err);
/* Something was done under it that must be reviewed: the first that waits counts. */
void report_ask_review(struct report *report, const struct date *today);

void report_encode(const struct report *report, struct buf *out);
MUST_USE enum result report_decode(struct slice bytes, struct report *out, struct error *err);

#endif
