#include "api/peer_clock.h"

#include <stdlib.h>

#include "base/limits.h"

static int compare(const void *a, const void *b)
{
    const int64_t left = *(const int64_t *)a;
    const int64_t right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

/* Less than half of them can say what they like. Of the two in the middle of an even number the one nearest to the own
 * clock, or half of them could. */
static int64_t median(int64_t *offsets, size_t count)
{
    qsort(offsets, count, sizeof *offsets, compare);
    const int64_t low = offsets[(count - 1) / 2];
    const int64_t high = offsets[count / 2];
    return llabs(low) < llabs(high) ? low : high;
}

void peer_clock_take(struct peer_clock *clock, int64_t *offsets, size_t count, size_t needed, int64_t skew_ms)
{
    if (count != 0 && count >= needed) {
        clock->off_ms = median(offsets, count);
        clock->known = true;
    } else {
        clock->off_ms = peer_clock_off(clock, skew_ms);
    }
    clock->skew_ms = skew_ms;
    if (peer_clock_agrees(clock, skew_ms)) {
        clock->accepted_ms = 0;
    }
}

int64_t peer_clock_off(const struct peer_clock *clock, int64_t skew_ms)
{
    return clock->known ? clock->off_ms + (skew_ms - clock->skew_ms) : 0;
}

bool peer_clock_agrees(const struct peer_clock *clock, int64_t skew_ms)
{
    return clock->known && llabs(peer_clock_off(clock, skew_ms)) <= CLOCK_WITNESSES_MAX_MS;
}

bool peer_clock_wrong(const struct peer_clock *clock, int64_t skew_ms)
{
    return clock->known && !peer_clock_agrees(clock, skew_ms) &&
           llabs(peer_clock_off(clock, skew_ms) - clock->accepted_ms) > CLOCK_WITNESSES_MAX_MS;
}

bool peer_clock_jumped(const struct peer_clock *clock, int64_t skew_ms)
{
    return clock->known && llabs(skew_ms - clock->skew_ms) > CLOCK_BACK_MAX_MS;
}

void peer_clock_accept(struct peer_clock *clock, int64_t skew_ms)
{
    clock->accepted_ms = peer_clock_off(clock, skew_ms);
}
