/* Proofs of the log's tree: from the subtree roots that are kept, and leaves where those are too coarse. */
#include "base/limits.h"
#include "store/door.h"

enum { FOLDED_MAX = 1 << (MERKLE_TILE_LEVELS - 1) }; /* at most so many nodes of a kept level make one between levels */

static enum result hash_leaf(void *ctx, const struct backend_leaf *leaf, struct error *err)
{
    struct sha256 hash;
    (void)err;
    merkle_leaf_hash(leaf->leaf, &hash);
    merkle_append(ctx, &hash);
    return RESULT_OK;
}

/* The root over `count` (a power of two) kept nodes from `from` on. */
static enum result fold(struct backend_reader *reader, unsigned tile_level, uint64_t from, size_t count,
                        struct sha256 *out, struct error *err)
{
    struct merkle_frontier part;
    merkle_init(&part);
    if (tile_level == 0) {
        TRY(backend_leaves(reader, from, count, hash_leaf, &part, err));
    } else {
        struct sha256 tiles[FOLDED_MAX];
        size_t found = 0;
        TRY(backend_tiles(reader, tile_level, from, count, tiles, &found, err));
        for (size_t i = 0; i < found; i++) {
            merkle_append(&part, &tiles[i]);
        }
    }
    ENSURE(part.size == count, err, FAULT_STORE, "logboek", "het logboek is beschadigd: er ontbreken regels");
    merkle_root(&part, out);
    return RESULT_OK;
}

static enum result node_at(void *ctx, unsigned level, uint64_t index, struct sha256 *out, struct error *err)
{
    const unsigned above = level % MERKLE_TILE_LEVELS;
    return fold(door_reader(ctx), level / MERKLE_TILE_LEVELS, index << above, (size_t)1 << above, out, err);
}

/* The reader sees all that was committed, and the tree has these leaves. */
static enum result look(struct store_door *door, uint64_t size, struct error *err)
{
    struct merkle_frontier tree;
    TRY(door_look(door, err));
    TRY(backend_tree(door_reader(door), &tree, err));
    ENSURE(size <= tree.size, err, FAULT_NOT_FOUND, "logboek", "het logboek heeft %llu regels",
           (unsigned long long)tree.size);
    return RESULT_OK;
}

void store_log_inclusion(struct store_door *door, uint64_t index, uint64_t size, store_proof_fn *proven, void *ctx)
{
    struct error err;
    struct merkle_proof proof;
    const struct merkle_nodes nodes = {node_at, door};
    enum result result = look(door, size, &err);
    if (result == RESULT_OK && index >= size) {
        result = error_set(&err, FAULT_NOT_FOUND, "logboek", "regel %llu staat niet in de eerste %llu",
                           (unsigned long long)index, (unsigned long long)size);
    }
    if (result == RESULT_OK) {
        result = merkle_inclusion(&nodes, index, size, &proof, &err);
    }
    proven(ctx, result == RESULT_OK ? &proof : NULL, result == RESULT_OK ? NULL : &err);
}

void store_log_consistency(struct store_door *door, uint64_t from, uint64_t to, store_proof_fn *proven, void *ctx)
{
    struct error err;
    struct merkle_proof proof;
    const struct merkle_nodes nodes = {node_at, door};
    enum result result = look(door, to, &err);
    if (result == RESULT_OK && from > to) {
        result =
            error_set(&err, FAULT_NOT_FOUND, "logboek", "een bewijs gaat van een kleinere naar een grotere omvang");
    }
    if (result == RESULT_OK) {
        result = merkle_consistency(&nodes, from, to, &proof, &err);
    }
    proven(ctx, result == RESULT_OK ? &proof : NULL, result == RESULT_OK ? NULL : &err);
}

void store_log_root(struct store_door *door, uint64_t size, store_root_fn *got, void *ctx)
{
    struct error err;
    struct sha256 root;
    const struct merkle_nodes nodes = {node_at, door};
    enum result result = look(door, size, &err);
    if (result == RESULT_OK) {
        result = merkle_range_root(&nodes, (struct merkle_range){0, size}, &root, &err);
    }
    got(ctx, result == RESULT_OK ? &root : NULL, result == RESULT_OK ? NULL : &err);
}
