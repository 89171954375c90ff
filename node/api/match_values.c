#include "api/match_values.h"

#include <stdio.h>

#include "api/book.h"
#include "base/bytes.h"
#include "base/mem.h"

enum {
    PAGE_VERSION = 2,
    PAGE_VALUES = 125, /* with what stands before them below STORE_PAYLOAD_MAX */
    VALUE_BYTES = OIN_DIGITS + 4 + MATCH_KEY_TAG + 4 + 1 + 8 + ASK_KEY_BYTES,
    STAND_BYTES = 1 + 1 + CONSULT_CASE_MAX,
    HEAD_BYTES = 1 + 1 + CODE_MAX + 8 + 8 + 1 + MATCH_STANDS_MAX * STAND_BYTES + 2,
    KEY_TEXT = BSN_DIGITS + 1 + CODE_MAX + 1 + 20,
    STAND_ORDER = 1, /* a report: 0 */
    STAND_SIGNAL = 2,
    RENEWED_PART = 28, /* of the term: a day of the standard one */
    PAGES_MAX = (COVENANT_PARTIES_MAX + PAGE_VALUES - 1) / PAGE_VALUES,
};
_Static_assert(HEAD_BYTES + PAGE_VALUES * VALUE_BYTES <= STORE_PAYLOAD_MAX, "a page fits one item of the store");

/* ---- one page ---- */

void match_values_encode(const struct match_values *values, size_t first, size_t count, struct buf *out)
{
    uint8_t number[8];
    buf_byte(out, PAGE_VERSION);
    buf_byte(out, (uint8_t)strlen(values->purpose));
    buf_text(out, values->purpose);
    bytes_put_u64(number, (uint64_t)values->case_until_ms);
    buf_bytes(out, number, 8);
    bytes_put_u64(number, (uint64_t)values->matter_until_ms);
    buf_bytes(out, number, 8);
    buf_byte(out, (uint8_t)values->stand_count);
    for (size_t i = 0; i < values->stand_count; i++) {
        buf_byte(out, values->stands[i].is_signal ? STAND_SIGNAL : values->stands[i].is_order);
        buf_byte(out, (uint8_t)strlen(values->stands[i].number));
        buf_text(out, values->stands[i].number);
    }
    bytes_put_u16(number, (uint16_t)count);
    buf_bytes(out, number, 2);
    for (size_t i = first; i < first + count; i++) {
        const struct match_kept *kept = &values->kept[i];
        buf_bytes(out, kept->provider.digits, OIN_DIGITS);
        bytes_put_u32(number, kept->key.epoch);
        buf_bytes(out, number, 4);
        buf_bytes(out, kept->key.tag, MATCH_KEY_TAG);
        bytes_put_u32(number, kept->minute);
        buf_bytes(out, number, 4);
        buf_byte(out, kept->asked);
        bytes_put_u64(number, kept->value.fingerprint);
        buf_bytes(out, number, 8);
        buf_bytes(out, kept->value.key.bytes, ASK_KEY_BYTES);
    }
    mem_wipe(number, sizeof number);
}

struct reader {
    struct slice rest;
    bool bad;
};

static const uint8_t *take(struct reader *in, size_t len)
{
    static const uint8_t none[256];
    if (in->bad || in->rest.len < len) {
        in->bad = true;
        return none; /* never more than this is asked for */
    }
    const uint8_t *at = in->rest.ptr;
    in->rest = slice_of(at + len, in->rest.len - len);
    return at;
}

static void take_text(struct reader *in, char *to, size_t size)
{
    const size_t len = *take(in, 1);
    if (!slice_copy_text(slice_of(take(in, len), len), to, size)) {
        in->bad = true;
    }
}

static void take_head(struct reader *in, struct match_values *out)
{
    in->bad = in->bad || *take(in, 1) != PAGE_VERSION;
    take_text(in, out->purpose, sizeof out->purpose);
    out->case_until_ms = (int64_t)bytes_get_u64(take(in, 8));
    out->matter_until_ms = (int64_t)bytes_get_u64(take(in, 8));
    out->stand_count = *take(in, 1);
    if (out->stand_count > MATCH_STANDS_MAX) {
        in->bad = true;
        out->stand_count = 0;
    }
    for (size_t i = 0; i < out->stand_count; i++) {
        const uint8_t what = *take(in, 1);
        out->stands[i].is_order = what == STAND_ORDER;
        out->stands[i].is_signal = what == STAND_SIGNAL;
        take_text(in, out->stands[i].number, sizeof out->stands[i].number);
    }
}

static enum result add(struct match_values *values, const struct match_kept *one, struct error *err)
{
    if (values->count == values->capacity) {
        const size_t capacity = values->capacity != 0 ? 2 * values->capacity : 16;
        struct match_kept *larger = mem_array(capacity, sizeof *larger);
        ENSURE(larger != NULL, err, FAULT_NO_MEMORY, "koppeling", "geen geheugen");
        if (values->count != 0) {
            memcpy(larger, values->kept, values->count * sizeof *larger);
            mem_wipe(values->kept, values->count * sizeof *values->kept);
        }
        mem_free(values->kept);
        values->kept = larger;
        values->capacity = capacity;
    }
    values->kept[values->count++] = *one;
    return RESULT_OK;
}

enum result match_values_decode(struct slice page, struct match_values *values, struct error *err)
{
    struct reader in = {.rest = page};
    take_head(&in, values);
    const size_t count = bytes_get_u16(take(&in, 2));
    for (size_t i = 0; i < count && !in.bad; i++) {
        struct match_kept one = {.minute = 0};
        memcpy(one.provider.digits, take(&in, OIN_DIGITS), OIN_DIGITS);
        one.key.epoch = bytes_get_u32(take(&in, 4));
        memcpy(one.key.tag, take(&in, MATCH_KEY_TAG), MATCH_KEY_TAG);
        one.minute = bytes_get_u32(take(&in, 4));
        one.asked = *take(&in, 1) != 0;
        one.value.fingerprint = bytes_get_u64(take(&in, 8));
        memcpy(one.value.key.bytes, take(&in, ASK_KEY_BYTES), ASK_KEY_BYTES);
        if (!in.bad) {
            TRY(add(values, &one, err));
        }
        mem_wipe(&one, sizeof one);
    }
    ENSURE(!in.bad && in.rest.len == 0, err, FAULT_STORE, "koppeling", "bewaarde waarden zijn beschadigd");
    return RESULT_OK;
}

/* ---- all of a person and purpose ---- */

struct place {
    char text[KEY_TEXT + 1];
};

static struct place place_of(const struct bsn *person, const char *purpose, size_t page)
{
    struct place place;
    (void)snprintf(place.text, sizeof place.text, "%.*s %s %zu", BSN_DIGITS, (const char *)bsn_digits(person).ptr,
                   purpose, page);
    return place;
}

static void id_of(const struct api *api, const struct place *place, struct ident *out)
{
    _Static_assert((int)SEAL_HASH_SIZE == (int)IDENT_SIZE, "a keyed hash is an id");
    seal_hash(api->keyring, SEAL_PSEUDONYM, slice_text("koppelwaarden"), slice_text(place->text), out->bytes);
}

struct reading {
    struct match_values *values;
    bool more;
};

static void page_found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct reading *reading = ctx;
    struct error err;
    reading->more = failed == NULL && found->item != NULL;
    if (reading->more) {
        reading->values->pages++;
        reading->more = match_values_decode(found->item->payload, reading->values, &err) == RESULT_OK;
    }
}

struct match_values *match_values_read(struct api *api, const struct bsn *person, struct slice purpose)
{
    struct match_values *values = mem_zalloc(sizeof *values);
    if (values == NULL) {
        return NULL;
    }
    (void)slice_copy_text(purpose, values->purpose, sizeof values->purpose);
    struct reading reading = {.values = values, .more = true};
    while (reading.more && values->pages < PAGES_MAX) {
        struct place place = place_of(person, values->purpose, values->pages);
        struct ident id;
        id_of(api, &place, &id);
        reading.more = false; /* the store answers at once */
        store_get(api->door, STORE_MATCH_VALUE, &id, STORE_KIND_COUNT, page_found, &reading);
        mem_wipe(&place, sizeof place);
    }
    (void)slice_copy_text(purpose, values->purpose, sizeof values->purpose);
    return values;
}

void match_values_free(struct match_values *values)
{
    if (values != NULL) {
        if (values->kept != NULL) {
            mem_wipe(values->kept, values->capacity * sizeof *values->kept);
        }
        mem_free(values->kept);
        mem_wipe(values, sizeof *values);
        mem_free(values);
    }
}

static struct match_kept *find(const struct match_values *values, const struct oin *provider)
{
    for (size_t i = 0; i < values->count; i++) {
        if (oin_equal(&values->kept[i].provider, provider)) {
            return &values->kept[i];
        }
    }
    return NULL;
}

struct match_key match_key_of(uint32_t epoch, const struct voprf_element *public)
{
    struct match_key key = {.epoch = epoch};
    memcpy(key.tag, public->bytes, MATCH_KEY_TAG);
    return key;
}

bool match_key_same(const struct match_key *a, const struct match_key *b)
{
    return a->epoch == b->epoch && memcmp(a->tag, b->tag, MATCH_KEY_TAG) == 0;
}

const struct match_kept *match_values_find(const struct match_values *values, const struct oin *provider,
                                           const struct match_key *key)
{
    const struct match_kept *kept = find(values, provider);
    return kept != NULL && match_key_same(&kept->key, key) ? kept : NULL;
}

enum result match_values_put(struct match_values *values, const struct match_kept *one, struct error *err)
{
    struct match_kept *kept = find(values, &one->provider);
    values->changed = true;
    if (kept != NULL) {
        *kept = *one;
        return RESULT_OK;
    }
    return add(values, one, err);
}

void match_values_asked(struct match_values *values, const struct oin *provider, const struct match_key *key)
{
    struct match_kept *kept = find(values, provider);
    if (kept != NULL && match_key_same(&kept->key, key) && !kept->asked) {
        kept->asked = true;
        values->changed = true;
    }
}

static bool same_matter(const struct match_stand *a, const struct match_stand *b)
{
    return a->is_order == b->is_order && a->is_signal == b->is_signal && strcmp(a->number, b->number) == 0;
}

/* The place of this one; stand_count when it is not there. */
static size_t stand_at(const struct match_values *values, const struct match_stand *matter)
{
    size_t i = 0;
    while (i < values->stand_count && !same_matter(&values->stands[i], matter)) {
        i++;
    }
    return i;
}

static void drop_stand(struct match_values *values, size_t at)
{
    values->stand_count--;
    memmove(&values->stands[at], &values->stands[at + 1], (values->stand_count - at) * sizeof *values->stands);
    values->changed = true;
}

/* Not a write for every consult: what moves on by little is let be. */
static void move_on(struct match_values *values, int64_t *until_ms, int64_t to_ms, int64_t least_ms)
{
    if (to_ms - *until_ms > least_ms) {
        *until_ms = to_ms;
        values->changed = true;
    }
}

void match_values_stand(struct match_values *values, const struct match_stand *matter, int64_t now_ms, int64_t term_ms)
{
    const int64_t until_ms = now_ms + term_ms;
    const int64_t least_ms = values->changed ? 0 : term_ms / RENEWED_PART;
    if (matter == NULL) {
        move_on(values, &values->case_until_ms, until_ms, least_ms);
        return;
    }
    move_on(values, &values->matter_until_ms, until_ms, least_ms);
    if (stand_at(values, matter) == values->stand_count) {
        if (values->stand_count == MATCH_STANDS_MAX) {
            drop_stand(values, 0); /* the oldest: the newer ones keep them as well */
        }
        values->stands[values->stand_count++] = *matter;
        values->changed = true;
    }
}

void match_values_fall(struct match_values *values, const struct match_stand *matter)
{
    const size_t at = stand_at(values, matter);
    if (at < values->stand_count) {
        drop_stand(values, at);
    }
}

bool match_values_stands(const struct match_values *values, int64_t now_ms)
{
    return values->case_until_ms > now_ms || (values->stand_count != 0 && values->matter_until_ms > now_ms);
}

static enum result write_page(struct api *api, const struct match_values *values, const struct bsn *person, size_t page,
                              struct store_batch *batch, struct error *err)
{
    struct place place = place_of(person, values->purpose, page);
    struct buf payload;
    const size_t first = page * PAGE_VALUES;
    const size_t left = values->count > first ? values->count - first : 0;
    struct store_write item = {.payload = {NULL, 0}};
    id_of(api, &place, &item.id);
    buf_init(&payload, STORE_PAYLOAD_MAX);
    match_values_encode(values, first, left < PAGE_VALUES ? left : PAGE_VALUES, &payload);
    item.payload = buf_slice(&payload);
    const enum result result = buf_result(&payload, "koppeling", err);
    if (result == RESULT_OK) {
        store_put(batch, STORE_MATCH_VALUE, &item);
    }
    buf_wipe(&payload);
    mem_wipe(&place, sizeof place);
    return result;
}

enum result match_values_write(struct api *api, struct match_values *values, const struct bsn *person,
                               struct store_batch *batch, struct error *err)
{
    const bool stands = match_values_stands(values, clock_now(api->clock));
    const size_t pages = stands ? (values->count + PAGE_VALUES - 1) / PAGE_VALUES : 0;
    if (!values->changed && stands) {
        return RESULT_OK;
    }
    for (size_t page = 0; page < pages; page++) {
        TRY(write_page(api, values, person, page, batch, err));
    }
    for (size_t page = pages; page < values->pages; page++) {
        struct place place = place_of(person, values->purpose, page);
        struct ident id;
        id_of(api, &place, &id);
        store_remove(batch, STORE_MATCH_VALUE, &id);
        mem_wipe(&place, sizeof place);
    }
    values->pages = pages;
    values->changed = false;
    return RESULT_OK;
}

/* ---- what they stood on closes ---- */

static enum result close_one(struct api *api, const struct match_stand *matter, const struct bsn *person,
                             struct slice purpose, struct store_batch *batch, struct error *err)
{
    struct match_values *values = match_values_read(api, person, purpose);
    ENSURE(values != NULL, err, FAULT_NO_MEMORY, "koppeling", "geen geheugen");
    match_values_fall(values, matter);
    const enum result result = values->changed ? match_values_write(api, values, person, batch, err) : RESULT_OK;
    match_values_free(values);
    return result;
}

static bool came_before(const struct book *book, size_t entry, struct slice purpose)
{
    size_t i = 0;
    while (i < entry && covenant_purpose(book->entries[i]->covenant, purpose) == NULL) {
        i++;
    }
    return i < entry;
}

enum result match_values_close(struct api *api, const struct match_stand *matter, const struct bsn *people,
                               size_t count, struct store_batch *batch, struct error *err)
{
    for (size_t e = 0; e < api->book->count; e++) {
        const struct covenant *covenant = api->book->entries[e]->covenant;
        for (size_t p = 0; p < covenant_purpose_count(covenant); p++) {
            const struct slice purpose = slice_text(covenant_purpose_at(covenant, p)->code);
            for (size_t i = 0; i < count && !came_before(api->book, e, purpose); i++) {
                TRY(close_one(api, matter, &people[i], purpose, batch, err));
            }
        }
    }
    return RESULT_OK;
}
