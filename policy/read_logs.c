/* The parties' logs: origin, the public keys that sign, and whose cosignatures count. What a key is, audit knows; here
 * only its form is looked at (C2SP signed-note: name, plus, key id in hex, plus, base64 of type and key). */
#include "base/attr.h"
#include "base/encode.h"
#include "base/limits.h"
#include "policy/covenant_parts.h"
#include "policy/read.h"

enum { TYPED_KEY_TEXT = 44, TYPE_LOG = 0x01, TYPE_WITNESS = 0x04, KEY_ID_HEX = 8 };

static const struct json_field log_fields[] = {
    {"oorsprong", JSON_TEXT, true, 1, PARTY_ORIGIN_MAX},
    {"sleutel", JSON_TEXT, true, 1, PARTY_KEY_MAX},
    {"getuige", JSON_TEXT, true, 1, PARTY_KEY_MAX},
};

static bool origin_ok(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] <= ' ' || text.ptr[i] == '+' || text.ptr[i] > '~') {
            return false;
        }
    }
    return text.len != 0;
}

/* Base64 of 33 bytes, the first of which is the type: its six high bits and two low ones begin the text. */
static bool typed_key_ok(struct slice base64, uint8_t type)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint8_t digits[2] = {0};
    for (size_t i = 0; i < base64.len; i++) {
        const char *at = memchr(alphabet, base64.ptr[i], sizeof alphabet - 1);
        if (at == NULL) {
            return false;
        }
        if (i < sizeof digits) {
            digits[i] = (uint8_t)(at - alphabet);
        }
    }
    return base64.len == TYPED_KEY_TEXT && (digits[0] << 2 | digits[1] >> 4) == type;
}

static bool key_ok(struct slice text, uint8_t type)
{
    const uint8_t *first = text.len != 0 ? memchr(text.ptr, '+', text.len) : NULL;
    if (first == NULL || first == text.ptr) {
        return false;
    }
    const struct slice rest = slice_of(first + 1, text.len - (size_t)(first + 1 - text.ptr));
    uint8_t id[KEY_ID_HEX / 2];
    return rest.len > KEY_ID_HEX + 1 && rest.ptr[KEY_ID_HEX] == '+' &&
           hex_decode(slice_of(rest.ptr, KEY_ID_HEX), id, sizeof id) &&
           typed_key_ok(slice_of(rest.ptr + KEY_ID_HEX + 1, rest.len - KEY_ID_HEX - 1), type);
}

static const char *read_key(struct covenant *covenant, const struct json *log, const char *pointer, const char *name,
                            uint8_t type, struct fault_list *faults)
{
    const struct json *key = read_text(log, pointer, name, faults);
    if (key != NULL && !key_ok(json_text(key), type)) {
        fault_list_add(faults, FAULT_INVALID, place_member(pointer, name).pointer,
                       "hier hoort een openbare Ed25519-sleutel van soort %d: naam+hex+base64", (int)type);
    }
    return covenant_keep(covenant, key);
}

void covenant_read_log(struct covenant *covenant, const struct json *item, const char *pointer, struct party *party,
                       struct fault_list *faults)
{
    const struct json *log = json_kind(item) == JSON_OBJECT ? json_member(item, "logboek") : NULL;
    if (log == NULL || json_kind(log) != JSON_OBJECT) {
        return; /* json_check has said so */
    }
    const struct place at = place_member(pointer, "logboek");
    json_check(log, at.pointer, log_fields, COUNT_OF(log_fields), faults);
    const struct json *origin = read_text(log, at.pointer, "oorsprong", faults);
    if (origin != NULL && !origin_ok(json_text(origin))) {
        fault_list_add(faults, FAULT_INVALID, place_member(at.pointer, "oorsprong").pointer,
                       "een naam van een logboek is een URL zonder schema, zonder spatie of plus");
    }
    party->log_origin = covenant_keep(covenant, origin);
    party->log_key = read_key(covenant, log, at.pointer, "sleutel", TYPE_LOG, faults);
    party->witness_key = read_key(covenant, log, at.pointer, "getuige", TYPE_WITNESS, faults);
}

void covenant_read_witnesses(struct covenant *covenant, const struct json *document, struct fault_list *faults)
{
    const struct json *list = read_list(document, "getuigen", COVENANT_WITNESSES_MAX);
    size_t index = 0;
    for (const struct json *item = json_first(list); item != NULL; item = json_next(item), index++) {
        const struct slice oin = json_kind(item) == JSON_TEXT ? json_text(item) : slice_of(NULL, 0);
        const int place = codes_find(&covenant->oins, oin);
        struct party *party = place >= 0 ? &covenant->parties[place].party : NULL;
        if (party == NULL || party->witness) {
            fault_list_add(faults, FAULT_INVALID, place_item("/getuigen", index).pointer,
                           "hier hoort het OIN van een partij, elke partij hoogstens een keer");
        } else {
            party->witness = true;
        }
    }
}
