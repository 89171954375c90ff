/* Who stands in whose set, in memory: against a model, through the store's bytes, past its bounds. */
#include "unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "matching/roster.h"

static const uint8_t secret[ROSTER_SECRET_BYTES] = {7};

static struct roster *new_roster(void)
{
    struct roster *roster = NULL;
    struct error err;
    assert_int_equal(voprf_ready(&err), RESULT_OK);
    assert_int_equal(roster_new(secret, &roster, &err), RESULT_OK);
    return roster;
}

static struct roster_place place_of(uint32_t person, uint32_t set)
{
    struct roster_place place = {.fingerprint = (uint64_t)person << 32 | set, .since = 5, .began_ms = 100, .set = set};
    memcpy(place.subject.bytes, &person, sizeof person);
    memcpy(place.key.bytes, &person, sizeof person);
    place.key.bytes[15] = 1;
    return place;
}

static uint32_t add(struct roster *roster, uint32_t person, uint32_t set)
{
    const struct roster_place place = place_of(person, set);
    uint32_t slot = 0;
    struct error err;
    assert_int_equal(roster_add(roster, &place, &slot, &err), RESULT_OK);
    return slot;
}

static void who_was_added_is_found_by_set_and_key_and_nobody_else(void **state)
{
    (void)state;
    struct roster *roster = new_roster();
    struct roster_place place = place_of(1, 1);
    assert_int_equal(roster_find(roster, 1, &place.key), 0);
    assert_int_equal(roster_pick(roster, 12345), 0);
    const uint32_t first = add(roster, 1, 1);
    const uint32_t second = add(roster, 1, 2); /* the same key, in another set */
    assert_int_equal(roster_find(roster, 1, &place.key), first);
    assert_int_equal(roster_find(roster, 2, &place.key), second);
    assert_int_equal(roster_find(roster, 3, &place.key), 0);
    assert_int_equal(roster_in(roster, &place.subject, 2), second);
    place.key.bytes[7] ^= 1;
    assert_int_equal(roster_find(roster, 1, &place.key), 0);
    roster_remove(roster, first);
    assert_null(roster_at(roster, first));
    assert_int_equal(roster_first(roster, &place.subject), second);
    assert_int_equal(roster_next(roster, second), 0);
    roster_free(roster);
}

/* ---- against a model ---- */

enum { PEOPLE = 400, SETS = 7 };

struct model {
    uint32_t slots[PEOPLE][SETS];
    int64_t due[PEOPLE][SETS];
};

static void check_person(const struct roster *roster, const struct model *model, uint32_t person)
{
    size_t expected = 0;
    size_t found = 0;
    for (uint32_t set = 0; set < SETS; set++) {
        const struct roster_place place = place_of(person, set + 1);
        const uint32_t slot = model->slots[person][set];
        expected += slot != 0;
        assert_int_equal(roster_find(roster, set + 1, &place.key), slot);
        assert_int_equal(roster_in(roster, &place.subject, set + 1), slot);
        if (slot != 0) {
            assert_int_equal(roster_at(roster, slot)->fingerprint, place.fingerprint);
            assert_true(roster_at(roster, slot)->due_ms == model->due[person][set]);
        }
    }
    const struct roster_place any = place_of(person, 1);
    for (uint32_t slot = roster_first(roster, &any.subject); slot != 0; slot = roster_next(roster, slot)) {
        assert_true(ident_equal(&roster_at(roster, slot)->subject, &any.subject));
        found++;
    }
    assert_int_equal(found, expected);
}

static void check_all(const struct roster *roster, const struct model *model)
{
    size_t count = 0;
    for (uint32_t person = 0; person < PEOPLE; person++) {
        check_person(roster, model, person);
        for (uint32_t set = 0; set < SETS; set++) {
            count += model->slots[person][set] != 0;
        }
    }
    assert_int_equal(roster_count(roster), count);
    for (uint64_t pick = 0; pick < 50; pick++) {
        const uint32_t slot = roster_pick(roster, pick * 7919);
        assert_true(count == 0 ? slot == 0 : roster_at(roster, slot) != NULL);
    }
}

static void change_one(struct roster *roster, struct model *model)
{
    const uint32_t person = (uint32_t)(rand() % PEOPLE); /* NOLINT: the same each time */
    const uint32_t set = (uint32_t)(rand() % SETS);      /* NOLINT */
    uint32_t *slot = &model->slots[person][set];
    if (*slot == 0) {
        *slot = add(roster, person, set + 1);
        model->due[person][set] = 0;
    } else if (rand() % 3 == 0) { /* NOLINT */
        model->due[person][set] = model->due[person][set] == 0 ? 77 : 0;
        roster_set_due(roster, *slot, model->due[person][set]);
    } else {
        roster_remove(roster, *slot);
        *slot = 0;
    }
}

/* Only what changed since it was last written. */
static void store(struct roster *roster, struct buf *chunks, size_t room)
{
    uint32_t chunk = 0;
    while (roster_take_changed(roster, &chunk)) {
        assert_true(chunk < room);
        buf_clear(&chunks[chunk]);
        roster_write_chunk(roster, chunk, &chunks[chunk]);
        assert_true(buf_ok(&chunks[chunk]));
    }
    assert_int_equal(roster_changed(roster), 0);
}

static struct roster *load(const struct buf *chunks, size_t room)
{
    struct roster *roster = new_roster();
    struct error err;
    for (size_t i = room; i-- > 0;) { /* in another order than they were made */
        if (chunks[i].len != 0) {
            assert_int_equal(roster_load_chunk(roster, (uint32_t)i, buf_slice(&chunks[i]), &err), RESULT_OK);
        }
    }
    roster_loaded(roster);
    return roster;
}

static void random_changes_and_restarts_agree_with_a_model(void **state)
{
    (void)state;
    enum { ROOM = PEOPLE * SETS / ROSTER_CHUNK + 1, CHANGES = 20000 };
    static struct model model;
    struct buf chunks[ROOM];
    struct roster *roster = new_roster();
    srand(20261126);
    memset(&model, 0, sizeof model);
    for (size_t i = 0; i < ROOM; i++) {
        buf_init(&chunks[i], ROSTER_CHUNK_BYTES);
    }
    for (unsigned i = 1; i <= CHANGES; i++) {
        change_one(roster, &model);
        if (i % 500 == 0) {
            store(roster, chunks, ROOM);
        }
        if (i % 2500 == 0) {
            roster_free(roster);
            roster = load(chunks, ROOM);
            check_all(roster, &model);
        }
    }
    roster_free(roster);
    for (size_t i = 0; i < ROOM; i++) {
        buf_wipe(&chunks[i]);
    }
}

static bool rests(void *ctx, const struct roster_place *place)
{
    return place->set == *(const uint32_t *)ctx;
}

static void who_comes_or_goes_is_moving_until_it_rests(void **state)
{
    (void)state;
    struct roster *roster = new_roster();
    const uint32_t *slots = NULL;
    uint32_t resting = 1;
    const uint32_t first = add(roster, 1, 1);
    const uint32_t second = add(roster, 2, 2);
    assert_int_equal(roster_moving(roster, &slots), 2);
    roster_settle(roster, rests, &resting);
    assert_int_equal(roster_moving(roster, &slots), 1);
    assert_int_equal(slots[0], second);
    roster_set_due(roster, first, 9);
    roster_set_due(roster, first, 0);
    assert_int_equal(roster_moving(roster, &slots), 2);
    roster_remove(roster, second);
    assert_int_equal(add(roster, 3, 3), second); /* its slot is used again, and is not listed twice */
    assert_int_equal(roster_moving(roster, &slots), 2);
    resting = 9;
    roster_settle(roster, rests, &resting);
    assert_int_equal(roster_moving(roster, &slots), 2);
    roster_free(roster);
}

static void bytes_that_are_no_chunk_are_refused(void **state)
{
    (void)state;
    struct roster *roster = new_roster();
    struct buf good;
    struct error err;
    buf_init(&good, ROSTER_CHUNK_BYTES);
    (void)add(roster, 1, 1);
    roster_write_chunk(roster, 0, &good);
    assert_int_equal(good.len, 1 + ROSTER_ROW_BYTES);
    const struct {
        size_t at;
        uint8_t byte;
    } edits[] = {{0, 2}, {1, ROSTER_CHUNK}};
    for (size_t i = 0; i < COUNT_OF(edits); i++) {
        struct roster *other = new_roster();
        const uint8_t before = good.ptr[edits[i].at];
        good.ptr[edits[i].at] = edits[i].byte;
        assert_int_equal(roster_load_chunk(other, 0, buf_slice(&good), &err), RESULT_FAILED);
        assert_int_equal(err.fault, FAULT_STORE);
        good.ptr[edits[i].at] = before;
        roster_free(other);
    }
    struct roster *other = new_roster();
    assert_int_equal(roster_load_chunk(other, 0, slice_of(good.ptr, good.len - 1), &err), RESULT_FAILED);
    assert_int_equal(roster_load_chunk(other, 0, slice_of(good.ptr, 0), &err), RESULT_FAILED);
    assert_int_equal(roster_load_chunk(other, ROSTER_CHUNKS_MAX, buf_slice(&good), &err), RESULT_FAILED);
    assert_int_equal(roster_load_chunk(other, 0, buf_slice(&good), &err), RESULT_OK);
    assert_int_equal(roster_load_chunk(other, 0, buf_slice(&good), &err), RESULT_FAILED); /* twice */
    roster_free(other);
    roster_free(roster);
    buf_free(&good);
}

static void without_memory_nothing_is_added_and_later_all_is(void **state)
{
    (void)state;
    struct roster *roster = new_roster();
    const struct roster_place place = place_of(1, 1);
    struct error err;
    uint32_t slot = 0;
    long needed = 0;
    for (mem_fail_after(needed); roster_add(roster, &place, &slot, &err) != RESULT_OK; mem_fail_after(++needed)) {
        assert_int_equal(err.fault, FAULT_NO_MEMORY);
        assert_int_equal(roster_count(roster), 0);
        assert_int_equal(roster_find(roster, 1, &place.key), 0);
        assert_int_equal(roster_first(roster, &place.subject), 0);
        assert_true(needed < 100);
    }
    mem_fail_after(-1);
    assert_true(needed > 3);
    assert_int_equal(roster_find(roster, 1, &place.key), slot);
    roster_free(roster);
}

/* What stands in for somebody unknown is the same one at each asking, mostly, however many others come and go meanwhile. */
static void a_pick_stays_while_others_come_and_go(void **state)
{
    enum { STAY = 4096, OTHERS = 2048, PICKS = 500 };
    static uint32_t others[OTHERS];
    uint32_t before[PICKS];
    struct roster *roster = new_roster();
    uint64_t pick = 1;
    size_t same = 0;
    (void)state;
    for (uint32_t i = 0; i < STAY; i++) {
        (void)add(roster, i, 1);
    }
    for (size_t i = 0; i < PICKS; i++) {
        pick = pick * UINT64_C(6364136223846793005) + 1442695040888963407U;
        before[i] = roster_pick(roster, pick);
    }
    for (uint32_t i = 0; i < OTHERS; i++) {
        others[i] = add(roster, STAY + i, 2);
    }
    for (uint32_t i = 0; i < OTHERS; i++) {
        roster_remove(roster, others[i]);
    }
    pick = 1;
    for (size_t i = 0; i < PICKS; i++) {
        pick = pick * UINT64_C(6364136223846793005) + 1442695040888963407U;
        same += roster_pick(roster, pick) == before[i];
    }
    assert_int_equal(same, PICKS);
    (void)add(roster, STAY, 2); /* one more in a chunk that was empty */
    size_t with_one = 0;
    pick = 1;
    for (size_t i = 0; i < PICKS; i++) {
        pick = pick * UINT64_C(6364136223846793005) + 1442695040888963407U;
        with_one += roster_pick(roster, pick) == before[i];
    }
    assert_true(with_one > PICKS * 9 / 10 && with_one <= PICKS);
    roster_free(roster);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_was_added_is_found_by_set_and_key_and_nobody_else),
        cmocka_unit_test(random_changes_and_restarts_agree_with_a_model),
        cmocka_unit_test(who_comes_or_goes_is_moving_until_it_rests),
        cmocka_unit_test(bytes_that_are_no_chunk_are_refused),
        cmocka_unit_test(without_memory_nothing_is_added_and_later_all_is),
        cmocka_unit_test(a_pick_stays_while_others_come_and_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
