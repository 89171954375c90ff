/*
 * log_explain.h - GET /v1/logboek/verklaringen/{id} on the desk: why a logged consult got the answer that it got.
 *
 * Does:      decides anew from the inputs sealed in the record, under the covenant that decided then where the book still
 *            has it, else under the one of now, and tells of each rule how far it came; says which of the two it was, and
 *            whether the outcome is the one of then. The explanation is itself a record, as any reading of the log.
 * Bounds:    EXPLAIN_RULES_MAX rules of one involvement.
 * Thread:    the loop's. Faults: as a desk call; 404 for a number that is not there, or not of a consult that was asked or
 *            answered here, or whose sealed part no longer opens.
 */
#ifndef KETENBRUG_API_LOG_EXPLAIN_H
#define KETENBRUG_API_LOG_EXPLAIN_H

#include "base/json.h"
#include "policy/decide.h"

struct http_request;

void log_explain(struct http_request *request, void *ctx);

/* What one involvement (or, with subject and record NULL, asking a partner) came to, as members of an object: outcome,
 * reason, categories and each rule. Also for the command that explains a request that nobody made. */
void explain_put(struct json_writer *w, const struct covenant *covenant, const struct policy_request *request,
                 const struct policy_subject *subject, const struct policy_record *record, uint32_t *categories);

#endif
