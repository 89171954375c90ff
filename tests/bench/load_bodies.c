#include "bench/load_bodies.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

enum { READ_BYTES = 1 << 20 };

static enum result read_file(const char *path, struct buf *out, struct error *err)
{
    FILE *file = fopen(path, "rbe");
    ENSURE(file != NULL, err, FAULT_IO, path, "niet leesbaar (%s)", strerror(errno));
    size_t got = 0;
    do {
        uint8_t *room = buf_reserve(out, READ_BYTES);
        got = room != NULL ? fread(room, 1, READ_BYTES, file) : 0;
        buf_commit(out, got);
    } while (got != 0);
    const bool failed = ferror(file) != 0;
    (void)fclose(file);
    ENSURE(!failed, err, FAULT_IO, path, "niet leesbaar");
    return buf_result(out, path, err);
}

static enum result split(const char *path, struct load_bodies *b, struct error *err)
{
    size_t lines = 0;
    for (size_t i = 0; i < b->file.len; i++) {
        lines += b->file.ptr[i] == '\n';
    }
    lines += b->file.len != 0 && b->file.ptr[b->file.len - 1] != '\n';
    ENSURE(lines >= 1 && lines <= BODIES_MAX, err, FAULT_INVALID, path, "1 tot en met %d regels", BODIES_MAX);
    b->lines = mem_array(lines, sizeof *b->lines);
    ENSURE(b->lines != NULL, err, FAULT_NO_MEMORY, path, "geen geheugen");
    const uint8_t *at = b->file.ptr;
    const uint8_t *end = at + b->file.len;
    while (at < end) {
        const uint8_t *stop = memchr(at, '\n', (size_t)(end - at));
        stop = stop != NULL ? stop : end;
        const size_t len = (size_t)(stop - at);
        ENSURE(len >= 1 && len <= BODIES_LINE_MAX, err, FAULT_INVALID, path, "een regel heeft 1 tot en met %d bytes",
               BODIES_LINE_MAX);
        b->lines[b->count++] = slice_of(at, len);
        at = stop + 1;
    }
    return RESULT_OK;
}

enum result load_bodies_open(const char *path, struct load_bodies *out, struct error *err)
{
    struct load_bodies bodies = {0};
    buf_init(&bodies.file, BODIES_FILE_MAX);
    if (read_file(path, &bodies.file, err) != RESULT_OK || split(path, &bodies, err) != RESULT_OK) {
        load_bodies_close(&bodies);
        return RESULT_FAILED;
    }
    *out = bodies;
    return RESULT_OK;
}

void load_bodies_close(struct load_bodies *bodies)
{
    mem_free(bodies->lines);
    buf_wipe(&bodies->file);
    *bodies = (struct load_bodies){0};
}
