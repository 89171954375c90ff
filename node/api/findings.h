/*
 * findings.h - findings at rest and at the desk: made with their record, shown, and taken step by step to their end.
 *
 * Does:      keeps each under rule, key and day, so that it grows and never doubles; records that it came, and each step, in
 *            the same commit; counts those that are open. A reading is a record too.
 * Does not:  find them: api/watching.h and api/samples.h.
 * Ownership: what callbacks get is borrowed until they return. Thread: the loop's.
 * Faults:    FAULT_CONFLICT when one changed meanwhile; at the desk 400, 403, 404, 409, 503.
 */
#ifndef KETENBRUG_API_FINDINGS_H
#define KETENBRUG_API_FINDINGS_H

#include "api/api.h"
#include "domain/finding.h"

/* Puts it into the batch with its record. One that is new; or `there`, the item that it replaces (see findings_find): its
 * state and steps are the caller's to take over. `news`: whoever judges findings is told (notices.h). Who committed the
 * batch calls findings_changed. Past FINDINGS_OPEN_MAX a new one is counted, and neither kept, recorded nor told. */
MUST_USE enum result findings_put(struct api *api, struct store_batch *batch, const struct finding *finding,
                                  const struct store_item *there, bool news, struct error *err);
/* The one of this rule, key and day. `found` and `item` NULL: there is none. */
typedef void findings_found(void *ctx, const struct finding *found, const struct store_item *item,
                            const struct error *err);
void findings_find(struct api *api, const struct finding *like, findings_found *got, void *ctx);
/* Closed ones whose exception is in force today; at most EXCEPTIONS_MAX. */
void findings_exceptions(struct api *api,
                         void (*got)(void *ctx, const struct finding *all, size_t count, const struct error *err),
                         void *ctx);

void findings_list(struct http_request *request, void *ctx); /* GET /v1/bevindingen */
void findings_show(struct http_request *request, void *ctx); /* GET /v1/bevindingen/{id} */
void findings_step(struct http_request *request, void *ctx); /* POST /v1/bevindingen/stappen/{id} */

#endif
