/*
 * agreement.h - who signed what: statements of parties about a covenant, and what is in force between two of them.
 *
 * Does:      reads and writes what is signed; keeps per covenant and party what that party last said; picks the one covenant
 *            by which two parties deal with each other on a day.
 * Does not:  check signatures or certificates (certs/jws.h), or know the time.
 * Rules:     a party accepts while its last accept is later than its last reject and it never revoked. A revoke is final
 *            for that document, whatever comes later. Between two parties a covenant is in force when both accept it and
 *            the day is within its validity. Its successor (`voorganger`) takes its place between two parties once both
 *            accepted that, and its first day is there; a revoke of the successor does not bring the old one back.
 * Ownership: agreement_new gives, agreement_free takes; it belongs to one covenant. Thread: as data of the caller.
 * Faults:    FAULT_INVALID, FAULT_FORBIDDEN (no party), FAULT_CONFLICT (after a revoke), FAULT_NO_MEMORY.
 */
#ifndef KETENBRUG_POLICY_AGREEMENT_H
#define KETENBRUG_POLICY_AGREEMENT_H

#include "base/buf.h"
#include "policy/covenant.h"

enum { AGREEMENT_HASH_TEXT = 91 }; /* "$1$1$" and base64url of 64 bytes */

/*    type                 word      what it says */
#define STATEMENT_TABLE(X)                                                                                             \
    X(STATEMENT_ACCEPT, "accept", "aanvaard")                                                                          \
    X(STATEMENT_REJECT, "reject", "afgewezen")                                                                         \
    X(STATEMENT_REVOKE, "revoke", "ingetrokken")                                                                       \
    X(STATEMENT_INVITE, "invite", "uitgenodigd")

enum statement_type {
#define X(type, word, text) type,
    STATEMENT_TABLE(X)
#undef X
        STATEMENT_COUNT
};

enum { AGREEMENT_KINDS = STATEMENT_INVITE }; /* those that a party says of its own part */

/* The payload of a signature. */
struct statement {
    char hash[AGREEMENT_HASH_TEXT + 1]; /* contract_content_hash */
    enum statement_type type;
    int64_t signed_at_s;         /* seconds since 1970 */
    struct oin oin;              /* who signs */
    struct oin invitee;          /* of an invitation: who joins, */
    char url[PARTY_URL_MAX + 1]; /* and the signer's node, where the document can be had */
};

const char *statement_word(enum statement_type type);
const char *statement_text(enum statement_type type); /* Dutch */
bool statement_parse(struct slice word, enum statement_type *out);
bool agreement_hash_ok(struct slice text); /* the form of a content hash */
MUST_USE enum result statement_read(struct slice json, struct statement *out, struct error *err);
void statement_write(const struct statement *statement, struct buf *out);

struct agreement;

MUST_USE struct agreement *agreement_new(const struct covenant *covenant); /* NULL: no memory */
void agreement_free(struct agreement *agreement);

/* What came of it: taken over; or known, because this party said that later, or the same. */
enum agreement_news { AGREEMENT_NEW, AGREEMENT_KNOWN };
/* What would come of it, without doing it. Of an invitation FAULT_INVALID. */
MUST_USE enum result agreement_check(const struct agreement *agreement, const struct covenant *covenant,
                                     const struct statement *statement, enum agreement_news *news, struct error *err);
/* A failure changes nothing. */
MUST_USE enum result agreement_add(struct agreement *agreement, const struct covenant *covenant,
                                   const struct statement *statement, enum agreement_news *news, struct error *err);
/* When this party last said so, in seconds since 1970; 0: never. */
int64_t agreement_said(const struct agreement *agreement, size_t party, enum statement_type type);
/* What this party's word comes to. STATEMENT_COUNT: it said nothing. */
enum statement_type agreement_word(const struct agreement *agreement, size_t party);
/* Over all words that count: two nodes that hold the same have the same. */
void agreement_digest(const struct agreement *agreement, const struct covenant *covenant, struct sha256 *out);

struct agreement_entry {
    const struct covenant *covenant;
    const struct agreement *agreement;
    size_t predecessor; /* index of the one that it replaces; the count: not among them */
};

void agreement_link(struct agreement_entry *entries, size_t count); /* fills `predecessor` */
/* The covenant in force between these two on that day; `count`: none. Of several the one that began last, then that
 * which both accepted last, then by hash: both sides pick the same. */
size_t agreement_pick(const struct agreement_entry *entries, size_t count, const struct oin *a, const struct oin *b,
                      const struct date *day);

#endif
