#include "api/past_sweep.h"

#include "api/api.h"
#include "api/past_place.h"
#include "base/mem.h"

struct sweep {
    struct api *api;
    int64_t now_ms; /* as far as it is believed */
    struct store_batch *batch;
    struct ident after; /* the last that stays */
    bool has_after;
    bool more;
    size_t removed; /* of this page */
    struct error err;
    bool failed;
};

static void end(struct sweep *sweep, const struct error *err)
{
    if (err != NULL) {
        log_error(sweep->api->log, LOG_ERROR, "vroegere-plaatsen-niet-opgeruimd", err);
    }
    sweep->api->calls--;
    mem_free(sweep);
}

static bool is_over(const struct sweep *sweep, const struct store_item *item)
{
    static const int64_t term_ms = INT64_C(86400000) * MATCH_PAST_DAYS;
    struct past_place place;
    struct error err;
    if (item->damaged || past_place_decode(item->payload, &place, &err) != RESULT_OK) {
        return true;
    }
    return sweep->now_ms - place.ended_ms > term_ms;
}

static void listed(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *err)
{
    struct sweep *sweep = ctx;
    sweep->more = more;
    sweep->failed = err != NULL;
    if (err != NULL) {
        sweep->err = *err;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (is_over(sweep, &items[i])) {
            store_remove(sweep->batch, STORE_PAST_PLACE, &items[i].id);
            sweep->removed++;
        } else {
            sweep->after = items[i].id;
            sweep->has_after = true;
        }
    }
}

static void next_page(struct sweep *sweep);

static void removed(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct sweep *sweep = ctx;
    (void)committed;
    if (err == NULL && sweep->more) {
        next_page(sweep);
    } else {
        end(sweep, err);
    }
}

static void next_page(struct sweep *sweep)
{
    struct store_door *door = sweep->api->door;
    sweep->removed = 0;
    sweep->batch = store_batch_new(door);
    if (sweep->batch == NULL) {
        (void)error_set(&sweep->err, FAULT_NO_MEMORY, "", "geen geheugen");
        end(sweep, &sweep->err);
        return;
    }
    const struct ident after = sweep->after;
    store_list_damaged_too(door, STORE_PAST_PLACE, sweep->has_after ? &after : NULL, MATCH_PAST_SWEEP, listed, sweep);
    if (sweep->failed || sweep->removed == 0) {
        store_batch_free(sweep->batch);
        end(sweep, sweep->failed ? &sweep->err : NULL);
    } else {
        store_commit(door, sweep->batch, removed, sweep);
    }
}

void past_sweep(struct api *api)
{
    struct error err;
    struct sweep *sweep = mem_zalloc(sizeof *sweep);
    if (sweep == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "", "geen geheugen");
        log_error(api->log, LOG_ERROR, "vroegere-plaatsen-niet-opgeruimd", &err);
        return;
    }
    const int64_t now_ms = clock_now(api->clock);
    (void)api_clock_lag(api); /* brings the highest up to now, when now is believed */
    sweep->now_ms = now_ms < api->highest_ms ? now_ms : api->highest_ms;
    sweep->api = api;
    api->calls++;
    next_page(sweep);
}
