/*
 * outbox_parts.h - inside outbox*.c only: withdrawals that wait, and the lines of posts, as far as they lie in memory; the
 * store can always give them again. Thread: the loop's.
 */
#ifndef KETENBRUG_API_OUTBOX_PARTS_H
#define KETENBRUG_API_OUTBOX_PARTS_H

#include "api/outgoing.h"

struct waiting {
    struct ident id;
    struct oin partner;
    uint8_t person[SEAL_HASH_SIZE]; /* of the number; of none when it is about nobody */
    int64_t next_ms;                /* OUTBOX_NEVER: the partner refused it; a person decides */
    bool under_way;
};

#define OUTBOX_NEVER INT64_MAX

/* Who may see what waits, and have it tried again. */
#define OUTBOX_MAY_SEE (MAY_MANAGE | MAY_CONSENT | MAY_SETTLE | MAY_TASK)

/* The posts to one partner: see domain/delivery.h. Both lanes have a row of their own in the store, from which they hang. */
struct post_lane {
    struct ident parent;
    /* Places in the order of entry. Up to where it was read; that row is still there (the place of the newest row, once it
     * is gone, is given again), or it is 0. */
    uint64_t read_to;
    uint64_t
        skipped_to; /* the last row that stays unread for being stuck or behind one that is; it is there too, or 0 */
    uint64_t counted_to; /* see outbox->count_until */
    uint64_t late_to;    /* before it all are told late, or young */
    uint64_t damaged_to; /* and those that cannot be read were told */
    bool counted;
    bool more; /* there may be some behind read_to */
};

struct post_line {
    struct outbox *outbox;
    struct oin partner;
    struct delivery_line window;
    struct post_lane lanes[DELIVERY_LANE_COUNT];
    size_t rows;  /* as far as they were counted; with those that were put and may not be committed */
    size_t stuck; /* of these */
    int64_t oldest_ms;
    unsigned rewinds; /* seconds in which it is read from the start anew: something was taken out, or may be */
    bool silent;      /* no covenant in force with the partner, or he is blocked */
    bool pumping, pump_again;
    bool telling;                   /* that one is late */
    enum peer_outcome_kind outcome; /* of the last try that failed; PEER_ANSWERED with a status */
    uint16_t status;
    int64_t failed_ms; /* when that was; 0: not since the start */
};

struct outbox {
    struct api *api;
    const struct post_kind *kinds[MESSAGE_KIND_COUNT];
    struct post_line **lines;
    size_t line_count;
    size_t posts; /* of all lines: the sum of their rows */
    size_t posts_under_way;
    uint64_t count_until; /* rows up to this place are counted slice by slice, later ones when they are put */
    bool lines_read;      /* all that the store has */
    int64_t count_again_ms;
    unsigned seconds;
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

/* ---- lines of posts ---- */

enum { OUTBOX_PARTNER_LINES_MAX = PEER_LINES_MAX };

struct post_line *outbox_line(struct outbox *outbox, const struct oin *partner, bool make); /* NULL: none */
void outbox_lines_close(struct outbox *outbox);
void outbox_lines_tick(struct outbox *outbox);
void outbox_lines_look(struct outbox *outbox); /* finds them after a start, and counts on; the tick does so by itself */
bool outbox_line_counted(const struct post_line *line); /* else its numbers are too low yet */
void outbox_rewind(struct post_line *line);             /* it is read from the start */
void outbox_pump(struct post_line *line);               /* sends what may be sent now */

/* One try of an entry that was started; post_settled follows, once, also when it could not start. */
void outbox_try(struct post_line *line, const struct delivery_entry *entry);
struct post_end {
    struct ident id;
    struct ident key;
    uint64_t place;
    enum delivery_lane lane;
    enum delivery_verdict verdict;
    bool gone; /* the row is not there: removed by this try, or before it */
};
void outbox_tried(struct post_line *line, const struct post_end *end);
/* What the partner missed was sent again, and it is too early still; false: often enough. */
bool outbox_resent(struct post_line *line, const struct ident *id);
/* Tells, once each, of posts that wait for OUTBOX_LATE_DAYS. */
void outbox_tell_late(struct post_line *line);
/* And of one that cannot be read: to who manages the node, for nobody knows what it is about. */
void outbox_tell_damaged(struct post_line *line, const struct ident *id);

#endif
