/*
 * figures.h - POST /v1/stuurcijfers on the desk: how often was looked in one month, for what, by whom, about what.
 *
 * Does:      one whole month that is over, by UTC as the times of the log are, of which every call gives the same: no
 *            filter, no part and no sum of months, so that no two answers overlap. What fewer than the configured number
 *            of persons stand behind is not told, nor what would give that away (figures_count.h, domain/suppress.h);
 *            with another number configured another answer comes. Recorded (RECORD_FIGURES) before it is told.
 * Does not:  tell of a person, user or case; count a month of which records can no longer be opened.
 * Bounds:    one at a time; FIGURES_SETTLED_MS after the end of the month at the soonest.
 */
#ifndef KETENBRUG_API_FIGURES_H
#define KETENBRUG_API_FIGURES_H

#include "http/server.h"

void figures_make(struct http_request *request, void *ctx);

#endif
