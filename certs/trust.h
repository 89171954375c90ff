/*
 * trust.h - trust anchors and revocation lists, and TLS contexts made from them.
 *
 * Does:      loads anchors (PEM) and CRLs (PEM or DER) and makes server and client TLS 1.3 contexts that demand a
 *            certificate of the other side which chains to an anchor, is within its dates and is not on a CRL. A chain
 *            whose issuer has no current CRL has unknown status and is refused (protocol.md, Who is there).
 * Does not:  decide whether an organisation is a partner: that is the covenant's.
 * Ownership: trust_load gives, trust_free takes. A context keeps what it needs; it may outlive the trust.
 * Thread:    an instance is read-only after loading; reload makes a new one.
 * Faults:    FAULT_IO, FAULT_CERTIFICATE, naming the file.
 */
#ifndef KETENBRUG_CERTS_TRUST_H
#define KETENBRUG_CERTS_TRUST_H

#include "base/fault.h"
#include "certs/identity.h"

struct ssl_ctx_st; /* OpenSSL's SSL_CTX */
struct trust;

struct trust_files {
    const char *anchors;     /* PEM, one or more CA certificates */
    const char *crl_folder;  /* every *.crl (DER) and *.pem file in it; NULL only for a side that asks no certificate */
    const char *certificate; /* own chain, PEM */
    const char *key;         /* own private key, PEM; refused when group or others may read it */
};

MUST_USE enum result trust_load(const struct trust_files *files, struct trust **out, struct error *err);
void trust_free(struct trust *trust);

enum trust_side {
    TRUST_SERVER_MUTUAL, /* demands a client certificate */
    TRUST_SERVER_OPEN,   /* asks for none: the desk */
    TRUST_CLIENT,        /* offers its certificate, checks the server's chain, CRL and host */
};

/* A new SSL_CTX: TLS 1.3 only, ALPN h2 (server side refuses a client that does not offer it), no session tickets
 * that would outlive a revocation, no compression. The caller frees it with SSL_CTX_free. */
MUST_USE enum result trust_context(const struct trust *trust, enum trust_side side, struct ssl_ctx_st **out,
                                   struct error *err);
const struct cert_identity *trust_own_identity(const struct trust *trust);

/* Verifies a certificate again, now: after a reload, connections of a since revoked peer are closed. */
MUST_USE enum result trust_verify(const struct trust *trust, struct x509_st *certificate, struct error *err);

#endif
