/* `ketenbrug regulation show | accept`: the privacy regulation that every user accepts before first use. */
#include <stdio.h>

#include "base/limits.h"
#include "cmd/command.h"
#include "cmd/desk.h"

static void print_regulation(const struct json *answer, const void *ctx)
{
    (void)ctx;
    const char *until = json_cstr(json_member(answer, "uiterlijk"));
    (void)printf("Privacyreglement, versie %s\n\n%s\n\n", json_cstr(json_member(answer, "versie")),
                 json_cstr(json_member(answer, "tekst")));
    if (json_bool(json_member(answer, "aanvaard"))) {
        (void)printf("U hebt deze versie aanvaard.\n");
    } else if (until[0] != '\0') {
        (void)printf("U hebt de vorige versie aanvaard; aanvaard deze voor %s.\n", until);
    } else {
        (void)printf("U hebt deze versie nog niet aanvaard; tot dan kunt u niet raadplegen.\n");
    }
}

static int run_show(const struct args *args)
{
    return desk_command(args, "GET", "/v1/reglement", NULL, print_regulation, NULL);
}

static void print_accepted(const struct json *answer, const void *ctx)
{
    (void)ctx;
    (void)printf("aanvaard: versie %s, op %s\n", json_cstr(json_member(answer, "versie")),
                 json_cstr(json_member(answer, "aanvaardOp")));
}

static int run_accept(const struct args *args)
{
    struct buf body;
    buf_init(&body, HTTP_BODY_SMALL);
    struct json_writer w = json_writer(&body);
    json_begin_object(&w, NULL);
    json_put_text(&w, "versie", args_value(args, "versie"));
    json_end_object(&w);
    const int code = desk_command(args, "POST", "/v1/reglement/aanvaardingen", &body, print_accepted, NULL);
    buf_free(&body);
    return code;
}

static const struct option_row show_options[] = {OPTION_JSON, OPTION_TOKEN, OPTION_CONFIG};

static const struct option_row accept_options[] = {
    {"versie", "VERSIE", true, "de versie die u hebt gelezen, zoals `regulation show` haar noemt"},
    OPTION_JSON,
    OPTION_TOKEN,
    OPTION_CONFIG,
};

const struct command command_regulation_show = {
    .name = "regulation show",
    .summary = "toont het privacyreglement dat van kracht is, en of u het hebt aanvaard",
    .options = show_options,
    .option_count = COUNT_OF(show_options),
    .example = "ketenbrug regulation show",
    .run = run_show,
};

const struct command command_regulation_accept = {
    .name = "regulation accept",
    .summary = "aanvaardt het privacyreglement; zonder dat kunt u niet raadplegen; wordt vastgelegd",
    .options = accept_options,
    .option_count = COUNT_OF(accept_options),
    .example = "ketenbrug regulation accept --versie 2026.1",
    .run = run_accept,
};
