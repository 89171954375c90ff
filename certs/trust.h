/*
 * trust.h - trust anchors and revocation lists, and TLS contexts made from them.
 *
 * Does:      loads anchors (PEM) and CRLs (PEM or DER) and makes server and client TLS 1.3 contexts that demand a
 *            certificate of the other side which chains to an anchor, is within its dates and is not on a CRL. A chain
 *            whose issuer has no current CRL has unknown status and is refused.
 *            So is a certificate without an organisation in it (identity_of): both inside the handshake, so that after
 *            a finished handshake identity_of on the other side's certificate succeeds.
 * Does not:  decide whether an organisation is a partner: that is the covenant's.
 * Ownership: trust_load gives, trust_free takes. A context keeps what it needs; it may outlive the trust.
 * Thread:    an instance is read-only after loading; reload makes a new one.
 * Faults:    FAULT_IO, FAULT_CERTIFICATE, naming the file.
 */
#ifndef KETENBRUG_CERTS_TRUST_H
#define KETENBRUG_CERTS_TRUST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/oin.h"
#include "certs/identity.h"

struct ssl_ctx_st; /* OpenSSL's SSL_CTX */
struct trust;

struct trust_files {
    const char *anchors;     /* PEM, one or more CA certificates */
    const char *crl_folder;  /* every *.crl file in it, DER or PEM, at least one; other files are not read. NULL only
                                where no certificate is asked for: then TRUST_SERVER_OPEN is the only side there is */
    const char *certificate; /* own chain, PEM */
    const char *key;         /* own private key, PEM; refused when group or others may read it */
};

enum { TRUST_CRLS_MAX = 256 }; /* files in the folder */

MUST_USE enum result trust_load(const struct trust_files *files, struct trust **out, struct error *err);
/* Another holder of the same content, with a life of its own; NULL when memory is out. */
MUST_USE struct trust *trust_share(const struct trust *trust);
void trust_free(struct trust *trust);

enum trust_side {
    TRUST_SERVER_MUTUAL, /* demands a client certificate */
    TRUST_SERVER_OPEN,   /* asks for none: the desk */
    TRUST_CLIENT,        /* offers its certificate, checks the server's chain and CRL; the caller sets the host that
                            must be in subjectAltName (SSL_set1_host), because it differs per connection */
};

/* A new SSL_CTX: TLS 1.3 only, ALPN h2 (server side refuses a client that does not offer it), no session tickets
 * and no resumption, which would outlive a revocation, no compression. The caller frees it with SSL_CTX_free. */
MUST_USE enum result trust_context(const struct trust *trust, enum trust_side side, struct ssl_ctx_st **out,
                                   struct error *err);
/* The same for a context that somebody else made (libcurl): everything that matters is set, whatever was set before. */
MUST_USE enum result trust_configure(const struct trust *trust, enum trust_side side, struct ssl_ctx_st *context,
                                     struct error *err);
/* From now on this context accepts only certificates of that organisation. `expected` is borrowed: it must outlive
 * every connection of the context. */
struct trust_expected {
    struct oin oin;    /* empty: any organisation */
    uint32_t refusals; /* times that the other side broke off with a TLS alert: in TLS 1.3 a client learns only after
                          its handshake that its certificate was refused */
    uint32_t cuts;     /* times that the connection was lost during the handshake, without a word from either side */
};

void trust_expect(struct ssl_ctx_st *context, struct trust_expected *expected);

/* What SSL_get_verify_result says when chain, dates and CRL were right but the certificate names no organisation, or
 * not the expected one. OpenSSL's X509_V_ERR_APPLICATION_VERIFICATION, which it never sets by itself. */
enum { TRUST_VERIFY_OIN = 50 };
/* Why a verification result (SSL_get_verify_result) refused a certificate, in Dutch, for a log line. */
const char *trust_refusal(long verify_result);

struct trust_dates { /* seconds since 1970; INT64_MAX: none */
    int64_t own_until;
    int64_t anchors_until; /* the first anchor that expires */
    int64_t crls_until;    /* the first revocation list that is out of date: from then on nobody is admitted by it */
};

struct trust_dates trust_dates(const struct trust *trust);

/* NULL when only TRUST_SERVER_OPEN is possible and the own certificate names no organisation. */
const struct cert_identity *trust_own_identity(const struct trust *trust);

/* The own chain as partners verify it, as a server and as a client, by our anchors and CRLs, now. */
MUST_USE enum result trust_verify_own(const struct trust *trust, struct error *err);
/* The own certificate is good for this host name or address (subjectAltName). */
bool trust_own_names(const struct trust *trust, const char *host);

/* Verifies a certificate again, now: after a reload, connections of a since revoked peer are closed. Of a TLS client;
 * through the anchors alone: a peer whose chain has an intermediate needs that one among the anchors. */
MUST_USE enum result trust_verify(const struct trust *trust, struct x509_st *certificate, struct error *err);

#endif
