#include "rest.h"

#include "check.h"
#include "deliver.h"
#include "meet.h"
#include "signals.h"
#include "tasks.h"

static void mend(struct world *world)
{
    const uint8_t all = (uint8_t)((1U << world->nodes_count) - 1);
    memset(world->cut, 0, sizeof world->cut);
    for (int i = 0; i < world->nodes_count; i++) {
        struct node *node = &world->nodes[i];
        node->covenant = (uint8_t)(all & ~(1U << i));
        node->skew_ms = 0;
        if (!node->up) {
            deliver_start(world, i);
        }
    }
}

static bool commits(struct world *world, int node)
{
    const bool some = world->nodes[node].work_count != 0;
    while (world->nodes[node].work_count != 0 && !world->failed) {
        work_commit(world, node, false);
    }
    return some;
}

static bool delivers(struct world *world)
{
    bool moved = false;
    for (int i = 0; i < PACKETS; i++) {
        if (world->packets[i].used) {
            const struct packet packet = world->packets[i];
            world->packets[i].used = false;
            if (!deliver_packet(world, &packet)) {
                world->packets[i] = packet;
            }
            moved = true;
        }
    }
    return moved;
}

static bool has_packet(const struct world *world, int node, const struct try *try)
{
    for (int i = 0; i < PACKETS; i++) {
        const struct packet *packet = &world->packets[i];
        if (packet->used && packet->token == try->token && (packet->is_answer ? packet->to : packet->from) == node) {
            return true;
        }
    }
    return false;
}

static bool is_at_work(const struct world *world)
{
    for (int i = 0; i < world->nodes_count; i++) {
        if (world->nodes[i].work_count != 0) {
            return true;
        }
    }
    return false;
}

/* Tries of which nothing is under way any more are given up. */
static bool gives_up(struct world *world, int node)
{
    bool moved = false;
    for (int i = 0; i < TRIES; i++) {
        const struct try *try = &world->nodes[node].tries[i];
        if (try->used && !has_packet(world, node, try) && !is_at_work(world)) {
            moved = deliver_silence(world, node, i) || moved;
        }
    }
    return moved;
}

static bool moves(struct world *world)
{
    bool moved = delivers(world);
    for (int i = 0; i < world->nodes_count && !world->failed; i++) {
        moved = commits(world, i) || moved;
        for (int p = 0; p < world->nodes_count; p++) {
            while (p != i && deliver_next(world, i, p)) {
                moved = true;
            }
        }
        moved = commits(world, i) || moved;
    }
    for (int i = 0; i < world->nodes_count && !moved; i++) {
        moved = gives_up(world, i) || moved;
    }
    return moved;
}

/* What comes by itself, where nothing else is under way. */
static bool looks(struct world *world)
{
    bool found = false;
    for (int i = 0; i < world->nodes_count; i++) {
        found = signal_looks_at_days(world, i) || found;
        found = meet_looks_at_days(world, i) || found;
        found = task_looks_at_consent(world, i) || found;
        found = task_looks_at_terms(world, i) || found;
        signal_publishes_sets(world, i, true);
    }
    for (int i = 0; i < world->nodes_count; i++) {
        found = signal_tick(world, i) || found;
    }
    return found;
}

static bool waits(const struct world *world)
{
    for (int i = 0; i < world->nodes_count; i++) {
        for (int p = 0; p < world->nodes_count; p++) {
            if (world->nodes[i].lines[p].count != 0) {
                return true;
            }
        }
    }
    return false;
}

void rest(struct world *world)
{
    mend(world);
    for (int round = 0; round < REST_ROUNDS_MAX && !world->failed; round++) {
        if (moves(world) || looks(world)) {
            continue;
        }
        if (!waits(world)) {
            check_rest(world);
            check_after(world);
            return;
        }
        world->now_ms += OUTBOX_LONGEST_MS / 4;
    }
    check_rest(world);
    if (!world->failed) {
        world_fail(world, "Q2", "it does not come to rest");
    }
}
