/* `ketenbrug audit list`: pages through the log. */
#include <stdio.h>
#include <string.h>

#include "cmd/audit_search.h"
#include "cmd/command.h"
#include "cmd/desk.h"

enum { LIST_STANDARD = 20, LIST_MAX = 200 };

static enum result get_size(struct desk *desk, long long *out, struct error *err)
{
    struct json *answer CLEANUP(json_cleanup) = NULL;
    TRY(desk_call(desk, "GET", "/v1/logboek/stand", NULL, &answer, err));
    *out = json_int(json_member(answer, "omvang"));
    return RESULT_OK;
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

/* Whoever types one of these wants to search. */
static const char *const sought[] = {"verzoek", "raadpleging", "zaak",     "persoon", "gebruiker", "ketenpartner",
                                     "doel",    "handeling",   "uitkomst", "van",     "tot",       "voor"};

static enum result list(struct desk *desk, const struct args *args, struct error *err)
{
    long long count = 0;
    struct json *answer CLEANUP(json_cleanup) = NULL;
    for (size_t i = 0; i < COUNT_OF(sought); i++) {
        ENSURE(args_value(args, sought[i]) == NULL && !args_flag(args, sought[i]), err, FAULT_USAGE, sought[i],
               "zoeken doet `audit search`");
    }
    TRY(args_number(args, "aantal", 1, LIST_MAX, LIST_STANDARD, &count, err));
    TRY(get_page(desk, args, count, &answer, err));
    if (args_flag(args, "json")) {
        desk_print_raw(desk);
    } else {
        audit_print_rows(answer);
    }
    return RESULT_OK;
}

static int run_list(const struct args *args)
{
    return desk_session(args, list);
}

static const struct option_row list_options[] = {
    {"vanaf", "NUMMER", false, "eerste regel; zonder deze optie de laatste regels"},
    {"aantal", "AANTAL", false, "1 tot en met 200 (20)"},
    OPTION_JSON,
    OPTION_TOKEN,
    OPTION_CONFIG,
    {"verzoek", "", false, NULL},
    {"raadpleging", "", false, NULL},
    {"zaak", "", false, NULL},
    {"persoon", NULL, false, NULL},
    {"gebruiker", "", false, NULL},
    {"ketenpartner", "", false, NULL},
    {"doel", "", false, NULL},
    {"handeling", "", false, NULL},
    {"uitkomst", "", false, NULL},
    {"van", "", false, NULL},
    {"tot", "", false, NULL},
    {"voor", "", false, NULL},
};

const struct command command_audit_list = {
    .name = "audit list",
    .summary = "toont regels van het logboek (privacybeheerder, FG); deze inzage wordt zelf vastgelegd",
    .options = list_options,
    .option_count = COUNT_OF(list_options),
    .example = "ketenbrug audit list --aantal 50",
    .run = run_list,
};
