/*
 * notices.h - what the organisation's own people are told: that there is something for them, never what about whom.
 *
 * Does:      puts a notice for a user, or for whoever has one of some roles, into the commit of what it tells of; shows each
 *            user his own (GET /v1/postbus) and takes that he read them; and, when the configuration names a webhook or a mail
 *            server, has the organisation told that there is news: one fixed sentence, at most once in NOTICE_MAIL_MS, at a
 *            random moment of the next such time, so that its time tells of nothing.
 * Does not:  hold a person, a partner or text: kind and reference only, and who opens that is recorded there.
 * Once:      kind, reference, number and whom it is for make it one: put again it is the same row, and unread again: it
 *            happened once more. For roles: whoever reads it has read it for all.
 * Seen:      within a second of its commit. The store keeps them NOTICES_KEPT_DAYS; past NOTICES_MAX the oldest go.
 * Ownership: notices_open gives; notices_close when no call is under way. A post or commit counts as a call of the api.
 * Thread:    the loop's. Faults: FAULT_NO_MEMORY; what fails in the background is logged, and tried again.
 */
#ifndef KETENBRUG_API_NOTICES_H
#define KETENBRUG_API_NOTICES_H

#include "api/access.h"
#include "base/ident.h"

struct api;
struct http_request;
struct notices;
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
    X(NOTICE_SILENT, "stil")          /* no covenant with that partner: nothing is sent */                             \
    X(NOTICE_GROUND, "grondslag")     /* a task: by what is known here now it would not be taken */                    \
    X(NOTICE_FINDING, "bevinding")    /* the watch found something, or what was closed goes on */

enum { NOTICE_ANCHORS_MAX = 511 }; /* bytes of a path */

enum notice_kind {
#define X(kind, word) kind,
    NOTICE_KIND_TABLE(X)
#undef X
        NOTICE_KIND_COUNT
};

const char *notice_kind_word(enum notice_kind kind);

/* A user by name, or, when that is NULL, all users with one of these roles (bit per enum role). */
struct notice_to {
    const char *user;
    uint32_t roles;
};

/* `ref` is what it is about (a task, match, signal, post or finding), `number` which of several of that kind (an event; 0: one). */
MUST_USE enum result notice_put(struct api *api, struct store_batch *batch, const struct notice_to *to,
                                enum notice_kind kind, const struct ident *ref, uint32_t number, struct error *err);

/* Where it is told that there is news; "" not. A mail needs server, from and to. */
struct notice_settings {
    char webhook[NOTICE_URL_MAX + 1];
    char mail_server[NOTICE_URL_MAX + 1];
    char from[NOTICE_URL_MAX + 1], to[NOTICE_URL_MAX + 1];
    char anchors[NOTICE_ANCHORS_MAX + 1]; /* file; "" the system's */
};

MUST_USE enum result notices_open(struct api *api, struct notices **out, struct error *err);
void notices_set(struct notices *notices, const struct notice_settings *settings); /* from now on */
void notices_tick(struct notices *notices); /* to be called each second while the node is ready */
void notices_stop(struct notices *notices); /* no new post; what is under way ends soon. NULL is fine, as below */
void notices_close(struct notices *notices);

/* For status and monitoring. */
struct notices_standing {
    uint64_t unread;
    uint64_t sent, failed; /* webhooks and mails since the start; failed: given up after POST_TRIES */
    const char *last;      /* how the last try ended, "" none: see post_outcome_slug */
};
struct notices_standing notices_standing(const struct notices *notices);

void notices_list(struct http_request *request, void *ctx); /* GET /v1/postbus */
void notices_read(struct http_request *request, void *ctx); /* POST /v1/postbus/gelezen */

#endif
