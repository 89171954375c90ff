/* The provider's half of a consult: what may not be told apart, what is durable before it leaves, what bounds it. */
#include "unit/api/sharing_fake.h"

#include "api/consult_answer.h"
#include "api/consult_wire.h"

#define UNKNOWN "999000068"
#define KNOWN   "999000007"
#define QUESTION                                                                                                       \
    "{\"betrokkene\":{\"sleutel\":\"%s\",\"periode\":%d},\"doel\":\"%s\",\"grondslag\":\"wmo-5.1.1\",\"rol\":"         \
    "\"generalist\","                                                                                                  \
    "\"zaak\":\"0123456789abcdef0123456789abcdef\",\"gebruiker\":\"fedcba9876543210fedcba9876543210\","                \
    "\"ontvangstbewijs\":\"%s\"}"

struct question_text {
    char text[1024];
};

/* About whom this number's ask key is of. */
static struct question_text question_with(const char *bsn, int epoch, const char *purpose, const char *receipt)
{
    struct question_text q;
    char digits[2 * ASK_KEY_BYTES + 1];
    const struct ask_key key = fake_key(bsn);
    hex_encode(slice_of(key.bytes, sizeof key.bytes), digits);
    (void)snprintf(q.text, sizeof q.text, QUESTION, digits, epoch, purpose, receipt);
    return q;
}

static struct question_text question(const char *bsn, const char *purpose)
{
    return question_with(bsn, FAKE_EPOCH, purpose, rig_receipt(AREA_TEAM).text);
}

/* Registered, and in a set. */
static struct ident shared_person(struct rig *rig, const char *bsn)
{
    const struct ident person = rig_person(rig, bsn);
    fake_place(rig, bsn, &person);
    return person;
}

static struct cert_identity partner(const char *oin)
{
    struct cert_identity identity = {.organisation = "Proef"};
    assert_true(oin_parse(slice_text(oin), &identity.oin));
    return identity;
}

static struct http_request ask(struct rig *rig, const struct cert_identity *who, const char *body)
{
    struct http_request request = rig_request(rig, body);
    request.peer = who;
    request.request_id = "000102030405060708090a0b0c0d0e0f";
    rig_handle(consult_answer, &request);
    return request;
}

static struct http_request ask_about(struct rig *rig, const char *bsn)
{
    const struct cert_identity team = partner(AREA_TEAM);
    const struct question_text q = question(bsn, "hulpafstemming");
    return ask(rig, &team, q.text);
}

static void what_is_known_is_released_and_durable_first(void **state)
{
    (void)state;
    struct rig rig;
    struct sharing sharing;
    rig_open(&rig, DEBT_HELP);
    fake_sharing_use(&rig, &sharing);
    const struct ident person = shared_person(&rig, KNOWN);
    rig_consent(&rig, &person);
    const struct involvement budget = rig_budget();
    rig_involve(&rig, &person, &budget);
    const uint64_t before = rig_leaves(&rig);
    struct http_request r = ask_about(&rig, KNOWN);
    assert_int_equal(r.answers, 1);
    assert_int_equal(r.status, 200);
    assert_true(rig_says(&r, "088-5550101"));
    assert_false(rig_says(&r, "budgetbeheer")); /* the rule names no category dienst */
    assert_true(r.leaves > before);             /* durable when the answer left */
    assert_int_equal(r.leaves, rig_leaves(&rig));
    const struct record last = rig_last(&rig);
    assert_int_equal(last.operation, RECORD_ANSWERED);
    assert_int_equal(last.outcome, OUTCOME_RELEASED);
    assert_int_equal(last.entries, 1);
    assert_true(ident_equal(&last.subject, &person));
    assert_string_equal(last.rules, "hulp-01");
    rig_forget(&r);
    rig_close(&rig);
}

/* 58 minutes past midnight in the Netherlands, and the day before by UTC. */
static int64_t past_dutch_midnight(void *ctx)
{
    (void)ctx;
    return 1767225600000 - 120000;
}

/* What ended with 31 December is over with that day here, not an hour or two later. */
static void the_dutch_day_decides(void **state)
{
    (void)state;
    static const struct {
        const char *until;
        enum record_outcome outcome;
    } cases[] = {{"2025-12-31", OUTCOME_WITHHELD}, {"2026-01-01", OUTCOME_RELEASED}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct rig rig;
        struct sharing sharing;
        rig_open(&rig, DEBT_HELP);
        fake_sharing_use(&rig, &sharing);
        const struct ident person = shared_person(&rig, KNOWN);
        struct involvement budget = rig_budget();
        rig_consent(&rig, &person);
        assert_true(date_parse(slice_text(cases[i].until), &budget.until));
        rig_involve(&rig, &person, &budget);
        rig.api.highest_ms = 0;
        rig.world.clock.now_ms = past_dutch_midnight;
        struct http_request r = ask_about(&rig, KNOWN);
        assert_int_equal(r.status, 200);
        assert_int_equal(rig_last(&rig).outcome, cases[i].outcome);
        rig_forget(&r);
        rig_close(&rig);
    }
}

static void assert_refused(struct rig *rig, const char *receipt)
{
    const struct question_text q = question_with(KNOWN, FAKE_EPOCH, "hulpafstemming", receipt);
    const struct cert_identity team = partner(AREA_TEAM);
    struct http_request r = ask(rig, &team, q.text);
    assert_int_equal(r.status, 400);
    assert_true(rig_says(&r, "/ontvangstbewijs"));
    assert_false(rig_says(&r, "088-5550101"));
    assert_int_equal(rig_last(rig).operation, RECORD_REFUSED);
    rig_forget(&r);
}

static int64_t an_hour_later(void *ctx)
{
    (void)ctx;
    return 1767225600000 + 3600000;
}

static void a_question_without_a_receipt_that_holds_is_refused(void **state)
{
    (void)state;
    struct rig rig;
    struct sharing sharing;
    rig_open(&rig, DEBT_HELP);
    fake_sharing_use(&rig, &sharing);
    const struct ident person = shared_person(&rig, KNOWN);
    rig_consent(&rig, &person);
    const struct involvement budget = rig_budget();
    rig_involve(&rig, &person, &budget);
    struct rig_receipt receipt = rig_receipt(AREA_TEAM);
    assert_refused(&rig, rig_receipt(SCHOOL).text); /* somebody else's */
    assert_refused(&rig, rig_receipt(DEBT_HELP).text);
    assert_refused(&rig, "");
    receipt.text[60] = receipt.text[60] == 'A' ? 'B' : 'A';
    assert_refused(&rig, receipt.text);
    rig.world.clock.now_ms = an_hour_later; /* it was for another time */
    assert_refused(&rig, rig_receipt(AREA_TEAM).text);
    rig_close(&rig);
}

/* Both directions: the asker's receipt is named in our record, ours is for that record. */
static void the_answer_carries_a_receipt_for_its_record(void **state)
{
    (void)state;
    struct rig rig;
    struct sharing sharing;
    rig_open(&rig, DEBT_HELP);
    fake_sharing_use(&rig, &sharing);
    struct http_request r = ask_about(&rig, UNKNOWN);
    struct buf entries;
    struct answer answer;
    struct buf bytes;
    struct receipt receipt;
    struct receipt_cache cache = {.next = 0};
    struct error err;
    uint64_t sequence = 0;
    struct sha256 hash;
    uint8_t leaf[LOG_LEAF_BYTES];
    buf_init(&entries, PEER_ANSWER_MAX);
    buf_init(&bytes, RECEIPT_BYTES);
    assert_int_equal(answer_read(slice_of(r.answer.ptr, r.answer.len - 1), &entries, &answer, &err), RESULT_OK);
    assert_true(base64url_decode(slice_text(answer.receipt), &bytes));
    assert_int_equal(receipt_parse(buf_slice(&bytes), &receipt, &err), RESULT_OK);
    assert_true(receipt_holds(&receipt, "schuldhulp.localhost/logboek", &rig.api.identity.checkpoints, &cache));
    assert_true(log_record_sequence(&rig.api.identity, &receipt.promise.record_id, &sequence));
    assert_int_equal(sequence, rig_leaves(&rig) - 1);
    rig_leaf(&rig, sequence, leaf);
    merkle_leaf_hash(slice_of(leaf, sizeof leaf), &hash);
    assert_memory_equal(hash.bytes, receipt.promise.leaf_hash.bytes, SHA256_SIZE);
    buf_clear(&bytes);
    assert_true(base64url_decode(slice_text(rig_receipt(AREA_TEAM).text), &bytes));
    sha256_of(buf_slice(&bytes), &hash);
    const struct record last = rig_last(&rig);
    assert_memory_equal(last.attachment, hash.bytes, SHA256_SIZE);
    buf_free(&bytes);
    buf_free(&entries);
    rig_forget(&r);
    rig_close(&rig);
}

/* Every kind of nothing: made by `make` for the person KNOWN. */
static void make_withheld(struct rig *rig, const struct ident *person)
{
    struct involvement i = rig_budget();
    i.life_domain = LIFE_MENTAL_HEALTH;
    rig_involve(rig, person, &i);
}

static void make_shielded(struct rig *rig, const struct ident *person)
{
    struct involvement i = rig_budget();
    i.sensitivity = SENSITIVITY_SHIELDED;
    rig_involve(rig, person, &i);
}

static void make_ended(struct rig *rig, const struct ident *person)
{
    struct involvement i = rig_budget();
    assert_true(date_parse(slice_text("2025-12-31"), &i.until));
    rig_involve(rig, person, &i);
}

static void make_nothing(struct rig *rig, const struct ident *person)
{
    (void)rig;
    (void)person;
}

static void make_unreadable_person(struct rig *rig, const struct ident *person)
{
    const struct store_write broken = {.id = *person, .keys = {slice_text(KNOWN)}, .payload = slice_text("?")};
    const struct involvement i = rig_budget();
    rig_involve(rig, person, &i);
    rig_put(rig, STORE_SUBJECT, &broken);
}

static void make_unreadable_involvement(struct rig *rig, const struct ident *person)
{
    const struct store_write broken = {
        .id = entropy_ident(&rig->entropy), .parent = *person, .payload = slice_text("?")};
    rig_put(rig, STORE_INVOLVEMENT, &broken);
}

/* The decoy is read and weighed, and leaves no trace: neither in the answer nor in the record. */
static void behind_a_key_that_is_nobodys_stands_a_decoy_without_a_trace(void **state)
{
    (void)state;
    struct rig rig;
    struct sharing sharing;
    rig_open(&rig, DEBT_HELP);
    fake_sharing_use(&rig, &sharing);
    const struct ident person = shared_person(&rig, KNOWN);
    rig_consent(&rig, &person);
    const struct involvement budget = rig_budget();
    rig_involve(&rig, &person, &budget);
    struct http_request r = ask_about(&rig, UNKNOWN);
    assert_int_equal(r.status, 200);
    assert_true(rig_says(&r, "\"betrokkenheden\":[]"));
    assert_int_equal(sharing.found, 1);
    assert_int_equal(sharing.decoyed, 1);
    const struct record last = rig_last(&rig);
    assert_int_equal(last.operation, RECORD_ANSWERED);
    assert_int_equal(last.outcome, OUTCOME_UNKNOWN);
    assert_string_equal(last.rules, "");
    assert_int_equal(last.entries + last.categories + last.domains + last.shielded + last.inputs, 0);
    assert_int_equal(last.age, 255);
    assert_string_equal(last.municipality, "");
    assert_false(bsn_is_set(&last.bsn));
    const struct ident nobody = {{0}};
    assert_true(ident_equal(&last.subject, &nobody));
    rig_forget(&r);
    rig_close(&rig);
}

/* While the sets are made anew a key that is nobody's may be somebody's: the same answer for each, and it is none. */
static void without_a_published_set_nobody_is_answered_about(void **state)
{
    (void)state;
    struct rig rig;
    struct sharing sharing;
    rig_open(&rig, DEBT_HELP);
    fake_sharing_use(&rig, &sharing);
    const struct ident person = shared_person(&rig, KNOWN);
    rig_consent(&rig, &person);
    const struct involvement budget = rig_budget();
    rig_involve(&rig, &person, &budget);
    sharing.silent = true;
    const uint64_t leaves = rig_leaves(&rig);
    struct http_request known = ask_about(&rig, KNOWN);
    struct http_request unknown = ask_about(&rig, UNKNOWN);
    assert_int_equal(known.status, 503);
    assert_int_equal(unknown.status, 503);
    assert_true(slice_equal(buf_slice(&known.answer), buf_slice(&unknown.answer)));
    assert_int_equal(sharing.found + sharing.decoyed, 0);
    assert_int_equal(rig_leaves(&rig), leaves);
    rig_forget(&known);
    rig_forget(&unknown);
    rig_close(&rig);
}

/* In nobody's set anybody: no key is known, so there is nothing that could be told apart. */
static void without_anybody_in_a_set_every_key_is_nobodys(void **state)
{
    (void)state;
    struct rig rig;
    struct sharing sharing;
    rig_open(&rig, DEBT_HELP);
    fake_sharing_use(&rig, &sharing);
    (void)rig_person(&rig, KNOWN);
    struct http_request r = ask_about(&rig, KNOWN);
    assert_int_equal(r.status, 200);
    assert_int_equal(rig_last(&rig).outcome, OUTCOME_UNKNOWN);
    rig_forget(&r);
    rig_close(&rig);
}

/* A receipt is for one record and random to whoever lacks the key: all else must be the same bytes. */
static void blank_receipt(struct http_request *r)
{
    static const char name[] = "{\"ontvangstbewijs\":\"";
    assert_memory_equal(r->answer.ptr, name, sizeof name - 1);
    memset(r->answer.ptr + sizeof name - 1, '-', RECEIPT_TEXT);
}

static void every_kind_of_nothing_is_the_same_answer_and_the_same_visible_record(void **state)
{
    (void)state;
    static void (*const makers[])(struct rig * rig, const struct ident *person) = {
        make_withheld, make_shielded, make_ended, make_nothing, make_unreadable_person, make_unreadable_involvement,
    };
    for (size_t i = 0; i < COUNT_OF(makers); i++) {
        struct rig rig;
        struct sharing sharing;
        uint8_t leaf[2][LOG_LEAF_BYTES];
        rig_open(&rig, DEBT_HELP);
        fake_sharing_use(&rig, &sharing);
        const struct ident person = shared_person(&rig, KNOWN);
        rig_consent(&rig, &person);
        makers[i](&rig, &person);
        struct http_request first = ask_about(&rig, UNKNOWN); /* makes the month's key too */
        const uint64_t at = rig_leaves(&rig);
        struct http_request unknown = ask_about(&rig, UNKNOWN);
        struct http_request known = ask_about(&rig, KNOWN);
        assert_int_equal(rig_leaves(&rig), at + 2); /* one each */
        assert_int_equal(unknown.status, 200);
        assert_int_equal(known.status, 200);
        assert_int_equal(known.answer.len, CONSULT_ANSWER_BYTES + 1);
        blank_receipt(&unknown);
        blank_receipt(&known);
        assert_true(slice_equal(buf_slice(&unknown.answer), buf_slice(&known.answer)));
        rig_leaf(&rig, at, leaf[0]);
        rig_leaf(&rig, at + 1, leaf[1]);
        assert_memory_equal(leaf[0], leaf[1], LOG_VISIBLE_BYTES);
        assert_memory_equal(leaf[0] + LOG_VISIBLE_BYTES + LOG_SEALED_BYTES,
                            leaf[1] + LOG_VISIBLE_BYTES + LOG_SEALED_BYTES, LOG_RECEIPT_BYTES);
        assert_memory_not_equal(leaf[0] + LOG_VISIBLE_BYTES, leaf[1] + LOG_VISIBLE_BYTES, LOG_SEALED_BYTES);
        assert_int_equal(rig_record(&rig, at).outcome, OUTCOME_UNKNOWN);
        assert_int_equal(rig_record(&rig, at + 1).outcome, OUTCOME_WITHHELD);
        rig_forget(&first);
        rig_forget(&unknown);
        rig_forget(&known);
        rig_close(&rig);
    }
}

static void without_a_log_there_is_no_answer(void **state)
{
    (void)state;
    struct rig rig;
    struct sharing sharing;
    rig_open(&rig, DEBT_HELP);
    fake_sharing_use(&rig, &sharing);
    const struct ident person = shared_person(&rig, KNOWN);
    rig_consent(&rig, &person);
    const struct involvement budget = rig_budget();
    rig_involve(&rig, &person, &budget);
    rig_disk_full(&rig, true);
    struct http_request known = ask_about(&rig, KNOWN);
    struct http_request unknown = ask_about(&rig, UNKNOWN);
    assert_int_equal(known.answers, 1);
    assert_int_equal(known.status, 503);
    assert_true(slice_equal(buf_slice(&known.answer), buf_slice(&unknown.answer)));
    assert_false(rig_says(&known, "088-5550101"));
    rig_disk_full(&rig, false);
    struct http_request again = ask_about(&rig, KNOWN);
    assert_int_equal(again.status, 200);
    /* What the failed commit said of the class key is said again. */
    assert_int_equal(rig_leaves(&rig), 2);
    assert_int_equal(rig_record(&rig, 0).operation, RECORD_CLASS_KEY);
    rig_forget(&known);
    rig_forget(&unknown);
    rig_forget(&again);
    rig_close(&rig);
}

static void a_client_that_goes_away_is_recorded_and_not_answered(void **state)
{
    (void)state;
    struct rig rig;
    struct sharing sharing;
    rig_open(&rig, DEBT_HELP);
    fake_sharing_use(&rig, &sharing);
    const struct cert_identity team = partner(AREA_TEAM);
    const struct question_text q = question(UNKNOWN, "hulpafstemming");
    struct http_request request = rig_request(&rig, q.text);
    request.peer = &team;
    request.request_id = "000102030405060708090a0b0c0d0e0f";
    consult_answer(&request, &rig.api);
    request.gone(request.gone_ctx);
    rig_run(&rig);
    assert_int_equal(request.answers, 0);
    assert_int_equal(rig_last(&rig).operation, RECORD_ANSWERED);
    rig_forget(&request);
    rig_close(&rig);
}

/* A covenant that is replaced meanwhile stays until its last call ends. */
static void a_covenant_outlives_its_calls(void **state)
{
    (void)state;
    struct rig rig;
    struct sharing sharing;
    rig_open(&rig, DEBT_HELP);
    fake_sharing_use(&rig, &sharing);
    const struct cert_identity team = partner(AREA_TEAM);
    const struct question_text q = question(UNKNOWN, "hulpafstemming");
    struct http_request request = rig_request(&rig, q.text);
    request.peer = &team;
    request.request_id = "000102030405060708090a0b0c0d0e0f";
    consult_answer(&request, &rig.api);
    char *text = rig_covenant_text();
    rig_set_covenant(&rig, text);
    free(text);
    rig_run(&rig);
    assert_int_equal(request.status, 200);
    rig_forget(&request);
    rig_close(&rig);
}

/* More than fits the largest class stays behind: another status would tell that he is known. */
static void too_much_to_tell_is_cut_at_whole_entries(void **state)
{
    (void)state;
    struct rig rig;
    struct sharing sharing;
    rig_open(&rig, DEBT_HELP);
    fake_sharing_use(&rig, &sharing);
    const struct ident person = shared_person(&rig, KNOWN);
    rig_consent(&rig, &person);
    struct involvement large = rig_budget();
    memset(large.contact.name, 1, NAME_MAX_BYTES); /* written as six bytes each */
    memset(large.contact.email, '"', EMAIL_MAX_BYTES);
    memset(large.phase, '"', SERVICE_MAX_BYTES);
    large.stand_in = large.contact;
    for (int i = 0; i <= INVOLVEMENTS_PER_SUBJECT_MAX + 8; i++) {
        rig_involve(&rig, &person, &large);
    }
    struct http_request r = ask_about(&rig, KNOWN);
    struct buf entries;
    struct answer answer;
    struct error err;
    assert_int_equal(r.status, 200);
    assert_int_equal(r.answer.len, (CONSULT_ANSWER_BYTES << (CONSULT_ANSWER_CLASSES - 1)) + 1);
    buf_init(&entries, PEER_ANSWER_MAX);
    assert_int_equal(answer_read(slice_of(r.answer.ptr, r.answer.len - 1), &entries, &answer, &err), RESULT_OK);
    assert_true(answer.count > 1 && answer.count < INVOLVEMENTS_PER_SUBJECT_MAX);
    assert_int_equal(rig_last(&rig).entries, answer.count);
    buf_free(&entries);
    rig_forget(&r);
    rig_close(&rig);
}

static void more_involvements_than_a_partner_reads_are_not_sent(void **state)
{
    (void)state;
    struct rig rig;
    struct sharing sharing;
    rig_open(&rig, DEBT_HELP);
    fake_sharing_use(&rig, &sharing);
    const struct ident person = shared_person(&rig, KNOWN);
    rig_consent(&rig, &person);
    const struct involvement budget = rig_budget();
    for (int i = 0; i <= INVOLVEMENTS_PER_SUBJECT_MAX; i++) {
        rig_involve(&rig, &person, &budget);
    }
    struct http_request r = ask_about(&rig, KNOWN);
    assert_int_equal(r.status, 200);
    assert_int_equal(rig_last(&rig).entries, INVOLVEMENTS_PER_SUBJECT_MAX);
    rig_forget(&r);
    rig_close(&rig);
}

static void what_cannot_be_read_is_refused_recorded_and_not_repeated(void **state)
{
    (void)state;
    struct rig rig;
    struct sharing sharing;
    rig_open(&rig, DEBT_HELP);
    fake_sharing_use(&rig, &sharing);
    const struct cert_identity team = partner(AREA_TEAM);
    const struct cert_identity stranger = partner(STRANGER);
    const struct question_text fine = question(KNOWN, "hulpafstemming");
    const struct question_text purpose = question(KNOWN, "fraude");
    const struct question_text epoch =
        question_with(KNOWN, FAKE_EPOCH + 1, "hulpafstemming", rig_receipt(AREA_TEAM).text);
    const struct {
        const struct cert_identity *who;
        const char *request_id;
        const char *body;
        int status;
    } cases[] = {
        {&team, "kort", fine.text, 400},
        {&team, "000102030405060708090a0b0c0d0e0f", purpose.text, 400},
        {&team, "000102030405060708090a0b0c0d0e0f", epoch.text, 422},
        {&team, "000102030405060708090a0b0c0d0e0f", "{\"bsn\":", 400},
        {&stranger, "000102030405060708090a0b0c0d0e0f", fine.text, 403},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct http_request request = rig_request(&rig, cases[i].body);
        request.peer = cases[i].who;
        request.request_id = cases[i].request_id;
        const uint64_t before = rig_leaves(&rig);
        rig_handle(consult_answer, &request);
        assert_int_equal(request.status, cases[i].status);
        assert_true(request.leaves > before);
        assert_int_equal(rig_last(&rig).operation, RECORD_REFUSED);
        rig_forget(&request);
    }
    rig_close(&rig);
}

/* Whichever allocation fails: one answer, 200 or 503, and 200 only with its record. */
static void without_memory_nothing_leaves_unrecorded(void **state)
{
    (void)state;
    struct rig rig;
    struct sharing sharing;
    rig_open(&rig, DEBT_HELP);
    fake_sharing_use(&rig, &sharing);
    const struct ident person = shared_person(&rig, KNOWN);
    rig_consent(&rig, &person);
    const struct involvement budget = rig_budget();
    rig_involve(&rig, &person, &budget);
    struct http_request warm = ask_about(&rig, KNOWN);
    rig_forget(&warm);
    const struct cert_identity team = partner(AREA_TEAM);
    const struct question_text q = question(KNOWN, "hulpafstemming");
    size_t refused = 0;
    for (long n = 0; n < 60; n++) {
        struct http_request request = rig_request(&rig, q.text);
        buf_fill(&request.answer, 0, 4096); /* the fake's own memory is not what is tested */
        request.peer = &team;
        request.request_id = "000102030405060708090a0b0c0d0e0f";
        const uint64_t before = rig_leaves(&rig);
        mem_fail_after(n);
        consult_answer(&request, &rig.api);
        mem_fail_after(-1);
        rig_run(&rig);
        assert_int_equal(request.answers, 1);
        assert_true(request.status == 200 || request.status == 503);
        refused += request.status == 503;
        if (request.status == 200) {
            assert_true(request.leaves > before);
            assert_int_equal(rig_last(&rig).outcome, OUTCOME_RELEASED);
        }
        rig_forget(&request);
    }
    assert_true(refused > 5);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_known_is_released_and_durable_first),
        cmocka_unit_test(the_dutch_day_decides),
        cmocka_unit_test(a_question_without_a_receipt_that_holds_is_refused),
        cmocka_unit_test(the_answer_carries_a_receipt_for_its_record),
        cmocka_unit_test(every_kind_of_nothing_is_the_same_answer_and_the_same_visible_record),
        cmocka_unit_test(behind_a_key_that_is_nobodys_stands_a_decoy_without_a_trace),
        cmocka_unit_test(without_anybody_in_a_set_every_key_is_nobodys),
        cmocka_unit_test(without_a_published_set_nobody_is_answered_about),
        cmocka_unit_test(without_a_log_there_is_no_answer),
        cmocka_unit_test(a_client_that_goes_away_is_recorded_and_not_answered),
        cmocka_unit_test(a_covenant_outlives_its_calls),
        cmocka_unit_test(too_much_to_tell_is_cut_at_whole_entries),
        cmocka_unit_test(more_involvements_than_a_partner_reads_are_not_sent),
        cmocka_unit_test(what_cannot_be_read_is_refused_recorded_and_not_repeated),
        cmocka_unit_test(without_memory_nothing_leaves_unrecorded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
