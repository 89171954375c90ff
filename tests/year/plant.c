/*
 * What is planted, all of it planned before the first day: each rule at three strengths, and what looks like it and is
 * in order. Bounds are those that a node has when nobody changed them (audit/watch.h).
 *
 * What is of one user has days and users of its own: the next one of that user is weeks away, and the day on which
 * somebody looks at many people holds nothing else of his. People who are looked at are looked at by nobody else. So
 * what is found can be told from what was planted, and just below the bound stays below it.
 */
#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "base/mem.h"
#include "year/inside.h"

enum {
    FIRST_DAY = 12,
    LAST_DAY = 352, /* what is planted ends some days later; the rest of the year makes up the number */
    SPAN = LAST_DAY - FIRST_DAY,
    PATTERN_DAYS = 16, /* the longest, with the days that it may wait for a working day */
    PER_RULE_MAX = 20,
    RECORDS_PER_PATTERN = 250000,
    NOON = 12 * 60,
    MORNING = 10 * 60,
    EVENING = 20 * 60,
    NIGHT = 22 * 60 + 30,
    WEEK = 7,
    TEAM = 5,
};
enum what { JITTER = 9000, PERSON, LUCK };

/* One pattern in the making. */
struct planting {
    struct year *year;
    enum finding_rule rule;
    enum year_strength strength;
    unsigned user, which; /* which of its kind */
    unsigned amount;      /* how many people, times, hours, ... */
    int day;
    int plant;
};

/* ---- helpers ---- */

static int add_plant(struct year *y, enum finding_rule rule, enum year_strength strength, const char *key)
{
    if (y->plant_count == y->plant_capacity) {
        const size_t room = y->plant_capacity == 0 ? 64 : y->plant_capacity * 2;
        struct year_plant *plants = mem_realloc(y->plants, room * sizeof *plants);
        if (plants == NULL) {
            y->failed = true;
            return -1;
        }
        y->plants = plants;
        y->plant_capacity = room;
    }
    struct year_plant *plant = &y->plants[y->plant_count];
    *plant = (struct year_plant){.rule = rule, .strength = strength};
    (void)snprintf(plant->key, sizeof plant->key, "%s", key);
    return (int)y->plant_count++;
}

static void begin(struct planting *p, const char *key)
{
    p->plant = add_plant(p->year, p->rule, p->strength, key);
}

static int workday_from(int day)
{
    while (!year_workday(day) && day < YEAR_DAYS) {
        day++;
    }
    return day;
}

/* Two working days next to each other: the first. */
static int two_workdays_from(int day)
{
    while (!(year_workday(day) && year_workday(day + 1)) && day < YEAR_DAYS) {
        day++;
    }
    return day;
}

/* The number `which` of `of` on the working days of so many days from `day` on. */
static int spread_day(int day, int days, unsigned which, unsigned of)
{
    int found[PATTERN_DAYS];
    unsigned count = 0;
    for (int d = day; d < day + days; d++) {
        if (year_workday(d)) {
            found[count++] = d;
        }
    }
    return count != 0 ? found[which * count / of] : day;
}

static uint64_t next_luck(struct year *y)
{
    return chance_mix(y->seed ^ chance_mix(LUCK) ^ y->planted.count);
}

/* A look at one person, in a case and with a reason of its own. */
static struct year_act a_look(const struct planting *p, unsigned user, uint32_t person, int64_t time_ms)
{
    struct year *y = p->year;
    const struct year_case *own = year_new_case(y, 1);
    return (struct year_act){.kind = ACT_CONSULT,
                             .time_ms = time_ms,
                             .luck = next_luck(y),
                             .plant = p->plant,
                             .user = (uint16_t)user,
                             .purpose = (uint8_t)y->users[user].purpose,
                             .person = person,
                             .people = 1,
                             .evaluated = 1,
                             .case_number = own != NULL ? own->number : 1,
                             .reason = ++y->reasons};
}

static void add(const struct planting *p, const struct year_act *act)
{
    (void)year_add_act(p->year, &p->year->planted, act);
}

/* ---- the rules about people ---- */

/* Of as many households, within four hours. */
static void make_many_people(struct planting *p)
{
    const unsigned minutes = p->strength == YEAR_PLAIN ? 150 : 230;
    p->day = workday_from(p->day);
    p->year->is_quiet[p->user][p->day] = true;
    begin(p, p->year->users[p->user].name);
    for (unsigned i = 0; i < p->amount; i++) {
        const struct year_act look =
            a_look(p, p->user, year_planted_person(p->year), year_moment(p->day, NOON + i * minutes / p->amount));
        add(p, &look);
    }
}

static void make_off_hours(struct planting *p)
{
    p->day = workday_from(p->day);
    begin(p, p->year->users[p->user].name);
    for (unsigned i = 0; i < p->amount; i++) {
        const struct year_act look =
            a_look(p, p->user, year_planted_person(p->year), year_moment(p->day, EVENING + i * 15));
        add(p, &look);
    }
}

/* Plain: nothing explains it. Near: one person more than was tested. Below: a report explains it instead of a case. */
static void make_no_case(struct planting *p)
{
    static const uint8_t tested[YEAR_STRENGTHS] = {0, 1, 2};
    p->day = workday_from(p->day);
    begin(p, p->year->users[p->user].name);
    struct year_act act = a_look(p, p->user, year_planted_person(p->year), year_moment(p->day, NOON));
    act.kind = ACT_CONVERTED;
    act.partner = (uint8_t)(p->which % YEAR_PARTNERS);
    act.values = 2;
    act.tested = tested[p->strength];
    act.people = act.tested;
    act.report_number = p->strength == YEAR_BELOW ? act.case_number : 0;
    act.case_number = p->strength == YEAR_NEAR ? act.case_number : 0;
    add(p, &act);
}

/* By several users, each in a case of his own; `amount` of them. */
static void make_same_person(struct planting *p)
{
    char key[16];
    struct year *y = p->year;
    const uint32_t person = year_planted_person(y);
    const int days = p->strength == YEAR_PLAIN ? 9 : 13;
    p->day = workday_from(p->day);
    (void)snprintf(key, sizeof key, "%09u", (unsigned)y->people[person].bsn);
    begin(p, key);
    for (unsigned i = 0; i < p->amount; i++) {
        const unsigned user = year_group_user(y, GROUP_OTHER, p->which * 3 + i);
        const struct year_act look =
            a_look(p, user, person, year_moment(spread_day(p->day, days, i, p->amount), MORNING + i * 20));
        add(p, &look);
    }
}

/* Plain: himself. Near: a colleague, or who lives with one. Below: who lives next door to one. */
static void make_own_circle(struct planting *p)
{
    struct year *y = p->year;
    const unsigned colleague = (p->user + 1 + p->which) % y->user_count;
    const uint32_t theirs = y->users[colleague == p->user ? (colleague + 1) % y->user_count : colleague].person;
    const uint32_t household = y->people[theirs].household;
    const bool has_relative = year_household_size(y, household) > 1 && p->which % 2 == 1;
    uint32_t person = y->users[p->user].person;
    if (p->strength == YEAR_NEAR) {
        person = theirs + (has_relative ? 1 : 0);
    } else if (p->strength == YEAR_BELOW) {
        person = y->households[household + 1];
    }
    p->day = workday_from(p->day);
    begin(p, y->users[p->user].name);
    const struct year_act look = a_look(p, p->user, person, year_moment(p->day, NOON));
    add(p, &look);
}

/* Word for word, at people who have nothing to do with each other, within a week. */
static void make_same_reason(struct planting *p)
{
    const uint64_t reason = ++p->year->reasons;
    p->day = workday_from(p->day);
    begin(p, p->year->users[p->user].name);
    for (unsigned i = 0; i < p->amount; i++) {
        struct year_act look = a_look(p, p->user, year_planted_person(p->year),
                                      year_moment(spread_day(p->day, WEEK - 1, i, p->amount), MORNING + i * 17 % 360));
        look.reason = reason;
        add(p, &look);
    }
}

static void make_often_urgent(struct planting *p)
{
    p->day = workday_from(p->day);
    begin(p, p->year->users[p->user].name);
    for (unsigned i = 0; i < p->amount; i++) {
        struct year_act look = a_look(p, p->user, year_planted_person(p->year),
                                      year_moment(spread_day(p->day, WEEK - 1, i, p->amount), MORNING + i * 23 % 360));
        look.kind = i % 2 == 0 ? ACT_CONSULT : ACT_CRISIS_NUMBER;
        look.purpose = i % 2 == 0 ? PURPOSE_SAFE_HOME : PURPOSE_DANGER;
        add(p, &look);
    }
}

static uint32_t known_person(struct year *y)
{
    uint32_t person = year_planted_person(y);
    while (!y->failed && !y->people[person].is_known) {
        person = year_planted_person(y);
    }
    return person;
}

/* So many hours between a look and a withdrawal, before it or after; of two of them one comes through a partner. */
static void make_withdrawal(struct planting *p)
{
    struct year *y = p->year;
    const bool look_first = p->which % 2 == 1;
    const bool next_day = p->strength != YEAR_PLAIN;
    const unsigned first = next_day ? NOON + 60 : MORNING;
    const unsigned hours = p->amount % 24; /* of the clock */
    const uint32_t person = known_person(y);
    p->day = next_day ? two_workdays_from(p->day) : workday_from(p->day);
    const int64_t one = year_moment(p->day, first);
    const int64_t other = next_day ? year_moment(p->day + 1, first + hours * 60 - (p->amount < 24 ? 1440 : 0))
                                   : year_moment(p->day, first + hours * 60);
    begin(p, y->users[p->user].name);
    const struct year_act look = a_look(p, p->user, person, look_first ? one : other);
    struct year_act withdrawal = look;
    add(p, &look);
    withdrawal.kind = p->which % 4 < 2 ? ACT_WITHDRAWN : ACT_WITHDRAWN_THERE;
    withdrawal.time_ms = look_first ? other : one;
    withdrawal.user = (uint16_t)year_group_user(y, GROUP_OTHER, p->which);
    withdrawal.partner = (uint8_t)(p->which % YEAR_PARTNERS);
    withdrawal.luck = next_luck(y);
    add(p, &withdrawal);
}

/* ---- the rules about partners: what the node wrote down itself ---- */

static void make_about_partner(struct planting *p, enum year_act_kind kind, uint32_t hits, uint32_t empties)
{
    const unsigned partner = p->which * YEAR_STRENGTHS + (unsigned)p->strength;
    p->day = workday_from(p->day);
    begin(p, year_partners[partner % YEAR_PARTNERS]);
    struct year_act act = a_look(p, p->user, year_planted_person(p->year), year_moment(p->day, NOON));
    act.kind = kind;
    act.partner = (uint8_t)(partner % YEAR_PARTNERS);
    act.hits = hits;
    act.empties = empties;
    add(p, &act);
}

/* `amount` of 20 hits are empty: a quarter may be. */
static void make_empty_hits(struct planting *p)
{
    make_about_partner(p, p->strength == YEAR_BELOW ? ACT_EMPTY_ANSWERS : ACT_EMPTY_HITS, MATCH_EMPTY_MIN, p->amount);
}

/* Plain: outgrown. Near: refused. Below: the sets of a tick, as any other. */
static void make_outgrown(struct planting *p)
{
    static const enum year_act_kind kinds[YEAR_STRENGTHS] = {ACT_OUTGROWN_SET, ACT_SET_REFUSED, ACT_PUBLISHED};
    make_about_partner(p, kinds[p->strength], 32768, 0);
}

/* ---- what looks like it and is in order ---- */

/* One case, a team of five, one person. */
static void make_team(struct planting *p)
{
    const uint32_t person = year_planted_person(p->year);
    const struct year_case *own = year_new_case(p->year, 2);
    for (unsigned i = 0; i < TEAM && own != NULL; i++) {
        struct year_act look = a_look(p, year_group_user(p->year, GROUP_OTHER, p->which + i), person,
                                      year_moment(spread_day(p->day, 10, i, TEAM), MORNING + i * 20));
        look.case_number = own->number;
        look.plant = -1;
        add(p, &look);
    }
}

/* The same words three times. */
static void make_template(struct planting *p)
{
    const uint64_t reason = ++p->year->reasons;
    for (unsigned i = 0; i < 3; i++) {
        struct year_act look = a_look(p, p->user, year_planted_person(p->year),
                                      year_moment(spread_day(p->day, WEEK - 1, i, 3), MORNING + i * 31));
        look.reason = reason;
        look.plant = -1;
        add(p, &look);
    }
}

/* Somebody who is on duty at night, for purposes that are not urgent: the officer knows, and made an exception. */
static void make_excepted(struct planting *p)
{
    p->strength = YEAR_EXCEPTED;
    p->rule = RULE_OFF_HOURS;
    begin(p, p->year->users[p->user].name);
    for (unsigned i = 0; i < 4; i++) {
        const struct year_act look =
            a_look(p, p->user, year_planted_person(p->year), year_moment(p->day, NIGHT + i * 10));
        add(p, &look);
    }
}

/* ---- all of it ---- */

struct plan {
    enum finding_rule rule;
    unsigned amounts[YEAR_STRENGTHS];
    void (*make)(struct planting *planting);
};

static const struct plan of_users[] = {
    {RULE_MANY_PEOPLE, {40, 25, 24}, make_many_people},
    {RULE_OFF_HOURS, {8, 3, 2}, make_off_hours},
    {RULE_NO_CASE, {2, 1, 0}, make_no_case},
    {RULE_OWN_CIRCLE, {1, 1, 0}, make_own_circle},
    {RULE_SAME_REASON, {18, 10, 9}, make_same_reason},
    {RULE_OFTEN_URGENT, {12, 5, 4}, make_often_urgent},
    {RULE_WITHDRAWAL, {2, 23, 26}, make_withdrawal},
};

/* No user's own: they are spread evenly, one a day at the most of each. */
static const struct plan of_others[] = {
    {RULE_SAME_PERSON, {7, 4, 3}, make_same_person},
    {RULE_EMPTY_HITS, {15, 6, 5}, make_empty_hits},
    {RULE_SET_OUTGROWN, {1, 1, 0}, make_outgrown},
    {RULE_NONE, {0}, make_team},
    {RULE_NONE, {0}, make_template},
};

static void plant_of_users(struct year *y, unsigned per_rule)
{
    const unsigned users = year_group_size(y, GROUP_PLANTED);
    const unsigned all = per_rule * YEAR_STRENGTHS * (unsigned)COUNT_OF(of_users);
    const unsigned rounds = users != 0 ? (all + users - 1) / users : 1;
    const unsigned round_days = SPAN / rounds;
    for (unsigned i = 0; i < all; i++) {
        const struct plan *plan = &of_users[i % COUNT_OF(of_users)];
        const unsigned nth = i / COUNT_OF(of_users);
        const unsigned jitter = chance_pick(y->seed, i, JITTER, round_days - PATTERN_DAYS);
        struct planting planting = {.year = y,
                                    .rule = plan->rule,
                                    .strength = (enum year_strength)(nth % YEAR_STRENGTHS),
                                    .user = year_group_user(y, GROUP_PLANTED, i),
                                    .which = nth / YEAR_STRENGTHS,
                                    .day = FIRST_DAY + (int)(i / users * round_days + jitter)};
        planting.amount = plan->amounts[planting.strength];
        plan->make(&planting);
    }
}

static void plant_of_others(struct year *y, unsigned per_rule)
{
    const unsigned all = per_rule * YEAR_STRENGTHS;
    for (unsigned i = 0; i < (size_t)all * COUNT_OF(of_others); i++) {
        const struct plan *plan = &of_others[i % COUNT_OF(of_others)];
        const unsigned nth = i / COUNT_OF(of_others);
        struct planting planting = {.year = y,
                                    .rule = plan->rule,
                                    .strength = (enum year_strength)(nth % YEAR_STRENGTHS),
                                    .user = year_group_user(y, GROUP_OTHER, i),
                                    .which = nth / YEAR_STRENGTHS,
                                    .plant = -1,
                                    .day = FIRST_DAY + (int)(nth * SPAN / all)};
        planting.amount = plan->amounts[planting.strength];
        plan->make(&planting);
    }
}

static void plant_excepted(struct year *y)
{
    for (int day = FIRST_DAY; day < LAST_DAY; day += 2 * WEEK) {
        struct planting planting = {.year = y, .user = year_group_user(y, GROUP_OTHER, 1), .day = day};
        make_excepted(&planting);
    }
}

bool year_plant_all(struct year *y)
{
    const uint64_t wanted = y->records / RECORDS_PER_PATTERN;
    const unsigned per_rule = wanted < 2 ? 2 : wanted > PER_RULE_MAX ? PER_RULE_MAX : (unsigned)wanted;
    plant_of_users(y, per_rule);
    plant_of_others(y, per_rule);
    plant_excepted(y);
    year_sort_acts(&y->planted);
    return !y->failed;
}
