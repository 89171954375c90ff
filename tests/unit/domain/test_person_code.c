/* The stored form: there and back, one form per value, and any bytes at all. */
#include "unit/domain/help.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"

static const size_t STORED_MAX = 4096;

/* Encode, decode, compare in bytes; each shorter and each longer text is refused, in memory of exactly that size. */
#define ROUND_TRIP(type, value)                                                                                        \
    do {                                                                                                               \
        struct buf first;                                                                                              \
        struct buf second;                                                                                             \
        struct type back;                                                                                              \
        struct error err = {0};                                                                                        \
        buf_init(&first, STORED_MAX);                                                                                  \
        buf_init(&second, STORED_MAX);                                                                                 \
        type##_encode(&(value), &first);                                                                               \
        assert_true(buf_ok(&first));                                                                                   \
        assert_int_equal(type##_decode(buf_slice(&first), &back, &err), RESULT_OK);                                    \
        type##_encode(&back, &second);                                                                                 \
        assert_true(slice_equal(buf_slice(&first), buf_slice(&second)));                                               \
        for (size_t len = 0; len < first.len; len++) {                                                                 \
            uint8_t *cut = mem_alloc(len);                                                                             \
            assert_non_null(cut);                                                                                      \
            memcpy(cut, first.ptr, len);                                                                               \
            assert_int_equal(type##_decode(slice_of(cut, len), &back, &err), RESULT_FAILED);                           \
            assert_int_equal(err.fault, FAULT_STORE);                                                                  \
            mem_free(cut);                                                                                             \
        }                                                                                                              \
        buf_byte(&first, 0);                                                                                           \
        assert_int_equal(type##_decode(buf_slice(&first), &back, &err), RESULT_FAILED);                                \
        buf_free(&first);                                                                                              \
        buf_free(&second);                                                                                             \
    } while (0)

static void values_there_and_back(void **state)
{
    (void)state;
    const struct subject subject = full_subject();
    const struct subject no_subject = {0};
    const struct household household = full_household();
    const struct involvement involvement = full_involvement();
    const struct involvement least = {0};
    ROUND_TRIP(subject, subject);
    ROUND_TRIP(subject, no_subject);
    ROUND_TRIP(household, household);
    ROUND_TRIP(involvement, involvement);
    ROUND_TRIP(involvement, least);
}

static void decoded_values_are_the_same(void **state)
{
    (void)state;
    const struct subject s = full_subject();
    const struct involvement i = full_involvement();
    struct subject s_back;
    struct involvement i_back;
    struct buf out;
    buf_init(&out, STORED_MAX);
    subject_encode(&s, &out);
    assert_int_equal(subject_decode(buf_slice(&out), &s_back, NULL), RESULT_OK);
    assert_true(bsn_equal(&s.bsn, &s_back.bsn));
    assert_int_equal(date_compare(&s.birth, &s_back.birth), 0);
    assert_string_equal(s.family_name, s_back.family_name);
    assert_string_equal(s.municipality, s_back.municipality);
    assert_string_equal(s.authorities[0].evidence, s_back.authorities[0].evidence);
    assert_true(bsn_equal(&s.authorities[0].holder_bsn, &s_back.authorities[0].holder_bsn));
    buf_clear(&out);
    involvement_encode(&i, &out);
    assert_int_equal(involvement_decode(buf_slice(&out), &i_back, NULL), RESULT_OK);
    assert_int_equal(i.life_domain, i_back.life_domain);
    assert_int_equal(i.sensitivity, i_back.sensitivity);
    assert_int_equal(date_compare(&i.last_contact, &i_back.last_contact), 0);
    assert_string_equal(i.contact.email, i_back.contact.email);
    assert_string_equal(i.stand_in.name, i_back.stand_in.name);
    buf_free(&out);
}

/* The longest values fit in a row of the store. */
static void the_longest_values_fit(void **state)
{
    (void)state;
    struct subject s = full_subject();
    struct involvement i = full_involvement();
    struct household h = full_household();
    memset(s.given_names, 'x', NAME_MAX_BYTES);
    memset(s.family_name, 'x', NAME_MAX_BYTES);
    memset(s.source_key, 'x', SOURCE_KEY_MAX);
    s.authority_count = AUTHORITIES_MAX;
    for (size_t n = 0; n < AUTHORITIES_MAX; n++) {
        s.authorities[n] = s.authorities[0];
        memset(s.authorities[n].holder, 'x', NAME_MAX_BYTES);
        memset(s.authorities[n].evidence, 'x', SERVICE_MAX_BYTES);
    }
    memset(i.contact.name, 'x', NAME_MAX_BYTES);
    memset(i.contact.phone, '1', PHONE_MAX_BYTES);
    memset(i.contact.email, 'x', EMAIL_MAX_BYTES);
    h.member_count = HOUSEHOLD_MEMBERS_MAX;
    ROUND_TRIP(subject, s);
    ROUND_TRIP(involvement, i);
    ROUND_TRIP(household, h);
    assert_true(STORED_MAX <= (size_t)STORE_PAYLOAD_MAX);
}

/* As every involvement was stored before the source system was: without the text at its end. */
static void what_was_stored_before_the_source_system_is_read(void **state)
{
    (void)state;
    struct buf out;
    struct involvement back;
    struct involvement wanted = full_involvement();
    wanted.system[0] = '\0';
    buf_init(&out, STORED_MAX);
    involvement_encode(&wanted, &out);
    out.ptr[0] = 1;
    out.len -= 1; /* the length of an empty text */
    assert_int_equal(involvement_decode(buf_slice(&out), &back, NULL), RESULT_OK);
    assert_memory_equal(&back, &wanted, sizeof back);
    out.len += 1;
    assert_int_equal(involvement_decode(buf_slice(&out), &back, NULL), RESULT_FAILED);
    buf_free(&out);
}

static void bytes_out_of_bounds_are_refused(void **state)
{
    (void)state;
    struct buf out;
    struct involvement back = {.life_domain = LIFE_SAFETY};
    const struct involvement full = full_involvement();
    static const struct {
        size_t at; /* byte */
        uint8_t value;
    } cases[] = {
        {0, 0},                     /* version */
        {0, 3},                     /* version of a later program */
        {1, LIFE_DOMAIN_COUNT},     /* no life domain */
        {2, SENSITIVITY_COUNT},     /* no sensitivity */
        {3, SERVICE_MAX_BYTES + 1}, /* longer than the field */
        {4, 0},                     /* a zero in a text */
        {4, 0xFF},                  /* no UTF-8 */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        buf_init(&out, STORED_MAX);
        involvement_encode(&full, &out);
        out.ptr[cases[i].at] = cases[i].value;
        assert_int_equal(involvement_decode(buf_slice(&out), &back, NULL), RESULT_FAILED);
        assert_int_equal(back.life_domain, LIFE_SAFETY);
        buf_free(&out);
    }
}

static uint64_t random_state = 88172645463325252ULL;

static uint32_t any(uint32_t below)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 33) % below;
}

/* A good value with a few bytes changed, cut or made up, in memory of exactly its size: a sanitizer sees any overread.
 */
static void any_bytes_are_decoded_or_refused(void **state)
{
    (void)state;
    const struct subject s = full_subject();
    const struct household h = full_household();
    const struct involvement i = full_involvement();
    unsigned good = 0;
    for (int round = 0; round < 30000; round++) {
        struct buf out;
        buf_init(&out, STORED_MAX);
        if (round % 3 == 0) {
            subject_encode(&s, &out);
        } else if (round % 3 == 1) {
            household_encode(&h, &out);
        } else {
            involvement_encode(&i, &out);
        }
        const size_t len = any(4) == 0 ? any((uint32_t)out.len + 1) : out.len;
        uint8_t *bytes = mem_alloc(len);
        assert_non_null(bytes);
        memcpy(bytes, out.ptr, len);
        for (uint32_t n = any(4); n > 0 && len > 0; n--) {
            bytes[any((uint32_t)len)] = (uint8_t)any(256);
        }
        struct subject s_back;
        struct household h_back;
        struct involvement i_back;
        good += subject_decode(slice_of(bytes, len), &s_back, NULL) == RESULT_OK;
        good += household_decode(slice_of(bytes, len), &h_back, NULL) == RESULT_OK;
        good += involvement_decode(slice_of(bytes, len), &i_back, NULL) == RESULT_OK;
        mem_free(bytes);
        buf_free(&out);
    }
    assert_true(good > 1000 && good < 60000);
}

static void decoding_is_quick(void **state)
{
    (void)state;
    enum { ROUNDS = 100000 };
    struct timespec from;
    struct timespec to;
    struct buf out;
    struct involvement back;
    const struct involvement full = full_involvement();
    buf_init(&out, STORED_MAX);
    involvement_encode(&full, &out);
    (void)clock_gettime(CLOCK_MONOTONIC, &from);
    for (int n = 0; n < ROUNDS; n++) {
        assert_int_equal(involvement_decode(buf_slice(&out), &back, NULL), RESULT_OK);
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &to);
    const int64_t each = ((int64_t)(to.tv_sec - from.tv_sec) * 1000000000 + (to.tv_nsec - from.tv_nsec)) / ROUNDS;
    print_message("an involvement of %zu bytes: %" PRId64 " ns to decode\n", out.len, each);
    assert_true(each < 50000);
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_there_and_back),
        cmocka_unit_test(decoded_values_are_the_same),
        cmocka_unit_test(the_longest_values_fit),
        cmocka_unit_test(what_was_stored_before_the_source_system_is_read),
        cmocka_unit_test(bytes_out_of_bounds_are_refused),
        cmocka_unit_test(any_bytes_are_decoded_or_refused),
        cmocka_unit_test(decoding_is_quick),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
