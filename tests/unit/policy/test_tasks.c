/*
 * Whether a task may be given: kinds of task x kinds of party as a table of the whole sample; one fact at a time, at who
 * gives it and at who does it; and what a covenant may say of a kind.
 */
#include "unit/policy/small.h"

#include "policy/task.h"

#define TEAM       "00000099000000001000"
#define SCHOOL     "00000099000000002000"
#define DEBT       "00000099000000005000"
#define YOUTH_CARE "00000099000000007000"
#define SHELTER    "00000099000000008000"
#define LANDLORD   "00000099000000012000"

#define NAME   TASK_CONTENT_BIT(TASK_CONTENT_NAME)
#define BIRTH  TASK_CONTENT_BIT(TASK_CONTENT_BIRTH)
#define PHONE  TASK_CONTENT_BIT(TASK_CONTENT_PHONE)
#define WORDS  TASK_CONTENT_BIT(TASK_CONTENT_EXPLANATION)
#define THREAT TASK_CONTENT_BIT(TASK_CONTENT_THREAT)

#define EXIST  CATEGORY_BIT(CATEGORY_EXISTENCE)
#define REACH  CATEGORY_BIT(CATEGORY_CONTACT)
#define DANGER CATEGORY_BIT(CATEGORY_THREAT)

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

/* A task about somebody, with all the facts that matter. */
struct given {
    const char *asker, *doer, *kind, *basis, *role, *domain, *municipality;
    struct date today, birth, extended;
    enum consent_kind consent;
    uint32_t opened; /* categories */
    uint32_t content;
    bool no_case, urgent, shielded, restricted, received, unknown;
};

static struct given of_kind(const char *kind)
{
    static const struct given kinds[] = {
        {.asker = TEAM, .doer = DEBT, .kind = "budgetplan", .basis = "wmo-5.1.1", .domain = "financien"},
        {.asker = TEAM,
         .doer = DEBT,
         .kind = "schuldhulp-eerste-gesprek",
         .basis = "wmo-5.1.1",
         .domain = "huisvesting"},
        {.asker = DEBT,
         .doer = TEAM,
         .kind = "wmo-onderzoek",
         .basis = "wmo-5.1.1-4",
         .domain = "dagelijks-leven",
         .consent = CONSENT_GROUND},
        {.asker = TEAM,
         .doer = YOUTH_CARE,
         .kind = "jeugdhulp-inzet",
         .basis = "jeugdwet-7.4.0",
         .domain = "huiselijke-relaties",
         .birth = {2012, 1, 1},
         .consent = CONSENT_SECRECY},
    };
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (strcmp(kinds[i].kind, kind) == 0) {
            struct given out = kinds[i];
            out.role = "regisseur";
            out.municipality = "9901";
            out.today = (struct date){2026, 11, 27};
            out.opened = EXIST | REACH | DANGER;
            return out;
        }
    }
    fail_msg("no kind %s", kind);
    return kinds[0];
}

static struct policy_task_decision decide(const struct given *g)
{
    struct policy_task_decision out;
    struct policy_subject subject = {.birth = g->birth,
                                     .municipality = g->municipality,
                                     .extended_youth_care = g->extended,
                                     .restricted = g->restricted};
    subject.consent.categories[g->consent] = g->opened;
    const struct policy_task task = {.asker = party(covenant, g->asker),
                                     .doer = party(covenant, g->doer),
                                     .kind = slice_text(g->kind),
                                     .basis = slice_text(g->basis),
                                     .role = slice_text(g->role),
                                     .life_domain = slice_text(g->domain),
                                     .has_case = !g->no_case,
                                     .urgent = g->urgent,
                                     .content = g->content,
                                     .shielded = g->shielded,
                                     .received = g->received,
                                     .today = g->today};
    policy_may_task(covenant, &task, g->unknown ? NULL : &subject, &out);
    assert_int_equal(out.permit, out.why == POLICY_PERMITTED);
    assert_true(out.reason[0] != '\0');
    assert_true(out.permit == (out.kind != NULL) && out.permit == (out.basis != NULL));
    assert_true(out.permit || (out.content == 0 && out.term.days == 0));
    return out;
}

static const char *const kinds_of_task[] = {"budgetplan", "schuldhulp-eerste-gesprek", "wmo-onderzoek",
                                            "jeugdhulp-inzet"};

/* Every kind of task between every two parties: only where the sample names the two kinds, and never to itself. */
static void only_the_named_parties(void **state)
{
    (void)state;
    size_t permitted = 0;
    const size_t parties = covenant_party_count(covenant);
    for (size_t i = 0; i < COUNT_OF(kinds_of_task) * parties * parties; i++) {
        const struct party *asker = covenant_party_at(covenant, i / COUNT_OF(kinds_of_task) / parties);
        const struct party *doer = covenant_party_at(covenant, i / COUNT_OF(kinds_of_task) % parties);
        struct given g = of_kind(kinds_of_task[i % COUNT_OF(kinds_of_task)]);
        const bool named = strcmp(g.asker, asker->oin.digits) == 0 && strcmp(g.doer, doer->oin.digits) == 0;
        g.asker = asker->oin.digits;
        g.doer = doer->oin.digits;
        const struct policy_task_decision out = decide(&g);
        if (out.permit != named) {
            fail_msg("%s from %s to %s: %s", g.kind, asker->name, doer->name, out.reason);
        }
        permitted += out.permit;
    }
    assert_int_equal(permitted, COUNT_OF(kinds_of_task));
}

static void each_kind_tells_its_terms(void **state)
{
    (void)state;
    static const struct {
        const char *kind;
        uint32_t content;
        enum task_naming naming;
        int days, reply;
        const char *basis;
    } rows[] = {
        {"budgetplan", NAME | BIRTH | PHONE | WORDS, TASK_NAMING_SEALED, 14, 0, "wgs-8"},
        {"schuldhulp-eerste-gesprek", NAME | BIRTH | PHONE | WORDS | THREAT, TASK_NAMING_SEALED, 28, 2, "wgs-8"},
        {"wmo-onderzoek", NAME | BIRTH | PHONE | WORDS, TASK_NAMING_SEALED, 42, 0, "wmo-5.1.1"},
        {"jeugdhulp-inzet", WORDS, TASK_NAMING_KNOWN, 28, 0, "jeugdwet-7.3.11-1"},
    };
    assert_int_equal(covenant_task_kind_count(covenant), COUNT_OF(rows));
    assert_null(covenant_task_kind_at(covenant, COUNT_OF(rows)));
    assert_null(covenant_task_kind(covenant, slice_text("budget")));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct given g = of_kind(rows[i].kind);
        const struct policy_task_decision out = decide(&g);
        assert_ptr_equal(covenant_task_kind(covenant, slice_text(rows[i].kind)), covenant_task_kind_at(covenant, i));
        assert_true(out.permit);
        assert_int_equal(out.content, rows[i].content);
        assert_int_equal(out.naming, rows[i].naming);
        assert_int_equal(out.term.days, rows[i].days);
        assert_false(out.term.workdays);
        assert_int_equal(out.reply_workdays, rows[i].reply);
        assert_string_equal(out.kind, rows[i].kind);
        assert_string_equal(out.basis, rows[i].basis);
    }
    struct given urgent = of_kind("schuldhulp-eerste-gesprek");
    urgent.urgent = true;
    const struct policy_task_decision out = decide(&urgent);
    assert_true(out.permit && out.term.days == 3 && out.term.workdays);
    assert_string_equal(task_content_word(TASK_CONTENT_COUNT), "");
    assert_string_equal(task_naming_word(TASK_NAMING_COUNT), "");
    assert_string_equal(task_naming_word(TASK_NAMING_SEALED), "verzegeld");
}

/* One fact changed at a time: what the asker hears, and what the doer does with the same fact. */
struct fact {
    const char *kind;
    void (*change)(struct given *g);
    enum policy_reason at_asker, at_doer;
};

#define CHANGE(name, statement)                                                                                        \
    static void name(struct given *g)                                                                                  \
    {                                                                                                                  \
        statement;                                                                                                     \
    }
CHANGE(nothing, (void)g)
CHANGE(another_kind, g->kind = "ontruiming")
CHANGE(another_role, g->role = "signaleerder")
CHANGE(a_role_of_nobody, g->role = "teamleider")
CHANGE(another_basis, g->basis = "wgs-8")
CHANGE(a_basis_of_nobody, g->basis = "wgs-9")
CHANGE(no_case, g->no_case = true)
CHANGE(another_domain, g->domain = "verslaving")
CHANGE(a_domain_of_nobody, g->domain = "schulden")
CHANGE(no_domain, g->domain = "")
CHANGE(threat, g->urgent = true)
CHANGE(threat_as_content, g->content = THREAT)
CHANGE(a_name, g->content = NAME)
CHANGE(before_the_covenant, g->today = ((struct date){2024, 12, 31}))
CHANGE(after_the_covenant, g->today = ((struct date){2030, 1, 1}))
CHANGE(nobody, g->asker = "00000099000000099000")
CHANGE(itself, g->doer = g->asker)
CHANGE(shielded, g->shielded = true)
CHANGE(elsewhere, g->municipality = "0001")
CHANGE(where_the_doer_works, g->municipality = "9903")
CHANGE(nowhere, g->municipality = "")
CHANGE(unknown, g->unknown = true)
CHANGE(restricted, g->restricted = true)
CHANGE(no_consent, g->opened = 0)
CHANGE(consent_to_contact, g->opened = REACH)
CHANGE(another_consent, g->consent = CONSENT_PLAN)
CHANGE(no_age, g->birth = ((struct date){0}))
CHANGE(to_be_born, g->birth = ((struct date){2027, 1, 1}))
CHANGE(adult, g->birth = ((struct date){2008, 11, 27}))
CHANGE(almost_adult, g->birth = ((struct date){2008, 11, 28}))
CHANGE(extended, (g->birth = (struct date){2005, 1, 1}, g->extended = g->today))
CHANGE(extended_until_yesterday, (g->birth = (struct date){2005, 1, 1}, g->extended = (struct date){2026, 11, 26}))

static const struct fact facts[] = {
    {"budgetplan", nothing, POLICY_PERMITTED, POLICY_PERMITTED},
    {"budgetplan", another_kind, POLICY_TASK_KIND, POLICY_TASK_KIND},
    {"budgetplan", another_role, POLICY_ROLE, POLICY_ROLE},
    {"budgetplan", a_role_of_nobody, POLICY_UNKNOWN_ROLE, POLICY_UNKNOWN_ROLE},
    {"budgetplan", another_basis, POLICY_BASIS, POLICY_BASIS},
    {"budgetplan", a_basis_of_nobody, POLICY_UNKNOWN_BASIS, POLICY_UNKNOWN_BASIS},
    {"budgetplan", no_case, POLICY_NO_CASE, POLICY_NO_CASE},
    {"budgetplan", another_domain, POLICY_LIFE_DOMAIN, POLICY_LIFE_DOMAIN},
    {"budgetplan", a_domain_of_nobody, POLICY_LIFE_DOMAIN, POLICY_LIFE_DOMAIN},
    {"budgetplan", no_domain, POLICY_LIFE_DOMAIN, POLICY_LIFE_DOMAIN},
    {"budgetplan", threat, POLICY_TASK_CONTENT, POLICY_TASK_CONTENT},
    {"budgetplan", threat_as_content, POLICY_TASK_CONTENT, POLICY_TASK_CONTENT},
    {"schuldhulp-eerste-gesprek", threat, POLICY_PERMITTED, POLICY_PERMITTED},
    {"jeugdhulp-inzet", a_name, POLICY_TASK_CONTENT, POLICY_TASK_CONTENT},
    {"budgetplan", before_the_covenant, POLICY_NOT_IN_FORCE, POLICY_NOT_IN_FORCE},
    {"budgetplan", after_the_covenant, POLICY_NOT_IN_FORCE, POLICY_NOT_IN_FORCE},
    {"budgetplan", nobody, POLICY_NO_PARTY, POLICY_NO_PARTY},
    {"budgetplan", itself, POLICY_SAME_PARTY, POLICY_SAME_PARTY},
    {"budgetplan", shielded, POLICY_SHIELDED, POLICY_SHIELDED},
    {"budgetplan", elsewhere, POLICY_AREA, POLICY_AREA},
    {"budgetplan", where_the_doer_works, POLICY_PERMITTED, POLICY_PERMITTED},
    {"wmo-onderzoek", where_the_doer_works, POLICY_AREA, POLICY_AREA}, /* the team works there nowhere */
    {"budgetplan", nowhere, POLICY_AREA, POLICY_PERMITTED},
    {"budgetplan", unknown, POLICY_AREA, POLICY_PERMITTED},
    {"budgetplan", restricted, POLICY_RESTRICTED, POLICY_RESTRICTED},
    {"budgetplan", no_consent, POLICY_PERMITTED, POLICY_PERMITTED}, /* it needs none */
    {"wmo-onderzoek", no_consent, POLICY_CONSENT, POLICY_PERMITTED},
    {"wmo-onderzoek", consent_to_contact, POLICY_CONSENT, POLICY_PERMITTED},
    {"wmo-onderzoek", another_consent, POLICY_CONSENT, POLICY_PERMITTED},
    {"jeugdhulp-inzet", no_consent, POLICY_CONSENT, POLICY_PERMITTED},
    {"jeugdhulp-inzet", no_age, POLICY_AGE, POLICY_PERMITTED},
    {"jeugdhulp-inzet", to_be_born, POLICY_AGE, POLICY_PERMITTED},
    {"jeugdhulp-inzet", adult, POLICY_AGE, POLICY_AGE},
    {"jeugdhulp-inzet", almost_adult, POLICY_PERMITTED, POLICY_PERMITTED},
    {"jeugdhulp-inzet", extended, POLICY_PERMITTED, POLICY_PERMITTED},
    {"jeugdhulp-inzet", extended_until_yesterday, POLICY_AGE, POLICY_AGE},
};

static void each_fact_counts_on_its_side(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(facts); i++) {
        for (int received = 0; received < 2; received++) {
            struct given g = of_kind(facts[i].kind);
            facts[i].change(&g);
            g.received = received != 0;
            const enum policy_reason wanted = received != 0 ? facts[i].at_doer : facts[i].at_asker;
            const struct policy_task_decision out = decide(&g);
            if (out.why != wanted) {
                fail_msg("row %zu (%s), %s: %s, not %s", i, facts[i].kind, received != 0 ? "doer" : "asker",
                         policy_reason_code(out.why), policy_reason_code(wanted));
            }
        }
    }
}

/* Consent opens what it names: a phone number goes with contact, a threat with a threat. */
static void consent_opens_what_it_names(void **state)
{
    (void)state;
    struct given g = of_kind("wmo-onderzoek");
    assert_int_equal(decide(&g).content, NAME | BIRTH | PHONE | WORDS);
    g.opened = EXIST;
    assert_int_equal(decide(&g).content, NAME | BIRTH | WORDS);
    g.content = PHONE;
    assert_int_equal(decide(&g).why, POLICY_CONSENT);
    g.received = true; /* what came, the asker was to weigh */
    assert_int_equal(decide(&g).why, POLICY_PERMITTED);
}

/* Case 9: a landlord gives no task and gets none, whatever he claims. */
static void case_9_the_landlord_is_refused(void **state)
{
    (void)state;
    static const char *const bases[] = {"wmo-5.1.1", "wmo-5.1.1-4", "wgs-8", "wgs-8b", "jeugdwet-7.4.0"};
    static const char *const roles[] = {"generalist", "consulent", "regisseur", "partnerprofessional"};
    for (size_t i = 0; i < COUNT_OF(kinds_of_task) * COUNT_OF(bases) * COUNT_OF(roles) * 2; i++) {
        struct given g = of_kind(kinds_of_task[i / 2 % COUNT_OF(kinds_of_task)]);
        g.basis = bases[i / 2 / COUNT_OF(kinds_of_task) % COUNT_OF(bases)];
        g.role = roles[i / 2 / COUNT_OF(kinds_of_task) / COUNT_OF(bases)];
        *(i % 2 == 0 ? &g.asker : &g.doer) = LANDLORD;
        assert_int_equal(decide(&g).why, POLICY_NO_BSN_GROUND);
    }
}

/* The landlord has no ground for the number; with one, and at the level, the kind of party still is not named. */
static void a_ground_and_a_level_are_not_enough(void **state)
{
    (void)state;
    struct covenant *sample = covenant;
    char *text = replace(sample_text(), "\"bsnDoelen\": [\"wgs-vroegsignalering\"], ", "");
    covenant = parse(text);
    struct given g = of_kind("budgetplan");
    g.asker = LANDLORD;
    assert_int_equal(decide(&g).why, POLICY_LEVEL);
    covenant_free(covenant);
    text = replace(text, "localhost:18543\", \"niveau\": 1", "localhost:18543\", \"niveau\": 3");
    covenant = parse(text);
    assert_int_equal(decide(&g).why, POLICY_TASK_SIDES);
    covenant_free(covenant);
    mem_free(text);
    covenant = sample;
}

/* A prohibition between the two, in either direction, about that life domain, closes it; another does not. */
static void a_prohibition_closes_it(void **state)
{
    (void)state;
    static const struct {
        const char *purpose, *asks, *gives, *rest;
        enum policy_reason why;
    } rows[] = {
        {"opdracht", "schuldhulp", "gebiedsteam", "", POLICY_PROHIBITED},
        {"opdracht", "gebiedsteam", "schuldhulp", "", POLICY_PROHIBITED},
        {"opdracht", "schuldhulp", "gebiedsteam", ",\"leefgebieden\":[\"financien\"]", POLICY_PROHIBITED},
        {"opdracht", "schuldhulp", "gebiedsteam", ",\"categorieen\":[\"bestaan\"]", POLICY_PROHIBITED},
        {"opdracht", "schuldhulp", "gebiedsteam", ",\"leefgebieden\":[\"huisvesting\"]", POLICY_PERMITTED},
        {"opdracht", "schuldhulp", "gebiedsteam", ",\"categorieen\":[\"plan\"]", POLICY_PERMITTED},
        {"opdracht", "schuldhulp", "uwv", "", POLICY_PERMITTED},
        {"nazorg", "schuldhulp", "gebiedsteam", "", POLICY_PERMITTED},
    };
    struct covenant *sample = covenant;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char rule[512];
        (void)snprintf(rule, sizeof rule,
                       "\"regels\": [{\"id\":\"nooit\",\"doel\":\"%s\",\"vrager\":{\"soorten\":[\"%s\"]},"
                       "\"gever\":{\"soorten\":[\"%s\"]}%s,\"verbod\":true},",
                       rows[i].purpose, rows[i].asks, rows[i].gives, rows[i].rest);
        char *text = replace(sample_text(), "\"regels\": [", rule);
        covenant = parse(text);
        const struct given g = of_kind("budgetplan");
        assert_int_equal(decide(&g).why, rows[i].why);
        covenant_free(covenant);
        mem_free(text);
    }
    covenant = sample;
}

/* A ground that is not in force today, of either side, and parties that share no municipality. */
static void grounds_and_regions(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
        enum policy_reason why;
    } rows[] = {
        {"artikel 8, 8a en 8d\", \"avg6\": \"e\"", "artikel 8, 8a en 8d\", \"avg6\": \"e\", \"vanaf\": \"2026-11-28\"",
         POLICY_NO_BSN_GROUND}, /* it is debt help's ground for the number, too */
        {"\"grondslagUitvoeren\": \"wgs-8\"", "\"grondslagUitvoeren\": \"wams\"", POLICY_BASIS_NOT_YET},
        {"\"grondslagUitvoeren\": \"wgs-8\"",
         "\"opheffingGeheimhouding\": \"verwijsindex\", \"grondslagUitvoeren\": \"wgs-8\"", POLICY_BASIS_NOT_YET},
        {"\"voorwaarden\": {\"zaakOfMelding\": true, \"werkgebied\": true},\n      \"noemen\"",
         "\"voorwaarden\": {\"zaakOfMelding\": true, \"eigenRegio\": true},\n      \"noemen\"", POLICY_PERMITTED},
    };
    struct covenant *sample = covenant;
    const struct given g = of_kind("budgetplan");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *text = replace(sample_text(), rows[i].from, rows[i].to);
        covenant = parse(text);
        assert_int_equal(decide(&g).why, rows[i].why);
        covenant_free(covenant);
        if (i == COUNT_OF(rows) - 1) { /* and now debt help works elsewhere */
            text = replace(text, "\"bsnGrondslag\": \"wgs-8\", \"werkgebied\": [\"9901\", \"9902\", \"9903\"]",
                           "\"bsnGrondslag\": \"wgs-8\", \"werkgebied\": [\"9904\"]");
            covenant = parse(text);
            assert_int_equal(decide(&g).why, POLICY_OTHER_REGION);
            covenant_free(covenant);
        }
        mem_free(text);
    }
    covenant = sample;
}

/* A covenant without kinds of task is one, and gives none; a party of another covenant is no party. */
static void without_kinds_there_are_no_tasks(void **state)
{
    (void)state;
    struct covenant *plain = small(FEED("s", "\"a\"", "\"b\"", "\"financien\"", ""));
    struct policy_task_decision out;
    struct policy_task task = {.asker = party(plain, SMALL_A),
                               .doer = party(plain, SMALL_B),
                               .kind = slice_text("budgetplan"),
                               .today = {2026, 11, 27}};
    assert_int_equal(covenant_task_kind_count(plain), 0);
    assert_null(covenant_task_kind_at(plain, 0));
    policy_may_task(plain, &task, NULL, &out);
    assert_int_equal(out.why, POLICY_TASK_KIND);
    task.asker = party(covenant, TEAM);
    policy_may_task(plain, &task, NULL, &out);
    assert_int_equal(out.why, POLICY_NO_PARTY);
    covenant_free(plain);
}

/* What a kind of task may not say. */
static void each_fault_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *where;
    } rows[] = {
        {"\"inhoud\": [\"naam\",", "\"inhoud\": [\"diagnose\",", "/opdrachten/0/inhoud/0"},
        {"\"inhoud\": [\"naam\",", "\"inhoud\": [\"telefoon\",", "/opdrachten/0/inhoud/2"},
        {"\"inhoud\": [\"toelichting\"]", "\"inhoud\": [\"naam\"]", "/opdrachten/3/inhoud"},
        {"\"noemen\": \"bekend\"", "\"noemen\": \"openbaar\"", "/opdrachten/3/noemen"},
        {"\"termijn\": {\"dagen\": 14}", "\"termijn\": {}", "/opdrachten/0/termijn"},
        {"\"termijn\": {\"dagen\": 14}", "\"termijn\": {\"dagen\": 0}", "/opdrachten/0/termijn/dagen"},
        {"\"termijn\": {\"dagen\": 14}", "\"termijn\": {\"dagen\": 367}", "/opdrachten/0/termijn/dagen"},
        {"\"termijn\": {\"dagen\": 14}", "\"termijn\": {\"dagen\": 14, \"werkdagen\": 9}", "/opdrachten/0/termijn"},
        {"\"termijn\": {\"dagen\": 14}", "\"termijn\": {\"dagen\": 14}, \"termijnBedreigend\": {\"dagen\": 1}",
         "/opdrachten/0/termijnBedreigend"},
        {"\"reactieWerkdagen\": 2", "\"reactieWerkdagen\": 367", "/opdrachten/1/reactieWerkdagen"},
        {"\"uitvoerders\": {\"soorten\": [\"schuldhulp\"]}", "\"uitvoerders\": {\"soorten\": [\"bank\"]}",
         "/opdrachten/0/uitvoerders/soorten/0"},
        {"\"uitvoerders\": {\"soorten\": [\"schuldhulp\"]}",
         "\"uitvoerders\": {\"soorten\": [\"schuldhulp\"], \"rollen\": [\"consulent\"]}", "/opdrachten/0/uitvoerders"},
        {"\"vragers\": {\"soorten\": [\"gebiedsteam\"], \"rollen\": [\"generalist\", \"regisseur\"]}",
         "\"vragers\": {\"soorten\": [\"gebiedsteam\"]}", "/opdrachten/0/vragers/rollen"},
        {"\"grondslagUitvoeren\": \"wgs-8\"", "\"grondslagUitvoeren\": \"wgs-9\"", "/opdrachten/0/grondslagUitvoeren"},
        {"      \"grondslagUitvoeren\": \"wgs-8\",\n", "", "/opdrachten/0/grondslagUitvoeren"},
        {"\"voorwaarden\": {\"zaakOfMelding\": true, \"werkgebied\": true},\n      \"noemen\"",
         "\"voorwaarden\": {\"zaakOfMelding\": false},\n      \"noemen\"", "/opdrachten/0/voorwaarden/zaakOfMelding"},
        {"\"voorwaarden\": {\"zaakOfMelding\": true, \"werkgebied\": true},\n      \"noemen\"",
         "\"voorwaarden\": {\"zaakOfMelding\": true, \"afgeschermd\": true},\n      \"noemen\"",
         "/opdrachten/0/voorwaarden"},
        {"\"toestemming\": \"avg-grond\",\n      \"voorwaarden\"", "\"toestemming\": \"ja\",\n      \"voorwaarden\"",
         "/opdrachten/2/toestemming"},
        {"\"code\": \"wmo-onderzoek\"", "\"code\": \"budgetplan\"", "/opdrachten/2/code"},
        {"{\"code\": \"opdracht\",", "{\"code\": \"opdrachten\",", "/opdrachten"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        bool found = false;
        struct covenant *made = NULL;
        struct fault_list faults = {0};
        char *text = replace(sample_text(), rows[i].from, rows[i].to);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_named_parties),           cmocka_unit_test(each_kind_tells_its_terms),
        cmocka_unit_test(each_fact_counts_on_its_side),     cmocka_unit_test(consent_opens_what_it_names),
        cmocka_unit_test(case_9_the_landlord_is_refused),   cmocka_unit_test(a_ground_and_a_level_are_not_enough),
        cmocka_unit_test(a_prohibition_closes_it),          cmocka_unit_test(grounds_and_regions),
        cmocka_unit_test(without_kinds_there_are_no_tasks), cmocka_unit_test(each_fault_is_named),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
