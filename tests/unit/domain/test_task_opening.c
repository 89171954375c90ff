/* task_opening.h: what a retry must repeat and what may change, who is named in a box, and every field that does not fit. */
#include "unit/domain/help.h"

#include <stdlib.h>

#include "base/mem.h"
#include "domain/task_opening.h"

static const char box_text[] = "AAAA";

static struct task opening_task(void)
{
    struct task task = {.id = {{4}},
                        .side = TASK_GIVER,
                        .state = TASK_SENT,
                        .life_domain = LIFE_FINANCE,
                        .sent_ms = 1795771800000, /* 2026-11-27 */
                        .due = {2026, 12, 11},
                        .people_count = 2};
    const struct bsn one = made_up_bsn("999990019");
    const struct bsn two = made_up_bsn("999990020");
    TEXT_INTO(task.kind, "budgetplan");
    TEXT_INTO(task.basis, "wmo-5.1.1");
    TEXT_INTO(task.role, "generalist");
    TEXT_INTO(task.covenant, "$1$1$abc");
    TEXT_INTO(task.question, "Graag een \"plan\".\nTweede regel.");
    TEXT_INTO(task.contact_name, "G. Jansen");
    TEXT_INTO(task.contact_phone, "0990 555 001");
    memset(task.people[0].salt, 1, TASK_SALT_SIZE);
    memset(task.people[1].salt, 2, TASK_SALT_SIZE);
    task_commit(&task.people[0], &one);
    task_commit(&task.people[1], &two);
    return task;
}

static void write(const struct task *task, struct buf *out)
{
    const struct task_named boxes[TASK_PEOPLE_MAX] = {{.box = slice_text(box_text)}, {.box = slice_text(box_text)}};
    struct json_writer w = json_writer(out);
    json_begin_object(&w, NULL);
    json_put_text(&w, "ontvangstbewijs", "x");
    task_opening_write(&w, task, "zaakwoord", boxes);
    json_end_object(&w);
}

static size_t read_text(struct slice text, struct task *out, struct fault_list *faults)
{
    struct json *json = NULL;
    struct task_named boxes[TASK_PEOPLE_MAX];
    struct error err;
    assert_int_equal(json_parse(text, &json, &err), RESULT_OK);
    task_opening_read(json, out, boxes, faults);
    if (faults->count == 0) {
        assert_true(slice_is(boxes[0].box, box_text));
    }
    json_free(json);
    return faults->count;
}

static void what_came_has_the_same_thread_as_what_was_sent(void **state)
{
    (void)state;
    struct task task = opening_task();
    struct task came;
    struct buf text;
    struct buf stable;
    struct buf again;
    struct fault_list faults = {0};
    buf_init(&text, OUTBOX_BODY_MAX);
    buf_init(&stable, OUTBOX_BODY_MAX);
    buf_init(&again, OUTBOX_BODY_MAX);
    write(&task, &text);
    assert_int_equal(read_text(buf_slice(&text), &came, &faults), 0);
    task_opening_stable(&task, "zaakwoord", &stable);
    task_opening_stable(&came, came.case_number, &again);
    assert_true(slice_equal(buf_slice(&stable), buf_slice(&again)));
    assert_null(memmem(stable.ptr, stable.len, box_text, sizeof box_text - 1)); /* sealed anew at each try */
    assert_null(memmem(text.ptr, text.len, "99999", 5));                        /* of nobody */
    task_opening_begin(&task, buf_slice(&stable));
    task_opening_begin(&came, buf_slice(&again));
    assert_memory_equal(&task.head, &came.head, sizeof task.head);
    assert_int_equal(came.state, TASK_SENT);
    assert_int_equal(came.side, TASK_DOER);
    task.people[1].commitment.bytes[0] ^= 1U; /* somebody else is another opening */
    buf_clear(&again);
    task_opening_stable(&task, "zaakwoord", &again);
    assert_false(slice_equal(buf_slice(&stable), buf_slice(&again)));
    buf_free(&text);
    buf_free(&stable);
    buf_free(&again);
}

static void a_box_names_who_was_committed_to(void **state)
{
    (void)state;
    const struct task task = opening_task();
    const struct bsn one = made_up_bsn("999990019");
    const struct bsn two = made_up_bsn("999990020");
    struct task_person person = task.people[0];
    struct task_person told = {.commitment = task.people[0].commitment};
    struct buf box;
    struct error err;
    buf_init(&box, TASK_BOX_MAX);
    TEXT_INTO(person.name, "No\xc3\xab"
                           "l Voorbeeld");
    person.birth = (struct date){1980, 2, 29};
    task_box_write(&person, &one, &box);
    assert_int_equal(task_box_read(buf_slice(&box), &told, "/betrokkenen/0", &err), RESULT_OK);
    assert_true(bsn_equal(&told.bsn, &one));
    assert_string_equal(told.name, person.name);
    assert_int_equal(date_compare(&told.birth, &person.birth), 0);
    for (size_t len = 0; len < TASK_BOX_FIXED; len++) {
        assert_int_equal(task_box_read(slice_of(box.ptr, len), &told, "/betrokkenen/0", &err), RESULT_FAILED);
        assert_int_equal(err.fault, FAULT_UNFIT);
    }
    buf_clear(&box);
    task_box_write(&person, &two, &box); /* another number under the same salt */
    assert_int_equal(task_box_read(buf_slice(&box), &told, "/betrokkenen/0", &err), RESULT_FAILED);
    assert_string_equal(err.what, "verzegeling klopt niet");
    buf_clear(&box);
    person.birth = (struct date){0};
    person.name[0] = '\0';
    task_box_write(&person, &one, &box);
    assert_int_equal(task_box_read(buf_slice(&box), &told, "/betrokkenen/0", &err), RESULT_OK);
    assert_string_equal(told.name, "");
    assert_false(date_is_set(&told.birth));
    buf_wipe(&box);
}

/* One field changed in the text; what is said about it. */
static void what_does_not_fit_is_told_where(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *where;
        enum fault fault;
    } cases[] = {
        {"2026-12-11", "2027-02-30", "/uiterlijk", FAULT_INVALID},
        {"2026-12-11", "0000-12-11", "/uiterlijk", FAULT_INVALID},
        {"2026-12-11", "morgen", "/uiterlijk", FAULT_INVALID},
        {"2026-12-11", "2026-11-26", "/uiterlijk", FAULT_UNFIT},
        {"2026-12-11", "2027-11-29", "/uiterlijk", FAULT_UNFIT},
        {"\"opdracht\":\"04", "\"opdracht\":\"z4", "/opdracht", FAULT_INVALID},
        {"\"doel\":\"opdracht\"", "\"doel\":\"zorgsignaal\"", "/doel", FAULT_INVALID},
        {"financien", "sterren", "/leefgebied", FAULT_INVALID},
        {"Graag een", "Over 999990019", "/vraag", FAULT_UNFIT},
        {"G. Jansen", "G.\\u0007Jansen", "/contact/naam", FAULT_INVALID},
        {"\"vastlegging\":\"", "\"vastlegging\":\"g", "/betrokkenen/0/vastlegging", FAULT_INVALID},
        {"T", "t", "/verzonden", FAULT_INVALID},
    };
    const struct task task = opening_task();
    struct buf text;
    buf_init(&text, OUTBOX_BODY_MAX);
    write(&task, &text);
    buf_byte(&text, '\0');
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char changed[OUTBOX_BODY_MAX + 64];
        struct task came;
        struct fault_list faults = {0};
        const char *start = (const char *)text.ptr;
        const bool moment = strcmp(cases[i].from, "T") == 0; /* that of the moment, not of the text */
        const char *at = strstr(moment ? strstr(start, "verzonden") : start, cases[i].from);
        assert_non_null(at);
        (void)snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - start), start, cases[i].to,
                       at + strlen(cases[i].from));
        assert_true(read_text(slice_text(changed), &came, &faults) != 0);
        assert_string_equal(faults.items[0].where, cases[i].where);
        assert_int_equal(faults.items[0].fault, cases[i].fault);
    }
    buf_free(&text);
}

/* It arrives late, and is taken. */
static void a_deadline_that_passed_on_the_way_is_no_fault(void **state)
{
    (void)state;
    struct task task = opening_task();
    struct task came;
    struct buf text;
    struct fault_list faults = {0};
    const struct date long_after = {2027, 3, 1};
    task.due = (struct date){2026, 11, 27};
    buf_init(&text, OUTBOX_BODY_MAX);
    write(&task, &text);
    assert_int_equal(read_text(buf_slice(&text), &came, &faults), 0);
    assert_true(task_late(&came, &long_after));
    buf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_came_has_the_same_thread_as_what_was_sent),
        cmocka_unit_test(a_box_names_who_was_committed_to),
        cmocka_unit_test(what_does_not_fit_is_told_where),
        cmocka_unit_test(a_deadline_that_passed_on_the_way_is_no_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
