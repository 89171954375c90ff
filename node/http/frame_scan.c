#include "http/frame_scan.h"

#include <string.h>

static uint32_t take(struct slice *bytes, uint32_t wanted)
{
    const uint32_t len = bytes->len < wanted ? (uint32_t)bytes->len : wanted;
    *bytes = slice_of(bytes->ptr + len, bytes->len - len);
    return len;
}

bool frame_scan_next(struct frame_scan *scan, struct slice *bytes, struct frame_seen *out)
{
    scan->skip -= take(bytes, scan->skip);
    if (scan->skip != 0 || bytes->len == 0) {
        return false;
    }
    const uint8_t *from = bytes->ptr;
    const uint32_t len = take(bytes, FRAME_HEADER_BYTES - scan->len);
    memcpy(scan->header + scan->len, from, len);
    scan->len += len;
    if (scan->len < FRAME_HEADER_BYTES) {
        return false;
    }
    scan->len = 0;
    scan->skip = ((uint32_t)scan->header[0] << 16U) | ((uint32_t)scan->header[1] << 8U) | scan->header[2];
    *out = (struct frame_seen){scan->skip, scan->header[3]};
    return true;
}
