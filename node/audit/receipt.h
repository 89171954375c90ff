/*
 * receipt.h - what one side of an exchange signs for the other: this record stands in my log.
 *
 * Form (RECEIPT_BYTES, always the same length):
 *      at size
 *       0    1  version (1)
 *       1    4  generation of the log (0: its first; see log_identity.h), big endian
 *       5   16  record id: the sequence number under a keyed block cipher, random to whoever lacks the key
 *      21   32  leaf hash (RFC 6962)
 *      53    8  to be included in a checkpoint before this time, milliseconds since 1970, big endian
 *      61    1  place in the group, 0..63
 *      62  192  six hashes: the path from (record id, leaf hash) to the group's root
 *     254   64  Ed25519 signature of the log's checkpoint key over
 *                   ketenbrug/ontvangstbewijs/v1, origin and generation, time, the group's root in hex; a line each
 * One signature serves up to 64 records that were committed together. Places are drawn at random and empty ones are
 * filled at random, so that neither place nor path tells how many there were.
 *
 * Does:      makes the receipts of a group, reads one, checks one.
 * Does not:  know who must show which, or look into the leaf.
 * Ownership: value types. Thread: any; pure but for entropy.
 * Faults:    FAULT_INVALID for bytes that are none; a receipt that does not hold is `false`.
 */
#ifndef KETENBRUG_AUDIT_RECEIPT_H
#define KETENBRUG_AUDIT_RECEIPT_H

#include "audit/note.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/ident.h"

enum {
    RECEIPT_DEPTH = 6,
    RECEIPT_GROUP_MAX = 1 << RECEIPT_DEPTH,
    RECEIPT_BYTES = 1 + 4 + IDENT_SIZE + SHA256_SIZE + 8 + 1 + RECEIPT_DEPTH * SHA256_SIZE + ED25519_SIGNATURE_SIZE,
    RECEIPT_TEXT = (RECEIPT_BYTES * 4 + 2) / 3, /* base64url, not padded */
};

struct receipt_promise { /* what is signed for */
    struct ident record_id;
    struct sha256 leaf_hash;
};

struct receipt_log {    /* whose log it is */
    const char *origin; /* base name, from the covenant */
    uint32_t generation;
    const struct note_key *key;
};

/* `count` of 1 .. RECEIPT_GROUP_MAX; `out` gets one receipt each, in the same order. */
MUST_USE enum result receipts_make(const struct receipt_log *log, const struct receipt_promise *promises, size_t count,
                                   int64_t before_ms, const struct entropy *entropy, uint8_t (*out)[RECEIPT_BYTES],
                                   struct error *err);

struct receipt {
    uint32_t generation;
    struct receipt_promise promise;
    int64_t before_ms;
    unsigned place;
    struct sha256 path[RECEIPT_DEPTH]; /* from the place up */
    uint8_t signature[ED25519_SIGNATURE_SIZE];
};

MUST_USE enum result receipt_parse(struct slice bytes, struct receipt *out, struct error *err);

/* What was found to be signed lately: of one group the signature is checked once, and each node of its tree reckoned
 * once. A node that is known is what the signature covers, and so are all above it and beside those. One per loop. */
enum { RECEIPT_CACHE = 64, RECEIPT_NODES = 2 * RECEIPT_GROUP_MAX /* heap order: 1 is the root, 64.. the places */ };
struct receipt_seen {
    int64_t before_ms;
    uint32_t generation;
    char origin[NOTE_NAME_MAX + 1];
    uint8_t key[ED25519_PUBLIC_SIZE];
    uint8_t signature[ED25519_SIGNATURE_SIZE];
    bool known[RECEIPT_NODES];
    struct sha256 node[RECEIPT_NODES];
};
struct receipt_cache {
    struct receipt_seen seen[RECEIPT_CACHE];
    size_t count;
    size_t next;
};

/* `key` is the checkpoint key of the log with this base name. */
bool receipt_holds(const struct receipt *receipt, const char *origin, const struct note_key *key,
                   struct receipt_cache *cache);

#endif
