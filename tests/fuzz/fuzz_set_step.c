/* Any bytes as a step of a lookup set, from a set of SET_CLASS_MIN entries: what is accepted is written again as the same
 * bytes; done on a plain list it gives what the held set has then; refused, it leaves no trace. The input is the step's
 * body; its root is put right as well, when there is one that is. */
#include <stdlib.h>

#include "base/bytes.h"
#include "matching/held_set.h"
#include "matching/set_tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CLASS = SET_CLASS_MIN, EPOCH = 3, VERSION = 5 };

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

/* Entries that an input can easily name: 256, 512, ... */
static void first_set(struct set_tree *tree)
{
    require(set_tree_new(CLASS, false, tree, NULL) == RESULT_OK);
    for (uint32_t i = 0; i < CLASS; i++) {
        tree->entries[i] = (uint64_t)(i + 1) << 8;
    }
    set_tree_hash(tree);
}

static struct held_set *held(const struct set_tree *tree)
{
    struct held_set *set = NULL;
    struct buf body;
    const struct set_header header = {
        .epoch = EPOCH, .newest = EPOCH, .class = CLASS, .version = VERSION, .root = *set_tree_root(tree)};
    buf_init(&body, 4096);
    set_write_page(&header, tree->entries, &body);
    require(held_set_begin(NULL, buf_slice(&body), &set, NULL) == RESULT_OK);
    require(held_set_finish(set, NULL) == RESULT_OK);
    buf_free(&body);
    return set;
}

static int by_number(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a;
    const uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* The step on a plain list; false: it cannot be done. Hashed afterwards. */
static bool done_plainly(struct set_tree *tree, const struct set_header *header, struct slice payload)
{
    uint64_t *entries = tree->entries;
    for (uint32_t i = 0; i < header->swaps; i++) {
        const uint64_t goes = bytes_get_u64(payload.ptr + (size_t)i * 16);
        uint64_t *found = NULL;
        for (uint32_t k = 0; k < CLASS; k++) {
            if (entries[k] == bytes_get_u64(payload.ptr + (size_t)i * 16 + 8)) {
                return false;
            }
            found = entries[k] == goes ? &entries[k] : found;
        }
        if (found == NULL) {
            return false;
        }
        *found = 0; /* so that what comes is looked for among what was there */
    }
    for (uint32_t i = 0, k = 0; i < CLASS; i++) {
        if (entries[i] == 0) {
            entries[i] = bytes_get_u64(payload.ptr + (size_t)k++ * 16 + 8);
        }
    }
    qsort(entries, CLASS, sizeof *entries, by_number);
    set_tree_hash(tree);
    return true;
}

static void require_same_bytes(const struct set_header *header, struct slice payload, struct slice body)
{
    struct set_swap swaps[SET_STEP_SWAPS] = {0};
    struct buf again;
    for (uint32_t i = 0; i < header->swaps; i++) {
        swaps[i].goes = bytes_get_u64(payload.ptr + (size_t)i * 16);
        swaps[i].comes = bytes_get_u64(payload.ptr + (size_t)i * 16 + 8);
    }
    buf_init(&again, body.len);
    set_write_step(header, swaps, &again);
    require(buf_ok(&again) && slice_equal(buf_slice(&again), body));
    buf_free(&again);
}

static void require_has(const struct held_set *set, const struct set_tree *tree)
{
    require(memcmp(&held_set_header(set)->root, set_tree_root(tree), SHA256_SIZE) == 0);
    for (uint32_t i = 0; i < CLASS; i++) {
        require(held_set_has(set, tree->entries[i]));
    }
}

static void try_step(struct slice body)
{
    struct set_tree before;
    struct set_tree after;
    struct set_header header;
    struct slice payload;
    struct error err;
    first_set(&before);
    first_set(&after);
    struct held_set *set = held(&before);
    bool good = set_read(body, &header, &payload, NULL) == RESULT_OK && header.part == SET_STEP;
    if (good) {
        require_same_bytes(&header, payload, body);
        good = header.class == CLASS && header.epoch == EPOCH && header.from == VERSION &&
               memcmp(&header.key, &held_set_header(set)->key, sizeof header.key) == 0 &&
               done_plainly(&after, &header, payload) &&
               memcmp(&header.root, set_tree_root(&after), sizeof header.root) == 0;
    }
    require((held_set_step(set, body, &err) == RESULT_OK) == good);
    require_has(set, good ? &after : &before);
    held_set_free(set);
    set_tree_free(&before);
    set_tree_free(&after);
}

/* The same with what would be refused first put right: where it starts from, and the root that it leads to. */
static void mend(uint8_t *body, size_t size)
{
    struct set_tree after;
    struct set_header header;
    struct slice payload;
    bytes_put_u32(body + 8, EPOCH);
    bytes_put_u32(body + 16, CLASS);
    bytes_put_u64(body + 32, VERSION);
    memset(body + 72, 0, 32);
    first_set(&after);
    if (set_read(slice_of(body, size), &header, &payload, NULL) == RESULT_OK && header.part == SET_STEP &&
        done_plainly(&after, &header, payload)) {
        memcpy(body + 40, set_tree_root(&after), SHA256_SIZE);
    }
    set_tree_free(&after);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    try_step(slice_of(data, size));
    if (size >= SET_HEADER_BYTES) {
        uint8_t *body = malloc(size);
        require(body != NULL);
        memcpy(body, data, size);
        mend(body, size);
        try_step(slice_of(body, size));
        free(body);
    }
    return 0;
}
