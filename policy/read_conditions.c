/*
 * What a rule that permits demands. Conditions come in two sorts: set-time ones, which the provider can test by itself,
 * and request-time ones, which are the asker's claims. A rule that feeds a lookup set has only the first sort.
 */
#include "base/attr.h"
#include "policy/consent.h"
#include "policy/covenant_parts.h"
#include "policy/read.h"

enum { AGE_MAX = 130 };

struct condition {
    const char *name;
    uint16_t flag;
    bool request_time;
};

static const struct condition conditions[] = {
    {"zaakOfMelding", RULE_NEEDS_CASE_OR_REPORT, true},
    {"melding", RULE_NEEDS_REPORT, true},
    {"meldingOpen", RULE_NEEDS_OPEN_REPORT, true},
    {"maatregel", RULE_NEEDS_ORDER, true},
    {"crisisnummer", RULE_CRISIS_NUMBER, true},
    {"werkgebied", RULE_NEEDS_AREA, false},
    {"eigenRegio", RULE_NEEDS_SHARED_AREA, false},
    {"afgeschermd", RULE_NAMES_SHIELDED, false},
    {"signaal", RULE_SIGNAL, false},
};

static const struct json_field condition_fields[] = {
    {"zaakOfMelding", JSON_BOOL, false, 0, 0},      {"melding", JSON_BOOL, false, 0, 0},
    {"meldingOpen", JSON_BOOL, false, 0, 0},        {"maatregel", JSON_BOOL, false, 0, 0},
    {"crisisnummer", JSON_BOOL, false, 0, 0},       {"werkgebied", JSON_BOOL, false, 0, 0},
    {"eigenRegio", JSON_BOOL, false, 0, 0},         {"afgeschermd", JSON_BOOL, false, 0, 0},
    {"leeftijd", JSON_OBJECT, false, 1, 2},         {"regime", JSON_TEXT, false, 1, CODE_MAX},
    {"toestemming", JSON_TEXT, false, 1, CODE_MAX}, {"signaal", JSON_BOOL, false, 0, 0},
};

/* Of a kind of task. */
static const struct json_field task_condition_fields[] = {
    {"zaakOfMelding", JSON_BOOL, true, 0, 0},  {"werkgebied", JSON_BOOL, false, 0, 0},
    {"eigenRegio", JSON_BOOL, false, 0, 0},    {"leeftijd", JSON_OBJECT, false, 1, 2},
    {"regime", JSON_TEXT, false, 1, CODE_MAX},
};

static const struct json_field age_fields[] = {
    {"van", JSON_NUMBER, false, 0, AGE_MAX},
    {"tot", JSON_NUMBER, false, 0, AGE_MAX},
};

static const char *const consent_kinds[] = {
#define X(code, word) [code] = (word),
    CONSENT_KIND_TABLE(X)
#undef X
};

static const char *const regimes[] = {"jeugd", "volwassen"};
static const uint16_t regime_flags[] = {RULE_YOUTH, RULE_ADULT};

static void read_age(const struct json *item, const char *pointer, struct rule *rule, struct fault_list *faults)
{
    const struct json *age = json_member(item, "leeftijd");
    if (age == NULL || json_kind(age) != JSON_OBJECT) {
        return;
    }
    const struct place at = place_member(pointer, "leeftijd");
    const struct json *until = json_member(age, "tot");
    json_check(age, at.pointer, age_fields, COUNT_OF(age_fields), faults);
    const int64_t from_years = json_int(json_member(age, "van"));
    const int64_t until_years = until != NULL ? json_int(until) : UINT8_MAX;
    if (from_years > until_years) {
        fault_list_add(faults, FAULT_INVALID, at.pointer, "het einde ligt voor het begin");
    } else if (from_years >= 0 && until_years <= UINT8_MAX) {
        rule->age_from = (uint8_t)from_years;
        rule->age_until = (uint8_t)until_years;
    }
}

/* What stands in the way of a rule about which nobody asks. */
static void refuse_request_time(const struct json *item, const char *pointer, const char *why,
                                struct fault_list *faults)
{
    for (size_t i = 0; i < COUNT_OF(conditions); i++) {
        if (conditions[i].request_time && json_bool(json_member(item, conditions[i].name))) {
            fault_list_add(faults, FAULT_INVALID, place_member(pointer, conditions[i].name).pointer, "%s", why);
        }
    }
}

/* Nobody looks without a case or a report: no covenant can agree otherwise. A set is not a look: nobody asks; nor does
 * anybody ask about a signal. */
static void check_request_time(const struct json *item, const char *pointer, const struct rule *rule,
                               struct fault_list *faults)
{
    const bool report = (rule->flags & RULE_NEEDS_REPORT) != 0;
    const bool either = (rule->flags & RULE_NEEDS_CASE_OR_REPORT) != 0;
    if ((rule->flags & RULE_FEEDS_SET) != 0) {
        refuse_request_time(item, pointer, "een opzoekset ontstaat zonder vraag: deze voorwaarde kan daar niet gelden",
                            faults);
        return;
    }
    if ((rule->flags & RULE_SIGNAL) != 0) {
        refuse_request_time(item, pointer,
                            "signalen ontmoeten elkaar zonder vraag: deze voorwaarde kan daar niet gelden", faults);
        return;
    }
    if (report == either) {
        fault_list_add(faults, FAULT_INVALID, pointer, "een regel eist zaakOfMelding of melding, en niet allebei");
    }
    if ((rule->flags & RULE_NEEDS_OPEN_REPORT) != 0 && !report) {
        fault_list_add(faults, FAULT_INVALID, place_member(pointer, "meldingOpen").pointer,
                       "een open melding is een melding: hierbij hoort melding");
    }
}

static void read_flags(const struct json *given, struct rule *rule)
{
    for (size_t i = 0; i < COUNT_OF(conditions); i++) {
        if (json_bool(json_member(given, conditions[i].name))) {
            rule->flags = (uint16_t)(rule->flags | conditions[i].flag);
        }
    }
}

static void read_regime(const struct json *given, const char *pointer, struct rule *rule, struct fault_list *faults)
{
    const int regime = read_choice(given, pointer, "regime", regimes, COUNT_OF(regimes), faults);
    rule->flags = (uint16_t)(rule->flags | (regime >= 0 ? regime_flags[regime] : 0U));
}

static void read_consent_kind(const struct json *object, const char *pointer, struct rule *rule,
                              struct fault_list *faults)
{
    const int consent = read_choice(object, pointer, "toestemming", consent_kinds, COUNT_OF(consent_kinds), faults);
    rule->consent = consent >= 0 ? (uint8_t)consent : RULE_CONSENT_NONE;
}

void covenant_read_conditions(const struct json *item, const char *pointer, struct rule *rule,
                              struct fault_list *faults)
{
    const struct json *given = json_member(item, "voorwaarden");
    if (given == NULL || json_kind(given) != JSON_OBJECT) {
        return; /* json_check has said so */
    }
    const struct place at = place_member(pointer, "voorwaarden");
    json_check(given, at.pointer, condition_fields, COUNT_OF(condition_fields), faults);
    read_flags(given, rule);
    read_age(given, at.pointer, rule, faults);
    read_regime(given, at.pointer, rule, faults);
    read_consent_kind(given, at.pointer, rule, faults);
    check_request_time(given, at.pointer, rule, faults);
}

void covenant_read_task_conditions(const struct json *item, const char *pointer, struct rule *rule,
                                   struct fault_list *faults)
{
    const struct json *given = json_member(item, "voorwaarden");
    read_consent_kind(item, pointer, rule, faults);
    if (given == NULL || json_kind(given) != JSON_OBJECT) {
        return; /* json_check has said so */
    }
    const struct place at = place_member(pointer, "voorwaarden");
    json_check(given, at.pointer, task_condition_fields, COUNT_OF(task_condition_fields), faults);
    read_flags(given, rule);
    read_age(given, at.pointer, rule, faults);
    read_regime(given, at.pointer, rule, faults);
    if ((rule->flags & RULE_NEEDS_CASE_OR_REPORT) == 0) {
        fault_list_add(faults, FAULT_INVALID, place_member(at.pointer, "zaakOfMelding").pointer,
                       "een opdracht hoort bij een zaak of melding: hier staat true");
    }
}
