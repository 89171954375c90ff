/* Matches: one id whoever came first, every step in every state by each side, what a user sees, and the stored form. */
#include "unit/domain/help.h"

#include "base/mem.h"
#include "domain/meeting.h"

static const struct oin low = {"00000099000000001000"};
static const struct oin high = {"00000099000000002000"};

static struct meeting met(void)
{
    struct meeting m = {.peer = high, .own = MEETING_LOW, .met = today};
    struct thread_event first;
    const struct ident id = {{9}};
    for (unsigned i = 0; i < MEETING_SIDES; i++) {
        struct meeting_half *half = &m.halves[i];
        memset(half->spoor.bytes, (int)(0x40 + i), IDENT_SIZE);
        half->live = true;
        half->told = i == MEETING_HIGH;
        half->until = (struct date){2027, 11, 30};
        TEXT_INTO(half->basis, "wmo-2.3.2");
        TEXT_INTO(half->contact.name, i == MEETING_LOW ? "G. Jansen" : "U. Werk");
        TEXT_INTO(half->contact.phone, "0990 555 100");
        TEXT_INTO(half->roles[0], "generalist");
        half->role_count = 1;
    }
    meeting_begin(&m, &id, &first);
    return m;
}

static struct meeting in_state(enum meeting_state state)
{
    struct meeting m = met();
    m.state = state;
    m.has_lead = state == MEETING_LED;
    m.lead = MEETING_HIGH;
    return m;
}

static void both_sides_reckon_one_id_whoever_came_first(void **state)
{
    (void)state;
    const struct ident a = {{1}};
    const struct ident b = {{2}};
    const struct ident one = meeting_id(&low, &a, &high, &b);
    const struct ident other = meeting_id(&high, &b, &low, &a);
    assert_true(ident_equal(&one, &other));
    const struct ident crossed = meeting_id(&low, &b, &high, &a);
    assert_false(ident_equal(&one, &crossed));
    /* Within one node the spoors put themselves in order. */
    const struct ident own = meeting_id(&low, &a, &low, &b);
    const struct ident turned = meeting_id(&low, &b, &low, &a);
    assert_true(ident_equal(&own, &turned));
    assert_int_equal(meeting_side_of(&low, &high), MEETING_LOW);
    assert_int_equal(meeting_side_of(&high, &low), MEETING_HIGH);
}

static void event_one_is_the_same_at_both(void **state)
{
    (void)state;
    const struct ident id = {{9}};
    struct meeting here = {.own = MEETING_LOW};
    struct meeting there = {.own = MEETING_HIGH};
    struct thread_event first_here;
    struct thread_event first_there;
    meeting_begin(&here, &id, &first_here);
    meeting_begin(&there, &id, &first_there);
    assert_int_equal(here.head.number, 1);
    assert_memory_equal(here.head.chain.bytes, there.head.chain.bytes, SHA256_SIZE);
    assert_memory_equal(first_here.chain.bytes, first_there.chain.bytes, SHA256_SIZE);
    assert_int_equal(here.state, MEETING_OPEN);
}

/* What each state allows, by side; the lead is the high side's. A dot: refused. */
static void every_step_in_every_state_by_each_side(void **state)
{
    (void)state;
    static const struct {
        enum meeting_step step;
        enum meeting_side side;
        enum meeting_state to[MEETING_STATE_COUNT]; /* by state; NONE: refused */
    } table[] = {
        /*                                    none           open               contacted          led              closed */
        {MEETING_MEET, MEETING_LOW, {MEETING_OPEN, 0, 0, 0, 0}},
        {MEETING_CONTACT, MEETING_LOW, {0, MEETING_CONTACTED, 0, 0, 0}},
        {MEETING_CONTACT, MEETING_HIGH, {0, MEETING_CONTACTED, 0, 0, 0}},
        {MEETING_TAKE_LEAD, MEETING_LOW, {0, MEETING_LED, MEETING_LED, 0, 0}},
        {MEETING_TAKE_LEAD, MEETING_HIGH, {0, MEETING_LED, MEETING_LED, 0, 0}},
        {MEETING_LEAVE_LEAD, MEETING_LOW, {0, 0, 0, 0, 0}},
        {MEETING_LEAVE_LEAD, MEETING_HIGH, {0, 0, 0, MEETING_CONTACTED, 0}},
        {MEETING_CLOSE, MEETING_LOW, {0, 0, 0, 0, 0}},
        {MEETING_CLOSE, MEETING_HIGH, {0, 0, 0, MEETING_CLOSED, 0}},
        {MEETING_SIGNAL_END, MEETING_LOW, {0, MEETING_OPEN, MEETING_CONTACTED, MEETING_LED, 0}},
        {MEETING_SIGNAL_END, MEETING_HIGH, {0, MEETING_OPEN, MEETING_CONTACTED, MEETING_LED, 0}},
        {MEETING_REPLACE, MEETING_LOW, {0, MEETING_CLOSED, MEETING_CLOSED, MEETING_CLOSED, 0}},
        {MEETING_REPLACE, MEETING_HIGH, {0, MEETING_CLOSED, MEETING_CLOSED, MEETING_CLOSED, 0}},
    };
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        for (unsigned s = 0; s < MEETING_STATE_COUNT; s++) {
            struct meeting m = in_state((enum meeting_state)s);
            struct error err;
            const enum result result = meeting_apply(&m, table[i].step, table[i].side, NULL, &today, &err);
            assert_int_equal(result, table[i].to[s] != MEETING_NONE ? RESULT_OK : RESULT_FAILED);
            assert_int_equal(m.state, result == RESULT_OK ? table[i].to[s] : s);
            if (result != RESULT_OK) {
                const bool others = s == MEETING_LED && table[i].side == MEETING_LOW &&
                                    (table[i].step == MEETING_LEAVE_LEAD || table[i].step == MEETING_CLOSE);
                assert_int_equal(err.fault, others ? FAULT_FORBIDDEN : FAULT_CONFLICT);
                assert_string_equal(err.where, "/stap");
            }
        }
    }
}

static void of_two_leads_at_once_the_first_in_order_stands(void **state)
{
    (void)state;
    struct meeting m = met();
    struct error err;
    struct signal_contact caller = {"U. Werk", "0990 555 101"};
    assert_int_equal(meeting_apply(&m, MEETING_TAKE_LEAD, MEETING_HIGH, &caller, &today, &err), RESULT_OK);
    assert_int_equal(meeting_apply(&m, MEETING_TAKE_LEAD, MEETING_LOW, NULL, &today, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_CONFLICT);
    assert_true(m.has_lead);
    assert_int_equal(m.lead, MEETING_HIGH);
    assert_string_equal(m.lead_contact.name, "U. Werk");
    assert_int_equal(meeting_apply(&m, MEETING_LEAVE_LEAD, MEETING_HIGH, NULL, &today, &err), RESULT_OK);
    assert_string_equal(m.lead_contact.name, "");
}

static void the_end_of_a_signal_takes_its_contact_and_the_last_one_closes(void **state)
{
    (void)state;
    struct meeting m = met();
    struct error err;
    assert_int_equal(meeting_apply(&m, MEETING_SIGNAL_END, MEETING_HIGH, NULL, &today, &err), RESULT_OK);
    assert_int_equal(m.state, MEETING_OPEN);
    assert_string_equal(m.halves[MEETING_HIGH].contact.name, "");
    assert_int_equal(m.halves[MEETING_HIGH].role_count, 0);
    assert_int_equal(meeting_apply(&m, MEETING_SIGNAL_END, MEETING_HIGH, NULL, &today, &err), RESULT_FAILED);
    assert_int_equal(meeting_apply(&m, MEETING_SIGNAL_END, MEETING_LOW, NULL, &today, &err), RESULT_OK);
    assert_int_equal(m.state, MEETING_CLOSED);
    assert_int_equal(date_compare(&m.closed, &today), 0);
    /* An end that waits for its place in the history takes what was told away, and nothing else. */
    m = met();
    meeting_end_waits(&m, MEETING_LOW);
    assert_string_equal(m.halves[MEETING_LOW].contact.name, "");
    assert_true(m.halves[MEETING_LOW].live && m.halves[MEETING_LOW].ended);
    assert_int_equal(m.state, MEETING_OPEN);
    assert_int_equal(meeting_apply(&m, MEETING_SIGNAL_END, MEETING_LOW, NULL, &today, &err), RESULT_OK);
    assert_false(m.halves[MEETING_LOW].live || m.halves[MEETING_LOW].ended);
    /* Who met by involvement alone has no signal that keeps it open. */
    m = met();
    m.halves[MEETING_HIGH].by_involvement = true;
    m.halves[MEETING_HIGH].live = false;
    assert_int_equal(meeting_apply(&m, MEETING_SIGNAL_END, MEETING_LOW, NULL, &today, &err), RESULT_OK);
    assert_int_equal(m.state, MEETING_CLOSED);
}

static void a_closed_match_keeps_nobodys_contact_but_the_leads(void **state)
{
    (void)state;
    struct meeting m = met();
    struct error err;
    const struct signal_contact caller = {"U. Werk", "0990 555 101"};
    assert_int_equal(meeting_apply(&m, MEETING_TAKE_LEAD, MEETING_HIGH, &caller, &today, &err), RESULT_OK);
    assert_int_equal(meeting_apply(&m, MEETING_CLOSE, MEETING_HIGH, NULL, &today, &err), RESULT_OK);
    for (unsigned i = 0; i < MEETING_SIDES; i++) {
        assert_string_equal(m.halves[i].contact.name, "");
        assert_string_equal(m.halves[i].contact.phone, "");
    }
    assert_string_equal(m.lead_contact.name, "U. Werk");
    m = met();
    meeting_replace(&m, &today);
    assert_true(m.replaced);
    assert_int_equal(m.state, MEETING_CLOSED);
    assert_string_equal(m.halves[MEETING_LOW].contact.name, "");
}

static void who_only_signals_hears_nothing_but_who_calls(void **state)
{
    (void)state;
    static const char *const teacher[] = {"signaleerder"};
    static const char *const both[] = {"signaleerder", "generalist"};
    struct meeting m = met();
    assert_int_equal(meeting_view(&m, false), VIEW_NOTHING);
    assert_int_equal(meeting_view(&m, true), VIEW_ALL);
    m.has_lead = true;
    assert_int_equal(meeting_view(&m, false), VIEW_CALLER);
    assert_false(meeting_shows_contact(&m, teacher, 1));
    assert_true(meeting_shows_contact(&m, both, 2));
    m.halves[MEETING_HIGH].live = false;
    assert_false(meeting_shows_contact(&m, both, 2));
}

static void words_of_users_and_of_nodes(void **state)
{
    (void)state;
    enum meeting_step step = MEETING_MEET;
    assert_true(meeting_step_parse(slice_text("regie-los"), &step));
    assert_int_equal(step, MEETING_LEAVE_LEAD);
    assert_true(meeting_step_of_user(step));
    assert_true(meeting_step_parse(slice_text("signaal-einde"), &step));
    assert_false(meeting_step_of_user(step));
    assert_false(meeting_step_parse(slice_text("winnen"), &step));
    assert_string_equal(meeting_state_word(MEETING_STATE_COUNT), "");
}

static void the_stored_form_gives_it_back_and_takes_nothing_else(void **state)
{
    (void)state;
    struct meeting m = in_state(MEETING_LED);
    struct meeting back;
    struct error err;
    struct buf stored;
    struct buf again;
    m.subject = (struct ident){{3}};
    m.under_way = true;
    m.proposed = MEETING_CLOSE;
    m.via_household = true;
    m.replaced = true;
    m.quiet = true;
    m.halves[MEETING_LOW].ended = true;
    TEXT_INTO(m.lead_contact.name, "U. Werk");
    buf_init(&stored, STORE_PAYLOAD_MAX);
    buf_init(&again, STORE_PAYLOAD_MAX);
    meeting_encode(&m, &stored);
    assert_int_equal(meeting_decode(buf_slice(&stored), &back, &err), RESULT_OK);
    meeting_encode(&back, &again);
    assert_int_equal(again.len, stored.len);
    assert_memory_equal(again.ptr, stored.ptr, stored.len);
    assert_int_equal(back.proposed, MEETING_CLOSE);
    assert_true(back.replaced && back.quiet);
    assert_true(back.halves[MEETING_LOW].live && back.halves[MEETING_LOW].ended);
    for (size_t len = 0; len < stored.len; len++) {
        assert_int_equal(meeting_decode(slice_of(stored.ptr, len), &back, &err), RESULT_FAILED);
    }
    buf_wipe(&stored);
    buf_wipe(&again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_sides_reckon_one_id_whoever_came_first),
        cmocka_unit_test(event_one_is_the_same_at_both),
        cmocka_unit_test(every_step_in_every_state_by_each_side),
        cmocka_unit_test(of_two_leads_at_once_the_first_in_order_stands),
        cmocka_unit_test(the_end_of_a_signal_takes_its_contact_and_the_last_one_closes),
        cmocka_unit_test(a_closed_match_keeps_nobodys_contact_but_the_leads),
        cmocka_unit_test(who_only_signals_hears_nothing_but_who_calls),
        cmocka_unit_test(words_of_users_and_of_nodes),
        cmocka_unit_test(the_stored_form_gives_it_back_and_takes_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
