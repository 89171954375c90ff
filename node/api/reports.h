/*
 * reports.h - desk: reports (meldingen) and orders (maatregelen) that this organisation has: what its questions may stand
 * on. Recorded by who may register; every change is logged for each person that it is about.
 * Thread: the loop's.
 */
#ifndef KETENBRUG_API_REPORTS_H
#define KETENBRUG_API_REPORTS_H

#include "http/server.h"

void reports_add(struct http_request *request, void *ctx);  /* POST /v1/meldingen */
void reports_list(struct http_request *request, void *ctx); /* GET /v1/meldingen */
/* POST /v1/meldingen/stappen: a step within its term, the review of what was done in acute danger (by who may review), or
 * the closing */
void reports_step(struct http_request *request, void *ctx);

void orders_add(struct http_request *request, void *ctx);  /* orders.c: POST /v1/maatregelen */
void orders_list(struct http_request *request, void *ctx); /* GET /v1/maatregelen */
void orders_end(struct http_request *request, void *ctx);  /* POST /v1/maatregelen/beeindigingen */

#endif
