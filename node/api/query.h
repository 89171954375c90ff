/*
 * query.h - numbers in the query of a request.
 * Thread: any; pure.
 */
#ifndef KETENBRUG_API_QUERY_H
#define KETENBRUG_API_QUERY_H

#include <stdint.h>

#include "base/slice.h"

/* A decimal number under that name; `standard` when it is not named; -1 when it is no number or too large. */
int64_t query_number(struct slice query, const char *name, int64_t standard);

#endif
