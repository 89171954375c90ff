/*
 * outbox.h - messages to partners that must arrive: kept until confirmed, tried again, never dropped.
 *
 * Two ways in: outbox_put for withdrawals, which are told beside a fact; outbox_post for steps of tasks and meetings and for
 * the end of a signal, each on the line of its partner.
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

/* ---- posts ---- */

/* What is posted, as its kind knows it again at each try. */
struct post {
    enum message_kind kind;
    struct oin partner;
    struct ident thread; /* the task, match or signal that it is of */
    uint32_t number;     /* of the event in its thread; 0: not one of a row of events */
    struct ident
        key; /* posts to one partner with one key arrive in order of entry, each after the other's confirmation */
    struct ident subject; /* own id of whom it is about; zeros: nobody, or more than one */
    struct slice body;    /* a JSON object without receipt; empty: the kind builds it at each try */
    bool begins;          /* it begins something new: refused sooner (OUTBOX_NEW_PERCENT) */
};

/* `body` is borrowed until the call returns; err set: nothing can be sent now. FAULT_NOT_FOUND: nothing is to be sent any
 * more, and the post goes. */
typedef void post_built_fn(void *ctx, struct slice body, const struct error *err);
typedef void post_written_fn(void *ctx, const struct error *err);

/* What a kind does about its posts. Each `done` is called exactly once, and may be called before the hook returns. */
struct post_kind {
    /* The body, by what holds now: sealing, epoch and covenant are of this try. */
    void (*build)(struct api *api, const struct post *post, struct api_covenant *held, post_built_fn *done, void *ctx);
    /* Adds to the commit of the confirmation, in which the post goes; `answer` is the partner's whole body. */
    void (*confirmed)(struct api *api, const struct post *post, struct slice answer, struct store_batch *batch,
                      post_written_fn *done, void *ctx);
    /* Adds to the commit in which it got stuck: a notice to whom it concerns. */
    void (*stuck)(struct api *api, const struct post *post, int status, struct store_batch *batch,
                  post_written_fn *done, void *ctx);
    /* The partner expects an earlier number (425): adds the posts from there up to this one, which waits behind them. */
    void (*gap)(struct api *api, const struct post *post, uint32_t expected, struct store_batch *batch,
                post_written_fn *done, void *ctx);
};

/* Once for each kind, before the first tick; `hooks` outlives the outbox, and each of them but build may be NULL. */
void outbox_register(struct outbox *outbox, enum message_kind kind, const struct post_kind *hooks);

/* Into the batch of the change that it tells of. The id, which is also the request-id of each try, is drawn here. Nothing is
 * sent before that batch is committed. FAULT_BUSY at "/ketenpartner" when its line is full, FAULT_TOO_LARGE past
 * OUTBOX_BODY_MAX. */
MUST_USE enum result outbox_post(struct outbox *outbox, struct store_batch *batch, const struct post *post,
                                 struct ident *id, struct error *err);
void outbox_wake(struct outbox *outbox, const struct oin *partner); /* what was posted is committed: send it now */
/* This partner was just seen alive: what waits for him is tried anew at a random moment soon. Any partner; cheap. */
void outbox_alive(struct outbox *outbox, const struct oin *partner);
/* Takes what waits for a thread out, into the batch; only when nothing of it was ever tried, or all of it is stuck: else
 * *never_tried is false and nothing is taken out. */
MUST_USE enum result outbox_cancel(struct outbox *outbox, struct store_batch *batch, const struct ident *thread,
                                   bool *never_tried, struct error *err);
/* Is there room for one more, or for something new? The error is that of outbox_post. */
MUST_USE enum result outbox_room(struct outbox *outbox, const struct oin *partner, bool begins, struct error *err);

/* ---- desk ---- */

void outbox_list(struct http_request *request, void *ctx);  /* GET /v1/uitgaande-berichten */
void outbox_retry(struct http_request *request, void *ctx); /* POST /v1/uitgaande-berichten/herkansingen */
void message_show(struct json_writer *w, const struct covenant *covenant, const struct ident *id,
                  const struct message *message);

#endif
