/*
 * log.h - /v1/logboek on the desk: reading the log, which is itself a record, and checking its tree.
 */
#ifndef KETENBRUG_API_LOG_H
#define KETENBRUG_API_LOG_H

#include "http/server.h"

enum { LOG_PAGE_MAX = 200, LOG_LEAVES_MAX = 500 };

void log_list(struct http_request *request, void *ctx);   /* GET ?vanaf=N&aantal=M: opened records, oldest first */
void log_head(struct http_request *request, void *ctx);   /* GET stand: size and root of the tree as committed */
void log_leaves(struct http_request *request, void *ctx); /* GET bladeren?vanaf=N: raw leaves, base64 */

#endif
