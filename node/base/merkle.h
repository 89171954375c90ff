/*
 * merkle.h - the hash tree of RFC 6962 section 2.1, appended to leaf by leaf.
 *
 * Leaf hash = SHA-256(0x00, leaf), node hash = SHA-256(0x01, left, right), empty tree = SHA-256 of nothing.
 * The frontier holds the roots of the perfect subtrees of the tree so far, largest first: one for each one-bit of
 * the size. It is all that is needed to append and to compute the root, at most 64 hashes.
 * Thread: any; pure. Ownership: value types.
 */
#ifndef KETENBRUG_BASE_MERKLE_H
#define KETENBRUG_BASE_MERKLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/slice.h"

enum { MERKLE_FRONTIER_MAX = 64 };

struct merkle_frontier {
    uint64_t size; /* leaves */
    struct sha256 nodes[MERKLE_FRONTIER_MAX];
};

void merkle_leaf_hash(struct slice leaf, struct sha256 *out);
void merkle_node_hash(const struct sha256 *left, const struct sha256 *right, struct sha256 *out);

void merkle_init(struct merkle_frontier *tree);
void merkle_append(struct merkle_frontier *tree, const struct sha256 *leaf_hash);
/* The same, and gives the roots of the perfect subtrees of 256, 256^2, ... leaves that this leaf completes, smallest
 * first; how many. Kept beside the leaves (one hash for 256 of them) they are what proofs are made from. */
enum { MERKLE_TILE_LEVELS = 8, MERKLE_TILES_MAX = 64 / MERKLE_TILE_LEVELS };
size_t merkle_append_tiles(struct merkle_frontier *tree, const struct sha256 *leaf_hash,
                           struct sha256 tiles[MERKLE_TILES_MAX]);
void merkle_root(const struct merkle_frontier *tree, struct sha256 *out);

/* Stored form: 8 bytes size (big endian), then the hashes. `out` has room for MERKLE_ENCODED_MAX bytes. */
enum { MERKLE_ENCODED_MAX = 8 + MERKLE_FRONTIER_MAX * SHA256_SIZE };
size_t merkle_encode(const struct merkle_frontier *tree, uint8_t *out);
bool merkle_decode(struct slice bytes, struct merkle_frontier *tree); /* false: not a frontier */

#endif
