/* Cooperation: each durable change of a person is told once to the parts, everybody at a start and a new day, and nothing is
 * lost when a part fails or something changes while it looks; and what the own people are told is one row each. */
#include "unit/api/api_rig.h"

#include "api/facts.h"
#include "api/imports.h"
#include "api/notices.h"
#include "api/people.h"
#include "api/reports.h"
#include "api/withdrawals.h"

#define TOKEN   "Bearer kb-cooperation"
#define SOURCE  "Bearer kb-source"
#define KNOWN   "999000007"
#define OTHER   "999000019"
#define NOBODY  "999000068"
#define RUN     "0000000000000000000000000000000a"
#define PERSON  "{\"bsn\":\"" OTHER "\",\"achternaam\":\"Proef\",\"geboortedatum\":\"1990-05-01\",\"gemeente\":\"9901\"}"
#define SAYS    "\"soort\":\"avg-grond\",\"door\":\"betrokkene\",\"ontvangers\":[],\"doelen\":[],"
#define REFUSAL "{\"bsn\":\"" KNOWN "\",\"toestemming\":{" SAYS "\"bewijs\":\"b\",\"uitkomst\":\"geweigerd\"}}"
#define REPORT                                                                                                         \
    "{\"nummer\":\"VT-1\",\"soort\":\"veilig-thuis\",\"betrokkenen\":[{\"bsn\":\"" KNOWN "\"},{\"bsn\":\"" NOBODY      \
    "\"}]}"
#define INVOLVED                                                                                                       \
    "\"betrokkenheid\":{\"leefgebied\":\"financien\",\"dienst\":\"budgetbeheer\",\"sinds\":\"2025-02-01\","            \
    "\"contactpersoon\":{\"naam\":\"Jo de Boer\",\"telefoon\":\"088-5550101\"}"

/* What a part was told, and when it says that it is done. */
static struct part {
    size_t ticks, looks;
    bool everybody;
    size_t count;
    struct ident last;
    bool holds; /* `done` is called by the test */
    bool fails;
    cooperation_done *done;
    void *ctx;
} part;

static void on_tick(struct api *api)
{
    (void)api;
    part.ticks++;
}

static void part_ends(void)
{
    struct error err;
    (void)error_set(&err, FAULT_STORE, "", "stuk");
    cooperation_done *done = part.done;
    part.done = NULL;
    done(part.ctx, part.fails ? &err : NULL);
}

static void on_look(struct api *api, const struct cooperation_touched *touched, cooperation_done *done, void *ctx)
{
    (void)api;
    part.looks++;
    part.everybody = cooperation_everybody(touched);
    part.count = cooperation_count(touched);
    for (size_t i = 0; i < part.count; i++) {
        part.last = *cooperation_at(touched, i);
        assert_true(cooperation_has(touched, &part.last));
    }
    part.done = done;
    part.ctx = ctx;
    if (!part.holds) {
        part_ends();
    }
}

static const struct cooperation_part ticks_and_looks = {on_tick, on_look};
static const struct cooperation_part does_nothing = {NULL, NULL};

static int64_t moved_now(void *ctx)
{
    const struct rig *rig = ctx;
    return 1767225600000 + rig->moved_ms;
}

static void open_all(struct rig *rig)
{
    struct error err;
    part = (struct part){0};
    rig_open(rig, DEBT_HELP);
    rig->world.clock = (struct clock){moved_now, rig};
    rig_user(rig, "c.visser", 1U << ROLE_CONSULENT | 1U << ROLE_SAFE_HOME, false, TOKEN);
    rig_user(rig, "bron", 1U << ROLE_ADMINISTRATOR, false, SOURCE);
    cooperation_touched_all(&rig->api); /* before opening: nothing */
    assert_int_equal(cooperation_open(&rig->api, &rig->api.cooperation, &err), RESULT_OK);
    cooperation_join(rig->api.cooperation, &does_nothing);
    cooperation_join(rig->api.cooperation, &ticks_and_looks);
}

static void close_all(struct rig *rig)
{
    cooperation_close(rig->api.cooperation);
    rig->api.cooperation = NULL;
    rig_close(rig);
}

/* The first look, at everybody. */
static void start(struct rig *rig)
{
    cooperation_look(&rig->api);
    assert_int_equal(part.looks, 1);
    assert_true(part.everybody);
    part.looks = 0;
}

static struct ident person_of(uint32_t number)
{
    struct ident id = {{0}};
    memcpy(id.bytes, &number, sizeof number);
    return id;
}

static void who_is_touched_is_looked_at_once(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    start(&rig);
    cooperation_look(&rig.api);
    assert_int_equal(part.looks, 0); /* nothing changed */
    assert_int_equal(part.ticks, 2);
    for (uint32_t i = 0; i < COOPERATION_TOUCHED_MAX; i++) {
        const struct ident id = person_of(i);
        cooperation_touched(&rig.api, &id);
        cooperation_touched(&rig.api, &id);
    }
    cooperation_look(&rig.api);
    assert_int_equal(part.looks, 1);
    assert_false(part.everybody);
    assert_int_equal(part.count, COOPERATION_TOUCHED_MAX);
    cooperation_look(&rig.api);
    assert_int_equal(part.looks, 1);
    for (uint32_t i = 0; i <= COOPERATION_TOUCHED_MAX; i++) {
        const struct ident id = person_of(i);
        cooperation_touched(&rig.api, &id);
    }
    cooperation_look(&rig.api);
    assert_true(part.everybody); /* past the bound */
    assert_int_equal(part.count, 0);
    close_all(&rig);
}

static void what_changes_during_a_look_is_looked_at_next(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    start(&rig);
    const struct ident one = person_of(1);
    const struct ident two = person_of(2);
    part.holds = true;
    cooperation_touched(&rig.api, &one);
    cooperation_look(&rig.api);
    assert_int_equal(rig.api.calls, 1); /* the node does not close under it */
    cooperation_touched(&rig.api, &two);
    cooperation_look(&rig.api);
    assert_int_equal(part.looks, 1); /* one at a time */
    assert_true(ident_equal(&part.last, &one));
    part_ends();
    cooperation_look(&rig.api);
    assert_int_equal(part.looks, 2);
    assert_int_equal(part.count, 1);
    assert_true(ident_equal(&part.last, &two));
    part.fails = true;
    part_ends();
    part.holds = part.fails = false;
    cooperation_look(&rig.api);
    assert_int_equal(part.looks, 3);
    assert_true(part.everybody); /* who was not looked at is not forgotten */
    assert_int_equal(rig.api.calls, 0);
    rig.api.closing = true;
    cooperation_touched(&rig.api, &one);
    cooperation_look(&rig.api);
    assert_int_equal(part.looks, 3);
    close_all(&rig);
}

static void a_new_day_and_another_covenant_are_for_everybody(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    start(&rig);
    rig.moved_ms = 86400000;
    cooperation_look(&rig.api);
    assert_true(part.looks == 1 && part.everybody);
    book_choose(&rig.api);
    part.everybody = false;
    cooperation_look(&rig.api);
    assert_true(part.looks == 2 && part.everybody);
    close_all(&rig);
}

static int status_as(struct rig *rig, const char *token, http_handler *handler, const char *body)
{
    struct http_request request = rig_request(rig, body);
    request.authorization = token;
    rig_handle(handler, &request);
    rig_forget(&request);
    return request.status;
}

/* Looks, and says how many were touched; the last of them is in part.last. */
static size_t touched(struct rig *rig)
{
    part.count = 0;
    cooperation_look(&rig->api);
    assert_false(part.everybody);
    return part.count;
}

static void a_change_at_the_desk_touches_whom_it_is_about(void **state)
{
    (void)state;
    struct rig rig;
    char body[1024];
    open_all(&rig);
    const struct ident person = rig_person(&rig, KNOWN);
    start(&rig);
    part.everybody = false;
    assert_int_equal(status_as(&rig, TOKEN, people_add, PERSON), 201);
    assert_int_equal(touched(&rig), 1);
    assert_false(ident_equal(&part.last, &person));
    assert_int_equal(status_as(&rig, TOKEN, people_add, PERSON), 409); /* changed nothing */
    assert_int_equal(status_as(&rig, TOKEN, people_search, "{\"bsn\":\"" KNOWN "\"}"), 200);
    assert_int_equal(touched(&rig), 0);
    (void)snprintf(body, sizeof body, "{\"betrokkene\":\"%s\"," INVOLVED "}}", ident_text(&person).text);
    assert_int_equal(status_as(&rig, TOKEN, involvements_add, body), 201);
    assert_int_equal(touched(&rig), 1);
    assert_true(ident_equal(&part.last, &person));
    (void)snprintf(body, sizeof body, "{\"leden\":[\"%032x\",\"%s\"],\"bron\":\"BRP\",\"datum\":\"2025-01-01\"}", 7,
                   ident_text(&person).text);
    assert_int_equal(status_as(&rig, TOKEN, households_add, body), 201);
    assert_int_equal(touched(&rig), 2);
    assert_int_equal(status_as(&rig, TOKEN, consents_add, REFUSAL), 201);
    assert_int_equal(touched(&rig), 1);
    assert_true(ident_equal(&part.last, &person));
    assert_int_equal(status_as(&rig, TOKEN, reports_add, REPORT), 201); /* of two, one is registered here */
    assert_int_equal(touched(&rig), 1);
    assert_true(ident_equal(&part.last, &person));
    assert_int_equal(status_as(&rig, TOKEN, reports_step, "{\"nummer\":\"VT-1\",\"stap\":\"afsluiting\"}"), 200);
    assert_int_equal(touched(&rig), 1);
    rig_disk_full(&rig, true);
    assert_int_equal(status_as(&rig, TOKEN, consents_add, REFUSAL), 503);
    assert_int_equal(touched(&rig), 0); /* it did not happen */
    close_all(&rig);
}

static int withdraw(struct rig *rig, const char *bsn, unsigned number)
{
    char body[1024];
    char id[IDENT_TEXT_SIZE];
    struct cert_identity team = {.organisation = "Proef"};
    assert_true(oin_parse(slice_text(AREA_TEAM), &team.oin));
    (void)snprintf(id, sizeof id, "%032x", number);
    (void)snprintf(body, sizeof body, "{\"betrokkene\":{\"bsn\":\"%s\"}," SAYS "\"ontvangstbewijs\":\"%s\"}", bsn,
                   rig_receipt(AREA_TEAM).text);
    struct http_request request = rig_request(rig, body);
    request.peer = &team;
    request.request_id = id;
    rig_handle(withdrawals_take, &request);
    rig_forget(&request);
    return request.status;
}

static void a_withdrawal_through_a_partner_touches_once(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    const struct ident person = rig_person(&rig, KNOWN);
    start(&rig);
    part.everybody = false;
    assert_int_equal(withdraw(&rig, KNOWN, 1), 200);
    assert_int_equal(touched(&rig), 1);
    assert_true(ident_equal(&part.last, &person));
    assert_int_equal(withdraw(&rig, KNOWN, 1), 200); /* the same again */
    assert_int_equal(withdraw(&rig, NOBODY, 2), 200);
    assert_int_equal(touched(&rig), 0);
    close_all(&rig);
}

#define ROWS(trial)                                                                                                    \
    "{\"bron\":\"proef\",\"inleesrun\":\"" RUN "\",\"proef\":" trial ",\"regels\":[{\"regel\":2,\"betrokkene\":{"      \
    "\"bsn\":\"" KNOWN "\",\"achternaam\":\"Proef\"}," INVOLVED ",\"bronsleutel\":\"k-1\"},"                           \
    "\"huishouden\":{\"bronsleutel\":\"h-1\",\"bron\":\"BRP\",\"datum\":\"2025-01-01\"}}]}"

static void an_import_touches_whom_it_changed_and_its_end_everybody(void **state)
{
    (void)state;
    static const char close[] = "{\"bron\":\"proef\",\"inleesrun\":\"" RUN "\",\"veel\":true}";
    struct rig rig;
    open_all(&rig);
    const struct ident person = rig_person(&rig, KNOWN);
    struct involvement own = rig_budget(); /* of the same source; the run does not name it */
    (void)snprintf(own.system, sizeof own.system, "proef");
    (void)snprintf(own.source_key, sizeof own.source_key, "k-0");
    rig_involve(&rig, &person, &own);
    start(&rig);
    part.everybody = false;
    assert_int_equal(status_as(&rig, SOURCE, imports_add, ROWS("true")), 200);
    assert_int_equal(touched(&rig), 0); /* a trial */
    assert_int_equal(status_as(&rig, SOURCE, imports_add, ROWS("false")), 200);
    assert_int_equal(touched(&rig), 1);
    assert_true(ident_equal(&part.last, &person));
    assert_int_equal(status_as(&rig, SOURCE, imports_add, ROWS("false")), 200);
    assert_int_equal(touched(&rig), 0); /* nothing changed */
    assert_int_equal(status_as(&rig, SOURCE, imports_close, close), 200);
    cooperation_look(&rig.api);
    assert_true(part.everybody);
    close_all(&rig);
}

static void count_items(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *err)
{
    assert_true(err == NULL && !more);
    for (size_t i = 0; i < count; i++) {
        assert_null(memmem(items[i].payload.ptr, items[i].payload.len, KNOWN, BSN_DIGITS));
    }
    *(size_t *)ctx = count;
}

static size_t notices_after(struct rig *rig, const struct notice_to *to, enum notice_kind kind, uint32_t number)
{
    const struct ident ref = person_of(9);
    struct error err;
    size_t count = SIZE_MAX;
    struct store_batch *batch = store_batch_new(rig->world.door);
    assert_int_equal(notice_put(&rig->api, batch, to, kind, &ref, number, &err), RESULT_OK);
    assert_int_equal(world_commit(&rig->world, batch), FAULT_NONE);
    store_list(rig->world.door, STORE_NOTICE, NULL, STORE_LIST_MAX, count_items, &count);
    return count;
}

static void a_notice_is_one_row_however_often_it_is_put(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    const struct notice_to user = {.user = "g.jansen"};
    const struct notice_to role = {.roles = 1U << ROLE_COORDINATOR};
    assert_int_equal(notices_after(&rig, &user, NOTICE_TASK, 1), 1);
    assert_int_equal(notices_after(&rig, &user, NOTICE_TASK, 1), 1);
    assert_int_equal(notices_after(&rig, &user, NOTICE_TASK, 2), 2);
    assert_int_equal(notices_after(&rig, &user, NOTICE_LATE, 1), 3);
    assert_int_equal(notices_after(&rig, &role, NOTICE_TASK, 1), 4);
    assert_int_equal(notices_after(&rig, &role, NOTICE_TASK, 1), 4);
    close_all(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_touched_is_looked_at_once),
        cmocka_unit_test(what_changes_during_a_look_is_looked_at_next),
        cmocka_unit_test(a_new_day_and_another_covenant_are_for_everybody),
        cmocka_unit_test(a_change_at_the_desk_touches_whom_it_is_about),
        cmocka_unit_test(a_withdrawal_through_a_partner_touches_once),
        cmocka_unit_test(an_import_touches_whom_it_changed_and_its_end_everybody),
        cmocka_unit_test(a_notice_is_one_row_however_often_it_is_put),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
