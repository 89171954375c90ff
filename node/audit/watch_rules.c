/* The rules about people: each walks back from one look over those that belong to it. */
#include <stdlib.h>
#include <string.h>

#include "audit/watch_parts.h"
#include "base/workdays.h"

#define ALONE WATCH_LIMIT_COUNT
const struct watch_rule watch_rules[] = {
    {RULE_MANY_PEOPLE, "veel-mensen", {WATCH_PEOPLE_COUNT, WATCH_PEOPLE_HOURS, WATCH_PEOPLE_TIMES}, 3, ALONE, 50, 100},
    {RULE_OFF_HOURS, "buiten-werktijd", {WATCH_OFF_COUNT, WATCH_WORK_FROM, WATCH_WORK_TO}, 3, ALONE, 1, 40},
    {RULE_NO_CASE, "zonder-zaak", {WATCH_CASELESS_COUNT}, 1, ALONE, 40, 70},
    {RULE_SAME_PERSON, "zelfde-persoon", {WATCH_PERSON_COUNT, WATCH_PERSON_DAYS}, 2, WATCH_PERSON_DAYS, 20, 70},
    {RULE_OWN_CIRCLE, "eigen-kring", {WATCH_OWN_CIRCLE}, 1, ALONE, 50, 95},
    {RULE_SAME_REASON, "zelfde-reden", {WATCH_REASON_COUNT, WATCH_REASON_DAYS}, 2, WATCH_REASON_DAYS, 10, 49},
    {RULE_OFTEN_URGENT, "vaak-spoed", {WATCH_URGENT_COUNT, WATCH_URGENT_DAYS}, 2, WATCH_URGENT_DAYS, 10, 49},
    {RULE_WITHDRAWAL, "rond-intrekking", {WATCH_WITHDRAWAL_HOURS}, 1, ALONE, 10, 49},
    {RULE_EMPTY_HITS, "lege-treffers", {WATCH_PARTNERS}, 1, ALONE, 20, 60},
    {RULE_SET_OUTGROWN, "set-te-groot", {WATCH_PARTNERS}, 1, ALONE, 30, 30},
    {RULE_PAST_QUOTA, "boven-quotum", {WATCH_PARTNERS}, 1, ALONE, 30, 30},
    {RULE_FORKED, "dubbele-keten", {WATCH_PARTNERS}, 1, ALONE, 80, 80},
};
const size_t watch_rule_count = COUNT_OF(watch_rules);

const struct watch_rule *watch_rule_of(enum finding_rule rule)
{
    for (size_t i = 0; i < watch_rule_count; i++) {
        if (watch_rules[i].rule == rule) {
            return &watch_rules[i];
        }
    }
    return NULL;
}

/* Midnight and "what is usual does not count" are values, not switches. */
bool watch_rule_on(const struct watch_limits *limits, const struct watch_rule *rule)
{
    for (size_t i = 0; i < rule->key_count; i++) {
        const enum watch_limit key = rule->keys[i];
        if (limits->value[key] == 0 && key != WATCH_WORK_FROM && key != WATCH_PEOPLE_TIMES) {
            return false;
        }
    }
    return true;
}

static bool is_on(const struct log_watch *watch, enum finding_rule rule)
{
    return watch_rule_on(&watch->limits, watch_rule_of(rule));
}

/* From the least just at the bound to the most at twice the bound. */
uint8_t watch_score(enum finding_rule rule, uint64_t value, uint64_t bound)
{
    const struct watch_rule *row = watch_rule_of(rule);
    const uint64_t past = value > bound ? value - bound : 0;
    const uint64_t room = (uint64_t)(row->most - row->least);
    const uint64_t more = past >= bound ? room : past * room / bound;
    return (uint8_t)(row->least + more);
}

/* A night goes on until work begins; a day without work belongs to the night that begins on it. */
uint16_t watch_night_of(const struct watch_limits *limits, int64_t time_ms)
{
    const struct date day = workdays_dutch_day(time_ms);
    const uint16_t number = watch_day_number(&day);
    const int hour = workdays_dutch_minute(time_ms) / 60;
    if (hour < limits->value[WATCH_WORK_FROM]) {
        return (uint16_t)(number - 1);
    }
    return hour >= limits->value[WATCH_WORK_TO] || !workdays_is_one(&day) ? number : 0;
}

/* ---- walks ---- */

enum chain { BY_USER, BY_PERSON, BY_REASON };

struct walk {
    struct log_watch *watch;
    const struct watch_row *from, *row; /* where it began, and is */
    enum chain chain;
    int64_t since_ms;
    size_t looked;
    size_t count; /* rows that belong: their records are in watch->records, falling */
    int64_t first_ms;
};

static struct walk walk_from(struct log_watch *watch, uint32_t number, enum chain chain, int64_t period_ms)
{
    const struct watch_row *row = watch_window_row(watch->window, number);
    watch_seen_clear(watch->seen);
    return (struct walk){.watch = watch,
                         .from = row,
                         .row = row,
                         .chain = chain,
                         .since_ms = row->time_ms - period_ms,
                         .first_ms = row->time_ms};
}

/* The row where it is, or NULL: no more within its period. */
static const struct watch_row *walk_row(const struct walk *walk)
{
    const bool within =
        walk->row != NULL && walk->row->time_ms > walk->since_ms && walk->looked < (size_t)WATCH_WALK_MAX;
    return within ? walk->row : NULL;
}

/* What is later than where it began is of a clock that was wrong, and is passed over. */
static void walk_on(struct walk *walk)
{
    const int64_t until_ms = walk->from->time_ms + CLOCK_BACK_MAX_MS;
    do {
        const uint32_t before[] = {
            [BY_USER] = walk->row->by_user, [BY_PERSON] = walk->row->by_person, [BY_REASON] = walk->row->by_reason};
        walk->looked++;
        walk->row = watch_window_row(walk->watch->window, before[walk->chain]);
    } while (walk->row != NULL && walk->row->time_ms > until_ms && walk->looked < (size_t)WATCH_WALK_MAX);
}

static void walk_take(struct walk *walk)
{
    walk->watch->records[walk->count++] = walk->row->sequence;
    walk->first_ms = walk->row->time_ms < walk->first_ms ? walk->row->time_ms : walk->first_ms;
}

/* Of one consult all people are tested at once: that is one time. */
static bool is_new_time(const struct walk *walk)
{
    const uint64_t key = walk->row->consult != 0 ? walk->row->consult : walk->row->sequence + ((uint64_t)1 << 40U);
    return watch_seen_add(walk->watch->seen, watch_mix(key, 3));
}

static struct watch_draft draft_of(const struct walk *walk, enum finding_rule rule, uint64_t key, uint64_t value,
                                   uint64_t bound)
{
    const struct watch_row *row = walk->from;
    return (struct watch_draft){
        .rule = rule,
        .key = key,
        .user = row->user != WATCH_NOBODY ? watch_window_user(walk->watch->window, row->user)->name : "",
        .day = workdays_dutch_day(row->time_ms),
        .first_ms = walk->first_ms,
        .last_ms = row->time_ms,
        .value = value,
        .score = watch_score(rule, value, bound),
        .records = walk->watch->records,
        .count = walk->count,
    };
}

static const struct watch_user *user_of(const struct log_watch *watch, const struct watch_row *row)
{
    return watch_window_user(watch->window, row->user);
}

/* ---- veel-mensen ---- */

static int by_number(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a;
    const uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* The median of what he did at most on each day with a look before this one. */
static uint32_t usual_of(const struct log_watch *watch, const struct watch_user *user, uint16_t today)
{
    uint32_t most[WATCH_USER_DAYS];
    size_t count = 0;
    for (size_t i = 0; i < WATCH_USER_DAYS; i++) {
        const struct watch_user_day *day = &user->days[i];
        if (day->most != 0 && day->day < today && day->day + watch->limits.value[WATCH_WINDOW_DAYS] >= today) {
            most[count++] = day->most;
        }
    }
    if (count == 0) {
        return 0;
    }
    qsort(most, count, sizeof most[0], by_number);
    return most[(count - 1) / 2];
}

static void judge_many(struct log_watch *watch, uint32_t number)
{
    struct walk walk = walk_from(watch, number, BY_USER, watch->limits.value[WATCH_PEOPLE_HOURS] * WATCH_HOUR_MS);
    const struct date date = workdays_dutch_day(walk.from->time_ms);
    const uint16_t today = watch_day_number(&date);
    struct watch_user *user = watch_window_user(watch->window, walk.from->user);
    uint32_t people = 0, households = 0, cases = 0;
    for (const struct watch_row *row; (row = walk_row(&walk)) != NULL; walk_on(&walk)) {
        people += watch_seen_add(watch->seen, watch_mix(row->person, 1));
        households += watch_seen_add(watch->seen, watch_mix(row->household, 2));
        cases += row->case_key != 0 && watch_seen_add(watch->seen, watch_mix(row->case_key, 4));
        walk_take(&walk);
    }
    struct watch_user_day *day = watch_user_day(user, today);
    day->most = households > day->most ? households : day->most;
    const uint64_t least = (uint64_t)watch->limits.value[WATCH_PEOPLE_COUNT];
    if (households < least) {
        return;
    }
    const uint32_t usual = usual_of(watch, user, today);
    const uint64_t times = (uint64_t)watch->limits.value[WATCH_PEOPLE_TIMES] * usual;
    const uint64_t bound = times > least ? times : least;
    if (households >= bound) {
        struct watch_draft draft = draft_of(&walk, RULE_MANY_PEOPLE, user->key, households, bound);
        draft.numbers[0] = (uint32_t)watch->limits.value[WATCH_PEOPLE_HOURS];
        draft.numbers[1] = people;
        draft.numbers[2] = households;
        draft.numbers[3] = cases;
        draft.numbers[4] = usual;
        watch_tell(watch, &draft);
    }
}

/* ---- buiten-werktijd ---- */

static void judge_off_hours(struct log_watch *watch, uint32_t number)
{
    struct walk walk = walk_from(watch, number, BY_USER, 2 * WATCH_DAY_MS);
    const uint16_t night = walk.from->night;
    uint32_t times = 0;
    if (night == 0 || (walk.from->flags & WATCH_URGENT) != 0) {
        return;
    }
    for (const struct watch_row *row; (row = walk_row(&walk)) != NULL; walk_on(&walk)) {
        if (row->night == night && (row->flags & WATCH_URGENT) == 0) {
            times += is_new_time(&walk);
            walk_take(&walk);
        }
    }
    const uint64_t bound = (uint64_t)watch->limits.value[WATCH_OFF_COUNT];
    if (times >= bound) {
        struct watch_draft draft = draft_of(&walk, RULE_OFF_HOURS, user_of(watch, walk.from)->key, times, bound);
        draft.day = watch_day_of(night);
        draft.numbers[0] = times;
        watch_tell(watch, &draft);
    }
}

/* ---- zelfde-persoon ---- */

/* Many users in one case are a team. Who looked in a case at all is counted by his cases; who never did, by himself. */
static void judge_same_person(struct log_watch *watch, uint32_t number)
{
    const int64_t period_ms = watch->limits.value[WATCH_PERSON_DAYS] * WATCH_DAY_MS;
    uint32_t users = 0, cases = 0, caseless = 0;
    struct walk walk = walk_from(watch, number, BY_PERSON, period_ms);
    for (const struct watch_row *row; (row = walk_row(&walk)) != NULL; walk_on(&walk)) {
        if (row->user == WATCH_NOBODY) {
            continue;
        }
        users += watch_seen_add(watch->seen, watch_mix(row->user, 5));
        if (row->case_key != 0) {
            cases += watch_seen_add(watch->seen, watch_mix(row->case_key, 4));
            (void)watch_seen_add(watch->seen, watch_mix(row->user, 6));
        }
        walk_take(&walk);
    }
    const uint64_t bound = (uint64_t)watch->limits.value[WATCH_PERSON_COUNT];
    if (users < bound) {
        return;
    }
    struct walk again = walk_from(watch, number, BY_PERSON, period_ms);
    watch->seen->turn--; /* the same turn again: who looked in a case is still marked */
    for (const struct watch_row *row; (row = walk_row(&again)) != NULL; walk_on(&again)) {
        caseless += row->user != WATCH_NOBODY && watch_seen_add(watch->seen, watch_mix(row->user, 6));
    }
    const uint32_t apart = cases + caseless < users ? cases + caseless : users;
    if (apart >= bound) {
        struct watch_draft draft = draft_of(&walk, RULE_SAME_PERSON, walk.from->person, apart, bound);
        draft.user = "";
        draft.numbers[0] = users;
        draft.numbers[1] = (uint32_t)watch->limits.value[WATCH_PERSON_DAYS];
        draft.numbers[2] = cases;
        watch_tell(watch, &draft);
    }
}

/* ---- eigen-kring ---- */

static void judge_own_circle(struct log_watch *watch, uint32_t number)
{
    static const struct {
        uint32_t flag, kind;
        uint8_t score;
    } circles[] = {{WATCH_SELF, 1, 95}, {WATCH_COLLEAGUE, 2, 70}, {WATCH_RELATIVE, 3, 50}};
    struct walk walk = walk_from(watch, number, BY_USER, WATCH_DAY_MS);
    const struct date today = workdays_dutch_day(walk.from->time_ms);
    size_t circle = 0;
    uint32_t times = 0;
    while (circle < COUNT_OF(circles) && (walk.from->flags & circles[circle].flag) == 0) {
        circle++;
    }
    if (circle == COUNT_OF(circles)) {
        return;
    }
    for (const struct watch_row *row; (row = walk_row(&walk)) != NULL; walk_on(&walk)) {
        const struct date day = workdays_dutch_day(row->time_ms);
        if (row->person == walk.from->person && date_compare(&day, &today) == 0) {
            times += is_new_time(&walk);
            walk_take(&walk);
        }
    }
    const uint64_t key = watch_mix(user_of(watch, walk.from)->key, walk.from->person);
    struct watch_draft draft = draft_of(&walk, RULE_OWN_CIRCLE, key, times, 1);
    draft.score = circles[circle].score;
    draft.numbers[0] = times;
    draft.numbers[1] = circles[circle].kind;
    watch_tell(watch, &draft);
}

/* ---- zelfde-reden ---- */

static void judge_same_reason(struct log_watch *watch, uint32_t number)
{
    struct walk walk = walk_from(watch, number, BY_REASON, watch->limits.value[WATCH_REASON_DAYS] * WATCH_DAY_MS);
    uint32_t people = 0, households = 0;
    if (walk.from->reason == 0) {
        return;
    }
    for (const struct watch_row *row; (row = walk_row(&walk)) != NULL; walk_on(&walk)) {
        people += watch_seen_add(watch->seen, watch_mix(row->person, 1));
        households += watch_seen_add(watch->seen, watch_mix(row->household, 2));
        walk_take(&walk);
    }
    const uint64_t bound = (uint64_t)watch->limits.value[WATCH_REASON_COUNT];
    if (households >= bound) {
        struct watch_draft draft = draft_of(&walk, RULE_SAME_REASON, walk.from->reason, households, bound);
        draft.numbers[0] = people;
        draft.numbers[1] = households;
        draft.numbers[2] = (uint32_t)watch->limits.value[WATCH_REASON_DAYS];
        watch_tell(watch, &draft);
    }
}

/* ---- vaak-spoed ---- */

/* What others with his role did in the same days, on average, in tenths. */
static uint32_t colleagues_mean(const struct log_watch *watch, const struct watch_user *self, uint16_t today)
{
    uint64_t sum = 0, count = 0;
    for (size_t i = 0; i < watch_window_users(watch->window); i++) {
        const struct watch_user *user = watch_window_user(watch->window, (uint32_t)i);
        if (user == self || user->key == 0 || user->role != self->role) {
            continue;
        }
        count++;
        for (size_t d = 0; d < WATCH_USER_DAYS; d++) {
            const struct watch_user_day *day = &user->days[d];
            sum += day->day <= today && day->day + watch->limits.value[WATCH_URGENT_DAYS] > today ? day->urgent : 0;
        }
    }
    return count != 0 ? (uint32_t)(10 * sum / count) : 0;
}

static void judge_urgent(struct log_watch *watch, uint32_t number)
{
    struct walk walk = walk_from(watch, number, BY_USER, watch->limits.value[WATCH_URGENT_DAYS] * WATCH_DAY_MS);
    uint32_t times = 0;
    if ((walk.from->flags & WATCH_URGENT) == 0 || (walk.from->flags & WATCH_DUTY) != 0) {
        return;
    }
    const struct date date = workdays_dutch_day(walk.from->time_ms);
    const uint16_t today = watch_day_number(&date);
    struct watch_user *user = watch_window_user(watch->window, walk.from->user);
    const struct watch_row *before = watch_window_row(watch->window, walk.from->by_user);
    const bool same_time = walk.from->consult != 0 && before != NULL && before->consult == walk.from->consult;
    watch_user_day(user, today)->urgent += !same_time;
    for (const struct watch_row *row; (row = walk_row(&walk)) != NULL; walk_on(&walk)) {
        if ((row->flags & WATCH_URGENT) != 0 && (row->flags & WATCH_DUTY) == 0) {
            times += is_new_time(&walk);
            walk_take(&walk);
        }
    }
    const uint64_t bound = (uint64_t)watch->limits.value[WATCH_URGENT_COUNT];
    if (times >= bound) {
        struct watch_draft draft = draft_of(&walk, RULE_OFTEN_URGENT, user->key, times, bound);
        draft.numbers[0] = times;
        draft.numbers[1] = (uint32_t)watch->limits.value[WATCH_URGENT_DAYS];
        draft.numbers[2] = colleagues_mean(watch, user, today);
        watch_tell(watch, &draft);
    }
}

/* ---- rond-intrekking ---- */

static bool is_withdrawal(const struct watch_row *row)
{
    return row->user == WATCH_NOBODY;
}

/* Nearer is higher. */
static void tell_withdrawal(struct log_watch *watch, const struct watch_row *look, const struct watch_row *withdrawal)
{
    const struct watch_user *user = user_of(watch, look);
    if (withdrawal->case_key == watch_fold(user->key)) {
        return; /* who wrote it down had to look */
    }
    const bool after = look->time_ms >= withdrawal->time_ms;
    const int64_t apart_ms = after ? look->time_ms - withdrawal->time_ms : withdrawal->time_ms - look->time_ms;
    const int64_t within_ms = watch->limits.value[WATCH_WITHDRAWAL_HOURS] * WATCH_HOUR_MS;
    const uint64_t records[] = {look->sequence > withdrawal->sequence ? look->sequence : withdrawal->sequence,
                                look->sequence > withdrawal->sequence ? withdrawal->sequence : look->sequence};
    const struct watch_draft draft = {
        .rule = RULE_WITHDRAWAL,
        .key = watch_mix(user->key, look->person),
        .user = user->name,
        .day = workdays_dutch_day(look->time_ms),
        .first_ms = after ? withdrawal->time_ms : look->time_ms,
        .last_ms = after ? look->time_ms : withdrawal->time_ms,
        .numbers = {(uint32_t)(apart_ms / WATCH_HOUR_MS), after},
        .value = (uint64_t)(within_ms - apart_ms),
        .score = watch_score(RULE_WITHDRAWAL, (uint64_t)(2 * within_ms - apart_ms), (uint64_t)within_ms),
        .records = records,
        .count = COUNT_OF(records),
    };
    watch_tell(watch, &draft);
}

static void judge_around(struct log_watch *watch, uint32_t number)
{
    struct walk walk = walk_from(watch, number, BY_PERSON, watch->limits.value[WATCH_WITHDRAWAL_HOURS] * WATCH_HOUR_MS);
    const bool withdrawn = is_withdrawal(walk.from);
    for (const struct watch_row *row; (row = walk_row(&walk)) != NULL; walk_on(&walk)) {
        if (is_withdrawal(row) != withdrawn) {
            tell_withdrawal(watch, withdrawn ? row : walk.from, withdrawn ? walk.from : row);
            if (!withdrawn) {
                return; /* the nearest */
            }
        }
    }
}

/* ---- all ---- */

void watch_judge(struct log_watch *watch, uint32_t number)
{
    static const struct {
        enum finding_rule rule;
        void (*judge)(struct log_watch *watch, uint32_t number);
    } judges[] = {
        {RULE_MANY_PEOPLE, judge_many},        {RULE_OFF_HOURS, judge_off_hours},
        {RULE_SAME_PERSON, judge_same_person}, {RULE_OWN_CIRCLE, judge_own_circle},
        {RULE_SAME_REASON, judge_same_reason}, {RULE_OFTEN_URGENT, judge_urgent},
        {RULE_WITHDRAWAL, judge_around},
    };
    for (size_t i = 0; i < COUNT_OF(judges); i++) {
        if (is_on(watch, judges[i].rule)) {
            judges[i].judge(watch, number);
        }
    }
}

void watch_judge_withdrawal(struct log_watch *watch, uint32_t number)
{
    if (is_on(watch, RULE_WITHDRAWAL)) {
        judge_around(watch, number);
    }
}
