/* json.h, writing: commas, escapes, what is written can be read, problem+json, the ceiling. */
#include "unit/unit.h"

#include <string.h>

#include "base/json.h"
#include "base/mem.h"

static void values_nest_with_their_commas(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 1000);
    struct json_writer w = json_writer(&out);
    json_begin_object(&w, NULL);
    json_put_text(&w, "a", "x");
    json_begin_array(&w, "b");
    json_put_int(&w, NULL, 1);
    json_begin_array(&w, NULL);
    json_end_array(&w);
    json_begin_object(&w, NULL);
    json_end_object(&w);
    json_put_bool(&w, NULL, false);
    json_end_array(&w);
    json_begin_object(&w, "c");
    json_put_null(&w, "d");
    json_put_bool(&w, "e", true);
    json_end_object(&w);
    json_put_raw(&w, "f", slice_text("[1, 2]"));
    json_put_slice(&w, "g", slice_of(NULL, 0));
    json_put_text(&w, "h", NULL);
    json_end_object(&w);
    assert_true(slice_is(buf_slice(&out), "{\"a\":\"x\",\"b\":[1,[],{},false],\"c\":{\"d\":null,\"e\":true},"
                                          "\"f\":[1, 2],\"g\":\"\",\"h\":\"\"}"));
    buf_free(&out);
}

static void integers_are_written_whole(void **state)
{
    (void)state;
    static const struct {
        int64_t value;
        const char *text;
    } cases[] = {
        {0, "0"},
        {-1, "-1"},
        {INT64_MAX, "9223372036854775807"},
        {INT64_MIN, "-9223372036854775808"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf out;
        buf_init(&out, 100);
        struct json_writer w = json_writer(&out);
        json_put_int(&w, NULL, cases[i].value);
        assert_true(slice_is(buf_slice(&out), cases[i].text));
        buf_free(&out);
    }
}

/* Every byte below 0x80 but zero, and characters of every width: written, then read back the same. */
static void written_text_reads_back(void **state)
{
    (void)state;
    static const char wide[] = "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\\u0000\"";
    char text[200] = "";
    for (int c = 1; c < 0x80; c++) {
        text[c - 1] = (char)c;
    }
    memcpy(text + 0x7F, wide, sizeof wide);
    struct buf out;
    buf_init(&out, 2000);
    struct json_writer w = json_writer(&out);
    json_begin_object(&w, NULL);
    json_put_text(&w, text, text);
    json_end_object(&w);
    struct json *document = NULL;
    struct error err;
    assert_int_equal(json_parse(buf_slice(&out), &document, &err), RESULT_OK);
    assert_string_equal(json_name(json_first(document)), text);
    assert_true(slice_is(json_text_of(document, text), text));
    json_free(document);
    buf_free(&out);
}

static void escapes_are_the_short_table(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 100);
    struct json_writer w = json_writer(&out);
    json_put_slice(&w, NULL, slice_of("a\"b\\c\n\x1f/\0", 9));
    assert_true(slice_is(buf_slice(&out), "\"a\\\"b\\\\c\\u000a\\u001f/\\u0000\""));
    buf_free(&out);
}

static void ceiling_and_memory_mark_the_buffer(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 9);
    struct json_writer w = json_writer(&out);
    json_put_text(&w, NULL, "abcdefg");
    assert_true(buf_ok(&out));
    json_put_int(&w, NULL, 1);
    assert_false(buf_ok(&out));
    buf_free(&out);
    mem_fail_after(0);
    buf_init(&out, 100);
    w = json_writer(&out);
    json_put_text(&w, NULL, "x");
    mem_fail_after(-1);
    assert_false(buf_ok(&out));
    buf_free(&out);
}

static void problem_lists_all_faults(void **state)
{
    (void)state;
    struct fault_list faults = {0};
    fault_list_add(&faults, FAULT_INVALID, "/bsn", "voldoet niet aan de \"elfproef\"");
    fault_list_add(&faults, FAULT_INVALID, "/reden", "dit veld ontbreekt");
    struct buf out;
    buf_init(&out, 10000);
    json_problem(&out, &faults);
    assert_true(slice_is(buf_slice(&out),
                         "{\"type\":\"urn:ketenbrug:fout:ongeldige-invoer\",\"title\":\"De invoer klopt niet\","
                         "\"status\":400,\"detail\":\"voldoet niet aan de \\\"elfproef\\\"\",\"fouten\":["
                         "{\"plaats\":\"/bsn\",\"melding\":\"voldoet niet aan de \\\"elfproef\\\"\"},"
                         "{\"plaats\":\"/reden\",\"melding\":\"dit veld ontbreekt\"}]}"));
    buf_free(&out);
}

static void problem_of_every_fault_is_json_with_its_status(void **state)
{
    (void)state;
    for (int f = 1; f < FAULT_COUNT; f++) {
        struct fault_list faults = {0};
        for (int i = 0; i < FAULT_LIST_MAX + 3; i++) {
            fault_list_add(&faults, (enum fault)f, "/x", "wat");
        }
        struct buf out;
        buf_init(&out, 10000);
        json_problem(&out, &faults);
        struct json *document = NULL;
        struct error err;
        assert_int_equal(json_parse(buf_slice(&out), &document, &err), RESULT_OK);
        assert_int_equal(json_int(json_member(document, "status")), fault_status((enum fault)f));
        assert_true(slice_is(json_text_of(document, "title"), fault_title((enum fault)f)));
        assert_int_equal(json_size(json_member(document, "fouten")), FAULT_LIST_MAX);
        json_free(document);
        buf_free(&out);
    }
}

static void problem_without_faults_is_ours(void **state)
{
    (void)state;
    const struct fault_list none = {0};
    struct buf out;
    buf_init(&out, 1000);
    json_problem(&out, &none);
    assert_true(slice_is(buf_slice(&out),
                         "{\"type\":\"urn:ketenbrug:fout:intern\",\"title\":\"Er ging bij ons iets mis\","
                         "\"status\":500}"));
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_nest_with_their_commas),
        cmocka_unit_test(integers_are_written_whole),
        cmocka_unit_test(written_text_reads_back),
        cmocka_unit_test(escapes_are_the_short_table),
        cmocka_unit_test(ceiling_and_memory_mark_the_buffer),
        cmocka_unit_test(problem_lists_all_faults),
        cmocka_unit_test(problem_of_every_fault_is_json_with_its_status),
        cmocka_unit_test(problem_without_faults_is_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
