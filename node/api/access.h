/*
 * access.h - who may do what at the desk: registered users, their roles, and what a role may.
 *
 * A user proves himself with an access token (256 random bits, shown once when the user is made); the store finds him
 * by a hash of it. Whoever reaches the node over its own Unix socket without a token is the node's account: it runs the
 * node, but sees no personal data. Roles are registered, never claimed.
 * Thread: any; pure.
 */
#ifndef KETENBRUG_API_ACCESS_H
#define KETENBRUG_API_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/date.h"
#include "base/fault.h"
#include "base/limits.h"
#include "base/slice.h"

enum permission {
    MAY_CONSULT = 1U << 0,  /* ask partners about people */
    MAY_REGISTER = 1U << 1, /* people, households, involvements of the own organisation */
    MAY_IMPORT = 1U << 2,   /* from the own source system */
    MAY_MANAGE = 1U << 3,   /* users */
    MAY_READ_LOG = 1U << 4,
    MAY_VERIFY_LOG = 1U << 5,   /* tree and visible parts; no personal data */
    MAY_HOLD_LOG = 1U << 6,     /* keep single records beyond their term */
    MAY_CONSENT = 1U << 7,      /* record what people and those with authority say: consent, authority, what they ask */
    MAY_SETTLE = 1U << 8,       /* objections, restrictions, corrections */
    MAY_INVESTIGATE = 1U << 9,  /* findings, blocks, letters to people, export of the log */
    MAY_SAMPLE = 1U << 10,      /* draw records of the log by chance, and say what came of them */
    MAY_SEE_FIGURES = 1U << 11, /* counts about no person */
    MAY_REVIEW = 1U << 12,      /* look afterwards at what was done in acute danger */
    MAY_SIGNAL = 1U << 13,      /* say that a person is worried about, and take that back */
    MAY_MEET = 1U << 14,        /* see with whom signals of the organisation met, and take the lead */
    MAY_TASK = 1U << 15,        /* give tasks to partners, and do those that they give */
};

/* What goes on with partners, all of it. */
#define MAY_COOPERATE (MAY_SIGNAL | MAY_MEET | MAY_TASK)

/*    role                       word                       may */
#define ROLE_TABLE(X)                                                                                                  \
    X(ROLE_SIGNALLER, "signaleerder", MAY_SIGNAL)                                                                      \
    X(ROLE_GENERALIST, "generalist", MAY_CONSULT | MAY_REGISTER | MAY_CONSENT | MAY_COOPERATE)                         \
    X(ROLE_CONSULENT, "consulent", MAY_CONSULT | MAY_REGISTER | MAY_CONSENT | MAY_COOPERATE)                           \
    X(ROLE_COORDINATOR, "regisseur", MAY_CONSULT | MAY_REGISTER | MAY_CONSENT | MAY_COOPERATE)                         \
    X(ROLE_PROFESSIONAL, "partnerprofessional", MAY_CONSULT | MAY_REGISTER | MAY_CONSENT | MAY_COOPERATE)              \
    X(ROLE_SAFE_HOME, "veilig-thuis", MAY_CONSULT | MAY_REGISTER | MAY_CONSENT)                                        \
    X(ROLE_YOUTH_PROTECTOR, "jeugdbeschermer", MAY_CONSULT | MAY_REGISTER | MAY_CONSENT)                               \
    X(ROLE_TRUANCY_OFFICER, "leerplichtambtenaar", MAY_CONSULT) /* an investigator too */                              \
    X(ROLE_REVIEWER, "toetser", MAY_VERIFY_LOG | MAY_REVIEW | MAY_SEE_FIGURES)                                         \
    X(ROLE_PRIVACY_OFFICER, "privacybeheerder",                                                                        \
      MAY_READ_LOG | MAY_VERIFY_LOG | MAY_HOLD_LOG | MAY_SETTLE | MAY_REVIEW | MAY_INVESTIGATE | MAY_SAMPLE |          \
          MAY_SEE_FIGURES)                                                                                             \
    X(ROLE_DPO, "fg", MAY_READ_LOG | MAY_VERIFY_LOG | MAY_SAMPLE | MAY_SEE_FIGURES)                                    \
    X(ROLE_ADMINISTRATOR, "beheerder", MAY_IMPORT | MAY_MANAGE | MAY_VERIFY_LOG)

enum role {
#define X(code, word, may) code,
    ROLE_TABLE(X)
#undef X
        ROLE_COUNT
};

const char *role_word(enum role role);
bool role_parse(struct slice word, enum role *out);
const char *role_words(void);                 /* all, for messages */
uint32_t role_may(uint32_t roles);            /* permissions of a set of roles (bit per enum role) */
uint32_t roles_that_may(uint32_t permission); /* the roles (bit per enum role) that have it */

/* The node's own account, over the Unix socket without a token. */
enum { NODE_ACCOUNT_MAY = MAY_IMPORT | MAY_MANAGE | MAY_VERIFY_LOG };
#define NODE_ACCOUNT_NAME "knooppunt"

struct user {
    char name[USER_NAME_MAX + 1]; /* letters, digits, dot, hyphen */
    uint32_t roles;               /* bit per enum role */
    bool blocked;
    char regulation[REGULATION_VERSION_MAX + 1]; /* version of the privacy regulation that he accepted last; "" none */
    struct date accepted;                        /* on which day; UTC */
};

struct caller {
    char name[USER_NAME_MAX + 1];
    uint32_t roles;
    uint32_t may;
    char regulation[REGULATION_VERSION_MAX + 1]; /* as of a user */
};

bool user_name_ok(struct slice name);
void user_encode(const struct user *user, struct buf *out);
MUST_USE enum result user_decode(struct slice bytes, struct user *out, struct error *err);

#endif
