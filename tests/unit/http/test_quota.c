/* What one peer may use: allowances, places, turns, and whom the table remembers. */
#include "unit/unit.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "http/quota.h"

static void an_allowance_is_its_burst_and_what_time_gives_back(void **state)
{
    (void)state;
    const struct allowance_rate rate = {10, 4};
    struct allowance allowance = {0, 1000};
    for (int i = 0; i < 10; i++) {
        assert_true(allowance_take(&allowance, &rate, 1000, 1));
    }
    assert_false(allowance_take(&allowance, &rate, 1000, 1));
    assert_false(allowance_take(&allowance, &rate, 1249, 1));
    allowance_give(&allowance, 1);
    assert_true(allowance_take(&allowance, &rate, 1249, 1));
    assert_false(allowance_take(&allowance, &rate, 1250, 1));
    assert_false(allowance_take(&allowance, &rate, 1250, UINT32_MAX)); /* no more is ever owed than the burst */
    assert_true(allowance_take(&allowance, &rate, 1250 + 2500, 10));
    assert_true(allowance_take(&allowance, &rate, UINT64_MAX, 10));
}

static struct quotas *table(void)
{
    struct quotas *quotas = calloc(1, sizeof *quotas);
    struct error err;
    assert_non_null(quotas);
    assert_int_equal(quotas_open(quotas, &err), RESULT_OK);
    return quotas;
}

static void drop(struct quotas *quotas)
{
    quotas_close(quotas);
    free(quotas);
}

static struct quota *of_number(struct quotas *quotas, unsigned number, uint64_t now)
{
    struct quota_key key = {{1}};
    memcpy(key.bytes + 1, &number, sizeof number);
    return quotas_of(quotas, &key, now);
}

static void who_comes_back_finds_its_debts(void **state)
{
    (void)state;
    const struct allowance_rate rate = {10, 1};
    struct quotas *quotas = table();
    struct quota *first = of_number(quotas, 1, 0);
    assert_true(allowance_take(&first->resets, &rate, 0, 10));
    for (unsigned i = 2; i < 100; i++) {
        (void)of_number(quotas, i, 0);
    }
    assert_ptr_equal(of_number(quotas, 1, 5), first);
    assert_int_equal(first->resets.debt, 10000);
    assert_ptr_equal(of_number(quotas, 2, 5), of_number(quotas, 2, 5));
    drop(quotas);
}

static void an_idle_peers_place_is_given_to_another(void **state)
{
    (void)state;
    const struct allowance_rate rate = {10, 1};
    struct quotas *quotas = table();
    struct quota *owes = of_number(quotas, 1, 0);
    assert_true(allowance_take(&owes->frames, &rate, 0, 1));
    struct quota *holds = of_number(quotas, 2, 0);
    holds->connections = 1;
    assert_int_equal(quotas->used, 2);
    assert_ptr_not_equal(of_number(quotas, 3, HTTP_QUOTA_IDLE_S * 1000 - 1), owes);
    struct quota *four = of_number(quotas, 4, HTTP_QUOTA_IDLE_S * 1000);
    assert_ptr_equal(four, owes);
    assert_int_equal(four->frames.debt, 0);
    assert_ptr_equal(of_number(quotas, 2, UINT32_MAX), holds);
    assert_int_equal(holds->connections, 1);
    drop(quotas);
}

static void past_the_table_all_share_one(void **state)
{
    (void)state;
    struct quotas *quotas = table();
    for (unsigned i = 0; i < HTTP_QUOTAS_MAX; i++) {
        of_number(quotas, i, 0)->connections = 1;
    }
    assert_ptr_equal(of_number(quotas, HTTP_QUOTAS_MAX, 0), &quotas->rest);
    assert_ptr_equal(of_number(quotas, HTTP_QUOTAS_MAX + 1, 0), &quotas->rest);
    assert_ptr_not_equal(of_number(quotas, 7, 0), &quotas->rest);
    of_number(quotas, 7, 0)->connections = 0;
    assert_ptr_not_equal(of_number(quotas, HTTP_QUOTAS_MAX, 0), &quotas->rest);
    drop(quotas);
}

static void who_is_the_same_peer(void **state)
{
    (void)state;
    struct sockaddr_in one = {.sin_family = AF_INET, .sin_port = 1, .sin_addr = {htonl(0x7f000001)}};
    struct sockaddr_in two = {.sin_family = AF_INET, .sin_port = 2, .sin_addr = {htonl(0x7f000001)}};
    struct quota_key a = quota_key_of_address((struct sockaddr *)&one);
    struct quota_key b = quota_key_of_address((struct sockaddr *)&two);
    assert_memory_equal(&a, &b, sizeof a);
    two.sin_addr.s_addr = htonl(0x7f000002);
    b = quota_key_of_address((struct sockaddr *)&two);
    assert_memory_not_equal(&a, &b, sizeof a);
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    struct sockaddr_in6 same = {.sin6_family = AF_INET6};
    memset(&six.sin6_addr, 9, 16);
    memset(&same.sin6_addr, 9, 8); /* the other half is the host's own choice */
    a = quota_key_of_address((struct sockaddr *)&six);
    b = quota_key_of_address((struct sockaddr *)&same);
    assert_memory_equal(&a, &b, sizeof a);
    same.sin6_addr.s6_addr[7] = 8;
    b = quota_key_of_address((struct sockaddr *)&same);
    assert_memory_not_equal(&a, &b, sizeof a);
    struct quotas *quotas = table();
    const struct sockaddr none = {.sa_family = AF_UNIX};
    a = quota_key_of_address(&none);
    assert_ptr_equal(quotas_of(quotas, &a, 0), &quotas->rest);
    drop(quotas);
}

/* However many want everything, each gets as much as is left for one more. */
static void places_are_shared(void **state)
{
    (void)state;
    const struct {
        unsigned peers;
        unsigned each;
    } cases[] = {{1, 50}, {2, 33}, {3, 25}, {9, 10}, {99, 1}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct quota peers[100] = {{.connections = 0}};
        uint32_t total = 0;
        for (bool grew = true; grew;) {
            grew = false;
            for (unsigned n = 0; n < cases[i].peers; n++) {
                if (quota_has_room(&peers[n], total, 100)) {
                    peers[n].requests++;
                    total++;
                    grew = true;
                }
            }
        }
        for (unsigned n = 0; n < cases[i].peers; n++) {
            assert_in_range(peers[n].requests, cases[i].each, cases[i].each + 1);
        }
        assert_true(quota_has_room(&peers[99], total, 100)); /* a newcomer */
        assert_true(total < 100);
    }
}

static void a_turn_taken_too_long_is_paid_back(void **state)
{
    (void)state;
    const uint64_t turn_ns = (uint64_t)HTTP_TURN_US * 1000;
    struct quota quota = {.turn = 5};
    assert_true(quota_has_turn(&quota, 5));
    quota.spent_ns += turn_ns - 1;
    assert_true(quota_has_turn(&quota, 5));
    quota.spent_ns += 1;
    assert_false(quota_has_turn(&quota, 5));
    assert_true(quota_has_turn(&quota, 6));
    quota.spent_ns += 3 * turn_ns;
    assert_false(quota_has_turn(&quota, 8));
    assert_true(quota_has_turn(&quota, 9));
    assert_true(quota_has_turn(&quota, 1000000)); /* what was not used is no credit */
    quota.spent_ns += turn_ns;
    assert_false(quota_has_turn(&quota, 1000000));
}

static void without_memory_there_is_no_table(void **state)
{
    (void)state;
    struct quotas quotas;
    struct error err;
    mem_fail_after(0);
    assert_int_equal(quotas_open(&quotas, &err), RESULT_FAILED);
    mem_fail_after(-1);
    assert_int_equal(err.fault, FAULT_NO_MEMORY);
    quotas_close(&quotas);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_allowance_is_its_burst_and_what_time_gives_back),
        cmocka_unit_test(who_comes_back_finds_its_debts),
        cmocka_unit_test(an_idle_peers_place_is_given_to_another),
        cmocka_unit_test(past_the_table_all_share_one),
        cmocka_unit_test(who_is_the_same_peer),
        cmocka_unit_test(places_are_shared),
        cmocka_unit_test(a_turn_taken_too_long_is_paid_back),
        cmocka_unit_test(without_memory_there_is_no_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
