/*
 * dropsync_vfs.h - a disk that forgets: what was written but not synced lives in this process only.
 *
 * The page cache survives the death of a process, so kill -9 alone shows nothing about a power cut. Under this layer a
 * write goes to memory, and reaches the file at the sync; killed, the process takes with it all that was not synced.
 * Shared memory and locks pass on: SQLite rebuilds the first, and the second end with the process.
 * Thread: as SQLite.
 */
#ifndef KETENBRUG_TESTS_DROPSYNC_VFS_H
#define KETENBRUG_TESTS_DROPSYNC_VFS_H

/* Becomes SQLite's default VFS, for as long as the process lives. */
void dropsync_install(void);

#endif
