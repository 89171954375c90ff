/* The log's size -> was the clock set back? -> where the period lies -> leaves, some a turn -> opened on a worker. */
#include "api/figures_read.h"

#include <string.h>

#include <uv.h>

#include "api/indexing.h"
#include "api/later.h"
#include "audit/index.h"
#include "audit/retention.h"
#include "base/mem.h"

enum { TURN_NS = 1000000, SLICE_RECORDS = 250 };

struct reading {
    struct call *call;
    struct figures_period period;
    struct figures *figures;
    figures_read_fn *done;
    void *ctx;
    uint64_t at, end, size; /* of the log */
    int64_t probed_ms;      /* time of the record that was last asked for */
    bool set_back;
    uint8_t (*leaves)[LOG_LEAF_BYTES]; /* looks to open, SLICE_RECORDS */
    size_t waiting;
    bool failed;
    struct error err;
};

static void fail(struct reading *r, const struct error *err)
{
    if (!r->failed) {
        r->failed = true;
        r->err = *err;
    }
}

static void finish(void *ctx)
{
    struct reading *r = ctx;
    r->done(r->ctx, r->failed ? &r->err : NULL);
    mem_free(r->leaves);
    mem_free(r);
}

/* ---- the records of the period ---- */

static void open_waiting(void *ctx)
{
    struct reading *r = ctx;
    struct record record;
    struct error err;
    for (size_t i = 0; i < r->waiting && !r->failed; i++) {
        if (record_decode(r->call->api->keyring, r->leaves[i], &record, &err) != RESULT_OK) {
            (void)error_set(
                &err, err.fault == FAULT_NOT_FOUND ? FAULT_NOT_FOUND : FAULT_STORE, "/maand",
                "van deze maand zijn niet alle regels meer te lezen (hun sleutel is vernietigd, of zij zijn "
                "beschadigd): er zijn geen cijfers van te maken");
            fail(r, &err);
        } else if (figures_add(r->figures, &record, &err) != RESULT_OK) {
            fail(r, &err);
        }
    }
    mem_wipe(&record, sizeof record);
}

static void take_leaves(void *ctx, const struct store_leaf *leaves, size_t count, const struct error *err)
{
    struct reading *r = ctx;
    const uint64_t began_ns = uv_hrtime();
    if (err != NULL || count == 0) {
        r->at = r->end;
        if (err != NULL) {
            fail(r, err);
        }
        return;
    }
    for (size_t i = 0; i < count && r->at < r->end && uv_hrtime() - began_ns < TURN_NS; i++) {
        struct record record;
        struct error fault;
        r->at = leaves[i].sequence + 1;
        if (record_decode_visible(leaves[i].leaf, &record, &fault) != RESULT_OK) {
            fail(r, &fault);
        } else if (figures_is_look(record.operation) && record.time_ms >= r->period.from_ms &&
                   record.time_ms < r->period.end_ms) {
            memcpy(r->leaves[r->waiting++], leaves[i].leaf, LOG_LEAF_BYTES);
        }
    }
}

static void turn(void *ctx)
{
    struct reading *r = ctx;
    struct error err;
    struct api *api = r->call->api;
    r->waiting = 0;
    if (api->closing || r->call->request == NULL) {
        (void)error_set(&err, FAULT_BUSY, "", "het knooppunt stopt");
        fail(r, &err);
    }
    if (!r->failed && r->at < r->end) {
        const uint64_t left = r->end - r->at;
        store_log_read(api->door, r->at, left < SLICE_RECORDS ? (size_t)left : SLICE_RECORDS, take_leaves, r);
    }
    if (r->failed || (r->at >= r->end && r->waiting == 0)) {
        finish(r);
        return;
    }
    const enum result result =
        r->waiting != 0 ? aside(api->loop, open_waiting, turn, r, &err) : later(api->loop, turn, r, &err);
    if (result != RESULT_OK) {
        fail(r, &err);
        finish(r);
    }
}

/* ---- where they are ---- */

static void take_time(void *ctx, const struct store_leaf *leaves, size_t count, const struct error *err)
{
    struct reading *r = ctx;
    struct record record;
    struct error fault;
    if (err != NULL) {
        fail(r, err);
    } else if (count == 0 || record_decode_visible(leaves->leaf, &record, &fault) != RESULT_OK) {
        (void)error_set(&fault, FAULT_STORE, "logboek", "er ontbreekt een regel, of hij is beschadigd");
        fail(r, &fault);
    } else {
        r->probed_ms = record.time_ms;
    }
}

static int64_t time_of(struct reading *r, uint64_t sequence)
{
    store_log_read(r->call->api->door, sequence, 1, take_time, r);
    return r->probed_ms;
}

/* A place with a record at or after this time, and before it one that is earlier. */
static uint64_t place_of(struct reading *r, int64_t ms)
{
    uint64_t low = 0;
    uint64_t high = r->size;
    while (low < high && !r->failed) {
        const uint64_t middle = low + (high - low) / 2;
        if (time_of(r, middle) < ms) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void take_reset(void *ctx, const uint64_t *sequences, size_t count, const struct error *err)
{
    struct reading *r = ctx;
    (void)sequences;
    r->set_back = r->set_back || count != 0;
    if (err != NULL) {
        fail(r, err);
    }
}

static void look_for_resets(struct reading *r, struct seal_class class)
{
    const struct record reset = {.operation = RECORD_CLOCK_RESET};
    struct seal_index_key key;
    struct error err;
    uint8_t hash[SEAL_HASH_SIZE];
    if (seal_index_key(r->call->api->keyring, class, &key, &err) != RESULT_OK) {
        fail(r, &err);
        return;
    }
    seal_index_hash(&key, INDEX_OPERATION, index_value(&reset, INDEX_OPERATION, false), hash);
    store_index_find(r->call->api->door, class, hash, INT64_MAX, 1, take_reset, r);
    mem_wipe(&key, sizeof key);
}

static void look_for_any_reset(struct reading *r)
{
    struct audit_class own;
    for (size_t at = 0; audit_next_class(r->call->api->audit, &at, &own) && !r->set_back && !r->failed;) {
        if (own.class.class == AUDIT_OWN_CLASS && own.state != AUDIT_KEY_PRESENT) {
            r->set_back = true; /* who knows */
        } else if (own.class.class == AUDIT_OWN_CLASS) {
            look_for_resets(r, own.class);
        }
    }
}

/*
 * Between two resets times run back by CLOCK_BACK_MAX_MS at most: that much is taken more on either side, and each record
 * judged by its own time. A reset is found by the index of the node's own administration, unless that did not come past the
 * period yet, or a key of it is gone: then all of the log is gone through too.
 */
static void find_period(struct reading *r)
{
    struct api *api = r->call->api;
    const uint64_t watermark = indexing_watermark(api->indexing);
    r->set_back = watermark < r->size && time_of(r, watermark) < r->period.end_ms;
    if (!r->set_back && !r->failed) {
        look_for_any_reset(r);
    }
    r->at = 0;
    r->end = r->size;
    if (!r->set_back && !r->failed) {
        r->at = place_of(r, r->period.from_ms - CLOCK_BACK_MAX_MS);
        r->end = place_of(r, r->period.end_ms + CLOCK_BACK_MAX_MS);
    }
}

static void take_size(void *ctx, const struct merkle_frontier *tree, const struct error *err)
{
    struct reading *r = ctx;
    struct error fault;
    if (err != NULL) {
        fail(r, err);
    } else {
        r->size = tree->size;
        find_period(r);
    }
    if (later(r->call->api->loop, r->failed ? finish : turn, r, &fault) != RESULT_OK) {
        fail(r, &fault);
        finish(r);
    }
}

void figures_read(struct call *call, const struct figures_period *period, struct figures *into, figures_read_fn *done,
                  void *ctx)
{
    struct error err;
    struct reading *r = mem_zalloc(sizeof *r);
    uint8_t(*leaves)[LOG_LEAF_BYTES] = mem_array(SLICE_RECORDS, sizeof *leaves);
    if (r == NULL || leaves == NULL) {
        mem_free(r);
        mem_free(leaves);
        (void)error_set(&err, FAULT_NO_MEMORY, "", "geen geheugen");
        done(ctx, &err);
        return;
    }
    *r = (struct reading){.call = call, .period = *period, .figures = into, .done = done, .ctx = ctx, .leaves = leaves};
    store_log_head(call->api->door, take_size, r);
}
