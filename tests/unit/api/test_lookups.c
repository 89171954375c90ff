/* The requester's half of private matching: what is fetched and when, what is refused, what outlives a restart, what is told. */
#include "unit/api/sets_rig.h"

#include "api/lookups_parts.h"
#include "base/bytes.h"
#include "matching/held_set.h"
#include "matching/set_tree.h"

#define PURPOSE "hulpafstemming"
#define ADA     "999000007"
#define BEN     "999000019"
#define MORE_0  "00000099000000100000" /* the first of sets_covenant_with, which declares no clients */

static const char *const ada[] = {ADA};

static void open_team(struct rig *rig, struct sets *sets)
{
    rig_open(rig, AREA_TEAM);
    sets_open(sets, rig, ada, 1);
}

static void with_more(struct rig *rig, unsigned more)
{
    char *text = sets_covenant_with(more, "9901");
    rig_set_covenant(rig, text);
    free(text);
}

static enum lookup_state state_of(struct rig *rig, const char *oin)
{
    struct oin provider;
    struct lookup_set set;
    assert_true(oin_parse(slice_text(oin), &provider));
    return lookups_state(rig->api.lookups, &provider, slice_text(PURPOSE), &set);
}

static bool has(struct sets *sets, const char *oin, const char *bsn)
{
    struct oin provider;
    struct bsn person;
    assert_true(oin_parse(slice_text(oin), &provider) && bsn_parse(slice_text(bsn), &person));
    const struct match_scope scope = sets_scope(sets, &provider, slice_text(PURPOSE));
    const struct lookup_set set = {.epoch = scope.epoch, .key = sets_key(&scope, sets_seed).public};
    return lookups_test(sets->rig->api.lookups, &provider, scope.purpose, &set,
                        sets_value(&scope, &person).fingerprint);
}

static size_t recorded(struct rig *rig, enum record_operation operation, struct record *last)
{
    size_t count = 0;
    for (uint64_t i = 0; i < rig_leaves(rig); i++) {
        const struct record record = rig_record(rig, i);
        if (record.operation == operation) {
            count++;
            *last = record;
        }
    }
    return count;
}

static void a_partner_s_set_says_who_is_in_it(void **state)
{
    (void)state;
    struct rig rig;
    struct sets sets;
    struct oin school;
    struct lookup_set set;
    open_team(&rig, &sets);
    assert_int_equal(state_of(&rig, SCHOOL), LOOKUP_READY);
    assert_int_equal(state_of(&rig, STRANGER), LOOKUP_NONE);
    assert_true(has(&sets, SCHOOL, ADA) && has(&sets, DEBT_HELP, ADA));
    assert_false(has(&sets, SCHOOL, BEN));
    sets_know(&sets, SCHOOL, BEN);
    sets_turn(&sets);
    assert_true(has(&sets, SCHOOL, BEN));
    assert_false(has(&sets, DEBT_HELP, BEN));
    assert_true(oin_parse(slice_text(SCHOOL), &school));
    const struct match_scope scope = sets_scope(&sets, &school, slice_text(PURPOSE));
    const struct voprf_key true_key = sets_key(&scope, 1);
    const uint64_t ben = sets_value(&scope, &sets.people[1].person).fingerprint;
    assert_int_equal(lookups_state(rig.api.lookups, &school, scope.purpose, &set), LOOKUP_READY);
    assert_int_equal(set.epoch, SETS_EPOCH);
    assert_int_equal(set.version, sets.version);
    assert_memory_equal(set.key.bytes, true_key.public.bytes, sizeof set.key.bytes);
    assert_true(lookups_test(rig.api.lookups, &school, scope.purpose, &set, ben));
    set.epoch++; /* of another epoch or key nothing is known */
    assert_false(lookups_test(rig.api.lookups, &school, scope.purpose, &set, ben));
    set.epoch--;
    set.key.bytes[3] ^= 1;
    assert_false(lookups_test(rig.api.lookups, &school, scope.purpose, &set, ben));
    rig_close(&rig);
}

static void a_large_set_comes_in_pages(void **state)
{
    (void)state;
    struct rig rig;
    struct sets sets;
    struct oin school;
    open_team(&rig, &sets);
    sets.class = 16384;
    const size_t before = sets.pages;
    sets_turn(&sets);
    assert_true(sets.pages - before >= 3); /* 2.7 pages */
    assert_true(oin_parse(slice_text(SCHOOL), &school));
    const struct lookup *lookup = lookups_find(rig.api.lookups, &school, slice_text(PURPOSE));
    assert_int_equal(held_set_header(lookup->set)->class, sets.class);
    assert_true(has(&sets, SCHOOL, ADA));
    assert_false(has(&sets, SCHOOL, BEN));
    rig_close(&rig);
}

/* ---- steps ---- */

struct stepper {
    uint64_t entries[SET_CLASS_MIN];
    uint64_t version;
    size_t steps;
    bool wrong; /* swaps what is not there */
};

static bool is_among(const uint64_t *all, uint64_t entry)
{
    for (size_t i = 0; i < SET_CLASS_MIN; i++) {
        if (all[i] == entry) {
            return true;
        }
    }
    return false;
}

/* From the version that was given last, when that is what is asked for. */
static void give_step(struct sets *sets, const char *path, struct buf *body)
{
    struct stepper *s = sets->bend_ctx;
    struct set_header header;
    struct slice payload;
    struct error err;
    uint64_t now[SET_CLASS_MIN];
    struct set_swap swaps[SET_STEP_SWAPS] = {{0, 0}};
    uint32_t goes = 0;
    uint32_t comes = 0;
    if (strstr(path, PURPOSE) == NULL) {
        return;
    }
    assert_int_equal(set_read(buf_slice(body), &header, &payload, &err), RESULT_OK);
    for (size_t i = 0; i < SET_CLASS_MIN; i++) {
        now[i] = bytes_get_u64(payload.ptr + 8 * i);
    }
    const char *from = strstr(path, "vanaf=");
    if (from != NULL && strtoull(from + 6, NULL, 10) == s->version) {
        for (size_t i = 0; i < SET_CLASS_MIN; i++) {
            if (!is_among(now, s->entries[i])) {
                swaps[goes++].goes = s->entries[i];
            }
            if (!is_among(s->entries, now[i])) {
                swaps[comes++].comes = now[i];
            }
        }
        assert_int_equal(goes, comes);
        swaps[0].goes += s->wrong;
        header.part = SET_STEP;
        header.from = s->version;
        header.swaps = comes;
        buf_clear(body);
        set_write_step(&header, swaps, body);
        s->steps++;
    }
    memcpy(s->entries, now, sizeof now);
    s->version = header.version;
}

static void a_step_brings_who_came_and_drops_who_went(void **state)
{
    (void)state;
    struct rig rig;
    struct sets sets;
    struct stepper stepper = {.version = 0};
    struct record record;
    open_team(&rig, &sets);
    (void)snprintf(sets.spoiler, sizeof sets.spoiler, "%s", SCHOOL);
    sets.bend = give_step;
    sets.bend_ctx = &stepper;
    sets_turn(&sets);
    assert_int_equal(stepper.steps, 0);
    sets_know(&sets, SCHOOL, BEN);
    sets_turn(&sets);
    assert_int_equal(stepper.steps, 1);
    assert_true(has(&sets, SCHOOL, ADA) && has(&sets, SCHOOL, BEN));
    sets.count = 0;
    sets_turn(&sets);
    assert_int_equal(stepper.steps, 2);
    assert_false(has(&sets, SCHOOL, ADA) || has(&sets, SCHOOL, BEN));
    assert_int_equal(recorded(&rig, RECORD_SET_REFUSED, &record), 0);
    stepper.wrong = true; /* refused, and the whole set is fetched in its place */
    sets_know(&sets, SCHOOL, BEN);
    sets_turn(&sets);
    assert_true(has(&sets, SCHOOL, BEN));
    assert_int_equal(recorded(&rig, RECORD_SET_REFUSED, &record), 1);
    rig_close(&rig);
}

/* From a version that was given, a step that swaps nothing. */
static void give_empty_step(struct sets *sets, const char *path, struct buf *body)
{
    size_t *steps = sets->bend_ctx;
    const struct set_swap none[SET_STEP_SWAPS] = {{0, 0}};
    struct set_header header;
    struct slice payload;
    struct error err;
    const char *from = strstr(path, "vanaf=");
    if (from == NULL || strstr(path, PURPOSE) == NULL) {
        return;
    }
    assert_int_equal(set_read(buf_slice(body), &header, &payload, &err), RESULT_OK);
    header.part = SET_STEP;
    header.from = strtoull(from + 6, NULL, 10);
    buf_clear(body);
    set_write_step(&header, none, body);
    (*steps)++;
}

static void a_step_in_a_large_set_is_made_aside(void **state)
{
    (void)state;
    struct rig rig;
    struct sets sets;
    struct oin partner;
    size_t steps = 0;
    open_team(&rig, &sets);
    with_more(&rig, 1);
    sets.class = 2 * MATCH_STEP_ASIDE;
    (void)snprintf(sets.large, sizeof sets.large, "%s", MORE_0);
    (void)snprintf(sets.spoiler, sizeof sets.spoiler, "%s", MORE_0);
    sets.bend = give_empty_step;
    sets.bend_ctx = &steps;
    sets_turn(&sets);
    assert_true(oin_parse(slice_text(MORE_0), &partner));
    const struct lookup *lookup = lookups_find(rig.api.lookups, &partner, slice_text(PURPOSE));
    assert_int_equal(held_set_header(lookup->set)->class, sets.class);
    for (size_t i = 0; i < 2; i++) {
        const struct held_set *before = lookup->set;
        sets_turn(&sets);
        assert_int_equal(steps, i + 1);
        assert_ptr_not_equal(lookup->set, before); /* a copy took its place: nobody asked it while it moved */
        assert_int_equal(held_set_header(lookup->set)->version, sets.version);
        assert_true(has(&sets, MORE_0, ADA));
    }
    rig_close(&rig);
}

/* ---- what is refused ---- */

enum { AT_EPOCH = 8, AT_CLASS = 16, AT_VERSION = 24, AT_ROOT = 40, AT_KEY = 72 };

static void cut(struct sets *sets, const char *path, struct buf *body)
{
    (void)sets;
    (void)path;
    body->len -= 8;
}

static void cut_header(struct sets *sets, const char *path, struct buf *body)
{
    (void)sets;
    (void)path;
    body->len = SET_HEADER_BYTES - 1;
}

static void unsort(struct sets *sets, const char *path, struct buf *body)
{
    (void)sets;
    (void)path;
    uint8_t *first = body->ptr + SET_HEADER_BYTES;
    uint8_t entry[8];
    memcpy(entry, first, 8);
    memcpy(first, first + 8, 8);
    memcpy(first + 8, entry, 8);
}

static void another_root(struct sets *sets, const char *path, struct buf *body)
{
    (void)sets;
    (void)path;
    body->ptr[AT_ROOT] ^= 1;
}

static void another_key(struct sets *sets, const char *path, struct buf *body)
{
    (void)path;
    const struct match_scope scope = sets_scope(sets, &sets->rig->api.own_oin, slice_text("anders"));
    const struct voprf_key key = sets_key(&scope, 5);
    memcpy(body->ptr + AT_KEY, key.public.bytes, VOPRF_ELEMENT);
}

static void no_key(struct sets *sets, const char *path, struct buf *body)
{
    (void)sets;
    (void)path;
    memset(body->ptr + AT_KEY, 0, VOPRF_ELEMENT); /* the identity */
}

static void older(struct sets *sets, const char *path, struct buf *body)
{
    (void)sets;
    (void)path;
    bytes_put_u64(body->ptr + AT_VERSION, 1);
}

static void older_epoch(struct sets *sets, const char *path, struct buf *body)
{
    (void)path;
    bytes_put_u32(body->ptr + AT_EPOCH, sets->epoch - 1);
}

static void too_large(struct sets *sets, const char *path, struct buf *body)
{
    (void)sets;
    (void)path;
    bytes_put_u32(body->ptr + AT_CLASS, 2U * SET_CLASS_MAX);
}

static void past_undeclared(struct sets *sets, const char *path, struct buf *body)
{
    (void)sets;
    (void)path;
    bytes_put_u32(body->ptr + AT_CLASS, 2U * MATCH_CLASS_UNDECLARED);
}

static void what_does_not_hold_is_refused_and_the_last_good_set_stays(void **state)
{
    (void)state;
    static void (*const ways[])(struct sets *, const char *, struct buf *) = {
        cut, cut_header, unsort, another_root, no_key, older, older_epoch, too_large};
    for (size_t i = 0; i < COUNT_OF(ways); i++) {
        struct rig rig;
        struct sets sets;
        struct record record;
        open_team(&rig, &sets);
        sets_turn(&sets);
        (void)snprintf(sets.spoiler, sizeof sets.spoiler, "%s", SCHOOL);
        sets.bend = ways[i];
        sets_know(&sets, "", BEN);
        sets_turn(&sets);
        assert_int_equal(state_of(&rig, SCHOOL), LOOKUP_READY);
        assert_true(has(&sets, SCHOOL, ADA));
        assert_false(has(&sets, SCHOOL, BEN));
        assert_true(has(&sets, DEBT_HELP, BEN));
        const size_t once = recorded(&rig, RECORD_SET_REFUSED, &record);
        assert_true(once >= 1); /* for each purpose */
        assert_string_equal(record.peer.digits, SCHOOL);
        assert_int_equal(record.outcome, OUTCOME_REFUSED);
        sets_turn(&sets); /* within the hour, for the same reason: not again */
        assert_int_equal(recorded(&rig, RECORD_SET_REFUSED, &record), once);
        rig.moved_ms += MATCH_REFUSED_MS;
        sets_turn(&sets);
        assert_int_equal(recorded(&rig, RECORD_SET_REFUSED, &record), 2 * once);
        assert_int_equal(state_of(&rig, SCHOOL), LOOKUP_READY); /* its age counts from the last good one */
        sets.bend = NULL;
        sets_turn(&sets);
        assert_true(has(&sets, SCHOOL, BEN));
        rig_close(&rig);
    }
}

/* ---- one that was put back ---- */

static void far_epoch(struct sets *sets, const char *path, struct buf *body)
{
    (void)path;
    bytes_put_u32(body->ptr + AT_EPOCH, sets->epoch + SET_EPOCHS_AHEAD + 1);
    bytes_put_u32(body->ptr + AT_EPOCH + 4, sets->epoch + SET_EPOCHS_AHEAD + 1);
}

static void lower_epoch(struct sets *sets, const char *path, struct buf *body)
{
    (void)path;
    bytes_put_u32(body->ptr + AT_EPOCH, sets->epoch - 1);
    bytes_put_u32(body->ptr + AT_EPOCH + 4, sets->epoch - 1);
}

/* Rising, but far below what it was. */
static void versions_anew(struct sets *sets, const char *path, struct buf *body)
{
    (void)path;
    bytes_put_u64(body->ptr + AT_VERSION, sets->version - 10000);
}

static void smaller(struct sets *sets, const char *path, struct buf *body)
{
    struct oin school;
    const uint32_t class = sets->class;
    assert_true(oin_parse(slice_text(SCHOOL), &school));
    const char *purpose = strrchr(path, '/') + 1;
    const struct match_scope scope = sets_scope(sets, &school, slice_of(purpose, strcspn(purpose, "?")));
    sets->class = SET_CLASS_MIN;
    buf_clear(body);
    sets_page(sets, &scope, 0, body);
    sets->class = class;
}

static void what_does_not_follow_is_refused_while_the_set_is_fresh_and_taken_when_it_is_not(void **state)
{
    (void)state;
    static void (*const ways[])(struct sets *, const char *, struct buf *) = {versions_anew, smaller, lower_epoch,
                                                                              far_epoch};
    for (size_t i = 0; i < COUNT_OF(ways); i++) {
        struct rig rig;
        struct sets sets;
        struct record record;
        struct oin school;
        open_team(&rig, &sets);
        sets.version = 20000;
        sets.class = 2 * SET_CLASS_MIN;
        sets_turn(&sets);
        assert_true(oin_parse(slice_text(SCHOOL), &school));
        const struct lookup *lookup = lookups_find(rig.api.lookups, &school, slice_text(PURPOSE));
        const struct set_header before = *held_set_header(lookup->set);
        (void)snprintf(sets.spoiler, sizeof sets.spoiler, "%s", SCHOOL);
        sets.bend = ways[i];
        sets_know(&sets, "", BEN);
        for (int k = 0; k < MATCH_STALE_TICKS; k++) {
            sets_turn(&sets);
            assert_int_equal(state_of(&rig, SCHOOL), LOOKUP_READY);
            assert_memory_equal(&before, held_set_header(lookup->set), sizeof before);
        }
        assert_true(recorded(&rig, RECORD_SET_REFUSED, &record) >= 1);
        assert_int_equal(recorded(&rig, RECORD_MATCH_FINDING, &record), 0);
        sets_turn(&sets);
        assert_int_equal(state_of(&rig, SCHOOL), LOOKUP_READY);
        assert_memory_not_equal(&before, held_set_header(lookup->set), sizeof before);
        const size_t findings = recorded(&rig, RECORD_MATCH_FINDING, &record);
        assert_true(findings >= 1); /* one for each purpose */
        assert_string_equal(record.peer.digits, SCHOOL);
        sets_turn(&sets); /* and from there on it goes its ordinary way */
        assert_int_equal(state_of(&rig, SCHOOL), LOOKUP_READY);
        assert_int_equal(recorded(&rig, RECORD_MATCH_FINDING, &record), findings);
        sets.bend = NULL; /* what it was is what does not follow now, or follows */
        for (int k = 0; k <= MATCH_STALE_TICKS; k++) {
            sets_turn(&sets);
        }
        assert_int_equal(state_of(&rig, SCHOOL), LOOKUP_READY);
        assert_true(has(&sets, SCHOOL, BEN));
        rig_close(&rig);
    }
}

/* The provider lost the key of a period that is under way: what was evaluated with the old one finds nobody there any more. */
static void another_key_in_a_period_is_taken_at_once_and_told(void **state)
{
    (void)state;
    struct rig rig;
    struct sets sets;
    struct record record;
    struct oin school;
    open_team(&rig, &sets);
    sets_turn(&sets);
    assert_true(oin_parse(slice_text(SCHOOL), &school));
    const struct lookup *lookup = lookups_find(rig.api.lookups, &school, slice_text(PURPOSE));
    const struct set_header before = *held_set_header(lookup->set);
    (void)snprintf(sets.spoiler, sizeof sets.spoiler, "%s", SCHOOL);
    sets.bend = another_key;
    sets_turn(&sets);
    assert_int_equal(state_of(&rig, SCHOOL), LOOKUP_READY);
    assert_int_equal(held_set_header(lookup->set)->epoch, before.epoch);
    assert_memory_not_equal(&held_set_header(lookup->set)->key, &before.key, sizeof before.key);
    assert_true(recorded(&rig, RECORD_MATCH_FINDING, &record) >= 1);
    assert_string_equal(record.peer.digits, SCHOOL);
    rig_close(&rig);
}

static void same_version(struct sets *sets, const char *path, struct buf *body)
{
    (void)sets;
    (void)path;
    bytes_put_u64(body->ptr + AT_VERSION, 1);
}

/* Answers, and publishes nothing: an ended partner would stay believed for ever. */
static void a_partner_that_gives_the_same_version_again_and_again_is_not_believed(void **state)
{
    (void)state;
    struct rig rig;
    struct sets sets;
    struct record record;
    open_team(&rig, &sets); /* version 1 */
    (void)snprintf(sets.spoiler, sizeof sets.spoiler, "%s", SCHOOL);
    sets.bend = same_version;
    for (int i = 0; i < MATCH_STALE_TICKS; i++) {
        sets_turn(&sets);
        assert_int_equal(state_of(&rig, SCHOOL), LOOKUP_READY);
    }
    sets_turn(&sets);
    assert_int_equal(state_of(&rig, SCHOOL), LOOKUP_STALE);
    assert_int_equal(state_of(&rig, DEBT_HELP), LOOKUP_READY);
    assert_int_equal(recorded(&rig, RECORD_SET_REFUSED, &record), 0);
    sets.bend = NULL;
    sets_turn(&sets);
    assert_int_equal(state_of(&rig, SCHOOL), LOOKUP_READY);
    rig_close(&rig);
}

static void a_set_that_rose_in_the_future_is_of_unknown_age(void **state)
{
    (void)state;
    struct rig rig;
    struct sets sets;
    open_team(&rig, &sets);
    sets_turn(&sets);
    rig.moved_ms -= CLOCK_BACK_MAX_MS;
    assert_int_equal(state_of(&rig, SCHOOL), LOOKUP_READY);
    rig.moved_ms--;
    assert_int_equal(state_of(&rig, SCHOOL), LOOKUP_STALE);
    rig_close(&rig);
}

static void one_that_never_gave_a_good_set_has_none(void **state)
{
    (void)state;
    struct rig rig;
    struct sets sets = {.rig = &rig};
    rig_open(&rig, AREA_TEAM);
    sets_open(&sets, &rig, ada, 0);
    assert_int_equal(state_of(&rig, SCHOOL), LOOKUP_READY);
    lookups_close(rig.api.lookups);
    struct error err;
    bool ready = false;
    assert_int_equal(lookups_open(&rig.api, &rig_match_times, &rig.api.lookups, &err), RESULT_OK);
    assert_int_equal(state_of(&rig, SCHOOL), LOOKUP_NONE); /* nothing was read yet */
    lookups_start(rig.api.lookups, sets_ready, &ready);
    rig_run(&rig);
    assert_true(ready);
    assert_int_equal(state_of(&rig, SCHOOL), LOOKUP_READY);
    rig_close(&rig);
}

/* ---- in the store ---- */

static void restart(struct rig *rig)
{
    struct error err;
    bool ready = false;
    lookups_close(rig->api.lookups);
    assert_int_equal(lookups_open(&rig->api, &rig_match_times, &rig->api.lookups, &err), RESULT_OK);
    lookups_start(rig->api.lookups, sets_ready, &ready);
    rig_run(rig);
    assert_true(ready);
}

static void a_restart_knows_the_sets_and_what_was_counted(void **state)
{
    (void)state;
    struct rig rig;
    struct sets sets;
    struct buf told[2];
    struct oin school;
    open_team(&rig, &sets);
    assert_true(oin_parse(slice_text(SCHOOL), &school));
    sets.class = 16384; /* some pieces */
    sets_know(&sets, SCHOOL, BEN);
    lookups_count(rig.api.lookups, &school, slice_text(PURPOSE), LOOKUP_EVALUATED);
    lookups_count(rig.api.lookups, &school, slice_text(PURPOSE), LOOKUP_HIT);
    sets_turn(&sets);
    for (int i = 0; i < 2; i++) {
        buf_init(&told[i], 65536);
        struct json_writer w = json_writer(&told[i]);
        json_begin_object(&w, NULL);
        lookups_describe(rig.api.lookups, &w);
        json_end_object(&w);
        buf_byte(&told[i], '\0');
        if (i == 0) {
            restart(&rig);
        }
    }
    assert_int_equal(rig.peers.count, 0);
    assert_true(has(&sets, SCHOOL, ADA) && has(&sets, SCHOOL, BEN) && has(&sets, DEBT_HELP, ADA));
    assert_false(has(&sets, DEBT_HELP, BEN));
    const char *before = strstr((const char *)told[0].ptr, "\"setsVanKetenpartners\"");
    const char *after = strstr((const char *)told[1].ptr, "\"setsVanKetenpartners\"");
    assert_non_null(before);
    assert_string_equal(before, after);
    assert_non_null(strstr(before, "\"geevalueerd\":1"));
    assert_non_null(strstr(before, "\"zonderToets\":1"));
    buf_free(&told[0]);
    buf_free(&told[1]);
    rig_close(&rig);
}

struct one_item {
    struct ident id;
    size_t len; /* of its content */
    size_t count;
    size_t skip;
};

static void take_item(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *err)
{
    struct one_item *one = ctx;
    assert_null(err);
    assert_false(more);
    one->count = count;
    if (count > one->skip) {
        one->id = items[one->skip].id;
        one->len = items[one->skip].payload.len;
    }
}

static struct one_item item_at(struct rig *rig, size_t place)
{
    struct one_item one = {.skip = place};
    store_list(rig->api.door, STORE_LOOKUP_SET, NULL, STORE_LIST_MAX, take_item, &one);
    return one;
}

/* Whatever piece a crash or a hand took: the set is not believed, and fetched. */
static void a_set_that_is_not_whole_in_the_store_is_fetched_anew(void **state)
{
    (void)state;
    struct rig rig;
    struct sets sets;
    open_team(&rig, &sets);
    const size_t items = item_at(&rig, 0).count;
    assert_true(items >= 4);
    for (size_t i = 0; i < items; i++) {
        const struct one_item one = item_at(&rig, i);
        struct store_batch *batch = store_batch_new(rig.world.door);
        store_remove(batch, STORE_LOOKUP_SET, &one.id);
        assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
        restart(&rig);
        sets_turn(&sets);
        assert_true(has(&sets, SCHOOL, ADA) && has(&sets, DEBT_HELP, ADA));
        assert_int_equal(item_at(&rig, 0).count, items);
    }
    rig_close(&rig);
}

/* How far it had come is known still: nothing older takes its place. */
static void a_set_that_is_damaged_in_the_store_is_not_rolled_back(void **state)
{
    (void)state;
    struct rig rig;
    struct sets sets;
    struct record record;
    struct oin school;
    open_team(&rig, &sets);
    sets_turn(&sets);
    sets_turn(&sets);
    for (size_t i = item_at(&rig, 0).count; i-- > 0;) { /* all pieces; a head is smaller */
        const struct one_item one = item_at(&rig, i);
        struct store_batch *batch = store_batch_new(rig.world.door);
        if (one.len > (size_t)SET_CLASS_MIN * SET_ENTRY_BYTES) {
            store_remove(batch, STORE_LOOKUP_SET, &one.id);
            assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
        } else {
            store_batch_free(batch);
        }
    }
    restart(&rig);
    assert_true(oin_parse(slice_text(SCHOOL), &school));
    assert_int_equal(state_of(&rig, SCHOOL), LOOKUP_NONE);
    (void)snprintf(sets.spoiler, sizeof sets.spoiler, "%s", SCHOOL);
    sets.bend = older;
    sets_turn(&sets);
    assert_int_equal(state_of(&rig, SCHOOL), LOOKUP_NONE);
    assert_true(recorded(&rig, RECORD_SET_REFUSED, &record) >= 1);
    assert_int_equal(state_of(&rig, DEBT_HELP), LOOKUP_READY);
    sets.bend = NULL;
    sets_turn(&sets);
    assert_int_equal(state_of(&rig, SCHOOL), LOOKUP_READY);
    rig_close(&rig);
}

static void a_set_that_no_covenant_asks_for_goes(void **state)
{
    (void)state;
    struct rig rig;
    struct sets sets;
    open_team(&rig, &sets);
    assert_true(item_at(&rig, 0).count > 0);
    rig.covenants++;
    for (size_t e = 0; e < rig.api.book->count; e++) {
        struct api_covenant *held = rig.api.book->entries[e];
        for (size_t p = 0; p < covenant_party_count(held->covenant); p++) {
            rig_word(held, &covenant_party_at(held->covenant, p)->oin, STATEMENT_REJECT, rig.covenants);
        }
    }
    book_choose(&rig.api);
    sets_turn(&sets);
    assert_int_equal(state_of(&rig, SCHOOL), LOOKUP_NONE);
    assert_int_equal(item_at(&rig, 0).count, 0);
    rig_close(&rig);
}

/* ---- rounds ---- */

static void a_silent_partner_keeps_nobody_else_waiting(void **state)
{
    (void)state;
    struct rig rig;
    struct sets sets;
    open_team(&rig, &sets);
    (void)snprintf(sets.spoiler, sizeof sets.spoiler, "%s", SCHOOL);
    sets.silent = true;
    for (int i = 0; i < 3; i++) {
        sets_turn(&sets);
    }
    sets_know(&sets, "", BEN);
    sets_turn(&sets);
    assert_true(has(&sets, DEBT_HELP, BEN));
    assert_false(has(&sets, SCHOOL, BEN));
    assert_int_equal(rig.peers.count, 1); /* one at a time of one partner, whatever the purposes and ticks */
    assert_int_equal(lookups_rounds_begun(rig.api.lookups), 5);
    assert_int_equal(lookups_rounds_ended(rig.api.lookups), 1);
    sets.silent = false;
    sets_answer(&sets); /* what it was asked before the last round began says nothing of that; so it is asked again */
    assert_int_equal(lookups_rounds_ended(rig.api.lookups), 5);
    assert_true(has(&sets, SCHOOL, BEN));
    rig_close(&rig);
}

/* The one question that is under way to this partner ends, as at one that is down. */
static void fail_one(struct sets *sets, const char *oin)
{
    struct peer_pool *peers = &sets->rig->peers;
    const struct peer_outcome down = {.kind = PEER_DOWN, .media_type = "", .tries = 1};
    size_t at = 0;
    while (at < peers->count && strcmp(peers->asks[at].partner.digits, oin) != 0) {
        at++;
    }
    assert_true(at < peers->count);
    struct rig_ask ask = peers->asks[at];
    peers->count--;
    memmove(&peers->asks[at], &peers->asks[at + 1], (peers->count - at) * sizeof *peers->asks);
    ask.done(ask.ctx, &down);
    buf_free(&ask.body);
    rig_run(sets->rig);
}

static void a_partner_that_takes_a_tick_for_each_set_is_asked_for_all_in_turn(void **state)
{
    (void)state;
    enum { TICKS = 24 };
    struct rig rig;
    struct sets sets;
    open_team(&rig, &sets);
    (void)snprintf(sets.spoiler, sizeof sets.spoiler, "%s", SCHOOL);
    sets.silent = true;
    for (int i = 0; i < TICKS; i++) {
        sets_turn(&sets);
        fail_one(&sets, SCHOOL);
    }
    assert_true(lookups_rounds_ended(rig.api.lookups) > TICKS / 2);
    sets.silent = false;
    sets_answer(&sets);
    rig_close(&rig);
}

static void few_partners_are_asked_at_once_and_all_in_the_end(void **state)
{
    (void)state;
    enum { MORE = 20 };
    struct rig rig;
    struct sets sets;
    open_team(&rig, &sets);
    with_more(&rig, MORE);
    sets_due(&sets);
    assert_int_equal(rig.peers.count, MATCH_FETCHES);
    sets_answer(&sets);
    for (unsigned i = 0; i < MORE; i++) {
        char oin[OIN_DIGITS + 1];
        (void)snprintf(oin, sizeof oin, "000000990000001%05u", i);
        assert_int_equal(state_of(&rig, oin), LOOKUP_READY);
    }
    assert_int_equal(lookups_rounds_ended(rig.api.lookups), 2);
    rig_close(&rig);
}

/* Where all connections are taken, that fails at once: within one turn of the loop nobody is tried twice. */
static void what_cannot_be_asked_now_is_asked_a_little_later(void **state)
{
    (void)state;
    enum { MORE = 40 };
    struct rig rig;
    struct sets sets;
    open_team(&rig, &sets);
    with_more(&rig, MORE);
    rig.peers.refuses = true;
    sets_know(&sets, "", BEN);
    sets.version++;
    rig.moved_ms += MATCH_TICK_MS;
    lookups_tick(rig.api.lookups);
    assert_true(lookups_rounds_ended(rig.api.lookups) < lookups_rounds_begun(rig.api.lookups));
    rig_run(&rig);
    assert_int_equal(lookups_rounds_ended(rig.api.lookups), lookups_rounds_begun(rig.api.lookups));
    assert_int_equal(rig.peers.count, 0);
    rig.peers.refuses = false;
    for (uint64_t began = uv_hrtime(); rig.peers.count == 0 && uv_hrtime() - began < UINT64_C(60000000000);) {
        uv_sleep(20);
        rig_run(&rig);
        uv_update_time(rig.api.loop);
        lookups_tick(rig.api.lookups); /* the same tick still */
    }
    sets_answer(&sets);
    assert_true(has(&sets, SCHOOL, BEN));
    rig_close(&rig);
}

/* Not before its moment within the tick, which is the same in every tick; and urgent purposes at each of their own. */
static void a_tick_is_one_round_at_the_same_moment_of_each(void **state)
{
    (void)state;
    struct rig rig;
    struct sets sets;
    int64_t moments[3];
    open_team(&rig, &sets);
    for (int i = 0; i < 3; i++) {
        const uint64_t begun = lookups_rounds_begun(rig.api.lookups);
        for (int64_t left = INT64_C(2) * MATCH_TICK_MS; left > 0 && lookups_rounds_begun(rig.api.lookups) == begun;
             left -= 100) {
            rig.moved_ms += 100;
            lookups_tick(rig.api.lookups);
            rig_run(&rig);
            sets_answer(&sets);
        }
        assert_int_equal(lookups_rounds_begun(rig.api.lookups), begun + 1);
        moments[i] = sets_now(&rig) % MATCH_TICK_MS;
        assert_true(moments[i] <= MATCH_SPREAD_MS + 100);
        assert_int_equal(moments[i], moments[0]);
    }
    rig_close(&rig);
}

/* ---- findings ---- */

static void count(struct rig *rig, const char *oin, enum lookup_count what, int times)
{
    struct oin provider;
    assert_true(oin_parse(slice_text(oin), &provider));
    for (int i = 0; i < times; i++) {
        lookups_count(rig->api.lookups, &provider, slice_text(PURPOSE), what);
    }
    rig_run(rig);
}

static void hits_that_are_answered_with_nothing_too_often_are_a_finding_once_a_day(void **state)
{
    (void)state;
    struct rig rig;
    struct sets sets;
    struct record record;
    open_team(&rig, &sets);
    /* One short of enough hits, all empty. */
    for (int i = 0; i < MATCH_EMPTY_MIN - 1; i++) {
        count(&rig, SCHOOL, LOOKUP_ANSWERED, 1);
        count(&rig, SCHOOL, LOOKUP_EMPTY, 1);
    }
    assert_int_equal(recorded(&rig, RECORD_MATCH_FINDING, &record), 0);
    count(&rig, SCHOOL, LOOKUP_ANSWERED, 1);
    count(&rig, SCHOOL, LOOKUP_EMPTY, 1);
    assert_int_equal(recorded(&rig, RECORD_MATCH_FINDING, &record), 1);
    assert_string_equal(record.peer.digits, SCHOOL);
    count(&rig, SCHOOL, LOOKUP_ANSWERED, 1);
    count(&rig, SCHOOL, LOOKUP_EMPTY, 1);
    assert_int_equal(recorded(&rig, RECORD_MATCH_FINDING, &record), 1);
    rig.moved_ms += 86400000;
    count(&rig, SCHOOL, LOOKUP_ANSWERED, 1);
    count(&rig, SCHOOL, LOOKUP_EMPTY, 1);
    assert_int_equal(recorded(&rig, RECORD_MATCH_FINDING, &record), 2);
    /* As many as removals explain are none. */
    count(&rig, DEBT_HELP, LOOKUP_ANSWERED, 4 * MATCH_EMPTY_MIN);
    count(&rig, DEBT_HELP, LOOKUP_EMPTY, 4 * MATCH_EMPTY_MIN * MATCH_EMPTY_PERCENT / 100);
    assert_int_equal(recorded(&rig, RECORD_MATCH_FINDING, &record), 2);
    count(&rig, DEBT_HELP, LOOKUP_EMPTY, 1);
    assert_int_equal(recorded(&rig, RECORD_MATCH_FINDING, &record), 3);
    rig_close(&rig);
}

/* By the own clock, whatever epoch the partner says it is. */
static void a_partner_that_turns_its_epoch_has_no_clean_slate(void **state)
{
    (void)state;
    struct rig rig;
    struct sets sets;
    struct record record;
    open_team(&rig, &sets);
    for (int i = 0; i < MATCH_EMPTY_MIN; i++) {
        count(&rig, SCHOOL, LOOKUP_ANSWERED, 1);
        count(&rig, SCHOOL, LOOKUP_EMPTY, i < MATCH_EMPTY_MIN - 1);
        if (i % 8 == 7) {
            sets.epoch++;
            sets_turn(&sets);
        }
        assert_int_equal(recorded(&rig, RECORD_MATCH_FINDING, &record), 0);
    }
    count(&rig, SCHOOL, LOOKUP_EMPTY, 1);
    assert_int_equal(recorded(&rig, RECORD_MATCH_FINDING, &record), 1);
    rig.moved_ms += rig_match_times.values_ms + 1; /* then it counts anew */
    count(&rig, SCHOOL, LOOKUP_ANSWERED, 1);
    count(&rig, SCHOOL, LOOKUP_EMPTY, 1);
    assert_int_equal(recorded(&rig, RECORD_MATCH_FINDING, &record), 1);
    rig_close(&rig);
}

static void a_set_that_outgrows_what_its_partner_declares_is_a_finding(void **state)
{
    (void)state;
    static const char declared[] = "\"clienten\": 128,";
    struct rig rig;
    struct sets sets;
    struct record record;
    open_team(&rig, &sets);
    char *text = sets_covenant_with(1, "9901");
    char *at = strstr(text, "\"naam\":\"Schuldhulp 0\"");
    assert_non_null(at);
    char *larger = malloc(strlen(text) + sizeof declared);
    assert_non_null(larger);
    (void)sprintf(larger, "%.*s%s%s", (int)(at - text), text, declared, at);
    rig_set_covenant(&rig, larger);
    free(larger);
    free(text);
    sets.class = 128;
    sets_turn(&sets);
    assert_int_equal(recorded(&rig, RECORD_MATCH_FINDING, &record), 0);
    sets.class = 256; /* 97 people may have doubled it */
    sets_turn(&sets);
    assert_int_equal(recorded(&rig, RECORD_MATCH_FINDING, &record), 0);
    sets.class = 512; /* three quarters of half of it are more than declared */
    sets_turn(&sets);
    const size_t found = recorded(&rig, RECORD_MATCH_FINDING, &record);
    assert_true(found >= 1);
    sets_turn(&sets);
    assert_int_equal(recorded(&rig, RECORD_MATCH_FINDING, &record), found);
    assert_int_equal(recorded(&rig, RECORD_SET_REFUSED, &record), 0);
    sets.class = 1024; /* that is no growth any more: before a second page is asked for */
    const size_t pages = sets.pages;
    sets_turn(&sets);
    assert_true(recorded(&rig, RECORD_SET_REFUSED, &record) >= 1);
    assert_string_equal(record.peer.digits, MORE_0);
    assert_int_equal(state_of(&rig, record.peer.digits), LOOKUP_READY); /* the last good one */
    assert_true(sets.pages > pages);
    rig_close(&rig);
}

static void a_set_past_what_an_undeclared_partner_may_have_is_refused(void **state)
{
    (void)state;
    struct rig rig;
    struct sets sets;
    struct record record;
    open_team(&rig, &sets);
    with_more(&rig, 1);
    sets_turn(&sets);
    (void)snprintf(sets.spoiler, sizeof sets.spoiler, "%s", MORE_0);
    sets.class = 2 * SET_PAGE_ENTRIES / 3 * 2; /* 8192: the first page is full */
    sets.bend = past_undeclared;
    sets_turn(&sets);
    const size_t refused = recorded(&rig, RECORD_SET_REFUSED, &record);
    assert_true(refused >= 1);
    assert_string_equal(record.peer.digits, MORE_0);
    assert_int_equal(rig.peers.count, 0);
    assert_true(has(&sets, MORE_0, ADA) && has(&sets, DEBT_HELP, ADA));
    rig_close(&rig);
}

/* Whatever each of them is. */
static void all_sets_together_have_a_bound(void **state)
{
    (void)state;
    struct rig rig;
    struct sets sets;
    struct record record;
    struct oin debt_help;
    open_team(&rig, &sets);
    assert_true(oin_parse(slice_text(DEBT_HELP), &debt_help));
    struct lookup *other = lookups_find(rig.api.lookups, &debt_help, slice_text(PURPOSE));
    uint64_t held = 0;
    for (size_t i = 0; i < rig.api.lookups->count; i++) {
        held += held_set_header(rig.api.lookups->all[i]->set)->class;
    }
    other->taking = MATCH_HELD_MAX - (uint32_t)held;
    other->busy = true;
    sets_turn(&sets);
    assert_int_equal(recorded(&rig, RECORD_SET_REFUSED, &record), 0);
    other->taking++;
    sets_turn(&sets);
    assert_true(recorded(&rig, RECORD_SET_REFUSED, &record) >= 1);
    other->taking = 0;
    other->busy = false;
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_partner_s_set_says_who_is_in_it),
        cmocka_unit_test(a_large_set_comes_in_pages),
        cmocka_unit_test(a_step_brings_who_came_and_drops_who_went),
        cmocka_unit_test(what_does_not_hold_is_refused_and_the_last_good_set_stays),
        cmocka_unit_test(what_does_not_follow_is_refused_while_the_set_is_fresh_and_taken_when_it_is_not),
        cmocka_unit_test(another_key_in_a_period_is_taken_at_once_and_told),
        cmocka_unit_test(a_partner_that_gives_the_same_version_again_and_again_is_not_believed),
        cmocka_unit_test(a_set_that_rose_in_the_future_is_of_unknown_age),
        cmocka_unit_test(a_step_in_a_large_set_is_made_aside),
        cmocka_unit_test(one_that_never_gave_a_good_set_has_none),
        cmocka_unit_test(a_restart_knows_the_sets_and_what_was_counted),
        cmocka_unit_test(a_set_that_is_not_whole_in_the_store_is_fetched_anew),
        cmocka_unit_test(a_set_that_is_damaged_in_the_store_is_not_rolled_back),
        cmocka_unit_test(a_set_that_no_covenant_asks_for_goes),
        cmocka_unit_test(a_silent_partner_keeps_nobody_else_waiting),
        cmocka_unit_test(a_partner_that_takes_a_tick_for_each_set_is_asked_for_all_in_turn),
        cmocka_unit_test(few_partners_are_asked_at_once_and_all_in_the_end),
        cmocka_unit_test(what_cannot_be_asked_now_is_asked_a_little_later),
        cmocka_unit_test(a_tick_is_one_round_at_the_same_moment_of_each),
        cmocka_unit_test(hits_that_are_answered_with_nothing_too_often_are_a_finding_once_a_day),
        cmocka_unit_test(a_partner_that_turns_its_epoch_has_no_clean_slate),
        cmocka_unit_test(a_set_past_what_an_undeclared_partner_may_have_is_refused),
        cmocka_unit_test(all_sets_together_have_a_bound),
        cmocka_unit_test(a_set_that_outgrows_what_its_partner_declares_is_a_finding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
