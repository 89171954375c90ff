/*
 * staff.h - who works here, by number: so that the watch sees when somebody looks at himself or at a colleague.
 *
 * Does:      keeps a number for each user name, sealed; records whose row was added or removed, by whom, in the commit that
 *            does it. Shows names, never numbers.
 * Does not:  know who has an account: who works here without one may stand in it too.
 * Bound:     STAFF_MAX places; that of somebody who was removed is not given again but for the newest.
 * Ownership: what a callback gets is wiped when it returns. Thread: the loop's.
 * Faults:    to `got`: of the store, FAULT_NO_MEMORY; at the desk 400, 403, 404, 409, 503.
 */
#ifndef KETENBRUG_API_STAFF_H
#define KETENBRUG_API_STAFF_H

#include "api/api.h"

struct staff_member {
    char user[USER_NAME_MAX + 1];
    struct bsn bsn;
};

/* All of them, in order of entry. Who keeps something made from it reads it anew when api->staff_changes is another. */
void staff_load(struct api *api,
                void (*got)(void *ctx, const struct staff_member *all, size_t count, const struct error *err),
                void *ctx);

void staff_list(struct http_request *request, void *ctx);   /* GET /v1/personeel: names, in pages */
void staff_add(struct http_request *request, void *ctx);    /* POST /v1/personeel */
void staff_remove(struct http_request *request, void *ctx); /* POST /v1/personeel/verwijderingen */

#endif
