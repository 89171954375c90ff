/* Two loops in two threads write and read through doors of their own; to be run under the thread sanitizer too. */
#include "unit/unit.h"

#include <pthread.h>
#include <stdlib.h>

#include "support/store_world.h"

enum { THREADS = 2, BATCHES = 1500, IN_FLIGHT = 8 };

struct party {
    struct store *store;
    struct store_door *door;
    uint32_t number;
    pthread_t thread;
    uv_loop_t loop;
    uint32_t sent;
    uint32_t done;
    uint32_t wrong;
    bool closed;
};

static void on_found(void *ctx, const struct store_found *found, const struct error *err)
{
    struct party *party = ctx;
    party->wrong += err != NULL || found->item == NULL || !slice_is(found->item->payload, "inhoud") ? 1 : 0;
}

static void on_head(void *ctx, const struct merkle_frontier *tree, const struct error *err)
{
    *(uint64_t *)ctx = err == NULL ? tree->size : 0;
}

static void on_closed(void *ctx)
{
    *(bool *)ctx = true;
}

static void send_next(struct party *party);

static void on_done(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct party *party = ctx;
    uint64_t size = 0;
    party->wrong += err != NULL ? 1 : 0;
    store_log_head(party->door, on_head, &size);
    party->wrong += size < committed->tree_size || committed->first_leaf >= size ? 1 : 0;
    const struct ident id = world_ident(party->number * BATCHES + party->done);
    store_get(party->door, STORE_SUBJECT, &id, STORE_INVOLVEMENT, on_found, party);
    party->done++;
    if (party->sent < BATCHES) {
        send_next(party);
    } else if (party->done == BATCHES) {
        store_detach(party->door, on_closed, &party->closed);
    }
}

static void send_next(struct party *party)
{
    struct store_batch *batch = store_batch_new(party->door);
    const uint32_t number = party->number * BATCHES + party->sent++;
    uint8_t leaf[LOG_LEAF_BYTES];
    world_leaf(number, leaf);
    store_put(batch, STORE_SUBJECT, &(struct store_write){.id = world_ident(number), .payload = slice_text("inhoud")});
    store_append(batch, leaf, slice_of(NULL, 0), slice_of(NULL, 0), NULL);
    store_commit(party->door, batch, on_done, party);
}

static void *run(void *arg)
{
    struct party *party = arg;
    struct error err;
    if (uv_loop_init(&party->loop) != 0 || store_attach(party->store, &party->loop, &party->door, &err) != RESULT_OK) {
        party->wrong++;
        return NULL;
    }
    for (int i = 0; i < IN_FLIGHT; i++) {
        send_next(party);
    }
    (void)uv_run(&party->loop, UV_RUN_DEFAULT);
    party->wrong += uv_loop_close(&party->loop) != 0 ? 1 : 0;
    return NULL;
}

static void two_loops_at_once(void **state)
{
    (void)state;
    static struct world world;
    static struct party parties[THREADS];
    struct error err;
    world_make(&world);
    assert_int_equal(world_open(&world, &err), RESULT_OK);
    for (uint32_t i = 0; i < THREADS; i++) {
        parties[i].store = world.store;
        parties[i].number = i;
        assert_int_equal(pthread_create(&parties[i].thread, NULL, run, &parties[i]), 0);
    }
    for (uint32_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(parties[i].thread, NULL), 0);
        assert_int_equal(parties[i].wrong, 0);
        assert_int_equal(parties[i].done, BATCHES);
        assert_true(parties[i].closed);
    }
    uint64_t size = 0;
    store_log_head(world.door, on_head, &size);
    assert_int_equal(size, THREADS * BATCHES);
    world_close(&world);
    world_drop(&world);
}

static void *make_class(void *arg)
{
    struct world *world = arg;
    bool created = false;
    struct error err;
    for (uint8_t class = 0; class < 10; class ++) {
        bool made = false;
        if (seal_class_ready(world->keyring, (struct seal_class){202601, class}, &made, &err) != RESULT_OK) {
            return world;
        }
        created = created || made;
    }
    return NULL;
}

static void class_keys_are_made_by_one(void **state)
{
    (void)state;
    static struct world world;
    pthread_t threads[THREADS];
    world_make(&world);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, make_class, &world), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        void *failed = NULL;
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    world_drop(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_loops_at_once),
        cmocka_unit_test(class_keys_are_made_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
