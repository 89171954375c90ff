/*
 * store_world.h - a store with its keys in a folder of its own under TMPDIR, one loop and one door; all goes away
 * again.
 *
 * Ownership: world_make/world_drop, world_open/world_close.
 * Thread:    one; commits run the loop until they are called back.
 */
#ifndef KETENBRUG_TESTS_STORE_WORLD_H
#define KETENBRUG_TESTS_STORE_WORLD_H

#include <stdatomic.h>

#include <uv.h>

#include "store/seal.h"
#include "store/store.h"

enum { WORLD_PATH_MAX = 256 };

struct world {
    char folder[WORLD_PATH_MAX];
    char data[WORLD_PATH_MAX];     /* of the store */
    char database[WORLD_PATH_MAX]; /* the file in it */
    char keys[WORLD_PATH_MAX];
    struct clock clock;
    struct keyring *keyring;
    struct store_options options;
    struct store *store;
    uv_loop_t loop;
    struct store_door *door;
    atomic_int fatal_calls;

    bool done; /* of the last commit: */
    bool refused;
    struct error err;
    struct store_committed committed;
};

void world_make(struct world *world); /* folders and keys; ends the program when it cannot */
void world_drop(struct world *world);
MUST_USE enum result world_open(struct world *world, struct error *err);
void world_close(struct world *world);

/* Commits, runs the loop until it is done, and gives FAULT_NONE or what refused it. */
enum fault world_commit(struct world *world, struct store_batch *batch);
/* An ident and a leaf that say which number they are. */
struct ident world_ident(uint32_t number);
void world_leaf(uint32_t number, uint8_t leaf[LOG_LEAF_BYTES]);

#endif
