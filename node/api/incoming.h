/*
 * incoming.h - what partners and desks send that must have its effect once, however often it comes.
 *
 * In this order: the request-id and the body -> its turn (one at a time per sender and thread) -> was it here before? -> the
 * handler -> its effect, the record and the row that remembers the answer, one commit -> receipt.
 * The same again gets the answer that was kept, with a record and a receipt of its own, and has no effect; another body
 * under an id that is known is refused (409).
 * Ownership: struct incoming is the first member of a handler's call. Thread: the loop's.
 * Faults:    FAULT_BUSY past INCOMING_LINE_MAX, FAULT_CONFLICT for another body under the same id.
 */
#ifndef KETENBRUG_API_INCOMING_H
#define KETENBRUG_API_INCOMING_H

#include "api/api.h"
#include "api/message.h"
#include "base/digest.h"

enum {
    INCOMING_KEY_MAX = USER_NAME_MAX + IDENT_TEXT_SIZE + 8, /* "OIN request-id", or "desk NAAM sleutel" */
    INCOMING_ANSWER_MAX = 1024,                             /* kept, without receipt */
};

struct incoming {
    struct call call; /* incoming_begin sets call.clean; a handler frees its own in `clean` */
    struct record record;
    struct ident thread; /* zeros: none; one at a time per sender and thread */
    char key[INCOMING_KEY_MAX];
    struct sha256 hash; /* of what must be the same when it comes again */
    void (*next)(struct incoming *incoming);
    void (*clean)(struct incoming *incoming); /* may be NULL */
    struct incoming *behind;
    bool in_line, started;
};

/* A partner's: after the body was read and found well formed. `record` names operation, partner and request-id; `stable` are
 * the bytes of the body that a retry must repeat. `next` has the turn until the call ends. */
void incoming_begin(struct incoming *incoming, const struct record *record, const struct ident *thread,
                    struct slice stable, void (*next)(struct incoming *incoming));
/* A step at the own desk, under the key that its user gave (16 bytes in hex, checked before). */
void incoming_desk(struct incoming *incoming, const struct record *record, struct slice key, struct slice stable,
                   void (*next)(struct incoming *incoming));
/* Adds the row and the record to the batch of the effect (*batch NULL: made), commits, and answers with `answer`, a JSON
 * object without receipt; a partner's gets its receipt as last member. */
void incoming_finish(struct incoming *incoming, struct store_batch *batch, int status, struct slice answer);

#endif
