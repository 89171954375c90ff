/*
 * consult_ask.h - POST /v1/raadplegingen on the desk listener: a professional asks the partners about people.
 */
#ifndef KETENBRUG_API_CONSULT_ASK_H
#define KETENBRUG_API_CONSULT_ASK_H

#include "http/server.h"

void consult_ask(struct http_request *request, void *ctx); /* ctx: struct api */

#endif
