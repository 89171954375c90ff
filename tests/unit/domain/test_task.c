/* task.h: who may make which step when, over the whole table; the order that the writer gives; terms; the stored form. */
#include "unit/domain/help.h"

#include "base/mem.h"
#include "domain/task.h"

static const int64_t moment = 1764200000000; /* 2025-11-26 */

static struct date day(const char *text)
{
    struct date out;
    assert_true(date_parse(slice_text(text), &out));
    return out;
}

static struct task task_of(enum task_state state, enum task_side side)
{
    struct task task = {.id = {{4}}, .state = state, .side = side, .due = {2026, 12, 11}, .remind_workdays = 3};
    const struct sha256 opening = {{5}};
    TEXT_INTO(task.kind, "budgetplan");
    assert_true(oin_parse(slice_text("00000099000000004000"), &task.partner));
    task.people_count = 1;
    task.people[0].bsn = made_up_bsn("999990019");
    TEXT_INTO(task.question, "Maak een budgetplan.");
    thread_begin(TASK_THREAD_LABEL, &task.id, &opening, &task.head.chain);
    return task;
}

/* Every event that the writer puts down is taken by both. */
static void step(struct task *doer, struct task *giver, enum task_step which, enum thread_side side, bool lapsed)
{
    struct error err;
    struct thread_event event = {.step = (uint8_t)which, .side = side, .moment_ms = moment};
    assert_int_equal(task_order(doer, &event, &err), RESULT_OK);
    assert_int_equal(event.lapsed, lapsed);
    assert_int_equal(thread_take(&doer->head, NULL, &doer->id, &event), THREAD_NEXT);
    assert_int_equal(task_apply(doer, &event, &err), RESULT_OK);
    assert_int_equal(thread_take(&giver->head, NULL, &giver->id, &event), THREAD_NEXT);
    assert_int_equal(task_apply(giver, &event, &err), RESULT_OK);
    assert_int_equal(doer->state, giver->state);
    assert_memory_equal(&doer->head, &giver->head, sizeof doer->head);
}

struct listed {
    enum task_state from;
    enum task_step step;
    const char *giver; /* state to which it leads, NULL: refused */
    const char *doer;
};

/* The whole table, written down once more by hand; what is not here is refused to both. */
static const struct listed listed[] = {
    {TASK_NONE, TASK_STEP_DRAFT, "concept", NULL},
    {TASK_NONE, TASK_STEP_SEND, "verzonden", NULL},
    {TASK_DRAFT, TASK_STEP_SEND, "verzonden", NULL},
    {TASK_DRAFT, TASK_STEP_REMOVE, "verwijderd", NULL},
    {TASK_SENT, TASK_STEP_RECEIVE, NULL, "ontvangen"},
    {TASK_SENT, TASK_STEP_WITHDRAW, "ingetrokken", NULL},
    {TASK_RECEIVED, TASK_STEP_ACCEPT, NULL, "aanvaard"},
    {TASK_RECEIVED, TASK_STEP_REFUSE, NULL, "geweigerd"},
    {TASK_RECEIVED, TASK_STEP_WITHDRAW, "ingetrokken", NULL},
    {TASK_RECEIVED, TASK_STEP_MESSAGE, "ontvangen", "ontvangen"},
    {TASK_ACCEPTED, TASK_STEP_BEGIN, NULL, "in-uitvoering"},
    {TASK_ACCEPTED, TASK_STEP_REFUSE, NULL, "geweigerd"},
    {TASK_ACCEPTED, TASK_STEP_COMPLETE, NULL, "voltooid"},
    {TASK_ACCEPTED, TASK_STEP_WITHDRAW, "ingetrokken", NULL},
    {TASK_ACCEPTED, TASK_STEP_MESSAGE, "aanvaard", "aanvaard"},
    {TASK_BEGUN, TASK_STEP_REFUSE, NULL, "geweigerd"},
    {TASK_BEGUN, TASK_STEP_COMPLETE, NULL, "voltooid"},
    {TASK_BEGUN, TASK_STEP_WITHDRAW, "ingetrokken", NULL},
    {TASK_BEGUN, TASK_STEP_MESSAGE, "in-uitvoering", "in-uitvoering"},
};

static const struct listed *find(enum task_state from, enum task_step which)
{
    for (size_t i = 0; i < COUNT_OF(listed); i++) {
        if (listed[i].from == from && listed[i].step == which) {
            return &listed[i];
        }
    }
    return NULL;
}

static void every_pair_of_state_and_step(void **state)
{
    (void)state;
    for (unsigned s = 0; s < TASK_STATE_COUNT; s++) {
        for (unsigned p = 0; p < TASK_STEP_COUNT; p++) {
            const struct listed *row = find((enum task_state)s, (enum task_step)p);
            const char *to[TASK_SIDE_COUNT] = {row != NULL ? row->giver : NULL, row != NULL ? row->doer : NULL};
            for (unsigned side = 0; side < TASK_SIDE_COUNT; side++) {
                assert_int_equal(task_may((enum task_state)s, (enum task_step)p, (enum task_side)side),
                                 to[side] != NULL);
                if (to[side] != NULL) {
                    assert_string_equal(task_state_word(task_to((enum task_state)s, (enum task_step)p)), to[side]);
                }
            }
            assert_true(row != NULL || task_to((enum task_state)s, (enum task_step)p) == TASK_STATE_COUNT);
        }
    }
}

/* Each step in the chain, from each side, in each state: it has its effect at both or lapses at both. */
static void what_is_unlisted_lapses_at_both(void **state)
{
    (void)state;
    static const enum task_state states[] = {TASK_RECEIVED, TASK_ACCEPTED,  TASK_BEGUN,
                                             TASK_REFUSED,  TASK_COMPLETED, TASK_WITHDRAWN};
    for (size_t s = 0; s < COUNT_OF(states); s++) {
        for (unsigned p = TASK_STEP_ACCEPT; p <= TASK_STEP_MESSAGE; p++) {
            for (unsigned side = 0; side < THREAD_SIDE_COUNT; side++) {
                struct task doer = task_of(TASK_SENT, TASK_DOER);
                struct task giver = task_of(TASK_SENT, TASK_GIVER);
                step(&doer, &giver, TASK_STEP_RECEIVE, THREAD_WRITER, false);
                doer.state = states[s];
                giver.state = states[s];
                const bool may = task_may(states[s], (enum task_step)p, side == THREAD_WRITER ? TASK_DOER : TASK_GIVER);
                step(&doer, &giver, (enum task_step)p, (enum thread_side)side, !may);
                assert_int_equal(doer.state, may ? task_to(states[s], (enum task_step)p) : states[s]);
            }
        }
    }
}

static void withdraw_against_complete_has_one_end(void **state)
{
    (void)state;
    for (int first = 0; first < 2; first++) {
        struct task doer = task_of(TASK_SENT, TASK_DOER);
        struct task giver = task_of(TASK_SENT, TASK_GIVER);
        step(&doer, &giver, TASK_STEP_RECEIVE, THREAD_WRITER, false);
        step(&doer, &giver, TASK_STEP_ACCEPT, THREAD_WRITER, false);
        if (first == 0) {
            step(&doer, &giver, TASK_STEP_COMPLETE, THREAD_WRITER, false);
            step(&doer, &giver, TASK_STEP_WITHDRAW, THREAD_OTHER, true);
            assert_int_equal(giver.state, TASK_COMPLETED);
        } else {
            step(&doer, &giver, TASK_STEP_WITHDRAW, THREAD_OTHER, false);
            step(&doer, &giver, TASK_STEP_COMPLETE, THREAD_WRITER, true);
            assert_int_equal(giver.state, TASK_WITHDRAWN);
        }
        assert_true(doer.ended_ms == moment);
        assert_int_equal(doer.people_count, 1); /* it was accepted: he is registered there */
    }
}

static void who_was_named_goes_when_it_ends_before_it_was_accepted(void **state)
{
    (void)state;
    static const struct {
        enum task_step step;
        enum thread_side side;
    } ends[] = {{TASK_STEP_REFUSE, THREAD_WRITER}, {TASK_STEP_WITHDRAW, THREAD_OTHER}};
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        struct task doer = task_of(TASK_SENT, TASK_DOER);
        struct task giver = task_of(TASK_SENT, TASK_GIVER);
        step(&doer, &giver, TASK_STEP_RECEIVE, THREAD_WRITER, false);
        step(&doer, &giver, ends[i].step, ends[i].side, false);
        assert_int_equal(doer.people_count, 0);
        assert_false(bsn_is_set(&doer.people[0].bsn));
        assert_string_equal(doer.question, "");
        assert_true((doer.marks & TASK_BLANK) != 0);
        assert_int_equal(giver.people_count, 1);
    }
}

static void only_the_first_event_is_the_receipt(void **state)
{
    (void)state;
    struct error err;
    struct task task = task_of(TASK_SENT, TASK_GIVER);
    const struct thread_event early = {.number = 1, .step = TASK_STEP_WITHDRAW, .side = THREAD_OTHER};
    assert_int_equal(task_apply(&task, &early, &err), RESULT_FAILED);
    const struct thread_event receive = {.number = 1, .step = TASK_STEP_RECEIVE, .side = THREAD_WRITER};
    assert_int_equal(task_apply(&task, &receive, &err), RESULT_OK);
    const struct thread_event again = {.number = 2, .step = TASK_STEP_RECEIVE, .side = THREAD_WRITER, .lapsed = true};
    assert_int_equal(task_apply(&task, &again, &err), RESULT_FAILED);
    const struct thread_event skipped = {.number = 3, .step = TASK_STEP_ACCEPT, .side = THREAD_WRITER};
    assert_int_equal(task_apply(&task, &skipped, &err), RESULT_FAILED);
    const struct thread_event wrong = {.number = 2, .step = TASK_STEP_ACCEPT, .side = THREAD_OTHER};
    assert_int_equal(task_apply(&task, &wrong, &err), RESULT_FAILED);
    assert_int_equal(task.state, TASK_RECEIVED);
    assert_int_equal(task.head.number, 1);
}

static void steps_alone_are_the_givers_before_anybody_knows(void **state)
{
    (void)state;
    struct error err;
    struct task task = {.side = TASK_GIVER};
    assert_int_equal(task_alone(&task, TASK_STEP_DRAFT, moment, &err), RESULT_OK);
    assert_int_equal(task_alone(&task, TASK_STEP_COMPLETE, moment, &err), RESULT_FAILED);
    assert_string_equal(err.where, "/stap");
    assert_string_equal(err.what, "een opdracht die concept is kan niet voltooien; mogelijk: verzenden, verwijderen");
    assert_int_equal(task_alone(&task, TASK_STEP_SEND, moment + 7, &err), RESULT_OK);
    assert_true(task.sent_ms == moment);
    assert_int_equal(task_alone(&task, TASK_STEP_WITHDRAW, moment, &err), RESULT_OK);
    assert_true(task_ended(task.state) && task.ended_ms == moment);
    assert_int_equal(task_alone(&task, TASK_STEP_SEND, moment, &err), RESULT_FAILED);
    assert_string_equal(err.what, "een opdracht die ingetrokken is kan niet verzenden; mogelijk: niets meer");
    struct task known = task_of(TASK_SENT, TASK_GIVER);
    known.head.number = 1;
    assert_int_equal(task_alone(&known, TASK_STEP_WITHDRAW, moment, &err), RESULT_FAILED);
}

static void a_thread_has_room_for_its_end(void **state)
{
    (void)state;
    struct error err;
    struct task task = task_of(TASK_BEGUN, TASK_DOER);
    struct thread_event message = {.step = TASK_STEP_MESSAGE, .side = THREAD_OTHER};
    struct thread_event end = {.step = TASK_STEP_WITHDRAW, .side = THREAD_OTHER};
    struct thread_event lapsing = {.step = TASK_STEP_ACCEPT, .side = THREAD_OTHER};
    task.messages = TASK_MESSAGES_MAX - 1;
    assert_int_equal(task_order(&task, &message, &err), RESULT_OK);
    task.messages = TASK_MESSAGES_MAX;
    assert_int_equal(task_order(&task, &message, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_CONFLICT);
    task.messages = 0;
    task.head.number = THREAD_EVENTS_MAX - TASK_EVENTS_KEPT - 1;
    assert_int_equal(task_order(&task, &message, &err), RESULT_OK);
    assert_int_equal(task_order(&task, &lapsing, &err), RESULT_OK);
    task.head.number++;
    assert_int_equal(task_order(&task, &message, &err), RESULT_FAILED);
    assert_int_equal(task_order(&task, &lapsing, &err), RESULT_FAILED);
    assert_int_equal(task_order(&task, &end, &err), RESULT_OK);
    task.head.number = THREAD_EVENTS_MAX;
    assert_int_equal(task_order(&task, &end, &err), RESULT_FAILED);
}

/* What the other node writes, a row here must hold: past the bound it is refused, not stored as what cannot be read. */
static void a_writer_who_keeps_to_no_bound_leaves_a_row_that_can_be_read(void **state)
{
    (void)state;
    struct error err;
    struct task task = task_of(TASK_RECEIVED, TASK_GIVER);
    struct task back = {.id = task.id};
    struct buf bytes;
    unsigned taken = 0;
    task.head.number = 1;
    for (unsigned i = 0; i < TASK_MESSAGES_MAX + 3; i++) {
        const struct thread_event message = {
            .number = task.head.number + 1, .step = TASK_STEP_MESSAGE, .side = THREAD_WRITER};
        taken += task_apply(&task, &message, &err) == RESULT_OK;
    }
    assert_int_equal(taken, TASK_MESSAGES_MAX);
    assert_int_equal(err.fault, FAULT_CONFLICT);
    buf_init(&bytes, STORE_PAYLOAD_MAX);
    task_encode(&task, &bytes);
    assert_int_equal(task_decode(buf_slice(&bytes), &back, &err), RESULT_OK);
    assert_int_equal(back.messages, TASK_MESSAGES_MAX);
    buf_wipe(&bytes);
}

static void reasons_belong_to_their_step(void **state)
{
    (void)state;
    assert_true(task_reason_ok(TASK_STEP_REFUSE, slice_text("geen-ruimte"), false));
    assert_false(task_reason_ok(TASK_STEP_REFUSE, slice_text(""), false));
    assert_false(task_reason_ok(TASK_STEP_REFUSE, slice_text("toestemming-vervallen"), true));
    assert_true(task_reason_ok(TASK_STEP_WITHDRAW, slice_text(""), false));
    assert_false(task_reason_ok(TASK_STEP_WITHDRAW, slice_text("toestemming-vervallen"), false));
    assert_true(task_reason_ok(TASK_STEP_WITHDRAW, slice_text("toestemming-vervallen"), true));
    assert_false(task_reason_ok(TASK_STEP_COMPLETE, slice_text("anders"), false));
}

static void text_has_bounds_and_no_number_of_a_person(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
    } cases[] = {
        {"Graag een plan voor 11 december 2026.", true},
        {"regel een\nregel twee", true},
        {"een\tteken", false},
        {"het gaat om 999990019", false},
        {"het gaat om 9999.90.019.", false},
        {"999 990 019", false},
        {"999990018", true},  /* fails the eleven-test */
        {"0999990019", true}, /* ten digits: a telephone number */
        {"bel 06-99999001", true},
        {"2026: 999990019", false},
        {"kind 2 999990019", false}, /* behind another number */
        {"in 2026 999 990 019.", false},
        {"12-11-2026 999990019", false},
    };
    struct error err;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(task_text_check(slice_text(cases[i].text), TASK_MESSAGE_MAX, "/tekst", &err) == RESULT_OK,
                         cases[i].good);
        assert_true(cases[i].good || strstr(err.what, "9990") == NULL);
    }
    char longest[TASK_MESSAGE_MAX + 2];
    memset(longest, 'a', sizeof longest);
    assert_int_equal(task_text_check(slice_of(longest, TASK_MESSAGE_MAX), TASK_MESSAGE_MAX, "", &err), RESULT_OK);
    assert_int_equal(task_text_check(slice_of(longest, TASK_MESSAGE_MAX + 1), TASK_MESSAGE_MAX, "", &err),
                     RESULT_FAILED);
    assert_int_equal(task_text_check(slice_text("x"), 0, "/tekst", &err), RESULT_FAILED);
    assert_int_equal(task_text_check(slice_text(""), 0, "/tekst", &err), RESULT_OK);
}

/* Friday 11 December 2026, and over Christmas: Friday 25 and Saturday 26 are none, nor the weekend. */
static void terms_come_each_once(void **state)
{
    (void)state;
    static const struct {
        const char *due;
        const char *today;
        unsigned came;
    } cases[] = {
        {"2026-12-11", "2026-12-07", 0},
        {"2026-12-11", "2026-12-08", TASK_DUE_SOON},
        {"2026-12-11", "2026-12-09", TASK_DUE_SOON},
        {"2026-12-11", "2026-12-10", TASK_DUE_SOON | TASK_DUE_TOMORROW},
        {"2026-12-11", "2026-12-11", TASK_DUE_SOON | TASK_DUE_TOMORROW},
        {"2026-12-11", "2026-12-12", TASK_DUE_SOON | TASK_DUE_TOMORROW | TASK_DUE_PASSED},
        {"2026-12-29", "2026-12-22", 0},
        {"2026-12-29", "2026-12-23", TASK_DUE_SOON},
        {"2026-12-29", "2026-12-24", TASK_DUE_SOON},
        {"2026-12-29", "2026-12-27", TASK_DUE_SOON},
        {"2026-12-29", "2026-12-28", TASK_DUE_SOON | TASK_DUE_TOMORROW},
        {"2026-12-27", "2026-12-21", TASK_DUE_SOON}, /* a Sunday: it stays that day */
        {"2026-12-27", "2026-12-23", TASK_DUE_SOON | TASK_DUE_TOMORROW},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct task task = task_of(TASK_BEGUN, TASK_DOER);
        const struct date now = day(cases[i].today);
        const struct date before = day("2026-11-01");
        task.due = day(cases[i].due);
        assert_int_equal(task_due(&task, &now), cases[i].came);
        assert_int_equal(task_late(&task, &now), (cases[i].came & TASK_DUE_PASSED) != 0);
        task.alarmed = (uint8_t)cases[i].came;
        assert_int_equal(task_due(&task, &now), 0);
        assert_int_equal(task_due(&task, &before),
                         0); /* a clock that was set back takes none away and gives none again */
    }
}

static void a_reply_is_due_until_there_is_one_and_an_end_ends_all(void **state)
{
    (void)state;
    struct task task = task_of(TASK_RECEIVED, TASK_GIVER);
    const struct date last = day("2026-12-01");
    const struct date past = day("2026-12-02");
    task.due = day("2027-03-01");
    task.reply_by = last;
    assert_int_equal(task_due(&task, &last), 0);
    assert_int_equal(task_due(&task, &past), TASK_DUE_REPLY);
    task.state = TASK_ACCEPTED;
    assert_int_equal(task_due(&task, &past), 0);
    task.due = day("2026-11-01");
    for (unsigned s = 0; s < TASK_STATE_COUNT; s++) {
        task.state = (enum task_state)s;
        assert_int_equal(task_late(&task, &past), task_runs(task.state) || task.state == TASK_SENT);
        assert_true(task_late(&task, &past) || task_due(&task, &past) == 0);
    }
}

static void stored_it_is_the_same_and_damage_is_seen(void **state)
{
    (void)state;
    struct task task = task_of(TASK_BEGUN, TASK_DOER);
    struct task back = {.id = task.id};
    struct buf bytes;
    struct buf again;
    struct error err;
    task.people_count = TASK_PEOPLE_MAX;
    for (size_t i = 0; i < TASK_PEOPLE_MAX; i++) {
        struct task_person *person = &task.people[i];
        person->bsn = made_up_bsn("999990019");
        memset(person->name, 'n', sizeof person->name - 1);
        person->birth = day("1980-02-29");
        person->subject.bytes[0] = (uint8_t)i;
        memset(person->salt, 3, sizeof person->salt);
        memset(person->commitment.bytes, 4, SHA256_SIZE);
    }
    memset(task.question, 'q', TASK_TEXT_MAX);
    memset(task.contact_name, 'c', NAME_MAX_BYTES);
    memset(task.user, 'u', USER_NAME_MAX);
    task.household = true;
    task.accepted = true;
    task.reply_by = day("2026-12-01");
    task.marks = TASK_QUIET | TASK_BROKEN | TASK_UNDELIVERED | TASK_BLANK | TASK_GROUNDLESS;
    task.head.number = THREAD_EVENTS_MAX;
    buf_init(&bytes, STORE_PAYLOAD_MAX - 256); /* the largest fits a row, with its seal */
    buf_init(&again, STORE_PAYLOAD_MAX);
    task_encode(&task, &bytes);
    assert_true(buf_ok(&bytes));
    assert_int_equal(task_decode(buf_slice(&bytes), &back, &err), RESULT_OK);
    assert_true(ident_equal(&back.id, &task.id));
    task_encode(&back, &again);
    assert_true(slice_equal(buf_slice(&bytes), buf_slice(&again)));
    for (size_t len = 0; len < bytes.len; len++) {
        assert_int_equal(task_decode(slice_of(bytes.ptr, len), &back, &err), RESULT_FAILED);
    }
    bytes.ptr[1] = TASK_STATE_COUNT;
    assert_int_equal(task_decode(buf_slice(&bytes), &back, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_STORE);
    buf_wipe(&bytes);
    buf_wipe(&again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pair_of_state_and_step),
        cmocka_unit_test(what_is_unlisted_lapses_at_both),
        cmocka_unit_test(withdraw_against_complete_has_one_end),
        cmocka_unit_test(who_was_named_goes_when_it_ends_before_it_was_accepted),
        cmocka_unit_test(only_the_first_event_is_the_receipt),
        cmocka_unit_test(steps_alone_are_the_givers_before_anybody_knows),
        cmocka_unit_test(a_thread_has_room_for_its_end),
        cmocka_unit_test(a_writer_who_keeps_to_no_bound_leaves_a_row_that_can_be_read),
        cmocka_unit_test(reasons_belong_to_their_step),
        cmocka_unit_test(text_has_bounds_and_no_number_of_a_person),
        cmocka_unit_test(terms_come_each_once),
        cmocka_unit_test(a_reply_is_due_until_there_is_one_and_an_end_ends_all),
        cmocka_unit_test(stored_it_is_the_same_and_damage_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
