/* Findings at the desk: one for each rule, key and day; ranked; taken to their end by who may; counted; and gone in time. */
#include "unit/api/api_rig.h"

#include "api/findings.h"

#define OFFICER "Bearer kb-officer"
#define OTHER   "Bearer kb-other"
#define DPO     "Bearer kb-fg"
#define ASKER   "Bearer kb-asker"

static const int64_t DAY_MS = 86400000;
static const int64_t BEGAN_MS = 1767225600000; /* 2026-01-01, a Thursday */

static int64_t moved_now(void *ctx)
{
    const struct rig *rig = ctx;
    return BEGAN_MS + rig->moved_ms;
}

static void open_desk(struct rig *rig)
{
    rig_open_with(rig, AREA_TEAM, false);
    rig->world.clock = (struct clock){moved_now, rig};
    rig_user(rig, "privacy", 1U << ROLE_PRIVACY_OFFICER, false, OFFICER);
    rig_user(rig, "tweede", 1U << ROLE_PRIVACY_OFFICER, false, OTHER);
    rig_user(rig, "fg", 1U << ROLE_DPO, false, DPO);
    rig_user(rig, "g.jansen", 1U << ROLE_GENERALIST, false, ASKER);
}

static struct finding many_people(uint64_t key, uint8_t score)
{
    struct finding f = {.rule = RULE_MANY_PEOPLE,
                        .key = key,
                        .user = "g.jansen",
                        .day = {2026, 1, 1},
                        .first_ms = BEGAN_MS,
                        .last_ms = BEGAN_MS + 1000,
                        .numbers = {4, 40, 38, 31, 6},
                        .score = score,
                        .records = {0},
                        .record_count = 1};
    return f;
}

static enum fault put(struct rig *rig, const struct finding *finding, const struct store_item *there)
{
    struct error err = {.fault = FAULT_NONE};
    struct store_batch *batch = store_batch_new(rig->world.door);
    assert_non_null(batch);
    assert_int_equal(findings_put(&rig->api, batch, finding, there, false, &err), RESULT_OK);
    return world_commit(&rig->world, batch);
}

struct seen {
    struct finding finding;
    struct store_item item;
    bool there;
};

static void take_found(void *ctx, const struct finding *found, const struct store_item *item, const struct error *err)
{
    struct seen *seen = ctx;
    assert_null(err);
    seen->there = found != NULL;
    if (found != NULL) {
        seen->finding = *found;
        seen->item = *item;
    }
}

static struct seen find(struct rig *rig, const struct finding *like)
{
    struct seen seen = {.there = false};
    findings_find(&rig->api, like, take_found, &seen);
    rig_run(rig);
    return seen;
}

static struct http_request call_as(struct rig *rig, const char *token, http_handler *handler, const char *parameter,
                                   const char *body)
{
    struct http_request request = rig_request(rig, body);
    request.authorization = token;
    request.parameter = parameter;
    request.query = body == NULL ? parameter : NULL;
    rig_handle(handler, &request);
    assert_int_equal(request.answers, 1);
    return request;
}

static int step_as(struct rig *rig, const char *token, const struct seen *seen, const char *body)
{
    struct http_request r = call_as(rig, token, findings_step, ident_text(&seen->item.id).text, body);
    const int status = r.status;
    rig_forget(&r);
    return status;
}

static void look(struct rig *rig)
{
    rig->moved_ms += 1000;
    findings_look(&rig->api);
    rig_run(rig);
}

static void a_finding_grows_and_never_doubles(void **state)
{
    (void)state;
    struct rig rig;
    open_desk(&rig);
    struct finding f = many_people(7, 50);
    const uint64_t before = rig_leaves(&rig);
    assert_false(find(&rig, &f).there);
    assert_int_equal(put(&rig, &f, NULL), FAULT_NONE);
    assert_int_equal(rig_last(&rig).operation, RECORD_FINDING);
    assert_string_equal(rig_last(&rig).user, NODE_ACCOUNT_NAME);
    assert_int_equal(rig_leaves(&rig), before + 2);        /* the class key too */
    assert_int_equal(put(&rig, &f, NULL), FAULT_CONFLICT); /* with its record */
    audit_forget_keys(rig.api.audit);
    assert_int_equal(rig_leaves(&rig), before + 2);
    struct seen seen = find(&rig, &f);
    f.numbers[1] = 60;
    f.score = 70;
    assert_int_equal(put(&rig, &f, &seen.item), FAULT_NONE);
    assert_int_equal(put(&rig, &f, &seen.item), FAULT_CONFLICT); /* another changed it meanwhile */
    audit_forget_keys(rig.api.audit);
    seen = find(&rig, &f);
    assert_int_equal(seen.finding.numbers[1], 60);
    /* Another rule, key or day is another one. */
    struct finding others[] = {f, f, f};
    others[0].rule = RULE_SAME_REASON;
    others[1].key = 8;
    others[2].day.day = 2;
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        assert_int_equal(put(&rig, &others[i], NULL), FAULT_NONE);
    }
    look(&rig);
    assert_int_equal(rig.api.findings.open, 4);
    rig_close(&rig);
}

static const char *place_of(const struct http_request *r, const char *text)
{
    return strstr((const char *)r->answer.ptr, text);
}

static void the_weightiest_comes_first_page_after_page(void **state)
{
    (void)state;
    struct rig rig;
    open_desk(&rig);
    for (uint64_t i = 0; i < FINDINGS_PAGE + 20; i++) {
        struct finding f = many_people(i, (uint8_t)(1 + i * 37 % 90));
        f.rule = i % 2 == 0 ? RULE_MANY_PEOPLE : RULE_OFF_HOURS;
        f.last_ms += (int64_t)i;
        assert_int_equal(put(&rig, &f, NULL), FAULT_NONE);
    }
    size_t seen = 0;
    int last = 101;
    char query[64] = "aantal=50";
    for (int pages = 0; pages < 3; pages++) {
        struct http_request r = call_as(&rig, DPO, findings_list, query, NULL);
        assert_int_equal(r.status, 200);
        const char *at = (const char *)r.answer.ptr;
        while ((at = strstr(at, "\"gewicht\":")) != NULL) {
            const int score = atoi(at + 10);
            assert_true(score <= last);
            last = score;
            at++;
            seen++;
        }
        const char *next = place_of(&r, "\"volgende\":\"");
        assert_int_equal(next != NULL, pages < 2);
        if (next != NULL) {
            (void)snprintf(query, sizeof query, "aantal=50&na=%.32s", next + 12);
        }
        assert_int_equal(rig_last(&rig).operation, RECORD_LOG_READ);
        rig_forget(&r);
    }
    assert_int_equal(seen, FINDINGS_PAGE + 20); /* each once: the weights fell all the way */
    struct http_request r = call_as(&rig, DPO, findings_list, "regel=buiten-werktijd", NULL);
    assert_null(place_of(&r, "veel-mensen"));
    assert_non_null(place_of(&r, "buiten-werktijd"));
    rig_forget(&r);
    static const char *const bad[] = {"regel=x",    "stand=x",  "na=x",
                                      "aantal=101", "aantal=0", "na=00000000000000000000000000000000"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        r = call_as(&rig, DPO, findings_list, bad[i], NULL);
        assert_int_equal(r.status, 400);
        assert_int_equal(rig_last(&rig).operation, RECORD_REFUSED);
        rig_forget(&r);
    }
    rig_close(&rig);
}

/* Whoever stands in a record that is shown finds in the log that it was looked at. */
static void one_is_shown_with_its_records_and_that_is_recorded_for_each_person(void **state)
{
    (void)state;
    struct rig rig;
    struct error err;
    open_desk(&rig);
    struct finding f = many_people(7, 50);
    f.record_count = 0;
    struct store_batch *batch = store_batch_new(rig.world.door);
    for (size_t i = 0; i < 3; i++) {
        struct record record = {.operation = RECORD_TESTED, .outcome = OUTCOME_DONE, .age = 255};
        assert_true(bsn_parse(slice_text(i == 0 ? "999000007" : "999000019"), &record.bsn));
        assert_int_equal(
            audit_append(rig.api.audit, batch, &record, slice_text(i == 0 ? "zoekt hulp bij schulden" : ""), &err),
            RESULT_OK);
        f.records[f.record_count++] = 1 + i; /* behind the class key */
    }
    assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
    assert_int_equal(put(&rig, &f, NULL), FAULT_NONE);
    const struct seen seen = find(&rig, &f);
    const uint64_t before = rig_leaves(&rig);
    struct http_request r = call_as(&rig, DPO, findings_show, ident_text(&seen.item.id).text, NULL);
    assert_int_equal(r.status, 200);
    assert_true(rig_says(&r, "\"aanleiding\":\"g.jansen keek in 4 uur naar 40 mensen uit 38 huishoudens in 31 zaken; "
                             "gewoonlijk naar hoogstens 6\""));
    assert_true(rig_says(&r, "\"reden\":\"zoekt hulp bij schulden\""));
    assert_true(rig_says(&r, "\"bsn\":\"******007\"") && !rig_says(&r, "999000007"));
    rig_forget(&r);
    assert_int_equal(r.leaves, before + 2);
    for (uint64_t i = 0; i < 2; i++) {
        const struct record record = rig_record(&rig, before + i);
        assert_int_equal(record.operation, RECORD_LOG_READ);
        assert_string_equal(record.user, "fg");
        assert_memory_equal(bsn_digits(&record.bsn).ptr, i == 0 ? "999000007" : "999000019", BSN_DIGITS);
    }
    static const char *const nowhere[] = {"x", "00000000000000000000000000000000"};
    for (size_t i = 0; i < COUNT_OF(nowhere); i++) {
        r = call_as(&rig, DPO, findings_show, nowhere[i], NULL);
        assert_int_equal(r.status, i == 0 ? 400 : 404);
        rig_forget(&r);
    }
    rig_close(&rig);
}

static void who_may_takes_it_to_its_end_and_each_step_is_recorded(void **state)
{
    (void)state;
    struct rig rig;
    open_desk(&rig);
    const struct finding f = many_people(7, 50);
    assert_int_equal(put(&rig, &f, NULL), FAULT_NONE);
    const struct seen seen = find(&rig, &f);
    static const struct {
        const char *token;
        const char *body;
        int status;
    } steps[] = {
        {ASKER, "{\"stap\":\"gezien\"}", 403},
        {DPO, "{\"stap\":\"gezien\"}", 403},
        {DPO, "{\"stap\":\"sluiten\",\"oordeel\":\"terecht\",\"tekst\":\"x\"}", 403},
        {OFFICER, "{\"stap\":\"heropenen\",\"tekst\":\"x\"}", 409},
        {OFFICER, "{\"stap\":\"gezien\"}", 200},
        {OFFICER, "{\"stap\":\"gezien\"}", 409},
        {OFFICER, "{\"stap\":\"notitie\",\"tekst\":\"teamleider gesproken\"}", 200},
        {OFFICER, "{\"stap\":\"notitie\"}", 400},
        {OFFICER, "{\"stap\":\"notitie\",\"tekst\":\" \"}", 400},
        {OFFICER, "{\"stap\":\"notitie\",\"tekst\":\"x\",\"oordeel\":\"terecht\"}", 400},
        {OFFICER, "{\"stap\":\"notitie\",\"tekst\":\"x\",\"uitzonderingTot\":\"2026-02-01\"}", 400},
        {OFFICER, "{\"stap\":\"sluiten\",\"tekst\":\"x\"}", 400},
        {OFFICER, "{\"stap\":\"sluiten\",\"tekst\":\"x\",\"oordeel\":\"misschien\"}", 400},
        {OFFICER, "{\"stap\":\"sluiten\",\"oordeel\":\"terecht\"}", 400},
        {OFFICER, "{\"stap\":\"iets\"}", 400},
        {OFFICER, "{\"stap\":\"sluiten\",\"tekst\":\"x\",\"oordeel\":\"terecht\",\"uitzonderingTot\":\"2025-12-31\"}",
         400},
        {OFFICER, "{\"stap\":\"sluiten\",\"tekst\":\"x\",\"oordeel\":\"terecht\",\"uitzonderingTot\":\"2027-01-02\"}",
         400},
        {OFFICER, "{\"stap\":\"sluiten\",\"tekst\":\"x\",\"oordeel\":\"terecht\",\"uitzonderingTot\":\"2026-02-30\"}",
         400},
        {OFFICER,
         "{\"stap\":\"sluiten\",\"tekst\":\"piket\",\"oordeel\":\"onterecht\",\"uitzonderingTot\":\"2027-01-01\"}",
         200},
        {OFFICER, "{\"stap\":\"sluiten\",\"tekst\":\"x\",\"oordeel\":\"terecht\"}", 409},
        {OFFICER, "{\"stap\":\"heropenen\",\"tekst\":\"nieuwe klacht\"}", 200},
    };
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        const uint64_t before = rig_leaves(&rig);
        assert_int_equal(step_as(&rig, steps[i].token, &seen, steps[i].body), steps[i].status);
        assert_int_equal(rig_leaves(&rig), before + 1);
        assert_int_equal(rig_last(&rig).operation, steps[i].status == 200 ? RECORD_FINDING_STEP : RECORD_REFUSED);
    }
    const struct finding now = find(&rig, &f).finding;
    assert_int_equal(now.state, FINDING_OPEN);
    assert_int_equal(now.step_count, 4);
    assert_string_equal(now.steps[2].user, "privacy");
    assert_string_equal(now.steps[2].text, "piket");
    assert_int_equal(now.steps[2].verdict, FINDING_UNJUSTIFIED);
    rig_close(&rig);
}

/* A note of the longest length is taken, one byte more is not; and where notes filled it, closing has its place. */
static void a_full_one_can_still_be_closed(void **state)
{
    (void)state;
    struct rig rig;
    open_desk(&rig);
    const struct finding f = many_people(7, 50);
    char body[FINDING_NOTE_MAX + 64];
    char note[FINDING_NOTE_MAX + 2] = "";
    assert_int_equal(put(&rig, &f, NULL), FAULT_NONE);
    const struct seen seen = find(&rig, &f);
    memset(note, 'n', FINDING_NOTE_MAX + 1);
    (void)snprintf(body, sizeof body, "{\"stap\":\"notitie\",\"tekst\":\"%s\"}", note);
    assert_int_equal(step_as(&rig, OFFICER, &seen, body), 400);
    (void)snprintf(body, sizeof body, "{\"stap\":\"notitie\",\"tekst\":\"%.*s\"}", FINDING_NOTE_MAX, note);
    for (int i = 0; i < FINDING_STEPS_MAX - 2; i++) {
        assert_int_equal(step_as(&rig, OFFICER, &seen, body), 200);
    }
    assert_int_equal(step_as(&rig, OFFICER, &seen, body), 409);
    (void)snprintf(body, sizeof body, "{\"stap\":\"sluiten\",\"oordeel\":\"terecht\",\"tekst\":\"%.*s\"}",
                   FINDING_NOTE_MAX, note);
    assert_int_equal(step_as(&rig, OFFICER, &seen, body), 200);
    rig_close(&rig);
}

/* The FG says what came of a sample; nobody closes what is about himself; and by chance there is no exception. */
static void some_are_for_others_to_judge(void **state)
{
    (void)state;
    struct rig rig;
    open_desk(&rig);
    struct finding sample = many_people(1, 1);
    struct finding himself = many_people(2, 50);
    sample.rule = RULE_SAMPLE;
    (void)snprintf(himself.user, sizeof himself.user, "privacy");
    assert_int_equal(put(&rig, &sample, NULL), FAULT_NONE);
    assert_int_equal(put(&rig, &himself, NULL), FAULT_NONE);
    const struct seen s = find(&rig, &sample);
    const struct seen h = find(&rig, &himself);
    static const char closing[] = "{\"stap\":\"sluiten\",\"oordeel\":\"onterecht\",\"tekst\":\"in orde\"}";
    static const char except[] =
        "{\"stap\":\"sluiten\",\"oordeel\":\"onterecht\",\"tekst\":\"in orde\",\"uitzonderingTot\":\"2026-01-31\"}";
    assert_int_equal(step_as(&rig, OFFICER, &s, except), 400);
    assert_int_equal(step_as(&rig, DPO, &s, except), 403);
    assert_int_equal(step_as(&rig, DPO, &s, closing), 200);
    assert_int_equal(step_as(&rig, OFFICER, &h, except), 403);
    assert_int_equal(step_as(&rig, OFFICER, &h, closing), 403);
    assert_int_equal(step_as(&rig, OFFICER, &h, "{\"stap\":\"notitie\",\"tekst\":\"ik was het\"}"), 200);
    assert_int_equal(step_as(&rig, DPO, &h, closing), 403);
    assert_int_equal(step_as(&rig, OTHER, &h, except), 200);
    rig_close(&rig);
}

/* Of a person at whom many looked no user is named: each of them is one whom it is about. */
static void who_looked_does_not_close_what_names_nobody(void **state)
{
    (void)state;
    struct rig rig;
    struct error err;
    open_desk(&rig);
    struct record record = {.operation = RECORD_TESTED, .outcome = OUTCOME_DONE, .age = 255, .user = "privacy"};
    struct store_batch *batch = store_batch_new(rig.world.door);
    assert_true(bsn_parse(slice_text("999000007"), &record.bsn));
    assert_int_equal(audit_append(rig.api.audit, batch, &record, slice_text(""), &err), RESULT_OK);
    assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
    struct finding same = many_people(3, 50);
    same.rule = RULE_SAME_PERSON;
    same.user[0] = '\0';
    same.records[0] = rig_leaves(&rig) - 1;
    assert_int_equal(put(&rig, &same, NULL), FAULT_NONE);
    const struct seen s = find(&rig, &same);
    static const char closing[] = "{\"stap\":\"sluiten\",\"oordeel\":\"onterecht\",\"tekst\":\"in orde\"}";
    assert_int_equal(step_as(&rig, OFFICER, &s, closing), 403);
    assert_int_equal(step_as(&rig, OFFICER, &s, "{\"stap\":\"gezien\"}"), 200);
    assert_int_equal(step_as(&rig, OTHER, &s, closing), 200);
    rig_close(&rig);
}

static void count_exceptions(void *ctx, const struct finding *all, size_t count, const struct error *err)
{
    assert_null(err);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(all[i].state, FINDING_CLOSED);
    }
    *(size_t *)ctx = count;
}

static size_t exceptions(struct rig *rig)
{
    size_t count = 99;
    findings_exceptions(&rig->api, count_exceptions, &count);
    rig_run(rig);
    return count;
}

static void an_exception_holds_up_to_its_day_and_ends_when_reopened(void **state)
{
    (void)state;
    struct rig rig;
    open_desk(&rig);
    for (uint64_t i = 0; i < 6; i++) {
        const struct finding f = many_people(i, 50);
        assert_int_equal(put(&rig, &f, NULL), FAULT_NONE);
        const struct seen seen = find(&rig, &f);
        if (i != 0) {
            assert_int_equal(step_as(&rig, OFFICER, &seen,
                                     i == 1 ? "{\"stap\":\"sluiten\",\"oordeel\":\"onterecht\",\"tekst\":\"x\"}"
                                            : "{\"stap\":\"sluiten\",\"oordeel\":\"onterecht\",\"tekst\":\"x\","
                                              "\"uitzonderingTot\":\"2026-01-03\"}"),
                             200);
        }
        if (i == 2) {
            assert_int_equal(step_as(&rig, OFFICER, &seen, "{\"stap\":\"heropenen\",\"tekst\":\"x\"}"), 200);
        }
    }
    assert_int_equal(exceptions(&rig), 3);
    look(&rig);
    assert_int_equal(rig.api.findings.open, 2);
    assert_int_equal(rig.api.findings.exceptions, 3);
    rig.moved_ms = 3 * DAY_MS - 3600001; /* the last moment of that Dutch day */
    assert_int_equal(exceptions(&rig), 3);
    rig.moved_ms = 3 * DAY_MS - 3600000;
    assert_int_equal(exceptions(&rig), 0);
    look(&rig);
    assert_int_equal(rig.api.findings.exceptions, 0);
    rig.api.findings.exceptions = EXCEPTIONS_MAX;
    const struct finding open = many_people(0, 50);
    const struct seen seen = find(&rig, &open);
    assert_int_equal(
        step_as(&rig, OFFICER, &seen,
                "{\"stap\":\"sluiten\",\"oordeel\":\"onterecht\",\"tekst\":\"x\",\"uitzonderingTot\":\"2026-02-03\"}"),
        409);
    rig_close(&rig);
}

static void what_was_closed_long_ago_goes_and_the_rest_stays(void **state)
{
    (void)state;
    struct rig rig;
    open_desk(&rig);
    struct finding old = many_people(1, 50);
    struct finding open = many_people(2, 50);
    old.state = FINDING_CLOSED;
    old.step_count = 1;
    old.steps[0] = (struct finding_step){.kind = FINDING_CLOSE, .verdict = FINDING_UNCLEAR, .at_ms = BEGAN_MS};
    assert_int_equal(put(&rig, &old, NULL), FAULT_NONE);
    assert_int_equal(put(&rig, &open, NULL), FAULT_NONE);
    rig.moved_ms = (365 + 365 + 30) * DAY_MS; /* in January two years later: all of this month is kept */
    look(&rig);
    assert_true(find(&rig, &old).there);
    rig.moved_ms += 2 * DAY_MS;
    look(&rig);
    assert_false(find(&rig, &old).there);
    assert_true(find(&rig, &open).there);
    assert_int_equal(rig.api.findings.open, 1);
    rig_close(&rig);
}

static void past_the_bound_new_ones_are_counted_only(void **state)
{
    (void)state;
    struct rig rig;
    open_desk(&rig);
    struct finding f = many_people(1, 50);
    assert_int_equal(put(&rig, &f, NULL), FAULT_NONE);
    rig.api.findings.open = FINDINGS_OPEN_MAX - 1;
    const uint64_t before = rig_leaves(&rig);
    f.key = 2;
    assert_int_equal(put(&rig, &f, NULL), FAULT_NONE);
    assert_true(find(&rig, &f).there);
    f.key = 3;
    assert_int_equal(put(&rig, &f, NULL), FAULT_NONE);
    assert_false(find(&rig, &f).there);
    assert_int_equal(rig_leaves(&rig), before + 1);
    f.key = 1;
    const struct seen seen = find(&rig, &f);
    assert_int_equal(put(&rig, &f, &seen.item), FAULT_NONE); /* one that is there grows on */
    struct http_request r = call_as(&rig, DPO, findings_list, "", NULL);
    assert_true(rig_says(&r, "\"nietBewaard\":1"));
    rig_forget(&r);
    rig_close(&rig);
}

static void without_a_log_nothing_is_told_or_changed(void **state)
{
    (void)state;
    struct rig rig;
    open_desk(&rig);
    const struct finding f = many_people(1, 50);
    assert_int_equal(put(&rig, &f, NULL), FAULT_NONE);
    const struct seen seen = find(&rig, &f);
    rig_disk_full(&rig, true);
    struct http_request r = call_as(&rig, DPO, findings_list, "", NULL);
    assert_int_equal(r.status, 503);
    rig_forget(&r);
    r = call_as(&rig, DPO, findings_show, ident_text(&seen.item.id).text, NULL);
    assert_int_equal(r.status, 503);
    rig_forget(&r);
    assert_int_equal(step_as(&rig, OFFICER, &seen, "{\"stap\":\"gezien\"}"), 503);
    rig_disk_full(&rig, false);
    assert_int_equal(find(&rig, &f).finding.state, FINDING_OPEN);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_finding_grows_and_never_doubles),
        cmocka_unit_test(the_weightiest_comes_first_page_after_page),
        cmocka_unit_test(one_is_shown_with_its_records_and_that_is_recorded_for_each_person),
        cmocka_unit_test(who_may_takes_it_to_its_end_and_each_step_is_recorded),
        cmocka_unit_test(a_full_one_can_still_be_closed),
        cmocka_unit_test(some_are_for_others_to_judge),
        cmocka_unit_test(who_looked_does_not_close_what_names_nobody),
        cmocka_unit_test(an_exception_holds_up_to_its_day_and_ends_when_reopened),
        cmocka_unit_test(what_was_closed_long_ago_goes_and_the_rest_stays),
        cmocka_unit_test(past_the_bound_new_ones_are_counted_only),
        cmocka_unit_test(without_a_log_nothing_is_told_or_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
