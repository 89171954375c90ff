/* Matches held against what holds with partners now: of one that lies still its people are told, once for as long as that
 * lasts. All matches are read, some are written; the rest with a next look. */
#include <string.h>

#include "api/meetings_parts.h"
#include "base/workdays.h"

enum { WRITTEN_MAX = 50 /* in one commit */ };

struct look {
    struct api *api;
    struct store_batch *batch;
    struct date today;
    size_t changed;
    bool more;
};

static enum result look_at(void *ctx, const struct meeting_row *found, struct error *err)
{
    struct look *look = ctx;
    struct meeting_row row = *found;
    struct meeting *meeting = &row.meeting;
    const bool within = oin_equal(&meeting->peer, &look->api->own_oin);
    const bool open = meeting->state != MEETING_CLOSED && meeting->head.number != 0;
    const bool quiet = open && !within && cooperation_quiet(look->api, &meeting->peer);
    if (!open || quiet == meeting->quiet) {
        return RESULT_OK;
    }
    look->more = look->more || look->changed == WRITTEN_MAX;
    if (look->more) {
        return RESULT_OK;
    }
    look->changed++;
    meeting->quiet = quiet;
    if (quiet) {
        const struct notice_to to = {.roles = roles_that_may(MAY_MEET)};
        TRY(notice_put(look->api, look->batch, &to, NOTICE_SILENT, &row.id, (uint32_t)date_days(&look->today), err));
    }
    return meetings_put(look->api, look->batch, &row, err);
}

/* What fails is tried again at each tick, and told once per cause until it went well (`err` NULL). */
static void went(struct signals *signals, const struct error *err)
{
    static const struct error well = {.fault = FAULT_NONE};
    struct error *told = &signals->quiet_failed;
    if (err != NULL && (told->fault != err->fault || strcmp(told->what, err->what) != 0)) {
        log_error(signals->api->log, LOG_ERROR, "matches-niet-bezien", err);
    }
    *told = err != NULL ? *err : well;
}

static void written(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct signals *signals = ctx;
    (void)committed;
    signals->quieting = false;
    signals->api->calls--;
    signals->quiet_due = signals->quiet_due || err != NULL;
    if (err == NULL || err->fault != FAULT_CONFLICT) { /* else a step came between */
        went(signals, err);
    }
}

void meetings_quiet_tick(struct signals *signals)
{
    struct api *api = signals->api;
    struct error err;
    if (!signals->quiet_due || signals->quieting || api->closing) {
        return;
    }
    struct look look = {.api = api, .today = workdays_dutch_day(clock_now(api->clock))};
    look.batch = store_batch_new(api->door);
    const enum result result = look.batch != NULL ? meetings_each(api, look_at, &look, &err)
                                                  : error_set(&err, FAULT_NO_MEMORY, "matches", "geen geheugen");
    signals->quiet_due = result != RESULT_OK || look.more;
    if (result != RESULT_OK || look.changed == 0) {
        store_batch_free(look.batch);
        went(signals, result != RESULT_OK ? &err : NULL);
        return;
    }
    signals->quieting = true;
    api->calls++;
    store_commit(api->door, look.batch, written, signals);
}
