/*
 * imports.h - POST /v1/importen on the desk: a batch of rows from the organisation's own source system.
 *
 * A row is a person, one involvement, and perhaps the household by its key in the source. A person is found by BSN (or
 * source key), an involvement and a household by source key: the same row twice changes nothing. A batch is one commit;
 * each person gets a log record.
 */
#ifndef KETENBRUG_API_IMPORTS_H
#define KETENBRUG_API_IMPORTS_H

#include "http/server.h"

void imports_add(struct http_request *request, void *ctx);

#endif
