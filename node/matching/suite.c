#include "matching/suite.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"

enum {
    SHA512_BLOCK = 128, /* bytes, s_in_bytes of RFC 9380 */
    INPUT_MAX = 65535,  /* bytes: an input's length is two bytes (RFC 9497, 1.2) */
    DERIVE_TRIES = 256, /* RFC 9497, 3.2.1 */
    WHERE_MAX = 32,
};

_Static_assert(crypto_core_ristretto255_BYTES == (int)VOPRF_ELEMENT &&
                   crypto_core_ristretto255_SCALARBYTES == (int)VOPRF_SCALAR &&
                   crypto_core_ristretto255_HASHBYTES == (int)VOPRF_WIDE &&
                   crypto_core_ristretto255_NONREDUCEDSCALARBYTES == (int)VOPRF_WIDE &&
                   crypto_hash_sha512_BYTES == (int)VOPRF_OUTPUT,
               "the sizes of RFC 9497, 4.1");

static size_t put_text(uint8_t *out, size_t at, struct slice text)
{
    memcpy(out + at, text.ptr, text.len);
    return at + text.len;
}

size_t suite_tag(const char *label, enum suite_mode mode, uint8_t out[SUITE_TAG_MAX])
{
    size_t len = put_text(out, 0, slice_text(label));
    len = put_text(out, len, slice_text("OPRFV1-"));
    out[len++] = (uint8_t)mode;
    return put_text(out, len, slice_text("-ristretto255-SHA512"));
}

void suite_plain(struct suite_hash *hash)
{
    (void)crypto_hash_sha512_init(&hash->state);
}

void suite_begin(struct suite_hash *hash)
{
    static const uint8_t z_pad[SHA512_BLOCK];
    suite_plain(hash);
    suite_put(hash, z_pad, sizeof z_pad);
}

void suite_put(struct suite_hash *hash, const void *bytes, size_t len)
{
    (void)crypto_hash_sha512_update(&hash->state, bytes, len);
}

void suite_put_sized(struct suite_hash *hash, const void *bytes, size_t len)
{
    uint8_t size[2];
    bytes_put_u16(size, (uint16_t)len);
    suite_put(hash, size, sizeof size);
    if (len != 0) {
        suite_put(hash, bytes, len);
    }
}

void suite_end_plain(struct suite_hash *hash, uint8_t out[crypto_hash_sha512_BYTES])
{
    (void)crypto_hash_sha512_final(&hash->state, out);
    sodium_memzero(hash, sizeof *hash);
}

/* RFC 9380, 5.3.1, for 64 bytes: as many as one SHA-512 gives, so that b_1 is all. */
static void expand(struct suite_hash *hash, const char *label, enum suite_mode mode, uint8_t out[VOPRF_WIDE])
{
    static const uint8_t length[] = {0, VOPRF_WIDE, 0}; /* l_i_b_str and I2OSP(0, 1) */
    static const uint8_t first = 1;
    uint8_t tag[SUITE_TAG_MAX + 1];
    uint8_t b0[crypto_hash_sha512_BYTES];
    const size_t len = suite_tag(label, mode, tag);
    tag[len] = (uint8_t)len;
    suite_put(hash, length, sizeof length);
    suite_put(hash, tag, len + 1);
    suite_end_plain(hash, b0);
    suite_plain(hash);
    suite_put(hash, b0, sizeof b0);
    suite_put(hash, &first, sizeof first);
    suite_put(hash, tag, len + 1);
    suite_end_plain(hash, out);
    sodium_memzero(b0, sizeof b0);
}

void suite_to_element(struct suite_hash *hash, enum suite_mode mode, struct voprf_element *out)
{
    uint8_t uniform[VOPRF_WIDE];
    expand(hash, "HashToGroup-", mode, uniform);
    (void)crypto_core_ristretto255_from_hash(out->bytes, uniform);
    sodium_memzero(uniform, sizeof uniform);
}

void suite_to_scalar(struct suite_hash *hash, enum suite_mode mode, const char *label, struct voprf_scalar *out)
{
    uint8_t uniform[VOPRF_WIDE];
    expand(hash, label, mode, uniform);
    suite_reduce(uniform, out);
    sodium_memzero(uniform, sizeof uniform);
}

void suite_reduce(const uint8_t wide[VOPRF_WIDE], struct voprf_scalar *out)
{
    crypto_core_ristretto255_scalar_reduce(out->bytes, wide);
}

bool suite_is_reduced(const struct voprf_scalar *scalar)
{
    uint8_t wide[VOPRF_WIDE] = {0};
    struct voprf_scalar reduced;
    memcpy(wide, scalar->bytes, sizeof scalar->bytes);
    suite_reduce(wide, &reduced);
    return memcmp(reduced.bytes, scalar->bytes, sizeof reduced.bytes) == 0;
}

bool suite_multiply(const struct voprf_scalar *scalar, const struct voprf_element *point, struct voprf_element *out)
{
    return crypto_scalarmult_ristretto255(out->bytes, scalar->bytes, point->bytes) == 0;
}

enum result suite_bad_value(size_t at, struct error *err)
{
    char where[WHERE_MAX];
    (void)snprintf(where, sizeof where, "/waarden/%zu", at);
    FAIL(err, FAULT_INVALID, where, "%d bytes: de vaste vorm van een element van ristretto255, en niet het neutrale",
         VOPRF_ELEMENT);
}

enum result suite_derive_key(enum suite_mode mode, const uint8_t seed[VOPRF_SEED], struct slice info,
                             struct voprf_key *out, struct error *err)
{
    ENSURE(info.len <= INPUT_MAX, err, FAULT_TOO_LARGE, "/info", "ten hoogste %d bytes", INPUT_MAX);
    for (unsigned counter = 0; counter < DERIVE_TRIES; counter++) {
        const uint8_t byte = (uint8_t)counter;
        struct suite_hash hash;
        struct voprf_key key;
        suite_begin(&hash);
        suite_put(&hash, seed, VOPRF_SEED);
        suite_put_sized(&hash, info.ptr, info.len);
        suite_put(&hash, &byte, sizeof byte);
        suite_to_scalar(&hash, mode, "DeriveKeyPair", &key.secret);
        const bool usable = crypto_scalarmult_ristretto255_base(key.public.bytes, key.secret.bytes) == 0; /* not 0 */
        if (usable) {
            *out = key;
        }
        sodium_memzero(&key, sizeof key);
        if (usable) {
            return RESULT_OK;
        }
    }
    FAIL(err, FAULT_INTERNAL, "/info", "hieruit komt geen sleutel voort");
}

enum result suite_input(enum suite_mode mode, struct slice input, const struct voprf_scalar *scalar,
                        struct voprf_element *out, struct error *err)
{
    ENSURE(input.len <= INPUT_MAX, err, FAULT_TOO_LARGE, "/invoer", "ten hoogste %d bytes", INPUT_MAX);
    struct suite_hash hash;
    struct voprf_element element;
    struct voprf_element product;
    suite_begin(&hash);
    if (input.len != 0) {
        suite_put(&hash, input.ptr, input.len);
    }
    suite_to_element(&hash, mode, &element);
    const bool done = suite_multiply(scalar, &element, &product);
    if (done) {
        *out = product;
    }
    sodium_memzero(&element, sizeof element);
    sodium_memzero(&product, sizeof product);
    ENSURE(done, err, FAULT_INVALID, "/invoer", "geeft het neutrale element, of de scalair is nul");
    return RESULT_OK;
}

void suite_output(struct slice input, const struct voprf_element *unblinded, struct voprf_output *out)
{
    static const char label[] = "Finalize";
    struct suite_hash hash;
    suite_plain(&hash);
    suite_put_sized(&hash, input.ptr, input.len);
    suite_put_sized(&hash, unblinded->bytes, sizeof unblinded->bytes);
    suite_put(&hash, label, sizeof label - 1);
    suite_end_plain(&hash, out->bytes);
}
