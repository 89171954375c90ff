/*
 * mapping.h - keeps a reader's memory mapping of the database over commits. Inside sqlite/ only.
 *
 * SQLite forgets its mapping and its page cache at each commit that it sees, of whatever connection. A node commits a
 * thousand times a second and its questions are about people all over a large file: reading every page from the kernel
 * costs more than all the rest of finding somebody, and so does mapping a large file anew, page by page, as it grows.
 *
 * Does:      maps STORE_MAP_KIB from the file's beginning, once, whatever the file's size; gives SQLite what lies within
 *            the file by now. What lies past the mapping is read as ever; both see the same bytes (the kernel has one
 *            copy).
 * Does not:  turn a page that the disk cannot read into a fault: like a sync that fails, that ends the process.
 * Ownership: the caller keeps the struct, in place, until after sqlite3_close, and then calls mapping_drop.
 * Thread:    the connection's. Faults: none; a file layer that cannot map is left as it is.
 */
#ifndef KETENBRUG_STORE_SQLITE_MAPPING_H
#define KETENBRUG_STORE_SQLITE_MAPPING_H

#include <stdbool.h>
#include <stdint.h>

#include <sqlite3.h>

struct mapping_kept {
    sqlite3_io_methods ours; /* first: the file's methods are the address of this */
    struct mapping_kept *self;
    sqlite3_io_methods methods; /* of the file layer */
    uint8_t *base;              /* NULL: not mapped yet, or refused */
    sqlite3_int64 size;         /* of the file when it was last looked at, as far as it is mapped */
    bool refused;               /* by the system: SQLite's own mapping serves */
};

void mapping_keep(struct mapping_kept *kept, sqlite3 *db);
void mapping_drop(struct mapping_kept *kept); /* one that was all zero is fine */

#endif
