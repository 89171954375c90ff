/*
 * dleq.h - one proof for a batch that all of it was multiplied by the key that was published (RFC 9497, 2.2).
 *
 * Thread: any; pure. Ownership: values of the caller.
 * Faults: dleq_check: FAULT_INVALID with `where` "/waarden/N", "/sleutel" or "/bewijs".
 */
#ifndef KETENBRUG_MATCHING_DLEQ_H
#define KETENBRUG_MATCHING_DLEQ_H

#include "matching/voprf.h"

/* A batch: what was asked and what came of it, `count` of each, 1 to VOPRF_BATCH_MAX. */
struct dleq_batch {
    const struct voprf_element *asked;
    const struct voprf_element *evaluated;
    size_t count;
};

MUST_USE enum result dleq_prove(const struct voprf_key *key, const struct dleq_batch *batch,
                                const struct voprf_scalar *random, uint8_t proof[VOPRF_PROOF], struct error *err);
MUST_USE enum result dleq_check(const struct voprf_element *public_key, const struct dleq_batch *batch,
                                const uint8_t proof[VOPRF_PROOF], struct error *err);

#endif
