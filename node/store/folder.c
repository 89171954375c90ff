#include "store/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdbool.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

static const char lock_name[] = "knooppunt.slot";

static enum result sync_folder(const char *folder, struct error *err)
{
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ENSURE(fd >= 0, err, FAULT_CONFIG, folder, "de map kan niet worden geopend (fout %d)", errno);
    const bool synced = fsync(fd) == 0;
    (void)close(fd);
    ENSURE(synced, err, FAULT_CONFIG, folder, "de map kan niet worden vastgelegd");
    return RESULT_OK;
}

enum result folder_make(const char *folder, struct error *err)
{
    if (mkdir(folder, S_IRWXU) != 0) {
        ENSURE(errno == EEXIST, err, FAULT_CONFIG, folder, "de map kan niet worden gemaakt (fout %d)", errno);
        return RESULT_OK;
    }
    char *copy CLEANUP(mem_cleanup) = mem_strdup(folder); /* dirname writes in what it is given */
    ENSURE(copy != NULL, err, FAULT_NO_MEMORY, folder, "geen geheugen");
    return sync_folder(dirname(copy), err);
}

static enum result open_in(const char *folder, const char *name, int *out, struct error *err)
{
    const int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ENSURE(dir >= 0, err, FAULT_CONFIG, folder, "de map kan niet worden geopend (fout %d)", errno);
    const int fd = openat(dir, name, O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
    const int why = errno;
    (void)close(dir);
    ENSURE(fd >= 0, err, FAULT_CONFIG, name, "het bestand kan niet worden geopend (fout %d)", why);
    *out = fd;
    return RESULT_OK;
}

enum result folder_lock(const char *folder, int *out, struct error *err)
{
    int fd = -1;
    TRY(open_in(folder, lock_name, &fd, err));
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        (void)close(fd);
        FAIL(err, FAULT_CONFIG, lock_name, "een ander proces gebruikt deze opslag");
    }
    *out = fd;
    return RESULT_OK;
}

void folder_unlock(int lock)
{
    (void)close(lock);
}

enum result folder_file(const char *folder, const char *name, struct error *err)
{
    int fd = -1;
    TRY(open_in(folder, name, &fd, err));
    (void)close(fd);
    return sync_folder(folder, err);
}
