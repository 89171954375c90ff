/* `ketenbrug audit show`: one record of the log, and what there is to it. */
#include <stdio.h>
#include <string.h>

#include "cmd/audit_search.h"
#include "cmd/command.h"
#include "cmd/desk.h"
#include "cmd/table.h"

static void print_value(const char *name, const struct json *value)
{
    (void)printf("  ");
    table_cell(stdout, name, 22);
    switch (json_kind(value)) {
    case JSON_BOOL:
        (void)printf("%s", json_bool(value) ? "ja" : "nee");
        break;
    case JSON_NUMBER:
        (void)printf("%lld", (long long)json_int(value));
        break;
    case JSON_ARRAY:
        for (const struct json *item = json_first(value); item != NULL; item = json_next(item)) {
            table_cell(stdout, json_cstr(item), 0);
            (void)printf("%s", json_next(item) != NULL ? ", " : "");
        }
        break;
    default:
        table_cell(stdout, json_cstr(value), 0);
    }
    (void)printf("\n");
}

static void print_part(const struct json *answer, const char *name, const char *title)
{
    const struct json *part = json_member(answer, name);
    if (part != NULL) {
        (void)printf("%s\n", title);
        for (const struct json *value = json_first(part); value != NULL; value = json_next(value)) {
            print_value(json_name(value), value);
        }
    }
}

static void print_shown(const struct json *answer, const void *ctx)
{
    (void)ctx;
    print_part(answer, "regel", "Regel");
    print_part(answer, "besluit", "Waaruit het besluit volgde");
    print_part(answer, "bewijs", "Bewijs in het eigen logboek");
    print_part(answer, "ontvangstbewijs", "Ontvangstbewijs van de ketenpartner");
    audit_print_reach(answer);
}

static int run_show(const struct args *args)
{
    char path[96];
    struct error err;
    const char *number = args->free_count == 1 ? args->free_words[0] : "";
    const size_t len = strlen(number);
    if (len == 0 || len > 18 || strspn(number, "0123456789") != len) {
        (void)error_set(&err, FAULT_USAGE, "NUMMER",
                        "hier hoort het nummer van een regel, zoals `audit list` het toont");
        return command_fail(&err);
    }
    (void)snprintf(path, sizeof path, "/v1/logboek/regels/%s", number);
    return desk_command(args, "GET", path, NULL, print_shown, NULL);
}

static const struct option_row options[] = {OPTION_JSON, OPTION_TOKEN, OPTION_CONFIG};

const struct command command_audit_show = {
    .name = "audit show",
    .summary = "toont een regel van het logboek en wat hem bewijst; deze inzage wordt zelf vastgelegd",
    .free_words = "NUMMER",
    .options = options,
    .option_count = COUNT_OF(options),
    .example = "ketenbrug audit show 1284",
    .run = run_show,
};
