/* `ketenbrug covenant explain`: why a request would get this answer, or why one of the past got it, rule by rule. The facts
 * are options, never a person. */
#include <stdio.h>
#include <string.h>

#include "api/log_explain.h"
#include "base/limits.h"
#include "cmd/command.h"
#include "cmd/covenant_file.h"
#include "cmd/desk.h"
#include "cmd/table.h"
#include "policy/replay.h"
#include "policy/task.h"

enum { ANSWER_MAX = 1048576, AGE_MAX = 130 };

/* ---- printing: the same for what was asked and for what might be ---- */

static void print_line(const char *indent, const char *text)
{
    (void)printf("%s", indent);
    table_cell(stdout, text, 0);
    (void)printf("\n");
}

static void print_categories(const struct json *list)
{
    (void)printf("  komt eruit: %s", json_first(list) == NULL ? "niets" : "");
    for (const struct json *word = json_first(list); word != NULL; word = json_next(word)) {
        table_cell(stdout, json_cstr(word), 0);
        (void)printf("%s", json_next(word) != NULL ? ", " : "");
    }
    (void)printf("\n");
}

static void print_rules(const struct json *decision)
{
    const struct json *rules = json_member(decision, "regels");
    const long long all = (long long)json_int(json_member(decision, "aantalRegels"));
    for (const struct json *rule = json_first(rules); rule != NULL; rule = json_next(rule)) {
        print_line("  - ", json_cstr(json_member(rule, "zin")));
    }
    if (all > (long long)json_size(rules)) {
        (void)printf("  - en nog %lld regels, die hier niet worden genoemd\n", all - (long long)json_size(rules));
    }
    if (all == 0) {
        (void)printf("  geen enkele regel is bekeken\n");
    }
}

static void print_decision(const struct json *decision)
{
    const char *domain = json_cstr(json_member(decision, "leefgebied"));
    const bool signal = json_bool(json_member(decision, "zorgsignaal"));
    if (signal) {
        (void)printf("Mag de vrager weten dat hier een zorgsignaal loopt, en wie hij belt?\n");
    } else if (domain[0] == '\0') {
        (void)printf("Mag dit worden gevraagd?\n");
    } else {
        (void)printf("Wat mag worden verteld over ");
        table_cell(stdout, domain, 0);
        (void)printf("%s?\n", json_bool(json_member(decision, "afgeschermd")) ? " (afgeschermd)" : "");
    }
    print_line("  ", json_cstr(json_member(decision, "reden")));
    if (domain[0] != '\0' || signal) {
        print_categories(json_member(decision, "categorieen"));
    }
    if (json_member(decision, "aantekening") != NULL) {
        print_line("  met de aantekening: ", json_cstr(json_member(decision, "aantekening")));
    }
    print_rules(decision);
}

static void print_answer(const struct json *answer, const void *ctx)
{
    (void)ctx;
    const struct json *number = json_member(answer, "volgnummer");
    const struct json *decisions = json_member(answer, "besluiten");
    if (number != NULL) {
        (void)printf("Regel %lld, ", (long long)json_int(number));
        table_cell(stdout, json_cstr(json_member(answer, "handeling")), 0);
        (void)printf(", ");
        table_cell(stdout, json_cstr(json_member(answer, "tijd")), 0);
        (void)printf(", doel ");
        table_cell(stdout, json_cstr(json_member(answer, "doel")), 0);
        print_line(": ", json_cstr(json_member(answer, "uitkomst")));
    }
    for (const struct json *decision = json_first(decisions); decision != NULL; decision = json_next(decision)) {
        print_decision(decision);
    }
    if (json_first(decisions) == NULL) {
        (void)printf("Er was niets te besluiten: er was hier geen lopende betrokkenheid bij deze persoon.\n");
    }
    if (number != NULL && !json_bool(json_member(answer, "convenantVanToen"))) {
        (void)printf("Het convenant van toen is hier niet meer; dit is de uitleg onder het convenant van nu.\n");
    }
    if (number != NULL && !json_bool(json_member(answer, "invoerVolledig"))) {
        (void)printf(
            "Toestemming en beperking werden toen niet vastgelegd, of waren niet nodig; zij zijn als nee gelezen.\n");
    }
    if (number != NULL) {
        (void)printf("%s\n", json_bool(json_member(answer, "komtOvereen"))
                                 ? "Dit komt overeen met wat er toen is gebeurd."
                                 : "Toen is het anders gegaan.");
    }
}

/* ---- a request that nobody made ---- */

/* By OIN, or the first party of a kind. */
static enum result read_party(const struct covenant *covenant, const struct args *args, const char *name,
                              const struct party **out, struct error *err)
{
    struct oin oin;
    const char *text = args_value(args, name);
    ENSURE(text != NULL, err, FAULT_USAGE, name, "is verplicht zonder --regel: een OIN, of een soort organisatie");
    if (oin_parse(slice_text(text), &oin)) {
        *out = covenant_party(covenant, &oin);
    }
    for (size_t i = 0; *out == NULL && i < covenant_party_count(covenant); i++) {
        const struct party *party = covenant_party_at(covenant, i);
        *out = strcmp(party->kind, text) == 0 ? party : NULL;
    }
    ENSURE(*out != NULL, err, FAULT_USAGE, name, "het convenant heeft geen partij met dit OIN of van deze soort");
    return RESULT_OK;
}

/* "opheffen-geheimhouding" opens all categories, "avg-grond:bestaan,contact" those. */
static enum result read_consent(const char *text, struct policy_consent *out, struct error *err)
{
    enum consent_kind kind;
    const size_t len = strcspn(text, ":");
    ENSURE(consent_kind_parse(slice_of(text, len), &kind), err, FAULT_USAGE, "toestemming",
           "een van opheffen-geheimhouding, avg-grond en instemming, en daarachter misschien :CATEGORIE,CATEGORIE");
    uint32_t opened = text[len] == '\0' ? (1U << CATEGORY_COUNT) - 1 : 0;
    for (const char *at = text + len; *at != '\0';) {
        enum category category;
        const size_t word = strcspn(++at, ",");
        ENSURE(category_parse(slice_of(at, word), &category), err, FAULT_USAGE, "toestemming",
               "achter de dubbele punt horen categorieen, gescheiden door komma's");
        opened |= CATEGORY_BIT(category);
        at += word;
    }
    out->categories[kind] |= opened;
    return RESULT_OK;
}

static enum result read_consents(const struct args *args, struct policy_consent *out, struct error *err)
{
    size_t count = 0;
    const char *const *texts = args_values(args, "toestemming", &count);
    for (size_t i = 0; i < count; i++) {
        TRY(read_consent(texts[i], out, err));
    }
    out->parent_disagrees = args_flag(args, "ouder-oneens");
    return RESULT_OK;
}

static struct slice word_of(const struct args *args, const char *name)
{
    const char *text = args_value(args, name);
    return slice_text(text != NULL ? text : "");
}

/* Of a task nobody names a purpose: there is one. */
static bool is_needed(const struct args *args, const char *name)
{
    return strcmp(name, "doel") != 0 || args_value(args, "opdracht") == NULL;
}

static enum result read_request(const struct args *args, const struct covenant *covenant, struct policy_replay *out,
                                struct error *err)
{
    static const char *const needed[] = {"doel", "grondslag", "rol"};
    struct policy_request *r = &out->request;
    long long age = REPLAY_AGE_UNKNOWN;
    TRY(read_party(covenant, args, "vrager", &r->requester, err));
    TRY(read_party(covenant, args, "gever", &r->provider, err));
    for (size_t i = 0; i < COUNT_OF(needed); i++) {
        ENSURE(args_value(args, needed[i]) != NULL || !is_needed(args, needed[i]), err, FAULT_USAGE, needed[i],
               "is verplicht zonder --regel");
    }
    TRY(covenant_day(args, &r->today, err));
    TRY(args_number(args, "leeftijd", 0, AGE_MAX, REPLAY_AGE_UNKNOWN, &age, err));
    TRY(read_consents(args, &out->consent, err));
    r->purpose = word_of(args, "doel");
    r->basis = word_of(args, "grondslag");
    r->role = word_of(args, "rol");
    r->has_case = args_flag(args, "zaak");
    r->report_open = args_flag(args, "melding-open");
    r->has_report = args_flag(args, "melding") || r->report_open;
    r->order_in_force = args_flag(args, "maatregel");
    out->age = (uint8_t)age;
    out->municipality = args_value(args, "gemeente") != NULL ? args_value(args, "gemeente") : "";
    out->restricted = args_flag(args, "beperkt");
    out->extended_care = args_flag(args, "verlengde-jeugdhulp");
    return RESULT_OK;
}

static enum result check_domains(const struct args *args, struct error *err)
{
    size_t count = 0;
    enum life_domain domain;
    const char *const *texts = args_values(args, "leefgebied", &count);
    for (size_t i = 0; i < count; i++) {
        ENSURE(life_domain_parse(slice_text(texts[i]), &domain), err, FAULT_USAGE, "leefgebied",
               "dit leefgebied bestaat niet; zie de woorden in covenant show");
    }
    return RESULT_OK;
}

static void write_decisions(const struct args *args, const struct covenant *covenant,
                            const struct policy_replay *inputs, struct json_writer *w)
{
    size_t count = 0;
    uint32_t categories = 0;
    const char *const *texts = args_values(args, "leefgebied", &count);
    const struct policy_subject subject = policy_replay_subject(inputs);
    json_begin_object(w, NULL);
    json_begin_array(w, "besluiten");
    json_begin_object(w, NULL);
    explain_put(w, covenant, &inputs->request, NULL, NULL, &categories);
    json_end_object(w);
    for (size_t i = 0; i < count; i++) {
        const struct policy_record record = {slice_text(texts[i]), args_flag(args, "afgeschermd"), false};
        json_begin_object(w, NULL);
        json_put_text(w, "leefgebied", texts[i]);
        json_put_bool(w, "afgeschermd", record.shielded);
        explain_put(w, covenant, &inputs->request, &subject, &record, &categories);
        json_end_object(w);
    }
    if (args_flag(args, "zorgsignaal")) {
        const struct policy_record record = {slice_text(""), args_flag(args, "afgeschermd"), true};
        json_begin_object(w, NULL);
        json_put_bool(w, "zorgsignaal", true);
        json_put_bool(w, "afgeschermd", record.shielded);
        explain_put(w, covenant, &inputs->request, &subject, &record, &categories);
        json_end_object(w);
    }
    json_end_array(w);
    json_end_object(w);
}

/* ---- a task that nobody gave ---- */

static void write_task(const struct policy_task_decision *decision, struct json_writer *w)
{
    json_begin_object(w, NULL);
    json_put_bool(w, "toegestaan", decision->permit);
    json_put_text(w, "oorzaak", policy_reason_code(decision->why));
    json_put_text(w, "reden", decision->reason);
    if (decision->permit) {
        json_put_text(w, "grondslagUitvoeren", decision->basis);
        json_put_text(w, "noemen", task_naming_word(decision->naming));
        json_begin_array(w, "inhoud");
        for (unsigned i = 0; i < TASK_CONTENT_COUNT; i++) {
            if ((decision->content >> i & 1U) != 0) {
                json_put_text(w, NULL, task_content_word((enum task_content)i));
            }
        }
        json_end_array(w);
        json_put_int(w, decision->term.workdays ? "werkdagen" : "dagen", decision->term.days);
    }
    json_end_object(w);
}

static void print_task(const char *kind, const struct json *answer)
{
    (void)printf("Mag de opdracht ");
    table_cell(stdout, kind, 0);
    (void)printf(" worden gegeven?\n");
    print_line("  ", json_cstr(json_member(answer, "reden")));
    if (!json_bool(json_member(answer, "toegestaan"))) {
        return;
    }
    const bool workdays = json_member(answer, "werkdagen") != NULL;
    (void)printf("  de betrokkene wordt genoemd als: ");
    print_line("", json_cstr(json_member(answer, "noemen")));
    (void)printf("  mag mee:");
    for (const struct json *word = json_first(json_member(answer, "inhoud")); word != NULL; word = json_next(word)) {
        (void)printf(" ");
        table_cell(stdout, json_cstr(word), 0);
    }
    (void)printf("\n  binnen: %lld %s\n", (long long)json_int(json_member(answer, workdays ? "werkdagen" : "dagen")),
                 workdays ? "werkdagen" : "dagen");
}

static enum result explain_task(const struct args *args, const struct covenant *covenant, struct error *err)
{
    struct policy_replay inputs = {.known = true};
    struct policy_task_decision decision;
    struct buf text;
    struct json *answer CLEANUP(json_cleanup) = NULL;
    TRY(read_request(args, covenant, &inputs, err));
    TRY(check_domains(args, err));
    const struct policy_subject subject = policy_replay_subject(&inputs);
    const struct policy_task task = {.asker = inputs.request.requester,
                                     .doer = inputs.request.provider,
                                     .kind = word_of(args, "opdracht"),
                                     .basis = inputs.request.basis,
                                     .role = inputs.request.role,
                                     .life_domain = word_of(args, "leefgebied"),
                                     .has_case = inputs.request.has_case || inputs.request.has_report,
                                     .urgent = args_flag(args, "bedreigend"),
                                     .shielded = args_flag(args, "afgeschermd"),
                                     .today = inputs.request.today};
    policy_may_task(covenant, &task, &subject, &decision);
    buf_init(&text, ANSWER_MAX);
    struct json_writer w = json_writer(&text);
    write_task(&decision, &w);
    enum result result = buf_result(&text, "uitleg", err);
    if (result == RESULT_OK && args_flag(args, "json")) {
        (void)printf("%.*s\n", (int)text.len, (const char *)text.ptr);
    } else if (result == RESULT_OK) {
        result = json_parse(buf_slice(&text), &answer, err);
        if (result == RESULT_OK) {
            print_task(args_value(args, "opdracht"), answer);
        }
    }
    buf_free(&text);
    return result;
}

static enum result explain(const struct args *args, const struct covenant *covenant, struct error *err)
{
    struct policy_replay inputs = {.known = true};
    struct buf text;
    struct json *answer CLEANUP(json_cleanup) = NULL;
    TRY(read_request(args, covenant, &inputs, err));
    TRY(check_domains(args, err));
    buf_init(&text, ANSWER_MAX);
    struct json_writer w = json_writer(&text);
    write_decisions(args, covenant, &inputs, &w);
    enum result result = buf_result(&text, "uitleg", err);
    if (result == RESULT_OK && args_flag(args, "json")) {
        (void)printf("%.*s\n", (int)text.len, (const char *)text.ptr);
    } else if (result == RESULT_OK) {
        result = json_parse(buf_slice(&text), &answer, err);
        print_answer(answer, NULL);
    }
    buf_free(&text);
    return result;
}

/* ---- the command ---- */

static int explain_record(const struct args *args)
{
    char path[96];
    long long number = 0;
    struct error err;
    if (args_number(args, "regel", 0, INT64_MAX, 0, &number, &err) != RESULT_OK) {
        return command_fail(&err);
    }
    (void)snprintf(path, sizeof path, "/v1/logboek/verklaringen/%lld", number);
    return desk_command(args, "GET", path, NULL, print_answer, NULL);
}

static int run(const struct args *args)
{
    struct covenant_file file;
    struct error err;
    if (args_value(args, "regel") != NULL) {
        return explain_record(args);
    }
    if (covenant_file_of(args, &file, &err) != RESULT_OK) {
        return command_fail(&err);
    }
    const enum result result = args_value(args, "opdracht") != NULL ? explain_task(args, file.covenant, &err)
                                                                    : explain(args, file.covenant, &err);
    covenant_file_free(&file);
    return result == RESULT_OK ? EXIT_FINE : command_fail(&err);
}

static const struct option_row options[] = {
    {"regel", "NUMMER", false, "verklaar deze regel van het logboek (privacybeheerder, FG); wordt vastgelegd"},
    {"vrager", "OIN", false, "wie vraagt: een OIN, of een soort organisatie (dan de eerste daarvan)"},
    {"gever", "OIN", false, "aan wie wordt gevraagd: hetzelfde"},
    {"doel", "CODE", false, "waarvoor"},
    {"grondslag", "CODE", false, "grondslag om te vragen"},
    {"rol", "CODE", false, "rol van de vrager"},
    {"zaak", NULL, false, "er is een zaak"},
    {"melding", NULL, false, "er is een melding"},
    {"melding-open", NULL, false, "en die loopt nog"},
    {"maatregel", NULL, false, "er geldt een maatregel van de rechter"},
    {"leefgebied", "CODE", false, "van de betrokkenheid; mag vaker; zonder deze optie alleen: mag dit worden gevraagd"},
    {"afgeschermd", NULL, false, "de betrokkenheid is afgeschermd"},
    {"zorgsignaal", NULL, false, "over een zorgsignaal dat bij de gever loopt"},
    {"opdracht", "CODE", false, "geen vraag maar deze soort opdracht, van de vrager aan de gever; zonder doel"},
    {"bedreigend", NULL, false, "bij een opdracht: er dreigt gevaar"},
    {"leeftijd", "JAREN", false, "van de betrokkene; anders onbekend"},
    {"gemeente", "CODE", false, "waar de betrokkene woont, vier cijfers; anders onbekend"},
    {"toestemming", "SOORT", false, "die er is: SOORT of SOORT:CATEGORIE,CATEGORIE; mag vaker"},
    {"ouder-oneens", NULL, false, "iemand met gezag is het er niet mee eens"},
    {"beperkt", NULL, false, "de verwerking is beperkt, of er loopt een bezwaar"},
    {"verlengde-jeugdhulp", NULL, false, "verlengde jeugdhulp is vastgelegd"},
    {"dag", "JJJJ-MM-DD", false, "op deze dag; anders vandaag"},
    OPTION_JSON,
    OPTION_TOKEN,
    OPTION_CONFIG,
};

const struct command command_covenant_explain = {
    .name = "covenant explain",
    .summary = "legt uit waarom een vraag dit antwoord krijgt of kreeg, regel voor regel",
    .free_words = "[BESTAND]",
    .options = options,
    .option_count = COUNT_OF(options),
    .example =
        "ketenbrug covenant explain convenant.json --vrager gebiedsteam --gever schuldhulp --doel hulpafstemming \\\n"
        "        --grondslag wmo-5.1.1 --rol generalist --zaak --leefgebied financien --gemeente 9901\n"
        "    ketenbrug covenant explain --regel 1284",
    .run = run,
};
