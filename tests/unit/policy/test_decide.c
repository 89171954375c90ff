/* Decisions on the sample covenant, and the hurdles one by one, for a person of fourteen who consented to everything;
 * age and consent are in test_cases.c. */
#include "unit/policy/help.h"

#include "policy/decide.h"

#define TEAM       "00000099000000001000"
#define SCHOOL     "00000099000000002000"
#define CJG        "00000099000000003000"
#define UWV        "00000099000000004000"
#define DEBT       "00000099000000005000"
#define TRUANCY    "00000099000000006000"
#define YOUTH_CARE "00000099000000007000"
#define SHELTER    "00000099000000008000"
#define SAFE_HOME  "00000099000000009000"
#define NO_BSN     "00000099000000099000"

/* A partner that the sample does not have. */
static const char more_parties[] = "\"partijen\": [{\"oin\":\"" NO_BSN
                                   "\",\"naam\":\"x\",\"soort\":\"schuldhulp\",\"knooppunt\":\"https://x.example\","
                                   "\"niveau\":1,\"werkgebied\":[\"9901\"],\"fgContact\":\"x\"," LOG_OF("x") "},";

#define EXIST   CATEGORY_BIT(CATEGORY_EXISTENCE)
#define CONTACT CATEGORY_BIT(CATEGORY_CONTACT)
#define PHASE   CATEGORY_BIT(CATEGORY_PHASE)
#define STATUS  CATEGORY_BIT(CATEGORY_STATUS)
#define SERVICE CATEGORY_BIT(CATEGORY_SERVICE)

static struct covenant *covenant;

static int set_up(void **state)
{
    (void)state;
    char *text = replace(sample_text(), "\"partijen\": [", more_parties);
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

struct row {
    const char *requester;
    const char *provider;
    const char *purpose;
    const char *basis;
    const char *role;
    const char *domain; /* NULL: the asker's own decision */
    const char *municipality;
    char number; /* 'z' case, 'm' report, ' ' none */
    bool shielded;
    uint32_t categories; /* 0: denied */
    enum policy_reason why;
    struct date today; /* not set: 2026-11-22 */
};

static struct policy_decision decide(const struct row *row)
{
    struct policy_decision out;
    const struct date day = {2026, 11, 22};
    const struct policy_request request = {
        .requester = party(covenant, row->requester),
        .provider = party(covenant, row->provider),
        .purpose = slice_text(row->purpose),
        .basis = slice_text(row->basis),
        .role = slice_text(row->role),
        .has_case = row->number == 'z',
        .has_report = row->number == 'm',
        .report_open = row->number == 'm',
        .order_in_force = true,
        .today = date_is_set(&row->today) ? row->today : day,
    };
    struct policy_subject subject = {.birth = {2012, 3, 1}, .municipality = row->municipality};
    for (unsigned i = 0; i < CONSENT_KIND_COUNT; i++) {
        subject.consent.categories[i] = UINT32_MAX;
    }
    const struct policy_record record = {slice_text(row->domain), row->shielded, false};
    if (row->domain == NULL) {
        policy_may_ask(covenant, &request, &out);
    } else {
        policy_may_answer(covenant, &request, &subject, &record, &out);
    }
    return out;
}

static void check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct policy_decision out = decide(&rows[i]);
        const uint32_t wanted = rows[i].categories;
        if (out.why != rows[i].why || out.categories != wanted || out.permit != (wanted != 0)) {
            fail_msg("row %zu: %s, categories %x", i, policy_reason_code(out.why), (unsigned)out.categories);
        }
        assert_ptr_equal(out.reason, policy_reason_text(out.why));
        assert_int_equal(out.permit, out.rule_count != 0);
        assert_int_equal(out.permit, out.obligation != NULL);
    }
}

#define HELP "hulpafstemming", "wmo-5.1.1", "generalist"
#define CARE "hulpafstemming", "wpo-8", "partnerprofessional"
#define WGS  "wgs-schuldhulp", "wgs-8", "consulent"
#define LEER "leerplicht", "leerplichtwet-18", "leerplichtambtenaar"
#define SAFE "onderzoek-veilig-thuis", "wmo-5.1.6", "veilig-thuis"
#define NOT_SET                                                                                                        \
    {                                                                                                                  \
        0, 0, 0                                                                                                        \
    }

/* The area team asks four partners (scenario 1). */
static void generalist_consults(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {TEAM, DEBT, HELP, NULL, "", 'z', false, EXIST | CONTACT | PHASE, POLICY_PERMITTED, NOT_SET},
        {TEAM, SCHOOL, HELP, NULL, "", 'z', false, EXIST | CONTACT, POLICY_PERMITTED, NOT_SET},
        {TEAM, CJG, HELP, NULL, "", 'm', false, EXIST | CONTACT, POLICY_PERMITTED, NOT_SET},
        {TEAM, UWV, HELP, NULL, "", 'm', false, EXIST | CONTACT, POLICY_PERMITTED, NOT_SET},
        {TEAM, DEBT, HELP, "financien", "9901", 'z', false, EXIST | CONTACT | PHASE, POLICY_PERMITTED, NOT_SET},
        {TEAM, SCHOOL, HELP, "onderwijs-en-opvoeding", "9902", 'z', false, EXIST | CONTACT, POLICY_PERMITTED, NOT_SET},
        {TEAM, SCHOOL, HELP, "geestelijke-gezondheid", "9902", 'z', false, 0, POLICY_LIFE_DOMAIN, NOT_SET},
        {TEAM, CJG, HELP, "lichamelijke-gezondheid", "9901", 'z', false, 0, POLICY_LIFE_DOMAIN, NOT_SET},
        {TEAM, UWV, HELP, "werk-en-dagbesteding", "9901", 'z', false, EXIST | CONTACT, POLICY_PERMITTED, NOT_SET},
        {TEAM, UWV, HELP, "financien", "9901", 'z', false, 0, POLICY_LIFE_DOMAIN, NOT_SET},
        {TEAM, YOUTH_CARE, HELP, NULL, "", 'z', false, 0, POLICY_BASIS, NOT_SET},
    };
    check_rows(rows, COUNT_OF(rows));
}

/* Without case or report nobody is asked (scenario 4). */
static void no_case_no_question(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {TEAM, DEBT, HELP, NULL, "", ' ', false, 0, POLICY_NO_CASE, NOT_SET},
        {TEAM, DEBT, HELP, "financien", "9901", ' ', false, 0, POLICY_NO_CASE, NOT_SET},
        {SAFE_HOME, SCHOOL, SAFE, NULL, "", ' ', false, 0, POLICY_NO_CASE, NOT_SET},
        {SAFE_HOME, SCHOOL, SAFE, NULL, "", 'z', false, 0, POLICY_NO_REPORT, NOT_SET},
        {SAFE_HOME, SCHOOL, SAFE, NULL, "", 'm', false, EXIST | CONTACT, POLICY_PERMITTED, NOT_SET},
    };
    check_rows(rows, COUNT_OF(rows));
}

/* The school may ask debt help, which then tells nothing of debts (scenario 2, cases 3). */
static void school_never_hears_of_debts(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {SCHOOL, DEBT, CARE, NULL, "", 'z', false, EXIST | CONTACT, POLICY_PERMITTED, NOT_SET},
        {SCHOOL, CJG, CARE, NULL, "", 'z', false, EXIST | CONTACT, POLICY_PERMITTED, NOT_SET},
        {SCHOOL, TEAM, CARE, NULL, "", 'z', false, EXIST | CONTACT, POLICY_PERMITTED, NOT_SET},
        {SCHOOL, UWV, CARE, NULL, "", 'z', false, 0, POLICY_NO_RULE, NOT_SET},
        {SCHOOL, DEBT, CARE, "financien", "9901", 'z', false, 0, POLICY_LIFE_DOMAIN, NOT_SET},
        {SCHOOL, DEBT, CARE, "huisvesting", "9901", 'z', false, EXIST | CONTACT, POLICY_PERMITTED, NOT_SET},
        {SCHOOL, CJG, CARE, "onderwijs-en-opvoeding", "9901", 'z', false, EXIST | CONTACT, POLICY_PERMITTED, NOT_SET},
        {SCHOOL, DEBT, HELP, NULL, "", 'z', false, 0, POLICY_ROLE, NOT_SET},
        {SCHOOL, DEBT, "hulpafstemming", "wmo-5.1.1", "partnerprofessional", NULL, "", 'z', false, 0, POLICY_BASIS,
         NOT_SET},
    };
    check_rows(rows, COUNT_OF(rows));
}

/* Cases 2, 4, 6, 8. */
static void other_purposes(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {DEBT, TEAM, WGS, "financien", "9903", 'z', false, EXIST | CONTACT | STATUS, POLICY_PERMITTED, NOT_SET},
        {DEBT, TEAM, WGS, "geestelijke-gezondheid", "9901", 'z', false, 0, POLICY_LIFE_DOMAIN, NOT_SET},
        {DEBT, YOUTH_CARE, WGS, "financien", "9901", 'z', false, 0, POLICY_NO_RULE, NOT_SET},
        {TRUANCY, SCHOOL, LEER, "onderwijs-en-opvoeding", "9901", 'z', false, CONTACT | STATUS, POLICY_PERMITTED,
         NOT_SET},
        {TRUANCY, SCHOOL, LEER, "geestelijke-gezondheid", "9901", 'z', false, 0, POLICY_LIFE_DOMAIN, NOT_SET},
        {TRUANCY, YOUTH_CARE, LEER, "onderwijs-en-opvoeding", "9901", 'z', false, 0, POLICY_NO_RULE, NOT_SET},
        {SAFE_HOME, SCHOOL, SAFE, "onderwijs-en-opvoeding", "", 'm', false, EXIST | CONTACT, POLICY_PERMITTED, NOT_SET},
        {SAFE_HOME, CJG, SAFE, "veiligheid", "", 'm', false, EXIST | CONTACT, POLICY_PERMITTED, NOT_SET},
        {SAFE_HOME, DEBT, SAFE, NULL, "", 'm', false, 0, POLICY_NO_RULE, NOT_SET},
        {TEAM, SHELTER, HELP, NULL, "", 'z', false, 0, POLICY_NO_BSN_GROUND, NOT_SET},
        {TEAM, SHELTER, HELP, "veiligheid", "9901", 'z', true, 0, POLICY_NO_BSN_GROUND, NOT_SET},
    };
    check_rows(rows, COUNT_OF(rows));
}

static void shielded_records_come_out_by_rule_alone(void **state)
{
    (void)state;
    int told = 0;
    static const char *const parties[] = {TEAM, SCHOOL, CJG, UWV, DEBT, TRUANCY, YOUTH_CARE, SHELTER, SAFE_HOME};
    static const char *const questions[][3] = {{HELP}, {CARE}, {WGS}, {LEER}, {SAFE}};
    for (size_t a = 0; a < COUNT_OF(parties); a++) {
        for (size_t b = 0; b < COUNT_OF(parties); b++) {
            for (size_t n = 0; n < COUNT_OF(questions) * LIFE_DOMAIN_COUNT; n++) {
                const char *const *q = questions[n / LIFE_DOMAIN_COUNT];
                const char *domain = life_domain_word((enum life_domain)(n % LIFE_DOMAIN_COUNT));
                const struct row row = {parties[a], parties[b],      q[0],   q[1], q[2], domain, "9901", 'm', true,
                                        0,          POLICY_SHIELDED, NOT_SET};
                const struct policy_decision out = decide(&row);
                const bool desk = strcmp(parties[a], SAFE_HOME) == 0 && strcmp(parties[b], SHELTER) == 0 && out.permit;
                assert_int_equal(out.permit, desk);
                assert_int_equal(out.categories, desk ? EXIST | CONTACT : 0);
                assert_int_equal(out.contact_central, desk);
                told += desk;
            }
        }
    }
    assert_int_equal(told, 3); /* rule vt-02: a central number, in three life domains */
}

static void unknown_and_foreign_municipality_deny(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {TEAM, DEBT, HELP, "financien", "", 'z', false, 0, POLICY_AREA, NOT_SET},
        {TEAM, DEBT, HELP, "financien", "9903", 'z', false, 0, POLICY_AREA, NOT_SET},
        {TEAM, DEBT, HELP, "financien", "99", 'z', false, 0, POLICY_AREA, NOT_SET},
    };
    check_rows(rows, COUNT_OF(rows));
}

static void hurdles_of_the_request(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {TEAM, DEBT, HELP, NULL, "", 'z', false, 0, POLICY_NOT_IN_FORCE, {2030, 1, 1}},
        {TEAM, DEBT, HELP, "financien", "9901", 'z', false, 0, POLICY_NOT_IN_FORCE, {2024, 12, 31}},
        {TEAM, DEBT, HELP, NULL, "", 'z', false, EXIST | CONTACT | PHASE, POLICY_PERMITTED, {2029, 12, 31}},
        {TEAM, TEAM, HELP, NULL, "", 'z', false, 0, POLICY_SAME_PARTY, NOT_SET},
        {"00000099000000098000", DEBT, HELP, NULL, "", 'z', false, 0, POLICY_NO_PARTY, NOT_SET},
        {TEAM, "00000099000000098000", HELP, NULL, "", 'z', false, 0, POLICY_NO_PARTY, NOT_SET},
        {TEAM, NO_BSN, HELP, NULL, "", 'z', false, 0, POLICY_NO_BSN_GROUND, NOT_SET},
        {NO_BSN, TEAM, WGS, "financien", "9901", 'z', false, 0, POLICY_NO_BSN_GROUND, NOT_SET},
        {TEAM, DEBT, "hulp", "wmo-5.1.1", "generalist", NULL, "", 'z', false, 0, POLICY_UNKNOWN_PURPOSE, NOT_SET},
        {TEAM, DEBT, "", "wmo-5.1.1", "generalist", NULL, "", 'z', false, 0, POLICY_UNKNOWN_PURPOSE, NOT_SET},
        {TEAM, UWV, "opdracht", "wmo-5.1.1", "generalist", NULL, "", 'z', false, 0, POLICY_LEVEL, NOT_SET},
        {TEAM, DEBT, "opdracht", "wmo-5.1.1", "generalist", NULL, "", 'z', false, CONTACT | STATUS, POLICY_PERMITTED,
         NOT_SET},
        {TEAM, DEBT, "hulpafstemming", "", "generalist", NULL, "", 'z', false, 0, POLICY_UNKNOWN_BASIS, NOT_SET},
        {TEAM, DEBT, "hulpafstemming", "wmo-5.1.1", "baas", NULL, "", 'z', false, 0, POLICY_UNKNOWN_ROLE, NOT_SET},
        {TEAM, DEBT, "hulpafstemming", "wmo-5.1.1", "consulent", NULL, "", 'z', false, 0, POLICY_ROLE, NOT_SET},
        {TEAM, DEBT, "hulpafstemming", "wgs-8", "generalist", NULL, "", 'z', false, 0, POLICY_BASIS, NOT_SET},
        {TEAM, DEBT, "hulpafstemming", "wams", "regisseur", NULL, "", 'z', false, 0, POLICY_BASIS_NOT_YET, NOT_SET},
        {TEAM, DEBT, HELP, "schulden", "9901", 'z', false, 0, POLICY_LIFE_DOMAIN, NOT_SET},
        {TEAM, DEBT, HELP, "", "9901", 'z', false, 0, POLICY_LIFE_DOMAIN, NOT_SET},
    };
    check_rows(rows, COUNT_OF(rows));
}

static void a_party_of_another_covenant_is_no_party(void **state)
{
    (void)state;
    struct party copy = *party(covenant, TEAM);
    struct policy_decision out;
    struct policy_request request = {
        .requester = &copy,
        .provider = party(covenant, DEBT),
        .purpose = slice_text("hulpafstemming"),
        .basis = slice_text("wmo-5.1.1"),
        .role = slice_text("generalist"),
        .has_case = true,
        .today = {2026, 11, 22},
    };
    policy_may_ask(covenant, &request, &out);
    assert_int_equal(out.why, POLICY_NO_PARTY);
    request.requester = (const struct party *)(const void *)((const char *)party(covenant, TEAM) + 1);
    policy_may_ask(covenant, &request, &out);
    assert_int_equal(out.why, POLICY_NO_PARTY);
}

static void the_strictest_obligation_counts(void **state)
{
    (void)state;
    static const struct row team = {TEAM, DEBT, HELP, NULL, "", 'z', false, 0, POLICY_PERMITTED, NOT_SET};
    static const struct row school = {SCHOOL, DEBT, CARE, NULL, "", 'z', false, 0, POLICY_PERMITTED, NOT_SET};
    assert_string_equal(decide(&team).obligation, "niet-verder-verstrekken");
    assert_string_equal(decide(&school).obligation, "alleen-inzien");
    assert_string_equal(decide(&team).rules[0], "hulp-01");
    assert_string_equal(decide(&school).rules[0], "hulp-06");
}

static struct policy_decision decide_with(const char *from, const char *to, const struct row *row)
{
    struct covenant *kept = covenant;
    char *text = replace(sample_text(), from, to);
    covenant = parse(text);
    struct policy_decision out = decide(row);
    /* Ids borrow from a covenant that ends here. */
    memset(out.rules, 0, sizeof out.rules);
    covenant_free(covenant);
    mem_free(text);
    covenant = kept;
    return out;
}

#define PERMIT(id, categories, more)                                                                                   \
    "{\"id\":\"" id "\",\"doel\":\"hulpafstemming\",\"vrager\":{\"soorten\":[\"gebiedsteam\"],\"rollen\":"             \
    "[\"generalist\"]},\"gever\":{\"soorten\":[\"schuldhulp\"]},\"leefgebieden\":[\"financien\"],\"categorieen\":"     \
    "[" categories "],\"grondslagVragen\":\"wmo-5.1.1\",\"grondslagGeven\":\"wgs-8\",\"voorwaarden\":{" more           \
    "\"zaakOfMelding\":true}},"
#define DENY(more) "{\"id\":\"nooit\",\"doel\":\"hulpafstemming\",\"vrager\":{\"soorten\":[\"gebiedsteam\"]" more "},"

static void a_rule_that_denies_overrides(void **state)
{
    (void)state;
    static const struct row ask = {TEAM, DEBT, HELP, NULL, "", 'z', false, 0, POLICY_PERMITTED, NOT_SET};
    static const struct row finance = {TEAM, DEBT, HELP, "financien", "9901", 'z', false, 0, POLICY_PERMITTED, NOT_SET};
    static const struct row housing = {TEAM, DEBT,  HELP, "huisvesting",    "9901",
                                       'z',  false, 0,    POLICY_PERMITTED, NOT_SET};
    static const char rules[] = "\"regels\": [";
    static const char all[] = "\"regels\": [" DENY("},\"gever\":{\"soorten\":[\"schuldhulp\"]},\"verbod\":true");
    static const char phase[] =
        "\"regels\": [" DENY("},\"gever\":{\"soorten\":[\"schuldhulp\"]},\"categorieen\":[\"fase\"],\"verbod\":true");
    static const char money[] = "\"regels\": [" DENY(
        "},\"gever\":{\"soorten\":[\"schuldhulp\"]},\"leefgebieden\":[\"financien\"],\"verbod\":true");
    static const char other_role[] =
        "\"regels\": [" DENY(",\"rollen\":[\"regisseur\"]},\"gever\":{\"soorten\":[\"schuldhulp\"]},\"categorieen\":["
                             "\"fase\"],\"verbod\":true");
    static const char other_role_all[] =
        "\"regels\": [" DENY(",\"rollen\":[\"regisseur\"]},\"gever\":{\"soorten\":[\"schuldhulp\"]},\"verbod\":true");
    assert_int_equal(decide_with(rules, all, &ask).why, POLICY_PROHIBITED);
    assert_int_equal(decide_with(rules, all, &finance).why, POLICY_PROHIBITED);
    assert_int_equal(decide_with(rules, phase, &ask).categories, EXIST | CONTACT);
    assert_int_equal(decide_with(rules, phase, &finance).categories, EXIST | CONTACT);
    assert_int_equal(decide_with(rules, money, &finance).why, POLICY_PROHIBITED);
    assert_int_equal(decide_with(rules, money, &housing).categories, EXIST | CONTACT | PHASE);
    assert_int_equal(decide_with(rules, money, &ask).categories, EXIST | CONTACT | PHASE);
    assert_int_equal(decide_with(rules, other_role, &finance).categories, EXIST | CONTACT | PHASE);
    /* A set tells the whole organisation, so what one of its roles may not know cannot stand there, nor come out. */
    assert_int_equal(decide_with(rules, other_role_all, &finance).why, POLICY_PROHIBITED);
}

/* All rules with the condition, and debt help at work elsewhere than in the team's 9901 and 9902. */
static void a_rule_may_stay_within_the_region(void **state)
{
    (void)state;
    static const struct row ask = {TEAM, DEBT, HELP, NULL, "", 'z', false, 0, POLICY_PERMITTED, NOT_SET};
    static const struct row answer = {TEAM, DEBT, HELP, "financien", "9901", 'z', false, 0, POLICY_PERMITTED, NOT_SET};
    static const char place[] = "\"wgs-8\", \"werkgebied\": [\"9901\", \"9902\", \"9903\"]";
    static const struct {
        const char *place; /* of debt help */
        const char *condition;
        enum policy_reason why;
    } cases[] = {
        {"\"wgs-8\", \"werkgebied\": [\"9902\", \"9903\"]", "{\"eigenRegio\": true, ", POLICY_PERMITTED},
        {"\"wgs-8\", \"werkgebied\": [\"9900\", \"9902\"]", "{\"eigenRegio\": true, ", POLICY_PERMITTED},
        {"\"wgs-8\", \"werkgebied\": [\"9903\", \"9904\"]", "{\"eigenRegio\": true, ", POLICY_OTHER_REGION},
        {"\"wgs-8\", \"werkgebied\": [\"9900\"]", "{\"eigenRegio\": true, ", POLICY_OTHER_REGION},
        {"\"wgs-8\", \"landelijk\": true", "{\"eigenRegio\": true, ", POLICY_PERMITTED},
        {"\"wgs-8\", \"werkgebied\": [\"9903\"]", "{\"eigenRegio\": false, ", POLICY_PERMITTED},
        {"\"wgs-8\", \"werkgebied\": [\"9903\"]", "{ ", POLICY_PERMITTED},
    };
    struct covenant *kept = covenant;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char *text = replace(sample_text(), place, cases[i].place);
        char condition[64];
        (void)snprintf(condition, sizeof condition, "%s\"zaakOfMelding\"", cases[i].condition);
        while (strstr(text, "{\"zaakOfMelding\"") != NULL) {
            text = replace(text, "{\"zaakOfMelding\"", condition);
        }
        covenant = parse(text);
        assert_int_equal(decide(&ask).why, cases[i].why);
        assert_int_equal(decide(&answer).why, cases[i].why);
        covenant_free(covenant);
        mem_free(text);
    }
    covenant = kept;
}

static void categories_of_rules_add_up(void **state)
{
    (void)state;
    static const struct row row = {TEAM, DEBT, HELP, "financien", "9901", 'z', false, 0, POLICY_PERMITTED, NOT_SET};
    const struct policy_decision out =
        decide_with("\"regels\": [", "\"regels\": [" PERMIT("a", "\"status\"", "") PERMIT("b", "\"plan\"", ""), &row);
    assert_int_equal(out.categories, EXIST | CONTACT | PHASE | STATUS | CATEGORY_BIT(CATEGORY_PLAN));
    assert_int_equal(out.rule_count, 3);
}

static void only_a_rule_that_names_shielded_releases_it(void **state)
{
    (void)state;
    static const struct row row = {TEAM, DEBT, HELP, "financien", "9901", 'z', true, 0, POLICY_PERMITTED, NOT_SET};
#define SHIELDED PERMIT("a", "\"contact\",\"dienst\"", "\"afgeschermd\":true,")
    static const char with_set[] =
        "\"regels\": [{\"id\":\"s\",\"doel\":\"hulpafstemming\",\"vrager\":{\"soorten\":[\"gebiedsteam\"]},\"gever\":"
        "{\"soorten\":[\"schuldhulp\"]},\"leefgebieden\":[\"financien\"],\"categorieen\":[\"bestaan\"],\"opzoekset\":"
        "true,"
        "\"grondslagVragen\":\"wmo-5.1.1\",\"grondslagGeven\":\"wgs-8\",\"voorwaarden\":{\"afgeschermd\":true}}"
        "," SHIELDED;
    assert_int_equal(decide(&row).why, POLICY_SHIELDED);
    /* A rule that does not name existence rests on it too: the sets must name shielded records as well. */
    assert_int_equal(decide_with("\"regels\": [", "\"regels\": [" SHIELDED, &row).why, POLICY_SHIELDED);
    const struct policy_decision out = decide_with("\"regels\": [", with_set, &row);
    assert_true(out.permit);
    assert_int_equal(out.categories, SERVICE); /* no contact: debt help names no central number */
    assert_int_equal(out.rule_count, 1);
}

static void rule_ids_past_the_bound_are_counted(void **state)
{
    (void)state;
    static const struct row row = {TEAM, DEBT, HELP, NULL, "", 'z', false, 0, POLICY_PERMITTED, NOT_SET};
    const struct policy_decision out =
        decide_with("\"regels\": [",
                    "\"regels\": [" PERMIT("a", "\"plan\"", "") PERMIT("b", "\"plan\"", "") PERMIT("c", "\"plan\"", "")
                        PERMIT("d", "\"plan\"", "") PERMIT("e", "\"plan\"", "") PERMIT("f", "\"plan\"", "")
                            PERMIT("g", "\"plan\"", "") PERMIT("h", "\"plan\"", "") PERMIT("i", "\"plan\"", ""),
                    &row);
    assert_int_equal(out.rule_count, 10);
    assert_true(out.rule_count > DECISION_RULES_MAX);
}

static void every_reason_is_a_dutch_sentence(void **state)
{
    (void)state;
    for (int i = 0; i < POLICY_REASON_COUNT; i++) {
        const char *text = policy_reason_text((enum policy_reason)i);
        assert_true(strlen(text) > 20 && strlen(text) < 100);
        assert_int_equal(text[strlen(text) - 1], '.');
        assert_true(strlen(policy_reason_code((enum policy_reason)i)) > 2);
        for (int k = 0; k < i; k++) {
            assert_string_not_equal(text, policy_reason_text((enum policy_reason)k));
        }
    }
    assert_string_equal(policy_reason_text(POLICY_REASON_COUNT), "");
    assert_string_equal(policy_reason_code(POLICY_REASON_COUNT), "");
}

static void words_go_there_and_back(void **state)
{
    (void)state;
    enum category category;
    enum life_domain domain;
    enum obligation obligation;
    for (int i = 0; i < CATEGORY_COUNT; i++) {
        assert_true(category_parse(slice_text(category_word((enum category)i)), &category));
        assert_int_equal(category, i);
    }
    for (int i = 0; i < LIFE_DOMAIN_COUNT; i++) {
        assert_true(life_domain_parse(slice_text(life_domain_word((enum life_domain)i)), &domain));
        assert_int_equal(domain, i);
    }
    for (int i = 0; i < OBLIGATION_COUNT; i++) {
        assert_true(obligation_parse(slice_text(obligation_word((enum obligation)i)), &obligation));
        assert_int_equal(obligation, i);
    }
    assert_false(category_parse(slice_text("Bestaan"), &category));
    assert_false(category_parse(slice_text(""), &category));
    assert_false(life_domain_parse(slice_text("financi\xc3\xabn"), &domain));
    assert_false(obligation_parse(slice_text("geheim"), &obligation));
    assert_string_equal(category_word(CATEGORY_COUNT), "");
    assert_string_equal(life_domain_word(LIFE_DOMAIN_COUNT), "");
    assert_string_equal(obligation_word(OBLIGATION_COUNT), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(generalist_consults),
        cmocka_unit_test(no_case_no_question),
        cmocka_unit_test(school_never_hears_of_debts),
        cmocka_unit_test(other_purposes),
        cmocka_unit_test(shielded_records_come_out_by_rule_alone),
        cmocka_unit_test(unknown_and_foreign_municipality_deny),
        cmocka_unit_test(hurdles_of_the_request),
        cmocka_unit_test(a_party_of_another_covenant_is_no_party),
        cmocka_unit_test(the_strictest_obligation_counts),
        cmocka_unit_test(a_rule_that_denies_overrides),
        cmocka_unit_test(a_rule_may_stay_within_the_region),
        cmocka_unit_test(categories_of_rules_add_up),
        cmocka_unit_test(only_a_rule_that_names_shielded_releases_it),
        cmocka_unit_test(rule_ids_past_the_bound_are_counted),
        cmocka_unit_test(every_reason_is_a_dutch_sentence),
        cmocka_unit_test(words_go_there_and_back),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
