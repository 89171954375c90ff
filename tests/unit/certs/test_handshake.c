/* Contexts made by trust.h shake hands in memory: who is let in, who is not, and what remains of it. */
#include "unit/certs/certs_fixture.h"

static struct handshake meet(const struct trust *client, const struct trust *server)
{
    SSL_CTX *client_context = fixture_context(client, TRUST_CLIENT);
    SSL_CTX *server_context = fixture_context(server, TRUST_SERVER_MUTUAL);
    const struct handshake seen = handshake_between(client_context, server_context);
    SSL_CTX_free(client_context);
    SSL_CTX_free(server_context);
    return seen;
}

static void partners_meet(void **state)
{
    const struct fixture *fixture = *state;
    fixture_issue(fixture, "a", OIN_A);
    fixture_issue(fixture, "b", OIN_B);
    struct trust *a = fixture_trust(fixture, "a");
    struct trust *b = fixture_trust(fixture, "b");
    const struct handshake seen = meet(a, b);
    assert_true(seen.client_done && seen.server_done && seen.byte_arrived);
    assert_string_equal(trust_own_identity(a)->oin.digits, OIN_A);
    trust_free(a);
    trust_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(partners_meet, fixture_open, fixture_close),
    };
    return cmocka_run_group_tests_name("handshake", tests, NULL, NULL);
}
