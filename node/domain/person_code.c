/* The stored form: a version byte, then fields in the order of the struct, in the pieces of stored.h. Lists: a count byte
 * and the items. Version 1 had no source system. */
#include "base/mem.h"
#include "domain/person.h"
#include "domain/stored.h"

enum { VERSION_WITHOUT_SYSTEM = 1, VERSION = 2 };

_Static_assert(EMAIL_MAX_BYTES <= UINT8_MAX && NAME_MAX_BYTES <= UINT8_MAX && SERVICE_MAX_BYTES <= UINT8_MAX &&
                   PHONE_MAX_BYTES <= UINT8_MAX && SOURCE_KEY_MAX <= UINT8_MAX,
               "a text's length is one byte");
_Static_assert(AUTHORITIES_MAX <= UINT8_MAX && HOUSEHOLD_MEMBERS_MAX <= UINT8_MAX, "a count is one byte");

static void take_system(struct stored *in, char to[IMPORT_SOURCE_MAX + 1])
{
    if (in->version > VERSION_WITHOUT_SYSTEM) {
        stored_take_text(in, to, IMPORT_SOURCE_MAX + 1);
    }
}

void subject_encode(const struct subject *subject, struct buf *out)
{
    const size_t count = subject->authority_count < AUTHORITIES_MAX ? subject->authority_count : AUTHORITIES_MAX;
    buf_byte(out, VERSION);
    stored_put_bsn(out, &subject->bsn);
    stored_put_text(out, subject->given_names, sizeof subject->given_names);
    stored_put_text(out, subject->family_name, sizeof subject->family_name);
    stored_put_date(out, &subject->birth);
    stored_put_text(out, subject->municipality, sizeof subject->municipality);
    stored_put_text(out, subject->source_key, sizeof subject->source_key);
    buf_byte(out, (uint8_t)count);
    for (size_t i = 0; i < count; i++) {
        const struct authority *authority = &subject->authorities[i];
        buf_byte(out, (uint8_t)authority->kind);
        stored_put_text(out, authority->holder, sizeof authority->holder);
        stored_put_bsn(out, &authority->holder_bsn);
        stored_put_text(out, authority->evidence, sizeof authority->evidence);
        stored_put_date(out, &authority->since);
        stored_put_date(out, &authority->until);
    }
}

enum result subject_decode(struct slice bytes, struct subject *out, struct error *err)
{
    struct stored in = stored_begin(bytes, VERSION_WITHOUT_SYSTEM, VERSION);
    struct subject subject = {0};
    stored_take_bsn(&in, &subject.bsn);
    stored_take_text(&in, subject.given_names, sizeof subject.given_names);
    stored_take_text(&in, subject.family_name, sizeof subject.family_name);
    stored_take_date(&in, &subject.birth);
    stored_take_text(&in, subject.municipality, sizeof subject.municipality);
    stored_take_text(&in, subject.source_key, sizeof subject.source_key);
    subject.authority_count = stored_take_number(&in, AUTHORITIES_MAX + 1);
    for (size_t i = 0; i < subject.authority_count; i++) {
        struct authority *authority = &subject.authorities[i];
        authority->kind = (enum authority_kind)stored_take_number(&in, AUTHORITY_COUNT);
        stored_take_text(&in, authority->holder, sizeof authority->holder);
        stored_take_bsn(&in, &authority->holder_bsn);
        stored_take_text(&in, authority->evidence, sizeof authority->evidence);
        stored_take_date(&in, &authority->since);
        stored_take_date(&in, &authority->until);
    }
    const enum result result = stored_end(&in, err);
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
    stored_put_text(out, household->source, sizeof household->source);
    stored_put_date(out, &household->recorded);
    stored_put_text(out, household->source_key, sizeof household->source_key);
    stored_put_text(out, household->system, sizeof household->system);
}

enum result household_decode(struct slice bytes, struct household *out, struct error *err)
{
    struct stored in = stored_begin(bytes, VERSION_WITHOUT_SYSTEM, VERSION);
    struct household household = {0};
    household.member_count = stored_take_number(&in, HOUSEHOLD_MEMBERS_MAX + 1);
    for (size_t i = 0; i < household.member_count; i++) {
        stored_take_ident(&in, &household.members[i]);
    }
    stored_take_text(&in, household.source, sizeof household.source);
    stored_take_date(&in, &household.recorded);
    stored_take_text(&in, household.source_key, sizeof household.source_key);
    take_system(&in, household.system);
    TRY(stored_end(&in, err));
    *out = household;
    return RESULT_OK;
}

static void put_contact(struct buf *out, const struct contact *contact)
{
    stored_put_text(out, contact->name, sizeof contact->name);
    stored_put_text(out, contact->phone, sizeof contact->phone);
    stored_put_text(out, contact->email, sizeof contact->email);
}

static void take_contact(struct stored *in, struct contact *to)
{
    stored_take_text(in, to->name, sizeof to->name);
    stored_take_text(in, to->phone, sizeof to->phone);
    stored_take_text(in, to->email, sizeof to->email);
}

void involvement_encode(const struct involvement *involvement, struct buf *out)
{
    buf_byte(out, VERSION);
    buf_byte(out, (uint8_t)involvement->life_domain);
    buf_byte(out, (uint8_t)involvement->sensitivity);
    stored_put_text(out, involvement->service, sizeof involvement->service);
    stored_put_text(out, involvement->phase, sizeof involvement->phase);
    stored_put_text(out, involvement->status, sizeof involvement->status);
    stored_put_date(out, &involvement->since);
    stored_put_date(out, &involvement->until);
    stored_put_date(out, &involvement->last_contact);
    put_contact(out, &involvement->contact);
    put_contact(out, &involvement->stand_in);
    stored_put_text(out, involvement->source_key, sizeof involvement->source_key);
    stored_put_text(out, involvement->system, sizeof involvement->system);
}

enum result involvement_decode(struct slice bytes, struct involvement *out, struct error *err)
{
    struct stored in = stored_begin(bytes, VERSION_WITHOUT_SYSTEM, VERSION);
    struct involvement involvement = {0};
    involvement.life_domain = (enum life_domain)stored_take_number(&in, LIFE_DOMAIN_COUNT);
    involvement.sensitivity = (enum sensitivity)stored_take_number(&in, SENSITIVITY_COUNT);
    stored_take_text(&in, involvement.service, sizeof involvement.service);
    stored_take_text(&in, involvement.phase, sizeof involvement.phase);
    stored_take_text(&in, involvement.status, sizeof involvement.status);
    stored_take_date(&in, &involvement.since);
    stored_take_date(&in, &involvement.until);
    stored_take_date(&in, &involvement.last_contact);
    take_contact(&in, &involvement.contact);
    take_contact(&in, &involvement.stand_in);
    stored_take_text(&in, involvement.source_key, sizeof involvement.source_key);
    take_system(&in, involvement.system);
    const enum result result = stored_end(&in, err);
    if (result == RESULT_OK) {
        *out = involvement;
    }
    mem_wipe(&involvement, sizeof involvement);
    return result;
}
