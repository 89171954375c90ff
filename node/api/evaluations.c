/* In this order: read and check -> wait for its turn -> the quota -> evaluate aside -> quota and record, one commit ->
 * receipt. */
#include "api/evaluations.h"

#include <inttypes.h>
#include <stdio.h>

#include "api/api.h"
#include "api/evaluation_quota.h"
#include "api/finding_texts.h"
#include "api/later.h"
#include "api/match_wire.h"
#include "api/set_access.h"
#include "api/sharing.h"
#include "base/mem.h"
#include "base/workdays.h"
#include "matching/voprf.h"

struct evaluating {
    struct call call;
    struct evaluating *behind;
    bool in_line;
    bool started;
    struct record record;
    uint8_t receipt[RECEIPT_BYTES]; /* the asker's */
    const struct party *requester;
    const struct purpose *purpose;
    struct match_scope scope;
    struct voprf_element blinded[MATCH_BATCH];
    struct quota_used used; /* with this batch */
    struct ident used_id;
    uint64_t used_version; /* 0: not there yet */
    enum quota_bound past; /* of an urgent purpose, when it is to be told */
    /* the worker's, between aside and its return */
    struct voprf_key *key; /* in locked memory */
    uint8_t wide[VOPRF_WIDE];
    struct match_evaluated evaluated;
    enum result result;
    struct error why;
};

/* ---- one of a partner at a time: what is read of its quota is still so when it is written ---- */

static void look_up(struct evaluating *e);

static bool has_turn(const struct api *api, const struct evaluating *e)
{
    for (const struct evaluating *ahead = api->evaluations; ahead != e; ahead = ahead->behind) {
        if (oin_equal(&ahead->scope.requester, &e->scope.requester)) {
            return false;
        }
    }
    return !e->started;
}

static struct evaluating *next_turn(const struct api *api)
{
    struct evaluating *e = api->evaluations;
    while (e != NULL && !has_turn(api, e)) {
        e = e->behind;
    }
    return e;
}

static void give_turns(struct api *api)
{
    if (api->evaluations_turning) {
        return; /* from within the loop below */
    }
    api->evaluations_turning = true;
    for (struct evaluating *e = next_turn(api); e != NULL; e = next_turn(api)) {
        e->started = true;
        look_up(e);
    }
    api->evaluations_turning = false;
}

/* Few partners that ask much keep nobody else out: the first of each finds room always, and a share is for what is urgent. */
static bool has_room(const struct evaluating *e, size_t all, size_t own)
{
    const size_t most = EVALUATIONS_MAX - (e->purpose->urgent ? 0 : EVALUATIONS_URGENT);
    return own == 0 || (own < EVALUATIONS_EACH && all < most);
}

static void line_up(struct evaluating *e)
{
    struct evaluating **end = &e->call.api->evaluations;
    struct error err;
    size_t all = 0;
    size_t own = 0;
    for (; *end != NULL; end = &(*end)->behind) {
        all++;
        own +=
            oin_equal(&(*end)->scope.requester, &e->scope.requester) && (*end)->purpose->urgent == e->purpose->urgent;
    }
    if (!has_room(e, all, own)) {
        (void)error_set(&err, FAULT_BUSY, "", "er wachten al %d aanvragen, of %d van uw organisatie",
                        (int)EVALUATIONS_MAX, (int)EVALUATIONS_EACH);
        call_fail(&e->call, &err);
        return;
    }
    e->in_line = true;
    *end = e;
    give_turns(e->call.api);
}

static void clean(struct call *call)
{
    struct evaluating *e = (struct evaluating *)call;
    voprf_secret_free(e->key);
    mem_wipe(e->wide, sizeof e->wide);
    if (e->in_line) {
        struct evaluating **at = &call->api->evaluations;
        while (*at != e) {
            at = &(*at)->behind;
        }
        *at = e->behind;
        give_turns(call->api);
    }
}

/* ---- the end ---- */

/* Our own failure is no refusal. */
static void refuse(struct evaluating *e, const struct error *err)
{
    if (fault_status(err->fault) >= 500) {
        call_fail(&e->call, err);
        return;
    }
    e->record.operation = RECORD_REFUSED;
    call_refuse_error(&e->call, &e->record, err);
}

static enum result put_used(const struct evaluating *e, struct store_batch *batch, struct error *err)
{
    struct buf payload;
    const struct quota_key key = quota_key(&e->scope.requester, e->scope.purpose);
    buf_init(&payload, STORE_PAYLOAD_MAX);
    quota_encode(&e->used, &payload);
    const struct store_write item = {.id = e->used_id,
                                     .keys = {slice_text(key.text)},
                                     .payload = buf_slice(&payload),
                                     .version = e->used_version,
                                     .is_new = e->used_version == 0};
    const enum result result = buf_result(&payload, "", err);
    if (result == RESULT_OK) {
        store_put(batch, STORE_QUOTA, &item);
    }
    buf_free(&payload);
    return result;
}

static enum result log_finding(struct evaluating *e, struct store_batch **batch, struct error *err)
{
    char text[CODE_MAX + 160];
    struct record finding = call_record(&e->call, RECORD_MATCH_FINDING);
    finding.peer = e->scope.requester;
    finding.class = e->record.class;
    memcpy(finding.purpose, e->record.purpose, sizeof finding.purpose);
    finding.outcome = OUTCOME_DONE;
    const struct policy_quota quota = policy_quota_of(e->purpose, e->requester);
    (void)snprintf(text, sizeof text, FINDING_TEXT_QUOTA "%" PRId64 " per %s", quota_of_bound(&quota, e->past),
                   quota_bound_word(e->past));
    return call_log(&e->call, batch, &finding, slice_text(text), err);
}

static enum result record_all(struct evaluating *e, struct store_batch **batch, struct store_place *place,
                              struct error *err)
{
    TRY(call_log_exchange(&e->call, batch, &e->record, slice_of(NULL, 0), slice_of(e->receipt, RECEIPT_BYTES), place,
                          err));
    return e->past != QUOTA_WITHIN ? log_finding(e, batch, err) : RESULT_OK;
}

static void save(struct evaluating *e)
{
    struct error err;
    struct store_batch *batch = NULL;
    struct store_place place;
    const size_t receipt_at = evaluation_answer_write(e->scope.epoch, &e->key->public, &e->evaluated, &e->call.body);
    e->record.outcome = OUTCOME_DONE;
    e->record.entries = MATCH_BATCH;
    if (buf_result(&e->call.body, "antwoord", &err) != RESULT_OK) {
        call_fail(&e->call, &err);
    } else if (record_all(e, &batch, &place, &err) != RESULT_OK) {
        call_unlogged(&e->call, &err);
    } else if (put_used(e, batch, &err) != RESULT_OK) {
        call_drop(&e->call, batch);
        call_fail(&e->call, &err);
    } else {
        call_commit_receipt(&e->call, batch, 200, &place, receipt_at);
    }
}

/* ---- evaluation ---- */

static void evaluate(void *ctx)
{
    struct evaluating *e = ctx;
    e->result =
        voprf_evaluate(e->key, e->blinded, MATCH_BATCH, e->wide, e->evaluated.values, e->evaluated.proof, &e->why);
}

static void evaluated(void *ctx)
{
    struct evaluating *e = ctx;
    struct error err;
    mem_wipe(&e->key->secret, sizeof e->key->secret);
    if (e->result != RESULT_OK) {
        refuse(e, &e->why);
    } else if (set_access(&e->call, e->requester, e->scope.purpose, "/doel", &err) != RESULT_OK) {
        refuse(e, &err); /* what somebody revoked meanwhile holds no more */
    } else {
        save(e);
    }
}

static void go_aside(struct evaluating *e)
{
    struct error err;
    struct api *api = e->call.api;
    e->key = voprf_secret_new(sizeof *e->key);
    if (e->key == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "", "geen geheugen voor een sleutel");
        call_fail(&e->call, &err);
        return;
    }
    if (sharing_key(api->sharing, &e->scope, e->key, &err) != RESULT_OK) {
        refuse(e, &err);
        return;
    }
    api->entropy->fill(api->entropy->ctx, e->wide, sizeof e->wide);
    if (aside(api->loop, evaluate, evaluated, e, &err) != RESULT_OK) {
        call_fail(&e->call, &err);
    }
}

/* ---- the quota ---- */

static int64_t opens_at(const struct evaluating *e, enum quota_bound bound)
{
    const struct date last = {e->call.today.year, 12, 31};
    switch (bound) {
    case QUOTA_YEAR:
        return workdays_day_ends(&last);
    case QUOTA_EPOCH:
        return sharing_epoch_opens(e->call.api->sharing, e->scope.epoch + 1);
    case QUOTA_DAY:
    case QUOTA_WITHIN:
        break;
    }
    return workdays_day_ends(&e->call.today);
}

static void refuse_more(struct evaluating *e, const struct policy_quota *quota, enum quota_bound bound)
{
    struct error err;
    const int64_t left_ms = opens_at(e, bound) - clock_now(e->call.api->clock);
    (void)error_set(&err, FAULT_TOO_MANY, "/doel",
                    "voor dit doel worden per %s hoogstens %" PRId64 " waarden omgezet, en dat aantal is bereikt",
                    quota_bound_word(bound), quota_of_bound(quota, bound));
    e->call.header = "retry-after";
    (void)snprintf(e->call.header_value, sizeof e->call.header_value, "%" PRId64,
                   left_ms > 0 ? (left_ms + 999) / 1000 : 1);
    refuse(e, &err);
}

static enum result take_used(struct evaluating *e, const struct store_found *found, struct error *err)
{
    if (found->item != NULL) {
        TRY(quota_decode(found->item->payload, &e->used, err));
        e->used_id = found->item->id;
        e->used_version = found->item->version;
        return RESULT_OK;
    }
    e->used = (struct quota_used){.partner = e->scope.requester};
    memcpy(e->used.purpose, e->record.purpose, sizeof e->used.purpose);
    e->used_id = entropy_ident(e->call.api->entropy);
    return RESULT_OK;
}

/* Days in which this epoch and the one before it both serve: from its opening until as long after its start. */
static int renewal_days(const struct sharing *sharing, uint32_t epoch)
{
    enum { DAY_MS = 86400000 };
    const int64_t opens = sharing_epoch_opens(sharing, epoch);
    const int64_t start = (int64_t)epoch * (sharing_epoch_opens(sharing, epoch + 1) - opens);
    return (int)((2 * (start - opens) + DAY_MS - 1) / DAY_MS);
}

static struct quota_moment moment(const struct evaluating *e)
{
    const uint32_t epoch = e->scope.epoch;
    const struct sharing *sharing = e->call.api->sharing;
    const bool two = epoch > 0 && sharing_epoch_serves(sharing, epoch - 1);
    return (struct quota_moment){e->call.today, epoch, two ? renewal_days(sharing, epoch) : 0};
}

static void quota_found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct evaluating *e = ctx;
    struct error err;
    if (failed != NULL) {
        call_fail(&e->call, failed);
        return;
    }
    if (take_used(e, found, &err) != RESULT_OK) {
        call_fail(&e->call, &err);
        return;
    }
    const struct policy_quota quota = policy_quota_of(e->purpose, e->requester);
    const struct quota_moment now = moment(e);
    const enum quota_bound past = quota_count(&e->used, &quota, &now, MATCH_BATCH);
    if (past != QUOTA_WITHIN && !e->purpose->urgent) {
        refuse_more(e, &quota, past);
        return;
    }
    if (past != QUOTA_WITHIN && (!date_is_set(&e->used.told) || date_compare(&e->used.told, &e->call.today) != 0)) {
        e->past = past;
        e->used.told = e->call.today;
    }
    go_aside(e);
}

static void look_up(struct evaluating *e)
{
    const struct quota_key key = quota_key(&e->scope.requester, e->scope.purpose);
    store_find(e->call.api->door, STORE_QUOTA, STORE_KEY_A, slice_text(key.text), STORE_KIND_COUNT, quota_found, e);
}

/* ---- the request ---- */

static void read_purpose(struct evaluating *e, struct slice code, struct fault_list *faults)
{
    e->purpose = covenant_purpose(e->call.covenant, code);
    if (e->purpose == NULL) {
        fault_list_add(faults, FAULT_INVALID, "/doel", "dit doel staat niet in het convenant");
        return;
    }
    (void)slice_copy_text(code, e->record.purpose, sizeof e->record.purpose);
    e->record.class.class = (uint8_t)e->purpose->retention_class;
    e->scope.purpose = slice_text(e->record.purpose);
}

static void read_all(struct evaluating *e, struct http_request *request, struct fault_list *faults)
{
    struct error err;
    if (!ident_parse(http_request_header(request, "request-id"), &e->record.request_id)) {
        fault_list_add(faults, FAULT_INVALID, "request-id", "hier horen 32 hexadecimale cijfers");
    }
    struct json *json CLEANUP(json_cleanup) = NULL;
    struct evaluation_question question = {.epoch = 0};
    if (json_parse(http_request_body(request), &json, &err) != RESULT_OK) {
        fault_list_add(faults, err.fault, err.where, "%s", err.what);
    } else {
        evaluation_question_read(json, &question, faults);
    }
    if (faults->count != 0) {
        return;
    }
    memcpy(e->blinded, question.blinded, sizeof e->blinded);
    e->scope.epoch = question.epoch;
    read_purpose(e, question.purpose, faults);
    if (faults->count == 0 && receipt_read(e->call.api, e->call.held, e->requester, question.receipt,
                                           "/ontvangstbewijs", e->receipt, &err) != RESULT_OK) {
        fault_list_add(faults, err.fault, err.where, "%s", err.what);
    }
}

static bool may(const struct evaluating *e, struct error *err)
{
    return set_access(&e->call, e->requester, e->scope.purpose, "/doel", err) == RESULT_OK &&
           set_epoch_serves(e->call.api, e->scope.epoch, "/periode", err) == RESULT_OK;
}

static void add(struct evaluating *e, struct http_request *request)
{
    struct fault_list faults;
    struct error err;
    faults.count = 0; /* not the items: they are large, and there is almost always none */
    if (e->requester == NULL) {
        (void)error_set(&err, FAULT_FORBIDDEN, "convenant",
                        "tussen uw organisatie en deze is geen convenant van kracht");
        refuse(e, &err);
        return;
    }
    read_all(e, request, &faults);
    if (faults.count == 1 && faults.items[0].fault == FAULT_NO_MEMORY) {
        call_fail(&e->call, &faults.items[0]);
    } else if (faults.count != 0) {
        e->record.operation = RECORD_REFUSED;
        call_refuse(&e->call, &e->record, &faults);
    } else if (!may(e, &err)) {
        refuse(e, &err);
    } else {
        line_up(e);
    }
}

void evaluations_add(struct http_request *request, void *ctx)
{
    struct evaluating *e = (struct evaluating *)call_begin(ctx, request, sizeof *e);
    struct error err;
    if (e == NULL) {
        return;
    }
    e->call.clean = clean;
    if (api_clock_wrong(e->call.api, &err)) {
        call_fail(&e->call, &err);
        return;
    }
    e->record = call_record(&e->call, RECORD_EVALUATED);
    e->record.peer = http_request_peer(request)->oin;
    e->scope = (struct match_scope){.provider = e->call.api->own_oin, .requester = e->record.peer};
    e->requester = covenant_party(e->call.covenant, &e->record.peer);
    add(e, request);
}
