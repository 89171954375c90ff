/*
 * backup_folder.h - a backup as it lies in a folder: knooppunt.db, and inhoud.json that says what must be in it.
 * Ownership: values. Thread: any; blocks. Faults: FAULT_IO, FAULT_STORE, FAULT_CONFIG naming what is wrong with it.
 */
#ifndef KETENBRUG_CMD_BACKUP_FOLDER_H
#define KETENBRUG_CMD_BACKUP_FOLDER_H

#include "base/buf.h"
#include "base/digest.h"
#include "store/backup.h"

enum { BACKUP_PATH_MAX = 4096, BACKUP_MANIFEST_MAX = 4096, BACKUP_FORM = 1 };

extern const char backup_manifest_name[]; /* "inhoud.json" */

struct backup_manifest {
    int64_t made_ms;
    int schema;
    int64_t rows;
    uint64_t leaves;
    uint64_t bytes;
    char root[2 * SHA256_SIZE + 1];     /* of the log */
    char checksum[2 * SHA256_SIZE + 1]; /* of the file; see backup_checksum */
};

MUST_USE enum result backup_describe(const char *file, struct backup_manifest *out, struct error *err);
void backup_manifest_write(const struct backup_manifest *manifest, struct buf *out);
/* The folder holds a whole backup, and what it says is what is in it. */
MUST_USE enum result backup_verify(const char *folder, struct backup_manifest *out, struct error *err);

#endif
