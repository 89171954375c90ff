#include "integration/dropsync_vfs.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/shim_vfs.h"

/* SQLite never writes more at a time, and its VFS counts on that. */
enum { CHUNK = 65536 };

struct range {
    size_t from;
    size_t to;
};

/* One file as the process sees it; all its open handles share it. */
struct image {
    struct image *next;
    char *name;
    uint8_t *bytes;
    size_t size;
    size_t capacity;
    struct range *dirty; /* written since the last sync */
    size_t dirty_count;
    size_t dirty_capacity;
};

struct dropsync {
    struct shim shim;
    pthread_mutex_t lock;
    struct image *images;
};

static struct dropsync *dropsync_of(sqlite3_file *file)
{
    return shim_file_of(file)->shim->ctx;
}

static void *must(void *ptr)
{
    if (ptr == NULL) {
        (void)fprintf(stderr, "dropsync: no memory\n");
        abort();
    }
    return ptr;
}

static void resize(struct image *image, size_t size)
{
    if (size > image->capacity) {
        const size_t capacity = size * 2;
        image->bytes = must(realloc(image->bytes, capacity));
        image->capacity = capacity;
    }
    if (size > image->size) {
        memset(image->bytes + image->size, 0, size - image->size);
    }
    image->size = size;
}

static void mark(struct image *image, size_t from, size_t to)
{
    if (image->dirty_count != 0 && image->dirty[image->dirty_count - 1].to == from) {
        image->dirty[image->dirty_count - 1].to = to;
        return;
    }
    if (image->dirty_count == image->dirty_capacity) {
        image->dirty_capacity = image->dirty_capacity * 2 + 16;
        image->dirty = must(realloc(image->dirty, image->dirty_capacity * sizeof *image->dirty));
    }
    image->dirty[image->dirty_count++] = (struct range){from, to};
}

static int load(struct image *image, sqlite3_file *real)
{
    sqlite3_int64 size = 0;
    const int code = real->pMethods->xFileSize(real, &size);
    if (code != SQLITE_OK || size == 0) {
        return code;
    }
    resize(image, (size_t)size);
    int result = SQLITE_OK;
    for (size_t at = 0; at < image->size && result == SQLITE_OK; at += CHUNK) {
        const size_t len = image->size - at < CHUNK ? image->size - at : CHUNK;
        result = real->pMethods->xRead(real, image->bytes + at, (int)len, (sqlite3_int64)at);
    }
    return result;
}

static int on_opened(struct shim *shim, sqlite3_file *file, const char *name)
{
    struct dropsync *all = shim->ctx;
    struct shim_file *mine = shim_file_of(file);
    if (name == NULL) {
        return SQLITE_OK; /* a temporary file: nobody misses it */
    }
    int code = SQLITE_OK;
    (void)pthread_mutex_lock(&all->lock);
    struct image *image = all->images;
    while (image != NULL && strcmp(image->name, name) != 0) {
        image = image->next;
    }
    if (image == NULL) {
        image = must(calloc(1, sizeof *image));
        image->name = must(strdup(name));
        image->next = all->images;
        all->images = image;
        code = load(image, mine->real);
    }
    mine->user = image;
    (void)pthread_mutex_unlock(&all->lock);
    return code;
}

static int on_read(sqlite3_file *file, void *to, int len, sqlite3_int64 at)
{
    struct shim_file *mine = shim_file_of(file);
    const struct image *image = mine->user;
    if (image == NULL) {
        return mine->real->pMethods->xRead(mine->real, to, len, at);
    }
    struct dropsync *all = dropsync_of(file);
    (void)pthread_mutex_lock(&all->lock);
    const size_t from = (size_t)at < image->size ? (size_t)at : image->size;
    const size_t have = image->size - from < (size_t)len ? image->size - from : (size_t)len;
    if (have != 0) {
        memcpy(to, image->bytes + from, have);
    }
    (void)pthread_mutex_unlock(&all->lock);
    memset((uint8_t *)to + have, 0, (size_t)len - have);
    return have == (size_t)len ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int on_write(sqlite3_file *file, const void *from, int len, sqlite3_int64 at)
{
    struct shim_file *mine = shim_file_of(file);
    struct image *image = mine->user;
    if (image == NULL) {
        return mine->real->pMethods->xWrite(mine->real, from, len, at);
    }
    struct dropsync *all = dropsync_of(file);
    const size_t end = (size_t)at + (size_t)len;
    (void)pthread_mutex_lock(&all->lock);
    if (end > image->size) {
        resize(image, end);
    }
    memcpy(image->bytes + at, from, (size_t)len);
    mark(image, (size_t)at, end);
    (void)pthread_mutex_unlock(&all->lock);
    return SQLITE_OK;
}

static int on_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    struct shim_file *mine = shim_file_of(file);
    struct image *image = mine->user;
    if (image == NULL) {
        return mine->real->pMethods->xTruncate(mine->real, size);
    }
    struct dropsync *all = dropsync_of(file);
    (void)pthread_mutex_lock(&all->lock);
    resize(image, (size_t)size);
    (void)pthread_mutex_unlock(&all->lock);
    return SQLITE_OK;
}

static int on_size(sqlite3_file *file, sqlite3_int64 *size)
{
    struct shim_file *mine = shim_file_of(file);
    const struct image *image = mine->user;
    if (image == NULL) {
        return mine->real->pMethods->xFileSize(mine->real, size);
    }
    struct dropsync *all = dropsync_of(file);
    (void)pthread_mutex_lock(&all->lock);
    *size = (sqlite3_int64)image->size;
    (void)pthread_mutex_unlock(&all->lock);
    return SQLITE_OK;
}

/* Under the lock. The real file's own sync is spared: the page cache survives what this test does. */
static int pass_down(struct image *image, sqlite3_file *real)
{
    int code = SQLITE_OK;
    for (size_t i = 0; i < image->dirty_count && code == SQLITE_OK; i++) {
        const struct range *range = &image->dirty[i];
        const size_t to = range->to < image->size ? range->to : image->size;
        for (size_t at = range->from; at < to && code == SQLITE_OK; at += CHUNK) {
            const size_t len = to - at < CHUNK ? to - at : CHUNK;
            code = real->pMethods->xWrite(real, image->bytes + at, (int)len, (sqlite3_int64)at);
        }
    }
    image->dirty_count = 0;
    return code == SQLITE_OK ? real->pMethods->xTruncate(real, (sqlite3_int64)image->size) : code;
}

static int on_sync(sqlite3_file *file, int flags)
{
    (void)flags;
    struct shim_file *mine = shim_file_of(file);
    if (mine->user == NULL) {
        return SQLITE_OK;
    }
    struct dropsync *all = dropsync_of(file);
    (void)pthread_mutex_lock(&all->lock);
    const int code = pass_down(mine->user, mine->real);
    (void)pthread_mutex_unlock(&all->lock);
    return code;
}

static int on_delete(sqlite3_vfs *vfs, const char *name, int sync_folder)
{
    struct shim *shim = vfs->pAppData;
    struct dropsync *all = shim->ctx;
    (void)pthread_mutex_lock(&all->lock);
    for (struct image *image = all->images; image != NULL; image = image->next) {
        if (strcmp(image->name, name) == 0) {
            image->name[0] = '\0'; /* open handles may still use it; nobody finds it again */
        }
    }
    (void)pthread_mutex_unlock(&all->lock);
    return shim->real->xDelete(shim->real, name, sync_folder);
}

void dropsync_install(void)
{
    /* Never given back: SQLite keeps using it until the process ends. */
    struct dropsync *all = must(calloc(1, sizeof *all));
    (void)pthread_mutex_init(&all->lock, NULL);
    shim_install(&all->shim);
    all->shim.ctx = all;
    all->shim.opened = on_opened;
    all->shim.vfs.xDelete = on_delete;
    all->shim.methods.xRead = on_read;
    all->shim.methods.xWrite = on_write;
    all->shim.methods.xTruncate = on_truncate;
    all->shim.methods.xFileSize = on_size;
    all->shim.methods.xSync = on_sync;
}
