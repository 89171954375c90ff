/*
 * ident.h - 128-bit random identifiers, written as 32 lower-case hex digits.
 *
 * Requests, subjects, involvements and log records carry one. The bytes come in from the caller (see clock.h);
 * an identifier says nothing about what it names. Thread: any; pure.
 */
#ifndef KETENBRUG_BASE_IDENT_H
#define KETENBRUG_BASE_IDENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/encode.h"
#include "base/slice.h"

enum { IDENT_SIZE = 16, IDENT_TEXT_SIZE = 33 };

struct ident {
    uint8_t bytes[IDENT_SIZE];
};

struct ident_text {
    char text[IDENT_TEXT_SIZE];
};

static inline struct ident_text ident_text(const struct ident *id)
{
    struct ident_text out = {""};
    hex_encode(slice_of(id->bytes, IDENT_SIZE), out.text);
    return out;
}

static inline bool ident_parse(struct slice text, struct ident *out)
{
    return hex_decode(text, out->bytes, IDENT_SIZE);
}

static inline bool ident_equal(const struct ident *a, const struct ident *b)
{
    return memcmp(a->bytes, b->bytes, IDENT_SIZE) == 0;
}

#endif
