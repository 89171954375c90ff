/* The pool: circuits, reload, cancel, close, bounds, and a heap or a resolver that fails. */
#include "unit/peer/peer_fixture.h"

#include <dlfcn.h>
#include <netdb.h>
#include <sched.h>

#include "base/mem.h"

static void run_for(struct peers *peers, int64_t ms)
{
    const int64_t until = odd_now_ms() + ms;
    while (odd_now_ms() < until) {
        (void)uv_run(&peers->loop, UV_RUN_NOWAIT);
    }
}

/* A question that is not answered, in little time; all others have as much as they need. */
static void fail_once(struct peers *peers)
{
    enum { SOON_MS = 150 };
    peer_pool_set_times(peers->pool, peers->options.connect_ms, SOON_MS);
    assert_outcome(peers_get(peers, "/never"), PEER_TIMED_OUT);
    peer_pool_set_times(peers->pool, peers->options.connect_ms, peers->options.total_ms);
}

struct lines {
    char text[4096];
    size_t len;
};

static void keep_line(void *ctx, const char *line, size_t len)
{
    struct lines *lines = ctx;
    if (len < sizeof lines->text - lines->len) {
        memcpy(lines->text + lines->len, line, len);
        lines->len += len;
    }
}

static int64_t some_time(void *ctx)
{
    (void)ctx;
    return INT64_C(1700000000000);
}

static void circuit_spares_a_failing_partner(void **state)
{
    struct peers *peers = *state;
    struct lines lines = {0};
    const struct clock clock = {.now_ms = some_time};
    const struct log_sink sink = {.write = keep_line, .ctx = &lines, .clock = &clock};
    peers->options.circuit_failures = 3;
    peers->options.circuit_ms = 3000;
    peers->options.log = &sink;
    peers_pool(peers);
    for (int i = 0; i < 3; i++) {
        fail_once(peers);
    }
    const struct told spared = peers_get(peers, "/echo");
    assert_outcome(spared, PEER_CIRCUIT_OPEN);
    assert_int_equal(spared.tries, 0);
    assert_in_range(spared.elapsed_ms, 0, 19999);
    run_for(peers, 3020);
    assert_int_equal(odd_seen_before(peers->server, "/echo"), 0);

    /* One trial, no more, while it is under way. */
    struct told trial = {0};
    (void)peers_ask(peers, "/slow/50", NULL, &trial);
    assert_outcome(peers_get(peers, "/echo"), PEER_CIRCUIT_OPEN);
    peers_wait(peers, &trial);
    assert_outcome(trial, PEER_ANSWERED);
    assert_outcome(peers_get(peers, "/echo"), PEER_ANSWERED);
    assert_non_null(strstr(lines.text, "ketenpartner-overgeslagen"));
    assert_non_null(strstr(lines.text, OIN_B));
    assert_null(strstr(lines.text, "/never"));
}

static void circuits_are_per_partner(void **state)
{
    struct peers *peers = *state;
    peers->options.circuit_failures = 1;
    peers_pool(peers);
    struct told told = {0};
    (void)peers_ask_url(peers, "https://127.0.0.1:1", OIN_A, "/echo", NULL, &told);
    peers_wait(peers, &told);
    assert_outcome(told, PEER_DOWN);
    memset(&told, 0, sizeof told);
    (void)peers_ask_url(peers, "https://127.0.0.1:1", OIN_A, "/echo", NULL, &told);
    peers_wait(peers, &told);
    assert_outcome(told, PEER_CIRCUIT_OPEN);
    assert_outcome(peers_get(peers, "/echo"), PEER_ANSWERED);
}

/* Such as sets that are fetched at ticks: users are not kept from a partner by it, nor it by what they met. */
static void what_nobody_waits_for_opens_no_circuit_and_heeds_none(void **state)
{
    struct peers *peers = *state;
    peers->options.circuit_failures = 2;
    peers->options.circuit_ms = 60000;
    peers_pool(peers);
    peers->background = true;
    for (int i = 0; i < 4; i++) {
        fail_once(peers);
    }
    peers->background = false;
    assert_outcome(peers_get(peers, "/echo"), PEER_ANSWERED);
    for (int i = 0; i < 2; i++) {
        fail_once(peers);
    }
    assert_outcome(peers_get(peers, "/echo"), PEER_CIRCUIT_OPEN);
    peers->background = true;
    assert_outcome(peers_get(peers, "/echo"), PEER_ANSWERED);
    peers->background = false;
    assert_outcome(peers_get(peers, "/echo"), PEER_ANSWERED); /* that answer closed it */
}

static void cancelled_trial_frees_its_place(void **state)
{
    struct peers *peers = *state;
    peers->options.circuit_failures = 1;
    peers->options.circuit_ms = 1;
    peers_pool(peers);
    fail_once(peers);
    run_for(peers, 20);
    struct told trial = {0};
    peer_cancel(peers_ask(peers, "/never", NULL, &trial));
    peers_wait(peers, &trial);
    assert_outcome(trial, PEER_CANCELLED);
    assert_outcome(peers_get(peers, "/echo"), PEER_ANSWERED);
}

static void reload_uses_new_certificates_and_lists(void **state)
{
    struct peers *peers = *state;
    struct error err = {0};
    peers_pool(peers);
    assert_outcome(peers_get(peers, "/echo"), PEER_ANSWERED);
    struct told under_way = {0};
    (void)peers_ask(peers, "/slow/500", NULL, &under_way);
    run_for(peers, 100);
    assert_int_equal(
        pki_revoke(peers->certs->ca, fixture_path(peers->certs, "antwoord.pem").text, (int64_t)time(NULL) - 1, &err),
        RESULT_OK);
    struct trust *after = fixture_trust(peers->certs, "vraag");
    assert_int_equal(peer_pool_reload(peers->pool, after, &err), RESULT_OK);
    trust_free(after);
    /* The connection is open still, but a new question does not go over it. */
    assert_outcome(peers_get(peers, "/echo"), PEER_TLS_REFUSED);
    peers_wait(peers, &under_way);
    assert_outcome(under_way, PEER_ANSWERED);
}

static void reload_closes_circuits(void **state)
{
    struct peers *peers = *state;
    struct error err = {0};
    peers->options.circuit_failures = 1;
    peers->options.circuit_ms = 100000;
    peers_pool(peers);
    fail_once(peers);
    assert_outcome(peers_get(peers, "/echo"), PEER_CIRCUIT_OPEN);
    assert_int_equal(peer_pool_reload(peers->pool, peers->own, &err), RESULT_OK);
    assert_outcome(peers_get(peers, "/echo"), PEER_ANSWERED);
}

static void retry_after_reload_moves_over(void **state)
{
    struct peers *peers = *state;
    struct error err = {0};
    struct told told = {0};
    peers->options.retry_ms = 4000; /* at least half of it */
    peers_pool(peers);
    (void)peers_ask(peers, "/reset/1", NULL, &told);
    run_for(peers, 100);
    assert_int_equal(told.times, 0);
    assert_int_equal(peer_pool_reload(peers->pool, peers->own, &err), RESULT_OK);
    peers_wait(peers, &told);
    assert_outcome(told, PEER_ANSWERED);
    assert_int_equal(told.tries, 2);
    assert_int_equal(atomic_load(&peers->server->connections), 2);
}

static void trust_may_go_after_opening(void **state)
{
    struct peers *peers = *state;
    peers_pool(peers);
    trust_free(peers->own);
    peers->own = NULL;
    assert_outcome(peers_get(peers, "/echo"), PEER_ANSWERED);
}

static void cancel_at_any_moment_tells_once(void **state)
{
    struct peers *peers = *state;
    peers_pool(peers);
    /* 0: at once; then in the handshake, on the way, about when the answer comes, and after it (the cancel is too late
     * only when done was called). */
    for (int ms = 0; ms < 24; ms++) {
        struct told told = {0};
        struct peer_call *call = peers_ask(peers, ms % 2 == 0 ? "/slow/4" : "/slow/12", NULL, &told);
        run_for(peers, ms);
        if (told.times == 0) {
            peer_cancel(call);
            assert_int_equal(told.times, 0);
            peers_wait(peers, &told);
            assert_outcome(told, PEER_CANCELLED);
        }
        run_for(peers, 2);
        assert_int_equal(told.times, 1);
    }
    assert_outcome(peers_get(peers, "/echo"), PEER_ANSWERED);
}

static void close_tells_everybody_once(void **state)
{
    struct peers *peers = *state;
    struct told told[6] = {0};
    peers->options.retry_ms = 60000;
    peers->options.total_ms = 120000;
    peers_pool(peers);
    assert_outcome(peers_get(peers, "/echo"), PEER_ANSWERED);
    (void)peers_ask(peers, "/never", NULL, &told[0]);
    (void)peers_ask(peers, "/reset/9", NULL, &told[1]); /* rests by then */
    (void)peers_ask_url(peers, "https://bestaat-niet.invalid", OIN_A, "/", NULL, &told[2]);
    run_for(peers, 60);
    struct error err = {0};
    assert_int_equal(peer_pool_reload(peers->pool, peers->own, &err), RESULT_OK);
    (void)peers_ask(peers, "/never", "x", &told[3]);
    (void)peers_ask(peers, "/echo", NULL, &told[4]);
    peer_cancel(peers_ask(peers, "/echo", NULL, &told[5]));
    peers_end_pool(peers);
    for (size_t i = 0; i < COUNT_OF(told); i++) {
        assert_int_equal(told[i].times, 1);
        if (i != 2) { /* a name that does not exist may have been found so */
            assert_outcome(told[i], PEER_CANCELLED);
        }
    }
}

static void idle_pool_closes(void **state)
{
    struct peers *peers = *state;
    peers_pool(peers);
    peers_end_pool(peers);
    peers_pool(peers);
    assert_outcome(peers_get(peers, "/echo"), PEER_ANSWERED);
}

struct chain {
    struct peers *peers;
    struct told told;
    int left;
    bool close_at_end;
    int closed;
};

static void ask_next(void *ctx, const struct peer_outcome *outcome)
{
    struct chain *chain = ctx;
    told_keep(&chain->told, outcome);
    if (chain->left-- > 0) {
        char url[64];
        (void)snprintf(url, sizeof url, "https://knoop.localhost:%u", (unsigned)chain->peers->server->port);
        const struct peer_request request = {.target = {.oin = {OIN_B}, .url = url}, .path = "/echo"};
        struct error err = {0};
        assert_int_equal(peer_ask(chain->peers->pool, &request, ask_next, chain, NULL, &err), RESULT_OK);
    } else if (chain->close_at_end) {
        peer_pool_close(chain->peers->pool, note_closed, &chain->closed);
    }
}

static void done_may_ask_and_close(void **state)
{
    struct peers *peers = *state;
    struct chain chain = {.peers = peers, .left = 5, .close_at_end = true};
    struct told other = {0};
    const struct peer_outcome start = {.media_type = ""};
    peers_pool(peers);
    (void)peers_ask(peers, "/never", NULL, &other);
    ask_next(&chain, &start);
    while (chain.closed == 0) {
        (void)uv_run(&peers->loop, UV_RUN_ONCE);
    }
    peers->pool = NULL;
    assert_int_equal(chain.told.times, 6);
    assert_outcome(chain.told, PEER_ANSWERED);
    assert_int_equal(other.times, 1);
    assert_outcome(other, PEER_CANCELLED);
}

static void questions_under_way_are_bounded(void **state)
{
    struct peers *peers = *state;
    struct told *told = calloc(PEER_CALLS_MAX, sizeof *told);
    peers->options.circuit_failures = 1;
    peers->options.circuit_ms = 3600000;
    peers_pool(peers);
    fail_once(peers); /* the rest is not even sent */
    run_for(peers, 5);
    for (int i = 0; i < PEER_CALLS_MAX; i++) {
        (void)peers_ask(peers, "/echo", NULL, &told[i]);
    }
    const struct peer_request request = {.target = {.oin = {OIN_B}, .url = "https://a.example"}, .path = "/"};
    struct told more = {0};
    struct error err = {0};
    assert_int_equal(peer_ask(peers->pool, &request, told_keep, &more, NULL, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_BUSY);
    for (int i = 0; i < PEER_CALLS_MAX; i++) {
        peers_wait(peers, &told[i]);
    }
    run_for(peers, 5);
    memset(told, 0, sizeof *told);
    (void)peers_ask(peers, "/echo", NULL, told);
    peers_wait(peers, told);
    assert_int_equal(more.times, 0);
    free(told);
}

/* Past the bound the pool starts afresh: it forgets circuits and connections, not questions. */
static void partners_remembered_are_bounded(void **state)
{
    struct peers *peers = *state;
    peers_pool(peers);
    assert_outcome(peers_get(peers, "/echo"), PEER_ANSWERED);
    struct told under_way = {0};
    (void)peers_ask(peers, "/slow/300", NULL, &under_way);
    struct told *told = calloc(PEER_LINES_MAX, sizeof *told);
    for (int i = 0; i < PEER_LINES_MAX; i++) {
        char url[64];
        (void)snprintf(url, sizeof url, "https://127.0.0.1:%d", i + 1);
        peer_cancel(peers_ask_url(peers, url, OIN_A, "/echo", NULL, &told[i]));
    }
    for (int i = 0; i < PEER_LINES_MAX; i++) {
        peers_wait(peers, &told[i]);
        assert_outcome(told[i], PEER_CANCELLED);
    }
    peers_wait(peers, &under_way);
    assert_outcome(under_way, PEER_ANSWERED);
    assert_outcome(peers_get(peers, "/echo"), PEER_ANSWERED);
    assert_int_equal(atomic_load(&peers->server->connections), 2);
    free(told);
}

static const struct {
    const char *name;
    struct peer_options options;
} unfit[] = {
    {"connect_ms", {0, 1, 0, 1, 1, 1, 1, 1, NULL}},
    {"total_ms", {1, 600001, 0, 1, 1, 1, 1, 1, NULL}},
    {"retry_ms", {1, 1, 60001, 1, 1, 1, 1, 1, NULL}},
    {"circuit_ms", {1, 1, 0, 0, 1, 1, 1, 1, NULL}},
    {"tries", {1, 1, 0, 1, 0, 1, 1, 1, NULL}},
    {"tries", {1, 1, 0, 1, 9, 1, 1, 1, NULL}},
    {"circuit_failures", {1, 1, 0, 1, 1, 0, 1, 1, NULL}},
    {"connections", {1, 1, 0, 1, 1, 1, 65, 1, NULL}},
    {"answer_max", {1, 1, 0, 1, 1, 1, 1, 0, NULL}},
};

static void options_out_of_bounds_are_named(void **state)
{
    struct peers *peers = *state;
    for (size_t i = 0; i < COUNT_OF(unfit); i++) {
        struct peer_pool *pool = NULL;
        struct error err = {0};
        assert_int_equal(peer_pool_open(&peers->loop, peers->own, &unfit[i].options, &pool, &err), RESULT_FAILED);
        assert_int_equal(err.fault, FAULT_CONFIG);
        assert_string_equal(err.where, unfit[i].name);
        assert_null(pool);
    }
}

/* The n-th allocation fails, for every n that a question comes to: it is refused or it ends, and the pool lives on. */
static void full_heap_ends_questions_not_the_pool(void **state)
{
    struct peers *peers = *state;
    peers->options.circuit_failures = 1000;
    peers_pool(peers);
    int refused = 0;
    int failed = 0;
    int answered = 0;
    for (long n = 0; n < 24; n++) {
        char url[64];
        (void)snprintf(url, sizeof url, "https://knoop.localhost:%u", (unsigned)peers->server->port);
        const struct peer_request request = {.target = {.oin = {OIN_B}, .url = url},
                                             .path = "/echo",
                                             .media_type = "application/json",
                                             .body = slice_text("inhoud")};
        struct told told = {0};
        struct error err = {0};
        mem_fail_after(n);
        if (peer_ask(peers->pool, &request, told_keep, &told, NULL, &err) != RESULT_OK) {
            assert_int_equal(err.fault == FAULT_NO_MEMORY || err.fault == FAULT_TOO_LARGE, 1);
            refused++;
        } else {
            peers_wait(peers, &told);
            assert_int_equal(told.times, 1);
            failed += told.kind != PEER_ANSWERED;
            answered += told.kind == PEER_ANSWERED;
        }
        mem_fail_after(-1);
        assert_outcome(peers_get(peers, "/echo"), PEER_ANSWERED);
        /* A new engine, so that each round makes its sockets and lines anew. */
        assert_int_equal(peer_pool_reload(peers->pool, peers->own, &err), RESULT_OK);
    }
    assert_in_range(refused, 2, 20);
    assert_in_range(failed, 1, 20);
    assert_in_range(answered, 1, 23);
}

static void full_heap_at_opening(void **state)
{
    struct peers *peers = *state;
    struct peer_pool *pool = NULL;
    long n = 0;
    for (; pool == NULL && n < 16; n++) {
        struct error err = {0};
        mem_fail_after(n);
        const enum result result = peer_pool_open(&peers->loop, peers->own, &peers->options, &pool, &err);
        mem_fail_after(-1);
        assert_int_equal(result == RESULT_OK, pool != NULL);
    }
    assert_in_range(n, 3, 16);
    peers->pool = pool;
    struct error err = {0};
    mem_fail_after(0);
    assert_int_equal(peer_pool_reload(pool, peers->own, &err), RESULT_FAILED);
    mem_fail_after(-1);
    assert_outcome(peers_get(peers, "/echo"), PEER_ANSWERED);
}

enum { RESOLVER_S = 60 };
static atomic_int resolving;
static atomic_bool resolver_may_go, resolver_gave_up;

/* Stands before the C library's: a name server that does not answer, until the test lets go. */
int getaddrinfo(const char *restrict node, const char *restrict service, const struct addrinfo *restrict hints,
                struct addrinfo **restrict out)
{
    if (node != NULL && strcmp(node, "traag.example") == 0) {
        const struct timespec nap = {.tv_nsec = 5000000};
        const int64_t end = odd_now_ms() + RESOLVER_S * 1000;
        (void)atomic_fetch_add(&resolving, 1);
        while (!atomic_load(&resolver_may_go) && odd_now_ms() < end) {
            (void)nanosleep(&nap, NULL);
        }
        if (!atomic_load(&resolver_may_go)) {
            atomic_store(&resolver_gave_up, true);
        }
        (void)atomic_fetch_sub(&resolving, 1);
        return EAI_AGAIN;
    }
    int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **) = NULL;
    *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
    return real(node, service, hints, out);
}

static void slow_resolver_does_not_hold_the_loop(void **state)
{
    struct peers *peers = *state;
    struct told slow = {0};
    struct told cancelled = {0};
    peers->options.connect_ms = 20000;
    peers->options.total_ms = 3000;
    peers_pool(peers);
    (void)peers_ask_url(peers, "https://traag.example", OIN_A, "/", NULL, &slow);
    struct peer_call *call = peers_ask_url(peers, "https://traag.example", OIN_A, "/", NULL, &cancelled);
    while (atomic_load(&resolving) == 0) {
        (void)uv_run(&peers->loop, UV_RUN_NOWAIT);
    }
    peer_cancel(call);
    assert_outcome(peers_get(peers, "/echo"), PEER_ANSWERED);
    peers_wait(peers, &slow);
    assert_outcome(slow, PEER_TIMED_OUT);
    assert_outcome(cancelled, PEER_CANCELLED);
    peers_end_pool(peers);
    assert_false(atomic_load(&resolver_gave_up)); /* all of that while it held on */
    assert_true(atomic_load(&resolving) > 0);
    atomic_store(&resolver_may_go, true);
    while (atomic_load(&resolving) != 0) {
        (void)sched_yield();
    }
    const struct timespec nap = {.tv_nsec = 500000000}; /* the resolver's threads end before the test does */
    (void)nanosleep(&nap, NULL);
}

#define WITH_PEERS(test) cmocka_unit_test_setup_teardown(test, peers_open, peers_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PEERS(circuit_spares_a_failing_partner),
        WITH_PEERS(circuits_are_per_partner),
        WITH_PEERS(what_nobody_waits_for_opens_no_circuit_and_heeds_none),
        WITH_PEERS(cancelled_trial_frees_its_place),
        WITH_PEERS(reload_uses_new_certificates_and_lists),
        WITH_PEERS(reload_closes_circuits),
        WITH_PEERS(retry_after_reload_moves_over),
        WITH_PEERS(trust_may_go_after_opening),
        WITH_PEERS(cancel_at_any_moment_tells_once),
        WITH_PEERS(close_tells_everybody_once),
        WITH_PEERS(idle_pool_closes),
        WITH_PEERS(done_may_ask_and_close),
        WITH_PEERS(questions_under_way_are_bounded),
        WITH_PEERS(partners_remembered_are_bounded),
        WITH_PEERS(options_out_of_bounds_are_named),
        WITH_PEERS(full_heap_ends_questions_not_the_pool),
        WITH_PEERS(full_heap_at_opening),
        WITH_PEERS(slow_resolver_does_not_hold_the_loop),
    };
    return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
