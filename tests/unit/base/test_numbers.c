/* bsn.h, oin.h, ident.h, bytes.h, slice.h: small values and their edges. */
#include "unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "base/bsn.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/ident.h"
#include "base/oin.h"

static void good_bsn_is_taken(void **state)
{
    (void)state;
    /* 111222333 and 123456782 are the well-known examples of the eleven-test; the rest are made by hand. */
    static const char *const good[] = {"111222333", "123456782", "999990019", "999999990", "000000012", "010464554"};
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        struct bsn bsn = {""};
        assert_false(bsn_is_set(&bsn));
        assert_int_equal(bsn_digits(&bsn).len, 0);
        assert_true(bsn_parse(slice_text(good[i]), &bsn));
        assert_true(bsn_is_set(&bsn));
        assert_true(slice_is(bsn_digits(&bsn), good[i]));
        assert_true(bsn_equal(&bsn, &bsn));
    }
}

static void bad_bsn_is_refused_and_leaves_out_alone(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "11122233",
        "1112223330",
        "000000000",
        "111222334",
        "123456789",
        "11122233a",
        "11122 233",
        "-11222333",
        "+11222333",
        "111222333 ",
        " 111222333",
        "1112.2333",
        "\xC2\xB2\x31\x31\x31\x31\x31\x31\x31",
        "111.222.333",
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct bsn bsn = {"123456782"};
        assert_false(bsn_parse(slice_text(bad[i]), &bsn));
        assert_true(slice_is(bsn_digits(&bsn), "123456782"));
    }
    struct bsn bsn = {""};
    assert_false(bsn_parse(slice_of("11122233\0", 9), &bsn));
    assert_false(bsn_parse(slice_of(NULL, 0), &bsn));
}

/* What the test is for: one digit wrong, or two swapped, is always found (11 is prime and no weight is a multiple). */
static void one_wrong_digit_or_one_swap_is_found(void **state)
{
    (void)state;
    static const char good[] = "123456782";
    struct bsn bsn = {""};
    for (size_t at = 0; at < BSN_DIGITS; at++) {
        for (int digit = '0'; digit <= '9'; digit++) {
            char text[] = "123456782";
            text[at] = (char)digit;
            assert_int_equal(bsn_parse(slice_text(text), &bsn), digit == good[at]);
        }
        for (size_t other = at + 1; other + 1 < BSN_DIGITS; other++) {
            char text[] = "123456782";
            text[at] = good[other];
            text[other] = good[at];
            assert_false(bsn_parse(slice_text(text), &bsn));
        }
    }
}

/* One in eleven passes: an independent count over a range. */
static void about_one_number_in_eleven_passes(void **state)
{
    (void)state;
    int passed = 0;
    for (unsigned n = 999000000; n <= 999999999; n++) {
        char text[10];
        (void)snprintf(text, sizeof text, "%u", n % 1000000000U);
        struct bsn bsn;
        passed += bsn_parse(slice_text(text), &bsn);
    }
    assert_in_range(passed, 90908, 90910);
}

static void oin_is_twenty_digits(void **state)
{
    (void)state;
    struct oin oin = {""};
    assert_false(oin_is_set(&oin));
    static const char *const bad[] = {"",
                                      "0000000123456789000",
                                      "000000012345678900000",
                                      "0000000123456789000x",
                                      "0000000123456789 000",
                                      "-0000001234567890000"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_false(oin_parse(slice_text(bad[i]), &oin));
        assert_false(oin_is_set(&oin));
    }
    assert_true(oin_parse(slice_text("00000001234567890000"), &oin));
    assert_string_equal(oin.digits, "00000001234567890000");
    struct oin other = {""};
    assert_false(oin_equal(&oin, &other));
    assert_true(oin_parse(slice_text("00000001234567890000"), &other));
    assert_true(oin_equal(&oin, &other));
}

static void count_up(void *ctx, void *out, size_t len)
{
    uint8_t *next = ctx;
    for (size_t i = 0; i < len; i++) {
        ((uint8_t *)out)[i] = (*next)++;
    }
}

static void ident_reads_what_it_writes(void **state)
{
    (void)state;
    uint8_t next = 0xF8;
    const struct entropy entropy = {count_up, &next};
    const struct ident id = entropy_ident(&entropy);
    assert_string_equal(ident_text(&id).text, "f8f9fafbfcfdfeff0001020304050607");
    struct ident back;
    assert_true(ident_parse(slice_text(ident_text(&id).text), &back));
    assert_true(ident_equal(&id, &back));
    back.bytes[15] ^= 1U;
    assert_false(ident_equal(&id, &back));
    static const char *const bad[] = {"", "f8f9fafbfcfdfeff000102030405060", "f8f9fafbfcfdfeff00010203040506070",
                                      "g8f9fafbfcfdfeff0001020304050607", "f8f9fafb-cfdf-eff0-0010-20304050"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_false(ident_parse(slice_text(bad[i]), &back));
    }
}

static void bytes_are_big_endian(void **state)
{
    (void)state;
    uint8_t out[8];
    bytes_put_u64(out, 0xFEDCBA9876543210U);
    assert_memory_equal(out, "\xFE\xDC\xBA\x98\x76\x54\x32\x10", 8);
    assert_true(bytes_get_u64(out) == 0xFEDCBA9876543210U);
    assert_int_equal(bytes_get_u32(out), 0xFEDCBA98U);
    assert_int_equal(bytes_get_u16(out), 0xFEDCU);
    bytes_put_u32(out, 0x80000001U);
    assert_memory_equal(out, "\x80\x00\x00\x01", 4);
    bytes_put_u16(out, 0xFF00U);
    assert_memory_equal(out, "\xFF\x00", 2);
}

static void slices_compare_and_copy(void **state)
{
    (void)state;
    const struct slice none = slice_text(NULL);
    assert_int_equal(none.len, 0);
    assert_true(slice_equal(none, slice_of("x", 0)));
    assert_true(slice_is(slice_of("abcd", 3), "abc"));
    assert_false(slice_is(slice_of("abcd", 3), "abcd"));
    assert_false(slice_is(slice_of("abcd", 3), "abd"));
    char to[4] = "zzz";
    assert_true(slice_copy_text(slice_text("abc"), to, sizeof to));
    assert_string_equal(to, "abc");
    assert_false(slice_copy_text(slice_text("abcd"), to, sizeof to));
    assert_string_equal(to, "");
    assert_false(slice_copy_text(slice_of("a\0b", 3), to, sizeof to));
    assert_string_equal(to, "");
    assert_true(slice_copy_text(none, to, sizeof to));
    assert_string_equal(to, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_bsn_is_taken),
        cmocka_unit_test(bad_bsn_is_refused_and_leaves_out_alone),
        cmocka_unit_test(one_wrong_digit_or_one_swap_is_found),
        cmocka_unit_test(about_one_number_in_eleven_passes),
        cmocka_unit_test(oin_is_twenty_digits),
        cmocka_unit_test(ident_reads_what_it_writes),
        cmocka_unit_test(bytes_are_big_endian),
        cmocka_unit_test(slices_compare_and_copy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
