/* Questions that are answered. */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(question_is_answered, peers_open, peers_close),
    };
    return cmocka_run_group_tests_name("ask", tests, NULL, NULL);
}
