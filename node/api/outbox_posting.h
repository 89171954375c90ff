/*
 * outbox_posting.h - inside outbox_try.c and outbox_outcome.c only: one try of a post, from its row to what came of it.
 * Thread: the loop's.
 */
#ifndef KETENBRUG_API_OUTBOX_POSTING_H
#define KETENBRUG_API_OUTBOX_POSTING_H

#include "api/outbox_parts.h"

struct posting {
    struct post_line *line;
    struct api *api;
    struct api_covenant *held; /* in force with the partner; NULL: not looked for yet */
    const struct party *partner;
    const struct post_kind *kind;
    struct post_end end;
    struct buf payload; /* what row.post.body borrows */
    struct outgoing row;
    uint64_t version;
    struct ident parent;
    uint32_t number; /* that is sent now: the row's, or an earlier one that the partner lost */
    bool resumed;
    struct ident request_id;
    struct buf body;
    struct buf answer;
    struct store_batch *batch;
    struct store_place place;
    struct receipt_want want;
    uint8_t theirs[RECEIPT_BYTES];
    int status;
    bool has_receipt;
    unsigned conflicts;
};

void posting_end(struct posting *p, enum delivery_verdict verdict); /* frees it */
void posting_failed(struct posting *p, enum delivery_verdict verdict,
                    const struct error *err);      /* the same, and logs why */
struct post posting_post(const struct posting *p); /* as it is sent now: with the number of this try */
struct record posting_record(const struct posting *p, enum record_operation operation, enum record_outcome outcome);
bool posting_batch(struct posting *p); /* a new one; false: none, and it ended */
void posting_drop(struct posting *p);  /* the batch, with whatever a hook put into it, is not committed */
void posting_put_row(struct posting *p, uint64_t version);

void posting_build(struct posting *p); /* its body, and then it goes */
void posting_answered(void *ctx, const struct peer_outcome *outcome);
void posting_refuse(struct posting *p); /* as p->status and p->answer say */

#endif
