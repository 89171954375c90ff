/*
 * fault_io.c - between a real program and its disk (LD_PRELOAD): calls on certain files fail, or end the process.
 *
 * The file named by FAULT_IO_RULES holds one rule, CALL ENDING FROM WHAT: from the FROM-th call on of that name, on a
 * file whose path ends in ENDING, the call gives the error WHAT (a number of errno(3)), or kills the process when WHAT
 * is KILL. An empty or absent file is no rule; it is read at every call, so that a test can change it meanwhile. Calls
 * are counted while they match. SQLite's unix layer comes through these four; the rest of libc is left alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The names that callers with 64-bit offsets are linked to; libc's own headers declare them only on demand. */
ssize_t pwrite64(int fd, const void *data, size_t size, off_t at);
int ftruncate64(int fd, off_t size);

enum { RULE_MAX = 256, PATH_BYTES = 4096 };

struct rule {
    char call[16];
    char ending[128];
    int from;
    char what[16];
};

static atomic_int matched;

static bool read_rule(struct rule *out)
{
    const char *path = getenv("FAULT_IO_RULES");
    char text[RULE_MAX] = "";
    const int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0) {
        return false;
    }
    const ssize_t got = read(fd, text, sizeof text - 1);
    (void)close(fd);
    return got > 0 && sscanf(text, "%15s %127s %d %15s", out->call, out->ending, &out->from, out->what) == 4;
}

static bool path_ends(int fd, const char *ending)
{
    char link[64];
    char path[PATH_BYTES];
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t len = readlink(link, path, sizeof path);
    const size_t tail = strlen(ending);
    return len > 0 && (size_t)len >= tail && memcmp(path + (size_t)len - tail, ending, tail) == 0;
}

/* Whether this call is to fail; errno is set then. */
static bool fails(const char *call, int fd)
{
    const int before = errno;
    struct rule rule;
    const bool hit = read_rule(&rule) && strcmp(rule.call, call) == 0 && path_ends(fd, rule.ending) &&
                     atomic_fetch_add(&matched, 1) + 1 >= rule.from;
    if (hit && strcmp(rule.what, "KILL") == 0) {
        (void)kill(getpid(), SIGKILL);
    }
    errno = hit ? atoi(rule.what) : before;
    return hit;
}

int fsync(int fd)
{
    return fails("fsync", fd) ? -1 : (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    return fails("fsync", fd) ? -1 : (int)syscall(SYS_fdatasync, fd);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off_t at)
{
    return fails("write", fd) ? -1 : syscall(SYS_pwrite64, fd, data, size, at);
}

int ftruncate64(int fd, off_t size)
{
    return fails("truncate", fd) ? -1 : (int)syscall(SYS_ftruncate, fd, size);
}
