#include "certs/ed25519.h"

#include "base/mem.h"
#include "certs/ossl.h"

static const char where[] = "Ed25519";

struct ed25519 {
    EVP_PKEY *pkey;
    uint8_t point[ED25519_PUBLIC_SIZE];
};

static void md_ctx_drop(EVP_MD_CTX **ctx)
{
    EVP_MD_CTX_free(*ctx);
}

static enum result wrap(EVP_PKEY *pkey, struct ed25519 **out, struct error *err)
{
    struct ed25519 *key = mem_zalloc(sizeof *key);
    size_t len = sizeof key->point;
    if (key == NULL || pkey == NULL || EVP_PKEY_get_raw_public_key(pkey, key->point, &len) != 1) {
        EVP_PKEY_free(pkey);
        mem_free(key);
        FAIL(err, FAULT_NO_MEMORY, where, "de sleutel kan niet worden geladen");
    }
    key->pkey = pkey;
    *out = key;
    return RESULT_OK;
}

enum result ed25519_private_new(const uint8_t seed[ED25519_SEED_SIZE], struct ed25519 **out, struct error *err)
{
    return wrap(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, ED25519_SEED_SIZE), out, err);
}

enum result ed25519_public_new(const uint8_t point[ED25519_PUBLIC_SIZE], struct ed25519 **out, struct error *err)
{
    return wrap(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, point, ED25519_PUBLIC_SIZE), out, err);
}

void ed25519_free(struct ed25519 *key)
{
    if (key != NULL) {
        EVP_PKEY_free(key->pkey);
        mem_free(key);
    }
}

void ed25519_public(const struct ed25519 *key, uint8_t out[ED25519_PUBLIC_SIZE])
{
    memcpy(out, key->point, ED25519_PUBLIC_SIZE);
}

enum result ed25519_sign(const struct ed25519 *key, struct slice message, uint8_t out[ED25519_SIGNATURE_SIZE],
                         struct error *err)
{
    CLEANUP(md_ctx_drop) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    size_t len = ED25519_SIGNATURE_SIZE;
    ENSURE(ctx != NULL && EVP_DigestSignInit(ctx, NULL, NULL, NULL, key->pkey) == 1 &&
               EVP_DigestSign(ctx, out, &len, message.ptr, message.len) == 1,
           err, FAULT_NO_MEMORY, where, "er kan niet worden ondertekend");
    return RESULT_OK;
}

bool ed25519_holds(const struct ed25519 *key, struct slice message, const uint8_t signature[ED25519_SIGNATURE_SIZE])
{
    CLEANUP(md_ctx_drop) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    return ctx != NULL && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key->pkey) == 1 &&
           EVP_DigestVerify(ctx, signature, ED25519_SIGNATURE_SIZE, message.ptr, message.len) == 1;
}
