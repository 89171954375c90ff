#include "http/session.h"

#include "base/mem.h"
#include "http/dispatch.h"
#include "http/request.h"

enum { RESET_COST = 1000 };

static const uint8_t drain_mark[8] = {'d', 'r', 'a', 'i', 'n', 0, 0, 0};

void session_wake(struct session *session)
{
    if (session->owner.wake != NULL) {
        session->owner.wake(session->owner.ctx);
    }
}

static void break_when_fatal(struct session *session, int code)
{
    if (nghttp2_is_fatal(code)) {
        session->broken = true;
    }
}

void session_reset_stream(struct session *session, int32_t stream_id, uint32_t code)
{
    if (!session->broken) {
        break_when_fatal(session, nghttp2_submit_rst_stream(session->h2, NGHTTP2_FLAG_NONE, stream_id, code));
    }
    session_wake(session);
}

void session_consume(struct session *session, int32_t stream_id, size_t len)
{
    if (len != 0 && !session->broken) {
        break_when_fatal(session, nghttp2_session_consume(session->h2, stream_id, len));
        session_wake(session);
    }
}

void session_resume(struct session *session, int32_t stream_id)
{
    if (!session->broken) {
        /* NGHTTP2_ERR_INVALID_ARGUMENT says that the stream was not deferred yet: then it is asked again anyway. */
        break_when_fatal(session, nghttp2_session_resume_data(session->h2, stream_id));
    }
    session_wake(session);
}

static struct http_request *request_of(const struct session *session, int32_t stream_id)
{
    return nghttp2_session_get_stream_user_data(session->h2, stream_id);
}

/* A client that opens and resets streams makes us work for nothing (CVE-2023-44487); so does one whose streams we must
 * reset. Both draw on one allowance. */
static void charge_reset(struct session *session)
{
    const uint64_t now = session->core->now;
    const uint64_t regained = (now - session->resets_at) * HTTP_RESETS_PER_S;
    session->resets = session->resets > regained ? session->resets - (uint32_t)regained : 0;
    session->resets_at = now;
    session->resets += RESET_COST;
    if (session->resets > HTTP_RESETS_BURST * RESET_COST) {
        break_when_fatal(session, nghttp2_session_terminate_session(session->h2, NGHTTP2_ENHANCE_YOUR_CALM));
    }
}

static void end_request(struct session *session, struct http_request *request)
{
    if (session->current == request) {
        session->current = NULL;
        session->headers_wanted = false;
    }
    request_gone(request);
    link_remove(&request->open_link);
    link_remove(&request->body_link);
    link_remove(&request->answer_link);
    if (request->unconsumed != 0 && !session->broken) {
        break_when_fatal(session, nghttp2_session_consume_connection(session->h2, request->unconsumed));
    }
    session->open_count--;
    session->quiet_since = session->core->now;
    request_give_back(session->core, request);
}

/* nghttp2 stops at once when it was one of our own calls to it that failed. */
static int verdict(const struct session *session)
{
    return session->broken ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
}

static int on_begin_headers(nghttp2_session *h2, const nghttp2_frame *frame, void *user_data)
{
    struct session *session = user_data;
    session->headers_wanted = true;
    session->headers_since = session->core->now;
    session->current = NULL;
    if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST) {
        return verdict(session);
    }
    struct http_request *request = request_take(session->core);
    if (request == NULL || nghttp2_session_set_stream_user_data(h2, frame->hd.stream_id, request) != 0) {
        if (request != NULL) {
            request_give_back(session->core, request);
        }
        session_reset_stream(session, frame->hd.stream_id, NGHTTP2_REFUSED_STREAM);
        return verdict(session);
    }
    request->session = session;
    request->stream_id = frame->hd.stream_id;
    link_append(&session->open, &request->open_link);
    session->open_count++;
    session->current = request;
    return verdict(session);
}

static int on_header(nghttp2_session *h2, const nghttp2_frame *frame, const uint8_t *name, size_t name_len,
                     const uint8_t *value, size_t value_len, uint8_t flags, void *user_data)
{
    (void)h2;
    (void)frame;
    (void)flags;
    struct session *session = user_data;
    if (session->current != NULL) { /* trailers are read and forgotten */
        request_add_header(session->current, slice_of(name, name_len), slice_of(value, value_len));
    }
    return verdict(session);
}

static void headers_received(struct session *session, const nghttp2_frame *frame)
{
    session->headers_wanted = false;
    struct http_request *request = session->current;
    session->current = NULL;
    const bool end = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (request != NULL) {
        request->body_open = !end;
        dispatch_headers(request);
    } else {
        request = request_of(session, frame->hd.stream_id);
    }
    if (request != NULL && end) {
        dispatch_body_end(request);
    }
}

static void ping_received(struct session *session, const nghttp2_frame *frame)
{
    const bool answer = (frame->hd.flags & NGHTTP2_FLAG_ACK) != 0;
    if (!answer || !session->draining || memcmp(frame->ping.opaque_data, drain_mark, sizeof drain_mark) != 0) {
        return;
    }
    /* The client has seen the first GOAWAY, so no stream of it can cross the second. */
    const int32_t last = nghttp2_session_get_last_proc_stream_id(session->h2);
    break_when_fatal(session, nghttp2_submit_goaway(session->h2, NGHTTP2_FLAG_NONE, last, NGHTTP2_NO_ERROR, NULL, 0));
}

static int on_frame_recv(nghttp2_session *h2, const nghttp2_frame *frame, void *user_data)
{
    (void)h2;
    struct session *session = user_data;
    switch (frame->hd.type) {
    case NGHTTP2_HEADERS:
        headers_received(session, frame);
        break;
    case NGHTTP2_DATA:
        if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
            struct http_request *request = request_of(session, frame->hd.stream_id);
            if (request != NULL) {
                dispatch_body_end(request);
            }
        }
        break;
    case NGHTTP2_RST_STREAM:
        charge_reset(session);
        break;
    case NGHTTP2_SETTINGS:
        session->headers_wanted = false; /* the preface is complete */
        break;
    case NGHTTP2_PING:
        ping_received(session, frame);
        break;
    default:
        break;
    }
    return verdict(session);
}

/* A header block that nghttp2 refused has no on_frame_recv; without an open stream the idle time takes over. */
static int on_invalid_frame(nghttp2_session *h2, const nghttp2_frame *frame, int code, void *user_data)
{
    (void)h2;
    (void)frame;
    (void)code;
    struct session *session = user_data;
    session->headers_wanted = false;
    return verdict(session);
}

static int on_data(nghttp2_session *h2, uint8_t flags, int32_t stream_id, const uint8_t *data, size_t len,
                   void *user_data)
{
    (void)h2;
    (void)flags;
    struct session *session = user_data;
    struct http_request *request = request_of(session, stream_id);
    if (request != NULL) {
        dispatch_data(request, slice_of(data, len));
    } else {
        session_consume(session, stream_id, len);
    }
    return verdict(session);
}

static int on_frame_send(nghttp2_session *h2, const nghttp2_frame *frame, void *user_data)
{
    (void)h2;
    struct session *session = user_data;
    const uint8_t type = frame->hd.type;
    if (type == NGHTTP2_RST_STREAM && frame->rst_stream.error_code != NGHTTP2_NO_ERROR) {
        charge_reset(session);
    } else if ((type == NGHTTP2_HEADERS || type == NGHTTP2_DATA) && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
        const struct http_request *request = request_of(session, frame->hd.stream_id);
        if (request != NULL && request->body_open) {
            /* The answer is complete before the question was: tell the client to stop (RFC 9113, 8.1). */
            session_reset_stream(session, frame->hd.stream_id, NGHTTP2_NO_ERROR);
        }
    }
    return verdict(session);
}

static int on_frame_not_send(nghttp2_session *h2, const nghttp2_frame *frame, int code, void *user_data)
{
    (void)h2;
    (void)code;
    struct session *session = user_data;
    if (frame->hd.type == NGHTTP2_HEADERS && request_of(session, frame->hd.stream_id) != NULL) {
        session_reset_stream(session, frame->hd.stream_id, NGHTTP2_INTERNAL_ERROR);
    }
    return verdict(session);
}

static int on_stream_close(nghttp2_session *h2, int32_t stream_id, uint32_t code, void *user_data)
{
    (void)h2;
    (void)code;
    struct session *session = user_data;
    struct http_request *request = request_of(session, stream_id);
    if (request != NULL) {
        end_request(session, request);
    }
    return verdict(session);
}

void session_set_callbacks(nghttp2_session_callbacks *callbacks)
{
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame_recv);
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, on_invalid_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_frame_send);
    nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks, on_frame_not_send);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
}

static bool greet(nghttp2_session *h2)
{
    const nghttp2_settings_entry entries[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, HTTP_MAX_STREAMS},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, HTTP_WINDOW_BYTES},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, HTTP_MAX_HEADER_BYTES},
        {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
    };
    return nghttp2_submit_settings(h2, NGHTTP2_FLAG_NONE, entries, COUNT_OF(entries)) == 0 &&
           nghttp2_session_set_local_window_size(h2, NGHTTP2_FLAG_NONE, 0, HTTP_CONNECTION_WINDOW_BYTES) == 0;
}

enum result session_new(struct http_core *core, const struct session_owner *owner, struct session **out,
                        struct error *err)
{
    struct session *session = mem_zalloc(sizeof *session);
    ENSURE(session != NULL, err, FAULT_NO_MEMORY, "http", "geen geheugen voor een verbinding");
    session->core = core;
    session->owner = *owner;
    link_init(&session->open);
    link_init(&session->bodies);
    link_init(&session->answers);
    session->headers_wanted = true;
    session->headers_since = core->now;
    session->quiet_since = core->now;
    session->resets_at = core->now;
    h2_memory_init(&session->memory, HTTP_H2_MEMORY);
    nghttp2_mem mem = h2_memory_hooks(&session->memory);
    if (nghttp2_session_server_new3(&session->h2, core->callbacks, session, core->settings, &mem) != 0 ||
        !greet(session->h2)) {
        session_free(session);
        FAIL(err, FAULT_NO_MEMORY, "http", "geen geheugen voor een verbinding");
    }
    *out = session;
    return RESULT_OK;
}

void session_free(struct session *session)
{
    if (session == NULL) {
        return;
    }
    session->owner.wake = NULL;
    while (!link_alone(&session->open)) {
        end_request(session, LINK_OWNER(session->open.next, struct http_request, open_link));
    }
    if (!session->broken) {
        nghttp2_session_del(session->h2);
    }
    h2_memory_free_all(&session->memory);
    mem_free(session);
}

void session_feed(struct session *session, struct slice bytes)
{
    if (!session->broken) {
        break_when_fatal(session, (int)nghttp2_session_mem_recv(session->h2, bytes.ptr, bytes.len));
        session_wake(session);
    }
}

size_t session_output(struct session *session, uint8_t *out, size_t room)
{
    size_t len = 0;
    while (len < room && !session->broken) {
        if (session->rest.len == 0) {
            const ssize_t made = nghttp2_session_mem_send(session->h2, &session->rest.ptr);
            session->rest.len = made > 0 ? (size_t)made : 0;
            break_when_fatal(session, made < 0 ? (int)made : 0);
            if (made <= 0) {
                break;
            }
        }
        const size_t piece = session->rest.len < room - len ? session->rest.len : room - len;
        memcpy(out + len, session->rest.ptr, piece);
        session->rest = slice_of(session->rest.ptr + piece, session->rest.len - piece);
        len += piece;
    }
    return len;
}

bool session_over(const struct session *session)
{
    return session->broken || (session->rest.len == 0 && nghttp2_session_want_read(session->h2) == 0 &&
                               nghttp2_session_want_write(session->h2) == 0);
}

void session_drain(struct session *session)
{
    if (session->draining || session->broken) {
        return;
    }
    session->draining = true;
    session->draining_since = session->core->now;
    break_when_fatal(session, nghttp2_submit_shutdown_notice(session->h2));
    break_when_fatal(session, nghttp2_submit_ping(session->h2, NGHTTP2_FLAG_NONE, drain_mark));
    session_wake(session);
}

size_t session_open_requests(const struct session *session)
{
    return session->open_count;
}

static bool past(const struct session *session, uint64_t since, uint32_t limit)
{
    return session->core->now - since > limit;
}

static void tick_bodies(struct session *session)
{
    while (!link_alone(&session->bodies)) {
        struct http_request *request = LINK_OWNER(session->bodies.next, struct http_request, body_link);
        if (!past(session, request->body_since, session->core->options.times.body)) {
            break;
        }
        link_remove(&request->body_link);
        dispatch_slow_body(request);
    }
}

/* A client that reads from its socket but gives no window would hold an answer for ever. */
static void tick_answers(struct session *session)
{
    const bool connection_shut = nghttp2_session_get_remote_window_size(session->h2) <= 0;
    while (!link_alone(&session->answers)) {
        struct http_request *request = LINK_OWNER(session->answers.next, struct http_request, answer_link);
        if (!past(session, request->answer_since, session->core->options.times.write)) {
            break;
        }
        if (connection_shut || nghttp2_session_get_stream_remote_window_size(session->h2, request->stream_id) <= 0) {
            link_remove(&request->answer_link);
            session_reset_stream(session, request->stream_id, NGHTTP2_CANCEL);
        } else {
            request->answer_since = session->core->now;
            link_append(&session->answers, &request->answer_link);
        }
    }
}

void session_tick(struct session *session)
{
    const struct http_times *times = &session->core->options.times;
    if (session->broken) {
        return;
    }
    tick_bodies(session);
    tick_answers(session);
    const bool slow = session->headers_wanted && past(session, session->headers_since, times->headers);
    const bool idle = session->open_count == 0 && past(session, session->quiet_since, times->idle);
    /* A client that keeps a connection for later does not read it now, and would hold up the drain for nothing. */
    const bool left =
        session->draining && session->open_count == 0 && past(session, session->draining_since, HTTP_DRAIN_QUIET_MS);
    if (slow || idle || left) {
        const uint32_t code = slow ? NGHTTP2_ENHANCE_YOUR_CALM : NGHTTP2_NO_ERROR;
        break_when_fatal(session, nghttp2_session_terminate_session(session->h2, code));
        session_wake(session);
    }
}
