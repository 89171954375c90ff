/* Each allocation of the core fails in turn: whatever is answered, nothing leaks, nothing crashes, every handler that
 * holds a request hears of its end. Meant to run under AddressSanitizer. */
#include "h2_rig.h"

enum { BODY = 40000 };

struct seen {
    unsigned held;
    unsigned ended; /* answered or gone */
};

static void on_gone(void *ctx)
{
    ((struct seen *)ctx)->ended++;
}

static void answer_copy(struct http_request *request, void *ctx)
{
    (void)ctx;
    const struct http_header extra = {"etag", "\"1\""};
    http_answer_with(request, 200, "application/json", http_request_body(request), &extra, 1);
}

static void answer_alloc(struct http_request *request, void *ctx)
{
    (void)ctx;
    void *body = http_request_alloc(request, BODY);
    if (body == NULL) {
        struct error err;
        (void)error_set(&err, FAULT_NO_MEMORY, "", "geen geheugen");
        http_answer_error(request, &err);
    } else {
        http_answer(request, 200, NULL, slice_of(body, BODY));
    }
}

static enum http_pull pull(void *ctx, struct buf *out, size_t room)
{
    struct seen *seen = ctx;
    buf_fill(out, 'x', room < 3000 ? room : 3000);
    seen->ended++;
    return HTTP_END;
}

static void stream_both(struct http_request *request, void *ctx);

struct piece_ctx {
    struct http_request *request;
    struct seen *seen;
};

static void push(void *ctx, struct slice piece, bool last)
{
    struct piece_ctx *both = ctx;
    struct http_request *request = both->request;
    http_consumed(request, piece.len);
    if (last) {
        http_answer_stream(request, 200, "text/plain", pull, both->seen);
    }
}

static void stream_both(struct http_request *request, void *ctx)
{
    struct seen *seen = ctx;
    struct piece_ctx *both = http_request_alloc(request, sizeof *both);
    assert_non_null(both); /* the first block of the arena has room */
    *both = (struct piece_ctx){request, seen};
    seen->held++;
    http_request_on_gone(request, on_gone, seen);
    http_read_body(request, push, both);
}

static const struct http_route rows[] = {
    {HTTP_POST, "/terug", answer_copy, 2 * BODY, NULL, false},
    {HTTP_GET, "/veel", answer_alloc, 0, NULL, false},
    {HTTP_POST, "/stroom", stream_both, 2 * BODY, NULL, true},
};

static char body[BODY];
static char long_value[6000];

static void converse(struct rig *rig)
{
    rig_run(rig);
    const struct http_header extra = {"x-lang", long_value};
    (void)rig_ask(rig, &(struct rig_ask){.method = "POST", .path = "/terug", .body = slice_of(body, 400)});
    (void)rig_ask(rig, &(struct rig_ask){.method = "POST", .path = "/terug", .body = slice_of(body, BODY)});
    (void)rig_ask(rig, &(struct rig_ask){.method = "GET", .path = "/veel", .extra = &extra, .extra_count = 1});
    (void)rig_ask(rig, &(struct rig_ask){.method = "POST", .path = "/stroom", .body = slice_of(body, BODY)});
    (void)rig_get(rig, "/niets");
    (void)rig_ask(rig,
                  &(struct rig_ask){.method = "POST", .path = "/terug", .body = slice_of(body, 10), .keep_open = true});
    rig_run(rig);
    rig_wait(rig, 301);
    session_drain(rig->session);
    rig_run(rig);
}

static bool attempt(long fail_after, bool *all_answered)
{
    struct seen seen = {0};
    const struct http_server_options options = {
        .routes = {rows, COUNT_OF(rows), &seen},
        .server_headers = {{"api-version", "1.0.0"}},
        .times = {.handshake = 100, .idle = 1000, .headers = 200, .body = 300, .write = 400, .drain = 500},
    };
    struct rig *rig = calloc(1, sizeof *rig);
    rig->now = 1000000;
    const struct session_owner owner = {.uid = 1};
    struct error err;
    *all_answered = false;
    mem_fail_after(fail_after);
    bool opened = core_new(&options, &rig->core, &err) == RESULT_OK;
    if (opened) {
        core_set_now(rig->core, rig->now);
        opened = session_new(rig->core, &owner, &rig->session, &err) == RESULT_OK;
    }
    if (opened) {
        rig_client(rig);
        converse(rig);
        *all_answered = true;
        for (size_t i = 0; i < rig->count; i++) {
            *all_answered = *all_answered && rig->replies[i].status != 0 && rig->replies[i].code == NGHTTP2_NO_ERROR;
        }
    } else {
        assert_int_equal(err.fault, FAULT_NO_MEMORY);
        rig_client(rig);
    }
    mem_fail_after(-1);
    rig_close(rig);
    assert_int_equal(seen.held, seen.ended);
    return opened;
}

static void each_allocation_may_fail(void **state)
{
    (void)state;
    memset(long_value, 'v', sizeof long_value - 1);
    bool all_answered = false;
    assert_true(attempt(-1, &all_answered));
    assert_true(all_answered);
    long failures_seen = 0;
    long n = 0;
    /* The end is reached when several further counts in a row make no difference: no allocation is left to fail. */
    for (long calm = 0; calm < 300; n++) {
        (void)attempt(n, &all_answered);
        calm = all_answered ? calm + 1 : 0;
        failures_seen += all_answered ? 0 : 1;
        assert_true(n < 20000);
    }
    assert_true(failures_seen > 20);
    assert_true(attempt(-1, &all_answered));
    assert_true(all_answered);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
