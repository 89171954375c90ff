/*
 * date.h - calendar dates and moments, as values. No clock is read here.
 *
 * A moment is int64_t milliseconds since 1970-01-01T00:00:00Z, written per RFC 3339 in UTC ("2026-11-22T09:30:00Z";
 * fractions are not written). A date is a proleptic Gregorian day, 1800-01-01 .. 2199-12-31, written YYYY-MM-DD.
 * Thread: any; pure.
 */
#ifndef KETENBRUG_BASE_DATE_H
#define KETENBRUG_BASE_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

struct date {
    int16_t year; /* 0 means: not known */
    uint8_t month;
    uint8_t day;
};

enum { DATE_TEXT_SIZE = 11, MOMENT_TEXT_SIZE = 21 };

struct date_text {
    char text[DATE_TEXT_SIZE];
};

struct moment_text {
    char text[MOMENT_TEXT_SIZE];
};

bool date_parse(struct slice text, struct date *out); /* false: not a date that exists */
struct date_text date_text(const struct date *date);  /* empty when not known */
bool date_is_set(const struct date *date);
bool date_exists(const struct date *date);                    /* a day of the calendar within the range above */
int date_compare(const struct date *a, const struct date *b); /* < 0, 0, > 0; both set */
/* Whole years between birth and day: a person born on 29 February turns a year older on 1 March of other years. */
int date_age(const struct date *birth, const struct date *day);

int64_t date_days(const struct date *date); /* since 1970-01-01; set */

struct date moment_date(int64_t moment_ms); /* the UTC day */
struct moment_text moment_text(int64_t moment_ms);
/* RFC 3339 section 5.6 with time zone Z only, optional fraction (cut to milliseconds); 60 seconds are refused. */
bool moment_parse(struct slice text, int64_t *out_ms);

#endif
