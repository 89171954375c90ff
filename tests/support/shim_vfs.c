#include "support/shim_vfs.h"

#include <stddef.h>

struct shim_file *shim_file_of(sqlite3_file *file)
{
    return (struct shim_file *)(void *)file;
}

static sqlite3_file *real_of(sqlite3_file *file)
{
    return shim_file_of(file)->real;
}

static int on_close(sqlite3_file *file)
{
    sqlite3_file *real = real_of(file);
    return real->pMethods->xClose(real);
}

static int on_read(sqlite3_file *file, void *to, int len, sqlite3_int64 at)
{
    sqlite3_file *real = real_of(file);
    return real->pMethods->xRead(real, to, len, at);
}

static int on_write(sqlite3_file *file, const void *from, int len, sqlite3_int64 at)
{
    sqlite3_file *real = real_of(file);
    return real->pMethods->xWrite(real, from, len, at);
}

static int on_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    sqlite3_file *real = real_of(file);
    return real->pMethods->xTruncate(real, size);
}

static int on_sync(sqlite3_file *file, int flags)
{
    sqlite3_file *real = real_of(file);
    return real->pMethods->xSync(real, flags);
}

static int on_size(sqlite3_file *file, sqlite3_int64 *size)
{
    sqlite3_file *real = real_of(file);
    return real->pMethods->xFileSize(real, size);
}

static int on_lock(sqlite3_file *file, int level)
{
    sqlite3_file *real = real_of(file);
    return real->pMethods->xLock(real, level);
}

static int on_unlock(sqlite3_file *file, int level)
{
    sqlite3_file *real = real_of(file);
    return real->pMethods->xUnlock(real, level);
}

static int on_check_lock(sqlite3_file *file, int *taken)
{
    sqlite3_file *real = real_of(file);
    return real->pMethods->xCheckReservedLock(real, taken);
}

static int on_control(sqlite3_file *file, int op, void *arg)
{
    sqlite3_file *real = real_of(file);
    return real->pMethods->xFileControl(real, op, arg);
}

static int on_sector_size(sqlite3_file *file)
{
    sqlite3_file *real = real_of(file);
    return real->pMethods->xSectorSize(real);
}

static int on_characteristics(sqlite3_file *file)
{
    sqlite3_file *real = real_of(file);
    return real->pMethods->xDeviceCharacteristics(real);
}

static int on_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **out)
{
    sqlite3_file *real = real_of(file);
    return real->pMethods->xShmMap(real, page, size, extend, out);
}

static int on_shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
    sqlite3_file *real = real_of(file);
    return real->pMethods->xShmLock(real, offset, n, flags);
}

static void on_shm_barrier(sqlite3_file *file)
{
    sqlite3_file *real = real_of(file);
    real->pMethods->xShmBarrier(real);
}

static int on_shm_unmap(sqlite3_file *file, int remove)
{
    sqlite3_file *real = real_of(file);
    return real->pMethods->xShmUnmap(real, remove);
}

/* Version 2: no memory mapping, so that every read and write passes here. */
static const sqlite3_io_methods pass_on = {
    .iVersion = 2,
    .xClose = on_close,
    .xRead = on_read,
    .xWrite = on_write,
    .xTruncate = on_truncate,
    .xSync = on_sync,
    .xFileSize = on_size,
    .xLock = on_lock,
    .xUnlock = on_unlock,
    .xCheckReservedLock = on_check_lock,
    .xFileControl = on_control,
    .xSectorSize = on_sector_size,
    .xDeviceCharacteristics = on_characteristics,
    .xShmMap = on_shm_map,
    .xShmLock = on_shm_lock,
    .xShmBarrier = on_shm_barrier,
    .xShmUnmap = on_shm_unmap,
};

static int on_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out_flags)
{
    struct shim *shim = vfs->pAppData;
    struct shim_file *mine = shim_file_of(file);
    mine->shim = shim;
    mine->user = NULL;
    mine->flags = flags;
    mine->real = (sqlite3_file *)(void *)((char *)file + sizeof *mine);
    const int code = shim->real->xOpen(shim->real, name, mine->real, flags, out_flags);
    file->pMethods = code == SQLITE_OK ? &shim->methods : NULL;
    if (code == SQLITE_OK && shim->opened != NULL) {
        return shim->opened(shim, file, name);
    }
    return code;
}

void shim_install(struct shim *shim)
{
    shim->real = sqlite3_vfs_find(NULL);
    shim->vfs = *shim->real; /* what is not about open files goes to the real one as it is */
    shim->vfs.pNext = NULL;
    shim->vfs.zName = "shim";
    shim->vfs.szOsFile = (int)sizeof(struct shim_file) + shim->real->szOsFile;
    shim->vfs.pAppData = shim;
    shim->vfs.xOpen = on_open;
    shim->methods = pass_on;
    (void)sqlite3_vfs_register(&shim->vfs, 1);
}

void shim_remove(struct shim *shim)
{
    (void)sqlite3_vfs_unregister(&shim->vfs);
    (void)sqlite3_vfs_register(shim->real, 1);
}
