/*
 * json_scan.h - the strict scan before cJSON sees a byte. Private to base.
 */
#ifndef KETENBRUG_BASE_JSON_SCAN_H
#define KETENBRUG_BASE_JSON_SCAN_H

#include "base/fault.h"
#include "base/slice.h"

/* RFC 8259 grammar and RFC 3629 UTF-8, JSON_DEPTH_MAX, no \u0000, no lone surrogates, nothing after the value. */
MUST_USE enum result json_scan(struct slice text, struct error *err);

#endif
