/*
 * outbox_parts.h - inside outbox.c, outbox_send.c and outbox_list.c only: the queue in memory, which the store can always
 * give again. Thread: the loop's.
 */
#ifndef KETENBRUG_API_OUTBOX_PARTS_H
#define KETENBRUG_API_OUTBOX_PARTS_H

#include "api/outbox.h"

struct waiting {
    struct ident id;
    struct oin partner;
    uint8_t person[SEAL_HASH_SIZE]; /* of the number; of none when it is about nobody */
    int64_t next_ms;                /* OUTBOX_NEVER: the partner refused it; a person decides */
    bool under_way;
};

#define OUTBOX_NEVER INT64_MAX

struct outbox {
    struct api *api;
    struct waiting *waiting; /* in order of entry; OUTBOX_WAITING_MAX of them fit */
    size_t count;
    size_t under_way;
    struct ident seen; /* the store was looked through up to here */
    bool has_seen;
    bool looked;      /* all of it, once */
    int64_t again_ms; /* when it is looked through anew, for what was kept long enough */
};

/* Starts a delivery; outbox_settled follows, once, also when it could not start. */
void outbox_deliver(struct outbox *outbox, const struct ident *id);
/* `next_ms` 0: it waits no longer. What was refused stays: the partner does not know of it. */
void outbox_settled(struct outbox *outbox, const struct ident *id, int64_t next_ms);
void outbox_again(struct outbox *outbox, const struct ident *id, const struct message *message);

#endif
