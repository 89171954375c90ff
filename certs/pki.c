#include "certs/pki.h"

#include <arpa/inet.h>
#include <string.h>
#include <unistd.h>

#include "certs/pki_parts.h"

enum { SECONDS_PER_DAY = 86400, DNS_NAME_MAX = 253 };

/* GeneralizedTime ends in the year 9999. */
static const int64_t moment_max_s = INT64_C(253402300799);

static enum result new_key(EVP_PKEY **out, struct error *err)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    ENSURE(key != NULL, err, FAULT_INTERNAL, "sleutel", "kan niet worden gemaakt");
    *out = key;
    return RESULT_OK;
}

static enum result check_text(const char *text, const char *where, size_t max, struct error *err)
{
    const size_t len = text != NULL ? strlen(text) : 0;
    ENSURE(len >= 1 && len <= max, err, FAULT_INVALID, where, "toegestaan zijn 1 tot en met %zu tekens", max);
    for (size_t i = 0; i < len; i++) {
        ENSURE((unsigned char)text[i] >= 0x20 && text[i] != 0x7f, err, FAULT_INVALID, where,
               "bevat een besturingsteken");
    }
    return RESULT_OK;
}

static enum result check_dates(int64_t from_s, int64_t until_s, struct error *err)
{
    ENSURE(from_s >= 0 && from_s < until_s && until_s <= moment_max_s, err, FAULT_INVALID, "geldigheid",
           "het einde moet na het begin liggen, en beide tussen 1970 en 9999");
    return RESULT_OK;
}

static bool fill_ca(X509 *certificate, const char *name)
{
    static const int usage[] = {5, 6};
    X509_NAME *subject = X509_get_subject_name(certificate);
    BASIC_CONSTRAINTS *constraints = BASIC_CONSTRAINTS_new();
    ASN1_INTEGER *depth = ASN1_INTEGER_new();
    bool filled = constraints != NULL && depth != NULL && ASN1_INTEGER_set(depth, 0) == 1;
    if (filled) {
        constraints->ca = 1;
        constraints->pathlen = depth;
        depth = NULL;
    }
    filled = filled && pki_name_add(subject, NID_countryName, "NL") && pki_name_add(subject, NID_commonName, name) &&
             X509_set_issuer_name(certificate, subject) == 1 &&
             X509_add1_ext_i2d(certificate, NID_basic_constraints, constraints, 1, 0) == 1 &&
             pki_add_usage(certificate, usage, COUNT_OF(usage)) && pki_add_key_ids(certificate, certificate);
    ASN1_INTEGER_free(depth);
    BASIC_CONSTRAINTS_free(constraints);
    return filled;
}

/* The key comes last: it is what makes the folder a CA, so that an attempt that broke off can be made again. */
static enum result write_ca(const struct pki_ca *ca, int64_t now_s, struct error *err)
{
    struct certs_path key = {0};
    struct certs_path path = {0};
    TRY(certs_path_join(ca->folder, "ca.key", &key, err));
    ENSURE(access(key.text, F_OK) != 0, err, FAULT_CONFLICT, key.text, "bestaat al en wordt niet overschreven");
    TRY(certs_path_join(ca->folder, "index.txt", &path, err));
    TRY(certs_file_replace(path.text, 0644, slice_of(NULL, 0), err));
    TRY(certs_path_join(ca->folder, "ca.pem", &path, err));
    TRY(pki_write_certificate(ca->certificate, path.text, err));
    TRY(pki_crl_write(ca, now_s, PKI_CRL_DAYS, err));
    return pki_write_key(ca->key, key.text, err);
}

enum result pki_create(const char *folder, const char *name, int64_t now_s, int64_t days, struct error *err)
{
    TRY(check_text(name, "naam", PKI_NAME_MAX, err));
    ENSURE(days >= 1 && days <= PKI_DAYS_MAX, err, FAULT_INVALID, "dagen", "toegestaan is 1 tot en met %d",
           PKI_DAYS_MAX);
    TRY(check_dates(now_s, now_s + days * SECONDS_PER_DAY, err));
    CLEANUP(pki_ca_close) struct pki_ca ca = {.lock = -1};
    TRY(pki_ca_lock(folder, true, &ca, err));
    TRY(new_key(&ca.key, err));
    TRY(pki_blank(ca.key, now_s, now_s + days * SECONDS_PER_DAY, &ca.certificate, err));
    ENSURE(fill_ca(ca.certificate, name) && X509_sign(ca.certificate, ca.key, EVP_sha256()) > 0, err, FAULT_INVALID,
           "naam", "met deze naam kan geen certificaat worden opgesteld");
    return write_ca(&ca, now_s, err);
}

static bool is_dns_name(const char *host)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";
    const size_t len = strlen(host);
    return len >= 1 && len <= DNS_NAME_MAX && strspn(host, allowed) == len && host[0] != '.' && host[0] != '-';
}

static GENERAL_NAME *name_of_type(int type, int string_type, const void *bytes, size_t len)
{
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_STRING *value = ASN1_STRING_type_new(string_type);
    if (name == NULL || value == NULL || ASN1_STRING_set(value, bytes, (int)len) != 1) {
        GENERAL_NAME_free(name);
        ASN1_STRING_free(value);
        return NULL;
    }
    GENERAL_NAME_set0_value(name, type, value);
    return name;
}

static GENERAL_NAME *host_name(const char *host)
{
    uint8_t address[16];
    if (inet_pton(AF_INET, host, address) == 1) {
        return name_of_type(GEN_IPADD, V_ASN1_OCTET_STRING, address, 4);
    }
    if (inet_pton(AF_INET6, host, address) == 1) {
        return name_of_type(GEN_IPADD, V_ASN1_OCTET_STRING, address, 16);
    }
    return name_of_type(GEN_DNS, V_ASN1_IA5STRING, host, strlen(host));
}

static bool add_hosts(X509 *certificate, const struct pki_request *request)
{
    CLEANUP(general_names_drop) GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
    for (size_t i = 0; names != NULL && i < request->host_count; i++) {
        GENERAL_NAME *name = host_name(request->hosts[i]);
        if (name == NULL || sk_GENERAL_NAME_push(names, name) == 0) {
            GENERAL_NAME_free(name);
            return false;
        }
    }
    return names != NULL && X509_add1_ext_i2d(certificate, NID_subject_alt_name, names, 0, 0) == 1;
}

static bool add_crl_address(X509 *certificate, const char *url)
{
    if (url == NULL) {
        return true;
    }
    CRL_DIST_POINTS *points = sk_DIST_POINT_new_null();
    DIST_POINT *point = DIST_POINT_new();
    DIST_POINT_NAME *where = DIST_POINT_NAME_new();
    GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
    GENERAL_NAME *name = name_of_type(GEN_URI, V_ASN1_IA5STRING, url, strlen(url));
    bool added = points != NULL && point != NULL && where != NULL && names != NULL && name != NULL;
    if (added && sk_GENERAL_NAME_push(names, name) != 0) {
        name = NULL;
        where->type = 0;
        where->name.fullname = names;
        names = NULL;
        point->distpoint = where;
        where = NULL;
        added = sk_DIST_POINT_push(points, point) != 0;
        point = added ? NULL : point;
        added = added && X509_add1_ext_i2d(certificate, NID_crl_distribution_points, points, 0, 0) == 1;
    }
    GENERAL_NAME_free(name);
    GENERAL_NAMES_free(names);
    DIST_POINT_NAME_free(where);
    DIST_POINT_free(point);
    CRL_DIST_POINTS_free(points);
    return added;
}

static bool add_purposes(X509 *certificate)
{
    static const int usage[] = {0};
    EXTENDED_KEY_USAGE *purposes = sk_ASN1_OBJECT_new_null();
    BASIC_CONSTRAINTS *constraints = BASIC_CONSTRAINTS_new();
    const bool added = purposes != NULL && constraints != NULL &&
                       sk_ASN1_OBJECT_push(purposes, OBJ_nid2obj(NID_server_auth)) != 0 &&
                       sk_ASN1_OBJECT_push(purposes, OBJ_nid2obj(NID_client_auth)) != 0 &&
                       X509_add1_ext_i2d(certificate, NID_basic_constraints, constraints, 1, 0) == 1 &&
                       pki_add_usage(certificate, usage, COUNT_OF(usage)) &&
                       X509_add1_ext_i2d(certificate, NID_ext_key_usage, purposes, 0, 0) == 1;
    sk_ASN1_OBJECT_free(purposes); /* the two objects are OpenSSL's own constants */
    BASIC_CONSTRAINTS_free(constraints);
    return added;
}

static bool name_subject(X509 *certificate, const struct pki_request *request)
{
    X509_NAME *subject = X509_get_subject_name(certificate);
    const char *host = request->hosts[0];
    return pki_name_add(subject, NID_countryName, "NL") &&
           pki_name_add(subject, NID_organizationName, request->organisation) &&
           (!oin_is_set(&request->oin) || pki_name_add(subject, NID_serialNumber, request->oin.digits)) &&
           (strlen(host) > PKI_NAME_MAX || pki_name_add(subject, NID_commonName, host));
}

static enum result check_request(const struct pki_request *request, struct error *err)
{
    struct oin oin;
    ENSURE(!oin_is_set(&request->oin) || oin_parse(slice_text(request->oin.digits), &oin), err, FAULT_INVALID, "oin",
           "is geen getal van %d cijfers", OIN_DIGITS);
    TRY(check_text(request->organisation, "organisatie", PKI_NAME_MAX, err));
    ENSURE(request->host_count >= 1 && request->host_count <= PKI_HOSTS_MAX, err, FAULT_INVALID, "hosts",
           "toegestaan zijn 1 tot en met %d hosts", PKI_HOSTS_MAX);
    for (size_t i = 0; i < request->host_count; i++) {
        uint8_t address[16];
        ENSURE(is_dns_name(request->hosts[i]) || inet_pton(AF_INET6, request->hosts[i], address) == 1, err,
               FAULT_INVALID, "hosts", "host %zu is geen DNS-naam en geen IP-adres", i + 1);
    }
    if (request->crl_url != NULL) {
        TRY(check_text(request->crl_url, "crl", PKI_URL_MAX, err));
    }
    return check_dates(request->not_before_s, request->not_after_s, err);
}

static enum result write_issued(const struct pki_ca *ca, const struct pki_request *request, X509 *certificate,
                                EVP_PKEY *key, struct error *err)
{
    char serial[2 * PKI_SERIAL_BYTES + 2];
    ENSURE(ossl_serial_text(X509_get0_serialNumber(certificate), serial, sizeof serial), err, FAULT_INTERNAL,
           "certificaat", "het serienummer is onleesbaar");
    TRY(pki_index_add(ca, serial, &request->oin, err));
    TRY(pki_write_key(key, request->key_file, err));
    if (pki_write_certificate(certificate, request->certificate_file, err) != RESULT_OK) {
        (void)unlink(request->key_file); /* ours, just made; left behind it would stop the next attempt */
        return RESULT_FAILED;
    }
    return RESULT_OK;
}

enum result pki_issue(const char *folder, const struct pki_request *request, struct error *err)
{
    TRY(check_request(request, err));
    CLEANUP(pki_ca_close) struct pki_ca ca = {.lock = -1};
    CLEANUP(pkey_drop) EVP_PKEY *key = NULL;
    CLEANUP(x509_drop) X509 *certificate = NULL;
    TRY(pki_ca_open(folder, &ca, err));
    TRY(new_key(&key, err));
    TRY(pki_blank(key, request->not_before_s, request->not_after_s, &certificate, err));
    ENSURE(name_subject(certificate, request), err, FAULT_INVALID, "organisatie",
           "met deze naam kan geen certificaat worden opgesteld");
    ENSURE(X509_set_issuer_name(certificate, X509_get_subject_name(ca.certificate)) == 1 && add_purposes(certificate) &&
               add_hosts(certificate, request) && add_crl_address(certificate, request->crl_url) &&
               pki_add_key_ids(certificate, ca.certificate) && X509_sign(certificate, ca.key, EVP_sha256()) > 0,
           err, FAULT_NO_MEMORY, "certificaat", "kan niet worden opgesteld");
    return write_issued(&ca, request, certificate, key, err);
}
