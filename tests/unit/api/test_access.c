/* Who may do what at the desk: the table of roles against every route, tokens, the node's own account, user names. */
#include "unit/api/api_rig.h"

/* What a role may, route by route; a change here is a change of who sees what. Order: as api_desk_routes. */
static const struct {
    const char *role;
    const char *may; /* one character a route: x may */
} expected[] = {
    /* consult people search household involvement(2) import(2) backup standing clock users(3) log(7: list head leaves stream
     * checkpoint proofs checks) retention destroy holds hold lift search record covenants(3) description */
    {"signaleerder", "...............................x"},
    {"generalist", "xxxxxx.........................x"},
    {"consulent", "xxxxxx.........................x"},
    {"regisseur", "xxxxxx.........................x"},
    {"partnerprofessional", "xxxxxx.........................x"},
    {"veilig-thuis", "xxxxxx.........................x"},
    {"jeugdbeschermer", "xxxxxx.........................x"},
    {"leerplichtambtenaar", "x..............................x"},
    {"toetser", ".........x.....xxxxxxx......x..x"},
    {"privacybeheerder", ".........x....xxxxxxxx.xxxxxx..x"},
    {"fg", ".........x....xxxxxxxx.x..xxx..x"},
    {"beheerder", "......xxxxxxxx.xxxxxxxx.....xxxx"},
};

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
    rig_open(&rig, AREA_TEAM);
    assert_int_equal(COUNT_OF(expected), ROLE_COUNT);
    for (unsigned i = 0; i < ROLE_COUNT; i++) {
        enum role role;
        char token[RIG_TOKEN_MAX];
        assert_string_equal(role_word((enum role)i), expected[i].role);
        assert_true(role_parse(slice_text(expected[i].role), &role));
        (void)snprintf(token, sizeof token, "Bearer kb-%u", i);
        rig_user(&rig, expected[i].role, 1U << i, false, token);
        assert_int_equal(strlen(expected[i].may), api_desk_route_count);
        for (size_t route = 0; route < api_desk_route_count; route++) {
            const int status = status_of(&rig, route, token, HTTP_NO_UID);
            assert_int_equal(status != 403, expected[i].may[route] == 'x');
        }
    }
    rig_close(&rig);
}

/* It runs the node: users, imports, the tree. No personal data. */
static void the_nodes_own_account_sees_no_personal_data(void **state)
{
    (void)state;
    static const char may[] = "......xxxxxxxx.xxxxxxxx.....xxxx";
    struct rig rig;
    rig_open(&rig, AREA_TEAM);
    for (size_t route = 0; route < api_desk_route_count; route++) {
        assert_int_equal(status_of(&rig, route, NULL, 1000) != 403, may[route] == 'x');
    }
    rig_close(&rig);
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
    rig_open(&rig, AREA_TEAM);
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
    rig_close(&rig);
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
    struct user user = {.name = "j.devries", .roles = 5, .blocked = true};
    struct user back;
    struct error err;
    struct buf bytes;
    buf_init(&bytes, 256);
    user_encode(&user, &bytes);
    assert_int_equal(user_decode(buf_slice(&bytes), &back, &err), RESULT_OK);
    assert_string_equal(back.name, user.name);
    assert_int_equal(back.roles, user.roles);
    assert_true(back.blocked);
    for (size_t len = 0; len <= 6; len++) {
        assert_int_equal(user_decode(slice_of(bytes.ptr, len), &back, &err), RESULT_FAILED);
    }
    buf_fill(&bytes, 'a', USER_NAME_MAX);
    assert_int_equal(user_decode(buf_slice(&bytes), &back, &err), RESULT_FAILED);
    buf_clear(&bytes);
    user_encode(&user, &bytes);
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
