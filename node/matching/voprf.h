/*
 * voprf.h - the verifiable oblivious pseudorandom function of RFC 9497, suite ristretto255-SHA512, mode VOPRF (0x01).
 *
 * Does:      blinds an input so that the evaluator learns nothing of it, evaluates a batch and proves with one DLEQ proof
 *            that it was done with the key that was published, checks that proof, and finalizes; derives a key pair from a
 *            seed. All on libsodium's group functions; what they lack (expand_message_xmd) per RFC 9380.
 * Does not:  know people, partners or epochs.
 * Randomness: handed in: VOPRF_WIDE random bytes for every scalar that must be random, reduced modulo the group order.
 * Ownership: values of the caller, to wipe; secrets that live longer than a call belong in voprf_secret_new's memory.
 * Thread:    any; pure. voprf_ready (sodium_init) once before.
 * Faults:    FAULT_INVALID with `where` "/waarden/N", "/sleutel" or "/bewijs": not 32 bytes of a canonical encoding, the
 *            identity, a scalar that is not reduced; a proof that does not hold. FAULT_TOO_LARGE past VOPRF_BATCH_MAX,
 *            and for an input or info of more than 65,535 bytes. Whatever is refused, nothing was written.
 */
#ifndef KETENBRUG_MATCHING_VOPRF_H
#define KETENBRUG_MATCHING_VOPRF_H

#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/limits.h"
#include "base/slice.h"

enum {
    VOPRF_ELEMENT = 32,
    VOPRF_SCALAR = 32,
    VOPRF_PROOF = 2 * VOPRF_SCALAR,
    VOPRF_OUTPUT = 64,
    VOPRF_SEED = 32,
    VOPRF_WIDE = 64,
};

struct voprf_element {
    uint8_t bytes[VOPRF_ELEMENT];
};

struct voprf_scalar {
    uint8_t bytes[VOPRF_SCALAR];
};

struct voprf_key {
    struct voprf_scalar secret;
    struct voprf_element public;
};

struct voprf_output {
    uint8_t bytes[VOPRF_OUTPUT];
};

MUST_USE enum result voprf_ready(struct error *err); /* any thread, any number of times */

/* Locked memory, zeroed; NULL: there is none. It costs some pages and system calls: one block for many keys. */
MUST_USE void *voprf_secret_new(size_t size);
void voprf_secret_free(void *secret); /* wipes; NULL is fine */

/* RFC 9497, 3.2.1 DeriveKeyPair. */
MUST_USE enum result voprf_derive_key(const uint8_t seed[VOPRF_SEED], struct slice info, struct voprf_key *out,
                                      struct error *err);

/* Whether a public key can be one: canonical, and not the identity. FAULT_INVALID at "/sleutel". */
MUST_USE enum result voprf_check_key(const struct voprf_element *public_key, struct error *err);

/* At the asker. `wide` becomes the blind, which is kept for voprf_finalize. */
MUST_USE enum result voprf_blind(struct slice input, const uint8_t wide[VOPRF_WIDE], struct voprf_scalar *blind,
                                 struct voprf_element *blinded, struct error *err);
/* At the evaluator: all of the batch with one proof. */
MUST_USE enum result voprf_evaluate(const struct voprf_key *key, const struct voprf_element *blinded, size_t count,
                                    const uint8_t wide[VOPRF_WIDE], struct voprf_element *evaluated,
                                    uint8_t proof[VOPRF_PROOF], struct error *err);
/* At the asker: checks the proof over the whole batch, then gives all outputs, or nothing. */
MUST_USE enum result voprf_finalize(const struct voprf_element *public_key, const struct slice *inputs,
                                    const struct voprf_scalar *blinds, const struct voprf_element *blinded,
                                    const struct voprf_element *evaluated, size_t count,
                                    const uint8_t proof[VOPRF_PROOF], struct voprf_output *outputs, struct error *err);
/* At the evaluator, of its own input: what the asker would get (RFC 9497, 3.3.2 Evaluate). */
MUST_USE enum result voprf_own(const struct voprf_key *key, struct slice input, struct voprf_output *out,
                               struct error *err);

#endif
