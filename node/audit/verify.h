/*
 * verify.h - a log checked leaf by leaf by somebody who has nothing but the leaves and the covenant's public keys.
 *
 * Does:      recomputes the tree, compares its root at the sizes that were promised, checks for each half of an exchange
 *            that the other side's receipt is there, is the one that the leaf names, and is signed by that side's log.
 *            Says which record is the first that is wrong, and why.
 * Does not:  read or open leaves: whether the sealed part still opens is told by whoever has the keys.
 * Ownership: a value; `why` is constant text. Thread: one at a time; pure.
 * Faults:    none: what is wrong is a result.
 */
#ifndef KETENBRUG_AUDIT_VERIFY_H
#define KETENBRUG_AUDIT_VERIFY_H

#include "audit/receipt.h"
#include "audit/record.h"
#include "base/merkle.h"

enum log_seal { LOG_SEAL_WHOLE, LOG_SEAL_DESTROYED, LOG_SEAL_DAMAGED, LOG_SEAL_LOST };
const char *log_seal_word(enum log_seal seal); /* for people, and in answers */

/* The public key of a party's log; NULL: the covenant names none. */
struct log_keys {
    const struct note_key *(*key_of)(void *ctx, const struct oin *oin, const char **origin);
    void *ctx;
};

struct log_verifier {
    struct merkle_frontier tree;
    struct log_keys keys;
    struct receipt_cache cache;
    uint64_t promised_size; /* of a checkpoint: the root at this size must be promised_root; 0: none */
    struct sha256 promised_root;
    bool promised_holds;
    uint64_t damaged;    /* records whose sealed part does not belong to the visible one */
    uint64_t destroyed;  /* records whose content ended */
    uint64_t lost;       /* whose key is gone, and the log does not say that it was destroyed */
    int64_t first_lost;  /* -1: none */
    uint64_t receipts;   /* that hold */
    uint64_t foreign;    /* of parties that this covenant does not name: not checked */
    int64_t first_wrong; /* sequence number; -1: none */
    const char *why;     /* Dutch, to be read behind "regel N" */
};

void log_verify_begin(struct log_verifier *verifier, const struct log_keys *keys);
/* The next leaf (LOG_LEAF_BYTES) with what stands beside it. */
void log_verify_leaf(struct log_verifier *verifier, enum log_seal seal, const uint8_t *leaf, struct slice receipt);

#endif
