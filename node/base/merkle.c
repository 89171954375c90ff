#include "base/merkle.h"

#include <string.h>

#include <openssl/sha.h>

#include "base/bytes.h"

void merkle_leaf_hash(struct slice leaf, struct sha256 *out)
{
    static const uint8_t prefix = 0x00;
    SHA256_CTX ctx;
    (void)SHA256_Init(&ctx);
    (void)SHA256_Update(&ctx, &prefix, 1);
    (void)SHA256_Update(&ctx, leaf.ptr, leaf.len);
    (void)SHA256_Final(out->bytes, &ctx);
}

void merkle_node_hash(const struct sha256 *left, const struct sha256 *right, struct sha256 *out)
{
    uint8_t node[1 + 2 * SHA256_SIZE];
    node[0] = 0x01;
    memcpy(node + 1, left->bytes, SHA256_SIZE);
    memcpy(node + 1 + SHA256_SIZE, right->bytes, SHA256_SIZE);
    sha256_of(slice_of(node, sizeof node), out);
}

static unsigned count_ones(uint64_t n)
{
    return (unsigned)__builtin_popcountll(n);
}

void merkle_init(struct merkle_frontier *tree)
{
    tree->size = 0;
}

size_t merkle_append_tiles(struct merkle_frontier *tree, const struct sha256 *leaf_hash,
                           struct sha256 tiles[MERKLE_TILES_MAX])
{
    unsigned count = count_ones(tree->size);
    unsigned level = 0;
    size_t tile_count = 0;
    struct sha256 node = *leaf_hash;
    /* Each trailing one-bit of the size is a perfect subtree that the new one completes. */
    for (uint64_t bits = tree->size; (bits & 1U) != 0; bits >>= 1) {
        merkle_node_hash(&tree->nodes[count - 1], &node, &node);
        count--;
        if (++level % MERKLE_TILE_LEVELS == 0) {
            tiles[tile_count++] = node;
        }
    }
    tree->nodes[count] = node;
    tree->size++;
    return tile_count;
}

void merkle_append(struct merkle_frontier *tree, const struct sha256 *leaf_hash)
{
    struct sha256 tiles[MERKLE_TILES_MAX];
    (void)merkle_append_tiles(tree, leaf_hash, tiles);
}

void merkle_root(const struct merkle_frontier *tree, struct sha256 *out)
{
    unsigned count = count_ones(tree->size);
    if (count == 0) {
        sha256_of(slice_of(NULL, 0), out);
        return;
    }
    struct sha256 root = tree->nodes[--count];
    while (count != 0) {
        merkle_node_hash(&tree->nodes[--count], &root, &root);
    }
    *out = root;
}

size_t merkle_encode(const struct merkle_frontier *tree, uint8_t *out)
{
    const size_t hashes = (size_t)count_ones(tree->size) * SHA256_SIZE;
    bytes_put_u64(out, tree->size);
    memcpy(out + 8, tree->nodes, hashes);
    return 8 + hashes;
}

bool merkle_decode(struct slice bytes, struct merkle_frontier *tree)
{
    if (bytes.len < 8) {
        return false;
    }
    const uint64_t size = bytes_get_u64(bytes.ptr);
    const size_t hashes = (size_t)count_ones(size) * SHA256_SIZE;
    if (bytes.len != 8 + hashes) {
        return false;
    }
    tree->size = size;
    memcpy(tree->nodes, bytes.ptr + 8, hashes);
    return true;
}
