/* How a question names its subject: what is written is read, and nothing else is. */
#include "unit/unit.h"

#include <string.h>

#include "matching/naming.h"

static struct fault_list read_name(const char *text, struct naming *out)
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
    static const uint32_t epochs[] = {0, 737, UINT32_MAX};
    static const char *const texts[] = {
        "{\"betrokkene\":{\"sleutel\":\"ff0102030405060708090a0b0c0d0e0f\",\"periode\":0}}",
        "{\"betrokkene\":{\"sleutel\":\"ff0102030405060708090a0b0c0d0e0f\",\"periode\":737}}",
        "{\"betrokkene\":{\"sleutel\":\"ff0102030405060708090a0b0c0d0e0f\",\"periode\":4294967295}}",
    };
    for (size_t i = 0; i < COUNT_OF(epochs); i++) {
        const struct naming subject = {{{0xff, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}}, epochs[i]};
        struct naming back = {0};
        struct buf text;
        buf_init(&text, 256);
        struct json_writer w = json_writer(&text);
        json_begin_object(&w, NULL);
        naming_write(&w, &subject);
        json_end_object(&w);
        buf_byte(&text, '\0');
        assert_string_equal((const char *)text.ptr, texts[i]);
        assert_int_equal(read_name((const char *)text.ptr, &back).count, 0);
        assert_memory_equal(&back.key, &subject.key, sizeof back.key);
        assert_int_equal(back.epoch, subject.epoch);
        buf_free(&text);
    }
}

static void anything_else_is_refused_and_leaves_nobody_named(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *where;
    } cases[] = {
        {"{\"betrokkene\":{\"sleutel\":\"ff0102030405060708090a0b0c0d0e0\",\"periode\":1}}", "/betrokkene/sleutel"},
        {"{\"betrokkene\":{\"sleutel\":\"ff0102030405060708090a0b0c0d0e0f0\",\"periode\":1}}", "/betrokkene/sleutel"},
        {"{\"betrokkene\":{\"sleutel\":\"ff0102030405060708090a0b0c0d0e0x\",\"periode\":1}}", "/betrokkene/sleutel"},
        {"{\"betrokkene\":{\"sleutel\":\" f0102030405060708090a0b0c0d0e0f\",\"periode\":1}}", "/betrokkene/sleutel"},
        {"{\"betrokkene\":{\"sleutel\":1,\"periode\":1}}", "/betrokkene/sleutel"},
        {"{\"betrokkene\":{\"periode\":1}}", "/betrokkene/sleutel"},
        {"{\"betrokkene\":{\"sleutel\":\"ff0102030405060708090a0b0c0d0e0f\"}}", "/betrokkene/periode"},
        {"{\"betrokkene\":{\"sleutel\":\"ff0102030405060708090a0b0c0d0e0f\",\"periode\":-1}}", "/betrokkene/periode"},
        {"{\"betrokkene\":{\"sleutel\":\"ff0102030405060708090a0b0c0d0e0f\",\"periode\":4294967296}}",
         "/betrokkene/periode"},
        {"{\"betrokkene\":{\"sleutel\":\"ff0102030405060708090a0b0c0d0e0f\",\"periode\":1.5}}", "/betrokkene/periode"},
        {"{\"betrokkene\":{\"sleutel\":\"ff0102030405060708090a0b0c0d0e0f\",\"periode\":\"1\"}}",
         "/betrokkene/periode"},
        {"{\"betrokkene\":{\"sleutel\":\"ff0102030405060708090a0b0c0d0e0f\",\"periode\":1,\"bsn\":\"999000007\"}}",
         "/betrokkene"},
        {"{\"betrokkene\":\"ff0102030405060708090a0b0c0d0e0f\"}", "/betrokkene"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        static const struct naming nobody;
        struct naming out = {0};
        const struct fault_list faults = read_name(cases[i].text, &out);
        assert_int_equal(faults.count, 1);
        assert_string_equal(faults.items[0].where, cases[i].where);
        assert_null(strstr(faults.items[0].what, "f0102"));
        assert_memory_equal(&out, &nobody, sizeof out);
    }
}

/* That it is missing is for the table of the question to say, once. */
static void a_missing_name_adds_no_second_fault(void **state)
{
    (void)state;
    struct naming out = {.epoch = 5};
    assert_int_equal(read_name("{}", &out).count, 0);
    assert_int_equal(out.epoch, 5);
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
