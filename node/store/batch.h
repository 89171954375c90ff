/*
 * batch.h - what a batch holds between the loop that fills it and the thread that writes it. Inside this room only.
 *
 * A batch is a list of changes, already sealed and hashed: nothing in it can be read without the keyring. It is also
 * its own node in the queue and in the door's list of completed work, so that completing never needs memory.
 * Ownership: the door's loop until store_commit, then the queue, then the door again; freed after `done`, or kept by the
 *            door for the next.
 * Thread:    one owner at a time.
 */
#ifndef KETENBRUG_STORE_BATCH_H
#define KETENBRUG_STORE_BATCH_H

#include "base/buf.h"
#include "base/digest.h"
#include "store/seal.h"
#include "store/store.h"

enum change_type {
    CHANGE_PUT,
    CHANGE_REMOVE,
    CHANGE_APPEND,
    CHANGE_VALUE,
    CHANGE_INDEX,
    CHANGE_INDEX_DROP,
    CHANGE_FEED_DROP,
};

struct change {
    enum change_type type;
    enum store_kind kind; /* PUT, REMOVE */
    bool has_parent;
    bool has_key[STORE_KEY_COUNT];
    struct ident id;
    struct ident parent;
    uint8_t keys[STORE_KEY_COUNT][SEAL_HASH_SIZE]; /* INDEX: its hash is the first */
    uint64_t version;        /* PUT: that it must replace; 0: any. INDEX: the sequence number. FEED_DROP: the place */
    struct seal_class class; /* INDEX, INDEX_DROP */
    bool is_new;             /* PUT: nothing is looked for that it might replace */
    struct sha256 leaf_hash; /* APPEND: reckoned on the loop, so that the one writer does less */
    size_t offset;           /* in bytes: */
    size_t head_len;         /* APPEND: the leaf; VALUE: the name; PUT: 0 */
    size_t len;              /* head and what follows it: note and receipt, value, payload */
    size_t receipt_len;      /* APPEND: of these, at the end */
};

enum { BATCH_CHANGES_FIRST = 2 }; /* most batches hold no more */

struct store_batch {
    struct store_batch *next;
    struct store_door *door;
    store_done *done;
    void *ctx;
    struct change *changes; /* `first`, or memory of their own */
    size_t count;
    size_t capacity;
    struct change first[BATCH_CHANGES_FIRST];
    uint64_t leaves; /* among them */
    struct buf bytes;
    bool refusable; /* holds a change that the database may refuse for this batch alone */
    bool failed;    /* err counts */
    struct store_committed committed;
    struct error err;
};

struct batch_list {
    struct store_batch *first;
    struct store_batch *last;
    size_t count;
};

void batch_list_push(struct batch_list *list, struct store_batch *batch);
struct store_batch *batch_list_pop(struct batch_list *list);              /* NULL: empty */
void batch_list_append(struct batch_list *list, struct batch_list *more); /* empties `more` */

void batch_drop(struct store_batch *batch); /* its memory; store_batch_free may keep it */

/* The first failure counts. */
void batch_fail(struct store_batch *batch, enum fault fault, const char *where, const char *what);
struct slice batch_head(const struct store_batch *batch, const struct change *change);
struct slice batch_body(const struct store_batch *batch, const struct change *change);

#endif
