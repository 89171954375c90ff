/*
 * standing.h - desk: GET /v1/stand tells how the node is; POST /v1/klok-herstellingen accepts a clock that went back.
 * Nothing here is about people.
 */
#ifndef KETENBRUG_API_STANDING_H
#define KETENBRUG_API_STANDING_H

#include "http/server.h"

void standing_show(struct http_request *request, void *ctx);
void clock_reset(struct http_request *request, void *ctx); /* clock.c */

#endif
