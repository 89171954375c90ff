/*
 * thread.h - a history that two nodes share: numbered events, chained, ordered by one of the two.
 *
 * Does:      says what comes next, again, too early, or does not belong to this history; reckons the chain; reads and writes
 *            events for the wire and for the store.
 * Does not:  know what a step means: its number is the place in the table of what the thread is about (task.h, meeting.h).
 * Writer:    one of the two nodes numbers the events from 1 and chains them. The other's steps are proposals, which the
 *            writer's node puts in order, or puts down as lapsed (`vervallen`). So both hold the same chain, or the
 *            other a part of it from the start, and no state ever goes back.
 * Chain:     chain(0) = SHA-256(label | thread id | hash of the opening); chain(n) = SHA-256(chain(n-1) | thread id | n |
 *            step | side | lapsed | moment | proposal | SHA-256(reason, a zero byte, text)). Numbers big endian (n 4 bytes, moment 8);
 *            step, side, lapsed one byte each. Tables of steps grow at their end only: they are part of the protocol.
 * Ownership: value types; an event's text is borrowed from what it was read from. It may be personal: wipe what holds it.
 * Thread:    any; pure. Faults: FAULT_STORE for stored bytes that are none; FAULT_INVALID in the list.
 */
#ifndef KETENBRUG_DOMAIN_THREAD_H
#define KETENBRUG_DOMAIN_THREAD_H

#include "base/buf.h"
#include "base/digest.h"
#include "base/fault.h"
#include "base/ident.h"
#include "base/json.h"
#include "base/limits.h"
#include "policy/covenant.h"

/*    side            on the wire: whose step it is */
#define THREAD_SIDE_TABLE(X)                                                                                           \
    X(THREAD_WRITER, "schrijver")                                                                                      \
    X(THREAD_OTHER, "ander")

enum thread_side {
#define X(side, word) side,
    THREAD_SIDE_TABLE(X)
#undef X
        THREAD_SIDE_COUNT
};

const char *thread_side_word(enum thread_side side);

struct thread_event {
    uint32_t number; /* from 1; 0: a proposal that is not in order yet, or a local step */
    uint8_t step;
    enum thread_side side;
    bool lapsed;           /* it came when it could not be taken any more */
    int64_t moment_ms;     /* by the writer's clock, whole seconds */
    struct ident proposal; /* that it answers; zeros: none */
    char reason[CODE_MAX + 1];
    struct slice text; /* at most THREAD_CONTENT_MAX bytes, printable */
    struct sha256 chain;
    /* Not in the chain; each node its own. */
    char user[USER_NAME_MAX + 1]; /* own user who made the step; "" none */
    int64_t delivered_ms;         /* the other node confirmed it; 0: not yet */
};

/* What was taken of a thread. */
struct thread_head {
    uint32_t number;
    struct sha256 chain;
};

void thread_begin(const char *label, const struct ident *id, const struct sha256 *opening, struct sha256 *out);
void thread_chain(const struct sha256 *prev, const struct ident *id, const struct thread_event *event,
                  struct sha256 *out);

enum thread_verdict {
    THREAD_NEXT,
    THREAD_AGAIN,
    THREAD_GAP,   /* one before it is missing */
    THREAD_FORKED /* another event has this number, or it does not follow from what is here */
};

/* `kept`: the chain under which the event of that number is kept here; NULL: none is. Asked for when the number is below
 * head's only. */
enum thread_verdict thread_take(const struct thread_head *head, const struct sha256 *kept, const struct ident *id,
                                const struct thread_event *event);

/* Says this event of the writer's what the other proposed? Step, reason and text; when it came it may have lapsed. */
bool thread_answers(const struct thread_event *event, const struct thread_event *proposed);

void thread_event_encode(const struct thread_event *event, struct buf *out);
/* `steps`: the step is below it. */
MUST_USE enum result thread_event_decode(struct slice bytes, unsigned steps, struct thread_event *out,
                                         struct error *err);

/* On the wire: {"nummer","stap","van","tijd","voorstel"?,"reden"?,"tekst"?,"vervallen"?,"keten"}. */
void thread_event_write(struct json_writer *w, const char *name, const struct thread_event *event, const char *step);
typedef bool thread_step_fn(struct slice word, uint8_t *out);
/* `out` is worth nothing when a fault was added; its text borrows from the JSON. `pointer` is the event's own place. */
void thread_event_read(const struct json *json, const char *pointer, thread_step_fn *step_of, struct thread_event *out,
                       struct fault_list *faults);
/* Printable, lines too: what a person wrote to a person. */
bool thread_text_ok(struct slice text);

#endif
