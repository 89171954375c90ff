/* `ketenbrug report add | decide | close | list`, `order add | end | list`, `term list`: what questions may stand on. People
 * come from the input, never from an argument. */
#include <stdio.h>

#include "base/ident.h"
#include "base/limits.h"
#include "base/mem.h"
#include "cmd/command.h"
#include "cmd/desk.h"
#include "cmd/people_input.h"
#include "cmd/table.h"

enum { NUMBER_WIDTH = 33, KIND_WIDTH = 24, DAY_WIDTH = 14, PATH_MAX_BYTES = 96 };

/* ---- writing ---- */

static void put_given(struct json_writer *w, const struct args *args, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *value = args_value(args, names[i]);
        if (value != NULL) {
            json_put_text(w, names[i], value);
        }
    }
}

static void print_terms(const struct json *matter)
{
    for (const struct json *t = json_first(json_member(matter, "termijnen")); t != NULL; t = json_next(t)) {
        (void)printf("    %s uiterlijk %s%s\n", json_cstr(json_member(t, "termijn")),
                     json_cstr(json_member(t, "uiterlijk")),
                     json_bool(json_member(t, "verstreken")) ? "  VERSTREKEN" : "");
    }
}

static void print_matter(const struct json *matter)
{
    static const char *const days[][2] = {
        {"ontvangen", "ontvangen "}, {"afgesloten", "afgesloten "}, {"van", "van "},
        {"tot", "tot en met "},      {"einde", "beeindigd per "},
    };
    table_cell(stdout, json_cstr(json_member(matter, "nummer")), NUMBER_WIDTH);
    table_cell(stdout, json_cstr(json_member(matter, "soort")), KIND_WIDTH);
    for (size_t i = 0; i < COUNT_OF(days); i++) {
        const char *day = json_cstr(json_member(matter, days[i][0]));
        if (day[0] != '\0') {
            (void)printf("%s%s  ", days[i][1], day);
        }
    }
    (void)printf("\n");
    print_terms(matter);
}

static void print_one(const struct json *answer, const void *ctx)
{
    (void)ctx;
    print_matter(answer);
}

static int send_people(const struct args *args, const char *path, const char *const *names, size_t count)
{
    struct bsn people[MATTER_PEOPLE_MAX];
    size_t people_count = 0;
    struct error err;
    struct buf body;
    if (people_from_input(people, COUNT_OF(people), &people_count, &err) != RESULT_OK) {
        return command_fail(&err);
    }
    buf_init(&body, HTTP_BODY_SMALL);
    struct json_writer w = json_writer(&body);
    json_begin_object(&w, NULL);
    put_given(&w, args, names, count);
    json_begin_array(&w, "betrokkenen");
    for (size_t i = 0; i < people_count; i++) {
        json_begin_object(&w, NULL);
        json_put_slice(&w, "bsn", bsn_digits(&people[i]));
        json_end_object(&w);
    }
    json_end_array(&w);
    json_end_object(&w);
    const int code = desk_command(args, "POST", path, &body, print_one, NULL);
    buf_wipe(&body);
    mem_wipe(people, sizeof people);
    return code;
}

static int send_step(const struct args *args, const char *path, const char *const *names, size_t count,
                     const char *step)
{
    struct buf body;
    buf_init(&body, HTTP_BODY_SMALL);
    struct json_writer w = json_writer(&body);
    json_begin_object(&w, NULL);
    put_given(&w, args, names, count);
    if (step != NULL) {
        json_put_text(&w, "stap", step);
    }
    json_end_object(&w);
    const int code = desk_command(args, "POST", path, &body, print_one, NULL);
    buf_free(&body);
    return code;
}

static int run_report_add(const struct args *args)
{
    static const char *const names[] = {"nummer", "soort", "ontvangen"};
    return send_people(args, "/v1/meldingen", names, COUNT_OF(names));
}

static int run_order_add(const struct args *args)
{
    static const char *const names[] = {"nummer", "soort", "van", "tot"};
    return send_people(args, "/v1/maatregelen", names, COUNT_OF(names));
}

static int run_report_decide(const struct args *args)
{
    static const char *const names[] = {"nummer", "stap", "datum"};
    return send_step(args, "/v1/meldingen/stappen", names, COUNT_OF(names), NULL);
}

static int run_report_close(const struct args *args)
{
    static const char *const names[] = {"nummer"};
    return send_step(args, "/v1/meldingen/stappen", names, COUNT_OF(names), "afsluiting");
}

static int run_order_end(const struct args *args)
{
    static const char *const names[] = {"nummer", "einde"};
    return send_step(args, "/v1/maatregelen/beeindigingen", names, COUNT_OF(names), NULL);
}

/* ---- lists ---- */

static void print_list(const struct json *answer, const void *ctx)
{
    for (const struct json *m = json_first(json_member(answer, ctx)); m != NULL; m = json_next(m)) {
        print_matter(m);
    }
    if (json_member(answer, "volgende") != NULL) {
        (void)printf("er is meer: --na %s\n", json_cstr(json_member(answer, "volgende")));
    }
}

static int list(const struct args *args, const char *path, const char *name)
{
    char whole[PATH_MAX_BYTES];
    struct ident after;
    struct error err;
    const char *text = args_value(args, "na");
    if (text != NULL && !ident_parse(slice_text(text), &after)) {
        (void)error_set(&err, FAULT_USAGE, "na", "hier horen 32 hexadecimale cijfers");
        return command_fail(&err);
    }
    (void)snprintf(whole, sizeof whole, "%s%s%s", path, text != NULL ? "?na=" : "", text != NULL ? text : "");
    return desk_command(args, "GET", whole, NULL, print_list, name);
}

static int run_report_list(const struct args *args)
{
    return list(args, "/v1/meldingen", "meldingen");
}

static int run_order_list(const struct args *args)
{
    return list(args, "/v1/maatregelen", "maatregelen");
}

static void print_all_terms(const struct json *answer, const void *ctx)
{
    (void)ctx;
    for (const struct json *t = json_first(json_member(answer, "termijnen")); t != NULL; t = json_next(t)) {
        const char *what = json_member(t, "maatregel") != NULL  ? "maatregel"
                           : json_member(t, "opdracht") != NULL ? "opdracht"
                                                                : "melding";
        table_cell(stdout, json_cstr(json_member(t, "uiterlijk")), DAY_WIDTH);
        table_cell(stdout, json_cstr(json_member(t, "termijn")), DAY_WIDTH);
        (void)printf("%s ", what);
        table_cell(stdout, json_cstr(json_member(t, what)), NUMBER_WIDTH);
        (void)printf("%s\n", json_bool(json_member(t, "verstreken")) ? "VERSTREKEN" : "");
    }
    const long long more = (long long)json_int(json_member(answer, "nietGetoond"));
    if (more != 0) {
        (void)printf("en nog %lld latere\n", more);
    }
}

static int run_term_list(const struct args *args)
{
    return desk_command(args, "GET", "/v1/termijnen", NULL, print_all_terms, NULL);
}

/* ---- the commands ---- */

static const struct option_row report_add_options[] = {
    {"nummer", "NUMMER", true, "het meldingsnummer"},
    {"soort", "SOORT", true, "veilig-thuis, wmo, schuldhulp, schuldhulp-bedreigend of acuut-gevaar"},
    {"ontvangen", "DAG", false, "JJJJ-MM-DD (anders vandaag): hier begint de termijn"},
    OPTION_JSON,
    OPTION_TOKEN,
    OPTION_CONFIG,
};

static const struct option_row report_decide_options[] = {
    {"nummer", "NUMMER", true, "het meldingsnummer"},
    {"stap", "STAP", true, "wat is gedaan: besluit, oordeel, onderzoek, gesprek of toetsing"},
    {"datum", "DAG", false, "JJJJ-MM-DD (anders vandaag)"},
    OPTION_JSON,
    OPTION_TOKEN,
    OPTION_CONFIG,
};

static const struct option_row number_options[] = {
    {"nummer", "NUMMER", true, "het meldingsnummer"}, OPTION_JSON, OPTION_TOKEN, OPTION_CONFIG};

static const struct option_row order_add_options[] = {
    {"nummer", "NUMMER", true, "het nummer van de maatregel"},
    {"soort", "SOORT", true, "ots, voorlopige-ots of voogdij"},
    {"van", "DAG", true, "eerste dag, JJJJ-MM-DD"},
    {"tot", "DAG", true, "laatste dag, zoals de rechter die bepaalde"},
    OPTION_JSON,
    OPTION_TOKEN,
    OPTION_CONFIG,
};

static const struct option_row order_end_options[] = {
    {"nummer", "NUMMER", true, "het nummer van de maatregel"},
    {"einde", "DAG", false, "laatste dag dat hij geldt (anders vandaag)"},
    OPTION_JSON,
    OPTION_TOKEN,
    OPTION_CONFIG,
};

static const struct option_row list_options[] = {
    {"na", "KENMERK", false, "ga verder waar een vorige lijst ophield"}, OPTION_JSON, OPTION_TOKEN, OPTION_CONFIG};

static const struct option_row term_options[] = {OPTION_JSON, OPTION_TOKEN, OPTION_CONFIG};

const struct command command_report_add = {
    .name = "report add",
    .summary = "legt een melding vast; personen van de invoer, een bsn per regel",
    .options = report_add_options,
    .option_count = COUNT_OF(report_add_options),
    .example = "ketenbrug report add --nummer VT-2026-0417 --soort veilig-thuis < gezin.txt",
    .run = run_report_add,
};

const struct command command_report_decide = {
    .name = "report decide",
    .summary = "legt een stap van een melding vast: het besluit, het oordeel, de toetsing achteraf",
    .options = report_decide_options,
    .option_count = COUNT_OF(report_decide_options),
    .example = "ketenbrug report decide --nummer VT-2026-0417 --stap besluit",
    .run = run_report_decide,
};

const struct command command_report_close = {
    .name = "report close",
    .summary = "sluit een melding af; op deze melding wordt niets meer gevraagd",
    .options = number_options,
    .option_count = COUNT_OF(number_options),
    .example = "ketenbrug report close --nummer VT-2026-0417",
    .run = run_report_close,
};

const struct command command_report_list = {
    .name = "report list",
    .summary = "toont meldingen met hun termijnen, zonder personen",
    .options = list_options,
    .option_count = COUNT_OF(list_options),
    .example = "ketenbrug report list",
    .run = run_report_list,
};

const struct command command_order_add = {
    .name = "order add",
    .summary = "legt een maatregel vast, zoals een ots; personen van de invoer, een bsn per regel",
    .options = order_add_options,
    .option_count = COUNT_OF(order_add_options),
    .example = "ketenbrug order add --nummer OTS-2026-031 --soort ots --van 2026-03-01 --tot 2027-02-28 < gezin.txt",
    .run = run_order_add,
};

const struct command command_order_end = {
    .name = "order end",
    .summary = "legt het einde van een maatregel vast; de dag erna wordt er niets meer op gevraagd",
    .options = order_end_options,
    .option_count = COUNT_OF(order_end_options),
    .example = "ketenbrug order end --nummer OTS-2026-031 --einde 2026-12-01",
    .run = run_order_end,
};

const struct command command_order_list = {
    .name = "order list",
    .summary = "toont maatregelen en tot wanneer ze gelden, zonder personen",
    .options = list_options,
    .option_count = COUNT_OF(list_options),
    .example = "ketenbrug order list",
    .run = run_order_list,
};

const struct command command_term_list = {
    .name = "term list",
    .summary = "toont de termijnen van meldingen, maatregelen en opdrachten, wat verstreken is eerst",
    .options = term_options,
    .option_count = COUNT_OF(term_options),
    .example = "ketenbrug term list",
    .run = run_term_list,
};
