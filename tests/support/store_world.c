#include "support/store_world.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/bytes.h"

static int64_t fixed_now(void *ctx)
{
    (void)ctx;
    return 1767225600000;
}

static void on_fatal(void *ctx, const struct error *err)
{
    struct world *world = ctx;
    (void)err;
    (void)atomic_fetch_add(&world->fatal_calls, 1);
}

static void must(bool fine, const char *what)
{
    if (!fine) {
        (void)fprintf(stderr, "store_world: %s\n", what);
        abort();
    }
}

static void path_in(const struct world *world, const char *name, char out[WORLD_PATH_MAX])
{
    const int len = snprintf(out, WORLD_PATH_MAX, "%s/%s", world->folder, name);
    must(len > 0 && len < WORLD_PATH_MAX, "path too long");
}

void world_make(struct world *world)
{
    *world = (struct world){.done = false};
    const char *under = getenv("TMPDIR");
    (void)snprintf(world->folder, sizeof world->folder, "%s/kb-store-XXXXXX", under != NULL ? under : "/tmp");
    must(mkdtemp(world->folder) != NULL, "mkdtemp");
    path_in(world, "data", world->data);
    path_in(world, "data/knooppunt.db", world->database);
    path_in(world, "keys", world->keys);
    struct error err;
    must(keyring_create(world->keys, &err) == RESULT_OK, "keyring_create");
    must(keyring_open(world->keys, &world->keyring, &err) == RESULT_OK, "keyring_open");
    world->clock.now_ms = fixed_now;
    world->options = (struct store_options){.folder = world->data,
                                            .keyring = world->keyring,
                                            .clock = &world->clock,
                                            .fatal = on_fatal,
                                            .fatal_ctx = world};
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

void world_drop(struct world *world)
{
    keyring_close(world->keyring);
    (void)nftw(world->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

enum result world_open(struct world *world, struct error *err)
{
    TRY(store_open(&world->options, &world->store, err));
    must(uv_loop_init(&world->loop) == 0, "uv_loop_init");
    if (store_attach(world->store, &world->loop, &world->door, err) != RESULT_OK) {
        (void)uv_loop_close(&world->loop);
        store_close(world->store);
        return RESULT_FAILED;
    }
    return RESULT_OK;
}

static void on_closed(void *ctx)
{
    *(bool *)ctx = true;
}

void world_close(struct world *world)
{
    bool closed = false;
    store_detach(world->door, on_closed, &closed);
    (void)uv_run(&world->loop, UV_RUN_DEFAULT);
    must(closed, "the door did not close");
    must(uv_loop_close(&world->loop) == 0, "the loop still has handles");
    store_close(world->store);
}

static void on_done(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct world *world = ctx;
    world->done = true;
    world->refused = err != NULL;
    world->committed = *committed;
    if (err != NULL) {
        world->err = *err;
    }
}

enum fault world_commit(struct world *world, struct store_batch *batch)
{
    world->done = false;
    store_commit(world->door, batch, on_done, world);
    must(!world->done, "done ran inside store_commit");
    while (!world->done) {
        (void)uv_run(&world->loop, UV_RUN_ONCE);
    }
    return world->refused ? world->err.fault : FAULT_NONE;
}

struct ident world_ident(uint32_t number)
{
    struct ident id = {{0xA5}};
    bytes_put_u32(id.bytes + 12, number);
    return id;
}

void world_leaf(uint32_t number, uint8_t leaf[LOG_LEAF_BYTES])
{
    memset(leaf, 0x5A, LOG_LEAF_BYTES);
    bytes_put_u32(leaf, number);
}
