/*
 * log_reason.h - why somebody looked: the reason that was given at the consult that a record belongs to.
 *
 * It stands as free text at the first record of the consult that names the person, and is found by INDEX_CONSULT. The log
 * seals it but does not hash it into its tree: it is told, and not proven.
 * Ownership: `record` is borrowed for the call; the text until `got` returns. Empty: none is known. `got` is called once,
 * from inside the call when there is nothing to look for.
 * Thread: the loop's. Faults: none: what cannot be read is no reason.
 */
#ifndef KETENBRUG_API_LOG_REASON_H
#define KETENBRUG_API_LOG_REASON_H

#include "api/api.h"

void log_reason(struct api *api, const struct record *record, void (*got)(void *ctx, struct slice text), void *ctx);

#endif
