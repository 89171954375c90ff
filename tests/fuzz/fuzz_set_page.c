/* Any bytes as a page of a lookup set, and as pieces of a stored one: what is accepted is in order and is written again as
 * the same bytes; a set is believed when its root is that of its entries, and only then. */
#include <stdlib.h>

#include "base/bytes.h"
#include "matching/held_set.h"
#include "matching/set_tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

/* Written from what was read, it is the same. */
static void require_same_bytes(const struct set_header *header, struct slice payload, struct slice body)
{
    struct buf again;
    uint64_t last = 0;
    uint64_t *entries = calloc(header->class, sizeof *entries);
    require(entries != NULL);
    for (size_t i = 0; i < payload.len / SET_ENTRY_BYTES; i++) {
        entries[header->place + i] = bytes_get_u64(payload.ptr + i * SET_ENTRY_BYTES);
        require(entries[header->place + i] > last);
        last = entries[header->place + i];
    }
    buf_init(&again, body.len);
    set_write_page(header, entries, &again);
    require(buf_ok(&again) && slice_equal(buf_slice(&again), body));
    buf_free(&again);
    free(entries);
}

/* The root that its entries have, when this page is all of the set. */
static bool true_root(const struct set_header *header, struct slice payload, struct sha256 *root)
{
    struct set_tree tree;
    if (payload.len / SET_ENTRY_BYTES != header->class ||
        set_tree_new(header->class, false, &tree, NULL) != RESULT_OK) {
        return false;
    }
    for (uint32_t i = 0; i < header->class; i++) {
        tree.entries[i] = bytes_get_u64(payload.ptr + (size_t)i * SET_ENTRY_BYTES);
    }
    set_tree_hash(&tree);
    *root = *set_tree_root(&tree);
    set_tree_free(&tree);
    return true;
}

static void take(struct slice body, const struct sha256 *root)
{
    struct held_set *set = NULL;
    struct error err;
    if (held_set_begin(NULL, body, &set, &err) != RESULT_OK) {
        require(err.what[0] != '\0');
        return;
    }
    const struct set_header *header = held_set_header(set);
    const bool finished = held_set_finish(set, &err) == RESULT_OK;
    require(finished == (root != NULL && memcmp(&header->root, root, sizeof *root) == 0));
    require(held_set_has(set, bytes_get_u64(body.ptr + SET_HEADER_BYTES)) == finished);
    held_set_free(set);
}

/* The rest of the input as a stored set: a head that is right, and pieces cut where the input says. */
static void load(const uint8_t *data, size_t size)
{
    struct held_set *set = NULL;
    struct buf head;
    struct set_header header = {.class = (uint32_t)SET_CLASS_MIN << data[0] % 6, .version = 1};
    buf_init(&head, SET_HEADER_BYTES);
    set_write_header(&header, &head);
    require(held_set_load(buf_slice(&head), &set, NULL) == RESULT_OK);
    for (size_t at = 1; at < size;) {
        const size_t want = (size_t)data[at] * 8 + (data[at] == 255);
        const size_t there = size - at - 1 < want ? size - at - 1 : want;
        if (held_set_load_piece(set, slice_of(data + at + 1, there), NULL) != RESULT_OK) {
            break;
        }
        at += there + 1;
    }
    require(held_set_finish(set, NULL) != RESULT_OK);
    held_set_free(set);
    buf_free(&head);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct set_header header;
    struct slice payload;
    struct sha256 root;
    if (size == 0) {
        return 0;
    }
    load(data, size);
    if (size < SET_HEADER_BYTES || (bytes_get_u32(data + 16) > 65536 && bytes_get_u32(data + 16) <= SET_CLASS_MAX)) {
        return 0; /* memory for large ones is not what is looked at */
    }
    if (set_read(slice_of(data, size), &header, &payload, NULL) != RESULT_OK || header.part != SET_PAGE) {
        take(slice_of(data, size), NULL);
        return 0;
    }
    require_same_bytes(&header, payload, slice_of(data, size));
    const bool whole = true_root(&header, payload, &root);
    take(slice_of(data, size), whole ? &root : NULL);
    if (whole) { /* and with the root put right */
        uint8_t *mended = malloc(size);
        require(mended != NULL);
        memcpy(mended, data, size);
        memcpy(mended + 40, root.bytes, sizeof root.bytes);
        struct held_set *set = NULL;
        if (held_set_begin(NULL, slice_of(mended, size), &set, NULL) == RESULT_OK) {
            require(held_set_finish(set, NULL) == RESULT_OK);
            require(held_set_has(set, bytes_get_u64(payload.ptr)));
            held_set_free(set);
        }
        free(mended);
    }
    return 0;
}
