/* What proves a record of an export: its leaf, the path to the checkpoint, the other side's receipt, its own key.
 *
 * Records of an export mostly lie beside each other. The hashes of 256 leaves that make a whole subtree are read once, and
 * so is the path from there up, which all of them share. */
#include <string.h>

#include "api/export_parts.h"
#include "base/mem.h"

enum { BASE64_MAX = 2 * LOG_LEAF_BYTES, LEVELS = MERKLE_TILE_LEVELS, TILE = 1 << LEVELS };

struct export_tile {
    bool whole; /* it holds what `first` says */
    uint64_t first;
    struct sha256 nodes[2 * TILE]; /* in heap order: 1 is the root, from TILE on the leaves */
    struct merkle_proof above;
};

struct export_tile *export_tile_new(void)
{
    return mem_zalloc(sizeof(struct export_tile));
}

static bool fail(struct exporting *x, const struct error *err, uint64_t sequence)
{
    if (err != NULL) {
        x->err = *err;
    } else {
        (void)error_set(&x->err, FAULT_STORE, "logboek", "regel %llu past niet bij het controlepunt",
                        (unsigned long long)sequence);
    }
    return false;
}

/* ---- the path ---- */

struct reading {
    struct exporting *x;
    struct merkle_proof *proof;
    bool done;
};

static void take_leaves(void *ctx, const struct store_leaf *leaves, size_t count, const struct error *err)
{
    struct reading *r = ctx;
    struct export_tile *tile = r->x->tile;
    r->done = err == NULL && count == TILE;
    for (size_t i = 0; i < TILE && r->done; i++) {
        r->done = leaves[i].sequence == tile->first + i;
        merkle_leaf_hash(slice_of(leaves[i].leaf, LOG_LEAF_BYTES), &tile->nodes[TILE + i]);
    }
    if (!r->done) {
        (void)fail(r->x, err, tile->first);
    }
}

static void take_proof(void *ctx, const struct merkle_proof *proof, const struct error *err)
{
    struct reading *r = ctx;
    r->done = err == NULL;
    if (err != NULL) {
        r->x->err = *err;
    } else {
        *r->proof = *proof;
    }
}

static bool load_tile(struct exporting *x, uint64_t first)
{
    struct export_tile *tile = x->tile;
    struct merkle_proof whole = {.count = 0};
    struct reading reading = {x, &whole, false};
    if (tile->whole && tile->first == first) {
        return true;
    }
    tile->whole = false;
    tile->first = first;
    store_log_read(x->call.api->door, first, TILE, take_leaves, &reading);
    if (reading.done) {
        store_log_inclusion(x->call.api->door, first, x->checkpoint.size, take_proof, &reading);
    }
    if (!reading.done || whole.count < LEVELS) {
        return false;
    }
    for (size_t i = TILE - 1; i != 0; i--) {
        merkle_node_hash(&tile->nodes[2 * i], &tile->nodes[2 * i + 1], &tile->nodes[i]);
    }
    tile->above.count = whole.count - LEVELS;
    memcpy(tile->above.hashes, whole.hashes + LEVELS, tile->above.count * sizeof *whole.hashes);
    tile->whole = true;
    return true;
}

static bool find_path(struct exporting *x, uint64_t sequence, struct merkle_proof *out)
{
    const uint64_t first = sequence - sequence % TILE;
    struct reading reading = {x, out, false};
    if (first + TILE > x->checkpoint.size) { /* the last leaves make no whole one */
        store_log_inclusion(x->call.api->door, sequence, x->checkpoint.size, take_proof, &reading);
        return reading.done;
    }
    if (!load_tile(x, first)) {
        return false;
    }
    size_t node = TILE + (size_t)(sequence % TILE);
    for (out->count = 0; out->count < LEVELS; node /= 2) {
        out->hashes[out->count++] = x->tile->nodes[node ^ 1U];
    }
    memcpy(out->hashes + LEVELS, x->tile->above.hashes, x->tile->above.count * sizeof *out->hashes);
    out->count += x->tile->above.count;
    return true;
}

/* ---- the line ---- */

static void put_base64(struct json_writer *w, const char *name, const uint8_t *bytes, size_t len)
{
    struct buf text;
    buf_init(&text, BASE64_MAX);
    base64_encode(slice_of(bytes, len), &text);
    json_put_slice(w, name, buf_slice(&text));
    buf_free(&text);
}

static void put_key(const struct exporting *x, struct json_writer *w, const uint8_t *leaf, struct seal_class class)
{
    uint8_t key[SEAL_KEY_SIZE];
    char hex[2 * SEAL_KEY_SIZE + 1];
    struct error err;
    if (seal_record_key(x->call.api->keyring, class, leaf + LOG_VISIBLE_BYTES, key, &err) == RESULT_OK) {
        hex_encode(slice_of(key, sizeof key), hex);
        json_put_text(w, "sleutel", hex);
    }
    mem_wipe(key, sizeof key);
    mem_wipe(hex, sizeof hex);
}

/* What does not prove it is not given out as proof of it. */
static bool path_of(struct exporting *x, const struct store_leaf *leaf, struct merkle_proof *path)
{
    struct sha256 hash;
    merkle_leaf_hash(slice_of(leaf->leaf, LOG_LEAF_BYTES), &hash);
    return find_path(x, leaf->sequence, path) &&
           (merkle_inclusion_holds(leaf->sequence, x->checkpoint.size, &hash, path, &x->checkpoint.root) ||
            fail(x, NULL, leaf->sequence));
}

bool export_prove(struct exporting *x, const struct store_leaf *leaf, struct seal_class class, const char *id)
{
    struct merkle_proof path = {.count = 0};
    if (!path_of(x, leaf, &path)) {
        return false;
    }
    struct json_writer w = json_writer(&x->evidence);
    json_begin_object(&w, NULL);
    json_put_int(&w, "volgnummer", (int64_t)leaf->sequence);
    json_put_text(&w, "kenmerk", id);
    put_base64(&w, "blad", leaf->leaf, LOG_LEAF_BYTES);
    json_begin_array(&w, "pad");
    for (size_t i = 0; i < path.count; i++) {
        put_base64(&w, NULL, path.hashes[i].bytes, SHA256_SIZE);
    }
    json_end_array(&w);
    if (leaf->receipt.len == RECEIPT_BYTES) {
        char text[RECEIPT_TEXT + 1];
        receipt_write(leaf->receipt.ptr, text);
        json_put_slice(&w, "ontvangstbewijs", slice_of(text, RECEIPT_TEXT));
    }
    if (x->keys) {
        put_key(x, &w, leaf->leaf, class);
    }
    json_end_object(&w);
    buf_text(&x->evidence, "\n");
    return true;
}
