/* date.h: every day of four centuries against a calendar counted by hand, leap years, ages, RFC 3339 moments. */
#include "unit/unit.h"

#include <string.h>

#include "base/attr.h"
#include "base/date.h"

static const int64_t DAY_MS = 86400000;

/* The oracle: counts days one by one with the Gregorian rule as the papal bull puts it. */
struct calendar {
    int year;
    int month;
    int day;
};

static int month_length(int year, int month)
{
    if (month == 2) {
        const bool leap = year % 400 == 0 || (year % 4 == 0 && year % 100 != 0);
        return leap ? 29 : 28;
    }
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

static void calendar_next(struct calendar *c)
{
    if (++c->day > month_length(c->year, c->month)) {
        c->day = 1;
        if (++c->month > 12) {
            c->month = 1;
            c->year++;
        }
    }
}

static void every_day_of_the_range_agrees_with_the_calendar(void **state)
{
    (void)state;
    int64_t ms = -62091LL * DAY_MS; /* 1800-01-01: 170 years with 41 leap days before 1970 */
    int days = 0;
    for (struct calendar c = {1800, 1, 1}; c.year < 2200; calendar_next(&c), ms += DAY_MS, days++) {
        const struct date first = moment_date(ms);
        const struct date last = moment_date(ms + DAY_MS - 1);
        if (first.year != c.year || first.month != c.month || first.day != c.day || date_compare(&first, &last) != 0) {
            fail_msg("dag %d: %d-%d-%d", days, c.year, c.month, c.day);
        }
        const struct moment_text text = moment_text(ms + 1000);
        int64_t back = 0;
        if (strcmp(text.text + 10, "T00:00:01Z") != 0 || !moment_parse(slice_text(text.text), &back) ||
            back != ms + 1000) {
            fail_msg("moment %s", text.text);
        }
    }
    assert_int_equal(days, 146097);
}

static void existing_dates_are_read_and_written(void **state)
{
    (void)state;
    static const char *const good[] = {"1800-01-01", "1899-12-31", "1900-02-28", "2000-02-29", "2024-02-29",
                                       "2026-11-22", "2100-02-28", "2199-12-31", "1996-02-29", "2023-04-30"};
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        struct date date;
        assert_true(date_parse(slice_text(good[i]), &date));
        assert_true(date_is_set(&date));
        assert_string_equal(date_text(&date).text, good[i]);
    }
}

static void dates_that_do_not_exist_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",           "2026",        "2026-1-01",   "2026-01-1",   "2026-13-01", "2026-00-10",
        "2026-01-00", "2026-01-32",  "2026-02-29",  "1900-02-29",  "2100-02-29", "2023-04-31",
        "2023-06-31", "2023-09-31",  "2023-11-31",  "1799-12-31",  "2200-01-01", "0000-01-01",
        "20260101",   "2026/01/01",  "2026-01-01 ", " 2026-01-01", "2026-01-0a", "-026-01-01",
        "2026-+1-01", "2026-01-01T", "2o26-01-01",  "01-01-2026",
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct date date = {1, 2, 3};
        assert_false(date_parse(slice_text(bad[i]), &date));
        assert_int_equal(date.year, 1); /* untouched */
    }
}

static void unknown_date_is_empty(void **state)
{
    (void)state;
    const struct date none = {0};
    assert_false(date_is_set(&none));
    assert_string_equal(date_text(&none).text, "");
}

static struct date on(const char *text)
{
    struct date date = {0};
    assert_true(date_parse(slice_text(text), &date));
    return date;
}

static void dates_compare(void **state)
{
    (void)state;
    static const char *const rising[] = {"1999-12-31", "2000-01-01", "2000-01-31",
                                         "2000-02-01", "2000-02-29", "2000-12-31"};
    for (size_t i = 0; i < COUNT_OF(rising); i++) {
        for (size_t k = 0; k < COUNT_OF(rising); k++) {
            const struct date a = on(rising[i]);
            const struct date b = on(rising[k]);
            const int order = date_compare(&a, &b);
            assert_true(i < k ? order < 0 : i > k ? order > 0 : order == 0);
        }
    }
}

static void age_turns_on_the_birthday(void **state)
{
    (void)state;
    static const struct {
        const char *birth;
        const char *day;
        int age;
    } cases[] = {
        {"2008-11-22", "2026-11-21", 17}, {"2008-11-22", "2026-11-22", 18}, {"2008-11-22", "2026-11-23", 18},
        {"2008-11-22", "2026-12-01", 18}, {"2008-11-22", "2026-10-30", 17}, {"2026-11-22", "2026-11-22", 0},
        {"2008-02-29", "2026-02-28", 17}, {"2008-02-29", "2026-03-01", 18}, {"2008-02-29", "2028-02-28", 19},
        {"2008-02-29", "2028-02-29", 20}, {"2026-11-23", "2026-11-22", -1}, {"1900-01-01", "2026-01-01", 126},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct date birth = on(cases[i].birth);
        const struct date day = on(cases[i].day);
        assert_int_equal(date_age(&birth, &day), cases[i].age);
    }
}

static void moments_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01T00:00:00.001Z", 1},
        {"1969-12-31T23:59:59Z", -1000},
        {"1985-04-12T23:20:50.52Z", 482196050520}, /* RFC 3339 section 5.8 */
        {"2001-09-09T01:46:40Z", 1000000000000},
        {"2016-12-31T23:59:59Z", 1483228799000},
        {"2024-02-29T12:00:00Z", 1709208000000},
        {"2026-11-22T09:30:00Z", 1795339800000},
        {"2026-11-22T09:30:00.9Z", 1795339800900},
        {"2026-11-22T09:30:00.9999999999999999999999Z", 1795339800999}, /* cut, not rounded */
        {"2038-01-19T03:14:08Z", 2147483648000},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int64_t ms = 0;
        assert_true(moment_parse(slice_text(cases[i].text), &ms));
        assert_true(ms == cases[i].ms);
    }
}

static void bad_moments_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "2026-11-22",
        "2026-11-22T09:30:00",
        "2026-11-22T09:30Z",
        "2026-11-22T24:00:00Z",
        "2026-11-22T09:60:00Z",
        "2016-12-31T23:59:60Z", /* a leap second that was: refused all the same, see date.h */
        "2026-02-29T09:30:00Z",
        "2026-11-22 09:30:00Z",
        "2026-11-22t09:30:00Z",
        "2026-11-22T09:30:00z",
        "2026-11-22T09:30:00+00:00",
        "2026-11-22T09:30:00+01:00",
        "2026-11-22T09:30:00.Z",
        "2026-11-22T09:30:00,5Z",
        "2026-11-22T09:30:00.5aZ",
        "2026-11-22T09:30:00.5",
        "2026-11-22T9:30:00Z",
        "2026-11-22T-9:30:00Z",
        "2026-11-22T09-30-00Z",
        "2026-11-22T09:30:00Z ",
        "2026-11-22T09:30:00ZZ",
        "2200-01-01T00:00:00Z",
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        int64_t ms = 42;
        assert_false(moment_parse(slice_text(bad[i]), &ms));
        assert_true(ms == 42);
    }
}

static void moments_are_written_without_fraction(void **state)
{
    (void)state;
    assert_string_equal(moment_text(0).text, "1970-01-01T00:00:00Z");
    assert_string_equal(moment_text(999).text, "1970-01-01T00:00:00Z");
    assert_string_equal(moment_text(-1).text, "1969-12-31T23:59:59Z");
    assert_string_equal(moment_text(-DAY_MS).text, "1969-12-31T00:00:00Z");
    assert_string_equal(moment_text(1795339800900).text, "2026-11-22T09:30:00Z");
    assert_string_equal(moment_text(1709251199999).text, "2024-02-29T23:59:59Z");
}

/* A broken clock gives nonsense, but never reads or writes out of bounds (the sanitizers watch). */
static void absurd_moments_stay_in_bounds(void **state)
{
    (void)state;
    static const int64_t absurd[] = {INT64_MAX, INT64_MIN, INT64_MAX / 2, INT64_MIN / 2, -62167219200001};
    for (size_t i = 0; i < COUNT_OF(absurd); i++) {
        assert_true(strlen(moment_text(absurd[i]).text) < MOMENT_TEXT_SIZE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_of_the_range_agrees_with_the_calendar),
        cmocka_unit_test(existing_dates_are_read_and_written),
        cmocka_unit_test(dates_that_do_not_exist_are_refused),
        cmocka_unit_test(unknown_date_is_empty),
        cmocka_unit_test(dates_compare),
        cmocka_unit_test(age_turns_on_the_birthday),
        cmocka_unit_test(moments_are_read),
        cmocka_unit_test(bad_moments_are_refused),
        cmocka_unit_test(moments_are_written_without_fraction),
        cmocka_unit_test(absurd_moments_stay_in_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
