/* `ketenbrug audit findings | finding | note | close | reopen`: what waits for the privacy officer, and what he does about
 * it. */
#include <stdio.h>
#include <string.h>

#include "base/ident.h"
#include "base/limits.h"
#include "cmd/command.h"
#include "cmd/desk.h"
#include "cmd/table.h"

enum { BODY_MAX = 8192, PATH_MAX_BYTES = 256, PAGES_MAX = 200 };

static void put_records(const struct json *finding)
{
    const long long more = (long long)json_int(json_member(finding, "nietGenoemd"));
    (void)printf("     regels");
    for (const struct json *n = json_first(json_member(finding, "volgnummers")); n != NULL; n = json_next(n)) {
        (void)printf(" %lld", (long long)json_int(n));
    }
    (void)printf(more != 0 ? " en nog %lld\n" : "\n", more);
}

static void print_finding(const struct json *finding)
{
    const char *verdict = json_cstr(json_member(finding, "oordeel"));
    const char *until = json_cstr(json_member(finding, "uitzonderingTot"));
    (void)printf("%3lld  ", (long long)json_int(json_member(finding, "gewicht")));
    table_cell(stdout, json_cstr(json_member(finding, "stand")), 9);
    table_cell(stdout, json_cstr(json_member(finding, "id")), 34);
    table_cell(stdout, json_cstr(json_member(finding, "dag")), 12);
    table_cell(stdout, json_cstr(json_member(finding, "regel")), 0);
    if (verdict[0] != '\0') {
        (void)printf("  (%s%s%s)", verdict, until[0] != '\0' ? ", uitzondering tot en met " : "", until);
    }
    (void)printf("\n     ");
    table_cell(stdout, json_cstr(json_member(finding, "aanleiding")), 0);
    (void)printf("\n");
    put_records(finding);
}

/* ---- findings ---- */

static void add_filter(char *path, size_t size, const char *name, const char *value)
{
    const size_t used = strlen(path);
    if (value != NULL) {
        (void)snprintf(path + used, size - used, "%c%s=%s", strchr(path, '?') == NULL ? '?' : '&', name, value);
    }
}

static bool plain(const char *value)
{
    return value == NULL ||
           (strlen(value) < IDENT_TEXT_SIZE && strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(value));
}

static enum result get_page(struct desk *desk, const struct args *args, const char *after, struct json **page,
                            struct error *err)
{
    char path[PATH_MAX_BYTES] = "/v1/bevindingen";
    add_filter(path, sizeof path, "regel", args_value(args, "regel"));
    add_filter(path, sizeof path, "stand", args_value(args, "stand"));
    add_filter(path, sizeof path, "na", after[0] != '\0' ? after : NULL);
    return desk_call(desk, "GET", path, NULL, page, err);
}

static size_t print_page(const struct json *page, const char *user)
{
    size_t shown = 0;
    for (const struct json *f = json_first(json_member(page, "bevindingen")); f != NULL; f = json_next(f)) {
        if (user == NULL || slice_is(json_text_of(f, "gebruiker"), user)) {
            print_finding(f);
            shown++;
        }
    }
    return shown;
}

/* A name stands in no path: of one user, it is this program that passes over the others, page after page. */
static enum result list(struct desk *desk, const struct args *args, struct error *err)
{
    char after[IDENT_TEXT_SIZE] = "";
    const char *user = args_value(args, "gebruiker");
    const char *from = args_value(args, "na");
    size_t shown = 0;
    ENSURE(user == NULL || !args_flag(args, "json"), err, FAULT_USAGE, "gebruiker", "gaat niet samen met --json");
    ENSURE(plain(args_value(args, "regel")), err, FAULT_USAGE, "regel", "deze regel is er niet");
    ENSURE(plain(args_value(args, "stand")), err, FAULT_USAGE, "stand", "toegestaan: open, gezien, gesloten");
    ENSURE(from == NULL || (plain(from) && slice_copy_text(slice_text(from), after, sizeof after)), err, FAULT_USAGE,
           "na", "hier hoort het kenmerk van een bevinding");
    for (int pages = 0; pages < PAGES_MAX; pages++) {
        struct json *page CLEANUP(json_cleanup) = NULL;
        TRY(get_page(desk, args, after, &page, err));
        if (args_flag(args, "json")) {
            desk_print_raw(desk);
            return RESULT_OK;
        }
        shown += print_page(page, user);
        const bool more = slice_copy_text(json_text_of(page, "volgende"), after, sizeof after) && after[0] != '\0';
        if (!more && shown == 0) {
            (void)printf("geen bevindingen\n");
        }
        if (!more) {
            return RESULT_OK;
        }
        if (user == NULL) {
            (void)printf("Er is meer: ga verder met --na %s.\n", after);
            return RESULT_OK;
        }
    }
    FAIL(err, FAULT_TOO_LARGE, "bevindingen", "meer dan %d bladzijden", PAGES_MAX);
}

static int run_findings(const struct args *args)
{
    return desk_session(args, list);
}

/* ---- one ---- */

static bool read_id(const struct args *args, char out[IDENT_TEXT_SIZE])
{
    struct ident id;
    struct error err;
    const struct slice word = slice_text(args->free_count == 1 ? args->free_words[0] : "");
    if (!ident_parse(word, &id)) {
        (void)error_set(&err, FAULT_USAGE, "ID", "hier hoort het kenmerk dat `audit findings` toont");
        (void)command_fail(&err);
        return false;
    }
    return slice_copy_text(word, out, IDENT_TEXT_SIZE);
}

static void print_steps(const struct json *finding)
{
    for (const struct json *s = json_first(json_member(finding, "stappen")); s != NULL; s = json_next(s)) {
        (void)printf("  ");
        table_cell(stdout, json_cstr(json_member(s, "tijd")), 22);
        table_cell(stdout, json_cstr(json_member(s, "gebruiker")), 16);
        table_cell(stdout, json_cstr(json_member(s, "stap")), 11);
        table_cell(stdout, json_cstr(json_member(s, "oordeel")), 12);
        table_cell(stdout, json_cstr(json_member(s, "tekst")), 0);
        (void)printf("\n");
    }
}

static void print_record(const struct json *row)
{
    static const struct {
        const char *name;
        int width;
    } columns[] = {{"tijd", 22}, {"handeling", 23}, {"ketenpartnerNaam", 24}, {"doel", 22}, {"gebruiker", 14}};
    const char *person = json_cstr(json_member(row, "bsn"));
    const char *reason = json_cstr(json_member(row, "reden"));
    (void)printf("%8lld  ", (long long)json_int(json_member(row, "volgnummer")));
    for (size_t i = 0; i < COUNT_OF(columns); i++) {
        table_cell(stdout, json_cstr(json_member(row, columns[i].name)), columns[i].width);
    }
    table_cell(stdout, person[0] != '\0' ? person : json_cstr(json_member(row, "betrokkene")), 0);
    if (reason[0] != '\0') {
        (void)printf("\n            reden: ");
        table_cell(stdout, reason, 0);
    }
    (void)printf("\n");
}

static void print_shown(const struct json *answer, const void *ctx)
{
    (void)ctx;
    print_finding(answer);
    print_steps(answer);
    for (const struct json *row = json_first(json_member(answer, "regels")); row != NULL; row = json_next(row)) {
        print_record(row);
    }
}

static int run_finding(const struct args *args)
{
    char id[IDENT_TEXT_SIZE];
    char path[PATH_MAX_BYTES];
    if (!read_id(args, id)) {
        return EXIT_USAGE;
    }
    (void)snprintf(path, sizeof path, "/v1/bevindingen/%s", id);
    return desk_command(args, "GET", path, NULL, print_shown, NULL);
}

/* ---- steps ---- */

static void put_if(struct json_writer *w, const char *name, const char *value)
{
    if (value != NULL) {
        json_put_text(w, name, value);
    }
}

static int take_step(const struct args *args, const char *step, const char *text)
{
    char id[IDENT_TEXT_SIZE];
    char path[PATH_MAX_BYTES];
    struct buf body;
    if (!read_id(args, id)) {
        return EXIT_USAGE;
    }
    buf_init(&body, BODY_MAX);
    struct json_writer w = json_writer(&body);
    json_begin_object(&w, NULL);
    json_put_text(&w, "stap", step);
    put_if(&w, "tekst", text);
    put_if(&w, "oordeel", args_value(args, "oordeel"));
    put_if(&w, "uitzonderingTot", args_value(args, "uitzondering-tot"));
    json_end_object(&w);
    (void)snprintf(path, sizeof path, "/v1/bevindingen/stappen/%s", id);
    const int code = desk_command(args, "POST", path, &body, print_shown, NULL);
    buf_wipe(&body);
    return code;
}

static int run_note(const struct args *args)
{
    struct error err;
    const char *text = args_value(args, "tekst");
    if (text == NULL && !args_flag(args, "gezien")) {
        (void)error_set(&err, FAULT_USAGE, "tekst", "geef --tekst, of --gezien");
        return command_fail(&err);
    }
    return take_step(args, args_flag(args, "gezien") ? "gezien" : "notitie", text);
}

static int run_close(const struct args *args)
{
    return take_step(args, "sluiten", args_value(args, "reden"));
}

static int run_reopen(const struct args *args)
{
    return take_step(args, "heropenen", args_value(args, "reden"));
}

static const struct option_row list_options[] = {
    {"regel", "WOORD", false, "alleen van deze regel: veel-mensen, zelfde-reden, steekproef, ..."},
    {"stand", "STAND", false, "open, gezien of gesloten; anders alles wat niet gesloten is"},
    {"gebruiker", "NAAM", false, "alleen over deze gebruiker"},
    {"na", "ID", false, "verder na deze bevinding"},
    OPTION_JSON,
    OPTION_TOKEN,
    OPTION_CONFIG,
};

static const struct option_row one_options[] = {OPTION_JSON, OPTION_TOKEN, OPTION_CONFIG};

static const struct option_row note_options[] = {
    {"tekst", "TEKST", false, "wat er is nagegaan; noem niemand bij nummer"},
    {"gezien", NULL, false, "de bevinding is bekeken en wacht op een oordeel"},
    OPTION_JSON,
    OPTION_TOKEN,
    OPTION_CONFIG,
};

static const struct option_row close_options[] = {
    {"oordeel", "WOORD", true, "terecht, onterecht of onduidelijk: de bevinding"},
    {"reden", "TEKST", true, "waarom"},
    {"uitzondering-tot", "DAG", false, "hetzelfde telt tot en met deze dag (JJJJ-MM-DD) niet meer als bevinding"},
    OPTION_JSON,
    OPTION_TOKEN,
    OPTION_CONFIG,
};

static const struct option_row reopen_options[] = {
    {"reden", "TEKST", true, "waarom"}, OPTION_JSON, OPTION_TOKEN, OPTION_CONFIG};

const struct command command_audit_findings = {
    .name = "audit findings",
    .summary = "toont wat in het logboek opvalt, het zwaarste eerst; deze inzage wordt zelf vastgelegd",
    .options = list_options,
    .option_count = COUNT_OF(list_options),
    .example = "ketenbrug audit findings --regel veel-mensen",
    .run = run_findings,
};

const struct command command_audit_finding = {
    .name = "audit finding",
    .summary = "toont een bevinding met de regels waarop zij rust",
    .free_words = "ID",
    .options = one_options,
    .option_count = COUNT_OF(one_options),
    .example = "ketenbrug audit finding 5b1d0e6ac04f4e6d9d6f0c3a1a2b3c4d",
    .run = run_finding,
};

const struct command command_audit_note = {
    .name = "audit note",
    .summary = "schrijft bij een bevinding wat er is nagegaan",
    .free_words = "ID",
    .options = note_options,
    .option_count = COUNT_OF(note_options),
    .example = "ketenbrug audit note 5b1d0e6ac04f4e6d9d6f0c3a1a2b3c4d --tekst \"teamleider gesproken\"",
    .run = run_note,
};

const struct command command_audit_close = {
    .name = "audit close",
    .summary = "sluit een bevinding met een oordeel",
    .free_words = "ID",
    .options = close_options,
    .option_count = COUNT_OF(close_options),
    .example = "ketenbrug audit close 5b1d0e6ac04f4e6d9d6f0c3a1a2b3c4d --oordeel onterecht --reden \"piketdienst\"",
    .run = run_close,
};

const struct command command_audit_reopen = {
    .name = "audit reopen",
    .summary = "heropent een gesloten bevinding; een uitzondering die eraan hing eindigt",
    .free_words = "ID",
    .options = reopen_options,
    .option_count = COUNT_OF(reopen_options),
    .example = "ketenbrug audit reopen 5b1d0e6ac04f4e6d9d6f0c3a1a2b3c4d --reden \"nieuwe klacht\"",
    .run = run_reopen,
};
