/* The circuit as a table of events. */
#include "unit/unit.h"

#include "base/attr.h"
#include "peer/circuit.h"

static const struct circuit_limits limits = {.failures = 3, .open_ms = 100};

static void fail_times(struct circuit *circuit, int times, int64_t now_ms)
{
    for (int i = 0; i < times; i++) {
        const enum circuit_pass pass = circuit_admit(circuit, &limits, now_ms);
        assert_int_equal(pass, CIRCUIT_FREE);
        assert_int_equal(circuit_note(circuit, &limits, pass, CIRCUIT_FAILED, now_ms), i == 2);
    }
}

static void opens_after_failures_in_a_row(void **state)
{
    (void)state;
    struct circuit circuit = {0};
    fail_times(&circuit, 2, 0);
    (void)circuit_note(&circuit, &limits, circuit_admit(&circuit, &limits, 0), CIRCUIT_ANSWERED, 0);
    fail_times(&circuit, 3, 0);
    assert_int_equal(circuit_admit(&circuit, &limits, 99), CIRCUIT_REFUSED);
}

static void lets_one_trial_through(void **state)
{
    (void)state;
    struct circuit circuit = {0};
    fail_times(&circuit, 3, 0);
    assert_int_equal(circuit_admit(&circuit, &limits, 100), CIRCUIT_TRIAL);
    assert_int_equal(circuit_admit(&circuit, &limits, 100), CIRCUIT_REFUSED);
    assert_true(circuit_note(&circuit, &limits, CIRCUIT_TRIAL, CIRCUIT_FAILED, 150));
    assert_int_equal(circuit_admit(&circuit, &limits, 249), CIRCUIT_REFUSED);
    assert_int_equal(circuit_admit(&circuit, &limits, 250), CIRCUIT_TRIAL);
    assert_false(circuit_note(&circuit, &limits, CIRCUIT_TRIAL, CIRCUIT_ANSWERED, 260));
    assert_int_equal(circuit_admit(&circuit, &limits, 260), CIRCUIT_FREE);
    fail_times(&circuit, 3, 300);
}

static void cancelled_trial_makes_room_for_the_next(void **state)
{
    (void)state;
    struct circuit circuit = {0};
    fail_times(&circuit, 3, 0);
    assert_int_equal(circuit_admit(&circuit, &limits, 100), CIRCUIT_TRIAL);
    assert_false(circuit_note(&circuit, &limits, CIRCUIT_TRIAL, CIRCUIT_NEITHER, 110));
    assert_int_equal(circuit_admit(&circuit, &limits, 110), CIRCUIT_TRIAL);
}

static void late_failures_do_not_prolong(void **state)
{
    (void)state;
    struct circuit circuit = {0};
    fail_times(&circuit, 3, 0);
    assert_false(circuit_note(&circuit, &limits, CIRCUIT_FREE, CIRCUIT_FAILED, 90));
    assert_int_equal(circuit_admit(&circuit, &limits, 100), CIRCUIT_TRIAL);
    /* ... and a late answer closes it. */
    assert_false(circuit_note(&circuit, &limits, CIRCUIT_FREE, CIRCUIT_ANSWERED, 100));
    assert_int_equal(circuit_admit(&circuit, &limits, 100), CIRCUIT_FREE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_after_failures_in_a_row),
        cmocka_unit_test(lets_one_trial_through),
        cmocka_unit_test(cancelled_trial_makes_room_for_the_next),
        cmocka_unit_test(late_failures_do_not_prolong),
    };
    return cmocka_run_group_tests_name("circuit", tests, NULL, NULL);
}
