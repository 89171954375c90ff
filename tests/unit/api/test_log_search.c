/* The search index follows the log, survives what a commit does not, and what is found is what the records say. */
#include "unit/api/sharing_fake.h"

#include "api/consult_answer.h"
#include "api/log_search.h"
#include "audit/fields.h"
#include "audit/index.h"
#include "audit/retention.h"
#include "policy/decide.h"

#define TOKEN   "Bearer kb-fg"
#define KNOWN   "999000007"
#define UNKNOWN "999000068"

static void open_all(struct rig *rig)
{
    static struct sharing sharing;
    rig_open(rig, DEBT_HELP);
    fake_sharing_use(rig, &sharing);
    rig_user(rig, "fg", 1U << ROLE_DPO, false, TOKEN);
}

static void follow(struct rig *rig)
{
    indexing_tick(rig->api.indexing);
    rig_run(rig);
}

/* `count` records about the same person, by the same user. */
static void write_records(struct rig *rig, size_t count, const char *user, const char *purpose)
{
    struct error err;
    while (count != 0) {
        struct store_batch *batch = store_batch_new(rig->world.door);
        for (size_t i = 0; i < 500 && count != 0; i++, count--) {
            struct record r = {.operation = RECORD_READ, .outcome = OUTCOME_DONE, .age = 255};
            assert_true(bsn_parse(slice_text(UNKNOWN), &r.bsn));
            (void)snprintf(r.user, sizeof r.user, "%s", user);
            (void)snprintf(r.purpose, sizeof r.purpose, "%s", purpose);
            assert_int_equal(audit_append(rig->api.audit, batch, &r, slice_of(NULL, 0), &err), RESULT_OK);
        }
        assert_int_equal(world_commit(&rig->world, batch), FAULT_NONE);
    }
}

static struct json *search(struct rig *rig, const char *body, int status)
{
    struct error err;
    struct json *answer = NULL;
    struct http_request request = rig_request(rig, body);
    request.authorization = TOKEN;
    const uint64_t before = rig_leaves(rig);
    rig_handle(log_search, &request);
    assert_int_equal(request.status, status);
    assert_true(request.leaves > before); /* the search is a record itself, durable before its answer */
    assert_int_equal(json_parse(slice_text((const char *)request.answer.ptr), &answer, &err), RESULT_OK);
    rig_forget(&request);
    return answer;
}

static size_t found(struct rig *rig, const char *body)
{
    struct json *answer = search(rig, body, 200);
    const size_t count = json_size(json_member(answer, "regels"));
    json_free(answer);
    return count;
}

static void refused(struct rig *rig, const char *body)
{
    json_free(search(rig, body, 400));
}

static void what_is_behind_the_watermark_is_not_found_and_that_is_said(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    write_records(&rig, 3, "a.bakker", "hulpafstemming");
    struct json *answer = search(&rig, "{\"bsn\":\"" UNKNOWN "\"}", 200);
    assert_int_equal(json_size(json_member(answer, "regels")), 0);
    assert_int_equal(json_int(json_member(answer, "doorzoekbaar")), 0);
    assert_int_equal(json_int(json_member(answer, "omvang")), 4); /* and the key's */
    json_free(answer);
    follow(&rig);
    const uint64_t size = rig_leaves(&rig);
    assert_int_equal(indexing_watermark(rig.api.indexing), size);
    answer = search(&rig, "{\"bsn\":\"" UNKNOWN "\"}", 200);
    assert_int_equal(json_size(json_member(answer, "regels")), 4); /* the search about this person is one too */
    assert_int_equal(json_int(json_member(answer, "doorzoekbaar")), (int64_t)size);
    assert_null(json_member(answer, "verder"));
    json_free(answer);
    const struct record last = rig_last(&rig);
    assert_int_equal(last.operation, RECORD_LOG_READ);
    assert_memory_equal(bsn_digits(&last.bsn).ptr, UNKNOWN, BSN_DIGITS);
    assert_string_equal(last.role, "fg");
    rig_close(&rig);
}

static void each_value_finds_its_records_and_all_must_hold(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    write_records(&rig, 3, "a.bakker", "hulpafstemming");
    write_records(&rig, 2, "b.visser", "hulpafstemming");
    follow(&rig);
    assert_int_equal(found(&rig, "{\"gebruiker\":\"a.bakker\"}"), 3);
    assert_int_equal(found(&rig, "{\"gebruiker\":\"a.bakke\"}"), 0);
    assert_int_equal(found(&rig, "{\"gebruiker\":\"b.visser\",\"bsn\":\"" UNKNOWN "\"}"), 2);
    assert_int_equal(found(&rig, "{\"gebruiker\":\"b.visser\",\"bsn\":\"" KNOWN "\"}"), 0);
    assert_int_equal(found(&rig, "{\"gebruiker\":\"b.visser\",\"doel\":\"fraude\"}"), 0);
    const struct date today = moment_date(clock_now(rig.api.clock));
    char body[200];
    (void)snprintf(body, sizeof body, "{\"doel\":\"hulpafstemming\",\"van\":\"%s\",\"tot\":\"%s\"}",
                   date_text(&today).text, date_text(&today).text);
    assert_int_equal(found(&rig, body), 5);
    assert_int_equal(found(&rig, "{\"doel\":\"hulpafstemming\",\"van\":\"2019-01-01\",\"tot\":\"2019-12-31\"}"), 0);
    assert_int_equal(found(&rig, "{\"gebruiker\":\"a.bakker\",\"tot\":\"2019-12-31\"}"), 0);
    rig_close(&rig);
}

/* What an officer looks through has no other value: it is found by what was done, alone or with more. */
static void some_records_are_found_by_what_was_done(void **state)
{
    (void)state;
    struct rig rig;
    struct error err;
    open_all(&rig);
    write_records(&rig, 3, "a.bakker", "hulpafstemming");
    static const enum record_operation operations[] = {RECORD_MATCH_FINDING, RECORD_SET_REFUSED, RECORD_MATCH_FINDING};
    struct store_batch *batch = store_batch_new(rig.world.door);
    for (size_t i = 0; i < COUNT_OF(operations); i++) {
        struct record r = {.operation = operations[i], .outcome = OUTCOME_DONE, .age = 255};
        assert_true(oin_parse(slice_text(i == 0 ? AREA_TEAM : DEBT_HELP), &r.peer));
        assert_int_equal(audit_append(rig.api.audit, batch, &r, slice_text("wat opviel"), &err), RESULT_OK);
    }
    assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
    follow(&rig);
    assert_int_equal(found(&rig, "{\"handeling\":\"koppeling-opvallend\"}"), 2);
    assert_int_equal(found(&rig, "{\"handeling\":\"opzoekset-geweigerd\"}"), 1);
    assert_int_equal(found(&rig, "{\"handeling\":\"opzoekset-geopend\"}"), 0);
    assert_int_equal(found(&rig, "{\"handeling\":\"koppeling-opvallend\",\"ketenpartner\":\"" AREA_TEAM "\"}"), 1);
    refused(&rig, "{\"handeling\":\"gegevens-ingezien\"}");
    refused(&rig, "{\"handeling\":\"\"}");
    rig_close(&rig);
}

static void a_search_keeps_its_bounds(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    refused(&rig, "{}");
    refused(&rig, "{\"aantal\":5}");
    refused(&rig, "{\"doel\":\"hulpafstemming\"}");
    refused(&rig, "{\"doel\":\"hulpafstemming\",\"van\":\"2026-01-01\"}");
    refused(&rig, "{\"ketenpartner\":\"" AREA_TEAM "\",\"van\":\"2025-01-01\",\"tot\":\"2026-01-02\"}"); /* 367 days */
    json_free(search(&rig, "{\"ketenpartner\":\"" AREA_TEAM "\",\"van\":\"2025-01-01\",\"tot\":\"2026-01-01\"}", 200));
    refused(&rig, "{\"gebruiker\":\"a\",\"aantal\":101}");
    refused(&rig, "{\"gebruiker\":\"a\",\"aantal\":0}");
    refused(&rig, "{\"gebruiker\":\"a\",\"van\":\"2026-02-30\"}");
    refused(&rig, "{\"gebruiker\":\"a\",\"van\":\"2026-02-02\",\"tot\":\"2026-02-01\"}");
    refused(&rig, "{\"bsn\":\"123456789\"}");
    refused(&rig, "{\"bsn\":\"" KNOWN "\",\"betrokkene\":\"000102030405060708090a0b0c0d0e0f\"}");
    refused(&rig, "{\"verzoek\":\"zzzz02030405060708090a0b0c0d0e0f\"}");
    refused(&rig, "{\"meer\":1}");
    rig_close(&rig);
}

/* What came of it is sealed, so it finds nothing by itself; all that is done can be asked for beside something else. */
static void outcome_operation_and_consult_narrow_a_search(void **state)
{
    (void)state;
    struct rig rig;
    struct error err;
    open_all(&rig);
    static const enum record_outcome outcomes[] = {OUTCOME_DONE, OUTCOME_REFUSED, OUTCOME_REFUSED};
    struct store_batch *batch = store_batch_new(rig.world.door);
    for (size_t i = 0; i < COUNT_OF(outcomes); i++) {
        struct record r = {.operation = i == 2 ? RECORD_REFUSED : RECORD_READ,
                           .outcome = outcomes[i],
                           .age = 255,
                           .user = "a.bakker",
                           .consult = {{i == 0 ? 1 : 2}}};
        assert_int_equal(audit_append(rig.api.audit, batch, &r, slice_of(NULL, 0), &err), RESULT_OK);
    }
    assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
    follow(&rig);
    assert_int_equal(found(&rig, "{\"gebruiker\":\"a.bakker\",\"uitkomst\":\"geweigerd\"}"), 2);
    assert_int_equal(found(&rig, "{\"gebruiker\":\"a.bakker\",\"handeling\":\"gegevens-ingezien\"}"), 2);
    assert_int_equal(
        found(&rig, "{\"gebruiker\":\"a.bakker\",\"handeling\":\"geweigerd\",\"uitkomst\":\"uitgevoerd\"}"), 0);
    assert_int_equal(found(&rig, "{\"raadpleging\":\"01000000000000000000000000000000\"}"), 1);
    assert_int_equal(found(&rig, "{\"raadpleging\":\"02000000000000000000000000000000\"}"), 2);
    refused(&rig, "{\"raadpleging\":\"02\"}");
    rig_close(&rig);
}

/* Somebody who asks for too much is told what else to name, and which words there are. */
static void what_would_read_the_whole_log_says_so(void **state)
{
    (void)state;
    static const struct {
        const char *body, *where, *what;
    } cases[] = {
        {"{}", "", "dit zou het hele logboek lezen"},
        {"{\"uitkomst\":\"geweigerd\"}", "", "audit list bladert"},
        {"{\"van\":\"2026-01-01\",\"tot\":\"2026-01-02\"}", "", "dit zou het hele logboek lezen"},
        {"{\"uitkomst\":\"mislukt\",\"gebruiker\":\"a\"}", "/uitkomst",
         "kies uit gevraagd, verstrekt, ingehouden, niet-bekend, geweigerd, betrokkenheid-ontvangen, "
         "geen-betrokkenheid-ontvangen, geen-antwoord, uitgevoerd"},
        {"{\"handeling\":\"gegevens-ingezien\"}", "/handeling", "opzoekset-geopend"},
        {"{\"handeling\":\"gluren\",\"gebruiker\":\"a\"}", "/handeling", "opzoekset-geopend"},
        {"{\"doel\":\"hulpafstemming\",\"uitkomst\":\"geweigerd\"}", "/van", "noem ook van en tot"},
    };
    struct rig rig;
    open_all(&rig);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct json *answer = search(&rig, cases[i].body, 400);
        const struct json *fault = json_first(json_member(answer, "fouten"));
        assert_string_equal(json_cstr(json_member(fault, "plaats")), cases[i].where);
        assert_non_null(strstr(json_cstr(json_member(fault, "melding")), cases[i].what));
        json_free(answer);
    }
    rig_close(&rig);
}

/* From page to page, each record once, the newest first. */
static size_t all_pages(struct rig *rig, const char *terms, size_t *pages)
{
    char body[256];
    int64_t before = INT64_MAX;
    size_t count = 0;
    for (*pages = 1;; (*pages)++) {
        (void)snprintf(body, sizeof body, "{%s}", terms);
        if (before != INT64_MAX) {
            (void)snprintf(body, sizeof body, "{%s,\"voor\":%lld}", terms, (long long)before);
        }
        struct json *answer = search(rig, body, 200);
        const struct json *row = json_first(json_member(answer, "regels"));
        assert_true(json_size(json_member(answer, "regels")) <= LOG_SEARCH_PAGE);
        for (; row != NULL; row = json_next(row), count++) {
            assert_true(json_int(json_member(row, "volgnummer")) < before);
            before = json_int(json_member(row, "volgnummer"));
        }
        const struct json *more = json_member(answer, "verder");
        before = json_int(more);
        const bool last = more == NULL;
        json_free(answer);
        if (last) {
            return count;
        }
    }
}

static void pages_give_each_record_once(void **state)
{
    (void)state;
    struct rig rig;
    size_t pages = 0;
    open_all(&rig);
    write_records(&rig, LOG_SEARCH_LOOKED + 150, "a.bakker", "hulpafstemming");
    follow(&rig); /* more than one step: it goes on by itself */
    assert_int_equal(indexing_watermark(rig.api.indexing), rig_leaves(&rig));
    assert_int_equal(all_pages(&rig, "\"gebruiker\":\"a.bakker\"", &pages), LOG_SEARCH_LOOKED + 150);
    /* What opens many records and shows none says where it stopped. */
    assert_int_equal(all_pages(&rig, "\"gebruiker\":\"a.bakker\",\"uitkomst\":\"geweigerd\"", &pages), 0);
    assert_int_equal(pages, 2);
    /* What is not sealed is told without opening. */
    assert_int_equal(all_pages(&rig, "\"gebruiker\":\"a.bakker\",\"doel\":\"fraude\"", &pages), 0);
    assert_int_equal(pages, 1);
    rig_close(&rig);
}

static int64_t entries_in(const struct rig *rig)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_open(rig->world.database, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT count(*) FROM found", -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    const int64_t count = sqlite3_column_int64(statement, 0);
    (void)sqlite3_finalize(statement);
    (void)sqlite3_close(db);
    return count;
}

static void a_failed_commit_and_a_restart_lose_and_repeat_nothing(void **state)
{
    (void)state;
    struct rig rig;
    struct error err;
    open_all(&rig);
    write_records(&rig, 10, "a.bakker", "hulpafstemming");
    rig_disk_full(&rig, true);
    follow(&rig);
    assert_int_equal(indexing_watermark(rig.api.indexing), 0);
    assert_int_equal(entries_in(&rig), 0);
    rig_disk_full(&rig, false);
    follow(&rig);
    assert_int_equal(indexing_watermark(rig.api.indexing), 11);
    const int64_t entries = entries_in(&rig);
    assert_int_equal(entries, 10 * 3); /* number, user, purpose; the key's record has none */
    write_records(&rig, 5, "a.bakker", "hulpafstemming");
    indexing_close(rig.api.indexing);
    assert_int_equal(indexing_open(&rig.api, &rig.api.indexing, &err), RESULT_OK);
    follow(&rig);
    assert_int_equal(indexing_watermark(rig.api.indexing), 16);
    assert_int_equal(entries_in(&rig), entries + 15);
    assert_int_equal(found(&rig, "{\"gebruiker\":\"a.bakker\"}"), 15);
    /* Stopped: no step begins. */
    indexing_stop(rig.api.indexing);
    follow(&rig);
    assert_int_equal(indexing_watermark(rig.api.indexing), 16);
    rig_close(&rig);
}

/* Somebody waits for an answer: a round at every so many ticks, and no more than one. */
static void answers_go_first_but_not_for_ever(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    write_records(&rig, LOG_INDEX_ROUND, "a.bakker", "hulpafstemming");
    rig.api.calls++;
    for (int i = 0; i < LOG_INDEX_PATIENCE; i++) {
        follow(&rig);
        assert_int_equal(indexing_watermark(rig.api.indexing), 0);
    }
    follow(&rig);
    assert_int_equal(indexing_watermark(rig.api.indexing), LOG_INDEX_ROUND);
    follow(&rig);
    assert_int_equal(indexing_watermark(rig.api.indexing), LOG_INDEX_ROUND);
    rig.api.calls--;
    follow(&rig);
    assert_int_equal(indexing_watermark(rig.api.indexing), LOG_INDEX_ROUND + 1);
    /* Nobody waits: more than a round at one tick. */
    write_records(&rig, LOG_INDEX_ROUND + 1, "a.bakker", "hulpafstemming");
    follow(&rig);
    assert_int_equal(indexing_watermark(rig.api.indexing), 2 * LOG_INDEX_ROUND + 2);
    assert_int_equal(entries_in(&rig), 3 * (2 * LOG_INDEX_ROUND + 1)); /* number, user, purpose */
    rig_close(&rig);
}

static void a_round_that_is_stopped_is_gone_on_with_later(void **state)
{
    (void)state;
    struct rig rig;
    struct error err;
    open_all(&rig);
    write_records(&rig, 3 * LOG_INDEX_RECORDS, "a.bakker", "hulpafstemming");
    indexing_tick(rig.api.indexing);
    indexing_stop(rig.api.indexing);
    rig_run(&rig);
    assert_int_equal(indexing_watermark(rig.api.indexing), LOG_INDEX_RECORDS);
    indexing_close(rig.api.indexing);
    assert_int_equal(indexing_open(&rig.api, &rig.api.indexing, &err), RESULT_OK);
    follow(&rig);
    assert_int_equal(indexing_watermark(rig.api.indexing), 3 * LOG_INDEX_RECORDS + 1);
    assert_int_equal(entries_in(&rig), 3 * 3 * LOG_INDEX_RECORDS);
    rig_close(&rig);
}

static void put_left(struct rig *rig, struct seal_class class)
{
    struct store_batch *batch = store_batch_new(rig->world.door);
    const struct store_entry left = {.class = class, .hash = {1}, .sequence = 1};
    store_index_put(batch, &left);
    assert_int_equal(world_commit(&rig->world, batch), FAULT_NONE);
}

/* The index of a month and class goes in the commit that says that their key is destroyed; what is left of it is swept
 * away, and nothing of a key that is only missing. */
static void an_index_ends_with_its_key(void **state)
{
    (void)state;
    struct rig rig;
    struct error err;
    struct record r = {.operation = RECORD_READ, .outcome = OUTCOME_DONE, .age = 255, .class = {.class = 1}};
    struct record destroyed = {.age = 255};
    open_all(&rig);
    write_records(&rig, 2, "a.bakker", "hulpafstemming");
    follow(&rig);
    const int64_t others = entries_in(&rig);
    struct store_batch *batch = store_batch_new(rig.world.door);
    (void)snprintf(r.user, sizeof r.user, "b.visser");
    assert_int_equal(audit_append(rig.api.audit, batch, &r, slice_of(NULL, 0), &err), RESULT_OK);
    assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
    follow(&rig);
    assert_true(entries_in(&rig) > others);
    batch = store_batch_new(rig.world.door);
    assert_int_equal(audit_append_destroyed(rig.api.audit, batch, &destroyed, r.class, &err), RESULT_OK);
    assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
    assert_int_equal(entries_in(&rig), others);
    follow(&rig); /* the record of it can be found, too */
    const int64_t kept = entries_in(&rig);
    put_left(&rig, r.class);
    put_left(&rig, (struct seal_class){202001, 3}); /* the log does not say that this key was destroyed */
    indexing_close(rig.api.indexing);
    assert_int_equal(indexing_open(&rig.api, &rig.api.indexing, &err), RESULT_OK);
    for (int i = 0; i < 4; i++) {
        follow(&rig);
    }
    assert_int_equal(entries_in(&rig), kept + 1);
    assert_int_equal(found(&rig, "{\"gebruiker\":\"a.bakker\"}"), 2);
    rig_close(&rig);
}

/* ---- one record ---- */

static struct http_request show(struct rig *rig, const char *number)
{
    struct http_request request = rig_request(rig, NULL);
    request.authorization = TOKEN;
    request.parameter = number;
    rig_handle(log_show, &request);
    assert_int_equal(request.answers, 1);
    return request;
}

static void answer_question(struct rig *rig)
{
    char body[1024];
    char digits[2 * ASK_KEY_BYTES + 1];
    const struct ask_key key = fake_key(KNOWN);
    struct cert_identity team = {.organisation = "Proef"};
    assert_true(oin_parse(slice_text(AREA_TEAM), &team.oin));
    hex_encode(slice_of(key.bytes, sizeof key.bytes), digits);
    (void)snprintf(
        body, sizeof body,
        "{\"betrokkene\":{\"sleutel\":\"%s\",\"periode\":%d},\"doel\":\"hulpafstemming\",\"grondslag\":\"wmo-5.1.1\","
        "\"rol\":\"generalist\",\"zaak\":\"0123456789abcdef0123456789abcdef\","
        "\"gebruiker\":\"fedcba9876543210fedcba9876543210\",\"ontvangstbewijs\":\"%s\"}",
        digits, FAKE_EPOCH, rig_receipt(AREA_TEAM).text);
    struct http_request request = rig_request(rig, body);
    request.peer = &team;
    request.request_id = "000102030405060708090a0b0c0d0e0f";
    rig_handle(consult_answer, &request);
    assert_int_equal(request.status, 200);
    rig_forget(&request);
}

static const struct json *at(const struct json *answer, const char *place)
{
    char part[64];
    (void)snprintf(part, sizeof part, "%.*s", (int)strcspn(place, "/"), place);
    return json_member(json_member(answer, part), place + strlen(part) + 1);
}

static void a_shown_record_has_every_field_of_the_standards(void **state)
{
    (void)state;
    struct rig rig;
    char number[24];
    struct error err;
    struct json *answer = NULL;
    open_all(&rig);
    const struct ident person = rig_person(&rig, KNOWN);
    fake_place(&rig, KNOWN, &person);
    rig_consent(&rig, &person);
    const struct involvement budget = rig_budget();
    rig_involve(&rig, &person, &budget);
    answer_question(&rig);
    (void)snprintf(number, sizeof number, "%llu", (unsigned long long)rig_leaves(&rig) - 1);
    struct http_request shown = show(&rig, number);
    assert_int_equal(shown.status, 200);
    assert_int_equal(json_parse(slice_text((const char *)shown.answer.ptr), &answer, &err), RESULT_OK);
    for (size_t i = 0; i < audit_field_count; i++) {
        assert_true(audit_fields[i].place[0] == '\0' || at(answer, audit_fields[i].place) != NULL);
        assert_true(audit_fields[i].place[0] != '\0' || audit_fields[i].how[0] != '\0');
    }
    assert_true(json_bool(at(answer, "ontvangstbewijs/aanwezig")));
    assert_true(json_bool(at(answer, "ontvangstbewijs/hoortBijRegel")));
    assert_true(json_bool(at(answer, "ontvangstbewijs/ondertekend")));
    assert_true(json_bool(at(answer, "besluit/convenantVanNu")));
    assert_false(json_bool(at(answer, "bewijs/ingesloten"))); /* there is no checkpoint yet */
    const struct record last = rig_last(&rig);
    assert_int_equal(last.operation, RECORD_LOG_READ);
    assert_true(ident_equal(&last.subject, &person));
    assert_false(rig_says(&shown, KNOWN));
    json_free(answer);
    rig_forget(&shown);
    rig_close(&rig);
}

/* What stands in the record is enough to come to the same decision again. */
static void a_past_decision_can_be_made_again_from_its_record(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    const struct ident person = rig_person(&rig, KNOWN);
    fake_place(&rig, KNOWN, &person);
    rig_consent(&rig, &person);
    struct involvement involvement = rig_budget();
    rig_involve(&rig, &person, &involvement);
    involvement.life_domain = LIFE_MENTAL_HEALTH;
    involvement.sensitivity = SENSITIVITY_SHIELDED;
    rig_involve(&rig, &person, &involvement);
    answer_question(&rig);
    const struct record r = rig_last(&rig);
    assert_int_equal(r.domains, LIFE_DOMAIN_BIT(LIFE_FINANCE));
    assert_int_equal(r.shielded, LIFE_DOMAIN_BIT(LIFE_MENTAL_HEALTH));
    const struct covenant *covenant = rig.api.covenant->covenant;
    struct date birth = moment_date(r.time_ms);
    const struct policy_request request = {.requester = covenant_party(covenant, &r.peer),
                                           .provider = api_self(&rig.api, covenant),
                                           .purpose = slice_text(r.purpose),
                                           .basis = slice_text(r.basis),
                                           .role = slice_text(r.role),
                                           .has_case = r.case_number[0] != '\0',
                                           .has_report = r.report_number[0] != '\0',
                                           .today = birth};
    birth.year = (int16_t)(birth.year - r.age);
    const struct policy_subject facts = {.birth = birth,
                                         .municipality = r.municipality,
                                         .consent.categories[CONSENT_GROUND] = CATEGORY_BIT(CATEGORY_COUNT) - 1};
    uint32_t categories = 0;
    for (unsigned i = 0; i < 2 * LIFE_DOMAIN_COUNT; i++) {
        const unsigned domain = i / 2;
        const bool shielded = i % 2 == 1;
        struct policy_decision decision;
        const struct policy_record record = {slice_text(life_domain_word((enum life_domain)domain)), shielded, false};
        if (((shielded ? r.shielded : r.domains) & LIFE_DOMAIN_BIT(domain)) != 0) {
            policy_may_answer(covenant, &request, &facts, &record, &decision);
            categories |= decision.permit ? decision.categories : 0;
        }
    }
    assert_true(r.categories != 0);
    assert_int_equal(categories, r.categories);
    rig_close(&rig);
}

static void what_is_no_record_is_not_shown(void **state)
{
    (void)state;
    static const struct {
        const char *number;
        int status;
    } cases[] = {{"0", 404}, {"999999", 404}, {"9223372036854775808", 400}, {"-1", 400}, {"een", 400}, {"", 400}};
    struct rig rig;
    open_all(&rig);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct http_request request = show(&rig, i == 0 ? "7" : cases[i].number);
        assert_int_equal(request.status, cases[i].status);
        rig_forget(&request);
    }
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_behind_the_watermark_is_not_found_and_that_is_said),
        cmocka_unit_test(each_value_finds_its_records_and_all_must_hold),
        cmocka_unit_test(some_records_are_found_by_what_was_done),
        cmocka_unit_test(a_search_keeps_its_bounds),
        cmocka_unit_test(outcome_operation_and_consult_narrow_a_search),
        cmocka_unit_test(what_would_read_the_whole_log_says_so),
        cmocka_unit_test(pages_give_each_record_once),
        cmocka_unit_test(a_failed_commit_and_a_restart_lose_and_repeat_nothing),
        cmocka_unit_test(answers_go_first_but_not_for_ever),
        cmocka_unit_test(a_round_that_is_stopped_is_gone_on_with_later),
        cmocka_unit_test(an_index_ends_with_its_key),
        cmocka_unit_test(a_shown_record_has_every_field_of_the_standards),
        cmocka_unit_test(a_past_decision_can_be_made_again_from_its_record),
        cmocka_unit_test(what_is_no_record_is_not_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
