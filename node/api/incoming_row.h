/*
 * incoming_row.h - inside incoming*.c and outbox*.c only: what is remembered of a message that came, as a value and as
 * stored bytes; and the line of those that are being handled.
 *
 * Ownership: the answer is borrowed: on decoding from the bytes. Thread: the loop's. Faults: FAULT_STORE.
 */
#ifndef KETENBRUG_API_INCOMING_ROW_H
#define KETENBRUG_API_INCOMING_ROW_H

#include "api/incoming.h"

struct incoming_row {
    struct sha256 hash;
    uint16_t status;
    int64_t until_ms;    /* it is kept */
    struct slice answer; /* without receipt */
};

void incoming_row_encode(const struct incoming_row *row, struct buf *out);
MUST_USE enum result incoming_row_decode(struct slice bytes, struct incoming_row *out, struct error *err);

struct incoming_line {
    struct incoming *first;
    size_t waiting; /* for their turn */
    bool giving;
    /* The sweep: where it is, and when the next begins. */
    struct ident swept;
    bool has_swept;
    bool sweeping;
    int64_t sweep_ms;
};

struct incoming_line *incoming_line(struct api *api); /* NULL: no memory */
void incoming_close(struct api *api);

#endif
