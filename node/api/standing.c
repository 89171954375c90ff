#include "api/standing.h"

#include "api/api.h"

static void show(struct call *call)
{
    struct json_writer w = json_writer(&call->body);
    json_begin_object(&w, NULL);
    call->api->describe(call->api->describe_ctx, &w);
    json_end_object(&w);
    call_answer(call, 200);
}

void standing_show(struct http_request *request, void *ctx)
{
    struct call *call = call_begin(ctx, request, sizeof(struct call));
    if (call != NULL) {
        call_require(call, MAY_VERIFY_LOG, show);
    }
}
