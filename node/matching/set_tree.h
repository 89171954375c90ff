/*
 * set_tree.h - a set's sorted entries and the hash tree over them, in which few swaps cost little.
 *
 * The root: entries are divided by their highest bits into class / SET_BUCKET_ENTRIES buckets (a power of two). Over the
 * entries of a bucket, each as 8 bytes big endian, stands an RFC 6962 tree; over the buckets another, whose leaf for a
 * bucket is the number of its entries (4 bytes big endian) and the root of its tree. One tree over all entries would
 * shift, and be hashed anew, from each swap on; so only the buckets of a swap are.
 * Does:      finds, swaps, reckons the root; shows that one entry stands under a root without showing any other.
 * Does not:  know people, dummies or versions.
 * Ownership: set_tree_new gives, set_tree_free. Thread: one at a time; pure.
 * Faults:    FAULT_NO_MEMORY; out and tree stay as they were.
 */
#ifndef KETENBRUG_MATCHING_SET_TREE_H
#define KETENBRUG_MATCHING_SET_TREE_H

#include "base/digest.h"
#include "base/fault.h"
#include "base/limits.h"
#include "base/merkle_proof.h"

struct set_tree {
    uint32_t class;       /* entries; a power of two, SET_CLASS_MIN to SET_CLASS_MAX */
    uint32_t buckets;     /* class / SET_BUCKET_ENTRIES */
    uint64_t *entries;    /* strictly rising when the tree is asked anything */
    uint8_t *marks;       /* one beside each entry, the owner's; NULL: none are kept */
    struct sha256 *nodes; /* of the tree over the buckets: 1 the root, 2n and 2n + 1 under n, buckets + b bucket b */
};

/* Room for `class` entries, which the caller fills in and then calls set_tree_hash. */
MUST_USE enum result set_tree_new(uint32_t class, bool marks, struct set_tree *out, struct error *err);
void set_tree_free(struct set_tree *tree); /* zeroed is fine */
void set_tree_copy(const struct set_tree *from,
                   struct set_tree *to); /* a new one of the same class, with marks as well */
void set_tree_hash(struct set_tree *tree);
const struct sha256 *set_tree_root(const struct set_tree *tree);

bool set_class_valid(uint64_t class);
/* Place of the first entry that is not below `entry`; class when none is. */
uint32_t set_tree_place(const struct set_tree *tree, uint64_t entry);
bool set_tree_has(const struct set_tree *tree, uint64_t entry);
/* Entries divided by their highest bits into `parts`, a power of two: in which an entry falls, and the place of the first
 * entry of a part; class for the one behind the last. */
uint32_t set_part_of(uint32_t parts, uint64_t entry);
uint32_t set_tree_part_place(const struct set_tree *tree, uint32_t parts, uint32_t part);

/* Both strictly rising; all of `goes` are entries, none of `comes` is, unless it also goes. `marks` beside `comes`,
 * when marks are kept. */
void set_tree_swap(struct set_tree *tree, const uint64_t *goes, const uint64_t *comes, const uint8_t *marks,
                   uint32_t count);

/* That an entry stands under a root. */
struct set_opening {
    uint32_t class;
    uint32_t place;       /* in its bucket */
    uint32_t count;       /* entries of its bucket */
    struct sha256 bucket; /* root of its bucket's tree */
    struct merkle_proof in_bucket;
    struct merkle_proof over_buckets;
};
/* False: it is not an entry. */
bool set_tree_open(const struct set_tree *tree, uint64_t entry, struct set_opening *out);
bool set_opening_holds(const struct set_opening *opening, uint64_t entry, const struct sha256 *root);

#endif
