/*
 * log_simulate.h - POST /v1/logboek/simulaties on the desk: which consults of the logged past a draft covenant would answer
 * otherwise.
 *
 * Does:      decides each logged consult anew from the inputs sealed in its record, under the draft that is the request's
 *            body; tells those that come out otherwise, and those of which that cannot be known, with the reason. The
 *            simulation is itself a record.
 * Does not:  know what partners would answer: of what this node asked it tells only whether it could still be asked.
 * Bounds:    SIMULATE_RECORDS records and SIMULATE_LISTED findings in one answer; `verder` says where to go on. The draft is
 *            read on a worker thread, the log some records a turn, so that no loop waits.
 * Thread:    the loop's. Faults: as a desk call; 400 for a draft with faults, or one that does not name this organisation.
 */
#ifndef KETENBRUG_API_LOG_SIMULATE_H
#define KETENBRUG_API_LOG_SIMULATE_H

struct http_request;

void log_simulate(struct http_request *request, void *ctx); /* ?vanaf=N&van=JJJJ-MM-DD&tot=JJJJ-MM-DD */

#endif
