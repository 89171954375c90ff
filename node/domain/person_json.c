/* JSON of the desk API. Shape first, then the words and dates, then what *_check says about places still in order. */
#include <stdio.h>

#include "domain/person.h"

enum {
    DATE_LEN = DATE_TEXT_SIZE - 1,
    POINTER_MAX = FAULT_WHERE_MAX - 32, /* of an inner value: room for a field name behind it */
};

struct reader {
    const struct json *json;
    const char *pointer;
    struct fault_list *faults;
};

static void wrong(const struct reader *from, const char *name, const char *what)
{
    char where[FAULT_WHERE_MAX];
    (void)snprintf(where, sizeof where, "%s/%s", from->pointer, name);
    fault_list_add(from->faults, FAULT_INVALID, where, "%s", what);
}

/* What does not fit stays empty: json_check has said so. */
static void take_text(const struct reader *from, const char *name, char *to, size_t size)
{
    (void)slice_copy_text(json_text_of(from->json, name), to, size);
}

static void take_date(const struct reader *from, const char *name, struct date *to)
{
    const struct slice text = json_text_of(from->json, name);
    if (text.len == DATE_LEN && !date_parse(text, to)) {
        wrong(from, name, "hier hoort een bestaande datum: JJJJ-MM-DD");
    }
}

static void take_bsn(const struct reader *from, const char *name, struct bsn *to)
{
    const struct slice text = json_text_of(from->json, name);
    if (text.len == BSN_DIGITS && !bsn_parse(text, to)) {
        wrong(from, name, "een BSN heeft negen cijfers en voldoet aan de elfproef");
    }
}

static bool is_object(const struct json *json)
{
    return json != NULL && json_kind(json) == JSON_OBJECT;
}

/* Is `place` the place of a fault that is known already, or inside it? The value's own place tells nothing. */
static bool is_known(const struct fault_list *faults, size_t from, const char *place, const char *pointer)
{
    for (size_t i = from; i < faults->count && i < FAULT_LIST_MAX; i++) {
        const char *known = faults->items[i].where;
        const size_t len = strlen(known);
        if (len > strlen(pointer) && strncmp(place, known, len) == 0 && (place[len] == '\0' || place[len] == '/')) {
            return true;
        }
    }
    return false;
}

/* Adds the second check's faults, save those at places that have one already. */
static void merge(struct fault_list *faults, size_t before, const struct fault_list *more, const char *pointer)
{
    for (size_t i = 0; i < more->count && i < FAULT_LIST_MAX; i++) {
        if (!is_known(faults, before, more->items[i].where, pointer)) {
            fault_list_add(faults, more->items[i].fault, more->items[i].where, "%s", more->items[i].what);
        }
    }
    faults->count += more->count > FAULT_LIST_MAX ? more->count - FAULT_LIST_MAX : 0;
}

static const struct json_field authority_fields[] = {
    {"soort", JSON_TEXT, true, 1, SERVICE_MAX_BYTES},  {"naam", JSON_TEXT, true, 1, NAME_MAX_BYTES},
    {"bsn", JSON_TEXT, false, BSN_DIGITS, BSN_DIGITS}, {"bewijs", JSON_TEXT, true, 1, SERVICE_MAX_BYTES},
    {"sinds", JSON_TEXT, true, DATE_LEN, DATE_LEN},    {"tot", JSON_TEXT, false, DATE_LEN, DATE_LEN},
};

static void read_authority(const struct reader *from, struct authority *out)
{
    json_check(from->json, from->pointer, authority_fields, COUNT_OF(authority_fields), from->faults);
    if (!is_object(from->json)) {
        return;
    }
    const struct slice kind = json_text_of(from->json, "soort");
    if (kind.len != 0 && !authority_parse(kind, &out->kind)) {
        wrong(from, "soort", "dit soort gezag is niet bekend");
    }
    take_text(from, "naam", out->holder, sizeof out->holder);
    take_text(from, "bewijs", out->evidence, sizeof out->evidence);
    take_bsn(from, "bsn", &out->holder_bsn);
    take_date(from, "sinds", &out->since);
    take_date(from, "tot", &out->until);
}

static void read_authorities(const struct reader *from, struct subject *out)
{
    const struct json *list = json_member(from->json, "gezag");
    if (list == NULL || json_kind(list) != JSON_ARRAY || json_size(list) > AUTHORITIES_MAX) {
        return;
    }
    for (const struct json *item = json_first(list); item != NULL; item = json_next(item)) {
        char pointer[POINTER_MAX];
        (void)snprintf(pointer, sizeof pointer, "%s/gezag/%zu", from->pointer, out->authority_count);
        const struct reader at = {item, pointer, from->faults};
        read_authority(&at, &out->authorities[out->authority_count++]);
    }
}

static const struct json_field subject_fields[] = {
    {"bsn", JSON_TEXT, false, BSN_DIGITS, BSN_DIGITS},
    {"voornamen", JSON_TEXT, false, 1, NAME_MAX_BYTES},
    {"achternaam", JSON_TEXT, true, 1, NAME_MAX_BYTES},
    {"geboortedatum", JSON_TEXT, false, DATE_LEN, DATE_LEN},
    {"gemeente", JSON_TEXT, false, MUNICIPALITY_DIGITS, MUNICIPALITY_DIGITS},
    {"gezag", JSON_ARRAY, false, 0, AUTHORITIES_MAX},
    {"bronsleutel", JSON_TEXT, false, 1, SOURCE_KEY_MAX},
};

void subject_read(const struct json *json, const char *pointer, const struct date *today, struct subject *out,
                  struct fault_list *faults)
{
    const struct reader from = {json, pointer, faults};
    struct fault_list more = {0};
    const size_t before = faults->count;
    *out = (struct subject){0};
    json_check(json, pointer, subject_fields, COUNT_OF(subject_fields), faults);
    if (!is_object(json)) {
        return;
    }
    take_bsn(&from, "bsn", &out->bsn);
    take_text(&from, "voornamen", out->given_names, sizeof out->given_names);
    take_text(&from, "achternaam", out->family_name, sizeof out->family_name);
    take_date(&from, "geboortedatum", &out->birth);
    take_text(&from, "gemeente", out->municipality, sizeof out->municipality);
    take_text(&from, "bronsleutel", out->source_key, sizeof out->source_key);
    read_authorities(&from, out);
    subject_check(out, pointer, today, &more);
    merge(faults, before, &more, pointer);
}

static const struct json_field household_fields[] = {
    {"leden", JSON_ARRAY, true, 1, HOUSEHOLD_MEMBERS_MAX},
    {"bron", JSON_TEXT, true, 1, SERVICE_MAX_BYTES},
    {"datum", JSON_TEXT, true, DATE_LEN, DATE_LEN},
    {"bronsleutel", JSON_TEXT, false, 1, SOURCE_KEY_MAX},
};

static void read_members(const struct reader *from, struct household *out)
{
    const struct json *list = json_member(from->json, "leden");
    if (list == NULL || json_kind(list) != JSON_ARRAY || json_size(list) > HOUSEHOLD_MEMBERS_MAX) {
        return;
    }
    for (const struct json *item = json_first(list); item != NULL; item = json_next(item)) {
        const size_t index = out->member_count++;
        if (!ident_parse(json_text(item), &out->members[index])) {
            char name[24];
            (void)snprintf(name, sizeof name, "leden/%zu", index);
            wrong(from, name, "hier hoort het kenmerk van een betrokkene: 32 hexadecimale cijfers");
            out->members[index] = (struct ident){{0}};
        }
    }
}

void household_read(const struct json *json, const char *pointer, const struct date *today, struct household *out,
                    struct fault_list *faults)
{
    const struct reader from = {json, pointer, faults};
    struct fault_list more = {0};
    const size_t before = faults->count;
    *out = (struct household){0};
    json_check(json, pointer, household_fields, COUNT_OF(household_fields), faults);
    if (!is_object(json)) {
        return;
    }
    read_members(&from, out);
    take_text(&from, "bron", out->source, sizeof out->source);
    take_date(&from, "datum", &out->recorded);
    take_text(&from, "bronsleutel", out->source_key, sizeof out->source_key);
    household_check(out, pointer, today, &more);
    merge(faults, before, &more, pointer);
}

static const struct json_field contact_fields[] = {
    {"naam", JSON_TEXT, true, 1, NAME_MAX_BYTES},
    {"telefoon", JSON_TEXT, true, 1, PHONE_MAX_BYTES},
    {"email", JSON_TEXT, false, 1, EMAIL_MAX_BYTES},
};

static void read_contact(const struct reader *above, const char *name, struct contact *out)
{
    char pointer[POINTER_MAX];
    (void)snprintf(pointer, sizeof pointer, "%s/%s", above->pointer, name);
    const struct reader from = {json_member(above->json, name), pointer, above->faults};
    if (!is_object(from.json)) {
        return;
    }
    json_check(from.json, pointer, contact_fields, COUNT_OF(contact_fields), from.faults);
    take_text(&from, "naam", out->name, sizeof out->name);
    take_text(&from, "telefoon", out->phone, sizeof out->phone);
    take_text(&from, "email", out->email, sizeof out->email);
}

static const struct json_field involvement_fields[] = {
    {"leefgebied", JSON_TEXT, true, 1, SERVICE_MAX_BYTES},    {"dienst", JSON_TEXT, true, 1, SERVICE_MAX_BYTES},
    {"fase", JSON_TEXT, false, 1, SERVICE_MAX_BYTES},         {"status", JSON_TEXT, false, 1, SERVICE_MAX_BYTES},
    {"sinds", JSON_TEXT, true, DATE_LEN, DATE_LEN},           {"tot", JSON_TEXT, false, DATE_LEN, DATE_LEN},
    {"laatsteContact", JSON_TEXT, false, DATE_LEN, DATE_LEN}, {"contactpersoon", JSON_OBJECT, true, 1, INT64_MAX},
    {"vervanger", JSON_OBJECT, false, 1, INT64_MAX},          {"gevoeligheid", JSON_TEXT, false, 1, SERVICE_MAX_BYTES},
    {"bronsleutel", JSON_TEXT, false, 1, SOURCE_KEY_MAX},
};

static void read_words(const struct reader *from, struct involvement *out)
{
    const struct slice domain = json_text_of(from->json, "leefgebied");
    const struct slice sensitivity = json_text_of(from->json, "gevoeligheid");
    if (domain.len != 0 && !life_domain_parse(domain, &out->life_domain)) {
        wrong(from, "leefgebied", "dit leefgebied is niet bekend");
    }
    if (sensitivity.len != 0 && !sensitivity_parse(sensitivity, &out->sensitivity)) {
        wrong(from, "gevoeligheid", "toegestaan is gewoon, gevoelig of afgeschermd");
    }
}

void involvement_read(const struct json *json, const char *pointer, const struct date *today, struct involvement *out,
                      struct fault_list *faults)
{
    const struct reader from = {json, pointer, faults};
    struct fault_list more = {0};
    const size_t before = faults->count;
    *out = (struct involvement){0};
    json_check(json, pointer, involvement_fields, COUNT_OF(involvement_fields), faults);
    if (!is_object(json)) {
        return;
    }
    read_words(&from, out);
    take_text(&from, "dienst", out->service, sizeof out->service);
    take_text(&from, "fase", out->phase, sizeof out->phase);
    take_text(&from, "status", out->status, sizeof out->status);
    take_date(&from, "sinds", &out->since);
    take_date(&from, "tot", &out->until);
    take_date(&from, "laatsteContact", &out->last_contact);
    read_contact(&from, "contactpersoon", &out->contact);
    read_contact(&from, "vervanger", &out->stand_in);
    take_text(&from, "bronsleutel", out->source_key, sizeof out->source_key);
    involvement_check(out, pointer, today, &more);
    merge(faults, before, &more, pointer);
}
