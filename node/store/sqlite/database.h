/*
 * database.h - struct backend, for the files of sqlite/ that share it.
 */
#ifndef KETENBRUG_STORE_SQLITE_DATABASE_H
#define KETENBRUG_STORE_SQLITE_DATABASE_H

#include <stdatomic.h>

#include "store/sqlite/checkpoint.h"
#include "store/sqlite/sql.h"
#include "store/sqlite/statements.h"

struct backend {
    struct backend_options options;
    char *path;
    int version; /* of the schema found at open; 0: new */
    sqlite3 *db; /* the writer's connection */
    sqlite3_stmt *fixed[WRITE_COUNT];
    sqlite3_stmt *change[STORE_KIND_COUNT]; /* of an item that is there, under the same parent and keys */
    sqlite3_stmt *move[STORE_KIND_COUNT];   /* under others; NULL: it has none */
    sqlite3_stmt *insert[STORE_KIND_COUNT];
    sqlite3_stmt *remove[STORE_KIND_COUNT];
    sqlite3_stmt *feed_lost[STORE_KIND_COUNT]; /* NULL: of a kind that feeds no parent */
    struct ident fed;                          /* by the batch that is being applied, last; zeros: nobody */
    struct checkpoint *checkpoint;
    pthread_mutex_t commit_lock; /* held from begin to commit or rollback, and while the log starts over */
    atomic_bool sync_failed;
    atomic_bool confirmed; /* closing may write: see store_confirm */
};

/* A leaf joins the tree, and the subtrees that it completes are kept: SQLITE_OK, or the code of what went wrong. */
int tiles_append(sqlite3_stmt *tile, struct merkle_frontier *tree, const struct sha256 *leaf_hash);

#endif
