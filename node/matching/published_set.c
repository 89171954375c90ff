#include "matching/published_set.h"

#include <stdlib.h>

#include <sodium.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "matching/set_journal.h"

/*
 * Which dummies stand follows from the people and from `spent` alone: they are the first in their order, from `spent` on,
 * that are nobody's fingerprint and not equal to one before, as many as the class asks. So a set can be opened again. That
 * two of all these are equal is chance beyond belief (three: not reckoned with); a mark beside each entry tells of it.
 */
enum {
    PEOPLE = 0x7f,     /* of a mark: how many have this fingerprint; 0: it is a dummy's */
    ALSO = 0x80,       /* of a mark: one more dummy, at spent .. next - 1, has this entry and stands behind it */
    GOING = 0xff,      /* while a change is made */
    SHARING_MAX = 126, /* people under one fingerprint */
    CHACHA_BLOCK = 64,
    DUMMY_BYTES = 8,
};

struct published_set {
    const uint8_t *secret; /* the caller's */
    struct set_tree tree;  /* class 0: nothing was put in it yet */
    uint64_t spent;        /* dummies that stand are among those at spent .. next - 1 */
    uint64_t next;
    size_t entries_of_people;
    size_t people;
    struct set_journal journal;
};

/* ---- dummies ---- */

/* The stream of ChaCha20 under the secret, eight bytes each. */
uint64_t published_dummy(const uint8_t secret[VOPRF_SEED], uint64_t place)
{
    static const uint8_t nonce[crypto_stream_chacha20_NONCEBYTES] = {'d', 'u', 'm', 'm', 'y'};
    static const uint8_t zeros[CHACHA_BLOCK] = {0};
    uint8_t block[CHACHA_BLOCK];
    (void)crypto_stream_chacha20_xor_ic(block, zeros, sizeof block, nonce, place * DUMMY_BYTES / CHACHA_BLOCK, secret);
    return bytes_get_u64(block + place * DUMMY_BYTES % CHACHA_BLOCK);
}

/* ---- a change: what it comes to, then room for it, then the change itself, which cannot fail ---- */

/* People under one fingerprint: how many more, or fewer, there are. */
struct delta {
    uint64_t entry;
    int32_t more;
};

struct newcomer {
    uint64_t entry;
    uint8_t mark;
};

struct plan {
    struct delta *deltas; /* rising, each entry once */
    size_t delta_count;
    size_t people;    /* afterwards */
    size_t of_people; /* entries that are somebody's, afterwards */
    uint32_t class;   /* afterwards */
    struct set_tree grown;
    uint64_t *goes;
    size_t goes_count;
    struct newcomer *new; /* who come, then dummies */
    size_t new_count;
    size_t new_people;
    uint64_t *comes; /* of `new`, for the tree */
    uint8_t *marks;
};

static void free_plan(struct plan *plan)
{
    mem_free(plan->deltas);
    mem_free(plan->goes);
    mem_free(plan->new);
    mem_free(plan->comes);
    mem_free(plan->marks);
    set_tree_free(&plan->grown);
}

static int by_entry(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a; /* the first member of deltas and newcomers too */
    const uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* The mark beside an entry, NULL when it does not stand in the set. */
static uint8_t *find(const struct published_set *set, uint64_t entry)
{
    if (set->tree.class == 0) {
        return NULL;
    }
    const uint32_t place = set_tree_place(&set->tree, entry);
    return place < set->tree.class && set->tree.entries[place] == entry ? &set->tree.marks[place] : NULL;
}

static enum result gather(const struct published_change *change, struct plan *plan, struct error *err)
{
    const size_t count = change->goes_count + change->comes_count;
    size_t kept = 0;
    plan->deltas = mem_array(count, sizeof *plan->deltas);
    ENSURE(plan->deltas != NULL, err, FAULT_NO_MEMORY, "", "geen geheugen voor de wissels van een opzoekset");
    for (size_t i = 0; i < change->goes_count; i++) {
        plan->deltas[i] = (struct delta){change->goes[i], -1};
    }
    for (size_t i = 0; i < change->comes_count; i++) {
        plan->deltas[change->goes_count + i] = (struct delta){change->comes[i], 1};
    }
    qsort(plan->deltas, count, sizeof *plan->deltas, by_entry);
    for (size_t i = 0; i < count; i++) {
        if (kept != 0 && plan->deltas[kept - 1].entry == plan->deltas[i].entry) {
            plan->deltas[kept - 1].more += plan->deltas[i].more;
        } else {
            plan->deltas[kept++] = plan->deltas[i];
        }
    }
    plan->delta_count = kept;
    return RESULT_OK;
}

static size_t people_at(const uint8_t *mark)
{
    return mark != NULL ? *mark & PEOPLE : 0;
}

static size_t after(size_t before, const struct delta *delta)
{
    const int64_t people = (int64_t)before + delta->more;
    return people > 0 ? (size_t)people : 0;
}

/* People never fill a class: what stood in one that is full when it doubles would be people alone, and so would whatever of
 * it is still there years later. */
static size_t room_in(size_t class)
{
    return class / 4 * 3;
}

/* How many people there are then, who goes, who is new, and the class that this takes. */
static enum result weigh(const struct published_set *set, uint32_t least, struct plan *plan, struct error *err)
{
    size_t gone = 0;
    plan->people = set->people;
    plan->of_people = set->entries_of_people;
    for (size_t i = 0; i < plan->delta_count; i++) {
        const uint8_t *mark = find(set, plan->deltas[i].entry);
        const size_t before = people_at(mark);
        const size_t then = after(before, &plan->deltas[i]);
        ENSURE(then <= SHARING_MAX, err, FAULT_TOO_LARGE, "", "meer dan %d mensen onder een vermelding", SHARING_MAX);
        plan->people = plan->people - before + then;
        plan->of_people = plan->of_people - (before != 0) + (then != 0);
        gone += before != 0 && then == 0 && (*mark & ALSO) == 0;
        plan->new_people += mark == NULL && then != 0;
    }
    ENSURE(plan->of_people <= room_in(SET_CLASS_MAX), err, FAULT_TOO_LARGE, "",
           "een opzoekset heeft ten hoogste plaats voor %zu personen", room_in(SET_CLASS_MAX));
    plan->class = set->tree.class > least ? set->tree.class : least;
    while (room_in(plan->class) < plan->of_people) {
        plan->class *= 2;
    }
    const size_t total = set->tree.class - gone + plan->new_people;
    plan->goes_count = gone + (total > plan->class ? total - plan->class : 0);
    plan->new_count = plan->new_people + (total < plan->class ? plan->class - total : 0);
    return RESULT_OK;
}

static enum result make_room(struct published_set *set, struct plan *plan, struct error *err)
{
    plan->goes = mem_array(plan->goes_count, sizeof *plan->goes);
    plan->new = mem_array(plan->new_count, sizeof *plan->new);
    plan->comes = mem_array(plan->new_count, sizeof *plan->comes);
    plan->marks = mem_array(plan->new_count, sizeof *plan->marks);
    ENSURE(plan->goes != NULL && plan->new != NULL && plan->comes != NULL && plan->marks != NULL, err, FAULT_NO_MEMORY,
           "", "geen geheugen voor de wissels van een opzoekset");
    if (plan->class != set->tree.class) {
        return set_tree_new(plan->class, true, &plan->grown, err);
    }
    return set_journal_reserve(&set->journal, plan->goes_count, err);
}

/* The mark of an entry that stands, when so many people have it then. */
static uint8_t next_mark(uint8_t mark, size_t then)
{
    if ((mark & PEOPLE) == 0) {
        return then != 0 ? (uint8_t)(then | ALSO) : mark; /* takes a dummy's place */
    }
    if (then != 0) {
        return (uint8_t)(then | (mark & ALSO));
    }
    return (mark & ALSO) != 0 ? 0 : GOING; /* gives it back to the dummy */
}

/* Room for who came is made by the dummies that stand longest. */
static void spend_dummies(struct published_set *set, struct plan *plan, size_t gone)
{
    while (gone < plan->goes_count) {
        const uint64_t entry = published_dummy(set->secret, set->spent++);
        uint8_t *mark = find(set, entry);
        if (mark != NULL && *mark == 0) {
            *mark = GOING;
            plan->goes[gone++] = entry;
        } else if (mark != NULL && *mark != GOING) { /* somebody else's too */
            *mark &= PEOPLE;
        }
    }
    set->next = set->next > set->spent ? set->next : set->spent;
    qsort(plan->goes, gone, sizeof *plan->goes, by_entry);
}

static void move_people(struct published_set *set, struct plan *plan)
{
    size_t gone = 0;
    size_t added = 0;
    for (size_t i = 0; i < plan->delta_count; i++) {
        const struct delta *delta = &plan->deltas[i];
        uint8_t *mark = find(set, delta->entry);
        const size_t then = after(people_at(mark), delta);
        if (mark == NULL && then != 0) {
            plan->new[added++] = (struct newcomer){delta->entry, (uint8_t)then};
        } else if (mark != NULL) {
            *mark = next_mark(*mark, then);
            if (*mark == GOING) {
                plan->goes[gone++] = delta->entry;
            }
        }
    }
    spend_dummies(set, plan, gone);
}

/* The mark of who stands under this entry, or will; NULL: nobody. */
static uint8_t *taken_by(const struct published_set *set, const struct plan *plan, size_t count, uint64_t entry)
{
    uint8_t *mark = find(set, entry);
    if (mark != NULL && *mark != GOING) {
        return mark;
    }
    struct newcomer *newcomer = bsearch(&entry, plan->new, count, sizeof *plan->new, by_entry);
    return newcomer != NULL ? &newcomer->mark : NULL;
}

/* Equal ones are one. */
static size_t unite(struct newcomer *new, size_t count)
{
    size_t kept = 0;
    qsort(new, count, sizeof *new, by_entry);
    for (size_t i = 0; i < count; i++) {
        if (kept != 0 && new[kept - 1].entry == new[i].entry) {
            new[kept - 1].mark |= ALSO;
        } else {
            new[kept++] = new[i];
        }
    }
    return kept;
}

/* The next dummies in their order, up to what the class asks. */
static void add_dummies(struct published_set *set, struct plan *plan)
{
    size_t count = plan->new_people;
    while (count < plan->new_count) {
        size_t end = count;
        while (end < plan->new_count) {
            const uint64_t entry = published_dummy(set->secret, set->next++);
            uint8_t *mark = taken_by(set, plan, count, entry);
            if (mark != NULL) {
                *mark |= ALSO;
            } else if (entry != 0) {
                plan->new[end++] = (struct newcomer){entry, 0};
            }
        }
        count = unite(plan->new, end);
    }
    for (size_t i = 0; i < plan->new_count; i++) {
        plan->comes[i] = plan->new[i].entry;
        plan->marks[i] = plan->new[i].mark;
    }
}

/* Into a tree of a larger class: what stays and what is new. */
static void grow(struct published_set *set, struct plan *plan)
{
    const struct set_tree *from = &set->tree;
    struct set_tree *to = &plan->grown;
    uint32_t at = 0;
    size_t added = 0;
    for (uint32_t place = 0; at < to->class;) {
        if (place < from->class && from->marks[place] == GOING) {
            place++;
        } else if (place < from->class && (added == plan->new_count || from->entries[place] < plan->comes[added])) {
            to->entries[at] = from->entries[place];
            to->marks[at++] = from->marks[place++];
        } else {
            to->entries[at] = plan->comes[added];
            to->marks[at++] = plan->marks[added++];
        }
    }
    set_tree_hash(to);
    set_tree_free(&set->tree);
    set->tree = *to;
    *to = (struct set_tree){0};
}

static void carry_out(struct published_set *set, struct plan *plan, uint64_t version)
{
    move_people(set, plan);
    add_dummies(set, plan);
    set->people = plan->people;
    set->entries_of_people = plan->of_people;
    if (plan->class != set->tree.class) {
        grow(set, plan);
        set_journal_begin(&set->journal, version);
        return;
    }
    set_tree_swap(&set->tree, plan->goes, plan->comes, plan->marks, (uint32_t)plan->goes_count);
    set_journal_add(&set->journal, version, plan->goes, plan->comes, plan->goes_count);
}

static enum result change_to(struct published_set *set, const struct published_change *change, uint32_t least,
                             uint64_t version, struct error *err)
{
    struct plan plan CLEANUP(free_plan) = {0};
    TRY(gather(change, &plan, err));
    TRY(weigh(set, least, &plan, err));
    TRY(make_room(set, &plan, err));
    carry_out(set, &plan, version);
    return RESULT_OK;
}

enum result published_set_change(struct published_set *set, const struct published_change *change, uint64_t version,
                                 struct error *err)
{
    return change_to(set, change, set->tree.class, version, err);
}

/* ---- opening and closing ---- */

enum result published_set_open(const uint8_t secret[VOPRF_SEED], const struct published_state *state,
                               const uint64_t *people, size_t count, uint64_t version, struct published_set **out,
                               struct error *err)
{
    const uint32_t least = state->class != 0 ? state->class : SET_CLASS_MIN;
    ENSURE(set_class_valid(least), err, FAULT_INVALID, "/klasse", "een macht van twee, van %d tot en met %d",
           SET_CLASS_MIN, SET_CLASS_MAX);
    struct published_set *set = mem_zalloc(sizeof *set);
    ENSURE(set != NULL, err, FAULT_NO_MEMORY, "", "geen geheugen voor een opzoekset");
    set->secret = secret;
    set->spent = state->spent;
    const struct published_change all = {.comes = people, .comes_count = count};
    if (change_to(set, &all, least, version, err) != RESULT_OK) {
        published_set_close(set);
        return RESULT_FAILED;
    }
    *out = set;
    return RESULT_OK;
}

void published_set_close(struct published_set *set)
{
    if (set != NULL) {
        set_tree_free(&set->tree);
        set_journal_free(&set->journal);
        mem_free(set);
    }
}

enum result published_set_copy(const struct published_set *set, struct published_set **out, struct error *err)
{
    struct published_set *copy = mem_zalloc(sizeof *copy);
    ENSURE(copy != NULL, err, FAULT_NO_MEMORY, "", "geen geheugen voor een opzoekset");
    *copy = *set;
    copy->tree = (struct set_tree){0};
    copy->journal = (struct set_journal){0};
    if (set_tree_new(set->tree.class, true, &copy->tree, err) != RESULT_OK ||
        set_journal_copy(&set->journal, &copy->journal, err) != RESULT_OK) {
        published_set_close(copy);
        return RESULT_FAILED;
    }
    set_tree_copy(&set->tree, &copy->tree);
    *out = copy;
    return RESULT_OK;
}

/* ---- asking ---- */

enum result published_set_step(const struct published_set *set, uint64_t from, uint64_t now,
                               struct set_swap swaps[SET_STEP_SWAPS], uint32_t *count, struct error *err)
{
    return set_journal_step(&set->journal, from, now, swaps, count, err);
}

const uint64_t *published_set_entries(const struct published_set *set)
{
    return set->tree.entries;
}

uint32_t published_set_class(const struct published_set *set)
{
    return set->tree.class;
}

size_t published_set_people(const struct published_set *set)
{
    return set->people;
}

const struct sha256 *published_set_root(const struct published_set *set)
{
    return set_tree_root(&set->tree);
}

struct published_state published_set_state(const struct published_set *set)
{
    return (struct published_state){set->tree.class, set->spent};
}

bool published_set_show(const struct published_set *set, uint64_t fingerprint, struct set_opening *out)
{
    return set_tree_open(&set->tree, fingerprint, out);
}
