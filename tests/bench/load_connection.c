#include "bench/load_connection.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <nghttp2/nghttp2.h>
#include <openssl/err.h>

#include "base/mem.h"

enum { CHUNK_BYTES = 16384, OUT_BYTES = 65536, WINDOW_BYTES = 1 << 24, STREAM_WINDOW_BYTES = 1 << 20 };

/* One request under way. */
struct slot {
    int64_t started_us;
    struct slice body;
    size_t body_sent;
    uint64_t received;
    int status;
    char length_text[24];
    char request_id[33];
};

struct connection {
    struct load_plan *plan;
    SSL *ssl;
    nghttp2_session *session;
    struct slot slots[LOAD_STREAMS_MAX];
    struct slot *idle[LOAD_STREAMS_MAX];
    unsigned idle_count;
    struct slice rest; /* of nghttp2's output, valid until it is asked for more */
    size_t out_len;
    size_t out_at;
    bool wants_write;
    uint8_t out[OUT_BYTES];
    uint8_t in[CHUNK_BYTES];
};

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name, size_t name_len,
                     const uint8_t *value, size_t value_len, uint8_t flags, void *user)
{
    (void)flags;
    (void)user;
    if (name_len == 7 && value_len == 3 && memcmp(name, ":status", 7) == 0) {
        struct slot *slot = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
        if (slot != NULL) {
            slot->status = (value[0] - '0') * 100 + (value[1] - '0') * 10 + (value[2] - '0');
        }
    }
    return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t stream, const uint8_t *data, size_t len, void *user)
{
    (void)flags;
    (void)data;
    (void)user;
    struct slot *slot = nghttp2_session_get_stream_user_data(session, stream);
    if (slot != NULL) {
        slot->received += len;
    }
    return 0;
}

static int on_close(nghttp2_session *session, int32_t stream, uint32_t error, void *user)
{
    struct connection *c = user;
    struct load_stats *stats = &c->plan->stats;
    struct slot *slot = nghttp2_session_get_stream_user_data(session, stream);
    if (slot == NULL) {
        return 0;
    }
    const struct load_plan *plan = c->plan;
    if (error != NGHTTP2_NO_ERROR) {
        stats->lost++;
    } else if (slot->status != 200) {
        stats->wrong_status++;
        stats->last_status = slot->status;
    } else if ((plan->exact_length != 0 && slot->received != plan->exact_length) ||
               slot->received < plan->least_length) {
        stats->wrong_length++;
    } else {
        stats->requests++;
        stats->bytes += slot->received;
        load_stats_latency(stats, plan->now_us - slot->started_us);
    }
    c->idle[c->idle_count++] = slot;
    return 0;
}

static ssize_t read_body(nghttp2_session *session, int32_t stream, uint8_t *to, size_t room, uint32_t *flags,
                         nghttp2_data_source *source, void *user)
{
    (void)session;
    (void)stream;
    (void)user;
    struct slot *slot = source->ptr;
    const size_t left = slot->body.len - slot->body_sent;
    const size_t len = left < room ? left : room;
    memcpy(to, slot->body.ptr + slot->body_sent, len);
    slot->body_sent += len;
    if (len == left) {
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    }
    return (ssize_t)len;
}

/* nghttp2 takes names and values as mutable, but with these flags neither copies nor changes them. */
static nghttp2_nv field(const char *name, const char *value)
{
    nghttp2_nv nv = {.namelen = strlen(name), .valuelen = strlen(value)};
    nv.flags = NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE;
    memcpy(&nv.name, &name, sizeof nv.name);
    memcpy(&nv.value, &value, sizeof nv.value);
    return nv;
}

static bool start_request(struct connection *c)
{
    struct load_plan *plan = c->plan;
    struct slot *slot = c->idle[c->idle_count - 1];
    slot->started_us = plan->now_us;
    slot->body = load_bodies_next(&plan->bodies);
    slot->body_sent = 0;
    slot->received = 0;
    slot->status = 0;
    nghttp2_nv fields[7] = {
        field(":method", plan->method),
        field(":scheme", "https"),
        field(":authority", plan->target->authority),
        field(":path", plan->target->path),
    };
    size_t count = 4;
    /* Every request is a question of its own: a partner's node asks for its id. */
    (void)snprintf(slot->request_id, sizeof slot->request_id, "%032llx", (unsigned long long)++plan->request_number);
    fields[count++] = field("request-id", slot->request_id);
    if (plan->media_type != NULL) {
        fields[count++] = field("content-type", plan->media_type);
    }
    if (slot->body.len != 0) {
        (void)snprintf(slot->length_text, sizeof slot->length_text, "%zu", slot->body.len);
        fields[count++] = field("content-length", slot->length_text);
    }
    const nghttp2_data_provider provider = {.source = {.ptr = slot}, .read_callback = read_body};
    const int32_t stream =
        nghttp2_submit_request(c->session, NULL, fields, count, slot->body.len != 0 ? &provider : NULL, slot);
    if (stream < 0) {
        return false; /* no stream identifiers left */
    }
    c->idle_count--;
    plan->allowance--;
    return true;
}

static enum result start_session(struct connection *c, struct error *err)
{
    nghttp2_session_callbacks *callbacks = NULL;
    ENSURE(nghttp2_session_callbacks_new(&callbacks) == 0, err, FAULT_NO_MEMORY, "", "geen geheugen");
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    const int made = nghttp2_session_client_new(&c->session, callbacks, c);
    nghttp2_session_callbacks_del(callbacks);
    const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, STREAM_WINDOW_BYTES},
    };
    ENSURE(made == 0 && nghttp2_submit_settings(c->session, NGHTTP2_FLAG_NONE, settings, 2) == 0 &&
               nghttp2_session_set_local_window_size(c->session, NGHTTP2_FLAG_NONE, 0, WINDOW_BYTES) == 0,
           err, FAULT_NO_MEMORY, "", "geen geheugen");
    return RESULT_OK;
}

enum result connection_open(struct load_plan *plan, struct connection **out, struct error *err)
{
    struct connection *c = mem_zalloc(sizeof *c);
    ENSURE(c != NULL, err, FAULT_NO_MEMORY, "", "geen geheugen");
    c->plan = plan;
    for (unsigned i = 0; i < plan->streams; i++) {
        c->idle[c->idle_count++] = &c->slots[i];
    }
    if (load_target_connect(plan->target, &c->ssl, err) != RESULT_OK || start_session(c, err) != RESULT_OK) {
        connection_close(c);
        return RESULT_FAILED;
    }
    *out = c;
    return RESULT_OK;
}

void connection_close(struct connection *c)
{
    if (c == NULL) {
        return;
    }
    nghttp2_session_del(c->session);
    if (c->ssl != NULL) {
        const int fd = SSL_get_fd(c->ssl);
        SSL_free(c->ssl);
        (void)close(fd);
    }
    ERR_clear_error(); /* SSL_get_error of the other connections looks into the same queue */
    mem_free(c);
}

int connection_fd(const struct connection *c)
{
    return SSL_get_fd(c->ssl);
}

bool connection_wants_write(const struct connection *c)
{
    return c->wants_write;
}

unsigned connection_in_flight(const struct connection *c)
{
    return c->plan->streams - c->idle_count;
}

/* Until the socket is empty: what OpenSSL read ahead would not wake the poll again. The flow-control window, which is
 * only opened by writing, bounds the rounds. */
static bool read_all(struct connection *c)
{
    for (;;) {
        size_t got = 0;
        if (SSL_read_ex(c->ssl, c->in, sizeof c->in, &got) != 1) {
            const int why = SSL_get_error(c->ssl, 0);
            return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
        }
        if (nghttp2_session_mem_recv(c->session, c->in, got) != (ssize_t)got) {
            return false;
        }
    }
}

/* Gathers frames into one buffer, so that many small ones share a record and a system call. */
static bool gather(struct connection *c)
{
    c->out_at = 0;
    c->out_len = 0;
    for (;;) {
        const size_t room = sizeof c->out - c->out_len;
        const size_t take = c->rest.len < room ? c->rest.len : room;
        if (take != 0) {
            memcpy(c->out + c->out_len, c->rest.ptr, take);
            c->out_len += take;
            c->rest = slice_of(c->rest.ptr + take, c->rest.len - take);
        }
        if (c->rest.len != 0) {
            return true;
        }
        const uint8_t *data = NULL;
        const ssize_t len = nghttp2_session_mem_send(c->session, &data);
        if (len <= 0) {
            return len == 0;
        }
        c->rest = slice_of(data, (size_t)len);
    }
}

static bool write_all(struct connection *c)
{
    c->wants_write = false;
    for (;;) {
        if (c->out_at == c->out_len) {
            if (!gather(c)) {
                return false;
            }
            if (c->out_len == 0) {
                return true;
            }
        }
        size_t written = 0;
        if (SSL_write_ex(c->ssl, c->out + c->out_at, c->out_len - c->out_at, &written) != 1) {
            const int why = SSL_get_error(c->ssl, 0);
            c->wants_write = why == SSL_ERROR_WANT_WRITE;
            return c->wants_write || why == SSL_ERROR_WANT_READ;
        }
        c->out_at += written;
    }
}

bool connection_ready(struct connection *c)
{
    bool alive = read_all(c);
    /* A server that said goodbye (GOAWAY) gets no more requests; what is under way may end. */
    while (alive && c->idle_count != 0 && c->plan->allowance != 0 &&
           nghttp2_session_check_request_allowed(c->session) != 0) {
        alive = start_request(c);
    }
    alive = alive && write_all(c) &&
            (nghttp2_session_want_read(c->session) != 0 || nghttp2_session_want_write(c->session) != 0);
    if (!alive) {
        c->plan->stats.lost += connection_in_flight(c);
    }
    return alive;
}
