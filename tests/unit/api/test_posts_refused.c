/* Posts that a partner refuses, or that cannot be built: what holds up what, and what a person is left. */
#include "unit/api/posts_rig.h"

static void what_is_refused_holds_its_own_key_only(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    tick(&rig, 0);
    const struct ident id = put(&rig, DEBT_HELP, 1, 1);
    (void)put(&rig, DEBT_HELP, 1, 2);
    (void)put(&rig, DEBT_HELP, 2, 3);
    settle(&rig, 0, PEER_ANSWERED, 409, "{}");
    assert_int_equal(seen.stucks, 1);
    assert_int_equal(seen.last_status, 409);
    assert_int_equal(rig.peers.count, 2);
    assert_true(asked(&rig, 1, "\"nummer\":3}"));
    confirm(&rig, 1, DEBT_HELP);
    tick(&rig, 60000);
    assert_int_equal(rig.peers.count, 2);
    assert_int_equal(outbox_figures(rig.api.outbox).stuck, 1);
    restart(&rig);
    tick(&rig, 0);
    tick(&rig, 60000);
    assert_int_equal(rig.peers.count, 2); /* a person decides, also after a restart */
    assert_int_equal(outbox_figures(rig.api.outbox).stuck, 1);
    char body[64];
    (void)snprintf(body, sizeof body, "{\"bericht\":\"%s\"}", ident_text(&id).text);
    for (int status = 200; status <= 409; status += 209) { /* a second time it waits already */
        struct http_request request = rig_request(&rig, body);
        request.authorization = TOKEN;
        rig_handle(outbox_retry, &request);
        assert_int_equal(request.status, status);
        rig_forget(&request);
    }
    assert_int_equal(rig.peers.count, 3);
    assert_true(ident_equal(&rig.peers.asks[2].request_id, &id));
    confirm(&rig, 2, DEBT_HELP);
    assert_true(asked(&rig, 3, "\"nummer\":2}")); /* and the one behind it */
    confirm(&rig, 3, DEBT_HELP);
    assert_int_equal(rows(&rig), 0);
    assert_int_equal(outbox_figures(rig.api.outbox).stuck, 0);
    rig_close(&rig);
}

/* 403 about what was sent is of this message; 403 about who sent it is of all. */
static void what_is_forbidden_by_name_holds_its_own_key_only(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    tick(&rig, 0);
    (void)put(&rig, DEBT_HELP, 1, 1);
    (void)put(&rig, DEBT_HELP, 2, 2);
    settle(&rig, 0, PEER_ANSWERED, 403, "{\"status\":403,\"fouten\":[{\"plaats\":\"convenant\",\"melding\":\"-\"}]}");
    assert_int_equal(seen.stucks, 0);
    assert_int_equal(rig.peers.count, 1);
    tick(&rig, OUTBOX_FIRST_MS);
    assert_int_equal(rig.peers.count, 2);
    settle(&rig, 1, PEER_ANSWERED, 403, "{\"status\":403,\"fouten\":[{\"plaats\":\"/soort\",\"melding\":\"-\"}]}");
    assert_int_equal(seen.stucks, 1);
    assert_int_equal(seen.last_status, 403);
    assert_int_equal(rig.peers.count, 3); /* what is behind it goes on */
    assert_true(asked(&rig, 2, "\"nummer\":2}"));
    confirm(&rig, 2, DEBT_HELP);
    assert_int_equal(rows(&rig), 1);
    rig_close(&rig);
}

static void a_kind_says_what_a_refusal_comes_to(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    tick(&rig, 0);
    (void)put(&rig, DEBT_HELP, 1, 1);
    seen.refusal = POST_AGAIN;
    settle(&rig, 0, PEER_ANSWERED, 422, "{}");
    assert_int_equal(rig.peers.count, 1);
    tick(&rig, OUTBOX_FIRST_MS);
    assert_int_equal(seen.builds, 2); /* built anew */
    seen.refusal = POST_SETTLED;
    settle(&rig, 1, PEER_ANSWERED, 410, "{\"x\":1}");
    assert_int_equal(seen.confirms, 1);
    assert_string_equal(seen.answer, "{\"x\":1}");
    assert_int_equal(rig_last(&rig).outcome, OUTCOME_REFUSED);
    assert_int_equal(rows(&rig), 0);
    rig_close(&rig);
}

static void one_that_comes_too_early_waits_alone(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    tick(&rig, 0);
    (void)put(&rig, DEBT_HELP, 1, 1);
    (void)put(&rig, DEBT_HELP, 2, 2);
    settle(&rig, 0, PEER_ANSWERED, 425, "{}");
    assert_int_equal(rig.peers.count, 2); /* the line goes on */
    confirm(&rig, 1, DEBT_HELP);
    tick(&rig, OUTBOX_FIRST_MS);
    assert_int_equal(rig.peers.count, 3);
    confirm(&rig, 2, DEBT_HELP);
    assert_int_equal(rows(&rig), 0);
    rig_close(&rig);
}

/* The partner was put back from a backup: events that he lost come again, in order, each under an id of its own that is the
 * same should it be needed again; then the one that he did not take. */
static void events_that_a_partner_lost_are_sent_again(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    tick(&rig, 0);
    const struct ident id = put(&rig, DEBT_HELP, 1, 5);
    (void)put(&rig, DEBT_HELP, 1, 6);
    settle(&rig, 0, PEER_ANSWERED, 425, "{\"verwacht\":3}");
    assert_true(asked(&rig, 1, "\"nummer\":3}"));
    const struct ident third = rig.peers.asks[1].request_id;
    assert_false(ident_equal(&third, &id));
    settle(&rig, 1, PEER_DOWN, 0, ""); /* the answer to the first is lost: all over, under the same id */
    tick(&rig, OUTBOX_FIRST_MS);
    assert_true(asked(&rig, 2, "\"nummer\":5}"));
    settle(&rig, 2, PEER_ANSWERED, 425, "{\"verwacht\":3}");
    assert_true(ident_equal(&rig.peers.asks[3].request_id, &third));
    confirm(&rig, 3, DEBT_HELP);
    assert_int_equal(seen.last_number, 3);
    assert_true(asked(&rig, 4, "\"nummer\":4}"));
    assert_false(ident_equal(&rig.peers.asks[4].request_id, &third));
    confirm(&rig, 4, DEBT_HELP);
    assert_true(asked(&rig, 5, "\"nummer\":5}"));
    assert_true(ident_equal(&rig.peers.asks[5].request_id, &id));
    assert_int_equal(rows(&rig), 2);
    confirm(&rig, 5, DEBT_HELP);
    assert_int_equal(rows(&rig), 1);
    assert_true(asked(&rig, 6, "\"nummer\":6}"));
    confirm(&rig, 6, DEBT_HELP);
    assert_int_equal(rows(&rig), 0);
    rig_close(&rig);
}

/* What he lost he gets, confirms and says to miss: so often, and then a person is told. */
static void who_loses_the_same_again_and_again_is_not_sent_it_for_ever(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    tick(&rig, 0);
    (void)put(&rig, DEBT_HELP, 1, 3);
    for (int round = 0; round < OUTBOX_RESENDS_MAX; round++) {
        assert_int_equal(seen.stucks, 0);
        const size_t before = rig.peers.count - 1;
        settle(&rig, before, PEER_ANSWERED, 425, "{\"verwacht\":2}");
        assert_true(asked(&rig, before + 1, "\"nummer\":2}"));
        confirm(&rig, before + 1, DEBT_HELP);
        assert_true(asked(&rig, before + 2, "\"nummer\":3}"));
        settle(&rig, before + 2, PEER_ANSWERED, 425, "{\"verwacht\":2}");
        tick(&rig, OUTBOX_LONGEST_MS);
    }
    assert_int_equal(seen.stucks, 1);
    assert_int_equal(seen.last_status, 425);
    assert_int_equal(rig.peers.count, 3 * OUTBOX_RESENDS_MAX);
    assert_int_equal(outbox_figures(rig.api.outbox).stuck, 1);
    (void)put(&rig, DEBT_HELP, 2, 1); /* others go */
    assert_int_equal(rig.peers.count, 3 * OUTBOX_RESENDS_MAX + 1);
    confirm(&rig, 3 * OUTBOX_RESENDS_MAX, DEBT_HELP);
    rig_close(&rig);
}

static void what_cannot_be_built_waits_alone_or_goes(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    tick(&rig, 0);
    seen.build_fault = FAULT_CONFIG;
    (void)put(&rig, DEBT_HELP, 1, 1);
    assert_int_equal(rig.peers.count, 0);
    seen.build_fault = FAULT_NONE;
    (void)put(&rig, DEBT_HELP, 2, 2);
    assert_int_equal(rig.peers.count, 1);
    seen.build_fault = FAULT_NOT_FOUND;
    confirm(&rig, 0, DEBT_HELP);
    tick(&rig, OUTBOX_FIRST_MS);
    assert_int_equal(rig.peers.count, 1);
    assert_int_equal(rows(&rig), 0);
    rig_close(&rig);
}

/* A receipt that came too late is no word about the message: it is sent again, under a new one. */
static void what_is_refused_for_its_receipt_goes_again(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    tick(&rig, 0);
    (void)put(&rig, DEBT_HELP, 1, 1);
    settle(&rig, 0, PEER_ANSWERED, 400, "{\"fouten\":[{\"plaats\":\"/ontvangstbewijs\"}]}");
    assert_int_equal(seen.stucks, 0);
    tick(&rig, 60000);
    assert_int_equal(rig.peers.count, 2);
    settle(&rig, 1, PEER_ANSWERED, 400, "{\"fouten\":[{\"plaats\":\"/gebeurtenis\"}]}");
    assert_int_equal(seen.stucks, 1);
    tick(&rig, 60000);
    assert_int_equal(rig.peers.count, 2);
    rig_close(&rig);
}

/* What the partner would refuse for sure is not sent: it sticks, its kind is told at once, and a person may try it again. */
static void what_is_known_to_be_refused_sticks_unsent(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    tick(&rig, 0);
    seen.build_fault = FAULT_UNFIT;
    (void)put(&rig, DEBT_HELP, 1, 1);
    assert_int_equal(rig.peers.count, 0);
    assert_int_equal(seen.stucks, 1);
    assert_int_equal(seen.last_status, 422);
    assert_int_equal(rows(&rig), 1);
    seen.build_fault = FAULT_NONE;
    tick(&rig, OUTBOX_FIRST_MS);
    assert_int_equal(rig.peers.count, 0);
    (void)put(&rig, DEBT_HELP, 2, 2);
    assert_int_equal(rig.peers.count, 1);
    confirm(&rig, 0, DEBT_HELP);
    assert_int_equal(rows(&rig), 1);
    rig_close(&rig);
}

/* Each try would evaluate him there anew, without end. */
static void what_the_partner_does_not_know_waits_for_a_person(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    tick(&rig, 0);
    seen.build_fault = FAULT_UNFIT;
    (void)put(&rig, DEBT_HELP, 1, 1);
    for (int i = 0; i < 5; i++) {
        tick(&rig, OUTBOX_LONGEST_MS);
    }
    assert_int_equal(seen.builds, 1);
    assert_int_equal(seen.stucks, 1);
    assert_int_equal(seen.lates, 0);
    assert_int_equal(seen.last_status, 422);
    assert_int_equal(outbox_figures(rig.api.outbox).stuck, 1);
    assert_int_equal(rig.peers.count, 0);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_refused_holds_its_own_key_only),
        cmocka_unit_test(what_is_forbidden_by_name_holds_its_own_key_only),
        cmocka_unit_test(a_kind_says_what_a_refusal_comes_to),
        cmocka_unit_test(one_that_comes_too_early_waits_alone),
        cmocka_unit_test(events_that_a_partner_lost_are_sent_again),
        cmocka_unit_test(who_loses_the_same_again_and_again_is_not_sent_it_for_ever),
        cmocka_unit_test(what_cannot_be_built_waits_alone_or_goes),
        cmocka_unit_test(what_is_known_to_be_refused_sticks_unsent),
        cmocka_unit_test(what_the_partner_does_not_know_waits_for_a_person),
        cmocka_unit_test(what_is_refused_for_its_receipt_goes_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
