/*
 * Ten decisions that must come out right, on the sample covenant, at their ages, dates and consent states and just
 * beside them: statements of consent are weighed, the set and the request are both decided, and the asker decides too.
 */
#include "unit/policy/help.h"

#include "policy/consent.h"
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
#define GUARDIANS  "00000099000000010000"
#define PSYCHIATRY "00000099000000011000"
#define LANDLORD   "00000099000000012000"

#define EXIST   CATEGORY_BIT(CATEGORY_EXISTENCE)
#define CONTACT CATEGORY_BIT(CATEGORY_CONTACT)
#define PHASE   CATEGORY_BIT(CATEGORY_PHASE)
#define STATUS  CATEGORY_BIT(CATEGORY_STATUS)
#define EMPTY   0U

enum { MANY = 6 };

static struct covenant *covenant; /* the parameter bekwaamVanaf12 is "jeugdige" */
static struct covenant *both;     /* the same with "beiden" */

static int set_up(void **state)
{
    (void)state;
    char *text = sample_text();
    covenant = parse(text);
    text = replace(text, "\"bekwaamVanaf12\": \"jeugdige\"", "\"bekwaamVanaf12\": \"beiden\"");
    both = parse(text);
    mem_free(text);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    covenant_free(covenant);
    covenant_free(both);
    return 0;
}

/* A question about somebody; what is left out is false, unknown or not there. */
struct asked {
    const struct covenant *covenant; /* NULL: the sample */
    const char *requester, *provider, *purpose, *basis, *role;
    const char *domain; /* of the record at the provider */
    const char *municipality;
    struct date today; /* not set: 2026-11-22 */
    struct date birth;
    struct date extended;
    enum capability able;
    bool has_case, has_report, report_open, order, shielded, restricted;

    struct policy_authority authorities[MANY];
    size_t authority_count;
    struct policy_statement statements[MANY];
    size_t statement_count;
    struct slice to[MANY];
    struct slice purposes[MANY];
};

static struct ident who(unsigned number)
{
    struct ident id = {{0}};
    id.bytes[0] = (uint8_t)number;
    return id;
}

static void parent(struct asked *a, unsigned number)
{
    a->authorities[a->authority_count++] = (struct policy_authority){.holder = who(number), .as = GIVER_PARENT};
}

/* Number 0 is the subject, others are parents. Towards the requester, for the purpose that is asked for. */
static struct policy_statement *say(struct asked *a, unsigned number, enum consent_kind kind, enum consent_word word)
{
    const size_t i = a->statement_count++;
    a->to[i] = slice_text(a->requester);
    a->purposes[i] = slice_text(a->purpose);
    a->statements[i] = (struct policy_statement){.giver = who(number),
                                                 .as = number == 0 ? GIVER_SUBJECT : GIVER_PARENT,
                                                 .kind = kind,
                                                 .word = word,
                                                 .categories = EXIST | CONTACT | PHASE | STATUS,
                                                 .from = {2026, 11, 1},
                                                 .recipients = &a->to[i],
                                                 .recipient_count = 1,
                                                 .purposes = &a->purposes[i],
                                                 .purpose_count = 1};
    return &a->statements[i];
}

struct outcome {
    bool known; /* may stand in the requester's set */
    struct policy_decision at_asker;
    struct policy_decision answer;
};

static struct outcome run(const struct asked *a)
{
    const struct covenant *c = a->covenant != NULL ? a->covenant : covenant;
    struct outcome out;
    struct policy_decision known;
    const struct policy_request request = {
        .requester = party(c, a->requester),
        .provider = party(c, a->provider),
        .purpose = slice_text(a->purpose),
        .basis = slice_text(a->basis),
        .role = slice_text(a->role),
        .has_case = a->has_case,
        .has_report = a->has_report,
        .report_open = a->report_open,
        .order_in_force = a->order,
        .today = date_is_set(&a->today) ? a->today : (struct date){2026, 11, 22},
    };
    const struct policy_person person = {.birth = a->birth,
                                         .capability = a->able,
                                         .authorities = a->authorities,
                                         .authority_count = a->authority_count,
                                         .statements = a->statements,
                                         .statement_count = a->statement_count};
    struct policy_subject subject = {.birth = a->birth,
                                     .municipality = a->municipality,
                                     .extended_youth_care = a->extended,
                                     .restricted = a->restricted};
    const struct policy_record record = {slice_text(a->domain), a->shielded, false};
    policy_consent_weigh(c, &person, request.requester, request.purpose, &request.today, &subject.consent);
    policy_may_ask(c, &request, &out.at_asker);
    policy_may_know(c, &request, &subject, &record, &known);
    policy_may_answer(c, &request, &subject, &record, &out.answer);
    out.known = known.permit;
    /* Whatever a provider would release, its asker may ask. */
    assert_int_equal(out.answer.categories & ~out.at_asker.categories, 0);
    return out;
}

static uint32_t answer(const struct asked *a)
{
    const struct outcome out = run(a);
    assert_int_equal(out.answer.permit, out.answer.categories != 0);
    return out.answer.categories;
}

static enum policy_reason why(const struct asked *a)
{
    return run(a).answer.why;
}

/* ---- 1: area team to debt help, a mother of 41 ---- */

static struct asked mother(void)
{
    return (struct asked){.requester = TEAM,
                          .provider = DEBT,
                          .purpose = "hulpafstemming",
                          .basis = "wmo-5.1.1",
                          .role = "generalist",
                          .domain = "financien",
                          .municipality = "9901",
                          .birth = {1985, 3, 14},
                          .has_case = true};
}

static void case_1_explicit_consent_opens_and_withdrawal_closes(void **state)
{
    (void)state;
    struct asked a = mother();
    assert_int_equal(answer(&a), EMPTY);
    assert_int_equal(why(&a), POLICY_CONSENT);
    assert_false(run(&a).known);
    struct policy_statement *yes = say(&a, 0, CONSENT_GROUND, CONSENT_GIVEN);
    assert_int_equal(answer(&a), EXIST | CONTACT | PHASE); /* never amounts or creditors */
    assert_true(run(&a).known);
    yes->word = CONSENT_WITHDRAWN; /* empty at the next decision */
    assert_int_equal(answer(&a), EMPTY);
    assert_false(run(&a).known);
    yes->word = CONSENT_GIVEN;
    yes->until = (struct date){2026, 11, 21};
    assert_int_equal(answer(&a), EMPTY);
    yes->until = (struct date){2026, 11, 22};
    assert_int_equal(answer(&a), EXIST | CONTACT | PHASE);
    yes->kind = CONSENT_SECRECY; /* another kind opens nothing here */
    assert_int_equal(answer(&a), EMPTY);
    yes->kind = CONSENT_GROUND;
    a.to[0] = slice_text(SCHOOL);
    assert_int_equal(answer(&a), EMPTY);
    a.to[0] = slice_text("gebiedsteam");
    assert_int_equal(answer(&a), EXIST | CONTACT | PHASE);
    yes->categories = EXIST | CONTACT;
    assert_int_equal(answer(&a), EXIST | CONTACT);
    yes->categories = CONTACT | PHASE; /* whom to call tells that she is known, and that she did not open */
    assert_int_equal(answer(&a), EMPTY);
    assert_int_equal(why(&a), POLICY_CONSENT);
}

static void case_1_just_beside(void **state)
{
    (void)state;
    struct asked a = mother();
    (void)say(&a, 0, CONSENT_GROUND, CONSENT_GIVEN);
    a.has_case = false;
    assert_int_equal(answer(&a), EMPTY);
    assert_int_equal(run(&a).at_asker.why, POLICY_NO_CASE);
    a.has_report = true;
    assert_int_equal(answer(&a), EXIST | CONTACT | PHASE);
    a.municipality = "9903"; /* outside the team's area, and unknown */
    assert_int_equal(why(&a), POLICY_AREA);
    a.municipality = "";
    assert_int_equal(why(&a), POLICY_AREA);
    assert_false(run(&a).known);
    a.municipality = "9902";
    a.restricted = true;
    assert_int_equal(why(&a), POLICY_RESTRICTED);
    assert_false(run(&a).known);
    a.restricted = false;
    a.able = CAPABILITY_NO; /* with neither curator nor mentor nobody can consent for her */
    assert_int_equal(why(&a), POLICY_CONSENT);
    a.able = CAPABILITY_YES;
    a.role = "consulent";
    assert_int_equal(answer(&a), EMPTY);
    a.role = "generalist";
    a.basis = "wmo-5.2.1";
    assert_int_equal(answer(&a), EMPTY);
    a.basis = "wmo-5.1.1";
    a.domain = "geestelijke-gezondheid";
    assert_int_equal(answer(&a), EMPTY);
    a.domain = "huisvesting";
    assert_int_equal(answer(&a), EXIST | CONTACT | PHASE);
}

/* ---- 2: debt help to the area team, the same mother ---- */

static void case_2_by_statute_without_consent(void **state)
{
    (void)state;
    struct asked a = mother();
    a.requester = DEBT;
    a.provider = TEAM;
    a.purpose = "wgs-schuldhulp";
    a.basis = "wgs-8";
    a.role = "consulent";
    assert_int_equal(answer(&a), EXIST | CONTACT | STATUS);
    assert_true(run(&a).known);
    a.domain = "geestelijke-gezondheid";
    assert_int_equal(answer(&a), EMPTY);
    a.domain = "lichamelijke-gezondheid";
    assert_int_equal(answer(&a), EMPTY);
    a.domain = "financien";
    a.provider = YOUTH_CARE; /* secrecy: no rule */
    (void)say(&a, 0, CONSENT_SECRECY, CONSENT_GIVEN);
    assert_int_equal(answer(&a), EMPTY);
    assert_int_equal(why(&a), POLICY_NO_RULE);
    assert_false(run(&a).known);
}

/* ---- 3: school to debt help, the father ---- */

static void case_3_consent_creates_no_rule(void **state)
{
    (void)state;
    static const char *const bases[] = {"wpo-8", "wmo-5.1.1", "wgs-8", "jeugdwet-7.4.0", "avg-6-1-d", ""};
    static const char *const roles[] = {"partnerprofessional", "generalist", "regisseur", "signaleerder"};
    for (size_t i = 0; i < COUNT_OF(bases) * COUNT_OF(roles); i++) {
        struct asked a = mother();
        a.requester = SCHOOL;
        a.basis = bases[i % COUNT_OF(bases)];
        a.role = roles[i / COUNT_OF(bases)];
        assert_int_equal(answer(&a), EMPTY);
        assert_false(run(&a).known);
        for (unsigned kind = 0; kind < CONSENT_KIND_COUNT; kind++) {
            (void)say(&a, 0, (enum consent_kind)kind, CONSENT_GIVEN);
        }
        assert_int_equal(answer(&a), EMPTY);
        assert_false(run(&a).known);
    }
}

/* ---- 4: truancy officer to school, a boy of 14 ---- */

static void case_4_attendance_and_no_care(void **state)
{
    (void)state;
    struct asked a = {.requester = TRUANCY,
                      .provider = SCHOOL,
                      .purpose = "leerplicht",
                      .basis = "leerplichtwet-18",
                      .role = "leerplichtambtenaar",
                      .domain = "onderwijs-en-opvoeding",
                      .municipality = "9901",
                      .birth = {2012, 3, 1},
                      .has_case = true};
    assert_int_equal(answer(&a), CONTACT | STATUS);
    assert_true(run(&a).known); /* of involvement, not of enrolment: that stands in no set */
    a.domain = "geestelijke-gezondheid";
    assert_int_equal(answer(&a), EMPTY);
    a.domain = "onderwijs-en-opvoeding";
    a.provider = YOUTH_CARE;
    assert_int_equal(why(&a), POLICY_NO_RULE);
    a.provider = CJG;
    assert_int_equal(why(&a), POLICY_NO_RULE);
    a.provider = SCHOOL;
    a.purpose = "hulpafstemming"; /* an investigator too: nothing else here */
    assert_int_equal(answer(&a), EMPTY);
    a.purpose = "leerplicht";
    a.birth = (struct date){2008, 11, 23}; /* eighteen tomorrow */
    assert_int_equal(answer(&a), CONTACT | STATUS);
    a.birth = (struct date){2008, 11, 22};
    assert_int_equal(why(&a), POLICY_AGE);
    a.birth = (struct date){0, 0, 0};
    assert_int_equal(why(&a), POLICY_AGE);
}

/* ---- 5: area team to youth care, a girl of 14 ---- */

static struct asked girl(void)
{
    struct asked a = {.requester = TEAM,
                      .provider = YOUTH_CARE,
                      .purpose = "hulpafstemming",
                      .basis = "jeugdwet-7.4.0",
                      .role = "generalist",
                      .domain = "onderwijs-en-opvoeding",
                      .municipality = "9901",
                      .birth = {2012, 3, 1},
                      .able = CAPABILITY_YES,
                      .has_case = true};
    parent(&a, 1);
    parent(&a, 2);
    return a;
}

static void says_yes_and_father_no(struct asked *a)
{
    (void)say(a, 0, CONSENT_SECRECY, CONSENT_GIVEN);
    (void)say(a, 1, CONSENT_SECRECY, CONSENT_REFUSED);
}

static void case_5_she_decides_and_her_father_disagrees(void **state)
{
    (void)state;
    struct asked a = girl();
    assert_int_equal(why(&a), POLICY_CONSENT);
    says_yes_and_father_no(&a);
    struct outcome out = run(&a);
    assert_int_equal(out.answer.categories, EXIST | CONTACT);
    assert_string_equal(out.answer.note, POLICY_NOTE_PARENT);
    assert_true(out.known);
    struct asked school = a; /* where nothing rests on her word, nobody hears of it */
    school.provider = SCHOOL;
    school.basis = "wmo-5.1.1";
    assert_int_equal(answer(&school), EXIST | CONTACT);
    assert_null(run(&school).answer.note);
    a.statement_count = 1; /* her father says nothing */
    assert_null(run(&a).answer.note);
    a.statement_count = 2;
    a.covenant = both;
    out = run(&a);
    assert_int_equal(out.answer.categories, EMPTY);
    assert_false(out.known);
    a.statements[1].word = CONSENT_GIVEN;
    (void)say(&a, 2, CONSENT_SECRECY, CONSENT_GIVEN);
    assert_int_equal(answer(&a), EXIST | CONTACT);
    assert_null(run(&a).answer.note);
    a.able = CAPABILITY_UNKNOWN;
    a.covenant = NULL;
    assert_int_equal(answer(&a), EXIST | CONTACT);
    a.statements[2].word = CONSENT_WITHDRAWN; /* unknown capability: both readings must agree */
    assert_int_equal(answer(&a), EMPTY);
    a.able = CAPABILITY_YES;
    assert_int_equal(answer(&a), EXIST | CONTACT);
    a.statements[0].word = CONSENT_WITHDRAWN;
    assert_int_equal(answer(&a), EMPTY);
}

static void case_5_at_eleven_twelve_and_sixteen(void **state)
{
    (void)state;
    struct asked a = girl();
    says_yes_and_father_no(&a);
    a.birth = (struct date){2014, 11, 23}; /* twelve tomorrow */
    assert_int_equal(answer(&a), EMPTY);
    (void)say(&a, 2, CONSENT_SECRECY, CONSENT_GIVEN);
    assert_int_equal(answer(&a), EMPTY); /* one parent of two */
    a.statements[1].word = CONSENT_GIVEN;
    assert_int_equal(answer(&a), EXIST | CONTACT);
    a.authority_count = 0; /* authority unknown */
    assert_int_equal(answer(&a), EMPTY);
    a.authority_count = 2;
    a.statements[1].word = CONSENT_REFUSED;
    a.birth = (struct date){2014, 11, 22};
    assert_int_equal(answer(&a), EXIST | CONTACT);
    assert_string_equal(run(&a).answer.note, POLICY_NOTE_PARENT);
    a.birth = (struct date){2010, 11, 23}; /* sixteen tomorrow */
    assert_string_equal(run(&a).answer.note, POLICY_NOTE_PARENT);
    a.covenant = both;
    assert_int_equal(answer(&a), EMPTY);
    a.birth = (struct date){2010, 11, 22}; /* she alone, whatever the parameter says */
    assert_int_equal(answer(&a), EXIST | CONTACT);
    assert_null(run(&a).answer.note);
    a.birth = (struct date){0, 0, 0};
    assert_int_equal(why(&a), POLICY_AGE);
}

/* Scenario: at eighteen the regime ends, unless extended youth care is recorded; at 23 it ends for all. */
static void case_5_at_eighteen_and_twenty_three(void **state)
{
    (void)state;
    struct asked a = girl();
    (void)say(&a, 0, CONSENT_SECRECY, CONSENT_GIVEN);
    a.birth = (struct date){2008, 11, 23};
    assert_int_equal(answer(&a), EXIST | CONTACT);
    a.birth = (struct date){2008, 11, 22};
    assert_int_equal(why(&a), POLICY_AGE);
    assert_false(run(&a).known);
    a.extended = (struct date){2026, 11, 21}; /* ended yesterday */
    assert_int_equal(answer(&a), EMPTY);
    a.extended = (struct date){2026, 11, 22};
    assert_int_equal(answer(&a), EXIST | CONTACT);
    assert_true(run(&a).known);
    a.statements[0].as = GIVER_PARENT; /* a parent's say ended */
    a.statements[0].giver = who(1);
    assert_int_equal(why(&a), POLICY_CONSENT);
    a.statements[0].as = GIVER_SUBJECT;
    a.birth = (struct date){2003, 11, 23};
    assert_int_equal(answer(&a), EXIST | CONTACT);
    a.birth = (struct date){2003, 11, 22};
    assert_int_equal(why(&a), POLICY_AGE);
}

/* ---- 6: Veilig Thuis to school and JGZ, a child of 7 ---- */

static void case_6_while_the_report_is_open(void **state)
{
    (void)state;
    static const char *const providers[] = {SCHOOL, CJG};
    for (size_t i = 0; i < COUNT_OF(providers); i++) {
        struct asked a = {.requester = SAFE_HOME,
                          .provider = providers[i],
                          .purpose = "onderzoek-veilig-thuis",
                          .basis = "wmo-5.1.6",
                          .role = "veilig-thuis",
                          .domain = "onderwijs-en-opvoeding",
                          .municipality = "",
                          .birth = {2019, 5, 5},
                          .has_report = true,
                          .report_open = true};
        assert_int_equal(answer(&a), EXIST | CONTACT);
        assert_true(run(&a).known);
        a.restricted = true; /* urgent purposes go on */
        assert_int_equal(answer(&a), EXIST | CONTACT);
        a.report_open = false;
        assert_int_equal(why(&a), POLICY_REPORT_CLOSED);
        assert_int_equal(run(&a).at_asker.why, POLICY_REPORT_CLOSED);
        a.report_open = true;
        a.has_report = false;
        a.has_case = true;
        assert_int_equal(why(&a), POLICY_NO_REPORT);
        a.has_report = true;
        a.requester = TEAM; /* that basis serves nobody else */
        assert_int_equal(why(&a), POLICY_NO_RULE);
        a.requester = SAFE_HOME;
        a.purpose = "hulpafstemming"; /* and nothing else */
        assert_int_equal(answer(&a), EMPTY);
    }
}

/* ---- 7: youth protection to debt help, a parent ---- */

static void case_7_while_the_order_is_in_force(void **state)
{
    (void)state;
    struct asked a = mother();
    a.requester = GUARDIANS;
    a.purpose = "uitvoering-ots";
    a.basis = "bw-1-257";
    a.role = "jeugdbeschermer";
    a.order = true;
    assert_int_equal(answer(&a), EXIST | CONTACT | PHASE);
    for (unsigned kind = 0; kind < CONSENT_KIND_COUNT; kind++) {
        (void)say(&a, 0, (enum consent_kind)kind, CONSENT_REFUSED);
    }
    assert_int_equal(answer(&a), EXIST | CONTACT | PHASE); /* she refuses; the order obliges */
    a.restricted = true;
    assert_int_equal(answer(&a), EXIST | CONTACT | PHASE);
    a.order = false; /* the day after it ended */
    assert_int_equal(why(&a), POLICY_NO_ORDER);
    assert_int_equal(run(&a).at_asker.why, POLICY_NO_ORDER);
    a.order = true;
    a.purpose = "hulpafstemming";
    assert_int_equal(answer(&a), EMPTY);
}

/* ---- 8: area team to women's shelter, a shielded mother ---- */

static void case_8_a_shielded_mother_is_in_no_set(void **state)
{
    (void)state;
    static const char *const parties[] = {TEAM,    SCHOOL,     CJG,       UWV,        DEBT,
                                          TRUANCY, YOUTH_CARE, GUARDIANS, PSYCHIATRY, LANDLORD};
    struct asked a = mother();
    a.provider = SHELTER;
    a.shielded = true;
    a.domain = "veiligheid";
    for (size_t i = 0; i < COUNT_OF(parties); i++) {
        a.requester = parties[i];
        a.statement_count = 0;
        for (unsigned kind = 0; kind < CONSENT_KIND_COUNT; kind++) {
            (void)say(&a, 0, (enum consent_kind)kind, CONSENT_GIVEN);
        }
        assert_int_equal(answer(&a), EMPTY);
        assert_false(run(&a).known);
        assert_false(run(&a).at_asker.permit);
    }
    a.requester = TEAM;
    a.provider = DEBT; /* and what another partner recorded of her as shielded */
    a.domain = "financien";
    (void)say(&a, 0, CONSENT_GROUND, CONSENT_GIVEN);
    assert_int_equal(why(&a), POLICY_SHIELDED);
    assert_false(run(&a).known);
    a.shielded = false;
    assert_int_equal(answer(&a), EXIST | CONTACT | PHASE);
}

static void case_8_veilig_thuis_hears_a_central_number(void **state)
{
    (void)state;
    struct asked a = mother();
    a.requester = SAFE_HOME;
    a.provider = SHELTER;
    a.purpose = "onderzoek-veilig-thuis";
    a.basis = "wmo-5.1.6";
    a.role = "veilig-thuis";
    a.domain = "veiligheid";
    a.shielded = true;
    a.has_report = true;
    a.report_open = true;
    struct outcome out = run(&a);
    assert_int_equal(out.answer.categories, EXIST | CONTACT);
    assert_true(out.answer.contact_central);
    assert_non_null(party(covenant, SHELTER)->central_phone);
    a.report_open = false;
    out = run(&a);
    assert_int_equal(out.answer.categories, EMPTY);
    assert_false(out.answer.contact_central);
    a.report_open = true;
    a.provider = SCHOOL; /* its rule does not name shielded records */
    a.domain = "onderwijs-en-opvoeding";
    assert_int_equal(why(&a), POLICY_SHIELDED);
    a.shielded = false;
    assert_false(run(&a).answer.contact_central);
}

static void case_8_without_a_central_number_no_contact(void **state)
{
    (void)state;
    char *text = replace(sample_text(), "\"centraalNummer\": \"0990 555 080\", ", "");
    struct covenant *without = parse(text);
    struct asked a = mother();
    a.covenant = without;
    a.requester = SAFE_HOME;
    a.provider = SHELTER;
    a.purpose = "onderzoek-veilig-thuis";
    a.basis = "wmo-5.1.6";
    a.role = "veilig-thuis";
    a.domain = "veiligheid";
    a.shielded = true;
    a.has_report = true;
    a.report_open = true;
    const struct outcome out = run(&a);
    assert_int_equal(out.answer.categories, EXIST);
    assert_false(out.answer.contact_central);
    covenant_free(without);
    mem_free(text);
}

/* ---- 9: landlord and debt help, a tenant in arrears ---- */

static void case_9_arrears_go_in_and_not_onward(void **state)
{
    (void)state;
    struct asked in = mother();
    in.requester = DEBT;
    in.provider = LANDLORD;
    in.purpose = "wgs-vroegsignalering";
    in.basis = "wgs-3-1-b";
    in.role = "consulent";
    in.domain = "huisvesting";
    assert_int_equal(answer(&in), CONTACT | STATUS);
    struct asked onward = mother();
    onward.purpose = "wgs-vroegsignalering";
    onward.domain = "huisvesting";
    assert_int_equal(why(&onward), POLICY_CONSENT);
    assert_false(run(&onward).known);
    (void)say(&onward, 0, CONSENT_GROUND, CONSENT_GIVEN);
    assert_int_equal(answer(&onward), EXIST | CONTACT);
}

static void case_9_the_landlord_learns_nothing(void **state)
{
    (void)state;
    static const char *const providers[] = {TEAM,       SCHOOL,  CJG,       UWV,       DEBT,      TRUANCY,
                                            YOUTH_CARE, SHELTER, SAFE_HOME, GUARDIANS, PSYCHIATRY};
    static const char *const purposes[] = {
        "hulpafstemming",   "wgs-schuldhulp",       "leerplicht",  "onderzoek-veilig-thuis",
        "uitvoering-ots",   "wgs-vroegsignalering", "zorgsignaal", "opdracht",
        "gezamenlijk-plan", "acuut-gevaar",         "nazorg",      "toezicht"};
    for (size_t i = 0; i < COUNT_OF(providers) * COUNT_OF(purposes); i++) {
        struct asked a = mother();
        a.requester = LANDLORD;
        a.provider = providers[i % COUNT_OF(providers)];
        a.purpose = purposes[i / COUNT_OF(providers)];
        a.basis = "wgs-8b";
        a.role = "signaleerder";
        a.has_report = a.report_open = a.order = true;
        (void)say(&a, 0, CONSENT_GROUND, CONSENT_GIVEN);
        assert_int_equal(answer(&a), EMPTY);
        assert_false(run(&a).known || run(&a).at_asker.permit || run(&a).at_asker.crisis_number);
    }
}

/* ---- 10: area team to mental-health care, acute danger ---- */

static void case_10_a_number_to_call_known_or_not(void **state)
{
    (void)state;
    struct asked a = {.requester = TEAM,
                      .provider = PSYCHIATRY,
                      .purpose = "acuut-gevaar",
                      .basis = "avg-6-1-d",
                      .role = "generalist",
                      .domain = "geestelijke-gezondheid",
                      .municipality = "9901",
                      .birth = {1991, 6, 6},
                      .has_report = true};
    struct outcome out = run(&a);
    assert_true(out.at_asker.crisis_number);
    assert_false(out.at_asker.permit); /* nothing is asked about him */
    assert_int_equal(out.at_asker.why, POLICY_CRISIS);
    assert_non_null(party(covenant, PSYCHIATRY)->crisis_phone);
    assert_int_equal(out.answer.categories, EMPTY); /* and nothing is told, were it asked */
    assert_false(out.answer.crisis_number);
    assert_false(out.known);
    a.has_report = false;
    a.has_case = true;
    out = run(&a);
    assert_false(out.at_asker.crisis_number);
    assert_int_equal(out.at_asker.why, POLICY_NO_REPORT);
    a.has_report = true;
    a.role = "consulent";
    assert_false(run(&a).at_asker.crisis_number);
    a.role = "generalist";
    a.purpose = "hulpafstemming";
    assert_false(run(&a).at_asker.crisis_number);
    a.purpose = "acuut-gevaar";
    a.provider = SCHOOL; /* no party to that rule */
    assert_false(run(&a).at_asker.crisis_number);
    char *text = replace(sample_text(), "\"bsnGrondslag\": \"wvggz-bsn\", ", "");
    struct covenant *nameless = parse(text);
    mem_free(text);
    a.covenant = nameless;
    a.provider = PSYCHIATRY; /* who may not process a BSN has a number all the same */
    out = run(&a);
    assert_true(out.at_asker.crisis_number);
    assert_int_equal(out.answer.why, POLICY_NO_BSN_GROUND);
    covenant_free(nameless);
    a.covenant = NULL;
    a.today = (struct date){2030, 1, 1};
    assert_false(run(&a).at_asker.crisis_number);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(case_1_explicit_consent_opens_and_withdrawal_closes),
        cmocka_unit_test(case_1_just_beside),
        cmocka_unit_test(case_2_by_statute_without_consent),
        cmocka_unit_test(case_3_consent_creates_no_rule),
        cmocka_unit_test(case_4_attendance_and_no_care),
        cmocka_unit_test(case_5_she_decides_and_her_father_disagrees),
        cmocka_unit_test(case_5_at_eleven_twelve_and_sixteen),
        cmocka_unit_test(case_5_at_eighteen_and_twenty_three),
        cmocka_unit_test(case_6_while_the_report_is_open),
        cmocka_unit_test(case_7_while_the_order_is_in_force),
        cmocka_unit_test(case_8_a_shielded_mother_is_in_no_set),
        cmocka_unit_test(case_8_veilig_thuis_hears_a_central_number),
        cmocka_unit_test(case_8_without_a_central_number_no_contact),
        cmocka_unit_test(case_9_arrears_go_in_and_not_onward),
        cmocka_unit_test(case_9_the_landlord_learns_nothing),
        cmocka_unit_test(case_10_a_number_to_call_known_or_not),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
