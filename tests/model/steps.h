/*
 * steps.h - the table of what can happen: users, networks, clocks, crashes, each with how often.
 *
 * A run leaves out some of them, by its seed: so that what seldom happens with all the others does happen.
 * Thread: any, but steps_take.
 */
#ifndef KETENBRUG_MODEL_STEPS_H
#define KETENBRUG_MODEL_STEPS_H

#include "world.h"

uint8_t steps_pick(uint32_t pick, uint64_t seed);
bool steps_take(struct world *world, uint8_t operation, uint32_t a, uint32_t b,
                uint32_t c); /* false: nothing happened */
const char *steps_word(uint8_t operation);
bool steps_parse(const char *word, uint8_t *out);

#endif
