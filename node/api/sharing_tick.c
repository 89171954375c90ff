#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/sharing_parts.h"
#include "base/bytes.h"
#include "base/mem.h"
#include "base/merkle.h"

/* Of one set at this tick. */
struct next_set {
    struct shared_set *set;
    struct published_set *next; /* with what changed; NULL: nothing did */
    uint64_t version;
};

struct move {
    uint32_t set;
    bool comes;
    uint64_t fingerprint;
};

struct tick {
    struct sharing *s;
    bool kinds[TICK_KINDS];
    int64_t moments[TICK_KINDS];
    int64_t moment; /* who is due by then goes */
    struct next_set *sets;
    size_t count;
    struct move *moves; /* set by set, who goes first */
    size_t move_count;
    struct sha256 root;    /* over all versions */
    struct sha256 *leaves; /* beside sets */
    uint32_t *numbers;     /* the same: of the sets */
    struct store_place place;
    struct sharing_state state; /* as it will be */
    bool late;                  /* somebody goes later than anybody who is told now: the clock was ahead */
    bool failed;
    struct error err;
};

static void tick_free(struct tick *t)
{
    for (size_t i = 0; i < t->count; i++) {
        published_set_close(t->sets[i].next);
    }
    if (t->moves != NULL) {
        mem_wipe(t->moves, t->move_count * sizeof *t->moves);
    }
    mem_free(t->moves);
    mem_free(t->leaves);
    mem_free(t->numbers);
    mem_free(t->sets);
    mem_free(t);
}

static void end(struct tick *t, const struct error *err)
{
    struct sharing *s = t->s;
    const struct error why = err != NULL ? *err : (struct error){.fault = FAULT_NONE};
    tick_free(t);
    sharing_end(s, err != NULL ? &why : NULL);
}

/* ---- on a worker thread: the next versions ---- */

static int compare_moves(const void *a, const void *b)
{
    const struct move *left = a;
    const struct move *right = b;
    const int by_set = (left->set > right->set) - (left->set < right->set);
    return by_set != 0 ? by_set : (int)left->comes - (int)right->comes;
}

static bool takes_part(const struct tick *t, const struct shared_set *set)
{
    return set != NULL && set->kept && !set->closed && set->born <= t->s->state.swept && t->kinds[set->urgent];
}

static void add_move(struct tick *t, const struct roster_place *place)
{
    const struct shared_set *set = scope_set(t->s, place->set);
    const bool comes = place->since > set->version;
    const bool goes = place->due_ms != 0 && place->due_ms <= t->moment;
    if (comes != goes && !look_gone(t->s, place)) {
        t->moves[t->move_count++] = (struct move){place->set, comes, place->fingerprint};
    }
}

static enum result gather_moves(struct tick *t, struct error *err)
{
    const uint32_t *slots = NULL;
    const size_t count = roster_moving(t->s->roster, &slots);
    t->moves = mem_array(count, sizeof *t->moves);
    ENSURE(t->moves != NULL, err, FAULT_NO_MEMORY, "koppeling", "geen geheugen");
    for (size_t i = 0; i < count; i++) {
        const struct roster_place *place = roster_at(t->s->roster, slots[i]);
        if (place != NULL && takes_part(t, scope_set(t->s, place->set))) {
            add_move(t, place);
            t->late = t->late || leave_late(t->s, place, t->moment);
        }
    }
    qsort(t->moves, t->move_count, sizeof *t->moves, compare_moves);
    return RESULT_OK;
}

/* The first of a set: with all who come, so that no dummy has to make room. One that was there before goes on with the
 * dummies that it had; more people than then take the place of those that stood longest. */
static enum result open_first(const struct sharing *s, const uint64_t *comes, size_t count, struct next_set *next,
                              struct error *err)
{
    const struct shared_set *set = next->set;
    struct published_state state = set->state;
    if (state.class != 0 && count > set->people) {
        state.spent += count - set->people;
    }
    return published_set_open(scope_secrets(s, set->number)->dummies, &state, comes, count, next->version, &next->next,
                              err);
}

/* Of these moves, all of one set. */
static enum result change_set(const struct sharing *s, const struct move *moves, size_t count, struct next_set *next,
                              struct error *err)
{
    uint64_t *fingerprints = mem_array(count, sizeof *fingerprints);
    ENSURE(fingerprints != NULL, err, FAULT_NO_MEMORY, "koppeling", "geen geheugen");
    size_t goes = 0;
    for (size_t i = 0; i < count; i++) {
        fingerprints[i] = moves[i].fingerprint;
        goes += !moves[i].comes;
    }
    const struct published_change change = {fingerprints, goes, fingerprints + goes, count - goes};
    enum result result = RESULT_OK;
    if (!next->set->shown) {
        result = open_first(s, change.comes, change.comes_count, next, err);
    } else {
        result = published_set_copy(next->set->set, &next->next, err);
        if (result == RESULT_OK) {
            result = published_set_change(next->next, &change, next->version, err);
        }
    }
    mem_wipe(fingerprints, count * sizeof *fingerprints);
    mem_free(fingerprints);
    return result;
}

static enum result change_sets(struct tick *t, struct error *err)
{
    size_t from = 0;
    for (size_t i = 0; i < t->count; i++) { /* by number, as the moves are */
        size_t end = from;
        while (end < t->move_count && t->moves[end].set == t->sets[i].set->number) {
            end++;
        }
        if (end != from) {
            TRY(change_set(t->s, t->moves + from, end - from, &t->sets[i], err));
        }
        from = end;
    }
    return RESULT_OK;
}

/* What the record commits to: an RFC 6962 tree with a leaf for each set in this tick, by number; see sharing_places.h. */
static void leaf_of(const struct next_set *next, struct sha256 *out)
{
    enum { FIXED = OIN_DIGITS + 4 + 8 + 4 + SHA256_SIZE };
    const struct published_set *set = next->next != NULL ? next->next : next->set->set;
    const size_t purpose = strlen(next->set->purpose);
    uint8_t leaf[FIXED + CODE_MAX];
    uint8_t *at = leaf;
    memcpy(at, next->set->requester.digits, OIN_DIGITS);
    bytes_put_u32(at += OIN_DIGITS, next->set->epoch);
    bytes_put_u64(at += 4, next->version);
    bytes_put_u32(at += 8, published_set_class(set));
    memcpy(at += 4, published_set_root(set)->bytes, SHA256_SIZE);
    memcpy(at + SHA256_SIZE, next->set->purpose, purpose);
    merkle_leaf_hash(slice_of(leaf, FIXED + purpose), out);
}

static void make_versions(void *ctx)
{
    struct tick *t = ctx;
    struct merkle_frontier tree;
    t->failed = gather_moves(t, &t->err) != RESULT_OK || change_sets(t, &t->err) != RESULT_OK;
    merkle_init(&tree);
    for (size_t i = 0; i < t->count && !t->failed; i++) {
        leaf_of(&t->sets[i], &t->leaves[i]);
        t->numbers[i] = t->sets[i].set->number;
        merkle_append(&tree, &t->leaves[i]);
    }
    merkle_root(&tree, &t->root);
}

/* ---- the record, and only then the sets ---- */

static void show(struct tick *t)
{
    struct sharing *s = t->s;
    for (size_t i = 0; i < t->count; i++) {
        struct shared_set *set = t->sets[i].set;
        if (t->sets[i].next != NULL) {
            published_set_close(set->set);
            set->set = t->sets[i].next;
            t->sets[i].next = NULL;
        }
        set->state = published_set_state(set->set);
        set->people = (uint32_t)published_set_people(set->set);
        set->version = t->sets[i].version;
        set->tick_ms = t->moment;
        set->shown = true;
    }
    for (size_t i = 0; i < t->move_count; i++) {
        s->pending -= t->moves[i].comes && s->pending != 0;
        s->leaving = s->leaving || !t->moves[i].comes;
    }
    s->leaving = s->leaving || t->move_count != 0 || t->late;
    s->state = t->state;
}

static void published(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct tick *t = ctx;
    if (err != NULL) {
        audit_forget_keys(t->s->api->audit);
        end(t, err);
        return;
    }
    for (unsigned i = 0; i < TICK_KINDS; i++) {
        if (t->kinds[i]) {
            t->state.record[i] = committed->first_leaf + t->place.index;
            publication_keep(&t->s->publications[i], t->numbers, t->leaves, t->count, t->state.record[i]);
        }
    }
    show(t);
    t->s->state_changed = true; /* where the record stands */
    end(t, NULL);
}

static void next_state(struct tick *t)
{
    t->state = t->s->state;
    t->state.ticks++;
    for (unsigned i = 0; i < TICK_KINDS; i++) {
        if (t->kinds[i]) {
            t->state.tick_ms[i] = t->moments[i];
        }
    }
}

static void put_chunks(const struct tick *t, struct store_batch *batch)
{
    struct sharing *s = t->s;
    struct shared_set sets[SETS_PER_CHUNK];
    size_t at = 0;
    for (size_t chunk = 0; chunk < s->chunk_count && at < t->count; chunk++) {
        const size_t from = at;
        memcpy(sets, s->chunks[chunk]->sets, sizeof sets);
        for (; at < t->count && (t->sets[at].set->number - 1) / SETS_PER_CHUNK == chunk; at++) {
            const struct published_set *set = t->sets[at].next != NULL ? t->sets[at].next : t->sets[at].set->set;
            struct shared_set *to = &sets[(t->sets[at].set->number - 1) % SETS_PER_CHUNK];
            to->version = t->sets[at].version;
            to->tick_ms = t->moment;
            to->shown = true;
            to->state = published_set_state(set);
            to->people = (uint32_t)published_set_people(set);
        }
        if (at != from) {
            keep_put_chunk(s, chunk, sets, batch);
        }
    }
}

static enum result append_record(struct tick *t, struct store_batch *batch, struct error *err)
{
    struct record record;
    char text[96];
    (void)snprintf(text, sizeof text, "publicatie %" PRIu64 ", %zu opzoeksets", t->state.ticks, t->count);
    sharing_own_record(t->s, RECORD_SETS_PUBLISHED, &record);
    record.entries = (uint32_t)t->count;
    memcpy(record.attachment, t->root.bytes, sizeof record.attachment);
    return audit_append_exchange(t->s->api->audit, batch, &record, slice_text(text), slice_of(NULL, 0), &t->place, err);
}

static void versions_made(void *ctx)
{
    struct tick *t = ctx;
    struct sharing *s = t->s;
    struct error err;
    struct store_batch *batch = t->failed ? NULL : store_batch_new(s->api->door);
    if (t->failed || batch == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "koppeling", "geen geheugen");
        err = t->failed ? t->err : err;
        end(t, &err);
        return;
    }
    next_state(t);
    if (append_record(t, batch, &err) != RESULT_OK) {
        store_batch_free(batch);
        audit_forget_keys(s->api->audit);
        end(t, &err);
        return;
    }
    put_chunks(t, batch);
    keep_put_state(s, &t->state, batch);
    store_commit(s->api->door, batch, published, t);
}

/* ---- when ---- */

/* Ticks lie at fixed multiples of the interval, so that when one comes tells nothing. After a clock that was put back far
 * they go on from there. */
static bool is_due(const struct sharing *s, enum tick_kind kind, int64_t *moment)
{
    const int64_t interval = sharing_interval(s, kind);
    const int64_t now = clock_now(s->api->clock);
    const int64_t last = s->state.tick_ms[kind];
    *moment = now - now % interval;
    return *moment > last || *moment < last - interval;
}

/* Which tick since 1970 it is: so it rises too when an older state of this node comes back, as from a copy of its disk; and
 * one more than the last when the clock was put back. */
static uint64_t next_version(const struct tick *t, const struct shared_set *set)
{
    const enum tick_kind kind = set->urgent ? TICK_URGENT : TICK_ORDINARY;
    const uint64_t by_clock = (uint64_t)(t->moments[kind] / sharing_interval(t->s, kind));
    return by_clock > set->version ? by_clock : set->version + 1;
}

static enum result gather_sets(struct tick *t, struct error *err)
{
    const struct sharing *s = t->s;
    t->sets = mem_array(s->chunk_count * SETS_PER_CHUNK, sizeof *t->sets);
    t->leaves = mem_array(s->chunk_count * SETS_PER_CHUNK, sizeof *t->leaves);
    t->numbers = mem_array(s->chunk_count * SETS_PER_CHUNK, sizeof *t->numbers);
    ENSURE(t->sets != NULL && t->leaves != NULL && t->numbers != NULL, err, FAULT_NO_MEMORY, "koppeling",
           "geen geheugen");
    for (uint32_t number = 1; number <= s->chunk_count * SETS_PER_CHUNK; number++) {
        struct shared_set *set = scope_set(s, number);
        if (takes_part(t, set)) {
            t->sets[t->count++] = (struct next_set){.set = set, .version = next_version(t, set)};
        }
    }
    return RESULT_OK;
}

bool tick_step(struct sharing *s)
{
    struct tick t = {.s = s};
    struct error err;
    bool due = false;
    if (!sharing_may(s, STEP_TICK)) {
        return false;
    }
    for (unsigned i = 0; i < TICK_KINDS; i++) {
        t.kinds[i] = is_due(s, (enum tick_kind)i, &t.moments[i]);
        due = due || t.kinds[i];
        t.moment = t.kinds[i] && t.moments[i] > t.moment ? t.moments[i] : t.moment;
    }
    if (!due) {
        return false;
    }
    (void)error_set(&err, FAULT_NO_MEMORY, "koppeling", "geen geheugen");
    const bool gathered = gather_sets(&t, &err) == RESULT_OK;
    struct tick *tick = gathered && t.count != 0 ? mem_zalloc(sizeof *tick) : NULL;
    if (tick == NULL) {
        mem_free(t.leaves);
        mem_free(t.numbers);
        mem_free(t.sets);
        if (gathered && t.count == 0) { /* and nothing to record */
            next_state(&t);
            s->state = t.state;
        } else {
            sharing_failed(s, &err);
        }
        return false;
    }
    *tick = t;
    sharing_begin(s);
    if (!sharing_aside(s, make_versions, versions_made, tick)) {
        tick_free(tick);
    }
    return true;
}
