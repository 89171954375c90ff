/*
 * trust_parts.h - inside certs/ only: what a trust holds.
 */
#ifndef KETENBRUG_CERTS_TRUST_PARTS_H
#define KETENBRUG_CERTS_TRUST_PARTS_H

#include <stdbool.h>

#include "certs/identity.h"
#include "certs/ossl.h"
#include "certs/trust.h"

struct trust {
    STACK_OF(X509) * anchors;
    X509_STORE *store;      /* anchors, CRLs and what to check; shared by reference with every context */
    STACK_OF(X509) * chain; /* own certificate first */
    EVP_PKEY *key;
    bool checks_revocation;
    bool has_identity;
    struct cert_identity identity;
};

/* Bits of security that every signature and key in a chain must have: RSA 2048, P-256, SHA-256 and better. */
enum { TRUST_SECURITY_LEVEL = 2 };

#endif
