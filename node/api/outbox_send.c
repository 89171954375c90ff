/* One delivery, top to bottom in this order: the message -> a durable record that it is sent -> its receipt -> the partner
 * -> what came of it, durable. */
#include <stdio.h>

#include "api/outbox_parts.h"
#include "base/mem.h"

enum { REQUEST_MAX = OUTBOX_BODY_MAX + RECEIPT_TEXT + 64 };

static const char receipt_start[] = "{\"ontvangstbewijs\":\"";

struct delivery {
    struct outbox *outbox;
    struct api *api;
    struct api_covenant *held; /* in force with the partner; NULL: not looked for yet */
    const struct party *partner;
    struct ident id;
    struct ident about;
    struct buf payload; /* what message.body borrows */
    struct message message;
    struct store_place place;
    struct receipt_want want;
    uint8_t theirs[RECEIPT_BYTES];
};

static void end(struct delivery *d, int64_t next_ms)
{
    outbox_settled(d->outbox, &d->id, next_ms);
    if (d->held != NULL) {
        api_release_covenant(d->held);
    }
    buf_wipe(&d->payload);
    mem_wipe(&d->message, sizeof d->message);
    mem_free(d);
}

/* Twice as long after each try, of which up to a quarter less, so that what failed together does not come together. */
static int64_t next_try(const struct delivery *d)
{
    uint32_t random = 0;
    int64_t wait = OUTBOX_FIRST_MS;
    for (uint32_t i = 1; i < d->message.tries && wait < OUTBOX_LONGEST_MS; i++) {
        wait *= 2;
    }
    wait = wait < OUTBOX_LONGEST_MS ? wait : OUTBOX_LONGEST_MS;
    d->api->entropy->fill(d->api->entropy->ctx, &random, sizeof random);
    return clock_now(d->api->clock) + wait - random % (wait / 4);
}

/* Our own failure: nothing was sent, or nothing can be written. */
static void postpone(struct delivery *d, const struct error *err)
{
    log_error(d->api->log, LOG_ERROR, "bericht-uitgesteld", err);
    d->message.tries++;
    end(d, next_try(d));
}

static struct record record_of(const struct delivery *d, enum record_operation operation, enum record_outcome outcome)
{
    static const struct ident none = {{0}};
    struct record r = {.operation = operation,
                       .request_id = d->id,
                       .peer = d->partner->oin,
                       .outcome = outcome,
                       .subject = d->message.subject,
                       .age = 255};
    if (ident_equal(&r.subject, &none)) {
        r.bsn = d->message.person;
    }
    memcpy(r.covenant, covenant_digest(d->held->covenant)->bytes, sizeof r.covenant);
    return r;
}

/* ---- what came of it ---- */

static int64_t next_of(const struct message *message)
{
    return message->state == MESSAGE_WAITING ? message->next_ms : message->state == MESSAGE_STUCK ? OUTBOX_NEVER : 0;
}

static void written(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct delivery *d = ctx;
    (void)committed;
    if (err != NULL) {
        audit_forget_keys(d->api->audit);
        d->message.state = MESSAGE_WAITING; /* as the store has it: the partner knows by the id what it already did */
        postpone(d, err);
        return;
    }
    end(d, next_of(&d->message));
}

/* The record of a confirmation or refusal and the message's state are one commit. */
static void write_outcome(struct delivery *d, struct slice theirs)
{
    struct error err;
    struct buf payload;
    struct store_place place;
    const bool confirmed = d->message.state == MESSAGE_CONFIRMED;
    struct record record = record_of(d, RECORD_CONFIRMED, confirmed ? OUTCOME_DONE : OUTCOME_REFUSED);
    struct store_batch *batch = store_batch_new(d->api->door);
    enum result result = batch != NULL ? RESULT_OK : error_set(&err, FAULT_NO_MEMORY, "berichten", "geen geheugen");
    if (result == RESULT_OK && d->message.state != MESSAGE_WAITING) {
        d->message.settled_ms = clock_now(d->api->clock);
        result = audit_append_exchange(d->api->audit, batch, &record, slice_of(NULL, 0), theirs, &place, &err);
    }
    mem_wipe(&record, sizeof record);
    if (result != RESULT_OK) {
        store_batch_free(batch);
        audit_forget_keys(d->api->audit);
        d->message.state = MESSAGE_WAITING;
        postpone(d, &err);
        return;
    }
    struct message kept = d->message;
    if (confirmed) { /* nothing of it is needed any more */
        kept.body = slice_of(NULL, 0);
        memset(&kept.person, 0, sizeof kept.person);
    }
    buf_init(&payload, STORE_PAYLOAD_MAX);
    message_encode(&kept, &payload);
    const struct store_write item = {.id = d->id, .parent = d->about, .payload = buf_slice(&payload)};
    store_put(batch, STORE_MESSAGE, &item);
    buf_wipe(&payload);
    mem_wipe(&kept, sizeof kept);
    store_commit(d->api->door, batch, written, d);
}

static const struct json_field answer_fields[] = {{"ontvangstbewijs", JSON_TEXT, true, RECEIPT_TEXT, RECEIPT_TEXT}};

static bool holds(struct delivery *d, struct slice body)
{
    struct error err;
    struct fault_list faults = {0};
    struct json *json CLEANUP(json_cleanup) = NULL;
    if (json_parse(body, &json, &err) != RESULT_OK) {
        return false;
    }
    json_check(json, "", answer_fields, COUNT_OF(answer_fields), &faults);
    return faults.count == 0 && receipt_read(d->api, d->held, d->partner, json_text_of(json, "ontvangstbewijs"),
                                             "ontvangstbewijs", d->theirs, &err) == RESULT_OK;
}

/* What the same message can only meet again. Too many, too slow, and a conflict (the same one is being handled) pass. */
static bool is_refusal(int status)
{
    return status >= 400 && status < 500 && status != 408 && status != 409 && status != 425 && status != 429 &&
           status != 401 && status != 403;
}

static void answered(void *ctx, const struct peer_outcome *outcome)
{
    struct delivery *d = ctx;
    struct slice theirs = slice_of(NULL, 0);
    d->message.tries++;
    d->message.outcome = outcome->kind;
    d->message.status = (uint16_t)outcome->status;
    if (outcome->kind == PEER_ANSWERED && outcome->status == 200 && holds(d, outcome->body)) {
        d->message.state = MESSAGE_CONFIRMED;
        theirs = slice_of(d->theirs, RECEIPT_BYTES);
    } else if (outcome->kind == PEER_ANSWERED && is_refusal(outcome->status)) {
        d->message.state = MESSAGE_STUCK;
    } else {
        d->message.outcome = outcome->kind == PEER_ANSWERED && outcome->status == 200 ? PEER_GARBAGE : outcome->kind;
        d->message.next_ms = next_try(d);
    }
    if (d->message.state != MESSAGE_CONFIRMED) {
        log_event(d->api->log, LOG_WARNING, "bericht-niet-bevestigd", LOG_TEXT("oin", d->message.partner.digits),
                  LOG_TEXT("toestand", message_state_word(d->message.state)),
                  LOG_TEXT("oorzaak", peer_outcome_slug(d->message.outcome)), LOG_NUMBER("status", outcome->status),
                  LOG_NUMBER("pogingen", d->message.tries));
    }
    write_outcome(d, theirs);
}

/* ---- sending ---- */

static void send(struct delivery *d, const uint8_t *receipt)
{
    struct error err;
    struct buf body;
    char text[RECEIPT_TEXT];
    receipt_write(receipt, text);
    buf_init(&body, REQUEST_MAX);
    buf_text(&body, receipt_start);
    buf_bytes(&body, text, sizeof text);
    buf_text(&body, "\",");
    buf_bytes(&body, d->message.body.ptr + 1, d->message.body.len - 1);
    const struct peer_request request = {
        .target = {d->partner->oin, d->partner->url},
        .path = message_path(d->message.kind),
        .request_id = d->id,
        .media_type = "application/json",
        .body = buf_slice(&body),
    };
    enum result result = buf_result(&body, "berichten", &err);
    if (result == RESULT_OK) {
        result = peer_ask(d->api->peers, &request, answered, d, NULL, &err);
    }
    buf_wipe(&body);
    if (result != RESULT_OK) {
        postpone(d, &err);
    }
}

static void receipt_made(void *ctx, const uint8_t *receipt, const struct error *why)
{
    struct delivery *d = ctx;
    if (receipt == NULL) {
        postpone(d, why);
    } else {
        send(d, receipt);
    }
}

static void recorded(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct delivery *d = ctx;
    if (err != NULL) {
        audit_forget_keys(d->api->audit);
        postpone(d, err);
        return;
    }
    d->want = (struct receipt_want){.sequence = committed->first_leaf + d->place.index,
                                    .leaf_hash = d->place.leaf_hash,
                                    .peer = d->partner->oin,
                                    .got = receipt_made,
                                    .ctx = d};
    receipts_want(d->api->receipts, &d->want);
}

static void record_it(struct delivery *d)
{
    struct error err;
    struct store_batch *batch = store_batch_new(d->api->door);
    struct record record = record_of(d, RECORD_SENT, OUTCOME_PENDING);
    enum result result = batch != NULL ? RESULT_OK : error_set(&err, FAULT_NO_MEMORY, "berichten", "geen geheugen");
    if (result == RESULT_OK) {
        result =
            audit_append_exchange(d->api->audit, batch, &record, slice_of(NULL, 0), slice_of(NULL, 0), &d->place, &err);
    }
    mem_wipe(&record, sizeof record);
    if (result != RESULT_OK) {
        store_batch_free(batch);
        audit_forget_keys(d->api->audit);
        postpone(d, &err);
    } else {
        store_commit(d->api->door, batch, recorded, d);
    }
}

static void found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct delivery *d = ctx;
    struct error err;
    if (failed != NULL) {
        postpone(d, failed);
        return;
    }
    if (found->item == NULL) {
        end(d, 0);
        return;
    }
    d->about = found->item->parent;
    buf_slice_in(&d->payload, found->item->payload);
    if (buf_result(&d->payload, "berichten", &err) != RESULT_OK ||
        message_decode(buf_slice(&d->payload), &d->message, &err) != RESULT_OK) {
        postpone(d, &err);
        return;
    }
    if (d->message.state != MESSAGE_WAITING) {
        end(d, next_of(&d->message));
        return;
    }
    struct api_covenant *held = api_covenant_with(d->api, &d->message.partner);
    if (held == NULL || d->message.body.len < 2) {
        (void)error_set(&err, FAULT_CONFIG, "berichten", "met de ontvanger is nu geen convenant van kracht");
        postpone(d, &err);
        return;
    }
    d->held = api_hold(held);
    d->partner = covenant_party(held->covenant, &d->message.partner);
    record_it(d);
}

void outbox_deliver(struct outbox *outbox, const struct ident *id)
{
    struct error err;
    struct api *api = outbox->api;
    struct delivery *d = mem_zalloc(sizeof *d);
    if (d == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "berichten", "geen geheugen");
        log_error(api->log, LOG_ERROR, "bericht-uitgesteld", &err);
        outbox_settled(outbox, id, clock_now(api->clock) + OUTBOX_FIRST_MS);
        return;
    }
    d->outbox = outbox;
    d->api = api;
    d->id = *id;
    buf_init(&d->payload, STORE_PAYLOAD_MAX);
    store_get(api->door, STORE_MESSAGE, id, STORE_KIND_COUNT, found, d);
}
