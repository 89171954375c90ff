/*
 * sharing_parts.h - inside the sharing*.c only: the provider's half of private matching as its files know it.
 *
 *   sharing.c         its course: one step at a time, what is most pressing first; and what others ask
 *   sharing_scope.c   sets by number and by name, and their secrets
 *   sharing_targets.c for whom there are sets: organisations and purposes, by the covenants in force
 *   sharing_epochs.c  epochs: seeds made and destroyed, sets made with the records of their keys
 *   sharing_look.c    people are looked at, and places given and taken
 *   sharing_decide.c  whom a person's data let know of him: the part of a look on a worker thread
 *   sharing_tick.c    the next version of every set
 *   sharing_leave.c   who is gone makes room, and so do sets of nobody
 *   sharing_keep.c    in the store, and back
 *   sharing_show.c    for the officer
 *   sharing_places.c  in whose sets a person stands, with proof
 *
 * Only one step is under way at a time, and only it changes roster and sets; so its worker may read them, and so may, at
 * any time, the loop. What a step changed in memory is written by keep_flush before another begins; nothing of it is
 * given out before a tick, and that is one commit.
 * Thread: the loop's, but for what says so.
 */
#ifndef KETENBRUG_API_SHARING_PARTS_H
#define KETENBRUG_API_SHARING_PARTS_H

#include "api/past_place.h"
#include "api/sharing.h"
#include "matching/published_set.h"
#include "matching/roster.h"

enum {
    SETS_PER_CHUNK = 32,
    EPOCHS_LIVE = 4,         /* the one before, the current one, the next; and room */
    SHARING_RETRY_MS = 1000, /* after a first failure; then twice as long each time, up to a tick */
};

/* What is secret of a set, in locked memory. */
struct set_secrets {
    struct voprf_key key;
    uint8_t dummies[VOPRF_SEED];
};

/* Of one requester, purpose and epoch. */
struct shared_set {
    uint32_t number; /* from 1; 0: free */
    uint32_t epoch;
    struct oin requester;
    char purpose[CODE_MAX + 1];
    bool urgent;
    bool kept;        /* the record of its key is durable; before that it is of no use */
    bool closed;      /* of nobody any more: its places go, and then it does */
    bool tomb;        /* closed, and its places went: as it goes on when it is made again in its epoch */
    uint32_t people;  /* in it as published last */
    uint64_t born;    /* the look at everybody that it waits for: published once that is done */
    bool shown;       /* published at least once */
    uint64_t version; /* published last; before that, where it will go on from */
    int64_t tick_ms;  /* the moment of that tick */
    struct published_state state;
    struct published_set *set;
};

struct set_chunk {
    struct shared_set sets[SETS_PER_CHUNK];
    struct set_secrets *secrets;
    bool changed;
};

/* An organisation and a purpose for which it gets a set, by the covenant in force. */
struct target {
    struct oin requester;
    char purpose[CODE_MAX + 1];
    bool urgent;
    uint8_t retention_class;
    struct api_covenant *held;
    const struct party *party, *self;
    uint32_t sets[EPOCHS_LIVE]; /* numbers, beside sharing->epochs; 0: none yet */
    uint32_t past[EPOCHS_LIVE]; /* of those that are closed, by the same name */
};

struct live_epoch {
    uint32_t number;
    bool seeded;
};

enum tick_kind { TICK_ORDINARY, TICK_URGENT, TICK_KINDS };

/* What must be known after a restart beside sets and places. */
struct sharing_state {
    uint64_t ticks;              /* published so far */
    int64_t tick_ms[TICK_KINDS]; /* the last ones */
    uint64_t record[TICK_KINDS]; /* where their records stand in the log */
    uint64_t sweep, swept;       /* looks at everybody: begun, done */
    struct ident after;          /* the one under way is behind this person; zeros: at the start */
    struct date day;             /* for which the last one was begun */
    struct sha256 targets;       /* and for whom */
    uint32_t ended;              /* the last epoch whose end is recorded */
    bool again;                  /* after the look at everybody that is under way, another */
};

/* The tree that the record of a tick commits to: leaves as in sharing_places.h, and of which sets. */
struct publication {
    uint64_t record;
    size_t count; /* 0: not known */
    uint32_t *sets;
    struct sha256 *nodes; /* roots of all perfect subtrees: count >> 0 leaves, then count >> 1 above them, and so on */
};

/* What fails waits by itself: the others go on. Making has a wait for each live epoch, by its number. */
enum sharing_step {
    STEP_KEEP,
    STEP_REFRESH,
    STEP_MAKE,
    STEP_DESTROY = STEP_MAKE + EPOCHS_LIVE,
    STEP_TICK,
    STEP_FEED,
    STEP_LEAVE,
    STEP_EVERYBODY,
    STEP_KINDS
};

struct step_wait {
    int64_t until, wait; /* 0: none */
};

struct look;
struct tick;

struct sharing {
    struct api *api;
    struct match_times times;
    struct roster *roster;
    struct set_chunk *chunks[MATCH_SETS_MAX / SETS_PER_CHUNK];
    size_t chunk_count;
    uint32_t *index; /* numbers of sets in order of requester, purpose and epoch */
    size_t set_count;
    struct target *targets;
    size_t target_count;
    struct live_epoch epochs[EPOCHS_LIVE];
    size_t epoch_count;
    uint32_t next_ready; /* this epoch may be used before its start: all of its sets were published */
    struct sharing_state state;
    bool started, stopped, under_way;
    bool refresh;           /* the covenant changed */
    struct date as_of;      /* the day of the targets */
    enum sharing_step step; /* the one under way, or that was asked about last */
    struct step_wait waits[STEP_KINDS];
    size_t patience;
    unsigned turns;
    int64_t seen_ms;      /* the clock at the last turn */
    uint32_t over;        /* the last epoch that is over, */
    int64_t over_ms;      /* and how long this node has been up since it saw that */
    uint64_t feed_after;  /* up to here are changes of people who could not be read; 0: none */
    int64_t feed_again;   /* when they are tried again */
    bool feed_lost;       /* it cannot be read: everybody is looked at instead */
    int64_t unread_until; /* somebody could not be read: the next look at everybody begins no sooner; 0: all could */
    uint64_t people_left; /* of the look at everybody under way, at most */
    size_t pending;       /* places that no published version shows yet */
    bool leaving;         /* somebody may be gone */
    bool purging;         /* a set is closed */
    uint32_t purge_at;    /* slots up to here hold no place in one */
    bool ending;          /* a seed may be of an epoch that is over */
    /* what the store does not know yet */
    bool state_changed;
    struct past_place *ended;
    struct ident *ended_subjects;
    size_t ended_count, ended_room;
    struct store_change drops[STORE_LIST_MAX];
    size_t drop_count;
    struct {
        uint32_t chunks[MATCH_STEP_CHUNKS]; /* of the roster, in the commit under way */
        size_t chunk_count;
        size_t ended;
        bool one; /* of those that ended, at a time: it shows of whom there is nobody left */
        bool last;
        void (*done)(struct sharing *s, const struct error *err);
    } flush;
    struct look *look;
    struct tick *tick;
    struct publication publications[TICK_KINDS]; /* the last of each kind since the start */
    void (*ready)(void *ctx, const struct error *err);
    void *ready_ctx;
};

/* ---- sharing.c ---- */
void sharing_begin(struct sharing *s); /* a step; each ends once */
void sharing_end(struct sharing *s, const struct error *err);
bool sharing_may(struct sharing *s, enum sharing_step step);     /* it does not wait; then it is the one in hand */
void sharing_failed(struct sharing *s, const struct error *err); /* the one in hand; for what is no step of its own */
void sharing_went_well(struct sharing *s);
int64_t sharing_interval(const struct sharing *s, enum tick_kind kind);
/* The end of a step that changed something: written first. */
void sharing_end_flushed(struct sharing *s);
bool sharing_aside(struct sharing *s, void (*work)(void *ctx), void (*done)(void *ctx), void *ctx);
uint32_t sharing_epoch_at(const struct sharing *s, int64_t now_ms);
void sharing_own_record(const struct sharing *s, enum record_operation operation, struct record *out);

/* ---- sharing_scope.c ---- */
struct shared_set *scope_set(const struct sharing *s, uint32_t number); /* NULL: there is none */
struct set_secrets *scope_secrets(const struct sharing *s, uint32_t number);
/* The one that is in use, published or not; NULL: none. */
struct shared_set *scope_find(const struct sharing *s, const struct match_scope *scope);
struct match_scope scope_of(const struct sharing *s, const struct shared_set *set);
/* Takes a number; FAULT_TOO_LARGE. scope_index follows when all are there. */
MUST_USE enum result scope_new_set(struct sharing *s, uint32_t number, struct shared_set **out, struct error *err);
void scope_drop_set(struct sharing *s, struct shared_set *set);
/* As scope_drop_set, but what was published and can be made again leaves a tombstone: so that it keeps its class, its
 * versions rise, and its dummies go on where they were. */
void scope_bury_set(struct sharing *s, struct shared_set *set);
/* A chunk that cannot be read: nothing is in it. */
MUST_USE enum result scope_lose_chunk(struct sharing *s, size_t chunk, struct error *err);
MUST_USE enum result scope_index(struct sharing *s, struct error *err);
void scope_changed(struct sharing *s, const struct shared_set *set);
/* Given out: also the look at everybody that it waits for is done. */
bool scope_published(const struct sharing *s, const struct shared_set *set);
/* From now on it is given to nobody, until a look at everybody that is still to begin is done and a tick followed. */
void scope_wait(struct sharing *s, struct shared_set *set);
void scope_free(struct sharing *s);
int scope_compare_names(const struct oin *requester, const char *purpose, const struct oin *other,
                        const char *other_purpose);
/* On a worker: keys and dummies of a set, from the seed of its epoch. */
MUST_USE enum result scope_secrets_make(const struct sharing *s, const uint8_t seed[VOPRF_SEED],
                                        const struct shared_set *set, struct set_secrets *out, struct error *err);

/* ---- sharing_targets.c ---- */
const struct target *scope_target(const struct sharing *s, const struct oin *requester, struct slice purpose);
MUST_USE enum result targets_gather(struct sharing *s, const struct date *today, struct error *err);
void targets_join(struct sharing *s); /* to the sets that there are */
void targets_fit_sets(struct sharing *s);
void targets_sweep(
    struct sharing *s); /* everybody is to be looked at, from the start, by a look that begins from now on */
void targets_sweep_if_other(struct sharing *s, const struct date *today);
void targets_drop(struct sharing *s);

/* ---- sharing_epochs.c ---- */
/* Anything to do about targets, epochs and sets? Then a step has begun. */
bool epochs_step(struct sharing *s);
void epochs_note_time(struct sharing *s);       /* at each turn, by a clock that is believed */
bool epochs_lack_sets(const struct sharing *s); /* one that should be there and is not */
bool epochs_live(const struct sharing *s, uint32_t epoch);
bool epochs_have_sets(const struct sharing *s, uint32_t epoch);

/* ---- sharing_look.c ---- */
bool look_step(struct sharing *s, bool everybody);
size_t look_waiting(const struct sharing *s); /* people whose change was not looked at */

/* ---- sharing_decide.c ---- */
struct look_piece {
    enum store_kind kind;
    struct ident id;
    size_t at, len; /* in the raw bytes */
};

struct look_person {
    struct ident id;
    bool failed; /* could not be read, or it makes no sense: stays as he is */
    bool there;
    struct buf raw;
    struct look_piece *pieces; /* the subject first */
    size_t piece_count;
};

struct look_value {
    uint32_t person;
    uint32_t set;
    struct match_value value;
};

struct look {
    struct sharing *s;
    bool everybody, more;
    struct look_person people[MATCH_STEP_SUBJECTS];
    size_t count, read, done;
    struct date today;
    bool *wanted;     /* by person, then target */
    uint32_t *places; /* by number of a set: the slot of the person in hand */
    struct look_value *values;
    size_t value_count, value_room;
    struct store_change changes[STORE_LIST_MAX];
    size_t change_count;
    bool out_of_memory;
    struct error err;
    struct error undecided; /* of the last about whom nothing could be decided; FAULT_NONE: there was none */
};

void look_decide(void *ctx); /* a look; on a worker thread */
void look_mark_places(struct look *look, const struct ident *subject, bool mark);
/* Has left already, as far as the requester can see. */
bool look_gone(const struct sharing *s, const struct roster_place *place);

/* ---- sharing_tick.c ---- */
bool tick_step(struct sharing *s);

/* ---- sharing_leave.c ---- */
bool leave_step(struct sharing *s);
/* The place ends here and now; what the person is told of later is kept. */
MUST_USE enum result leave_end(struct sharing *s, uint32_t slot, int64_t ended_ms, struct error *err);
void leave_close(struct sharing *s, struct shared_set *set);
/* Goes later than whoever is told at this moment: a clock that was ahead drew it. */
bool leave_late(const struct sharing *s, const struct roster_place *place, int64_t now_ms);

/* ---- sharing_keep.c ---- */
void keep_load(struct sharing *s, void (*done)(struct sharing *s, const struct error *err));
bool keep_unwritten(const struct sharing *s);
void keep_flush(struct sharing *s, void (*done)(struct sharing *s, const struct error *err));
/* Into a batch: the state, and sets as they would be after this tick (NULL: as they are). */
void keep_put_state(const struct sharing *s, const struct sharing_state *state, struct store_batch *batch);
void keep_put_chunk(const struct sharing *s, size_t chunk, const struct shared_set *sets, struct store_batch *batch);

/* ---- sharing_places.c ---- */
void publication_keep(struct publication *kept, const uint32_t *sets, const struct sha256 *leaves, size_t count,
                      uint64_t record);
void publication_free(struct publication *kept);

#endif
