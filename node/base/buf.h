/*
 * buf.h - a growing buffer with a ceiling.
 *
 * Does:      owns bytes; grows by doubling up to its ceiling.
 * Faults:    the first append that would pass the ceiling, or that finds no memory, marks the buffer failed;
 *            later appends do nothing. Writers append freely and ask buf_ok() once at the end.
 * Ownership: buf_init/buf_free pair; buf_slice borrows until the next append or free.
 * Thread:    one at a time.
 */
#ifndef KETENBRUG_BASE_BUF_H
#define KETENBRUG_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/fault.h"
#include "base/slice.h"

struct buf {
    uint8_t *ptr;
    size_t len;
    size_t capacity;
    size_t ceiling; /* bytes, never passed */
    bool failed;
};

void buf_init(struct buf *buf, size_t ceiling); /* no allocation yet */
void buf_free(struct buf *buf);                 /* leaves an empty buffer with the same ceiling */
void buf_wipe(struct buf *buf);                 /* zeroes the content, then frees: for personal data and secrets */
void buf_clear(struct buf *buf);                /* length 0, not failed, keeps the memory */
bool buf_ok(const struct buf *buf);
MUST_USE enum result buf_result(const struct buf *buf, const char *where, struct error *err);

void buf_bytes(struct buf *buf, const void *ptr, size_t len);
void buf_slice_in(struct buf *buf, struct slice slice);
void buf_text(struct buf *buf, const char *text);
void buf_byte(struct buf *buf, uint8_t byte);
void buf_fill(struct buf *buf, uint8_t byte, size_t count);
void buf_format(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);
/* Room for at least `want` bytes at the end, NULL when refused; buf_commit adds what was written there. */
MUST_USE uint8_t *buf_reserve(struct buf *buf, size_t want);
void buf_commit(struct buf *buf, size_t written);
void buf_consume(struct buf *buf, size_t count); /* drops bytes from the front */

struct slice buf_slice(const struct buf *buf);

#endif
