#include "store/sqlite/sql.h"

#include <stdio.h>

#include "base/limits.h"

enum { BUSY_WAIT_MS = 5000, SQL_TEXT_MAX = 512 };

struct fault_of_code {
    int code; /* primary */
    enum fault fault;
    const char *what;
};

static const struct fault_of_code faults[] = {
    {SQLITE_FULL, FAULT_STORE, "de schijf is vol"},
    {SQLITE_READONLY, FAULT_STORE, "de opslag is alleen te lezen"},
    {SQLITE_IOERR, FAULT_STORE, "de schijf gaf een fout bij lezen of schrijven"},
    {SQLITE_CORRUPT, FAULT_STORE, "de opslag is beschadigd"},
    {SQLITE_NOTADB, FAULT_STORE, "dit bestand is geen opslag"},
    {SQLITE_CANTOPEN, FAULT_STORE, "het bestand van de opslag kan niet worden geopend"},
    {SQLITE_PERM, FAULT_STORE, "geen recht op het bestand van de opslag"},
    {SQLITE_BUSY, FAULT_STORE, "de opslag is door een ander in gebruik"},
    {SQLITE_NOMEM, FAULT_NO_MEMORY, "geen geheugen voor de opslag"},
    {SQLITE_CONSTRAINT, FAULT_CONFLICT, "dit botst met wat er al is opgeslagen"},
};

enum result sql_fault(int code, struct error *err)
{
    for (size_t i = 0; i < COUNT_OF(faults); i++) {
        if (faults[i].code == (code & 0xFF)) {
            FAIL(err, faults[i].fault, "opslag", "%s (code %d)", faults[i].what, code);
        }
    }
    FAIL(err, FAULT_STORE, "opslag", "de opslag werkt niet (code %d)", code);
}

bool sql_sync_failed(int code)
{
    return code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC;
}

enum result sql_exec(sqlite3 *db, const char *sql, struct error *err)
{
    const int code = sqlite3_exec(db, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? RESULT_OK : sql_fault(code, err);
}

enum result sql_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out, struct error *err)
{
    const int code = sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL);
    return code == SQLITE_OK ? RESULT_OK : sql_fault(code, err);
}

enum result sql_number(sqlite3 *db, const char *sql, int64_t *out, struct error *err)
{
    sqlite3_stmt *statement = NULL;
    TRY(sql_prepare(db, sql, &statement, err));
    const int code = sqlite3_step(statement);
    const int64_t number = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    (void)sqlite3_finalize(statement);
    if (code != SQLITE_ROW) {
        return sql_fault(code, err);
    }
    *out = number;
    return RESULT_OK;
}

int sql_run(sqlite3_stmt *statement)
{
    const int code = sqlite3_step(statement);
    (void)sqlite3_reset(statement);
    return code == SQLITE_DONE || code == SQLITE_ROW ? SQLITE_OK : code;
}

static enum result settings(sqlite3 *db, enum sql_role role, bool without_sync, struct error *err)
{
    (void)sqlite3_extended_result_codes(db, 1);
    (void)sqlite3_busy_timeout(db, BUSY_WAIT_MS);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    /* Readers map the file (mapping.h). A mapped page is looked at anew each time it is used, so its cells are checked
     * where the page is changed. */
    const bool reads = role == SQL_READER;
    char text[SQL_TEXT_MAX];
    (void)snprintf(text, sizeof text,
                   "PRAGMA page_size=%d; PRAGMA temp_store=MEMORY; PRAGMA cell_size_check=%s; PRAGMA mmap_size=%lld; "
                   "PRAGMA cache_size=-%d; "
                   "PRAGMA synchronous=%s;",
                   (int)STORE_PAGE_BYTES, reads ? "OFF" : "ON", reads ? (long long)STORE_MAP_KIB * 1024 : 0,
                   reads ? (int)STORE_READ_CACHE_KIB : (int)STORE_WRITE_CACHE_KIB, without_sync ? "OFF" : "FULL");
    TRY(sql_exec(db, text, err));
    if (role == SQL_READER) {
        return RESULT_OK;
    }
    return sql_exec(db, "PRAGMA secure_delete=ON; PRAGMA foreign_keys=ON; PRAGMA wal_autocheckpoint=0;", err);
}

enum result sql_open(const char *path, enum sql_role role, bool without_sync, sqlite3 **out, struct error *err)
{
    sqlite3 *db = NULL;
    const int access = role == SQL_READER ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    const int code = sqlite3_open_v2(path, &db, access | SQLITE_OPEN_NOMUTEX, NULL);
    const enum result result = code == SQLITE_OK ? settings(db, role, without_sync, err) : sql_fault(code, err);
    if (result != RESULT_OK) {
        (void)sqlite3_close(db);
        return RESULT_FAILED;
    }
    *out = db;
    return RESULT_OK;
}

void sql_bind_slice(sqlite3_stmt *statement, int index, struct slice bytes)
{
    /* A NULL pointer would bind NULL, not an empty blob. The bounds of the store keep lengths far below INT_MAX. */
    const void *ptr = bytes.len != 0 ? (const void *)bytes.ptr : "";
    (void)sqlite3_bind_blob64(statement, index, ptr, bytes.len, SQLITE_STATIC);
}

void sql_bind_ident(sqlite3_stmt *statement, int index, const struct ident *id)
{
    (void)sqlite3_bind_blob(statement, index, id->bytes, IDENT_SIZE, SQLITE_STATIC);
}

struct slice sql_column(sqlite3_stmt *statement, int index)
{
    const void *ptr = sqlite3_column_blob(statement, index);
    const int len = sqlite3_column_bytes(statement, index);
    return slice_of(ptr, ptr != NULL && len > 0 ? (size_t)len : 0);
}

bool sql_column_ident(sqlite3_stmt *statement, int index, struct ident *out)
{
    const struct slice bytes = sql_column(statement, index);
    if (bytes.len == 0) {
        *out = (struct ident){{0}};
        return true;
    }
    if (bytes.len != IDENT_SIZE) {
        return false;
    }
    memcpy(out->bytes, bytes.ptr, IDENT_SIZE);
    return true;
}
