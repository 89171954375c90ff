#include "api/openapi.h"

#include "api/openapi_texts.h"

/* Pages of other sites may read it too (API Design Rules, publish-openapi). */
static const struct http_header from_anywhere = {"access-control-allow-origin", "*"};

struct reading {
    struct slice left;
};

struct slice openapi_peer_text(void)
{
    return slice_of(openapi_ketenpartners, openapi_ketenpartners_size);
}

struct slice openapi_desk_text(void)
{
    return slice_of(openapi_medewerkers, openapi_medewerkers_size);
}

static enum http_pull pull(void *ctx, struct buf *out, size_t room)
{
    struct reading *r = ctx;
    const size_t len = r->left.len < room ? r->left.len : room;
    buf_bytes(out, r->left.ptr, len);
    r->left = slice_of(r->left.ptr + len, r->left.len - len);
    return r->left.len == 0 ? HTTP_END : HTTP_MORE;
}

/* Straight from the program's constants: whoever asks for it often, without having logged in, takes no memory. */
static void show(struct http_request *request, struct slice text)
{
    struct reading *r = http_request_alloc(request, sizeof *r);
    if (r == NULL) {
        struct error err;
        (void)error_set(&err, FAULT_NO_MEMORY, "", "geen geheugen");
        http_answer_error(request, &err);
        return;
    }
    r->left = text;
    http_answer_stream_with(request, 200, "application/json", &from_anywhere, 1, pull, r);
}

void openapi_peer(struct http_request *request, void *ctx)
{
    (void)ctx;
    show(request, openapi_peer_text());
}

void openapi_desk(struct http_request *request, void *ctx)
{
    (void)ctx;
    show(request, openapi_desk_text());
}
