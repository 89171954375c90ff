/*
 * population.h - the people of the sample region: households of one to six, invented names, ages that fit.
 *
 * Does:      gives one person after another; the story family (household 1) and one shielded person (household 2)
 *            come first and are the same for every seed.
 * Does not:  know organisations; see registration.h.
 * Ownership: value types; names are borrowed from constants. Thread: one at a time per population.
 */
#ifndef KETENBRUG_REGION_POPULATION_H
#define KETENBRUG_REGION_POPULATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/date.h"
#include "region/numbers.h"

enum { STORY_SAMIRA, STORY_DAAN, STORY_MILAN, STORY_NOOR, STORY_SHIELDED, STORY_COUNT };

/* Part in the household. */
enum part { PART_ADULT, PART_CHILD };

struct person {
    uint64_t index; /* from 0; below STORY_COUNT: the story */
    uint32_t bsn;
    char given_name[40];
    char family_name[60];
    struct date birth;
    int age;        /* whole years on the population's day */
    int lived_days; /* since birth */
    enum part part;
    bool with_children; /* an adult in a household with minors */
    unsigned municipality;
    uint64_t household; /* from 1 */
    const char *household_source;
    struct date household_recorded;
};

struct population {
    uint64_t seed;
    int64_t day_ms; /* nothing that is told happened later */
    struct numbers numbers;
    uint64_t made; /* people */
    uint64_t household;
    unsigned members; /* of the household under way */
    unsigned next_member;
};

struct population population_of(uint64_t seed, int64_t day_ms, bool wide);
bool population_next(struct population *population, struct person *out); /* false: no numbers left */

#endif
