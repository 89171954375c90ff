/*
 * What must hold of every decision, on covenants, people and questions made by chance; against a second evaluation that
 * reads the document itself (plain.h). The seed is printed; KETENBRUG_SEED repeats a run, KETENBRUG_CASES makes it
 * longer or shorter.
 */
#include "unit/policy/help.h"

#include <inttypes.h>

#include "base/jcs.h"
#include "base/json.h"
#include "policy/decide.h"
#include "policy/explain.h"
#include "policy/matrix.h"
#include "unit/policy/made.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

enum { QUESTIONS = 40, CASES = SANITIZED ? 10000 : 120000, ROWS_MAX = 64 };

#define EXIST CATEGORY_BIT(CATEGORY_EXISTENCE)

/* One covenant, and what was made of it. */
struct world {
    struct json *document;
    struct covenant *covenant;
    struct covenant *reordered; /* members, and rules, in another order */
    struct covenant *with_deny; /* one rule that denies more */
    struct covenant *ruleless;
};

/* How often something that matters happened: a run in which nothing is permitted shows nothing. */
struct tally {
    size_t cases, permitted, known, existence, by_consent, crisis, disagrees, central, met, called;
};

static struct covenant *parse_buf(struct buf *text)
{
    assert_true(buf_ok(text));
    struct covenant *covenant = NULL;
    struct fault_list faults = {0};
    if (covenant_parse(buf_slice(text), &covenant, &faults) != RESULT_OK) {
        fail_msg("%zu faults, first: %s: %s", faults.count, faults.items[0].where, faults.items[0].what);
    }
    return covenant;
}

static void same_canonical_form(const struct json *a, const struct json *b)
{
    struct error err;
    struct buf one;
    struct buf other;
    buf_init(&one, COVENANT_BYTES_MAX);
    buf_init(&other, COVENANT_BYTES_MAX);
    assert_int_equal(jcs_write(a, &one, &err), RESULT_OK);
    assert_int_equal(jcs_write(b, &other, &err), RESULT_OK);
    assert_true(slice_equal(buf_slice(&one), buf_slice(&other)));
    buf_free(&one);
    buf_free(&other);
}

/* The form that is signed: the same for every order of members, another as soon as a rule is added or moved. */
static void check_canonical(const struct world *w, struct chance *chance)
{
    struct error err;
    struct buf text;
    struct json *again = NULL;
    buf_init(&text, COVENANT_BYTES_MAX);
    made_reordered(w->document, chance, false, &text);
    assert_int_equal(json_parse(buf_slice(&text), &again, &err), RESULT_OK);
    same_canonical_form(w->document, again);
    struct covenant *same = parse_buf(&text);
    assert_string_equal(covenant_hash(same), covenant_hash(w->covenant));
    assert_string_not_equal(covenant_hash(w->with_deny), covenant_hash(w->covenant));
    covenant_free(same);
    json_free(again);
    buf_free(&text);
}

static void make_world(struct world *w, struct chance *chance)
{
    struct buf text;
    struct buf deny;
    struct error err;
    const uint64_t head = chance_below(chance, UINT32_MAX);
    const uint64_t rules = chance_below(chance, UINT32_MAX);
    const size_t count = chance_below(chance, made_small.rules + 1);
    const struct slice no_more = slice_of(NULL, 0);
    buf_init(&text, COVENANT_BYTES_MAX);
    buf_init(&deny, COVENANT_BYTES_MAX);
    made_denial(&made_small, chance, &deny);
    made_covenant(&made_small, head, rules, count, no_more, &text);
    w->covenant = parse_buf(&text);
    assert_int_equal(json_parse(buf_slice(&text), &w->document, &err), RESULT_OK);
    buf_clear(&text);
    made_reordered(w->document, chance, true, &text);
    w->reordered = parse_buf(&text);
    buf_clear(&text);
    made_covenant(&made_small, head, rules, count, buf_slice(&deny), &text);
    w->with_deny = parse_buf(&text);
    buf_clear(&text);
    made_covenant(&made_small, head, rules, 0, no_more, &text);
    w->ruleless = parse_buf(&text);
    buf_free(&text);
    buf_free(&deny);
    check_canonical(w, chance);
}

static void drop_world(struct world *w)
{
    covenant_free(w->covenant);
    covenant_free(w->reordered);
    covenant_free(w->with_deny);
    covenant_free(w->ruleless);
    json_free(w->document);
}

/* ---- one question, as decide.h wants it ---- */

struct asked {
    struct policy_request request;
    struct policy_subject subject;
    struct policy_record record;
    bool at_provider;
};

static struct date day(const char *text)
{
    struct date date = {0, 0, 0};
    (void)date_parse(slice_text(text), &date);
    return date;
}

static struct asked ask(const struct covenant *covenant, const struct made_question *q)
{
    const struct plain_facts *facts = &q->facts;
    return (struct asked){
        .request = {.requester = party(covenant, facts->requester),
                    .provider = party(covenant, facts->provider),
                    .purpose = slice_text(facts->purpose),
                    .basis = slice_text(facts->basis),
                    .role = slice_text(facts->role),
                    .has_case = facts->has_case,
                    .has_report = facts->has_report,
                    .report_open = facts->report_open,
                    .order_in_force = facts->order_in_force,
                    .today = day(facts->today)},
        .subject = {.birth = day(facts->birth),
                    .municipality = facts->municipality,
                    .extended_youth_care = day(facts->extended_youth_care),
                    .consent = q->consent,
                    .restricted = facts->restricted},
        .record = {slice_text(facts->domain), facts->shielded, false},
        .at_provider = facts->at_provider,
    };
}

static struct policy_decision decide(const struct covenant *covenant, const struct made_question *q)
{
    struct policy_decision out;
    const struct asked a = ask(covenant, q);
    if (a.at_provider) {
        policy_may_answer(covenant, &a.request, &a.subject, &a.record, &out);
    } else {
        policy_may_ask(covenant, &a.request, &out);
    }
    return out;
}

static struct policy_decision know(const struct covenant *covenant, const struct made_question *q)
{
    struct policy_decision out;
    const struct asked a = ask(covenant, q);
    policy_may_know(covenant, &a.request, &a.subject, &a.record, &out);
    return out;
}

static void same_decision(const struct policy_decision *a, const struct policy_decision *b)
{
    assert_int_equal(a->permit, b->permit);
    assert_int_equal(a->categories, b->categories);
    assert_int_equal(a->why, b->why);
    assert_int_equal(a->rule_count, b->rule_count);
    assert_int_equal(a->crisis_number, b->crisis_number);
    for (size_t i = 0; i < a->rule_count && i < DECISION_RULES_MAX; i++) {
        assert_string_equal(a->rules[i], b->rules[i]);
    }
}

/* ---- the properties ---- */

static void agrees_with_the_plain_reading(const struct world *w, const struct made_question *q,
                                          const struct policy_decision *out)
{
    struct plain_answer plain;
    plain_decide(w->document, &q->facts, &plain);
    assert_int_equal(out->categories, plain.categories);
    assert_int_equal(out->permit, plain.categories != 0);
    assert_int_equal(out->rule_count, plain.rule_count);
    assert_string_equal(out->obligation != NULL ? out->obligation : "", plain.obligation);
    assert_int_equal(out->note != NULL, plain.parent_disagrees);
    assert_int_equal(out->contact_central, plain.contact_central);
    assert_int_equal(out->crisis_number, plain.crisis_number);
    if (q->facts.at_provider) {
        const struct policy_decision known = know(w->covenant, q);
        assert_int_equal(known.permit, plain.may_know);
        assert_int_equal(known.categories, plain.may_know ? EXIST : 0);
    }
}

/* Of whom a request releases anything, the sets may tell too: urgent purposes aside. */
static void set_and_request_agree(const struct world *w, const struct made_question *q,
                                  const struct policy_decision *out)
{
    const struct purpose *purpose = covenant_purpose(w->covenant, slice_text(q->facts.purpose));
    const struct date today = day(q->facts.today);
    const uint64_t sets = policy_set_purposes(w->covenant, party(w->covenant, q->facts.requester),
                                              party(w->covenant, q->facts.provider), &today);
    const bool set = purpose != NULL && (sets >> (purpose - covenant_purpose_at(w->covenant, 0)) & 1U) != 0;
    const bool known = q->facts.at_provider && know(w->covenant, q).permit;
    assert_true(set || !known);
    if (out->permit && !purpose->urgent) {
        assert_true(set && (known || !q->facts.at_provider));
    }
}

/* Of the request, only parties, purpose and day count for a set. */
static void a_set_asks_nothing_of_the_request(const struct world *w, const struct made_question *q)
{
    struct policy_decision other;
    struct asked a = ask(w->covenant, q);
    const struct policy_decision out = know(w->covenant, q);
    a.request.basis = slice_text("zz");
    a.request.role = slice_text("");
    a.request.has_case = !a.request.has_case;
    a.request.has_report = !a.request.has_report;
    a.request.report_open = !a.request.report_open;
    a.request.order_in_force = !a.request.order_in_force;
    policy_may_know(w->covenant, &a.request, &a.subject, &a.record, &other);
    same_decision(&out, &other);
}

/* What the asker may ask is at least what any provider may answer. */
static void asker_and_provider_agree(const struct world *w, const struct made_question *q,
                                     const struct policy_decision *out)
{
    struct policy_decision at_asker;
    const struct asked a = ask(w->covenant, q);
    policy_may_ask(w->covenant, &a.request, &at_asker);
    if (q->facts.at_provider) {
        assert_int_equal(out->categories & ~at_asker.categories, 0);
    }
}

static void adding_a_deny_never_widens(const struct world *w, const struct made_question *q,
                                       const struct policy_decision *out)
{
    const struct policy_decision less = decide(w->with_deny, q);
    assert_int_equal(less.categories & ~out->categories, 0);
    assert_true(know(w->covenant, q).permit || !know(w->with_deny, q).permit);
}

static void without_a_rule_nothing(const struct world *w, const struct made_question *q)
{
    const struct policy_decision none = decide(w->ruleless, q);
    assert_false(none.permit || none.crisis_number || know(w->ruleless, q).permit);
    assert_int_equal(none.categories, 0);
    assert_true(none.why <= POLICY_NO_RULE);
}

static void weigh(const struct world *w, struct made_question *q, struct policy_consent *out)
{
    const struct date today = day(q->facts.today);
    policy_consent_weigh(w->covenant, &q->person, party(w->covenant, q->facts.requester), slice_text(q->facts.purpose),
                         &today, out);
}

/* Takes one consent away, and then what it had opened; neither ever opens anything else. */
static void removing_consent_never_widens(const struct world *w, struct made_question *q,
                                          const struct policy_decision *out, struct chance *chance)
{
    struct policy_consent less;
    const struct policy_consent kept = q->consent;
    for (size_t i = 0; i < q->person.statement_count; i++) {
        if (q->statements[i].word == CONSENT_GIVEN) {
            const struct policy_statement said = q->statements[i];
            q->statements[i].word = chance_below(chance, 2) == 0 ? CONSENT_WITHDRAWN : CONSENT_REFUSED;
            weigh(w, q, &less);
            for (unsigned kind = 0; kind < CONSENT_KIND_COUNT; kind++) {
                assert_int_equal(less.categories[kind] & ~kept.categories[kind], 0);
            }
            q->consent = less;
            assert_int_equal(decide(w->covenant, q).categories & ~out->categories, 0);
            q->statements[i] = said;
        }
    }
    q->consent = (struct policy_consent){0};
    assert_int_equal(decide(w->covenant, q).categories & ~out->categories, 0);
    q->consent = kept;
}

/* The strictest reading: what is not known opens nothing that any knowledge would not. */
static void unknown_is_the_strictest(const struct world *w, struct made_question *q)
{
    struct policy_consent less;
    const struct policy_person kept = q->person;
    q->person.birth = (struct date){0, 0, 0};
    weigh(w, q, &less);
    for (unsigned kind = 0; kind < CONSENT_KIND_COUNT; kind++) {
        assert_int_equal(less.categories[kind] & ~q->consent.categories[kind], 0);
    }
    q->person = kept;
    q->person.authority_count = 0;
    weigh(w, q, &less);
    const bool adult = date_is_set(&kept.birth) && kept.birth.year <= 2008;
    for (unsigned kind = 0; kind < CONSENT_KIND_COUNT && !adult; kind++) {
        assert_int_equal(less.categories[kind] & ~q->consent.categories[kind], 0);
    }
    q->person = kept;
}

static void explain_agrees(const struct world *w, const struct made_question *q, const struct policy_decision *out)
{
    struct policy_explained rows[ROWS_MAX];
    struct policy_decision again;
    const struct asked a = ask(w->covenant, q);
    const size_t count = policy_explain(w->covenant, &a.request, a.at_provider ? &a.subject : NULL,
                                        a.at_provider ? &a.record : NULL, rows, ROWS_MAX, &again);
    enum policy_reason furthest = out->why <= POLICY_NO_RULE ? out->why : POLICY_NO_BSN_GROUND;
    enum policy_reason set = POLICY_NO_RULE;
    uint32_t categories = 0;
    size_t releasing = 0;
    same_decision(out, &again);
    assert_true(count < ROWS_MAX);
    for (size_t i = 0; i < count; i++) {
        const struct policy_explained *row = &rows[i];
        const struct policy_sentence sentence = policy_explain_sentence(row);
        assert_int_equal(strncmp(sentence.text, "regel r", 7), 0);
        assert_int_equal(sentence.text[strlen(sentence.text) - 1], '.');
        assert_int_equal(row->categories & ~row->would, 0);
        if (row->reached == POLICY_SIGNAL) {
            continue; /* of something else */
        }
        if (row->moment == POLICY_MOMENT_SET) {
            set = row->reached > set ? row->reached : set;
        } else if (row->moment != POLICY_MOMENT_ALWAYS) {
            furthest = row->reached > furthest ? row->reached : furthest;
            categories |= row->categories;
            releasing += row->reached == POLICY_PERMITTED;
        }
    }
    assert_int_equal(categories, out->categories);
    assert_int_equal(releasing, out->rule_count);
    assert_int_equal(furthest, out->why);
    if (q->facts.at_provider && count != 0) {
        assert_int_equal(set, know(w->covenant, q).why);
    }
    assert_int_equal(policy_explain(w->covenant, &a.request, a.at_provider ? &a.subject : NULL,
                                    a.at_provider ? &a.record : NULL, rows, 0, &again),
                     count);
}

/* A signal instead of help: known, and to be called about, as the plain reading says; never answered; and a prohibition
 * more never widens it. */
static void a_signal_meets_by_its_own_rules(const struct world *w, const struct made_question *q, struct tally *tally)
{
    bool known = false;
    bool may_call = false;
    struct policy_decision out;
    struct policy_meeting meeting;
    struct policy_meeting less;
    struct asked a = ask(w->covenant, q);
    const struct asked denying = ask(w->with_deny, q);
    uint64_t role = 0;
    if (!q->facts.at_provider) {
        return;
    }
    a.record.signal = true;
    plain_meet(w->document, &q->facts, &known, &may_call);
    policy_may_know(w->covenant, &a.request, &a.subject, &a.record, &out);
    assert_int_equal(out.permit, known);
    policy_may_answer(w->covenant, &a.request, &a.subject, &a.record, &out);
    assert_false(out.permit);
    if (strcmp(q->facts.purpose, PURPOSE_SIGNAL) != 0) {
        assert_false(known);
        return;
    }
    for (size_t i = 0; i < matrix_role_count(w->covenant); i++) {
        role |= strcmp(matrix_role(w->covenant, i), q->facts.role) == 0 ? (uint64_t)1 << i : 0;
    }
    policy_may_meet(w->covenant, a.request.provider, a.request.requester, &a.subject, &a.record, &a.request.today,
                    &meeting);
    assert_int_equal(meeting.permit, known);
    assert_int_equal((meeting.roles & role) != 0, may_call);
    policy_may_meet(w->with_deny, denying.request.provider, denying.request.requester, &a.subject, &a.record,
                    &a.request.today, &less);
    assert_true(meeting.permit || !less.permit);
    assert_true((less.roles & ~meeting.roles) == 0);
    tally->met += known;
    tally->called += may_call;
}

static void check_question(const struct world *w, struct made_question *q, struct chance *chance, struct tally *tally)
{
    struct policy_consent plain;
    weigh(w, q, &q->consent);
    plain_weigh(w->document, &q->person, q->facts.requester, q->facts.purpose, q->facts.today, &plain);
    for (unsigned kind = 0; kind < CONSENT_KIND_COUNT; kind++) {
        assert_int_equal(q->consent.categories[kind], plain.categories[kind]);
    }
    assert_int_equal(q->consent.parent_disagrees, plain.parent_disagrees);
    unknown_is_the_strictest(w, q);
    const struct policy_decision out = decide(w->covenant, q);
    const struct policy_decision other = decide(w->reordered, q);
    assert_int_equal(out.permit, out.categories != 0);
    same_decision(&out, &other);
    agrees_with_the_plain_reading(w, q, &out);
    set_and_request_agree(w, q, &out);
    a_set_asks_nothing_of_the_request(w, q);
    asker_and_provider_agree(w, q, &out);
    adding_a_deny_never_widens(w, q, &out);
    without_a_rule_nothing(w, q);
    removing_consent_never_widens(w, q, &out, chance);
    explain_agrees(w, q, &out);
    a_signal_meets_by_its_own_rules(w, q, tally);
    tally->cases++;
    tally->permitted += out.permit;
    tally->known += know(w->covenant, q).permit;
    tally->existence += q->facts.at_provider && (out.categories & EXIST) != 0;
    tally->by_consent += q->facts.at_provider && q->consent.categories[CONSENT_SECRECY] != 0;
    tally->disagrees += q->consent.parent_disagrees;
    tally->crisis += out.crisis_number;
    tally->central += out.contact_central;
}

static uint64_t setting(const char *name, uint64_t usual)
{
    const char *given = getenv(name);
    return given != NULL ? strtoull(given, NULL, 10) : usual;
}

static void covenants_made_by_chance(void **state)
{
    (void)state;
    const uint64_t seed = setting("KETENBRUG_SEED", 20261122);
    const uint64_t cases = setting("KETENBRUG_CASES", CASES);
    struct tally tally = {0};
    struct made_question q;
    print_message("seed %" PRIu64 ", %" PRIu64 " cases\n", seed, cases);
    struct chance chance = chance_from(seed);
    while (tally.cases < cases) {
        struct world w;
        make_world(&w, &chance);
        for (int i = 0; i < QUESTIONS; i++) {
            made_question(&made_small, &chance, &q);
            check_question(&w, &q, &chance, &tally);
        }
        drop_world(&w);
    }
    print_message("%zu cases: %zu permitted, %zu in a set, %zu with existence, %zu consented, %zu against a parent, "
                  "%zu a crisis number, %zu a central number, %zu signals met, %zu to be called about\n",
                  tally.cases, tally.permitted, tally.known, tally.existence, tally.by_consent, tally.disagrees,
                  tally.crisis, tally.central, tally.met, tally.called);
    assert_true(tally.permitted > tally.cases / 50 && tally.known > tally.cases / 50);
    assert_true(tally.existence > tally.cases / 500 && tally.by_consent > tally.cases / 500);
    assert_true(tally.met > tally.cases / 1000 && tally.called > tally.cases / 4000);
    assert_true(tally.cases < 100000 || (tally.disagrees != 0 && tally.crisis != 0 && tally.central != 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(covenants_made_by_chance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
