/* libsodium's, and not OpenSSL's: it signs and verifies twice as fast, and every receipt waits for that. */
#include "certs/ed25519.h"

#include <string.h>

#include <sodium.h>

#include "base/mem.h"

static const char where[] = "Ed25519";

struct ed25519 {
    uint8_t point[crypto_sign_ed25519_PUBLICKEYBYTES];
    uint8_t *secret; /* locked memory; NULL: a public key */
};
_Static_assert(crypto_sign_ed25519_PUBLICKEYBYTES == (int)ED25519_PUBLIC_SIZE &&
                   crypto_sign_ed25519_SEEDBYTES == (int)ED25519_SEED_SIZE &&
                   crypto_sign_ed25519_BYTES == (int)ED25519_SIGNATURE_SIZE,
               "the sizes of RFC 8032");

enum result ed25519_private_new(const uint8_t seed[ED25519_SEED_SIZE], struct ed25519 **out, struct error *err)
{
    struct ed25519 *key = mem_zalloc(sizeof *key);
    uint8_t *secret = sodium_init() >= 0 ? sodium_malloc(crypto_sign_ed25519_SECRETKEYBYTES) : NULL;
    if (key == NULL || secret == NULL) {
        sodium_free(secret);
        mem_free(key);
        FAIL(err, FAULT_NO_MEMORY, where, "geen vergrendeld geheugen voor de sleutel");
    }
    (void)crypto_sign_ed25519_seed_keypair(key->point, secret, seed);
    (void)sodium_mprotect_readonly(secret);
    key->secret = secret;
    *out = key;
    return RESULT_OK;
}

enum result ed25519_public_new(const uint8_t point[ED25519_PUBLIC_SIZE], struct ed25519 **out, struct error *err)
{
    struct ed25519 *key = sodium_init() >= 0 ? mem_zalloc(sizeof *key) : NULL;
    ENSURE(key != NULL, err, FAULT_NO_MEMORY, where, "de sleutel kan niet worden geladen");
    memcpy(key->point, point, sizeof key->point);
    *out = key;
    return RESULT_OK;
}

void ed25519_free(struct ed25519 *key)
{
    if (key != NULL) {
        sodium_free(key->secret); /* wipes; NULL is fine */
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
    ENSURE(key->secret != NULL, err, FAULT_INTERNAL, where, "met een openbare sleutel kan niet worden ondertekend");
    (void)crypto_sign_ed25519_detached(out, NULL, message.ptr, message.len, key->secret);
    return RESULT_OK;
}

bool ed25519_holds(const struct ed25519 *key, struct slice message, const uint8_t signature[ED25519_SIGNATURE_SIZE])
{
    return crypto_sign_ed25519_verify_detached(signature, message.ptr, message.len, key->point) == 0;
}
