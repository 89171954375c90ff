/*
 * reconcile.h - the asker's own log, held against itself: whether everybody whose value a partner evaluated was then tested
 * in a partner's set, and in which case that was.
 *
 * Does:      goes through the newest MATCH_LOOK_BACK records, some a turn of the loop. Per consult and partner: of the
 *            values received, as many as there are people tested in that consult have their test; those beyond are untested.
 *            What was received less than MATCH_GRACE_MS ago may still be on its way and is left out.
 * Does not:  know whose values they were; tell anything of a single record.
 * Ownership: nothing to free; `call` lives until `done` was called, which happens once. Thread: the loop's.
 * Faults:    of the store; FAULT_NO_MEMORY.
 */
#ifndef KETENBRUG_API_RECONCILE_H
#define KETENBRUG_API_RECONCILE_H

#include "api/api.h"

struct reconciled {
    uint64_t from, size; /* records looked at, up to the size of the log */
    uint64_t values;     /* received from partners, dummies not counted */
    uint64_t untested;   /* of these */
    uint64_t caseless;   /* of these: in a consult that names no case, report or order */
};

typedef void reconcile_fn(void *ctx, const struct reconciled *found, const struct error *err);
void reconcile(struct call *call, reconcile_fn *done, void *ctx);

#endif
