/* Facts at the desk and from partners: bounds, and that fact, message and record are there together or not at all. */
#include "unit/api/api_rig.h"

#include "api/facts.h"
#include "api/withdrawals.h"

#define TOKEN "Bearer kb-facts"
#define KNOWN "999000007"
#define WORD                                                                                                           \
    "\"soort\":\"avg-grond\",\"door\":\"betrokkene\",\"ontvangers\":[\"gebiedsteam\"],\"doelen\":[],\"bewijs\":\"b\"," \
    "\"uitkomst\":"

static void open_all(struct rig *rig)
{
    rig_open(rig, DEBT_HELP);
    rig_user(rig, "c.visser", 1U << ROLE_CONSULENT, false, TOKEN);
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
    const int status = request.status;
    rig_forget(&request);
    return status;
}

static void count_facts(void *ctx, const struct store_found *found, const struct error *err)
{
    assert_null(err);
    *(size_t *)ctx = found->child_count;
}

static size_t facts_of(struct rig *rig, const struct ident *person)
{
    size_t count = SIZE_MAX;
    store_get(rig->world.door, STORE_SUBJECT, person, STORE_FACT, count_facts, &count);
    return count;
}

static void count_items(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *err)
{
    (void)items;
    assert_true(err == NULL && !more);
    *(size_t *)ctx = count;
}

static size_t messages(struct rig *rig)
{
    size_t count = SIZE_MAX;
    store_list(rig->world.door, STORE_MESSAGE, NULL, STORE_LIST_MAX, count_items, &count);
    return count;
}

static int receive(struct rig *rig, unsigned number)
{
    struct cert_identity team = {.organisation = "Proef"};
    char body[1024];
    char id[IDENT_TEXT_SIZE];
    assert_true(oin_parse(slice_text(AREA_TEAM), &team.oin));
    (void)snprintf(id, sizeof id, "%032x", number);
    (void)snprintf(body, sizeof body,
                   "{\"betrokkene\":{\"bsn\":\"" KNOWN "\"},\"soort\":\"avg-grond\",\"door\":\"betrokkene\","
                   "\"ontvangers\":[],\"doelen\":[],\"ontvangstbewijs\":\"%s\"}",
                   rig_receipt(AREA_TEAM).text);
    struct http_request request = rig_request(rig, body);
    request.peer = &team;
    request.request_id = id;
    rig_handle(withdrawals_take, &request);
    const int status = request.status;
    assert_true(status != 200 || request.leaves == rig_leaves(rig)); /* durable when the answer left */
    rig_forget(&request);
    return status;
}

/* A person has room for so many; a withdrawal finds some longer, at the desk and through partners. */
static void facts_of_one_person_are_bounded_and_withdrawals_find_room_longer(void **state)
{
    (void)state;
    static const char refusal[] = "{\"bsn\":\"" KNOWN "\",\"toestemming\":{" WORD "\"geweigerd\"}}";
    static const char withdrawal[] = "{\"bsn\":\"" KNOWN "\",\"toestemming\":{" WORD "\"ingetrokken\"}}";
    struct rig rig;
    open_all(&rig);
    const struct ident person = rig_person(&rig, KNOWN);
    for (size_t i = 0; i < FACTS_PER_SUBJECT_MAX; i++) {
        assert_int_equal(status_of(&rig, consents_add, refusal), 201);
    }
    assert_int_equal(status_of(&rig, consents_add, refusal), 409);
    assert_int_equal(status_of(&rig, consents_add, withdrawal), 201);
    for (unsigned i = 1; i < FACTS_WITHDRAWN_MAX; i++) {
        assert_int_equal(receive(&rig, i), 200);
    }
    assert_int_equal(status_of(&rig, consents_add, withdrawal), 409);
    assert_int_equal(receive(&rig, FACTS_WITHDRAWN_MAX), 413);
    assert_int_equal(facts_of(&rig, &person), FACTS_PER_SUBJECT_MAX + FACTS_WITHDRAWN_MAX);
    rig_close(&rig);
}

static void a_message_that_comes_again_is_done_once(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    const struct ident person = rig_person(&rig, KNOWN);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(receive(&rig, 7), 200);
        assert_int_equal(rig_last(&rig).operation, RECORD_TAKEN);
    }
    assert_int_equal(facts_of(&rig, &person), 1);
    assert_int_equal(receive(&rig, 8), 200);
    assert_int_equal(facts_of(&rig, &person), 2);
    rig_close(&rig);
}

/* Nothing of a change is there when its record is not. */
static void a_full_disk_leaves_neither_fact_nor_message(void **state)
{
    (void)state;
    static const char withdrawal[] =
        "{\"bsn\":\"" KNOWN "\",\"toestemming\":{" WORD "\"ingetrokken\"},\"ketenpartners\":[\"" AREA_TEAM "\"]}";
    struct rig rig;
    open_all(&rig);
    const struct ident person = rig_person(&rig, KNOWN);
    rig_disk_full(&rig, true);
    assert_int_equal(status_of(&rig, consents_add, withdrawal), 503);
    assert_int_equal(receive(&rig, 1), 503);
    rig_disk_full(&rig, false);
    assert_int_equal(facts_of(&rig, &person), 0);
    assert_int_equal(messages(&rig), 0);
    const uint64_t before = rig_leaves(&rig);
    assert_int_equal(status_of(&rig, consents_add, withdrawal), 201);
    assert_int_equal(facts_of(&rig, &person), 1);
    assert_int_equal(messages(&rig), 1);
    assert_true(rig_leaves(&rig) > before);
    const struct record last = rig_last(&rig);
    assert_int_equal(last.operation, RECORD_CHANGED);
    assert_true(ident_equal(&last.subject, &person));
    rig_close(&rig);
}

static void partners_of_a_withdrawal_are_parties_and_not_too_many(void **state)
{
    (void)state;
    struct rig rig;
    char many[2048] = "";
    char body[4096];
    open_all(&rig);
    (void)rig_person(&rig, KNOWN);
    for (size_t i = 0; i <= OUTBOX_PARTNERS_MAX; i++) {
        (void)snprintf(many + strlen(many), sizeof many - strlen(many), "%s\"" AREA_TEAM "\"", i == 0 ? "" : ",");
    }
    const char *const lists[] = {many, "\"" STRANGER "\"", "\"" DEBT_HELP "\"", "\"1\"", "7"};
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        (void)snprintf(body, sizeof body,
                       "{\"bsn\":\"" KNOWN "\",\"toestemming\":{" WORD "\"ingetrokken\"},\"ketenpartners\":[%s]}",
                       lists[i]);
        assert_int_equal(status_of(&rig, consents_add, body), 400);
    }
    /* Only a withdrawal goes anywhere. */
    (void)snprintf(body, sizeof body,
                   "{\"bsn\":\"" KNOWN "\",\"toestemming\":{" WORD "\"geweigerd\"},\"ketenpartners\":[\"" AREA_TEAM
                   "\"]}");
    assert_int_equal(status_of(&rig, consents_add, body), 400);
    assert_int_equal(messages(&rig), 0);
    rig_close(&rig);
}

/* A fact is not another kind's, and an id is not a fact's. */
static void a_step_is_of_its_own_kind(void **state)
{
    (void)state;
    struct rig rig;
    char body[256];
    open_all(&rig);
    (void)rig_person(&rig, KNOWN);
    struct http_request added =
        call(&rig, authorities_add,
             "{\"bsn\":\"" KNOWN
             "\",\"gezagsrelatie\":{\"soort\":\"curator\",\"naam\":\"C.\",\"bewijs\":\"b\",\"vanaf\":\"2020-01-01\"}}");
    assert_int_equal(added.status, 201);
    const char *id = strstr((const char *)added.answer.ptr, "\"id\":\"") + 6;
    (void)snprintf(body, sizeof body, "{\"id\":\"%.32s\",\"toelichting\":\"t\"}", id);
    rig_forget(&added);
    assert_int_equal(status_of(&rig, consents_withdraw, body), 404);
    assert_int_equal(status_of(&rig, extended_care_end, body), 404);
    assert_int_equal(status_of(&rig, authorities_end, body), 200);
    assert_int_equal(status_of(&rig, authorities_end, body), 409);
    assert_int_equal(
        status_of(&rig, authorities_end, "{\"id\":\"00000000000000000000000000000000\",\"toelichting\":\"t\"}"), 404);
    assert_int_equal(status_of(&rig, authorities_end, "{\"id\":\"x\",\"toelichting\":\"t\"}"), 400);
    rig_close(&rig);
}

/* One answer that released something, for each of so many purposes. */
static void answer_for_purposes(struct rig *rig, const struct ident *person, unsigned count)
{
    struct error err;
    struct store_batch *batch = store_batch_new(rig->world.door);
    assert_non_null(batch);
    for (unsigned i = 0; i < count; i++) {
        struct record r = {.operation = RECORD_ANSWERED,
                           .outcome = OUTCOME_RELEASED,
                           .class = {.class = 1},
                           .age = 40,
                           .subject = *person,
                           .categories = CATEGORY_BIT(CATEGORY_CONTACT)};
        assert_true(oin_parse(slice_text(AREA_TEAM), &r.peer));
        (void)snprintf(r.purpose, sizeof r.purpose, "doel-%u", i);
        assert_int_equal(audit_append(rig->api.audit, batch, &r, slice_of(NULL, 0), &err), RESULT_OK);
    }
    assert_int_equal(world_commit(&rig->world, batch), FAULT_NONE);
    indexing_tick(rig->api.indexing);
    rig_run(rig);
}

static void a_statement_is_shown_with_so_many_who_received_data(void **state)
{
    (void)state;
    for (unsigned more = 0; more <= 1; more++) {
        struct rig rig;
        struct buf payload;
        char body[80];
        struct json *answer = NULL;
        struct error err;
        open_all(&rig);
        const struct ident person = rig_person(&rig, KNOWN);
        const struct fact fact = {.kind = FACT_CONSENT,
                                  .state = STATE_GIVEN,
                                  .consent = CONSENT_GROUND,
                                  .as = GIVER_SUBJECT,
                                  .recipients = {1, {"gebiedsteam"}},
                                  .from = {2025, 6, 1}};
        buf_init(&payload, STORE_PAYLOAD_MAX);
        fact_encode(&fact, &payload);
        const struct store_write item = {
            .id = entropy_ident(&rig.entropy), .parent = person, .payload = buf_slice(&payload)};
        rig_put(&rig, STORE_FACT, &item);
        buf_free(&payload);
        answer_for_purposes(&rig, &person, DISCLOSURES_MAX + more);
        (void)snprintf(body, sizeof body, "{\"id\":\"%s\"}", ident_text(&item.id).text);
        struct http_request r = call(&rig, consents_show, body);
        assert_int_equal(r.status, 200);
        assert_int_equal(json_parse(slice_text((const char *)r.answer.ptr), &answer, &err), RESULT_OK);
        assert_int_equal(json_size(json_member(answer, "verstrekkingen")), DISCLOSURES_MAX);
        assert_int_equal(json_bool(json_member(answer, "verstrekkingenVolledig")), more == 0);
        json_free(answer);
        rig_forget(&r);
        rig_close(&rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts_of_one_person_are_bounded_and_withdrawals_find_room_longer),
        cmocka_unit_test(a_message_that_comes_again_is_done_once),
        cmocka_unit_test(a_full_disk_leaves_neither_fact_nor_message),
        cmocka_unit_test(partners_of_a_withdrawal_are_parties_and_not_too_many),
        cmocka_unit_test(a_step_is_of_its_own_kind),
        cmocka_unit_test(a_statement_is_shown_with_so_many_who_received_data),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
