/*
 * log_search.h - finding records of the log by exact value, and one record with all there is to it.
 *
 * A search takes the entries of its most telling term from the search index, the newest record first, opens each record
 * and keeps those that answer to every term and to the period; it opens at most LOG_SEARCH_LOOKED and gives at most
 * LOG_SEARCH_PAGE, and says where a next search goes on. By purpose or partner alone it wants a period. Whatever the
 * index says, a record is shown for what it itself says; what is behind the watermark is not found, and the answer says
 * up to where it looked. Both are recorded before they are answered, a search with its terms.
 * Thread: the loop's; a month of the index and a few records a turn. Faults: 400, 404, 503.
 */
#ifndef KETENBRUG_API_LOG_SEARCH_H
#define KETENBRUG_API_LOG_SEARCH_H

#include "http/server.h"

void log_search(struct http_request *request, void *ctx); /* POST zoekopdrachten */
void log_show(struct http_request *request, void *ctx);   /* GET regels/{id}: a sequence number */

#endif
