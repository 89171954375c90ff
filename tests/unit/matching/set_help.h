/*
 * set_help.h - what tests of lookup sets share: numbers by chance from a seed, and a set's root by its definition alone.
 */
#ifndef KETENBRUG_TESTS_UNIT_MATCHING_SET_HELP_H
#define KETENBRUG_TESTS_UNIT_MATCHING_SET_HELP_H

#include "unit/unit.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "base/merkle.h"
#include "matching/set_wire.h"

/* splitmix64: the same numbers on every machine. */
static inline uint64_t chance(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static inline int by_number(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a;
    const uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* `count` different entries, rising; never 0. */
static inline void chance_entries(uint64_t *state, uint64_t *entries, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        entries[i] = chance(state) | 1U;
    }
    qsort(entries, count, sizeof *entries, by_number);
    for (size_t i = 1; i < count; i++) {
        assert_true(entries[i] > entries[i - 1]);
    }
}

/* MTH of RFC 6962, 2.1, of `count` hashes. */
static inline void slow_tree(const struct sha256 *hashes, size_t count, struct sha256 *out)
{
    struct sha256 left;
    struct sha256 right;
    size_t half = 1;
    if (count == 0) {
        sha256_of(slice_of(NULL, 0), out);
        return;
    }
    if (count == 1) {
        *out = hashes[0];
        return;
    }
    while (half * 2 < count) {
        half *= 2;
    }
    slow_tree(hashes, half, &left);
    slow_tree(hashes + half, count - half, &right);
    merkle_node_hash(&left, &right, out);
}

/* The root as set_tree.h defines it; buckets by division instead of by bits. */
static inline struct sha256 slow_root(const uint64_t *entries, uint32_t class)
{
    const uint32_t buckets = class / SET_BUCKET_ENTRIES;
    const uint64_t width = UINT64_MAX / buckets + 1;
    struct sha256 *leaves = calloc(buckets, sizeof *leaves);
    struct sha256 *hashes = calloc(class, sizeof *hashes);
    struct sha256 root;
    size_t at = 0;
    assert_non_null(leaves);
    assert_non_null(hashes);
    for (uint32_t b = 0; b < buckets; b++) {
        uint8_t leaf[4 + SHA256_SIZE];
        uint32_t count = 0;
        for (; at < class && entries[at] / width == b; at++) {
            uint8_t bytes[8];
            bytes_put_u64(bytes, entries[at]);
            merkle_leaf_hash(slice_of(bytes, sizeof bytes), &hashes[count++]);
        }
        slow_tree(hashes, count, &root);
        bytes_put_u32(leaf, count);
        memcpy(leaf + 4, root.bytes, SHA256_SIZE);
        merkle_leaf_hash(slice_of(leaf, sizeof leaf), &leaves[b]);
    }
    assert_int_equal(at, class);
    slow_tree(leaves, buckets, &root);
    free(hashes);
    free(leaves);
    return root;
}

static inline void assert_same_root(const struct sha256 *a, const struct sha256 *b)
{
    assert_memory_equal(a->bytes, b->bytes, SHA256_SIZE);
}

#endif
