/*
 * log_search.h - finding records of the log by exact value, and one record with all there is to it.
 *
 * A search walks through the log (log_walk.h) by its most telling value, the newest record first, and gives those that
 * answer to every value and to the period; it opens at most LOG_SEARCH_LOOKED and gives at most LOG_SEARCH_PAGE, and says
 * where a next search goes on. By purpose or partner alone it wants a period; a period or an outcome alone is refused.
 * What is behind the index's watermark is not found, and the answer says up to where it looked.
 * A record is shown with the reason of its consult, the records of the same consult or request, what proves it, and with
 * ?andereKant=ja what the partner proves of its own. Both are recorded before they are answered, a search with its terms.
 * Thread: the loop's. Faults: 400, 404, 503.
 */
#ifndef KETENBRUG_API_LOG_SEARCH_H
#define KETENBRUG_API_LOG_SEARCH_H

#include "http/server.h"

void log_search(struct http_request *request, void *ctx); /* POST zoekopdrachten */
void log_show(struct http_request *request, void *ctx);   /* GET regels/{id}: a sequence number */

#endif
