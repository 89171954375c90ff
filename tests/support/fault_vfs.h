/*
 * fault_vfs.h - a disk that is full, fails, or holds a sync until it is told to go on.
 *
 * Thread: the settings may be changed from any thread while the store runs.
 */
#ifndef KETENBRUG_TESTS_FAULT_VFS_H
#define KETENBRUG_TESTS_FAULT_VFS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "support/shim_vfs.h"

struct fault_vfs {
    struct shim shim;
    atomic_int write_code; /* what every write answers; SQLITE_OK: passes on */
    atomic_int wal_sync_code;
    atomic_int db_sync_code;
    atomic_int wal_syncs; /* counted */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool held;    /* the next sync of the write-ahead log waits */
    bool waiting; /* one does */
};

void fault_vfs_install(struct fault_vfs *vfs);
void fault_vfs_remove(struct fault_vfs *vfs);
void fault_vfs_hold(struct fault_vfs *vfs);
void fault_vfs_wait_held(struct fault_vfs *vfs); /* until a sync waits */
void fault_vfs_release(struct fault_vfs *vfs);

#endif
