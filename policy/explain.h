/*
 * explain.h - why one request would get this answer: each rule that had a say, and how far it came.
 *
 * Does:      for one request, lists every rule between these two kinds of party for this purpose, with what it reached,
 *            what it would release and what it did release; agrees with decide.h because the same code judges.
 * Does not:  decide otherwise than decide.h, or print.
 * Ownership: the caller's array; ids borrow from the covenant. Thread: any; pure, no allocation. Faults: none.
 */
#ifndef KETENBRUG_POLICY_EXPLAIN_H
#define KETENBRUG_POLICY_EXPLAIN_H

#include "policy/decide.h"

/* When a rule has its say. */
enum policy_moment {
    POLICY_MOMENT_ALWAYS,  /* it denies */
    POLICY_MOMENT_SET,     /* when the provider fills lookup sets */
    POLICY_MOMENT_REQUEST, /* at each request */
    POLICY_MOMENT_CRISIS,  /* at the asker, before anything is asked */
    POLICY_MOMENT_SIGNAL,  /* when signals meet; one that feeds a set has its say there */
};

struct policy_explained {
    const char *rule; /* id */
    enum policy_moment moment;
    enum policy_reason reached; /* the first hurdle it did not take; POLICY_PERMITTED: it released. One that denies:
                                 * POLICY_PROHIBITED or, for the sets alone, POLICY_EXISTENCE when it takes away */
    uint32_t would;             /* categories that it names */
    uint32_t categories;        /* that it released, or took away whoever gave them */
};

enum { EXPLAIN_SENTENCE_SIZE = 320 };

struct policy_sentence {
    char text[EXPLAIN_SENTENCE_SIZE];
};

/*
 * The rules, in the order in which the covenant keeps them: those that deny, then the others by id. Gives their number,
 * which may be past `max`; so many rows are written. `out` becomes what policy_may_ask (subject and record NULL) or
 * policy_may_answer says, and of a signal what policy_may_know says with the contact that meets it; when the request falls before any rule is looked at, there are none and `out` says why.
 */
size_t policy_explain(const struct covenant *covenant, const struct policy_request *request,
                      const struct policy_subject *subject, const struct policy_record *record,
                      struct policy_explained *rows, size_t max, struct policy_decision *out);

/* One row in Dutch: "regel hulp-01 (bij de vraag): geeft bestaan, contact, fase." */
struct policy_sentence policy_explain_sentence(const struct policy_explained *row);

#endif
