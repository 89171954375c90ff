/*
 * world.h - the simulated region: nodes with what they have on disk and in memory, a network, a clock.
 *
 * Does:      holds all state of one run. What is on disk is rows in tables, changed by batches alone (rows.h); everything
 *            else of a node is gone when it crashes.
 * Does not:  decide anything: what the product decides stands in node/domain, and the files beside this one put those
 *            decisions together as node/api does.
 * Ownership: one world, allocated once by main, emptied for each run. Thread: one. Faults: world_fail(), first one kept.
 */
#ifndef KETENBRUG_MODEL_WORLD_H
#define KETENBRUG_MODEL_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/digest.h"
#include "base/ident.h"
#include "domain/delivery.h"
#include "domain/meeting.h"
#include "domain/signal.h"
#include "domain/task.h"
#include "domain/thread.h"

enum {
    NODES_MAX = 5,
    PEOPLE = 6,     /* 2k and 2k+1 are a household */
    TASKS = 16,     /* of all nodes together, in one run; a row at both sides under the same number */
    EVENTS = 24,    /* of a task or match, here; the product's THREAD_EVENTS_MAX is larger */
    SIGNALS = 24,   /* of a node in one run */
    MEETINGS = 40,  /* of a node */
    OUT_ROWS = 256, /* of a node: messages that wait */
    IN_ROWS = 1024, /* of a node: messages that came */
    NOTICES = 4,    /* of a task at one side, by what they tell of */
    PACKETS = 128,  /* under way on the network */
    TRIES = 64,     /* of a node, without an answer yet */
    WORKS = 12,     /* of a node: read, not committed yet */
    WRITES = 40,    /* rows in a batch */
    BATCH_BYTES = 49152,
    GHOSTS = 4096, /* messages ever put into an outbox */
    ENDS = 512,
    PLACES_BETWEEN = 64,
    DAY_MS = 86400000,
};

/* Every row begins so. A version is what guards a replacement; 0 was never there. */
struct row {
    uint32_t version;
    bool used;
};

struct task_row {
    struct row row;
    struct task task;
    uint8_t peer;
    uint8_t person;
    bool delivered;        /* giver: the opening is confirmed */
    bool consent_gone;     /* giver: the node proposed its withdrawal */
    uint8_t proposals;     /* giver: ever made, a bound of the model */
    uint8_t told[NOTICES]; /* notices written for each TASK_DUE bit, in the commit of their cause */
};

struct event_row {
    struct row row;
    struct thread_event event; /* without text; a reason stands for its content */
};

struct signal_row {
    struct row row;
    struct signal signal;
    uint8_t person;
    int16_t evaluated[NODES_MAX]; /* by partner: in which epoch, 0: not */
};

struct meeting_row {
    struct row row;
    struct meeting meeting;
    struct ident id;
    uint8_t peer;
    uint8_t person;
    bool replaced;  /* closed here: the partner came with a new spoor, or does not know it any more */
    bool their_end; /* the end of their signal came, wherever the chain is */
    uint8_t steps;  /* made or proposed here, a bound of the model */
};

enum message_kind {
    TASK_OPEN,
    TASK_PROPOSAL,
    TASK_EVENT,
    MEETING_PROPOSAL,
    MEETING_EVENT,
    SIGNAL_END,
    SIGNAL,
    MESSAGE_KINDS
};

/* What lies in the outbox: nothing that names anybody; an opening or an event is read from its thread at each try. */
struct post {
    uint8_t kind;
    uint8_t thread; /* task or meeting: its row here */
    uint8_t number; /* of the event */
    uint8_t step;
    struct ident proposal;
    struct ident match;
    struct ident spoor;
};

/* What goes over the wire. */
struct message {
    uint8_t kind;
    uint8_t from;
    uint8_t to;
    int8_t person;  /* -1: names nobody */
    uint8_t thread; /* task */
    uint8_t number; /* event */
    uint8_t step;
    bool contact;  /* a signal's contact data goes with it */
    int32_t until; /* day */
    struct ident id;
    struct ident proposal;
    struct ident spoor;
    struct ident match;
    struct thread_event event;
};

struct answer {
    uint16_t status;
    uint8_t expected; /* of a 425 */
    bool has_event;
    bool met;
    bool by_involvement;
    bool contact;
    struct ident spoor;
    struct thread_event event;
};

enum out_state { OUT_WAITS, OUT_STUCK };

struct out_row {
    struct row row;
    struct post post;
    struct ident id; /* the request-id of each try */
    struct ident key;
    uint8_t partner;
    uint8_t state;
    uint8_t lane;
    bool told; /* a person knows that it is stuck */
    uint32_t tries;
    uint64_t place; /* order of entry at this node */
};

struct in_row {
    struct row row;
    uint8_t from;
    uint8_t kind;
    struct ident id;
    struct sha256 hash;
    struct ident spoor; /* of an end: the tombstone */
    struct answer answer;
};

/* What survives a crash. */
struct disk {
    struct task_row tasks[TASKS];
    struct event_row task_events[TASKS * EVENTS];
    struct signal_row signals[SIGNALS];
    struct meeting_row meetings[MEETINGS];
    struct event_row meeting_events[MEETINGS * EVENTS];
    struct out_row out[OUT_ROWS];
    struct in_row in[IN_ROWS];
    uint8_t sets[NODES_MAX];    /* of people, for each partner: published */
    uint8_t held[NODES_MAX];    /* of partners: fetched */
    uint8_t involved;           /* people */
    uint64_t place;             /* of the outbox: the last */
    int16_t held_of[NODES_MAX]; /* in which epoch they were fetched, 0: never */
};

enum table {
    TABLE_TASK,
    TABLE_TASK_EVENT,
    TABLE_SIGNAL,
    TABLE_MEETING,
    TABLE_MEETING_EVENT,
    TABLE_OUT,
    TABLE_IN,
    TABLES
};

struct write {
    uint8_t table;
    uint16_t index;
    uint16_t at; /* in bytes */
    uint32_t version;
};

struct batch {
    uint8_t count;
    uint16_t used;
    struct write writes[WRITES];
    _Alignas(16) uint8_t bytes[BATCH_BYTES];
};

struct world;
struct work;
/* Reads the disk and fills the batch and the answer; run again when a row that it replaces changed meanwhile. */
typedef void prepare_fn(struct world *world, int node, struct work *work);
/* After the commit. */
typedef void done_fn(struct world *world, int node, struct work *work);

struct work {
    prepare_fn *prepare;
    done_fn *done;
    bool incoming; /* a request of another node: it has an answer */
    bool answered; /* before its commit, by a break */
    bool fails;    /* the step is refused */
    bool meets;    /* it reads whether there is a match with `partner`, and writes by that */
    uint8_t task, step, partner, index;
    uint8_t gone;  /* enum ghost_state of the posts that go */
    int16_t out;   /* row */
    uint32_t draw; /* by chance, once */
    uint32_t token, life;
    struct ident id;
    struct message message; /* received, or to be sent */
    struct answer answer;
    struct batch batch;
};

/* A message under way from here, as the peer client knows it. */
struct
try {
    bool used;
    uint8_t partner;
    int16_t out;    /* row, or -1: a signal */
    uint8_t signal; /* row */
    uint32_t token;
    struct ident id;
};

struct node {
    struct disk disk;
    bool up;
    uint32_t life; /* of the process: an answer to an earlier one reaches nobody */
    int64_t skew_ms;
    uint8_t covenant; /* partners with whom one holds, as this node sees it */
    uint8_t consent;  /* people */
    uint32_t tokens;
    struct delivery_line lines[NODES_MAX];
    bool more[NODES_MAX]; /* rows that found no room in the line */
    struct try tries[TRIES];
    uint8_t work_first, work_count;
    struct work works[WORKS];
};

struct packet {
    bool used;
    bool is_answer;
    uint8_t from, to;
    uint32_t token; /* of the try that it is of */
    uint32_t life;  /* of who sent the request */
    struct message message;
    struct answer answer;
};

/* What the checker remembers of each message that was ever put into an outbox. */
enum ghost_state { GHOST_WAITS, GHOST_CONFIRMED, GHOST_CANCELLED, GHOST_AGAIN, GHOST_SETTLED };
struct ghost {
    uint8_t node;
    uint8_t state;
    bool left; /* at least once */
    struct ident id;
};

/* What the checker remembers of each task: nothing of it is read by a node. */
struct ghost_task {
    uint8_t giver, doer;
    uint8_t made;                     /* events of the writer */
    struct sha256 chains[EVENTS + 1]; /* the one history, as it was made */
};

/* The end of a signal that a node took: nothing of it lives there afterwards. */
struct ghost_end {
    uint8_t node;
    struct ident spoor;
};

enum { INVARIANT_SIZE = 8, REASON_SIZE = 200 };

struct world {
    uint8_t nodes_count;
    uint8_t broken; /* enum break_name: which fault is built in, 0 none */
    uint64_t seed;
    uint64_t chance; /* of the step at hand */
    int64_t now_ms;
    uint8_t tasks_made;
    uint64_t ids;
    uint8_t cut[NODES_MAX];            /* per sender: to whom nothing goes */
    uint8_t rules[NODES_MAX];          /* per node: which partners may learn of its signals, and the other way round */
    uint8_t by_involvement[NODES_MAX]; /* per node: which partners may learn of its involvements */
    int16_t epoch;
    struct node nodes[NODES_MAX];
    struct packet packets[PACKETS];
    uint16_t ghosts_count;
    uint16_t ghosts_wait[NODES_MAX];
    struct ghost ghosts[GHOSTS];
    struct ghost_task ghost_tasks[TASKS];
    uint16_t ends_count;
    struct ghost_end ends[ENDS];
    uint32_t step;
    bool failed;
    char invariant[INVARIANT_SIZE];
    char reason[REASON_SIZE];
    uint64_t counts[16]; /* what happened, to see that all of it does */
};

void world_begin(struct world *world, uint64_t seed, int nodes, int broken);
uint32_t world_draw(struct world *world,
                    uint32_t below); /* from the step at hand: dropping other steps changes nothing */
struct ident world_id(struct world *world);
struct date world_today(const struct world *world, int node); /* the Dutch day by that node's clock */
int64_t world_clock(const struct world *world, int node);
__attribute__((format(printf, 3, 4))) void world_fail(struct world *world, const char *invariant, const char *format,
                                                      ...);

static inline struct ident ident_from(uint64_t high, uint64_t low)
{
    struct ident id;
    memcpy(id.bytes, &high, sizeof high);
    memcpy(id.bytes + sizeof high, &low, sizeof low);
    return id;
}

/* The number of a node: the nodes are in order of it. */
static inline struct oin oin_at(int node)
{
    struct oin oin = {.digits = "00000099000000001000"};
    oin.digits[OIN_DIGITS - 4] = (char)('1' + node);
    return oin;
}

static inline bool world_is_cut(const struct world *world, int from, int to)
{
    return (world->cut[from] >> to & 1) != 0;
}

static inline bool holds_covenant(const struct world *world, int node, int partner)
{
    return (world->nodes[node].covenant >> partner & 1) != 0;
}

#endif
