/*
 * oin.h - the organisation identification number of Dutch government (OIN): 20 decimal digits.
 * Source: Logius, OIN-Stelsel; carried in a certificate's subject serialNumber (PKIoverheid programme of requirements).
 */
#ifndef KETENBRUG_BASE_OIN_H
#define KETENBRUG_BASE_OIN_H

#include <stdbool.h>
#include <string.h>

#include "base/slice.h"

enum { OIN_DIGITS = 20 };

struct oin {
    char digits[OIN_DIGITS + 1]; /* zero-terminated; empty string means none */
};

bool oin_parse(struct slice text, struct oin *out);

static inline bool oin_equal(const struct oin *a, const struct oin *b)
{
    return memcmp(a->digits, b->digits, OIN_DIGITS) == 0;
}

static inline bool oin_is_set(const struct oin *oin)
{
    return oin->digits[0] != '\0';
}

#endif
