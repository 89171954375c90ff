#include "store/keyfile.h"

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

static enum result read_checked(int fd, const char *name, uint8_t out[KEYRING_KEY_SIZE], struct error *err)
{
    struct stat st;
    ENSURE(fstat(fd, &st) == 0 && S_ISREG(st.st_mode), err, FAULT_CONFIG, name, "dit is geen gewoon bestand");
    ENSURE((st.st_mode & OTHERS) == 0, err, FAULT_CONFIG, name,
           "het sleutelbestand mag alleen voor de eigenaar leesbaar zijn (0600)");
    ENSURE(st.st_size == KEYRING_KEY_SIZE, err, FAULT_CONFIG, name, "het sleutelbestand moet %d bytes lang zijn",
           (int)KEYRING_KEY_SIZE);
    const ssize_t got = read(fd, out, KEYRING_KEY_SIZE);
    if (got != KEYRING_KEY_SIZE) {
        mem_wipe(out, KEYRING_KEY_SIZE);
        FAIL(err, FAULT_CONFIG, name, "het sleutelbestand kan niet worden gelezen");
    }
    return RESULT_OK;
}

enum result keyfile_read(int folder, const char *name, uint8_t out[KEYRING_KEY_SIZE], struct error *err)
{
    const int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        const int why = errno;
        ENSURE(why != ENOENT, err, FAULT_NOT_FOUND, name, "het sleutelbestand is er niet");
        FAIL(err, FAULT_CONFIG, name, "het sleutelbestand kan niet worden geopend (fout %d)", why);
    }
    const enum result result = read_checked(fd, name, out, err);
    (void)close(fd);
    return result;
}

static enum result write_synced(int folder, const char *name, const uint8_t key[KEYRING_KEY_SIZE], struct error *err)
{
    const int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    ENSURE(fd >= 0, err, FAULT_IO, name, "het sleutelbestand kan niet worden gemaakt (fout %d)", errno);
    const bool written = write(fd, key, KEYRING_KEY_SIZE) == KEYRING_KEY_SIZE && fsync(fd) == 0;
    const bool closed = close(fd) == 0;
    ENSURE(written && closed, err, FAULT_IO, name, "het sleutelbestand kan niet worden geschreven");
    return RESULT_OK;
}

enum result keyfile_make(int folder, const char *name, const uint8_t key[KEYRING_KEY_SIZE], struct error *err)
{
    /* Under a name of its own first: a crash half-way may not leave a short key under the name that counts. */
    char draft[KEYFILE_NAME_MAX];
    (void)snprintf(draft, sizeof draft, "%s.nieuw", name);
    (void)unlinkat(folder, draft, 0);
    if (write_synced(folder, draft, key, err) != RESULT_OK) {
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
