/*
 * signals_wire.h - a signal between two nodes as bytes: what one side brings in, and what the other answers with.
 *
 * A signal is SIGNAL_REQUEST_BYTES long whatever it says. The answer is made by incoming.h, padded to SIGNAL_ANSWER_BYTES:
 * so that unknown, withheld, ended and not met are the same bytes.
 * Thread: any; pure. Ownership: slices borrow from the parsed JSON. Faults: added to the list with their JSON Pointer.
 */
#ifndef KETENBRUG_API_SIGNALS_WIRE_H
#define KETENBRUG_API_SIGNALS_WIRE_H

#include "audit/receipt.h"
#include "base/json.h"
#include "domain/meeting.h"
#include "matching/naming.h"

struct signal_message {
    struct naming subject;
    bool via_household;
    struct slice receipt; /* RECEIPT_TEXT characters */
    struct meeting_half half;
};

/* FAULT_TOO_LARGE when it does not fit; it cannot for what is within its bounds. */
MUST_USE enum result signal_write(const struct signal_message *message, struct buf *out, struct error *err);
void signal_read(const struct json *json, size_t bytes, struct signal_message *out, struct fault_list *faults);

/* `half` NULL: nothing met. */
void signal_answer_write(const struct meeting_half *half, struct buf *out);
struct signal_answer {
    bool met;
    struct meeting_half half;
    char receipt[RECEIPT_TEXT + 1];
};
/* A partner's answer, not trusted. */
MUST_USE enum result signal_answer_read(struct slice body, struct signal_answer *out, struct error *err);

#endif
