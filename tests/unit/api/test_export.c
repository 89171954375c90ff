/* An export: recorded before its first byte, bounded, and broken off where it cannot be proven. */
#include "unit/api/log_rig.h"

#include "api/export.h"
#include "api/export_parts.h"
#include "audit/retention.h"

#define OFFICER "Bearer kb-privacy"
#define UNKNOWN "999000068"

enum { DAY_MS = 86400000 };

static int64_t moved_now(void *ctx)
{
    const struct rig *rig = ctx;
    return 1767225600000 + rig->moved_ms; /* 1 January 2026 */
}

static void open_all(struct rig *rig)
{
    rig_open(rig, DEBT_HELP);
    rig->world.clock = (struct clock){moved_now, rig};
    rig_user(rig, "privacy", 1U << ROLE_PRIVACY_OFFICER, false, OFFICER);
}

static void write_records(struct rig *rig, size_t count, enum record_operation operation, uint8_t class)
{
    struct error err;
    struct store_batch *batch = store_batch_new(rig->world.door);
    for (size_t i = 0; i < count; i++) {
        struct record r = {.operation = operation, .outcome = OUTCOME_DONE, .age = 255, .class = {.class = class}};
        assert_true(bsn_parse(slice_text(UNKNOWN), &r.bsn));
        (void)snprintf(r.user, sizeof r.user, "a.bakker");
        assert_int_equal(audit_append(rig->api.audit, batch, &r, slice_text("een reden"), &err), RESULT_OK);
    }
    assert_int_equal(world_commit(&rig->world, batch), FAULT_NONE);
}

/* Of all that is in the log now; `cosigners` witnesses sign it, and others do not. */
static void checkpoint(struct rig *rig, size_t cosigners)
{
    const size_t first = rig->peers.count;
    rig->moved_ms += 2 * CHECKPOINT_MS;
    checkpoints_tick(rig->api.checkpoints);
    rig_run(rig);
    for (size_t ask = first; ask < rig->peers.count; ask++) {
        struct witness_request request;
        struct face face;
        struct buf line;
        const struct buf *body = &rig->peers.asks[ask].body;
        if (strcmp(rig->peers.asks[ask].path, "/v1/getuige/add-checkpoint") != 0) {
            rig_reply(rig, ask, 0, ""); /* gossip, that nobody answers */
            continue;
        }
        assert_int_equal(witness_request_parse(slice_of(body->ptr, body->len - 1), &request, NULL), RESULT_OK);
        face_open(&face, rig->peers.asks[ask].partner.digits, NO_FORK);
        buf_init(&line, NOTE_BYTES_MAX);
        assert_int_equal(
            note_sign(&face.witness, request.note.text, (uint64_t)(clock_now(rig->api.clock) / 1000), &line, NULL),
            RESULT_OK);
        buf_byte(&line, '\0');
        rig_reply(rig, ask, ask - first < cosigners ? 200 : 500, (const char *)line.ptr);
        buf_free(&line);
        face_close(&face);
    }
    rig_run(rig);
}

static struct http_request export_log(struct rig *rig, const char *body)
{
    struct http_request request = rig_request(rig, body);
    request.authorization = OFFICER;
    rig_handle(log_export, &request);
    buf_byte(&request.answer, '\0');
    return request;
}

static size_t rows(const struct http_request *request)
{
    size_t count = 0;
    for (size_t at = 0; at + 14 <= request->answer.len; at++) {
        count += memcmp(request->answer.ptr + at, "{\"volgnummer\":", 14) == 0;
    }
    return count;
}

static size_t exported(struct rig *rig, const char *body)
{
    struct http_request request = export_log(rig, body);
    assert_int_equal(request.status, 200);
    assert_false(request.broken);
    const size_t count = rows(&request);
    rig_forget(&request);
    return count;
}

static void nothing_leaves_before_it_is_recorded(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    write_records(&rig, 3, RECORD_READ, 0);
    checkpoint(&rig, 4);
    const uint64_t size = rig_leaves(&rig);
    struct http_request request = export_log(&rig, "{\"vorm\":\"json\",\"bewijs\":false}");
    assert_int_equal(request.status, 200);
    assert_int_equal(request.leaves, size + 1);
    assert_int_equal(rows(&request), size);
    struct buf text;
    struct record record;
    buf_init(&text, 4096);
    struct rig_reading reading = {&rig, &record, &text, NULL};
    store_log_read(rig.world.door, size, 1, rig_take_leaf, &reading);
    assert_int_equal(record.operation, RECORD_EXPORTED);
    assert_int_equal(record.entries, size);
    assert_string_equal(record.user, "privacy");
    buf_byte(&text, '\0');
    assert_non_null(strstr((const char *)text.ptr, "als json, hoogstens 4 regels, zonder bewijs"));
    buf_free(&text);
    rig_forget(&request);
    rig_disk_full(&rig, true);
    request = export_log(&rig, "{\"vorm\":\"json\"}");
    assert_int_equal(request.status, 503);
    assert_int_equal(rows(&request), 0);
    rig_forget(&request);
    rig_close(&rig);
}

static void only_what_enough_witnesses_saw_is_given(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    write_records(&rig, 3, RECORD_READ, 0);
    struct http_request request = export_log(&rig, "{\"vorm\":\"json\"}");
    assert_int_equal(request.status, 409); /* there is no checkpoint */
    rig_forget(&request);
    checkpoint(&rig, 2);
    request = export_log(&rig, "{\"vorm\":\"json\"}");
    assert_int_equal(request.status, 409); /* of four, two are not more than half */
    rig_forget(&request);
    checkpoint(&rig, 3);
    const uint64_t proven = rig_leaves(&rig);
    write_records(&rig, 5, RECORD_READ, 0);
    assert_int_equal(exported(&rig, "{\"vorm\":\"json\",\"bewijs\":false}"), proven);
    char body[80];
    (void)snprintf(body, sizeof body, "{\"vorm\":\"json\",\"totOmvang\":%d}", (int)proven + 1);
    request = export_log(&rig, body);
    assert_int_equal(request.status, 400);
    rig_forget(&request);
    assert_int_equal(exported(&rig, "{\"vorm\":\"json\",\"totOmvang\":2,\"bewijs\":false}"), 2);
    rig_close(&rig);
}

static void destroy(struct rig *rig, struct seal_class class)
{
    struct error err;
    struct record destroyed = {.age = 255};
    struct store_batch *batch = store_batch_new(rig->world.door);
    assert_int_equal(audit_append_destroyed(rig->api.audit, batch, &destroyed, class, &err), RESULT_OK);
    assert_int_equal(world_commit(&rig->world, batch), FAULT_NONE);
    assert_int_equal(seal_class_destroy(rig->api.keyring, &class, 1, &err), RESULT_OK);
}

static void a_period_is_exact_also_when_the_clock_ran_back(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    for (int day = 0; day < 10; day++) {
        rig.moved_ms = day * (int64_t)DAY_MS;
        write_records(&rig, 20, RECORD_READ, 2);
        rig.moved_ms -= CLOCK_BACK_MAX_MS - 1; /* as far back as a clock may be: for the first, into the day before */
        write_records(&rig, 20, RECORD_READ, 2);
    }
    checkpoint(&rig, 4);
    const char *const third = "{\"vorm\":\"json\",\"bewijs\":false,\"van\":\"2026-01-03\",\"tot\":\"2026-01-03\"}";
    assert_int_equal(exported(&rig, third), 40); /* twenty of its own, and the next day's twenty that are early */
    assert_int_equal(exported(&rig, "{\"vorm\":\"json\",\"bewijs\":false,\"tot\":\"2025-12-31\"}"),
                     21); /* and a key's */
    assert_int_equal(exported(&rig, "{\"vorm\":\"json\",\"bewijs\":false,\"van\":\"2027-01-01\"}"), 0);
    rig.moved_ms = 30 * (int64_t)DAY_MS; /* a clock that was wrong for a while, and was put right */
    write_records(&rig, 1, RECORD_READ, 2);
    rig.moved_ms = 12 * (int64_t)DAY_MS;
    write_records(&rig, 1, RECORD_CLOCK_RESET, 0);
    rig.moved_ms = 2 * (int64_t)DAY_MS + 1000;
    write_records(&rig, 7, RECORD_READ, 2);
    rig.moved_ms = 40 * (int64_t)DAY_MS;
    checkpoint(&rig, 4);
    assert_int_equal(exported(&rig, third), 47);
    destroy(&rig, (struct seal_class){202601, 0}); /* nobody can know any more that it was set back */
    checkpoint(&rig, 4);
    assert_int_equal(exported(&rig, third), 47);
    rig_close(&rig);
}

static void filters_find_what_answers_to_all_of_them(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    write_records(&rig, 100, RECORD_READ, 2); /* more than a group */
    write_records(&rig, 7, RECORD_SET_OPENED, 2);
    indexing_tick(rig.api.indexing);
    rig_run(&rig);
    write_records(&rig, 30, RECORD_READ, 2); /* which the index does not have yet */
    checkpoint(&rig, 4);
    assert_int_equal(exported(&rig, "{\"vorm\":\"json\",\"bewijs\":false,\"gebruiker\":\"a.bakker\"}"), 137);
    assert_int_equal(exported(&rig, "{\"vorm\":\"json\",\"bewijs\":false,\"bsn\":\"" UNKNOWN "\"}"), 137);
    assert_int_equal(exported(&rig, "{\"vorm\":\"json\",\"bewijs\":false,\"handeling\":\"opzoekset-geopend\"}"), 7);
    assert_int_equal(
        exported(&rig, "{\"vorm\":\"json\",\"bewijs\":false,\"gebruiker\":\"a.bakker\",\"uitkomst\":\"verstrekt\"}"),
        0);
    assert_int_equal(exported(&rig, "{\"vorm\":\"json\",\"bewijs\":false,\"gebruiker\":\"niemand\"}"), 0);
    /* What cannot be found by itself is found beside something else. */
    assert_int_equal(exported(&rig, "{\"vorm\":\"json\",\"bewijs\":false,\"bsn\":\"" UNKNOWN
                                    "\",\"handeling\":\"gegevens-ingezien\"}"),
                     130);
    const struct record last = rig_last(&rig);
    assert_int_equal(last.entries, EXPORT_RECORDS_MAX);
    rig_close(&rig);
}

/* A record is only given out with a path that was found to hold: through whole subtrees, and behind the last of them. */
static void each_record_of_a_longer_log_is_proven(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    write_records(&rig, 500, RECORD_READ, 2);
    write_records(&rig, 100, RECORD_SET_OPENED, 2);
    indexing_tick(rig.api.indexing);
    rig_run(&rig);
    checkpoint(&rig, 4);
    const uint64_t size = rig_leaves(&rig);
    assert_int_equal(exported(&rig, "{\"vorm\":\"json\"}"), 2 * size); /* a row and a proof each */
    assert_int_equal(exported(&rig, "{\"vorm\":\"json\",\"handeling\":\"opzoekset-geopend\"}"), 200);
    rig_close(&rig);
}

static void what_ended_is_given_as_what_is_left_of_it(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    write_records(&rig, 3, RECORD_READ, 2);
    destroy(&rig, (struct seal_class){202601, 2});
    checkpoint(&rig, 4);
    struct http_request request =
        export_log(&rig, "{\"vorm\":\"json\",\"sleutels\":true,\"reden\":\"op verzoek van de rechter\"}");
    assert_int_equal(request.status, 200);
    assert_true(rig_says(&request, "\"stand\":\"sleutel-vernietigd\""));
    assert_false(rig_says(&request, "een reden"));
    assert_false(rig_says(&request, UNKNOWN));
    rig_forget(&request);
    rig_close(&rig);
}

static void numbers_leave_with_keys_alone(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    write_records(&rig, 2, RECORD_READ, 2);
    checkpoint(&rig, 4);
    struct http_request request = export_log(&rig, "{\"vorm\":\"json\"}");
    assert_int_equal(request.status, 200);
    assert_true(request.answer.len > 4000 && memchr(request.answer.ptr, '\0', request.answer.len - 1) == NULL);
    assert_false(rig_says(&request, UNKNOWN));
    assert_false(rig_says(&request, "\"sleutel\":\"0") || rig_says(&request, "\"sleutels\":true"));
    assert_true(rig_says(&request, "\"betrokkene\":\"p-"));
    rig_forget(&request);
    request = export_log(&rig, "{\"vorm\":\"json\",\"sleutels\":true,\"reden\":\"op verzoek van de rechter\"}");
    assert_true(rig_says(&request, UNKNOWN));
    rig_forget(&request);
    request = export_log(&rig, "{\"vorm\":\"json\",\"sleutels\":true}");
    assert_int_equal(request.status, 400);
    rig_forget(&request);
    request = export_log(&rig, "{\"vorm\":\"json\",\"sleutels\":true,\"bewijs\":false,\"reden\":\"op verzoek van\"}");
    assert_int_equal(request.status, 400);
    rig_forget(&request);
    rig_close(&rig);
}

/* A leaf that somebody changed on disk is not given out as if it were proven: the answer is reset. */
static void what_cannot_be_proven_breaks_it_off(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    write_records(&rig, 40, RECORD_READ, 2);
    checkpoint(&rig, 4);
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(rig.world.database, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "UPDATE leaf SET leaf = zeroblob(512) WHERE seq = 30", NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    struct http_request request = export_log(&rig, "{\"vorm\":\"json\"}");
    assert_int_equal(request.status, 200);
    assert_true(request.broken);
    assert_false(rig_says(&request, "ondertekening.txt"));
    rig_forget(&request);
    rig_close(&rig);
}

/* Who is blocked while his export goes on, gets no record more. */
static void who_is_blocked_meanwhile_gets_no_more(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    rig_user(&rig, "weg", 1U << ROLE_PRIVACY_OFFICER, true, "Bearer kb-weg");
    rig_user(&rig, "ander", 1U << ROLE_DPO, false, "Bearer kb-ander");
    write_records(&rig, 100, RECORD_READ, 0);
    checkpoint(&rig, 4);
    static const char *const callers[] = {"weg", "ander", "nergens"};
    static const char *const bodies[] = {"{\"vorm\":\"csv\"}", "{\"vorm\":\"json\",\"gebruiker\":\"a.bakker\"}"};
    for (size_t i = 0; i < COUNT_OF(callers) * COUNT_OF(bodies); i++) {
        struct http_request request = rig_request(&rig, bodies[i % COUNT_OF(bodies)]);
        request.authorization = OFFICER;
        log_export(&request, &rig.api);
        struct call *call = request.gone_ctx; /* admitted; the record of it is on its way */
        assert_string_equal(call->caller.name, "privacy");
        (void)snprintf(call->caller.name, sizeof call->caller.name, "%s", callers[i / COUNT_OF(bodies)]);
        rig_run(&rig);
        assert_int_equal(request.status, 200);
        assert_true(request.broken);
        buf_byte(&request.answer, '\0');
        assert_null(strstr((const char *)request.answer.ptr, "gegevens-ingezien"));
        assert_int_equal(rows(&request), 0);
        rig_forget(&request);
    }
    rig_close(&rig);
}

static void more_than_a_million_are_refused(void **state)
{
    (void)state;
    struct fault_list faults = {0};
    assert_true(export_fits(EXPORT_RECORDS_MAX, &faults));
    assert_int_equal(faults.count, 0);
    assert_false(export_fits(EXPORT_RECORDS_MAX + 1, &faults));
    assert_non_null(strstr(faults.items[0].what, "1000001"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_leaves_before_it_is_recorded),
        cmocka_unit_test(only_what_enough_witnesses_saw_is_given),
        cmocka_unit_test(a_period_is_exact_also_when_the_clock_ran_back),
        cmocka_unit_test(filters_find_what_answers_to_all_of_them),
        cmocka_unit_test(each_record_of_a_longer_log_is_proven),
        cmocka_unit_test(what_ended_is_given_as_what_is_left_of_it),
        cmocka_unit_test(numbers_leave_with_keys_alone),
        cmocka_unit_test(what_cannot_be_proven_breaks_it_off),
        cmocka_unit_test(who_is_blocked_meanwhile_gets_no_more),
        cmocka_unit_test(more_than_a_million_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
