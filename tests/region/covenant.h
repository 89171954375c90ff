/*
 * covenant.h - a covenant of a whole country: the sample covenant with several parties more in each of many invented
 * municipalities, some that work for several of them, and some nationwide.
 *
 * Does:      copies the sample from `in` to `out`, with parties before its own, with every rule that looks at the work
 *            area kept within the asker's region (`eigenRegio`), and with more rules before its own when asked.
 * Does not:  check the result; covenant_parse does. Municipalities 5001 and on exist nowhere.
 * Faults:    false when `in` is no covenant written as the sample is.
 */
#ifndef KETENBRUG_REGION_COVENANT_H
#define KETENBRUG_REGION_COVENANT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { COVENANT_MUNICIPALITIES_MAX = 999, COVENANT_LOCAL_MAX = 99 };

struct covenant_size {
    unsigned municipalities;
    unsigned local; /* parties in each municipality */
    unsigned rules; /* beside the sample's */
};

bool covenant_write(uint64_t seed, const struct covenant_size *size, FILE *in, FILE *out);

#endif
