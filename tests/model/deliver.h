/*
 * deliver.h - the outbox, put together from domain/delivery as node/api does: rows, lines, tries, answers.
 *
 * Does:      posts into the batch of a change; starts what a line lets start, once that it was tried is on disk; reads answers.
 *            What comes from others is for receive.h.
 * Does not:  know what messages say: tasks.h and meet.h have a hook for each kind.
 * Thread:    one.
 */
#ifndef KETENBRUG_MODEL_DELIVER_H
#define KETENBRUG_MODEL_DELIVER_H

#include "rows.h"

/* What a kind does. `row` is the post's, as it was read. */
struct kind {
    enum delivery_lane lane;
    /* Sender: fills what is of this try; false: there is nothing to be sent any more. */
    bool (*build)(struct world *world, int node, const struct out_row *row, struct message *message);
    void (*confirmed)(struct world *world, int node, struct work *work, const struct out_row *row); /* NULL: nothing */
    void (*stuck)(struct world *world, int node, struct work *work, const struct out_row *row);
    /* Sender: the answer 410 ends the thread there, nothing sticks. */
    void (*gone)(struct world *world, int node, struct work *work, const struct out_row *row);
    /* Receiver: the effect and the answer, into the batch. */
    void (*take)(struct world *world, int node, struct work *work);
};

extern const struct kind KINDS[MESSAGE_KINDS];

void deliver_start(struct world *world, int node); /* the process starts: lines are read from the disk */
void deliver_post(struct world *world, int node, struct batch *batch, int partner, const struct ident *key,
                  const struct post *post);
void deliver_wake(struct world *world, int node, const struct work *work); /* what the batch posted, after its commit */
/* Posts of a thread leave the outbox when none was tried or all are stuck; false: some may have left. */
bool deliver_cancel(struct world *world, int node, struct work *work, const struct ident *key);
bool deliver_next(struct world *world, int node, int partner);    /* false: nothing to start */
bool deliver_retry(struct world *world, int node, uint32_t pick); /* a person sends a stuck one again */
bool deliver_silence(struct world *world, int node, int index);   /* a try that is given up */
/* Signals of a partner, the answers to ours and the ends of both read whether there is a match: one at a time. Is one at work? */
bool deliver_meets(const struct node *node, int partner);
/* The network brings a packet; false: not now. */
bool deliver_packet(struct world *world, const struct packet *packet);
struct packet *deliver_send(struct world *world, int from, int to, uint32_t token, const struct message *message);
int deliver_try(struct world *world, int node, int partner, int out, int signal, const struct ident *id); /* -1: full */

#endif
