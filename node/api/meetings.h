/*
 * meetings.h - matches: two organisations, or two people of one, that worry about the same person, and who takes the lead.
 *
 *   GET  /v1/matches               lists them, without people
 *   GET  /v1/matches/{id}          shows one with its history; a look that is recorded
 *   POST /v1/matches/stappen/{id}  makes a step
 *   peer: POST /v1/matches/voorstellen, POST /v1/matches/gebeurtenissen
 *
 * Does:      keeps the same history at both nodes: the one with the lower OIN orders (domain/thread.h), the other proposes.
 *            The first event is the same at both by reckoning, and needs no message.
 * Does not:  make a match: who sends, takes or publishes a signal does, in its own commit.
 * Thread:    the loop's. Faults: at the desk those of its routes.
 */
#ifndef KETENBRUG_API_MEETINGS_H
#define KETENBRUG_API_MEETINGS_H

#include "api/api.h"

void meetings_register(struct api *api); /* what its posts need; after the outbox was opened */
void meetings_close(struct api *api);    /* what of matches lies in memory; signals_close does it too */

void meetings_list(struct http_request *request, void *ctx);
void meetings_show(struct http_request *request, void *ctx);
void meetings_step(struct http_request *request, void *ctx);
void meetings_take_proposal(struct http_request *request, void *ctx);
void meetings_take_event(struct http_request *request, void *ctx);

#endif
