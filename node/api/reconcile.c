/* The size of the log -> its records, some a turn -> what was received and tested, sorted by consult -> the sums. */
#include "api/reconcile.h"

#include <stdlib.h>
#include <string.h>

#include <uv.h>

#include "api/later.h"
#include "base/mem.h"

enum { TURN_NS = 1000000, SLICE_RECORDS = 100 };

/* What counts of one record: values received of one partner, or (no partner) a person tested. */
struct row {
    struct ident consult;
    struct oin peer;
    uint32_t values;
};

struct reconciling {
    struct call *call;
    reconcile_fn *done;
    void *ctx;
    struct reconciled found;
    uint64_t at;
    int64_t until_ms;
    struct row *rows; /* MATCH_LOOK_BACK */
    size_t count;
    bool failed;
    struct error err;
};

/* ---- the sums ---- */

static int by_consult(const void *a, const void *b)
{
    const struct row *x = a;
    const struct row *y = b;
    const int consults = memcmp(x->consult.bytes, y->consult.bytes, IDENT_SIZE);
    return consults != 0 ? consults : memcmp(x->peer.digits, y->peer.digits, OIN_DIGITS);
}

/* Of one consult, from `at` on: the people tested come first, for they have no partner; gives where the next begins. */
static size_t sum_consult(struct reconciling *r, size_t at)
{
    const struct ident consult = r->rows[at].consult;
    uint64_t tested = 0;
    while (at < r->count && ident_equal(&r->rows[at].consult, &consult)) {
        const struct oin peer = r->rows[at].peer;
        uint64_t values = 0;
        size_t same = 0;
        for (; at < r->count && ident_equal(&r->rows[at].consult, &consult) && oin_equal(&r->rows[at].peer, &peer);
             at++, same++) {
            values += r->rows[at].values;
        }
        if (!oin_is_set(&peer)) {
            tested = same;
        } else if (values > tested) {
            r->found.untested += values - tested;
        }
    }
    return at;
}

static void finish(struct reconciling *r)
{
    qsort(r->rows, r->count, sizeof *r->rows, by_consult);
    for (size_t at = 0; at < r->count;) {
        at = sum_consult(r, at);
    }
    r->done(r->ctx, &r->found, r->failed ? &r->err : NULL);
    mem_free(r->rows);
    mem_free(r);
}

static void fail(struct reconciling *r, const struct error *err)
{
    r->failed = true;
    r->err = *err;
    r->count = 0;
}

/* ---- the log ---- */

static void take(struct reconciling *r, const struct record *record)
{
    const bool received = record->operation == RECORD_EVALUATION_RECEIVED;
    if (received && (record->outcome != OUTCOME_DONE || record->time_ms > r->until_ms)) {
        return;
    }
    struct row *row = &r->rows[r->count++];
    *row = (struct row){.consult = record->consult};
    if (received) {
        row->peer = record->peer;
        row->values = record->entries;
        r->found.values += record->entries;
        if (record->case_number[0] == '\0' && record->report_number[0] == '\0') {
            r->found.caseless += record->entries;
        }
    }
}

static void look_at(struct reconciling *r, const struct store_leaf *leaf)
{
    struct record record;
    struct error fault;
    if (record_decode_visible(leaf->leaf, &record, &fault) == RESULT_OK &&
        (record.operation == RECORD_EVALUATION_RECEIVED || record.operation == RECORD_TESTED) &&
        audit_read(r->call->api->audit, leaf, &record, NULL, &fault) == RESULT_OK) {
        take(r, &record);
    }
    mem_wipe(&record, sizeof record);
}

static void take_leaves(void *ctx, const struct store_leaf *leaves, size_t count, const struct error *err)
{
    struct reconciling *r = ctx;
    const uint64_t began_ns = uv_hrtime();
    if (err != NULL || count == 0) {
        r->at = r->found.size;
        if (err != NULL) {
            fail(r, err);
        }
        return;
    }
    for (size_t i = 0; i < count && r->at < r->found.size && uv_hrtime() - began_ns < TURN_NS; i++) {
        look_at(r, &leaves[i]);
        r->at = leaves[i].sequence + 1;
    }
}

static void turn(void *ctx)
{
    struct reconciling *r = ctx;
    struct error err;
    if (r->at < r->found.size) {
        store_log_read(r->call->api->door, r->at, SLICE_RECORDS, take_leaves, r);
    }
    if (r->failed || r->at >= r->found.size) {
        finish(r);
    } else if (later(r->call->api->loop, turn, r, &err) != RESULT_OK) {
        fail(r, &err);
        finish(r);
    }
}

static void take_size(void *ctx, const struct merkle_frontier *tree, const struct error *err)
{
    struct reconciling *r = ctx;
    if (err != NULL) {
        fail(r, err);
        finish(r);
        return;
    }
    r->found.size = tree->size;
    r->found.from = r->at = tree->size > MATCH_LOOK_BACK ? tree->size - MATCH_LOOK_BACK : 0;
    turn(r);
}

void reconcile(struct call *call, reconcile_fn *done, void *ctx)
{
    struct error err;
    struct reconciling *r = mem_zalloc(sizeof *r);
    struct row *rows = mem_array(MATCH_LOOK_BACK, sizeof *rows);
    if (r == NULL || rows == NULL) {
        mem_free(r);
        mem_free(rows);
        (void)error_set(&err, FAULT_NO_MEMORY, "", "geen geheugen");
        done(ctx, NULL, &err);
        return;
    }
    r->call = call;
    r->done = done;
    r->ctx = ctx;
    r->rows = rows;
    r->until_ms = clock_now(call->api->clock) - MATCH_GRACE_MS;
    store_log_head(call->api->door, take_size, r);
}
