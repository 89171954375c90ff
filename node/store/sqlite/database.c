/* Opening and closing: what must be true of a database before the first change. */
#include "store/sqlite/database.h"

#include "base/mem.h"
#include "store/folder.h"
#include "store/sqlite/schema.h"

static const char file_name[] = "knooppunt.db";

int backend_schema_version(void)
{
    return schema_latest();
}

static enum result make_path(const char *folder, char **out, struct error *err)
{
    struct buf path;
    buf_init(&path, strlen(folder) + sizeof file_name + 2); /* also for the zero that formatting writes */
    buf_format(&path, "%s/%s", folder, file_name);
    buf_byte(&path, '\0');
    if (!buf_ok(&path)) {
        buf_free(&path);
        FAIL(err, FAULT_NO_MEMORY, "opslag", "geen geheugen");
    }
    *out = (char *)path.ptr;
    return RESULT_OK;
}

static enum result look(struct backend *backend, struct error *err)
{
    const struct backend_options *options = &backend->options;
    TRY(make_path(options->folder, &backend->path, err));
    /* SQLite would make the file readable for others; its side files take over the rights of this one. */
    TRY(folder_file(options->folder, file_name, err));
    TRY(sql_open(backend->path, SQL_WRITER, options->test_without_sync, &backend->db, err));
    /* Until it is known to be ours, closing may not write either: see store_confirm. */
    (void)sqlite3_db_config(backend->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    return schema_check(backend->db, &backend->version, err);
}

enum result backend_open(const struct backend_options *options, struct backend **out, struct error *err)
{
    struct backend *backend = mem_zalloc(sizeof *backend);
    ENSURE(backend != NULL, err, FAULT_NO_MEMORY, "opslag", "geen geheugen");
    backend->options = *options;
    atomic_init(&backend->sync_failed, false);
    atomic_init(&backend->confirmed, false);
    (void)pthread_mutex_init(&backend->commit_lock, NULL);
    if (look(backend, err) != RESULT_OK) {
        backend_close(backend);
        return RESULT_FAILED;
    }
    *out = backend;
    return RESULT_OK;
}

enum result backend_key_proof(struct backend *backend, struct buf *out, struct error *err)
{
    if (backend->version == 0) {
        return RESULT_OK;
    }
    sqlite3_stmt *statement = NULL;
    TRY(sql_prepare(backend->db, "SELECT value FROM meta WHERE name = 'sleutelproef'", &statement, err));
    const int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        buf_slice_in(out, sql_column(statement, 0));
    }
    (void)sqlite3_finalize(statement);
    ENSURE(buf_ok(out), err, FAULT_NO_MEMORY, "opslag", "geen geheugen");
    ENSURE(code == SQLITE_ROW && out->len != 0, err, FAULT_CONFIG, "opslag",
           "de opslag is beschadigd: zonder sleutelproef (code %d)", code);
    return RESULT_OK;
}

static enum result use_wal(sqlite3 *db, struct error *err)
{
    sqlite3_stmt *statement = NULL;
    TRY(sql_prepare(db, "PRAGMA journal_mode=WAL", &statement, err));
    const int code = sqlite3_step(statement);
    const bool wal = code == SQLITE_ROW && slice_is(sql_column(statement, 0), "wal");
    (void)sqlite3_finalize(statement);
    if (code != SQLITE_ROW) {
        return sql_fault(code, err);
    }
    ENSURE(wal, err, FAULT_CONFIG, "opslag", "dit bestandssysteem kan de opslag niet dragen (geen write-ahead log)");
    return RESULT_OK;
}

static enum result load_tree(sqlite3 *db, struct merkle_frontier *tree, struct error *err)
{
    sqlite3_stmt *statement = NULL;
    TRY(statements_read(db, READ_TREE, &statement, err));
    const bool read = sqlite3_step(statement) == SQLITE_ROW && merkle_decode(sql_column(statement, 0), tree);
    (void)sqlite3_finalize(statement);
    ENSURE(read, err, FAULT_CONFIG, "logboek", "het logboek is beschadigd: de boom is niet te lezen");
    int64_t leaves = 0;
    TRY(sql_number(db, "SELECT coalesce(max(seq) + 1, 0) FROM leaf", &leaves, err));
    ENSURE((uint64_t)leaves == tree->size, err, FAULT_CONFIG, "logboek",
           "het logboek is beschadigd: de boom telt %llu regels, het logboek %lld", (unsigned long long)tree->size,
           (long long)leaves);
    return RESULT_OK;
}

/* A database from before subtrees were kept gets them once; the tree's root is found on the way. */
static enum result fill_tiles(sqlite3 *db, sqlite3_stmt *leaves, sqlite3_stmt *tile, const struct merkle_frontier *tree,
                              struct error *err)
{
    struct merkle_frontier again;
    int code = SQLITE_OK;
    merkle_init(&again);
    TRY(sql_exec(db, "BEGIN IMMEDIATE; DELETE FROM tile", err));
    while (code == SQLITE_OK && sqlite3_step(leaves) == SQLITE_ROW) {
        struct sha256 hash;
        merkle_leaf_hash(sql_column(leaves, 0), &hash);
        code = tiles_append(tile, &again, &hash);
    }
    if (code != SQLITE_OK || again.size != tree->size) {
        (void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
        return code != SQLITE_OK
                   ? sql_fault(code, err)
                   : error_set(err, FAULT_CONFIG, "logboek", "het logboek is beschadigd: het is niet heel te lezen");
    }
    return sql_exec(db, "COMMIT", err);
}

static enum result ensure_tiles(sqlite3 *db, const struct merkle_frontier *tree, struct error *err)
{
    int64_t kept = 0;
    sqlite3_stmt *leaves = NULL;
    sqlite3_stmt *tile = NULL;
    TRY(sql_number(db, "SELECT coalesce(max(place) + 1, 0) FROM tile WHERE level = 1", &kept, err));
    if ((uint64_t)kept == tree->size >> MERKLE_TILE_LEVELS) {
        return RESULT_OK;
    }
    enum result result = sql_prepare(db, "SELECT leaf FROM leaf ORDER BY seq", &leaves, err);
    if (result == RESULT_OK) {
        result = statements_write(db, WRITE_TILE, &tile, err);
    }
    if (result == RESULT_OK) {
        result = fill_tiles(db, leaves, tile, tree, err);
    }
    (void)sqlite3_finalize(leaves);
    (void)sqlite3_finalize(tile);
    return result;
}

static enum result prepare_all(struct backend *backend, struct error *err)
{
    for (enum write_statement i = 0; i < WRITE_COUNT; i++) {
        TRY(statements_write(backend->db, i, &backend->fixed[i], err));
    }
    for (enum store_kind kind = 0; kind < STORE_KIND_COUNT; kind++) {
        TRY(statements_change(backend->db, kind, &backend->change[kind], err));
        if (kind_has_parent(kind) || kind_has_key(kind, STORE_KEY_A) || kind_has_key(kind, STORE_KEY_B)) {
            TRY(statements_move(backend->db, kind, &backend->move[kind], err));
        }
        TRY(statements_insert(backend->db, kind, &backend->insert[kind], err));
        TRY(statements_remove(backend->db, kind, &backend->remove[kind], err));
        if (kind_of(kind)->feeds == FEEDS_PARENT) {
            TRY(statements_feed_lost(backend->db, kind, &backend->feed_lost[kind], err));
        }
    }
    return RESULT_OK;
}

void backend_confirm(struct backend *backend)
{
    atomic_store(&backend->confirmed, true);
}

static int on_commit(void *ctx, sqlite3 *db, const char *name, int wal_pages)
{
    struct backend *backend = ctx;
    (void)db;
    (void)name;
    checkpoint_note(backend->checkpoint, wal_pages);
    backend_confirm(backend);
    return SQLITE_OK;
}

static void on_sync_failed(void *ctx, const struct error *err)
{
    struct backend *backend = ctx;
    atomic_store(&backend->sync_failed, true);
    backend->options.sync_failed(backend->options.sync_failed_ctx, err);
}

static enum result start_checkpoints(struct backend *backend, struct error *err)
{
    struct backend_options options = backend->options;
    options.sync_failed = on_sync_failed;
    options.sync_failed_ctx = backend;
    return checkpoint_start(&options, backend->path, &backend->commit_lock, &backend->checkpoint, err);
}

enum result backend_prepare(struct backend *backend, struct slice proof, int64_t now_ms, struct merkle_frontier *tree,
                            struct error *err)
{
    TRY(use_wal(backend->db, err));
    TRY(schema_migrate(backend->db, backend->version, proof, now_ms, err));
    TRY(load_tree(backend->db, tree, err));
    TRY(ensure_tiles(backend->db, tree, err));
    TRY(prepare_all(backend, err));
    TRY(start_checkpoints(backend, err));
    (void)sqlite3_wal_hook(backend->db, on_commit, backend);
    if (backend->version != schema_latest()) {
        backend_confirm(backend);
    }
    return RESULT_OK;
}

bool backend_behind(struct backend *backend)
{
    return checkpoint_behind(backend->checkpoint);
}

static void finalize_all(sqlite3_stmt **statements, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        (void)sqlite3_finalize(statements[i]); /* NULL is fine */
    }
}

void backend_close(struct backend *backend)
{
    checkpoint_stop(backend->checkpoint);
    finalize_all(backend->fixed, COUNT_OF(backend->fixed));
    finalize_all(backend->change, COUNT_OF(backend->change));
    finalize_all(backend->move, COUNT_OF(backend->move));
    finalize_all(backend->insert, COUNT_OF(backend->insert));
    finalize_all(backend->remove, COUNT_OF(backend->remove));
    finalize_all(backend->feed_lost, COUNT_OF(backend->feed_lost));
    if (backend->db != NULL) {
        /* After a failed sync it is unknown what the disk lost: the log stays as it is, for recovery at the next start. */
        if (atomic_load(&backend->confirmed) && !atomic_load(&backend->sync_failed)) {
            (void)sqlite3_db_config(backend->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
        }
        (void)sqlite3_close(backend->db);
    }
    (void)pthread_mutex_destroy(&backend->commit_lock);
    mem_free(backend->path);
    mem_free(backend);
}
