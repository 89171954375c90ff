#include "support/fault_vfs.h"

#include <stddef.h>

static struct fault_vfs *vfs_of(sqlite3_file *file)
{
    return shim_file_of(file)->shim->ctx;
}

static int on_write(sqlite3_file *file, const void *from, int len, sqlite3_int64 at)
{
    const int code = atomic_load(&vfs_of(file)->write_code);
    sqlite3_file *real = shim_file_of(file)->real;
    return code != SQLITE_OK ? code : real->pMethods->xWrite(real, from, len, at);
}

static void wait_released(struct fault_vfs *vfs)
{
    (void)pthread_mutex_lock(&vfs->lock);
    while (vfs->held) {
        vfs->waiting = true;
        (void)pthread_cond_broadcast(&vfs->changed);
        (void)pthread_cond_wait(&vfs->changed, &vfs->lock);
    }
    vfs->waiting = false;
    (void)pthread_mutex_unlock(&vfs->lock);
}

static int on_sync(sqlite3_file *file, int flags)
{
    struct fault_vfs *vfs = vfs_of(file);
    int code = atomic_load(&vfs->db_sync_code);
    if ((shim_file_of(file)->flags & SQLITE_OPEN_WAL) != 0) {
        (void)atomic_fetch_add(&vfs->wal_syncs, 1);
        wait_released(vfs);
        code = atomic_load(&vfs->wal_sync_code);
    }
    sqlite3_file *real = shim_file_of(file)->real;
    return code != SQLITE_OK ? code : real->pMethods->xSync(real, flags);
}

void fault_vfs_install(struct fault_vfs *vfs)
{
    *vfs = (struct fault_vfs){.held = false};
    (void)pthread_mutex_init(&vfs->lock, NULL);
    (void)pthread_cond_init(&vfs->changed, NULL);
    shim_install(&vfs->shim);
    vfs->shim.ctx = vfs;
    vfs->shim.methods.xWrite = on_write;
    vfs->shim.methods.xSync = on_sync;
}

void fault_vfs_remove(struct fault_vfs *vfs)
{
    shim_remove(&vfs->shim);
    (void)pthread_cond_destroy(&vfs->changed);
    (void)pthread_mutex_destroy(&vfs->lock);
}

void fault_vfs_hold(struct fault_vfs *vfs)
{
    (void)pthread_mutex_lock(&vfs->lock);
    vfs->held = true;
    (void)pthread_mutex_unlock(&vfs->lock);
}

void fault_vfs_wait_held(struct fault_vfs *vfs)
{
    (void)pthread_mutex_lock(&vfs->lock);
    while (!vfs->waiting) {
        (void)pthread_cond_wait(&vfs->changed, &vfs->lock);
    }
    (void)pthread_mutex_unlock(&vfs->lock);
}

void fault_vfs_release(struct fault_vfs *vfs)
{
    (void)pthread_mutex_lock(&vfs->lock);
    vfs->held = false;
    (void)pthread_cond_broadcast(&vfs->changed);
    (void)pthread_mutex_unlock(&vfs->lock);
}
