/*
 * ed25519.h - signatures of the log (RFC 8032, Ed25519): checkpoints, cosignatures, receipts.
 *
 * Does:      makes a key pair from a 32-byte seed, signs, verifies.
 * Does not:  draw seeds, keep them, or know what is signed.
 * Ownership: ed25519_*_new gives, ed25519_free takes (NULL is fine).
 * Thread:    a key may be used by several threads at once.
 * Faults:    FAULT_NO_MEMORY; FAULT_INTERNAL for signing with a public key. A signature that does not hold is `false`.
 */
#ifndef KETENBRUG_CERTS_ED25519_H
#define KETENBRUG_CERTS_ED25519_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/slice.h"

enum { ED25519_SEED_SIZE = 32, ED25519_PUBLIC_SIZE = 32, ED25519_SIGNATURE_SIZE = 64 };

struct ed25519;

MUST_USE enum result ed25519_private_new(const uint8_t seed[ED25519_SEED_SIZE], struct ed25519 **out,
                                         struct error *err);
MUST_USE enum result ed25519_public_new(const uint8_t point[ED25519_PUBLIC_SIZE], struct ed25519 **out,
                                        struct error *err);
void ed25519_free(struct ed25519 *key);
void ed25519_public(const struct ed25519 *key, uint8_t out[ED25519_PUBLIC_SIZE]);

MUST_USE enum result ed25519_sign(const struct ed25519 *key, struct slice message, uint8_t out[ED25519_SIGNATURE_SIZE],
                                  struct error *err); /* private keys only */
bool ed25519_holds(const struct ed25519 *key, struct slice message, const uint8_t signature[ED25519_SIGNATURE_SIZE]);

#endif
