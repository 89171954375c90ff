/* Bad clients on real sockets: too many connections, handshakes, keys and records, and more work than a turn has. Each
 * time an honest client still gets its answer. */
#include "wire.h"

#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <sys/resource.h>

#include "unit/certs/certs_fixture.h"

enum { WORK_US = 1000, MANY = 8, ASKED = 100 };

struct site {
    struct fixture *fixture;
    uv_loop_t loop;
    struct trust *trust;
    struct http_server_options options;
    struct http_server *server;
    SSL_CTX *flooder; /* organisation B */
    SSL_CTX *honest;  /* organisation A */
    unsigned flooder_calls;
    unsigned honest_calls;
    unsigned refused;
    struct error why;
    struct cert_identity refused_peer;
};

static void answer_after_work(struct http_request *request, void *ctx)
{
    struct site *site = ctx;
    const struct cert_identity *peer = http_request_peer(request);
    *(peer != NULL && strcmp(peer->oin.digits, OIN_B) == 0 ? &site->flooder_calls : &site->honest_calls) += 1;
    if (slice_is(http_request_path(request), "/werk")) {
        for (const uint64_t end = uv_hrtime() + (uint64_t)WORK_US * 1000; uv_hrtime() < end;) {
        }
    }
    http_answer(request, 200, "text/plain", slice_text("ja"));
}

static const struct http_route rows[] = {
    {HTTP_GET, "/nu", answer_after_work, 0, NULL, false},
    {HTTP_GET, "/werk", answer_after_work, 0, NULL, false},
};

static void refused(void *ctx, const struct cert_identity *peer, const char *path, const struct error *err)
{
    struct site *site = ctx;
    site->refused++;
    site->why = *err;
    assert_string_equal(path, "");
    if (peer != NULL) {
        site->refused_peer = *peer;
    }
}

static SSL_CTX *context_of(struct site *site, const char *name)
{
    struct trust *trust = fixture_trust(site->fixture, name);
    SSL_CTX *context = fixture_context(trust, TRUST_CLIENT);
    trust_free(trust);
    return context;
}

static int site_open(void **state)
{
    void *fixture = NULL;
    assert_int_equal(fixture_open(&fixture), 0);
    struct site *site = calloc(1, sizeof *site);
    assert_non_null(site);
    site->fixture = fixture;
    fixture_issue(fixture, "server", OIN_A);
    fixture_issue(fixture, "flooder", OIN_B);
    fixture_issue(fixture, "honest", OIN_A);
    site->trust = fixture_trust(fixture, "server");
    site->flooder = context_of(site, "flooder");
    site->honest = context_of(site, "honest");
    assert_int_equal(uv_loop_init(&site->loop), 0);
    site->options = (struct http_server_options){
        .kind = HTTP_TLS_MUTUAL,
        .address = "127.0.0.1",
        .trust = site->trust,
        .routes = {rows, COUNT_OF(rows), site},
        .times = http_default_times(),
        .refused = refused,
        .hooks_ctx = site,
    };
    site->options.times.handshake = 60000; /* nothing here ends by time */
    *state = site;
    return 0;
}

static int site_close(void **state)
{
    struct site *site = *state;
    void *fixture = site->fixture;
    SSL_CTX_free(site->flooder);
    SSL_CTX_free(site->honest);
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
}

static int dial_from(const struct site *site, uint32_t last_byte)
{
    struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr = {htonl(0x7f000000U + last_byte)}};
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(http_server_port(site->server))};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&from, sizeof from), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

static struct wire *client(struct site *site, SSL_CTX *context, uint32_t last_byte)
{
    return wire_new(dial_from(site, last_byte), context);
}

static struct http_server_stats stats_of(const struct site *site)
{
    struct http_server_stats stats;
    http_server_stats(site->server, &stats);
    return stats;
}

/* Connects and asks; the connection stays. */
static struct wire *asks(struct site *site, SSL_CTX *context, uint32_t last_byte)
{
    struct wire *wire = client(site, context, last_byte);
    struct rig_reply *reply = rig_get(wire->rig, "/nu");
    wire_until(&site->loop, wire, reply->closed || wire->over);
    assert_int_equal(reply->status, 200);
    return wire;
}

static void must_be_served(struct site *site, SSL_CTX *context, uint32_t last_byte)
{
    wire_free(asks(site, context, last_byte));
}

static void must_be_cut(struct site *site, SSL_CTX *context, uint32_t last_byte)
{
    struct wire *wire = client(site, context, last_byte);
    struct rig_reply *reply = rig_get(wire->rig, "/nu");
    wire_until(&site->loop, wire, wire->over);
    assert_int_equal(reply->status, 0);
    wire_free(wire);
}

static bool is_closed(int fd)
{
    char byte = 0;
    const ssize_t len = recv(fd, &byte, 1, MSG_DONTWAIT);
    return len == 0 || (len < 0 && errno != EAGAIN);
}

static void connections_of_an_organisation_are_counted(void **state)
{
    struct site *site = *state;
    start(site);
    struct wire *wires[HTTP_PEER_CONNECTIONS];
    for (size_t i = 0; i < COUNT_OF(wires); i++) {
        wires[i] = asks(site, site->flooder, 1 + (uint32_t)i % 2); /* another address gives no more */
    }
    must_be_cut(site, site->flooder, 2);
    assert_int_equal(stats_of(site).refused_connections, 1);
    assert_int_equal(site->refused, 1);
    assert_int_equal(site->why.fault, FAULT_TOO_MANY);
    assert_string_equal(site->refused_peer.oin.digits, OIN_B);
    must_be_served(site, site->honest, 1);
    wire_free(wires[0]);
    wire_until(&site->loop, (struct wire *)NULL, http_server_connections(site->server) == HTTP_PEER_CONNECTIONS - 1);
    must_be_served(site, site->flooder, 2);
    for (size_t i = 1; i < COUNT_OF(wires); i++) {
        wire_free(wires[i]);
    }
    wire_close_server(&site->loop, site->server);
}

static void connections_of_an_address_are_counted_at_the_desk(void **state)
{
    struct site *site = *state;
    site->options.kind = HTTP_TLS_OPEN;
    site->options.peer_connections = 2;
    start(site);
    struct wire *first = asks(site, site->flooder, 2);
    struct wire *second = asks(site, site->honest, 2);
    must_be_cut(site, site->flooder, 2);
    assert_int_equal(site->refused, 0); /* of whom there is nothing known there is nothing to record */
    must_be_served(site, site->flooder, 3);
    wire_free(first);
    wire_free(second);
    wire_close_server(&site->loop, site->server);
}

static void handshakes_of_an_address_have_a_rate(void **state)
{
    struct site *site = *state;
    site->options.handshakes_per_s = 1;
    start(site);
    unsigned served = 0;
    for (bool refusing = false; !refusing;) {
        struct wire *wire = client(site, site->flooder, 2);
        struct rig_reply *reply = rig_get(wire->rig, "/nu");
        wire_until(&site->loop, wire, reply->closed || wire->over);
        refusing = wire->over;
        served += refusing ? 0 : 1;
        assert_true(served < 1000);
        wire_free(wire);
    }
    assert_true(served >= HTTP_HANDSHAKES_SECONDS);
    assert_int_equal(stats_of(site).refused_connections, 1);
    must_be_served(site, site->honest, 1);
    const int silent = dial_from(site, 2); /* who says nothing costs no handshake */
    wire_until(&site->loop, (struct wire *)NULL, http_server_connections(site->server) >= 1);
    assert_false(is_closed(silent));
    (void)close(silent);
    wire_close_server(&site->loop, site->server);
}

static void of_an_address_that_is_silent_the_oldest_gives_way(void **state)
{
    struct site *site = *state;
    start(site);
    int fds[HTTP_SOURCE_HANDSHAKING + 1];
    for (size_t i = 0; i < HTTP_SOURCE_HANDSHAKING; i++) {
        fds[i] = dial_from(site, 2);
        wire_until(&site->loop, (struct wire *)NULL, http_server_connections(site->server) == i + 1);
    }
    assert_int_equal(stats_of(site).refused_connections, 0);
    fds[HTTP_SOURCE_HANDSHAKING] = dial_from(site, 2);
    wire_until(&site->loop, (struct wire *)NULL, is_closed(fds[0]));
    assert_int_equal(stats_of(site).refused_connections, 1);
    assert_false(is_closed(fds[1]));
    must_be_served(site, site->honest, 1);
    assert_false(is_closed(fds[1])); /* another address pushes nobody of this one out */
    must_be_served(site, site->flooder, 2);
    wire_until(&site->loop, (struct wire *)NULL, is_closed(fds[1]));
    assert_false(is_closed(fds[2]));
    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        (void)close(fds[i]);
    }
    wire_close_server(&site->loop, site->server);
}

static void allow_files(rlim_t wanted)
{
    struct rlimit files;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
    if (files.rlim_cur < wanted) {
        files.rlim_cur = wanted;
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
    }
}

static void strangers_do_not_use_up_the_connections(void **state)
{
    struct site *site = *state;
    allow_files(2 * HTTP_HANDSHAKING_MAX + 200);
    site->options.max_connections = 1;
    start(site);
    static int fds[HTTP_HANDSHAKING_MAX + 1];
    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        fds[i] = dial_from(site, 2 + (uint32_t)(i / HTTP_SOURCE_HANDSHAKING));
        const size_t there = i < HTTP_HANDSHAKING_MAX ? i + 1 : HTTP_HANDSHAKING_MAX;
        wire_until(&site->loop, (struct wire *)NULL,
                   stats_of(site).accepted == i + 1 && http_server_connections(site->server) == there);
    }
    assert_int_equal(stats_of(site).refused_connections, 1);
    wire_until(&site->loop, (struct wire *)NULL, is_closed(fds[0]));
    assert_false(is_closed(fds[1]));
    must_be_served(site, site->honest, 1);
    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        (void)close(fds[i]);
    }
    wire_close_server(&site->loop, site->server);
}

/* A ClientHello that says it is large (OpenSSL takes them up to 131,396 bytes), in whole records. */
static void a_handshake_has_a_ceiling(void **state)
{
    struct site *site = *state;
    start(site);
    enum { RECORD = 4096, HEAD = 5 };
    static uint8_t hello[HTTP_HANDSHAKE_BYTES + 1];
    for (size_t at = 0; at < HTTP_HANDSHAKE_BYTES; at += RECORD) {
        const uint8_t head[HEAD] = {22, 3, 1, (RECORD - HEAD) >> 8, (RECORD - HEAD) & 255};
        memcpy(hello + at, head, HEAD);
    }
    hello[HTTP_HANDSHAKE_BYTES] = 22;
    const uint8_t start_of_hello[] = {1, 1, 0, 0, 3, 3};
    memcpy(hello + HEAD, start_of_hello, sizeof start_of_hello);
    const int fd = dial_from(site, 2);
    assert_int_equal(write(fd, hello, HTTP_HANDSHAKE_BYTES), HTTP_HANDSHAKE_BYTES);
    wire_until(&site->loop, (struct wire *)NULL, http_server_connections(site->server) == 1);
    must_be_served(site, site->honest, 1); /* in which time all of it was read */
    assert_false(is_closed(fd));
    assert_int_equal(write(fd, hello + HTTP_HANDSHAKE_BYTES, 1), 1);
    wire_until(&site->loop, (struct wire *)NULL, is_closed(fd));
    (void)close(fd);
    wire_close_server(&site->loop, site->server);
}

static void accepting_leaves_time_for_others(void **state)
{
    struct site *site = *state;
    start(site);
    int fds[3 * HTTP_ACCEPTS_PER_TURN];
    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        fds[i] = dial_from(site, 2);
    }
    for (size_t before = 0; before < COUNT_OF(fds);) {
        (void)uv_run(&site->loop, UV_RUN_NOWAIT);
        const size_t now = http_server_connections(site->server);
        assert_true(now - before <= HTTP_ACCEPTS_PER_TURN + 1); /* one waited since the turn before */
        before = now;
    }
    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        (void)close(fds[i]);
    }
    wire_close_server(&site->loop, site->server);
}

static void take_new_keys(struct wire *wire, unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        assert_int_equal(SSL_key_update(wire->ssl, SSL_KEY_UPDATE_REQUESTED), 1);
        assert_int_equal(SSL_do_handshake(wire->ssl), 1);
    }
}

static void new_keys_are_counted(void **state)
{
    struct site *site = *state;
    start(site);
    struct wire *wire = asks(site, site->flooder, 2);
    take_new_keys(wire, HTTP_KEY_UPDATES_BURST);
    struct rig_reply *reply = rig_get(wire->rig, "/nu");
    wire_until(&site->loop, wire, reply->closed || wire->over);
    assert_int_equal(reply->status, 200);
    take_new_keys(wire, 20 * HTTP_KEY_UPDATES_BURST);
    wire_until(&site->loop, wire, wire->over);
    assert_int_equal(wire->rig->goaway_code, NGHTTP2_ENHANCE_YOUR_CALM);
    assert_int_equal(stats_of(site).cut_abuse, 1);
    assert_int_equal(site->refused, 1);
    assert_int_equal(site->why.fault, FAULT_TOO_MANY);
    assert_string_equal(site->refused_peer.oin.digits, OIN_B);
    wire_free(wire);
    must_be_served(site, site->honest, 1);
    wire_close_server(&site->loop, site->server);
}

/* ---- records made by hand: OpenSSL's client sends no empty ones ---- */

static uint8_t client_secret[32];

static void keep_secret(const SSL *ssl, const char *line)
{
    (void)ssl;
    static const char label[] = "CLIENT_TRAFFIC_SECRET_0 ";
    if (strncmp(line, label, sizeof label - 1) == 0) {
        const char *hex = strrchr(line, ' ') + 1;
        for (size_t i = 0; i < sizeof client_secret; i++) {
            unsigned byte = 0;
            assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
            client_secret[i] = (uint8_t)byte;
        }
    }
}

/* HKDF-Expand-Label (RFC 8446, 7.1). */
static void expand(const char *label, uint8_t *out, size_t len)
{
    uint8_t info[64] = {0, (uint8_t)len, (uint8_t)(6 + strlen(label))};
    (void)snprintf((char *)info + 3, sizeof info - 3, "tls13 %s", label);
    EVP_PKEY_CTX *hkdf = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, NULL);
    assert_non_null(hkdf);
    assert_int_equal(EVP_PKEY_derive_init(hkdf), 1);
    assert_int_equal(EVP_PKEY_CTX_set_hkdf_mode(hkdf, EVP_PKEY_HKDEF_MODE_EXPAND_ONLY), 1);
    assert_int_equal(EVP_PKEY_CTX_set_hkdf_md(hkdf, EVP_sha256()), 1);
    assert_int_equal(EVP_PKEY_CTX_set1_hkdf_key(hkdf, client_secret, sizeof client_secret), 1);
    assert_int_equal(EVP_PKEY_CTX_add1_hkdf_info(hkdf, info, 3 + 6 + (int)strlen(label) + 1), 1);
    assert_int_equal(EVP_PKEY_derive(hkdf, out, &len), 1);
    EVP_PKEY_CTX_free(hkdf);
}

/* One record of application data (RFC 8446, 5.2) with TLS_AES_128_GCM_SHA256; false when the server is gone. */
static bool send_record(int fd, uint8_t *sequence, const void *data, size_t len)
{
    uint8_t key[16];
    uint8_t nonce[12];
    uint8_t inner[256];
    uint8_t record[5 + sizeof inner + 16] = {23, 3, 3, 0, (uint8_t)(len + 17)};
    int made = 0;
    expand("key", key, sizeof key);
    expand("iv", nonce, sizeof nonce);
    for (size_t i = 0; i < 8; i++) {
        nonce[4 + i] ^= sequence[i];
    }
    memcpy(inner, data, len);
    inner[len] = 23;
    EVP_CIPHER_CTX *gcm = EVP_CIPHER_CTX_new();
    assert_int_equal(EVP_EncryptInit_ex(gcm, EVP_aes_128_gcm(), NULL, key, nonce), 1);
    assert_int_equal(EVP_EncryptUpdate(gcm, NULL, &made, record, 5), 1);
    assert_int_equal(EVP_EncryptUpdate(gcm, record + 5, &made, inner, (int)len + 1), 1);
    assert_int_equal(EVP_EncryptFinal_ex(gcm, record + 5 + made, &made), 1);
    assert_int_equal(EVP_CIPHER_CTX_ctrl(gcm, EVP_CTRL_GCM_GET_TAG, 16, record + 5 + len + 1), 1);
    EVP_CIPHER_CTX_free(gcm);
    for (size_t i = 8; i-- > 0 && ++sequence[i] == 0;) {
    }
    return send(fd, record, 5 + len + 17, MSG_NOSIGNAL) == (ssize_t)(5 + len + 17);
}

static void empty_records_are_counted(void **state)
{
    struct site *site = *state;
    enum { IN_A_ROW = 30 }; /* OpenSSL itself bears 32 (MAX_EMPTY_RECORDS) */
    assert_int_equal(SSL_CTX_set_ciphersuites(site->flooder, "TLS_AES_128_GCM_SHA256"), 1);
    SSL_CTX_set_keylog_callback(site->flooder, keep_secret);
    start(site);
    struct wire *wire = client(site, site->flooder, 2);
    nghttp2_session_del(wire->rig->client); /* what it says is said by hand */
    wire->rig->client = NULL;
    while (!SSL_is_init_finished(wire->ssl)) {
        (void)SSL_do_handshake(wire->ssl);
        (void)uv_run(&site->loop, UV_RUN_NOWAIT);
    }
    static const uint8_t preface[] = NGHTTP2_CLIENT_MAGIC "\0\0\0\4\0\0\0\0";
    static const uint8_t ack[17] = {0, 0, 8, NGHTTP2_PING, NGHTTP2_FLAG_ACK};
    uint8_t sequence[8] = {0};
    assert_true(send_record(wire->fd, sequence, preface, sizeof preface)); /* the text's zero is its last byte */
    unsigned sent = 0;
    for (bool there = true; there && sent < 2 * HTTP_FRAMES_BURST; sent += IN_A_ROW) {
        for (int i = 0; i < IN_A_ROW && there; i++) {
            there = send_record(wire->fd, sequence, "", 0);
        }
        there = there && send_record(wire->fd, sequence, ack, sizeof ack);
        (void)uv_run(&site->loop, UV_RUN_NOWAIT);
        there = there && stats_of(site).cut_abuse == 0;
    }
    assert_in_range(sent, HTTP_FRAMES_BURST * 9 / 10, 2 * HTTP_FRAMES_BURST - 1);
    assert_int_equal(stats_of(site).cut_abuse, 1);
    assert_int_equal(site->why.fault, FAULT_TOO_MANY);
    wire_free(wire);
    must_be_served(site, site->honest, 1);
    wire_close_server(&site->loop, site->server);
}

/* ---- the loop's time ---- */

/* All of them wait in the socket before the loop turns. */
static struct wire *asks_much(struct site *site)
{
    struct wire *wire = asks(site, site->flooder, 2);
    site->flooder_calls = 0;
    for (int i = 0; i < ASKED; i++) {
        (void)rig_get(wire->rig, "/werk");
    }
    return wire;
}

static void one_peer_does_not_take_the_whole_turn(void **state)
{
    struct site *site = *state;
    start(site);
    struct wire *many[MANY];
    for (size_t i = 0; i < MANY; i++) {
        many[i] = asks_much(site);
    }
    struct wire *honest = asks(site, site->honest, 1);
    site->honest_calls = 0;
    for (size_t i = 0; i < MANY; i++) {
        wire_turn(many[i]);
    }
    struct rig_reply *reply = rig_get(honest->rig, "/nu");
    wire_turn(honest);
    unsigned before = 0;
    unsigned when_served = 0;
    const int64_t end = wire_now_ms() + WIRE_PATIENCE_MS;
    while (site->flooder_calls < MANY * ASKED && wire_now_ms() < end) {
        (void)uv_run(&site->loop, UV_RUN_NOWAIT);
        /* What one connection had in the socket, not what all had. */
        assert_true(site->flooder_calls - before <= ASKED);
        before = site->flooder_calls;
        when_served = when_served == 0 && site->honest_calls != 0 ? before + 1 : when_served;
    }
    assert_int_equal(site->flooder_calls, MANY * ASKED); /* who rests is not forgotten */
    assert_in_range(when_served, 1, 2 * ASKED + 1);
    assert_true(stats_of(site).rests >= MANY - 1);
    wire_until(&site->loop, honest, reply->closed);
    assert_int_equal(reply->status, 200);
    for (size_t i = 0; i < MANY; i++) {
        wire_until(&site->loop, many[i], many[i]->rig->replies[ASKED].closed);
        wire_free(many[i]);
    }
    wire_free(honest);
    wire_close_server(&site->loop, site->server);
}

static void who_rests_can_be_closed(void **state)
{
    struct site *site = *state;
    start(site);
    struct wire *many[MANY];
    for (size_t i = 0; i < MANY; i++) {
        many[i] = asks_much(site);
    }
    for (size_t i = 0; i < MANY; i++) {
        wire_turn(many[i]);
    }
    wire_until(&site->loop, (struct wire *)NULL, stats_of(site).rests != 0);
    for (size_t i = 0; i < MANY; i++) {
        wire_free(many[i]);
    }
    wire_close_server(&site->loop, site->server);
}

#define site_test(name) cmocka_unit_test_setup_teardown(name, site_open, site_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        site_test(connections_of_an_organisation_are_counted),
        site_test(connections_of_an_address_are_counted_at_the_desk),
        site_test(handshakes_of_an_address_have_a_rate),
        site_test(of_an_address_that_is_silent_the_oldest_gives_way),
        site_test(strangers_do_not_use_up_the_connections),
        site_test(a_handshake_has_a_ceiling),
        site_test(accepting_leaves_time_for_others),
        site_test(new_keys_are_counted),
        site_test(empty_records_are_counted),
        site_test(one_peer_does_not_take_the_whole_turn),
        site_test(who_rests_can_be_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
