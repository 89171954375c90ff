/*
 * covenant_exchange.h - nodes bring each other's books of covenants up to date.
 *
 * Does:      at the start, at fixed times and when something new came, asks each organisation that a known document names
 *            what it holds, and fetches the signatures, successors and invited documents that are not here.
 * Does not:  send anything (covenant_push.h), or believe anything: each is checked as if it had been handed in (covenants.h).
 * Ownership: covenant_exchange_open gives, covenant_exchange_close takes; no call may be under way then. Thread: the loop's.
 * Faults:    an organisation that does not answer is asked again in the next round.
 */
#ifndef KETENBRUG_API_COVENANT_EXCHANGE_H
#define KETENBRUG_API_COVENANT_EXCHANGE_H

#include "api/api.h"

struct covenant_exchange;

MUST_USE enum result covenant_exchange_open(struct api *api, int64_t interval_ms, struct covenant_exchange **out,
                                            struct error *err);
void covenant_exchange_close(struct covenant_exchange *x); /* NULL is fine */
void covenant_exchange_tick(struct covenant_exchange *x);  /* each second */
/* Something may be to be had, of this organisation; `whose` NULL: of any. What one may cause is that he is asked himself.
 * `x` NULL is fine. */
void covenant_exchange_soon(struct covenant_exchange *x, const struct oin *whose);

#endif
