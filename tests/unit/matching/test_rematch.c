/* Values of signals against sets: what a step brought, what stands in a whole set, as a plain look at each tells it. */
#include "unit/unit.h"

#include <stdbool.h>
#include <stdlib.h>

#include "matching/rematch.h"

enum { VALUES = 3000, ENTRIES = 5000, RANGE = 20000 };

static uint64_t random_number(void)
{
    static uint64_t state = 1;
    uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

struct seen {
    unsigned of[VALUES];
    size_t count;
};

static void hit(void *ctx, uint32_t slot)
{
    struct seen *seen = ctx;
    assert_true(slot < VALUES);
    seen->of[slot]++;
    seen->count++;
}

static bool among(const uint64_t *entries, size_t count, uint64_t fingerprint)
{
    for (size_t i = 0; i < count; i++) {
        if (entries[i] == fingerprint) {
            return true;
        }
    }
    return false;
}

static int by_number(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a;
    const uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static size_t rising(uint64_t *entries, size_t count)
{
    size_t kept = 0;
    qsort(entries, count, sizeof *entries, by_number);
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || entries[kept - 1] != entries[i]) {
            entries[kept++] = entries[i];
        }
    }
    return kept;
}

/* Some values twice (two signals of one person), some dropped, some put after the first look. */
static void it_finds_what_a_look_at_each_finds(void **state)
{
    (void)state;
    static uint64_t values[VALUES];
    static uint64_t entries[ENTRIES];
    static bool there[VALUES];
    static struct seen seen;
    size_t total = 0;
    struct error err;
    struct rematch rematch = {.total = &total};
    for (unsigned round = 0; round < 6; round++) {
        for (uint32_t i = round * 500; i < (round + 1) * 500; i++) {
            values[i] = i % 7 == 0 && i != 0 ? values[i - 1] : random_number() % RANGE;
            there[i] = true;
            assert_int_equal(rematch_put(&rematch, values[i], i, &err), RESULT_OK);
        }
        for (uint32_t i = 0; i < (round + 1) * 500; i += 11 + round) {
            rematch_drop(&rematch, values[i], i);
            there[i] = false;
        }
        const size_t wanted = round % 2 == 0 ? ENTRIES : 20; /* more or fewer than there are values */
        for (size_t i = 0; i < wanted; i++) {
            entries[i] = random_number() % RANGE;
        }
        const size_t count = rising(entries, wanted);
        for (unsigned way = 0; way < 2; way++) {
            seen = (struct seen){.count = 0};
            (way == 0 ? rematch_whole : rematch_step)(&rematch, entries, count, hit, &seen);
            for (uint32_t i = 0; i < (round + 1) * 500; i++) {
                assert_int_equal(seen.of[i], there[i] && among(entries, count, values[i]));
            }
            assert_true(seen.count != 0 || wanted == 20);
        }
    }
    size_t left = 0;
    for (size_t i = 0; i < VALUES; i++) {
        left += there[i] ? 1U : 0U;
    }
    assert_int_equal(rematch_count(&rematch), left);
    rematch_clear(&rematch);
    assert_int_equal(total, 0);
}

static void nothing_and_the_ends(void **state)
{
    (void)state;
    static const uint64_t ends[] = {0, UINT64_MAX};
    static struct seen seen;
    size_t total = 0;
    struct error err;
    struct rematch rematch = {.total = &total};
    seen = (struct seen){.count = 0};
    rematch_whole(&rematch, ends, 2, hit, &seen);
    rematch_step(&rematch, ends, 2, hit, &seen);
    rematch_drop(&rematch, 7, 7);
    assert_int_equal(seen.count, 0);
    assert_int_equal(rematch_put(&rematch, UINT64_MAX, 1, &err), RESULT_OK);
    assert_int_equal(rematch_put(&rematch, 0, 2, &err), RESULT_OK);
    assert_int_equal(rematch_put(&rematch, 5, 3, &err), RESULT_OK);
    rematch_whole(&rematch, ends, 2, hit, &seen);
    rematch_step(&rematch, ends, 2, hit, &seen);
    rematch_whole(&rematch, ends, 0, hit, &seen);
    assert_int_equal(seen.of[1], 2);
    assert_int_equal(seen.of[2], 2);
    assert_int_equal(seen.count, 4);
    rematch_clear(&rematch);
}

static void past_the_bound_of_all_nothing_is_put(void **state)
{
    (void)state;
    size_t total = REMATCH_VALUES_MAX - 1;
    struct error err;
    struct rematch one = {.total = &total};
    struct rematch other = {.total = &total};
    assert_int_equal(rematch_put(&one, 1, 1, &err), RESULT_OK);
    assert_int_equal(rematch_put(&other, 1, 1, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_TOO_LARGE);
    assert_int_equal(rematch_count(&other), 0);
    rematch_clear(&one);
    assert_int_equal(rematch_put(&other, 1, 1, &err), RESULT_OK);
    rematch_clear(&other);
    assert_int_equal(total, REMATCH_VALUES_MAX - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_finds_what_a_look_at_each_finds),
        cmocka_unit_test(nothing_and_the_ends),
        cmocka_unit_test(past_the_bound_of_all_nothing_is_put),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
