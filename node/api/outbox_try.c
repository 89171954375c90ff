/* One try of a post, top to bottom in this order: the row -> its body -> a durable record that it is sent, with the count of
 * its tries -> its receipt -> the partner -> what came of it, durable. */
#include <string.h>

#include "api/outbox_parts.h"
#include "base/digest.h"
#include "base/mem.h"

enum { REQUEST_MAX = OUTBOX_BODY_MAX + RECEIPT_TEXT + 64, CONFLICTS_MAX = 3 };

static const char receipt_start[] = "{\"ontvangstbewijs\":\"";

struct posting {
    struct post_line *line;
    struct api *api;
    struct api_covenant *held; /* in force with the partner; NULL: not looked for yet */
    const struct party *partner;
    const struct post_kind *kind;
    struct post_end end;
    struct buf payload; /* what row.post.body borrows */
    struct outgoing row;
    uint64_t version;
    struct ident parent;
    uint32_t number; /* that is sent now: the row's, or an earlier one that the partner lost */
    bool resumed;
    struct ident request_id;
    struct buf body;
    struct buf answer;
    struct store_batch *batch;
    struct store_place place;
    struct receipt_want want;
    uint8_t theirs[RECEIPT_BYTES];
    int status;
    bool has_receipt;
    unsigned conflicts;
};

static void end(struct posting *p, enum delivery_verdict verdict)
{
    const struct post_end done = {p->end.id, p->end.key, p->end.place, p->end.lane, verdict, p->end.gone};
    struct post_line *line = p->line;
    if (p->held != NULL) {
        api_release_covenant(p->held);
    }
    buf_wipe(&p->payload);
    buf_wipe(&p->body);
    buf_wipe(&p->answer);
    mem_free(p);
    outbox_tried(line, &done);
}

static void end_failed(struct posting *p, enum delivery_verdict verdict, const struct error *err)
{
    log_error(p->api->log, LOG_ERROR, "bericht-uitgesteld", err);
    end(p, verdict);
}

/* The batch, with whatever a hook put into it, is not committed. */
static void drop(struct posting *p)
{
    store_batch_free(p->batch);
    p->batch = NULL;
    audit_forget_keys(p->api->audit);
}

static struct post post_now(const struct posting *p)
{
    struct post post = p->row.post;
    post.number = p->number;
    return post;
}

static struct record record_of(const struct posting *p, enum record_operation operation, enum record_outcome outcome)
{
    struct record r = {.operation = operation,
                       .request_id = p->request_id,
                       .peer = p->partner->oin,
                       .outcome = outcome,
                       .subject = p->row.post.subject,
                       .age = 255};
    const char *code = p->kind != NULL ? p->kind->purpose : NULL;
    const struct purpose *purpose = code != NULL ? covenant_purpose(p->held->covenant, slice_text(code)) : NULL;
    if (purpose != NULL) {
        (void)slice_copy_text(slice_text(code), r.purpose, sizeof r.purpose);
        r.class.class = (uint8_t)purpose->retention_class;
    }
    memcpy(r.covenant, covenant_digest(p->held->covenant)->bytes, sizeof r.covenant);
    return r;
}

static void put_row(struct posting *p, uint64_t version)
{
    struct buf payload;
    buf_init(&payload, STORE_PAYLOAD_MAX);
    outgoing_encode(&p->row, &payload);
    const struct store_write item = {
        .id = p->end.id, .parent = p->parent, .payload = buf_slice(&payload), .version = version};
    store_put(p->batch, STORE_OUTGOING, &item);
    buf_wipe(&payload);
}

static bool batch_begun(struct posting *p)
{
    struct error err;
    p->batch = store_batch_new(p->api->door);
    if (p->batch == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "berichten", "geen geheugen");
        end_failed(p, DELIVERY_ALL, &err);
    }
    return p->batch != NULL;
}

/* ---- what came of it ---- */

static void build(struct posting *p);
static void confirm(struct posting *p);

static void tell_kind(struct posting *p)
{
    if (p->kind != NULL && p->kind->settled != NULL) {
        const struct post post = post_now(p);
        p->kind->settled(p->api, &post);
    }
}

static void confirmation_written(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct posting *p = ctx;
    (void)committed;
    if (err != NULL) {
        audit_forget_keys(p->api->audit);
        if (err->fault == FAULT_CONFLICT && p->conflicts++ < CONFLICTS_MAX) {
            confirm(p); /* what the hook changes was changed meanwhile: by what is there now */
        } else {
            end_failed(p, err->fault == FAULT_CONFLICT ? DELIVERY_ALONE : DELIVERY_ALL, err);
        }
        return;
    }
    tell_kind(p);
    if (p->number < p->row.post.number) {
        p->number++;
        build(p);
        return;
    }
    p->end.gone = true;
    end(p, DELIVERY_DONE);
}

static void confirmation_added(void *ctx, const struct error *failed)
{
    struct posting *p = ctx;
    struct error err;
    if (failed != NULL) {
        drop(p);
        end_failed(p, DELIVERY_ALONE, failed);
        return;
    }
    struct record record = record_of(p, RECORD_CONFIRMED, p->has_receipt ? OUTCOME_DONE : OUTCOME_REFUSED);
    const struct slice theirs = slice_of(p->theirs, p->has_receipt ? RECEIPT_BYTES : 0);
    if (audit_append_exchange(p->api->audit, p->batch, &record, slice_of(NULL, 0), theirs, &p->place, &err) !=
        RESULT_OK) {
        drop(p);
        end_failed(p, DELIVERY_ALL, &err);
        return;
    }
    if (p->number == p->row.post.number) {
        store_remove(p->batch, STORE_OUTGOING, &p->end.id);
    }
    struct store_batch *batch = p->batch;
    p->batch = NULL;
    store_commit(p->api->door, batch, confirmation_written, p);
}

static void confirm(struct posting *p)
{
    if (!batch_begun(p)) {
        return;
    }
    if (p->kind != NULL && p->kind->confirmed != NULL) {
        const struct post post = post_now(p);
        p->kind->confirmed(p->api, &post, buf_slice(&p->answer), p->batch, confirmation_added, p);
    } else {
        confirmation_added(p, NULL);
    }
}

static void refusal_written(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct posting *p = ctx;
    (void)committed;
    if (err != NULL) {
        audit_forget_keys(p->api->audit);
        end_failed(p, DELIVERY_ALL, err); /* as the store has it: it waits */
        return;
    }
    tell_kind(p);
    end(p, DELIVERY_STUCK);
}

static void refusal_added(void *ctx, const struct error *failed)
{
    struct posting *p = ctx;
    struct error err;
    if (failed != NULL) {
        drop(p);
        end_failed(p, DELIVERY_ALONE, failed);
        return;
    }
    struct record record = record_of(p, RECORD_CONFIRMED, OUTCOME_REFUSED);
    if (audit_append_exchange(p->api->audit, p->batch, &record, slice_of(NULL, 0), slice_of(NULL, 0), &p->place,
                              &err) != RESULT_OK) {
        drop(p);
        end_failed(p, DELIVERY_ALL, &err);
        return;
    }
    p->row.state = MESSAGE_STUCK;
    put_row(p, 0);
    struct store_batch *batch = p->batch;
    p->batch = NULL;
    store_commit(p->api->door, batch, refusal_written, p);
}

static void refuse(struct posting *p)
{
    const struct post post = post_now(p);
    const enum post_refusal refusal = p->kind != NULL && p->kind->refused != NULL
                                          ? p->kind->refused(p->api, &post, p->status, buf_slice(&p->answer))
                                          : POST_STICKS;
    if (refusal == POST_AGAIN) {
        end(p, DELIVERY_ALONE);
    } else if (refusal == POST_SETTLED) {
        confirm(p);
    } else if (!batch_begun(p)) {
        return;
    } else if (p->kind != NULL && p->kind->stuck != NULL) {
        p->kind->stuck(p->api, &post, p->status, p->batch, refusal_added, p);
    } else {
        refusal_added(p, NULL);
    }
}

/* The number that the partner expects, of a 425; 0: it does not say, or that is no earlier one. */
static uint32_t expected_number(const struct posting *p)
{
    struct error err;
    struct json *json CLEANUP(json_cleanup) = NULL;
    if (p->status != 425 || p->kind == NULL || !p->kind->numbered || p->resumed ||
        json_parse(buf_slice(&p->answer), &json, &err) != RESULT_OK || json_kind(json) != JSON_OBJECT) {
        return 0;
    }
    const struct json *number = json_member(json, "verwacht");
    if (number == NULL || !json_is_integer(number) || json_int(number) < 1 || json_int(number) >= p->number) {
        return 0;
    }
    return (uint32_t)json_int(number);
}

static bool holds(struct posting *p)
{
    struct error err;
    struct json *json CLEANUP(json_cleanup) = NULL;
    return json_parse(buf_slice(&p->answer), &json, &err) == RESULT_OK && json_kind(json) == JSON_OBJECT &&
           receipt_read(p->api, p->held, p->partner, json_text_of(json, "ontvangstbewijs"), "ontvangstbewijs",
                        p->theirs, &err) == RESULT_OK;
}

static void note_failure(struct posting *p, const struct peer_outcome *outcome)
{
    p->line->outcome = outcome->kind == PEER_ANSWERED && outcome->status == 200 ? PEER_GARBAGE : outcome->kind;
    p->line->status = (uint16_t)outcome->status;
    p->line->failed_ms = clock_now(p->api->clock);
    p->row.outcome = p->line->outcome;
    p->row.status = p->line->status;
    log_event(p->api->log, LOG_WARNING, "bericht-niet-bevestigd", LOG_TEXT("oin", p->line->partner.digits),
              LOG_TEXT("soort", message_kind_word(p->row.post.kind)),
              LOG_TEXT("oorzaak", peer_outcome_slug(p->line->outcome)), LOG_NUMBER("status", outcome->status),
              LOG_NUMBER("pogingen", p->row.tries));
}

static void answered(void *ctx, const struct peer_outcome *outcome)
{
    struct posting *p = ctx;
    p->status = outcome->status;
    buf_clear(&p->answer);
    if (outcome->kind == PEER_ANSWERED) {
        buf_slice_in(&p->answer, outcome->body);
    }
    p->has_receipt = outcome->kind == PEER_ANSWERED && outcome->status == 200 && holds(p);
    const enum delivery_answer answer = p->has_receipt                   ? DELIVERY_RECEIPTED
                                        : outcome->kind != PEER_ANSWERED ? DELIVERY_SILENCE
                                                                         : DELIVERY_ANSWERED;
    const enum delivery_verdict verdict = delivery_verdict(answer, outcome->status);
    const uint32_t from = verdict == DELIVERY_ALONE ? expected_number(p) : 0;
    if (verdict == DELIVERY_DONE) {
        confirm(p);
    } else if (from != 0) {
        p->resumed = true;
        p->number = from;
        build(p);
    } else {
        note_failure(p, outcome);
        if (verdict == DELIVERY_STUCK) {
            refuse(p);
        } else {
            end(p, verdict);
        }
    }
}

/* ---- sending ---- */

static void send(struct posting *p, const uint8_t *receipt)
{
    struct error err;
    struct buf body;
    char text[RECEIPT_TEXT];
    receipt_write(receipt, text);
    buf_init(&body, REQUEST_MAX);
    buf_text(&body, receipt_start);
    buf_bytes(&body, text, sizeof text);
    buf_text(&body, p->body.len > 2 ? "\"," : "\"");
    buf_bytes(&body, p->body.ptr + 1, p->body.len - 1);
    const struct peer_request request = {
        .target = {p->partner->oin, p->partner->url},
        .path = message_path(p->row.post.kind),
        .request_id = p->request_id,
        .media_type = "application/json",
        .body = buf_slice(&body),
        .background = true, /* the line has its own probes */
    };
    enum result result = buf_result(&body, "berichten", &err);
    if (result == RESULT_OK) {
        result = peer_ask(p->api->peers, &request, answered, p, NULL, &err);
    }
    buf_wipe(&body);
    if (result != RESULT_OK) {
        end_failed(p, DELIVERY_ALL, &err);
    }
}

static void receipt_made(void *ctx, const uint8_t *receipt, const struct error *why)
{
    struct posting *p = ctx;
    if (receipt == NULL) {
        end_failed(p, DELIVERY_ALL, why);
    } else {
        send(p, receipt);
    }
}

static void recorded(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct posting *p = ctx;
    if (err != NULL) {
        audit_forget_keys(p->api->audit);
        /* A conflict: taken back, or told late, meanwhile. It is read anew at its next try. */
        end_failed(p, err->fault == FAULT_CONFLICT ? DELIVERY_ALONE : DELIVERY_ALL, err);
        return;
    }
    p->want = (struct receipt_want){.sequence = committed->first_leaf + p->place.index,
                                    .leaf_hash = p->place.leaf_hash,
                                    .peer = p->partner->oin,
                                    .got = receipt_made,
                                    .ctx = p};
    receipts_want(p->api->receipts, &p->want);
}

/* That it may have left is durable before it leaves: the record, and with the first of this try the count of them. */
static void record_it(struct posting *p)
{
    struct error err;
    struct record record = record_of(p, RECORD_SENT, OUTCOME_PENDING);
    if (!batch_begun(p)) {
        return;
    }
    if (audit_append_exchange(p->api->audit, p->batch, &record, slice_of(NULL, 0), slice_of(NULL, 0), &p->place,
                              &err) != RESULT_OK) {
        drop(p);
        end_failed(p, DELIVERY_ALL, &err);
        return;
    }
    if (!p->resumed) {
        p->row.tries++;
        put_row(p, p->version);
    }
    struct store_batch *batch = p->batch;
    p->batch = NULL;
    store_commit(p->api->door, batch, recorded, p);
}

/* ---- its body ---- */

static void removed(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct posting *p = ctx;
    (void)committed;
    if (err != NULL) {
        end_failed(p, DELIVERY_ALL, err);
        return;
    }
    p->end.gone = true;
    end(p, DELIVERY_DONE);
}

static void built(void *ctx, struct slice body, const struct error *err)
{
    struct posting *p = ctx;
    struct error fault;
    if (err != NULL && err->fault == FAULT_NOT_FOUND && p->number != p->row.post.number) {
        refuse(p); /* what the partner lost is not here any more: a person is to know */
        return;
    }
    if (err != NULL && err->fault == FAULT_NOT_FOUND) {
        if (batch_begun(p)) {
            store_remove(p->batch, STORE_OUTGOING, &p->end.id);
            struct store_batch *batch = p->batch;
            p->batch = NULL;
            store_commit(p->api->door, batch, removed, p);
        }
        return;
    }
    if (err != NULL) {
        end_failed(p, err->fault == FAULT_PEER ? DELIVERY_ALL : DELIVERY_ALONE, err);
        return;
    }
    buf_clear(&p->body);
    buf_slice_in(&p->body, body);
    if (buf_result(&p->body, "berichten", &fault) != RESULT_OK) {
        end_failed(p, DELIVERY_ALONE, &fault);
    } else if (body.len < 2) {
        (void)error_set(&fault, FAULT_INTERNAL, "berichten", "een bericht zonder inhoud");
        end_failed(p, DELIVERY_ALONE, &fault);
    } else {
        record_it(p);
    }
}

/* One that is sent again for a partner who lost it has an id of its own, always the same. */
static struct ident request_id_of(const struct posting *p)
{
    uint8_t of[IDENT_SIZE + 4];
    struct sha256 hash;
    struct ident id = p->end.id;
    if (p->number != p->row.post.number) {
        memcpy(of, id.bytes, IDENT_SIZE);
        for (unsigned i = 0; i < 4; i++) {
            of[IDENT_SIZE + i] = (uint8_t)(p->number >> (24 - 8 * i));
        }
        sha256_of(slice_of(of, sizeof of), &hash);
        memcpy(id.bytes, hash.bytes, IDENT_SIZE);
    }
    return id;
}

static void build(struct posting *p)
{
    struct error err;
    const struct post post = post_now(p);
    p->request_id = request_id_of(p);
    if (p->row.post.body.len != 0) {
        built(p, p->row.post.body, NULL);
    } else if (p->kind == NULL || p->kind->build == NULL) {
        (void)error_set(&err, FAULT_CONFIG, "berichten", "een bericht van deze soort kan hier niet worden gemaakt");
        built(p, slice_of(NULL, 0), &err);
    } else {
        p->kind->build(p->api, &post, p->held, built, p);
    }
}

static void found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct posting *p = ctx;
    struct error err;
    if (failed != NULL) {
        end_failed(p, DELIVERY_ALL, failed);
        return;
    }
    if (found->item == NULL) {
        p->end.gone = true;
        outbox_rewind(p->line);
        end(p, DELIVERY_ALONE);
        return;
    }
    p->parent = found->item->parent;
    p->version = found->item->version;
    buf_slice_in(&p->payload, found->item->payload);
    if (buf_result(&p->payload, "berichten", &err) != RESULT_OK ||
        outgoing_decode(buf_slice(&p->payload), &p->row, &err) != RESULT_OK) {
        end_failed(p, DELIVERY_ALONE, &err);
        return;
    }
    if (p->row.state != MESSAGE_WAITING) {
        end(p, DELIVERY_STUCK);
        return;
    }
    struct api_covenant *held = api_covenant_with(p->api, &p->row.post.partner);
    if (held == NULL) {
        (void)error_set(&err, FAULT_CONFIG, "berichten", "met de ontvanger is nu geen convenant van kracht");
        end_failed(p, DELIVERY_ALL, &err);
        return;
    }
    p->held = api_hold(held);
    p->partner = covenant_party(held->covenant, &p->row.post.partner);
    p->kind = p->line->outbox->kinds[p->row.post.kind];
    p->number = p->row.post.number;
    build(p);
}

void outbox_try(struct post_line *line, const struct delivery_entry *entry)
{
    struct error err;
    struct posting *p = mem_zalloc(sizeof *p);
    const struct post_end ends = {.id = entry->id,
                                  .key = entry->key,
                                  .place = entry->place,
                                  .lane = (enum delivery_lane)entry->lane,
                                  .verdict = DELIVERY_ALL};
    if (p == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "berichten", "geen geheugen");
        log_error(line->outbox->api->log, LOG_ERROR, "bericht-uitgesteld", &err);
        outbox_tried(line, &ends);
        return;
    }
    p->line = line;
    p->api = line->outbox->api;
    p->end = ends;
    buf_init(&p->payload, STORE_PAYLOAD_MAX);
    buf_init(&p->body, OUTBOX_BODY_MAX);
    buf_init(&p->answer, PEER_ANSWER_MAX);
    store_get(p->api->door, STORE_OUTGOING, &entry->id, STORE_KIND_COUNT, found, p);
}
