/* The lists that rules and parties refer to: kinds, roles, purposes, legal bases. */
#include <ctype.h>

#include "base/mem.h"
#include "policy/covenant_parts.h"
#include "policy/read.h"

enum { RETENTION_MONTHS_MAX = 240, RETENTION_CLASS_MAX = 9 };

/* Stems of words for investigating and punishing people: no purpose of this chain, in whatever wording. */
static const char *const forbidden_stems[] = {"fraud",        "opspor",    "strafrecht", "strafvorder",
                                              "strafvervolg", "strafzaak", "recherche",  "handhav"};

static bool has_stem(struct slice text, const char *stem)
{
    const size_t len = strlen(stem);
    for (size_t at = 0; at + len <= text.len; at++) {
        size_t same = 0;
        while (same < len && tolower(text.ptr[at + same]) == stem[same]) {
            same++;
        }
        if (same == len) {
            return true;
        }
    }
    return false;
}

bool read_is_investigation(struct slice text)
{
    for (size_t i = 0; i < sizeof forbidden_stems / sizeof forbidden_stems[0]; i++) {
        if (has_stem(text, forbidden_stems[i])) {
            return true;
        }
    }
    return false;
}

static void refuse_investigation(struct slice text, const char *pointer, const char *name, struct fault_list *faults)
{
    if (read_is_investigation(text)) {
        fault_list_add(faults, FAULT_INVALID, place_member(pointer, name).pointer,
                       "fraudebestrijding, opsporing en handhaving kunnen hier geen doel zijn");
    }
}

static const struct json_field role_fields[] = {
    {"code", JSON_TEXT, true, 1, CODE_MAX},
    {"omschrijving", JSON_TEXT, true, 1, COVENANT_TEXT_MAX},
};

static const struct json_field kind_fields[] = {
    {"code", JSON_TEXT, true, 1, CODE_MAX},
    {"omschrijving", JSON_TEXT, true, 1, COVENANT_TEXT_MAX},
    {"geheimhouding", JSON_BOOL, false, 0, 0},
    {"publiekeTaak", JSON_BOOL, false, 0, 0},
};

struct names {
    const char *list;
    size_t max;
    const struct json_field *fields;
    size_t field_count;
};

static const struct names kinds = {"soorten", COVENANT_KINDS_MAX, kind_fields, COUNT_OF(kind_fields)};
static const struct names roles = {"rollen", COVENANT_ROLES_MAX, role_fields, COUNT_OF(role_fields)};

static void read_kind(struct covenant *covenant, const struct json *item, size_t index)
{
    const uint32_t bit = (uint32_t)1 << index;
    covenant->secret_kinds |= json_bool(json_member(item, "geheimhouding")) ? bit : 0;
    covenant->public_kinds |= json_bool(json_member(item, "publiekeTaak")) ? bit : 0;
}

/* Roles and kinds of party; the description is for people who read the document. */
static void read_names(struct covenant *covenant, const struct json *document, const struct names *names,
                       struct code_table *table, struct fault_list *faults)
{
    const struct json *list = read_list(document, names->list, names->max);
    if (list == NULL) {
        return;
    }
    if (!codes_init(table, json_size(list))) {
        read_out_of_memory(faults);
        return;
    }
    const struct place place = place_member("", names->list);
    size_t index = 0;
    for (const struct json *item = json_first(list); item != NULL; item = json_next(item), index++) {
        const struct place at = place_item(place.pointer, index);
        json_check(item, at.pointer, names->fields, names->field_count, faults);
        (void)read_text(item, at.pointer, "omschrijving", faults);
        const struct json *code = read_code(item, at.pointer, "code", faults);
        if (code != NULL) {
            codes_add(table, covenant_keep(covenant, code), index);
        }
        if (names == &kinds && json_kind(item) == JSON_OBJECT) {
            read_kind(covenant, item, index);
        }
    }
    codes_seal(table, place.pointer, "code", faults);
}

static const struct json_field purpose_fields[] = {
    {"code", JSON_TEXT, true, 1, CODE_MAX},
    {"omschrijving", JSON_TEXT, true, 1, COVENANT_TEXT_MAX},
    {"bewaartermijnMaanden", JSON_NUMBER, true, 1, RETENTION_MONTHS_MAX},
    {"bewaarklasse", JSON_NUMBER, true, 1, RETENTION_CLASS_MAX},
    {"spoed", JSON_BOOL, false, 0, 0},
    {"niveau", JSON_NUMBER, false, 1, PARTY_LEVEL_MAX},
    {"quota", JSON_OBJECT, false, 1, INT64_MAX},
    {"dagenGeldig", JSON_NUMBER, false, 1, SIGNAL_DAYS_MAX},
};

static const struct json_field quota_fields[] = {
    {"perDag", JSON_NUMBER, false, 1, COVENANT_QUOTA_MAX},
    {"perPeriode", JSON_NUMBER, false, 1, COVENANT_QUOTA_MAX},
    {"perJaar", JSON_NUMBER, false, 1, COVENANT_QUOTA_MAX},
    {"perZaak", JSON_NUMBER, false, 1, COVENANT_QUOTA_MAX},
};

static void read_quota(const struct json *item, const char *pointer, struct purpose *purpose, struct fault_list *faults)
{
    const struct json *quota = json_member(item, "quota");
    if (quota == NULL || json_kind(quota) != JSON_OBJECT) {
        return;
    }
    const struct place at = place_member(pointer, "quota");
    json_check(quota, at.pointer, quota_fields, COUNT_OF(quota_fields), faults);
    purpose->per_day = (int)json_int(json_member(quota, "perDag"));
    purpose->per_period = (int)json_int(json_member(quota, "perPeriode"));
    purpose->per_year = (int)json_int(json_member(quota, "perJaar"));
    purpose->per_case = (int)json_int(json_member(quota, "perZaak"));
    const int longer[] = {purpose->per_period, purpose->per_year};
    int shorter = purpose->per_day;
    for (size_t i = 0; i < COUNT_OF(longer); i++) {
        if (longer[i] != 0 && longer[i] < shorter) {
            fault_list_add(faults, FAULT_INVALID, at.pointer,
                           "een langere termijn staat hier minder toe dan een kortere: perDag, perPeriode, perJaar");
            break;
        }
        shorter = longer[i] != 0 ? longer[i] : shorter;
    }
}

/* Only signals have a life of their own. */
static void read_signal_days(const struct json *item, const char *pointer, struct purpose *purpose,
                             struct fault_list *faults)
{
    const struct json *days = json_member(item, "dagenGeldig");
    const bool signals = purpose->code != NULL && strcmp(purpose->code, PURPOSE_SIGNAL) == 0;
    if (days != NULL && !signals) {
        fault_list_add(faults, FAULT_INVALID, place_member(pointer, "dagenGeldig").pointer,
                       "dit hoort alleen bij het doel " PURPOSE_SIGNAL);
    }
    purpose->signal_days = !signals ? 0 : days != NULL ? (int)json_int(days) : SIGNAL_DAYS_MAX;
}

static void read_purpose(struct covenant *covenant, const struct json *item, size_t index, struct fault_list *faults)
{
    const struct place at = place_item("/doelen", index);
    json_check(item, at.pointer, purpose_fields, COUNT_OF(purpose_fields), faults);
    const struct json *code = read_code(item, at.pointer, "code", faults);
    const struct json *text = read_text(item, at.pointer, "omschrijving", faults);
    if (text != NULL) {
        refuse_investigation(json_text(text), at.pointer, "omschrijving", faults);
    }
    if (code != NULL) {
        refuse_investigation(json_text(code), at.pointer, "code", faults);
        covenant->purposes[index].code = covenant_keep(covenant, code);
        codes_add(&covenant->purpose_codes, covenant->purposes[index].code, index);
    }
    if (json_kind(item) != JSON_OBJECT) {
        return;
    }
    covenant->purposes[index].text = covenant_keep(covenant, text);
    covenant->purposes[index].urgent = json_bool(json_member(item, "spoed"));
    const struct json *level = json_member(item, "niveau");
    covenant->purposes[index].level = level != NULL ? (int)json_int(level) : 1;
    read_quota(item, at.pointer, &covenant->purposes[index], faults);
    read_signal_days(item, at.pointer, &covenant->purposes[index], faults);
    covenant->purposes[index].retention_months = (int)json_int(json_member(item, "bewaartermijnMaanden"));
    covenant->purposes[index].retention_class = (int)json_int(json_member(item, "bewaarklasse"));
}

static void read_purposes(struct covenant *covenant, const struct json *document, struct fault_list *faults)
{
    const struct json *list = read_list(document, "doelen", COVENANT_PURPOSES_MAX);
    if (list == NULL) {
        return;
    }
    covenant->purposes = mem_array(json_size(list), sizeof *covenant->purposes);
    if (covenant->purposes == NULL || !codes_init(&covenant->purpose_codes, json_size(list))) {
        read_out_of_memory(faults);
        return;
    }
    size_t index = 0;
    for (const struct json *item = json_first(list); item != NULL; item = json_next(item)) {
        read_purpose(covenant, item, index++, faults);
    }
    codes_seal(&covenant->purpose_codes, "/doelen", "code", faults);
}

static const struct json_field basis_fields[] = {
    {"code", JSON_TEXT, true, 1, CODE_MAX},
    {"tekst", JSON_TEXT, true, 1, COVENANT_TEXT_MAX},
    {"artikel", JSON_TEXT, true, 1, COVENANT_TEXT_MAX},
    {"avg6", JSON_TEXT, true, 1, 1},
    {"avg9", JSON_TEXT, false, 1, 1},
    {"avg10", JSON_BOOL, false, 0, 0},
    {"eistToestemming", JSON_BOOL, false, 0, 0},
    {"heftGeheimhoudingOp", JSON_BOOL, false, 0, 0},
    {"vanaf", JSON_TEXT, false, DATE_TEXT_SIZE - 1, DATE_TEXT_SIZE - 1},
    {"tot", JSON_TEXT, false, DATE_TEXT_SIZE - 1, DATE_TEXT_SIZE - 1},
};

/* The letter of a ground of AVG art. 6(1) or 9(2), up to `last`; 0: none. */
static char read_letter(const struct json *item, const char *pointer, const char *name, char last,
                        struct fault_list *faults)
{
    const struct json *value = read_text(item, pointer, name, faults);
    if (value == NULL || json_text(value).len != 1) {
        return 0; /* json_check has said so */
    }
    const char letter = (char)json_text(value).ptr[0];
    if (letter < 'a' || letter > last) {
        fault_list_add(faults, FAULT_INVALID, place_member(pointer, name).pointer,
                       "hier hoort een letter, a tot en met %c", last);
        return 0;
    }
    return letter;
}

static void read_basis(struct covenant *covenant, const struct json *item, size_t index, struct fault_list *faults)
{
    const struct place at = place_item("/grondslagen", index);
    struct basis *basis = &covenant->bases[index];
    json_check(item, at.pointer, basis_fields, COUNT_OF(basis_fields), faults);
    if (json_kind(item) != JSON_OBJECT) {
        return;
    }
    basis->text = covenant_keep(covenant, read_text(item, at.pointer, "tekst", faults));
    basis->article = covenant_keep(covenant, read_text(item, at.pointer, "artikel", faults));
    basis->ground = read_letter(item, at.pointer, "avg6", 'f', faults);
    basis->special = read_letter(item, at.pointer, "avg9", 'j', faults);
    basis->criminal = json_bool(json_member(item, "avg10"));
    basis->demands_consent = json_bool(json_member(item, "eistToestemming"));
    basis->lifts_secrecy = json_bool(json_member(item, "heftGeheimhoudingOp"));
    const bool from = read_date(item, at.pointer, "vanaf", &basis->from, faults);
    const bool until = read_date(item, at.pointer, "tot", &basis->until, faults);
    if (from && until && date_compare(&basis->from, &basis->until) > 0) {
        fault_list_add(faults, FAULT_INVALID, at.pointer, "het einde ligt voor het begin");
    }
    const struct json *code = read_code(item, at.pointer, "code", faults);
    if (code != NULL) {
        basis->code = covenant_keep(covenant, code);
        codes_add(&covenant->basis_codes, basis->code, index);
    }
}

static void read_bases(struct covenant *covenant, const struct json *document, struct fault_list *faults)
{
    const struct json *list = read_list(document, "grondslagen", COVENANT_BASES_MAX);
    if (list == NULL) {
        return;
    }
    covenant->bases = mem_array(json_size(list), sizeof *covenant->bases);
    if (covenant->bases == NULL || !codes_init(&covenant->basis_codes, json_size(list))) {
        read_out_of_memory(faults);
        return;
    }
    for (const struct json *item = json_first(list); item != NULL; item = json_next(item)) {
        read_basis(covenant, item, covenant->basis_count++, faults);
    }
    codes_seal(&covenant->basis_codes, "/grondslagen", "code", faults);
}

void covenant_read_lists(struct covenant *covenant, const struct json *document, struct fault_list *faults)
{
    read_names(covenant, document, &kinds, &covenant->kind_codes, faults);
    read_names(covenant, document, &roles, &covenant->role_codes, faults);
    read_purposes(covenant, document, faults);
    read_bases(covenant, document, faults);
}
