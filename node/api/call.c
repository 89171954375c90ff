#include "api/api.h"

#include <string.h>

#include "base/mem.h"
#include "base/workdays.h"

enum { CALL_BODY_MAX = IMPORT_REFUSED_BYTES + 65536 };

static const char problem_json[] = "application/problem+json";

const struct party *api_self(const struct api *api, const struct covenant *covenant)
{
    return covenant_party(covenant, &api->own_oin);
}

static void client_gone(void *ctx)
{
    struct call *call = ctx;
    call->request = NULL;
}

struct call *call_begin(struct api *api, struct http_request *request, size_t size)
{
    struct call *call = mem_zalloc(size);
    if (call == NULL) {
        struct error err;
        (void)error_set(&err, FAULT_NO_MEMORY, "", "geen geheugen");
        http_answer_error(request, &err);
        return NULL;
    }
    call->api = api;
    api->calls++;
    const struct cert_identity *peer = http_request_peer(request);
    struct api_covenant *agreed = peer != NULL ? api_covenant_with(api, &peer->oin) : NULL;
    call->held = api_hold(agreed != NULL ? agreed : api->covenant);
    call->covenant = call->held->covenant;
    call->request = request;
    call->today = workdays_dutch_day(clock_now(api->clock));
    buf_init(&call->body, CALL_BODY_MAX);
    http_request_on_gone(request, client_gone, call);
    return call;
}

void call_done(struct call *call)
{
    if (call->clean != NULL) {
        call->clean(call);
    }
    buf_wipe(&call->body);
    mem_wipe(&call->person, sizeof call->person);
    api_release_covenant(call->held);
    call->api->calls--;
    mem_free(call);
}

void call_answer(struct call *call, int status)
{
    if (call->request != NULL) {
        if (!buf_ok(&call->body)) {
            struct error err;
            (void)error_set(&err, FAULT_INTERNAL, "", "het antwoord is te groot");
            http_answer_error(call->request, &err);
        } else {
            const char *media_type = call->media_type != NULL ? call->media_type
                                     : status < 400           ? "application/json"
                                                              : problem_json;
            const struct http_header header = {call->header, call->header_value};
            http_answer_with(call->request, status, media_type, buf_slice(&call->body), &header, call->header != NULL);
        }
    }
    call_done(call);
}

void call_stream(struct call *call, const char *media_type,
                 enum http_pull (*pull)(void *ctx, struct buf *out, size_t room), void (*gone)(void *ctx))
{
    if (call->request == NULL) {
        call_done(call);
        return;
    }
    struct http_request *request = call->request;
    call->request = NULL;
    http_request_on_gone(request, gone, call);
    http_answer_stream(request, 200, media_type, pull, call);
}

void call_fail(struct call *call, const struct error *err)
{
    if (call->request != NULL) {
        http_answer_error(call->request, err);
    }
    call_done(call);
}

void call_fail_faults(struct call *call, const struct fault_list *faults)
{
    buf_clear(&call->body);
    json_problem(&call->body, faults);
    call_answer(call, fault_status(faults->items[0].fault));
}

/* ---- records ---- */

struct record call_record(const struct call *call, enum record_operation operation)
{
    struct record record = {.operation = operation, .age = 255};
    memcpy(record.user, call->caller.name, sizeof record.user);
    for (unsigned i = 0; i < ROLE_COUNT && record.role[0] == '\0'; i++) {
        const uint32_t bit = 1U << i;
        if ((call->caller.roles & bit) != 0 && (role_may(bit) & (uint32_t)call->permission) != 0) {
            (void)slice_copy_text(slice_text(role_word((enum role)i)), record.role, sizeof record.role);
        }
    }
    memcpy(record.covenant, covenant_digest(call->covenant)->bytes, sizeof record.covenant);
    return record;
}

struct record call_refusal(const struct call *call)
{
    struct record record = call_record(call, RECORD_REFUSED);
    if (bsn_is_set(&call->person)) {
        record.bsn = call->person;
    } else {
        record.subject = call->subject;
    }
    return record;
}

static enum result batch_ready(const struct call *call, struct store_batch **batch, struct error *err)
{
    if (*batch == NULL) {
        *batch = store_batch_new(call->api->door);
        ENSURE(*batch != NULL, err, FAULT_NO_MEMORY, "logboek", "geen geheugen");
    }
    return RESULT_OK;
}

enum result call_log(struct call *call, struct store_batch **batch, struct record *record, struct slice text,
                     struct error *err)
{
    TRY(batch_ready(call, batch, err));
    if (audit_append(call->api->audit, *batch, record, text, err) != RESULT_OK) {
        call_drop(call, *batch);
        *batch = NULL;
        return RESULT_FAILED;
    }
    return RESULT_OK;
}

enum result call_log_exchange(struct call *call, struct store_batch **batch, struct record *record, struct slice text,
                              struct slice receipt, struct store_place *place, struct error *err)
{
    TRY(batch_ready(call, batch, err));
    if (audit_append_exchange(call->api->audit, *batch, record, text, receipt, place, err) != RESULT_OK) {
        call_drop(call, *batch);
        *batch = NULL;
        return RESULT_FAILED;
    }
    return RESULT_OK;
}

void call_drop(struct call *call, struct store_batch *batch)
{
    if (batch != NULL) {
        store_batch_free(batch);
        audit_forget_keys(call->api->audit);
    }
}

/* ---- ends that are recorded ---- */

static void receipt_made(void *ctx, const uint8_t *receipt, const struct error *why)
{
    struct call *call = ctx;
    if (receipt == NULL) {
        call_unlogged(call, why);
        return;
    }
    receipt_write(receipt, (char *)call->body.ptr + call->receipt_at);
    call_answer(call, call->status);
}

static void committed(void *ctx, const struct store_committed *done, const struct error *err)
{
    struct call *call = ctx;
    if (err == NULL && call->committed != NULL && !call->refusing) {
        call->committed(call);
    }
    if (err == NULL && call->want.got != NULL) {
        call->want.sequence += done->first_leaf;
        receipts_want(call->api->receipts, &call->want);
        return;
    }
    if (err == NULL) {
        call_answer(call, call->status);
        return;
    }
    /* The commitment to a new class key may have been in this batch: it is logged again. */
    audit_forget_keys(call->api->audit);
    if (err->fault == FAULT_CONFLICT && !call->refusing && call->conflicted != NULL && call->conflicted(call)) {
        return;
    }
    if (err->fault == FAULT_CONFLICT && !call->refusing) {
        /* That a person is here already is told to nobody without a record of who heard it. */
        struct record record = call_refusal(call);
        call_refuse_error(call, &record, err);
        mem_wipe(&record, sizeof record);
        return;
    }
    log_error(call->api->log, LOG_ERROR, "vastleggen-mislukt", err);
    call_fail(call, err);
}

void call_commit(struct call *call, struct store_batch *batch, int status)
{
    struct error err;
    if (batch == NULL) { /* nothing was recorded, so nothing is answered */
        (void)error_set(&err, FAULT_LOG, "", "een antwoord zonder regel");
        call_unlogged(call, &err);
        return;
    }
    call->status = status;
    store_commit(call->api->door, batch, committed, call);
}

void call_commit_receipt(struct call *call, struct store_batch *batch, int status, const struct store_place *place,
                         size_t at)
{
    call->receipt_at = at;
    call->want = (struct receipt_want){.sequence = place->index,
                                       .leaf_hash = place->leaf_hash,
                                       .peer = http_request_peer(call->request)->oin,
                                       .got = receipt_made,
                                       .ctx = call};
    call_commit(call, batch, status);
}

void call_unlogged(struct call *call, const struct error *why)
{
    struct error err;
    log_error(call->api->log, LOG_ERROR, "logboek-neemt-niets-aan", why);
    (void)error_set(&err, FAULT_LOG, "", "het logboek neemt niets aan");
    call_fail(call, &err);
}

void call_refuse_each(struct call *call, struct record *records, size_t count, const struct fault_list *faults)
{
    struct error err;
    struct store_batch *batch = NULL;
    for (size_t i = 0; i < count; i++) {
        records[i].outcome = OUTCOME_REFUSED;
        records[i].fault = faults->items[0].fault;
        if (call_log(call, &batch, &records[i], slice_of(NULL, 0), &err) != RESULT_OK) {
            call_unlogged(call, &err);
            return;
        }
    }
    buf_clear(&call->body);
    json_problem(&call->body, faults);
    call->refusing = true;
    call_commit(call, batch, fault_status(faults->items[0].fault));
}

void call_refuse(struct call *call, struct record *record, const struct fault_list *faults)
{
    call_refuse_each(call, record, 1, faults);
}

void call_refuse_error(struct call *call, struct record *record, const struct error *err)
{
    struct fault_list faults = {.count = 1, .items = {*err}};
    call_refuse(call, record, &faults);
}

void call_refuse_with(struct call *call, enum fault fault, const char *where, const char *what)
{
    struct error err;
    struct record record = call_refusal(call);
    (void)error_set(&err, fault, where, "%s", what);
    call_refuse_error(call, &record, &err);
    mem_wipe(&record, sizeof record);
}

struct json *call_json(struct call *call, const struct json_field *fields, size_t count, struct fault_list *faults)
{
    struct json *body = NULL;
    struct error err;
    if (json_parse(http_request_body(call->request), &body, &err) != RESULT_OK) {
        fault_list_add(faults, err.fault, err.where, "%s", err.what);
        return NULL;
    }
    json_check(body, "", fields, count, faults);
    return body;
}
