/* json_where.h: where a JSON Pointer leads in a text, and where it ends when it leads nowhere. */
#include "unit/unit.h"

#include "base/attr.h"
#include "base/json_where.h"

static const char text[] = "{\n"
                           "  \"a\": 1,\n"
                           "  \"b\": [ {\"x\": \"}]\\\"\"}, [7, 8],\n"
                           "\t\"\xc3\xa9\", {\"y\" : {\"z\":false}} ],\n"
                           "  \"\\u0063\": {}, \"d\": []\n"
                           "}";

static void pointers_lead_to_their_values(void **state)
{
    (void)state;
    static const struct {
        const char *pointer;
        unsigned line;
        unsigned column;
    } cases[] = {
        {"", 1, 1},
        {"/a", 2, 8},
        {"/b", 3, 8},
        {"/b/0", 3, 10},
        {"/b/0/x", 3, 16},
        {"/b/1", 3, 25},
        {"/b/1/1", 3, 29},
        {"/b/2", 4, 2},
        {"/b/3/y/z", 4, 19},
        {"/c", 5, 13},
        {"/d", 5, 22},
        /* not there: at what should hold it */
        {"/e", 1, 1},
        {"/a/x", 2, 8},
        {"/b/4", 3, 8},
        {"/b/x", 3, 8},
        {"/b/0/y", 3, 10},
        {"/c/x/y", 5, 13},
        {"/d/0", 5, 22},
        {"/b/999999999999", 3, 8},
        {"geen", 1, 1},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct json_where where = json_where(slice_text(text), cases[i].pointer);
        if (where.line != cases[i].line || where.column != cases[i].column) {
            fail_msg("%s: %u:%u", cases[i].pointer, where.line, where.column);
        }
    }
}

/* Text that is cut anywhere has a place, too, inside the text. */
static void a_cut_text_has_a_place(void **state)
{
    (void)state;
    for (size_t len = 0; len < sizeof text; len++) {
        const struct json_where where = json_where(slice_of(text, len), "/b/3/y/z");
        assert_in_range(where.line, 1, 6);
        assert_in_range(where.column, 1, 40);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pointers_lead_to_their_values),
        cmocka_unit_test(a_cut_text_has_a_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
