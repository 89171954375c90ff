/* Requests and answers through the core, in one piece and one byte at a time. */
#include "h2_rig.h"

struct seen {
    unsigned calls;
    unsigned gone;
    unsigned refused;
    enum fault refused_fault;
    unsigned admitted;
    bool refuse_second;
    bool refuse_all;
    char path[64];
    char query[64];
    char parameter[64];
    char header[64];
    char body[512];
    enum http_method method;
    uint32_t uid;
    const struct cert_identity *peer;
    struct http_request *held;
};

static void keep(char *to, size_t size, struct slice from)
{
    assert_true(slice_copy_text(from, to, size));
}

static void answer_now(struct http_request *request, void *ctx)
{
    struct seen *seen = ctx;
    seen->calls++;
    seen->method = http_request_method(request);
    seen->uid = http_request_uid(request);
    seen->peer = http_request_peer(request);
    keep(seen->path, sizeof seen->path, http_request_path(request));
    keep(seen->query, sizeof seen->query, http_request_query(request));
    keep(seen->parameter, sizeof seen->parameter, http_request_parameter(request));
    keep(seen->header, sizeof seen->header, http_request_header(request, "x-proef"));
    keep(seen->body, sizeof seen->body, http_request_body(request));
    http_answer(request, 200, "application/json", slice_text("{\"goed\":true}"));
}

static void on_gone(void *ctx)
{
    struct seen *seen = ctx;
    seen->gone++;
    seen->held = NULL;
}

static void answer_later(struct http_request *request, void *ctx)
{
    struct seen *seen = ctx;
    seen->calls++;
    seen->held = request;
    http_request_on_gone(request, on_gone, seen);
}

static void answer_empty(struct http_request *request, void *ctx)
{
    (void)ctx;
    http_answer(request, 204, NULL, slice_of(NULL, 0));
}

static void answer_twice(struct http_request *request, void *ctx)
{
    const struct http_header extra[] = {{"location", "/v1/zaken/3"}, {"etag", "\"3\""}};
    answer_empty(request, ctx);
    http_answer_with(request, 201, NULL, slice_text("x"), extra, COUNT_OF(extra));
}

static void answer_created(struct http_request *request, void *ctx)
{
    (void)ctx;
    const struct http_header extra[] = {{"location", "/v1/zaken/3"}, {"etag", "\"3\""}};
    http_answer_with(request, 201, NULL, slice_of(NULL, 0), extra, COUNT_OF(extra));
}

static void answer_busy(struct http_request *request, void *ctx)
{
    (void)ctx;
    struct error err;
    (void)error_set(&err, FAULT_BUSY, "wachtrij", "te veel wachtenden");
    http_answer_error(request, &err);
}

static void answer_many_faults(struct http_request *request, void *ctx)
{
    (void)ctx;
    struct fault_list faults = {0};
    for (int i = 0; i < FAULT_LIST_MAX + 4; i++) {
        fault_list_add(&faults, FAULT_INVALID, "/veld", "fout %d", i);
    }
    http_answer_faults(request, &faults);
}

static const struct http_route rows[] = {
    {HTTP_GET, "/v1/zaken", answer_now, 0, NULL, false},
    {HTTP_POST, "/v1/zaken", answer_now, 500, "application/json", false},
    {HTTP_GET, "/v1/zaken/{id}", answer_now, 0, NULL, false},
    {HTTP_GET, "/v1/later", answer_later, 0, NULL, false},
    {HTTP_GET, "/v1/leeg", answer_empty, 0, NULL, false},
    {HTTP_GET, "/v1/dubbel", answer_twice, 0, NULL, false},
    {HTTP_POST, "/v1/nieuw", answer_created, 500, "application/json", false},
    {HTTP_GET, "/v1/druk", answer_busy, 0, NULL, false},
    {HTTP_GET, "/v1/fouten", answer_many_faults, 0, NULL, false},
};

static enum result admit(void *ctx, const struct cert_identity *peer, const char *path, struct error *err)
{
    (void)peer;
    struct seen *seen = ctx;
    seen->admitted++;
    assert_int_equal(path[0], '/');
    ENSURE(!seen->refuse_all && !(seen->refuse_second && seen->admitted == 2), err, FAULT_FORBIDDEN, "",
           "geen partij bij een convenant");
    return RESULT_OK;
}

static void refused(void *ctx, const struct cert_identity *peer, const char *path, const struct error *err)
{
    (void)peer;
    struct seen *seen = ctx;
    assert_non_null(path);
    seen->refused++;
    seen->refused_fault = err->fault;
}

static struct http_server_options options_for(struct seen *seen)
{
    return (struct http_server_options){
        .routes = {rows, COUNT_OF(rows), seen},
        .server_headers = {{"api-version", "1.0.0"}},
        .times = http_default_times(),
        .admit = admit,
        .refused = refused,
        .hooks_ctx = seen,
    };
}

static const size_t steps[] = {0, 1, 7};

static void a_request_reaches_its_handler(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        struct seen seen = {0};
        const struct http_server_options options = options_for(&seen);
        const struct cert_identity peer = {.organisation = "Proefdam"};
        struct rig *rig = rig_open_with(&options, &peer, false);
        rig->step = steps[i];
        const struct http_header extra[] = {{"x-proef", "ja"}, {"x-proef", "nee"}};
        struct rig_reply *reply = rig_ask(
            rig,
            &(struct rig_ask){.method = "GET", .path = "/v1/zaken/17?vanaf=3&x=?", .extra = extra, .extra_count = 2});
        rig_run(rig);
        assert_int_equal(reply->status, 200);
        assert_string_equal(reply->got, "{\"goed\":true}");
        assert_non_null(strstr(reply->headers, "content-type: application/json\n"));
        assert_non_null(strstr(reply->headers, "content-length: 13\n"));
        assert_non_null(strstr(reply->headers, "api-version: 1.0.0\n"));
        assert_null(strstr(reply->headers, "date:"));
        assert_true(reply->closed);
        assert_int_equal(reply->code, NGHTTP2_NO_ERROR);
        assert_string_equal(seen.path, "/v1/zaken/17");
        assert_string_equal(seen.query, "vanaf=3&x=?");
        assert_string_equal(seen.parameter, "17");
        assert_string_equal(seen.header, "ja");
        assert_int_equal(seen.method, HTTP_GET);
        assert_int_equal(seen.uid, 1234);
        assert_ptr_equal(seen.peer, &peer);
        assert_int_equal(session_open_requests(rig->session), 0);
        rig_close(rig);
    }
}

static void a_body_is_gathered(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        struct seen seen = {0};
        const struct http_server_options options = options_for(&seen);
        struct rig *rig = rig_open(&options);
        rig->step = steps[i];
        struct rig_reply *reply = rig_post(rig, "/v1/zaken", "{\"zaak\":\"Z-1\"}");
        rig_run(rig);
        assert_int_equal(reply->status, 200);
        assert_string_equal(seen.body, "{\"zaak\":\"Z-1\"}");
        assert_int_equal(seen.admitted, 2);
        rig_close(rig);
    }
}

static void many_streams_share_a_connection(void **state)
{
    (void)state;
    struct seen seen = {0};
    const struct http_server_options options = options_for(&seen);
    struct rig *rig = rig_open(&options);
    rig_run(rig);
    for (int i = 0; i < 100; i++) {
        (void)rig_post(rig, "/v1/zaken", "{}");
    }
    rig_run(rig);
    assert_int_equal(seen.calls, 100);
    for (size_t i = 0; i < rig->count; i++) {
        assert_int_equal(rig->replies[i].status, 200);
        assert_true(rig->replies[i].closed);
    }
    rig_close(rig);
}

static void a_connection_at_rest_goes_on(void **state)
{
    (void)state;
    struct seen seen = {0};
    const struct http_server_options options = options_for(&seen);
    struct rig *rig = rig_open(&options);
    rig_run(rig);
    for (unsigned round = 0; round < 3; round++) {
        for (int i = 0; i < 2 * HTTP_POOLED_AT_REST; i++) {
            (void)rig_post(rig, "/v1/zaken", "{}");
        }
        rig_run(rig);
        assert_int_equal(rig->core->pooled_count, 2 * HTTP_POOLED_AT_REST);
        rig_wait(rig, HTTP_REST_MS);
        core_rest(rig->core);
        assert_false(rig->session->rested);
        assert_int_equal(rig->core->pooled_count, 2 * HTTP_POOLED_AT_REST);
        rig_wait(rig, 1);
        core_rest(rig->core);
        assert_true(rig->session->rested);
        assert_int_equal(rig->core->pooled_count, HTTP_POOLED_AT_REST);
    }
    for (size_t i = 0; i < rig->count; i++) {
        assert_int_equal(rig->replies[i].status, 200);
        assert_string_equal(rig->replies[i].got, "{\"goed\":true}");
    }
    rig_close(rig);
}

static void a_frame_half_sent_does_not_rest(void **state)
{
    (void)state;
    struct seen seen = {0};
    const struct http_server_options options = options_for(&seen);
    struct rig *rig = rig_open(&options);
    uint8_t piece = 0;
    assert_int_equal(session_output(rig->session, &piece, 1), 1); /* of the settings */
    core_set_now(rig->core, rig->core->now + HTTP_REST_MS + 1);
    session_tick(rig->session);
    assert_false(rig->session->rested);
    assert_int_equal(nghttp2_session_mem_recv(rig->client, &piece, 1), 1);
    struct rig_reply *reply = rig_get(rig, "/v1/zaken");
    rig_run(rig);
    assert_int_equal(reply->status, 200);
    rig_close(rig);
}

static void refusals_are_problems(void **state)
{
    (void)state;
    const struct {
        const char *method;
        const char *path;
        const char *type;
        const char *body;
        int status;
        enum fault fault;
        const char *header;
    } cases[] = {
        {"GET", "/v1/niets", NULL, NULL, 404, FAULT_NOT_FOUND, ""},
        {"BREW", "/v1/niets", NULL, NULL, 404, FAULT_NOT_FOUND, ""},
        {"DELETE", "/v1/zaken", NULL, NULL, 405, FAULT_METHOD, "allow: GET, POST\n"},
        {"OPTIONS", "/v1/zaken", NULL, NULL, 405, FAULT_METHOD, "allow: GET, POST\n"},
        {"POST", "/v1/zaken", "text/plain", "{}", 415, FAULT_MEDIA_TYPE, ""},
        {"POST", "/v1/zaken", "application/jsonx", "{}", 415, FAULT_MEDIA_TYPE, ""},
        {"POST", "/v1/zaken", NULL, "{}", 415, FAULT_MEDIA_TYPE, ""},
        {"POST", "/v1/zaken/17", "application/json", "{}", 405, FAULT_METHOD, "allow: GET\n"},
        {"GET", "/v1/zaken", NULL, "x", 413, FAULT_TOO_LARGE, ""},
    };
    for (size_t step = 0; step < 2; step++) {
        for (size_t i = 0; i < COUNT_OF(cases); i++) {
            struct seen seen = {0};
            const struct http_server_options options = options_for(&seen);
            struct rig *rig = rig_open(&options);
            rig->step = step;
            struct rig_reply *reply = rig_ask(rig, &(struct rig_ask){.method = cases[i].method,
                                                                     .path = cases[i].path,
                                                                     .type = cases[i].type,
                                                                     .body = slice_text(cases[i].body)});
            rig_run(rig);
            assert_int_equal(reply->status, cases[i].status);
            assert_non_null(strstr(reply->headers, "content-type: application/problem+json\n"));
            assert_non_null(strstr(reply->headers, cases[i].header));
            assert_non_null(strstr(reply->got, "\"detail\":"));
            assert_true(reply->closed);
            assert_int_equal(seen.refused, 1);
            assert_int_equal(seen.refused_fault, cases[i].fault);
            assert_int_equal(seen.calls, 0);
            rig_close(rig);
        }
    }
}

static void media_types_may_have_parameters(void **state)
{
    (void)state;
    const char *const types[] = {"application/json; charset=utf-8", "application/json;charset=utf-8",
                                 "Application/JSON", "application/json ; x=y"};
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        struct seen seen = {0};
        const struct http_server_options options = options_for(&seen);
        struct rig *rig = rig_open(&options);
        struct rig_reply *reply = rig_ask(
            rig, &(struct rig_ask){.method = "POST", .path = "/v1/zaken", .type = types[i], .body = slice_text("{}")});
        rig_run(rig);
        assert_int_equal(reply->status, 200);
        rig_close(rig);
    }
}

static void head_gets_no_body(void **state)
{
    (void)state;
    struct seen seen = {0};
    const struct http_server_options options = options_for(&seen);
    struct rig *rig = rig_open(&options);
    struct rig_reply *reply = rig_ask(rig, &(struct rig_ask){.method = "HEAD", .path = "/v1/zaken"});
    rig_run(rig);
    assert_int_equal(reply->status, 405);
    assert_int_equal(reply->got_len, 0);
    assert_true(reply->closed);
    assert_int_equal(reply->code, NGHTTP2_NO_ERROR);
    rig_close(rig);
}

static void connect_is_refused(void **state)
{
    (void)state;
    struct seen seen = {0};
    const struct http_server_options options = options_for(&seen);
    struct rig *rig = rig_open(&options);
    const nghttp2_nv nv[] = {rig_nv(":method", "CONNECT"), rig_nv(":authority", "elders:443")};
    struct rig_reply *reply = &rig->replies[rig->count++];
    reply->id = nghttp2_submit_request(rig->client, NULL, nv, COUNT_OF(nv), NULL, NULL);
    rig_run(rig);
    assert_int_equal(reply->status, 405);
    assert_non_null(strstr(reply->headers, "allow: GET, POST\n"));
    assert_int_equal(seen.admitted, 0);
    rig_close(rig);
}

static void a_peer_that_is_not_admitted_gets_403(void **state)
{
    (void)state;
    struct seen seen = {.refuse_all = true};
    const struct http_server_options options = options_for(&seen);
    struct rig *rig = rig_open(&options);
    struct rig_reply *unknown = rig_get(rig, "/v1/niets");
    struct rig_reply *known = rig_post(rig, "/v1/zaken", "{}");
    rig_run(rig);
    assert_int_equal(unknown->status, 403);
    assert_int_equal(known->status, 403);
    assert_int_equal(seen.refused, 2);
    assert_int_equal(seen.calls, 0);
    rig_close(rig);
}

static void admission_is_asked_again_before_the_handler(void **state)
{
    (void)state;
    struct seen seen = {.refuse_second = true};
    const struct http_server_options options = options_for(&seen);
    struct rig *rig = rig_open(&options);
    struct rig_reply *reply = rig_post(rig, "/v1/zaken", "{}");
    rig_run(rig);
    assert_int_equal(reply->status, 403);
    assert_int_equal(seen.calls, 0);
    rig_close(rig);
}

static void answers_may_come_later(void **state)
{
    (void)state;
    struct seen seen = {0};
    const struct http_server_options options = options_for(&seen);
    struct rig *rig = rig_open(&options);
    struct rig_reply *slow = rig_get(rig, "/v1/later");
    struct rig_reply *quick = rig_get(rig, "/v1/zaken");
    rig_run(rig);
    assert_int_equal(slow->status, 0);
    assert_int_equal(quick->status, 200);
    http_answer(seen.held, 200, "text/plain", slice_text("alsnog"));
    rig_run(rig);
    assert_string_equal(slow->got, "alsnog");
    assert_int_equal(seen.gone, 0);
    rig_close(rig);
    assert_int_equal(seen.gone, 0);
}

static void gone_is_told_once_when_the_stream_is_reset(void **state)
{
    (void)state;
    struct seen seen = {0};
    const struct http_server_options options = options_for(&seen);
    struct rig *rig = rig_open(&options);
    struct rig_reply *reply = rig_get(rig, "/v1/later");
    rig_run(rig);
    assert_int_equal(seen.gone, 0);
    (void)nghttp2_submit_rst_stream(rig->client, NGHTTP2_FLAG_NONE, reply->id, NGHTTP2_CANCEL);
    rig_run(rig);
    assert_int_equal(seen.gone, 1);
    rig_close(rig);
    assert_int_equal(seen.gone, 1);
}

static void gone_is_told_once_when_the_connection_ends(void **state)
{
    (void)state;
    struct seen seen = {0};
    const struct http_server_options options = options_for(&seen);
    struct rig *rig = rig_open(&options);
    (void)rig_get(rig, "/v1/later");
    rig_run(rig);
    rig_close(rig);
    assert_int_equal(seen.gone, 1);
}

static void a_reset_after_the_answer_tells_nobody(void **state)
{
    (void)state;
    struct seen seen = {0};
    const struct http_server_options options = options_for(&seen);
    struct rig *rig = rig_open(&options);
    struct rig_reply *reply = rig_get(rig, "/v1/later");
    rig_run(rig);
    http_answer(seen.held, 200, NULL, slice_text("x"));
    (void)nghttp2_submit_rst_stream(rig->client, NGHTTP2_FLAG_NONE, reply->id, NGHTTP2_CANCEL);
    rig_run(rig);
    assert_int_equal(seen.gone, 0);
    assert_int_equal(session_open_requests(rig->session), 0);
    rig_close(rig);
    assert_int_equal(seen.gone, 0);
}

static void empty_and_created_answers(void **state)
{
    (void)state;
    struct seen seen = {0};
    const struct http_server_options options = options_for(&seen);
    struct rig *rig = rig_open(&options);
    struct rig_reply *empty = rig_get(rig, "/v1/leeg");
    struct rig_reply *twice = rig_get(rig, "/v1/dubbel");
    struct rig_reply *created = rig_post(rig, "/v1/nieuw", "{}");
    rig_run(rig);
    assert_int_equal(empty->status, 204);
    assert_null(strstr(empty->headers, "content-length"));
    assert_int_equal(twice->status, 204);
    assert_int_equal(twice->got_len, 0);
    assert_int_equal(created->status, 201);
    assert_non_null(strstr(created->headers, "location: /v1/zaken/3\n"));
    assert_non_null(strstr(created->headers, "etag: \"3\"\n"));
    assert_non_null(strstr(created->headers, "content-length: 0\n"));
    rig_close(rig);
}

static void faults_become_problems(void **state)
{
    (void)state;
    struct seen seen = {0};
    const struct http_server_options options = options_for(&seen);
    struct rig *rig = rig_open(&options);
    struct rig_reply *busy = rig_get(rig, "/v1/druk");
    struct rig_reply *many = rig_get(rig, "/v1/fouten");
    rig_run(rig);
    assert_int_equal(busy->status, 503);
    assert_non_null(strstr(busy->headers, "retry-after: 1\n"));
    assert_non_null(strstr(busy->got, "te veel wachtenden"));
    assert_int_equal(many->status, 400);
    assert_non_null(strstr(many->got, "fout 15"));
    assert_int_equal(seen.refused, 0);
    rig_close(rig);
}

static int64_t fixed_ms(void *ctx)
{
    return *(int64_t *)ctx;
}

static void answers_carry_the_date(void **state)
{
    (void)state;
    int64_t ms = INT64_C(784111777) * 1000 + 999; /* RFC 9110, 5.6.7: its own example */
    const struct clock clock = {fixed_ms, &ms};
    struct seen seen = {0};
    struct http_server_options options = options_for(&seen);
    options.clock = &clock;
    struct rig *rig = rig_open(&options);
    struct rig_reply *first = rig_get(rig, "/v1/leeg");
    rig_run(rig);
    ms += 1;
    core_set_date(rig->core);
    struct rig_reply *second = rig_get(rig, "/v1/leeg");
    rig_run(rig);
    assert_non_null(strstr(first->headers, "date: Sun, 06 Nov 1994 08:49:37 GMT\n"));
    assert_non_null(strstr(second->headers, "date: Sun, 06 Nov 1994 08:49:38 GMT\n"));
    rig_close(rig);
}

static void a_drain_finishes_what_is_open(void **state)
{
    (void)state;
    struct seen seen = {0};
    const struct http_server_options options = options_for(&seen);
    struct rig *rig = rig_open(&options);
    struct rig_reply *reply = rig_get(rig, "/v1/later");
    rig_run(rig);
    session_drain(rig->session);
    session_drain(rig->session);
    rig_run(rig);
    assert_int_equal(rig->goaways, 2); /* notice, and after the client's PING answer the last stream */
    assert_int_equal(rig->goaway_last, reply->id);
    assert_int_equal(rig->goaway_code, NGHTTP2_NO_ERROR);
    assert_false(session_over(rig->session));
    http_answer(seen.held, 200, NULL, slice_text("klaar"));
    rig_run(rig);
    assert_string_equal(reply->got, "klaar");
    assert_true(session_over(rig->session));
    rig_close(rig);
    assert_int_equal(seen.gone, 0);
}

static void a_request_that_crosses_the_notice_is_still_served(void **state)
{
    (void)state;
    struct seen seen = {0};
    const struct http_server_options options = options_for(&seen);
    struct rig *rig = rig_open(&options);
    rig_run(rig);
    session_drain(rig->session);
    struct rig_reply *reply = rig_get(rig, "/v1/zaken"); /* sent before the notice arrives */
    rig_run(rig);
    assert_int_equal(reply->status, 200);
    assert_true(session_over(rig->session));
    rig_close(rig);
}

/* A client that keeps an unused connection reads nothing from it, not even the PING of the drain. */
static void a_drain_does_not_wait_for_a_client_that_asks_nothing(void **state)
{
    (void)state;
    struct seen seen = {0};
    const struct http_server_options options = options_for(&seen);
    struct rig *rig = rig_open(&options);
    uint8_t unread[1024];
    rig_run(rig);
    session_drain(rig->session);
    (void)session_output(rig->session, unread, sizeof unread);
    core_set_now(rig->core, rig->core->now + HTTP_DRAIN_QUIET_MS);
    session_tick(rig->session);
    (void)session_output(rig->session, unread, sizeof unread);
    assert_false(session_over(rig->session));
    core_set_now(rig->core, rig->core->now + 1);
    session_tick(rig->session);
    (void)session_output(rig->session, unread, sizeof unread);
    assert_true(session_over(rig->session));
    rig_close(rig);
}

static void bytes_that_are_no_http2_end_the_session(void **state)
{
    (void)state;
    const char *const texts[] = {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "\x16\x03\x01",
                                 "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n"};
    for (size_t step = 0; step < 2; step++) {
        for (size_t i = 0; i < COUNT_OF(texts); i++) {
            struct seen seen = {0};
            const struct http_server_options options = options_for(&seen);
            struct rig *rig = rig_open(&options);
            rig->step = step;
            rig_feed(rig, texts[i], strlen(texts[i]));
            assert_true(session_over(rig->session));
            rig_feed(rig, texts[i], strlen(texts[i]));
            uint8_t out[64];
            assert_int_equal(session_output(rig->session, out, sizeof out), 0);
            rig_close(rig);
        }
    }
}

static void malformed_requests_reset_their_stream_only(void **state)
{
    (void)state;
    struct seen seen = {0};
    const struct http_server_options options = options_for(&seen);
    struct rig *rig = rig_open(&options);
    const nghttp2_nv no_path[] = {rig_nv(":method", "GET"), rig_nv(":scheme", "https"), rig_nv(":authority", "x")};
    const nghttp2_nv twice[] = {rig_nv(":method", "GET"), rig_nv(":method", "GET"), rig_nv(":scheme", "https"),
                                rig_nv(":authority", "x"), rig_nv(":path", "/v1/zaken")};
    const nghttp2_nv late[] = {rig_nv(":method", "GET"), rig_nv(":scheme", "https"), rig_nv("x-proef", "1"),
                               rig_nv(":path", "/v1/zaken")};
    const nghttp2_nv hop[] = {rig_nv(":method", "GET"), rig_nv(":scheme", "https"), rig_nv(":authority", "x"),
                              rig_nv(":path", "/v1/zaken"), rig_nv("connection", "close")};
    const struct {
        const nghttp2_nv *rows;
        size_t count;
    } cases[] = {{no_path, 3}, {twice, 5}, {late, 4}, {hop, 5}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct rig_reply *reply = &rig->replies[rig->count++];
        reply->id = nghttp2_submit_request(rig->client, NULL, cases[i].rows, cases[i].count, NULL, NULL);
    }
    struct rig_reply *good = rig_get(rig, "/v1/zaken");
    rig_run(rig);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(rig->replies[i].code, NGHTTP2_PROTOCOL_ERROR);
    }
    assert_int_equal(good->status, 200);
    assert_int_equal(seen.calls, 1);
    assert_int_equal(session_open_requests(rig->session), 0);
    rig_close(rig);
}

static void trailers_end_a_body(void **state)
{
    (void)state;
    struct seen seen = {0};
    const struct http_server_options options = options_for(&seen);
    struct rig *rig = rig_open(&options);
    struct rig_reply *reply = rig_ask(rig, &(struct rig_ask){.method = "POST",
                                                             .path = "/v1/zaken",
                                                             .type = "application/json",
                                                             .body = slice_text("{}"),
                                                             .keep_open = true});
    rig_run(rig);
    assert_int_equal(seen.calls, 0);
    const nghttp2_nv trailer = rig_nv("x-proef", "achteraf");
    (void)nghttp2_submit_headers(rig->client, NGHTTP2_FLAG_END_STREAM, reply->id, NULL, &trailer, 1, NULL);
    reply->keep_open = false;
    rig_run(rig);
    assert_int_equal(reply->status, 200);
    assert_string_equal(seen.body, "{}");
    assert_string_equal(seen.header, "");
    rig_close(rig);
}

/* What a good client says, with each byte wrong in turn: whatever is made of it, every handler hears the end. */
static void every_wrong_byte_is_survived(void **state)
{
    (void)state;
    static uint8_t good[2048];
    size_t len = 0;
    struct seen seen = {0};
    const struct http_server_options options = options_for(&seen);
    struct rig *writer = rig_open(&options);
    (void)rig_post(writer, "/v1/zaken", "{}");
    (void)rig_get(writer, "/v1/later");
    const uint8_t *made = NULL;
    for (ssize_t n = nghttp2_session_mem_send(writer->client, &made); n > 0;
         n = nghttp2_session_mem_send(writer->client, &made)) {
        assert_true(len + (size_t)n <= sizeof good);
        memcpy(good + len, made, (size_t)n);
        len += (size_t)n;
    }
    rig_close(writer);
    const uint8_t flips[] = {0x01, 0x80, 0xff};
    for (size_t at = 0; at < len; at++) {
        for (size_t i = 0; i < COUNT_OF(flips); i++) {
            seen = (struct seen){0};
            struct rig *rig = rig_open(&options);
            good[at] ^= flips[i];
            rig_feed(rig, good, len);
            good[at] ^= flips[i];
            uint8_t out[4096];
            while (session_output(rig->session, out, sizeof out) != 0) {
            }
            const bool held = seen.held != NULL;
            rig_close(rig);
            assert_int_equal(seen.gone, held ? 1 : 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_reaches_its_handler),
        cmocka_unit_test(a_body_is_gathered),
        cmocka_unit_test(many_streams_share_a_connection),
        cmocka_unit_test(a_connection_at_rest_goes_on),
        cmocka_unit_test(a_frame_half_sent_does_not_rest),
        cmocka_unit_test(refusals_are_problems),
        cmocka_unit_test(media_types_may_have_parameters),
        cmocka_unit_test(head_gets_no_body),
        cmocka_unit_test(connect_is_refused),
        cmocka_unit_test(a_peer_that_is_not_admitted_gets_403),
        cmocka_unit_test(admission_is_asked_again_before_the_handler),
        cmocka_unit_test(answers_may_come_later),
        cmocka_unit_test(gone_is_told_once_when_the_stream_is_reset),
        cmocka_unit_test(gone_is_told_once_when_the_connection_ends),
        cmocka_unit_test(a_reset_after_the_answer_tells_nobody),
        cmocka_unit_test(empty_and_created_answers),
        cmocka_unit_test(faults_become_problems),
        cmocka_unit_test(answers_carry_the_date),
        cmocka_unit_test(a_drain_finishes_what_is_open),
        cmocka_unit_test(a_drain_does_not_wait_for_a_client_that_asks_nothing),
        cmocka_unit_test(a_request_that_crosses_the_notice_is_still_served),
        cmocka_unit_test(bytes_that_are_no_http2_end_the_session),
        cmocka_unit_test(malformed_requests_reset_their_stream_only),
        cmocka_unit_test(trailers_end_a_body),
        cmocka_unit_test(every_wrong_byte_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
