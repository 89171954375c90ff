#include "steps.h"

#include "deliver.h"
#include "faults.h"
#include "meet.h"
#include "region/chance.h"
#include "rows.h"
#include "signals.h"
#include "tasks.h"

/* Who it happens to, and two numbers more. */
struct what {
    int node;
    int partner; /* another one */
    uint32_t b, c;
};

typedef bool operation_fn(struct world *world, const struct what *what);

/* ---- users ---- */

static bool sends_task(struct world *world, const struct what *what)
{
    return task_user_sends(world, what->node, what->partner, what->c);
}

/* Any step by any side, most of them not allowed. */
static bool steps_task(struct world *world, const struct what *what)
{
    return world->tasks_made != 0 && task_user_steps(world, what->node, (int)(what->b % world->tasks_made),
                                                     (enum task_step)(what->c % TASK_STEP_COUNT), what->c);
}

/* One that may well be allowed, at the side that has it. */
static bool goes_on(struct world *world, const struct what *what)
{
    static const enum task_step steps[2][4] = {
        {TASK_STEP_MESSAGE, TASK_STEP_WITHDRAW, TASK_STEP_MESSAGE, TASK_STEP_SEND},
        {TASK_STEP_ACCEPT, TASK_STEP_BEGIN, TASK_STEP_COMPLETE, TASK_STEP_MESSAGE},
    };
    if (world->tasks_made == 0) {
        return false;
    }
    const int task = (int)(what->b % world->tasks_made);
    const unsigned doer = what->c % 4 != 0;
    const int node = doer ? world->ghost_tasks[task].doer : world->ghost_tasks[task].giver;
    return world->nodes[node].up && task_user_steps(world, node, task, steps[doer][what->c / 4 % 4], what->c);
}

static bool breaks_off(struct world *world, const struct what *what)
{
    return world->tasks_made != 0 && task_user_breaks_off(world, what->node, (int)(what->b % world->tasks_made));
}

static bool publishes(struct world *world, const struct what *what)
{
    return signal_user_publishes(world, what->node, (int)(what->b % PEOPLE), what->c);
}

static bool withdraws(struct world *world, const struct what *what)
{
    return signal_user_withdraws(world, what->node, what->b);
}

static bool steps_match(struct world *world, const struct what *what)
{
    return meet_user_steps(world, what->node, what->b, (enum meeting_step)(what->c % MEETING_STEP_COUNT));
}

static bool retries(struct world *world, const struct what *what)
{
    return deliver_retry(world, what->node, what->b);
}

/* ---- nodes ---- */

static bool pumps(struct world *world, const struct what *what)
{
    return deliver_next(world, what->node, what->partner);
}

static bool commits(struct world *world, const struct what *what)
{
    const bool some = world->nodes[what->node].work_count != 0;
    work_commit(world, what->node, false);
    return some;
}

static bool gives_up(struct world *world, const struct what *what)
{
    return deliver_silence(world, what->node, (int)(what->b % 4 == 0 ? what->c % TRIES : what->c % 4));
}

static bool ticks(struct world *world, const struct what *what)
{
    return signal_tick(world, what->node);
}

static bool publishes_sets(struct world *world, const struct what *what)
{
    signal_publishes_sets(world, what->node, what->c % 4 == 0);
    return true;
}

static bool looks(struct world *world, const struct what *what)
{
    switch (what->c % 4) {
    case 0:
        return signal_looks_at_days(world, what->node);
    case 1:
        return meet_looks_at_days(world, what->node);
    case 2:
        return task_looks_at_consent(world, what->node);
    default:
        return task_looks_at_terms(world, what->node);
    }
}

static void stop(struct world *world, int node)
{
    world->nodes[node].up = false;
    world->nodes[node].work_count = 0;
    world->counts[HAPPENED_CRASH]++;
}

static bool crashes(struct world *world, const struct what *what)
{
    stop(world, what->node);
    return true;
}

/* Between the commit and what follows from it. */
static bool crashes_late(struct world *world, const struct what *what)
{
    work_commit(world, what->node, true);
    stop(world, what->node);
    return true;
}

static bool starts(struct world *world, const struct what *what)
{
    if (world->nodes[what->node].up) {
        return false;
    }
    deliver_start(world, what->node);
    return true;
}

/* ---- the network ---- */

static bool network(struct world *world, const struct what *what)
{
    for (uint32_t n = 0; n < PACKETS; n++) {
        struct packet *packet = &world->packets[(what->b + n) % PACKETS];
        if (!packet->used) {
            continue;
        }
        const struct packet copy = *packet;
        const uint32_t fate = what->c % 100;
        packet->used = fate >= 8 && fate < 18; /* twice */
        if (fate < 8 || world_is_cut(world, copy.from, copy.to)) {
            packet->used = false; /* lost */
            return true;
        }
        if (!deliver_packet(world, &copy)) {
            *packet = copy;
        }
        return true;
    }
    return false;
}

/* One direction: what arrives may find its answer cut off. */
static bool cuts(struct world *world, const struct what *what)
{
    world->cut[what->node] = (uint8_t)(world->cut[what->node] | 1U << what->partner);
    if (what->c % 3 == 0) {
        world->cut[what->partner] = (uint8_t)(world->cut[what->partner] | 1U << what->node);
    }
    return true;
}

static bool mends(struct world *world, const struct what *what)
{
    const bool was = world_is_cut(world, what->node, what->partner);
    world->cut[what->node] = (uint8_t)(world->cut[what->node] & ~(1U << what->partner));
    return was;
}

/* ---- the world ---- */

/* No commit takes as long: those that wait come first. And no request lives as long: what was under way is lost. */
static void passes_long(struct world *world, int64_t ms)
{
    for (int i = 0; i < world->nodes_count; i++) {
        while (world->nodes[i].work_count != 0) {
            work_commit(world, i, false);
        }
    }
    for (int i = 0; i < PACKETS; i++) {
        world->packets[i].used = false;
    }
    world->now_ms += ms;
}

static bool passes(struct world *world, const struct what *what)
{
    if (what->c % 8 == 0) {
        passes_long(world, what->b % 3600000);
    } else {
        world->now_ms += what->b % 8000;
    }
    return true;
}

static bool passes_day(struct world *world, const struct what *what)
{
    passes_long(world, (int64_t)DAY_MS * (1 + (what->c % 16 == 0 ? what->b % 30 : what->b % 2)));
    return true;
}

/* Within a minute mostly; or days. */
static bool clock_moves(struct world *world, const struct what *what)
{
    if (world->nodes[what->node].work_count != 0) {
        return false;
    }
    const int64_t most = what->c % 6 == 0 ? 3 * (int64_t)DAY_MS : 60000;
    world->nodes[what->node].skew_ms = (int64_t)what->b % (2 * most) - most;
    return true;
}

static bool consent_ends(struct world *world, const struct what *what)
{
    world->nodes[what->node].consent = (uint8_t)(world->nodes[what->node].consent & ~(1U << what->b % PEOPLE));
    return true;
}

/* As one node sees it; the other may see it later. */
static bool covenant_turns(struct world *world, const struct what *what)
{
    world->nodes[what->node].covenant = (uint8_t)(world->nodes[what->node].covenant ^ 1U << what->partner);
    return true;
}

/* Not between what was read and its commit: the product's rows guard that. */
static bool involvement_turns(struct world *world, const struct what *what)
{
    if (world->nodes[what->node].work_count != 0) {
        return false;
    }
    world->nodes[what->node].disk.involved = (uint8_t)(world->nodes[what->node].disk.involved ^ 1U << what->b % PEOPLE);
    return true;
}

static bool epoch_turns(struct world *world, const struct what *what)
{
    (void)what;
    world->epoch++;
    return true;
}

static bool forges(struct world *world, const struct what *what)
{
    return task_forged(world, what->node, what->partner, what->c);
}

enum { NEEDS_NODE = 1, MAY_MISS = 2 /* some runs do without */ };

static const struct operation {
    const char *word;
    operation_fn *take;
    uint16_t often; /* of the sum of all */
    uint8_t how;
} OPERATIONS[] = {
    {"send-task", sends_task, 12, NEEDS_NODE},
    {"step-task", steps_task, 10, NEEDS_NODE},
    {"go-on", goes_on, 60, 0},
    {"break-off", breaks_off, 2, NEEDS_NODE | MAY_MISS},
    {"publish", publishes, 12, NEEDS_NODE | MAY_MISS},
    {"withdraw", withdraws, 8, NEEDS_NODE | MAY_MISS},
    {"step-match", steps_match, 30, NEEDS_NODE},
    {"retry", retries, 5, NEEDS_NODE},
    {"pump", pumps, 190, NEEDS_NODE},
    {"commit", commits, 300, NEEDS_NODE},
    {"give-up", gives_up, 25, NEEDS_NODE},
    {"tick", ticks, 40, NEEDS_NODE},
    {"sets", publishes_sets, 25, NEEDS_NODE},
    {"look", looks, 25, NEEDS_NODE},
    {"crash", crashes, 5, NEEDS_NODE | MAY_MISS},
    {"crash-late", crashes_late, 5, NEEDS_NODE | MAY_MISS},
    {"start", starts, 30, 0},
    {"network", network, 260, 0},
    {"cut", cuts, 8, MAY_MISS},
    {"mend", mends, 30, 0},
    {"pass", passes, 50, 0},
    {"day", passes_day, 5, MAY_MISS},
    {"clock", clock_moves, 3, MAY_MISS},
    {"consent-ends", consent_ends, 2, MAY_MISS},
    {"covenant", covenant_turns, 3, MAY_MISS},
    {"involvement", involvement_turns, 3, MAY_MISS},
    {"epoch", epoch_turns, 2, MAY_MISS},
    {"forge", forges, 6, NEEDS_NODE | MAY_MISS},
};

static bool is_left_out(uint64_t seed, unsigned operation)
{
    return (OPERATIONS[operation].how & MAY_MISS) != 0 && chance_hits(seed, operation, 20, 350);
}

uint8_t steps_pick(uint32_t pick, uint64_t seed)
{
    uint32_t sum = 0;
    for (unsigned i = 0; i < COUNT_OF(OPERATIONS); i++) {
        sum += is_left_out(seed, i) ? 0 : OPERATIONS[i].often;
    }
    pick %= sum;
    for (unsigned i = 0; i < COUNT_OF(OPERATIONS); i++) {
        const uint32_t often = is_left_out(seed, i) ? 0 : OPERATIONS[i].often;
        if (pick < often) {
            return (uint8_t)i;
        }
        pick -= often;
    }
    return 0;
}

bool steps_take(struct world *world, uint8_t operation, uint32_t a, uint32_t b, uint32_t c)
{
    const uint32_t count = world->nodes_count;
    struct what what = {.node = (int)(a % count), .b = b, .c = c};
    what.partner = (int)(((uint32_t)what.node + 1 + a / count % (count - 1)) % count);
    if ((OPERATIONS[operation].how & NEEDS_NODE) != 0 && !world->nodes[what.node].up) {
        return false;
    }
    return OPERATIONS[operation].take(world, &what);
}

const char *steps_word(uint8_t operation)
{
    return OPERATIONS[operation].word;
}

bool steps_parse(const char *word, uint8_t *out)
{
    for (unsigned i = 0; i < COUNT_OF(OPERATIONS); i++) {
        if (strcmp(word, OPERATIONS[i].word) == 0) {
            *out = (uint8_t)i;
            return true;
        }
    }
    return false;
}
