#include "store/sqlite/mapping.h"

#include <stddef.h>
#include <sys/mman.h>

#include "base/limits.h"

static const size_t reserved = (size_t)STORE_MAP_KIB * 1024;

static struct mapping_kept *kept_of(const sqlite3_file *file)
{
    return ((const struct mapping_kept *)file->pMethods)->self;
}

static bool is_kept(const struct mapping_kept *kept, const void *page)
{
    return kept->base != NULL && (uintptr_t)page - (uintptr_t)kept->base < reserved;
}

/* From SQLite's own mapping, because a descriptor of our own would, once closed, take SQLite's locks with it (fcntl). Of a
 * length of 0 mremap makes a second mapping of the same file. */
static void reserve(struct mapping_kept *kept, sqlite3_file *file)
{
    void *page = NULL;
    if (kept->base != NULL || kept->refused || kept->methods.xFetch(file, 0, 1, &page) != SQLITE_OK || page == NULL) {
        return;
    }
    void *base = mremap(page, 0, reserved, MREMAP_MAYMOVE);
    kept->refused = base == MAP_FAILED;
    kept->base = kept->refused ? NULL : base;
    (void)kept->methods.xUnfetch(file, 0, page);
}

static void measure(struct mapping_kept *kept, sqlite3_file *file)
{
    if (kept->methods.xFileSize(file, &kept->size) != SQLITE_OK) {
        kept->size = 0;
    }
    if (kept->size > (sqlite3_int64)reserved) {
        kept->size = (sqlite3_int64)reserved;
    }
}

static int fetch(sqlite3_file *file, sqlite3_int64 offset, int amount, void **page)
{
    struct mapping_kept *kept = kept_of(file);
    reserve(kept, file);
    if (kept->base == NULL) {
        return kept->methods.xFetch(file, offset, amount, page);
    }
    if (offset + amount > kept->size) {
        measure(kept, file);
    }
    *page = offset + amount <= kept->size ? kept->base + offset : NULL; /* NULL: it is read */
    return SQLITE_OK;
}

/* Without a page SQLite saw a commit and asks to unmap all. */
static int unfetch(sqlite3_file *file, sqlite3_int64 offset, void *page)
{
    struct mapping_kept *kept = kept_of(file);
    if (page == NULL && kept->base != NULL) {
        measure(kept, file);
        return SQLITE_OK;
    }
    return is_kept(kept, page) ? SQLITE_OK : kept->methods.xUnfetch(file, offset, page);
}

void mapping_keep(struct mapping_kept *kept, sqlite3 *db)
{
    enum { HAS_FETCH = 3 };
    sqlite3_file *file = NULL;
    if (sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK || file == NULL ||
        file->pMethods == NULL || file->pMethods->iVersion < HAS_FETCH || file->pMethods->xFetch == NULL ||
        file->pMethods->xUnfetch == NULL) {
        return;
    }
    kept->methods = *file->pMethods;
    kept->ours = kept->methods;
    kept->ours.xFetch = fetch;
    kept->ours.xUnfetch = unfetch;
    kept->self = kept;
    file->pMethods = &kept->ours;
}

void mapping_drop(struct mapping_kept *kept)
{
    if (kept->base != NULL) {
        (void)munmap(kept->base, reserved);
        kept->base = NULL;
    }
}
