#include "matching/dleq.h"

#include <string.h>

#include "base/bytes.h"
#include "matching/suite.h"

/* RFC 9497, 2.2.1: sums over the batch, each element times its own scalar that nobody could choose. */
struct weights {
    uint8_t seed[crypto_hash_sha512_BYTES];
};

static void weights_of(const struct voprf_element *public_key, struct weights *out)
{
    uint8_t tag[SUITE_TAG_MAX];
    struct suite_hash hash;
    const size_t len = suite_tag("Seed-", SUITE_VERIFIABLE, tag);
    suite_plain(&hash);
    suite_put_sized(&hash, public_key->bytes, sizeof public_key->bytes);
    suite_put_sized(&hash, tag, len);
    suite_end_plain(&hash, out->seed);
}

static void weight_at(const struct weights *weights, const struct dleq_batch *batch, size_t at,
                      struct voprf_scalar *out)
{
    static const char label[] = "Composite";
    uint8_t place[2];
    struct suite_hash hash;
    bytes_put_u16(place, (uint16_t)at);
    suite_begin(&hash);
    suite_put_sized(&hash, weights->seed, sizeof weights->seed);
    suite_put(&hash, place, sizeof place);
    suite_put_sized(&hash, batch->asked[at].bytes, VOPRF_ELEMENT);
    suite_put_sized(&hash, batch->evaluated[at].bytes, VOPRF_ELEMENT);
    suite_put(&hash, label, sizeof label - 1);
    suite_to_scalar(&hash, SUITE_VERIFIABLE, SUITE_SCALAR_LABEL, out);
}

/* Adds weight * point to the sum; the first one is the sum. */
static bool add_weighted(struct voprf_element *sum, size_t at, const struct voprf_scalar *weight,
                         const struct voprf_element *point)
{
    struct voprf_element term;
    if (!suite_multiply(weight, point, at == 0 ? sum : &term)) {
        return false;
    }
    return at == 0 || crypto_core_ristretto255_add(sum->bytes, sum->bytes, term.bytes) == 0;
}

/* What the challenge is over, besides the key. */
struct transcript {
    struct voprf_element m;
    struct voprf_element z;
    struct voprf_element t2;
    struct voprf_element t3;
};

static void challenge_of(const struct voprf_element *public_key, const struct transcript *t, struct voprf_scalar *out)
{
    static const char label[] = "Challenge";
    struct suite_hash hash;
    suite_begin(&hash);
    suite_put_sized(&hash, public_key->bytes, VOPRF_ELEMENT);
    suite_put_sized(&hash, t->m.bytes, VOPRF_ELEMENT);
    suite_put_sized(&hash, t->z.bytes, VOPRF_ELEMENT);
    suite_put_sized(&hash, t->t2.bytes, VOPRF_ELEMENT);
    suite_put_sized(&hash, t->t3.bytes, VOPRF_ELEMENT);
    suite_put(&hash, label, sizeof label - 1);
    suite_to_scalar(&hash, SUITE_VERIFIABLE, SUITE_SCALAR_LABEL, out);
}

enum result dleq_prove(const struct voprf_key *key, const struct dleq_batch *batch, const struct voprf_scalar *random,
                       uint8_t proof[VOPRF_PROOF], struct error *err)
{
    struct weights weights;
    struct transcript t;
    weights_of(&key->public, &weights);
    for (size_t i = 0; i < batch->count; i++) {
        struct voprf_scalar weight;
        weight_at(&weights, batch, i, &weight);
        if (!add_weighted(&t.m, i, &weight, &batch->asked[i])) {
            return suite_bad_value(i, err);
        }
    }
    /* Who has the key needs no second sum (ComputeCompositesFast). */
    ENSURE(suite_multiply(&key->secret, &t.m, &t.z) && suite_multiply(random, &t.m, &t.t3) &&
               crypto_scalarmult_ristretto255_base(t.t2.bytes, random->bytes) == 0,
           err, FAULT_INTERNAL, "/bewijs", "het bewijs kan niet worden gemaakt");
    struct voprf_scalar c;
    struct voprf_scalar product;
    challenge_of(&key->public, &t, &c);
    crypto_core_ristretto255_scalar_mul(product.bytes, c.bytes, key->secret.bytes);
    memcpy(proof, c.bytes, VOPRF_SCALAR);
    crypto_core_ristretto255_scalar_sub(proof + VOPRF_SCALAR, random->bytes, product.bytes);
    sodium_memzero(&product, sizeof product);
    return RESULT_OK;
}

/* s * a + c * b */
static bool combine(const struct voprf_scalar *s, const struct voprf_element *a, const struct voprf_scalar *c,
                    const struct voprf_element *b, struct voprf_element *out)
{
    struct voprf_element left;
    struct voprf_element right;
    const bool left_done =
        a != NULL ? suite_multiply(s, a, &left) : crypto_scalarmult_ristretto255_base(left.bytes, s->bytes) == 0;
    return left_done && suite_multiply(c, b, &right) &&
           crypto_core_ristretto255_add(out->bytes, left.bytes, right.bytes) == 0;
}

static bool holds(const struct voprf_element *public_key, struct transcript *t, const uint8_t proof[VOPRF_PROOF])
{
    struct voprf_scalar c;
    struct voprf_scalar s;
    struct voprf_scalar expected;
    memcpy(c.bytes, proof, VOPRF_SCALAR);
    memcpy(s.bytes, proof + VOPRF_SCALAR, VOPRF_SCALAR);
    if (!suite_is_reduced(&c) || !suite_is_reduced(&s) || !combine(&s, NULL, &c, public_key, &t->t2) ||
        !combine(&s, &t->m, &c, &t->z, &t->t3)) {
        return false;
    }
    challenge_of(public_key, t, &expected);
    return sodium_memcmp(expected.bytes, c.bytes, VOPRF_SCALAR) == 0;
}

enum result dleq_check(const struct voprf_element *public_key, const struct dleq_batch *batch,
                       const uint8_t proof[VOPRF_PROOF], struct error *err)
{
    struct weights weights;
    struct transcript t;
    ENSURE(crypto_core_ristretto255_is_valid_point(public_key->bytes) == 1 &&
               !sodium_is_zero(public_key->bytes, VOPRF_ELEMENT),
           err, FAULT_INVALID, "/sleutel", "geen geldige openbare sleutel");
    weights_of(public_key, &weights);
    for (size_t i = 0; i < batch->count; i++) {
        struct voprf_scalar weight;
        weight_at(&weights, batch, i, &weight);
        if (!add_weighted(&t.m, i, &weight, &batch->asked[i]) ||
            !add_weighted(&t.z, i, &weight, &batch->evaluated[i])) {
            return suite_bad_value(i, err);
        }
    }
    ENSURE(holds(public_key, &t, proof), err, FAULT_INVALID, "/bewijs",
           "deze waarden zijn niet met de gepubliceerde sleutel gemaakt");
    return RESULT_OK;
}
