/* Revocation: the signed list of what the index says is revoked. */
#include <openssl/err.h>
#include <string.h>

#include "base/mem.h"
#include "certs/pki_parts.h"

enum { SECONDS_PER_DAY = 86400 };

static enum result add_revoked(void *ctx, const char *serial, int64_t at_s, struct error *err)
{
    X509_CRL *crl = ctx;
    CLEANUP(bignum_drop) BIGNUM *number = NULL;
    ENSURE(BN_hex2bn(&number, serial) == (int)strlen(serial), err, FAULT_CERTIFICATE, "index.txt",
           "een serienummer is niet hexadecimaal");
    CLEANUP(asn1_integer_drop) ASN1_INTEGER *integer = BN_to_ASN1_INTEGER(number, NULL);
    CLEANUP(asn1_time_drop) ASN1_TIME *moment = ASN1_TIME_set(NULL, (time_t)at_s);
    CLEANUP(revoked_drop) X509_REVOKED *revoked = X509_REVOKED_new();
    ENSURE(integer != NULL && moment != NULL && revoked != NULL &&
               X509_REVOKED_set_serialNumber(revoked, integer) == 1 &&
               X509_REVOKED_set_revocationDate(revoked, moment) == 1 && X509_CRL_add0_revoked(crl, revoked) == 1,
           err, FAULT_NO_MEMORY, "ca.crl", "geen geheugen voor de CRL");
    (void)revoked_take(&revoked);
    return RESULT_OK;
}

/* One more than the list that is there: numbers rise (RFC 5280 section 5.2.3). */
static ASN1_INTEGER *next_number(const char *path)
{
    CLEANUP(crl_drop) X509_CRL *before = NULL;
    CLEANUP(asn1_integer_drop) ASN1_INTEGER *number = NULL;
    if (ossl_read_crl(path, &before, NULL) == RESULT_OK) {
        number = X509_CRL_get_ext_d2i(before, NID_crl_number, NULL, NULL);
    }
    CLEANUP(bignum_drop) BIGNUM *next = number != NULL ? ASN1_INTEGER_to_BN(number, NULL) : BN_new();
    if (next == NULL || BN_add_word(next, 1) != 1) {
        return NULL;
    }
    return BN_to_ASN1_INTEGER(next, NULL);
}

static bool fill_crl(X509_CRL *crl, const struct pki_ca *ca, int64_t now_s, int64_t days, const char *path)
{
    CLEANUP(asn1_time_drop) ASN1_TIME *from = ASN1_TIME_set(NULL, (time_t)now_s);
    CLEANUP(asn1_time_drop) ASN1_TIME *until = ASN1_TIME_set(NULL, (time_t)(now_s + days * SECONDS_PER_DAY));
    CLEANUP(asn1_integer_drop) ASN1_INTEGER *number = next_number(path);
    X509V3_CTX names;
    X509V3_set_ctx(&names, ca->certificate, NULL, NULL, crl, 0);
    X509_EXTENSION *key_id = X509V3_EXT_nconf_nid(NULL, &names, NID_authority_key_identifier, "keyid:always");
    const bool filled = from != NULL && until != NULL && number != NULL && key_id != NULL &&
                        X509_CRL_set_version(crl, X509_CRL_VERSION_2) == 1 &&
                        X509_CRL_set_issuer_name(crl, X509_get_subject_name(ca->certificate)) == 1 &&
                        X509_CRL_set1_lastUpdate(crl, from) == 1 && X509_CRL_set1_nextUpdate(crl, until) == 1 &&
                        X509_CRL_add1_ext_i2d(crl, NID_crl_number, number, 0, 0) == 1 &&
                        X509_CRL_add_ext(crl, key_id, -1) == 1;
    X509_EXTENSION_free(key_id);
    return filled;
}

enum result pki_crl_write(const struct pki_ca *ca, int64_t now_s, int64_t days, struct error *err)
{
    ENSURE(days >= 1 && days <= PKI_DAYS_MAX, err, FAULT_INVALID, "dagen", "toegestaan is 1 tot en met %d",
           PKI_DAYS_MAX);
    struct certs_path path = {0};
    TRY(certs_path_join(ca->folder, "ca.crl", &path, err));
    CLEANUP(crl_drop) X509_CRL *crl = X509_CRL_new();
    ENSURE(crl != NULL && fill_crl(crl, ca, now_s, days, path.text), err, FAULT_NO_MEMORY, path.text,
           "de CRL kan niet worden opgesteld");
    TRY(pki_index_each_revoked(ca, add_revoked, crl, err));
    ENSURE(X509_CRL_sort(crl) == 1 && X509_CRL_sign(crl, ca->key, EVP_sha256()) > 0, err, FAULT_CERTIFICATE, path.text,
           "de CRL kan niet worden ondertekend");
    unsigned char *der = NULL;
    const int len = i2d_X509_CRL(crl, &der);
    ENSURE(len > 0, err, FAULT_NO_MEMORY, path.text, "geen geheugen voor de CRL");
    const enum result written = certs_file_replace(path.text, 0644, slice_of(der, (size_t)len), err);
    OPENSSL_free(der);
    return written;
}

enum result pki_revoke(const char *folder, const char *certificate_file, int64_t now_s, struct error *err)
{
    CLEANUP(pki_ca_close) struct pki_ca ca = {.lock = -1};
    CLEANUP(x509s_drop) STACK_OF(X509) *chain = NULL;
    TRY(pki_ca_open(folder, &ca, err));
    TRY(ossl_read_certificates(certificate_file, &chain, err));
    const X509 *certificate = sk_X509_value(chain, 0);
    const bool ours = X509_NAME_cmp(X509_get_issuer_name(certificate), X509_get_subject_name(ca.certificate)) == 0 &&
                      X509_verify(sk_X509_value(chain, 0), ca.key) == 1;
    ERR_clear_error();
    ENSURE(ours, err, FAULT_NOT_FOUND, certificate_file, "is niet door deze certificaatautoriteit uitgegeven");
    char serial[2 * PKI_SERIAL_BYTES + 2];
    ENSURE(ossl_serial_text(X509_get0_serialNumber(certificate), serial, sizeof serial), err, FAULT_NOT_FOUND,
           certificate_file, "heeft een serienummer dat hier niet is uitgegeven");
    /* The index first: after a crash in between, the next list still holds it. */
    TRY(pki_index_revoke(&ca, serial, now_s, err));
    return pki_crl_write(&ca, now_s, PKI_CRL_DAYS, err);
}

enum result pki_publish_crl(const char *folder, int64_t now_s, int64_t days, struct error *err)
{
    CLEANUP(pki_ca_close) struct pki_ca ca = {.lock = -1};
    TRY(pki_ca_open(folder, &ca, err));
    return pki_crl_write(&ca, now_s, days, err);
}
