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

/* Does the statement write an index? */
static bool writes_index(sqlite3 *db, sqlite3_stmt *stmt)
{
    char *text = sqlite3_mprintf("EXPLAIN %s", sqlite3_sql(stmt));
    sqlite3_stmt *plan = NULL;
    bool found = false;
    assert_int_equal(sqlite3_prepare_v2(db, text, -1, &plan, NULL), SQLITE_OK);
    while (sqlite3_step(plan) == SQLITE_ROW) {
        const char *opcode = (const char *)sqlite3_column_text(plan, 1);
        found = found || strcmp(opcode, "IdxInsert") == 0 || strcmp(opcode, "IdxDelete") == 0;
    }
    (void)sqlite3_finalize(plan);
    sqlite3_free(text);
    return found;
}

static void new_content_under_the_same_parent_writes_no_index(void **state)
{
    (void)state;
    static const char parent[IDENT_SIZE] = "its parent";
    static const char other[IDENT_SIZE] = "another";
    static const char id[IDENT_SIZE] = "the child";
    struct error err;
    sqlite3 *db = NULL;
    sqlite3_stmt *change = NULL;
    sqlite3_stmt *move = NULL;
    assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
    run(db, "CREATE TABLE task_event(entry INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, parent BLOB, payload BLOB);"
            "CREATE INDEX task_event_parent ON task_event(parent);");
    assert_int_equal(statements_insert(db, STORE_TASK_EVENT, &move, &err), RESULT_OK);
    (void)sqlite3_bind_blob(move, PUT_ID, id, sizeof id, SQLITE_STATIC);
    (void)sqlite3_bind_blob(move, PUT_PARENT, parent, sizeof parent, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(move), SQLITE_DONE);
    (void)sqlite3_finalize(move);
    assert_int_equal(statements_change(db, STORE_TASK_EVENT, &change, &err), RESULT_OK);
    assert_int_equal(statements_move(db, STORE_TASK_EVENT, &move, &err), RESULT_OK);
    assert_false(writes_index(db, change));
    assert_true(writes_index(db, move));
    for (int i = 0; i < 4; i++) { /* the same, another: not by `change`; then moved, and the other again */
        sqlite3_stmt *stmt = i == 2 ? move : change;
        (void)sqlite3_bind_blob(stmt, PUT_ID, id, sizeof id, SQLITE_STATIC);
        (void)sqlite3_bind_blob(stmt, PUT_PARENT, i == 0 ? parent : other, sizeof parent, SQLITE_STATIC);
        assert_int_equal(sqlite3_step(stmt), SQLITE_DONE);
        assert_int_equal(sqlite3_changes(db), i != 1);
        (void)sqlite3_reset(stmt);
    }
    (void)sqlite3_finalize(change);
    (void)sqlite3_finalize(move);
    (void)sqlite3_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(next_class_costs_no_walk),
                                       cmocka_unit_test(new_content_under_the_same_parent_writes_no_index)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
