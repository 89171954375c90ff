/*
 * item_help.h - putting and reading items in one call each, for the tests of items.
 */
#ifndef KETENBRUG_TESTS_ITEM_HELP_H
#define KETENBRUG_TESTS_ITEM_HELP_H

#include "unit/unit.h"

#include <stdlib.h>

#include "support/store_world.h"

static inline int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    struct error err;
    world_make(world);
    assert_int_equal(world_open(world, &err), RESULT_OK);
    *state = world;
    return 0;
}

static inline int teardown(void **state)
{
    world_close(*state);
    world_drop(*state);
    free(*state);
    return 0;
}

/* What a read gave, copied out of the callback. */
struct seen {
    struct world *world;
    bool called;
    bool there;
    enum fault fault;
    struct ident id;
    char payload[64];
    size_t count;
    bool more;
    uint64_t last; /* ordinal, where the test keeps it */
    struct ident ids[STORE_LIST_MAX];
    enum store_kind kinds[STORE_LIST_MAX];
    char first_child[64];
};

static inline void on_found(void *ctx, const struct store_found *found, const struct error *err)
{
    struct seen *seen = ctx;
    seen->called = true;
    seen->fault = err != NULL ? err->fault : FAULT_NONE;
    seen->there = found->item != NULL;
    seen->count = found->child_count;
    if (seen->there) {
        seen->id = found->item->id;
        (void)slice_copy_text(found->item->payload, seen->payload, sizeof seen->payload);
    }
    for (size_t i = 0; i < found->child_count; i++) {
        seen->ids[i] = found->children[i].id;
        seen->kinds[i] = found->children[i].kind;
        assert_true(seen->there && ident_equal(&found->children[i].parent, &found->item->id));
    }
    if (found->child_count != 0) {
        (void)slice_copy_text(found->children[0].payload, seen->first_child, sizeof seen->first_child);
    }
}

static inline struct seen find(struct world *world, enum store_kind kind, enum store_key key, const char *plain,
                               enum store_kind children)
{
    struct seen seen = {.called = false};
    store_find(world->door, kind, key, slice_text(plain), children, on_found, &seen);
    assert_true(seen.called);
    return seen;
}

static inline struct seen get(struct world *world, enum store_kind kind, uint32_t number, enum store_kind children)
{
    struct seen seen = {.called = false};
    const struct ident id = world_ident(number);
    store_get(world->door, kind, &id, children, on_found, &seen);
    assert_true(seen.called);
    return seen;
}

static inline void on_listed(void *ctx, const struct store_item *items, size_t count, bool more,
                             const struct error *err)
{
    struct seen *seen = ctx;
    seen->called = true;
    seen->fault = err != NULL ? err->fault : FAULT_NONE;
    seen->count = count;
    seen->more = more;
    for (size_t i = 0; i < count; i++) {
        seen->ids[i] = items[i].id;
    }
}

static inline struct store_write item(uint32_t number, const char *key_a, const char *key_b, const char *payload)
{
    return (struct store_write){
        .id = world_ident(number), .keys = {slice_text(key_a), slice_text(key_b)}, .payload = slice_text(payload)};
}

static inline enum fault put(struct world *world, enum store_kind kind, struct store_write write)
{
    struct store_batch *batch = store_batch_new(world->door);
    store_put(batch, kind, &write);
    return world_commit(world, batch);
}

static inline enum fault put_child(struct world *world, uint32_t number, uint32_t parent, const char *payload)
{
    struct store_write write = item(number, NULL, NULL, payload);
    write.parent = world_ident(parent);
    return put(world, STORE_INVOLVEMENT, write);
}

static inline enum fault remove_one(struct world *world, enum store_kind kind, uint32_t number)
{
    struct store_batch *batch = store_batch_new(world->door);
    const struct ident id = world_ident(number);
    store_remove(batch, kind, &id);
    return world_commit(world, batch);
}

#endif
