#include "schedule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "faults.h"
#include "region/chance.h"
#include "rest.h"
#include "steps.h"

void schedule_make(struct schedule *schedule, uint64_t seed, uint32_t steps, int nodes)
{
    schedule->seed = seed;
    schedule->nodes = nodes != 0 ? nodes : 2 + (int)chance_pick(seed, 0, 0, NODES_MAX - 1);
    schedule->broken = 0;
    schedule->count = steps;
    for (uint32_t i = 0; i < steps; i++) {
        struct step *step = &schedule->steps[i];
        step->operation = steps_pick(chance_pick(seed, i, 1, UINT32_MAX), seed);
        step->a = chance_pick(seed, i, 2, UINT32_MAX);
        step->b = chance_pick(seed, i, 3, UINT32_MAX);
        step->c = chance_pick(seed, i, 4, UINT32_MAX);
    }
}

void schedule_run(const struct schedule *schedule, struct world *world, bool trace)
{
    world_begin(world, schedule->seed, schedule->nodes, schedule->broken);
    for (uint32_t i = 0; i < schedule->count && !world->failed; i++) {
        const struct step *step = &schedule->steps[i];
        world->step = i + 1;
        world->chance = chance_mix(chance_mix(step->a ^ (uint64_t)step->b << 32) ^ step->c);
        const bool took = steps_take(world, step->operation, step->a, step->b, step->c);
        if (trace) {
            printf("%u %s %u %u %u%s\n", i + 1, steps_word(step->operation), step->a, step->b, step->c,
                   took ? "" : " (nothing)");
        }
        check_after(world);
    }
    if (!world->failed) {
        rest(world);
    }
}

/* Whether the same still fails without the steps from..from+count; then they stay out. */
static bool cut(struct schedule *schedule, struct schedule *tried, struct world *world, const char *invariant,
                uint32_t from, uint32_t count)
{
    memcpy(tried, schedule, offsetof(struct schedule, steps));
    memcpy(tried->steps, schedule->steps, from * sizeof *tried->steps);
    memcpy(tried->steps + from, schedule->steps + from + count,
           (schedule->count - from - count) * sizeof *tried->steps);
    tried->count = schedule->count - count;
    schedule_run(tried, world, false);
    if (!world->failed || strcmp(world->invariant, invariant) != 0) {
        return false;
    }
    tried->count = world->step < tried->count ? world->step : tried->count;
    memcpy(schedule, tried, sizeof *schedule);
    return true;
}

void schedule_shrink(struct schedule *schedule, struct world *world)
{
    char invariant[INVARIANT_SIZE];
    memcpy(invariant, world->invariant, sizeof invariant);
    schedule->count = world->step < schedule->count ? world->step : schedule->count;
    struct schedule *tried = malloc(sizeof *tried);
    uint32_t size = schedule->count / 2;
    for (int runs = 0; tried != NULL && size > 0 && runs < SHRINK_RUNS_MAX;) {
        bool shorter = false;
        for (uint32_t from = 0; from + size <= schedule->count && runs < SHRINK_RUNS_MAX; runs++) {
            if (cut(schedule, tried, world, invariant, from, size)) {
                shorter = true;
            } else {
                from += size;
            }
        }
        size = shorter && size == 1 ? 1 : size / 2;
    }
    free(tried);
}

bool schedule_write(const struct schedule *schedule, const char *path)
{
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        return false;
    }
    (void)fprintf(file, "nodes %d break %s seed %llu\n", schedule->nodes, fault_word(schedule->broken),
                  (unsigned long long)schedule->seed);
    for (uint32_t i = 0; i < schedule->count; i++) {
        const struct step *step = &schedule->steps[i];
        (void)fprintf(file, "%s %u %u %u\n", steps_word(step->operation), step->a, step->b, step->c);
    }
    return fclose(file) == 0;
}

static bool read_step(const char *line, struct step *out)
{
    char word[32];
    return sscanf(line, "%31s %u %u %u", word, &out->a, &out->b, &out->c) == 4 && steps_parse(word, &out->operation);
}

static bool read_head(const char *line, struct schedule *out)
{
    char word[32];
    unsigned long long seed = 0;
    if (sscanf(line, "nodes %d break %31s seed %llu", &out->nodes, word, &seed) != 3) {
        return false;
    }
    out->seed = seed;
    return out->nodes >= 2 && out->nodes <= NODES_MAX && fault_parse(word, &out->broken);
}

bool schedule_read(struct schedule *schedule, const char *path)
{
    char line[128];
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return false;
    }
    bool good = fgets(line, sizeof line, file) != NULL && read_head(line, schedule);
    schedule->count = 0;
    while (good && fgets(line, sizeof line, file) != NULL) {
        good = schedule->count < SCHEDULE_STEPS_MAX && read_step(line, &schedule->steps[schedule->count]);
        schedule->count++;
    }
    (void)fclose(file);
    return good;
}
