/* The parties: who they are, where their node is, where they work, and whether they may process the BSN. */
#include <stdlib.h>

#include "base/attr.h"
#include "base/mem.h"
#include "policy/covenant_parts.h"
#include "policy/read.h"
#include "policy/url.h"

enum { PHONE_MIN = 3, PHONE_MAX = 24, OFFICER_MAX = 160, URL_MIN = 9, MUNICIPALITY_LEN = 4 };

static const struct json_field party_fields[] = {
    {"oin", JSON_TEXT, true, OIN_DIGITS, OIN_DIGITS},
    {"naam", JSON_TEXT, true, 1, PARTY_NAME_MAX},
    {"soort", JSON_TEXT, true, 1, CODE_MAX},
    {"knooppunt", JSON_TEXT, true, URL_MIN, PARTY_URL_MAX},
    {"niveau", JSON_NUMBER, true, 1, PARTY_LEVEL_MAX},
    {"bsnGrondslag", JSON_TEXT, false, 1, CODE_MAX},
    {"bsnDoelen", JSON_ARRAY, false, 1, COVENANT_PURPOSES_MAX},
    {"werkgebied", JSON_ARRAY, false, 1, PARTY_AREAS_MAX},
    {"landelijk", JSON_BOOL, false, 0, 0},
    {"crisisnummer", JSON_TEXT, false, PHONE_MIN, PHONE_MAX},
    {"centraalNummer", JSON_TEXT, false, PHONE_MIN, PHONE_MAX},
    {"fgContact", JSON_TEXT, true, 1, OFFICER_MAX},
    {"clienten", JSON_NUMBER, false, 1, COVENANT_CLIENTS_MAX},
    {"openZaken", JSON_NUMBER, false, 1, COVENANT_OPEN_CASES_MAX},
    {"logboek", JSON_OBJECT, true, 1, INT64_MAX},
};

static void invalid(struct fault_list *faults, const char *pointer, const char *name, const char *what)
{
    fault_list_add(faults, FAULT_INVALID, place_member(pointer, name).pointer, "%s", what);
}

/* CBS municipality code; -1 when it is not one. */
static int municipality_number(struct slice code)
{
    int number = 0;
    if (code.len != MUNICIPALITY_LEN) {
        return -1;
    }
    for (size_t i = 0; i < code.len; i++) {
        if (code.ptr[i] < '0' || code.ptr[i] > '9') {
            return -1;
        }
        number = number * 10 + (code.ptr[i] - '0');
    }
    return number;
}

static int compare_areas(const void *a, const void *b)
{
    const uint16_t left = *(const uint16_t *)a;
    const uint16_t right = *(const uint16_t *)b;
    return (left > right) - (left < right);
}

static void read_area_list(struct covenant *covenant, const struct json *list, const char *pointer,
                           struct party_entry *entry, struct fault_list *faults)
{
    const struct place place = place_member(pointer, "werkgebied");
    uint16_t *areas = covenant->areas + covenant->area_count;
    size_t index = 0;
    entry->area_first = (uint32_t)covenant->area_count;
    for (const struct json *item = json_first(list); item != NULL; item = json_next(item), index++) {
        const int number = municipality_number(json_text(item));
        if (number < 0) {
            fault_list_add(faults, FAULT_INVALID, place_item(place.pointer, index).pointer,
                           "hier hoort een gemeentecode van vier cijfers");
            continue;
        }
        areas[entry->area_count++] = (uint16_t)number;
    }
    qsort(areas, entry->area_count, sizeof *areas, compare_areas);
    for (size_t i = 1; i < entry->area_count; i++) {
        if (areas[i - 1] == areas[i]) {
            invalid(faults, pointer, "werkgebied", "een gemeente staat er twee keer in");
            break;
        }
    }
    covenant->area_count += entry->area_count;
}

static void read_area(struct covenant *covenant, const struct json *item, const char *pointer,
                      struct party_entry *entry, struct fault_list *faults)
{
    const struct json *list = read_list(item, "werkgebied", PARTY_AREAS_MAX);
    entry->nationwide = json_bool(json_member(item, "landelijk"));
    if (entry->nationwide == (json_member(item, "werkgebied") != NULL)) {
        invalid(faults, pointer, "werkgebied", "geef het werkgebied als lijst van gemeenten, of landelijk: true");
    }
    if (list != NULL) {
        read_area_list(covenant, list, pointer, entry, faults);
    }
}

/* The purposes for which it may process the BSN; all of them when it names none. */
static void read_bsn_purposes(const struct covenant *covenant, const struct json *item, const char *pointer,
                              struct party_entry *entry, struct fault_list *faults)
{
    const struct json *list = read_list(item, "bsnDoelen", COVENANT_PURPOSES_MAX);
    const struct place place = place_member(pointer, "bsnDoelen");
    size_t index = 0;
    entry->bsn_purposes = list != NULL ? 0 : UINT64_MAX;
    if (list != NULL && json_member(item, "bsnGrondslag") == NULL) {
        invalid(faults, pointer, "bsnDoelen", "dit hoort bij een bsnGrondslag, en die is er niet");
    }
    for (const struct json *code = json_first(list); code != NULL; code = json_next(code), index++) {
        const int purpose = codes_find(&covenant->purpose_codes, json_text(code));
        const uint64_t bit = purpose < 0 ? 0 : (uint64_t)1 << (unsigned)purpose;
        if (purpose < 0 || (entry->bsn_purposes & bit) != 0) {
            fault_list_add(faults, FAULT_INVALID, place_item(place.pointer, index).pointer,
                           "hier hoort de code van een doel uit /doelen, elk hoogstens een keer");
        }
        entry->bsn_purposes |= bit;
    }
}

static void read_references(struct covenant *covenant, const struct json *item, const char *pointer,
                            struct party_entry *entry, struct fault_list *faults)
{
    const struct json *kind = read_code(item, pointer, "soort", faults);
    const struct json *ground = read_code(item, pointer, "bsnGrondslag", faults);
    entry->bsn_basis = BASIS_NONE;
    if (kind != NULL) {
        const int place = codes_find(&covenant->kind_codes, json_text(kind));
        if (place < 0) {
            invalid(faults, pointer, "soort", "deze soort staat niet in /soorten");
        }
        entry->kind = (uint8_t)(place < 0 ? 0 : place);
        entry->party.kind = covenant_keep(covenant, kind);
    }
    if (ground != NULL) {
        const int place = codes_find(&covenant->basis_codes, json_text(ground));
        if (place < 0) {
            invalid(faults, pointer, "bsnGrondslag", "deze grondslag staat niet in /grondslagen");
        }
        entry->bsn_basis = (uint16_t)(place < 0 ? BASIS_NONE : place);
        entry->party.bsn_ground = covenant_keep(covenant, ground);
    }
}

static void read_party(struct covenant *covenant, const struct json *item, size_t index, struct fault_list *faults)
{
    const struct place at = place_item("/partijen", index);
    struct party_entry *entry = &covenant->parties[index];
    struct party *party = &entry->party;
    json_check(item, at.pointer, party_fields, COUNT_OF(party_fields), faults);
    if (json_kind(item) != JSON_OBJECT) {
        return;
    }
    party->level = (int)json_int(json_member(item, "niveau"));
    party->clients = (int)json_int(json_member(item, "clienten"));
    party->open_cases = (int)json_int(json_member(item, "openZaken"));
    party->name = covenant_keep(covenant, read_text(item, at.pointer, "naam", faults));
    party->officer_contact = covenant_keep(covenant, read_text(item, at.pointer, "fgContact", faults));
    const struct json *url = read_text(item, at.pointer, "knooppunt", faults);
    party->url = covenant_keep(covenant, url);
    if (url != NULL && !url_is_node(json_text(url))) {
        invalid(faults, at.pointer, "knooppunt", "toegestaan is https://naam[:poort], zonder gebruiker, pad of vraag");
    }
    party->crisis_phone = covenant_keep(covenant, read_phone(item, at.pointer, "crisisnummer", faults));
    party->central_phone = covenant_keep(covenant, read_phone(item, at.pointer, "centraalNummer", faults));
    const struct json *oin = read_text(item, at.pointer, "oin", faults);
    if (oin != NULL && json_text(oin).len == OIN_DIGITS) {
        if (oin_parse(json_text(oin), &party->oin)) {
            codes_add(&covenant->oins, party->oin.digits, index);
        } else {
            invalid(faults, at.pointer, "oin", "een OIN heeft twintig cijfers");
        }
    }
    entry->bsn_purposes = UINT64_MAX;
    read_references(covenant, item, at.pointer, entry, faults);
    read_bsn_purposes(covenant, item, at.pointer, entry, faults);
    read_area(covenant, item, at.pointer, entry, faults);
    covenant_read_log(covenant, item, at.pointer, party, faults);
    if (party->log_origin != NULL && party->log_origin[0] != '\0') {
        codes_add(&covenant->origins, party->log_origin, index);
    }
}

static size_t count_areas(const struct json *list)
{
    size_t count = 0;
    for (const struct json *item = json_first(list); item != NULL; item = json_next(item)) {
        const struct json *areas = read_list(item, "werkgebied", PARTY_AREAS_MAX);
        count += areas != NULL ? json_size(areas) : 0;
    }
    return count;
}

/* An address is one organisation's: a node tells its partners apart by the certificate that it finds there. */
static void check_addresses(const struct covenant *covenant, struct fault_list *faults)
{
    struct code_table addresses;
    if (!codes_init(&addresses, covenant->party_count)) {
        read_out_of_memory(faults);
        return;
    }
    for (size_t i = 0; i < covenant->party_count; i++) {
        const char *url = covenant->parties[i].party.url;
        if (url != NULL && url[0] != '\0') {
            codes_add(&addresses, url, i);
        }
    }
    codes_seal(&addresses, "/partijen", "knooppunt", faults);
    codes_free(&addresses);
}

void covenant_read_parties(struct covenant *covenant, const struct json *document, struct fault_list *faults)
{
    const struct json *list = read_list(document, "partijen", COVENANT_PARTIES_MAX);
    if (list == NULL) {
        return;
    }
    covenant->parties = mem_array(json_size(list), sizeof *covenant->parties);
    covenant->areas = mem_array(count_areas(list), sizeof *covenant->areas);
    if (covenant->parties == NULL || covenant->areas == NULL || !codes_init(&covenant->oins, json_size(list)) ||
        !codes_init(&covenant->origins, json_size(list))) {
        read_out_of_memory(faults);
        return;
    }
    for (const struct json *item = json_first(list); item != NULL; item = json_next(item)) {
        read_party(covenant, item, covenant->party_count++, faults);
    }
    codes_seal(&covenant->oins, "/partijen", "oin", faults);
    codes_seal(&covenant->origins, "/partijen", "logboek/oorsprong", faults);
    covenant_read_witnesses(covenant, document, faults);
    check_addresses(covenant, faults);
}
