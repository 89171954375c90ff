/* thread.h: what comes next in a history of two nodes, what does not belong to it, and its forms. */
#include "unit/domain/help.h"

#include "base/mem.h"
#include "domain/task.h"
#include "domain/thread.h"

static const struct ident thread = {{7}};

static struct thread_head first_head(void)
{
    struct thread_head head = {0};
    const struct sha256 opening = {{1, 2, 3}};
    thread_begin("ketenbrug/opdracht/v1", &thread, &opening, &head.chain);
    return head;
}

static struct thread_event event_of(const struct thread_head *head, const char *text)
{
    struct thread_event event = {.number = head->number + 1,
                                 .step = TASK_STEP_MESSAGE,
                                 .side = THREAD_OTHER,
                                 .moment_ms = 1764200000000,
                                 .proposal = {{9, 9}},
                                 .text = slice_text(text)};
    thread_chain(&head->chain, &thread, &event, &event.chain);
    return event;
}

static void take(struct thread_head *head, const struct thread_event *event)
{
    head->number = event->number;
    head->chain = event->chain;
}

static void the_next_one_is_taken_once(void **state)
{
    (void)state;
    struct thread_head head = first_head();
    const struct thread_event one = event_of(&head, "een");
    assert_int_equal(thread_take(&head, NULL, &thread, &one), THREAD_NEXT);
    take(&head, &one);
    assert_int_equal(thread_take(&head, NULL, &thread, &one), THREAD_AGAIN);
    const struct thread_event two = event_of(&head, "twee");
    assert_int_equal(thread_take(&head, NULL, &thread, &two), THREAD_NEXT);
    take(&head, &two);
    assert_int_equal(thread_take(&head, &one.chain, &thread, &one), THREAD_AGAIN);
    assert_int_equal(thread_take(&head, NULL, &thread, &one), THREAD_FORKED);
    assert_int_equal(thread_take(&head, &two.chain, &thread, &one), THREAD_FORKED);
}

static void what_is_not_of_this_history_is_a_fork_and_what_is_early_a_gap(void **state)
{
    (void)state;
    struct thread_head head = first_head();
    struct thread_event event = event_of(&head, "een");
    struct thread_event other = event;
    other.number = 2;
    assert_int_equal(thread_take(&head, NULL, &thread, &other), THREAD_GAP);
    other = event;
    other.number = 0;
    assert_int_equal(thread_take(&head, NULL, &thread, &other), THREAD_FORKED);
    take(&head, &event);
    other = event;
    other.chain.bytes[0] ^= 1U;
    assert_int_equal(thread_take(&head, NULL, &thread, &other), THREAD_FORKED);
}

/* Each thing that an event says is in its chain. */
static void the_chain_holds_everything(void **state)
{
    (void)state;
    const struct thread_head head = first_head();
    const struct thread_event event = event_of(&head, "een");
    struct thread_event changed[8];
    for (size_t i = 0; i < COUNT_OF(changed); i++) {
        changed[i] = event;
    }
    changed[0].step = TASK_STEP_COMPLETE;
    changed[1].side = THREAD_WRITER;
    changed[2].lapsed = true;
    changed[3].moment_ms += 1000;
    changed[4].proposal.bytes[3] ^= 1U;
    TEXT_INTO(changed[5].reason, "anders");
    changed[6].text = slice_text("Een");
    changed[7].text = slice_text("");
    for (size_t i = 0; i < COUNT_OF(changed); i++) {
        assert_int_equal(thread_take(&head, NULL, &thread, &changed[i]), THREAD_FORKED);
    }
    const struct ident elsewhere = {{8}};
    assert_int_equal(thread_take(&head, NULL, &elsewhere, &event), THREAD_FORKED);
    changed[0] = event; /* a letter moved from the reason to the text is another event */
    changed[1] = event;
    TEXT_INTO(changed[0].reason, "ab");
    changed[0].text = slice_text("c");
    TEXT_INTO(changed[1].reason, "a");
    changed[1].text = slice_text("bc");
    thread_chain(&head.chain, &thread, &changed[0], &changed[0].chain);
    thread_chain(&head.chain, &thread, &changed[1], &changed[1].chain);
    assert_memory_not_equal(changed[0].chain.bytes, changed[1].chain.bytes, SHA256_SIZE);
}

static void assert_same(const struct thread_event *a, const struct thread_event *b)
{
    assert_int_equal(a->number, b->number);
    assert_int_equal(a->step, b->step);
    assert_int_equal(a->side, b->side);
    assert_int_equal(a->lapsed, b->lapsed);
    assert_true(a->moment_ms == b->moment_ms);
    assert_true(ident_equal(&a->proposal, &b->proposal));
    assert_string_equal(a->reason, b->reason);
    assert_true(slice_equal(a->text, b->text));
    assert_memory_equal(a->chain.bytes, b->chain.bytes, SHA256_SIZE);
}

static void stored_and_read_it_is_the_same(void **state)
{
    (void)state;
    const struct thread_head head = first_head();
    struct thread_event event = event_of(&head, "eerste regel\ntweede regel");
    struct thread_event back;
    struct buf bytes;
    struct error err;
    TEXT_INTO(event.reason, "anders");
    TEXT_INTO(event.user, "g.jansen");
    event.delivered_ms = 5;
    event.lapsed = true;
    buf_init(&bytes, STORE_PAYLOAD_MAX);
    thread_event_encode(&event, &bytes);
    assert_int_equal(thread_event_decode(buf_slice(&bytes), TASK_STEP_COUNT, &back, &err), RESULT_OK);
    assert_same(&event, &back);
    assert_string_equal(back.user, "g.jansen");
    assert_true(back.delivered_ms == 5);
    assert_int_equal(thread_event_decode(buf_slice(&bytes), TASK_STEP_MESSAGE, &back, &err), RESULT_FAILED);
    for (size_t len = 0; len < bytes.len - event.text.len; len++) {
        assert_int_equal(thread_event_decode(slice_of(bytes.ptr, len), TASK_STEP_COUNT, &back, &err), RESULT_FAILED);
        assert_int_equal(err.fault, FAULT_STORE);
    }
    buf_wipe(&bytes);
}

static void on_the_wire_it_is_the_same(void **state)
{
    (void)state;
    const struct thread_head head = first_head();
    struct thread_event event = event_of(&head, "een");
    struct thread_event back;
    struct buf text;
    struct error err;
    struct json *json = NULL;
    struct fault_list faults = {0};
    buf_init(&text, STORE_PAYLOAD_MAX);
    struct json_writer w = json_writer(&text);
    thread_event_write(&w, NULL, &event, task_step_word((enum task_step)event.step));
    assert_int_equal(json_parse(buf_slice(&text), &json, &err), RESULT_OK);
    thread_event_read(json, "/gebeurtenis", task_step_parse, &back, &faults);
    assert_int_equal(faults.count, 0);
    assert_same(&event, &back);
    json_free(json);
    buf_free(&text);
}

static void what_is_no_event_is_told_where(void **state)
{
    (void)state;
    static const char chain[] = "0000000000000000000000000000000000000000000000000000000000000000";
    static const struct {
        const char *text;
        const char *where;
    } cases[] = {
        {"{\"nummer\":0,\"stap\":\"bericht\",\"van\":\"ander\",\"tijd\":\"2026-11-22T09:30:00Z\",\"keten\":\"%s\"}",
         "/e/nummer"},
        {"{\"nummer\":201,\"stap\":\"bericht\",\"van\":\"ander\",\"tijd\":\"2026-11-22T09:30:00Z\",\"keten\":\"%s\"}",
         "/e/nummer"},
        {"{\"nummer\":1,\"stap\":\"berichten\",\"van\":\"ander\",\"tijd\":\"2026-11-22T09:30:00Z\",\"keten\":\"%s\"}",
         "/e/stap"},
        {"{\"nummer\":1,\"stap\":\"bericht\",\"van\":\"mij\",\"tijd\":\"2026-11-22T09:30:00Z\",\"keten\":\"%s\"}",
         "/e/van"},
        {"{\"nummer\":1,\"stap\":\"bericht\",\"van\":\"ander\",\"tijd\":\"2026-11-32T09:30:00Z\",\"keten\":\"%s\"}",
         "/e/tijd"},
        {"{\"nummer\":1,\"stap\":\"bericht\",\"van\":\"ander\",\"tijd\":\"2026-11-22T09:30:00Z\",\"keten\":\"z%.63s\"}",
         "/e/keten"},
        {"{\"nummer\":1,\"stap\":\"bericht\",\"van\":\"ander\",\"tijd\":\"2026-11-22T09:30:00Z\",\"tekst\":"
         "\"a\\u0007b\",\"keten\":\"%s\"}",
         "/e/tekst"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct thread_event out;
        struct error err;
        struct json *json = NULL;
        struct fault_list faults = {0};
        char text[512];
        const char *mark = strstr(cases[i].text, "%s");
        mark = mark != NULL ? mark : strstr(cases[i].text, "%.63s");
        const bool whole = mark[1] == 's';
        (void)snprintf(text, sizeof text, "%.*s%.*s%s", (int)(mark - cases[i].text), cases[i].text, whole ? 64 : 63,
                       chain, mark + (whole ? 2 : 5));
        assert_int_equal(json_parse(slice_text(text), &json, &err), RESULT_OK);
        thread_event_read(json, "/e", task_step_parse, &out, &faults);
        assert_int_equal(faults.count, 1);
        assert_string_equal(faults.items[0].where, cases[i].where);
        json_free(json);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_next_one_is_taken_once),
        cmocka_unit_test(what_is_not_of_this_history_is_a_fork_and_what_is_early_a_gap),
        cmocka_unit_test(the_chain_holds_everything),
        cmocka_unit_test(stored_and_read_it_is_the_same),
        cmocka_unit_test(on_the_wire_it_is_the_same),
        cmocka_unit_test(what_is_no_event_is_told_where),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
