/*
 * message.h - one message of the outbox as a value, and as stored bytes.
 *
 * Ownership: the body is borrowed: on decoding from the bytes. It may hold personal data until it was confirmed; then
 *            body and number are gone. Thread: any; pure. Faults: FAULT_STORE for stored bytes that are none.
 */
#ifndef KETENBRUG_API_MESSAGE_H
#define KETENBRUG_API_MESSAGE_H

#include "base/bsn.h"
#include "base/buf.h"
#include "base/fault.h"
#include "base/ident.h"
#include "base/oin.h"
#include "peer/peer.h"

/* Stored by place: new kinds come at the end.
 *    kind                      word                        route of the receiver                  goes before what waits */
#define MESSAGE_KIND_TABLE(X)                                                                                          \
    X(MESSAGE_WITHDRAWAL, "intrekking", "/v1/intrekkingen", true)                                                      \
    X(MESSAGE_TASK_OPEN, "opdracht", "/v1/opdrachten", false)                                                          \
    X(MESSAGE_TASK_PROPOSAL, "opdracht-voorstel", "/v1/opdrachten/voorstellen", false)                                 \
    X(MESSAGE_TASK_EVENT, "opdracht-gebeurtenis", "/v1/opdrachten/gebeurtenissen", false)                              \
    X(MESSAGE_MEETING_PROPOSAL, "match-voorstel", "/v1/matches/voorstellen", false)                                    \
    X(MESSAGE_MEETING_EVENT, "match-gebeurtenis", "/v1/matches/gebeurtenissen", false)                                 \
    X(MESSAGE_SIGNAL_END, "zorgsignaal-einde", "/v1/zorgsignalen/beeindigingen", true)

enum message_kind {
#define X(kind, word, path, ahead) kind,
    MESSAGE_KIND_TABLE(X)
#undef X
        MESSAGE_KIND_COUNT
};

const char *message_kind_word(enum message_kind kind);
const char *message_path(enum message_kind kind);
bool message_goes_ahead(enum message_kind kind); /* before what waits for that partner under other keys */

#define MESSAGE_STATE_TABLE(X)                                                                                         \
    X(MESSAGE_WAITING, "wachtend")                                                                                     \
    X(MESSAGE_CONFIRMED, "bevestigd")                                                                                  \
    X(MESSAGE_STUCK, "vastgelopen")

enum message_state {
#define X(state, word) state,
    MESSAGE_STATE_TABLE(X)
#undef X
        MESSAGE_STATE_COUNT
};

const char *message_state_word(enum message_state state);

struct message {
    enum message_kind kind;
    enum message_state state;
    struct oin partner;
    struct ident subject; /* own id of whom it is about; zeros: not known here, or about nobody */
    struct bsn person;    /* while it waits, for the record of each try */
    int64_t created_ms;
    int64_t settled_ms; /* confirmed or refused; 0: not yet */
    int64_t next_ms;    /* not tried before */
    uint32_t tries;
    enum peer_outcome_kind outcome; /* of the last try */
    uint16_t status;                /* HTTP, of the last try; 0: none */
    struct slice body;              /* a JSON object */
};

void message_encode(const struct message *message, struct buf *out);
MUST_USE enum result message_decode(struct slice bytes, struct message *out, struct error *err);

#endif
