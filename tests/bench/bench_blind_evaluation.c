/*
 * What a provider spends on blind evaluation with proof, and an asker on blinding and on checking and finalizing, against
 * the group alone: libsodium's scalar multiplication, and the floor of who has only its public calls, two of those and
 * an addition for each value. By the time of the processor.
 *   bench_blind_evaluation ROUNDS VALUES    one JSON object for batches of 8 and of 64: medians of ROUNDS, in turn, of
 *                                           VALUES values each
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sodium.h>

#include "base/attr.h"
#include "matching/voprf.h"

enum { ROUNDS_MAX = 101, TEXT_SIZE = 32 };
enum way { OURS, MULTIPLY, FLOOR, BLIND, FINALIZE, WAYS };

struct bench {
    struct voprf_key key;
    size_t batch;
    uint8_t wide[VOPRF_WIDE];
    uint8_t proof[VOPRF_PROOF];
    char texts[VOPRF_BATCH_MAX][TEXT_SIZE];
    struct slice inputs[VOPRF_BATCH_MAX];
    struct voprf_scalar blinds[VOPRF_BATCH_MAX];
    struct voprf_element blinded[VOPRF_BATCH_MAX];
    struct voprf_element evaluated[VOPRF_BATCH_MAX];
    struct voprf_output outputs[VOPRF_BATCH_MAX];
};

static void need(bool condition, const char *what)
{
    if (!condition) {
        (void)fprintf(stderr, "bench_blind_evaluation: %s\n", what);
        exit(1);
    }
}

static double now_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- what is measured: one batch ---- */

static void evaluate(struct bench *b)
{
    struct error err;
    need(voprf_evaluate(&b->key, b->blinded, b->batch, b->wide, b->evaluated, b->proof, &err) == RESULT_OK,
         "no evaluation");
}

static void multiply(struct bench *b)
{
    for (size_t i = 0; i < b->batch; i++) {
        uint8_t out[VOPRF_ELEMENT];
        need(crypto_scalarmult_ristretto255(out, b->key.secret.bytes, b->blinded[i].bytes) == 0, "no multiplication");
    }
}

static void floor_of_calls(struct bench *b)
{
    uint8_t sum[VOPRF_ELEMENT] = {0};
    for (size_t i = 0; i < b->batch; i++) {
        uint8_t out[VOPRF_ELEMENT];
        need(crypto_scalarmult_ristretto255(out, b->key.secret.bytes, b->blinded[i].bytes) == 0 &&
                 crypto_scalarmult_ristretto255(out, b->blinds[i].bytes, b->blinded[i].bytes) == 0 &&
                 crypto_core_ristretto255_add(sum, sum, out) == 0,
             "no multiplication");
    }
}

static void blind(struct bench *b)
{
    struct error err;
    for (size_t i = 0; i < b->batch; i++) {
        randombytes_buf(b->wide, sizeof b->wide);
        need(voprf_blind(b->inputs[i], b->wide, &b->blinds[i], &b->blinded[i], &err) == RESULT_OK, "no blinding");
    }
}

static void finalize(struct bench *b)
{
    struct error err;
    need(voprf_finalize(&b->key.public, b->inputs, b->blinds, b->blinded, b->evaluated, b->batch, b->proof, b->outputs,
                        &err) == RESULT_OK,
         "the proof does not hold");
}

/* ---- */

/* Values a second. A blinding makes the evaluation before it useless, so after it comes one that is not measured. */
static double rate(struct bench *b, void (*way)(struct bench *b), size_t values)
{
    const size_t times = values / b->batch + 1;
    const double begin = now_s();
    for (size_t i = 0; i < times; i++) {
        way(b);
    }
    const double took = now_s() - begin;
    if (way == blind) {
        evaluate(b);
    }
    return (double)(times * b->batch) / took;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void measure(struct bench *b, size_t rounds, size_t values)
{
    static void (*const ways[WAYS])(struct bench * b) = {evaluate, multiply, floor_of_calls, blind, finalize};
    static double rates[WAYS][ROUNDS_MAX];
    double middle[WAYS];
    blind(b);
    for (size_t round = 0; round < rounds; round++) {
        for (size_t way = 0; way < WAYS; way++) {
            rates[way][round] = rate(b, ways[way], values);
        }
    }
    for (size_t way = 0; way < WAYS; way++) {
        qsort(rates[way], rounds, sizeof *rates[way], by_size);
        middle[way] = rates[way][rounds / 2];
    }
    (void)printf("{\"bench\":\"blind-evaluation\",\"value\":%.0f,\"unit\":\"values/s\",\"peer\":\"scalarmult\","
                 "\"peer_value\":%.0f,\"ratio\":%.3f,\"min\":%.0f,\"max\":%.0f,\"peer_min\":%.0f,\"peer_max\":%.0f,"
                 "\"pairs\":%zu,\"batch\":%zu,\"floor_value\":%.0f,\"floor_ratio\":%.3f,\"blind_value\":%.0f,"
                 "\"finalize_value\":%.0f}\n",
                 middle[OURS], middle[MULTIPLY], middle[OURS] / middle[MULTIPLY], rates[OURS][0],
                 rates[OURS][rounds - 1], rates[MULTIPLY][0], rates[MULTIPLY][rounds - 1], rounds, b->batch,
                 middle[FLOOR], middle[OURS] / middle[FLOOR], middle[BLIND], middle[FINALIZE]);
}

int main(int argc, char **argv)
{
    static struct bench b;
    static const size_t batches[] = {MATCH_BATCH, VOPRF_BATCH_MAX};
    const uint8_t seed[VOPRF_SEED] = {1};
    struct error err;
    const size_t rounds = argc == 3 ? strtoull(argv[1], NULL, 10) : 0;
    const size_t values = argc == 3 ? strtoull(argv[2], NULL, 10) : 0;
    need(rounds >= 1 && rounds <= ROUNDS_MAX && values >= 1, "usage: bench_blind_evaluation ROUNDS VALUES");
    need(voprf_ready(&err) == RESULT_OK, "libsodium does not start");
    need(voprf_derive_key(seed, slice_text("meting"), &b.key, &err) == RESULT_OK, "no key");
    for (size_t i = 0; i < VOPRF_BATCH_MAX; i++) {
        (void)snprintf(b.texts[i], sizeof b.texts[i], "bsn:%09zu", i);
        b.inputs[i] = slice_text(b.texts[i]);
    }
    for (size_t i = 0; i < COUNT_OF(batches); i++) {
        b.batch = batches[i];
        measure(&b, rounds, values);
    }
    return 0;
}
