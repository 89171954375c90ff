/* The certificate beside a signature: read, written, and whether to believe it. */
#include <openssl/err.h>
#include <openssl/pem.h>

#include "base/limits.h"
#include "certs/jws.h"
#include "certs/jws_parts.h"
#include "certs/trust_parts.h"

static int no_passphrase(char *to, int size, int writing, void *ctx)
{
    (void)to;
    (void)size;
    (void)writing;
    (void)ctx;
    return -1;
}

enum result jws_chain_read(struct slice pem, STACK_OF(X509) * *out, struct error *err)
{
    ENSURE(pem.len <= JWS_CERTIFICATE_MAX, err, FAULT_TOO_LARGE, "certificaat", "hoogstens %d bytes",
           JWS_CERTIFICATE_MAX);
    CLEANUP(bio_drop) BIO *bio = BIO_new_mem_buf(pem.len != 0 ? (const void *)pem.ptr : "", (int)pem.len);
    CLEANUP(x509s_drop) STACK_OF(X509) *chain = sk_X509_new_null();
    ENSURE(bio != NULL && chain != NULL, err, FAULT_NO_MEMORY, "certificaat", "geen geheugen");
    ERR_clear_error();
    for (;;) {
        X509 *one = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL);
        if (one == NULL) {
            break;
        }
        if (sk_X509_num(chain) >= JWS_CHAIN_MAX || sk_X509_push(chain, one) == 0) {
            X509_free(one);
            FAIL(err, FAULT_CERTIFICATE, "certificaat", "hoogstens %d certificaten", JWS_CHAIN_MAX);
        }
    }
    const unsigned long last = ERR_peek_last_error();
    ERR_clear_error();
    ENSURE(sk_X509_num(chain) > 0 && ERR_GET_LIB(last) == ERR_LIB_PEM && ERR_GET_REASON(last) == PEM_R_NO_START_LINE,
           err, FAULT_CERTIFICATE, "certificaat", "hier hoort een leesbaar certificaat (PEM)");
    *out = x509s_take(&chain);
    return RESULT_OK;
}

enum result jws_chain_write(const STACK_OF(X509) * chain, struct buf *out, struct error *err)
{
    CLEANUP(bio_drop) BIO *bio = BIO_new(BIO_s_mem());
    ENSURE(bio != NULL, err, FAULT_NO_MEMORY, "certificaat", "geen geheugen");
    ENSURE(sk_X509_num(chain) <= JWS_CHAIN_MAX, err, FAULT_CERTIFICATE, "certificaat", "hoogstens %d certificaten",
           JWS_CHAIN_MAX);
    for (int i = 0; i < sk_X509_num(chain); i++) {
        ENSURE(PEM_write_bio_X509(bio, sk_X509_value(chain, i)) == 1, err, FAULT_NO_MEMORY, "certificaat",
               "geen geheugen");
    }
    char *text = NULL;
    const long len = BIO_get_mem_data(bio, &text);
    ENSURE(len > 0 && len <= JWS_CERTIFICATE_MAX, err, FAULT_TOO_LARGE, "certificaat", "hoogstens %d bytes",
           JWS_CERTIFICATE_MAX);
    buf_bytes(out, text, (size_t)len);
    return buf_result(out, "certificaat", err);
}

enum result jws_certificates(struct slice pem, struct buf *out, struct error *err)
{
    CLEANUP(x509s_drop) STACK_OF(X509) *chain = NULL;
    TRY(jws_chain_read(pem, &chain, err));
    return jws_chain_write(chain, out, err);
}

/* RFC 5280, 4.2.1.3: one that names uses names signing among them. */
static bool may_sign(X509 *certificate)
{
    const uint32_t usage = X509_get_key_usage(certificate);
    return usage == UINT32_MAX || (usage & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) != 0;
}

/* Dates are held against `at_s` by hand: OpenSSL would hold the revocation lists against it too, and those are of now. */
static bool valid_at(const STACK_OF(X509) * chain, int64_t at_s)
{
    time_t at = (time_t)at_s;
    for (int i = 0; i < sk_X509_num(chain); i++) {
        const X509 *one = sk_X509_value(chain, i);
        if (X509_cmp_time(X509_get0_notBefore(one), &at) >= 0 || X509_cmp_time(X509_get0_notAfter(one), &at) <= 0) {
            return false;
        }
    }
    return true;
}

/* A list out of date says nothing of now, so that status is unknown: X509_V_FLAG_NO_CHECK_TIME looks at no date. */
static enum result lists_current(const struct trust *trust, int64_t now_s, struct error *err)
{
    ENSURE(trust->checks_revocation && trust_dates(trust).crls_until > now_s, err, FAULT_CERTIFICATE, "certificaat",
           "een intrekkingslijst is verlopen: of dit certificaat is ingetrokken, is niet bekend");
    return RESULT_OK;
}

enum result jws_trust(const struct trust *trust, struct slice pem, int64_t at_s, int64_t now_s, struct error *err)
{
    CLEANUP(x509s_drop) STACK_OF(X509) *chain = NULL;
    TRY(jws_chain_read(pem, &chain, err));
    TRY(lists_current(trust, now_s, err));
    X509 *certificate = sk_X509_value(chain, 0);
    CLEANUP(store_ctx_drop) X509_STORE_CTX *check = X509_STORE_CTX_new();
    ENSURE(check != NULL && X509_STORE_CTX_init(check, trust->store, certificate, chain) == 1, err, FAULT_NO_MEMORY,
           "certificaat", "geen geheugen om het certificaat te controleren");
    X509_STORE_CTX_set_flags(check, X509_V_FLAG_NO_CHECK_TIME);
    const bool chains = X509_verify_cert(check) == 1;
    const int why = X509_STORE_CTX_get_error(check);
    ERR_clear_error();
    ENSURE(chains, err, FAULT_CERTIFICATE, "certificaat", "%s", trust_refusal(why));
    ENSURE(valid_at(X509_STORE_CTX_get0_chain(check), at_s), err, FAULT_CERTIFICATE, "certificaat",
           "het certificaat gold niet toen er werd ondertekend");
    ENSURE(may_sign(certificate), err, FAULT_CERTIFICATE, "certificaat", "dit certificaat is niet om te ondertekenen");
    EVP_PKEY *key = X509_get0_pubkey(certificate);
    ENSURE(key != NULL && (trust->key == NULL || EVP_PKEY_eq(key, trust->key) != 1), err, FAULT_CERTIFICATE,
           "certificaat", "dit is de sleutel van het knooppunt zelf; ondertekend wordt met een andere");
    return RESULT_OK;
}
