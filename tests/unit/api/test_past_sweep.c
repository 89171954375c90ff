/* Where people stood is kept for its term and no longer: the node looks by itself, and drops no more than what is over. */
#include "unit/api/api_rig.h"

#include "api/past_place.h"
#include "api/retention.h"

#define PERSON "999000007"

static const int64_t DAY = 86400000;
static int64_t now;

static int64_t clock_of_test(void *ctx)
{
    (void)ctx;
    return now;
}

static struct ident open_all(struct rig *rig)
{
    now = 1767225600000; /* 2026-01-01 */
    rig_open(rig, DEBT_HELP);
    rig->world.clock.now_ms = clock_of_test;
    return rig_person(rig, PERSON);
}

/* He left so many sets, each a second after the one before it. */
static void leave(struct rig *rig, const struct ident *person, int64_t first_ms, size_t count)
{
    struct past_place place = {.epoch = 700, .fingerprint = 0xAB, .since = (uint64_t)first_ms, .ended_ms = first_ms};
    struct store_batch *batch = store_batch_new(rig->world.door);
    struct buf payload;
    buf_init(&payload, STORE_PAYLOAD_MAX);
    assert_true(oin_parse(slice_text(AREA_TEAM), &place.requester));
    (void)snprintf(place.purpose, sizeof place.purpose, "hulpafstemming");
    for (size_t i = 0; i < count; i++, place.since++, place.ended_ms += 1000) {
        buf_clear(&payload);
        past_place_encode(&place, &payload);
        const struct store_write item = {
            .id = past_place_id(person, &place), .parent = *person, .payload = buf_slice(&payload)};
        store_put(batch, STORE_PAST_PLACE, &item);
    }
    assert_int_equal(world_commit(&rig->world, batch), FAULT_NONE);
    buf_free(&payload);
}

struct seen {
    size_t count;
    int64_t earliest;
};

static void take(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *err)
{
    struct seen *seen = ctx;
    assert_true(err == NULL && !more);
    seen->count = count;
    for (size_t i = 0; i < count; i++) {
        struct past_place place;
        struct error fault;
        assert_int_equal(past_place_decode(items[i].payload, &place, &fault), RESULT_OK);
        seen->earliest = i == 0 || place.ended_ms < seen->earliest ? place.ended_ms : seen->earliest;
    }
}

static struct seen seen_now(struct rig *rig)
{
    struct seen seen = {0};
    store_list(rig->world.door, STORE_PAST_PLACE, NULL, STORE_LIST_MAX, take, &seen);
    return seen;
}

/* When witnesses confirmed what time it is. */
static void look(struct rig *rig)
{
    api_clock_confirmed(&rig->api);
    retention_look(&rig->api);
    rig_run(rig);
    assert_int_equal(rig->api.calls, 0);
}

static void each_stays_for_its_term_and_then_goes(void **state)
{
    (void)state;
    enum { MANY = 3 * MATCH_PAST_SWEEP };
    struct rig rig;
    const struct ident person = open_all(&rig);
    const int64_t began = now;
    leave(&rig, &person, began, MANY);
    leave(&rig, &person, began + 10 * DAY, 2);
    now = began + MATCH_PAST_DAYS * DAY;
    look(&rig);
    assert_int_equal(seen_now(&rig).count, MANY + 2);
    now += RETENTION_CHECK_MS; /* the first are over, of several pages */
    look(&rig);
    assert_int_equal(seen_now(&rig).count, 2);
    assert_true(seen_now(&rig).earliest == began + 10 * DAY);
    now = began + (MATCH_PAST_DAYS + 10) * DAY + 500; /* one of two on a page */
    look(&rig);
    now += RETENTION_CHECK_MS;
    assert_int_equal(seen_now(&rig).count, 1);
    look(&rig);
    assert_int_equal(seen_now(&rig).count, 0);
    rig_close(&rig);
}

/* A disk that takes nothing is no end of it. */
static void what_fails_is_tried_again(void **state)
{
    (void)state;
    struct rig rig;
    const struct ident person = open_all(&rig);
    leave(&rig, &person, now, 2);
    now += (MATCH_PAST_DAYS + 1) * DAY;
    rig_disk_full(&rig, true);
    look(&rig);
    rig_disk_full(&rig, false);
    assert_int_equal(seen_now(&rig).count, 2);
    now += RETENTION_CHECK_MS;
    look(&rig);
    assert_int_equal(seen_now(&rig).count, 0);
    rig_close(&rig);
}

/* A clock that jumped, and that no witness confirms, drops nothing. */
static void a_jump_of_the_clock_drops_nothing(void **state)
{
    (void)state;
    struct rig rig;
    const struct ident person = open_all(&rig);
    leave(&rig, &person, now, 2);
    api_clock_confirmed(&rig.api);
    now += (MATCH_PAST_DAYS + 1) * DAY;
    retention_look(&rig.api);
    rig_run(&rig);
    assert_int_equal(seen_now(&rig).count, 2);
    rig.api.retention_at = 0;
    look(&rig);
    assert_int_equal(seen_now(&rig).count, 0);
    rig_close(&rig);
}

/* One that nobody can read tells nobody anything. */
static void what_cannot_be_read_goes_too(void **state)
{
    (void)state;
    struct rig rig;
    const struct ident person = open_all(&rig);
    leave(&rig, &person, now, 1);
    struct store_batch *batch = store_batch_new(rig.world.door);
    const struct store_write item = {.id = world_ident(99), .parent = person, .payload = slice_text("geen plaats")};
    store_put(batch, STORE_PAST_PLACE, &item);
    assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
    look(&rig);
    assert_int_equal(seen_now(&rig).count, 1);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_stays_for_its_term_and_then_goes),
        cmocka_unit_test(what_fails_is_tried_again),
        cmocka_unit_test(a_jump_of_the_clock_drops_nothing),
        cmocka_unit_test(what_cannot_be_read_goes_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
