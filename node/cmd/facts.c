/* `ketenbrug authority | capability | extended-care | objection | restriction | correction`: what is recorded about a
 * person that decides over his data. What is personal comes from standard input: the JSON of the desk API, or one line. */
#include "cmd/facts.h"
#include "base/ident.h"
#include "base/limits.h"
#include "base/mem.h"
#include "cmd/command.h"
#include "cmd/desk.h"
#include "cmd/people_input.h"
#include "cmd/table.h"

#include <stdio.h>

/* Of a correction that was honoured (AVG art. 19). */
static void print_receivers(const struct json *answer)
{
    const struct json *list = json_member(answer, "verstrekkingen");
    if (list == NULL) {
        return;
    }
    (void)printf("  licht in wie dit eerder kreeg%s:\n", json_size(list) == 0 ? ": volgens het logboek niemand" : "");
    for (const struct json *v = json_first(list); v != NULL; v = json_next(v)) {
        (void)printf("    ");
        table_cell(stdout, json_cstr(json_member(v, "naam")), 0);
        (void)printf(", doel ");
        table_cell(stdout, json_cstr(json_member(v, "doel")), 0);
        (void)printf(": %lld keer, de laatste keer op ", (long long)json_int(json_member(v, "aantal")));
        table_cell(stdout, json_cstr(json_member(v, "laatste")), 0);
        (void)printf("\n");
    }
    if (!json_bool(json_member(answer, "verstrekkingenVolledig"))) {
        (void)printf("    dit is niet alles: zoek verder met `ketenbrug audit list --persoon`\n");
    }
}

static void print_changed(const struct json *answer, const void *ctx)
{
    (void)ctx;
    (void)printf("%s: %s\n", json_cstr(json_member(answer, "id")), json_cstr(json_member(answer, "uitkomst")));
    for (const struct json *m = json_first(json_member(answer, "berichten")); m != NULL; m = json_next(m)) {
        (void)printf("  op weg naar %s: bericht %s\n", json_cstr(json_member(m, "naam")),
                     json_cstr(json_member(m, "bericht")));
    }
    print_receivers(answer);
}

int fact_add(const struct args *args, const char *path)
{
    struct error err;
    struct buf body;
    buf_init(&body, HTTP_BODY_SMALL);
    const int code = json_from_input(&body, &err) == RESULT_OK
                         ? desk_command(args, "POST", path, &body, print_changed, NULL)
                         : command_fail(&err);
    buf_wipe(&body);
    return code;
}

static void write_step(const struct args *args, const struct ident *id, const char *text, struct buf *out)
{
    static const char *const optional[] = {"uitkomst"};
    size_t count = 0;
    const char *const *partners = args_values(args, "ketenpartner", &count);
    struct json_writer w = json_writer(out);
    json_begin_object(&w, NULL);
    json_put_text(&w, "id", ident_text(id).text);
    json_put_text(&w, "toelichting", text);
    for (size_t i = 0; i < COUNT_OF(optional); i++) {
        if (args_value(args, optional[i]) != NULL) {
            json_put_text(&w, optional[i], args_value(args, optional[i]));
        }
    }
    if (count != 0) {
        json_begin_array(&w, "ketenpartners");
        for (size_t i = 0; i < count; i++) {
            json_put_text(&w, NULL, partners[i]);
        }
        json_end_array(&w);
    }
    json_end_object(&w);
}

int fact_step(const struct args *args, const char *path)
{
    struct ident id;
    struct error err;
    struct buf body;
    char text[FACT_TEXT_MAX + 2];
    if (!ident_parse(slice_text(args_value(args, "id")), &id)) {
        (void)error_set(&err, FAULT_USAGE, "id", "hier horen 32 hexadecimale cijfers");
        return command_fail(&err);
    }
    if (line_from_input("Toelichting", text, sizeof text, &err) != RESULT_OK) {
        return command_fail(&err);
    }
    buf_init(&body, HTTP_BODY_SMALL);
    write_step(args, &id, text, &body);
    const int code = desk_command(args, "POST", path, &body, print_changed, NULL);
    buf_wipe(&body);
    mem_wipe(text, sizeof text);
    return code;
}

static int run_authority_add(const struct args *args)
{
    return fact_add(args, "/v1/gezagsrelaties");
}

static int run_authority_end(const struct args *args)
{
    return fact_step(args, "/v1/gezagsrelaties/beeindigingen");
}

static int run_capability_add(const struct args *args)
{
    return fact_add(args, "/v1/wilsbekwaamheden");
}

static int run_care_add(const struct args *args)
{
    return fact_add(args, "/v1/verlengde-jeugdhulp");
}

static int run_care_end(const struct args *args)
{
    return fact_step(args, "/v1/verlengde-jeugdhulp/beeindigingen");
}

static int run_objection_add(const struct args *args)
{
    return fact_add(args, "/v1/bezwaren");
}

static int run_objection_settle(const struct args *args)
{
    return fact_step(args, "/v1/bezwaren/afhandelingen");
}

static int run_restriction_add(const struct args *args)
{
    return fact_add(args, "/v1/beperkingen");
}

static int run_restriction_lift(const struct args *args)
{
    return fact_step(args, "/v1/beperkingen/opheffingen");
}

static int run_correction_add(const struct args *args)
{
    return fact_add(args, "/v1/correcties");
}

static int run_correction_settle(const struct args *args)
{
    return fact_step(args, "/v1/correcties/afhandelingen");
}

static const struct option_row add_options[] = {OPTION_JSON, OPTION_TOKEN, OPTION_CONFIG};

static const struct option_row step_options[] = {
    {"id", "ID", true, "zoals `consent list` hem toont"},
    OPTION_JSON,
    OPTION_TOKEN,
    OPTION_CONFIG,
};

static const struct option_row settle_options[] = {
    {"id", "ID", true, "zoals `consent list` hem toont"},
    {"uitkomst", "WOORD", true, "gehonoreerd of afgewezen"},
    OPTION_JSON,
    OPTION_TOKEN,
    OPTION_CONFIG,
};

#define COMMAND(symbol, words, does, rows, shown, function)                                                            \
    const struct command symbol = {.name = (words),                                                                    \
                                   .summary = (does),                                                                  \
                                   .options = (rows),                                                                  \
                                   .option_count = COUNT_OF(rows),                                                     \
                                   .example = (shown),                                                                 \
                                   .run = (function)}

COMMAND(command_authority_add, "authority add", "legt vast wie voor iemand mag spreken; JSON van de invoer",
        add_options,
        "ketenbrug authority add < gezag.json\n"
        "    {\"bsn\":\"999990019\",\"gezagsrelatie\":{\"soort\":\"ouder-met-gezag\",\"naam\":\"Ouder Een\","
        "\"bewijs\":\"gezagsregister 2026-03-01\",\"vanaf\":\"2014-03-01\"}}",
        run_authority_add);
COMMAND(command_authority_end, "authority end", "legt vast dat gezag voorbij is; toelichting van de invoer",
        step_options, "echo 'beschikking rechtbank' | ketenbrug authority end --id 4f0c...", run_authority_end);
COMMAND(command_capability_add, "capability add", "legt een oordeel over wilsbekwaamheid vast; JSON van de invoer",
        add_options,
        "ketenbrug capability add < oordeel.json\n"
        "    {\"bsn\":\"999990019\",\"wilsbekwaamheid\":{\"uitkomst\":\"wilsbekwaam\",\"beoordelaar\":\"A. Arts\","
        "\"bewijs\":\"gesprek 2026-03-01\"}}",
        run_capability_add);
COMMAND(command_care_add, "extended-care add", "legt verlengde jeugdhulp vast; JSON van de invoer", add_options,
        "ketenbrug extended-care add < besluit.json\n"
        "    {\"bsn\":\"999990019\",\"verlengdeJeugdhulp\":{\"tot\":\"2028-01-31\",\"bewijs\":\"besluit college\"}}",
        run_care_add);
COMMAND(command_care_end, "extended-care end",
        "legt vast dat verlengde jeugdhulp voorbij is; toelichting van de invoer", step_options,
        "echo 'traject afgesloten' | ketenbrug extended-care end --id 4f0c...", run_care_end);
COMMAND(command_objection_add, "objection add", "legt een bezwaar vast (AVG 21); JSON van de invoer", add_options,
        "ketenbrug objection add < bezwaar.json\n"
        "    {\"bsn\":\"999990019\",\"bezwaar\":{\"doelen\":[\"hulpafstemming\"],\"toelichting\":\"wil dit niet\"}}",
        run_objection_add);
COMMAND(command_objection_settle, "objection settle", "handelt een bezwaar af; toelichting van de invoer",
        settle_options,
        "echo 'geen dwingende gronden' | ketenbrug objection settle --id 4f0c... --uitkomst gehonoreerd",
        run_objection_settle);
COMMAND(command_restriction_add, "restriction add", "beperkt de verwerking (AVG 18); JSON van de invoer", add_options,
        "ketenbrug restriction add < beperking.json\n"
        "    {\"bsn\":\"999990019\",\"beperking\":{\"toelichting\":\"wacht op een uitspraak\"}}",
        run_restriction_add);
COMMAND(command_restriction_lift, "restriction lift", "heft een beperking op; toelichting van de invoer", step_options,
        "echo 'uitspraak gedaan, betrokkene ingelicht' | ketenbrug restriction lift --id 4f0c...",
        run_restriction_lift);
COMMAND(command_correction_add, "correction add", "legt een verzoek om correctie vast (AVG 16); JSON van de invoer",
        add_options,
        "ketenbrug correction add < correctie.json\n"
        "    {\"bsn\":\"999990019\",\"correctie\":{\"toelichting\":\"de einddatum klopt niet\",\"beperken\":true}}",
        run_correction_add);
COMMAND(command_correction_settle, "correction settle",
        "handelt een verzoek om correctie af; toelichting van de invoer", settle_options,
        "echo 'hersteld in de bron' | ketenbrug correction settle --id 4f0c... --uitkomst gehonoreerd",
        run_correction_settle);
