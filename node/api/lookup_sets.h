/*
 * lookup_sets.h - GET /v1/opzoeksets/{doel} on the peer listener: the set that was published to this partner, for that
 * purpose, as bytes of matching/set_wire.h.
 *
 * `?periode=E&vanaf=V` gives the step from version V to the newest when one is kept, else the first page of the whole;
 * `?periode=E&versie=W&plaats=N` a next page of version W, 409 when it is no longer the published one; without `periode` it
 * is the newest that serves. Giving out needs no record: what is in a set was recorded when it was published.
 */
#ifndef KETENBRUG_API_LOOKUP_SETS_H
#define KETENBRUG_API_LOOKUP_SETS_H

#include "http/server.h"

void lookup_sets_show(struct http_request *request, void *ctx);

#endif
