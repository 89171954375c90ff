#include "audit/record.h"

#include <string.h>

#include "base/bytes.h"
#include "base/mem.h"

enum {
    LEAF_VERSION = 1,
    AT_OPERATION = 1,
    AT_CLASS = 2,
    AT_MONTH = 4,
    AT_TIME = 8,
    AT_REQUEST = 16,
    AT_PEER = 32,
    AT_PURPOSE = 52,
    AT_RESERVED = 84,
    AT_SALT = LOG_VISIBLE_BYTES,
    AT_CIPHER = LOG_VISIBLE_BYTES + SEAL_SALT_SIZE,
    AT_ATTACHMENT = LOG_VISIBLE_BYTES + LOG_SEALED_BYTES,
};
_Static_assert(AT_ATTACHMENT + LOG_RECEIPT_BYTES == LOG_LEAF_BYTES, "the parts fill a leaf");
_Static_assert(AT_PURPOSE + RECORD_PURPOSE_MAX == AT_RESERVED && AT_PEER + OIN_DIGITS == AT_PURPOSE, "visible layout");

/* The sealed part is a list of (tag, length, bytes), ended by a zero tag and padded with zeros. */
enum sealed_kind { SEALED_TEXT, SEALED_BYTES, SEALED_U8, SEALED_U32, SEALED_BSN };

struct sealed_field {
    uint8_t tag;
    enum sealed_kind kind;
    size_t offset;
    size_t max; /* bytes of the value */
};

#define FIELD(tag, kind, member, max)                                                                                  \
    {                                                                                                                  \
        (tag), (kind), offsetof(struct record, member), (max)                                                          \
    }

static const struct sealed_field sealed_fields[] = {
    FIELD(1, SEALED_U8, outcome, 1),
    FIELD(2, SEALED_U8, fault, 1),
    FIELD(3, SEALED_TEXT, user, RECORD_USER_MAX),
    FIELD(4, SEALED_TEXT, role, RECORD_CODE_MAX),
    FIELD(5, SEALED_TEXT, basis, RECORD_CODE_MAX),
    FIELD(6, SEALED_TEXT, case_number, CONSULT_CASE_MAX),
    FIELD(7, SEALED_TEXT, report_number, CONSULT_CASE_MAX),
    FIELD(8, SEALED_TEXT, rules, RECORD_RULES_MAX),
    FIELD(9, SEALED_U32, categories, 4),
    FIELD(10, SEALED_BSN, bsn, BSN_DIGITS),
    FIELD(11, SEALED_BYTES, subject, IDENT_SIZE),
    FIELD(12, SEALED_BYTES, consult, IDENT_SIZE),
    FIELD(13, SEALED_BYTES, covenant, 8),
    FIELD(14, SEALED_TEXT, municipality, 4),
    FIELD(15, SEALED_U8, age, 1),
    FIELD(16, SEALED_U32, entries, 4),
    FIELD(17, SEALED_U32, domains, 4),
    FIELD(18, SEALED_U32, shielded, 4),
    FIELD(19, SEALED_U32, inputs, 4),
};
/* A record never holds both a case and a report number (the API refuses that), nor both a BSN and an own id. */
_Static_assert(3 + 3 + (2 + RECORD_USER_MAX) + 2 * (2 + RECORD_CODE_MAX) + (2 + CONSULT_CASE_MAX) +
                       (2 + RECORD_RULES_MAX) + 6 + 2 * (2 + IDENT_SIZE) + 10 + 6 + 3 + 4 * 6 <=
                   RECORD_SEALED_PLAIN,
               "the largest record fits its sealed part");

const char *record_operation_word(enum record_operation operation)
{
    switch (operation) {
#define X(name, code, word)                                                                                            \
    case name:                                                                                                         \
        return word;
        RECORD_OPERATION_TABLE(X)
#undef X
    default:
        return "";
    }
}

const char *record_outcome_word(enum record_outcome outcome)
{
    switch (outcome) {
#define X(name, code, word)                                                                                            \
    case name:                                                                                                         \
        return word;
        RECORD_OUTCOME_TABLE(X)
#undef X
    default:
        return "";
    }
}

/* Writes the field's value to `to` and returns its length; 0 leaves the field out. */
static size_t field_bytes(const struct record *record, const struct sealed_field *field, uint8_t *to)
{
    const uint8_t *from = (const uint8_t *)record + field->offset;
    size_t len = field->max;
    switch (field->kind) {
    case SEALED_TEXT:
    case SEALED_BSN:
        len = strnlen((const char *)from, field->max);
        memcpy(to, from, len);
        return len;
    case SEALED_BYTES: {
        static const uint8_t zeros[IDENT_SIZE];
        memcpy(to, from, len);
        return memcmp(from, zeros, len) == 0 ? 0 : len;
    }
    case SEALED_U8:
        /* Enums are written as their one-byte code; age is a byte already. */
        if (field->offset == offsetof(struct record, age)) {
            to[0] = *from;
        } else {
            unsigned value = 0;
            memcpy(&value, from, sizeof value);
            to[0] = (uint8_t)value;
        }
        return 1;
    default: {
        uint32_t value = 0;
        memcpy(&value, from, sizeof value);
        bytes_put_u32(to, value);
        return value == 0 ? 0 : 4;
    }
    }
}

static enum result write_sealed(const struct record *record, uint8_t *plain, struct error *err)
{
    size_t at = 0;
    memset(plain, 0, RECORD_SEALED_PLAIN);
    for (size_t i = 0; i < COUNT_OF(sealed_fields); i++) {
        const struct sealed_field *field = &sealed_fields[i];
        uint8_t value[RECORD_RULES_MAX];
        const size_t len = field_bytes(record, field, value);
        if (len == 0) {
            continue;
        }
        ENSURE(at + 2 + len <= RECORD_SEALED_PLAIN, err, FAULT_LOG, "logboek",
               "een regel past niet in het gesloten deel");
        plain[at] = field->tag;
        plain[at + 1] = (uint8_t)len;
        memcpy(plain + at + 2, value, len);
        at += 2 + len;
    }
    return RESULT_OK;
}

static const struct sealed_field *field_tagged(uint8_t tag)
{
    for (size_t i = 0; i < COUNT_OF(sealed_fields); i++) {
        if (sealed_fields[i].tag == tag) {
            return &sealed_fields[i];
        }
    }
    return NULL;
}

static void set_field(struct record *record, const struct sealed_field *field, const uint8_t *value, size_t len)
{
    uint8_t *to = (uint8_t *)record + field->offset;
    if (field->kind == SEALED_U8 && field->offset != offsetof(struct record, age)) {
        const unsigned code = value[0];
        memcpy(to, &code, sizeof code);
    } else if (field->kind == SEALED_U32) {
        const uint32_t number = bytes_get_u32(value);
        memcpy(to, &number, sizeof number);
    } else {
        memcpy(to, value, len); /* the record was zeroed, so text ends */
    }
}

static enum result read_sealed(const uint8_t *plain, struct record *out, struct error *err)
{
    for (size_t at = 0; at + 2 <= RECORD_SEALED_PLAIN && plain[at] != 0;) {
        const struct sealed_field *field = field_tagged(plain[at]);
        const size_t len = plain[at + 1];
        const bool fixed = field != NULL && field->kind != SEALED_TEXT;
        ENSURE(field != NULL && len <= field->max && (!fixed || len == field->max) &&
                   at + 2 + len <= RECORD_SEALED_PLAIN,
               err, FAULT_STORE, "logboek", "het gesloten deel van een regel is beschadigd");
        set_field(out, field, plain + at + 2, len);
        at += 2 + len;
    }
    return RESULT_OK;
}

static void write_visible(const struct record *record, uint8_t *leaf)
{
    memset(leaf, 0, LOG_LEAF_BYTES);
    leaf[0] = LEAF_VERSION;
    leaf[AT_OPERATION] = (uint8_t)record->operation;
    leaf[AT_CLASS] = record->class.class;
    bytes_put_u32(leaf + AT_MONTH, record->class.month);
    bytes_put_u64(leaf + AT_TIME, (uint64_t)record->time_ms);
    memcpy(leaf + AT_REQUEST, record->request_id.bytes, IDENT_SIZE);
    memcpy(leaf + AT_PEER, record->peer.digits, strnlen(record->peer.digits, OIN_DIGITS));
    memcpy(leaf + AT_PURPOSE, record->purpose, strnlen(record->purpose, RECORD_PURPOSE_MAX));
    memcpy(leaf + AT_ATTACHMENT, record->attachment, LOG_RECEIPT_BYTES);
}

enum result record_encode(struct keyring *keyring, const struct record *record, const uint8_t salt[SEAL_SALT_SIZE],
                          uint8_t *leaf, struct error *err)
{
    uint8_t plain[RECORD_SEALED_PLAIN];
    TRY(write_sealed(record, plain, err));
    write_visible(record, leaf);
    memcpy(leaf + AT_SALT, salt, SEAL_SALT_SIZE);
    const enum result result = seal_record(keyring, record->class, salt, slice_of(leaf, LOG_VISIBLE_BYTES),
                                           slice_of(plain, sizeof plain), leaf + AT_CIPHER, err);
    mem_wipe(plain, sizeof plain);
    return result;
}

enum result record_decode_visible(const uint8_t *leaf, struct record *out, struct error *err)
{
    ENSURE(leaf[0] == LEAF_VERSION, err, FAULT_STORE, "logboek", "onbekende vorm van een logboekregel");
    *out = (struct record){.operation = (enum record_operation)leaf[AT_OPERATION]};
    out->class.class = leaf[AT_CLASS];
    out->class.month = bytes_get_u32(leaf + AT_MONTH);
    out->time_ms = (int64_t)bytes_get_u64(leaf + AT_TIME);
    memcpy(out->request_id.bytes, leaf + AT_REQUEST, IDENT_SIZE);
    memcpy(out->peer.digits, leaf + AT_PEER, OIN_DIGITS);
    memcpy(out->purpose, leaf + AT_PURPOSE, RECORD_PURPOSE_MAX);
    memcpy(out->attachment, leaf + AT_ATTACHMENT, LOG_RECEIPT_BYTES);
    return RESULT_OK;
}

enum result record_decode(struct keyring *keyring, const uint8_t *leaf, struct record *out, struct error *err)
{
    uint8_t plain[RECORD_SEALED_PLAIN];
    TRY(record_decode_visible(leaf, out, err));
    TRY(seal_record_open(keyring, out->class, leaf + AT_SALT, slice_of(leaf, LOG_VISIBLE_BYTES),
                         slice_of(leaf + AT_CIPHER, RECORD_SEALED_PLAIN + SEAL_TAG_SIZE), plain, err));
    const enum result result = read_sealed(plain, out, err);
    mem_wipe(plain, sizeof plain);
    return result;
}

void record_add_rule(struct record *record, const char *rule)
{
    const size_t used = strlen(record->rules);
    const size_t len = strlen(rule);
    if (used != 0 && record->rules[used - 1] == '+') {
        return;
    }
    for (const char *at = strstr(record->rules, rule); at != NULL; at = strstr(at + 1, rule)) {
        if ((at == record->rules || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0')) {
            return;
        }
    }
    /* Room for the space, the id and the plus that may have to follow. */
    if (used + 1 + len + 2 > RECORD_RULES_MAX) {
        memcpy(record->rules + used, "+", 2);
        return;
    }
    char *to = record->rules + used;
    if (used != 0) {
        *to++ = ' ';
    }
    memcpy(to, rule, len + 1);
}
