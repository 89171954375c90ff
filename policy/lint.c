#include "policy/lint.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json_where.h"
#include "policy/lint_parts.h"
#include "policy/read.h"

struct lint_row {
    const char *word;
    bool objection;
};

static const struct lint_row rows[LINT_KIND_COUNT] = {
#define X(code, word, objection) [code] = {(word), (objection)},
    LINT_TABLE(X)
#undef X
};

const char *lint_word(enum lint_kind kind)
{
    return (unsigned)kind < LINT_KIND_COUNT ? rows[kind].word : "";
}

bool lint_objects(enum lint_kind kind)
{
    return (unsigned)kind >= LINT_KIND_COUNT || rows[kind].objection;
}

static void count_and_tell(struct lint *lint, const struct lint_finding *finding)
{
    size_t *count = lint_objects(finding->kind) ? &lint->count.objections : &lint->count.remarks;
    (*count)++;
    if (lint->count.objections + lint->count.remarks <= LINT_FINDINGS_MAX) {
        lint->tell(lint->context, finding);
    }
}

void lint_add(struct lint *lint, enum lint_kind kind, const char *where, const char *format, ...)
{
    struct lint_finding finding = {.kind = kind};
    va_list args;
    va_start(args, format);
    (void)vsnprintf(finding.what, sizeof finding.what, format, args);
    va_end(args);
    (void)snprintf(finding.where, sizeof finding.where, "%s", where);
    const struct json_where place = json_where(lint->json, where);
    finding.line = place.line;
    finding.column = place.column;
    count_and_tell(lint, &finding);
}

/* What a kind of task calls what rules have, too. */
static const char *member_of_task(const char *member)
{
    static const char *const names[][2] = {{"grondslagGeven", "grondslagUitvoeren"},
                                           {"gever", "uitvoerders"},
                                           {"doel", ""},
                                           {"voorwaarden/toestemming", "toestemming"}};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (strcmp(names[i][0], member) == 0) {
            return names[i][1];
        }
    }
    return member;
}

void lint_add_rule(struct lint *lint, enum lint_kind kind, const struct rule *rule, const char *member,
                   const char *what)
{
    const bool task = (rule->flags & RULE_TASK) != 0;
    const struct place at = place_item(task ? "/opdrachten" : "/regels", rule->place);
    member = task ? member_of_task(member) : member;
    lint_add(lint, kind, member[0] != '\0' ? place_member(at.pointer, member).pointer : at.pointer, "%s: %s", rule->id,
             what);
}

/* Does a pointer have this form, where # stands for a number? */
static bool has_form(const char *pointer, const char *form)
{
    while (*form != '\0') {
        if (*form == '#') {
            const size_t digits = strspn(pointer, "0123456789");
            if (digits == 0) {
                return false;
            }
            pointer += digits;
            form++;
        } else if (*form++ != *pointer++) {
            return false;
        }
    }
    return *pointer == '\0';
}

/* The value at a pointer; NULL: there is none. */
static const struct json *value_at(const struct json *document, const char *pointer)
{
    const struct json *value = document;
    char step[FAULT_WHERE_MAX];
    while (value != NULL && *pointer == '/') {
        const size_t len = strcspn(pointer + 1, "/");
        (void)snprintf(step, sizeof step, "%.*s", (int)len, pointer + 1);
        pointer += len + 1;
        if (json_kind(value) == JSON_ARRAY) {
            const struct json *item = json_first(value);
            for (unsigned long n = strtoul(step, NULL, 10); n > 0 && item != NULL; n--) {
                item = json_next(item);
            }
            value = item;
        } else {
            value = json_kind(value) == JSON_OBJECT ? json_member(value, step) : NULL;
        }
    }
    return value;
}

static bool is_missing(const struct json *document, const char *pointer)
{
    return value_at(document, pointer) == NULL;
}

static bool is_investigation(const struct json *document, const char *pointer)
{
    return read_is_investigation(json_text(value_at(document, pointer)));
}

static bool in_set_rule(const struct json *document, const char *pointer)
{
    char rule[FAULT_WHERE_MAX];
    const char *rest = strchr(pointer + strlen("/regels/"), '/');
    (void)snprintf(rule, sizeof rule, "%.*s/opzoekset", (int)(rest - pointer), pointer);
    return json_bool(value_at(document, rule));
}

/* Faults that are smells with a name of their own: by where they are and by what stands there. */
struct named_fault {
    const char *form;
    bool (*holds)(const struct json *document, const char *pointer); /* NULL: always */
    enum lint_kind kind;
};

static const struct named_fault named_faults[] = {
    {"/dpia", NULL, LINT_NO_DPIA},
    {"/doelen/#/bewaartermijnMaanden", NULL, LINT_NO_RETENTION},
    {"/doelen/#/bewaarklasse", NULL, LINT_NO_RETENTION},
    {"/doelen/#/code", is_investigation, LINT_INVESTIGATION},
    {"/doelen/#/omschrijving", is_investigation, LINT_INVESTIGATION},
    {"/regels/#/grondslagVragen", is_missing, LINT_NO_BASIS},
    {"/regels/#/grondslagGeven", is_missing, LINT_NO_BASIS},
    {"/regels/#/vrager/rollen", in_set_rule, LINT_SET_REQUEST_TIME},
    {"/regels/#/voorwaarden/zaakOfMelding", in_set_rule, LINT_SET_REQUEST_TIME},
    {"/regels/#/voorwaarden/melding", in_set_rule, LINT_SET_REQUEST_TIME},
    {"/regels/#/voorwaarden/meldingOpen", in_set_rule, LINT_SET_REQUEST_TIME},
    {"/regels/#/voorwaarden/maatregel", in_set_rule, LINT_SET_REQUEST_TIME},
    {"/regels/#/voorwaarden/crisisnummer", in_set_rule, LINT_SET_REQUEST_TIME},
};

/* "regel R, kolom K", or the line alone: how the reader of JSON names a place. */
static bool read_place(const char *where, struct lint_finding *finding)
{
    static const char line[] = "regel ";
    static const char column[] = ", kolom ";
    char *end = NULL;
    if (strncmp(where, line, sizeof line - 1) != 0) {
        return false;
    }
    finding->line = (unsigned)strtoul(where + sizeof line - 1, &end, 10);
    if (strncmp(end, column, sizeof column - 1) == 0) {
        finding->column = (unsigned)strtoul(end + sizeof column - 1, NULL, 10);
    }
    return true;
}

static void add_fault(struct lint *lint, const struct error *fault)
{
    struct lint_finding finding = {.kind = LINT_FAULT};
    if (read_place(fault->where, &finding)) {
        (void)snprintf(finding.what, sizeof finding.what, "%s", fault->what);
        count_and_tell(lint, &finding);
        return;
    }
    enum lint_kind kind = LINT_FAULT;
    for (size_t i = 0; i < COUNT_OF(named_faults) && lint->document != NULL; i++) {
        const struct named_fault *named = &named_faults[i];
        if (has_form(fault->where, named->form) &&
            (named->holds == NULL || named->holds(lint->document, fault->where))) {
            kind = named->kind;
        }
    }
    lint_add(lint, kind, fault->where, "%s", fault->what);
}

/* Reads the covenant, as often as it takes to hear every fault, a list at a time; NULL: it has faults. */
static struct covenant *read_covenant(struct lint *lint, struct slice json)
{
    struct fault_list faults = {0};
    struct covenant *covenant = NULL;
    size_t all = FAULT_LIST_MAX;
    for (size_t heard = 0; heard < all && heard < LINT_FINDINGS_MAX; heard += FAULT_LIST_MAX) {
        fault_list_skip(&faults, heard);
        if (covenant_parse(json, &covenant, &faults) == RESULT_OK) {
            return covenant;
        }
        all = faults.count + heard;
        for (size_t i = 0; i < FAULT_LIST_MAX && heard + i < all; i++) {
            add_fault(lint, &faults.items[i]);
        }
    }
    lint->count.objections = all > lint->count.objections ? all : lint->count.objections; /* the rest is counted */
    return NULL;
}

struct lint_count lint_covenant(struct slice json, lint_tell *tell, void *context)
{
    struct lint lint = {.json = json, .tell = tell, .context = context};
    struct json *document CLEANUP(json_cleanup) = NULL;
    struct error err;
    /* Of text that is no JSON, covenant_parse tells. */
    if (json.len <= COVENANT_BYTES_MAX && json_parse(json, &document, &err) == RESULT_OK) {
        lint.document = document;
    } else if (json.len <= COVENANT_BYTES_MAX && err.fault == FAULT_NO_MEMORY) {
        add_fault(&lint, &err);
    }
    struct covenant *covenant = read_covenant(&lint, json);
    if (covenant != NULL) {
        lint_grounds(&lint, covenant);
        lint_reach(&lint, covenant);
        lint_sets(&lint, covenant);
        lint_signals(&lint, covenant);
    }
    covenant_free(covenant);
    return lint.count;
}
