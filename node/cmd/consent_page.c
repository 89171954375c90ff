#include "cmd/consent_page.h"

#include "base/oin.h"
#include "cmd/table.h"

enum { LABEL_WIDTH = 18 };

struct word {
    const char *code;
    const char *text;
};

static const struct word kinds[] = {
    {"opheffen-geheimhouding", "de hulpverlener mag de geheimhouding doorbreken"},
    {"avg-grond", "de organisatie mag uw gegevens delen"},
    {"instemming", "u stemt in met het plan"},
};

static const struct word givers[] = {
    {"betrokkene", "uzelf"},   {"ouder", "een ouder met gezag"}, {"voogd", "de voogd"},
    {"curator", "de curator"}, {"mentor", "de mentor"},
};

static const struct word categories[] = {
    {"bestaan", "dat u hier hulp krijgt, op welk gebied en sinds wanneer"},
    {"contact", "wie uw contactpersoon is, en hoe die te bereiken is"},
    {"dienst", "welke hulp u krijgt"},
    {"fase", "hoe ver die hulp is"},
    {"status", "hoe het ermee staat, en wanneer er voor het laatst contact was"},
    {"bedreigende-situatie", "of er een bedreigende situatie is"},
    {"plan", "wat er in het plan staat"},
};

static const struct word outcomes[] = {
    {"gegeven", "U geeft toestemming."},
    {"geweigerd", "U geeft geen toestemming. Dan wordt er niets gedeeld waarvoor toestemming nodig is."},
    {"ingetrokken", "Deze toestemming is ingetrokken en telt niet meer."},
};

static const char *text_of(const struct word *words, size_t count, const char *code)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_is(slice_text(code), words[i].code)) {
            return words[i].text;
        }
    }
    return code;
}

static void put_label(FILE *out, const char *label)
{
    table_cell(out, label, LABEL_WIDTH);
}

static void put_line(FILE *out, const char *label, const char *text)
{
    put_label(out, label);
    table_cell(out, text, 0);
    (void)fputc('\n', out);
}

static void put_word(FILE *out, const char *label, const struct word *words, size_t count, const struct json *value)
{
    put_line(out, label, text_of(words, count, json_cstr(value)));
}

/* An OIN by the party's name; a kind of party by its code and how many that are. */
static void put_recipient(FILE *out, const char *label, const struct covenant *covenant, const struct json *code)
{
    struct oin oin;
    const struct party *party = oin_parse(json_text(code), &oin) ? covenant_party(covenant, &oin) : NULL;
    const struct party *one = NULL;
    size_t count = 0;
    for (size_t i = 0; i < covenant_party_count(covenant); i++) {
        if (slice_is(json_text(code), covenant_party_at(covenant, i)->kind)) {
            one = covenant_party_at(covenant, i);
            count++;
        }
    }
    put_label(out, label);
    if (party != NULL || count == 1) {
        table_cell(out, party != NULL ? party->name : one->name, 0);
    } else {
        (void)fputs("elke organisatie van de soort ", out);
        table_cell(out, json_cstr(code), 0);
        (void)fprintf(out, " in het convenant (nu %zu)", count);
    }
    (void)fputc('\n', out);
}

static void put_recipients(FILE *out, const struct covenant *covenant, const struct json *list)
{
    const char *label = "Aan wie:";
    if (json_size(list) == 0) {
        put_line(out, label, "alle organisaties in het convenant");
    }
    for (const struct json *item = json_first(list); item != NULL; item = json_next(item)) {
        put_recipient(out, label, covenant, item);
        label = "";
    }
}

static void put_categories(FILE *out, const struct json *list)
{
    const char *label = "Wat:";
    if (json_size(list) == 0) {
        put_line(out, label, "alle gegevens");
    }
    for (const struct json *item = json_first(list); item != NULL; item = json_next(item)) {
        put_word(out, label, categories, COUNT_OF(categories), item);
        label = "";
    }
}

static void put_purposes(FILE *out, const struct covenant *covenant, const struct json *list)
{
    const char *label = "Waarvoor:";
    if (json_size(list) == 0) {
        put_line(out, label, "alle doelen");
    }
    for (const struct json *item = json_first(list); item != NULL; item = json_next(item)) {
        const struct purpose *purpose = covenant_purpose(covenant, json_text(item));
        put_line(out, label, purpose != NULL ? purpose->text : json_cstr(item));
        label = "";
    }
}

static void put_term(FILE *out, const struct covenant *covenant, const struct json *consent)
{
    const char *from = json_cstr(json_member(consent, "vanaf"));
    const char *until = json_cstr(json_member(consent, "tot"));
    const int most = covenant_consent_terms(covenant)->months_at_most;
    put_label(out, "Tot wanneer:");
    (void)fputs("vanaf ", out);
    table_cell(out, from[0] != '\0' ? from : "vandaag", 0);
    if (until[0] != '\0') {
        (void)fputs(" tot en met ", out);
        table_cell(out, until, 0);
    }
    (void)fprintf(out, ", en nooit langer dan %d maanden\n", most);
}

static void put_messages(FILE *out, const struct json *list)
{
    for (const struct json *m = json_first(list); m != NULL; m = json_next(m)) {
        const char *confirmed = json_cstr(json_member(m, "bevestigdOp"));
        put_label(out, m == json_first(list) ? "Doorgegeven aan:" : "");
        table_cell(out, json_cstr(json_member(m, "naam")), 0);
        (void)fputs(confirmed[0] != '\0' ? ", bevestigd op " : ", nog niet bevestigd: ", out);
        table_cell(out, confirmed[0] != '\0' ? confirmed : json_cstr(json_member(m, "toestand")), 0);
        (void)fputc('\n', out);
    }
}

static void put_disclosures(FILE *out, const struct json *answer)
{
    const struct json *list = json_member(answer, "verstrekkingen");
    for (const struct json *d = json_first(list); d != NULL; d = json_next(d)) {
        put_label(out, d == json_first(list) ? "Kreeg gegevens:" : "");
        table_cell(out, json_cstr(json_member(d, "naam")), 0);
        (void)fprintf(out, ", %lld keer, het laatst op ", (long long)json_int(json_member(d, "aantal")));
        table_cell(out, json_cstr(json_member(d, "laatste")), 0);
        (void)fputs(", voor ", out);
        table_cell(out, json_cstr(json_member(d, "doel")), 0);
        (void)fputc('\n', out);
    }
    if (json_size(list) == 0) {
        put_line(out, "Kreeg gegevens:", "nog niemand");
    }
    put_line(out, "", "(wat volgens de wet nu niet mag worden getoond, staat hier niet bij)");
    if (!json_bool(json_member(answer, "verstrekkingenVolledig"))) {
        put_line(out, "", "(er zijn meer regels dan hier zijn doorzocht: vraag de privacybeheerder)");
    }
}

static void put_name(FILE *out, const struct json *answer)
{
    const char *given = json_cstr(json_member(answer, "voornamen"));
    put_label(out, "Over wie:");
    table_cell(out, given, 0);
    (void)fputs(given[0] != '\0' ? " " : "", out);
    table_cell(out, json_cstr(json_member(answer, "achternaam")), 0);
    (void)fputc('\n', out);
}

void consent_page_print(FILE *out, const struct covenant *covenant, const struct json *answer,
                        const struct json *consent)
{
    const char *giver = json_cstr(json_member(answer, "gegevenDoor"));
    (void)fputs("TOESTEMMING OM GEGEVENS TE DELEN\n\n", out);
    if (answer != NULL) {
        put_name(out, answer);
    }
    put_word(out, "Wie beslist:", givers, COUNT_OF(givers), json_member(consent, "door"));
    if (giver[0] != '\0') {
        put_line(out, "", giver);
    }
    put_word(out, "Waar het om gaat:", kinds, COUNT_OF(kinds), json_member(consent, "soort"));
    put_categories(out, json_member(consent, "categorieen"));
    put_recipients(out, covenant, json_member(consent, "ontvangers"));
    put_purposes(out, covenant, json_member(consent, "doelen"));
    put_term(out, covenant, consent);
    put_word(out, "Uw antwoord:", outcomes, COUNT_OF(outcomes), json_member(consent, "uitkomst"));
    if (answer != NULL) {
        put_messages(out, json_member(answer, "berichten"));
        put_disclosures(out, answer);
    }
    (void)fputs(
        "\nU hoeft geen toestemming te geven. Weigeren heeft geen gevolgen voor hulp waar u recht op hebt.\n"
        "U kunt uw toestemming altijd intrekken, zonder reden: aan de balie, bij uw hulpverlener of bij de\n"
        "privacybeheerder. Dat werkt meteen. Wat al gedeeld is, blijft bij wie het kreeg; u hoort hier wie dat is.\n"
        "Soms moet een hulpverlener ook zonder toestemming iets delen, bijvoorbeeld bij gevaar. Dat zegt de wet.\n",
        out);
}
