#include "api/refusals.h"

enum { REGAIN_MS = 1000 / REFUSALS_PER_S, FULL_MS = REGAIN_MS * REFUSALS_BURST };

static bool is_idle(const struct refusals_bucket *bucket, int64_t now_ms)
{
    return bucket->counted == 0 && bucket->full_ms <= now_ms;
}

static struct refusals_bucket *bucket_of(struct refusals *refusals, enum refusals_from from, const struct oin *party,
                                         int64_t now_ms)
{
    if (from != REFUSALS_PARTY) {
        return &refusals->buckets[from];
    }
    struct refusals_bucket *idle = NULL;
    for (size_t i = REFUSALS_PARTY; i < COUNT_OF(refusals->buckets); i++) {
        struct refusals_bucket *bucket = &refusals->buckets[i];
        if (oin_equal(&bucket->party, party)) {
            return bucket;
        }
        if (idle == NULL && is_idle(bucket, now_ms)) {
            idle = bucket;
        }
    }
    if (idle == NULL) {
        return &refusals->buckets[REFUSALS_STRANGER];
    }
    *idle = (struct refusals_bucket){.party = *party};
    return idle;
}

bool refusals_single(struct refusals *refusals, enum refusals_from from, const struct oin *party, enum fault fault,
                     int64_t now_ms)
{
    struct refusals_bucket *bucket = bucket_of(refusals, from, party, now_ms);
    /* Past FULL_MS the clock was set back. */
    if (bucket->full_ms < now_ms || bucket->full_ms - now_ms > FULL_MS) {
        bucket->full_ms = now_ms;
    }
    if (bucket->full_ms - now_ms <= FULL_MS - REGAIN_MS) {
        bucket->full_ms += REGAIN_MS;
        return true;
    }
    if (bucket->counted++ == 0) {
        bucket->since_ms = now_ms;
    }
    bucket->fault = fault;
    return false;
}

bool refusals_take(struct refusals *refusals, int64_t now_ms, bool all, struct refusals_bucket *out)
{
    for (size_t i = 0; i < COUNT_OF(refusals->buckets); i++) {
        struct refusals_bucket *bucket = &refusals->buckets[i];
        const bool due = all || now_ms < bucket->since_ms || now_ms - bucket->since_ms >= REFUSALS_WAIT_MS;
        if (bucket->counted != 0 && due) {
            *out = *bucket;
            bucket->counted = 0;
            return true;
        }
    }
    return false;
}
