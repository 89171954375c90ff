/* `ketenbrug matching status | open`: how private matching stands, and in whose sets a person stands and stood. */
#include <stdio.h>

#include "base/ident.h"
#include "base/oin.h"
#include "cmd/command.h"
#include "cmd/desk.h"
#include "cmd/table.h"

enum { NAME_WIDTH = 33, NAMES_TEXT_MAX = 64 };

struct column {
    const char *member;
    const char *title;
    int width;
};

/* A cell as it stands in the answer; what is not there is a dash. */
static void print_cell(const struct json *value, int width)
{
    char text[NAMES_TEXT_MAX] = "-";
    if (value != NULL && json_kind(value) == JSON_NUMBER) {
        (void)snprintf(text, sizeof text, "%lld", (long long)json_int(value));
    } else if (value != NULL && json_kind(value) == JSON_BOOL) {
        (void)snprintf(text, sizeof text, "%s", json_bool(value) ? "ja" : "nee");
    } else if (value != NULL) {
        (void)snprintf(text, sizeof text, "%s", json_cstr(value));
    }
    table_cell(stdout, text, width);
}

/* The name that the node's standing gives for an organisation, or its number. */
static const char *name_of(const struct json *standing, const struct json *oin)
{
    for (const struct json *p = json_first(json_member(standing, "ketenpartners")); p != NULL; p = json_next(p)) {
        if (slice_equal(json_text_of(p, "oin"), json_text(oin))) {
            return json_cstr(json_member(p, "naam"));
        }
    }
    return json_cstr(oin);
}

static void print_rows(const struct json *rows, const struct json *standing, const struct column *columns, size_t count)
{
    if (json_first(rows) == NULL) {
        (void)printf("  geen\n");
        return;
    }
    (void)printf("  ");
    table_cell(stdout, "ketenpartner", NAME_WIDTH);
    for (size_t i = 0; i < count; i++) {
        table_cell(stdout, columns[i].title, columns[i].width);
    }
    (void)printf("\n");
    for (const struct json *row = json_first(rows); row != NULL; row = json_next(row)) {
        (void)printf("  ");
        table_cell(stdout, name_of(standing, json_member(row, "ketenpartner")), NAME_WIDTH);
        for (size_t i = 0; i < count; i++) {
            print_cell(json_member(row, columns[i].member), columns[i].width);
        }
        (void)printf("\n");
    }
}

static const struct column given[] = {
    {"doel", "doel", 21},
    {"periode", "periode", 8},
    {"spoed", "spoed", 6},
    {"versie", "versie", 11},
    {"klasse", "omvang", 9},
    {"personen", "personen", 9},
    {"publicatie", "publicatie", 21},
};

static const struct column held[] = {
    {"doel", "doel", 21},          {"toestand", "toestand", 11},
    {"periode", "periode", 8},     {"versie", "versie", 11},
    {"omvang", "omvang", 9},       {"gezien", "gezien", 21},
    {"geevalueerd", "omgezet", 9}, {"getoetst", "getoetst", 9},
    {"treffers", "treffers", 9},   {"zonderBetrokkenheid", "leeg", 7},
};

static const struct column used[] = {
    {"doel", "doel", 21},
    {"vandaag", "vandaag", 9},
    {"perDag", "per dag", 9},
    {"ditJaar", "jaar", 9},
    {"perJaar", "per jaar", 9},
    {"perPeriode", "per periode", 12},
    {"waarschuwtAlleen", "alleen waarschuwing", 21},
};

static void print_evaluations(const struct json *own)
{
    const long long untested = (long long)json_int(json_member(own, "zonderToets"));
    const long long caseless = (long long)json_int(json_member(own, "zonderZaak"));
    (void)printf("\nEigen vragen, regels %lld tot %lld van het logboek: %lld waarden omgezet\n",
                 (long long)json_int(json_member(own, "vanaf")), (long long)json_int(json_member(own, "omvang")),
                 (long long)json_int(json_member(own, "waarden")));
    (void)printf("  bij %lld daarvan is niemand getoetst%s\n", untested, untested != 0 ? "  UITZOEKEN" : "");
    (void)printf("  bij %lld daarvan is geen zaak, melding of maatregel genoemd\n", caseless);
}

static void print_findings(const struct json *findings)
{
    const char *more = json_bool(json_member(findings, "volledigGeteld")) ? "" : " of meer";
    (void)printf("\nBevindingen in het logboek\n");
    (void)printf("  %lld%s keer viel iets op: ketenbrug audit search --handeling koppeling-opvallend\n",
                 (long long)json_int(json_member(findings, "opvallend")), more);
    (void)printf("  %lld%s keer is een set geweigerd: ketenbrug audit search --handeling opzoekset-geweigerd\n",
                 (long long)json_int(json_member(findings, "geweigerdeSets")), more);
}

static void print_status(const struct json *answer, const struct json *standing)
{
    const struct json *last = json_member(answer, "laatstePublicatie");
    (void)printf("Opzoeksets die hier worden gepubliceerd: periode %lld, %lld keer, %lld wijzigingen wachten\n",
                 (long long)json_int(json_member(answer, "periode")),
                 (long long)json_int(json_member(answer, "publicaties")),
                 (long long)json_int(json_member(answer, "wachtend")));
    (void)printf("  laatste publicatie: %s\n", last != NULL ? json_cstr(last) : "nog geen");
    print_rows(json_member(answer, "verstrekteOpzoeksets"), standing, given, COUNT_OF(given));
    (void)printf("\nOpzoeksets van ketenpartners (%lld rondes klaar, van %lld begonnen)\n",
                 (long long)json_int(json_member(answer, "rondesKlaar")),
                 (long long)json_int(json_member(answer, "rondesBegonnen")));
    print_rows(json_member(answer, "setsVanKetenpartners"), standing, held, COUNT_OF(held));
    (void)printf("\nWaarden die ketenpartners hier lieten omzetten\n");
    print_rows(json_member(answer, "quota"), standing, used, COUNT_OF(used));
    if (!json_bool(json_member(answer, "quotaVolledig"))) {
        (void)printf("  en meer: het zijn er te veel voor een antwoord\n");
    }
    print_evaluations(json_member(answer, "eigenEvaluaties"));
    print_findings(json_member(answer, "bevindingen"));
}

static enum result show_status(struct desk *desk, const struct args *args, struct error *err)
{
    struct json *answer CLEANUP(json_cleanup) = NULL;
    struct json *standing CLEANUP(json_cleanup) = NULL;
    if (args_flag(args, "json")) {
        TRY(desk_call(desk, "GET", "/v1/koppeling", NULL, &answer, err));
        desk_print_raw(desk);
        return RESULT_OK;
    }
    TRY(desk_call(desk, "GET", "/v1/stand", NULL, &standing, err)); /* the partners' names */
    TRY(desk_call(desk, "GET", "/v1/koppeling", NULL, &answer, err));
    print_status(answer, standing);
    return RESULT_OK;
}

static int run_status(const struct args *args)
{
    return desk_session(args, show_status);
}

/* ---- one person ---- */

static void print_standing(const struct json *place)
{
    const struct json *proof = json_member(place, "bewijs");
    print_cell(json_member(place, "naam"), NAME_WIDTH);
    print_cell(json_member(place, "doel"), 20);
    (void)printf(" sinds %.19sZ", json_cstr(json_member(place, "sinds")));
    if (proof != NULL) {
        (void)printf(", versie %lld, bewezen met regel %lld", (long long)json_int(json_member(place, "versie")),
                     (long long)json_int(json_member(proof, "regel")));
    } else {
        (void)printf(", te bewijzen na de volgende publicatie");
    }
    (void)printf("%s\n", json_bool(json_member(place, "eindigt")) ? "; eindigt" : "");
}

static void print_stood(const struct json *place)
{
    print_cell(json_member(place, "naam"), NAME_WIDTH);
    print_cell(json_member(place, "doel"), 20);
    (void)printf(" %.19sZ tot %.19sZ, versies %lld tot %lld\n", json_cstr(json_member(place, "sinds")),
                 json_cstr(json_member(place, "tot")), (long long)json_int(json_member(place, "vanVersie")),
                 (long long)json_int(json_member(place, "totVersie")));
}

static void print_places(const char *title, const struct json *places, void (*print)(const struct json *place))
{
    (void)printf("%s\n", title);
    for (const struct json *place = json_first(places); place != NULL; place = json_next(place)) {
        (void)printf(" ");
        print(place);
    }
    if (json_first(places) == NULL) {
        (void)printf("  geen\n");
    }
}

static void print_person(const struct json *answer, const void *ctx)
{
    (void)ctx;
    print_places("Deze persoon staat in de opzoeksets van", json_member(answer, "staatIn"), print_standing);
    print_places("en stond in die van", json_member(answer, "stondIn"), print_stood);
    if (!json_bool(json_member(answer, "volledig"))) {
        (void)printf("Dit is niet alles: het zijn er te veel voor een antwoord.\n");
    }
    (void)printf("Een bewijs gaat na wie deze inzage met --json vraagt; wat een regel bewijst, toont audit show.\n");
}

static int run_open(const struct args *args)
{
    return desk_command_about_one(args, "/v1/koppeling/inzagen", print_person);
}

static const struct option_row options[] = {OPTION_JSON, OPTION_TOKEN, OPTION_CONFIG};

const struct command command_matching_status = {
    .name = "matching status",
    .summary = "toont opzoeksets, omgezette waarden, quota en bevindingen van het koppelen",
    .options = options,
    .option_count = COUNT_OF(options),
    .example = "ketenbrug matching status",
    .run = run_status,
};

const struct command command_matching_open = {
    .name = "matching open",
    .summary = "toont in wier opzoeksets een persoon staat en stond, met bewijs; bsn van de invoer; wordt vastgelegd",
    .options = options,
    .option_count = COUNT_OF(options),
    .example = "ketenbrug matching open --bewijs privacy.bewijs",
    .run = run_open,
};
