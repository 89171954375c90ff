/* A mapping that is kept: it stays over commits, grows with the file, and what is read is what was written. */
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "store/sqlite/mapping.h"

struct pair {
    char path[64];
    sqlite3 *writer;
    sqlite3 *reader;
    struct mapping_kept kept;
};

static void sql(sqlite3 *db, const char *text)
{
    if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK) {
        fail_msg("%s: %s", text, sqlite3_errmsg(db));
    }
}

static sqlite3_int64 number(sqlite3 *db, const char *text)
{
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_prepare_v2(db, text, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    const sqlite3_int64 found = sqlite3_column_int64(statement, 0);
    assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
    return found;
}

static int setup(void **state)
{
    struct pair *pair = calloc(1, sizeof *pair);
    (void)snprintf(pair->path, sizeof pair->path, "/tmp/kb-mapping-%ld.db", (long)getpid());
    (void)unlink(pair->path);
    assert_int_equal(sqlite3_open(pair->path, &pair->writer), SQLITE_OK);
    sql(pair->writer, "PRAGMA journal_mode=WAL; CREATE TABLE t(a INTEGER PRIMARY KEY, b BLOB); INSERT INTO t VALUES(1, "
                      "zeroblob(20000)); PRAGMA wal_checkpoint(TRUNCATE);");
    assert_int_equal(sqlite3_open_v2(pair->path, &pair->reader, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    char text[64];
    (void)snprintf(text, sizeof text, "PRAGMA mmap_size=%lld", (long long)STORE_MAP_KIB * 1024);
    sql(pair->reader, text);
    mapping_keep(&pair->kept, pair->reader);
    *state = pair;
    return 0;
}

static int teardown(void **state)
{
    struct pair *pair = *state;
    assert_int_equal(sqlite3_close(pair->reader), SQLITE_OK);
    mapping_drop(&pair->kept);
    assert_int_equal(sqlite3_close(pair->writer), SQLITE_OK);
    (void)unlink(pair->path);
    free(pair);
    return 0;
}

/* Where the last byte of the file lies in memory by now; NULL: not mapped. */
static const void *mapped(struct pair *pair)
{
    sqlite3_file *file = NULL;
    sqlite3_int64 size = 0;
    void *page = NULL;
    assert_int_equal(sqlite3_file_control(pair->reader, "main", SQLITE_FCNTL_FILE_POINTER, &file), SQLITE_OK);
    assert_ptr_equal(file->pMethods, &pair->kept.ours);
    assert_int_equal(file->pMethods->xFileSize(file, &size), SQLITE_OK);
    assert_int_equal(file->pMethods->xFetch(file, size - 4096, 4096, &page), SQLITE_OK);
    if (page != NULL) {
        assert_int_equal(file->pMethods->xUnfetch(file, size - 4096, page), SQLITE_OK);
    }
    return page;
}

static void it_stays_over_commits(void **state)
{
    struct pair *pair = *state;
    assert_int_equal(number(pair->reader, "SELECT count(*) FROM t"), 1);
    const void *before = mapped(pair);
    assert_non_null(before);
    for (int i = 0; i < 5; i++) {
        sql(pair->writer, "UPDATE t SET b = randomblob(20000); PRAGMA wal_checkpoint(TRUNCATE)");
        assert_int_equal(number(pair->reader, "SELECT b = (SELECT b FROM t) FROM t"), 1);
        assert_int_equal(number(pair->reader, "SELECT hex(substr(b, 1, 4)) = '00000000' FROM t"), 0);
        assert_ptr_equal(mapped(pair), before);
    }
}

static const void *page_at(struct pair *pair, sqlite3_int64 offset)
{
    sqlite3_file *file = NULL;
    void *page = NULL;
    assert_int_equal(sqlite3_file_control(pair->reader, "main", SQLITE_FCNTL_FILE_POINTER, &file), SQLITE_OK);
    assert_int_equal(file->pMethods->xFetch(file, offset, 4096, &page), SQLITE_OK);
    if (page != NULL) {
        assert_int_equal(file->pMethods->xUnfetch(file, offset, page), SQLITE_OK);
    }
    return page;
}

static void it_grows_with_the_file(void **state)
{
    struct pair *pair = *state;
    assert_int_equal(number(pair->reader, "SELECT count(*) FROM t"), 1);
    const void *before = page_at(pair, 0);
    assert_non_null(before);
    sql(pair->writer, "INSERT INTO t VALUES(2, zeroblob(1000000)); PRAGMA wal_checkpoint(TRUNCATE)");
    assert_int_equal(number(pair->reader, "SELECT length(b) FROM t WHERE a = 2"), 1000000);
    assert_non_null(mapped(pair));
    sql(pair->writer, "INSERT INTO t VALUES(3, zeroblob(100000000)); PRAGMA wal_checkpoint(TRUNCATE)");
    sql(pair->writer, "INSERT INTO t VALUES(4, x'0102')");
    assert_int_equal(number(pair->reader, "SELECT sum(a) FROM t"), 10);
    assert_non_null(mapped(pair));
    assert_ptr_equal(page_at(pair, 0), before);
    assert_int_equal(number(pair->reader, "SELECT hex(b) = '0102' FROM t WHERE a = 4"), 1);
}

/* Past the end of a file a mapping is a trap. */
static void it_shrinks_with_the_file(void **state)
{
    struct pair *pair = *state;
    sql(pair->writer, "INSERT INTO t VALUES(2, zeroblob(1000000)); PRAGMA wal_checkpoint(TRUNCATE)");
    assert_int_equal(number(pair->reader, "SELECT length(b) FROM t WHERE a = 2"), 1000000);
    assert_true(pair->kept.size > 1000000);
    sql(pair->writer, "DELETE FROM t WHERE a = 2; VACUUM; PRAGMA wal_checkpoint(TRUNCATE)");
    assert_int_equal(number(pair->reader, "SELECT sum(length(b)) FROM t"), 20000);
    assert_true(pair->kept.size < 1000000);
    assert_non_null(mapped(pair));
}

static void what_lies_past_its_addresses_is_read(void **state)
{
    struct pair *pair = *state;
    const sqlite3_int64 end = (sqlite3_int64)STORE_MAP_KIB * 1024;
    assert_int_equal(truncate(pair->path, end + 4096), 0); /* a hole: it takes no disk */
    assert_non_null(page_at(pair, end - 4096));
    assert_null(page_at(pair, end));
}

static void without_so_many_addresses_sqlite_maps(void **state)
{
    struct pair *pair = *state;
    pair->kept.refused = true;
    sql(pair->writer, "UPDATE t SET b = randomblob(20000); PRAGMA wal_checkpoint(TRUNCATE)");
    assert_int_equal(number(pair->reader, "SELECT length(b) FROM t"), 20000);
    assert_null(pair->kept.base);
    assert_non_null(mapped(pair));
    sql(pair->writer, "INSERT INTO t VALUES(2, zeroblob(1000000)); PRAGMA wal_checkpoint(TRUNCATE)");
    assert_int_equal(number(pair->reader, "SELECT length(b) FROM t WHERE a = 2"), 1000000);
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(it_stays_over_commits),
        T(it_grows_with_the_file),
        T(it_shrinks_with_the_file),
        T(what_lies_past_its_addresses_is_read),
        T(without_so_many_addresses_sqlite_maps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
