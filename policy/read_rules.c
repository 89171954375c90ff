/*
 * The rules. One that permits must name everything it rests on; one that denies (`verbod`) may leave out roles, life
 * domains and categories, which then means all of them: a prohibition has no holes that nobody thought of.
 */
#include "base/attr.h"
#include "base/mem.h"
#include "policy/covenant_parts.h"
#include "policy/read.h"

static const struct json_field permit_fields[] = {
    {"id", JSON_TEXT, true, 1, CODE_MAX},
    {"toelichting", JSON_TEXT, false, 1, COVENANT_TEXT_MAX},
    {"doel", JSON_TEXT, true, 1, CODE_MAX},
    {"vrager", JSON_OBJECT, true, 1, INT64_MAX},
    {"gever", JSON_OBJECT, true, 1, INT64_MAX},
    {"leefgebieden", JSON_ARRAY, true, 1, LIFE_DOMAIN_COUNT},
    {"categorieen", JSON_ARRAY, true, 0, CATEGORY_COUNT},
    {"grondslagVragen", JSON_TEXT, true, 1, CODE_MAX},
    {"grondslagGeven", JSON_TEXT, true, 1, CODE_MAX},
    {"opheffingGeheimhouding", JSON_TEXT, false, 1, CODE_MAX},
    {"voorwaarden", JSON_OBJECT, true, 0, INT64_MAX},
    {"verplichtingen", JSON_ARRAY, false, 0, OBLIGATION_COUNT},
    {"opzoekset", JSON_BOOL, false, 0, 0},
    {"verbod", JSON_BOOL, false, 0, 0},
};

/* A signal has no life domain: check_signal refuses one. */
static const struct json_field signal_fields[] = {
    {"id", JSON_TEXT, true, 1, CODE_MAX},
    {"toelichting", JSON_TEXT, false, 1, COVENANT_TEXT_MAX},
    {"doel", JSON_TEXT, true, 1, CODE_MAX},
    {"vrager", JSON_OBJECT, true, 1, INT64_MAX},
    {"gever", JSON_OBJECT, true, 1, INT64_MAX},
    {"leefgebieden", JSON_ARRAY, false, 0, INT64_MAX},
    {"categorieen", JSON_ARRAY, true, 0, CATEGORY_COUNT},
    {"grondslagVragen", JSON_TEXT, true, 1, CODE_MAX},
    {"grondslagGeven", JSON_TEXT, true, 1, CODE_MAX},
    {"opheffingGeheimhouding", JSON_TEXT, false, 1, CODE_MAX},
    {"voorwaarden", JSON_OBJECT, true, 0, INT64_MAX},
    {"verplichtingen", JSON_ARRAY, false, 0, OBLIGATION_COUNT},
    {"opzoekset", JSON_BOOL, false, 0, 0},
    {"verbod", JSON_BOOL, false, 0, 0},
};

static const struct json_field deny_fields[] = {
    {"id", JSON_TEXT, true, 1, CODE_MAX},
    {"toelichting", JSON_TEXT, false, 1, COVENANT_TEXT_MAX},
    {"doel", JSON_TEXT, true, 1, CODE_MAX},
    {"vrager", JSON_OBJECT, true, 1, INT64_MAX},
    {"gever", JSON_OBJECT, true, 1, INT64_MAX},
    {"leefgebieden", JSON_ARRAY, false, 1, LIFE_DOMAIN_COUNT},
    {"categorieen", JSON_ARRAY, false, 1, CATEGORY_COUNT},
    {"verbod", JSON_BOOL, true, 0, 0},
};

static const struct json_field requester_fields[] = {
    {"soorten", JSON_ARRAY, true, 1, COVENANT_KINDS_MAX},
    {"rollen", JSON_ARRAY, true, 1, COVENANT_ROLES_MAX},
};

static const struct json_field denied_requester_fields[] = {
    {"soorten", JSON_ARRAY, true, 1, COVENANT_KINDS_MAX},
    {"rollen", JSON_ARRAY, false, 1, COVENANT_ROLES_MAX},
};

static const struct json_field provider_fields[] = {
    {"soorten", JSON_ARRAY, true, 1, COVENANT_KINDS_MAX},
};

static int find_category(const struct code_table *table, struct slice word)
{
    (void)table;
    enum category category;
    return category_parse(word, &category) ? (int)category : -1;
}

static int find_obligation(const struct code_table *table, struct slice word)
{
    (void)table;
    enum obligation obligation;
    return obligation_parse(word, &obligation) ? (int)obligation : -1;
}

static void read_sides(const struct covenant *covenant, const struct json *item, const char *pointer, struct rule *rule,
                       struct fault_list *faults)
{
    const bool denies = (rule->flags & RULE_DENIES) != 0;
    const struct json *requester = json_member(item, "vrager");
    const struct json *provider = json_member(item, "gever");
    const struct place requester_at = place_member(pointer, "vrager");
    const struct place provider_at = place_member(pointer, "gever");
    if (requester != NULL && json_kind(requester) == JSON_OBJECT) {
        const bool roles_named = !denies && (rule->flags & RULE_FEEDS_SET) == 0;
        const struct json_field *fields = roles_named ? requester_fields : denied_requester_fields;
        json_check(requester, requester_at.pointer, fields, COUNT_OF(requester_fields), faults);
        rule->requester_kinds =
            (uint32_t)read_set(requester, requester_at.pointer, "soorten", codes_find, &covenant->kind_codes, faults);
        rule->roles = read_set(requester, requester_at.pointer, "rollen", codes_find, &covenant->role_codes, faults);
        if (!roles_named && json_member(requester, "rollen") == NULL) {
            rule->roles = UINT64_MAX;
        }
    }
    if (provider != NULL && json_kind(provider) == JSON_OBJECT) {
        json_check(provider, provider_at.pointer, provider_fields, COUNT_OF(provider_fields), faults);
        rule->provider_kinds =
            (uint32_t)read_set(provider, provider_at.pointer, "soorten", codes_find, &covenant->kind_codes, faults);
    }
}

/* What a rule releases: of a signal the contact data of who gave it; a lookup set tells of existence alone, to a whole organisation; a crisis number nothing. */
static void check_categories(const struct json *item, const char *pointer, const struct rule *rule,
                             struct fault_list *faults)
{
    const struct json *list = read_list(item, "categorieen", CATEGORY_COUNT);
    const struct json *requester = json_member(item, "vrager");
    if ((rule->flags & RULE_FEEDS_SET) != 0) {
        if (rule->categories != CATEGORY_BIT(CATEGORY_EXISTENCE)) {
            fault_list_add(faults, FAULT_INVALID, place_member(pointer, "categorieen").pointer,
                           "een regel voor een opzoekset geeft precies bestaan");
        }
        if (json_kind(requester) == JSON_OBJECT && json_member(requester, "rollen") != NULL) {
            fault_list_add(faults, FAULT_INVALID, place_member(pointer, "vrager/rollen").pointer,
                           "een opzoekset gaat naar de hele organisatie: rollen horen hier niet");
        }
    } else if ((rule->flags & RULE_SIGNAL) != 0) {
        if (rule->categories != CATEGORY_BIT(CATEGORY_CONTACT)) {
            fault_list_add(faults, FAULT_INVALID, place_member(pointer, "categorieen").pointer,
                           "van een zorgsignaal is er alleen contact, of bestaan in een opzoekset");
        }
    } else if (list != NULL && json_first(list) == NULL && (rule->flags & RULE_CRISIS_NUMBER) == 0) {
        fault_list_add(faults, FAULT_INVALID, place_member(pointer, "categorieen").pointer,
                       "zonder categorie geeft deze regel niets; alleen bij crisisnummer mag dat");
    }
}

/* A signal belongs to one purpose, and nobody shielded is found by one. */
static void check_signal(const struct covenant *covenant, const struct json *item, const char *pointer,
                         const struct rule *rule, struct fault_list *faults)
{
    const char *purpose = rule->purpose < covenant->purpose_codes.count ? covenant->purposes[rule->purpose].code : NULL;
    if (purpose != NULL && strcmp(purpose, PURPOSE_SIGNAL) != 0) {
        fault_list_add(faults, FAULT_INVALID, place_member(pointer, "doel").pointer,
                       "een regel over signalen hoort bij het doel " PURPOSE_SIGNAL);
    }
    if (json_member(item, "leefgebieden") != NULL) {
        fault_list_add(faults, FAULT_INVALID, place_member(pointer, "leefgebieden").pointer,
                       "een signaal gaat over geen leefgebied: laat dit weg");
    }
    if ((rule->flags & RULE_NAMES_SHIELDED) != 0) {
        fault_list_add(faults, FAULT_INVALID, place_member(pointer, "voorwaarden/afgeschermd").pointer,
                       "wie afgeschermd is, wordt door geen signaal gevonden");
    }
}

static void read_permit(const struct covenant *covenant, const struct json *item, const char *pointer,
                        struct rule *rule, struct fault_list *faults)
{
    rule->basis_ask = read_reference(item, pointer, "grondslagVragen", &covenant->basis_codes, "/grondslagen", faults);
    rule->basis_give = read_reference(item, pointer, "grondslagGeven", &covenant->basis_codes, "/grondslagen", faults);
    rule->basis_lift =
        read_reference(item, pointer, "opheffingGeheimhouding", &covenant->basis_codes, "/grondslagen", faults);
    covenant_read_conditions(item, pointer, rule, faults);
    if ((rule->flags & RULE_SIGNAL) != 0) {
        check_signal(covenant, item, pointer, rule, faults);
    }
    check_categories(item, pointer, rule, faults);
    uint64_t obligations = read_set(item, pointer, "verplichtingen", find_obligation, NULL, faults);
    while (obligations > 1) {
        rule->obligation++;
        obligations >>= 1U;
    }
}

static bool is_about_signals(const struct json *item)
{
    const struct json *conditions = json_member(item, "voorwaarden");
    return conditions != NULL && json_kind(conditions) == JSON_OBJECT && json_bool(json_member(conditions, "signaal"));
}

static void check_fields(const struct json *item, const char *pointer, const struct rule *rule,
                         struct fault_list *faults)
{
    if ((rule->flags & RULE_DENIES) != 0) {
        json_check(item, pointer, deny_fields, COUNT_OF(deny_fields), faults);
    } else if ((rule->flags & RULE_SIGNAL) != 0) {
        json_check(item, pointer, signal_fields, COUNT_OF(signal_fields), faults);
    } else {
        json_check(item, pointer, permit_fields, COUNT_OF(permit_fields), faults);
    }
}

static void read_rule(struct covenant *covenant, const struct json *item, size_t index, struct code_table *ids,
                      struct fault_list *faults)
{
    const struct place at = place_item("/regels", index);
    struct rule *rule = &covenant->rules[index];
    const bool denies = json_kind(item) == JSON_OBJECT && json_bool(json_member(item, "verbod"));
    *rule = (struct rule){.place = (uint16_t)index,
                          .basis_ask = BASIS_NONE,
                          .basis_give = BASIS_NONE,
                          .basis_lift = BASIS_NONE,
                          .consent = RULE_CONSENT_NONE,
                          .age_until = UINT8_MAX};
    const bool feeds = !denies && json_kind(item) == JSON_OBJECT && json_bool(json_member(item, "opzoekset"));
    const bool signal = !denies && json_kind(item) == JSON_OBJECT && is_about_signals(item);
    rule->flags = denies ? RULE_DENIES : feeds ? RULE_FEEDS_SET : 0;
    rule->flags = (uint16_t)(rule->flags | (signal ? RULE_SIGNAL : 0U));
    check_fields(item, at.pointer, rule, faults);
    if (json_kind(item) != JSON_OBJECT) {
        return;
    }
    const struct json *id = read_code(item, at.pointer, "id", faults);
    if (id != NULL) {
        rule->id = covenant_keep(covenant, id);
        codes_add(ids, rule->id, index);
    }
    (void)read_text(item, at.pointer, "toelichting", faults);
    rule->purpose = read_reference(item, at.pointer, "doel", &covenant->purpose_codes, "/doelen", faults);
    read_sides(covenant, item, at.pointer, rule, faults);
    rule->domains = signal ? (uint16_t)EVERY_LIFE_DOMAIN
                           : (uint16_t)read_set(item, at.pointer, "leefgebieden", read_find_domain, NULL, faults);
    rule->categories = (uint32_t)read_set(item, at.pointer, "categorieen", find_category, NULL, faults);
    if (!denies) {
        read_permit(covenant, item, at.pointer, rule, faults);
        return;
    }
    rule->domains = json_member(item, "leefgebieden") == NULL ? UINT16_MAX : rule->domains;
    rule->categories = json_member(item, "categorieen") == NULL ? UINT32_MAX : rule->categories;
}

void covenant_read_rules(struct covenant *covenant, const struct json *document, struct fault_list *faults)
{
    const struct json *list = read_list(document, "regels", COVENANT_RULES_MAX);
    if (list == NULL) {
        return;
    }
    struct code_table ids;
    covenant->rules = mem_array(json_size(list), sizeof *covenant->rules);
    if (covenant->rules == NULL || !codes_init(&ids, json_size(list))) {
        read_out_of_memory(faults);
        return;
    }
    for (const struct json *item = json_first(list); item != NULL; item = json_next(item)) {
        read_rule(covenant, item, covenant->rule_count++, &ids, faults);
    }
    codes_seal(&ids, "/regels", "id", faults);
    codes_free(&ids);
}
