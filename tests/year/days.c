#include "base/workdays.h"
#include "year/inside.h"

static const int64_t MINUTE_MS = 60000;
static const int64_t DAY_MS = 86400000;
enum { DAY_MINUTES = 1440, MONDAY = 1, DAYS_A_WEEK = 7 };

static int64_t days_since_epoch(int day)
{
    const struct date first = {YEAR_FIRST, 1, 1};
    return date_days(&first) + day;
}

struct date year_date(int day)
{
    return moment_date(days_since_epoch(day) * DAY_MS);
}

bool year_workday(int day)
{
    const struct date date = year_date(day);
    return day >= 0 && day < YEAR_DAYS && workdays_is_one(&date);
}

/* From its end: when the clock is moved, the hours behind that are the right ones. */
int64_t year_moment(int day, unsigned minute)
{
    const struct date date = year_date(day);
    return workdays_day_ends(&date) - (DAY_MINUTES - (int64_t)minute) * MINUTE_MS;
}

/* 1970-01-01 was a Thursday. Mondays are busy. */
double year_day_weight(int day)
{
    static const double busy = 1.3;
    static const double quiet = 0.05;
    if (!year_workday(day)) {
        return quiet;
    }
    return (days_since_epoch(day) + 4) % DAYS_A_WEEK == MONDAY ? busy : 1.0;
}
