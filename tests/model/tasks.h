/*
 * tasks.h - tasks, put together from domain/task and domain/thread as node/api does.
 *
 * Each user's step and each message is read from the disk, weighed by the tables of the domain, and written in one batch with
 * what is posted. Thread: one.
 */
#ifndef KETENBRUG_MODEL_TASKS_H
#define KETENBRUG_MODEL_TASKS_H

#include "deliver.h"

enum { TASK_PROPOSALS_MAX = 6, TASK_EVENTS_OWN_MAX = EVENTS - TASK_PROPOSALS_MAX - 2 };

bool task_user_sends(struct world *world, int node, int partner, uint32_t draw); /* a new one, or a draft */
bool task_user_steps(struct world *world, int node, int task, enum task_step step, uint32_t draw);
bool task_user_breaks_off(struct world *world, int node, int task);
bool task_looks_at_terms(struct world *world, int node);
bool task_looks_at_consent(struct world *world, int node);
bool task_forged(struct world *world, int from, int to, uint32_t draw); /* what no honest node would send */

bool task_build(struct world *world, int node, const struct out_row *row, struct message *message);
void task_confirmed(struct world *world, int node, struct work *work, const struct out_row *row);
void task_stuck(struct world *world, int node, struct work *work, const struct out_row *row);
void task_take_opening(struct world *world, int node, struct work *work);
void task_take_proposal(struct world *world, int node, struct work *work);
void task_take_event(struct world *world, int node, struct work *work);

struct ident task_ident(int task);
static inline int task_event_at(int task, unsigned number)
{
    return task * EVENTS + (int)number - 1;
}

#endif
