/*
 * covenant_push.h - what this organisation signed, sent to its partners at once.
 *
 * Does:      sends it to every other party of its document, each by itself; an invitation to who is invited.
 * Does not:  try again: who missed it asks for it in his next round (covenant_exchange.h).
 * Ownership: the signature stays the caller's. Thread: the loop's. Faults: a partner that did not take it is a log line.
 */
#ifndef KETENBRUG_API_COVENANT_PUSH_H
#define KETENBRUG_API_COVENANT_PUSH_H

#include "api/api.h"

void covenant_push(struct api *api, const struct signature *signature);

#endif
