/*
 * published_set.h - a lookup set at the provider: people's fingerprints and the dummies that fill its class.
 *
 * Does:      holds exactly `class` entries in order with the tree over them; takes the comings and goings of one tick at
 *            once; keeps what changed in the last SET_STEPS_KEPT versions; shows one entry under the root. Who comes takes
 *            the place of the dummy that stood longest, who goes leaves his to a dummy that never stood before: so no
 *            entry returns by itself, and a swap does not tell which of both is a person. The class doubles when
 *            people fill more than three quarters of it, so that some dummies always stand, and never shrinks. People
 *            who share a fingerprint, with each other or with a dummy, share an entry.
 * Does not:  know who somebody is, nor what a tick is: a set that did not change needs no call at a tick, its version is
 *            the caller's. Keep its state: the caller stores the people who stand in it and published_state; opened
 *            from these with the same secret it is the same set.
 * Ownership: published_set_open gives, published_set_close; the secret stays the caller's, at its place in memory that is
 *            fit for secrets, as long as the set and its copies live. Thread: one at a time, any; pure (to be built on a
 *            worker).
 * Faults:    FAULT_NO_MEMORY; FAULT_TOO_LARGE past three quarters of SET_CLASS_MAX people, or past 126 of them under one fingerprint;
 *            FAULT_INVALID: a state with a class that is none. The set stays as it was.
 */
#ifndef KETENBRUG_MATCHING_PUBLISHED_SET_H
#define KETENBRUG_MATCHING_PUBLISHED_SET_H

#include "matching/set_tree.h"
#include "matching/set_wire.h"

struct published_set;

/* Store it in the commit that publishes; zeroed for a set that is new. */
struct published_state {
    uint32_t class;
    uint64_t spent; /* dummies that have had their time */
};

/* `secret` is that of match_dummy_secret; `people` their fingerprints in any order, one for each person; no fingerprint is
 * 0. `version` is the first from which a step can be given. */
MUST_USE enum result published_set_open(const uint8_t secret[VOPRF_SEED], const struct published_state *state,
                                        const uint64_t *people, size_t count, uint64_t version,
                                        struct published_set **out, struct error *err);
void published_set_close(struct published_set *set); /* NULL is fine */
/* The same set once more, for who gives the old one out until the new one may be known. */
MUST_USE enum result published_set_copy(const struct published_set *set, struct published_set **out, struct error *err);

/* What changed up to `version`, which is higher than at the last call: a fingerprint for each person who comes and each
 * who goes, in any order. Who goes and is not there is passed over. */
struct published_change {
    const uint64_t *goes;
    size_t goes_count;
    const uint64_t *comes;
    size_t comes_count;
};
MUST_USE enum result published_set_change(struct published_set *set, const struct published_change *change,
                                          uint64_t version, struct error *err);

/* The step from version `from` to `now`, the newest version that there is. FAULT_NOT_FOUND: none is kept, or it is more
 * than fits; then the whole set is the answer. */
MUST_USE enum result published_set_step(const struct published_set *set, uint64_t from, uint64_t now,
                                        struct set_swap swaps[SET_STEP_SWAPS], uint32_t *count, struct error *err);

const uint64_t *published_set_entries(const struct published_set *set); /* `class` of them; until the next change */
uint32_t published_set_class(const struct published_set *set);
size_t published_set_people(const struct published_set *set); /* all that share an entry counted */
const struct sha256 *published_set_root(const struct published_set *set);
struct published_state published_set_state(const struct published_set *set);
/* False: it is not an entry. */
bool published_set_show(const struct published_set *set, uint64_t fingerprint, struct set_opening *out);

/* The dummy at a place in the order in which they come; for tests, which need people who collide with one. */
uint64_t published_dummy(const uint8_t secret[VOPRF_SEED], uint64_t place);

#endif
