/* How a question names its subject: what is written is read, and nothing else is. */
#include "unit/unit.h"

#include <string.h>

#include "matching/naming.h"

static struct fault_list read_name(const char *text, struct bsn *out)
{
    struct json *json = NULL;
    struct error err;
    struct fault_list faults = {0};
    assert_int_equal(json_parse(slice_text(text), &json, &err), RESULT_OK);
    naming_read(json, out, &faults);
    json_free(json);
    return faults;
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    struct bsn subject;
    struct bsn back = {0};
    struct buf text;
    assert_true(bsn_parse(slice_text("999000007"), &subject));
    buf_init(&text, 256);
    struct json_writer w = json_writer(&text);
    json_begin_object(&w, NULL);
    naming_write(&w, &subject);
    json_end_object(&w);
    buf_byte(&text, '\0');
    assert_string_equal((const char *)text.ptr, "{\"betrokkene\":{\"bsn\":\"999000007\"}}");
    assert_int_equal(read_name((const char *)text.ptr, &back).count, 0);
    assert_true(bsn_equal(&subject, &back));
    buf_free(&text);
}

static void anything_else_is_refused_and_leaves_nobody_named(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *where;
    } cases[] = {
        {"{\"betrokkene\":{\"bsn\":\"999000008\"}}", "/betrokkene/bsn"}, /* eleven-test */
        {"{\"betrokkene\":{\"bsn\":\"000000000\"}}", "/betrokkene/bsn"},
        {"{\"betrokkene\":{\"bsn\":\"99900000\"}}", "/betrokkene/bsn"},
        {"{\"betrokkene\":{\"bsn\":\"9990000070\"}}", "/betrokkene/bsn"},
        {"{\"betrokkene\":{\"bsn\":\"99900000x\"}}", "/betrokkene/bsn"},
        {"{\"betrokkene\":{\"bsn\":999000007}}", "/betrokkene/bsn"},
        {"{\"betrokkene\":{}}", "/betrokkene/bsn"},
        {"{\"betrokkene\":{\"bsn\":\"999000007\",\"naam\":\"A\"}}", "/betrokkene"},
        {"{\"betrokkene\":\"999000007\"}", "/betrokkene"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct bsn out = {0};
        const struct fault_list faults = read_name(cases[i].text, &out);
        assert_int_equal(faults.count, 1);
        assert_string_equal(faults.items[0].where, cases[i].where);
        assert_null(strstr(faults.items[0].what, "99900"));
        assert_false(bsn_is_set(&out));
    }
}

/* That it is missing is for the table of the question to say, once. */
static void a_missing_name_adds_no_second_fault(void **state)
{
    (void)state;
    struct bsn out = {0};
    assert_int_equal(read_name("{}", &out).count, 0);
    assert_false(bsn_is_set(&out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(anything_else_is_refused_and_leaves_nobody_named),
        cmocka_unit_test(a_missing_name_adds_no_second_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
