/*
 * sql.h - SQLite as this room uses it: connections with their settings, statements, and its codes as faults.
 * Inside sqlite/ only.
 *
 * Ownership: sql_open/sqlite3_close; a statement is finalized before its connection closes.
 * Thread:    a connection belongs to one thread at a time (SQLITE_OPEN_NOMUTEX).
 * Faults:    FAULT_STORE, FAULT_NO_MEMORY; never SQLite's own text, which may quote what was stored.
 */
#ifndef KETENBRUG_STORE_SQLITE_SQL_H
#define KETENBRUG_STORE_SQLITE_SQL_H

#include <stdbool.h>

#include <sqlite3.h>

#include "base/fault.h"
#include "base/ident.h"
#include "base/slice.h"

/* What a connection is for; the settings follow from it. */
enum sql_role { SQL_WRITER, SQL_READER, SQL_CHECKPOINTS };

MUST_USE enum result sql_open(const char *path, enum sql_role role, bool without_sync, sqlite3 **out,
                              struct error *err);
MUST_USE enum result sql_exec(sqlite3 *db, const char *sql, struct error *err);
MUST_USE enum result sql_number(sqlite3 *db, const char *sql, int64_t *out, struct error *err);
/* Kept for long; finalized by the caller. */
MUST_USE enum result sql_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out, struct error *err);
/* Steps once and resets: SQLITE_OK, or the extended code of what went wrong. */
int sql_run(sqlite3_stmt *statement);

enum result sql_fault(int code, struct error *err); /* fills err, returns RESULT_FAILED */
bool sql_sync_failed(int code);                     /* the disk took data and lost it: see store.h, fatal */

void sql_bind_slice(sqlite3_stmt *statement, int index, struct slice bytes); /* borrowed until the next step is done */
void sql_bind_ident(sqlite3_stmt *statement, int index, const struct ident *id);
struct slice sql_column(sqlite3_stmt *statement, int index);                  /* valid until the next step */
bool sql_column_ident(sqlite3_stmt *statement, int index, struct ident *out); /* NULL: all zero; false: not an ident */

#endif
