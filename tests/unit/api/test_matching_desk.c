/* Private matching at the desk: what partners used of their quota, evaluations held against tests, and findings. */
#include "unit/api/api_rig.h"

#include "api/evaluation_quota.h"
#include "api/matching_desk.h"

#define TOKEN   "Bearer kb-test"
#define NOBODY  "Bearer kb-anders"
#define PURPOSE "hulpafstemming"

static int64_t now;

static int64_t clock_of_test(void *ctx)
{
    (void)ctx;
    return now;
}

static void open_all(struct rig *rig)
{
    now = 1767225600000; /* 2026-01-01 */
    rig_open(rig, AREA_TEAM);
    rig->world.clock.now_ms = clock_of_test;
    rig_user(rig, "beheer", 1U << ROLE_ADMINISTRATOR, false, TOKEN);
    rig_user(rig, "g.jansen", 1U << ROLE_GENERALIST, false, NOBODY);
}

static struct json *show(struct rig *rig)
{
    struct error err;
    struct json *answer = NULL;
    struct http_request request = rig_request(rig, NULL);
    request.authorization = TOKEN;
    rig_handle(matching_show, &request);
    assert_int_equal(request.status, 200);
    assert_int_equal(json_parse(slice_text((const char *)request.answer.ptr), &answer, &err), RESULT_OK);
    rig_forget(&request);
    return answer;
}

static int64_t number(const struct json *answer, const char *part, const char *name)
{
    const struct json *member = json_member(json_member(answer, part), name);
    assert_non_null(member);
    return json_int(member);
}

/* ---- the own evaluations ---- */

static void write_record(struct rig *rig, struct store_batch *batch, const struct record *record)
{
    struct error err;
    struct record copy = *record;
    copy.age = 255;
    assert_int_equal(audit_append(rig->api.audit, batch, &copy, slice_of(NULL, 0), &err), RESULT_OK);
}

/* A consult that got so many values of each of these partners, and tested so many people. */
static void consulted(struct rig *rig, uint32_t number, const char *case_number, uint32_t values, const char *peers[2],
                      uint32_t tested)
{
    struct store_batch *batch = store_batch_new(rig->world.door);
    struct record record = {.operation = RECORD_EVALUATION_RECEIVED,
                            .outcome = OUTCOME_DONE,
                            .entries = values,
                            .consult = world_ident(number)};
    (void)snprintf(record.case_number, sizeof record.case_number, "%s", case_number);
    (void)snprintf(record.purpose, sizeof record.purpose, "%s", PURPOSE);
    for (size_t i = 0; i < 2 && peers[i] != NULL; i++) {
        assert_true(oin_parse(slice_text(peers[i]), &record.peer));
        write_record(rig, batch, &record);
    }
    record = (struct record){.operation = RECORD_TESTED, .outcome = OUTCOME_DONE, .consult = world_ident(number)};
    for (uint32_t i = 0; i < tested; i++) {
        write_record(rig, batch, &record);
    }
    assert_int_equal(world_commit(&rig->world, batch), FAULT_NONE);
}

static void assert_evaluations(struct rig *rig, int64_t values, int64_t untested, int64_t caseless)
{
    struct json *answer = show(rig);
    assert_int_equal(number(answer, "eigenEvaluaties", "waarden"), values);
    assert_int_equal(number(answer, "eigenEvaluaties", "zonderToets"), untested);
    assert_int_equal(number(answer, "eigenEvaluaties", "zonderZaak"), caseless);
    json_free(answer);
}

static void every_value_that_came_has_its_test_and_case(void **state)
{
    (void)state;
    struct rig rig;
    const char *both[2] = {DEBT_HELP, SCHOOL};
    const char *one[2] = {SCHOOL, NULL};
    open_all(&rig);
    assert_evaluations(&rig, 0, 0, 0);
    consulted(&rig, 1, "Z-1", 3, both, 3);
    now += MATCH_GRACE_MS + 1;
    assert_evaluations(&rig, 6, 0, 0); /* of each partner as many values as there are people */
    consulted(&rig, 2, "Z-2", 3, both, 2);
    assert_evaluations(&rig, 6, 0, 0); /* so lately that the tests may be on their way */
    now += MATCH_GRACE_MS + 1;
    assert_evaluations(&rig, 12, 2, 0); /* at each of them one more than was tested */
    consulted(&rig, 3, "", 4, one, 4);
    consulted(&rig, 4, "Z-4", 0, one, 5); /* tested with values that were kept */
    now += MATCH_GRACE_MS + 1;
    assert_evaluations(&rig, 16, 2, 4);
    consulted(&rig, 5, "Z-5", 2, one, 0); /* nobody was tested */
    now += MATCH_GRACE_MS + 1;
    assert_evaluations(&rig, 18, 4, 4);
    rig_close(&rig);
}

static void what_did_not_come_counts_for_nothing(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    struct store_batch *batch = store_batch_new(rig.world.door);
    struct record record = {.operation = RECORD_EVALUATION_RECEIVED, .outcome = OUTCOME_NO_ANSWER, .entries = 8};
    assert_true(oin_parse(slice_text(SCHOOL), &record.peer));
    write_record(&rig, batch, &record);
    record.operation = RECORD_EVALUATION_ASKED;
    record.outcome = OUTCOME_PENDING;
    write_record(&rig, batch, &record);
    record.operation = RECORD_EVALUATED; /* for a partner */
    record.outcome = OUTCOME_DONE;
    write_record(&rig, batch, &record);
    assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
    now += MATCH_GRACE_MS + 1;
    assert_evaluations(&rig, 0, 0, 0);
    rig_close(&rig);
}

/* The look back ends where it is said to end. */
static void older_records_are_not_looked_at(void **state)
{
    (void)state;
    struct rig rig;
    const char *one[2] = {SCHOOL, NULL};
    const struct record other = {.operation = RECORD_READ, .outcome = OUTCOME_DONE};
    open_all(&rig);
    consulted(&rig, 1, "Z-1", 5, one, 0);
    for (uint32_t written = 0; written < MATCH_LOOK_BACK;) {
        struct store_batch *batch = store_batch_new(rig.world.door);
        for (size_t i = 0; i < 1000 && written < MATCH_LOOK_BACK; i++, written++) {
            write_record(&rig, batch, &other);
        }
        assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
    }
    now += MATCH_GRACE_MS + 1;
    struct json *answer = show(&rig);
    assert_int_equal(number(answer, "eigenEvaluaties", "waarden"), 0);
    assert_int_equal(number(answer, "eigenEvaluaties", "omvang") - number(answer, "eigenEvaluaties", "vanaf"),
                     MATCH_LOOK_BACK);
    json_free(answer);
    rig_close(&rig);
}

/* ---- quota ---- */

static void put_quota(struct rig *rig, const char *oin, int32_t day, int64_t used)
{
    struct buf payload;
    struct quota_used quota = {.day = {2026, 1, (uint8_t)day}, .day_used = used, .year_used = used + 8};
    quota.epochs[1] = (struct quota_epoch){701, used, 8};
    assert_true(oin_parse(slice_text(oin), &quota.partner));
    (void)snprintf(quota.purpose, sizeof quota.purpose, "%s", PURPOSE);
    buf_init(&payload, 4096);
    quota_encode(&quota, &payload);
    struct store_batch *batch = store_batch_new(rig->world.door);
    const struct quota_key key = quota_key(&quota.partner, slice_text(PURPOSE));
    const struct store_write item = {
        .id = world_ident((uint32_t)used), .keys = {slice_text(key.text)}, .payload = buf_slice(&payload)};
    store_put(batch, STORE_QUOTA, &item);
    assert_int_equal(world_commit(&rig->world, batch), FAULT_NONE);
    buf_free(&payload);
}

static void partners_quota_are_shown_as_of_today(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    put_quota(&rig, SCHOOL, 1, 24);
    put_quota(&rig, STRANGER, 1, 16);
    struct json *answer = show(&rig);
    const struct json *quota = json_member(answer, "quota");
    assert_int_equal(json_size(quota), 2);
    const struct json *school = json_first(quota);
    assert_string_equal(json_cstr(json_member(school, "ketenpartner")), SCHOOL);
    assert_string_equal(json_cstr(json_member(school, "doel")), PURPOSE);
    assert_int_equal(json_int(json_member(school, "vandaag")), 24);
    assert_int_equal(json_int(json_member(school, "ditJaar")), 32);
    assert_int_equal(json_int(json_member(json_first(json_member(school, "periodes")), "periode")), 701);
    const struct json *purposes = json_member(school, "waarschuwtAlleen");
    assert_non_null(purposes);
    assert_false(json_bool(purposes));
    const struct json *gone = json_next(school);
    assert_string_equal(json_cstr(json_member(gone, "naam")), "geen partij meer");
    json_free(answer);
    now += INT64_C(86400000);
    answer = show(&rig);
    assert_int_equal(json_int(json_member(json_first(json_member(answer, "quota")), "vandaag")), 0);
    assert_int_equal(json_int(json_member(json_first(json_member(answer, "quota")), "ditJaar")), 32);
    json_free(answer);
    now += INT64_C(366) * 86400000;
    answer = show(&rig);
    assert_int_equal(json_int(json_member(json_first(json_member(answer, "quota")), "ditJaar")), 0);
    json_free(answer);
    rig_close(&rig);
}

/* Many rows come in pages, each once, and others get their turn in between; past the bound it is said that there are more. */
static void many_quotas_come_in_pages_up_to_a_bound(void **state)
{
    (void)state;
    enum { EACH = 2048 };
    struct rig rig;
    struct quota_used quota = {.day = {2026, 1, 1}, .day_used = 8, .year_used = 8};
    struct buf payload;
    open_all(&rig);
    (void)snprintf(quota.purpose, sizeof quota.purpose, "%s", PURPOSE);
    buf_init(&payload, 4096);
    for (uint32_t i = 0; i < MATCH_SETS_MAX + 1;) {
        struct store_batch *batch = store_batch_new(rig.world.door);
        for (size_t k = 0; k < EACH && i < MATCH_SETS_MAX + 1; k++, i++) {
            (void)snprintf(quota.partner.digits, sizeof quota.partner.digits, "00000099%012u", i);
            buf_clear(&payload);
            quota_encode(&quota, &payload);
            const struct quota_key key = quota_key(&quota.partner, slice_text(PURPOSE));
            const struct store_write item = {
                .id = world_ident(i + 1), .keys = {slice_text(key.text)}, .payload = buf_slice(&payload)};
            store_put(batch, STORE_QUOTA, &item);
        }
        assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
        if (i == EACH) {
            struct json *answer = show(&rig);
            assert_true(json_bool(json_member(answer, "quotaVolledig")));
            uint32_t seen = 0;
            for (const struct json *row = json_first(json_member(answer, "quota")); row != NULL; row = json_next(row)) {
                char oin[OIN_DIGITS + 1];
                (void)snprintf(oin, sizeof oin, "00000099%012u", seen++);
                assert_string_equal(json_cstr(json_member(row, "ketenpartner")), oin);
            }
            assert_int_equal(seen, EACH);
            json_free(answer);
        }
    }
    buf_free(&payload);
    struct json *answer = show(&rig);
    assert_int_equal(json_size(json_member(answer, "quota")), MATCH_SETS_MAX);
    assert_false(json_bool(json_member(answer, "quotaVolledig")));
    json_free(answer);
    rig_close(&rig);
}

/* The rows of one page are read in a turn of the loop, and no more. */
static void a_turn_reads_one_page(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    for (uint32_t i = 1; i <= MATCH_QUOTA_PAGE + 1; i++) {
        char oin[OIN_DIGITS + 1];
        (void)snprintf(oin, sizeof oin, "00000099%012u", i);
        put_quota(&rig, oin, 1, i);
    }
    struct http_request request = rig_request(&rig, NULL);
    request.authorization = TOKEN;
    matching_show(&request, &rig.api);
    assert_int_equal(request.answers, 0); /* the rest is for a next turn */
    rig_run(&rig);
    assert_int_equal(request.status, 200);
    rig_forget(&request);
    rig_close(&rig);
}

/* One row whose bytes changed on disk is logged and left out; the others are shown. */
static void a_damaged_quota_hides_no_other(void **state)
{
    (void)state;
    struct rig rig;
    sqlite3 *db = NULL;
    open_all(&rig);
    put_quota(&rig, SCHOOL, 1, 24);
    put_quota(&rig, DEBT_HELP, 1, 16);
    assert_int_equal(sqlite3_open(rig.world.database, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "UPDATE match_quota SET payload = zeroblob(length(payload)) WHERE entry = 1",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_changes(db), 1);
    (void)sqlite3_close(db);
    struct json *answer = show(&rig);
    assert_int_equal(json_size(json_member(answer, "quota")), 1);
    assert_string_equal(json_cstr(json_member(json_first(json_member(answer, "quota")), "ketenpartner")), DEBT_HELP);
    json_free(answer);
    rig_close(&rig);
}

/* ---- findings ---- */

static void findings_are_counted_by_kind(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    static const enum record_operation operations[] = {RECORD_MATCH_FINDING, RECORD_SET_REFUSED, RECORD_MATCH_FINDING,
                                                       RECORD_READ};
    struct store_batch *batch = store_batch_new(rig.world.door);
    for (size_t i = 0; i < COUNT_OF(operations); i++) {
        const struct record record = {.operation = operations[i], .class = {0, (uint8_t)(i % 3)}};
        write_record(&rig, batch, &record);
    }
    assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
    struct json *answer = show(&rig);
    assert_int_equal(number(answer, "bevindingen", "opvallend"), 0); /* the index has not followed, and that is said */
    assert_int_equal(number(answer, "bevindingen", "doorzoekbaar"), 0);
    json_free(answer);
    indexing_tick(rig.api.indexing);
    rig_run(&rig);
    answer = show(&rig);
    assert_int_equal(number(answer, "bevindingen", "opvallend"), 2);
    assert_int_equal(number(answer, "bevindingen", "geweigerdeSets"), 1);
    assert_true(json_bool(json_member(json_member(answer, "bevindingen"), "volledigGeteld")));
    assert_int_equal(number(answer, "bevindingen", "doorzoekbaar"), (int64_t)rig_leaves(&rig));
    json_free(answer);
    /* More than one look at a month's index gives: that is said. */
    batch = store_batch_new(rig.world.door);
    for (size_t i = 0; i < STORE_LIST_MAX; i++) {
        const struct record record = {.operation = RECORD_SET_REFUSED};
        write_record(&rig, batch, &record);
    }
    assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
    indexing_tick(rig.api.indexing);
    rig_run(&rig);
    answer = show(&rig);
    assert_true(number(answer, "bevindingen", "geweigerdeSets") >= STORE_LIST_MAX);
    assert_false(json_bool(json_member(json_member(answer, "bevindingen"), "volledigGeteld")));
    json_free(answer);
    rig_close(&rig);
}

static void who_may_not_see_the_log_sees_nothing(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    struct http_request request = rig_request(&rig, NULL);
    request.authorization = NOBODY;
    const uint64_t before = rig_leaves(&rig);
    rig_handle(matching_show, &request);
    assert_int_equal(request.status, 403);
    assert_true(request.leaves > before);
    rig_forget(&request);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_value_that_came_has_its_test_and_case),
        cmocka_unit_test(what_did_not_come_counts_for_nothing),
        cmocka_unit_test(older_records_are_not_looked_at),
        cmocka_unit_test(partners_quota_are_shown_as_of_today),
        cmocka_unit_test(many_quotas_come_in_pages_up_to_a_bound),
        cmocka_unit_test(a_damaged_quota_hides_no_other),
        cmocka_unit_test(a_turn_reads_one_page),
        cmocka_unit_test(findings_are_counted_by_kind),
        cmocka_unit_test(who_may_not_see_the_log_sees_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
