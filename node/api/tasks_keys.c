/* Naming whom the partner knows: evaluated by him, blind; held against his set at home; the key of who is in it goes into the
 * opening. Nothing is kept: each try of an opening does it anew, under the epoch that is then. */
#include <uv.h>

#include "api/tasks_parts.h"
#include "base/mem.h"

_Static_assert((int)TASK_PEOPLE_MAX <= (int)MATCH_BATCH, "one batch holds everybody");
_Static_assert((int)ASK_KEY_BYTES == (int)IDENT_SIZE, "a key is written as an identifier is");

static const char purpose[] = "opdracht";

static void end(struct tasks_naming *n, const struct error *err)
{
    mem_wipe(n->numbers, sizeof n->numbers);
    evaluate_free(&n->e);
    n->done(n, err);
}

static void fail(struct tasks_naming *n, enum fault fault, const char *where, const char *what)
{
    struct error err;
    (void)error_set(&err, fault, where, "%s", what);
    end(n, &err);
}

static struct record record_of(const struct tasks_naming *n, enum record_operation operation)
{
    struct record record = {.operation = operation, .age = 255, .request_id = n->e.request_id};
    const bool asked = operation == RECORD_EVALUATION_ASKED;
    memcpy(record.user, n->task->user, sizeof record.user);
    memcpy(record.covenant, covenant_digest(n->held->covenant)->bytes, sizeof record.covenant);
    tasks_fill_record(n->held->covenant, n->task, &record);
    record.entries = (uint32_t)n->task->people_count;
    record.outcome = asked ? OUTCOME_PENDING : n->e.good ? OUTCOME_DONE : OUTCOME_NO_ANSWER;
    record.fault = record.outcome == OUTCOME_NO_ANSWER ? FAULT_PEER : FAULT_NONE;
    return record;
}

static enum result log_it(struct tasks_naming *n, enum record_operation operation, store_done *done, struct error *err)
{
    struct api *api = n->api;
    struct record record = record_of(n, operation);
    struct store_batch *batch = store_batch_new(api->door);
    const struct slice theirs = n->e.has_theirs ? slice_of(n->e.theirs, RECEIPT_BYTES) : slice_of(NULL, 0);
    ENSURE(batch != NULL, err, FAULT_NO_MEMORY, "opdracht", "geen geheugen");
    if (audit_append_exchange(api->audit, batch, &record, slice_of(NULL, 0), theirs, &n->e.place, err) != RESULT_OK) {
        store_batch_free(batch);
        audit_forget_keys(api->audit);
        return RESULT_FAILED;
    }
    store_commit(api->door, batch, done, n);
    return RESULT_OK;
}

static void take_keys(struct tasks_naming *n)
{
    for (size_t i = 0; i < n->task->people_count; i++) {
        const struct match_value *value = evaluate_value(&n->e, i);
        if (!lookups_test(n->api->lookups, &n->task->partner, slice_text(purpose), &n->set, value->fingerprint)) {
            fail(n, FAULT_UNFIT, "/betrokkenen", "de ketenpartner kent deze persoon niet, of niet voor dit doel");
            return;
        }
        n->named[i].epoch = n->set.epoch;
        memcpy(n->named[i].key.bytes, value->key.bytes, IDENT_SIZE);
    }
    end(n, NULL);
}

static void answer_recorded(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct tasks_naming *n = ctx;
    (void)committed;
    if (err != NULL) {
        audit_forget_keys(n->api->audit);
        end(n, err);
    } else if (!n->e.good) {
        fail(n, FAULT_PEER, "/ketenpartner",
             n->e.match == MATCH_PEER ? peer_outcome_text(n->e.peer) : match_outcome_text(n->e.match));
    } else {
        take_keys(n);
    }
}

static void evaluated(struct evaluation *e)
{
    struct tasks_naming *n = (struct tasks_naming *)((char *)e - offsetof(struct tasks_naming, e));
    struct error err;
    if (log_it(n, RECORD_EVALUATION_RECEIVED, answer_recorded, &err) != RESULT_OK) {
        end(n, &err);
    }
}

static void asking_recorded(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct tasks_naming *n = ctx;
    if (err != NULL) {
        audit_forget_keys(n->api->audit);
        end(n, err);
    } else {
        evaluate_begin(&n->e, committed->first_leaf);
    }
}

void tasks_name(struct tasks_naming *naming)
{
    struct tasks_naming *n = naming;
    struct error err;
    const struct party *partner = covenant_party(n->held->covenant, &n->task->partner);
    const enum lookup_state state = lookups_state(n->api->lookups, &n->task->partner, slice_text(purpose), &n->set);
    if (partner == NULL || state != LOOKUP_READY) {
        fail(n, FAULT_BUSY, "/ketenpartner", "van deze ketenpartner is hier voor opdrachten nu geen opzoekset");
        return;
    }
    enum result result = evaluate_prepare(&n->e, n->api, n->held, partner, slice_text(purpose), &n->set, n->numbers,
                                          n->task->people_count, &err);
    if (result == RESULT_OK) {
        n->e.done = evaluated;
        n->e.until_ms = (int64_t)uv_now(n->api->loop) + (int64_t)peer_pool_total_ms(n->api->peers);
        result = log_it(n, RECORD_EVALUATION_ASKED, asking_recorded, &err);
    }
    if (result != RESULT_OK) {
        end(n, &err);
    }
}
