/*
 * shim_vfs.h - a SQLite VFS that passes everything on to the real one, save what its user overrides.
 *
 * Thread: as SQLite: a file is used by one thread at a time, several files at once.
 */
#ifndef KETENBRUG_TESTS_SHIM_VFS_H
#define KETENBRUG_TESTS_SHIM_VFS_H

#include <sqlite3.h>

struct shim {
    sqlite3_vfs vfs; /* registered as default; pAppData is the shim */
    sqlite3_vfs *real;
    sqlite3_io_methods methods; /* all pass on; override before the first open */
    int (*opened)(struct shim *shim, sqlite3_file *file, const char *name); /* may be NULL */
    void *ctx;
};

struct shim_file {
    sqlite3_file base;
    struct shim *shim;
    void *user;
    int flags; /* SQLITE_OPEN_MAIN_DB, SQLITE_OPEN_WAL, ... */
    sqlite3_file *real;
};

void shim_install(struct shim *shim); /* fills vfs, real and methods, and becomes the default */
void shim_remove(struct shim *shim);
struct shim_file *shim_file_of(sqlite3_file *file);

#endif
