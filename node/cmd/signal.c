/* `ketenbrug signal publish | list | withdraw | lead`: saying that somebody is worried about, and what comes of it. */
#include <stdio.h>

#include "base/clock.h"
#include "base/ident.h"
#include "base/limits.h"
#include "base/mem.h"
#include "cmd/command.h"
#include "cmd/desk.h"
#include "cmd/files.h"
#include "cmd/people_input.h"
#include "cmd/table.h"

enum { ID_WIDTH = 33, DAY_WIDTH = 11, STATE_WIDTH = 18, NAME_WIDTH = 32, PATH_MAX_BYTES = 96 };

static void put_key(struct json_writer *w)
{
    const struct ident key = entropy_ident(&system_entropy);
    json_put_text(w, "sleutel", ident_text(&key).text);
}

static void put_contact(struct json_writer *w, const struct args *args)
{
    const char *name = args_value(args, "contact");
    const char *phone = args_value(args, "telefoon");
    if (name == NULL && phone == NULL) {
        return;
    }
    json_begin_object(w, "contact");
    json_put_text(w, "naam", name != NULL ? name : "");
    json_put_text(w, "telefoon", phone != NULL ? phone : "");
    json_end_object(w);
}

/* ---- publish ---- */

/* By what was given alone: what is known here of the person is not said to who only signals. */
static void print_published(const struct json *answer, const void *ctx)
{
    const struct args *args = ctx;
    (void)printf("Zorgsignaal %s, tot en met %s.\n", json_cstr(json_member(answer, "zorgsignaal")),
                 json_cstr(json_member(answer, "tot")));
    if (args_value(args, "geboortedatum") == NULL || args_value(args, "gemeente") == NULL) {
        (void)printf(
            "Alleen van wie geboortedatum en gemeente bekend zijn, treft een signaal alles wat het convenant toelaat.\n"
            "Is deze persoon hier nog niet geregistreerd, laat ze dan vastleggen (`subject change`).\n");
    }
}

static enum result told_of(const struct args *args, bool *told, struct error *err)
{
    const char *word = args_value(args, "verteld");
    const char *why = args_value(args, "niet-verteld");
    *told = word != NULL;
    ENSURE((word != NULL) != (why != NULL), err, FAULT_USAGE, "verteld",
           "noem `--verteld ja`, of met `--niet-verteld` waarom niet");
    ENSURE(word == NULL || slice_is(slice_text(word), "ja"), err, FAULT_USAGE, "verteld", "hier hoort ja");
    return RESULT_OK;
}

static void write_signal(const struct args *args, bool told, const struct bsn *person, struct buf *out)
{
    static const char *const texts[][2] = {{"grondslag", "grondslag"},
                                           {"niet-verteld", "nietVerteld"},
                                           {"tot", "tot"},
                                           {"geboortedatum", "geboortedatum"},
                                           {"gemeente", "gemeente"}};
    struct json_writer w = json_writer(out);
    json_begin_object(&w, NULL);
    put_key(&w);
    json_put_slice(&w, "bsn", bsn_digits(person));
    json_put_bool(&w, "verteld", told);
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        const char *value = args_value(args, texts[i][0]);
        if (value != NULL) {
            json_put_text(&w, texts[i][1], value);
        }
    }
    if (args_flag(args, "zonder-huishouden")) {
        json_put_bool(&w, "zonderHuishouden", true);
    }
    put_contact(&w, args);
    json_end_object(&w);
}

static int run_publish(const struct args *args)
{
    struct bsn person;
    struct error err;
    struct buf body;
    size_t count = 0;
    bool told = false;
    if (told_of(args, &told, &err) != RESULT_OK || people_from_input(&person, 1, &count, &err) != RESULT_OK) {
        return command_fail(&err);
    }
    buf_init(&body, HTTP_BODY_SMALL);
    write_signal(args, told, &person, &body);
    mem_wipe(&person, sizeof person);
    const int code = desk_command(args, "POST", "/v1/zorgsignalen", &body, print_published, args);
    buf_wipe(&body);
    return code;
}

/* ---- list ---- */

static void print_caller(const struct json *caller)
{
    (void)printf("    u wordt gebeld door ");
    table_cell(stdout, json_cstr(json_member(caller, "naam")), 0);
    (void)printf(", ");
    table_cell(stdout, json_cstr(json_member(caller, "organisatie")), 0);
    (void)printf(", ");
    table_cell(stdout, json_cstr(json_member(caller, "telefoon")), 0);
    (void)printf("\n");
}

static void print_signals(const struct json *answer, const void *ctx)
{
    (void)ctx;
    const struct json *one = json_first(json_member(answer, "zorgsignalen"));
    if (one == NULL) {
        (void)printf("geen zorgsignalen\n");
    }
    for (; one != NULL; one = json_next(one)) {
        table_cell(stdout, json_cstr(json_member(one, "zorgsignaal")), ID_WIDTH);
        table_cell(stdout, json_cstr(json_member(one, "afgegeven")), DAY_WIDTH);
        (void)printf("tot ");
        table_cell(stdout, json_cstr(json_member(one, "tot")), DAY_WIDTH);
        table_cell(stdout, json_cstr(json_member(one, "stand")), STATE_WIDTH);
        table_cell(stdout, json_cstr(json_member(one, "door")), 0);
        (void)printf("\n");
        const long long untested = (long long)json_int(json_member(one, "nogNietGetoetst"));
        if (untested != 0) {
            (void)printf("    nog niet bij %lld ketenpartners getoetst\n", untested);
        }
        if (json_member(one, "uWordtGebeldDoor") != NULL) {
            print_caller(json_member(one, "uWordtGebeldDoor"));
        }
    }
    if (json_member(answer, "volgende") != NULL) {
        (void)printf("er is meer: --na %s\n", json_cstr(json_member(answer, "volgende")));
    }
}

static int run_list(const struct args *args)
{
    char path[PATH_MAX_BYTES];
    struct ident after;
    struct error err;
    const char *text = args_value(args, "na");
    if (text != NULL && !ident_parse(slice_text(text), &after)) {
        (void)error_set(&err, FAULT_USAGE, "na", "hier horen 32 hexadecimale cijfers");
        return command_fail(&err);
    }
    (void)snprintf(path, sizeof path, "/v1/zorgsignalen%s%s", text != NULL ? "?na=" : "", text != NULL ? text : "");
    return desk_command(args, "GET", path, NULL, print_signals, NULL);
}

/* ---- withdraw ---- */

static void print_withdrawn(const struct json *answer, const void *ctx)
{
    (void)ctx;
    (void)printf("Zorgsignaal %s is ingetrokken; wie het kreeg, hoort dat.\n",
                 json_cstr(json_member(answer, "zorgsignaal")));
}

static int run_withdraw(const struct args *args)
{
    struct buf body;
    buf_init(&body, HTTP_BODY_SMALL);
    struct json_writer w = json_writer(&body);
    json_begin_object(&w, NULL);
    json_put_text(&w, "zorgsignaal", args_value(args, "id"));
    json_end_object(&w);
    const int code = desk_command(args, "POST", "/v1/zorgsignalen/intrekkingen", &body, print_withdrawn, NULL);
    buf_free(&body);
    return code;
}

/* ---- lead: matches ---- */

static void print_person(const char *label, const struct json *contact)
{
    if (contact == NULL) {
        return;
    }
    (void)printf("    %s", label);
    table_cell(stdout, json_cstr(json_member(contact, "naam")), 0);
    (void)printf(", ");
    table_cell(stdout, json_cstr(json_member(contact, "telefoon")), 0);
    (void)printf("\n");
}

static void print_match(const struct json *one)
{
    const struct json *theirs = json_member(one, "andereKant");
    const struct json *lead = json_member(one, "regie");
    table_cell(stdout, json_cstr(json_member(one, "match")), ID_WIDTH);
    table_cell(stdout, json_cstr(json_member(one, "stand")), STATE_WIDTH);
    table_cell(stdout, json_cstr(json_member(theirs, "organisatie")), NAME_WIDTH);
    (void)printf("%s\n", json_bool(json_member(theirs, "verteld")) ? "" : "de betrokkene weet het nog niet");
    print_person("contact: ", json_member(theirs, "contact"));
    if (lead != NULL) {
        (void)printf("    regie: ");
        table_cell(stdout, json_cstr(json_member(lead, "organisatie")), 0);
        (void)printf("\n");
        print_person("belt: ", json_member(lead, "contact"));
    }
    if (json_bool(json_member(one, "stil"))) {
        (void)printf("    ligt stil: met deze organisatie is geen convenant van kracht\n");
    }
    if (json_member(one, "onderweg") != NULL) {
        (void)printf("    onderweg: ");
        table_cell(stdout, json_cstr(json_member(one, "onderweg")), 0);
        (void)printf("\n");
    }
}

static void print_matches(const struct json *answer, const void *ctx)
{
    (void)ctx;
    if (json_first(json_member(answer, "matches")) == NULL) {
        (void)printf("geen matches\n");
    }
    for (const struct json *one = json_first(json_member(answer, "matches")); one != NULL; one = json_next(one)) {
        print_match(one);
    }
    if (json_bool(json_member(answer, "nietAlles"))) {
        (void)printf("er zijn er meer\n");
    }
}

static void print_shown(const struct json *answer, const void *ctx)
{
    (void)ctx;
    print_match(answer);
    const struct json *event = json_first(json_member(answer, "gebeurtenissen"));
    for (; event != NULL; event = json_next(event)) {
        (void)printf("    %2lld ", (long long)json_int(json_member(event, "nummer")));
        table_cell(stdout, json_cstr(json_member(event, "stap")), STATE_WIDTH);
        (void)printf("%s\n", json_bool(json_member(event, "vervallen")) ? "vervallen" : "");
    }
}

static void print_stepped(const struct json *answer, const void *ctx)
{
    (void)ctx;
    (void)printf("%s%s\n", json_cstr(json_member(answer, "stand")),
                 json_bool(json_member(answer, "onderweg")) ? ", de stap is onderweg" : "");
}

static int make_step(const struct args *args, const char *id)
{
    char path[PATH_MAX_BYTES];
    struct buf body;
    (void)snprintf(path, sizeof path, "/v1/matches/stappen/%s", id);
    buf_init(&body, HTTP_BODY_SMALL);
    struct json_writer w = json_writer(&body);
    json_begin_object(&w, NULL);
    put_key(&w);
    json_put_text(&w, "stap", args_value(args, "stap"));
    put_contact(&w, args);
    json_end_object(&w);
    const int code = desk_command(args, "POST", path, &body, print_stepped, NULL);
    buf_free(&body);
    return code;
}

static int run_lead(const struct args *args)
{
    char path[PATH_MAX_BYTES];
    struct ident id;
    struct error err;
    const char *text = args_value(args, "id");
    if (text == NULL) {
        const bool closed = args_value(args, "gesloten") != NULL;
        return desk_command(args, "GET", closed ? "/v1/matches?gesloten=ja" : "/v1/matches", NULL, print_matches, NULL);
    }
    if (!ident_parse(slice_text(text), &id)) {
        (void)error_set(&err, FAULT_USAGE, "id", "hier horen 32 hexadecimale cijfers");
        return command_fail(&err);
    }
    if (args_value(args, "stap") != NULL) {
        return make_step(args, text);
    }
    (void)snprintf(path, sizeof path, "/v1/matches/%s", text);
    return desk_command(args, "GET", path, NULL, print_shown, NULL);
}

/* ---- the commands ---- */

static const struct option_row publish_options[] = {
    {"grondslag", "CODE", true, "de wettelijke grondslag van het signaal, zoals het convenant hem noemt"},
    {"verteld", "ja", false, "de betrokkene weet dat het signaal wordt afgegeven; of:"},
    {"niet-verteld", "REDEN", false, "niet-bereikbaar, onveilig, te-jong of volgt-nog; de reden blijft hier"},
    {"tot", "DAG", false, "JJJJ-MM-DD, hoogstens wat het convenant toestaat; wordt het einde van die maand"},
    {"contact", "NAAM", true, "wie er bij een match gebeld kan worden"},
    {"telefoon", "NUMMER", true, "van die persoon"},
    {"zonder-huishouden", NULL, false, "alleen deze persoon, niet wie er volgens uw registratie bij hem woont"},
    {"geboortedatum", "DAG", false, "van wie hier nog niet bekend is"},
    {"gemeente", "CODE", false, "vier cijfers, van wie hier nog niet bekend is"},
    OPTION_JSON,
    OPTION_TOKEN,
    OPTION_CONFIG,
};

static const struct option_row list_options[] = {
    {"na", "ID", false, "gaat verder achter dit signaal"},
    OPTION_JSON,
    OPTION_TOKEN,
    OPTION_CONFIG,
};

static const struct option_row withdraw_options[] = {
    {"id", "ID", true, "van het signaal, zoals `signal list` het toont"},
    OPTION_JSON,
    OPTION_TOKEN,
    OPTION_CONFIG,
};

static const struct option_row lead_options[] = {
    {"id", "MATCH", false, "toont deze match (wordt vastgelegd); zonder: alle"},
    {"stap", "STAP", false, "contact (u sprak elkaar), regie (wij nemen haar), regie-los of sluiten (wie haar heeft)"},
    {"contact", "NAAM", false, "bij regie, en dan verplicht: wie er belt"},
    {"telefoon", "NUMMER", false, "bij regie, en dan verplicht: onder welk nummer"},
    {"gesloten", "ja", false, "ook wat gesloten is"},
    OPTION_JSON,
    OPTION_TOKEN,
    OPTION_CONFIG,
};

const struct command command_signal_publish = {
    .name = "signal publish",
    .summary = "geeft een zorgsignaal af; bsn van de invoer; zonder inhoud",
    .options = publish_options,
    .option_count = COUNT_OF(publish_options),
    .example = "ketenbrug signal publish --grondslag wpo-8 --verteld ja --contact 'L. Meester' --telefoon 0990555100",
    .run = run_publish,
};

const struct command command_signal_list = {
    .name = "signal list",
    .summary = "toont uw zorgsignalen, en wie u gaat bellen",
    .options = list_options,
    .option_count = COUNT_OF(list_options),
    .example = "ketenbrug signal list",
    .run = run_list,
};

const struct command command_signal_withdraw = {
    .name = "signal withdraw",
    .summary = "trekt een zorgsignaal in, ook bij wie het kreeg",
    .options = withdraw_options,
    .option_count = COUNT_OF(withdraw_options),
    .example = "ketenbrug signal withdraw --id 4f0c...",
    .run = run_withdraw,
};

const struct command command_signal_lead = {
    .name = "signal lead",
    .summary = "toont matches van zorgsignalen, en spreekt af wie de regie neemt",
    .options = lead_options,
    .option_count = COUNT_OF(lead_options),
    .example = "ketenbrug signal lead --id 4f0c... --stap regie --contact 'G. Jansen' --telefoon 0990555100",
    .run = run_lead,
};
