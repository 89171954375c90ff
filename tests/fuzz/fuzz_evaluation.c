/* Any bytes as a question for a blind evaluation, and as an answer to one: what is accepted is written again and read as
 * the same; what is evaluated is proven, and what is not says which value it was. */
#include <stdlib.h>
#include <string.h>

#include "api/match_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void evaluate(const struct evaluation_question *question)
{
    static const uint8_t wide[VOPRF_WIDE] = {7};
    struct voprf_key key;
    struct match_evaluated evaluated;
    struct buf body;
    struct evaluation_answer answer;
    struct error err;
    require(voprf_derive_key(wide, slice_text("proef"), &key, &err) == RESULT_OK);
    if (voprf_evaluate(&key, question->blinded, MATCH_BATCH, wide, evaluated.values, evaluated.proof, &err) !=
        RESULT_OK) {
        require(err.fault == FAULT_INVALID && strncmp(err.where, "/waarden/", 9) == 0);
        return;
    }
    buf_init(&body, 4096);
    const size_t at = evaluation_answer_write(question->epoch, &key.public, &evaluated, &body);
    require(buf_ok(&body) && at + RECEIPT_TEXT < body.len);
    require(evaluation_read(buf_slice(&body), &answer, &err) == RESULT_OK);
    require(answer.epoch == question->epoch && memcmp(&answer.evaluated, &evaluated, sizeof evaluated) == 0);
    buf_free(&body);
}

static void ask(const struct json *json)
{
    struct evaluation_question question;
    struct evaluation_question again;
    struct fault_list faults = {0};
    struct json *back = NULL;
    struct buf body;
    evaluation_question_read(json, &question, &faults);
    if (faults.count != 0) {
        return;
    }
    buf_init(&body, 16384);
    evaluation_write(question.purpose, question.epoch, question.blinded, question.receipt, &body);
    require(buf_ok(&body) && json_parse(buf_slice(&body), &back, NULL) == RESULT_OK);
    evaluation_question_read(back, &again, &faults);
    require(faults.count == 0 && again.epoch == question.epoch && slice_equal(again.purpose, question.purpose) &&
            memcmp(again.blinded, question.blinded, sizeof again.blinded) == 0);
    evaluate(&question);
    json_free(back);
    buf_free(&body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json *json = NULL;
    struct evaluation_answer answer;
    struct error err;
    const struct slice body = slice_of(data, size);
    require(voprf_ready(&err) == RESULT_OK);
    if (json_parse(body, &json, NULL) == RESULT_OK) {
        ask(json);
        json_free(json);
    }
    require(evaluation_read(body, &answer, &err) == RESULT_OK || err.what[0] != '\0');
    return 0;
}
