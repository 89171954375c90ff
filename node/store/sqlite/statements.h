/*
 * statements.h - all SQL that runs more than once, by name and, for items, by kind. Inside sqlite/ only.
 *
 * The tables of the kinds differ in whether there are a parent and keys; the text follows from STORE_KIND_TABLE.
 * Thread: any; the caller owns the statements. Faults: as sql_prepare.
 */
#ifndef KETENBRUG_STORE_SQLITE_STATEMENTS_H
#define KETENBRUG_STORE_SQLITE_STATEMENTS_H

#include "store/kinds.h"
#include "store/sqlite/sql.h"

enum write_statement {
    WRITE_BEGIN,
    WRITE_COMMIT,
    WRITE_MARK,       /* of one batch: */
    WRITE_RELEASE,    /* keep it */
    WRITE_UNDO,       /* undo it */
    WRITE_APPEND,     /* 1 seq, 2 leaf, 3 note, 4 receipt */
    WRITE_TILE,       /* 1 level, 2 place, 3 hash */
    WRITE_TREE,       /* 1 frontier */
    WRITE_VALUE,      /* 1 name, 2 sealed */
    WRITE_INDEX,      /* 1 month, 2 class, 3 hash, 4 seq */
    WRITE_INDEX_DROP, /* 1 month, 2 class, 3 how many */
    WRITE_FEED,       /* 1 subject */
    WRITE_FEED_DROP,  /* 1 place, 2 subject */
    WRITE_COUNT
};

enum read_statement {
    READ_BEGIN,
    READ_END,
    READ_TREE,
    READ_VALUE,           /* 1 name */
    READ_LEAVES,          /* 1 from, 2 how many */
    READ_TILES,           /* 1 level, 2 from, 3 how many */
    READ_INDEX_CLASS,     /* 1 month, 2 class: that it must be below */
    READ_INDEX_FIND,      /* 1 month, 2 class, 3 hash, 4 below, 5 how many */
    READ_INDEX_FIND_FROM, /* 1 month, 2 class, 3 hash, 4 from, 5 how many */
    READ_FEED,            /* 1 place that they come behind, 2 how many */
    READ_COUNT
};

/* Rows of items come as id, parent, payload. */
enum item_statement {
    ITEM_BY_ID,    /* 1 id */
    ITEM_BY_KEY_A, /* 1 hash */
    ITEM_BY_KEY_B, /* 1 hash */
    ITEM_CHILDREN, /* 1 parent, 2 how many, 3 entry that they come behind */
    ITEM_LIST,     /* 1 entry that they come behind, 2 how many */
    ITEM_ENTRY,    /* 1 id; one column: entry */
    ITEM_NEWEST,   /* one column: the highest entry, or 0 */
    ITEM_COUNT
};

/* Parameters of a put; PUT_OVER: how the payload that is replaced must begin, NULL: anyhow. No row changes otherwise. */
enum { PUT_ID = 1, PUT_PARENT = 2, PUT_KEY_A = 3, PUT_KEY_B = 4, PUT_PAYLOAD = 5, PUT_OVER = 6 };

MUST_USE enum result statements_write(sqlite3 *db, enum write_statement which, sqlite3_stmt **out, struct error *err);
MUST_USE enum result statements_read(sqlite3 *db, enum read_statement which, sqlite3_stmt **out, struct error *err);
/* In place, so that order of entry and children stay. The first: content alone, of an item whose parent and keys are those
 * that are bound; to set what is indexed writes its index too, even when it is the same. */
MUST_USE enum result statements_change(sqlite3 *db, enum store_kind kind, sqlite3_stmt **out, struct error *err);
MUST_USE enum result statements_move(sqlite3 *db, enum store_kind kind, sqlite3_stmt **out, struct error *err);
MUST_USE enum result statements_insert(sqlite3 *db, enum store_kind kind, sqlite3_stmt **out, struct error *err);
MUST_USE enum result statements_remove(sqlite3 *db, enum store_kind kind, sqlite3_stmt **out, struct error *err);
/* The parent that an item loses goes into the feed; only for a kind with FEEDS_PARENT. 1 id, 2 the parent that it gets. */
MUST_USE enum result statements_feed_lost(sqlite3 *db, enum store_kind kind, sqlite3_stmt **out, struct error *err);
MUST_USE enum result statements_item(sqlite3 *db, enum store_kind kind, enum item_statement which, sqlite3_stmt **out,
                                     struct error *err);

#endif
