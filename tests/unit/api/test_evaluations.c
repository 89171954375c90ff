/* A partner's blinded values: evaluated with proof, counted, recorded; what is refused and what waits. */
#include "unit/api/sharing_fake.h"

#include "api/evaluation_quota.h"
#include "api/evaluations.h"
#include "matching/voprf.h"

#define PURPOSE    "hulpafstemming"
#define REQUEST_ID "000102030405060708090a0b0c0d0e0f"

enum { VALUE_TEXT = 44, BODY_MAX = 2048 };

/* The asker's half: MATCH_BATCH people, blinded. */
struct asker {
    struct match_scope scope;
    uint8_t inputs[MATCH_BATCH][MATCH_INPUT_BYTES];
    struct voprf_scalar blinds[MATCH_BATCH];
    struct voprf_element blinded[MATCH_BATCH];
    char values[MATCH_BATCH][VALUE_TEXT + 1];
};

static void make_asker(struct rig *rig, const char *oin, struct asker *asker)
{
    struct error err;
    asker->scope =
        (struct match_scope){.provider = rig->api.own_oin, .purpose = slice_text(PURPOSE), .epoch = FAKE_EPOCH};
    assert_true(oin_parse(slice_text(oin), &asker->scope.requester));
    assert_int_equal(voprf_ready(&err), RESULT_OK);
    for (size_t i = 0; i < MATCH_BATCH; i++) {
        uint8_t wide[VOPRF_WIDE];
        struct buf text;
        rig->entropy.fill(rig->entropy.ctx, wide, sizeof wide);
        memset(asker->inputs[i], '0' + (int)i, MATCH_INPUT_BYTES);
        assert_int_equal(voprf_blind(slice_of(asker->inputs[i], MATCH_INPUT_BYTES), wide, &asker->blinds[i],
                                     &asker->blinded[i], &err),
                         RESULT_OK);
        buf_init(&text, VALUE_TEXT);
        base64_encode(slice_of(asker->blinded[i].bytes, VOPRF_ELEMENT), &text);
        assert_true(slice_copy_text(buf_slice(&text), asker->values[i], sizeof asker->values[i]));
        buf_free(&text);
    }
}

struct body {
    char text[BODY_MAX];
};

static struct body body_of(const struct asker *asker, const char *purpose, uint32_t epoch, size_t count,
                           const char *receipt)
{
    struct body body;
    int at = snprintf(body.text, sizeof body.text, "{\"doel\":\"%s\",\"periode\":%u,\"waarden\":[", purpose, epoch);
    for (size_t i = 0; i < count; i++) {
        at += snprintf(body.text + at, sizeof body.text - (size_t)at, "%s\"%s\"", i != 0 ? "," : "",
                       asker->values[i % MATCH_BATCH]);
    }
    (void)snprintf(body.text + at, sizeof body.text - (size_t)at, "],\"ontvangstbewijs\":\"%s\"}", receipt);
    return body;
}

static struct body good_body(const struct asker *asker)
{
    return body_of(asker, PURPOSE, FAKE_EPOCH, MATCH_BATCH, rig_receipt(asker->scope.requester.digits).text);
}

static struct cert_identity partner(const char *oin)
{
    struct cert_identity identity = {.organisation = "Proef"};
    assert_true(oin_parse(slice_text(oin), &identity.oin));
    return identity;
}

static struct http_request send_as(struct rig *rig, const struct cert_identity *who, const char *body)
{
    struct http_request request = rig_request(rig, body);
    request.peer = who;
    request.request_id = REQUEST_ID;
    rig_handle(evaluations_add, &request);
    return request;
}

/* ---- the quota as it is stored ---- */

static void take_quota(void *ctx, const struct store_found *found, const struct error *err)
{
    struct quota_used *used = ctx;
    struct error fault;
    assert_null(err);
    memset(used, 0, sizeof *used);
    if (found->item != NULL) {
        assert_int_equal(quota_decode(found->item->payload, used, &fault), RESULT_OK);
    }
}

static struct quota_used quota_now(struct rig *rig, const char *oin)
{
    struct quota_used used;
    struct oin partner_oin;
    assert_true(oin_parse(slice_text(oin), &partner_oin));
    const struct quota_key key = quota_key(&partner_oin, slice_text(PURPOSE));
    store_find(rig->world.door, STORE_QUOTA, STORE_KEY_A, slice_text(key.text), STORE_KIND_COUNT, take_quota, &used);
    return used;
}

/* The sample with another quota for this purpose, and perhaps urgent. */
static void set_quota(struct rig *rig, int per_day, bool urgent)
{
    char *text = rig_covenant_text();
    char with[65536];
    char *at = strstr(text, "{\"code\": \"" PURPOSE "\"");
    assert_non_null(at);
    char *quota = strstr(at, "\"quota\"");
    char *end = strchr(quota, '}');
    assert_true(quota != NULL && end != NULL);
    const int used = snprintf(with, sizeof with, "%.*s%s\"quota\": {\"perDag\": %d%s", (int)(quota - text), text,
                              urgent ? "\"spoed\": true, " : "", per_day, end);
    assert_true(used > 0 && (size_t)used < sizeof with);
    rig_set_covenant(rig, with);
    free(text);
}

/* ---- tests ---- */

static void decode(const struct json *value, uint8_t *out, size_t len)
{
    struct buf bytes;
    buf_init(&bytes, len);
    assert_true(base64_decode(json_text(value), &bytes) && bytes.len == len);
    memcpy(out, bytes.ptr, len);
    buf_free(&bytes);
}

static void assert_proven(struct rig *rig, const struct asker *asker, const struct http_request *r)
{
    struct json *json = NULL;
    struct error err;
    struct voprf_element key;
    struct voprf_element evaluated[MATCH_BATCH];
    struct voprf_output outputs[MATCH_BATCH];
    struct slice inputs[MATCH_BATCH];
    uint8_t proof[VOPRF_PROOF];
    size_t i = 0;
    assert_int_equal(json_parse(slice_of(r->answer.ptr, r->answer.len - 1), &json, &err), RESULT_OK);
    assert_int_equal(json_int(json_member(json, "periode")), FAKE_EPOCH);
    decode(json_member(json, "sleutel"), key.bytes, sizeof key.bytes);
    decode(json_member(json, "bewijs"), proof, sizeof proof);
    const struct json *values = json_member(json, "waarden");
    assert_int_equal(json_size(values), MATCH_BATCH);
    for (const struct json *value = json_first(values); value != NULL; value = json_next(value), i++) {
        decode(value, evaluated[i].bytes, VOPRF_ELEMENT);
        inputs[i] = slice_of(asker->inputs[i], MATCH_INPUT_BYTES);
    }
    assert_int_equal(
        voprf_finalize(&key, inputs, asker->blinds, asker->blinded, evaluated, MATCH_BATCH, proof, outputs, &err),
        RESULT_OK);
    struct voprf_key own;
    struct voprf_output same;
    assert_int_equal(sharing_key(rig->api.sharing, &asker->scope, &own, &err), RESULT_OK);
    for (i = 0; i < MATCH_BATCH; i++) {
        assert_int_equal(voprf_own(&own, inputs[i], &same, &err), RESULT_OK);
        assert_memory_equal(same.bytes, outputs[i].bytes, VOPRF_OUTPUT);
    }
    json_free(json);
}

static void a_batch_is_evaluated_with_proof_counted_and_durable_first(void **state)
{
    (void)state;
    struct rig rig;
    struct sharing sharing;
    struct asker asker;
    rig_open(&rig, DEBT_HELP);
    fake_sharing_use(&rig, &sharing);
    make_asker(&rig, AREA_TEAM, &asker);
    const struct cert_identity team = partner(AREA_TEAM);
    const struct body body = good_body(&asker);
    const uint64_t before = rig_leaves(&rig);
    struct http_request r = send_as(&rig, &team, body.text);
    assert_int_equal(r.answers, 1);
    assert_int_equal(r.status, 200);
    assert_proven(&rig, &asker, &r);
    assert_true(r.leaves > before);
    const struct record last = rig_last(&rig);
    assert_int_equal(last.operation, RECORD_EVALUATED);
    assert_int_equal(last.outcome, OUTCOME_DONE);
    assert_int_equal(last.entries, MATCH_BATCH);
    assert_string_equal(last.purpose, PURPOSE);
    assert_string_equal(last.peer.digits, AREA_TEAM);
    assert_string_equal(ident_text(&last.request_id).text, REQUEST_ID);
    assert_false(bsn_is_set(&last.bsn));
    const struct quota_used used = quota_now(&rig, AREA_TEAM);
    assert_int_equal(used.day_used, MATCH_BATCH);
    assert_int_equal(used.year_used, MATCH_BATCH);
    assert_string_equal(used.purpose, PURPOSE);
    rig_forget(&r);
    rig_close(&rig);
}

static void past_the_quota_it_is_429_until_the_next_dutch_day(void **state)
{
    (void)state;
    struct rig rig;
    struct sharing sharing;
    struct asker asker;
    rig_open(&rig, DEBT_HELP);
    fake_sharing_use(&rig, &sharing);
    set_quota(&rig, 2 * MATCH_BATCH, false);
    make_asker(&rig, AREA_TEAM, &asker);
    const struct cert_identity team = partner(AREA_TEAM);
    const struct body body = good_body(&asker);
    for (int i = 0; i < 4; i++) {
        struct http_request r = send_as(&rig, &team, body.text);
        assert_int_equal(r.status, i < 2 ? 200 : 429);
        assert_string_equal(r.header, i < 2 ? "" : "retry-after: 82800"); /* it is one o'clock at night here */
        if (i >= 2) {
            assert_int_equal(rig_last(&rig).operation, RECORD_REFUSED);
            assert_int_equal(rig_last(&rig).fault, FAULT_TOO_MANY);
        }
        rig_forget(&r);
    }
    assert_int_equal(quota_now(&rig, AREA_TEAM).day_used, 2 * MATCH_BATCH);
    /* another partner has its own */
    const struct cert_identity school = partner(SCHOOL);
    make_asker(&rig, SCHOOL, &asker);
    const struct body other = good_body(&asker);
    struct http_request r = send_as(&rig, &school, other.text);
    assert_int_equal(r.status, 200);
    rig_forget(&r);
    rig_close(&rig);
}

static size_t findings(struct rig *rig)
{
    size_t count = 0;
    for (uint64_t i = 0; i < rig_leaves(rig); i++) {
        count += rig_record(rig, i).operation == RECORD_MATCH_FINDING;
    }
    return count;
}

static void an_urgent_purpose_goes_on_and_is_told_of_once_a_day(void **state)
{
    (void)state;
    struct rig rig;
    struct sharing sharing;
    struct asker asker;
    rig_open(&rig, DEBT_HELP);
    fake_sharing_use(&rig, &sharing);
    set_quota(&rig, 2 * MATCH_BATCH, true);
    make_asker(&rig, AREA_TEAM, &asker);
    const struct cert_identity team = partner(AREA_TEAM);
    const struct body body = good_body(&asker);
    for (size_t i = 0; i < 5; i++) {
        struct http_request r = send_as(&rig, &team, body.text);
        assert_int_equal(r.status, 200);
        assert_int_equal(findings(&rig), i >= 2);
        rig_forget(&r);
    }
    assert_int_equal(quota_now(&rig, AREA_TEAM).day_used, 5 * MATCH_BATCH);
    rig_close(&rig);
}

/* While the epoch before serves too, an equal part each day of as many as were had there: here one batch. */
static void renewals_do_not_count_for_the_day(void **state)
{
    (void)state;
    struct rig rig;
    struct sharing sharing;
    struct asker asker;
    rig_open(&rig, DEBT_HELP);
    fake_sharing_use(&rig, &sharing);
    set_quota(&rig, 2 * MATCH_BATCH, false);
    make_asker(&rig, AREA_TEAM, &asker);
    const struct cert_identity team = partner(AREA_TEAM);
    const struct body body = good_body(&asker);
    const struct body next = body_of(&asker, PURPOSE, FAKE_EPOCH + 1, MATCH_BATCH, rig_receipt(AREA_TEAM).text);
    static const struct {
        bool next;
        int status;
    } steps[] = {{false, 200}, {false, 200}, {false, 429}, {true, 200}, {true, 429}};
    sharing.after = true;
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        struct http_request r = send_as(&rig, &team, steps[i].next ? next.text : body.text);
        assert_int_equal(r.status, steps[i].status);
        rig_forget(&r);
    }
    rig_close(&rig);
}

static void what_is_not_right_is_refused_recorded_and_not_counted(void **state)
{
    (void)state;
    struct rig rig;
    struct sharing sharing;
    struct asker asker;
    struct asker bad[4];
    rig_open(&rig, DEBT_HELP);
    fake_sharing_use(&rig, &sharing);
    make_asker(&rig, AREA_TEAM, &asker);
    const struct cert_identity team = partner(AREA_TEAM);
    const struct cert_identity stranger = partner(STRANGER);
    const char *receipt = NULL;
    const struct rig_receipt fine = rig_receipt(AREA_TEAM);
    const struct rig_receipt other = rig_receipt(SCHOOL);
    receipt = fine.text;
    static const char *const values[] = {
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", /* the identity */
        "7dP1XBpjEljWnPei3vneFP///////////////////38=", /* not canonical: not below the field's size */
        "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", /* negative, RFC 9496, A.3 */
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==", /* 31 bytes */
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        bad[i] = asker;
        (void)snprintf(bad[i].values[3], sizeof bad[i].values[3], "%s", values[i]);
    }
    const struct {
        const struct cert_identity *who;
        struct body body;
        int status;
        const char *where;
    } cases[] = {
        {&team, body_of(&asker, PURPOSE, FAKE_EPOCH, MATCH_BATCH - 1, receipt), 400, "/waarden"},
        {&team, body_of(&asker, PURPOSE, FAKE_EPOCH, MATCH_BATCH + 1, receipt), 400, "/waarden"},
        {&team, body_of(&asker, PURPOSE, FAKE_EPOCH, 0, receipt), 400, "/waarden"},
        {&team, body_of(&bad[0], PURPOSE, FAKE_EPOCH, MATCH_BATCH, receipt), 400, "/waarden/3"},
        {&team, body_of(&bad[1], PURPOSE, FAKE_EPOCH, MATCH_BATCH, receipt), 400, "/waarden/3"},
        {&team, body_of(&bad[2], PURPOSE, FAKE_EPOCH, MATCH_BATCH, receipt), 400, "/waarden/3"},
        {&team, body_of(&bad[3], PURPOSE, FAKE_EPOCH, MATCH_BATCH, receipt), 400, "/waarden/3"},
        {&team, body_of(&asker, "fraude", FAKE_EPOCH, MATCH_BATCH, receipt), 400, "/doel"},
        {&team, body_of(&asker, "toezicht", FAKE_EPOCH, MATCH_BATCH, receipt), 403, "/doel"},
        {&team, body_of(&asker, PURPOSE, FAKE_EPOCH + 1, MATCH_BATCH, receipt), 422, "/periode"},
        {&team, body_of(&asker, PURPOSE, FAKE_EPOCH - 1, MATCH_BATCH, receipt), 422, "/periode"},
        {&team, body_of(&asker, PURPOSE, FAKE_EPOCH, MATCH_BATCH, other.text), 400, "/ontvangstbewijs"},
        {&team, body_of(&asker, PURPOSE, FAKE_EPOCH, MATCH_BATCH, ""), 400, "/ontvangstbewijs"},
        {&team, {"{\"doel\":"}, 400, "regel 1"},
        {&stranger, body_of(&asker, PURPOSE, FAKE_EPOCH, MATCH_BATCH, receipt), 403, "convenant"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const uint64_t before = rig_leaves(&rig);
        struct http_request r = send_as(&rig, cases[i].who, cases[i].body.text);
        if (r.status != cases[i].status || !rig_says(&r, cases[i].where)) {
            fail_msg("geval %zu: %d %s", i, r.status, (const char *)r.answer.ptr);
        }
        assert_true(r.leaves > before);
        assert_int_equal(rig_last(&rig).operation, RECORD_REFUSED);
        rig_forget(&r);
    }
    assert_int_equal(quota_now(&rig, AREA_TEAM).year_used, 0);
    rig_close(&rig);
}

static void which_epochs_serve_is_said(void **state)
{
    (void)state;
    struct rig rig;
    struct sharing sharing;
    struct asker asker;
    rig_open(&rig, DEBT_HELP);
    fake_sharing_use(&rig, &sharing);
    make_asker(&rig, AREA_TEAM, &asker);
    const struct cert_identity team = partner(AREA_TEAM);
    const struct body body = body_of(&asker, PURPOSE, 1, MATCH_BATCH, rig_receipt(AREA_TEAM).text);
    static const char *const says[] = {"hier geldt periode 700", "hier gelden de perioden 700 en 699",
                                       "hier gelden de perioden 701 en 700"};
    for (size_t i = 0; i < COUNT_OF(says); i++) {
        sharing.before = i == 1;
        sharing.after = i == 2;
        struct http_request r = send_as(&rig, &team, body.text);
        assert_int_equal(r.status, 422);
        assert_true(rig_says(&r, says[i]));
        rig_forget(&r);
    }
    rig_close(&rig);
}

/* As if all who ask were area teams, with a quota that counts no cases: then each has a set for the purpose. */
static void make_area_teams(struct rig *rig)
{
    static const char kind[] = "\"soort\": \"";
    static const char *const others[] = {"school", "cjg", "uwv"};
    static const char cases[] = ", \"perZaak\": 16";
    char *text = rig_covenant_text();
    char *counted = strstr(text, cases);
    struct buf with;
    buf_init(&with, COVENANT_BYTES_MAX);
    assert_non_null(counted);
    memset(counted, ' ', sizeof cases - 1);
    const char *from = text;
    for (const char *at = strstr(from, kind); at != NULL; at = strstr(from, kind)) {
        const char *word = at + sizeof kind - 1;
        size_t len = 0;
        for (size_t i = 0; i < COUNT_OF(others); i++) {
            len = strncmp(word, others[i], strlen(others[i])) == 0 ? strlen(others[i]) : len;
        }
        buf_bytes(&with, from, (size_t)(word - from));
        buf_text(&with, len != 0 ? "gebiedsteam" : "");
        from = word + len;
    }
    buf_text(&with, from);
    buf_byte(&with, '\0');
    assert_true(buf_ok(&with));
    rig_set_covenant(rig, (const char *)with.ptr);
    buf_free(&with);
    free(text);
}

/* EVALUATIONS_EACH of one partner, EVALUATIONS_MAX of all but for the share that is kept; and the first of each partner
 * always. Who is let in is answered, and each is counted. */
static void past_its_bound_the_line_is_closed(void **state)
{
    (void)state;
    enum { EACH = EVALUATIONS_EACH + 2, PARTNERS = 4 };
    static const char *const oins[PARTNERS] = {AREA_TEAM, SCHOOL, "00000099000000003000", "00000099000000004000"};
    static struct http_request requests[PARTNERS][EACH];
    struct rig rig;
    struct sharing sharing;
    struct cert_identity who[PARTNERS];
    static struct body bodies[PARTNERS];
    size_t let_in = 0;
    rig_open(&rig, DEBT_HELP);
    fake_sharing_use(&rig, &sharing);
    make_area_teams(&rig);
    for (size_t p = 0; p < PARTNERS; p++) {
        struct asker asker;
        who[p] = partner(oins[p]);
        make_asker(&rig, oins[p], &asker);
        bodies[p] = good_body(&asker);
        for (size_t i = 0; i < EACH; i++) {
            struct http_request *r = &requests[p][i];
            *r = rig_request(&rig, bodies[p].text);
            r->peer = &who[p];
            r->request_id = REQUEST_ID;
            evaluations_add(r, &rig.api);
            const bool fits = i == 0 || (i < EVALUATIONS_EACH && let_in < EVALUATIONS_MAX - EVALUATIONS_URGENT);
            assert_int_equal(r->status, fits ? 0 : 503);
            let_in += fits;
        }
    }
    assert_int_equal(let_in, EVALUATIONS_MAX - EVALUATIONS_URGENT + 1);
    rig_run(&rig);
    assert_null(rig.api.evaluations);
    for (size_t p = 0; p < PARTNERS; p++) {
        size_t answered = 0;
        for (size_t i = 0; i < EACH; i++) {
            assert_int_equal(requests[p][i].answers, 1);
            answered += requests[p][i].status == 200;
            rig_forget(&requests[p][i]);
        }
        assert_int_equal(quota_now(&rig, oins[p]).day_used, answered * MATCH_BATCH);
        let_in -= answered;
    }
    assert_int_equal(let_in, 0);
    rig_close(&rig);
}

/* The line is full of what is not urgent; then the purpose is, and one that has sixteen in the line goes in too. */
static void what_is_urgent_finds_room_in_a_line_that_is_full(void **state)
{
    (void)state;
    enum { SENT = EVALUATIONS_EACH + 1 };
    static struct http_request requests[SENT];
    struct rig rig;
    struct sharing sharing;
    struct asker asker;
    rig_open(&rig, DEBT_HELP);
    fake_sharing_use(&rig, &sharing);
    make_asker(&rig, AREA_TEAM, &asker);
    const struct cert_identity team = partner(AREA_TEAM);
    const struct body body = good_body(&asker);
    for (size_t i = 0; i < SENT; i++) {
        if (i == SENT - 1) {
            set_quota(&rig, 1000, true);
        }
        requests[i] = rig_request(&rig, body.text);
        requests[i].peer = &team;
        requests[i].request_id = REQUEST_ID;
        evaluations_add(&requests[i], &rig.api);
        assert_int_equal(requests[i].status, 0);
    }
    rig_run(&rig);
    assert_int_equal(requests[SENT - 1].status, 200);
    for (size_t i = 0; i < SENT; i++) {
        rig_forget(&requests[i]);
    }
    rig_close(&rig);
}

static void without_a_log_there_is_no_answer_and_nothing_is_counted(void **state)
{
    (void)state;
    struct rig rig;
    struct sharing sharing;
    struct asker asker;
    rig_open(&rig, DEBT_HELP);
    fake_sharing_use(&rig, &sharing);
    make_asker(&rig, AREA_TEAM, &asker);
    const struct cert_identity team = partner(AREA_TEAM);
    const struct body body = good_body(&asker);
    rig_disk_full(&rig, true);
    struct http_request r = send_as(&rig, &team, body.text);
    assert_int_equal(r.status, 503);
    rig_forget(&r);
    rig_disk_full(&rig, false);
    assert_int_equal(quota_now(&rig, AREA_TEAM).day_used, 0);
    r = send_as(&rig, &team, body.text);
    assert_int_equal(r.status, 200);
    rig_forget(&r);
    rig_close(&rig);
}

static void without_memory_nothing_leaves_unrecorded(void **state)
{
    (void)state;
    struct rig rig;
    struct sharing sharing;
    struct asker asker;
    rig_open(&rig, DEBT_HELP);
    fake_sharing_use(&rig, &sharing);
    make_asker(&rig, AREA_TEAM, &asker);
    const struct cert_identity team = partner(AREA_TEAM);
    const struct body body = good_body(&asker);
    struct http_request warm = send_as(&rig, &team, body.text);
    rig_forget(&warm);
    size_t refused = 0;
    for (long n = 0; n < 60; n++) {
        struct http_request r = rig_request(&rig, body.text);
        buf_fill(&r.answer, 0, 8192); /* the fake's own memory is not what is tested */
        r.peer = &team;
        r.request_id = REQUEST_ID;
        const uint64_t before = rig_leaves(&rig);
        mem_fail_after(n);
        evaluations_add(&r, &rig.api);
        mem_fail_after(-1);
        rig_run(&rig);
        assert_int_equal(r.answers, 1);
        assert_null(rig.api.evaluations);
        assert_true(r.status == 200 || r.status == 503);
        refused += r.status == 503;
        assert_true(r.status == 503 || r.leaves > before);
        rig_forget(&r);
    }
    assert_true(refused > 5);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_batch_is_evaluated_with_proof_counted_and_durable_first),
        cmocka_unit_test(past_the_quota_it_is_429_until_the_next_dutch_day),
        cmocka_unit_test(an_urgent_purpose_goes_on_and_is_told_of_once_a_day),
        cmocka_unit_test(renewals_do_not_count_for_the_day),
        cmocka_unit_test(what_is_not_right_is_refused_recorded_and_not_counted),
        cmocka_unit_test(which_epochs_serve_is_said),
        cmocka_unit_test(past_its_bound_the_line_is_closed),
        cmocka_unit_test(what_is_urgent_finds_room_in_a_line_that_is_full),
        cmocka_unit_test(without_a_log_there_is_no_answer_and_nothing_is_counted),
        cmocka_unit_test(without_memory_nothing_leaves_unrecorded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
