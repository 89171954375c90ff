/* `ketenbrug covenant status`: who signed what, what expires, what is in force with whom. */
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/desk.h"
#include "cmd/table.h"
#include "policy/agreement.h"

enum { NAME_WIDTH = 34, WORD_WIDTH = 12, MOMENT_WIDTH = 21 };

static const char *word_text(const char *word)
{
    enum statement_type type;
    return statement_parse(slice_text(word), &type) ? statement_text(type) : "zegt niets";
}

static void print_party(const struct json *party)
{
    (void)printf("  ");
    table_cell(stdout, json_cstr(json_member(party, "naam")), NAME_WIDTH);
    table_cell(stdout, word_text(json_cstr(json_member(party, "stand"))), WORD_WIDTH);
    table_cell(stdout, json_cstr(json_member(party, "ondertekendOp")), MOMENT_WIDTH);
    (void)printf("%s", json_bool(json_member(party, "vanKracht")) ? " van kracht" : "");
    if (json_bool(json_member(party, "vernieuwen"))) {
        (void)printf(" (certificaat verlopen op %s: vraag een nieuwe handtekening)",
                     json_cstr(json_member(party, "certificaatTot")));
    }
    (void)printf("\n");
}

static void print_document(const struct json *document)
{
    (void)printf("%s, versie %s\n  %s\n", json_cstr(json_member(document, "naam")),
                 json_cstr(json_member(document, "versie")), json_cstr(json_member(document, "hash")));
    const char *before = json_cstr(json_member(document, "voorganger"));
    if (before[0] != '\0') {
        (void)printf("  vervangt %s\n", before);
    }
    (void)printf("  laatste dag %s%s; deze organisatie: %s; van kracht met %lld ketenpartners\n",
                 json_cstr(json_member(document, "laatsteDag")),
                 json_bool(json_member(document, "geldigVandaag")) ? "" : " (geldt vandaag niet)",
                 word_text(json_cstr(json_member(document, "eigenStand"))),
                 (long long)json_int(json_member(document, "vanKrachtMet")));
    for (const struct json *p = json_first(json_member(document, "partijen")); p != NULL; p = json_next(p)) {
        print_party(p);
    }
    for (const struct json *p = json_first(json_member(document, "ontbreken")); p != NULL; p = json_next(p)) {
        (void)printf("  ");
        table_cell(stdout, json_cstr(p), NAME_WIDTH);
        (void)printf("nog geen handtekening\n");
    }
}

static void print(const struct json *answer, const void *ctx)
{
    (void)ctx;
    for (const struct json *d = json_first(json_member(answer, "convenanten")); d != NULL; d = json_next(d)) {
        print_document(d);
    }
    for (const struct json *i = json_first(json_member(answer, "uitnodigingen")); i != NULL; i = json_next(i)) {
        (void)printf("uitnodiging van %s voor %s\n  %s%s\n", json_cstr(json_member(i, "van")),
                     json_cstr(json_member(i, "genodigde")), json_cstr(json_member(i, "hash")),
                     json_bool(json_member(i, "bekend")) ? "" : " (document nog niet ontvangen)");
    }
}

static int run(const struct args *args)
{
    return desk_command(args, "GET", "/v1/convenanten", NULL, print, NULL);
}

static const struct option_row options[] = {OPTION_JSON, OPTION_TOKEN, OPTION_CONFIG};

const struct command command_covenant_status = {
    .name = "covenant status",
    .summary = "toont wie wat tekende, wat verloopt en met wie wat van kracht is",
    .options = options,
    .option_count = COUNT_OF(options),
    .example = "ketenbrug covenant status",
    .run = run,
};
