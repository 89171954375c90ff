#include "base/merkle_proof.h"

#include <string.h>

/* The largest power of two below n, for n > 1 (RFC 6962, 2.1). */
static uint64_t split(uint64_t n)
{
    return UINT64_C(1) << (63U - (unsigned)__builtin_clzll(n - 1));
}

/* Proofs are written from the leaf outwards; they are found from the root inwards. */
static size_t reversed(struct merkle_range *ranges, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        const struct merkle_range kept = ranges[i];
        ranges[i] = ranges[count - 1 - i];
        ranges[count - 1 - i] = kept;
    }
    return count;
}

size_t merkle_inclusion_ranges(uint64_t index, uint64_t size, struct merkle_range *ranges)
{
    struct merkle_range in = {0, size};
    size_t count = 0;
    if (index >= size) {
        return 0;
    }
    while (in.end - in.begin > 1) {
        const uint64_t middle = in.begin + split(in.end - in.begin);
        if (index < middle) {
            ranges[count++] = (struct merkle_range){middle, in.end};
            in.end = middle;
        } else {
            ranges[count++] = (struct merkle_range){in.begin, middle};
            in.begin = middle;
        }
    }
    return reversed(ranges, count);
}

size_t merkle_consistency_ranges(uint64_t from, uint64_t to, struct merkle_range *ranges)
{
    struct merkle_range in = {0, to};
    size_t count = 0;
    if (from == 0 || from >= to) {
        return 0;
    }
    /* SUBPROOF of RFC 6962: `in` is the part in which the older tree ends. */
    while (from != in.end) {
        const uint64_t middle = in.begin + split(in.end - in.begin);
        if (from <= middle) {
            ranges[count++] = (struct merkle_range){middle, in.end};
            in.end = middle;
        } else {
            ranges[count++] = (struct merkle_range){in.begin, middle};
            in.begin = middle;
        }
    }
    if (in.begin != 0) { /* else this part is the whole older tree, whose root the verifier has */
        ranges[count++] = in;
    }
    return reversed(ranges, count);
}

/* A proof's range begins where a subtree of its size may begin: it is perfect subtrees, largest first. */
enum result merkle_range_root(const struct merkle_nodes *nodes, struct merkle_range range, struct sha256 *out,
                              struct error *err)
{
    struct sha256 parts[MERKLE_FRONTIER_MAX];
    size_t count = 0;
    for (uint64_t at = range.begin; at != range.end;) {
        const unsigned level = 63U - (unsigned)__builtin_clzll(range.end - at);
        TRY(nodes->node(nodes->ctx, level, at >> level, &parts[count++], err));
        at += UINT64_C(1) << level;
    }
    if (count == 0) {
        sha256_of(slice_of(NULL, 0), out);
        return RESULT_OK;
    }
    *out = parts[--count];
    while (count != 0) {
        merkle_node_hash(&parts[--count], out, out);
    }
    return RESULT_OK;
}

static enum result reckon(const struct merkle_nodes *nodes, const struct merkle_range *ranges, size_t count,
                          struct merkle_proof *out, struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        TRY(merkle_range_root(nodes, ranges[i], &out->hashes[i], err));
    }
    out->count = count;
    return RESULT_OK;
}

enum result merkle_inclusion(const struct merkle_nodes *nodes, uint64_t index, uint64_t size, struct merkle_proof *out,
                             struct error *err)
{
    struct merkle_range ranges[MERKLE_PROOF_MAX];
    return reckon(nodes, ranges, merkle_inclusion_ranges(index, size, ranges), out, err);
}

enum result merkle_consistency(const struct merkle_nodes *nodes, uint64_t from, uint64_t to, struct merkle_proof *out,
                               struct error *err)
{
    struct merkle_range ranges[MERKLE_PROOF_MAX];
    return reckon(nodes, ranges, merkle_consistency_ranges(from, to, ranges), out, err);
}

static bool same(const struct sha256 *a, const struct sha256 *b)
{
    return memcmp(a->bytes, b->bytes, SHA256_SIZE) == 0;
}

/* RFC 9162, 2.1.3.2: fn and sn walk from the leaf and from the last leaf to the root. */
bool merkle_inclusion_holds(uint64_t index, uint64_t size, const struct sha256 *leaf_hash,
                            const struct merkle_proof *proof, const struct sha256 *root)
{
    if (index >= size) {
        return false;
    }
    uint64_t fn = index;
    uint64_t sn = size - 1;
    struct sha256 r = *leaf_hash;
    for (size_t i = 0; i < proof->count; i++) {
        if (sn == 0) {
            return false;
        }
        if ((fn & 1U) != 0 || fn == sn) {
            merkle_node_hash(&proof->hashes[i], &r, &r);
            while ((fn & 1U) == 0 && fn != 0) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            merkle_node_hash(&r, &proof->hashes[i], &r);
        }
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && same(&r, root);
}

/* RFC 9162, 2.1.4.2, with the older root put first when the older tree is a perfect one. */
static bool walk(uint64_t from, uint64_t to, const struct sha256 *from_root, const struct sha256 *to_root,
                 const struct merkle_proof *proof)
{
    const bool perfect = (from & (from - 1)) == 0;
    uint64_t fn = from - 1;
    uint64_t sn = to - 1;
    while ((fn & 1U) != 0) {
        fn >>= 1;
        sn >>= 1;
    }
    if (!perfect && proof->count == 0) {
        return false;
    }
    struct sha256 fr = perfect ? *from_root : proof->hashes[0];
    struct sha256 sr = fr;
    for (size_t i = perfect ? 0 : 1; i < proof->count; i++) {
        if (sn == 0) {
            return false;
        }
        if ((fn & 1U) != 0 || fn == sn) {
            merkle_node_hash(&proof->hashes[i], &fr, &fr);
            merkle_node_hash(&proof->hashes[i], &sr, &sr);
            while ((fn & 1U) == 0 && fn != 0) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            merkle_node_hash(&sr, &proof->hashes[i], &sr);
        }
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && same(&fr, from_root) && same(&sr, to_root);
}

bool merkle_consistency_holds(uint64_t from, uint64_t to, const struct sha256 *from_root, const struct sha256 *to_root,
                              const struct merkle_proof *proof)
{
    if (from > to) {
        return false;
    }
    if (from == to) {
        return proof->count == 0 && same(from_root, to_root);
    }
    if (from == 0) {
        struct sha256 empty;
        sha256_of(slice_of(NULL, 0), &empty);
        return proof->count == 0 && same(from_root, &empty);
    }
    return walk(from, to, from_root, to_root, proof);
}
