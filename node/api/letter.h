/*
 * letter.h - what is kept of a letter to a person about who looked at his data: what it is made from, and what the officer
 * decided. No text: it is made again from the log.
 *
 * Does:      holds, encodes and decodes it; finds the officer's decision about a line; tells who may get such a letter.
 * Does not:  go through the log (letters_make.c) or put anything in words (letter_write.c).
 * Who:       from 16 the person himself; below, who has recorded parental authority in force; instead of an adult his
 *            curator or mentor. A bewindvoerder has a say over money only. Of who is 12 to 15 the own view is asked.
 *            Source: AVG art. 12 and 15, UAVG art. 5, BW 1:245, 1:381, 1:453.
 * Ownership: a value; it names a person: wipe with mem_wipe. Thread: any; pure.
 * Faults:    FAULT_STORE for bytes that are none; FAULT_TOO_LARGE past STORE_PAYLOAD_MAX; FAULT_UNPROVEN: he may not.
 */
#ifndef KETENBRUG_API_LETTER_H
#define KETENBRUG_API_LETTER_H

#include "api/deferral.h"
#include "base/buf.h"
#include "base/digest.h"
#include "domain/dossier.h"

#define LETTER_STATE_TABLE(X)                                                                                          \
    X(LETTER_DRAFT, "concept")                                                                                         \
    X(LETTER_RELEASED, "vrijgegeven")                                                                                  \
    X(LETTER_WITHDRAWN, "ingetrokken")

enum letter_state {
#define X(code, word) code,
    LETTER_STATE_TABLE(X)
#undef X
        LETTER_STATE_COUNT
};

const char *letter_state_word(enum letter_state state); /* "" past the end */

enum letter_choice { CHOICE_DEFER, CHOICE_TELL, CHOICE_TELL_REASON, LETTER_CHOICE_COUNT };

struct letter_decision {
    uint64_t mark; /* of the line: letter_lines.h */
    enum letter_choice choice;
    struct date until; /* of a deferral; not set: until further notice */
    char why[LETTER_WHY_MAX + 1];
};

/* In whose lookup set he stood when it was drafted. */
struct letter_place {
    struct oin requester;
    char purpose[CODE_MAX + 1];
    int64_t since_ms, until_ms; /* whole minutes; until 0: still */
};

/* Lines that a released letter told, per class key: when that is destroyed, they are known to have been there. */
struct letter_told {
    struct seal_class class;
    uint16_t lines;
};

struct letter {
    enum letter_state state;
    struct ident subject; /* own id; zeros: not known here, then by number */
    struct bsn bsn;
    char name[2 * NAME_MAX_BYTES + 2]; /* as registered when it was drafted; "" not known */
    struct ident holder;               /* for whom: an authority; zeros: himself */
    char holder_name[NAME_MAX_BYTES + 1];
    bool youth;                       /* he is 12 to 15 */
    bool age_seen;                    /* his age is not known here; who drafted it saw that he is 16 or older */
    char identity[FACT_TEXT_MAX + 1]; /* how it was seen who asked */
    char officer[USER_NAME_MAX + 1];
    int64_t drafted_ms;
    int64_t released_ms;     /* 0: not */
    struct date from, until; /* days that it is about, both included */
    uint64_t size;           /* of the log when it was drafted: it is made from nothing later */
    uint8_t covenant[8];     /* in whose words: first bytes of its digest */
    struct sha256 digest;    /* of a released one: over its JCS form */
    bool places_left_out;
    size_t place_count;
    struct letter_place places[LETTER_SETS_MAX];
    size_t told_count;
    struct letter_told told[LETTER_CLASSES_MAX];
    size_t decision_count;
    struct letter_decision decisions[LETTER_DEFERRED_MAX];
};

/* The buffer has the ceiling STORE_PAYLOAD_MAX. */
MUST_USE enum result letter_encode(const struct letter *letter, struct buf *out, struct error *err);
MUST_USE enum result letter_decode(struct slice bytes, struct letter *out, struct error *err);

const struct letter_decision *letter_decision_of(const struct letter *letter, uint64_t mark); /* NULL: none */
/* In the place of what was decided about this line before. */
MUST_USE enum result letter_decide(struct letter *letter, const struct letter_decision *decision, struct error *err);
bool letter_over(const struct letter *letter, const struct date *today); /* released, and a deferral in it has ended */

/* May he, or who has this authority (zeros: himself), get it today? `dossier` NULL: the person is not known here. */
MUST_USE enum result letter_may(const struct dossier *dossier, const struct ident *holder, bool age_seen,
                                const struct date *today, bool *youth, struct error *err);

#endif
