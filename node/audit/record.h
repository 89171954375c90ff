/*
 * record.h - one record of the log: a processing of one subject's data, in its final form of 512 bytes.
 *
 * Layout of a leaf, version 1. It is never changed, because a log that is only appended to
 * cannot be migrated; a new form would carry a new version byte.
 *      at size
 *       0    1  version (1)
 *       1    1  operation (enum record_operation)
 *       2    1  retention class, of the purpose: 0 is the node's own administration
 *       3    1  zero
 *       4    4  month of the class key, YYYYMM, big endian
 *       8    8  time, milliseconds since 1970, big endian
 *      16   16  request id: what both sides of one exchange have in common
 *      32   20  OIN of the other organisation, zeros when none
 *      52   32  purpose code, padded with zeros; of the record of a destroyed class key: its month and class, YYYYMM-C
 *      84   12  zero
 *      96  384  sealed part: salt 16, ciphertext 352, tag 16; bound to the 96 bytes before it
 *     480   32  attachment: digest of the other side's receipt, or the commitment to a class key; of a test in
 *           lookup sets: SHA-256 over those sets, in the order of the covenants' parties, each as OIN 20 bytes, length of
 *           the purpose 1 and purpose, epoch 8, version 8, root 32, public key 32; zeros when none
 * The first 96 bytes may be shown to the organisation that they name. Nothing in them, nor the length, tells whether
 * something was released, withheld or unknown: that is sealed.
 *
 * Ownership: value types. Thread: any; pure but for the keyring. Faults: FAULT_STORE for a leaf that is none.
 */
#ifndef KETENBRUG_AUDIT_RECORD_H
#define KETENBRUG_AUDIT_RECORD_H

#include <stdint.h>

#include "base/bsn.h"
#include "base/fault.h"
#include "base/ident.h"
#include "base/limits.h"
#include "base/oin.h"
#include "base/slice.h"
#include "store/seal.h"

/*    operation                 code  word                        what was done, visible to the organisation named */
#define RECORD_OPERATION_TABLE(X)                                                                                      \
    X(RECORD_ASKED, 1, "raadpleging-gevraagd")      /* asker: about to ask this partner */                             \
    X(RECORD_ANSWERED, 2, "raadpleging-beantwoord") /* provider: decided; answered, withheld or unknown alike */       \
    X(RECORD_RECEIVED, 3, "raadpleging-ontvangen")  /* asker: what came back */                                        \
    X(RECORD_REFUSED, 4, "geweigerd")               /* a request that was refused before a decision about a person */  \
    X(RECORD_CHANGED, 5, "gegevens-gewijzigd")                                                                         \
    X(RECORD_IMPORTED, 6, "gegevens-ingelezen")                                                                        \
    X(RECORD_READ, 7, "gegevens-ingezien")                                                                             \
    X(RECORD_LOG_READ, 8, "logboek-ingezien")                                                                          \
    X(RECORD_USER_CHANGED, 9, "gebruiker-gewijzigd")                                                                   \
    X(RECORD_CLASS_KEY, 10, "sleutel-gemaakt")         /* attachment: commitment to the class key */                   \
    X(RECORD_CLOCK_RESET, 11, "klok-hersteld")         /* an administrator accepts a time below the highest seen */    \
    X(RECORD_BACKED_UP, 12, "reservekopie-gemaakt")    /* text: size and root of the log in it */                      \
    X(RECORD_RESTORED, 13, "reservekopie-hersteld")    /* attachment: root of the log as it was; text: its size */     \
    X(RECORD_KEY_DESTROYED, 14, "sleutel-vernietigd")  /* purpose: YYYYMM-C; attachment: as when it was made */        \
    X(RECORD_HELD, 15, "regel-vastgehouden")           /* text: which record, and why */                               \
    X(RECORD_HOLD_LIFTED, 16, "vasthouding-opgeheven") /* text: which record, and why */                               \
    X(RECORD_FORK, 18, "logboek-met-twee-gezichten")   /* of the partner named: see node/api/witness.h */              \
    X(RECORD_LOG_PROVEN, 19, "logboek-van-partner-gecontroleerd")                                                      \
    X(RECORD_FINDING, 20, "bevinding-ontstaan")          /* the watch found something; text: the rule and which */     \
    X(RECORD_FINDING_STEP, 21, "bevinding-behandeld")    /* text: which, the step, and why */                          \
    X(RECORD_SAMPLED, 22, "steekproef-getrokken")        /* text: how many of how many, and the seed */                \
    X(RECORD_LETTER, 23, "overzicht-opgesteld")          /* a letter to a person, in draft; text: which */             \
    X(RECORD_LETTER_STEP, 24, "overzicht-behandeld")     /* text: which, the step, and why */                          \
    X(RECORD_EXPORTED, 25, "logboek-uitgevoerd")         /* text: form, filters, how many at most */                   \
    X(RECORD_FIGURES, 26, "stuurcijfers-gemaakt")        /* text: of which month */                                    \
    X(RECORD_BLOCKED, 27, "toegang-geblokkeerd")         /* of a user, or of the partner named; text: who, why */      \
    X(RECORD_UNBLOCKED, 28, "toegang-hersteld")          /* text: why */                                               \
    X(RECORD_STAFF, 29, "personeelslijst-gewijzigd")     /* text: whose row, not what it says */                       \
    X(RECORD_SENT, 30, "bericht-verzonden")              /* sender: about to; once for every try */                    \
    X(RECORD_TAKEN, 31, "bericht-aangenomen")            /* receiver: whether it knows the person is sealed */         \
    X(RECORD_CONFIRMED, 32, "bericht-bevestigd")         /* sender: the receiver's log holds it */                     \
    X(RECORD_REPORT, 40, "melding-vastgelegd")           /* text: what changed */                                      \
    X(RECORD_ORDER, 41, "maatregel-vastgelegd")          /* text: what changed */                                      \
    X(RECORD_TERM_PASSED, 42, "termijn-verstreken")      /* the alarm to the FG; text: which */                        \
    X(RECORD_CRISIS_NUMBER, 43, "crisisnummer-getoond")  /* nothing was asked about the person */                      \
    X(RECORD_REGULATION, 44, "reglement-aanvaard")       /* text: the version */                                       \
    X(RECORD_COVENANT, 50, "convenant-bekend")           /* text: name, version, hash */                               \
    X(RECORD_SIGNATURE, 51, "handtekening-ontvangen")    /* text: what was said, by whom, when, hash */                \
    X(RECORD_EVALUATION_ASKED, 60, "evaluatie-gevraagd") /* asker: about to send a blinded batch */                    \
    X(RECORD_EVALUATED, 61, "evaluatie-gegeven")         /* provider: of a batch; it cannot know about whom */         \
    X(RECORD_EVALUATION_RECEIVED, 62, "evaluatie-ontvangen")                                                           \
    X(RECORD_TESTED, 63, "opzoekset-getoetst")              /* asker: a person in partners' sets; attachment: which */ \
    X(RECORD_SETS_PUBLISHED, 64, "opzoeksets-gepubliceerd") /* attachment: root over all versions of this tick */      \
    X(RECORD_EPOCH_KEY, 65, "periodesleutel-gemaakt")       /* for the partner named; attachment: public key */        \
    X(RECORD_EPOCH_KEY_DESTROYED, 66, "periodesleutels-vernietigd") /* of a whole epoch; text: which */                \
    X(RECORD_SET_REFUSED, 67, "opzoekset-geweigerd")   /* asker: what a partner gave does not hold; text: why */       \
    X(RECORD_MATCH_FINDING, 68, "koppeling-opvallend") /* asker or provider: for the officer; text: what */            \
    X(RECORD_SET_OPENED, 69, "opzoekset-geopend")      /* provider: in whose sets a person stood was looked up */      \
    X(RECORD_SIGNAL, 70, "zorgsignaal-afgegeven")                                                                      \
    X(RECORD_SIGNAL_ENDED, 71, "zorgsignaal-beeindigd")   /* text: withdrawn, expired or replaced */                   \
    X(RECORD_SIGNALS_TESTED, 72, "zorgsignalen-getoetst") /* a round at one partner; attachment: as of a test */       \
    X(RECORD_SIGNAL_SENT, 73, "zorgsignaal-verzonden")    /* sender: about to */                                       \
    X(RECORD_SIGNAL_TAKEN, 74, "zorgsignaal-ontvangen")   /* receiver: whether it knows the person is sealed */        \
    X(RECORD_SIGNAL_MET, 75, "match-ontstaan")                                                                         \
    X(RECORD_MATCH_STEP, 76, "match-behandeld")          /* text: which, and the step */                               \
    X(RECORD_TASK, 80, "opdracht-gegeven")               /* asker; text: which */                                      \
    X(RECORD_TASK_TAKEN, 81, "opdracht-ontvangen")       /* who is to do it; text: which */                            \
    X(RECORD_TASK_STEP, 82, "opdracht-stap")             /* text: which, and the step */                               \
    X(RECORD_TASK_NAMED, 83, "betrokkene-genoemd")       /* asker: about to tell the partner who it is about */        \
    X(RECORD_SEALING_KEY, 84, "verzegelsleutel-gemaakt") /* attachment: the public key */                              \
    X(RECORD_NOTIFIED, 85, "melding-verstuurd")          /* to the own people, without content */

enum record_operation {
#define X(name, code, word) name = (code),
    RECORD_OPERATION_TABLE(X)
#undef X
        RECORD_OPERATION_END
};

/*    result                  code  word                    what came of it, sealed */
#define RECORD_OUTCOME_TABLE(X)                                                                                        \
    X(OUTCOME_NONE, 0, "")                                                                                             \
    X(OUTCOME_PENDING, 1, "gevraagd")                                                                                  \
    X(OUTCOME_RELEASED, 2, "verstrekt")                                                                                \
    X(OUTCOME_WITHHELD, 3, "ingehouden")                                                                               \
    X(OUTCOME_UNKNOWN, 4, "niet-bekend")                                                                               \
    X(OUTCOME_REFUSED, 5, "geweigerd")                                                                                 \
    X(OUTCOME_GOT_INVOLVEMENT, 6, "betrokkenheid-ontvangen")                                                           \
    X(OUTCOME_GOT_NOTHING, 7, "geen-betrokkenheid-ontvangen")                                                          \
    X(OUTCOME_NO_ANSWER, 8, "geen-antwoord")                                                                           \
    X(OUTCOME_DONE, 9, "uitgevoerd")

enum record_outcome {
#define X(name, code, word) name = (code),
    RECORD_OUTCOME_TABLE(X)
#undef X
        RECORD_OUTCOME_END
};

const char *record_operation_word(enum record_operation operation); /* "" unknown */
const char *record_outcome_word(enum record_outcome outcome);

enum {
    RECORD_PURPOSE_MAX = 32,
    RECORD_USER_MAX = USER_NAME_MAX,
    RECORD_CODE_MAX = 31,   /* role, basis */
    RECORD_RULES_MAX = 100, /* rule ids, separated by spaces; whole ids only, then "+" when more applied */
    RECORD_SEALED_PLAIN = LOG_SEALED_BYTES - SEAL_SALT_SIZE - SEAL_TAG_SIZE, /* 352 */
};

struct record {
    /* visible */
    enum record_operation operation;
    struct seal_class class;
    int64_t time_ms;
    struct ident request_id;
    struct oin peer; /* empty: none */
    char purpose[RECORD_PURPOSE_MAX + 1];
    uint8_t attachment[LOG_RECEIPT_BYTES];
    /* sealed */
    enum record_outcome outcome;
    enum fault fault;               /* why refused, or how a partner failed to answer */
    char user[RECORD_USER_MAX + 1]; /* own user, or at the provider the requester's pseudonym of him */
    char role[RECORD_CODE_MAX + 1];
    char basis[RECORD_CODE_MAX + 1]; /* the requester's basis to ask */
    char case_number[CONSULT_CASE_MAX + 1];
    char report_number[CONSULT_CASE_MAX + 1];
    char rules[RECORD_RULES_MAX + 1];
    uint32_t categories;  /* released */
    struct bsn bsn;       /* the subject, by number */
    struct ident subject; /* or by own id; zeros: none */
    struct ident consult; /* joins the asks of one consult, on the asker's side only */
    uint8_t covenant[8];  /* first bytes of the covenant's digest that decided */
    char municipality[5]; /* inputs of the decision: with them a past decision can be explained */
    uint8_t age;          /* in years; 255 unknown */
    uint32_t entries;     /* involvements released or received, or rows of an import */
    /* Of the involvements that were weighed, LIFE_DOMAIN_BIT masks (policy/words.h): plain ones, and shielded ones. */
    uint32_t domains;
    uint32_t shielded;
    /* What else went into the decision: RECORD_INPUT bits below; 0: not recorded. Of a test (RECORD_TESTED): in how many
     * partners' sets; entries are those that the person was in. Of a round of signals (RECORD_SIGNALS_TESTED): how many
     * signals; entries are those that were in the partner's set. */
    uint32_t inputs;
};

/*
 * Further inputs of a decision in one number, so that the largest record still fits: per kind of consent (in the order of
 * policy/consent.h) a byte of CATEGORY_BIT that was opened, and flags above. Written and read by api/decision_inputs.h.
 */
#define RECORD_INPUT_KNOWN                     (1U << 31U) /* these bits were filled in: zeros mean no */
#define RECORD_INPUT_DISAGREES                 (1U << 24U) /* somebody with authority says otherwise */
#define RECORD_INPUT_RESTRICTED                (1U << 25U) /* restriction, or an objection that is not settled */
#define RECORD_INPUT_EXTENDED_CARE             (1U << 26U) /* extended youth care was recorded for that day */
#define RECORD_INPUT_REPORT_OPEN               (1U << 27U) /* claimed: the report is an open one of Veilig Thuis */
#define RECORD_INPUT_ORDER                     (1U << 28U) /* claimed: an order is in force */
#define RECORD_INPUT_UNTOLD                    (1U << 29U) /* of a signal: the person was not told of it */
#define RECORD_INPUT_CONSENT(kind, categories) ((uint32_t)((categories)&0xFFU) << (8U * (unsigned)(kind)))
#define RECORD_INPUT_OPENED(inputs, kind)      ((inputs) >> (8U * (unsigned)(kind)) & 0xFFU)

/* Seals and writes LOG_LEAF_BYTES. The class key must be ready (seal_class_ready). */
MUST_USE enum result record_encode(struct keyring *keyring, const struct record *record,
                                   const uint8_t salt[SEAL_SALT_SIZE], uint8_t *leaf, struct error *err);
/* The visible part only. */
MUST_USE enum result record_decode_visible(const uint8_t *leaf, struct record *out, struct error *err);
/* All of it; FAULT_NOT_FOUND when the class key was destroyed and no hold kept this record, FAULT_STORE when the leaf was tampered with. */
MUST_USE enum result record_decode(struct keyring *keyring, const uint8_t *leaf, struct record *out, struct error *err);

/* Adds a rule id to record->rules within its bound. */
void record_add_rule(struct record *record, const char *rule);

#endif
