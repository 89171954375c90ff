/* Kinds of task (`opdrachten`): who may give which to whom, on which bases, what it carries, and when it is due. */
#include "base/attr.h"
#include "base/mem.h"
#include "policy/covenant_parts.h"
#include "policy/read.h"

static const struct json_field task_fields[] = {
    {"code", JSON_TEXT, true, 1, CODE_MAX},
    {"omschrijving", JSON_TEXT, true, 1, COVENANT_TEXT_MAX},
    {"vragers", JSON_OBJECT, true, 1, INT64_MAX},
    {"uitvoerders", JSON_OBJECT, true, 1, INT64_MAX},
    {"leefgebieden", JSON_ARRAY, true, 1, LIFE_DOMAIN_COUNT},
    {"grondslagVragen", JSON_TEXT, true, 1, CODE_MAX},
    {"grondslagUitvoeren", JSON_TEXT, true, 1, CODE_MAX},
    {"opheffingGeheimhouding", JSON_TEXT, false, 1, CODE_MAX},
    {"toestemming", JSON_TEXT, false, 1, CODE_MAX},
    {"voorwaarden", JSON_OBJECT, true, 0, INT64_MAX},
    {"noemen", JSON_TEXT, true, 1, CODE_MAX},
    {"inhoud", JSON_ARRAY, true, 0, TASK_CONTENT_COUNT},
    {"termijn", JSON_OBJECT, true, 1, 1},
    {"termijnBedreigend", JSON_OBJECT, false, 1, 1},
    {"reactieWerkdagen", JSON_NUMBER, false, 1, TASK_DEADLINE_DAYS_MAX},
};

static const struct json_field asker_fields[] = {
    {"soorten", JSON_ARRAY, true, 1, COVENANT_KINDS_MAX},
    {"rollen", JSON_ARRAY, true, 1, COVENANT_ROLES_MAX},
};

static const struct json_field doer_fields[] = {
    {"soorten", JSON_ARRAY, true, 1, COVENANT_KINDS_MAX},
};

static const struct json_field term_fields[] = {
    {"dagen", JSON_NUMBER, false, 1, TASK_DEADLINE_DAYS_MAX},
    {"werkdagen", JSON_NUMBER, false, 1, TASK_DEADLINE_DAYS_MAX},
};

static int find_content(const struct code_table *table, struct slice word)
{
    (void)table;
    for (int i = 0; i < TASK_CONTENT_COUNT; i++) {
        if (slice_is(word, task_content_word((enum task_content)i))) {
            return i;
        }
    }
    return -1;
}

static void read_sides(const struct covenant *covenant, const struct json *item, const char *pointer, struct rule *rule,
                       struct fault_list *faults)
{
    const struct json *asker = json_member(item, "vragers");
    const struct json *doer = json_member(item, "uitvoerders");
    const struct place asker_at = place_member(pointer, "vragers");
    const struct place doer_at = place_member(pointer, "uitvoerders");
    if (asker != NULL && json_kind(asker) == JSON_OBJECT) {
        json_check(asker, asker_at.pointer, asker_fields, COUNT_OF(asker_fields), faults);
        rule->requester_kinds =
            (uint32_t)read_set(asker, asker_at.pointer, "soorten", codes_find, &covenant->kind_codes, faults);
        rule->roles = read_set(asker, asker_at.pointer, "rollen", codes_find, &covenant->role_codes, faults);
    }
    if (doer != NULL && json_kind(doer) == JSON_OBJECT) {
        json_check(doer, doer_at.pointer, doer_fields, COUNT_OF(doer_fields), faults);
        rule->provider_kinds =
            (uint32_t)read_set(doer, doer_at.pointer, "soorten", codes_find, &covenant->kind_codes, faults);
    }
}

static void read_term(const struct json *item, const char *pointer, const char *name, struct task_term *out,
                      struct fault_list *faults)
{
    const struct json *term = json_member(item, name);
    if (term == NULL || json_kind(term) != JSON_OBJECT) {
        return;
    }
    json_check(term, place_member(pointer, name).pointer, term_fields, COUNT_OF(term_fields), faults);
    out->workdays = json_member(term, "werkdagen") != NULL;
    out->days = (int)json_int(json_member(term, out->workdays ? "werkdagen" : "dagen"));
}

/* Whoever is known there is named by a key: then there is no box in which a name could go. */
static void check_content(const char *pointer, const struct task_kind *kind, struct fault_list *faults)
{
    const uint32_t boxed = TASK_CONTENT_BIT(TASK_CONTENT_NAME) | TASK_CONTENT_BIT(TASK_CONTENT_BIRTH) |
                           TASK_CONTENT_BIT(TASK_CONTENT_PHONE);
    if (kind->naming == TASK_NAMING_KNOWN && (kind->content & boxed) != 0) {
        fault_list_add(faults, FAULT_INVALID, place_member(pointer, "inhoud").pointer,
                       "wie bekend is wordt niet met naam, geboortedatum of telefoon genoemd");
    }
    if (kind->urgent_term.days != 0 && (kind->content & TASK_CONTENT_BIT(TASK_CONTENT_THREAT)) == 0) {
        fault_list_add(faults, FAULT_INVALID, place_member(pointer, "termijnBedreigend").pointer,
                       "deze termijn geldt nooit: bedreigende-situatie staat niet in inhoud");
    }
}

static void read_kind(struct covenant *covenant, const struct json *item, const char *pointer, struct task_entry *entry,
                      struct fault_list *faults)
{
    static const char *const namings[] = {"bekend", "verzegeld"}; /* as enum task_naming */
    struct task_kind *kind = &entry->kind;
    const int naming = read_choice(item, pointer, "noemen", namings, COUNT_OF(namings), faults);
    kind->text = covenant_keep(covenant, read_text(item, pointer, "omschrijving", faults));
    kind->naming = naming >= 0 ? (enum task_naming)naming : TASK_NAMING_KNOWN;
    kind->content = (uint32_t)read_set(item, pointer, "inhoud", find_content, NULL, faults);
    kind->reply_workdays = (int)json_int(json_member(item, "reactieWerkdagen"));
    read_term(item, pointer, "termijn", &kind->term, faults);
    read_term(item, pointer, "termijnBedreigend", &kind->urgent_term, faults);
    if (naming >= 0) {
        check_content(pointer, kind, faults);
    }
}

static void read_terms(const struct covenant *covenant, const struct json *item, const char *pointer, struct rule *rule,
                       struct fault_list *faults)
{
    const struct code_table *bases = &covenant->basis_codes;
    rule->basis_ask = read_reference(item, pointer, "grondslagVragen", bases, "/grondslagen", faults);
    rule->basis_give = read_reference(item, pointer, "grondslagUitvoeren", bases, "/grondslagen", faults);
    rule->basis_lift = read_reference(item, pointer, "opheffingGeheimhouding", bases, "/grondslagen", faults);
    rule->domains = (uint16_t)read_set(item, pointer, "leefgebieden", read_find_domain, NULL, faults);
    read_sides(covenant, item, pointer, rule, faults);
    covenant_read_task_conditions(item, pointer, rule, faults);
}

static void read_task(struct covenant *covenant, const struct json *item, size_t index, size_t purpose,
                      struct fault_list *faults)
{
    const struct place at = place_item("/opdrachten", index);
    struct task_entry *entry = &covenant->tasks[index];
    json_check(item, at.pointer, task_fields, COUNT_OF(task_fields), faults);
    entry->rule = (struct rule){.place = (uint16_t)index,
                                .purpose = (uint16_t)purpose,
                                .flags = RULE_TASK,
                                .categories = CATEGORY_BIT(CATEGORY_EXISTENCE),
                                .basis_ask = BASIS_NONE,
                                .basis_give = BASIS_NONE,
                                .basis_lift = BASIS_NONE,
                                .consent = RULE_CONSENT_NONE,
                                .age_until = UINT8_MAX};
    if (json_kind(item) != JSON_OBJECT) {
        return;
    }
    const struct json *code = read_code(item, at.pointer, "code", faults);
    if (code != NULL) {
        entry->kind.code = covenant_keep(covenant, code);
        entry->rule.id = entry->kind.code;
        codes_add(&covenant->task_codes, entry->kind.code, index);
    }
    read_kind(covenant, item, at.pointer, entry, faults);
    read_terms(covenant, item, at.pointer, &entry->rule, faults);
}

void covenant_read_tasks(struct covenant *covenant, const struct json *document, struct fault_list *faults)
{
    const struct json *list = read_list(document, "opdrachten", TASK_KINDS_MAX);
    const int purpose = codes_find(&covenant->purpose_codes, slice_text(PURPOSE_TASK));
    if (list == NULL || json_size(list) == 0) {
        return;
    }
    if (purpose < 0) {
        fault_list_add(faults, FAULT_INVALID, "/opdrachten", "hierbij hoort het doel " PURPOSE_TASK " in /doelen");
        return;
    }
    covenant->tasks = mem_array(json_size(list), sizeof *covenant->tasks);
    if (covenant->tasks == NULL || !codes_init(&covenant->task_codes, json_size(list))) {
        read_out_of_memory(faults);
        return;
    }
    for (const struct json *item = json_first(list); item != NULL; item = json_next(item)) {
        read_task(covenant, item, covenant->task_count++, (size_t)purpose, faults);
    }
    codes_seal(&covenant->task_codes, "/opdrachten", "code", faults);
}
