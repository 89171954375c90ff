/*
 * wire.h - a server on a real loop and clients on real sockets, all in one thread: wire_until turns the loop and moves
 * the clients' bytes until a condition holds, or fails the test after some seconds.
 */
#ifndef KETENBRUG_TESTS_WIRE_H
#define KETENBRUG_TESTS_WIRE_H

#include "h2_rig.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

enum { WIRE_PATIENCE_MS = 60000 };

struct wire {
    int fd;
    SSL *ssl;        /* NULL: clear text */
    struct rig *rig; /* its client and replies; no session */
    bool deaf;       /* the client does not read */
    bool over;       /* the server closed, or broke off */
    size_t got;      /* bytes read */
};

static inline int64_t wire_now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static inline struct wire *wire_new(int fd, SSL_CTX *context)
{
    struct wire *wire = calloc(1, sizeof *wire);
    assert_non_null(wire);
    wire->fd = fd;
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    wire->rig = calloc(1, sizeof *wire->rig);
    rig_client(wire->rig);
    if (context != NULL) {
        wire->ssl = SSL_new(context);
        assert_non_null(wire->ssl);
        assert_int_equal(SSL_set_fd(wire->ssl, fd), 1);
        SSL_set_connect_state(wire->ssl);
    }
    return wire;
}

static inline void wire_free(struct wire *wire)
{
    SSL_free(wire->ssl);
    if (wire->fd >= 0) {
        (void)close(wire->fd);
    }
    nghttp2_session_del(wire->rig->client);
    for (size_t i = 0; i < wire->rig->count; i++) {
        free(wire->rig->replies[i].got);
    }
    free(wire->rig);
    free(wire);
    ERR_clear_error();
}

static inline int wire_connect(const struct sockaddr *address, socklen_t size)
{
    const int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    if (connect(fd, address, size) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

static inline int wire_connect_unix(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    return wire_connect((const struct sockaddr *)&address, sizeof address);
}

static inline int wire_connect_tcp(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return wire_connect((const struct sockaddr *)&address, sizeof address);
}

static inline ssize_t wire_read(struct wire *wire, void *to, size_t room)
{
    if (wire->ssl == NULL) {
        const ssize_t len = read(wire->fd, to, room);
        return len < 0 && errno == EAGAIN ? 0 : len <= 0 ? -1 : len;
    }
    const int len = SSL_read(wire->ssl, to, (int)room);
    if (len > 0) {
        return len;
    }
    const int why = SSL_get_error(wire->ssl, len);
    ERR_clear_error();
    return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

static inline void wire_write_all(struct wire *wire, const void *ptr, size_t len)
{
    if (wire->over || len == 0) {
        return;
    }
    const ssize_t done = wire->ssl != NULL ? SSL_write(wire->ssl, ptr, (int)len) : write(wire->fd, ptr, len);
    if (done != (ssize_t)len) { /* these tests write little: it fits, or the server is gone */
        ERR_clear_error();
        wire->over = true;
    }
}

static inline void wire_turn(struct wire *wire)
{
    if (wire->over) {
        return;
    }
    if (wire->ssl != NULL && !SSL_is_init_finished(wire->ssl)) {
        const int done = SSL_do_handshake(wire->ssl);
        if (done != 1) {
            const int why = SSL_get_error(wire->ssl, done);
            ERR_clear_error();
            wire->over = why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE;
            return;
        }
    }
    const uint8_t *made = NULL;
    for (ssize_t len = nghttp2_session_mem_send(wire->rig->client, &made); len > 0;
         len = nghttp2_session_mem_send(wire->rig->client, &made)) {
        wire_write_all(wire, made, (size_t)len);
    }
    uint8_t bytes[16384];
    ssize_t len = 0;
    while (!wire->deaf && !wire->over && (len = wire_read(wire, bytes, sizeof bytes)) > 0) {
        wire->got += (size_t)len;
        (void)nghttp2_session_mem_recv(wire->rig->client, bytes, (size_t)len);
    }
    wire->over = wire->over || len < 0;
}

/* Turns the loop and one client (may be NULL) until the condition holds. */
#define wire_until(loop, wire, condition)                                                                              \
    do {                                                                                                               \
        const int64_t wire_end = wire_now_ms() + WIRE_PATIENCE_MS;                                                     \
        (void)uv_run((loop), UV_RUN_NOWAIT);                                                                           \
        while (!(condition)) {                                                                                         \
            if (wire_now_ms() > wire_end) {                                                                            \
                fail_msg("does not come true: %s", #condition);                                                        \
            }                                                                                                          \
            if ((wire) != NULL) {                                                                                      \
                wire_turn(wire);                                                                                       \
            }                                                                                                          \
            (void)uv_run((loop), UV_RUN_NOWAIT);                                                                       \
            (void)poll(NULL, 0, 1);                                                                                    \
        }                                                                                                              \
    } while (0)

static inline void wire_closed(void *ctx)
{
    (*(unsigned *)ctx)++;
}

/* Closes the server, waits, and checks that the loop holds nothing of it any more. */
static inline void wire_close_server(uv_loop_t *loop, struct http_server *server)
{
    unsigned closed = 0;
    http_server_close(server, wire_closed, &closed);
    wire_until(loop, (struct wire *)NULL, closed == 1);
    assert_int_equal(uv_loop_close(loop), 0);
}

#endif
