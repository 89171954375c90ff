/*
 * Whether the time that an answer takes tells who is known: bench-timing-classes [--each N] [--seed N] [--name WORD].
 *
 * Questions about people of five classes (tests/unit/api/uniform.h) in an order by chance, one at a time, to the node's own
 * code over a real store in a folder of TMPDIR; from the moment that the handler gets the question until it answers. No
 * network stands between, and no commit waits for a disk, so that less is drowned than anybody outside could hope for.
 * For every pair of classes the distance of Kolmogorov and Smirnov between their times; the largest stands against the
 * bound that it passes with a chance of FALSE_ALARM, all pairs together (Bonferroni), when the classes are alike: the
 * order is drawn by chance, so that whatever else the machine does falls on all of them alike. Prints a line of JSON;
 * a ratio below 1 says that the time tells something.
 */
#include "unit/api/uniform.h"

#include <time.h>

#define FALSE_ALARM 0.001

enum { EACH_STANDARD = 4000, EACH_MAX = 100000, PAIRS = CLASS_COUNT * (CLASS_COUNT - 1) / 2 };

static uint64_t now_ns(void)
{
    struct timespec at;
    (void)clock_gettime(CLOCK_MONOTONIC, &at);
    return (uint64_t)at.tv_sec * 1000000000U + (uint64_t)at.tv_nsec;
}

static uint64_t ask(struct uniform *u, const struct uniform_question *question)
{
    char body[UNIFORM_BODY];
    struct http_request request = uniform_request(u, &u->people[question->class][question->number].key, body);
    buf_fill(&request.answer, 0, CONSULT_ANSWER_BYTES + 1);
    const uint64_t began = now_ns();
    consult_answer(&request, &u->rig.api);
    while (request.answers == 0) {
        (void)uv_run(&u->rig.world.loop, UV_RUN_ONCE);
    }
    const uint64_t took = now_ns() - began;
    if (request.status != 200) {
        fail_msg("status %d", request.status);
    }
    rig_run(&u->rig);
    rig_forget(&request);
    return took;
}

static void measure(struct uniform *u, uint64_t *times[CLASS_COUNT])
{
    size_t filled[CLASS_COUNT] = {0};
    for (size_t i = 0; i < u->count; i++) {
        (void)ask(u, &u->questions[i]); /* everybody once, so that nobody's pages are read for the first time */
    }
    uniform_shuffle(u);
    for (size_t i = 0; i < u->count; i++) {
        const enum uniform_class class = u->questions[i].class;
        times[class][filled[class]++] = ask(u, &u->questions[i]);
    }
    for (int class = 0; class < CLASS_COUNT; class ++) {
        qsort(times[class], u->each, sizeof *times[class], uniform_by_value);
    }
}

static void report(const struct uniform *u, uint64_t *times[CLASS_COUNT], const char *name, uint32_t seed)
{
    double most = 0;
    int of[2] = {0, 0};
    for (int a = 0; a < CLASS_COUNT; a++) {
        for (int b = a + 1; b < CLASS_COUNT; b++) {
            const double distance = uniform_distance(times[a], u->each, times[b], u->each);
            if (distance > most) {
                most = distance;
                of[0] = a;
                of[1] = b;
            }
        }
    }
    const double bound = uniform_bound(FALSE_ALARM / PAIRS, u->each, u->each);
    (void)printf("{\"bench\":\"%s\",\"value\":%.4f,\"unit\":\"afstand\",\"peer\":\"toevalsgrens\",\"peer_value\":%.4f,"
                 "\"ratio\":%.3f,\"false_alarm\":%g,\"between\":\"%s, %s\",\"each\":%zu,\"seed\":%u",
                 name, most, bound, most > 0 ? bound / most : 1000.0, FALSE_ALARM, uniform_words[of[0]],
                 uniform_words[of[1]], u->each, seed);
    for (int class = 0; class < CLASS_COUNT; class ++) {
        (void)printf("%s%.1f", class == 0 ? ",\"median_us\":[" : ",", (double)times[class][u->each / 2] / 1000);
    }
    (void)printf("]}\n");
}

static unsigned long number(const char *text, unsigned long most)
{
    char *end = NULL;
    const unsigned long value = strtoul(text, &end, 10);
    if (end == text || *end != '\0' || value == 0 || value > most) {
        (void)fprintf(stderr, "bench-timing-classes: hier hoort een getal van 1 tot en met %lu\n", most);
        exit(2);
    }
    return value;
}

int main(int argc, char **argv)
{
    static struct uniform u;
    uint64_t *times[CLASS_COUNT];
    size_t each = EACH_STANDARD;
    uint32_t seed = 1;
    const char *name = "timing-classes";
    for (int i = 1; i < argc; i += 2) {
        if (i + 1 < argc && strcmp(argv[i], "--each") == 0) {
            each = number(argv[i + 1], EACH_MAX);
        } else if (i + 1 < argc && strcmp(argv[i], "--seed") == 0) {
            seed = (uint32_t)number(argv[i + 1], UINT32_MAX);
        } else if (i + 1 < argc && strcmp(argv[i], "--name") == 0) {
            name = argv[i + 1];
        } else {
            (void)fprintf(stderr, "bench-timing-classes [--each N] [--seed N] [--name WORD]\n");
            return 2;
        }
    }
    uniform_open(&u, each, seed);
    for (int class = 0; class < CLASS_COUNT; class ++) {
        times[class] = calloc(each, sizeof *times[class]);
        assert_non_null(times[class]);
    }
    measure(&u, times);
    report(&u, times, name, seed);
    for (int class = 0; class < CLASS_COUNT; class ++) {
        free(times[class]);
    }
    uniform_close(&u);
    return 0;
}
