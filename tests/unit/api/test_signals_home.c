/* Signals by way of a household: who is named, under which spoor, and when that ends. The school knows nobody of it at first. */
#include "unit/api/signals_rig.h"

/* Who lives with ADA; the school knows none of them yet. */
static const char *const others[] = {"999000020", "999000032"};
static struct ident ada, other_ids[COUNT_OF(others)], home_id;

static int open_home(void **state)
{
    (void)open_all(state);
    ada = person_of(ADA);
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        other_ids[i] = rig_person(&rig, others[i]);
    }
    home_id = entropy_ident(&rig.entropy);
    homes_put(&rig, &home_id, (struct ident[]){ada, other_ids[0], other_ids[1]}, 3);
    homes_open(&rig);
    sets.count = 0; /* the school shares nothing of ADA */
    return 0;
}

enum { SPOOR_TEXT = 2 * IDENT_SIZE };

/* The spoor in what the school was asked at that place. */
static void spoor_at(size_t at, char out[SPOOR_TEXT + 1])
{
    assert_true(at < rig.peers.count);
    const char *spoor = strstr((const char *)rig.peers.asks[at].body.ptr, "\"spoor\":\"");
    assert_non_null(spoor);
    (void)snprintf(out, SPOOR_TEXT + 1, "%s", spoor + strlen("\"spoor\":\""));
}

/* A version of the sets, and what a round of it brings. */
static void turn(void)
{
    sets_turn(&sets);
    for (int i = 0; i < 3; i++) {
        tick();
    }
}

/* Both who live with her are in the school's set, and it does not know that they live together. */
static void who_live_together_are_not_told_by_their_spoor_or_their_time(void **state)
{
    char spoors[3][SPOOR_TEXT + 1];
    (void)state;
    sets_know(&sets, SCHOOL, others[0]);
    sets_know(&sets, SCHOOL, others[1]);
    turn();
    const struct ident id = publish(JANSEN, FIRST);
    turn();
    spoor_at(asked(SIGNALS), spoors[0]);
    answer_signal("");
    for (int i = 0; i < 3; i++) {
        tick(); /* not in the same round */
        assert_int_equal(asked(SIGNALS), rig.peers.count);
    }
    assert_int_equal(at_school(&id), REACH_NOTHING);
    turn();
    spoor_at(asked(SIGNALS), spoors[1]);
    answer_signal("");
    turn();
    assert_int_equal(asked(SIGNALS), rig.peers.count); /* each once in a period, */
    cooperation_touched(&rig.api, &other_ids[0]);      /* whatever changes here */
    cooperation_look(&rig.api);
    rig_run(&rig);
    turn();
    assert_int_equal(asked(SIGNALS), rig.peers.count);
    sets_know(&sets, SCHOOL, ADA);
    turn();
    spoor_at(asked(SIGNALS), spoors[2]); /* she herself */
    answer_signal("");
    assert_int_equal(at_school(&id), REACH_SENT);
    assert_string_not_equal(spoors[0], spoors[1]);
    assert_string_not_equal(spoors[0], spoors[2]);
    assert_string_not_equal(spoors[1], spoors[2]);
}

/* The school's own came here and met, and that it met nothing by the household comes after it. */
static void what_met_meanwhile_is_not_forgotten_by_an_answer_about_a_household(void **state)
{
    (void)state;
    sets_know(&sets, SCHOOL, others[0]);
    turn();
    const struct ident id = publish(JANSEN, FIRST);
    turn();
    assert_true(asked(SIGNALS) < rig.peers.count);
    struct signal signal = stored(&id);
    struct error err;
    struct store_batch *batch = store_batch_new(rig.world.door);
    signal.reach[0].state = REACH_SENT;
    assert_int_equal(signals_put_row(batch, &id, &ada, &signal, row_version, &err), RESULT_OK);
    assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
    answer_signal("");
    assert_int_equal(at_school(&id), REACH_SENT);
    withdraw(JANSEN, &id);
    tick();
    assert_int_equal(count_of(ENDS, "\"spoor\"", "\"contact\""), 1);
}

static void meet_by_the_first(struct ident *id, char spoor[SPOOR_TEXT + 1])
{
    sets_know(&sets, SCHOOL, others[0]);
    turn();
    *id = publish(JANSEN, FIRST);
    turn();
    spoor_at(asked(SIGNALS), spoor);
    answer_signal(MET);
    assert_int_equal(at_school(id), REACH_SENT);
    assert_int_equal(matches().live, 1);
}

/* The other still lives with her. And what is known of herself there goes after that, under another spoor. */
static void what_met_by_who_moved_out_ends(void **state)
{
    struct ident id;
    char spoors[2][SPOOR_TEXT + 1];
    (void)state;
    meet_by_the_first(&id, spoors[0]);
    homes_put(&rig, &home_id, (struct ident[]){ada, other_ids[1]}, 2);
    homes_read(&rig);
    turn();
    assert_int_equal(count_of(ENDS, spoors[0], "\"contact\""), 1);
    sets_know(&sets, SCHOOL, ADA);
    turn();
    spoor_at(asked(SIGNALS), spoors[1]);
    assert_string_not_equal(spoors[0], spoors[1]);
}

static void what_met_by_who_is_shielded_ends(void **state)
{
    struct ident id;
    char spoor[SPOOR_TEXT + 1];
    (void)state;
    meet_by_the_first(&id, spoor);
    shield(&other_ids[0], true);
    turn();
    assert_int_equal(count_of(ENDS, spoor, "\"contact\""), 1);
}

#define MET_ANEW                                                                                                       \
    "{\"spoor\":\"88888888888888888888888888888888\",\"grondslag\":\"wmo-5.1.1\",\"verteld\":true,"                    \
    "\"tot\":\"2026-12-31\",\"rollen\":[]}"

/* The school begins to help ADA: what is about her is told by her own name, and no more by another's. */
static void who_becomes_known_himself_is_named_himself(void **state)
{
    struct ident id;
    char spoors[2][SPOOR_TEXT + 1];
    (void)state;
    meet_by_the_first(&id, spoors[0]);
    sets_know(&sets, SCHOOL, ADA);
    turn();
    tick();
    tick();
    assert_int_equal(count_of(ENDS, spoors[0], "\"contact\""), 1);
    assert_int_equal(count_of(SIGNALS, "\"via\":\"persoon\"", NULL), 1);
    confirm_end();
    spoor_at(asked(SIGNALS), spoors[1]);
    assert_string_not_equal(spoors[0], spoors[1]);
    answer_signal(MET_ANEW);
    assert_int_equal(at_school(&id), REACH_SENT);
    withdraw(JANSEN, &id);
    tick();
    tick();
    assert_int_equal(count_of(ENDS, spoors[1], "\"contact\""), 1);
}

/* A colleague's goes on, and nothing of it goes under a spoor by which another was named. */
static void what_met_by_a_member_and_is_withdrawn_ends_beside_another(void **state)
{
    struct ident id;
    char spoors[2][SPOOR_TEXT + 1];
    (void)state;
    meet_by_the_first(&id, spoors[0]);
    const struct ident other = publish(BAKKER, SECOND);
    turn();
    assert_int_equal(asked(SIGNALS), rig.peers.count); /* it came */
    withdraw(JANSEN, &id);
    tick();
    assert_int_equal(count_of(ENDS, spoors[0], "\"contact\""), 1);
    turn();
    spoor_at(asked(SIGNALS), spoors[1]);
    assert_string_not_equal(spoors[0], spoors[1]);
    answer_signal(MET_ANEW);
    assert_int_equal(at_school(&other), REACH_SENT);
}

/* One came by her own name and was withdrawn; she left the school's set. The colleague's goes by another's, not under that spoor. */
static void beside_what_was_withdrawn_a_member_is_named_under_another_spoor(void **state)
{
    char spoors[2][SPOOR_TEXT + 1];
    (void)state;
    sets_know(&sets, SCHOOL, ADA);
    turn();
    const struct ident first = publish(JANSEN, FIRST);
    turn();
    spoor_at(asked(SIGNALS), spoors[0]);
    answer_signal(MET);
    assert_int_equal(at_school(&first), REACH_SENT);
    sets.count = 0;
    turn();
    const struct ident second = publish(BAKKER, SECOND);
    withdraw(JANSEN, &first);
    sets_know(&sets, SCHOOL, others[0]);
    turn();
    spoor_at(asked(SIGNALS), spoors[1]);
    assert_string_not_equal(spoors[0], spoors[1]);
    answer_signal("");
    withdraw(BAKKER, &second);
    for (int i = 0; i < 3; i++) {
        tick();
        until_the_end_is_asked();
    }
    assert_int_equal(count_of(ENDS, spoors[0], "\"contact\""), 1);
}

/* Nobody knows whom it named: it ends, and what goes next is another. */
static void what_named_a_member_and_had_no_answer_names_nobody_else_after_a_restart(void **state)
{
    static const struct match_times times = {.tick_ms = 1, .removal_ms = 0};
    char spoors[2][SPOOR_TEXT + 1];
    struct error err;
    (void)state;
    sets_know(&sets, SCHOOL, others[0]);
    turn();
    const struct ident id = publish(JANSEN, FIRST);
    turn();
    spoor_at(asked(SIGNALS), spoors[0]);
    lose(SIGNALS);
    assert_int_equal(at_school(&id), REACH_HIT);
    signals_stop(rig.api.signals);
    rig_run(&rig);
    signals_close(rig.api.signals);
    assert_int_equal(signals_open(&rig.api, &times, &rig.api.signals, &err), RESULT_OK);
    sets.count = 0;
    sets_know(&sets, SCHOOL, ADA);
    turn();
    turn();
    assert_int_equal(count_of(ENDS, spoors[0], "\"contact\""), 1);
    spoor_at(asked(SIGNALS), spoors[1]);
    assert_string_not_equal(spoors[0], spoors[1]);
}

/* The store is put back from before somebody was named: nobody else is under the spoor of that. */
static void who_is_named_after_a_restore_goes_under_another_spoor(void **state)
{
    char spoors[2][SPOOR_TEXT + 1];
    struct error err;
    (void)state;
    sets_know(&sets, SCHOOL, others[0]);
    turn();
    const struct ident id = publish(JANSEN, FIRST);
    const struct signal before = stored(&id);
    turn();
    spoor_at(asked(SIGNALS), spoors[0]);
    answer_signal("");
    (void)stored(&id);
    struct store_batch *batch = store_batch_new(rig.world.door);
    assert_int_equal(signals_put_row(batch, &id, &ada, &before, row_version, &err), RESULT_OK);
    assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
    sets_know(&sets, SCHOOL, others[1]);
    turn();
    spoor_at(asked(SIGNALS), spoors[1]);
    assert_string_not_equal(spoors[0], spoors[1]);
    answer_signal("");
}

/* It is asked once more by the same name, and under the same spoor. */
static void what_named_a_member_and_had_no_answer_is_tried_again(void **state)
{
    char spoors[2][SPOOR_TEXT + 1];
    (void)state;
    sets_know(&sets, SCHOOL, others[0]);
    sets_know(&sets, SCHOOL, others[1]);
    turn();
    const struct ident id = publish(JANSEN, FIRST);
    turn();
    spoor_at(asked(SIGNALS), spoors[0]);
    lose(SIGNALS);
    turn();
    spoor_at(asked(SIGNALS), spoors[1]);
    assert_string_equal(spoors[0], spoors[1]);
    answer_signal(MET);
    assert_int_equal(at_school(&id), REACH_SENT);
    turn();
    assert_int_equal(asked(SIGNALS), rig.peers.count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_live_together_are_not_told_by_their_spoor_or_their_time, open_home,
                                        close_all),
        cmocka_unit_test_setup_teardown(what_met_meanwhile_is_not_forgotten_by_an_answer_about_a_household, open_home,
                                        close_all),
        cmocka_unit_test_setup_teardown(what_met_by_who_moved_out_ends, open_home, close_all),
        cmocka_unit_test_setup_teardown(what_met_by_who_is_shielded_ends, open_home, close_all),
        cmocka_unit_test_setup_teardown(beside_what_was_withdrawn_a_member_is_named_under_another_spoor, open_home,
                                        close_all),
        cmocka_unit_test_setup_teardown(who_becomes_known_himself_is_named_himself, open_home, close_all),
        cmocka_unit_test_setup_teardown(what_met_by_a_member_and_is_withdrawn_ends_beside_another, open_home,
                                        close_all),
        cmocka_unit_test_setup_teardown(what_named_a_member_and_had_no_answer_names_nobody_else_after_a_restart,
                                        open_home, close_all),
        cmocka_unit_test_setup_teardown(who_is_named_after_a_restore_goes_under_another_spoor, open_home, close_all),
        cmocka_unit_test_setup_teardown(what_named_a_member_and_had_no_answer_is_tried_again, open_home, close_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
