/*
 * watching.h - the watch follows the log: behind it, some records a step, as far as its cursor says.
 *
 * Does:      once a second takes the records behind the cursor, WATCH_STEP_RECORDS at a time, opens them on a worker
 *            thread, finds out who they are about, gives them to audit/watch.h on the loop, and commits what it finds and
 *            the new cursor in one batch: a crash repeats a step and doubles nothing. At a start it first reads the window
 *            back, WATCH_BACK_RECORDS at most. While others wait for an answer it takes
 *            WATCH_STEPS_BUSY steps a second, so that it keeps up on a node that is never idle too. A finding that is new,
 *            or goes on after it was closed, is news for whoever judges it (notices.h).
 * Does not:  block anybody, or keep anything about people: what it remembers is in memory; a finding holds 8 bytes of a keyed hash.
 * Ownership: watching_open gives; watching_close when no call is under way. A step under way counts as a call of the api.
 * Thread:    the loop's; watch_look_of: any, pure. Faults: none outward: what fails is logged and tried again.
 */
#ifndef KETENBRUG_API_WATCHING_H
#define KETENBRUG_API_WATCHING_H

#include "api/api.h"
#include "audit/watch.h"

struct watching;

MUST_USE enum result watching_open(struct api *api, const struct watch_limits *limits, struct watching **out,
                                   struct error *err);
void watching_set_limits(struct watching *watching, const struct watch_limits *limits); /* SIGHUP */
void watching_tick(struct watching *watching);                                          /* to be called each second */
void watching_stop(struct watching *watching);             /* after the step under way no other begins; NULL is fine */
void watching_close(struct watching *watching);            /* NULL is fine */
uint64_t watching_cursor(const struct watching *watching); /* this many records were watched */

/* What is known of a record beside it. */
struct watching_known {
    uint8_t key[SEAL_KEY_SIZE]; /* of the hashes: seal_derived_key for SEAL_WATCH */
    struct ident subject;       /* own id; zeros: not known here, then record.bsn counts */
    struct ident household;     /* zeros: none */
    uint32_t flags;             /* of enum watch_flag, those that covenant, staff and households tell */
};
/* A record as a look; those that the record itself tells are added to the flags. `out->user` points into the record. Gives
 * false: it is nothing to watch. */
bool watch_look_of(const struct watching_known *known, const struct record *record, uint64_t sequence,
                   struct slice text, struct watch_look *out);

void watching_show(struct http_request *request, void *ctx);  /* GET /v1/bewaking */
void watching_round(struct http_request *request, void *ctx); /* POST /v1/bewaking/rondes */

#endif
