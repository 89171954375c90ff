/*
 * signal.h - a signal (zorgsignaal) as a value: that a professional worries about somebody, on which basis, and whether the
 * person was told. No content, no score, no free text.
 *
 * Does:      tells whether it lives on a day; keeps how far it came at each partner; writes and reads its stored form.
 * Does not:  decide where it may go (policy), or send it (api/signals*.c).
 * Spoor:     random, one per person while any of his signals lives; towards each partner another is reckoned from it.
 * Ownership: value type; it holds the contact data of a professional, and of whom it is only by its parent in the store.
 * Thread:    any; pure. Faults: FAULT_STORE for stored bytes that are none; FAULT_TOO_LARGE past SIGNAL_REACH_MAX partners.
 */
#ifndef KETENBRUG_DOMAIN_SIGNAL_H
#define KETENBRUG_DOMAIN_SIGNAL_H

#include "base/buf.h"
#include "base/date.h"
#include "base/fault.h"
#include "base/ident.h"
#include "base/limits.h"
#include "base/oin.h"
#include "base/slice.h"
#include "policy/covenant.h"

/* Places in the tables are stored: new ones come at the end. */
#define SIGNAL_STATE_TABLE(X)                                                                                          \
    X(SIGNAL_RUNS, "loopt")                                                                                            \
    X(SIGNAL_WITHDRAWN, "ingetrokken")                                                                                 \
    X(SIGNAL_EXPIRED, "verlopen")

enum signal_state {
#define X(code, word) code,
    SIGNAL_STATE_TABLE(X)
#undef X
        SIGNAL_STATE_COUNT
};

/* Why the person was not told; it stays at home. */
#define SIGNAL_TOLD_TABLE(X)                                                                                           \
    X(SIGNAL_TOLD, "ja")                                                                                               \
    X(SIGNAL_UNREACHED, "niet-bereikbaar")                                                                             \
    X(SIGNAL_UNSAFE, "onveilig")                                                                                       \
    X(SIGNAL_TOO_YOUNG, "te-jong")                                                                                     \
    X(SIGNAL_TOLD_LATER, "volgt-nog")

enum signal_told {
#define X(code, word) code,
    SIGNAL_TOLD_TABLE(X)
#undef X
        SIGNAL_TOLD_COUNT
};

/* How far it came at one partner. */
#define SIGNAL_REACH_TABLE(X)                                                                                          \
    X(REACH_NOTHING, "niets")                                                                                          \
    X(REACH_HIT, "treffer")    /* he is in the partner's set: it is about to be sent, or was and no answer came */     \
    X(REACH_SENT, "verzonden") /* and answered */                                                                      \
    X(REACH_ENDED, "geeindigd")

enum signal_reached {
#define X(code, word) code,
    SIGNAL_REACH_TABLE(X)
#undef X
        SIGNAL_REACH_COUNT
};

const char *signal_state_word(enum signal_state state); /* "" past the end */
const char *signal_told_word(enum signal_told told);
bool signal_untold_parse(struct slice word, enum signal_told *out); /* a reason, so not SIGNAL_TOLD */

enum { SIGNAL_REACH_MAX = 64 };

struct signal_contact {
    char name[NAME_MAX_BYTES + 1];
    char phone[PHONE_MAX_BYTES + 1];
};

struct signal_reach {
    struct oin partner;
    enum signal_reached state;
    struct ident request_id; /* the same with every try */
    uint32_t turn;           /* matches of this spoor with him that were over before: it goes under another one then */
    /* Who was named of the household, of what went or met by that; whose signal it is: the partner named him so. Zeros: it
     * went, or met, by his own name. */
    struct ident person;
};

struct signal {
    struct ident spoor;
    struct ident key; /* the caller's, by which publishing twice is once */
    char publisher[USER_NAME_MAX + 1];
    char role[CODE_MAX + 1];
    char basis[CODE_MAX + 1];
    enum signal_told told;
    enum signal_state state;
    struct date published;
    struct date until; /* last day */
    struct date ended; /* when it was withdrawn or expired; not set: it was not */
    bool household;    /* also the members of his household are looked for, and it may meet what looks for them */
    struct signal_contact contact;
    struct signal_reach reach[SIGNAL_REACH_MAX];
    size_t reach_count;
};

bool signal_lives(const struct signal *signal, const struct date *today);
/* As partners are told it: the last day of its month, so that two of them have no day in common that is rare. */
struct date signal_until_told(const struct date *until);

enum signal_reached signal_reached(const struct signal *signal, const struct oin *partner);
struct signal_reach *signal_reach_of(struct signal *signal, const struct oin *partner); /* NULL: nothing yet */
uint32_t signal_turn(const struct signal *signal, const struct oin *partner);           /* 0: nothing yet */
/* FAULT_TOO_LARGE. `request_id` counts when the partner is new here. Of the person himself: `person` is the caller's. */
MUST_USE enum result signal_reach_put(struct signal *signal, const struct oin *partner, enum signal_reached state,
                                      const struct ident *request_id, struct error *err);

void signal_encode(const struct signal *signal, struct buf *out);
MUST_USE enum result signal_decode(struct slice bytes, struct signal *out, struct error *err);

/* Pieces of the stored form, for meeting.c too. */
struct stored;
void signal_put_contact(struct buf *out, const struct signal_contact *contact);
void signal_take_contact(struct stored *in, struct signal_contact *to);

#endif
