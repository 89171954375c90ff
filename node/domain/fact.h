/*
 * fact.h - what is recorded about a person that decides over his data: statements of consent, who has authority over him,
 * whether he can judge for himself, extended youth care, and what he asked (objection, restriction, correction).
 *
 * Does:      holds one such fact, checks it (every fault with its field), reads and writes the JSON of the desk API,
 *            encodes it for the store, and knows which step may follow on which state.
 * Does not:  weigh facts (dossier.h), read clocks or the store.
 * Kinds:     a table says which fields each kind has; what it does not list is refused.
 * Sources:   consent AVG art. 4(11), 7; authority BW 1:245, 1:378, 1:450; Jeugdwet 1.1 (extended youth care); objection
 *            AVG art. 21, restriction art. 18, correction art. 16.
 * Ownership: value types with bounded text; they hold personal data: wipe with mem_wipe when done.
 * Thread:    any; pure. Faults: FAULT_INVALID in the list, FAULT_STORE for stored bytes that cannot be decoded.
 */
#ifndef KETENBRUG_DOMAIN_FACT_H
#define KETENBRUG_DOMAIN_FACT_H

#include "base/buf.h"
#include "base/date.h"
#include "base/fault.h"
#include "base/ident.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/oin.h"
#include "domain/person.h"
#include "policy/consent.h"

#define FACT_KIND_TABLE(X)                                                                                             \
    X(FACT_CONSENT, "toestemming")                                                                                     \
    X(FACT_AUTHORITY, "gezagsrelatie")                                                                                 \
    X(FACT_CAPABILITY, "wilsbekwaamheid")                                                                              \
    X(FACT_EXTENDED_CARE, "verlengdeJeugdhulp")                                                                        \
    X(FACT_OBJECTION, "bezwaar")                                                                                       \
    X(FACT_RESTRICTION, "beperking")                                                                                   \
    X(FACT_CORRECTION, "correctie")

enum fact_kind {
#define X(code, word) code,
    FACT_KIND_TABLE(X)
#undef X
        FACT_KIND_COUNT
};

const char *fact_kind_word(enum fact_kind kind); /* name of its JSON member; "" past the end */

#define FACT_STATE_TABLE(X)                                                                                            \
    X(STATE_GIVEN, "gegeven")                                                                                          \
    X(STATE_REFUSED, "geweigerd")                                                                                      \
    X(STATE_WITHDRAWN, "ingetrokken")                                                                                  \
    X(STATE_CAPABLE, "wilsbekwaam")                                                                                    \
    X(STATE_INCAPABLE, "wilsonbekwaam")                                                                                \
    X(STATE_STANDS, "geldt")                                                                                           \
    X(STATE_ENDED, "beeindigd")                                                                                        \
    X(STATE_OPEN, "open")                                                                                              \
    X(STATE_HONOURED, "gehonoreerd")                                                                                   \
    X(STATE_REJECTED, "afgewezen")                                                                                     \
    X(STATE_LIFTED, "opgeheven")

enum fact_state {
#define X(code, word) code,
    FACT_STATE_TABLE(X)
#undef X
        FACT_STATE_COUNT
};

const char *fact_state_word(enum fact_state state); /* "" past the end */
bool fact_state_parse(struct slice word, enum fact_state *out);
/* May a fact of this kind begin so; and may it go from one state to another? An unlisted pair may not. */
bool fact_may_begin(enum fact_kind kind, enum fact_state state);
bool fact_may_become(enum fact_kind kind, enum fact_state from, enum fact_state to);

struct fact_codes {
    size_t count;
    char items[FACT_CODES_MAX][CODE_MAX + 1]; /* OIN, kind of party, or purpose */
};

bool fact_codes_have(const struct fact_codes *codes, struct slice code);

struct fact {
    enum fact_kind kind;
    enum fact_state state;
    enum consent_kind consent;     /* consent */
    enum consent_giver as;         /* consent: as what somebody spoke */
    enum authority_kind authority; /* authority */
    struct ident giver;  /* consent: id of the authority of who spoke; zeros: the subject himself, or unknown */
    uint32_t categories; /* consent: CATEGORY_BIT mask */
    struct fact_codes recipients;  /* consent: OINs or kinds of party; of a refusal or withdrawal none means all */
    struct fact_codes purposes;    /* consent, objection: none means all */
    struct date from;              /* first day; not set: always */
    struct date until;             /* last day; not set: no end known */
    char name[NAME_MAX_BYTES + 1]; /* authority: who has it; capability: who judged */
    char evidence[FACT_TEXT_MAX + 1];
    bool told;                      /* consent: the person was told what it means */
    char note[FACT_TEXT_MAX + 1];   /* how he was told, or why not; what he asks */
    bool restricts;                 /* correction: processing is restricted while it is open (AVG art. 18(1)(a)) */
    struct date ended;              /* day of the last step; not set: none was made */
    char ending[FACT_TEXT_MAX + 1]; /* how that was known */
    struct oin via;                 /* the partner through whom it came here; not set: recorded here */
    int64_t recorded_ms;
    int64_t changed_ms; /* of the last step; the same as recorded_ms before any */
};

/* What a covenant and others know of words in a fact; both may be NULL: then any code of the right form will do. */
struct fact_words {
    bool (*recipient)(const void *ctx, struct slice code);
    bool (*purpose)(const void *ctx, struct slice code);
    const void *ctx;
};

/* JSON of the desk API. Checks shape, words, dates and what the kind demands. `out` is written always, and worth nothing
 * when a fault was added; state, times and `via` are the caller's to complete. */
void fact_read(const struct json *json, enum fact_kind kind, const char *pointer, const struct date *today,
               const struct fact_words *words, struct fact *out, struct fault_list *faults);
void fact_write(struct json_writer *w, const char *name, const struct ident *id, const struct fact *fact);
/* The consent part of a withdrawal between nodes: kind, as what, recipients, purposes. */
void fact_write_scope(struct json_writer *w, const struct fact *fact);

void fact_encode(const struct fact *fact, struct buf *out);
MUST_USE enum result fact_decode(struct slice bytes, struct fact *out, struct error *err);

#endif
