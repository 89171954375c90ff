/* A blind evaluation as bytes, at the asker: always as many values, and an answer of another form is refused. */
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/match_wire.h"

enum { ROOM = 8192 };

static void put(struct buf *out, const char *name, uint8_t byte, size_t len)
{
    uint8_t bytes[VOPRF_PROOF];
    memset(bytes, byte, sizeof bytes);
    if (name != NULL) {
        buf_format(out, "\"%s\":", name);
    }
    buf_text(out, "\"");
    base64_encode(slice_of(bytes, len), out);
    buf_text(out, "\"");
}

/* A good answer but for the count and length of values, the length of key and proof. */
static void answer(struct buf *out, size_t values, size_t value_len, size_t key_len, size_t proof_len)
{
    buf_init(out, ROOM);
    buf_text(out, "{\"periode\":700,");
    put(out, "sleutel", 1, key_len);
    buf_text(out, ",\"waarden\":[");
    for (size_t i = 0; i < values; i++) {
        buf_text(out, i != 0 ? "," : "");
        put(out, NULL, (uint8_t)(10 + i), value_len);
    }
    buf_text(out, "],");
    put(out, "bewijs", 3, proof_len);
    buf_text(out, ",\"ontvangstbewijs\":\"");
    buf_fill(out, 'A', RECEIPT_TEXT);
    buf_text(out, "\"}");
}

static void a_question_has_a_batch_of_values_always(void **state)
{
    (void)state;
    struct voprf_element blinded[MATCH_BATCH];
    char receipt[RECEIPT_TEXT];
    struct buf out;
    struct json *json = NULL;
    struct error err;
    memset(blinded, 0x5a, sizeof blinded);
    memset(receipt, 'A', sizeof receipt);
    buf_init(&out, ROOM);
    evaluation_write(slice_text("hulpafstemming"), 700, blinded, slice_of(receipt, sizeof receipt), &out);
    assert_int_equal(json_parse(buf_slice(&out), &json, &err), RESULT_OK);
    assert_int_equal(json_size(json), 4);
    assert_true(slice_is(json_text_of(json, "doel"), "hulpafstemming"));
    assert_int_equal(json_int(json_member(json, "periode")), 700);
    assert_int_equal(json_size(json_member(json, "waarden")), MATCH_BATCH);
    assert_int_equal(json_text(json_first(json_member(json, "waarden"))).len, 44);
    assert_int_equal(json_text_of(json, "ontvangstbewijs").len, RECEIPT_TEXT);
    json_free(json);
    buf_free(&out);
}

static void a_good_answer_is_read(void **state)
{
    (void)state;
    struct evaluation_answer read;
    struct buf body;
    struct error err;
    answer(&body, MATCH_BATCH, VOPRF_ELEMENT, VOPRF_ELEMENT, VOPRF_PROOF);
    assert_int_equal(evaluation_read(buf_slice(&body), &read, &err), RESULT_OK);
    assert_int_equal(read.epoch, 700);
    assert_int_equal(read.key.bytes[31], 1);
    assert_int_equal(read.evaluated.values[7].bytes[31], 17);
    assert_int_equal(read.evaluated.proof[63], 3);
    assert_int_equal(strlen(read.receipt), RECEIPT_TEXT);
    buf_free(&body);
}

static void an_answer_of_another_form_is_refused(void **state)
{
    (void)state;
    static const struct {
        size_t values, value_len, key_len, proof_len;
        const char *where;
    } cases[] = {
        {MATCH_BATCH - 1, 32, 32, 64, "/waarden"},
        {MATCH_BATCH + 1, 32, 32, 64, "/waarden"},
        {0, 32, 32, 64, "/waarden"},
        {MATCH_BATCH, 31, 32, 64, "/waarden/0"},
        {MATCH_BATCH, 33, 32, 64, "/waarden/0"},
        {MATCH_BATCH, 0, 32, 64, "/waarden/0"},
        {MATCH_BATCH, 32, 31, 64, "/sleutel"},
        {MATCH_BATCH, 32, 34, 64, "/sleutel"},
        {MATCH_BATCH, 32, 32, 63, "/bewijs"},
        {MATCH_BATCH, 32, 32, 32, "/bewijs"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct evaluation_answer read;
        struct buf body;
        struct error err;
        answer(&body, cases[i].values, cases[i].value_len, cases[i].key_len, cases[i].proof_len);
        assert_int_equal(evaluation_read(buf_slice(&body), &read, &err), RESULT_FAILED);
        assert_string_equal(err.where, cases[i].where);
        buf_free(&body);
    }
}

static void what_is_no_answer_is_refused(void **state)
{
    (void)state;
    static const char *const bodies[] = {"", "{", "[]", "{}", "{\"periode\":700}", "\"x\""};
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        struct evaluation_answer read;
        struct error err;
        assert_int_equal(evaluation_read(slice_text(bodies[i]), &read, &err), RESULT_FAILED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_question_has_a_batch_of_values_always),
        cmocka_unit_test(a_good_answer_is_read),
        cmocka_unit_test(an_answer_of_another_form_is_refused),
        cmocka_unit_test(what_is_no_answer_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
