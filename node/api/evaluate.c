#include "api/evaluate.h"

#include <uv.h>

#include "api/blocks.h"
#include "api/later.h"
#include "api/match_wire.h"
#include "base/mem.h"

/* Half of the partners' time: the other half is for who is asked. */
enum { EVALUATION_PART = 2, EVALUATION_BODY_MAX = 2048 };

const char *match_outcome_slug(enum match_outcome outcome)
{
    static const char *const slugs[MATCH_OUTCOME_COUNT] = {
#define X(code, slug, text) [code] = (slug),
        MATCH_TOLD_TABLE(X)
#undef X
    };
    return slugs[outcome] != NULL ? slugs[outcome] : "";
}

const char *match_outcome_text(enum match_outcome outcome)
{
    static const char *const texts[MATCH_OUTCOME_COUNT] = {
#define X(code, slug, text) [code] = (text),
        MATCH_TOLD_TABLE(X)
#undef X
    };
    return texts[outcome] != NULL ? texts[outcome] : "";
}

static void fail(struct evaluation *e, enum match_outcome outcome, enum peer_outcome_kind peer, int status)
{
    e->match = outcome;
    e->peer = peer;
    e->status = status;
    log_event(e->api->log, LOG_WARNING, "ketenpartner-zonder-antwoord", LOG_TEXT("oin", e->partner->oin.digits),
              LOG_TEXT("oorzaak", outcome == MATCH_PEER ? peer_outcome_slug(peer) : match_outcome_slug(outcome)),
              LOG_NUMBER("status", status));
    e->done(e);
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
        log_error(e->api->log, LOG_ERROR, "bewijs-onjuist", &e->err);
        fail(e, MATCH_PROOF, PEER_ANSWERED, 200);
        return;
    }
    e->good = true;
    e->done(e);
}

/* No receipt, no value, like an answer about a person. */
static bool take_answer(struct evaluation *e, struct slice body, struct evaluation_answer *answer)
{
    struct error err;
    enum result result = evaluation_read(body, answer, &err);
    if (result == RESULT_OK) {
        result =
            receipt_read(e->api, e->held, e->partner, slice_text(answer->receipt), "ontvangstbewijs", e->theirs, &err);
    }
    if (result != RESULT_OK) {
        log_event(e->api->log, LOG_WARNING, "evaluatie-niet-bruikbaar", LOG_TEXT("oin", e->partner->oin.digits),
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
        if (aside(e->api->loop, check_proof, proof_checked, e, &err) != RESULT_OK) {
            log_error(e->api->log, LOG_ERROR, "bewijs-niet-nagegaan", &err);
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

static uint32_t within_ms(const struct evaluation *e)
{
    const int64_t part_ms = (int64_t)peer_pool_total_ms(e->api->peers) / EVALUATION_PART;
    const int64_t left_ms = e->until_ms - (int64_t)uv_now(e->api->loop);
    const int64_t within = left_ms < part_ms ? left_ms : part_ms;
    return within > 0 ? (uint32_t)within : 1;
}

static enum result send_batch(struct evaluation *e, struct error *err)
{
    struct api *api = e->api;
    struct buf body;
    /* Between the record of asking and now somebody may have revoked. */
    ENSURE(api_still_agreed(api, e->held, &e->partner->oin), err, FAULT_FORBIDDEN, "convenant",
           "met deze ketenpartner is geen convenant meer van kracht");
    ENSURE(!blocks_partner(api, &e->partner->oin), err, FAULT_FORBIDDEN, "ketenpartner", "%s",
           match_outcome_text(MATCH_BLOCKED));
    buf_init(&body, EVALUATION_BODY_MAX);
    evaluation_write(e->scope.purpose, e->scope.epoch, match_batch_blinded(e->batch),
                     slice_of(e->receipt, RECEIPT_TEXT), &body);
    const struct peer_request request = {
        .target = {e->partner->oin, e->partner->url},
        .path = "/v1/blinde-evaluaties",
        .request_id = e->request_id,
        .media_type = "application/json",
        .body = buf_slice(&body),
        .within_ms = within_ms(e),
        .background = e->background,
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
    if (!e->worked || send_batch(e, &e->err) != RESULT_OK) {
        log_error(e->api->log, LOG_ERROR, "evaluatie-niet-verstuurd", &e->err);
        fail(e, MATCH_PEER, PEER_DOWN, 0);
        return;
    }
    for (size_t i = 0; i < e->count; i++) {
        lookups_count(e->api->lookups, &e->partner->oin, e->scope.purpose, LOOKUP_EVALUATED);
    }
}

static void receipt_made(void *ctx, const uint8_t *receipt, const struct error *why)
{
    struct evaluation *e = ctx;
    struct error err;
    if (receipt == NULL) {
        log_error(e->api->log, LOG_ERROR, "evaluatie-niet-verstuurd", why);
        fail(e, MATCH_PEER, PEER_DOWN, 0);
        return;
    }
    receipt_write(receipt, e->receipt);
    if (aside(e->api->loop, blind, blinded, e, &err) != RESULT_OK) {
        log_error(e->api->log, LOG_ERROR, "evaluatie-niet-verstuurd", &err);
        fail(e, MATCH_PEER, PEER_DOWN, 0);
    }
}

void evaluate_begin(struct evaluation *e, uint64_t first_leaf)
{
    e->want = (struct receipt_want){.sequence = first_leaf + e->place.index,
                                    .leaf_hash = e->place.leaf_hash,
                                    .peer = e->scope.provider,
                                    .got = receipt_made,
                                    .ctx = e};
    receipts_want(e->api->receipts, &e->want);
}

enum result evaluate_prepare(struct evaluation *e, struct api *api, struct api_covenant *held,
                             const struct party *partner, struct slice purpose, const struct lookup_set *set,
                             const struct bsn *people, size_t count, struct error *err)
{
    *e = (struct evaluation){.api = api, .held = held, .partner = partner, .count = count, .key = set->key};
    e->request_id = entropy_ident(api->entropy);
    e->scope = (struct match_scope){partner->oin, api->own_oin, purpose, set->epoch};
    e->batch = match_batch_new(people, count, api->entropy);
    ENSURE(e->batch != NULL, err, FAULT_NO_MEMORY, "koppeling", "geen geheugen");
    return RESULT_OK;
}

const struct match_value *evaluate_value(const struct evaluation *e, size_t place)
{
    return match_batch_value(e->batch, place);
}

void evaluate_free(struct evaluation *e)
{
    match_batch_free(e->batch);
    mem_wipe(e, sizeof *e);
}
