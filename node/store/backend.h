/*
 * backend.h - what a database must do for the store. sqlite/ does it; postgres/ can stand beside it.
 *
 * Does:      keeps rows, leaves, the tree and named values; gives each reader a stable view.
 * Does not:  seal, open, hash, queue or know of loops: it sees sealed content and keyed hashes only.
 * Ownership: backend_close after every reader is closed. Rows handed to a function are borrowed until it returns.
 * Thread:    opening and closing on one thread; begin..commit on the writer thread; a reader on its own thread.
 * Faults:    FAULT_CONFIG when the database is not ours, newer or damaged at open; FAULT_STORE and FAULT_NO_MEMORY
 *            after that.
 */
#ifndef KETENBRUG_STORE_BACKEND_H
#define KETENBRUG_STORE_BACKEND_H

#include "base/buf.h"
#include "base/merkle.h"
#include "store/batch.h"

struct backend;
struct backend_reader;

struct backend_options {
    const char *folder;
    const struct log_sink *log;
    /* The database could not be synced: what it holds is unknown from here on. Writer or housekeeping thread. */
    void (*sync_failed)(void *ctx, const struct error *err);
    void *sync_failed_ctx;
    bool test_without_sync;
};

int backend_schema_version(void);

/* Opens and looks; changes nothing in a database that is not ours, or newer. */
MUST_USE enum result backend_open(const struct backend_options *options, struct backend **out, struct error *err);
/* The proof that was stored when the database was made; empty when there is none yet. */
MUST_USE enum result backend_key_proof(struct backend *backend, struct buf *out, struct error *err);
/* Makes or migrates the database, and reads the tree. `proof` is stored when the database is new. */
MUST_USE enum result backend_prepare(struct backend *backend, struct slice proof, int64_t now_ms,
                                     struct merkle_frontier *tree, struct error *err);
void backend_close(struct backend *backend);

/* ---- writing ---- */
enum backend_outcome {
    BACKEND_DONE,
    BACKEND_REFUSED,     /* this batch alone: a key is taken, a parent is missing */
    BACKEND_FAILED,      /* nothing can be written now; the whole group is undone */
    BACKEND_SYNC_FAILED, /* as above, and sync_failed was called */
};

enum backend_outcome backend_begin(struct backend *backend, struct error *err);
/* Applies one batch; `tree` gets its leaves, and is as before when the batch is refused. `may_mark`: a place to
 * go back to is marked first; else the caller rolls back when it is refused. */
enum backend_outcome backend_apply(struct backend *backend, struct store_batch *batch, bool may_mark,
                                   struct merkle_frontier *tree, struct error *err);
/* Durable when BACKEND_DONE. */
enum backend_outcome backend_commit(struct backend *backend, const struct merkle_frontier *tree, struct error *err);
/* What was committed lately still has to find its place: what can wait had better. Any thread. */
bool backend_behind(struct backend *backend);
void backend_confirm(struct backend *backend);  /* any thread */
void backend_rollback(struct backend *backend); /* after BACKEND_FAILED, _SYNC_FAILED, or a refusal alone */

/* ---- reading ---- */
MUST_USE enum result backend_reader_open(struct backend *backend, struct backend_reader **out, struct error *err);
void backend_reader_close(struct backend_reader *reader);
/* Between these all reads see one state. */
MUST_USE enum result backend_reader_begin(struct backend_reader *reader, struct error *err);
void backend_reader_end(struct backend_reader *reader);

struct backend_row {
    struct ident id;
    struct ident parent; /* all zero: none */
    struct slice sealed;
    uint64_t ordinal;
};

typedef enum result backend_row_fn(void *ctx, const struct backend_row *row, struct error *err);

/* Each calls `row` for what it finds, in order of entry; finding nothing is no fault. */
MUST_USE enum result backend_by_key(struct backend_reader *reader, enum store_kind kind, enum store_key key,
                                    const uint8_t hash[SEAL_HASH_SIZE], backend_row_fn *row, void *ctx,
                                    struct error *err);
MUST_USE enum result backend_by_id(struct backend_reader *reader, enum store_kind kind, const struct ident *id,
                                   backend_row_fn *row, void *ctx, struct error *err);
/* Behind ordinal `after`. */
MUST_USE enum result backend_children(struct backend_reader *reader, enum store_kind kind, const struct ident *parent,
                                      uint64_t after, size_t max, backend_row_fn *row, void *ctx, struct error *err);
/* FAULT_NOT_FOUND when `after` is not there. */
MUST_USE enum result backend_list(struct backend_reader *reader, enum store_kind kind, const struct ident *after,
                                  size_t max, backend_row_fn *row, void *ctx, struct error *err);

MUST_USE enum result backend_newest(struct backend_reader *reader, enum store_kind kind, uint64_t *ordinal,
                                    struct error *err);

struct backend_leaf {
    uint64_t sequence;
    struct slice leaf;
    struct slice note;
    struct slice receipt;
};

typedef enum result backend_leaf_fn(void *ctx, const struct backend_leaf *leaf, struct error *err);
MUST_USE enum result backend_leaves(struct backend_reader *reader, uint64_t from, size_t max, backend_leaf_fn *leaf,
                                    void *ctx, struct error *err);
/* Roots of subtrees of 256^level leaves, in order, as many as there are; the count is given back. */
MUST_USE enum result backend_tiles(struct backend_reader *reader, unsigned level, uint64_t from, size_t max,
                                   struct sha256 *out, size_t *count, struct error *err);
/* The next month and class with entries, below `class`; false in `found`: no more. */
MUST_USE enum result backend_index_class(struct backend_reader *reader, struct seal_class below, struct seal_class *out,
                                         bool *found, struct error *err);
/* Highest first; how many is given back. */
MUST_USE enum result backend_index_find(struct backend_reader *reader, struct seal_class class,
                                        const uint8_t hash[SEAL_HASH_SIZE], uint64_t before, size_t max, uint64_t *out,
                                        size_t *count, struct error *err);
/* From `from` on, the lowest first. */
MUST_USE enum result backend_index_find_from(struct backend_reader *reader, struct seal_class class,
                                             const uint8_t hash[SEAL_HASH_SIZE], uint64_t from, size_t max,
                                             uint64_t *out, size_t *count, struct error *err);
/* Of the feed, behind place `after`; how many is given back. */
MUST_USE enum result backend_feed(struct backend_reader *reader, uint64_t after, size_t max, struct store_change *out,
                                  size_t *count, struct error *err);
MUST_USE enum result backend_tree(struct backend_reader *reader, struct merkle_frontier *tree, struct error *err);
/* Sealed; nothing is added when it is not set. */
MUST_USE enum result backend_value(struct backend_reader *reader, const char *name, struct buf *out, struct error *err);

#endif
