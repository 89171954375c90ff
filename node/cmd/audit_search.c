/* The filters of `ketenbrug audit list`, and `ketenbrug audit show`. */
#include "cmd/audit_search.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "cmd/command.h"
#include "cmd/people_input.h"
#include "cmd/table.h"

static const char *const filters[] = {"verzoek",   "zaak", "gebruiker", "ketenpartner", "doel",
                                      "handeling", "van",  "tot",       "voor"};

bool audit_search_wanted(const struct args *args)
{
    bool wanted = args_flag(args, "persoon");
    for (size_t i = 0; i < COUNT_OF(filters); i++) {
        wanted = wanted || args_value(args, filters[i]) != NULL;
    }
    return wanted;
}

enum result audit_search(struct desk *desk, const struct args *args, long long count, struct json **answer,
                         struct error *err)
{
    struct bsn person;
    size_t people = 0;
    long long before = 0;
    struct buf body;
    ENSURE(args_value(args, "vanaf") == NULL, err, FAULT_USAGE, "vanaf", "gaat niet samen met een filter; zie --voor");
    ENSURE(count <= LOG_SEARCH_PAGE, err, FAULT_USAGE, "aantal", "met een filter hoogstens %d", (int)LOG_SEARCH_PAGE);
    TRY(args_number(args, "voor", 0, INT64_MAX, 0, &before, err));
    if (args_flag(args, "persoon")) {
        TRY(people_from_input(&person, 1, &people, err));
    }
    buf_init(&body, HTTP_BODY_SMALL);
    struct json_writer w = json_writer(&body);
    json_begin_object(&w, NULL);
    for (size_t i = 0; i < COUNT_OF(filters) - 1; i++) {
        if (args_value(args, filters[i]) != NULL) {
            json_put_text(&w, filters[i], args_value(args, filters[i]));
        }
    }
    if (args_value(args, "voor") != NULL) {
        json_put_int(&w, "voor", before);
    }
    if (people != 0) {
        json_put_slice(&w, "bsn", bsn_digits(&person));
        mem_wipe(&person, sizeof person);
    }
    json_put_int(&w, "aantal", count);
    json_end_object(&w);
    const enum result result = desk_call(desk, "POST", "/v1/logboek/zoekopdrachten", &body, answer, err);
    buf_wipe(&body);
    return result;
}

static void print_reach(const struct json *answer)
{
    const long long reach = (long long)json_int(json_member(answer, "doorzoekbaar"));
    const long long size = (long long)json_int(json_member(answer, "omvang"));
    if (reach == 0) {
        (void)printf("Nog geen regel is doorzoekbaar, van %lld.\n", size);
    } else {
        (void)printf("Doorzoekbaar tot en met regel %lld van %lld.\n", reach - 1, size - 1);
    }
}

void audit_search_print_end(const struct json *answer)
{
    print_reach(answer);
    if (json_member(answer, "verder") != NULL) {
        (void)printf("Er kan meer zijn: zoek verder met --voor %lld.\n",
                     (long long)json_int(json_member(answer, "verder")));
    }
}

/* ---- show ---- */

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
    print_reach(answer);
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
