/* From an accepted socket to an open session: who may begin a handshake, who is in, who gives way. */
#include <sys/resource.h>
#include <sys/socket.h>

#include "base/limits.h"
#include "base/mem.h"
#include "http/conn_parts.h"

static struct quota *own_quota(const struct conn *conn)
{
    struct http_core *core = conn->server->core;
    if (conn->has_peer) {
        const struct quota_key key = quota_key_of_oin(&conn->peer.oin);
        return quotas_of(&core->peers, &key, core->now);
    }
    return conn->source != NULL ? conn->source : &core->peers.rest;
}

/* Within the peer's number of connections and the listener's; the reason when it is not. */
static const char *take_place(struct conn *conn)
{
    const struct http_server *server = conn->server;
    const struct http_server_options *options = &server->core->options;
    struct quota *quota = own_quota(conn);
    if (server->count - server->entering_count > options->max_connections) {
        return "te veel verbindingen";
    }
    if (quota->connections >= options->peer_connections) {
        return "te veel verbindingen van deze ander";
    }
    conn->quota = quota;
    conn->pays = quota;
    quota->connections++;
    return NULL;
}

/* The reason when it cannot be. */
static const char *open_session(struct conn *conn)
{
    struct error err;
    struct http_core *core = conn->server->core;
    conn_set_state(conn, CONN_OPEN);
    const char *why = take_place(conn);
    if (why != NULL) {
        core->stats.refused_connections++;
        if (conn->has_peer) {
            (void)error_set(&err, FAULT_TOO_MANY, "", "%s", why);
            core_tell_refused(core, &conn->peer, "", &err);
        }
        return why;
    }
    const struct session_owner owner = {.peer = conn->has_peer ? &conn->peer : NULL,
                                        .uid = conn->uid,
                                        .quota = conn->quota,
                                        .wake = conn_mark_dirty,
                                        .ctx = conn};
    if (session_new(core, &owner, &conn->session, &err) != RESULT_OK) {
        return "geen geheugen";
    }
    conn_mark_dirty(conn);
    return NULL;
}

bool conn_still_trusted(const struct conn *conn)
{
    const struct http_server *server = conn->server;
    struct error err;
    return !conn->has_peer ||
           (tls_verify(conn->tls, server->reloaded.trust, &err) == RESULT_OK &&
            (server->reloaded.keep == NULL || server->reloaded.keep(server->reloaded.ctx, &conn->peer)));
}

static void go_on_with_handshake(struct conn *conn)
{
    const char *why = NULL;
    const enum tls_step step = tls_handshake(conn->tls, &why);
    conn_send_cipher(conn); /* an alert too: it tells the peer what is wrong */
    if (step == TLS_WAIT || conn->state == CONN_CLOSED) {
        return;
    }
    struct http_server_stats *stats = &conn->server->core->stats;
    if (step != TLS_DONE) {
        stats->handshake_failures++;
        conn_refuse(conn, why);
        return;
    }
    stats->handshakes++;
    struct error err;
    conn->has_peer = conn->server->core->options.kind == HTTP_TLS_MUTUAL;
    if (conn->has_peer && tls_peer(conn->tls, &conn->peer, &err) != RESULT_OK) {
        conn_refuse(conn, err.what);
    } else if (!tls_settle(conn->tls, conn->server->acceptor)) {
        conn_refuse(conn, "geen geheugen");
    } else if (conn->recheck &&
               !conn_still_trusted(conn)) { /* its handshake was judged by the lists of before the reload */
        conn_refuse(conn, "dit certificaat geldt sinds het herladen niet meer");
    } else if ((why = open_session(conn)) != NULL) {
        conn_refuse(conn, why);
    }
}

/* The first byte is where a handshake begins to cost. */
static const char *begin_handshake(struct conn *conn)
{
    struct http_server *server = conn->server;
    const uint32_t per_s = server->core->options.handshakes_per_s;
    const struct allowance_rate rate = {per_s * HTTP_HANDSHAKES_SECONDS, per_s};
    if (!allowance_take(&conn->source->handshakes, &rate, server->core->now, 1)) {
        server->core->stats.refused_connections++;
        return "te veel TLS-handdrukken van dit adres";
    }
    conn->tls = tls_new(server->acceptor, &server->cipher);
    return conn->tls != NULL ? NULL : "geen geheugen";
}

void conn_handshake(struct conn *conn, struct slice bytes)
{
    const char *why = conn->tls == NULL ? begin_handshake(conn) : NULL;
    if (why != NULL) {
        conn_refuse(conn, why);
        return;
    }
    tls_input(conn->tls, bytes);
    go_on_with_handshake(conn);
    conn->handshake_bytes += bytes.len;
    if (conn->state == CONN_HANDSHAKE && conn->handshake_bytes > HTTP_HANDSHAKE_BYTES) {
        conn_refuse(conn, "de TLS-handdruk is te groot");
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

static struct quota *source_of(const struct conn *conn)
{
    struct http_core *core = conn->server->core;
    struct sockaddr_storage address = {.ss_family = AF_UNSPEC};
    int size = sizeof address;
    (void)uv_tcp_getpeername(&conn->uv.tcp, (struct sockaddr *)&address, &size);
    const struct quota_key key = quota_key_of_address((const struct sockaddr *)&address);
    return quotas_of(&core->sources, &key, core->now);
}

/* An honest client is done in a moment, so the oldest is the one that is least likely to be one. NULL: of any source. */
static void oldest_gives_way(struct http_server *server, const struct quota *source)
{
    for (struct link *at = server->entering.next; at != &server->entering; at = at->next) {
        struct conn *conn = LINK_OWNER(at, struct conn, entering);
        if (source == NULL || conn->source == source) {
            server->core->stats.refused_connections++;
            conn_refuse(conn, "te veel verbindingen in de TLS-handdruk");
            return;
        }
    }
}

static void enter(struct conn *conn)
{
    struct http_server *server = conn->server;
    conn->source = source_of(conn);
    if (conn->source->handshaking >= HTTP_SOURCE_HANDSHAKING) {
        oldest_gives_way(server, conn->source);
    } else if (server->entering_count >= HTTP_HANDSHAKING_MAX) {
        oldest_gives_way(server, NULL);
    }
    conn->source->handshaking++;
    server->entering_count++;
    link_append(&server->entering, &conn->entering);
}

/* What stands between an accepted socket and its first byte; the reason when it must go, NULL when it may stay. */
/* The last ones are for files, for partners that are asked and for the node's own commands. And a listener that meets the
 * limit itself tries again for ever, when somebody else took the one that libuv keeps for that. */
static bool few_files_left(const struct conn *conn)
{
    struct rlimit limit;
    uv_os_fd_t fd = -1;
    return uv_fileno(&conn->uv.handle, &fd) == 0 && getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
           limit.rlim_cur != RLIM_INFINITY && (rlim_t)fd + HTTP_FILES_SPARE >= limit.rlim_cur;
}

static const char *begin(struct conn *conn)
{
    struct http_server *server = conn->server;
    const char *why = NULL;
    if (server->closing || server->count - server->entering_count > server->core->options.max_connections) {
        server->core->stats.refused_connections++;
        return "te veel verbindingen";
    }
    if (server->acceptor != NULL && few_files_left(conn)) {
        server->core->stats.refused_connections++;
        return "er zijn bijna geen bestanden meer te openen";
    }
    if (server->acceptor != NULL) {
        (void)uv_tcp_nodelay(&conn->uv.tcp, 1);
        enter(conn);
    } else if (!peer_uid_allowed(conn)) {
        return "deze gebruiker mag niet op de socket";
    } else if ((why = open_session(conn)) != NULL) {
        return why;
    }
    return conn_read(conn) ? NULL : "de socket is niet leesbaar";
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
    link_init(&conn->entering);
    link_init(&conn->resting);
    conn->pays = &server->strangers;
    buf_init(&conn->pending, LISTENER_CIPHER);
    const int made = server->acceptor != NULL ? uv_tcp_init(server->loop, &conn->uv.tcp)
                                              : uv_pipe_init(server->loop, &conn->uv.pipe, 0);
    if (made != 0) {
        mem_free(conn);
        return false;
    }
    conn->uv.handle.data = conn;
    conn_set_state(conn, CONN_HANDSHAKE);
    link_append(&server->conns, &conn->link);
    server->count++;
    server->core->stats.accepted++;
    core_set_now(server->core, uv_now(server->loop));
    if (uv_accept(&server->listener.stream, &conn->uv.stream) != 0) {
        conn_cut(conn);
        return true;
    }
    const char *why = begin(conn);
    if (why != NULL) {
        conn_refuse(conn, why);
    }
    return true;
}
