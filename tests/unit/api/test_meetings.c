/* Matches: how many may be open, names of events, what marks contact data, and who is told. */
#include "unit/unit.h"

#include <string.h>

#include "api/meetings_parts.h"

static void no_more_are_open_than_may_be(void **state)
{
    (void)state;
    struct error err;
    assert_int_equal(meetings_room(MEETINGS_MAX - 1, &err), RESULT_OK);
    assert_int_equal(meetings_room(MEETINGS_MAX, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_BUSY);
    assert_null(strstr(err.what, "match")); /* who publishes learns nothing by it */
}

static void an_event_has_one_row_however_often_it_comes(void **state)
{
    (void)state;
    const struct ident one = {{1}};
    const struct ident other = {{2}};
    const struct ident a = meetings_event_id(&one, 1);
    const struct ident again = meetings_event_id(&one, 1);
    const struct ident next = meetings_event_id(&one, 2);
    const struct ident elsewhere = meetings_event_id(&other, 1);
    assert_true(ident_equal(&a, &again));
    assert_false(ident_equal(&a, &next));
    assert_false(ident_equal(&a, &elsewhere));
}

static void the_mark_of_contact_data_is_that_of_the_same_data_alone(void **state)
{
    (void)state;
    const struct signal_contact one = {"G. Jansen", "0990555100"};
    const struct signal_contact same = {"G. Jansen", "0990555100"};
    const struct signal_contact others[] = {{"G. Jansen", "0990555101"}, {"R. Bakker", "0990555100"}, {"", ""}};
    const struct ident mark = meetings_contact_mark(&one);
    const struct ident again = meetings_contact_mark(&same);
    assert_true(ident_equal(&mark, &again));
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        const struct ident other = meetings_contact_mark(&others[i]);
        assert_false(ident_equal(&mark, &other));
    }
}

static void who_is_told_are_those_who_may_see_matches(void **state)
{
    (void)state;
    const uint32_t roles = roles_that_may(MAY_MEET);
    for (unsigned i = 0; i < ROLE_COUNT; i++) {
        assert_int_equal((roles & 1U << i) != 0, (role_may(1U << i) & MAY_MEET) != 0);
    }
    assert_false((roles & 1U << ROLE_SIGNALLER) != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_more_are_open_than_may_be),
        cmocka_unit_test(an_event_has_one_row_however_often_it_comes),
        cmocka_unit_test(the_mark_of_contact_data_is_that_of_the_same_data_alone),
        cmocka_unit_test(who_is_told_are_those_who_may_see_matches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
