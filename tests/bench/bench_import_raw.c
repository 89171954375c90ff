/*
 * The measure for `import`: the rows that a node holds after an import, inserted once more by SQLite alone - the same
 * tables and indexes, the same bytes in the same order, the same batches, as durable (WAL, synchronous=FULL). Foreign
 * keys are not checked, which the node does: a batch of the copy need not hold the same people as one of the import.
 *   bench_import_raw SOURCE.db TARGET.db    prints involvements a second; reading SOURCE is not counted
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/limits.h"
#include "base/mem.h"

enum { COLUMNS_MAX = 6 };

struct cell {
    int type;
    int len;
    sqlite3_int64 number;
    const void *bytes;
};

struct row {
    struct cell cells[COLUMNS_MAX];
};

struct table {
    const char *name;
    int columns;
    struct row *rows;
    sqlite3_int64 count;
    sqlite3_stmt *insert;
};

static void check(sqlite3 *db, int code)
{
    if (code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE) {
        (void)fprintf(stderr, "bench_import_raw: %s\n", sqlite3_errmsg(db));
        exit(1);
    }
}

static sqlite3 *open_file(const char *path, int flags)
{
    sqlite3 *db = NULL;
    check(db, sqlite3_open_v2(path, &db, flags, NULL));
    return db;
}

static void run(sqlite3 *db, const char *sql)
{
    check(db, sqlite3_exec(db, sql, NULL, NULL, NULL));
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *before, const char *name, const char *after)
{
    char sql[256];
    sqlite3_stmt *statement = NULL;
    (void)snprintf(sql, sizeof sql, "%s%s%s", before, name, after);
    check(db, sqlite3_prepare_v2(db, sql, -1, &statement, NULL));
    return statement;
}

static void keep_row(sqlite3_stmt *statement, struct row *row, int columns)
{
    for (int i = 0; i < columns; i++) {
        struct cell *cell = &row->cells[i];
        cell->type = sqlite3_column_type(statement, i);
        cell->number = sqlite3_column_int64(statement, i);
        cell->len = sqlite3_column_bytes(statement, i);
        if (cell->type == SQLITE_BLOB) {
            void *copy = mem_alloc((size_t)cell->len + 1);
            if (copy == NULL) {
                exit(1);
            }
            memcpy(copy, sqlite3_column_blob(statement, i), (size_t)cell->len);
            cell->bytes = copy;
        }
    }
}

static void load(sqlite3 *from, struct table *table)
{
    sqlite3_stmt *count = prepare(from, "SELECT count(*) FROM ", table->name, "");
    check(from, sqlite3_step(count));
    table->rows = mem_array((size_t)sqlite3_column_int64(count, 0) + 1, sizeof *table->rows);
    (void)sqlite3_finalize(count);
    sqlite3_stmt *statement = prepare(from, "SELECT * FROM ", table->name, " ORDER BY 1");
    table->columns = sqlite3_column_count(statement);
    while (table->rows != NULL && sqlite3_step(statement) == SQLITE_ROW) {
        keep_row(statement, &table->rows[table->count++], table->columns);
    }
    (void)sqlite3_finalize(statement);
}

/* Tables and indexes as they are in the source. */
static void copy_schema(sqlite3 *from, sqlite3 *to)
{
    sqlite3_stmt *statement = prepare(from, "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL", "",
                                      " AND name NOT LIKE 'sqlite_%' ORDER BY rowid");
    while (sqlite3_step(statement) == SQLITE_ROW) {
        run(to, (const char *)sqlite3_column_text(statement, 0));
    }
    (void)sqlite3_finalize(statement);
}

static void prepare_insert(sqlite3 *to, struct table *table)
{
    char marks[64] = "";
    char sql[160];
    for (int i = 0; i < table->columns; i++) {
        (void)strncat(marks, i == 0 ? "?" : ",?", sizeof marks - strlen(marks) - 1);
    }
    (void)snprintf(sql, sizeof sql, "INSERT INTO %s VALUES(%s)", table->name, marks);
    check(to, sqlite3_prepare_v2(to, sql, -1, &table->insert, NULL));
}

/* The part of the table that belongs to this batch. */
static void insert_part(sqlite3 *to, const struct table *table, sqlite3_int64 batch, sqlite3_int64 batches)
{
    for (sqlite3_int64 i = table->count * batch / batches; i < table->count * (batch + 1) / batches; i++) {
        for (int c = 0; c < table->columns; c++) {
            const struct cell *cell = &table->rows[i].cells[c];
            if (cell->type == SQLITE_BLOB) {
                (void)sqlite3_bind_blob(table->insert, c + 1, cell->bytes, cell->len, SQLITE_STATIC);
            } else if (cell->type == SQLITE_INTEGER) {
                (void)sqlite3_bind_int64(table->insert, c + 1, cell->number);
            } else {
                (void)sqlite3_bind_null(table->insert, c + 1);
            }
        }
        check(to, sqlite3_step(table->insert));
        (void)sqlite3_reset(table->insert);
    }
}

int main(int argc, char **argv)
{
    struct table tables[] = {{.name = "subject"}, {.name = "involvement"}, {.name = "household"}, {.name = "leaf"}};
    enum { TABLES = sizeof tables / sizeof *tables, INVOLVEMENT = 1 };
    struct timespec begin;
    struct timespec end;
    char pragmas[256];
    if (argc != 3) {
        (void)fputs("bench_import_raw SOURCE.db TARGET.db\n", stderr);
        return 2;
    }
    sqlite3 *from = open_file(argv[1], SQLITE_OPEN_READONLY);
    sqlite3 *to = open_file(argv[2], SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    (void)snprintf(pragmas, sizeof pragmas,
                   "PRAGMA page_size=%d; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=OFF;"
                   "PRAGMA secure_delete=ON; PRAGMA cache_size=-%d",
                   (int)STORE_PAGE_BYTES, (int)STORE_WRITE_CACHE_KIB);
    run(to, pragmas);
    copy_schema(from, to);
    for (int i = 0; i < TABLES; i++) {
        load(from, &tables[i]);
        prepare_insert(to, &tables[i]);
    }
    const sqlite3_int64 batches = (tables[INVOLVEMENT].count + IMPORT_BATCH_MAX - 1) / IMPORT_BATCH_MAX;
    (void)clock_gettime(CLOCK_MONOTONIC, &begin);
    for (sqlite3_int64 batch = 0; batch < batches; batch++) {
        run(to, "BEGIN IMMEDIATE");
        for (int i = 0; i < TABLES; i++) {
            insert_part(to, &tables[i], batch, batches);
        }
        run(to, "COMMIT");
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &end);
    const double seconds = (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
    (void)printf("%.0f\n", (double)tables[INVOLVEMENT].count / seconds);
    return 0;
}
