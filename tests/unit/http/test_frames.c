/* Frames written by hand: what is decoded from the examples of RFC 7541, and the rules that nghttp2 leaves to us. */
#include "h2_rig.h"

enum { SEEN_MAX = 4, FRAME_HEAD = 9 };

struct seen {
    unsigned calls;
    unsigned gone;
    char lines[SEEN_MAX][256];
    struct http_request *held;
};

static size_t add_text(char *line, size_t at, struct slice text)
{
    assert_true(at + text.len + 2 < sizeof((struct seen *)0)->lines[0]);
    memcpy(line + at, text.ptr, text.len);
    line[at + text.len] = '|';
    return at + text.len + 1;
}

/* Everything that the decoder may have got wrong, in one line. */
static void keep(struct http_request *request, void *ctx)
{
    static const char *const names[] = {":authority", "cache-control", "custom-key", "password"};
    struct seen *seen = ctx;
    assert_true(seen->calls < SEEN_MAX);
    char *line = seen->lines[seen->calls++];
    size_t at = add_text(line, 0, http_request_path(request));
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const struct slice value = http_request_header(request, names[i]);
        at = value.ptr != NULL ? add_text(line, at, value) : at;
    }
    http_answer(request, 204, NULL, slice_of(NULL, 0));
}

static void on_gone(void *ctx)
{
    struct seen *seen = ctx;
    seen->gone++;
    seen->held = NULL;
}

/* A body of which nothing is consumed. */
static void hold(struct http_request *request, void *ctx)
{
    struct seen *seen = ctx;
    seen->calls++;
    seen->held = request;
    http_request_on_gone(request, on_gone, seen);
}

static const struct http_route rows[] = {
    {HTTP_GET, "/", keep, 0, NULL, false},
    {HTTP_GET, "/index.html", keep, 0, NULL, false},
    {HTTP_GET, "/sample/path", keep, 0, NULL, false},
    {HTTP_POST, "/vast", hold, 1000000, NULL, true},
};

static struct http_server_options options_for(struct seen *seen)
{
    return (struct http_server_options){.routes = {rows, COUNT_OF(rows), seen}, .times = http_default_times()};
}

static const size_t steps[] = {0, 1, 7};

/* The client of the rig does the greeting; what follows does not pass through it. */
static struct rig *greet(const struct http_server_options *options, size_t step)
{
    struct rig *rig = rig_open(options);
    rig->step = step;
    rig_run(rig);
    return rig;
}

static void feed(struct rig *rig, uint8_t type, uint8_t flags, uint8_t stream, struct slice payload)
{
    const uint8_t head[FRAME_HEAD] = {(uint8_t)(payload.len >> 16U),
                                      (uint8_t)(payload.len >> 8U),
                                      (uint8_t)payload.len,
                                      type,
                                      flags,
                                      0,
                                      0,
                                      0,
                                      stream};
    rig_feed(rig, head, sizeof head);
    rig_feed(rig, payload.ptr, payload.len);
}

static struct slice from_hex(const char *hex, uint8_t *out)
{
    size_t len = 0;
    for (unsigned octet = 0; sscanf(hex + 2 * len, "%2x", &octet) == 1; len++) {
        out[len] = (uint8_t)octet;
    }
    return slice_of(out, len);
}

static void assert_ended(struct rig *rig, uint32_t code)
{
    rig_run(rig);
    assert_true(session_over(rig->session));
    assert_int_equal(rig->goaway_code, code);
    rig_close(rig);
}

static void examples_of_rfc_7541_are_decoded(void **state)
{
    (void)state;
    static const struct {
        const char *section;
        const char *blocks[3];
        const char *lines[3];
    } examples[] = {
        {"C.2.1", {"828684410178400a637573746f6d2d6b65790d637573746f6d2d686561646572"}, {"/|x|custom-header|"}},
        {"C.2.2", {"8286410178040c2f73616d706c652f70617468"}, {"/sample/path|x|"}},
        {"C.2.3", {"828684410178100870617373776f726406736563726574"}, {"/|x|secret|"}},
        {"C.3",
         {"828684410f7777772e6578616d706c652e636f6d", "828684be58086e6f2d6361636865",
          "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565"},
         {"/|www.example.com|", "/|www.example.com|no-cache|", "/index.html|www.example.com|custom-value|"}},
        {"C.4",
         {"828684418cf1e3c2e5f23a6ba0ab90f4ff", "828684be5886a8eb10649cbf",
          "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf"},
         {"/|www.example.com|", "/|www.example.com|no-cache|", "/index.html|www.example.com|custom-value|"}},
    };
    for (size_t i = 0; i < COUNT_OF(examples) * COUNT_OF(steps); i++) {
        const size_t which = i / COUNT_OF(steps);
        struct seen seen = {0};
        const struct http_server_options options = options_for(&seen);
        struct rig *rig = greet(&options, steps[i % COUNT_OF(steps)]);
        for (uint8_t n = 0; n < 3 && examples[which].blocks[n] != NULL; n++) {
            uint8_t block[256];
            feed(rig, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, (uint8_t)(2 * n + 1),
                 from_hex(examples[which].blocks[n], block));
            if (seen.calls != n + 1U || strcmp(seen.lines[n], examples[which].lines[n]) != 0) {
                fail_msg("%s: %u calls, %s", examples[which].section, seen.calls, seen.lines[n]);
            }
        }
        rig_close(rig);
    }
}

/* Found by fuzz_session: nghttp2 counted each piece of a CONTINUATION's head as one more, and hung up. */
static void a_continuation_may_come_byte_by_byte(void **state)
{
    (void)state;
    static const uint8_t block[] = {0x82, 0x86, 0x84, 0x41, 1, 'x'};
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        struct seen seen = {0};
        const struct http_server_options options = options_for(&seen);
        struct rig *rig = greet(&options, steps[i]);
        feed(rig, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM, 1, slice_of(NULL, 0));
        for (size_t n = 0; n < sizeof block; n++) {
            feed(rig, NGHTTP2_CONTINUATION, 0, 1, slice_of(block + n, 1));
        }
        feed(rig, NGHTTP2_CONTINUATION, NGHTTP2_FLAG_END_HEADERS, 1, slice_of(NULL, 0));
        assert_int_equal(seen.calls, 1);
        assert_string_equal(seen.lines[0], "/|x|");
        rig_close(rig);
    }
}

static void a_continuation_has_the_size_of_a_frame(void **state)
{
    (void)state;
    for (size_t over = 0; over < 2; over++) {
        struct seen seen = {0};
        const struct http_server_options options = options_for(&seen);
        struct rig *rig = greet(&options, 0);
        uint8_t *zeros = calloc(1, HTTP_FRAME_BYTES + 1);
        /* 0x20: the table's size becomes 0, as often as one likes at the beginning of a block. */
        memset(zeros, 0x20, HTTP_FRAME_BYTES + 1);
        feed(rig, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM, 1, slice_of(NULL, 0));
        feed(rig, NGHTTP2_CONTINUATION, 0, 1, slice_of(zeros, HTTP_FRAME_BYTES + over));
        free(zeros);
        rig_run(rig);
        assert_int_equal(session_over(rig->session), over);
        assert_int_equal(rig->goaway_code, over != 0 ? NGHTTP2_FRAME_SIZE_ERROR : NGHTTP2_NO_ERROR);
        rig_close(rig);
    }
}

static void a_priority_of_the_connection_is_an_error(void **state)
{
    (void)state;
    static const uint8_t priority[5] = {0};
    struct seen seen = {0};
    const struct http_server_options options = options_for(&seen);
    struct rig *rig = greet(&options, 0);
    feed(rig, NGHTTP2_PRIORITY, 0, 1, slice_of(priority, sizeof priority));
    rig_run(rig);
    assert_false(session_over(rig->session));
    feed(rig, NGHTTP2_PRIORITY, 0, 0, slice_of(priority, sizeof priority));
    assert_ended(rig, NGHTTP2_PROTOCOL_ERROR);
}

static void settings_that_lift_a_window_too_high_end_the_connection(void **state)
{
    (void)state;
    static const uint8_t increment[] = {0x7f, 0xff, 0x00, 0x00}; /* 2^31 - 1 - 65535 */
    static const nghttp2_settings_entry window = {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 65536};
    struct seen seen = {0};
    const struct http_server_options options = options_for(&seen);
    struct rig *rig = greet(&options, 0);
    (void)rig_ask(rig, &(struct rig_ask){.method = "POST", .path = "/vast", .keep_open = true});
    rig_run(rig);
    feed(rig, NGHTTP2_WINDOW_UPDATE, 0, 1, slice_of(increment, sizeof increment));
    rig_run(rig);
    assert_false(session_over(rig->session));
    assert_int_equal(nghttp2_submit_settings(rig->client, NGHTTP2_FLAG_NONE, &window, 1), 0);
    assert_ended(rig, NGHTTP2_FLOW_CONTROL_ERROR);
    assert_int_equal(seen.gone, 1);
}

/* Only here: a real node hands window back as bytes come, so that no client can be past it. */
static void a_body_beyond_its_window_ends_the_connection(void **state)
{
    (void)state;
    struct seen seen = {0};
    const struct http_server_options options = options_for(&seen);
    struct rig *rig = greet(&options, 0);
    (void)rig_ask(rig, &(struct rig_ask){.method = "POST", .path = "/vast", .keep_open = true});
    rig_run(rig);
    assert_int_equal(seen.calls, 1);
    uint8_t *zeros = calloc(1, HTTP_WINDOW_BYTES);
    for (size_t left = HTTP_WINDOW_BYTES; left != 0;) {
        const size_t len = left < HTTP_FRAME_BYTES ? left : HTTP_FRAME_BYTES;
        feed(rig, NGHTTP2_DATA, 0, 1, slice_of(zeros, len));
        left -= len;
    }
    rig_run(rig);
    assert_false(session_over(rig->session));
    feed(rig, NGHTTP2_DATA, 0, 1, slice_of(zeros, 1));
    free(zeros);
    assert_ended(rig, NGHTTP2_FLOW_CONTROL_ERROR);
    assert_int_equal(seen.gone, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_of_rfc_7541_are_decoded),
        cmocka_unit_test(a_continuation_may_come_byte_by_byte),
        cmocka_unit_test(a_continuation_has_the_size_of_a_frame),
        cmocka_unit_test(a_priority_of_the_connection_is_an_error),
        cmocka_unit_test(settings_that_lift_a_window_too_high_end_the_connection),
        cmocka_unit_test(a_body_beyond_its_window_ends_the_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
