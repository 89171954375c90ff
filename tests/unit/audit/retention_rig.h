/*
 * retention_rig.h - a log with keys and a clock that the test moves; the same folder opened again as after a crash.
 * Thread: one. Ownership: rig_make/rig_drop.
 */
#ifndef KETENBRUG_TESTS_RETENTION_RIG_H
#define KETENBRUG_TESTS_RETENTION_RIG_H

#include "unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "audit/audit.h"
#include "audit/retention.h"
#include "support/store_world.h"

static const int64_t NOVEMBER = 1795341600000; /* 2026-11-22 */
static const int64_t DAY_MS = 86400000;
static const struct seal_class november_1 = {202611, 1};

struct rig {
    struct world world;
    struct audit *audit;
    struct clock clock;
    struct entropy entropy;
    int64_t now;
    uint8_t drawn;
    bool started;
    enum fault refused; /* by audit_start */
};

static inline int64_t rig_now(void *ctx)
{
    return ((struct rig *)ctx)->now;
}

static inline void rig_fill(void *ctx, void *out, size_t len)
{
    struct rig *rig = ctx;
    for (size_t i = 0; i < len; i++) {
        ((uint8_t *)out)[i] = (uint8_t)(i * 7 + i / 16);
    }
    *(uint8_t *)out = ++rig->drawn;
}

static inline void rig_ready(void *ctx, const struct error *err)
{
    struct rig *rig = ctx;
    rig->started = true;
    rig->refused = err != NULL ? err->fault : FAULT_NONE;
}

static inline void rig_start(struct rig *rig)
{
    static const uint16_t terms[AUDIT_CLASSES] = {60, 2, 12};
    struct error err = {0};
    rig->started = false;
    assert_int_equal(world_open(&rig->world, &err), RESULT_OK);
    assert_int_equal(audit_open(rig->world.keyring, &rig->clock, &rig->entropy, &rig->audit, &err), RESULT_OK);
    audit_set_terms(rig->audit, terms);
    audit_start(rig->audit, rig->world.door, rig_ready, rig);
    assert_true(rig->started);
}

static inline void rig_stop(struct rig *rig)
{
    audit_close(rig->audit);
    world_close(&rig->world);
}

/* As after a crash: what was in memory is gone. */
static inline void rig_restart(struct rig *rig)
{
    struct error err;
    rig_stop(rig);
    keyring_close(rig->world.keyring);
    assert_int_equal(keyring_open(rig->world.keys, &rig->world.keyring, &err), RESULT_OK);
    rig->world.options.keyring = rig->world.keyring;
    rig_start(rig);
}

static inline struct rig *rig_make(void)
{
    struct rig *rig = calloc(1, sizeof *rig);
    assert_non_null(rig);
    rig->now = NOVEMBER;
    rig->clock = (struct clock){rig_now, rig};
    rig->entropy = (struct entropy){rig_fill, rig};
    world_make(&rig->world);
    rig_start(rig);
    assert_int_equal(rig->refused, FAULT_NONE);
    return rig;
}

static inline void rig_drop(struct rig *rig)
{
    rig_stop(rig);
    world_drop(&rig->world);
    free(rig);
}

static inline struct store_batch *rig_append(struct rig *rig, uint8_t class, const char *text)
{
    struct error err = {0};
    struct record record = {.operation = RECORD_READ, .outcome = OUTCOME_DONE, .age = 255};
    struct store_batch *batch = store_batch_new(rig->world.door);
    record.class.class = class;
    assert_non_null(batch);
    assert_int_equal(audit_append(rig->audit, batch, &record, slice_text(text), &err), RESULT_OK);
    return batch;
}

static inline void rig_write(struct rig *rig, uint8_t class, const char *text)
{
    assert_int_equal(world_commit(&rig->world, rig_append(rig, class, text)), FAULT_NONE);
}

static inline struct audit_class rig_class(struct rig *rig, struct seal_class class)
{
    struct audit_class found = {.state = AUDIT_KEY_NONE};
    (void)audit_find_class(rig->audit, class, &found);
    return found;
}

static inline bool rig_key_there(struct rig *rig, struct seal_class class)
{
    struct sha256 commitment;
    return seal_class_commitment(rig->world.keyring, class, &commitment, NULL) == RESULT_OK;
}

/* Records the destruction, durable, and does nothing in the key folder. */
static inline void rig_record_destruction(struct rig *rig, struct seal_class class)
{
    struct error err = {0};
    struct record record = {.age = 255};
    struct store_batch *batch = store_batch_new(rig->world.door);
    assert_int_equal(audit_append_destroyed(rig->audit, batch, &record, class, &err), RESULT_OK);
    assert_int_equal(world_commit(&rig->world, batch), FAULT_NONE);
}

/* One record as it is read; its text is put into `text` (zero-terminated). */
struct rig_read {
    struct rig *rig;
    struct record record;
    enum fault fault;
    char text[512];
    struct seal_hold hold;
};

static inline void rig_take(void *ctx, const struct store_leaf *leaves, size_t count, const struct error *err)
{
    struct rig_read *r = ctx;
    struct error why = {FAULT_NONE, "", ""};
    struct buf text;
    assert_null(err);
    assert_int_equal(count, 1);
    buf_init(&text, 4096);
    r->fault = audit_read(r->rig->audit, leaves, &r->record, &text, &why) == RESULT_OK ? FAULT_NONE : why.fault;
    if (r->fault != FAULT_NONE) {
        assert_int_equal(record_decode_visible(leaves->leaf, &r->record, NULL), RESULT_OK);
    }
    (void)slice_copy_text(buf_slice(&text), r->text, sizeof r->text);
    assert_int_equal(audit_hold_of(leaves, r->rig->now, &r->hold, NULL), RESULT_OK);
    buf_free(&text);
}

static inline struct rig_read rig_read(struct rig *rig, uint64_t number)
{
    struct rig_read r = {.rig = rig};
    store_log_read(rig->world.door, number, 1, rig_take, &r);
    return r;
}

static inline void rig_take_size(void *ctx, const struct merkle_frontier *tree, const struct error *err)
{
    assert_null(err);
    *(uint64_t *)ctx = tree->size;
}

static inline uint64_t rig_size(struct rig *rig)
{
    uint64_t size = 0;
    store_log_head(rig->world.door, rig_take_size, &size);
    return size;
}

#endif
