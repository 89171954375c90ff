/* Signals of two users about one person, at once: under one spoor, of which the school hears the end when the last of them ends. */
#include "unit/api/signals_rig.h"

static void two_who_publish_at_once_share_a_spoor_and_meet(void **state)
{
    (void)state;
    struct http_request one = desk(JANSEN, FIRST);
    struct http_request other = desk(BAKKER, SECOND);
    tick();
    signals_add(&one, &rig.api);
    signals_add(&other, &rig.api);
    rig_run(&rig);
    assert_int_equal(one.status, 201);
    assert_int_equal(other.status, 201);
    const struct ident ids[] = {said(&one), said(&other)};
    const struct signal first = stored(&ids[0]);
    const struct signal second = stored(&ids[1]);
    assert_true(ident_equal(&first.spoor, &second.spoor));
    assert_int_equal(matches().within, 1);
}

/* Whichever comes first: no signal lives on under a spoor of which the school hears that it is over. */
static void publish_while_withdrawn(bool withdraw_first)
{
    tick();
    const struct ident first = publish(JANSEN, FIRST);
    tick();
    answer_signal("");
    assert_int_equal(at_school(&first), REACH_SENT);
    struct withdrawal w;
    struct http_request add = desk(BAKKER, SECOND);
    write_withdrawal(&w, JANSEN, &first);
    if (withdraw_first) {
        signals_withdraw(&w.request, &rig.api);
        signals_add(&add, &rig.api);
    } else {
        signals_add(&add, &rig.api);
        signals_withdraw(&w.request, &rig.api);
    }
    rig_run(&rig);
    assert_int_equal(w.request.status, 200);
    assert_int_equal(add.status, 201);
    rig_forget(&w.request);
    const struct ident second = said(&add);
    const struct signal ended = stored(&first);
    const struct signal lives = stored(&second);
    const bool same = ident_equal(&ended.spoor, &lives.spoor);
    tick();
    assert_int_equal(count_of(ENDS, "\"spoor\"", "\"contact\""), same ? 0 : 1);
    assert_int_equal(count_of(ENDS, "\"contact\"", NULL), same ? 1 : 0);
}

static void a_signal_beside_one_that_ends_is_not_over_with_it(void **state)
{
    (void)state;
    publish_while_withdrawn(true);
}

static void and_neither_when_it_came_first(void **state)
{
    (void)state;
    publish_while_withdrawn(false);
}

/* The first came to the school, which may have met it; the second did not yet. */
static void the_end_of_the_second_goes_where_the_first_came(bool answered)
{
    tick();
    const struct ident first = publish(JANSEN, FIRST);
    tick();
    if (answered) {
        answer_signal("");
    } else {
        lose(SIGNALS);
    }
    const struct ident second = publish(BAKKER, SECOND);
    withdraw(JANSEN, &first);
    withdraw(BAKKER, &second);
    tick();
    until_the_end_is_asked();
    assert_int_equal(count_of(ENDS, "\"spoor\"", "\"contact\""), 1);
}

static void the_end_of_the_last_goes_wherever_one_came(void **state)
{
    (void)state;
    the_end_of_the_second_goes_where_the_first_came(true);
}

static void and_where_its_answer_was_lost(void **state)
{
    (void)state;
    the_end_of_the_second_goes_where_the_first_came(false);
}

static void of_two_that_end_at_once_the_second_is_the_last(void **state)
{
    (void)state;
    tick();
    const struct ident ids[] = {publish(JANSEN, FIRST), publish(BAKKER, SECOND)};
    tick();
    answer_signal("");
    struct withdrawal ws[2];
    write_withdrawal(&ws[0], JANSEN, &ids[0]);
    write_withdrawal(&ws[1], BAKKER, &ids[1]);
    signals_withdraw(&ws[0].request, &rig.api);
    signals_withdraw(&ws[1].request, &rig.api);
    rig_run(&rig);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ws[i].request.status, 200);
        rig_forget(&ws[i].request);
    }
    tick();
    tick();
    until_the_end_is_asked();
    assert_int_equal(count_of(ENDS, "\"spoor\"", "\"contact\""), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(two_who_publish_at_once_share_a_spoor_and_meet, open_all, close_all),
        cmocka_unit_test_setup_teardown(a_signal_beside_one_that_ends_is_not_over_with_it, open_all, close_all),
        cmocka_unit_test_setup_teardown(and_neither_when_it_came_first, open_all, close_all),
        cmocka_unit_test_setup_teardown(the_end_of_the_last_goes_wherever_one_came, open_all, close_all),
        cmocka_unit_test_setup_teardown(and_where_its_answer_was_lost, open_all, close_all),
        cmocka_unit_test_setup_teardown(of_two_that_end_at_once_the_second_is_the_last, open_all, close_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
