/* `ketenbrug audit search`: a question to the log, its answer as a table. */
#include "cmd/audit_search.h"

#include <stdio.h>
#include <string.h>

#include "base/ident.h"
#include "base/limits.h"
#include "base/mem.h"
#include "cmd/command.h"
#include "cmd/desk.h"
#include "cmd/people_input.h"
#include "cmd/table.h"

enum { CELL_MAX = 256, PSEUDONYM_SHOWN = 8, SEARCH_STANDARD = 20 };

/* ---- the table ---- */

struct column {
    const char *name;  /* in the answer */
    const char *title; /* on screen */
    int width;
    int shown; /* characters of an identifier that are enough in a table; 0: all */
};

static const struct column columns[] = {
    {"tijd", "tijd", 22, 0},           {"verzoek", "verzoek", 10, 8},
    {"handeling", "handeling", 23, 0}, {"ketenpartnerNaam", "ketenpartner", 31, 0},
    {"doel", "doel", 22, 0},           {"uitkomst", "uitkomst", 29, 0},
    {"gebruiker", "gebruiker", 14, 0}, {"bsn", "bsn", 0, 0},
};

static void print_titles(void)
{
    (void)printf("  regel  ");
    for (size_t i = 0; i < COUNT_OF(columns); i++) {
        table_cell(stdout, columns[i].title, columns[i].width);
    }
    (void)printf("\n");
}

static void print_row(const struct json *row)
{
    (void)printf("%7lld  ", (long long)json_int(json_member(row, "volgnummer")));
    for (size_t i = 0; i < COUNT_OF(columns); i++) {
        char text[CELL_MAX];
        (void)slice_copy_text(json_text_of(row, columns[i].name), text, sizeof text);
        if (strcmp(columns[i].name, "uitkomst") == 0 && !json_bool(json_member(row, "leesbaar"))) {
            (void)slice_copy_text(json_text_of(row, "gesloten"), text, sizeof text);
        }
        /* A partner's user is a pseudonym of 32 digits: its start is enough in a table. */
        const int shown = strlen(text) == IDENT_TEXT_SIZE - 1 ? PSEUDONYM_SHOWN : columns[i].shown;
        if (shown != 0 && strlen(text) > (size_t)shown) {
            text[shown] = '\0';
        }
        table_cell(stdout, text, columns[i].width);
    }
    (void)printf("\n");
}

void audit_print_rows(const struct json *answer)
{
    print_titles();
    for (const struct json *row = json_first(json_member(answer, "regels")); row != NULL; row = json_next(row)) {
        print_row(row);
    }
}

void audit_print_reach(const struct json *answer)
{
    const long long reach = (long long)json_int(json_member(answer, "doorzoekbaar"));
    const long long size = (long long)json_int(json_member(answer, "omvang"));
    if (reach == 0) {
        (void)printf("Nog geen regel is doorzoekbaar, van %lld.\n", size);
    } else {
        (void)printf("Doorzoekbaar tot en met regel %lld van %lld.\n", reach - 1, size - 1);
    }
}

/* ---- the question ---- */

static const char *const filters[] = {"verzoek", "raadpleging", "zaak",     "gebruiker", "ketenpartner",
                                      "doel",    "handeling",   "uitkomst", "van",       "tot"};

static enum result search(struct desk *desk, const struct args *args, struct json **answer, struct error *err)
{
    struct bsn person;
    size_t people = 0;
    long long before = 0;
    long long count = 0;
    struct buf body;
    TRY(args_number(args, "aantal", 1, LOG_SEARCH_PAGE, SEARCH_STANDARD, &count, err));
    TRY(args_number(args, "voor", 0, INT64_MAX, 0, &before, err));
    if (args_flag(args, "persoon")) {
        TRY(people_from_input(&person, 1, &people, err));
    }
    buf_init(&body, HTTP_BODY_SMALL);
    struct json_writer w = json_writer(&body);
    json_begin_object(&w, NULL);
    for (size_t i = 0; i < COUNT_OF(filters); i++) {
        if (args_value(args, filters[i]) != NULL) {
            json_put_text(&w, filters[i], args_value(args, filters[i]));
        }
    }
    if (args_value(args, "voor") != NULL) {
        json_put_int(&w, "voor", before);
    }
    if (people != 0) {
        json_put_slice(&w, "bsn", bsn_digits(&person));
        mem_wipe(&person, sizeof person);
    }
    json_put_int(&w, "aantal", count);
    json_end_object(&w);
    const enum result result = desk_call(desk, "POST", "/v1/logboek/zoekopdrachten", &body, answer, err);
    buf_wipe(&body);
    return result;
}

static void print_found(const struct json *answer)
{
    audit_print_rows(answer);
    audit_print_reach(answer);
    if (json_member(answer, "verder") != NULL) {
        (void)printf("Er kan meer zijn: zoek verder met --voor %lld.\n",
                     (long long)json_int(json_member(answer, "verder")));
    }
}

static int run(const struct args *args)
{
    struct error err;
    struct desk *desk = NULL;
    struct json *answer CLEANUP(json_cleanup) = NULL;
    enum result result = desk_open(args, &desk, &err);
    if (result == RESULT_OK) {
        result = search(desk, args, &answer, &err);
    }
    if (result == RESULT_OK && args_flag(args, "json")) {
        desk_print_raw(desk);
    } else if (result == RESULT_OK) {
        print_found(answer);
    }
    desk_close(desk);
    return result == RESULT_OK ? EXIT_FINE : command_fail(&err);
}

static const struct option_row options[] = {
    {"persoon", NULL, false, "regels over deze persoon; bsn van de invoer"},
    {"gebruiker", "NAAM", false, "regels van deze gebruiker"},
    {"ketenpartner", "OIN", false, "regels met deze ketenpartner; als enige met --van en --tot"},
    {"zaak", "NUMMER", false, "regels met dit zaak- of meldingsnummer"},
    {"doel", "CODE", false, "regels met dit doel; als enige met --van en --tot"},
    {"verzoek", "KENMERK", false, "regels van dit verzoek"},
    {"raadpleging", "KENMERK", false, "regels van deze raadpleging, bij de vrager"},
    {"handeling", "WOORD", false, "regels met deze handeling; een verkeerd woord toont welke alleen kunnen staan"},
    {"uitkomst", "WOORD", false, "met iets anders: alleen deze uitkomst; een verkeerd woord toont welke er zijn"},
    {"van", "DAG", false, "vanaf deze dag, als JJJJ-MM-DD (UTC)"},
    {"tot", "DAG", false, "tot en met deze dag (UTC)"},
    {"voor", "NUMMER", false, "alleen regels voor deze, om verder te zoeken"},
    {"aantal", "AANTAL", false, "1 tot en met 100 (20)"},
    OPTION_JSON,
    OPTION_TOKEN,
    OPTION_CONFIG,
};

const struct command command_audit_search = {
    .name = "audit search",
    .summary = "zoekt regels van het logboek (privacybeheerder, FG); deze zoekopdracht wordt zelf vastgelegd",
    .options = options,
    .option_count = COUNT_OF(options),
    .example =
        "ketenbrug audit search --persoon --doel hulpafstemming\n    ketenbrug audit search --gebruiker g.jansen "
        "--uitkomst geweigerd",
    .run = run,
};
