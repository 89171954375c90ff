/* What the day brings of matches: a partner's signal is over by its date; what closed long ago goes, and so do old signals. */
#include <uv.h>

#include "api/meetings_parts.h"
#include "base/mem.h"
#include "base/workdays.h"

enum { MATCHES_A_COMMIT = 50, LATER_MS = 1000 };

struct matches_day {
    struct api *api;
    struct store_batch *batch;
    struct date today;
    size_t changed;
    bool rest; /* more than one commit takes */
    struct ident after;
    bool more;
    struct gone {
        struct ident subject, match;
    } gone[MATCHES_A_COMMIT];
    size_t gone_count;
};

struct removing {
    struct store_batch *batch;
    size_t count;
};

static void remove_events(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *err)
{
    struct removing *r = ctx;
    (void)more;
    for (size_t i = 0; err == NULL && i < count; i++) {
        store_remove(r->batch, STORE_MEETING_EVENT, &items[i].id);
    }
    r->count = err == NULL ? count : SIZE_MAX;
}

/* With its events, of which there are THREAD_EVENTS_MAX at most. */
static void remove_match(struct matches_day *d, const struct meeting_row *row)
{
    struct removing removing = {.batch = d->batch};
    store_list_children(d->api->door, STORE_MEETING_EVENT, &row->id, 0, STORE_LIST_MAX, remove_events, &removing);
    if (removing.count != SIZE_MAX) {
        store_remove(d->batch, STORE_MEETING, &row->id);
        d->gone[d->gone_count++] = (struct gone){row->meeting.subject, row->id};
        d->changed++;
    }
}

/* What says that a spoor is over stays for as long as its signal could still come. */
static bool is_past(const struct matches_day *d, const struct meeting *meeting)
{
    const int64_t kept = meeting->head.number != 0 ? MEETING_KEPT_DAYS : SIGNAL_DAYS_MAX + 31;
    return meeting->state == MEETING_CLOSED && date_is_set(&meeting->closed) &&
           date_days(&d->today) - date_days(&meeting->closed) > kept;
}

/* No signal is left on this side either, and the node that orders is out of reach: it closes here, or it would stay. */
static bool is_alone(const struct matches_day *d, const struct meeting *meeting, bool theirs_over)
{
    const struct meeting_half *own = &meeting->halves[meeting->own];
    return theirs_over && (!own->live || own->ended) && meeting->state != MEETING_CLOSED && !meeting_writes(meeting) &&
           cooperation_quiet(d->api, &meeting->peer);
}

static enum result close_here(struct matches_day *d, struct meeting_row *row, struct error *err)
{
    meeting_replace(&row->meeting, &d->today);
    TRY(meetings_put(d->api, d->batch, row, err));
    TRY(meetings_record(d->api, d->batch, d->api->covenant->covenant, RECORD_MATCH_STEP, row, NULL,
                        meeting_step_word(MEETING_SIGNAL_END), err));
    return meetings_notice(d->api, d->batch, row, NOTICE_STEP, err);
}

static enum result look_at_match(void *ctx, const struct meeting_row *found, struct error *err)
{
    struct matches_day *d = ctx;
    struct meeting_row row = *found;
    const enum meeting_side side = meeting_other(row.meeting.own);
    const struct meeting_half *theirs = &row.meeting.halves[side];
    const bool within = oin_equal(&row.meeting.peer, &d->api->own_oin); /* its halves end with their signals */
    const bool over = !within && row.meeting.state != MEETING_CLOSED && theirs->live && date_is_set(&theirs->until) &&
                      date_compare(&theirs->until, &d->today) < 0;
    d->rest = d->rest || d->changed >= MATCHES_A_COMMIT;
    if (d->rest) {
        return RESULT_OK;
    }
    if (is_past(d, &row.meeting)) {
        remove_match(d, &row);
    } else if (over && meeting_writes(&row.meeting)) {
        const struct meeting_act act = {.step = MEETING_SIGNAL_END, .side = side};
        d->changed++;
        return meetings_act(d->api, d->batch, &row, &act, err);
    } else if (!within && is_alone(d, &row.meeting, over || !theirs->live)) {
        d->changed++;
        return close_here(d, &row, err);
    } else if (over && theirs->contact.name[0] != '\0') { /* the other node puts the end into the history */
        meeting_forget(&row.meeting, side);
        d->changed++;
        return meetings_put(d->api, d->batch, &row, err);
    }
    return RESULT_OK;
}

static void signals_listed(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *err)
{
    struct matches_day *d = ctx;
    d->more = err == NULL && more && count != 0;
    for (size_t i = 0; err == NULL && i < count; i++) {
        struct signal signal;
        struct error fault;
        d->after = items[i].id;
        const bool good = !items[i].damaged && signal_decode(items[i].payload, &signal, &fault) == RESULT_OK;
        if (good && signal.state != SIGNAL_RUNS && d->changed < MATCHES_A_COMMIT &&
            date_days(&d->today) - date_days(&signal.ended) > SIGNAL_KEPT_DAYS) {
            store_remove(d->batch, STORE_SIGNAL, &items[i].id);
            d->changed++;
        }
    }
}

static void remove_old_signals(struct matches_day *d)
{
    bool first = true;
    d->more = true;
    while (d->more) {
        const struct ident after = d->after;
        store_list_damaged_too(d->api->door, STORE_SIGNAL, first ? NULL : &after, STORE_LIST_MAX, signals_listed, d);
        first = false;
    }
    d->rest = d->rest || d->changed >= MATCHES_A_COMMIT;
}

void signals_day_again(struct signals *signals)
{
    signals->day = (struct date){0};
    signals->rest_until_ms = uv_now(signals->api->loop) + LATER_MS;
}

static void matches_written(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct matches_day *d = ctx;
    struct signals *signals = d->api->signals;
    (void)committed;
    signals->api->calls--;
    for (size_t i = 0; i < signals->line_count && err == NULL; i++) {
        outbox_wake(signals->api->outbox, &signals->lines[i]->partner);
    }
    for (size_t i = 0; i < d->gone_count && err == NULL; i++) {
        meetings_people_drop(d->api, &d->gone[i].subject, &d->gone[i].match);
    }
    signals->ends_counted = false; /* some may have gone */
    if (err != NULL) {
        audit_forget_keys(signals->api->audit);
        signals_day_again(signals);
    }
    mem_free(d);
}

static struct matches_day *day_new(struct api *api) /* NULL: no memory */
{
    struct matches_day *d = mem_zalloc(sizeof *d);
    struct store_batch *batch = d != NULL ? store_batch_new(api->door) : NULL;
    if (batch == NULL) {
        mem_free(d);
        return NULL;
    }
    d->api = api;
    d->batch = batch;
    d->today = workdays_dutch_day(clock_now(api->clock));
    return d;
}

static enum result look_at_day(struct matches_day *d, struct error *err)
{
    ENSURE(d != NULL, err, FAULT_NO_MEMORY, "matches", "geen geheugen");
    TRY(meetings_each(d->api, look_at_match, d, err));
    remove_old_signals(d);
    return RESULT_OK;
}

void signals_day_look(struct signals *signals)
{
    struct api *api = signals->api;
    struct error err;
    struct matches_day *d = day_new(api);
    const bool failed = look_at_day(d, &err) != RESULT_OK;
    if (failed) {
        log_error(api->log, LOG_ERROR, "matches-niet-bezien", &err);
        audit_forget_keys(api->audit);
    }
    if (d != NULL && (failed || d->changed == 0)) {
        store_batch_free(d->batch);
        mem_free(d);
    } else if (d != NULL) {
        if (d->rest) {
            signals_day_again(signals);
        }
        api->calls++;
        store_commit(api->door, d->batch, matches_written, d);
    }
}
