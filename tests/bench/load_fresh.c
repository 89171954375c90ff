#include "bench/load_fresh.h"

#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>

enum { ANSWER_MS = 5000, FRAME_HEAD = 9, TYPE_AT = 3, TYPE_SETTINGS = 4 };

struct worker {
    const struct load_target *target;
    int64_t until_ms;
    uint64_t done;
    uint64_t errors;
    pthread_t thread;
};

static int64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The preface with empty SETTINGS goes out, and the first frame that comes back is SETTINGS (RFC 9113, 3.4). */
static bool greet(SSL *ssl)
{
    static const char hello[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0";
    unsigned char frame[256];
    size_t have = 0;
    size_t moved = 0;
    if (SSL_write_ex(ssl, hello, sizeof hello, &moved) != 1) { /* the literal's own zero is the last byte */
        return false;
    }
    while (have < FRAME_HEAD) {
        if (SSL_read_ex(ssl, frame + have, sizeof frame - have, &moved) == 1) {
            have += moved;
            continue;
        }
        struct pollfd wait = {.fd = SSL_get_fd(ssl), .events = POLLIN};
        if (SSL_get_error(ssl, 0) != SSL_ERROR_WANT_READ || poll(&wait, 1, ANSWER_MS) != 1) {
            return false;
        }
    }
    return frame[TYPE_AT] == TYPE_SETTINGS;
}

static bool once(const struct load_target *target)
{
    struct error err;
    SSL *ssl = NULL;
    ERR_clear_error();
    if (load_target_connect(target, &ssl, &err) != RESULT_OK) {
        return false;
    }
    const bool good = SSL_session_reused(ssl) == 0 && greet(ssl);
    const int fd = SSL_get_fd(ssl);
    (void)SSL_shutdown(ssl);
    SSL_free(ssl);
    (void)close(fd);
    return good;
}

static void *work(void *ctx)
{
    struct worker *worker = ctx;
    while (now_ms() < worker->until_ms) {
        if (once(worker->target)) {
            worker->done++;
        } else {
            worker->errors++;
        }
    }
    return NULL;
}

enum result load_fresh(const struct load_target *target, unsigned workers, unsigned seconds, struct load_fresh *out,
                       struct error *err)
{
    struct worker all[LOAD_WORKERS_MAX];
    const int64_t from = now_ms();
    unsigned started = 0;
    while (started < workers && started < LOAD_WORKERS_MAX) {
        all[started] = (struct worker){.target = target, .until_ms = from + (int64_t)seconds * 1000};
        if (pthread_create(&all[started].thread, NULL, work, &all[started]) != 0) {
            break;
        }
        started++;
    }
    *out = (struct load_fresh){0};
    for (unsigned i = 0; i < started; i++) {
        (void)pthread_join(all[i].thread, NULL);
        out->done += all[i].done;
        out->errors += all[i].errors;
    }
    out->seconds = (double)(now_ms() - from) / 1000.0;
    ENSURE(started == workers, err, FAULT_IO, "--fresh", "er kan geen draad meer bij");
    return RESULT_OK;
}
