/* `ketenbrug inbox`: what there is for the user: of what kind, and about which task, match or finding; never about whom. */
#include <stdio.h>
#include <string.h>

#include "base/ident.h"
#include "cmd/command.h"
#include "cmd/desk.h"
#include "cmd/table.h"

enum { PAGES_MAX = 1000, KIND_WIDTH = 12, PATH_BYTES = 96, READ_BYTES = 32768 };

static const struct {
    const char *kind, *text;
} kinds[] = {
    {"match", "zorgsignalen ontmoetten elkaar"},
    {"regie", "wie de regie heeft, is veranderd; wie u belt, toont `signal list`"},
    {"opdracht", "er is een opdracht binnengekomen"},
    {"stap", "de andere kant deed een stap"},
    {"bericht", "de andere kant schreef iets bij een opdracht"},
    {"herinnering", "de uiterste dag van een opdracht komt in zicht"},
    {"te-laat", "een termijn van een opdracht is verstreken"},
    {"vastgelopen", "wat naar een ketenpartner moest, komt niet aan"},
    {"stil", "met een ketenpartner is geen convenant van kracht"},
    {"grondslag", "een opdracht zou hier nu niet worden aangenomen"},
    {"bevinding", "de bewaking vond iets; `audit finding` toont het"},
};

static const char *text_of(const char *kind)
{
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (strcmp(kinds[i].kind, kind) == 0) {
            return kinds[i].text;
        }
    }
    return "";
}

static void print_notice(const struct json *one)
{
    const char *kind = json_cstr(json_member(one, "soort"));
    (void)printf("%s  ", json_cstr(json_member(one, "sinds")));
    table_cell(stdout, kind, KIND_WIDTH);
    (void)printf(" %s  %s", json_cstr(json_member(one, "over")), text_of(kind));
    const char *before = " (voor ";
    for (const struct json *role = json_first(json_member(one, "rollen")); role != NULL; role = json_next(role)) {
        (void)printf("%s%s", before, json_cstr(role));
        before = ", ";
    }
    (void)printf("%s%s\n", json_member(one, "rollen") != NULL ? ")" : "",
                 json_member(one, "gelezenOp") != NULL ? ", gelezen" : "");
}

/* Those of a page that are not read yet, as a body; false: there are none. */
static bool write_unread(const struct json *page, struct buf *body)
{
    bool any = false;
    struct json_writer w = json_writer(body);
    json_begin_object(&w, NULL);
    json_begin_array(&w, "berichten");
    for (const struct json *one = json_first(json_member(page, "berichten")); one != NULL; one = json_next(one)) {
        if (json_member(one, "gelezenOp") == NULL) {
            json_put_text(&w, NULL, json_cstr(json_member(one, "bericht")));
            any = true;
        }
    }
    json_end_array(&w);
    json_end_object(&w);
    return any;
}

static enum result mark_read(struct desk *desk, const struct json *page, struct error *err)
{
    struct buf body;
    struct json *answer CLEANUP(json_cleanup) = NULL;
    enum result result = RESULT_OK;
    buf_init(&body, READ_BYTES);
    if (write_unread(page, &body)) {
        result = buf_result(&body, "berichten", err);
        if (result == RESULT_OK) {
            result = desk_call(desk, "POST", "/v1/postbus/gelezen", &body, &answer, err);
        }
    }
    buf_free(&body);
    return result;
}

/* A page; each as it came with --json. The next begins behind its last, which must be known there still when it is read. */
static enum result show_page(const struct args *args, struct desk *desk, char after[IDENT_TEXT_SIZE], size_t *shown,
                             struct error *err)
{
    char path[PATH_BYTES];
    struct json *page CLEANUP(json_cleanup) = NULL;
    (void)snprintf(path, sizeof path, "/v1/postbus?alle=%s%s%s", args_flag(args, "alle") ? "ja" : "nee",
                   after[0] != '\0' ? "&na=" : "", after);
    TRY(desk_call(desk, "GET", path, NULL, &page, err));
    if (args_flag(args, "json")) {
        desk_print_raw(desk);
    }
    for (const struct json *one = json_first(json_member(page, "berichten")); one != NULL; one = json_next(one)) {
        ++*shown;
        if (!args_flag(args, "json")) {
            print_notice(one);
        }
    }
    if (!slice_copy_text(json_text_of(page, "volgende"), after, IDENT_TEXT_SIZE)) {
        after[0] = '\0';
    }
    return args_flag(args, "gelezen") ? mark_read(desk, page, err) : RESULT_OK;
}

static enum result show_all(struct desk *desk, const struct args *args, struct error *err)
{
    char after[IDENT_TEXT_SIZE] = "";
    size_t shown = 0;
    int pages = 0;
    do {
        TRY(show_page(args, desk, after, &shown, err));
        pages++;
    } while (after[0] != '\0' && pages < PAGES_MAX);
    ENSURE(after[0] == '\0', err, FAULT_TOO_LARGE, "berichten", "meer dan %d bladzijden", PAGES_MAX);
    if (shown == 0 && !args_flag(args, "json")) {
        (void)printf("er is niets%s voor u\n", args_flag(args, "alle") ? "" : " nieuws");
    }
    return RESULT_OK;
}

static int run(const struct args *args)
{
    return desk_session(args, show_all);
}

static const struct option_row options[] = {
    {"alle", NULL, false, "ook wat al gelezen is"},
    {"gelezen", NULL, false, "wat wordt getoond, geldt daarna als gelezen; van een rol: voor iedereen met die rol"},
    OPTION_JSON,
    OPTION_TOKEN,
    OPTION_CONFIG,
};

const struct command command_inbox = {
    .name = "inbox",
    .summary = "toont wat er voor u is: welke opdracht (`task show`) of match (`signal lead`) aandacht vraagt",
    .options = options,
    .option_count = COUNT_OF(options),
    .example = "ketenbrug inbox --gelezen",
    .run = run,
};
