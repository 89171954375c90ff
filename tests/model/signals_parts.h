/*
 * signals_parts.h - inside signals.c and signals_send.c only: the rows of one node's signals. Thread: one.
 *
 *   signals.c       which live: published, withdrawn, over by their day
 *   signals_send.c  towards partners: sets, tests, what is sent, what comes, what is answered
 */
#ifndef KETENBRUG_MODEL_SIGNALS_PARTS_H
#define KETENBRUG_MODEL_SIGNALS_PARTS_H

#include "signals.h"

struct signal_row *signal_change(struct world *world, int node, struct work *work, int index);
void signal_done(struct world *world, int node, struct work *work); /* what the batch posted goes */
bool signal_row_lives(const struct world *world, int node, const struct signal_row *row);
bool signal_is_over(const struct world *world, int node, const struct signal_row *row); /* by its day, and not ended */
int signal_live_one(const struct world *world, int node, int person, int but); /* the row of one, not `but`; -1: none */
/* Matches of signals under this spoor with that partner that were over before. */
uint32_t signal_turn_of(const struct world *world, int node, const struct ident *spoor, int partner);
/* As that partner sees it: two cannot join what they see; and what is over there does not come back under its name. */
struct ident signal_toward(const struct world *world, int node, const struct ident *spoor, int partner);

#endif
