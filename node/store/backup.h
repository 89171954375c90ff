/*
 * backup.h - a copy of the data of a node, also while it serves; without the keys, so sealed content and keyed hashes.
 *
 * Does:      copies the database as one moment of it, checks such a copy, and gives a file its checksum.
 * Does not:  need the node, its lock or its keys; the node goes on answering and writing meanwhile. Its write-ahead log
 *            cannot be emptied until the copy is done.
 * Thread:    any; blocks. Faults: FAULT_IO, FAULT_STORE (disk full, damaged), FAULT_CONFIG (not a store, newer schema).
 */
#ifndef KETENBRUG_STORE_BACKUP_H
#define KETENBRUG_STORE_BACKUP_H

#include "base/fault.h"
#include "base/merkle.h"

/* `target` must not exist; it is made 0600 and synced, or gone again after a failure. */
MUST_USE enum result backup_copy(const char *folder, const char *target, struct error *err);

struct backup_content {
    int schema;
    struct merkle_frontier tree; /* recomputed over every leaf, and equal to the one stored */
    int64_t rows;                /* people, households, involvements and users */
};

/* Structure, indexes and the whole log. Changes nothing in the file. */
MUST_USE enum result backup_examine(const char *file, struct backup_content *out, struct error *err);
/* The RFC 6962 root over the file's pieces of BACKUP_PIECE_BYTES: any changed, missing or added byte changes it. */
MUST_USE enum result backup_checksum(const char *file, struct sha256 *out, uint64_t *bytes, struct error *err);

extern const char backup_database_name[]; /* in the data folder */

#endif
