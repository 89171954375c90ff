/*
 * lint.h - what is wrong with a covenant, and what smells: for those who write one, before anybody signs.
 *
 * Does:      tells every fault that reading it finds, and each agreement that the law or the covenant itself makes
 *            doubtful, with its line and column; looks at versions that replace each other.
 * Does not:  judge the law: it holds rules against what the covenant says of its own bases. Faults that covenant_parse
 *            refuses come here too, the ones that matter most under their own word.
 * Ownership: findings live until `tell` returns. Thread: any. Allocates while it looks.
 * Source of the smells: the protocol's section on the covenant.
 */
#ifndef KETENBRUG_POLICY_LINT_H
#define KETENBRUG_POLICY_LINT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fault.h"
#include "base/slice.h"

/*    kind                  word                        an objection, or a remark only */
#define LINT_TABLE(X)                                                                                                  \
    X(LINT_FAULT, "fout", true)                                                                                        \
    X(LINT_NO_BASIS, "zonder-grondslag", true)                                                                         \
    X(LINT_CONSENT_ALONE, "alleen-toestemming", true)                                                                  \
    X(LINT_CONSENT_MISSING, "toestemming-ontbreekt", true)                                                             \
    X(LINT_SECRECY, "geheimhouding", true)                                                                             \
    X(LINT_SPECIAL, "bijzonder-gegeven", true)                                                                         \
    X(LINT_NO_BSN_GROUND, "bsn-zonder-grondslag", true)                                                                \
    X(LINT_SET_REQUEST_TIME, "opzoekset-met-vraag", true)                                                              \
    X(LINT_INVESTIGATION, "verboden-doel", true)                                                                       \
    X(LINT_NO_RETENTION, "zonder-bewaartermijn", true)                                                                 \
    X(LINT_NO_DPIA, "zonder-dpia", true)                                                                               \
    X(LINT_UNREACHABLE, "onbereikbaar", true)                                                                          \
    X(LINT_CONTRADICTION, "tegenstrijdig", true)                                                                       \
    X(LINT_REDUNDANT, "overbodig", true)                                                                               \
    X(LINT_NO_SET, "zonder-opzoekset", true)                                                                           \
    X(LINT_QUOTA, "quotum", true)                                                                                      \
    X(LINT_NO_CLIENTS, "zonder-clienten", false)                                                                       \
    X(LINT_NO_NUMBER, "zonder-nummer", true)                                                                           \
    X(LINT_SIGNAL_ONE_WAY, "signaal-een-kant", true)                                                                   \
    X(LINT_SIGNAL_NO_CONTACT, "signaal-zonder-contact", true)                                                          \
    X(LINT_SIGNAL_SHELTER, "signaal-afgeschermd", true)                                                                \
    X(LINT_NO_PARTY, "soort-zonder-partij", false)                                                                     \
    X(LINT_CHAIN, "opvolging", true)

enum lint_kind {
#define X(code, word, objection) code,
    LINT_TABLE(X)
#undef X
        LINT_KIND_COUNT
};

const char *lint_word(enum lint_kind kind); /* "" past the end */
bool lint_objects(enum lint_kind kind);

struct lint_finding {
    enum lint_kind kind;
    size_t version;              /* whose document, in lint_chain; else 0 */
    unsigned line;               /* from 1; 0: not known */
    unsigned column;             /* a character, from 1; 0: not known */
    char where[FAULT_WHERE_MAX]; /* JSON Pointer; "": the whole document, or text that is no JSON */
    char what[FAULT_WHAT_MAX];   /* Dutch; never a value of the document but codes */
};

typedef void lint_tell(void *context, const struct lint_finding *finding);

struct lint_count {
    size_t objections;
    size_t remarks;
};

/* Looks at one document. Past LINT_FINDINGS_MAX findings are counted, not told. */
struct lint_count lint_covenant(struct slice json, lint_tell *tell, void *context);

/* One version, as its document names itself (covenant_hash, covenant_predecessor, covenant_version). */
struct lint_version {
    const char *hash;
    const char *predecessor; /* NULL: the first */
    const char *version;
};

/*
 * Versions given together, in any order: each replaces another of them, but for the oldest; none two; no ring, neither of
 * hashes (which no one can make) nor of the names of versions; none twice.
 */
struct lint_count lint_chain(const struct lint_version *versions, size_t count, lint_tell *tell, void *context);

#endif
