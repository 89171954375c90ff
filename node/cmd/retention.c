/* `ketenbrug audit retention | destroy | hold`: until when records can be read, what is over, what is held. */
#include <stdio.h>
#include <string.h>

#include "audit/retention.h"
#include "cmd/command.h"
#include "cmd/desk.h"
#include "cmd/table.h"

enum { BODY_MAX = 4096, DAY_LEN = 10 };

/* ---- retention ---- */

static void print_class(const struct json *c)
{
    const char *due = json_cstr(json_member(c, "vernietigenVanaf"));
    const char *destroyed = json_cstr(json_member(c, "vernietigdOp"));
    char when[80];
    if (destroyed[0] != '\0') {
        (void)snprintf(when, sizeof when, "op %.*s", DAY_LEN, destroyed);
    } else if (due[0] == '\0') {
        (void)snprintf(when, sizeof when, "geen termijn bekend");
    } else {
        (void)snprintf(when, sizeof when, "vanaf %s%s", due,
                       json_bool(json_member(c, "termijnOm")) ? " (termijn is om)" : "");
    }
    table_cell(stdout, json_cstr(json_member(c, "maand")), 9);
    (void)printf("%6lld  %8lld  ", (long long)json_int(json_member(c, "bewaarklasse")),
                 (long long)json_int(json_member(c, "regels")));
    table_cell(stdout, json_cstr(json_member(c, "sleutel")), 12);
    (void)printf("%12lld  %s\n", (long long)json_int(json_member(c, "vastgehouden")), when);
}

static void print_retention(const struct json *answer, const void *ctx)
{
    (void)ctx;
    (void)printf("maand    klasse    regels  sleutel     vastgehouden  vernietigen\n");
    for (const struct json *c = json_first(json_member(answer, "klassen")); c != NULL; c = json_next(c)) {
        print_class(c);
    }
}

static int run_retention(const struct args *args)
{
    return desk_command(args, "GET", "/v1/logboek/bewaartermijnen", NULL, print_retention, NULL);
}

/* ---- destroy ---- */

static void print_destroyed(const struct json *answer, const void *ctx)
{
    (void)ctx;
    const bool rehearsal = json_bool(json_member(answer, "proef"));
    const struct json *keys = json_member(answer, "sleutels");
    if (json_first(keys) == NULL) {
        (void)printf("van geen enkele sleutel is de termijn om: er is niets te vernietigen\n");
        return;
    }
    (void)printf(rehearsal ? "vandaag, %s, is de termijn om van:\n" : "vernietigd op %s:\n",
                 json_cstr(json_member(answer, "vandaag")));
    for (const struct json *k = json_first(keys); k != NULL; k = json_next(k)) {
        (void)printf("  maand %s, bewaarklasse %lld\n", json_cstr(json_member(k, "maand")),
                     (long long)json_int(json_member(k, "bewaarklasse")));
    }
    if (rehearsal) {
        (void)printf("er is niets vernietigd; dat gebeurt met --bevestig, en kan niet ongedaan worden gemaakt\n");
    }
}

static int run_destroy(const struct args *args)
{
    struct error err;
    struct buf body;
    long long class = -1;
    const char *month = args_value(args, "maand");
    if (args_number(args, "klasse", 0, AUDIT_CLASSES - 1, -1, &class, &err) != RESULT_OK) {
        return command_fail(&err);
    }
    if ((month == NULL) != (class < 0)) {
        (void)error_set(&err, FAULT_USAGE, "maand", "maand en klasse horen bij elkaar");
        return command_fail(&err);
    }
    buf_init(&body, BODY_MAX);
    struct json_writer w = json_writer(&body);
    json_begin_object(&w, NULL);
    json_put_bool(&w, "proef", !args_flag(args, "bevestig") || args_flag(args, "proef"));
    if (month != NULL) {
        json_put_text(&w, "maand", month);
        json_put_int(&w, "bewaarklasse", class);
    }
    json_end_object(&w);
    const int code = desk_command(args, "POST", "/v1/logboek/vernietigingen", &body, print_destroyed, NULL);
    buf_free(&body);
    return code;
}

/* ---- hold ---- */

static void print_hold(const struct json *answer, const void *ctx)
{
    (void)ctx;
    (void)printf("regel %lld %s\n", (long long)json_int(json_member(answer, "regel")),
                 json_bool(json_member(answer, "vastgehouden")) ? "wordt vastgehouden"
                                                                : "wordt niet meer vastgehouden");
}

static void print_holds(const struct json *answer, const void *ctx)
{
    (void)ctx;
    (void)printf("   regel  maand    klasse  sinds\n");
    for (const struct json *h = json_first(json_member(answer, "vasthoudingen")); h != NULL; h = json_next(h)) {
        (void)printf("%8lld  ", (long long)json_int(json_member(h, "regel")));
        table_cell(stdout, json_cstr(json_member(h, "maand")), 9);
        (void)printf("%6lld  %s\n", (long long)json_int(json_member(h, "bewaarklasse")),
                     json_cstr(json_member(h, "sinds")));
    }
}

static int run_hold(const struct args *args)
{
    struct error err;
    struct buf body;
    long long number = -1;
    const char *reason = args_value(args, "reden");
    if (args_number(args, "regel", 0, INT64_C(1) << 52, -1, &number, &err) != RESULT_OK) {
        return command_fail(&err);
    }
    if (number < 0 && reason == NULL && !args_flag(args, "opheffen")) {
        return desk_command(args, "GET", "/v1/logboek/vasthoudingen", NULL, print_holds, NULL);
    }
    if (number < 0 || reason == NULL) {
        (void)error_set(&err, FAULT_USAGE, "regel", "regel en reden horen bij elkaar; zonder beide een overzicht");
        return command_fail(&err);
    }
    buf_init(&body, BODY_MAX);
    struct json_writer w = json_writer(&body);
    json_begin_object(&w, NULL);
    json_put_int(&w, "regel", number);
    json_put_text(&w, "reden", reason);
    json_end_object(&w);
    const char *path =
        args_flag(args, "opheffen") ? "/v1/logboek/vasthoudingen/opheffingen" : "/v1/logboek/vasthoudingen";
    const int code = desk_command(args, "POST", path, &body, print_hold, NULL);
    buf_free(&body);
    return code;
}

static const struct option_row retention_options[] = {OPTION_JSON, OPTION_TOKEN, OPTION_CONFIG};

static const struct option_row destroy_options[] = {
    {"maand", "JJJJ-MM", false, "alleen deze maand, met --klasse; zonder beide alles waarvan de termijn om is"},
    {"klasse", "NUMMER", false, "bewaarklasse, 0 tot en met 9"},
    {"proef", NULL, false, "toont alleen wat er zou gebeuren; zo is het ook zonder --bevestig"},
    {"bevestig", NULL, false, "vernietigt echt"},
    OPTION_JSON,
    OPTION_TOKEN,
    OPTION_CONFIG,
};

static const struct option_row hold_options[] = {
    {"regel", "NUMMER", false, "de regel van het logboek; zonder deze optie een overzicht"},
    {"reden", "TEKST", false, "waarom, 10 tot en met 500 tekens; wordt vastgelegd"},
    {"opheffen", NULL, false, "houdt de regel niet langer vast"},
    OPTION_JSON,
    OPTION_TOKEN,
    OPTION_CONFIG,
};

const struct command command_audit_retention = {
    .name = "audit retention",
    .summary = "toont per maand en bewaarklasse tot wanneer het logboek te lezen is",
    .options = retention_options,
    .option_count = COUNT_OF(retention_options),
    .example = "ketenbrug audit retention",
    .run = run_retention,
};

const struct command command_audit_destroy = {
    .name = "audit destroy",
    .summary = "vernietigt de sleutels van logregels waarvan de bewaartermijn om is (beheerder); wordt vastgelegd",
    .options = destroy_options,
    .option_count = COUNT_OF(destroy_options),
    .example = "ketenbrug audit destroy --bevestig",
    .run = run_destroy,
};

const struct command command_audit_hold = {
    .name = "audit hold",
    .summary = "houdt een logregel leesbaar na zijn bewaartermijn, of heft dat op (privacybeheerder); wordt vastgelegd",
    .options = hold_options,
    .option_count = COUNT_OF(hold_options),
    .example = "ketenbrug audit hold --regel 1204 --reden 'bezwaar, dossier B-2026-17'",
    .run = run_hold,
};
