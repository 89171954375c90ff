/* json.h, the tree: names, numbers, escapes, getters, bounds, and every allocation failing in turn. */
#include "unit/base/json_cases.h"

#include "base/mem.h"

static void escapes_are_decoded(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        const char *text;
    } cases[] = {
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"},
        {"\"\\u0041\\u00e9\\u20AC\"", "A\xC3\xA9\xE2\x82\xAC"},
        {"\"\\ud83d\\uDE00\"", "\xF0\x9F\x98\x80"},
        {"\"\\ud800\\udc00\\uDBFF\\uDFFF\"", "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"},
        {"\"\\uFFFF\\ud7ff\\ue000\"", "\xEF\xBF\xBF\xED\x9F\xBF\xEE\x80\x80"},
        {"\"\xF0\x9F\x98\x80\"", "\xF0\x9F\x98\x80"},
        {"\"\"", ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct json *document = NULL;
        struct error err;
        assert_int_equal(parse(slice_text(cases[i].json), &document, &err), RESULT_OK);
        assert_true(slice_is(json_text(document), cases[i].text));
        json_free(document);
    }
}

static void duplicate_names_are_refused_where_they_stand(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        const char *where;
    } cases[] = {
        {"{\"a\":1,\"a\":1}", "regel 1, kolom 8"},
        {"{\"a\":1,\n \"b\":2,\n \"a\":3}", "regel 3, kolom 2"},
        {"{\"a\":1,\"\\u0061\":2}", "regel 1, kolom 8"}, /* the same name, written otherwise */
        {"{\"\":1,\"\":2}", "regel 1, kolom 7"},
        {"{\"\xC3\xA9\":1,\"\\u00e9\":2}", "regel 1, kolom 8"},
        {"[{\"a\":1},{\"b\":{\"c\":1,\"d\":{},\"c\":2}}]", "regel 1, kolom 29"},
        {"{\"a\":{\"a\":{\"a\":1,\"a\":2}}}", "regel 1, kolom 18"},
        {"{\"x\":{\"a\":1},\"a\":[{\"a\":2}],\n\"a\":3}", "regel 2, kolom 1"},
        {"{\"c\":1,\"b\":2,\"a\":3,\"b\":4,\"c\":5}", "regel 1, kolom 20"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct json *document = NULL;
        struct error err;
        assert_int_equal(parse(slice_text(cases[i].json), &document, &err), RESULT_FAILED);
        assert_null(document);
        assert_int_equal(err.fault, FAULT_SYNTAX);
        assert_string_equal(err.where, cases[i].where);
        assert_string_equal(err.what, "een object heeft twee velden met dezelfde naam");
    }
}

static void many_members(struct buf *text, int count, const char *end)
{
    buf_init(text, 1 << 20);
    buf_text(text, "{\n");
    for (int i = 0; i < count; i++) {
        buf_format(text, "%s\"m%d\":%d", i != 0 ? "," : "", i, i);
    }
    buf_text(text, end);
    assert_true(buf_ok(text));
}

static void members_of_an_object_are_bounded(void **state)
{
    (void)state;
    struct buf text;
    many_members(&text, JSON_MEMBERS_MAX, "}");
    assert_accepted(buf_slice(&text));
    buf_free(&text);
    many_members(&text, JSON_MEMBERS_MAX, "\n,\"m4096\":1}");
    struct json *document = NULL;
    struct error err;
    assert_int_equal(parse(buf_slice(&text), &document, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_SYNTAX);
    assert_string_equal(err.where, "regel 3, kolom 2");
    assert_string_equal(err.what, "een object heeft te veel velden (hoogstens 4096)");
    buf_free(&text);
    /* The last of many is a duplicate of the first. */
    many_members(&text, JSON_MEMBERS_MAX - 1, "\n,\"m0\":1}");
    assert_int_equal(parse(buf_slice(&text), &document, &err), RESULT_FAILED);
    assert_string_equal(err.where, "regel 3, kolom 2");
    buf_free(&text);
}

/* cJSON copies a number into 63 characters and would drop or stumble over the rest. */
static void length_of_a_number_is_bounded(void **state)
{
    (void)state;
    static const char *const shapes[][2] = {{"", ""}, {"[", "]"}, {"{\"a\":", "}"}};
    char number[80] = "";
    for (size_t k = 0; k < COUNT_OF(shapes); k++) {
        for (size_t len = JSON_NUMBER_MAX - 1; len <= JSON_NUMBER_MAX + 2; len++) {
            memset(number, '9', len);
            number[1] = '.';
            number[len] = '\0';
            struct buf text;
            buf_init(&text, 200);
            buf_format(&text, "%s%s%s", shapes[k][0], number, shapes[k][1]);
            if (len <= JSON_NUMBER_MAX) {
                assert_accepted(buf_slice(&text));
            } else {
                assert_refused(buf_slice(&text));
            }
            buf_free(&text);
        }
    }
}

static void integers_are_exact_or_zero(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        int64_t value;
    } cases[] = {
        {"0", 0},
        {"-0", 0},
        {"7", 7},
        {"-7", -7},
        {"1.0", 1},
        {"1e2", 100},
        {"120e-1", 12},
        {"9007199254740991", 9007199254740991},
        {"-9007199254740991", -9007199254740991},
        /* past what a double tells apart: not an integer to us */
        {"9007199254740992", 0},
        {"9007199254740993", 0},
        {"-9007199254740992", 0},
        {"9223372036854775807", 0},
        {"9223372036854775808", 0},
        {"18446744073709551616", 0},
        {"1e308", 0},
        {"1e400", 0},
        {"-1e400", 0},
        {"1.5", 0},
        {"-0.1", 0},
        {"\"7\"", 0},
        {"true", 0},
        {"null", 0},
        {"[7]", 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct json *document = NULL;
        struct error err;
        assert_int_equal(parse(slice_text(cases[i].json), &document, &err), RESULT_OK);
        assert_true(json_int(document) == cases[i].value);
        json_free(document);
    }
}

static void getters_walk_the_tree(void **state)
{
    (void)state;
    struct error err;
    CLEANUP(json_cleanup) struct json *document = NULL;
    const char *text = "{\"t\":\"tekst\",\"n\":null,\"b\":true,\"l\":[1,\"2\",false],\"o\":{\"T\":\"x\"},\"i\":5}";
    assert_int_equal(json_parse(slice_text(text), &document, &err), RESULT_OK);
    static const enum json_kind kinds[] = {JSON_TEXT, JSON_NULL, JSON_BOOL, JSON_ARRAY, JSON_OBJECT, JSON_NUMBER};
    static const char *const names[] = {"t", "n", "b", "l", "o", "i"};
    size_t i = 0;
    for (const struct json *m = json_first(document); m != NULL; m = json_next(m), i++) {
        assert_int_equal(json_kind(m), kinds[i]);
        assert_string_equal(json_name(m), names[i]);
        assert_ptr_equal(json_member(document, names[i]), m);
    }
    assert_int_equal(i, 6);
    assert_int_equal(json_size(document), 6);
    assert_int_equal(json_size(json_member(document, "l")), 3);
    assert_string_equal(json_name(json_first(json_member(document, "l"))), "");
    assert_true(json_bool(json_member(document, "b")));
    assert_int_equal(json_int(json_member(document, "i")), 5);
    assert_true(slice_is(json_text_of(document, "t"), "tekst"));
    assert_null(json_member(document, "T")); /* names are case-sensitive */
    assert_true(slice_is(json_text_of(json_member(document, "o"), "T"), "x"));
}

static void getters_are_safe_on_anything(void **state)
{
    (void)state;
    static const char *const texts[] = {"null", "true", "1", "\"a\"", "[1,[2]]", "{\"b\":1}"};
    for (size_t i = 0; i <= COUNT_OF(texts); i++) {
        struct json *document = NULL;
        struct error err;
        if (i < COUNT_OF(texts)) {
            assert_int_equal(parse(slice_text(texts[i]), &document, &err), RESULT_OK);
        }
        assert_null(json_member(document, "a"));
        assert_int_equal(json_text_of(document, "a").len, 0);
        assert_string_equal(json_cstr(json_member(document, "a")), "");
        assert_int_equal(json_bool(document), i == 1);
        assert_int_equal(json_int(document), i == 2);
        assert_int_equal(json_text(document).len, i == 3);
        assert_int_equal(json_size(document), i == 4 ? 2 : i == 5);
        json_free(document);
    }
    assert_int_equal(json_kind(NULL), JSON_NULL);
}

/* Until it succeeds, the n-th allocation fails: the answer is a fault, and nothing leaks (leak sanitizer). */
static void every_allocation_may_fail(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{\"a\":[1,2,{\"b\":\"tekst\",\"c\":[]}],\"d\":{\"e\":null,\"f\":\"\\u00e9\"}}",
        "{\"a\":1,\"a\":2}",
        "\"tekst\"",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        long n = 0;
        for (bool done = false; !done; n++) {
            assert_true(n < 100);
            struct json *document = NULL;
            struct error err = {0};
            mem_fail_after(n);
            const enum result result = json_parse(slice_text(texts[i]), &document, &err);
            mem_fail_after(-1);
            done = result == RESULT_OK || err.fault == FAULT_SYNTAX;
            if (!done) {
                assert_int_equal(err.fault, FAULT_NO_MEMORY);
                assert_null(document);
            }
            json_free(document);
        }
        assert_true(n > 2); /* the parser's own heap goes through the same door */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes_are_decoded),
        cmocka_unit_test(duplicate_names_are_refused_where_they_stand),
        cmocka_unit_test(members_of_an_object_are_bounded),
        cmocka_unit_test(length_of_a_number_is_bounded),
        cmocka_unit_test(integers_are_exact_or_zero),
        cmocka_unit_test(getters_walk_the_tree),
        cmocka_unit_test(getters_are_safe_on_anything),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
