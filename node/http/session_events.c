/* What nghttp2 tells of a connection: streams that open, headers, bodies, frames that came and went. */
#include "http/dispatch.h"
#include "http/request.h"
#include "http/session.h"

static struct http_request *request_of(const struct session *session, int32_t stream_id)
{
    return nghttp2_session_get_stream_user_data(session->h2, stream_id);
}

/* nghttp2 stops at once when it was one of our own calls to it that failed. */
static int verdict(const struct session *session)
{
    return session->broken ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
}

/* Its place among the requests under way; false: not even a refusal may still wait. */
static bool take_place(struct session *session, struct http_request *request)
{
    struct quota *quota = session->quota;
    if (quota_has_room(quota, session->core->under_way, HTTP_REQUESTS_MAX)) {
        quota->requests++;
        session->core->under_way++;
        return true;
    }
    request->shed = true;
    quota->shed++;
    return quota->shed <= HTTP_SHED_MAX;
}

static void leave_place(struct session *session, const struct http_request *request)
{
    if (request->shed) {
        session->quota->shed--;
    } else {
        session->quota->requests--;
        session->core->under_way--;
    }
}

static int on_begin_frame(nghttp2_session *h2, const nghttp2_frame_hd *frame, void *user_data)
{
    (void)h2;
    session_rules_received(user_data, frame);
    return verdict(user_data);
}

void session_end_request(struct session *session, struct http_request *request)
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
        session_check(session, nghttp2_session_consume_connection(session->h2, request->unconsumed));
    }
    session->open_count--;
    session->quiet_since = session->core->now;
    leave_place(session, request);
    request_give_back(session->core, request);
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
    const bool placed = request != NULL && take_place(session, request);
    if (!placed || nghttp2_session_set_stream_user_data(h2, frame->hd.stream_id, request) != 0) {
        if (request != NULL) {
            leave_place(session, request);
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
    if (session->current != NULL) {
        request_add_header(session->current, slice_of(name, name_len), slice_of(value, value_len));
    }
    /* Trailers are read and forgotten. A field can be one byte that stands for thousands (RFC 7541, 6.1). */
    if (session->current == NULL || session->current->flaw != REQUEST_SOUND) {
        session_charge_idle(session, 1);
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
    if (!answer || !session->draining ||
        memcmp(frame->ping.opaque_data, session_drain_mark, sizeof session_drain_mark) != 0) {
        return;
    }
    /* The client has seen the first GOAWAY, so no stream of it can cross the second. */
    const int32_t last = nghttp2_session_get_last_proc_stream_id(session->h2);
    session_check(session, nghttp2_submit_goaway(session->h2, NGHTTP2_FLAG_NONE, last, NGHTTP2_NO_ERROR, NULL, 0));
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
    session_rules_sent(session, frame);
    const uint8_t type = frame->hd.type;
    if (type == NGHTTP2_RST_STREAM && frame->rst_stream.error_code != NGHTTP2_NO_ERROR) {
        session_charge_reset(session);
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
        session_end_request(session, request);
    }
    return verdict(session);
}

void session_set_callbacks(nghttp2_session_callbacks *callbacks)
{
    nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks, on_begin_frame);
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame_recv);
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, on_invalid_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_frame_send);
    nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks, on_frame_not_send);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
}
