/* What a partner's message says beside its matter: who sends, what a retry must repeat, and how it is refused. */
#include "api/incoming.h"

#include <string.h>

/* ---- who sends ---- */

void incoming_sender(struct incoming *incoming, const struct json *body, enum record_operation operation,
                     struct record *record, struct fault_list *faults)
{
    struct call *call = &incoming->call;
    struct error err;
    const struct cert_identity *peer = http_request_peer(call->request);
    const struct party *sender = covenant_party(call->covenant, &peer->oin);
    *record = call_record(call, operation);
    record->peer = peer->oin;
    if (!ident_parse(http_request_header(call->request, "request-id"), &record->request_id)) {
        fault_list_add(faults, FAULT_INVALID, "request-id", "hier horen 32 hexadecimale cijfers");
    } else if (sender == NULL) {
        fault_list_add(faults, FAULT_FORBIDDEN, "", "uw organisatie is geen partij bij dit convenant");
    } else if (api_clock_wrong(call->api, &err) ||
               receipt_read(call->api, call->held, sender, json_text_of(body, "ontvangstbewijs"), "/ontvangstbewijs",
                            incoming->receipt, &err) != RESULT_OK) {
        fault_list_add(faults, err.fault, err.where, "%s", err.what);
    }
}

/* ---- what must be the same again ---- */

static bool is_left_out(const char *name, const char *const *left_out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(name, left_out[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void write_plain(struct json_writer *w, const char *name, const struct json *value)
{
    switch (json_kind(value)) {
    case JSON_BOOL:
        json_put_bool(w, name, json_bool(value));
        break;
    case JSON_NUMBER:
        json_put_int(w, name, json_int(value));
        break;
    case JSON_TEXT:
        json_put_slice(w, name, json_text(value));
        break;
    default:
        json_put_null(w, name);
        break;
    }
}

/* Without recursion: where it is in each container that it is within. */
void incoming_stable(const struct json *body, const char *const *left_out, size_t count, struct buf *out)
{
    const struct json *at[JSON_DEPTH_MAX + 1] = {json_first(body)};
    bool is_object[JSON_DEPTH_MAX + 1] = {true};
    size_t depth = 1;
    struct json_writer w = json_writer(out);
    json_begin_object(&w, NULL);
    while (depth > 0) {
        const struct json *value = at[depth - 1];
        if (value == NULL) {
            depth--;
            (is_object[depth] ? json_end_object : json_end_array)(&w);
            continue;
        }
        at[depth - 1] = json_next(value);
        const char *name = is_object[depth - 1] ? json_name(value) : NULL;
        if (name != NULL && is_left_out(name, left_out, count)) {
            continue;
        }
        const enum json_kind kind = json_kind(value);
        if ((kind == JSON_OBJECT || kind == JSON_ARRAY) && depth <= JSON_DEPTH_MAX) {
            is_object[depth] = kind == JSON_OBJECT;
            (kind == JSON_OBJECT ? json_begin_object : json_begin_array)(&w, name);
            at[depth++] = json_first(value);
        } else {
            write_plain(&w, name, value);
        }
    }
}

void incoming_begin_body(struct incoming *incoming, const struct record *record, const struct ident *thread,
                         const struct json *body, void (*next)(struct incoming *incoming))
{
    static const char *const changing[] = {"ontvangstbewijs"};
    struct buf stable;
    struct error err;
    buf_init(&stable, HTTP_BODY_SMALL);
    incoming_stable(body, changing, COUNT_OF(changing), &stable);
    if (buf_result(&stable, "", &err) != RESULT_OK) {
        call_fail(&incoming->call, &err);
    } else {
        incoming_begin(incoming, record, thread, buf_slice(&stable), next);
    }
    buf_wipe(&stable);
}

/* ---- refusals ---- */

void incoming_refuse(struct incoming *incoming, const struct record *record, enum fault fault, const char *where,
                     const char *what)
{
    struct record refusal = *record;
    struct error err;
    refusal.operation = RECORD_REFUSED;
    (void)error_set(&err, fault, where, "%s", what);
    call_refuse_error(&incoming->call, &refusal, &err);
}

void incoming_refuse_early(struct incoming *incoming, const struct record *record, uint32_t expected)
{
    struct call *call = &incoming->call;
    struct store_batch *batch = NULL;
    struct fault_list faults = {0};
    struct record refusal = *record;
    struct error err;
    refusal.operation = RECORD_REFUSED;
    refusal.outcome = OUTCOME_REFUSED;
    refusal.fault = FAULT_EARLY;
    if (call_log(call, &batch, &refusal, slice_of(NULL, 0), &err) != RESULT_OK) {
        call_unlogged(call, &err);
        return;
    }
    fault_list_add(&faults, FAULT_EARLY, "/gebeurtenis/nummer", "hier hoort eerst gebeurtenis %u", (unsigned)expected);
    json_problem(&call->body, &faults);
    if (buf_ok(&call->body) && call->body.len != 0) {
        call->body.len--; /* its closing brace */
        buf_format(&call->body, ",\"verwacht\":%u}", (unsigned)expected);
    }
    call->refusing = true;
    call_commit(call, batch, fault_status(FAULT_EARLY));
}
