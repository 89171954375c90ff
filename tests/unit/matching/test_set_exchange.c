/* Provider and requester over bytes alone, in random orders: people come and go, ticks pass with and without a change, the
 * requester misses some, either starts anew from what it stored, the epoch turns. After each time that the requester asks,
 * its view is the provider's: all who stand there and nobody else, within one request for a step or the pages of a set. */
#include "set_help.h"

#include "matching/held_set.h"
#include "matching/published_set.h"

enum { POOL = 2000, ROUNDS = 400, PIECES_MAX = 64 };

struct provider {
    uint8_t secret[VOPRF_SEED];
    uint64_t pool[POOL];
    bool in[POOL];
    uint32_t epoch;
    uint64_t version;
    struct published_set *set;
};

struct requester {
    struct held_set *set;
    struct buf head; /* as stored */
    struct buf pieces[PIECES_MAX];
};

struct world {
    struct provider provider;
    struct requester requester;
    struct buf body;
    uint64_t seed;
    size_t steps;
    size_t wholes;
};

static void must(enum result result, const struct error *err)
{
    if (result != RESULT_OK) {
        fail_msg("%s: %s", err->where, err->what);
    }
}

/* ---- the provider ---- */

static size_t standing(const struct provider *provider, uint64_t *out)
{
    size_t count = 0;
    for (size_t i = 0; i < POOL; i++) {
        if (provider->in[i]) {
            out[count++] = provider->pool[i];
        }
    }
    return count;
}

static void open_provider(struct provider *provider, struct published_state state)
{
    static uint64_t people[POOL];
    struct error err = {0};
    const size_t count = standing(provider, people);
    published_set_close(provider->set);
    must(published_set_open(provider->secret, &state, people, count, provider->version, &provider->set, &err), &err);
}

/* Another key, so other fingerprints and dummies. */
static void turn_epoch(struct world *world)
{
    struct provider *provider = &world->provider;
    provider->epoch++;
    bytes_put_u64(provider->secret, chance(&world->seed));
    for (size_t i = 0; i < POOL; i++) {
        provider->pool[i] = chance(&world->seed) | 1U;
    }
    open_provider(provider, (struct published_state){0, 0});
}

static void pass_tick(struct world *world)
{
    struct provider *provider = &world->provider;
    uint64_t goes[POOL];
    uint64_t comes[POOL];
    struct published_change change = {goes, 0, comes, 0};
    struct error err = {0};
    const uint64_t most = chance(&world->seed) % 20 == 0 ? 150 : 6;
    provider->version++;
    for (uint64_t moves = chance(&world->seed) % (most + 1); moves > 0; moves--) {
        const size_t i = chance(&world->seed) % POOL;
        if (provider->in[i] && chance(&world->seed) % 2 == 0) {
            goes[change.goes_count++] = provider->pool[i];
            provider->in[i] = false;
        } else if (!provider->in[i]) {
            comes[change.comes_count++] = provider->pool[i];
            provider->in[i] = true;
        }
    }
    if (change.goes_count + change.comes_count != 0) {
        must(published_set_change(provider->set, &change, provider->version, &err), &err);
    }
}

static struct set_header header_of(const struct provider *provider)
{
    struct set_header header = {.epoch = provider->epoch,
                                .newest = provider->epoch,
                                .class = published_set_class(provider->set),
                                .version = provider->version,
                                .root = *published_set_root(provider->set)};
    memcpy(header.key.bytes, provider->secret, sizeof header.key.bytes);
    return header;
}

/* The answer to `vanaf`, or to `plaats` when that is not 0. */
static struct slice answer(struct world *world, bool has, uint32_t epoch, uint64_t from, uint32_t place)
{
    const struct provider *provider = &world->provider;
    struct set_header header = header_of(provider);
    struct set_swap swaps[SET_STEP_SWAPS];
    struct error err;
    buf_clear(&world->body);
    if (has && epoch == provider->epoch &&
        published_set_step(provider->set, from, provider->version, swaps, &header.swaps, &err) == RESULT_OK) {
        header.from = from;
        set_write_step(&header, swaps, &world->body);
    } else {
        header.place = place;
        set_write_page(&header, published_set_entries(provider->set), &world->body);
    }
    return buf_slice(&world->body);
}

/* ---- the requester ---- */

static void store(struct requester *requester)
{
    buf_clear(&requester->head);
    held_set_write_head(requester->set, &requester->head);
    assert_true(held_set_pieces(requester->set) <= PIECES_MAX);
    for (uint32_t i = 0; i < held_set_pieces(requester->set); i++) {
        if (held_set_piece_changed(requester->set, i)) {
            buf_clear(&requester->pieces[i]);
            held_set_write_piece(requester->set, i, &requester->pieces[i]);
        }
    }
    held_set_stored(requester->set);
}

static void restart(struct requester *requester)
{
    struct error err = {0};
    const uint32_t pieces = held_set_pieces(requester->set);
    held_set_free(requester->set);
    must(held_set_load(buf_slice(&requester->head), &requester->set, &err), &err);
    assert_int_equal(held_set_pieces(requester->set), pieces);
    for (uint32_t i = 0; i < pieces; i++) {
        must(held_set_load_piece(requester->set, buf_slice(&requester->pieces[i]), &err), &err);
    }
    must(held_set_finish(requester->set, &err), &err);
}

static void ask(struct world *world)
{
    struct requester *requester = &world->requester;
    struct held_set *next = NULL;
    struct error err = {0};
    const struct set_header *held = requester->set != NULL ? held_set_header(requester->set) : NULL;
    const struct slice body =
        answer(world, held != NULL, held != NULL ? held->epoch : 0, held != NULL ? held->version : 0, 0);
    if (body.ptr[4] == SET_STEP) {
        must(held_set_step(requester->set, body, &err), &err);
        world->steps++;
    } else {
        must(held_set_begin(requester->set, body, &next, &err), &err);
        while (held_set_taken(next) < held_set_header(next)->class) {
            must(held_set_page(next, answer(world, false, 0, 0, held_set_taken(next)), &err), &err);
        }
        must(held_set_finish(next, &err), &err);
        held_set_free(requester->set);
        requester->set = next;
        world->wholes++;
    }
    store(requester);
}

static void assert_same_view(const struct world *world)
{
    const struct provider *provider = &world->provider;
    const uint64_t *entries = published_set_entries(provider->set);
    for (size_t i = 0; i < POOL; i++) {
        assert_int_equal(held_set_has(world->requester.set, provider->pool[i]), provider->in[i]);
    }
    for (uint32_t i = 0; i < published_set_class(provider->set); i++) {
        assert_true(held_set_has(world->requester.set, entries[i]));
    }
    assert_same_root(&held_set_header(world->requester.set)->root, published_set_root(provider->set));
}

static void test_views_agree_in_any_order(void **state)
{
    (void)state;
    for (uint64_t seed = 31; seed <= 34; seed++) {
        struct world *world = calloc(1, sizeof *world);
        assert_non_null(world);
        world->seed = seed;
        world->provider.version = 1;
        buf_init(&world->body, 1 << 20);
        buf_init(&world->requester.head, SET_HEADER_BYTES);
        for (size_t i = 0; i < PIECES_MAX; i++) {
            buf_init(&world->requester.pieces[i], HELD_PIECE_MAX);
        }
        turn_epoch(world);
        for (int round = 0; round < ROUNDS; round++) {
            const uint64_t what = chance(&world->seed) % 100;
            if (what < 60) {
                pass_tick(world);
            } else if (what < 90 || world->requester.set == NULL) {
                ask(world);
                assert_same_view(world);
            } else if (what < 96) {
                restart(&world->requester);
            } else if (what < 99) {
                open_provider(&world->provider, published_set_state(world->provider.set));
            } else {
                turn_epoch(world);
            }
        }
        ask(world);
        assert_same_view(world);
        assert_true(world->steps > 20 && world->wholes > 5);
        published_set_close(world->provider.set);
        held_set_free(world->requester.set);
        for (size_t i = 0; i < PIECES_MAX; i++) {
            buf_free(&world->requester.pieces[i]);
        }
        buf_free(&world->requester.head);
        buf_free(&world->body);
        free(world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_views_agree_in_any_order)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
