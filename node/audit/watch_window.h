/*
 * watch_window.h - the looks that the watch remembers: rows in the order of the log, chained by user, person and reason.
 *
 * Does:      adds a look, forgets the oldest (by time, and past WATCH_LOOKS_MAX), and leads from a row to the one before
 *            it of the same user, person, or user and reason. Of each user with a row it knows, per Dutch day, how many
 *            households he looked at in one stretch at most, and how often he did what is urgent.
 * Does not:  judge: watch_rules.c.
 * Ownership: watch_window_new/watch_window_free. Rows and users are borrowed until the next look is added.
 * Thread:    one at a time. Faults: FAULT_NO_MEMORY; then nothing was added.
 */
#ifndef KETENBRUG_AUDIT_WATCH_WINDOW_H
#define KETENBRUG_AUDIT_WATCH_WINDOW_H

#include "audit/watch.h"

struct watch_row {
    uint64_t sequence;
    int64_t time_ms;
    uint64_t person, household;             /* household: never 0; somebody without one is one by himself */
    uint64_t reason;                        /* of this user; 0: none */
    uint32_t user;                          /* number of the user; of a withdrawal: WATCH_NOBODY */
    uint32_t case_key;                      /* folded; of a withdrawal: who recorded it */
    uint32_t consult;                       /* folded */
    uint32_t by_user, by_person, by_reason; /* the row before it; 0 or one that was forgotten: none */
    uint16_t flags;                         /* of enum watch_flag */
    uint16_t night;                         /* outside the hours of work: days since 1970 of the night; 0: within */
};

struct watch_user_day {
    uint16_t day; /* since 1970 */
    uint32_t most, urgent;
};

enum { WATCH_USER_DAYS = WATCH_DAYS_MAX + 1 };
#define WATCH_NOBODY UINT32_MAX

struct watch_user {
    uint64_t key; /* 0: a place that is free */
    char name[USER_NAME_MAX + 1];
    uint32_t role;
    uint32_t last;            /* his newest row */
    uint64_t consult, reason; /* of that row: a consult says its reason once */
    struct watch_user_day days[WATCH_USER_DAYS];
};

struct watch_window;

MUST_USE struct watch_window *watch_window_new(void); /* NULL: no memory */
void watch_window_free(struct watch_window *window);  /* NULL is fine */
/* The number of the new row, from 1. A withdrawal is only chained by person. */
MUST_USE enum result watch_window_add(struct watch_window *window, const struct watch_look *look, uint16_t night,
                                      uint32_t *number, struct error *err);
void watch_window_forget(struct watch_window *window,
                         int64_t before_ms); /* the oldest rows, up to the first later one */
const struct watch_row *watch_window_row(const struct watch_window *window,
                                         uint32_t number); /* NULL: none, or forgotten */
struct watch_user *watch_window_user(const struct watch_window *window, uint32_t user);
size_t watch_window_users(const struct watch_window *window); /* numbers are below this; some may be free */
struct watch_user_day *watch_user_day(struct watch_user *user, uint16_t day); /* made empty when it was another's */
int64_t watch_window_since(const struct watch_window *window);                /* INT64_MAX: empty */

/* Two keys as one, never 0; and a key in four bytes, 0 for 0 alone. */
uint64_t watch_mix(uint64_t a, uint64_t b);
uint32_t watch_fold(uint64_t key);

#endif
