/* watch_parts.h - inside watch.c and watch_counts.c only. Thread: the loop's. */
#ifndef KETENBRUG_CMD_WATCH_PARTS_H
#define KETENBRUG_CMD_WATCH_PARTS_H

#include <string.h>

#include "cmd/watch.h"

extern const char *const watch_listener_names[STANDING_LISTENERS];

void watch_take_counts(const struct watch_options *options, struct standing *standing);

#endif
