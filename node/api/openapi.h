/*
 * openapi.h - GET /v1/openapi.json on both listeners: the description of that listener (OpenAPI 3.1), for anyone.
 *
 * The descriptions are the files in openapi/, joined with what both share and made part of the program by embed.cmake.
 * Every answer of the end-to-end tests is held against them; a test compares them with the route tables both ways.
 * Thread: the loop's.
 */
#ifndef KETENBRUG_API_OPENAPI_H
#define KETENBRUG_API_OPENAPI_H

#include "base/slice.h"
#include "http/server.h"

#define OPENAPI_PATH "/v1/openapi.json"

struct slice openapi_peer_text(void);
struct slice openapi_desk_text(void);

void openapi_peer(struct http_request *request, void *ctx);
void openapi_desk(struct http_request *request, void *ctx);

#endif
