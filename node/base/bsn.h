/*
 * bsn.h - the Dutch citizen service number: nine digits that pass the eleven-test.
 *
 * A struct of its own so that no logging or formatting function accepts it by accident: whoever needs the digits
 * asks for bsn_digits() and can be found by that name.
 * Source: Wet algemene bepalingen burgerservicenummer; eleven-test: 9a+8b+7c+6d+5e+4f+3g+2h-1i divisible by 11.
 */
#ifndef KETENBRUG_BASE_BSN_H
#define KETENBRUG_BASE_BSN_H

#include <stdbool.h>
#include <string.h>

#include "base/slice.h"

enum { BSN_DIGITS = 9 };

struct bsn {
    char secret_digits[BSN_DIGITS + 1]; /* empty string means: this person has none */
};

/* Exactly nine digits that pass the test and are not all zero. False leaves `out` untouched. */
bool bsn_parse(struct slice text, struct bsn *out);

static inline bool bsn_is_set(const struct bsn *bsn)
{
    return bsn->secret_digits[0] != '\0';
}

static inline bool bsn_equal(const struct bsn *a, const struct bsn *b)
{
    return memcmp(a->secret_digits, b->secret_digits, BSN_DIGITS) == 0;
}

/* The digits, for storage keys and for the one message field that carries them. Never for logs, URLs or errors. */
static inline struct slice bsn_digits(const struct bsn *bsn)
{
    return slice_of(bsn->secret_digits, bsn_is_set(bsn) ? BSN_DIGITS : 0);
}

#endif
