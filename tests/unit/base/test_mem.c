/* mem.h: sizes of zero, products that overflow, and the countdown that tests rely on. */
#include "unit/unit.h"

#include <string.h>

#include "base/attr.h"
#include "base/mem.h"

static void zero_bytes_are_served(void **state)
{
    (void)state;
    void *made[] = {mem_alloc(0), mem_zalloc(0), mem_array(0, 8), mem_array(8, 0), mem_realloc(NULL, 0)};
    for (size_t i = 0; i < COUNT_OF(made); i++) {
        assert_non_null(made[i]);
        mem_free(made[i]);
    }
    mem_free(NULL);
}

static void arrays_are_zeroed(void **state)
{
    (void)state;
    uint64_t *numbers = mem_array(100, sizeof *numbers);
    assert_non_null(numbers);
    for (size_t i = 0; i < 100; i++) {
        assert_int_equal(numbers[i], 0);
    }
    mem_free(numbers);
}

static void overflowing_product_is_refused(void **state)
{
    (void)state;
    assert_null(mem_array(SIZE_MAX, 2));
    assert_null(mem_array(SIZE_MAX / 2 + 1, 2));
    assert_null(mem_array(3, SIZE_MAX / 2));
}

static void strdup_copies(void **state)
{
    (void)state;
    const char *texts[] = {"", "tekst"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        char *copy = mem_strdup(texts[i]);
        assert_non_null(copy);
        assert_ptr_not_equal(copy, texts[i]);
        assert_string_equal(copy, texts[i]);
        mem_free(copy);
    }
}

static void chosen_allocation_fails_once(void **state)
{
    (void)state;
    mem_fail_after(2);
    void *first = mem_alloc(8);
    void *second = mem_zalloc(8);
    assert_non_null(first);
    assert_non_null(second);
    assert_null(mem_strdup("derde"));
    void *fourth = mem_array(2, 4);
    assert_non_null(fourth);
    mem_free(first);
    mem_free(second);
    mem_free(fourth);
}

static void failed_realloc_keeps_the_old(void **state)
{
    (void)state;
    char *text = mem_strdup("blijft");
    assert_non_null(text);
    mem_fail_after(0);
    assert_null(mem_realloc(text, 1000));
    assert_string_equal(text, "blijft");
    char *larger = mem_realloc(text, 1000);
    assert_non_null(larger);
    assert_string_equal(larger, "blijft");
    mem_free(larger);
}

static void negative_switches_the_countdown_off(void **state)
{
    (void)state;
    mem_fail_after(0);
    mem_fail_after(-1);
    void *made = mem_alloc(1);
    assert_non_null(made);
    mem_free(made);
}

static void wipe_zeroes(void **state)
{
    (void)state;
    char secret[8] = "geheim!";
    mem_wipe(secret, sizeof secret);
    static const char zeros[8];
    assert_memory_equal(secret, zeros, sizeof secret);
}

/* The sanitizer's leak check is what fails when this does not free. */
static void cleanup_attribute_frees(void **state)
{
    (void)state;
    CLEANUP(mem_cleanup) char *text = mem_strdup("tot het einde van dit blok");
    CLEANUP(mem_cleanup) char *nothing = NULL;
    assert_non_null(text);
    assert_null(nothing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zero_bytes_are_served),
        cmocka_unit_test(arrays_are_zeroed),
        cmocka_unit_test(overflowing_product_is_refused),
        cmocka_unit_test(strdup_copies),
        cmocka_unit_test(chosen_allocation_fails_once),
        cmocka_unit_test(failed_realloc_keeps_the_old),
        cmocka_unit_test(negative_switches_the_countdown_off),
        cmocka_unit_test(wipe_zeroes),
        cmocka_unit_test(cleanup_attribute_frees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
