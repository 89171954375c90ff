#include "base/date.h"

#include <stdio.h>

enum { YEAR_MIN = 1800, YEAR_MAX = 2199 };
static const int64_t MS_PER_DAY = 86400000;

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* Reads `count` digits at `at`; -1 when one is no digit. */
static int digits_at(struct slice text, size_t at, size_t count)
{
    int value = 0;
    for (size_t i = at; i < at + count; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return -1;
        }
        value = value * 10 + (text.ptr[i] - '0');
    }
    return value;
}

bool date_parse(struct slice text, struct date *out)
{
    if (text.len != DATE_TEXT_SIZE - 1 || text.ptr[4] != '-' || text.ptr[7] != '-') {
        return false;
    }
    const int year = digits_at(text, 0, 4);
    const int month = digits_at(text, 5, 2);
    const int day = digits_at(text, 8, 2);
    if (year < 0 || month < 0 || day < 0) {
        return false;
    }
    const struct date date = {(int16_t)year, (uint8_t)month, (uint8_t)day};
    if (!date_exists(&date)) {
        return false;
    }
    *out = date;
    return true;
}

bool date_exists(const struct date *date)
{
    return date->year >= YEAR_MIN && date->year <= YEAR_MAX && date->month >= 1 && date->month <= 12 &&
           date->day >= 1 && date->day <= days_in_month(date->year, date->month);
}

bool date_is_set(const struct date *date)
{
    return date->year != 0;
}

struct date_text date_text(const struct date *date)
{
    struct date_text out = {""};
    if (date_is_set(date)) {
        (void)snprintf(out.text, sizeof out.text, "%04u-%02u-%02u", (unsigned)date->year % 10000U, date->month % 100U,
                       date->day % 100U);
    }
    return out;
}

static int date_number(const struct date *date)
{
    return date->year * 512 + date->month * 32 + date->day;
}

int date_compare(const struct date *a, const struct date *b)
{
    return date_number(a) - date_number(b);
}

int date_age(const struct date *birth, const struct date *day)
{
    const int before_birthday = day->month < birth->month || (day->month == birth->month && day->day < birth->day);
    return day->year - birth->year - before_birthday;
}

/* Days from 1970-01-01 (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil). */
static int64_t days_from_civil(int year, int month, int day)
{
    const int y = year - (month <= 2);
    const int era = (y >= 0 ? y : y - 399) / 400;
    const int yoe = y - era * 400;
    const int doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    const int doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return (int64_t)era * 146097 + doe - 719468;
}

int64_t date_days(const struct date *date)
{
    return days_from_civil(date->year, date->month, date->day);
}

struct date moment_date(int64_t moment_ms)
{
    int64_t days = moment_ms / MS_PER_DAY - (moment_ms % MS_PER_DAY < 0 ? 1 : 0);
    days += 719468;
    const int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    const int doe = (int)(days - era * 146097);
    const int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    const int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    const int mp = (5 * doy + 2) / 153;
    const int month = mp < 10 ? mp + 3 : mp - 9;
    const int year = (int)(yoe + era * 400) + (month <= 2);
    return (struct date){(int16_t)year, (uint8_t)month, (uint8_t)(doy - (153 * mp + 2) / 5 + 1)};
}

struct moment_text moment_text(int64_t moment_ms)
{
    const struct date date = moment_date(moment_ms);
    int64_t rest = moment_ms % MS_PER_DAY;
    rest = (rest < 0 ? rest + MS_PER_DAY : rest) / 1000;
    struct moment_text out;
    (void)snprintf(out.text, sizeof out.text, "%sT%02u:%02u:%02uZ", date_text(&date).text,
                   (unsigned)(rest / 3600) % 24U, (unsigned)(rest / 60 % 60), (unsigned)(rest % 60));
    return out;
}

bool moment_parse(struct slice text, int64_t *out_ms)
{
    struct date date;
    if (text.len < MOMENT_TEXT_SIZE - 1 || !date_parse(slice_of(text.ptr, 10), &date) || text.ptr[10] != 'T' ||
        text.ptr[13] != ':' || text.ptr[16] != ':' || text.ptr[text.len - 1] != 'Z') {
        return false;
    }
    const int hour = digits_at(text, 11, 2);
    const int minute = digits_at(text, 14, 2);
    const int second = digits_at(text, 17, 2);
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) {
        return false;
    }
    int64_t ms = 0;
    if (text.len > MOMENT_TEXT_SIZE - 1) {
        if (text.ptr[19] != '.' || text.len == MOMENT_TEXT_SIZE) {
            return false;
        }
        int64_t scale = 100;
        for (size_t i = 20; i < text.len - 1; i++) {
            const int digit = digits_at(text, i, 1);
            if (digit < 0) {
                return false;
            }
            ms += digit * scale;
            scale /= 10;
        }
    }
    *out_ms = days_from_civil(date.year, date.month, date.day) * MS_PER_DAY +
              ((int64_t)hour * 3600 + (int64_t)minute * 60 + second) * 1000 + ms;
    return true;
}
