/* Facts about a person: which may be recorded, what each must say, which step follows on which, and their stored form. */
#include "unit/domain/help.h"

#include "base/mem.h"
#include "domain/fact.h"

static bool knows(const void *ctx, struct slice code)
{
    (void)ctx;
    return slice_is(code, "gebiedsteam") || slice_is(code, "school") || slice_is(code, "hulpafstemming") ||
           (code.len != 0 && code.ptr[0] == 'k');
}

static const struct fact_words words = {knows, knows, NULL};

static struct fault_list read(enum fact_kind kind, const char *text, struct fact *out)
{
    struct fault_list faults = {0};
    struct json *json = NULL;
    struct error err;
    assert_int_equal(json_parse(slice_text(text), &json, &err), RESULT_OK);
    fact_read(json, kind, "/feit", &today, &words, out, &faults);
    json_free(json);
    return faults;
}

#define GIVEN                                                                                                          \
    "\"soort\":\"avg-grond\",\"uitkomst\":\"gegeven\",\"bewijs\":\"formulier\",\"categorieen\":[\"bestaan\"],"         \
    "\"doelen\":[\"hulpafstemming\"],\"ontvangers\":[\"gebiedsteam\"],\"voorgelicht\":true"
#define HOLDER "\"gezagsrelatie\":\"000102030405060708090a0b0c0d0e0f\""

static void what_is_whole_is_read(void **state)
{
    (void)state;
    static const struct {
        enum fact_kind kind;
        enum fact_state begins;
        const char *text;
    } cases[] = {
        {FACT_CONSENT, STATE_GIVEN, "{" GIVEN ",\"door\":\"betrokkene\"}"},
        {FACT_CONSENT, STATE_GIVEN, "{" GIVEN ",\"door\":\"voogd\"," HOLDER ",\"tot\":\"2027-01-01\"}"},
        {FACT_CONSENT, STATE_REFUSED,
         "{\"soort\":\"instemming\",\"uitkomst\":\"geweigerd\",\"door\":\"betrokkene\",\"bewijs\":\"b\"}"},
        {FACT_CONSENT, STATE_WITHDRAWN,
         "{\"soort\":\"instemming\",\"uitkomst\":\"ingetrokken\",\"door\":\"betrokkene\",\"bewijs\":\"b\"}"},
        {FACT_AUTHORITY, STATE_STANDS,
         "{\"soort\":\"bewindvoerder\",\"naam\":\"B.\",\"bewijs\":\"b\",\"vanaf\":\"2026-11-22\"}"},
        {FACT_CAPABILITY, STATE_INCAPABLE, "{\"uitkomst\":\"wilsonbekwaam\",\"beoordelaar\":\"A.\",\"bewijs\":\"b\"}"},
        {FACT_EXTENDED_CARE, STATE_STANDS, "{\"tot\":\"2027-01-01\",\"bewijs\":\"b\"}"},
        {FACT_OBJECTION, STATE_OPEN, "{\"toelichting\":\"t\"}"},
        {FACT_RESTRICTION, STATE_STANDS, "{\"toelichting\":\"t\",\"tot\":\"2027-01-01\"}"},
        {FACT_CORRECTION, STATE_OPEN, "{\"toelichting\":\"t\",\"beperken\":true}"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct fact fact;
        const struct fault_list faults = read(cases[i].kind, cases[i].text, &fact);
        if (faults.count != 0) {
            fail_msg("%zu: %s %s", i, faults.items[0].where, faults.items[0].what);
        }
        assert_int_equal(fact.state, cases[i].begins);
        assert_true(date_is_set(&fact.from));
    }
}

static void what_is_not_is_refused_at_its_place(void **state)
{
    (void)state;
    char too_long[FACT_TEXT_MAX + 64];
    (void)snprintf(too_long, sizeof too_long, "{\"toelichting\":\"%0*d\"}", (int)FACT_TEXT_MAX + 1, 0);
    static const struct {
        enum fact_kind kind;
        const char *text;
        const char *where;
    } cases[] = {
        {FACT_CONSENT, "{" GIVEN ",\"door\":\"ouder\"}", "/feit/gezagsrelatie"},
        {FACT_CONSENT, "{" GIVEN ",\"door\":\"betrokkene\"," HOLDER "}", "/feit/gezagsrelatie"},
        {FACT_CONSENT, "{" GIVEN ",\"door\":\"buurman\"}", "/feit/door"},
        {FACT_CONSENT, "{" GIVEN ",\"door\":\"betrokkene\",\"naam\":\"N.\"}", "/feit"},
        {FACT_CONSENT, "{" GIVEN ",\"door\":\"betrokkene\",\"tot\":\"2026-11-21\"}", "/feit/tot"},
        {FACT_CONSENT, "{" GIVEN ",\"door\":\"betrokkene\",\"tot\":\"2026-02-30\"}", "/feit/tot"},
        {FACT_CONSENT, "{\"soort\":\"avg-grond\",\"uitkomst\":\"gegeven\",\"door\":\"betrokkene\",\"bewijs\":\"b\"}",
         "/feit/ontvangers"},
        {FACT_CONSENT, "{\"soort\":\"avg-grond\",\"uitkomst\":\"open\",\"door\":\"betrokkene\",\"bewijs\":\"b\"}",
         "/feit/uitkomst"},
        {FACT_CONSENT, "{\"soort\":\"voogd\",\"uitkomst\":\"geweigerd\",\"door\":\"betrokkene\",\"bewijs\":\"b\"}",
         "/feit/soort"},
        {FACT_CONSENT,
         "{\"soort\":\"avg-grond\",\"uitkomst\":\"geweigerd\",\"door\":\"betrokkene\",\"bewijs\":\"b\","
         "\"ontvangers\":[\"marsman\"]}",
         "/feit/ontvangers"},
        {FACT_CONSENT,
         "{\"soort\":\"avg-grond\",\"uitkomst\":\"geweigerd\",\"door\":\"betrokkene\",\"bewijs\":\"b\","
         "\"doelen\":[\"school\",\"school\"]}",
         "/feit/doelen"},
        {FACT_CONSENT,
         "{\"soort\":\"avg-grond\",\"uitkomst\":\"geweigerd\",\"door\":\"betrokkene\",\"bewijs\":\"b\","
         "\"ontvangers\":[\"k1\",\"k2\",\"k3\",\"k4\",\"k5\",\"k6\",\"k7\",\"k8\",\"k9\",\"k10\",\"k11\",\"k12\","
         "\"k13\",\"k14\",\"k15\",\"k16\",\"k17\"]}",
         "/feit/ontvangers"},
        {FACT_AUTHORITY, "{\"soort\":\"tante\",\"naam\":\"T.\",\"bewijs\":\"b\",\"vanaf\":\"2026-01-01\"}",
         "/feit/soort"},
        {FACT_AUTHORITY, "{\"soort\":\"voogd\",\"naam\":\"T.\",\"bewijs\":\"b\",\"vanaf\":\"2026-11-23\"}",
         "/feit/vanaf"},
        {FACT_AUTHORITY, "{\"soort\":\"voogd\",\"naam\":\" T.\",\"bewijs\":\"b\",\"vanaf\":\"2026-11-22\"}",
         "/feit/naam"},
        {FACT_CAPABILITY, "{\"uitkomst\":\"gegeven\",\"beoordelaar\":\"A.\",\"bewijs\":\"b\"}", "/feit/uitkomst"},
        {FACT_EXTENDED_CARE, "{\"bewijs\":\"b\"}", "/feit/tot"},
        {FACT_OBJECTION, "{}", "/feit/toelichting"},
        {FACT_CORRECTION, "{\"toelichting\":\"t\"}", "/feit/beperken"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct fact fact;
        const struct fault_list faults = read(cases[i].kind, cases[i].text, &fact);
        if (faults.count == 0 || strcmp(faults.items[0].where, cases[i].where) != 0) {
            fail_msg("%zu: %s", i, faults.count == 0 ? "aangenomen" : faults.items[0].where);
        }
    }
    struct fact fact;
    assert_int_equal(read(FACT_OBJECTION, too_long, &fact).count, 1);
}

/* Who was not told what it means: why not is recorded. */
/* "beoordelaar" goes to the same place, and is not there. */
static void who_has_authority_keeps_his_name(void **state)
{
    (void)state;
    struct fact fact;
    assert_int_equal(read(FACT_AUTHORITY,
                          "{\"soort\":\"voogd\",\"naam\":\"V. Voogd\",\"bewijs\":\"b\",\"vanaf\":\"2026-01-01\"}",
                          &fact)
                         .count,
                     0);
    assert_string_equal(fact.name, "V. Voogd");
}

static void not_told_needs_a_reason(void **state)
{
    (void)state;
    struct fact fact;
    static const char start[] = "{\"soort\":\"avg-grond\",\"uitkomst\":\"gegeven\",\"bewijs\":\"b\",\"categorieen\":"
                                "[\"bestaan\"],\"doelen\":[\"hulpafstemming\"],\"ontvangers\":[\"school\"],"
                                "\"door\":\"betrokkene\"";
    static const struct {
        const char *end;
        size_t faults;
    } cases[] = {{"}", 1},
                 {",\"voorgelicht\":false}", 1},
                 {",\"voorgelicht\":true}", 0},
                 {",\"voorgelicht\":false,\"toelichting\":\"spoed\"}", 0}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char text[512];
        (void)snprintf(text, sizeof text, "%s%s", start, cases[i].end);
        assert_int_equal(read(FACT_CONSENT, text, &fact).count, cases[i].faults);
    }
}

/* Each row of this is a step; every other pair is refused. */
static void only_listed_steps_are_taken(void **state)
{
    (void)state;
    static const struct {
        enum fact_kind kind;
        enum fact_state from;
        enum fact_state to;
    } steps[] = {
        {FACT_CONSENT, STATE_GIVEN, STATE_WITHDRAWN},    {FACT_AUTHORITY, STATE_STANDS, STATE_ENDED},
        {FACT_EXTENDED_CARE, STATE_STANDS, STATE_ENDED}, {FACT_OBJECTION, STATE_OPEN, STATE_HONOURED},
        {FACT_OBJECTION, STATE_OPEN, STATE_REJECTED},    {FACT_RESTRICTION, STATE_STANDS, STATE_LIFTED},
        {FACT_CORRECTION, STATE_OPEN, STATE_HONOURED},   {FACT_CORRECTION, STATE_OPEN, STATE_REJECTED},
    };
    for (unsigned kind = 0; kind < FACT_KIND_COUNT; kind++) {
        for (unsigned pair = 0; pair < FACT_STATE_COUNT * FACT_STATE_COUNT; pair++) {
            const enum fact_state from = (enum fact_state)(pair / FACT_STATE_COUNT);
            const enum fact_state to = (enum fact_state)(pair % FACT_STATE_COUNT);
            bool listed = false;
            for (size_t i = 0; i < COUNT_OF(steps); i++) {
                listed =
                    listed || (steps[i].kind == (enum fact_kind)kind && steps[i].from == from && steps[i].to == to);
            }
            assert_int_equal(fact_may_become((enum fact_kind)kind, from, to), listed);
        }
    }
    assert_false(fact_may_begin(FACT_CONSENT, STATE_OPEN));
    assert_false(fact_may_begin(FACT_OBJECTION, STATE_HONOURED));
    assert_string_equal(fact_kind_word(FACT_KIND_COUNT), "");
    assert_string_equal(fact_state_word(FACT_STATE_COUNT), "");
}

static struct fact full_fact(void)
{
    struct fact fact = {.kind = FACT_CONSENT,
                        .state = STATE_WITHDRAWN,
                        .consent = CONSENT_PLAN,
                        .as = GIVER_MENTOR,
                        .authority = AUTHORITY_ADMINISTRATOR,
                        .giver = {{1, 2, 3}},
                        .categories = 0x55,
                        .recipients = {2, {"gebiedsteam", "00000099000000001000"}},
                        .purposes = {1, {"hulpafstemming"}},
                        .from = {2026, 1, 2},
                        .until = {2027, 1, 2},
                        .told = true,
                        .restricts = true,
                        .ended = {2026, 3, 4},
                        .via = {"00000099000000005000"},
                        .recorded_ms = 1767225600000,
                        .changed_ms = 1767225600001};
    TEXT_INTO(fact.name, "M. Entor");
    TEXT_INTO(fact.evidence, "beschikking");
    TEXT_INTO(fact.note, "uitgelegd");
    TEXT_INTO(fact.ending, "aan de balie");
    return fact;
}

static void the_stored_form_goes_there_and_back_and_nothing_else_is_one(void **state)
{
    (void)state;
    const struct fact fact = full_fact();
    struct fact back;
    struct error err;
    struct buf first;
    struct buf second;
    buf_init(&first, STORE_PAYLOAD_MAX);
    buf_init(&second, STORE_PAYLOAD_MAX);
    fact_encode(&fact, &first);
    assert_int_equal(fact_decode(buf_slice(&first), &back, &err), RESULT_OK);
    fact_encode(&back, &second);
    assert_true(slice_equal(buf_slice(&first), buf_slice(&second)));
    assert_int_equal(back.changed_ms, fact.changed_ms);
    assert_string_equal(back.recipients.items[1], fact.recipients.items[1]);
    for (size_t len = 0; len < first.len; len++) {
        assert_int_equal(fact_decode(slice_of(first.ptr, len), &back, &err), RESULT_FAILED);
        assert_int_equal(err.fault, FAULT_STORE);
    }
    for (size_t at = 0; at < 6; at++) { /* version and words past the end of their table */
        const uint8_t was = first.ptr[at];
        first.ptr[at] = 0xFF;
        assert_int_equal(fact_decode(buf_slice(&first), &back, &err), RESULT_FAILED);
        first.ptr[at] = was;
    }
    buf_byte(&first, 0);
    assert_int_equal(fact_decode(buf_slice(&first), &back, &err), RESULT_FAILED);
    buf_free(&first);
    buf_free(&second);
}

/* The fullest fact fits what the store takes. */
static void the_largest_fact_fits(void **state)
{
    (void)state;
    struct fact fact = full_fact();
    struct buf out;
    for (size_t i = 0; i < FACT_CODES_MAX; i++) {
        memset(fact.recipients.items[i], 'k', CODE_MAX);
        memset(fact.purposes.items[i], 'k', CODE_MAX);
    }
    fact.recipients.count = fact.purposes.count = FACT_CODES_MAX;
    memset(fact.name, 'n', NAME_MAX_BYTES);
    memset(fact.evidence, 'e', FACT_TEXT_MAX);
    memset(fact.note, 'n', FACT_TEXT_MAX);
    memset(fact.ending, 'e', FACT_TEXT_MAX);
    buf_init(&out, STORE_PAYLOAD_MAX);
    fact_encode(&fact, &out);
    assert_true(buf_ok(&out));
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_whole_is_read),
        cmocka_unit_test(what_is_not_is_refused_at_its_place),
        cmocka_unit_test(who_has_authority_keeps_his_name),
        cmocka_unit_test(not_told_needs_a_reason),
        cmocka_unit_test(only_listed_steps_are_taken),
        cmocka_unit_test(the_stored_form_goes_there_and_back_and_nothing_else_is_one),
        cmocka_unit_test(the_largest_fact_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
