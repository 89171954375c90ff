/*
 * merkle_proof.h - inclusion and consistency proofs of the tree in merkle.h (RFC 6962 section 2.1.1 and 2.1.2), and
 * their checks (RFC 9162 sections 2.1.3.2 and 2.1.4.2).
 *
 * Does:      says which ranges of leaves a proof consists of; reckons the root of a range from perfect subtrees that
 *            somebody else keeps; checks proofs that others made.
 * Does not:  keep nodes or read leaves.
 * Ownership: value types. Thread: any; pure, but for the reader's callback.
 * Faults:    those of the callback. A proof that does not hold is `false`, never a fault.
 */
#ifndef KETENBRUG_BASE_MERKLE_PROOF_H
#define KETENBRUG_BASE_MERKLE_PROOF_H

#include "base/fault.h"
#include "base/merkle.h"

/* A path has at most one hash a level; a consistency proof one more. */
enum { MERKLE_PROOF_MAX = 65 };

struct merkle_range { /* leaves begin .. end - 1 */
    uint64_t begin;
    uint64_t end;
};

struct merkle_proof {
    size_t count;
    struct sha256 hashes[MERKLE_PROOF_MAX];
};

/* The ranges whose roots are the proof, in the proof's order; how many. `ranges` has room for MERKLE_PROOF_MAX. 0 when
 * there is no such leaf (index >= size), or when the sizes are equal, from is 0 or from > to: nothing is to be proven. */
size_t merkle_inclusion_ranges(uint64_t index, uint64_t size, struct merkle_range *ranges);
size_t merkle_consistency_ranges(uint64_t from, uint64_t to, struct merkle_range *ranges);

/* Gives the root of the perfect subtree over leaves index * 2^level .. (index + 1) * 2^level - 1. */
struct merkle_nodes {
    enum result (*node)(void *ctx, unsigned level, uint64_t index, struct sha256 *out, struct error *err);
    void *ctx;
};

/* The root over a range that a proof asks for, or over the first `end` leaves (begin 0). */
MUST_USE enum result merkle_range_root(const struct merkle_nodes *nodes, struct merkle_range range, struct sha256 *out,
                                       struct error *err);
MUST_USE enum result merkle_inclusion(const struct merkle_nodes *nodes, uint64_t index, uint64_t size,
                                      struct merkle_proof *out, struct error *err);
MUST_USE enum result merkle_consistency(const struct merkle_nodes *nodes, uint64_t from, uint64_t to,
                                        struct merkle_proof *out, struct error *err);

bool merkle_inclusion_holds(uint64_t index, uint64_t size, const struct sha256 *leaf_hash,
                            const struct merkle_proof *proof, const struct sha256 *root);
/* From the empty tree everything follows: then the proof must be empty. */
bool merkle_consistency_holds(uint64_t from, uint64_t to, const struct sha256 *from_root, const struct sha256 *to_root,
                              const struct merkle_proof *proof);

#endif
