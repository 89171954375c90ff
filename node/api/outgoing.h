/*
 * outgoing.h - one post of the outbox as a value, and as stored bytes.
 *
 * A row holds what the post is of, never what it says of whom, but a body that its poster wrote (see outbox.h).
 * Ownership: the body is borrowed: on decoding from the bytes. Thread: any; pure.
 * Faults:    FAULT_STORE for stored bytes that are none.
 */
#ifndef KETENBRUG_API_OUTGOING_H
#define KETENBRUG_API_OUTGOING_H

#include "api/outbox.h"
#include "domain/delivery.h"

struct outgoing {
    struct post post;
    enum message_state state; /* waiting or stuck: what is confirmed is gone */
    bool late_told;           /* that it waits for days, to a person */
    int64_t created_ms;
    uint32_t tries;                 /* that may have left */
    enum peer_outcome_kind outcome; /* of the last of them but the one under way */
    uint16_t status;
};

void outgoing_encode(const struct outgoing *outgoing, struct buf *out);
MUST_USE enum result outgoing_decode(struct slice bytes, struct outgoing *out, struct error *err);

/* The line of a partner's lane, from which its posts hang, as a row: always the same. */
void outgoing_line(const struct oin *partner, enum delivery_lane lane, struct ident *id);
void outgoing_put_line(struct store_batch *batch, const struct oin *partner, enum delivery_lane lane);
MUST_USE enum result outgoing_read_line(struct slice bytes, struct oin *partner, struct error *err);
enum delivery_lane outgoing_lane(enum message_kind kind);

#endif
