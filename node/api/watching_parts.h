/*
 * watching_parts.h - inside api/watching*.c only: the follower, its step, and those who wait for it. Thread: the loop's.
 */
#ifndef KETENBRUG_API_WATCHING_PARTS_H
#define KETENBRUG_API_WATCHING_PARTS_H

#include "api/findings.h"
#include "api/watching_people.h"

enum { WATCHING_TURN_NS = 1000000, HOUSEHOLDS_A_TURN = 50, WATCHING_PART = 256 /* findings in one commit */ };

enum watching_phase {
    WATCHING_BEGINS, /* people, exceptions, the window's first record */
    WATCHING_LEARNS, /* reads the window back, up to the cursor */
    WATCHING_FOLLOWS,
};

/* A record that was opened on the worker thread. */
struct watching_opened {
    uint64_t sequence;
    struct record record;
    size_t text_at, text_len; /* in `texts` */
};

struct watching_leaf {
    uint64_t sequence;
    uint8_t leaf[LOG_LEAF_BYTES];
    size_t text_at, text_len; /* in `sealed` */
};

struct watching {
    struct api *api;
    struct watch_limits limits;
    uint8_t key[SEAL_KEY_SIZE];
    struct log_watch *core; /* NULL while it begins */
    struct watch_people *people;
    enum watching_phase phase;
    uint64_t cursor; /* durable: all below was watched */
    uint64_t at;     /* all below is in the core */
    uint64_t size;   /* of the log, when it was last looked at */
    uint64_t looks;  /* of the findings, when the exceptions were read: see findings_look.h */
    bool under_way, stopped;
    bool head;          /* nothing was left to read */
    bool anew;          /* the core is to be made anew: its window must be longer */
    unsigned steps;     /* begun since the last tick */
    uint64_t low, high; /* of the search for the window's first record */
    int64_t since_ms;
    /* the step: filled on the loop, opened by a worker thread, judged by the loop */
    struct watching_leaf *leaves; /* WATCH_STEP_RECORDS, as are these: */
    struct watching_opened *opened;
    size_t leaf_count, opened_count, opened_at, read; /* read: of the leaves, that were opened or passed over */
    struct buf sealed, texts;
    bool sync, failed;
    struct error err;
    /* what it found, not durable yet; a commit that fails is tried again */
    struct watch_hit *hits;
    size_t hit_count, hit_room, hit_at;
    struct store_batch *batch;
    size_t in_batch;
    struct watching_round *rounds; /* who waits */
};

/* watching_look.c */
bool watching_wants(enum record_operation operation);
uint64_t watching_subject_key(const struct watching_known *known, const struct ident *subject); /* 0: none */
uint64_t watching_bsn_key(const struct watching_known *known, const struct bsn *bsn);           /* 0: none */
uint64_t watching_name_key(const struct watching_known *known, const char *user);               /* 0: none */

/* watching.c */
void watching_end(struct watching *w, const struct error *err); /* of a step; there may be a next */
void watching_begin_anew(struct watching *w);                   /* the core is of no use any more */

/* watching_keep.c */
void watching_hit(void *ctx, const struct watch_hit *hit); /* a watch_found_fn; ctx: struct watching */
void watching_keep(struct watching *w);                    /* commits the hits and the cursor; ends the step */

/* watching_desk.c */
void watching_tell_rounds(struct watching *w, bool all);
bool watching_hurries(const struct watching *w); /* somebody waits for it */

#endif
