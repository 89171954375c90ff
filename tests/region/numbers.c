#include "region/numbers.h"

#include "region/chance.h"

enum { NARROW_FIRST = 99900000, NARROW_COUNT = 100000, WIDE_FIRST = 10000000, WIDE_COUNT = 89900000 };

/* The number of nine digits that starts with these eight; 0 when none passes the eleven-test. */
static uint32_t complete(uint32_t prefix)
{
    uint32_t sum = 0;
    uint32_t rest = prefix;
    for (uint32_t weight = 2; weight <= 9; weight++) {
        sum += weight * (rest % 10);
        rest /= 10;
    }
    return sum % 11 == 10 ? 0 : prefix * 10 + sum % 11;
}

static uint32_t common_divisor(uint32_t a, uint32_t b)
{
    while (b != 0) {
        const uint32_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

struct numbers numbers_of(uint64_t seed, bool wide)
{
    struct numbers numbers = {
        .first = wide ? WIDE_FIRST : NARROW_FIRST,
        .count = wide ? WIDE_COUNT : NARROW_COUNT,
    };
    /* Steps of about the golden section scatter well; any that has no common divisor visits every prefix once. */
    numbers.step = (uint32_t)((uint64_t)numbers.count * 618034U / 1000000U) + chance_pick(seed, 0, 1, 10000);
    while (common_divisor(numbers.step, numbers.count) != 1) {
        numbers.step++;
    }
    numbers.at = chance_pick(seed, 0, 2, numbers.count);
    return numbers;
}

uint32_t numbers_fixed(unsigned which)
{
    uint32_t prefix = NARROW_FIRST;
    uint32_t number = complete(prefix);
    for (unsigned seen = number != 0; seen <= which; seen += number != 0) {
        number = complete(++prefix);
    }
    return number;
}

uint32_t numbers_next(struct numbers *numbers)
{
    while (numbers->drawn < numbers->count) {
        const uint32_t number = complete(numbers->first + numbers->at);
        numbers->at = (uint32_t)(((uint64_t)numbers->at + numbers->step) % numbers->count);
        numbers->drawn++;
        const uint32_t last_fixed = numbers_fixed(NUMBERS_FIXED - 1);
        if (number != 0 && !(number / 10 >= NARROW_FIRST && number <= last_fixed)) {
            return number;
        }
    }
    return 0;
}
