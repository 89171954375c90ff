/* RFC 8032 section 7.1 (tests 1 and 3) and FIPS 197 appendix C.1. */
#include "unit/unit.h"

#include "base/encode.h"
#include "certs/block_cipher.h"
#include "certs/ed25519.h"

static const struct {
    const char *seed, *point, *message, *signature;
} rows[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe246"
     "55"
     "141438e7a100b"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc"
     "02"
     "7beceea1ec40a"},
};

static void rfc8032(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t seed[32];
        uint8_t point[32];
        uint8_t message[2];
        uint8_t signature[64];
        uint8_t made[64];
        uint8_t public[32];
        struct ed25519 *private_key = NULL;
        struct ed25519 *public_key = NULL;
        const size_t len = strlen(rows[i].message) / 2;
        assert_true(hex_decode(slice_text(rows[i].seed), seed, 32) &&
                    hex_decode(slice_text(rows[i].point), point, 32) &&
                    hex_decode(slice_text(rows[i].message), message, len) &&
                    hex_decode(slice_text(rows[i].signature), signature, 64));
        assert_int_equal(ed25519_private_new(seed, &private_key, NULL), RESULT_OK);
        assert_int_equal(ed25519_public_new(point, &public_key, NULL), RESULT_OK);
        ed25519_public(private_key, public);
        assert_memory_equal(public, point, 32);
        assert_int_equal(ed25519_sign(private_key, slice_of(message, len), made, NULL), RESULT_OK);
        assert_memory_equal(made, signature, 64);
        assert_true(ed25519_holds(public_key, slice_of(message, len), signature));
        signature[40] ^= 1;
        assert_false(ed25519_holds(public_key, slice_of(message, len), signature));
        assert_false(ed25519_holds(public_key, slice_text("x"), made));
        /* A public key signs nothing. */
        assert_int_equal(ed25519_sign(public_key, slice_text("x"), made, NULL), RESULT_FAILED);
        ed25519_free(private_key);
        ed25519_free(public_key);
    }
}

static void fips197(void **state)
{
    (void)state;
    uint8_t key[16];
    uint8_t plain[16];
    uint8_t cipher[16];
    uint8_t out[16];
    struct block_cipher *block = NULL;
    assert_true(hex_decode(slice_text("000102030405060708090a0b0c0d0e0f"), key, 16) &&
                hex_decode(slice_text("00112233445566778899aabbccddeeff"), plain, 16) &&
                hex_decode(slice_text("69c4e0d86a7b0430d8cdb78070b4c55a"), cipher, 16));
    assert_int_equal(block_cipher_new(key, &block, NULL), RESULT_OK);
    for (int again = 0; again < 3; again++) {
        block_encrypt(block, plain, out);
        assert_memory_equal(out, cipher, 16);
        block_decrypt(block, cipher, out);
        assert_memory_equal(out, plain, 16);
    }
    block_cipher_free(block);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rfc8032), cmocka_unit_test(fips197)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
