#include "certs/block_cipher.h"

#include "base/mem.h"
#include "certs/ossl.h"

struct block_cipher {
    EVP_CIPHER_CTX *to;
    EVP_CIPHER_CTX *from;
};

/* ECB of one block is the bare block cipher. */
static EVP_CIPHER_CTX *context(const uint8_t key[BLOCK_SIZE], int encrypt)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    if (ctx != NULL && (EVP_CipherInit_ex(ctx, EVP_aes_128_ecb(), NULL, key, NULL, encrypt) != 1 ||
                        EVP_CIPHER_CTX_set_padding(ctx, 0) != 1)) {
        EVP_CIPHER_CTX_free(ctx);
        return NULL;
    }
    return ctx;
}

enum result block_cipher_new(const uint8_t key[BLOCK_SIZE], struct block_cipher **out, struct error *err)
{
    struct block_cipher *cipher = mem_zalloc(sizeof *cipher);
    if (cipher != NULL) {
        cipher->to = context(key, 1);
        cipher->from = context(key, 0);
    }
    if (cipher == NULL || cipher->to == NULL || cipher->from == NULL) {
        block_cipher_free(cipher);
        FAIL(err, FAULT_NO_MEMORY, "AES", "de sleutel kan niet worden geladen");
    }
    *out = cipher;
    return RESULT_OK;
}

void block_cipher_free(struct block_cipher *cipher)
{
    if (cipher != NULL) {
        EVP_CIPHER_CTX_free(cipher->to); /* wipes; NULL is fine */
        EVP_CIPHER_CTX_free(cipher->from);
        mem_free(cipher);
    }
}

/* A whole block with the key in place: there is nothing left that could fail. */
static void one(EVP_CIPHER_CTX *ctx, const uint8_t in[BLOCK_SIZE], uint8_t out[BLOCK_SIZE])
{
    int len = 0;
    (void)EVP_CipherUpdate(ctx, out, &len, in, BLOCK_SIZE);
}

void block_encrypt(struct block_cipher *cipher, const uint8_t in[BLOCK_SIZE], uint8_t out[BLOCK_SIZE])
{
    one(cipher->to, in, out);
}

void block_decrypt(struct block_cipher *cipher, const uint8_t in[BLOCK_SIZE], uint8_t out[BLOCK_SIZE])
{
    one(cipher->from, in, out);
}
