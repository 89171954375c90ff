/* A table on a terminal: aligned by characters, and nothing a partner sends steers the terminal. */
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "cmd/table.h"

static void cells_are_padded_by_characters_and_shown_without_steering(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int width;
        const char *shown;
    } cases[] = {
        {"abc", 5, "abc  "},
        {"abc", 2, "abc "},
        {"abc", 3, "abc "},
        {"", 2, "  "},
        {"caf\xc3\xa9", 5, "caf\xc3\xa9 "},
        {"a\x1b[2Jb\n\x7f", 0, "a?[2Jb??"},
        {"a\xc2\x9b"
         "2Jb",
         6, "a?2Jb "}, /* CSI as one character of two bytes */
        {"a\xe2\x80\xae"
         "b",
         4, "a?b "}, /* right-to-left override */
        {"a\xe2\x81\xa9"
         "b",
         0, "a?b"},                                      /* end of an isolate */
        {"\xe2\x80\x99s-Heer", 0, "\xe2\x80\x99s-Heer"}, /* a quotation mark is no direction mark */
        {"\xc2\xb0", 0, "\xc2\xb0"},
        {"\xe2", 0, "\xe2"}, /* cut short: no byte past the end is read */
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char *text = NULL;
        size_t len = 0;
        FILE *out = open_memstream(&text, &len);
        assert_non_null(out);
        table_cell(out, cases[i].text, cases[i].width);
        assert_int_equal(fclose(out), 0);
        assert_string_equal(text, cases[i].shown);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_are_padded_by_characters_and_shown_without_steering),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
