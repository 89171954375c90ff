/*
 * covenant.h - the covenant as data: parsed from JSON, checked as a whole, compiled into tables.
 *
 * Does:      reads the document, reports every fault with a JSON Pointer, resolves all references, answers questions
 *            about parties, purposes and bases.
 * Does not:  read files, know the time, or decide (decide.h).
 * Ownership: covenant_parse gives, covenant_free takes; all pointers and strings inside borrow from it.
 * Thread:    read-only after parsing; may be shared by all loops.
 * Faults:    FAULT_SYNTAX, FAULT_INVALID, FAULT_TOO_LARGE, FAULT_NO_MEMORY; nothing is kept of a document with a fault.
 *            A number with a fraction or exponent is refused, even 1.0: what is signed has one form only.
 */
#ifndef KETENBRUG_POLICY_COVENANT_H
#define KETENBRUG_POLICY_COVENANT_H

#include "base/date.h"
#include "base/digest.h"
#include "base/fault.h"
#include "base/oin.h"
#include "base/slice.h"

struct covenant;

enum {
    PARTY_NAME_MAX = 120,
    PARTY_URL_MAX = 200,
    CODE_MAX = 31, /* bytes of a code: purpose, basis, role, party kind, rule id */
    PARTY_ORIGIN_MAX = 128,
    PARTY_KEY_MAX = 240,   /* name, hex, base64 of a public key (C2SP signed-note) */
    PARTY_AREAS_MAX = 400, /* municipalities in one work area: the country has about 340 */
};

struct party {
    struct oin oin;
    const char *name;
    const char *kind;            /* code, e.g. "gebiedsteam", "schuldhulp" */
    const char *url;             /* https://host[:port] of its peer listener */
    int level;                   /* participation level 1..4 */
    const char *bsn_ground;      /* code of the basis that lets it process the BSN; NULL: none, so it is not asked about
                                  * people by BSN and does not ask so */
    const char *crisis_phone;    /* NULL: none */
    const char *officer_contact; /* the FG, for people who ask further */
    const char *log_origin;      /* unique name of its log, a URL without scheme */
    const char *log_key;         /* public key of its checkpoints and receipts, in the form of C2SP signed-note */
    const char *witness_key;     /* public key of its cosignatures */
    bool witness;                /* its cosignatures count: named in /getuigen */
};

struct purpose {
    const char *code;     /* "hulpafstemming" */
    const char *text;     /* Dutch, for people */
    int retention_months; /* of log records under this purpose, 1..240 */
    int retention_class;  /* 1..9; class 0 is the node's own administration */
};

struct basis {
    const char *code; /* "wmo-5.1.1" */
    const char *text; /* statute, article, paragraph */
    struct date from; /* in force from; not set: always */
};

MUST_USE enum result covenant_parse(struct slice json, struct covenant **out, struct fault_list *faults);
void covenant_free(struct covenant *covenant);

const char *covenant_name(const struct covenant *covenant);
const char *covenant_version(const struct covenant *covenant);
const struct sha256 *covenant_digest(const struct covenant *covenant); /* over the document's bytes as read */
bool covenant_is_sample(const struct covenant *covenant); /* marked `voorbeeld`: invented, not for real people */
bool covenant_in_force(const struct covenant *covenant, const struct date *today); /* first and last day included */

struct date covenant_last_day(const struct covenant *covenant); /* of its validity */

size_t covenant_party_count(const struct covenant *covenant);
const struct party *covenant_party_at(const struct covenant *covenant, size_t index);
size_t covenant_party_index(const struct covenant *covenant, const struct party *party);    /* of one of its own */
const struct party *covenant_party(const struct covenant *covenant, const struct oin *oin); /* NULL: no party */
const struct party *covenant_log(const struct covenant *covenant, struct slice origin); /* whose log; NULL: nobody's */
/* Is this municipality (CBS code, 4 digits) in the party's work area? Unknown ("" or no code) is not. */
bool covenant_party_area(const struct covenant *covenant, const struct party *party, const char *municipality);
const struct purpose *covenant_purpose(const struct covenant *covenant, struct slice code); /* NULL: unknown */
/* The longest term, in months, among the purposes of this retention class; 0: none has it. */
int covenant_retention(const struct covenant *covenant, int retention_class);
const struct basis *covenant_basis(const struct covenant *covenant, struct slice code); /* NULL: unknown */
bool covenant_role(const struct covenant *covenant, struct slice code);

#endif
