/*
 * past_place.h - that somebody stood in a lookup set, as the store keeps it under the person (STORE_PAST_PLACE).
 *
 * Sharing that went on into a next epoch is one past place, that of the epoch in which it ended. It goes MATCH_PAST_DAYS
 * after that (past_sweep.h); a person cannot be removed before his past places are.
 * Ownership: a value. Thread: any; pure. Faults: FAULT_STORE for bytes that are none.
 */
#ifndef KETENBRUG_API_PAST_PLACE_H
#define KETENBRUG_API_PAST_PLACE_H

#include "base/buf.h"
#include "base/ident.h"
#include "base/oin.h"
#include "policy/covenant.h"

struct past_place {
    struct oin requester;
    char purpose[CODE_MAX + 1];
    uint32_t epoch;
    uint64_t fingerprint;
    uint64_t since; /* first version of the set that held it */
    uint64_t until; /* first version that no longer did */
    int64_t began_ms, ended_ms;
};

void past_place_encode(const struct past_place *place, struct buf *out);
MUST_USE enum result past_place_decode(struct slice bytes, struct past_place *out, struct error *err);
/* The same for the same place of the same person, so that writing it twice keeps one. */
struct ident past_place_id(const struct ident *subject, const struct past_place *place);

#endif
