/*
 * pki.h - a certificate authority for development and tests. Not for production: there PKIoverheid issues.
 *
 * A CA is a folder: ca.pem, ca.key (0600), ca.crl (DER) and index.txt (one line per issued certificate: serial, OIN,
 * state). Certificates are ECDSA P-256, carry OIN, O, SAN, key usage for both TLS sides and a CRL distribution point.
 * Thread: any, one process at a time per folder. Faults: FAULT_IO, FAULT_INVALID, FAULT_CONFLICT.
 */
#ifndef KETENBRUG_CERTS_PKI_H
#define KETENBRUG_CERTS_PKI_H

#include <stdint.h>

#include "base/fault.h"
#include "base/oin.h"

struct pki_request {
    struct oin oin;            /* empty: a certificate without OIN, which only tests ask for */
    const char *organisation;
    const char *const *hosts;  /* DNS names or IP addresses */
    size_t host_count;
    const char *crl_url;       /* CRL distribution point, may be NULL */
    int64_t not_before_s;      /* seconds since 1970 */
    int64_t not_after_s;
    const char *certificate_file; /* written 0644 */
    const char *key_file;         /* written 0600, never overwritten */
};

MUST_USE enum result pki_create(const char *folder, const char *name, int64_t now_s, int64_t days, struct error *err);
MUST_USE enum result pki_issue(const char *folder, const struct pki_request *request, struct error *err);
/* By certificate file; writes a new CRL. Revoking twice is FAULT_CONFLICT. */
MUST_USE enum result pki_revoke(const char *folder, const char *certificate_file, int64_t now_s, struct error *err);
/* Signs the revocation list anew, valid `days` from now: an expired CRL means that every status is unknown. */
MUST_USE enum result pki_publish_crl(const char *folder, int64_t now_s, int64_t days, struct error *err);

#endif
