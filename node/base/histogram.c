#include "base/histogram.h"

#include <time.h>

const uint32_t histogram_bounds_us[HISTOGRAM_BOUNDS] = {500,    1000,   2000,   5000,    10000,   25000,   50000,
                                                        100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000};
const char *const histogram_bounds_s[HISTOGRAM_BOUNDS] = {"0.0005", "0.001", "0.002", "0.005", "0.01", "0.025", "0.05",
                                                          "0.1",    "0.25",  "0.5",   "1.0",   "2.5",  "5.0",   "10.0"};

void histogram_add(struct histogram *histogram, uint64_t us)
{
    size_t at = 0;
    while (at < HISTOGRAM_BOUNDS && us > histogram_bounds_us[at]) {
        at++;
    }
    histogram->counts[at]++;
    histogram->sum_us += us;
}

uint64_t monotonic_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000U + (uint64_t)now.tv_nsec / 1000U;
}
