/*
 * derive.h - from a person's number to what is matched on, and from the PRF's output to fingerprint and ask key.
 *
 * Input of the PRF: "bsn:" and nine digits. From its output F, by HMAC-SHA-256 with F as key over a domain label and
 * length-prefixed requester, provider, purpose and epoch: a fingerprint of 8 bytes, which may stand in a lookup set, and
 * with another label an ask key of 16 bytes, by which the requester names the person to the provider. Neither tells the
 * other, nor F, nor the person.
 * Thread: any; pure. Ownership: values, the caller's to wipe.
 */
#ifndef KETENBRUG_MATCHING_DERIVE_H
#define KETENBRUG_MATCHING_DERIVE_H

#include "base/bsn.h"
#include "base/oin.h"
#include "matching/voprf.h"

enum { ASK_KEY_BYTES = 16, MATCH_INPUT_BYTES = 4 + BSN_DIGITS, MATCH_INFO_MAX = 128 };

struct ask_key {
    uint8_t bytes[ASK_KEY_BYTES];
};

struct match_value {
    uint64_t fingerprint; /* never 0 */
    struct ask_key key;
};

/* Whose key: one per requester, purpose and epoch, at the provider. */
struct match_scope {
    struct oin provider;
    struct oin requester;
    struct slice purpose; /* a covenant's code: 31 bytes at most */
    uint32_t epoch;
};

void match_input(const struct bsn *person, uint8_t out[MATCH_INPUT_BYTES]);
/* The info for voprf_derive_key; its length. */
size_t match_info(const struct match_scope *scope, uint8_t out[MATCH_INFO_MAX]);
void match_value_of(const struct match_scope *scope, const struct voprf_output *output, struct match_value *out);
/* The secret from which a set's dummies come, from the epoch's seed: stable within the epoch. */
void match_dummy_secret(const struct match_scope *scope, const uint8_t seed[VOPRF_SEED], uint8_t out[VOPRF_SEED]);

#endif
