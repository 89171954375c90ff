/* What a round or the partner writes in the middle of what a user does: it is done by what is there then, and not for ever. */
#include "unit/api/signals_rig.h"

#include "unit/api/contend.h"

struct signal_row {
    struct ident id;
    struct ident subject;
    struct signal signal;
    uint64_t version;
};

static void take_signal_row(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct signal_row *row = ctx;
    struct error err;
    assert_null(failed);
    assert_non_null(found->item);
    row->subject = found->item->parent;
    row->version = found->item->version;
    assert_int_equal(signal_decode(found->item->payload, &row->signal, &err), RESULT_OK);
}

static void rewrite_signal(struct store_batch *batch, void *of_row)
{
    struct signal_row row = {.id = *(struct ident *)of_row};
    struct error err;
    store_get(rig.world.door, STORE_SIGNAL, &row.id, STORE_KIND_COUNT, take_signal_row, &row);
    assert_int_equal(signals_put_row(batch, &row.id, &row.subject, &row.signal, row.version, &err), RESULT_OK);
}

static void rewrite_match(struct store_batch *batch, void *of_row)
{
    struct meeting_row row;
    struct error err;
    assert_int_equal(meetings_get(&rig.api, of_row, &row, &err), RESULT_OK);
    assert_int_equal(meetings_put(&rig.api, batch, &row, &err), RESULT_OK);
}

static size_t records_since(uint64_t from, enum record_operation operation)
{
    size_t count = 0;
    for (uint64_t i = from; i < rig_leaves(&rig); i++) {
        count += rig_record(&rig, i).operation == operation;
    }
    return count;
}

static int withdraw_status(const struct ident *id, const char *says)
{
    struct withdrawal w;
    write_withdrawal(&w, JANSEN, id);
    rig_handle(signals_withdraw, &w.request);
    const int status = w.request.status;
    assert_true(rig_says(&w.request, says));
    rig_forget(&w.request);
    return status;
}

static void a_withdrawal_is_made_by_what_a_round_left_there(void **state)
{
    (void)state;
    tick();
    struct ident id = publish(JANSEN, FIRST);
    tick();
    answer_signal("");
    const uint64_t before = rig_leaves(&rig);
    contend_for(INCOMING_TRIES - 1, rewrite_signal, &id);
    assert_int_equal(withdraw_status(&id, "ingetrokken"), 200);
    assert_int_equal(contend.met, INCOMING_TRIES - 1);
    assert_int_equal(stored(&id).state, SIGNAL_WITHDRAWN);
    assert_int_equal(records_since(before, RECORD_SIGNAL_ENDED), 1); /* of the tries that failed nothing is left */
    tick();
    assert_int_equal(count_of(ENDS, "\"spoor\"", "\"contact\""), 1);
}

static void past_the_bound_a_withdrawal_is_refused_and_nothing_of_it_is_left(void **state)
{
    (void)state;
    tick();
    struct ident id = publish(JANSEN, FIRST);
    tick();
    answer_signal("");
    const uint64_t before = rig_leaves(&rig);
    contend_for(INCOMING_TRIES + 1, rewrite_signal, &id);
    assert_int_equal(withdraw_status(&id, "intussen"), 409);
    assert_int_equal(contend.met, INCOMING_TRIES + 1); /* the last: the record that it was refused */
    assert_int_equal(stored(&id).state, SIGNAL_RUNS);
    assert_int_equal(records_since(before, RECORD_SIGNAL_ENDED), 0);
    assert_int_equal(rig_last(&rig).operation, RECORD_REFUSED);
    tick();
    assert_int_equal(count_of(ENDS, "\"spoor\"", NULL), 0);
    assert_int_equal(withdraw_status(&id, "ingetrokken"), 200); /* and once it is quiet it goes */
    tick();
    assert_int_equal(count_of(ENDS, "\"spoor\"", "\"contact\""), 1);
}

static int publish_status(const char *says)
{
    struct http_request request = desk(JANSEN, SECOND); /* he again: it renews the first */
    rig_handle(signals_add, &request);
    const int status = request.status;
    assert_true(rig_says(&request, says));
    rig_forget(&request);
    return status;
}

static void a_renewal_is_made_by_what_a_round_left_there(void **state)
{
    (void)state;
    tick();
    struct ident id = publish(JANSEN, FIRST);
    const uint64_t before = rig_leaves(&rig);
    contend_for(INCOMING_TRIES - 1, rewrite_signal, &id);
    assert_int_equal(publish_status(ident_text(&id).text), 201);
    assert_int_equal(contend.met, INCOMING_TRIES - 1);
    assert_string_equal(stored(&id).contact.name, "R. Bakker");
    assert_int_equal(records_since(before, RECORD_SIGNAL), 1);
}

static void past_the_bound_a_renewal_is_refused_and_comes_again_under_its_key(void **state)
{
    (void)state;
    tick();
    struct ident id = publish(JANSEN, FIRST);
    const uint64_t before = rig_leaves(&rig);
    contend_for(INCOMING_TRIES, rewrite_signal, &id);
    assert_int_equal(publish_status("intussen veranderd; kijk opnieuw"), 409);
    assert_int_equal(contend.met, INCOMING_TRIES);
    assert_string_equal(stored(&id).contact.name, "G. Jansen");
    assert_int_equal(records_since(before, RECORD_SIGNAL), 0);
    assert_int_equal(publish_status(ident_text(&id).text), 201);
    assert_string_equal(stored(&id).contact.name, "R. Bakker");
}

static enum result keep_match(void *ctx, const struct meeting_row *row, struct error *err)
{
    (void)err;
    *(struct meeting_row *)ctx = *row;
    return RESULT_OK;
}

static struct meeting_row the_match(void)
{
    struct meeting_row row = {.version = 0};
    struct error err;
    assert_int_equal(meetings_each(&rig.api, keep_match, &row, &err), RESULT_OK);
    assert_true(row.version != 0);
    return row;
}

/* Met with the school, whose events this node orders. */
static struct ident meet_school(void)
{
    tick();
    (void)publish(JANSEN, FIRST);
    tick();
    answer_signal(MET);
    return the_match().id;
}

static int step_status(const struct ident *match, const char *says)
{
    const struct ident_text id = ident_text(match);
    struct http_request request =
        desk(JANSEN, "{\"sleutel\":\"66666666666666666666666666666666\",\"stap\":\"contact\"}");
    request.parameter = id.text;
    rig_handle(meetings_step, &request);
    const int status = request.status;
    assert_true(rig_says(&request, says));
    rig_forget(&request);
    return status;
}

static void a_step_is_made_by_what_a_round_left_of_the_match(void **state)
{
    (void)state;
    struct ident match = meet_school();
    contend_for(INCOMING_TRIES - 1, rewrite_match, &match);
    assert_int_equal(step_status(&match, "contact-gelegd"), 200);
    assert_int_equal(contend.met, INCOMING_TRIES - 1);
    assert_int_equal(the_match().meeting.state, MEETING_CONTACTED);
    assert_int_equal(the_match().meeting.head.number, 2); /* once */
}

static void past_the_bound_a_step_is_refused_and_comes_again_under_its_key(void **state)
{
    (void)state;
    struct ident match = meet_school();
    contend_for(INCOMING_TRIES, rewrite_match, &match);
    assert_int_equal(step_status(&match, "intussen veranderd; kijk opnieuw"), 409);
    assert_int_equal(contend.met, INCOMING_TRIES);
    assert_int_equal(the_match().meeting.state, MEETING_OPEN);
    assert_int_equal(the_match().meeting.head.number, 1);
    assert_int_equal(step_status(&match, "contact-gelegd"), 200);
    assert_int_equal(step_status(&match, "contact-gelegd"), 200); /* the same again is that step */
    assert_int_equal(the_match().meeting.head.number, 2);
}

/* It is closed here while something of it goes to the school, which knows of no such match. */
static void what_was_on_its_way_in_a_match_that_closed_is_so_no_more(void **state)
{
    static const char unknown[] = "{\"status\":410}";
    const struct peer_outcome gone = {.kind = PEER_ANSWERED,
                                      .status = 410,
                                      .media_type = "application/problem+json",
                                      .body = slice_of(unknown, sizeof unknown - 1),
                                      .tries = 1};
    struct error err;
    (void)state;
    const struct ident match = meet_school();
    assert_int_equal(step_status(&match, "contact-gelegd"), 200);
    tick();
    struct meeting_row row = the_match();
    struct store_batch *batch = store_batch_new(rig.world.door);
    const struct date today = {2026, 1, 5};
    meeting_replace(&row.meeting, &today);
    row.meeting.under_way = true;
    assert_int_equal(meetings_put(&rig.api, batch, &row, &err), RESULT_OK);
    assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
    settle(asked("/v1/matches/gebeurtenissen"), &gone);
    assert_int_equal(the_match().meeting.state, MEETING_CLOSED);
    assert_false(the_match().meeting.under_way);
}

static void a_proposal_of_the_partner_is_looked_at_again_and_past_the_bound_sent_again(void **state)
{
    (void)state;
    char body[160];
    struct ident match = meet_school();
    (void)snprintf(body, sizeof body,
                   "\"match\":\"%s\",\"voorstel\":\"55555555555555555555555555555555\",\"stap\":\"contact\"",
                   ident_text(&match).text);
    contend_for(INCOMING_TRIES, rewrite_match, &match);
    assert_int_equal(from_school(meetings_take_proposal, body, '1'), 425);
    assert_int_equal(contend.met, INCOMING_TRIES);
    assert_int_equal(the_match().meeting.head.number, 1);
    contend_for(INCOMING_TRIES - 1, rewrite_match, &match);
    assert_int_equal(from_school(meetings_take_proposal, body, '1'), 200);
    assert_int_equal(contend.met, INCOMING_TRIES - 1);
    assert_int_equal(the_match().meeting.state, MEETING_CONTACTED);
    assert_int_equal(the_match().meeting.head.number, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_withdrawal_is_made_by_what_a_round_left_there, open_all, close_all),
        cmocka_unit_test_setup_teardown(past_the_bound_a_withdrawal_is_refused_and_nothing_of_it_is_left, open_all,
                                        close_all),
        cmocka_unit_test_setup_teardown(a_renewal_is_made_by_what_a_round_left_there, open_all, close_all),
        cmocka_unit_test_setup_teardown(past_the_bound_a_renewal_is_refused_and_comes_again_under_its_key, open_all,
                                        close_all),
        cmocka_unit_test_setup_teardown(a_step_is_made_by_what_a_round_left_of_the_match, open_all, close_all),
        cmocka_unit_test_setup_teardown(past_the_bound_a_step_is_refused_and_comes_again_under_its_key, open_all,
                                        close_all),
        cmocka_unit_test_setup_teardown(what_was_on_its_way_in_a_match_that_closed_is_so_no_more, open_all, close_all),
        cmocka_unit_test_setup_teardown(a_proposal_of_the_partner_is_looked_at_again_and_past_the_bound_sent_again,
                                        open_all, close_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
