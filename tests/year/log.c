#include "year/log.h"

#include <stdlib.h>
#include <string.h>

#include "audit/index.h"
#include "base/bytes.h"
#include "base/mem.h"
#include "region/chance.h"

enum {
    BATCH_RECORDS = STORE_BATCH_MAX / 2,
    BATCH_ENTRIES = STORE_BATCH_MAX - 1,
    ENTRIES_FIRST = 1 << 16,
    CLASSES = 10
};

struct year_log {
    uv_loop_t *loop;
    struct store_door *door;
    struct keyring *keyring;
    struct audit *audit;
    struct clock clock;
    struct entropy entropy;
    int64_t now_ms;
    uint64_t luck;
    /* the commit under way: one, while the next is filled */
    bool committing, failed;
    struct error err;
    uint64_t size; /* records handed to the store */
    /* the month's index */
    uint32_t month;
    struct seal_index_key keys[CLASSES];
    struct store_entry *entries;
    size_t count, capacity;
    uint64_t written;
};

static int64_t now_ms(void *ctx)
{
    return ((const struct year_log *)ctx)->now_ms;
}

/* Never twice the same in one year, and the same again with the same seed: no secret comes of it but salts. */
static void fill(void *ctx, void *out, size_t len)
{
    struct year_log *log = ctx;
    uint8_t *to = out;
    for (size_t at = 0; at < len; at += 8) {
        uint8_t bytes[8];
        bytes_put_u64(bytes, chance_mix(log->luck++));
        memcpy(to + at, bytes, len - at < 8 ? len - at : 8);
    }
}

static void started(void *ctx, const struct error *err)
{
    struct year_log *log = ctx;
    log->committing = false;
    log->failed = err != NULL;
    if (err != NULL) {
        log->err = *err;
    }
}

static void take_head(void *ctx, const struct merkle_frontier *tree, const struct error *err)
{
    struct year_log *log = ctx;
    if (err != NULL) {
        log->failed = true;
        log->err = *err;
    } else if (tree->size != 0) {
        log->failed = true;
        (void)error_set(&log->err, FAULT_CONFLICT, "logboek", "in dit logboek staat al iets: een jaar begint leeg");
    }
}

static void wait(struct year_log *log)
{
    while (log->committing) {
        (void)uv_run(log->loop, UV_RUN_ONCE);
    }
}

static enum result outcome(const struct year_log *log, struct error *err)
{
    if (log->failed) {
        *err = log->err;
        return RESULT_FAILED;
    }
    return RESULT_OK;
}

static enum result start(struct year_log *log, struct error *err)
{
    TRY(audit_open(log->keyring, &log->clock, &log->entropy, &log->audit, err));
    store_log_head(log->door, take_head, log);
    TRY(outcome(log, err));
    log->committing = true;
    audit_start(log->audit, log->door, started, log);
    wait(log);
    return outcome(log, err);
}

enum result year_log_open(uv_loop_t *loop, struct store_door *door, struct keyring *keyring, uint64_t seed,
                          struct year_log **out, struct error *err)
{
    struct year_log *log = mem_zalloc(sizeof *log);
    ENSURE(log != NULL, err, FAULT_NO_MEMORY, "jaar", "geen geheugen");
    log->loop = loop;
    log->door = door;
    log->keyring = keyring;
    log->clock = (struct clock){now_ms, log};
    log->entropy = (struct entropy){fill, log};
    log->luck = chance_mix(seed) << 32; /* room for more salts than a year has */
    if (start(log, err) != RESULT_OK) {
        year_log_close(log);
        return RESULT_FAILED;
    }
    *out = log;
    return RESULT_OK;
}

void year_log_close(struct year_log *log)
{
    if (log != NULL) {
        wait(log);
        mem_wipe(log->keys, sizeof log->keys);
        audit_close(log->audit);
        mem_free(log->entries);
        mem_free(log);
    }
}

uint64_t year_log_entries(const struct year_log *log)
{
    return log->written;
}

/* ---- commits, in order, one at a time ---- */

static void committed(void *ctx, const struct store_committed *done, const struct error *err)
{
    (void)done;
    started(ctx, err);
}

static enum result commit(struct year_log *log, struct store_batch *batch, struct error *err)
{
    wait(log);
    if (outcome(log, err) != RESULT_OK) {
        store_batch_free(batch);
        return RESULT_FAILED;
    }
    log->committing = true;
    store_commit(log->door, batch, committed, log);
    return RESULT_OK;
}

static enum result new_batch(struct year_log *log, struct store_batch **out, struct error *err)
{
    *out = store_batch_new(log->door);
    ENSURE(*out != NULL, err, FAULT_NO_MEMORY, "jaar", "geen geheugen");
    return RESULT_OK;
}

/* ---- the index ---- */

static int compare_entries(const void *a, const void *b)
{
    const struct store_entry *left = a;
    const struct store_entry *right = b;
    if (left->class.class != right->class.class) {
        return left->class.class < right->class.class ? -1 : 1;
    }
    const int by_hash = memcmp(left->hash, right->hash, sizeof left->hash);
    return by_hash != 0 ? by_hash : (left->sequence > right->sequence) - (left->sequence < right->sequence);
}

static enum result put_part(struct year_log *log, size_t *at, struct error *err)
{
    uint8_t mark[INDEX_WATERMARK_BYTES];
    struct store_batch *batch = NULL;
    TRY(new_batch(log, &batch, err));
    for (size_t i = 0; i < BATCH_ENTRIES && *at < log->count; i++) {
        store_index_put(batch, &log->entries[(*at)++]);
    }
    if (*at == log->count) {
        bytes_put_u64(mark, log->size);
        store_set_value(batch, index_watermark_name, slice_of(mark, sizeof mark));
    }
    return commit(log, batch, err);
}

static enum result end_month(struct year_log *log, struct error *err)
{
    if (log->count != 0) {
        qsort(log->entries, log->count, sizeof *log->entries, compare_entries);
    }
    for (size_t at = 0; at < log->count;) {
        TRY(put_part(log, &at, err));
    }
    log->written += log->count;
    log->count = 0;
    memset(log->keys, 0, sizeof log->keys);
    return RESULT_OK;
}

static enum result index_record(struct year_log *log, const struct record *record, uint64_t sequence, struct error *err)
{
    struct seal_index_key *key = &log->keys[record->class.class];
    if (key->class.month != record->class.month) {
        TRY(seal_index_key(log->keyring, record->class, key, err));
    }
    if (log->capacity - log->count < INDEX_ENTRIES_MAX) {
        const size_t room = log->capacity == 0 ? ENTRIES_FIRST : 2 * log->capacity;
        struct store_entry *entries = mem_realloc(log->entries, room * sizeof *entries);
        ENSURE(entries != NULL, err, FAULT_NO_MEMORY, "jaar", "geen geheugen");
        log->entries = entries;
        log->capacity = room;
    }
    log->count += index_entries(key, record, sequence, log->entries + log->count);
    return RESULT_OK;
}

/* ---- the records ---- */

static enum result append(struct year_log *log, struct store_batch *batch, struct year_record *made, struct error *err)
{
    log->now_ms = made->record.time_ms;
    TRY(audit_append(log->audit, batch, &made->record, slice_text(made->text), err));
    TRY(index_record(log, &made->record, made->sequence, err));
    log->size = made->sequence + 1;
    return RESULT_OK;
}

static bool is_next_month(const struct year_log *log, const struct year_record *made)
{
    const struct date date = moment_date(made->record.time_ms);
    return log->month != (uint32_t)date.year * 100U + date.month;
}

/* Until the batch is full, the month over (then `made` is the first of the next) or the year. */
static enum result fill_batch(struct year_log *log, struct year *year, struct store_batch *batch,
                              struct year_record *made, bool *more, struct error *err)
{
    for (size_t i = 0; i < BATCH_RECORDS && *more && !is_next_month(log, made); i++) {
        TRY(append(log, batch, made, err));
        *more = year_next(year, made);
    }
    return RESULT_OK;
}

static enum result write_month(struct year_log *log, struct year *year, struct year_record *made, bool *more,
                               struct error *err)
{
    const struct date date = moment_date(made->record.time_ms);
    log->month = (uint32_t)date.year * 100U + date.month;
    while (*more && !is_next_month(log, made)) {
        struct store_batch *batch = NULL;
        TRY(new_batch(log, &batch, err));
        if (fill_batch(log, year, batch, made, more, err) != RESULT_OK) {
            store_batch_free(batch);
            return RESULT_FAILED;
        }
        TRY(commit(log, batch, err));
    }
    return end_month(log, err);
}

static enum result check_size(struct year_log *log, uint64_t size, struct error *err)
{
    ENSURE(size == log->size, err, FAULT_INTERNAL, "jaar", "de volgnummers kloppen niet");
    return RESULT_OK;
}

static void take_size(void *ctx, const struct merkle_frontier *tree, const struct error *err)
{
    *(uint64_t *)ctx = err == NULL ? tree->size : 0;
}

enum result year_log_write(struct year_log *log, struct year *year, struct error *err)
{
    struct year_record made;
    uint64_t size = 0;
    bool more = year_next(year, &made);
    while (more) {
        TRY(write_month(log, year, &made, &more, err));
    }
    wait(log);
    TRY(outcome(log, err));
    ENSURE(!year_failed(year), err, FAULT_NO_MEMORY, "jaar", "geen geheugen, of geen mensen meer");
    store_log_head(log->door, take_size, &size);
    return check_size(log, size, err);
}
