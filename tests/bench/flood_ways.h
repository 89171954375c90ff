/*
 * flood_ways.h - the ways to be a bad client, each a row: what it sends at first, and then over and over.
 *
 * Frames are written by hand (RFC 9113, 4.1), headers with the static table alone (RFC 7541, A): no library that keeps
 * rules stands in between.
 * Ownership: a lane borrows the plan. Thread: one at a time. Faults: none.
 */
#ifndef KETENBRUG_BENCH_FLOOD_WAYS_H
#define KETENBRUG_BENCH_FLOOD_WAYS_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/ssl.h>

#include "base/slice.h"

enum { LANE_OUT = 16384, LANE_STREAMS = 100, LANE_LEAST = 512 };

/* One connection. */
struct lane {
    SSL *ssl;         /* NULL: none now */
    int64_t again_us; /* when it may be dialled again */
    struct slice body;
    const char *path;
    uint32_t next;   /* stream identifier */
    uint32_t open;   /* requests that are not answered */
    uint64_t number; /* of the request */
    size_t len;
    size_t at; /* already written */
    uint8_t out[LANE_OUT];
    /* of what comes in */
    uint8_t head[9];
    size_t head_len;
    size_t skip;
};

struct way {
    const char *name;
    const char *help;
    void (*begin)(struct lane *lane);    /* behind the preface; may be NULL */
    uint32_t (*more)(struct lane *lane); /* fills `out`; how many frames; NULL: nothing more */
    bool deaf;                           /* never reads */
    bool silent;                         /* connects and says nothing, not even a handshake */
    bool brief;                          /* closes each connection after its handshake */
};

extern const struct way flood_ways[];
extern const size_t flood_way_count;

void lane_begin(struct lane *lane, const struct way *way);
void lane_received(struct lane *lane, const uint8_t *bytes, size_t len); /* counts the streams that ended */

#endif
