#include "http/conn.h"

#include "base/limits.h"
#include "base/mem.h"
#include "http/conn_parts.h"

void conn_set_state(struct conn *conn, enum conn_state state)
{
    if (!link_alone(&conn->entering)) {
        link_remove(&conn->entering);
        conn->source->handshaking--;
        conn->server->entering_count--;
    }
    conn->state = state;
    conn->since = uv_now(conn->server->loop);
}

void conn_mark_dirty(void *ctx)
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
    if (conn->quota != NULL) {
        conn->quota->connections--;
    }
    mem_free(conn);
    server->count--;
    server_conn_ended(server);
}

void conn_cut(struct conn *conn)
{
    if (conn->state != CONN_CLOSED) {
        conn_set_state(conn, CONN_CLOSED);
        link_remove(&conn->dirty);
        link_remove(&conn->resting);
        uv_close(&conn->uv.handle, on_closed);
    }
}

void conn_refuse(struct conn *conn, const char *why)
{
    server_log_refusal(conn->server, why);
    conn_cut(conn);
}

/* ---- coming in: no peer takes more of a turn of the loop than its share, however many connections it has ---- */

static void alloc_read(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    (void)suggested;
    const struct conn *conn = handle->data;
    const bool may = quota_has_turn(conn->pays, conn->server->turn);
    *out = uv_buf_init((char *)conn->server->read, may ? LISTENER_READ : 0); /* without room: UV_ENOBUFS */
}

static void on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *buf);

static void take_tls(struct conn *conn, struct slice bytes)
{
    struct http_server *server = conn->server;
    if (conn->state == CONN_HANDSHAKE) {
        conn_handshake(conn, bytes);
    } else {
        tls_input(conn->tls, bytes);
    }
    enum tls_step step = TLS_DONE;
    while (conn->state == CONN_OPEN && step == TLS_DONE && !session_is_cut(conn->session)) {
        size_t len = 0;
        step = tls_read(conn->tls, server->plain, sizeof server->plain, &len);
        if (len != 0) {
            session_feed(conn->session, slice_of(server->plain, len));
        }
        const struct tls_idle idle = tls_take_idle(conn->tls);
        session_charge_key_updates(conn->session, idle.key_updates);
        session_charge_idle(conn->session, idle.empty_records);
    }
    conn_send_cipher(conn);
    if (step == TLS_ENDED || step == TLS_BROKEN) {
        conn_cut(conn);
    }
}

static void take(struct conn *conn, struct slice bytes)
{
    const uint64_t begin = uv_hrtime();
    core_set_now(conn->server->core, uv_now(conn->server->loop));
    struct quota *pays = conn->pays;
    if (conn->server->acceptor != NULL) {
        take_tls(conn, bytes);
    } else {
        session_feed(conn->session, bytes);
    }
    pays->spent_ns += uv_hrtime() - begin;
}

static void on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *buf)
{
    struct conn *conn = stream->data;
    if (len == UV_ENOBUFS) {
        (void)uv_read_stop(stream);
        link_append(&conn->server->resting, &conn->resting);
        conn->server->core->stats.rests++;
    } else if (len < 0) {
        conn_cut(conn);
    } else if (len != 0 && (conn->state == CONN_HANDSHAKE || conn->state == CONN_OPEN)) {
        take(conn, slice_of(buf->base, (size_t)len));
    }
}

bool conn_read(struct conn *conn)
{
    return conn->writing || !link_alone(&conn->resting) || uv_read_start(&conn->uv.stream, alloc_read, on_read) == 0;
}

/* Those that rested longest go first; who has used up this turn too rests again, behind the others. */
void conn_wake_resting(struct http_server *server)
{
    while (!link_alone(&server->resting)) {
        struct conn *conn = LINK_OWNER(server->resting.next, struct conn, resting);
        link_remove(&conn->resting);
        if (!conn_read(conn)) {
            conn_cut(conn);
        }
    }
}

static void tick(struct conn *conn)
{
    const struct http_times *times = &conn->server->core->options.times;
    const uint64_t now = uv_now(conn->server->loop);
    const bool deaf = conn->writing && now - conn->write_since > times->write;
    const bool lingered = conn->state == CONN_LINGER && now - conn->since > HTTP_LINGER_MS;
    if (deaf || lingered) {
        conn_cut(conn);
    } else if (conn->state == CONN_HANDSHAKE && now - conn->since > times->handshake) {
        conn_refuse(conn, "de TLS-handdruk duurde te lang");
    } else if (conn->state == CONN_OPEN) {
        session_tick(conn->session);
    }
}

static void drain(struct conn *conn)
{
    if (conn->state == CONN_HANDSHAKE) {
        conn_cut(conn);
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
    each(server, conn_cut);
}

void conn_recheck_all(struct http_server *server)
{
    for (struct link *at = server->conns.next; at != &server->conns; at = at->next) {
        struct conn *conn = LINK_OWNER(at, struct conn, link);
        if (conn->state == CONN_HANDSHAKE) {
            conn->recheck = true; /* no fault of the client: it is judged when its handshake is done */
        } else if (!conn_still_trusted(conn)) {
            conn_cut(conn);
        }
    }
}
