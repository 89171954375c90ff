/*
 * receive.h - requests of other nodes, put together as node/api does: each taken once by its id, one at a time per sender and
 * thread, and answered once the commit is on disk.
 *
 * Does not:  know what messages say: KINDS in deliver.h has a hook for each.
 * Thread:    one.
 */
#ifndef KETENBRUG_MODEL_RECEIVE_H
#define KETENBRUG_MODEL_RECEIVE_H

#include "deliver.h"

bool receive_request(struct world *world, const struct packet *packet); /* false: it waits for its turn */

#endif
