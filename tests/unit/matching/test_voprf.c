/* voprf.h: the vectors of RFC 9497, and what is refused. */
#include "unit/unit.h"

#include "matching/suite.h"
#include "unit/matching/vectors.h"

static struct voprf_scalar scalar(const struct vector_bytes *from)
{
    struct voprf_scalar out;
    assert_int_equal(from->len, sizeof out.bytes);
    memcpy(out.bytes, from->bytes, sizeof out.bytes);
    return out;
}

static struct slice bytes(const struct vector_bytes *from)
{
    return slice_of(from->bytes, from->len);
}

static void assert_bytes(const struct vector_bytes *expected, const void *found, size_t len)
{
    assert_int_equal(expected->len, len);
    assert_memory_equal(expected->bytes, found, len);
}

/* A scalar that is reduced already comes through the reduction of 64 bytes as it is. */
static void widen(const struct vector_bytes *from, uint8_t out[VOPRF_WIDE])
{
    assert_int_equal(from->len, VOPRF_SCALAR);
    memset(out, 0, VOPRF_WIDE);
    memcpy(out, from->bytes, VOPRF_SCALAR);
}

/* The steps that both modes share, each by itself. */
static void steps_hold(const struct vector *v)
{
    struct error err;
    struct voprf_key key;
    const enum suite_mode mode = v->mode.bytes[0];
    assert_int_equal(suite_derive_key(mode, v->seed.bytes, bytes(&v->info), &key, &err), RESULT_OK);
    assert_bytes(&v->secret, key.secret.bytes, sizeof key.secret);
    for (size_t i = 0; i < v->count; i++) {
        struct voprf_element made;
        struct voprf_output output;
        const struct voprf_scalar blind = scalar(&v->blind[i]);
        assert_int_equal(suite_input(mode, bytes(&v->input[i]), &blind, &made, &err), RESULT_OK);
        assert_bytes(&v->blinded[i], made.bytes, sizeof made);
        assert_true(suite_multiply(&key.secret, &made, &made));
        assert_bytes(&v->evaluated[i], made.bytes, sizeof made);
        assert_int_equal(suite_input(mode, bytes(&v->input[i]), &key.secret, &made, &err), RESULT_OK);
        suite_output(bytes(&v->input[i]), &made, &output);
        assert_bytes(&v->output[i], output.bytes, sizeof output);
    }
}

/* The whole of the verifiable mode, through the door that the node uses. */
static void exchange_holds(const struct vector *v)
{
    struct error err;
    struct voprf_key key;
    struct voprf_scalar blinds[VECTOR_BATCH];
    struct voprf_element blinded[VECTOR_BATCH];
    struct voprf_element evaluated[VECTOR_BATCH];
    struct voprf_output outputs[VECTOR_BATCH];
    struct slice inputs[VECTOR_BATCH];
    uint8_t wide[VOPRF_WIDE];
    uint8_t proof[VOPRF_PROOF];
    assert_int_equal(voprf_derive_key(v->seed.bytes, bytes(&v->info), &key, &err), RESULT_OK);
    assert_bytes(&v->secret, key.secret.bytes, sizeof key.secret);
    assert_bytes(&v->public, key.public.bytes, sizeof key.public);
    for (size_t i = 0; i < v->count; i++) {
        inputs[i] = bytes(&v->input[i]);
        widen(&v->blind[i], wide);
        assert_int_equal(voprf_blind(inputs[i], wide, &blinds[i], &blinded[i], &err), RESULT_OK);
        assert_bytes(&v->blinded[i], blinded[i].bytes, sizeof blinded[i]);
        assert_int_equal(voprf_own(&key, inputs[i], &outputs[i], &err), RESULT_OK);
        assert_bytes(&v->output[i], outputs[i].bytes, sizeof outputs[i]);
    }
    memset(outputs, 0, sizeof outputs);
    widen(&v->random, wide);
    assert_int_equal(voprf_evaluate(&key, blinded, v->count, wide, evaluated, proof, &err), RESULT_OK);
    assert_bytes(&v->proof, proof, sizeof proof);
    assert_int_equal(voprf_finalize(&key.public, inputs, blinds, blinded, evaluated, v->count, proof, outputs, &err),
                     RESULT_OK);
    for (size_t i = 0; i < v->count; i++) {
        assert_bytes(&v->evaluated[i], evaluated[i].bytes, sizeof evaluated[i]);
        assert_bytes(&v->output[i], outputs[i].bytes, sizeof outputs[i]);
    }
}

static size_t base_count;
static size_t verifiable_count;
static size_t batch_count;

static void vector_holds(const struct vector *v)
{
    steps_hold(v);
    if (v->mode.bytes[0] == SUITE_VERIFIABLE) {
        exchange_holds(v);
        verifiable_count++;
        batch_count += v->count > 1;
    } else {
        base_count++;
    }
}

static void rfc9497_vectors(void **state)
{
    (void)state;
    assert_int_equal(vectors_each(vector_holds), 5);
    assert_int_equal(base_count, 2);
    assert_int_equal(verifiable_count, 3);
    assert_int_equal(batch_count, 1);
}

/* A whole exchange about `count` inputs that went well; a test then spoils one thing of it. */
struct exchange {
    struct voprf_key key;
    size_t count;
    uint8_t texts[VOPRF_BATCH_MAX + 1][4];
    struct slice inputs[VOPRF_BATCH_MAX + 1];
    struct voprf_scalar blinds[VOPRF_BATCH_MAX + 1];
    struct voprf_element blinded[VOPRF_BATCH_MAX + 1];
    struct voprf_element evaluated[VOPRF_BATCH_MAX + 1];
    struct voprf_output outputs[VOPRF_BATCH_MAX + 1];
    uint8_t wide[VOPRF_WIDE];
    uint8_t proof[VOPRF_PROOF];
};

static void fill(uint8_t *out, size_t len, unsigned from)
{
    uint32_t x = from * 2654435761U + 1;
    for (size_t i = 0; i < len; i++) {
        x = x * 1664525U + 1013904223U;
        out[i] = (uint8_t)(x >> 24);
    }
}

static enum result evaluate(struct exchange *x, struct error *err)
{
    return voprf_evaluate(&x->key, x->blinded, x->count, x->wide, x->evaluated, x->proof, err);
}

static enum result finalize(struct exchange *x, struct error *err)
{
    memset(x->outputs, 0, sizeof x->outputs);
    return voprf_finalize(&x->key.public, x->inputs, x->blinds, x->blinded, x->evaluated, x->count, x->proof,
                          x->outputs, err);
}

static void prepare(struct exchange *x, size_t count)
{
    struct error err;
    uint8_t seed[VOPRF_SEED];
    memset(x, 0, sizeof *x);
    fill(seed, sizeof seed, 7);
    assert_int_equal(voprf_derive_key(seed, slice_text("proef"), &x->key, &err), RESULT_OK);
    x->count = count;
    for (size_t i = 0; i < count; i++) {
        fill(x->texts[i], sizeof x->texts[i], (unsigned)i);
        x->inputs[i] = slice_of(x->texts[i], sizeof x->texts[i]);
        fill(x->wide, sizeof x->wide, 1000 + (unsigned)i);
        assert_int_equal(voprf_blind(x->inputs[i], x->wide, &x->blinds[i], &x->blinded[i], &err), RESULT_OK);
    }
    fill(x->wide, sizeof x->wide, 5000);
}

static void answer(struct exchange *x, size_t count)
{
    struct error err;
    prepare(x, count);
    assert_int_equal(evaluate(x, &err), RESULT_OK);
    assert_int_equal(finalize(x, &err), RESULT_OK);
}

static void assert_no_outputs(const struct exchange *x)
{
    static const struct voprf_output none[VOPRF_BATCH_MAX + 1];
    assert_memory_equal(x->outputs, none, sizeof none);
}

static void what_is_asked_blindly_is_what_the_evaluator_knows(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 2, MATCH_BATCH, VOPRF_BATCH_MAX};
    static struct exchange x;
    for (size_t n = 0; n < COUNT_OF(sizes); n++) {
        answer(&x, sizes[n]);
        for (size_t i = 0; i < x.count; i++) {
            struct error err;
            struct voprf_output own;
            assert_int_equal(voprf_own(&x.key, x.inputs[i], &own, &err), RESULT_OK);
            assert_memory_equal(own.bytes, x.outputs[i].bytes, sizeof own);
        }
    }
}

static void a_batch_is_neither_empty_nor_too_large(void **state)
{
    (void)state;
    static struct exchange x;
    struct error err;
    answer(&x, VOPRF_BATCH_MAX);
    x.count = VOPRF_BATCH_MAX + 1;
    assert_int_equal(evaluate(&x, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_TOO_LARGE);
    assert_string_equal(err.where, "/waarden");
    assert_int_equal(finalize(&x, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_TOO_LARGE);
    x.count = 0;
    assert_int_equal(evaluate(&x, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_INVALID);
    assert_int_equal(finalize(&x, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_INVALID);
}

/*
 * Bad encodings (RFC 9496, appendix A.2: not canonical, negative, no square, and so on) and the identity, which is
 * canonical and yet refused.
 */
static const char *const bad_elements[] = {
    "0000000000000000000000000000000000000000000000000000000000000000", /* the identity */
    "00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "f3ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", /* the identity, not reduced */
    "0100000000000000000000000000000000000000000000000000000000000000",
    "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ed57ffd8c914fb201471d1c3d245ce3c746fcbe63a3679d51b6a516ebebe0e20",
    "c34c4e1826e5d403b78e246e88aa051c36ccf0aafebffe137d148a2bf9104562",
    "c940e5a4404157cfb1628b108db051a8d439e1a421394ec4ebccb9ec92a8ac78",
    "26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371",
    "4eac077a713c57b4f4397629a4145982c661f48044dd3f96427d40b147d9742f",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
};

static struct voprf_element bad_element(size_t at)
{
    struct voprf_element out;
    assert_true(hex_decode(slice_text(bad_elements[at]), out.bytes, sizeof out.bytes));
    return out;
}

static void bad_elements_are_refused_where_they_stand(void **state)
{
    (void)state;
    static struct exchange x;
    for (size_t i = 0; i < COUNT_OF(bad_elements); i++) {
        struct error err;
        answer(&x, 3);
        const struct exchange good = x;
        x.blinded[2] = bad_element(i);
        memset(x.proof, 0xEE, sizeof x.proof);
        memset(x.evaluated, 0xEE, sizeof x.evaluated);
        assert_int_equal(evaluate(&x, &err), RESULT_FAILED);
        assert_int_equal(err.fault, FAULT_INVALID);
        assert_string_equal(err.where, "/waarden/2");
        assert_int_equal(x.proof[0], 0xEE); /* nothing was written */
        assert_int_equal(x.evaluated[0].bytes[0], 0xEE);
        x = good;
        x.evaluated[1] = bad_element(i);
        assert_int_equal(finalize(&x, &err), RESULT_FAILED);
        assert_int_equal(err.fault, FAULT_INVALID);
        assert_string_equal(err.where, "/waarden/1");
        assert_no_outputs(&x);
        x = good;
        x.key.public = bad_element(i);
        assert_int_equal(finalize(&x, &err), RESULT_FAILED);
        assert_int_equal(err.fault, FAULT_INVALID);
        assert_string_equal(err.where, "/sleutel");
        assert_no_outputs(&x);
    }
}

static void refused_for_its_proof(struct exchange *x)
{
    struct error err;
    assert_int_equal(finalize(x, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_INVALID);
    assert_string_equal(err.where, "/bewijs");
    assert_no_outputs(x);
}

static void a_proof_with_any_bit_changed_does_not_hold(void **state)
{
    (void)state;
    static struct exchange x;
    answer(&x, 1);
    for (size_t bit = 0; bit < 8 * sizeof x.proof; bit++) {
        x.proof[bit / 8] ^= (uint8_t)(1U << bit % 8);
        refused_for_its_proof(&x);
        x.proof[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
}

/* The order of the group added to a scalar of the proof is the same scalar to arithmetic, and yet another text. */
static void a_proof_has_one_form(void **state)
{
    (void)state;
    static const uint8_t order[VOPRF_SCALAR] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
                                                0xa2, 0xde, 0xf9, 0xde, 0x14, 0,    0,    0,    0,    0,    0,
                                                0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};
    static struct exchange x;
    for (size_t half = 0; half < 2; half++) {
        answer(&x, 1);
        unsigned carry = 0;
        for (size_t i = 0; i < VOPRF_SCALAR; i++) {
            uint8_t *byte = &x.proof[half * VOPRF_SCALAR + i];
            carry += (unsigned)*byte + order[i];
            *byte = (uint8_t)carry;
            carry >>= 8;
        }
        refused_for_its_proof(&x);
    }
    answer(&x, 1);
    memset(x.proof, 0, sizeof x.proof);
    refused_for_its_proof(&x);
}

static void another_key_batch_or_order_does_not_hold(void **state)
{
    (void)state;
    static struct exchange x;
    static struct exchange other;
    struct error err;
    uint8_t seed[VOPRF_SEED] = {1};
    answer(&x, 3);
    const struct exchange good = x;
    assert_int_equal(voprf_derive_key(seed, slice_text("proef"), &x.key, &err), RESULT_OK);
    refused_for_its_proof(&x); /* said to be under another key */
    assert_int_equal(evaluate(&x, &err), RESULT_OK);
    x.key = good.key;
    refused_for_its_proof(&x); /* made with another key */
    x = good;
    x.evaluated[1] = good.evaluated[0];
    refused_for_its_proof(&x);
    x = good;
    x.evaluated[0] = good.evaluated[1];
    x.evaluated[1] = good.evaluated[0];
    refused_for_its_proof(&x);
    x = good;
    x.blinded[0] = good.blinded[2];
    refused_for_its_proof(&x);
    x = good;
    x.count = 2;
    refused_for_its_proof(&x);
    answer(&other, 2);
    x = good;
    memcpy(x.proof, other.proof, sizeof x.proof);
    refused_for_its_proof(&x);
}

static void a_blind_of_zero_is_refused(void **state)
{
    (void)state;
    static struct exchange x;
    struct error err;
    struct voprf_scalar blind;
    struct voprf_element blinded;
    const uint8_t zero[VOPRF_WIDE] = {0};
    memset(&blind, 0xEE, sizeof blind);
    memset(&blinded, 0xEE, sizeof blinded);
    assert_int_equal(voprf_blind(slice_text("x"), zero, &blind, &blinded, &err), RESULT_FAILED);
    assert_int_equal(blind.bytes[0], 0xEE); /* nothing was written */
    assert_int_equal(blinded.bytes[0], 0xEE);
    answer(&x, 2);
    memset(&x.blinds[1], 0, sizeof x.blinds[1]);
    assert_int_equal(finalize(&x, &err), RESULT_FAILED);
    assert_no_outputs(&x);
}

/* Lengths go into hashes as two bytes. */
static void input_and_info_are_bounded(void **state)
{
    (void)state;
    static uint8_t large[65536];
    const uint8_t seed[VOPRF_SEED] = {1};
    const uint8_t wide[VOPRF_WIDE] = {1};
    struct error err;
    struct voprf_key key;
    struct voprf_scalar blind;
    struct voprf_element blinded;
    struct voprf_output output;
    assert_int_equal(voprf_derive_key(seed, slice_of(large, 65535), &key, &err), RESULT_OK);
    assert_int_equal(voprf_own(&key, slice_of(large, 65535), &output, &err), RESULT_OK);
    assert_int_equal(voprf_blind(slice_of(large, 65535), wide, &blind, &blinded, &err), RESULT_OK);
    assert_int_equal(voprf_derive_key(seed, slice_of(large, 65536), &key, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_TOO_LARGE);
    assert_int_equal(voprf_own(&key, slice_of(large, 65536), &output, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_TOO_LARGE);
    assert_int_equal(voprf_blind(slice_of(large, 65536), wide, &blind, &blinded, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_TOO_LARGE);
}

/* The same person asked about twice, or at two partners, shows two values that have nothing to do with each other. */
static void blinds_make_equal_inputs_different(void **state)
{
    (void)state;
    struct error err;
    struct voprf_scalar blind;
    struct voprf_element blinded[64];
    for (size_t i = 0; i < COUNT_OF(blinded); i++) {
        uint8_t wide[VOPRF_WIDE];
        fill(wide, sizeof wide, 90 + (unsigned)i);
        assert_int_equal(voprf_blind(slice_text("bsn:999000007"), wide, &blind, &blinded[i], &err), RESULT_OK);
        for (size_t j = 0; j < i; j++) {
            assert_memory_not_equal(blinded[i].bytes, blinded[j].bytes, VOPRF_ELEMENT);
        }
    }
}

static void secret_memory_comes_zeroed(void **state)
{
    (void)state;
    struct voprf_key *keys = voprf_secret_new(3 * sizeof *keys);
    static const struct voprf_key none;
    assert_non_null(keys);
    assert_memory_equal(&keys[2], &none, sizeof none);
    voprf_secret_free(keys);
    voprf_secret_free(NULL);
}

int main(void)
{
    struct error err;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc9497_vectors),
        cmocka_unit_test(what_is_asked_blindly_is_what_the_evaluator_knows),
        cmocka_unit_test(a_batch_is_neither_empty_nor_too_large),
        cmocka_unit_test(bad_elements_are_refused_where_they_stand),
        cmocka_unit_test(a_proof_with_any_bit_changed_does_not_hold),
        cmocka_unit_test(a_proof_has_one_form),
        cmocka_unit_test(another_key_batch_or_order_does_not_hold),
        cmocka_unit_test(a_blind_of_zero_is_refused),
        cmocka_unit_test(input_and_info_are_bounded),
        cmocka_unit_test(blinds_make_equal_inputs_different),
        cmocka_unit_test(secret_memory_comes_zeroed),
    };
    return voprf_ready(&err) != RESULT_OK || cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
