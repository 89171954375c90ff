#include "matching/roster.h"

#include <sodium.h>
#include <string.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "matching/roster_table.h"

enum { CHUNK_VERSION = 1, NAME_BYTES = 4 + ASK_KEY_BYTES };
_Static_assert((int)ROSTER_SECRET_BYTES == (int)crypto_shorthash_KEYBYTES, "keys the hash tables");
_Static_assert((int)ROSTER_CHUNK_BYTES < (int)STORE_PAYLOAD_MAX, "a chunk fits a row of the store");

struct row {
    struct roster_place place; /* place.set 0: free */
    uint32_t next;             /* of the same person, or of the free ones */
    bool listed;               /* among the moving */
};

struct chunk {
    struct row rows[ROSTER_CHUNK];
    uint32_t used;
    uint32_t filled_at; /* place in roster->filled, when used */
    bool changed;       /* stands in roster->changed */
};

struct numbers {
    uint32_t *items;
    size_t count, room;
};

struct roster {
    uint8_t secret[ROSTER_SECRET_BYTES];
    struct chunk **chunks;
    size_t chunk_count, chunk_room;
    size_t count;
    uint32_t free;          /* first free slot */
    struct table by_key;    /* set and ask key */
    struct table by_person; /* the first place of each */
    struct numbers moving, changed, filled;
};

static struct row *row_of(const struct roster *roster, uint32_t slot)
{
    const size_t at = (size_t)slot - 1;
    return slot != 0 && at / ROSTER_CHUNK < roster->chunk_count
               ? &roster->chunks[at / ROSTER_CHUNK]->rows[at % ROSTER_CHUNK]
               : NULL;
}

static uint64_t hash_of(const struct roster *roster, const void *bytes, size_t len)
{
    uint8_t out[crypto_shorthash_BYTES];
    (void)crypto_shorthash(out, bytes, len, roster->secret);
    return bytes_get_u64(out);
}

static uint64_t key_hash(const struct roster *roster, uint32_t set, const struct ask_key *key)
{
    uint8_t name[NAME_BYTES];
    bytes_put_u32(name, set);
    memcpy(name + 4, key->bytes, ASK_KEY_BYTES);
    return hash_of(roster, name, sizeof name);
}

static uint64_t person_hash(const struct roster *roster, const struct ident *subject)
{
    return hash_of(roster, subject->bytes, IDENT_SIZE);
}

static uint64_t key_hash_at(const void *ctx, uint32_t slot)
{
    const struct roster_place *place = &row_of(ctx, slot)->place;
    return key_hash(ctx, place->set, &place->key);
}

static uint64_t person_hash_at(const void *ctx, uint32_t slot)
{
    return person_hash(ctx, &row_of(ctx, slot)->place.subject);
}

enum result roster_new(const uint8_t secret[ROSTER_SECRET_BYTES], struct roster **out, struct error *err)
{
    struct roster *roster = mem_zalloc(sizeof *roster);
    ENSURE(roster != NULL, err, FAULT_NO_MEMORY, "koppeling", "geen geheugen");
    memcpy(roster->secret, secret, sizeof roster->secret);
    roster->by_key.hash = key_hash_at;
    roster->by_key.ctx = roster;
    roster->by_person.hash = person_hash_at;
    roster->by_person.ctx = roster;
    *out = roster;
    return RESULT_OK;
}

void roster_free(struct roster *roster)
{
    if (roster == NULL) {
        return;
    }
    for (size_t i = 0; i < roster->chunk_count; i++) {
        mem_wipe(roster->chunks[i], sizeof *roster->chunks[i]);
        mem_free(roster->chunks[i]);
    }
    mem_free(roster->chunks);
    table_drop(&roster->by_key);
    table_drop(&roster->by_person);
    mem_free(roster->moving.items);
    mem_free(roster->changed.items);
    mem_free(roster->filled.items);
    mem_wipe(roster->secret, sizeof roster->secret);
    mem_free(roster);
}

size_t roster_count(const struct roster *roster)
{
    return roster->count;
}

uint32_t roster_slots(const struct roster *roster)
{
    return (uint32_t)(roster->chunk_count * ROSTER_CHUNK);
}

const struct roster_place *roster_at(const struct roster *roster, uint32_t slot)
{
    const struct row *row = row_of(roster, slot);
    return row != NULL && row->place.set != 0 ? &row->place : NULL;
}

/* ---- what changed ---- */

void roster_mark_changed(struct roster *roster, uint32_t chunk)
{
    if (!roster->chunks[chunk]->changed && roster->changed.count < roster->changed.room) {
        roster->changed.items[roster->changed.count++] = chunk;
        roster->chunks[chunk]->changed = true;
    }
}

bool roster_take_changed(struct roster *roster, uint32_t *chunk)
{
    if (roster->changed.count == 0) {
        return false;
    }
    *chunk = roster->changed.items[--roster->changed.count];
    roster->chunks[*chunk]->changed = false;
    return true;
}

size_t roster_changed(const struct roster *roster)
{
    return roster->changed.count;
}

size_t roster_moving(const struct roster *roster, const uint32_t **slots)
{
    *slots = roster->moving.items;
    return roster->moving.count;
}

void roster_settle(struct roster *roster, bool (*rests)(void *ctx, const struct roster_place *place), void *ctx)
{
    size_t kept = 0;
    for (size_t i = 0; i < roster->moving.count; i++) {
        struct row *row = row_of(roster, roster->moving.items[i]);
        row->listed = row->place.set != 0 && !rests(ctx, &row->place);
        if (row->listed) {
            roster->moving.items[kept++] = roster->moving.items[i];
        }
    }
    roster->moving.count = kept;
}

/* ---- chunks of slots ---- */

/* Room in the lists for everything that can ever come of this chunk, so that nothing later fails halfway. */
static bool make_room(struct numbers *list, size_t total)
{
    if (list->room >= total) {
        return true;
    }
    size_t room = list->room != 0 ? list->room : 64;
    while (room < total) {
        room *= 2;
    }
    uint32_t *items = mem_realloc(list->items, room * sizeof *items);
    if (items == NULL) {
        return false;
    }
    list->items = items;
    list->room = room;
    return true;
}

static enum result add_chunk(struct roster *roster, struct error *err)
{
    ENSURE(roster->chunk_count < ROSTER_CHUNKS_MAX, err, FAULT_TOO_LARGE, "koppeling",
           "meer dan %d plaatsen in opzoeksets", ROSTER_CHUNKS_MAX * ROSTER_CHUNK);
    const size_t total = roster->chunk_count + 1;
    struct chunk *chunk = mem_zalloc(sizeof *chunk);
    if (roster->chunk_room < total) {
        const size_t room = roster->chunk_room != 0 ? roster->chunk_room * 2 : 16;
        struct chunk **chunks = mem_realloc(roster->chunks, room * sizeof(struct chunk *));
        roster->chunks = chunks != NULL ? chunks : roster->chunks;
        roster->chunk_room = chunks != NULL ? room : roster->chunk_room;
    }
    if (chunk == NULL || roster->chunk_room < total || !make_room(&roster->changed, total) ||
        !make_room(&roster->filled, total) || !make_room(&roster->moving, total * ROSTER_CHUNK)) {
        mem_free(chunk);
        FAIL(err, FAULT_NO_MEMORY, "koppeling", "geen geheugen");
    }
    roster->chunks[roster->chunk_count++] = chunk;
    return RESULT_OK;
}

static void free_rows(struct roster *roster, uint32_t chunk)
{
    for (uint32_t i = ROSTER_CHUNK; i-- > 0;) {
        struct row *row = &roster->chunks[chunk]->rows[i];
        if (row->place.set == 0) {
            row->next = roster->free;
            roster->free = chunk * ROSTER_CHUNK + i + 1;
        }
    }
}

static void count_in(struct roster *roster, uint32_t number, bool comes)
{
    struct chunk *chunk = roster->chunks[number];
    struct numbers *filled = &roster->filled;
    if (comes && chunk->used++ == 0) {
        chunk->filled_at = (uint32_t)filled->count;
        filled->items[filled->count++] = number;
    } else if (!comes && --chunk->used == 0) {
        const uint32_t last = filled->items[--filled->count];
        filled->items[chunk->filled_at] = last;
        roster->chunks[last]->filled_at = chunk->filled_at;
    }
    roster->count = comes ? roster->count + 1 : roster->count - 1;
}

/* ---- places ---- */

static void list_moving(struct roster *roster, uint32_t slot)
{
    struct row *row = row_of(roster, slot);
    if (!row->listed) {
        roster->moving.items[roster->moving.count++] = slot; /* room was made with the chunk */
        row->listed = true;
    }
}

static uint32_t first_of(const struct roster *roster, uint64_t hash, const struct ident *subject)
{
    uint32_t found[TABLE_FOUND_MAX];
    const unsigned count = table_find(&roster->by_person, hash, found);
    for (unsigned i = 0; i < count; i++) {
        const struct row *row = row_of(roster, found[i]);
        if (row != NULL && ident_equal(&row->place.subject, subject)) {
            return found[i];
        }
    }
    return 0;
}

/* Into both tables; the row is filled in. */
static enum result enter(struct roster *roster, uint32_t slot, struct error *err)
{
    struct row *row = row_of(roster, slot);
    const uint64_t by_person = person_hash(roster, &row->place.subject);
    const uint64_t by_key = key_hash(roster, row->place.set, &row->place.key);
    const uint32_t first = first_of(roster, by_person, &row->place.subject);
    ENSURE(table_put(&roster->by_key, by_key, slot), err, FAULT_NO_MEMORY, "koppeling", "geen geheugen");
    if (first == 0 && !table_put(&roster->by_person, by_person, slot)) {
        table_replace(&roster->by_key, by_key, slot, 0);
        FAIL(err, FAULT_NO_MEMORY, "koppeling", "geen geheugen");
    }
    row->next = 0;
    if (first != 0) { /* behind the first, which the table names */
        row->next = row_of(roster, first)->next;
        row_of(roster, first)->next = slot;
    }
    count_in(roster, (slot - 1) / ROSTER_CHUNK, true);
    list_moving(roster, slot);
    return RESULT_OK;
}

enum result roster_add(struct roster *roster, const struct roster_place *place, uint32_t *slot, struct error *err)
{
    if (roster->free == 0) {
        TRY(add_chunk(roster, err));
        free_rows(roster, (uint32_t)roster->chunk_count - 1);
    }
    const uint32_t at = roster->free;
    struct row *row = row_of(roster, at);
    const uint32_t next_free = row->next;
    row->place = *place;
    if (enter(roster, at, err) != RESULT_OK) {
        row->place.set = 0;
        row->next = next_free;
        return RESULT_FAILED;
    }
    roster->free = next_free;
    roster_mark_changed(roster, (at - 1) / ROSTER_CHUNK);
    *slot = at;
    return RESULT_OK;
}

static void unchain(struct roster *roster, uint32_t slot, const struct row *row)
{
    const uint64_t hash = person_hash(roster, &row->place.subject);
    uint32_t at = first_of(roster, hash, &row->place.subject);
    if (at == slot) {
        table_replace(&roster->by_person, hash, slot, row->next);
        return;
    }
    while (row_of(roster, at)->next != slot) {
        at = row_of(roster, at)->next;
    }
    row_of(roster, at)->next = row->next;
}

/* `row` is the one of this slot. */
static void leave_row(struct roster *roster, uint32_t slot, struct row *row)
{
    unchain(roster, slot, row);
    table_replace(&roster->by_key, key_hash(roster, row->place.set, &row->place.key), slot, 0);
    count_in(roster, (slot - 1) / ROSTER_CHUNK, false);
    mem_wipe(&row->place, sizeof row->place);
}

void roster_remove(struct roster *roster, uint32_t slot)
{
    struct row *row = row_of(roster, slot);
    leave_row(roster, slot, row);
    row->next = roster->free;
    roster->free = slot;
    roster_mark_changed(roster, (slot - 1) / ROSTER_CHUNK);
}

void roster_set_due(struct roster *roster, uint32_t slot, int64_t due_ms)
{
    row_of(roster, slot)->place.due_ms = due_ms;
    list_moving(roster, slot);
    roster_mark_changed(roster, (slot - 1) / ROSTER_CHUNK);
}

uint32_t roster_first(const struct roster *roster, const struct ident *subject)
{
    return first_of(roster, person_hash(roster, subject), subject);
}

uint32_t roster_next(const struct roster *roster, uint32_t slot)
{
    return row_of(roster, slot)->next;
}

uint32_t roster_in(const struct roster *roster, const struct ident *subject, uint32_t set)
{
    uint32_t slot = roster_first(roster, subject);
    while (slot != 0 && row_of(roster, slot)->place.set != set) {
        slot = row_of(roster, slot)->next;
    }
    return slot;
}

uint32_t roster_find(const struct roster *roster, uint32_t set, const struct ask_key *key)
{
    static const struct row nobody = {.place.set = 0};
    uint32_t found[TABLE_FOUND_MAX] = {0};
    uint32_t slot = 0;
    const uint64_t hash = key_hash(roster, set, key);
    const unsigned count = table_find(&roster->by_key, hash, found);
    /* One comparison at least, also where nothing looks alike: with a row somewhere, as far away in memory. */
    const uint32_t other = roster->chunk_count != 0 ? 1 + (uint32_t)(hash >> 8) % roster_slots(roster) : 0;
    for (unsigned i = 0; i < count || i == 0; i++) {
        const struct row *row = row_of(roster, count != 0 ? found[i] : other);
        const struct roster_place *place = row != NULL ? &row->place : &nobody.place;
        const bool same = sodium_memcmp(place->key.bytes, key->bytes, ASK_KEY_BYTES) == 0;
        slot = same && place->set == set && slot == 0 ? found[i] : slot;
    }
    return slot;
}

/* The pick's lowest bits, ever fewer of them, name chunks, and the first of these is taken in which somebody stands; and
 * again with other bits. So it is another only when that one empties, or one that comes before it fills: that of one more
 * chunk for one in as many as there are. */
static uint32_t pick_chunk(const struct roster *roster, uint64_t pick)
{
    enum { BITS = 20, RUNS = 2 };
    uint32_t chosen = UINT32_MAX;
    for (unsigned i = 0; i < RUNS * (BITS + 1); i++) {
        const uint64_t mask = (UINT64_C(1) << (BITS - i % (BITS + 1))) - 1;
        const uint32_t number = (uint32_t)((pick >> (i / (BITS + 1) * BITS)) & mask);
        if (chosen == UINT32_MAX && number < roster->chunk_count && roster->chunks[number]->used != 0) {
            chosen = number;
        }
    }
    return chosen != UINT32_MAX ? chosen : roster->filled.items[pick % roster->filled.count];
}

uint32_t roster_pick(const struct roster *roster, uint64_t pick)
{
    if (roster->filled.count == 0) {
        return 0;
    }
    const uint32_t number = pick_chunk(roster, pick);
    const uint32_t from = (uint32_t)(pick >> 58);
    uint32_t chosen = 0;
    for (uint32_t i = 0; i < ROSTER_CHUNK; i++) {
        const uint32_t at = (from + i) % ROSTER_CHUNK;
        if (chosen == 0 && roster->chunks[number]->rows[at].place.set != 0) {
            chosen = number * ROSTER_CHUNK + at + 1;
        }
    }
    return chosen;
}

/* ---- as bytes: version, then of each place that is taken its row in the chunk and its members ---- */

void roster_write_chunk(const struct roster *roster, uint32_t chunk, struct buf *out)
{
    buf_byte(out, CHUNK_VERSION);
    for (unsigned i = 0; i < ROSTER_CHUNK; i++) {
        const struct roster_place *place = &roster->chunks[chunk]->rows[i].place;
        uint8_t numbers[36];
        if (place->set == 0) {
            continue;
        }
        bytes_put_u64(numbers, place->fingerprint);
        bytes_put_u64(numbers + 8, place->since);
        bytes_put_u64(numbers + 16, (uint64_t)place->began_ms);
        bytes_put_u64(numbers + 24, (uint64_t)place->due_ms);
        bytes_put_u32(numbers + 32, place->set);
        buf_byte(out, (uint8_t)i);
        buf_bytes(out, place->subject.bytes, IDENT_SIZE);
        buf_bytes(out, place->key.bytes, ASK_KEY_BYTES);
        buf_bytes(out, numbers, sizeof numbers);
    }
}

static bool read_place(const uint8_t row[ROSTER_ROW_BYTES], unsigned *at, struct roster_place *place)
{
    const uint8_t *numbers = row + 1 + IDENT_SIZE + ASK_KEY_BYTES;
    *at = row[0];
    memcpy(place->subject.bytes, row + 1, IDENT_SIZE);
    memcpy(place->key.bytes, row + 1 + IDENT_SIZE, ASK_KEY_BYTES);
    place->fingerprint = bytes_get_u64(numbers);
    place->since = bytes_get_u64(numbers + 8);
    place->began_ms = (int64_t)bytes_get_u64(numbers + 16);
    place->due_ms = (int64_t)bytes_get_u64(numbers + 24);
    place->set = bytes_get_u32(numbers + 32);
    return *at < ROSTER_CHUNK && place->set != 0 && place->fingerprint != 0;
}

enum result roster_load_chunk(struct roster *roster, uint32_t chunk, struct slice bytes, struct error *err)
{
    ENSURE(bytes.len % ROSTER_ROW_BYTES == 1 && bytes.len <= ROSTER_CHUNK_BYTES && bytes.ptr[0] == CHUNK_VERSION &&
               chunk < ROSTER_CHUNKS_MAX,
           err, FAULT_STORE, "koppeling", "plaatsen in opzoeksets zijn niet te lezen");
    while (roster->chunk_count <= chunk) {
        TRY(add_chunk(roster, err));
    }
    for (size_t from = 1; from < bytes.len; from += ROSTER_ROW_BYTES) {
        unsigned at = 0;
        struct roster_place place;
        ENSURE(read_place(bytes.ptr + from, &at, &place) && roster->chunks[chunk]->rows[at].place.set == 0, err,
               FAULT_STORE, "koppeling", "plaatsen in opzoeksets zijn niet te lezen");
        roster->chunks[chunk]->rows[at].place = place;
        if (enter(roster, chunk * ROSTER_CHUNK + at + 1, err) != RESULT_OK) {
            roster->chunks[chunk]->rows[at].place.set = 0;
            return RESULT_FAILED;
        }
    }
    return RESULT_OK;
}

enum result roster_lose_chunk(struct roster *roster, uint32_t chunk, struct error *err)
{
    ENSURE(chunk < ROSTER_CHUNKS_MAX, err, FAULT_STORE, "koppeling", "plaatsen in opzoeksets zijn niet te lezen");
    while (roster->chunk_count <= chunk) {
        TRY(add_chunk(roster, err));
    }
    for (uint32_t i = 0; i < ROSTER_CHUNK; i++) {
        struct row *row = &roster->chunks[chunk]->rows[i];
        if (row->place.set != 0) {
            leave_row(roster, chunk * ROSTER_CHUNK + i + 1, row);
        }
    }
    roster_mark_changed(roster, chunk);
    return RESULT_OK;
}

void roster_loaded(struct roster *roster)
{
    for (size_t chunk = roster->chunk_count; chunk-- > 0;) {
        free_rows(roster, (uint32_t)chunk);
    }
}
