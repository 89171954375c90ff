#include "api/indexing.h"

#include <stdlib.h>
#include <string.h>

#include "api/later.h"
#include "audit/index.h"
#include "audit/retention.h"
#include "base/bytes.h"
#include "base/mem.h"

enum { ENTRIES_PER_COMMIT = LOG_INDEX_RECORDS * INDEX_ENTRIES_MAX };

struct indexing {
    struct api *api;
    uint64_t watermark;
    bool under_way;
    bool stopped;
    unsigned passed;  /* ticks at which others waited for an answer */
    int64_t sweep_ms; /* when to sweep */
    /* the round: filled by a worker thread in steps, then sorted, then committed in parts */
    size_t records; /* whose entries are in it */
    size_t entry_count;
    size_t committed; /* of the entries */
    /* the step: filled on the loop, worked on by a worker thread, taken back by the loop */
    size_t leaf_count;
    size_t done;      /* of these */
    struct error err; /* why not all are done */
    uint8_t leaves[LOG_INDEX_RECORDS][LOG_LEAF_BYTES];
    struct store_entry entries[LOG_INDEX_ROUND * INDEX_ENTRIES_MAX];
};
_Static_assert((int)ENTRIES_PER_COMMIT < (int)STORE_BATCH_MAX, "a part fits a batch");
_Static_assert((int)LOG_INDEX_RECORDS <= (int)STORE_LIST_MAX, "a step is one read");
_Static_assert((int)LOG_INDEX_ROUND % (int)LOG_INDEX_RECORDS == 0, "a round is whole steps");

static void step(struct indexing *x);
static void begin_round(struct indexing *x);

struct reading {
    struct indexing *x;
    struct error *err;
    bool failed;
};

static void take_watermark(void *ctx, struct slice value, const struct error *err)
{
    struct reading *r = ctx;
    r->failed = err != NULL;
    if (r->failed) {
        *r->err = *err;
    } else if (value.len == INDEX_WATERMARK_BYTES) {
        r->x->watermark = bytes_get_u64(value.ptr);
    }
}

enum result indexing_open(struct api *api, struct indexing **out, struct error *err)
{
    struct indexing *x = mem_zalloc(sizeof *x);
    ENSURE(x != NULL, err, FAULT_NO_MEMORY, "zoekindex", "geen geheugen");
    x->api = api;
    struct error why;
    struct reading reading = {x, err != NULL ? err : &why, false};
    store_get_value(api->door, index_watermark_name, take_watermark, &reading); /* answered at once */
    if (reading.failed) {
        mem_free(x);
        return RESULT_FAILED;
    }
    *out = x;
    return RESULT_OK;
}

void indexing_stop(struct indexing *indexing)
{
    if (indexing != NULL) {
        indexing->stopped = true;
    }
}

void indexing_close(struct indexing *indexing)
{
    mem_free(indexing);
}

uint64_t indexing_watermark(const struct indexing *indexing)
{
    return indexing->watermark;
}

/* The round ends, here or after its commits. */
static void end(struct indexing *x, const struct error *err)
{
    x->under_way = false;
    x->api->calls--;
    if (err != NULL) {
        log_error(x->api->log, LOG_ERROR, "zoekindex-loopt-niet-bij", err);
    }
}

static void commit(struct indexing *x, struct store_batch *batch, store_done *done)
{
    store_commit(x->api->door, batch, done, x);
}

static struct store_batch *new_batch(struct indexing *x)
{
    struct error err;
    struct store_batch *batch = store_batch_new(x->api->door);
    if (batch == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "zoekindex", "geen geheugen");
        end(x, &err);
    }
    return batch;
}

static void begin(struct indexing *x)
{
    x->under_way = true;
    x->api->calls++;
}

static void aside_or_end(struct indexing *x, void (*work)(void *ctx), void (*done)(void *ctx))
{
    struct error err;
    if (aside(x->api->loop, work, done, x, &err) != RESULT_OK) {
        end(x, &err);
    }
}

/* ---- following ---- */

/* On a worker thread. Stops at what may be better the next time; passes over what opens to nobody. */
static void make_entries(void *ctx)
{
    struct indexing *x = ctx;
    struct record record;
    struct seal_index_key key = {.class = {0, 0}};
    for (x->done = 0; x->done < x->leaf_count; x->done++) {
        enum result opened = record_decode(x->api->keyring, x->leaves[x->done], &record, &x->err);
        if (opened == RESULT_OK && (key.class.month != record.class.month || key.class.class != record.class.class)) {
            opened = seal_index_key(x->api->keyring, record.class, &key, &x->err);
        }
        if (opened == RESULT_OK) {
            x->entry_count +=
                index_entries(&key, &record, x->watermark + x->records + x->done, x->entries + x->entry_count);
        } else if (x->err.fault != FAULT_NOT_FOUND && x->err.fault != FAULT_STORE && x->err.fault != FAULT_INVALID) {
            break;
        }
    }
    mem_wipe(&record, sizeof record);
    mem_wipe(&key, sizeof key);
    mem_wipe(x->leaves, x->leaf_count * sizeof x->leaves[0]);
}

static void commit_part(struct indexing *x);

static void part_committed(void *ctx, const struct store_committed *committed, const struct error *err)
{
    (void)committed;
    struct indexing *x = ctx;
    if (err == NULL && x->committed < x->entry_count && !x->stopped) {
        commit_part(x);
        return;
    }
    const bool followed = err == NULL && x->committed == x->entry_count;
    x->watermark += followed ? x->records : 0;
    end(x, err);
    /* Whoever waits for an answer goes first: then the next round is for a tick. */
    if (followed && x->records == LOG_INDEX_ROUND && x->api->calls == 0 && !x->stopped) {
        begin_round(x);
    }
}

/* The watermark goes with the last part: what a crash leaves of a round is written again, and is there already. */
static void commit_part(struct indexing *x)
{
    uint8_t mark[INDEX_WATERMARK_BYTES];
    struct store_batch *batch = new_batch(x);
    if (batch == NULL) {
        return;
    }
    for (size_t i = 0; i < ENTRIES_PER_COMMIT && x->committed < x->entry_count; i++) {
        store_index_put(batch, &x->entries[x->committed++]);
    }
    if (x->committed == x->entry_count) {
        bytes_put_u64(mark, x->watermark + x->records);
        store_set_value(batch, index_watermark_name, slice_of(mark, sizeof mark));
    }
    commit(x, batch, part_committed);
}

static int compare_entries(const void *a, const void *b)
{
    const struct store_entry *left = a;
    const struct store_entry *right = b;
    const int by_hash = memcmp(left->hash, right->hash, sizeof left->hash);
    return by_hash != 0 ? by_hash : (left->sequence > right->sequence) - (left->sequence < right->sequence);
}

/* On a worker thread. Neighbours in the index are written together: each page of it once in a round. */
static void sort_entries(void *ctx)
{
    struct indexing *x = ctx;
    qsort(x->entries, x->entry_count, sizeof x->entries[0], compare_entries);
}

static void entries_sorted(void *ctx)
{
    commit_part(ctx);
}

static void entries_made(void *ctx)
{
    struct indexing *x = ctx;
    const bool more = x->done == LOG_INDEX_RECORDS && x->records + x->done < LOG_INDEX_ROUND && !x->stopped;
    x->records += x->done;
    if (x->records == 0) {
        end(x, &x->err);
    } else if (more) {
        step(x);
    } else {
        aside_or_end(x, sort_entries, entries_sorted);
    }
}

/* ---- sweeping ---- */

static void swept(void *ctx, const struct store_committed *committed, const struct error *err)
{
    (void)committed;
    end(ctx, err); /* the next tick looks whether more is left */
}

/* A key that is only missing may come back. */
static bool is_destroyed(const struct indexing *x, struct seal_class class)
{
    struct audit_class found;
    return audit_find_class(x->api->audit, class, &found) && found.state == AUDIT_KEY_DESTROYED;
}

static void take_classes(void *ctx, const struct seal_class *classes, size_t count, const struct error *err)
{
    struct indexing *x = ctx;
    size_t at = 0;
    if (err != NULL) {
        log_error(x->api->log, LOG_ERROR, "zoekindex-loopt-niet-bij", err);
        return;
    }
    while (at < count && !is_destroyed(x, classes[at])) {
        at++;
    }
    if (at == count) {
        x->sweep_ms = clock_now(x->api->clock) + LOG_INDEX_SWEEP_MS;
        return;
    }
    begin(x);
    struct store_batch *batch = new_batch(x);
    if (batch != NULL) {
        index_drop(batch, classes[at]);
        commit(x, batch, swept);
    }
}

/* ---- a step ---- */

static void take_leaves(void *ctx, const struct store_leaf *leaves, size_t count, const struct error *err)
{
    struct indexing *x = ctx;
    const int64_t now = clock_now(x->api->clock);
    x->leaf_count = 0;
    if (err != NULL) {
        log_error(x->api->log, LOG_ERROR, "zoekindex-loopt-niet-bij", err);
    }
    /* A hole is a log that was tampered with: nothing behind it is said to be found. */
    while (x->leaf_count < count && leaves[x->leaf_count].sequence == x->watermark + x->records + x->leaf_count) {
        memcpy(x->leaves[x->leaf_count], leaves[x->leaf_count].leaf, LOG_LEAF_BYTES);
        x->leaf_count++;
    }
    if (x->leaf_count != 0) {
        if (x->records == 0) {
            begin(x);
        }
        aside_or_end(x, make_entries, entries_made);
    } else if (x->records != 0) {
        aside_or_end(x, sort_entries, entries_sorted);
    } else if (err == NULL && (now >= x->sweep_ms || now < x->sweep_ms - 2 * (int64_t)LOG_INDEX_SWEEP_MS)) {
        store_index_classes(x->api->door, take_classes, x);
    }
}

static void step(struct indexing *x)
{
    store_log_read(x->api->door, x->watermark + x->records, LOG_INDEX_RECORDS, take_leaves, x);
}

static void begin_round(struct indexing *x)
{
    x->passed = 0;
    x->records = 0;
    x->entry_count = 0;
    x->committed = 0;
    step(x);
}

void indexing_tick(struct indexing *indexing)
{
    if (indexing->under_way || indexing->stopped) {
        return;
    }
    if (indexing->api->calls == 0 || indexing->passed >= LOG_INDEX_PATIENCE) {
        begin_round(indexing);
    } else {
        indexing->passed++;
    }
}
