#include "http/conn.h"

#include <sys/socket.h>

#include "base/limits.h"
#include "base/mem.h"
#include "http/session.h"

enum { FLUSH_ROUNDS = 4 }; /* times LISTENER_PLAIN for one connection, then the others have their turn */

enum conn_state {
    CONN_HANDSHAKE,
    CONN_OPEN,
    CONN_LINGER, /* all is sent and said; waits until the client closes its side */
    CONN_CLOSED, /* waits for libuv to let go */
};

struct conn {
    union listener_handle uv;
    struct http_server *server;
    struct link link;
    struct link dirty;
    enum conn_state state;
    uint64_t since; /* in this state */
    struct tls *tls;
    struct session *session;
    bool recheck; /* the server reloaded during the handshake */
    bool has_peer;
    struct cert_identity peer;
    uint32_t uid;
    bool writing;
    uint64_t write_since;
    struct buf pending; /* what the socket did not take at once */
    uv_write_t write;
};

static void set_state(struct conn *conn, enum conn_state state)
{
    conn->state = state;
    conn->since = uv_now(conn->server->loop);
}

static void mark_dirty(void *ctx)
{
    struct conn *conn = ctx;
    if (conn->state == CONN_OPEN && link_alone(&conn->dirty)) {
        link_append(&conn->server->dirty, &conn->dirty);
    }
}

static void on_closed(uv_handle_t *handle)
{
    struct conn *conn = handle->data;
    struct http_server *server = conn->server;
    core_set_now(server->core, uv_now(server->loop));
    session_free(conn->session);
    tls_free(conn->tls);
    buf_wipe(&conn->pending);
    link_remove(&conn->link);
    mem_free(conn);
    server->count--;
    server_conn_ended(server);
}

static void cut(struct conn *conn)
{
    if (conn->state != CONN_CLOSED) {
        set_state(conn, CONN_CLOSED);
        link_remove(&conn->dirty);
        uv_close(&conn->uv.handle, on_closed);
    }
}

static void alloc_read(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    (void)suggested;
    const struct conn *conn = handle->data;
    *out = uv_buf_init((char *)conn->server->read, LISTENER_READ);
}

static void on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *buf);

static void on_written(uv_write_t *write, int status)
{
    struct conn *conn = write->data;
    conn->writing = false;
    buf_wipe(&conn->pending);
    if (conn->state == CONN_CLOSED) {
        return;
    }
    if (status != 0 || uv_read_start(&conn->uv.stream, alloc_read, on_read) != 0) {
        cut(conn);
    } else {
        mark_dirty(conn);
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
        cut(conn);
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
        cut(conn);
        return;
    }
    const uv_buf_t all = uv_buf_init((char *)bytes.ptr, (unsigned)bytes.len);
    const int sent = uv_try_write(&conn->uv.stream, &all, 1);
    if (sent < 0 && sent != UV_EAGAIN) {
        cut(conn);
        return;
    }
    const size_t done = sent > 0 ? (size_t)sent : 0;
    if (done < bytes.len) {
        send_later(conn, slice_of(bytes.ptr + done, bytes.len - done));
    }
}

static void send_cipher(struct conn *conn)
{
    struct buf *cipher = &conn->server->cipher;
    send_bytes(conn, buf_slice(cipher));
    buf_clear(cipher);
}

static bool open_session(struct conn *conn)
{
    struct error err;
    const struct session_owner owner = {
        .peer = conn->has_peer ? &conn->peer : NULL, .uid = conn->uid, .wake = mark_dirty, .ctx = conn};
    if (session_new(conn->server->core, &owner, &conn->session, &err) != RESULT_OK) {
        return false;
    }
    set_state(conn, CONN_OPEN);
    mark_dirty(conn);
    return true;
}

static void refuse(struct conn *conn, const char *why)
{
    server_log_refusal(conn->server, why);
    cut(conn);
}

static bool still_trusted(const struct conn *conn)
{
    const struct http_server *server = conn->server;
    struct error err;
    return !conn->has_peer ||
           (tls_verify(conn->tls, server->reloaded.trust, &err) == RESULT_OK &&
            (server->reloaded.keep == NULL || server->reloaded.keep(server->reloaded.ctx, &conn->peer)));
}

static void go_on_with_handshake(struct conn *conn)
{
    const char *why = "";
    const enum tls_step step = tls_handshake(conn->tls, &why);
    send_cipher(conn); /* an alert too: it tells the peer what is wrong */
    if (step == TLS_WAIT || conn->state == CONN_CLOSED) {
        return;
    }
    struct http_server_stats *stats = &conn->server->core->stats;
    if (step != TLS_DONE) {
        stats->handshake_failures++;
        refuse(conn, why);
        return;
    }
    stats->handshakes++;
    struct error err;
    conn->has_peer = conn->server->core->options.kind == HTTP_TLS_MUTUAL;
    if (conn->has_peer && tls_peer(conn->tls, &conn->peer, &err) != RESULT_OK) {
        refuse(conn, err.what);
    } else if (conn->recheck && !still_trusted(conn)) { /* its handshake was judged by the lists of before the reload */
        refuse(conn, "dit certificaat geldt sinds het herladen niet meer");
    } else if (!open_session(conn)) {
        cut(conn);
    }
}

static void take_tls(struct conn *conn, struct slice bytes)
{
    struct http_server *server = conn->server;
    tls_input(conn->tls, bytes);
    if (conn->state == CONN_HANDSHAKE) {
        go_on_with_handshake(conn);
    }
    enum tls_step step = TLS_DONE;
    while (conn->state == CONN_OPEN && step == TLS_DONE) {
        size_t len = 0;
        step = tls_read(conn->tls, server->plain, sizeof server->plain, &len);
        if (len != 0) {
            session_feed(conn->session, slice_of(server->plain, len));
        }
    }
    send_cipher(conn);
    if (step == TLS_ENDED || step == TLS_BROKEN) {
        cut(conn);
    }
}

static void on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *buf)
{
    struct conn *conn = stream->data;
    if (len < 0) {
        cut(conn);
        return;
    }
    if (len == 0 || conn->state == CONN_LINGER || conn->state == CONN_CLOSED) {
        return;
    }
    core_set_now(conn->server->core, uv_now(conn->server->loop));
    const struct slice bytes = slice_of(buf->base, (size_t)len);
    if (conn->tls != NULL) {
        take_tls(conn, bytes);
    } else {
        session_feed(conn->session, bytes);
    }
}

/* Closing with unread bytes in the socket would make the kernel send a reset that overtakes our last words. */
static void linger(struct conn *conn)
{
    if (conn->tls != NULL) {
        tls_goodbye(conn->tls);
        send_cipher(conn);
    }
    uv_os_fd_t fd = -1;
    if (conn->state == CONN_CLOSED || conn->writing || uv_fileno(&conn->uv.handle, &fd) != 0 ||
        shutdown(fd, SHUT_WR) != 0) {
        cut(conn);
    } else {
        set_state(conn, CONN_LINGER);
    }
}

static void flush_round(struct conn *conn, size_t len)
{
    struct http_server *server = conn->server;
    const struct slice plain = slice_of(server->plain, len);
    if (conn->tls == NULL) {
        send_bytes(conn, plain);
    } else if (tls_write(conn->tls, plain)) {
        send_cipher(conn);
    } else {
        buf_clear(&server->cipher);
        cut(conn);
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
        mark_dirty(conn);
    } else if (session_over(conn->session)) {
        linger(conn);
    }
}

void conn_flush_dirty(struct http_server *server)
{
    struct link now;
    link_init(&now);
    while (!link_alone(&server->dirty)) {
        link_append(&now, server->dirty.next);
    }
    while (!link_alone(&now)) {
        struct conn *conn = LINK_OWNER(now.next, struct conn, dirty);
        link_remove(&conn->dirty);
        flush(conn);
    }
}

static bool peer_uid_allowed(struct conn *conn)
{
    struct ucred who;
    socklen_t size = sizeof who;
    uv_os_fd_t fd = -1;
    if (uv_fileno(&conn->uv.handle, &fd) != 0 || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) {
        return false;
    }
    conn->uid = who.uid;
    return who.uid == 0 || who.uid == conn->server->core->options.allowed_uid;
}

/* What stands between an accepted socket and its first byte; the reason when it must go, NULL when it may stay. */
static const char *begin(struct conn *conn)
{
    struct http_server *server = conn->server;
    if (server->closing || server->count > server->core->options.max_connections) {
        server->core->stats.refused_connections++;
        return "te veel verbindingen";
    }
    if (server->acceptor != NULL) {
        (void)uv_tcp_nodelay(&conn->uv.tcp, 1);
        conn->tls = tls_new(server->acceptor, &server->cipher);
        if (conn->tls == NULL) {
            return "geen geheugen";
        }
    } else if (!peer_uid_allowed(conn)) {
        return "deze gebruiker mag niet op de socket";
    } else if (!open_session(conn)) {
        return "geen geheugen";
    }
    return uv_read_start(&conn->uv.stream, alloc_read, on_read) == 0 ? NULL : "de socket is niet leesbaar";
}

bool conn_accept(struct http_server *server)
{
    struct conn *conn = mem_zalloc(sizeof *conn);
    if (conn == NULL) {
        return false;
    }
    conn->server = server;
    conn->uid = HTTP_NO_UID; /* until the kernel tells another: no TLS client may pass for the node's own account */
    link_init(&conn->link);
    link_init(&conn->dirty);
    buf_init(&conn->pending, LISTENER_CIPHER);
    const int made = server->acceptor != NULL ? uv_tcp_init(server->loop, &conn->uv.tcp)
                                              : uv_pipe_init(server->loop, &conn->uv.pipe, 0);
    if (made != 0) {
        mem_free(conn);
        return false;
    }
    conn->uv.handle.data = conn;
    set_state(conn, CONN_HANDSHAKE);
    link_append(&server->conns, &conn->link);
    server->count++;
    server->core->stats.accepted++;
    core_set_now(server->core, uv_now(server->loop));
    if (uv_accept(&server->listener.stream, &conn->uv.stream) != 0) {
        cut(conn);
        return true;
    }
    const char *why = begin(conn);
    if (why != NULL) {
        refuse(conn, why);
    }
    return true;
}

static void tick(struct conn *conn)
{
    const struct http_times *times = &conn->server->core->options.times;
    const uint64_t now = uv_now(conn->server->loop);
    const bool deaf = conn->writing && now - conn->write_since > times->write;
    const bool lingered = conn->state == CONN_LINGER && now - conn->since > HTTP_LINGER_MS;
    if (deaf || lingered) {
        cut(conn);
    } else if (conn->state == CONN_HANDSHAKE && now - conn->since > times->handshake) {
        refuse(conn, "de TLS-handdruk duurde te lang");
    } else if (conn->state == CONN_OPEN) {
        session_tick(conn->session);
    }
}

static void drain(struct conn *conn)
{
    if (conn->state == CONN_HANDSHAKE) {
        cut(conn);
    } else if (conn->state == CONN_OPEN) {
        session_drain(conn->session);
    }
}

/* None of these frees a connection at once, so the list may be walked. */
static void each(struct http_server *server, void (*call)(struct conn *conn))
{
    for (struct link *at = server->conns.next; at != &server->conns; at = at->next) {
        call(LINK_OWNER(at, struct conn, link));
    }
}

void conn_tick_all(struct http_server *server)
{
    each(server, tick);
}

void conn_drain_all(struct http_server *server)
{
    each(server, drain);
}

void conn_cut_all(struct http_server *server)
{
    each(server, cut);
}

void conn_recheck_all(struct http_server *server)
{
    for (struct link *at = server->conns.next; at != &server->conns; at = at->next) {
        struct conn *conn = LINK_OWNER(at, struct conn, link);
        if (conn->state == CONN_HANDSHAKE) {
            conn->recheck = true; /* no fault of the client: it is judged when its handshake is done */
        } else if (!still_trusted(conn)) {
            cut(conn);
        }
    }
}
