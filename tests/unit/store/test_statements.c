/* What a statement costs does not grow with what it does not look for: counted in steps of SQLite's machine. */
#include "unit/unit.h"

#include <sqlite3.h>

#include "store/sqlite/statements.h"

enum { CLASSES = 3, STEPS_MAX = 500 };

static void run(sqlite3 *db, const char *text)
{
    assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
}

static sqlite3 *open_index(void)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
    run(db,
        "CREATE TABLE found(month INTEGER NOT NULL, class INTEGER NOT NULL, hash BLOB NOT NULL, seq INTEGER NOT NULL,"
        " PRIMARY KEY(month, class, hash, seq)) STRICT, WITHOUT ROWID;"
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 29999)"
        "INSERT INTO found SELECT 202601 + i % 2, i / 2 % 3, randomblob(16), i FROM n;");
    return db;
}

static void next_class_costs_no_walk(void **state)
{
    (void)state;
    struct error err;
    sqlite3_stmt *stmt = NULL;
    sqlite3 *db = open_index();
    int month = 999912, class = 9;
    assert_int_equal(statements_read(db, READ_INDEX_CLASS, &stmt, &err), RESULT_OK);
    for (int i = 0; i < 2 * CLASSES; i++) {
        (void)sqlite3_bind_int(stmt, 1, month);
        (void)sqlite3_bind_int(stmt, 2, class);
        assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
        month = sqlite3_column_int(stmt, 0);
        class = sqlite3_column_int(stmt, 1);
        assert_int_equal(month, i < CLASSES ? 202602 : 202601);
        assert_int_equal(class, CLASSES - 1 - i % CLASSES);
        (void)sqlite3_reset(stmt);
        assert_true(sqlite3_stmt_status(stmt, SQLITE_STMTSTATUS_VM_STEP, 1) < STEPS_MAX);
    }
    (void)sqlite3_bind_int(stmt, 1, month);
    (void)sqlite3_bind_int(stmt, 2, class);
    assert_int_equal(sqlite3_step(stmt), SQLITE_DONE);
    (void)sqlite3_finalize(stmt);
    (void)sqlite3_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(next_class_costs_no_walk)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
