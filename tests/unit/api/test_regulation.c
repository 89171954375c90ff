/* The privacy regulation: nobody consults before he accepted it, a new version gives its days, and restarts change nothing. */
#include "unit/api/api_rig.h"

#include "api/consult_ask.h"
#include "api/users.h"

#define TOKEN "Bearer kb-generalist"
#define ADMIN "Bearer kb-admin"
#define CONSULT                                                                                                        \
    "{\"doel\":\"hulpafstemming\",\"grondslag\":\"wmo-5.1.1\",\"zaak\":\"Z-1\",\"reden\":\"gezin meldt zich\","        \
    "\"betrokkenen\":[{\"bsn\":\"999000007\"}]}"

static const int64_t DAY_MS = 86400000;

static int64_t moved_now(void *ctx)
{
    const struct rig *rig = ctx;
    return 1767225600000 + rig->moved_ms;
}

/* `g.jansen` accepted this version last. */
static void register_user(struct rig *rig, const char *version, const char *header, uint32_t roles)
{
    struct user user = {.roles = roles};
    struct buf payload;
    (void)snprintf(user.name, sizeof user.name, "naam-%u", (unsigned)roles);
    (void)snprintf(user.regulation, sizeof user.regulation, "%s", version);
    buf_init(&payload, STORE_PAYLOAD_MAX);
    user_encode(&user, &payload);
    const struct store_write item = {.id = entropy_ident(&rig->entropy),
                                     .keys = {slice_text(user.name), slice_text(header + 7)},
                                     .payload = buf_slice(&payload)};
    rig_put(rig, STORE_USER, &item);
    buf_free(&payload);
}

static void open_team(struct rig *rig, const char *version)
{
    rig_open(rig, AREA_TEAM);
    rig->world.clock = (struct clock){moved_now, rig};
    register_user(rig, version, TOKEN, 1U << ROLE_GENERALIST);
    regulation_look(&rig->api); /* reads what the store has */
    rig_run(rig);
    regulation_look(&rig->api); /* and writes what is in force */
    rig_run(rig);
}

/* The next version of the sample. */
static void turn_version(struct rig *rig, const char *version)
{
    char *text = rig_covenant_text();
    char *at = strstr(text, "\"reglement\": {\"versie\": \"2026.1\"");
    assert_non_null(at);
    memcpy(at + strlen("\"reglement\": {\"versie\": \""), version, 6);
    rig_set_covenant(rig, text);
    free(text);
    regulation_look(&rig->api);
    rig_run(rig);
}

static struct http_request call(struct rig *rig, http_handler *handler, const char *body)
{
    struct http_request request = rig_request(rig, body);
    request.authorization = TOKEN;
    rig_handle(handler, &request);
    return request;
}

static bool may_consult(struct rig *rig)
{
    struct http_request r = call(rig, consult_ask, CONSULT);
    if (r.status == 403) {
        assert_true(rig_says(&r, "\"plaats\":\"reglement\"") && rig_says(&r, "regulation accept"));
        assert_int_equal(rig_last(rig).operation, RECORD_REFUSED);
        rig_forget(&r);
        return false;
    }
    assert_int_equal(r.status, 200); /* nobody has a set here: nobody is asked */
    assert_int_equal(rig_last(rig).operation, RECORD_TESTED);
    rig_forget(&r);
    return true;
}

static void nobody_consults_before_he_accepted(void **state)
{
    (void)state;
    struct rig rig;
    open_team(&rig, "");
    assert_false(may_consult(&rig));
    struct http_request r = call(&rig, regulation_show, NULL);
    assert_true(rig_says(&r, "\"versie\":\"2026.1\"") && rig_says(&r, "\"aanvaard\":false"));
    assert_false(rig_says(&r, "uiterlijk"));
    rig_forget(&r);
    const uint64_t before = rig_leaves(&rig);
    r = call(&rig, regulation_accept, "{\"versie\":\"2026.1\"}");
    assert_int_equal(r.status, 201);
    assert_int_equal(r.leaves, before + 2); /* and the class key of the node's own administration */
    assert_int_equal(rig_last(&rig).operation, RECORD_REGULATION);
    assert_string_equal(rig_last(&rig).user, "naam-2");
    rig_forget(&r);
    assert_true(may_consult(&rig)); /* with the token that he had */
    r = call(&rig, regulation_show, NULL);
    assert_true(rig_says(&r, "\"aanvaard\":true"));
    rig_forget(&r);
    rig_close(&rig);
}

static void only_the_version_in_force_can_be_accepted_and_only_by_a_user(void **state)
{
    (void)state;
    struct rig rig;
    open_team(&rig, "");
    static const struct {
        const char *body;
        int status;
    } cases[] = {{"{\"versie\":\"2025.9\"}", 409}, {"{}", 400}, {"{\"versie\":\"\"}", 400}, {"x", 400}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct http_request r = call(&rig, regulation_accept, cases[i].body);
        assert_int_equal(r.status, cases[i].status);
        assert_int_equal(rig_last(&rig).operation, RECORD_REFUSED);
        rig_forget(&r);
    }
    /* As long as a version can be, and one more. */
    for (int len = REGULATION_VERSION_MAX; len <= REGULATION_VERSION_MAX + 1; len++) {
        char body[REGULATION_VERSION_MAX + 32];
        (void)snprintf(body, sizeof body, "{\"versie\":\"%0*d\"}", len, 1);
        struct http_request long_one = call(&rig, regulation_accept, body);
        assert_int_equal(long_one.status, len <= REGULATION_VERSION_MAX ? 409 : 400);
        rig_forget(&long_one);
    }
    struct http_request own = rig_request(&rig, "{\"versie\":\"2026.1\"}");
    own.uid = 1000;
    rig_handle(regulation_accept, &own);
    assert_int_equal(own.status, 401);
    rig_forget(&own);
    rig_disk_full(&rig, true);
    struct http_request r = call(&rig, regulation_accept, "{\"versie\":\"2026.1\"}");
    assert_int_equal(r.status, 503);
    rig_forget(&r);
    rig_disk_full(&rig, false);
    assert_false(may_consult(&rig));
    rig_close(&rig);
}

/* Fourteen days for who accepted the version before it, to the second; none for who accepted an older one, or none. */
static void a_new_version_gives_its_days(void **state)
{
    (void)state;
    struct rig rig;
    open_team(&rig, "2026.1");
    assert_true(may_consult(&rig));
    rig.moved_ms = 30 * DAY_MS;
    turn_version(&rig, "2026.2");
    rig.moved_ms += 14 * DAY_MS - 1;
    assert_true(may_consult(&rig));
    struct http_request r = call(&rig, regulation_show, NULL);
    assert_true(rig_says(&r, "\"eerderAanvaard\":\"2026.1\",\"uiterlijk\":\"2026-02-14T00:00:00Z\""));
    rig_forget(&r);
    rig.moved_ms += 1;
    assert_false(may_consult(&rig));
    /* What is known since when stands in the store: as after a restart. */
    rig.api.regulation = (struct regulation_known){0};
    regulation_look(&rig.api);
    rig_run(&rig);
    assert_string_equal(rig.api.regulation.version, "2026.2");
    assert_string_equal(rig.api.regulation.before, "2026.1");
    assert_false(may_consult(&rig));
    rig.moved_ms -= DAY_MS;
    assert_true(may_consult(&rig));
    turn_version(&rig, "2026.3"); /* he accepted the one before the former */
    assert_false(may_consult(&rig));
    rig_close(&rig);
}

/* An administrator who changes a user does not accept for him, nor undo it. */
static void a_changed_user_keeps_what_he_accepted(void **state)
{
    (void)state;
    struct rig rig;
    open_team(&rig, "2026.1");
    register_user(&rig, "", ADMIN, 1U << ROLE_ADMINISTRATOR);
    struct http_request listed = rig_request(&rig, NULL);
    listed.authorization = ADMIN;
    rig_handle(users_list, &listed);
    const char *id = strstr((const char *)listed.answer.ptr, "\"id\":\"");
    assert_non_null(id);
    char name[IDENT_TEXT_SIZE];
    (void)snprintf(name, sizeof name, "%.32s", id + 6);
    rig_forget(&listed);
    struct http_request change = rig_request(&rig, "{\"rollen\":[\"generalist\",\"fg\"]}");
    change.authorization = ADMIN;
    change.parameter = name;
    rig_handle(users_change, &change);
    assert_int_equal(change.status, 200);
    const char *token = strstr((const char *)change.answer.ptr, "\"toegangsbewijs\":\"");
    assert_non_null(token);
    char bearer[80];
    (void)snprintf(bearer, sizeof bearer, "Bearer %.46s", token + strlen("\"toegangsbewijs\":\""));
    rig_forget(&change);
    struct http_request r = rig_request(&rig, NULL);
    r.authorization = bearer;
    rig_handle(regulation_show, &r);
    assert_true(rig_says(&r, "\"aanvaard\":true"));
    rig_forget(&r);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_consults_before_he_accepted),
        cmocka_unit_test(only_the_version_in_force_can_be_accepted_and_only_by_a_user),
        cmocka_unit_test(a_new_version_gives_its_days),
        cmocka_unit_test(a_changed_user_keeps_what_he_accepted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
