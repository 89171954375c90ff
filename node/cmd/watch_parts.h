/* watch_parts.h - inside watch.c and watch_counts.c only. Thread: the loop's. */
#ifndef KETENBRUG_CMD_WATCH_PARTS_H
#define KETENBRUG_CMD_WATCH_PARTS_H

#include <string.h>

#include "cmd/watch.h"

extern const char *const watch_listener_names[STANDING_LISTENERS];

/* Those whose logs showed two faces: each one's OIN, and how many. */
size_t watch_each_fork(struct api *api, void (*found)(void *ctx, const struct party *party), void *ctx);
void watch_take_counts(const struct watch_options *options, struct standing *standing);

#endif
