/* Questions that are answered: what is sent, what comes back, over how many connections. */
#include "unit/peer/peer_fixture.h"

static void question_is_answered(void **state)
{
    struct peers *peers = *state;
    struct told told = {0};
    peers_pool(peers);
    (void)peers_ask(peers, "/echo", "{\"a\":1}", &told);
    peers_wait(peers, &told);
    assert_outcome(told, PEER_ANSWERED);
    assert_int_equal(told.status, 200);
    assert_string_equal(told.media_type, "application/json; charset=utf-8");
    assert_string_equal(told.body, "{\"a\":1}");
    assert_int_equal(told.tries, 1);
    assert_string_equal(peers->server->method, "POST");
    assert_string_equal(peers->server->media_type, "application/json");
    assert_string_equal(peers->server->ids[0], "01010101010101010101010101010101");
}

static void question_without_body_is_a_get(void **state)
{
    struct peers *peers = *state;
    peers_pool(peers);
    const struct told told = peers_get(peers, "/echo");
    assert_outcome(told, PEER_ANSWERED);
    assert_int_equal(told.body_len, 0);
    assert_string_equal(peers->server->method, "GET");
    assert_string_equal(peers->server->media_type, "");
}

static void empty_body_is_a_post(void **state)
{
    struct peers *peers = *state;
    struct told told = {0};
    peers_pool(peers);
    (void)peers_ask(peers, "/echo", "", &told);
    peers_wait(peers, &told);
    assert_outcome(told, PEER_ANSWERED);
    assert_string_equal(peers->server->method, "POST");
}

static void every_status_is_an_answer(void **state)
{
    struct peers *peers = *state;
    static const int statuses[] = {200, 204, 301, 307, 400, 403, 404, 429, 500, 503, 599};
    peers_pool(peers);
    for (size_t i = 0; i < COUNT_OF(statuses); i++) {
        char path[32];
        (void)snprintf(path, sizeof path, "/status/%d", statuses[i]);
        const struct told told = peers_get(peers, path);
        assert_outcome(told, PEER_ANSWERED);
        assert_int_equal(told.status, statuses[i]);
        assert_int_equal(told.tries, 1);
    }
    assert_int_equal(atomic_load(&peers->server->requests), COUNT_OF(statuses)); /* redirects were not followed */
}

static void one_connection_serves_many(void **state)
{
    struct peers *peers = *state;
    peers_pool(peers);
    for (int i = 0; i < 20; i++) {
        assert_outcome(peers_get(peers, "/echo"), PEER_ANSWERED);
    }
    assert_int_equal(atomic_load(&peers->server->connections), 1);
}

static void questions_go_side_by_side(void **state)
{
    struct peers *peers = *state;
    enum { MANY = 40 };
    struct told told[MANY] = {0};
    peers_pool(peers);
    const int64_t start = odd_now_ms();
    for (int i = 0; i < MANY; i++) {
        (void)peers_ask(peers, "/slow/1000", NULL, &told[i]);
    }
    for (int i = 0; i < MANY; i++) {
        peers_wait(peers, &told[i]);
        assert_outcome(told[i], PEER_ANSWERED);
    }
    assert_in_range(odd_now_ms() - start, 1000, 19999); /* one after the other would take 40 s */
    assert_in_range(atomic_load(&peers->server->connections), 1, PEER_CONNECTIONS);
}

static void slowest_partner_sets_the_time(void **state)
{
    struct peers *peers = *state;
    struct told quick = {0};
    struct told slow = {0};
    struct odd_server *second = odd_open(peers->other, ODD_NORMAL, 0);
    char url[64];
    (void)snprintf(url, sizeof url, "https://127.0.0.1:%u", (unsigned)second->port);
    peers_pool(peers);
    (void)peers_ask(peers, "/slow/2000", NULL, &slow);
    (void)peers_ask_url(peers, url, OIN_B, "/slow/1", NULL, &quick);
    peers_wait(peers, &quick);
    assert_int_equal(slow.times, 0);
    peers_wait(peers, &slow);
    assert_outcome(quick, PEER_ANSWERED);
    assert_outcome(slow, PEER_ANSWERED);
    assert_in_range(slow.elapsed_ms, 2000, 19999);
    assert_true(quick.elapsed_ms < slow.elapsed_ms);
    odd_close(second);
}

static void connections_per_partner_are_bounded(void **state)
{
    struct peers *peers = *state;
    enum { MANY = 230 }; /* the server takes 100 streams on a connection */
    struct told *told = calloc(MANY, sizeof *told);
    peers_pool(peers);
    for (int i = 0; i < MANY; i++) {
        (void)peers_ask(peers, "/slow/20", NULL, &told[i]);
    }
    for (int i = 0; i < MANY; i++) {
        peers_wait(peers, &told[i]);
        assert_outcome(told[i], PEER_ANSWERED);
    }
    assert_in_range(atomic_load(&peers->server->connections), 1, PEER_CONNECTIONS);
    free(told);
}

static void environment_and_home_do_not_interfere(void **state)
{
    struct peers *peers = *state;
    static const char *const names[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        assert_int_equal(setenv(names[i], "http://127.0.0.1:1", 1), 0);
    }
    peers_pool(peers);
    assert_outcome(peers_get(peers, "/echo"), PEER_ANSWERED);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        assert_int_equal(unsetenv(names[i]), 0);
    }
}

static void answer_of_exactly_the_bound_is_taken(void **state)
{
    struct peers *peers = *state;
    peers->options.answer_max = 5000;
    peers_pool(peers);
    const struct told fits = peers_get(peers, "/big/5000");
    assert_outcome(fits, PEER_ANSWERED);
    assert_int_equal(fits.body_len, 5000);
    assert_outcome(peers_get(peers, "/big/5001"), PEER_GARBAGE);
    assert_outcome(peers_get(peers, "/echo"), PEER_ANSWERED);
    assert_int_equal(atomic_load(&peers->server->connections), 1); /* too large an answer costs its stream only */
}

static void malformed_questions_are_refused(void **state)
{
    struct peers *peers = *state;
    peers_pool(peers);
    char long_path[600];
    memset(long_path, 'a', sizeof long_path - 1);
    long_path[0] = '/';
    long_path[sizeof long_path - 1] = '\0';
    char long_type[200];
    memset(long_type, 'a', sizeof long_type - 1);
    long_type[sizeof long_type - 1] = '\0';
    uint8_t *huge = calloc(1, PEER_QUESTION_MAX + 1);
    const struct {
        const char *oin, *url, *path, *media_type;
        struct slice body;
        enum fault fault;
        const char *where;
    } rows[] = {
        {"", "https://a.example", "/", NULL, {NULL, 0}, FAULT_INVALID, "oin"},
        {OIN_B, "http://a.example", "/", NULL, {NULL, 0}, FAULT_INVALID, "url"},
        {OIN_B, "https://a.example", NULL, NULL, {NULL, 0}, FAULT_INVALID, "pad"},
        {OIN_B, "https://a.example", "x", NULL, {NULL, 0}, FAULT_INVALID, "pad"},
        {OIN_B, "https://a.example", "/a b", NULL, {NULL, 0}, FAULT_INVALID, "pad"},
        {OIN_B, "https://a.example", "/a\r\nb: c", NULL, {NULL, 0}, FAULT_INVALID, "pad"},
        {OIN_B, "https://a.example", "/a#b", NULL, {NULL, 0}, FAULT_INVALID, "pad"},
        {OIN_B, "https://a.example", long_path, NULL, {NULL, 0}, FAULT_INVALID, "pad"},
        {OIN_B, "https://a.example", "/", NULL, {huge, 1}, FAULT_INVALID, "mediatype"},
        {OIN_B, "https://a.example", "/", "", {huge, 1}, FAULT_INVALID, "mediatype"},
        {OIN_B, "https://a.example", "/", "a/b\r\nx: y", {huge, 1}, FAULT_INVALID, "mediatype"},
        {OIN_B, "https://a.example", "/", long_type, {huge, 1}, FAULT_INVALID, "mediatype"},
        {OIN_B, "https://a.example", "/", "a/b", {huge, PEER_QUESTION_MAX + 1}, FAULT_TOO_LARGE, "inhoud"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct peer_request request = {
            .target.url = rows[i].url, .path = rows[i].path, .media_type = rows[i].media_type, .body = rows[i].body};
        (void)snprintf(request.target.oin.digits, sizeof request.target.oin.digits, "%s", rows[i].oin);
        struct told told = {0};
        struct error err = {0};
        assert_int_equal(peer_ask(peers->pool, &request, told_keep, &told, NULL, &err), RESULT_FAILED);
        if (err.fault != rows[i].fault || strcmp(err.where, rows[i].where) != 0) {
            fail_msg("row %zu: %s %s", i, err.where, err.what);
        }
        assert_int_equal(told.times, 0);
    }
    free(huge);
}

#define WITH_PEERS(test) cmocka_unit_test_setup_teardown(test, peers_open, peers_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PEERS(question_is_answered),
        WITH_PEERS(question_without_body_is_a_get),
        WITH_PEERS(empty_body_is_a_post),
        WITH_PEERS(every_status_is_an_answer),
        WITH_PEERS(one_connection_serves_many),
        WITH_PEERS(questions_go_side_by_side),
        WITH_PEERS(slowest_partner_sets_the_time),
        WITH_PEERS(connections_per_partner_are_bounded),
        WITH_PEERS(environment_and_home_do_not_interfere),
        WITH_PEERS(answer_of_exactly_the_bound_is_taken),
        WITH_PEERS(malformed_questions_are_refused),
    };
    return cmocka_run_group_tests_name("ask", tests, NULL, NULL);
}
