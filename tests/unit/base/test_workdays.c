/* workdays.h: against published dates, and the same terms counted by hand. */
#include "unit/unit.h"

#include <string.h>

#include "base/attr.h"
#include "base/workdays.h"

static struct date day(const char *text)
{
    struct date out;
    assert_true(date_parse(slice_text(text), &out));
    return out;
}

static void assert_day(struct date found, const char *wanted)
{
    assert_string_equal(date_text(&found).text, wanted);
}

/* The holidays of these years as the government published them (rijksoverheid.nl, "Officiele feestdagen"), with the
 * church calendar's Easter. */
static const struct {
    const char *easter;
    const char *days[9]; /* New Year, Good Friday, Easter Monday, King, Liberation, Ascension, Whit Monday, Christmas */
} years[] = {
    {"2023-04-09",
     {"2023-01-01", "2023-04-07", "2023-04-10", "2023-04-27", "2023-05-05", "2023-05-18", "2023-05-29", "2023-12-25",
      "2023-12-26"}},
    {"2024-03-31",
     {"2024-01-01", "2024-03-29", "2024-04-01", "2024-04-27", "2024-05-05", "2024-05-09", "2024-05-20", "2024-12-25",
      "2024-12-26"}},
    {"2025-04-20",
     {"2025-01-01", "2025-04-18", "2025-04-21", "2025-04-26", "2025-05-05", "2025-05-29", "2025-06-09", "2025-12-25",
      "2025-12-26"}},
    {"2026-04-05",
     {"2026-01-01", "2026-04-03", "2026-04-06", "2026-04-27", "2026-05-05", "2026-05-14", "2026-05-25", "2026-12-25",
      "2026-12-26"}},
    {"2027-03-28",
     {"2027-01-01", "2027-03-26", "2027-03-29", "2027-04-27", "2027-05-05", "2027-05-06", "2027-05-17", "2027-12-25",
      "2027-12-26"}},
};

static void the_published_holidays_are_no_working_days(void **state)
{
    (void)state;
    for (size_t y = 0; y < COUNT_OF(years); y++) {
        assert_day(workdays_easter(day(years[y].easter).year), years[y].easter);
        for (size_t i = 0; i < COUNT_OF(years[y].days); i++) {
            const struct date holiday = day(years[y].days[i]);
            if (workdays_is_one(&holiday)) {
                fail_msg("%s", years[y].days[i]);
            }
        }
    }
}

static bool is_published(const char *text)
{
    for (size_t y = 0; y < COUNT_OF(years); y++) {
        for (size_t i = 0; i < COUNT_OF(years[y].days); i++) {
            if (strcmp(years[y].days[i], text) == 0) {
                return true;
            }
        }
    }
    return false;
}

/* 2023-01-01 was a Sunday; from there on every day of the five years. */
static void every_other_weekday_is_one(void **state)
{
    (void)state;
    struct date at = day("2023-01-01");
    for (int n = 0; at.year < 2028; n++, at = moment_date((date_days(&at) + 1) * 86400000)) {
        const bool weekend = n % 7 == 0 || n % 7 == 6;
        if (workdays_is_one(&at) != (!weekend && !is_published(date_text(&at).text))) {
            fail_msg("%s", date_text(&at).text);
        }
    }
}

/* Published tables of Easter, the earliest and latest that there can be among them. */
static void easter_falls_where_the_tables_have_it(void **state)
{
    (void)state;
    static const char *const sundays[] = {
        "1818-03-22", "1943-04-25", "1954-04-18", "1961-04-02", "1981-04-19", "2000-04-23", "2008-03-23", "2011-04-24",
        "2019-04-21", "2022-04-17", "2028-04-16", "2030-04-21", "2034-04-09", "2038-04-25", "2049-04-18", "2076-04-19",
    };
    for (size_t i = 0; i < COUNT_OF(sundays); i++) {
        assert_day(workdays_easter(day(sundays[i]).year), sundays[i]);
    }
}

static void a_term_of_working_days_skips_what_is_none(void **state)
{
    (void)state;
    static const struct {
        const char *from;
        int count;
        const char *last;
    } terms[] = {
        {"2026-11-23", 5, "2026-11-30"}, /* a Monday: over one weekend */
        {"2026-11-27", 1, "2026-11-30"}, /* a Friday: the next working day is Monday */
        {"2026-11-28", 1, "2026-11-30"}, /* received on a Saturday */
        {"2026-04-01", 5, "2026-04-10"}, /* over Good Friday, Easter Sunday and Monday */
        {"2025-04-17", 1, "2025-04-22"}, /* from the day before Good Friday to after Easter */
        {"2026-12-24", 3, "2026-12-30"}, /* over Christmas */
        {"2026-04-24", 1, "2026-04-28"}, /* over a weekend and the King's day on a Monday */
        {"2026-11-24", 0, "2026-11-24"},
    };
    for (size_t i = 0; i < COUNT_OF(terms); i++) {
        const struct date from = day(terms[i].from);
        assert_day(workdays_after(&from, terms[i].count), terms[i].last);
    }
    const struct date from = day("2026-01-01");
    const struct date at_most = workdays_after(&from, WORKDAYS_MAX);
    const struct date past = workdays_after(&from, WORKDAYS_MAX + 1);
    assert_int_equal(date_compare(&at_most, &past), 0);
}

static void a_term_of_days_ends_on_a_working_day(void **state)
{
    (void)state;
    const struct date monday = day("2026-02-02");
    const struct date saturday = day("2026-02-07");
    const struct date before_easter = day("2026-01-23");
    assert_day(workdays_term(&monday, 70), "2026-04-13");
    assert_day(workdays_term(&saturday, 42), "2026-03-23");
    assert_day(workdays_term(&before_easter, 70), "2026-04-07"); /* Good Friday: on to the Tuesday after Easter */
}

static void the_dutch_day_begins_an_hour_or_two_before_that_of_utc(void **state)
{
    (void)state;
    static const struct {
        const char *moment;
        const char *day;
    } moments[] = {
        {"2026-01-15T22:59:59Z", "2026-01-15"}, {"2026-01-15T23:00:00Z", "2026-01-16"},
        {"2026-07-15T21:59:59Z", "2026-07-15"}, {"2026-07-15T22:00:00Z", "2026-07-16"},
        {"2026-03-28T22:59:59Z", "2026-03-28"}, {"2026-03-28T23:00:00Z", "2026-03-29"}, /* summer time begins */
        {"2026-03-29T21:59:59Z", "2026-03-29"}, {"2026-03-29T22:00:00Z", "2026-03-30"},
        {"2026-10-24T21:59:59Z", "2026-10-24"}, {"2026-10-24T22:00:00Z", "2026-10-25"}, /* and ends */
        {"2026-10-25T22:59:59Z", "2026-10-25"}, {"2026-10-25T23:00:00Z", "2026-10-26"},
        {"2026-12-31T23:30:00Z", "2027-01-01"},
    };
    for (size_t i = 0; i < COUNT_OF(moments); i++) {
        int64_t at = 0;
        assert_true(moment_parse(slice_text(moments[i].moment), &at));
        assert_day(workdays_dutch_day(at), moments[i].day);
    }
}

/* Also over the nights in which the clock is moved. */
static void the_dutch_clock_is_told_in_minutes(void **state)
{
    (void)state;
    static const struct {
        const char *at;
        int minute;
    } moments[] = {
        {"2026-11-22T22:59:59Z", 23 * 60 + 59}, {"2026-11-22T23:00:00Z", 0},      {"2026-07-01T18:05:30Z", 20 * 60 + 5},
        {"2026-03-29T00:59:59Z", 60 + 59},      {"2026-03-29T01:00:00Z", 3 * 60}, {"2026-10-25T00:30:00Z", 2 * 60 + 30},
        {"2026-10-25T01:30:00Z", 2 * 60 + 30},  {"1969-12-31T23:30:00Z", 30},
    };
    for (size_t i = 0; i < COUNT_OF(moments); i++) {
        int64_t at = 0;
        assert_true(moment_parse(slice_text(moments[i].at), &at));
        assert_int_equal(workdays_dutch_minute(at), moments[i].minute);
    }
}

static void a_dutch_day_ends_where_the_next_begins(void **state)
{
    (void)state;
    for (int64_t at = 1767225600000; at < 1767225600000 + INT64_C(800) * 86400000; at += 86400000) {
        const struct date today = workdays_dutch_day(at);
        const struct date tomorrow = moment_date(at + 86400000);
        const int64_t end = workdays_day_ends(&today);
        assert_day(workdays_dutch_day(end - 1), date_text(&today).text);
        assert_day(workdays_dutch_day(end), date_text(&tomorrow).text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_holidays_are_no_working_days),
        cmocka_unit_test(every_other_weekday_is_one),
        cmocka_unit_test(easter_falls_where_the_tables_have_it),
        cmocka_unit_test(a_term_of_working_days_skips_what_is_none),
        cmocka_unit_test(a_term_of_days_ends_on_a_working_day),
        cmocka_unit_test(the_dutch_day_begins_an_hour_or_two_before_that_of_utc),
        cmocka_unit_test(the_dutch_clock_is_told_in_minutes),
        cmocka_unit_test(a_dutch_day_ends_where_the_next_begins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
