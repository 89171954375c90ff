/*
 * tasks.h - tasks between organisations: given and followed at one node, received and done at another.
 *
 * Desk:  POST /v1/opdrachten              gives one, or keeps it as a draft
 *        GET  /v1/opdrachten              lists them, without people
 *        GET  /v1/opdrachten/{id}         shows one with its history; a look that is recorded
 *        POST /v1/opdrachten/stappen/{id} makes a step
 * Peer:  POST /v1/opdrachten                 an opening: who, what, by when
 *        POST /v1/opdrachten/voorstellen     a step of the giver, which this node puts in order
 *        POST /v1/opdrachten/gebeurtenissen  an event of a task that was given here
 *        GET  /v1/opdrachten/sleutel         the key to which people are sealed
 * Does:  puts each change, its record, its notices and what must go to the partner into one commit (incoming.h, outbox.h);
 *        decides by policy/task.h on both sides; holds tasks against terms, covenants and the consent under them.
 * Does not: order events at the giver's node, or deliver: the doer's node does the one (domain/thread.h), the outbox the other.
 * Ownership: tasks_open gives api->tasks; tasks_close when no call is under way. Thread: the loop's.
 */
#ifndef KETENBRUG_API_TASKS_H
#define KETENBRUG_API_TASKS_H

#include "api/api.h"

/* After outbox and cooperation were opened: joins both. */
MUST_USE enum result tasks_open(struct api *api, struct tasks **out, struct error *err);
void tasks_close(struct tasks *tasks); /* NULL is fine */

/* As of the last look at all of them; `known` false: none yet. */
struct tasks_figures {
    bool known;
    uint64_t open;  /* not over, drafts left out */
    uint64_t late;  /* of these, past their deadline */
    uint64_t quiet; /* no covenant with the other now */
    uint64_t stuck; /* refused by the other node */
};
struct tasks_figures tasks_figures(const struct tasks *tasks);
/* Ids of all tasks that are open, and of some that ended since that look or are not committed: a copy, for mem_free. False:
 * they are not known now; `tasks` may be NULL. */
MUST_USE bool tasks_open_ones(const struct tasks *tasks, struct ident **ids, size_t *count);

void tasks_add(struct http_request *request, void *ctx);
void tasks_list(struct http_request *request, void *ctx);
void tasks_show(struct http_request *request, void *ctx);
void tasks_step(struct http_request *request, void *ctx);

void tasks_take(struct http_request *request, void *ctx);
void tasks_take_proposal(struct http_request *request, void *ctx);
void tasks_take_event(struct http_request *request, void *ctx);
void tasks_sealing_key(struct http_request *request, void *ctx);

#endif
