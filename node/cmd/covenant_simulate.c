/* `ketenbrug covenant simulate`: which consults of the logged past a draft would answer otherwise. */
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "cmd/command.h"
#include "cmd/covenant_file.h"
#include "cmd/desk.h"
#include "cmd/table.h"

struct totals {
    long long consults, same, changed;
    long long destroyed, unreadable, inputs, consent;
};

static void print_words(const char *title, const struct json *list)
{
    (void)printf("         %s", title);
    for (const struct json *word = json_first(list); word != NULL; word = json_next(word)) {
        table_cell(stdout, json_cstr(word), 0);
        (void)printf("%s", json_next(word) != NULL ? ", " : "");
    }
    (void)printf("%s\n", json_first(list) == NULL ? "niets" : "");
}

static void print_finding(const struct json *finding)
{
    (void)printf("%7lld  ", (long long)json_int(json_member(finding, "volgnummer")));
    table_cell(stdout, json_cstr(json_member(finding, "tijd")), 22);
    table_cell(stdout, json_cstr(json_member(finding, "verschil")), 21);
    table_cell(stdout, json_cstr(json_member(finding, "doel")), 24);
    table_cell(stdout, json_cstr(json_member(finding, "ketenpartnerNaam")), 0);
    (void)printf("\n");
    if (json_member(finding, "was") != NULL) {
        print_words("was:   ", json_member(finding, "was"));
        print_words("wordt: ", json_member(finding, "wordt"));
    }
    (void)printf("         ");
    table_cell(stdout, json_cstr(json_member(finding, "reden")), 0);
    (void)printf("\n");
}

static long long count_of(const struct json *object, const char *name)
{
    return (long long)json_int(json_member(object, name));
}

static void add_up(struct totals *t, const struct json *answer)
{
    const struct json *unknown = json_member(answer, "onbekend");
    t->consults += count_of(answer, "raadplegingen");
    t->same += count_of(answer, "gelijk");
    t->changed += count_of(answer, "anders");
    t->destroyed += count_of(unknown, "sleutelVernietigd");
    t->unreadable += count_of(unknown, "onleesbaar");
    t->inputs += count_of(unknown, "invoerOntbreekt");
    t->consent += count_of(unknown, "toestemmingAndersGewogen");
}

static void print_unknown(long long count, const char *why)
{
    if (count != 0) {
        (void)printf("- van %lld: %s\n", count, why);
    }
}

static void print_totals(const struct totals *t)
{
    (void)printf(
        "\n%lld raadplegingen in het logboek: %lld komen gelijk uit, %lld anders, van %lld is het niet te weten.\n",
        t->consults, t->same, t->changed, t->destroyed + t->unreadable + t->inputs + t->consent);
    (void)printf("Wat dit niet kan weten:\n");
    print_unknown(t->destroyed, "de sleutel van de regel is vernietigd");
    print_unknown(t->unreadable, "de regel kan niet worden gelezen");
    print_unknown(t->inputs, "toestemming, beperking en verklaringen zijn toen nog niet vastgelegd");
    print_unknown(t->consent, "het ontwerp weegt toestemming anders, en wie wat zei staat niet in de regel");
    (void)printf("- wat ketenpartners op vragen van dit knooppunt zouden antwoorden: dat staat in hun logboek;\n"
                 "- vragen die toen niet werden gesteld of werden geweigerd, en onder het ontwerp wel zouden mogen;\n"
                 "- toestemming die onder het ontwerp anders gevraagd of gegeven zou zijn.\n");
}

/* One answer after another, until the log is at its end; each page says where the next begins. */
static enum result simulate(struct desk *desk, const struct args *args, const struct buf *draft, struct error *err)
{
    const char *from = args_value(args, "van");
    const char *until = args_value(args, "tot");
    struct totals totals = {0};
    long long at = 0;
    bool more = true;
    while (more) {
        char path[160];
        struct json *answer CLEANUP(json_cleanup) = NULL;
        (void)snprintf(path, sizeof path, "/v1/logboek/simulaties?vanaf=%lld%s%s%s%s", at, from != NULL ? "&van=" : "",
                       from != NULL ? from : "", until != NULL ? "&tot=" : "", until != NULL ? until : "");
        TRY(desk_call(desk, "POST", path, draft, &answer, err));
        if (args_flag(args, "json")) {
            desk_print_raw(desk);
        }
        for (const struct json *f = json_first(json_member(answer, "regels")); f != NULL && !args_flag(args, "json");
             f = json_next(f)) {
            print_finding(f);
        }
        add_up(&totals, answer);
        const struct json *next = json_member(answer, "verder");
        more = next != NULL && json_int(next) > at; /* a node that does not get on is not asked for ever */
        at = next != NULL ? (long long)json_int(next) : at;
    }
    if (!args_flag(args, "json")) {
        print_totals(&totals);
    }
    return RESULT_OK;
}

static bool is_day(const struct args *args, const char *name)
{
    struct date day;
    return args_value(args, name) == NULL || date_parse(slice_text(args_value(args, name)), &day);
}

static int run(const struct args *args)
{
    struct covenant_file draft = {0};
    struct desk *desk = NULL;
    struct error err;
    enum result result = RESULT_OK;
    if (args->free_count != 1) {
        result = error_set(&err, FAULT_USAGE, "ONTWERP", "hier hoort een bestand met het ontwerp van een convenant");
    } else if (!is_day(args, "van") || !is_day(args, "tot")) {
        result = error_set(&err, FAULT_USAGE, "van, tot", "hier hoort een dag als JJJJ-MM-DD");
    }
    if (result == RESULT_OK) {
        result = covenant_file_read(args->free_words[0], &draft, &err);
    }
    if (result == RESULT_OK) {
        result = desk_open(args, &desk, &err);
    }
    if (result == RESULT_OK) {
        result = simulate(desk, args, &draft.text, &err);
    }
    desk_close(desk);
    covenant_file_free(&draft);
    return result == RESULT_OK ? EXIT_FINE : command_fail(&err);
}

static const struct option_row options[] = {
    {"van", "JJJJ-MM-DD", false, "eerste dag (UTC); anders vanaf het begin van het logboek"},
    {"tot", "JJJJ-MM-DD", false, "laatste dag (UTC)"},
    {"json", NULL, false, "uitvoer als JSON: een antwoord per regel, tot zonder `verder`"},
    OPTION_TOKEN,
    OPTION_CONFIG,
};

const struct command command_covenant_simulate = {
    .name = "covenant simulate",
    .summary = "toont welke raadplegingen van toen onder een ontwerp anders zouden uitkomen; wordt vastgelegd",
    .free_words = "ONTWERP",
    .options = options,
    .option_count = COUNT_OF(options),
    .example = "ketenbrug covenant simulate ontwerp.json --van 2026-01-01",
    .run = run,
};
