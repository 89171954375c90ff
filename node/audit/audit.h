/*
 * audit.h - writing the log: every processing becomes a leaf in the same commit as what it tells of.
 *
 * Does:      fills in time and class key, seals, appends to a batch. Whoever answers waits for that batch to be
 *            durable.
 * Does not:  decide what is recorded; keep anything in memory but which class keys the log is known to commit to.
 * Ownership: audit_open/audit_close; keyring, clock and entropy outlive it.
 * Thread:    one per loop. Faults: FAULT_LOG; then nothing may be answered.
 */
#ifndef KETENBRUG_AUDIT_AUDIT_H
#define KETENBRUG_AUDIT_AUDIT_H

#include "audit/record.h"
#include "base/clock.h"
#include "store/store.h"

struct audit;

MUST_USE enum result audit_open(struct keyring *keyring, const struct clock *clock, const struct entropy *entropy,
                                struct audit **out, struct error *err);
void audit_close(struct audit *audit);
/* Learns what the log says of class keys and holds (retention.h), and does in the key folder what it says was done. Ready
 * follows once, with FAULT_CONFIG when a key is another than the log names. One that is gone is a finding; when it is one
 * of this month, nothing can be appended under its class (FAULT_LOG) until it is back. */
void audit_start(struct audit *audit, struct store_door *door, void (*ready)(void *ctx, const struct error *err),
                 void *ctx);

/*
 * Completes `record` (time, month; the caller sets class.class) and appends it; the first record under a new class key
 * is preceded by one that commits to that key. `text` is free text that stays here, sealed under the same class; may be
 * empty. A failure leaves the batch unusable: free it and refuse. When the batch is dropped later, or its commit fails,
 * call audit_forget_keys.
 */
MUST_USE enum result audit_append(struct audit *audit, struct store_batch *batch, struct record *record,
                                  struct slice text, struct error *err);
/* The same for one half of an exchange: `receipt` is the other side's (empty: there is none yet), which is kept beside the
 * record and whose digest becomes its attachment; `place` is what this side signs a receipt for. */
MUST_USE enum result audit_append_exchange(struct audit *audit, struct store_batch *batch, struct record *record,
                                           struct slice text, struct slice receipt, struct store_place *place,
                                           struct error *err);
/* A batch did not become durable: what it would have said about class keys is said again in the next. */
void audit_forget_keys(struct audit *audit);
/* False while a class key of this month could not be made or read: then records of that class are refused. Tries again,
 * so that it becomes true by itself. */
bool audit_keys_ready(struct audit *audit);
/* Opens a leaf and its free text (into `text`, may be NULL). From any thread. */
MUST_USE enum result audit_read(struct audit *audit, const struct store_leaf *leaf, struct record *record,
                                struct buf *text, struct error *err);

#endif
