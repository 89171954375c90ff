/* Keeping out: a user from his next request on, a partner but for what keeps logs honest and consent withdrawn; kept over a
 * start, recorded with why, and nobody keeps himself out. */
#include "unit/api/sharing_fake.h"

#include "api/blocks.h"
#include "api/consult_answer.h"
#include "api/consult_ask.h"
#include "api/lookup_sets.h"
#include "api/users.h"

#define OFFICER "Bearer kb-officer"
#define DPO     "Bearer kb-fg"
#define ASKER   "Bearer kb-asker"
#define WHY     "\"reden\":\"onderzoek naar inzage\""
#define PARTNER "{\"ketenpartner\":\"" DEBT_HELP "\"," WHY "}"

static void open_desk(struct rig *rig)
{
    rig_open(rig, AREA_TEAM);
    rig_user(rig, "privacy", 1U << ROLE_PRIVACY_OFFICER, false, OFFICER);
    rig_user(rig, "fg", 1U << ROLE_DPO, false, DPO);
    rig_user(rig, "g.jansen", 1U << ROLE_GENERALIST, false, ASKER);
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
    struct http_request r = call_as(rig, token, handler, body);
    rig_forget(&r);
    return r.status;
}

static void a_user_is_out_from_his_next_request_on(void **state)
{
    (void)state;
    struct rig rig;
    open_desk(&rig);
    static const char him[] = "{\"gebruiker\":\"g.jansen\"," WHY ",\"bevinding\":\"0123456789abcdef0123456789abcdef\"}";
    assert_int_not_equal(status_as(&rig, ASKER, consult_ask, "{}"), 401);
    assert_int_equal(status_as(&rig, DPO, blocks_add, him), 403);
    assert_int_equal(status_as(&rig, OFFICER, blocks_add, him), 201);
    assert_int_equal(rig_last(&rig).operation, RECORD_BLOCKED);
    assert_string_equal(rig_last(&rig).user, "privacy");
    assert_int_equal(status_as(&rig, ASKER, consult_ask, "{}"), 401);
    assert_int_equal(status_as(&rig, OFFICER, blocks_add, him), 409);
    struct http_request r = call_as(&rig, DPO, blocks_list, NULL);
    assert_int_equal(r.status, 200);
    assert_true(rig_says(&r, "\"gebruikers\":[{\"naam\":\"g.jansen\"}],\"ketenpartners\":[]"));
    assert_int_equal(rig_last(&rig).operation, RECORD_LOG_READ);
    rig_forget(&r);
    rig_close(&rig);
}

static void bad_input_is_refused_and_recorded(void **state)
{
    (void)state;
    struct rig rig;
    open_desk(&rig);
    static const struct {
        http_handler *handler;
        const char *body;
        int status;
    } cases[] = {
        {blocks_add, "{\"gebruiker\":\"privacy\"," WHY "}", 403}, /* himself */
        {blocks_add, "{\"gebruiker\":\"knooppunt\"," WHY "}", 403},
        {blocks_add, "{\"gebruiker\":\"niemand\"," WHY "}", 404},
        {blocks_add, "{" WHY "}", 400},
        {blocks_add, "{\"gebruiker\":\"fg\",\"ketenpartner\":\"" DEBT_HELP "\"," WHY "}", 400},
        {blocks_add, "{\"gebruiker\":\"fg\"}", 400},
        {blocks_add, "{\"gebruiker\":\"fg\",\"reden\":\"kort\"}", 400},
        {blocks_add, "{\"gebruiker\":\"fg\"," WHY ",\"bevinding\":\"Z123456789abcdef0123456789abcdef\"}", 400},
        {blocks_add, "{\"ketenpartner\":\"x0000099000000005000\"," WHY "}", 400},
        {blocks_add, "{\"ketenpartner\":\"" STRANGER "\"," WHY "}", 404},
        {blocks_add, "{\"ketenpartner\":\"" AREA_TEAM "\"," WHY "}", 404}, /* the own organisation */
        {blocks_lift, PARTNER, 404},
        {blocks_lift, "{\"gebruiker\":\"fg\"," WHY "}", 400}, /* letting him in hands out a token */
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(status_as(&rig, OFFICER, cases[i].handler, cases[i].body), cases[i].status);
        assert_int_equal(rig_last(&rig).operation, RECORD_REFUSED);
    }
    assert_int_equal(status_as(&rig, DPO, blocks_list, NULL), 200); /* still in */
    rig_close(&rig);
}

static enum result admitted(struct rig *rig, const char *oin, const char *path)
{
    struct cert_identity peer = {.oin = {""}};
    struct error err;
    assert_true(oin_parse(slice_text(oin), &peer.oin));
    return api_admit_peer(&rig->api, &peer, path, &err);
}

static void a_partner_reaches_only_what_is_not_about_asking(void **state)
{
    (void)state;
    struct rig rig;
    open_desk(&rig);
    static const struct {
        const char *path;
        bool open;
    } paths[] = {
        {"/v1/raadplegingen", false},
        {"/v1/blinde-evaluaties", false},
        {"/v1/opzoeksets/hulpafstemming", false},
        {"/v1/logboeken", false},
        {"/v1/intrekkingen2", false},
        {"/v1/intrekkingen", true},
        {"/v1/getuige/add-checkpoint", true},
        {"/v1/logboek/controlepunt", true},
        {"/v1/logboek/bewijzen", true},
        {"/v1/convenanten", true},
        {"/v1/convenanten/handtekeningen/x", true},
        {"/v1/openapi.json", true},
        {"", true}, /* his connection */
    };
    assert_int_equal(status_as(&rig, OFFICER, blocks_add, PARTNER), 201);
    assert_string_equal(rig_last(&rig).peer.digits, DEBT_HELP);
    assert_int_equal(status_as(&rig, OFFICER, blocks_add, PARTNER), 409);
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        assert_int_equal(admitted(&rig, DEBT_HELP, paths[i].path) == RESULT_OK, paths[i].open);
        assert_int_equal(admitted(&rig, SCHOOL, paths[i].path), RESULT_OK);
    }
    struct http_request r = call_as(&rig, DPO, blocks_list, NULL);
    assert_true(rig_says(&r, "\"oin\":\"" DEBT_HELP "\""));
    rig_forget(&r);
    assert_int_equal(status_as(&rig, OFFICER, blocks_lift, PARTNER), 200);
    assert_int_equal(rig_last(&rig).operation, RECORD_UNBLOCKED);
    assert_int_equal(admitted(&rig, DEBT_HELP, "/v1/raadplegingen"), RESULT_OK);
    rig_close(&rig);
}

static struct http_request partner_asks(struct rig *rig, http_handler *handler, const char *body)
{
    static struct cert_identity who;
    struct http_request request = rig_request(rig, body);
    assert_true(oin_parse(slice_text(DEBT_HELP), &who.oin));
    request.peer = &who;
    request.parameter = "hulpafstemming";
    request.query = "";
    rig_handle(handler, &request);
    return request;
}

/* Who was let in at the door before he was blocked, gets nothing behind it. */
static void a_partner_who_was_let_in_already_gets_nothing(void **state)
{
    (void)state;
    static struct sharing sharing;
    struct rig rig;
    open_desk(&rig);
    fake_sharing_use(&rig, &sharing);
    struct http_request r = partner_asks(&rig, consult_answer, "{}");
    assert_int_equal(r.status, 400);
    rig_forget(&r);
    assert_int_equal(status_as(&rig, OFFICER, blocks_add, PARTNER), 201);
    static http_handler *const handlers[] = {consult_answer, lookup_sets_show};
    for (size_t i = 0; i < COUNT_OF(handlers); i++) {
        r = partner_asks(&rig, handlers[i], i == 0 ? "{}" : NULL);
        assert_int_equal(r.status, 403);
        assert_true(rig_says(&r, blocks_partner_text));
        assert_int_equal(rig_last(&rig).operation, RECORD_REFUSED);
        rig_forget(&r);
    }
    rig_close(&rig);
}

static void is_open(void *ctx, const struct error *err)
{
    *(enum fault *)ctx = err != NULL ? err->fault : FAULT_NONE;
}

static enum fault open_again(struct rig *rig)
{
    enum fault fault = FAULT_INTERNAL;
    blocks_close(&rig->api);
    blocks_open(&rig->api, is_open, &fault);
    return fault;
}

static void what_is_blocked_stays_so_over_a_start(void **state)
{
    (void)state;
    struct rig rig;
    struct oin partner;
    open_desk(&rig);
    assert_true(oin_parse(slice_text(DEBT_HELP), &partner));
    assert_false(blocks_partner(&rig.api, &partner));
    rig_disk_full(&rig, true);
    assert_int_equal(status_as(&rig, OFFICER, blocks_add, PARTNER), 503);
    assert_false(blocks_partner(&rig.api, &partner)); /* no record, no block */
    rig_disk_full(&rig, false);
    assert_int_equal(status_as(&rig, OFFICER, blocks_add, PARTNER), 201);
    assert_int_equal(open_again(&rig), FAULT_NONE);
    assert_true(blocks_partner(&rig.api, &partner));
    struct store_batch *batch = store_batch_new(rig.world.door);
    store_set_value(batch, "blokkades-ketenpartners", slice_text("beschadigd"));
    assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
    assert_int_equal(open_again(&rig), FAULT_STORE); /* and the node does not start */
    assert_false(blocks_partner(&rig.api, &partner));
    rig_close(&rig);
}

/* As many as there is room for, and one more. */
static void the_list_has_a_bound(void **state)
{
    (void)state;
    struct rig rig;
    struct buf value;
    open_desk(&rig);
    for (int more = 0; more < 2; more++) {
        struct store_batch *batch = store_batch_new(rig.world.door);
        buf_init(&value, 16384);
        for (int i = 0; i < PARTNERS_BLOCKED_MAX + more; i++) {
            buf_format(&value, "000000991%011d", i);
            buf_fill(&value, 0, 8);
        }
        store_set_value(batch, "blokkades-ketenpartners", buf_slice(&value));
        assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
        buf_free(&value);
        assert_int_equal(open_again(&rig), more == 0 ? FAULT_NONE : FAULT_STORE);
        if (more == 0) {
            assert_int_equal(status_as(&rig, OFFICER, blocks_add, PARTNER), 409);
        }
    }
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_user_is_out_from_his_next_request_on),
        cmocka_unit_test(bad_input_is_refused_and_recorded),
        cmocka_unit_test(a_partner_reaches_only_what_is_not_about_asking),
        cmocka_unit_test(a_partner_who_was_let_in_already_gets_nothing),
        cmocka_unit_test(what_is_blocked_stays_so_over_a_start),
        cmocka_unit_test(the_list_has_a_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
