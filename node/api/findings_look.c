#include "api/findings_look.h"

#include "api/findings_parts.h"
#include "api/findings_walk.h"
#include "base/mem.h"
#include "base/workdays.h"

enum { LOOK_MS = 1000, REMOVED_MAX = 200 /* in one commit; the rest in a next look */ };

struct look {
    struct findings_walk walk;
    struct date today;
    struct date over; /* what was closed before this day goes; not set: nothing does */
    struct store_batch *batch;
    size_t removed;
    uint64_t open, exceptions;
    bool rest;
};

/* The first day of the month that is kept. */
static struct date kept_since(const struct date *today)
{
    const int months = today->year * 12 + today->month - 1 - FINDINGS_KEPT_MONTHS;
    return (struct date){(int16_t)(months / 12), (uint8_t)(months % 12 + 1), 1};
}

static bool is_over(const struct look *look, const struct finding *finding)
{
    int64_t closed_ms = INT64_MIN;
    for (size_t i = 0; i < finding->step_count; i++) {
        closed_ms = finding->steps[i].kind == FINDING_CLOSE ? finding->steps[i].at_ms : closed_ms;
    }
    const struct date closed = workdays_dutch_day(closed_ms == INT64_MIN ? finding->last_ms : closed_ms);
    return date_is_set(&look->over) && finding->state == FINDING_CLOSED && date_compare(&closed, &look->over) < 0;
}

static void see(struct findings_walk *walk, const struct finding *finding, const struct store_item *item)
{
    struct look *look = (struct look *)walk;
    look->open += finding->state != FINDING_CLOSED;
    look->exceptions += findings_excepted(finding, &look->today);
    if (!is_over(look, finding)) {
        return;
    }
    if (look->removed == REMOVED_MAX) {
        look->rest = true;
        return;
    }
    if (look->batch == NULL) {
        look->batch = store_batch_new(walk->api->door);
    }
    if (look->batch != NULL) {
        store_remove(look->batch, STORE_FINDING, &item->id);
        look->removed++;
    }
}

static void end(struct look *look, const struct error *err)
{
    struct api *api = look->walk.api;
    struct findings_seen *seen = &api->findings;
    seen->looking = false;
    seen->changed = seen->changed || err != NULL || look->rest;
    if (err != NULL) {
        log_error(api->log, LOG_ERROR, "bevindingen-niet-geteld", err);
    } else {
        seen->open = look->open;
        seen->exceptions = look->exceptions;
        seen->looks++;
    }
    api->calls--;
    mem_free(look);
}

static void removed(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct look *look = ctx;
    (void)committed;
    if (err == NULL) {
        log_event(look->walk.api->log, LOG_INFO, "bevindingen-opgeruimd", LOG_NUMBER("aantal", look->removed));
    }
    end(look, err);
}

static void looked(struct findings_walk *walk, const struct error *err)
{
    struct look *look = (struct look *)walk;
    if (look->batch != NULL && err == NULL) {
        store_commit(walk->api->door, look->batch, removed, look);
        return;
    }
    if (look->batch != NULL) {
        store_batch_free(look->batch);
    }
    end(look, err);
}

void findings_look(struct api *api)
{
    struct findings_seen *seen = &api->findings;
    const int64_t now = clock_now(api->clock);
    const struct date today = workdays_dutch_day(now);
    const bool same_day = date_is_set(&seen->day) && date_compare(&seen->day, &today) == 0;
    const bool too_soon = seen->next_ms > now && seen->next_ms - now <= LOOK_MS;
    if (seen->looking || (same_day && (!seen->changed || too_soon))) {
        return;
    }
    struct look *look = mem_zalloc(sizeof *look);
    if (look == NULL) {
        return; /* again in a second */
    }
    struct error err;
    look->walk.api = api;
    look->walk.see = see;
    look->walk.end = looked;
    look->today = today;
    if (!api_clock_wrong(api, &err)) {
        look->over = kept_since(&today);
    }
    seen->looking = true;
    seen->changed = false;
    seen->day = today;
    seen->next_ms = now + LOOK_MS;
    api->calls++;
    findings_walk(&look->walk);
}

void findings_changed(struct api *api)
{
    api->findings.changed = true;
}
