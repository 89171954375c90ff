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

struct sent {
    unsigned number;
    const char *about;
    const char *by;
    const char *purposes;
    char id[IDENT_TEXT_SIZE];
    char body[1024];
    struct cert_identity team;
};

static struct http_request request_of(struct rig *rig, struct sent *m)
{
    m->team = (struct cert_identity){.organisation = "Proef"};
    assert_true(oin_parse(slice_text(AREA_TEAM), &m->team.oin));
    (void)snprintf(m->id, sizeof m->id, "%032x", m->number);
    (void)snprintf(m->body, sizeof m->body,
                   "{\"betrokkene\":{\"bsn\":\"%s\"},\"soort\":\"avg-grond\",\"door\":\"%s\","
                   "\"ontvangers\":[],\"doelen\":[%s],\"ontvangstbewijs\":\"%s\"}",
                   m->about, m->by, m->purposes, rig_receipt(AREA_TEAM).text);
    struct http_request request = rig_request(rig, m->body);
    request.peer = &m->team;
    request.request_id = m->id;
    return request;
}

static int receive_as(struct rig *rig, struct sent m)
{
    struct http_request request = request_of(rig, &m);
    rig_handle(withdrawals_take, &request);
    const int status = request.status;
    assert_true(status != 200 || request.leaves == rig_leaves(rig)); /* durable when the answer left */
    rig_forget(&request);
    return status;
}

static int receive(struct rig *rig, unsigned number)
{
    return receive_as(rig, (struct sent){.number = number, .about = KNOWN, .by = "betrokkene", .purposes = ""});
}

/* Purposes of the covenant by the bits of a number: so many withdrawals, no two alike. */
static const char *some_purposes(unsigned bits, char out[512])
{
    out[0] = '\0';
    for (size_t i = 0; i < 7; i++) {
        static const char *const codes[] = {
            "hulpafstemming", "wgs-schuldhulp", "wgs-vroegsignalering", "onderzoek-veilig-thuis",
            "uitvoering-ots", "leerplicht",     "acuut-gevaar"};
        if ((bits >> i & 1U) != 0) {
            (void)snprintf(out + strlen(out), 512 - strlen(out), "%s\"%s\"", out[0] != '\0' ? "," : "", codes[i]);
        }
    }
    return out;
}

/* A person has room for so many facts; at the desk a withdrawal finds some longer. */
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
    for (size_t i = 0; i < FACTS_WITHDRAWN_MAX; i++) {
        assert_int_equal(status_of(&rig, consents_add, withdrawal), 201);
    }
    assert_int_equal(status_of(&rig, consents_add, withdrawal), 409);
    assert_int_equal(facts_of(&rig, &person), FACTS_PER_SUBJECT_MAX + FACTS_WITHDRAWN_MAX);
    rig_close(&rig);
}

static void find_widest(void *ctx, const struct store_found *found, const struct error *err)
{
    assert_null(err);
    for (size_t i = 0; i < found->child_count; i++) {
        struct fact fact;
        struct error fault;
        assert_int_equal(fact_decode(found->children[i].payload, &fact, &fault), RESULT_OK);
        *(bool *)ctx = *(bool *)ctx || (fact.purposes.count == 0 && fact.recipients.count == 0);
    }
}

/* However many a partner sends, and about whom: the answer is the same, what is kept is bounded, past the bound all is
 * closed, and the desk keeps its room. */
static void a_flood_of_withdrawals_tells_nothing_and_fills_nothing(void **state)
{
    (void)state;
    enum { FLOOD = 127 }; /* every set of seven purposes but the empty one */
    struct rig rig;
    char purposes[512];
    bool closed = false;
    open_all(&rig);
    const struct ident person = rig_person(&rig, KNOWN);
    for (unsigned i = 1; i <= FLOOD; i++) {
        const struct sent known = {
            .number = i, .about = KNOWN, .by = "betrokkene", .purposes = some_purposes(i, purposes)};
        const struct sent unknown = {
            .number = 1000 + i, .about = "999000019", .by = "betrokkene", .purposes = purposes};
        assert_int_equal(receive_as(&rig, known), 200);
        assert_int_equal(receive_as(&rig, unknown), 200);
        if (i == FACTS_THROUGH_MAX) {
            store_get(rig.world.door, STORE_SUBJECT, &person, STORE_FACT, find_widest, &closed);
            assert_false(closed);
        }
    }
    assert_int_equal(facts_of(&rig, &person), FACTS_THROUGH_MAX);
    store_get(rig.world.door, STORE_SUBJECT, &person, STORE_FACT, find_widest, &closed);
    assert_true(closed);
    /* Another giver's withdrawal finds a place of its own. */
    assert_int_equal(
        receive_as(&rig, (struct sent){.number = 99, .about = KNOWN, .by = "ouder", .purposes = "\"leerplicht\""}),
        200);
    assert_int_equal(facts_of(&rig, &person), FACTS_THROUGH_MAX + 1);
    for (size_t i = 0; i < FACTS_PER_SUBJECT_MAX; i++) {
        assert_int_equal(
            status_of(&rig, consents_add, "{\"bsn\":\"" KNOWN "\",\"toestemming\":{" WORD "\"geweigerd\"}}"), 201);
    }
    rig_close(&rig);
}

/* Two of the same at the same moment, about somebody who is known and somebody who is not. */
static void the_same_message_twice_at_once_is_answered_alike(void **state)
{
    (void)state;
    static const char *const people[] = {KNOWN, "999000019"};
    struct rig rig;
    open_all(&rig);
    const struct ident person = rig_person(&rig, KNOWN);
    for (size_t i = 0; i < COUNT_OF(people); i++) {
        struct sent m[3];
        struct http_request requests[COUNT_OF(m)];
        for (size_t k = 0; k < COUNT_OF(m); k++) {
            m[k] = (struct sent){.number = 5, .about = people[i], .by = "betrokkene", .purposes = ""};
            requests[k] = request_of(&rig, &m[k]);
            withdrawals_take(&requests[k], &rig.api);
        }
        rig_run(&rig);
        for (size_t k = 0; k < COUNT_OF(m); k++) {
            assert_int_equal(requests[k].answers, 1);
            assert_int_equal(requests[k].status, 200);
            assert_int_equal(requests[k].answer.len, requests[0].answer.len);
        }
        for (size_t k = 0; k < COUNT_OF(m); k++) {
            rig_forget(&requests[k]);
        }
    }
    assert_int_equal(facts_of(&rig, &person), 1);
    rig_close(&rig);
}

static void so_many_wait_for_their_turn_and_no_more(void **state)
{
    (void)state;
    enum { SENT = WITHDRAWALS_LINE_MAX + 2 };
    static struct sent m[SENT];
    static struct http_request requests[SENT];
    struct rig rig;
    size_t busy = 0;
    open_all(&rig);
    for (unsigned i = 0; i < SENT; i++) {
        m[i] = (struct sent){.number = i, .about = "999000019", .by = "betrokkene", .purposes = ""};
        requests[i] = request_of(&rig, &m[i]);
        withdrawals_take(&requests[i], &rig.api);
    }
    rig_run(&rig);
    for (size_t i = 0; i < SENT; i++) {
        assert_int_equal(requests[i].answers, 1);
        assert_true(requests[i].status == 200 || (requests[i].status == 503 && i >= WITHDRAWALS_LINE_MAX));
        busy += requests[i].status == 503;
        rig_forget(&requests[i]);
    }
    assert_int_equal(busy, SENT - WITHDRAWALS_LINE_MAX);
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
    assert_int_equal(receive(&rig, 8), 200); /* the same again, later: in the same place */
    assert_int_equal(facts_of(&rig, &person), 1);
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

/* The school may use the number for truancy, and for nothing else. */
static void let_the_school_use_the_number_for_truancy(struct rig *rig)
{
    static const char ground[] = "\"bsnGrondslag\": \"wpo-178a\", ";
    char *text = rig_covenant_text();
    char *at = strstr(text, ground);
    assert_non_null(at);
    at += sizeof ground - 1;
    const size_t more = strlen("\"bsnDoelen\": [\"leerplicht\"], ");
    char *changed = malloc(strlen(text) + more + 1);
    assert_non_null(changed);
    (void)sprintf(changed, "%.*s\"bsnDoelen\": [\"leerplicht\"], %s", (int)(at - text), text, at);
    rig_set_covenant(rig, changed);
    free(changed);
    free(text);
}

static void who_may_not_use_the_number_gets_no_message(void **state)
{
    (void)state;
    static const struct {
        const char *purposes;
        int status;
    } cases[] = {{"\"hulpafstemming\"", 400}, {"\"leerplicht\"", 201}, {"", 201}};
    struct rig rig;
    char body[512];
    open_all(&rig);
    (void)rig_person(&rig, KNOWN);
    let_the_school_use_the_number_for_truancy(&rig);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        (void)snprintf(body, sizeof body,
                       "{\"bsn\":\"" KNOWN
                       "\",\"toestemming\":{\"soort\":\"avg-grond\",\"door\":\"betrokkene\",\"doelen\":[%s],"
                       "\"bewijs\":\"b\",\"uitkomst\":\"ingetrokken\"},\"ketenpartners\":[\"" SCHOOL "\"]}",
                       cases[i].purposes);
        const size_t before = messages(&rig);
        assert_int_equal(status_of(&rig, consents_add, body), cases[i].status);
        assert_int_equal(messages(&rig), before + (cases[i].status == 201));
    }
    rig_close(&rig);
}

static struct http_request shown(struct rig *rig, const struct ident *fact)
{
    char body[64];
    (void)snprintf(body, sizeof body, "{\"id\":\"%s\"}", ident_text(fact).text);
    return call(rig, consents_show, body);
}

static void take_first(void *ctx, const struct store_found *found, const struct error *err)
{
    assert_true(err == NULL && found->child_count == 1);
    *(struct ident *)ctx = found->children[0].id;
}

static void disclose(struct rig *rig, const struct ident *person, const char *purpose)
{
    struct error err;
    struct store_batch *batch = store_batch_new(rig->world.door);
    struct record record = {.operation = RECORD_ANSWERED,
                            .outcome = OUTCOME_RELEASED,
                            .subject = *person,
                            .categories = CATEGORY_BIT(CATEGORY_CONTACT),
                            .entries = 1,
                            .age = 255};
    assert_true(oin_parse(slice_text(AREA_TEAM), &record.peer));
    (void)snprintf(record.purpose, sizeof record.purpose, "%s", purpose);
    memcpy(record.covenant, covenant_digest(rig->api.covenant->covenant)->bytes, sizeof record.covenant);
    assert_int_equal(audit_append(rig->api.audit, batch, &record, slice_text(""), &err), RESULT_OK);
    assert_int_equal(world_commit(&rig->world, batch), FAULT_NONE);
}

/* Read together with the person or who speaks for him: what was asked in urgency does not stand there; what was disclosed a
 * moment ago, which no search finds yet, does; what another person's consent is about does not. */
static void who_received_data_is_shown_at_once_but_for_what_is_urgent(void **state)
{
    (void)state;
    struct rig rig;
    struct ident fact;
    open_all(&rig);
    const struct ident person = rig_person(&rig, KNOWN);
    const struct ident other = rig_person(&rig, "999000019");
    struct fact consent = {.kind = FACT_CONSENT,
                           .state = STATE_GIVEN,
                           .consent = CONSENT_GROUND,
                           .categories = CATEGORY_BIT(CATEGORY_CONTACT),
                           .recipients = {1, {"gebiedsteam"}},
                           .purposes = {2, {"hulpafstemming", "onderzoek-veilig-thuis"}}};
    rig_fact(&rig, &person, &consent);
    store_get(rig.world.door, STORE_SUBJECT, &person, STORE_FACT, take_first, &fact);
    disclose(&rig, &person, "onderzoek-veilig-thuis");
    disclose(&rig, &other, "hulpafstemming");
    struct http_request before = shown(&rig, &fact);
    assert_int_equal(before.status, 200);
    assert_true(rig_says(&before, "\"verstrekkingen\":[]"));
    rig_forget(&before);
    disclose(&rig, &person, "hulpafstemming");
    struct http_request after = shown(&rig, &fact);
    assert_true(rig_says(&after, "\"doel\":\"hulpafstemming\",\"aantal\":1"));
    assert_false(rig_says(&after, "veilig-thuis\",\"aantal"));
    assert_true(rig_says(&after, "\"verstrekkingenVolledig\":true"));
    rig_forget(&after);
    rig_close(&rig);
}

static int64_t moved_ms;

static int64_t moved_clock(void *ctx)
{
    (void)ctx;
    return 1767225600000 + moved_ms;
}

struct moments {
    size_t count;
    int64_t recorded[8];
    int64_t changed[8];
};

static void take_moments(void *ctx, const struct store_found *found, const struct error *err)
{
    struct moments *m = ctx;
    assert_null(err);
    for (m->count = 0; m->count < found->child_count; m->count++) {
        struct fact fact;
        struct error fault;
        assert_true(m->count < COUNT_OF(m->recorded));
        assert_int_equal(fact_decode(found->children[m->count].payload, &fact, &fault), RESULT_OK);
        m->recorded[m->count] = fact.recorded_ms;
        m->changed[m->count] = fact.changed_ms;
    }
}

/* A clock that went back a little makes no withdrawal older than what it withdraws, nor what is given after it. */
static void what_is_said_later_counts_as_later_whatever_the_clock_does(void **state)
{
    (void)state;
    static const char given[] =
        "{\"bsn\":\"" KNOWN "\",\"toestemming\":{\"soort\":\"avg-grond\",\"door\":\"betrokkene\","
        "\"ontvangers\":[\"gebiedsteam\"],\"doelen\":[\"hulpafstemming\"],\"categorieen\":[\"contact\"],"
        "\"bewijs\":\"b\",\"voorgelicht\":true,\"uitkomst\":\"gegeven\"}}";
    static const char withdrawal[] = "{\"bsn\":\"" KNOWN "\",\"toestemming\":{" WORD "\"ingetrokken\"}}";
    struct rig rig;
    struct moments m;
    open_all(&rig);
    const struct ident person = rig_person(&rig, KNOWN);
    rig.world.clock.now_ms = moved_clock;
    moved_ms = 4000;
    assert_int_equal(status_of(&rig, consents_add, given), 201);
    moved_ms = 1000;
    assert_int_equal(receive(&rig, 1), 200);
    assert_int_equal(status_of(&rig, consents_add, withdrawal), 201);
    assert_int_equal(status_of(&rig, consents_add, given), 201);
    store_get(rig.world.door, STORE_SUBJECT, &person, STORE_FACT, take_moments, &m);
    assert_int_equal(m.count, 4);
    assert_true(m.changed[1] >= m.recorded[0]);
    assert_true(m.changed[2] >= m.recorded[0]);
    assert_true(m.recorded[3] > m.changed[1] && m.recorded[3] > m.changed[2]);
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
        cmocka_unit_test(a_flood_of_withdrawals_tells_nothing_and_fills_nothing),
        cmocka_unit_test(the_same_message_twice_at_once_is_answered_alike),
        cmocka_unit_test(so_many_wait_for_their_turn_and_no_more),
        cmocka_unit_test(who_may_not_use_the_number_gets_no_message),
        cmocka_unit_test(who_received_data_is_shown_at_once_but_for_what_is_urgent),
        cmocka_unit_test(what_is_said_later_counts_as_later_whatever_the_clock_does),
        cmocka_unit_test(a_message_that_comes_again_is_done_once),
        cmocka_unit_test(a_full_disk_leaves_neither_fact_nor_message),
        cmocka_unit_test(partners_of_a_withdrawal_are_parties_and_not_too_many),
        cmocka_unit_test(a_step_is_of_its_own_kind),
        cmocka_unit_test(a_statement_is_shown_with_so_many_who_received_data),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
