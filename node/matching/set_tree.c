#include "matching/set_tree.h"

#include <string.h>

#include "base/bytes.h"
#include "base/mem.h"

bool set_class_valid(uint64_t class)
{
    return class >= SET_CLASS_MIN && class <= SET_CLASS_MAX && (class & (class - 1)) == 0;
}

enum result set_tree_new(uint32_t class, bool marks, struct set_tree *out, struct error *err)
{
    struct set_tree tree = {.class = class, .buckets = class / SET_BUCKET_ENTRIES};
    tree.entries = mem_array(class, sizeof *tree.entries);
    tree.marks = marks ? mem_array(class, sizeof *tree.marks) : NULL;
    tree.nodes = mem_array(2 * (size_t)tree.buckets, sizeof *tree.nodes);
    if (tree.entries == NULL || tree.nodes == NULL || (marks && tree.marks == NULL)) {
        set_tree_free(&tree);
        FAIL(err, FAULT_NO_MEMORY, "", "een opzoekset van %u plaatsen past niet in het geheugen", class);
    }
    *out = tree;
    return RESULT_OK;
}

void set_tree_free(struct set_tree *tree)
{
    mem_free(tree->entries);
    mem_free(tree->marks);
    mem_free(tree->nodes);
    *tree = (struct set_tree){0};
}

void set_tree_copy(const struct set_tree *from, struct set_tree *to)
{
    memcpy(to->entries, from->entries, from->class * sizeof *to->entries);
    memcpy(to->nodes, from->nodes, 2 * (size_t)from->buckets * sizeof *to->nodes);
    if (from->marks != NULL && to->marks != NULL) {
        memcpy(to->marks, from->marks, from->class * sizeof *to->marks);
    }
}

/* ---- finding ---- */

/* Where an entry stands when entries are spread evenly, as fingerprints are. */
static uint32_t guess(const struct set_tree *tree, uint64_t entry)
{
    return (uint32_t)((entry >> 32) * tree->class >> 32);
}

/* The first place in low .. high - 1 whose entry is not below `entry`; high when none is. */
static uint32_t search(const uint64_t *entries, uint32_t low, uint32_t high, uint64_t entry)
{
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (entries[middle] < entry) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* From the guess outwards in strides that double, then halving: few steps when the guess is near, few more when a set was
 * made so that it is not. */
uint32_t set_tree_place(const struct set_tree *tree, uint64_t entry)
{
    const uint64_t *entries = tree->entries;
    const uint32_t begin = guess(tree, entry);
    uint32_t low = begin;
    uint32_t high = begin;
    if (entries[begin] < entry) {
        for (uint32_t stride = 8; high < tree->class && entries[high] < entry; stride *= 2) {
            low = high + 1;
            high = tree->class - high > stride ? high + stride : tree->class;
        }
    } else {
        for (uint32_t stride = 8; low > 0 && entries[low] >= entry; stride *= 2) {
            high = low;
            low = low > stride ? low - stride : 0;
        }
    }
    return search(entries, low, high, entry);
}

bool set_tree_has(const struct set_tree *tree, uint64_t entry)
{
    const uint32_t place = set_tree_place(tree, entry);
    return place < tree->class && tree->entries[place] == entry;
}

uint32_t set_part_of(uint32_t parts, uint64_t entry)
{
    return (uint32_t)((entry >> 32) * parts >> 32);
}

uint32_t set_tree_part_place(const struct set_tree *tree, uint32_t parts, uint32_t part)
{
    if (part == parts) {
        return tree->class;
    }
    return set_tree_place(tree, ((uint64_t)part << 32) / parts << 32);
}

/* ---- hashing ---- */

static void entry_hash(uint64_t entry, struct sha256 *out)
{
    uint8_t bytes[8];
    bytes_put_u64(bytes, entry);
    merkle_leaf_hash(slice_of(bytes, sizeof bytes), out);
}

static void bucket_leaf(uint32_t count, const struct sha256 *root, struct sha256 *out)
{
    uint8_t leaf[4 + SHA256_SIZE];
    bytes_put_u32(leaf, count);
    memcpy(leaf + 4, root->bytes, SHA256_SIZE);
    merkle_leaf_hash(slice_of(leaf, sizeof leaf), out);
}

/* The tree over the entries at begin .. end - 1. */
static void entries_root(const uint64_t *entries, uint64_t begin, uint64_t end, struct sha256 *out)
{
    struct merkle_frontier frontier;
    struct sha256 hash;
    merkle_init(&frontier);
    for (uint64_t i = begin; i < end; i++) {
        entry_hash(entries[i], &hash);
        merkle_append(&frontier, &hash);
    }
    merkle_root(&frontier, out);
}

static void hash_bucket(struct set_tree *tree, uint32_t bucket, uint32_t begin, uint32_t end)
{
    struct sha256 root;
    entries_root(tree->entries, begin, end, &root);
    bucket_leaf(end - begin, &root, &tree->nodes[tree->buckets + bucket]);
}

static void hash_node(struct set_tree *tree, uint32_t node)
{
    merkle_node_hash(&tree->nodes[2 * (size_t)node], &tree->nodes[2 * (size_t)node + 1], &tree->nodes[node]);
}

void set_tree_hash(struct set_tree *tree)
{
    uint32_t begin = 0;
    for (uint32_t bucket = 0; bucket < tree->buckets; bucket++) {
        uint32_t end = begin;
        while (end < tree->class && set_part_of(tree->buckets, tree->entries[end]) == bucket) {
            end++;
        }
        hash_bucket(tree, bucket, begin, end);
        begin = end;
    }
    for (uint32_t node = tree->buckets - 1; node >= 1; node--) {
        hash_node(tree, node);
    }
}

const struct sha256 *set_tree_root(const struct set_tree *tree)
{
    return &tree->nodes[1];
}

/* ---- swapping ---- */

static void move(struct set_tree *tree, uint32_t to, uint32_t from, uint32_t count)
{
    memmove(tree->entries + to, tree->entries + from, count * sizeof *tree->entries);
    if (tree->marks != NULL) {
        memmove(tree->marks + to, tree->marks + from, count * sizeof *tree->marks);
    }
}

/* Closes the places of what goes, from the left: what was not moved yet is still in order. */
static void take_out(struct set_tree *tree, const uint64_t *goes, uint32_t count)
{
    uint32_t place = search(tree->entries, 0, tree->class, goes[0]);
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t next = i + 1 < count ? search(tree->entries, place + 1, tree->class, goes[i + 1]) : tree->class;
        move(tree, place - i, place + 1, next - place - 1);
        place = next;
    }
}

/* Opens places for what comes, from the right. */
static void put_in(struct set_tree *tree, const uint64_t *comes, const uint8_t *marks, uint32_t count)
{
    uint32_t end = tree->class - count;
    for (uint32_t i = count; i-- > 0;) {
        const uint32_t place = search(tree->entries, 0, end, comes[i]);
        move(tree, place + i + 1, place, end - place);
        tree->entries[place + i] = comes[i];
        if (tree->marks != NULL) {
            tree->marks[place + i] = marks[i];
        }
        end = place;
    }
}

/* The nodes of one level over what went and came, each once: both lists rise, so their nodes do. */
static void hash_level(struct set_tree *tree, unsigned level, const uint64_t *goes, const uint64_t *comes,
                       uint32_t count)
{
    uint32_t last = 0;
    for (uint32_t g = 0, c = 0; g < count || c < count;) {
        const uint64_t entry = c == count || (g < count && goes[g] < comes[c]) ? goes[g++] : comes[c++];
        const uint32_t bucket = set_part_of(tree->buckets, entry);
        const uint32_t node = (tree->buckets + bucket) >> level;
        if (node != last && level == 0) {
            hash_bucket(tree, bucket, set_tree_part_place(tree, tree->buckets, bucket),
                        set_tree_part_place(tree, tree->buckets, bucket + 1));
        } else if (node != last) {
            hash_node(tree, node);
        }
        last = node;
    }
}

void set_tree_swap(struct set_tree *tree, const uint64_t *goes, const uint64_t *comes, const uint8_t *marks,
                   uint32_t count)
{
    if (count == 0) {
        return;
    }
    take_out(tree, goes, count);
    put_in(tree, comes, marks, count);
    for (unsigned level = 0; tree->buckets >> level != 0; level++) {
        hash_level(tree, level, goes, comes, count);
    }
}

/* ---- opening ---- */

struct bucket_view {
    const struct set_tree *tree;
    uint32_t begin; /* place of its first entry */
};

/* A perfect subtree over entries of one bucket: small, so it is reckoned and not kept. */
static enum result entry_node(void *ctx, unsigned level, uint64_t index, struct sha256 *out, struct error *err)
{
    const struct bucket_view *view = ctx;
    const uint64_t begin = view->begin + (index << level);
    (void)err;
    entries_root(view->tree->entries, begin, begin + (UINT64_C(1) << level), out);
    return RESULT_OK;
}

static enum result bucket_node(void *ctx, unsigned level, uint64_t index, struct sha256 *out, struct error *err)
{
    const struct bucket_view *view = ctx;
    (void)err;
    *out = view->tree->nodes[(view->tree->buckets >> level) + index];
    return RESULT_OK;
}

bool set_tree_open(const struct set_tree *tree, uint64_t entry, struct set_opening *out)
{
    const uint32_t place = set_tree_place(tree, entry);
    if (place == tree->class || tree->entries[place] != entry) {
        return false;
    }
    const uint32_t bucket = set_part_of(tree->buckets, entry);
    struct bucket_view view = {tree, set_tree_part_place(tree, tree->buckets, bucket)};
    const struct merkle_nodes entries = {entry_node, &view};
    const struct merkle_nodes buckets = {bucket_node, &view};
    struct set_opening opening = {.class = tree->class,
                                  .place = place - view.begin,
                                  .count = set_tree_part_place(tree, tree->buckets, bucket + 1) - view.begin};
    if (merkle_inclusion(&entries, opening.place, opening.count, &opening.in_bucket, NULL) != RESULT_OK ||
        merkle_inclusion(&buckets, bucket, tree->buckets, &opening.over_buckets, NULL) != RESULT_OK) {
        return false; /* these nodes never fail */
    }
    entries_root(tree->entries, view.begin, view.begin + opening.count, &opening.bucket);
    *out = opening;
    return true;
}

bool set_opening_holds(const struct set_opening *opening, uint64_t entry, const struct sha256 *root)
{
    struct sha256 leaf;
    if (!set_class_valid(opening->class)) {
        return false;
    }
    const uint32_t buckets = opening->class / SET_BUCKET_ENTRIES;
    entry_hash(entry, &leaf);
    if (!merkle_inclusion_holds(opening->place, opening->count, &leaf, &opening->in_bucket, &opening->bucket)) {
        return false;
    }
    bucket_leaf(opening->count, &opening->bucket, &leaf);
    return merkle_inclusion_holds(set_part_of(buckets, entry), buckets, &leaf, &opening->over_buckets, root);
}
