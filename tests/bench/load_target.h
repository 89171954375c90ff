/*
 * load_target.h - where the load goes: an https URL on this machine, and the TLS to get there.
 *
 * Does:      refuses every host that is not loopback: a load generator pointed elsewhere is a weapon.
 * Ownership: load_target_open/close pair. Thread: one at a time. Faults: FAULT_USAGE, FAULT_IO, FAULT_CERTIFICATE.
 */
#ifndef KETENBRUG_BENCH_LOAD_TARGET_H
#define KETENBRUG_BENCH_LOAD_TARGET_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

#include <openssl/ssl.h>

#include "base/fault.h"

enum { TARGET_HOST_MAX = 255, TARGET_PATH_MAX = 1023 };

struct load_target {
    char host[TARGET_HOST_MAX + 1];
    char authority[TARGET_HOST_MAX + 16];
    char path[TARGET_PATH_MAX + 1];
    bool literal; /* the host is an address, not a name */
    struct sockaddr_storage address;
    socklen_t address_len;
    struct sockaddr_in from; /* 127.x.y.z; family 0: the system chooses */
    SSL_CTX *tls;
};

/* https://HOST[:PORT]/PATH; HOST is localhost, a name under .localhost (RFC 6761), 127.x.y.z or [::1]. */
MUST_USE enum result load_target_parse(const char *url, struct load_target *out, struct error *err);
/* Reads the files (PEM) and makes the TLS 1.3 context with ALPN h2. */
MUST_USE enum result load_target_tls(struct load_target *target, const char *ca, const char *certificate,
                                     const char *key, struct error *err);
/* From which of this machine's addresses (127.x.y.z) it connects. */
MUST_USE enum result load_target_from(struct load_target *target, const char *address, struct error *err);
/* A connected socket that blocks; -1: none. */
MUST_USE int load_target_socket(const struct load_target *target, struct error *err);
/* A connected socket after the handshake, checked for h2 and made non-blocking. */
MUST_USE enum result load_target_connect(const struct load_target *target, SSL **out, struct error *err);
void load_target_close(struct load_target *target);

#endif
