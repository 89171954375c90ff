/* A sample: looks at people alone, each once, of the period and with what was named, in the order that its seed tells. */
#include "unit/api/api_rig.h"

#include "api/findings.h"
#include "api/samples.h"
#include "base/shuffle.h"

#define OFFICER "Bearer kb-officer"
#define DPO     "Bearer kb-fg"
#define ASKER   "Bearer kb-asker"

static const int64_t DAY_MS = 86400000;

static int64_t moved_now(void *ctx)
{
    const struct rig *rig = ctx;
    return 1767225600000 + rig->moved_ms; /* 2026-01-01 */
}

static void open_desk(struct rig *rig)
{
    rig_open_with(rig, AREA_TEAM, false);
    rig->world.clock = (struct clock){moved_now, rig};
    rig_user(rig, "privacy", 1U << ROLE_PRIVACY_OFFICER, false, OFFICER);
    rig_user(rig, "fg", 1U << ROLE_DPO, false, DPO);
    rig_user(rig, "g.jansen", 1U << ROLE_GENERALIST, false, ASKER);
}

/* Four a day: a look of g.jansen, one of a.bakker at a partner, an answer to a partner's user, and what is no look. */
static void fill(struct rig *rig, int days)
{
    for (int day = 0; day < days; day++) {
        struct store_batch *batch = store_batch_new(rig->world.door);
        rig->moved_ms = day * DAY_MS;
        struct record records[] = {
            {.operation = RECORD_READ, .user = "g.jansen", .age = 255},
            {.operation = RECORD_TESTED, .user = "a.bakker", .purpose = "hulpafstemming", .age = 255},
            {.operation = RECORD_ANSWERED, .user = "g.jansen", .purpose = "hulpafstemming", .age = 255},
            {.operation = RECORD_CHANGED, .user = "g.jansen", .age = 255},
        };
        assert_true(oin_parse(slice_text(SCHOOL), &records[2].peer));
        for (size_t i = 0; i < COUNT_OF(records); i++) {
            struct error err;
            records[i].outcome = OUTCOME_DONE;
            assert_int_equal(audit_append(rig->api.audit, batch, &records[i], slice_of(NULL, 0), &err), RESULT_OK);
        }
        assert_int_equal(world_commit(&rig->world, batch), FAULT_NONE);
    }
}

struct drawn {
    int status;
    size_t count;
    uint64_t records[SAMPLE_MAX];
    uint64_t bound;
    uint8_t seed[SHUFFLE_SEED];
};

static void take_finding(void *ctx, const struct store_found *found, const struct error *err)
{
    struct finding finding;
    struct error fault;
    assert_null(err);
    assert_non_null(found->item);
    assert_int_equal(finding_decode(found->item->payload, &finding, &fault), RESULT_OK);
    assert_int_equal(finding.rule, RULE_SAMPLE);
    assert_int_equal(finding.record_count, 1);
    assert_true(finding.key == finding.records[0]);
    *(uint64_t *)ctx = finding.records[0];
}

static struct drawn draw(struct rig *rig, const char *token, const char *body)
{
    struct drawn out = {.count = 0};
    struct http_request r = rig_request(rig, body);
    r.authorization = token;
    rig_handle(samples_draw, &r);
    assert_int_equal(r.answers, 1);
    out.status = r.status;
    if (r.status == 201) {
        struct json *json = NULL;
        struct error err;
        assert_int_equal(json_parse(slice_text((const char *)r.answer.ptr), &json, &err), RESULT_OK);
        const struct json *ids = json_member(json, "bevindingen");
        for (const struct json *id = json_first(ids); id != NULL; id = json_next(id)) {
            struct ident ident;
            assert_true(ident_parse(json_text(id), &ident));
            store_get(rig->world.door, STORE_FINDING, &ident, STORE_KIND_COUNT, take_finding,
                      &out.records[out.count++]);
        }
        out.bound = (uint64_t)json_int(json_member(json, "uit"));
        const char *hex = json_cstr(json_member(json, "zaad"));
        assert_int_equal(strlen(hex), 2 * SHUFFLE_SEED);
        for (size_t i = 0; i < SHUFFLE_SEED; i++) {
            const char two[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
            out.seed[i] = (uint8_t)strtoul(two, NULL, 16);
        }
        json_free(json);
    }
    rig_forget(&r);
    return out;
}

static void only_looks_are_drawn_each_once_and_the_drawing_is_recorded(void **state)
{
    (void)state;
    struct rig rig;
    open_desk(&rig);
    fill(&rig, 5);
    const uint64_t before = rig_leaves(&rig);
    struct drawn d = draw(&rig, DPO, "{\"aantal\":10}");
    assert_int_equal(d.status, 201);
    assert_int_equal(d.count, 10);
    assert_true(d.bound == before);
    assert_int_equal(rig_record(&rig, before).operation, RECORD_SAMPLED);
    assert_string_equal(rig_record(&rig, before).user, "fg");
    assert_int_equal(rig_leaves(&rig), before + 11); /* and each finding */
    for (size_t i = 0; i < d.count; i++) {
        const enum record_operation operation = rig_record(&rig, d.records[i]).operation;
        assert_true(operation == RECORD_READ || operation == RECORD_TESTED || operation == RECORD_ANSWERED);
        for (size_t j = 0; j < i; j++) {
            assert_true(d.records[i] != d.records[j]);
        }
    }
    /* Fifteen there are: what is left comes the next time, and the tenth day's none. */
    d = draw(&rig, OFFICER, "{\"aantal\":10}");
    assert_int_equal(d.count, 5);
    assert_int_equal(draw(&rig, OFFICER, "{\"aantal\":10}").count, 0);
    assert_int_equal(draw(&rig, ASKER, "{\"aantal\":1}").status, 403);
    rig_close(&rig);
}

/* Who has the log and the seed draws the same. */
static void the_seed_tells_the_order(void **state)
{
    (void)state;
    struct rig rig;
    struct error err;
    struct shuffle *shuffle = NULL;
    uint64_t at = 0;
    size_t found = 0;
    open_desk(&rig);
    fill(&rig, 10);
    const struct drawn d = draw(&rig, OFFICER, "{\"aantal\":8}");
    assert_int_equal(shuffle_new(d.seed, d.bound, LOG_WALK_RECORDS, &shuffle, &err), RESULT_OK);
    while (found < d.count && shuffle_next(shuffle, &at)) {
        const enum record_operation operation = rig_record(&rig, at).operation;
        if (operation == RECORD_READ || operation == RECORD_TESTED || operation == RECORD_ANSWERED) {
            assert_true(d.records[found] == at);
            found++;
        }
    }
    assert_int_equal(found, 8);
    shuffle_free(shuffle);
    rig_close(&rig);
}

static void period_and_filters_hold(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        size_t count;
    } cases[] = {
        {"{\"aantal\":100,\"van\":\"2026-01-03\",\"tot\":\"2026-01-04\"}", 6},
        {"{\"aantal\":100,\"van\":\"2026-01-06\"}", 0},
        {"{\"aantal\":100,\"tot\":\"2025-12-31\"}", 0},
        {"{\"aantal\":100,\"tot\":\"2026-01-01\",\"gebruiker\":\"g.jansen\"}", 1}, /* not the partner's */
        {"{\"aantal\":100,\"tot\":\"2026-01-01\",\"doel\":\"hulpafstemming\"}", 2},
        {"{\"aantal\":100,\"ketenpartner\":\"" SCHOOL "\"}", 5},
        {"{\"aantal\":2,\"ketenpartner\":\"" SCHOOL "\"}", 2},
        {"{\"aantal\":100,\"doel\":\"anders\"}", 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct rig rig;
        open_desk(&rig);
        fill(&rig, 5);
        const struct drawn d = draw(&rig, OFFICER, cases[i].body);
        assert_int_equal(d.status, 201);
        assert_int_equal(d.count, cases[i].count);
        rig_close(&rig);
    }
}

static void bad_input_and_too_many_open_are_refused_and_recorded(void **state)
{
    (void)state;
    struct rig rig;
    open_desk(&rig);
    fill(&rig, 1);
    static const char *const bad[] = {
        "{}",
        "{\"aantal\":0}",
        "{\"aantal\":101}",
        "{\"aantal\":1,\"van\":\"2026-01-02\",\"tot\":\"2026-01-01\"}",
        "{\"aantal\":1,\"van\":\"2026-02-30\"}",
        "{\"aantal\":1,\"ketenpartner\":\"0000009900000000200x\"}",
        "{\"aantal\":1,\"gebruiker\":\"g jansen\"}",
        "{\"aantal\":1,\"bsn\":\"999000007\"}",
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_int_equal(draw(&rig, OFFICER, bad[i]).status, 400);
        assert_int_equal(rig_last(&rig).operation, RECORD_REFUSED);
    }
    rig.api.findings.open = FINDINGS_OPEN_MAX - 1;
    assert_int_equal(draw(&rig, OFFICER, "{\"aantal\":2}").status, 409);
    assert_int_equal(draw(&rig, OFFICER, "{\"aantal\":1}").status, 201);
    rig_disk_full(&rig, true);
    rig.api.findings.open = 0;
    assert_int_equal(draw(&rig, OFFICER, "{\"aantal\":1}").status, 503);
    rig_disk_full(&rig, false);
    rig_close(&rig);
}

/* One look among more records than are gone through: it is not always found, and the search ends. */
static void no_more_are_gone_through_than_the_bound(void **state)
{
    (void)state;
    struct rig rig;
    struct error err;
    open_desk(&rig);
    for (int i = 0; i < LOG_WALK_RECORDS + 1000;) {
        struct store_batch *batch = store_batch_new(rig.world.door);
        for (int n = 0; n < 1000; n++, i++) {
            struct record record = {.operation = RECORD_CHANGED, .outcome = OUTCOME_DONE, .age = 255};
            assert_int_equal(audit_append(rig.api.audit, batch, &record, slice_of(NULL, 0), &err), RESULT_OK);
        }
        assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
    }
    const struct drawn d = draw(&rig, OFFICER, "{\"aantal\":1}");
    assert_int_equal(d.status, 201);
    assert_int_equal(d.count, 0);
    assert_true(d.bound > LOG_WALK_RECORDS + 1000);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_looks_are_drawn_each_once_and_the_drawing_is_recorded),
        cmocka_unit_test(the_seed_tells_the_order),
        cmocka_unit_test(period_and_filters_hold),
        cmocka_unit_test(bad_input_and_too_many_open_are_refused_and_recorded),
        cmocka_unit_test(no_more_are_gone_through_than_the_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
