/* Two covenants compared by what they do: tables of small covenants, and what is silent about covenants made by chance. */
#include "unit/policy/small.h"

#include "policy/decide.h"
#include "policy/diff.h"
#include "unit/policy/made.h"

enum { TEXT_MAX = 65536, WORLDS = 150, QUESTIONS = 60 };

/* ---- what came out, as lines ---- */

static void put_set(struct buf *out, uint32_t set, unsigned count, const char *(*word)(unsigned i))
{
    bool first = true;
    for (unsigned i = 0; i < count; i++) {
        if ((set >> i & 1U) != 0) {
            buf_format(out, "%s%s", first ? "" : "+", word(i));
            first = false;
        }
    }
}

static const char *category_at(unsigned i)
{
    return category_word((enum category)i);
}

static const char *domain_at(unsigned i)
{
    return life_domain_word((enum life_domain)i);
}

static void put_change(void *ctx, const struct diff_change *change)
{
    struct buf *out = ctx;
    buf_format(out, "%s %s %s(", diff_word(change->kind), change->purpose, change->asker);
    buf_text(out, change->whole_organisation ? "*" : "");
    for (size_t i = 0; i < change->role_count; i++) {
        buf_format(out, "%s%s", i == 0 ? "" : "+", change->roles[i]);
    }
    buf_format(out, ")<-%s ", change->giver);
    put_set(out, change->categories, CATEGORY_COUNT, category_at);
    buf_byte(out, ' ');
    put_set(out, change->domains, LIFE_DOMAIN_COUNT, domain_at);
    buf_format(out, " %zu>%zu\n", change->before_count, change->after_count);
}

static void put_fact(void *ctx, const struct diff_fact *fact)
{
    buf_format(ctx, "%s/%s/%s: %s > %s\n", fact->section, fact->code, fact->field, fact->before, fact->after);
}

static char *access_of(const struct covenant *before, const struct covenant *after)
{
    struct buf out;
    struct error err;
    buf_init(&out, TEXT_MAX);
    assert_int_equal(diff_access(before, after, put_change, &out, &err), RESULT_OK);
    buf_byte(&out, '\0');
    assert_true(buf_ok(&out));
    char *text = mem_strdup((const char *)out.ptr);
    assert_non_null(text);
    buf_free(&out);
    return text;
}

static char *facts_of(const struct covenant *before, const struct covenant *after)
{
    struct buf out;
    buf_init(&out, TEXT_MAX);
    diff_facts(before, after, put_fact, &out);
    buf_byte(&out, '\0');
    assert_true(buf_ok(&out));
    char *text = mem_strdup((const char *)out.ptr);
    assert_non_null(text);
    buf_free(&out);
    return text;
}

/* ---- rules ---- */

#define A     "\"a\""
#define B     "\"b\""
#define R1    "\"r1\""
#define R12   "\"r1\",\"r2\""
#define FIN   "\"financien\""
#define FIN_H "\"financien\",\"huisvesting\""
#define BASE  PERMIT("p", A, R12, B, FIN_H, "\"contact\",\"fase\"", CASE)

static const struct row {
    const char *what;
    const char *before;
    const char *after;
    const char *expected;
} rows[] = {
    {"the same", BASE, BASE, ""},
    {"another name", BASE, PERMIT("anders", A, R12, B, FIN_H, "\"contact\",\"fase\"", CASE), ""},
    {"split over roles, domains and categories", BASE,
     PERMIT("p1", A, R1, B, FIN_H, "\"contact\",\"fase\"", CASE) "," PERMIT(
         "p2", A, "\"r2\"", B, FIN, "\"contact\",\"fase\"",
         CASE) "," PERMIT("p3", A, "\"r2\"", B, "\"huisvesting\"", "\"contact\"",
                          CASE) "," PERMIT("p4", A, "\"r2\"", B, "\"huisvesting\"", "\"fase\"", CASE),
     ""},
    {"a rule that another one says already", BASE,
     BASE "," PERMIT("q", A, R1, B, FIN, "\"fase\"", CASE ",\"werkgebied\":true"), ""},
    {"a rule that a prohibition undoes", BASE,
     BASE "," PERMIT("q", A, R1, B, FIN, "\"status\"", CASE) "," FORBID("v", A, B, ",\"categorieen\":[\"status\"]"),
     ""},
    {"a category more", BASE, PERMIT("p", A, R12, B, FIN_H, "\"contact\",\"fase\",\"status\"", CASE),
     "erbij hulp a(r1+r2)<-b status financien+huisvesting 0>1\n"},
    {"a role less", BASE, PERMIT("p", A, R1, B, FIN_H, "\"contact\",\"fase\"", CASE),
     "eraf hulp a(r2)<-b contact+fase financien+huisvesting 1>0\n"},
    {"a prohibition over one domain", BASE, BASE "," FORBID("v", A, B, ",\"leefgebieden\":[\"financien\"]"),
     "eraf hulp a(r1+r2)<-b contact+fase financien 1>0\n"},
    {"the other way round is nobody's loss here", PERMIT("p", A, R1, B, FIN, "\"fase\"", CASE),
     PERMIT("p", B, R1, A, FIN, "\"fase\"", CASE),
     "eraf hulp a(r1)<-b fase financien 1>0\nerbij hulp b(r1)<-a fase financien 0>1\n"},
    {"a condition more", BASE, PERMIT("p", A, R12, B, FIN_H, "\"contact\",\"fase\"", CASE ",\"werkgebied\":true"),
     "strenger hulp a(r1+r2)<-b contact+fase financien+huisvesting 1>1\n"},
    {"a condition less", PERMIT("p", A, R1, B, FIN, "\"fase\"", CASE ",\"werkgebied\":true"),
     PERMIT("p", A, R1, B, FIN, "\"fase\"", CASE), "ruimer hulp a(r1)<-b fase financien 1>1\n"},
    {"shielded records too", PERMIT("p", A, R1, B, FIN, "\"fase\"", CASE),
     PERMIT("p", A, R1, B, FIN, "\"fase\"", CASE ",\"afgeschermd\":true"), "ruimer hulp a(r1)<-b fase financien 1>1\n"},
    {"consent asked", PERMIT("p", A, R1, B, FIN, "\"fase\"", CASE),
     PERMIT("p", A, R1, B, FIN, "\"fase\"", CASE ",\"toestemming\":\"avg-grond\""),
     "strenger hulp a(r1)<-b fase financien 1>1\n"},
    {"an age", PERMIT("p", A, R1, B, FIN, "\"fase\"", CASE ",\"leeftijd\":{\"van\":12,\"tot\":17}"),
     PERMIT("p", A, R1, B, FIN, "\"fase\"", CASE ",\"leeftijd\":{\"van\":16,\"tot\":17}"),
     "strenger hulp a(r1)<-b fase financien 1>1\n"},
    {"other conditions", PERMIT("p", A, R1, B, FIN, "\"fase\"", CASE ",\"werkgebied\":true"),
     PERMIT("p", A, R1, B, FIN, "\"fase\"", CASE ",\"eigenRegio\":true"), "anders hulp a(r1)<-b fase financien 1>1\n"},
    {"a second way", PERMIT("p", A, R1, B, FIN, "\"fase\"", CASE ",\"toestemming\":\"avg-grond\""),
     PERMIT("p", A, R1, B, FIN, "\"fase\"", CASE ",\"toestemming\":\"avg-grond\"") "," PERMIT(
         "q", A, R1, B, FIN, "\"fase\"", CASE ",\"toestemming\":\"instemming\""),
     "ruimer hulp a(r1)<-b fase financien 1>2\n"},
    {"existence waits for a set, and then all of the rule comes",
     PERMIT("p", A, R1, B, FIN, "\"bestaan\",\"fase\"", CASE),
     PERMIT("p", A, R1, B, FIN, "\"bestaan\",\"fase\"", CASE) "," FEED("s", A, B, FIN_H, "\"werkgebied\":true"),
     "erbij hulp a(r1)<-b bestaan+fase financien 0>1\nerbij hulp a(*)<-b bestaan financien+huisvesting 0>1\n"},
    {"existence forbidden to one role is forbidden to the set",
     PERMIT("p", A, R1, B, FIN, "\"bestaan\",\"fase\"", CASE) "," FEED("s", A, B, FIN, "\"werkgebied\":true"),
     PERMIT("p", A, R1, B, FIN, "\"bestaan\",\"fase\"",
            CASE) "," FEED("s", A, B, FIN, "\"werkgebied\":true") "," FORBID("v", A "],\"rollen\":[\"r2\"", B,
                                                                             ",\"categorieen\":[\"bestaan\"]"),
     "eraf hulp a(r1)<-b bestaan+fase financien 1>0\neraf hulp a(*)<-b bestaan financien 1>0\n"},
};

static void rules_are_compared_by_what_they_do(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct covenant *before = small(rows[i].before);
        struct covenant *after = small(rows[i].after);
        char *text = access_of(before, after);
        if (strcmp(text, rows[i].expected) != 0) {
            fail_msg("%s:\n%sinstead of\n%s", rows[i].what, text, rows[i].expected);
        }
        mem_free(text);
        covenant_free(before);
        covenant_free(after);
    }
}

static void what_one_gains_the_other_way_is_lost(void **state)
{
    (void)state;
    struct covenant *before = small(BASE);
    struct covenant *after = small(PERMIT("p", A, R1, B, FIN, "\"contact\",\"fase\",\"status\"", CASE));
    char *there = access_of(before, after);
    char *back = access_of(after, before);
    assert_non_null(strstr(there, "erbij hulp a(r1)<-b status financien 0>1\n"));
    assert_non_null(strstr(back, "eraf hulp a(r1)<-b status financien 1>0\n"));
    mem_free(there);
    mem_free(back);
    covenant_free(before);
    covenant_free(after);
}

/* ---- facts ---- */

static const struct {
    const char *from;
    const char *to;
    const char *expected;
} facts[] = {
    {"\"versie\":\"1\",\"geldigheid\"", "\"versie\":\"2\",\"geldigheid\"", "convenant//versie: 1 > 2\n"},
    {"\"tot\":\"2026-12-31\"", "\"tot\":\"2027-12-31\"", "convenant//geldigheid/tot: 2026-12-31 > 2027-12-31\n"},
    {"\"jeugdige\"", "\"beiden\"", "convenant//toestemming/bekwaamVanaf12: jeugdige > beiden\n"},
    {"\"maandenHoogstens\":24", "\"maandenHoogstens\":12", "convenant//toestemming/maandenHoogstens: 24 > 12\n"},
    {"\"dagen\":14", "\"dagen\":7", "convenant//reglement/dagen: 14 > 7\n"},
    {"\"reglement\":", "\"inzage\":{\"namenMedewerkers\":true},\"reglement\":",
     "convenant//inzage/namenMedewerkers: nee > ja\n"},
    {"\"tekst\":\"Reglement\"", "\"tekst\":\"Anders\"", "convenant//reglement/tekst: Reglement > Anders\n"},
    {"\"bewaarklasse\":1}", "\"bewaarklasse\":1,\"quota\":{\"perDag\":5}}", "doelen/hulp/quota/perDag:  > 5\n"},
    {"\"bewaarklasse\":1}", "\"bewaarklasse\":1,\"quota\":{\"perZaak\":16}}", "doelen/hulp/quota/perZaak:  > 16\n"},
    {"\"bewaarklasse\":1}", "\"bewaarklasse\":1,\"niveau\":2}", "doelen/hulp/niveau: 1 > 2\n"},
    {"\"bewaartermijnMaanden\":12,\"bewaarklasse\":1", "\"bewaartermijnMaanden\":24,\"bewaarklasse\":1",
     "doelen/hulp/bewaartermijnMaanden: 12 > 24\n"},
    {"\"vanaf\":\"2026-07-01\"", "\"vanaf\":\"2026-08-01\"", "grondslagen/later/vanaf: 2026-07-01 > 2026-08-01\n"},
    {"\"tekst\":\"Wet\",\"artikel\":\"1\",\"avg6\":\"e\"", "\"tekst\":\"Wet\",\"artikel\":\"1\",\"avg6\":\"c\"",
     "grondslagen/wet/avg6: e > c\n"},
    {"{\"code\":\"r2\",\"omschrijving\":\"R2\"}", "{\"code\":\"r3\",\"omschrijving\":\"R2\"}",
     "rollen/r2/: r2 > \nrollen/r3/:  > r3\n"},
    {"\"naam\":\"a\"", "\"naam\":\"A\"", "partijen/" SMALL_A "/naam: a > A\n"},
    {"\"werkgebied\":[\"9901\"]", "\"werkgebied\":[\"9901\",\"9902\"]",
     "partijen/" SMALL_A "/werkgebied: 9901 > 9901 9902\n"},
    {"\"fgContact\":\"x\"", "\"crisisnummer\":\"112\",\"fgContact\":\"x\"",
     "partijen/" SMALL_A "/crisisnummer:  > 112\n"},
    {"\"fgContact\":\"x\"", "\"clienten\":4000,\"openZaken\":12,\"fgContact\":\"x\"",
     "partijen/" SMALL_A "/clienten:  > 4000\npartijen/" SMALL_A "/openZaken:  > 12\n"},
    {"," SMALL_PARTY(SMALL_B, "b"), "", "partijen/" SMALL_B "/: b > \n"},
};

static void each_fact_that_changes_is_told_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
        char *text = replace(mem_strdup(SMALL_HEAD "\"regels\":[]}"), facts[i].from, facts[i].to);
        struct covenant *before = small("");
        struct covenant *after = parse(text);
        char *told = facts_of(before, after);
        assert_string_equal(told, facts[i].expected);
        mem_free(told);
        mem_free(text);
        covenant_free(before);
        covenant_free(after);
    }
}

/* What a covenant says of signals and tasks, changed in the sample; what comes out, facts in front. */
static const struct {
    const char *from, *to, *facts, *access;
} cooperation[] = {
    {"\"dagenGeldig\": 365", "\"dagenGeldig\": 30", "doelen/zorgsignaal/dagenGeldig: 365 > 30\n", ""},
    {"\"termijn\": {\"dagen\": 14}", "\"termijn\": {\"werkdagen\": 14}, \"reactieWerkdagen\": 3",
     "opdrachten/budgetplan/termijn: 14 dagen > 14 werkdagen\nopdrachten/budgetplan/reactieWerkdagen:  > 3\n", ""},
    {"\"termijnBedreigend\": {\"werkdagen\": 3},", "",
     "opdrachten/schuldhulp-eerste-gesprek/termijnBedreigend: 3 werkdagen > \n", ""},
    {"\"code\": \"wmo-onderzoek\",\n      \"omschrijving\": \"Onderzoeken welke ondersteuning iemand met schulden "
     "nodig "
     "heeft; wat schuldhulp weet gaat alleen met uitdrukkelijke toestemming naar het college\"",
     "\"code\": \"onderzoek\", \"omschrijving\": \"Kort\"",
     "opdrachten/wmo-onderzoek/: Onderzoeken welke ondersteuning iemand met schulden nodig heeft; wat schuldhulp weet "
     "gaat alleen met uitdrukkelijke toestemming naar het college > \nopdrachten/onderzoek/:  > Kort\n",
     ""},
    {"\"noemen\": \"bekend\"", "\"noemen\": \"verzegeld\"", "opdrachten/jeugdhulp-inzet/noemen: bekend > verzegeld\n",
     ""},
    {"\"inhoud\": [\"toelichting\"]", "\"inhoud\": [\"toelichting\", \"bedreigende-situatie\"]",
     "opdrachten/jeugdhulp-inzet/inhoud: toelichting > toelichting bedreigende-situatie\n", ""},
    {"\"toestemming\": \"avg-grond\",\n", "\n", "opdrachten/wmo-onderzoek/toestemming: avg-grond > \n", ""},
    {"\"vragers\": {\"soorten\": [\"schuldhulp\"], \"rollen\": [\"consulent\", \"regisseur\", "
     "\"partnerprofessional\"]}",
     "\"vragers\": {\"soorten\": [\"schuldhulp\", \"uwv\"], \"rollen\": [\"consulent\"]}",
     "opdrachten/wmo-onderzoek/vragers/soorten: schuldhulp > uwv schuldhulp\n"
     "opdrachten/wmo-onderzoek/vragers/rollen: consulent regisseur partnerprofessional > consulent\n",
     ""},
    {"\"grondslagUitvoeren\": \"wgs-8\",\n",
     "\"grondslagUitvoeren\": \"wams\", \"opheffingGeheimhouding\": \"wams\",\n",
     "opdrachten/budgetplan/grondslagUitvoeren: wgs-8 > wams\n"
     "opdrachten/budgetplan/opheffingGeheimhouding:  > wams\n",
     ""},
    {"\"werkgebied\": true, \"regime\": \"jeugd\"},", "\"werkgebied\": true, \"leeftijd\": {\"van\": 4}},",
     "opdrachten/jeugdhulp-inzet/voorwaarden: de vrager noemt een zaak of een melding; de betrokkene woont in het "
     "werkgebied van wie de opdracht uitvoert; de betrokkene is jonger dan 18, of jonger dan 23 met verlengde "
     "jeugdhulp "
     "> de vrager noemt een zaak of een melding; de betrokkene woont in het werkgebied van wie de opdracht uitvoert; "
     "de "
     "betrokkene is 4 jaar of ouder\n",
     ""},
    /* a rule about signals is in all life domains at once */
    {"\"grondslagVragen\": \"jeugdwet-7.4.0\",\n      \"grondslagGeven\": \"wpo-8\",\n      \"voorwaarden\": "
     "{\"signaal\": "
     "true, \"werkgebied\": true}",
     "\"grondslagVragen\": \"jeugdwet-7.4.0\",\n      \"grondslagGeven\": \"wpo-8\",\n      \"voorwaarden\": "
     "{\"signaal\": "
     "true}",
     "",
     "ruimer zorgsignaal cjg(generalist+consulent+regisseur+partnerprofessional)<-school contact "
     "financien+werk-en-dagbesteding+huisvesting+huiselijke-relaties+geestelijke-gezondheid+lichamelijke-gezondheid+"
     "verslaving+dagelijks-leven+sociaal-netwerk+maatschappelijke-participatie+justitie+onderwijs-en-opvoeding+"
     "veiligheid 1>1\n"},
};

static void signals_and_tasks_are_compared(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cooperation / sizeof *cooperation; i++) {
        char *text = sample_text();
        struct covenant *before = parse(text);
        text = replace(text, cooperation[i].from, cooperation[i].to);
        struct covenant *after = parse(text);
        char *told = facts_of(before, after);
        char *access = access_of(before, after);
        assert_string_equal(told, cooperation[i].facts);
        if (strcmp(access, cooperation[i].access) != 0) {
            fail_msg("row %zu: %s", i, access);
        }
        mem_free(told);
        mem_free(access);
        mem_free(text);
        covenant_free(before);
        covenant_free(after);
    }
}

static void more_rules_than_fit_are_refused(void **state)
{
    (void)state;
    struct buf rules;
    struct error err;
    buf_init(&rules, COVENANT_BYTES_MAX);
    for (int i = 0; i <= DIFF_ROWS_MAX; i++) {
        buf_format(
            &rules,
            "%s{\"id\":\"p%d\",\"doel\":\"hulp\",\"vrager\":{\"soorten\":[\"a\"],\"rollen\":[\"r1\"]},\"gever\":{"
            "\"soorten\":[\"b\"]},\"leefgebieden\":[\"financien\"],\"categorieen\":[\"fase\"],"
            "\"grondslagVragen\":\"wet\",\"grondslagGeven\":\"wet\",\"voorwaarden\":{" CASE "}}",
            i == 0 ? "" : ",", i);
    }
    buf_byte(&rules, '\0');
    struct covenant *many = small((const char *)rules.ptr);
    struct covenant *none = small("");
    assert_int_equal(diff_access(none, many, put_change, &rules, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_TOO_LARGE);
    covenant_free(many);
    covenant_free(none);
    buf_free(&rules);
}

/* ---- by chance ---- */

static struct covenant *made(struct chance *chance, uint64_t head, uint64_t rules, size_t count, bool reordered)
{
    struct buf text;
    struct buf other;
    struct error err;
    struct json *document = NULL;
    struct covenant *covenant = NULL;
    struct fault_list faults = {0};
    buf_init(&text, COVENANT_BYTES_MAX);
    buf_init(&other, COVENANT_BYTES_MAX);
    made_covenant(&made_small, head, rules, count, slice_of(NULL, 0), &text);
    assert_int_equal(json_parse(buf_slice(&text), &document, &err), RESULT_OK);
    made_reordered(document, chance, true, &other);
    assert_int_equal(covenant_parse(buf_slice(reordered ? &other : &text), &covenant, &faults), RESULT_OK);
    json_free(document);
    buf_free(&text);
    buf_free(&other);
    return covenant;
}

struct seen {
    bool any;
    struct policy_decision decision;
    const struct policy_request *request;
    const char *domain;
    const struct covenant *covenant;
};

static void covers_decision(void *ctx, const struct matrix_row *row)
{
    struct seen *seen = ctx;
    enum life_domain domain;
    bool role = false;
    assert_true(life_domain_parse(slice_text(seen->domain), &domain));
    for (size_t i = 0; i < matrix_role_count(seen->covenant); i++) {
        role = role || ((row->roles >> i & 1U) != 0 && slice_is(seen->request->role, matrix_role(seen->covenant, i)));
    }
    if (role && !row->feeds_set && row->in_force && (row->domains >> domain & 1U) != 0) {
        seen->decision.categories &= ~row->categories;
    }
}

static struct policy_decision decide(const struct covenant *covenant, const struct made_question *q, struct seen *seen)
{
    static struct policy_request request;
    struct date birth = {0};
    struct date extended = {0};
    struct policy_decision out;
    (void)date_parse(slice_text(q->facts.birth), &birth);
    (void)date_parse(slice_text(q->facts.extended_youth_care), &extended);
    request = (struct policy_request){
        .requester = party(covenant, q->facts.requester),
        .provider = party(covenant, q->facts.provider),
        .purpose = slice_text(q->facts.purpose),
        .basis = slice_text(q->facts.basis),
        .role = slice_text(q->facts.role),
        .has_case = q->facts.has_case,
        .has_report = q->facts.has_report,
        .report_open = q->facts.report_open,
        .order_in_force = q->facts.order_in_force,
    };
    (void)date_parse(slice_text(q->facts.today), &request.today);
    const struct policy_subject subject = {birth, q->facts.municipality, extended, q->consent, q->facts.restricted};
    const struct policy_record record = {slice_text(q->facts.domain), q->facts.shielded, false};
    policy_may_answer(covenant, &request, &subject, &record, &out);
    *seen = (struct seen){out.permit, out, &request, q->facts.domain, covenant};
    return out;
}

static size_t kind_number(const struct covenant *covenant, const char *kind)
{
    size_t i = 0;
    while (strcmp(matrix_kind(covenant, i), kind) != 0) {
        i++;
    }
    return i;
}

static size_t purpose_number(const struct covenant *covenant, struct slice code)
{
    size_t i = 0;
    while (!slice_is(code, covenant_purpose_at(covenant, i)->code)) {
        i++;
    }
    return i;
}

/* Whatever is released stands in a row. */
static void check_rows(const struct covenant *covenant, struct seen *seen)
{
    if (seen->any) {
        matrix_rows(covenant, purpose_number(covenant, seen->request->purpose),
                    kind_number(covenant, seen->request->requester->kind),
                    kind_number(covenant, seen->request->provider->kind), &seen->request->today, covers_decision, seen);
        assert_int_equal(seen->decision.categories, 0);
    }
}

struct blamed {
    const char *purpose, *asker, *giver;
    bool found;
};

static void find_blame(void *ctx, const struct diff_change *change)
{
    struct blamed *b = ctx;
    b->found = b->found || (strcmp(b->purpose, change->purpose) == 0 && strcmp(b->asker, change->asker) == 0 &&
                            strcmp(b->giver, change->giver) == 0);
}

/* Every decision stands in the matrix; a covenant in another order is no other one; and two that decide a question
 * differently are told to differ there. */
static void decisions_rows_and_differences_agree(void **state)
{
    (void)state;
    struct chance chance = chance_from(20260607);
    size_t released = 0;
    size_t differing = 0;
    for (size_t w = 0; w < WORLDS; w++) {
        struct error err;
        struct made_question q;
        struct seen seen;
        const uint64_t head = chance_below(&chance, UINT32_MAX);
        const uint64_t rules = chance_below(&chance, UINT32_MAX);
        struct covenant *one = made(&chance, head, rules, made_small.rules, false);
        struct covenant *same = made(&chance, head, rules, made_small.rules, true);
        struct covenant *fewer = made(&chance, head, rules, made_small.rules - 2, false);
        char *silent = access_of(one, same);
        assert_string_equal(silent, "");
        mem_free(silent);
        for (size_t i = 0; i < QUESTIONS; i++) {
            made_question(&made_small, &chance, &q);
            if (party(one, q.facts.requester) == NULL || party(one, q.facts.provider) == NULL) {
                continue;
            }
            const struct policy_decision before = decide(one, &q, &seen);
            check_rows(one, &seen);
            const struct policy_decision after = decide(fewer, &q, &seen);
            check_rows(fewer, &seen);
            released += before.permit;
            if (before.categories != after.categories) {
                struct blamed b = {q.facts.purpose, party(one, q.facts.requester)->kind,
                                   party(one, q.facts.provider)->kind, false};
                assert_int_equal(diff_access(one, fewer, find_blame, &b, &err), RESULT_OK);
                assert_true(b.found);
                differing++;
            }
        }
        covenant_free(one);
        covenant_free(same);
        covenant_free(fewer);
    }
    assert_true(released > 100);
    assert_true(differing > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_are_compared_by_what_they_do),   cmocka_unit_test(what_one_gains_the_other_way_is_lost),
        cmocka_unit_test(each_fact_that_changes_is_told_alone), cmocka_unit_test(more_rules_than_fit_are_refused),
        cmocka_unit_test(decisions_rows_and_differences_agree), cmocka_unit_test(signals_and_tasks_are_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
