/*
 * ossl.h - inside certs/ only: OpenSSL objects that free themselves, and PEM/DER read from bounded files.
 *
 * Ownership: `*_drop` are for CLEANUP; OSSL_TAKE moves an owned pointer out of its variable. Readers give what they
 *            return. Thread: any. Faults: FAULT_IO, FAULT_CERTIFICATE, FAULT_NO_MEMORY, naming the file.
 */
#ifndef KETENBRUG_CERTS_OSSL_H
#define KETENBRUG_CERTS_OSSL_H

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "base/attr.h"
#include "base/fault.h"

enum {
    CERT_FILE_MAX = 1048576, /* bytes of a PEM file */
    CERT_CHAIN_MAX = 256,    /* certificates in one PEM file */
    CRL_FILE_MAX = 16777216  /* bytes of a revocation list */
};

/* NOLINTBEGIN(bugprone-macro-parentheses): a type cannot stand in parentheses */
#define OSSL_DROP(name, type, release)                                                                                 \
    static inline void name##_drop(type **ptr)                                                                         \
    {                                                                                                                  \
        release(*ptr);                                                                                                 \
        *ptr = NULL;                                                                                                   \
    }                                                                                                                  \
    static inline type *name##_take(type **ptr)                                                                        \
    {                                                                                                                  \
        type *taken = *ptr;                                                                                            \
        *ptr = NULL;                                                                                                   \
        return taken;                                                                                                  \
    }

/* NOLINTEND(bugprone-macro-parentheses) */

static inline void x509s_release(STACK_OF(X509) * stack)
{
    sk_X509_pop_free(stack, X509_free);
}

OSSL_DROP(bio, BIO, BIO_free_all)
OSSL_DROP(bignum, BIGNUM, BN_free)
OSSL_DROP(x509, X509, X509_free)
OSSL_DROP(x509s, STACK_OF(X509), x509s_release)
OSSL_DROP(crl, X509_CRL, X509_CRL_free)
OSSL_DROP(revoked, X509_REVOKED, X509_REVOKED_free)
OSSL_DROP(pkey, EVP_PKEY, EVP_PKEY_free)
OSSL_DROP(asn1_integer, ASN1_INTEGER, ASN1_INTEGER_free)
OSSL_DROP(asn1_time, ASN1_TIME, ASN1_TIME_free)
OSSL_DROP(general_names, GENERAL_NAMES, GENERAL_NAMES_free)
OSSL_DROP(ssl_ctx, SSL_CTX, SSL_CTX_free)
OSSL_DROP(store, X509_STORE, X509_STORE_free)
OSSL_DROP(store_ctx, X509_STORE_CTX, X509_STORE_CTX_free)

/* Every certificate in a PEM file, at least one. */
MUST_USE enum result ossl_read_certificates(const char *path, STACK_OF(X509) * *out, struct error *err);
/* An unencrypted PEM key; refused when group or others have any right on the file. */
MUST_USE enum result ossl_read_key(const char *path, EVP_PKEY **out, struct error *err);
/* One revocation list, PEM or DER. */
MUST_USE enum result ossl_read_crl(const char *path, X509_CRL **out, struct error *err);

/* Lower-case hex of a serial number; false when it does not fit. */
MUST_USE int ossl_serial_text(const ASN1_INTEGER *serial, char *out, size_t size);

#endif
