/*
 * outbox.h - messages to partners that must arrive: kept until confirmed, tried again, never dropped.
 *
 * Does:      writes a message into the batch of the change that it tells of, so that there is never one without the other;
 *            delivers it at least once, in order per partner, under an id that stays the same with every try (the receiver
 *            knows by it what it already did); waits longer after each failure, in part at random; goes on after a
 *            restart; shows what waits, what was confirmed and what a partner refused.
 * Does not:  know what a message says: its kind names the route, its body is JSON that the caller wrote.
 * States:    wachtend -> bevestigd, or -> vastgelopen when the partner refuses it (4xx). The latter is tried again only
 *            when a person says so; those behind it go on meanwhile, and who it is about is not asked there meanwhile.
 * Records:   each try begins with a durable record, whose receipt goes along; the confirmation is one that holds the
 *            partner's receipt. No receipt, no confirmation.
 * Ownership: outbox_open gives; outbox_close when no call is under way. A delivery counts as a call of the api.
 * Thread:    the loop's. Faults: FAULT_BUSY when OUTBOX_WAITING_MAX wait, FAULT_TOO_LARGE past OUTBOX_BODY_MAX.
 */
#ifndef KETENBRUG_API_OUTBOX_H
#define KETENBRUG_API_OUTBOX_H

#include "api/api.h"
#include "api/message.h"

MUST_USE enum result outbox_open(struct api *api, struct outbox **out, struct error *err);
void outbox_tick(struct outbox *outbox);  /* to be called each second: finds new messages, sends what is due */
void outbox_close(struct outbox *outbox); /* NULL is fine */
size_t outbox_waiting(const struct outbox *outbox);
/* Does a message about this person wait for this partner's confirmation? True from outbox_put on, also when he refused it,
 * after a restart, and as long as the store cannot tell. */
bool outbox_holds(struct outbox *outbox, const struct oin *partner, const struct bsn *person);

/* Into the batch of the change. `about` is the fact that it tells of, which is in the store or earlier in this batch; NULL:
 * none. The id is drawn here. Should the batch not be committed, the message is forgotten when its turn comes. */
MUST_USE enum result outbox_put(struct outbox *outbox, struct store_batch *batch, struct message *message,
                                const struct ident *about, struct ident *id, struct error *err);

void outbox_list(struct http_request *request, void *ctx);  /* GET /v1/uitgaande-berichten */
void outbox_retry(struct http_request *request, void *ctx); /* POST /v1/uitgaande-berichten/herkansingen */
void message_show(struct json_writer *w, const struct covenant *covenant, const struct ident *id,
                  const struct message *message);

#endif
