/*
 * evaluations.h - POST /v1/blinde-evaluaties on the peer listener: a partner has blinded values evaluated under the key of
 * itself, this purpose and this epoch, and gets a proof that it was that key (RFC 9497).
 *
 * Whom it is about cannot be seen here. What can: how many values, MATCH_BATCH a request, which are counted against the
 * covenant's quota in the same commit as the record. Past the quota it is 429, with Retry-After to the moment when it
 * opens again; an urgent purpose goes on, and a finding is recorded, once a day.
 * A partner's requests are worked on one at a time, evaluation and proof on a worker thread; EVALUATIONS_EACH of a partner
 * and EVALUATIONS_MAX in all may wait, past which it is 503.
 */
#ifndef KETENBRUG_API_EVALUATIONS_H
#define KETENBRUG_API_EVALUATIONS_H

#include "http/server.h"

void evaluations_add(struct http_request *request, void *ctx);

#endif
