/*
 * watch.h - looks each second how the node is: whether it is ready, and the numbers for monitoring.
 *
 * Ready means: the store takes what is written (a small write is tried while it does not), the keys can be read and those
 * of the log for this month are there, the clock is sane and that of the witnesses, no partner saw of the log what is not
 * here, the covenant is in force, the own certificate and every revocation list are valid.
 * Ownership: watch_new gives, watch_free takes. Thread: the loop's, but for watch_look, which any thread may call.
 */
#ifndef KETENBRUG_CMD_WATCH_H
#define KETENBRUG_CMD_WATCH_H

#include "api/api.h"
#include "certs/trust.h"
#include "cmd/config.h"
#include "ops/standing.h"

struct watch;

struct watch_options {
    const struct config *config;
    struct api *api;
    struct store *const *store;
    struct http_server *const *servers; /* STANDING_LISTENERS */
    const size_t *open_servers;
};

MUST_USE struct watch *watch_new(const struct watch_options *options);                      /* NULL: no memory */
void watch_free(struct watch *watch);                                                       /* NULL is fine */
void watch_trust(struct watch *watch, const struct trust *peers, const struct trust *desk); /* NULL: as it was */
void watch_now(struct watch *watch);
/* At the last look: the node can do its own work; perhaps with nobody to speak with, so that it is not ready. The loop's
 * thread. */
bool watch_sound(const struct watch *watch);
/* And its clock is not past the end of its certificate or of a revocation list: a clock that is far ahead would be. */
bool watch_dated(const struct watch *watch);
void watch_stopping(struct watch *watch);
void watch_look(void *ctx, struct standing *out);      /* ctx: struct watch */
void watch_describe(void *ctx, struct json_writer *w); /* for api.describe */

#endif
