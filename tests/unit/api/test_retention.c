/* Terms and holds at the desk: what is answered, what is recorded before, and what a full disk leaves. */
#include "unit/api/api_rig.h"

#include <sys/stat.h>

#include "api/retention.h"
#include "audit/retention.h"
#include "base/encode.h"

#define TOKEN "Bearer kb-test"

enum { PATH_ROOM = WORLD_PATH_MAX + 64 };

static const int64_t JANUARY = 1767225600000; /* 2026-01-01 */
static const int64_t DAY = 86400000;
static const struct seal_class january_1 = {202601, 1};
static int64_t now;

static int64_t clock_of_test(void *ctx)
{
    (void)ctx;
    return now;
}

static void open_with(struct rig *rig, const char *own_oin)
{
    now = JANUARY;
    rig_open(rig, own_oin);
    rig->world.clock.now_ms = clock_of_test;
    rig->api.own_months = LOG_OWN_MONTHS;
    retention_set_terms(&rig->api);
    rig_user(rig, "alles", (1U << ROLE_COUNT) - 1, false, TOKEN);
}

static void write_record(struct rig *rig, uint8_t class, const char *text)
{
    struct error err;
    struct record record = {.operation = RECORD_ASKED, .class = {0, class}, .age = 255};
    struct store_batch *batch = store_batch_new(rig->world.door);
    assert_int_equal(audit_append(rig->api.audit, batch, &record, slice_text(text), &err), RESULT_OK);
    assert_int_equal(world_commit(&rig->world, batch), FAULT_NONE);
}

static struct http_request call(struct rig *rig, http_handler *handler, const char *body)
{
    struct http_request request = rig_request(rig, body);
    request.authorization = TOKEN;
    rig_handle(handler, &request);
    assert_int_equal(request.answers, 1);
    return request;
}

/* The answer's status; its text must hold `words`. */
static int status_of(struct rig *rig, http_handler *handler, const char *body, const char *words)
{
    struct http_request request = call(rig, handler, body);
    if (!rig_says(&request, words)) {
        print_error("%s\n", (const char *)request.answer.ptr);
        fail();
    }
    const int status = request.status;
    rig_forget(&request);
    return status;
}

static bool key_there(struct rig *rig)
{
    struct sha256 commitment;
    return seal_class_commitment(rig->world.keyring, january_1, &commitment, NULL) == RESULT_OK;
}

static enum audit_key_state state_of(struct rig *rig)
{
    struct audit_class class = {.state = AUDIT_KEY_NONE};
    (void)audit_find_class(rig->api.audit, january_1, &class);
    return class.state;
}

static void a_list_counts_all_records_in_pages(void **state)
{
    (void)state;
    struct rig rig;
    open_with(&rig, AREA_TEAM);
    for (int i = 0; i < RETENTION_COUNT_PAGE + 7; i++) {
        write_record(&rig, 1, "");
    }
    assert_int_equal(status_of(&rig, retention_list, "",
                               "{\"maand\":\"2026-01\",\"bewaarklasse\":1,\"regels\":508,\"sleutel\":\"aanwezig\","
                               "\"termijnMaanden\":60,\"vernietigenVanaf\":\"2031-02-01\",\"termijnOm\":false,"
                               "\"vastgehouden\":0}"),
                     200);
    write_record(&rig, 1, "");
    assert_int_equal(status_of(&rig, retention_list, "", "\"regels\":509,\"sleutel\""), 200);
    rig_close(&rig);
}

static void too_early_is_refused_with_the_date_and_recorded(void **state)
{
    (void)state;
    struct rig rig;
    open_with(&rig, AREA_TEAM);
    write_record(&rig, 1, "");
    assert_int_equal(
        status_of(&rig, retention_destroy, "{\"proef\":false,\"maand\":\"2026-01\",\"bewaarklasse\":1}", "2031-02-01"),
        409);
    assert_int_equal(rig_last(&rig).operation, RECORD_REFUSED);
    assert_string_equal(rig_last(&rig).user, "alles");
    assert_int_equal(status_of(&rig, retention_destroy, "{\"proef\":false}", "\"sleutels\":[]"), 200);
    assert_true(key_there(&rig));
    rig_close(&rig);
}

static void what_is_asked_wrongly_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *body, *words;
        int status;
    } cases[] = {
        {"{}", "/proef", 400},
        {"{\"proef\":1}", "/proef", 400},
        {"{\"proef\":false,\"maand\":\"2026-01\"}", "bij elkaar", 400},
        {"{\"proef\":false,\"bewaarklasse\":1}", "bij elkaar", 400},
        {"{\"proef\":false,\"maand\":\"2026-13\",\"bewaarklasse\":1}", "JJJJ-MM", 400},
        {"{\"proef\":false,\"maand\":\"202601x\",\"bewaarklasse\":1}", "JJJJ-MM", 400},
        {"{\"proef\":false,\"maand\":\"2026-01\",\"bewaarklasse\":10}", "/bewaarklasse", 400},
        {"{\"proef\":false,\"maand\":\"2025-01\",\"bewaarklasse\":1}", "geen sleutel", 404},
        {"{\"proef\":false,\"maand\":\"2026-01\",\"bewaarklasse\":9}", "geen termijn", 409},
    };
    struct rig rig;
    open_with(&rig, AREA_TEAM);
    write_record(&rig, 1, "");
    write_record(&rig, 9, "");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(status_of(&rig, retention_destroy, cases[i].body, cases[i].words), cases[i].status);
    }
    rig_close(&rig);
}

static void go_past_the_term(struct rig *rig)
{
    write_record(rig, 1, "de reden");
    now = JANUARY + 1900 * DAY; /* past 2031-02-01 */
}

static void a_destruction_is_durable_before_its_answer(void **state)
{
    (void)state;
    struct rig rig;
    open_with(&rig, AREA_TEAM);
    go_past_the_term(&rig);
    const uint64_t before = rig_leaves(&rig);
    assert_int_equal(status_of(&rig, retention_destroy, "{\"proef\":true}", "2026-01"), 200);
    assert_int_equal(rig_leaves(&rig), before);
    assert_true(key_there(&rig));
    struct http_request done = call(&rig, retention_destroy, "{\"proef\":false}");
    assert_int_equal(done.status, 200);
    assert_true(rig_says(&done, "{\"maand\":\"2026-01\",\"bewaarklasse\":1}"));
    assert_int_equal(done.leaves, rig_leaves(&rig));
    assert_int_equal(rig_last(&rig).operation, RECORD_KEY_DESTROYED);
    assert_string_equal(rig_last(&rig).user, "alles");
    assert_string_equal(rig_last(&rig).purpose, "202601-1");
    assert_false(key_there(&rig));
    rig_forget(&done);
    assert_int_equal(status_of(&rig, retention_destroy, "{\"proef\":false}", "\"sleutels\":[]"), 200);
    assert_int_equal(status_of(&rig, retention_destroy, "{\"proef\":false,\"maand\":\"2026-01\",\"bewaarklasse\":1}",
                               "al vernietigd"),
                     409);
    assert_int_equal(status_of(&rig, retention_list, "", "\"sleutel\":\"vernietigd\""), 200);
    rig_close(&rig);
}

static void what_cannot_be_recorded_is_not_destroyed(void **state)
{
    (void)state;
    struct rig rig;
    open_with(&rig, AREA_TEAM);
    go_past_the_term(&rig);
    rig_disk_full(&rig, true);
    assert_int_equal(status_of(&rig, retention_destroy, "{\"proef\":false}", "opslag"), 503);
    assert_true(key_there(&rig));
    assert_int_equal(state_of(&rig), AUDIT_KEY_PRESENT);
    rig_disk_full(&rig, false);
    assert_int_equal(status_of(&rig, retention_destroy, "{\"proef\":false}", "2026-01"), 200);
    assert_false(key_there(&rig));
    rig_close(&rig);
}

/* Something stands where the next generation of keys would be drafted. */
static void block_keys(struct rig *rig, bool blocked)
{
    char path[PATH_ROOM];
    for (int i = 1; i < 9; i++) {
        (void)snprintf(path, sizeof path, "%s/logsleutels-%08d.key.nieuw", rig->world.keys, i);
        assert_int_equal(blocked ? mkdir(path, 0700) : rmdir(path), 0);
    }
}

static void what_the_key_folder_refuses_is_said_and_done_later(void **state)
{
    (void)state;
    struct rig rig;
    open_with(&rig, AREA_TEAM);
    go_past_the_term(&rig);
    write_record(&rig, 0, ""); /* the key of this month is there, before the folder takes nothing */
    block_keys(&rig, true);
    assert_int_equal(status_of(&rig, retention_destroy, "{\"proef\":false}", "bestand"), 500);
    assert_int_equal(state_of(&rig), AUDIT_KEY_DESTROYED);
    assert_int_equal(audit_findings(rig.api.audit).unfinished, 1);
    retention_look(&rig.api);
    assert_true(key_there(&rig));
    assert_true(rig.api.retention_at - now == RETENTION_RETRY_MS);
    block_keys(&rig, false);
    now += RETENTION_RETRY_MS;
    retention_look(&rig.api);
    rig_run(&rig);
    assert_false(key_there(&rig));
    assert_int_equal(audit_findings(rig.api.audit).unfinished, 0);
    rig_close(&rig);
}

static void the_node_does_it_by_itself_once_a_day(void **state)
{
    (void)state;
    struct rig rig;
    open_with(&rig, AREA_TEAM);
    write_record(&rig, 1, "");
    retention_look(&rig.api);
    rig_run(&rig);
    assert_true(key_there(&rig));
    now = JANUARY + 1900 * DAY;
    retention_look(&rig.api);
    rig_run(&rig);
    assert_false(key_there(&rig));
    assert_string_equal(rig_last(&rig).user, NODE_ACCOUNT_NAME);
    const uint64_t after = rig_leaves(&rig);
    assert_int_equal(rig.api.retention_at, now + RETENTION_CHECK_MS);
    retention_look(&rig.api);
    rig_run(&rig);
    assert_int_equal(rig_leaves(&rig), after);
    now -= 2 * DAY; /* put back: not waited for */
    retention_look(&rig.api);
    assert_int_equal(rig.api.retention_at, now + RETENTION_CHECK_MS);
    rig_close(&rig);
}

/* Keys in the form of before, taken over together: so many one by one would be so many times a synced file. */
static void make_keys(struct rig *rig, uint32_t month)
{
    char path[PATH_ROOM];
    for (unsigned class = 0; class < AUDIT_CLASSES; class ++) {
        (void)snprintf(path, sizeof path, "%s/log-%06u-%u.key", rig->world.keys, (unsigned)month, class);
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        assert_int_equal(fprintf(file, "%032u", (unsigned)month * 10 + class), 32);
        assert_int_equal(fclose(file), 0);
        assert_int_equal(chmod(path, 0600), 0);
    }
}

static void as_many_keys_at_once_as_fit_and_the_rest_after_it(void **state)
{
    (void)state;
    static const uint16_t terms[AUDIT_CLASSES] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    enum { MONTHS = RETENTION_DESTROY_MAX / AUDIT_CLASSES, MONTH_DAYS = 31 };
    struct rig rig;
    struct error err;
    open_with(&rig, AREA_TEAM);
    for (int month = 0; month <= MONTHS; month++) {
        const struct date day = moment_date(now + month * MONTH_DAYS * DAY);
        make_keys(&rig, (uint32_t)day.year * 100U + day.month);
    }
    assert_int_equal(keyring_settle(rig.world.keyring, &err), RESULT_OK);
    audit_set_terms(rig.api.audit, terms);
    for (int month = 0; month <= MONTHS; month++, now += MONTH_DAYS * DAY) {
        for (uint8_t class = 0; class < AUDIT_CLASSES; class ++) {
            write_record(&rig, class, "");
        }
    }
    now += 2 * MONTH_DAYS * DAY;
    struct audit_findings found = audit_findings(rig.api.audit);
    assert_int_equal(found.over, RETENTION_DESTROY_MAX + AUDIT_CLASSES);
    retention_look(&rig.api);
    rig_run(&rig);
    found = audit_findings(rig.api.audit);
    assert_int_equal(found.destroyed, RETENTION_DESTROY_MAX);
    assert_int_equal(rig.api.retention_at - now, RETENTION_RETRY_MS);
    now += RETENTION_RETRY_MS;
    retention_look(&rig.api);
    rig_run(&rig);
    found = audit_findings(rig.api.audit);
    assert_int_equal(found.over, 0);
    assert_int_equal(found.destroyed, RETENTION_DESTROY_MAX + AUDIT_CLASSES);
    assert_int_equal(found.unfinished, 0);
    rig_close(&rig);
}

/* ---- holds ---- */

#define HOLD "{\"regel\":%d,\"reden\":\"een procedure bij de rechter\"}"

static int hold(struct rig *rig, http_handler *handler, int number, const char *words)
{
    char body[128];
    (void)snprintf(body, sizeof body, HOLD, number);
    return status_of(rig, handler, body, words);
}

static void a_hold_is_placed_listed_and_lifted(void **state)
{
    (void)state;
    struct rig rig;
    struct seal_hold found;
    open_with(&rig, AREA_TEAM);
    write_record(&rig, 1, "de reden"); /* 1, behind the record of its key */
    assert_int_equal(hold(&rig, holds_add, 1, "\"vastgehouden\":true"), 201);
    assert_int_equal(rig_last(&rig).operation, RECORD_HELD);
    assert_int_equal(hold(&rig, holds_add, 1, "al vastgehouden"), 409);
    assert_int_equal(hold(&rig, holds_add, 4711, "is er niet"), 404);
    assert_int_equal(status_of(&rig, holds_list, "", "\"regel\":1,\"maand\":\"2026-01\",\"bewaarklasse\":1"), 200);
    assert_int_equal(status_of(&rig, retention_list, "", "\"vastgehouden\":1"), 200);
    now = JANUARY + 1900 * DAY;
    assert_int_equal(status_of(&rig, retention_destroy, "{\"proef\":false}", "2026-01"), 200);
    assert_int_equal(rig_record(&rig, 1).operation, RECORD_ASKED); /* it still opens */
    assert_int_equal(hold(&rig, holds_lift, 1, "\"vastgehouden\":false"), 200);
    assert_int_equal(rig_last(&rig).operation, RECORD_HOLD_LIFTED);
    assert_int_equal(seal_holds(rig.world.keyring, &found, 1), 0);
    assert_int_equal(hold(&rig, holds_lift, 1, "niet vastgehouden"), 404);
    assert_int_equal(hold(&rig, holds_add, 1, "is er niet meer"), 409);
    rig_close(&rig);
}

static void a_hold_says_why(void **state)
{
    (void)state;
    static const char *const bodies[] = {"{\"regel\":1}", "{\"regel\":1,\"reden\":\"kort\"}",
                                         "{\"regel\":-1,\"reden\":\"lang genoeg\"}"};
    struct rig rig;
    open_with(&rig, AREA_TEAM);
    write_record(&rig, 1, "");
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        assert_int_equal(status_of(&rig, holds_add, bodies[i], "/re"), 400);
        assert_int_equal(status_of(&rig, holds_lift, bodies[i], "/re"), 400);
    }
    rig_close(&rig);
}

static void a_hold_that_cannot_be_recorded_is_none(void **state)
{
    (void)state;
    struct rig rig;
    struct error err;
    struct seal_hold found;
    open_with(&rig, AREA_TEAM);
    write_record(&rig, 1, "");
    write_record(&rig, 0, "");
    rig_disk_full(&rig, true);
    assert_int_equal(hold(&rig, holds_add, 1, "opslag"), 503);
    rig_disk_full(&rig, false);
    assert_int_equal(audit_settle(rig.api.audit, &err), RESULT_OK);
    assert_int_equal(seal_holds(rig.world.keyring, &found, 1), 0);
    assert_int_equal(hold(&rig, holds_add, 1, "true"), 201);
    rig_disk_full(&rig, true);
    assert_int_equal(hold(&rig, holds_lift, 1, "opslag"), 503);
    rig_disk_full(&rig, false);
    assert_int_equal(seal_holds(rig.world.keyring, &found, 1), 1);
    const struct audit_findings f = audit_findings(rig.api.audit);
    assert_int_equal(f.holds_missing + f.holds_unrecorded, 0);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_counts_all_records_in_pages),
        cmocka_unit_test(too_early_is_refused_with_the_date_and_recorded),
        cmocka_unit_test(what_is_asked_wrongly_is_refused),
        cmocka_unit_test(a_destruction_is_durable_before_its_answer),
        cmocka_unit_test(what_cannot_be_recorded_is_not_destroyed),
        cmocka_unit_test(what_the_key_folder_refuses_is_said_and_done_later),
        cmocka_unit_test(the_node_does_it_by_itself_once_a_day),
        cmocka_unit_test(as_many_keys_at_once_as_fit_and_the_rest_after_it),
        cmocka_unit_test(a_hold_is_placed_listed_and_lifted),
        cmocka_unit_test(a_hold_says_why),
        cmocka_unit_test(a_hold_that_cannot_be_recorded_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
