/*
 * notices.h - what the organisation's own people are told: that there is something for them, never what about whom.
 *
 * Does:      puts a notice for a user, or for whoever has one of some roles, into the commit of what it tells of.
 * Does not:  hold a person, a partner or text: kind and reference only, and who opens that is recorded there.
 * Once:      kind, reference, number and whom it is for make it one: put again it is the same row.
 * Ownership: value types. Thread: the loop's. Faults: FAULT_NO_MEMORY.
 */
#ifndef KETENBRUG_API_NOTICES_H
#define KETENBRUG_API_NOTICES_H

#include "api/access.h"
#include "base/ident.h"

struct api;
struct store_batch;

/* Stored by place: new ones come at the end. What the reference names stands behind it. */
#define NOTICE_KIND_TABLE(X)                                                                                           \
    X(NOTICE_MEETING, "match")        /* a match came to be */                                                         \
    X(NOTICE_LEAD, "regie")           /* a match: who takes the lead changed; a signal: who will call */               \
    X(NOTICE_TASK, "opdracht")        /* a task arrived */                                                             \
    X(NOTICE_STEP, "stap")            /* a task or match: the other side did something */                              \
    X(NOTICE_MESSAGE, "bericht")      /* a task: the other side wrote */                                               \
    X(NOTICE_REMINDER, "herinnering") /* a task: its deadline comes */                                                 \
    X(NOTICE_LATE, "te-laat")         /* a task: its deadline, or that of a reply, passed */                           \
    X(NOTICE_STUCK, "vastgelopen")    /* what was sent was refused, or is not confirmed for days */                    \
    X(NOTICE_SILENT, "stil")          /* no covenant with that partner: nothing is sent */

enum notice_kind {
#define X(kind, word) kind,
    NOTICE_KIND_TABLE(X)
#undef X
        NOTICE_KIND_COUNT
};

/* A user by name, or, when that is NULL, all users with one of these roles (bit per enum role). */
struct notice_to {
    const char *user;
    uint32_t roles;
};

/* `ref` is what it is about (a task, match, signal or post), `number` which of several of that kind (an event; 0: one). */
MUST_USE enum result notice_put(struct api *api, struct store_batch *batch, const struct notice_to *to,
                                enum notice_kind kind, const struct ident *ref, uint32_t number, struct error *err);

#endif
