/* What little room on a disk means. */
#include "unit/unit.h"

#include <string.h>

#include "cmd/check_parts.h"

static const uint64_t mib = 1048576;

static void room_for_the_log_and_for_a_backup(void **state)
{
    (void)state;
    const char *advice = NULL;
    assert_int_equal(check_room(63 * mib, 0, &advice), CHECK_WRONG);
    assert_non_null(strstr(advice, "niets worden vastgelegd"));
    assert_int_equal(check_room(64 * mib, 0, &advice), CHECK_FINE);
    assert_int_equal(check_room(1063 * mib, 1000 * mib, &advice), CHECK_MIND);
    assert_non_null(strstr(advice, "reservekopie"));
    assert_int_equal(check_room(1064 * mib, 1000 * mib, &advice), CHECK_FINE);
}

static void files_that_can_still_be_made(void **state)
{
    (void)state;
    const char *advice = NULL;
    assert_int_equal(check_inodes(0, 0, &advice), CHECK_FINE); /* a file system that counts none */
    assert_int_equal(check_inodes(100000, 0, &advice), CHECK_WRONG);
    assert_int_equal(check_inodes(100000, CHECK_FREE_INODES - 1, &advice), CHECK_MIND);
    assert_int_equal(check_inodes(100000, CHECK_FREE_INODES, &advice), CHECK_FINE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(room_for_the_log_and_for_a_backup),
        cmocka_unit_test(files_that_can_still_be_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
