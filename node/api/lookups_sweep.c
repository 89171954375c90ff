/*
 * What nothing needs any more goes: values past their term, of an epoch that is over, or that stand on a report or order
 * which is closed, or ended by its date; and pieces of sets that no covenant asks for. Some at a time, so that nobody waits.
 */
#include "api/book.h"
#include "api/lookups_parts.h"
#include "api/match_values.h"
#include "base/mem.h"
#include "base/workdays.h"
#include "domain/order.h"
#include "domain/report.h"
#include "domain/signal.h"

struct sweep {
    struct lookups *lookups;
    struct store_batch *batch;
    size_t removed;
    bool changed;
    bool more;
};

/* ---- values ---- */

struct matter_look {
    const struct date *today;
    bool is_order;
    bool open;
};

static void matter_found(void *ctx, const struct store_found *got, const struct error *failed)
{
    struct matter_look *look = ctx;
    struct report report = {0};
    struct order order = {0};
    struct error err;
    if (failed != NULL) {
        look->open = true; /* nobody can tell: the next time */
    } else if (got->item == NULL) {
        look->open = !look->is_order; /* a report that is not registered has no end but the term */
    } else if (look->is_order) {
        look->open = order_decode(got->item->payload, &order, &err) == RESULT_OK && order_in_force(&order, look->today);
    } else {
        look->open = report_decode(got->item->payload, &report, &err) == RESULT_OK && report_is_open(&report);
    }
    mem_wipe(&report, sizeof report);
    mem_wipe(&order, sizeof order);
}

static void signal_found(void *ctx, const struct store_found *got, const struct error *failed)
{
    struct matter_look *look = ctx;
    struct signal signal;
    struct error err;
    look->open =
        failed != NULL || (got->item != NULL && signal_decode(got->item->payload, &signal, &err) == RESULT_OK &&
                           signal_lives(&signal, look->today));
}

static bool is_open(struct api *api, const struct match_stand *stand)
{
    const struct date today = workdays_dutch_day(clock_now(api->clock));
    struct ident id;
    if (stand->is_signal) {
        struct matter_look live = {&today, false, false};
        if (ident_parse(slice_text(stand->number), &id)) {
            store_get(api->door, STORE_SIGNAL, &id, STORE_KIND_COUNT, signal_found, &live);
        }
        return live.open;
    }
    struct matter_look look = {&today, stand->is_order, true};
    store_find(api->door, stand->is_order ? STORE_ORDER : STORE_REPORT, STORE_KEY_A, slice_text(stand->number),
               STORE_KIND_COUNT, matter_found, &look);
    return look.open;
}

/* Under the key of the set that is here; a value of another is of no use any more. One of a partner without a fresh set
 * waits for it, he may be away for a while: but no longer than a value is of use at all. */
static bool is_of_use(const struct lookups *lookups, const char *purpose, const struct match_kept *kept)
{
    enum { MINUTE_MS = 60000 };
    struct lookup_set set;
    const enum lookup_state state = lookups_state(lookups, &kept->provider, slice_text(purpose), &set);
    const int64_t age_ms = clock_now(lookups->api->clock) - (int64_t)kept->minute * MINUTE_MS;
    if (state != LOOKUP_NONE) {
        const struct match_key key = match_key_of(set.epoch, &set.key);
        return match_key_same(&kept->key, &key) && (state == LOOKUP_READY || age_ms < lookups->times.values_ms);
    }
    return lookups_find(lookups, &kept->provider, slice_text(purpose)) != NULL && age_ms < lookups->times.values_ms;
}

static void drop_what_is_over(struct lookups *lookups, struct match_values *values)
{
    size_t left = 0;
    for (size_t i = values->stand_count; i-- > 0;) {
        const struct match_stand stand = values->stands[i];
        if (!is_open(lookups->api, &stand)) {
            match_values_fall(values, &stand);
        }
    }
    for (size_t i = 0; i < values->count; i++) {
        if (is_of_use(lookups, values->purpose, &values->kept[i])) {
            values->kept[left++] = values->kept[i];
        }
    }
    values->changed = values->changed || left != values->count;
    values->count = left;
}

static void write_page(struct sweep *sweep, const struct store_item *item, const struct match_values *values)
{
    struct buf payload;
    buf_init(&payload, STORE_PAYLOAD_MAX);
    match_values_encode(values, 0, values->count, &payload);
    if (buf_ok(&payload)) {
        const struct store_write write = {.id = item->id, .payload = buf_slice(&payload), .version = item->version};
        store_put(sweep->batch, STORE_MATCH_VALUE, &write);
        sweep->changed = true;
    }
    buf_wipe(&payload);
}

static void sweep_value(struct sweep *sweep, const struct store_item *item)
{
    struct match_values *values = mem_zalloc(sizeof *values);
    struct error err;
    if (values == NULL) {
        return;
    }
    const bool good = match_values_decode(item->payload, values, &err) == RESULT_OK;
    if (good) {
        drop_what_is_over(sweep->lookups, values);
    }
    if (!good || values->count == 0 || !match_values_stands(values, clock_now(sweep->lookups->api->clock))) {
        store_remove(sweep->batch, STORE_MATCH_VALUE, &item->id);
        sweep->removed++;
    } else if (values->changed) {
        write_page(sweep, item, values);
    }
    match_values_free(values);
}

/* ---- pieces of sets ---- */

/* Of a set that is at rest: what is being written is not all there yet. */
static void sweep_piece(struct sweep *sweep, const struct store_item *item)
{
    struct lookup *lookup = NULL;
    uint32_t number = 0;
    const bool good = lookups_piece_of(sweep->lookups, item->payload, &lookup, &number);
    const bool left_over = lookup == NULL || (!lookup->busy && number != UINT32_MAX && number >= lookup->pieces);
    if (!good || left_over) {
        store_remove(sweep->batch, STORE_LOOKUP_SET, &item->id);
        sweep->removed++;
    }
}

/* ---- a step ---- */

static void listed(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *err)
{
    struct sweep *sweep = ctx;
    struct lookups *lookups = sweep->lookups;
    sweep->more = err == NULL && more && count != 0;
    for (size_t i = 0; i < count && err == NULL; i++) {
        const size_t removed = sweep->removed;
        if (items[i].damaged) { /* fetched or evaluated anew, when it is needed */
            log_event(lookups->api->log, LOG_WARNING, "opzoekrij-beschadigd", LOG_NUMBER("soort", items[i].kind));
            store_remove(sweep->batch, items[i].kind, &items[i].id);
            sweep->removed++;
        } else if (lookups->sweep == SWEEP_SETS) {
            sweep_piece(sweep, &items[i]);
        } else {
            sweep_value(sweep, &items[i]);
        }
        if (removed == sweep->removed) { /* what goes cannot be gone on behind */
            lookups->sweep_after = items[i].id;
            lookups->sweep_has_after = true;
        }
    }
}

static void swept(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct lookups *lookups = ctx;
    (void)committed;
    lookups->api->calls--;
    lookups->sweeping = false;
    if (err != NULL && err->fault != FAULT_CONFLICT) { /* what changed meanwhile is looked at the next time */
        log_error(lookups->api->log, LOG_ERROR, "opzoekwaarden-niet-opgeruimd", err);
    }
}

static void next_phase(struct lookups *lookups)
{
    lookups->sweep = lookups->sweep == SWEEP_VALUES ? SWEEP_SETS : SWEEP_RESTS;
    lookups->sweep_has_after = false;
}

static void step(struct lookups *lookups)
{
    struct store_door *door = lookups->api->door;
    struct sweep sweep = {.lookups = lookups, .batch = store_batch_new(door)};
    const struct ident after = lookups->sweep_after;
    const enum store_kind kind = lookups->sweep == SWEEP_SETS ? STORE_LOOKUP_SET : STORE_MATCH_VALUE;
    if (sweep.batch == NULL) {
        return;
    }
    store_list_damaged_too(door, kind, lookups->sweep_has_after ? &after : NULL, MATCH_SWEEP_ITEMS, listed, &sweep);
    if (!sweep.more) {
        next_phase(lookups);
    }
    if (sweep.changed || sweep.removed != 0) {
        lookups->sweeping = true;
        lookups->api->calls++;
        store_commit(door, sweep.batch, swept, lookups);
    } else {
        store_batch_free(sweep.batch);
    }
}

void lookups_sweep(struct lookups *lookups)
{
    const int64_t now_ms = clock_now(lookups->api->clock);
    const int64_t part_ms = lookups->times.values_ms / 4;
    const int64_t wait_ms = part_ms < MATCH_SWEEP_MS ? part_ms : MATCH_SWEEP_MS;
    if (lookups->sweep == SWEEP_RESTS && (now_ms - lookups->swept_ms >= wait_ms || now_ms < lookups->swept_ms)) {
        lookups->swept_ms = now_ms;
        lookups->sweep = SWEEP_VALUES;
    }
    if (lookups->sweep != SWEEP_RESTS && !lookups->sweeping) {
        step(lookups);
    }
}
