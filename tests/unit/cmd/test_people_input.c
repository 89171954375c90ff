/* People from a pipe: one number a line, comments and blank lines between, nothing repeated in a fault. */
#include "unit/unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "cmd/people_input.h"

/* Reads with `text` on the standard input. */
static enum result read_people(const char *text, struct bsn *people, size_t max, size_t *count, struct error *err)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], text, strlen(text)), (ssize_t)strlen(text));
    assert_int_equal(close(ends[1]), 0);
    const int kept = dup(STDIN_FILENO);
    assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    assert_int_equal(close(ends[0]), 0);
    clearerr(stdin);
    const enum result result = people_from_input(people, max, count, err);
    while (result != RESULT_OK && fgetc(stdin) != EOF) {
        /* what it did not read must not reach the next test */
    }
    if (kept >= 0) {
        (void)dup2(kept, STDIN_FILENO);
        (void)close(kept);
    }
    return result;
}

static void numbers_comments_and_blank_lines_are_told_apart(void **state)
{
    (void)state;
    struct bsn people[CONSULT_SUBJECTS_MAX];
    struct error err;
    size_t count = 0;
    assert_int_equal(read_people("999000007 # moeder\n\n  # vader volgt\r\n\t999000019\r\n999000020", people,
                                 COUNT_OF(people), &count, &err),
                     RESULT_OK);
    assert_int_equal(count, 3);
    assert_memory_equal(bsn_digits(&people[1]).ptr, "999000019", BSN_DIGITS);
}

static void wrong_lines_are_named_by_number_and_not_repeated(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *where;
    } cases[] = {
        {"999000007\n999000008\n", "regel 2"},
        {"99900000\n", "regel 1"},
        {"Jansen\n", "regel 1"},
        {"# niets\n", "invoer"},
        {"", "invoer"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct bsn people[4];
        struct error err;
        size_t count = 0;
        assert_int_equal(read_people(cases[i].text, people, COUNT_OF(people), &count, &err), RESULT_FAILED);
        assert_int_equal(err.fault, FAULT_INVALID);
        assert_string_equal(err.where, cases[i].where);
        assert_null(strstr(err.what, "9990"));
        assert_null(strstr(err.what, "Jansen"));
    }
}

static void one_person_past_the_bound_is_refused(void **state)
{
    (void)state;
    struct bsn people[2];
    struct error err;
    size_t count = 0;
    assert_int_equal(read_people("999000007\n999000019\n", people, 2, &count, &err), RESULT_OK);
    assert_int_equal(read_people("999000007\n999000019\n999000020\n", people, 2, &count, &err), RESULT_FAILED);
    assert_string_equal(err.where, "regel 3");
}

/* A line longer than the buffer is no number in two pieces. */
static void a_line_without_end_is_refused(void **state)
{
    (void)state;
    char text[4096];
    struct bsn people[4];
    struct error err;
    size_t count = 0;
    memset(text, '9', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_int_equal(read_people(text, people, COUNT_OF(people), &count, &err), RESULT_FAILED);
    memset(text, ' ', sizeof text - 1);
    memcpy(text + 300, "999000007", 9); /* past the buffer: not silently another line */
    assert_int_equal(read_people(text, people, COUNT_OF(people), &count, &err), RESULT_FAILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_comments_and_blank_lines_are_told_apart),
        cmocka_unit_test(wrong_lines_are_named_by_number_and_not_repeated),
        cmocka_unit_test(one_person_past_the_bound_is_refused),
        cmocka_unit_test(a_line_without_end_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
