/* The rounds in which a node asks its partners for covenants: what one partner may make it fetch, and how often it asks. */
#include "unit/api/api_rig.h"

#include "api/covenant_exchange.h"

static const char root[] = "/v1/convenanten";

static void open_all(struct rig *rig)
{
    struct error err;
    rig_open(rig, AREA_TEAM);
    assert_int_equal(covenant_exchange_open(&rig->api, COVENANT_EXCHANGE_MS, &rig->api.exchange, &err), RESULT_OK);
}

static void close_all(struct rig *rig)
{
    covenant_exchange_close(rig->api.exchange);
    rig_close(rig);
}

static void answer(struct rig *rig, size_t ask, int status, const char *body)
{
    const struct peer_outcome outcome = {.kind = status != 0 ? PEER_ANSWERED : PEER_DOWN,
                                         .status = status,
                                         .media_type = "application/json",
                                         .body = slice_text(body),
                                         .tries = 1};
    rig->peers.asks[ask].done(rig->peers.asks[ask].ctx, &outcome);
}

/* A partner's list of `count` documents that nobody has. */
static void list_unknown(size_t count, struct buf *out)
{
    char hash[AGREEMENT_HASH_TEXT + 1];
    char digest[2 * SHA256_SIZE + 1];
    buf_init(out, PEER_ANSWER_MAX);
    memset(digest, '0', sizeof digest - 1);
    digest[sizeof digest - 1] = '\0';
    buf_text(out, "{\"convenanten\":[");
    for (size_t i = 0; i < count; i++) {
        memset(hash, 'A', sizeof hash - 1);
        memcpy(hash, "$1$1$", 5);
        hash[5] = (char)('B' + i);
        hash[sizeof hash - 1] = '\0';
        buf_format(out, "%s{\"hash\":\"%s\",\"naam\":\"x\",\"versie\":\"1\",\"handtekeningen\":\"%s\"}",
                   i != 0 ? "," : "", hash, digest);
    }
    buf_text(out, "]}");
    buf_byte(out, '\0');
}

/* Until the round is over: every list is that one, and no document is there when asked for. Counts those. */
static size_t play_round(struct rig *rig, const char *list, size_t *lists)
{
    size_t documents = 0;
    *lists = 0;
    for (size_t i = 0; i < rig->peers.count; i++) {
        const bool is_list = strcmp(rig->peers.asks[i].path, root) == 0;
        *lists += is_list;
        documents += !is_list;
        answer(rig, i, is_list ? 200 : 404, is_list ? list : "{}");
    }
    return documents;
}

static void a_partner_makes_a_round_fetch_so_many_documents_and_no_more(void **state)
{
    (void)state;
    for (size_t more = 0; more <= 1; more++) {
        struct rig rig;
        struct buf list;
        size_t lists = 0;
        open_all(&rig);
        list_unknown(COVENANT_FETCHES_MAX + more, &list);
        covenant_exchange_tick(rig.api.exchange);
        const size_t documents = play_round(&rig, (const char *)list.ptr, &lists);
        const size_t partners = covenant_party_count(rig.api.book->given->covenant) - 1;
        assert_int_equal(lists, partners); /* the others get their turn, too */
        assert_int_equal(documents, partners * COVENANT_FETCHES_MAX);
        assert_int_equal(rig.api.calls, 0);
        buf_free(&list);
        close_all(&rig);
    }
}

static void wake(uv_timer_t *timer)
{
    uv_stop(timer->loop);
}

/* Goes by the loop's own clock, however slow the machine is. */
static void whoever_asks_for_a_round_soon_waits_for_it(void **state)
{
    (void)state;
    struct rig rig;
    uv_timer_t timer;
    size_t lists = 0;
    open_all(&rig);
    assert_int_equal(uv_timer_init(rig.api.loop, &timer), 0);
    uv_update_time(rig.api.loop);
    const uint64_t begun = uv_now(rig.api.loop);
    covenant_exchange_tick(rig.api.exchange);
    (void)play_round(&rig, "{\"convenanten\":[]}", &lists);
    const size_t asked = rig.peers.count;
    assert_true(asked != 0);
    while (uv_now(rig.api.loop) < begun + COVENANT_SOON_MS) {
        covenant_exchange_soon(rig.api.exchange, NULL);
        covenant_exchange_tick(rig.api.exchange);
        assert_int_equal(rig.peers.count, asked);
        assert_int_equal(uv_timer_start(&timer, wake, COVENANT_SOON_MS / 8, 0), 0);
        (void)uv_run(rig.api.loop, UV_RUN_DEFAULT);
    }
    covenant_exchange_tick(rig.api.exchange);
    assert_int_equal(rig.peers.count, asked + 1);
    for (size_t i = asked; i < rig.peers.count; i++) {
        answer(&rig, i, 0, "");
    }
    covenant_exchange_tick(rig.api.exchange); /* and not once more */
    assert_int_equal(rig.peers.count, 2 * asked);
    uv_close((uv_handle_t *)&timer, NULL);
    rig_run(&rig);
    close_all(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_partner_makes_a_round_fetch_so_many_documents_and_no_more),
        cmocka_unit_test(whoever_asks_for_a_round_soon_waits_for_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
