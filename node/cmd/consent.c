/* `ketenbrug consent add | withdraw | list | show | form`: what people said about their data. */
#include <stdio.h>

#include "base/limits.h"
#include "cmd/command.h"
#include "cmd/consent_page.h"
#include "cmd/desk.h"
#include "cmd/facts.h"
#include "cmd/node.h"
#include "cmd/people_input.h"
#include "cmd/table.h"

static int run_add(const struct args *args)
{
    return fact_add(args, "/v1/toestemmingen");
}

static int run_withdraw(const struct args *args)
{
    return fact_step(args, "/v1/toestemmingen/intrekkingen");
}

/* ---- list ---- */

enum { ID_WIDTH = 33, WORD_WIDTH = 24 };

static void print_fact(const struct json *fact)
{
    static const char *const words[] = {"uitkomst", "soort", "door"};
    static const char *const more[][2] = {{"naam", ""},         {"beoordelaar", ""},      {"vanaf", " vanaf "},
                                          {"tot", " tot "},     {"gewijzigdOp", ", op "}, {"via", ", via "},
                                          {"toelichting", ": "}};
    (void)printf("  ");
    table_cell(stdout, json_cstr(json_member(fact, "id")), ID_WIDTH);
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        const char *text = json_cstr(json_member(fact, words[i]));
        if (text[0] != '\0') {
            table_cell(stdout, text, 0);
            (void)printf(" ");
        }
    }
    for (size_t i = 0; i < COUNT_OF(more); i++) {
        const char *text = json_cstr(json_member(fact, more[i][0]));
        if (text[0] != '\0') {
            (void)fputs(more[i][1], stdout);
            table_cell(stdout, text, 0);
        }
    }
    (void)printf("\n");
}

static void print_facts(const struct json *answer, const void *ctx)
{
    static const char *const lists[][2] = {{"toestemmingen", "Toestemmingen"},
                                           {"gezagsrelaties", "Gezag"},
                                           {"wilsbekwaamheden", "Wilsbekwaamheid"},
                                           {"verlengdeJeugdhulp", "Verlengde jeugdhulp"},
                                           {"bezwaren", "Bezwaren"},
                                           {"beperkingen", "Beperkingen"},
                                           {"correcties", "Correcties"}};
    (void)ctx;
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        const struct json *list = json_member(answer, lists[i][0]);
        if (json_size(list) != 0) {
            (void)printf("%s\n", lists[i][1]);
        }
        for (const struct json *fact = json_first(list); fact != NULL; fact = json_next(fact)) {
            print_fact(fact);
        }
    }
}

static int run_list(const struct args *args)
{
    return desk_command_about_one(args, "/v1/toestemmingen/zoekopdrachten", print_facts);
}

/* ---- the page ---- */

static enum result read_covenant(const struct args *args, struct covenant **out, struct error *err)
{
    struct config config;
    struct fault_list faults = {0};
    TRY(config_read(config_file(args_value(args, "config")), &config, err));
    if (node_read_covenant(&config, out, &faults) != RESULT_OK) {
        return fault_list_result(&faults, err);
    }
    return RESULT_OK;
}

static void print_shown(const struct json *answer, const void *ctx)
{
    consent_page_print(stdout, ctx, answer, json_member(answer, "toestemming"));
}

static int run_show(const struct args *args)
{
    struct error err;
    struct covenant *covenant = NULL;
    struct buf body;
    if (read_covenant(args, &covenant, &err) != RESULT_OK) {
        return command_fail(&err);
    }
    buf_init(&body, HTTP_BODY_SMALL);
    struct json_writer w = json_writer(&body);
    json_begin_object(&w, NULL);
    json_put_text(&w, "id", args_value(args, "id"));
    json_end_object(&w);
    const int code = desk_command(args, "POST", "/v1/toestemmingen/inzagen", &body, print_shown, covenant);
    buf_free(&body);
    covenant_free(covenant);
    return code;
}

/* Before it is given: from the JSON that `consent add` would get. No node is asked and nothing is kept. */
static int run_form(const struct args *args)
{
    struct error err;
    struct covenant *covenant = NULL;
    struct json *json CLEANUP(json_cleanup) = NULL;
    struct buf input;
    buf_init(&input, HTTP_BODY_SMALL);
    enum result result = json_from_input(&input, &err);
    if (result == RESULT_OK) {
        result = json_parse(buf_slice(&input), &json, &err);
    }
    if (result == RESULT_OK && json_member(json, "toestemming") == NULL) {
        result = error_set(&err, FAULT_INVALID, "/toestemming", "dit veld ontbreekt");
    }
    if (result == RESULT_OK) {
        result = read_covenant(args, &covenant, &err);
    }
    if (result == RESULT_OK) {
        consent_page_print(stdout, covenant, NULL, json_member(json, "toestemming"));
    }
    covenant_free(covenant);
    buf_wipe(&input);
    return result == RESULT_OK ? EXIT_FINE : command_fail(&err);
}

static const struct option_row options[] = {OPTION_JSON, OPTION_TOKEN, OPTION_CONFIG};
static const struct option_row form_options[] = {OPTION_CONFIG};

static const struct option_row show_options[] = {
    {"id", "ID", true, "van de toestemming, zoals `consent list` hem toont"},
    OPTION_JSON,
    OPTION_TOKEN,
    OPTION_CONFIG,
};

static const struct option_row withdraw_options[] = {
    {"id", "ID", true, "van de toestemming, zoals `consent list` hem toont"},
    {"ketenpartner", "OIN", false, "wie deze intrekking moet bereiken; mag vaker"},
    OPTION_JSON,
    OPTION_TOKEN,
    OPTION_CONFIG,
};

const struct command command_consent_add = {
    .name = "consent add",
    .summary = "legt vast wat iemand over toestemming zegt; JSON van de invoer",
    .options = options,
    .option_count = COUNT_OF(options),
    .example = "ketenbrug consent add < toestemming.json\n"
               "    {\"bsn\":\"999990019\",\"toestemming\":{\"soort\":\"avg-grond\",\"uitkomst\":\"gegeven\","
               "\"door\":\"betrokkene\",\n     \"ontvangers\":[\"gebiedsteam\"],\"categorieen\":[\"bestaan\"],"
               "\"doelen\":[\"hulpafstemming\"],\n     \"bewijs\":\"formulier\",\"voorgelicht\":true}}",
    .run = run_add,
};

const struct command command_consent_withdraw = {
    .name = "consent withdraw",
    .summary = "trekt een toestemming in; geldt meteen; toelichting van de invoer",
    .options = withdraw_options,
    .option_count = COUNT_OF(withdraw_options),
    .example = "echo 'aan de balie' | ketenbrug consent withdraw --id 4f0c...",
    .run = run_withdraw,
};

const struct command command_consent_list = {
    .name = "consent list",
    .summary = "toont wat over iemands gegevens beslist; bsn van de invoer; deze inzage wordt vastgelegd",
    .options = options,
    .option_count = COUNT_OF(options),
    .example = "ketenbrug consent list",
    .run = run_list,
};

const struct command command_consent_show = {
    .name = "consent show",
    .summary = "een toestemming in gewone woorden, met wie een intrekking bevestigde en wie gegevens kreeg",
    .options = show_options,
    .option_count = COUNT_OF(show_options),
    .example = "ketenbrug consent show --id 4f0c...",
    .run = run_show,
};

const struct command command_consent_form = {
    .name = "consent form",
    .summary = "leest voor wat er wordt gevraagd, voordat het wordt gegeven; JSON van de invoer, zoals `consent add`",
    .options = form_options,
    .option_count = COUNT_OF(form_options),
    .example = "ketenbrug consent form < toestemming.json",
    .run = run_form,
};
