/* A day: what was planted for it, what users do in their cases, what the node does by itself, and what partners ask. */
#include <string.h>

#include "base/mem.h"
#include "year/inside.h"

enum {
    CASES_FIRST = 1024,
    OWN_PER_CENT = 45, /* of a day's records; the rest is what partners ask */
    LOOKED_AT_MAX = 8, /* households that a user has to do with on one day, */
    LOOKED_AT_BUSY = 14,
    OPENS = 8 * 60,
    OPEN_MINUTES = 9 * 60,
    DUTY_FROM = 20 * 60,
    DUTY_MINUTES = 230,
    VALUES_DAYS = 27, /* that a case keeps its values */
    URGENT_DAYS = 3,  /* between two urgent looks of who is not on duty */
    TRIES_MAX = 400000,
    DUTY_EVERY = 3, /* nights, in a small year */
    SMALL = 500000,
};
enum what {
    USER = 10000,
    SLOT,
    WEEKS,
    MINUTE,
    DEED,
    TEAM_SIZE,
    TEAM_USER,
    PARTNER,
    PERSON,
    ANSWER,
    PURPOSE,
    URGENT,
    NIGHTLY
};

static uint32_t pick(const struct year *y, uint64_t which, enum what what, uint32_t below)
{
    return chance_pick(y->seed ^ (uint64_t)y->day << 32, which, (uint32_t)what, below);
}

/* ---- cases ---- */

/* Cases never move: users point at them. */
struct year_case *year_new_case(struct year *y, int weeks)
{
    if (y->case_count == y->case_capacity) {
        y->failed = true;
        return NULL;
    }
    struct year_case *made = &y->cases[y->case_count++];
    *made = (struct year_case){
        .number = (uint32_t)y->case_count, .last_day = y->day + 7 * weeks, .evaluated_day = -YEAR_DAYS};
    return made;
}

/* With a team of one to three; never one of those who do what is planted beside one who looks at him alone. */
static struct year_case *open_case(struct year *y, unsigned user, unsigned slot)
{
    const uint64_t number = y->case_count;
    struct year_case *made = year_new_case(y, 2 + (int)pick(y, number, WEEKS, 5));
    if (made == NULL) {
        return NULL;
    }
    made->household = year_free_household(y);
    y->users[user].slots[slot] = made;
    const unsigned others = pick(y, number, TEAM_SIZE, 3);
    for (unsigned i = 0; i < others; i++) {
        const unsigned other = pick(y, number * 4 + i, TEAM_USER, y->user_count);
        struct year_case **place = &y->users[other].slots[pick(y, number * 4 + i, SLOT, YEAR_SLOTS)];
        if (y->users[other].group == y->users[user].group && (*place == NULL || (*place)->last_day < y->day)) {
            *place = made;
        }
    }
    return made;
}

static struct year_case *case_of(struct year *y, unsigned user, uint64_t try)
{
    const unsigned slot = pick(y, try, SLOT, YEAR_SLOTS);
    struct year_case *own = y->users[user].slots[slot];
    return own != NULL && own->last_day >= y->day ? own : open_case(y, user, slot);
}

/* ---- users ---- */

/* Of the whole household, or of one of it, in a case. */
static struct year_act consult_in(struct year *y, unsigned user, struct year_case *own, uint64_t try)
{
    const uint32_t size = year_household_size(y, own->household);
    const bool whole = pick(y, try, DEED, 3) != 0;
    struct year_act act = {.kind = ACT_CONSULT,
                           .plant = -1,
                           .user = (uint16_t)user,
                           .purpose = (uint8_t)y->users[user].purpose,
                           .person = y->households[own->household],
                           .people = whole ? size : 1,
                           .case_number = own->number,
                           .reason = ++y->reasons};
    if (own->evaluated_day + VALUES_DAYS < y->day) {
        own->evaluated_day = y->day;
        act.evaluated = YEAR_PARTNERS;
    }
    return act;
}

/* Now and then who is not on duty has to do with something urgent. */
static void maybe_urgent(struct year *y, struct year_act *act, uint64_t try)
{
    struct year_user *user = &y->users[act->user];
    if (user->group == GROUP_OTHER && user->urgent_day + URGENT_DAYS <= y->day && pick(y, try, URGENT, 40) == 0) {
        user->urgent_day = y->day;
        act->purpose = PURPOSE_SAFE_HOME;
        act->people = 1;
    }
}

static size_t add_today(struct year *y, struct year_act *act, unsigned from, unsigned minutes)
{
    const uint64_t which = y->today.count;
    act->luck = chance_mix(chance_mix(y->seed ^ (uint64_t)y->day << 40) ^ which);
    /* Milliseconds too: not all in the first of a minute. */
    act->time_ms = year_moment(y->day, from) + (int64_t)pick(y, which, MINUTE, minutes * 60000);
    return year_add_act(y, &y->today, act) ? year_act_records(act) : 0;
}

static size_t work(struct year *y, unsigned user, uint64_t try)
{
    struct year_case *own = case_of(y, user, try);
    const uint32_t deed = pick(y, try, ANSWER, 10);
    if (own == NULL) {
        return 0;
    }
    struct year_act act = consult_in(y, user, own, try);
    const bool known = y->people[act.person].is_known;
    if (deed < 3 && known) {
        act.kind = ACT_READ;
    } else if (deed == 3 && known) {
        act.kind = ACT_CHANGED;
    } else {
        maybe_urgent(y, &act, try);
    }
    y->users[user].looked_at++;
    return add_today(y, &act, OPENS, OPEN_MINUTES);
}

/* As much as the day has room for, and the users. */
static size_t make_work(struct year *y, size_t room)
{
    size_t made = 0;
    const unsigned most = year_day_weight(y->day) > 1.0 ? LOOKED_AT_BUSY : LOOKED_AT_MAX;
    const uint64_t tries =
        (uint64_t)y->user_count * most * 4 < TRIES_MAX ? (uint64_t)y->user_count * most * 4 : TRIES_MAX;
    for (unsigned i = 0; i < y->user_count; i++) {
        y->users[i].looked_at = 0;
    }
    for (uint64_t try = 0; try < tries && made < room && !y->failed && year_workday(y->day); try++) {
        const unsigned user = pick(y, try, USER, y->user_count);
        if (!y->is_quiet[user][y->day] && y->users[user].looked_at < most) {
            made += work(y, user, try);
        }
    }
    return made;
}

/* Whoever is on duty at night looks at people for urgent purposes. */
static size_t make_duty(struct year *y)
{
    size_t made = 0;
    if (y->records < SMALL && y->day % DUTY_EVERY != 0) {
        return 0;
    }
    const unsigned user = year_group_user(y, GROUP_DUTY, (unsigned)y->day);
    for (uint32_t i = 0; i < 1 + pick(y, 0, NIGHTLY, 4); i++) {
        struct year_case *own = case_of(y, user, i);
        if (own != NULL) {
            struct year_act act = consult_in(y, user, own, i);
            act.people = 1;
            made += add_today(y, &act, DUTY_FROM, DUTY_MINUTES);
        }
    }
    return made;
}

/* ---- the node, partners ---- */

static size_t make_own(struct year *y)
{
    struct year_act act = {.plant = -1, .kind = ACT_BACKED_UP};
    size_t made = add_today(y, &act, 3 * 60, 1);
    act.kind = ACT_PUBLISHED;
    made += add_today(y, &act, 6 * 60, 15);
    act.kind = ACT_LOG_READ;
    return made + (year_workday(y->day) ? add_today(y, &act, OPENS, OPEN_MINUTES) : 0);
}

static void make_questions(struct year *y, size_t count)
{
    const bool open = year_workday(y->day);
    for (size_t i = 0; i < count && !y->failed; i++) {
        struct year_act act = {.kind = pick(y, i, ANSWER, 8) < 5 ? ACT_ANSWERED : ACT_EVALUATED,
                               .plant = -1,
                               .partner = (uint8_t)pick(y, i, PARTNER, YEAR_PARTNERS),
                               .purpose = (uint8_t)pick(y, i, PURPOSE, 4),
                               .person = pick(y, i, PERSON, (uint32_t)y->person_count)};
        (void)add_today(y, &act, open ? OPENS : 4 * 60, open ? OPEN_MINUTES : 19 * 60);
    }
}

/* ---- the whole ---- */

static size_t take_planted(struct year *y)
{
    size_t made = 0;
    const int64_t end = year_moment(y->day + 1, 0);
    for (; y->planted_at < y->planted.count && y->planted.items[y->planted_at].time_ms < end; y->planted_at++) {
        const struct year_act *act = &y->planted.items[y->planted_at];
        made += year_add_act(y, &y->today, act) ? year_act_records(act) : 0;
    }
    return made;
}

/* Records that commit to the keys of this month and come before their first one. */
static size_t new_keys(const struct year *y)
{
    bool is_new[YEAR_CLASSES] = {false};
    size_t count = 0;
    const struct date date = year_date(y->day);
    const uint32_t month = (uint32_t)date.year * 100U + date.month;
    for (size_t i = 0; i < y->today.count; i++) {
        const unsigned class = year_act_class(&y->today.items[i]);
        if (y->key_month[class] != month && !is_new[class]) {
            is_new[class] = true;
            count++;
        }
    }
    return count;
}

bool year_make_day(struct year *y)
{
    y->today.count = 0;
    y->act_at = 0;
    y->weight_past += year_day_weight(y->day);
    const uint64_t goal =
        y->day == YEAR_DAYS - 1 ? y->records : (uint64_t)((double)y->records * y->weight_past / y->weight_all);
    const uint64_t room = goal > y->sequence ? goal - y->sequence : 0;
    size_t made = take_planted(y) + make_own(y) + make_duty(y);
    made += room > made ? make_work(y, (size_t)((room - made) * OWN_PER_CENT / 100)) : 0;
    made += new_keys(y);
    make_questions(y, room > made ? (size_t)room - made : 0);
    year_sort_acts(&y->today);
    y->day++;
    return !y->failed;
}
