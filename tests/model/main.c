/*
 * main.c - cooperation-model: runs schedules made by chance through the simulated region and looks after each step.
 *
 *   cooperation-model [--seed N] [--steps N] [--nodes 2-5] [--seconds N | --runs N] [--break NAME]
 *                     [--shrink FILE] [--trace]
 *   cooperation-model --replay FILE [--shrink FILE] [--trace]
 *
 * Without --nodes their number differs by run. A run is a seed; with --seconds or --runs those after it follow. Ends with
 * one line of JSON. Exit status 0: nothing found; 1: an invariant does not hold, seed, step and invariant are printed, and
 * with --shrink the shortest schedule found is in the file; 2: usage.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "faults.h"
#include "schedule.h"

struct options {
    uint64_t seed;
    uint32_t steps;
    uint32_t nodes; /* 0: by chance */
    uint32_t seconds, runs;
    bool trace;
    int broken;
    const char *replay;
    const char *shrink;
};

static double now(void)
{
    struct timespec at;
    (void)clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static bool number(const char *text, uint64_t most, uint64_t *out)
{
    char *end = NULL;
    errno = 0;
    const unsigned long long value = text == NULL ? 0 : strtoull(text, &end, 10);
    if (text == NULL || errno != 0 || end == text || *end != '\0' || value > most) {
        return false;
    }
    *out = value;
    return true;
}

static bool small(const char *text, uint32_t least, uint32_t most, uint32_t *out)
{
    uint64_t value = 0;
    if (!number(text, most, &value) || value < least) {
        return false;
    }
    *out = (uint32_t)value;
    return true;
}

static bool read_option(struct options *options, const char *name, const char *value, bool *took_value)
{
    *took_value = true;
    if (strcmp(name, "--seed") == 0) {
        return number(value, UINT64_MAX, &options->seed);
    }
    if (strcmp(name, "--steps") == 0) {
        return small(value, 1, SCHEDULE_STEPS_MAX, &options->steps);
    }
    if (strcmp(name, "--nodes") == 0) {
        return small(value, 2, NODES_MAX, &options->nodes);
    }
    if (strcmp(name, "--seconds") == 0) {
        return small(value, 1, 86400, &options->seconds);
    }
    if (strcmp(name, "--runs") == 0) {
        return small(value, 1, UINT32_MAX, &options->runs);
    }
    if (strcmp(name, "--break") == 0) {
        return value != NULL && fault_parse(value, &options->broken);
    }
    if (strcmp(name, "--replay") == 0 || strcmp(name, "--shrink") == 0) {
        *(strcmp(name, "--replay") == 0 ? &options->replay : &options->shrink) = value;
        return value != NULL;
    }
    *took_value = false;
    options->trace = options->trace || strcmp(name, "--trace") == 0;
    return strcmp(name, "--trace") == 0;
}

static int usage(const char *what)
{
    (void)fprintf(stderr, "cooperation-model: %s\n", what);
    (void)fprintf(stderr, "cooperation-model [--seed N] [--steps N] [--nodes 2-5] [--seconds N | --runs N]\n"
                          "                  [--break NAME] [--replay FILE] [--shrink FILE] [--trace]\n--break:");
    for (int i = 1; i < BREAK_COUNT; i++) {
        (void)fprintf(stderr, " %s", fault_word(i));
    }
    (void)fprintf(stderr, "\n");
    return 2;
}

static void tell(const struct schedule *schedule, const struct world *world)
{
    printf("FAILED seed %llu nodes %d step %u of %u: %s: %s\n", (unsigned long long)schedule->seed, schedule->nodes,
           world->step, schedule->count, world->invariant, world->reason);
}

static int failed(const struct options *options, struct world *world, struct schedule *schedule)
{
    tell(schedule, world);
    if (options->shrink != NULL) {
        schedule_shrink(schedule, world);
        if (!schedule_write(schedule, options->shrink)) {
            return usage("the schedule cannot be written");
        }
        schedule_run(schedule, world, options->trace);
        printf("%u steps are left, in %s: %s: %s\n", schedule->count, options->shrink, world->invariant, world->reason);
    }
    return 1;
}

static int replay(const struct options *options, struct world *world, struct schedule *schedule)
{
    if (!schedule_read(schedule, options->replay)) {
        return usage("the schedule cannot be read");
    }
    schedule->broken = options->broken != 0 ? options->broken : schedule->broken;
    schedule_run(schedule, world, options->trace);
    if (world->failed) {
        return failed(options, world, schedule);
    }
    printf("{\"replayed\":%u,\"failed\":false}\n", schedule->count);
    return 0;
}

static int campaign(const struct options *options, struct world *world, struct schedule *schedule)
{
    uint64_t counts[HAPPENED_COUNT] = {0};
    uint64_t steps = 0;
    uint32_t runs = 0;
    const double begin = now();
    printf("seed %llu\n", (unsigned long long)options->seed);
    (void)fflush(stdout);
    do {
        schedule_make(schedule, options->seed + runs, options->steps, (int)options->nodes);
        schedule->broken = options->broken;
        schedule_run(schedule, world, options->trace);
        steps += world->step;
        runs++;
        for (int i = 0; i < HAPPENED_COUNT; i++) {
            counts[i] += world->counts[i];
        }
        if (world->failed) {
            return failed(options, world, schedule);
        }
    } while (options->seconds != 0 ? now() - begin < options->seconds : runs < options->runs);
    printf("{\"runs\":%u,\"steps\":%llu,\"steps_per_minute\":%.0f", runs, (unsigned long long)steps,
           (double)steps * 60 / (now() - begin));
    for (int i = 0; i < HAPPENED_COUNT; i++) {
        printf(",\"%s\":%llu", happened_word(i), (unsigned long long)counts[i]);
    }
    printf("}\n");
    return 0;
}

int main(int argc, char **argv)
{
    struct options options = {.seed = 1, .steps = 1500, .runs = 1};
    for (int i = 1; i < argc; i++) {
        bool took_value = false;
        if (!read_option(&options, argv[i], i + 1 < argc ? argv[i + 1] : NULL, &took_value)) {
            return usage(argv[i]);
        }
        i += took_value;
    }
    struct world *world = calloc(1, sizeof *world);
    struct schedule *schedule = calloc(1, sizeof *schedule);
    int status = 2;
    if (world != NULL && schedule != NULL) {
        status = options.replay != NULL ? replay(&options, world, schedule) : campaign(&options, world, schedule);
    }
    free(world);
    free(schedule);
    return status;
}
