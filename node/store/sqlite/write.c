/* Writing: one transaction per group, and when one is refused, a savepoint per batch that may be. */
#include "store/sqlite/database.h"

#include "base/bytes.h"
#include "base/limits.h"

static enum backend_outcome outcome_of(struct backend *backend, int code, struct error *err)
{
    if (code == SQLITE_OK) {
        return BACKEND_DONE;
    }
    (void)sql_fault(code, err);
    if (!sql_sync_failed(code)) {
        return BACKEND_FAILED;
    }
    atomic_store(&backend->sync_failed, true);
    backend->options.sync_failed(backend->options.sync_failed_ctx, err);
    return BACKEND_SYNC_FAILED;
}

enum backend_outcome backend_begin(struct backend *backend, struct error *err)
{
    (void)pthread_mutex_lock(&backend->commit_lock);
    return outcome_of(backend, sql_run(backend->fixed[WRITE_BEGIN]), err);
}

static int run_put(sqlite3_stmt *statement, const struct store_batch *batch, const struct change *change)
{
    sql_bind_ident(statement, PUT_ID, &change->id);
    /* Binding a parameter or statement does not have is refused by SQLite, and changes nothing. */
    if (change->has_parent) {
        sql_bind_ident(statement, PUT_PARENT, &change->parent);
    } else {
        (void)sqlite3_bind_null(statement, PUT_PARENT);
    }
    for (enum store_key key = STORE_KEY_A; key < STORE_KEY_COUNT; key++) {
        const int parameter = key == STORE_KEY_A ? PUT_KEY_A : PUT_KEY_B;
        if (change->has_key[key]) {
            sql_bind_slice(statement, parameter, slice_of(change->keys[key], SEAL_HASH_SIZE));
        } else {
            (void)sqlite3_bind_null(statement, parameter);
        }
    }
    sql_bind_slice(statement, PUT_PAYLOAD, batch_body(batch, change));
    uint8_t over[SEAL_VERSION_SIZE];
    bytes_put_u64(over, change->version);
    if (change->version != 0) {
        sql_bind_slice(statement, PUT_OVER, slice_of(over, sizeof over));
    } else {
        (void)sqlite3_bind_null(statement, PUT_OVER);
    }
    return sql_run(statement);
}

/* ---- the feed ---- */

/* Changes of one person mostly come next to each other: they need one place. */
static int feed(struct backend *backend, const struct ident *subject)
{
    if (ident_equal(subject, &backend->fed)) {
        return SQLITE_OK;
    }
    sql_bind_ident(backend->fixed[WRITE_FEED], 1, subject);
    const int code = sql_run(backend->fixed[WRITE_FEED]);
    backend->fed = *subject;
    return code;
}

/* The parent that the item has now, and not any more after the change. */
static int feed_lost(struct backend *backend, const struct change *change)
{
    sqlite3_stmt *statement = backend->feed_lost[change->kind];
    if (statement == NULL || change->is_new) {
        return SQLITE_OK;
    }
    sql_bind_ident(statement, 1, &change->id);
    if (change->has_parent) {
        sql_bind_ident(statement, 2, &change->parent);
    } else {
        (void)sqlite3_bind_null(statement, 2);
    }
    return sql_run(statement);
}

static int feed_put(struct backend *backend, const struct change *change)
{
    switch (kind_of(change->kind)->feeds) {
    case FEEDS_ITSELF:
        return feed(backend, &change->id);
    case FEEDS_PARENT:
        return change->has_parent ? feed(backend, &change->parent) : SQLITE_OK;
    default:
        return SQLITE_OK;
    }
}

static int feed_drop(struct backend *backend, const struct store_batch *batch, const struct change *change,
                     struct merkle_frontier *tree)
{
    (void)batch;
    (void)tree;
    (void)sqlite3_bind_int64(backend->fixed[WRITE_FEED_DROP], 1, (sqlite3_int64)change->version);
    sql_bind_ident(backend->fixed[WRITE_FEED_DROP], 2, &change->id);
    return sql_run(backend->fixed[WRITE_FEED_DROP]);
}

/* ---- items ---- */

/* Two plain statements instead of an upsert, for which SQLite keeps a copy of every page that it touches. */
static int put_row(struct backend *backend, const struct store_batch *batch, const struct change *change)
{
    if (!change->is_new) {
        int code = run_put(backend->change[change->kind], batch, change);
        if (code == SQLITE_OK && sqlite3_changes(backend->db) == 0 && backend->move[change->kind] != NULL) {
            code = run_put(backend->move[change->kind], batch, change);
        }
        if (code != SQLITE_OK || sqlite3_changes(backend->db) != 0) {
            return code;
        }
        if (change->version != 0) {
            return SQLITE_CONSTRAINT; /* not as it was read, or gone */
        }
    }
    return run_put(backend->insert[change->kind], batch, change);
}

static int put(struct backend *backend, const struct store_batch *batch, const struct change *change,
               struct merkle_frontier *tree)
{
    (void)tree;
    int code = feed_lost(backend, change);
    if (code == SQLITE_OK) {
        code = put_row(backend, batch, change);
    }
    return code == SQLITE_OK ? feed_put(backend, change) : code;
}

static int remove_item(struct backend *backend, const struct store_batch *batch, const struct change *change,
                       struct merkle_frontier *tree)
{
    (void)batch;
    (void)tree;
    const int code = feed_lost(backend, change);
    if (code != SQLITE_OK) {
        return code;
    }
    sql_bind_ident(backend->remove[change->kind], 1, &change->id);
    const int removed = sql_run(backend->remove[change->kind]);
    const bool itself = kind_of(change->kind)->feeds == FEEDS_ITSELF && sqlite3_changes(backend->db) != 0;
    return removed == SQLITE_OK && itself ? feed(backend, &change->id) : removed;
}

static void bind_or_null(sqlite3_stmt *statement, int parameter, struct slice bytes)
{
    if (bytes.len != 0) {
        sql_bind_slice(statement, parameter, bytes);
    } else {
        (void)sqlite3_bind_null(statement, parameter);
    }
}

int tiles_append(sqlite3_stmt *tile, struct merkle_frontier *tree, const struct sha256 *leaf_hash)
{
    struct sha256 done[MERKLE_TILES_MAX];
    int code = SQLITE_OK;
    const size_t count = merkle_append_tiles(tree, leaf_hash, done);
    for (size_t i = 0; i < count && code == SQLITE_OK; i++) {
        const unsigned level = (unsigned)i + 1;
        (void)sqlite3_bind_int64(tile, 1, (sqlite3_int64)level);
        (void)sqlite3_bind_int64(tile, 2, (sqlite3_int64)((tree->size >> (level * MERKLE_TILE_LEVELS)) - 1));
        sql_bind_slice(tile, 3, slice_of(done[i].bytes, SHA256_SIZE));
        code = sql_run(tile);
    }
    return code;
}

static int append(struct backend *backend, const struct store_batch *batch, const struct change *change,
                  struct merkle_frontier *tree)
{
    sqlite3_stmt *statement = backend->fixed[WRITE_APPEND];
    const struct slice body = batch_body(batch, change);
    const size_t note_len = body.len - change->receipt_len;
    (void)sqlite3_bind_int64(statement, 1, (sqlite3_int64)tree->size);
    sql_bind_slice(statement, 2, batch_head(batch, change));
    bind_or_null(statement, 3, slice_of(body.ptr, note_len));
    bind_or_null(statement, 4, slice_of(body.ptr + note_len, change->receipt_len));
    const int code = sql_run(statement);
    return code == SQLITE_OK ? tiles_append(backend->fixed[WRITE_TILE], tree, &change->leaf_hash) : code;
}

static int set_value(struct backend *backend, const struct store_batch *batch, const struct change *change,
                     struct merkle_frontier *tree)
{
    (void)tree;
    sqlite3_stmt *statement = backend->fixed[WRITE_VALUE];
    const struct slice name = batch_head(batch, change);
    (void)sqlite3_bind_text64(statement, 1, (const char *)name.ptr, name.len, SQLITE_STATIC, SQLITE_UTF8);
    sql_bind_slice(statement, 2, batch_body(batch, change));
    return sql_run(statement);
}

static int index_put(struct backend *backend, const struct store_batch *batch, const struct change *change,
                     struct merkle_frontier *tree)
{
    (void)batch;
    (void)tree;
    sqlite3_stmt *statement = backend->fixed[WRITE_INDEX];
    (void)sqlite3_bind_int64(statement, 1, change->class.month);
    (void)sqlite3_bind_int64(statement, 2, change->class.class);
    sql_bind_slice(statement, 3, slice_of(change->keys[0], SEAL_HASH_SIZE));
    (void)sqlite3_bind_int64(statement, 4, (sqlite3_int64)change->version);
    return sql_run(statement);
}

static int index_drop(struct backend *backend, const struct store_batch *batch, const struct change *change,
                      struct merkle_frontier *tree)
{
    (void)batch;
    (void)tree;
    sqlite3_stmt *statement = backend->fixed[WRITE_INDEX_DROP];
    (void)sqlite3_bind_int64(statement, 1, change->class.month);
    (void)sqlite3_bind_int64(statement, 2, change->class.class);
    (void)sqlite3_bind_int64(statement, 3, STORE_INDEX_DROP_MAX);
    return sql_run(statement);
}

typedef int apply_fn(struct backend *backend, const struct store_batch *batch, const struct change *change,
                     struct merkle_frontier *tree);

static apply_fn *const appliers[] = {
    [CHANGE_PUT] = put,
    [CHANGE_REMOVE] = remove_item,
    [CHANGE_APPEND] = append,
    [CHANGE_VALUE] = set_value,
    [CHANGE_INDEX] = index_put,
    [CHANGE_INDEX_DROP] = index_drop,
    [CHANGE_FEED_DROP] = feed_drop,
};

static int apply_all(struct backend *backend, const struct store_batch *batch, struct merkle_frontier *tree,
                     const struct change **at)
{
    int code = SQLITE_OK;
    for (size_t i = 0; i < batch->count && code == SQLITE_OK; i++) {
        *at = &batch->changes[i];
        code = appliers[batch->changes[i].type](backend, batch, &batch->changes[i], tree);
    }
    return code;
}

static void tell_refusal(int code, const struct change *change, struct error *err)
{
    const char *table =
        change->type == CHANGE_PUT || change->type == CHANGE_REMOVE ? kind_of(change->kind)->table : "opslag";
    if (code == SQLITE_CONSTRAINT_FOREIGNKEY) {
        (void)error_set(err, FAULT_CONFLICT, table, "%s",
                        change->type == CHANGE_REMOVE ? "er hangt nog iets aan" : "waar dit aan hangt, is er niet");
    } else if (code == SQLITE_CONSTRAINT) {
        (void)error_set(err, FAULT_CONFLICT, table, "dit is intussen veranderd");
    } else {
        (void)error_set(err, FAULT_CONFLICT, table, "een sleutel die maar één keer mag voorkomen, is al in gebruik");
    }
}

/* Undoes the batch alone. */
static enum backend_outcome refuse(struct backend *backend, int code, const struct change *change, struct error *err)
{
    int undone = sql_run(backend->fixed[WRITE_UNDO]);
    if (undone == SQLITE_OK) {
        undone = sql_run(backend->fixed[WRITE_RELEASE]);
    }
    if (undone != SQLITE_OK) {
        return outcome_of(backend, undone, err);
    }
    tell_refusal(code, change, err);
    return BACKEND_REFUSED;
}

enum backend_outcome backend_apply(struct backend *backend, struct store_batch *batch, bool may_mark,
                                   struct merkle_frontier *tree, struct error *err)
{
    const struct change *at = NULL;
    const bool marked = batch->refusable && may_mark;
    const struct merkle_frontier before = *tree;
    backend->fed = (struct ident){{0}};
    int code = marked ? sql_run(backend->fixed[WRITE_MARK]) : SQLITE_OK;
    if (code == SQLITE_OK) {
        code = apply_all(backend, batch, tree, &at);
        if (batch->refusable && (code & 0xFF) == SQLITE_CONSTRAINT) {
            *tree = before;
            if (marked) {
                return refuse(backend, code, at, err);
            }
            tell_refusal(code, at, err);
            return BACKEND_REFUSED;
        }
    }
    if (code == SQLITE_OK && marked) {
        code = sql_run(backend->fixed[WRITE_RELEASE]);
    }
    return outcome_of(backend, code, err);
}

enum backend_outcome backend_commit(struct backend *backend, const struct merkle_frontier *tree, struct error *err)
{
    uint8_t frontier[MERKLE_ENCODED_MAX];
    sql_bind_slice(backend->fixed[WRITE_TREE], 1, slice_of(frontier, merkle_encode(tree, frontier)));
    int code = sql_run(backend->fixed[WRITE_TREE]);
    if (code == SQLITE_OK) {
        code = sql_run(backend->fixed[WRITE_COMMIT]);
    }
    const enum backend_outcome outcome = outcome_of(backend, code, err);
    if (outcome == BACKEND_DONE) {
        (void)pthread_mutex_unlock(&backend->commit_lock);
    }
    return outcome;
}

void backend_rollback(struct backend *backend)
{
    if (sqlite3_get_autocommit(backend->db) == 0) { /* a full disk may have rolled back by itself */
        (void)sqlite3_exec(backend->db, "ROLLBACK", NULL, NULL, NULL);
    }
    (void)pthread_mutex_unlock(&backend->commit_lock);
}
