/* Matches of one person among those of many: found without reading any other, whatever came before. */
#include "unit/api/api_rig.h"

#include <sqlite3.h>

#include "api/cooperation.h"
#include "api/meetings.h"
#include "api/meetings_parts.h"
#include "support/counted.h"

#define JANSEN "Bearer kb-jansen"
#define ADA    "999000007"

enum { OTHERS = 1000, A_BATCH = 250 };

static struct rig rig;
static struct ident ada;

static void open_signals(void)
{
    static const struct match_times times = {.tick_ms = 1, .removal_ms = 0};
    struct error err;
    assert_int_equal(signals_open(&rig.api, &times, &rig.api.signals, &err), RESULT_OK);
}

static int open_all(void **state)
{
    struct error err;
    (void)state;
    rig_open_with(&rig, AREA_TEAM, false);
    rig_user(&rig, "g.jansen", 1U << ROLE_GENERALIST, false, JANSEN);
    ada = rig_person(&rig, ADA);
    assert_int_equal(cooperation_open(&rig.api, &rig.api.cooperation, &err), RESULT_OK);
    open_signals();
    meetings_register(&rig.api);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    signals_stop(rig.api.signals);
    signals_close(rig.api.signals);
    cooperation_close(rig.api.cooperation);
    rig_close(&rig);
    return 0;
}

static struct meeting_row match_of(const struct ident *subject, uint32_t number)
{
    struct meeting_row row = {.id = world_ident(number)};
    assert_true(oin_parse(slice_text(SCHOOL), &row.meeting.peer));
    row.meeting.subject = *subject;
    row.meeting.own = meeting_side_of(&rig.api.own_oin, &row.meeting.peer);
    row.meeting.head.number = 1;
    row.meeting.halves[MEETING_LOW].spoor = world_ident(number + 1000000);
    row.meeting.halves[MEETING_HIGH].spoor = world_ident(number + 2000000);
    return row;
}

static void put(const struct meeting_row *row, bool commits)
{
    struct error err;
    struct store_batch *batch = store_batch_new(rig.world.door);
    assert_int_equal(meetings_put(&rig.api, batch, row, &err), RESULT_OK);
    if (commits) {
        assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
    } else {
        store_batch_free(batch);
    }
}

/* Of as many other people. */
static void put_others(void)
{
    struct error err;
    for (uint32_t i = 0; i < OTHERS;) {
        struct store_batch *batch = store_batch_new(rig.world.door);
        for (int k = 0; k < A_BATCH; k++, i++) {
            const struct ident somebody = world_ident(5000000 + i);
            const struct meeting_row row = match_of(&somebody, 10000 + i);
            assert_int_equal(meetings_put(&rig.api, batch, &row, &err), RESULT_OK);
        }
        assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
    }
}

struct seen {
    struct ident ids[8];
    size_t count;
};

static enum result see(void *ctx, const struct meeting_row *row, struct error *err)
{
    struct seen *seen = ctx;
    (void)err;
    assert_true(ident_equal(&row->meeting.subject, &ada));
    assert_true(seen->count < COUNT_OF(seen->ids));
    seen->ids[seen->count++] = row->id;
    return RESULT_OK;
}

/* These, in this order, and no other. */
static void expect(const uint32_t *numbers, size_t count)
{
    struct seen seen = {.count = 0};
    struct error err;
    assert_int_equal(meetings_each_of(&rig.api, &ada, see, &seen, &err), RESULT_OK);
    assert_int_equal(seen.count, count);
    for (size_t i = 0; i < count; i++) {
        const struct ident id = world_ident(numbers[i]);
        assert_true(ident_equal(&seen.ids[i], &id));
    }
}

static int handle(http_handler *handler, const char *body)
{
    struct http_request request = rig_request(&rig, body);
    request.authorization = JANSEN;
    rig_handle(handler, &request);
    const int status = request.status;
    rig_forget(&request);
    return status;
}

static uint64_t opened_by_publishing(const char *body)
{
    counted_begin();
    assert_int_equal(handle(signals_add, body), 201);
    return counted_so_far().of[COUNTED_OPENED];
}

#define SIGNAL(key)                                                                                                    \
    "{\"sleutel\":\"" key "\",\"bsn\":\"" ADA "\",\"grondslag\":\"wmo-5.1.1\",\"verteld\":true,"                       \
    "\"contact\":{\"naam\":\"G. Jansen\",\"telefoon\":\"0990555100\"}}"

/* A signal that is published is held against the matches of its person: once after a start all are read. */
static void no_other_is_read(void **state)
{
    (void)state;
    put_others();
    signals_close(rig.api.signals);
    open_signals();
    assert_true(opened_by_publishing(SIGNAL("11111111111111111111111111111111")) >= OTHERS); /* the counter counts */
    assert_true(opened_by_publishing(SIGNAL("22222222222222222222222222222222")) < OTHERS / 20);
    const struct meeting_row row = match_of(&ada, 7);
    put(&row, true);
    counted_begin();
    expect((const uint32_t[]){7}, 1);
    assert_in_range(counted_so_far().of[COUNTED_OPENED], 1, 2);
}

/* Nor by the list of signals, which says who calls about each. */
static void a_list_reads_those_of_its_own_people(void **state)
{
    (void)state;
    put_others();
    assert_int_equal(handle(signals_add, SIGNAL("11111111111111111111111111111111")), 201);
    struct meeting_row row = match_of(&ada, 7);
    row.meeting.state = MEETING_LED;
    row.meeting.has_lead = true;
    row.meeting.lead = meeting_other(row.meeting.own);
    row.meeting.lead_contact = (struct signal_contact){"Z. Smit", "0990555101"};
    row.meeting.halves[row.meeting.own].live = true;
    put(&row, true);
    struct http_request request = rig_request(&rig, NULL);
    request.authorization = JANSEN;
    request.query = "";
    counted_begin();
    rig_handle(signals_list, &request);
    assert_int_equal(request.status, 200);
    assert_non_null(strstr((const char *)request.answer.ptr, "\"uWordtGebeldDoor\":{\"naam\":\"Z. Smit\""));
    assert_in_range(counted_so_far().of[COUNTED_OPENED], 3, OTHERS / 20);
    rig_forget(&request);
}

static void in_order_of_entry_also_after_a_start(void **state)
{
    (void)state;
    static const uint32_t all[] = {9, 3, 6};
    expect(all, 0);
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        struct meeting_row row = match_of(&ada, all[i]);
        row.meeting.state = i == 1 ? MEETING_CLOSED : row.meeting.state; /* closed ones too */
        put(&row, true);
        expect(all, i + 1);
    }
    signals_close(rig.api.signals);
    open_signals();
    expect(all, COUNT_OF(all));
}

static enum fault meet(void)
{
    struct error err = {.fault = FAULT_NONE};
    struct meeting_new met = {.subject = ada, .covenant = rig.api.covenant->covenant};
    struct store_batch *batch = store_batch_new(rig.world.door);
    assert_true(oin_parse(slice_text(SCHOOL), &met.peer));
    met.own = (struct meeting_half){.spoor = world_ident(31), .signal = world_ident(32), .live = true};
    met.theirs = (struct meeting_half){.spoor = world_ident(33), .live = true};
    const enum result result = meetings_meet(&rig.api, batch, &met, &err);
    store_batch_free(batch);
    audit_forget_keys(rig.api.audit);
    return result == RESULT_OK ? FAULT_NONE : err.fault;
}

/* Past what may be open the rows are counted: what is in memory only takes no room, as what is closed. */
static void what_is_not_open_takes_no_room(void **state)
{
    (void)state;
    struct error err;
    for (uint32_t i = 0; i < MEETINGS_MAX; i++) {
        const struct ident somebody = entropy_ident(&rig.entropy);
        const struct meeting_row row = match_of(&somebody, 10000 + i);
        assert_int_equal(meetings_people_add(&rig.api, &row, &err), RESULT_OK);
    }
    assert_int_equal(meet(), FAULT_NONE);
}

/* It is not there, and when it comes again it is there once. */
static void what_was_not_committed_is_passed_over(void **state)
{
    (void)state;
    const struct meeting_row row = match_of(&ada, 5);
    put(&row, false);
    expect(NULL, 0);
    put(&row, true);
    expect((const uint32_t[]){5}, 1);
}

/* That a spoor is over is nobody's match. */
static void an_end_that_was_kept_is_of_nobody(void **state)
{
    (void)state;
    struct error err;
    struct oin school;
    const struct ident spoor = world_ident(77);
    struct store_batch *batch = store_batch_new(rig.world.door);
    assert_true(oin_parse(slice_text(SCHOOL), &school));
    assert_int_equal(meetings_bury(&rig.api, batch, &school, &spoor, &err), RESULT_OK);
    assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
    assert_int_equal(meetings_people_count(&rig.api), 0);
}

/* The first, one amid and the last of a person, and what takes their place. */
static void what_went_by_its_day_is_forgotten(void **state)
{
    (void)state;
    for (uint32_t i = 1; i <= 5; i++) {
        struct meeting_row row = match_of(&ada, i);
        row.meeting.state = i % 2 == 1 ? MEETING_CLOSED : row.meeting.state;
        row.meeting.closed = i % 2 == 1 ? (struct date){2020, 1, 2} : (struct date){0};
        put(&row, true);
    }
    assert_int_equal(meetings_people_count(&rig.api), 5);
    for (int i = 0; i < 3; i++) {
        uv_update_time(&rig.world.loop);
        signals_tick(rig.api.signals);
        rig_run(&rig);
    }
    assert_int_equal(meetings_people_count(&rig.api), 2);
    expect((const uint32_t[]){2, 4}, 2);
    for (uint32_t i = 6; i <= 8; i++) {
        const struct meeting_row row = match_of(&ada, i);
        put(&row, true);
    }
    expect((const uint32_t[]){2, 4, 6, 7, 8}, 5);
}

static void damage(const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(rig.world.database, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void a_damaged_row_hides_no_other(void **state)
{
    (void)state;
    for (uint32_t i = 1; i <= 3; i++) {
        const struct meeting_row row = match_of(&ada, i);
        put(&row, true);
    }
    damage("UPDATE meeting SET payload = x'01' WHERE entry = (SELECT min(entry) FROM meeting)");
    const struct ident somebody = world_ident(5000000);
    const struct meeting_row row = match_of(&somebody, 4);
    put(&row, true); /* readers see a hand's work with the next commit */
    expect((const uint32_t[]){2, 3}, 2);
    signals_close(rig.api.signals);
    open_signals();
    expect((const uint32_t[]){2, 3}, 2);
}

/* Wherever memory is refused: all of them, or a fault. */
static void without_memory_none_is_missed(void **state)
{
    (void)state;
    struct error err;
    bool done = false;
    for (uint32_t i = 1; i <= 3; i++) {
        const struct meeting_row row = match_of(&ada, i);
        put(&row, true);
    }
    for (long at = 0; !done && at < 200; at++) {
        struct seen seen = {.count = 0};
        signals_close(rig.api.signals);
        open_signals();
        mem_fail_after(at);
        done = meetings_each_of(&rig.api, &ada, see, &seen, &err) == RESULT_OK;
        mem_fail_after(-1);
        assert_true(!done || seen.count == 3);
        assert_true(done || err.fault == FAULT_NO_MEMORY);
    }
    assert_true(done);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(no_other_is_read, open_all, close_all),
        cmocka_unit_test_setup_teardown(a_list_reads_those_of_its_own_people, open_all, close_all),
        cmocka_unit_test_setup_teardown(in_order_of_entry_also_after_a_start, open_all, close_all),
        cmocka_unit_test_setup_teardown(what_is_not_open_takes_no_room, open_all, close_all),
        cmocka_unit_test_setup_teardown(what_was_not_committed_is_passed_over, open_all, close_all),
        cmocka_unit_test_setup_teardown(an_end_that_was_kept_is_of_nobody, open_all, close_all),
        cmocka_unit_test_setup_teardown(what_went_by_its_day_is_forgotten, open_all, close_all),
        cmocka_unit_test_setup_teardown(a_damaged_row_hides_no_other, open_all, close_all),
        cmocka_unit_test_setup_teardown(without_memory_none_is_missed, open_all, close_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
