/* Whose value at the partner is not known yet, in batches: recorded -> asked -> what came recorded, and the values kept. A batch
 * that fails ends the evaluating of this round; the others are tested all the same. */
#include <uv.h>

#include "api/match_values.h"
#include "api/signals_round_parts.h"
#include "base/mem.h"

enum { MINUTE_MS = 60000 };

static enum result keep_value(struct signal_round *r, const struct wanted *w, struct store_batch *batch,
                              struct error *err)
{
    struct api *api = r->signals->api;
    struct match_values *values = match_values_read(api, &w->bsn, slice_text(PURPOSE_SIGNAL));
    ENSURE(values != NULL, err, FAULT_NO_MEMORY, "koppeling", "geen geheugen");
    const struct match_kept one = {.provider = r->partner->oin,
                                   .key = match_key_of(r->set.epoch, &r->set.key),
                                   .minute = (uint32_t)(clock_now(api->clock) / MINUTE_MS),
                                   .value = w->value};
    struct match_stand stand = {.is_signal = true};
    memcpy(stand.number, ident_text(&w->signal).text, IDENT_TEXT_SIZE);
    enum result result = match_values_put(values, &one, err);
    if (result == RESULT_OK) {
        match_values_stand(values, &stand, clock_now(api->clock), lookups_values_ms(api->lookups));
        result = match_values_write(api, values, &w->bsn, batch, err);
    }
    match_values_free(values);
    return result;
}

static enum result record_batch(struct signal_round *r, struct store_batch *batch, enum record_operation operation,
                                struct error *err)
{
    struct evaluation *e = &r->e;
    struct record record = signals_record(r->held->covenant, operation);
    const bool asked = operation == RECORD_EVALUATION_ASKED;
    record.request_id = e->request_id;
    record.peer = r->partner->oin;
    record.entries = (uint32_t)r->batch_count;
    record.outcome = asked ? OUTCOME_PENDING : e->good ? OUTCOME_DONE : OUTCOME_NO_ANSWER;
    record.fault = record.outcome == OUTCOME_NO_ANSWER ? FAULT_PEER : FAULT_NONE;
    const struct slice theirs = e->has_theirs ? slice_of(e->theirs, RECEIPT_BYTES) : slice_of(NULL, 0);
    return audit_append_exchange(r->signals->api->audit, batch, &record, slice_of(NULL, 0), theirs, &e->place, err);
}

static void batch_failed(struct signal_round *r, const struct error *err)
{
    audit_forget_keys(r->signals->api->audit);
    log_error(r->signals->api->log, LOG_ERROR, "zorgsignalen-niet-geevalueerd", err);
    evaluate_free(&r->e);
    signal_round_rest(r, SIGNAL_FAILED_REST_MS);
    r->next = r->wanted_count;
    signal_round_evaluate(r);
}

static void values_kept(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct signal_round *r = ctx;
    (void)committed;
    if (err != NULL) {
        batch_failed(r, err);
        return;
    }
    for (size_t i = 0; i < r->batch_count && r->e.good; i++) {
        const struct wanted *w = r->batch[i];
        if (signal_round_known(r, w) != NULL) {
            signal_line_value(r->line, w->slot, w->value.fingerprint);
        }
    }
    if (!r->e.good) { /* who answered no to this batch answers no to the next; the others are tested all the same */
        signal_round_rest(r, r->e.match == MATCH_QUOTA ? SIGNAL_QUOTA_REST_MS : SIGNAL_FAILED_REST_MS);
        r->next = r->wanted_count;
    }
    evaluate_free(&r->e);
    signal_round_evaluate(r);
}

static void evaluated(struct evaluation *e)
{
    struct signal_round *r = (struct signal_round *)((char *)e - offsetof(struct signal_round, e));
    struct error err;
    struct store_batch *batch = store_batch_new(r->signals->api->door);
    enum result result = batch != NULL ? record_batch(r, batch, RECORD_EVALUATION_RECEIVED, &err)
                                       : error_set(&err, FAULT_NO_MEMORY, "zorgsignalen", "geen geheugen");
    for (size_t i = 0; i < r->batch_count && e->good && result == RESULT_OK; i++) {
        r->batch[i]->value = *evaluate_value(e, i);
        result = keep_value(r, r->batch[i], batch, &err);
    }
    if (result != RESULT_OK) {
        store_batch_free(batch);
        batch_failed(r, &err);
    } else {
        store_commit(r->signals->api->door, batch, values_kept, r);
    }
}

static void asking_recorded(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct signal_round *r = ctx;
    if (err != NULL) {
        batch_failed(r, err);
    } else {
        evaluate_begin(&r->e, committed->first_leaf);
    }
}

static enum result ask_batch(struct signal_round *r, const struct bsn *people, struct error *err)
{
    struct api *api = r->signals->api;
    TRY(evaluate_prepare(&r->e, api, r->held, r->partner, slice_text(PURPOSE_SIGNAL), &r->set, people, r->batch_count,
                         err));
    r->e.done = evaluated;
    r->e.background = true;
    r->e.until_ms = (int64_t)uv_now(api->loop) + (int64_t)peer_pool_total_ms(api->peers);
    struct store_batch *batch = store_batch_new(api->door);
    ENSURE(batch != NULL, err, FAULT_NO_MEMORY, "zorgsignalen", "geen geheugen");
    if (record_batch(r, batch, RECORD_EVALUATION_ASKED, err) != RESULT_OK) {
        store_batch_free(batch);
        return RESULT_FAILED;
    }
    store_commit(api->door, batch, asking_recorded, r);
    return RESULT_OK;
}

void signal_round_evaluate(struct signal_round *r)
{
    struct bsn people[MATCH_BATCH];
    struct error err;
    r->batch_count = 0;
    for (; r->next < r->wanted_count && r->batch_count < MATCH_BATCH; r->next++) {
        if (r->wanted[r->next].evaluate) {
            people[r->batch_count] = r->wanted[r->next].bsn;
            r->batch[r->batch_count++] = &r->wanted[r->next];
        }
    }
    if (r->batch_count == 0) {
        signal_round_test(r);
    } else if (ask_batch(r, people, &err) != RESULT_OK) {
        batch_failed(r, &err);
    }
    mem_wipe(people, sizeof people);
}
