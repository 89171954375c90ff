/*
 * digest.h - SHA-256 (FIPS 180-4), which cannot fail, and SHA3-512 (FIPS 202), which may find no memory. One shot; SHA-256
 * also piece by piece.
 * Thread: any.
 */
#ifndef KETENBRUG_BASE_DIGEST_H
#define KETENBRUG_BASE_DIGEST_H

#include <stdint.h>

#include "base/fault.h"
#include "base/slice.h"

enum { SHA256_SIZE = 32, SHA3_512_SIZE = 64 };

struct sha256 {
    uint8_t bytes[SHA256_SIZE];
};

struct sha3_512 {
    uint8_t bytes[SHA3_512_SIZE];
};

void sha256_of(struct slice bytes, struct sha256 *out);

/* Of what does not lie in memory at once: begun, then added to as often as needed, then ended once. */
enum { SHA256_STREAM_WORDS = 16 };
struct sha256_stream {
    uint64_t state[SHA256_STREAM_WORDS]; /* the library's */
};
void sha256_begin(struct sha256_stream *stream);
void sha256_add(struct sha256_stream *stream, struct slice bytes);
void sha256_end(struct sha256_stream *stream, struct sha256 *out);
MUST_USE enum result sha3_512_of(struct slice bytes, struct sha3_512 *out, struct error *err);

#endif
