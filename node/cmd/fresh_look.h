/*
 * fresh_look.h - how the node is at the moment when monitoring asks, not when it was last looked at.
 *
 * Does:      lets the operations listener's thread wait until the loop has looked (watch_now) after it was asked, for
 *            FRESH_LOOK_MS at most: a loop that is stuck is shown as it was, and that it is (standing.fresh).
 * Ownership: fresh_look_open gives, fresh_look_close takes; NULL is fine. Close the listener first, and before that
 *            fresh_look_stop, which lets go whoever waits.
 * Thread:    the loop's; fresh_look_take on any other.
 */
#ifndef KETENBRUG_CMD_FRESH_LOOK_H
#define KETENBRUG_CMD_FRESH_LOOK_H

#include "cmd/watch.h"

enum { FRESH_LOOK_MS = 500 };

struct uv_loop_s;
struct fresh_look;

MUST_USE struct fresh_look *fresh_look_open(struct uv_loop_s *loop, struct watch *watch); /* NULL: no memory */
void fresh_look_take(void *ctx, struct standing *out);                                    /* ctx: struct fresh_look */
void fresh_look_stop(struct fresh_look *look);
void fresh_look_close(struct fresh_look *look);

#endif
