/* `ketenbrug audit sample`: records of the log drawn by chance, each a finding to look at and close. */
#include <stdio.h>

#include "base/limits.h"
#include "cmd/command.h"
#include "cmd/desk.h"

enum { BODY_MAX = 2048, SAMPLE_STANDARD = 20 };

static void print_drawn(const struct json *answer, const void *ctx)
{
    (void)ctx;
    const struct json *drawn = json_member(answer, "bevindingen");
    for (const struct json *id = json_first(drawn); id != NULL; id = json_next(id)) {
        (void)printf("%s\n", json_cstr(id));
    }
    (void)printf("%zu getrokken uit %lld regels; `ketenbrug audit finding ID` toont er een\n", json_size(drawn),
                 (long long)json_int(json_member(answer, "uit")));
}

static int run(const struct args *args)
{
    static const char *const filters[] = {"van", "tot", "gebruiker", "ketenpartner", "doel"};
    struct error err;
    struct buf body;
    long long count = 0;
    if (args_number(args, "aantal", 1, SAMPLE_MAX, SAMPLE_STANDARD, &count, &err) != RESULT_OK) {
        return command_fail(&err);
    }
    buf_init(&body, BODY_MAX);
    struct json_writer w = json_writer(&body);
    json_begin_object(&w, NULL);
    json_put_int(&w, "aantal", count);
    for (size_t i = 0; i < COUNT_OF(filters); i++) {
        if (args_value(args, filters[i]) != NULL) {
            json_put_text(&w, filters[i], args_value(args, filters[i]));
        }
    }
    json_end_object(&w);
    const int code = desk_command(args, "POST", "/v1/logboek/steekproeven", &body, print_drawn, NULL);
    buf_free(&body);
    return code;
}

static const struct option_row options[] = {
    {"aantal", "AANTAL", false, "1 tot en met 100 (20)"},
    {"van", "DAG", false, "vanaf deze dag, als JJJJ-MM-DD (UTC)"},
    {"tot", "DAG", false, "tot en met deze dag (UTC)"},
    {"gebruiker", "NAAM", false, "alleen uit regels van deze gebruiker"},
    {"ketenpartner", "OIN", false, "alleen uit regels met deze ketenpartner"},
    {"doel", "CODE", false, "alleen uit regels met dit doel"},
    OPTION_JSON,
    OPTION_TOKEN,
    OPTION_CONFIG,
};

const struct command command_audit_sample = {
    .name = "audit sample",
    .summary = "trekt logboekregels door het lot (privacybeheerder, FG); zaad en omvang worden vastgelegd",
    .options = options,
    .option_count = COUNT_OF(options),
    .example = "ketenbrug audit sample --aantal 20 --van 2026-11-01 --tot 2026-11-30",
    .run = run,
};
