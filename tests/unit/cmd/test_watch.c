/* The numbers for monitoring have room for every route of every listener. */
#include "unit/unit.h"

#include "api/api.h"
#include "ops/standing.h"

static void every_route_has_its_place(void **state)
{
    (void)state;
    /* The desk's routes on its socket and with TLS; and per listener one more, for what no route took. */
    assert_true(2 * api_desk_route_count + api_peer_route_count + STANDING_LISTENERS <= STANDING_ROUTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_route_has_its_place)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
