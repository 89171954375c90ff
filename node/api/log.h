/*
 * log.h - /v1/logboek on the desk: reading the log, which is itself a record, and checking its tree.
 */
#ifndef KETENBRUG_API_LOG_H
#define KETENBRUG_API_LOG_H

#include "api/api.h"
#include "audit/verify.h"
#include "http/server.h"

enum { LOG_PAGE_MAX = 200, LOG_LEAVES_MAX = 500 };

void log_list(struct http_request *request, void *ctx);   /* GET ?vanaf=N&aantal=M: opened records, oldest first */
void log_head(struct http_request *request, void *ctx);   /* GET stand: size and root of the tree as committed */
void log_leaves(struct http_request *request, void *ctx); /* GET bladeren?vanaf=N: raw leaves, base64 */

/* Opens what can be opened (else the visible part alone; `text` may be NULL), and says how the sealed part is. Only the
 * node can tell whether that still belongs to the visible one, and whether a key that is gone was destroyed. */
enum log_seal log_open_leaf(struct api *api, const struct store_leaf *leaf, struct record *record, struct buf *text);
/* A record as an object: what is visible, and what of the sealed part opens. `name` as in json.h. */
void log_put_leaf(struct call *call, struct json_writer *w, const char *name, const struct store_leaf *leaf);

#endif
