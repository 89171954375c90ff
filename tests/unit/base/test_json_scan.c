/* json.h, the strict scan: RFC 8259 grammar, RFC 3629 UTF-8, depth, and the place that a fault names. */
#include "unit/base/json_cases.h"

#include <stdio.h>

static void valid_texts_are_accepted(void **state)
{
    (void)state;
    static const char *const good[] = {
        "null",
        "true",
        "false",
        "0",
        "-0",
        "1",
        "-1",
        "1.5",
        "0.0",
        "1e5",
        "1E+5",
        "1e-5",
        "-0.1e1",
        "\"\"",
        "\"a\"",
        "[]",
        "{}",
        " [ ] ",
        "\t\r\n{\r\n}\t ",
        "[1]",
        "[1,2]",
        "[[],{}]",
        "{\"\":1}",
        "{\"a\":{\"a\":{\"a\":1}}}",
        "{\"a\":1,\"A\":2}",
        "[{\"a\":1},{\"a\":1}]",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
        "\"\\u00e9\\u20AC\"",
        "\"\\ud83d\\ude00\"",
        "\"\\uDBFF\\uDFFF\"",
        "\"\\ud800\\udc00\"",
        "\"\\u0001\"",
        "\"\x7f\"",
        "\"/\"",
        "[null,true,false,0,\"\",[],{}]",
        "{\"a\":[{\"b\":[]}]}",
        "1e400",
        "-1e400",
        "1e-400",
    };
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        assert_accepted(slice_text(good[i]));
    }
}

static void broken_texts_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        /* nothing, or not a value */
        "",
        " ",
        "\n",
        "nul",
        "nulll",
        "True",
        "TRUE",
        "undefined",
        "NaN",
        "Infinity",
        "-Infinity",
        "inf",
        "a",
        "'a'",
        "#",
        "\\",
        "/**/1",
        "1//",
        "\xEF\xBB\xBF{}",
        "\v1",
        "\f1",
        "\xC2\xA0[]",
        /* numbers */
        "01",
        "-01",
        "00",
        "-",
        "+1",
        ".5",
        "1.",
        "-.5",
        "1.e1",
        "1e",
        "1e+",
        "1E-",
        "0x10",
        "1_000",
        "1,0",
        "--1",
        "1e1.5",
        "0e",
        "1 2",
        "1a",
        "0b1",
        "1.5.5",
        "\xEF\xBC\x91",
        /* trailing text */
        "{}x",
        "{} {}",
        "[]]",
        "{}}",
        "null null",
        "1 ,",
        "\"a\"\"b\"",
        "[1],",
        "{},",
        /* arrays and objects */
        "[",
        "]",
        "[1",
        "[1,",
        "[,",
        "[,1]",
        "[1,]",
        "[1,,2]",
        "[1 2]",
        "[1:2]",
        "[1}",
        "{",
        "}",
        "{1:2}",
        "{a:1}",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":1,",
        "{\"a\":1,}",
        "{\"a\" 1}",
        "{\"a\"::1}",
        "{\"a\":1]",
        "{\"a\",1}",
        "{,}",
        "{\"a\":}",
        "{\"a\":1 \"b\":2}",
        "{\"a\":1,,\"b\":2}",
        "{null:1}",
        "{[]:1}",
        "{'a':1}",
        "{\"a\":1;}",
        "[\"a\"",
        "[{]}",
        "{\"a\":[}",
        "[[]",
        "{\"a\"}",
        /* texts */
        "\"",
        "\"a",
        "\"\\\"",
        "\"\\",
        "\"\\a\"",
        "\"\\x41\"",
        "\"\\'\"",
        "\"\\0\"",
        "\"\\U0041\"",
        "\"\\u\"",
        "\"\\u1\"",
        "\"\\u12\"",
        "\"\\u123\"",
        "\"\\u123g\"",
        "\"\\u 123\"",
        "\"\\u-123\"",
        "\"\\u+123\"",
        "\"\\u",
        "\"\\u12",
        "\"\n\"",
        "\"\t\"",
        "\"\r\"",
        "\"\x01\"",
        "\"\x1f\"",
        "\"a\nb\"",
        /* \u0000 would cut a C string short */
        "\"\\u0000\"",
        "\"a\\u0000b\"",
        "{\"\\u0000\":1}",
        "{\"a\\u0000\":1}",
        /* lone surrogates */
        "\"\\ud800\"",
        "\"\\udc00\"",
        "\"\\ud800a\"",
        "\"\\ud800\\n\"",
        "\"\\ud800\\u0041\"",
        "\"\\ud800\\ud800\"",
        "\"\\udc00\\ud800\"",
        "\"\\udfff\"",
        "\"\\uDBFF\"",
        "\"\\ud800\\",
        "\"\\ud800\\u",
        "\"\\ud800\\udc0\"",
        "\"\\ud800",
        "{\"\\ud800\":1}",
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_refused(slice_text(bad[i]));
    }
    assert_refused(slice_of(NULL, 0));
}

static void zero_bytes_are_refused(void **state)
{
    (void)state;
    assert_refused(slice_of("\0", 1));
    assert_refused(slice_of("{}\0", 3));
    assert_refused(slice_of("\"a\0b\"", 5));
    assert_refused(slice_of("\"\\\0\"", 4));
    assert_refused(slice_of("1\0", 2));
    assert_refused(slice_of("[1\0]", 4));
    assert_refused(slice_of("{\"a\0\":1}", 8));
}

/* The scan must stop at the slice's end, not at what follows in memory. */
static void text_ends_where_the_slice_ends(void **state)
{
    (void)state;
    assert_accepted(slice_of("12x", 2));
    assert_accepted(slice_of("truex", 4));
    assert_refused(slice_of("true", 3));
    assert_refused(slice_of("\"abc\"", 4));
    assert_refused(slice_of("\"\\u0041\"", 6));
    assert_refused(slice_of("\"\xE2\x82\xAC\"", 3));
}

/* Table 3-7 of the Unicode standard: the edges of every row of well-formed UTF-8, and just past them. */
static void utf8_edges(void **state)
{
    (void)state;
    static const char *const good[] = {
        "\xC2\x80",         "\xDF\xBF",         "\xE0\xA0\x80",     "\xE0\xBF\xBF",     "\xE1\x80\x80",
        "\xEC\xBF\xBF",     "\xED\x80\x80",     "\xED\x9F\xBF",     "\xEE\x80\x80",     "\xEF\xBF\xBF",
        "\xF0\x90\x80\x80", "\xF0\xBF\xBF\xBF", "\xF1\x80\x80\x80", "\xF3\xBF\xBF\xBF", "\xF4\x80\x80\x80",
        "\xF4\x8F\xBF\xBF", "\xEF\xBB\xBF",
    };
    static const char *const bad[] = {
        "\x80",
        "\xBF",
        "\xC0\x80",
        "\xC1\xBF",
        "\xC2",
        "\xC2\x7F",
        "\xC2\xC0",
        "\xDF",
        "\xE0\x80\x80",
        "\xE0\x9F\xBF",
        "\xE0\xA0",
        "\xE0\xA0\x7F",
        "\xE0\xA0\xC0",
        "\xE1\x80",
        "\xE1\x7F\x80",
        "\xE1\xC0\x80",
        "\xED\xA0\x80",
        "\xED\xBF\xBF",
        "\xED\xA0\xBD\xED\xB8\x80",
        "\xEF\xBF",
        "\xF0\x80\x80\x80",
        "\xF0\x8F\xBF\xBF",
        "\xF0\x90\x80",
        "\xF0\x90\x80\x7F",
        "\xF0\x90\x7F\x80",
        "\xF0\x90\xC0\x80",
        "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80",
        "\xF8\x88\x80\x80\x80",
        "\xFC\x84\x80\x80\x80\x80",
        "\xFE",
        "\xFF",
        "a\x80",
        "\xC3\xA9\xA9",
    };
    char text[32];
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        (void)snprintf(text, sizeof text, "\"%s\"", good[i]);
        assert_accepted(slice_text(text));
        (void)snprintf(text, sizeof text, "{\"x%sx\":1}", good[i]);
        assert_accepted(slice_text(text));
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        (void)snprintf(text, sizeof text, "\"%s\"", bad[i]);
        assert_refused(slice_text(text));
        (void)snprintf(text, sizeof text, "{\"x%sx\":1}", bad[i]);
        assert_refused(slice_text(text));
        (void)snprintf(text, sizeof text, "\"%s", bad[i]); /* cut off at the end */
        assert_refused(slice_text(text));
    }
}

static void faults_name_line_and_column(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        const char *where;
    } cases[] = {
        {"", "regel 1, kolom 1"},
        {"x", "regel 1, kolom 1"},
        {"{} x", "regel 1, kolom 4"},
        {"{\"a\": 01}", "regel 1, kolom 9"},
        {"{\n  \"a\": tru\n}", "regel 2, kolom 8"},
        {"{\r\n\"a\" 1}", "regel 2, kolom 5"},
        {"\n\n\n", "regel 4, kolom 1"},
        {"[\n1,\n2,\n]", "regel 4, kolom 1"},
        {"[\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\" x]", "regel 1, kolom 8"}, /* characters, not bytes */
        {"[\"\xC3\xA9\xFF\"]", "regel 1, kolom 4"},
        {"\"ab\ncd\"", "regel 1, kolom 4"},
        {"{\"a\":\"\\ud800\"}", "regel 1, kolom 13"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct json *document = NULL;
        struct error err;
        assert_int_equal(parse(slice_text(cases[i].json), &document, &err), RESULT_FAILED);
        assert_string_equal(err.where, cases[i].where);
    }
}

/* A fault goes to logs and to the other side: what was sent may be a person's name. */
static void faults_never_repeat_the_input(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{\"Geheim\":1,\"Geheim\":2}",   "{\"Geheim\" 1}", "[\"Geheim\", Geheim]", "\"Geheim", "Geheim",
        "{\"Geheim\":\"Geheim\"} Geheim"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct json *document = NULL;
        struct error err;
        assert_int_equal(parse(slice_text(texts[i]), &document, &err), RESULT_FAILED);
        assert_null(strstr(err.what, "Geheim"));
        assert_null(strstr(err.where, "Geheim"));
    }
}

static void assert_depth(size_t depth, bool accepted)
{
    for (int mix = 0; mix < 3; mix++) {
        struct buf text;
        buf_init(&text, 1000);
        for (size_t i = 0; i < depth; i++) {
            const bool object = mix == 0 || (mix == 2 && i % 2 == 0);
            buf_text(&text, object ? (i + 1 < depth ? "{\"a\":" : "{") : "[");
        }
        for (size_t i = depth; i-- > 0;) {
            buf_byte(&text, mix == 0 || (mix == 2 && i % 2 == 0) ? '}' : ']');
        }
        assert_true(buf_ok(&text));
        if (accepted) {
            assert_accepted(buf_slice(&text));
        } else {
            assert_refused(buf_slice(&text));
        }
        buf_free(&text);
    }
}

static void depth_is_bounded(void **state)
{
    (void)state;
    assert_depth(1, true);
    assert_depth(JSON_DEPTH_MAX, true);
    assert_depth(JSON_DEPTH_MAX + 1, false);
    /* A hundred thousand openings cost no stack. */
    struct buf deep;
    buf_init(&deep, 200000);
    buf_fill(&deep, '[', 100000);
    assert_refused(buf_slice(&deep));
    buf_free(&deep);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_texts_are_accepted),
        cmocka_unit_test(broken_texts_are_refused),
        cmocka_unit_test(zero_bytes_are_refused),
        cmocka_unit_test(text_ends_where_the_slice_ends),
        cmocka_unit_test(utf8_edges),
        cmocka_unit_test(faults_name_line_and_column),
        cmocka_unit_test(faults_never_repeat_the_input),
        cmocka_unit_test(depth_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
