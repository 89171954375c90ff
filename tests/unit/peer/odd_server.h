/*
 * odd_server.h - an HTTP/2 server in threads that misbehaves on command: per connection by its mood, per request by the
 * path that is asked for ("/reset/2": resets the first two requests of that path, then answers).
 *
 * Ownership: odd_open gives, odd_close stops the threads and takes. Counters may be read at any time.
 */
#ifndef KETENBRUG_TESTS_ODD_SERVER_H
#define KETENBRUG_TESTS_ODD_SERVER_H

#include "unit/certs/certs_fixture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

enum odd_mood {
    ODD_NORMAL,
    ODD_SILENT,     /* takes the connection and says nothing */
    ODD_HANGS_UP,   /* closes the connection at once */
    ODD_PLAIN,      /* answers the TLS hello in clear text */
    ODD_HTTP1,      /* negotiates h2 and answers in HTTP/1.1 */
    ODD_HTTP1_ALPN, /* negotiates nothing and answers in HTTP/1.1 */
    ODD_NOISE,      /* sends bytes without meaning after the handshake */
};

enum { ODD_THREADS = 64, ODD_STREAMS = 256, ODD_BODY = 4096, ODD_PATHS = 32, ODD_IDS = 32 };

struct odd_server {
    int fd;
    uint16_t port;
    SSL_CTX *context;
    _Atomic enum odd_mood mood;
    atomic_bool stop;
    atomic_int connections; /* accepted */
    atomic_int requests;    /* complete ones */
    pthread_t accepting;
    pthread_t serving[ODD_THREADS];
    int serving_count;
    pthread_mutex_t lock;
    struct {
        char path[64];
        int count;
    } paths[ODD_PATHS];
    char ids[ODD_IDS][40]; /* request-id of each request, in order */
    char media_type[64];   /* of the last request */
    char method[16];
};

struct odd_stream {
    bool open;
    int32_t id;
    int64_t due_ms; /* 0: not waiting */
    char method[16];
    char path[64];
    char request_id[40];
    char media_type[64];
    unsigned char body[ODD_BODY];
    size_t body_len;
    size_t left; /* bytes of an answer of a given size */
    size_t sent;
    bool endless;
    bool half;
};

struct odd_connection {
    struct odd_server *server;
    int fd;
    SSL *tls;
    nghttp2_session *session;
    struct odd_stream streams[ODD_STREAMS];
    bool broken;
};

static int64_t odd_now_ms(void)
{
    struct timespec now;
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* How many requests for this path came before. */
static int odd_seen_before(struct odd_server *server, const char *path)
{
    int before = 0;
    (void)pthread_mutex_lock(&server->lock);
    for (int i = 0; i < ODD_PATHS; i++) {
        if (server->paths[i].path[0] == '\0') {
            (void)snprintf(server->paths[i].path, sizeof server->paths[i].path, "%s", path);
        }
        if (strcmp(server->paths[i].path, path) == 0) {
            before = server->paths[i].count++;
            break;
        }
    }
    (void)pthread_mutex_unlock(&server->lock);
    return before;
}

static struct odd_stream *odd_stream_of(struct odd_connection *connection, int32_t id)
{
    return nghttp2_session_get_stream_user_data(connection->session, id);
}

static ssize_t odd_read_body(nghttp2_session *session, int32_t id, uint8_t *out, size_t room, uint32_t *flags,
                             nghttp2_data_source *source, void *ctx)
{
    (void)session;
    (void)id;
    struct odd_connection *connection = ctx;
    struct odd_stream *stream = source->ptr;
    if (stream->endless) {
        memset(out, 'x', room);
        return (ssize_t)room;
    }
    if (stream->half && stream->sent != 0) {
        connection->broken = true;
        return NGHTTP2_ERR_DEFERRED;
    }
    size_t len = stream->left < room ? stream->left : room;
    if (stream->body_len == stream->left + stream->sent) {
        memcpy(out, stream->body + stream->sent, len);
    } else {
        memset(out, 'x', len);
    }
    stream->left -= len;
    stream->sent += len;
    if (stream->left == 0 && !stream->half) {
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    }
    return (ssize_t)len;
}

#define ODD_NV(name_, value_)                                                                                          \
    {                                                                                                                  \
        (uint8_t *)(uintptr_t)(name_), (uint8_t *)(uintptr_t)(value_), strlen(name_), strlen(value_),                  \
            NGHTTP2_NV_FLAG_NONE                                                                                       \
    }

static void odd_answer(struct odd_connection *connection, struct odd_stream *stream, const char *status,
                       const char *extra_name, const char *extra_value)
{
    const nghttp2_nv headers[] = {
        ODD_NV(":status", status), ODD_NV("content-type", "application/json; charset=utf-8"),
        ODD_NV(extra_name != NULL ? extra_name : "api-version", extra_value != NULL ? extra_value : "1.0.0")};
    const nghttp2_data_provider body = {.source.ptr = stream, .read_callback = odd_read_body};
    (void)nghttp2_submit_response(connection->session, stream->id, headers, COUNT_OF(headers), &body);
}

static void odd_many_headers(struct odd_connection *connection, struct odd_stream *stream)
{
    char value[21000];
    memset(value, 'v', sizeof value - 1);
    value[sizeof value - 1] = '\0';
    odd_answer(connection, stream, "200", "x-groot", value);
}

static void odd_interim(struct odd_connection *connection, struct odd_stream *stream)
{
    char value[1000];
    memset(value, 'v', sizeof value - 1);
    value[sizeof value - 1] = '\0';
    const nghttp2_nv headers[] = {ODD_NV(":status", "103"), ODD_NV("link", value)};
    for (int i = 0; i < 40; i++) {
        (void)nghttp2_submit_headers(connection->session, NGHTTP2_FLAG_NONE, stream->id, NULL, headers,
                                     COUNT_OF(headers), NULL);
    }
    odd_answer(connection, stream, "200", NULL, NULL);
}

static void odd_misbehave(struct odd_connection *connection, struct odd_stream *stream, const char *what)
{
    nghttp2_session *session = connection->session;
    if (strcmp(what, "refuse") == 0) {
        (void)nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, stream->id, NGHTTP2_REFUSED_STREAM);
    } else if (strcmp(what, "reset") == 0) {
        (void)nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, stream->id, NGHTTP2_INTERNAL_ERROR);
    } else if (strcmp(what, "goaway") == 0) {
        (void)nghttp2_submit_goaway(session, NGHTTP2_FLAG_NONE, 0, NGHTTP2_NO_ERROR, NULL, 0);
    } else if (strcmp(what, "busy") == 0) {
        odd_answer(connection, stream, "503", "retry-after", "0");
    } else if (strcmp(what, "later") == 0) {
        odd_answer(connection, stream, "503", "retry-after", "5");
    } else {
        connection->broken = true; /* "drop" */
    }
}

/* "/word" or "/word/number". */
static void odd_decide(struct odd_connection *connection, struct odd_stream *stream)
{
    char word[32] = "";
    int number = 0;
    (void)sscanf(stream->path, "/%31[a-z]/%d", word, &number);
    const bool misbehaves = strcmp(word, "refuse") == 0 || strcmp(word, "reset") == 0 || strcmp(word, "drop") == 0 ||
                            strcmp(word, "goaway") == 0 || strcmp(word, "busy") == 0 || strcmp(word, "later") == 0;
    stream->left = stream->body_len;
    if (misbehaves && odd_seen_before(connection->server, stream->path) < number) {
        odd_misbehave(connection, stream, word);
    } else if (strcmp(word, "slow") == 0 && stream->due_ms == 0) {
        stream->due_ms = odd_now_ms() + number;
    } else if (strcmp(word, "drain") == 0 && stream->due_ms == 0) {
        (void)nghttp2_submit_goaway(connection->session, NGHTTP2_FLAG_NONE, stream->id, NGHTTP2_NO_ERROR, NULL, 0);
        stream->due_ms = odd_now_ms() + number;
    } else if (strcmp(word, "never") == 0) {
        return;
    } else if (strcmp(word, "status") == 0) {
        char status[8];
        (void)snprintf(status, sizeof status, "%03d", number % 1000);
        odd_answer(connection, stream, status, "location", "/echo");
    } else if (strcmp(word, "headers") == 0) {
        odd_many_headers(connection, stream);
    } else if (strcmp(word, "interim") == 0) {
        odd_interim(connection, stream);
    } else {
        stream->endless = strcmp(word, "endless") == 0;
        stream->half = strcmp(word, "half") == 0;
        stream->left = strcmp(word, "big") == 0 || stream->half ? (size_t)number : stream->left;
        odd_answer(connection, stream, "200", NULL, NULL);
    }
}

static int odd_on_begin(nghttp2_session *session, const nghttp2_frame *frame, void *ctx)
{
    struct odd_connection *connection = ctx;
    for (int i = 0; i < ODD_STREAMS; i++) {
        if (!connection->streams[i].open) {
            memset(&connection->streams[i], 0, sizeof connection->streams[i]);
            connection->streams[i].open = true;
            connection->streams[i].id = frame->hd.stream_id;
            return nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, &connection->streams[i]);
        }
    }
    return NGHTTP2_ERR_CALLBACK_FAILURE;
}

static int odd_on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name, size_t name_len,
                         const uint8_t *value, size_t value_len, uint8_t flags, void *ctx)
{
    (void)session;
    (void)flags;
    struct odd_stream *stream = odd_stream_of(ctx, frame->hd.stream_id);
    const struct slice key = slice_of(name, name_len);
    const struct slice text = slice_of(value, value_len);
    if (slice_is(key, ":path")) {
        (void)slice_copy_text(text, stream->path, sizeof stream->path);
    } else if (slice_is(key, ":method")) {
        (void)slice_copy_text(text, stream->method, sizeof stream->method);
    } else if (slice_is(key, "request-id")) {
        (void)slice_copy_text(text, stream->request_id, sizeof stream->request_id);
    } else if (slice_is(key, "content-type")) {
        (void)slice_copy_text(text, stream->media_type, sizeof stream->media_type);
    }
    return 0;
}

static int odd_on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *bytes, size_t len, void *ctx)
{
    (void)session;
    (void)flags;
    struct odd_stream *stream = odd_stream_of(ctx, id);
    const size_t room = sizeof stream->body - stream->body_len;
    const size_t taken = len < room ? len : room;
    memcpy(stream->body + stream->body_len, bytes, taken);
    stream->body_len += taken;
    return 0;
}

static void odd_remember(struct odd_server *server, const struct odd_stream *stream)
{
    (void)pthread_mutex_lock(&server->lock);
    const int at = atomic_load(&server->requests);
    if (at < ODD_IDS) {
        memcpy(server->ids[at], stream->request_id, sizeof server->ids[at]);
    }
    memcpy(server->media_type, stream->media_type, sizeof server->media_type);
    memcpy(server->method, stream->method, sizeof server->method);
    (void)atomic_fetch_add(&server->requests, 1);
    (void)pthread_mutex_unlock(&server->lock);
}

static int odd_on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *ctx)
{
    (void)session;
    struct odd_connection *connection = ctx;
    const bool carries = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    if (carries && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
        struct odd_stream *stream = odd_stream_of(connection, frame->hd.stream_id);
        odd_remember(connection->server, stream);
        odd_decide(connection, stream);
    }
    return 0;
}

static int odd_on_close(nghttp2_session *session, int32_t id, uint32_t code, void *ctx)
{
    (void)session;
    (void)code;
    struct odd_stream *stream = odd_stream_of(ctx, id);
    if (stream != NULL) {
        stream->open = false;
    }
    return 0;
}

/* The socket's timeout is there to notice a stop; it is no fault of the client. */
static bool odd_go_on(const struct odd_connection *connection, int result)
{
    const int why = SSL_get_error(connection->tls, result);
    return (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) && !atomic_load(&connection->server->stop);
}

static ssize_t odd_send(nghttp2_session *session, const uint8_t *bytes, size_t len, int flags, void *ctx)
{
    (void)session;
    (void)flags;
    struct odd_connection *connection = ctx;
    int put = 0;
    do {
        put = SSL_write(connection->tls, bytes, (int)len);
    } while (put <= 0 && odd_go_on(connection, put));
    return put > 0 ? put : NGHTTP2_ERR_CALLBACK_FAILURE;
}

static nghttp2_session *odd_session(struct odd_connection *connection)
{
    nghttp2_session_callbacks *callbacks = NULL;
    nghttp2_session *session = NULL;
    assert_int_equal(nghttp2_session_callbacks_new(&callbacks), 0);
    nghttp2_session_callbacks_set_send_callback(callbacks, odd_send);
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, odd_on_begin);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, odd_on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, odd_on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, odd_on_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, odd_on_close);
    assert_int_equal(nghttp2_session_server_new(&session, callbacks, connection), 0);
    nghttp2_session_callbacks_del(callbacks);
    const nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 100}};
    (void)nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings, COUNT_OF(settings));
    return session;
}

static void odd_answer_due(struct odd_connection *connection)
{
    for (int i = 0; i < ODD_STREAMS; i++) {
        struct odd_stream *stream = &connection->streams[i];
        if (stream->open && stream->due_ms > 0 && odd_now_ms() >= stream->due_ms) {
            stream->due_ms = -1;
            odd_answer(connection, stream, "200", NULL, NULL);
        }
    }
}

static void odd_serve_h2(struct odd_connection *connection)
{
    static const uint8_t none[1] = {0};
    uint8_t bytes[16384];
    connection->session = odd_session(connection);
    while (!atomic_load(&connection->server->stop) && !connection->broken) {
        odd_answer_due(connection);
        if (nghttp2_session_send(connection->session) != 0 || connection->broken ||
            (nghttp2_session_want_read(connection->session) == 0 &&
             nghttp2_session_want_write(connection->session) == 0)) {
            break;
        }
        struct pollfd waiting = {.fd = connection->fd, .events = POLLIN};
        if (SSL_pending(connection->tls) == 0 && poll(&waiting, 1, 2) <= 0) {
            continue;
        }
        const int got = SSL_read(connection->tls, bytes, sizeof bytes);
        if (got <= 0 && !odd_go_on(connection, got)) {
            break;
        }
        if (nghttp2_session_mem_recv(connection->session, got > 0 ? bytes : none, got > 0 ? (size_t)got : 0) < 0) {
            break;
        }
    }
    nghttp2_session_del(connection->session);
}

static void odd_wait_for_stop(const struct odd_connection *connection)
{
    while (!atomic_load(&connection->server->stop)) {
        struct pollfd waiting = {.fd = connection->fd, .events = 0};
        if (poll(&waiting, 1, 5) > 0) {
            return;
        }
    }
}

static void odd_serve_tls(struct odd_connection *connection, enum odd_mood mood)
{
    static const char http1[] = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
    static const char noise[] = "\x01\x02\xff noise noise noise noise noise noise noise noise noise noise";
    connection->tls = SSL_new(connection->server->context);
    assert_non_null(connection->tls);
    (void)SSL_set_fd(connection->tls, connection->fd);
    int accepted = 0;
    do {
        accepted = SSL_accept(connection->tls);
    } while (accepted <= 0 && odd_go_on(connection, accepted));
    if (accepted == 1) {
        if (mood == ODD_NORMAL) {
            odd_serve_h2(connection);
        } else {
            const bool text = mood == ODD_HTTP1 || mood == ODD_HTTP1_ALPN;
            (void)SSL_write(connection->tls, text ? http1 : noise, (int)(text ? sizeof http1 : sizeof noise) - 1);
            odd_wait_for_stop(connection);
        }
    } else {
        odd_wait_for_stop(connection); /* as the client takes in the alert */
    }
    SSL_free(connection->tls);
}

static void *odd_serve(void *ctx)
{
    struct odd_connection *connection = ctx;
    const enum odd_mood mood = atomic_load(&connection->server->mood);
    switch (mood) {
    case ODD_SILENT:
        odd_wait_for_stop(connection);
        break;
    case ODD_HANGS_UP:
        break;
    case ODD_PLAIN:
        (void)send(connection->fd, "HTTP/1.1 400 Bad Request\r\n\r\n", 28, MSG_NOSIGNAL);
        odd_wait_for_stop(connection);
        break;
    default:
        odd_serve_tls(connection, mood);
        break;
    }
    (void)close(connection->fd);
    free(connection);
    ERR_clear_error();
    return NULL;
}

static void *odd_accept(void *ctx)
{
    struct odd_server *server = ctx;
    while (!atomic_load(&server->stop)) {
        struct pollfd waiting = {.fd = server->fd, .events = POLLIN};
        if (poll(&waiting, 1, 5) <= 0) {
            continue;
        }
        const int fd = accept(server->fd, NULL, NULL);
        if (fd < 0 || server->serving_count >= ODD_THREADS) {
            break;
        }
        /* A read that waits must not outlive the test. */
        const struct timeval patience = {.tv_usec = 100000};
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        const int yes = 1;
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        struct odd_connection *connection = calloc(1, sizeof *connection);
        connection->server = server;
        connection->fd = fd;
        (void)atomic_fetch_add(&server->connections, 1);
        (void)pthread_create(&server->serving[server->serving_count++], NULL, odd_serve, connection);
    }
    return NULL;
}

static int odd_listen(uint16_t port, uint16_t *out)
{
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int yes = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    socklen_t len = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes), 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    assert_int_equal(listen(fd, 64), 0);
    *out = ntohs(address.sin_port);
    return fd;
}

/* Port 0: any. */
UNUSED static struct odd_server *odd_open(const struct trust *trust, enum odd_mood mood, uint16_t port)
{
    struct odd_server *server = calloc(1, sizeof *server);
    assert_non_null(server);
    server->context = fixture_context(trust, TRUST_SERVER_MUTUAL);
    if (mood == ODD_HTTP1_ALPN) {
        SSL_CTX_set_alpn_select_cb(server->context, NULL, NULL);
    }
    atomic_store(&server->mood, mood);
    (void)pthread_mutex_init(&server->lock, NULL);
    server->fd = odd_listen(port, &server->port);
    assert_int_equal(pthread_create(&server->accepting, NULL, odd_accept, server), 0);
    return server;
}

UNUSED static void odd_close(struct odd_server *server)
{
    atomic_store(&server->stop, true);
    (void)pthread_join(server->accepting, NULL);
    for (int i = 0; i < server->serving_count; i++) {
        (void)pthread_join(server->serving[i], NULL);
    }
    (void)close(server->fd);
    (void)pthread_mutex_destroy(&server->lock);
    SSL_CTX_free(server->context);
    free(server);
}

#endif
