#include "matching/set_journal.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void set_journal_free(struct set_journal *journal)
{
    mem_free(journal->lines);
    *journal = (struct set_journal){0};
}

enum result set_journal_copy(const struct set_journal *from, struct set_journal *to, struct error *err)
{
    struct journal_line *lines = mem_array(from->count, sizeof *lines);
    ENSURE(lines != NULL, err, FAULT_NO_MEMORY, "", "geen geheugen voor de wissels van een opzoekset");
    if (from->count != 0) {
        memcpy(lines, from->lines, from->count * sizeof *lines);
    }
    *to = (struct set_journal){lines, from->count, from->count, from->oldest};
    return RESULT_OK;
}

void set_journal_begin(struct set_journal *journal, uint64_t version)
{
    journal->count = 0;
    journal->oldest = version;
}

enum result set_journal_reserve(struct set_journal *journal, size_t count, struct error *err)
{
    size_t capacity = journal->capacity;
    if (count > SET_STEP_SWAPS || journal->count + count <= capacity) {
        return RESULT_OK; /* past what fits in a step nothing is kept */
    }
    while (capacity < journal->count + count) {
        capacity = capacity == 0 ? 4 : 2 * capacity;
    }
    struct journal_line *lines = mem_realloc(journal->lines, capacity * sizeof *lines);
    ENSURE(lines != NULL, err, FAULT_NO_MEMORY, "", "geen geheugen voor de wissels van een opzoekset");
    journal->lines = lines;
    journal->capacity = capacity;
    return RESULT_OK;
}

/* Lines that no step needs any more once there is a version `now`. */
static void forget(struct set_journal *journal, uint64_t now)
{
    size_t old = 0;
    while (old < journal->count && now - journal->lines[old].version >= SET_STEPS_KEPT) {
        old++;
    }
    if (old != 0) {
        journal->count -= old;
        memmove(journal->lines, journal->lines + old, journal->count * sizeof *journal->lines);
    }
}

void set_journal_add(struct set_journal *journal, uint64_t version, const uint64_t *goes, const uint64_t *comes,
                     size_t count)
{
    if (count > SET_STEP_SWAPS) {
        set_journal_begin(journal, version);
        return;
    }
    forget(journal, version);
    for (size_t i = 0; i < count; i++) {
        journal->lines[journal->count++] = (struct journal_line){version, {goes[i], comes[i]}};
    }
}

/* An entry that came (1) or went (-1). */
struct move {
    uint64_t entry;
    int sign;
};

static int by_entry(const void *a, const void *b)
{
    const struct move *x = a;
    const struct move *y = b;
    return (x->entry > y->entry) - (x->entry < y->entry);
}

/* What of all moves remains: who came and went again moved not at all. Each list rises, so that a pair of them does not
 * tell who took whose place. */
static enum result join(struct move *moves, size_t count, struct set_swap swaps[SET_STEP_SWAPS], uint32_t *swapped,
                        struct error *err)
{
    uint32_t gone = 0;
    uint32_t come = 0;
    qsort(moves, count, sizeof *moves, by_entry);
    for (size_t i = 0; i < count;) {
        const uint64_t entry = moves[i].entry;
        int sum = 0;
        for (; i < count && moves[i].entry == entry; i++) {
            sum += moves[i].sign;
        }
        ENSURE(sum == 0 || (sum < 0 ? gone : come) < SET_STEP_SWAPS, err, FAULT_NOT_FOUND, "/vanaf",
               "er wisselde meer dan in een stap past");
        if (sum < 0) {
            swaps[gone++].goes = entry;
        } else if (sum > 0) {
            swaps[come++].comes = entry;
        }
    }
    *swapped = gone;
    return RESULT_OK;
}

enum result set_journal_step(const struct set_journal *journal, uint64_t from, uint64_t now,
                             struct set_swap swaps[SET_STEP_SWAPS], uint32_t *count, struct error *err)
{
    ENSURE(from >= journal->oldest && from <= now && now - from <= SET_STEPS_KEPT, err, FAULT_NOT_FOUND, "/vanaf",
           "van die versie uit is er geen stap");
    size_t first = journal->count;
    while (first > 0 && journal->lines[first - 1].version > from) {
        first--;
    }
    const size_t lines = journal->count - first;
    *count = 0;
    if (lines == 0) {
        return RESULT_OK;
    }
    struct move *moves CLEANUP(mem_cleanup) = mem_array(2 * lines, sizeof *moves);
    ENSURE(moves != NULL, err, FAULT_NO_MEMORY, "", "geen geheugen voor een stap");
    for (size_t i = 0; i < lines; i++) {
        moves[2 * i] = (struct move){journal->lines[first + i].swap.goes, -1};
        moves[2 * i + 1] = (struct move){journal->lines[first + i].swap.comes, 1};
    }
    return join(moves, 2 * lines, swaps, count, err);
}
