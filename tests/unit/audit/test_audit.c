/* Writing the log: each class key is committed to before its first record, once, also when commits fail or batches drop,
 * and again known after a restart. */
#include "unit/unit.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/audit.h"
#include "support/fault_vfs.h"
#include "support/store_world.h"

static const int64_t NOVEMBER = 1795341600000; /* 2026-11-22 */
static const int64_t DECEMBER = 1796205600000; /* ten days later */

struct rig {
    struct world world;
    struct fault_vfs vfs;
    struct audit *audit;
    struct clock clock;
    struct entropy entropy;
    int64_t now;
    uint8_t drawn;
    bool started;
    enum fault refused; /* by audit_start */
};

static int64_t now_ms(void *ctx)
{
    return ((struct rig *)ctx)->now;
}

static void fill(void *ctx, void *out, size_t len)
{
    struct rig *rig = ctx;
    for (size_t i = 0; i < len; i++) {
        ((uint8_t *)out)[i] = (uint8_t)(i * 7 + i / 16);
    }
    *(uint8_t *)out = ++rig->drawn;
}

static void on_ready(void *ctx, const struct error *err)
{
    struct rig *rig = ctx;
    assert_false(rig->started);
    rig->started = true;
    rig->refused = err != NULL ? err->fault : FAULT_NONE;
}

static void start(struct rig *rig)
{
    struct error err;
    rig->started = false;
    assert_int_equal(world_open(&rig->world, &err), RESULT_OK);
    assert_int_equal(audit_open(rig->world.keyring, &rig->clock, &rig->entropy, &rig->audit, &err), RESULT_OK);
    audit_start(rig->audit, rig->world.door, on_ready, rig);
    assert_true(rig->started);
}

static void stop(struct rig *rig)
{
    audit_close(rig->audit);
    world_close(&rig->world);
}

static int open_rig(void **state)
{
    static struct rig rig;
    rig = (struct rig){.now = NOVEMBER};
    rig.clock = (struct clock){now_ms, &rig};
    rig.entropy = (struct entropy){fill, &rig};
    *state = &rig;
    fault_vfs_install(&rig.vfs);
    world_make(&rig.world);
    start(&rig);
    return rig.refused == FAULT_NONE ? 0 : -1;
}

static int close_rig(void **state)
{
    struct rig *rig = *state;
    stop(rig);
    world_drop(&rig->world);
    fault_vfs_remove(&rig->vfs);
    return 0;
}

static struct store_batch *append(struct rig *rig, uint8_t class, const char *text)
{
    struct error err = {0};
    struct record record = {.operation = RECORD_READ, .outcome = OUTCOME_DONE, .age = 255};
    struct store_batch *batch = store_batch_new(rig->world.door);
    record.class.class = class;
    assert_non_null(batch);
    assert_int_equal(audit_append(rig->audit, batch, &record, slice_text(text), &err), RESULT_OK);
    return batch;
}

static void write_one(struct rig *rig, uint8_t class)
{
    assert_int_equal(world_commit(&rig->world, append(rig, class, "")), FAULT_NONE);
}

struct page {
    struct rig *rig;
    struct record records[16];
    size_t count;
    char text[64]; /* of the last record */
};

static void take(void *ctx, const struct store_leaf *leaves, size_t count, const struct error *err)
{
    struct page *page = ctx;
    struct error fault;
    assert_null(err);
    assert_true(count <= COUNT_OF(page->records));
    page->count = count;
    for (size_t i = 0; i < count; i++) {
        struct buf text;
        buf_init(&text, 4096);
        assert_int_equal(audit_read(page->rig->audit, &leaves[i], &page->records[i], &text, &fault), RESULT_OK);
        (void)snprintf(page->text, sizeof page->text, "%.*s", (int)text.len, (const char *)text.ptr);
        buf_free(&text);
    }
}

static struct page read_all(struct rig *rig)
{
    struct page page = {.rig = rig};
    store_log_read(rig->world.door, 0, COUNT_OF(page.records), take, &page);
    return page;
}

static void expect(struct rig *rig, const enum record_operation *operations, size_t count)
{
    const struct page page = read_all(rig);
    assert_int_equal(page.count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(page.records[i].operation, operations[i]);
    }
}

#define EXPECT(rig, ...)                                                                                               \
    expect((rig), (const enum record_operation[]){__VA_ARGS__},                                                        \
           sizeof((const enum record_operation[]){__VA_ARGS__}) / sizeof(enum record_operation))

static void the_first_record_under_a_key_is_preceded_by_its_commitment(void **state)
{
    struct rig *rig = *state;
    struct sha256 commitment;
    struct error err;
    write_one(rig, 1);
    write_one(rig, 1);
    write_one(rig, 2);
    EXPECT(rig, RECORD_CLASS_KEY, RECORD_READ, RECORD_READ, RECORD_CLASS_KEY, RECORD_READ);
    const struct page page = read_all(rig);
    assert_int_equal(page.records[3].class.class, 2);
    assert_int_equal(page.records[3].class.month, 202611);
    assert_int_equal(seal_class_commitment(rig->world.keyring, page.records[3].class, &commitment, &err), RESULT_OK);
    assert_memory_equal(page.records[3].attachment, commitment.bytes, SHA256_SIZE);
}

static void a_new_month_has_a_new_key(void **state)
{
    struct rig *rig = *state;
    write_one(rig, 1);
    rig->now = DECEMBER;
    write_one(rig, 1);
    EXPECT(rig, RECORD_CLASS_KEY, RECORD_READ, RECORD_CLASS_KEY, RECORD_READ);
    const struct page page = read_all(rig);
    assert_int_equal(page.records[2].class.month, 202612);
    assert_int_equal(page.records[3].time_ms, DECEMBER);
    assert_memory_not_equal(page.records[0].attachment, page.records[2].attachment, SHA256_SIZE);
}

static void after_a_restart_the_key_is_known(void **state)
{
    struct rig *rig = *state;
    write_one(rig, 1);
    stop(rig);
    start(rig);
    assert_int_equal(rig->refused, FAULT_NONE);
    write_one(rig, 1);
    EXPECT(rig, RECORD_CLASS_KEY, RECORD_READ, RECORD_READ);
}

static void a_key_made_before_a_crash_is_committed_to_after_it(void **state)
{
    struct rig *rig = *state;
    store_batch_free(append(rig, 1, "")); /* the key file is there, the log knows nothing */
    stop(rig);
    start(rig);
    write_one(rig, 1);
    EXPECT(rig, RECORD_CLASS_KEY, RECORD_READ);
}

/* Puts other bytes in the key file of this month and class 1. */
static void replace_key(struct rig *rig)
{
    char path[WORLD_PATH_MAX + 32];
    uint8_t key[32];
    memset(key, 0x42, sizeof key);
    (void)snprintf(path, sizeof path, "%s/log-202611-1.key", rig->world.keys);
    FILE *out = fopen(path, "r+");
    assert_non_null(out);
    assert_int_equal(fwrite(key, 1, sizeof key, out), sizeof key);
    assert_int_equal(fclose(out), 0);
    struct error err;
    keyring_close(rig->world.keyring); /* it keeps keys in memory */
    assert_int_equal(keyring_open(rig->world.keys, &rig->world.keyring, &err), RESULT_OK);
    rig->world.options.keyring = rig->world.keyring;
}

static void a_replaced_key_is_refused_at_the_start(void **state)
{
    struct rig *rig = *state;
    write_one(rig, 1);
    stop(rig);
    replace_key(rig);
    start(rig);
    assert_int_equal(rig->refused, FAULT_CONFIG);
}

static void what_a_failed_commit_said_of_a_key_is_said_again(void **state)
{
    struct rig *rig = *state;
    struct store_batch *batch = append(rig, 1, "");
    atomic_store(&rig->vfs.write_code, SQLITE_FULL);
    assert_int_equal(world_commit(&rig->world, batch), FAULT_STORE);
    atomic_store(&rig->vfs.write_code, SQLITE_OK);
    audit_forget_keys(rig->audit);
    write_one(rig, 1);
    EXPECT(rig, RECORD_CLASS_KEY, RECORD_READ);
}

static void a_record_that_cannot_be_appended_takes_the_commitment_back(void **state)
{
    struct rig *rig = *state;
    struct error err;
    struct record record = {.operation = RECORD_READ};
    static char too_long[4097 + 1];
    struct store_batch *batch = store_batch_new(rig->world.door);
    memset(too_long, 'x', sizeof too_long - 1);
    record.class.class = 1;
    assert_int_equal(audit_append(rig->audit, batch, &record, slice_text(too_long), &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_LOG);
    store_batch_free(batch);
    write_one(rig, 1);
    EXPECT(rig, RECORD_CLASS_KEY, RECORD_READ);
}

static void a_key_that_cannot_be_made_is_told_until_it_can(void **state)
{
    struct rig *rig = *state;
    struct error err;
    char away[2 * WORLD_PATH_MAX];
    (void)snprintf(away, sizeof away, "%s/log-202611-1.key", rig->world.keys);
    assert_true(audit_keys_ready(rig->audit));
    assert_int_equal(mkdir(away, 0700), 0); /* also root cannot make a file there */
    struct store_batch *batch = store_batch_new(rig->world.door);
    struct record record = {.operation = RECORD_ANSWERED, .class = {.class = 1}, .age = 255};
    assert_int_equal(audit_append(rig->audit, batch, &record, slice_of(NULL, 0), &err), RESULT_FAILED);
    store_batch_free(batch);
    assert_false(audit_keys_ready(rig->audit));
    assert_false(audit_keys_ready(rig->audit));
    rig->now = DECEMBER; /* of a month that is over, none is needed any more */
    assert_true(audit_keys_ready(rig->audit));
    rig->now = NOVEMBER;
    batch = store_batch_new(rig->world.door);
    assert_int_equal(audit_append(rig->audit, batch, &record, slice_of(NULL, 0), &err), RESULT_FAILED);
    store_batch_free(batch);
    assert_false(audit_keys_ready(rig->audit));
    assert_int_equal(rmdir(away), 0);
    assert_true(audit_keys_ready(rig->audit));
    write_one(rig, 1);
    EXPECT(rig, RECORD_CLASS_KEY, RECORD_READ);
}

static void a_class_that_cannot_be_is_refused(void **state)
{
    struct rig *rig = *state;
    struct error err;
    struct record record = {.operation = RECORD_READ};
    struct store_batch *batch = store_batch_new(rig->world.door);
    record.class.class = 10;
    assert_int_equal(audit_append(rig->audit, batch, &record, slice_of(NULL, 0), &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_LOG);
    store_batch_free(batch);
}

static void free_text_comes_back_and_belongs_to_its_record(void **state)
{
    struct rig *rig = *state;
    assert_int_equal(world_commit(&rig->world, append(rig, 1, "gezin meldt zich")), FAULT_NONE);
    const struct page page = read_all(rig);
    assert_int_equal(page.count, 2);
    assert_string_equal(page.text, "gezin meldt zich");
}

/* A note under another leaf, or cut short, does not open. */
static void take_with_wrong_text(void *ctx, const struct store_leaf *leaves, size_t count, const struct error *err)
{
    struct rig *rig = ctx;
    struct record record;
    struct error fault;
    struct buf text;
    assert_null(err);
    assert_int_equal(count, 3);
    buf_init(&text, 4096);
    const struct store_leaf moved = {leaves[1].sequence, leaves[1].leaf, leaves[2].sealed_text, slice_of(NULL, 0)};
    assert_int_equal(audit_read(rig->audit, &moved, &record, &text, &fault), RESULT_FAILED);
    assert_int_equal(fault.fault, FAULT_STORE);
    for (size_t len = 1; len < leaves[1].sealed_text.len; len++) {
        const struct store_leaf cut = {leaves[1].sequence, leaves[1].leaf, slice_of(leaves[1].sealed_text.ptr, len),
                                       slice_of(NULL, 0)};
        assert_int_equal(audit_read(rig->audit, &cut, &record, &text, &fault), RESULT_FAILED);
    }
    assert_int_equal(text.len, 0);
    buf_free(&text);
}

static void text_of_another_record_does_not_open(void **state)
{
    struct rig *rig = *state;
    assert_int_equal(world_commit(&rig->world, append(rig, 1, "een reden")), FAULT_NONE);
    assert_int_equal(world_commit(&rig->world, append(rig, 1, "een andere")), FAULT_NONE);
    store_log_read(rig->world.door, 0, 3, take_with_wrong_text, rig);
}

static void take_destroyed(void *ctx, const struct store_leaf *leaves, size_t count, const struct error *err)
{
    struct rig *rig = ctx;
    struct record record;
    struct error fault;
    assert_null(err);
    assert_int_equal(count, 2);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(audit_read(rig->audit, &leaves[i], &record, NULL, &fault), RESULT_FAILED);
        assert_int_equal(fault.fault, FAULT_NOT_FOUND);
        assert_int_equal(record_decode_visible(leaves[i].leaf, &record, &fault), RESULT_OK);
        assert_int_equal(record.class.month, 202611);
    }
}

static void a_destroyed_key_ends_the_readable_life_and_not_the_visible(void **state)
{
    struct rig *rig = *state;
    char path[WORLD_PATH_MAX + 32];
    write_one(rig, 1);
    (void)snprintf(path, sizeof path, "%s/log-202611-1.key", rig->world.keys);
    assert_int_equal(unlink(path), 0);
    store_log_read(rig->world.door, 0, 2, take_destroyed, rig);
}

#define WITH_RIG(test) cmocka_unit_test_setup_teardown(test, open_rig, close_rig)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_RIG(the_first_record_under_a_key_is_preceded_by_its_commitment),
        WITH_RIG(a_new_month_has_a_new_key),
        WITH_RIG(after_a_restart_the_key_is_known),
        WITH_RIG(a_key_made_before_a_crash_is_committed_to_after_it),
        WITH_RIG(a_replaced_key_is_refused_at_the_start),
        WITH_RIG(what_a_failed_commit_said_of_a_key_is_said_again),
        WITH_RIG(a_record_that_cannot_be_appended_takes_the_commitment_back),
        WITH_RIG(a_key_that_cannot_be_made_is_told_until_it_can),
        WITH_RIG(a_class_that_cannot_be_is_refused),
        WITH_RIG(free_text_comes_back_and_belongs_to_its_record),
        WITH_RIG(text_of_another_record_does_not_open),
        WITH_RIG(a_destroyed_key_ends_the_readable_life_and_not_the_visible),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
