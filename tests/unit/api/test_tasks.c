/* Tasks: how many may be open here, and names of events that both a first try and a repeated one give. */
#include "unit/api/api_rig.h"

#include "unit/api/contend.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/tasks_parts.h"
#include "store/sealing.h"

static void no_more_are_open_than_may_be(void **state)
{
    (void)state;
    struct tasks *tasks = calloc(1, sizeof *tasks);
    struct error err;
    assert_non_null(tasks);
    tasks->figures.open = TASKS_OPEN_MAX - 1;
    assert_int_equal(tasks_room(tasks, NULL, &err), RESULT_OK);
    tasks->figures.open++;
    assert_int_equal(tasks_room(tasks, NULL, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_BUSY);
    tasks_close(tasks);
}

static void who_floods_leaves_room_for_others(void **state)
{
    (void)state;
    struct tasks *tasks = calloc(1, sizeof *tasks);
    const struct oin flooding = {"00000099000000004000"};
    const struct oin other = {"00000099000000005000"};
    struct error err;
    assert_non_null(tasks);
    for (int i = 0; i < TASKS_PARTNER_MAX; i++) {
        assert_int_equal(tasks_room(tasks, &flooding, &err), RESULT_OK);
        tasks_share_add(&tasks->shares, &flooding);
    }
    assert_int_equal(tasks_room(tasks, &flooding, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_BUSY);
    assert_int_equal(tasks_room(tasks, &other, &err), RESULT_OK);
    assert_int_equal(tasks_room(tasks, NULL, &err), RESULT_OK); /* what is given here */
    for (unsigned i = 0; i < 2 * TASKS_SHARES_MAX; i++) {       /* no place for more partners than that */
        struct oin one = {"00000099000000000000"};
        (void)snprintf(one.digits, sizeof one.digits, "%020u", i);
        tasks_share_add(&tasks->shares, &one);
        assert_int_equal(tasks_room(tasks, &one, &err), RESULT_OK);
    }
    assert_int_equal(tasks_room(tasks, &flooding, &err), RESULT_FAILED);
    tasks_close(tasks);
}

static void who_is_in_an_open_task_is_marked_and_others_mostly_not(void **state)
{
    (void)state;
    struct tasks *tasks = calloc(1, sizeof *tasks);
    struct task given = {.side = TASK_GIVER, .people_count = 2};
    struct task taken = {.side = TASK_DOER, .people_count = 2};
    const struct ident accepted = {{0, 0, 8, 8}};
    const struct ident other = {{0, 0, 9, 9}};
    const struct ident none = {{0}};
    assert_non_null(tasks);
    given.people[0].subject = (struct ident){{0xff, 0xff, 0xff, 0xff}};
    given.people[1].subject = (struct ident){{0, 0, 0, 1}};
    taken.people[0].subject = accepted; /* the second is not registered here */
    tasks_mark(tasks, &given);
    tasks_mark(tasks, &taken); /* what turned against it is told there */
    assert_true(tasks_marked(tasks, &given.people[0].subject));
    assert_true(tasks_marked(tasks, &given.people[1].subject));
    assert_true(tasks_marked(tasks, &accepted));
    assert_false(tasks_marked(tasks, &none));
    assert_false(tasks_marked(tasks, &other));
    tasks_close(tasks);
}

static void an_event_has_one_row_however_often_it_comes(void **state)
{
    (void)state;
    const struct ident one = {{1}};
    const struct ident other = {{2}};
    const struct ident a = tasks_event_id(&one, 1);
    const struct ident again = tasks_event_id(&one, 1);
    const struct ident next = tasks_event_id(&one, 2);
    const struct ident elsewhere = tasks_event_id(&other, 1);
    assert_true(ident_equal(&a, &again));
    assert_false(ident_equal(&a, &next));
    assert_false(ident_equal(&a, &elsewhere));
}

static void who_is_told_are_those_who_may_see_tasks(void **state)
{
    (void)state;
    const uint32_t roles = roles_that_may(MAY_TASK);
    for (unsigned i = 0; i < ROLE_COUNT; i++) {
        assert_int_equal((roles & 1U << i) != 0, (role_may(1U << i) & MAY_TASK) != 0);
    }
    assert_true((roles & 1U << ROLE_COORDINATOR) != 0);
    assert_false((roles & 1U << ROLE_SIGNALLER) != 0);
}

static int ask_key(struct rig *rig)
{
    struct http_request request = rig_request(rig, NULL);
    rig_handle(tasks_sealing_key, &request);
    const int status = request.status;
    rig_forget(&request);
    return status;
}

static void a_sealing_key_leaves_when_the_log_has_it(void **state)
{
    (void)state;
    struct rig rig;
    struct tasks *tasks = calloc(1, sizeof *tasks);
    assert_non_null(tasks);
    rig_open_with(&rig, AREA_TEAM, false);
    tasks->api = &rig.api;
    rig.api.tasks = tasks;
    const uint64_t before = rig_leaves(&rig);
    rig_disk_full(&rig, true);
    assert_int_equal(ask_key(&rig), 503);
    rig_run(&rig);
    assert_int_equal(ask_key(&rig), 503); /* it is there, and not in the log */
    rig_disk_full(&rig, false);
    assert_int_equal(rig_leaves(&rig), before);
    tasks_key_turn(tasks);
    rig_run(&rig);
    const uint64_t after = rig_leaves(&rig); /* that its class has a key is one too */
    assert_true(after > before);
    assert_int_equal(rig_last(&rig).operation, RECORD_SEALING_KEY);
    assert_int_equal(ask_key(&rig), 200);
    tasks_key_turn(tasks);
    rig_run(&rig);
    assert_int_equal(rig_leaves(&rig), after); /* once */
    rig.api.tasks = NULL;
    rig_close(&rig);
    tasks_close(tasks);
}

/* Killed between the making of the file and the commit: as a start finds it. */
static void a_sealing_key_that_a_crash_left_unlogged_is_logged_at_the_next_start(void **state)
{
    (void)state;
    struct rig rig;
    struct tasks *tasks = calloc(1, sizeof *tasks);
    struct error err;
    uint8_t pub[SEALING_PUBLIC_SIZE];
    int64_t until_ms = 0;
    bool created = false;
    uint64_t leaves = 0;
    assert_non_null(tasks);
    rig_open_with(&rig, AREA_TEAM, false);
    assert_int_equal(sealing_key_current(rig.api.keyring, clock_now(rig.api.clock), pub, &until_ms, &created, &err),
                     RESULT_OK);
    assert_true(created);
    for (int start = 0; start < 3; start++) {
        *tasks = (struct tasks){.api = &rig.api};
        rig.api.tasks = tasks;
        tasks_key_turn(tasks);
        rig_run(&rig);
        assert_int_equal(rig_last(&rig).operation, RECORD_SEALING_KEY);
        assert_memory_equal(rig_last(&rig).attachment, pub, sizeof pub);
        assert_int_equal(rig_leaves(&rig), start == 0 ? rig_leaves(&rig) : leaves); /* once */
        leaves = rig_leaves(&rig);
        assert_int_equal(ask_key(&rig), 200);
    }
    rig.api.tasks = NULL;
    rig_close(&rig);
    tasks_close(tasks);
}

static void put_row(struct rig *rig, uint8_t id, struct slice payload)
{
    struct store_batch *batch = store_batch_new(rig->world.door);
    const struct store_write item = {.id = {{id}}, .payload = payload, .is_new = true};
    assert_non_null(batch);
    store_put(batch, STORE_TASK, &item);
    assert_int_equal(world_commit(&rig->world, batch), FAULT_NONE);
}

static void a_row_that_cannot_be_read_keeps_no_other_from_its_terms(void **state)
{
    (void)state;
    struct rig rig;
    struct buf row;
    struct tasks *tasks = calloc(1, sizeof *tasks);
    struct task late = {.state = TASK_ACCEPTED, .side = TASK_DOER, .due = {2025, 12, 1}, .kind = "budgetplan"};
    assert_non_null(tasks);
    assert_true(oin_parse(slice_text(DEBT_HELP), &late.partner));
    rig_open_with(&rig, AREA_TEAM, false);
    tasks->api = &rig.api;
    rig.api.tasks = tasks;
    put_row(&rig, 1, slice_text("geen opdracht"));
    buf_init(&row, STORE_PAYLOAD_MAX);
    task_encode(&late, &row);
    put_row(&rig, 2, buf_slice(&row));
    buf_wipe(&row);
    tasks_tick(&rig.api);
    rig_run(&rig);
    assert_int_equal(rig_last(&rig).operation, RECORD_TERM_PASSED);
    assert_true(tasks_figures(tasks).known);
    assert_int_equal(tasks_figures(tasks).late, 1);
    rig.api.tasks = NULL;
    rig_close(&rig);
    tasks_close(tasks);
}

/* ---- what a walk writes in the middle of a step ---- */

#define JANSEN "Bearer kb-jansen"

struct task_row {
    struct rig *rig;
    struct task task;
    uint64_t version;
};

static void take_task(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct task_row *row = ctx;
    struct error err;
    assert_null(failed);
    assert_non_null(found->item);
    row->version = found->item->version;
    assert_int_equal(tasks_read(found->item, &row->task, &err), RESULT_OK);
}

static struct task_row the_task(struct rig *rig)
{
    struct task_row row = {.rig = rig};
    const struct ident id = {{7}};
    store_get(rig->world.door, STORE_TASK, &id, STORE_KIND_COUNT, take_task, &row);
    return row;
}

static void rewrite_task(struct store_batch *batch, void *of_row)
{
    struct error err;
    const struct task_row row = the_task(of_row);
    assert_int_equal(tasks_put(batch, &row.task, row.version, false, &err), RESULT_OK);
}

static int say(struct rig *rig, const char *says)
{
    const struct ident id = {{7}};
    const struct ident_text text = ident_text(&id);
    struct http_request request = rig_request(
        rig, "{\"sleutel\":\"66666666666666666666666666666666\",\"stap\":\"bericht\",\"tekst\":\"Lukt het?\"}");
    request.authorization = JANSEN;
    request.parameter = text.text;
    rig_handle(tasks_step, &request);
    const int status = request.status;
    if (!rig_says(&request, says)) {
        fail_msg("%d: %s", status, (const char *)request.answer.ptr);
    }
    rig_forget(&request);
    return status;
}

static void a_step_is_made_by_what_is_there_then_and_not_for_ever(void **state)
{
    (void)state;
    struct rig rig;
    struct buf row;
    struct tasks *tasks = calloc(1, sizeof *tasks);
    struct task task = {
        .id = {{7}}, .state = TASK_RECEIVED, .side = TASK_DOER, .kind = "wmo-onderzoek", .head.number = 1};
    assert_non_null(tasks);
    assert_true(oin_parse(slice_text(DEBT_HELP), &task.partner));
    rig_open_with(&rig, AREA_TEAM, false);
    rig_user(&rig, "g.jansen", 1U << ROLE_GENERALIST, false, JANSEN);
    tasks->api = &rig.api;
    rig.api.tasks = tasks;
    buf_init(&row, STORE_PAYLOAD_MAX);
    task_encode(&task, &row);
    put_row(&rig, 7, buf_slice(&row));
    buf_wipe(&row);
    contend_for(INCOMING_TRIES, rewrite_task, &rig);
    assert_int_equal(say(&rig, "intussen veranderd; kijk opnieuw"), 409);
    assert_int_equal(contend.met, INCOMING_TRIES);
    assert_int_equal(the_task(&rig).task.head.number, 1);
    contend_for(INCOMING_TRIES - 1, rewrite_task, &rig);
    assert_int_equal(say(&rig, "ontvangen"), 200);
    assert_int_equal(contend.met, INCOMING_TRIES - 1);
    assert_int_equal(the_task(&rig).task.head.number, 2);
    assert_int_equal(say(&rig, "ontvangen"), 200); /* the same again is that step */
    assert_int_equal(the_task(&rig).task.head.number, 2);
    rig.api.tasks = NULL;
    rig_close(&rig);
    tasks_close(tasks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_more_are_open_than_may_be),
        cmocka_unit_test(who_floods_leaves_room_for_others),
        cmocka_unit_test(who_is_in_an_open_task_is_marked_and_others_mostly_not),
        cmocka_unit_test(an_event_has_one_row_however_often_it_comes),
        cmocka_unit_test(a_row_that_cannot_be_read_keeps_no_other_from_its_terms),
        cmocka_unit_test(a_sealing_key_leaves_when_the_log_has_it),
        cmocka_unit_test(a_sealing_key_that_a_crash_left_unlogged_is_logged_at_the_next_start),
        cmocka_unit_test(who_is_told_are_those_who_may_see_tasks),
        cmocka_unit_test(a_step_is_made_by_what_is_there_then_and_not_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
