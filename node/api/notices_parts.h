/* notices_parts.h - inside notices.c, notices_desk.c and notices_tell.c only. Thread: the loop's. */
#ifndef KETENBRUG_API_NOTICES_PARTS_H
#define KETENBRUG_API_NOTICES_PARTS_H

#include "api/api.h"
#include "api/notices.h"
#include "peer/post.h"

/* One as it is kept in mind. */
struct notice {
    struct ident id, ref;
    int64_t made_ms;
    int64_t read_ms; /* 0: not yet */
    uint32_t roles;  /* 0: for the user */
    uint32_t number;
    enum notice_kind kind;
    char user[USER_NAME_MAX + 1];
};

/* One way of telling: the webhook, or mail. */
struct notice_way {
    bool due; /* has news to bring */
    bool under_way;
    uint32_t tries; /* of this news */
    int64_t next_ms;
};

/* Who waits until what the store holds is in mind. */
struct notice_wait {
    void (*go_on)(struct notice_wait *wait, const struct error *err); /* NULL: it is */
    struct notice_wait *next;
};

enum { NOTICE_AGAIN_MAX = 64, NOTICE_AGAIN_SECONDS = 30 };

/* One that was put again: unread in the store when that is committed, which is within so many seconds or never. */
struct notice_again {
    struct ident id;
    unsigned seconds; /* that it is still looked at */
};

struct notices {
    struct api *api;
    struct post_pool *posts;
    struct notice_settings settings;
    struct notice *all; /* in order of entry */
    size_t count, room;
    bool loading;
    struct notice_wait *waiting;
    bool loaded; /* to the end, at least once */
    bool sweeping;
    bool stopping;
    size_t removing;           /* while sweeping: so many of the oldest */
    bool told_known;           /* `told` was read */
    bool recording;            /* the record of a telling is being written */
    struct ident told;         /* the newest when it was told last that there is news; zeros: never */
    struct ident telling;      /* the same, of the record that is being written */
    int64_t due_ms;            /* when it will be told; 0: not known */
    struct notice_way ways[2]; /* by enum post_way */
    struct notice_again again[NOTICE_AGAIN_MAX];
    size_t again_count;
    bool read_anew; /* more were put again: all is read from the store, once these were */
    struct notices_standing standing;
};

enum { NOTICE_PAYLOAD_MAX = 256 };

void notice_encode(const struct notice *notice, struct buf *out);
/* Into the batch: as it is now. */
MUST_USE enum result notice_write(struct store_batch *batch, const struct notice *notice, struct error *err);
/* `go_on` is called once, at once when all is in mind. `wait` is borrowed until then. */
void notices_await(struct notices *notices, struct notice_wait *wait);
void notices_tell(struct notices *notices); /* each second: what is due */

#endif
