/*
 * sharing.h - the provider's half of private matching: who stands in whose lookup set, for which purpose.
 *
 * Does:      follows the store's feed of changed people and, at a new Dutch day, a new covenant or a new epoch, everybody;
 *            asks policy_may_know for each organisation and purpose with a rule that feeds a set (policy_set_purposes);
 *            evaluates who comes in on a worker thread; keeps who stands where in the store, sealed, so that a restart
 *            knows it; at fixed ticks makes the next version of every set, whether or not it changed, commits one
 *            record over the root of all of them, and only then gives them out. Who goes leaves at a random moment within
 *            times.removal_ms, whatever the cause. Makes epoch keys, publishes them in the log, destroys them in time.
 *            Who cannot be read keeps the places he has; a set that would lack him for it, or of which places were lost, is
 *            given to nobody until everybody could be read again.
 * Does not:  serve (lookup_sets.c), evaluate for others (evaluations.c), decide about an answer (consult_answer.c).
 * Ownership: sharing_open gives; sharing_close when no call is under way; work under way counts as a call of the api.
 * Thread:    the loop's; evaluation on worker threads. Faults: none outward but at opening; the rest is logged and tried again.
 */
#ifndef KETENBRUG_API_SHARING_H
#define KETENBRUG_API_SHARING_H

#include "api/api.h"
#include "matching/derive.h"
#include "matching/set_wire.h"

struct match_times { /* milliseconds, from the configuration; limits.h has the defaults */
    int64_t tick_ms, urgent_tick_ms, epoch_ms, overlap_ms, removal_ms, values_ms;
};

MUST_USE enum result sharing_open(struct api *api, const struct match_times *times, struct sharing **out,
                                  struct error *err);
/* Reads who stands where; `ready` follows once. Until then nobody is found and no set is given. */
void sharing_start(struct sharing *sharing, void (*ready)(void *ctx, const struct error *err), void *ctx);
void sharing_tick(struct sharing *sharing); /* to be called each 100 ms or so; does what is due */
void sharing_covenant_changed(struct sharing *sharing);
void sharing_stop(struct sharing *sharing); /* after the step under way no other begins; NULL is fine */
void sharing_close(struct sharing *sharing);

/* Epochs that serve now: the current one, and the next or the one before within the overlap. */
bool sharing_epoch_serves(const struct sharing *sharing, uint32_t epoch);
uint32_t sharing_epoch(const struct sharing *sharing);
/* The newest that serves and in which this requester has a published set for this purpose; none: 0. */
uint32_t sharing_epoch_with_set(const struct sharing *sharing, const struct match_scope *scope);
/* The moment from which this epoch serves: the overlap before its start. */
int64_t sharing_epoch_opens(const struct sharing *sharing, uint32_t epoch);
/* The key of this requester, purpose and epoch. FAULT_INVALID at "/periode" saying which serve. The caller wipes. */
MUST_USE enum result sharing_key(struct sharing *sharing, const struct match_scope *scope, struct voprf_key *out,
                                 struct error *err);

/* The subject behind an ask key; false: nobody. Takes the same time and steps for a key that is known and one that is not. */
bool sharing_find(const struct sharing *sharing, const struct match_scope *scope, const struct ask_key *key,
                  struct ident *subject);
/* False: this requester has a set for this purpose, or ought to, and it is not published, so that an ask key which is nobody's
 * here may be somebody's: no answer then, whoever is asked about. Without a set by the covenant nobody is behind any key. */
bool sharing_answers(const struct sharing *sharing, const struct match_scope *scope);
/* Somebody who stands in some set, chosen by `pick`, mostly the same while others come and go: to do for an unknown key what
 * is done for a known one. False: nobody stands in any. */
bool sharing_decoy(const struct sharing *sharing, uint64_t pick, struct ident *subject);

/* A set as published last: its header, its sorted entries, and the step to it from `from` (FAULT_NOT_FOUND: none is kept,
 * or it is more than fits; then the whole set is the answer). Borrowed until the next turn of the loop. */
struct sharing_set {
    struct set_header header; /* part, place, swaps, from are the caller's to fill in */
    const uint64_t *entries;
    size_t people; /* of the entries: those that are no dummies */
};
MUST_USE enum result sharing_set(const struct sharing *sharing, const struct match_scope *scope,
                                 struct sharing_set *out, struct error *err);
MUST_USE enum result sharing_step(const struct sharing *sharing, const struct match_scope *scope, uint64_t from,
                                  struct set_swap swaps[SET_STEP_SWAPS], uint32_t *count, struct error *err);

/* People whose change is committed and not yet in a published version: 0 means that what was registered can be found. */
size_t sharing_waiting(const struct sharing *sharing);
uint64_t sharing_version(const struct sharing *sharing); /* ticks published so far */

/* For `GET /v1/koppeling`: the provider's members. */
void sharing_describe(const struct sharing *sharing, struct json_writer *w);

#endif
