/*
 * samples.h - records of the log drawn by chance for the officer or the FG to look at: each becomes a finding of its own.
 *
 * Does:      goes through the records of a period in an order by chance (base/shuffle.h), opens LOG_WALK_RECORDS of them at
 *            most, and takes the first looks at people that answer to what was named; records the seed and from how many
 *            was drawn, so that a sample can be told from a choice.
 * Does not:  draw a record again that was drawn that day.
 * Period:    days in UTC, as the times of the log; its records are those from the first at that time on. Where the clock
 *            ran back between, records are judged by their own time as well.
 * Ownership, thread: the call's, the loop's. Faults: 400, 403, 409 (too many findings open), 503.
 */
#ifndef KETENBRUG_API_SAMPLES_H
#define KETENBRUG_API_SAMPLES_H

#include "http/server.h"

void samples_draw(struct http_request *request, void *ctx); /* POST /v1/logboek/steekproeven */

#endif
