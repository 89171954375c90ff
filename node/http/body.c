/* Bodies that come in: gathered for the handler, or streamed to it with the window held back. */
#include <string.h>

#include "http/request.h"
#include "http/session.h"

enum { BODY_FIRST_CAPACITY = 1024, BODY_TRUSTED_LENGTH = 16384 };

/* A content-length is believed only so far: memory follows the bytes that really came. */
static size_t first_capacity(const struct http_request *request)
{
    const int64_t said = request->content_length;
    return said >= 0 && said <= BODY_TRUSTED_LENGTH ? (size_t)said : BODY_FIRST_CAPACITY;
}

bool request_keep_body(struct http_request *request, struct slice piece, size_t ceiling)
{
    if (piece.len == 0) {
        return true;
    }
    if (piece.len > ceiling - request->body_len) {
        return false;
    }
    const size_t need = request->body_len + piece.len;
    if (need > request->body_capacity) {
        size_t capacity = request->body_capacity != 0 ? request->body_capacity * 2 : first_capacity(request);
        while (capacity < need) {
            capacity = capacity < BODY_FIRST_CAPACITY ? BODY_FIRST_CAPACITY : capacity * 2;
        }
        capacity = capacity > ceiling ? ceiling : capacity;
        uint8_t *larger = arena_alloc(&request->arena, capacity);
        if (larger == NULL) {
            return false;
        }
        if (request->body_len != 0) {
            memcpy(larger, request->body, request->body_len);
        }
        request->body = larger;
        request->body_capacity = capacity;
    }
    memcpy(request->body + request->body_len, piece.ptr, piece.len);
    request->body_len = need;
    return true;
}

void request_take_piece(struct http_request *request, struct slice piece)
{
    request->unconsumed += piece.len;
    if (request->push != NULL) {
        request->push(request->push_ctx, piece, false);
    } else if (!request_keep_body(request, piece, HTTP_WINDOW_BYTES)) {
        session_reset_stream(request->session, request->stream_id, NGHTTP2_INTERNAL_ERROR);
    }
}

void request_push_last(struct http_request *request)
{
    if (request->push != NULL && !request->discard && !request->last_pushed) {
        request->last_pushed = true;
        request->push(request->push_ctx, slice_of(NULL, 0), true);
    }
}

void request_discard_body(struct http_request *request)
{
    request->discard = true;
    link_remove(&request->body_link);
    const size_t held = request->unconsumed;
    request->unconsumed = 0;
    session_consume(request->session, request->stream_id, held);
}

struct slice http_request_body(const struct http_request *request)
{
    return slice_of(request->body, request->body_len);
}

void http_read_body(struct http_request *request, void (*push)(void *ctx, struct slice piece, bool last), void *ctx)
{
    if (request->discard || request->push != NULL) {
        return;
    }
    request->push = push;
    request->push_ctx = ctx;
    const struct slice waited = http_request_body(request);
    request->body_len = 0;
    if (waited.len != 0) {
        push(ctx, waited, false);
    }
    if (!request->body_open) {
        request_push_last(request);
    }
}

void http_consumed(struct http_request *request, size_t len)
{
    const size_t taken = len < request->unconsumed ? len : request->unconsumed;
    request->unconsumed -= taken;
    session_consume(request->session, request->stream_id, taken);
    if (request->unconsumed == 0 && request->body_open && !request->discard) {
        request->body_since = request->session->core->now;
        link_append(&request->session->bodies, &request->body_link);
    }
}
