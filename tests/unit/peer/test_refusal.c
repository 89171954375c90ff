/* Partners that do not answer, or not as they should: each way has its outcome, and no question goes astray. */
#include "unit/peer/peer_fixture.h"

static void change_server(struct peers *peers, const char *name, enum odd_mood mood)
{
    struct trust *trust = fixture_trust(peers->certs, name);
    odd_close(peers->server);
    peers->server = odd_open(trust, mood, 0);
    trust_free(trust);
}

static void other_organisation_gets_no_question(void **state)
{
    struct peers *peers = *state;
    char url[64];
    (void)snprintf(url, sizeof url, "https://knoop.localhost:%u", (unsigned)peers->server->port);
    struct told told = {0};
    peers_pool(peers);
    (void)peers_ask_url(peers, url, OIN_A, "/echo", "geheim", &told);
    peers_wait(peers, &told);
    assert_outcome(told, PEER_WRONG_OIN);
    assert_int_equal(told.tries, 1);
    assert_int_equal(atomic_load(&peers->server->requests), 0);
}

/* The connection to B is open and would serve; a question for A at the same address must not use it. */
static void open_connection_is_not_used_for_another_organisation(void **state)
{
    struct peers *peers = *state;
    char url[64];
    (void)snprintf(url, sizeof url, "https://KNOOP.localhost:%u", (unsigned)peers->server->port);
    struct told told = {0};
    peers_pool(peers);
    assert_outcome(peers_get(peers, "/echo"), PEER_ANSWERED);
    (void)peers_ask_url(peers, url, OIN_A, "/echo", "geheim", &told);
    peers_wait(peers, &told);
    assert_outcome(told, PEER_WRONG_OIN);
    assert_int_equal(atomic_load(&peers->server->requests), 1);
    assert_outcome(peers_get(peers, "/echo"), PEER_ANSWERED);
}

static void other_host_is_refused(void **state)
{
    struct peers *peers = *state;
    char url[64];
    (void)snprintf(url, sizeof url, "https://elders.localhost:%u", (unsigned)peers->server->port);
    struct told told = {0};
    peers_pool(peers);
    (void)peers_ask_url(peers, url, OIN_B, "/echo", "geheim", &told);
    peers_wait(peers, &told);
    assert_outcome(told, PEER_TLS_REFUSED);
    assert_int_equal(atomic_load(&peers->server->requests), 0);
}

static void expired_server_is_refused(void **state)
{
    struct peers *peers = *state;
    fixture_issue_dates(peers->certs, peers->certs->ca, "oud", OIN_B, -DAY_S, -60);
    change_server(peers, "oud", ODD_NORMAL);
    peers_pool(peers);
    assert_outcome(peers_get(peers, "/echo"), PEER_TLS_REFUSED);
    assert_int_equal(atomic_load(&peers->server->requests), 0);
}

static void server_without_organisation_is_another(void **state)
{
    struct peers *peers = *state;
    struct trust *trust = NULL;
    struct error err = {0};
    fixture_issue(peers->certs, "naamloos", "");
    assert_int_equal(fixture_load(peers->certs, "naamloos", NULL, &trust, &err), RESULT_OK);
    SSL_CTX *context = fixture_context(trust, TRUST_SERVER_OPEN);
    const uint16_t port = peers->server->port;
    odd_close(peers->server);
    peers->server = odd_open(peers->other, ODD_NORMAL, port);
    SSL_CTX *before = peers->server->context;
    peers->server->context = context; /* no connection was made yet */
    SSL_CTX_free(before);
    peers_pool(peers);
    assert_outcome(peers_get(peers, "/echo"), PEER_WRONG_OIN);
    trust_free(trust);
}

static void revoked_server_is_refused(void **state)
{
    struct peers *peers = *state;
    struct error err = {0};
    assert_int_equal(
        pki_revoke(peers->certs->ca, fixture_path(peers->certs, "antwoord.pem").text, (int64_t)time(NULL) - 1, &err),
        RESULT_OK);
    trust_free(peers->own);
    peers->own = fixture_trust(peers->certs, "vraag");
    peers_pool(peers);
    assert_outcome(peers_get(peers, "/echo"), PEER_TLS_REFUSED);
    assert_int_equal(atomic_load(&peers->server->requests), 0);
}

/* The server says so only after our side of the handshake is done. */
static void own_revoked_certificate_is_reported(void **state)
{
    struct peers *peers = *state;
    struct error err = {0};
    assert_int_equal(
        pki_revoke(peers->certs->ca, fixture_path(peers->certs, "vraag.pem").text, (int64_t)time(NULL) - 1, &err),
        RESULT_OK);
    change_server(peers, "antwoord", ODD_NORMAL);
    peers_pool(peers);
    for (int i = 0; i < 5; i++) {
        const struct told told = peers_get(peers, "/echo");
        assert_outcome(told, PEER_TLS_REFUSED);
        assert_int_equal(told.tries, 1);
    }
    assert_int_equal(atomic_load(&peers->server->requests), 0);
}

static void unreachable_is_down(void **state)
{
    struct peers *peers = *state;
    const uint16_t port = peers->server->port;
    odd_close(peers->server);
    peers->server = NULL;
    char url[64];
    (void)snprintf(url, sizeof url, "https://127.0.0.1:%u", (unsigned)port);
    struct told refused = {0};
    struct told unknown = {0};
    peers_pool(peers);
    (void)peers_ask_url(peers, url, OIN_B, "/echo", NULL, &refused);
    (void)peers_ask_url(peers, "https://bestaat-niet.invalid", OIN_B, "/echo", NULL, &unknown);
    peers_wait(peers, &refused);
    assert_outcome(refused, PEER_DOWN);
    assert_int_equal(refused.tries, 1);
    peers_wait(peers, &unknown);
    assert_outcome(unknown, PEER_DOWN);
}

/* A listener whose queue is full drops what comes: the TCP handshake never ends. */
static void connect_timeout_is_down(void **state)
{
    struct peers *peers = *state;
    uint16_t port = 0;
    const int fd = odd_listen(0, &port);
    assert_int_equal(listen(fd, 0), 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int full[4];
    for (size_t i = 0; i < COUNT_OF(full); i++) {
        full[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)connect(full[i], (const struct sockaddr *)&address, sizeof address);
    }
    char url[64];
    (void)snprintf(url, sizeof url, "https://127.0.0.1:%u", (unsigned)port);
    peers->options.connect_ms = 150;
    struct told told = {0};
    peers_pool(peers);
    (void)peers_ask_url(peers, url, OIN_B, "/echo", NULL, &told);
    peers_wait(peers, &told);
    assert_outcome(told, PEER_DOWN);
    assert_in_range(told.elapsed_ms, 140, 19999);
    for (size_t i = 0; i < COUNT_OF(full); i++) {
        (void)close(full[i]);
    }
    (void)close(fd);
}

static void silence_times_out(void **state)
{
    struct peers *peers = *state;
    peers_pool(peers);
    assert_outcome(peers_get(peers, "/echo"), PEER_ANSWERED);
    peer_pool_set_times(peers->pool, peers->options.connect_ms, 200);
    const struct told told = peers_get(peers, "/never");
    assert_outcome(told, PEER_TIMED_OUT);
    assert_in_range(told.elapsed_ms, 200, 19999);
    assert_int_equal(told.status, 0);
    assert_outcome(peers_get(peers, "/slow/20000"), PEER_TIMED_OUT);
    peer_pool_set_times(peers->pool, peers->options.connect_ms, peers->options.total_ms);
    assert_outcome(peers_get(peers, "/echo"), PEER_ANSWERED); /* the connection is still good */
    assert_int_equal(atomic_load(&peers->server->connections), 1);
}

/* The others wait for the connection that the first one makes, and must not wait for ever. */
static void waiting_for_a_connection_times_out(void **state)
{
    struct peers *peers = *state;
    enum { MANY = 20 };
    struct told told[MANY] = {0};
    peers->options.total_ms = 1000;
    atomic_store(&peers->server->mood, ODD_SILENT);
    peers_pool(peers);
    const int64_t start = odd_now_ms();
    for (int i = 0; i < MANY; i++) {
        (void)peers_ask(peers, "/echo", NULL, &told[i]);
    }
    for (int i = 0; i < MANY; i++) {
        peers_wait(peers, &told[i]);
        assert_outcome(told[i], PEER_TIMED_OUT);
    }
    assert_in_range(odd_now_ms() - start, 1000, 19999); /* one after the other it would be 20 s */
}

static const struct {
    const char *name;
    enum odd_mood mood;
    enum peer_outcome_kind kind;
} moods[] = {
    {"silent handshake", ODD_SILENT, PEER_TIMED_OUT},
    {"hangs up", ODD_HANGS_UP, PEER_DOWN},
    {"no TLS", ODD_PLAIN, PEER_TLS_REFUSED},
    {"HTTP/1.1 after h2", ODD_HTTP1, PEER_GARBAGE},
    {"HTTP/1.1 without ALPN", ODD_HTTP1_ALPN, PEER_GARBAGE},
    {"noise", ODD_NOISE, PEER_GARBAGE},
};

static void connections_gone_wrong(void **state)
{
    struct peers *peers = *state;
    for (size_t i = 0; i < COUNT_OF(moods); i++) {
        peers->options.connect_ms = moods[i].mood == ODD_SILENT ? 200 : 15000;
        change_server(peers, "antwoord", moods[i].mood);
        peers_pool(peers);
        const struct told told = peers_get(peers, "/echo");
        if (told.kind != moods[i].kind) {
            fail_msg("%s: %s after %d tries", moods[i].name, peer_outcome_slug(told.kind), told.tries);
        }
        peers_end_pool(peers);
    }
}

static const char *const garbage[] = {"/endless", "/headers", "/interim", "/big/70000"};

static void answers_gone_wrong(void **state)
{
    struct peers *peers = *state;
    peers->options.total_ms = 20000;
    peers_pool(peers);
    for (size_t i = 0; i < COUNT_OF(garbage); i++) {
        const struct told told = peers_get(peers, garbage[i]);
        if (told.kind != PEER_GARBAGE || told.tries != 1 || told.body_len != 0) {
            fail_msg("%s: %s after %d tries", garbage[i], peer_outcome_slug(told.kind), told.tries);
        }
    }
}

static void half_an_answer_is_none(void **state)
{
    struct peers *peers = *state;
    peers_pool(peers);
    const struct told told = peers_get(peers, "/half/100");
    assert_outcome(told, PEER_DOWN);
    assert_int_equal(told.tries, PEER_TRIES);
    assert_int_equal(told.body_len, 0);
}

#define WITH_PEERS(test) cmocka_unit_test_setup_teardown(test, peers_open, peers_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PEERS(other_organisation_gets_no_question),
        WITH_PEERS(open_connection_is_not_used_for_another_organisation),
        WITH_PEERS(other_host_is_refused),
        WITH_PEERS(expired_server_is_refused),
        WITH_PEERS(server_without_organisation_is_another),
        WITH_PEERS(revoked_server_is_refused),
        WITH_PEERS(own_revoked_certificate_is_reported),
        WITH_PEERS(unreachable_is_down),
        WITH_PEERS(connect_timeout_is_down),
        WITH_PEERS(silence_times_out),
        WITH_PEERS(waiting_for_a_connection_times_out),
        WITH_PEERS(connections_gone_wrong),
        WITH_PEERS(answers_gone_wrong),
        WITH_PEERS(half_an_answer_is_none),
    };
    return cmocka_run_group_tests_name("refusal", tests, NULL, NULL);
}
