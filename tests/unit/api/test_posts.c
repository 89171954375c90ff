/* Posts: order per key with many under way, one probe, what is durable before it leaves, and that nothing is lost whatever
 * fails in between. */
#include "unit/api/posts_rig.h"

static void a_post_is_recorded_sent_with_a_receipt_and_gone_when_confirmed(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    tick(&rig, 0);
    const struct ident id = put(&rig, DEBT_HELP, 1, 4);
    assert_int_equal(rig.peers.count, 1); /* in that commit's wake, not at the next tick */
    const struct rig_ask *ask = &rig.peers.asks[0];
    assert_string_equal(ask->path, "/v1/opdrachten/gebeurtenissen");
    assert_true(ident_equal(&ask->request_id, &id));
    assert_memory_equal(ask->body.ptr, "{\"ontvangstbewijs\":\"", 20);
    assert_true(asked(&rig, 0, "\",\"nummer\":4}"));
    struct record last = rig_last(&rig);
    assert_int_equal(last.operation, RECORD_SENT);
    assert_string_equal(last.purpose, "hulpafstemming");
    assert_true(last.class.class != 0);
    assert_int_equal(rows(&rig), 1);
    confirm(&rig, 0, DEBT_HELP);
    last = rig_last(&rig);
    assert_int_equal(last.operation, RECORD_CONFIRMED);
    assert_int_equal(last.outcome, OUTCOME_DONE);
    assert_true(ident_equal(&last.request_id, &id));
    assert_int_equal(rows(&rig), 0);
    assert_int_equal(seen.confirms, 1);
    assert_int_equal(seen.settles, 1);
    restart(&rig);
    tick(&rig, 60000);
    assert_int_equal(rig.peers.count, 1);
    rig_close(&rig);
}

/* Four keys of twenty, with all that may be under way: at no moment two of one key, and each in order of entry. */
static void one_key_stays_in_order_with_many_under_way(void **state)
{
    (void)state;
    enum { KEYS = 4, EACH = 20 };
    struct rig rig;
    uint32_t next[KEYS + 1] = {0};
    uint32_t chance = 7;
    open_all(&rig);
    tick(&rig, 0);
    for (uint32_t number = 1; number <= EACH; number++) {
        for (uint32_t key = 1; key <= KEYS; key++) {
            (void)put(&rig, DEBT_HELP, key, number * 10 + key);
        }
    }
    bool done[RIG_ASKS_MAX] = {false};
    for (size_t confirmed_count = 0; confirmed_count < (size_t)KEYS * EACH; confirmed_count++) {
        size_t flying[KEYS];
        size_t count = 0;
        bool has_key[KEYS + 1] = {false};
        for (size_t i = 0; i < rig.peers.count; i++) {
            unsigned number = 0;
            const char *at = strstr((const char *)rig.peers.asks[i].body.ptr, "\"nummer\":");
            assert_int_equal(sscanf(at, "\"nummer\":%u", &number), 1);
            if (!done[i]) {
                assert_false(has_key[number % 10]);
                has_key[number % 10] = true;
                assert_int_equal(number / 10, next[number % 10] + 1);
                assert_true(count < KEYS);
                flying[count++] = i;
            }
        }
        assert_true(count > 0);
        chance = chance * 1664525U + 1013904223U;
        const size_t which = flying[(chance >> 16) % count];
        unsigned number = 0;
        (void)sscanf(strstr((const char *)rig.peers.asks[which].body.ptr, "\"nummer\":"), "\"nummer\":%u", &number);
        next[number % 10]++;
        done[which] = true;
        confirm(&rig, which, DEBT_HELP);
    }
    assert_int_equal(rows(&rig), 0);
    assert_int_equal(rig.peers.count, KEYS * EACH);
    rig_close(&rig);
}

static void so_many_to_one_partner_and_no_more(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    tick(&rig, 0);
    for (uint32_t i = 1; i <= OUTBOX_PER_PARTNER + 5; i++) {
        (void)put(&rig, DEBT_HELP, i, 1);
    }
    assert_int_equal(rig.peers.count, 1); /* a probe: he has not answered since the start */
    (void)put(&rig, SCHOOL, 1, 1);        /* others do not wait for him */
    assert_int_equal(rig.peers.count, 2);
    confirm(&rig, 0, DEBT_HELP);
    assert_int_equal(rig.peers.count, 2 + OUTBOX_PER_PARTNER);
    confirm(&rig, 3, DEBT_HELP);
    assert_int_equal(rig.peers.count, 2 + OUTBOX_PER_PARTNER + 1);
    rig.api.closing = true;
    for (size_t i = 1; i < rig.peers.count; i++) {
        if (i != 3) {
            settle(&rig, i, PEER_CANCELLED, 0, "");
        }
    }
    rig_close(&rig);
}

static void what_ends_a_signal_goes_before_what_waits(void **state)
{
    (void)state;
    struct rig rig;
    struct post urgent = post_of(DEBT_HELP, 1, 0);
    urgent.kind = MESSAGE_SIGNAL_END;
    open_all(&rig);
    tick(&rig, 0);
    for (uint32_t i = 1; i <= 3; i++) {
        (void)put(&rig, DEBT_HELP, 1, i); /* the same key */
    }
    (void)commit_post(&rig, &urgent);
    settle(&rig, 0, PEER_DOWN, 0, "");
    tick(&rig, OUTBOX_FIRST_MS);
    assert_int_equal(rig.peers.count, 2);
    assert_string_equal(rig.peers.asks[1].path, "/v1/zorgsignalen/beeindigingen");
    confirm(&rig, 1, DEBT_HELP);
    assert_int_equal(rig.peers.count, 3);
    assert_true(asked(&rig, 2, "\"nummer\":1}"));
    end_all(&rig, 2);
}

/* Down, slow, full, and our own standing: the line waits, one probe goes, and the rest when it is confirmed. */
static void a_line_without_an_answer_waits_and_probes(void **state)
{
    (void)state;
    static const struct {
        enum peer_outcome_kind kind;
        int status;
    } cases[] = {{PEER_DOWN, 0},       {PEER_TIMED_OUT, 0},  {PEER_ANSWERED, 500}, {PEER_ANSWERED, 503},
                 {PEER_ANSWERED, 429}, {PEER_ANSWERED, 401}, {PEER_ANSWERED, 403}, {PEER_ANSWERED, 200}};
    for (size_t c = 0; c < COUNT_OF(cases); c++) {
        struct rig rig;
        open_all(&rig);
        tick(&rig, 0);
        for (uint32_t i = 1; i <= 3; i++) {
            (void)put(&rig, DEBT_HELP, i, i);
        }
        int64_t wait = OUTBOX_FIRST_MS;
        for (size_t i = 0; i < 4; i++) {
            settle(&rig, i, cases[c].kind, cases[c].status, "{}");
            tick(&rig, wait * 3 / 4 - 1);
            assert_int_equal(rig.peers.count, i + 1);
            tick(&rig, wait / 4 + 1);
            assert_int_equal(rig.peers.count, i + 2);
            assert_true(asked(&rig, i + 1, "\"nummer\":1}")); /* the first in order, alone */
            wait *= 2;
        }
        confirm(&rig, 4, DEBT_HELP);
        assert_int_equal(rig.peers.count, 7);
        end_all(&rig, 5);
    }
}

static void a_partner_who_shows_himself_is_tried_soon(void **state)
{
    (void)state;
    struct rig rig;
    struct oin school;
    open_all(&rig);
    tick(&rig, 0);
    (void)put(&rig, SCHOOL, 1, 1);
    assert_true(oin_parse(slice_text(SCHOOL), &school));
    for (size_t i = 0; i < 12; i++) {
        settle(&rig, i, PEER_DOWN, 0, "");
        tick(&rig, OUTBOX_LONGEST_MS);
    }
    settle(&rig, 12, PEER_DOWN, 0, "");
    tick(&rig, 10000);
    assert_int_equal(rig.peers.count, 13);
    outbox_alive(rig.api.outbox, &school);
    tick(&rig, OUTBOX_FIRST_MS);
    assert_int_equal(rig.peers.count, 14);
    end_all(&rig, 13);
}

/* Between the commit of the change and the sending, and between the sending and its answer. */
static void a_restart_goes_on_where_it_was(void **state)
{
    (void)state;
    struct rig rig;
    struct error err;
    struct ident id;
    open_all(&rig);
    tick(&rig, 0);
    const struct post post = post_of(DEBT_HELP, 1, 1);
    struct store_batch *batch = store_batch_new(rig.world.door);
    assert_int_equal(outbox_post(rig.api.outbox, batch, &post, &id, &err), RESULT_OK);
    assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
    restart(&rig); /* nobody was woken */
    assert_int_equal(rig.peers.count, 0);
    tick(&rig, 0);
    assert_int_equal(rig.peers.count, 1);
    settle(&rig, 0, PEER_CANCELLED, 0, ""); /* the answer never comes */
    restart(&rig);
    tick(&rig, 0);
    assert_int_equal(rig.peers.count, 2);
    assert_true(ident_equal(&rig.peers.asks[1].request_id, &id)); /* the partner knows by it what he did */
    confirm(&rig, 1, DEBT_HELP);
    assert_int_equal(rows(&rig), 0);
    rig_close(&rig);
}

static void without_the_change_there_is_no_post(void **state)
{
    (void)state;
    struct rig rig;
    struct error err;
    struct ident id;
    open_all(&rig);
    tick(&rig, 0);
    const struct post post = post_of(DEBT_HELP, 1, 1);
    struct store_batch *batch = store_batch_new(rig.world.door);
    assert_int_equal(outbox_post(rig.api.outbox, batch, &post, &id, &err), RESULT_OK);
    store_batch_free(batch);
    outbox_wake(rig.api.outbox, &post.partner);
    tick(&rig, 60000);
    assert_int_equal(rig.peers.count, 0);
    tick(&rig, OUTBOX_SWEEP_MS); /* counted anew */
    tick(&rig, 1000);
    assert_int_equal(rows(&rig), 0);
    rig_close(&rig);
}

static void nothing_leaves_that_is_not_durable(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    tick(&rig, 0);
    const struct ident id = put(&rig, DEBT_HELP, 1, 1);
    rig_disk_full(&rig, true);
    confirm(&rig, 0, DEBT_HELP); /* cannot be written: it is asked for again */
    tick(&rig, 60000);
    assert_int_equal(rig.peers.count, 1); /* nor can it be sent */
    rig_disk_full(&rig, false);
    tick(&rig, 60000);
    assert_int_equal(rig.peers.count, 2);
    assert_true(ident_equal(&rig.peers.asks[1].request_id, &id));
    confirm(&rig, 1, DEBT_HELP);
    assert_int_equal(rows(&rig), 0);
    rig_close(&rig);
}

static void a_confirmation_that_cannot_be_used_is_none(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    tick(&rig, 0);
    (void)put(&rig, DEBT_HELP, 1, 1);
    seen.confirm_fails = true;
    confirm(&rig, 0, DEBT_HELP);
    assert_int_equal(rows(&rig), 1);
    seen.confirm_fails = false;
    tick(&rig, OUTBOX_FIRST_MS);
    confirm(&rig, 1, DEBT_HELP);
    assert_int_equal(rows(&rig), 0);
    rig_close(&rig);
}

/* What the body needs of the partner does not come: as if he did not answer. */
static void what_waits_for_the_partner_to_be_built_has_the_line_wait(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    tick(&rig, 0);
    seen.build_fault = FAULT_PEER;
    (void)put(&rig, DEBT_HELP, 1, 1);
    (void)put(&rig, DEBT_HELP, 2, 2);
    assert_int_equal(seen.builds, 1); /* a probe of its own */
    seen.build_fault = FAULT_NONE;
    tick(&rig, OUTBOX_FIRST_MS);
    assert_int_equal(rig.peers.count, 1);
    confirm(&rig, 0, DEBT_HELP);
    assert_int_equal(rig.peers.count, 2);
    confirm(&rig, 1, DEBT_HELP);
    assert_int_equal(rows(&rig), 0);
    rig_close(&rig);
}

/* Neither does what is under way at a blocked partner's. */
static void without_a_covenant_nothing_is_tried(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    tick(&rig, 0);
    (void)put(&rig, STRANGER, 1, 1);
    tick(&rig, 60000);
    tick(&rig, 60000);
    assert_int_equal(rig.peers.count, 0);
    assert_int_equal(rows(&rig), 1);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_post_is_recorded_sent_with_a_receipt_and_gone_when_confirmed),
        cmocka_unit_test(one_key_stays_in_order_with_many_under_way),
        cmocka_unit_test(so_many_to_one_partner_and_no_more),
        cmocka_unit_test(what_ends_a_signal_goes_before_what_waits),
        cmocka_unit_test(a_line_without_an_answer_waits_and_probes),
        cmocka_unit_test(a_partner_who_shows_himself_is_tried_soon),
        cmocka_unit_test(a_restart_goes_on_where_it_was),
        cmocka_unit_test(without_the_change_there_is_no_post),
        cmocka_unit_test(nothing_leaves_that_is_not_durable),
        cmocka_unit_test(a_confirmation_that_cannot_be_used_is_none),
        cmocka_unit_test(what_waits_for_the_partner_to_be_built_has_the_line_wait),
        cmocka_unit_test(without_a_covenant_nothing_is_tried),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
