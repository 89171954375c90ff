/* jcs.h, by the examples of RFC 8785 as far as they have no fractions, and beside them. digest.h: SHA3-512. */
#include "unit/unit.h"

#include <string.h>

#include "base/attr.h"
#include "base/digest.h"
#include "base/encode.h"
#include "base/jcs.h"
#include "base/mem.h"

static enum result canonical(const char *text, struct buf *out, struct error *err)
{
    struct json *document CLEANUP(json_cleanup) = NULL;
    TRY(json_parse(slice_text(text), &document, err));
    return jcs_write(document, out, err);
}

static void check(const char *text, const char *wanted)
{
    struct buf out;
    struct error err = {0};
    buf_init(&out, 4096);
    if (canonical(text, &out, &err) != RESULT_OK) {
        fail_msg("%s: %s", text, err.what);
    }
    if (!slice_is(buf_slice(&out), wanted)) {
        fail_msg("%.*s, wanted %s", (int)out.len, (const char *)out.ptr, wanted);
    }
    buf_free(&out);
}

/* RFC 8785 section 3.2.2 without its numbers, whose form is ECMAScript's for fractions. */
static void literals_and_escapes_of_the_rfc(void **state)
{
    (void)state;
    check("{\n  \"string\": \"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\",\n"
          "  \"literals\": [null, true, false]\n}",
          "{\"literals\":[null,true,false],\"string\":\"\xe2\x82\xac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
}

/* RFC 8785 section 3.2.3: by UTF-16 code units, so that an emoji comes before a Hebrew letter of U+FB33. */
static void members_sort_as_in_the_rfc(void **state)
{
    (void)state;
    check("{\n  \"\\u20ac\": \"Euro Sign\",\n  \"\\r\": \"Carriage Return\",\n"
          "  \"\\ufb33\": \"Hebrew Letter Dalet With Dagesh\",\n  \"1\": \"One\",\n"
          "  \"\\ud83d\\ude00\": \"Emoji: Grinning Face\",\n  \"\\u0080\": \"Control\",\n"
          "  \"\\u00f6\": \"Latin Small Letter O With Diaeresis\"\n}",
          "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\xc2\x80\":\"Control\","
          "\"\xc3\xb6\":\"Latin Small Letter O With Diaeresis\",\"\xe2\x82\xac\":\"Euro Sign\","
          "\"\xf0\x9f\x98\x80\":\"Emoji: Grinning Face\",\"\xef\xac\xb3\":\"Hebrew Letter Dalet With Dagesh\"}");
}

static void forms_beside_the_examples(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *wanted;
    } cases[] = {
        {"{}", "{}"},
        {" [ ] ", "[]"},
        {"\"\"", "\"\""},
        {"{\"b\":{\"z\":1,\"a\":[3,{\"y\":2,\"x\":1}]},\"a\":0}",
         "{\"a\":0,\"b\":{\"a\":[3,{\"x\":1,\"y\":2}],\"z\":1}}"},
        {"{\"aa\":1,\"a\":2,\"\":3}", "{\"\":3,\"a\":2,\"aa\":1}"},
        /* nothing is normalised: A and a combining ring stay two characters */
        {"{\"Unnormalized Unicode\":\"A\\u030a\"}", "{\"Unnormalized Unicode\":\"A\xcc\x8a\"}"},
        /* order ignores every language */
        {"{\"peach\":\"a\",\"p\\u00e9ch\\u00e9\":\"b\",\"p\\u00eache\":\"c\",\"sin\":\"d\"}",
         "{\"peach\":\"a\",\"p\xc3\xa9"
         "ch\xc3\xa9\":\"b\",\"p\xc3\xaa"
         "che\":\"c\",\"sin\":\"d\"}"},
        {"\"\\b\\t\\n\\u000b\\f\\r\\u0001\\u001f\\u007f\\u2028\"",
         "\"\\b\\t\\n\\u000b\\f\\r\\u0001\\u001f\x7f\xe2\x80\xa8\""},
        {"[0,-0,-1,10,9007199254740991,-9007199254740991,1e3,60.0]",
         "[0,0,-1,10,9007199254740991,-9007199254740991,1000,60]"},
        {"{\"\\ue000\":1,\"\\uffff\":2,\"\\ud800\\udc00\":3,\"\\ud7ff\":4,\"\\udbff\\udfff\":5}",
         "{\"\xed\x9f\xbf\":4,\"\xf0\x90\x80\x80\":3,\"\xf4\x8f\xbf\xbf\":5,\"\xee\x80\x80\":1,\"\xef\xbf\xbf\":2}"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        check(cases[i].text, cases[i].wanted);
        check(cases[i].wanted, cases[i].wanted); /* what is canonical stays as it is */
    }
}

static void what_has_no_form_here_is_refused(void **state)
{
    (void)state;
    static const char *const numbers[] = {"1.5", "[4.50]", "1E30", "9007199254740993", "2e-3"};
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        struct buf out;
        struct error err = {0};
        buf_init(&out, 100);
        assert_int_equal(canonical(numbers[i], &out, &err), RESULT_FAILED);
        assert_int_equal(err.fault, FAULT_INVALID);
        buf_free(&out);
    }
}

static void a_full_buffer_and_a_full_heap_are_faults(void **state)
{
    (void)state;
    static const char text[] = "{\"b\":[1,\"twee\"],\"a\":{\"c\":true,\"d\":null}}";
    for (size_t ceiling = 0; ceiling < sizeof text - 1; ceiling++) {
        struct buf out;
        struct error err = {0};
        buf_init(&out, ceiling);
        assert_int_equal(canonical(text, &out, &err), RESULT_FAILED);
        buf_free(&out);
    }
    enum result result = RESULT_FAILED;
    long n = 0;
    for (; result != RESULT_OK; n++) {
        struct buf out;
        struct error err = {0};
        buf_init(&out, sizeof text - 1);
        mem_fail_after(n);
        result = canonical(text, &out, &err);
        mem_fail_after(-1);
        assert_true(n < 1000 && (result == RESULT_OK || err.fault != FAULT_NONE));
        buf_free(&out);
    }
    assert_true(n > 5);
}

/* FIPS 202, the examples that NIST publishes with it. */
static void sha3_512_of_known_texts(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *hex;
    } cases[] = {
        {"",
         "a69f73cca23a9ac5c8b567dc185a756e97c982164fe25859e0d1dcc1475c80a615b2123af1f5f94c11e3e9402c3ac558f500199d95b6"
         "d3e301758586281dcd26"},
        {"abc",
         "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e10e116e9192af3c91a7ec57647e3934057340b4cf"
         "408d5a56592f8274eec53f0"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct sha3_512 digest;
        char hex[2 * SHA3_512_SIZE + 1];
        assert_int_equal(sha3_512_of(slice_text(cases[i].text), &digest, NULL), RESULT_OK);
        hex_encode(slice_of(digest.bytes, sizeof digest.bytes), hex);
        assert_string_equal(hex, cases[i].hex);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(literals_and_escapes_of_the_rfc),
        cmocka_unit_test(members_sort_as_in_the_rfc),
        cmocka_unit_test(forms_beside_the_examples),
        cmocka_unit_test(what_has_no_form_here_is_refused),
        cmocka_unit_test(a_full_buffer_and_a_full_heap_are_faults),
        cmocka_unit_test(sha3_512_of_known_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
