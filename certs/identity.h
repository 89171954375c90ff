/*
 * identity.h - who is on the other end: the organisation in an X.509 certificate.
 *
 * A node's identity is the OIN (20 digits) in its certificate's subject serialNumber, the organisation name in O, the
 * host in subjectAltName (PKIoverheid programme of requirements). What a body says about
 * identity is never believed.
 * Ownership: value types. Thread: any. Faults: FAULT_CERTIFICATE with what is missing.
 */
#ifndef KETENBRUG_CERTS_IDENTITY_H
#define KETENBRUG_CERTS_IDENTITY_H

#include <stdint.h>

#include "base/fault.h"
#include "base/oin.h"

struct x509_st; /* OpenSSL's X509 */

enum { ORGANISATION_MAX = 128, HOST_MAX = 256 };

struct cert_identity {
    struct oin oin;
    char organisation[ORGANISATION_MAX]; /* UTF-8 */
    char host[HOST_MAX];                 /* first DNS name or IP address in subjectAltName */
    int64_t not_before_s;                /* seconds since 1970 */
    int64_t not_after_s;
    char serial[48]; /* certificate serial number, hex */
};

MUST_USE enum result identity_of(struct x509_st *certificate, struct cert_identity *out, struct error *err);
/* The first certificate of a PEM file. */
MUST_USE enum result identity_of_file(const char *path, struct cert_identity *out, struct error *err);

#endif
