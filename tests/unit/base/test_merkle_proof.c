/* RFC 6962 proofs: the published paths and proofs of the certificate-transparency reference tree, and every pair of a
 * small tree, checked by the RFC 9162 algorithms; whatever is changed in one no longer holds. */
#include "unit/unit.h"

#include "base/encode.h"
#include "base/merkle_proof.h"

enum { LEAVES = 8, BIG = 70 };

static const char *const leaves[LEAVES] = {
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"};

struct world {
    size_t count;
    struct sha256 hashes[BIG];
};

/* A slow interpreter of the definition: MTH of RFC 6962, 2.1. */
static void mth(const struct sha256 *hashes, uint64_t count, struct sha256 *out)
{
    if (count == 1) {
        *out = hashes[0];
        return;
    }
    uint64_t half = 1;
    while (half * 2 < count) {
        half *= 2;
    }
    struct sha256 left;
    struct sha256 right;
    mth(hashes, half, &left);
    mth(hashes + half, count - half, &right);
    merkle_node_hash(&left, &right, out);
}

static enum result node(void *ctx, unsigned level, uint64_t index, struct sha256 *out, struct error *err)
{
    const struct world *world = ctx;
    const uint64_t begin = index << level;
    ENSURE(begin + (UINT64_C(1) << level) <= world->count, err, FAULT_STORE, "", "past the tree");
    mth(world->hashes + begin, UINT64_C(1) << level, out);
    return RESULT_OK;
}

static struct world reference(void)
{
    struct world world = {.count = LEAVES};
    for (size_t i = 0; i < LEAVES; i++) {
        uint8_t bytes[16];
        const size_t len = strlen(leaves[i]) / 2;
        assert_true(hex_decode(slice_text(leaves[i]), bytes, len));
        merkle_leaf_hash(slice_of(bytes, len), &world.hashes[i]);
    }
    return world;
}

static struct world big(void)
{
    struct world world = {.count = BIG};
    for (size_t i = 0; i < BIG; i++) {
        merkle_leaf_hash(slice_of(&i, sizeof i), &world.hashes[i]);
    }
    return world;
}

static void assert_hashes(const struct merkle_proof *proof, const char *const *hex)
{
    for (size_t i = 0; i < proof->count; i++) {
        char text[65];
        hex_encode(slice_of(proof->hashes[i].bytes, SHA256_SIZE), text);
        assert_non_null(hex[i]);
        assert_string_equal(text, hex[i]);
    }
    assert_null(hex[proof->count]);
}

#define H1  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
#define H2  "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
#define H12 "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
#define H34 "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
#define H14 "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"
#define H5  "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
#define H58 "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
#define H78 "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
#define H56 "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"

/* google/certificate-transparency, merkle_tree_test.cc: kSHA256Paths and kSHA256Proofs (there leaves count from 1). */
static void published_paths(void **state)
{
    (void)state;
    static const struct {
        uint64_t leaf, size;
        const char *hashes[4];
    } rows[] = {
        {1, 1, {NULL}},      {1, 8, {H2, H34, H58, NULL}}, {6, 8, {H5, H78, H14, NULL}},
        {3, 3, {H12, NULL}}, {2, 5, {H1, H34, H5, NULL}},
    };
    struct world world = reference();
    const struct merkle_nodes nodes = {node, &world};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct merkle_proof proof;
        assert_int_equal(merkle_inclusion(&nodes, rows[i].leaf - 1, rows[i].size, &proof, NULL), RESULT_OK);
        assert_hashes(&proof, rows[i].hashes);
    }
}

static void published_proofs(void **state)
{
    (void)state;
    static const struct {
        uint64_t from, to;
        const char *hashes[4];
    } rows[] = {
        {1, 1, {NULL}},
        {1, 8, {H2, H34, H58, NULL}},
        {6, 8, {H56, H78, H14, NULL}},
        {2, 5, {H34, H5, NULL}},
    };
    struct world world = reference();
    const struct merkle_nodes nodes = {node, &world};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct merkle_proof proof;
        assert_int_equal(merkle_consistency(&nodes, rows[i].from, rows[i].to, &proof, NULL), RESULT_OK);
        assert_hashes(&proof, rows[i].hashes);
    }
}

static void every_leaf_of_every_size(void **state)
{
    (void)state;
    struct world world = big();
    const struct merkle_nodes nodes = {node, &world};
    for (uint64_t size = 1; size <= BIG; size++) {
        struct sha256 root;
        mth(world.hashes, size, &root);
        for (uint64_t index = 0; index < size; index++) {
            struct merkle_proof proof;
            assert_int_equal(merkle_inclusion(&nodes, index, size, &proof, NULL), RESULT_OK);
            assert_true(merkle_inclusion_holds(index, size, &world.hashes[index], &proof, &root));
            assert_false(merkle_inclusion_holds(index, size, &world.hashes[(index + 1) % BIG], &proof, &root));
            assert_false(merkle_inclusion_holds(size, size, &world.hashes[index], &proof, &root));
            if (proof.count != 0) {
                proof.hashes[proof.count - 1].bytes[0] ^= 1;
                assert_false(merkle_inclusion_holds(index, size, &world.hashes[index], &proof, &root));
                proof.hashes[proof.count - 1].bytes[0] ^= 1;
                proof.count--;
                assert_false(merkle_inclusion_holds(index, size, &world.hashes[index], &proof, &root));
            }
        }
    }
}

static void every_pair_of_sizes(void **state)
{
    (void)state;
    struct world world = big();
    const struct merkle_nodes nodes = {node, &world};
    for (uint64_t to = 1; to <= BIG; to++) {
        for (uint64_t from = 1; from <= to; from++) {
            struct merkle_proof proof;
            struct sha256 old;
            struct sha256 new;
            mth(world.hashes, from, &old);
            mth(world.hashes, to, &new);
            assert_int_equal(merkle_consistency(&nodes, from, to, &proof, NULL), RESULT_OK);
            assert_true(merkle_consistency_holds(from, to, &old, &new, &proof));
            struct sha256 other = old;
            other.bytes[31] ^= 1;
            assert_false(merkle_consistency_holds(from, to, &other, &new, &proof));
            other = new;
            other.bytes[31] ^= 1;
            assert_false(merkle_consistency_holds(from, to, &old, &other, &proof));
            proof.hashes[proof.count++] = old;
            assert_false(merkle_consistency_holds(from, to, &old, &new, &proof));
        }
    }
}

/* The older tree's record 3 was changed afterwards: no proof can join the two roots. */
static void a_rewritten_tree_has_no_proof(void **state)
{
    (void)state;
    struct world world = big();
    struct world rewritten = world;
    rewritten.hashes[3].bytes[0] ^= 1;
    const struct merkle_nodes nodes = {node, &rewritten};
    struct sha256 old;
    struct sha256 new;
    struct merkle_proof proof;
    for (uint64_t from = 4; from < BIG; from++) {
        mth(world.hashes, from, &old);
        mth(rewritten.hashes, BIG, &new);
        assert_int_equal(merkle_consistency(&nodes, from, BIG, &proof, NULL), RESULT_OK);
        assert_false(merkle_consistency_holds(from, BIG, &old, &new, &proof));
    }
}

static void edges(void **state)
{
    (void)state;
    struct merkle_range ranges[MERKLE_PROOF_MAX];
    struct merkle_proof none = {.count = 0};
    struct sha256 empty;
    sha256_of(slice_of(NULL, 0), &empty);
    struct sha256 other = {{1}};
    assert_int_equal(merkle_inclusion_ranges(5, 5, ranges), 0);
    assert_int_equal(merkle_consistency_ranges(0, 5, ranges), 0);
    assert_int_equal(merkle_consistency_ranges(6, 5, ranges), 0);
    assert_true(merkle_consistency_holds(0, 5, &empty, &other, &none));
    assert_false(merkle_consistency_holds(0, 5, &other, &other, &none));
    assert_false(merkle_consistency_holds(6, 5, &other, &other, &none));
    /* The largest tree there can be stays within the bound. */
    assert_true(merkle_inclusion_ranges(UINT64_MAX - 1, UINT64_MAX, ranges) <= MERKLE_PROOF_MAX);
    assert_true(merkle_inclusion_ranges(0, UINT64_MAX, ranges) == 64);
    assert_true(merkle_consistency_ranges(UINT64_MAX / 3 * 2 - 1, UINT64_MAX, ranges) <= MERKLE_PROOF_MAX);
}

/* What is kept beside the leaves: a subtree's root at every 256th leaf, and one level up at every 65,536th. */
static void tiles_are_subtree_roots(void **state)
{
    (void)state;
    struct merkle_frontier tree;
    struct merkle_frontier above;
    struct sha256 done[MERKLE_TILES_MAX];
    merkle_init(&tree);
    merkle_init(&above);
    for (uint64_t i = 0; i < 65536; i++) {
        struct sha256 hash;
        struct sha256 root;
        merkle_leaf_hash(slice_of(&i, sizeof i), &hash);
        const size_t count = merkle_append_tiles(&tree, &hash, done);
        assert_int_equal(count, i == 65535 ? 2 : i % 256 == 255 ? 1 : 0);
        if (count != 0) {
            merkle_append(&above, &done[0]);
        }
        if (count == 2) {
            merkle_root(&tree, &root);
            assert_memory_equal(root.bytes, done[1].bytes, SHA256_SIZE);
            merkle_root(&above, &root);
            assert_memory_equal(root.bytes, done[1].bytes, SHA256_SIZE);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_paths),
        cmocka_unit_test(published_proofs),
        cmocka_unit_test(every_leaf_of_every_size),
        cmocka_unit_test(every_pair_of_sizes),
        cmocka_unit_test(a_rewritten_tree_has_no_proof),
        cmocka_unit_test(edges),
        cmocka_unit_test(tiles_are_subtree_roots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
