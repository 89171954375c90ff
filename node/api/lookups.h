/*
 * lookups.h - the requester's half of private matching: the sets that partners publish to this organisation, and the
 * evaluated values of people in open cases.
 *
 * Does:      at each tick asks every partner, for every purpose with a rule that feeds a set (policy_set_purposes), for the
 *            step to the newest version, or the whole set; checks all of it, refuses what is truncated, unsorted, of
 *            another epoch, rolled back or too large, with a record, and keeps the last good one. A set is fresh while
 *            its version rises. Of a partner whose set is not fresh any more, a whole one that does not follow on it (he
 *            was put back from a backup, say) is taken, with a finding in the log. Sets are kept sealed in the store, so
 *            that a restart knows them; of one that is damaged there, how far it had come is still known.
 *            Keeps values sealed while an open case, report or order needs them (values_ms since it was last used; a
 *            report or order that closes drops them at once), and never past the key that they are of: when the partner
 *            goes over to another they go, and while he gives no fresh set, values_ms after they were evaluated.
 * Ownership: lookups_open gives; lookups_close when no call is under way; work under way counts as a call of the api.
 * Thread:    the loop's; blinding and proof checks on worker threads. Faults: none outward but at opening.
 */
#ifndef KETENBRUG_API_LOOKUPS_H
#define KETENBRUG_API_LOOKUPS_H

#include "api/api.h"
#include "api/sharing.h"
#include "matching/rematch.h"
#include "peer/peer.h"

MUST_USE enum result lookups_open(struct api *api, const struct match_times *times, struct lookups **out,
                                  struct error *err);
void lookups_start(struct lookups *lookups, void (*ready)(void *ctx, const struct error *err), void *ctx);
void lookups_tick(struct lookups *lookups); /* to be called each 100 ms or so; does what is due */
void lookups_stop(struct lookups *lookups);
void lookups_close(struct lookups *lookups);

enum lookup_state {
    LOOKUP_NONE,  /* no set of this partner for this purpose is here */
    LOOKUP_STALE, /* one is, whose version did not rise for MATCH_STALE_TICKS: not believed */
    LOOKUP_READY,
};

/* A set as it is here. */
struct lookup_set {
    uint32_t epoch;           /* under which to evaluate, */
    struct voprf_element key; /* and the public key with which the partner must */
    uint64_t version;
    struct sha256 root;
};

enum lookup_state lookups_state(const struct lookups *lookups, const struct oin *provider, struct slice purpose,
                                struct lookup_set *out); /* written unless there is none */
/* Why this partner's sets could not be asked for the last time; PEER_ANSWERED: he answered, or was not asked yet. */
enum peer_outcome_kind lookups_unreached(const struct lookups *lookups, const struct oin *provider,
                                         struct slice purpose);
/* False too when the set that is here now is of another epoch or key than `set`. */
bool lookups_test(const struct lookups *lookups, const struct oin *provider, struct slice purpose,
                  const struct lookup_set *set, uint64_t fingerprint);

/* Which of these values are in the set that is here now, one call each: those that came with its last step, when that was made
 * from `version`; else, or when `all`, of the whole set. False, and no call, when it is of another epoch or key. */
bool lookups_rematch(const struct lookups *lookups, const struct oin *provider, struct slice purpose,
                     const struct lookup_set *set, uint64_t version, bool all, struct rematch *values,
                     rematch_hit_fn *hit, void *ctx);

int64_t lookups_values_ms(const struct lookups *lookups); /* since the last consult, that values are kept */

/* What is done with a set is counted, so that the officer sees evaluations that nobody tested with, and hits that the
 * partner then tells nothing about; past MATCH_EMPTY_PERCENT of these a record says so, once for a partner and day. */
/*    count                word in `GET /v1/koppeling` */
#define LOOKUP_COUNT_TABLE(X)                                                                                          \
    X(LOOKUP_EVALUATED, "geevalueerd")     /* values asked for */                                                      \
    X(LOOKUP_USED, "daarvanGetoetst")      /* of those: tested with in the same consult */                             \
    X(LOOKUP_TESTED, "getoetst")           /* people, those with a kept value included */                              \
    X(LOOKUP_HIT, "treffers")              /* of those: in the set */                                                  \
    X(LOOKUP_ASKED, "gevraagd")            /* of those: questions that left */                                         \
    X(LOOKUP_ANSWERED, "beantwoord")       /* of those */                                                              \
    X(LOOKUP_EMPTY, "zonderBetrokkenheid") /* of those: answered with nothing */

enum lookup_count {
#define X(code, word) code,
    LOOKUP_COUNT_TABLE(X)
#undef X
        LOOKUP_COUNT_COUNT
};

void lookups_count(struct lookups *lookups, const struct oin *provider, struct slice purpose, enum lookup_count what);

/* Rounds over all partners that were begun and ended since the start: what a partner published before a round began is here
 * when it has ended. */
uint64_t lookups_rounds_begun(const struct lookups *lookups);
uint64_t lookups_rounds_ended(const struct lookups *lookups);

/* For `GET /v1/koppeling`: the requester's members. */
void lookups_describe(const struct lookups *lookups, struct json_writer *w);

#endif
