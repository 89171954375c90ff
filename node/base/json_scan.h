/*
 * json_scan.h - the strict scan before cJSON sees a byte. Private to base.
 */
#ifndef KETENBRUG_BASE_JSON_SCAN_H
#define KETENBRUG_BASE_JSON_SCAN_H

#include "base/fault.h"
#include "base/slice.h"

/* RFC 8259 grammar and RFC 3629 UTF-8, JSON_DEPTH_MAX, no \u0000, no lone surrogates, nothing after the value. */
MUST_USE enum result json_scan(struct slice text, struct error *err);

/* Scans again, for a fault that only the tree shows: fails with `why` at the place of the member name that has
 * `names_before` others before it in the text. */
MUST_USE enum result json_scan_refuse_name(struct slice text, size_t names_before, const char *why, struct error *err);

#endif
