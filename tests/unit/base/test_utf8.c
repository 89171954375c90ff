/* RFC 3629 and what may be shown to people. */
#include "unit/unit.h"

#include "base/attr.h"
#include "base/date.h"
#include "base/utf8.h"

static void only_utf8_is_valid(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool valid;
        bool printable;
    } cases[] = {
        {"", true, true},
        {"Zo\xc3\xab", true, true},
        {"\xe2\x82\xac \xf0\x9f\x98\x80", true, true},
        {"\xf4\x8f\xbf\xbf", true, true},
        {"\xed\x9f\xbf", true, true},
        {"regel\n", true, false},
        {"\x7f", true, false},
        {"\x1b[2J", true, false},
        {"\xc2\x85", true, false},
        {"\xe2\x80\xa8", true, false},
        {"\xe2\x80\xae"
         "omgekeerd",
         true, false},
        {"\xe2\x81\xa6", true, false},
        {"\x80", false, false},
        {"\xc3", false, false},
        {"\xc0\x80", false, false},
        {"\xc1\xbf", false, false},
        {"\xe0\x80\x80", false, false},
        {"\xe0\x9f\xbf", false, false},
        {"\xf0\x8f\xbf\xbf", false, false},
        {"\xed\xa0\x80", false, false},
        {"\xed\xbf\xbf", false, false},
        {"\xf4\x90\x80\x80", false, false},
        {"\xf5\x80\x80\x80", false, false},
        {"\xff", false, false},
        {"\xe2\x82", false, false},
        {"\xe2\x28\xa1", false, false},
        {"a\xf0\x9f\x98", false, false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        if (utf8_valid(slice_text(cases[i].text)) != cases[i].valid ||
            utf8_printable(slice_text(cases[i].text)) != cases[i].printable) {
            fail_msg("row %zu", i);
        }
    }
    assert_true(utf8_valid(slice_of("\0", 1)));
    assert_false(utf8_printable(slice_of("\0", 1)));
}

static void only_calendar_days_exist(void **state)
{
    (void)state;
    static const struct {
        struct date date;
        bool exists;
    } cases[] = {
        {{2024, 2, 29}, true},   {{2025, 2, 29}, false}, {{1900, 2, 29}, false}, {{2000, 2, 29}, true},
        {{2026, 0, 1}, false},   {{2026, 13, 1}, false}, {{2026, 4, 31}, false}, {{2026, 1, 0}, false},
        {{1799, 12, 31}, false}, {{1800, 1, 1}, true},   {{2199, 12, 31}, true}, {{2200, 1, 1}, false},
        {{0, 0, 0}, false},      {{-1, 1, 1}, false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(date_exists(&cases[i].date), cases[i].exists);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_utf8_is_valid),
        cmocka_unit_test(only_calendar_days_exist),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
