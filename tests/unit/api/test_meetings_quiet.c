/* Matches with a partner with whom no covenant holds any more: their people are told once, and what fails is told once. */
#include "unit/api/api_rig.h"

#include "api/cooperation.h"
#include "api/meetings.h"
#include "api/meetings_parts.h"

static struct rig rig;
static struct meeting_row match;
static size_t told; /* lines of the log that a look failed */

static void count_line(void *ctx, const char *line, size_t len)
{
    (void)ctx;
    (void)len;
    told += strstr(line, "matches-niet-bezien") != NULL;
}

static const struct log_sink sink = {.write = count_line, .least = LOG_ERROR, .clock = &rig.world.clock};

static int open_all(void **state)
{
    static const struct match_times times = {.tick_ms = 1, .removal_ms = 0};
    struct error err;
    (void)state;
    told = 0;
    rig_open_with(&rig, AREA_TEAM, false);
    rig.api.log = &sink;
    assert_int_equal(cooperation_open(&rig.api, &rig.api.cooperation, &err), RESULT_OK);
    assert_int_equal(signals_open(&rig.api, &times, &rig.api.signals, &err), RESULT_OK);
    meetings_register(&rig.api);
    match = (struct meeting_row){.id = world_ident(1), .meeting = {.subject = world_ident(2)}};
    assert_true(oin_parse(slice_text(SCHOOL), &match.meeting.peer));
    match.meeting.own = meeting_side_of(&rig.api.own_oin, &match.meeting.peer);
    match.meeting.head.number = 1;
    struct store_batch *batch = store_batch_new(rig.world.door);
    assert_int_equal(meetings_put(&rig.api, batch, &match, &err), RESULT_OK);
    assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
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

static bool is_quiet(void)
{
    struct meeting_row row;
    struct error err;
    assert_int_equal(meetings_get(&rig.api, &match.id, &row, &err), RESULT_OK);
    return row.meeting.quiet;
}

static void look(void)
{
    meetings_quiet_tick(rig.api.signals);
    rig_run(&rig);
}

/* The covenant ends; what that means for matches is looked at with the next tick. */
static void end_covenant(void)
{
    rig_word(rig.api.covenant, &match.meeting.peer, STATEMENT_REJECT, ++rig.covenants);
    book_choose(&rig.api);
    rig.api.signals->quiet_due = true;
}

/* By hand; readers see it with the next commit. */
static void change_store(const char *sql)
{
    static unsigned number;
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(rig.world.database, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    const struct ident id = world_ident(1000 + number++);
    rig_put(&rig, STORE_HOUSEHOLD, &(struct store_write){.id = id, .payload = slice_text("x")});
}

static void where_no_covenant_holds_any_more_a_match_lies_still(void **state)
{
    (void)state;
    rig.api.signals->quiet_due = true;
    look();
    assert_false(is_quiet());
    end_covenant();
    look();
    assert_true(is_quiet());
    assert_false(rig.api.signals->quiet_due);
    assert_int_equal(told, 0);
}

static void look_in_vain(size_t told_then)
{
    for (int i = 0; i < 3; i++) {
        look();
        assert_true(rig.api.signals->quiet_due);
        assert_int_equal(told, told_then);
    }
}

static void what_fails_is_tried_again_and_told_once_per_cause(void **state)
{
    (void)state;
    end_covenant();
    change_store("ALTER TABLE meeting RENAME TO elsewhere");
    look_in_vain(1);
    change_store("ALTER TABLE elsewhere RENAME TO meeting");
    rig_disk_full(&rig, true);
    look_in_vain(2); /* of what is read nothing can be written */
    rig_disk_full(&rig, false);
    look();
    assert_false(rig.api.signals->quiet_due);
    assert_true(is_quiet());
    assert_int_equal(told, 2);
    change_store("ALTER TABLE meeting RENAME TO elsewhere");
    rig.api.signals->quiet_due = true;
    look_in_vain(3); /* as before it went well */
    change_store("ALTER TABLE elsewhere RENAME TO meeting");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(where_no_covenant_holds_any_more_a_match_lies_still, open_all, close_all),
        cmocka_unit_test_setup_teardown(what_fails_is_tried_again_and_told_once_per_cause, open_all, close_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
