#include "store/sqlite/statements.h"

#include "base/buf.h"
#include "store/seal.h"

enum { SQL_TEXT_MAX = 1024 };

static const char *const write_sql[WRITE_COUNT] = {
    [WRITE_BEGIN] = "BEGIN IMMEDIATE",
    [WRITE_COMMIT] = "COMMIT",
    [WRITE_MARK] = "SAVEPOINT one",
    [WRITE_RELEASE] = "RELEASE one",
    [WRITE_UNDO] = "ROLLBACK TO one",
    [WRITE_APPEND] = "INSERT INTO leaf(seq, leaf, note, receipt) VALUES(?1, ?2, ?3, ?4)",
    [WRITE_TILE] = "INSERT INTO tile(level, place, hash) VALUES(?1, ?2, ?3)",
    [WRITE_TREE] = "UPDATE tree SET frontier = ?1 WHERE one = 1",
    [WRITE_VALUE] =
        "INSERT INTO value(name, sealed) VALUES(?1, ?2) ON CONFLICT(name) DO UPDATE SET sealed = excluded.sealed",
    [WRITE_INDEX] = "INSERT OR IGNORE INTO found(month, class, hash, seq) VALUES(?1, ?2, ?3, ?4)",
    [WRITE_INDEX_DROP] = ("DELETE FROM found WHERE month = ?1 AND class = ?2 AND (hash, seq) IN"
                          " (SELECT hash, seq FROM found WHERE month = ?1 AND class = ?2 LIMIT ?3)"),
    [WRITE_FEED] = "INSERT INTO feed(subject) VALUES(?1)",
    [WRITE_FEED_DROP] = "DELETE FROM feed WHERE place = ?1 AND subject = ?2",
};

static const char *const read_sql[READ_COUNT] = {
    [READ_BEGIN] = "BEGIN",
    [READ_END] = "COMMIT",
    [READ_TREE] = "SELECT frontier FROM tree WHERE one = 1",
    [READ_VALUE] = "SELECT sealed FROM value WHERE name = ?1",
    [READ_LEAVES] = "SELECT seq, leaf, note, receipt FROM leaf WHERE seq >= ?1 ORDER BY seq LIMIT ?2",
    [READ_TILES] = "SELECT place, hash FROM tile WHERE level = ?1 AND place >= ?2 ORDER BY place LIMIT ?3",
    /* Not as one comparison of pairs: SQLite goes through the whole month for that. */
    [READ_INDEX_CLASS] =
        ("SELECT month, class FROM"
         " (SELECT month, class FROM found WHERE month = ?1 AND class < ?2 ORDER BY class DESC LIMIT 1)"
         " UNION ALL SELECT month, class FROM"
         " (SELECT month, class FROM found WHERE month < ?1 ORDER BY month DESC, class DESC LIMIT 1)"
         " ORDER BY month DESC, class DESC LIMIT 1"),
    [READ_INDEX_FIND] = ("SELECT seq FROM found WHERE month = ?1 AND class = ?2 AND hash = ?3 AND seq < ?4"
                         " ORDER BY seq DESC LIMIT ?5"),
    [READ_INDEX_FIND_FROM] = ("SELECT seq FROM found WHERE month = ?1 AND class = ?2 AND hash = ?3 AND seq >= ?4"
                              " ORDER BY seq LIMIT ?5"),
    [READ_FEED] = "SELECT place, subject FROM feed WHERE place > ?1 ORDER BY place LIMIT ?2",
};

enum result statements_write(sqlite3 *db, enum write_statement which, sqlite3_stmt **out, struct error *err)
{
    return sql_prepare(db, write_sql[which], out, err);
}

enum result statements_read(sqlite3 *db, enum read_statement which, sqlite3_stmt **out, struct error *err)
{
    return sql_prepare(db, read_sql[which], out, err);
}

static enum result prepare_text(sqlite3 *db, struct buf *text, sqlite3_stmt **out, struct error *err)
{
    buf_byte(text, '\0');
    const enum result result = buf_ok(text) ? sql_prepare(db, (const char *)text->ptr, out, err)
                                            : error_set(err, FAULT_NO_MEMORY, "opslag", "geen geheugen");
    buf_free(text);
    return result;
}

struct column {
    const char *name;
    int parameter;
};

enum { COLUMNS_MAX = 4 };

/* What a put sets, besides the id. */
static size_t columns_of(enum store_kind kind, struct column columns[COLUMNS_MAX])
{
    size_t count = 0;
    columns[count++] = (struct column){"payload", PUT_PAYLOAD};
    if (kind_has_parent(kind)) {
        columns[count++] = (struct column){"parent", PUT_PARENT};
    }
    if (kind_has_key(kind, STORE_KEY_A)) {
        columns[count++] = (struct column){"key_a", PUT_KEY_A};
    }
    if (kind_has_key(kind, STORE_KEY_B)) {
        columns[count++] = (struct column){"key_b", PUT_KEY_B};
    }
    return count;
}

/* Sets the first `set` columns, where the others are as they are to be; the plus: those are not looked for by an index. */
static enum result prepare_change(sqlite3 *db, enum store_kind kind, size_t set, sqlite3_stmt **out, struct error *err)
{
    struct column columns[COLUMNS_MAX];
    const size_t count = columns_of(kind, columns);
    struct buf text;
    buf_init(&text, SQL_TEXT_MAX);
    buf_format(&text, "UPDATE %s SET ", kind_of(kind)->table);
    for (size_t i = 0; i < set && i < count; i++) {
        buf_format(&text, "%s%s = ?%d", i == 0 ? "" : ", ", columns[i].name, columns[i].parameter);
    }
    buf_format(&text, " WHERE id = ?%d AND (?%d IS NULL OR substr(payload, 1, %d) = ?%d)", (int)PUT_ID, (int)PUT_OVER,
               (int)SEAL_VERSION_SIZE, (int)PUT_OVER);
    for (size_t i = set; i < count; i++) {
        buf_format(&text, " AND +%s IS ?%d", columns[i].name, columns[i].parameter);
    }
    return prepare_text(db, &text, out, err);
}

enum result statements_change(sqlite3 *db, enum store_kind kind, sqlite3_stmt **out, struct error *err)
{
    return prepare_change(db, kind, 1, out, err);
}

enum result statements_move(sqlite3 *db, enum store_kind kind, sqlite3_stmt **out, struct error *err)
{
    return prepare_change(db, kind, COLUMNS_MAX, out, err);
}

enum result statements_insert(sqlite3 *db, enum store_kind kind, sqlite3_stmt **out, struct error *err)
{
    struct column columns[COLUMNS_MAX];
    const size_t count = columns_of(kind, columns);
    struct buf text;
    buf_init(&text, SQL_TEXT_MAX);
    buf_format(&text, "INSERT INTO %s(id", kind_of(kind)->table);
    for (size_t i = 0; i < count; i++) {
        buf_format(&text, ", %s", columns[i].name);
    }
    buf_format(&text, ") VALUES(?%d", (int)PUT_ID);
    for (size_t i = 0; i < count; i++) {
        buf_format(&text, ", ?%d", columns[i].parameter);
    }
    buf_text(&text, ")");
    return prepare_text(db, &text, out, err);
}

enum result statements_remove(sqlite3 *db, enum store_kind kind, sqlite3_stmt **out, struct error *err)
{
    struct buf text;
    buf_init(&text, SQL_TEXT_MAX);
    buf_format(&text, "DELETE FROM %s WHERE id = ?1", kind_of(kind)->table);
    return prepare_text(db, &text, out, err);
}

enum result statements_feed_lost(sqlite3 *db, enum store_kind kind, sqlite3_stmt **out, struct error *err)
{
    struct buf text;
    buf_init(&text, SQL_TEXT_MAX);
    buf_format(&text,
               "INSERT INTO feed(subject) SELECT parent FROM %s WHERE id = ?1 AND parent NOT NULL AND parent IS NOT ?2",
               kind_of(kind)->table);
    return prepare_text(db, &text, out, err);
}

static const char *const item_where[ITEM_COUNT] = {
    [ITEM_BY_ID] = "WHERE id = ?1",
    [ITEM_BY_KEY_A] = "WHERE key_a = ?1",
    [ITEM_BY_KEY_B] = "WHERE key_b = ?1",
    [ITEM_CHILDREN] = "WHERE parent = ?1 AND entry > ?3 ORDER BY entry LIMIT ?2",
    [ITEM_LIST] = "WHERE entry > ?1 ORDER BY entry LIMIT ?2",
    [ITEM_ENTRY] = "WHERE id = ?1",
    [ITEM_NEWEST] = "",
};

enum result statements_item(sqlite3 *db, enum store_kind kind, enum item_statement which, sqlite3_stmt **out,
                            struct error *err)
{
    const char *columns = which == ITEM_ENTRY     ? "entry"
                          : which == ITEM_NEWEST  ? "coalesce(max(entry), 0)"
                          : kind_has_parent(kind) ? "id, parent, payload, entry"
                                                  : "id, NULL, payload, entry";
    struct buf text;
    buf_init(&text, SQL_TEXT_MAX);
    buf_format(&text, "SELECT %s FROM %s %s", columns, kind_of(kind)->table, item_where[which]);
    return prepare_text(db, &text, out, err);
}
