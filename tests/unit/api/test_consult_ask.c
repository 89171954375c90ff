/* The asker's half of a consult: refused before anyone hears, durable before anyone is asked, partners not believed. */
#include "unit/api/sets_rig.h"

#include "api/consult_ask.h"

#define TOKEN  "Bearer kb-generalist"
#define BODY   "{\"doel\":\"hulpafstemming\",\"grondslag\":\"wmo-5.1.1\",\"zaak\":\"Z-1\",\"reden\":\"gezin meldt zich\","
#define PEOPLE "\"betrokkenen\":[{\"bsn\":\"999000007\"},{\"bsn\":\"999000019\"}]}"

static const char *const both[] = {"999000007", "999000019"};

/* Both people are in the sets of all partners. */
static void open_team(struct rig *rig, struct sets *sets)
{
    rig_open(rig, AREA_TEAM);
    rig_user(rig, "g.jansen", 1U << ROLE_GENERALIST, false, TOKEN);
    sets_open(sets, rig, both, COUNT_OF(both));
}

/* The call holds on to `request` until it is answered. All partners evaluate; who is in a set is then being asked about. */
static void ask(struct sets *sets, const char *body, struct http_request *request)
{
    *request = rig_request(sets->rig, body);
    request->authorization = TOKEN;
    rig_handle(consult_ask, request);
    sets_answer(sets);
}

static void answer_all(struct rig *rig, enum peer_outcome_kind kind, int status, const char *body)
{
    const struct peer_outcome outcome = {
        .kind = kind, .status = status, .media_type = "application/json", .body = slice_text(body), .tries = 1};
    for (size_t i = 0; i < rig->peers.count; i++) {
        rig->peers.asks[i].done(rig->peers.asks[i].ctx, &outcome);
    }
    rig_run(rig);
}

static size_t recorded(struct rig *rig, enum record_operation operation)
{
    size_t count = 0;
    for (uint64_t i = 0; i < rig_leaves(rig); i++) {
        count += rig_record(rig, i).operation == operation;
    }
    return count;
}

/* Neither for its evaluation nor about anybody. */
static void nobody_is_asked_before_the_asking_is_durable(void **state)
{
    (void)state;
    struct rig rig;
    struct sets sets;
    open_team(&rig, &sets);
    struct http_request request = rig_request(&rig, BODY PEOPLE);
    request.authorization = TOKEN;
    consult_ask(&request, &rig.api);
    assert_int_equal(rig.peers.count, 0);
    rig_run(&rig);
    const size_t partners = rig.peers.count;
    assert_true(partners >= 2);
    assert_int_equal(recorded(&rig, RECORD_EVALUATION_ASKED), partners);
    for (size_t i = 0; i < partners; i++) {
        assert_string_equal(rig.peers.asks[i].path, "/v1/blinde-evaluaties");
        assert_int_equal(rig.peers.asks[i].leaves, partners + 1); /* and the class key's */
    }
    sets_answer(&sets);
    assert_int_equal(rig.peers.count, 2 * partners);
    assert_int_equal(recorded(&rig, RECORD_EVALUATION_RECEIVED), partners);
    assert_int_equal(recorded(&rig, RECORD_TESTED), 2);
    assert_int_equal(recorded(&rig, RECORD_ASKED), rig.peers.count);
    for (size_t i = 0; i < rig.peers.count; i++) {
        assert_string_equal(rig.peers.asks[i].path, "/v1/raadplegingen");
        assert_int_equal(rig.peers.asks[i].leaves, rig_leaves(&rig));
    }
    assert_int_equal(request.answers, 0);
    answer_all(&rig, PEER_DOWN, 0, "");
    assert_int_equal(request.status, 200);
    assert_int_equal(request.leaves, rig_leaves(&rig));
    assert_int_equal(recorded(&rig, RECORD_RECEIVED), rig.peers.count);
    assert_int_equal(rig_last(&rig).outcome, OUTCOME_NO_ANSWER);
    rig_forget(&request);
    rig_close(&rig);
}

static void without_a_log_nobody_is_asked(void **state)
{
    (void)state;
    struct rig rig;
    struct sets sets;
    open_team(&rig, &sets);
    rig_disk_full(&rig, true);
    struct http_request r;
    ask(&sets, BODY PEOPLE, &r);
    assert_int_equal(r.status, 503);
    assert_int_equal(rig.peers.count, 0);
    rig_forget(&r);
    rig_close(&rig);
}

static void without_a_log_nothing_that_came_back_is_shown(void **state)
{
    (void)state;
    struct rig rig;
    struct sets sets;
    open_team(&rig, &sets);
    struct http_request r;
    ask(&sets, BODY PEOPLE, &r);
    rig_disk_full(&rig, true);
    char answer[CONSULT_ANSWER_BYTES + 1];
    rig_answer(DEBT_HELP, "[{\"leefgebied\":\"financien\"}]", answer);
    answer_all(&rig, PEER_ANSWERED, 200, answer);
    assert_int_equal(r.status, 503);
    assert_false(rig_says(&r, "financien"));
    rig_forget(&r);
    rig_close(&rig);
}

/* What a partner does, and what the professional sees of it: never "no involvement" for a partner without answer. */
static void a_partner_without_answer_is_shown_as_such(void **state)
{
    (void)state;
    static const struct {
        enum peer_outcome_kind kind;
        int status;
        const char *body;
    } cases[] = {
        {PEER_DOWN, 0, ""},
        {PEER_TIMED_OUT, 0, ""},
        {PEER_GARBAGE, 0, ""},
        {PEER_ANSWERED, 503, ""},
        {PEER_ANSWERED, 403, "{\"betrokkenheden\":[],\"opvulling\":\"\"}"},
        {PEER_ANSWERED, 200, ""},
        {PEER_ANSWERED, 200, "{\"betrokkenheden\":[]}"},
        {PEER_ANSWERED, 200, "{\"betrokkenheden\":[{\"leefgebied\":\"fraude\"}],\"opvulling\":\"\"}"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct rig rig;
        struct sets sets;
        open_team(&rig, &sets);
        struct http_request r;
        ask(&sets, BODY PEOPLE, &r);
        answer_all(&rig, cases[i].kind, cases[i].status, cases[i].body);
        assert_int_equal(r.status, 200);
        assert_true(rig_says(&r, "geen-antwoord"));
        assert_false(rig_says(&r, "geen-betrokkenheid-gedeeld"));
        assert_false(rig_says(&r, "\"betrokken\""));
        assert_int_equal(rig_last(&rig).outcome, OUTCOME_NO_ANSWER);
        rig_forget(&r);
        rig_close(&rig);
    }
}

/* No receipt of the partner's own log, no answer: another's does not help. What holds is kept, and named in the record. */
static void an_answer_counts_with_its_own_receipt_alone(void **state)
{
    (void)state;
    struct rig rig;
    struct sets sets;
    open_team(&rig, &sets);
    struct http_request r;
    char answer[CONSULT_ANSWER_BYTES + 1];
    struct oin school;
    uint64_t from_school = 0;
    ask(&sets, BODY PEOPLE, &r);
    rig_answer(SCHOOL, "[{\"leefgebied\":\"onderwijs-en-opvoeding\"}]", answer);
    answer_all(&rig, PEER_ANSWERED, 200, answer);
    assert_int_equal(r.status, 200);
    assert_true(oin_parse(slice_text(SCHOOL), &school));
    for (uint64_t i = rig_leaves(&rig) - rig.peers.count; i < rig_leaves(&rig); i++) {
        const struct record record = rig_record(&rig, i);
        const bool is_school = oin_equal(&record.peer, &school);
        uint8_t none[LOG_RECEIPT_BYTES] = {0};
        assert_int_equal(record.operation, RECORD_RECEIVED);
        assert_int_equal(record.outcome, is_school ? OUTCOME_GOT_INVOLVEMENT : OUTCOME_NO_ANSWER);
        assert_int_equal(memcmp(record.attachment, none, sizeof none) != 0, is_school);
        from_school += is_school;
    }
    assert_int_equal(from_school, 2);
    rig_forget(&r);
    rig_close(&rig);
}

/* Each question carries a receipt for its own record: no two the same, and each names the leaf that stands there. */
static void each_question_carries_a_receipt_for_its_record(void **state)
{
    (void)state;
    struct rig rig;
    struct sets sets;
    open_team(&rig, &sets);
    struct http_request r;
    struct receipt_cache cache = {.next = 0};
    uint64_t seen = 0;
    ask(&sets, BODY PEOPLE, &r);
    for (size_t i = 0; i < rig.peers.count; i++) {
        static const char name[] = "\"ontvangstbewijs\":\"";
        const char *at = strstr((const char *)rig.peers.asks[i].body.ptr, name);
        struct buf bytes;
        struct receipt receipt;
        struct error err;
        uint64_t sequence = 0;
        uint8_t leaf[LOG_LEAF_BYTES];
        struct sha256 hash;
        assert_non_null(at);
        buf_init(&bytes, RECEIPT_BYTES);
        assert_true(base64url_decode(slice_of(at + sizeof name - 1, RECEIPT_TEXT), &bytes));
        assert_int_equal(receipt_parse(buf_slice(&bytes), &receipt, &err), RESULT_OK);
        assert_true(receipt_holds(&receipt, "gebiedsteam.localhost/logboek", &rig.api.identity.checkpoints, &cache));
        assert_true(log_record_sequence(&rig.api.identity, &receipt.promise.record_id, &sequence));
        assert_true(sequence < 64 && (seen & 1ULL << sequence) == 0);
        seen |= 1ULL << sequence;
        rig_leaf(&rig, sequence, leaf);
        merkle_leaf_hash(slice_of(leaf, sizeof leaf), &hash);
        assert_memory_equal(hash.bytes, receipt.promise.leaf_hash.bytes, SHA256_SIZE);
        const struct record record = rig_record(&rig, sequence);
        assert_int_equal(record.operation, RECORD_ASKED);
        assert_true(ident_equal(&record.request_id, &rig.peers.asks[i].request_id));
        buf_free(&bytes);
    }
    answer_all(&rig, PEER_DOWN, 0, "");
    rig_forget(&r);
    rig_close(&rig);
}

static void a_question_that_cannot_start_is_a_partner_without_answer(void **state)
{
    (void)state;
    struct rig rig;
    struct sets sets;
    open_team(&rig, &sets);
    rig.peers.refuses = true;
    struct http_request r;
    ask(&sets, BODY PEOPLE, &r);
    assert_int_equal(r.answers, 1);
    assert_int_equal(r.status, 200);
    assert_true(rig_says(&r, "geen-antwoord"));
    rig_forget(&r);
    rig_close(&rig);
}

/* The own words for case and user reach no partner, nor does the reason; each partner has its own word. */
/* Before the receipt, which is random and may hold any word. */
static bool tells(const char *body, const char *word)
{
    const char *at = strstr(body, word);
    return at != NULL && at < strstr(body, "\"ontvangstbewijs\"");
}

static void partners_get_pseudonyms_that_they_cannot_join(void **state)
{
    (void)state;
    struct rig rig;
    struct sets sets;
    open_team(&rig, &sets);
    struct http_request r;
    ask(&sets, BODY PEOPLE, &r);
    struct buf *first = &rig.peers.asks[0].body;
    for (size_t i = 0; i < rig.peers.count; i++) {
        const char *body = (const char *)rig.peers.asks[i].body.ptr;
        assert_false(tells(body, "Z-1"));
        assert_false(tells(body, "g.jansen"));
        assert_false(tells(body, "gezin"));
        assert_false(tells(body, "999000007") || tells(body, "999000019"));
        const bool same_partner = oin_equal(&rig.peers.asks[i].partner, &rig.peers.asks[0].partner);
        const char *word = strstr(body, "\"zaak\":\"");
        assert_non_null(word);
        char pseudonym[9 + 32];
        memcpy(pseudonym, word, sizeof pseudonym - 1);
        pseudonym[sizeof pseudonym - 1] = '\0';
        assert_int_equal(strstr((const char *)first->ptr, pseudonym) != NULL, same_partner);
        assert_null(
            strstr(strstr(body, "\"gebruiker\""), pseudonym + strlen("\"zaak\":\""))); /* nor case and user one word */
    }
    answer_all(&rig, PEER_DOWN, 0, "");
    rig_forget(&r);
    rig_close(&rig);
}

static void a_client_that_goes_away_leaves_the_consult_to_end_and_be_recorded(void **state)
{
    (void)state;
    struct rig rig;
    struct sets sets;
    open_team(&rig, &sets);
    struct http_request r;
    ask(&sets, BODY PEOPLE, &r);
    r.gone(r.gone_ctx);
    char *text = rig_covenant_text();
    rig_set_covenant(&rig, text); /* and the covenant is replaced under it */
    free(text);
    answer_all(&rig, PEER_DOWN, 0, "");
    assert_int_equal(r.answers, 0);
    assert_int_equal(rig_last(&rig).operation, RECORD_RECEIVED);
    rig_forget(&r);
    rig_close(&rig);
}

static void a_refused_consult_names_each_person_in_the_log_and_none_in_the_answer(void **state)
{
    (void)state;
    struct rig rig;
    struct sets sets;
    open_team(&rig, &sets);
    struct http_request r;
    ask(&sets, "{\"doel\":\"hulpafstemming\",\"grondslag\":\"wmo-5.1.1\",\"reden\":\"gezin meldt zich\"," PEOPLE, &r);
    assert_int_equal(r.status, 400);
    assert_int_equal(rig.peers.count, 0);
    assert_false(rig_says(&r, "99900"));
    assert_int_equal(rig_leaves(&rig), 3); /* key, and two people */
    for (uint64_t i = 1; i < 3; i++) {
        const struct record record = rig_record(&rig, i);
        assert_int_equal(record.operation, RECORD_REFUSED);
        assert_string_equal(record.user, "g.jansen");
        assert_memory_equal(bsn_digits(&record.bsn).ptr, i == 1 ? "999000007" : "999000019", BSN_DIGITS);
    }
    rig_forget(&r);
    rig_close(&rig);
}

/* People that pass the eleven-test, counted up. */
static void add_people(struct buf *body, size_t count)
{
    struct bsn bsn;
    char digits[16];
    buf_text(body, "\"betrokkenen\":[");
    for (unsigned number = 999000050; count != 0; number++) {
        (void)snprintf(digits, sizeof digits, "%09u", number);
        if (bsn_parse(slice_text(digits), &bsn)) {
            buf_format(body, "{\"bsn\":\"%s\"}%s", digits, --count != 0 ? "," : "");
        }
    }
    buf_text(body, "]}");
    buf_byte(body, '\0');
}

static void ask_people(struct sets *sets, size_t count, struct http_request *request)
{
    struct buf body;
    buf_init(&body, HTTP_BODY_SMALL);
    buf_text(&body, BODY);
    add_people(&body, count);
    ask(sets, (const char *)body.ptr, request);
    buf_free(&body);
}

static void one_person_past_the_bound_is_refused(void **state)
{
    (void)state;
    struct rig rig;
    struct sets sets;
    open_team(&rig, &sets);
    struct http_request r;
    ask_people(&sets, CONSULT_SUBJECTS_MAX + 1, &r);
    assert_int_equal(r.status, 400);
    assert_true(rig_says(&r, "/betrokkenen"));
    assert_int_equal(rig.peers.count, 0);
    rig_forget(&r);
    rig_close(&rig);
}

/* One partner more than CONSULT_ASKS_MAX / CONSULT_SUBJECTS_MAX, about as many people as may be. */
static void one_question_past_the_bound_is_refused(void **state)
{
    (void)state;
    struct rig rig;
    struct sets sets;
    open_team(&rig, &sets);
    char *text = sets_covenant_with(CONSULT_ASKS_MAX / CONSULT_SUBJECTS_MAX, "9901");
    rig_set_covenant(&rig, text);
    free(text);
    struct http_request many;
    ask_people(&sets, CONSULT_SUBJECTS_MAX, &many);
    assert_int_equal(many.status, 413);
    assert_int_equal(rig.peers.count, 0);
    assert_int_equal(rig_last(&rig).operation, RECORD_REFUSED);
    rig.peers.refuses = true; /* within the bound: it is asked */
    struct http_request fewer;
    ask_people(&sets, CONSULT_SUBJECTS_MAX - 8, &fewer);
    assert_int_equal(fewer.status, 200);
    rig_forget(&many);
    rig_forget(&fewer);
    rig_close(&rig);
}

/* A covenant of the country: as many partners as it may have, all elsewhere; those of the region are asked. */
static void partners_of_another_region_are_not_asked(void **state)
{
    (void)state;
    struct rig rig;
    struct sets sets;
    open_team(&rig, &sets);
    char *text = sets_covenant_with(COVENANT_PARTIES_MAX - 5, "5001");
    rig_set_covenant(&rig, text);
    rig.peers.refuses = true;
    struct http_request alone;
    ask_people(&sets, CONSULT_SUBJECTS_MAX, &alone);
    assert_int_equal(alone.status, 413); /* no condition: all of the kind */
    assert_true(rig_says(&alone, "4095 ketenpartners"));
    for (char *at = text; (at = strstr(at, "{\"zaakOfMelding\": true, \"werkgebied\"")) != NULL;) {
        memcpy(at, "{\"zaakOfMelding\": true, \"eigenRegio\"", strlen("{\"zaakOfMelding\": true, \"eigenRegio\""));
    }
    rig_set_covenant(&rig, text);
    struct http_request fewer;
    ask_people(&sets, CONSULT_SUBJECTS_MAX, &fewer);
    assert_int_equal(fewer.status, 200);
    assert_false(rig_says(&fewer, "Schuldhulp 0\""));
    assert_true(rig_says(&fewer, "Schuldhulp Zandland"));
    free(text);
    rig_forget(&alone);
    rig_forget(&fewer);
    rig_close(&rig);
}

/* A partner may offer a document with any purpose; nothing is read by it before it holds with somebody. */
static void a_purpose_of_a_document_that_nobody_accepted_is_unknown(void **state)
{
    (void)state;
    static const char body[] = "{\"doel\":\"eigen1\",\"grondslag\":\"wmo-5.1.1\",\"zaak\":\"Z-1\","
                               "\"reden\":\"gezin meldt zich\"," PEOPLE;
    struct rig rig;
    struct error err;
    struct http_request r;
    struct sets sets;
    open_team(&rig, &sets);
    char *text = rig_covenant_text();
    for (char *at = text; (at = strstr(at, "\"nazorg\"")) != NULL;) {
        memcpy(at + 1, "eigen1", 6);
    }
    struct covenant *offered = rig_covenant(text);
    assert_non_null(covenant_purpose(offered, slice_text("eigen1")));
    assert_int_equal(book_add(&rig.api, offered, slice_text(text), false, NULL, &err), RESULT_OK);
    free(text);
    ask(&sets, body, &r);
    assert_int_equal(r.status, 400);
    assert_int_equal(rig.peers.count, 0);
    rig_forget(&r);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_is_asked_before_the_asking_is_durable),
        cmocka_unit_test(a_purpose_of_a_document_that_nobody_accepted_is_unknown),
        cmocka_unit_test(without_a_log_nobody_is_asked),
        cmocka_unit_test(without_a_log_nothing_that_came_back_is_shown),
        cmocka_unit_test(a_partner_without_answer_is_shown_as_such),
        cmocka_unit_test(an_answer_counts_with_its_own_receipt_alone),
        cmocka_unit_test(each_question_carries_a_receipt_for_its_record),
        cmocka_unit_test(a_question_that_cannot_start_is_a_partner_without_answer),
        cmocka_unit_test(partners_get_pseudonyms_that_they_cannot_join),
        cmocka_unit_test(a_client_that_goes_away_leaves_the_consult_to_end_and_be_recorded),
        cmocka_unit_test(a_refused_consult_names_each_person_in_the_log_and_none_in_the_answer),
        cmocka_unit_test(one_person_past_the_bound_is_refused),
        cmocka_unit_test(one_question_past_the_bound_is_refused),
        cmocka_unit_test(partners_of_another_region_are_not_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
