/* What may be sent now, and what an answer means: order per key, lanes, one probe, stuck keys, the window's bounds. */
#include "unit/unit.h"

#include <string.h>

#include "base/attr.h"
#include "domain/delivery.h"

enum { NOW = 1000000 };

static struct ident ident_of(uint64_t number)
{
    struct ident id = {{0}};
    memcpy(id.bytes, &number, sizeof number);
    return id;
}

/* Its id says its place. */
static bool add(struct delivery_line *line, uint64_t place, uint64_t key, enum delivery_lane lane)
{
    const struct delivery_entry entry = {
        .id = ident_of(place), .key = ident_of(key), .place = place, .lane = (uint8_t)lane};
    return delivery_line_add(line, &entry);
}

/* Starts what is next; its place, 0: nothing. */
static uint64_t start(struct delivery_line *line, int64_t now_ms)
{
    const struct delivery_entry *next = delivery_line_next(line, now_ms);
    if (next == NULL) {
        return 0;
    }
    const struct delivery_entry entry = *next;
    delivery_line_started(line, &entry.id);
    return entry.place;
}

static void settle(struct delivery_line *line, uint64_t place, enum delivery_verdict verdict, int64_t now_ms)
{
    const struct ident id = ident_of(place);
    delivery_line_settled(line, &id, verdict, now_ms, 0);
}

/* A line whose partner has answered. */
static void open_line(struct delivery_line *line)
{
    delivery_line_init(line);
    line->probing = false;
}

static void one_key_goes_strictly_in_order_with_many_under_way(void **state)
{
    (void)state;
    enum { KEYS = 10, EACH = 12, ALL = KEYS * EACH };
    static struct delivery_line line;
    uint64_t under_way[OUTBOX_PER_PARTNER];
    uint64_t done[KEYS] = {0};
    size_t flying = 0;
    size_t confirmed = 0;
    uint32_t chance = 1;
    open_line(&line);
    for (uint64_t i = 0; i < ALL; i++) {
        assert_true(add(&line, i + 1, 1 + i * 7 % KEYS, DELIVERY_USUAL));
    }
    while (confirmed < ALL) {
        for (uint64_t place = start(&line, NOW); place != 0; place = start(&line, NOW)) {
            const uint64_t key = (place - 1) * 7 % KEYS;
            for (size_t i = 0; i < flying; i++) {
                assert_true((under_way[i] - 1) * 7 % KEYS != key); /* no other of its key is under way */
            }
            assert_true(place > done[key]); /* and all before it were confirmed: places of a key only grow */
            assert_true(done[key] == 0 || place == done[key] + KEYS);
            under_way[flying++] = place;
        }
        assert_true(flying > 0 && flying <= KEYS);
        chance = chance * 1664525U + 1013904223U;
        const size_t which = (chance >> 16) % flying;
        const uint64_t place = under_way[which];
        under_way[which] = under_way[--flying];
        done[(place - 1) * 7 % KEYS] = place;
        settle(&line, place, DELIVERY_DONE, NOW);
        confirmed++;
    }
    assert_int_equal(line.count, 0);
    assert_int_equal(line.under_way, 0);
}

static void so_many_are_under_way_and_no_more(void **state)
{
    (void)state;
    static struct delivery_line line;
    open_line(&line);
    for (uint64_t i = 1; i <= OUTBOX_PER_PARTNER + 2; i++) {
        assert_true(add(&line, i, i, DELIVERY_USUAL));
    }
    for (uint64_t i = 1; i <= OUTBOX_PER_PARTNER; i++) {
        assert_int_equal(start(&line, NOW), i); /* in order of entry */
    }
    assert_int_equal(start(&line, NOW), 0);
    settle(&line, 5, DELIVERY_DONE, NOW);
    assert_int_equal(start(&line, NOW), OUTBOX_PER_PARTNER + 1);
    assert_int_equal(start(&line, NOW), 0);
}

static void urgent_goes_first_and_waits_for_no_usual_one(void **state)
{
    (void)state;
    static struct delivery_line line;
    open_line(&line);
    assert_true(add(&line, 1, 7, DELIVERY_USUAL));
    assert_true(add(&line, 2, 8, DELIVERY_USUAL));
    assert_true(add(&line, 9, 7, DELIVERY_URGENT)); /* the same key, another lane */
    assert_true(add(&line, 10, 7, DELIVERY_URGENT));
    assert_int_equal(start(&line, NOW), 9);
    assert_int_equal(start(&line, NOW), 1); /* 10 is behind 9 */
    settle(&line, 9, DELIVERY_DONE, NOW);
    assert_int_equal(start(&line, NOW), 10);
    assert_int_equal(start(&line, NOW), 2);
}

static void a_line_that_starts_or_failed_sends_one_probe(void **state)
{
    (void)state;
    static struct delivery_line line;
    delivery_line_init(&line);
    for (uint64_t i = 1; i <= 4; i++) {
        assert_true(add(&line, i, i, DELIVERY_USUAL));
    }
    assert_int_equal(start(&line, NOW), 1);
    assert_int_equal(start(&line, NOW), 0); /* nobody has answered yet */
    settle(&line, 1, DELIVERY_DONE, NOW);
    assert_int_equal(start(&line, NOW), 2);
    assert_int_equal(start(&line, NOW), 3);
    assert_int_equal(start(&line, NOW), 4);
    settle(&line, 2, DELIVERY_ALL, NOW);
    settle(&line, 3, DELIVERY_ALL, NOW);  /* of the same outage: the wait does not grow by it */
    settle(&line, 4, DELIVERY_DONE, NOW); /* nor does it end by an answer to what was asked before */
    assert_int_equal(line.failures, 1);
    assert_int_equal(start(&line, NOW + OUTBOX_FIRST_MS - 1), 0);
    int64_t now = NOW + OUTBOX_FIRST_MS;
    for (uint32_t failures = 2; failures < 20; failures++) {
        assert_int_equal(start(&line, now), 2); /* the first in order, alone */
        assert_int_equal(start(&line, now), 0);
        settle(&line, 2, DELIVERY_ALL, now);
        assert_int_equal(line.failures, failures);
        assert_int_equal(line.resume_ms, now + delivery_backoff(failures, 0));
        now = line.resume_ms;
    }
    assert_int_equal(start(&line, now), 2);
    settle(&line, 2, DELIVERY_STUCK, now); /* an answer too */
    assert_int_equal(start(&line, now), 3);
    assert_false(line.probing);
}

static void who_shows_himself_is_tried_soon(void **state)
{
    (void)state;
    static struct delivery_line line;
    open_line(&line);
    line.resume_ms = NOW + OUTBOX_LONGEST_MS;
    delivery_line_wake(&line, NOW, 4000000000U);
    assert_in_range(line.resume_ms, NOW, NOW + OUTBOX_FIRST_MS);
    line.resume_ms = NOW + 1;
    delivery_line_wake(&line, NOW, OUTBOX_FIRST_MS - 1); /* never later than it was */
    assert_int_equal(line.resume_ms, NOW + 1);
}

static void what_is_stuck_holds_its_own_key_only(void **state)
{
    (void)state;
    static struct delivery_line line;
    const struct ident key = ident_of(7);
    open_line(&line);
    assert_true(add(&line, 1, 7, DELIVERY_USUAL));
    assert_true(add(&line, 2, 7, DELIVERY_USUAL));
    assert_true(add(&line, 3, 8, DELIVERY_USUAL));
    assert_int_equal(start(&line, NOW), 1);
    settle(&line, 1, DELIVERY_STUCK, NOW);
    assert_int_equal(line.count, 1); /* the window is for others */
    assert_true(add(&line, 4, 7, DELIVERY_USUAL));
    assert_int_equal(line.count, 1);
    assert_true(add(&line, 5, 7, DELIVERY_URGENT)); /* nor what is urgent */
    assert_int_equal(start(&line, NOW), 5);
    settle(&line, 5, DELIVERY_DONE, NOW);
    assert_int_equal(start(&line, NOW), 3);
    assert_int_equal(start(&line, NOW), 0);
    delivery_line_unstick(&line, &key, DELIVERY_USUAL); /* and read from the start */
    for (uint64_t i = 1; i <= 4; i++) {
        assert_true(add(&line, i, i == 3 ? 8 : 7, DELIVERY_USUAL));
    }
    assert_int_equal(line.count, 4); /* 3 was there already */
    assert_int_equal(start(&line, NOW), 1);
    assert_int_equal(start(&line, NOW), 0);
    settle(&line, 1, DELIVERY_DONE, NOW);
    assert_int_equal(start(&line, NOW), 2);
}

static void who_refuses_all_is_asked_no_more(void **state)
{
    (void)state;
    static struct delivery_line line;
    open_line(&line);
    for (uint64_t i = 1; i <= OUTBOX_STUCK_MAX; i++) {
        assert_true(add(&line, i, i, DELIVERY_USUAL));
        assert_int_equal(start(&line, NOW), i);
        settle(&line, i, DELIVERY_STUCK, NOW);
    }
    assert_true(add(&line, 5000, 5000, DELIVERY_USUAL));
    assert_int_equal(start(&line, NOW), 5000);
    settle(&line, 5000, DELIVERY_STUCK, NOW);
    assert_int_equal(line.count, 1); /* it is not lost: it waits */
    assert_int_equal(start(&line, NOW), 0);
    const struct ident key = ident_of(3);
    delivery_line_unstick(&line, &key, DELIVERY_USUAL);
    assert_int_equal(start(&line, line.resume_ms), 5000);
    settle(&line, 5000, DELIVERY_STUCK, line.resume_ms);
    assert_int_equal(line.count, 0);
}

static void one_that_comes_too_early_waits_alone(void **state)
{
    (void)state;
    static struct delivery_line line;
    open_line(&line);
    assert_true(add(&line, 1, 7, DELIVERY_USUAL));
    assert_true(add(&line, 2, 7, DELIVERY_USUAL));
    assert_true(add(&line, 3, 8, DELIVERY_USUAL));
    assert_int_equal(start(&line, NOW), 1);
    settle(&line, 1, DELIVERY_ALONE, NOW);
    assert_int_equal(start(&line, NOW), 3); /* 2 is behind it still */
    assert_int_equal(start(&line, NOW), 0);
    assert_int_equal(start(&line, NOW + OUTBOX_FIRST_MS), 1);
    settle(&line, 1, DELIVERY_ALONE, NOW);
    assert_int_equal(start(&line, NOW + 2 * OUTBOX_FIRST_MS - 1), 0);
    assert_int_equal(start(&line, NOW + 2 * OUTBOX_FIRST_MS), 1);
}

static void the_window_has_room_for_both_lanes(void **state)
{
    (void)state;
    static struct delivery_line line;
    open_line(&line);
    uint64_t place = 1;
    while (add(&line, place, place, DELIVERY_USUAL)) {
        place++;
    }
    assert_int_equal(place, OUTBOX_WINDOW - OUTBOX_WINDOW / 4 + 1);
    assert_int_equal(delivery_line_room(&line, DELIVERY_USUAL), 0);
    assert_true(add(&line, 1, 1, DELIVERY_USUAL)); /* here already */
    while (add(&line, place, place, DELIVERY_URGENT)) {
        place++;
    }
    assert_int_equal(line.count, OUTBOX_WINDOW);
    assert_int_equal(delivery_line_room(&line, DELIVERY_URGENT), 0);
}

static void what_was_taken_back_gives_way(void **state)
{
    (void)state;
    static struct delivery_line line;
    const struct ident first = ident_of(1);
    const struct ident unknown = ident_of(99);
    open_line(&line);
    assert_true(add(&line, 1, 7, DELIVERY_USUAL));
    assert_true(add(&line, 2, 7, DELIVERY_USUAL));
    assert_int_equal(start(&line, NOW), 1);
    delivery_line_forget(&line, &unknown);
    delivery_line_forget(&line, &first);
    settle(&line, 1, DELIVERY_DONE, NOW); /* its end comes late: nothing */
    assert_int_equal(line.under_way, 0);
    assert_int_equal(start(&line, NOW), 2);
}

static void answers_mean(void **state)
{
    (void)state;
    static const struct {
        enum delivery_answer answer;
        int status;
        enum delivery_verdict verdict;
    } rows[] = {
        {DELIVERY_RECEIPTED, 200, DELIVERY_DONE}, {DELIVERY_ANSWERED, 200, DELIVERY_ALL}, /* no receipt */
        {DELIVERY_SILENCE, 0, DELIVERY_ALL},      {DELIVERY_SILENCE, 200, DELIVERY_ALL},
        {DELIVERY_ANSWERED, 301, DELIVERY_ALL},   {DELIVERY_ANSWERED, 400, DELIVERY_STUCK},
        {DELIVERY_ANSWERED, 401, DELIVERY_ALL},   {DELIVERY_ANSWERED, 403, DELIVERY_ALL},
        {DELIVERY_ANSWERED, 404, DELIVERY_STUCK}, {DELIVERY_ANSWERED, 408, DELIVERY_ALONE},
        {DELIVERY_ANSWERED, 409, DELIVERY_STUCK}, {DELIVERY_ANSWERED, 410, DELIVERY_STUCK},
        {DELIVERY_ANSWERED, 413, DELIVERY_STUCK}, {DELIVERY_ANSWERED, 422, DELIVERY_STUCK},
        {DELIVERY_ANSWERED, 425, DELIVERY_ALONE}, {DELIVERY_ANSWERED, 429, DELIVERY_ALL},
        {DELIVERY_ANSWERED, 500, DELIVERY_ALL},   {DELIVERY_ANSWERED, 503, DELIVERY_ALL},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(delivery_verdict(rows[i].answer, rows[i].status), rows[i].verdict);
    }
}

static void waits_double_to_the_longest(void **state)
{
    (void)state;
    int64_t expected = OUTBOX_FIRST_MS;
    for (uint32_t tries = 1; tries < 40; tries++) {
        assert_int_equal(delivery_backoff(tries, 0), expected);
        assert_in_range(delivery_backoff(tries, UINT32_MAX), expected * 3 / 4, expected);
        expected = expected * 2 < OUTBOX_LONGEST_MS ? expected * 2 : OUTBOX_LONGEST_MS;
    }
    assert_int_equal(delivery_backoff(0, 0), OUTBOX_FIRST_MS);
    assert_int_equal(delivery_backoff(UINT32_MAX, 0), OUTBOX_LONGEST_MS);
}

static void what_comes_again_is_known(void **state)
{
    (void)state;
    const struct sha256 one = {{1}};
    const struct sha256 other = {{2}};
    assert_int_equal(incoming_verdict(NULL, &one), INCOMING_NEW);
    assert_int_equal(incoming_verdict(&one, &one), INCOMING_AGAIN);
    assert_int_equal(incoming_verdict(&other, &one), INCOMING_OTHER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_key_goes_strictly_in_order_with_many_under_way),
        cmocka_unit_test(so_many_are_under_way_and_no_more),
        cmocka_unit_test(urgent_goes_first_and_waits_for_no_usual_one),
        cmocka_unit_test(a_line_that_starts_or_failed_sends_one_probe),
        cmocka_unit_test(who_shows_himself_is_tried_soon),
        cmocka_unit_test(what_is_stuck_holds_its_own_key_only),
        cmocka_unit_test(who_refuses_all_is_asked_no_more),
        cmocka_unit_test(one_that_comes_too_early_waits_alone),
        cmocka_unit_test(the_window_has_room_for_both_lanes),
        cmocka_unit_test(what_was_taken_back_gives_way),
        cmocka_unit_test(answers_mean),
        cmocka_unit_test(waits_double_to_the_longest),
        cmocka_unit_test(what_comes_again_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
