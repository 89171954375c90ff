/*
 * jws_parts.h - inside certs/ only: the certificate beside a signature, as text and as a chain.
 *
 * Ownership: jws_chain_read gives. Thread: any. Faults: FAULT_CERTIFICATE, FAULT_TOO_LARGE, FAULT_NO_MEMORY.
 */
#ifndef KETENBRUG_CERTS_JWS_PARTS_H
#define KETENBRUG_CERTS_JWS_PARTS_H

#include <openssl/ecdsa.h>

#include "base/buf.h"
#include "base/slice.h"
#include "certs/ossl.h"

OSSL_DROP(md_ctx, EVP_MD_CTX, EVP_MD_CTX_free)
OSSL_DROP(ecdsa, ECDSA_SIG, ECDSA_SIG_free)

enum { JWS_CHAIN_MAX = 4 }; /* the signer's own first */

MUST_USE enum result jws_chain_read(struct slice pem, STACK_OF(X509) * *out, struct error *err);
MUST_USE enum result jws_chain_write(const STACK_OF(X509) * chain, struct buf *out, struct error *err);

#endif
