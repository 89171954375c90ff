/* `ketenbrug audit watch`: what the log is watched for, and how far; with --nu only when all of it was. */
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "cmd/command.h"
#include "cmd/desk.h"
#include "cmd/table.h"

enum { RULE_WIDTH = 18, ROUNDS_MAX = 360 /* of ten seconds at most: an hour */ };

static void print_limits(const struct json *limits)
{
    for (const struct json *l = json_first(limits); l != NULL; l = json_next(l)) {
        (void)printf(" %s %lld", json_name(l), (long long)json_int(l));
    }
}

static void print_rule(const struct json *rule)
{
    const long long kept_back = (long long)json_int(json_member(rule, "uitgezonderd"));
    table_cell(stdout, json_cstr(json_member(rule, "regel")), RULE_WIDTH);
    (void)printf("%s ", json_bool(json_member(rule, "aan")) ? "aan" : "uit");
    print_limits(json_member(rule, "grenzen"));
    if (kept_back != 0) {
        (void)printf("  (uitgezonderd: %lld)", kept_back);
    }
    (void)printf("\n");
}

static void print(const struct json *answer, const char *only)
{
    const struct json *since = json_member(answer, "kijktTerugTot");
    (void)printf("bekeken: %lld van %lld regels van het logboek%s\n",
                 (long long)json_int(json_member(answer, "bekeken")),
                 (long long)json_int(json_member(answer, "omvang")),
                 json_bool(json_member(answer, "bij")) ? "" : ", loopt nog niet bij");
    if (since != NULL) {
        (void)printf("onthoudt wie wat inzag vanaf %s\n", json_cstr(since));
    }
    (void)printf("open bevindingen: %lld; zie `ketenbrug audit findings`\n",
                 (long long)json_int(json_member(answer, "openBevindingen")));
    for (const struct json *r = json_first(json_member(answer, "regels")); r != NULL; r = json_next(r)) {
        if (only == NULL || strcmp(json_cstr(json_member(r, "regel")), only) == 0) {
            print_rule(r);
        }
    }
}

/* Each round ends after some seconds, whether all was watched or not. */
static enum result ask(struct desk *desk, bool now, struct json **answer, struct error *err)
{
    struct buf body;
    enum result result = RESULT_OK;
    if (!now) {
        return desk_call(desk, "GET", "/v1/bewaking", NULL, answer, err);
    }
    buf_init(&body, HTTP_BODY_SMALL);
    buf_text(&body, "{}");
    for (int i = 0; i < ROUNDS_MAX && result == RESULT_OK; i++) {
        json_free(*answer);
        *answer = NULL;
        result = desk_call(desk, "POST", "/v1/bewaking/rondes", &body, answer, err);
        if (result == RESULT_OK && json_bool(json_member(*answer, "bij"))) {
            break;
        }
    }
    buf_free(&body);
    return result;
}

static enum result check_rule(const struct json *answer, const char *only, struct error *err)
{
    for (const struct json *r = json_first(json_member(answer, "regels")); r != NULL && only != NULL;
         r = json_next(r)) {
        if (strcmp(json_cstr(json_member(r, "regel")), only) == 0) {
            return RESULT_OK;
        }
    }
    ENSURE(only == NULL, err, FAULT_USAGE, "regel",
           "geen regel van de bewaking; `ketenbrug audit watch` toont ze alle");
    return RESULT_OK;
}

static int run(const struct args *args)
{
    struct error err;
    struct desk *desk = NULL;
    struct json *answer = NULL;
    const char *only = args_value(args, "regel");
    enum result result = desk_open(args, &desk, &err);
    if (result == RESULT_OK) {
        result = ask(desk, args_flag(args, "nu"), &answer, &err);
    }
    if (result == RESULT_OK) {
        result = check_rule(answer, only, &err);
    }
    if (result == RESULT_OK && args_flag(args, "json")) {
        desk_print_raw(desk);
    } else if (result == RESULT_OK) {
        print(answer, only);
    }
    json_free(answer);
    desk_close(desk);
    return result == RESULT_OK ? EXIT_FINE : command_fail(&err);
}

static const struct option_row options[] = {
    {"regel", "REGEL", false, "alleen deze, zoals veel-mensen"},
    {"nu", NULL, false, "bekijkt eerst wat nog niet bekeken is"},
    OPTION_JSON,
    OPTION_TOKEN,
    OPTION_CONFIG,
};

const struct command command_audit_watch = {
    .name = "audit watch",
    .summary = "toont waar het logboek op wordt bekeken, met welke grenzen, en hoe ver",
    .options = options,
    .option_count = COUNT_OF(options),
    .example = "ketenbrug audit watch --nu",
    .run = run,
};
