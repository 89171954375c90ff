#include "certs/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_STEP = 16384 };

static void fd_close(const int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
    }
}

enum result certs_path_join(const char *folder, const char *name, struct certs_path *out, struct error *err)
{
    const int len = snprintf(out->text, sizeof out->text, "%s/%s", folder, name);
    ENSURE(len > 0 && (size_t)len < sizeof out->text, err, FAULT_IO, name, "het pad is langer dan %d bytes",
           CERTS_PATH_MAX);
    return RESULT_OK;
}

static enum result read_all(int fd, const char *path, struct buf *out, struct error *err)
{
    for (;;) {
        /* One byte more than the bound is asked for, so that a file of exactly the bound is read and one past it not.
         */
        const size_t left = out->ceiling - out->len;
        const size_t want = left < READ_STEP ? left : READ_STEP;
        uint8_t extra = 0;
        uint8_t *room = want != 0 ? buf_reserve(out, want) : &extra;
        ENSURE(room != NULL, err, FAULT_NO_MEMORY, path, "geen geheugen om het bestand te lezen");
        const ssize_t got = read(fd, room, want != 0 ? want : 1);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        ENSURE(got >= 0, err, FAULT_IO, path, "kan niet worden gelezen: fout %d", errno);
        if (got == 0) {
            return RESULT_OK;
        }
        ENSURE(want != 0, err, FAULT_TOO_LARGE, path, "groter dan %zu bytes", out->ceiling);
        buf_commit(out, (size_t)got);
    }
}

/* O_NONBLOCK: a named pipe in the place of the file must not hang the start. */
static enum result read_file(const char *path, bool private, struct buf *out, struct error *err)
{
    CLEANUP(fd_close) const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    ENSURE(fd >= 0, err, FAULT_IO, path, errno == ENOENT ? "bestaat niet" : "kan niet worden geopend");
    struct stat info;
    ENSURE(fstat(fd, &info) == 0 && S_ISREG(info.st_mode), err, FAULT_IO, path, "is geen gewoon bestand");
    if (private) {
        ENSURE((info.st_mode & (S_IRWXG | S_IRWXO)) == 0, err, FAULT_CERTIFICATE, path,
               "groep of anderen hebben rechten op deze geheime sleutel; toegestaan is 0600 of 0400");
        ENSURE(info.st_uid == geteuid() || info.st_uid == 0, err, FAULT_CERTIFICATE, path,
               "deze geheime sleutel is van een andere gebruiker");
    }
    return read_all(fd, path, out, err);
}

enum result certs_file_read(const char *path, struct buf *out, struct error *err)
{
    return read_file(path, false, out, err);
}

enum result certs_file_read_private(const char *path, struct buf *out, struct error *err)
{
    return read_file(path, true, out, err);
}

static bool write_all(int fd, struct slice content)
{
    while (content.len != 0) {
        const ssize_t put = write(fd, content.ptr, content.len);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put <= 0) {
            return false;
        }
        content = slice_of(content.ptr + put, content.len - (size_t)put);
    }
    return fsync(fd) == 0;
}

static enum result sync_folder_of(const char *path, struct error *err)
{
    char folder[CERTS_PATH_MAX];
    const char *slash = strrchr(path, '/');
    const size_t len = slash != NULL ? (size_t)(slash - path) : 0;
    ENSURE(len < sizeof folder, err, FAULT_IO, path, "het pad is langer dan %d bytes", CERTS_PATH_MAX);
    if (slash == NULL) {
        memcpy(folder, ".", 2);
    } else if (len == 0) {
        memcpy(folder, "/", 2);
    } else {
        memcpy(folder, path, len);
        folder[len] = '\0';
    }
    CLEANUP(fd_close) const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ENSURE(fd >= 0 && fsync(fd) == 0, err, FAULT_IO, folder, "de map kan niet worden weggeschreven");
    return RESULT_OK;
}

/* A new file under a temporary name beside `path`, complete and on disk. */
static enum result write_beside(const char *path, mode_t mode, struct slice content, struct certs_path *out,
                                struct error *err)
{
    const int len = snprintf(out->text, sizeof out->text, "%s.XXXXXX", path);
    ENSURE(len > 0 && (size_t)len < sizeof out->text, err, FAULT_IO, path, "het pad is langer dan %d bytes",
           CERTS_PATH_MAX);
    CLEANUP(fd_close) const int fd = mkostemp(out->text, O_CLOEXEC); /* O_EXCL, 0600 */
    ENSURE(fd >= 0, err, FAULT_IO, path, "kan niet worden gemaakt: fout %d", errno);
    if (!write_all(fd, content) || fchmod(fd, mode) != 0) {
        const int code = errno;
        (void)unlink(out->text);
        FAIL(err, FAULT_IO, path, "kan niet worden geschreven: fout %d", code);
    }
    return RESULT_OK;
}

enum result certs_file_replace(const char *path, mode_t mode, struct slice content, struct error *err)
{
    struct certs_path beside = {0};
    TRY(write_beside(path, mode, content, &beside, err));
    if (rename(beside.text, path) != 0) {
        const int code = errno;
        (void)unlink(beside.text);
        FAIL(err, FAULT_IO, path, "kan niet worden vervangen: fout %d", code);
    }
    return sync_folder_of(path, err);
}

enum result certs_file_create(const char *path, mode_t mode, struct slice content, struct error *err)
{
    struct certs_path beside = {0};
    TRY(write_beside(path, mode, content, &beside, err));
    /* link, not rename: it refuses when the name is taken, also by a dangling symbolic link. */
    const int linked = link(beside.text, path);
    const int code = errno;
    (void)unlink(beside.text);
    ENSURE(linked == 0 || code != EEXIST, err, FAULT_CONFLICT, path, "bestaat al en wordt niet overschreven");
    ENSURE(linked == 0, err, FAULT_IO, path, "kan niet worden gemaakt: fout %d", code);
    return sync_folder_of(path, err);
}
