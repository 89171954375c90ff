/* One that was refused, again; or the end of waiting for a partner. */
#include <string.h>

#include "api/outbox_parts.h"
#include "base/mem.h"

struct retrying {
    struct call call;
    struct ident id;
    struct oin partner;
    struct message message;
    struct outgoing row;
    struct buf payload;
};

static void clean(struct call *call)
{
    struct retrying *r = (struct retrying *)call;
    buf_wipe(&r->payload);
    mem_wipe(&r->message, sizeof r->message);
}

static const struct json_field retry_fields[] = {
    {"bericht", JSON_TEXT, false, IDENT_TEXT_SIZE - 1, IDENT_TEXT_SIZE - 1},
    {"ketenpartner", JSON_TEXT, false, OIN_DIGITS, OIN_DIGITS}};

static bool begin_change(struct retrying *r, struct store_batch **batch, const struct ident *subject, const char *text)
{
    struct error err;
    struct record record = call_record(&r->call, RECORD_CHANGED);
    record.outcome = OUTCOME_DONE;
    record.subject = *subject;
    record.peer = r->partner;
    if (call_log(&r->call, batch, &record, slice_text(text), &err) != RESULT_OK) {
        call_unlogged(&r->call, &err);
        return false;
    }
    return true;
}

static void write_waiting(struct retrying *r, const struct ident *id)
{
    struct json_writer w = json_writer(&r->call.body);
    json_begin_object(&w, NULL);
    json_put_text(&w, "bericht", ident_text(id).text);
    json_put_text(&w, "toestand", message_state_word(MESSAGE_WAITING));
    json_end_object(&w);
}

static void save(struct retrying *r, const struct store_item *item)
{
    struct store_batch *batch = NULL;
    struct buf payload;
    if (!begin_change(r, &batch, &r->message.subject, "bericht opnieuw aangeboden")) {
        return;
    }
    r->message.state = MESSAGE_WAITING;
    r->message.settled_ms = 0;
    r->message.next_ms = 0;
    buf_init(&payload, STORE_PAYLOAD_MAX);
    message_encode(&r->message, &payload);
    const struct store_write write = {
        .id = item->id, .parent = item->parent, .payload = buf_slice(&payload), .version = item->version};
    store_put(batch, STORE_MESSAGE, &write);
    buf_wipe(&payload);
    write_waiting(r, &item->id);
    /* Found in the store when its turn comes; should the commit fail, it stands there as refused and is left alone. */
    outbox_again(r->call.api->outbox, &item->id, &r->message);
    call_commit(&r->call, batch, 200);
}

static void post_again(struct call *call)
{
    struct retrying *r = (struct retrying *)call;
    struct post_line *line = outbox_line(call->api->outbox, &r->row.post.partner, true);
    if (line != NULL) {
        line->stuck -= line->stuck > 0;
        delivery_line_unstick(&line->window, &r->row.post.key, outgoing_lane(r->row.post.kind));
        outbox_rewind(line);
        outbox_pump(line);
    }
}

static void save_post(struct retrying *r, const struct store_item *item)
{
    struct store_batch *batch = NULL;
    struct buf payload;
    if (!begin_change(r, &batch, &r->row.post.subject, "bericht opnieuw aangeboden")) {
        return;
    }
    r->row.state = MESSAGE_WAITING;
    buf_init(&payload, STORE_PAYLOAD_MAX);
    outgoing_encode(&r->row, &payload);
    const struct store_write write = {
        .id = item->id, .parent = item->parent, .payload = buf_slice(&payload), .version = item->version};
    store_put(batch, STORE_OUTGOING, &write);
    buf_wipe(&payload);
    write_waiting(r, &item->id);
    r->call.committed = post_again;
    call_commit(&r->call, batch, 200);
}

static void retry_state(struct retrying *r, const struct store_item *item, enum message_state state,
                        void (*save_it)(struct retrying *r, const struct store_item *item))
{
    if (state != MESSAGE_STUCK) {
        call_refuse_with(&r->call, FAULT_CONFLICT, "/bericht", "alleen een vastgelopen bericht kan opnieuw");
    } else {
        save_it(r, item);
    }
}

static void post_found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct retrying *r = ctx;
    struct error err;
    if (failed != NULL) {
        call_fail(&r->call, failed);
    } else if (found->item == NULL) {
        call_refuse_with(&r->call, FAULT_NOT_FOUND, "/bericht", "dit bericht is er niet");
    } else if (buf_slice_in(&r->payload, found->item->payload),
               outgoing_decode(buf_slice(&r->payload), &r->row, &err) != RESULT_OK) {
        call_fail(&r->call, &err);
    } else {
        r->partner = r->row.post.partner;
        retry_state(r, found->item, r->row.state, save_post);
    }
}

static void found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct retrying *r = ctx;
    struct error err;
    if (failed != NULL) {
        call_fail(&r->call, failed);
    } else if (found->item == NULL) {
        store_get(r->call.api->door, STORE_OUTGOING, &r->id, STORE_KIND_COUNT, post_found, r);
    } else if (buf_slice_in(&r->payload, found->item->payload),
               message_decode(buf_slice(&r->payload), &r->message, &err) != RESULT_OK) {
        call_fail(&r->call, &err);
    } else {
        retry_state(r, found->item, r->message.state, save);
    }
}

static void line_again(struct call *call)
{
    struct retrying *r = (struct retrying *)call;
    struct post_line *line = outbox_line(call->api->outbox, &r->partner, false);
    if (line != NULL) {
        line->window.resume_ms = 0;
        outbox_pump(line);
    }
}

static void end_wait(struct retrying *r)
{
    static const struct ident nobody = {{0}};
    struct store_batch *batch = NULL;
    const struct post_line *line = outbox_line(r->call.api->outbox, &r->partner, false);
    if (line == NULL || line->rows == 0) {
        call_refuse_with(&r->call, FAULT_NOT_FOUND, "/ketenpartner", "voor deze ketenpartner wacht niets");
        return;
    }
    if (!begin_change(r, &batch, &nobody, "wachten op ketenpartner beeindigd")) {
        return;
    }
    struct json_writer w = json_writer(&r->call.body);
    json_begin_object(&w, NULL);
    json_put_text(&w, "ketenpartner", r->partner.digits);
    json_put_int(&w, "wachtend", (int64_t)line->rows);
    json_end_object(&w);
    r->call.committed = line_again;
    call_commit(&r->call, batch, 200);
}

static void retry(struct call *call)
{
    struct retrying *r = (struct retrying *)call;
    struct fault_list faults = {0};
    struct json *json CLEANUP(json_cleanup) = call_json(call, retry_fields, COUNT_OF(retry_fields), &faults);
    const struct json *one = json != NULL && faults.count == 0 ? json_member(json, "bericht") : NULL;
    const struct json *all = json != NULL && faults.count == 0 ? json_member(json, "ketenpartner") : NULL;
    if (faults.count == 0 && (one == NULL) == (all == NULL)) {
        fault_list_add(&faults, FAULT_INVALID, "", "hier hoort bericht of ketenpartner, een van beide");
    }
    if (faults.count == 0 && one != NULL && !ident_parse(json_text(one), &r->id)) {
        fault_list_add(&faults, FAULT_INVALID, "/bericht", "hier horen 32 hexadecimale cijfers");
    }
    if (faults.count == 0 && all != NULL && !oin_parse(json_text(all), &r->partner)) {
        fault_list_add(&faults, FAULT_INVALID, "/ketenpartner", "hier hoort een OIN van %d cijfers", OIN_DIGITS);
    }
    if (faults.count != 0) {
        struct record record = call_refusal(call);
        call_refuse(call, &record, &faults);
        return;
    }
    outbox_lines_look(call->api->outbox);
    if (one != NULL) {
        store_get(call->api->door, STORE_MESSAGE, &r->id, STORE_KIND_COUNT, found, r);
    } else {
        end_wait(r);
    }
}

void outbox_retry(struct http_request *request, void *ctx)
{
    struct retrying *r = (struct retrying *)call_begin(ctx, request, sizeof *r);
    if (r != NULL) {
        buf_init(&r->payload, STORE_PAYLOAD_MAX);
        r->call.clean = clean;
        call_require(&r->call, OUTBOX_MAY_SEE, retry);
    }
}
