/* Consults of the past under a draft, and explained: what comes out otherwise, what cannot be known, what bounds it. */
#include "unit/api/api_rig.h"

#include "api/decision_inputs.h"
#include "api/log_explain.h"
#include "api/log_simulate.h"
#include "audit/retention.h"
#include "policy/decide.h"

#define TOKEN "Bearer kb-fg"

enum { CONSENTED = RECORD_INPUT_CONSENT(CONSENT_GROUND, 0x7F) };

struct world_of_past {
    struct rig rig;
    char *text; /* the covenant of now */
};

static void open_past(struct world_of_past *p)
{
    rig_open(&p->rig, DEBT_HELP);
    rig_user(&p->rig, "fg", 1U << ROLE_DPO, false, TOKEN);
    rig_user(&p->rig, "team", 1U << ROLE_GENERALIST, false, "Bearer kb-team");
    p->text = rig_covenant_text();
}

static void close_past(struct world_of_past *p)
{
    free(p->text);
    rig_close(&p->rig);
}

/* What this node decided about somebody of 41 who lives here and has help with money. */
static struct record answered(const struct world_of_past *p, uint32_t inputs, uint32_t categories)
{
    struct record r = {
        .operation = RECORD_ANSWERED,
        .class = {.class = 1},
        .outcome = categories != 0 ? OUTCOME_RELEASED : OUTCOME_WITHHELD,
        .age = 41,
        .categories = categories,
        .entries = categories != 0,
        .domains = LIFE_DOMAIN_BIT(LIFE_FINANCE),
        .inputs = inputs,
    };
    assert_true(oin_parse(slice_text(AREA_TEAM), &r.peer));
    (void)snprintf(r.purpose, sizeof r.purpose, "hulpafstemming");
    (void)snprintf(r.basis, sizeof r.basis, "wmo-5.1.1");
    (void)snprintf(r.role, sizeof r.role, "generalist");
    (void)snprintf(r.case_number, sizeof r.case_number, "z");
    (void)snprintf(r.municipality, sizeof r.municipality, "9901");
    memcpy(r.covenant, covenant_digest(p->rig.api.covenant->covenant)->bytes, sizeof r.covenant);
    return r;
}

static uint64_t write_past(struct world_of_past *p, struct record record, size_t count)
{
    struct error err;
    while (count != 0) {
        struct store_batch *batch = store_batch_new(p->rig.world.door);
        for (size_t i = 0; i < 500 && count != 0; i++, count--) {
            struct record r = record;
            assert_int_equal(audit_append(p->rig.api.audit, batch, &r, slice_of(NULL, 0), &err), RESULT_OK);
        }
        assert_int_equal(world_commit(&p->rig.world, batch), FAULT_NONE);
    }
    return rig_leaves(&p->rig) - 1;
}

static struct json *call_as(struct world_of_past *p, void (*handler)(struct http_request *request, void *ctx),
                            const char *body, const char *query, const char *parameter, int status)
{
    struct error err;
    struct json *answer = NULL;
    struct http_request request = rig_request(&p->rig, body);
    request.authorization = TOKEN;
    request.query = query;
    request.parameter = parameter;
    const uint64_t before = rig_leaves(&p->rig);
    rig_handle(handler, &request);
    rig_run(&p->rig);
    assert_int_equal(request.status, status);
    assert_true(request.leaves > before); /* a record itself, durable before its answer */
    assert_int_equal(json_parse(slice_text((const char *)request.answer.ptr), &answer, &err), RESULT_OK);
    rig_forget(&request);
    return answer;
}

static struct json *simulate(struct world_of_past *p, const char *draft, const char *query)
{
    return call_as(p, log_simulate, draft, query, "", 200);
}

/* The same text with something else in it, for the caller to free. */
static char *with(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    assert_non_null(at);
    const size_t size = strlen(text) + strlen(to) + 1;
    char *out = malloc(size);
    assert_non_null(out);
    (void)snprintf(out, size, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    return out;
}

static int64_t number(const struct json *answer, const char *name)
{
    return json_int(json_member(answer, name));
}

static void finding_is(const struct json *answer, uint64_t sequence, const char *difference, const char *cause)
{
    for (const struct json *f = json_first(json_member(answer, "regels")); f != NULL; f = json_next(f)) {
        if (number(f, "volgnummer") == (int64_t)sequence) {
            assert_string_equal(json_cstr(json_member(f, "verschil")), difference);
            assert_string_equal(json_cstr(json_member(f, "oorzaak")), cause);
            return;
        }
    }
    fail_msg("no finding about %llu", (unsigned long long)sequence);
}

#define EXIST_CONTACT_PHASE                                                                                            \
    (CATEGORY_BIT(CATEGORY_EXISTENCE) | CATEGORY_BIT(CATEGORY_CONTACT) | CATEGORY_BIT(CATEGORY_PHASE))
#define KNOWN RECORD_INPUT_KNOWN
#define PHASE_OF_DEBT                                                                                                  \
    "\"categorieen\": [\"bestaan\", \"contact\", \"fase\"],\n      \"grondslagVragen\": \"wmo-5.1.1\",\n      "        \
    "\"grondslagGeven\": \"wmo-5.1.1-4\""
#define NO_PHASE                                                                                                       \
    "\"categorieen\": [\"bestaan\", \"contact\"],\n      \"grondslagVragen\": \"wmo-5.1.1\",\n      "                  \
    "\"grondslagGeven\": \"wmo-5.1.1-4\""

static void exactly_what_the_draft_changes_is_named(void **state)
{
    (void)state;
    struct world_of_past p;
    open_past(&p);
    char *draft = with(p.text, PHASE_OF_DEBT, NO_PHASE);
    const uint64_t consented = write_past(&p, answered(&p, KNOWN | (unsigned)CONSENTED, EXIST_CONTACT_PHASE), 1);
    (void)write_past(&p, answered(&p, KNOWN, 0), 1); /* without consent nothing came out, and nothing will */
    struct record unknown = answered(&p, 0, 0);
    unknown.outcome = OUTCOME_UNKNOWN;
    unknown.domains = 0;
    (void)write_past(&p, unknown, 1);
    struct record read = {.operation = RECORD_READ, .outcome = OUTCOME_DONE, .age = 255};
    (void)write_past(&p, read, 3);
    struct json *same = simulate(&p, p.text, "");
    assert_int_equal(number(same, "raadplegingen"), 3);
    assert_int_equal(number(same, "gelijk"), 3);
    assert_null(json_first(json_member(same, "regels")));
    struct json *changed = simulate(&p, draft, "");
    assert_int_equal(number(changed, "raadplegingen"), 3);
    assert_int_equal(number(changed, "gelijk"), 2);
    assert_int_equal(number(changed, "anders"), 1);
    finding_is(changed, consented, "minder", "toegestaan");
    assert_string_equal(rig_last(&p.rig).user, "fg");
    assert_int_equal(rig_last(&p.rig).operation, RECORD_LOG_READ);
    json_free(same);
    json_free(changed);
    free(draft);
    close_past(&p);
}

static void a_life_domain_less_is_a_difference_also_when_the_categories_stay(void **state)
{
    (void)state;
    struct world_of_past p;
    open_past(&p);
    struct record two = answered(&p, KNOWN | (unsigned)CONSENTED, EXIST_CONTACT_PHASE);
    two.domains |= LIFE_DOMAIN_BIT(LIFE_HOUSING);
    const uint64_t at = write_past(&p, two, 1);
    char *draft = with(p.text, "\"leefgebieden\": [\"financien\", \"huisvesting\"],\n      " PHASE_OF_DEBT,
                       "\"leefgebieden\": [\"huisvesting\"],\n      " PHASE_OF_DEBT);
    struct json *changed = simulate(&p, draft, "");
    finding_is(changed, at, "andere-leefgebieden", "toegestaan");
    json_free(changed);
    free(draft);
    close_past(&p);
}

static void what_cannot_be_known_is_named_with_the_reason(void **state)
{
    (void)state;
    struct world_of_past p;
    open_past(&p);
    const uint64_t older = write_past(&p, answered(&p, 0, 0), 1);
    struct record child = answered(&p, KNOWN | (unsigned)CONSENTED, EXIST_CONTACT_PHASE);
    child.age = 14;
    const uint64_t weighed = write_past(&p, child, 1);
    const uint64_t adult = write_past(&p, answered(&p, KNOWN | (unsigned)CONSENTED, EXIST_CONTACT_PHASE), 1);
    char *draft = with(p.text, "\"jeugdige\"", "\"beiden\"");
    struct json *answer = simulate(&p, draft, "");
    finding_is(answer, older, "onbekend", "invoer-ontbreekt");
    finding_is(answer, weighed, "onbekend", "toestemming-anders-gewogen");
    assert_int_equal(number(json_member(answer, "onbekend"), "invoerOntbreekt"), 1);
    assert_int_equal(number(json_member(answer, "onbekend"), "toestemmingAndersGewogen"), 1);
    assert_int_equal(number(answer, "gelijk"), 1);
    assert_int_equal(json_size(json_member(answer, "regels")), 2);
    (void)adult;
    json_free(answer);
    free(draft);
    close_past(&p);
}

static void a_draft_is_refused_when_it_does_not_read_or_name_us(void **state)
{
    (void)state;
    struct world_of_past p;
    open_past(&p);
    char *without = with(p.text, DEBT_HELP, "00000099000000005999");
    char *broken = with(p.text, "\"doelen\"", "\"doeleinden\"");
    static const char *const queries[] = {"van=gisteren", "tot=2026-02-30", "vanaf=x", "van=2026-02-02&tot=2026-02-01"};
    json_free(call_as(&p, log_simulate, without, "", "", 400));
    json_free(call_as(&p, log_simulate, broken, "", "", 400));
    json_free(call_as(&p, log_simulate, "{", "", "", 400));
    for (size_t i = 0; i < COUNT_OF(queries); i++) {
        json_free(call_as(&p, log_simulate, p.text, queries[i], "", 400));
        assert_int_equal(rig_last(&p.rig).operation, RECORD_REFUSED);
    }
    free(without);
    free(broken);
    close_past(&p);
}

/* A page ends at its bound of findings or of records; the next begins where it says. */
static void a_large_log_comes_in_pages(void **state)
{
    (void)state;
    struct world_of_past p;
    open_past(&p);
    char *draft = with(p.text, PHASE_OF_DEBT, NO_PHASE);
    char query[64];
    (void)write_past(&p, answered(&p, KNOWN | (unsigned)CONSENTED, EXIST_CONTACT_PHASE), SIMULATE_LISTED + 1);
    struct json *first = simulate(&p, draft, "");
    assert_int_equal(number(first, "anders"), SIMULATE_LISTED);
    assert_non_null(json_member(first, "verder"));
    (void)snprintf(query, sizeof query, "vanaf=%lld", (long long)number(first, "verder"));
    struct json *second = simulate(&p, draft, query);
    assert_int_equal(number(second, "anders"), 1);
    assert_null(json_member(second, "verder"));
    json_free(first);
    json_free(second);
    struct record unknown = answered(&p, 0, 0);
    unknown.outcome = OUTCOME_UNKNOWN;
    const uint64_t from = rig_leaves(&p.rig);
    (void)write_past(&p, unknown, SIMULATE_RECORDS + 1);
    (void)snprintf(query, sizeof query, "vanaf=%llu", (unsigned long long)from);
    first = simulate(&p, draft, query);
    assert_in_range(number(first, "bekeken"), SIMULATE_RECORDS, SIMULATE_RECORDS + 25);
    assert_in_range(number(first, "verder"), from + SIMULATE_RECORDS, from + SIMULATE_RECORDS + 25);
    json_free(first);
    free(draft);
    close_past(&p);
}

/* ---- explained ---- */

static struct json *explain(struct world_of_past *p, uint64_t sequence, int status)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%llu", (unsigned long long)sequence);
    return call_as(p, log_explain, "", "", text, status);
}

static void a_record_is_explained_rule_by_rule(void **state)
{
    (void)state;
    struct world_of_past p;
    open_past(&p);
    const uint64_t with_consent = write_past(&p, answered(&p, KNOWN | (unsigned)CONSENTED, EXIST_CONTACT_PHASE), 1);
    const uint64_t without = write_past(&p, answered(&p, KNOWN, 0), 1);
    struct json *given = explain(&p, with_consent, 200);
    struct json *withheld = explain(&p, without, 200);
    const struct json *decision = json_first(json_member(withheld, "besluiten"));
    assert_true(json_bool(json_member(given, "komtOvereen")));
    assert_true(json_bool(json_member(given, "convenantVanToen")));
    assert_true(json_bool(json_member(withheld, "komtOvereen")));
    assert_string_equal(json_cstr(json_member(decision, "oorzaak")), "geen-toestemming");
    assert_string_equal(json_cstr(json_member(decision, "leefgebied")), "financien");
    assert_true(json_size(json_member(decision, "regels")) > 1);
    json_free(given);
    json_free(withheld);
    close_past(&p);
}

/* Every one after the bound is counted, and not told; the outcome is that of all. */
static void so_many_rules_are_told_of_one_involvement(void **state)
{
    (void)state;
    static const char start[] = "\"regels\": [\n";
    struct world_of_past p;
    struct buf rules;
    open_past(&p);
    buf_init(&rules, COVENANT_BYTES_MAX);
    buf_text(&rules, start);
    for (unsigned i = 0; i < EXPLAIN_RULES_MAX; i++) {
        buf_format(&rules,
                   "{\"id\":\"erbij-%u\",\"doel\":\"hulpafstemming\",\"vrager\":{\"soorten\":[\"gebiedsteam\"],"
                   "\"rollen\":[\"generalist\"]},\"gever\":{\"soorten\":[\"schuldhulp\"]},\"leefgebieden\":"
                   "[\"financien\"],\"categorieen\":[\"contact\"],\"grondslagVragen\":\"wmo-5.1.1\","
                   "\"grondslagGeven\":\"wmo-5.1.1-4\",\"voorwaarden\":{\"zaakOfMelding\":true,\"leeftijd\":"
                   "{\"van\":%u}},\"verplichtingen\":[\"niet-voor-handhaving\"]},\n",
                   i, i);
    }
    buf_byte(&rules, '\0');
    char *text = with(p.text, start, (const char *)rules.ptr);
    rig_set_covenant(&p.rig, text);
    const uint64_t sequence = write_past(&p, answered(&p, KNOWN | (unsigned)CONSENTED, EXIST_CONTACT_PHASE), 1);
    struct json *answer = explain(&p, sequence, 200);
    const struct json *decision = json_first(json_member(answer, "besluiten"));
    assert_int_equal(json_size(json_member(decision, "regels")), EXPLAIN_RULES_MAX);
    assert_true(number(decision, "aantalRegels") > EXPLAIN_RULES_MAX);
    assert_true(json_bool(json_member(answer, "komtOvereen")));
    json_free(answer);
    free(text);
    buf_free(&rules);
    close_past(&p);
}

/* Then only what was answered as a whole can be compared, and nothing that rests on consent is sure. */
static void a_covenant_that_is_gone_is_said_to_be(void **state)
{
    (void)state;
    struct world_of_past p;
    open_past(&p);
    struct record r = answered(&p, KNOWN | (unsigned)CONSENTED, EXIST_CONTACT_PHASE);
    memset(r.covenant, 7, sizeof r.covenant);
    const uint64_t at = write_past(&p, r, 1);
    struct json *explained = explain(&p, at, 200);
    assert_false(json_bool(json_member(explained, "convenantVanToen")));
    assert_true(json_bool(json_member(explained, "komtOvereen")));
    struct json *simulated = simulate(&p, p.text, "");
    finding_is(simulated, at, "onbekend", "toestemming-anders-gewogen");
    json_free(explained);
    json_free(simulated);
    close_past(&p);
}

static void only_a_consult_that_opens_is_explained(void **state)
{
    (void)state;
    struct world_of_past p;
    open_past(&p);
    struct record read = {.operation = RECORD_READ, .outcome = OUTCOME_DONE, .age = 255};
    const uint64_t other = write_past(&p, read, 1);
    json_free(explain(&p, other, 404));
    json_free(explain(&p, 100000, 404));
    json_free(call_as(&p, log_explain, "", "", "abc", 400));
    close_past(&p);
}

/* ---- inputs ---- */

static void each_input_of_a_decision_comes_back(void **state)
{
    (void)state;
    struct world_of_past p;
    open_past(&p);
    const struct covenant *covenant = p.rig.api.covenant->covenant;
    const struct policy_request request = {.report_open = true, .order_in_force = true, .today = {2026, 6, 1}};
    const struct policy_subject subject = {
        .birth = {2008, 6, 2},
        .municipality = "9901",
        .extended_youth_care = {2026, 6, 1},
        .consent = {.categories = {1, 2, 4}, .parent_disagrees = true},
        .restricted = true,
    };
    struct record r = answered(&p, 0, 0);
    r.municipality[0] = '\0';
    record_inputs_from(&r, &request, &subject);
    struct policy_replay back = record_inputs_of(&r, covenant, &p.rig.api.own_oin);
    assert_true(back.known && back.restricted && back.extended_care && back.consent.parent_disagrees);
    assert_true(back.request.report_open && back.request.order_in_force && back.request.has_case);
    assert_false(back.request.has_report);
    assert_int_equal(back.age, 17);
    assert_string_equal(back.municipality, "9901");
    for (unsigned kind = 0; kind < CONSENT_KIND_COUNT; kind++) {
        assert_int_equal(back.consent.categories[kind], 1U << kind);
    }
    assert_string_equal(back.request.requester->oin.digits, AREA_TEAM);
    assert_string_equal(back.request.provider->oin.digits, DEBT_HELP);
    /* A day later the extended care is over; nothing known is something else than nothing kept. */
    const struct policy_request later = {.today = {2026, 6, 2}};
    record_inputs_from(&r, &later, &subject);
    back = record_inputs_of(&r, covenant, &p.rig.api.own_oin);
    assert_false(back.extended_care || back.request.report_open || back.request.order_in_force);
    assert_int_equal(back.age, 18);
    record_inputs_from(&r, &later, NULL);
    assert_int_equal(r.inputs, RECORD_INPUT_KNOWN);
    assert_int_equal(r.age, REPLAY_AGE_UNKNOWN);
    close_past(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exactly_what_the_draft_changes_is_named),
        cmocka_unit_test(a_life_domain_less_is_a_difference_also_when_the_categories_stay),
        cmocka_unit_test(what_cannot_be_known_is_named_with_the_reason),
        cmocka_unit_test(a_draft_is_refused_when_it_does_not_read_or_name_us),
        cmocka_unit_test(a_large_log_comes_in_pages),
        cmocka_unit_test(a_record_is_explained_rule_by_rule),
        cmocka_unit_test(so_many_rules_are_told_of_one_involvement),
        cmocka_unit_test(a_covenant_that_is_gone_is_said_to_be),
        cmocka_unit_test(only_a_consult_that_opens_is_explained),
        cmocka_unit_test(each_input_of_a_decision_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
