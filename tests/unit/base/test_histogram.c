/* Classes are inclusive, ascending, and the words say the same as the numbers. */
#include "unit/unit.h"

#include <stdlib.h>

#include "base/histogram.h"

static void bounds_ascend_and_are_written_as_they_are(void **state)
{
    (void)state;
    for (size_t i = 0; i < HISTOGRAM_BOUNDS; i++) {
        assert_true(i == 0 || histogram_bounds_us[i] > histogram_bounds_us[i - 1]);
        assert_int_equal((long)(strtod(histogram_bounds_s[i], NULL) * 1e6 + 0.5), (long)histogram_bounds_us[i]);
    }
}

static void each_value_is_counted_once(void **state)
{
    (void)state;
    struct histogram h = {.sum_us = 0};
    histogram_add(&h, 0);
    histogram_add(&h, 500);
    histogram_add(&h, 501);
    histogram_add(&h, 10000000);
    histogram_add(&h, 10000001);
    assert_int_equal(h.counts[0], 2);
    assert_int_equal(h.counts[1], 1);
    assert_int_equal(h.counts[HISTOGRAM_BOUNDS - 1], 1);
    assert_int_equal(h.counts[HISTOGRAM_BOUNDS], 1);
    assert_int_equal(h.sum_us, 20001002);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounds_ascend_and_are_written_as_they_are),
        cmocka_unit_test(each_value_is_counted_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
