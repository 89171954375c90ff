/*
 * peer_fixture.h - a pool on a loop, a server that obeys, and questions whose outcome is kept.
 */
#ifndef KETENBRUG_TESTS_PEER_FIXTURE_H
#define KETENBRUG_TESTS_PEER_FIXTURE_H

#include "unit/peer/odd_server.h"

#include <signal.h>
#include <uv.h>

#include "base/limits.h"
#include "peer/peer.h"

enum { TOLD_BODY = 8192, WATCHDOG_MS = 300000 };

struct peers {
    struct fixture *certs;
    struct trust *own;   /* "vraag", OIN_A */
    struct trust *other; /* "antwoord", OIN_B */
    uv_loop_t loop;
    uv_timer_t watchdog;
    struct peer_options options;
    struct peer_pool *pool;
    struct odd_server *server;
    uint8_t asked;   /* makes request ids differ */
    bool background; /* what is asked from now on */
};

/* What became of a question. */
struct told {
    int times;
    enum peer_outcome_kind kind;
    int status;
    char media_type[64];
    char body[TOLD_BODY];
    size_t body_len;
    int tries;
    int64_t elapsed_ms;
};

UNUSED static void told_keep(void *ctx, const struct peer_outcome *outcome)
{
    struct told *told = ctx;
    told->times++;
    told->kind = outcome->kind;
    told->status = outcome->status;
    (void)snprintf(told->media_type, sizeof told->media_type, "%s", outcome->media_type);
    told->body_len = outcome->body.len;
    if (outcome->body.len < sizeof told->body) {
        (void)slice_copy_text(outcome->body, told->body, sizeof told->body);
    }
    told->tries = outcome->tries;
    told->elapsed_ms = outcome->elapsed_ms;
}

UNUSED static void watchdog_barks(uv_timer_t *timer)
{
    (void)timer;
    fail_msg("a question did not end");
}

UNUSED static void peers_pool(struct peers *peers)
{
    struct error err = {0};
    if (peer_pool_open(&peers->loop, peers->own, &peers->options, &peers->pool, &err) != RESULT_OK) {
        fail_msg("%s: %s", err.where, err.what);
    }
}

UNUSED static int peers_open(void **state)
{
    struct peers *peers = calloc(1, sizeof *peers);
    assert_non_null(peers);
    (void)signal(SIGPIPE, SIG_IGN);
    void *certs = NULL;
    (void)fixture_open(&certs);
    peers->certs = certs;
    fixture_issue(peers->certs, "vraag", OIN_A);
    fixture_issue(peers->certs, "antwoord", OIN_B);
    peers->own = fixture_trust(peers->certs, "vraag");
    peers->other = fixture_trust(peers->certs, "antwoord");
    assert_int_equal(uv_loop_init(&peers->loop), 0);
    assert_int_equal(uv_timer_init(&peers->loop, &peers->watchdog), 0);
    assert_int_equal(uv_timer_start(&peers->watchdog, watchdog_barks, WATCHDOG_MS, 0), 0);
    peers->options = peer_default_options();
    peers->options.total_ms = 20000;
    peers->options.retry_ms = 5;
    peers->server = odd_open(peers->other, ODD_NORMAL, 0);
    *state = peers;
    return 0;
}

UNUSED static void note_closed(void *ctx)
{
    *(int *)ctx += 1;
}

UNUSED static void peers_end_pool(struct peers *peers)
{
    int closed = 0;
    peer_pool_close(peers->pool, note_closed, &closed);
    while (closed == 0) {
        (void)uv_run(&peers->loop, UV_RUN_ONCE);
    }
    assert_int_equal(closed, 1);
    peers->pool = NULL;
}

UNUSED static int peers_close(void **state)
{
    struct peers *peers = *state;
    if (peers->pool != NULL) {
        peers_end_pool(peers);
    }
    uv_close((uv_handle_t *)&peers->watchdog, NULL);
    (void)uv_run(&peers->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&peers->loop), 0); /* nothing of the pool is left on the loop */
    if (peers->server != NULL) {
        odd_close(peers->server);
    }
    trust_free(peers->own);
    trust_free(peers->other);
    void *certs = peers->certs;
    (void)fixture_close(&certs);
    free(peers);
    return 0;
}

/* A question to the server by its name on this machine. */
UNUSED static struct peer_call *peers_ask_url(struct peers *peers, const char *url, const char *oin, const char *path,
                                              const char *body, struct told *told)
{
    struct peer_request request = {.target.url = url,
                                   .path = path,
                                   .media_type = body != NULL ? "application/json" : NULL,
                                   .body = slice_text(body),
                                   .background = peers->background};
    (void)snprintf(request.target.oin.digits, sizeof request.target.oin.digits, "%s", oin);
    memset(request.request_id.bytes, ++peers->asked, IDENT_SIZE);
    struct peer_call *call = NULL;
    struct error err = {0};
    if (peer_ask(peers->pool, &request, told_keep, told, &call, &err) != RESULT_OK) {
        fail_msg("%s: %s", err.where, err.what);
    }
    assert_int_equal(told->times, 0);
    return call;
}

UNUSED static struct peer_call *peers_ask(struct peers *peers, const char *path, const char *body, struct told *told)
{
    char url[64];
    (void)snprintf(url, sizeof url, "https://knoop.localhost:%u", (unsigned)peers->server->port);
    return peers_ask_url(peers, url, OIN_B, path, body, told);
}

UNUSED static void peers_wait(struct peers *peers, const struct told *told)
{
    while (told->times == 0) {
        (void)uv_run(&peers->loop, UV_RUN_ONCE);
    }
}

/* Asks and waits. */
UNUSED static struct told peers_get(struct peers *peers, const char *path)
{
    struct told told = {0};
    (void)peers_ask(peers, path, NULL, &told);
    peers_wait(peers, &told);
    return told;
}

#define assert_outcome(told_, kind_) assert_string_equal(peer_outcome_slug((told_).kind), peer_outcome_slug(kind_))

#endif
