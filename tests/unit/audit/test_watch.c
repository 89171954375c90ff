/* The rules of the watch: each at its bound and one below it, at the edge of its period, in any steps, and after a start. */
#include "unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "audit/watch.h"
#include "audit/watch_window.h"

enum { LOOKS_MAX = 20000, HITS_MAX = 4000 };
#define MINUTE_MS INT64_C(60000)
#define HOUR_MS   (60 * MINUTE_MS)
#define DAY_MS    (24 * HOUR_MS)
/* Tuesday 3 November 2026, 09:00 in Amsterdam. */
#define TUESDAY INT64_C(1793692800000)

static const struct watch_limits standard = {{
#define X(code, key, least, most, standard) standard,
    WATCH_LIMIT_TABLE(X)
#undef X
}};

/* A stream of looks, and what came of them: of each finding the last that was given. */
struct stream {
    struct watch_limits limits;
    struct log_watch *watch;
    struct watch_look looks[LOOKS_MAX];
    size_t count;
    struct watch_hit hits[HITS_MAX];
    size_t hit_count;
};

static void found(void *ctx, const struct watch_hit *hit)
{
    struct stream *s = ctx;
    size_t at = 0;
    while (at < s->hit_count && (s->hits[at].rule != hit->rule || s->hits[at].key != hit->key ||
                                 date_compare(&s->hits[at].day, &hit->day) != 0)) {
        at++;
    }
    assert_true(at < HITS_MAX);
    s->hit_count += at == s->hit_count;
    s->hits[at] = *hit;
}

static struct log_watch *make(const struct stream *s)
{
    struct log_watch *watch = NULL;
    struct error err;
    assert_int_equal(log_watch_new(&s->limits, &watch, &err), RESULT_OK);
    return watch;
}

static int setup(void **state)
{
    struct stream *s = calloc(1, sizeof *s);
    s->limits = standard;
    s->watch = make(s);
    *state = s;
    return 0;
}

static int teardown(void **state)
{
    struct stream *s = *state;
    log_watch_free(s->watch);
    free(s);
    return 0;
}

static uint64_t key_of(const char *text)
{
    uint64_t key = 1;
    for (; *text != '\0'; text++) {
        key = watch_mix(key, (uint8_t)*text);
    }
    return key;
}

/* A test by a user about a person, in a consult and a case of its own. */
static struct watch_look look_at(int64_t time_ms, const char *user, uint64_t person)
{
    return (struct watch_look){.time_ms = time_ms,
                               .operation = RECORD_TESTED,
                               .person = watch_mix(person, 100),
                               .user_key = key_of(user),
                               .user = user,
                               .role = 7,
                               .case_key = watch_mix(person, 200)};
}

static void take(struct stream *s, struct watch_look look)
{
    struct error err;
    assert_true(s->count < LOOKS_MAX);
    look.sequence = 1000 + s->count;
    look.consult = look.consult != 0 ? look.consult : watch_mix(look.sequence, 300);
    s->looks[s->count++] = look;
    assert_int_equal(log_watch_take(s->watch, &look, found, s, &err), RESULT_OK);
}

static size_t hits_of(const struct stream *s, enum finding_rule rule, const struct watch_hit **one)
{
    size_t count = 0;
    for (size_t i = 0; i < s->hit_count; i++) {
        if (s->hits[i].rule == rule) {
            count++;
            *one = &s->hits[i];
        }
    }
    return count;
}

static const struct watch_hit *only(const struct stream *s, enum finding_rule rule)
{
    const struct watch_hit *hit = NULL;
    assert_int_equal(hits_of(s, rule, &hit), 1);
    return hit;
}

static void none(const struct stream *s, enum finding_rule rule)
{
    const struct watch_hit *hit = NULL;
    assert_int_equal(hits_of(s, rule, &hit), 0);
}

/* ---- veel-mensen ---- */

static void looks_a_minute_apart(struct stream *s, int64_t from_ms, const char *user, uint64_t first, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        take(s, look_at(from_ms + (int64_t)i * MINUTE_MS, user, first + i));
    }
}

static void many_people_are_found_at_the_bound_and_not_below(void **state)
{
    struct stream *s = *state;
    looks_a_minute_apart(s, TUESDAY, "g.jansen", 1, 24);
    none(s, RULE_MANY_PEOPLE);
    take(s, look_at(TUESDAY + 24 * MINUTE_MS, "g.jansen", 25));
    const struct watch_hit *hit = only(s, RULE_MANY_PEOPLE);
    assert_string_equal(hit->user, "g.jansen");
    assert_int_equal(hit->key, key_of("g.jansen"));
    assert_int_equal(hit->numbers[0], 4);
    assert_int_equal(hit->numbers[1], 25);
    assert_int_equal(hit->numbers[2], 25);
    assert_int_equal(hit->numbers[3], 25);
    assert_int_equal(hit->numbers[4], 0);
    assert_int_equal(hit->record_count, 25);
    assert_int_equal(hit->records[0], 1000);
    assert_int_equal(hit->records[24], 1024);
    assert_int_equal(hit->first_ms, TUESDAY);
    assert_int_equal(hit->last_ms, TUESDAY + 24 * MINUTE_MS);
    assert_int_equal(hit->score, 50);
    looks_a_minute_apart(s, TUESDAY + 25 * MINUTE_MS, "g.jansen", 26, 75); /* it grows, and stays one */
    hit = only(s, RULE_MANY_PEOPLE);
    assert_int_equal(hit->numbers[2], 100);
    assert_int_equal(hit->record_count, FINDING_RECORDS_MAX);
    assert_int_equal(hit->more, 100 - FINDING_RECORDS_MAX);
    assert_int_equal(hit->records[0], 1000);
    assert_int_equal(hit->score, 100);
}

static void a_household_counts_once_and_another_user_not_at_all(void **state)
{
    struct stream *s = *state;
    for (size_t i = 0; i < 40; i++) {
        struct watch_look look = look_at(TUESDAY + (int64_t)i * MINUTE_MS, i % 2 == 0 ? "g.jansen" : "a.bakker", i);
        look.household = watch_mix(i / 4, 400); /* families of four, and of each user twenty people in ten of them */
        take(s, look);
    }
    s->limits.value[WATCH_PEOPLE_COUNT] = 11;
    log_watch_set_limits(s->watch, &s->limits);
    take(s, look_at(TUESDAY + HOUR_MS, "c.smit", 1));
    none(s, RULE_MANY_PEOPLE);
    take(s, look_at(TUESDAY + HOUR_MS, "g.jansen", 500)); /* the eleventh */
    assert_int_equal(only(s, RULE_MANY_PEOPLE)->numbers[2], 11);
}

static void people_are_counted_over_so_many_hours(void **state)
{
    struct stream *s = *state;
    take(s, look_at(TUESDAY, "g.jansen", 1));
    looks_a_minute_apart(s, TUESDAY + 3 * HOUR_MS, "g.jansen", 2, 23);
    take(s, look_at(TUESDAY + 4 * HOUR_MS, "g.jansen", 25)); /* the first is four hours ago */
    none(s, RULE_MANY_PEOPLE);
    take(s, look_at(TUESDAY + 4 * HOUR_MS + 1, "g.jansen", 26));
    assert_int_equal(only(s, RULE_MANY_PEOPLE)->numbers[1], 25);
}

static void who_usually_sees_many_must_see_more(void **state)
{
    struct stream *s = *state;
    for (int day = 0; day < 3; day++) { /* Tuesday to Thursday: ten a day */
        looks_a_minute_apart(s, TUESDAY + day * DAY_MS, "balie", (uint64_t)day * 100, 10);
    }
    looks_a_minute_apart(s, TUESDAY + 6 * DAY_MS, "balie", 1000, 29); /* Monday: three times ten is thirty */
    none(s, RULE_MANY_PEOPLE);
    take(s, look_at(TUESDAY + 6 * DAY_MS + HOUR_MS, "balie", 2000));
    const struct watch_hit *hit = only(s, RULE_MANY_PEOPLE);
    assert_int_equal(hit->numbers[4], 10);
    assert_int_equal(hit->numbers[2], 30);
}

/* ---- buiten-werktijd ---- */

static void a_night_is_one_from_evening_to_morning(void **state)
{
    struct stream *s = *state;
    const int64_t evening = TUESDAY + 10 * HOUR_MS; /* 19:00 */
    take(s, look_at(evening - 1, "g.jansen", 1));
    take(s, look_at(evening, "g.jansen", 2));
    take(s, look_at(evening + 2 * HOUR_MS, "g.jansen", 3));
    none(s, RULE_OFF_HOURS);
    take(s, look_at(evening + 12 * HOUR_MS - 1, "g.jansen", 4)); /* 06:59 */
    const struct watch_hit *hit = only(s, RULE_OFF_HOURS);
    assert_int_equal(hit->numbers[0], 3);
    assert_int_equal(hit->day.day, 3);
    assert_int_equal(hit->first_ms, evening);
    take(s, look_at(evening + 12 * HOUR_MS, "g.jansen", 5)); /* 07:00 */
    assert_int_equal(only(s, RULE_OFF_HOURS)->numbers[0], 3);
}

static void a_consult_at_night_is_one_time_and_urgency_none(void **state)
{
    struct stream *s = *state;
    for (uint64_t i = 0; i < 9; i++) {
        struct watch_look look = look_at(TUESDAY + 12 * HOUR_MS, "g.jansen", i);
        look.consult = i < 6 ? 77 + i / 5 : 0; /* two consults, of five people and one */
        look.flags = i < 6 ? 0 : WATCH_URGENT;
        take(s, look);
    }
    none(s, RULE_OFF_HOURS);
    take(s, look_at(TUESDAY + 13 * HOUR_MS, "g.jansen", 20));
    assert_int_equal(only(s, RULE_OFF_HOURS)->numbers[0], 3);
}

static void weekends_and_holidays_are_no_hours_of_work(void **state)
{
    struct stream *s = *state;
    for (int i = 0; i < 3; i++) {
        take(s, look_at(TUESDAY + 4 * DAY_MS + i * HOUR_MS, "g.jansen", (uint64_t)i)); /* Saturday */
    }
    assert_int_equal(only(s, RULE_OFF_HOURS)->day.day, 7);
}

/* On 25 October 2026 the clock goes back at 03:00: from 19:00 to 07:00 is thirteen hours. */
static void the_night_of_the_clock_change_is_one_night(void **state)
{
    struct stream *s = *state;
    const int64_t saturday = INT64_C(1792861200000); /* 24 October 2026, 19:00 in Amsterdam */
    take(s, look_at(saturday, "g.jansen", 1));
    take(s, look_at(saturday + 7 * HOUR_MS, "g.jansen", 2));      /* 02:00, */
    take(s, look_at(saturday + 8 * HOUR_MS, "g.jansen", 3));      /* and again 02:00 */
    take(s, look_at(saturday + 13 * HOUR_MS - 1, "g.jansen", 4)); /* 06:59 */
    take(s, look_at(saturday + 13 * HOUR_MS, "g.jansen", 5));     /* 07:00: Sunday, another night */
    const struct watch_hit *hit = only(s, RULE_OFF_HOURS);
    assert_int_equal(hit->numbers[0], 4);
    assert_int_equal(hit->day.day, 24);
}

/* ---- zelfde-persoon ---- */

static void colleagues_with_cases_of_their_own_are_found_and_a_team_is_not(void **state)
{
    static const char *const users[] = {"een", "twee", "drie", "vier", "vijf"};
    struct stream *s = *state;
    for (size_t i = 0; i < 5; i++) { /* a team of five in one case */
        struct watch_look look = look_at(TUESDAY + (int64_t)i * HOUR_MS, users[i], 1);
        take(s, look);
        look.operation = RECORD_READ;
        look.case_key = 0; /* who then opens what is registered here */
        take(s, look);
    }
    none(s, RULE_SAME_PERSON);
    for (size_t i = 0; i < 4; i++) {
        struct watch_look look = look_at(TUESDAY + (int64_t)i * DAY_MS, users[i], 2);
        none(s, RULE_SAME_PERSON);
        look.case_key = i == 3 ? 0 : 900 + i; /* the fourth has none */
        take(s, look);
    }
    const struct watch_hit *hit = only(s, RULE_SAME_PERSON);
    assert_int_equal(hit->key, watch_mix(2, 100));
    assert_string_equal(hit->user, "");
    assert_int_equal(hit->numbers[0], 4);
    assert_int_equal(hit->numbers[1], 14);
    assert_int_equal(hit->numbers[2], 3);
}

static void the_same_person_is_counted_over_so_many_days(void **state)
{
    static const char *const users[] = {"een", "twee", "drie", "vier", "vijf"};
    static const int days[] = {0, 5, 10, 14, 14};
    struct stream *s = *state;
    for (size_t i = 0; i < 5; i++) {
        struct watch_look look = look_at(TUESDAY + days[i] * DAY_MS + (i == 4), users[i], 2);
        none(s, RULE_SAME_PERSON);
        look.case_key = 900 + i;
        take(s, look);
    }
    assert_int_equal(only(s, RULE_SAME_PERSON)->numbers[0], 4); /* the first is past */
}

/* ---- eigen-kring, zelfde-reden, vaak-spoed, rond-intrekking ---- */

static void the_own_circle_is_found_at_once(void **state)
{
    struct stream *s = *state;
    struct watch_look look = look_at(TUESDAY, "g.jansen", 1);
    look.flags = WATCH_RELATIVE;
    take(s, look);
    look.flags = WATCH_RELATIVE | WATCH_COLLEAGUE;
    look.time_ms += HOUR_MS;
    take(s, look);
    const struct watch_hit *hit = only(s, RULE_OWN_CIRCLE);
    assert_int_equal(hit->numbers[0], 2);
    assert_int_equal(hit->numbers[1], 2);
    assert_int_equal(hit->score, 70);
    s->limits.value[WATCH_OWN_CIRCLE] = 0;
    log_watch_set_limits(s->watch, &s->limits);
    take(s, look_at(TUESDAY + DAY_MS, "g.jansen", 1));
    assert_int_equal(s->hit_count, 1);
}

static struct watch_look with_reason(int64_t time_ms, const char *user, uint64_t person, uint64_t reason)
{
    struct watch_look look = look_at(time_ms, user, person);
    look.reason = reason;
    return look;
}

static void the_same_reason_is_counted_by_household_and_user(void **state)
{
    struct stream *s = *state;
    for (uint64_t i = 0; i < 9; i++) {
        take(s, with_reason(TUESDAY + (int64_t)i * HOUR_MS, "g.jansen", i, 55));
        take(s, with_reason(TUESDAY + (int64_t)i * HOUR_MS, "a.bakker", i, 55 + i));
    }
    struct watch_look look = with_reason(TUESDAY + DAY_MS, "g.jansen", 20, 55);
    look.household = watch_mix(8, 100); /* one of the ninth's family */
    take(s, look);
    none(s, RULE_SAME_REASON);
    take(s, with_reason(TUESDAY + 7 * DAY_MS - 1, "g.jansen", 30, 55));
    const struct watch_hit *hit = only(s, RULE_SAME_REASON);
    assert_int_equal(hit->numbers[0], 11);
    assert_int_equal(hit->numbers[1], 10);
    assert_int_equal(hit->numbers[2], 7);
    assert_string_equal(hit->user, "g.jansen");
}

static void a_reason_is_that_of_all_people_of_the_consult(void **state)
{
    struct stream *s = *state;
    for (uint64_t i = 0; i < 10; i++) { /* two consults of five people: only the first of each has the text */
        struct watch_look look = with_reason(TUESDAY, "g.jansen", i, i % 5 == 0 ? 55 : 0);
        look.consult = 70 + i / 5;
        take(s, look);
    }
    assert_int_equal(only(s, RULE_SAME_REASON)->numbers[0], 10);
    struct watch_look look = with_reason(TUESDAY + HOUR_MS, "g.jansen", 20, 0); /* none in another consult */
    take(s, look);
    assert_int_equal(only(s, RULE_SAME_REASON)->numbers[0], 10);
}

static void urgency_is_held_against_colleagues_and_left_to_whose_duty_it_is(void **state)
{
    struct stream *s = *state;
    for (uint64_t i = 0; i < 5; i++) {
        struct watch_look look = look_at(TUESDAY + (int64_t)i * DAY_MS, "vt", i);
        look.flags = WATCH_URGENT | WATCH_DUTY;
        take(s, look);
    }
    none(s, RULE_OFTEN_URGENT);
    for (uint64_t i = 0; i < 2; i++) {
        struct watch_look look = look_at(TUESDAY + 4 * DAY_MS + HOUR_MS, "a.bakker", i);
        look.flags = WATCH_URGENT;
        take(s, look);
    }
    take(s, look_at(TUESDAY + 4 * DAY_MS + HOUR_MS, "c.smit", 1));
    for (uint64_t i = 0; i < 5; i++) {
        struct watch_look look = look_at(TUESDAY + 5 * DAY_MS + (int64_t)i * HOUR_MS, "g.jansen", i);
        look.flags = WATCH_URGENT;
        none(s, RULE_OFTEN_URGENT);
        take(s, look);
    }
    const struct watch_hit *hit = only(s, RULE_OFTEN_URGENT);
    assert_string_equal(hit->user, "g.jansen");
    assert_int_equal(hit->numbers[0], 5);
    assert_int_equal(hit->numbers[1], 7);
    assert_int_equal(hit->numbers[2], 6); /* (2 + 0 + 0) / 3, in tenths */
}

static struct watch_look withdrawal_of(int64_t time_ms, const char *by, uint64_t person)
{
    struct watch_look look = look_at(time_ms, by, person);
    look.operation = RECORD_CHANGED;
    look.flags = WATCH_WITHDRAWAL;
    return look;
}

static void looks_around_a_withdrawal_are_found_in_both_directions(void **state)
{
    struct stream *s = *state;
    take(s, look_at(TUESDAY - DAY_MS, "te.vroeg", 1));
    take(s, look_at(TUESDAY - 5 * HOUR_MS, "ervoor", 1));
    take(s, look_at(TUESDAY - HOUR_MS, "schreef.op", 1));
    take(s, withdrawal_of(TUESDAY, "schreef.op", 1));
    const struct watch_hit *hit = only(s, RULE_WITHDRAWAL);
    assert_string_equal(hit->user, "ervoor");
    assert_int_equal(hit->numbers[0], 5);
    assert_int_equal(hit->numbers[1], 0);
    assert_int_equal(hit->record_count, 2);
    take(s, look_at(TUESDAY + 24 * HOUR_MS, "te.laat", 1));
    take(s, look_at(TUESDAY + 24 * HOUR_MS, "ander", 2));
    (void)only(s, RULE_WITHDRAWAL);
    s->hit_count = 0;
    take(s, withdrawal_of(TUESDAY + 48 * HOUR_MS, "", 3));
    take(s, look_at(TUESDAY + 72 * HOUR_MS - 1, "erna", 3));
    hit = only(s, RULE_WITHDRAWAL);
    assert_string_equal(hit->user, "erna");
    assert_int_equal(hit->numbers[0], 23);
    assert_int_equal(hit->numbers[1], 1);
}

/* ---- zonder-zaak, and partners ---- */

static struct watch_look values_of(int64_t time_ms, uint64_t consult, const char *peer, uint32_t values)
{
    struct watch_look look = look_at(time_ms, "g.jansen", 0);
    look.operation = RECORD_EVALUATION_RECEIVED;
    look.person = 0;
    look.consult = consult;
    look.entries = values;
    assert_true(oin_parse(slice_text(peer), &look.peer));
    return look;
}

static void values_that_no_test_explains_are_found_when_their_grace_is_over(void **state)
{
    struct stream *s = *state;
    struct watch_look tested = look_at(TUESDAY + 10, "g.jansen", 1);
    tested.consult = 7;
    take(s, values_of(TUESDAY, 7, "00000099000000001000", 1)); /* explained */
    take(s, values_of(TUESDAY, 7, "00000099000000002000", 3)); /* two too many */
    take(s, tested);
    log_watch_settle(s->watch, TUESDAY + 9 + MATCH_GRACE_MS, found, s);
    none(s, RULE_NO_CASE);
    log_watch_settle(s->watch, TUESDAY + 10 + MATCH_GRACE_MS, found, s);
    const struct watch_hit *hit = only(s, RULE_NO_CASE);
    assert_int_equal(hit->numbers[0], 2);
    assert_string_equal(hit->peer.digits, "00000099000000002000");
    assert_string_equal(hit->user, "g.jansen");
    struct watch_look caseless = values_of(TUESDAY + HOUR_MS, 8, "00000099000000001000", 1);
    caseless.flags = WATCH_CASELESS;
    take(s, caseless);
    tested.consult = 8;
    tested.time_ms = TUESDAY + HOUR_MS;
    take(s, tested);
    take(s, look_at(TUESDAY + 2 * HOUR_MS, "a.bakker", 5)); /* later in the log: no settling needed */
    assert_int_equal(hits_of(s, RULE_NO_CASE, &hit), 2);
}

static void more_may_wait_than_there_is_room_for(void **state)
{
    struct stream *s = *state;
    for (uint64_t i = 0; i < WATCH_PENDING_MAX + 5; i++) {
        take(s, values_of(TUESDAY, 1000 + i, "00000099000000001000", 0));
    }
    take(s, values_of(TUESDAY, 5, "00000099000000001000", 1));
    log_watch_settle(s->watch, TUESDAY + HOUR_MS, found, s);
    (void)only(s, RULE_NO_CASE);
}

static struct watch_look of_partner(uint32_t flag, int64_t time_ms)
{
    struct watch_look look = values_of(time_ms, 0, "00000099000000001000", 40);
    look.operation = RECORD_MATCH_FINDING;
    look.flags = flag;
    look.empties = 15;
    look.clients = 9;
    return look;
}

static void what_was_found_of_partners_becomes_one_finding_a_day(void **state)
{
    struct stream *s = *state;
    take(s, of_partner(WATCH_EMPTY, TUESDAY));
    take(s, of_partner(WATCH_EMPTY, TUESDAY + HOUR_MS));
    take(s, of_partner(WATCH_OUTGROWN, TUESDAY));
    take(s, of_partner(WATCH_PAST_QUOTA, TUESDAY));
    take(s, of_partner(WATCH_FORKED, TUESDAY));
    take(s, of_partner(WATCH_FORKED, TUESDAY + HOUR_MS));
    const struct watch_hit *hit = only(s, RULE_EMPTY_HITS);
    assert_int_equal(hit->numbers[0], 40);
    assert_int_equal(hit->numbers[1], 15);
    assert_int_equal(hit->record_count, 2);
    assert_int_equal(only(s, RULE_SET_OUTGROWN)->numbers[2], 9);
    assert_string_equal(only(s, RULE_PAST_QUOTA)->peer.digits, "00000099000000001000");
    assert_int_equal(only(s, RULE_FORKED)->record_count, 2);
    s->limits.value[WATCH_PARTNERS] = 0;
    log_watch_set_limits(s->watch, &s->limits);
    take(s, of_partner(WATCH_EMPTY, TUESDAY + DAY_MS));
    (void)only(s, RULE_EMPTY_HITS);
}

/* ---- exceptions, and what a day has room for ---- */

static void self_at(struct stream *s, int64_t time_ms, const char *user)
{
    struct watch_look look = look_at(time_ms, user, 1);
    look.flags = WATCH_SELF;
    take(s, look);
}

static void an_exception_keeps_back_up_to_its_last_day(void **state)
{
    struct stream *s = *state;
    const struct watch_exception except = {RULE_SAME_REASON, watch_mix(key_of("g.jansen"), 55), {2026, 11, 3}};
    log_watch_except(s->watch, &except, 1);
    looks_a_minute_apart(s, TUESDAY, "ander", 100, 3);
    for (uint64_t i = 0; i < 10; i++) {
        take(s, with_reason(TUESDAY, "g.jansen", i, 55));
        take(s, with_reason(TUESDAY, "ander", i, 55));
    }
    assert_string_equal(only(s, RULE_SAME_REASON)->user, "ander");
    assert_int_equal(log_watch_excepted(s->watch, RULE_SAME_REASON), 1);
    s->hit_count = 0;
    take(s, with_reason(TUESDAY + HOUR_MS, "g.jansen", 20, 55)); /* its last day */
    none(s, RULE_SAME_REASON);
    take(s, with_reason(TUESDAY + DAY_MS, "g.jansen", 21, 55));
    const struct watch_hit *hit = only(s, RULE_SAME_REASON);
    assert_int_equal(hit->numbers[0], 12);
    assert_int_equal(log_watch_excepted(s->watch, RULE_SAME_REASON), 0);
}

static void what_a_day_has_no_room_for_is_counted_in_one(void **state)
{
    struct stream *s = *state;
    char user[] = "u00";
    const struct watch_hit *hit = NULL;
    for (int i = 0; i < FINDINGS_PER_RULE_DAY + 3; i++) {
        user[1] = (char)('0' + i / 10);
        user[2] = (char)('0' + i % 10);
        self_at(s, TUESDAY + i, user);
    }
    assert_int_equal(hits_of(s, RULE_OWN_CIRCLE, &hit), FINDINGS_PER_RULE_DAY);
    hit = only(s, RULE_AND_MORE);
    assert_int_equal(hit->numbers[0], RULE_OWN_CIRCLE);
    assert_int_equal(hit->numbers[1], 3);
    assert_int_equal(hit->record_count, 3);
    self_at(s, TUESDAY + HOUR_MS, user); /* one that was counted is not counted again */
    assert_int_equal(only(s, RULE_AND_MORE)->numbers[1], 3);
    self_at(s, TUESDAY + DAY_MS, user);
    assert_int_equal(hits_of(s, RULE_OWN_CIRCLE, &hit), FINDINGS_PER_RULE_DAY + 1);
}

static void records_about_midnight_do_not_empty_the_count_of_a_day(void **state)
{
    struct stream *s = *state;
    const int64_t midnight = TUESDAY + 15 * HOUR_MS;
    const struct watch_hit *hit = NULL;
    char user[] = "u00";
    for (int i = 0; i < FINDINGS_PER_RULE_DAY + 3; i++) {
        user[1] = (char)('0' + i / 10);
        user[2] = (char)('0' + i % 10);
        self_at(s, midnight + i, user);
        take(s, look_at(midnight - 1000 + i, "ander", 1)); /* the day before: a record that came a second late */
    }
    assert_int_equal(hits_of(s, RULE_OWN_CIRCLE, &hit), FINDINGS_PER_RULE_DAY);
    assert_int_equal(only(s, RULE_AND_MORE)->numbers[1], 3);
}

/* ---- a clock that was wrong ---- */

static void a_clock_that_was_ahead_hides_nothing_once_it_is_right(void **state)
{
    struct stream *s = *state;
    struct watch_look tested = look_at(TUESDAY + 1000, "a.bakker", 900);
    looks_a_minute_apart(s, TUESDAY + 400 * DAY_MS, "g.jansen", 500, 20);
    none(s, RULE_MANY_PEOPLE);
    tested.consult = 7;
    take(s, values_of(TUESDAY, 7, "00000099000000001000", 1)); /* its test comes a second later: explained */
    take(s, tested);
    looks_a_minute_apart(s, TUESDAY + HOUR_MS, "g.jansen", 1, 24);
    none(s, RULE_MANY_PEOPLE); /* those of the wrong time are of no hours with these */
    take(s, look_at(TUESDAY + 2 * HOUR_MS, "g.jansen", 30));
    assert_int_equal(only(s, RULE_MANY_PEOPLE)->numbers[2], 25);
    log_watch_settle(s->watch, TUESDAY + 3 * HOUR_MS, found, s);
    none(s, RULE_NO_CASE);
}

/* ---- the window ---- */

static void the_window_forgets_by_time_and_by_number(void **state)
{
    (void)state;
    struct watch_window *window = watch_window_new();
    struct error err;
    uint32_t number = 0;
    struct watch_look look = look_at(TUESDAY, "g.jansen", 1);
    assert_int_equal(watch_window_since(window), INT64_MAX);
    for (int64_t i = 0; i < WATCH_LOOKS_MAX + 3; i++) {
        look.time_ms = TUESDAY + i;
        look.person = watch_mix((uint64_t)i % 1000, 100);
        assert_int_equal(watch_window_add(window, &look, 0, &number, &err), RESULT_OK);
    }
    assert_int_equal(number, WATCH_LOOKS_MAX + 3);
    assert_int_equal(watch_window_since(window), TUESDAY + 3);
    assert_null(watch_window_row(window, 3));
    assert_non_null(watch_window_row(window, 4));
    watch_window_forget(window, TUESDAY + WATCH_LOOKS_MAX + 2);
    assert_int_equal(watch_window_since(window), TUESDAY + WATCH_LOOKS_MAX + 2);
    watch_window_forget(window, INT64_MAX);
    assert_int_equal(watch_window_since(window), INT64_MAX);
    assert_int_equal(watch_window_user(window, 0)->key, 0); /* nobody is remembered without a look */
    assert_int_equal(watch_window_add(window, &look, 0, &number, &err), RESULT_OK);
    assert_int_equal(watch_window_row(window, number)->by_person, 0);
    watch_window_free(window);
}

static void a_rule_looks_at_no_more_than_it_may(void **state)
{
    struct stream *s = *state;
    for (uint64_t i = 0; i < WATCH_WALK_MAX + 100; i++) {
        take(s, look_at(TUESDAY + (int64_t)i, "script", i));
    }
    const struct watch_hit *hit = only(s, RULE_MANY_PEOPLE);
    assert_int_equal(hit->numbers[1], WATCH_WALK_MAX);
    assert_int_equal(hit->record_count + hit->more, WATCH_WALK_MAX + 100);
}

/* ---- the same in any steps, and after a start ---- */

static uint32_t chance(uint32_t *seed, uint32_t below)
{
    *seed = *seed * 1664525U + 1013904223U;
    return (*seed >> 8U) % below;
}

/* Some weeks of twelve users, of whom some do each thing that there is a rule for. */
static void make_weeks(struct stream *s)
{
    s->limits.value[WATCH_PEOPLE_COUNT] = 7;
    s->limits.value[WATCH_PEOPLE_TIMES] = 2;
    log_watch_set_limits(s->watch, &s->limits);
    static const char *const users[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"};
    uint32_t seed = 7;
    int64_t at = TUESDAY;
    for (size_t i = 0; i < 12000; i++) {
        at += (int64_t)chance(&seed, 8) * MINUTE_MS;
        const uint32_t user = chance(&seed, 12);
        struct watch_look look = look_at(at, users[user], chance(&seed, user == 3 ? 5000 : 400));
        look.case_key = chance(&seed, 3) == 0 ? 0 : watch_mix(chance(&seed, 200), 200);
        look.household = watch_mix(look.person % 150, 400);
        look.reason = user < 2 ? 55 : watch_mix(chance(&seed, 60), 500);
        look.flags = chance(&seed, 60) == 0 ? WATCH_URGENT : chance(&seed, 200) == 0 ? WATCH_RELATIVE : 0;
        look.consult = 5000 + i / 3;
        if (chance(&seed, 90) == 0) {
            look.flags = WATCH_WITHDRAWAL;
            look.operation = RECORD_CHANGED;
        }
        if (chance(&seed, 100) == 0) {
            look = values_of(at, 5000 + i / 3, "00000099000000001000", 1 + chance(&seed, 4));
        }
        look.sequence = i;
        s->looks[i] = look;
    }
    s->count = 12000;
}

static void run(struct stream *s, size_t from, size_t until, size_t settle_each)
{
    struct error err;
    for (size_t i = from; i < until; i++) {
        assert_int_equal(log_watch_take(s->watch, &s->looks[i], found, s, &err), RESULT_OK);
        if (settle_each != 0 && i % settle_each == 0) {
            log_watch_settle(s->watch, s->looks[i].time_ms, found, s);
        }
    }
    log_watch_settle(s->watch, s->looks[until - 1].time_ms + HOUR_MS, found, s);
}

static int by_all(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct watch_hit));
}

static void same_hits(struct stream *a, struct stream *b)
{
    assert_int_equal(a->hit_count, b->hit_count);
    qsort(a->hits, a->hit_count, sizeof a->hits[0], by_all);
    qsort(b->hits, b->hit_count, sizeof b->hits[0], by_all);
    for (size_t i = 0; i < a->hit_count; i++) {
        assert_int_equal(a->hits[i].rule, b->hits[i].rule);
        assert_int_equal(a->hits[i].key, b->hits[i].key);
        assert_memory_equal(a->hits[i].numbers, b->hits[i].numbers, sizeof a->hits[i].numbers);
        assert_memory_equal(a->hits[i].records, b->hits[i].records, sizeof a->hits[i].records);
        assert_int_equal(a->hits[i].more, b->hits[i].more);
        assert_int_equal(a->hits[i].score, b->hits[i].score);
        assert_int_equal(a->hits[i].first_ms, b->hits[i].first_ms);
        assert_int_equal(a->hits[i].last_ms, b->hits[i].last_ms);
    }
}

static void any_steps_give_the_same_findings(void **state)
{
    struct stream *s = *state;
    make_weeks(s);
    run(s, 0, s->count, 0);
    static const enum finding_rule each[] = {RULE_MANY_PEOPLE, RULE_OFF_HOURS,   RULE_NO_CASE,      RULE_SAME_PERSON,
                                             RULE_OWN_CIRCLE,  RULE_SAME_REASON, RULE_OFTEN_URGENT, RULE_WITHDRAWAL};
    const struct watch_hit *hit = NULL;
    for (size_t i = 0; i < sizeof each / sizeof each[0]; i++) {
        assert_true(hits_of(s, each[i], &hit) > 0); /* there is something to compare */
    }
    static const size_t steps[] = {1, 7, 500};
    for (size_t i = 0; i < 3; i++) {
        void *other = NULL;
        (void)setup(&other);
        struct stream *o = other;
        make_weeks(o);
        run(o, 0, s->count, steps[i]);
        same_hits(s, o);
        (void)teardown(&other);
    }
}

/* At the start the window is read back, as far as log_watch_back_ms says, without hits; what is then found is the same. */
static void a_start_in_between_gives_the_same_findings(void **state)
{
    struct stream *s = *state;
    struct error err;
    make_weeks(s);
    run(s, 0, s->count, 0);
    static const size_t cuts[] = {1, 5000, 5001, 11000, 11998};
    for (size_t c = 0; c < sizeof cuts / sizeof cuts[0]; c++) {
        void *other = NULL;
        (void)setup(&other);
        struct stream *o = other;
        make_weeks(o);
        for (size_t i = 0; i < cuts[c]; i++) {
            assert_int_equal(log_watch_take(o->watch, &o->looks[i], found, o, &err), RESULT_OK);
        }
        log_watch_free(o->watch);
        o->watch = make(o);
        const int64_t since = o->looks[cuts[c] - 1].time_ms - log_watch_back_ms(&o->limits);
        const size_t before = o->hit_count;
        for (size_t i = 0; i < cuts[c]; i++) {
            if (o->looks[i].time_ms >= since) {
                assert_int_equal(log_watch_learn(o->watch, &o->looks[i], &err), RESULT_OK);
            }
        }
        assert_int_equal(o->hit_count, before);
        run(o, cuts[c], s->count, 0);
        same_hits(s, o);
        (void)teardown(&other);
    }
}

/* ---- limits ---- */

static void limits_that_contradict_each_other_are_refused(void **state)
{
    (void)state;
    struct watch_limits limits = standard;
    struct error err;
    assert_int_equal(watch_limits_check(&limits, &err), RESULT_OK);
    limits.value[WATCH_PERSON_DAYS] = 31;
    assert_int_equal(watch_limits_check(&limits, &err), RESULT_FAILED);
    assert_string_equal(err.where, "persoon_dagen");
    limits = standard;
    limits.value[WATCH_WORK_FROM] = 19;
    assert_int_equal(watch_limits_check(&limits, &err), RESULT_FAILED);
    assert_string_equal(err.where, "werk_van");
    limits = standard;
    limits.value[WATCH_WINDOW_DAYS] = 14;
    limits.value[WATCH_WITHDRAWAL_HOURS] = 14 * 24 + 1;
    assert_int_equal(watch_limits_check(&limits, &err), RESULT_FAILED);
    assert_string_equal(err.where, "intrekking_uren");
}

static void each_rule_of_the_watch_has_a_word_and_a_switch(void **state)
{
    (void)state;
    static const char *const words[RULE_END] = {
#define X(code, number, word) [number] = (word),
        FINDING_RULE_TABLE(X)
#undef X
    };
    for (size_t i = 0; i < watch_rule_count; i++) {
        struct watch_limits limits = standard;
        assert_string_equal(watch_rules[i].word, words[watch_rules[i].rule]);
        assert_true(watch_rule_on(&limits, &watch_rules[i]));
        limits.value[watch_rules[i].keys[0]] = 0;
        assert_false(watch_rule_on(&limits, &watch_rules[i]));
    }
    assert_null(watch_rule_of(RULE_SAMPLE));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(many_people_are_found_at_the_bound_and_not_below),
        T(a_household_counts_once_and_another_user_not_at_all),
        T(people_are_counted_over_so_many_hours),
        T(who_usually_sees_many_must_see_more),
        T(a_night_is_one_from_evening_to_morning),
        T(a_consult_at_night_is_one_time_and_urgency_none),
        T(weekends_and_holidays_are_no_hours_of_work),
        T(the_night_of_the_clock_change_is_one_night),
        T(colleagues_with_cases_of_their_own_are_found_and_a_team_is_not),
        T(the_same_person_is_counted_over_so_many_days),
        T(the_own_circle_is_found_at_once),
        T(the_same_reason_is_counted_by_household_and_user),
        T(a_reason_is_that_of_all_people_of_the_consult),
        T(urgency_is_held_against_colleagues_and_left_to_whose_duty_it_is),
        T(looks_around_a_withdrawal_are_found_in_both_directions),
        T(values_that_no_test_explains_are_found_when_their_grace_is_over),
        T(more_may_wait_than_there_is_room_for),
        T(what_was_found_of_partners_becomes_one_finding_a_day),
        T(an_exception_keeps_back_up_to_its_last_day),
        T(what_a_day_has_no_room_for_is_counted_in_one),
        T(records_about_midnight_do_not_empty_the_count_of_a_day),
        T(a_clock_that_was_ahead_hides_nothing_once_it_is_right),
        T(the_window_forgets_by_time_and_by_number),
        T(a_rule_looks_at_no_more_than_it_may),
        T(any_steps_give_the_same_findings),
        T(a_start_in_between_gives_the_same_findings),
        T(limits_that_contradict_each_other_are_refused),
        T(each_rule_of_the_watch_has_a_word_and_a_switch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
