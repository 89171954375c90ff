#include "matching/voprf.h"

#include <string.h>

#include "matching/dleq.h"
#include "matching/suite.h"

enum result voprf_ready(struct error *err)
{
    ENSURE(sodium_init() >= 0, err, FAULT_INTERNAL, "libsodium", "de versleuteling kan niet starten");
    return RESULT_OK;
}

void *voprf_secret_new(size_t size)
{
    void *secret = sodium_init() >= 0 ? sodium_malloc(size) : NULL;
    if (secret != NULL) {
        sodium_memzero(secret, size);
    }
    return secret;
}

void voprf_secret_free(void *secret)
{
    sodium_free(secret); /* wipes; NULL is fine */
}

enum result voprf_derive_key(const uint8_t seed[VOPRF_SEED], struct slice info, struct voprf_key *out,
                             struct error *err)
{
    return suite_derive_key(SUITE_VERIFIABLE, seed, info, out, err);
}

enum result voprf_check_key(const struct voprf_element *public_key, struct error *err)
{
    ENSURE(crypto_core_ristretto255_is_valid_point(public_key->bytes) == 1 &&
               !sodium_is_zero(public_key->bytes, VOPRF_ELEMENT),
           err, FAULT_INVALID, "/sleutel", "geen element van ristretto255, of het neutrale");
    return RESULT_OK;
}

enum result voprf_blind(struct slice input, const uint8_t wide[VOPRF_WIDE], struct voprf_scalar *blind,
                        struct voprf_element *blinded, struct error *err)
{
    struct voprf_scalar scalar;
    suite_reduce(wide, &scalar);
    const enum result result = suite_input(SUITE_VERIFIABLE, input, &scalar, blinded, err);
    if (result == RESULT_OK) {
        *blind = scalar;
    }
    sodium_memzero(&scalar, sizeof scalar);
    return result;
}

static enum result check_count(size_t count, struct error *err)
{
    ENSURE(count != 0, err, FAULT_INVALID, "/waarden", "ten minste 1 waarde");
    ENSURE(count <= VOPRF_BATCH_MAX, err, FAULT_TOO_LARGE, "/waarden", "ten hoogste %d waarden", VOPRF_BATCH_MAX);
    return RESULT_OK;
}

enum result voprf_evaluate(const struct voprf_key *key, const struct voprf_element *blinded, size_t count,
                           const uint8_t wide[VOPRF_WIDE], struct voprf_element *evaluated, uint8_t proof[VOPRF_PROOF],
                           struct error *err)
{
    struct voprf_element made[VOPRF_BATCH_MAX];
    TRY(check_count(count, err));
    for (size_t i = 0; i < count; i++) {
        if (!suite_multiply(&key->secret, &blinded[i], &made[i])) {
            return suite_bad_value(i, err);
        }
    }
    struct voprf_scalar random;
    suite_reduce(wide, &random);
    const struct dleq_batch batch = {blinded, made, count};
    const enum result result = dleq_prove(key, &batch, &random, proof, err);
    sodium_memzero(&random, sizeof random);
    TRY(result);
    memcpy(evaluated, made, count * sizeof *made);
    return RESULT_OK;
}

/*
 * The inverses of all blinds for the price of one (P. Montgomery): out[i] first holds the product of those before i, and
 * the inverse of the whole product is walked back. False: one of them is zero.
 */
static bool invert_all(const struct voprf_scalar *blinds, size_t count, struct voprf_scalar *out)
{
    struct voprf_scalar product = {{1}};
    for (size_t i = 0; i < count; i++) {
        out[i] = product;
        crypto_core_ristretto255_scalar_mul(product.bytes, product.bytes, blinds[i].bytes);
    }
    struct voprf_scalar inverse;
    const bool done = crypto_core_ristretto255_scalar_invert(inverse.bytes, product.bytes) == 0;
    for (size_t i = count; i-- > 0;) {
        crypto_core_ristretto255_scalar_mul(out[i].bytes, out[i].bytes, inverse.bytes);
        crypto_core_ristretto255_scalar_mul(inverse.bytes, inverse.bytes, blinds[i].bytes);
    }
    sodium_memzero(&product, sizeof product);
    sodium_memzero(&inverse, sizeof inverse);
    return done;
}

static bool unblind_all(const struct voprf_scalar *blinds, const struct voprf_element *evaluated, size_t count,
                        struct voprf_element *out)
{
    struct voprf_scalar inverses[VOPRF_BATCH_MAX];
    bool done = invert_all(blinds, count, inverses);
    for (size_t i = 0; i < count && done; i++) {
        done = suite_multiply(&inverses[i], &evaluated[i], &out[i]);
    }
    sodium_memzero(inverses, sizeof inverses);
    return done;
}

enum result voprf_finalize(const struct voprf_element *public_key, const struct slice *inputs,
                           const struct voprf_scalar *blinds, const struct voprf_element *blinded,
                           const struct voprf_element *evaluated, size_t count, const uint8_t proof[VOPRF_PROOF],
                           struct voprf_output *outputs, struct error *err)
{
    struct voprf_element unblinded[VOPRF_BATCH_MAX];
    TRY(check_count(count, err));
    const struct dleq_batch batch = {blinded, evaluated, count};
    TRY(dleq_check(public_key, &batch, proof, err));
    const bool done = unblind_all(blinds, evaluated, count, unblinded);
    for (size_t i = 0; i < count && done; i++) {
        suite_output(inputs[i], &unblinded[i], &outputs[i]);
    }
    sodium_memzero(unblinded, sizeof unblinded);
    ENSURE(done, err, FAULT_INTERNAL, "/waarden", "een blindering is nul");
    return RESULT_OK;
}

enum result voprf_own(const struct voprf_key *key, struct slice input, struct voprf_output *out, struct error *err)
{
    struct voprf_element evaluated;
    TRY(suite_input(SUITE_VERIFIABLE, input, &key->secret, &evaluated, err));
    suite_output(input, &evaluated, out);
    sodium_memzero(&evaluated, sizeof evaluated);
    return RESULT_OK;
}
