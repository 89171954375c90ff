/*
 * set_access.h - what a partner may have of private matching: for which purposes a lookup set, under which epochs.
 *
 * Thread: the loop's. Faults: FAULT_FORBIDDEN and FAULT_EPOCH, the same whoever is in a set.
 */
#ifndef KETENBRUG_API_SET_ACCESS_H
#define KETENBRUG_API_SET_ACCESS_H

#include "api/api.h"

/* FAULT_FORBIDDEN at `where`: this purpose has no lookup set between the two today. `partner` NULL: no party. */
MUST_USE enum result set_access(const struct call *call, const struct party *partner, struct slice purpose,
                                const char *where, struct error *err);
/* FAULT_EPOCH at `where`, saying which serve. */
MUST_USE enum result set_epoch_serves(const struct api *api, uint32_t epoch, const char *where, struct error *err);
uint32_t set_epoch_newest(const struct api *api); /* of those that serve */

#endif
