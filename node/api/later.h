/*
 * later.h - goes on in a next turn of the loop, so that long work leaves room for others. Thread: the loop's.
 * Ownership: nothing to free; the context must live until `go_on` was called, which happens once.
 */
#ifndef KETENBRUG_API_LATER_H
#define KETENBRUG_API_LATER_H

#include "base/fault.h"

struct uv_loop_s;

MUST_USE enum result later(struct uv_loop_s *loop, void (*go_on)(void *ctx), void *ctx, struct error *err);
/* `work` on a worker thread, then `done` on the loop. */
MUST_USE enum result aside(struct uv_loop_s *loop, void (*work)(void *ctx), void (*done)(void *ctx), void *ctx,
                           struct error *err);

#endif
