/*
 * frame_scan.h - finds the frame headers in what a client sends (RFC 9113, 4.1), before nghttp2 sees it: nghttp2 tells
 * nothing of the frames that it ignores, of unknown types and on streams that are closed.
 *
 * Ownership: a value; frame_scan_start begins behind nothing, at the client's preface. Thread: any. Faults: none: what is
 * no HTTP/2 gives headers that mean nothing, and nghttp2 ends the connection.
 */
#ifndef KETENBRUG_HTTP_FRAME_SCAN_H
#define KETENBRUG_HTTP_FRAME_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

enum { FRAME_HEADER_BYTES = 9, CLIENT_PREFACE_BYTES = 24 };

struct frame_scan {
    uint32_t skip; /* bytes until the next header */
    uint32_t len;  /* of what is there of it */
    uint8_t header[FRAME_HEADER_BYTES];
};

static inline void frame_scan_start(struct frame_scan *scan)
{
    scan->skip = CLIENT_PREFACE_BYTES;
    scan->len = 0;
}

struct frame_seen {
    uint32_t length; /* of the payload */
    uint8_t type;
};

/* Takes bytes off the front of `bytes` until a header is complete; false when they end before that. */
bool frame_scan_next(struct frame_scan *scan, struct slice *bytes, struct frame_seen *out);

#endif
