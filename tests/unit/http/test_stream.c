/* Bodies that stream, both ways, with backpressure. */
#include "h2_rig.h"

enum { LARGE = 200000 };

struct flow {
    struct http_request *request;
    size_t in; /* bytes pushed */
    unsigned pieces;
    unsigned lasts;
    bool hold;         /* do not consume */
    bool wait_to_read; /* do not call http_read_body yet */
    bool answer_early;
    bool sum_wrong;
    size_t out; /* bytes pulled */
    size_t out_total;
    size_t out_step; /* at most so many a time */
    unsigned pulls;
    bool starve; /* say HTTP_WAIT */
    bool break_at_end;
    bool overfill;
    bool nothing; /* HTTP_MORE without a byte */
    unsigned gone;
    unsigned refused;
};

static uint8_t pattern(size_t at)
{
    return (uint8_t)(at * 7 + (at >> 8));
}

static void push(void *ctx, struct slice piece, bool last)
{
    struct flow *flow = ctx;
    for (size_t i = 0; i < piece.len; i++) {
        flow->sum_wrong = flow->sum_wrong || piece.ptr[i] != pattern(flow->in + i);
    }
    flow->in += piece.len;
    flow->pieces++;
    flow->lasts += last ? 1 : 0;
    if (!flow->hold) {
        http_consumed(flow->request, piece.len);
    }
    if (last || flow->answer_early) {
        http_answer(flow->request, 200, NULL, slice_text("binnen"));
    }
}

static void on_gone(void *ctx)
{
    struct flow *flow = ctx;
    flow->gone++;
    flow->request = NULL;
}

static void take_body(struct http_request *request, void *ctx)
{
    struct flow *flow = ctx;
    flow->request = request;
    http_request_on_gone(request, on_gone, flow);
    if (!flow->wait_to_read) {
        http_read_body(request, push, flow);
    }
}

static enum http_pull pull(void *ctx, struct buf *out, size_t room)
{
    struct flow *flow = ctx;
    flow->pulls++;
    assert_int_equal(flow->gone, 0);
    if (flow->overfill) {
        buf_fill(out, 'x', room + 1);
        return HTTP_MORE;
    }
    if (flow->nothing) {
        return HTTP_MORE;
    }
    if (flow->starve) {
        return HTTP_WAIT;
    }
    const size_t left = flow->out_total - flow->out;
    size_t len = left < room ? left : room;
    len = flow->out_step != 0 && flow->out_step < len ? flow->out_step : len;
    for (size_t i = 0; i < len; i++) {
        buf_byte(out, pattern(flow->out + i));
    }
    flow->out += len;
    if (flow->out == flow->out_total) {
        return flow->break_at_end ? HTTP_BROKEN : HTTP_END;
    }
    return flow->out_step != 0 ? HTTP_WAIT : HTTP_MORE;
}

static void give_body(struct http_request *request, void *ctx)
{
    struct flow *flow = ctx;
    flow->request = request;
    http_answer_stream(request, 200, "application/octet-stream", pull, flow);
    http_request_on_gone(request, on_gone, flow);
}

/* Both at once: the answer runs while the question is still coming. */
static void push_on(void *ctx, struct slice piece, bool last)
{
    struct flow *flow = ctx;
    flow->in += piece.len;
    flow->lasts += last ? 1 : 0;
    http_consumed(flow->request, piece.len);
    flow->out_total = flow->in;
    flow->starve = false;
    http_resume(flow->request);
}

static enum http_pull pull_echo(void *ctx, struct buf *out, size_t room)
{
    struct flow *flow = ctx;
    const size_t left = flow->in - flow->out;
    const size_t len = left < room ? left : room;
    buf_fill(out, 'e', len);
    flow->out += len;
    if (flow->lasts != 0 && flow->out == flow->in) {
        return HTTP_END;
    }
    return flow->out < flow->in ? HTTP_MORE : HTTP_WAIT;
}

static void both_ways(struct http_request *request, void *ctx)
{
    struct flow *flow = ctx;
    flow->request = request;
    http_request_on_gone(request, on_gone, flow);
    http_answer_stream(request, 200, NULL, pull_echo, flow);
    http_read_body(request, push_on, flow);
}

static const struct http_route rows[] = {
    {HTTP_POST, "/in", take_body, LARGE, NULL, true},
    {HTTP_GET, "/uit", give_body, 0, NULL, false},
    {HTTP_POST, "/beide", both_ways, LARGE, NULL, true},
};

static void refused(void *ctx, const struct cert_identity *peer, const char *path, const struct error *err)
{
    (void)peer;
    (void)path;
    (void)err;
    ((struct flow *)ctx)->refused++;
}

static struct rig *open_rig(struct flow *flow, bool no_client_window)
{
    const struct http_server_options options = {
        .routes = {rows, COUNT_OF(rows), flow},
        .times = {.handshake = 100, .idle = 1000, .headers = 200, .body = 300, .write = 400, .drain = 500},
        .refused = refused,
        .hooks_ctx = flow,
    };
    return rig_open_with(&options, NULL, no_client_window);
}

static struct slice large_body(void)
{
    static uint8_t bytes[LARGE + 1];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = pattern(i);
    }
    return slice_of(bytes, LARGE);
}

static struct rig_reply *send_in(struct rig *rig, const char *path, struct slice body, bool keep_open)
{
    return rig_ask(
        rig, &(struct rig_ask){.method = "POST", .path = path, .body = body, .has_body = true, .keep_open = keep_open});
}

static void a_body_streams_in(void **state)
{
    (void)state;
    for (size_t step = 0; step < 2; step++) {
        struct flow flow = {0};
        struct rig *rig = open_rig(&flow, false);
        rig->step = step;
        struct rig_reply *reply = send_in(rig, "/in", large_body(), false);
        rig_run(rig);
        assert_int_equal(flow.in, LARGE);
        assert_false(flow.sum_wrong);
        assert_int_equal(flow.lasts, 1);
        assert_true(flow.pieces > 4);
        assert_string_equal(reply->got, "binnen");
        rig_close(rig);
        assert_int_equal(flow.gone, 0);
    }
}

static void what_is_not_consumed_holds_the_sender(void **state)
{
    (void)state;
    struct flow flow = {.hold = true};
    struct rig *rig = open_rig(&flow, false);
    struct rig_reply *reply = send_in(rig, "/in", large_body(), false);
    rig_run(rig);
    assert_int_equal(flow.in, HTTP_WINDOW_BYTES);
    rig_wait(rig, 100000); /* it is we who wait: no 408, no idleness */
    assert_int_equal(reply->status, 0);
    http_consumed(flow.request, 40000);
    rig_run(rig);
    assert_int_equal(flow.in, HTTP_WINDOW_BYTES + 40000);
    flow.hold = false;
    http_consumed(flow.request, SIZE_MAX); /* more than there is counts as all */
    rig_run(rig);
    assert_int_equal(flow.in, LARGE);
    assert_false(flow.sum_wrong);
    assert_int_equal(reply->status, 200);
    rig_close(rig);
}

static void held_bytes_return_to_the_connection_when_a_stream_dies(void **state)
{
    (void)state;
    struct flow flow = {.hold = true};
    struct rig *rig = open_rig(&flow, false);
    /* More streams in turn than the connection's window could hold together. */
    for (int i = 0; i < 2 * HTTP_CONNECTION_WINDOW_BYTES / HTTP_WINDOW_BYTES; i++) {
        flow = (struct flow){.hold = true};
        struct rig_reply *reply = send_in(rig, "/in", large_body(), false);
        rig_run(rig);
        assert_int_equal(flow.in, HTTP_WINDOW_BYTES);
        (void)nghttp2_submit_rst_stream(rig->client, NGHTTP2_FLAG_NONE, reply->id, NGHTTP2_CANCEL);
        rig_run(rig);
        assert_int_equal(flow.gone, 1);
    }
    rig_close(rig);
}

static void a_handler_may_read_later(void **state)
{
    (void)state;
    struct flow flow = {.wait_to_read = true};
    struct rig *rig = open_rig(&flow, false);
    struct rig_reply *reply = send_in(rig, "/in", large_body(), false);
    rig_run(rig);
    assert_int_equal(flow.pieces, 0);
    http_read_body(flow.request, push, &flow);
    rig_run(rig);
    assert_int_equal(flow.in, LARGE);
    assert_false(flow.sum_wrong);
    assert_int_equal(reply->status, 200);
    rig_close(rig);
}

static void short_and_empty_bodies_end_too(void **state)
{
    (void)state;
    for (size_t len = 0; len < 2; len++) {
        for (int later = 0; later < 2; later++) {
            struct flow flow = {.wait_to_read = later != 0};
            struct rig *rig = open_rig(&flow, false);
            struct rig_reply *reply = send_in(rig, "/in", slice_of(large_body().ptr, len), false);
            rig_run(rig);
            if (later != 0) {
                http_read_body(flow.request, push, &flow);
                rig_run(rig);
            }
            assert_int_equal(flow.in, len);
            assert_int_equal(flow.lasts, 1);
            assert_int_equal(reply->status, 200);
            rig_close(rig);
        }
    }
}

static void an_early_answer_stops_the_body(void **state)
{
    (void)state;
    struct flow flow = {.answer_early = true, .hold = true};
    struct rig *rig = open_rig(&flow, false);
    struct rig_reply *reply = send_in(rig, "/in", large_body(), true);
    rig_run(rig);
    assert_int_equal(reply->status, 200);
    assert_true(reply->closed);
    assert_int_equal(reply->code, NGHTTP2_NO_ERROR);
    assert_int_equal(flow.lasts, 0);
    assert_int_equal(flow.pieces, 1);
    assert_int_equal(session_open_requests(rig->session), 0);
    rig_close(rig);
    assert_int_equal(flow.gone, 0);
}

static void a_streamed_body_has_its_ceiling(void **state)
{
    (void)state;
    struct flow flow = {0};
    struct rig *rig = open_rig(&flow, false);
    struct rig_reply *reply = send_in(rig, "/in", slice_of(large_body().ptr, LARGE + 1), false);
    rig_run(rig);
    assert_int_equal(reply->status, 413);
    assert_int_equal(flow.lasts, 0);
    assert_true(flow.in <= LARGE);
    assert_int_equal(flow.gone, 1);
    assert_int_equal(flow.refused, 1);
    rig_close(rig);
    assert_int_equal(flow.gone, 1);
}

static void a_streamed_body_must_keep_coming(void **state)
{
    (void)state;
    struct flow flow = {0};
    struct rig *rig = open_rig(&flow, false);
    struct rig_reply *reply = send_in(rig, "/in", slice_of(large_body().ptr, 10), true);
    rig_run(rig);
    rig_wait(rig, 300);
    assert_int_equal(reply->status, 0);
    reply->body = slice_of(large_body().ptr, 20); /* a little more: the time starts again */
    (void)nghttp2_session_resume_data(rig->client, reply->id);
    rig_run(rig);
    rig_wait(rig, 300);
    assert_int_equal(reply->status, 0);
    rig_wait(rig, 1);
    assert_int_equal(reply->status, 408);
    assert_int_equal(flow.gone, 1);
    rig_close(rig);
    assert_int_equal(flow.gone, 1);
}

static void an_answer_streams_out(void **state)
{
    (void)state;
    for (size_t step = 0; step < 2; step++) {
        struct flow flow = {.out_total = LARGE};
        struct rig *rig = open_rig(&flow, false);
        rig->step = step;
        struct rig_reply *reply = rig_get(rig, "/uit");
        rig_run(rig);
        assert_int_equal(reply->got_len, LARGE);
        assert_memory_equal(reply->got, large_body().ptr, LARGE);
        assert_non_null(strstr(reply->headers, "content-type: application/octet-stream\n"));
        assert_int_equal(reply->code, NGHTTP2_NO_ERROR);
        rig_close(rig);
        assert_int_equal(flow.gone, 0);
    }
}

static void an_answer_waits_for_its_source(void **state)
{
    (void)state;
    struct flow flow = {.out_total = 35, .out_step = 10};
    struct rig *rig = open_rig(&flow, false);
    struct rig_reply *reply = rig_get(rig, "/uit");
    rig_run(rig);
    assert_int_equal(reply->got_len, 10);
    assert_int_equal(flow.pulls, 1);
    rig_wait(rig, 100000); /* no client is to blame */
    assert_false(reply->closed);
    for (size_t i = 2; i <= 4; i++) {
        http_resume(flow.request);
        http_resume(flow.request);
        rig_run(rig);
        assert_int_equal(reply->got_len, i * 10 < 35 ? i * 10 : 35);
    }
    assert_true(reply->closed);
    rig_close(rig);
    assert_int_equal(flow.gone, 0);
}

static void an_answer_waits_for_the_clients_window(void **state)
{
    (void)state;
    struct flow flow = {.out_total = LARGE};
    struct rig *rig = open_rig(&flow, true);
    struct rig_reply *reply = rig_get(rig, "/uit");
    rig_run(rig);
    assert_int_equal(reply->got_len, 65535);
    assert_int_equal(flow.out, 65535); /* not pulled before there is room */
    rig_wait(rig, 401);
    assert_int_equal(reply->code, NGHTTP2_CANCEL);
    assert_int_equal(flow.gone, 1);
    rig_close(rig);
    assert_int_equal(flow.gone, 1);
}

static void broken_sources_reset_the_stream(void **state)
{
    (void)state;
    const struct {
        struct flow flow;
        unsigned gone;
    } cases[] = {
        {{.out_total = 100, .break_at_end = true}, 0}, /* the handler said so itself */
        {{.overfill = true}, 1},                       /* more than the room: a fault that the handler must hear of */
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct flow flow = cases[i].flow;
        struct rig *rig = open_rig(&flow, false);
        struct rig_reply *reply = rig_get(rig, "/uit");
        rig_run(rig);
        assert_true(reply->closed);
        assert_int_equal(reply->code, NGHTTP2_INTERNAL_ERROR);
        assert_int_equal(session_open_requests(rig->session), 0);
        assert_int_equal(flow.gone, cases[i].gone);
        rig_close(rig);
    }
}

static void more_without_a_byte_is_waiting(void **state)
{
    (void)state;
    struct flow flow = {.nothing = true, .out_total = 5};
    struct rig *rig = open_rig(&flow, false);
    struct rig_reply *reply = rig_get(rig, "/uit");
    rig_run(rig);
    assert_int_equal(flow.pulls, 1);
    flow.nothing = false;
    http_resume(flow.request);
    rig_run(rig);
    assert_int_equal(reply->got_len, 5);
    rig_close(rig);
}

static void a_reset_tells_a_streaming_handler_once(void **state)
{
    (void)state;
    struct flow flow = {.starve = true, .out_total = 5};
    struct rig *rig = open_rig(&flow, false);
    struct rig_reply *reply = rig_get(rig, "/uit");
    rig_run(rig);
    (void)nghttp2_submit_rst_stream(rig->client, NGHTTP2_FLAG_NONE, reply->id, NGHTTP2_CANCEL);
    rig_run(rig);
    assert_int_equal(flow.gone, 1);
    rig_close(rig);
    assert_int_equal(flow.gone, 1);
}

static void both_directions_at_once(void **state)
{
    (void)state;
    for (size_t step = 0; step < 2; step++) {
        struct flow flow = {0};
        struct rig *rig = open_rig(&flow, false);
        rig->step = step;
        struct rig_reply *reply = send_in(rig, "/beide", slice_of(large_body().ptr, 100), true);
        rig_run(rig);
        assert_int_equal(reply->got_len, 100); /* answered before the question is complete */
        assert_false(reply->closed);
        reply->body = large_body();
        reply->keep_open = false;
        (void)nghttp2_session_resume_data(rig->client, reply->id);
        rig_run(rig);
        assert_int_equal(reply->got_len, LARGE);
        assert_true(reply->closed);
        assert_int_equal(reply->code, NGHTTP2_NO_ERROR);
        rig_close(rig);
        assert_int_equal(flow.gone, 0);
    }
}

static void a_silent_client_cannot_hold_both_directions(void **state)
{
    (void)state;
    struct flow flow = {0};
    struct rig *rig = open_rig(&flow, false);
    struct rig_reply *reply = send_in(rig, "/beide", slice_of(large_body().ptr, 100), true);
    rig_run(rig);
    rig_wait(rig, 301);
    assert_true(reply->closed);
    assert_int_equal(reply->code, NGHTTP2_CANCEL);
    assert_int_equal(flow.gone, 1);
    rig_close(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_streams_in),
        cmocka_unit_test(what_is_not_consumed_holds_the_sender),
        cmocka_unit_test(held_bytes_return_to_the_connection_when_a_stream_dies),
        cmocka_unit_test(a_handler_may_read_later),
        cmocka_unit_test(short_and_empty_bodies_end_too),
        cmocka_unit_test(an_early_answer_stops_the_body),
        cmocka_unit_test(a_streamed_body_has_its_ceiling),
        cmocka_unit_test(a_streamed_body_must_keep_coming),
        cmocka_unit_test(an_answer_streams_out),
        cmocka_unit_test(an_answer_waits_for_its_source),
        cmocka_unit_test(an_answer_waits_for_the_clients_window),
        cmocka_unit_test(broken_sources_reset_the_stream),
        cmocka_unit_test(more_without_a_byte_is_waiting),
        cmocka_unit_test(a_reset_tells_a_streaming_handler_once),
        cmocka_unit_test(both_directions_at_once),
        cmocka_unit_test(a_silent_client_cannot_hold_both_directions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
