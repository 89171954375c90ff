/*
 * sharing_places.h - in whose lookup sets a person stands, each with what proves it: publishing is a disclosure, and whom
 * it is about may know of it.
 *
 * The proof of a place goes in two steps: the fingerprint stands under the set's root (matching/set_tree.h), and the set
 * with that root stands in the tree whose root is the attachment of one record of the log. Its leaf: requester 20 bytes,
 * epoch 4, version 8, class 4, root 32, purpose; numbers big endian.
 * Ownership: what a callback gets is borrowed until it returns. Thread: the loop's. Faults: none.
 */
#ifndef KETENBRUG_API_SHARING_PLACES_H
#define KETENBRUG_API_SHARING_PLACES_H

#include "api/sharing.h"
#include "base/merkle_proof.h"
#include "matching/set_tree.h"

struct sharing_place {
    const struct oin *requester;
    const char *purpose;
    uint32_t epoch;
    int64_t began_ms;
    bool ends; /* sharing has ended; he goes at a moment that was chosen */
    uint64_t fingerprint;
    uint64_t version; /* of the set, published last */
    struct sha256 root;
    struct set_opening opening;
    bool proven; /* what follows counts: the tree of that tick is still known. Not between a start and the next tick */
    uint64_t record;
    uint64_t leaf, leaves; /* place of the set in the tree, and how many there are */
    struct merkle_proof path;
};

typedef void sharing_place_fn(void *ctx, const struct sharing_place *place);
/* Of all published sets in which he stands now, in no order. */
void sharing_places(const struct sharing *sharing, const struct ident *subject, sharing_place_fn *each, void *ctx);

#endif
