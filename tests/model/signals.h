/*
 * signals.h - signals, put together as node/api does: published, tested against partners' sets at each tick, sent, answered.
 *
 * Simpler here than in the product: a set is fetched at once when both nodes are up and nothing is cut, an evaluation has no
 * quota, and nobody is tried on account of his household.
 * Thread: one.
 */
#ifndef KETENBRUG_MODEL_SIGNALS_H
#define KETENBRUG_MODEL_SIGNALS_H

#include "deliver.h"

enum { SIGNAL_DAYS_MODEL = 120 };

bool signal_user_publishes(struct world *world, int node, int person, uint32_t draw);
bool signal_user_withdraws(struct world *world, int node, uint32_t pick);
bool signal_looks_at_days(struct world *world, int node);
void signal_publishes_sets(struct world *world, int node,
                           bool removes);        /* what left a set may stand in it for a while */
bool signal_tick(struct world *world, int node); /* fetches, evaluates, tests, sends; false: nothing to do */

void signal_answered(struct world *world, int node, const struct try *try, const struct answer *answer);
void signal_take(struct world *world, int node, struct work *work);
void signal_take_end(struct world *world, int node, struct work *work);
void signal_starts_over(struct world *world, int node, struct work *work, int partner, int person,
                        const struct ident *spoor);
/* Is one of ours about to be sent to that partner, or without an answer? */
bool signal_is_hit(const struct disk *disk, int partner);
bool signal_lives_at(const struct world *world, int node, int person);
struct ident signal_spoor(const struct world *world, int node, int person, int partner); /* as that partner sees it */
bool signal_may_meet(const struct world *world, int node, int partner);

#endif
