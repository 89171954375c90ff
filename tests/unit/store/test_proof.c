/* Proofs from the store: every kind of node (leaf, within a kept subtree, above it), of the tree as it was committed, and
 * of a database from before subtrees were kept. Checked by base/merkle_proof.h against roots reckoned leaf by leaf. */
#include "unit/unit.h"

#include <sqlite3.h>
#include <stdlib.h>

#include "support/store_world.h"

enum { LEAVES = 1300, STEP = 325 };

struct rig {
    struct world world;
    struct sha256 hashes[LEAVES];
    struct sha256 roots[LEAVES + 1]; /* by size */
};

static void append(struct rig *rig, uint32_t first)
{
    struct store_batch *batch = store_batch_new(rig->world.door);
    for (uint32_t i = first; i < first + STEP; i++) {
        uint8_t leaf[LOG_LEAF_BYTES];
        world_leaf(i, leaf);
        struct store_place place;
        store_append(batch, leaf, slice_of(NULL, 0), slice_text(i % 2 == 0 ? "bewijs" : ""), &place);
        assert_int_equal(place.index, i - first);
        rig->hashes[i] = place.leaf_hash;
    }
    assert_int_equal(world_commit(&rig->world, batch), FAULT_NONE);
}

static int setup(void **state)
{
    struct rig *rig = calloc(1, sizeof *rig);
    struct error err;
    struct merkle_frontier tree;
    world_make(&rig->world);
    assert_int_equal(world_open(&rig->world, &err), RESULT_OK);
    for (uint32_t first = 0; first < LEAVES; first += STEP) {
        append(rig, first);
    }
    merkle_init(&tree);
    merkle_root(&tree, &rig->roots[0]);
    for (uint32_t i = 0; i < LEAVES; i++) {
        uint8_t leaf[LOG_LEAF_BYTES];
        struct sha256 hash;
        world_leaf(i, leaf);
        merkle_leaf_hash(slice_of(leaf, sizeof leaf), &hash);
        assert_memory_equal(hash.bytes, rig->hashes[i].bytes, SHA256_SIZE); /* as store_append told */
        merkle_append(&tree, &hash);
        merkle_root(&tree, &rig->roots[i + 1]);
    }
    *state = rig;
    return 0;
}

static int teardown(void **state)
{
    struct rig *rig = *state;
    world_close(&rig->world);
    world_drop(&rig->world);
    free(rig);
    return 0;
}

struct got {
    enum fault fault;
    struct merkle_proof proof;
    struct sha256 root;
};

static void on_proof(void *ctx, const struct merkle_proof *proof, const struct error *err)
{
    struct got *got = ctx;
    got->fault = err != NULL ? err->fault : FAULT_NONE;
    if (err == NULL) {
        got->proof = *proof;
    }
}

static void on_root(void *ctx, const struct sha256 *root, const struct error *err)
{
    struct got *got = ctx;
    got->fault = err != NULL ? err->fault : FAULT_NONE;
    if (err == NULL) {
        got->root = *root;
    }
}

static const uint64_t sizes[] = {1, 2, 255, 256, 257, 511, 512, 700, 1023, 1024, 1025, 1279, 1280, LEAVES};
enum { SIZES = sizeof sizes / sizeof sizes[0] };

static void check_all(struct rig *rig)
{
    struct got got;
    for (size_t i = 0; i < SIZES; i++) {
        store_log_root(rig->world.door, sizes[i], on_root, &got);
        assert_int_equal(got.fault, FAULT_NONE);
        assert_memory_equal(got.root.bytes, rig->roots[sizes[i]].bytes, SHA256_SIZE);
        for (uint64_t index = 0; index < sizes[i]; index += 1 + index / 3) {
            store_log_inclusion(rig->world.door, index, sizes[i], on_proof, &got);
            assert_int_equal(got.fault, FAULT_NONE);
            assert_true(
                merkle_inclusion_holds(index, sizes[i], &rig->hashes[index], &got.proof, &rig->roots[sizes[i]]));
        }
        for (size_t from = 0; from <= i; from++) {
            store_log_consistency(rig->world.door, sizes[from], sizes[i], on_proof, &got);
            assert_int_equal(got.fault, FAULT_NONE);
            assert_true(merkle_consistency_holds(sizes[from], sizes[i], &rig->roots[sizes[from]], &rig->roots[sizes[i]],
                                                 &got.proof));
        }
    }
}

static void all_sizes(void **state)
{
    check_all(*state);
}

static void past_the_tree(void **state)
{
    struct rig *rig = *state;
    struct got got;
    store_log_inclusion(rig->world.door, LEAVES, LEAVES, on_proof, &got);
    assert_int_equal(got.fault, FAULT_NOT_FOUND);
    store_log_inclusion(rig->world.door, 0, LEAVES + 1, on_proof, &got);
    assert_int_equal(got.fault, FAULT_NOT_FOUND);
    store_log_consistency(rig->world.door, 1, LEAVES + 1, on_proof, &got);
    assert_int_equal(got.fault, FAULT_NOT_FOUND);
    store_log_consistency(rig->world.door, 5, 4, on_proof, &got);
    assert_int_equal(got.fault, FAULT_NOT_FOUND);
    store_log_root(rig->world.door, LEAVES + 1, on_root, &got);
    assert_int_equal(got.fault, FAULT_NOT_FOUND);
}

static void on_leaves(void *ctx, const struct store_leaf *leaves, size_t count, const struct error *err)
{
    (void)ctx;
    assert_null(err);
    for (size_t i = 0; i < count; i++) {
        assert_true(slice_is(leaves[i].receipt, leaves[i].sequence % 2 == 0 ? "bewijs" : ""));
        assert_int_equal(leaves[i].sealed_text.len, 0);
    }
}

static void receipts_come_back(void **state)
{
    struct rig *rig = *state;
    store_log_read(rig->world.door, 0, LEAVES, on_leaves, NULL);
}

static void sql(struct rig *rig, const char *text)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(rig->world.database, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* As a program of the first schema left it. */
static void an_older_database_gets_its_subtrees(void **state)
{
    struct rig *rig = *state;
    struct error err;
    world_close(&rig->world);
    sql(rig,
        "DROP TABLE notice; DROP TABLE incoming; DROP TABLE outgoing; DROP TABLE line; DROP TABLE task_event; DROP "
        "TABLE task; DROP TABLE meeting_event; DROP TABLE meeting; DROP TABLE signal; "
        "DROP TABLE staff; DROP TABLE letter; DROP TABLE finding; DROP TABLE feed; DROP TABLE match_quota; DROP "
        "TABLE match_value; DROP TABLE lookup_set; "
        "DROP TABLE past_place; DROP TABLE roster; "
        "DROP TABLE covenant_piece; DROP TABLE covenant; DROP TABLE covenant_signature; DROP TABLE court_order; "
        "DROP TABLE report; DROP TABLE message; DROP TABLE fact; DROP TABLE found; DROP "
        "TABLE tile; ALTER TABLE leaf DROP COLUMN receipt; DELETE FROM migration WHERE "
        "version > 1;"
        "PRAGMA user_version = 1");
    assert_int_equal(world_open(&rig->world, &err), RESULT_OK);
    check_all(rig);
}

/* A subtree's root is a copy of what the leaves say; one that is gone or false is found by whoever checks the proof. */
static void false_subtrees_prove_nothing(void **state)
{
    struct rig *rig = *state;
    struct error err;
    struct got got;
    world_close(&rig->world);
    sql(rig, "UPDATE tile SET hash = zeroblob(32) WHERE level = 1 AND place = 1");
    assert_int_equal(world_open(&rig->world, &err), RESULT_OK);
    store_log_inclusion(rig->world.door, 0, LEAVES, on_proof, &got);
    assert_int_equal(got.fault, FAULT_NONE);
    assert_false(merkle_inclusion_holds(0, LEAVES, &rig->hashes[0], &got.proof, &rig->roots[LEAVES]));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(all_sizes),
        T(past_the_tree),
        T(receipts_come_back),
        T(an_older_database_gets_its_subtrees),
        T(false_subtrees_prove_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
