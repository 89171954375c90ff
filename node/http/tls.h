/*
 * tls.h - TLS 1.3 for the server side, over memory: the one file of this room that knows OpenSSL.
 *
 * Does:      turns ciphertext that the connection read into plaintext, and plaintext into ciphertext appended to a
 *            buffer. Demands ALPN h2.
 * Does not:  touch a socket, or decide whom to trust: certs/trust.h makes the context.
 * Ownership: tls_acceptor_new/free, tls_new/tls_free. A tls borrows the output buffer; it may outlive the acceptor's
 *            context but not the acceptor.
 * Thread:    the loop's.
 * Faults:    FAULT_CERTIFICATE and FAULT_NO_MEMORY when opening; a bad peer is TLS_BROKEN.
 */
#ifndef KETENBRUG_HTTP_TLS_H
#define KETENBRUG_HTTP_TLS_H

#include "base/buf.h"
#include "certs/trust.h"

struct tls_acceptor;
struct tls;

enum tls_step {
    TLS_DONE,   /* handshake: finished; read: `len` bytes came */
    TLS_WAIT,   /* more ciphertext is needed */
    TLS_ENDED,  /* the peer said goodbye */
    TLS_BROKEN, /* the connection is of no use; an alert may stand in the output */
};

MUST_USE enum result tls_acceptor_new(const struct trust *trust, enum trust_side side, struct tls_acceptor **out,
                                      struct error *err);
/* A new context for new connections; on failure the old one stays. */
MUST_USE enum result tls_acceptor_renew(struct tls_acceptor *acceptor, const struct trust *trust, struct error *err);
void tls_acceptor_free(struct tls_acceptor *acceptor);

/* Ciphertext for the peer is appended to `out`. NULL: no memory. */
MUST_USE struct tls *tls_new(struct tls_acceptor *acceptor, struct buf *out);
void tls_free(struct tls *tls);
/* What the peer sent; read until TLS_WAIT before `bytes` ends. */
void tls_input(struct tls *tls, struct slice bytes);
/* `why` (never NULL after) says in Dutch what was wrong when TLS_BROKEN. */
MUST_USE enum tls_step tls_handshake(struct tls *tls, const char **why);
/* After the handshake, before tls_settle: who the peer is. */
MUST_USE enum result tls_peer(const struct tls *tls, struct cert_identity *out, struct error *err);
/* Once, after the handshake: keeps of it only what tls_verify needs, which is a third of what OpenSSL holds for a
 * connection. False: no memory; the connection is of no use. */
MUST_USE bool tls_settle(struct tls *tls, struct tls_acceptor *acceptor);
MUST_USE enum tls_step tls_read(struct tls *tls, uint8_t *out, size_t room, size_t *len);
/* Since the last call: how often the peer took new keys, and how many of its records held nothing to read. */
struct tls_idle {
    uint32_t key_updates;
    uint32_t empty_records;
};
struct tls_idle tls_take_idle(struct tls *tls);
MUST_USE bool tls_write(struct tls *tls, struct slice plain);
void tls_goodbye(struct tls *tls);
/* Whether the peer's certificate is still good; after tls_settle. */
MUST_USE enum result tls_verify(const struct tls *tls, const struct trust *trust, struct error *err);

#endif
