/*
 * file.h - inside certs/ only: small files, read with a bound, written whole or not at all.
 *
 * Writers flush to the disk before the file gets its name, and the folder after: a crash leaves the old file or the new
 * one. Thread: any. Faults: FAULT_IO and FAULT_TOO_LARGE naming the path; FAULT_CONFLICT when a new file exists.
 */
#ifndef KETENBRUG_CERTS_FILE_H
#define KETENBRUG_CERTS_FILE_H

#include <sys/types.h>

#include "base/buf.h"
#include "base/fault.h"
#include "base/slice.h"

enum { CERTS_PATH_MAX = 1024 };

struct certs_path {
    char text[CERTS_PATH_MAX];
};

MUST_USE enum result certs_path_join(const char *folder, const char *name, struct certs_path *out, struct error *err);
/* Fills an initialised buffer; its ceiling is the bound. */
MUST_USE enum result certs_file_read(const char *path, struct buf *out, struct error *err);
/* As above; FAULT_CERTIFICATE when group or others have any right on the file, or somebody else owns it. */
MUST_USE enum result certs_file_read_private(const char *path, struct buf *out, struct error *err);
/* Replaces the file in one step. */
MUST_USE enum result certs_file_replace(const char *path, mode_t mode, struct slice content, struct error *err);
/* Never overwrites. */
MUST_USE enum result certs_file_create(const char *path, mode_t mode, struct slice content, struct error *err);

#endif
