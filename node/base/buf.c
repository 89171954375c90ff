#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

enum { BUF_FIRST_CAPACITY = 256 };

void buf_init(struct buf *buf, size_t ceiling)
{
    *buf = (struct buf){.ceiling = ceiling};
}

void buf_free(struct buf *buf)
{
    mem_free(buf->ptr);
    buf_init(buf, buf->ceiling);
}

void buf_wipe(struct buf *buf)
{
    if (buf->ptr != NULL) {
        mem_wipe(buf->ptr, buf->capacity);
    }
    buf_free(buf);
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
    buf->failed = false;
}

bool buf_ok(const struct buf *buf)
{
    return !buf->failed;
}

enum result buf_result(const struct buf *buf, const char *where, struct error *err)
{
    ENSURE(!buf->failed, err, FAULT_TOO_LARGE, where, "meer dan %zu bytes, of geen geheugen", buf->ceiling);
    return RESULT_OK;
}

/* `need` is within the ceiling. */
static bool grow(struct buf *buf, size_t need)
{
    const size_t first = buf->ceiling < BUF_FIRST_CAPACITY ? buf->ceiling : BUF_FIRST_CAPACITY;
    size_t capacity = buf->capacity != 0 ? buf->capacity : first;
    while (capacity < need) {
        capacity = capacity > buf->ceiling / 2 ? buf->ceiling : capacity * 2;
    }
    /* One byte behind the content is for the zero that vsnprintf writes; it never counts. */
    uint8_t *ptr = capacity != SIZE_MAX ? mem_alloc(capacity + 1) : NULL;
    if (ptr == NULL) {
        return false;
    }
    /* Not realloc: it would leave a copy of what may be personal data behind in the heap. All of the old room is
     * wiped, because buf_consume leaves bytes behind the length. */
    if (buf->ptr != NULL) {
        memcpy(ptr, buf->ptr, buf->len);
        mem_wipe(buf->ptr, buf->capacity);
        mem_free(buf->ptr);
    }
    buf->ptr = ptr;
    buf->capacity = capacity;
    return true;
}

uint8_t *buf_reserve(struct buf *buf, size_t want)
{
    if (buf->failed || want > buf->ceiling - buf->len) {
        buf->failed = true;
        return NULL;
    }
    const size_t need = buf->len + want;
    if ((need > buf->capacity || buf->ptr == NULL) && !grow(buf, need)) {
        buf->failed = true;
        return NULL;
    }
    return buf->ptr + buf->len;
}

void buf_commit(struct buf *buf, size_t written)
{
    if (!buf->failed && written <= buf->capacity - buf->len) {
        buf->len += written;
    } else {
        buf->failed = true;
    }
}

void buf_consume(struct buf *buf, size_t count)
{
    if (count >= buf->len) {
        buf->len = 0;
    } else {
        memmove(buf->ptr, buf->ptr + count, buf->len - count);
        buf->len -= count;
    }
}

void buf_bytes(struct buf *buf, const void *ptr, size_t len)
{
    if (len == 0) {
        return;
    }
    uint8_t *room = buf_reserve(buf, len);
    if (room != NULL) {
        memcpy(room, ptr, len);
        buf->len += len;
    }
}

void buf_slice_in(struct buf *buf, struct slice slice)
{
    buf_bytes(buf, slice.ptr, slice.len);
}

void buf_text(struct buf *buf, const char *text)
{
    buf_bytes(buf, text, strlen(text));
}

void buf_byte(struct buf *buf, uint8_t byte)
{
    buf_bytes(buf, &byte, 1);
}

void buf_fill(struct buf *buf, uint8_t byte, size_t count)
{
    if (count == 0) {
        return;
    }
    uint8_t *room = buf_reserve(buf, count);
    if (room != NULL) {
        memset(room, byte, count);
        buf->len += count;
    }
}

void buf_format(struct buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    const int need = vsnprintf(NULL, 0, format, args);
    if (need < 0) {
        buf->failed = true;
    } else {
        const size_t len = (size_t)need;
        uint8_t *room = buf_reserve(buf, len);
        if (room != NULL) {
            (void)vsnprintf((char *)room, len + 1, format, again);
            buf->len += len;
        }
    }
    va_end(again);
    va_end(args);
}

struct slice buf_slice(const struct buf *buf)
{
    return slice_of(buf->ptr, buf->len);
}
