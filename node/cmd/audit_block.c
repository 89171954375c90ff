/* `ketenbrug audit block | unblock | blocks`: whom the privacy officer keeps out for now. */
#include <stdio.h>

#include "base/limits.h"
#include "cmd/command.h"
#include "cmd/desk.h"
#include "cmd/table.h"

enum { BODY_MAX = 4096 };

static void print_changed(const struct json *answer, const void *ctx)
{
    (void)ctx;
    const char *user = json_cstr(json_member(answer, "gebruiker"));
    const bool blocked = json_bool(json_member(answer, "geblokkeerd"));
    (void)printf("%s %s is %s geblokkeerd\n", user[0] != '\0' ? "gebruiker" : "ketenpartner",
                 user[0] != '\0' ? user : json_cstr(json_member(answer, "ketenpartner")), blocked ? "nu" : "niet meer");
    if (blocked && user[0] != '\0') {
        (void)printf("een nieuw toegangsbewijs geeft alleen de beheerder, met `ketenbrug user change`\n");
    }
}

static int change(const struct args *args, const char *path)
{
    static const char *const names[] = {"gebruiker", "ketenpartner", "reden", "bevinding"};
    struct buf body;
    buf_init(&body, BODY_MAX);
    struct json_writer w = json_writer(&body);
    json_begin_object(&w, NULL);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (args_value(args, names[i]) != NULL) {
            json_put_text(&w, names[i], args_value(args, names[i]));
        }
    }
    json_end_object(&w);
    const int code = desk_command(args, "POST", path, &body, print_changed, NULL);
    buf_free(&body);
    return code;
}

static int run_block(const struct args *args)
{
    struct error err;
    if ((args_value(args, "gebruiker") == NULL) == (args_value(args, "ketenpartner") == NULL)) {
        (void)error_set(&err, FAULT_USAGE, "gebruiker", "noem een gebruiker of een ketenpartner, en niet beide");
        return command_fail(&err);
    }
    return change(args, "/v1/blokkades");
}

static int run_unblock(const struct args *args)
{
    return change(args, "/v1/blokkades/opheffingen");
}

static void print_blocks(const struct json *answer, const void *ctx)
{
    (void)ctx;
    for (const struct json *u = json_first(json_member(answer, "gebruikers")); u != NULL; u = json_next(u)) {
        (void)printf("gebruiker     ");
        table_cell(stdout, json_cstr(json_member(u, "naam")), 0);
        (void)printf("\n");
    }
    for (const struct json *p = json_first(json_member(answer, "ketenpartners")); p != NULL; p = json_next(p)) {
        (void)printf("ketenpartner  ");
        table_cell(stdout, json_cstr(json_member(p, "oin")), 22);
        table_cell(stdout, json_cstr(json_member(p, "sinds")), 22);
        table_cell(stdout, json_cstr(json_member(p, "naam")), 0);
        (void)printf("\n");
    }
}

static int run_blocks(const struct args *args)
{
    return desk_command(args, "GET", "/v1/blokkades", NULL, print_blocks, NULL);
}

static const struct option_row block_options[] = {
    {"gebruiker", "NAAM", false, "wie geen toegang meer heeft, vanaf zijn volgende verzoek"},
    {"ketenpartner", "OIN", false, "of welke ketenpartner niet meer vraagt en gevraagd wordt"},
    {"reden", "TEKST", true, "waarom; staat in het logboek"},
    {"bevinding", "ID", false, "de bevinding waarop dit volgt"},
    OPTION_JSON,
    OPTION_TOKEN,
    OPTION_CONFIG,
};

static const struct option_row unblock_options[] = {
    {"ketenpartner", "OIN", true, "een geblokkeerde ketenpartner; een gebruiker laat de beheerder weer toe"},
    {"reden", "TEKST", true, "waarom; staat in het logboek"},
    OPTION_JSON,
    OPTION_TOKEN,
    OPTION_CONFIG,
};

static const struct option_row list_options[] = {OPTION_JSON, OPTION_TOKEN, OPTION_CONFIG};

const struct command command_audit_block = {
    .name = "audit block",
    .summary = "houdt een gebruiker of ketenpartner voorlopig buiten (privacybeheerder)",
    .options = block_options,
    .option_count = COUNT_OF(block_options),
    .example = "ketenbrug audit block --gebruiker g.jansen --reden \"onderzoek naar inzage in de avond\"",
    .run = run_block,
};

const struct command command_audit_unblock = {
    .name = "audit unblock",
    .summary = "laat een ketenpartner weer toe",
    .options = unblock_options,
    .option_count = COUNT_OF(unblock_options),
    .example = "ketenbrug audit unblock --ketenpartner 00000099000000005000 --reden \"lek is gedicht\"",
    .run = run_unblock,
};

const struct command command_audit_blocks = {
    .name = "audit blocks",
    .summary = "toont wie geblokkeerd is",
    .options = list_options,
    .option_count = COUNT_OF(list_options),
    .example = "ketenbrug audit blocks",
    .run = run_blocks,
};
