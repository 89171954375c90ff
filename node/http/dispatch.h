/*
 * dispatch.h - from a complete header block to a handler, or to a refusal.
 * Thread: the loop's.
 */
#ifndef KETENBRUG_HTTP_DISPATCH_H
#define KETENBRUG_HTTP_DISPATCH_H

#include "http/request.h"

void dispatch_headers(struct http_request *request); /* request->body_open is set */
void dispatch_data(struct http_request *request, struct slice piece);
void dispatch_body_end(struct http_request *request);
void dispatch_slow_body(struct http_request *request);

#endif
