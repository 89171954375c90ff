/* What a person sees of the outbox: no personal data, only what goes where and how far it came. */
#include <stdio.h>

#include "api/outbox_parts.h"
#include "api/query.h"
#include "base/mem.h"

enum { MAY_SEE = MAY_MANAGE | MAY_CONSENT | MAY_SETTLE };

void message_show(struct json_writer *w, const struct covenant *covenant, const struct ident *id,
                  const struct message *message)
{
    const struct party *party = covenant_party(covenant, &message->partner);
    json_begin_object(w, NULL);
    json_put_text(w, "bericht", ident_text(id).text);
    json_put_text(w, "soort", message_kind_word(message->kind));
    json_put_text(w, "ketenpartner", message->partner.digits);
    json_put_text(w, "naam", party != NULL ? party->name : "geen partij meer");
    json_put_text(w, "toestand", message_state_word(message->state));
    json_put_text(w, "sinds", moment_text(message->created_ms).text);
    json_put_int(w, "pogingen", message->tries);
    if (message->state == MESSAGE_CONFIRMED) {
        json_put_text(w, "bevestigdOp", moment_text(message->settled_ms).text);
    } else if (message->tries != 0) {
        json_put_text(w, "oorzaak",
                      message->outcome == PEER_ANSWERED ? "geweigerd" : peer_outcome_slug(message->outcome));
        json_put_int(w, "status", message->status);
    }
    if (message->state == MESSAGE_WAITING && message->next_ms != 0) {
        json_put_text(w, "volgendePoging", moment_text(message->next_ms).text);
    }
    json_end_object(w);
}

struct listing {
    struct call call;
    struct ident after;
    struct message message; /* again */
    struct buf payload;
};

static void clean(struct call *call)
{
    struct listing *l = (struct listing *)call;
    buf_wipe(&l->payload);
    mem_wipe(&l->message, sizeof l->message);
}

static void listed(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *err)
{
    struct call *call = ctx;
    struct json_writer w = json_writer(&call->body);
    if (err != NULL) {
        call_fail(call, err);
        return;
    }
    json_begin_object(&w, NULL);
    json_begin_array(&w, "berichten");
    for (size_t i = 0; i < count; i++) {
        struct message message;
        struct error fault;
        if (message_decode(items[i].payload, &message, &fault) == RESULT_OK) {
            message_show(&w, call->covenant, &items[i].id, &message);
        }
    }
    json_end_array(&w);
    if (more && count != 0) {
        json_put_text(&w, "volgende", ident_text(&items[count - 1].id).text);
    }
    json_end_object(&w);
    call_answer(call, 200);
}

static void list(struct call *call)
{
    struct listing *l = (struct listing *)call;
    struct slice after;
    const bool goes_on = query_find(http_request_query(call->request), "na", &after);
    if (goes_on && !ident_parse(after, &l->after)) {
        call_refuse_with(call, FAULT_INVALID, "na", "hier hoort wat een vorig antwoord bij volgende noemde");
    } else {
        store_list(call->api->door, STORE_MESSAGE, goes_on ? &l->after : NULL, STORE_LIST_MAX, listed, call);
    }
}

/* ---- one that was refused, again ---- */

static const struct json_field retry_fields[] = {
    {"bericht", JSON_TEXT, true, IDENT_TEXT_SIZE - 1, IDENT_TEXT_SIZE - 1}};

static void save(struct listing *l, const struct store_item *item)
{
    struct error err;
    struct store_batch *batch = NULL;
    struct buf payload;
    struct record record = call_record(&l->call, RECORD_CHANGED);
    record.outcome = OUTCOME_DONE;
    record.subject = l->message.subject;
    if (call_log(&l->call, &batch, &record, slice_text("bericht opnieuw aangeboden"), &err) != RESULT_OK) {
        call_unlogged(&l->call, &err);
        return;
    }
    l->message.state = MESSAGE_WAITING;
    l->message.settled_ms = 0;
    l->message.next_ms = 0;
    buf_init(&payload, STORE_PAYLOAD_MAX);
    message_encode(&l->message, &payload);
    const struct store_write write = {
        .id = item->id, .parent = item->parent, .payload = buf_slice(&payload), .version = item->version};
    store_put(batch, STORE_MESSAGE, &write);
    buf_wipe(&payload);
    struct json_writer w = json_writer(&l->call.body);
    json_begin_object(&w, NULL);
    json_put_text(&w, "bericht", ident_text(&item->id).text);
    json_put_text(&w, "toestand", message_state_word(MESSAGE_WAITING));
    json_end_object(&w);
    /* Found in the store when its turn comes; should the commit fail, it stands there as refused and is left alone. */
    outbox_again(l->call.api->outbox, &item->id, &l->message);
    call_commit(&l->call, batch, 200);
}

static void found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct listing *l = ctx;
    struct error err;
    if (failed != NULL) {
        call_fail(&l->call, failed);
    } else if (found->item == NULL) {
        call_refuse_with(&l->call, FAULT_NOT_FOUND, "/bericht", "dit bericht is er niet");
    } else if (buf_slice_in(&l->payload, found->item->payload),
               message_decode(buf_slice(&l->payload), &l->message, &err) != RESULT_OK) {
        call_fail(&l->call, &err);
    } else if (l->message.state != MESSAGE_STUCK) {
        call_refuse_with(&l->call, FAULT_CONFLICT, "/bericht", "alleen een vastgelopen bericht kan opnieuw");
    } else {
        save(l, found->item);
    }
}

static void retry(struct call *call)
{
    struct listing *l = (struct listing *)call;
    struct fault_list faults = {0};
    struct json *json CLEANUP(json_cleanup) = call_json(call, retry_fields, COUNT_OF(retry_fields), &faults);
    if (faults.count == 0 && !ident_parse(json_text_of(json, "bericht"), &l->after)) {
        fault_list_add(&faults, FAULT_INVALID, "/bericht", "hier horen 32 hexadecimale cijfers");
    }
    if (faults.count != 0) {
        struct record record = call_refusal(call);
        call_refuse(call, &record, &faults);
    } else {
        store_get(call->api->door, STORE_MESSAGE, &l->after, STORE_KIND_COUNT, found, l);
    }
}

static void begin(struct http_request *request, void *ctx, void (*next)(struct call *call))
{
    struct listing *l = (struct listing *)call_begin(ctx, request, sizeof *l);
    if (l != NULL) {
        buf_init(&l->payload, STORE_PAYLOAD_MAX);
        l->call.clean = clean;
        call_require(&l->call, (enum permission)MAY_SEE, next);
    }
}

void outbox_list(struct http_request *request, void *ctx)
{
    begin(request, ctx, list);
}

void outbox_retry(struct http_request *request, void *ctx)
{
    begin(request, ctx, retry);
}
