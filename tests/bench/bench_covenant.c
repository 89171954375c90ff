/*
 * What a covenant costs at a start or a reload: reading, checking and compiling it, against reading the same text as JSON
 * alone; and what it costs a consult to find the partners that may be asked.
 *   bench_covenant COVENANT.json OIN    one JSON object: medians of RUNS, in turn; OIN asks as a generalist
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/json.h"
#include "base/limits.h"
#include "policy/decide.h"

enum { RUNS = 11 };

static double now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double values[RUNS])
{
    qsort(values, RUNS, sizeof *values, by_size);
    return values[RUNS / 2];
}

static size_t in_use(void)
{
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

static struct covenant *read_covenant(struct slice text)
{
    struct covenant *covenant = NULL;
    struct fault_list faults = {0};
    if (covenant_parse(text, &covenant, &faults) != RESULT_OK) {
        (void)fprintf(stderr, "bench_covenant: %s: %s\n", faults.items[0].where, faults.items[0].what);
        exit(1);
    }
    return covenant;
}

static double json_alone_ms(struct slice text)
{
    struct json *json = NULL;
    struct error err;
    const double begin = now_ms();
    if (json_parse(text, &json, &err) != RESULT_OK) {
        exit(1);
    }
    json_free(json);
    return now_ms() - begin;
}

/* As node/api/consult_ask.c does. */
static size_t count_partners(const struct covenant *covenant, const struct party *self)
{
    size_t count = 0;
    for (size_t i = 0; i < covenant_party_count(covenant); i++) {
        struct policy_decision decision;
        const struct policy_request request = {.requester = self,
                                               .provider = covenant_party_at(covenant, i),
                                               .purpose = slice_text("hulpafstemming"),
                                               .basis = slice_text("wmo-5.1.1"),
                                               .role = slice_text("generalist"),
                                               .has_case = true,
                                               .today = {2026, 11, 26}};
        policy_may_ask(covenant, &request, &decision);
        count += decision.permit;
    }
    return count;
}

static void measure(struct slice text, const struct oin *oin)
{
    double ours[RUNS];
    double theirs[RUNS];
    double plan[RUNS];
    size_t bytes = 0;
    size_t parties = 0;
    size_t askable = 0;
    for (int i = 0; i < RUNS; i++) {
        const size_t before = in_use();
        double begin = now_ms();
        struct covenant *covenant = read_covenant(text);
        ours[i] = now_ms() - begin;
        bytes = in_use() - before;
        theirs[i] = json_alone_ms(text);
        parties = covenant_party_count(covenant);
        begin = now_ms();
        askable = count_partners(covenant, covenant_party(covenant, oin));
        plan[i] = now_ms() - begin;
        covenant_free(covenant);
    }
    const double value = median(ours);
    const double peer = median(theirs);
    (void)printf("{\"bench\":\"covenant\",\"value\":%.2f,\"unit\":\"ms\",\"peer\":\"json\",\"peer_value\":%.2f,"
                 "\"ratio\":%.2f,\"min\":%.2f,\"max\":%.2f,\"pairs\":%d,\"parties\":%zu,\"document_kb\":%zu,"
                 "\"memory_kb\":%zu,\"askable\":%zu,\"find_askable_ms\":%.3f}\n",
                 value, peer, value / peer, ours[0], ours[RUNS - 1], RUNS, parties, text.len / 1024, bytes / 1024,
                 askable, median(plan));
}

int main(int argc, char **argv)
{
    struct oin oin;
    FILE *file = argc == 3 && oin_parse(slice_text(argv[2]), &oin) ? fopen(argv[1], "rb") : NULL;
    uint8_t *text = malloc(COVENANT_BYTES_MAX);
    if (file == NULL || text == NULL) {
        (void)fputs("gebruik: bench_covenant CONVENANT.json OIN\n", stderr);
        free(text);
        return 2;
    }
    const size_t len = fread(text, 1, COVENANT_BYTES_MAX, file);
    (void)fclose(file);
    measure(slice_of(text, len), &oin);
    free(text);
    return 0;
}
