/*
 * set_journal.h - what was swapped in the last versions of a published set, and all of it since one of them as one step.
 *
 * Does:      keeps the swaps of SET_STEPS_KEPT versions; a version in which nothing changed takes no room.
 * Ownership: zeroed is empty; set_journal_free. Thread: one at a time; pure.
 * Faults:    FAULT_NO_MEMORY; FAULT_NOT_FOUND: no step leads from there, or more changed than fits in one.
 */
#ifndef KETENBRUG_MATCHING_SET_JOURNAL_H
#define KETENBRUG_MATCHING_SET_JOURNAL_H

#include "matching/set_wire.h"

struct journal_line {
    uint64_t version;
    struct set_swap swap;
};

struct set_journal {
    struct journal_line *lines; /* in the order of their versions */
    size_t count;
    size_t capacity;
    uint64_t oldest; /* version from which on all is known */
};

void set_journal_free(struct set_journal *journal);
MUST_USE enum result set_journal_copy(const struct set_journal *from, struct set_journal *to, struct error *err);
/* Nothing from before `version` is known. */
void set_journal_begin(struct set_journal *journal, uint64_t version);
/* Room for what set_journal_add adds, which cannot fail then. */
MUST_USE enum result set_journal_reserve(struct set_journal *journal, size_t count, struct error *err);
void set_journal_add(struct set_journal *journal, uint64_t version, const uint64_t *goes, const uint64_t *comes,
                     size_t count);
MUST_USE enum result set_journal_step(const struct set_journal *journal, uint64_t from, uint64_t now,
                                      struct set_swap swaps[SET_STEP_SWAPS], uint32_t *count, struct error *err);

#endif
