#include "world.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/workdays.h"
#include "deliver.h"
#include "faults.h"
#include "region/chance.h"

static const char *const fault_words[] = {
#define X(name, word) [name] = (word),
    BREAK_TABLE(X)
#undef X
};

static const char *const happened_words[] = {
#define X(name, word) [name] = (word),
    HAPPENED_TABLE(X)
#undef X
};

_Static_assert(HAPPENED_COUNT <= (int)(sizeof(((struct world *)0)->counts) / sizeof(uint64_t)), "a count for each");

const char *fault_word(int fault)
{
    return fault_words[fault];
}

bool fault_parse(const char *word, int *out)
{
    for (int i = 0; i < BREAK_COUNT; i++) {
        if (strcmp(word, fault_words[i]) == 0) {
            *out = i;
            return true;
        }
    }
    return false;
}

const char *happened_word(int what)
{
    return happened_words[what];
}

/* A Monday morning before Easter: holidays are near. */
static const char BEGIN[] = "2027-03-22T09:00:00Z";

void world_begin(struct world *world, uint64_t seed, int nodes, int broken)
{
    memset(world, 0, sizeof *world);
    world->seed = seed;
    world->nodes_count = (uint8_t)nodes;
    world->broken = (uint8_t)broken;
    (void)moment_parse(slice_text(BEGIN), &world->now_ms);
    world->chance = chance_mix(seed);
    world->epoch = 1;
    const uint8_t all = (uint8_t)((1U << nodes) - 1);
    for (int i = 0; i < nodes; i++) {
        for (int j = 0; j < i; j++) { /* signals go both ways or not at all; most pairs may */
            const uint8_t may = chance_hits(seed, (uint64_t)(i * NODES_MAX + j), 10, 750);
            world->rules[i] = (uint8_t)(world->rules[i] | may << j);
            world->rules[j] = (uint8_t)(world->rules[j] | may << i);
        }
    }
    for (int i = 0; i < nodes; i++) {
        struct node *node = &world->nodes[i];
        world->by_involvement[i] = (uint8_t)(world->rules[i] & chance_pick(seed, (uint64_t)i, 11, 256));
        node->covenant = (uint8_t)(all & ~(1U << i));
        node->consent = (1U << PEOPLE) - 1;
        node->disk.involved = (uint8_t)(chance_pick(seed, (uint64_t)i, 12, 1U << PEOPLE) &
                                        chance_pick(seed, (uint64_t)i, 13, 1U << PEOPLE));
        deliver_start(world, i);
    }
}

uint32_t world_draw(struct world *world, uint32_t below)
{
    world->chance = chance_mix(world->chance);
    return (uint32_t)(world->chance >> 16) % below;
}

struct ident world_id(struct world *world)
{
    world->ids++;
    return ident_from(chance_mix(world->seed ^ world->ids << 8), chance_mix(world->ids) | 1);
}

int64_t world_clock(const struct world *world, int node)
{
    return world->now_ms + world->nodes[node].skew_ms;
}

struct date world_today(const struct world *world, int node)
{
    return workdays_dutch_day(world_clock(world, node));
}

void world_fail(struct world *world, const char *invariant, const char *format, ...)
{
    if (world->failed) {
        return;
    }
    world->failed = true;
    (void)snprintf(world->invariant, sizeof world->invariant, "%s", invariant);
    va_list words;
    va_start(words, format);
    (void)vsnprintf(world->reason, sizeof world->reason, format, words);
    va_end(words);
}
