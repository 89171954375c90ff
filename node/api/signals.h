/*
 * signals.h - signals (zorgsignalen): that somebody here worries about a person, told to those partners alone that do too.
 *
 *   POST /v1/zorgsignalen                 publishes one; the same answer whatever is known or found
 *   GET  /v1/zorgsignalen                 the own ones; who may meet sees all of the organisation
 *   POST /v1/zorgsignalen/intrekkingen    takes one back
 *   peer: POST /v1/zorgsignalen, POST /v1/zorgsignalen/beeindigingen
 *
 * Does:      keeps signals with their person; at each new version of a partner's set for `zorgsignaal` tests all that live in
 *            it, having evaluated what was not yet, within the quota; sends a signal to a partner in whose set its person is,
 *            evaluated anew before so that he does not learn that it was tested earlier; makes a match of what meets, the
 *            same one at both; tells partners of an end through the outbox, and forgets at home what ended long ago.
 * No outbox: a signal names its person by an ask key of an epoch, which dies while a partner is away. The stored signal,
 *            tested at each version, is the retry: so order and outage do not matter.
 * Never:     is anything about a partner or a hit told to who published; is something sent that policy_may_meet does not
 *            permit at this moment, or about somebody with a shielded record.
 * Ownership: signals_open gives; signals_close when no call is under way. A round counts as a call of the api.
 * Thread:    the loop's. Faults: none outward but at opening; at the desk those of its routes.
 */
#ifndef KETENBRUG_API_SIGNALS_H
#define KETENBRUG_API_SIGNALS_H

#include "api/api.h"
#include "api/sharing.h"

struct signals;

MUST_USE enum result signals_open(struct api *api, const struct match_times *times, struct signals **out,
                                  struct error *err);
void signals_tick(struct signals *signals); /* to be called each 100 ms or so, behind lookups_tick */
void signals_stop(struct signals *signals); /* NULL is fine; no round begins after it */
void signals_close(struct signals *signals);

void signals_add(struct http_request *request, void *ctx);
void signals_list(struct http_request *request, void *ctx);
void signals_withdraw(struct http_request *request, void *ctx);
void signals_take(struct http_request *request, void *ctx);     /* a partner's */
void signals_take_end(struct http_request *request, void *ctx); /* likewise */

#endif
