/*
 * faults.h - faults that can be built into a run (--break), to see that the model finds them; and what happened in it.
 *
 * Thread: any; pure.
 */
#ifndef KETENBRUG_MODEL_FAULTS_H
#define KETENBRUG_MODEL_FAULTS_H

#include "world.h"

/*    fault                     on the command line */
#define BREAK_TABLE(X)                                                                                                 \
    X(BREAK_NONE, "none")                                                                                              \
    X(BREAK_KEY_ORDER, "key-order")                 /* messages of one key side by side */                             \
    X(BREAK_ACK_BEFORE_COMMIT, "ack-before-commit") /* the answer leaves before what it tells of is on disk */         \
    X(BREAK_NOT_IDEMPOTENT, "not-idempotent")       /* what came twice is done twice */                                \
    X(BREAK_TRIES_LATE, "tries-late")               /* that it was tried is not on disk when it leaves */              \
    X(BREAK_LINE_DROPS_ONE, "line-drops-one")       /* a line that begins to wait loses a message */                   \
    X(BREAK_LOST_UPDATE, "lost-update")             /* a row is replaced that changed since it was read */             \
    X(BREAK_POST_APART, "post-apart")               /* the message is not in the commit of what it tells of */         \
    X(BREAK_TAKES_GAP, "takes-gap")                 /* an event is taken before the one before it */                   \
    X(BREAK_AFTER_END, "after-end")                 /* a step is taken in an end */                                    \
    X(BREAK_REMINDS_TWICE, "reminds-twice")         /* that a term was told of is not kept */                          \
    X(BREAK_NO_TOMBSTONE, "no-tombstone")           /* the end of a signal that did not come yet is forgotten */       \
    X(BREAK_MATCH_UNSORTED, "match-unsorted")       /* each side puts itself first in the match id */                  \
    X(BREAK_SENT_AFTER_END, "sent-after-end")       /* a signal leaves after it was withdrawn */                       \
    X(BREAK_CONTACT_STAYS, "contact-stays")         /* the contact data of an ended signal */                          \
    X(BREAK_STALE_SET, "stale-set")                 /* a set that did not come is read as an empty one */

enum break_name {
#define X(name, word) name,
    BREAK_TABLE(X)
#undef X
        BREAK_COUNT
};

/*    what happened             in the line that ends a run */
#define HAPPENED_TABLE(X)                                                                                              \
    X(HAPPENED_TASK, "tasks")                                                                                          \
    X(HAPPENED_EVENT, "events")                                                                                        \
    X(HAPPENED_LAPSED, "lapsed")                                                                                       \
    X(HAPPENED_REFUSED, "refused")                                                                                     \
    X(HAPPENED_CONFIRMED, "confirmed")                                                                                 \
    X(HAPPENED_KEPT, "kept_answers")                                                                                   \
    X(HAPPENED_GAP, "gaps")                                                                                            \
    X(HAPPENED_STUCK, "stuck")                                                                                         \
    X(HAPPENED_CRASH, "crashes")                                                                                       \
    X(HAPPENED_TERM, "terms")                                                                                          \
    X(HAPPENED_SIGNAL, "signals")                                                                                      \
    X(HAPPENED_SENT, "signals_sent")                                                                                   \
    X(HAPPENED_MET, "met")                                                                                             \
    X(HAPPENED_ENDED, "ended")                                                                                         \
    X(HAPPENED_CANCELLED, "cancelled")

enum happened {
#define X(name, word) name,
    HAPPENED_TABLE(X)
#undef X
        HAPPENED_COUNT
};

const char *fault_word(int fault);
bool fault_parse(const char *word, int *out);
const char *happened_word(int what);

static inline bool faulty(const struct world *world, enum break_name fault)
{
    return world->broken == (uint8_t)fault;
}

#endif
