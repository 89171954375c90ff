/* lint.h: the sample is clean; each smell, made alone, is told alone, with its place; all faults come, past any bound of
 * a list; versions that replace each other. */
#include "unit/policy/help.h"

#include "base/buf.h"
#include "policy/lint.h"

enum { HEARD_MAX = 64 };

struct heard {
    size_t count;
    struct lint_finding items[HEARD_MAX];
};

static void hear(void *context, const struct lint_finding *finding)
{
    struct heard *heard = context;
    if (heard->count < HEARD_MAX) {
        heard->items[heard->count] = *finding;
    }
    heard->count++;
}

static void the_sample_is_clean(void **state)
{
    (void)state;
    char *text = sample_text();
    struct heard heard = {0};
    const struct lint_count count = lint_covenant(slice_text(text), hear, &heard);
    if (heard.count != 0) {
        fail_msg("%s at %s: %s", lint_word(heard.items[0].kind), heard.items[0].where, heard.items[0].what);
    }
    assert_int_equal(count.objections + count.remarks, 0);
    mem_free(text);
}

struct smell {
    enum lint_kind kind;
    const char *from; /* in the sample */
    const char *to;
    const char *where;
    size_t times; /* such findings, and no others */
};

/* A rule that is put before the first one. */
#define RULES "  \"regels\": [\n"
#define RULE(id, asks, roles, gives, domains, categories, ask, give, rest)                                             \
    RULES "{\"id\":\"" id "\",\"doel\":\"hulpafstemming\",\"vrager\":{\"soorten\":[\"" asks "\"]" roles                \
          "},\"gever\":{\"soorten\":[\"" gives "\"]},\"leefgebieden\":[\"" domains "\"],\"categorieen\":[" categories  \
          "],\"grondslagVragen\":\"" ask "\",\"grondslagGeven\":\"" give "\"," rest "},\n"
/* The same with a rule for the set without which it could not be asked: two rules, and what is wrong with both. */
#define RULE_AND_SET(id, asks, roles, gives, domains, categories, ask, give, rest)                                     \
    RULE(id, asks, roles, gives, domains, categories, ask, give, rest)                                                 \
    "{\"id\":\"" id "-set\",\"doel\":\"hulpafstemming\",\"vrager\":{\"soorten\":[\"" asks                              \
    "\"]},\"gever\":{\"soorten\":[\"" gives "\"]},\"leefgebieden\":[\"" domains                                        \
    "\"],\"categorieen\":[\"bestaan\"],\"grondslagVragen\":\"" ask "\",\"grondslagGeven\":\"" give                     \
    "\",\"opzoekset\":true,\"voorwaarden\":{}},\n"
#define TEAM        ",\"rollen\":[\"generalist\"]"
#define CASE        "\"voorwaarden\":{\"zaakOfMelding\":true}"
#define CONTACT     "\"contact\""
#define BASES       "  \"grondslagen\": [\n"
#define BASIS(rest) BASES "{\"code\":\"nieuw\",\"tekst\":\"x\",\"artikel\":\"x\"," rest "},\n"

#define SET_OF_PUPILS "{\"werkgebied\": true, \"leeftijd\": {\"van\": 4, \"tot\": 17}}"
#define PUPILS(age)   "{\"werkgebied\": true, \"leeftijd\": " age "}"

/* Rules about signals, from or to a party whose secrecy a duty to speak lifts. */
#define SIGNAL(id, asks, roles, gives, category, ask, rest)                                                            \
    "{\"id\":\"" id "\",\"doel\":\"zorgsignaal\",\"vrager\":{\"soorten\":[\"" asks "\"]" roles                         \
    "},\"gever\":{\"soorten\":[\"" gives "\"]},\"categorieen\":[\"" category "\"],\"grondslagVragen\":\"" ask          \
    "\",\"grondslagGeven\":\"jeugdwet-7.4.0\",\"opheffingGeheimhouding\":\"jeugdwet-7.4.0\"," rest                     \
    "\"voorwaarden\":{\"signaal\":true}},\n"
#define SIGNAL_SET(id, asks, gives, ask)     SIGNAL(id, asks, "", gives, "bestaan", ask, "\"opzoekset\":true,")
#define SIGNAL_CONTACT(id, asks, gives, ask) SIGNAL(id, asks, TEAM, gives, "contact", ask, "")
#define SET_OF_HELP(id, purpose, asks, gives)                                                                          \
    "{\"id\":\"" id "\",\"doel\":\"" purpose "\",\"vrager\":{\"soorten\":[\"" asks                                     \
    "\"]},\"gever\":{\"soorten\":[\"" gives                                                                            \
    "\"]},\"leefgebieden\":[\"financien\"],\"categorieen\":[\"bestaan\"],\"grondslagVragen\":\"wmo-5.1.1\","           \
    "\"grondslagGeven\":\"wgs-8\",\"opzoekset\":true,\"voorwaarden\":{}},\n"
#define TASKS "  \"opdrachten\": [\n"
#define TASK(asks, does, domain, ask, give, rest)                                                                      \
    TASKS "{\"code\":\"nieuw\",\"omschrijving\":\"x\",\"vragers\":{\"soorten\":[\"" asks                               \
          "\"],\"rollen\":[\"regisseur\"]},\"uitvoerders\":{\"soorten\":[\"" does "\"]},\"leefgebieden\":[\"" domain   \
          "\"],\"grondslagVragen\":\"" ask "\",\"grondslagUitvoeren\":\"" give "\"," rest                              \
          "\"voorwaarden\":{\"zaakOfMelding\":true},\"noemen\":\"verzegeld\",\"inhoud\":[],\"termijn\":{\"dagen\":1}}" \
          ",\n"

static const struct smell smells[] = {
    /* a category without bases for asking and giving */
    {LINT_NO_BASIS, "      \"grondslagVragen\": \"wmo-5.1.1\",\n      \"grondslagGeven\": \"wpo-8\",\n",
     "      \"grondslagGeven\": \"wpo-8\",\n", "/regels/1/grondslagVragen", 1},
    {LINT_NO_BASIS, "      \"grondslagGeven\": \"wpo-8\",\n", "", "/regels/1/grondslagGeven", 1},
    /* consent as the only ground of a public task; a landlord has none */
    {LINT_CONSENT_ALONE, "\"artikel\": \"Wet op het primair onderwijs artikel 8\", \"avg6\": \"e\"",
     "\"artikel\": \"Wet op het primair onderwijs artikel 8\", \"avg6\": \"a\"", "/regels/1/grondslagGeven", 18},
    {LINT_FAULT,
     "\"artikel\": \"Wet gemeentelijke schuldhulpverlening artikel 8b; Besluit gemeentelijke "
     "schuldhulpverlening\", \"avg6\": \"c\"",
     "\"artikel\": \"Wet gemeentelijke schuldhulpverlening artikel 8b; Besluit gemeentelijke schuldhulpverlening\", "
     "\"avg6\": \"a\"",
     "", 0},
    /* no consent where the statute demands it */
    {LINT_CONSENT_MISSING, ", \"toestemming\": \"avg-grond\"", "", "/regels/0/voorwaarden", 1},
    /* no consent, and no duty to speak, where a party is bound to secrecy */
    {LINT_SECRECY, "      \"opheffingGeheimhouding\": \"jeugdwet-7.4.0\",\n", "", "/regels/2/gever", 1},
    {LINT_SECRECY, "\"opheffingGeheimhouding\": \"jeugdwet-7.4.0\"", "\"opheffingGeheimhouding\": \"wpo-8\"",
     "/regels/2/opheffingGeheimhouding", 1},
    {LINT_SECRECY,
     "{\"zaakOfMelding\": true, \"werkgebied\": true, \"regime\": \"jeugd\", \"toestemming\": "
     "\"opheffen-geheimhouding\"}",
     "{\"zaakOfMelding\": true, \"werkgebied\": true, \"regime\": \"jeugd\", \"toestemming\": \"avg-grond\"}",
     "/regels/13/gever", 1},
    /* special categories without their extra ground */
    {LINT_SPECIAL, RULES,
     RULE_AND_SET("nieuw", "gebiedsteam", TEAM, "uwv", "verslaving", CONTACT, "wmo-5.1.1", "suwi-54", CASE),
     "/regels/0/grondslagVragen", 4},
    {LINT_SPECIAL, RULES,
     RULE_AND_SET("nieuw", "gebiedsteam", TEAM, "uwv", "geestelijke-gezondheid", CONTACT, "wmo-5.1.6", "suwi-54", CASE),
     "/regels/0/grondslagGeven", 2},
    {LINT_SPECIAL, RULES,
     RULE_AND_SET("nieuw", "gebiedsteam", TEAM, "uwv", "justitie", CONTACT, "wmo-5.1.6", "jeugdwet-7.3.11-4", CASE),
     "/regels/0/grondslagGeven", 2},
    /* matching by a party without BSN ground */
    {LINT_NO_BSN_GROUND, "\"bsnGrondslag\": \"wvggz-bsn\", ", "", "/partijen/9", 1},
    {LINT_NO_BSN_GROUND, "\"bsnDoelen\": [\"leerplicht\"]", "\"bsnDoelen\": [\"toezicht\"]", "/partijen/4/bsnDoelen",
     1},
    /* a set-feeding rule with request-time conditions */
    {LINT_SET_REQUEST_TIME, "\"opzoekset\": true,\n      \"voorwaarden\": {",
     "\"opzoekset\": true,\n      \"voorwaarden\": {\"zaakOfMelding\": true, ", "/regels/26/voorwaarden/zaakOfMelding",
     1},
    {LINT_SET_REQUEST_TIME, "\"opzoekset\": true,\n      \"voorwaarden\": {",
     "\"opzoekset\": true,\n      \"voorwaarden\": {\"meldingOpen\": true, ", "/regels/26/voorwaarden/meldingOpen", 1},
    {LINT_SET_REQUEST_TIME, "\"vrager\": {\"soorten\": [\"gebiedsteam\"]}",
     "\"vrager\": {\"soorten\": [\"gebiedsteam\"], \"rollen\": [\"regisseur\"]}", "/regels/26/vrager/rollen", 1},
    /* fraud or criminal investigation as purpose */
    {LINT_INVESTIGATION, "Nagaan of een leerling", "Opsporing: nagaan of een leerling", "/doelen/2/omschrijving", 1},
    {LINT_INVESTIGATION, "{\"code\": \"toezicht\"", "{\"code\": \"fraude\"", "/doelen/11/code", 1},
    /* a purpose without retention */
    {LINT_NO_RETENTION, ", \"bewaartermijnMaanden\": 36", "", "/doelen/2/bewaartermijnMaanden", 1},
    {LINT_NO_RETENTION, ", \"bewaarklasse\": 3", "", "/doelen/2/bewaarklasse", 1},
    /* no DPIA reference */
    {LINT_NO_DPIA, "  \"dpia\": \"Voorbeeld: DPIA Ketensamenwerking Zandland, vastgesteld door alle partijen\",\n", "",
     "/dpia", 1},
    /* unreachable */
    {LINT_UNREACHABLE, "\"avg6\": \"e\", \"heftGeheimhoudingOp\": true, \"vanaf\": \"2099-01-01\"",
     "\"avg6\": \"e\", \"heftGeheimhoudingOp\": true, \"tot\": \"2024-12-31\"", "/regels/12", 2},
    {LINT_UNREACHABLE, RULES,
     RULE_AND_SET("nieuw", "schuldhulp", TEAM, "schuldhulp", "financien", CONTACT, "wgs-8", "wgs-8", CASE),
     "/regels/0/gever", 2},
    {LINT_UNREACHABLE, "localhost:17843\", \"niveau\": 4", "localhost:17843\", \"niveau\": 3", "/regels/24/doel", 2},
    /* nobody is in a set: for one domain, for a rule that does not name existence, for an urgent purpose, at any age, and
     * for one of two kinds that give; where a kind has no ground for the BSN that is what is told */
    {LINT_NO_SET, "[\"onderwijs-en-opvoeding\"],\n      \"categorieen\": [\"bestaan\", \"contact\"]",
     "[\"onderwijs-en-opvoeding\", \"financien\"],\n      \"categorieen\": [\"bestaan\", \"contact\"]",
     "/regels/1/leefgebieden", 1},
    {LINT_NO_SET, RULES, RULE("nieuw", "schuldhulp", TEAM, "school", "financien", CONTACT, "wgs-8", "wpo-8", CASE),
     "/regels/0", 1},
    {LINT_NO_SET,
     "\"gever\": {\"soorten\": [\"schuldhulp\"]},\n      \"leefgebieden\": [\"financien\", \"huisvesting\"],\n      "
     "\"categorieen\": [\"bestaan\", \"contact\", \"fase\"],\n      \"grondslagVragen\": \"bw-1-257\"",
     "\"gever\": {\"soorten\": [\"schuldhulp\", \"uwv\"]},\n      \"leefgebieden\": [\"financien\", "
     "\"huisvesting\"],\n      \"categorieen\": [\"bestaan\", \"contact\", \"fase\"],\n      \"grondslagVragen\": "
     "\"bw-1-257\"",
     "/regels/15", 1},
    {LINT_NO_SET, SET_OF_PUPILS, PUPILS("{\"van\": 18}"), "/regels/10", 1},
    {LINT_NO_SET, SET_OF_PUPILS, PUPILS("{\"tot\": 3}"), "/regels/10", 1},
    {LINT_FAULT, SET_OF_PUPILS, PUPILS("{\"van\": 17, \"tot\": 30}"), "", 0},
    /* quotas that leave no room for one batch, or count cases that nobody named */
    {LINT_QUOTA, "\"perDag\": 2000", "\"perDag\": 7", "/doelen/0/quota", 1},
    {LINT_FAULT, "\"perDag\": 2000", "\"perDag\": 8", "", 0},
    {LINT_QUOTA, "\"openZaken\": 1200, ", "", "/partijen/0", 1},
    /* a purpose with sets that is not bounded for each term; urgent ones, and those without sets, need not be */
    {LINT_QUOTA,
     ", \"quota\": {\"perDag\": 500, \"perPeriode\": 5000, \"perJaar\": 50000}},\n    {\"code\": \"onderzoek",
     "},\n    {\"code\": \"onderzoek", "/doelen/2", 1},
    {LINT_QUOTA, "{\"perDag\": 2000, ", "{", "/doelen/0", 1},
    {LINT_QUOTA, "\"perJaar\": 120000, ", "", "/doelen/1", 1},
    {LINT_QUOTA, "\"perDag\": 500, \"perPeriode\": 5000, \"perJaar\": 50000}},\n    {\"code\": \"onderzoek",
     "\"perDag\": 500, \"perJaar\": 50000}},\n    {\"code\": \"onderzoek", "/doelen/2", 1},
    {LINT_FAULT, "\"perPeriode\": 20000, ", "", "", 0}, /* perZaak bounds an epoch */
    {LINT_FAULT,
     "\"spoed\": true, \"quota\": {\"perDag\": 200, \"perPeriode\": 2000, \"perJaar\": 20000}},\n    {\"code\": "
     "\"uitvoering",
     "\"spoed\": true},\n    {\"code\": \"uitvoering", "", 0},
    {LINT_NO_CLIENTS, "\"clienten\": 4000, ", "", "/partijen/0", 1},
    {LINT_NO_NUMBER, ", \"crisisnummer\": \"0990 555 110\"", "", "/partijen/9", 1},
    {LINT_NO_NUMBER, ", \"centraalNummer\": \"0990 555 080\"", "", "/partijen/6", 1},
    /* contradictory */
    {LINT_CONTRADICTION,
     "\"gever\": {\"soorten\": [\"schuldhulp\", \"gebiedsteam\", \"uwv\"]},\n      "
     "\"leefgebieden\": [\"financien\"]",
     "\"gever\": {\"soorten\": [\"schuldhulp\", \"uwv\"]},\n      \"leefgebieden\": [\"financien\", \"huisvesting\"]",
     "/regels/5", 2},
    {LINT_CONTRADICTION, "\"regime\": \"jeugd\"", "\"regime\": \"jeugd\", \"leeftijd\": {\"van\": 23}",
     "/regels/13/voorwaarden/leeftijd", 1},
    {LINT_CONTRADICTION, "\"regime\": \"volwassen\"", "\"regime\": \"volwassen\", \"leeftijd\": {\"tot\": 17}",
     "/regels/25/voorwaarden/leeftijd", 1},
    {LINT_CONTRADICTION, "\"maatregel\": true", "\"maatregel\": true, \"toestemming\": \"instemming\"",
     "/regels/15/voorwaarden/toestemming", 1},
    /* says nothing that another does not: the same, and the narrower */
    {LINT_REDUNDANT, RULES,
     RULE("nieuw", "gebiedsteam", TEAM, "uwv", "werk-en-dagbesteding", CONTACT, "wmo-5.1.1", "suwi-54",
          "\"voorwaarden\":{\"melding\":true,\"werkgebied\":true}"),
     "/regels/0", 1},
    /* signals that never meet, that no one may call about, that tell of a shelter, that are in no set */
    {LINT_SIGNAL_ONE_WAY, RULES,
     RULES SIGNAL_CONTACT("nieuw", "gebiedsteam", "ggz", "wmo-5.1.1")
         SIGNAL_SET("nieuw-set", "gebiedsteam", "ggz", "wmo-5.1.1"),
     "/regels/1", 1},
    {LINT_SIGNAL_NO_CONTACT, RULES,
     RULES SIGNAL_SET("nieuw", "gebiedsteam", "ggz", "wmo-5.1.1")
         SIGNAL_SET("terug", "ggz", "gebiedsteam", "jeugdwet-7.4.0"),
     "/regels/0", 2},
    {LINT_SIGNAL_SHELTER, "\"werkgebied\": [\"9901\", \"9902\"], \"clienten\": 3000",
     "\"werkgebied\": [\"9901\", \"9902\"], \"centraalNummer\": \"0990 555 080\", \"clienten\": 3000",
     "/regels/48/gever", 8},
    {LINT_NO_SET, RULES, RULES SIGNAL_CONTACT("nieuw", "gebiedsteam", "ggz", "wmo-5.1.1"), "/regels/0", 1},
    {LINT_NO_SET, RULES, /* a set about involvements lets nobody know of a signal, and the other way round */
     RULES SIGNAL_CONTACT("nieuw", "gebiedsteam", "schuldhulp", "wmo-5.1.1")
         SET_OF_HELP("nieuw-set", "zorgsignaal", "gebiedsteam", "schuldhulp"),
     "/regels/0", 1},
    {LINT_CONTRADICTION, RULES, /* a prohibition on one life domain hits a signal */
     RULES "{\"id\":\"nooit\",\"doel\":\"zorgsignaal\",\"vrager\":{\"soorten\":[\"uwv\"]},\"gever\":{\"soorten\":["
           "\"gebiedsteam\"]},\"leefgebieden\":[\"justitie\"],\"verbod\":true},\n",
     "/regels/63", 2},
    /* kinds of task: bases, consent, secrecy, special categories, days, levels, ages, and whom a key could name */
    {LINT_CONSENT_MISSING, "      \"toestemming\": \"avg-grond\",\n", "", "/opdrachten/2/voorwaarden", 1},
    {LINT_SECRECY, "\"toestemming\": \"opheffen-geheimhouding\",\n      \"voorwaarden\"",
     "\"toestemming\": \"avg-grond\",\n      \"voorwaarden\"", "/opdrachten/3/uitvoerders", 1},
    {LINT_SECRECY, TASKS, TASK("jeugdhulp", "schuldhulp", "financien", "jeugdwet-7.4.0", "wgs-8", ""),
     "/opdrachten/0/uitvoerders", 1},
    {LINT_SECRECY, TASKS,
     TASK("gebiedsteam", "schuldhulp", "financien", "wmo-5.1.1", "wgs-8", "\"opheffingGeheimhouding\":\"wgs-8\","),
     "/opdrachten/0/opheffingGeheimhouding", 1},
    {LINT_SPECIAL, TASKS, TASK("gebiedsteam", "schuldhulp", "verslaving", "wmo-5.1.6", "wgs-8", ""),
     "/opdrachten/0/grondslagUitvoeren", 1},
    {LINT_UNREACHABLE, TASKS, TASK("gebiedsteam", "schuldhulp", "financien", "verwijsindex", "wgs-8", ""),
     "/opdrachten/0", 1},
    {LINT_UNREACHABLE, TASKS, TASK("gebiedsteam", "uwv", "financien", "wmo-5.1.1", "suwi-54", ""), "/opdrachten/0", 1},
    {LINT_UNREACHABLE, TASKS, TASK("gebiedsteam", "gebiedsteam", "financien", "wmo-5.1.1", "wmo-5.1.1", ""),
     "/opdrachten/0/uitvoerders", 1},
    {LINT_NO_SET,
     "\"gever\": {\"soorten\": [\"jeugdhulp\"]},\n      \"leefgebieden\": [\"onderwijs-en-opvoeding\", "
     "\"huiselijke-relaties\", \"dagelijks-leven\"],\n      \"categorieen\": [\"bestaan\"],\n      "
     "\"grondslagVragen\": \"jeugdwet-7.4.0\",\n      \"grondslagGeven\": \"jeugdwet-7.3.11-1\",\n      \"opzoekset\": "
     "true,\n      \"voorwaarden\": {\"werkgebied\": true, \"regime\": \"jeugd\", \"toestemming\": "
     "\"opheffen-geheimhouding\"},\n      \"verplichtingen\": [\"niet-voor-handhaving\", \"alleen-inzien\"]\n    }\n  "
     "],",
     "\"gever\": {\"soorten\": [\"jeugdhulp\"]},\n      \"verbod\": true\n    }\n  ],", "/opdrachten/3/noemen", 1},
    {LINT_CONTRADICTION, "\"werkgebied\": true, \"regime\": \"jeugd\"},",
     "\"werkgebied\": true, \"regime\": \"jeugd\", \"leeftijd\": {\"van\": 23}},", "/opdrachten/3/voorwaarden/leeftijd",
     1},
    /* a remark, no objection */
    {LINT_NO_PARTY, "\"soort\": \"ggz\"", "\"soort\": \"gi\"", "/soorten/10", 1},
    /* any other fault */
    {LINT_FAULT, "\"dagen\": 14", "\"dagen\": 0", "/reglement/dagen", 1},
    {LINT_FAULT, "\"voorbeeld\": true,", "\"voorbeeld\": true,,", "", 1},
    {LINT_FAULT, "\"dagen\": 14", "\"dagen\": 14.0", "", 1},
};

static void each_smell_is_told_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(smells); i++) {
        struct heard heard = {0};
        char *text = replace(sample_text(), smells[i].from, smells[i].to);
        const struct lint_count count = lint_covenant(slice_text(text), hear, &heard);
        bool placed = smells[i].times == 0;
        for (size_t k = 0; k < heard.count && k < HEARD_MAX; k++) {
            if (heard.items[k].kind != smells[i].kind) {
                fail_msg("row %zu (%s): also %s at %s: %s", i, lint_word(smells[i].kind),
                         lint_word(heard.items[k].kind), heard.items[k].where, heard.items[k].what);
            }
            placed = placed || strcmp(heard.items[k].where, smells[i].where) == 0;
            assert_true(heard.items[k].line > 0 && heard.items[k].what[0] != '\0');
        }
        if (heard.count != smells[i].times || !placed) {
            fail_msg("row %zu (%s): %zu findings, first at %s: %s", i, lint_word(smells[i].kind), heard.count,
                     heard.items[0].where, heard.items[0].what);
        }
        assert_int_equal(count.objections, lint_objects(smells[i].kind) ? heard.count : 0);
        mem_free(text);
    }
}

/* Values for each case, times the cases, make less than one batch; one more case makes enough. */
static void cases_must_make_a_batch(void **state)
{
    (void)state;
    static const char *const cases[] = {"\"openZaken\": 7", "\"openZaken\": 8"};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct heard heard = {0};
        char *text =
            replace(replace(sample_text(), "\"perZaak\": 16", "\"perZaak\": 1"), "\"openZaken\": 1200", cases[i]);
        (void)lint_covenant(slice_text(text), hear, &heard);
        assert_int_equal(heard.count, 1 - i);
        if (heard.count != 0) {
            assert_int_equal(heard.items[0].kind, LINT_QUOTA);
            assert_string_equal(heard.items[0].where, "/partijen/0/openZaken");
        }
        mem_free(text);
    }
}

static void every_kind_has_its_row(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < LINT_CHAIN; kind++) {
        bool seen = false;
        for (size_t i = 0; i < COUNT_OF(smells); i++) {
            seen = seen || (smells[i].kind == kind && smells[i].times != 0);
        }
        if (!seen) {
            fail_msg("no row makes %s", lint_word((enum lint_kind)kind));
        }
    }
    assert_string_equal(lint_word(LINT_KIND_COUNT), "");
}

static void places_are_lines_and_columns(void **state)
{
    (void)state;
    struct heard heard = {0};
    char *text = replace(sample_text(), "\"dagen\": 14", "\"dagen\": 0");
    (void)lint_covenant(slice_text(text), hear, &heard);
    assert_int_equal(heard.count, 1);
    const char *at = strstr(text, "\"dagen\": 0") + strlen("\"dagen\": ");
    unsigned line = 1;
    for (const char *p = text; p < at; p++) {
        line += *p == '\n';
    }
    assert_int_equal(heard.items[0].line, line);
    const char *start = at;
    while (start[-1] != '\n') {
        start--;
    }
    assert_int_equal(heard.items[0].column, at - start + 1); /* the text of the regulation is plain ASCII */
    mem_free(text);
}

/* More than a list of faults keeps, and more than one look tells. */
static void all_faults_are_told_up_to_the_bound(void **state)
{
    (void)state;
    static const size_t counts[] = {40, LINT_FINDINGS_MAX, LINT_FINDINGS_MAX + 1};
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        struct buf out;
        struct heard heard = {0};
        buf_init(&out, COVENANT_BYTES_MAX);
        buf_text(&out, RULES);
        for (size_t n = 0; n < counts[i]; n++) {
            buf_text(&out, "7,");
        }
        buf_byte(&out, '\0');
        char *text = replace(sample_text(), RULES, (const char *)out.ptr);
        const struct lint_count count = lint_covenant(slice_text(text), hear, &heard);
        assert_int_equal(count.objections, counts[i]);
        assert_int_equal(heard.count, counts[i] < LINT_FINDINGS_MAX ? counts[i] : LINT_FINDINGS_MAX);
        assert_string_equal(heard.items[39].where, "/regels/39");
        mem_free(text);
        buf_free(&out);
    }
}

static bool clean_with_allocations(const char *text, long count)
{
    struct heard heard = {0};
    mem_fail_after(count);
    const struct lint_count found = lint_covenant(slice_text(text), hear, &heard);
    mem_fail_after(-1);
    return found.objections == 0;
}

/* Each allocation of the beginning and of the end, and some of those between: most of them are one value of JSON. */
static void a_full_heap_is_no_clean_covenant(void **state)
{
    enum { EDGE = 200, STEP = 23, MOST = 65536 };
    (void)state;
    char *text = sample_text();
    long few = 0;
    long enough = MOST;
    assert_true(clean_with_allocations(text, enough));
    while (enough - few > 1) {
        const long middle = (few + enough) / 2;
        *(clean_with_allocations(text, middle) ? &enough : &few) = middle;
    }
    assert_true(enough > 2 * EDGE);
    for (long n = 0; n < enough; n += n < EDGE || n >= enough - EDGE ? 1 : STEP) {
        if (clean_with_allocations(text, n)) {
            fail_msg("clean with %ld of %ld allocations", n, enough);
        }
    }
    mem_free(text);
}

struct chain_row {
    struct lint_version versions[4];
    size_t count;
    size_t findings;
    size_t version; /* of the first finding */
    const char *where;
};

static const struct chain_row chains[] = {
    {{{"a", NULL, "1"}}, 1, 0, 0, ""},
    {{{"a", NULL, "1"}, {"b", "a", "2"}, {"c", "b", "3"}}, 3, 0, 0, ""},
    {{{"c", "b", "3"}, {"a", NULL, "1"}, {"b", "a", "2"}}, 3, 0, 0, ""}, /* in whatever order */
    {{{"b", "a", "2"}, {"c", "b", "3"}}, 2, 0, 0, ""},                   /* the oldest may replace one not given */
    {{{"a", NULL, "1"}, {"c", "b", "3"}}, 2, 1, 1, "/voorganger"},
    {{{"a", NULL, "1"}, {"b", NULL, "2"}}, 2, 1, 1, "/voorganger"},
    {{{"a", NULL, "1"}, {"b", "a", "2"}, {"c", "a", "3"}}, 3, 1, 2, "/voorganger"},
    {{{"a", NULL, "1"}, {"b", "a", "2"}, {"b", "a", "2"}}, 3, 1, 2, ""},
    {{{"a", NULL, "1"}, {"b", "a", "2"}, {"c", "b", "1"}}, 3, 1, 2, "/versie"},
    /* rings that no one can make with real hashes */
    {{{"a", "a", "1"}}, 1, 1, 0, "/voorganger"},
    {{{"a", "c", "1"}, {"b", "a", "2"}, {"c", "b", "3"}}, 3, 3, 0, "/voorganger"},
    /* one that leads into a ring beside it comes to an end, too */
    {{{"a", "b", "1"}, {"b", "a", "2"}, {"c", "a", "3"}}, 3, 3, 0, "/voorganger"},
};

static void versions_replace_each_other_in_a_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(chains); i++) {
        struct heard heard = {0};
        const struct lint_count count = lint_chain(chains[i].versions, chains[i].count, hear, &heard);
        if (count.objections != heard.count || heard.count != chains[i].findings) {
            fail_msg("row %zu: %zu findings, first: %s", i, heard.count, heard.items[0].what);
        }
        if (heard.count != 0) {
            assert_int_equal(heard.items[0].kind, LINT_CHAIN);
            assert_int_equal(heard.items[0].version, chains[i].version);
            assert_string_equal(heard.items[0].where, chains[i].where);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sample_is_clean),
        cmocka_unit_test(each_smell_is_told_alone),
        cmocka_unit_test(cases_must_make_a_batch),
        cmocka_unit_test(every_kind_has_its_row),
        cmocka_unit_test(places_are_lines_and_columns),
        cmocka_unit_test(all_faults_are_told_up_to_the_bound),
        cmocka_unit_test(a_full_heap_is_no_clean_covenant),
        cmocka_unit_test(versions_replace_each_other_in_a_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
