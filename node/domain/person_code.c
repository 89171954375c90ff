/*
 * The stored form: a version byte, then fields in the order of the struct. Text: a length byte and the bytes. Date:
 * year (2 bytes, big endian), month, day; four zeros when not set. BSN: a length byte (0 or 9) and the digits. Lists: a
 * count byte and the items. Version 1 had no source system. Words: one byte, the place in their table, which may grow at its end but not be reordered.
 */
#include "base/bytes.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "domain/person.h"

enum { VERSION_WITHOUT_SYSTEM = 1, VERSION = 2 };

_Static_assert(EMAIL_MAX_BYTES <= UINT8_MAX && NAME_MAX_BYTES <= UINT8_MAX && SERVICE_MAX_BYTES <= UINT8_MAX &&
                   PHONE_MAX_BYTES <= UINT8_MAX && SOURCE_KEY_MAX <= UINT8_MAX,
               "a text's length is one byte");
_Static_assert(AUTHORITIES_MAX <= UINT8_MAX && HOUSEHOLD_MEMBERS_MAX <= UINT8_MAX, "a count is one byte");

static void put_text(struct buf *out, const char *text, size_t size)
{
    const char *end = memchr(text, '\0', size);
    const size_t len = end != NULL ? (size_t)(end - text) : size - 1;
    buf_byte(out, (uint8_t)len);
    buf_bytes(out, text, len);
}

static void put_date(struct buf *out, const struct date *date)
{
    uint8_t bytes[4] = {0};
    if (date_is_set(date)) {
        bytes_put_u16(bytes, (uint16_t)date->year);
        bytes[2] = date->month;
        bytes[3] = date->day;
    }
    buf_bytes(out, bytes, sizeof bytes);
}

static void put_bsn(struct buf *out, const struct bsn *bsn)
{
    const struct slice digits = bsn_digits(bsn);
    buf_byte(out, (uint8_t)digits.len);
    buf_slice_in(out, digits);
}

/* What is left to read; the first thing that does not fit empties it and marks it. */
struct stored {
    const uint8_t *at;
    size_t left;
    unsigned version;
    bool bad;
};

static bool take(struct stored *in, size_t count, const uint8_t **out)
{
    if (in->bad || in->left < count) {
        in->bad = true;
        return false;
    }
    *out = in->at;
    in->at += count;
    in->left -= count;
    return true;
}

/* A number below `end`; 0 when there is none. */
static unsigned take_number(struct stored *in, unsigned end)
{
    const uint8_t *byte = NULL;
    if (!take(in, 1, &byte)) {
        return 0;
    }
    if (*byte >= end) {
        in->bad = true;
        return 0;
    }
    return *byte;
}

static void take_text(struct stored *in, char *to, size_t size)
{
    const uint8_t *bytes = NULL;
    const size_t len = take_number(in, (unsigned)size);
    if (!take(in, len, &bytes)) {
        return;
    }
    const struct slice text = slice_of(bytes, len);
    if (!slice_copy_text(text, to, size) || !utf8_valid(text)) {
        in->bad = true;
    }
}

static void take_system(struct stored *in, char to[IMPORT_SOURCE_MAX + 1])
{
    if (in->version > VERSION_WITHOUT_SYSTEM) {
        take_text(in, to, IMPORT_SOURCE_MAX + 1);
    }
}

static void take_date(struct stored *in, struct date *to)
{
    const uint8_t *bytes = NULL;
    if (!take(in, 4, &bytes)) {
        return;
    }
    const unsigned year = bytes_get_u16(bytes);
    const struct date date = {(int16_t)(year <= INT16_MAX ? year : 0), bytes[2], bytes[3]};
    if (year == 0 && date.month == 0 && date.day == 0) {
        return;
    }
    if (!date_exists(&date)) {
        in->bad = true;
        return;
    }
    *to = date;
}

static void take_bsn(struct stored *in, struct bsn *to)
{
    const uint8_t *digits = NULL;
    const unsigned len = take_number(in, BSN_DIGITS + 1);
    if (len != 0 && take(in, len, &digits) && !bsn_parse(slice_of(digits, len), to)) {
        in->bad = true;
    }
}

static enum result finish(const struct stored *in, struct error *err)
{
    ENSURE(!in->bad && in->left == 0, err, FAULT_STORE, "", "een opgeslagen gegeven is beschadigd");
    return RESULT_OK;
}

static struct stored begin(struct slice bytes)
{
    struct stored in = {bytes.ptr, bytes.len, 0, false};
    in.version = take_number(&in, VERSION + 1);
    in.bad = in.bad || in.version < VERSION_WITHOUT_SYSTEM;
    return in;
}

void subject_encode(const struct subject *subject, struct buf *out)
{
    const size_t count = subject->authority_count < AUTHORITIES_MAX ? subject->authority_count : AUTHORITIES_MAX;
    buf_byte(out, VERSION);
    put_bsn(out, &subject->bsn);
    put_text(out, subject->given_names, sizeof subject->given_names);
    put_text(out, subject->family_name, sizeof subject->family_name);
    put_date(out, &subject->birth);
    put_text(out, subject->municipality, sizeof subject->municipality);
    put_text(out, subject->source_key, sizeof subject->source_key);
    buf_byte(out, (uint8_t)count);
    for (size_t i = 0; i < count; i++) {
        const struct authority *authority = &subject->authorities[i];
        buf_byte(out, (uint8_t)authority->kind);
        put_text(out, authority->holder, sizeof authority->holder);
        put_bsn(out, &authority->holder_bsn);
        put_text(out, authority->evidence, sizeof authority->evidence);
        put_date(out, &authority->since);
        put_date(out, &authority->until);
    }
}

enum result subject_decode(struct slice bytes, struct subject *out, struct error *err)
{
    struct stored in = begin(bytes);
    struct subject subject = {0};
    take_bsn(&in, &subject.bsn);
    take_text(&in, subject.given_names, sizeof subject.given_names);
    take_text(&in, subject.family_name, sizeof subject.family_name);
    take_date(&in, &subject.birth);
    take_text(&in, subject.municipality, sizeof subject.municipality);
    take_text(&in, subject.source_key, sizeof subject.source_key);
    subject.authority_count = take_number(&in, AUTHORITIES_MAX + 1);
    for (size_t i = 0; i < subject.authority_count; i++) {
        struct authority *authority = &subject.authorities[i];
        authority->kind = (enum authority_kind)take_number(&in, AUTHORITY_COUNT);
        take_text(&in, authority->holder, sizeof authority->holder);
        take_bsn(&in, &authority->holder_bsn);
        take_text(&in, authority->evidence, sizeof authority->evidence);
        take_date(&in, &authority->since);
        take_date(&in, &authority->until);
    }
    const enum result result = finish(&in, err);
    if (result == RESULT_OK) {
        *out = subject;
    }
    mem_wipe(&subject, sizeof subject);
    return result;
}

void household_encode(const struct household *household, struct buf *out)
{
    const size_t count =
        household->member_count < HOUSEHOLD_MEMBERS_MAX ? household->member_count : HOUSEHOLD_MEMBERS_MAX;
    buf_byte(out, VERSION);
    buf_byte(out, (uint8_t)count);
    for (size_t i = 0; i < count; i++) {
        buf_bytes(out, household->members[i].bytes, IDENT_SIZE);
    }
    put_text(out, household->source, sizeof household->source);
    put_date(out, &household->recorded);
    put_text(out, household->source_key, sizeof household->source_key);
    put_text(out, household->system, sizeof household->system);
}

enum result household_decode(struct slice bytes, struct household *out, struct error *err)
{
    struct stored in = begin(bytes);
    struct household household = {0};
    household.member_count = take_number(&in, HOUSEHOLD_MEMBERS_MAX + 1);
    for (size_t i = 0; i < household.member_count; i++) {
        const uint8_t *id = NULL;
        if (take(&in, IDENT_SIZE, &id)) {
            memcpy(household.members[i].bytes, id, IDENT_SIZE);
        }
    }
    take_text(&in, household.source, sizeof household.source);
    take_date(&in, &household.recorded);
    take_text(&in, household.source_key, sizeof household.source_key);
    take_system(&in, household.system);
    TRY(finish(&in, err));
    *out = household;
    return RESULT_OK;
}

static void put_contact(struct buf *out, const struct contact *contact)
{
    put_text(out, contact->name, sizeof contact->name);
    put_text(out, contact->phone, sizeof contact->phone);
    put_text(out, contact->email, sizeof contact->email);
}

static void take_contact(struct stored *in, struct contact *to)
{
    take_text(in, to->name, sizeof to->name);
    take_text(in, to->phone, sizeof to->phone);
    take_text(in, to->email, sizeof to->email);
}

void involvement_encode(const struct involvement *involvement, struct buf *out)
{
    buf_byte(out, VERSION);
    buf_byte(out, (uint8_t)involvement->life_domain);
    buf_byte(out, (uint8_t)involvement->sensitivity);
    put_text(out, involvement->service, sizeof involvement->service);
    put_text(out, involvement->phase, sizeof involvement->phase);
    put_text(out, involvement->status, sizeof involvement->status);
    put_date(out, &involvement->since);
    put_date(out, &involvement->until);
    put_date(out, &involvement->last_contact);
    put_contact(out, &involvement->contact);
    put_contact(out, &involvement->stand_in);
    put_text(out, involvement->source_key, sizeof involvement->source_key);
    put_text(out, involvement->system, sizeof involvement->system);
}

enum result involvement_decode(struct slice bytes, struct involvement *out, struct error *err)
{
    struct stored in = begin(bytes);
    struct involvement involvement = {0};
    involvement.life_domain = (enum life_domain)take_number(&in, LIFE_DOMAIN_COUNT);
    involvement.sensitivity = (enum sensitivity)take_number(&in, SENSITIVITY_COUNT);
    take_text(&in, involvement.service, sizeof involvement.service);
    take_text(&in, involvement.phase, sizeof involvement.phase);
    take_text(&in, involvement.status, sizeof involvement.status);
    take_date(&in, &involvement.since);
    take_date(&in, &involvement.until);
    take_date(&in, &involvement.last_contact);
    take_contact(&in, &involvement.contact);
    take_contact(&in, &involvement.stand_in);
    take_text(&in, involvement.source_key, sizeof involvement.source_key);
    take_system(&in, involvement.system);
    const enum result result = finish(&in, err);
    if (result == RESULT_OK) {
        *out = involvement;
    }
    mem_wipe(&involvement, sizeof involvement);
    return result;
}
