/*
 * withdrawals.h - a partner tells that somebody withdrew: POST /v1/intrekkingen on the peer listener.
 *
 * It is recorded with the person, if he is known here, and in force from the next decision. Known or not, the answer is the
 * same: a receipt for the record that was made. The same message again (by its request-id) is answered so too, and changes
 * nothing.
 */
#ifndef KETENBRUG_API_WITHDRAWALS_H
#define KETENBRUG_API_WITHDRAWALS_H

#include "base/bsn.h"
#include "base/json.h"
#include "http/server.h"

/* Whom it is about, by number: to a partner that may use it and has to act on it. Ask keys are for asking. */
#define WITHDRAWAL_PERSON "betrokkene"
void withdrawal_name(struct json_writer *w, const struct bsn *person);
/* Writes `person` only when it is there and valid. */
void withdrawal_named(const struct json *message, struct bsn *person, struct fault_list *faults);

void withdrawals_take(struct http_request *request, void *ctx);

#endif
