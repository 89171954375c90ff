/*
 * json_where.h - line and column of a place in a JSON text that is named by a JSON Pointer (RFC 6901).
 *
 * Does:      follows the pointer through the text. A step that is not there ends the search at the value that should hold
 *            it: a missing member is shown at the object that misses it. A member is shown at its value.
 * Does not:  know `~0` and `~1` (no name in our documents has `~` or `/`), nor read text that is no JSON: then the place
 *            is the beginning.
 * Lines and columns count from 1; a column is a character. Thread: any; pure; time grows with the text.
 */
#ifndef KETENBRUG_BASE_JSON_WHERE_H
#define KETENBRUG_BASE_JSON_WHERE_H

#include "base/slice.h"

struct json_where {
    unsigned line;
    unsigned column;
};

struct json_where json_where(struct slice json, const char *pointer);

#endif
