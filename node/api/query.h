/*
 * query.h - the parameters behind the question mark of a request: "vanaf=10&aantal=5".
 *
 * Nothing is decoded: what may stand here is digits and identifiers, never anything personal.
 * Thread: any; pure. Ownership: slices borrow from the query.
 */
#ifndef KETENBRUG_API_QUERY_H
#define KETENBRUG_API_QUERY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

/* The first value with this name; false: none. */
bool query_find(struct slice query, const char *name, struct slice *out);
/* A decimal number; `standard` when it is not named; -1 when it is no number or too large. */
int64_t query_digits(struct slice text); /* the same of a text alone, as in a path */
int64_t query_number(struct slice query, const char *name, int64_t standard);

#endif
