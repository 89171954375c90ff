/*
 * Sets in the store: a head for each, and its entries in pieces by fingerprint, so that a step rewrites few of them. Pieces
 * are committed before the head, whose root they must come to: what a crash left half written is fetched anew.
 */
#include <inttypes.h>
#include <stdio.h>

#include "api/later.h"
#include "api/lookups_parts.h"
#include "base/bytes.h"
#include "base/mem.h"

enum {
    ITEM_VERSION = 1,
    NAME_BYTES = 1 + OIN_DIGITS + 1 + CODE_MAX + 4,
    KEY_TEXT = OIN_DIGITS + 1 + CODE_MAX + 1 + 10,
};

#define HEAD UINT32_MAX

struct place {
    char text[KEY_TEXT + 1];
};

static struct place place_of(const struct lookup *lookup, uint32_t number)
{
    struct place place;
    (void)snprintf(place.text, sizeof place.text, "%s %s %" PRIu32, lookup->provider.digits, lookup->purpose, number);
    return place;
}

static void id_of(const struct lookup *lookup, const struct place *place, struct ident *out)
{
    _Static_assert((int)SEAL_HASH_SIZE == (int)IDENT_SIZE, "a keyed hash is an id");
    seal_hash(lookup->lookups->api->keyring, SEAL_PSEUDONYM, slice_text("opzoeksets"), slice_text(place->text),
              out->bytes);
}

/* ---- items ---- */

static void put_name(const struct lookup *lookup, uint32_t number, struct buf *out)
{
    uint8_t bytes[4];
    bytes_put_u32(bytes, number);
    buf_byte(out, ITEM_VERSION);
    buf_bytes(out, lookup->provider.digits, OIN_DIGITS);
    buf_byte(out, (uint8_t)strlen(lookup->purpose));
    buf_text(out, lookup->purpose);
    buf_bytes(out, bytes, sizeof bytes);
}

/* What stands behind the name; false: it is none. */
static bool take_name(struct slice payload, struct oin *provider, struct slice *purpose, uint32_t *number,
                      struct slice *rest)
{
    const size_t fixed = 1 + OIN_DIGITS + 1;
    if (payload.len < fixed || payload.ptr[0] != ITEM_VERSION) {
        return false;
    }
    const size_t len = payload.ptr[fixed - 1];
    if (payload.len < fixed + len + 4) {
        return false;
    }
    *provider = (struct oin){""};
    memcpy(provider->digits, payload.ptr + 1, OIN_DIGITS);
    *purpose = slice_of(payload.ptr + fixed, len);
    *number = bytes_get_u32(payload.ptr + fixed + len);
    *rest = slice_of(payload.ptr + fixed + len + 4, payload.len - fixed - len - 4);
    return true;
}

bool lookups_piece_of(const struct lookups *lookups, struct slice payload, struct lookup **out, uint32_t *number)
{
    struct oin provider;
    struct slice purpose;
    struct slice rest;
    if (!take_name(payload, &provider, &purpose, number, &rest)) {
        return false;
    }
    *out = lookups_find(lookups, &provider, purpose);
    return true;
}

static void put_u64(struct buf *out, uint64_t value)
{
    uint8_t bytes[8];
    bytes_put_u64(bytes, value);
    buf_bytes(out, bytes, sizeof bytes);
}

static uint64_t date_number(const struct date *date)
{
    return date_is_set(date) ? (uint64_t)date->year * 10000 + (uint64_t)date->month * 100 + date->day : 0;
}

static struct date number_date(uint64_t number)
{
    return (struct date){
        .year = (int16_t)(number / 10000), .month = (uint8_t)(number / 100 % 100), .day = (uint8_t)(number % 100)};
}

/* With the set goes what was counted, so that it outlives a restart but for what came since the last tick. */
static void put_head(const struct lookup *lookup, struct buf *out)
{
    put_name(lookup, HEAD, out);
    put_u64(out, (uint64_t)lookup->risen_ms);
    put_u64(out, (uint64_t)lookup->counted_ms);
    put_u64(out, lookup->hits);
    put_u64(out, lookup->empties);
    put_u64(out, date_number(&lookup->told[0]));
    put_u64(out, date_number(&lookup->told[1]));
    for (size_t i = 0; i < LOOKUP_COUNT_COUNT; i++) {
        put_u64(out, lookup->counts[i]);
    }
    held_set_write_head(lookup->set, out);
}

static bool take_head(struct lookup *lookup, struct slice rest, struct slice *held)
{
    enum { NUMBERS = 6 + LOOKUP_COUNT_COUNT };
    uint64_t numbers[NUMBERS];
    if (rest.len < sizeof numbers) {
        return false;
    }
    for (size_t i = 0; i < NUMBERS; i++) {
        numbers[i] = bytes_get_u64(rest.ptr + 8 * i);
    }
    lookup->risen_ms = (int64_t)numbers[0];
    lookup->counted_ms = (int64_t)numbers[1];
    lookup->hits = numbers[2];
    lookup->empties = numbers[3];
    lookup->told[0] = number_date(numbers[4]);
    lookup->told[1] = number_date(numbers[5]);
    memcpy(lookup->counts, numbers + 6, sizeof lookup->counts);
    *held = slice_of(rest.ptr + sizeof numbers, rest.len - sizeof numbers);
    return true;
}

/* ---- writing ---- */

struct keeping {
    struct lookup *lookup;
    void (*kept)(void *ctx);
    void *ctx;
    uint32_t next;   /* piece to look at */
    uint32_t before; /* pieces that the store had */
    bool all;
    bool done; /* the head is in the batch that was committed last */
};

static void write_some(struct keeping *k);

static void keep_over(struct keeping *k, const struct error *err)
{
    struct lookup *lookup = k->lookup;
    void (*const kept)(void *) = k->kept;
    void *const ctx = k->ctx;
    lookup->all_changed = err != NULL;
    if (err != NULL) {
        log_error(lookup->lookups->api->log, LOG_ERROR, "opzoekset-niet-bewaard", err);
    }
    mem_free(k);
    kept(ctx);
}

static void written(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct keeping *k = ctx;
    (void)committed;
    if (err != NULL || k->done) {
        keep_over(k, err);
    } else {
        write_some(k);
    }
}

static enum result put_item(const struct lookup *lookup, uint32_t number, struct store_batch *batch, struct error *err)
{
    const struct place place = place_of(lookup, number);
    struct buf payload;
    struct store_write item = {.payload = {NULL, 0}};
    buf_init(&payload, STORE_PAYLOAD_MAX);
    id_of(lookup, &place, &item.id);
    if (number == HEAD) {
        put_head(lookup, &payload);
    } else {
        put_name(lookup, number, &payload);
        held_set_write_piece(lookup->set, number, &payload);
    }
    item.payload = buf_slice(&payload);
    const enum result result = buf_result(&payload, "opzoekset", err);
    if (result == RESULT_OK) {
        store_put(batch, STORE_LOOKUP_SET, &item);
    }
    buf_free(&payload);
    return result;
}

static void remove_item(const struct lookup *lookup, uint32_t number, struct store_batch *batch)
{
    const struct place place = place_of(lookup, number);
    struct ident id;
    id_of(lookup, &place, &id);
    store_remove(batch, STORE_LOOKUP_SET, &id);
}

/* Up to so many pieces; behind the last the head, and what the store has more than there are now. */
static enum result fill_batch(struct keeping *k, struct store_batch *batch, struct error *err)
{
    struct lookup *lookup = k->lookup;
    const uint32_t pieces = held_set_pieces(lookup->set);
    uint32_t put = 0;
    for (; k->next < pieces && put < MATCH_KEPT_PIECES; k->next++) {
        if (k->all || held_set_piece_changed(lookup->set, k->next)) {
            TRY(put_item(lookup, k->next, batch, err));
            put++;
        }
    }
    if (k->next < pieces) {
        return RESULT_OK;
    }
    for (; k->before > pieces && put < STORE_BATCH_MAX / 2; put++) {
        remove_item(lookup, --k->before, batch);
    }
    if (k->before <= pieces) {
        TRY(put_item(lookup, HEAD, batch, err));
        held_set_stored(lookup->set);
        lookup->pieces = pieces;
        k->done = true;
    }
    return RESULT_OK;
}

static void write_some(struct keeping *k)
{
    struct store_door *door = k->lookup->lookups->api->door;
    struct store_batch *batch = store_batch_new(door);
    struct error err;
    enum result result = batch != NULL ? RESULT_OK : error_set(&err, FAULT_NO_MEMORY, "opzoekset", "geen geheugen");
    if (result == RESULT_OK) {
        result = fill_batch(k, batch, &err);
    }
    if (result == RESULT_OK) {
        store_commit(door, batch, written, k);
    } else {
        store_batch_free(batch);
        keep_over(k, &err);
    }
}

void lookups_keep(struct lookup *lookup, void (*kept)(void *ctx), void *ctx)
{
    struct keeping *k = mem_zalloc(sizeof *k);
    if (k == NULL) {
        lookup->all_changed = true;
        kept(ctx);
        return;
    }
    *k = (struct keeping){
        .lookup = lookup, .kept = kept, .ctx = ctx, .before = lookup->pieces, .all = lookup->all_changed};
    write_some(k);
}

static void forgotten(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct api *api = ctx;
    (void)committed;
    api->calls--;
    if (err != NULL) { /* the sweep finds it */
        log_error(api->log, LOG_ERROR, "opzoekset-niet-verwijderd", err);
    }
}

void lookups_forget(const struct lookup *lookup)
{
    struct api *api = lookup->lookups->api;
    struct store_batch *batch = store_batch_new(api->door);
    if (batch == NULL) {
        return;
    }
    /* The sweep takes the rest of a very large one. */
    for (uint32_t i = 0; i < lookup->pieces && i < STORE_BATCH_MAX / 2; i++) {
        remove_item(lookup, i, batch);
    }
    remove_item(lookup, HEAD, batch);
    api->calls++;
    store_commit(api->door, batch, forgotten, api);
}

/* ---- reading, at the start ---- */

struct loading {
    struct lookups *lookups;
    struct held_set *set;
    uint32_t next;
    bool there;
    enum result result;
    struct error err;
};

static void load_next(struct loading *l);

static void load_over(struct loading *l)
{
    struct lookups *lookups = l->lookups;
    mem_free(l);
    lookups->loaded = true;
    lookups->api->calls--;
    lookups->ready(lookups->ready_ctx, NULL);
}

static void one_loaded(struct loading *l)
{
    struct lookups *lookups = l->lookups;
    struct lookup *lookup = lookups->all[lookups->loading++];
    if (l->set != NULL && l->result == RESULT_OK) {
        lookup->set = l->set;
        lookup->pieces = held_set_pieces(l->set);
    } else if (l->set != NULL) { /* half written, or damaged: it is fetched */
        log_error(lookups->api->log, LOG_WARNING, "opzoekset-opnieuw", &l->err);
        lookup->pieces = held_set_pieces(l->set);
        held_set_free(l->set);
    }
    l->set = NULL;
    load_next(l);
}

static void finish(void *ctx)
{
    struct loading *l = ctx;
    l->result = held_set_finish(l->set, &l->err);
}

static void finished(void *ctx)
{
    one_loaded(ctx);
}

static void piece_found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct loading *l = ctx;
    struct oin provider;
    struct slice purpose;
    struct slice rest;
    uint32_t number = 0;
    if (failed != NULL) {
        l->err = *failed;
    } else if (found->item == NULL || !take_name(found->item->payload, &provider, &purpose, &number, &rest)) {
        (void)error_set(&l->err, FAULT_STORE, "opzoekset", "een stuk ontbreekt");
    } else {
        l->result = held_set_load_piece(l->set, rest, &l->err);
        l->next++;
    }
}

/* Some, and then others get their turn. */
static void load_pieces(void *ctx)
{
    struct loading *l = ctx;
    struct api *api = l->lookups->api;
    const struct lookup *lookup = l->lookups->all[l->lookups->loading];
    const uint32_t pieces = held_set_pieces(l->set);
    l->result = RESULT_OK;
    for (uint32_t i = 0; i < MATCH_KEPT_PIECES && l->next < pieces && l->result == RESULT_OK; i++) {
        const struct place place = place_of(lookup, l->next);
        struct ident id;
        l->result = RESULT_FAILED;
        id_of(lookup, &place, &id);
        store_get(api->door, STORE_LOOKUP_SET, &id, STORE_KIND_COUNT, piece_found, l);
    }
    const bool more = l->next < pieces && l->result == RESULT_OK && !l->lookups->stopping;
    if (more && later(api->loop, load_pieces, l, &l->err) == RESULT_OK) {
        return;
    }
    if (l->next == pieces && l->result == RESULT_OK && aside(api->loop, finish, finished, l, &l->err) == RESULT_OK) {
        return;
    }
    l->result = RESULT_FAILED;
    one_loaded(l);
}

static void head_found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct loading *l = ctx;
    struct lookup *lookup = l->lookups->all[l->lookups->loading];
    struct oin provider;
    struct slice purpose;
    struct slice rest;
    struct slice held;
    uint32_t number = 0;
    struct error err;
    if (failed != NULL) {
        log_error(l->lookups->api->log, LOG_WARNING, "opzoekset-opnieuw", failed);
    } else if (found->item != NULL && take_name(found->item->payload, &provider, &purpose, &number, &rest) &&
               take_head(lookup, rest, &held)) {
        /* Whatever becomes of its pieces: nothing older takes its place. */
        lookup->has_floor = set_read_header(held, &lookup->floor, &err) == RESULT_OK;
        if (!lookup->has_floor || held_set_load(held, &l->set, &err) != RESULT_OK) {
            l->set = NULL;
            log_error(l->lookups->api->log, LOG_WARNING, "opzoekset-opnieuw", &err);
        }
    }
}

static void load_one(void *ctx)
{
    struct loading *l = ctx;
    const struct lookup *lookup = l->lookups->all[l->lookups->loading];
    const struct place place = place_of(lookup, HEAD);
    struct ident id;
    id_of(lookup, &place, &id);
    l->set = NULL;
    l->next = 0;
    l->result = RESULT_FAILED;
    store_get(l->lookups->api->door, STORE_LOOKUP_SET, &id, STORE_KIND_COUNT, head_found, l);
    if (l->set != NULL) {
        load_pieces(l);
    } else {
        one_loaded(l);
    }
}

static void load_next(struct loading *l)
{
    struct lookups *lookups = l->lookups;
    struct error err;
    if (lookups->loading >= lookups->count || lookups->stopping) {
        load_over(l);
    } else if (later(lookups->api->loop, load_one, l, &err) != RESULT_OK) {
        log_error(lookups->api->log, LOG_ERROR, "opzoeksets-niet-gelezen", &err);
        load_over(l); /* what was not read is fetched */
    }
}

void lookups_load(struct lookups *lookups)
{
    struct loading *l = mem_zalloc(sizeof *l);
    lookups->api->calls++;
    lookups->loading = 0;
    if (l == NULL) { /* all is fetched */
        lookups->loaded = true;
        lookups->api->calls--;
        lookups->ready(lookups->ready_ctx, NULL);
        return;
    }
    l->lookups = lookups;
    load_next(l);
}
