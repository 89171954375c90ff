/*
 * meeting.h - a match: two organisations that both worry about the same person, and who takes the lead.
 *
 * Does:      reckons the id of a match, the same at both sides whoever came first; makes each step by MEETING_STEP_TABLE;
 *            tells what a user may see of it; writes and reads its stored form.
 * Does not:  order events or send them: the side with the lower OIN writes (domain/thread.h), the other one proposes.
 * Sides:     the lower OIN is MEETING_LOW, and the writer. Within one node both sides are the same organisation: then they
 *            are its two signals, the lower id first.
 * Ownership: value type; it holds contact data of professionals. Thread: any; pure.
 * Faults:    FAULT_CONFLICT for a step that the state does not have, FAULT_FORBIDDEN for one of the other side's; FAULT_STORE
 *            for stored bytes that are none.
 */
#ifndef KETENBRUG_DOMAIN_MEETING_H
#define KETENBRUG_DOMAIN_MEETING_H

#include "base/digest.h"
#include "domain/signal.h"
#include "domain/thread.h"

/* Places in the tables are stored: new ones come at the end. */
#define MEETING_STATE_TABLE(X)                                                                                         \
    X(MEETING_NONE, "")                                                                                                \
    X(MEETING_OPEN, "open")                                                                                            \
    X(MEETING_CONTACTED, "contact-gelegd")                                                                             \
    X(MEETING_LED, "regie-afgesproken")                                                                                \
    X(MEETING_CLOSED, "gesloten")

enum meeting_state {
#define X(code, word) code,
    MEETING_STATE_TABLE(X)
#undef X
        MEETING_STATE_COUNT
};

#define MEETING_BIT(state) (1U << (unsigned)(state))
#define MEETING_ANY        (MEETING_BIT(MEETING_OPEN) | MEETING_BIT(MEETING_CONTACTED) | MEETING_BIT(MEETING_LED))

enum meeting_who { BY_EITHER, BY_LEAD, BY_NODE }; /* by the side that has the lead; by that side's node, for no user */

/*    step             word              from                                                     who        to */
#define MEETING_STEP_TABLE(X)                                                                                          \
    X(MEETING_MEET, "ontmoet", MEETING_BIT(MEETING_NONE), BY_NODE, MEETING_OPEN)                                       \
    X(MEETING_CONTACT, "contact", MEETING_BIT(MEETING_OPEN), BY_EITHER, MEETING_CONTACTED)                             \
    X(MEETING_TAKE_LEAD, "regie", MEETING_BIT(MEETING_OPEN) | MEETING_BIT(MEETING_CONTACTED), BY_EITHER, MEETING_LED)  \
    X(MEETING_LEAVE_LEAD, "regie-los", MEETING_BIT(MEETING_LED), BY_LEAD, MEETING_CONTACTED)                           \
    X(MEETING_CLOSE, "sluiten", MEETING_BIT(MEETING_LED), BY_LEAD, MEETING_CLOSED)                                     \
    X(MEETING_SIGNAL_END, "signaal-einde", MEETING_ANY, BY_NODE, MEETING_NONE) /* NONE: as meeting_apply says */       \
    X(MEETING_REPLACE, "vervangen", MEETING_ANY, BY_NODE, MEETING_CLOSED) /* by a newer one about the same person */

enum meeting_step {
#define X(code, word, from, who, to) code,
    MEETING_STEP_TABLE(X)
#undef X
        MEETING_STEP_COUNT
};

enum meeting_side { MEETING_LOW, MEETING_HIGH, MEETING_SIDES };

const char *meeting_state_word(enum meeting_state state); /* "" past the end */
const char *meeting_step_word(enum meeting_step step);
bool meeting_step_parse(struct slice word, enum meeting_step *out);
bool meeting_step_of_user(enum meeting_step step); /* false: only a node makes it */

enum { MEETING_ROLES_MAX = 8 };

/* What one side brought in. */
struct meeting_half {
    struct ident spoor;                          /* towards the other */
    struct ident signal;                         /* own: which; zeros: the other's, or met by involvement alone */
    bool by_involvement;                         /* no signal: it helps the person */
    bool live;                                   /* a signal that has not ended */
    bool ended;                                  /* it has, and that waits for its place in the history */
    bool told;                                   /* the person knows of it */
    char basis[CODE_MAX + 1];                    /* "" by involvement alone */
    struct date until;                           /* not set: by involvement */
    struct signal_contact contact;               /* gone with its signal */
    char roles[MEETING_ROLES_MAX][CODE_MAX + 1]; /* of the other side, who may see the contact */
    size_t role_count;
};

struct meeting {
    struct oin peer; /* own: within one node */
    struct ident subject;
    enum meeting_side own;
    bool via_household;
    enum meeting_state state;
    bool has_lead;
    enum meeting_side lead;
    struct signal_contact lead_contact; /* who calls */
    struct date met;
    struct date closed; /* not set: it is not */
    bool quiet;         /* its people know that nothing can be exchanged with the other now */
    bool replaced;      /* closed by this node, though the other orders: his events only make the history longer */
    struct meeting_half halves[MEETING_SIDES];
    struct thread_head head; /* of its events */
    /* Proposals of this side under way: the last, and whether one waits. */
    bool under_way;
    enum meeting_step proposed;
    struct ident proposal;
};

/* The same whichever is named first. */
struct ident meeting_id(const struct oin *a, const struct ident *a_spoor, const struct oin *b,
                        const struct ident *b_spoor);
enum meeting_side meeting_side_of(const struct oin *own, const struct oin *peer);
enum meeting_side meeting_other(enum meeting_side side);
bool meeting_writes(const struct meeting *meeting); /* this node orders its events */

/* Event 1, `ontmoet`, is the same at both by reckoning, so that it needs no message. */
void meeting_begin(struct meeting *meeting, const struct ident *id, struct thread_event *first);
enum thread_side meeting_thread_side(enum meeting_side side);
enum meeting_side meeting_side_in(enum thread_side side);

/* May this side make the step now? */
MUST_USE enum result meeting_may(const struct meeting *meeting, enum meeting_step step, enum meeting_side side,
                                 struct error *err);
/* Makes it. `contact` goes with MEETING_TAKE_LEAD, else NULL; `today` is the day of its closing. The end of a side's last
 * signal takes its contact away, and closes the match when the other side has no live signal either. A closed match keeps no
 * contact but that of its lead. */
MUST_USE enum result meeting_apply(struct meeting *meeting, enum meeting_step step, enum meeting_side side,
                                   const struct signal_contact *contact, const struct date *today, struct error *err);
/* A newer match about the same person stands in its place; at the side that does not order, before it hears so. */
void meeting_replace(struct meeting *meeting, const struct date *today);
/* What that side brought in of a person goes at once; also before its end has a place in the history (`ended`). */
void meeting_forget(struct meeting *meeting, enum meeting_side side);
void meeting_end_waits(struct meeting *meeting, enum meeting_side side);

/* What a user hears of it. A signaleerder only who will call him, once a lead stands. */
enum meeting_view { VIEW_NOTHING, VIEW_CALLER, VIEW_ALL };
enum meeting_view meeting_view(const struct meeting *meeting, bool may_meet);
/* The other side's contact: for these role words only, and while its signal lives. */
bool meeting_shows_contact(const struct meeting *meeting, const char *const *roles, size_t count);

void meeting_encode(const struct meeting *meeting, struct buf *out);
MUST_USE enum result meeting_decode(struct slice bytes, struct meeting *out, struct error *err);

#endif
