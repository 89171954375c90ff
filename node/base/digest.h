/*
 * digest.h - SHA-256 (FIPS 180-4). One shot, cannot fail.
 * Thread: any.
 */
#ifndef KETENBRUG_BASE_DIGEST_H
#define KETENBRUG_BASE_DIGEST_H

#include <stdint.h>

#include "base/slice.h"

enum { SHA256_SIZE = 32 };

struct sha256 {
    uint8_t bytes[SHA256_SIZE];
};

void sha256_of(struct slice bytes, struct sha256 *out);

#endif
