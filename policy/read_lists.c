/* The lists that rules and parties refer to: kinds, roles, purposes, legal bases. */
#include <ctype.h>

#include "base/mem.h"
#include "policy/covenant_parts.h"
#include "policy/read.h"

enum { TEXT_MAX = 300, RETENTION_MONTHS_MAX = 240, RETENTION_CLASS_MAX = 9 };

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

static void refuse_investigation(struct slice text, const char *pointer, const char *name, struct fault_list *faults)
{
    for (size_t i = 0; i < sizeof forbidden_stems / sizeof forbidden_stems[0]; i++) {
        if (has_stem(text, forbidden_stems[i])) {
            fault_list_add(faults, FAULT_INVALID, place_member(pointer, name).pointer,
                           "fraudebestrijding, opsporing en handhaving kunnen hier geen doel zijn");
            return;
        }
    }
}

static const struct json_field name_fields[] = {
    {"code", JSON_TEXT, true, 1, CODE_MAX},
    {"omschrijving", JSON_TEXT, true, 1, TEXT_MAX},
};

/* Roles and kinds of party: only their codes are used; the description is for people who read the document. */
static void read_names(struct covenant *covenant, const struct json *document, const char *name, size_t max,
                       struct code_table *table, struct fault_list *faults)
{
    const struct json *list = read_list(document, name, max);
    if (list == NULL) {
        return;
    }
    if (!codes_init(table, json_size(list))) {
        read_out_of_memory(faults);
        return;
    }
    const struct place place = place_member("", name);
    size_t index = 0;
    for (const struct json *item = json_first(list); item != NULL; item = json_next(item), index++) {
        const struct place at = place_item(place.pointer, index);
        json_check(item, at.pointer, name_fields, COUNT_OF(name_fields), faults);
        (void)read_text(item, at.pointer, "omschrijving", faults);
        const struct json *code = read_code(item, at.pointer, "code", faults);
        if (code != NULL) {
            codes_add(table, covenant_keep(covenant, code), index);
        }
    }
    codes_seal(table, place.pointer, "code", faults);
}

static const struct json_field purpose_fields[] = {
    {"code", JSON_TEXT, true, 1, CODE_MAX},
    {"omschrijving", JSON_TEXT, true, 1, TEXT_MAX},
    {"bewaartermijnMaanden", JSON_NUMBER, true, 1, RETENTION_MONTHS_MAX},
    {"bewaarklasse", JSON_NUMBER, true, 1, RETENTION_CLASS_MAX},
};

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
    covenant->purposes[index].text = covenant_keep(covenant, text);
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
    {"tekst", JSON_TEXT, true, 1, TEXT_MAX},
    {"vanaf", JSON_TEXT, false, DATE_TEXT_SIZE - 1, DATE_TEXT_SIZE - 1},
};

static void read_basis(struct covenant *covenant, const struct json *item, size_t index, struct fault_list *faults)
{
    const struct place at = place_item("/grondslagen", index);
    struct basis *basis = &covenant->bases[index];
    json_check(item, at.pointer, basis_fields, COUNT_OF(basis_fields), faults);
    basis->text = covenant_keep(covenant, read_text(item, at.pointer, "tekst", faults));
    (void)read_date(item, at.pointer, "vanaf", &basis->from, faults);
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
    read_names(covenant, document, "soorten", COVENANT_KINDS_MAX, &covenant->kind_codes, faults);
    read_names(covenant, document, "rollen", COVENANT_ROLES_MAX, &covenant->role_codes, faults);
    read_purposes(covenant, document, faults);
    read_bases(covenant, document, faults);
}
