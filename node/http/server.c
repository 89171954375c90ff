#include "http/server.h"

#include <netinet/in.h>
#include <signal.h>

#include "base/limits.h"
#include "base/mem.h"
#include "http/conn.h"
#include "http/listener.h"

enum { TICK_MIN_MS = 5, TICK_MAX_MS = 1000, TICKS_PER_TIME = 4, HANDLES = 4, REFUSAL_LOG_MS = 1000 };

/* One timer for all times of all connections: often enough for the shortest of them, never more than needed. */
static uint64_t tick_interval(const struct http_times *times)
{
    const uint32_t all[] = {times->handshake, times->idle, times->headers, times->body, times->write, times->drain};
    uint32_t shortest = TICK_MAX_MS * TICKS_PER_TIME;
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        shortest = all[i] < shortest ? all[i] : shortest;
    }
    const uint64_t interval = shortest / TICKS_PER_TIME;
    return interval < TICK_MIN_MS ? TICK_MIN_MS : interval;
}

static void server_free(struct http_server *server)
{
    mem_free(server->file.path);
    buf_wipe(&server->cipher);
    mem_wipe(server->plain, sizeof server->plain);
    tls_acceptor_free(server->acceptor);
    trust_free(server->reloaded.trust);
    core_free(server->core);
    mem_free(server);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct http_server *server = handle->data;
    if (--server->open_handles != 0) {
        return;
    }
    void (*closed)(void *ctx) = server->closed;
    void *ctx = server->closed_ctx;
    server_free(server);
    if (closed != NULL) {
        closed(ctx);
    }
}

static void close_own_handles(struct http_server *server)
{
    server->ending = true;
    uv_close((uv_handle_t *)&server->timer, on_handle_closed);
    uv_close((uv_handle_t *)&server->prepare, on_handle_closed);
    uv_close((uv_handle_t *)&server->idle, on_handle_closed);
}

void server_conn_ended(struct http_server *server)
{
    if (server->closing && server->count == 0 && !server->ending) {
        close_own_handles(server);
    }
}

void server_log_refusal(struct http_server *server, const char *why)
{
    server->refusals_since++;
    const uint64_t now = uv_now(server->loop);
    if (server->refusal_logged != 0 && now - server->refusal_logged < REFUSAL_LOG_MS) {
        return;
    }
    server->refusal_logged = now;
    log_event(server->core->options.log, LOG_INFO, "verbinding-geweigerd", LOG_TEXT("reden", why),
              LOG_NUMBER("aantal", server->refusals_since));
    server->refusals_since = 0;
}

static void accept_waiting(struct http_server *server)
{
    server->accept_owed = server->accepts >= HTTP_ACCEPTS_PER_TURN || !conn_accept(server);
    server->accepts++;
}

static void on_client(uv_stream_t *listener, int status)
{
    struct http_server *server = listener->data;
    if (status != 0) {
        server_log_refusal(server, "het besturingssysteem geeft geen verbinding meer");
        return;
    }
    accept_waiting(server);
}

static void on_tick(uv_timer_t *timer)
{
    struct http_server *server = timer->data;
    core_set_now(server->core, uv_now(server->loop));
    conn_tick_all(server);
    core_rest(server->core);
    if (server->closing && uv_now(server->loop) - server->closing_since > server->core->options.times.drain) {
        conn_cut_all(server);
    }
}

static void on_idle(uv_idle_t *idle)
{
    (void)idle; /* its being active keeps the loop from sleeping */
}

/* Before the loop sleeps: whatever this turn produced goes out, per connection in one write. */
static void on_prepare(uv_prepare_t *prepare)
{
    struct http_server *server = prepare->data;
    core_set_now(server->core, uv_now(server->loop));
    core_set_date(server->core);
    server->turn++;
    server->accepts = 0;
    conn_flush_dirty(server);
    conn_wake_resting(server);
    if (server->accept_owed && !server->closing) {
        accept_waiting(server);
    }
    if (link_alone(&server->dirty)) {
        (void)uv_idle_stop(&server->idle);
    } else {
        (void)uv_idle_start(&server->idle, on_idle);
    }
}

static void init_handles(struct http_server *server)
{
    /* None of these can fail: they only fill the handle (libuv 1.44). */
    if (server->core->options.kind == HTTP_UNIX) {
        (void)uv_pipe_init(server->loop, &server->listener.pipe, 0);
    } else {
        (void)uv_tcp_init(server->loop, &server->listener.tcp);
    }
    (void)uv_timer_init(server->loop, &server->timer);
    (void)uv_prepare_init(server->loop, &server->prepare);
    (void)uv_idle_init(server->loop, &server->idle);
    server->listener.handle.data = server;
    server->timer.data = server;
    server->prepare.data = server;
    server->idle.data = server;
    server->open_handles = HANDLES;
}

static const uint32_t peer_connections[] = {
    [HTTP_TLS_MUTUAL] = HTTP_PEER_CONNECTIONS,
    [HTTP_TLS_OPEN] = HTTP_SOURCE_CONNECTIONS,
    [HTTP_UNIX] = UINT32_MAX, /* the organisation's own commands: only max_connections */
};

static enum result make(struct http_server *server, const struct http_server_options *options, struct error *err)
{
    TRY(core_new(options, &server->core, err));
    struct http_server_options *kept = &server->core->options;
    kept->max_connections = kept->max_connections != 0 ? kept->max_connections : HTTP_MAX_CONNECTIONS;
    kept->handshakes_per_s = kept->handshakes_per_s != 0 ? kept->handshakes_per_s : HTTP_HANDSHAKES_PER_S;
    if (kept->peer_connections == 0) {
        kept->peer_connections = peer_connections[kept->kind];
    }
    kept->address = NULL; /* borrowed only while opening, as is the trust */
    kept->trust = NULL;
    if (options->kind == HTTP_UNIX) {
        return RESULT_OK;
    }
    ENSURE(options->trust != NULL, err, FAULT_CONFIG, "tls", "een TLS-poort heeft een certificaat nodig");
    const enum trust_side side = options->kind == HTTP_TLS_MUTUAL ? TRUST_SERVER_MUTUAL : TRUST_SERVER_OPEN;
    return tls_acceptor_new(options->trust, side, &server->acceptor, err);
}

/* libuv writes without MSG_NOSIGNAL: a client that closes at the wrong moment would end the process. */
static void ignore_sigpipe(void)
{
    struct sigaction now;
    if (sigaction(SIGPIPE, NULL, &now) == 0 && now.sa_handler == SIG_DFL) {
        const struct sigaction ignore = {.sa_handler = SIG_IGN};
        (void)sigaction(SIGPIPE, &ignore, NULL);
    }
}

enum result http_server_open(struct uv_loop_s *loop, const struct http_server_options *options,
                             struct http_server **out, struct error *err)
{
    struct http_server *server = mem_zalloc(sizeof *server);
    ENSURE(server != NULL, err, FAULT_NO_MEMORY, "http", "geen geheugen voor de luisteraar");
    server->loop = loop;
    link_init(&server->conns);
    link_init(&server->dirty);
    link_init(&server->entering);
    link_init(&server->resting);
    buf_init(&server->cipher, LISTENER_CIPHER);
    if (make(server, options, err) != RESULT_OK) {
        server_free(server);
        return RESULT_FAILED;
    }
    ignore_sigpipe();
    init_handles(server);
    if (listen_on(server, options, on_client, err) != RESULT_OK) {
        server->closing = true;
        uv_close(&server->listener.handle, on_handle_closed);
        close_own_handles(server);
        return RESULT_FAILED;
    }
    const uint64_t interval = tick_interval(&options->times);
    (void)uv_timer_start(&server->timer, on_tick, interval, interval);
    (void)uv_prepare_start(&server->prepare, on_prepare);
    *out = server;
    return RESULT_OK;
}

uint16_t http_server_port(const struct http_server *server)
{
    struct sockaddr_storage address;
    int size = sizeof address;
    if (server->acceptor == NULL ||
        uv_tcp_getsockname(&server->listener.tcp, (struct sockaddr *)&address, &size) != 0) {
        return 0;
    }
    return address.ss_family == AF_INET6 ? ntohs(((const struct sockaddr_in6 *)(const void *)&address)->sin6_port)
                                         : ntohs(((const struct sockaddr_in *)(const void *)&address)->sin_port);
}

enum result http_server_reload(struct http_server *server, const struct trust *trust,
                               bool (*keep)(void *ctx, const struct cert_identity *peer), void *ctx, struct error *err)
{
    if (server->acceptor != NULL) {
        struct trust *kept = trust_share(trust);
        ENSURE(kept != NULL, err, FAULT_NO_MEMORY, "tls", "geen geheugen");
        if (tls_acceptor_renew(server->acceptor, trust, err) != RESULT_OK) {
            trust_free(kept);
            return RESULT_FAILED;
        }
        trust_free(server->reloaded.trust);
        server->reloaded.trust = kept;
        server->reloaded.keep = keep;
        server->reloaded.ctx = ctx;
        conn_recheck_all(server);
    }
    return RESULT_OK;
}

void http_server_set_bounds(struct http_server *server, const struct http_times *times, uint32_t max_connections)
{
    struct http_server_options *options = &server->core->options;
    options->times = *times;
    options->max_connections = max_connections != 0 ? max_connections : HTTP_MAX_CONNECTIONS;
    if (!server->closing) {
        const uint64_t interval = tick_interval(times);
        (void)uv_timer_start(&server->timer, on_tick, interval, interval);
    }
}

void http_server_close(struct http_server *server, void (*closed)(void *ctx), void *ctx)
{
    if (server->closing) {
        return;
    }
    server->closing = true;
    server->closing_since = uv_now(server->loop);
    server->closed = closed;
    server->closed_ctx = ctx;
    core_set_now(server->core, uv_now(server->loop));
    listen_remove_file(server);
    uv_close(&server->listener.handle, on_handle_closed);
    conn_drain_all(server);
    server_conn_ended(server);
}

const struct histogram *http_server_times(const struct http_server *server, size_t index)
{
    return index <= server->core->options.routes.count ? &server->core->times[index] : NULL;
}

size_t http_server_connections(const struct http_server *server)
{
    return server->count;
}

void http_server_stats(const struct http_server *server, struct http_server_stats *out)
{
    *out = server->core->stats;
    out->connections_now = server->count;
}
