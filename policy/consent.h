/*
 * consent.h - whose word counts, and what it opens: statements of consent weighed against age, capability and authority.
 *
 * Does:      from what a provider has recorded about one person, tells which categories the required givers together
 *            opened to one requester for one purpose, per kind of consent.
 * Does not:  store statements, judge evidence, or decide about a request (decide.h takes the outcome).
 * Who must give it, by age on the day (unknown age or capability: the strictest reading that is possible):
 *   opheffen-geheimhouding  below 12 all with authority; 12 to 15 and capable: the covenant's parameter, the youth alone
 *                           (with a note when somebody with authority disagrees) or the youth and all with authority;
 *                           12 to 15 and not capable: all with authority; from 16 the person alone, unless not capable.
 *                           Source: BW 7:447, 7:450, 7:457, 7:465; Jeugdwet 7.3.4, 7.3.11.
 *   avg-grond               below 16 all with authority, from 16 the person. Source: AVG art. 6(1)(a), UAVG art. 5.
 *   instemming              below 12 all with authority; 12 to 15 the youth and all with authority; from 16 the person.
 *                           Source: Jeugdwet 7.3.4.
 *   Not capable from 16: all with authority below 18; from 18 the curator, else the mentor; with neither: nobody can.
 *   Unknown capability: whom both readings ask for, together; but from 18 a person with neither curator nor mentor is
 *   taken to be capable. Unknown age: whom any age asks for, together.
 *   "All with authority" is the guardian where there is one, else every parent with recorded authority; with none
 *   recorded nobody can give it. One withdrawal or refusal by any required giver suffices. A word of somebody who is
 *   not required opens nothing and closes nothing. A refusal or withdrawal that names no categories is of all.
 *   A word without a first day opens nothing, since its term cannot be reckoned; the term's last day is the one before
 *   the same day of the month, `months_at_most` later.
 * Ownership: all borrowed. Thread: any; pure, no allocation. Faults: none; what is not known opens nothing.
 */
#ifndef KETENBRUG_POLICY_CONSENT_H
#define KETENBRUG_POLICY_CONSENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/date.h"
#include "base/ident.h"
#include "base/slice.h"
#include "policy/covenant.h"

#define CONSENT_KIND_TABLE(X)                                                                                          \
    X(CONSENT_SECRECY, "opheffen-geheimhouding")                                                                       \
    X(CONSENT_GROUND, "avg-grond")                                                                                     \
    X(CONSENT_PLAN, "instemming")

enum consent_kind {
#define X(code, word) code,
    CONSENT_KIND_TABLE(X)
#undef X
        CONSENT_KIND_COUNT
};

/* As what somebody speaks. A bewindvoerder has a say over property, not over secrecy: no giver here. */
#define CONSENT_GIVER_TABLE(X)                                                                                         \
    X(GIVER_SUBJECT, "betrokkene")                                                                                     \
    X(GIVER_PARENT, "ouder")                                                                                           \
    X(GIVER_GUARDIAN, "voogd")                                                                                         \
    X(GIVER_CURATOR, "curator")                                                                                        \
    X(GIVER_MENTOR, "mentor")

enum consent_giver {
#define X(code, word) code,
    CONSENT_GIVER_TABLE(X)
#undef X
        GIVER_COUNT
};

#define CONSENT_WORD_TABLE(X)                                                                                          \
    X(CONSENT_GIVEN, "gegeven")                                                                                        \
    X(CONSENT_REFUSED, "geweigerd")                                                                                    \
    X(CONSENT_WITHDRAWN, "ingetrokken")

enum consent_word {
#define X(code, word) code,
    CONSENT_WORD_TABLE(X)
#undef X
        CONSENT_WORD_COUNT
};

const char *consent_kind_word(enum consent_kind kind); /* "" past the end; the same for the two below */
bool consent_kind_parse(struct slice word, enum consent_kind *out);
const char *consent_giver_word(enum consent_giver giver);
bool consent_giver_parse(struct slice word, enum consent_giver *out);
const char *consent_word_word(enum consent_word word);
bool consent_word_parse(struct slice word, enum consent_word *out);

enum capability { CAPABILITY_UNKNOWN, CAPABILITY_YES, CAPABILITY_NO };

/* Recorded, with evidence elsewhere: this person may speak for the subject. Parent without authority: not recorded. */
struct policy_authority {
    struct ident holder;
    enum consent_giver as; /* not GIVER_SUBJECT */
    struct date from;      /* not set: always */
    struct date until;     /* last day; not set: no end known */
};

/* What one giver said. The newest of a giver about the same recipients, purposes and kind stands; older ones are not
 * handed in. */
struct policy_statement {
    struct ident giver; /* holder of an authority; zeros for the subject */
    enum consent_giver as;
    enum consent_kind kind;
    enum consent_word word;
    uint32_t categories; /* CATEGORY_BIT mask */
    struct date from;
    struct date until;              /* last day; not set: no end known. Ignored unless given */
    const struct slice *recipients; /* OIN (20 digits) or code of a kind of party, each */
    size_t recipient_count;         /* 0: nobody, but all for a refusal or withdrawal */
    const struct slice *purposes;   /* codes */
    size_t purpose_count;           /* 0: none, but all for a refusal or withdrawal */
};

/* What the provider has recorded about one person. */
struct policy_person {
    struct date birth; /* not set: unknown */
    enum capability capability;
    const struct policy_authority *authorities;
    size_t authority_count;
    const struct policy_statement *statements;
    size_t statement_count;
};

struct policy_consent {
    uint32_t categories[CONSENT_KIND_COUNT]; /* opened by all who must open it */
    bool parent_disagrees;                   /* the youth decides alone and somebody with authority says otherwise */
};

/* Towards this requester, for this purpose, on this day. An unknown purpose or party opens nothing. */
void policy_consent_weigh(const struct covenant *covenant, const struct policy_person *person,
                          const struct party *requester, struct slice purpose, const struct date *today,
                          struct policy_consent *out);

/* May this giver speak at all for this kind, today? For the desk, before a statement is recorded. `why` is Dutch. */
bool policy_consent_may_speak(const struct covenant *covenant, const struct policy_person *person,
                              enum consent_kind kind, enum consent_giver as, const struct ident *giver,
                              const struct date *today, const char **why);

#endif
