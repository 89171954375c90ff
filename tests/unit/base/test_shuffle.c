/* Numbers in an order by chance: each once, the same again from the same seed, and none favoured. */
#include "unit/unit.h"

#include <string.h>

#include "base/attr.h"
#include "base/shuffle.h"

static struct shuffle *shuffled(unsigned seed, uint64_t bound, uint32_t most)
{
    uint8_t bytes[SHUFFLE_SEED] = {(uint8_t)seed, (uint8_t)(seed >> 8)};
    struct shuffle *s = NULL;
    struct error err;
    assert_int_equal(shuffle_new(bytes, bound, most, &s, &err), RESULT_OK);
    return s;
}

static void each_comes_once_and_again_from_the_same_seed(void **state)
{
    (void)state;
    enum { BOUND = 20000 };
    static bool seen[BOUND];
    struct shuffle *a = shuffled(1, BOUND, BOUND);
    struct shuffle *b = shuffled(1, BOUND, BOUND);
    struct shuffle *c = shuffled(2, BOUND, BOUND);
    uint64_t x = 0;
    uint64_t y = 0;
    uint64_t z = 0;
    size_t same = 0;
    for (size_t i = 0; i < BOUND; i++) {
        assert_true(shuffle_next(a, &x) && shuffle_next(b, &y) && shuffle_next(c, &z));
        assert_true(x == y && x < BOUND && !seen[x]);
        seen[x] = true;
        same += x == z;
    }
    assert_true(same < 20); /* of another seed: in one place by chance */
    assert_false(shuffle_next(a, &x));
    shuffle_free(a);
    shuffle_free(b);
    shuffle_free(c);
}

static void no_more_than_was_asked_for_and_none_of_nothing(void **state)
{
    (void)state;
    uint64_t x = 0;
    struct shuffle *s = shuffled(3, UINT64_MAX, 3);
    for (int i = 0; i < 3; i++) {
        assert_true(shuffle_next(s, &x));
    }
    assert_false(shuffle_next(s, &x));
    shuffle_free(s);
    s = shuffled(3, 0, 10);
    assert_false(shuffle_next(s, &x));
    shuffle_free(s);
    s = shuffled(3, 1, 10);
    assert_true(shuffle_next(s, &x) && x == 0);
    assert_false(shuffle_next(s, &x));
    shuffle_free(s);
    shuffle_free(NULL);
}

/* 5 of 20 numbers, from 8,000 fixed seeds: how often each was among them, and was the first. With 19 degrees of freedom
 * chi-square is below 43.8 but for once in a thousand; the seeds are fixed, so it is so or not, each time. */
static void none_is_favoured(void **state)
{
    (void)state;
    enum { BOUND = 20, DRAWN = 5, SEEDS = 8000 };
    unsigned among[BOUND] = {0};
    unsigned first[BOUND] = {0};
    for (unsigned seed = 0; seed < SEEDS; seed++) {
        struct shuffle *s = shuffled(seed, BOUND, DRAWN);
        for (int i = 0; i < DRAWN; i++) {
            uint64_t x = 0;
            assert_true(shuffle_next(s, &x));
            among[x]++;
            first[x] += i == 0;
        }
        shuffle_free(s);
    }
    double chi_among = 0;
    double chi_first = 0;
    for (size_t i = 0; i < BOUND; i++) {
        const double more = among[i] - (double)SEEDS * DRAWN / BOUND;
        const double more_first = first[i] - (double)SEEDS / BOUND;
        chi_among += more * more / ((double)SEEDS * DRAWN / BOUND);
        chi_first += more_first * more_first / ((double)SEEDS / BOUND);
    }
    assert_true(chi_among < 43.8);
    assert_true(chi_first < 43.8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_comes_once_and_again_from_the_same_seed),
        cmocka_unit_test(no_more_than_was_asked_for_and_none_of_nothing),
        cmocka_unit_test(none_is_favoured),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
