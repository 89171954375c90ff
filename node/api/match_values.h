/*
 * match_values.h - evaluated values of people whom the own organisation asks about: kept sealed, person by person and purpose
 * by purpose, so that a later consult need not have them evaluated again.
 *
 * Does:      keeps with them what they stand on: consults in a case (for values_ms since the last), open reports and
 *            orders, and live signals. A value is of use under the key that it was evaluated with; another of the same partner takes its
 *            place. Keeps whether the partner was asked about the person already: a first question that no evaluation
 *            went before would tell him that the person was looked for earlier, and not in his set then.
 * Does not:  decide when they go: lookups_sweep.c does, and who closes a report or order.
 * Store:     STORE_MATCH_VALUE, in pages; a page's id is the keyed hash of person, purpose and page, so that whose it is
 *            stands nowhere, not in its sealed content either.
 * Ownership: match_values_read gives, match_values_free wipes. Thread: the loop's. Faults: FAULT_NO_MEMORY.
 */
#ifndef KETENBRUG_API_MATCH_VALUES_H
#define KETENBRUG_API_MATCH_VALUES_H

#include "api/api.h"
#include "matching/derive.h"

enum { MATCH_STANDS_MAX = 4, MATCH_KEY_TAG = 8 };

/* The key that a value is of: the epoch, and the first bytes of the public key that the partner's set names. */
struct match_key {
    uint32_t epoch;
    uint8_t tag[MATCH_KEY_TAG];
};

struct match_kept {
    struct oin provider;
    struct match_key key;
    uint32_t minute; /* when it was evaluated, since 1970 */
    bool asked;      /* the partner answered a question about this person */
    struct match_value value;
};

struct match_stand {
    bool is_order;  /* else a report, */
    bool is_signal; /* or a signal, by its id */
    char number[CONSULT_CASE_MAX + 1];
};

struct match_values {
    char purpose[CODE_MAX + 1];
    int64_t case_until_ms;   /* 0: asked in no case */
    int64_t matter_until_ms; /* of what stands on a report or order */
    struct match_stand stands[MATCH_STANDS_MAX];
    size_t stand_count;
    struct match_kept *kept;
    size_t count;
    size_t capacity;
    size_t pages; /* in the store */
    bool changed; /* since it was read */
};

/* What is kept; empty when there is nothing, or it cannot be read (then it is evaluated anew). NULL: no memory. */
MUST_USE struct match_values *match_values_read(struct api *api, const struct bsn *person, struct slice purpose);
void match_values_free(struct match_values *values); /* NULL is fine */
struct match_key match_key_of(uint32_t epoch, const struct voprf_element *public);
bool match_key_same(const struct match_key *a, const struct match_key *b);
const struct match_kept *match_values_find(const struct match_values *values, const struct oin *provider,
                                           const struct match_key *key);
MUST_USE enum result match_values_put(struct match_values *values, const struct match_kept *one, struct error *err);
/* When it is here still. */
void match_values_asked(struct match_values *values, const struct oin *provider, const struct match_key *key);
/* They were used now in a case (NULL), or for a report or order, and stay for this term at most. */
void match_values_stand(struct match_values *values, const struct match_stand *matter, int64_t now_ms, int64_t term_ms);
/* Nothing of them is kept any more when that was the last. */
void match_values_fall(struct match_values *values, const struct match_stand *matter);
bool match_values_stands(const struct match_values *values, int64_t now_ms);
/* Into the batch, when something changed; without anything left, or to stand on, they are removed. */
MUST_USE enum result match_values_write(struct api *api, struct match_values *values, const struct bsn *person,
                                        struct store_batch *batch, struct error *err);

/* A report or order of these people closes: into the batch that says so. */
MUST_USE enum result match_values_close(struct api *api, const struct match_stand *matter, const struct bsn *people,
                                        size_t count, struct store_batch *batch, struct error *err);

/* One page as it is stored, for who looks through all of them. The rest of `values` is of the page. FAULT_STORE. */
MUST_USE enum result match_values_decode(struct slice page, struct match_values *values, struct error *err);
void match_values_encode(const struct match_values *values, size_t first, size_t count, struct buf *out);

#endif
