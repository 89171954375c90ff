/* What came of a try, durable: confirmed, refused, to be tried again; and events that the partner lost. */
#include <string.h>

#include "api/outbox_posting.h"

enum { CONFLICTS_MAX = 3 };

static void confirm(struct posting *p);

static void tell_kind(struct posting *p)
{
    if (p->kind != NULL && p->kind->settled != NULL) {
        const struct post post = posting_post(p);
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
            posting_failed(p, err->fault == FAULT_CONFLICT ? DELIVERY_ALONE : DELIVERY_ALL, err);
        }
        return;
    }
    tell_kind(p);
    if (p->number < p->row.post.number) {
        p->number++;
        posting_build(p);
        return;
    }
    p->end.gone = true;
    posting_end(p, DELIVERY_DONE);
}

static void confirmation_added(void *ctx, const struct error *failed)
{
    struct posting *p = ctx;
    struct error err;
    if (failed != NULL) {
        posting_drop(p);
        posting_failed(p, DELIVERY_ALONE, failed);
        return;
    }
    struct record record = posting_record(p, RECORD_CONFIRMED, p->has_receipt ? OUTCOME_DONE : OUTCOME_REFUSED);
    const struct slice theirs = slice_of(p->theirs, p->has_receipt ? RECEIPT_BYTES : 0);
    if (audit_append_exchange(p->api->audit, p->batch, &record, slice_of(NULL, 0), theirs, &p->place, &err) !=
        RESULT_OK) {
        posting_drop(p);
        posting_failed(p, DELIVERY_ALL, &err);
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
    if (!posting_batch(p)) {
        return;
    }
    if (p->kind != NULL && p->kind->confirmed != NULL) {
        const struct post post = posting_post(p);
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
        posting_failed(p, DELIVERY_ALL, err); /* as the store has it: it waits */
        return;
    }
    tell_kind(p);
    posting_end(p, DELIVERY_STUCK);
}

static void refusal_added(void *ctx, const struct error *failed)
{
    struct posting *p = ctx;
    struct error err;
    if (failed != NULL) {
        posting_drop(p);
        posting_failed(p, DELIVERY_ALONE, failed);
        return;
    }
    struct record record = posting_record(p, RECORD_CONFIRMED, OUTCOME_REFUSED);
    if (audit_append_exchange(p->api->audit, p->batch, &record, slice_of(NULL, 0), slice_of(NULL, 0), &p->place,
                              &err) != RESULT_OK) {
        posting_drop(p);
        posting_failed(p, DELIVERY_ALL, &err);
        return;
    }
    p->row.state = MESSAGE_STUCK;
    posting_put_row(p, 0);
    struct store_batch *batch = p->batch;
    p->batch = NULL;
    store_commit(p->api->door, batch, refusal_written, p);
}

/* Its receipt is not of this moment there: it was long on its way, or a clock turned. The next try has a new one. */
static bool is_receipt_refused(const struct posting *p)
{
    static const char place[] = "\"/ontvangstbewijs\"";
    return p->status == fault_status(FAULT_INVALID) && p->answer.len != 0 &&
           memmem(p->answer.ptr, p->answer.len, place, sizeof place - 1) != NULL;
}

void posting_refuse(struct posting *p)
{
    if (is_receipt_refused(p)) {
        posting_end(p, DELIVERY_ALONE);
        return;
    }
    const struct post post = posting_post(p);
    const enum post_refusal refusal = p->kind != NULL && p->kind->refused != NULL
                                          ? p->kind->refused(p->api, &post, p->status, buf_slice(&p->answer))
                                          : POST_STICKS;
    if (refusal == POST_AGAIN) {
        posting_end(p, DELIVERY_ALONE);
    } else if (refusal == POST_SETTLED) {
        confirm(p);
    } else if (!posting_batch(p)) {
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

/* A 403 that names a member of the body: about what was sent, and so of this message alone. Another is about who sent it. */
static bool names_member(const struct posting *p)
{
    struct error err;
    struct json *json CLEANUP(json_cleanup) = NULL;
    if (p->status != 403 || json_parse(buf_slice(&p->answer), &json, &err) != RESULT_OK ||
        json_kind(json) != JSON_OBJECT) {
        return false;
    }
    const struct slice where = json_text_of(json_first(json_member(json, "fouten")), "plaats");
    return where.len != 0 && where.ptr[0] == '/';
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

void posting_answered(void *ctx, const struct peer_outcome *outcome)
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
    enum delivery_verdict verdict = delivery_verdict(answer, outcome->status);
    if (answer == DELIVERY_ANSWERED && verdict == DELIVERY_ALL && names_member(p)) {
        verdict = DELIVERY_STUCK;
    }
    if (p->status == 425 && p->resumed && p->number == p->row.post.number && !outbox_resent(p->line, &p->end.id)) {
        verdict = DELIVERY_STUCK; /* he confirms what he missed, and misses it again: a person is to look */
    }
    const uint32_t from = verdict == DELIVERY_ALONE ? expected_number(p) : 0;
    if (verdict == DELIVERY_DONE) {
        confirm(p);
    } else if (from != 0) {
        p->resumed = true;
        p->number = from;
        posting_build(p);
    } else {
        note_failure(p, outcome);
        if (verdict == DELIVERY_STUCK) {
            posting_refuse(p);
        } else {
            posting_end(p, verdict);
        }
    }
}
