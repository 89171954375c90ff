/*
 * encode.h - hex, base64 and base64url (RFC 4648), strict on reading.
 *
 * Readers refuse wrong length, foreign characters, and non-zero trailing bits. Thread: any; pure.
 */
#ifndef KETENBRUG_BASE_ENCODE_H
#define KETENBRUG_BASE_ENCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"

/* Lower-case hex; `out` has room for 2 * len + 1. */
void hex_encode(struct slice bytes, char *out);
/* Exactly 2 * len lower- or upper-case digits; false leaves `out` undefined. */
bool hex_decode(struct slice text, uint8_t *out, size_t len);

void base64_encode(struct slice bytes, struct buf *out);    /* RFC 4648 section 4, padded */
void base64url_encode(struct slice bytes, struct buf *out); /* RFC 4648 section 5, not padded */
void base64url_write(struct slice bytes, char *out);        /* the same: (len * 4 + 2) / 3 characters, not ended */
/* Appends the bytes (ask buf_ok); false, and nothing appended, when the text is not strict base64 (padded) or base64url
 * (not padded). */
bool base64_decode(struct slice text, struct buf *out);
bool base64url_decode(struct slice text, struct buf *out);
/* Exactly `len` bytes, into an array; false leaves it undefined. */
bool base64_decode_exact(struct slice text, uint8_t *out, size_t len);
bool base64url_decode_exact(struct slice text, uint8_t *out, size_t len);

#endif
