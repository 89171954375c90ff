/*
 * refusals.h - which refusals get a record of their own, and which are counted into one.
 *
 * Does:      keeps a token bucket and a count for each party, one of each for all strangers together (and for parties
 *            past REFUSALS_PARTIES_MAX), one for the desk. Within the bucket a refusal is a record; beyond it a count.
 * Does not:  write records: whoever asks refusals_take does. Only what the server refused by itself, before a handler
 *            looked at any person, may be counted; a refusal by a handler is always a record of its own.
 * A count waits REFUSALS_WAIT_MS at most, and is lost when the node crashes before that, or the store fails.
 * Ownership: a value, empty when zeroed. Thread: one loop. Faults: none.
 */
#ifndef KETENBRUG_API_REFUSALS_H
#define KETENBRUG_API_REFUSALS_H

#include "base/fault.h"
#include "base/limits.h"
#include "base/oin.h"

enum refusals_from { REFUSALS_STRANGER, REFUSALS_DESK, REFUSALS_PARTY };

struct refusals_bucket {
    struct oin party;
    int64_t full_ms;  /* when the bucket is full again */
    int64_t since_ms; /* of the first that was counted */
    uint32_t counted;
    enum fault fault; /* of the last that was counted */
};

struct refusals {
    struct refusals_bucket buckets[REFUSALS_PARTY + REFUSALS_PARTIES_MAX];
};

/* True: to be recorded on its own. False: it was counted. `party` matters for REFUSALS_PARTY only. */
bool refusals_single(struct refusals *refusals, enum refusals_from from, const struct oin *party, enum fault fault,
                     int64_t now_ms);
/* Takes one count that has waited long enough (`all`: any) out; false when there is none left. */
bool refusals_take(struct refusals *refusals, int64_t now_ms, bool all, struct refusals_bucket *out);

#endif
