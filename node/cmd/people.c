/* `ketenbrug subject | household | involvement`: the own organisation's people, one at a time. Personal data comes from
 * standard input as the JSON of the desk API, never from arguments. */
#include <stdio.h>

#include "base/ident.h"
#include "base/limits.h"
#include "cmd/command.h"
#include "cmd/desk.h"
#include "cmd/people_input.h"

static int send_input(const struct args *args, const char *method, const char *path)
{
    struct error err;
    struct buf body;
    buf_init(&body, HTTP_BODY_SMALL);
    const int code = json_from_input(&body, &err) == RESULT_OK ? desk_command(args, method, path, &body, NULL, NULL)
                                                               : command_fail(&err);
    buf_wipe(&body);
    return code;
}

static int run_subject_add(const struct args *args)
{
    return send_input(args, "POST", "/v1/betrokkenen");
}

static int run_household_add(const struct args *args)
{
    return send_input(args, "POST", "/v1/huishoudens");
}

static int run_involvement_add(const struct args *args)
{
    return send_input(args, "POST", "/v1/betrokkenheden");
}

static int replace(const struct args *args, const char *what)
{
    struct ident id;
    struct error err;
    char path[96];
    if (!ident_parse(slice_text(args_value(args, "id")), &id)) {
        (void)error_set(&err, FAULT_USAGE, "id", "hier horen 32 hexadecimale cijfers");
        return command_fail(&err);
    }
    (void)snprintf(path, sizeof path, "%s/%s", what, ident_text(&id).text);
    return send_input(args, "PUT", path);
}

static int run_subject_change(const struct args *args)
{
    return replace(args, "/v1/betrokkenen");
}

static int run_involvement_change(const struct args *args)
{
    return replace(args, "/v1/betrokkenheden");
}

static int run_subject_show(const struct args *args)
{
    return desk_command_about_one(args, "/v1/betrokkenen/zoekopdrachten", NULL);
}

static const struct option_row options[] = {OPTION_JSON, OPTION_TOKEN, OPTION_CONFIG};

static const struct option_row change_options[] = {
    {"id", "ID", true, "van de betrokkenheid, zoals `subject show` hem toont"},
    OPTION_JSON,
    OPTION_TOKEN,
    OPTION_CONFIG,
};

static const struct option_row subject_options[] = {
    {"id", "ID", true, "van de persoon, zoals `subject show` hem toont"},
    OPTION_JSON,
    OPTION_TOKEN,
    OPTION_CONFIG,
};

const struct command command_subject_add = {
    .name = "subject add",
    .summary = "registreert een persoon; JSON van de invoer",
    .options = options,
    .option_count = COUNT_OF(options),
    .example =
        "ketenbrug subject add < persoon.json\n"
        "    {\"bsn\":\"999990019\",\"voornamen\":\"Ada\",\"achternaam\":\"Proef\",\"geboortedatum\":\"1990-05-01\","
        "\"gemeente\":\"9001\"}",
    .run = run_subject_add,
};

const struct command command_subject_change = {
    .name = "subject change",
    .summary = "vervangt wat van een persoon zelf vastligt, zoals naam en gemeente; JSON van de invoer",
    .options = subject_options,
    .option_count = COUNT_OF(subject_options),
    .example = "ketenbrug subject change --id 4f0c... < persoon.json",
    .run = run_subject_change,
};

const struct command command_subject_show = {
    .name = "subject show",
    .summary = "toont een eigen geregistreerde persoon; bsn van de invoer; deze inzage wordt vastgelegd",
    .options = options,
    .option_count = COUNT_OF(options),
    .example = "ketenbrug subject show",
    .run = run_subject_show,
};

const struct command command_household_add = {
    .name = "household add",
    .summary = "legt een huishouden vast, met bron en datum; JSON van de invoer",
    .options = options,
    .option_count = COUNT_OF(options),
    .example = "ketenbrug household add < huishouden.json",
    .run = run_household_add,
};

const struct command command_involvement_add = {
    .name = "involvement add",
    .summary = "legt een betrokkenheid bij een persoon vast; JSON van de invoer",
    .options = options,
    .option_count = COUNT_OF(options),
    .example = "ketenbrug involvement add < betrokkenheid.json",
    .run = run_involvement_add,
};

const struct command command_involvement_change = {
    .name = "involvement change",
    .summary = "vervangt een betrokkenheid, bijvoorbeeld met een einddatum; JSON van de invoer",
    .options = change_options,
    .option_count = COUNT_OF(change_options),
    .example = "ketenbrug involvement change --id 4f0c... < betrokkenheid.json",
    .run = run_involvement_change,
};
