/*
 * mapping.h - keeps a reader's memory mapping of the database over commits. Inside sqlite/ only.
 *
 * SQLite forgets its mapping and its page cache at each commit that it sees, of whatever connection. A node commits a
 * thousand times a second and its questions are about people all over a large file: reading every page from the kernel
 * costs more than all the rest of finding somebody. A file that never shrinks need not be mapped anew.
 *
 * Does:      lets SQLite unmap only when the file grew by STORE_MAP_STEP_KIB, or shrank. What lies past the mapping is
 *            read as ever; both see the same bytes (the kernel has one copy).
 * Does not:  turn a page that the disk cannot read into a fault: like a sync that fails, that ends the process.
 * Ownership: the caller keeps the struct, in place, until after sqlite3_close. Thread: the connection's. Faults: none; a
 *            file layer that cannot map is left as it is.
 */
#ifndef KETENBRUG_STORE_SQLITE_MAPPING_H
#define KETENBRUG_STORE_SQLITE_MAPPING_H

#include <sqlite3.h>

struct mapping_kept {
    sqlite3_io_methods methods; /* first: the file's methods are the address of this */
    struct mapping_kept *self;
    int (*unfetch)(sqlite3_file *file, sqlite3_int64 offset, void *page);
    sqlite3_int64 size; /* of the file when it was mapped; 0: not yet */
};

void mapping_keep(struct mapping_kept *kept, sqlite3 *db);

#endif
