/*
 * terms.h - the terms of reports and orders: watched, shown, and told to the FG when one passes. Those of tasks are shown
 * beside them; tasks.h watches these.
 *
 * A term that passes ends nothing by itself, and never passes in silence: once, in a record of the log (`termijn-
 * verstreken`), and until what was due is done in `GET /v1/termijnen`, `status` and the metrics. The program's own log
 * tells how many, never which.
 * Thread: the loop's.
 */
#ifndef KETENBRUG_API_TERMS_H
#define KETENBRUG_API_TERMS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/date.h"
#include "http/server.h"

struct api;

/* Part of struct api. */
struct terms_watch {
    struct date day; /* of the last look; not set: none yet */
    int64_t next_ms; /* not before this, when something changed */
    bool changed;
    bool looking;
    uint64_t running; /* as of the last look: not yet over */
    uint64_t passed;  /* and over, while what was due is not done */
};

void terms_list(struct http_request *request, void *ctx); /* GET /v1/termijnen */
/* To be called each second while the node is ready: looks at all of them when the Dutch day turned or something changed,
 * and records what passed. */
void terms_look(struct api *api);
void terms_changed(struct api *api); /* a report or an order did */

#endif
