/* fault.h: the table is complete, texts are cut at character boundaries, lists count past their bound. */
#include "unit/unit.h"

#include <stdio.h>

#include <ctype.h>
#include <string.h>

#include "base/fault.h"

static void every_fault_has_status_slug_and_title(void **state)
{
    (void)state;
    for (int f = 0; f < FAULT_COUNT; f++) {
        const int status = fault_status((enum fault)f);
        assert_in_range(status, 200, 599);
        assert_true(f == FAULT_NONE || status >= 400);
        assert_true(strlen(fault_title((enum fault)f)) > 0);
        const char *slug = fault_slug((enum fault)f);
        assert_true(strlen(slug) > 0);
        for (const char *c = slug; *c != '\0'; c++) {
            assert_true(islower((unsigned char)*c) || *c == '-');
        }
        for (int g = 0; g < f; g++) {
            assert_string_not_equal(slug, fault_slug((enum fault)g));
        }
    }
}

static void unknown_fault_is_internal(void **state)
{
    (void)state;
    assert_int_equal(fault_status(FAULT_COUNT), 500);
    assert_int_equal(fault_status((enum fault) - 1), 500);
    assert_string_equal(fault_slug((enum fault)9999), "intern");
}

static void error_set_fills_and_fails(void **state)
{
    (void)state;
    struct error err = {0};
    assert_int_equal(error_set(&err, FAULT_CONFLICT, "/zaak", "toegestaan is %d", 3), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_CONFLICT);
    assert_string_equal(err.where, "/zaak");
    assert_string_equal(err.what, "toegestaan is 3");
    assert_int_equal(error_set(NULL, FAULT_CONFLICT, "", "x"), RESULT_FAILED);
    assert_int_equal(error_set(&err, FAULT_IO, NULL, "x"), RESULT_FAILED);
    assert_string_equal(err.where, "");
}

static void assert_whole_characters(const char *text, const char *character, size_t bound, size_t lead)
{
    const size_t width = strlen(character);
    const size_t len = strlen(text);
    assert_true(len < bound);
    assert_int_equal((len - lead) % width, 0);
    assert_true(bound - 1 - len < width);
    for (size_t i = lead; i < len; i += width) {
        assert_memory_equal(text + i, character, width);
    }
}

/* Every width of character, at every offset, so that the cut falls on each of its bytes. */
static void long_text_is_cut_between_characters(void **state)
{
    (void)state;
    static const char *const characters[] = {"x", "\xC3\xAB", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"};
    for (size_t k = 0; k < COUNT_OF(characters); k++) {
        for (size_t lead = 0; lead < 4; lead++) {
            char text[2000] = "aaaa";
            size_t at = lead;
            while (at + 8 < sizeof text) {
                memcpy(text + at, characters[k], strlen(characters[k]) + 1);
                at += strlen(characters[k]);
            }
            struct error err;
            assert_int_equal(error_set(&err, FAULT_INVALID, text, "%s", text), RESULT_FAILED);
            assert_whole_characters(err.where, characters[k], sizeof err.where, lead);
            assert_whole_characters(err.what, characters[k], sizeof err.what, lead);
        }
    }
}

static void text_that_fits_is_not_cut(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "a", "\xC3\xAB", "ca\xC3\xABn", "\xE2\x82\xAC", "x\xF0\x9F\x98\x80"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct error err;
        assert_int_equal(error_set(&err, FAULT_INVALID, texts[i], "%s", texts[i]), RESULT_FAILED);
        assert_string_equal(err.where, texts[i]);
        assert_string_equal(err.what, texts[i]);
    }
}

static void list_keeps_its_bound_and_counts_on(void **state)
{
    (void)state;
    struct fault_list list = {0};
    struct error err;
    assert_int_equal(fault_list_result(&list, &err), RESULT_OK);
    for (int i = 0; i < FAULT_LIST_MAX + 5; i++) {
        fault_list_add(&list, FAULT_INVALID, "/veld", "nummer %d", i);
    }
    assert_int_equal(list.count, FAULT_LIST_MAX + 5);
    assert_string_equal(list.items[FAULT_LIST_MAX - 1].what, "nummer 15");
    assert_int_equal(fault_list_result(&list, &err), RESULT_FAILED);
    assert_string_equal(err.what, "nummer 0");
    assert_int_equal(fault_list_result(&list, NULL), RESULT_FAILED);
}

static enum result guarded(int value, struct error *err)
{
    ENSURE(value != 1, err, FAULT_INVALID, "/een", "geen %d", value);
    if (value == 2) {
        FAIL(err, FAULT_CONFLICT, "/twee", "geen %d", value);
    }
    return RESULT_OK;
}

static enum result tried(int value, int *reached, struct error *err)
{
    TRY(guarded(value, err));
    ++*reached;
    return RESULT_OK;
}

static void macros_return_early(void **state)
{
    (void)state;
    struct error err;
    int reached = 0;
    assert_int_equal(tried(1, &reached, &err), RESULT_FAILED);
    assert_string_equal(err.where, "/een");
    assert_int_equal(tried(2, &reached, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_CONFLICT);
    assert_int_equal(reached, 0);
    assert_int_equal(tried(3, &reached, &err), RESULT_OK);
    assert_int_equal(reached, 1);
}

/* More faults than a list keeps are read a list at a time. */
static void the_first_faults_may_be_skipped(void **state)
{
    (void)state;
    enum { FOUND = FAULT_LIST_MAX + 3 };
    for (size_t skip = 0; skip <= FOUND; skip++) {
        struct fault_list faults;
        char where[8];
        fault_list_skip(&faults, skip);
        for (unsigned i = 0; i < FOUND; i++) {
            (void)snprintf(where, sizeof where, "%u", i);
            fault_list_add(&faults, FAULT_INVALID, where, "x");
        }
        assert_int_equal(faults.count, FOUND - skip);
        if (skip < FOUND) {
            (void)snprintf(where, sizeof where, "%zu", skip);
            assert_string_equal(faults.items[0].where, where);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_faults_may_be_skipped),     cmocka_unit_test(every_fault_has_status_slug_and_title),
        cmocka_unit_test(unknown_fault_is_internal),           cmocka_unit_test(error_set_fills_and_fails),
        cmocka_unit_test(long_text_is_cut_between_characters), cmocka_unit_test(text_that_fits_is_not_cut),
        cmocka_unit_test(list_keeps_its_bound_and_counts_on),  cmocka_unit_test(macros_return_early),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
