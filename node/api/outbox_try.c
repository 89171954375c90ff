/* One try of a post, top to bottom in this order: the row -> its body -> a durable record that it is sent, with the count of
 * its tries -> its receipt -> the partner. What came of it: outbox_outcome.c. */
#include <string.h>

#include "api/outbox_posting.h"
#include "base/digest.h"
#include "base/mem.h"

enum { REQUEST_MAX = OUTBOX_BODY_MAX + RECEIPT_TEXT + 64 };

static const char receipt_start[] = "{\"ontvangstbewijs\":\"";

void posting_end(struct posting *p, enum delivery_verdict verdict)
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

void posting_failed(struct posting *p, enum delivery_verdict verdict, const struct error *err)
{
    log_error(p->api->log, LOG_ERROR, "bericht-uitgesteld", err);
    posting_end(p, verdict);
}

/* The batch, with whatever a hook put into it, is not committed. */
void posting_drop(struct posting *p)
{
    store_batch_free(p->batch);
    p->batch = NULL;
    audit_forget_keys(p->api->audit);
}

struct post posting_post(const struct posting *p)
{
    struct post post = p->row.post;
    post.number = p->number;
    return post;
}

struct record posting_record(const struct posting *p, enum record_operation operation, enum record_outcome outcome)
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

void posting_put_row(struct posting *p, uint64_t version)
{
    struct buf payload;
    buf_init(&payload, STORE_PAYLOAD_MAX);
    outgoing_encode(&p->row, &payload);
    const struct store_write item = {
        .id = p->end.id, .parent = p->parent, .payload = buf_slice(&payload), .version = version};
    store_put(p->batch, STORE_OUTGOING, &item);
    buf_wipe(&payload);
}

bool posting_batch(struct posting *p)
{
    struct error err;
    p->batch = store_batch_new(p->api->door);
    if (p->batch == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "berichten", "geen geheugen");
        posting_failed(p, DELIVERY_ALL, &err);
    }
    return p->batch != NULL;
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
        result = peer_ask(p->api->peers, &request, posting_answered, p, NULL, &err);
    }
    buf_wipe(&body);
    if (result != RESULT_OK) {
        posting_failed(p, DELIVERY_ALL, &err);
    }
}

static void receipt_made(void *ctx, const uint8_t *receipt, const struct error *why)
{
    struct posting *p = ctx;
    if (receipt == NULL) {
        posting_failed(p, DELIVERY_ALL, why);
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
        posting_failed(p, err->fault == FAULT_CONFLICT ? DELIVERY_ALONE : DELIVERY_ALL, err);
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
    struct record record = posting_record(p, RECORD_SENT, OUTCOME_PENDING);
    if (!posting_batch(p)) {
        return;
    }
    if (audit_append_exchange(p->api->audit, p->batch, &record, slice_of(NULL, 0), slice_of(NULL, 0), &p->place,
                              &err) != RESULT_OK) {
        posting_drop(p);
        posting_failed(p, DELIVERY_ALL, &err);
        return;
    }
    if (!p->resumed) {
        p->row.tries++;
        posting_put_row(p, p->version);
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
        posting_failed(p, DELIVERY_ALL, err);
        return;
    }
    p->end.gone = true;
    posting_end(p, DELIVERY_DONE);
}

static void built(void *ctx, struct slice body, const struct error *err)
{
    struct posting *p = ctx;
    struct error fault;
    if (err != NULL && err->fault == FAULT_NOT_FOUND && p->number != p->row.post.number) {
        posting_refuse(p); /* what the partner lost is not here any more: a person is to know */
        return;
    }
    if (err != NULL && err->fault == FAULT_NOT_FOUND) {
        if (posting_batch(p)) {
            store_remove(p->batch, STORE_OUTGOING, &p->end.id);
            struct store_batch *batch = p->batch;
            p->batch = NULL;
            store_commit(p->api->door, batch, removed, p);
        }
        return;
    }
    if (err != NULL && err->fault == FAULT_UNFIT) {
        log_error(p->api->log, LOG_WARNING, "bericht-past-niet", err);
        p->status = fault_status(err->fault); /* as the partner would answer it */
        p->row.status = (uint16_t)p->status;
        p->row.outcome = PEER_ANSWERED; /* shown as refused */
        posting_refuse(p);
        return;
    }
    if (err != NULL) {
        posting_failed(p, err->fault == FAULT_PEER ? DELIVERY_ALL : DELIVERY_ALONE, err);
        return;
    }
    buf_clear(&p->body);
    buf_slice_in(&p->body, body);
    if (buf_result(&p->body, "berichten", &fault) != RESULT_OK) {
        posting_failed(p, DELIVERY_ALONE, &fault);
    } else if (body.len < 2) {
        (void)error_set(&fault, FAULT_INTERNAL, "berichten", "een bericht zonder inhoud");
        posting_failed(p, DELIVERY_ALONE, &fault);
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

void posting_build(struct posting *p)
{
    struct error err;
    const struct post post = posting_post(p);
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
    if (failed != NULL &&
        failed->fault == FAULT_STORE) { /* of this row alone, perhaps: the line is read anew, and tells */
        p->line->rewinds = 1;
        posting_failed(p, DELIVERY_ALONE, failed);
        return;
    }
    if (failed != NULL) {
        posting_failed(p, DELIVERY_ALL, failed);
        return;
    }
    if (found->item == NULL) {
        p->end.gone = true;
        outbox_rewind(p->line);
        posting_end(p, DELIVERY_ALONE);
        return;
    }
    p->parent = found->item->parent;
    p->version = found->item->version;
    buf_slice_in(&p->payload, found->item->payload);
    if (buf_result(&p->payload, "berichten", &err) != RESULT_OK ||
        outgoing_decode(buf_slice(&p->payload), &p->row, &err) != RESULT_OK) {
        posting_failed(p, DELIVERY_ALONE, &err);
        return;
    }
    if (p->row.state != MESSAGE_WAITING) {
        posting_end(p, DELIVERY_STUCK);
        return;
    }
    struct api_covenant *held = api_covenant_with(p->api, &p->row.post.partner);
    if (held == NULL) {
        (void)error_set(&err, FAULT_CONFIG, "berichten", "met de ontvanger is nu geen convenant van kracht");
        posting_failed(p, DELIVERY_ALL, &err);
        return;
    }
    p->held = api_hold(held);
    p->partner = covenant_party(held->covenant, &p->row.post.partner);
    p->kind = p->line->outbox->kinds[p->row.post.kind];
    p->number = p->row.post.number;
    posting_build(p);
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
