/*
 * person.h - subjects, households and involvements: what a partner registers, checked, and as stored bytes.
 *
 * Does:      holds the values, checks them (every fault with its field), reads and writes the JSON of the desk API,
 *            and encodes for the store. Enrolment at a school or ordinary health checks are no involvement and have no
 *            place here.
 * Does not:  read clocks, files or the store.
 * Ownership: value types with bounded text; they hold personal data: wipe with mem_wipe when done.
 * Thread:    any; pure. Faults: FAULT_INVALID in the list, FAULT_STORE for stored bytes that cannot be decoded.
 */
#ifndef KETENBRUG_DOMAIN_PERSON_H
#define KETENBRUG_DOMAIN_PERSON_H

#include "base/bsn.h"
#include "base/buf.h"
#include "base/date.h"
#include "base/fault.h"
#include "base/ident.h"
#include "base/json.h"
#include "base/limits.h"
#include "domain/life_domain.h"

/* Recorded authority (gezag, curatele, mentorschap, bewind) over a person: a fact with evidence. */
#define AUTHORITY_TABLE(X)                                                                                             \
    X(AUTHORITY_PARENT, "ouder-met-gezag")                                                                             \
    X(AUTHORITY_GUARDIAN, "voogd")                                                                                     \
    X(AUTHORITY_CURATOR, "curator")                                                                                    \
    X(AUTHORITY_MENTOR, "mentor")                                                                                      \
    X(AUTHORITY_ADMINISTRATOR, "bewindvoerder")

enum authority_kind {
#define X(code, word) code,
    AUTHORITY_TABLE(X)
#undef X
        AUTHORITY_COUNT
};

const char *authority_word(enum authority_kind kind); /* "" past the end */
bool authority_parse(struct slice word, enum authority_kind *out);

struct authority {
    enum authority_kind kind;
    char holder[NAME_MAX_BYTES + 1];
    struct bsn holder_bsn;                /* may be empty */
    char evidence[SERVICE_MAX_BYTES + 1]; /* "gezagsregister 2026-03-01" */
    struct date since;
    struct date until; /* not set: open */
};

enum { MUNICIPALITY_DIGITS = 4 };

struct subject {
    struct bsn bsn; /* empty: a person without BSN, who is not matched */
    char given_names[NAME_MAX_BYTES + 1];
    char family_name[NAME_MAX_BYTES + 1];
    struct date birth;                          /* not set: unknown */
    char municipality[MUNICIPALITY_DIGITS + 1]; /* CBS code; "" unknown */
    struct authority authorities[AUTHORITIES_MAX];
    size_t authority_count;
    char source_key[SOURCE_KEY_MAX + 1]; /* key in the source system; required without BSN */
};

struct household {
    struct ident members[HOUSEHOLD_MEMBERS_MAX]; /* subject ids */
    size_t member_count;
    char source[SERVICE_MAX_BYTES + 1]; /* where it was learned: "BRP", "intake" */
    struct date recorded;
    char source_key[SOURCE_KEY_MAX + 1];
    char system[IMPORT_SOURCE_MAX + 1]; /* as of an involvement */
};

struct contact {
    char name[NAME_MAX_BYTES + 1];
    char phone[PHONE_MAX_BYTES + 1];
    char email[EMAIL_MAX_BYTES + 1];
};

#define SENSITIVITY_TABLE(X)                                                                                           \
    X(SENSITIVITY_NORMAL, "gewoon")                                                                                    \
    X(SENSITIVITY_HIGH, "gevoelig")                                                                                    \
    X(SENSITIVITY_SHIELDED, "afgeschermd")

enum sensitivity {
#define X(code, word) code,
    SENSITIVITY_TABLE(X)
#undef X
        SENSITIVITY_COUNT
};

const char *sensitivity_word(enum sensitivity sensitivity); /* "" past the end */
bool sensitivity_parse(struct slice word, enum sensitivity *out);

struct involvement {
    enum life_domain life_domain;
    char service[SERVICE_MAX_BYTES + 1]; /* kind of service: "budgetbeheer" */
    char phase[SERVICE_MAX_BYTES + 1];   /* "intake", "uitvoering"; may be empty */
    char status[SERVICE_MAX_BYTES + 1];  /* may be empty */
    struct date since;
    struct date until;        /* not set: goes on; the last day that it lasted */
    struct date last_contact; /* may be not set */
    struct contact contact;   /* name and phone required */
    struct contact stand_in;  /* may be empty */
    enum sensitivity sensitivity;
    char source_key[SOURCE_KEY_MAX + 1];
    char system[IMPORT_SOURCE_MAX + 1]; /* the source system that it was imported from; "" registered by hand */
};

enum { PERSON_KEY_MAX = IMPORT_SOURCE_MAX + 1 + SOURCE_KEY_MAX };
struct person_key {
    char text[PERSON_KEY_MAX + 1];
};
/* What tells one record from another in the store: a source's key is its own only together with the source's name. */
struct person_key person_key(const char *system, const char *source_key); /* "" without a key */

/*
 * Adds every fault found; `pointer` is the value's own place ("" or "/betrokkene"), and a fault's place is that of the
 * JSON field. Text is printable UTF-8 without a space at either end.
 */
void subject_check(const struct subject *subject, const char *pointer, const struct date *today,
                   struct fault_list *faults);
void household_check(const struct household *household, const char *pointer, const struct date *today,
                     struct fault_list *faults);
void involvement_check(const struct involvement *involvement, const char *pointer, const struct date *today,
                       struct fault_list *faults);
/* Active: begun and not ended on that day. What has ended is released to nobody. */
bool involvement_active(const struct involvement *involvement, const struct date *day);

/*
 * JSON of the desk API (Dutch camelCase names). Reading checks shape and bounds and then does *_check; a place gets one
 * fault. `out` is written always, and worth nothing when a fault was added. Writing leaves out what is empty.
 */
void subject_read(const struct json *json, const char *pointer, const struct date *today, struct subject *out,
                  struct fault_list *faults);
void subject_write(struct json_writer *w, const char *name, const struct subject *subject);
void household_read(const struct json *json, const char *pointer, const struct date *today, struct household *out,
                    struct fault_list *faults);
void household_write(struct json_writer *w, const char *name, const struct household *household);
void involvement_read(const struct json *json, const char *pointer, const struct date *today, struct involvement *out,
                      struct fault_list *faults);
void involvement_write(struct json_writer *w, const char *name, const struct involvement *involvement);

/*
 * Stored form: a version byte and length-prefixed fields, compact and quick to read (it is on the hot path). One value
 * has one form. Decoding takes any bytes: what it gives keeps all bounds and is UTF-8; `out` is written on success
 * only.
 */
void subject_encode(const struct subject *subject, struct buf *out);
MUST_USE enum result subject_decode(struct slice bytes, struct subject *out, struct error *err);
void household_encode(const struct household *household, struct buf *out);
MUST_USE enum result household_decode(struct slice bytes, struct household *out, struct error *err);
void involvement_encode(const struct involvement *involvement, struct buf *out);
MUST_USE enum result involvement_decode(struct slice bytes, struct involvement *out, struct error *err);

#endif
