#include "policy/diff.h"

#include <string.h>

#include "base/mem.h"

enum { CELL_ROLES = DIFF_ROLES_MAX + 1, ROW_WORDS = (DIFF_ROWS_MAX + 63) / 64 };

static const char *const words[] = {
    [DIFF_GAINED] = "erbij",      [DIFF_LOST] = "eraf",    [DIFF_WIDER] = "ruimer",
    [DIFF_NARROWER] = "strenger", [DIFF_OTHER] = "anders",
};

const char *diff_word(enum diff_kind kind)
{
    return (unsigned)kind < sizeof words / sizeof *words ? words[kind] : "";
}

/* The rows of one covenant between two kinds for a purpose. */
struct rows {
    struct matrix_row rows[DIFF_ROWS_MAX];
    size_t count; /* past the bound: too many */
};

/* Which rows, at either side, release one cell. */
struct set {
    uint64_t bits[ROW_WORDS];
};

struct change {
    enum diff_kind kind;
    struct set before, after;
    uint16_t domains;
    uint32_t categories;
    uint8_t roles[CELL_ROLES]; /* 0 or 1; the last is the whole organisation */
};

struct comparing {
    const struct covenant *before, *after;
    void (*take)(void *ctx, const struct diff_change *change);
    void *ctx;
    /* Roles of both, numbered together. */
    const char *roles[DIFF_ROLES_MAX];
    size_t role_count;
    uint8_t after_role[COVENANT_ROLES_MAX]; /* of the new covenant to the joint number */
    struct rows old_rows, new_rows;
    struct change changes[CELL_ROLES * LIFE_DOMAIN_COUNT];
    size_t change_count;
    const struct matrix_row *shown[2][DIFF_ROWS_MAX];
};

/* ---- one cell ---- */

static bool has(const struct set *set, size_t i)
{
    return (set->bits[i / 64] >> (i % 64) & 1U) != 0;
}

static void add(struct set *set, size_t i)
{
    set->bits[i / 64] |= (uint64_t)1 << (i % 64);
}

static bool is_empty(const struct set *set)
{
    static const struct set none;
    return memcmp(set, &none, sizeof none) == 0;
}

static bool row_has_role(const struct comparing *c, const struct matrix_row *row, bool is_new, size_t role)
{
    if (row->feeds_set) {
        return role == DIFF_ROLES_MAX;
    }
    for (uint64_t rest = row->roles; rest != 0 && role != DIFF_ROLES_MAX; rest &= rest - 1) {
        const size_t own = (size_t)__builtin_ctzll(rest);
        if ((is_new ? c->after_role[own] : own) == role) {
            return true;
        }
    }
    return false;
}

/* A row that says no more than another one is no difference; of two that say the same the first stays. */
static bool is_needless(const struct rows *rows, const struct set *in, size_t i)
{
    for (size_t j = 0; j < rows->count; j++) {
        if (j != i && has(in, j) && matrix_covers(&rows->rows[j], &rows->rows[i]) &&
            (j < i || !matrix_covers(&rows->rows[i], &rows->rows[j]))) {
            return true;
        }
    }
    return false;
}

/* `category` CATEGORY_COUNT: the crisis number. */
static struct set releasing(const struct comparing *c, const struct rows *rows, bool is_new, size_t role,
                            unsigned domain, unsigned category)
{
    struct set in = {{0}};
    struct set out = {{0}};
    for (size_t i = 0; i < rows->count; i++) {
        const struct matrix_row *row = &rows->rows[i];
        const bool it = category == CATEGORY_COUNT ? row->crisis : (row->categories >> category & 1U) != 0;
        if (it && (row->domains >> domain & 1U) != 0 && row_has_role(c, row, is_new, role)) {
            add(&in, i);
        }
    }
    for (size_t i = 0; i < rows->count; i++) {
        if (has(&in, i) && !is_needless(rows, &in, i)) {
            add(&out, i);
        }
    }
    return out;
}

/* Is each row of `set` covered by one of the other side's? */
static bool all_covered(const struct rows *rows, const struct set *set, const struct rows *by_rows,
                        const struct set *by)
{
    for (size_t i = 0; i < rows->count; i++) {
        bool covered = !has(set, i);
        for (size_t j = 0; j < by_rows->count && !covered; j++) {
            covered = has(by, j) && matrix_covers(&by_rows->rows[j], &rows->rows[i]);
        }
        if (!covered) {
            return false;
        }
    }
    return true;
}

static bool judge(const struct comparing *c, const struct set *before, const struct set *after, enum diff_kind *out)
{
    const bool widens = all_covered(&c->old_rows, before, &c->new_rows, after);
    const bool narrows = all_covered(&c->new_rows, after, &c->old_rows, before);
    if (widens && narrows) {
        return false;
    }
    *out = is_empty(before)  ? DIFF_GAINED
           : is_empty(after) ? DIFF_LOST
           : widens          ? DIFF_WIDER
           : narrows         ? DIFF_NARROWER
                             : DIFF_OTHER;
    return true;
}

/* ---- cells that changed alike, together ---- */

static bool alike(const struct change *a, const struct change *b)
{
    return a->kind == b->kind && memcmp(&a->before, &b->before, sizeof a->before) == 0 &&
           memcmp(&a->after, &b->after, sizeof a->after) == 0;
}

/* Adds a cell to those of its role and domain, which are at `from` and further. */
static void add_cell(struct comparing *c, size_t from, const struct change *cell)
{
    for (size_t i = from; i < c->change_count; i++) {
        if (alike(&c->changes[i], cell)) {
            c->changes[i].categories |= cell->categories;
            return;
        }
    }
    if (c->change_count < sizeof c->changes / sizeof *c->changes) {
        c->changes[c->change_count++] = *cell;
    }
}

static void merge(struct comparing *c, size_t from, bool domains)
{
    size_t kept = from;
    for (size_t i = from; i < c->change_count; i++) {
        struct change *found = NULL;
        for (size_t j = from; j < kept && found == NULL; j++) {
            struct change *other = &c->changes[j];
            const bool same = alike(other, &c->changes[i]) && other->categories == c->changes[i].categories;
            found = same && (domains || other->domains == c->changes[i].domains) ? other : NULL;
        }
        if (found == NULL) {
            c->changes[kept++] = c->changes[i];
            continue;
        }
        found->domains |= c->changes[i].domains;
        for (size_t r = 0; r < CELL_ROLES; r++) {
            found->roles[r] |= c->changes[i].roles[r];
        }
    }
    c->change_count = kept;
}

static void compare_role(struct comparing *c, size_t role)
{
    const size_t first = c->change_count;
    for (unsigned d = 0; d < LIFE_DOMAIN_COUNT; d++) {
        const size_t from = c->change_count;
        for (unsigned category = 0; category <= CATEGORY_COUNT; category++) {
            struct change cell = {.before = releasing(c, &c->old_rows, false, role, d, category),
                                  .after = releasing(c, &c->new_rows, true, role, d, category),
                                  .domains = LIFE_DOMAIN_BIT(d),
                                  .categories = category == CATEGORY_COUNT ? 0 : CATEGORY_BIT(category)};
            cell.roles[role] = 1;
            if (judge(c, &cell.before, &cell.after, &cell.kind)) {
                add_cell(c, from, &cell);
            }
        }
    }
    merge(c, first, true);
}

/* ---- one pair of kinds ---- */

static size_t list_rows(const struct rows *rows, const struct set *set, const struct matrix_row **out)
{
    size_t count = 0;
    for (size_t i = 0; i < rows->count; i++) {
        if (has(set, i)) {
            out[count++] = &rows->rows[i];
        }
    }
    return count;
}

static void tell(struct comparing *c, struct diff_change *change, const struct change *found)
{
    change->kind = found->kind;
    change->domains = found->domains;
    change->categories = found->categories;
    change->whole_organisation = found->roles[DIFF_ROLES_MAX] != 0;
    change->role_count = 0;
    for (size_t r = 0; r < c->role_count; r++) {
        if (found->roles[r] != 0) {
            change->roles[change->role_count++] = c->roles[r];
        }
    }
    change->before = c->shown[0];
    change->before_count = list_rows(&c->old_rows, &found->before, c->shown[0]);
    change->after = c->shown[1];
    change->after_count = list_rows(&c->new_rows, &found->after, c->shown[1]);
    c->take(c->ctx, change);
}

static void keep_row(void *ctx, const struct matrix_row *row)
{
    struct rows *rows = ctx;
    if (rows->count < DIFF_ROWS_MAX) {
        rows->rows[rows->count] = *row;
    }
    rows->count++;
}

/* A number past the end: this covenant does not have it. */
struct place {
    size_t purpose, asker, giver;
    bool there;
};

static void fill(const struct covenant *covenant, const struct place *place, struct rows *rows)
{
    const struct date none = {0};
    rows->count = 0;
    if (place->there) {
        matrix_rows(covenant, place->purpose, place->asker, place->giver, &none, keep_row, rows);
    }
}

static enum result compare_pair(struct comparing *c, const struct place *old, const struct place *new,
                                struct diff_change *change, struct error *err)
{
    fill(c->before, old, &c->old_rows);
    fill(c->after, new, &c->new_rows);
    ENSURE(c->old_rows.count <= DIFF_ROWS_MAX && c->new_rows.count <= DIFF_ROWS_MAX, err, FAULT_TOO_LARGE, "regels",
           "hoogstens %d regels tussen twee soorten partijen voor een doel zijn te vergelijken", (int)DIFF_ROWS_MAX);
    if (c->old_rows.count + c->new_rows.count == 0) {
        return RESULT_OK;
    }
    c->change_count = 0;
    for (size_t role = 0; role <= DIFF_ROLES_MAX; role++) {
        if (role < c->role_count || role == DIFF_ROLES_MAX) {
            compare_role(c, role);
            merge(c, 0, false);
        }
    }
    for (size_t i = 0; i < c->change_count; i++) {
        tell(c, change, &c->changes[i]);
    }
    return RESULT_OK;
}

/* ---- all of it: first what the old covenant has, then what only the new one has ---- */

static size_t purpose_named(const struct covenant *covenant, const char *code)
{
    size_t i = 0;
    while (i < covenant_purpose_count(covenant) && strcmp(covenant_purpose_at(covenant, i)->code, code) != 0) {
        i++;
    }
    return i;
}

static size_t kind_named(const struct covenant *covenant, const char *code)
{
    size_t i = 0;
    while (i < matrix_kind_count(covenant) && strcmp(matrix_kind(covenant, i), code) != 0) {
        i++;
    }
    return i;
}

static struct place place_in(const struct covenant *covenant, const struct diff_change *change)
{
    struct place place = {purpose_named(covenant, change->purpose), kind_named(covenant, change->asker),
                          kind_named(covenant, change->giver), false};
    place.there = place.purpose < covenant_purpose_count(covenant) && place.asker < matrix_kind_count(covenant) &&
                  place.giver < matrix_kind_count(covenant);
    return place;
}

/* Over everything that `covenant` has; as the second of the two it leaves out what the first has. */
static enum result compare_from(struct comparing *c, const struct covenant *covenant, bool second, struct error *err)
{
    struct diff_change change = {0};
    for (size_t p = 0; p < covenant_purpose_count(covenant); p++) {
        change.purpose = covenant_purpose_at(covenant, p)->code;
        for (size_t a = 0; a < matrix_kind_count(covenant); a++) {
            change.asker = matrix_kind(covenant, a);
            for (size_t g = 0; g < matrix_kind_count(covenant); g++) {
                change.giver = matrix_kind(covenant, g);
                const struct place old = place_in(c->before, &change);
                const struct place new = place_in(c->after, &change);
                if (!second || !old.there) {
                    TRY(compare_pair(c, &old, &new, &change, err));
                }
            }
        }
    }
    return RESULT_OK;
}

static void join_roles(struct comparing *c)
{
    for (size_t i = 0; i < matrix_role_count(c->before); i++) {
        c->roles[c->role_count++] = matrix_role(c->before, i);
    }
    for (size_t i = 0; i < matrix_role_count(c->after); i++) {
        const char *code = matrix_role(c->after, i);
        size_t at = 0;
        while (at < c->role_count && strcmp(c->roles[at], code) != 0) {
            at++;
        }
        c->after_role[i] = (uint8_t)at;
        if (at == c->role_count) {
            c->roles[c->role_count++] = code;
        }
    }
}

enum result diff_access(const struct covenant *before, const struct covenant *after,
                        void (*take)(void *ctx, const struct diff_change *change), void *ctx, struct error *err)
{
    struct comparing *c = mem_zalloc(sizeof *c);
    ENSURE(c != NULL, err, FAULT_NO_MEMORY, "", "geen geheugen");
    c->before = before;
    c->after = after;
    c->take = take;
    c->ctx = ctx;
    join_roles(c);
    enum result result = compare_from(c, before, false, err);
    if (result == RESULT_OK) {
        result = compare_from(c, after, true, err);
    }
    mem_free(c);
    return result;
}
