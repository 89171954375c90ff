/* Reports and orders at the desk: recorded for each person, refused with a record, and terms that never pass in silence. */
#include "unit/api/sets_rig.h"

#include "api/consult_ask.h"
#include "api/reports.h"
#include "domain/task.h"

#define TOKEN    "Bearer kb-desk"
#define ASKER    "Bearer kb-asker"
#define REVIEWER "Bearer kb-privacy"
#define ADA      "999000007"
#define BEN      "999000019"
#define PEOPLE   "\"betrokkenen\":[{\"bsn\":\"" ADA "\"},{\"bsn\":\"" BEN "\"}]"
#define REPORT   "{\"nummer\":\"VT-1\",\"soort\":\"veilig-thuis\"," PEOPLE "}"
#define STEP(s)  "{\"nummer\":\"VT-1\",\"stap\":\"" s "\"}"
#define ORDER    "{\"nummer\":\"OTS-1\",\"soort\":\"ots\",\"van\":\"2025-06-01\",\"tot\":\"2026-01-05\"," PEOPLE "}"
#define ACUTE(n)                                                                                                       \
    "{\"doel\":\"acuut-gevaar\",\"grondslag\":\"avg-6-1-d\",\"melding\":\"" n                                          \
    "\",\"reden\":\"dreigt zich iets aan te "                                                                          \
    "doen\",\"betrokkenen\":[{\"bsn\":\"" ADA "\"}]}"

static const int64_t DAY_MS = 86400000;

static int64_t moved_now(void *ctx)
{
    const struct rig *rig = ctx;
    return 1767225600000 + rig->moved_ms; /* 2026-01-01, a Thursday */
}

static void open_desk(struct rig *rig)
{
    rig_open(rig, AREA_TEAM);
    rig->world.clock = (struct clock){moved_now, rig};
    rig_user(rig, "v.dekker", 1U << ROLE_SAFE_HOME, false, TOKEN);
    rig_user(rig, "g.jansen", 1U << ROLE_GENERALIST, false, ASKER);
    rig_user(rig, "privacy", 1U << ROLE_PRIVACY_OFFICER, false, REVIEWER);
}

static struct http_request call_as(struct rig *rig, const char *token, http_handler *handler, const char *body)
{
    struct http_request request = rig_request(rig, body);
    request.authorization = token;
    rig_handle(handler, &request);
    assert_int_equal(request.answers, 1);
    return request;
}

static int status_as(struct rig *rig, const char *token, http_handler *handler, const char *body)
{
    struct http_request request = call_as(rig, token, handler, body);
    rig_forget(&request);
    return request.status;
}

static void look(struct rig *rig)
{
    rig->moved_ms += TERMS_LOOK_MS;
    terms_look(&rig->api);
    rig_run(rig);
}

static void every_change_is_durable_and_recorded_for_each_person(void **state)
{
    (void)state;
    struct rig rig;
    open_desk(&rig);
    struct http_request r = call_as(&rig, TOKEN, reports_add, REPORT);
    assert_int_equal(r.status, 201);
    assert_int_equal(r.leaves, 3); /* the class key, and one each */
    assert_true(rig_says(&r, "\"termijn\":\"besluit\",\"uiterlijk\":\"2026-01-08\",\"verstreken\":false"));
    assert_false(rig_says(&r, ADA));
    for (uint64_t i = 1; i < 3; i++) {
        const struct record record = rig_record(&rig, i);
        assert_int_equal(record.operation, RECORD_REPORT);
        assert_string_equal(record.report_number, "VT-1");
        assert_string_equal(record.user, "v.dekker");
        assert_memory_equal(bsn_digits(&record.bsn).ptr, i == 1 ? ADA : BEN, BSN_DIGITS);
    }
    rig_forget(&r);
    const uint64_t before = rig_leaves(&rig);
    assert_int_equal(status_as(&rig, TOKEN, reports_step, STEP("besluit")), 200);
    assert_int_equal(status_as(&rig, TOKEN, reports_step, STEP("afsluiting")), 200);
    assert_int_equal(status_as(&rig, TOKEN, orders_add, ORDER), 201);
    assert_int_equal(status_as(&rig, TOKEN, orders_end, "{\"nummer\":\"OTS-1\"}"), 200);
    assert_int_equal(rig_leaves(&rig), before + 8);
    assert_int_equal(rig_last(&rig).operation, RECORD_ORDER);
    assert_string_equal(rig_last(&rig).case_number, "OTS-1");
    r = call_as(&rig, TOKEN, reports_list, NULL);
    assert_true(rig_says(&r, "\"afgesloten\":\"2026-01-01\"") && !rig_says(&r, ADA));
    rig_forget(&r);
    rig_close(&rig);
}

static void without_a_log_nothing_changes(void **state)
{
    (void)state;
    struct rig rig;
    open_desk(&rig);
    rig_disk_full(&rig, true);
    assert_int_equal(status_as(&rig, TOKEN, reports_add, REPORT), 503);
    rig_disk_full(&rig, false);
    struct http_request r = call_as(&rig, TOKEN, reports_list, NULL);
    assert_true(rig_says(&r, "\"meldingen\":[]"));
    rig_forget(&r);
    rig_close(&rig);
}

/* Bad input, each with a clear place and a record, and what there was stays. */
static void bad_input_is_refused_and_recorded(void **state)
{
    (void)state;
    struct rig rig;
    open_desk(&rig);
    assert_int_equal(status_as(&rig, TOKEN, reports_add, REPORT), 201);
    static const struct {
        http_handler *handler;
        const char *body;
        int status;
        const char *place;
    } cases[] = {
        {reports_add, REPORT, 409, ""},
        {reports_add, "{\"nummer\":\"\",\"soort\":\"wmo\"," PEOPLE "}", 400, "/nummer"},
        {reports_add, "{\"nummer\":\" \",\"soort\":\"wmo\"," PEOPLE "}", 400, "/nummer"},
        {reports_add, "{\"nummer\":\"X\",\"soort\":\"anders\"," PEOPLE "}", 400, "/soort"},
        {reports_add, "{\"nummer\":\"X\",\"soort\":\"wmo\",\"ontvangen\":\"2026-01-02\"," PEOPLE "}", 400,
         "/ontvangen"},
        {reports_add, "{\"nummer\":\"X\",\"soort\":\"wmo\",\"ontvangen\":\"2026-02-30\"," PEOPLE "}", 400,
         "/ontvangen"},
        {reports_add, "{\"nummer\":\"X\",\"soort\":\"wmo\",\"betrokkenen\":[]}", 400, "/betrokkenen"},
        {reports_add, "{\"nummer\":\"X\",\"soort\":\"wmo\",\"betrokkenen\":[{\"bsn\":\"123456789\"}]}", 400,
         "/betrokkenen/0"},
        {reports_step, STEP("gesprek"), 409, "/stap"},
        {reports_step, STEP("iets"), 400, "/stap"},
        {reports_step, STEP("toetsing"), 403, "/stap"},
        {reports_step, "{\"nummer\":\"VT-9\",\"stap\":\"besluit\"}", 404, "/nummer"},
        {reports_step, "{\"nummer\":\"VT-1\",\"stap\":\"besluit\",\"datum\":\"2025-12-31\"}", 400, "/datum"},
        {reports_step, "{\"nummer\":\"VT-1\",\"stap\":\"afsluiting\",\"datum\":\"2025-12-31\"}", 400, "/datum"},
        {orders_add, "{\"nummer\":\"O\",\"soort\":\"ots\",\"van\":\"2026-02-01\",\"tot\":\"2026-01-31\"," PEOPLE "}",
         400, "/tot"},
        {orders_add, "{\"nummer\":\"O\",\"soort\":\"ots\",\"van\":\"2026-02-01\"," PEOPLE "}", 400, "/tot"},
        {orders_end, "{\"nummer\":\"O\"}", 404, "/nummer"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const uint64_t before = rig_leaves(&rig);
        struct http_request r = call_as(&rig, TOKEN, cases[i].handler, cases[i].body);
        char place[64];
        (void)snprintf(place, sizeof place, "\"plaats\":\"%s\"", cases[i].place);
        if (r.status != cases[i].status || (cases[i].place[0] != '\0' && !rig_says(&r, place))) {
            fail_msg("%zu: %d %s", i, r.status, (const char *)r.answer.ptr);
        }
        assert_true(r.leaves > before);
        assert_int_equal(rig_last(&rig).operation, RECORD_REFUSED);
        rig_forget(&r);
    }
    /* That it was about a report shows from the record: no letter tells of it by itself. */
    struct http_request again = call_as(
        &rig, TOKEN, reports_add, "{\"nummer\":\"M-9\",\"soort\":\"melding\",\"ontvangen\":\"2999-01-01\"," PEOPLE "}");
    assert_int_equal(again.status, 400);
    const struct record last = rig_last(&rig);
    assert_true(bsn_is_set(&last.bsn));
    assert_string_equal(last.report_number, "M-9");
    rig_forget(&again);
    struct http_request r = call_as(&rig, TOKEN, reports_list, NULL);
    assert_true(rig_says(&r, "\"stappen\":[]") && !rig_says(&r, "afgesloten"));
    rig_forget(&r);
    rig_close(&rig);
}

static void one_person_past_the_bound_is_refused(void **state)
{
    (void)state;
    struct rig rig;
    open_desk(&rig);
    struct buf body;
    buf_init(&body, 8192);
    buf_text(&body, "{\"nummer\":\"X\",\"soort\":\"wmo\",\"betrokkenen\":[");
    for (int i = 0; i < MATTER_PEOPLE_MAX + 1; i++) {
        buf_format(&body, "%s{\"bsn\":\"" ADA "\"}", i != 0 ? "," : "");
    }
    buf_text(&body, "]}");
    buf_byte(&body, '\0');
    struct http_request r = call_as(&rig, TOKEN, reports_add, (const char *)body.ptr);
    assert_int_equal(r.status, 400);
    assert_true(rig_says(&r, "\"plaats\":\"/betrokkenen\""));
    rig_forget(&r);
    buf_free(&body);
    rig_close(&rig);
}

/* Once, on the day after the term and not before; it stays in the list until it is done; the report stays open. */
static void a_term_that_passes_is_told_once(void **state)
{
    (void)state;
    struct rig rig;
    open_desk(&rig);
    assert_int_equal(status_as(&rig, TOKEN, reports_add, REPORT), 201);
    assert_int_equal(status_as(&rig, TOKEN, orders_add, ORDER), 201);
    look(&rig);
    assert_int_equal(status_as(&rig, TOKEN, orders_add,
                               "{\"nummer\":\"OTS-2\",\"soort\":\"ots\",\"van\":\"2025-01-01\","
                               "\"tot\":\"2025-12-31\"," PEOPLE "}"),
                     201);
    const uint64_t with_third = rig_leaves(&rig);
    terms_look(&rig.api); /* less than TERMS_LOOK_MS after the last */
    rig_run(&rig);
    assert_int_equal(rig_leaves(&rig), with_third);
    look(&rig);
    assert_int_equal(rig_leaves(&rig), with_third + 1);
    assert_int_equal(status_as(&rig, TOKEN, orders_end, "{\"nummer\":\"OTS-2\",\"einde\":\"2025-12-31\"}"), 200);
    const uint64_t before = rig_leaves(&rig);
    rig.moved_ms = 4 * DAY_MS; /* the 5th: the order's last day */
    look(&rig);
    assert_int_equal(rig_leaves(&rig), before);
    assert_true(rig.api.terms.running == 3 && rig.api.terms.passed == 0);
    rig.moved_ms = 8 * DAY_MS; /* the 9th: the decision was due on the 8th, the order ended on the 5th */
    look(&rig);
    assert_int_equal(rig_leaves(&rig), before + 2);
    assert_int_equal(rig_record(&rig, before).operation, RECORD_TERM_PASSED);
    assert_string_equal(rig_record(&rig, before).report_number, "VT-1");
    assert_string_equal(rig_last(&rig).case_number, "OTS-1");
    look(&rig);
    rig.moved_ms = 9 * DAY_MS;
    look(&rig);
    assert_int_equal(rig_leaves(&rig), before + 2);
    assert_true(rig.api.terms.running == 1 && rig.api.terms.passed == 2);
    struct http_request r = call_as(&rig, REVIEWER, terms_list, NULL);
    assert_true(rig_says(
        &r, "{\"maatregel\":\"OTS-1\",\"termijn\":\"einde\",\"uiterlijk\":\"2026-01-05\",\"verstreken\":true}"));
    assert_true(rig_says(
        &r, "{\"melding\":\"VT-1\",\"termijn\":\"besluit\",\"uiterlijk\":\"2026-01-08\",\"verstreken\":true}"));
    rig_forget(&r);
    assert_int_equal(status_as(&rig, TOKEN, reports_step, STEP("besluit")), 200); /* late, and done */
    assert_int_equal(status_as(&rig, TOKEN, orders_end, "{\"nummer\":\"OTS-1\",\"einde\":\"2026-01-05\"}"), 200);
    look(&rig);
    assert_true(rig.api.terms.running == 1 && rig.api.terms.passed == 0);
    rig_close(&rig);
}

/* What the log does not take is told again, until it does. */
static void an_alarm_is_not_lost_with_a_full_disk(void **state)
{
    (void)state;
    struct rig rig;
    open_desk(&rig);
    assert_int_equal(status_as(&rig, TOKEN, reports_add, REPORT), 201);
    const uint64_t before = rig_leaves(&rig);
    rig.moved_ms = 8 * DAY_MS;
    rig_disk_full(&rig, true);
    look(&rig);
    assert_int_equal(rig_leaves(&rig), before);
    rig_disk_full(&rig, false);
    look(&rig);
    look(&rig);
    assert_int_equal(rig_leaves(&rig), before + 2); /* and the class key, told again after the failure */
    assert_int_equal(rig_last(&rig).operation, RECORD_TERM_PASSED);
    rig_close(&rig);
}

static void put_task(struct rig *rig, uint8_t number, enum task_state state, const char *reply_by, const char *due,
                     uint8_t marks)
{
    struct buf payload;
    struct task task = {.side = TASK_GIVER, .state = state, .marks = marks};
    if (reply_by[0] != '\0') {
        assert_true(date_parse(slice_text(reply_by), &task.reply_by));
    }
    assert_true(date_parse(slice_text(due), &task.due));
    assert_true(oin_parse(slice_text(SCHOOL), &task.partner));
    buf_init(&payload, STORE_PAYLOAD_MAX);
    task_encode(&task, &payload);
    const struct store_write item = {.id = {{number}}, .payload = buf_slice(&payload)};
    rig_put(rig, STORE_TASK, &item);
    buf_free(&payload);
}

/* Those that are at the other or being done, by their ids; they ring no alarm of reports. */
static void terms_of_tasks_stand_in_the_list(void **state)
{
    (void)state;
    struct rig rig;
    open_desk(&rig);
    put_task(&rig, 1, TASK_SENT, "", "2026-01-20", 0);
    put_task(&rig, 2, TASK_RECEIVED, "2026-01-02", "2026-02-20", 0);
    put_task(&rig, 3, TASK_BEGUN, "2026-01-02", "2026-01-04", 0);
    put_task(&rig, 4, TASK_DRAFT, "", "2026-01-03", 0);
    put_task(&rig, 5, TASK_COMPLETED, "", "2026-01-03", 0);
    put_task(&rig, 6, TASK_ACCEPTED, "", "2026-01-03", TASK_BROKEN);
    rig.moved_ms = 4 * DAY_MS; /* the 5th */
    const uint64_t before = rig_leaves(&rig);
    look(&rig);
    assert_int_equal(rig_leaves(&rig), before);
    assert_true(rig.api.terms.running == 0 && rig.api.terms.passed == 0);
    struct http_request r = call_as(&rig, REVIEWER, terms_list, NULL);
    static const char rest[] = "000000000000000000000000000000";
    char text[1024];
    (void)snprintf(
        text, sizeof text,
        "{\"termijnen\":["
        "{\"opdracht\":\"02%s\",\"termijn\":\"reactie\",\"uiterlijk\":\"2026-01-02\",\"verstreken\":true},"
        "{\"opdracht\":\"03%s\",\"termijn\":\"uitvoering\",\"uiterlijk\":\"2026-01-04\",\"verstreken\":true},"
        "{\"opdracht\":\"01%s\",\"termijn\":\"uitvoering\",\"uiterlijk\":\"2026-01-20\",\"verstreken\":false},"
        "{\"opdracht\":\"02%s\",\"termijn\":\"uitvoering\",\"uiterlijk\":\"2026-02-20\",\"verstreken\":false}],"
        "\"nietGetoond\":0}",
        rest, rest, rest, rest);
    assert_string_equal((const char *)r.answer.ptr, text);
    rig_forget(&r);
    rig_close(&rig);
}

/* More than one commit takes, and more than one answer shows. */
static void terms_have_bounds_and_none_is_lost(void **state)
{
    (void)state;
    struct rig rig;
    open_desk(&rig);
    enum { REPORTS = TERMS_LIST_MAX / 2 + 1 }; /* two terms each */
    for (int i = 0; i < REPORTS; i++) {
        char body[160];
        (void)snprintf(body, sizeof body, "{\"nummer\":\"VT-%d\",\"soort\":\"veilig-thuis\"," PEOPLE "}", i);
        assert_int_equal(status_as(&rig, TOKEN, reports_add, body), 201);
    }
    struct http_request r = call_as(&rig, REVIEWER, terms_list, NULL);
    assert_true(rig_says(&r, "\"nietGetoond\":2}"));
    rig_forget(&r);
    const uint64_t before = rig_leaves(&rig);
    rig.moved_ms = 8 * DAY_MS;
    look(&rig);
    assert_int_equal(rig_leaves(&rig), before + TERMS_ALARMS_MAX);
    for (int i = 1; i < REPORTS / TERMS_ALARMS_MAX + 2; i++) {
        look(&rig);
    }
    assert_int_equal(rig_leaves(&rig), before + REPORTS);
    rig_close(&rig);
}

/* ---- acute danger ---- */

static void in_acute_danger_a_number_is_shown_and_nobody_is_asked(void **state)
{
    (void)state;
    struct rig rig;
    open_desk(&rig);
    const uint64_t before = rig_leaves(&rig);
    struct http_request r = call_as(&rig, ASKER, consult_ask, ACUTE("AG-1"));
    assert_int_equal(r.status, 200);
    assert_int_equal(rig.peers.count, 0);
    assert_int_equal(r.leaves, before + 2); /* the class key and the person */
    const struct record record = rig_last(&rig);
    assert_int_equal(record.operation, RECORD_CRISIS_NUMBER);
    assert_string_equal(record.report_number, "AG-1");
    assert_memory_equal(bsn_digits(&record.bsn).ptr, ADA, BSN_DIGITS);
    assert_true(rig_says(&r, "\"crisisnummer\":\"0990 555 030\"") && rig_says(&r, "\"crisisnummer\":\"0990 555 050\""));
    assert_true(rig_says(&r, "\"toetsingUiterlijk\":\"2026-01-02\""));
    assert_false(rig_says(&r, ADA));
    rig_forget(&r);
    /* The same under the report that was made; the review is asked once, done by who may, and then asked anew. */
    assert_int_equal(status_as(&rig, ASKER, consult_ask, ACUTE("AG-1")), 200);
    assert_int_equal(status_as(&rig, ASKER, reports_step, "{\"nummer\":\"AG-1\",\"stap\":\"toetsing\"}"), 403);
    assert_int_equal(status_as(&rig, REVIEWER, reports_step, "{\"nummer\":\"AG-1\",\"stap\":\"toetsing\"}"), 200);
    assert_int_equal(status_as(&rig, REVIEWER, reports_step, "{\"nummer\":\"AG-1\",\"stap\":\"toetsing\"}"), 409);
    rig.moved_ms = DAY_MS;
    r = call_as(&rig, ASKER, consult_ask, ACUTE("AG-1"));
    assert_true(rig_says(&r, "\"toetsingUiterlijk\":\"2026-01-05\""));
    rig_forget(&r);
    rig.moved_ms = 5 * DAY_MS;
    look(&rig);
    assert_int_equal(rig_last(&rig).operation, RECORD_TERM_PASSED);
    rig_close(&rig);
}

static void no_number_without_a_log(void **state)
{
    (void)state;
    struct rig rig;
    open_desk(&rig);
    rig_disk_full(&rig, true);
    struct http_request r = call_as(&rig, ASKER, consult_ask, ACUTE("AG-1"));
    assert_int_equal(r.status, 503);
    assert_false(rig_says(&r, "0990"));
    rig_forget(&r);
    rig_close(&rig);
}

#define CONSULT(what, bsn)                                                                                             \
    "{\"doel\":\"hulpafstemming\",\"grondslag\":\"wmo-5.1.1\"," what ",\"reden\":\"gezin meldt zich\","                \
    "\"betrokkenen\":[{\"bsn\":\"" bsn "\"}]}"

/* Before any partner is asked. A number that is not registered is an ordinary one. */
static void a_question_stands_on_the_own_records(void **state)
{
    (void)state;
    struct rig rig;
    open_desk(&rig);
    assert_int_equal(status_as(&rig, TOKEN, reports_add, REPORT), 201);
    assert_int_equal(status_as(&rig, TOKEN, orders_add, ORDER), 201);
    static const struct {
        const char *body;
        const char *place;
    } refused[] = {
        {CONSULT("\"melding\":\"VT-1\"", "999000020"), "/betrokkenen/0"},
        {CONSULT("\"maatregel\":\"OTS-1\"", "999000020"), "/betrokkenen/0"},
        {CONSULT("\"maatregel\":\"OTS-9\"", ADA), "/maatregel"},
    };
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        struct http_request r = call_as(&rig, ASKER, consult_ask, refused[i].body);
        assert_int_equal(r.status, 403);
        assert_true(rig_says(&r, refused[i].place));
        assert_int_equal(rig_last(&rig).operation, RECORD_REFUSED);
        rig_forget(&r);
    }
    assert_int_equal(status_as(&rig, TOKEN, reports_step, STEP("afsluiting")), 200);
    assert_int_equal(status_as(&rig, ASKER, consult_ask, CONSULT("\"melding\":\"VT-1\"", ADA)), 403);
    rig.moved_ms = 5 * DAY_MS;
    assert_int_equal(status_as(&rig, ASKER, consult_ask, CONSULT("\"maatregel\":\"OTS-1\"", ADA)), 403);
    assert_int_equal(rig.peers.count, 0);
    rig_close(&rig);
}

static void end_all(struct rig *rig, struct http_request *r)
{
    const struct peer_outcome outcome = {.kind = PEER_DOWN, .tries = 1};
    for (size_t i = 0; i < rig->peers.count; i++) {
        rig->peers.asks[i].done(rig->peers.asks[i].ctx, &outcome);
    }
    rig_run(rig);
    assert_int_equal(r->status, 200);
    rig_forget(r);
}

static const char *const in_all[] = {ADA}; /* of the partners' sets */

/* Claims go out as the records have them: an open report of Veilig Thuis, an order as a word of its own for each partner. */
static void claims_are_those_of_the_records(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        bool report;
        bool open;
        bool order;
    } cases[] = {
        {CONSULT("\"zaak\":\"Z-1\"", ADA), false, false, false},
        {CONSULT("\"melding\":\"VT-1\"", ADA), true, true, false},
        {CONSULT("\"melding\":\"M-1\"", ADA), true, false, false},
        {CONSULT("\"maatregel\":\"OTS-1\"", ADA), false, false, true},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct rig rig;
        open_desk(&rig);
        assert_int_equal(status_as(&rig, TOKEN, reports_add, REPORT), 201);
        assert_int_equal(status_as(&rig, TOKEN, orders_add, ORDER), 201);
        struct sets sets;
        sets_open(&sets, &rig, in_all, 1);
        struct http_request r = rig_request(&rig, cases[i].body);
        r.authorization = ASKER;
        rig_handle(consult_ask, &r);
        sets_answer(&sets);
        assert_true(rig.peers.count >= 2);
        const char *first = (const char *)rig.peers.asks[0].body.ptr;
        const char *second = (const char *)rig.peers.asks[1].body.ptr;
        assert_int_equal(strstr(first, "\"melding\":\"") != NULL, cases[i].report);
        assert_int_equal(strstr(first, "\"meldingOpen\":true") != NULL, cases[i].open);
        assert_int_equal(strstr(first, "\"maatregel\":\"") != NULL, cases[i].order);
        assert_null(strstr(first, "OTS-1"));
        if (cases[i].order) {
            assert_memory_not_equal(strstr(first, "\"maatregel\":\"") + 13, strstr(second, "\"maatregel\":\"") + 13,
                                    32);
        }
        end_all(&rig, &r);
        rig_close(&rig);
    }
}

/* Once, with answers, so that what was evaluated for it is here and serves for the next question. */
static void consult_before(struct sets *sets, const char *body)
{
    struct rig *rig = sets->rig;
    char answer[CONSULT_ANSWER_BYTES + 1];
    struct http_request r = rig_request(rig, body);
    r.authorization = ASKER;
    rig_handle(consult_ask, &r);
    sets_answer(sets);
    assert_true(rig->peers.count >= 2);
    while (rig->peers.count != 0) {
        struct rig_ask *one = &rig->peers.asks[--rig->peers.count];
        rig_answer_at(one->partner.digits, "[]", rig->moved_ms, answer);
        const struct peer_outcome outcome = {.kind = PEER_ANSWERED,
                                             .status = 200,
                                             .media_type = "application/json",
                                             .body = slice_of(answer, CONSULT_ANSWER_BYTES),
                                             .tries = 1};
        one->done(one->ctx, &outcome);
        buf_free(&one->body);
    }
    rig_run(rig);
    assert_int_equal(r.status, 200);
    rig_forget(&r);
}

/* Closed or ended while a record was being written, of what is evaluated or of whom is asked: nothing leaves any more. */
static void a_matter_that_ends_meanwhile_stops_the_question(void **state)
{
    (void)state;
    static const struct {
        const char *consult;
        http_handler *end;
        const char *step;
    } cases[] = {
        {CONSULT("\"melding\":\"VT-1\"", ADA), reports_step, STEP("afsluiting")},
        {CONSULT("\"maatregel\":\"OTS-1\"", ADA), orders_end, "{\"nummer\":\"OTS-1\",\"einde\":\"2025-12-31\"}"}};
    for (size_t i = 0; i < 2 * COUNT_OF(cases); i++) {
        const size_t n = i / 2;
        const bool warm = i % 2 != 0;
        struct rig rig;
        struct sets sets;
        open_desk(&rig);
        sets_open(&sets, &rig, in_all, 1);
        assert_int_equal(status_as(&rig, TOKEN, reports_add, REPORT), 201);
        assert_int_equal(status_as(&rig, TOKEN, orders_add, ORDER), 201);
        if (warm) {
            consult_before(&sets, cases[n].consult);
        }
        struct http_request r = rig_request(&rig, cases[n].consult);
        struct http_request end = rig_request(&rig, cases[n].step);
        r.authorization = ASKER;
        end.authorization = TOKEN;
        consult_ask(&r, &rig.api);
        cases[n].end(&end, &rig.api);
        rig_run(&rig);
        assert_int_equal(end.status, 200);
        assert_int_equal(rig.peers.count, 0);
        assert_int_equal(r.status, 200);
        assert_true(rig_says(&r, "intussen beëindigd"));
        assert_false(rig_says(&r, "geen-betrokkenheid-gedeeld"));
        const struct record last = rig_last(&rig);
        assert_int_equal(last.operation, warm ? RECORD_RECEIVED : RECORD_TESTED);
        assert_int_equal(last.outcome, warm ? OUTCOME_NO_ANSWER : OUTCOME_DONE);
        assert_int_equal(last.inputs, 0); /* of a test: none */
        rig_forget(&r);
        rig_forget(&end);
        rig_close(&rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_change_is_durable_and_recorded_for_each_person),
        cmocka_unit_test(without_a_log_nothing_changes),
        cmocka_unit_test(bad_input_is_refused_and_recorded),
        cmocka_unit_test(one_person_past_the_bound_is_refused),
        cmocka_unit_test(a_term_that_passes_is_told_once),
        cmocka_unit_test(an_alarm_is_not_lost_with_a_full_disk),
        cmocka_unit_test(terms_of_tasks_stand_in_the_list),
        cmocka_unit_test(terms_have_bounds_and_none_is_lost),
        cmocka_unit_test(in_acute_danger_a_number_is_shown_and_nobody_is_asked),
        cmocka_unit_test(no_number_without_a_log),
        cmocka_unit_test(a_question_stands_on_the_own_records),
        cmocka_unit_test(claims_are_those_of_the_records),
        cmocka_unit_test(a_matter_that_ends_meanwhile_stops_the_question),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
