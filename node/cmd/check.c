/* `ketenbrug check`: what is wrong before `serve` finds out, or while it serves, and what to do about it. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "cmd/check_parts.h"
#include "cmd/command.h"
#include "cmd/files.h"
#include "cmd/table.h"

enum { FIRST_FINDINGS = 64, WHAT_WIDTH = 24 };

static const char *const words[CHECK_VERDICTS] = {"in orde", "let op", "fout"};

static void (*const checks[])(struct check *check) = {
    check_certificates, check_desk_certificate,
    check_covenant,     check_covenant_terms,
    check_rights,       check_keys,
    check_store,        check_disk,
    check_ports,        check_clock_and_backup,
    check_signatures,   check_limits,
    check_matching,     check_partners,
};

static struct check_finding *next_finding(struct check *check)
{
    if (check->count == check->capacity) {
        const size_t capacity = check->capacity != 0 ? check->capacity * 2 : FIRST_FINDINGS;
        struct check_finding *more = mem_realloc(check->findings, capacity * sizeof *more);
        if (more == NULL) {
            return NULL;
        }
        check->findings = more;
        check->capacity = capacity;
    }
    return &check->findings[check->count++];
}

void check_say(struct check *check, enum check_verdict verdict, const char *what, const char *advice,
               const char *format, ...)
{
    struct check_finding *finding = next_finding(check);
    check->totals[verdict]++;
    if (finding == NULL) {
        (void)fprintf(stderr, "ketenbrug: geen geheugen voor alle bevindingen\n");
        return;
    }
    finding->verdict = verdict;
    finding->what = what;
    finding->advice = verdict != CHECK_FINE ? advice : NULL;
    va_list parts;
    va_start(parts, format);
    (void)vsnprintf(finding->found, sizeof finding->found, format, parts);
    va_end(parts);
    for (size_t len = strlen(finding->found); !utf8_valid(slice_of(finding->found, len)); len--) {
        finding->found[len - 1] = '\0'; /* cut in the middle of a character */
    }
}

void check_say_result(struct check *check, enum result result, const struct error *err, const char *what,
                      const char *advice, const char *fine)
{
    if (result == RESULT_OK) {
        check_say(check, CHECK_FINE, what, NULL, "%s", fine);
    } else {
        check_say(check, CHECK_WRONG, what, advice, "%s: %s", err->where, err->what);
    }
}

static void print_table(const struct check *check)
{
    for (size_t i = 0; i < check->count; i++) {
        const struct check_finding *f = &check->findings[i];
        (void)printf("%-8s ", words[f->verdict]);
        table_cell(stdout, f->what, WHAT_WIDTH);
        (void)printf(" ");
        table_cell(stdout, f->found, 0);
        (void)printf("\n");
        if (f->advice != NULL) {
            (void)printf("%-*s -> %s\n", WHAT_WIDTH + 6, "", f->advice);
        }
    }
    (void)printf("%zu in orde, %zu let op, %zu fout\n", check->totals[CHECK_FINE], check->totals[CHECK_MIND],
                 check->totals[CHECK_WRONG]);
}

static void print_json(const struct check *check)
{
    struct buf text;
    buf_init(&text, 4194304);
    struct json_writer w = json_writer(&text);
    json_begin_object(&w, NULL);
    json_begin_array(&w, "punten");
    for (size_t i = 0; i < check->count; i++) {
        const struct check_finding *f = &check->findings[i];
        json_begin_object(&w, NULL);
        json_put_text(&w, "oordeel", words[f->verdict]);
        json_put_text(&w, "wat", f->what);
        json_put_text(&w, "gevonden", f->found);
        if (f->advice != NULL) {
            json_put_text(&w, "advies", f->advice);
        }
        json_end_object(&w);
    }
    json_end_array(&w);
    json_put_int(&w, "letOp", (int64_t)check->totals[CHECK_MIND]);
    json_put_int(&w, "fouten", (int64_t)check->totals[CHECK_WRONG]);
    json_end_object(&w);
    (void)printf("%.*s\n", (int)text.len, (const char *)text.ptr);
    buf_free(&text);
}

/* A node that serves tells what only it knows. */
static void ask_node(struct check *check)
{
    static const char what[] = "knooppunt";
    struct error err;
    enum result result = desk_open(check->args, &check->desk, &err);
    if (result == RESULT_OK) {
        result = desk_ask_serving(check->desk, "/v1/stand", &check->standing, &err);
    }
    if (result != RESULT_OK) {
        check_say(check, CHECK_WRONG, what, "voer dit uit als de gebruiker die het knooppunt draait", "%s: %s",
                  err.where, err.what);
    } else if (check->standing == NULL) {
        check_say(check, CHECK_FINE, what, NULL, "draait niet");
    } else if (json_bool(json_member(check->standing, "gereed"))) {
        check_say(check, CHECK_FINE, what, NULL, "draait en is gereed, versie %s",
                  json_cstr(json_member(check->standing, "versie")));
    } else {
        check_say(check, CHECK_WRONG, what, "los de genoemde reden op; het knooppunt merkt dat zelf",
                  "draait en is niet gereed: %s", json_cstr(json_first(json_member(check->standing, "nietGereed"))));
    }
}

static void run_all(struct check *check)
{
    struct error err = {0};
    struct stat folder;
    const enum result result = config_read(config_file(args_value(check->args, "config")), &check->config, &err);
    check_say_result(check, result, &err, "configuratie",
                     "verbeter deze sleutel; node/ketenbrug.voorbeeld.ini toont ze alle", "gelezen");
    if (result != RESULT_OK) {
        return;
    }
    check->owner = stat(check->config.folder, &folder) == 0 ? folder.st_uid : geteuid();
    ask_node(check);
    for (size_t i = 0; i < COUNT_OF(checks); i++) {
        checks[i](check);
    }
}

static int run(const struct args *args)
{
    struct check check = {.args = args, .now_s = clock_now(&system_clock) / 1000};
    run_all(&check);
    if (args_flag(args, "json")) {
        print_json(&check);
    } else {
        print_table(&check);
    }
    desk_close(check.desk);
    json_free(check.standing);
    trust_free(check.trust);
    covenant_free(check.covenant);
    mem_free(check.findings);
    return check.totals[CHECK_WRONG] == 0 ? EXIT_FINE : EXIT_REFUSED;
}

static const struct option_row options[] = {
    {"partners", NULL, false, "belt ook bij elke ketenpartner aan (TCP en TLS; er wordt niets gevraagd)"},
    OPTION_JSON,
    OPTION_TOKEN,
    OPTION_CONFIG,
};

const struct command command_check = {
    .name = "check",
    .summary = "zegt wat er niet klopt aan dit knooppunt, ook terwijl het draait, en wat u doet",
    .options = options,
    .option_count = COUNT_OF(options),
    .example = "ketenbrug check --partners --config ketenbrug.ini",
    .run = run,
};
