#include "audit/receipt.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/bytes.h"
#include "base/encode.h"
#include "base/merkle.h"

enum {
    RECEIPT_VERSION = 1,
    AT_GENERATION = 1,
    AT_RECORD = 5,
    AT_LEAF = AT_RECORD + IDENT_SIZE,
    AT_BEFORE = AT_LEAF + SHA256_SIZE,
    AT_PLACE = AT_BEFORE + 8,
    AT_PATH = AT_PLACE + 1,
    AT_SIGNATURE = AT_PATH + RECEIPT_DEPTH * SHA256_SIZE,
    STATEMENT_MAX = 160 + NOTE_NAME_MAX, /* the words, the numbers and the hex of a root */
};
_Static_assert(AT_SIGNATURE + ED25519_SIGNATURE_SIZE == RECEIPT_BYTES, "the parts fill a receipt");

static void promise_hash(const struct receipt_promise *promise, struct sha256 *out)
{
    uint8_t bytes[IDENT_SIZE + SHA256_SIZE];
    memcpy(bytes, promise->record_id.bytes, IDENT_SIZE);
    memcpy(bytes + IDENT_SIZE, promise->leaf_hash.bytes, SHA256_SIZE);
    merkle_leaf_hash(slice_of(bytes, sizeof bytes), out);
}

/* What is signed. */
struct statement {
    size_t len;
    char text[STATEMENT_MAX];
};

static void statement(const char *origin, uint32_t generation, int64_t before_ms, const struct sha256 *root,
                      struct statement *out)
{
    char hex[2 * SHA256_SIZE + 1];
    hex_encode(slice_of(root->bytes, SHA256_SIZE), hex);
    const int len =
        snprintf(out->text, sizeof out->text, "ketenbrug/ontvangstbewijs/v1\n%.*s %" PRIu32 "\n%" PRId64 "\n%s\n",
                 (int)NOTE_NAME_MAX, origin, generation, before_ms, hex);
    out->len = (size_t)len;
}

/* A random place for each of `count`: a shuffle of which only the first are drawn. */
static void draw_places(const struct entropy *entropy, size_t count, uint8_t places[RECEIPT_GROUP_MAX])
{
    uint8_t random[2 * RECEIPT_GROUP_MAX];
    entropy->fill(entropy->ctx, random, 2 * count);
    for (size_t i = 0; i < RECEIPT_GROUP_MAX; i++) {
        places[i] = (uint8_t)i;
    }
    for (size_t i = 0; i < count; i++) {
        const size_t other = i + bytes_get_u16(random + 2 * i) % (RECEIPT_GROUP_MAX - i);
        const uint8_t kept = places[i];
        places[i] = places[other];
        places[other] = kept;
    }
}

struct group {
    bool used[RECEIPT_NODES];
    struct sha256 node[RECEIPT_NODES];
};

/* From the places up; a subtree with nothing in it is a random hash where a path needs it, and else is not there. */
static void build(struct group *group, const struct entropy *entropy)
{
    for (size_t i = RECEIPT_GROUP_MAX - 1; i != 0; i--) {
        struct sha256 *left = &group->node[2 * i];
        struct sha256 *right = &group->node[2 * i + 1];
        if (!group->used[2 * i] && !group->used[2 * i + 1]) {
            continue;
        }
        if (!group->used[2 * i]) {
            entropy->fill(entropy->ctx, left->bytes, SHA256_SIZE);
        }
        if (!group->used[2 * i + 1]) {
            entropy->fill(entropy->ctx, right->bytes, SHA256_SIZE);
        }
        merkle_node_hash(left, right, &group->node[i]);
        group->used[i] = true;
    }
}

static void write_receipt(const struct receipt_log *log, const struct group *group, size_t place,
                          const struct receipt_promise *promise, int64_t before_ms,
                          const uint8_t signature[ED25519_SIGNATURE_SIZE], uint8_t *out)
{
    out[0] = RECEIPT_VERSION;
    bytes_put_u32(out + AT_GENERATION, log->generation);
    memcpy(out + AT_RECORD, promise->record_id.bytes, IDENT_SIZE);
    memcpy(out + AT_LEAF, promise->leaf_hash.bytes, SHA256_SIZE);
    bytes_put_u64(out + AT_BEFORE, (uint64_t)before_ms);
    out[AT_PLACE] = (uint8_t)place;
    uint8_t *path = out + AT_PATH;
    for (size_t node = RECEIPT_GROUP_MAX + place; node != 1; node /= 2, path += SHA256_SIZE) {
        memcpy(path, group->node[node ^ 1U].bytes, SHA256_SIZE);
    }
    memcpy(out + AT_SIGNATURE, signature, ED25519_SIGNATURE_SIZE);
}

enum result receipts_make(const struct receipt_log *log, const struct receipt_promise *promises, size_t count,
                          int64_t before_ms, const struct entropy *entropy, uint8_t (*out)[RECEIPT_BYTES],
                          struct error *err)
{
    struct group group;
    uint8_t places[RECEIPT_GROUP_MAX];
    uint8_t signature[ED25519_SIGNATURE_SIZE];
    struct statement text = {.len = 0};
    ENSURE(count != 0 && count <= RECEIPT_GROUP_MAX, err, FAULT_INTERNAL, "ontvangstbewijs", "1 tot en met %d regels",
           (int)RECEIPT_GROUP_MAX);
    memset(group.used, 0, sizeof group.used);
    draw_places(entropy, count, places);
    for (size_t i = 0; i < count; i++) {
        promise_hash(&promises[i], &group.node[RECEIPT_GROUP_MAX + places[i]]);
        group.used[RECEIPT_GROUP_MAX + places[i]] = true;
    }
    build(&group, entropy);
    statement(log->origin, log->generation, before_ms, &group.node[1], &text);
    TRY(ed25519_sign(log->key->key, slice_of(text.text, text.len), signature, err));
    for (size_t i = 0; i < count; i++) {
        write_receipt(log, &group, places[i], &promises[i], before_ms, signature, out[i]);
    }
    return RESULT_OK;
}

enum result receipt_parse(struct slice bytes, struct receipt *out, struct error *err)
{
    ENSURE(bytes.len == RECEIPT_BYTES && bytes.ptr[0] == RECEIPT_VERSION && bytes.ptr[AT_PLACE] < RECEIPT_GROUP_MAX &&
               bytes_get_u64(bytes.ptr + AT_BEFORE) <= INT64_MAX,
           err, FAULT_INVALID, "ontvangstbewijs", "hier horen %d bytes in de afgesproken vorm", (int)RECEIPT_BYTES);
    out->generation = bytes_get_u32(bytes.ptr + AT_GENERATION);
    memcpy(out->promise.record_id.bytes, bytes.ptr + AT_RECORD, IDENT_SIZE);
    memcpy(out->promise.leaf_hash.bytes, bytes.ptr + AT_LEAF, SHA256_SIZE);
    out->before_ms = (int64_t)bytes_get_u64(bytes.ptr + AT_BEFORE);
    memcpy(out->signature, bytes.ptr + AT_SIGNATURE, ED25519_SIGNATURE_SIZE);
    out->place = bytes.ptr[AT_PLACE];
    memcpy(out->path, bytes.ptr + AT_PATH, sizeof out->path);
    return RESULT_OK;
}

/* The nodes above a receipt's place, as far as they were reckoned. */
struct climb {
    unsigned level;
    struct sha256 nodes[RECEIPT_DEPTH + 1]; /* 0 .. level: of the place, and so on */
};

static size_t node_at(const struct receipt *receipt, unsigned level)
{
    return (RECEIPT_GROUP_MAX + receipt->place) >> level;
}

static void climb_one(const struct receipt *receipt, struct climb *climb)
{
    const struct sha256 *node = &climb->nodes[climb->level];
    const struct sha256 *beside = &receipt->path[climb->level];
    const bool right = (node_at(receipt, climb->level) & 1U) != 0;
    merkle_node_hash(right ? beside : node, right ? node : beside, &climb->nodes[climb->level + 1]);
    climb->level++;
}

static bool same(const struct sha256 *a, const struct sha256 *b)
{
    return memcmp(a->bytes, b->bytes, SHA256_SIZE) == 0;
}

/* Up to the first node that is known, and whether it is that node, with what is known beside all above it. */
static bool joins(const struct receipt_seen *one, const struct receipt *receipt, struct climb *climb)
{
    while (!one->known[node_at(receipt, climb->level)]) { /* the root is */
        climb_one(receipt, climb);
    }
    bool joined = same(&climb->nodes[climb->level], &one->node[node_at(receipt, climb->level)]);
    for (unsigned level = climb->level; joined && level < RECEIPT_DEPTH; level++) {
        joined = same(&receipt->path[level], &one->node[node_at(receipt, level) ^ 1U]);
    }
    return joined;
}

static void learn(struct receipt_seen *one, const struct receipt *receipt, const struct climb *climb)
{
    for (unsigned level = 0; level < climb->level; level++) {
        const size_t node = node_at(receipt, level);
        one->known[node] = true;
        one->known[node ^ 1U] = true;
        one->node[node] = climb->nodes[level];
        one->node[node ^ 1U] = receipt->path[level];
    }
}

/* All that a signature is about but the root, with the key and the signature itself. NULL: not seen. */
static struct receipt_seen *find_seen(struct receipt_cache *cache, const struct receipt *receipt, const char *origin,
                                      const uint8_t key[ED25519_PUBLIC_SIZE])
{
    for (size_t i = 1; i <= cache->count; i++) { /* the latest first: those of a group come together */
        struct receipt_seen *one = &cache->seen[(cache->next + RECEIPT_CACHE - i) % RECEIPT_CACHE];
        if (memcmp(one->signature, receipt->signature, ED25519_SIGNATURE_SIZE) == 0 &&
            one->before_ms == receipt->before_ms && one->generation == receipt->generation &&
            strcmp(one->origin, origin) == 0 && memcmp(one->key, key, ED25519_PUBLIC_SIZE) == 0) {
            return one;
        }
    }
    return NULL;
}

static void remember(struct receipt_cache *cache, const struct receipt *receipt, const char *origin,
                     const uint8_t key[ED25519_PUBLIC_SIZE], const struct climb *climb)
{
    struct receipt_seen *one = &cache->seen[cache->next];
    one->before_ms = receipt->before_ms;
    one->generation = receipt->generation;
    (void)snprintf(one->origin, sizeof one->origin, "%s", origin);
    memcpy(one->key, key, sizeof one->key);
    memcpy(one->signature, receipt->signature, sizeof one->signature);
    memset(one->known, 0, sizeof one->known);
    one->known[1] = true;
    one->node[1] = climb->nodes[RECEIPT_DEPTH];
    learn(one, receipt, climb);
    cache->next = (cache->next + 1) % RECEIPT_CACHE;
    cache->count += cache->count < RECEIPT_CACHE;
}

bool receipt_holds(const struct receipt *receipt, const char *origin, const struct note_key *key,
                   struct receipt_cache *cache)
{
    struct climb climb = {.level = 0};
    struct statement text = {.len = 0};
    uint8_t public[ED25519_PUBLIC_SIZE];
    ed25519_public(key->key, public);
    promise_hash(&receipt->promise, &climb.nodes[0]);
    struct receipt_seen *one = find_seen(cache, receipt, origin, public);
    if (one != NULL && joins(one, receipt, &climb)) {
        learn(one, receipt, &climb);
        return true;
    }
    while (climb.level < RECEIPT_DEPTH) {
        climb_one(receipt, &climb);
    }
    statement(origin, receipt->generation, receipt->before_ms, &climb.nodes[RECEIPT_DEPTH], &text);
    if (!ed25519_holds(key->key, slice_of(text.text, text.len), receipt->signature)) {
        return false;
    }
    remember(cache, receipt, origin, public, &climb);
    return true;
}
