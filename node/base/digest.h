/*
 * digest.h - SHA-256 (FIPS 180-4), which cannot fail, and SHA3-512 (FIPS 202), which may find no memory. One shot.
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
MUST_USE enum result sha3_512_of(struct slice bytes, struct sha3_512 *out, struct error *err);

#endif
