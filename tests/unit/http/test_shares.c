/* Several connections of one listener: what a peer did on one it did on all, and what it holds leaves room for others. */
#include "h2_rig.h"

#include "http/request.h"

enum { PEERS = 3, RIGS = 24 };

struct site {
    struct http_core *core;
    struct quota *peers[PEERS];
    struct cert_identity identities[PEERS];
    struct rig *rigs[RIGS];
    size_t count;
    unsigned calls;
    unsigned refused;
    enum fault fault;
    const struct cert_identity *refused_peer;
};

static void answer_never(struct http_request *request, void *ctx)
{
    (void)request;
    ((struct site *)ctx)->calls++;
}

static void answer_now(struct http_request *request, void *ctx)
{
    ((struct site *)ctx)->calls++;
    http_answer(request, 200, "text/plain", slice_text("ja"));
}

static const struct http_route rows[] = {
    {HTTP_GET, "/nooit", answer_never, 0, NULL, false},
    {HTTP_GET, "/nu", answer_now, 0, NULL, false},
};

static void refused(void *ctx, const struct cert_identity *peer, const char *path, const struct error *err)
{
    (void)path;
    struct site *site = ctx;
    site->refused++;
    site->fault = err->fault;
    site->refused_peer = peer;
}

static int site_open(void **state)
{
    struct site *site = calloc(1, sizeof *site);
    assert_non_null(site);
    struct http_server_options options = {
        .routes = {rows, COUNT_OF(rows), site},
        .times = http_default_times(),
        .refused = refused,
        .hooks_ctx = site,
    };
    struct error err;
    assert_int_equal(core_new(&options, &site->core, &err), RESULT_OK);
    core_set_now(site->core, 1000000);
    for (size_t i = 0; i < PEERS; i++) {
        (void)snprintf(site->identities[i].oin.digits, sizeof site->identities[i].oin.digits, "000000990000000%zu0000",
                       i + 1);
        const struct quota_key key = quota_key_of_oin(&site->identities[i].oin);
        site->peers[i] = quotas_of(&site->core->peers, &key, site->core->now);
        site->peers[i]->connections = 1; /* so that it keeps its place */
    }
    *state = site;
    return 0;
}

static int site_close(void **state)
{
    struct site *site = *state;
    for (size_t i = 0; i < site->count; i++) {
        site->rigs[i]->core = NULL;
        rig_close(site->rigs[i]);
    }
    assert_int_equal(site->core->under_way, 0);
    for (size_t i = 0; i < PEERS; i++) {
        assert_int_equal(site->peers[i]->requests, 0);
        assert_int_equal(site->peers[i]->shed, 0);
    }
    core_free(site->core);
    free(site);
    return 0;
}

static struct rig *connect_peer(struct site *site, size_t peer)
{
    assert_true(site->count < RIGS);
    struct rig *rig = calloc(1, sizeof *rig);
    assert_non_null(rig);
    rig->core = site->core;
    rig->now = site->core->now;
    const struct session_owner owner = {.peer = &site->identities[peer], .quota = site->peers[peer]};
    struct error err;
    assert_int_equal(session_new(site->core, &owner, &rig->session, &err), RESULT_OK);
    rig_client(rig);
    rig_run(rig);
    site->rigs[site->count++] = rig;
    return rig;
}

static void feed_ping(struct rig *rig)
{
    const uint8_t ping[17] = {0, 0, 8, NGHTTP2_PING, NGHTTP2_FLAG_ACK};
    session_feed(rig->session, slice_of(ping, sizeof ping));
}

static void must_be_served(struct site *site, size_t peer)
{
    struct rig *rig = connect_peer(site, peer);
    struct rig_reply *reply = rig_get(rig, "/nu");
    rig_run(rig);
    assert_int_equal(reply->status, 200);
}

static void frames_are_counted_over_all_connections(void **state)
{
    struct site *site = *state;
    struct rig *a = connect_peer(site, 0);
    struct rig *b = connect_peer(site, 0);
    for (unsigned n = site->peers[0]->frames.debt / 1000; n < HTTP_FRAMES_BURST; n++) {
        feed_ping(n % 2 == 0 ? a : b);
    }
    assert_int_equal(site->core->stats.cut_abuse, 0);
    feed_ping(b);
    assert_int_equal(site->core->stats.cut_abuse, 1);
    assert_true(session_is_cut(b->session));
    assert_false(session_is_cut(a->session));
    feed_ping(a);
    assert_true(session_is_cut(a->session));
    struct rig *again = connect_peer(site, 0); /* a new connection brings no new allowance */
    assert_true(session_is_cut(again->session));
    assert_int_equal(site->core->stats.cut_abuse, 3);
    must_be_served(site, 1);
    core_set_now(site->core, site->core->now + 1000);
    must_be_served(site, 0);
}

static void resets_are_counted_over_all_connections(void **state)
{
    struct site *site = *state;
    struct rig *rigs[] = {connect_peer(site, 0), connect_peer(site, 0)};
    for (unsigned n = 0; n <= HTTP_RESETS_BURST; n++) {
        assert_int_equal(site->core->stats.cut_abuse, 0);
        struct rig *rig = rigs[n % 2];
        rig->count = 0;
        struct rig_reply *reply = rig_get(rig, "/nooit");
        rig_run(rig);
        (void)nghttp2_submit_rst_stream(rig->client, NGHTTP2_FLAG_NONE, reply->id, NGHTTP2_CANCEL);
        rig_run(rig);
    }
    assert_int_equal(site->core->stats.cut_abuse, 1);
    must_be_served(site, 1);
}

static void key_updates_are_counted_over_all_connections(void **state)
{
    struct site *site = *state;
    struct rig *a = connect_peer(site, 0);
    struct rig *b = connect_peer(site, 0);
    session_charge_key_updates(a->session, HTTP_KEY_UPDATES_BURST);
    assert_false(session_is_cut(a->session));
    core_set_now(site->core, site->core->now + 1000);
    session_charge_key_updates(b->session, HTTP_KEY_UPDATES_PER_S);
    assert_false(session_is_cut(b->session));
    session_charge_key_updates(b->session, 1);
    assert_true(session_is_cut(b->session));
    must_be_served(site, 0); /* who only asks is not touched */
}

static void a_cut_is_told_with_who_it_was(void **state)
{
    struct site *site = *state;
    struct rig *rig = connect_peer(site, 1);
    session_charge_idle(rig->session, HTTP_FRAMES_BURST + 1);
    session_charge_idle(rig->session, 1);
    assert_int_equal(site->refused, 1);
    assert_int_equal(site->fault, FAULT_TOO_MANY);
    assert_ptr_equal(site->refused_peer, &site->identities[1]);
}

/* Fills connections of that peer until a request is refused; how many were taken. */
static unsigned fill_places(struct site *site, size_t peer)
{
    const unsigned before = site->calls;
    site->core->stats.shed = 0;
    for (;;) {
        struct rig *rig = connect_peer(site, peer);
        for (int i = 0; i < HTTP_MAX_STREAMS; i++) {
            (void)rig_get(rig, "/nooit");
        }
        rig_run(rig);
        if (site->core->stats.shed != 0) {
            return site->calls - before;
        }
    }
}

static void requests_under_way_leave_places_for_others(void **state)
{
    struct site *site = *state;
    assert_int_equal(fill_places(site, 0), HTTP_REQUESTS_MAX / 2);
    struct rig *rig = connect_peer(site, 0);
    struct rig_reply *shed = rig_get(rig, "/nu");
    rig_run(rig);
    assert_int_equal(shed->status, 503);
    assert_non_null(strstr(shed->headers, "retry-after: 1"));
    assert_int_equal(site->fault, FAULT_BUSY);
    must_be_served(site, 1);
    assert_int_equal(fill_places(site, 1), HTTP_REQUESTS_MAX / 4); /* half of what was left */
    must_be_served(site, 2);
    assert_true(site->core->under_way < HTTP_REQUESTS_MAX);
}

static void places_come_free_again(void **state)
{
    struct site *site = *state;
    (void)fill_places(site, 0);
    struct rig *rig = connect_peer(site, 0);
    struct rig_reply *shed = rig_get(rig, "/nu");
    rig_run(rig);
    assert_int_equal(shed->status, 503);
    struct rig *full = site->rigs[0];
    (void)nghttp2_submit_rst_stream(full->client, NGHTTP2_FLAG_NONE, full->replies[0].id, NGHTTP2_CANCEL);
    rig_run(full);
    struct rig_reply *reply = rig_get(rig, "/nu");
    rig_run(rig);
    assert_int_equal(reply->status, 200);
}

/* A client without a window, by SETTINGS_INITIAL_WINDOW_SIZE 0, makes every answer wait: refusals are answers too. */
static void answers_that_wait_are_bounded(void **state)
{
    struct site *site = *state;
    (void)fill_places(site, 0);
    assert_int_equal(site->peers[0]->shed, 0);
    site->core->stats.shed = 0;
    const uint8_t no_window[] = {0, 0, 6, NGHTTP2_SETTINGS, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0};
    unsigned asked = 0;
    for (unsigned n = 0; n < 3; n++) {
        struct rig *rig = connect_peer(site, 0);
        session_feed(rig->session, slice_of(no_window, sizeof no_window));
        for (int i = 0; i < 100; i++, asked++) {
            (void)rig_get(rig, "/nu");
        }
        uint8_t out[4096];
        const uint8_t *made = NULL;
        for (ssize_t len = 0; (len = nghttp2_session_mem_send(rig->client, &made)) > 0;) {
            session_feed(rig->session, slice_of(made, (size_t)len));
        }
        while (session_output(rig->session, out, sizeof out) != 0) {
        }
    }
    assert_int_equal(site->peers[0]->shed, HTTP_SHED_MAX);
    assert_int_equal(site->core->stats.shed, HTTP_SHED_MAX);
    assert_in_range(site->peers[0]->resets.debt, 1000, 1000 * (asked - HTTP_SHED_MAX));
    must_be_served(site, 1);
    core_set_now(site->core, site->core->now + HTTP_WRITE_MS + 1);
    for (size_t i = site->count - 4; i < site->count - 1; i++) {
        session_tick(site->rigs[i]->session);
        uint8_t out[4096];
        while (session_output(site->rigs[i]->session, out, sizeof out) != 0) {
        }
        /* Answers that we had to take back count as resets, and end the connection in the end. */
        assert_true(session_open_requests(site->rigs[i]->session) == 0 || session_over(site->rigs[i]->session));
    }
}

#define site_test(name) cmocka_unit_test_setup_teardown(name, site_open, site_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        site_test(frames_are_counted_over_all_connections),
        site_test(resets_are_counted_over_all_connections),
        site_test(key_updates_are_counted_over_all_connections),
        site_test(a_cut_is_told_with_who_it_was),
        site_test(requests_under_way_leave_places_for_others),
        site_test(places_come_free_again),
        site_test(answers_that_wait_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
