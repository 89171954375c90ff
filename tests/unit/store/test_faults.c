/* Disks that are full or fail, queues that are full, memory that is out: who hears what, and that the store lives on.
 */
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "support/fault_vfs.h"
#include "support/store_world.h"

struct rig {
    struct fault_vfs vfs;
    struct world world;
};

static int setup(void **state)
{
    struct rig *rig = calloc(1, sizeof *rig);
    struct error err;
    fault_vfs_install(&rig->vfs);
    world_make(&rig->world);
    assert_int_equal(world_open(&rig->world, &err), RESULT_OK);
    *state = rig;
    return 0;
}

static int teardown(void **state)
{
    struct rig *rig = *state;
    world_close(&rig->world);
    world_drop(&rig->world);
    fault_vfs_remove(&rig->vfs);
    free(rig);
    return 0;
}

static struct store_batch *leaf_batch(struct world *world, uint32_t number)
{
    struct store_batch *batch = store_batch_new(world->door);
    uint8_t leaf[LOG_LEAF_BYTES];
    assert_non_null(batch);
    world_leaf(number, leaf);
    store_append(batch, leaf, slice_of(NULL, 0), slice_of(NULL, 0), NULL);
    return batch;
}

static void on_head(void *ctx, const struct merkle_frontier *tree, const struct error *err)
{
    *(uint64_t *)ctx = err == NULL ? tree->size : UINT64_MAX;
}

static uint64_t tree_size(struct world *world)
{
    uint64_t size = 0;
    store_log_head(world->door, on_head, &size);
    return size;
}

static void a_disk_that_refuses_fails_the_group_and_no_more(void **state)
{
    struct rig *rig = *state;
    struct world *world = &rig->world;
    static const int codes[] = {SQLITE_FULL, SQLITE_IOERR_WRITE, SQLITE_READONLY};
    assert_int_equal(world_commit(world, leaf_batch(world, 0)), FAULT_NONE);
    for (uint32_t i = 0; i < COUNT_OF(codes); i++) {
        atomic_store(&rig->vfs.write_code, codes[i]);
        for (int again = 0; again < 3; again++) {
            assert_int_equal(world_commit(world, leaf_batch(world, 99)), FAULT_STORE);
            assert_false(store_writable(world->store));
            assert_int_equal(tree_size(world), i + 1);
        }
        atomic_store(&rig->vfs.write_code, SQLITE_OK);
        assert_int_equal(world_commit(world, leaf_batch(world, i + 1)), FAULT_NONE);
        assert_int_equal(world->committed.first_leaf, i + 1);
        assert_true(store_writable(world->store));
    }
    assert_int_equal(atomic_load(&world->fatal_calls), 0);
    struct error err;
    world_close(world);
    assert_int_equal(world_open(world, &err), RESULT_OK);
    assert_int_equal(tree_size(world), COUNT_OF(codes) + 1);
}

static void a_failed_sync_is_fatal(void **state)
{
    struct rig *rig = *state;
    struct world *world = &rig->world;
    assert_int_equal(world_commit(world, leaf_batch(world, 0)), FAULT_NONE);
    atomic_store(&rig->vfs.wal_sync_code, SQLITE_IOERR_FSYNC);
    assert_int_equal(world_commit(world, leaf_batch(world, 1)), FAULT_STORE);
    assert_int_equal(atomic_load(&world->fatal_calls), 1);
    /* That the disk seems well again changes nothing: what it lost is unknown. */
    atomic_store(&rig->vfs.wal_sync_code, SQLITE_OK);
    assert_int_equal(world_commit(world, leaf_batch(world, 2)), FAULT_STORE);
    assert_false(store_writable(world->store));
    assert_int_equal(atomic_load(&world->fatal_calls), 1);
    /* The next start recovers. */
    struct error err;
    world_close(world);
    assert_int_equal(world_open(world, &err), RESULT_OK);
    assert_true(tree_size(world) >= 1);
    assert_int_equal(world_commit(world, leaf_batch(world, 1)), FAULT_NONE);
}

static void a_failed_sync_of_a_checkpoint_is_fatal_too(void **state)
{
    struct rig *rig = *state;
    struct world *world = &rig->world;
    atomic_store(&rig->vfs.db_sync_code, SQLITE_IOERR_FSYNC);
    assert_int_equal(world_commit(world, leaf_batch(world, 0)), FAULT_NONE);
    /* The checkpoint of an idle store comes after STORE_IDLE_MS. */
    for (int i = 0; i < 600 && atomic_load(&world->fatal_calls) == 0; i++) {
        uv_sleep(STORE_IDLE_MS / 10);
    }
    assert_int_equal(atomic_load(&world->fatal_calls), 1);
    assert_int_equal(world_commit(world, leaf_batch(world, 1)), FAULT_STORE);
    atomic_store(&rig->vfs.db_sync_code, SQLITE_OK);
}

static void an_idle_store_empties_its_write_ahead_log(void **state)
{
    struct rig *rig = *state;
    struct world *world = &rig->world;
    char wal[WORLD_PATH_MAX + 8];
    assert_int_equal(world_commit(world, leaf_batch(world, 0)), FAULT_NONE);
    (void)snprintf(wal, sizeof wal, "%s-wal", world->database);
    struct stat st = {.st_size = 1};
    for (int i = 0; i < 600 && st.st_size != 0; i++) {
        uv_sleep(STORE_IDLE_MS / 10);
        assert_int_equal(stat(wal, &st), 0);
    }
    assert_int_equal(st.st_size, 0);
    assert_int_equal(world_commit(world, leaf_batch(world, 1)), FAULT_NONE);
    assert_int_equal(tree_size(world), 2);
}

struct tally {
    size_t fine;
    size_t busy;
    size_t other;
};

static void on_tallied(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct tally *tally = ctx;
    (void)committed;
    if (err == NULL) {
        tally->fine++;
    } else if (err->fault == FAULT_BUSY) {
        tally->busy++;
    } else {
        tally->other++;
    }
}

static void a_full_queue_says_busy(void **state)
{
    struct rig *rig = *state;
    struct world *world = &rig->world;
    struct tally tally = {0, 0, 0};
    fault_vfs_hold(&rig->vfs);
    store_commit(world->door, leaf_batch(world, 0), on_tallied, &tally);
    (void)uv_run(&world->loop, UV_RUN_NOWAIT); /* the turn ends: the writer begins */
    fault_vfs_wait_held(&rig->vfs);
    for (uint32_t i = 0; i < STORE_QUEUE_MAX + 3; i++) {
        store_commit(world->door, leaf_batch(world, i), on_tallied, &tally);
    }
    assert_int_equal(tally.busy, 0); /* never from inside store_commit */
    (void)uv_run(&world->loop, UV_RUN_NOWAIT);
    assert_int_equal(tally.busy, 3);
    assert_int_equal(tally.fine, 0);
    fault_vfs_release(&rig->vfs);
    (void)uv_run(&world->loop, UV_RUN_DEFAULT);
    assert_int_equal(tally.fine, STORE_QUEUE_MAX + 1);
    assert_int_equal(tally.other, 0);
    assert_int_equal(tree_size(world), STORE_QUEUE_MAX + 1);
}

static void on_large(void *ctx, const struct store_committed *committed, const struct error *err)
{
    assert_null(err);
    *(uint64_t *)ctx = committed->first_leaf;
}

/* Smaller ones go first, but not for ever. */
static void a_large_batch_lets_small_ones_go_first_up_to_a_bound(void **state)
{
    struct rig *rig = *state;
    struct world *world = &rig->world;
    struct tally tally = {0, 0, 0};
    uint64_t large = UINT64_MAX; /* its place in the log */
    enum { SMALL = STORE_GROUP_MAX * STORE_PATIENCE + 2 * STORE_GROUP_MAX };
    fault_vfs_hold(&rig->vfs);
    store_commit(world->door, leaf_batch(world, 0), on_tallied, &tally);
    (void)uv_run(&world->loop, UV_RUN_NOWAIT);
    fault_vfs_wait_held(&rig->vfs);
    struct store_batch *batch = leaf_batch(world, 1);
    uint8_t leaf[LOG_LEAF_BYTES];
    world_leaf(2, leaf);
    for (int i = 1; i < STORE_ALONE_CHANGES; i++) {
        store_append(batch, leaf, slice_of(NULL, 0), slice_of(NULL, 0), NULL);
    }
    store_commit(world->door, batch, on_large, &large);
    for (uint32_t i = 0; i < SMALL; i++) {
        store_commit(world->door, leaf_batch(world, i), on_tallied, &tally);
    }
    fault_vfs_release(&rig->vfs);
    (void)uv_run(&world->loop, UV_RUN_DEFAULT);
    assert_int_equal(tally.fine, SMALL + 1);
    assert_int_equal(large, STORE_GROUP_MAX * STORE_PATIENCE + 1);
}

static struct store_batch *heavy_batch(struct world *world, uint32_t first)
{
    static char content[STORE_PAYLOAD_MAX - SEAL_OVERHEAD];
    struct store_batch *batch = store_batch_new(world->door);
    assert_non_null(batch);
    for (uint32_t i = 0; i < STORE_BATCH_BYTES_MAX / STORE_PAYLOAD_MAX; i++) {
        store_put(batch, STORE_HOUSEHOLD,
                  &(struct store_write){.id = world_ident(first + i), .payload = slice_of(content, sizeof content)});
    }
    return batch;
}

/* Else the write-ahead log would grow as long as an import lasts. */
static void a_large_batch_waits_while_checkpoints_are_behind_and_small_ones_do_not(void **state)
{
    struct rig *rig = *state;
    struct world *world = &rig->world;
    struct tally tally = {0, 0, 0};
    sqlite3 *reader = NULL;
    enum { HEAVY = STORE_BATCH_BYTES_MAX / STORE_PAYLOAD_MAX };
    assert_int_equal(world_commit(world, leaf_batch(world, 0)), FAULT_NONE);
    assert_int_equal(sqlite3_open(world->database, &reader), SQLITE_OK);
    assert_int_equal(sqlite3_exec(reader, "BEGIN; SELECT count(*) FROM leaf", NULL, NULL, NULL), SQLITE_OK);
    uint32_t first = 0;
    for (int pages = 0; pages < STORE_WAL_BEHIND_PAGES; pages += HEAVY) {
        assert_int_equal(world_commit(world, heavy_batch(world, first)), FAULT_NONE);
        first += HEAVY;
    }
    store_commit(world->door, heavy_batch(world, first), on_tallied, &tally);
    for (uint32_t i = 0; i < 20; i++) {
        assert_int_equal(world_commit(world, leaf_batch(world, i)), FAULT_NONE);
        assert_int_equal(tally.fine, 0);
    }
    assert_int_equal(sqlite3_exec(reader, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    (void)sqlite3_close(reader);
    (void)uv_run(&world->loop, UV_RUN_DEFAULT);
    assert_int_equal(tally.fine, 1);
}

static void on_found(void *ctx, const struct store_found *found, const struct error *err)
{
    *(enum fault *)ctx = err != NULL ? err->fault : found->item != NULL ? FAULT_NONE : FAULT_NOT_FOUND;
}

static void on_listed(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *err)
{
    (void)items;
    (void)more;
    *(enum fault *)ctx = err != NULL ? err->fault : count == 0 ? FAULT_NOT_FOUND : FAULT_NONE;
}

static void on_leaves(void *ctx, const struct store_leaf *leaves, size_t count, const struct error *err)
{
    (void)leaves;
    *(enum fault *)ctx = err != NULL ? err->fault : count == 0 ? FAULT_NOT_FOUND : FAULT_NONE;
}

static void on_value(void *ctx, struct slice value, const struct error *err)
{
    *(enum fault *)ctx = err != NULL ? err->fault : value.len == 0 ? FAULT_NOT_FOUND : FAULT_NONE;
}

/* One of everything; FAULT_NONE, or the first fault. */
static enum fault use_all(struct world *world)
{
    struct store_batch *batch = store_batch_new(world->door);
    if (batch == NULL) {
        return FAULT_NO_MEMORY;
    }
    uint8_t leaf[LOG_LEAF_BYTES];
    world_leaf(1, leaf);
    store_put(batch, STORE_SUBJECT,
              &(struct store_write){
                  .id = world_ident(1), .keys = {slice_text("123456782")}, .payload = slice_text("inhoud")});
    store_put(batch, STORE_INVOLVEMENT,
              &(struct store_write){.id = world_ident(2), .parent = world_ident(1), .payload = slice_text("kind")});
    store_append(batch, leaf, slice_text("tekst"), slice_of(NULL, 0), NULL);
    store_set_value(batch, "naam", slice_text("waarde"));
    enum fault fault = world_commit(world, batch);
    if (fault == FAULT_NONE) {
        store_find(world->door, STORE_SUBJECT, STORE_KEY_A, slice_text("123456782"), STORE_INVOLVEMENT, on_found,
                   &fault);
    }
    if (fault == FAULT_NONE) {
        store_list(world->door, STORE_SUBJECT, NULL, 5, on_listed, &fault);
    }
    if (fault == FAULT_NONE) {
        store_log_read(world->door, 0, 5, on_leaves, &fault);
    }
    if (fault == FAULT_NONE) {
        store_get_value(world->door, "naam", on_value, &fault);
    }
    return fault;
}

static void every_allocation_may_fail(void **state)
{
    struct rig *rig = *state;
    struct world *world = &rig->world;
    struct error err;
    world_close(world);
    bool whole = false;
    long failures = 0;
    for (long n = 0; !whole && n < 500; n++) {
        mem_fail_after(n);
        enum fault fault = FAULT_NO_MEMORY;
        if (world_open(world, &err) == RESULT_OK) {
            fault = use_all(world);
            world_close(world);
        } else {
            fault = err.fault;
        }
        mem_fail_after(-1);
        whole = fault == FAULT_NONE;
        failures += whole ? 0 : 1;
        assert_true(whole || fault == FAULT_NO_MEMORY);
    }
    assert_true(whole);
    assert_true(failures > 15);
    assert_int_equal(world_open(world, &err), RESULT_OK);
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_disk_that_refuses_fails_the_group_and_no_more),
        T(a_failed_sync_is_fatal),
        T(a_failed_sync_of_a_checkpoint_is_fatal_too),
        T(an_idle_store_empties_its_write_ahead_log),
        T(a_full_queue_says_busy),
        T(a_large_batch_lets_small_ones_go_first_up_to_a_bound),
        T(a_large_batch_waits_while_checkpoints_are_behind_and_small_ones_do_not),
        T(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
