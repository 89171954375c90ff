/*
 * meet.h - matches, put together from domain/meeting and domain/thread as node/api does: the side with the lower number writes.
 *
 * Thread: one.
 */
#ifndef KETENBRUG_MODEL_MEET_H
#define KETENBRUG_MODEL_MEET_H

#include "deliver.h"

enum { MEETING_STEPS_MAX = 7 }; /* of one side's users, in one match */

bool meet_user_steps(struct world *world, int node, uint32_t pick, enum meeting_step step);
bool meet_looks_at_days(struct world *world, int node); /* signals of the other side that expired */

bool meet_build(struct world *world, int node, const struct out_row *row, struct message *message);
void meet_gone(struct world *world, int node, struct work *work, const struct out_row *row);
void meet_take_proposal(struct world *world, int node, struct work *work);
void meet_take_event(struct world *world, int node, struct work *work);

/* Into the batch: a match of these two spoors, unless there is one. NULL: it is there and closed, or another one
 * stands. Else an older one of the same partner and person is closed. `told`: by the answer to an own signal. */
struct meeting_row *meet_make(struct world *world, int node, struct work *work, int partner, int person,
                              const struct meeting_half *own, const struct meeting_half *theirs, bool told);
/* Into the batch: a signal of that side has ended. */
void meet_ends(struct world *world, int node, struct work *work, int index, enum meeting_side side);
/* The live match of that partner about that person; -1: none. */
int meet_with(const struct disk *disk, int partner, int person);

static inline bool meet_is_live(const struct meeting_row *row)
{
    return row->row.used && !row->replaced && row->meeting.state != MEETING_CLOSED;
}

static inline int meet_event_at(int meeting, unsigned number)
{
    return meeting * EVENTS + (int)number - 1;
}

#endif
