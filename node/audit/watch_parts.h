/*
 * watch_parts.h - the watch's parts towards each other: the window, what was found, and what waits.
 *
 * Thread: as watch.h. Ownership: all of it is log_watch's.
 */
#ifndef KETENBRUG_AUDIT_WATCH_PARTS_H
#define KETENBRUG_AUDIT_WATCH_PARTS_H

#include "audit/watch_table.h"
#include "audit/watch_window.h"

#define WATCH_HOUR_MS INT64_C(3600000)
#define WATCH_DAY_MS  (24 * WATCH_HOUR_MS)

/* Keys seen in one walk. Emptied at no cost: a mark tells whose turn it was. */
enum { WATCH_SEEN_ROOM = 65536 };
_Static_assert(WATCH_SEEN_ROOM / 2 >= 3 * WATCH_WALK_MAX, "three keys of each row of a walk");
struct watch_seen {
    struct {
        uint64_t key;
        uint32_t turn;
    } slots[WATCH_SEEN_ROOM];
    uint32_t turn;
};
void watch_seen_clear(struct watch_seen *seen);
bool watch_seen_add(struct watch_seen *seen, uint64_t key); /* true: it is new */

/* What a rule makes of a look: a hit before it is known whether it is one that grows. */
struct watch_draft {
    enum finding_rule rule;
    uint64_t key;
    const char *user; /* "" none */
    struct oin peer;
    struct date day; /* of the look, or of its night */
    int64_t first_ms, last_ms;
    uint32_t numbers[FINDING_NUMBERS];
    uint64_t value; /* what was held against the bound: the numbers of the highest stay */
    uint8_t score;
    const uint64_t *records; /* falling */
    size_t count;
};

/* One that was told, in this stretch. */
struct watch_told {
    uint64_t id;   /* rule, key and stretch */
    uint16_t ends; /* days since 1970: from when it may be forgotten */
    uint8_t rule;
    bool kept_back;  /* by an exception, when it came last */
    bool counted;    /* in that of RULE_AND_MORE */
    uint64_t newest; /* record */
    uint64_t value;
    struct watch_hit *hit; /* NULL: kept back, or counted */
};

struct watch_told_list {
    struct watch_told *items;
    size_t count, room;
    struct watch_table places; /* by id */
    uint16_t day;              /* of the counts below */
    uint32_t made[RULE_END];
    struct watch_hit more[RULE_END]; /* RULE_NONE: none */
};

/* What one partner gave of one consult, or (no partner) whom was tested in it. */
struct watch_wait {
    uint64_t consult;
    struct oin peer;
    char user[USER_NAME_MAX + 1];
    uint32_t values, caseless;
    int64_t first_ms, last_ms;
    uint64_t records[FINDING_RECORDS_MAX];
    uint32_t record_count, more;
};

struct log_watch {
    struct watch_limits limits;
    struct watch_window *window;
    struct watch_seen *seen;
    struct watch_told_list told;
    struct watch_exception exceptions[EXCEPTIONS_MAX];
    size_t exception_count;
    struct watch_wait *waits; /* WATCH_PENDING_MAX, in order of arrival */
    size_t wait_count;
    int64_t newest_ms;
    uint64_t records[WATCH_WALK_MAX]; /* of the walk */
    watch_found_fn *found;            /* NULL while it learns */
    void *found_ctx;
    bool failed; /* no memory */
};

uint16_t watch_day_number(const struct date *day);
struct date watch_day_of(uint16_t number);
uint8_t watch_score(enum finding_rule rule, uint64_t value, uint64_t bound);
void watch_tell(struct log_watch *watch, const struct watch_draft *draft);
void watch_told_turn(struct log_watch *watch, uint16_t today); /* forgets what is over */
void watch_told_free(struct watch_told_list *told);
uint16_t watch_night_of(const struct watch_limits *limits, int64_t time_ms); /* 0: within the hours of work */
void watch_judge(struct log_watch *watch, uint32_t number);                  /* the look of this row, by all rules */
void watch_judge_withdrawal(struct log_watch *watch, uint32_t number);       /* looks before it */
void watch_judge_partner(struct log_watch *watch, const struct watch_look *look);
void watch_wait_for(struct log_watch *watch, const struct watch_look *look);
void watch_waits_settle(struct log_watch *watch, int64_t now_ms);

#endif
