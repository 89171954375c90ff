#include "region/population.h"

#include <stdio.h>

#include "base/attr.h"
#include "region/chance.h"

static const int64_t DAY_MS = 86400000;
enum { MEMBERS_MAX = 6, MUNICIPALITY_FIRST = 9901, MUNICIPALITIES = 3, ADULT_AGE = 18 };

/* What a number is for; see chance.h. */
enum what { KIND = 5000, CHILDREN, TOWN, SOURCE, RECORDED, FAMILY_HEAD, FAMILY_TAIL, FAMILY_LINK, GIVEN, AGE, DAYS };

struct story {
    const char *given_name;
    const char *family_name;
    struct date birth;
    enum part part;
    uint64_t household;
};

static const struct story story[STORY_COUNT] = {
    [STORY_SAMIRA] = {"Samira", "Verhoeven-Test", {1985, 3, 14}, PART_ADULT, 1},
    [STORY_DAAN] = {"Daan", "Verhoeven-Test", {1983, 7, 2}, PART_ADULT, 1},
    [STORY_MILAN] = {"Milan", "Verhoeven-Test", {2012, 9, 30}, PART_CHILD, 1},
    [STORY_NOOR] = {"Noor", "Verhoeven-Test", {2018, 1, 17}, PART_CHILD, 1},
    [STORY_SHIELDED] = {"Ilse", "Meerhorst-Test", {1990, 5, 21}, PART_ADULT, 2},
};

static const char *const given_names[] = {
    "Anna", "Bram",   "Cem",    "Demi", "Eline",  "Finn",   "Gijs",  "Hanna", "Imane", "Jesse",  "Katja",
    "Lars", "Malik",  "Nienke", "Olga", "Pieter", "Quinta", "Ruben", "Sofie", "Tarik", "Ursula", "Vera",
    "Wout", "Xander", "Yara",   "Zoë",  "Aya",    "Bas",    "Chloé", "Dirk",  "Esra",  "Renée",
};
/* Heads and tails make family names that nobody has; the links are the usual Dutch ones. */
static const char *const family_heads[] = {"Duin",  "Koren",  "Wilgen", "Zand",  "Berken", "Hooi", "Veen",   "Linden",
                                           "Rogge", "Kievit", "Elzen",  "Water", "Heide",  "Riet", "Klaver", "Mast"};
static const char *const family_tails[] = {"hout",  "veldt", "brugge", "dijker", "laar",  "hoven", "kampen",
                                           "beeke", "wold",  "zicht",  "rode",   "gaard", "stein", "meyer"};
static const char *const family_links[] = {"", "", "", "van ", "de ", "van der ", "ter "};
static const char *const household_sources[] = {"BRP", "intake", "huisbezoek"};

static uint32_t pick(const struct population *p, uint64_t who, enum what what, uint32_t below)
{
    return chance_pick(p->seed, who, (uint32_t)what, below);
}

struct population population_of(uint64_t seed, int64_t day_ms, bool wide)
{
    return (struct population){.seed = seed, .day_ms = day_ms, .numbers = numbers_of(seed, wide), .household = 2};
}

/* Five kinds of household: one alone (two of them), a couple (two), one with children (one). */
enum { ALONE, COUPLE, ALONE_TOO, COUPLE_TOO, LONE_PARENT, KINDS };

static unsigned adults_in(const struct population *p, uint64_t household)
{
    const uint32_t kind = pick(p, chance_household(household), KIND, KINDS);
    return kind == COUPLE || kind == COUPLE_TOO ? 2 : 1;
}

static unsigned children_in(const struct population *p, uint64_t household)
{
    const uint32_t kind = pick(p, chance_household(household), KIND, KINDS);
    if (kind == ALONE || kind == ALONE_TOO) {
        return 0;
    }
    return pick(p, chance_household(household), CHILDREN, MEMBERS_MAX - adults_in(p, household) + 1);
}

static void set_birth(const struct population *p, struct person *out)
{
    const struct date day = moment_date(p->day_ms);
    out->age = date_age(&out->birth, &day);
}

static void add_birth(const struct population *p, struct person *out, unsigned member)
{
    const uint64_t home = chance_household(out->household);
    const uint32_t children = children_in(p, out->household);
    /* Parents are 24 to 43 years older than their eldest, who is 3 to 17; others are of any age. */
    const uint32_t eldest = 3 + pick(p, home, AGE, 15);
    uint32_t years = 0;
    if (out->part == PART_CHILD) {
        const uint32_t younger = 2 * (member - adults_in(p, out->household));
        years = eldest > younger ? eldest - younger : 0;
    } else if (children != 0) {
        years = eldest + 24 + pick(p, out->index, AGE, 20);
    } else {
        years = 19 + pick(p, out->index, AGE, 72);
    }
    const int64_t days = (int64_t)years * 1461 / 4 + 30 + pick(p, out->index, DAYS, 330);
    out->birth = moment_date(p->day_ms - days * DAY_MS);
    out->lived_days = (int)days;
    set_birth(p, out);
}

static void add_names(const struct population *p, struct person *out)
{
    const uint64_t home = chance_household(out->household);
    (void)snprintf(out->given_name, sizeof out->given_name, "%s",
                   given_names[pick(p, out->index, GIVEN, COUNT_OF(given_names))]);
    (void)snprintf(out->family_name, sizeof out->family_name, "%s%s%s",
                   family_links[pick(p, home, FAMILY_LINK, COUNT_OF(family_links))],
                   family_heads[pick(p, home, FAMILY_HEAD, COUNT_OF(family_heads))],
                   family_tails[pick(p, home, FAMILY_TAIL, COUNT_OF(family_tails))]);
}

static void make_story(const struct population *p, struct person *out)
{
    const struct story *s = &story[out->index];
    out->bsn = numbers_fixed((unsigned)out->index);
    (void)snprintf(out->given_name, sizeof out->given_name, "%s", s->given_name);
    (void)snprintf(out->family_name, sizeof out->family_name, "%s", s->family_name);
    out->birth = s->birth;
    out->part = s->part;
    out->with_children = s->part == PART_ADULT && s->household == 1;
    out->household = s->household;
    out->household_source = household_sources[0];
    out->household_recorded = (struct date){2024, 5, 6};
    out->municipality = MUNICIPALITY_FIRST;
    set_birth(p, out);
}

static bool make_other(struct population *p, struct person *out)
{
    if (p->next_member == p->members) {
        p->household++;
        p->members = adults_in(p, p->household) + children_in(p, p->household);
        p->next_member = 0;
    }
    const unsigned member = p->next_member++;
    const uint64_t home = chance_household(p->household);
    out->household = p->household;
    out->part = member < adults_in(p, p->household) ? PART_ADULT : PART_CHILD;
    out->with_children = out->part == PART_ADULT && children_in(p, p->household) != 0;
    out->municipality = MUNICIPALITY_FIRST + pick(p, home, TOWN, MUNICIPALITIES);
    out->household_source = household_sources[pick(p, home, SOURCE, COUNT_OF(household_sources))];
    out->household_recorded = moment_date(p->day_ms - (int64_t)pick(p, home, RECORDED, 900) * DAY_MS);
    add_names(p, out);
    add_birth(p, out, member);
    out->bsn = numbers_next(&p->numbers);
    return out->bsn != 0;
}

bool population_next(struct population *p, struct person *out)
{
    *out = (struct person){.index = p->made};
    if (p->made < STORY_COUNT) {
        make_story(p, out);
    } else if (!make_other(p, out)) {
        return false;
    }
    p->made++;
    return true;
}
