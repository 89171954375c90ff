/*
 * rest.h - brings a run to rest: all nodes up, network and covenants whole, clocks right, time goes on until nothing moves.
 *
 * Thread: one. Faults: invariant "Q2" when it never comes to rest; those of check_rest().
 */
#ifndef KETENBRUG_MODEL_REST_H
#define KETENBRUG_MODEL_REST_H

#include "world.h"

enum { REST_ROUNDS_MAX = 2000 };

void rest(struct world *world);

#endif
