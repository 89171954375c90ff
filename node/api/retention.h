/*
 * retention.h - desk: until when records can be read, what is destroyed at the end of its term, and what is held.
 *
 * A term that has ended is the node's own duty: retention_look destroys what is over, by itself, and the log says so. The
 * administrator sees it and may start it; the privacy officer holds single records. Nothing here shows content.
 * Thread: the loop's.
 */
#ifndef KETENBRUG_API_RETENTION_H
#define KETENBRUG_API_RETENTION_H

#include "http/server.h"

struct api;

void retention_list(struct http_request *request, void *ctx);    /* GET /v1/logboek/bewaartermijnen */
void retention_destroy(struct http_request *request, void *ctx); /* POST /v1/logboek/vernietigingen */
void holds_list(struct http_request *request, void *ctx);        /* holds.c: GET /v1/logboek/vasthoudingen */
void holds_add(struct http_request *request, void *ctx);         /* POST /v1/logboek/vasthoudingen */
void holds_lift(struct http_request *request, void *ctx);        /* POST /v1/logboek/vasthoudingen/opheffingen */

/* The terms of the covenant in force and of the node's own administration; whenever a covenant came into force. */
void retention_set_terms(struct api *api);
/* What the start found: keys that are gone without a record, holds that do not open. Once, when the keys are known. */
void retention_tell(struct api *api);
/* To be called each second while the node is sound and its clock is not past the end of a revocation list or a certificate,
 * as one that is far ahead is; once in RETENTION_CHECK_MS it destroys what is over, and drops past places (past_sweep.h). */
void retention_look(struct api *api);

#endif
