/* The log: leaves in order, the tree over them, commits in groups that answer after the sync. */
#include "unit/unit.h"

#include <stdlib.h>

#include "base/bytes.h"
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

static enum fault append(struct world *world, uint32_t first, uint32_t count)
{
    struct store_batch *batch = store_batch_new(world->door);
    for (uint32_t i = first; i < first + count; i++) {
        uint8_t leaf[LOG_LEAF_BYTES];
        world_leaf(i, leaf);
        store_append(batch, leaf, i % 3 == 0 ? slice_text("tekst") : slice_of(NULL, 0), slice_of(NULL, 0), NULL);
    }
    return world_commit(world, batch);
}

/* The leaves as read back, and the tree reckoned over them. */
struct read_back {
    uint64_t count;
    struct merkle_frontier tree;
    enum fault fault;
};

static void on_leaves(void *ctx, const struct store_leaf *leaves, size_t count, const struct error *err)
{
    struct read_back *back = ctx;
    back->fault = err != NULL ? err->fault : FAULT_NONE;
    for (size_t i = 0; i < count; i++) {
        struct sha256 hash;
        assert_int_equal(leaves[i].sequence, back->count);
        assert_int_equal(bytes_get_u32(leaves[i].leaf), back->count);
        assert_true(slice_is(leaves[i].sealed_text, back->count % 3 == 0 ? "tekst" : ""));
        merkle_leaf_hash(slice_of(leaves[i].leaf, LOG_LEAF_BYTES), &hash);
        merkle_append(&back->tree, &hash);
        back->count++;
    }
}

static void on_head(void *ctx, const struct merkle_frontier *tree, const struct error *err)
{
    assert_null(err);
    *(struct merkle_frontier *)ctx = *tree;
}

/* Reads all, and compares the kept tree with the reckoned one. */
static void check_log(struct world *world, uint64_t expected)
{
    struct read_back back = {.count = 0};
    struct merkle_frontier kept;
    struct sha256 a;
    struct sha256 b;
    while (back.count < expected) {
        const uint64_t before = back.count;
        store_log_read(world->door, before, 100, on_leaves, &back);
        assert_int_equal(back.fault, FAULT_NONE);
        assert_true(back.count > before);
    }
    store_log_head(world->door, on_head, &kept);
    assert_int_equal(kept.size, expected);
    merkle_root(&kept, &a);
    merkle_root(&back.tree, &b);
    assert_memory_equal(a.bytes, b.bytes, SHA256_SIZE);
}

static void leaves_get_their_numbers_in_order(void **state)
{
    struct world *world = &((struct rig *)*state)->world;
    check_log(world, 0);
    assert_int_equal(append(world, 0, 1), FAULT_NONE);
    assert_int_equal(world->committed.first_leaf, 0);
    assert_int_equal(world->committed.tree_size, 1);
    assert_int_equal(append(world, 1, 5), FAULT_NONE);
    assert_int_equal(world->committed.first_leaf, 1);
    assert_int_equal(world->committed.tree_size, 6);
    check_log(world, 6);
}

static void the_tree_goes_on_after_reopening(void **state)
{
    struct world *world = &((struct rig *)*state)->world;
    uint32_t size = 0;
    for (uint32_t step = 1; step < 40; step += 7) {
        struct error err;
        assert_int_equal(append(world, size, step), FAULT_NONE);
        size += step;
        world_close(world);
        assert_int_equal(world_open(world, &err), RESULT_OK);
        check_log(world, size);
    }
}

static void reading_past_the_end_finds_nothing(void **state)
{
    struct world *world = &((struct rig *)*state)->world;
    assert_int_equal(append(world, 0, 3), FAULT_NONE);
    static const uint64_t past[] = {3, 1000, (uint64_t)INT64_MAX + 1, UINT64_MAX};
    for (size_t i = 0; i < COUNT_OF(past); i++) {
        struct read_back back = {.count = 0};
        store_log_read(world->door, past[i], 10, on_leaves, &back);
        assert_int_equal(back.fault, FAULT_NONE);
        assert_int_equal(back.count, 0);
    }
}

static void one_read_is_never_longer_than_its_bound(void **state)
{
    struct world *world = &((struct rig *)*state)->world;
    assert_int_equal(append(world, 0, STORE_LIST_MAX + 1), FAULT_NONE);
    struct read_back back = {.count = 0};
    store_log_read(world->door, 0, SIZE_MAX, on_leaves, &back);
    assert_int_equal(back.count, STORE_LIST_MAX);
    check_log(world, STORE_LIST_MAX + 1);
}

struct counter {
    struct world *world;
    size_t done;
    size_t failed;
    uint64_t next_leaf;
    bool closed;
};

static void on_counted(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct counter *counter = ctx;
    counter->done++;
    counter->failed += err != NULL ? 1 : 0;
    assert_int_equal(committed->first_leaf, counter->next_leaf);
    counter->next_leaf++;
}

static void commit_leaf(struct world *world, uint32_t number, store_done *done, void *ctx)
{
    struct store_batch *batch = store_batch_new(world->door);
    uint8_t leaf[LOG_LEAF_BYTES];
    world_leaf(number, leaf);
    store_append(batch, leaf, number % 3 == 0 ? slice_text("tekst") : slice_of(NULL, 0), slice_of(NULL, 0), NULL);
    store_commit(world->door, batch, done, ctx);
}

static void who_waits_is_committed_together_and_answered_after_the_sync(void **state)
{
    struct rig *rig = *state;
    struct world *world = &rig->world;
    struct counter counter = {.world = world};
    fault_vfs_hold(&rig->vfs);
    commit_leaf(world, 0, on_counted, &counter);
    (void)uv_run(&world->loop, UV_RUN_NOWAIT); /* the turn ends: the writer begins */
    fault_vfs_wait_held(&rig->vfs);
    const int before = atomic_load(&rig->vfs.wal_syncs);
    const uint32_t more = STORE_GROUP_MAX + 100;
    for (uint32_t i = 1; i <= more; i++) {
        commit_leaf(world, i, on_counted, &counter);
    }
    for (int i = 0; i < 20; i++) {
        (void)uv_run(&world->loop, UV_RUN_NOWAIT);
    }
    /* Written, not synced: nobody hears a thing, and nobody can read it. */
    assert_int_equal(counter.done, 0);
    check_log(world, 0);
    fault_vfs_release(&rig->vfs);
    (void)uv_run(&world->loop, UV_RUN_DEFAULT);
    assert_int_equal(counter.done, more + 1);
    assert_int_equal(counter.failed, 0);
    /* All that waited took two commits: one full group and the rest. */
    assert_int_equal(atomic_load(&rig->vfs.wal_syncs) - before, 2);
    check_log(world, more + 1);
}

static void on_done_then_read(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct counter *counter = ctx;
    struct merkle_frontier tree;
    assert_null(err);
    store_log_head(counter->world->door, on_head, &tree);
    assert_true(tree.size >= committed->tree_size);
    counter->done++;
    if (counter->done < 200) {
        commit_leaf(counter->world, (uint32_t)counter->done, on_done_then_read, counter);
        /* Leaves a read transaction open that is older than that commit. */
        store_log_head(counter->world->door, on_head, &tree);
    }
}

static void a_read_after_done_sees_the_commit(void **state)
{
    struct world *world = &((struct rig *)*state)->world;
    struct counter counter = {.world = world};
    commit_leaf(world, 0, on_done_then_read, &counter);
    (void)uv_run(&world->loop, UV_RUN_DEFAULT);
    assert_int_equal(counter.done, 200);
    check_log(world, 200);
}

static void on_closed(void *ctx)
{
    *(bool *)ctx = true;
}

/* The first loop gets no turn in between: its read transaction is still open when the other door's commit is done. */
static void a_read_sees_what_another_door_was_told(void **state)
{
    struct world *world = &((struct rig *)*state)->world;
    struct world other = {.store = world->store};
    struct merkle_frontier tree;
    struct error err;
    bool closed = false;
    assert_int_equal(uv_loop_init(&other.loop), 0);
    assert_int_equal(store_attach(world->store, &other.loop, &other.door, &err), RESULT_OK);
    for (uint32_t i = 0; i < 3; i++) {
        store_log_head(world->door, on_head, &tree);
        assert_int_equal(tree.size, i);
        assert_int_equal(append(&other, i, 1), FAULT_NONE);
    }
    store_detach(other.door, on_closed, &closed);
    (void)uv_run(&other.loop, UV_RUN_DEFAULT);
    assert_true(closed);
    assert_int_equal(uv_loop_close(&other.loop), 0);
    check_log(world, 3);
}

static void on_done_then_detach(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct counter *counter = ctx;
    (void)committed;
    assert_null(err);
    if (counter->done++ == 0) {
        store_detach(counter->world->door, on_closed, &counter->closed);
    }
}

static void a_door_detached_in_a_callback_still_runs_the_others(void **state)
{
    struct world *world = &((struct rig *)*state)->world;
    struct counter counter = {.world = world};
    struct error err;
    for (uint32_t i = 0; i < 50; i++) {
        commit_leaf(world, i, on_done_then_detach, &counter);
    }
    (void)uv_run(&world->loop, UV_RUN_DEFAULT);
    assert_int_equal(counter.done, 50);
    assert_true(counter.closed);
    assert_int_equal(store_attach(world->store, &world->loop, &world->door, &err), RESULT_OK);
    check_log(world, 50);
}

struct late {
    uv_prepare_t prepare;
    uv_timer_t guard;
    struct store_door *door;
    struct counter counter;
    bool committed;
    bool too_late;
};

static void on_late_prepare(uv_prepare_t *handle)
{
    struct late *late = handle->data;
    if (!late->committed) {
        late->committed = true;
        struct store_batch *batch = store_batch_new(late->door);
        uint8_t leaf[LOG_LEAF_BYTES];
        world_leaf(0, leaf);
        store_append(batch, leaf, slice_of(NULL, 0), slice_of(NULL, 0), NULL);
        store_commit(late->door, batch, on_counted, &late->counter);
    }
}

static void on_detached(void *ctx)
{
    *(bool *)ctx = true;
}

static void on_guard(uv_timer_t *handle)
{
    ((struct late *)handle->data)->too_late = true;
}

/* The loop has nothing else to wake it: it must not go to sleep on a batch that came just before it would. */
static void a_commit_made_just_before_the_loop_sleeps_is_not_left(void **state)
{
    struct world *world = &((struct rig *)*state)->world;
    struct late before = {.counter = {.world = world}};
    struct error err;
    (void)uv_prepare_init(&world->loop, &before.prepare);
    (void)uv_timer_init(&world->loop, &before.guard);
    before.prepare.data = &before;
    before.guard.data = &before;
    (void)uv_prepare_start(&before.prepare, on_late_prepare);
    /* What was started first comes last: this door has had its turn when the commit is made. */
    assert_int_equal(store_attach(world->store, &world->loop, &before.door, &err), RESULT_OK);
    (void)uv_timer_start(&before.guard, on_guard, 10000, 0);
    while (before.counter.done == 0 && !before.too_late) {
        (void)uv_run(&world->loop, UV_RUN_ONCE);
    }
    assert_false(before.too_late);
    assert_int_equal(before.counter.failed, 0);
    bool closed = false;
    store_detach(before.door, on_detached, &closed);
    uv_close((uv_handle_t *)&before.prepare, NULL);
    uv_close((uv_handle_t *)&before.guard, NULL);
    (void)uv_run(&world->loop, UV_RUN_DEFAULT);
    assert_true(closed);
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(leaves_get_their_numbers_in_order),
        T(the_tree_goes_on_after_reopening),
        T(reading_past_the_end_finds_nothing),
        T(one_read_is_never_longer_than_its_bound),
        T(who_waits_is_committed_together_and_answered_after_the_sync),
        T(a_read_after_done_sees_the_commit),
        T(a_read_sees_what_another_door_was_told),
        T(a_commit_made_just_before_the_loop_sleeps_is_not_left),
        T(a_door_detached_in_a_callback_still_runs_the_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
