/*
 * numbers.h - invented BSNs: eleven-test numbers drawn without repetition, in an order that the seed decides.
 *
 * Source of the range: 999000000-999999999 is kept for the sample region, so that nobody takes its people for real
 * ones. The wide range (100000000-998999999) is for benchmarks inside one process that need more people than that has.
 * Ownership: value type. Thread: one at a time. Faults: numbers_next answers 0 when all have been drawn.
 */
#ifndef KETENBRUG_REGION_NUMBERS_H
#define KETENBRUG_REGION_NUMBERS_H

#include <stdbool.h>
#include <stdint.h>

enum {
    NUMBERS_FIXED = 5,           /* the first of the narrow range, which belong to the story whatever the seed */
    NUMBERS_NARROW_MAX = 90909,  /* eleven-test numbers 999000000-999999999, counted by tests/region/people_test.sh */
    NUMBERS_WIDE_MAX = 80000000, /* fewer than the wide range has */
};

struct numbers {
    uint32_t first; /* prefixes of eight digits: first .. first + count - 1 */
    uint32_t count;
    uint32_t step; /* without a common divisor with count */
    uint32_t at;
    uint32_t drawn;
};

struct numbers numbers_of(uint64_t seed, bool wide);
uint32_t numbers_next(struct numbers *numbers);
uint32_t numbers_fixed(unsigned which); /* 0 .. NUMBERS_FIXED - 1 */

#endif
