#include "store/sqlite/mapping.h"

#include <stddef.h>

#include "base/limits.h"

static const sqlite3_int64 step = (sqlite3_int64)STORE_MAP_STEP_KIB * 1024;

/* Without a page SQLite asks to unmap all; the next page that is wanted maps the file as large as it is by then. */
static int unfetch(sqlite3_file *file, sqlite3_int64 offset, void *page)
{
    struct mapping_kept *kept = ((const struct mapping_kept *)file->pMethods)->self;
    if (page == NULL) {
        sqlite3_int64 size = 0;
        const int code = kept->methods.xFileSize(file, &size);
        if (code == SQLITE_OK && kept->size != 0 && size >= kept->size && size - kept->size < step) {
            return SQLITE_OK;
        }
        kept->size = code == SQLITE_OK ? size : 0;
    }
    return kept->unfetch(file, offset, page);
}

void mapping_keep(struct mapping_kept *kept, sqlite3 *db)
{
    enum { HAS_FETCH = 3 };
    sqlite3_file *file = NULL;
    if (sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK || file == NULL ||
        file->pMethods == NULL || file->pMethods->iVersion < HAS_FETCH || file->pMethods->xUnfetch == NULL) {
        return;
    }
    kept->methods = *file->pMethods;
    kept->self = kept;
    kept->unfetch = kept->methods.xUnfetch;
    kept->methods.xUnfetch = unfetch;
    file->pMethods = &kept->methods;
}
