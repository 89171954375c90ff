#include "base/workdays.h"

#include "base/attr.h"

enum { DAYS_A_WEEK = 7, SUNDAY = 0, SATURDAY = 6 };
static const int64_t HOUR_MS = 3600000;
static const int64_t DAY_MS = 86400000;

/* 1970-01-01 was a Thursday. */
static int weekday(int64_t days)
{
    const int64_t rest = (days + 4) % DAYS_A_WEEK;
    return (int)(rest < 0 ? rest + DAYS_A_WEEK : rest);
}

static int64_t days_of(int year, int month, int day)
{
    const struct date date = {(int16_t)year, (uint8_t)month, (uint8_t)day};
    return date_days(&date);
}

static struct date date_at(int64_t days)
{
    return moment_date(days * DAY_MS);
}

/* March and October have 31 days. */
static int64_t change_ms(int year, int month)
{
    const int64_t last = days_of(year, month, 31);
    return (last - weekday(last)) * DAY_MS + HOUR_MS;
}

int64_t workdays_dutch_clock(int64_t moment_ms)
{
    const int year = moment_date(moment_ms).year;
    const bool summer = moment_ms >= change_ms(year, 3) && moment_ms < change_ms(year, 10);
    return moment_ms + (summer ? 2 : 1) * HOUR_MS;
}

struct date workdays_dutch_day(int64_t moment_ms)
{
    return moment_date(workdays_dutch_clock(moment_ms));
}

int workdays_dutch_minute(int64_t moment_ms)
{
    const int64_t since = workdays_dutch_clock(moment_ms) % DAY_MS;
    return (int)((since < 0 ? since + DAY_MS : since) / 60000);
}

/* The clock is moved at 01:00 UTC, when the new day is already there: so of two hours before it, one is its beginning. */
int64_t workdays_day_ends(const struct date *day)
{
    const int64_t early = (date_days(day) + 1) * 24 * HOUR_MS - 2 * HOUR_MS;
    const struct date then = workdays_dutch_day(early);
    return date_compare(&then, day) > 0 ? early : early + HOUR_MS;
}

static int64_t easter(int year)
{
    const int a = year % 19;
    const int b = year / 100;
    const int c = year % 100;
    const int g = (8 * b + 13) / 25;
    const int h = (19 * a + b - b / 4 - g + 15) % 30;
    const int l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    const int m = (a + 11 * h + 22 * l) / 451;
    const int n = h + l - 7 * m + 114;
    return days_of(year, n / 31, n % 31 + 1);
}

struct date workdays_easter(int year)
{
    return date_at(easter(year));
}

/* On the King's birthday: the 26th is kept when the 27th is a Sunday, and is then a Saturday, no working day anyway. */
static bool is_fixed_holiday(const struct date *day)
{
    static const uint8_t holidays[][2] = {{1, 1}, {4, 27}, {5, 5}, {12, 25}, {12, 26}};
    for (size_t i = 0; i < COUNT_OF(holidays); i++) {
        if (day->month == holidays[i][0] && day->day == holidays[i][1]) {
            return true;
        }
    }
    return false;
}

static bool is_moving_holiday(const struct date *day, int64_t days)
{
    static const int from_easter[] = {-2, 1, 39, 50}; /* Good Friday, Easter Monday, Ascension Day, Whit Monday */
    const int64_t sunday = easter(day->year);
    for (size_t i = 0; i < COUNT_OF(from_easter); i++) {
        if (days == sunday + from_easter[i]) {
            return true;
        }
    }
    return false;
}

bool workdays_is_one(const struct date *day)
{
    const int64_t days = date_days(day);
    const int of_week = weekday(days);
    return of_week != SATURDAY && of_week != SUNDAY && !is_fixed_holiday(day) && !is_moving_holiday(day, days);
}

struct date workdays_after(const struct date *day, int count)
{
    struct date at = *day;
    const int bound = count < WORKDAYS_MAX ? count : WORKDAYS_MAX;
    int64_t days = date_days(day);
    for (int found = 0; found < bound;) {
        at = date_at(++days);
        found += workdays_is_one(&at);
    }
    return at;
}

struct date workdays_term(const struct date *day, int count)
{
    const struct date last = date_at(date_days(day) + count);
    return workdays_is_one(&last) ? last : workdays_after(&last, 1);
}
