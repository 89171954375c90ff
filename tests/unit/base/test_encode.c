/* encode.h and digest.h against published vectors: RFC 4648 section 10, FIPS 180-4 (NIST example values). */
#include "unit/unit.h"

#include <string.h>

#include "base/digest.h"
#include "base/encode.h"
#include "base/mem.h"

static const struct {
    const char *plain;
    const char *base64;
    const char *base64url;
    const char *hex;
} vectors[] = {
    {"", "", "", ""},
    {"f", "Zg==", "Zg", "66"},
    {"fo", "Zm8=", "Zm8", "666f"},
    {"foo", "Zm9v", "Zm9v", "666f6f"},
    {"foob", "Zm9vYg==", "Zm9vYg", "666f6f62"},
    {"fooba", "Zm9vYmE=", "Zm9vYmE", "666f6f6261"},
    {"foobar", "Zm9vYmFy", "Zm9vYmFy", "666f6f626172"},
    {"\xfb\xff\xfe", "+//+", "-__-", "fbfffe"}, /* where the two alphabets differ */
};

static void rfc4648_vectors_both_ways(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(vectors); i++) {
        struct buf buf;
        buf_init(&buf, 100);
        base64_encode(slice_text(vectors[i].plain), &buf);
        assert_true(slice_is(buf_slice(&buf), vectors[i].base64));
        buf_clear(&buf);
        base64url_encode(slice_text(vectors[i].plain), &buf);
        assert_true(slice_is(buf_slice(&buf), vectors[i].base64url));
        buf_clear(&buf);
        assert_true(base64_decode(slice_text(vectors[i].base64), &buf));
        assert_true(slice_is(buf_slice(&buf), vectors[i].plain));
        buf_clear(&buf);
        assert_true(base64url_decode(slice_text(vectors[i].base64url), &buf));
        assert_true(slice_is(buf_slice(&buf), vectors[i].plain));
        buf_free(&buf);
        char hex[16];
        hex_encode(slice_text(vectors[i].plain), hex);
        assert_string_equal(hex, vectors[i].hex);
        uint8_t bytes[8];
        assert_true(hex_decode(slice_text(vectors[i].hex), bytes, strlen(vectors[i].plain)));
        assert_memory_equal(bytes, vectors[i].plain, strlen(vectors[i].plain));
    }
}

static void every_byte_value_survives(void **state)
{
    (void)state;
    uint8_t all[257];
    for (size_t i = 0; i < sizeof all; i++) {
        all[i] = (uint8_t)(i * 167);
    }
    for (size_t len = 0; len <= sizeof all; len++) {
        struct buf text;
        struct buf back;
        buf_init(&text, 1000);
        buf_init(&back, 1000);
        base64_encode(slice_of(all, len), &text);
        assert_int_equal(text.len, (len + 2) / 3 * 4);
        assert_true(base64_decode(buf_slice(&text), &back));
        assert_true(slice_equal(buf_slice(&back), slice_of(all, len)));
        buf_clear(&text);
        buf_clear(&back);
        base64url_encode(slice_of(all, len), &text);
        assert_int_equal(text.len, (len * 4 + 2) / 3);
        assert_true(base64url_decode(buf_slice(&text), &back));
        assert_true(slice_equal(buf_slice(&back), slice_of(all, len)));
        buf_free(&text);
        buf_free(&back);
    }
}

static void bad_base64_is_refused_and_appends_nothing(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "Z",    "Zg",       "Zg=",    "Zg===",     "=",        "==",      "===",      "====",     "Z===",
        "=Zg=", "Zg==Zg==", "Zm=v",   "Zm9v====",  "Zm9vYg",   "Zm9v=",   "Zh==",     "Zm9=",     "Zm-v",
        "Zm_v", "Zm 9v",    "Zm9v\n", "Zm9v\n===", " Zm9v===", "Zm9\x80", "Zm9vZg=A", "Zm9vZ=g=", "Zm\x01v",
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct buf buf;
        buf_init(&buf, 100);
        buf_text(&buf, "voor");
        assert_false(base64_decode(slice_text(bad[i]), &buf));
        assert_true(slice_is(buf_slice(&buf), "voor"));
        buf_free(&buf);
    }
}

static void bad_base64url_is_refused_and_appends_nothing(void **state)
{
    (void)state;
    static const char *const bad[] = {"Z",    "Zg==", "Zm8=", "Zm9vY",  "Zh",   "Zm9",
                                      "Zm+v", "Zm/v", "Zm 9", "Zm9v\n", "Z\xff"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct buf buf;
        buf_init(&buf, 100);
        buf_text(&buf, "voor");
        assert_false(base64url_decode(slice_text(bad[i]), &buf));
        assert_true(slice_is(buf_slice(&buf), "voor"));
        buf_free(&buf);
    }
}

static void zero_byte_in_text_is_no_digit(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 100);
    assert_false(base64_decode(slice_of("Zm9\0", 4), &buf));
    assert_false(base64url_decode(slice_of("Zm9\0", 4), &buf));
    buf_free(&buf);
    uint8_t out[2];
    assert_false(hex_decode(slice_of("6\0 6", 4), out, 2));
}

static void an_exact_number_of_bytes(void **state)
{
    (void)state;
    uint8_t out[6];
    assert_true(base64url_decode_exact(slice_text("Zm9vYmFy"), out, 6));
    assert_memory_equal(out, "foobar", 6);
    assert_true(base64url_decode_exact(slice_text("Zm9vYg"), out, 4));
    assert_false(base64url_decode_exact(slice_text("Zm9vYmFy"), out, 5));
    assert_false(base64url_decode_exact(slice_text("Zm9vYh"), out, 4)); /* bits behind the last byte */
    assert_false(base64url_decode_exact(slice_text("Zm9vY+"), out, 4));
    assert_true(base64url_decode_exact(slice_text(""), out, 0));
    assert_true(base64_decode_exact(slice_text("Zm9vYmFy"), out, 6));
    assert_memory_equal(out, "foobar", 6);
    assert_true(base64_decode_exact(slice_text("Zm9vYmE="), out, 5));
    assert_true(base64_decode_exact(slice_text("Zm9vYg=="), out, 4));
    assert_false(base64_decode_exact(slice_text("Zm9vYg"), out, 4));   /* not padded */
    assert_false(base64_decode_exact(slice_text("Zm9vYg=="), out, 5)); /* another length */
    assert_false(base64_decode_exact(slice_text("Zm9vYgAA"), out, 4));
    assert_false(base64_decode_exact(slice_text("Zm9vYh=="), out, 4)); /* bits behind the last byte */
    assert_false(base64_decode_exact(slice_text("Zm9vY-=="), out, 4));
    assert_true(base64_decode_exact(slice_text(""), out, 0));
}

static void decoding_stops_at_the_ceiling(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 5);
    assert_true(base64_decode(slice_text("Zm9vYmFy"), &buf));
    assert_false(buf_ok(&buf));
    assert_int_equal(buf.len, 0); /* nothing of what does not fit */
    buf_free(&buf);
    buf_init(&buf, 7);
    base64_encode(slice_text("foobar"), &buf);
    assert_false(buf_ok(&buf));
    buf_free(&buf);
}

static void hex_wants_exactly_its_length(void **state)
{
    (void)state;
    static const char *const bad[] = {"",     "6",    "66",   "666",  "66666", "666g",
                                      "66 6", "66-6", "6/66", "6:66", "6@66",  "6`66"};
    uint8_t out[2] = {0};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_false(hex_decode(slice_text(bad[i]), out, 2));
    }
    assert_true(hex_decode(slice_text("aFfA"), out, 2));
    assert_int_equal(out[0], 0xAF);
    assert_int_equal(out[1], 0xFA);
}

static void assert_sha256(struct slice message, const char *expected)
{
    struct sha256 digest;
    char hex[2 * SHA256_SIZE + 1];
    sha256_of(message, &digest);
    hex_encode(slice_of(digest.bytes, sizeof digest.bytes), hex);
    assert_string_equal(hex, expected);
    /* The same in pieces, of every length that a block is cut at. */
    struct sha256_stream stream;
    struct sha256 pieced;
    sha256_begin(&stream);
    for (size_t at = 0, len = 1; at < message.len; at += len, len = len % 130 + 1) {
        sha256_add(&stream, slice_of(message.ptr + at, len < message.len - at ? len : message.len - at));
    }
    sha256_end(&stream, &pieced);
    assert_memory_equal(pieced.bytes, digest.bytes, sizeof digest.bytes);
}

static void sha256_fips_vectors(void **state)
{
    (void)state;
    assert_sha256(slice_of(NULL, 0), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_sha256(slice_text("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_sha256(slice_text("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
                  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    char *million = mem_alloc(1000000);
    assert_non_null(million);
    memset(million, 'a', 1000000);
    assert_sha256(slice_of(million, 1000000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    mem_free(million);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc4648_vectors_both_ways),
        cmocka_unit_test(every_byte_value_survives),
        cmocka_unit_test(bad_base64_is_refused_and_appends_nothing),
        cmocka_unit_test(bad_base64url_is_refused_and_appends_nothing),
        cmocka_unit_test(zero_byte_in_text_is_no_digit),
        cmocka_unit_test(an_exact_number_of_bytes),
        cmocka_unit_test(decoding_stops_at_the_ceiling),
        cmocka_unit_test(hex_wants_exactly_its_length),
        cmocka_unit_test(sha256_fips_vectors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
