/*
 * blocks.h - whom the privacy officer keeps out for now: own users, and partners.
 *
 * Does:      keeps the blocked partners (at most PARTNERS_BLOCKED_MAX) in a sealed small value and in memory; records who
 *            was blocked or let in again, by whom and why, in the commit that does it. Integrity and withdrawals go on: a
 *            blocked partner still reaches covenants, witnessing, the log's proofs and withdrawals.
 * Does not:  cut what is under way; let a user in again, for that hands out a token (users.h).
 * Ownership: blocks_open gives api->blocks; blocks_close when no call is under way. Thread: the loop's.
 * Faults:    to `ready`: of the store; what is there does not open: FAULT_STORE, and the node does not start.
 */
#ifndef KETENBRUG_API_BLOCKS_H
#define KETENBRUG_API_BLOCKS_H

#include "api/api.h"

void blocks_open(struct api *api, void (*ready)(void *ctx, const struct error *err), void *ctx);
void blocks_close(struct api *api);
extern const char blocks_partner_text[];                           /* what a blocked partner is told */
bool blocks_partner(const struct api *api, const struct oin *oin); /* no without api->blocks */

void blocks_list(struct http_request *request, void *ctx); /* GET /v1/blokkades */
void blocks_add(struct http_request *request, void *ctx);  /* POST /v1/blokkades */
void blocks_lift(struct http_request *request, void *ctx); /* POST /v1/blokkades/opheffingen */

#endif
