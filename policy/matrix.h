/*
 * matrix.h - a covenant as a table: who may get what from whom for which purpose, after prohibitions.
 *
 * Does:      gives, per purpose, kind that asks and kind that gives, what each rule that permits leaves over once every
 *            prohibition is taken off; its conditions and grounds in words; and the prohibitions themselves.
 * Does not:  decide about a request (decide.h), or know a person. A rule for requests that names `bestaan` has rows only
 *            for life domains in which a rule that feeds lookup sets can let it be known, or when the purpose is urgent:
 *            otherwise it never releases anything.
 * Ownership: rows borrow from the covenant. Thread: any; pure, no allocation. Faults: none.
 */
#ifndef KETENBRUG_POLICY_MATRIX_H
#define KETENBRUG_POLICY_MATRIX_H

#include "base/buf.h"
#include "policy/consent.h"
#include "policy/covenant.h"
#include "policy/task.h"
#include "policy/words.h"

enum { MATRIX_NO_CONSENT = -1, MATRIX_AGE_MAX = 255 };

struct matrix_row {
    size_t purpose; /* numbers for the functions below */
    size_t asker;   /* kinds of party */
    size_t giver;
    const char *rule; /* id */
    uint64_t roles;   /* bit per role; all ones: any (rules that feed sets) */
    uint16_t domains;
    uint32_t categories;     /* left over; 0 only with `crisis` */
    const struct basis *ask; /* NULL in a prohibition, all three */
    const struct basis *give;
    const struct basis *lift;    /* NULL: nothing needs lifting */
    uint32_t conditions;         /* as matrix_conditions writes them; larger sets ask for more */
    int consent;                 /* enum consent_kind, or MATRIX_NO_CONSENT */
    uint8_t age_from, age_until; /* 0 and MATRIX_AGE_MAX: no bound */
    enum obligation obligation;
    bool feeds_set; /* that somebody is known here, to the whole organisation that asks */
    bool crisis;    /* the asker is shown the crisis number */
    bool signal;    /* of who gave a signal, when one meets another */
    bool shielded;  /* reaches shielded records too, whose contact is the central number */
    bool in_force;  /* all its bases, on the day */
};

size_t matrix_kind_count(const struct covenant *covenant);
size_t matrix_role_count(const struct covenant *covenant);
size_t matrix_basis_count(const struct covenant *covenant);
const char *matrix_kind(const struct covenant *covenant, size_t kind); /* codes, in the document's order */
const char *matrix_role(const struct covenant *covenant, size_t role);
const struct basis *matrix_basis(const struct covenant *covenant, size_t basis);
struct date matrix_first_day(const struct covenant *covenant);

/* Each row of one purpose between two kinds; `day` is for in_force alone. */
void matrix_rows(const struct covenant *covenant, size_t purpose, size_t asker, size_t giver, const struct date *day,
                 void (*take)(void *ctx, const struct matrix_row *row), void *ctx);
/* The same over all kinds, in the document's order. */
void matrix_purpose_rows(const struct covenant *covenant, size_t purpose, const struct date *day,
                         void (*take)(void *ctx, const struct matrix_row *row), void *ctx);

/* A rule that forbids; full masks mean all. */
struct matrix_denial {
    const char *rule;
    uint32_t askers; /* kinds */
    uint32_t givers;
    uint64_t roles;
    uint16_t domains;
    uint32_t categories;
    bool all_roles, all_domains, all_categories;
};

void matrix_denials(const struct covenant *covenant, size_t purpose,
                    void (*take)(void *ctx, const struct matrix_denial *denial), void *ctx);

/* The terms of a kind of task as a row: who asks for it (`asker` and `giver` are not set), in which roles, about what, on
 * which grounds (`give` is the doer's), under which conditions. NULL: past the end. */
const struct task_kind *matrix_task(const struct covenant *covenant, size_t index, const struct date *day,
                                    struct matrix_row *row, uint32_t *askers, uint32_t *doers);

/* Its conditions in Dutch, one after another with `between`; "geen" when there is none. */
void matrix_conditions(const struct matrix_row *row, const char *between, struct buf *out);
/* Would whatever fulfils `b` fulfil `a` too, with the same grounds, and oblige the receiver to no less? */
bool matrix_covers(const struct matrix_row *a, const struct matrix_row *b);

#endif
