#include "policy/matrix.h"

#include <string.h>

#include "policy/covenant_parts.h"

static const char *code_at(const struct code_table *table, size_t place)
{
    for (size_t i = 0; i < table->count; i++) {
        if (table->entries[i].place == place) {
            return table->entries[i].text;
        }
    }
    return "";
}

size_t matrix_kind_count(const struct covenant *covenant)
{
    return covenant->kind_codes.count;
}

size_t matrix_role_count(const struct covenant *covenant)
{
    return covenant->role_codes.count;
}

size_t matrix_basis_count(const struct covenant *covenant)
{
    return covenant->basis_count;
}

const char *matrix_kind(const struct covenant *covenant, size_t kind)
{
    return code_at(&covenant->kind_codes, kind);
}

const char *matrix_role(const struct covenant *covenant, size_t role)
{
    return code_at(&covenant->role_codes, role);
}

const struct basis *matrix_basis(const struct covenant *covenant, size_t basis)
{
    return &covenant->bases[basis];
}

struct date matrix_first_day(const struct covenant *covenant)
{
    return covenant->from;
}

/* ---- rows ---- */

/* The rules between two kinds for a purpose, those that deny in front. */
struct bucket {
    const struct covenant *covenant;
    const uint16_t *entries;
    size_t count;
    bool urgent;
};

static const struct rule *rule_at(const struct bucket *bucket, size_t index)
{
    return &bucket->covenant->rules[bucket->entries[index]];
}

static bool feeds_set(const struct rule *rule)
{
    return (rule->flags & RULE_FEEDS_SET) != 0;
}

struct left {
    uint32_t categories[LIFE_DOMAIN_COUNT];
};

/* `role` may be several: what a whole organisation would know is forbidden to it as soon as it is to one of its roles. */
static uint32_t denied(const struct bucket *bucket, uint64_t role, unsigned domain)
{
    uint32_t categories = 0;
    for (size_t i = 0; i < bucket->count && (rule_at(bucket, i)->flags & RULE_DENIES) != 0; i++) {
        const struct rule *rule = rule_at(bucket, i);
        if ((rule->roles & role) != 0 && (rule->domains >> domain & 1U) != 0) {
            categories |= rule->categories;
        }
    }
    return categories;
}

/* A signal is in every life domain: what one of them forbids is gone. */
static uint32_t left_of_signal(const struct bucket *bucket, const struct rule *rule, uint64_t role)
{
    uint32_t left = rule->categories;
    for (unsigned d = 0; d < LIFE_DOMAIN_COUNT; d++) {
        left &= ~denied(bucket, role, d);
    }
    return left;
}

static bool existence_can_be_known(const struct bucket *bucket, unsigned domain)
{
    for (size_t i = 0; i < bucket->count; i++) {
        const struct rule *rule = rule_at(bucket, i);
        if (feeds_set(rule) && (rule->flags & RULE_SIGNAL) == 0 && (rule->domains >> domain & 1U) != 0 &&
            (denied(bucket, UINT64_MAX, domain) & CATEGORY_BIT(CATEGORY_EXISTENCE)) == 0) {
            return true;
        }
    }
    return bucket->urgent;
}

static struct left left_over(const struct bucket *bucket, const struct rule *rule, uint64_t role)
{
    struct left left = {{0}};
    for (unsigned d = 0; d < LIFE_DOMAIN_COUNT; d++) {
        if ((rule->domains >> d & 1U) == 0) {
            continue;
        }
        if ((rule->flags & RULE_SIGNAL) != 0) {
            left.categories[d] = left_of_signal(bucket, rule, role);
            continue;
        }
        left.categories[d] = rule->categories & ~denied(bucket, role, d);
        if (!feeds_set(rule) && (rule->categories & CATEGORY_BIT(CATEGORY_EXISTENCE)) != 0 &&
            !existence_can_be_known(bucket, d)) {
            left.categories[d] = 0; /* whom to call would tell it too */
        }
    }
    return left;
}

static const struct basis *basis_of(const struct covenant *covenant, uint16_t basis)
{
    return basis == BASIS_NONE ? NULL : &covenant->bases[basis];
}

static bool in_force(const struct covenant *covenant, const struct rule *rule, const struct date *day)
{
    return covenant_basis_in_force(covenant, rule->basis_ask, day) &&
           covenant_basis_in_force(covenant, rule->basis_give, day) &&
           (rule->basis_lift == BASIS_NONE || covenant_basis_in_force(covenant, rule->basis_lift, day));
}

static struct matrix_row row_of(const struct covenant *covenant, const struct rule *rule, const struct date *day)
{
    return (struct matrix_row){
        .purpose = rule->purpose,
        .rule = rule->id,
        .ask = basis_of(covenant, rule->basis_ask),
        .give = basis_of(covenant, rule->basis_give),
        .lift = basis_of(covenant, rule->basis_lift),
        /* What widens counts the other way round, so that a larger set of conditions always asks for more. */
        .conditions = (uint32_t)(rule->flags & ~(unsigned)RULE_NAMES_SHIELDED) |
                      ((rule->flags & RULE_NAMES_SHIELDED) == 0 ? RULE_NAMES_SHIELDED : 0U),
        .consent = rule->consent == RULE_CONSENT_NONE ? MATRIX_NO_CONSENT : rule->consent,
        .age_from = rule->age_from,
        .age_until = rule->age_until,
        .obligation = (enum obligation)rule->obligation,
        .feeds_set = feeds_set(rule),
        .crisis = (rule->flags & RULE_CRISIS_NUMBER) != 0,
        .signal = (rule->flags & RULE_SIGNAL) != 0,
        .shielded = (rule->flags & RULE_NAMES_SHIELDED) != 0,
        .in_force = in_force(covenant, rule, day),
    };
}

struct taking {
    void (*take)(void *ctx, const struct matrix_row *row);
    void *ctx;
};

/* Life domains in which the same is left over stand in one row. */
static void take_domains(struct matrix_row *row, const struct left *left, uint16_t domains, const struct taking *to)
{
    uint16_t done = 0;
    for (unsigned d = 0; d < LIFE_DOMAIN_COUNT; d++) {
        if ((domains >> d & 1U) == 0 || (done >> d & 1U) != 0) {
            continue;
        }
        row->domains = 0;
        row->categories = left->categories[d];
        for (unsigned other = d; other < LIFE_DOMAIN_COUNT; other++) {
            if ((domains >> other & 1U) != 0 && left->categories[other] == row->categories) {
                row->domains |= LIFE_DOMAIN_BIT(other);
            }
        }
        done |= row->domains;
        if (row->categories != 0 || row->crisis) {
            to->take(to->ctx, row);
        }
    }
}

/* Roles for which the same is left over stand in one row. */
static void take_rule(const struct bucket *bucket, const struct rule *rule, struct matrix_row *row,
                      const struct taking *to)
{
    const size_t roles = bucket->covenant->role_codes.count;
    const uint64_t all = roles < 64 ? ((uint64_t)1 << roles) - 1 : UINT64_MAX;
    if (feeds_set(rule)) {
        const struct left left = left_over(bucket, rule, UINT64_MAX);
        row->roles = UINT64_MAX;
        take_domains(row, &left, rule->domains, to);
        return;
    }
    for (uint64_t open = rule->roles & all; open != 0;) {
        const struct left left = left_over(bucket, rule, open & -open);
        row->roles = 0;
        for (uint64_t rest = open; rest != 0; rest &= rest - 1) {
            const struct left other = left_over(bucket, rule, rest & -rest);
            row->roles |= memcmp(&left, &other, sizeof left) == 0 ? rest & -rest : 0;
        }
        open &= ~row->roles;
        take_domains(row, &left, rule->domains, to);
    }
}

void matrix_rows(const struct covenant *covenant, size_t purpose, size_t asker, size_t giver, const struct date *day,
                 void (*take)(void *ctx, const struct matrix_row *row), void *ctx)
{
    const size_t at = covenant_bucket(covenant, purpose, asker, giver);
    const struct taking to = {take, ctx};
    const struct bucket bucket = {
        .covenant = covenant,
        .entries = covenant->entries + covenant->starts[at],
        .count = covenant->starts[at + 1] - covenant->starts[at],
        .urgent = covenant->purposes[purpose].urgent,
    };
    for (size_t i = 0; i < bucket.count; i++) {
        const struct rule *rule = rule_at(&bucket, i);
        if ((rule->flags & RULE_DENIES) == 0) {
            struct matrix_row row = row_of(covenant, rule, day);
            row.asker = asker;
            row.giver = giver;
            take_rule(&bucket, rule, &row, &to);
        }
    }
}

void matrix_purpose_rows(const struct covenant *covenant, size_t purpose, const struct date *day,
                         void (*take)(void *ctx, const struct matrix_row *row), void *ctx)
{
    for (size_t asker = 0; asker < covenant->kind_codes.count; asker++) {
        for (size_t giver = 0; giver < covenant->kind_codes.count; giver++) {
            matrix_rows(covenant, purpose, asker, giver, day, take, ctx);
        }
    }
}

/* ---- prohibitions ---- */

void matrix_denials(const struct covenant *covenant, size_t purpose,
                    void (*take)(void *ctx, const struct matrix_denial *denial), void *ctx)
{
    const uint16_t every_domain = (1U << LIFE_DOMAIN_COUNT) - 1;
    const uint32_t every_category = (1U << CATEGORY_COUNT) - 1;
    for (size_t i = 0; i < covenant->rule_count; i++) {
        const struct rule *rule = &covenant->rules[i];
        if ((rule->flags & RULE_DENIES) == 0 || rule->purpose != purpose) {
            continue;
        }
        const struct matrix_denial denial = {
            .rule = rule->id,
            .askers = rule->requester_kinds,
            .givers = rule->provider_kinds,
            .roles = rule->roles,
            .domains = rule->domains,
            .categories = rule->categories,
            .all_roles = rule->roles == UINT64_MAX,
            .all_domains = (rule->domains & every_domain) == every_domain,
            .all_categories = (rule->categories & every_category) == every_category,
        };
        take(ctx, &denial);
    }
}

/* ---- tasks ---- */

const struct task_kind *matrix_task(const struct covenant *covenant, size_t index, const struct date *day,
                                    struct matrix_row *row, uint32_t *askers, uint32_t *doers)
{
    if (index >= covenant->task_count) {
        return NULL;
    }
    const struct rule *rule = &covenant->tasks[index].rule;
    *row = row_of(covenant, rule, day);
    row->roles = rule->roles;
    row->domains = rule->domains;
    *askers = rule->requester_kinds;
    *doers = rule->provider_kinds;
    return &covenant->tasks[index].kind;
}

/* ---- conditions in words ---- */

static const struct condition {
    uint32_t flag;
    const char *text;
    const char *of_task; /* NULL: the same */
} condition_texts[] = {
    {RULE_SIGNAL, "bij de gever loopt een zorgsignaal over de betrokkene", NULL},
    {RULE_NEEDS_CASE_OR_REPORT, "de vrager noemt een zaak of een melding", NULL},
    {RULE_NEEDS_REPORT, "de vrager noemt een melding", NULL},
    {RULE_NEEDS_OPEN_REPORT, "de melding bij Veilig Thuis loopt nog", NULL},
    {RULE_NEEDS_ORDER, "de maatregel van de rechter geldt die dag", NULL},
    {RULE_NEEDS_AREA, "de betrokkene woont in het werkgebied van de vrager",
     "de betrokkene woont in het werkgebied van wie de opdracht uitvoert"},
    {RULE_NEEDS_SHARED_AREA, "vrager en gever werken in dezelfde gemeente",
     "vrager en uitvoerder werken in dezelfde gemeente"},
    {RULE_YOUTH, "de betrokkene is jonger dan 18, of jonger dan 23 met verlengde jeugdhulp", NULL},
    {RULE_ADULT, "de betrokkene is 18 jaar of ouder", NULL},
};

static void put(struct buf *out, const char *between, size_t *count, const char *text)
{
    buf_text(out, (*count)++ == 0 ? "" : between);
    buf_text(out, text);
}

static void put_age(const struct matrix_row *row, const char *between, size_t *count, struct buf *out)
{
    if (row->age_from == 0 && row->age_until == MATRIX_AGE_MAX) {
        return;
    }
    put(out, between, count, "de betrokkene is ");
    if (row->age_until == MATRIX_AGE_MAX) {
        buf_format(out, "%u jaar of ouder", (unsigned)row->age_from);
    } else if (row->age_from == 0) {
        buf_format(out, "hoogstens %u jaar", (unsigned)row->age_until);
    } else {
        buf_format(out, "%u tot en met %u jaar", (unsigned)row->age_from, (unsigned)row->age_until);
    }
}

void matrix_conditions(const struct matrix_row *row, const char *between, struct buf *out)
{
    size_t count = 0;
    const bool task = (row->conditions & RULE_TASK) != 0;
    for (size_t i = 0; i < sizeof condition_texts / sizeof *condition_texts; i++) {
        const struct condition *condition = &condition_texts[i];
        if ((row->conditions & condition->flag) != 0) {
            put(out, between, &count, task && condition->of_task != NULL ? condition->of_task : condition->text);
        }
    }
    put_age(row, between, &count, out);
    if (count == 0) {
        buf_text(out, "geen");
    }
}

/* ---- one row against another, also of another covenant ---- */

static bool same_basis(const struct basis *a, const struct basis *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a->code, b->code) == 0);
}

bool matrix_covers(const struct matrix_row *a, const struct matrix_row *b)
{
    return same_basis(a->ask, b->ask) && same_basis(a->give, b->give) && same_basis(a->lift, b->lift) &&
           a->feeds_set == b->feeds_set && a->crisis == b->crisis && a->signal == b->signal &&
           (a->conditions & ~b->conditions) == 0 && (a->consent == MATRIX_NO_CONSENT || a->consent == b->consent) &&
           a->age_from <= b->age_from && a->age_until >= b->age_until && a->obligation >= b->obligation;
}
