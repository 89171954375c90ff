/* Steering figures: what is counted, of which month, what is not told, and that it is recorded first. */
#include "unit/api/api_rig.h"

#include "api/figures.h"
#include "api/figures_count.h"
#include "api/indexing.h"
#include "audit/index.h"
#include "audit/retention.h"

#define TOKEN "Bearer kb-toetser"
#define MONTH "{\"maand\":\"2026-01\"}"

static const int64_t DAY_MS = 86400000;
static const int64_t JANUARY_MS = 1767225600000; /* 2026-01-01, where the clock begins */
static const int64_t JANUARY_DAYS = 31;

static int64_t moved_now(void *ctx)
{
    const struct rig *rig = ctx;
    return JANUARY_MS + rig->moved_ms;
}

static void open_figures(struct rig *rig)
{
    rig_open_with(rig, DEBT_HELP, false);
    rig->world.clock = (struct clock){moved_now, rig};
    rig->api.figures_least = FIGURES_LEAST;
    rig_user(rig, "toetser", 1U << ROLE_REVIEWER, false, TOKEN);
    rig_user(rig, "team", 1U << ROLE_GENERALIST, false, "Bearer kb-team");
}

static void write_record(struct rig *rig, struct record record)
{
    struct error err;
    struct store_batch *batch = store_batch_new(rig->world.door);
    assert_int_equal(audit_append(rig->api.audit, batch, &record, slice_of(NULL, 0), &err), RESULT_OK);
    assert_int_equal(world_commit(&rig->world, batch), FAULT_NONE);
}

/* Somebody known here, at whom this partner looked. */
static void look(struct rig *rig, const char *partner, const char *purpose, uint32_t domains, uint64_t person)
{
    struct record r = {.operation = RECORD_ANSWERED, .class = {.class = 1}, .domains = domains, .age = 41};
    r.outcome = domains != 0 ? OUTCOME_RELEASED : OUTCOME_UNKNOWN;
    assert_true(oin_parse(slice_text(partner), &r.peer));
    (void)snprintf(r.purpose, sizeof r.purpose, "%s", purpose);
    r.subject = world_ident((unsigned)person);
    write_record(rig, r);
}

static void look_often(struct rig *rig, const char *partner, uint32_t domains, uint64_t first, size_t persons)
{
    for (size_t i = 0; i < persons; i++) {
        look(rig, partner, "hulpafstemming", domains, first + i);
    }
}

/* A test of the own organisation. */
static void test_one(struct rig *rig, const char *bsn)
{
    struct record r = {.operation = RECORD_TESTED, .class = {.class = 1}, .outcome = OUTCOME_DONE, .age = 255};
    (void)snprintf(r.purpose, sizeof r.purpose, "hulpafstemming");
    assert_true(bsn_parse(slice_text(bsn), &r.bsn));
    write_record(rig, r);
}

/* What is answered, which ends in a zero; the caller frees it. */
static char *ask(struct rig *rig, const char *token, const char *body, int status)
{
    struct http_request request = rig_request(rig, body);
    request.authorization = token;
    rig_handle(figures_make, &request);
    assert_int_equal(request.answers, 1);
    assert_int_equal(request.status, status);
    assert_false(rig->api.figures_making);
    char *answer = strdup((const char *)request.answer.ptr);
    assert_non_null(answer);
    if (status == 200) {
        const struct record last = rig_last(rig);
        assert_int_equal(last.operation, RECORD_FIGURES);
        assert_int_equal(request.leaves, rig_leaves(rig)); /* it was durable when the answer left */
    }
    rig_forget(&request);
    return answer;
}

static void says(struct rig *rig, const char *body, int status, const char *part)
{
    char *answer = ask(rig, TOKEN, body, status);
    if (strstr(answer, part) == NULL) {
        fail_msg("%s\nis not in\n%s", part, answer);
    }
    free(answer);
}

static void index_all(struct rig *rig)
{
    while (indexing_watermark(rig->api.indexing) < rig_leaves(rig)) {
        indexing_tick(rig->api.indexing);
        rig_run(rig);
    }
}

#define FINANCE LIFE_DOMAIN_BIT(LIFE_FINANCE)
#define WORK    LIFE_DOMAIN_BIT(LIFE_WORK)

static void a_month_is_counted_by_who_looked_and_about_what(void **state)
{
    (void)state;
    struct rig rig;
    open_figures(&rig);
    look_often(&rig, AREA_TEAM, FINANCE, 100, 30);
    look_often(&rig, AREA_TEAM, FINANCE, 100, 5); /* again */
    look_often(&rig, SCHOOL, WORK, 100, 20);
    look_often(&rig, SCHOOL, FINANCE | WORK, 300, 12);
    look_often(&rig, SCHOOL, 0, 400, 11);
    rig.moved_ms = JANUARY_DAYS * DAY_MS + FIGURES_SETTLED_MS;
    says(&rig, MONTH, 200,
         "{\"maand\":\"2026-01\",\"kleinste\":10,\"perKetenpartner\":{\"kolommen\":["
         "{\"oin\":\"" AREA_TEAM "\",\"naam\":\"Gebiedsteam Noord\"},"
         "{\"oin\":\"" SCHOOL "\",\"naam\":\"Openbare Scholengroep De Linde\"}],"
         "\"rijen\":[{\"doel\":\"hulpafstemming\",\"keren\":[35,43],\"totaal\":78}],"
         "\"totalen\":[35,43],\"totaal\":78},"
         "\"perLeefgebied\":{\"kolommen\":[\"financien\",\"werk-en-dagbesteding\",\"meerdere\",\"onbekend\"],"
         "\"rijen\":[{\"doel\":\"hulpafstemming\",\"keren\":[35,20,12,11],\"totaal\":78}],"
         "\"totalen\":[35,20,12,11],\"totaal\":78}}");
    assert_int_equal(rig_last(&rig).entries, 78);
    rig_close(&rig);
}

static void few_persons_are_not_told_however_often_they_were_looked_at(void **state)
{
    (void)state;
    struct rig rig;
    open_figures(&rig);
    for (size_t i = 0; i < 5; i++) {
        look_often(&rig, AREA_TEAM, FINANCE, 100, FIGURES_LEAST - 1);
    }
    rig.moved_ms = JANUARY_DAYS * DAY_MS + FIGURES_SETTLED_MS;
    says(&rig, MONTH, 200,
         "\"rijen\":[{\"doel\":\"hulpafstemming\",\"keren\":[null],\"totaal\":null}],\"totalen\":[null]");
    rig.moved_ms = DAY_MS; /* and one more in the same month */
    look(&rig, AREA_TEAM, "hulpafstemming", FINANCE, 100 + FIGURES_LEAST - 1);
    rig.moved_ms = JANUARY_DAYS * DAY_MS + FIGURES_SETTLED_MS;
    says(&rig, MONTH, 200, "\"keren\":[46],\"totaal\":46");
    rig_close(&rig);
}

/* Eight by id and eight by number: it may be the same eight. */
static void who_stands_in_the_log_in_two_ways_is_not_counted_twice(void **state)
{
    static const char *const numbers[] = {"999000007", "999000019", "999000020", "999000032",
                                          "999000044", "999000056", "999000068", "999000081"};
    (void)state;
    struct rig rig;
    open_figures(&rig);
    look_often(&rig, AREA_TEAM, 0, 100, 8);
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        test_one(&rig, numbers[i]);
    }
    rig.moved_ms = JANUARY_DAYS * DAY_MS + FIGURES_SETTLED_MS;
    says(&rig, MONTH, 200, "\"keren\":[null,null],\"totaal\":null}],\"totalen\":[null,null],\"totaal\":null");
    rig.api.figures_least = 5;
    says(&rig, MONTH, 200,
         "\"naam\":\"Schuldhulp Zandland\"}],\"rijen\":[{\"doel\":\"hulpafstemming\",\"keren\":[8,8]");
    rig_close(&rig);
}

static void only_that_month_counts_to_the_millisecond(void **state)
{
    (void)state;
    struct rig rig;
    open_figures(&rig);
    rig.moved_ms = -1;
    look_often(&rig, AREA_TEAM, FINANCE, 100, 50);
    rig.moved_ms = 0;
    look_often(&rig, AREA_TEAM, FINANCE, 100, 11);
    rig.moved_ms = JANUARY_DAYS * DAY_MS - 1;
    look_often(&rig, AREA_TEAM, FINANCE, 200, 12);
    rig.moved_ms++;
    look_often(&rig, AREA_TEAM, FINANCE, 300, 50);
    rig.moved_ms -= CLOCK_BACK_MAX_MS; /* as little as a clock may run back */
    look_often(&rig, AREA_TEAM, FINANCE, 400, 13);
    rig.moved_ms = JANUARY_DAYS * DAY_MS + FIGURES_SETTLED_MS;
    says(&rig, MONTH, 200, "\"totaal\":36}"); /* the index knows nothing: all is gone through */
    index_all(&rig);
    says(&rig, MONTH, 200, "\"totaal\":36}"); /* and now what lies around the period */
    rig_close(&rig);
}

static void a_clock_that_was_set_back_hides_nothing(void **state)
{
    (void)state;
    struct rig rig;
    open_figures(&rig);
    rig.moved_ms = 100 * DAY_MS; /* in April, by mistake */
    look_often(&rig, AREA_TEAM, FINANCE, 100, 300);
    rig.moved_ms = DAY_MS;
    write_record(&rig, (struct record){.operation = RECORD_CLOCK_RESET, .outcome = OUTCOME_DONE, .age = 255});
    look_often(&rig, AREA_TEAM, FINANCE, 100, 20);
    rig.moved_ms = JANUARY_DAYS * DAY_MS + FIGURES_SETTLED_MS;
    index_all(&rig);
    says(&rig, MONTH, 200, "\"totaal\":20}");
    rig_close(&rig);
}

/* The record of the reset was in the node's own administration, of which the term may be over before that of looks is. */
static void where_it_is_no_longer_known_whether_it_was_set_back_nothing_is_hidden(void **state)
{
    static const struct seal_class own = {202601, 0};
    struct error err;
    struct rig rig;
    (void)state;
    open_figures(&rig);
    rig.moved_ms = 100 * DAY_MS;
    look_often(&rig, AREA_TEAM, FINANCE, 100, 300);
    rig.moved_ms = DAY_MS;
    write_record(&rig, (struct record){.operation = RECORD_CLOCK_RESET, .outcome = OUTCOME_DONE, .age = 255});
    look_often(&rig, AREA_TEAM, FINANCE, 100, 20);
    rig.moved_ms = JANUARY_DAYS * DAY_MS + FIGURES_SETTLED_MS;
    index_all(&rig);
    struct record ended = {.age = 255};
    struct store_batch *batch = store_batch_new(rig.world.door);
    assert_int_equal(audit_append_destroyed(rig.api.audit, batch, &ended, own, &err), RESULT_OK);
    index_drop(batch, own);
    assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
    assert_int_equal(seal_class_destroy(rig.world.keyring, &own, 1, &err), RESULT_OK);
    audit_destroy_done(rig.api.audit, own);
    says(&rig, MONTH, 200, "\"totaal\":20}");
    rig_close(&rig);
}

static void a_month_is_over_an_hour_after_its_end(void **state)
{
    (void)state;
    struct rig rig;
    open_figures(&rig);
    look_often(&rig, AREA_TEAM, FINANCE, 100, 12);
    rig.moved_ms = JANUARY_DAYS * DAY_MS + FIGURES_SETTLED_MS - 1;
    says(&rig, MONTH, 400, "nog niet voorbij");
    rig.moved_ms++;
    says(&rig, MONTH, 200, "\"totaal\":12}");
    says(&rig, "{\"maand\":\"2026-02\"}", 400, "nog niet voorbij");
    says(&rig, "{\"maand\":\"2025-12\"}", 200, "\"rijen\":[],\"totalen\":[],\"totaal\":0}");
    rig_close(&rig);
}

static void what_is_no_month_is_refused(void **state)
{
    static const char *const bodies[] = {
        "{\"maand\":\"2026-13\"}", "{\"maand\":\"2026-1\"}",   "{\"maand\":\"2026-011\"}",
        "{\"maand\":\"26-01-1\"}", "{\"maand\":\"januari\"}",  "{\"maand\":\"2026-01\",\"doel\":\"x\"}",
        "{\"maand\":202601}",      "{\"van\":\"2026-01-01\"}", "[]",
    };
    (void)state;
    struct rig rig;
    open_figures(&rig);
    rig.moved_ms = 90 * DAY_MS;
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        says(&rig, bodies[i], 400, "fouten");
    }
    rig_close(&rig);
}

static void who_may_not_see_them_is_refused_and_recorded(void **state)
{
    (void)state;
    struct rig rig;
    open_figures(&rig);
    rig.moved_ms = 90 * DAY_MS;
    free(ask(&rig, "Bearer kb-team", MONTH, 403));
    assert_int_equal(rig_last(&rig).operation, RECORD_REFUSED);
    free(ask(&rig, "Bearer kb-niemand", MONTH, 401));
    rig_close(&rig);
}

/* With and without what can no longer be read would be two answers, of which the difference tells what went. */
static void a_month_of_which_keys_are_gone_has_no_figures(void **state)
{
    static const struct seal_class january = {202601, 1};
    struct error err;
    (void)state;
    struct rig rig;
    open_figures(&rig);
    look_often(&rig, AREA_TEAM, FINANCE, 100, 12);
    rig.moved_ms = JANUARY_DAYS * DAY_MS + FIGURES_SETTLED_MS;
    look_often(&rig, AREA_TEAM, FINANCE, 100, 12);
    says(&rig, MONTH, 200, "\"totaal\":12}");
    assert_int_equal(seal_class_destroy(rig.world.keyring, &january, 1, &err), RESULT_OK);
    says(&rig, MONTH, 404, "niet alle regels meer te lezen");
    rig.moved_ms = 60 * DAY_MS + FIGURES_SETTLED_MS;
    says(&rig, "{\"maand\":\"2026-02\"}", 200, "\"totaal\":12}");
    rig_close(&rig);
}

static void what_cannot_be_recorded_is_not_told(void **state)
{
    (void)state;
    struct rig rig;
    open_figures(&rig);
    look_often(&rig, AREA_TEAM, FINANCE, 100, 12);
    rig.moved_ms = JANUARY_DAYS * DAY_MS + FIGURES_SETTLED_MS;
    rig_disk_full(&rig, true);
    free(ask(&rig, TOKEN, MONTH, 503));
    rig_disk_full(&rig, false);
    says(&rig, MONTH, 200, "\"totaal\":12}");
    rig_close(&rig);
}

static void one_at_a_time_and_nobody_waits_in_vain(void **state)
{
    (void)state;
    struct rig rig;
    open_figures(&rig);
    look_often(&rig, AREA_TEAM, FINANCE, 100, 300);
    rig.moved_ms = JANUARY_DAYS * DAY_MS + FIGURES_SETTLED_MS;
    struct http_request first = rig_request(&rig, MONTH);
    struct http_request second = rig_request(&rig, MONTH);
    first.authorization = second.authorization = TOKEN;
    figures_make(&first, &rig.api);
    assert_int_equal(first.answers, 0);
    figures_make(&second, &rig.api);
    assert_int_equal(second.status, 503);
    first.gone(first.gone_ctx); /* its client goes away */
    const uint64_t leaves = rig_leaves(&rig);
    rig_run(&rig);
    assert_int_equal(first.answers, 0);
    assert_int_equal(rig_leaves(&rig), leaves); /* nothing was told: nothing is recorded */
    says(&rig, MONTH, 200, "\"totaal\":300}");
    rig_forget(&first);
    rig_forget(&second);
    rig_close(&rig);
}

static void a_node_that_stops_does_not_go_on_counting(void **state)
{
    (void)state;
    struct rig rig;
    open_figures(&rig);
    look_often(&rig, AREA_TEAM, FINANCE, 100, 12);
    rig.moved_ms = JANUARY_DAYS * DAY_MS + FIGURES_SETTLED_MS;
    rig.api.closing = true;
    says(&rig, MONTH, 503, "het knooppunt stopt");
    rig.api.closing = false;
    rig_close(&rig);
}

/* ---- bounds ---- */

static struct record one_look(unsigned purpose, unsigned partner)
{
    struct record r = {.operation = RECORD_ANSWERED};
    (void)snprintf(r.purpose, sizeof r.purpose, "doel-%u", purpose);
    (void)snprintf(r.peer.digits, sizeof r.peer.digits, "%020u", partner);
    return r;
}

static void so_many_looks_are_counted(void **state)
{
    struct error err;
    const struct oin own = {DEBT_HELP};
    struct record r = one_look(1, 1);
    struct figures *figures = figures_new(&own);
    (void)state;
    assert_non_null(figures);
    for (size_t i = 0; i < FIGURES_RECORDS_MAX; i++) {
        r.subject.bytes[0] = (uint8_t)i;
        assert_int_equal(figures_add(figures, &r, &err), RESULT_OK);
    }
    assert_int_equal(figures_add(figures, &r, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_TOO_LARGE);
    assert_int_equal(figures_settle(figures, FIGURES_LEAST, &err), RESULT_OK);
    assert_int_equal(figures_by_partner(figures, FIGURES_ALL, FIGURES_ALL)->count, FIGURES_RECORDS_MAX);
    assert_int_equal(figures_by_partner(figures, 0, 0)->persons, 256);
    figures_free(figures);
}

static void so_many_cells_are_counted(void **state)
{
    enum { PURPOSES = 64, PARTNERS = FIGURES_CELLS_MAX / PURPOSES - FIGURES_DOMAINS };
    struct error err;
    const struct oin own = {DEBT_HELP};
    struct figures *figures = figures_new(&own);
    (void)state;
    assert_non_null(figures);
    for (unsigned p = 0; p < PURPOSES; p++) {
        for (unsigned q = 0; q < PARTNERS; q++) {
            const struct record r = one_look(p, q);
            assert_int_equal(figures_add(figures, &r, &err), RESULT_OK);
        }
    }
    const struct record more = one_look(0, PARTNERS);
    assert_int_equal(figures_add(figures, &more, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_TOO_LARGE);
    figures_free(figures);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_month_is_counted_by_who_looked_and_about_what),
        cmocka_unit_test(few_persons_are_not_told_however_often_they_were_looked_at),
        cmocka_unit_test(who_stands_in_the_log_in_two_ways_is_not_counted_twice),
        cmocka_unit_test(only_that_month_counts_to_the_millisecond),
        cmocka_unit_test(a_clock_that_was_set_back_hides_nothing),
        cmocka_unit_test(where_it_is_no_longer_known_whether_it_was_set_back_nothing_is_hidden),
        cmocka_unit_test(a_month_is_over_an_hour_after_its_end),
        cmocka_unit_test(what_is_no_month_is_refused),
        cmocka_unit_test(who_may_not_see_them_is_refused_and_recorded),
        cmocka_unit_test(a_month_of_which_keys_are_gone_has_no_figures),
        cmocka_unit_test(what_cannot_be_recorded_is_not_told),
        cmocka_unit_test(one_at_a_time_and_nobody_waits_in_vain),
        cmocka_unit_test(a_node_that_stops_does_not_go_on_counting),
        cmocka_unit_test(so_many_looks_are_counted),
        cmocka_unit_test(so_many_cells_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
