/*
 * How values come that are not here yet, top to bottom in this order:
 *   batches for each partner -> recorded: durable, with our receipts -> blinded on a worker -> the partner -> his proof
 *   checked on a worker -> values
 * All batches go their way side by side; one that fails says so for those who are in it, and the others go on.
 */
#include "api/blocks.h"
#include "api/consult_parts.h"
#include "api/later.h"
#include "api/match_wire.h"
#include "base/mem.h"

/* Half of the partners' time: the other half is for who is asked. */
enum { EVALUATION_PART = 2, EVALUATION_BODY_MAX = 2048 };

struct evaluation {
    struct consult *consult;
    struct ask *asks[MATCH_BATCH]; /* of one partner */
    size_t count;
    struct ident request_id;
    struct store_place place; /* of the record of asking */
    struct receipt_want want;
    char receipt[RECEIPT_TEXT]; /* ours */
    struct match_batch *batch;
    struct match_scope scope;
    struct voprf_element key; /* of the set that is here */
    struct match_evaluated evaluated;
    uint8_t theirs[RECEIPT_BYTES];
    bool has_theirs;
    bool worked; /* what the worker did */
    struct error err;
};

/* ---- the end of one ---- */

static void one_done(struct consult *c)
{
    if (--c->open == 0) {
        c->evaluated(c);
    }
}

static void fail(struct evaluation *e, enum match_outcome outcome, enum peer_outcome_kind peer, int status)
{
    struct consult *c = e->consult;
    for (size_t i = 0; i < e->count; i++) {
        e->asks[i]->match = outcome;
        e->asks[i]->outcome = peer;
        e->asks[i]->status = status;
    }
    log_event(c->call.api->log, LOG_WARNING, "ketenpartner-zonder-antwoord",
              LOG_TEXT("oin", e->asks[0]->partner->oin.digits),
              LOG_TEXT("oorzaak", outcome == MATCH_PEER ? peer_outcome_slug(peer) : match_outcome_slug(outcome)),
              LOG_NUMBER("status", status));
    one_done(c);
}

/* ---- the answer ---- */

static void check_proof(void *ctx)
{
    struct evaluation *e = ctx;
    e->worked = match_batch_finish(e->batch, &e->scope, &e->key, &e->evaluated, &e->err) == RESULT_OK;
}

static void proof_checked(void *ctx)
{
    struct evaluation *e = ctx;
    if (!e->worked) {
        log_error(e->consult->call.api->log, LOG_ERROR, "bewijs-onjuist", &e->err);
        fail(e, MATCH_PROOF, PEER_ANSWERED, 200);
        return;
    }
    for (size_t i = 0; i < e->count; i++) {
        e->asks[i]->value = *match_batch_value(e->batch, i);
        e->asks[i]->has_value = true;
        e->asks[i]->evaluated = true;
    }
    one_done(e->consult);
}

/* No receipt, no value, like an answer about a person. */
static bool take_answer(struct evaluation *e, struct slice body, struct evaluation_answer *answer)
{
    struct consult *c = e->consult;
    const struct ask *ask = e->asks[0];
    struct error err;
    enum result result = evaluation_read(body, answer, &err);
    if (result == RESULT_OK) {
        result = receipt_read(c->call.api, ask->held, ask->partner, slice_text(answer->receipt), "ontvangstbewijs",
                              e->theirs, &err);
    }
    if (result != RESULT_OK) {
        log_event(c->call.api->log, LOG_WARNING, "evaluatie-niet-bruikbaar", LOG_TEXT("oin", ask->partner->oin.digits),
                  LOG_TEXT("plaats", err.where));
        return false;
    }
    e->has_theirs = true;
    return true;
}

static void answered(struct evaluation *e, struct slice body)
{
    struct evaluation_answer answer;
    struct error err;
    if (!take_answer(e, body, &answer)) {
        fail(e, MATCH_PEER, PEER_GARBAGE, 0);
    } else if (answer.epoch != e->scope.epoch || memcmp(answer.key.bytes, e->key.bytes, sizeof e->key.bytes) != 0) {
        fail(e, MATCH_KEY, PEER_ANSWERED, 200);
    } else {
        e->evaluated = answer.evaluated;
        if (aside(e->consult->call.api->loop, check_proof, proof_checked, e, &err) != RESULT_OK) {
            log_error(e->consult->call.api->log, LOG_ERROR, "bewijs-niet-nagegaan", &err);
            fail(e, MATCH_PEER, PEER_CANCELLED, 0);
        }
    }
}

/* What the partner's status comes to for who asked. */
static enum match_outcome refusal_of(int status)
{
    enum { TOO_MANY = 429, NOT_SERVED = 422 };
    return status == TOO_MANY ? MATCH_QUOTA : status == NOT_SERVED ? MATCH_STALE : MATCH_REFUSED;
}

static void received(void *ctx, const struct peer_outcome *outcome)
{
    struct evaluation *e = ctx;
    if (outcome->kind != PEER_ANSWERED) {
        fail(e, MATCH_PEER, outcome->kind, 0);
    } else if (outcome->status != 200) {
        fail(e, refusal_of(outcome->status), PEER_ANSWERED, outcome->status);
    } else {
        answered(e, outcome->body);
    }
}

/* ---- the question ---- */

static void blind(void *ctx)
{
    struct evaluation *e = ctx;
    e->worked = match_batch_blind(e->batch, &e->err) == RESULT_OK;
}

static enum result send_batch(struct evaluation *e, struct error *err)
{
    struct consult *c = e->consult;
    struct api *api = c->call.api;
    const struct ask *ask = e->asks[0];
    struct buf body;
    const int64_t left_ms = consult_left_ms(c);
    const int64_t part_ms = (int64_t)peer_pool_total_ms(api->peers) / EVALUATION_PART;
    /* Between the record of asking and now somebody may have revoked. */
    ENSURE(api_still_agreed(api, ask->held, &ask->partner->oin), err, FAULT_FORBIDDEN, "convenant",
           "met deze ketenpartner is geen convenant meer van kracht");
    ENSURE(!blocks_partner(api, &ask->partner->oin), err, FAULT_FORBIDDEN, "ketenpartner", "%s",
           match_outcome_text(MATCH_BLOCKED));
    buf_init(&body, EVALUATION_BODY_MAX);
    evaluation_write(c->request.purpose, e->scope.epoch, match_batch_blinded(e->batch),
                     slice_of(e->receipt, RECEIPT_TEXT), &body);
    const struct peer_request request = {
        .target = {ask->partner->oin, ask->partner->url},
        .path = "/v1/blinde-evaluaties",
        .request_id = e->request_id,
        .media_type = "application/json",
        .body = buf_slice(&body),
        .within_ms = (uint32_t)(left_ms < part_ms ? left_ms : part_ms),
    };
    enum result result = buf_result(&body, "evaluatie", err);
    if (result == RESULT_OK) {
        result = peer_ask(api->peers, &request, received, e, NULL, err);
    }
    buf_free(&body);
    return result;
}

static void blinded(void *ctx)
{
    struct evaluation *e = ctx;
    struct consult *c = e->consult;
    if (!e->worked || send_batch(e, &e->err) != RESULT_OK) {
        log_error(c->call.api->log, LOG_ERROR, "evaluatie-niet-verstuurd", &e->err);
        fail(e, MATCH_PEER, PEER_DOWN, 0);
        return;
    }
    for (size_t i = 0; i < e->count; i++) {
        lookups_count(c->call.api->lookups, &e->asks[0]->partner->oin, c->request.purpose, LOOKUP_EVALUATED);
    }
}

static void receipt_made(void *ctx, const uint8_t *receipt, const struct error *why)
{
    struct evaluation *e = ctx;
    struct error err;
    if (receipt == NULL) {
        log_error(e->consult->call.api->log, LOG_ERROR, "evaluatie-niet-verstuurd", why);
        fail(e, MATCH_PEER, PEER_DOWN, 0);
        return;
    }
    receipt_write(receipt, e->receipt);
    if (aside(e->consult->call.api->loop, blind, blinded, e, &err) != RESULT_OK) {
        log_error(e->consult->call.api->log, LOG_ERROR, "evaluatie-niet-verstuurd", &err);
        fail(e, MATCH_PEER, PEER_DOWN, 0);
    }
}

static void recorded(void *ctx, const struct store_committed *committed, const struct error *failed)
{
    struct consult *c = ctx;
    if (failed != NULL) {
        audit_forget_keys(c->call.api->audit);
        log_error(c->call.api->log, LOG_ERROR, "vastleggen-mislukt", failed);
        call_fail(&c->call, failed);
        return;
    }
    if (!consult_matter_stands(c)) { /* what it stands on ended: nothing leaves any more */
        c->evaluated(c);
        return;
    }
    c->open = c->evaluation_count;
    for (size_t i = 0; i < c->evaluation_count; i++) {
        struct evaluation *e = &c->evaluations[i];
        e->want = (struct receipt_want){.sequence = committed->first_leaf + e->place.index,
                                        .leaf_hash = e->place.leaf_hash,
                                        .peer = e->scope.provider,
                                        .got = receipt_made,
                                        .ctx = e};
        receipts_want(c->call.api->receipts, &e->want);
    }
}

/* ---- batches and their records ---- */

/* About no person: whom a batch is of is told by the tests of this consult. */
static struct record record_of(const struct evaluation *e, enum record_operation operation)
{
    struct record r = consult_record(e->consult, e->asks[0]->held->covenant, operation);
    r.request_id = e->request_id;
    r.peer = e->asks[0]->partner->oin;
    r.entries = (uint32_t)e->count;
    return r;
}

static struct store_batch *record_one(struct evaluation *e, struct store_batch *batch, enum record_operation operation,
                                      enum record_outcome outcome)
{
    struct call *call = &e->consult->call;
    struct record r = record_of(e, operation);
    struct store_place place;
    struct error err;
    r.outcome = outcome;
    r.fault = outcome == OUTCOME_NO_ANSWER ? FAULT_PEER : FAULT_NONE;
    const struct slice theirs = e->has_theirs ? slice_of(e->theirs, RECEIPT_BYTES) : slice_of(NULL, 0);
    if (call_log_exchange(call, &batch, &r, slice_of(NULL, 0), theirs, &place, &err) != RESULT_OK) {
        call_unlogged(call, &err);
        return NULL;
    }
    e->place = place;
    return batch;
}

static bool is_wanted(const struct ask *ask)
{
    return ask->match == MATCH_OPEN && !ask->has_value && !ask->is_held;
}

/* The batches of one partner, each of up to MATCH_BATCH people. */
static enum result fill_batches(struct consult *c, size_t partner, struct error *err)
{
    struct api *api = c->call.api;
    struct bsn people[MATCH_BATCH];
    enum result result = RESULT_OK;
    for (size_t i = partner; i < c->ask_count && result == RESULT_OK;) {
        struct evaluation *e = &c->evaluations[c->evaluation_count];
        *e = (struct evaluation){.consult = c};
        for (; i < c->ask_count && e->count < MATCH_BATCH; i += c->partner_count) {
            if (is_wanted(&c->asks[i])) {
                people[e->count] = c->request.subjects[c->asks[i].subject];
                e->asks[e->count++] = &c->asks[i];
            }
        }
        if (e->count == 0) {
            break;
        }
        const struct ask *ask = e->asks[0];
        e->request_id = entropy_ident(api->entropy);
        e->scope = (struct match_scope){ask->partner->oin, api->own_oin, c->request.purpose, ask->set.epoch};
        e->key = ask->set.key;
        e->batch = match_batch_new(people, e->count, api->entropy);
        c->evaluation_count++;
        if (e->batch == NULL) {
            result = error_set(err, FAULT_NO_MEMORY, "koppeling", "geen geheugen");
        }
    }
    mem_wipe(people, sizeof people);
    return result;
}

static enum result make_batches(struct consult *c, struct error *err)
{
    const size_t each = (c->request.subject_count + MATCH_BATCH - 1) / MATCH_BATCH;
    c->evaluations = mem_array(each * c->partner_count + 1, sizeof *c->evaluations);
    ENSURE(c->evaluations != NULL, err, FAULT_NO_MEMORY, "koppeling", "geen geheugen");
    for (size_t p = 0; p < c->partner_count; p++) {
        TRY(fill_batches(c, p, err));
    }
    return RESULT_OK;
}

void consult_evaluate(struct consult *c, void (*evaluated)(struct consult *c))
{
    struct store_batch *batch = NULL;
    struct error err;
    c->evaluated = evaluated;
    if (make_batches(c, &err) != RESULT_OK) {
        call_fail(&c->call, &err);
        return;
    }
    if (c->evaluation_count == 0) {
        evaluated(c);
        return;
    }
    for (size_t i = 0; i < c->evaluation_count; i++) {
        batch = record_one(&c->evaluations[i], batch, RECORD_EVALUATION_ASKED, OUTCOME_PENDING);
        if (batch == NULL) {
            return;
        }
    }
    store_commit(c->call.api->door, batch, recorded, c);
}

struct store_batch *consult_evaluate_record(struct consult *c, struct store_batch *batch)
{
    for (size_t i = 0; i < c->evaluation_count; i++) {
        struct evaluation *e = &c->evaluations[i];
        const bool good = e->asks[0]->evaluated;
        batch = record_one(e, batch, RECORD_EVALUATION_RECEIVED, good ? OUTCOME_DONE : OUTCOME_NO_ANSWER);
        if (batch == NULL) {
            return NULL;
        }
    }
    return batch;
}

void consult_evaluate_free(struct consult *c)
{
    for (size_t i = 0; i < c->evaluation_count; i++) {
        match_batch_free(c->evaluations[i].batch);
        mem_wipe(&c->evaluations[i], sizeof c->evaluations[i]);
    }
    mem_free(c->evaluations);
}
