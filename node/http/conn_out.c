/* What goes out of a connection: at once when the socket takes it, else when it can, with reading stopped meanwhile. */
#include <sys/socket.h>

#include "http/conn_parts.h"

enum { FLUSH_ROUNDS = 4 }; /* times LISTENER_PLAIN for one connection, then the others have their turn */

static void on_written(uv_write_t *write, int status)
{
    struct conn *conn = write->data;
    conn->writing = false;
    buf_wipe(&conn->pending);
    if (conn->state == CONN_CLOSED) {
        return;
    }
    if (status != 0 || !conn_read(conn)) {
        conn_cut(conn);
    } else {
        conn_mark_dirty(conn);
    }
}

/* While bytes wait for a client that does not read, nothing more is read from it either: whatever it would ask for
 * could only pile up here. */
static void send_later(struct conn *conn, struct slice bytes)
{
    buf_slice_in(&conn->pending, bytes);
    const uv_buf_t rest = uv_buf_init((char *)conn->pending.ptr, (unsigned)conn->pending.len);
    conn->write.data = conn;
    if (!buf_ok(&conn->pending) || uv_write(&conn->write, &conn->uv.stream, &rest, 1, on_written) != 0) {
        conn_cut(conn);
        return;
    }
    conn->writing = true;
    conn->write_since = uv_now(conn->server->loop);
    (void)uv_read_stop(&conn->uv.stream);
}

static void send_bytes(struct conn *conn, struct slice bytes)
{
    if (bytes.len == 0 || conn->state == CONN_CLOSED) {
        return;
    }
    if (conn->writing) { /* only a peer that provokes TLS messages while it does not read comes here */
        conn_cut(conn);
        return;
    }
    const uv_buf_t all = uv_buf_init((char *)bytes.ptr, (unsigned)bytes.len);
    const int sent = uv_try_write(&conn->uv.stream, &all, 1);
    if (sent < 0 && sent != UV_EAGAIN) {
        conn_cut(conn);
        return;
    }
    const size_t done = sent > 0 ? (size_t)sent : 0;
    if (done < bytes.len) {
        send_later(conn, slice_of(bytes.ptr + done, bytes.len - done));
    }
}

void conn_send_cipher(struct conn *conn)
{
    struct buf *cipher = &conn->server->cipher;
    send_bytes(conn, buf_slice(cipher));
    buf_clear(cipher);
}

/* Closing with unread bytes in the socket would make the kernel send a reset that overtakes our last words. */
static void linger(struct conn *conn)
{
    if (conn->tls != NULL) {
        tls_goodbye(conn->tls);
        conn_send_cipher(conn);
    }
    uv_os_fd_t fd = -1;
    if (conn->state == CONN_CLOSED || conn->writing || uv_fileno(&conn->uv.handle, &fd) != 0 ||
        shutdown(fd, SHUT_WR) != 0) {
        conn_cut(conn);
    } else {
        conn_set_state(conn, CONN_LINGER);
    }
}

static void flush_round(struct conn *conn, size_t len)
{
    struct http_server *server = conn->server;
    const struct slice plain = slice_of(server->plain, len);
    if (conn->tls == NULL) {
        send_bytes(conn, plain);
    } else if (tls_write(conn->tls, plain)) {
        conn_send_cipher(conn);
    } else {
        buf_clear(&server->cipher);
        conn_cut(conn);
    }
}

static void flush(struct conn *conn)
{
    struct http_server *server = conn->server;
    size_t len = sizeof server->plain;
    for (int round = 0; round < FLUSH_ROUNDS && len == sizeof server->plain; round++) {
        if (conn->state != CONN_OPEN || conn->writing) {
            return;
        }
        len = session_output(conn->session, server->plain, sizeof server->plain);
        if (len != 0) {
            flush_round(conn, len);
        }
    }
    if (conn->state != CONN_OPEN || conn->writing) {
        return;
    }
    if (len == sizeof server->plain) {
        conn_mark_dirty(conn);
    } else if (session_over(conn->session)) {
        linger(conn);
    }
}

void conn_flush_dirty(struct http_server *server)
{
    struct link now;
    link_init(&now);
    uint64_t begin = uv_hrtime();
    while (!link_alone(&server->dirty)) {
        link_append(&now, server->dirty.next);
    }
    while (!link_alone(&now)) {
        struct conn *conn = LINK_OWNER(now.next, struct conn, dirty);
        link_remove(&conn->dirty);
        flush(conn);
        const uint64_t end = uv_hrtime();
        conn->pays->spent_ns += end - begin;
        begin = end;
    }
}
