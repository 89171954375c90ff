/* `ketenbrug task ...`: work that is asked of partners, and what they ask. People come from the input, never from an
 * argument. */
#include <stdio.h>

#include "base/ident.h"
#include "base/limits.h"
#include "base/mem.h"
#include "cmd/command.h"
#include "cmd/desk.h"
#include "cmd/files.h"
#include "cmd/people_input.h"
#include "cmd/table.h"

enum { STATE_WIDTH = 14, DAY_WIDTH = 12, NAME_WIDTH = 32, KIND_WIDTH = 24, TASK_PATH_MAX = 160 };

static const char warning[] =
    "Zet in een tekst geen medische of strafrechtelijke gegevens en geen burgerservicenummer.";

static void put_given(struct json_writer *w, const struct args *args, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *value = args_value(args, names[i]);
        if (value != NULL) {
            json_put_text(w, names[i], value);
        }
    }
}

/* Sent again it is the same step: a command that saw no answer may be given its own key again. */
static void put_key(struct json_writer *w, const struct args *args)
{
    const char *given = args_value(args, "sleutel");
    const struct ident key = entropy_ident(&system_entropy);
    json_put_text(w, "sleutel", given != NULL ? given : ident_text(&key).text);
}

static void print_marks(const struct json *task)
{
    for (const struct json *m = json_first(json_member(task, "merken")); m != NULL; m = json_next(m)) {
        (void)printf(" %s", json_cstr(m));
    }
}

static void print_row(const struct json *task)
{
    (void)printf("%s  ", json_cstr(json_member(task, "opdracht")));
    table_cell(stdout, json_cstr(json_member(task, "stand")), STATE_WIDTH);
    table_cell(stdout, json_cstr(json_member(task, "uiterlijk")), DAY_WIDTH);
    (void)printf("%s ", slice_is(json_text_of(task, "richting"), "van-ons") ? "aan " : "van ");
    table_cell(stdout, json_cstr(json_member(task, "naam")), NAME_WIDTH);
    table_cell(stdout, json_cstr(json_member(task, "soort")), KIND_WIDTH);
    print_marks(task);
    (void)printf("\n");
}

static void print_result(const struct json *answer, const void *ctx)
{
    (void)ctx;
    (void)printf("opdracht %s: %s", json_cstr(json_member(answer, "opdracht")),
                 json_cstr(json_member(answer, "stand")));
    if (json_member(answer, "uiterlijk") != NULL) {
        (void)printf(", uiterlijk %s", json_cstr(json_member(answer, "uiterlijk")));
    }
    (void)printf("%s\n",
                 json_bool(json_member(answer, "onderweg")) ? ", de stap is onderweg naar de ketenpartner" : "");
}

/* ---- send ---- */

static int run_send(const struct args *args)
{
    static const char *const names[] = {"soort",      "ketenpartner", "zaak", "grondslag",
                                        "leefgebied", "vraag",        "rol",  "uiterlijk"};
    struct bsn people[TASK_PEOPLE_MAX];
    size_t count = 0;
    struct error err;
    struct buf body;
    if (people_from_input(people, COUNT_OF(people), &count, &err) != RESULT_OK) {
        return command_fail(&err);
    }
    if (args_value(args, "vraag") != NULL) {
        (void)fprintf(stderr, "%s\n", warning);
    }
    buf_init(&body, HTTP_BODY_SMALL);
    struct json_writer w = json_writer(&body);
    json_begin_object(&w, NULL);
    put_key(&w, args);
    put_given(&w, args, names, COUNT_OF(names));
    if (args_flag(args, "bedreigend")) {
        json_put_bool(&w, "bedreigend", true);
    }
    if (args_flag(args, "huishouden")) {
        json_put_bool(&w, "huishouden", true);
    }
    if (args_flag(args, "concept")) {
        json_put_bool(&w, "concept", true);
    }
    if (args_value(args, "contact") != NULL) {
        json_begin_object(&w, "contact");
        json_put_text(&w, "naam", args_value(args, "contact"));
        if (args_value(args, "telefoon") != NULL) {
            json_put_text(&w, "telefoon", args_value(args, "telefoon"));
        }
        json_end_object(&w);
    }
    json_begin_array(&w, "betrokkenen");
    for (size_t i = 0; i < count; i++) {
        json_begin_object(&w, NULL);
        json_put_slice(&w, "bsn", bsn_digits(&people[i]));
        json_end_object(&w);
    }
    json_end_array(&w);
    json_end_object(&w);
    const int code = desk_command(args, "POST", "/v1/opdrachten", &body, print_result, NULL);
    buf_wipe(&body);
    mem_wipe(people, sizeof people);
    return code;
}

/* ---- list, show ---- */

static void print_list(const struct json *answer, const void *ctx)
{
    (void)ctx;
    if (json_first(json_member(answer, "opdrachten")) == NULL) {
        (void)printf("geen opdrachten\n");
    }
    for (const struct json *t = json_first(json_member(answer, "opdrachten")); t != NULL; t = json_next(t)) {
        print_row(t);
    }
    if (json_member(answer, "volgende") != NULL) {
        (void)printf("er is meer: --na %s\n", json_cstr(json_member(answer, "volgende")));
    }
}

static bool is_word(const char *text)
{
    const char *c = text;
    while ((*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') || *c == '-') {
        c++;
    }
    return c != text && *c == '\0' && c - text <= 32;
}

static int run_list(const struct args *args)
{
    static const char *const words[] = {"stand", "na"};
    static const char *const flags[][2] = {{"van-ons", "vanOns"}, {"voor-ons", "voorOns"}, {"te-laat", "teLaat"}};
    char path[TASK_PATH_MAX];
    struct error err;
    char mark = '?';
    size_t len = (size_t)snprintf(path, sizeof path, "/v1/opdrachten");
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        const char *value = args_value(args, words[i]);
        if (value == NULL) {
            continue;
        }
        if (!is_word(value)) {
            (void)error_set(&err, FAULT_USAGE, words[i], "hier horen kleine letters, cijfers en streepjes");
            return command_fail(&err);
        }
        len += (size_t)snprintf(path + len, sizeof path - len, "%c%s=%s", mark, words[i], value);
        mark = '&';
    }
    for (size_t i = 0; i < COUNT_OF(flags); i++) {
        if (args_flag(args, flags[i][0])) {
            len += (size_t)snprintf(path + len, sizeof path - len, "%c%s=ja", mark, flags[i][1]);
            mark = '&';
        }
    }
    return desk_command(args, "GET", path, NULL, print_list, NULL);
}

static void print_texts(const struct json *object, const char *const (*lines)[2], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *text = json_cstr(json_member(object, lines[i][0]));
        if (text[0] != '\0') {
            (void)printf("    %s", lines[i][1]);
            table_cell(stdout, text, 0);
            (void)printf("\n");
        }
    }
}

static void print_event(const struct json *event)
{
    static const char *const lines[][2] = {{"reden", "      reden: "}, {"tekst", "      "}};
    if (json_member(event, "nummer") != NULL) {
        (void)printf("    %3lld ", (long long)json_int(json_member(event, "nummer")));
    } else {
        (void)printf("      - ");
    }
    (void)printf("%s  ", json_cstr(json_member(event, "tijd")));
    table_cell(stdout, json_cstr(json_member(event, "van")), STATE_WIDTH);
    table_cell(stdout, json_cstr(json_member(event, "stap")), STATE_WIDTH);
    (void)printf("%s%s%s\n", json_cstr(json_member(event, "medewerker")),
                 json_bool(json_member(event, "vervallen")) ? "  VERVALLEN" : "",
                 json_bool(json_member(event, "onderweg")) ? "  onderweg" : "");
    print_texts(event, lines, COUNT_OF(lines));
}

static void print_shown(const struct json *task, const void *ctx)
{
    static const char *const lines[][2] = {{"zaak", "zaak "},     {"grondslag", "grondslag "},
                                           {"rol", "rol "},       {"leefgebied", "over "},
                                           {"vraag", "vraag: "},  {"reactieUiterlijk", "reactie uiterlijk "},
                                           {"medewerker", "bij "}};
    (void)ctx;
    print_row(task);
    print_texts(task, lines, COUNT_OF(lines));
    for (const struct json *p = json_first(json_member(task, "betrokkenen")); p != NULL; p = json_next(p)) {
        (void)printf("    betrokkene: bsn %s ", json_cstr(json_member(p, "bsn")));
        table_cell(stdout, json_cstr(json_member(p, "voornamen")), 0);
        (void)printf(" ");
        table_cell(stdout, json_cstr(json_member(p, "naam")), 0);
        (void)printf(" %s\n", json_cstr(json_member(p, "geboortedatum")));
    }
    for (const struct json *e = json_first(json_member(task, "geschiedenis")); e != NULL; e = json_next(e)) {
        print_event(e);
    }
}

/* ---- one task, named by a free word ---- */

static enum result path_of(const struct args *args, const char *root, char out[TASK_PATH_MAX], struct error *err)
{
    struct ident id;
    const char *text = args_value(args, "id");
    ENSURE(ident_parse(slice_text(text), &id), err, FAULT_USAGE, "id", "hier horen 32 hexadecimale cijfers");
    (void)snprintf(out, TASK_PATH_MAX, "%s/%s", root, ident_text(&id).text);
    return RESULT_OK;
}

static int run_show(const struct args *args)
{
    char path[TASK_PATH_MAX];
    struct error err;
    if (path_of(args, "/v1/opdrachten", path, &err) != RESULT_OK) {
        return command_fail(&err);
    }
    return desk_command(args, "GET", path, NULL, print_shown, NULL);
}

static int make_step(const struct args *args, const char *step)
{
    static const char *const names[] = {"tekst", "reden"};
    char path[TASK_PATH_MAX];
    struct error err;
    struct buf body;
    if (path_of(args, "/v1/opdrachten/stappen", path, &err) != RESULT_OK) {
        return command_fail(&err);
    }
    if (args_value(args, "tekst") != NULL) {
        (void)fprintf(stderr, "%s\n", warning);
    }
    buf_init(&body, HTTP_BODY_SMALL);
    struct json_writer w = json_writer(&body);
    json_begin_object(&w, NULL);
    put_key(&w, args);
    json_put_text(&w, "stap", step);
    put_given(&w, args, names, COUNT_OF(names));
    json_end_object(&w);
    const int code = desk_command(args, "POST", path, &body, print_result, NULL);
    buf_wipe(&body);
    return code;
}

#define STEP(name, step)                                                                                               \
    static int run_##name(const struct args *args)                                                                     \
    {                                                                                                                  \
        return make_step(args, step);                                                                                  \
    }
STEP(accept, "aanvaarden")
STEP(refuse, "weigeren")
STEP(start, "beginnen")
STEP(complete, "voltooien")
STEP(withdraw, "intrekken")
STEP(message, "bericht")
STEP(dispatch, "verzenden")
STEP(remove, "verwijderen")
STEP(break, "afbreken")
#undef STEP

/* ---- the commands ---- */

static const struct option_row send_options[] = {
    {"soort", "CODE", true, "de soort opdracht, zoals het convenant haar noemt; bijvoorbeeld budgetplan"},
    {"ketenpartner", "OIN", true, "wie de opdracht uitvoert"},
    {"zaak", "NUMMER", true, "uw zaaknummer; de ketenpartner ziet een woord dat alleen u herkent"},
    {"grondslag", "CODE", true, "de wettelijke grondslag om het te vragen, zoals het convenant hem noemt"},
    {"leefgebied", "CODE", true, "waarover de opdracht gaat; bijvoorbeeld financien"},
    {"vraag", "TEKST", false, "wat er wordt gevraagd; geen medische of strafrechtelijke gegevens, geen bsn"},
    {"bedreigend", NULL, false, "er dreigt iets: de kortere termijn geldt"},
    {"huishouden", NULL, false, "het gaat om het hele huishouden"},
    {"uiterlijk", "DAG", false, "JJJJ-MM-DD; anders volgens de soort opdracht"},
    {"contact", "NAAM", false, "bij wie van u de ketenpartner terecht kan"},
    {"telefoon", "NUMMER", false, "van die persoon"},
    {"rol", "ROL", false, "in welke van uw rollen, als u er meer dan een hebt"},
    {"concept", NULL, false, "bewaart de opdracht en verzendt haar nog niet"},
    {"sleutel", "SLEUTEL", false,
     "32 hexadecimale cijfers naar keuze; een tweede keer met dezelfde is dezelfde opdracht"},
    OPTION_JSON,
    OPTION_TOKEN,
    OPTION_CONFIG,
};

static const struct option_row list_options[] = {
    {"stand", "STAND", false,
     "alleen in deze stand: concept, verzonden, ontvangen, aanvaard, in-uitvoering, geweigerd, voltooid, ingetrokken, "
     "verwijderd"},
    {"van-ons", NULL, false, "die wij gaven"},
    {"voor-ons", NULL, false, "die wij kregen"},
    {"te-laat", NULL, false, "waarvan de termijn verstreek"},
    {"na", "KENMERK", false, "gaat verder achter deze opdracht"},
    OPTION_JSON,
    OPTION_TOKEN,
    OPTION_CONFIG,
};

static const struct option_row one_options[] = {
    {"id", "KENMERK", true, "van de opdracht, zoals `task list` het toont"}, OPTION_JSON, OPTION_TOKEN, OPTION_CONFIG};

#define OPTION_TEXT(needed)                                                                                            \
    {                                                                                                                  \
        "tekst", "TEKST", needed, "wat u erbij zegt; geen medische of strafrechtelijke gegevens, geen bsn"             \
    }
#define STEP_OPTIONS                                                                                                   \
    {"id", "KENMERK", true, "van de opdracht, zoals `task list` het toont"},                                           \
        {"sleutel", "SLEUTEL", false,                                                                                  \
         "32 hexadecimale cijfers naar keuze; een tweede keer met dezelfde is dezelfde stap"},                         \
        OPTION_JSON, OPTION_TOKEN, OPTION_CONFIG

static const struct option_row step_options[] = {STEP_OPTIONS};
static const struct option_row text_options[] = {OPTION_TEXT(false), STEP_OPTIONS};
static const struct option_row message_options[] = {OPTION_TEXT(true), STEP_OPTIONS};
static const struct option_row refuse_options[] = {
    {"reden", "CODE", true, "niet-onze-taak, geen-ruimte, onvoldoende-gegevens, persoon-wil-niet of anders"},
    OPTION_TEXT(false),
    STEP_OPTIONS};

#define TASK_COMMAND(word, text, rows, shown)                                                                          \
    const struct command command_task_##word = {.name = "task " #word,                                                 \
                                                .summary = (text),                                                     \
                                                .options = (rows),                                                     \
                                                .option_count = COUNT_OF(rows),                                        \
                                                .example = "ketenbrug task " #word shown,                              \
                                                .run = run_##word}

TASK_COMMAND(send, "geeft een ketenpartner een opdracht; personen van de invoer, een bsn per regel", send_options,
             " --soort budgetplan --ketenpartner 00000099000000005000 \\\n"
             "    --zaak Z-2026-0012 --grondslag wmo-5.1.1 --leefgebied financien < gezin.txt");
TASK_COMMAND(list, "toont opdrachten met hun stand en termijn, zonder personen", list_options, " --voor-ons");
TASK_COMMAND(show, "toont een opdracht, wie het betreft en wat ermee is gedaan", one_options, " --id 4f0c...");
TASK_COMMAND(accept, "aanvaardt een opdracht van een ketenpartner", step_options, " --id 4f0c...");
TASK_COMMAND(refuse, "weigert een opdracht van een ketenpartner, of geeft haar terug", refuse_options,
             " --id 4f0c... --reden geen-ruimte");
TASK_COMMAND(start, "zegt dat aan de opdracht wordt gewerkt", step_options, " --id 4f0c...");
TASK_COMMAND(complete, "zegt dat de opdracht is voltooid", text_options, " --id 4f0c...");
TASK_COMMAND(withdraw, "trekt een opdracht in die wij gaven", text_options, " --id 4f0c...");
TASK_COMMAND(message, "zegt iets over een opdracht tegen de ketenpartner", message_options,
             " --id 4f0c... --tekst 'kan het een week later?'");
TASK_COMMAND(dispatch, "verzendt een opdracht die als concept is bewaard", step_options, " --id 4f0c...");
TASK_COMMAND(remove, "verwijdert een opdracht die als concept is bewaard", step_options, " --id 4f0c...");
TASK_COMMAND(break, "sluit hier een opdracht af die stil ligt omdat er geen convenant meer is", step_options,
             " --id 4f0c...");
