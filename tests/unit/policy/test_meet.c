/*
 * Signals: a rule about them never opens an involvement, nor the other way round; nobody may ask on account of one; which
 * parties of the sample meet, and in which roles somebody may then call; what a covenant may say of them.
 */
#include "unit/policy/help.h"

#include "policy/decide.h"
#include "policy/explain.h"
#include "policy/matrix.h"

#define TEAM     "00000099000000001000"
#define SCHOOL   "00000099000000002000"
#define CJG      "00000099000000003000"
#define UWV      "00000099000000004000"
#define DEBT     "00000099000000005000"
#define LANDLORD "00000099000000012000"

#define EXIST CATEGORY_BIT(CATEGORY_EXISTENCE)

static const struct date today = {2026, 11, 27};
static const struct policy_record a_signal = {.signal = true};

static struct covenant *covenant;

static int set_up(void **state)
{
    (void)state;
    char *text = sample_text();
    covenant = parse(text);
    mem_free(text);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    covenant_free(covenant);
    return 0;
}

static struct policy_subject somebody(void)
{
    struct policy_subject subject = {.birth = {1985, 3, 14}, .municipality = "9901"};
    for (unsigned i = 0; i < CONSENT_KIND_COUNT; i++) {
        subject.consent.categories[i] = UINT32_MAX;
    }
    return subject;
}

static struct policy_meeting meet(const struct covenant *c, const char *giver, const char *receiver,
                                  const struct policy_subject *subject, const struct policy_record *record)
{
    struct policy_meeting out;
    policy_may_meet(c, party(c, giver), party(c, receiver), subject, record, &today, &out);
    assert_int_equal(out.permit, out.why == POLICY_PERMITTED);
    assert_true(out.permit == (out.basis != NULL) && out.reason[0] != '\0');
    assert_true(out.permit || out.roles == 0);
    return out;
}

static uint64_t role(const struct covenant *c, const char *code)
{
    for (size_t i = 0; i < matrix_role_count(c); i++) {
        if (strcmp(matrix_role(c, i), code) == 0) {
            return (uint64_t)1 << i;
        }
    }
    fail_msg("no role %s", code);
    return 0;
}

static uint64_t callers(const struct covenant *c)
{
    return role(c, "generalist") | role(c, "consulent") | role(c, "regisseur") | role(c, "partnerprofessional");
}

/* ---- whom a signal meets ---- */

static void the_named_parties_meet_both_ways(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {{TEAM, SCHOOL}, {TEAM, CJG}, {SCHOOL, CJG}, {TEAM, UWV}};
    const struct policy_subject subject = somebody();
    const size_t parties = covenant_party_count(covenant);
    size_t met = 0;
    for (size_t i = 0; i < parties * parties; i++) {
        const char *giver = covenant_party_at(covenant, i / parties)->oin.digits;
        const char *receiver = covenant_party_at(covenant, i % parties)->oin.digits;
        bool named = false;
        for (size_t k = 0; k < COUNT_OF(pairs) * 2; k++) {
            const char *const *pair = pairs[k / 2];
            named = named || (strcmp(pair[k % 2], giver) == 0 && strcmp(pair[1 - k % 2], receiver) == 0);
        }
        const struct policy_meeting out = meet(covenant, giver, receiver, &subject, &a_signal);
        if (out.permit != named) {
            fail_msg("%s to %s: %s", giver, receiver, out.reason);
        }
        assert_int_equal(out.roles, named ? callers(covenant) : 0);
        met += out.permit;
    }
    assert_int_equal(met, 2 * COUNT_OF(pairs));
    assert_string_equal(meet(covenant, SCHOOL, CJG, &subject, &a_signal).basis, "wpo-8");
    assert_string_equal(meet(covenant, CJG, SCHOOL, &subject, &a_signal).basis, "jeugdwet-7.4.0");
}

/* Case 9: the landlord's signal meets nobody's. */
static void case_9_the_landlord_meets_nobody(void **state)
{
    (void)state;
    static const char *const others[] = {TEAM, SCHOOL, CJG, UWV, DEBT};
    const struct policy_subject subject = somebody();
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        assert_int_equal(meet(covenant, LANDLORD, others[i], &subject, &a_signal).why, POLICY_NO_BSN_GROUND);
        assert_int_equal(meet(covenant, others[i], LANDLORD, &subject, &a_signal).why, POLICY_NO_BSN_GROUND);
    }
}

static void facts_of_the_person_count(void **state)
{
    (void)state;
    struct policy_subject subject = somebody();
    const struct policy_record shielded = {.signal = true, .shielded = true};
    assert_int_equal(meet(covenant, SCHOOL, TEAM, &subject, &shielded).why, POLICY_SHIELDED);
    subject.restricted = true;
    assert_int_equal(meet(covenant, SCHOOL, TEAM, &subject, &a_signal).why, POLICY_RESTRICTED);
    subject.restricted = false;
    subject.municipality = "0001";
    assert_int_equal(meet(covenant, SCHOOL, TEAM, &subject, &a_signal).why, POLICY_AREA);
    assert_true(meet(covenant, TEAM, UWV, &subject, &a_signal).permit); /* it works everywhere */
    subject.municipality = "";
    assert_int_equal(meet(covenant, SCHOOL, TEAM, &subject, &a_signal).why, POLICY_AREA);
    subject = somebody();
    subject.birth = (struct date){0};
    assert_true(meet(covenant, SCHOOL, TEAM, &subject, &a_signal).permit); /* no rule asks for an age */
    struct policy_meeting out;
    const struct date after = {2030, 1, 1};
    policy_may_meet(covenant, party(covenant, SCHOOL), party(covenant, TEAM), &subject, &a_signal, &after, &out);
    assert_int_equal(out.why, POLICY_NOT_IN_FORCE);
    policy_may_meet(covenant, party(covenant, SCHOOL), NULL, &subject, &a_signal, &today, &out);
    assert_int_equal(out.why, POLICY_NO_PARTY);
}

/* Who helps somebody meets a signal by the rules about involvements, with the roles of those. */
static void an_involvement_meets_by_its_own_rules(void **state)
{
    (void)state;
    const struct policy_subject subject = somebody();
    struct policy_record help = {.life_domain = slice_text("onderwijs-en-opvoeding")};
    struct policy_meeting out = meet(covenant, SCHOOL, TEAM, &subject, &help);
    assert_true(out.permit);
    assert_int_equal(out.roles, role(covenant, "generalist") | role(covenant, "regisseur"));
    out = meet(covenant, TEAM, SCHOOL, &subject, &help);
    assert_true(out.permit);
    assert_int_equal(out.roles, role(covenant, "partnerprofessional"));
    assert_string_equal(out.basis, "jeugdwet-7.4.0");
    help.life_domain = slice_text("financien");
    assert_int_equal(meet(covenant, TEAM, SCHOOL, &subject, &help).why, POLICY_LIFE_DOMAIN);
    help.life_domain = slice_text("onderwijs-en-opvoeding");
    assert_int_equal(meet(covenant, CJG, SCHOOL, &subject, &help).why, POLICY_NO_RULE); /* signals alone */
    help.shielded = true;
    assert_int_equal(meet(covenant, SCHOOL, TEAM, &subject, &help).why, POLICY_SHIELDED);
}

/* ---- two subjects that never mix ---- */

/* The sample with what it says of one of them taken out; of the other nothing changes, for anybody. */
static void neither_opens_the_other(void **state)
{
    (void)state;
    struct policy_subject subject = somebody();
    subject.birth = (struct date){2014, 1, 1}; /* of an age for every rule of the sample, with or without */
    char *text = sample_text();
    for (char *at = strstr(text, "\"voorwaarden\": {\"signaal\": true"); at != NULL;
         at = strstr(text, "\"voorwaarden\": {\"signaal\": true")) {
        memcpy(at, "\"voorwaarden\": {\"signaal\":false", strlen("\"voorwaarden\": {\"signaal\":false"));
    }
    /* As rules about involvements they want a life domain and, outside sets, a case. */
    for (char *at = strstr(text, "\"signaal\":false"); at != NULL; at = strstr(text, "\"signaal\":false")) {
        text = replace(text, "\"signaal\":false, ", "\"zaakOfMelding\": true, ");
    }
    for (size_t i = 0; i < 8; i++) {
        text = replace(text, "      \"opzoekset\": true,\n      \"voorwaarden\": {\"zaakOfMelding\": true, ",
                       "      \"opzoekset\": true,\n      \"voorwaarden\": {");
    }
    for (size_t i = 0; i < 16; i++) {
        static const char *const categories[] = {"contact", "bestaan"};
        char from[96];
        char to[128];
        (void)snprintf(from, sizeof from, "]},\n      \"categorieen\": [\"%s\"]", categories[i % 2]);
        (void)snprintf(to, sizeof to, "]},\n      \"leefgebieden\": [\"veiligheid\"], \"categorieen\": [\"%s\"]",
                       categories[i % 2]);
        text = replace(text, from, to);
    }
    struct covenant *without = parse(text);
    const size_t parties = covenant_party_count(covenant);
    size_t known = 0;
    for (size_t i = 0; i < parties * parties * covenant_purpose_count(covenant) * LIFE_DOMAIN_COUNT; i++) {
        const size_t pair = i / LIFE_DOMAIN_COUNT % (parties * parties);
        const struct policy_record help = {.life_domain =
                                               slice_text(life_domain_word((enum life_domain)(i % LIFE_DOMAIN_COUNT)))};
        struct policy_decision with[2];
        struct policy_decision other[2];
        if (i % LIFE_DOMAIN_COUNT == LIFE_SAFETY) {
            continue; /* where the changed rules speak now */
        }
        for (int c = 0; c < 2; c++) {
            const struct covenant *one = c == 0 ? covenant : without;
            const struct policy_request request = {
                .requester = covenant_party_at(one, pair / parties),
                .provider = covenant_party_at(one, pair % parties),
                .purpose = slice_text(covenant_purpose_at(one, i / LIFE_DOMAIN_COUNT / (parties * parties))->code),
                .basis = slice_text("wmo-5.1.1"),
                .role = slice_text("regisseur"),
                .has_case = true,
                .today = today};
            policy_may_know(one, &request, &subject, &help, &(c == 0 ? with : other)[0]);
            policy_may_answer(one, &request, &subject, &help, &(c == 0 ? with : other)[1]);
            struct policy_decision signal;
            policy_may_answer(one, &request, &subject, &a_signal, &signal);
            assert_int_equal(signal.categories, 0); /* nobody is answered about a signal */
            policy_may_know(one, &request, &subject, &a_signal, &signal);
            assert_true(c == 0 || !signal.permit); /* without rules about signals none is known */
        }
        for (int k = 0; k < 2; k++) {
            assert_int_equal(with[k].categories, other[k].categories);
            assert_int_equal(with[k].permit, other[k].permit);
            assert_int_equal(with[k].rule_count, other[k].rule_count);
        }
        known += with[0].permit;
    }
    assert_true(known > 40);
    covenant_free(without);
    mem_free(text);
}

/* Nobody may ask because there are rules about signals; the set is there all the same. */
static void nobody_asks_on_account_of_a_signal(void **state)
{
    (void)state;
    for (size_t basis = 0; basis < matrix_basis_count(covenant); basis++) {
        for (size_t i = 0; i < matrix_role_count(covenant); i++) {
            struct policy_decision out;
            const struct policy_request request = {.requester = party(covenant, SCHOOL),
                                                   .provider = party(covenant, CJG),
                                                   .purpose = slice_text(PURPOSE_SIGNAL),
                                                   .basis = slice_text(matrix_basis(covenant, basis)->code),
                                                   .role = slice_text(matrix_role(covenant, i)),
                                                   .has_case = true,
                                                   .has_report = true,
                                                   .today = today};
            policy_may_ask(covenant, &request, &out);
            assert_int_equal(out.why, POLICY_NO_RULE);
        }
    }
    const struct purpose *purpose = covenant_purpose(covenant, slice_text(PURPOSE_SIGNAL));
    const uint64_t bit = (uint64_t)1 << (size_t)(purpose - covenant_purpose_at(covenant, 0));
    const struct party *school = party(covenant, SCHOOL);
    assert_true((policy_set_purposes(covenant, school, party(covenant, CJG), &today) & bit) != 0);
    assert_true((policy_set_purposes(covenant, school, party(covenant, UWV), &today) & bit) == 0);
}

/* ---- prohibitions ---- */

#define NEVER(roles, rest)                                                                                             \
    "\"regels\": [{\"id\":\"nooit\",\"doel\":\"zorgsignaal\",\"vrager\":{\"soorten\":[\"cjg\"]" roles                  \
    "},\"gever\":{\"soorten\":[\"school\"]}" rest ",\"verbod\":true},"

/* A signal is in every life domain: what one of them forbids is forbidden. */
static void a_prohibition_on_any_domain_hits_a_signal(void **state)
{
    (void)state;
    static const struct {
        const char *rule;
        bool permit;
        const char *without; /* role that may not call; "": none may */
    } rows[] = {
        {NEVER("", ""), false, ""},
        {NEVER("", ",\"leefgebieden\":[\"justitie\"]"), false, ""},
        {NEVER("", ",\"leefgebieden\":[\"justitie\"],\"categorieen\":[\"bestaan\"]"), false, ""},
        {NEVER(",\"rollen\":[\"toetser\"]", ",\"categorieen\":[\"bestaan\"]"), false, ""}, /* a set is everybody's */
        {NEVER("", ",\"leefgebieden\":[\"justitie\"],\"categorieen\":[\"contact\"]"), true, ""},
        {NEVER(",\"rollen\":[\"regisseur\"]", ",\"categorieen\":[\"contact\"]"), true, "regisseur"},
        {NEVER("", ",\"categorieen\":[\"plan\"]"), true, "toetser"},
    };
    const struct policy_subject subject = somebody();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *text = replace(sample_text(), "\"regels\": [", rows[i].rule);
        struct covenant *c = parse(text);
        const struct policy_meeting out = meet(c, SCHOOL, CJG, &subject, &a_signal);
        const struct purpose *purpose = covenant_purpose(c, slice_text(PURPOSE_SIGNAL));
        const uint64_t bit = (uint64_t)1 << (size_t)(purpose - covenant_purpose_at(c, 0));
        const uint64_t sets = policy_set_purposes(c, party(c, CJG), party(c, SCHOOL), &today);
        assert_int_equal(out.permit, rows[i].permit);
        assert_int_equal((sets & bit) != 0, rows[i].permit);
        assert_int_equal(out.roles, rows[i].without[0] == '\0' ? 0 : callers(c) & ~role(c, rows[i].without));
        assert_true(meet(c, CJG, SCHOOL, &subject, &a_signal).permit); /* the other direction stays */
        covenant_free(c);
        mem_free(text);
    }
}

/* ---- what comes with a contact ---- */

/* No rule that names contact: they meet, and nobody may call; consent and age of the rule about contact count by itself. */
static void contact_has_rules_of_its_own(void **state)
{
    (void)state;
    static const char rule[] = "\"categorieen\": [\"contact\"],\n      \"grondslagVragen\": \"jeugdwet-7.4.0\",\n"
                               "      \"grondslagGeven\": \"wpo-8\",\n      \"voorwaarden\": {\"signaal\": true";
    static const struct {
        const char *more;
        int age;
        uint32_t consent;
        bool calls;
    } rows[] = {
        {"", 41, 0, true},
        {", \"regime\": \"jeugd\"", 41, 0, false},
        {", \"regime\": \"jeugd\"", 12, 0, true},
        {", \"leeftijd\": {\"tot\": 40}", 41, 0, false},
        {", \"toestemming\": \"instemming\"", 41, 0, false},
        {", \"toestemming\": \"instemming\"", 41, EXIST, false},
        {", \"toestemming\": \"instemming\"", 41, CATEGORY_BIT(CATEGORY_CONTACT), true},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char to[512];
        (void)snprintf(to, sizeof to, "%s%s", rule, rows[i].more);
        char *text = replace(sample_text(), rule, to);
        struct covenant *c = parse(text);
        struct policy_subject subject = {.birth = {(int16_t)(2026 - rows[i].age), 1, 1}, .municipality = "9901"};
        subject.consent.categories[CONSENT_PLAN] = rows[i].consent;
        const struct policy_meeting out = meet(c, SCHOOL, CJG, &subject, &a_signal);
        assert_true(out.permit);
        assert_int_equal(out.roles, rows[i].calls ? callers(c) : 0);
        covenant_free(c);
        mem_free(text);
    }
}

/* ---- explained, and written ---- */

static const struct policy_explained *row_of(const struct policy_explained *rows, size_t count, const char *id)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(rows[i].rule, id) == 0) {
            return &rows[i];
        }
    }
    fail_msg("no row of %s", id);
    return rows;
}

static void each_rule_is_explained(void **state)
{
    (void)state;
    struct policy_explained rows[16];
    struct policy_decision out;
    const struct policy_subject subject = somebody();
    const struct policy_record help = {.life_domain = slice_text("onderwijs-en-opvoeding")};
    const struct policy_request request = {.requester = party(covenant, TEAM),
                                           .provider = party(covenant, SCHOOL),
                                           .purpose = slice_text(PURPOSE_SIGNAL),
                                           .basis = slice_text("wmo-5.1.1"),
                                           .role = slice_text("generalist"),
                                           .has_case = true,
                                           .today = today};
    size_t count = policy_explain(covenant, &request, &subject, &a_signal, rows, COUNT_OF(rows), &out);
    assert_int_equal(count, 4);
    assert_int_equal(out.categories, EXIST | CATEGORY_BIT(CATEGORY_CONTACT));
    assert_int_equal(row_of(rows, count, "signaal-01")->reached, POLICY_SIGNAL);
    assert_int_equal(row_of(rows, count, "set-signaal-01")->reached, POLICY_SIGNAL);
    assert_int_equal(row_of(rows, count, "set-signaal-11")->categories, EXIST);
    assert_string_equal(policy_explain_sentence(row_of(rows, count, "signaal-11")).text,
                        "regel signaal-11 (bij een match): geeft contact.");
    count = policy_explain(covenant, &request, &subject, &help, rows, COUNT_OF(rows), &out);
    assert_int_equal(row_of(rows, count, "signaal-11")->reached, POLICY_SIGNAL);
    assert_int_equal(row_of(rows, count, "set-signaal-11")->categories, 0);
    assert_int_equal(row_of(rows, count, "signaal-01")->reached, POLICY_PERMITTED);
    count = policy_explain(covenant, &request, NULL, NULL, rows, COUNT_OF(rows), &out);
    assert_int_equal(row_of(rows, count, "signaal-11")->reached, POLICY_SIGNAL);
}

static void each_fault_is_named(void **state)
{
    (void)state;
    static const char *const signal = "\"voorwaarden\": {\"signaal\": true";
    static const struct {
        const char *from, *to, *where;
    } rows[] = {
        {NULL, "\"voorwaarden\": {\"zaakOfMelding\": true, \"signaal\": true", "/regels/48/voorwaarden/zaakOfMelding"},
        {NULL, "\"voorwaarden\": {\"maatregel\": true, \"signaal\": true", "/regels/48/voorwaarden/maatregel"},
        {NULL, "\"voorwaarden\": {\"afgeschermd\": true, \"signaal\": true", "/regels/48/voorwaarden/afgeschermd"},
        {NULL, "\"leefgebieden\": [\"financien\"], \"voorwaarden\": {\"signaal\": true", "/regels/48/leefgebieden"},
        {"\"id\": \"signaal-11\",", "\"id\": \"signaal-11\", \"verplichting\": 1,", "/regels/48"},
        {"\"categorieen\": [\"contact\"],\n      \"grondslagVragen\": \"wmo-5.1.1\",\n      \"grondslagGeven\": "
         "\"wpo-8\"",
         "\"categorieen\": [\"contact\", \"fase\"],\n      \"grondslagVragen\": \"wmo-5.1.1\",\n      "
         "\"grondslagGeven\": \"wpo-8\"",
         "/regels/48/categorieen"},
        {"\"voorwaarden\": {\"werkgebied\": true, \"toestemming\": \"instemming\"}",
         "\"voorwaarden\": {\"werkgebied\": true, \"signaal\": true}", "/regels/44/doel"},
        {"\"bewaarklasse\": 6, \"dagenGeldig\": 365", "\"bewaarklasse\": 6, \"dagenGeldig\": 731",
         "/doelen/6/dagenGeldig"},
        {"\"bewaarklasse\": 6, \"dagenGeldig\": 365", "\"bewaarklasse\": 6, \"dagenGeldig\": 0",
         "/doelen/6/dagenGeldig"},
        {"\"bewaarklasse\": 3", "\"bewaarklasse\": 3, \"dagenGeldig\": 7", "/doelen/2/dagenGeldig"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        bool found = false;
        struct covenant *made = NULL;
        struct fault_list faults = {0};
        char *text = replace(sample_text(), rows[i].from != NULL ? rows[i].from : signal, rows[i].to);
        assert_int_equal(covenant_parse(slice_text(text), &made, &faults), RESULT_FAILED);
        for (size_t k = 0; k < faults.count && k < FAULT_LIST_MAX; k++) {
            found = found || strcmp(faults.items[k].where, rows[i].where) == 0;
        }
        if (!found) {
            fail_msg("row %zu: %s: %s", i, faults.items[0].where, faults.items[0].what);
        }
        mem_free(text);
    }
}

static void a_signal_lives_as_long_as_is_agreed(void **state)
{
    (void)state;
    static const struct {
        const char *to;
        int days;
    } rows[] = {
        {"\"bewaarklasse\": 6, \"dagenGeldig\": 365", 365},
        {"\"bewaarklasse\": 6, \"dagenGeldig\": 1", 1},
        {"\"bewaarklasse\": 6, \"dagenGeldig\": 730", 730},
        {"\"bewaarklasse\": 6", SIGNAL_DAYS_MAX},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *text = replace(sample_text(), "\"bewaarklasse\": 6, \"dagenGeldig\": 365", rows[i].to);
        struct covenant *c = parse(text);
        assert_int_equal(covenant_purpose(c, slice_text(PURPOSE_SIGNAL))->signal_days, rows[i].days);
        assert_int_equal(covenant_purpose(c, slice_text("nazorg"))->signal_days, 0);
        covenant_free(c);
        mem_free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_named_parties_meet_both_ways),
        cmocka_unit_test(case_9_the_landlord_meets_nobody),
        cmocka_unit_test(facts_of_the_person_count),
        cmocka_unit_test(an_involvement_meets_by_its_own_rules),
        cmocka_unit_test(neither_opens_the_other),
        cmocka_unit_test(nobody_asks_on_account_of_a_signal),
        cmocka_unit_test(a_prohibition_on_any_domain_hits_a_signal),
        cmocka_unit_test(contact_has_rules_of_its_own),
        cmocka_unit_test(each_rule_is_explained),
        cmocka_unit_test(each_fault_is_named),
        cmocka_unit_test(a_signal_lives_as_long_as_is_agreed),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
