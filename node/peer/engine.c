/* A libcurl multi handle on a libuv loop (curl_multi_socket_action). */
#include "base/mem.h"
#include "peer/peer_parts.h"

enum { CONNECTIONS_KEPT = 2048 }; /* idle ones, all partners together */

struct peer_socket {
    struct peer_engine *engine;
    struct peer_socket *next;
    struct peer_socket *previous;
    curl_socket_t fd;
    uv_poll_t poll;
};

static void release_handle(struct peer_engine *engine)
{
    if (--engine->handles != 0) {
        return;
    }
    struct peer_pool *pool = engine->pool;
    trust_free(engine->trust);
    peer_lines_free(engine);
    mem_free(engine);
    pool->engines--;
    peer_pool_settle(pool);
}

static void socket_closed(uv_handle_t *handle)
{
    struct peer_socket *socket = handle->data;
    struct peer_engine *engine = socket->engine;
    mem_free(socket);
    release_handle(engine);
}

static void socket_end(struct peer_socket *socket)
{
    if (socket->previous != NULL) {
        socket->previous->next = socket->next;
    } else {
        socket->engine->sockets = socket->next;
    }
    if (socket->next != NULL) {
        socket->next->previous = socket->previous;
    }
    (void)uv_poll_stop(&socket->poll);
    uv_close((uv_handle_t *)&socket->poll, socket_closed);
}

static void timer_closed(uv_handle_t *handle)
{
    release_handle(handle->data);
}

/* Ends a retired engine that nobody holds on to; not while libcurl is on the stack. */
static void settle(struct peer_engine *engine)
{
    if (!engine->retired || engine->calls != 0 || engine->driving || engine->multi == NULL) {
        return;
    }
    CURLM *multi = engine->multi;
    (void)curl_multi_cleanup(multi); /* reports its sockets as removed */
    engine->multi = NULL;
    while (engine->sockets != NULL) {
        socket_end(engine->sockets);
    }
    uv_close((uv_handle_t *)&engine->timer, timer_closed);
}

void peer_engine_retire(struct peer_engine *engine)
{
    engine->retired = true;
    settle(engine);
}

/* After a callback that found no memory libcurl refuses this multi for good: its calls end here. The engine stays until
 * the next question puts another in its place. */
static void give_up(struct peer_engine *engine)
{
    for (struct peer_call *call = engine->pool->calls; call != NULL; call = call->next) {
        if (call->engine == engine && call->state == CALL_TRYING) {
            peer_call_fail(call, PEER_DOWN);
        }
    }
}

static void reap(struct peer_engine *engine)
{
    int left = 0;
    for (CURLMsg *message = curl_multi_info_read(engine->multi, &left); message != NULL;
         message = curl_multi_info_read(engine->multi, &left)) {
        if (message->msg == CURLMSG_DONE) {
            const CURLcode code = message->data.result; /* the message does not outlive the handle's removal */
            char *private = NULL;
            (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);
            struct peer_call *call = (void *)private;
            peer_call_tried(call, code);
        }
    }
}

static void drive(struct peer_engine *engine, curl_socket_t fd, int events)
{
    int running = 0;
    engine->driving = true;
    const CURLMcode code = curl_multi_socket_action(engine->multi, fd, events, &running);
    engine->broken = engine->broken || (code != CURLM_OK && code != CURLM_BAD_SOCKET);
    reap(engine);
    if (engine->broken) {
        give_up(engine);
    }
    engine->driving = false;
    settle(engine);
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    const struct peer_socket *socket = poll->data;
    const int flags = (status < 0 ? CURL_CSELECT_ERR : 0) | ((events & UV_READABLE) != 0 ? CURL_CSELECT_IN : 0) |
                      ((events & UV_WRITABLE) != 0 ? CURL_CSELECT_OUT : 0);
    drive(socket->engine, socket->fd, flags);
}

static void on_timer(uv_timer_t *timer)
{
    struct peer_engine *engine = timer->data;
    if (engine->multi != NULL) {
        drive(engine, CURL_SOCKET_TIMEOUT, 0);
    }
}

static int want_timer(CURLM *multi, long timeout_ms, void *ctx)
{
    (void)multi;
    struct peer_engine *engine = ctx;
    if (timeout_ms < 0) {
        (void)uv_timer_stop(&engine->timer);
    } else {
        (void)uv_timer_start(&engine->timer, on_timer, (uint64_t)timeout_ms, 0);
    }
    return 0;
}

static struct peer_socket *socket_new(struct peer_engine *engine, curl_socket_t fd)
{
    struct peer_socket *socket = mem_zalloc(sizeof *socket);
    if (socket == NULL) {
        return NULL;
    }
    if (uv_poll_init_socket(engine->pool->loop, &socket->poll, fd) != 0) {
        mem_free(socket);
        return NULL;
    }
    socket->engine = engine;
    socket->fd = fd;
    socket->poll.data = socket;
    socket->next = engine->sockets;
    if (engine->sockets != NULL) {
        engine->sockets->previous = socket;
    }
    engine->sockets = socket;
    engine->handles++;
    return socket;
}

static int want_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *socket_ctx)
{
    (void)easy;
    struct peer_engine *engine = ctx;
    struct peer_socket *socket = socket_ctx;
    if (what == CURL_POLL_REMOVE) {
        if (socket != NULL) {
            (void)curl_multi_assign(engine->multi, fd, NULL);
            socket_end(socket);
        }
        return 0;
    }
    if (socket == NULL) {
        socket = socket_new(engine, fd);
        if (socket == NULL) {
            engine->broken = true;
            return -1;
        }
        (void)curl_multi_assign(engine->multi, fd, socket);
    }
    const int events = ((what & CURL_POLL_IN) != 0 ? UV_READABLE : 0) | ((what & CURL_POLL_OUT) != 0 ? UV_WRITABLE : 0);
    (void)uv_poll_start(&socket->poll, events, on_ready);
    return 0;
}

static bool configure(struct peer_engine *engine)
{
    CURLM *multi = engine->multi;
    return curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, want_socket) == CURLM_OK &&
           curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, engine) == CURLM_OK &&
           curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, want_timer) == CURLM_OK &&
           curl_multi_setopt(multi, CURLMOPT_TIMERDATA, engine) == CURLM_OK &&
           curl_multi_setopt(multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX) == CURLM_OK &&
           curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS_KEPT) == CURLM_OK &&
           curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)engine->pool->options.connections) == CURLM_OK;
}

enum result peer_engine_open(struct peer_pool *pool, const struct trust *trust, struct peer_engine **out,
                             struct error *err)
{
    struct peer_engine *engine = mem_zalloc(sizeof *engine);
    ENSURE(engine != NULL, err, FAULT_NO_MEMORY, "ketenpartners", "geen geheugen");
    engine->pool = pool;
    engine->trust = trust_share(trust);
    engine->multi = curl_multi_init();
    if (engine->trust == NULL || engine->multi == NULL || !configure(engine)) {
        trust_free(engine->trust);
        (void)curl_multi_cleanup(engine->multi);
        mem_free(engine);
        FAIL(err, FAULT_NO_MEMORY, "ketenpartners", "geen geheugen voor verbindingen");
    }
    (void)uv_timer_init(pool->loop, &engine->timer);
    engine->timer.data = engine;
    engine->handles = 1;
    pool->engines++;
    *out = engine;
    return RESULT_OK;
}

/* Puts a new engine in the place of the current one, with the same certificates. */
static enum result renew(struct peer_pool *pool, struct error *err)
{
    struct peer_engine *fresh = NULL;
    TRY(peer_engine_open(pool, pool->current->trust, &fresh, err));
    struct peer_engine *before = pool->current;
    pool->current = fresh;
    peer_engine_retire(before);
    return RESULT_OK;
}

enum result peer_engine_attach(struct peer_call *call, struct error *err)
{
    struct peer_pool *pool = call->pool;
    struct peer_line *line = NULL;
    enum peer_line_found found = LINE_TAKEN;
    if (!pool->current->broken) {
        found = peer_line_find(pool->current, &call->oin, call->authority, &line);
    }
    if (found == LINE_TAKEN || found == LINE_FULL) {
        TRY(renew(pool, err));
        found = peer_line_find(pool->current, &call->oin, call->authority, &line);
    }
    ENSURE(found == LINE_FOUND && pool->current != NULL, err, FAULT_NO_MEMORY, "ketenpartners", "geen geheugen");
    call->engine = pool->current;
    call->engine->calls++;
    call->line = line;
    return RESULT_OK;
}

void peer_engine_detach(struct peer_call *call)
{
    struct peer_engine *engine = call->engine;
    call->engine = NULL;
    call->line = NULL;
    if (engine != NULL) {
        engine->calls--;
        settle(engine);
    }
}

bool peer_engine_start(struct peer_call *call)
{
    return !call->engine->broken && curl_multi_add_handle(call->engine->multi, call->easy) == CURLM_OK;
}

void peer_engine_stop(struct peer_call *call)
{
    (void)curl_multi_remove_handle(call->engine->multi, call->easy);
}
