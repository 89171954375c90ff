#include "policy/read.h"

#include <stdio.h>

#include "base/date.h"
#include "base/utf8.h"
#include "policy/covenant_parts.h"

enum { PHONE_DIGITS_MIN = 3 };

struct place place_item(const char *list, size_t index)
{
    struct place place;
    (void)snprintf(place.pointer, sizeof place.pointer, "%s/%zu", list, index);
    return place;
}

struct place place_member(const char *object, const char *name)
{
    struct place place;
    (void)snprintf(place.pointer, sizeof place.pointer, "%s/%s", object, name);
    return place;
}

const struct json *read_list(const struct json *document, const char *name, size_t max)
{
    const struct json *list = json_member(document, name);
    return list != NULL && json_kind(list) == JSON_ARRAY && json_size(list) <= max ? list : NULL;
}

static const struct json *text_member(const struct json *object, const char *name)
{
    const struct json *value = json_kind(object) == JSON_OBJECT ? json_member(object, name) : NULL;
    return value != NULL && json_kind(value) == JSON_TEXT && json_text(value).len != 0 ? value : NULL;
}

const struct json *read_text(const struct json *object, const char *pointer, const char *name,
                             struct fault_list *faults)
{
    const struct json *value = text_member(object, name);
    if (value != NULL && !utf8_printable(json_text(value))) {
        fault_list_add(faults, FAULT_INVALID, place_member(pointer, name).pointer,
                       "stuurtekens zijn hier niet toegestaan");
        return NULL;
    }
    return value;
}

static bool is_code(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t c = text.ptr[i];
        const bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!word && (i == 0 || (c != '-' && c != '.'))) {
            return false;
        }
    }
    return text.len != 0 && text.len <= CODE_MAX;
}

const struct json *read_code(const struct json *object, const char *pointer, const char *name,
                             struct fault_list *faults)
{
    const struct json *value = text_member(object, name);
    if (value == NULL || json_text(value).len > CODE_MAX) {
        return NULL; /* json_check has said so */
    }
    if (!is_code(json_text(value))) {
        fault_list_add(
            faults, FAULT_INVALID, place_member(pointer, name).pointer,
            "een code heeft kleine letters, cijfers, streepjes en punten, en begint met een letter of cijfer");
        return NULL;
    }
    return value;
}

bool read_date(const struct json *object, const char *pointer, const char *name, struct date *out,
               struct fault_list *faults)
{
    const struct json *value = text_member(object, name);
    if (value == NULL) {
        return false;
    }
    if (!date_parse(json_text(value), out)) {
        fault_list_add(faults, FAULT_INVALID, place_member(pointer, name).pointer,
                       "hier hoort een bestaande datum: JJJJ-MM-DD");
        return false;
    }
    return true;
}

int read_choice(const struct json *object, const char *pointer, const char *name, const char *const *words,
                size_t count, struct fault_list *faults)
{
    const struct json *value = text_member(object, name);
    for (size_t i = 0; value != NULL && i < count; i++) {
        if (slice_is(json_text(value), words[i])) {
            return (int)i;
        }
    }
    if (value != NULL) {
        char allowed[FAULT_WHAT_MAX / 2] = "";
        for (size_t i = 0; i < count; i++) {
            const size_t used = strlen(allowed);
            (void)snprintf(allowed + used, sizeof allowed - used, "%s%s", i == 0 ? "" : ", ", words[i]);
        }
        fault_list_add(faults, FAULT_INVALID, place_member(pointer, name).pointer, "toegestaan is: %s", allowed);
    }
    return -1;
}

static bool is_phone(struct slice text)
{
    size_t digits = 0;
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t c = text.ptr[i];
        if (c >= '0' && c <= '9') {
            digits++;
        } else if (c != ' ' && c != '-' && !(c == '+' && i == 0)) {
            return false;
        }
    }
    return digits >= PHONE_DIGITS_MIN;
}

const struct json *read_phone(const struct json *object, const char *pointer, const char *name,
                              struct fault_list *faults)
{
    const struct json *phone = read_text(object, pointer, name, faults);
    if (phone != NULL && !is_phone(json_text(phone))) {
        fault_list_add(faults, FAULT_INVALID, place_member(pointer, name).pointer,
                       "een telefoonnummer heeft cijfers, spaties, streepjes en vooraan +");
        return NULL;
    }
    return phone;
}

int read_find_domain(const struct code_table *table, struct slice word)
{
    (void)table;
    enum life_domain domain;
    return life_domain_parse(word, &domain) ? (int)domain : -1;
}

uint64_t read_set(const struct json *object, const char *pointer, const char *name, read_find *find,
                  const struct code_table *table, struct fault_list *faults)
{
    const struct json *list = json_kind(object) == JSON_OBJECT ? read_list(object, name, COVENANT_ROLES_MAX) : NULL;
    const struct place place = place_member(pointer, name);
    uint64_t set = 0;
    size_t index = 0;
    for (const struct json *item = json_first(list); item != NULL; item = json_next(item), index++) {
        const int number = find(table, json_text(item));
        const uint64_t bit = number < 0 ? 0 : (uint64_t)1 << (unsigned)number;
        if (number < 0 || (set & bit) != 0) {
            fault_list_add(faults, FAULT_INVALID, place_item(place.pointer, index).pointer, "%s",
                           number < 0 ? "dit woord is hier niet bekend" : "dit woord staat er al");
        }
        set |= bit;
    }
    return set;
}

uint16_t read_reference(const struct json *item, const char *pointer, const char *name, const struct code_table *table,
                        const char *list, struct fault_list *faults)
{
    const struct json *code = read_code(item, pointer, name, faults);
    if (code == NULL) {
        return READ_NO_REFERENCE;
    }
    const int place = codes_find(table, json_text(code));
    if (place < 0) {
        fault_list_add(faults, FAULT_INVALID, place_member(pointer, name).pointer, "deze code staat niet in %s", list);
        return READ_NO_REFERENCE;
    }
    return (uint16_t)place;
}

void read_out_of_memory(struct fault_list *faults)
{
    fault_list_add(faults, FAULT_NO_MEMORY, "", "er is te weinig geheugen voor dit convenant");
}
