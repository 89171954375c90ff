/*
 * workdays.h - Dutch working days, by calculation.
 *
 * Does:      tells which days are no working days, and where a term of working days or of calendar days ends.
 * Does not:  read a clock or a list; know of days off that an organisation gives itself.
 * No working days: Saturday, Sunday, and the days of the Algemene termijnenwet art. 3 lid 1 (1 January, Easter Monday,
 * Ascension Day, Whit Monday, 25 and 26 December, the day on which the King's birthday is kept, 5 May) and lid 2 (Good
 * Friday counts as one). The King's birthday is kept on 27 April, on the 26th when the 27th is a Sunday (since 2014);
 * before 2014 it was another day, which is not known here. Easter by the Gregorian computus (anonymous algorithm, J.
 * Meeus, Astronomical Algorithms, chapter 8).
 * A day here is a Dutch day: it begins at midnight in Amsterdam, an hour before that of UTC, two in summer time (from the
 * last Sunday of March 01:00 UTC to the last Sunday of October 01:00 UTC: directive 2000/84/EC, art. 2 and 3).
 * Thread: any; pure. Faults: none.
 */
#ifndef KETENBRUG_BASE_WORKDAYS_H
#define KETENBRUG_BASE_WORKDAYS_H

#include "base/date.h"
#include "base/limits.h"

struct date workdays_dutch_day(int64_t moment_ms);
int workdays_dutch_minute(int64_t moment_ms); /* on the Dutch clock, since midnight */
/* Moved by what Dutch time is ahead of UTC: read as UTC, it is what a clock in Amsterdam shows. */
int64_t workdays_dutch_clock(int64_t moment_ms);
int64_t workdays_day_ends(const struct date *day); /* the moment at which the next Dutch day begins */
struct date workdays_easter(int year);             /* Easter Sunday */
bool workdays_is_one(const struct date *day);
/* The last day of a term of so many working days that begins the day after `day`; 0: the day itself. Past WORKDAYS_MAX:
 * that many. */
struct date workdays_after(const struct date *day, int count);
/* The last day of a term of so many calendar days: `count` days later or, when that is no working day, the next one
 * that is (Algemene termijnenwet art. 1 lid 1). */
struct date workdays_term(const struct date *day, int count);

#endif
