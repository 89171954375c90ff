/* A walk over all reports and all orders, in pages; and the alarm. */
#include "api/terms.h"

#include <string.h>

#include "api/later.h"
#include "api/matters.h"
#include "api/terms_parts.h"
#include "base/mem.h"

static bool find_terms(const struct terms_walk *walk, const struct store_item *item, struct terms_found *out)
{
    struct error err;
    memset(out, 0, sizeof *out);
    out->kind = walk->kind;
    out->item = item;
    if (walk->kind == STORE_REPORT) {
        out->matter = &out->report.matter;
        if (report_decode(item->payload, &out->report, &err) == RESULT_OK) {
            out->count = report_terms(&out->report, &walk->today, out->terms);
            return true;
        }
    } else {
        out->matter = &out->order.matter;
        if (order_decode(item->payload, &out->order, &err) == RESULT_OK) {
            out->count = order_terms(&out->order, &walk->today, out->terms);
            return true;
        }
    }
    log_error(walk->api->log, LOG_ERROR, "termijnen-onleesbaar", &err);
    return false;
}

static void read_matter(struct terms_walk *walk, const struct store_item *item)
{
    struct terms_found found;
    if (find_terms(walk, item, &found) && found.count != 0) {
        walk->see(walk, &found);
    }
    mem_wipe(&found, sizeof found);
}

static void next_page(void *ctx);

static void listed(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *err)
{
    struct terms_walk *walk = ctx;
    if (err != NULL) {
        walk->end(walk, err);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        read_matter(walk, &items[i]);
    }
    struct error fault;
    if (more && count != 0) {
        walk->after = items[count - 1].id;
        if (later(walk->api->loop, next_page, walk, &fault) != RESULT_OK) {
            walk->end(walk, &fault);
        }
    } else if (walk->kind == STORE_REPORT) {
        walk->kind = STORE_ORDER;
        store_list(walk->api->door, walk->kind, NULL, STORE_LIST_MAX, listed, walk);
    } else {
        walk->end(walk, NULL);
    }
}

static void next_page(void *ctx)
{
    struct terms_walk *walk = ctx;
    store_list(walk->api->door, walk->kind, &walk->after, STORE_LIST_MAX, listed, walk);
}

void terms_walk(struct terms_walk *walk, struct api *api)
{
    walk->api = api;
    walk->today = matters_today(api);
    walk->kind = STORE_REPORT;
    store_list(api->door, walk->kind, NULL, STORE_LIST_MAX, listed, walk);
}

/* ---- the alarm ---- */

struct look {
    struct terms_walk walk;
    struct store_batch *batch; /* NULL: nothing passed */
    size_t alarms;
    uint64_t running;
    uint64_t passed;
    bool failed;
    bool rest; /* more passed than go into one commit */
};

static void put_back(struct look *look, const struct terms_found *found)
{
    struct buf payload;
    struct error err;
    buf_init(&payload, STORE_PAYLOAD_MAX);
    if (found->kind == STORE_REPORT) {
        report_encode(&found->report, &payload);
    } else {
        order_encode(&found->order, &payload);
    }
    if (buf_result(&payload, "termijn", &err) == RESULT_OK) {
        const struct store_write item = {.id = found->item->id,
                                         .keys = {slice_text(found->matter->number)},
                                         .payload = buf_slice(&payload),
                                         .version = found->item->version};
        store_put(look->batch, found->kind, &item);
    } else {
        look->failed = true;
    }
    buf_wipe(&payload);
}

/* One record: it is about what the organisation did not do, not about what it did with somebody's data. */
static void raise_alarm(struct look *look, struct terms_found *found, const struct term *term)
{
    struct api *api = look->walk.api;
    struct error err;
    struct record record = {.operation = RECORD_TERM_PASSED, .outcome = OUTCOME_DONE, .age = 255};
    char *number = found->kind == STORE_ORDER ? record.case_number : record.report_number;
    memcpy(number, found->matter->number, sizeof found->matter->number);
    memcpy(record.user, NODE_ACCOUNT_NAME, sizeof NODE_ACCOUNT_NAME);
    memcpy(record.covenant, covenant_digest(api->covenant->covenant)->bytes, sizeof record.covenant);
    if (look->batch == NULL) {
        look->batch = store_batch_new(api->door);
    }
    look->failed = look->failed || look->batch == NULL ||
                   audit_append(api->audit, look->batch, &record, slice_text(term_word(term->kind)), &err) != RESULT_OK;
    look->alarms++;
    found->matter->alarmed |= TERM_BIT(term->kind);
}

static void see_for_alarm(struct terms_walk *walk, struct terms_found *found)
{
    struct look *look = (struct look *)walk;
    bool alarmed = false;
    for (size_t i = 0; i < found->count; i++) {
        const struct term *term = &found->terms[i];
        *(term->passed ? &look->passed : &look->running) += 1;
        if (!term->passed || (found->matter->alarmed & TERM_BIT(term->kind)) != 0 || look->failed) {
            continue;
        }
        look->rest = look->rest || look->alarms >= TERMS_ALARMS_MAX;
        if (!look->rest) {
            raise_alarm(look, found, term);
            alarmed = true;
        }
    }
    if (alarmed && !look->failed) {
        put_back(look, found);
    }
}

static void look_ended(struct look *look, const struct error *err)
{
    struct api *api = look->walk.api;
    struct terms_watch *watch = &api->terms;
    watch->looking = false;
    if (err != NULL) {
        log_error(api->log, LOG_ERROR, "termijnen-niet-bewaakt", err);
    }
    watch->changed = watch->changed || err != NULL || look->rest;
    api->calls--;
    mem_free(look);
}

static void alarms_recorded(void *ctx, const struct store_committed *committed, const struct error *err)
{
    (void)committed;
    struct look *look = ctx;
    if (err != NULL) {
        audit_forget_keys(look->walk.api->audit);
    } else {
        log_event(look->walk.api->log, LOG_WARNING, "termijn-verstreken", LOG_NUMBER("aantal", look->alarms));
    }
    look_ended(look, err);
}

static void looked(struct terms_walk *walk, const struct error *err)
{
    struct look *look = (struct look *)walk;
    struct api *api = walk->api;
    struct error failure;
    if (err == NULL && look->failed) {
        (void)error_set(&failure, FAULT_LOG, "termijnen", "het logboek neemt een verstreken termijn niet aan");
        err = &failure;
    }
    if (err == NULL) {
        api->terms.running = look->running;
        api->terms.passed = look->passed;
    }
    if (look->batch != NULL && err == NULL) {
        store_commit(api->door, look->batch, alarms_recorded, look);
        return;
    }
    if (look->batch != NULL) {
        store_batch_free(look->batch);
        audit_forget_keys(api->audit);
    }
    look_ended(look, err);
}

void terms_look(struct api *api)
{
    struct terms_watch *watch = &api->terms;
    const int64_t now = clock_now(api->clock);
    const struct date today = matters_today(api);
    const bool same_day = date_is_set(&watch->day) && date_compare(&watch->day, &today) == 0;
    const bool too_soon = watch->next_ms > now && watch->next_ms - now <= TERMS_LOOK_MS;
    if (watch->looking || (same_day && (!watch->changed || too_soon))) {
        return;
    }
    struct look *look = mem_zalloc(sizeof *look);
    if (look == NULL) {
        return; /* again in a second */
    }
    look->walk.see = see_for_alarm;
    look->walk.end = looked;
    watch->looking = true;
    watch->changed = false;
    watch->day = today;
    watch->next_ms = now + TERMS_LOOK_MS;
    api->calls++;
    terms_walk(&look->walk, api);
}

void terms_changed(struct api *api)
{
    api->terms.changed = true;
}
