/* Options from a table: forms, repetition, bounds; and nothing that was typed comes back in a fault but an option's name. */
#include "unit/unit.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cmd/args.h"

static const struct option_row rows[] = {{"zaak", "NUMMER", true, "verplicht"},
                                         {"rol", "ROL", false, "mag vaker"},
                                         {"json", NULL, false, "een vlag"},
                                         {"aantal", "AANTAL", false, "een getal"}};

static enum result parse(struct args *out, struct error *err, int count, const char *const *words)
{
    char *argv[64];
    for (int i = 0; i < count; i++) {
        memcpy(&argv[i], &words[i], sizeof argv[i]); /* as main gets them, without const */
    }
    return args_parse(rows, COUNT_OF(rows), count, argv, out, err);
}

#define PARSE(out, err, ...)                                                                                           \
    parse((out), (err), (int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)),                            \
          (const char *const[]){__VA_ARGS__})

static void both_forms_flags_and_free_words_are_read(void **state)
{
    (void)state;
    struct args args;
    struct error err;
    size_t count = 0;
    assert_int_equal(PARSE(&args, &err, "--zaak", "Z-1", "een", "--rol=a", "--rol", "b", "--json", "-"), RESULT_OK);
    assert_string_equal(args_value(&args, "zaak"), "Z-1");
    assert_string_equal(args_value(&args, "rol"), "b"); /* the last one counts */
    assert_string_equal(args_values(&args, "rol", &count)[0], "a");
    assert_int_equal(count, 2);
    assert_true(args_flag(&args, "json"));
    assert_null(args_value(&args, "aantal"));
    assert_null(args_values(&args, "aantal", &count));
    assert_int_equal(count, 0);
    assert_int_equal(args.free_count, 2);
    assert_string_equal(args.free_words[1], "-");
    assert_int_equal(PARSE(&args, &err, "--zaak="), RESULT_OK);
    assert_string_equal(args_value(&args, "zaak"), "");
}

static void wrong_usage_is_refused_and_repeats_no_value(void **state)
{
    (void)state;
    static const struct {
        const char *words[3];
        int count;
        const char *where;
    } cases[] = {
        {{"--json"}, 1, "zaak"},                          /* a required one is missing */
        {{"--zaak"}, 1, "zaak"},                          /* no value */
        {{"--json=999000007", "--zaak", "1"}, 3, "json"}, /* a flag has none */
        {{"--doell", "x"}, 2, "--doell"},
        {{"--bsn=999000007"}, 1, "--bsn"},
        {{"--999000007"}, 1, "--..."},
        {{"--Jansen"}, 1, "--..."},
        {{"--"}, 1, "--"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct args args;
        struct error err;
        assert_int_equal(parse(&args, &err, cases[i].count, cases[i].words), RESULT_FAILED);
        assert_int_equal(err.fault, FAULT_USAGE);
        assert_string_equal(err.where, cases[i].where);
        assert_null(strstr(err.what, "999"));
    }
}

static void repetition_and_free_words_have_bounds(void **state)
{
    (void)state;
    const char *words[2 + ARGS_REPEAT_MAX + 1] = {"--zaak=1"};
    struct args args;
    struct error err;
    for (int i = 0; i <= ARGS_REPEAT_MAX; i++) {
        words[1 + i] = "--rol=x";
    }
    assert_int_equal(parse(&args, &err, 1 + ARGS_REPEAT_MAX, words), RESULT_OK);
    assert_int_equal(parse(&args, &err, 2 + ARGS_REPEAT_MAX, words), RESULT_FAILED);
    for (int i = 0; i <= ARGS_FREE_MAX; i++) {
        words[1 + i] = "999000007";
    }
    assert_int_equal(parse(&args, &err, 1 + ARGS_FREE_MAX, words), RESULT_OK);
    assert_int_equal(parse(&args, &err, 2 + ARGS_FREE_MAX, words), RESULT_FAILED);
    assert_null(strstr(err.where, "999"));
    assert_null(strstr(err.what, "999"));
}

static void numbers_are_whole_and_within_bounds(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool fine;
    } cases[] = {{"1", true}, {"200", true}, {"0", false},  {"201", false},
                 {"", false}, {"1x", false}, {"-1", false}, {"99999999999999999999", false}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct args args;
        struct error err;
        long long value = 0;
        assert_int_equal(PARSE(&args, &err, "--zaak=1", "--aantal", cases[i].text), RESULT_OK);
        assert_int_equal(args_number(&args, "aantal", 1, 200, 20, &value, &err) == RESULT_OK, cases[i].fine);
    }
    struct args args;
    struct error err;
    long long value = 0;
    assert_int_equal(PARSE(&args, &err, "--zaak=1"), RESULT_OK);
    assert_int_equal(args_number(&args, "aantal", 1, 200, 20, &value, &err), RESULT_OK);
    assert_int_equal(value, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_forms_flags_and_free_words_are_read),
        cmocka_unit_test(wrong_usage_is_refused_and_repeats_no_value),
        cmocka_unit_test(repetition_and_free_words_have_bounds),
        cmocka_unit_test(numbers_are_whole_and_within_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
