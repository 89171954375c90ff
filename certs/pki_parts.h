/*
 * pki_parts.h - inside certs/ only: an opened CA folder, its index, and what certificates and CRLs have in common.
 */
#ifndef KETENBRUG_CERTS_PKI_PARTS_H
#define KETENBRUG_CERTS_PKI_PARTS_H

#include "base/buf.h"
#include "certs/file.h"
#include "certs/ossl.h"
#include "certs/pki.h"

enum {
    PKI_SERIAL_BYTES = 16,
    PKI_LINE_MAX = 96, /* bytes in a line of the index: serial, OIN, moment */
};

struct pki_ca {
    const char *folder;
    int lock; /* held until pki_ca_close */
    X509 *certificate;
    EVP_PKEY *key;
};

void pki_ca_close(struct pki_ca *ca); /* for CLEANUP on a struct whose lock is -1 or held */
/* Waits for the folder, makes it when asked, reads nothing. */
MUST_USE enum result pki_ca_lock(const char *folder, bool make, struct pki_ca *out, struct error *err);
/* Locks and reads certificate and key. */
MUST_USE enum result pki_ca_open(const char *folder, struct pki_ca *out, struct error *err);

/* Adds one issued certificate to the index. */
MUST_USE enum result pki_index_add(const struct pki_ca *ca, const char *serial, const struct oin *oin,
                                   struct error *err);
/* Marks it: FAULT_NOT_FOUND, FAULT_CONFLICT when it was marked before. */
MUST_USE enum result pki_index_revoke(const struct pki_ca *ca, const char *serial, int64_t now_s, struct error *err);
/* Hands every revoked serial and its moment to `each`. */
MUST_USE enum result pki_index_each_revoked(const struct pki_ca *ca,
                                            enum result (*each)(void *ctx, const char *serial, int64_t at_s,
                                                                struct error *err),
                                            void *ctx, struct error *err);

MUST_USE enum result pki_crl_write(const struct pki_ca *ca, int64_t now_s, int64_t days, struct error *err);

/* X.509 version 3 with a random serial, the key and the dates; subject, issuer and extensions are the caller's. */
MUST_USE enum result pki_blank(EVP_PKEY *key, int64_t not_before_s, int64_t not_after_s, X509 **out, struct error *err);
MUST_USE bool pki_name_add(X509_NAME *name, int nid, const char *text);
/* Key usage bits as in RFC 5280 section 4.2.1.3: 0 digitalSignature, 5 keyCertSign, 6 cRLSign. */
MUST_USE bool pki_add_usage(X509 *certificate, const int *bits, size_t count);
MUST_USE bool pki_add_key_ids(X509 *certificate, X509 *issuer);
MUST_USE enum result pki_write_key(EVP_PKEY *key, const char *path, struct error *err);
MUST_USE enum result pki_write_certificate(X509 *certificate, const char *path, struct error *err);

#endif
