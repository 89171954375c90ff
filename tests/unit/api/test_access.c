/* Who may do what at the desk: the table of roles against every route, tokens, the node's own account, user names. */
#include "unit/api/api_rig.h"

#include "api/notices.h"
#include "api/watching.h"

/* Who may what, route by route; a change here is a change of who sees what. A letter a role, in the order of ROLE_TABLE,
 * and k for the node's own account. */
static const char letters[] = "sgcrpvjltbfa";

static const struct {
    const char *route;
    const char *who;
} expected[] = {
    {"POST /v1/raadplegingen", "gcrpvjl"},
    {"POST /v1/betrokkenen", "gcrpvj"},
    {"PUT /v1/betrokkenen/{id}", "gcrpvj"},
    {"POST /v1/betrokkenen/zoekopdrachten", "gcrpvj"},
    {"POST /v1/huishoudens", "gcrpvj"},
    {"POST /v1/betrokkenheden", "gcrpvj"},
    {"PUT /v1/betrokkenheden/{id}", "gcrpvj"},
    {"POST /v1/toestemmingen", "gcrpvj"},
    {"POST /v1/toestemmingen/intrekkingen", "gcrpvjb"},
    {"POST /v1/toestemmingen/zoekopdrachten", "gcrpvjb"},
    {"POST /v1/toestemmingen/inzagen", "gcrpvjb"},
    {"POST /v1/gezagsrelaties", "gcrpvj"},
    {"POST /v1/gezagsrelaties/beeindigingen", "gcrpvj"},
    {"POST /v1/wilsbekwaamheden", "gcrpvj"},
    {"POST /v1/verlengde-jeugdhulp", "gcrpvj"},
    {"POST /v1/verlengde-jeugdhulp/beeindigingen", "gcrpvj"},
    {"POST /v1/bezwaren", "gcrpvjb"},
    {"POST /v1/bezwaren/afhandelingen", "b"},
    {"POST /v1/beperkingen", "gcrpvjb"},
    {"POST /v1/beperkingen/opheffingen", "b"},
    {"POST /v1/correcties", "gcrpvjb"},
    {"POST /v1/correcties/afhandelingen", "b"},
    {"GET /v1/uitgaande-berichten", "gcrpvjbak"},
    {"POST /v1/uitgaande-berichten/herkansingen", "gcrpvjbak"},
    {"GET /v1/postbus", "sgcrpvjltbfak"},
    {"POST /v1/postbus/gelezen", "sgcrpvjltbfak"},
    {"POST /v1/importen", "ak"},
    {"POST /v1/importen/afsluitingen", "ak"},
    {"POST /v1/reservekopieen", "ak"},
    {"GET /v1/stand", "tbfak"},
    {"POST /v1/klok-herstellingen", "ak"},
    {"GET /v1/gebruikers", "ak"},
    {"POST /v1/gebruikers", "ak"},
    {"PUT /v1/gebruikers/{id}", "ak"},
    {"GET /v1/logboek", "bf"},
    {"GET /v1/logboek/stand", "tbfak"},
    {"GET /v1/logboek/bladeren", "tbfak"},
    {"GET /v1/logboek/stroom", "tbfak"},
    {"POST /v1/logboek/uitvoer", "b"},
    {"GET /v1/logboek/controlepunt", "tbfak"},
    {"POST /v1/logboek/bewijzen", "tbfak"},
    {"POST /v1/logboek/controles", "tbfak"},
    {"GET /v1/logboek/bewaartermijnen", "tbfak"},
    {"POST /v1/logboek/vernietigingen", "ak"},
    {"GET /v1/logboek/vasthoudingen", "bf"},
    {"POST /v1/logboek/vasthoudingen", "b"},
    {"POST /v1/logboek/vasthoudingen/opheffingen", "b"},
    {"POST /v1/logboek/steekproeven", "bf"},
    {"POST /v1/logboek/zoekopdrachten", "bf"},
    {"GET /v1/logboek/regels/{id}", "bf"},
    {"GET /v1/logboek/verklaringen/{id}", "bf"},
    {"POST /v1/logboek/simulaties", "bf"},
    {"GET /v1/bevindingen", "bf"},
    {"GET /v1/bevindingen/{id}", "bf"},
    {"POST /v1/bevindingen/stappen/{id}", "bf"}, /* the FG only of a sample: see test_findings.c */
    {"GET /v1/blokkades", "bf"},
    {"POST /v1/blokkades", "b"},
    {"POST /v1/blokkades/opheffingen", "b"},
    {"GET /v1/personeel", "b"},
    {"POST /v1/personeel", "b"},
    {"POST /v1/personeel/verwijderingen", "b"},
    {"GET /v1/meldingen", "gcrpvjtbf"},
    {"POST /v1/meldingen", "gcrpvj"},
    {"POST /v1/meldingen/stappen", "gcrpvjtb"},
    {"GET /v1/maatregelen", "gcrpvjtbf"},
    {"POST /v1/maatregelen", "gcrpvj"},
    {"POST /v1/maatregelen/beeindigingen", "gcrpvj"},
    {"GET /v1/overzichten", "bf"},
    {"POST /v1/overzichten", "b"},
    {"GET /v1/overzichten/{id}", "bf"},
    {"GET /v1/overzichten/brieven/{id}", "bf"},
    {"POST /v1/overzichten/stappen", "b"},
    {"GET /v1/termijnen", "gcrpvjtbf"},
    {"GET /v1/opdrachten", "gcrp"},
    {"POST /v1/opdrachten", "gcrp"},
    {"GET /v1/opdrachten/{id}", "gcrp"},
    {"POST /v1/opdrachten/stappen/{id}", "gcrp"},
    {"GET /v1/bewaking", "bf"},
    {"POST /v1/bewaking/rondes", "bf"},
    {"GET /v1/koppeling", "tbfak"},
    {"POST /v1/koppeling/inzagen", "bf"},
    {"GET /v1/zorgsignalen", "sgcrp"},
    {"POST /v1/zorgsignalen", "sgcrp"},
    {"POST /v1/zorgsignalen/intrekkingen", "sgcrp"},
    {"GET /v1/matches", "gcrp"},
    {"GET /v1/matches/{id}", "gcrp"},
    {"POST /v1/matches/stappen/{id}", "gcrp"},
    {"POST /v1/stuurcijfers", "tbf"},
    {"GET /v1/reglement", "sgcrpvjltbfak"},
    {"POST /v1/reglement/aanvaardingen", "sgcrpvjltbfak"},
    {"GET /v1/convenanten", "tbfak"},
    {"GET /v1/convenanten/{id}", "tbfak"},
    {"POST /v1/convenanten", "ak"},
    {"POST /v1/convenanten/handtekeningen", "ak"},
    {"GET /v1/openapi.json", "sgcrpvjltbfak"},
};

/* With what watches the log, which stands still: whoever asks for a round has an answer at once. */
static void open_desk(struct rig *rig)
{
    static const struct watch_limits standard = {{
#define X(code, key, least, most, standard) standard,
        WATCH_LIMIT_TABLE(X)
#undef X
    }};
    struct error err;
    rig_open(rig, AREA_TEAM);
    assert_int_equal(watching_open(&rig->api, &standard, &rig->api.watching, &err), RESULT_OK);
    watching_stop(rig->api.watching);
    assert_int_equal(notices_open(&rig->api, &rig->api.notices, &err), RESULT_OK);
}

static void close_desk(struct rig *rig)
{
    watching_close(rig->api.watching);
    notices_close(rig->api.notices);
    rig_close(rig);
}

static const char *who_may(const struct http_route *route)
{
    static const char *const methods[HTTP_METHOD_COUNT] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
    char name[96];
    (void)snprintf(name, sizeof name, "%s %s", methods[route->method], route->path);
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        if (strcmp(expected[i].route, name) == 0) {
            return expected[i].who;
        }
    }
    fail_msg("wie mag %s?", name);
    return "";
}

static int status_of(struct rig *rig, size_t route, const char *authorization, uint32_t uid)
{
    struct http_request request = rig_request(rig, "{}");
    request.authorization = authorization;
    request.uid = uid;
    request.parameter = "0123456789abcdef0123456789abcdef";
    rig_handle(api_desk_routes[route].handle, &request);
    assert_int_equal(request.answers, 1);
    const int status = request.status;
    rig_forget(&request);
    return status;
}

static void every_role_may_what_the_table_says_and_no_more(void **state)
{
    (void)state;
    struct rig rig;
    open_desk(&rig);
    assert_int_equal(strlen(letters), ROLE_COUNT);
    assert_int_equal(COUNT_OF(expected), api_desk_route_count);
    for (unsigned i = 0; i < ROLE_COUNT; i++) {
        enum role role;
        char token[RIG_TOKEN_MAX];
        assert_true(role_parse(slice_text(role_word((enum role)i)), &role));
        assert_int_equal(role, i);
        (void)snprintf(token, sizeof token, "Bearer kb-%u", i);
        rig_user(&rig, role_word(role), 1U << i, false, token);
        for (size_t route = 0; route < api_desk_route_count; route++) {
            const bool may = status_of(&rig, route, token, HTTP_NO_UID) != 403;
            if (may != (strchr(who_may(&api_desk_routes[route]), letters[i]) != NULL)) {
                fail_msg("%s bij %s", role_word(role), api_desk_routes[route].path);
            }
        }
    }
    close_desk(&rig);
}

/* It runs the node: users, imports, the tree. No personal data. */
static void the_nodes_own_account_sees_no_personal_data(void **state)
{
    (void)state;
    struct rig rig;
    open_desk(&rig);
    for (size_t route = 0; route < api_desk_route_count; route++) {
        const bool may = status_of(&rig, route, NULL, 1000) != 403;
        if (may != (strchr(who_may(&api_desk_routes[route]), 'k') != NULL)) {
            fail_msg("het knooppunt zelf bij %s", api_desk_routes[route].path);
        }
    }
    close_desk(&rig);
}

static void who_cannot_prove_himself_is_nobody_and_recorded(void **state)
{
    (void)state;
    static char too_long[8 + STORE_KEY_MAX + 2] = "Bearer ";
    static const char *const headers[] = {
        NULL,       "Bearer ",         "Bearer kb-unknown", "Basic kb-known",
        "kb-known", "bearer kb-known", "Bearer kb-blocked", too_long,
    };
    struct rig rig;
    open_desk(&rig);
    memset(too_long + 7, 'a', STORE_KEY_MAX + 1);
    rig_user(&rig, "known", 1U << ROLE_GENERALIST, false, "Bearer kb-known");
    rig_user(&rig, "blocked", 1U << ROLE_GENERALIST, true, "Bearer kb-blocked");
    for (size_t i = 0; i < COUNT_OF(headers); i++) {
        const uint64_t before = rig_leaves(&rig);
        assert_int_equal(status_of(&rig, 0, headers[i], HTTP_NO_UID), 401);
        assert_true(rig_leaves(&rig) > before);
        assert_int_equal(rig_last(&rig).fault, FAULT_UNAUTHENTICATED);
    }
    /* What the API is, is for everyone. */
    assert_int_equal(status_of(&rig, api_desk_route_count - 1, NULL, HTTP_NO_UID), 200);
    /* Over the own socket a wrong token is not silently the node's account. */
    assert_int_equal(status_of(&rig, 7, "Bearer kb-unknown", 1000), 401);
    close_desk(&rig);
}

static void user_names_are_plain_and_not_the_nodes_own(void **state)
{
    (void)state;
    char longest[USER_NAME_MAX + 2];
    memset(longest, 'a', sizeof longest);
    static const struct {
        const char *name;
        bool fine;
    } cases[] = {{"j.devries", true},  {"A-1", true},         {"", false},         {"knooppunt", false},
                 {"Knooppunt", false}, {"met spatie", false}, {"\xc3\xa9", false}, {"a/b", false}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(user_name_ok(slice_text(cases[i].name)), cases[i].fine);
    }
    assert_true(user_name_ok(slice_of(longest, USER_NAME_MAX)));
    assert_false(user_name_ok(slice_of(longest, USER_NAME_MAX + 1)));
}

static void stored_users_come_back_or_are_refused(void **state)
{
    (void)state;
    struct user user = {
        .name = "j.devries", .roles = 5, .blocked = true, .regulation = "2026.1", .accepted = {2026, 11, 22}};
    struct user back;
    struct error err;
    struct buf bytes;
    buf_init(&bytes, 256);
    user_encode(&user, &bytes);
    assert_int_equal(user_decode(buf_slice(&bytes), &back, &err), RESULT_OK);
    assert_string_equal(back.name, user.name);
    assert_int_equal(back.roles, user.roles);
    assert_true(back.blocked);
    assert_string_equal(back.regulation, user.regulation);
    assert_int_equal(date_compare(&back.accepted, &user.accepted), 0);
    for (size_t len = 0; len <= 17; len++) {
        assert_int_equal(user_decode(slice_of(bytes.ptr, len), &back, &err), RESULT_FAILED);
    }
    buf_fill(&bytes, 'a', USER_NAME_MAX);
    assert_int_equal(user_decode(buf_slice(&bytes), &back, &err), RESULT_FAILED);
    buf_clear(&bytes);
    user_encode(&user, &bytes);
    const uint8_t bare[] = {1, 0, 0, 0, 0, 5, 'j'}; /* of before there was a regulation */
    assert_int_equal(user_decode(slice_of(bare, sizeof bare), &back, &err), RESULT_OK);
    assert_true(back.roles == 5 && back.regulation[0] == '\0' && strcmp(back.name, "j") == 0);
    bytes.ptr[0]++;
    assert_int_equal(user_decode(buf_slice(&bytes), &back, &err), RESULT_FAILED);
    buf_free(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_role_may_what_the_table_says_and_no_more),
        cmocka_unit_test(the_nodes_own_account_sees_no_personal_data),
        cmocka_unit_test(who_cannot_prove_himself_is_nobody_and_recorded),
        cmocka_unit_test(user_names_are_plain_and_not_the_nodes_own),
        cmocka_unit_test(stored_users_come_back_or_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
