/*
 * slice.h - bytes that somebody else owns.
 *
 * A slice borrows: it is valid as long as its owner says. It need not end in a zero byte. {NULL, 0} is empty.
 */
#ifndef KETENBRUG_BASE_SLICE_H
#define KETENBRUG_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
    const uint8_t *ptr;
    size_t len;
};

static inline struct slice slice_of(const void *ptr, size_t len)
{
    return (struct slice){ptr, len};
}

static inline struct slice slice_text(const char *text)
{
    return (struct slice){(const uint8_t *)text, text != NULL ? strlen(text) : 0};
}

static inline bool slice_equal(struct slice a, struct slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool slice_is(struct slice a, const char *text)
{
    return slice_equal(a, slice_text(text));
}

/* Copies the slice into a zero-terminated array; false (and an empty string) when it does not fit or holds a zero. */
static inline bool slice_copy_text(struct slice from, char *to, size_t to_size)
{
    to[0] = '\0';
    if (from.len >= to_size || (from.len != 0 && memchr(from.ptr, 0, from.len) != NULL)) {
        return false;
    }
    if (from.len != 0) {
        memcpy(to, from.ptr, from.len);
    }
    to[from.len] = '\0';
    return true;
}

#endif
