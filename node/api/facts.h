/*
 * facts.h - what is recorded about a person that decides over his data, at the desk: statements of consent, authority,
 * capability, extended youth care, objections, restrictions, corrections.
 *
 *   POST /v1/toestemmingen, /v1/gezagsrelaties, /v1/wilsbekwaamheden, /v1/verlengde-jeugdhulp, /v1/bezwaren,
 *        /v1/beperkingen, /v1/correcties          records one: the person's number and the fact
 *   POST /v1/toestemmingen/intrekkingen, /v1/gezagsrelaties/beeindigingen, /v1/verlengde-jeugdhulp/beeindigingen,
 *        /v1/bezwaren/afhandelingen, /v1/beperkingen/opheffingen, /v1/correcties/afhandelingen
 *                                                 the step that ends or settles one, by its id
 *   POST /v1/toestemmingen/zoekopdrachten         all there is about one person; a look that is recorded
 *   POST /v1/toestemmingen/inzagen                one statement: which partners confirmed, who received data under it
 * A statement by somebody without authority is refused. A withdrawal may name partners that it concerns: it is in force
 * here at once, and goes to them through the outbox in the same commit.
 */
#ifndef KETENBRUG_API_FACTS_H
#define KETENBRUG_API_FACTS_H

#include "api/api.h"
#include "domain/dossier.h"

/* The facts among what was found with a person. The caller closes it. */
MUST_USE enum result dossier_of(const struct store_found *found, const struct subject *subject, struct dossier *out,
                                struct error *err);
/* Words that a covenant knows: for fact_read. */
struct fact_words fact_words_of(const struct covenant *covenant);

void consents_add(struct http_request *request, void *ctx);
void consents_withdraw(struct http_request *request, void *ctx);
void consents_search(struct http_request *request, void *ctx);
void consents_show(struct http_request *request, void *ctx);
void authorities_add(struct http_request *request, void *ctx);
void authorities_end(struct http_request *request, void *ctx);
void capabilities_add(struct http_request *request, void *ctx);
void extended_care_add(struct http_request *request, void *ctx);
void extended_care_end(struct http_request *request, void *ctx);
void objections_add(struct http_request *request, void *ctx);
void objections_settle(struct http_request *request, void *ctx);
void restrictions_add(struct http_request *request, void *ctx);
void restrictions_lift(struct http_request *request, void *ctx);
void corrections_add(struct http_request *request, void *ctx);
void corrections_settle(struct http_request *request, void *ctx);

#endif
