/* What the CA's own certificate and the ones it issues have in common. */
#include <openssl/pem.h>
#include <openssl/rand.h>

#include "certs/pki_parts.h"

static bool set_serial(X509 *certificate)
{
    /* 127 random bits: positive in DER, and not to be guessed (CA/Browser Forum asks 64). */
    uint8_t bytes[PKI_SERIAL_BYTES];
    if (RAND_bytes(bytes, sizeof bytes) != 1) {
        return false;
    }
    bytes[0] = (uint8_t)(bytes[0] & 0x7fU);
    bytes[PKI_SERIAL_BYTES - 1] = (uint8_t)(bytes[PKI_SERIAL_BYTES - 1] | 1U); /* RFC 5280: not zero */
    CLEANUP(bignum_drop) BIGNUM *number = BN_bin2bn(bytes, sizeof bytes, NULL);
    return number != NULL && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;
}

enum result pki_blank(EVP_PKEY *key, int64_t not_before_s, int64_t not_after_s, X509 **out, struct error *err)
{
    CLEANUP(x509_drop) X509 *certificate = X509_new();
    CLEANUP(asn1_time_drop) ASN1_TIME *from = ASN1_TIME_set(NULL, (time_t)not_before_s);
    CLEANUP(asn1_time_drop) ASN1_TIME *until = ASN1_TIME_set(NULL, (time_t)not_after_s);
    ENSURE(certificate != NULL && from != NULL && until != NULL && X509_set_version(certificate, X509_VERSION_3) == 1 &&
               set_serial(certificate) && X509_set1_notBefore(certificate, from) == 1 &&
               X509_set1_notAfter(certificate, until) == 1 && X509_set_pubkey(certificate, key) == 1,
           err, FAULT_NO_MEMORY, "certificaat", "kan niet worden opgesteld");
    *out = x509_take(&certificate);
    return RESULT_OK;
}

bool pki_name_add(X509_NAME *name, int nid, const char *text)
{
    return X509_NAME_add_entry_by_NID(name, nid, MBSTRING_UTF8, (const unsigned char *)text, -1, -1, 0) == 1;
}

bool pki_add_usage(X509 *certificate, const int *bits, size_t count)
{
    ASN1_BIT_STRING *usage = ASN1_BIT_STRING_new();
    bool set = usage != NULL;
    for (size_t i = 0; set && i < count; i++) {
        set = ASN1_BIT_STRING_set_bit(usage, bits[i], 1) == 1;
    }
    set = set && X509_add1_ext_i2d(certificate, NID_key_usage, usage, 1, 0) == 1;
    ASN1_BIT_STRING_free(usage);
    return set;
}

bool pki_add_key_ids(X509 *certificate, X509 *issuer)
{
    X509V3_CTX names;
    X509V3_set_ctx(&names, issuer, certificate, NULL, NULL, 0);
    static const struct {
        int nid;
        const char *value;
    } rows[] = {{NID_subject_key_identifier, "hash"}, {NID_authority_key_identifier, "keyid:always"}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        X509_EXTENSION *extension = X509V3_EXT_nconf_nid(NULL, &names, rows[i].nid, rows[i].value);
        const bool added = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
        X509_EXTENSION_free(extension);
        if (!added) {
            return false;
        }
    }
    return true;
}

static struct slice bio_content(BIO *bio)
{
    char *text = NULL;
    const long len = BIO_get_mem_data(bio, &text);
    return slice_of(text, len > 0 ? (size_t)len : 0);
}

enum result pki_write_key(EVP_PKEY *key, const char *path, struct error *err)
{
    CLEANUP(bio_drop) BIO *bio = BIO_new(BIO_s_secmem());
    ENSURE(bio != NULL && PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1, err, FAULT_NO_MEMORY,
           path, "de sleutel kan niet worden opgesteld");
    return certs_file_create(path, 0600, bio_content(bio), err);
}

enum result pki_write_certificate(X509 *certificate, const char *path, struct error *err)
{
    CLEANUP(bio_drop) BIO *bio = BIO_new(BIO_s_mem());
    ENSURE(bio != NULL && PEM_write_bio_X509(bio, certificate) == 1, err, FAULT_NO_MEMORY, path,
           "het certificaat kan niet worden opgesteld");
    return certs_file_replace(path, 0644, bio_content(bio), err);
}
