/*
 * load_bodies.h - request bodies from a file, one a line, handed out in turn: a different person each request.
 *
 * Ownership: open/close pair; a slice borrows. Thread: one at a time. Faults: FAULT_IO, FAULT_INVALID, FAULT_TOO_LARGE.
 */
#ifndef KETENBRUG_BENCH_LOAD_BODIES_H
#define KETENBRUG_BENCH_LOAD_BODIES_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/slice.h"

enum { BODIES_FILE_MAX = 1 << 30, BODIES_LINE_MAX = 65536, BODIES_MAX = 4000000 };

struct load_bodies {
    struct buf file;
    struct slice *lines;
    size_t count;
    size_t next;
};

MUST_USE enum result load_bodies_open(const char *path, struct load_bodies *out, struct error *err);
void load_bodies_close(struct load_bodies *bodies);

/* Empty when no file was opened. */
static inline struct slice load_bodies_next(struct load_bodies *bodies)
{
    if (bodies->count == 0) {
        return slice_of(NULL, 0);
    }
    const struct slice line = bodies->lines[bodies->next];
    bodies->next = bodies->next + 1 < bodies->count ? bodies->next + 1 : 0;
    return line;
}

#endif
