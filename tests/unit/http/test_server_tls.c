/* The listener end to end over TLS 1.3 on loopback, with good clients and bad ones. */
#include "wire.h"

#include "unit/certs/certs_fixture.h"

struct site {
    struct fixture *fixture;
    uv_loop_t loop;
    struct trust *trust;
    struct http_server_options options;
    struct http_server *server;
    unsigned calls;
    unsigned gone;
    unsigned log_lines;
    bool had_peer;
    struct cert_identity peer;
};

static void answer_now(struct http_request *request, void *ctx)
{
    struct site *site = ctx;
    site->calls++;
    const struct cert_identity *peer = http_request_peer(request);
    site->had_peer = peer != NULL;
    if (peer != NULL) {
        site->peer = *peer;
    }
    http_answer(request, 200, "text/plain", http_request_body(request));
}

static void on_gone(void *ctx)
{
    ((struct site *)ctx)->gone++;
}

static void answer_never(struct http_request *request, void *ctx)
{
    struct site *site = ctx;
    site->calls++;
    http_request_on_gone(request, on_gone, site);
}

static const struct http_route rows[] = {
    {HTTP_GET, "/nu", answer_now, 0, NULL, false},
    {HTTP_POST, "/nu", answer_now, 200000, NULL, false},
    {HTTP_GET, "/nooit", answer_never, 0, NULL, false},
};

static void count_line(void *ctx, const char *line, size_t len)
{
    (void)line;
    (void)len;
    ((struct site *)ctx)->log_lines++;
}

static int64_t any_time(void *ctx)
{
    (void)ctx;
    return INT64_C(1700000000000);
}

static const struct clock fixed_clock = {any_time, NULL};

static int site_open(void **state)
{
    void *fixture = NULL;
    assert_int_equal(fixture_open(&fixture), 0);
    struct site *site = calloc(1, sizeof *site);
    assert_non_null(site);
    site->fixture = fixture;
    fixture_issue(fixture, "server", OIN_A);
    fixture_issue(fixture, "client", OIN_B);
    site->trust = fixture_trust(fixture, "server");
    assert_int_equal(uv_loop_init(&site->loop), 0);
    site->options = (struct http_server_options){
        .kind = HTTP_TLS_MUTUAL,
        .address = "127.0.0.1",
        .trust = site->trust,
        .routes = {rows, COUNT_OF(rows), site},
        .times = http_default_times(),
    };
    *state = site;
    return 0;
}

static int site_close(void **state)
{
    struct site *site = *state;
    void *fixture = site->fixture;
    trust_free(site->trust);
    free(site);
    return fixture_close(&fixture);
}

static void start(struct site *site)
{
    struct error err;
    if (http_server_open(&site->loop, &site->options, &site->server, &err) != RESULT_OK) {
        fail_msg("%s: %s", err.where, err.what);
    }
    assert_true(http_server_port(site->server) != 0);
}

static SSL_CTX *good_context(struct site *site)
{
    struct trust *trust = fixture_trust(site->fixture, "client");
    SSL_CTX *context = fixture_context(trust, TRUST_CLIENT);
    trust_free(trust);
    return context;
}

/* A client that checks nothing and offers no certificate: what is refused is refused by the server. */
static SSL_CTX *careless_context(const char *alpn, int version)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    assert_non_null(context);
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
    if (alpn != NULL) {
        assert_int_equal(SSL_CTX_set_alpn_protos(context, (const unsigned char *)alpn, (unsigned)strlen(alpn)), 0);
    }
    assert_int_equal(SSL_CTX_set_max_proto_version(context, version), 1);
    return context;
}

static struct wire *client(struct site *site, SSL_CTX *context)
{
    const int fd = wire_connect_tcp(http_server_port(site->server));
    assert_true(fd >= 0);
    return wire_new(fd, context);
}

static struct wire *good_client(struct site *site)
{
    SSL_CTX *context = good_context(site);
    struct wire *wire = client(site, context);
    SSL_CTX_free(context);
    return wire;
}

static void must_be_served(struct site *site)
{
    struct wire *wire = good_client(site);
    struct rig_reply *reply = rig_get(wire->rig, "/nu");
    wire_until(&site->loop, wire, reply->closed);
    assert_int_equal(reply->status, 200);
    wire_free(wire);
}

static void a_partner_is_served(void **state)
{
    struct site *site = *state;
    start(site);
    struct wire *wire = good_client(site);
    static char body[120000];
    memset(body, 'b', sizeof body);
    struct rig_reply *first =
        rig_ask(wire->rig, &(struct rig_ask){.method = "POST", .path = "/nu", .body = slice_of(body, sizeof body)});
    struct rig_reply *second = rig_get(wire->rig, "/nu");
    wire_until(&site->loop, wire, first->closed && second->closed);
    assert_int_equal(first->status, 200);
    assert_int_equal(first->got_len, sizeof body);
    assert_memory_equal(first->got, body, sizeof body);
    assert_int_equal(second->status, 200);
    assert_true(site->had_peer);
    assert_string_equal(site->peer.oin.digits, OIN_B);
    assert_string_equal(site->peer.organisation, "Gemeente Proefdam");
    wire_free(wire);
    wire_close_server(&site->loop, site->server);
}

static void many_clients_are_served_side_by_side(void **state)
{
    struct site *site = *state;
    start(site);
    SSL_CTX *context = good_context(site);
    struct wire *wires[20];
    for (size_t i = 0; i < COUNT_OF(wires); i++) {
        wires[i] = client(site, context);
        for (int n = 0; n < 10; n++) {
            (void)rig_post(wires[i]->rig, "/nu", "{\"vraag\":1}");
        }
    }
    for (size_t i = 0; i < COUNT_OF(wires); i++) {
        wire_until(&site->loop, wires[i], wires[i]->rig->replies[9].closed);
        for (size_t n = 0; n < 10; n++) {
            assert_string_equal(wires[i]->rig->replies[n].got, "{\"vraag\":1}");
        }
        wire_free(wires[i]);
    }
    SSL_CTX_free(context);
    wire_close_server(&site->loop, site->server);
}

static void wrong_clients_are_refused(void **state)
{
    struct site *site = *state;
    const struct log_sink log = {count_line, site, LOG_INFO, &fixed_clock};
    site->options.log = &log;
    start(site);
    const struct {
        const char *alpn;
        int version;
    } cases[] = {
        {"\x02h2", TLS1_3_VERSION},       /* no certificate */
        {"\x08http/1.1", TLS1_3_VERSION}, /* another protocol */
        {NULL, TLS1_3_VERSION},           /* no protocol named */
        {"\x02h2", TLS1_2_VERSION},       /* an older TLS */
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        SSL_CTX *context = careless_context(cases[i].alpn, cases[i].version);
        struct wire *wire = client(site, context);
        (void)rig_get(wire->rig, "/nu");
        wire_until(&site->loop, wire, wire->over);
        wire_until(&site->loop, wire, http_server_connections(site->server) == 0);
        wire_free(wire);
        SSL_CTX_free(context);
    }
    assert_int_equal(site->calls, 0);
    assert_int_equal(site->log_lines, 1); /* of four refusals within a second */
    must_be_served(site);
    wire_close_server(&site->loop, site->server);
}

static void wrong_certificates_are_refused(void **state)
{
    struct site *site = *state;
    fixture_issue(site->fixture, "revoked", OIN_B);
    fixture_issue(site->fixture, "nameless", "");
    fixture_issue_dates(site->fixture, site->fixture->ca, "expired", OIN_B, -2 * DAY_S, -DAY_S);
    fixture_issue_dates(site->fixture, site->fixture->ca, "future", OIN_B, DAY_S, 2 * DAY_S);
    struct error err;
    const struct fixture_path revoked = fixture_path(site->fixture, "revoked.pem");
    assert_int_equal(pki_revoke(site->fixture->ca, revoked.text, (int64_t)time(NULL), &err), RESULT_OK);
    trust_free(site->trust);
    site->trust = fixture_trust(site->fixture, "server");
    site->options.trust = site->trust;
    start(site);
    const char *const names[] = {"revoked", "nameless", "expired", "future"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char pem[64];
        char key[64];
        (void)snprintf(pem, sizeof pem, "%s.pem", names[i]);
        (void)snprintf(key, sizeof key, "%s.key", names[i]);
        SSL_CTX *context = careless_context("\x02h2", TLS1_3_VERSION);
        const struct fixture_path certificate_file = fixture_path(site->fixture, pem);
        const struct fixture_path key_file = fixture_path(site->fixture, key);
        assert_int_equal(SSL_CTX_use_certificate_chain_file(context, certificate_file.text), 1);
        assert_int_equal(SSL_CTX_use_PrivateKey_file(context, key_file.text, SSL_FILETYPE_PEM), 1);
        struct wire *wire = client(site, context);
        (void)rig_get(wire->rig, "/nu");
        wire_until(&site->loop, wire, wire->over);
        wire_free(wire);
        SSL_CTX_free(context);
    }
    assert_int_equal(site->calls, 0);
    must_be_served(site);
    wire_close_server(&site->loop, site->server);
}

static void plain_bytes_on_the_tls_port_harm_nobody(void **state)
{
    struct site *site = *state;
    site->options.times.handshake = 1500; /* one of them promises a record that never ends */
    start(site);
    const struct slice texts[] = {
        slice_text("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
        slice_text(NGHTTP2_CLIENT_MAGIC),
        slice_text("\x16\x03\x01\x40\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
        slice_of("\0\0\0\0\0\0\0\0\0\0\0\0", 12),
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct wire *wire = client(site, NULL);
        assert_int_equal(write(wire->fd, texts[i].ptr, texts[i].len), (ssize_t)texts[i].len);
        wire_until(&site->loop, (struct wire *)NULL, http_server_connections(site->server) == 1);
        char rest[512];
        ssize_t len = -1;
        wire_until(&site->loop, (struct wire *)NULL, (len = read(wire->fd, rest, sizeof rest)) >= 0 || errno != EAGAIN);
        assert_true(len < 64); /* an alert at most */
        wire_until(&site->loop, (struct wire *)NULL, http_server_connections(site->server) == 0);
        wire_free(wire);
    }
    must_be_served(site);
    wire_close_server(&site->loop, site->server);
}

static void an_unfinished_handshake_is_cut(void **state)
{
    struct site *site = *state;
    site->options.times.handshake = 60;
    start(site);
    const struct slice starts[] = {slice_of("", 0), slice_of("\x16\x03\x01\x02\x00\x01", 6)};
    for (size_t i = 0; i < COUNT_OF(starts); i++) {
        struct wire *wire = client(site, NULL);
        assert_int_equal(write(wire->fd, starts[i].ptr, starts[i].len), (ssize_t)starts[i].len);
        char rest[64];
        wire_until(&site->loop, (struct wire *)NULL, http_server_connections(site->server) == 1);
        wire_until(&site->loop, (struct wire *)NULL, read(wire->fd, rest, sizeof rest) == 0);
        wire_free(wire);
    }
    wire_close_server(&site->loop, site->server);
}

static void half_a_request_and_silence_is_ended(void **state)
{
    struct site *site = *state;
    site->options.times.headers = 60;
    site->options.times.body = 60;
    start(site);
    struct wire *slow_body = good_client(site);
    struct rig_reply *reply =
        rig_ask(slow_body->rig,
                &(struct rig_ask){.method = "POST", .path = "/nu", .body = slice_text("half"), .keep_open = true});
    wire_until(&site->loop, slow_body, reply->closed);
    assert_int_equal(reply->status, 408);
    const uint8_t half[] = {0, 0, 20, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 0, 0, 0, 99, 0x82};
    wire_write_all(slow_body, half, sizeof half);
    wire_until(&site->loop, slow_body, slow_body->over);
    assert_int_equal(slow_body->rig->goaway_code, NGHTTP2_ENHANCE_YOUR_CALM);
    wire_free(slow_body);
    assert_int_equal(site->calls, 0);
    wire_close_server(&site->loop, site->server);
}

static void the_desk_asks_no_certificate(void **state)
{
    struct site *site = *state;
    site->options.kind = HTTP_TLS_OPEN;
    start(site);
    SSL_CTX *context = careless_context("\x02h2", TLS1_3_VERSION);
    struct wire *wire = client(site, context);
    struct rig_reply *reply = rig_get(wire->rig, "/nu");
    wire_until(&site->loop, wire, reply->closed);
    assert_int_equal(reply->status, 200);
    assert_false(site->had_peer);
    wire_free(wire);
    SSL_CTX_free(context);
    wire_close_server(&site->loop, site->server);
}

static bool keep_as_told(void *ctx, const struct cert_identity *peer)
{
    assert_string_equal(peer->oin.digits, OIN_B);
    return *(const bool *)ctx;
}

static void a_reload_cuts_the_revoked_only(void **state)
{
    struct site *site = *state;
    fixture_issue(site->fixture, "other", OIN_B);
    start(site);
    struct wire *kept = good_client(site);
    struct trust *other = fixture_trust(site->fixture, "other");
    SSL_CTX *context = fixture_context(other, TRUST_CLIENT);
    trust_free(other);
    struct wire *lost = client(site, context);
    SSL_CTX_free(context);
    (void)rig_get(kept->rig, "/nooit");
    (void)rig_get(lost->rig, "/nooit");
    wire_until(&site->loop, kept, site->calls == 1);
    wire_until(&site->loop, lost, site->calls == 2);
    struct error err;
    const struct fixture_path file = fixture_path(site->fixture, "other.pem");
    assert_int_equal(pki_revoke(site->fixture->ca, file.text, (int64_t)time(NULL), &err), RESULT_OK);
    struct trust *fresh = fixture_trust(site->fixture, "server");
    bool keep = true;
    assert_int_equal(http_server_reload(site->server, fresh, keep_as_told, &keep, &err), RESULT_OK);
    wire_until(&site->loop, lost, lost->over && site->gone == 1);
    struct rig_reply *still = rig_get(kept->rig, "/nu");
    wire_until(&site->loop, kept, still->closed);
    assert_int_equal(still->status, 200);
    must_be_served(site);
    keep = false;
    assert_int_equal(http_server_reload(site->server, fresh, keep_as_told, &keep, &err), RESULT_OK);
    wire_until(&site->loop, kept, kept->over && site->gone == 2);
    trust_free(fresh);
    wire_free(kept);
    wire_free(lost);
    wire_close_server(&site->loop, site->server);
}

static void a_reload_lets_handshakes_finish_but_not_of_the_revoked(void **state)
{
    struct site *site = *state;
    fixture_issue(site->fixture, "other", OIN_B);
    start(site);
    struct wire *kept = good_client(site);
    struct trust *other = fixture_trust(site->fixture, "other");
    SSL_CTX *context = fixture_context(other, TRUST_CLIENT);
    trust_free(other);
    struct wire *lost = client(site, context);
    SSL_CTX_free(context);
    wire_until(&site->loop, (struct wire *)NULL, http_server_connections(site->server) == 2);
    struct error err;
    const struct fixture_path file = fixture_path(site->fixture, "other.pem");
    assert_int_equal(pki_revoke(site->fixture->ca, file.text, (int64_t)time(NULL), &err), RESULT_OK);
    struct trust *fresh = fixture_trust(site->fixture, "server");
    bool keep = true;
    assert_int_equal(http_server_reload(site->server, fresh, keep_as_told, &keep, &err), RESULT_OK);
    trust_free(fresh);
    struct rig_reply *reply = rig_get(kept->rig, "/nu");
    wire_until(&site->loop, kept, reply->closed);
    assert_int_equal(reply->status, 200);
    (void)rig_get(lost->rig, "/nu");
    wire_until(&site->loop, lost, lost->over);
    assert_int_equal(site->calls, 1);
    wire_free(kept);
    kept = good_client(site); /* begins before the next reload, which keeps nobody */
    wire_until(&site->loop, (struct wire *)NULL, http_server_connections(site->server) == 1);
    fresh = fixture_trust(site->fixture, "server");
    keep = false;
    assert_int_equal(http_server_reload(site->server, fresh, keep_as_told, &keep, &err), RESULT_OK);
    trust_free(fresh);
    (void)rig_get(kept->rig, "/nu");
    wire_until(&site->loop, kept, kept->over);
    assert_int_equal(site->calls, 1);
    wire_free(kept);
    wire_free(lost);
    wire_close_server(&site->loop, site->server);
}

static void a_drain_over_tls_says_goodbye(void **state)
{
    struct site *site = *state;
    start(site);
    struct wire *wire = good_client(site);
    struct rig_reply *reply = rig_get(wire->rig, "/nu");
    wire_until(&site->loop, wire, reply->closed);
    unsigned closed = 0;
    http_server_close(site->server, wire_closed, &closed);
    wire_until(&site->loop, wire, wire->over);
    assert_true(wire->rig->goaways >= 1); /* without a stream the client hears the first only */
    assert_int_equal(wire->rig->goaway_code, NGHTTP2_NO_ERROR);
    assert_true((SSL_get_shutdown(wire->ssl) & SSL_RECEIVED_SHUTDOWN) != 0);
    wire_free(wire);
    wire_until(&site->loop, (struct wire *)NULL, closed == 1);
    assert_int_equal(uv_loop_close(&site->loop), 0);
}

static void options_that_cannot_work_are_refused(void **state)
{
    struct site *site = *state;
    struct http_server *server = NULL;
    struct error err;
    struct http_server_options options = site->options;
    options.trust = NULL;
    assert_int_equal(http_server_open(&site->loop, &options, &server, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_CONFIG);
    options = site->options;
    options.address = "geen adres";
    assert_int_equal(http_server_open(&site->loop, &options, &server, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_CONFIG);
    start(site);
    options = site->options;
    options.port = http_server_port(site->server);
    assert_int_equal(http_server_open(&site->loop, &options, &server, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_CONFLICT);
    wire_close_server(&site->loop, site->server);
}

#define site_test(name) cmocka_unit_test_setup_teardown(name, site_open, site_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        site_test(a_partner_is_served),
        site_test(many_clients_are_served_side_by_side),
        site_test(wrong_clients_are_refused),
        site_test(wrong_certificates_are_refused),
        site_test(plain_bytes_on_the_tls_port_harm_nobody),
        site_test(an_unfinished_handshake_is_cut),
        site_test(half_a_request_and_silence_is_ended),
        site_test(the_desk_asks_no_certificate),
        site_test(a_reload_cuts_the_revoked_only),
        site_test(a_reload_lets_handshakes_finish_but_not_of_the_revoked),
        site_test(a_drain_over_tls_says_goodbye),
        site_test(options_that_cannot_work_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
