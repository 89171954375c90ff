/* The list of terms reads of all tasks that are kept those that are open, and shows what it would by reading all. */
#include "unit/api/api_rig.h"

#include "api/tasks_parts.h"
#include "api/terms.h"
#include "support/counted.h"

#define FG "Bearer kb-fg"

enum { ENDED = 600, OPEN = 5, A_BATCH = 100, OTHER_READS = 4 /* who asks, and what there is of reports and orders */ };

static struct rig rig;

static void put(struct store_batch *batch, uint32_t number, enum task_state state)
{
    struct error err;
    struct task task = {
        .id = world_ident(number), .side = TASK_GIVER, .state = state, .kind = "budgetplan", .due = {2026, 3, 1}};
    assert_true(oin_parse(slice_text(SCHOOL), &task.partner));
    task.ended_ms = task_ended(state) ? clock_now(rig.api.clock) : 0;
    assert_int_equal(tasks_put(batch, &task, 0, false, &err), RESULT_OK);
}

static void put_one(uint32_t number, enum task_state state)
{
    struct store_batch *batch = store_batch_new(rig.world.door);
    put(batch, number, state);
    assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
}

static void mark(uint32_t number)
{
    const struct task task = {.id = world_ident(number)};
    tasks_mark(rig.api.tasks, &task);
}

static void look_at_all(void)
{
    rig.api.tasks->changed = true;
    tasks_tick(&rig.api);
    rig_run(&rig);
    assert_false(rig.api.tasks->looking);
    assert_true(tasks_figures(rig.api.tasks).known);
}

static int open_all(void **state)
{
    (void)state;
    rig_open_with(&rig, AREA_TEAM, false);
    rig_user(&rig, "fg", 1U << ROLE_DPO, false, FG);
    rig.api.tasks = calloc(1, sizeof *rig.api.tasks);
    assert_non_null(rig.api.tasks);
    rig.api.tasks->api = &rig.api;
    for (uint32_t i = 0; i < ENDED; i += A_BATCH) {
        struct store_batch *batch = store_batch_new(rig.world.door);
        for (uint32_t k = i; k < i + A_BATCH; k++) {
            put(batch, 1000 + k, k % 2 == 0 ? TASK_COMPLETED : TASK_WITHDRAWN);
        }
        assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
    }
    for (uint32_t i = 0; i < OPEN; i++) {
        put_one(1 + i, i % 2 == 0 ? TASK_SENT : TASK_BEGUN);
    }
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    tasks_close(rig.api.tasks);
    rig.api.tasks = NULL;
    rig_close(&rig);
    return 0;
}

/* How many terms it shows; `opened`: rows that it read for that. */
static size_t listed(uint64_t *opened)
{
    size_t count = 0;
    struct http_request request = rig_request(&rig, NULL);
    request.authorization = FG;
    counted_begin();
    rig_handle(terms_list, &request);
    *opened = counted_so_far().of[COUNTED_OPENED];
    assert_int_equal(request.status, 200);
    for (const char *at = (const char *)request.answer.ptr; (at = strstr(at, "\"opdracht\"")) != NULL; at++) {
        count++;
    }
    rig_forget(&request);
    return count;
}

static void of_those_that_ended_none_is_read(void **state)
{
    uint64_t opened = 0;
    (void)state;
    assert_int_equal(listed(&opened), OPEN); /* they are not known yet: all are read */
    assert_true(opened >= ENDED + OPEN);
    look_at_all();
    assert_int_equal(listed(&opened), OPEN);
    assert_in_range(opened, OPEN, OPEN + OTHER_READS);
}

static void who_came_since_is_shown_and_who_ended_since_is_not(void **state)
{
    uint64_t opened = 0;
    (void)state;
    look_at_all();
    put_one(50, TASK_SENT);
    mark(50);
    mark(50);
    mark(51); /* its commit failed */
    assert_int_equal(listed(&opened), OPEN + 1);
    put_one(1, TASK_COMPLETED);
    assert_int_equal(listed(&opened), OPEN);
    assert_in_range(opened, OPEN + 1, OPEN + 1 + OTHER_READS);
    look_at_all(); /* and is forgotten, with what never came */
    assert_int_equal(rig.api.tasks->live.count, OPEN);
    assert_int_equal(listed(&opened), OPEN);
    assert_in_range(opened, OPEN, OPEN + OTHER_READS);
}

/* In the middle of a look, behind the page that it is at or not. */
static void who_comes_while_all_are_looked_at_is_known_after_it(void **state)
{
    uint64_t opened = 0;
    (void)state;
    look_at_all();
    rig.api.tasks->changed = true;
    tasks_tick(&rig.api);
    assert_true(rig.api.tasks->looking);
    mark(50);
    rig_run(&rig);
    assert_false(rig.api.tasks->looking);
    put_one(50, TASK_SENT);
    assert_int_equal(listed(&opened), OPEN + 1);
    assert_in_range(opened, OPEN + 1, OPEN + 1 + OTHER_READS);
}

static void without_memory_for_one_all_are_read(void **state)
{
    uint64_t opened = 0;
    bool whole = false;
    (void)state;
    for (long at = 0; !whole && at < 50; at++) {
        tasks_live_drop(&rig.api.tasks->live);
        rig.api.tasks->figures.known = true;
        mem_fail_after(at);
        for (uint32_t i = 0; i < OPEN; i++) {
            mark(1 + i);
        }
        mem_fail_after(-1);
        whole = !rig.api.tasks->live.lacks;
        assert_int_equal(listed(&opened), OPEN);
        assert_true(whole ? opened <= OPEN + OTHER_READS : opened >= ENDED + OPEN);
    }
    assert_true(whole);
}

/* More than one turn of the loop takes; each once. */
static void many_are_all_shown_or_counted(void **state)
{
    enum { MANY = 3000 };
    uint64_t opened = 0;
    (void)state;
    for (uint32_t i = 0; i < MANY;) {
        struct store_batch *batch = store_batch_new(rig.world.door);
        for (int k = 0; k < A_BATCH; k++, i++) {
            put(batch, 100000 + i, TASK_SENT);
        }
        assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
    }
    look_at_all();
    assert_int_equal(listed(&opened), TERMS_LIST_MAX);
    assert_in_range(opened, OPEN + MANY, OPEN + MANY + OTHER_READS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(of_those_that_ended_none_is_read, open_all, close_all),
        cmocka_unit_test_setup_teardown(who_came_since_is_shown_and_who_ended_since_is_not, open_all, close_all),
        cmocka_unit_test_setup_teardown(who_comes_while_all_are_looked_at_is_known_after_it, open_all, close_all),
        cmocka_unit_test_setup_teardown(without_memory_for_one_all_are_read, open_all, close_all),
        cmocka_unit_test_setup_teardown(many_are_all_shown_or_counted, open_all, close_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
