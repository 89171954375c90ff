/*
 * regulation.h - users accept the privacy regulation of the covenant in force: before first use, and a new version within
 * the days that it gives to those who accepted the version before it. Until then they may neither consult nor give tasks.
 *
 * When a version came into force at this node is a value in the store, so that the days go on over restarts.
 * Thread: the loop's.
 */
#ifndef KETENBRUG_API_REGULATION_H
#define KETENBRUG_API_REGULATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/limits.h"
#include "http/server.h"

struct api;
struct call;

/* Part of struct api: what the store says. */
struct regulation_known {
    bool loaded;
    bool busy;                                /* being read or written */
    char version[REGULATION_VERSION_MAX + 1]; /* in force here */
    char before[REGULATION_VERSION_MAX + 1];  /* which it came after; "" the first */
    int64_t since_ms;
};

void regulation_show(struct http_request *request, void *ctx);   /* GET /v1/reglement */
void regulation_accept(struct http_request *request, void *ctx); /* POST /v1/reglement/aanvaardingen */
/* To be called each second: remembers since when the regulation of the covenant is in force. */
void regulation_look(struct api *api);
/* May this caller consult or give a task, as far as the regulation goes? FAULT_FORBIDDEN says what to do. */
MUST_USE enum result regulation_check(const struct call *call, struct error *err);

#endif
