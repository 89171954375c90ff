/* The desk's other resources: who is here is told to nobody without a record, imports keep their bounds, one commit all. */
#include "unit/api/homes_rig.h"

#include "api/log.h"
#include "api/people.h"
#include "api/users.h"

#define TOKEN "Bearer kb-desk"
#define KNOWN "999000007"

/* Someone with every role, so that each flow is reached. */
static void open_desk(struct rig *rig)
{
    rig_open(rig, DEBT_HELP);
    rig_user(rig, "c.visser", (1U << ROLE_COUNT) - 1, false, TOKEN);
}

static struct http_request call(struct rig *rig, http_handler *handler, const char *body)
{
    struct http_request request = rig_request(rig, body);
    request.authorization = TOKEN;
    rig_handle(handler, &request);
    assert_int_equal(request.answers, 1);
    return request;
}

static int status_of(struct rig *rig, http_handler *handler, const char *body)
{
    struct http_request request = call(rig, handler, body);
    rig_forget(&request);
    return request.status;
}

#define PERSON                                                                                                         \
    "{\"bsn\":\"" KNOWN "\",\"voornamen\":\"Ada\",\"achternaam\":\"Proef\",\"geboortedatum\":\"1990-05-01\","          \
    "\"gemeente\":\"9901\"}"
#define INVOLVEMENT                                                                                                    \
    "{\"leefgebied\":\"financien\",\"dienst\":\"budgetbeheer\",\"sinds\":\"2025-02-01\","                              \
    "\"contactpersoon\":{\"naam\":\"Jo de Boer\",\"telefoon\":\"088-5550101\"}%s}"

static void that_a_person_is_here_already_is_told_with_a_record(void **state)
{
    (void)state;
    struct rig rig;
    open_desk(&rig);
    assert_int_equal(status_of(&rig, people_add, PERSON), 201);
    const uint64_t before = rig_leaves(&rig);
    struct http_request again = call(&rig, people_add, PERSON);
    assert_int_equal(again.status, 409);
    assert_true(again.leaves > before); /* durable when the answer left */
    const struct record record = rig_last(&rig);
    assert_int_equal(record.operation, RECORD_REFUSED);
    assert_int_equal(record.fault, FAULT_CONFLICT);
    assert_string_equal(record.user, "c.visser");
    assert_memory_equal(bsn_digits(&record.bsn).ptr, KNOWN, BSN_DIGITS);
    assert_false(rig_says(&again, KNOWN));
    rig_forget(&again);
    rig_close(&rig);
}

static void without_a_log_nobody_hears_who_is_here(void **state)
{
    (void)state;
    static const struct {
        http_handler *handler;
        const char *body;
    } cases[] = {{people_add, PERSON},
                 {people_search, "{\"bsn\":\"" KNOWN "\"}"},
                 {people_search, "{\"bsn\":\"999000068\"}"},
                 {log_list, ""}};
    struct rig rig;
    open_desk(&rig);
    (void)rig_person(&rig, KNOWN);
    rig_disk_full(&rig, true);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct http_request r = call(&rig, cases[i].handler, cases[i].body);
        assert_int_equal(r.status, 503);
        assert_false(rig_says(&r, "Proefpersoon"));
        rig_forget(&r);
    }
    rig_close(&rig);
}

static void a_search_is_a_look_whether_or_not_he_is_found(void **state)
{
    (void)state;
    struct rig rig;
    open_desk(&rig);
    const struct ident person = rig_person(&rig, KNOWN);
    struct http_request found = call(&rig, people_search, "{\"bsn\":\"" KNOWN "\"}");
    assert_int_equal(found.status, 200);
    assert_int_equal(found.leaves, rig_leaves(&rig));
    const struct record look = rig_last(&rig);
    assert_int_equal(look.operation, RECORD_READ);
    assert_true(ident_equal(&look.subject, &person));
    assert_int_equal(status_of(&rig, people_search, "{\"bsn\":\"999000068\"}"), 404);
    const struct record record = rig_last(&rig);
    assert_int_equal(record.operation, RECORD_READ);
    assert_int_equal(record.outcome, OUTCOME_UNKNOWN);
    assert_memory_equal(bsn_digits(&record.bsn).ptr, "999000068", BSN_DIGITS);
    rig_forget(&found);
    rig_close(&rig);
}

static void an_involvement_of_somebody_who_is_not_here_is_refused_and_recorded(void **state)
{
    (void)state;
    struct rig rig;
    char body[1024];
    open_desk(&rig);
    (void)snprintf(body, sizeof body, "{\"betrokkene\":\"%032x\",\"betrokkenheid\":" INVOLVEMENT "}", 7, "");
    assert_int_equal(status_of(&rig, involvements_add, body), 404);
    assert_int_equal(rig_last(&rig).operation, RECORD_REFUSED);
    assert_int_equal(rig_last(&rig).subject.bytes[15], 7);
    struct http_request replace = rig_request(&rig, body);
    replace.authorization = TOKEN;
    replace.parameter = "00000000000000000000000000000001";
    const uint64_t before = rig_leaves(&rig);
    rig_handle(involvements_replace, &replace);
    assert_int_equal(replace.status, 404);
    assert_true(replace.leaves > before);
    rig_forget(&replace);
    rig_close(&rig);
}

static void one_involvement_past_the_bound_is_refused(void **state)
{
    (void)state;
    struct rig rig;
    char body[1024];
    open_desk(&rig);
    const struct ident person = rig_person(&rig, KNOWN);
    (void)snprintf(body, sizeof body, "{\"betrokkene\":\"%s\",\"betrokkenheid\":" INVOLVEMENT "}",
                   ident_text(&person).text, "");
    for (int i = 0; i < INVOLVEMENTS_PER_SUBJECT_MAX; i++) {
        assert_int_equal(status_of(&rig, involvements_add, body), 201);
    }
    assert_int_equal(status_of(&rig, involvements_add, body), 409);
    assert_int_equal(rig_last(&rig).operation, RECORD_REFUSED);
    rig_close(&rig);
}

static void a_household_is_recorded_for_each_member(void **state)
{
    (void)state;
    struct rig rig;
    open_desk(&rig);
    assert_int_equal(status_of(&rig, people_search, "{\"bsn\":\"999000068\"}"), 404); /* makes the month's key */
    const uint64_t before = rig_leaves(&rig);
    assert_int_equal(status_of(&rig, households_add,
                               "{\"leden\":[\"00000000000000000000000000000001\",\"00000000000000000000000000000002\"],"
                               "\"bron\":\"BRP\",\"datum\":\"2025-01-01\"}"),
                     201);
    assert_int_equal(rig_leaves(&rig), before + 2);
    assert_int_equal(rig_record(&rig, before).subject.bytes[15], 1);
    assert_int_equal(rig_record(&rig, before + 1).subject.bytes[15], 2);
    rig_close(&rig);
}

/* What is written is read into one union: a guardian's long name lies where a household counts its members. */
#define LONG_TEXT "Voogd Voogd Voogd Voogd Voogd Voogd Voogd Voogd Voogd Voogd Voogd Voogd Voogd"
#define FULL_PERSON                                                                                                    \
    "{\"bsn\":\"999000020\",\"achternaam\":\"Proef\",\"gezag\":[{\"soort\":\"voogd\",\"naam\":\"" LONG_TEXT            \
    " Voogd Voogd Voogd Voogd Voogd Voogd Voogd\",\"bewijs\":\"" LONG_TEXT "\",\"sinds\":\"2025-01-02\"}]}"

static void only_a_household_that_is_registered_becomes_one(void **state)
{
    (void)state;
    struct rig rig;
    char body[1024];
    struct ident others[HOUSEHOLD_MEMBERS_MAX];
    struct error err;
    open_desk(&rig);
    const struct ident person = rig_person(&rig, KNOWN);
    const struct ident other = rig_person(&rig, "999000032");
    assert_int_equal(cooperation_open(&rig.api, &rig.api.cooperation, &err), RESULT_OK);
    homes_open(&rig);
    const uint64_t version = households_version(rig.api.households);
    assert_int_equal(status_of(&rig, people_add, FULL_PERSON), 201);
    assert_int_equal(households_version(rig.api.households), version);
    (void)snprintf(body, sizeof body, "{\"betrokkene\":\"%s\",\"betrokkenheid\":" INVOLVEMENT "}",
                   ident_text(&person).text, "");
    assert_int_equal(status_of(&rig, involvements_add, body), 201);
    assert_int_equal(households_version(rig.api.households), version);
    assert_true(households_ready(rig.api.households));
    (void)snprintf(body, sizeof body, "{\"leden\":[\"%s\",\"%s\"],\"bron\":\"BRP\",\"datum\":\"2025-01-01\"}",
                   ident_text(&person).text, ident_text(&other).text);
    assert_int_equal(status_of(&rig, households_add, body), 201);
    assert_int_equal(households_others(rig.api.households, &person, others), 1);
    assert_true(ident_equal(&others[0], &other));
    homes_close(&rig);
    cooperation_close(rig.api.cooperation);
    rig.api.cooperation = NULL;
    rig_close(&rig);
}

/* ---- the log and the users ---- */

static void pages_of_the_log_have_bounds(void **state)
{
    (void)state;
    static const struct {
        http_handler *handler;
        const char *query;
        int status;
    } cases[] = {
        {log_list, "", 200},
        {log_list, "vanaf=0&aantal=1", 200},
        {log_list, "aantal=200", 200},
        {log_list, "aantal=201", 400},
        {log_list, "aantal=0", 400},
        {log_list, "vanaf=-1", 400},
        {log_list, "vanaf=", 400},
        {log_list, "vanaf=1x", 400},
        {log_list, "vanaf=99999999999999999999999", 400},
        {log_list, "vanaf=9000000", 200},
        {log_leaves, "aantal=500", 200},
        {log_leaves, "aantal=501", 400},
    };
    struct rig rig;
    open_desk(&rig);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct http_request request = rig_request(&rig, "");
        request.authorization = TOKEN;
        request.query = cases[i].query;
        const uint64_t before = rig_leaves(&rig);
        rig_handle(cases[i].handler, &request);
        assert_int_equal(request.status, cases[i].status);
        assert_true(cases[i].handler == log_leaves && request.status == 200 ? request.leaves == before
                                                                            : request.leaves > before);
        rig_forget(&request);
    }
    rig_close(&rig);
}

static void the_log_shows_no_whole_number(void **state)
{
    (void)state;
    struct rig rig;
    open_desk(&rig);
    assert_int_equal(status_of(&rig, people_search, "{\"bsn\":\"999000068\"}"), 404);
    struct http_request request = call(&rig, log_list, "");
    assert_true(rig_says(&request, "\"bsn\":\"******068\""));
    assert_false(rig_says(&request, "999000068"));
    rig_forget(&request);
    rig_close(&rig);
}

/* The first text member with this name in the answer; "" when there is none. */
static void member(const struct http_request *request, const char *name, char *out, size_t size)
{
    char start[64];
    (void)snprintf(start, sizeof start, "\"%s\":\"", name);
    const char *at = strstr((const char *)request->answer.ptr, start);
    at = at != NULL ? at + strlen(start) : "\"";
    (void)snprintf(out, size, "%.*s", (int)strcspn(at, "\""), at);
}

static void a_token_is_shown_once_works_and_ends_with_the_next(void **state)
{
    (void)state;
    struct rig rig;
    open_desk(&rig);
    struct http_request added = call(&rig, users_add, "{\"naam\":\"nieuw\",\"rollen\":[\"fg\"]}");
    assert_int_equal(added.status, 201);
    char token[RIG_TOKEN_MAX];
    char header[RIG_TOKEN_MAX + 8];
    member(&added, "toegangsbewijs", token, sizeof token);
    (void)snprintf(header, sizeof header, "Bearer %s", token);
    char id[IDENT_TEXT_SIZE];
    member(&added, "id", id, sizeof id);
    struct http_request list = call(&rig, users_list, "");
    assert_true(rig_says(&list, "nieuw"));
    assert_false(rig_says(&list, "toegangsbewijs"));
    for (int changed = 0; changed < 2; changed++) {
        struct http_request head = rig_request(&rig, "");
        head.authorization = header;
        rig_handle(log_head, &head);
        assert_int_equal(head.status, changed == 0 ? 200 : 401);
        rig_forget(&head);
        struct http_request change = rig_request(&rig, "{\"rollen\":[\"fg\"]}");
        change.authorization = TOKEN;
        change.parameter = id;
        rig_handle(users_change, &change);
        assert_int_equal(change.status, 200);
        rig_forget(&change);
    }
    rig_forget(&added);
    rig_forget(&list);
    rig_close(&rig);
}

static void a_user_who_is_there_already_or_not_at_all_is_a_record_too(void **state)
{
    (void)state;
    struct rig rig;
    open_desk(&rig);
    assert_int_equal(status_of(&rig, users_add, "{\"naam\":\"c.visser\",\"rollen\":[\"fg\"]}"), 409);
    assert_int_equal(rig_last(&rig).fault, FAULT_CONFLICT);
    struct http_request change = rig_request(&rig, "{\"rollen\":[\"fg\"]}");
    change.authorization = TOKEN;
    /* Whoever is nobody's id; a name, which is no id of ours, tells nothing either. */
    static const char *const nobody[] = {"0123456789abcdef0123456789abcdef", "c.visser", ""};
    for (size_t i = 0; i < COUNT_OF(nobody); i++) {
        const uint64_t before = rig_leaves(&rig);
        change.parameter = nobody[i];
        rig_handle(users_change, &change);
        assert_int_equal(change.status, 404);
        assert_int_equal(rig_last(&rig).fault, FAULT_NOT_FOUND);
        assert_int_equal(rig_leaves(&rig), before + 1);
    }
    rig_forget(&change);
    rig_close(&rig);
}

/* One more than fit a page, and who asks. */
static void add_users(struct rig *rig, size_t count)
{
    struct store_batch *batch = store_batch_new(rig->world.door);
    for (size_t i = 0; i < count; i++) {
        struct user user = {.roles = 1U << ROLE_DPO};
        struct buf payload;
        (void)snprintf(user.name, sizeof user.name, "naam-%zu", i);
        buf_init(&payload, STORE_PAYLOAD_MAX);
        user_encode(&user, &payload);
        const struct store_write item = {
            .id = entropy_ident(&rig->entropy), .keys = {slice_text(user.name)}, .payload = buf_slice(&payload)};
        store_put(batch, STORE_USER, &item);
        buf_free(&payload);
    }
    assert_int_equal(world_commit(&rig->world, batch), FAULT_NONE);
}

static size_t count_of(const struct http_request *request, const char *what)
{
    size_t count = 0;
    for (const char *at = (const char *)request->answer.ptr; (at = strstr(at, what)) != NULL; at++) {
        count++;
    }
    return count;
}

static struct http_request list_page(struct rig *rig, const char *query)
{
    struct http_request request = rig_request(rig, "");
    request.authorization = TOKEN;
    request.query = query;
    rig_handle(users_list, &request);
    return request;
}

static void the_list_of_users_goes_on_where_a_page_ended(void **state)
{
    (void)state;
    struct rig rig;
    char next[IDENT_TEXT_SIZE];
    char query[64];
    open_desk(&rig);
    add_users(&rig, STORE_LIST_MAX);
    struct http_request first = list_page(&rig, "");
    assert_int_equal(first.status, 200);
    assert_int_equal(count_of(&first, "\"naam\""), STORE_LIST_MAX);
    member(&first, "volgende", next, sizeof next);
    (void)snprintf(query, sizeof query, "na=%s&aantal=%d", next, STORE_LIST_MAX);
    struct http_request last = list_page(&rig, query);
    assert_int_equal(last.status, 200);
    assert_int_equal(count_of(&last, "\"naam\""), 1);
    assert_true(rig_says(&last, "\"naam-499\""));
    assert_false(rig_says(&first, "\"naam-499\""));
    assert_false(rig_says(&last, "volgende"));
    rig_forget(&first);
    rig_forget(&last);
    rig_close(&rig);
}

static void a_page_of_users_that_cannot_be_is_refused_with_a_record(void **state)
{
    (void)state;
    static const char *const wrong[] = {"aantal=0",
                                        "aantal=501",
                                        "aantal=",
                                        "aantal=x",
                                        "na=",
                                        "na=c.visser",
                                        "na=0123456789abcdef0123456789abcdef",
                                        "aantal=5&na=kort"};
    struct rig rig;
    open_desk(&rig);
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct http_request request = list_page(&rig, wrong[i]);
        assert_int_equal(request.status, 400);
        assert_int_equal(rig_last(&rig).operation, RECORD_REFUSED);
        assert_false(rig_says(&request, "c.visser"));
        rig_forget(&request);
    }
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(that_a_person_is_here_already_is_told_with_a_record),
        cmocka_unit_test(without_a_log_nobody_hears_who_is_here),
        cmocka_unit_test(a_search_is_a_look_whether_or_not_he_is_found),
        cmocka_unit_test(an_involvement_of_somebody_who_is_not_here_is_refused_and_recorded),
        cmocka_unit_test(one_involvement_past_the_bound_is_refused),
        cmocka_unit_test(a_household_is_recorded_for_each_member),
        cmocka_unit_test(only_a_household_that_is_registered_becomes_one),
        cmocka_unit_test(pages_of_the_log_have_bounds),
        cmocka_unit_test(the_log_shows_no_whole_number),
        cmocka_unit_test(a_token_is_shown_once_works_and_ends_with_the_next),
        cmocka_unit_test(a_user_who_is_there_already_or_not_at_all_is_a_record_too),
        cmocka_unit_test(the_list_of_users_goes_on_where_a_page_ended),
        cmocka_unit_test(a_page_of_users_that_cannot_be_is_refused_with_a_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
