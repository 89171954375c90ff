/*
 * jws.h - what an organisation signs outside its node: compact JSON Web Signatures (RFC 7515), and whose they are.
 *
 * Does:      signs with a key from a file; opens a signature with the certificate that travels beside it: algorithm from
 *            the list per kind of key (RFC 7518, section 3: RS256/384/512, PS256/384/512 with RSA of 2048 to 4096 bits,
 *            ES256/384/512 each with its own curve), `x5t#S256` (RFC 7515, 4.1.8) the certificate's thumbprint. A header
 *            holds `alg`, `x5t#S256` and perhaps `typ`: anything else is refused, so `crit`, `jwk`, `jku`, `x5u` too, as
 *            the FSC standard asks.
 * Does not:  know what is signed. jws_open says that this certificate's key signed; jws_trust, whether to believe the
 *            certificate.
 * Ownership: values and the caller's buffers. Thread: any.
 * Faults:    FAULT_INVALID (no such signature), FAULT_UNPROVEN (it does not hold), FAULT_CERTIFICATE, FAULT_IO,
 *            FAULT_NO_MEMORY. `where` is a word of ours, never of the input.
 */
#ifndef KETENBRUG_CERTS_JWS_H
#define KETENBRUG_CERTS_JWS_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/slice.h"
#include "certs/identity.h"

struct trust;

/* Signs with the key in that file, and appends the compact form; the certificate's text is appended to `pem`. */
MUST_USE enum result jws_sign(const char *certificate_file, const char *key_file, struct slice payload, struct buf *out,
                              struct buf *pem, struct error *err);
/* The payload is appended to `payload`; `signer` is what the certificate says, not yet believed. */
MUST_USE enum result jws_open(struct slice compact, struct slice pem, struct buf *payload, struct cert_identity *signer,
                              struct error *err);
/* The certificates of that text and nothing else, in the one form that is kept and handed on: what may stand between them
 * in PEM is left out. */
MUST_USE enum result jws_certificates(struct slice pem, struct buf *out, struct error *err);
/* The certificate chains to the anchors, was valid at `at_s`, may sign, is not revoked by what is known at `now_s`,
 * and its key is not that of this node's TLS. Seconds since 1970. */
MUST_USE enum result jws_trust(const struct trust *trust, struct slice pem, int64_t at_s, int64_t now_s,
                               struct error *err);

#endif
