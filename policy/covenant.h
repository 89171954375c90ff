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

/* Purposes that the protocol itself knows. */
#define PURPOSE_SIGNAL "zorgsignaal"
#define PURPOSE_TASK   "opdracht"

/* How the text of a content hash begins: FSC standard, hash of a contract: version 1, SHA3-512. */
#define COVENANT_HASH_PREFIX "$1$1$"

enum {
    PARTY_NAME_MAX = 120,
    PARTY_URL_MAX = 200,
    PARTY_LEVEL_MAX = 4,     /* consult a few, consult many, give each other tasks, work from joint agreements */
    CODE_MAX = 31,           /* bytes of a code: purpose, basis, role, party kind, rule id */
    COVENANT_HASH_SIZE = 92, /* "$1$1$", 86 characters of base64url, zero */
    PARTY_ORIGIN_MAX = 128,
    PARTY_KEY_MAX = 240,   /* name, hex, base64 of a public key (C2SP signed-note) */
    PARTY_AREAS_MAX = 400, /* municipalities in one work area: the country has about 340 */
};

struct party {
    struct oin oin;
    const char *name;
    const char *kind;            /* code, e.g. "gebiedsteam", "schuldhulp" */
    const char *url;             /* https://host[:port] of its peer listener */
    int level;                   /* participation level 1..PARTY_LEVEL_MAX */
    const char *bsn_ground;      /* code of the basis that lets it process the BSN; NULL: none, so it is not asked about
                                  * people by BSN and does not ask so */
    const char *crisis_phone;    /* NULL: none */
    const char *central_phone;   /* of a desk that never tells a place; for shielded records; NULL: none */
    const char *officer_contact; /* the FG, for people who ask further */
    const char *log_origin;      /* unique name of its log, a URL without scheme */
    const char *log_key;         /* public key of its checkpoints and receipts, in the form of C2SP signed-note */
    const char *witness_key;     /* public key of its cosignatures */
    int clients;                 /* `clienten`: how many people it declares to know; 0: not declared. Its sets may not
                                  * outgrow it */
    int open_cases;              /* `openZaken`: how many it declares to work on at once; 0: not declared */
    bool witness;                /* its cosignatures count: named in /getuigen */
};

struct purpose {
    const char *code;     /* "hulpafstemming" */
    const char *text;     /* Dutch, for people */
    int retention_months; /* of log records under this purpose, 1..240 */
    int retention_class;  /* 1..9; class 0 is the node's own administration */
    bool urgent;          /* `spoed`: Veilig Thuis, an order, acute danger: sets without consent, reviewed afterwards */
    int level;            /* `niveau` that both parties take part at, at least; 1 unless said */
    int signal_days;      /* `dagenGeldig`: how long a signal lives at most; of other purposes than PURPOSE_SIGNAL 0 */
    int per_day, per_period, per_year; /* values evaluated for one requester at one provider; 0: not limited here */
    int per_case; /* of a period, for each case that the requester declares open; 0: cases do not count */
};

struct basis {
    const char *code;     /* "wmo-5.1.1" */
    const char *text;     /* what it is about, Dutch */
    const char *article;  /* statute, article, paragraph */
    struct date from;     /* in force from; not set: always */
    struct date until;    /* last day; not set: no end known */
    char ground;          /* AVG art. 6(1) letter, 'a'..'f' */
    char special;         /* AVG art. 9(2) letter that it also rests on, 'a'..'j'; 0: none */
    bool criminal;        /* AVG art. 10: it allows criminal data */
    bool demands_consent; /* the statute wants consent on top (Wmo 2015 art. 5.1.1 lid 4) */
    bool lifts_secrecy;   /* a statutory duty or right to speak (Jeugdwet 7.3.11 lid 4, Wmo 2015 art. 5.2.6) */
};

/* How the parties read consent: see consent.h. */
struct consent_terms {
    bool youth_alone;   /* `bekwaamVanaf12`: "jeugdige" (true) or "beiden" */
    int months_at_most; /* a consent without end lasts this long, and none lasts longer; 1..240 */
};

/* The privacy regulation that every user accepts before first use. */
struct regulation {
    const char *version;
    const char *text; /* what is accepted, Dutch */
    int days;         /* to accept a new version, while the old one was accepted; 14 */
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
size_t covenant_purpose_count(const struct covenant *covenant);
const struct purpose *covenant_purpose_at(const struct covenant *covenant, size_t index); /* NULL: past the end */
const struct basis *covenant_basis(const struct covenant *covenant, struct slice code);   /* NULL: unknown */
bool covenant_role(const struct covenant *covenant, struct slice code);
/* Is this kind of party bound to secrecy (`geheimhouding`)? Has it a public task? An unknown kind: no. */
bool covenant_kind_secret(const struct covenant *covenant, struct slice kind);
bool covenant_kind_public(const struct covenant *covenant, struct slice kind);
/* May this party process the BSN for this purpose: it has a ground, which is in force, and names this purpose or none. */
bool covenant_party_bsn(const struct covenant *covenant, const struct party *party, const struct purpose *purpose,
                        const struct date *today);
const struct consent_terms *covenant_consent_terms(const struct covenant *covenant);
bool covenant_names_staff(
    const struct covenant *covenant); /* `inzage/namenMedewerkers`: in letters to people; no unless said */
const struct regulation *covenant_regulation(const struct covenant *covenant);
/* "$1$1$" and base64url of SHA3-512 over the RFC 8785 form: what parties sign. FSC standard, contract hash. */
const char *covenant_hash(const struct covenant *covenant);
const char *covenant_predecessor(const struct covenant *covenant); /* the hash that it replaces; NULL: the first */

#endif
