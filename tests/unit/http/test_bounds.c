/* Every count, size and time that a client may not pass, passed. */
#include "h2_rig.h"

#include "http/request.h"

struct seen {
    unsigned calls;
    unsigned gone;
    unsigned refused;
    size_t body_len;
    struct http_request *held;
};

static void answer_now(struct http_request *request, void *ctx)
{
    struct seen *seen = ctx;
    seen->calls++;
    seen->body_len = http_request_body(request).len;
    http_answer(request, 200, NULL, slice_text("ja"));
}

static void on_gone(void *ctx)
{
    ((struct seen *)ctx)->gone++;
}

static void answer_later(struct http_request *request, void *ctx)
{
    struct seen *seen = ctx;
    seen->calls++;
    seen->held = request;
    http_request_on_gone(request, on_gone, seen);
}

static void answer_large(struct http_request *request, void *ctx)
{
    (void)ctx;
    void *body = http_request_alloc(request, 200000);
    assert_non_null(body);
    http_answer(request, 200, NULL, slice_of(body, 200000));
}

static void answer_too_many_headers(struct http_request *request, void *ctx)
{
    (void)ctx;
    struct http_header extra[HTTP_ANSWER_HEADERS + HTTP_SERVER_HEADERS + 5];
    for (size_t i = 0; i < COUNT_OF(extra); i++) {
        extra[i] = (struct http_header){"x-a", "b"};
    }
    http_answer_with(request, 200, NULL, slice_of(NULL, 0), extra, COUNT_OF(extra));
}

/* Sixteen faults whose every byte needs an escape: longer than a problem may be. */
static void answer_long_problem(struct http_request *request, void *ctx)
{
    (void)ctx;
    struct fault_list faults = {0};
    char text[FAULT_WHAT_MAX];
    memset(text, 1, sizeof text - 1);
    text[sizeof text - 1] = '\0';
    for (int i = 0; i < FAULT_LIST_MAX; i++) {
        fault_list_add(&faults, FAULT_INVALID, text, "%s", text);
    }
    http_answer_faults(request, &faults);
}

static const struct http_route rows[] = {
    {HTTP_GET, "/lang", answer_long_problem, 0, NULL, false},
    {HTTP_GET, "/nu", answer_now, 0, NULL, false},
    {HTTP_POST, "/nu", answer_now, 1000, NULL, false},
    {HTTP_POST, "/groot", answer_now, 200000, NULL, false},
    {HTTP_GET, "/later", answer_later, 0, NULL, false},
    {HTTP_GET, "/veel", answer_large, 0, NULL, false},
    {HTTP_GET, "/koppen", answer_too_many_headers, 0, NULL, false},
};

static void refused(void *ctx, const struct cert_identity *peer, const char *path, const struct error *err)
{
    (void)peer;
    (void)path;
    (void)err;
    ((struct seen *)ctx)->refused++;
}

static struct http_server_options options_for(struct seen *seen)
{
    return (struct http_server_options){
        .routes = {rows, COUNT_OF(rows), seen},
        .times = {.handshake = 100, .idle = 1000, .headers = 200, .body = 300, .write = 400, .drain = 500},
        .refused = refused,
        .hooks_ctx = seen,
    };
}

static char zeros[200001];

static void bodies_have_a_ceiling(void **state)
{
    (void)state;
    const struct {
        const char *path;
        const char *length;
        size_t body;
        int status;
    } cases[] = {
        {"/nu", "1000", 1000, 200},    {"/nu", NULL, 1000, 200},          {"/nu", "1001", 1001, 413},
        {"/nu", NULL, 1001, 413},      {"/nu", "99999999999999", 0, 413}, {"/groot", NULL, 200000, 200},
        {"/groot", NULL, 200001, 413}, {"/groot", "200000", 200000, 200}, {"/groot", "200001", 200001, 413},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct seen seen = {0};
        const struct http_server_options options = options_for(&seen);
        struct rig *rig = rig_open(&options);
        struct rig_reply *reply = rig_ask(rig, &(struct rig_ask){.method = "POST",
                                                                 .path = cases[i].path,
                                                                 .length = cases[i].length,
                                                                 .body = slice_of(zeros, cases[i].body),
                                                                 .keep_open = cases[i].body == 0});
        rig_run(rig);
        assert_int_equal(reply->status, cases[i].status);
        assert_true(reply->closed);
        assert_int_equal(reply->code, NGHTTP2_NO_ERROR);
        assert_int_equal(seen.body_len, cases[i].status == 200 ? cases[i].body : 0);
        assert_int_equal(seen.refused, cases[i].status == 200 ? 0 : 1);
        /* Whatever was thrown away, the connection's window is whole again. */
        struct rig_reply *next =
            rig_ask(rig, &(struct rig_ask){.method = "POST", .path = "/groot", .body = slice_of(zeros, 200000)});
        rig_run(rig);
        assert_int_equal(next->status, 200);
        rig_close(rig);
    }
}

static void too_large_is_said_before_the_body_comes(void **state)
{
    (void)state;
    struct seen seen = {0};
    const struct http_server_options options = options_for(&seen);
    struct rig *rig = rig_open(&options);
    struct rig_reply *reply =
        rig_ask(rig, &(struct rig_ask){.method = "POST", .path = "/nu", .length = "1001", .keep_open = true});
    rig_run(rig);
    assert_int_equal(reply->status, 413);
    assert_true(reply->closed);
    assert_int_equal(session_open_requests(rig->session), 0);
    rig_close(rig);
}

static void header_fields_are_counted(void **state)
{
    (void)state;
    static struct http_header extra[1200];
    for (size_t i = 0; i < COUNT_OF(extra); i++) {
        extra[i] = (struct http_header){"x-a", "b"};
    }
    /* :authority is one of them. */
    const struct {
        size_t count;
        int status;
    } cases[] = {{HTTP_MAX_HEADERS - 1, 200}, {HTTP_MAX_HEADERS, 431}, {1200, 431}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct seen seen = {0};
        const struct http_server_options options = options_for(&seen);
        struct rig *rig = rig_open(&options);
        struct rig_reply *reply = rig_ask(
            rig, &(struct rig_ask){.method = "GET", .path = "/nu", .extra = extra, .extra_count = cases[i].count});
        struct rig_reply *after = rig_get(rig, "/nu");
        rig_run(rig);
        assert_int_equal(reply->status, cases[i].status);
        assert_int_equal(after->status, 200);
        rig_close(rig);
    }
}

static void header_bytes_are_counted(void **state)
{
    (void)state;
    static char value[HTTP_MAX_HEADER_BYTES + 1];
    memset(value, 'a', sizeof value - 1);
    const size_t others = strlen(":methodGET:schemehttps:authorityknoop.localhost:path/nux-a");
    for (size_t over = 0; over < 2; over++) {
        struct seen seen = {0};
        const struct http_server_options options = options_for(&seen);
        struct rig *rig = rig_open(&options);
        value[HTTP_MAX_HEADER_BYTES - others + over] = '\0';
        const struct http_header extra = {"x-a", value};
        struct rig_reply *reply =
            rig_ask(rig, &(struct rig_ask){.method = "GET", .path = "/nu", .extra = &extra, .extra_count = 1});
        rig_run(rig);
        assert_int_equal(reply->status, over == 0 ? 200 : 431);
        value[HTTP_MAX_HEADER_BYTES - others + over] = 'a';
        rig_close(rig);
    }
}

static void streams_are_counted(void **state)
{
    (void)state;
    struct seen seen = {0};
    const struct http_server_options options = options_for(&seen);
    struct rig *rig = rig_open(&options);
    /* Before the client knows our SETTINGS it may open too many: the rest is refused, unharmed, to be tried again. */
    for (int i = 0; i < HTTP_MAX_STREAMS + 1; i++) {
        (void)rig_get(rig, "/later");
    }
    rig_run(rig);
    assert_int_equal(session_open_requests(rig->session), HTTP_MAX_STREAMS);
    assert_int_equal(rig->replies[HTTP_MAX_STREAMS].code, NGHTTP2_REFUSED_STREAM);
    assert_int_equal(nghttp2_session_get_remote_settings(rig->client, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS),
                     HTTP_MAX_STREAMS);
    rig_close(rig);
    assert_int_equal(seen.gone, HTTP_MAX_STREAMS);
}

static void a_slow_preface_ends_the_connection(void **state)
{
    (void)state;
    struct seen seen = {0};
    const struct http_server_options options = options_for(&seen);
    struct rig *rig = rig_open(&options);
    rig_feed(rig, NGHTTP2_CLIENT_MAGIC, 10);
    rig->now += 200;
    core_set_now(rig->core, rig->now);
    session_tick(rig->session);
    uint8_t out[4096];
    assert_true(session_output(rig->session, out, sizeof out) > 0);
    assert_false(session_over(rig->session));
    rig->now += 1;
    core_set_now(rig->core, rig->now);
    session_tick(rig->session);
    assert_true(session_output(rig->session, out, sizeof out) > 0);
    assert_true(session_over(rig->session));
    rig_close(rig);
}

/* A HEADERS frame that promises more bytes than come. */
static void slow_headers_end_the_connection(void **state)
{
    (void)state;
    struct seen seen = {0};
    const struct http_server_options options = options_for(&seen);
    struct rig *rig = rig_open(&options);
    (void)rig_get(rig, "/later");
    rig_run(rig);
    const uint8_t half[] = {0, 0, 20, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 0, 0, 0, 99, 0x82};
    rig_feed(rig, half, sizeof half);
    rig_wait(rig, 200);
    assert_int_equal(rig->goaways, 0);
    rig_wait(rig, 1);
    assert_int_equal(rig->goaway_code, NGHTTP2_ENHANCE_YOUR_CALM);
    assert_true(session_over(rig->session));
    rig_close(rig);
    assert_int_equal(seen.gone, 1);
}

static void a_continuation_that_never_comes_counts_as_slow_headers(void **state)
{
    (void)state;
    struct seen seen = {0};
    const struct http_server_options options = options_for(&seen);
    struct rig *rig = rig_open(&options);
    rig_run(rig);
    const uint8_t open[] = {0, 0, 1, NGHTTP2_HEADERS, 0, 0, 0, 0, 1, 0x82};
    rig_feed(rig, open, sizeof open);
    rig_wait(rig, 201);
    assert_true(session_over(rig->session));
    rig_close(rig);
}

static void continuations_are_counted(void **state)
{
    (void)state;
    struct seen seen = {0};
    const struct http_server_options options = options_for(&seen);
    struct rig *rig = rig_open(&options);
    rig_run(rig);
    const uint8_t open[] = {0, 0, 1, NGHTTP2_HEADERS, 0, 0, 0, 0, 1, 0x82};
    const uint8_t more[] = {0, 0, 0, NGHTTP2_CONTINUATION, 0, 0, 0, 0, 1};
    rig_feed(rig, open, sizeof open);
    for (int i = 0; i < HTTP_CONTINUATIONS_MAX; i++) {
        rig_feed(rig, more, sizeof more);
        rig_run(rig);
        assert_false(session_over(rig->session));
    }
    rig_feed(rig, more, sizeof more);
    rig_run(rig);
    assert_true(session_over(rig->session));
    assert_int_equal(rig->goaway_code, NGHTTP2_ENHANCE_YOUR_CALM);
    assert_int_equal(rig->core->stats.cut_abuse, 1);
    rig_close(rig);
}

static void slow_bodies_get_408(void **state)
{
    (void)state;
    struct seen seen = {0};
    const struct http_server_options options = options_for(&seen);
    struct rig *rig = rig_open(&options);
    struct rig_reply *slow =
        rig_ask(rig, &(struct rig_ask){.method = "POST", .path = "/nu", .body = slice_text("half"), .keep_open = true});
    rig_run(rig);
    rig_wait(rig, 200);
    struct rig_reply *slower = rig_ask(rig, &(struct rig_ask){.method = "POST", .path = "/nu", .keep_open = true});
    rig_run(rig);
    rig_wait(rig, 100);
    assert_int_equal(slow->status, 0);
    rig_wait(rig, 1);
    assert_int_equal(slow->status, 408);
    assert_true(slow->closed);
    assert_int_equal(slower->status, 0);
    rig_wait(rig, 200);
    assert_int_equal(slower->status, 408);
    assert_int_equal(seen.refused, 2);
    assert_int_equal(seen.calls, 0);
    rig_close(rig);
}

static void idle_connections_end(void **state)
{
    (void)state;
    struct seen seen = {0};
    const struct http_server_options options = options_for(&seen);
    struct rig *rig = rig_open(&options);
    struct rig_reply *reply = rig_get(rig, "/later");
    rig_run(rig);
    rig_wait(rig, 5000); /* an open request is no idleness */
    assert_false(session_over(rig->session));
    http_answer(seen.held, 200, NULL, slice_text("x"));
    rig_run(rig);
    assert_int_equal(reply->status, 200);
    rig_wait(rig, 1000);
    assert_false(session_over(rig->session));
    rig_wait(rig, 1);
    assert_true(session_over(rig->session));
    assert_int_equal(rig->goaway_code, NGHTTP2_NO_ERROR);
    rig_close(rig);
}

static void a_client_that_gives_no_window_loses_its_answer(void **state)
{
    (void)state;
    struct seen seen = {0};
    const struct http_server_options options = options_for(&seen);
    struct rig *rig = rig_open_with(&options, NULL, true);
    struct rig_reply *reply = rig_get(rig, "/veel");
    rig_run(rig);
    assert_int_equal(reply->got_len, 65535);
    rig_wait(rig, 400);
    assert_false(reply->closed);
    (void)nghttp2_session_consume(rig->client, reply->id, 65535);
    rig_run(rig);
    assert_true(reply->got_len > 65535);
    rig_wait(rig, 400);
    assert_false(reply->closed);
    rig_wait(rig, 1);
    assert_true(reply->closed);
    assert_int_equal(reply->code, NGHTTP2_CANCEL);
    assert_int_equal(session_open_requests(rig->session), 0);
    rig_close(rig);
}

static void reset_each(struct rig *rig, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        rig->count = 0;
        struct rig_reply *reply = rig_get(rig, "/later");
        rig_run(rig);
        (void)nghttp2_submit_rst_stream(rig->client, NGHTTP2_FLAG_NONE, reply->id, NGHTTP2_CANCEL);
        rig_run(rig);
    }
}

static void rapid_resets_end_the_connection(void **state)
{
    (void)state;
    struct seen seen = {0};
    const struct http_server_options options = options_for(&seen);
    struct rig *rig = rig_open(&options);
    reset_each(rig, HTTP_RESETS_BURST);
    assert_false(session_over(rig->session));
    rig_wait(rig, 500);
    reset_each(rig, HTTP_RESETS_PER_S / 2);
    assert_false(session_over(rig->session));
    reset_each(rig, 1);
    assert_true(session_over(rig->session));
    assert_int_equal(rig->goaway_code, NGHTTP2_ENHANCE_YOUR_CALM);
    rig_close(rig);
    assert_int_equal(seen.gone, seen.calls);
}

/* A frame as it stands on the wire (RFC 9113, 4.1). */
static void feed_frame(struct rig *rig, uint8_t type, uint8_t flags, uint32_t stream, const void *payload, uint8_t len)
{
    uint8_t bytes[9 + UINT8_MAX] = {0, 0, len, type, flags, 0, 0, (uint8_t)(stream >> 8U), (uint8_t)stream};
    memcpy(bytes + 9, payload, len);
    session_feed(rig->session, slice_of(bytes, 9U + len));
}

/* Each kind alone: as many as the allowance are borne, one more is not, and time gives some back. */
static void frames_that_ask_nothing_are_counted(void **state)
{
    (void)state;
    static const uint8_t nothing[8] = {0};
    static const uint8_t one[4] = {0, 0, 0, 1};
    static const uint8_t priority[5] = {0, 0, 0, 0, 15};
    static const uint8_t goodbye[8] = {0};
    static const struct {
        const char *name;
        uint8_t type, flags, len;
        bool on_stream;
        const uint8_t *payload;
    } kinds[] = {
        {"answers to pings that nobody sent (6.7)", NGHTTP2_PING, NGHTTP2_FLAG_ACK, 8, false, nothing},
        {"windows opened by one (6.9)", NGHTTP2_WINDOW_UPDATE, 0, 4, false, one},
        {"priorities (5.3)", NGHTTP2_PRIORITY, 0, 5, true, priority},
        {"goodbyes without going (6.8)", NGHTTP2_GOAWAY, 0, 8, false, goodbye},
        {"the first type that is unknown (5.5)", 0x0a, 0, 8, false, nothing},
        {"priorities of another kind (RFC 9218, 7.1)", 0x10, 0, 5, false, priority},
        {"the last type that is unknown (5.5)", 0xff, 0xff, 0, true, nothing},
        {"empty bodies (6.1)", NGHTTP2_DATA, 0, 0, true, nothing},
        {"bodies in crumbs (6.1)", NGHTTP2_DATA, 0, 1, true, nothing},
        {"bodies of streams that are closed (5.1)", NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 0, true, nothing},
    };
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        struct seen seen = {0};
        const struct http_server_options options = options_for(&seen);
        struct rig *rig = rig_open(&options);
        (void)rig_ask(rig, &(struct rig_ask){.method = "POST", .path = "/groot", .keep_open = true});
        rig_run(rig);
        const uint32_t spent = rig->session->quota->frames.debt / 1000; /* by the preface */
        for (unsigned n = spent; n < HTTP_FRAMES_BURST; n++) {
            feed_frame(rig, kinds[i].type, kinds[i].flags, kinds[i].on_stream ? 1 : 0, kinds[i].payload, kinds[i].len);
        }
        if (rig->core->stats.cut_abuse != 0) {
            fail_msg("%s: fewer than the allowance ended the connection", kinds[i].name);
        }
        feed_frame(rig, kinds[i].type, kinds[i].flags, kinds[i].on_stream ? 1 : 0, kinds[i].payload, kinds[i].len);
        if (rig->core->stats.cut_abuse == 0) {
            fail_msg("%s: more than the allowance is borne", kinds[i].name);
        }
        rig_run(rig);
        assert_true(session_over(rig->session));
        rig_close(rig);
    }
}

/* Each entry of a SETTINGS frame may be a new window for every stream (6.9.2). */
static void settings_entries_are_charged(void **state)
{
    (void)state;
    uint8_t entries[6 * HTTP_SETTINGS_MAX] = {0};
    for (size_t i = 0; i < HTTP_SETTINGS_MAX; i++) {
        entries[6 * i + 1] = NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE;
    }
    struct seen seen = {0};
    const struct http_server_options options = options_for(&seen);
    struct rig *rig = rig_open(&options);
    rig_run(rig);
    for (unsigned n = 0; n < HTTP_FRAMES_BURST / (HTTP_SETTINGS_MAX + 1) - 1; n++) {
        feed_frame(rig, NGHTTP2_SETTINGS, 0, 0, entries, sizeof entries);
        uint8_t out[4096]; /* not to the client, which never sent those settings */
        while (session_output(rig->session, out, sizeof out) != 0) {
        }
    }
    assert_int_equal(rig->core->stats.cut_abuse, 0);
    feed_frame(rig, NGHTTP2_SETTINGS, 0, 0, entries, sizeof entries);
    feed_frame(rig, NGHTTP2_SETTINGS, 0, 0, entries, sizeof entries);
    assert_int_equal(rig->core->stats.cut_abuse, 1);
    rig_close(rig);
}

/* A field of one byte that stands for four thousand (RFC 7541, 6.1), again and again in one block. */
static void header_bombs_are_refused_and_charged(void **state)
{
    (void)state;
    static const struct {
        unsigned references;
        unsigned cuts;
    } cases[] = {{1000, 0}, {HTTP_FRAMES_BURST + HTTP_MAX_HEADERS, 1}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct seen seen = {0};
        const struct http_server_options options = options_for(&seen);
        struct rig *rig = rig_open(&options);
        rig_run(rig);
        static uint8_t block[9 + 16384];
        size_t len = 9;
        const uint8_t start[] = {0x82, 0x87, 0x84, 0x41, 1, 'h', 0x40, 1, 'x', 0x7f, 0xa1, 0x1e}; /* x: 4000 bytes */
        memcpy(block + len, start, sizeof start);
        len += sizeof start;
        memset(block + len, 'a', 4000);
        len += 4000;
        memset(block + len, 0xbe, cases[i].references); /* index 62: what was last put into the table */
        len += cases[i].references;
        block[0] = 0;
        block[1] = (uint8_t)((len - 9) >> 8U);
        block[2] = (uint8_t)(len - 9);
        block[3] = NGHTTP2_HEADERS;
        block[4] = NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM;
        block[8] = 1;
        rig_feed(rig, block, len);
        assert_int_equal(rig->core->stats.answers_4xx, 1 - cases[i].cuts);
        assert_int_equal(rig->core->stats.cut_abuse, cases[i].cuts);
        assert_int_equal(seen.calls, 0);
        assert_true(rig->session->memory.used < HTTP_H2_MEMORY);
        rig_close(rig);
    }
}

/* What comes behind the frame with which the allowance ended is not looked at: no handler, no second cut. */
static void after_the_cut_nothing_is_read(void **state)
{
    (void)state;
    static const uint8_t nothing[8] = {0};
    struct seen seen = {0};
    const struct http_server_options options = options_for(&seen);
    struct rig *rig = rig_open(&options);
    rig_run(rig);
    for (unsigned n = 0; n <= HTTP_FRAMES_BURST; n++) {
        feed_frame(rig, NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, nothing, 8);
    }
    assert_int_equal(rig->core->stats.cut_abuse, 1);
    assert_int_equal(seen.refused, 1);
    assert_true(session_is_cut(rig->session));
    const uint8_t get[] = {0, 0, 3, NGHTTP2_HEADERS, 5, 0, 0, 0, 1, 0x82, 0x87, 0x84};
    rig_feed(rig, get, sizeof get);
    rig_run(rig);
    assert_int_equal(rig->core->stats.requests, 0);
    assert_int_equal(rig->goaway_code, NGHTTP2_ENHANCE_YOUR_CALM);
    assert_int_equal(rig->core->stats.cut_abuse, 1);
    rig_close(rig);
}

/* Requests that the server refuses give no frames back, and cost one. */
static void refused_requests_are_charged(void **state)
{
    (void)state;
    struct seen seen = {0};
    const struct http_server_options options = options_for(&seen);
    struct rig *rig = rig_open(&options);
    rig_run(rig);
    const unsigned spent = rig->session->quota->frames.debt / 1000;
    for (unsigned n = spent; n < HTTP_FRAMES_BURST; n++) {
        rig->count = 0;
        (void)rig_ask(rig, &(struct rig_ask){.method = "HEAD", .path = "/niets"});
        rig_run(rig);
    }
    assert_int_equal(rig->core->stats.cut_abuse, 0);
    rig->count = 0;
    (void)rig_ask(rig, &(struct rig_ask){.method = "HEAD", .path = "/niets"});
    rig_run(rig);
    assert_int_equal(rig->core->stats.cut_abuse, 1);
    rig_close(rig);
}

/* A window that opens byte by byte is progress, but not enough to hold an answer for ever. */
static void a_window_in_crumbs_does_not_hold_an_answer(void **state)
{
    (void)state;
    for (unsigned piece = 1; piece <= HTTP_WRITE_LEAST; piece += HTTP_WRITE_LEAST - 1) {
        struct seen seen = {0};
        const struct http_server_options options = options_for(&seen);
        struct rig *rig = rig_open_with(&options, NULL, true);
        struct rig_reply *reply = rig_get(rig, "/veel");
        rig_run(rig);
        assert_int_equal(reply->got_len, 65535);
        const uint8_t open[4] = {0, 0, (uint8_t)(piece >> 8U), (uint8_t)piece};
        for (int n = 0; n < 8; n++) { /* together longer than the time of an answer */
            rig_wait(rig, 100);
            feed_frame(rig, NGHTTP2_WINDOW_UPDATE, 0, 0, open, sizeof open);
            feed_frame(rig, NGHTTP2_WINDOW_UPDATE, 0, (uint32_t)reply->id, open, sizeof open);
            uint8_t out[4096]; /* not to the client, which never opened those windows */
            while (session_output(rig->session, out, sizeof out) != 0) {
            }
        }
        assert_int_equal(session_open_requests(rig->session), piece == 1 ? 0 : 1);
        rig_close(rig);
    }
}

static void time_and_requests_give_frames_back(void **state)
{
    (void)state;
    static const uint8_t nothing[8] = {0};
    struct seen seen = {0};
    const struct http_server_options options = options_for(&seen);
    struct rig *rig = rig_open(&options);
    for (int round = 0; round < 3; round++) {
        for (unsigned n = rig->session->quota->frames.debt / 1000; n < HTTP_FRAMES_BURST; n++) {
            feed_frame(rig, NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, nothing, 8);
        }
        assert_int_equal(rig->core->stats.cut_abuse, 0);
        core_set_now(rig->core, rig->core->now + 1000);
        for (unsigned n = 0; n < HTTP_FRAMES_PER_S; n++) {
            feed_frame(rig, NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, nothing, 8);
        }
        assert_int_equal(rig->core->stats.cut_abuse, 0);
        rig->count = 0;
        (void)rig_get(rig, "/nu");
        rig_run(rig);
        for (unsigned n = 0; n + 1 < HTTP_FRAMES_PER_REQUEST; n++) {
            feed_frame(rig, NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, nothing, 8);
        }
        assert_int_equal(rig->core->stats.cut_abuse, 0);
    }
    rig_close(rig);
}

static void requests_that_we_must_reset_are_counted_too(void **state)
{
    (void)state;
    struct seen seen = {0};
    const struct http_server_options options = options_for(&seen);
    struct rig *rig = rig_open(&options);
    const nghttp2_nv bad[] = {rig_nv(":method", "GET"), rig_nv(":scheme", "https"), rig_nv(":authority", "x")};
    for (int i = 0; i < HTTP_RESETS_BURST; i++) {
        (void)nghttp2_submit_request(rig->client, NULL, bad, COUNT_OF(bad), NULL, NULL);
        rig_run(rig);
    }
    assert_false(session_over(rig->session));
    (void)nghttp2_submit_request(rig->client, NULL, bad, COUNT_OF(bad), NULL, NULL);
    rig_run(rig);
    assert_true(session_over(rig->session));
    rig_close(rig);
}

/* Frames come in, nothing is read: what we owe may not grow without end. */
static void owed_acknowledgements_are_counted(void **state)
{
    (void)state;
    const uint8_t ping[17] = {0, 0, 8, NGHTTP2_PING};
    const uint8_t settings[9] = {0, 0, 0, NGHTTP2_SETTINGS};
    const struct {
        const uint8_t *bytes;
        size_t len;
    } cases[] = {{ping, sizeof ping}, {settings, sizeof settings}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct seen seen = {0};
        const struct http_server_options options = options_for(&seen);
        struct rig *rig = rig_open(&options);
        rig_run(rig);
        for (int n = 0; n < HTTP_ACKS_MAX - 1; n++) {
            rig_feed(rig, cases[i].bytes, cases[i].len);
        }
        assert_false(session_over(rig->session));
        for (int n = 0; n < 4; n++) {
            rig_feed(rig, cases[i].bytes, cases[i].len);
        }
        assert_true(session_over(rig->session));
        rig_close(rig);
    }
}

static void settings_entries_are_counted(void **state)
{
    (void)state;
    for (unsigned over = 0; over < 2; over++) {
        struct seen seen = {0};
        const struct http_server_options options = options_for(&seen);
        struct rig *rig = rig_open(&options);
        rig_run(rig);
        uint8_t frame[9 + 6 * (HTTP_SETTINGS_MAX + 1)] = {0};
        const size_t payload = 6 * (HTTP_SETTINGS_MAX + over);
        frame[2] = (uint8_t)payload;
        frame[3] = NGHTTP2_SETTINGS;
        for (size_t i = 0; i < HTTP_SETTINGS_MAX + over; i++) {
            frame[9 + 6 * i + 1] = 0x7f; /* an unknown setting */
        }
        rig_feed(rig, frame, 9 + payload);
        uint8_t out[4096]; /* not to the client, which never sent those settings */
        (void)session_output(rig->session, out, sizeof out);
        assert_int_equal(session_over(rig->session), over == 1);
        rig_close(rig);
    }
}

static void answer_headers_have_a_ceiling(void **state)
{
    (void)state;
    struct seen seen = {0};
    const struct http_server_options options = options_for(&seen);
    struct rig *rig = rig_open(&options);
    struct rig_reply *reply = rig_get(rig, "/koppen");
    rig_run(rig);
    assert_int_equal(reply->code, NGHTTP2_INTERNAL_ERROR);
    rig_close(rig);
}

static void problems_have_a_ceiling(void **state)
{
    (void)state;
    struct seen seen = {0};
    const struct http_server_options options = options_for(&seen);
    struct rig *rig = rig_open(&options);
    struct rig_reply *reply = rig_get(rig, "/lang");
    rig_run(rig);
    assert_int_equal(reply->status, 400);
    assert_int_equal(reply->got_len, 0);
    assert_true(reply->closed);
    rig_close(rig);
}

static void windows_have_their_size(void **state)
{
    (void)state;
    struct seen seen = {0};
    const struct http_server_options options = options_for(&seen);
    struct rig *rig = rig_open(&options);
    rig_run(rig);
    assert_int_equal(nghttp2_session_get_remote_window_size(rig->client), HTTP_CONNECTION_WINDOW_BYTES);
    assert_int_equal(nghttp2_session_get_remote_settings(rig->client, NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE),
                     HTTP_WINDOW_BYTES);
    rig_close(rig);
}

static void the_pool_has_a_ceiling(void **state)
{
    (void)state;
    struct seen seen = {0};
    const struct http_server_options options = options_for(&seen);
    struct http_core *core = NULL;
    struct error err;
    assert_int_equal(core_new(&options, &core, &err), RESULT_OK);
    static struct http_request *taken[HTTP_POOLED_REQUESTS + 1];
    for (size_t i = 0; i < COUNT_OF(taken); i++) {
        taken[i] = request_take(core);
        assert_non_null(taken[i]);
    }
    for (size_t i = 0; i < COUNT_OF(taken); i++) {
        request_give_back(core, taken[i]);
    }
    assert_int_equal(core->pooled_count, HTTP_POOLED_REQUESTS);
    core_free(core);
}

static void what_a_request_held_is_wiped(void **state)
{
    (void)state;
    struct seen seen = {0};
    const struct http_server_options options = options_for(&seen);
    struct rig *rig = rig_open(&options);
    (void)rig_ask(rig, &(struct rig_ask){.method = "POST", .path = "/nu", .body = slice_text("123456782 Jansen")});
    rig_run(rig);
    const struct http_request *pooled = rig->core->pooled;
    assert_non_null(pooled);
    assert_null(memmem(pooled->first, sizeof pooled->first, "123456782", 9));
    rig_close(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_have_a_ceiling),
        cmocka_unit_test(too_large_is_said_before_the_body_comes),
        cmocka_unit_test(header_fields_are_counted),
        cmocka_unit_test(header_bytes_are_counted),
        cmocka_unit_test(streams_are_counted),
        cmocka_unit_test(a_slow_preface_ends_the_connection),
        cmocka_unit_test(slow_headers_end_the_connection),
        cmocka_unit_test(a_continuation_that_never_comes_counts_as_slow_headers),
        cmocka_unit_test(continuations_are_counted),
        cmocka_unit_test(slow_bodies_get_408),
        cmocka_unit_test(idle_connections_end),
        cmocka_unit_test(a_client_that_gives_no_window_loses_its_answer),
        cmocka_unit_test(rapid_resets_end_the_connection),
        cmocka_unit_test(frames_that_ask_nothing_are_counted),
        cmocka_unit_test(settings_entries_are_charged),
        cmocka_unit_test(header_bombs_are_refused_and_charged),
        cmocka_unit_test(after_the_cut_nothing_is_read),
        cmocka_unit_test(refused_requests_are_charged),
        cmocka_unit_test(a_window_in_crumbs_does_not_hold_an_answer),
        cmocka_unit_test(time_and_requests_give_frames_back),
        cmocka_unit_test(requests_that_we_must_reset_are_counted_too),
        cmocka_unit_test(owed_acknowledgements_are_counted),
        cmocka_unit_test(settings_entries_are_counted),
        cmocka_unit_test(answer_headers_have_a_ceiling),
        cmocka_unit_test(problems_have_a_ceiling),
        cmocka_unit_test(windows_have_their_size),
        cmocka_unit_test(the_pool_has_a_ceiling),
        cmocka_unit_test(what_a_request_held_is_wiped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
