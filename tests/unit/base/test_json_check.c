/* json.h, the table of fields: all faults of an object at once, each with its JSON Pointer, none with a value. */
#include "unit/unit.h"

#include <string.h>

#include "base/json.h"

static const struct json_field fields[] = {
    {"naam", JSON_TEXT, true, 2, 5},    {"aantal", JSON_NUMBER, false, -3, 12}, {"aan", JSON_BOOL, false, 0, 0},
    {"lijst", JSON_ARRAY, false, 1, 2}, {"deel", JSON_OBJECT, false, 0, 1},     {"leeg", JSON_NULL, false, 0, 0},
};

/* Faults of a text as "pointer: what" lines. */
static void check_text(const char *text, const char *pointer, struct fault_list *faults)
{
    struct json *document = NULL;
    struct error err;
    *faults = (struct fault_list){0};
    assert_int_equal(json_parse(slice_text(text), &document, &err), RESULT_OK);
    json_check(document, pointer, fields, COUNT_OF(fields), faults);
    json_free(document);
}

static void what_the_table_allows_passes(void **state)
{
    (void)state;
    static const char *const good[] = {
        "{\"naam\":\"ab\"}",
        "{\"naam\":\"abcde\",\"aantal\":12,\"aan\":false,\"lijst\":[1,2],\"deel\":{\"x\":1},\"leeg\":null}",
        "{\"aantal\":-3,\"lijst\":[null],\"deel\":{},\"naam\":\"\xE2\x82\xAC\"}",
        "{\"aantal\":1.0,\"naam\":\"ab\"}",
    };
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        struct fault_list faults;
        check_text(good[i], "", &faults);
        assert_int_equal(faults.count, 0);
    }
}

static void each_fault_has_its_pointer_and_text(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        const char *where;
        const char *what;
    } cases[] = {
        {"{}", "/p/naam", "dit veld ontbreekt"},
        {"{\"naam\":\"a\"}", "/p/naam", "toegestaan is 2 tot en met 5 bytes"},
        {"{\"naam\":\"abcdef\"}", "/p/naam", "toegestaan is 2 tot en met 5 bytes"},
        {"{\"naam\":\"\xE2\x82\xAC\xE2\x82\xAC\"}", "/p/naam", "toegestaan is 2 tot en met 5 bytes"},
        {"{\"naam\":null}", "/p/naam", "hier hoort tekst"},
        {"{\"naam\":5}", "/p/naam", "hier hoort tekst"},
        {"{\"naam\":[\"ab\"]}", "/p/naam", "hier hoort tekst"},
        {"{\"naam\":\"ab\",\"aantal\":13}", "/p/aantal", "toegestaan is -3 tot en met 12"},
        {"{\"naam\":\"ab\",\"aantal\":-4}", "/p/aantal", "toegestaan is -3 tot en met 12"},
        {"{\"naam\":\"ab\",\"aantal\":1.5}", "/p/aantal", "hier hoort een geheel getal"},
        {"{\"naam\":\"ab\",\"aantal\":1e400}", "/p/aantal", "hier hoort een geheel getal"},
        {"{\"naam\":\"ab\",\"aantal\":9007199254740992}", "/p/aantal", "hier hoort een geheel getal"},
        {"{\"naam\":\"ab\",\"aantal\":\"1\"}", "/p/aantal", "hier hoort een geheel getal"},
        {"{\"naam\":\"ab\",\"aan\":1}", "/p/aan", "hier hoort ja of nee"},
        {"{\"naam\":\"ab\",\"aan\":\"true\"}", "/p/aan", "hier hoort ja of nee"},
        {"{\"naam\":\"ab\",\"lijst\":[]}", "/p/lijst", "toegestaan is 1 tot en met 2 onderdelen"},
        {"{\"naam\":\"ab\",\"lijst\":[1,2,3]}", "/p/lijst", "toegestaan is 1 tot en met 2 onderdelen"},
        {"{\"naam\":\"ab\",\"lijst\":{}}", "/p/lijst", "hier hoort een lijst"},
        {"{\"naam\":\"ab\",\"deel\":[]}", "/p/deel", "hier hoort een object"},
        {"{\"naam\":\"ab\",\"deel\":{\"a\":1,\"b\":2}}", "/p/deel", "toegestaan is 0 tot en met 1 onderdelen"},
        {"{\"naam\":\"ab\",\"leeg\":0}", "/p/leeg", "hier hoort leeg"},
        {"{\"naam\":\"ab\",\"Naam\":\"ab\"}", "/p", "dit object heeft een onbekend veld"},
        {"{\"naam\":\"ab\",\"\":1}", "/p", "dit object heeft een onbekend veld"},
        {"[]", "/p", "hier hoort een object"},
        {"null", "/p", "hier hoort een object"},
        {"\"naam\"", "/p", "hier hoort een object"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct fault_list faults;
        check_text(cases[i].json, "/p", &faults);
        assert_int_equal(faults.count, 1);
        assert_int_equal(faults.items[0].fault, FAULT_INVALID);
        assert_string_equal(faults.items[0].where, cases[i].where);
        assert_string_equal(faults.items[0].what, cases[i].what);
    }
}

static void all_faults_come_at_once(void **state)
{
    (void)state;
    struct fault_list faults;
    check_text("{\"x\":1,\"y\":2,\"aantal\":99,\"aan\":null,\"lijst\":[]}", "", &faults);
    assert_int_equal(faults.count, 6); /* two unknown, naam missing, three wrong */
}

static void missing_object_is_a_fault(void **state)
{
    (void)state;
    struct fault_list faults = {0};
    json_check(NULL, "/p", fields, COUNT_OF(fields), &faults);
    assert_int_equal(faults.count, 1);
}

static void names_and_values_of_the_sender_are_not_repeated(void **state)
{
    (void)state;
    struct fault_list faults;
    check_text("{\"Geheim\":\"Geheim\",\"naam\":\"Geheim\",\"aan\":\"Geheim\"}", "", &faults);
    assert_int_equal(faults.count, 3);
    for (size_t i = 0; i < faults.count; i++) {
        assert_null(strstr(faults.items[i].where, "Geheim"));
        assert_null(strstr(faults.items[i].what, "Geheim"));
    }
}

static void many_unknown_fields_are_counted_not_kept(void **state)
{
    (void)state;
    struct buf text;
    buf_init(&text, 10000);
    buf_text(&text, "{\"naam\":\"ab\"");
    for (int i = 0; i < 100; i++) {
        buf_format(&text, ",\"x%d\":1", i);
    }
    buf_text(&text, "}");
    buf_byte(&text, 0);
    struct fault_list faults;
    check_text((const char *)text.ptr, "", &faults);
    assert_int_equal(faults.count, 100);
    buf_free(&text);
}

static void a_table_past_the_bound_lets_nothing_pass(void **state)
{
    (void)state;
    struct json_field table[JSON_FIELDS_MAX + 1] = {{"a", JSON_NUMBER, false, 0, 1}};
    struct fault_list faults = {0};
    struct json *json = NULL;
    for (size_t i = 1; i <= JSON_FIELDS_MAX; i++) {
        table[i] = (struct json_field){"b", JSON_NUMBER, false, 0, 1};
    }
    assert_int_equal(json_parse(slice_text("{\"a\":1}"), &json, NULL), RESULT_OK);
    json_check(json, "", table, JSON_FIELDS_MAX, &faults);
    assert_int_equal(faults.count, 0);
    json_check(json, "", table, JSON_FIELDS_MAX + 1, &faults);
    assert_int_equal(faults.count, 1);
    assert_int_equal(faults.items[0].fault, FAULT_INTERNAL);
    json_free(json);
}

static void long_pointer_is_cut(void **state)
{
    (void)state;
    char pointer[400];
    memset(pointer, 'p', sizeof pointer);
    pointer[sizeof pointer - 1] = '\0';
    struct fault_list faults;
    check_text("{}", pointer, &faults);
    assert_int_equal(strlen(faults.items[0].where), FAULT_WHERE_MAX - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_table_allows_passes),
        cmocka_unit_test(each_fault_has_its_pointer_and_text),
        cmocka_unit_test(all_faults_come_at_once),
        cmocka_unit_test(missing_object_is_a_fault),
        cmocka_unit_test(names_and_values_of_the_sender_are_not_repeated),
        cmocka_unit_test(many_unknown_fields_are_counted_not_kept),
        cmocka_unit_test(a_table_past_the_bound_lets_nothing_pass),
        cmocka_unit_test(long_pointer_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
