/*
 * pki.h - a certificate authority for development and tests. Not for production: there PKIoverheid issues.
 *
 * A CA is a folder: ca.pem, ca.key (0600), ca.crl (DER) and index.txt (one line per issued certificate: serial, OIN or
 * "-", "geldig" or the moment of revocation in seconds since 1970). Certificates are ECDSA P-256, carry OIN, O, SAN,
 * key usage for both TLS sides and a CRL distribution point. Does:      every file whole or not at all, flushed to
 * disk; a certificate is in the index before it exists, so that none can be out there that cannot be revoked. Thread:
 * any; processes that change one folder wait for each other. Faults:    FAULT_IO, FAULT_INVALID (what a request may
 * hold), FAULT_CONFLICT (there already), FAULT_NOT_FOUND (a certificate of somebody else), FAULT_CERTIFICATE (a file of
 * the CA that cannot be read).
 */
#ifndef KETENBRUG_CERTS_PKI_H
#define KETENBRUG_CERTS_PKI_H

#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/oin.h"

enum {
    PKI_CRL_DAYS = 30,     /* of the CRL that pki_create and pki_revoke write */
    PKI_DAYS_MAX = 36500,  /* of a CA or a CRL */
    PKI_HOSTS_MAX = 16,    /* in one certificate */
    PKI_NAME_MAX = 64,     /* characters in O and CN (RFC 5280, upper bounds) */
    PKI_INDEX_MAX = 65536, /* certificates of one CA */
    PKI_URL_MAX = 512
};

struct pki_request {
    struct oin oin; /* empty: a certificate without OIN, which only tests ask for */
    const char *organisation;
    const char *const *hosts; /* DNS names or IP addresses */
    size_t host_count;
    const char *crl_url;  /* CRL distribution point, may be NULL */
    int64_t not_before_s; /* seconds since 1970 */
    int64_t not_after_s;
    const char *certificate_file; /* written 0644 */
    const char *key_file;         /* written 0600, never overwritten */
};

/* Makes the folder when it is not there; a CA that is there already is FAULT_CONFLICT. */
MUST_USE enum result pki_create(const char *folder, const char *name, int64_t now_s, int64_t days, struct error *err);
MUST_USE enum result pki_issue(const char *folder, const struct pki_request *request, struct error *err);
/* By certificate file; writes a new CRL. Revoking twice is FAULT_CONFLICT. */
MUST_USE enum result pki_revoke(const char *folder, const char *certificate_file, int64_t now_s, struct error *err);
/* Signs the revocation list anew, valid `days` from now: an expired CRL means that every status is unknown. */
MUST_USE enum result pki_publish_crl(const char *folder, int64_t now_s, int64_t days, struct error *err);

#endif
