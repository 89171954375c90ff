/*
 * bench_store - appends and finds per second of the store, by itself, printed as a table.
 *
 * Appends: batches of one leaf, a fixed number in flight, as that many requests that wait for their log record.
 * Finds:   a random person by key with two involvements, without and with appends going on beside.
 */
#include <stdio.h>
#include <stdlib.h>

#include "support/store_world.h"

enum { PEOPLE = 20000, PER_BATCH = 500, SECONDS = 2, FINDS_A_TURN = 32 };

struct run {
    struct world *world;
    uint64_t until;
    uint64_t appends;
    uint64_t finds;
    uint64_t found;
    uint64_t waited_ns;
    uint64_t seed;
    bool failed;
};

struct flight {
    struct run *run;
    uint64_t since;
};

static void append_one(struct flight *flight);

static void on_appended(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct flight *flight = ctx;
    (void)committed;
    flight->run->failed = flight->run->failed || err != NULL;
    flight->run->appends++;
    flight->run->waited_ns += uv_hrtime() - flight->since;
    if (uv_hrtime() < flight->run->until && err == NULL) {
        append_one(flight);
    }
}

static void append_one(struct flight *flight)
{
    struct world *world = flight->run->world;
    struct store_batch *batch = store_batch_new(world->door);
    uint8_t leaf[LOG_LEAF_BYTES];
    world_leaf((uint32_t)flight->run->appends, leaf);
    store_append(batch, leaf, slice_of(NULL, 0), slice_of(NULL, 0), NULL);
    flight->since = uv_hrtime();
    store_commit(world->door, batch, on_appended, flight);
}

static uint64_t next_random(struct run *run)
{
    run->seed = run->seed * 6364136223846793005U + 1442695040888963407U;
    return run->seed >> 33;
}

static struct slice key_of(uint32_t number, char text[16])
{
    (void)snprintf(text, 16, "%09u", number);
    return slice_of(text, 9);
}

static void on_found(void *ctx, const struct store_found *found, const struct error *err)
{
    struct run *run = ctx;
    run->failed = run->failed || err != NULL;
    run->found += found->item != NULL && found->child_count == 2 ? 1 : 0;
}

static void find_some(struct run *run)
{
    char text[16];
    for (int i = 0; i < FINDS_A_TURN; i++) {
        store_find(run->world->door, STORE_SUBJECT, STORE_KEY_A, key_of((uint32_t)(next_random(run) % PEOPLE), text),
                   STORE_INVOLVEMENT, on_found, run);
        run->finds++;
    }
}

static void on_idle(uv_idle_t *idle)
{
    struct run *run = idle->data;
    find_some(run);
    if (uv_hrtime() >= run->until) {
        (void)uv_idle_stop(idle);
        uv_close((uv_handle_t *)idle, NULL);
    }
}

static void fill(struct world *world)
{
    static const char payload[400] = "inhoud";
    for (uint32_t n = 0; n < PEOPLE; n += PER_BATCH) {
        struct store_batch *batch = store_batch_new(world->door);
        for (uint32_t i = n; i < n + PER_BATCH; i++) {
            char text[16];
            const struct ident id = world_ident(i);
            store_put(batch, STORE_SUBJECT,
                      &(struct store_write){.id = id, .keys = {key_of(i, text)}, .payload = slice_of(payload, 300)});
            for (uint32_t child = 0; child < 2; child++) {
                store_put(batch, STORE_INVOLVEMENT,
                          &(struct store_write){.id = world_ident(PEOPLE + i * 2 + child),
                                                .parent = id,
                                                .payload = slice_of(payload, sizeof payload)});
            }
        }
        if (world_commit(world, batch) != FAULT_NONE) {
            (void)fprintf(stderr, "fill: %s\n", world->err.what);
            exit(1);
        }
    }
}

static void measure(struct world *world, const char *name, size_t in_flight, bool finds)
{
    static struct flight flights[1024];
    struct run run = {.world = world, .seed = 42, .until = uv_hrtime() + SECONDS * 1000000000ULL};
    const uint64_t start = uv_hrtime();
    for (size_t i = 0; i < in_flight; i++) {
        flights[i].run = &run;
        append_one(&flights[i]);
    }
    uv_idle_t idle;
    if (finds) {
        (void)uv_idle_init(&world->loop, &idle);
        idle.data = &run;
        (void)uv_idle_start(&idle, on_idle);
    }
    (void)uv_run(&world->loop, UV_RUN_DEFAULT);
    const double seconds = (double)(uv_hrtime() - start) / 1e9;
    (void)printf("%-28s %10.0f appends/s %10.0f finds/s %8.2f ms/append%s\n", name, (double)run.appends / seconds,
                 (double)run.finds / seconds,
                 run.appends != 0 ? (double)run.waited_ns / (double)run.appends / 1e6 : 0.0,
                 run.failed || run.found != run.finds ? "  FAILED" : "");
}

int main(void)
{
    struct world world;
    struct error err;
    world_make(&world);
    if (world_open(&world, &err) != RESULT_OK) {
        (void)fprintf(stderr, "%s: %s\n", err.where, err.what);
        return 1;
    }
    fill(&world);
    measure(&world, "appends, 1 in flight", 1, false);
    measure(&world, "appends, 16 in flight", 16, false);
    measure(&world, "appends, 128 in flight", 128, false);
    measure(&world, "appends, 1024 in flight", 1024, false);
    measure(&world, "finds", 0, true);
    measure(&world, "finds, 128 appends in flight", 128, true);
    world_close(&world);
    world_drop(&world);
    return 0;
}
