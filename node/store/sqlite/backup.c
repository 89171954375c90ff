#include "store/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "store/kinds.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/sql.h"

enum { PATH_ROOM = 4096 };

const char backup_database_name[] = "knooppunt.db";

static enum result sync_file(const char *path, struct error *err)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    const bool synced = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) {
        (void)close(fd);
    }
    ENSURE(synced, err, FAULT_IO, path, "niet op schijf te zetten: %s", strerror(errno));
    return RESULT_OK;
}

/* Two databases are at work: a full disk is the copy's, as the other is only read. */
static enum result copy_fault(int code, const char *target, struct error *err)
{
    struct error why;
    (void)sql_fault(code, &why);
    return error_set(err, why.fault, (code & 0xFF) == SQLITE_FULL ? target : why.where, "%s", why.what);
}

static enum result copy_into(sqlite3 *db, const char *target, struct error *err)
{
    sqlite3_stmt *statement = NULL;
    TRY(sql_prepare(db, "VACUUM INTO ?1", &statement, err));
    (void)sqlite3_bind_text(statement, 1, target, -1, SQLITE_STATIC);
    const int code = sql_run(statement);
    (void)sqlite3_finalize(statement);
    return code == SQLITE_OK ? sync_file(target, err) : copy_fault(code, target, err);
}

enum result backup_copy(const char *folder, const char *target, struct error *err)
{
    char path[PATH_ROOM];
    sqlite3 *db = NULL;
    (void)snprintf(path, sizeof path, "%s/%s", folder, backup_database_name);
    ENSURE(access(path, R_OK) == 0, err, FAULT_IO, path, "niet te lezen: %s", strerror(errno));
    /* SQLite fills an empty file that is there: so nobody else can ever read it. */
    const int fd = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    ENSURE(fd >= 0, err, FAULT_IO, target, "niet te maken: %s", strerror(errno));
    (void)close(fd);
    enum result result = sql_open(path, SQL_READER, false, &db, err);
    if (result == RESULT_OK) {
        result = copy_into(db, target, err);
    }
    (void)sqlite3_close(db);
    if (result != RESULT_OK) {
        (void)unlink(target);
    }
    return result;
}

/* ---- examining ---- */

static enum result check_structure(sqlite3 *db, struct error *err)
{
    sqlite3_stmt *statement = NULL;
    TRY(sql_prepare(db, "PRAGMA integrity_check(1)", &statement, err));
    const bool whole = sqlite3_step(statement) == SQLITE_ROW && slice_is(sql_column(statement, 0), "ok");
    (void)sqlite3_finalize(statement);
    ENSURE(whole, err, FAULT_STORE, "reservekopie", "de database is beschadigd");
    return RESULT_OK;
}

static enum result recompute(sqlite3 *db, struct merkle_frontier *tree, struct error *err)
{
    sqlite3_stmt *statement = NULL;
    uint64_t next = 0;
    TRY(sql_prepare(db, "SELECT seq, leaf FROM leaf ORDER BY seq", &statement, err));
    merkle_init(tree);
    int code = sqlite3_step(statement);
    for (; code == SQLITE_ROW && (uint64_t)sqlite3_column_int64(statement, 0) == next; next++) {
        struct sha256 hash;
        merkle_leaf_hash(sql_column(statement, 1), &hash);
        merkle_append(tree, &hash);
        code = sqlite3_step(statement);
    }
    (void)sqlite3_finalize(statement);
    ENSURE(code == SQLITE_DONE, err, FAULT_STORE, "reservekopie", "in het logboek ontbreekt regel %llu",
           (unsigned long long)next);
    return RESULT_OK;
}

static enum result check_log(sqlite3 *db, struct merkle_frontier *tree, struct error *err)
{
    struct merkle_frontier stored;
    struct sha256 roots[2];
    sqlite3_stmt *statement = NULL;
    TRY(sql_prepare(db, "SELECT frontier FROM tree WHERE one = 1", &statement, err));
    const bool read = sqlite3_step(statement) == SQLITE_ROW && merkle_decode(sql_column(statement, 0), &stored);
    (void)sqlite3_finalize(statement);
    ENSURE(read, err, FAULT_STORE, "reservekopie", "de boom van het logboek is niet te lezen");
    TRY(recompute(db, tree, err));
    merkle_root(&stored, &roots[0]);
    merkle_root(tree, &roots[1]);
    ENSURE(stored.size == tree->size && memcmp(&roots[0], &roots[1], sizeof roots[0]) == 0, err, FAULT_STORE,
           "reservekopie", "het logboek is veranderd: zijn regels geven een andere boom dan is opgeslagen");
    return RESULT_OK;
}

static enum result examine(sqlite3 *db, struct backup_content *out, struct error *err)
{
    TRY(schema_check(db, &out->schema, err));
    ENSURE(out->schema > 0, err, FAULT_CONFIG, "reservekopie", "dit is geen database van een knooppunt");
    TRY(check_structure(db, err));
    TRY(check_log(db, &out->tree, err));
    for (enum store_kind kind = 0; kind < STORE_KIND_COUNT; kind++) {
        char text[64];
        int64_t count = 0;
        (void)snprintf(text, sizeof text, "SELECT count(*) FROM %s", kind_of(kind)->table);
        TRY(sql_number(db, text, &count, err));
        out->rows += count;
    }
    return RESULT_OK;
}

enum result backup_examine(const char *file, struct backup_content *out, struct error *err)
{
    struct backup_content content = {.schema = 0};
    sqlite3 *db = NULL;
    ENSURE(access(file, R_OK) == 0, err, FAULT_IO, file, "niet te lezen: %s", strerror(errno));
    enum result result = sql_open(file, SQL_READER, false, &db, err);
    if (result == RESULT_OK) {
        result = examine(db, &content, err);
    }
    (void)sqlite3_close(db);
    TRY(result);
    *out = content;
    return RESULT_OK;
}

enum result backup_checksum(const char *file, struct sha256 *out, uint64_t *bytes, struct error *err)
{
    static const size_t piece_size = BACKUP_PIECE_BYTES;
    struct merkle_frontier tree;
    uint8_t *piece CLEANUP(mem_cleanup) = mem_alloc(piece_size);
    ENSURE(piece != NULL, err, FAULT_NO_MEMORY, file, "geen geheugen");
    FILE *in = fopen(file, "re");
    ENSURE(in != NULL, err, FAULT_IO, file, "niet te lezen: %s", strerror(errno));
    merkle_init(&tree);
    *bytes = 0;
    for (size_t got = fread(piece, 1, piece_size, in); got != 0; got = fread(piece, 1, piece_size, in)) {
        struct sha256 hash;
        merkle_leaf_hash(slice_of(piece, got), &hash);
        merkle_append(&tree, &hash);
        *bytes += got;
    }
    const bool whole = ferror(in) == 0;
    (void)fclose(in);
    ENSURE(whole, err, FAULT_IO, file, "niet geheel te lezen");
    merkle_root(&tree, out);
    return RESULT_OK;
}
