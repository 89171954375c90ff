/*
 * growth.h - whether two checkpoints of a partner's log are of one log: its own node must be able to show that the larger
 * grew out of the smaller.
 *
 * Ownership: nothing is kept. Thread: the loop's. Faults: those of peer_ask; what is no proof is a verdict.
 */
#ifndef KETENBRUG_API_GROWTH_H
#define KETENBRUG_API_GROWTH_H

#include "api/api.h"
#include "audit/checkpoint.h"

/* Asks for the proof between two sizes, in either order; `done` as peer_ask calls it. */
MUST_USE enum result growth_ask(struct api *api, const struct party *party, uint64_t one, uint64_t other,
                                peer_done *done, void *ctx, struct error *err);

/* GROWTH_UNKNOWN: no answer, or one that says nothing about the log. */
enum growth { GROWTH_HOLDS, GROWTH_FAILS, GROWTH_UNKNOWN };
enum growth growth_judge(const struct peer_outcome *outcome, const struct witness_held *one,
                         const struct witness_held *other);

/* The member `bewijs` of an answer; false: it is no list of hashes. */
bool growth_read_proof(const struct json *answer, struct merkle_proof *proof);
bool growth_read_bytes(struct slice base64, uint8_t *out, size_t len);

#endif
