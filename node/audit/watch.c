#include "audit/watch.h"

#include <string.h>

#include "audit/watch_parts.h"
#include "base/mem.h"
#include "base/workdays.h"

/* ---- keys seen in one walk ---- */

void watch_seen_clear(struct watch_seen *seen)
{
    if (seen->turn == UINT32_MAX) {
        memset(seen, 0, sizeof *seen);
    }
    seen->turn++;
}

bool watch_seen_add(struct watch_seen *seen, uint64_t key)
{
    size_t at = (size_t)key & (WATCH_SEEN_ROOM - 1);
    while (seen->slots[at].turn == seen->turn && seen->slots[at].key != key) {
        at = (at + 1) & (WATCH_SEEN_ROOM - 1);
    }
    const bool is_new = seen->slots[at].turn != seen->turn;
    seen->slots[at].key = key;
    seen->slots[at].turn = seen->turn;
    return is_new;
}

/* ---- limits ---- */

const char *watch_limit_key(enum watch_limit limit)
{
    static const char *const keys[] = {
#define X(code, key, least, most, standard) key,
        WATCH_LIMIT_TABLE(X)
#undef X
    };
    return (unsigned)limit < COUNT_OF(keys) ? keys[limit] : "";
}

enum result watch_limits_check(const struct watch_limits *limits, struct error *err)
{
    const int64_t window = limits->value[WATCH_WINDOW_DAYS];
    for (size_t i = 0; i < watch_rule_count; i++) {
        const enum watch_limit term = watch_rules[i].term;
        ENSURE(term == WATCH_LIMIT_COUNT || limits->value[term] <= window, err, FAULT_CONFIG, watch_limit_key(term),
               "een termijn is niet langer dan venster_dagen: %lld", (long long)window);
    }
    ENSURE(limits->value[WATCH_WITHDRAWAL_HOURS] <= window * 24, err, FAULT_CONFIG,
           watch_limit_key(WATCH_WITHDRAWAL_HOURS), "een termijn is niet langer dan venster_dagen: %lld",
           (long long)window);
    ENSURE(limits->value[WATCH_WORK_FROM] < limits->value[WATCH_WORK_TO], err, FAULT_CONFIG,
           watch_limit_key(WATCH_WORK_FROM), "de werktijd begint voor zij eindigt: werk_van is kleiner dan werk_tot");
    return RESULT_OK;
}

/* So long that each stretch that goes on is known from before its beginning: twice the longest term; and the window for
 * what is usual, with the hours before its first day. */
static int64_t kept_ms(const struct watch_limits *limits)
{
    int64_t days = limits->value[WATCH_WINDOW_DAYS];
    for (size_t i = 0; i < watch_rule_count; i++) {
        const enum watch_limit term = watch_rules[i].term;
        const int64_t twice = term != WATCH_LIMIT_COUNT ? 2 * limits->value[term] : 0;
        days = twice > days ? twice : days;
    }
    return (days + 2) * WATCH_DAY_MS;
}

int64_t log_watch_back_ms(const struct watch_limits *limits)
{
    return kept_ms(limits);
}

/* ---- the watch ---- */

enum result log_watch_new(const struct watch_limits *limits, struct log_watch **out, struct error *err)
{
    struct log_watch *watch = mem_zalloc(sizeof *watch);
    ENSURE(watch != NULL, err, FAULT_NO_MEMORY, "bewaking", "geen geheugen");
    watch->limits = *limits;
    watch->newest_ms = INT64_MIN;
    watch->window = watch_window_new();
    watch->seen = mem_zalloc(sizeof *watch->seen);
    watch->waits = mem_array(WATCH_PENDING_MAX, sizeof *watch->waits);
    if (watch->window == NULL || watch->seen == NULL || watch->waits == NULL) {
        log_watch_free(watch);
        FAIL(err, FAULT_NO_MEMORY, "bewaking", "geen geheugen");
    }
    *out = watch;
    return RESULT_OK;
}

void log_watch_free(struct log_watch *watch)
{
    if (watch != NULL) {
        watch_window_free(watch->window);
        watch_told_free(&watch->told);
        mem_free(watch->seen);
        mem_free(watch->waits);
        mem_free(watch);
    }
}

void log_watch_set_limits(struct log_watch *watch, const struct watch_limits *limits)
{
    watch->limits = *limits;
}

void log_watch_except(struct log_watch *watch, const struct watch_exception *all, size_t count)
{
    watch->exception_count = count < EXCEPTIONS_MAX ? count : EXCEPTIONS_MAX;
    if (count != 0) {
        memcpy(watch->exceptions, all, watch->exception_count * sizeof *all);
    }
}

int64_t log_watch_since(const struct log_watch *watch)
{
    return watch_window_since(watch->window);
}

/* Time is that of the records; one that goes back forgets nothing. Back by more than it may: the clock was wrong and was
 * set right, so what is new is so by the time that is right. */
static void turn_to(struct log_watch *watch, int64_t time_ms)
{
    const struct date day = workdays_dutch_day(time_ms);
    const bool set_back = watch->newest_ms > time_ms && watch->newest_ms - time_ms > CLOCK_BACK_MAX_MS;
    watch->newest_ms = time_ms > watch->newest_ms || set_back ? time_ms : watch->newest_ms;
    watch_told_turn(watch, watch_day_number(&day));
    watch_window_forget(watch->window, watch->newest_ms - kept_ms(&watch->limits));
    watch_waits_settle(watch, watch->newest_ms);
}

static enum result take_person(struct log_watch *watch, const struct watch_look *look, struct error *err)
{
    const bool withdrawal = (look->flags & WATCH_WITHDRAWAL) != 0;
    uint32_t row = 0;
    if (look->person == 0 || (!withdrawal && look->user_key == 0)) {
        return RESULT_OK;
    }
    TRY(watch_window_add(watch->window, look, watch_night_of(&watch->limits, look->time_ms), &row, err));
    if (withdrawal) {
        watch_judge_withdrawal(watch, row);
    } else {
        watch_judge(watch, row);
    }
    return RESULT_OK;
}

static enum result take(struct log_watch *watch, const struct watch_look *look, struct error *err)
{
    turn_to(watch, look->time_ms);
    if ((look->flags & (WATCH_EMPTY | WATCH_OUTGROWN | WATCH_PAST_QUOTA | WATCH_FORKED)) != 0) {
        watch_judge_partner(watch, look);
    } else {
        if (look->operation == RECORD_EVALUATION_RECEIVED || look->operation == RECORD_TESTED) {
            watch_wait_for(watch, look);
        }
        if (look->operation != RECORD_EVALUATION_RECEIVED) {
            TRY(take_person(watch, look, err));
        }
    }
    ENSURE(!watch->failed, err, FAULT_NO_MEMORY, "bewaking", "geen geheugen");
    return RESULT_OK;
}

enum result log_watch_learn(struct log_watch *watch, const struct watch_look *look, struct error *err)
{
    return take(watch, look, err);
}

enum result log_watch_take(struct log_watch *watch, const struct watch_look *look, watch_found_fn *found, void *ctx,
                           struct error *err)
{
    watch->found = found;
    watch->found_ctx = ctx;
    const enum result result = take(watch, look, err);
    watch->found = NULL;
    return result;
}

void log_watch_settle(struct log_watch *watch, int64_t now_ms, watch_found_fn *found, void *ctx)
{
    watch->found = found;
    watch->found_ctx = ctx;
    watch_waits_settle(watch, now_ms);
    watch->found = NULL;
}
