/*
 * The questions to those who know somebody, top to bottom in this order:
 *   asked: durable, with what it was tested with -> our receipts -> every partner side by side -> received: durable -> table
 * Whoever is not in a partner's set is no question to him: he never hears of it.
 */
#include <string.h>
#include <uv.h>

#include "api/blocks.h"
#include "api/consult_parts.h"
#include "api/consult_wire.h"
#include "api/decision_inputs.h"
#include "base/mem.h"

int64_t consult_left_ms(const struct consult *c)
{
    const struct api *api = c->call.api;
    const int64_t left_ms = (int64_t)peer_pool_total_ms(api->peers) - ((int64_t)uv_now(api->loop) - c->began_ms);
    return left_ms > 0 ? left_ms : 1;
}

/* ---- records ---- */

static struct record ask_record(const struct ask *ask, enum record_operation operation)
{
    struct record r = consult_record(ask->consult, ask->held->covenant, operation);
    r.request_id = ask->request_id;
    r.peer = ask->partner->oin;
    r.bsn = ask->consult->request.subjects[ask->subject];
    if (operation == RECORD_ASKED) {
        const struct policy_request claims = {.report_open = ask->consult->report_open,
                                              .order_in_force = ask->consult->order_in_force};
        record_inputs_from(&r, &claims, NULL);
    }
    return r;
}

/* One record a question; `describe` adds what is known by now. NULL: the call ended, because the log takes nothing. */
static struct store_batch *record_asks(struct consult *c, struct store_batch *batch, enum record_operation operation,
                                       void (*describe)(const struct ask *ask, struct record *record))
{
    struct error err;
    for (size_t i = 0; i < c->ask_count; i++) {
        struct ask *ask = &c->asks[i];
        if (!ask->hit) {
            continue;
        }
        struct record r = ask_record(ask, operation);
        describe(ask, &r);
        const struct slice theirs = ask->has_theirs ? slice_of(ask->theirs, RECEIPT_BYTES) : slice_of(NULL, 0);
        const enum result result =
            call_log_exchange(&c->call, &batch, &r, slice_of(NULL, 0), theirs, &ask->place, &err);
        mem_wipe(&r, sizeof r);
        if (result != RESULT_OK) {
            call_unlogged(&c->call, &err);
            return NULL;
        }
    }
    return batch;
}

static void describe_asked(const struct ask *ask, struct record *record)
{
    (void)ask;
    record->outcome = OUTCOME_PENDING;
}

static void describe_received(const struct ask *ask, struct record *record)
{
    record->entries = (uint32_t)ask->entry_count;
    if (ask->outcome != PEER_ANSWERED || ask->status != 200) {
        record->outcome = OUTCOME_NO_ANSWER;
        record->fault = FAULT_PEER;
    } else {
        record->outcome = ask->entry_count != 0 ? OUTCOME_GOT_INVOLVEMENT : OUTCOME_GOT_NOTHING;
    }
}

size_t consult_send_count(const struct consult *c)
{
    size_t hits = 0;
    for (size_t i = 0; i < c->ask_count; i++) {
        hits += c->asks[i].hit;
    }
    return hits;
}

struct store_batch *consult_send_record(struct consult *c, struct store_batch *batch)
{
    return record_asks(c, batch, RECORD_ASKED, describe_asked);
}

/* ---- what comes back ---- */

static void all_received(struct consult *c)
{
    struct store_batch *batch = record_asks(c, NULL, RECORD_RECEIVED, describe_received);
    struct error err;
    if (batch == NULL) {
        return;
    }
    if (consult_match_answered(c, batch, &err) != RESULT_OK) {
        call_drop(&c->call, batch);
        call_fail(&c->call, &err);
        return;
    }
    consult_table_write(c);
    call_commit(&c->call, batch, 200);
}

/* No receipt, no answer: what this partner's log does not sign for is not shown. */
static void take_answer(struct ask *ask, struct slice body)
{
    struct consult *c = ask->consult;
    struct answer answer;
    struct error err;
    enum result result = answer_read(body, &ask->entries, &answer, &err);
    if (result == RESULT_OK) {
        result = receipt_read(c->call.api, ask->held, ask->partner, slice_text(answer.receipt), "ontvangstbewijs",
                              ask->theirs, &err);
    }
    if (result == RESULT_OK) {
        ask->entry_count = answer.count;
        ask->has_theirs = true;
    } else {
        log_event(c->call.api->log, LOG_WARNING, "antwoord-niet-bruikbaar", LOG_TEXT("oin", ask->partner->oin.digits),
                  LOG_TEXT("plaats", err.where));
        ask->outcome = PEER_GARBAGE;
    }
}

static void note_answer(const struct ask *ask)
{
    const struct consult *c = ask->consult;
    if (ask->outcome != PEER_ANSWERED || ask->status != 200) {
        log_event(c->call.api->log, LOG_WARNING, "ketenpartner-zonder-antwoord",
                  LOG_TEXT("oin", ask->partner->oin.digits), LOG_TEXT("oorzaak", peer_outcome_slug(ask->outcome)),
                  LOG_NUMBER("status", ask->status));
        return;
    }
    lookups_count(c->call.api->lookups, &ask->partner->oin, c->request.purpose, LOOKUP_ANSWERED);
    if (ask->entry_count == 0) {
        lookups_count(c->call.api->lookups, &ask->partner->oin, c->request.purpose, LOOKUP_EMPTY);
    }
}

static void one_received(void *ctx, const struct peer_outcome *outcome)
{
    struct ask *ask = ctx;
    struct consult *c = ask->consult;
    ask->outcome = outcome->kind;
    ask->status = outcome->status;
    if (outcome->kind == PEER_ANSWERED && outcome->status == 200) {
        take_answer(ask, outcome->body);
    }
    note_answer(ask);
    if (--c->open == 0) {
        all_received(c);
    }
}

/* ---- the question ---- */

struct pseudonym {
    char text[PSEUDONYM_TEXT + 1];
};

/* The same word for this partner each time, another for every other partner. */
static struct pseudonym pseudonym(const struct api *api, const struct party *partner, struct slice what)
{
    struct pseudonym out = {""};
    uint8_t hash[SEAL_HASH_SIZE];
    if (what.len != 0) {
        seal_hash(api->keyring, SEAL_PSEUDONYM, slice_text(partner->oin.digits), what, hash);
        hex_encode(slice_of(hash, sizeof hash), out.text);
    }
    return out;
}

static enum result send_question(struct ask *ask, struct error *err)
{
    struct consult *c = ask->consult;
    /* Between the record of asking and now somebody may have revoked. */
    ENSURE(api_still_agreed(c->call.api, ask->held, &ask->partner->oin), err, FAULT_FORBIDDEN, "convenant",
           "met deze ketenpartner is geen convenant meer van kracht");
    ENSURE(!blocks_partner(c->call.api, &ask->partner->oin), err, FAULT_FORBIDDEN, "ketenpartner", "%s",
           match_outcome_text(MATCH_BLOCKED));
    const struct pseudonym case_word = pseudonym(c->call.api, ask->partner, c->request.case_number);
    const struct pseudonym report_word = pseudonym(c->call.api, ask->partner, c->request.report_number);
    const struct pseudonym order_word = pseudonym(c->call.api, ask->partner, c->request.order_number);
    const struct pseudonym user_word = pseudonym(c->call.api, ask->partner, slice_text(c->call.caller.name));
    const struct question question = {
        .subject = {ask->value.key, ask->set.epoch},
        .purpose = c->request.purpose,
        .basis = c->request.basis,
        .role = c->request.role,
        .case_pseudonym = slice_text(case_word.text),
        .report_pseudonym = slice_text(report_word.text),
        .report_open = c->report_open,
        .order_pseudonym = slice_text(order_word.text),
        .user_pseudonym = slice_text(user_word.text),
        .receipt = slice_of(ask->receipt, RECEIPT_TEXT),
    };
    struct buf body;
    buf_init(&body, HTTP_BODY_SMALL);
    question_write(&question, &body);
    const struct peer_request request = {
        .target = {ask->partner->oin, ask->partner->url},
        .path = "/v1/raadplegingen",
        .request_id = ask->request_id,
        .media_type = "application/json",
        .body = buf_slice(&body),
        .within_ms = (uint32_t)consult_left_ms(c),
    };
    struct peer_call *started = NULL;
    enum result result = buf_result(&body, "vraag", err);
    if (result == RESULT_OK) {
        result = peer_ask(c->call.api->peers, &request, one_received, ask, &started, err);
    }
    buf_wipe(&body);
    return result;
}

static void send_all(struct consult *c)
{
    /* One more than there are, so that a question that cannot start does not end the consult under our feet. */
    c->open = consult_send_count(c) + 1;
    c->ended = !consult_matter_stands(c);
    for (size_t i = 0; i < c->ask_count; i++) {
        struct ask *ask = &c->asks[i];
        struct error err;
        if (!ask->hit) {
            continue;
        }
        ask->is_held = consult_is_held(ask);
        if (c->ended || ask->is_held) {
            ask->outcome = PEER_CANCELLED;
            c->open--;
        } else if (send_question(ask, &err) != RESULT_OK) {
            log_error(c->call.api->log, LOG_ERROR, "vraag-niet-verstuurd", &err);
            ask->outcome = PEER_DOWN;
            c->open--;
        } else {
            lookups_count(c->call.api->lookups, &ask->partner->oin, c->request.purpose, LOOKUP_ASKED);
        }
    }
    if (--c->open == 0) {
        all_received(c);
    }
}

static void receipt_made(void *ctx, const uint8_t *receipt, const struct error *why)
{
    struct ask *ask = ctx;
    struct consult *c = ask->consult;
    if (receipt != NULL) {
        receipt_write(receipt, ask->receipt);
    } else {
        c->unsigned_why = *why;
        c->is_unsigned = true;
    }
    if (--c->open != 0) {
        return;
    }
    if (c->is_unsigned) {
        call_unlogged(&c->call, &c->unsigned_why);
    } else {
        send_all(c);
    }
}

static void asked(void *ctx, const struct store_committed *committed, const struct error *failed)
{
    struct consult *c = ctx;
    if (failed != NULL) {
        audit_forget_keys(c->call.api->audit);
        log_error(c->call.api->log, LOG_ERROR, "vastleggen-mislukt", failed);
        call_fail(&c->call, failed);
        return;
    }
    c->open = consult_send_count(c);
    for (size_t i = 0; i < c->ask_count; i++) {
        struct ask *ask = &c->asks[i];
        if (ask->hit) {
            ask->want = (struct receipt_want){.sequence = committed->first_leaf + ask->place.index,
                                              .leaf_hash = ask->place.leaf_hash,
                                              .peer = ask->partner->oin,
                                              .got = receipt_made,
                                              .ctx = ask};
            receipts_want(c->call.api->receipts, &ask->want);
        }
    }
}

void consult_send(struct consult *c, struct store_batch *batch)
{
    store_commit(c->call.api->door, batch, asked, c);
}
