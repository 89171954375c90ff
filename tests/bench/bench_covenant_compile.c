/*
 * What a covenant costs at a start or a reload: reading, checking, hashing and compiling it, against cJSON alone making a
 * tree of the same text; and what it costs a consult to find the partners that may be asked.
 *   bench_covenant_compile COVENANT.json OIN RUNS    one JSON object: medians of RUNS, in turn; OIN asks as a generalist
 */
#include <cjson/cJSON.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/limits.h"
#include "policy/decide.h"
#include "policy/lint.h"

enum { RUNS_MAX = 101 };

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

static double median(double *values, size_t runs)
{
    qsort(values, runs, sizeof *values, by_size);
    return values[runs / 2];
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
        (void)fprintf(stderr, "bench_covenant_compile: %s: %s\n", faults.items[0].where, faults.items[0].what);
        exit(1);
    }
    return covenant;
}

/* cJSON by itself: no strict scan, no check of names, no meaning. */
static double cjson_alone_ms(struct slice text)
{
    const double begin = now_ms();
    cJSON *tree = cJSON_ParseWithLength((const char *)text.ptr, text.len);
    if (tree == NULL) {
        exit(1);
    }
    cJSON_Delete(tree);
    return now_ms() - begin;
}

/* With lint, as who writes a covenant waits for it. */
static void hear(void *context, const struct lint_finding *finding)
{
    (void)finding;
    (*(size_t *)context)++;
}

static double lint_ms(struct slice text)
{
    size_t heard = 0;
    const double begin = now_ms();
    (void)lint_covenant(text, hear, &heard);
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

static void measure(struct slice text, const struct oin *oin, size_t runs)
{
    double ours[RUNS_MAX];
    double theirs[RUNS_MAX];
    double plan[RUNS_MAX];
    double lint[RUNS_MAX];
    size_t bytes = 0;
    size_t parties = 0;
    size_t askable = 0;
    for (size_t i = 0; i < runs; i++) {
        const size_t before = in_use();
        double begin = now_ms();
        struct covenant *covenant = read_covenant(text);
        ours[i] = now_ms() - begin;
        bytes = in_use() - before;
        theirs[i] = cjson_alone_ms(text);
        lint[i] = lint_ms(text);
        parties = covenant_party_count(covenant);
        begin = now_ms();
        askable = count_partners(covenant, covenant_party(covenant, oin));
        plan[i] = now_ms() - begin;
        covenant_free(covenant);
    }
    const double value = median(ours, runs);
    const double peer = median(theirs, runs);
    (void)printf(
        "{\"bench\":\"covenant-compile\",\"value\":%.2f,\"unit\":\"ms\",\"peer\":\"cJSON\",\"peer_value\":%.2f,"
        "\"ratio\":%.3f,\"min\":%.2f,\"max\":%.2f,\"pairs\":%zu,\"parties\":%zu,\"document_kb\":%zu,"
        "\"memory_kb\":%zu,\"askable\":%zu,\"find_askable_ms\":%.3f,\"lint_ms\":%.2f}\n",
        value, peer, peer / value, ours[0], ours[runs - 1], runs, parties, text.len / 1024, bytes / 1024, askable,
        median(plan, runs), median(lint, runs));
}

int main(int argc, char **argv)
{
    struct oin oin;
    const size_t runs = argc == 4 ? (size_t)strtoull(argv[3], NULL, 10) : 0;
    const bool asked_well = runs != 0 && runs <= RUNS_MAX && oin_parse(slice_text(argv[2]), &oin);
    FILE *file = asked_well ? fopen(argv[1], "rb") : NULL;
    uint8_t *text = malloc(COVENANT_BYTES_MAX);
    if (file == NULL || text == NULL) {
        (void)fputs("gebruik: bench_covenant_compile CONVENANT.json OIN RONDEN\n", stderr);
        free(text);
        return 2;
    }
    const size_t len = fread(text, 1, COVENANT_BYTES_MAX, file);
    (void)fclose(file);
    measure(slice_of(text, len), &oin, runs);
    free(text);
    return 0;
}
