#include "certs/identity.h"

#include <arpa/inet.h>
#include <string.h>
#include <time.h>

#include "certs/ossl.h"

static const char *const place = "certificaat";

/* These texts go into logs and tables: no control characters. */
static bool printable(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < 0x20 || text.ptr[i] == 0x7f) {
            return false;
        }
    }
    return true;
}

static int count_entries(const X509_NAME *name, int nid)
{
    int count = 0;
    for (int at = X509_NAME_get_index_by_NID(name, nid, -1); at >= 0; at = X509_NAME_get_index_by_NID(name, nid, at)) {
        count++;
    }
    return count;
}

/* The one entry of a kind, as UTF-8; two would let two readers see two organisations. */
static enum result only_entry(const X509_NAME *name, int nid, const char *called, char *out, size_t size,
                              struct error *err)
{
    const int count = count_entries(name, nid);
    ENSURE(count != 0, err, FAULT_CERTIFICATE, place, "%s ontbreekt", called);
    ENSURE(count == 1, err, FAULT_CERTIFICATE, place, "%s staat er %d keer in", called, count);
    const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, X509_NAME_get_index_by_NID(name, nid, -1));
    unsigned char *text = NULL;
    const int len = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(entry));
    const struct slice slice = slice_of(text, len > 0 ? (size_t)len : 0);
    const bool fits = len > 0 && printable(slice) && slice_copy_text(slice, out, size);
    OPENSSL_free(text);
    ENSURE(fits, err, FAULT_CERTIFICATE, place, "%s is leeg, onleesbaar of langer dan %zu bytes", called, size - 1);
    return RESULT_OK;
}

static bool host_text(const GENERAL_NAME *name, char *out, size_t size)
{
    int type = 0;
    const ASN1_STRING *value = GENERAL_NAME_get0_value(name, &type);
    if (type == GEN_DNS) {
        const struct slice text = slice_of(ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value));
        return text.len != 0 && printable(text) && slice_copy_text(text, out, size);
    }
    if (type == GEN_IPADD) {
        const int len = ASN1_STRING_length(value);
        const int family = len == 4 ? AF_INET : AF_INET6;
        return (len == 4 || len == 16) && inet_ntop(family, ASN1_STRING_get0_data(value), out, (socklen_t)size) != NULL;
    }
    return false;
}

static enum result first_host(const X509 *certificate, char *out, size_t size, struct error *err)
{
    CLEANUP(general_names_drop)
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; names != NULL && i < sk_GENERAL_NAME_num(names); i++) {
        if (host_text(sk_GENERAL_NAME_value(names, i), out, size)) {
            return RESULT_OK;
        }
    }
    FAIL(err, FAULT_CERTIFICATE, place, "noemt geen host (subjectAltName)");
}

static enum result seconds_of(const ASN1_TIME *moment, int64_t *out, struct error *err)
{
    struct tm parts = {0};
    ENSURE(moment != NULL && ASN1_TIME_to_tm(moment, &parts) == 1, err, FAULT_CERTIFICATE, place,
           "de geldigheid is onleesbaar");
    *out = (int64_t)timegm(&parts);
    return RESULT_OK;
}

enum result identity_of(struct x509_st *certificate, struct cert_identity *out, struct error *err)
{
    struct cert_identity found = {0};
    char digits[OIN_DIGITS * 2];
    const X509_NAME *subject = X509_get_subject_name(certificate);
    TRY(only_entry(subject, NID_serialNumber, "het OIN (serialNumber)", digits, sizeof digits, err));
    ENSURE(oin_parse(slice_text(digits), &found.oin), err, FAULT_CERTIFICATE, place,
           "het OIN (serialNumber) is geen getal van %d cijfers", OIN_DIGITS);
    TRY(only_entry(subject, NID_organizationName, "de organisatie (O)", found.organisation, sizeof found.organisation,
                   err));
    TRY(first_host(certificate, found.host, sizeof found.host, err));
    TRY(seconds_of(X509_get0_notBefore(certificate), &found.not_before_s, err));
    TRY(seconds_of(X509_get0_notAfter(certificate), &found.not_after_s, err));
    ENSURE(ossl_serial_text(X509_get0_serialNumber(certificate), found.serial, sizeof found.serial), err,
           FAULT_CERTIFICATE, place, "het serienummer is langer dan 20 bytes of negatief");
    *out = found;
    return RESULT_OK;
}

enum result identity_of_file(const char *path, struct cert_identity *out, struct error *err)
{
    CLEANUP(x509s_drop) STACK_OF(X509) *chain = NULL;
    TRY(ossl_read_certificates(path, &chain, err));
    return identity_of(sk_X509_value(chain, 0), out, err);
}
