/*
 * log_check.h - a partner's log held against what this node has of it: its checkpoint, its cosignatures, what was seen of
 * it before, and the receipts that it gave.
 *
 * Does:      asks the partner for proofs and checks them here; says for each receipt that does not hold which own record
 *            it belongs to. The check is itself a record.
 * Thread: the loop's. Faults: as a desk call; a partner that gives no proof is a result, not a fault.
 */
#ifndef KETENBRUG_API_LOG_CHECK_H
#define KETENBRUG_API_LOG_CHECK_H

struct http_request;

void log_check(struct http_request *request, void *ctx);

#endif
