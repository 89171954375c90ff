/* Why a request would get its answer, rule by rule, on the sample covenant; that it agrees is in test_properties.c. */
#include "unit/policy/help.h"

#include "policy/explain.h"

#define TEAM   "00000099000000001000"
#define SCHOOL "00000099000000002000"
#define DEBT   "00000099000000005000"
#define GGZ    "00000099000000011000"

#define EXIST   CATEGORY_BIT(CATEGORY_EXISTENCE)
#define CONTACT CATEGORY_BIT(CATEGORY_CONTACT)
#define PHASE   CATEGORY_BIT(CATEGORY_PHASE)

enum { ROWS = 16 };

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

struct explained {
    struct policy_explained rows[ROWS];
    size_t count;
    struct policy_decision decision;
};

static struct policy_request mother(const char *requester, const char *provider)
{
    return (struct policy_request){.requester = party(covenant, requester),
                                   .provider = party(covenant, provider),
                                   .purpose = slice_text("hulpafstemming"),
                                   .basis = slice_text("wmo-5.1.1"),
                                   .role = slice_text("generalist"),
                                   .has_case = true,
                                   .today = {2026, 11, 22}};
}

static void explain(const struct policy_request *request, const char *domain, bool consent, struct explained *out)
{
    struct policy_subject subject = {.birth = {1985, 3, 14}, .municipality = "9901"};
    const struct policy_record record = {slice_text(domain), false, false};
    subject.consent.categories[CONSENT_GROUND] = consent ? UINT32_MAX : 0;
    out->count = policy_explain(covenant, request, &subject, &record, out->rows, ROWS, &out->decision);
    assert_true(out->count <= ROWS);
}

static const struct policy_explained *row_of(const struct explained *e, const char *rule)
{
    for (size_t i = 0; i < e->count; i++) {
        if (strcmp(e->rows[i].rule, rule) == 0) {
            return &e->rows[i];
        }
    }
    fail_msg("no row for %s", rule);
    return NULL;
}

static void check(const struct explained *e, const char *rule, enum policy_moment moment, enum policy_reason reached,
                  uint32_t categories, const char *sentence)
{
    const struct policy_explained *row = row_of(e, rule);
    assert_int_equal(row->moment, moment);
    assert_int_equal(row->reached, reached);
    assert_int_equal(row->categories, categories);
    assert_string_equal(policy_explain_sentence(row).text, sentence);
}

static void each_rule_says_how_far_it_came(void **state)
{
    (void)state;
    struct explained e;
    const struct policy_request request = mother(TEAM, DEBT);
    explain(&request, "financien", true, &e);
    assert_true(e.decision.permit);
    check(&e, "hulp-01", POLICY_MOMENT_REQUEST, POLICY_PERMITTED, EXIST | CONTACT | PHASE,
          "regel hulp-01 (bij de vraag): geeft bestaan, contact, fase.");
    check(&e, "set-hulp-01", POLICY_MOMENT_SET, POLICY_PERMITTED, EXIST,
          "regel set-hulp-01 (opzoekset): geeft bestaan.");
    check(&e, "wams-01", POLICY_MOMENT_REQUEST, POLICY_ROLE, 0,
          "regel wams-01 (bij de vraag): geeft niets, en zou bestaan, contact, dienst, fase geven. "
          "In deze rol mag u hier niet naar vragen.");
    check(&e, "set-wams-01", POLICY_MOMENT_SET, POLICY_BASIS_NOT_YET, 0,
          "regel set-wams-01 (opzoekset): geeft niets, en zou bestaan geven. "
          "Een grondslag van de regel geldt vandaag niet.");
    explain(&request, "financien", false, &e);
    assert_int_equal(e.decision.why, POLICY_CONSENT);
    check(&e, "set-hulp-01", POLICY_MOMENT_SET, POLICY_CONSENT, 0,
          "regel set-hulp-01 (opzoekset): geeft niets, en zou bestaan geven. "
          "De toestemming die hier nodig is, is er niet of niet meer.");
}

static void a_rule_that_denies_says_what_it_takes(void **state)
{
    (void)state;
    struct explained e;
    struct policy_request request = mother(SCHOOL, DEBT);
    request.role = slice_text("partnerprofessional");
    request.basis = slice_text("wpo-8");
    explain(&request, "financien", true, &e);
    check(&e, "hulp-90", POLICY_MOMENT_ALWAYS, POLICY_PROHIBITED, CATEGORY_BIT(CATEGORY_COUNT) - 1,
          "regel hulp-90 (verbod): verbiedt bestaan, contact, dienst, fase, status, bedreigende-situatie, plan.");
    explain(&request, "huisvesting", true, &e);
    check(&e, "hulp-90", POLICY_MOMENT_ALWAYS, POLICY_LIFE_DOMAIN, 0,
          "regel hulp-90 (verbod): raakt deze vraag niet. Over dit leefgebied mag hier niets worden verteld.");
}

/* A prohibition for another role keeps the person out of the set of the whole organisation, urgent purpose or not. */
static void a_denied_role_closes_the_set(void **state)
{
    (void)state;
    static const char deny[] =
        "\"regels\": "
        "[{\"id\":\"nooit\",\"doel\":\"hulpafstemming\",\"vrager\":{\"soorten\":[\"gebiedsteam\"],\"rollen\":"
        "[\"regisseur\"]},\"gever\":{\"soorten\":[\"schuldhulp\"]},\"verbod\":true},";
    char *text = replace(sample_text(), "\"regels\": [", deny);
    struct covenant *kept = covenant;
    struct explained e;
    covenant = parse(text);
    const struct policy_request request = mother(TEAM, DEBT);
    explain(&request, "financien", true, &e);
    check(&e, "nooit", POLICY_MOMENT_ALWAYS, POLICY_EXISTENCE, EXIST,
          "regel nooit (verbod): verbiedt bestaan in de opzoekset.");
    assert_int_equal(row_of(&e, "set-hulp-01")->reached, POLICY_PROHIBITED);
    assert_int_equal(row_of(&e, "hulp-01")->reached, POLICY_PROHIBITED);
    assert_false(e.decision.permit);
    covenant_free(covenant);
    covenant = kept;
    mem_free(text);
}

static void at_the_asker_and_before_any_rule(void **state)
{
    (void)state;
    struct explained e;
    struct policy_request request = mother(TEAM, GGZ);
    request.purpose = slice_text("acuut-gevaar");
    request.basis = slice_text("avg-6-1-d");
    request.has_report = true;
    e.count = policy_explain(covenant, &request, NULL, NULL, e.rows, ROWS, &e.decision);
    assert_int_equal(e.count, 1);
    assert_true(e.decision.crisis_number);
    check(&e, "acuut-01", POLICY_MOMENT_CRISIS, POLICY_CRISIS, 0,
          "regel acuut-01 (crisisnummer): Bel het crisisnummer; over de betrokkene wordt hier niets gevraagd.");
    request.today = (struct date){2030, 1, 1};
    e.count = policy_explain(covenant, &request, NULL, NULL, e.rows, ROWS, &e.decision);
    assert_int_equal(e.count, 0);
    assert_int_equal(e.decision.why, POLICY_NOT_IN_FORCE);
}

/* No more rows than there is room for; the number says how many there are. */
static void rows_past_the_room_are_counted(void **state)
{
    (void)state;
    struct policy_decision decision;
    struct policy_explained row = {.rule = NULL};
    const struct policy_request request = mother(TEAM, DEBT);
    const size_t all = policy_explain(covenant, &request, NULL, NULL, NULL, 0, &decision);
    assert_true(all > 1);
    assert_int_equal(policy_explain(covenant, &request, NULL, NULL, &row, 1, &decision), all);
    assert_non_null(row.rule);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule_says_how_far_it_came), cmocka_unit_test(a_rule_that_denies_says_what_it_takes),
        cmocka_unit_test(a_denied_role_closes_the_set),   cmocka_unit_test(at_the_asker_and_before_any_rule),
        cmocka_unit_test(rows_past_the_room_are_counted),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
