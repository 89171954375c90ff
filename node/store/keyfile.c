#include "store/keyfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/folder.h"

enum { OTHERS = S_IRWXG | S_IRWXO, KEYFILE_NAME_MAX = 64 };

enum result keyfile_folder_make(const char *folder, struct error *err)
{
    return folder_make(folder, err);
}

enum result keyfile_folder_open(const char *folder, int *out, struct error *err)
{
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ENSURE(fd >= 0, err, FAULT_CONFIG, folder, "de sleutelmap kan niet worden geopend (fout %d)", errno);
    struct stat st;
    if (fstat(fd, &st) != 0 || (st.st_mode & OTHERS) != 0) {
        (void)close(fd);
        FAIL(err, FAULT_CONFIG, folder, "de sleutelmap mag alleen voor de eigenaar toegankelijk zijn (0700)");
    }
    *out = fd;
    return RESULT_OK;
}

static enum result check_file(int fd, const char *name, struct stat *st, struct error *err)
{
    ENSURE(fstat(fd, st) == 0 && S_ISREG(st->st_mode), err, FAULT_CONFIG, name, "dit is geen gewoon bestand");
    ENSURE((st->st_mode & OTHERS) == 0, err, FAULT_CONFIG, name,
           "het sleutelbestand mag alleen voor de eigenaar leesbaar zijn (0600)");
    return RESULT_OK;
}

static enum result open_to_read(int folder, const char *name, int *out, struct stat *st, struct error *err)
{
    const int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        const int why = errno;
        ENSURE(why != ENOENT, err, FAULT_NOT_FOUND, name, "het sleutelbestand is er niet");
        FAIL(err, FAULT_CONFIG, name, "het sleutelbestand kan niet worden geopend (fout %d)", why);
    }
    if (check_file(fd, name, st, err) != RESULT_OK) {
        (void)close(fd);
        return RESULT_FAILED;
    }
    *out = fd;
    return RESULT_OK;
}

enum result keyfile_read(int folder, const char *name, uint8_t out[KEYRING_KEY_SIZE], struct error *err)
{
    int fd = -1;
    struct stat st;
    TRY(open_to_read(folder, name, &fd, &st, err));
    const bool whole = st.st_size == KEYRING_KEY_SIZE;
    const ssize_t got = whole ? read(fd, out, KEYRING_KEY_SIZE) : 0;
    (void)close(fd);
    ENSURE(whole, err, FAULT_CONFIG, name, "het sleutelbestand moet %d bytes lang zijn", (int)KEYRING_KEY_SIZE);
    if (got != KEYRING_KEY_SIZE) {
        mem_wipe(out, KEYRING_KEY_SIZE);
        FAIL(err, FAULT_CONFIG, name, "het sleutelbestand kan niet worden gelezen");
    }
    return RESULT_OK;
}

enum result keyfile_read_bytes(int folder, const char *name, struct buf *out, struct error *err)
{
    int fd = -1;
    struct stat st;
    TRY(open_to_read(folder, name, &fd, &st, err));
    const size_t len = st.st_size > 0 ? (size_t)st.st_size : 0;
    uint8_t *room = len <= out->ceiling ? buf_reserve(out, len) : NULL;
    const ssize_t got = room != NULL ? read(fd, room, len) : 0;
    (void)close(fd);
    ENSURE(room != NULL, err, FAULT_CONFIG, name, "het sleutelbestand is langer dan %zu bytes", out->ceiling);
    ENSURE(got == (ssize_t)len, err, FAULT_CONFIG, name, "het sleutelbestand kan niet worden gelezen");
    buf_commit(out, len);
    return RESULT_OK;
}

static enum result write_synced(int folder, const char *name, struct slice bytes, struct error *err)
{
    const int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    ENSURE(fd >= 0, err, FAULT_IO, name, "het sleutelbestand kan niet worden gemaakt (fout %d)", errno);
    const bool written = write(fd, bytes.ptr, bytes.len) == (ssize_t)bytes.len && fsync(fd) == 0;
    const bool closed = close(fd) == 0;
    ENSURE(written && closed, err, FAULT_IO, name, "het sleutelbestand kan niet worden geschreven");
    return RESULT_OK;
}

enum result keyfile_make_bytes(int folder, const char *name, struct slice bytes, struct error *err)
{
    /* Under a name of its own first: a crash half-way may not leave a short file under the name that counts. */
    char draft[KEYFILE_NAME_MAX];
    (void)snprintf(draft, sizeof draft, "%s" KEYFILE_DRAFT, name);
    (void)unlinkat(folder, draft, 0); /* not overwritten: it may be a second link to a key that counts */
    if (write_synced(folder, draft, bytes, err) != RESULT_OK) {
        (void)unlinkat(folder, draft, 0);
        return RESULT_FAILED;
    }
    /* A link, not a rename: it never replaces a key that is there. */
    const bool linked = linkat(folder, draft, folder, name, 0) == 0;
    const int why = errno;
    (void)unlinkat(folder, draft, 0);
    ENSURE(linked || why != EEXIST, err, FAULT_CONFLICT, name, "het sleutelbestand bestaat al");
    ENSURE(linked, err, FAULT_IO, name, "het sleutelbestand kan niet worden gemaakt (fout %d)", why);
    ENSURE(fsync(folder) == 0, err, FAULT_IO, name, "de sleutelmap kan niet worden vastgelegd");
    return RESULT_OK;
}

enum result keyfile_make(int folder, const char *name, const uint8_t key[KEYRING_KEY_SIZE], struct error *err)
{
    return keyfile_make_bytes(folder, name, slice_of(key, KEYRING_KEY_SIZE), err);
}

static bool overwrite(int fd)
{
    static const uint8_t zeros[4096];
    struct stat st;
    bool done = fstat(fd, &st) == 0;
    for (off_t at = 0; done && at < st.st_size; at += (off_t)sizeof zeros) {
        const off_t left = st.st_size - at;
        const size_t len = left < (off_t)sizeof zeros ? (size_t)left : sizeof zeros;
        done = pwrite(fd, zeros, len, at) == (ssize_t)len;
    }
    return done && fsync(fd) == 0;
}

enum result keyfile_destroy(int folder, const char *name, struct error *err)
{
    const int fd = openat(folder, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    ENSURE(fd >= 0 || errno == ENOENT, err, FAULT_IO, name, "het sleutelbestand kan niet worden overschreven (fout %d)",
           errno);
    if (fd < 0) {
        return RESULT_OK;
    }
    const bool gone = overwrite(fd);
    (void)close(fd);
    ENSURE(gone && unlinkat(folder, name, 0) == 0 && fsync(folder) == 0, err, FAULT_IO, name,
           "het sleutelbestand kan niet worden vernietigd");
    return RESULT_OK;
}

enum result keyfile_each(int folder, keyfile_each_fn *each, void *ctx, struct error *err)
{
    const int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = again >= 0 ? fdopendir(again) : NULL;
    if (list == NULL) {
        const int why = errno;
        if (again >= 0) {
            (void)close(again);
        }
        FAIL(err, FAULT_CONFIG, "sleutelmap", "de sleutelmap kan niet worden gelezen (fout %d)", why);
    }
    enum result result = RESULT_OK;
    for (const struct dirent *e = readdir(list); e != NULL && result == RESULT_OK; e = readdir(list)) {
        result = each(folder, e->d_name, ctx, err);
    }
    (void)closedir(list);
    return result;
}
