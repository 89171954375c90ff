/* Reading a covenant: what stands in the sample is found back; what is wrong is named, all of it, with its place. */
#include "unit/policy/help.h"

#include "base/buf.h"
#include "base/encode.h"
#include "policy/decide.h"

static void sample_is_read(void **state)
{
    (void)state;
    char *text = sample_text();
    struct covenant *covenant = parse(text);
    struct sha256 digest;
    sha256_of(slice_text(text), &digest);
    assert_memory_equal(covenant_digest(covenant)->bytes, digest.bytes, SHA256_SIZE);
    assert_string_equal(covenant_version(covenant), "2026.1");
    assert_true(strlen(covenant_name(covenant)) > 5);
    assert_true(covenant_is_sample(covenant));
    assert_int_equal(covenant_party_count(covenant), 12);
    assert_null(covenant_party_at(covenant, 12));
    const struct party *school = party(covenant, "00000099000000002000");
    assert_non_null(school);
    assert_ptr_equal(school, covenant_party_at(covenant, 1));
    assert_string_equal(school->name, "Openbare Scholengroep De Linde");
    assert_string_equal(school->kind, "school");
    assert_string_equal(school->url, "https://school.localhost:17543");
    assert_int_equal(school->level, 2);
    assert_string_equal(school->bsn_ground, "wpo-178a");
    assert_null(school->crisis_phone);
    assert_string_equal(school->officer_contact, "fg@de-linde.example");
    assert_string_equal(party(covenant, "00000099000000005000")->crisis_phone, "0990 555 050");
    assert_null(party(covenant, "00000099000000013000"));
    const struct purpose *purpose = covenant_purpose(covenant, slice_text("hulpafstemming"));
    assert_non_null(purpose);
    assert_int_equal(purpose->retention_months, 60);
    assert_int_equal(purpose->retention_class, 1);
    assert_null(covenant_purpose(covenant, slice_text("hulp")));
    assert_int_equal(covenant_retention(covenant, 3), 36);
    assert_int_equal(covenant_retention(covenant, 4), 240);
    assert_int_equal(covenant_retention(covenant, 9), 0);
    assert_null(covenant_purpose(covenant, slice_text("")));
    assert_int_equal(covenant_basis(covenant, slice_text("wams"))->from.year, 2099);
    assert_false(date_is_set(&covenant_basis(covenant, slice_text("wmo-5.1.1"))->from));
    assert_null(covenant_basis(covenant, slice_text("wmo-5.1.")));
    assert_true(covenant_role(covenant, slice_text("generalist")));
    assert_false(covenant_role(covenant, slice_text("Generalist")));
    covenant_free(covenant);
    mem_free(text);
}

/* What decides about people is read as it stands: terms, flags, letters, dates, ages. */
static void terms_of_the_sample_are_read(void **state)
{
    (void)state;
    char *text = sample_text();
    struct covenant *covenant = parse(text);
    assert_true(covenant_consent_terms(covenant)->youth_alone);
    assert_int_equal(covenant_consent_terms(covenant)->months_at_most, 24);
    assert_string_equal(covenant_regulation(covenant)->version, "2026.1");
    assert_true(strlen(covenant_regulation(covenant)->text) > 20);
    assert_int_equal(covenant_regulation(covenant)->days, 14);
    assert_null(covenant_predecessor(covenant));
    const struct basis *basis = covenant_basis(covenant, slice_text("wmo-5.2.6"));
    assert_true(basis->ground == 'e' && basis->special == 'g' && basis->criminal && basis->lifts_secrecy);
    assert_false(basis->demands_consent);
    assert_true(covenant_basis(covenant, slice_text("wmo-5.1.1-4"))->demands_consent);
    assert_int_equal(covenant_basis(covenant, slice_text("verwijsindex"))->until.year, 2024);
    assert_int_equal(covenant_basis(covenant, slice_text("wpo-8"))->special, 0);
    const struct purpose *safety = covenant_purpose(covenant, slice_text("onderzoek-veilig-thuis"));
    assert_true(safety->urgent && safety->per_day == 200 && safety->per_period == 2000 && safety->per_year == 20000);
    const struct purpose *help = covenant_purpose(covenant, slice_text("hulpafstemming"));
    assert_false(help->urgent);
    assert_true(help->per_case == 16 && safety->per_case == 0);
    const struct party *team = party(covenant, "00000099000000001000");
    assert_true(team->clients == 4000 && team->open_cases == 1200);
    assert_int_equal(policy_quota_of(help, team).per_period, 16 * 1200);
    assert_int_equal(party(covenant, "00000099000000003000")->open_cases, 0);
    assert_true(covenant_kind_secret(covenant, slice_text("jeugdhulp")));
    assert_false(covenant_kind_secret(covenant, slice_text("school")));
    assert_false(covenant_kind_secret(covenant, slice_text("bank")));
    assert_true(covenant_kind_public(covenant, slice_text("school")));
    assert_false(covenant_kind_public(covenant, slice_text("verhuurder")));
    const struct party *shelter = party(covenant, "00000099000000008000");
    assert_string_equal(shelter->central_phone, "0990 555 080");
    assert_null(shelter->crisis_phone);
    const struct date day = {2026, 11, 26};
    assert_true(covenant_party_bsn(covenant, shelter, safety, &day));
    assert_false(covenant_party_bsn(covenant, shelter, help, &day));
    assert_true(covenant_party_bsn(covenant, party(covenant, "00000099000000001000"), help, &day));
    assert_false(covenant_party_bsn(covenant, NULL, help, &day));
    assert_false(covenant_party_bsn(covenant, shelter, NULL, &day));
    covenant_free(covenant);
    mem_free(text);
}

/* The same agreement, otherwise spaced and ordered, has the same hash; another word has another. */
static void the_hash_is_of_what_is_agreed(void **state)
{
    (void)state;
    char *text = sample_text();
    struct covenant *covenant = parse(text);
    char hash[COVENANT_HASH_SIZE];
    (void)snprintf(hash, sizeof hash, "%s", covenant_hash(covenant));
    assert_int_equal(strlen(hash), COVENANT_HASH_SIZE - 1);
    assert_memory_equal(hash, "$1$1$", 5);
    covenant_free(covenant);
    static const struct {
        const char *from;
        const char *to;
        bool same;
    } cases[] = {
        {"\"voorbeeld\": true,", "\"voorbeeld\" :\n\t true ,", true},
        {"\"dagen\": 14", "\"dagen\":14", true},
        {"\"bekwaamVanaf12\": \"jeugdige\", \"maandenHoogstens\": 24",
         "\"maandenHoogstens\": 24, \"bekwaamVanaf12\": \"jeugdige\"", true},
        {"Voorbeeldconvenant", "Voorbeeld\\u0063onvenant", true},
        {"\"dagen\": 14", "\"dagen\": 15", false},
        {"[\"financien\", \"huisvesting\"]", "[\"huisvesting\", \"financien\"]", false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        text = replace(text, cases[i].from, cases[i].to);
        covenant = parse(text);
        assert_int_equal(strcmp(covenant_hash(covenant), hash) == 0, cases[i].same);
        covenant_free(covenant);
        text = replace(text, cases[i].to, cases[i].from);
    }
    char voor[COVENANT_HASH_SIZE + 64];
    (void)snprintf(voor, sizeof voor, "\"voorganger\": \"%s\", \"voorbeeld\": true", hash);
    text = replace(text, "\"voorbeeld\": true", voor);
    covenant = parse(text);
    assert_string_equal(covenant_predecessor(covenant), hash);
    assert_string_not_equal(covenant_hash(covenant), hash);
    covenant_free(covenant);
    mem_free(text);
}

static void the_longest_term_of_a_class_counts(void **state)
{
    (void)state;
    static const int orders[][2] = {{12, 36}, {36, 12}};
    for (size_t i = 0; i < COUNT_OF(orders); i++) {
        char doels[400];
        (void)snprintf(doels, sizeof doels,
                       "\"doelen\": [\n{\"code\":\"een\",\"omschrijving\":\"x\",\"bewaartermijnMaanden\":%d,"
                       "\"bewaarklasse\":8},{\"code\":\"twee\",\"omschrijving\":\"x\",\"bewaartermijnMaanden\":%d,"
                       "\"bewaarklasse\":8},",
                       orders[i][0], orders[i][1]);
        char *text = replace(sample_text(), "\"doelen\": [\n", doels);
        struct covenant *covenant = NULL;
        struct fault_list faults = {0};
        assert_int_equal(covenant_parse(slice_text(text), &covenant, &faults), RESULT_OK);
        assert_int_equal(covenant_retention(covenant, 8), 36);
        covenant_free(covenant);
        mem_free(text);
    }
}

static void in_force_on_first_and_last_day(void **state)
{
    (void)state;
    char *text = sample_text();
    struct covenant *covenant = parse(text);
    const struct {
        struct date day;
        bool in_force;
    } cases[] = {
        {{2024, 12, 31}, false}, {{2025, 1, 1}, true},  {{2026, 11, 22}, true},
        {{2029, 12, 31}, true},  {{2030, 1, 1}, false}, {{0, 0, 0}, false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(covenant_in_force(covenant, &cases[i].day), cases[i].in_force);
    }
    covenant_free(covenant);
    mem_free(text);
}

static void work_area_is_strict(void **state)
{
    (void)state;
    char *text = sample_text();
    struct covenant *covenant = parse(text);
    const struct party *team = party(covenant, "00000099000000001000");
    const struct party *uwv = party(covenant, "00000099000000004000");
    const struct party stranger = *team;
    assert_true(covenant_party_area(covenant, team, "9901"));
    assert_true(covenant_party_area(covenant, team, "9902"));
    assert_false(covenant_party_area(covenant, team, "9903"));
    assert_true(covenant_party_area(covenant, uwv, "0014"));
    static const char *const unknown[] = {"", "990", "99011", "99o1", " 990", "-001"};
    for (size_t i = 0; i < COUNT_OF(unknown); i++) {
        assert_false(covenant_party_area(covenant, uwv, unknown[i]));
    }
    assert_false(covenant_party_area(covenant, uwv, NULL));
    assert_false(covenant_party_area(covenant, &stranger, "9901"));
    assert_false(covenant_party_area(covenant, NULL, "9901"));
    covenant_free(covenant);
    mem_free(text);
}

enum { SAMPLE_RULES = 65, MANY_RULES = 4000 };

struct broken {
    const char *from; /* in the sample */
    const char *to;
    const char *where; /* of the fault that must be among those reported */
};

#define FIRST_PARTY "{\"oin\": \"00000099000000001000\", \"naam\": \"Gebiedsteam Noord\""
#define SET_01      "\"id\": \"set-hulp-01\",\n"
#define HASH_TEXT   "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define FIRST_URL   "https://gebiedsteam.localhost:17443"

static const struct broken broken[] = {
    {"\"voorbeeld\": true", "\"vorbeeld\": true", ""},
    {"\"voorbeeld\": true", "\"voorbeeld\": 1", "/voorbeeld"},
    {"\"versie\": \"2026.1\"", "\"versie\": \"2026/1\"", "/versie"},
    {"\"2029-12-31\"", "\"2024-12-31\"", "/geldigheid"},
    {"\"2029-12-31\"", "\"2029-02-29\"", "/geldigheid/tot"},
    {"\"tot\": \"2029-12-31\"", "\"t\": \"2029-12-31\"", "/geldigheid/tot"},
    {"\"dpia\"", "\"dpai\"", "/dpia"},
    {"\"verwerkingsverantwoordelijkheid\": \"V", "\"x\": \"V", "/verwerkingsverantwoordelijkheid"},
    {"Voorbeeldconvenant", "\\u001b[31mVoorbeeld", "/naam"},
    {"{\"code\": \"school\", ", "{\"code\": \"cjg\", ", "/soorten/2/code"},
    {"{\"code\": \"consulent\", ", "{\"code\": \"generalist\", ", "/rollen/1/code"},
    {"{\"code\": \"consulent\", ", "{\"code\": \"Consulent\", ", "/rollen/1/code"},
    {"{\"code\": \"consulent\", ", "{\"code\": \"-consulent\", ", "/rollen/1/code"},
    /* purposes */
    {", \"bewaartermijnMaanden\": 60", "", "/doelen/0/bewaartermijnMaanden"},
    {"\"bewaartermijnMaanden\": 60", "\"bewaartermijnMaanden\": 0", "/doelen/0/bewaartermijnMaanden"},
    {"\"bewaartermijnMaanden\": 60", "\"bewaartermijnMaanden\": 241", "/doelen/0/bewaartermijnMaanden"},
    {"\"bewaartermijnMaanden\": 60", "\"bewaartermijnMaanden\": 60.5", "/doelen/0/bewaartermijnMaanden"},
    {"\"bewaartermijnMaanden\": 60", "\"bewaartermijnMaanden\": 60.0", "regel 39"},
    {"\"bewaartermijnMaanden\": 60", "\"bewaartermijnMaanden\": 6e1", "regel 39"},
    {"\"bewaarklasse\": 1", "\"bewaarklasse\": 0", "/doelen/0/bewaarklasse"},
    {"\"bewaarklasse\": 1", "\"bewaarklasse\": 10", "/doelen/0/bewaarklasse"},
    {"{\"code\": \"leerplicht\", \"omschrijving\": \"Nagaan",
     "{\"code\": \"hulpafstemming\", \"omschrijving\": \"Nagaan", "/doelen/2/code"},
    {"Nagaan of", "Opsporing:", "/doelen/2/omschrijving"},
    {"Nagaan of", "Fraude met uitkeringen:", "/doelen/2/omschrijving"},
    {"{\"code\": \"leerplicht\", \"omschrijving\": \"Nagaan", "{\"code\": \"strafrecht\", \"omschrijving\": \"Nagaan",
     "/doelen/2/code"},
    /* legal bases */
    {"\"vanaf\": \"2099-01-01\"", "\"vanaf\": \"1 januari\"", "/grondslagen/13/vanaf"},
    {"{\"code\": \"wmo-5.2.1\"", "{\"code\": \"wmo-5.1.1\"", "/grondslagen/1/code"},
    {"{\"code\": \"wmo-5.2.1\"", "{\"kode\": \"wmo-5.2.1\"", "/grondslagen/1/code"},
    /* parties */
    {"00000099000000002000", "00000099000000001000", "/partijen/1/oin"},
    {"00000099000000002000", "0000009900000000200x", "/partijen/1/oin"},
    {"00000099000000002000", "0000009900000000200", "/partijen/1/oin"},
    {"\"soort\": \"school\"", "\"soort\": \"scholen\"", "/partijen/1/soort"},
    {"\"niveau\": 4, \"bsn", "\"niveau\": 5, \"bsn", "/partijen/0/niveau"},
    {"\"bsnGrondslag\": \"wmo-5.2.9\"", "\"bsnGrondslag\": \"wmo-5.2.8\"", "/partijen/0/bsnGrondslag"},
    {"[\"9901\", \"9902\"]", "[\"9901\", \"9901\"]", "/partijen/0/werkgebied"},
    {"[\"9901\", \"9902\"]", "[\"9901\", \"990\"]", "/partijen/0/werkgebied/1"},
    {"[\"9901\", \"9902\"]", "[\"9901\", 9902]", "/partijen/0/werkgebied/1"},
    {"[\"9901\", \"9902\"]", "[]", "/partijen/0/werkgebied"},
    {"\"werkgebied\": [\"9901\", \"9902\"], ", "", "/partijen/0/werkgebied"},
    {"\"werkgebied\": [\"9901\", \"9902\"]", "\"landelijk\": false", "/partijen/0/werkgebied"},
    {"\"landelijk\": true", "\"landelijk\": true, \"werkgebied\": [\"9901\"]", "/partijen/3/werkgebied"},
    {"\"0990 555 010\"", "\"bel ons\"", "/partijen/0/crisisnummer"},
    {", \"fgContact\": \"fg@gebiedsteam-noord.example\"", "", "/partijen/0/fgContact"},
    {"Gebiedsteam Noord", "Gebiedsteam\\u202eNoord", "/partijen/0/naam"},
    {FIRST_PARTY, "7, " FIRST_PARTY, "/partijen/0"},
    {FIRST_URL, "http://gebiedsteam.localhost:17443", "/partijen/0/knooppunt"},
    {"https://school.localhost:17543", FIRST_URL, "/partijen/1/knooppunt"},
    {FIRST_URL, FIRST_URL "/", "/partijen/0/knooppunt"},
    {FIRST_URL, FIRST_URL "/v1", "/partijen/0/knooppunt"},
    {FIRST_URL, "https://jan@gebiedsteam.localhost", "/partijen/0/knooppunt"},
    {FIRST_URL, "https://jan:wachtwoord@gebiedsteam", "/partijen/0/knooppunt"},
    {FIRST_URL, "https://gebiedsteam.localhost?x", "/partijen/0/knooppunt"},
    {FIRST_URL, "https://gebiedsteam.localhost#x", "/partijen/0/knooppunt"},
    {FIRST_URL, "https://gebiedsteam.localhost:", "/partijen/0/knooppunt"},
    {FIRST_URL, "https://gebiedsteam.localhost:0", "/partijen/0/knooppunt"},
    {FIRST_URL, "https://gebiedsteam.localhost:65536", "/partijen/0/knooppunt"},
    {FIRST_URL, "https://gebiedsteam.localhost:017443", "/partijen/0/knooppunt"},
    {FIRST_URL, "https://gebiedsteam..localhost", "/partijen/0/knooppunt"},
    {FIRST_URL, "https://-gebiedsteam.localhost", "/partijen/0/knooppunt"},
    {FIRST_URL, "https://gebiedsteam-.localhost", "/partijen/0/knooppunt"},
    {FIRST_URL, "https://gebieds_team.localhost", "/partijen/0/knooppunt"},
    {FIRST_URL, "https://:17443", "/partijen/0/knooppunt"},
    {FIRST_URL, "https://[::1]:17443", "/partijen/0/knooppunt"},
    /* logs and witnesses */
    {"\"logboek\": {", "\"logboek\": {\"adres\": \"x\", ", "/partijen/0/logboek"},
    {"\"oorsprong\": \"gebiedsteam.localhost/logboek\", ", "", "/partijen/0/logboek/oorsprong"},
    {"\"oorsprong\": \"gebiedsteam.localhost/logboek\"", "\"oorsprong\": \"een logboek\"",
     "/partijen/0/logboek/oorsprong"},
    {"\"oorsprong\": \"school.localhost/logboek\"", "\"oorsprong\": \"gebiedsteam.localhost/logboek\"",
     "/partijen/1/logboek/oorsprong"},
    {"logboek+001f7e8f+AdQ", "logboek+001f7e8f+BdQ", "/partijen/0/logboek/sleutel"},
    {"logboek+001f7e8f+AdQ", "logboek+001f7e8+AdQ", "/partijen/0/logboek/sleutel"},
    {"logboek+001f7e8f+AdQ", "logboek+001f7e8f+AdQQ", "/partijen/0/logboek/sleutel"},
    {"logboek+001f7e8f+AdQ", "logboek+001f7e8f+Ad-", "/partijen/0/logboek/sleutel"},
    {"getuige+443e4500+BDV", "getuige+085ee498+ADV", "/partijen/0/logboek/getuige"},
    {"\"getuigen\": [\"00000099000000001000\"", "\"getuigen\": [\"00000099000000099000\"", "/getuigen/0"},
    {"\"getuigen\": [\"00000099000000001000\"", "\"getuigen\": [7", "/getuigen/0"},
    {"\"getuigen\": [\"00000099000000001000\"", "\"getuigen\": [\"00000099000000002000\"", "/getuigen/1"},
    /* rules */
    {"\"id\": \"hulp-02\"", "\"id\": \"hulp-01\"", "/regels/1/id"},
    {"\"id\": \"hulp-01\"", "\"id\": \"hulp 01\"", "/regels/0/id"},
    {"\"doel\": \"hulpafstemming\"", "\"doel\": \"hulp\"", "/regels/0/doel"},
    {"{\"soorten\": [\"gebiedsteam\"], \"rollen\": [\"generalist\", \"regisseur\"]}",
     "{\"soorten\": [\"gebiedsteam\"]}", "/regels/0/vrager/rollen"},
    {"\"rollen\": [\"generalist\", \"regisseur\"]", "\"rollen\": [\"generalist\", \"teamleider\"]",
     "/regels/0/vrager/rollen/1"},
    {"\"rollen\": [\"generalist\", \"regisseur\"]", "\"rollen\": [\"generalist\", 3]", "/regels/0/vrager/rollen/1"},
    {"\"rollen\": [\"generalist\", \"regisseur\"]", "\"rollen\": [\"generalist\", \"generalist\"]",
     "/regels/0/vrager/rollen/1"},
    {"\"gever\": {\"soorten\": [\"schuldhulp\"]}", "\"gever\": {\"soorten\": []}", "/regels/0/gever/soorten"},
    {"\"gever\": {\"soorten\": [\"schuldhulp\"]}", "\"gever\": {\"soorten\": [\"bank\"]}", "/regels/0/gever/soorten/0"},
    {"\"gever\": {\"soorten\": [\"schuldhulp\"]}", "\"gever\": \"schuldhulp\"", "/regels/0/gever"},
    {"[\"financien\", \"huisvesting\"]", "[\"financien\", \"schulden\"]", "/regels/0/leefgebieden/1"},
    {"[\"bestaan\", \"contact\", \"fase\"]", "[\"bestaan\", \"bedragen\"]", "/regels/0/categorieen/1"},
    {"[\"bestaan\", \"contact\", \"fase\"]", "[]", "/regels/0/categorieen"},
    {"\"grondslagVragen\": \"wmo-5.1.1\"", "\"grondslagVragen\": \"wmo-9\"", "/regels/0/grondslagVragen"},
    {"\"grondslagVragen\": \"wmo-5.1.1\",", "", "/regels/0/grondslagVragen"},
    {"\"grondslagGeven\": \"wmo-5.1.1-4\",", "", "/regels/0/grondslagGeven"},
    {"\"opheffingGeheimhouding\": \"wmo-5.2.6\"", "\"opheffingGeheimhouding\": \"nee\"",
     "/regels/11/opheffingGeheimhouding"},
    {"{\"zaakOfMelding\": true, \"werkgebied\": true}", "{\"werkgebied\": true}", "/regels/1/voorwaarden"},
    {"{\"zaakOfMelding\": true, \"werkgebied\": true}", "{\"zaakOfMelding\": true, \"melding\": true}",
     "/regels/1/voorwaarden"},
    {"{\"zaakOfMelding\": true, \"werkgebied\": true}", "{\"zaakOfMelding\": true, \"toestemming\": true}",
     "/regels/1/voorwaarden/toestemming"},
    {"{\"zaakOfMelding\": true, \"werkgebied\": true}", "{\"zaakOfMelding\": \"ja\"}",
     "/regels/1/voorwaarden/zaakOfMelding"},
    {"[\"niet-voor-handhaving\", \"niet-verder-verstrekken\"]", "[\"geheim\"]", "/regels/0/verplichtingen/0"},
    {"\"verbod\": true", "\"verbod\": false", "/regels/6/grondslagVragen"},
    {"\"verbod\": true", "\"verbod\": true, \"voorwaarden\": {\"zaakOfMelding\": true}", "/regels/6"},
    {"\"verbod\": true", "\"verbod\": \"ja\"", "/regels/6/verbod"},
    /* terms that hold for all rules */
    {"\"toestemming\": {\"bekwaamVanaf12\"", "\"toestemmingen\": {\"bekwaamVanaf12\"", "/toestemming"},
    {"\"bekwaamVanaf12\": \"jeugdige\"", "\"bekwaamVanaf12\": \"ouder\"", "/toestemming/bekwaamVanaf12"},
    {"\"maandenHoogstens\": 24", "\"maandenHoogstens\": 0", "/toestemming/maandenHoogstens"},
    {"\"maandenHoogstens\": 24", "\"maandenHoogstens\": 241", "/toestemming/maandenHoogstens"},
    {"\"reglement\": {\"versie\": \"2026.1\", ", "\"reglement\": {", "/reglement/versie"},
    {"\"dagen\": 14", "\"dagen\": 91", "/reglement/dagen"},
    {"\"reglement\":", "\"inzage\": {\"namenMedewerkers\": 1}, \"reglement\":", "/inzage/namenMedewerkers"},
    {"\"reglement\":", "\"inzage\": {\"namen\": true}, \"reglement\":", "/inzage"},
    {"\"voorbeeld\": true", "\"voorganger\": \"$1$1$abc\"", "/voorganger"},
    {"\"voorbeeld\": true", "\"voorganger\": \"$1$2$" HASH_TEXT "\"", "/voorganger"},
    {"\"voorbeeld\": true", "\"voorganger\": \"$1$1$" HASH_TEXT "=\"", "/voorganger"},
    {"\"geheimhouding\": true", "\"geheimhouding\": \"ja\"", "/soorten/2/geheimhouding"},
    {"\"publiekeTaak\": true", "\"publieketaak\": true", "/soorten/0"},
    {"\"spoed\": true", "\"spoed\": 1", "/doelen/3/spoed"},
    {"\"niveau\": 3, \"quota\"", "\"niveau\": 0, \"quota\"", "/doelen/7/niveau"},
    {"\"niveau\": 3, \"quota\"", "\"niveau\": 5, \"quota\"", "/doelen/7/niveau"},
    {"\"perDag\": 2000", "\"perDag\": 0", "/doelen/0/quota/perDag"},
    {"\"perDag\": 2000", "\"perUur\": 2000", "/doelen/0/quota"},
    {"\"perDag\": 2000", "\"perDag\": 30000", "/doelen/0/quota"},
    {"\"perJaar\": 200000", "\"perJaar\": 1000001", "/doelen/0/quota/perJaar"},
    {"\"perZaak\": 16", "\"perZaak\": 0", "/doelen/0/quota/perZaak"},
    {"\"perZaak\": 16", "\"perZaak\": 1000001", "/doelen/0/quota/perZaak"},
    {"\"clienten\": 4000", "\"clienten\": 0", "/partijen/0/clienten"},
    {"\"clienten\": 4000", "\"clienten\": 20000001", "/partijen/0/clienten"},
    {"\"openZaken\": 1200", "\"openZaken\": 0", "/partijen/0/openZaken"},
    {"\"openZaken\": 1200", "\"openZaken\": 1000001", "/partijen/0/openZaken"},
    {"\"avg6\": \"e\"", "\"avg6\": \"g\"", "/grondslagen/0/avg6"},
    {"\"avg6\": \"e\"", "\"avg6\": \"ee\"", "/grondslagen/0/avg6"},
    {", \"avg6\": \"e\"", "", "/grondslagen/0/avg6"},
    {"\"avg9\": \"g\"", "\"avg9\": \"k\"", "/grondslagen/3/avg9"},
    {"\"avg10\": true", "\"avg10\": \"ja\"", "/grondslagen/3/avg10"},
    {"\"artikel\": \"Wmo 2015 artikel 5.2.1\", ", "", "/grondslagen/1/artikel"},
    {"\"tot\": \"2024-12-31\"", "\"vanaf\": \"2025-01-01\", \"tot\": \"2024-12-31\"", "/grondslagen/22"},
    {"\"bsnDoelen\": [\"leerplicht\"]", "\"bsnDoelen\": [\"leerpliht\"]", "/partijen/4/bsnDoelen/0"},
    {"\"bsnDoelen\": [\"leerplicht\"]", "\"bsnDoelen\": [\"leerplicht\", \"leerplicht\"]", "/partijen/4/bsnDoelen/1"},
    {"\"bsnGrondslag\": \"leerplichtwet-18\", ", "", "/partijen/4/bsnDoelen"},
    {"\"centraalNummer\": \"0990 555 080\"", "\"centraalNummer\": \"Dorpsstraat 1\"", "/partijen/6/centraalNummer"},
    {"\"toestemming\": \"avg-grond\"", "\"toestemming\": \"mondeling\"", "/regels/0/voorwaarden/toestemming"},
    {"\"regime\": \"jeugd\"", "\"regime\": \"kind\"", "/regels/13/voorwaarden/regime"},
    {"\"leeftijd\": {\"van\": 4, \"tot\": 17}", "\"leeftijd\": {\"van\": 18, \"tot\": 17}",
     "/regels/10/voorwaarden/leeftijd"},
    {"\"leeftijd\": {\"van\": 4, \"tot\": 17}", "\"leeftijd\": {\"tot\": 131}", "/regels/10/voorwaarden/leeftijd/tot"},
    {"\"leeftijd\": {\"van\": 4, \"tot\": 17}", "\"leeftijd\": {}", "/regels/10/voorwaarden/leeftijd"},
    {"{\"melding\": true, \"meldingOpen\": true}", "{\"zaakOfMelding\": true, \"meldingOpen\": true}",
     "/regels/11/voorwaarden/meldingOpen"},
    {"\"crisisnummer\": true", "\"crisisnummer\": false", "/regels/20/categorieen"},
    /* rules that feed lookup sets */
    {SET_01, SET_01 "      \"verbod\": true,\n", "/regels/26"},
    {"\"opzoekset\": true,\n      \"voorwaarden\": {\"werkgebied\": true",
     "\"opzoekset\": true,\n      \"voorwaarden\": {\"melding\": true", "/regels/26/voorwaarden/melding"},
    {"\"opzoekset\": true,\n      \"voorwaarden\": {\"werkgebied\": true",
     "\"opzoekset\": true,\n      \"voorwaarden\": {\"maatregel\": true", "/regels/26/voorwaarden/maatregel"},
    {"\"opzoekset\": true,\n      \"voorwaarden\": {\"werkgebied\": true",
     "\"opzoekset\": true,\n      \"voorwaarden\": {\"crisisnummer\": true", "/regels/26/voorwaarden/crisisnummer"},
    {"\"categorieen\": [\"bestaan\"]", "\"categorieen\": [\"bestaan\", \"contact\"]", "/regels/26/categorieen"},
    {"\"categorieen\": [\"bestaan\"]", "\"categorieen\": []", "/regels/26/categorieen"},
    {"\"vrager\": {\"soorten\": [\"gebiedsteam\"]}",
     "\"vrager\": {\"soorten\": [\"gebiedsteam\"], \"rollen\": [\"regisseur\"]}", "/regels/26/vrager/rollen"},
    /* syntax */
    {"\"voorbeeld\": true", "\"naam\": \"twee keer\"", "regel 4, kolom 3"},
    {"\"voorbeeld\": true,", "\"voorbeeld\": true,,", "regel 4, kolom 21"},
};

static bool has_fault(const struct fault_list *faults, const char *where)
{
    for (size_t i = 0; i < faults->count && i < FAULT_LIST_MAX; i++) {
        if (strcmp(faults->items[i].where, where) == 0 && faults->items[i].what[0] != '\0') {
            return true;
        }
    }
    return false;
}

static void each_fault_is_named_with_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(broken); i++) {
        char *text = replace(sample_text(), broken[i].from, broken[i].to);
        struct covenant *covenant = NULL;
        struct fault_list faults = {0};
        if (covenant_parse(slice_text(text), &covenant, &faults) != RESULT_FAILED ||
            !has_fault(&faults, broken[i].where)) {
            fail_msg("row %zu (%s): %zu faults, first at '%s': %s", i, broken[i].to, faults.count,
                     faults.items[0].where, faults.items[0].what);
        }
        assert_null(covenant);
        mem_free(text);
    }
}

static void all_faults_come_at_once(void **state)
{
    (void)state;
    char *text = sample_text();
    text = replace(text, ", \"bewaartermijnMaanden\": 60", "");
    text = replace(text, "00000099000000002000", "00000099000000001000");
    text = replace(text, "\"doel\": \"hulpafstemming\"", "\"doel\": \"hulp\"");
    text = replace(text, FIRST_URL, "http://gebiedsteam");
    text = replace(text, "\"2029-12-31\"", "\"2024-12-31\"");
    text = replace(text, "\"voorbeeld\": true", "\"onbekend\": true");
    struct covenant *covenant = NULL;
    struct fault_list faults = {0};
    assert_int_equal(covenant_parse(slice_text(text), &covenant, &faults), RESULT_FAILED);
    assert_int_equal(faults.count, 7); /* the second party is no witness either */
    static const char *const places[] = {"",
                                         "/geldigheid",
                                         "/doelen/0/bewaartermijnMaanden",
                                         "/regels/0/doel",
                                         "/partijen/0/knooppunt",
                                         "/partijen/1/oin"};
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        assert_true(has_fault(&faults, places[i]));
    }
    mem_free(text);
}

static void values_do_not_stand_in_faults(void **state)
{
    (void)state;
    char *text = replace(sample_text(), "\"soort\": \"school\"", "\"soort\": \"zeldzaamwoord\", \"zeldzaamveld\": 1");
    struct covenant *covenant = NULL;
    struct fault_list faults = {0};
    assert_int_equal(covenant_parse(slice_text(text), &covenant, &faults), RESULT_FAILED);
    for (size_t i = 0; i < faults.count; i++) {
        assert_null(strstr(faults.items[i].what, "zeldzaam"));
        assert_null(strstr(faults.items[i].where, "zeldzaam"));
    }
    mem_free(text);
}

static enum fault fault_of(struct slice json)
{
    struct covenant *covenant = NULL;
    struct fault_list faults = {0};
    assert_int_equal(covenant_parse(json, &covenant, &faults), RESULT_FAILED);
    assert_null(covenant);
    return faults.items[0].fault;
}

static void what_is_no_covenant_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "null", "[]", "{}", "7", "\"tekst\"", "{", "{\"naam\": \"x\"} {}"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        const enum fault fault = fault_of(slice_text(texts[i]));
        assert_true(fault == FAULT_SYNTAX || fault == FAULT_INVALID);
    }
    char deep[4096];
    memset(deep, '[', sizeof deep);
    assert_int_equal(fault_of(slice_of(deep, sizeof deep)), FAULT_SYNTAX);
    assert_int_equal(fault_of(slice_text("{\"naam\":{\"naam\":{\"naam\":[[[[[{}]]]]]}}}")), FAULT_INVALID);
    assert_int_equal(fault_of(slice_text("{\"naam\":\"\xff\"}")), FAULT_SYNTAX);
    assert_int_equal(fault_of(slice_text("{\"doelen\":[1,[],{\"code\":2}],\"regels\":[null,3],\"partijen\":[\"\"]}")),
                     FAULT_INVALID);
}

static void a_document_past_the_ceiling_is_not_read(void **state)
{
    (void)state;
    char *text = mem_alloc(COVENANT_BYTES_MAX + 1);
    assert_non_null(text);
    memset(text, ' ', COVENANT_BYTES_MAX + 1);
    assert_int_equal(fault_of(slice_of(text, COVENANT_BYTES_MAX + 1)), FAULT_TOO_LARGE);
    assert_int_equal(fault_of(slice_of(text, COVENANT_BYTES_MAX)), FAULT_SYNTAX);
    mem_free(text);
}

/* Nesting as deep as the ceiling lets a text be, and 10 MB of it. */
static void nesting_is_refused_however_deep(void **state)
{
    (void)state;
    enum { TEN_MB = 10000000 };
    static const struct {
        const char *fill;
        size_t len;
        enum fault fault;
    } cases[] = {
        {"[", COVENANT_BYTES_MAX, FAULT_SYNTAX},
        {"{\"naam\":", COVENANT_BYTES_MAX, FAULT_SYNTAX},
        {"[", TEN_MB, FAULT_TOO_LARGE},
        {"{\"naam\":", TEN_MB, FAULT_TOO_LARGE},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char *text = mem_alloc(cases[i].len);
        assert_non_null(text);
        for (size_t at = 0; at < cases[i].len; at++) {
            text[at] = cases[i].fill[at % strlen(cases[i].fill)];
        }
        assert_int_equal(fault_of(slice_of(text, cases[i].len)), cases[i].fault);
        mem_free(text);
    }
}

/* `count` items made of one with a number in it. */
static void repeat(struct buf *out, const char *item, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char text[512];
        (void)snprintf(text, sizeof text, "%s", item);
        for (char *at = strstr(text, "####"); at != NULL; at = strstr(text, "####")) {
            char number[8];
            (void)snprintf(number, sizeof number, "%04zu", i);
            memcpy(at, number, 4);
        }
        buf_text(out, i == 0 ? "" : ",");
        buf_text(out, text);
    }
    buf_byte(out, '\0');
    assert_true(buf_ok(out));
}

#define NUMBERED_PARTY                                                                                                 \
    "{\"oin\":\"0000000000000000####\",\"naam\":\"x\",\"soort\":\"cjg\",\"knooppunt\":\"https://x####\",\"niveau\":1," \
    "\"landelijk\":true,\"fgContact\":\"x\"," LOG_OF("l####") "}"

#define NUMBERED_TASK                                                                                                  \
    "{\"code\":\"s####\",\"omschrijving\":\"x\",\"vragers\":{\"soorten\":[\"uwv\"],\"rollen\":[\"regisseur\"]},"       \
    "\"uitvoerders\":{\"soorten\":[\"cjg\"]},\"leefgebieden\":[\"financien\"],\"grondslagVragen\":\"suwi-54\","        \
    "\"grondslagUitvoeren\":\"jeugdwet-7.4.0\",\"voorwaarden\":{\"zaakOfMelding\":true},\"noemen\":\"verzegeld\","     \
    "\"inhoud\":[],\"termijn\":{\"dagen\":1}}"

static char *prefixed(char *text, const char *from, const char *item, size_t count)
{
    struct buf items;
    buf_init(&items, COVENANT_BYTES_MAX);
    buf_text(&items, from);
    repeat(&items, item, count);
    items.ptr[items.len - 1] = ',';
    buf_byte(&items, '\0');
    text = replace(text, from, (const char *)items.ptr);
    buf_free(&items);
    return text;
}

struct bound {
    const char *from; /* in the sample: replaced by this followed by the items and a comma */
    const char *item;
    size_t present; /* items that stand there already */
    size_t max;
    const char *where;
};

static const struct bound bounds[] = {
    {"\"soorten\": [\n", "{\"code\":\"s####\",\"omschrijving\":\"x\"}", 12, COVENANT_KINDS_MAX, "/soorten"},
    {"\"rollen\": [\n", "{\"code\":\"s####\",\"omschrijving\":\"x\"}", 12, COVENANT_ROLES_MAX, "/rollen"},
    {"\"doelen\": [\n", "{\"code\":\"s####\",\"omschrijving\":\"x\",\"bewaartermijnMaanden\":1,\"bewaarklasse\":1}", 12,
     COVENANT_PURPOSES_MAX, "/doelen"},
    {"\"grondslagen\": [\n", "{\"code\":\"s####\",\"tekst\":\"x\",\"artikel\":\"x\",\"avg6\":\"e\"}", 23,
     COVENANT_BASES_MAX, "/grondslagen"},
    {"\"partijen\": [\n", NUMBERED_PARTY, 12, COVENANT_PARTIES_MAX, "/partijen"},
    {"\"regels\": [\n",
     "{\"id\":\"s####\",\"doel\":\"leerplicht\",\"vrager\":{\"soorten\":[\"uwv\"]},\"gever\":{\"soorten\":[\"cjg\"]},"
     "\"verbod\":true}",
     SAMPLE_RULES, COVENANT_RULES_MAX, "/regels"},
    {"\"werkgebied\": [", "\"####\"", 2, PARTY_AREAS_MAX, "/partijen/0/werkgebied"},
    {"\"opdrachten\": [\n", NUMBERED_TASK, 4, TASK_KINDS_MAX, "/opdrachten"},
};

static void every_list_has_its_bound(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(bounds); i++) {
        for (size_t past = 0; past < 2; past++) {
            char *text =
                prefixed(sample_text(), bounds[i].from, bounds[i].item, bounds[i].max - bounds[i].present + past);
            struct covenant *covenant = NULL;
            struct fault_list faults = {0};
            const enum result result = covenant_parse(slice_text(text), &covenant, &faults);
            if (past == 0 && result != RESULT_OK) {
                fail_msg("%s: %s", faults.items[0].where, faults.items[0].what);
            }
            assert_int_equal(result, past == 0 ? RESULT_OK : RESULT_FAILED);
            assert_true(past == 0 || has_fault(&faults, bounds[i].where));
            covenant_free(covenant);
            mem_free(text);
        }
    }
}

/* Texts for people: as long as they may be, and one byte more. */
static void every_text_has_its_bound(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to; /* the text goes between, and behind it what closes it */
        const char *where;
        int max;
    } rows[] = {
        {"\"dagen\": 14", "\"dagen\": 14, \"tekst\": \"", "/reglement/tekst", REGULATION_TEXT_MAX},
        {"\"grondslagen\": [\n",
         "\"grondslagen\": [\n{\"code\":\"nieuw\",\"avg6\":\"e\",\"tekst\":\"x\",\"artikel\":\"",
         "/grondslagen/0/artikel", COVENANT_TEXT_MAX},
        {"\"grondslagen\": [\n",
         "\"grondslagen\": [\n{\"code\":\"nieuw\",\"avg6\":\"e\",\"artikel\":\"x\",\"tekst\":\"",
         "/grondslagen/0/tekst", COVENANT_TEXT_MAX},
        {"\"rollen\": [\n", "\"rollen\": [\n{\"code\":\"nieuw\",\"omschrijving\":\"", "/rollen/0/omschrijving",
         COVENANT_TEXT_MAX},
        {"\"soorten\": [\n", "\"soorten\": [\n{\"code\":\"nieuw\",\"omschrijving\":\"", "/soorten/0/omschrijving",
         COVENANT_TEXT_MAX},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        for (int len = rows[i].max; len <= rows[i].max + 1; len++) {
            struct buf to;
            struct covenant *covenant = NULL;
            struct fault_list faults = {0};
            char *text = sample_text();
            buf_init(&to, COVENANT_BYTES_MAX);
            buf_text(&to, rows[i].to);
            buf_fill(&to, 'x', (size_t)len);
            buf_text(&to, i == 0 ? "\"" : "\"},\n");
            buf_byte(&to, '\0');
            if (i == 0) {
                char *at = strstr(text, "\"tekst\": \"Voorbeeld: ik raadpleeg");
                assert_non_null(at);
                const char *behind = strstr(at, "\"dagen\"");
                memmove(at, behind, strlen(behind) + 1);
            }
            text = replace(text, rows[i].from, (const char *)to.ptr);
            const bool fits = len <= rows[i].max;
            assert_int_equal(covenant_parse(slice_text(text), &covenant, &faults), fits ? RESULT_OK : RESULT_FAILED);
            if (!fits) {
                assert_int_equal(faults.count, 1);
                assert_string_equal(faults.items[0].where, rows[i].where);
            }
            covenant_free(covenant);
            mem_free(text);
            buf_free(&to);
        }
    }
}

static void witnesses_have_a_bound(void **state)
{
    (void)state;
    for (size_t past = 0; past < 2; past++) {
        const size_t more = COVENANT_WITNESSES_MAX - 5 + past;
        char *text = prefixed(sample_text(), "\"partijen\": [\n", NUMBERED_PARTY, more);
        text = prefixed(text, "\"getuigen\": [", "\"0000000000000000####\"", more);
        struct covenant *covenant = NULL;
        struct fault_list faults = {0};
        assert_int_equal(covenant_parse(slice_text(text), &covenant, &faults), past == 0 ? RESULT_OK : RESULT_FAILED);
        assert_true(past == 0 || has_fault(&faults, "/getuigen"));
        assert_true(past != 0 || covenant_log(covenant, slice_text("l0003"))->witness);
        assert_true(past != 0 || covenant_log(covenant, slice_text("l9999")) == NULL);
        covenant_free(covenant);
        mem_free(text);
    }
}

/* 4,000 rules that each join nine kinds with all nine: 324,000 pairs. */
static void too_many_pairs_of_kinds_are_refused(void **state)
{
    (void)state;
    static const char all[] = "[\"gebiedsteam\",\"school\",\"cjg\",\"uwv\",\"schuldhulp\",\"leerplicht\",\"jeugdhulp\","
                              "\"opvang\",\"veilig-thuis\"]";
    struct buf rules;
    buf_init(&rules, COVENANT_BYTES_MAX);
    buf_text(&rules, "\"regels\": [\n");
    for (int i = 0; i < MANY_RULES; i++) {
        buf_format(&rules,
                   "{\"id\":\"x%d\",\"doel\":\"leerplicht\",\"vrager\":{\"soorten\":%s},\"gever\":{\"soorten\":%s},"
                   "\"verbod\":true},",
                   i, all, all);
    }
    buf_byte(&rules, '\0');
    assert_true(buf_ok(&rules));
    char *text = replace(sample_text(), "\"regels\": [\n", (const char *)rules.ptr);
    assert_int_equal(fault_of(slice_text(text)), FAULT_TOO_LARGE);
    buf_free(&rules);
    mem_free(text);
}

static void a_covenant_without_rules_is_a_covenant(void **state)
{
    (void)state;
    char *text = sample_text();
    char *at = strstr(text, "\"regels\": [");
    assert_non_null(at);
    (void)strcpy(at, "\"regels\": []}");
    struct covenant *covenant = parse(text);
    assert_int_equal(covenant_party_count(covenant), 12);
    covenant_free(covenant);
    mem_free(text);
}

static void every_failed_allocation_is_a_fault(void **state)
{
    (void)state;
    char *text = sample_text();
    enum result result = RESULT_FAILED;
    long n = 0;
    for (; result != RESULT_OK; n++) {
        struct covenant *covenant = NULL;
        struct fault_list faults = {0};
        mem_fail_after(n);
        result = covenant_parse(slice_text(text), &covenant, &faults);
        mem_fail_after(-1);
        assert_true(n < 10000);
        bool memory = false;
        for (size_t i = 0; i < faults.count && i < FAULT_LIST_MAX; i++) {
            memory = memory || faults.items[i].fault == FAULT_NO_MEMORY;
        }
        assert_true(result == RESULT_OK || memory);
        covenant_free(covenant);
    }
    assert_true(n > 10);
    mem_free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sample_is_read),
        cmocka_unit_test(terms_of_the_sample_are_read),
        cmocka_unit_test(the_hash_is_of_what_is_agreed),
        cmocka_unit_test(the_longest_term_of_a_class_counts),
        cmocka_unit_test(in_force_on_first_and_last_day),
        cmocka_unit_test(work_area_is_strict),
        cmocka_unit_test(each_fault_is_named_with_its_place),
        cmocka_unit_test(all_faults_come_at_once),
        cmocka_unit_test(values_do_not_stand_in_faults),
        cmocka_unit_test(what_is_no_covenant_is_refused),
        cmocka_unit_test(a_document_past_the_ceiling_is_not_read),
        cmocka_unit_test(nesting_is_refused_however_deep),
        cmocka_unit_test(every_list_has_its_bound),
        cmocka_unit_test(every_text_has_its_bound),
        cmocka_unit_test(witnesses_have_a_bound),
        cmocka_unit_test(too_many_pairs_of_kinds_are_refused),
        cmocka_unit_test(a_covenant_without_rules_is_a_covenant),
        cmocka_unit_test(every_failed_allocation_is_a_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
