/*
 * schedule.h - what happens in a run, step by step: made from a seed, kept in a file, cut shorter.
 *
 * A step is an operation and three numbers. What a number picks is reckoned from what is there when the step is taken, and
 * chance within a step comes from its own numbers, so a schedule from which steps were left out is a schedule too.
 * File: "nodes N break NAME seed N", then a step a line: "NAME A B C".
 * Ownership: the caller's. Thread: one. Faults: false when a file cannot be read or written.
 */
#ifndef KETENBRUG_MODEL_SCHEDULE_H
#define KETENBRUG_MODEL_SCHEDULE_H

#include "world.h"

enum { SCHEDULE_STEPS_MAX = 20000, SHRINK_RUNS_MAX = 6000 };

struct step {
    uint8_t operation;
    uint32_t a, b, c;
};

struct schedule {
    uint64_t seed;
    int nodes;
    int broken;
    uint32_t count;
    struct step steps[SCHEDULE_STEPS_MAX];
};

/* nodes 0: by chance. */
void schedule_make(struct schedule *schedule, uint64_t seed, uint32_t steps, int nodes);
/* Until an invariant does not hold, or to the end and then until nothing moves any more. */
void schedule_run(const struct schedule *schedule, struct world *world, bool trace);
/* Leaves out what is not needed for the same invariant to fail. */
void schedule_shrink(struct schedule *schedule, struct world *world);
bool schedule_read(struct schedule *schedule, const char *path);
bool schedule_write(const struct schedule *schedule, const char *path);

#endif
