/*
 * rules.h - many rules for a covenant: made by chance of the kinds, roles, purposes and bases that the sample has, so that
 * reading and executing it costs what a large agreement costs. They say nothing sensible.
 *
 * Does:      writes whole items of the list /regels, each with a comma behind it; the same seed gives the same rules.
 * Does not:  make rules that covenant_parse refuses; lint has much to say of them.
 */
#ifndef KETENBRUG_REGION_RULES_H
#define KETENBRUG_REGION_RULES_H

#include <stdint.h>
#include <stdio.h>

enum { RULES_MADE_MAX = 4000 };

void rules_write(uint64_t seed, unsigned count, FILE *out);

#endif
