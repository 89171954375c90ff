#include "certs/ossl.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

#include "base/buf.h"
#include "base/slice.h"
#include "certs/file.h"

/* Without a callback OpenSSL would ask the terminal for a pass phrase and wait. */
static int no_passphrase(char *to, int size, int writing, void *ctx)
{
    (void)to;
    (void)size;
    (void)writing;
    (void)ctx;
    return -1;
}

static BIO *bio_over(const struct buf *content)
{
    return BIO_new_mem_buf(content->len != 0 ? (const void *)content->ptr : "", (int)content->len);
}

static enum result parse_certificates(const struct buf *content, const char *path, STACK_OF(X509) * *out,
                                      struct error *err)
{
    CLEANUP(bio_drop) BIO *bio = bio_over(content);
    CLEANUP(x509s_drop) STACK_OF(X509) *stack = sk_X509_new_null();
    ENSURE(bio != NULL && stack != NULL, err, FAULT_NO_MEMORY, path, "geen geheugen om certificaten te lezen");
    ERR_clear_error();
    for (;;) {
        X509 *certificate = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL);
        if (certificate == NULL) {
            break;
        }
        if (sk_X509_num(stack) >= CERT_CHAIN_MAX || sk_X509_push(stack, certificate) == 0) {
            X509_free(certificate);
            FAIL(err, FAULT_CERTIFICATE, path, "meer dan %d certificaten", CERT_CHAIN_MAX);
        }
    }
    /* The end of the file shows as "no start line"; anything else is a certificate that does not parse. */
    const unsigned long last = ERR_peek_last_error();
    ERR_clear_error();
    ENSURE(ERR_GET_LIB(last) == ERR_LIB_PEM && ERR_GET_REASON(last) == PEM_R_NO_START_LINE, err, FAULT_CERTIFICATE,
           path, "bevat een onleesbaar certificaat");
    ENSURE(sk_X509_num(stack) > 0, err, FAULT_CERTIFICATE, path, "bevat geen certificaat (PEM)");
    *out = x509s_take(&stack);
    return RESULT_OK;
}

enum result ossl_read_certificates(const char *path, STACK_OF(X509) * *out, struct error *err)
{
    CLEANUP(buf_free) struct buf content;
    buf_init(&content, CERT_FILE_MAX);
    TRY(certs_file_read(path, &content, err));
    return parse_certificates(&content, path, out, err);
}

enum result ossl_read_key(const char *path, EVP_PKEY **out, struct error *err)
{
    CLEANUP(buf_wipe) struct buf content;
    buf_init(&content, CERT_FILE_MAX);
    TRY(certs_file_read_private(path, &content, err));
    CLEANUP(bio_drop) BIO *bio = bio_over(&content);
    ENSURE(bio != NULL, err, FAULT_NO_MEMORY, path, "geen geheugen om de sleutel te lezen");
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
    ERR_clear_error();
    ENSURE(key != NULL, err, FAULT_CERTIFICATE, path, "bevat geen leesbare geheime sleutel (PEM, niet versleuteld)");
    *out = key;
    return RESULT_OK;
}

static bool is_pem(const struct buf *content)
{
    static const char mark[] = "-----BEGIN ";
    return content->len != 0 && memmem(content->ptr, content->len, mark, sizeof mark - 1) != NULL &&
           content->ptr[0] != 0x30; /* a DER SEQUENCE */
}

enum result ossl_read_crl(const char *path, X509_CRL **out, struct error *err)
{
    CLEANUP(buf_free) struct buf content;
    buf_init(&content, CRL_FILE_MAX);
    TRY(certs_file_read(path, &content, err));
    CLEANUP(bio_drop) BIO *bio = bio_over(&content);
    ENSURE(bio != NULL, err, FAULT_NO_MEMORY, path, "geen geheugen om de CRL te lezen");
    CLEANUP(crl_drop)
    X509_CRL *crl =
        is_pem(&content) ? PEM_read_bio_X509_CRL(bio, NULL, no_passphrase, NULL) : d2i_X509_CRL_bio(bio, NULL);
    ERR_clear_error();
    ENSURE(crl != NULL, err, FAULT_CERTIFICATE, path, "is geen leesbare CRL (DER of PEM)");
    /* RFC 5280 section 5.1.2.5 demands it, and OpenSSL would take such a list as current for ever. */
    ENSURE(X509_CRL_get0_nextUpdate(crl) != NULL, err, FAULT_CERTIFICATE, path,
           "de CRL noemt geen volgende uitgifte (nextUpdate)");
    *out = crl_take(&crl);
    return RESULT_OK;
}

int ossl_serial_text(const ASN1_INTEGER *serial, char *out, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    CLEANUP(bignum_drop) BIGNUM *number = ASN1_INTEGER_to_BN(serial, NULL);
    uint8_t bytes[32];
    const int len = number != NULL && !BN_is_negative(number) ? BN_num_bytes(number) : (int)sizeof bytes + 1;
    if ((size_t)len > sizeof bytes || (size_t)len * 2 >= size || BN_bn2bin(number, bytes) != len) {
        return 0;
    }
    for (size_t i = 0; i < (size_t)len; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 0x0fU];
    }
    out[(size_t)len * 2] = '\0';
    return 1;
}
