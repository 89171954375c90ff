/*
 * delivery.h - what may be sent to a partner now, and what an answer means: the rules of delivery as a value.
 *
 * Does:      a line of messages to one partner, of which a window lies here: messages with one key go strictly one after
 *            another, a later one when the earlier is confirmed; different keys side by side, OUTBOX_PER_PARTNER, in order
 *            of entry; those of the urgent lane first. Without an answer the whole line waits, longer after each failure,
 *            and then sends one message as a probe; the rest follows when that one was answered. What the partner refuses
 *            is stuck and holds its own key only.
 * Does not:  store, send, read a clock or draw a random number: the caller gives both, and loads the window in order of
 *            entry, lane by lane. Order and being stuck hold within a lane: what is urgent waits for nothing that is not.
 * Bounds:    OUTBOX_WINDOW entries, of which the urgent lane has a quarter to itself; OUTBOX_STUCK_MAX stuck keys, past
 *            which the line waits as if nobody answered: who refuses that much refuses all, and a person is to look.
 * Ownership: a plain value. Thread: any; pure. Times: ms since 1970.
 */
#ifndef KETENBRUG_DOMAIN_DELIVERY_H
#define KETENBRUG_DOMAIN_DELIVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/ident.h"
#include "base/limits.h"

enum delivery_lane { DELIVERY_URGENT, DELIVERY_USUAL, DELIVERY_LANE_COUNT };

/* How a try ended, as far as the network tells. */
enum delivery_answer {
    DELIVERY_SILENCE,   /* no answer that can be read */
    DELIVERY_ANSWERED,  /* with a status, and no receipt of ours to keep */
    DELIVERY_RECEIPTED, /* 200 with the partner's receipt */
};

enum delivery_verdict {
    DELIVERY_DONE,  /* confirmed */
    DELIVERY_STUCK, /* refused: tried again only when a person says so */
    DELIVERY_ALONE, /* this message comes later, the line goes on */
    DELIVERY_ALL,   /* the line waits */
};

enum delivery_verdict delivery_verdict(enum delivery_answer answer, int status);

/* How long to wait after so many tries in a row: OUTBOX_FIRST_MS, doubled for each, at most OUTBOX_LONGEST_MS; up to a
 * quarter less, so that what failed together does not come together. */
int64_t delivery_backoff(uint32_t tries, uint32_t random);

struct delivery_entry {
    struct ident id;
    struct ident key; /* what must stay in order */
    uint64_t place;   /* in the order of entry: unique, higher is later */
    int64_t next_ms;  /* not before */
    uint32_t tries;   /* since it was loaded */
    uint32_t
        resent; /* how often all that the partner said to miss was sent and confirmed, and it was refused all the same */
    uint8_t lane; /* enum delivery_lane */
    bool behind;  /* another of its key comes first */
    bool under_way;
    bool probe;
};

struct delivery_key { /* held by a message that is stuck */
    struct ident key;
    uint8_t lane;
};

struct delivery_line {
    struct delivery_entry entries[OUTBOX_WINDOW]; /* in order of place */
    struct delivery_key stuck[OUTBOX_STUCK_MAX];  /* in no order */
    size_t count;
    size_t under_way;
    size_t stuck_count;
    uint32_t failures; /* in a row */
    int64_t resume_ms; /* the line waits until then */
    bool probing;      /* one at a time until one is answered: also at a start */
};

void delivery_line_init(struct delivery_line *line);
/* How many more entries of this lane the window takes. */
size_t delivery_line_room(const struct delivery_line *line, enum delivery_lane lane);
/* As read: id, key, place, lane. One that is here already, or whose key is stuck, is taken and changes nothing. False: no
 * room. */
bool delivery_line_add(struct delivery_line *line, const struct delivery_entry *entry);
/* What is to be started now, urgent first; NULL: nothing. Borrowed until the line changes. */
const struct delivery_entry *delivery_line_next(const struct delivery_line *line, int64_t now_ms);
void delivery_line_started(struct delivery_line *line, const struct ident *id);
/* Its end. What is stuck leaves the window, with those behind it: they are read again once it is not. */
void delivery_line_settled(struct delivery_line *line, const struct ident *id, enum delivery_verdict verdict,
                           int64_t now_ms, uint32_t random);
/* It is not there any more (its thread was taken back): whatever its state. */
void delivery_line_forget(struct delivery_line *line, const struct ident *id);
/* The partner shows itself: one that waits waits at most OUTBOX_FIRST_MS more. */
void delivery_line_wake(struct delivery_line *line, int64_t now_ms, uint32_t random);
/* A stuck message was read: its key is held. False: too many are. */
bool delivery_line_stick(struct delivery_line *line, const struct ident *key, enum delivery_lane lane);
/* It is to be tried again; the caller reads the line from the start. */
void delivery_line_unstick(struct delivery_line *line, const struct ident *key, enum delivery_lane lane);
bool delivery_line_is_stuck(const struct delivery_line *line, const struct ident *key, enum delivery_lane lane);

/* A message that comes in: `kept` is the hash under which this partner's request id was answered before; NULL: never. */
enum incoming_verdict { INCOMING_NEW, INCOMING_AGAIN, INCOMING_OTHER };
enum incoming_verdict incoming_verdict(const struct sha256 *kept, const struct sha256 *now);

#endif
