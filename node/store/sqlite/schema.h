/*
 * schema.h - the tables, as steps from each version to the next. Inside sqlite/ only.
 *
 * A step, once released, never changes: a change is a new step. The version stands in PRAGMA user_version.
 * Thread: the opening one. Faults: FAULT_CONFIG when the file is not ours or newer; it is not changed then.
 */
#ifndef KETENBRUG_STORE_SQLITE_SCHEMA_H
#define KETENBRUG_STORE_SQLITE_SCHEMA_H

#include <stdint.h>

#include "store/sqlite/sql.h"

int schema_latest(void);
/* 0: a new, empty database. */
MUST_USE enum result schema_check(sqlite3 *db, int *version, struct error *err);
/* All steps from `version` on, in one transaction. `proof` goes into a new database. */
MUST_USE enum result schema_migrate(sqlite3 *db, int version, struct slice proof, int64_t now_ms, struct error *err);

#endif
