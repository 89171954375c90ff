#include "cmd/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static enum result read_all(int fd, const char *path, struct buf *out, struct error *err)
{
    for (;;) {
        const size_t room = out->ceiling - out->len;
        uint8_t piece[4096];
        const ssize_t got = read(fd, piece, sizeof piece);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        ENSURE(got >= 0, err, FAULT_IO, path, "niet te lezen: %s", strerror(errno));
        if (got == 0) {
            return RESULT_OK;
        }
        ENSURE((size_t)got <= room, err, FAULT_TOO_LARGE, path, "groter dan %zu bytes", out->ceiling);
        buf_bytes(out, piece, (size_t)got);
        TRY(buf_result(out, path, err));
    }
}

enum result file_read(const char *path, struct buf *out, struct error *err)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    ENSURE(fd >= 0, err, FAULT_IO, path, "niet te openen: %s", strerror(errno));
    const enum result result = read_all(fd, path, out, err);
    (void)close(fd);
    return result;
}

static int64_t now_ms(void *ctx)
{
    (void)ctx;
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void fill_random(void *ctx, void *out, size_t len)
{
    (void)ctx;
    uint8_t *to = out;
    while (len != 0) {
        const ssize_t got = getrandom(to, len, 0);
        if (got < 0) {
            if (errno == EINTR) {
                continue;
            }
            abort(); /* without randomness no identifier and no key is safe */
        }
        to += got;
        len -= (size_t)got;
    }
}

static void write_stderr(void *ctx, const char *line, size_t len)
{
    (void)ctx;
    const ssize_t written = write(STDERR_FILENO, line, len);
    (void)written; /* a full or closed stderr must not stop the node */
}

const struct clock system_clock = {now_ms, NULL};
const struct entropy system_entropy = {fill_random, NULL};
const struct log_sink stderr_log = {write_stderr, NULL, LOG_INFO, &system_clock};
