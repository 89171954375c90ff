/*
 * diff.h - two covenants compared by what they do: who gains or loses what, and which facts changed.
 *
 * Does:      holds the effective rows (matrix.h) of both against each other per purpose, kinds, role, life domain and
 *            category, so that a rule that was renamed, split or moved is no difference, and one that is undone by a
 *            prohibition is; then parties, purposes, bases, kinds of task, consent, regulation and validity, field by field.
 * Does not:  compare texts of rules, or know which of the two is in force.
 * Ownership: what the callbacks get is theirs for the call; rows borrow from the covenants. Thread: any; pure.
 * Faults:    FAULT_NO_MEMORY; FAULT_TOO_LARGE when more than DIFF_ROWS_MAX rows join two kinds for one purpose.
 */
#ifndef KETENBRUG_POLICY_DIFF_H
#define KETENBRUG_POLICY_DIFF_H

#include "base/limits.h"
#include "policy/matrix.h"

enum diff_kind {
    DIFF_GAINED, /* comes out now, did not before */
    DIFF_LOST,
    DIFF_WIDER,    /* came out already; now under less */
    DIFF_NARROWER, /* comes out still; now under more */
    DIFF_OTHER,    /* under other conditions, grounds or obligations */
};

const char *diff_word(enum diff_kind kind); /* Dutch code: "erbij", "eraf", "ruimer", "strenger", "anders" */

enum { DIFF_ROLES_MAX = 2 * COVENANT_ROLES_MAX };

struct diff_change {
    enum diff_kind kind;
    const char *purpose; /* codes */
    const char *asker;
    const char *giver;
    bool whole_organisation; /* a lookup set: no role counts; or a crisis number, when there are no categories */
    const char *roles[DIFF_ROLES_MAX];
    size_t role_count;
    uint16_t domains;
    uint32_t categories;
    const struct matrix_row *const *before; /* on which terms it came out; each by itself is enough */
    size_t before_count;
    const struct matrix_row *const *after;
    size_t after_count;
};

MUST_USE enum result diff_access(const struct covenant *before, const struct covenant *after,
                                 void (*take)(void *ctx, const struct diff_change *change), void *ctx,
                                 struct error *err);

/* One field of one thing; "" where it is not there. */
struct diff_fact {
    const char *section; /* Dutch, as in the document: "partijen" */
    const char *code;    /* which; "" of the document itself */
    const char *field;   /* "" when the whole thing came or went */
    const char *before;
    const char *after;
};

void diff_facts(const struct covenant *before, const struct covenant *after,
                void (*take)(void *ctx, const struct diff_fact *fact), void *ctx);

#endif
