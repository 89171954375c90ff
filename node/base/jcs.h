/*
 * jcs.h - the one text that a JSON document has when it is signed: RFC 8785, JSON Canonicalization Scheme.
 *
 * Does:      writes a document that json_parse read: no space, members by the UTF-16 code units of their names
 *            (section 3.2.3), the shortest escapes (3.2.2.2).
 * Does not:  write fractions. Numbers here are integers up to 2^53 - 1, which ECMAScript writes as plain digits
 *            (3.2.2.3); any other is a fault. Nor \u0000 and lone surrogates: json_parse has refused them.
 * Ownership: appends to the caller's buffer. Thread: any. Faults: FAULT_INVALID, FAULT_NO_MEMORY, and the buffer's.
 */
#ifndef KETENBRUG_BASE_JCS_H
#define KETENBRUG_BASE_JCS_H

#include "base/json.h"

MUST_USE enum result jcs_write(const struct json *document, struct buf *out, struct error *err);

#endif
