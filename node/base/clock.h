/*
 * clock.h - time and randomness as arguments, so that every room can be tested with both fixed.
 *
 * The real ones are made in node/cmd; tests hand in their own. Thread: the functions must be callable from any thread.
 */
#ifndef KETENBRUG_BASE_CLOCK_H
#define KETENBRUG_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "base/ident.h"

struct clock {
    int64_t (*now_ms)(void *ctx); /* UTC, milliseconds since 1970 */
    void *ctx;
};

struct entropy {
    void (*fill)(void *ctx, void *out, size_t len); /* cryptographically strong; never fails */
    void *ctx;
};

static inline int64_t clock_now(const struct clock *clock)
{
    return clock->now_ms(clock->ctx);
}

static inline struct ident entropy_ident(const struct entropy *entropy)
{
    struct ident id;
    entropy->fill(entropy->ctx, id.bytes, sizeof id.bytes);
    return id;
}

#endif
