/* Legal holds: single records that stay readable when their class key is destroyed. Placed in the key folder first and
 * then recorded, lifted the other way round: see audit/retention.h. */
#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "api/later.h"
#include "api/retention.h"
#include "audit/retention.h"
#include "base/mem.h"

static const struct json_field fields[] = {
    {"regel", JSON_NUMBER, true, 0, INT64_C(1) << 52},
    {"reden", JSON_TEXT, true, CONSULT_REASON_MIN, CONSULT_REASON_MAX},
};

struct holding {
    struct call call;
    uint64_t number;
    char reason[CONSULT_REASON_MAX + 1];
    bool held; /* what is asked for */
    struct seal_hold hold;
    bool failed;
    struct error err;
};

static bool read_body(struct holding *h)
{
    struct fault_list faults = {0};
    struct json *json CLEANUP(json_cleanup) = call_json(&h->call, fields, COUNT_OF(fields), &faults);
    if (faults.count == 0 && !slice_copy_text(json_text_of(json, "reden"), h->reason, sizeof h->reason)) {
        fault_list_add(&faults, FAULT_INVALID, "/reden", "van %d tot en met %d bytes", (int)CONSULT_REASON_MIN,
                       (int)CONSULT_REASON_MAX);
    }
    if (faults.count != 0) {
        struct record refusal = call_record(&h->call, RECORD_REFUSED);
        call_refuse(&h->call, &refusal, &faults);
        return false;
    }
    h->number = (uint64_t)json_int(json_member(json, "regel"));
    return true;
}

static void put_answer(struct holding *h)
{
    struct json_writer w = json_writer(&h->call.body);
    json_begin_object(&w, NULL);
    json_put_int(&w, "regel", (int64_t)h->number);
    json_put_bool(&w, "vastgehouden", h->held);
    json_end_object(&w);
}

/* ---- the record ---- */

static void lift_key(void *ctx)
{
    struct holding *h = ctx;
    h->failed = seal_hold_lift(h->call.api->keyring, h->number, &h->err) != RESULT_OK;
}

static void key_lifted(void *ctx)
{
    struct holding *h = ctx;
    if (h->failed && h->err.fault != FAULT_NOT_FOUND) {
        log_error(h->call.api->log, LOG_ERROR, "vasthouding-nog-niet-opgeheven", &h->err);
        call_fail(&h->call, &h->err);
        return;
    }
    audit_hold_done(h->call.api->audit, h->number);
    call_answer(&h->call, 200);
}

static void recorded(void *ctx, const struct store_committed *done, const struct error *err)
{
    (void)done;
    struct holding *h = ctx;
    struct call *call = &h->call;
    struct error fault;
    if (err != NULL) {
        audit_forget_keys(call->api->audit);
        audit_hold_undo(call->api->audit, h->number, h->held);
        log_error(call->api->log, LOG_ERROR, "vastleggen-mislukt", err);
        call_fail(call, err);
    } else if (h->held) {
        call_answer(call, 201);
    } else if (aside(call->api->loop, lift_key, key_lifted, h, &fault) != RESULT_OK) {
        call_fail(call, &fault);
    }
}

static void record_it(struct holding *h)
{
    struct call *call = &h->call;
    struct error err;
    struct record record = call_record(call, h->held ? RECORD_HELD : RECORD_HOLD_LIFTED);
    struct store_batch *batch = store_batch_new(call->api->door);
    put_answer(h);
    if (batch == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "logboek", "geen geheugen");
        call_unlogged(call, &err);
    } else if (audit_append_hold(call->api->audit, batch, &record, h->number, h->held, slice_text(h->reason), &err) !=
               RESULT_OK) {
        store_batch_free(batch);
        call_unlogged(call, &err);
    } else {
        store_commit(call->api->door, batch, recorded, h);
    }
}

/* ---- placing ---- */

static void place_key(void *ctx)
{
    struct holding *h = ctx;
    h->failed = seal_hold_place(h->call.api->keyring, &h->hold, &h->err) != RESULT_OK;
}

static void key_placed(void *ctx)
{
    struct holding *h = ctx;
    if (!h->failed) {
        record_it(h);
    } else if (h->err.fault == FAULT_NOT_FOUND) {
        call_refuse_with(&h->call, FAULT_CONFLICT, "/regel", "de sleutel van deze regel is er niet meer");
    } else if (h->err.fault == FAULT_CONFLICT || h->err.fault == FAULT_TOO_LARGE) {
        call_refuse_with(&h->call, FAULT_CONFLICT, "/regel", h->err.what);
    } else {
        call_fail(&h->call, &h->err);
    }
}

static void leaf_read(void *ctx, const struct store_leaf *leaves, size_t count, const struct error *err)
{
    struct holding *h = ctx;
    struct error fault;
    if (err != NULL) {
        call_fail(&h->call, err);
        return;
    }
    if (count != 1 || leaves[0].sequence != h->number) {
        call_refuse_with(&h->call, FAULT_NOT_FOUND, "/regel", "deze regel is er niet");
        return;
    }
    if (audit_hold_of(&leaves[0], clock_now(h->call.api->clock), &h->hold, &fault) != RESULT_OK ||
        aside(h->call.api->loop, place_key, key_placed, h, &fault) != RESULT_OK) {
        call_fail(&h->call, &fault);
    }
}

static void add(struct call *call)
{
    struct holding *h = (struct holding *)call;
    h->held = true;
    if (read_body(h)) {
        store_log_read(call->api->door, h->number, 1, leaf_read, h);
    }
}

/* ---- lifting ---- */

static bool is_held(const struct api *api, uint64_t number)
{
    struct seal_hold holds[LOG_HOLDS_MAX];
    const size_t count = seal_holds(api->keyring, holds, LOG_HOLDS_MAX);
    for (size_t i = 0; i < count; i++) {
        if (holds[i].record == number) {
            return true;
        }
    }
    return false;
}

static void lift(struct call *call)
{
    struct holding *h = (struct holding *)call;
    if (!read_body(h)) {
        return;
    }
    if (is_held(call->api, h->number)) {
        record_it(h);
    } else {
        call_refuse_with(call, FAULT_NOT_FOUND, "/regel", "deze regel wordt niet vastgehouden");
    }
}

/* ---- list ---- */

static void list(struct call *call)
{
    struct seal_hold holds[LOG_HOLDS_MAX];
    const size_t count = seal_holds(call->api->keyring, holds, LOG_HOLDS_MAX);
    struct json_writer w = json_writer(&call->body);
    json_begin_object(&w, NULL);
    json_begin_array(&w, "vasthoudingen");
    for (size_t i = 0; i < count; i++) {
        char month[16];
        (void)snprintf(month, sizeof month, "%04u-%02u", (unsigned)holds[i].class.month / 100,
                       (unsigned)holds[i].class.month % 100);
        json_begin_object(&w, NULL);
        json_put_int(&w, "regel", (int64_t)holds[i].record);
        json_put_text(&w, "maand", month);
        json_put_int(&w, "bewaarklasse", holds[i].class.class);
        json_put_text(&w, "sinds", moment_text(holds[i].since_ms).text);
        json_end_object(&w);
    }
    json_end_array(&w);
    json_end_object(&w);
    call_answer(call, 200);
}

static void begin(struct http_request *request, void *ctx, enum permission permission, void (*next)(struct call *call))
{
    struct call *call = call_begin(ctx, request, sizeof(struct holding));
    if (call != NULL) {
        call_require(call, permission, next);
    }
}

void holds_list(struct http_request *request, void *ctx)
{
    begin(request, ctx, MAY_READ_LOG, list);
}

void holds_add(struct http_request *request, void *ctx)
{
    begin(request, ctx, MAY_HOLD_LOG, add);
}

void holds_lift(struct http_request *request, void *ctx)
{
    begin(request, ctx, MAY_HOLD_LOG, lift);
}
