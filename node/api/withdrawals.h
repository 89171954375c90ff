/*
 * withdrawals.h - a partner tells that somebody withdrew: POST /v1/intrekkingen on the peer listener.
 *
 * It is recorded with the person, if he is known here, and in force from the next decision. Known or not, the answer is the
 * same: a receipt for the record that was made. The same message again (by its request-id) is answered so too, and changes
 * nothing.
 */
#ifndef KETENBRUG_API_WITHDRAWALS_H
#define KETENBRUG_API_WITHDRAWALS_H

#include "http/server.h"

void withdrawals_take(struct http_request *request, void *ctx);

#endif
