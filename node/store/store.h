/*
 * store.h - the one door to persistent state.
 *
 * Does:      keeps items (people, households, involvements, users) with sealed content, found by keyed hash; appends
 *            log leaves and keeps the RFC 6962 tree over them; commits in groups and completes every call by callback
 *            on the caller's loop.
 * Does not:  know what is in an item or a leaf. No SQL, rowid or database type passes this door.
 * Ownership: store_open/store_close; store_attach/store_detach per loop; a batch belongs to the store from
 *            store_commit on. What a callback gets is borrowed until it returns.
 * Thread:    store_open and store_close on one thread; a door and its batches on its own loop only. One writer thread
 *            commits; a checkpoint thread moves the write-ahead log where no commit waits for it.
 * Durable:   `done` with err == NULL means: written and synced (SQLite WAL, synchronous=FULL).
 * Faults:    FAULT_CONFLICT (a unique key is taken, a parent is missing or still has children, what is replaced changed
 *            since it was read), FAULT_STORE (disk
 *            full, read-only, damaged), FAULT_BUSY (queue full), FAULT_TOO_LARGE (past a STORE_ bound),
 *            FAULT_NO_MEMORY, FAULT_CONFIG (at open: lock held, newer schema, wrong key, damaged log). A kind, key or
 *            parent that STORE_KIND_TABLE does not have is FAULT_INTERNAL. A failed sync calls options.fatal: the
 *            process must end.
 */
#ifndef KETENBRUG_STORE_STORE_H
#define KETENBRUG_STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/histogram.h"
#include "base/ident.h"
#include "base/limits.h"
#include "base/logline.h"
#include "base/merkle_proof.h"
#include "base/slice.h"
#include "store/seal.h"

struct uv_loop_s;
struct store;
struct store_door;
struct store_batch;

/*    kind  table  parent  key a  key b (keys: unique, found by keyed hash)  whom a change of it feeds (see the feed below) */
#define STORE_KIND_TABLE(X)                                                                                            \
    X(STORE_SUBJECT, "subject", "", "bsn", "bron", FEEDS_ITSELF)                                                       \
    X(STORE_HOUSEHOLD, "household", "", "bron", "", FEEDS_NOBODY)                                                      \
    X(STORE_INVOLVEMENT, "involvement", "subject", "bron", "", FEEDS_PARENT)                                           \
    X(STORE_USER, "user", "", "naam", "bewijs", FEEDS_NOBODY)                                                          \
    X(STORE_FACT, "fact", "subject", "kenmerk", "", FEEDS_PARENT)                                                      \
    X(STORE_MESSAGE, "message", "fact", "", "", FEEDS_NOBODY)                                                          \
    X(STORE_REPORT, "report", "", "nummer", "", FEEDS_NOBODY)                                                          \
    X(STORE_ORDER, "court_order", "", "nummer", "", FEEDS_NOBODY)                                                      \
    X(STORE_COVENANT, "covenant", "", "", "", FEEDS_NOBODY)                                                            \
    X(STORE_COVENANT_PIECE, "covenant_piece", "covenant", "", "", FEEDS_NOBODY)                                        \
    X(STORE_SIGNATURE, "covenant_signature", "", "", "", FEEDS_NOBODY)                                                 \
    X(STORE_ROSTER, "roster", "", "", "", FEEDS_NOBODY)                /* matching: who stands in whose sets */        \
    X(STORE_PAST_PLACE, "past_place", "subject", "", "", FEEDS_NOBODY) /* and stood */                                 \
    X(STORE_LOOKUP_SET, "lookup_set", "", "plaats", "", FEEDS_NOBODY)  /* sets of partners, in pieces */               \
    X(STORE_MATCH_VALUE, "match_value", "", "betrokkene", "", FEEDS_NOBODY)                                            \
    X(STORE_QUOTA, "match_quota", "", "ketenpartner", "", FEEDS_NOBODY)                                                \
    X(STORE_FINDING, "finding", "", "aanleiding", "", FEEDS_NOBODY) /* for the officer: see api/findings.h */          \
    X(STORE_LETTER, "letter", "", "kenmerk", "", FEEDS_NOBODY)      /* to people: what it is made from, no text */     \
    X(STORE_STAFF, "staff", "", "gebruiker", "", FEEDS_NOBODY)      /* who works here, by number */                    \
    X(STORE_SIGNAL, "signal", "subject", "kenmerk", "", FEEDS_PARENT)                                                  \
    X(STORE_MEETING, "meeting", "", "match", "", FEEDS_NOBODY)                                                         \
    X(STORE_MEETING_EVENT, "meeting_event", "meeting", "", "", FEEDS_NOBODY)                                           \
    X(STORE_TASK, "task", "", "opdracht", "", FEEDS_NOBODY)                                                            \
    X(STORE_TASK_EVENT, "task_event", "task", "", "", FEEDS_NOBODY)                                                    \
    X(STORE_LINE, "line", "", "ketenpartner", "", FEEDS_NOBODY) /* what waits for one partner hangs from it */         \
    X(STORE_OUTGOING, "outgoing", "line", "", "", FEEDS_NOBODY)                                                        \
    X(STORE_INCOMING, "incoming", "", "bericht", "", FEEDS_NOBODY) /* what came, and what was answered */              \
    X(STORE_NOTICE, "notice", "", "aanleiding", "", FEEDS_NOBODY)  /* to the own users: see api/notices.h */

enum store_kind {
#define X(kind, table, parent, key_a, key_b, feeds) kind,
    STORE_KIND_TABLE(X)
#undef X
        STORE_KIND_COUNT,
    STORE_ALL_CHILDREN, /* for store_find and store_get: of every kind that feeds it as its parent, kind by kind */
};

enum store_key { STORE_KEY_A, STORE_KEY_B, STORE_KEY_COUNT };

struct store_options {
    const char *folder;            /* database and lock file; needed during store_open only */
    const struct keyring *keyring; /* outlives the store; see store/seal.h */
    const struct clock *clock;     /* outlives the store, as does the log */
    const struct log_sink *log;    /* may be NULL */
    /* Once, on the writer's or the checkpoint's thread: the process must stop answering and end. */
    void (*fatal)(void *ctx, const struct error *err);
    void *fatal_ctx;
    bool test_without_sync; /* tests only: shows that without sync acknowledged records get lost */
};

/* Creates the database when it is not there; migrates forward; refuses a newer schema. Takes the folder's lock. */
MUST_USE enum result store_open(const struct store_options *options, struct store **out, struct error *err);
void store_close(struct store *store); /* commits what waits; all doors must be detached */
/* A door by itself keeps no loop alive; a commit that was not called back does. */
MUST_USE enum result store_attach(struct store *store, struct uv_loop_s *loop, struct store_door **out,
                                  struct error *err);
/* All callbacks of this door have run before closed is called. */
void store_detach(struct store_door *door, void (*closed)(void *ctx), void *ctx);
/* Its content is known to be this node's: from now on closing may put the write-ahead log into the database, as after the
 * first commit. Before, nothing on disk changes; SQLite cannot tell when that log is another database's. */
void store_confirm(struct store *store);
bool store_writable(const struct store *store);                            /* the last commit went well; any thread */
void store_commit_times(const struct store *store, struct histogram *out); /* since it was opened; any thread */
int store_schema_version(void);                                            /* of this program */

/* ---- writing: all of a batch or nothing ---- */
MUST_USE struct store_batch *store_batch_new(struct store_door *door); /* NULL: no memory */
void store_batch_free(struct store_batch *batch);                      /* one that was not committed */

struct store_write {
    struct ident id;
    struct ident parent;                /* all zero: none; else it must be there, or come earlier in the batch */
    struct slice keys[STORE_KEY_COUNT]; /* plain; stored as keyed hashes; empty: none */
    struct slice payload;               /* plain; stored sealed */
    uint64_t version; /* what it replaces, as it was read: FAULT_CONFLICT when it changed since; 0: whatever it is */
    bool is_new;      /* the id was drawn for it: spares looking for what it might replace */
};

/* These note a failure in the batch; store_commit reports it. */
/* Inserts or replaces by id; children and order of entry stay. */
void store_put(struct store_batch *batch, enum store_kind kind, const struct store_write *item);
/* Fine when it is not there; an item with children is not removed: they go first. */
void store_remove(struct store_batch *batch, enum store_kind kind, const struct ident *id);
/* One log leaf (LOG_LEAF_BYTES), and what belongs to it and stays here: free text, sealed by the caller, and the other
 * side's receipt; each may be empty. */
struct store_place {
    uint64_t index; /* among the leaves of its batch: its sequence number is first_leaf + index */
    struct sha256 leaf_hash;
};

void store_append(struct store_batch *batch, const uint8_t *leaf, struct slice sealed_text, struct slice receipt,
                  struct store_place *place); /* `place` may be NULL */

struct store_committed {
    uint64_t first_leaf; /* sequence number (0-based) of the batch's first leaf; meaningless without leaves */
    uint64_t tree_size;  /* after this batch's group */
};

typedef void store_done(void *ctx, const struct store_committed *committed, const struct error *err);
/* done is called exactly once, never from inside this call; err == NULL: durable. */
/* Batches are committed in the order in which they come, but a large one (STORE_ALONE_CHANGES) lets smaller ones go
 * first: what needs another batch waits for its done. */
void store_commit(struct store_door *door, struct store_batch *batch, store_done *done, void *ctx);

/* The search index: where in the log a keyed hash stands, by month and class, so that it goes with their key. An entry
 * that is there already stays. Who follows the log with it sets its watermark in the same batch. */
struct store_entry {
    struct seal_class class;
    uint8_t hash[SEAL_HASH_SIZE];
    uint64_t sequence;
};
void store_index_put(struct store_batch *batch, const struct store_entry *entry);
/* At most STORE_INDEX_DROP_MAX entries of this month and class; what is left stays for a next commit. */
void store_index_drop(struct store_batch *batch, struct seal_class class);

/* ---- reading: a read sees every commit whose done was called before it, on whatever loop ---- */
struct store_item {
    enum store_kind kind;
    struct ident id;
    struct ident parent;
    struct slice payload; /* plain */
    /* Place in the order of entry, from 1 and nearly dense: an array can be indexed by it. It stays with the item; only
     * that of the newest, once removed, is given again. */
    uint64_t ordinal;
    uint64_t version; /* another after every put; never 0 */
    bool damaged;     /* listed as damaged too: its seal does not open, and there is no payload */
};

struct store_found {
    const struct store_item *item; /* NULL: not there */
    const struct store_item *children;
    size_t child_count;
};

typedef void store_found_fn(void *ctx, const struct store_found *found, const struct error *err);
/* By unique key; with `children` of a kind whose parent it is (STORE_KIND_COUNT: none), all as they were at one moment.
 * The callback may run before this returns. */
void store_find(struct store_door *door, enum store_kind kind, enum store_key key, struct slice plain,
                enum store_kind children, store_found_fn *found, void *ctx);
void store_get(struct store_door *door, enum store_kind kind, const struct ident *id, enum store_kind children,
               store_found_fn *found, void *ctx);

typedef void store_listed_fn(void *ctx, const struct store_item *items, size_t count, bool more,
                             const struct error *err);
/* In order of entry, behind the item `after` (NULL: from the start; FAULT_NOT_FOUND when it is gone), at most
 * STORE_LIST_MAX. */
void store_list(struct store_door *door, enum store_kind kind, const struct ident *after, size_t max,
                store_listed_fn *listed, void *ctx);
/* Children of one parent, of a kind that may have more of them than store_get gives: behind that of ordinal `after`. */
void store_list_children(struct store_door *door, enum store_kind kind, const struct ident *parent, uint64_t after,
                         size_t max, store_listed_fn *listed, void *ctx);
/* As store_list, for who can do without one: a row that somebody edited is listed as damaged, and the others with it. */
void store_list_damaged_too(struct store_door *door, enum store_kind kind, const struct ident *after, size_t max,
                            store_listed_fn *listed, void *ctx);
void store_list_children_damaged_too(struct store_door *door, enum store_kind kind, const struct ident *parent,
                                     uint64_t after, size_t max, store_listed_fn *listed, void *ctx);

typedef void store_ordinal_fn(void *ctx, uint64_t ordinal, const struct error *err);
/* The newest item's ordinal; 0: none. */
void store_newest(struct store_door *door, enum store_kind kind, store_ordinal_fn *got, void *ctx);

struct store_leaf {
    uint64_t sequence;
    const uint8_t *leaf;      /* LOG_LEAF_BYTES */
    struct slice sealed_text; /* may be empty */
    struct slice receipt;     /* may be empty */
};

typedef void store_leaves_fn(void *ctx, const struct store_leaf *leaves, size_t count, const struct error *err);
void store_log_read(struct store_door *door, uint64_t from, size_t max, store_leaves_fn *read, void *ctx);

typedef void store_head_fn(void *ctx, const struct merkle_frontier *tree, const struct error *err);
void store_log_head(struct store_door *door, store_head_fn *head, void *ctx); /* the tree as committed */

/* Proofs (base/merkle_proof.h), made from kept subtree roots and at most a few hundred leaves. FAULT_NOT_FOUND when the
 * tree is smaller than `size` or `to`, or has no such leaf. */
typedef void store_proof_fn(void *ctx, const struct merkle_proof *proof, const struct error *err);
void store_log_inclusion(struct store_door *door, uint64_t index, uint64_t size, store_proof_fn *proven, void *ctx);
void store_log_consistency(struct store_door *door, uint64_t from, uint64_t to, store_proof_fn *proven, void *ctx);
typedef void store_root_fn(void *ctx, const struct sha256 *root, const struct error *err);
void store_log_root(struct store_door *door, uint64_t size, store_root_fn *got, void *ctx); /* over the first `size` */

/* Months and classes with entries in the search index, newest first; FAULT_TOO_LARGE past STORE_INDEX_CLASSES_MAX. */
typedef void store_classes_fn(void *ctx, const struct seal_class *classes, size_t count, const struct error *err);
void store_index_classes(struct store_door *door, store_classes_fn *got, void *ctx);
/* Where this hash stands below sequence number `before`, the highest first, at most STORE_LIST_MAX. */
typedef void store_sequences_fn(void *ctx, const uint64_t *sequences, size_t count, const struct error *err);
void store_index_find(struct store_door *door, struct seal_class class, const uint8_t hash[SEAL_HASH_SIZE],
                      uint64_t before, size_t max, store_sequences_fn *found, void *ctx);
/* The same from `from` on, the lowest first. */
void store_index_find_from(struct store_door *door, struct seal_class class, const uint8_t hash[SEAL_HASH_SIZE],
                           uint64_t from, size_t max, store_sequences_fn *found, void *ctx);

/* The feed: whose data changed. A subject's id comes into it in the commit of each change of the subject, an involvement or
 * a fact, a removal too, and stays until it is dropped. Each change has a place of its own, higher than all before it, but
 * for those of one person next to each other in a batch, which share one: so dropping a place drops no change that came after
 * it was read, and a person may stand in a page more than once. In order of `place`. */
struct store_change {
    uint64_t place;
    struct ident subject;
};
typedef void store_feed_fn(void *ctx, const struct store_change *changes, size_t count, const struct error *err);
/* Those behind place `after` (0: all), at most STORE_LIST_MAX. */
void store_feed_read(struct store_door *door, uint64_t after, size_t max, store_feed_fn *read, void *ctx);
void store_feed_drop(struct store_batch *batch, const struct store_change *dropped); /* not there: fine */

/* Small named values on which processes must agree; stored sealed. */
void store_set_value(struct store_batch *batch, const char *name, struct slice value);
typedef void store_value_fn(void *ctx, struct slice value, const struct error *err); /* empty: not set */
void store_get_value(struct store_door *door, const char *name, store_value_fn *got, void *ctx);

#endif
