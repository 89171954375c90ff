#include "http/session.h"

#include "base/mem.h"
#include "http/dispatch.h"
#include "http/request.h"

const uint8_t session_drain_mark[8] = {'d', 'r', 'a', 'i', 'n', 0, 0, 0};

void session_wake(struct session *session)
{
    if (session->owner.wake != NULL) {
        session->owner.wake(session->owner.ctx);
    }
}

void session_check(struct session *session, int code)
{
    if (nghttp2_is_fatal(code)) {
        session->broken = true;
    }
}

void session_reset_stream(struct session *session, int32_t stream_id, uint32_t code)
{
    if (!session->broken) {
        session_check(session, nghttp2_submit_rst_stream(session->h2, NGHTTP2_FLAG_NONE, stream_id, code));
    }
    session_wake(session);
}

void session_consume(struct session *session, int32_t stream_id, size_t len)
{
    if (len != 0 && !session->broken) {
        session_check(session, nghttp2_session_consume(session->h2, stream_id, len));
        session_wake(session);
    }
}

void session_resume(struct session *session, int32_t stream_id)
{
    if (!session->broken) {
        /* NGHTTP2_ERR_INVALID_ARGUMENT says that the stream was not deferred yet: then it is asked again anyway. */
        session_check(session, nghttp2_session_resume_data(session->h2, stream_id));
    }
    session_wake(session);
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
    frame_scan_start(&session->scan);
    session->quota = owner->quota != NULL ? owner->quota : &core->peers.rest;
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
        session_end_request(session, LINK_OWNER(session->open.next, struct http_request, open_link));
    }
    if (!session->broken) {
        nghttp2_session_del(session->h2);
    }
    h2_memory_free_all(&session->memory);
    mem_free(session);
}

void session_feed(struct session *session, struct slice bytes)
{
    if (!session_is_cut(session)) {
        session_charge_frames(session, bytes);
    }
    if (session_is_cut(session)) {
        return;
    }
    const ssize_t taken = nghttp2_session_mem_recv(session->h2, bytes.ptr, bytes.len);
    session_check(session, taken < 0 ? (int)taken : 0);
    if (taken == NGHTTP2_ERR_FLOODED || taken == NGHTTP2_ERR_TOO_MANY_CONTINUATIONS) {
        session_charge_flood(session);
    }
    session_wake(session);
}

size_t session_output(struct session *session, uint8_t *out, size_t room)
{
    size_t len = 0;
    while (len < room && !session->broken) {
        if (session->rest.len == 0) {
            const ssize_t made = nghttp2_session_mem_send(session->h2, &session->rest.ptr);
            session->rest.len = made > 0 ? (size_t)made : 0;
            session_check(session, made < 0 ? (int)made : 0);
            if (made <= 0) {
                break;
            }
            session->rested = false;
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

bool session_is_cut(const struct session *session)
{
    return session->broken || session->cut;
}

void session_drain(struct session *session)
{
    if (session->draining || session->broken) {
        return;
    }
    session->draining = true;
    session->draining_since = session->core->now;
    session_check(session, nghttp2_submit_shutdown_notice(session->h2));
    session_check(session, nghttp2_submit_ping(session->h2, NGHTTP2_FLAG_NONE, session_drain_mark));
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

/* A resting connection keeps what HTTP/2 demands, and no more. */
static void rest(struct session *session)
{
    if (!session->rested && session->open_count == 0 && session->rest.len == 0 &&
        past(session, session->quiet_since, HTTP_REST_MS) && nghttp2_session_want_write(session->h2) == 0) {
        h2_memory_rest(&session->memory);
        session->rested = true;
    }
}

void session_tick(struct session *session)
{
    const struct http_times *times = &session->core->options.times;
    if (session->broken) {
        return;
    }
    rest(session);
    tick_bodies(session);
    tick_answers(session);
    const bool slow = session->headers_wanted && past(session, session->headers_since, times->headers);
    const bool idle = session->open_count == 0 && past(session, session->quiet_since, times->idle);
    /* A client that keeps a connection for later does not read it now, and would hold up the drain for nothing. */
    const bool left =
        session->draining && session->open_count == 0 && past(session, session->draining_since, HTTP_DRAIN_QUIET_MS);
    if (slow || idle || left) {
        const uint32_t code = slow ? NGHTTP2_ENHANCE_YOUR_CALM : NGHTTP2_NO_ERROR;
        session_check(session, nghttp2_session_terminate_session(session->h2, code));
        session_wake(session);
    }
}
