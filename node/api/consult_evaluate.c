/*
 * How values come that are not here yet: batches for each partner -> recorded: durable -> evaluated (evaluate.h) -> values.
 * All batches go their way side by side; one that fails says so for those who are in it, and the others go on.
 */
#include "api/consult_parts.h"
#include "api/evaluate.h"
#include "base/mem.h"

/* Of one partner. */
struct consult_batch {
    struct evaluation e; /* first */
    struct consult *consult;
    struct ask *asks[MATCH_BATCH];
};

static void evaluated(struct evaluation *e)
{
    struct consult_batch *batch = (struct consult_batch *)e;
    struct consult *c = batch->consult;
    for (size_t i = 0; i < e->count; i++) {
        struct ask *ask = batch->asks[i];
        if (e->good) {
            ask->value = *evaluate_value(e, i);
            ask->has_value = true;
            ask->evaluated = true;
        } else {
            ask->match = e->match;
            ask->outcome = e->peer;
            ask->status = e->status;
        }
    }
    if (--c->open == 0) {
        c->evaluated(c);
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
        evaluate_begin(&c->evaluations[i].e, committed->first_leaf);
    }
}

/* ---- batches and their records ---- */

/* About no person: whom a batch is of is told by the tests of this consult. */
static struct record record_of(const struct consult_batch *batch, enum record_operation operation)
{
    struct record r = consult_record(batch->consult, batch->e.held->covenant, operation);
    r.request_id = batch->e.request_id;
    r.peer = batch->e.partner->oin;
    r.entries = (uint32_t)batch->e.count;
    return r;
}

static struct store_batch *record_one(struct consult_batch *one, struct store_batch *batch,
                                      enum record_operation operation, enum record_outcome outcome)
{
    struct call *call = &one->consult->call;
    struct evaluation *e = &one->e;
    struct record r = record_of(one, operation);
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
    struct bsn people[MATCH_BATCH];
    enum result result = RESULT_OK;
    for (size_t i = partner; i < c->ask_count && result == RESULT_OK;) {
        struct consult_batch *batch = &c->evaluations[c->evaluation_count];
        size_t count = 0;
        for (; i < c->ask_count && count < MATCH_BATCH; i += c->partner_count) {
            if (is_wanted(&c->asks[i])) {
                people[count] = c->request.subjects[c->asks[i].subject];
                batch->asks[count++] = &c->asks[i];
            }
        }
        if (count == 0) {
            break;
        }
        const struct ask *ask = batch->asks[0];
        batch->consult = c;
        c->evaluation_count++;
        result = evaluate_prepare(&batch->e, c->call.api, ask->held, ask->partner, c->request.purpose, &ask->set,
                                  people, count, err);
        batch->e.until_ms = c->began_ms + (int64_t)peer_pool_total_ms(c->call.api->peers);
        batch->e.done = evaluated;
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

void consult_evaluate(struct consult *c, void (*done)(struct consult *c))
{
    struct store_batch *batch = NULL;
    struct error err;
    c->evaluated = done;
    if (make_batches(c, &err) != RESULT_OK) {
        call_fail(&c->call, &err);
        return;
    }
    if (c->evaluation_count == 0) {
        done(c);
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
        struct consult_batch *one = &c->evaluations[i];
        batch = record_one(one, batch, RECORD_EVALUATION_RECEIVED, one->e.good ? OUTCOME_DONE : OUTCOME_NO_ANSWER);
        if (batch == NULL) {
            return NULL;
        }
    }
    return batch;
}

void consult_evaluate_free(struct consult *c)
{
    for (size_t i = 0; i < c->evaluation_count; i++) {
        evaluate_free(&c->evaluations[i].e);
    }
    mem_free(c->evaluations);
}
