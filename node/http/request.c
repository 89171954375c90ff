#include "http/request.h"

#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "http/session.h"

struct http_request *request_take(struct http_core *core)
{
    struct http_request *request = core->pooled;
    if (request != NULL) {
        core->pooled = request->next_pooled;
        core->pooled_count--;
    } else {
        request = mem_alloc(sizeof *request);
        if (request == NULL) {
            return NULL;
        }
    }
    memset(request, 0, offsetof(struct http_request, headers));
    link_init(&request->open_link);
    link_init(&request->body_link);
    link_init(&request->answer_link);
    request->method = HTTP_METHOD_COUNT;
    request->content_length = -1;
    request->body_open = true;
    arena_init(&request->arena, request->first, sizeof request->first);
    return request;
}

void request_give_back(struct http_core *core, struct http_request *request)
{
    arena_reset(&request->arena);
    core->pooled_at = core->now;
    if (core->pooled_count >= HTTP_POOLED_REQUESTS) {
        mem_free(request);
        return;
    }
    request->next_pooled = core->pooled;
    core->pooled = request;
    core->pooled_count++;
}

void request_pool_shrink(struct http_core *core, size_t keep)
{
    while (core->pooled_count > keep) {
        struct http_request *request = core->pooled;
        core->pooled = request->next_pooled;
        core->pooled_count--;
        mem_free(request);
    }
}

static void set_path(struct http_request *request, struct slice value)
{
    const struct slice copy = arena_copy(&request->arena, value);
    if (copy.ptr == NULL) {
        request->flaw = REQUEST_NO_MEMORY;
        return;
    }
    request->path = copy;
    uint8_t *mark = copy.len != 0 ? memchr(copy.ptr, '?', copy.len) : NULL;
    if (mark != NULL) {
        *mark = '\0';
        request->path.len = (size_t)(mark - copy.ptr);
        request->query = slice_of(mark + 1, copy.len - request->path.len - 1);
    }
}

static void set_method(struct http_request *request, struct slice value)
{
    request->method = router_method(value);
    request->is_head = slice_is(value, "HEAD");
}

/* nghttp2 has refused what is no number, or is there twice. */
static void set_content_length(struct http_request *request, struct slice value)
{
    int64_t number = 0;
    for (size_t i = 0; i < value.len; i++) {
        const int digit = value.ptr[i] - '0';
        if (digit < 0 || digit > 9 || number > (INT64_MAX - digit) / 10) {
            return;
        }
        number = number * 10 + digit;
    }
    request->content_length = number;
}

static void keep_header(struct http_request *request, struct slice name, struct slice value)
{
    uint8_t *copy = arena_alloc(&request->arena, name.len + value.len + 2);
    if (copy == NULL) {
        request->flaw = REQUEST_NO_MEMORY;
        return;
    }
    memcpy(copy, name.ptr, name.len);
    copy[name.len] = '\0';
    uint8_t *text = copy + name.len + 1;
    if (value.len != 0) {
        memcpy(text, value.ptr, value.len);
    }
    text[value.len] = '\0';
    request->headers[request->header_count] =
        (struct request_header){slice_of(copy, name.len), slice_of(text, value.len)};
    request->header_count++;
}

void request_add_header(struct http_request *request, struct slice name, struct slice value)
{
    if (request->flaw != REQUEST_SOUND) {
        return;
    }
    request->header_bytes += name.len + value.len;
    if (request->header_count == HTTP_MAX_HEADERS || request->header_bytes > HTTP_MAX_HEADER_BYTES) {
        request->flaw = REQUEST_HEADERS_TOO_LARGE;
    } else if (slice_is(name, ":method")) {
        set_method(request, value);
    } else if (slice_is(name, ":path")) {
        set_path(request, value);
    } else if (!slice_is(name, ":scheme")) {
        if (slice_is(name, "content-length")) {
            set_content_length(request, value);
        }
        keep_header(request, name, value);
    }
}

bool request_media_type_is(const struct http_request *request, const char *media_type)
{
    const struct slice value = http_request_header(request, "content-type");
    const size_t want = strlen(media_type);
    if (value.ptr == NULL || value.len < want || strncasecmp((const char *)value.ptr, media_type, want) != 0) {
        return false;
    }
    /* Parameters, such as charset, may follow (RFC 9110, 8.3.1). */
    return value.len == want || value.ptr[want] == ';' || value.ptr[want] == ' ';
}

void request_gone(struct http_request *request)
{
    void (*gone)(void *ctx) = request->gone;
    if (gone != NULL) {
        request->gone = NULL;
        gone(request->gone_ctx);
    }
}

enum http_method http_request_method(const struct http_request *request)
{
    return request->method;
}

struct slice http_request_path(const struct http_request *request)
{
    return request->path;
}

struct slice http_request_query(const struct http_request *request)
{
    return request->query;
}

struct slice http_request_parameter(const struct http_request *request)
{
    return request->parameter;
}

struct slice http_request_header(const struct http_request *request, const char *lower_case_name)
{
    const struct slice name = slice_text(lower_case_name);
    for (size_t i = 0; i < request->header_count; i++) {
        if (slice_equal(request->headers[i].name, name)) {
            return request->headers[i].value;
        }
    }
    return slice_of(NULL, 0);
}

const struct cert_identity *http_request_peer(const struct http_request *request)
{
    return request->session->owner.peer;
}

uint32_t http_request_uid(const struct http_request *request)
{
    return request->session->owner.uid;
}

void *http_request_alloc(struct http_request *request, size_t size)
{
    void *piece = arena_alloc(&request->arena, size);
    if (piece != NULL) {
        memset(piece, 0, size);
    }
    return piece;
}

void http_request_on_gone(struct http_request *request, void (*gone)(void *ctx), void *ctx)
{
    if (!request->answered || request->pull != NULL) {
        request->gone = gone;
        request->gone_ctx = ctx;
    }
}
