/*
 * incoming.h - what partners and desks send that must have its effect once, however often it comes.
 *
 * In this order: the request-id and the body -> its turn (one at a time per sender and thread) -> was it here before? -> the
 * handler -> its effect, the record and the row that remembers the answer, one commit -> receipt.
 * The same again gets the answer that was kept, with a record and a receipt of its own, and has no effect; another body
 * under an id that is known is refused (409).
 * Ownership: struct incoming is the first member of a handler's call. Thread: the loop's.
 * The same while it is being handled: 425, which makes the sender's line wait for nothing else.
 * Faults:    FAULT_BUSY past INCOMING_LINE_MAX of one sender, FAULT_CONFLICT for another body under the same id.
 */
#ifndef KETENBRUG_API_INCOMING_H
#define KETENBRUG_API_INCOMING_H

#include "api/api.h"
#include "api/message.h"
#include "base/digest.h"

enum {
    INCOMING_KEY_MAX = USER_NAME_MAX + IDENT_TEXT_SIZE + 8, /* "OIN request-id", or "desk NAAM sleutel" */
    INCOMING_ANSWER_MAX = 1024,                             /* kept, without receipt */
    INCOMING_TRIES = 4,                                     /* of one whose ground changed meanwhile; see `anew` */
};

struct incoming {
    struct call call; /* made by incoming_open, which sets call.clean; a handler frees its own in `clean` */
    struct record record;
    uint8_t receipt[RECEIPT_BYTES]; /* the sender's; see incoming_sender */
    struct slice text;              /* of the record; borrowed until incoming_finish returns */
    struct ident thread;            /* zeros: none; one at a time per thread, whoever sends */
    size_t answer_bytes;            /* of every answer, padded (`opvulling`); 0: as long as it is */
    struct record again;            /* as it was at the beginning: for when it was here before */
    char key[INCOMING_KEY_MAX];
    struct sha256 hash; /* of what must be the same when it comes again */
    bool from_desk;
    bool is_again; /* it is being answered as before */
    void (*next)(struct incoming *incoming);
    void (*clean)(struct incoming *incoming); /* may be NULL */
    /* What the effect replaces changed before its commit: makes the handler's own as it was before `next`, which is called
     * again, by what is there now. NULL: refused at once. */
    void (*anew)(struct incoming *incoming);
    unsigned tries; /* that came to nothing */
    struct incoming *behind;
    bool in_line, started, waited;
    struct store_place place; /* of the record */
    int status;
};

/* As call_begin, of a struct whose first member is a struct incoming. `clean` may be NULL. */
struct incoming *incoming_open(struct api *api, struct http_request *request, size_t size,
                               void (*clean)(struct incoming *incoming));
/* A partner's: fills `record` (operation, partner, request-id) and the receipt that its body holds at `ontvangstbewijs`,
 * which the handler's table of fields names (JSON_TEXT, RECEIPT_TEXT). Adds what does not hold to `faults`; a wrong clock
 * too. To be called when the body was found well formed. */
void incoming_sender(struct incoming *incoming, const struct json *body, enum record_operation operation,
                     struct record *record, struct fault_list *faults);
/* Writes the body without members of these names, at any depth, into `out`: what a retry must repeat. */
void incoming_stable(const struct json *body, const char *const *left_out, size_t count, struct buf *out);

/* A partner's: after the body was read and found well formed. `record` names operation, partner and request-id; `stable` are
 * the bytes of the body that a retry must repeat. `next` has the turn until the call ends; it may change incoming->record,
 * which incoming_finish writes. `thread` may be NULL. */
void incoming_begin(struct incoming *incoming, const struct record *record, const struct ident *thread,
                    struct slice stable, void (*next)(struct incoming *incoming));
/* The same of a body in which all must be repeated but the receipt. */
void incoming_begin_body(struct incoming *incoming, const struct record *record, const struct ident *thread,
                         const struct json *body, void (*next)(struct incoming *incoming));
/* A step at the own desk, under the key that its user gave (16 bytes in hex, checked before). incoming->thread may be set
 * before: its turn is then among what partners send of that thread. */
void incoming_desk(struct incoming *incoming, const struct record *record, struct slice key, struct slice stable,
                   void (*next)(struct incoming *incoming));
/* Adds the row and the record (incoming->record) to the batch of the effect (NULL: made), commits, and answers with
 * `answer`, a JSON object without receipt of at most INCOMING_ANSWER_MAX bytes; a partner's gets its receipt behind it.
 * When what the effect replaces changed meanwhile, INCOMING_TRIES times for who has `anew`: 425, to be sent again; at the
 * desk 409. */
void incoming_finish(struct incoming *incoming, struct store_batch *batch, int status, struct slice answer);

/* These end a partner's call; `record` is what it would have had otherwise. */
void incoming_refuse(struct incoming *incoming, const struct record *record, enum fault fault, const char *where,
                     const char *what);
/* An event of a thread (domain/thread.h) before which one is missing here: FAULT_EARLY, and from which number the sender is to
 * send again. */
void incoming_refuse_early(struct incoming *incoming, const struct record *record, uint32_t expected);

/* To be called each second: forgets, in slices, what came too long ago. */
void incoming_sweep(struct api *api);

#endif
