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

static void print_siblings(const struct json *answer)
{
    const struct json *siblings = json_member(answer, "samenhang");
    if (json_first(siblings) == NULL) {
        return;
    }
    (void)printf("Van dezelfde raadpleging of hetzelfde verzoek%s\n",
                 json_bool(json_member(answer, "samenhangVolledig")) ? "" : " (de eerste)");
    for (const struct json *row = json_first(siblings); row != NULL; row = json_next(row)) {
        (void)printf("%7lld  ", (long long)json_int(json_member(row, "volgnummer")));
        table_cell(stdout, json_cstr(json_member(row, "tijd")), 26);
        table_cell(stdout, json_cstr(json_member(row, "handeling")), 26);
        table_cell(stdout, json_member(row, "uitkomst") != NULL ? json_cstr(json_member(row, "uitkomst")) : "", 0);
        (void)printf("\n");
    }
}

static const char *stand_text(struct slice stand)
{
    static const struct {
        const char *word, *text;
    } texts[] = {
        {"bewezen", "De ketenpartner bewijst dat zijn regel in zijn logboek staat, zoals hij ervoor tekende."},
        {"nog-niet-ingesloten", "Zijn regel staat nog niet in een controlepunt dat genoeg getuigen medeondertekenden."},
        {"klopt-niet", "Wat de ketenpartner toont, is niet waarvoor hij tekende: zijn logboek is herschreven."},
        {"niet-bereikt", "De ketenpartner kon niet worden gevraagd; probeer het later opnieuw."},
        {"geen-ontvangstbewijs", "Bij deze regel ligt geen ontvangstbewijs om de ketenpartner mee te vragen."},
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        if (slice_equal(stand, slice_text(texts[i].word))) {
            return texts[i].text;
        }
    }
    return "";
}

static void print_other(const struct json *answer)
{
    const struct json *other = json_member(answer, "andereKant");
    if (other == NULL) {
        return;
    }
    print_part(answer, "andereKant", "De andere kant");
    (void)printf("  %s\n", stand_text(json_text_of(other, "stand")));
    if (json_member(other, "kenmerk") != NULL) {
        (void)printf("  Het gesloten deel blijft van hem: zijn functionaris vindt de regel onder dit kenmerk.\n");
    }
}

static void print_shown(const struct json *answer, const void *ctx)
{
    (void)ctx;
    print_part(answer, "regel", "Regel");
    if (json_member(answer, "reden") != NULL) {
        (void)printf("Opgegeven reden van de raadpleging (verteld, niet bewezen)\n  ");
        table_cell(stdout, json_cstr(json_member(answer, "reden")), 0);
        (void)printf("\n");
    }
    print_part(answer, "uitleg", "Waarvoor en op welke grond");
    print_part(answer, "besluit", "Waaruit het besluit volgde");
    print_siblings(answer);
    print_part(answer, "bewijs", "Bewijs in het eigen logboek");
    print_part(answer, "ontvangstbewijs", "Ontvangstbewijs van de ketenpartner");
    print_other(answer);
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
                        "hier hoort het nummer van een regel, zoals `audit search` het toont");
        return command_fail(&err);
    }
    (void)snprintf(path, sizeof path, "/v1/logboek/regels/%s%s", number,
                   args_flag(args, "andere-kant") ? "?andereKant=ja" : "");
    return desk_command(args, "GET", path, NULL, print_shown, NULL);
}

static const struct option_row options[] = {
    {"andere-kant", NULL, false,
     "vraagt ook de ketenpartner om zijn regel, en het bewijs dat die in zijn logboek staat"},
    OPTION_JSON,
    OPTION_TOKEN,
    OPTION_CONFIG,
};

const struct command command_audit_show = {
    .name = "audit show",
    .summary = "toont een regel van het logboek, wat erbij hoort en wat hem bewijst; dit wordt zelf vastgelegd",
    .free_words = "NUMMER",
    .options = options,
    .option_count = COUNT_OF(options),
    .example = "ketenbrug audit show 1284 --andere-kant",
    .run = run_show,
};
