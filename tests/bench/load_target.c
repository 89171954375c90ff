#include "bench/load_target.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include <openssl/x509v3.h>

enum { CONNECT_SECONDS = 10, READ_AHEAD_BYTES = 65536 };

static bool is_local_name(const char *host)
{
    const char *tail = ".localhost";
    const size_t len = strlen(host);
    return strcmp(host, "localhost") == 0 || (len > strlen(tail) && strcmp(host + len - strlen(tail), tail) == 0);
}

static enum result set_address(struct load_target *t, uint16_t port, struct error *err)
{
    struct in_addr v4 = {0};
    struct in6_addr v6;
    const bool name = is_local_name(t->host);
    t->literal = !name;
    if (name || inet_pton(AF_INET, t->host, &v4) == 1) {
        struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};
        in.sin_addr.s_addr = name ? htonl(INADDR_LOOPBACK) : v4.s_addr;
        ENSURE(ntohl(in.sin_addr.s_addr) >> 24 == 127, err, FAULT_USAGE, "--url", "alleen adressen van deze machine");
        memcpy(&t->address, &in, sizeof in);
        t->address_len = sizeof in;
        return RESULT_OK;
    }
    ENSURE(inet_pton(AF_INET6, t->host, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6), err, FAULT_USAGE, "--url",
           "alleen adressen van deze machine: localhost, *.localhost, 127.0.0.1, [::1]");
    const struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = v6};
    memcpy(&t->address, &in6, sizeof in6);
    t->address_len = sizeof in6;
    return RESULT_OK;
}

enum result load_target_parse(const char *url, struct load_target *out, struct error *err)
{
    static const char scheme[] = "https://";
    ENSURE(strncmp(url, scheme, strlen(scheme)) == 0, err, FAULT_USAGE, "--url", "begint met https://");
    const char *authority = url + strlen(scheme);
    const size_t authority_len = strcspn(authority, "/?#");
    const char *path = authority + authority_len;
    ENSURE(authority_len > 0 && authority_len < sizeof out->authority && strlen(path) <= TARGET_PATH_MAX, err,
           FAULT_USAGE, "--url", "host ontbreekt of het adres is te lang");
    struct load_target t = {0};
    memcpy(t.authority, authority, authority_len);
    (void)snprintf(t.path, sizeof t.path, "%s", path[0] == '/' ? path : "/");
    const bool bracket = t.authority[0] == '[';
    const char *host_end = bracket ? strchr(t.authority, ']') : t.authority + strcspn(t.authority, ":");
    ENSURE(host_end != NULL && host_end > t.authority, err, FAULT_USAGE, "--url", "host ontbreekt");
    const char *host = t.authority + bracket;
    const char *port_text = host_end + bracket;
    ENSURE((size_t)(host_end - host) <= TARGET_HOST_MAX, err, FAULT_USAGE, "--url", "host is te lang");
    memcpy(t.host, host, (size_t)(host_end - host));
    unsigned long port = 443;
    if (*port_text != '\0') {
        char *end = NULL;
        port = port_text[0] == ':' && port_text[1] >= '0' && port_text[1] <= '9' ? strtoul(port_text + 1, &end, 10) : 0;
        ENSURE(port >= 1 && port <= 65535 && *end == '\0', err, FAULT_USAGE, "--url", "poort is 1 tot en met 65535");
    }
    TRY(set_address(&t, (uint16_t)port, err));
    *out = t;
    return RESULT_OK;
}

enum result load_target_tls(struct load_target *target, const char *ca, const char *certificate, const char *key,
                            struct error *err)
{
    static const unsigned char alpn[] = "\x02h2";
    SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
    ENSURE(tls != NULL, err, FAULT_NO_MEMORY, "", "geen geheugen");
    target->tls = tls;
    SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    /* One read call for many records: system calls are what a loopback benchmark would otherwise measure. */
    SSL_CTX_set_read_ahead(tls, 1);
    SSL_CTX_set_default_read_buffer_len(tls, READ_AHEAD_BYTES);
    ENSURE(SSL_CTX_set_min_proto_version(tls, TLS1_3_VERSION) == 1, err, FAULT_INTERNAL, "", "TLS 1.3 ontbreekt");
    ENSURE(SSL_CTX_set_alpn_protos(tls, alpn, sizeof alpn - 1) == 0, err, FAULT_NO_MEMORY, "", "geen geheugen");
    ENSURE(SSL_CTX_load_verify_locations(tls, ca, NULL) == 1, err, FAULT_IO, ca, "geen leesbare CA (PEM)");
    if (certificate != NULL) {
        ENSURE(SSL_CTX_use_certificate_chain_file(tls, certificate) == 1, err, FAULT_IO, certificate,
               "geen leesbaar certificaat (PEM)");
        ENSURE(SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) == 1, err, FAULT_IO, key,
               "geen leesbare sleutel (PEM) bij dit certificaat");
    }
    return RESULT_OK;
}

enum result load_target_from(struct load_target *target, const char *address, struct error *err)
{
    struct sockaddr_in from = {.sin_family = AF_INET};
    ENSURE(inet_pton(AF_INET, address, &from.sin_addr) == 1 && ntohl(from.sin_addr.s_addr) >> 24 == 127, err,
           FAULT_USAGE, address, "alleen adressen van deze machine");
    target->from = from;
    return RESULT_OK;
}

int load_target_socket(const struct load_target *target, struct error *err)
{
    const int fd = socket(target->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        (void)error_set(err, FAULT_IO, target->authority, "geen socket (%s)", strerror(errno));
        return -1;
    }
    const struct timeval patience = {.tv_sec = CONNECT_SECONDS};
    const int yes = 1;
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    const bool chosen = target->from.sin_family == AF_INET;
    if (chosen && bind(fd, (const struct sockaddr *)&target->from, sizeof target->from) != 0) {
        (void)error_set(err, FAULT_IO, target->authority, "geen socket op dat adres (%s)", strerror(errno));
        (void)close(fd);
        return -1;
    }
    if (connect(fd, (const struct sockaddr *)&target->address, target->address_len) != 0) {
        (void)error_set(err, FAULT_IO, target->authority, "geen verbinding (%s)", strerror(errno));
        (void)close(fd);
        return -1;
    }
    return fd;
}

static enum result handshake(const struct load_target *target, SSL *ssl, struct error *err)
{
    if (target->literal) {
        ENSURE(X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), target->host) == 1, err, FAULT_NO_MEMORY, "",
               "geen geheugen");
    } else {
        ENSURE(SSL_set1_host(ssl, target->host) == 1 && SSL_set_tlsext_host_name(ssl, target->host) == 1, err,
               FAULT_NO_MEMORY, "", "geen geheugen");
    }
    if (SSL_connect(ssl) != 1) {
        FAIL(err, FAULT_CERTIFICATE, target->authority, "TLS mislukt (%s)",
             X509_verify_cert_error_string(SSL_get_verify_result(ssl)));
    }
    const unsigned char *protocol = NULL;
    unsigned len = 0;
    SSL_get0_alpn_selected(ssl, &protocol, &len);
    ENSURE(len == 2 && memcmp(protocol, "h2", 2) == 0, err, FAULT_PEER, target->authority, "spreekt geen HTTP/2");
    return RESULT_OK;
}

enum result load_target_connect(const struct load_target *target, SSL **out, struct error *err)
{
    const int fd = load_target_socket(target, err);
    if (fd < 0) {
        return RESULT_FAILED;
    }
    SSL *ssl = SSL_new(target->tls);
    if (ssl == NULL || SSL_set_fd(ssl, fd) != 1 || handshake(target, ssl, err) != RESULT_OK ||
        fcntl(fd, F_SETFL, O_NONBLOCK) != 0) {
        SSL_free(ssl);
        (void)close(fd);
        return RESULT_FAILED;
    }
    *out = ssl;
    return RESULT_OK;
}

void load_target_close(struct load_target *target)
{
    SSL_CTX_free(target->tls);
    target->tls = NULL;
}
