#include "api/retention.h"

#include <stdio.h>
#include <string.h>

#include "api/ending.h"
#include "api/later.h"
#include "api/past_sweep.h"
#include "base/mem.h"

static const char *const state_words[] = {
    [AUDIT_KEY_NONE] = "",
    [AUDIT_KEY_PRESENT] = "aanwezig",
    [AUDIT_KEY_MISSING] = "ontbreekt",
    [AUDIT_KEY_DESTROYED] = "vernietigd",
};

enum { MONTH_TEXT = 7 /* JJJJ-MM */ };

/* ---- list ---- */

static size_t held_in(const struct seal_hold *holds, size_t count, struct seal_class class)
{
    size_t held = 0;
    for (size_t i = 0; i < count; i++) {
        held += holds[i].class.month == class.month && holds[i].class.class == class.class;
    }
    return held;
}

static void put_month(struct json_writer *w, struct seal_class class)
{
    char month[16];
    (void)snprintf(month, sizeof month, "%04u-%02u", (unsigned)class.month / 100, (unsigned)class.month % 100);
    json_put_text(w, "maand", month);
    json_put_int(w, "bewaarklasse", class.class);
}

static void put_class(struct json_writer *w, const struct audit_class *class, const struct date *today, size_t held)
{
    json_begin_object(w, NULL);
    put_month(w, class->class);
    json_put_int(w, "regels", (int64_t) class->records);
    json_put_text(w, "sleutel", state_words[class->state]);
    if (class->term_months != 0) {
        json_put_int(w, "termijnMaanden", class->term_months);
        json_put_text(w, "vernietigenVanaf", date_text(&class->due).text);
    }
    json_put_bool(w, "termijnOm", audit_class_over(class, today));
    if (class->destroyed_ms != 0) {
        json_put_text(w, "vernietigdOp", moment_text(class->destroyed_ms).text);
    }
    json_put_int(w, "vastgehouden", (int64_t)held);
    json_end_object(w);
}

static void put_classes(struct call *call)
{
    struct seal_hold holds[LOG_HOLDS_MAX];
    const size_t count = seal_holds(call->api->keyring, holds, LOG_HOLDS_MAX);
    struct audit_class class;
    struct json_writer w = json_writer(&call->body);
    json_begin_object(&w, NULL);
    json_put_int(&w, "regels", (int64_t)audit_counted(call->api->audit));
    json_begin_array(&w, "klassen");
    for (size_t at = 0; audit_next_class(call->api->audit, &at, &class);) {
        put_class(&w, &class, &call->today, held_in(holds, count, class.class));
    }
    json_end_array(&w);
    json_end_object(&w);
}

static void count_on(void *ctx);

static void page_read(void *ctx, const struct store_leaf *leaves, size_t count, const struct error *err)
{
    struct call *call = ctx;
    struct error fault;
    if (err != NULL) {
        call_fail(call, err);
        return;
    }
    audit_count(call->api->audit, leaves, count);
    if (count == RETENTION_COUNT_PAGE && call->request != NULL) {
        if (later(call->api->loop, count_on, call, &fault) != RESULT_OK) {
            call_fail(call, &fault);
        }
        return;
    }
    put_classes(call);
    call_answer(call, 200);
}

/* What was counted once is not counted again: the log only grows. */
static void count_on(void *ctx)
{
    struct call *call = ctx;
    store_log_read(call->api->door, audit_counted(call->api->audit), RETENTION_COUNT_PAGE, page_read, call);
}

static void list(struct call *call)
{
    count_on(call);
}

/* ---- destroy ---- */

static const struct json_field destroy_fields[] = {
    {"proef", JSON_BOOL, true, 0, 0},
    {"maand", JSON_TEXT, false, MONTH_TEXT, MONTH_TEXT},
    {"bewaarklasse", JSON_NUMBER, false, 0, AUDIT_CLASSES - 1},
};

static bool month_parse(struct slice text, uint32_t *out)
{
    struct date day;
    char first[DATE_TEXT_SIZE + 8];
    (void)snprintf(first, sizeof first, "%.*s-01", (int)text.len, (const char *)text.ptr);
    if (!date_parse(slice_text(first), &day)) {
        return false;
    }
    *out = (uint32_t)day.year * 100U + day.month;
    return true;
}

/* One month and class: it must be there, and over. */
static void choose_one(const struct call *call, struct ending *e, const struct json *json, struct fault_list *faults)
{
    struct audit_class found;
    struct seal_class class = {0, (uint8_t)json_int(json_member(json, "bewaarklasse"))};
    const bool month = month_parse(json_text_of(json, "maand"), &class.month);
    if (!month || json_member(json, "bewaarklasse") == NULL) {
        fault_list_add(faults, FAULT_INVALID, "/maand", "maand (JJJJ-MM) en bewaarklasse horen bij elkaar");
    } else if (!audit_find_class(call->api->audit, class, &found)) {
        fault_list_add(faults, FAULT_NOT_FOUND, "/maand",
                       "van deze maand en bewaarklasse heeft het logboek geen sleutel");
    } else if (found.state == AUDIT_KEY_DESTROYED) {
        fault_list_add(faults, FAULT_CONFLICT, "/maand", "deze sleutel is al vernietigd op %s",
                       moment_text(found.destroyed_ms).text);
    } else if (!date_is_set(&found.due)) {
        fault_list_add(faults, FAULT_CONFLICT, "/bewaarklasse",
                       "van deze bewaarklasse is geen termijn bekend: er wordt niets vernietigd");
    } else if (!audit_class_over(&found, &call->today)) {
        fault_list_add(faults, FAULT_CONFLICT, "/maand", "de termijn is nog niet om: vernietigen kan vanaf %s",
                       date_text(&found.due).text);
    } else {
        e->classes[e->count++] = class;
    }
}

static void put_ending(struct call *call, const struct ending *e, bool rehearsal)
{
    struct json_writer w = json_writer(&call->body);
    json_begin_object(&w, NULL);
    json_put_text(&w, "vandaag", date_text(&call->today).text);
    json_put_bool(&w, "proef", rehearsal);
    json_begin_array(&w, "sleutels");
    for (size_t i = 0; i < e->count; i++) {
        json_begin_object(&w, NULL);
        put_month(&w, e->classes[i]);
        json_end_object(&w);
    }
    json_end_array(&w);
    json_end_object(&w);
}

static void ended(void *ctx, const struct error *err)
{
    struct call *call = ctx;
    if (err != NULL) {
        call_fail(call, err);
    } else {
        call_answer(call, 200);
    }
}

static void destroy_chosen(struct call *call, struct ending *e, bool rehearsal)
{
    struct error err;
    const struct record record = call_record(call, RECORD_KEY_DESTROYED);
    put_ending(call, e, rehearsal);
    if (rehearsal || e->count == 0) {
        ending_free(e);
        call_answer(call, 200);
    } else if (ending_begin(e, &record, ended, call, &err) != RESULT_OK) {
        ending_free(e);
        call_unlogged(call, &err);
    }
}

static void destroy(struct call *call)
{
    struct fault_list faults = {0};
    struct ending *e = ending_new(call->api);
    struct json *json CLEANUP(json_cleanup) = call_json(call, destroy_fields, COUNT_OF(destroy_fields), &faults);
    if (e == NULL) {
        fault_list_add(&faults, FAULT_NO_MEMORY, "", "geen geheugen");
    } else if (faults.count == 0 && (json_member(json, "maand") != NULL || json_member(json, "bewaarklasse") != NULL)) {
        choose_one(call, e, json, &faults);
    } else if (faults.count == 0) {
        ending_add_all_over(e);
    }
    if (e == NULL || faults.count != 0) {
        struct record refusal = call_record(call, RECORD_REFUSED);
        ending_free(e);
        call_refuse(call, &refusal, &faults);
        return;
    }
    destroy_chosen(call, e, json_bool(json_member(json, "proef")));
}

/* ---- by itself ---- */

void retention_set_terms(struct api *api)
{
    uint16_t terms[AUDIT_CLASSES] = {0};
    for (int i = 0; i < AUDIT_CLASSES; i++) {
        terms[i] = (uint16_t)covenant_retention(api->covenant->covenant, i);
    }
    terms[AUDIT_OWN_CLASS] = api->own_months;
    audit_set_terms(api->audit, terms);
}

void retention_tell(struct api *api)
{
    struct error err;
    const struct audit_findings found = audit_findings(api->audit);
    struct audit_class class;
    for (size_t at = 0; audit_next_class(api->audit, &at, &class);) {
        if (class.state == AUDIT_KEY_MISSING) {
            (void)error_set(&err, FAULT_CONFIG, "sleutels",
                            "de logboeksleutel van maand %u, bewaarklasse %u is weg, en het logboek zegt niet dat hij "
                            "vernietigd is",
                            (unsigned)class.class.month, (unsigned)class.class.class);
            log_error(api->log, LOG_ERROR, "logboeksleutel-ontbreekt", &err);
        }
    }
    if (found.unfinished != 0 || found.holds_missing != 0 || found.holds_unrecorded != 0) {
        log_event(api->log, LOG_ERROR, "sleutelmap-en-logboek-verschillen",
                  LOG_NUMBER("nogNietVernietigd", found.unfinished),
                  LOG_NUMBER("vastgehoudenZonderSleutel", found.holds_missing),
                  LOG_NUMBER("vastgehoudenZonderRegel", found.holds_unrecorded));
    }
}

static void look_again_soon(struct api *api)
{
    api->retention_at = clock_now(api->clock) + RETENTION_RETRY_MS;
}

static void looked(void *ctx, const struct error *err)
{
    if (err != NULL) { /* logged where it went wrong */
        look_again_soon(ctx);
    }
}

/* What was recorded earlier and could not be done. */
static void settle(struct api *api)
{
    struct error err;
    if (audit_settle(api->audit, &err) != RESULT_OK) {
        log_error(api->log, LOG_ERROR, "logboeksleutel-nog-niet-vernietigd", &err);
        look_again_soon(api);
    }
}

static void destroy_over(struct api *api)
{
    struct error err;
    struct record record = {.operation = RECORD_KEY_DESTROYED, .age = 255};
    struct ending *e = ending_new(api);
    if (e == NULL) {
        look_again_soon(api);
        return;
    }
    memcpy(record.user, NODE_ACCOUNT_NAME, sizeof NODE_ACCOUNT_NAME);
    memcpy(record.covenant, covenant_digest(api->covenant->covenant)->bytes, sizeof record.covenant);
    ending_add_all_over(e);
    if (e->count == RETENTION_DESTROY_MAX) {
        look_again_soon(api);
    }
    if (e->count == 0) {
        ending_free(e);
    } else if (ending_begin(e, &record, looked, api, &err) != RESULT_OK) {
        log_error(api->log, LOG_ERROR, "vernietiging-niet-vastgelegd", &err);
        look_again_soon(api);
        ending_free(e);
    }
}

void retention_look(struct api *api)
{
    const int64_t wait = api->retention_at - clock_now(api->clock);
    if (wait > 0 && wait <= RETENTION_CHECK_MS) { /* longer: the clock was put back */
        return;
    }
    api->retention_at = clock_now(api->clock) + RETENTION_CHECK_MS;
    settle(api);
    destroy_over(api);
    past_sweep(api);
}

/* ---- routes ---- */

static void begin(struct http_request *request, void *ctx, enum permission permission, void (*next)(struct call *call))
{
    struct call *call = call_begin(ctx, request, sizeof(struct call));
    if (call != NULL) {
        call_require(call, permission, next);
    }
}

void retention_list(struct http_request *request, void *ctx)
{
    begin(request, ctx, MAY_VERIFY_LOG, list);
}

void retention_destroy(struct http_request *request, void *ctx)
{
    begin(request, ctx, MAY_MANAGE, destroy);
}
