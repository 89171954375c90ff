#include "base/digest.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

void sha256_of(struct slice bytes, struct sha256 *out)
{
    /* Not SHA256() or EVP: since OpenSSL 3 both look the algorithm up by name, each time, at more than what hashing a
     * tree node costs. These cannot fail. */
    SHA256_CTX ctx;
    (void)SHA256_Init(&ctx);
    (void)SHA256_Update(&ctx, bytes.ptr, bytes.len);
    (void)SHA256_Final(out->bytes, &ctx);
}

_Static_assert(sizeof(SHA256_CTX) <= sizeof(struct sha256_stream) && _Alignof(SHA256_CTX) <= _Alignof(uint64_t),
               "the library's state fits");

void sha256_begin(struct sha256_stream *stream)
{
    (void)SHA256_Init((SHA256_CTX *)(void *)stream->state);
}

void sha256_add(struct sha256_stream *stream, struct slice bytes)
{
    (void)SHA256_Update((SHA256_CTX *)(void *)stream->state, bytes.ptr, bytes.len);
}

void sha256_end(struct sha256_stream *stream, struct sha256 *out)
{
    (void)SHA256_Final(out->bytes, (SHA256_CTX *)(void *)stream->state);
}

enum result sha3_512_of(struct slice bytes, struct sha3_512 *out, struct error *err)
{
    unsigned size = sizeof out->bytes;
    ENSURE(EVP_Digest(bytes.ptr, bytes.len, out->bytes, &size, EVP_sha3_512(), NULL) == 1 && size == sizeof out->bytes,
           err, FAULT_NO_MEMORY, "", "er is te weinig geheugen voor een hash");
    return RESULT_OK;
}
