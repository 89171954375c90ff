/*
 * consult_answer.h - POST /v1/raadplegingen on the peer listener: a partner asks about one person.
 */
#ifndef KETENBRUG_API_CONSULT_ANSWER_H
#define KETENBRUG_API_CONSULT_ANSWER_H

#include "http/server.h"

void consult_answer(struct http_request *request, void *ctx); /* ctx: struct api */

#endif
