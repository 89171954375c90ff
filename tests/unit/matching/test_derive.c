/* derive.h: fixed values, so that nodes of different versions agree, and that nothing of one scope serves in another. */
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "matching/derive.h"

enum { PEOPLE = 200, SCOPES = 6, VALUES = PEOPLE * SCOPES };

static const struct match_scope first = {
    {"00000001001234567000"}, {"00000002009876543000"}, {(const uint8_t *)"hulpafstemming", 14}, 737};

/* The first, and each other by one thing alone. */
static void make_scopes(struct match_scope out[SCOPES])
{
    for (size_t i = 0; i < SCOPES; i++) {
        out[i] = first;
    }
    out[1].requester = (struct oin){"00000002009876543001"};
    out[2].provider = (struct oin){"00000001001234567001"};
    out[3].purpose = slice_text("hulpafstemminh");
    out[4].epoch = 738;
    out[5].provider = first.requester;
    out[5].requester = first.provider;
}

/* A number that passes the eleven-test, another for each place. */
static struct bsn person(size_t place)
{
    struct bsn out;
    for (unsigned n = 0; n < 10; n++) {
        char text[BSN_DIGITS + 1];
        (void)snprintf(text, sizeof text, "%08u%u", 90000000U + (unsigned)place, n);
        if (bsn_parse(slice_of(text, BSN_DIGITS), &out)) {
            return out;
        }
    }
    return person(place + PEOPLE); /* one in eleven has no last digit */
}

static void key_of(const struct match_scope *scope, struct voprf_key *out)
{
    static const uint8_t seed[VOPRF_SEED] = "het zaad van een periode";
    struct error err;
    uint8_t info[MATCH_INFO_MAX];
    const size_t len = match_info(scope, info);
    assert_int_equal(voprf_derive_key(seed, slice_of(info, len), out, &err), RESULT_OK);
}

static struct voprf_output output_of(const struct voprf_key *key, size_t place)
{
    struct error err;
    struct voprf_output out;
    uint8_t input[MATCH_INPUT_BYTES];
    const struct bsn bsn = person(place);
    match_input(&bsn, input);
    assert_int_equal(voprf_own(key, slice_of(input, sizeof input), &out, &err), RESULT_OK);
    return out;
}

static void assert_hex(const char *expected, const void *bytes, size_t len)
{
    char hex[2 * MATCH_INFO_MAX + 1];
    hex_encode(slice_of(bytes, len), hex);
    assert_string_equal(hex, expected);
}

/* By another implementation (tests/e2e/oprf.py, and Python's hmac). */
static void values_are_fixed(void **state)
{
    (void)state;
    static const uint8_t seed[VOPRF_SEED] = "het zaad van een periode";
    uint8_t input[MATCH_INPUT_BYTES];
    uint8_t info[MATCH_INFO_MAX];
    uint8_t secret[VOPRF_SEED];
    struct bsn bsn;
    struct voprf_output output;
    struct match_value value;
    assert_true(bsn_parse(slice_text("999000007"), &bsn));
    match_input(&bsn, input);
    assert_memory_equal(input, "bsn:999000007", sizeof input);
    assert_hex("00186b6574656e627275672d736c657574656c706161722d7631001430303030303030323030393837363534333030300014303"
               "0303030303031303031323334353637303030000e68756c7061667374656d6d696e670004000002e1",
               info, match_info(&first, info));
    memset(output.bytes, 0x5a, sizeof output.bytes);
    match_value_of(&first, &output, &value);
    assert_true(value.fingerprint == UINT64_C(0x45c708151e4ce231));
    assert_hex("17d8689738d3d5a914677fb13cc1dcbd", value.key.bytes, sizeof value.key.bytes);
    match_dummy_secret(&first, seed, secret);
    assert_hex("f6b47f4721666a81c886e5e39485e1d6ffe3b80eaab01f01f74c5ef776e71561", secret, sizeof secret);
}

/* The longest code of a purpose that a covenant may have. */
static void a_purpose_of_31_bytes_fits(void **state)
{
    (void)state;
    uint8_t info[2][MATCH_INFO_MAX];
    struct match_scope scope = first;
    scope.purpose = slice_text("aaaaaaaaaabbbbbbbbbbccccccccccd");
    assert_int_equal(scope.purpose.len, 31);
    const size_t len = match_info(&scope, info[0]);
    scope.purpose = slice_text("aaaaaaaaaabbbbbbbbbbcccccccccce");
    assert_int_equal(match_info(&scope, info[1]), len);
    assert_memory_not_equal(info[0], info[1], len);
}

static int by_number(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a;
    const uint64_t y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void assert_all_differ(uint64_t *values, size_t count)
{
    qsort(values, count, sizeof *values, by_number);
    for (size_t i = 1; i < count; i++) {
        assert_true(values[i - 1] != values[i]);
    }
}

static uint64_t start_of(const struct ask_key *key)
{
    uint64_t out;
    memcpy(&out, key->bytes, sizeof out);
    return out;
}

/* The same people for another requester, provider, purpose or period: no fingerprint, ask key or start of one returns. */
static void nothing_returns_in_another_scope(void **state)
{
    (void)state;
    static uint64_t fingerprints[VALUES];
    static uint64_t keys[VALUES];
    static uint64_t both[2 * VALUES];
    struct match_scope scopes[SCOPES];
    make_scopes(scopes);
    for (size_t s = 0; s < SCOPES; s++) {
        struct voprf_key key;
        key_of(&scopes[s], &key);
        for (size_t p = 0; p < PEOPLE; p++) {
            struct match_value value;
            const struct voprf_output output = output_of(&key, p);
            match_value_of(&scopes[s], &output, &value);
            fingerprints[s * PEOPLE + p] = value.fingerprint;
            keys[s * PEOPLE + p] = start_of(&value.key);
        }
    }
    memcpy(both, fingerprints, sizeof fingerprints);
    memcpy(both + VALUES, keys, sizeof keys);
    assert_all_differ(fingerprints, VALUES);
    assert_all_differ(keys, VALUES);
    assert_all_differ(both, COUNT_OF(both));
}

/* Key and labels each separate by themselves: an output under the one key, derived as for another scope, is nobody there;
 * and so is the output under another key, derived as for this one. */
static void an_output_serves_no_other_scope(void **state)
{
    (void)state;
    static uint64_t all[PEOPLE + 2 * (SCOPES - 1)];
    struct match_scope scopes[SCOPES];
    struct voprf_key keys[SCOPES];
    struct match_value value;
    make_scopes(scopes);
    for (size_t s = 0; s < SCOPES; s++) {
        key_of(&scopes[s], &keys[s]);
    }
    for (size_t s = 1; s < SCOPES; s++) {
        for (size_t p = 0; p < PEOPLE; p++) {
            const struct voprf_output output = output_of(&keys[s], p);
            match_value_of(&scopes[s], &output, &value);
            all[p] = value.fingerprint;
        }
        const struct voprf_output mine = output_of(&keys[0], s);
        const struct voprf_output theirs = output_of(&keys[s], s);
        match_value_of(&scopes[s], &mine, &value);
        all[PEOPLE] = value.fingerprint;
        match_value_of(&scopes[0], &theirs, &value);
        all[PEOPLE + 1] = value.fingerprint;
        assert_all_differ(all, PEOPLE + 2);
    }
}

/* An answer to an evaluation that was made under the key of another scope is refused: its proof is for that key. */
static void an_evaluation_serves_no_other_scope(void **state)
{
    (void)state;
    const uint8_t wide[VOPRF_WIDE] = {9, 8, 7};
    struct match_scope scopes[SCOPES];
    struct voprf_key keys[SCOPES];
    struct voprf_scalar blind;
    struct voprf_element blinded;
    struct voprf_element evaluated;
    struct voprf_output output;
    struct error err;
    uint8_t proof[VOPRF_PROOF];
    const struct slice input = slice_text("bsn:999000007");
    make_scopes(scopes);
    for (size_t s = 0; s < SCOPES; s++) {
        key_of(&scopes[s], &keys[s]);
    }
    assert_int_equal(voprf_blind(input, wide, &blind, &blinded, &err), RESULT_OK);
    for (size_t made = 0; made < SCOPES; made++) {
        assert_int_equal(voprf_evaluate(&keys[made], &blinded, 1, wide, &evaluated, proof, &err), RESULT_OK);
        for (size_t said = 0; said < SCOPES; said++) {
            const enum result expected = made == said ? RESULT_OK : RESULT_FAILED;
            assert_int_equal(
                voprf_finalize(&keys[said].public, &input, &blind, &blinded, &evaluated, 1, proof, &output, &err),
                expected);
        }
    }
}

static void dummies_differ_by_scope_and_seed(void **state)
{
    (void)state;
    static const uint8_t seeds[2][VOPRF_SEED] = {{1}, {2}};
    struct match_scope scopes[SCOPES];
    uint64_t starts[2 * SCOPES];
    make_scopes(scopes);
    for (size_t s = 0; s < SCOPES; s++) {
        for (size_t i = 0; i < 2; i++) {
            uint8_t secret[VOPRF_SEED];
            uint8_t again[VOPRF_SEED];
            match_dummy_secret(&scopes[s], seeds[i], secret);
            match_dummy_secret(&scopes[s], seeds[i], again);
            assert_memory_equal(secret, again, sizeof secret);
            memcpy(&starts[2 * s + i], secret, sizeof starts[0]);
        }
    }
    assert_all_differ(starts, COUNT_OF(starts));
}

int main(void)
{
    struct error err;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_fixed),
        cmocka_unit_test(a_purpose_of_31_bytes_fits),
        cmocka_unit_test(nothing_returns_in_another_scope),
        cmocka_unit_test(an_output_serves_no_other_scope),
        cmocka_unit_test(an_evaluation_serves_no_other_scope),
        cmocka_unit_test(dummies_differ_by_scope_and_seed),
    };
    return voprf_ready(&err) != RESULT_OK || cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
