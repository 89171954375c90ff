/* Signals whose answer is lost, or comes when something else happened: an end, a withdrawal, another spoor; and how many ends are
 * kept, how many signals a round looks at. */
#include "unit/api/signals_rig.h"

static void what_was_unanswered_and_is_withdrawn_ends_at_both(void **state)
{
    (void)state;
    tick();
    const struct ident id = publish(JANSEN, FIRST);
    tick();
    lose(SIGNALS); /* the school met it, perhaps */
    assert_int_equal(at_school(&id), REACH_HIT);
    withdraw(JANSEN, &id);
    tick();
    assert_int_equal(count_of(ENDS, "\"spoor\"", "\"contact\""), 1);
    assert_int_equal(asked(SIGNALS), rig.peers.count);
    static const char step[] = "\"match\":\"44444444444444444444444444444444\",\"voorstel\":"
                               "\"55555555555555555555555555555555\",\"stap\":\"signaal-einde\"";
    assert_int_equal(from_school(meetings_take_proposal, step, '1'), 410); /* which closes it there */
    assert_int_equal(matches().live + matches().closed, 0);
}

#define UNTIL_JANUARY                                                                                                  \
    "{\"sleutel\":\"33333333333333333333333333333333\",\"bsn\":\"" ADA                                                 \
    "\",\"grondslag\":\"wmo-5.1.1\",\"verteld\":true,\"tot\":\"2026-01-15\",\"contact\":{\"naam\":\"G. Jansen\","      \
    "\"telefoon\":\"0990555100\"}}"

static void expire(bool answered)
{
    tick();
    const struct ident id = publish(JANSEN, UNTIL_JANUARY);
    tick();
    if (answered) {
        answer_signal("");
    } else {
        lose(SIGNALS);
    }
    rig.moved_ms += INT64_C(32) * 86400000;
    tick();
    tick();
    assert_int_equal(stored(&id).state, SIGNAL_EXPIRED);
    assert_int_equal(count_of(ENDS, "\"spoor\"", "\"contact\""), answered ? 0 : 1);
}

static void what_expires_unanswered_sends_its_end(void **state)
{
    (void)state;
    expire(false);
}

static void what_expires_answered_needs_none(void **state)
{
    (void)state;
    expire(true);
}

/* A colleague's goes on: under a spoor of its own, once the school heard that the old one is over. */
static void what_expires_unanswered_beside_another_sends_its_end_too(void **state)
{
    (void)state;
    tick();
    const struct ident id = publish(JANSEN, UNTIL_JANUARY);
    tick();
    lose(SIGNALS);
    const struct ident other = publish(BAKKER, SECOND);
    rig.moved_ms += INT64_C(32) * 86400000;
    tick();
    tick();
    assert_int_equal(stored(&id).state, SIGNAL_EXPIRED);
    assert_int_equal(stored(&other).state, SIGNAL_RUNS);
    assert_int_equal(count_of(ENDS, "\"spoor\"", "\"contact\""), 1);
}

static void an_answer_makes_a_match(void **state)
{
    (void)state;
    tick();
    const struct ident id = publish(JANSEN, FIRST);
    tick();
    answer_signal(MET);
    assert_int_equal(at_school(&id), REACH_SENT);
    assert_int_equal(matches().live, 1);
}

static void an_answer_that_comes_after_its_end_makes_none(void **state)
{
    (void)state;
    tick();
    const struct ident id = publish(JANSEN, FIRST);
    tick();
    assert_int_equal(from_school(signals_take_end, THEIRS, '1'), 200);
    answer_signal(MET);
    assert_int_equal(at_school(&id), REACH_SENT);
    assert_int_equal(matches().live + matches().closed, 0);
}

static void nor_one_that_comes_after_the_withdrawal(void **state)
{
    (void)state;
    tick();
    const struct ident id = publish(JANSEN, FIRST);
    tick();
    withdraw(JANSEN, &id);
    answer_signal(MET);
    tick();
    assert_int_equal(at_school(&id), REACH_ENDED);
    assert_int_equal(count_of(ENDS, "\"spoor\"", "\"contact\""), 1);
    assert_int_equal(matches().live + matches().closed, 0);
}

static void nor_one_that_comes_after_it_might_go_no_longer(void **state)
{
    (void)state;
    const struct ident person = person_of(ADA);
    tick();
    const struct ident id = publish(JANSEN, FIRST);
    tick();
    shield(&person, true);
    assert_int_equal(at_school(&id), REACH_ENDED);
    assert_int_equal(count_of(ENDS, "\"spoor\"", "\"contact\""), 1);
    shield(&person, false); /* and may again */
    answer_signal(MET);
    assert_int_equal(at_school(&id), REACH_ENDED);
    assert_int_equal(matches().live + matches().closed, 0);
}

#define RENEWED SIGNAL("44444444444444444444444444444444", "G. Jansen-Smit")

static void what_is_renewed_meanwhile_is_sent_once_more(void **state)
{
    (void)state;
    tick();
    const struct ident id = publish(JANSEN, FIRST);
    tick();
    const struct ident again = publish(JANSEN, RENEWED);
    assert_true(ident_equal(&id, &again));
    answer_signal(MET);
    assert_int_equal(at_school(&id), REACH_HIT);
    assert_int_equal(matches().live, 1);
    sets_turn(&sets);
    tick();
    assert_int_equal(count_of(SIGNALS, "G. Jansen-Smit", NULL), 1);
    answer_signal(MET);
    assert_int_equal(at_school(&id), REACH_SENT);
    assert_int_equal(matches().live, 1);
}

/* A colleague's met meanwhile, under a spoor that began anew: what the answer tells of was under the old one. */
static void an_answer_under_a_spoor_that_is_over_makes_no_match(void **state)
{
    struct oin school;
    struct error err;
    const struct ident none = {{0}};
    (void)state;
    assert_true(oin_parse(slice_text(SCHOOL), &school));
    const struct ident person = person_of(ADA);
    tick();
    const struct ident ids[] = {publish(JANSEN, FIRST), publish(BAKKER, SECOND)};
    tick();
    const struct ident other = ids[at_school(&ids[0]) == REACH_HIT];
    struct signal signal = stored(&other);
    assert_int_equal(signal_reach_put(&signal, &school, REACH_SENT, &none, &err), RESULT_OK);
    signal_reach_of(&signal, &school)->turn = 1;
    struct store_batch *batch = store_batch_new(rig.world.door);
    assert_int_equal(signals_put_row(batch, &other, &person, &signal, row_version, &err), RESULT_OK);
    assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
    answer_signal(MET);
    assert_int_equal(matches().live, 0);
}

/* ---- a new spoor before the old one's end is confirmed ---- */

static void a_new_signal_does_not_wait_for_the_end_of_the_old_one(void **state)
{
    (void)state;
    tick();
    const struct ident first = publish(JANSEN, FIRST);
    tick();
    answer_signal(MET);
    withdraw(JANSEN, &first);
    const struct ident second = publish(JANSEN, RENEWED);
    assert_false(ident_equal(&first, &second));
    sets_turn(&sets);
    tick(); /* its end is under way, or waits */
    assert_int_equal(count_of(ENDS, "\"spoor\"", "\"contact\""), 1);
    assert_int_equal(matches().live, 1); /* the school's signal lives */
    answer_signal(MET);
    assert_int_equal(at_school(&second), REACH_SENT);
    assert_int_equal(matches().live, 1);
    assert_int_equal(matches().closed, 1);
    assert_int_equal(from_school(signals_take_end, THEIRS, '1'), 200);
    withdraw(JANSEN, &second);
    assert_int_equal(matches().live, 0);
    assert_int_equal(matches().closed, 2);
}

/* ---- ends of what never met here ---- */

static void bury(const char *partner, uint32_t from, uint32_t count)
{
    struct oin oin;
    struct error err;
    assert_true(oin_parse(slice_text(partner), &oin));
    for (uint32_t i = 0; i < count;) {
        struct store_batch *batch = store_batch_new(rig.world.door);
        assert_non_null(batch);
        for (int k = 0; k < 500 && i < count; k++, i++) {
            const struct ident spoor = world_ident(from + i);
            assert_int_equal(meetings_bury(&rig.api, batch, &oin, &spoor, &err), RESULT_OK);
        }
        assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
    }
}

static void a_partner_has_so_many_ends_kept_and_no_more(void **state)
{
    (void)state;
    static const char *const spoors[] = {"\"spoor\":\"99999999999999999999999999999991\"",
                                         "\"spoor\":\"99999999999999999999999999999992\""};
    bury(SCHOOL, 1000, SIGNAL_ENDS_MAX - 1);
    bury(DEBT_HELP, 900000, 3); /* another's do not count */
    tick();
    (void)publish(JANSEN, FIRST);
    tick();
    answer_signal(MET);
    assert_int_equal(from_school(signals_take_end, spoors[0], '1'), 200);
    assert_int_equal(from_school(signals_take_end, spoors[1], '2'), 425);
    assert_int_equal(from_school(signals_take_end, spoors[0], '1'), 200); /* the same again */
    assert_int_equal(from_school(signals_take_end, spoors[0], '3'), 200); /* known by now */
    assert_int_equal(from_school(signals_take_end, THEIRS, '4'), 200);    /* that of a match */
    signals_close(rig.api.signals);
    struct error err;
    static const struct match_times times = {.tick_ms = 1, .removal_ms = 0};
    assert_int_equal(signals_open(&rig.api, &times, &rig.api.signals, &err), RESULT_OK);
    assert_int_equal(from_school(signals_take_end, spoors[1], '5'), 425); /* counted anew */
    rig.moved_ms += (SIGNAL_DAYS_MAX + 40) * INT64_C(86400000);           /* they are swept, some at a time */
    for (int i = 0; i < 3; i++) {
        tick();
    }
    assert_int_equal(from_school(signals_take_end, spoors[1], '6'), 200);
}

/* ---- many at once ---- */

static size_t looked_at(const struct signal_line *line)
{
    size_t count = 0;
    for (size_t slot = 0; slot < line->known_room && slot < rig.api.signals->live_count; slot++) {
        count += line->known[slot].state != KNOWN_NOT;
    }
    return count;
}

/* Each is read: some in a turn of the loop, and all in the end. */
static void a_round_reads_so_many_and_the_next_the_others(void **state)
{
    enum { MANY = 300 };
    struct error err;
    (void)state;
    tick();
    const struct signal_line *line = rig.api.signals->lines[0];
    for (uint32_t i = 0; i < MANY; i++) { /* of people who went meanwhile */
        const struct ident id = world_ident(5000 + i);
        assert_int_equal(signals_note(rig.api.signals, &id, &id, &err), RESULT_OK);
    }
    sets_turn(&sets);
    signals_tick(rig.api.signals);
    assert_in_range(looked_at(line), 1, SIGNAL_HITS_ROUND);
    for (int i = 0; i < MANY / SIGNAL_HITS_ROUND; i++) {
        rig_run(&rig);
        sets_answer(&sets);
        signals_tick(rig.api.signals);
    }
    assert_int_equal(looked_at(line), MANY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_unanswered_and_is_withdrawn_ends_at_both, open_all, close_all),
        cmocka_unit_test_setup_teardown(what_expires_unanswered_sends_its_end, open_all, close_all),
        cmocka_unit_test_setup_teardown(what_expires_answered_needs_none, open_all, close_all),
        cmocka_unit_test_setup_teardown(what_expires_unanswered_beside_another_sends_its_end_too, open_all, close_all),
        cmocka_unit_test_setup_teardown(an_answer_makes_a_match, open_all, close_all),
        cmocka_unit_test_setup_teardown(an_answer_that_comes_after_its_end_makes_none, open_all, close_all),
        cmocka_unit_test_setup_teardown(nor_one_that_comes_after_the_withdrawal, open_all, close_all),
        cmocka_unit_test_setup_teardown(nor_one_that_comes_after_it_might_go_no_longer, open_all, close_all),
        cmocka_unit_test_setup_teardown(what_is_renewed_meanwhile_is_sent_once_more, open_all, close_all),
        cmocka_unit_test_setup_teardown(an_answer_under_a_spoor_that_is_over_makes_no_match, open_all, close_all),
        cmocka_unit_test_setup_teardown(a_new_signal_does_not_wait_for_the_end_of_the_old_one, open_all, close_all),
        cmocka_unit_test_setup_teardown(a_partner_has_so_many_ends_kept_and_no_more, open_all, close_all),
        cmocka_unit_test_setup_teardown(a_round_reads_so_many_and_the_next_the_others, open_all, close_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
