/*
 * checkpoints.h - the own log's promises to others: a checkpoint at fixed times, cosigned by the covenant's witnesses.
 *
 * Does:      signs a checkpoint when the log has grown (or the last grew old), sends it to every witness with a proof from
 *            what that one cosigned before, keeps what came back; learns from the cosignatures' times whether the own
 *            clock is right, and from witnesses that saw a longer log whom to ask for the proof (gossip.h).
 * Does not:  answer as a witness (witness.h).
 * Ownership: checkpoints_open gives, checkpoints_close takes; a round under way ends with the peers' calls.
 * Thread:    the loop's.
 * Faults:    none outward: what fails is tried again at the next time, and shown.
 */
#ifndef KETENBRUG_API_CHECKPOINTS_H
#define KETENBRUG_API_CHECKPOINTS_H

#include "api/api.h"

MUST_USE enum result checkpoints_open(struct api *api, int64_t interval_ms, struct checkpoints **out,
                                      struct error *err);
void checkpoints_close(struct checkpoints *checkpoints); /* no call may be under way; NULL is fine */
void checkpoints_tick(struct checkpoints *checkpoints);  /* to be called each second */

/* How far others can rely on this log. */
struct checkpoints_standing {
    uint64_t size;        /* of the last checkpoint that enough witnesses cosigned; 0: none yet */
    int64_t time_ms;      /* when */
    size_t cosignatures;  /* of the last checkpoint */
    size_t needed;        /* more than half of the witnesses besides this node; 0: the covenant names none */
    size_t witnesses;     /* besides this node */
    int64_t clock_off_ms; /* own clock less the median of the witnesses'; 0 when not enough of them told */
    bool clock_wrong;     /* by more than is accepted */
    bool cut;             /* a witness saw more than there is, or something else */
};

struct checkpoints_standing checkpoints_standing(const struct checkpoints *checkpoints);
/* The last checkpoint with the cosignatures it got, as a signed note; empty: none yet. Borrowed until the loop turns. */
struct slice checkpoints_latest(const struct checkpoints *checkpoints);

/* The own latest checkpoint, as text: to any partner, and at the desk to who may verify the log. */
void checkpoint_show(struct http_request *request, void *ctx);
void checkpoint_show_at_desk(struct http_request *request, void *ctx);
/* Of the covenant in force: more than half of the witnesses besides this node; 0: it names none. */
size_t checkpoints_needed(const struct api *api);
bool checkpoints_clock_wrong(const struct checkpoints *checkpoints);
void checkpoints_accept_clock(struct checkpoints *checkpoints); /* an administrator says that it is right */
/* Whether nothing about people may be answered because of what the witnesses say of this log or this clock. */
bool checkpoints_forbid(const struct checkpoints *checkpoints, struct error *err);

#endif
