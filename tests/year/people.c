/* Who lives in the region, who of them works at the organisation, and who may be looked at by whom. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "base/mem.h"
#include "base/workdays.h"
#include "region/population.h"
#include "year/inside.h"

enum {
    PEOPLE_MIN = 12000,
    PEOPLE_MAX = 60000,
    KNOWN_PER_MILLE = 600,
    STAFF_FIRST = 3,        /* household of the first user; the one behind each is a neighbour */
    PLANTED_PER_MILLE = 400 /* of the households */
};
enum what { KNOWN = 7000 };

/* ---- purposes, partners ---- */

const struct year_purpose year_purposes[] = {
    {"hulpafstemming", "wmo-5.1.1", 1, false},
    {"wgs-schuldhulp", "wgs-8", 2, false},
    {"gezamenlijk-plan", "wmo-5.1.1", 7, false},
    {"zorgsignaal", "wmo-5.1.1", 6, false},
    [PURPOSE_SAFE_HOME] = {"onderzoek-veilig-thuis", "wmo-5.1.6", 4, true},
    [PURPOSE_ORDER] = {"uitvoering-ots", "jeugdwet-7.4.0", 4, true},
    [PURPOSE_DANGER] = {"acuut-gevaar", "wmo-5.1.6", 7, true},
};
const size_t year_purpose_count = COUNT_OF(year_purposes);

const char *const year_partners[YEAR_PARTNERS] = {
    "00000099000000002000", "00000099000000003000", "00000099000000004000", "00000099000000005000",
    "00000099000000006000", "00000099000000007000", "00000099000000008000", "00000099000000009000",
    "00000099000000010000", "00000099000000011000", "00000099000000012000",
};

bool year_purpose_urgent(const char *purpose)
{
    for (size_t i = 0; i < year_purpose_count; i++) {
        if (strcmp(year_purposes[i].code, purpose) == 0) {
            return year_purposes[i].urgent;
        }
    }
    return false;
}

/* ---- people ---- */

static struct ident ident_of(uint64_t seed, uint64_t what)
{
    struct ident id;
    bytes_put_u64(id.bytes, chance_mix(seed ^ chance_mix(what)));
    bytes_put_u64(id.bytes + 8, chance_mix(chance_mix(seed + 1) ^ what));
    return id;
}

static bool read_people(struct year *y)
{
    struct population population =
        population_of(y->seed, date_days(&(struct date){YEAR_FIRST + 1, 1, 1}) * INT64_C(86400000), false);
    struct person person;
    for (size_t i = 0; i < y->person_count; i++) {
        if (!population_next(&population, &person)) {
            return false;
        }
        y->people[i] = (struct year_person){.bsn = person.bsn,
                                            .household = (uint32_t)person.household,
                                            .is_known = chance_hits(y->seed, i, KNOWN, KNOWN_PER_MILLE),
                                            .id = ident_of(y->seed, i)};
        if (person.household != y->household_count) {
            y->household_count = (uint32_t)person.household;
            y->households[y->household_count] = (uint32_t)i;
        }
    }
    y->households[y->household_count + 1] = (uint32_t)y->person_count;
    return true;
}

/* The key comes first in both, so that one comparison of its bytes serves. */
static int compare_bsn(const void *a, const void *b)
{
    const uint32_t left = ((const struct year_by_bsn *)a)->bsn;
    const uint32_t right = ((const struct year_by_bsn *)b)->bsn;
    return (left > right) - (left < right);
}

static int compare_id(const void *a, const void *b)
{
    return memcmp(((const struct year_by_id *)a)->id.bytes, ((const struct year_by_id *)b)->id.bytes, IDENT_SIZE);
}

static void sort_people(struct year *y)
{
    for (size_t i = 0; i < y->person_count; i++) {
        y->by_bsn[i] = (struct year_by_bsn){y->people[i].bsn, (uint32_t)i};
        if (y->people[i].is_known) {
            y->by_id[y->known_count++] = (struct year_by_id){y->people[i].id, (uint32_t)i};
        }
    }
    qsort(y->by_bsn, y->person_count, sizeof *y->by_bsn, compare_bsn);
    qsort(y->by_id, y->known_count, sizeof *y->by_id, compare_id);
}

bool year_make_people(struct year *y)
{
    const uint64_t wanted = y->records / 50;
    y->person_count = wanted < PEOPLE_MIN ? PEOPLE_MIN : wanted > PEOPLE_MAX ? PEOPLE_MAX : (size_t)wanted;
    y->people = mem_array(y->person_count, sizeof *y->people);
    y->households = mem_array(y->person_count + 2, sizeof *y->households);
    y->by_bsn = mem_array(y->person_count, sizeof *y->by_bsn);
    y->by_id = mem_array(y->person_count, sizeof *y->by_id);
    if (y->people == NULL || y->households == NULL || y->by_bsn == NULL || y->by_id == NULL || !read_people(y)) {
        return false;
    }
    sort_people(y);
    return true;
}

/* ---- users ---- */

/* Six roles, in turn. */
static const struct {
    const char *role;
    enum year_group group;
    unsigned purpose;
} places[] = {
    {"generalist", GROUP_PLANTED, 0},
    {"consulent", GROUP_PLANTED, 1},
    {"regisseur", GROUP_PLANTED, 2},
    {"partnerprofessional", GROUP_OTHER, 3},
    {"veilig-thuis", GROUP_DUTY, PURPOSE_SAFE_HOME},
    {"generalist", GROUP_OTHER, 0},
    {"consulent", GROUP_PLANTED, 1},
    {"generalist", GROUP_PLANTED, 0},
    {"regisseur", GROUP_PLANTED, 2},
    {"consulent", GROUP_OTHER, 1},
    {"jeugdbeschermer", GROUP_DUTY, PURPOSE_ORDER},
    {"regisseur", GROUP_OTHER, 2},
};

void year_make_users(struct year *y)
{
    static const char *const surnames[] = {"duinhout",   "korenveldt", "wilgenlaar",
                                           "zandkampen", "berkenrode", "kieviet"};
    const uint64_t wanted = y->records / 40000;
    y->user_count = wanted < YEAR_USERS_MIN   ? YEAR_USERS_MIN
                    : wanted > YEAR_USERS_MAX ? YEAR_USERS_MAX
                                              : (unsigned)wanted;
    for (unsigned i = 0; i < y->user_count; i++) {
        struct year_user *user = &y->users[i];
        (void)snprintf(user->name, sizeof user->name, "%c.%s%03u", 'a' + (int)(i * 7 % 26),
                       surnames[i % COUNT_OF(surnames)], i);
        user->role = places[i % COUNT_OF(places)].role;
        user->group = places[i % COUNT_OF(places)].group;
        user->purpose = places[i % COUNT_OF(places)].purpose;
        user->person = y->households[STAFF_FIRST + 2 * i];
        user->urgent_day = -YEAR_DAYS;
    }
    y->next_household = STAFF_FIRST + 2 * y->user_count;
    y->planted_from = y->household_count - (uint32_t)((uint64_t)y->household_count * PLANTED_PER_MILLE / 1000);
    y->next_planted = y->planted_from;
}

unsigned year_group_size(const struct year *y, enum year_group group)
{
    unsigned count = 0;
    for (unsigned i = 0; i < y->user_count; i++) {
        count += y->users[i].group == group;
    }
    return count;
}

uint32_t year_group_user(const struct year *y, enum year_group group, unsigned which)
{
    const unsigned size = year_group_size(y, group);
    unsigned left = size != 0 ? which % size : 0;
    uint32_t at = 0;
    while (at + 1 < y->user_count && (y->users[at].group != group || left-- != 0)) {
        at++;
    }
    return at;
}

/* ---- households ---- */

uint32_t year_household_size(const struct year *y, uint32_t household)
{
    return y->households[household + 1] - y->households[household];
}

uint32_t year_free_household(struct year *y)
{
    if (y->next_household == y->planted_from) {
        y->next_household = STAFF_FIRST + 2 * y->user_count;
    }
    return y->next_household++;
}

uint32_t year_planted_person(struct year *y)
{
    if (y->next_planted > y->household_count) {
        y->failed = true;
        return 0;
    }
    return y->households[y->next_planted++];
}

/* ---- what is known of whom a record is about ---- */

static bool find_person(const struct year *y, const struct record *record, uint32_t *out)
{
    if (bsn_is_set(&record->bsn)) {
        const struct year_by_bsn key = {(uint32_t)strtoul(record->bsn.secret_digits, NULL, 10), 0};
        const struct year_by_bsn *found = bsearch(&key, y->by_bsn, y->person_count, sizeof key, compare_bsn);
        *out = found != NULL ? found->person : 0;
        return found != NULL;
    }
    const struct year_by_id key = {record->subject, 0};
    const struct year_by_id *found = bsearch(&key, y->by_id, y->known_count, sizeof key, compare_id);
    *out = found != NULL ? found->person : 0;
    return found != NULL;
}

size_t year_person_count(const struct year *y)
{
    return y->person_count;
}

void year_subject_of(const struct year *y, const struct record *record, struct year_subject *out)
{
    uint32_t at = 0;
    *out = (struct year_subject){.is_self = false};
    if (!find_person(y, record, &at)) {
        return;
    }
    const struct year_person *person = &y->people[at];
    out->person = at + 1;
    out->id = person->is_known ? person->id : out->id;
    bytes_put_u64(out->household.bytes + 8, person->household);
    for (unsigned i = 0; i < y->user_count; i++) {
        const bool own = strcmp(record->user, y->users[i].name) == 0;
        const bool same = y->users[i].person == at;
        out->is_self |= same && own;
        out->is_colleague |= same && !own;
        out->is_relative |= !same && y->people[y->users[i].person].household == person->household;
    }
}
