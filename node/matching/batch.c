#include "matching/batch.h"

#include <sodium.h>
#include <string.h>

enum { PADDING_BYTES = 32 };
_Static_assert((int)PADDING_BYTES != (int)MATCH_INPUT_BYTES, "what fills up is no person's input");

struct match_batch {
    size_t count; /* of people; behind them is what fills up */
    uint8_t inputs[MATCH_BATCH][PADDING_BYTES];
    uint8_t wide[MATCH_BATCH][VOPRF_WIDE];
    struct voprf_scalar blinds[MATCH_BATCH];
    struct voprf_element blinded[MATCH_BATCH];
    struct voprf_output outputs[MATCH_BATCH];
    struct match_value values[MATCH_BATCH];
};

struct match_batch *match_batch_new(const struct bsn *people, size_t count, const struct entropy *entropy)
{
    struct error err;
    struct match_batch *batch = voprf_ready(&err) == RESULT_OK ? sodium_malloc(sizeof *batch) : NULL;
    if (batch == NULL) {
        return NULL;
    }
    memset(batch, 0, sizeof *batch);
    batch->count = count < MATCH_BATCH ? count : MATCH_BATCH;
    for (size_t i = 0; i < MATCH_BATCH; i++) {
        if (i < batch->count) {
            match_input(&people[i], batch->inputs[i]);
        } else {
            entropy->fill(entropy->ctx, batch->inputs[i], PADDING_BYTES);
        }
        entropy->fill(entropy->ctx, batch->wide[i], VOPRF_WIDE);
    }
    return batch;
}

void match_batch_free(struct match_batch *batch)
{
    sodium_free(batch);
}

static struct slice input_of(const struct match_batch *batch, size_t i)
{
    return slice_of(batch->inputs[i], i < batch->count ? MATCH_INPUT_BYTES : PADDING_BYTES);
}

enum result match_batch_blind(struct match_batch *batch, struct error *err)
{
    for (size_t i = 0; i < MATCH_BATCH; i++) {
        TRY(voprf_blind(input_of(batch, i), batch->wide[i], &batch->blinds[i], &batch->blinded[i], err));
    }
    sodium_memzero(batch->wide, sizeof batch->wide);
    return RESULT_OK;
}

const struct voprf_element *match_batch_blinded(const struct match_batch *batch)
{
    return batch->blinded;
}

enum result match_batch_finish(struct match_batch *batch, const struct match_scope *scope,
                               const struct voprf_element *key, const struct match_evaluated *evaluated,
                               struct error *err)
{
    struct slice inputs[MATCH_BATCH];
    for (size_t i = 0; i < MATCH_BATCH; i++) {
        inputs[i] = input_of(batch, i);
    }
    TRY(voprf_finalize(key, inputs, batch->blinds, batch->blinded, evaluated->values, MATCH_BATCH, evaluated->proof,
                       batch->outputs, err));
    for (size_t i = 0; i < batch->count; i++) {
        match_value_of(scope, &batch->outputs[i], &batch->values[i]);
    }
    sodium_memzero(batch->outputs, sizeof batch->outputs);
    return RESULT_OK;
}

const struct match_value *match_batch_value(const struct match_batch *batch, size_t place)
{
    return &batch->values[place];
}
