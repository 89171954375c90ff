/* `ketenbrug audit staff add | remove | list`: who works here, for the watch. The number comes from the prompt. */
#include <stdio.h>
#include <string.h>

#include "base/ident.h"
#include "base/limits.h"
#include "base/mem.h"
#include "cmd/command.h"
#include "cmd/desk.h"
#include "cmd/people_input.h"
#include "cmd/table.h"

enum { BODY_MAX = 1024, PAGES_MAX = STAFF_MAX / 100 };

static void print_changed(const struct json *answer, const void *ctx)
{
    table_cell(stdout, json_cstr(json_member(answer, "gebruiker")), 0);
    (void)printf(" %s\n", (const char *)ctx);
}

static int change(const struct args *args, const char *path, const struct bsn *person, const char *done)
{
    struct buf body;
    buf_init(&body, BODY_MAX);
    struct json_writer w = json_writer(&body);
    json_begin_object(&w, NULL);
    json_put_text(&w, "gebruiker", args_value(args, "gebruiker"));
    if (person != NULL) {
        json_put_slice(&w, "bsn", bsn_digits(person));
    }
    json_end_object(&w);
    const int code = desk_command(args, "POST", path, &body, print_changed, done);
    buf_wipe(&body);
    return code;
}

static int add(const struct args *args)
{
    struct bsn person;
    struct error err;
    size_t count = 0;
    if (people_from_input(&person, 1, &count, &err) != RESULT_OK) {
        return command_fail(&err);
    }
    const int code = change(args, "/v1/personeel", &person, "staat op de personeelslijst");
    mem_wipe(&person, sizeof person);
    return code;
}

static enum result list(struct desk *desk, const struct args *args, struct error *err)
{
    char after[IDENT_TEXT_SIZE] = "";
    for (int pages = 0; pages < PAGES_MAX; pages++) {
        char path[96];
        struct json *page CLEANUP(json_cleanup) = NULL;
        (void)snprintf(path, sizeof path, "/v1/personeel%s%s", after[0] != '\0' ? "?na=" : "", after);
        TRY(desk_call(desk, "GET", path, NULL, &page, err));
        if (args_flag(args, "json")) {
            desk_print_raw(desk);
        }
        for (const struct json *name = json_first(json_member(page, "personeel"));
             name != NULL && !args_flag(args, "json"); name = json_next(name)) {
            table_cell(stdout, json_cstr(name), 0);
            (void)printf("\n");
        }
        if (!slice_copy_text(json_text_of(page, "volgende"), after, sizeof after) || after[0] == '\0') {
            return RESULT_OK;
        }
    }
    FAIL(err, FAULT_TOO_LARGE, "personeel", "meer dan %d bladzijden", PAGES_MAX);
}

static int show(const struct args *args)
{
    return desk_session(args, list);
}

static int run(const struct args *args)
{
    const char *word = args->free_count == 1 ? args->free_words[0] : "";
    struct error err;
    const bool names = strcmp(word, "add") == 0 || strcmp(word, "remove") == 0;
    if (names != (args_value(args, "gebruiker") != NULL)) {
        (void)error_set(&err, FAULT_USAGE, "gebruiker", "hoort bij add en remove");
        return command_fail(&err);
    }
    if (strcmp(word, "add") == 0) {
        return add(args);
    }
    if (names) {
        return change(args, "/v1/personeel/verwijderingen", NULL, "staat niet meer op de personeelslijst");
    }
    if (strcmp(word, "list") == 0) {
        return show(args);
    }
    (void)error_set(&err, FAULT_USAGE, "audit staff", "hier hoort add, remove of list");
    return command_fail(&err);
}

static const struct option_row options[] = {
    {"gebruiker", "NAAM", false, "wie erbij komt of eraf gaat; bij add komt zijn bsn van de invoer"},
    OPTION_JSON,
    OPTION_TOKEN,
    OPTION_CONFIG,
};

const struct command command_audit_staff = {
    .name = "audit staff",
    .summary = "houdt bij wie hier werkt, zodat kijken naar collega's opvalt (privacybeheerder); wordt vastgelegd",
    .free_words = "add|remove|list",
    .options = options,
    .option_count = COUNT_OF(options),
    .example = "ketenbrug audit staff add --gebruiker g.jansen\n    ketenbrug audit staff list",
    .run = run,
};
