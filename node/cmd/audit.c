/* `ketenbrug audit list`: reads the log, or searches it. */
#include <stdio.h>
#include <string.h>

#include "base/ident.h"
#include "cmd/audit_search.h"
#include "cmd/command.h"
#include "cmd/desk.h"
#include "cmd/table.h"

enum { LIST_STANDARD = 20, LIST_MAX = 200, CELL_MAX = 256, PSEUDONYM_SHOWN = 8 };

static enum result get_size(struct desk *desk, long long *out, struct error *err)
{
    struct json *answer CLEANUP(json_cleanup) = NULL;
    TRY(desk_call(desk, "GET", "/v1/logboek/stand", NULL, &answer, err));
    *out = json_int(json_member(answer, "omvang"));
    return RESULT_OK;
}

/* ---- list ---- */

struct column {
    const char *name;  /* in the answer */
    const char *title; /* on screen */
    int width;
    int shown; /* characters of an identifier that are enough in a table; 0: all */
};

static const struct column columns[] = {
    {"tijd", "tijd", 22, 0},           {"verzoek", "verzoek", 10, 8},
    {"handeling", "handeling", 23, 0}, {"ketenpartnerNaam", "ketenpartner", 31, 0},
    {"doel", "doel", 16, 0},           {"uitkomst", "uitkomst", 29, 0},
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

static enum result get_page(struct desk *desk, const struct args *args, long long count, struct json **answer,
                            struct error *err)
{
    long long from = 0;
    long long size = 0;
    char path[96];
    TRY(get_size(desk, &size, err));
    TRY(args_number(args, "vanaf", 0, INT64_MAX, size > count ? size - count : 0, &from, err));
    (void)snprintf(path, sizeof path, "/v1/logboek?vanaf=%lld&aantal=%lld", from, count);
    return desk_call(desk, "GET", path, NULL, answer, err);
}

static enum result list(struct desk *desk, const struct args *args, struct error *err)
{
    long long count = 0;
    struct json *answer CLEANUP(json_cleanup) = NULL;
    TRY(args_number(args, "aantal", 1, LIST_MAX, LIST_STANDARD, &count, err));
    const bool search = audit_search_wanted(args);
    if (search) {
        TRY(audit_search(desk, args, count, &answer, err));
    } else {
        TRY(get_page(desk, args, count, &answer, err));
    }
    if (args_flag(args, "json")) {
        desk_print_raw(desk);
        return RESULT_OK;
    }
    print_titles();
    for (const struct json *row = json_first(json_member(answer, "regels")); row != NULL; row = json_next(row)) {
        print_row(row);
    }
    if (search) {
        audit_search_print_end(answer);
    }
    return RESULT_OK;
}

static int run_list(const struct args *args)
{
    struct error err;
    struct desk *desk = NULL;
    enum result result = desk_open(args, &desk, &err);
    if (result == RESULT_OK) {
        result = list(desk, args, &err);
    }
    desk_close(desk);
    return result == RESULT_OK ? EXIT_FINE : command_fail(&err);
}

static const struct option_row list_options[] = {
    {"vanaf", "NUMMER", false, "eerste regel; zonder deze optie de laatste regels"},
    {"aantal", "AANTAL", false, "1 tot en met 200 (20); met een filter tot en met 100"},
    OPTIONS_SEARCH,
    OPTION_JSON,
    OPTION_TOKEN,
    OPTION_CONFIG,
};

const struct command command_audit_list = {
    .name = "audit list",
    .summary = "toont of zoekt regels van het logboek (privacybeheerder, FG); deze inzage wordt zelf vastgelegd",
    .options = list_options,
    .option_count = COUNT_OF(list_options),
    .example = "ketenbrug audit list --aantal 50\n    ketenbrug audit list --persoon --doel hulpafstemming",
    .run = run_list,
};
