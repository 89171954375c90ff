/*
 * suite.h - what RFC 9497 asks of its suite ristretto255-SHA512 (section 4.1) and libsodium does not have: hashing to the
 * group and to scalars by expand_message_xmd (RFC 9380, 5.3.1), with the domain separation of a mode.
 *
 * The base mode exists for the published vectors alone; what the node does is verifiable.
 * Thread: any; pure. Ownership: values of the caller; what was hashed is wiped when the result is there.
 */
#ifndef KETENBRUG_MATCHING_SUITE_H
#define KETENBRUG_MATCHING_SUITE_H

#include <stdbool.h>

#include <sodium.h>

#include "matching/voprf.h"

enum suite_mode { SUITE_BASE = 0x00, SUITE_VERIFIABLE = 0x01 }; /* RFC 9497, 3.1 */

struct suite_hash {
    crypto_hash_sha512_state state;
};

/* A message: begun, its parts, and then one of the three that end it. A sized part has its length before it, two bytes. */
void suite_begin(struct suite_hash *hash);
void suite_put(struct suite_hash *hash, const void *bytes, size_t len);
void suite_put_sized(struct suite_hash *hash, const void *bytes, size_t len);
void suite_to_element(struct suite_hash *hash, enum suite_mode mode, struct voprf_element *out);
/* `label` comes before the mode's context in the domain separation tag. */
void suite_to_scalar(struct suite_hash *hash, enum suite_mode mode, const char *label, struct voprf_scalar *out);

#define SUITE_SCALAR_LABEL "HashToScalar-"

/* A plain SHA-512 over parts, for the PRF's output and the seed of a proof: begun with suite_plain instead. */
void suite_plain(struct suite_hash *hash);
void suite_end_plain(struct suite_hash *hash, uint8_t out[crypto_hash_sha512_BYTES]);
/* label || context of the mode; returns its length. */
enum { SUITE_TAG_MAX = 48 };
size_t suite_tag(const char *label, enum suite_mode mode, uint8_t out[SUITE_TAG_MAX]);

void suite_reduce(const uint8_t wide[VOPRF_WIDE], struct voprf_scalar *out);
bool suite_is_reduced(const struct voprf_scalar *scalar); /* public values only: not in constant time */
/* False: the point is no canonical encoding or the identity, or the scalar is zero. In constant time in the scalar. */
MUST_USE bool suite_multiply(const struct voprf_scalar *scalar, const struct voprf_element *point,
                             struct voprf_element *out);

/* Fails with FAULT_INVALID: the element at this place of a batch is none that may be there. */
enum result suite_bad_value(size_t at, struct error *err);

/* The steps of RFC 9497 that modes share, for whom already has the scalar. */
MUST_USE enum result suite_derive_key(enum suite_mode mode, const uint8_t seed[VOPRF_SEED], struct slice info,
                                      struct voprf_key *out, struct error *err);
MUST_USE enum result suite_input(enum suite_mode mode, struct slice input, const struct voprf_scalar *scalar,
                                 struct voprf_element *out, struct error *err);
void suite_output(struct slice input, const struct voprf_element *unblinded, struct voprf_output *out);

#endif
