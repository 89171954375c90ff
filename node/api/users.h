/*
 * users.h - /v1/gebruikers on the desk: who is registered, with which roles. The access token is shown once.
 */
#ifndef KETENBRUG_API_USERS_H
#define KETENBRUG_API_USERS_H

#include "api/access.h"
#include "http/server.h"
#include "store/store.h"

void users_add(struct http_request *request, void *ctx);    /* POST: name and roles; 409 when the name is taken */
void users_list(struct http_request *request, void *ctx);   /* GET ?na=ID&aantal=N: in order of entry */
void users_change(struct http_request *request, void *ctx); /* PUT {id}: roles, blocked; always a new token or none */

/* Into the batch: this one, as he was read, without a token from then on. FAULT_CONFLICT at the commit when he changed. */
MUST_USE enum result users_put_blocked(struct store_batch *batch, const struct store_item *there,
                                       const struct user *user, struct error *err);

#endif
