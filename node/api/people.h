/*
 * people.h - the organisation's own people, households and involvements on the desk.
 *
 *   POST /v1/betrokkenen                 registers a person; 409 when the BSN or source key is taken
 *   PUT  /v1/betrokkenen/{id}            replaces what is recorded of a person himself; his number stays
 *   POST /v1/betrokkenen/zoekopdrachten  finds one by BSN, with his involvements; a look that is recorded
 *   POST /v1/huishoudens                 records a household: members (ids), source, date
 *   POST /v1/betrokkenheden              records an involvement of a person
 *   PUT  /v1/betrokkenheden/{id}         replaces it, for instance with an end date
 */
#ifndef KETENBRUG_API_PEOPLE_H
#define KETENBRUG_API_PEOPLE_H

#include "http/server.h"

void people_add(struct http_request *request, void *ctx);
void people_replace(struct http_request *request, void *ctx);
void people_search(struct http_request *request, void *ctx);
void households_add(struct http_request *request, void *ctx);
void involvements_add(struct http_request *request, void *ctx);
void involvements_replace(struct http_request *request, void *ctx);

#endif
