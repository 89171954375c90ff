#include <string.h>

#include "api/later.h"
#include "api/sharing_parts.h"
#include "base/bytes.h"
#include "base/mem.h"
#include "domain/stored.h"

/* Rows of STORE_ROSTER, told apart by the first byte of their id; the last four say which. */
enum row_kind { ROW_PLACES = 1, ROW_SETS = 2 };

enum {
    LOAD_PAGE = 64,
    SET_VERSION = 1,
    SET_NUMBERS = 4 + 8 + 8 + 8 + 4 + 8 + 4 + 1 + 1,
    STATE_VERSION = 1,
    STATE_BYTES = 1 + 8 + 2 * 8 + 2 * 8 + 8 + 8 + IDENT_SIZE + 4 + SHA256_SIZE + 4 + 1 + 4 + 8,
};

static const char state_name[] = "koppeling";

static struct ident row_id(enum row_kind kind, size_t number)
{
    struct ident id = {{(uint8_t)kind}};
    bytes_put_u32(id.bytes + IDENT_SIZE - 4, (uint32_t)number);
    return id;
}

/* ---- the state ---- */

static uint8_t *put_u64(uint8_t *at, uint64_t value)
{
    bytes_put_u64(at, value);
    return at + 8;
}

void keep_put_state(const struct sharing *s, const struct sharing_state *state, struct store_batch *batch)
{
    uint8_t bytes[STATE_BYTES] = {STATE_VERSION};
    uint8_t *at = bytes + 1;
    at = put_u64(at, state->ticks);
    for (unsigned i = 0; i < TICK_KINDS; i++) {
        at = put_u64(at, (uint64_t)state->tick_ms[i]);
        at = put_u64(at, state->record[i]);
    }
    at = put_u64(at, state->sweep);
    at = put_u64(at, state->swept);
    memcpy(at, state->after.bytes, IDENT_SIZE);
    at += IDENT_SIZE;
    bytes_put_u16(at, (uint16_t)state->day.year);
    at[2] = state->day.month;
    at[3] = state->day.day;
    memcpy(at + 4, state->targets.bytes, SHA256_SIZE);
    at += 4 + SHA256_SIZE;
    bytes_put_u32(at, state->ended);
    at[4] = state->again ? 1 : 0;
    bytes_put_u32(at + 5, s->over);
    bytes_put_u64(at + 9, (uint64_t)s->over_ms);
    store_set_value(batch, state_name, slice_of(bytes, sizeof bytes));
}

static const uint8_t *get_u64(const uint8_t *at, uint64_t *value)
{
    *value = bytes_get_u64(at);
    return at + 8;
}

static void read_state(const uint8_t *at, struct sharing *s)
{
    struct sharing_state *state = &s->state;
    at = get_u64(at + 1, &state->ticks);
    for (unsigned i = 0; i < TICK_KINDS; i++) {
        uint64_t tick_ms = 0;
        at = get_u64(at, &tick_ms);
        at = get_u64(at, &state->record[i]);
        state->tick_ms[i] = (int64_t)tick_ms;
    }
    at = get_u64(at, &state->sweep);
    at = get_u64(at, &state->swept);
    memcpy(state->after.bytes, at, IDENT_SIZE);
    at += IDENT_SIZE;
    state->day = (struct date){(int16_t)bytes_get_u16(at), at[2], at[3]};
    memcpy(state->targets.bytes, at + 4, SHA256_SIZE);
    at += 4 + SHA256_SIZE;
    state->ended = bytes_get_u32(at);
    state->again = at[4] != 0;
    s->over = bytes_get_u32(at + 5);
    s->over_ms = (int64_t)bytes_get_u64(at + 9);
}

/* ---- sets ---- */

enum { FLAG_URGENT = 1, FLAG_CLOSED = 2, FLAG_SHOWN = 4, FLAG_TOMB = 8 };

void keep_put_chunk(const struct sharing *s, size_t chunk, const struct shared_set *sets, struct store_batch *batch)
{
    struct buf payload;
    (void)s;
    buf_init(&payload, STORE_PAYLOAD_MAX);
    buf_byte(&payload, SET_VERSION);
    for (size_t i = 0; i < SETS_PER_CHUNK; i++) {
        const struct shared_set *set = &sets[i];
        uint8_t numbers[SET_NUMBERS];
        if (set->number == 0) {
            continue;
        }
        bytes_put_u32(numbers, set->epoch);
        bytes_put_u64(numbers + 4, set->born);
        bytes_put_u64(numbers + 12, set->version);
        bytes_put_u64(numbers + 20, (uint64_t)set->tick_ms);
        bytes_put_u32(numbers + 28, set->state.class);
        bytes_put_u64(numbers + 32, set->state.spent);
        bytes_put_u32(numbers + 40, set->people);
        numbers[44] = (uint8_t)((set->urgent ? FLAG_URGENT : 0) | (set->closed ? FLAG_CLOSED : 0) |
                                (set->shown ? FLAG_SHOWN : 0) | (set->tomb ? FLAG_TOMB : 0));
        numbers[45] = (uint8_t)i;
        buf_bytes(&payload, numbers, sizeof numbers);
        stored_put_text(&payload, set->requester.digits, sizeof set->requester.digits);
        stored_put_text(&payload, set->purpose, sizeof set->purpose);
    }
    const struct store_write row = {.id = row_id(ROW_SETS, chunk), .payload = buf_slice(&payload)};
    store_put(batch, STORE_ROSTER, &row);
    buf_free(&payload);
}

static enum result read_set(struct sharing *s, size_t chunk, struct stored *in, struct error *err)
{
    const uint8_t *numbers = NULL;
    struct shared_set read = {.kept = true};
    struct shared_set *set = NULL;
    if (stored_take(in, SET_NUMBERS, &numbers)) {
        read.epoch = bytes_get_u32(numbers);
        read.born = bytes_get_u64(numbers + 4);
        read.version = bytes_get_u64(numbers + 12);
        read.tick_ms = (int64_t)bytes_get_u64(numbers + 20);
        read.state.class = bytes_get_u32(numbers + 28);
        read.state.spent = bytes_get_u64(numbers + 32);
        read.people = bytes_get_u32(numbers + 40);
        read.urgent = (numbers[44] & FLAG_URGENT) != 0;
        read.closed = (numbers[44] & FLAG_CLOSED) != 0;
        read.shown = (numbers[44] & FLAG_SHOWN) != 0;
        read.tomb = (numbers[44] & FLAG_TOMB) != 0;
        read.number = (uint32_t)(chunk * SETS_PER_CHUNK + numbers[45] + 1);
        in->bad = in->bad || numbers[45] >= SETS_PER_CHUNK;
    }
    stored_take_text(in, read.requester.digits, sizeof read.requester.digits);
    stored_take_text(in, read.purpose, sizeof read.purpose);
    ENSURE(!in->bad, err, FAULT_STORE, "koppeling", "opzoeksets zijn niet te lezen");
    TRY(scope_new_set(s, read.number, &set, err));
    *set = read;
    s->purging = s->purging || (read.closed && !read.tomb);
    return RESULT_OK;
}

static enum result read_chunk(struct sharing *s, size_t chunk, struct slice payload, struct error *err)
{
    struct stored in = stored_begin(payload, SET_VERSION, SET_VERSION);
    while (in.left != 0 && !in.bad) {
        TRY(read_set(s, chunk, &in, err));
    }
    return stored_end(&in, err);
}

/* ---- writing what changed ---- */

bool keep_unwritten(const struct sharing *s)
{
    bool sets = false;
    for (size_t i = 0; i < s->chunk_count; i++) {
        sets = sets || s->chunks[i]->changed;
    }
    return sets || s->state_changed || s->ended_count != 0 || s->drop_count != 0 || roster_changed(s->roster) != 0;
}

static void put_ended(struct sharing *s, struct store_batch *batch)
{
    struct buf payload;
    const size_t most = s->flush.one ? 1 : MATCH_STEP_LEAVING;
    buf_init(&payload, STORE_PAYLOAD_MAX);
    for (s->flush.ended = 0; s->flush.ended < s->ended_count && s->flush.ended < most; s->flush.ended++) {
        const struct past_place *place = &s->ended[s->flush.ended];
        const struct ident *subject = &s->ended_subjects[s->flush.ended];
        buf_clear(&payload);
        past_place_encode(place, &payload);
        const struct store_write row = {
            .id = past_place_id(subject, place), .parent = *subject, .payload = buf_slice(&payload)};
        store_put(batch, STORE_PAST_PLACE, &row);
    }
    buf_free(&payload);
}

static void put_places(struct sharing *s, struct store_batch *batch)
{
    struct buf payload;
    uint32_t chunk = 0;
    buf_init(&payload, STORE_PAYLOAD_MAX);
    for (s->flush.chunk_count = 0;
         s->flush.chunk_count < MATCH_STEP_CHUNKS && roster_take_changed(s->roster, &chunk);) {
        s->flush.chunks[s->flush.chunk_count++] = chunk;
        buf_clear(&payload);
        roster_write_chunk(s->roster, chunk, &payload);
        const struct store_write row = {.id = row_id(ROW_PLACES, chunk), .payload = buf_slice(&payload)};
        store_put(batch, STORE_ROSTER, &row);
    }
    buf_wipe(&payload);
}

/* What follows from the places: only with the last of them. */
static void put_rest(struct sharing *s, struct store_batch *batch)
{
    for (size_t i = 0; i < s->chunk_count; i++) {
        if (s->chunks[i]->changed) {
            keep_put_chunk(s, i, s->chunks[i]->sets, batch);
        }
    }
    for (size_t i = 0; i < s->drop_count; i++) {
        store_feed_drop(batch, &s->drops[i]);
    }
    if (s->state_changed) {
        keep_put_state(s, &s->state, batch);
    }
}

static void forget_ended(struct sharing *s)
{
    const size_t left = s->ended_count - s->flush.ended;
    if (left != 0) {
        memmove(s->ended, s->ended + s->flush.ended, left * sizeof *s->ended);
        memmove(s->ended_subjects, s->ended_subjects + s->flush.ended, left * sizeof *s->ended_subjects);
    }
    s->ended_count = left;
}

static void forget_written(struct sharing *s)
{
    forget_ended(s);
    if (s->flush.last) {
        for (size_t i = 0; i < s->chunk_count; i++) {
            s->chunks[i]->changed = false;
        }
        s->drop_count = 0;
        s->state_changed = false;
    }
}

static void write_batch(struct sharing *s);

/* A person is gone, and there is nobody to tell where he stood: found by writing one at a time, and only he is dropped. */
static void without_who_is_gone(struct sharing *s)
{
    if (s->flush.ended == 1) {
        forget_ended(s);
    }
    s->flush.one = true;
}

static void written(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct sharing *s = ctx;
    (void)committed;
    if (err != NULL) {
        for (size_t i = 0; i < s->flush.chunk_count; i++) {
            roster_mark_changed(s->roster, s->flush.chunks[i]);
        }
        if (err->fault == FAULT_CONFLICT && s->flush.ended != 0) {
            without_who_is_gone(s);
            write_batch(s);
            return;
        }
        s->flush.done(s, err);
        return;
    }
    forget_written(s);
    if (s->flush.last) {
        s->flush.done(s, NULL);
    } else {
        write_batch(s);
    }
}

static void write_batch(struct sharing *s)
{
    struct error err;
    struct store_batch *batch = store_batch_new(s->api->door);
    if (batch == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "koppeling", "geen geheugen");
        s->flush.done(s, &err);
        return;
    }
    put_ended(s, batch);
    put_places(s, batch);
    s->flush.last = s->flush.ended == s->ended_count && roster_changed(s->roster) == 0;
    if (s->flush.last) {
        put_rest(s, batch);
    }
    store_commit(s->api->door, batch, written, s);
}

void keep_flush(struct sharing *s, void (*done)(struct sharing *s, const struct error *err))
{
    if (!keep_unwritten(s)) {
        done(s, NULL);
        return;
    }
    s->flush.done = done;
    s->flush.one = false;
    write_batch(s);
}

/* ---- reading at start ---- */

struct loading {
    struct sharing *s;
    void (*done)(struct sharing *s, const struct error *err);
    bool more, failed;
    bool lost;        /* something was damaged: everybody is looked at anew */
    bool places_lost; /* and what is known of the sets that are here need not be all */
    struct ident last;
    size_t closed; /* sets whose seed does not open */
    struct error closed_why;
    struct error err;
};

static void end(struct loading *l, const struct error *err)
{
    struct sharing *s = l->s;
    void (*done)(struct sharing * s, const struct error *err) = l->done;
    const struct error why = err != NULL ? *err : (struct error){.fault = FAULT_NONE};
    mem_free(l);
    done(s, err != NULL ? &why : NULL);
}

static enum result read_row(struct sharing *s, const struct store_item *item, struct error *err)
{
    const uint32_t number = bytes_get_u32(item->id.bytes + IDENT_SIZE - 4);
    return item->id.bytes[0] == ROW_PLACES ? roster_load_chunk(s->roster, number, item->payload, err)
                                           : read_chunk(s, number, item->payload, err);
}

/* What was in it is made anew: a node that does not start for want of a row helps nobody. */
static void lose_row(struct loading *l, const struct ident *id, const struct error *why)
{
    struct sharing *s = l->s;
    const uint32_t number = bytes_get_u32(id->bytes + IDENT_SIZE - 4);
    const enum result result = id->bytes[0] == ROW_PLACES ? roster_lose_chunk(s->roster, number, &l->err)
                                                          : scope_lose_chunk(s, number, &l->err);
    l->failed = why->fault == FAULT_NO_MEMORY || (result != RESULT_OK && l->err.fault == FAULT_NO_MEMORY);
    l->err = l->failed && result == RESULT_OK ? *why : l->err;
    l->lost = true;
    l->places_lost = l->places_lost || id->bytes[0] == ROW_PLACES;
    log_error(s->api->log, LOG_ERROR, "koppeling-beschadigd", why);
}

static void take_rows(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *err)
{
    struct loading *l = ctx;
    l->more = more;
    l->failed = err != NULL;
    if (err != NULL) {
        l->err = *err;
    }
    for (size_t i = 0; i < count && !l->failed; i++) {
        struct error why;
        (void)error_set(&why, FAULT_STORE, "koppeling", "een rij van de opzoeksets is beschadigd");
        l->last = items[i].id;
        if (items[i].damaged || read_row(l->s, &items[i], &why) != RESULT_OK) {
            lose_row(l, &items[i].id, &why);
        }
    }
}

static void take_state(void *ctx, struct slice value, const struct error *err)
{
    struct loading *l = ctx;
    struct error why;
    if (err == NULL && value.len == STATE_BYTES && value.ptr[0] == STATE_VERSION) {
        read_state(value.ptr, l->s);
    } else if (err != NULL || value.len != 0) {
        (void)error_set(&why, FAULT_STORE, "koppeling", "hoe het met de opzoeksets staat, is niet te lezen");
        log_error(l->s->api->log, LOG_ERROR, "koppeling-beschadigd", err != NULL ? err : &why);
        l->lost = true;
        l->places_lost = true; /* which of the sets waited, nobody knows */
    }
}

/* ---- sets as they were published last: their people are in the roster, the rest follows from the seed ---- */

struct opening {
    struct loading *l;
    size_t *from;     /* by number of a set: where its people begin */
    uint64_t *people; /* fingerprints, set by set */
    size_t pending;
    size_t short_sets; /* in which others stand, or fewer, than when they were published */
};

static bool is_shown(const struct sharing *s, const struct roster_place *place)
{
    return place != NULL && !look_gone(s, place) && place->since <= scope_set(s, place->set)->version;
}

static enum result gather_people(struct opening *o, struct error *err)
{
    struct sharing *s = o->l->s;
    const size_t sets = s->chunk_count * SETS_PER_CHUNK;
    const uint32_t slots = roster_slots(s->roster);
    o->from = mem_array(sets + 2, sizeof *o->from);
    o->people = mem_array(roster_count(s->roster) + 1, sizeof *o->people);
    ENSURE(o->from != NULL && o->people != NULL, err, FAULT_NO_MEMORY, "koppeling", "geen geheugen");
    for (uint32_t slot = 1; slot <= slots; slot++) {
        const struct roster_place *place = roster_at(s->roster, slot);
        if (is_shown(s, place)) {
            o->from[place->set]++;
        }
        o->pending += place != NULL && !is_shown(s, place) && !look_gone(s, place);
    }
    for (size_t i = 1; i < sets + 2; i++) {
        o->from[i] += o->from[i - 1];
    }
    for (uint32_t slot = slots; slot > 0; slot--) {
        const struct roster_place *place = roster_at(s->roster, slot);
        if (is_shown(s, place)) {
            o->people[--o->from[place->set]] = place->fingerprint; /* from where they end to where they begin */
        }
    }
    return RESULT_OK;
}

static enum result open_set(struct opening *o, struct shared_set *set, uint8_t *seed, struct error *err)
{
    struct sharing *s = o->l->s;
    const size_t from = o->from[set->number];
    const size_t end = o->from[set->number + 1];
    TRY(seal_epoch_seed(s->api->keyring, set->epoch, seed, err));
    TRY(scope_secrets_make(s, seed, set, scope_secrets(s, set->number), err));
    if (set->shown && end - from != set->people) {
        o->short_sets++;
        scope_wait(s, set);
    }
    /* From one that waits there is no step: others stand in it than in the version that was given out. */
    const bool waits = set->shown && !scope_published(s, set);
    return published_set_open(scope_secrets(s, set->number)->dummies, &set->state, o->people + from, end - from,
                              waits ? set->version + 1 : set->version, &set->set, err);
}

/* On a worker thread. A seed that is gone, as after a restore, or does not open takes its sets with it. */
static void open_sets(void *ctx)
{
    struct opening *o = ctx;
    struct loading *l = o->l;
    struct sharing *s = l->s;
    uint8_t *seed = voprf_secret_new(VOPRF_SEED);
    l->failed = seed == NULL || gather_people(o, &l->err) != RESULT_OK;
    for (uint32_t number = 1; number <= s->chunk_count * SETS_PER_CHUNK && !l->failed; number++) {
        struct shared_set *set = scope_set(s, number);
        if (set == NULL || set->closed || open_set(o, set, seed, &l->err) == RESULT_OK) {
            continue;
        }
        l->failed = l->err.fault == FAULT_NO_MEMORY;
        if (!l->failed) {
            leave_close(s, set);
            l->closed++;
            l->closed_why = l->err;
        }
    }
    voprf_secret_free(seed);
}

static void sets_opened(void *ctx)
{
    struct opening *o = ctx;
    struct loading *l = o->l;
    struct sharing *s = l->s;
    s->pending = o->pending;
    s->leaving = true;
    if (l->closed != 0) {
        log_error(s->api->log, LOG_ERROR, "koppeling-sleutel-ontbreekt", &l->closed_why);
    }
    if (o->short_sets != 0 && !l->places_lost) {
        struct error why;
        (void)error_set(&why, FAULT_STORE, "koppeling", "%zu opzoeksets zijn niet zoals ze zijn gepubliceerd",
                        o->short_sets);
        log_error(s->api->log, LOG_ERROR, "koppeling-beschadigd", &why);
    }
    mem_free(o->from);
    mem_free(o->people);
    mem_free(o);
    if (!l->failed) {
        l->failed = scope_index(s, &l->err) != RESULT_OK;
    }
    end(l, l->failed ? &l->err : NULL);
}

/* Places in sets that nobody knows of go before another set gets that number; then everybody is looked at. Until then a set
 * that may lack somebody is given to nobody. */
static void begin_anew(struct sharing *s, bool places_lost)
{
    for (uint32_t slot = 1; slot <= roster_slots(s->roster); slot++) {
        const struct roster_place *place = roster_at(s->roster, slot);
        if (place != NULL && scope_set(s, place->set) == NULL) {
            roster_remove(s->roster, slot);
        }
    }
    for (uint32_t number = 1; number <= s->chunk_count * SETS_PER_CHUNK; number++) {
        const struct shared_set *set = scope_set(s, number);
        if (set != NULL && set->born > s->state.sweep) { /* the state is lost */
            s->state.sweep = set->born;
            s->state.swept = set->born;
        }
    }
    for (uint32_t number = 1; places_lost && number <= s->chunk_count * SETS_PER_CHUNK; number++) {
        struct shared_set *set = scope_set(s, number);
        if (set != NULL && !set->closed) {
            scope_wait(s, set);
        }
    }
    s->refresh = true;
    targets_sweep(s);
}

/* A row of sets is gone, and nothing says that it was there. */
static bool has_stray_places(const struct sharing *s)
{
    for (uint32_t slot = 1; slot <= roster_slots(s->roster); slot++) {
        const struct roster_place *place = roster_at(s->roster, slot);
        if (place != NULL && scope_set(s, place->set) == NULL) {
            return true;
        }
    }
    return false;
}

static void rows_read(struct loading *l)
{
    struct opening *o = mem_zalloc(sizeof *o);
    struct error err;
    roster_loaded(l->s->roster);
    if (!l->lost && has_stray_places(l->s)) {
        (void)error_set(&err, FAULT_STORE, "koppeling", "plaatsen zijn van opzoeksets die er niet zijn");
        log_error(l->s->api->log, LOG_ERROR, "koppeling-beschadigd", &err);
        l->lost = true;
    }
    if (l->lost) {
        begin_anew(l->s, l->places_lost);
    }
    (void)error_set(&err, FAULT_NO_MEMORY, "koppeling", "geen geheugen");
    if (o == NULL) {
        end(l, &err);
        return;
    }
    o->l = l;
    if (aside(l->s->api->loop, open_sets, sets_opened, o, &err) != RESULT_OK) {
        mem_free(o);
        end(l, &err);
    }
}

static void read_page(void *ctx)
{
    static const struct ident none = {{0}};
    struct loading *l = ctx;
    struct error err;
    store_list_damaged_too(l->s->api->door, STORE_ROSTER, ident_equal(&l->last, &none) ? NULL : &l->last, LOAD_PAGE,
                           take_rows, l);
    if (l->failed) {
        end(l, &l->err);
    } else if (!l->more) {
        rows_read(l);
    } else if (later(l->s->api->loop, read_page, l, &err) != RESULT_OK) {
        end(l, &err);
    }
}

void keep_load(struct sharing *s, void (*done)(struct sharing *s, const struct error *err))
{
    struct loading *l = mem_zalloc(sizeof *l);
    struct error err;
    if (l == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "koppeling", "geen geheugen");
        done(s, &err);
        return;
    }
    l->s = s;
    l->done = done;
    store_get_value(s->api->door, state_name, take_state, l);
    if (l->failed) {
        end(l, &l->err);
    } else {
        read_page(l);
    }
}
