/*
 * receipts.h - receipts on both sides of an exchange: signed for what was just committed, checked when they come in.
 *
 * Does:      collects who wants one during a turn of the loop, signs when the turn's events are over for all of them together
 *            that go to one partner, and hands each its own; reads a partner's receipt and tells whether it holds. What two
 *            partners get has no signature, root or path in common: by those they could tell that one consult asked both.
 * Does not:  send or keep them.
 * Ownership: a want is the caller's, and stays until its callback. receipt_desk_open/receipt_desk_close.
 * Thread:    the loop's.
 * Faults:    FAULT_LOG when nothing can be signed: then nothing may be answered.
 */
#ifndef KETENBRUG_API_RECEIPTS_H
#define KETENBRUG_API_RECEIPTS_H

#include "audit/log_identity.h"
#include "base/clock.h"
#include "policy/covenant.h"
#include "store/store.h"

struct uv_loop_s;
struct api;
struct api_covenant;
struct receipt_desk;

struct receipt_want {
    struct receipt_want *next;
    uint64_t sequence;
    struct sha256 leaf_hash;
    struct oin peer; /* whom it goes to */
    /* From the loop, never from inside receipts_want. `receipt` (RECEIPT_BYTES) is borrowed; NULL: why says it. */
    void (*got)(void *ctx, const uint8_t *receipt, const struct error *why);
    void *ctx;
};

/* `identity`, clock and entropy outlive it. */
MUST_USE enum result receipt_desk_open(struct uv_loop_s *loop, const struct log_identity *identity,
                                       const struct clock *clock, const struct entropy *entropy,
                                       struct receipt_desk **out, struct error *err);
void receipt_desk_close(struct receipt_desk *desk); /* the loop must turn once more; NULL is fine */
/* To be called from the callback of the commit. */
void receipts_want(struct receipt_desk *desk, struct receipt_want *want);

/* A partner's receipt as text (base64url), into RECEIPT_BYTES. FAULT_INVALID at `where`: it is none, its time is not
 * now, or this partner's log did not sign it. */
MUST_USE enum result receipt_read(struct api *api, struct api_covenant *held, const struct party *partner,
                                  struct slice text, const char *where, uint8_t out[RECEIPT_BYTES], struct error *err);
/* RECEIPT_TEXT characters, not ended. */
void receipt_write(const uint8_t receipt[RECEIPT_BYTES], char *out);

/* The keys that the covenant names for a party, read once. FAULT_CONFIG when they are none. */
struct party_keys {
    struct note_key log;
    struct note_key witness;
};
MUST_USE enum result party_keys(struct api_covenant *held, const struct party *party, const struct party_keys **out,
                                struct error *err);
void party_keys_drop(struct api_covenant *held);

#endif
