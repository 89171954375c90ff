/*
 * imports.h - POST /v1/importen on the desk: a batch of rows from one of the organisation's own source systems; and
 * POST /v1/importen/afsluitingen: what a full export did not name has ended.
 *
 * A row is a person, one involvement, and perhaps the household by its key in the source. A person is found by BSN, or
 * without one by source and key: who gets a number later stays the same person, and a number that the source corrects is
 * another person, to whom the involvement moves. An involvement and a household are found by source and key. The same row twice changes nothing:
 * what is unchanged is not written. The source is right: what was changed here by hand is as the source says after the
 * next import; authority that was recorded by hand stays. Of two rows with one key the last counts.
 *
 * A batch is one commit: each person added or changed gets a log record, all that stayed as they were together one. A
 * row that cannot be kept is named in the answer; the others are kept. A trial writes its record and nothing else.
 * Parsing and checking run on a worker; looking up and sealing on the loop, IMPORT_SLICE_ROWS rows a turn, so that
 * nobody else waits for an import.
 */
#ifndef KETENBRUG_API_IMPORTS_H
#define KETENBRUG_API_IMPORTS_H

#include "http/server.h"

void imports_add(struct http_request *request, void *ctx);
void imports_close(struct http_request *request, void *ctx); /* import_close.c */

#endif
