/* Trying again: when, how often, under which request id, and when not. */
#include "unit/peer/peer_fixture.h"

static int requests(const struct peers *peers)
{
    return atomic_load(&peers->server->requests);
}

/* The first request is lost in some way, the second is answered. Of a refused stream libcurl takes care beneath us, so
 * that we count one try. */
static const struct {
    const char *path;
    int tries;
} once[] = {{"/reset/1", 2}, {"/drop/1", 2}, {"/busy/1", 2}, {"/refuse/1", 1}, {"/goaway/1", 2}};

static void lost_questions_are_asked_again(void **state)
{
    struct peers *peers = *state;
    peers_pool(peers);
    for (size_t i = 0; i < COUNT_OF(once); i++) {
        struct told told = {0};
        const int before = requests(peers);
        (void)peers_ask(peers, once[i].path, "{\"vraag\":1}", &told);
        peers_wait(peers, &told);
        if (told.kind != PEER_ANSWERED || told.status != 200 || told.tries != once[i].tries) {
            fail_msg("%s: %s, %d tries", once[i].path, peer_outcome_slug(told.kind), told.tries);
        }
        assert_string_equal(told.body, "{\"vraag\":1}");
        assert_int_equal(requests(peers) - before, 2);
        assert_string_equal(peers->server->ids[before], peers->server->ids[before + 1]);
    }
}

static const struct {
    const char *path;
    enum peer_outcome_kind kind;
    int requests;
} always[] = {{"/reset/99", PEER_DOWN, PEER_TRIES},
              {"/drop/99", PEER_DOWN, PEER_TRIES},
              {"/busy/99", PEER_ANSWERED, PEER_TRIES},
              {"/later/99", PEER_ANSWERED, 1}};

static void tries_are_bounded(void **state)
{
    struct peers *peers = *state;
    peers_pool(peers);
    for (size_t i = 0; i < COUNT_OF(always); i++) {
        const int before = requests(peers);
        const struct told told = peers_get(peers, always[i].path);
        if (told.kind != always[i].kind || told.tries != always[i].requests) {
            fail_msg("%s: %s, %d tries", always[i].path, peer_outcome_slug(told.kind), told.tries);
        }
        assert_int_equal(requests(peers) - before, always[i].requests);
    }
}

/* What libcurl repeats by itself has an end, too. */
static void refusals_without_end_have_an_end(void **state)
{
    struct peers *peers = *state;
    static const char *const paths[] = {"/refuse/999", "/goaway/999"};
    peers_pool(peers);
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        const int before = requests(peers);
        assert_outcome(peers_get(peers, paths[i]), PEER_DOWN);
        assert_in_range(requests(peers) - before, 2, 6 * PEER_TRIES);
    }
}

static void rests_grow_and_stay_within_the_whole(void **state)
{
    struct peers *peers = *state;
    peers->options.tries = 4;
    peers->options.retry_ms = 40;
    peers_pool(peers);
    struct told told = peers_get(peers, "/reset/99");
    assert_outcome(told, PEER_DOWN);
    assert_int_equal(told.tries, 4);
    assert_in_range(told.elapsed_ms, 20 + 40 + 80, 19999); /* at least half of 40, 80 and 160 */
    peers_end_pool(peers);

    peers->options.retry_ms = 60000;
    peers_pool(peers);
    told = peers_get(peers, "/reset/99");
    assert_outcome(told, PEER_DOWN);
    assert_int_equal(told.tries, 1); /* a rest that would pass the whole is not taken */
    assert_in_range(told.elapsed_ms, 0, 19999);
}

static void all_tries_together_keep_to_the_whole(void **state)
{
    struct peers *peers = *state;
    /* Rests of 350, 700 and 1400; the next would be past the whole, and the last try has time. */
    peers->options.total_ms = 4000;
    peers->options.retry_ms = 700;
    peers->options.tries = 8;
    atomic_store(&peers->server->mood, ODD_NORMAL);
    peers_pool(peers);
    struct told told = peers_get(peers, "/reset/99");
    assert_outcome(told, PEER_DOWN);
    assert_in_range(told.tries, 2, 5);
    assert_in_range(told.elapsed_ms, 350, 4000);
}

/* A partner restarts: the connection that we kept is gone when we need it. */
static void restarted_partner_is_no_failure(void **state)
{
    struct peers *peers = *state;
    const uint16_t port = peers->server->port;
    peers_pool(peers);
    assert_outcome(peers_get(peers, "/echo"), PEER_ANSWERED);
    odd_close(peers->server);
    peers->server = odd_open(peers->other, ODD_NORMAL, port);
    assert_outcome(peers_get(peers, "/echo"), PEER_ANSWERED);
}

/* A partner drains: what it took on it still answers, what comes later goes over a new connection. */
static void draining_partner_loses_nothing(void **state)
{
    struct peers *peers = *state;
    struct told before = {0};
    peers_pool(peers);
    (void)peers_ask(peers, "/drain/1500", NULL, &before);
    while (requests(peers) == 0) {
        (void)uv_run(&peers->loop, UV_RUN_NOWAIT);
    }
    const int64_t until = odd_now_ms() + 500; /* it has the GOAWAY by then */
    while (odd_now_ms() < until) {
        (void)uv_run(&peers->loop, UV_RUN_NOWAIT);
    }
    const struct told after = peers_get(peers, "/echo");
    assert_outcome(after, PEER_ANSWERED);
    peers_wait(peers, &before);
    assert_outcome(before, PEER_ANSWERED);
    assert_int_equal(before.tries, 1);
    assert_int_equal(requests(peers), 2);
    assert_int_equal(atomic_load(&peers->server->connections), 2);
}

static void cancelled_while_resting(void **state)
{
    struct peers *peers = *state;
    struct told told = {0};
    peers->options.retry_ms = 60000;
    peers->options.total_ms = 120000;
    peers_pool(peers);
    struct peer_call *call = peers_ask(peers, "/reset/99", NULL, &told);
    while (requests(peers) == 0) {
        (void)uv_run(&peers->loop, UV_RUN_NOWAIT);
    }
    const int64_t until = odd_now_ms() + 50;
    while (odd_now_ms() < until) {
        (void)uv_run(&peers->loop, UV_RUN_NOWAIT);
    }
    assert_int_equal(told.times, 0);
    peer_cancel(call);
    assert_int_equal(told.times, 0);
    peers_wait(peers, &told);
    assert_outcome(told, PEER_CANCELLED);
    assert_int_equal(requests(peers), 1);
}

/* Who answered until now and breaks off handshakes, or takes no connection, may be restarting: that costs no try. */
static void a_partner_that_answered_is_waited_for(void **state)
{
    struct peers *peers = *state;
    peers->options.total_ms = 20000;
    peers_pool(peers);
    assert_outcome(peers_get(peers, "/"), PEER_ANSWERED);
    atomic_store(&peers->server->mood, ODD_HANGS_UP);
    const int before = atomic_load(&peers->server->connections);
    struct told told = {0};
    (void)peers_ask(peers, "/drop/1", NULL, &told);
    while (atomic_load(&peers->server->connections) < before + 2 * PEER_TRIES && told.times == 0) {
        (void)uv_run(&peers->loop, UV_RUN_ONCE);
    }
    atomic_store(&peers->server->mood, ODD_NORMAL);
    peers_wait(peers, &told);
    assert_outcome(told, PEER_ANSWERED);
    assert_true(told.tries > 2 * PEER_TRIES);
}

/* One question that fails does not undo what was answered a moment ago. */
static void one_failure_does_not_end_the_waiting(void **state)
{
    struct peers *peers = *state;
    struct told told = {0};
    struct peer_call *call = NULL;
    int before = 0;
    peers->options.total_ms = 20000;
    peers_pool(peers);
    for (int64_t since = 0; call == NULL;) {
        atomic_store(&peers->server->mood, ODD_NORMAL);
        since = odd_now_ms();
        assert_outcome(peers_get(peers, "/"), PEER_ANSWERED);
        assert_int_not_equal(peers_get(peers, "/reset/99").kind, PEER_ANSWERED);
        atomic_store(&peers->server->mood, ODD_HANGS_UP);
        before = atomic_load(&peers->server->connections);
        call = peers_ask(peers, "/drop/1", NULL, &told);
        if (odd_now_ms() - since >= PEER_FRESH_MS) { /* too late on a busy machine: once more */
            peer_cancel(call);
            peers_wait(peers, &told);
            told = (struct told){0};
            call = NULL;
        }
    }
    while (atomic_load(&peers->server->connections) < before + 2 * PEER_TRIES && told.times == 0) {
        (void)uv_run(&peers->loop, UV_RUN_ONCE);
    }
    atomic_store(&peers->server->mood, ODD_NORMAL);
    peers_wait(peers, &told);
    assert_outcome(told, PEER_ANSWERED);
}

static void it_is_waited_for_so_long_and_once(void **state)
{
    struct peers *peers = *state;
    peers->options.total_ms = 20000;
    peers_pool(peers);
    assert_outcome(peers_get(peers, "/"), PEER_ANSWERED);
    atomic_store(&peers->server->mood, ODD_HANGS_UP);
    const struct told first = peers_get(peers, "/drop/1");
    assert_outcome(first, PEER_DOWN);
    assert_in_range(first.elapsed_ms, PEER_RESTART_MS - PEER_RESTART_REST_MS, peers->options.total_ms - 1);
    assert_int_equal(peers_get(peers, "/").tries, PEER_TRIES); /* as any other that is cut off */
}

#define WITH_PEERS(test) cmocka_unit_test_setup_teardown(test, peers_open, peers_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PEERS(lost_questions_are_asked_again),        WITH_PEERS(tries_are_bounded),
        WITH_PEERS(refusals_without_end_have_an_end),      WITH_PEERS(rests_grow_and_stay_within_the_whole),
        WITH_PEERS(all_tries_together_keep_to_the_whole),  WITH_PEERS(restarted_partner_is_no_failure),
        WITH_PEERS(draining_partner_loses_nothing),        WITH_PEERS(cancelled_while_resting),
        WITH_PEERS(a_partner_that_answered_is_waited_for), WITH_PEERS(it_is_waited_for_so_long_and_once),
        WITH_PEERS(one_failure_does_not_end_the_waiting),
    };
    return cmocka_run_group_tests_name("retry", tests, NULL, NULL);
}
