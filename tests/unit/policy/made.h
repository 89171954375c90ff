/*
 * made.h - covenants and questions made by chance, for property tests.
 *
 * Does:      writes whole covenants as JSON that the reader accepts, with every condition a rule can have; makes people
 *            with authorities and statements of consent, and questions about them, with dates at the edges.
 * Does not:  know what the right answer is (plain.h).
 * Ownership: questions hold their own arrays: do not copy them. Thread: one chance a thread. Faults: none.
 */
#ifndef KETENBRUG_TESTS_POLICY_MADE_H
#define KETENBRUG_TESTS_POLICY_MADE_H

#include "base/buf.h"
#include "base/json.h"
#include "unit/policy/plain.h"

struct chance {
    uint64_t state;
};

struct chance chance_from(uint64_t seed);
uint32_t chance_below(struct chance *chance, uint32_t below);

struct made_sizes {
    uint32_t kinds, roles, purposes, bases, parties, rules;
};

extern const struct made_sizes made_small;

#define MADE_TODAY "2026-06-01"

/* What stands before the rules depends on `head` alone, the rules on `rules`; `extra`, when given, is one rule more. */
void made_covenant(const struct made_sizes *sizes, uint64_t head, uint64_t rules, size_t count, struct slice extra,
                   struct buf *out);
void made_denial(const struct made_sizes *sizes, struct chance *chance, struct buf *out); /* one rule */
/* The same value with the members of every object in another order; of arrays only /regels, when asked. */
void made_reordered(const struct json *value, struct chance *chance, bool rules_too, struct buf *out);

enum { MADE_AUTHORITIES = 4, MADE_STATEMENTS = 6 };

struct made_question {
    struct plain_facts facts; /* its consent points to the field below, which the test fills */
    struct policy_consent consent;
    struct policy_person person;
    struct policy_authority authorities[MADE_AUTHORITIES];
    struct policy_statement statements[MADE_STATEMENTS];
    struct slice purposes[4]; /* of the statements */
    char oins[2][21];
};

void made_question(const struct made_sizes *sizes, struct chance *chance, struct made_question *out);

#endif
