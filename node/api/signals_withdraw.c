/* Desk: withdrawing. */
#include "api/meetings_parts.h"
#include "base/mem.h"

static const struct json_field withdraw_fields[] = {
    {"zorgsignaal", JSON_TEXT, true, IDENT_TEXT_SIZE - 1, IDENT_TEXT_SIZE - 1},
};

struct withdrawing {
    struct call call;
    struct json *json;
    struct ident id;
    struct ident subject;
    struct signal signal;
    uint64_t version;
    unsigned tries;
};

static void withdrawing_clean(struct call *call)
{
    struct withdrawing *w = (struct withdrawing *)call;
    json_free(w->json);
    mem_wipe(&w->signal, sizeof w->signal);
}

static void withdrawn(struct call *call)
{
    struct withdrawing *w = (struct withdrawing *)call;
    signals_forget(call->api->signals, &w->id);
    signals_look_again(call->api->signals, &w->subject);
    for (size_t i = 0; i < w->signal.reach_count; i++) {
        outbox_wake(call->api->outbox, &w->signal.reach[i].partner);
    }
}

static void signal_found(void *ctx, const struct store_found *found, const struct error *failed);

static void find_signal(struct withdrawing *w)
{
    store_get(w->call.api->door, STORE_SIGNAL, &w->id, STORE_KIND_COUNT, signal_found, w);
}

/* A round of a partner wrote in it meanwhile: nobody is told to try again for that. */
static bool withdraw_anew(struct call *call)
{
    struct withdrawing *w = (struct withdrawing *)call;
    if (++w->tries == INCOMING_TRIES) {
        return false;
    }
    call->committed = NULL;
    buf_clear(&call->body);
    find_signal(w);
    return true;
}

static void withdraw_with(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct withdrawing *w = ctx;
    struct call *call = &w->call;
    struct error err;
    struct store_batch *batch = NULL;
    if (failed != NULL || found->item == NULL) {
        call_refuse_with(call, FAULT_NOT_FOUND, "/zorgsignaal", "dit zorgsignaal is hier niet bekend");
        return;
    }
    struct record record = call_record(call, RECORD_SIGNAL_ENDED);
    const struct record words = signals_record(call->covenant, RECORD_SIGNAL_ENDED);
    record.class = words.class;
    memcpy(record.purpose, words.purpose, sizeof record.purpose);
    record.subject = w->subject;
    record.outcome = OUTCOME_DONE;
    record.inputs = w->signal.told != SIGNAL_TOLD ? RECORD_INPUT_UNTOLD : 0;
    w->signal.state = SIGNAL_WITHDRAWN;
    w->signal.ended = call->today;
    if (call_log(call, &batch, &record, slice_text(signal_state_word(SIGNAL_WITHDRAWN)), &err) != RESULT_OK) {
        call_unlogged(call, &err);
        return;
    }
    if (signals_end_put(call->api->signals, batch, found, &w->id, &w->signal, w->version, &err) != RESULT_OK) {
        call_drop(call, batch);
        call_fail(call, &err);
        return;
    }
    call->committed = withdrawn;
    call->conflicted = withdraw_anew;
    struct json_writer out = json_writer(&call->body);
    json_begin_object(&out, NULL);
    json_put_text(&out, "zorgsignaal", ident_text(&w->id).text);
    json_put_text(&out, "stand", signal_state_word(SIGNAL_WITHDRAWN));
    json_end_object(&out);
    call_commit(call, batch, 200);
}

static void signal_found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct withdrawing *w = ctx;
    struct call *call = &w->call;
    struct error err;
    if (failed != NULL) {
        call_fail(call, failed);
        return;
    }
    if (found->item != NULL && signal_decode(found->item->payload, &w->signal, &err) != RESULT_OK) {
        call_fail(call, &err);
        return;
    }
    const bool own = found->item != NULL && strcmp(w->signal.publisher, call->caller.name) == 0;
    if (found->item == NULL || (!own && (call->caller.may & MAY_MEET) == 0)) {
        call_refuse_with(call, FAULT_NOT_FOUND, "/zorgsignaal", "dit zorgsignaal is hier niet bekend");
        return;
    }
    w->subject = found->item->parent;
    w->version = found->item->version;
    call->subject = w->subject;
    if (w->signal.state != SIGNAL_RUNS) {
        call_refuse_with(call, FAULT_CONFLICT, "/zorgsignaal", "dit zorgsignaal is al beeindigd");
        return;
    }
    store_get(call->api->door, STORE_SUBJECT, &w->subject, STORE_ALL_CHILDREN, withdraw_with, w);
}

static void withdraw(struct call *call)
{
    struct withdrawing *w = (struct withdrawing *)call;
    struct fault_list faults = {0};
    w->json = call_json(call, withdraw_fields, COUNT_OF(withdraw_fields), &faults);
    if (faults.count == 0 && !ident_parse(json_text_of(w->json, "zorgsignaal"), &w->id)) {
        fault_list_add(&faults, FAULT_INVALID, "/zorgsignaal", "hier horen 32 hexadecimale cijfers");
    }
    if (faults.count != 0) {
        struct record record = call_refusal(call);
        call_refuse(call, &record, &faults);
        return;
    }
    find_signal(w);
}

void signals_withdraw(struct http_request *request, void *ctx)
{
    struct call *call = call_begin(ctx, request, sizeof(struct withdrawing));
    if (call != NULL) {
        call->clean = withdrawing_clean;
        call_require(call, MAY_SIGNAL, withdraw);
    }
}
