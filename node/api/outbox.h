/*
 * outbox.h - messages to partners that must arrive: kept until confirmed, tried again, never dropped.
 *
 * Two ways in: outbox_put for withdrawals, which are told beside a fact; outbox_post for steps of tasks and meetings and for
 * the end of a signal, each on the line of its partner.
 * Does:      writes a message into the batch of the change that it tells of, so that there is never one without the other;
 *            delivers it at least once, in order (withdrawals per partner, posts per partner and key: domain/delivery.h),
 *            under an id that stays the same with every try (the receiver knows by it what it already did); waits longer
 *            after each failure, in part at random; goes on after a restart; shows what waits, what was confirmed and what
 *            a partner refused. That a post may have left is durable before it leaves.
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
    /* Posts to one partner with one key arrive in order of entry, each after the other's confirmation. Among those that go
     * ahead (message_goes_ahead) and among the others: what goes ahead waits for no other. */
    struct ident key;
    struct ident subject; /* own id of whom it is about; zeros: nobody, or more than one */
    struct slice body;    /* a JSON object without receipt; empty: the kind builds it at each try */
    bool begins;          /* it begins something new: refused sooner (OUTBOX_NEW_PERCENT) */
};

/* `body` is borrowed until the call returns; err set: it cannot be sent now. FAULT_PEER: for want of an answer of that
 * partner, so that his whole line waits; FAULT_NOT_FOUND: nothing is to be sent any more, and the post goes; FAULT_UNFIT: it
 * cannot be sent as it is, and is stuck as if the partner had said so (422). */
typedef void post_built_fn(void *ctx, struct slice body, const struct error *err);
typedef void post_written_fn(void *ctx, const struct error *err);

/* What a refusal (4xx that cannot pass) comes to, as the kind reads it. */
enum post_refusal {
    POST_STICKS,  /* it waits for a person */
    POST_AGAIN,   /* once more, after a moment: what it was built with is out of date. Each time, so: not for ever */
    POST_SETTLED, /* it has had its answer, and goes; `confirmed` is called with the refusal's body */
};

/* What a kind does about its posts. Each `done` is called exactly once, and may be called before the hook returns; what a
 * batch gets is added before it. A hook that is not there does nothing. */
struct post_kind {
    /* The body, by what holds now: sealing, epoch and covenant are of this try. Records of its own must be durable before
     * `done`. Needed when posts have no body. */
    void (*build)(struct api *api, const struct post *post, struct api_covenant *held, post_built_fn *done, void *ctx);
    /* Adds to the commit of the confirmation, in which the post goes; `answer` is the partner's whole body. FAULT_CONFLICT
     * of that commit: the hook is called again. An error: it is sent again later, and its answer will be the same. */
    void (*confirmed)(struct api *api, const struct post *post, struct slice answer, struct store_batch *batch,
                      post_written_fn *done, void *ctx);
    /* Adds to the commit in which it got stuck, or in which it is seen to wait for OUTBOX_LATE_DAYS (status 0; once): a
     * notice to whom it concerns. */
    void (*stuck)(struct api *api, const struct post *post, int status, struct store_batch *batch,
                  post_written_fn *done, void *ctx);
    /* `answer` is the body of the refusal. Not there: POST_STICKS. */
    enum post_refusal (*refused)(struct api *api, const struct post *post, int status, struct slice answer);
    /* What `confirmed`, `stuck` or a lapse added is durable. */
    void (*settled)(struct api *api, const struct post *post);
    /* Its posts are a thread's events. Should the partner expect an earlier one (425 with `{"verwacht": n}`), those from n
     * on are built and sent again before this one, under request-ids of their own. */
    bool numbered;
    const char *purpose; /* under which the records of its tries stand; NULL: of the node's own administration */
};

/* Once for each kind, before the first tick; `hooks` outlives the outbox. */
void outbox_register(struct outbox *outbox, enum message_kind kind, const struct post_kind *hooks);

/* Into the batch of the change that it tells of. The id, which is also the request-id of each try, is drawn here; that of a
 * post that begins something is its thread's, by which outbox_cancel finds it. Nothing is sent before that batch is
 * committed. FAULT_BUSY at "/ketenpartner" when its line is full, FAULT_TOO_LARGE past OUTBOX_BODY_MAX. */
MUST_USE enum result outbox_post(struct outbox *outbox, struct store_batch *batch, const struct post *post,
                                 struct ident *id, struct error *err);
void outbox_wake(struct outbox *outbox, const struct oin *partner); /* what was posted is committed: send it now */
/* This partner was just seen alive: what waits for him is tried anew at a random moment soon. Any partner; cheap. */
void outbox_alive(struct outbox *outbox, const struct oin *partner);
/* Takes the post that began this thread out, into the batch; only when it was never tried, or is stuck: else *never_tried is
 * false, and nothing is taken out. The commit fails (FAULT_CONFLICT) when it is tried meanwhile. outbox_wake follows. */
MUST_USE enum result outbox_cancel(struct outbox *outbox, struct store_batch *batch, const struct ident *thread,
                                   bool *never_tried, struct error *err);
/* Is there room for one more, or for something new? The error is that of outbox_post. */
MUST_USE enum result outbox_room(struct outbox *outbox, const struct oin *partner, bool begins, struct error *err);

/* What waits, withdrawals too. */
struct outbox_figures {
    size_t waiting;
    size_t stuck;      /* of these */
    int64_t oldest_ms; /* since when the oldest post waits; 0: none */
};
struct outbox_figures outbox_figures(const struct outbox *outbox);

/* ---- desk ---- */

void outbox_list(struct http_request *request, void *ctx);  /* GET /v1/uitgaande-berichten */
void outbox_retry(struct http_request *request, void *ctx); /* POST /v1/uitgaande-berichten/herkansingen */
void message_show(struct json_writer *w, const struct covenant *covenant, const struct ident *id,
                  const struct message *message);

#endif
