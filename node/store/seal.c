#include "store/seal.h"

#include <stdio.h>

#include <sodium.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "store/keyring.h"

enum { NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES };
_Static_assert((int)SEAL_OVERHEAD == (int)NONCE + (int)TAG && (int)SEAL_TAG_SIZE == (int)TAG, "sizes in seal.h");
_Static_assert((int)KEYRING_KEY_SIZE == (int)crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "key size");

/* A domain that is none of the enum gets a key of its own, that nothing else uses. */
static size_t index_of(enum seal_domain domain)
{
    return (unsigned)domain < KEYRING_DOMAINS ? (size_t)domain : 0;
}

void seal_value(const struct keyring *keyring, enum seal_domain domain, struct slice bound, struct slice plain,
                struct buf *out)
{
    uint8_t *room = plain.len <= out->ceiling ? buf_reserve(out, plain.len + SEAL_OVERHEAD) : NULL;
    if (room == NULL) {
        out->failed = true;
        return;
    }
    randombytes_buf(room, NONCE);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(room + NONCE, NULL, plain.ptr, plain.len, bound.ptr, bound.len,
                                                     NULL, room, keyring_secrets(keyring)->seal[index_of(domain)]);
    buf_commit(out, plain.len + SEAL_OVERHEAD);
}

enum result seal_open(const struct keyring *keyring, enum seal_domain domain, struct slice bound, struct slice sealed,
                      struct buf *plain, struct error *err)
{
    static const char where[] = "verzegeld";
    ENSURE(sealed.len >= SEAL_OVERHEAD, err, FAULT_STORE, where, "de inhoud is beschadigd: te kort");
    const size_t len = sealed.len - SEAL_OVERHEAD;
    uint8_t *room = buf_reserve(plain, len);
    ENSURE(room != NULL, err, FAULT_NO_MEMORY, where, "geen ruimte voor de inhoud");
    const int opened = crypto_aead_xchacha20poly1305_ietf_decrypt(room, NULL, NULL, sealed.ptr + NONCE,
                                                                  sealed.len - NONCE, bound.ptr, bound.len, sealed.ptr,
                                                                  keyring_secrets(keyring)->seal[index_of(domain)]);
    ENSURE(opened == 0, err, FAULT_STORE, where, "de inhoud opent niet: verkeerde sleutel, of beschadigd");
    buf_commit(plain, len);
    return RESULT_OK;
}

void seal_hash(const struct keyring *keyring, enum seal_domain domain, struct slice context, struct slice plain,
               uint8_t out[SEAL_HASH_SIZE])
{
    uint8_t length[8];
    bytes_put_u64(length, context.len);
    crypto_generichash_state state;
    (void)crypto_generichash_init(&state, keyring_secrets(keyring)->hash[index_of(domain)], KEYRING_KEY_SIZE,
                                  SEAL_HASH_SIZE);
    (void)crypto_generichash_update(&state, length, sizeof length);
    (void)crypto_generichash_update(&state, context.ptr, context.len);
    (void)crypto_generichash_update(&state, plain.ptr, plain.len);
    (void)crypto_generichash_final(&state, out, SEAL_HASH_SIZE);
    mem_wipe(&state, sizeof state);
}

void seal_derived_key(const struct keyring *keyring, enum seal_domain domain, uint8_t out[SEAL_KEY_SIZE])
{
    memcpy(out, keyring_secrets(keyring)->hash[index_of(domain)], SEAL_KEY_SIZE);
}

enum result seal_signer_seed(const struct keyring *keyring, enum seal_signer signer, uint8_t out[SEAL_KEY_SIZE],
                             struct error *err)
{
    return keyring_signer(keyring, signer, out, err);
}

enum result seal_class_ready(struct keyring *keyring, struct seal_class class, bool *created, struct error *err)
{
    return keyring_class_make(keyring, class, created, err);
}

enum result seal_class_commitment(struct keyring *keyring, struct seal_class class, struct sha256 *out,
                                  struct error *err)
{
    char label[64];
    const int len = snprintf(label, sizeof label, "ketenbrug/logsleutel/v1/%06u-%u\n", (unsigned)class.month,
                             (unsigned)class.class);
    uint8_t input[sizeof label + KEYRING_KEY_SIZE];
    const size_t used = (size_t)len;
    memcpy(input, label, used);
    TRY(keyring_class_key(keyring, class, input + used, err));
    sha256_of(slice_of(input, used + KEYRING_KEY_SIZE), out);
    mem_wipe(input, sizeof input);
    return RESULT_OK;
}

enum result seal_class_destroy(struct keyring *keyring, const struct seal_class *classes, size_t count,
                               struct error *err)
{
    return keyring_class_destroy(keyring, classes, count, err);
}

enum result seal_index_key(struct keyring *keyring, struct seal_class class, struct seal_index_key *out,
                           struct error *err)
{
    static const uint8_t personal[crypto_generichash_blake2b_PERSONALBYTES] = "kb-zoekindex";
    uint8_t class_key[KEYRING_KEY_SIZE];
    TRY(keyring_class_key(keyring, class, class_key, err));
    out->class = class;
    (void)crypto_generichash_blake2b_salt_personal(out->bytes, sizeof out->bytes, NULL, 0, class_key, sizeof class_key,
                                                   NULL, personal);
    mem_wipe(class_key, sizeof class_key);
    return RESULT_OK;
}

void seal_index_hash(const struct seal_index_key *key, uint8_t what, struct slice value, uint8_t out[SEAL_HASH_SIZE])
{
    crypto_generichash_state state;
    (void)crypto_generichash_init(&state, key->bytes, sizeof key->bytes, SEAL_HASH_SIZE);
    (void)crypto_generichash_update(&state, &what, 1);
    (void)crypto_generichash_update(&state, value.ptr, value.len);
    (void)crypto_generichash_final(&state, out, SEAL_HASH_SIZE);
    mem_wipe(&state, sizeof state);
}

/* ---- records ---- */

static enum result record_key(struct keyring *keyring, struct seal_class class, const uint8_t salt[SEAL_SALT_SIZE],
                              uint8_t out[KEYRING_KEY_SIZE], struct error *err)
{
    static const uint8_t personal[crypto_generichash_blake2b_PERSONALBYTES] = "kb-logregel";
    uint8_t class_key[KEYRING_KEY_SIZE];
    TRY(keyring_class_key(keyring, class, class_key, err));
    (void)crypto_generichash_blake2b_salt_personal(out, KEYRING_KEY_SIZE, salt, SEAL_SALT_SIZE, class_key,
                                                   KEYRING_KEY_SIZE, NULL, personal);
    mem_wipe(class_key, sizeof class_key);
    return RESULT_OK;
}

/* One key per record, so the nonce need not be random; it is the salt, which is unique too. */
static void nonce_of(const uint8_t salt[SEAL_SALT_SIZE], uint8_t nonce[NONCE])
{
    memset(nonce, 0, NONCE);
    memcpy(nonce, salt, SEAL_SALT_SIZE);
}

enum result seal_record(struct keyring *keyring, struct seal_class class, const uint8_t salt[SEAL_SALT_SIZE],
                        struct slice bound, struct slice plain, uint8_t *out, struct error *err)
{
    uint8_t key[KEYRING_KEY_SIZE];
    uint8_t nonce[NONCE];
    TRY(record_key(keyring, class, salt, key, err));
    nonce_of(salt, nonce);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(out, NULL, plain.ptr, plain.len, bound.ptr, bound.len, NULL, nonce,
                                                     key);
    mem_wipe(key, sizeof key);
    return RESULT_OK;
}

/* By its class key, or when that is gone, by what a hold kept. */
static enum result opening_key(struct keyring *keyring, struct seal_class class, const uint8_t salt[SEAL_SALT_SIZE],
                               uint8_t out[KEYRING_KEY_SIZE], struct error *err)
{
    struct error why;
    if (record_key(keyring, class, salt, out, &why) == RESULT_OK ||
        (why.fault == FAULT_NOT_FOUND && keyring_held_key(keyring, salt, out, NULL) == RESULT_OK)) {
        return RESULT_OK;
    }
    FAIL(err, why.fault, why.where, "%s", why.what);
}

enum result seal_record_key(struct keyring *keyring, struct seal_class class, const uint8_t salt[SEAL_SALT_SIZE],
                            uint8_t out[SEAL_KEY_SIZE], struct error *err)
{
    return opening_key(keyring, class, salt, out, err);
}

enum result seal_record_open(struct keyring *keyring, struct seal_class class, const uint8_t salt[SEAL_SALT_SIZE],
                             struct slice bound, struct slice sealed, uint8_t *plain, struct error *err)
{
    static const char where[] = "logregel";
    uint8_t key[KEYRING_KEY_SIZE];
    uint8_t nonce[NONCE];
    ENSURE(sealed.len >= SEAL_TAG_SIZE, err, FAULT_STORE, where, "de inhoud is beschadigd: te kort");
    TRY(opening_key(keyring, class, salt, key, err));
    nonce_of(salt, nonce);
    const int opened = crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL, sealed.ptr, sealed.len, bound.ptr,
                                                                  bound.len, nonce, key);
    mem_wipe(key, sizeof key);
    ENSURE(opened == 0, err, FAULT_STORE, where, "de inhoud opent niet: verkeerde sleutel, of beschadigd");
    return RESULT_OK;
}

/* ---- legal holds ---- */

enum result seal_hold_place(struct keyring *keyring, const struct seal_hold *hold, struct error *err)
{
    uint8_t keys[SEAL_HOLD_SALTS][KEYRING_KEY_SIZE] = {{0}};
    ENSURE(hold->salt_count >= 1 && hold->salt_count <= SEAL_HOLD_SALTS, err, FAULT_INTERNAL, "regel",
           "een of twee sleutels verwacht");
    for (size_t i = 0; i < hold->salt_count; i++) {
        TRY(record_key(keyring, hold->class, hold->salts[i], keys[i], err));
    }
    const enum result result = keyring_hold(keyring, hold, keys, err);
    mem_wipe(keys, sizeof keys);
    return result;
}

enum result seal_hold_lift(struct keyring *keyring, uint64_t record, struct error *err)
{
    return keyring_lift(keyring, record, err);
}
