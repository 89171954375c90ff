/*
 * A new version of a partner's set against live signals, by the time of the processor; medians of ROUNDS, ours and the other
 * in turn: the values in their order (rematch.h), beside held_set_has for each. Two JSON objects: a step, and a whole set.
 *   bench_signal_rematch ROUNDS SIGNALS ENTRIES
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "matching/held_set.h"
#include "matching/published_set.h"
#include "matching/rematch.h"

enum { ROUNDS_MAX = 101, HITS_EACH = 50 /* one in so many signals is in the set */ };

static void need(bool condition, const char *what)
{
    if (!condition) {
        (void)fprintf(stderr, "bench_signal_rematch: %s\n", what);
        exit(1);
    }
}

static double now_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static uint64_t random_number(void)
{
    static uint64_t state = 1;
    uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (z ^ (z >> 31)) | 1U;
}

static void *room(size_t count, size_t size)
{
    void *all = calloc(count, size);
    need(all != NULL, "no memory");
    return all;
}

static struct held_set *set_of(const uint64_t *people, size_t count)
{
    static const uint8_t secret[VOPRF_SEED] = {7};
    struct published_set *set = NULL;
    struct held_set *held = NULL;
    struct error err;
    struct buf body;
    need(published_set_open(secret, &(struct published_state){0, 0}, people, count, 1, &set, &err) == RESULT_OK,
         "no set");
    struct set_header header = {.class = published_set_class(set), .version = 1, .root = *published_set_root(set)};
    buf_init(&body, 1 << 20);
    for (; header.place < header.class; header.place += SET_PAGE_ENTRIES) {
        buf_clear(&body);
        set_write_page(&header, published_set_entries(set), &body);
        need((held == NULL ? held_set_begin(NULL, buf_slice(&body), &held, &err)
                           : held_set_page(held, buf_slice(&body), &err)) == RESULT_OK,
             "a page is refused");
    }
    need(held_set_finish(held, &err) == RESULT_OK, "the set is refused");
    buf_free(&body);
    published_set_close(set);
    return held;
}

static void count_hit(void *ctx, uint32_t slot)
{
    (void)slot;
    ++*(size_t *)ctx;
}

static size_t test_each(const struct held_set *set, const uint64_t *signals, size_t count)
{
    size_t hits = 0;
    for (size_t i = 0; i < count; i++) {
        hits += held_set_has(set, signals[i]);
    }
    return hits;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

struct world {
    struct held_set *set;
    uint64_t *signals;
    size_t count;
    struct rematch rematch;
    uint64_t came[SET_STEP_SWAPS]; /* a few signals, and people that nobody here worries about */
};

static void measure(struct world *w, const char *what, bool whole, size_t rounds, double bytes)
{
    static double ours[ROUNDS_MAX];
    static double theirs[ROUNDS_MAX];
    const struct held_entries all = held_set_entries(w->set);
    for (size_t i = 0; i < rounds; i++) {
        size_t hits = 0;
        double start = now_s();
        if (whole) {
            rematch_whole(&w->rematch, all.entries, all.count, count_hit, &hits);
        } else {
            rematch_step(&w->rematch, w->came, SET_STEP_SWAPS, count_hit, &hits);
        }
        ours[i] = (now_s() - start) * 1e6;
        start = now_s();
        const size_t each = test_each(w->set, w->signals, w->count);
        theirs[i] = (now_s() - start) * 1e6;
        need(whole ? hits == each : hits == 2, "not the hits that there are");
    }
    qsort(ours, rounds, sizeof *ours, by_size);
    qsort(theirs, rounds, sizeof *theirs, by_size);
    (void)printf("{\"bench\":\"signal-rematch-%s\",\"value\":%.2f,\"unit\":\"us/version\",\"peer\":\"held_set_has\","
                 "\"peer_value\":%.2f,\"ratio\":%.3f,\"min\":%.2f,\"max\":%.2f,\"peer_min\":%.2f,\"peer_max\":%.2f,"
                 "\"pairs\":%zu,\"signals\":%zu,\"entries\":%zu,\"memory_bytes_signal\":%.2f}\n",
                 what, ours[rounds / 2], theirs[rounds / 2], theirs[rounds / 2] / ours[rounds / 2], ours[0],
                 ours[rounds - 1], theirs[0], theirs[rounds - 1], rounds, w->count, all.count, bytes);
}

int main(int argc, char **argv)
{
    static size_t total;
    static struct world w = {.rematch = {.total = &total}};
    struct error err;
    need(argc == 4, "ROUNDS SIGNALS ENTRIES");
    const size_t rounds = strtoul(argv[1], NULL, 10);
    const size_t entries = strtoul(argv[3], NULL, 10);
    w.count = strtoul(argv[2], NULL, 10);
    need(rounds >= 1 && rounds <= ROUNDS_MAX && w.count >= 100 && entries > SET_STEP_SWAPS, "out of range");
    uint64_t *people = room(entries, sizeof *people);
    w.signals = room(w.count, sizeof *w.signals);
    for (size_t i = 0; i < entries; i++) {
        people[i] = random_number();
    }
    w.set = set_of(people, entries);
    for (size_t i = 0; i < w.count; i++) {
        w.signals[i] = i % HITS_EACH == 0 ? people[i % entries] : random_number();
    }
    const struct mallinfo2 before = mallinfo2();
    for (size_t i = 0; i < w.count; i++) {
        need(rematch_put(&w.rematch, w.signals[i], (uint32_t)i, &err) == RESULT_OK, "no room");
    }
    const struct mallinfo2 after = mallinfo2();
    const double bytes = (double)(after.uordblks + after.hblkhd - before.uordblks - before.hblkhd) / (double)w.count;
    for (size_t i = 0; i < SET_STEP_SWAPS; i++) {
        w.came[i] = i < 2 ? w.signals[i + 1] : random_number();
    }
    measure(&w, "step", false, rounds, bytes);
    measure(&w, "whole", true, rounds, bytes);
    rematch_clear(&w.rematch);
    held_set_free(w.set);
    free(w.signals);
    free(people);
    return 0;
}
