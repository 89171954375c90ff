/*
 * matching_desk.h - desk: how private matching stands here, and in whose sets a person stands and stood.
 *
 * GET /v1/koppeling: sets published and held, quota that partners used, evaluations held against tests, how many findings
 * there are. Numbers of organisations and purposes; nothing of a person.
 * POST /v1/koppeling/inzagen: for the privacy officer, about one person, recorded (RECORD_SET_OPENED): at most
 * MATCH_OPEN_MAX sets in which he stands, with proof, and as many in which he stood; matching_open.c.
 */
#ifndef KETENBRUG_API_MATCHING_DESK_H
#define KETENBRUG_API_MATCHING_DESK_H

#include "http/server.h"

void matching_show(struct http_request *request, void *ctx);
void matching_open(struct http_request *request, void *ctx);

#endif
