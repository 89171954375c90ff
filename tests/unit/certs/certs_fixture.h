/*
 * certs_fixture.h - a temporary folder with a CA in it, certificates from it, and a TLS handshake in memory.
 * Every path it hands out lives as long as the fixture.
 */
#ifndef KETENBRUG_TESTS_CERTS_FIXTURE_H
#define KETENBRUG_TESTS_CERTS_FIXTURE_H

#include "unit/unit.h"

#include <ftw.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/attr.h"
#include "certs/pki.h"
#include "certs/trust.h"

#define OIN_A "00000001823288444000"
#define OIN_B "00000003000000001000"

enum { DAY_S = 86400, FIXTURE_PATH = 256 };

struct fixture {
    char folder[64];
    char ca[96];
};

struct fixture_path {
    char text[FIXTURE_PATH];
};

UNUSED static struct fixture_path fixture_path(const struct fixture *fixture, const char *name)
{
    struct fixture_path path;
    const int len = snprintf(path.text, sizeof path.text, "%s/%s", fixture->folder, name);
    assert_in_range(len, 1, FIXTURE_PATH - 1);
    return path;
}

UNUSED static int fixture_open(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    (void)snprintf(fixture->folder, sizeof fixture->folder, "/tmp/ketenbrug-certs-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    (void)snprintf(fixture->ca, sizeof fixture->ca, "%s/ca", fixture->folder);
    struct error err = {0};
    assert_int_equal(pki_create(fixture->ca, "Proef CA", (int64_t)time(NULL) - DAY_S, 30, &err), RESULT_OK);
    *state = fixture;
    return 0;
}

UNUSED static int fixture_remove_one(const char *path, const struct stat *info, int kind, struct FTW *at)
{
    (void)info;
    (void)kind;
    (void)at;
    return remove(path);
}

UNUSED static int fixture_close(void **state)
{
    struct fixture *fixture = *state;
    (void)nftw(fixture->folder, fixture_remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(fixture);
    return 0;
}

/* Issues <name>.pem and <name>.key from a CA folder, valid from `from_s` to `until_s` relative to now. */
UNUSED static void fixture_issue_dates(const struct fixture *fixture, const char *ca, const char *name,
                                       const char *digits, int64_t from_s, int64_t until_s)
{
    char pem[FIXTURE_PATH];
    char key[FIXTURE_PATH];
    (void)snprintf(pem, sizeof pem, "%s/%s.pem", fixture->folder, name);
    (void)snprintf(key, sizeof key, "%s/%s.key", fixture->folder, name);
    const char *const hosts[] = {"knoop.localhost", "127.0.0.1", "::1"};
    struct pki_request request = {.organisation = "Gemeente Proefdam",
                                  .hosts = hosts,
                                  .host_count = COUNT_OF(hosts),
                                  .crl_url = "http://crl.proefdam.example/ca.crl",
                                  .not_before_s = (int64_t)time(NULL) + from_s,
                                  .not_after_s = (int64_t)time(NULL) + until_s,
                                  .certificate_file = pem,
                                  .key_file = key};
    (void)snprintf(request.oin.digits, sizeof request.oin.digits, "%s", digits);
    struct error err = {0};
    if (pki_issue(ca, &request, &err) != RESULT_OK) {
        fail_msg("%s: %s", err.where, err.what);
    }
}

UNUSED static void fixture_issue(const struct fixture *fixture, const char *name, const char *digits)
{
    fixture_issue_dates(fixture, fixture->ca, name, digits, -DAY_S, 10 * DAY_S);
}

/* The trust of <name>, with the fixture's CA as anchor and `crls` (relative to the fixture) as CRL folder. */
UNUSED static enum result fixture_load(const struct fixture *fixture, const char *name, const char *crls,
                                       struct trust **out, struct error *err)
{
    char pem[FIXTURE_PATH];
    char key[FIXTURE_PATH];
    (void)snprintf(pem, sizeof pem, "%s/%s.pem", fixture->folder, name);
    (void)snprintf(key, sizeof key, "%s/%s.key", fixture->folder, name);
    const struct fixture_path anchors = fixture_path(fixture, "ca/ca.pem");
    const struct fixture_path crl = fixture_path(fixture, crls != NULL ? crls : "");
    const struct trust_files files = {
        .anchors = anchors.text, .crl_folder = crls != NULL ? crl.text : NULL, .certificate = pem, .key = key};
    return trust_load(&files, out, err);
}

UNUSED static struct trust *fixture_trust(const struct fixture *fixture, const char *name)
{
    struct trust *trust = NULL;
    struct error err = {0};
    if (fixture_load(fixture, name, "ca", &trust, &err) != RESULT_OK) {
        fail_msg("%s: %s", err.where, err.what);
    }
    return trust;
}

UNUSED static SSL_CTX *fixture_context(const struct trust *trust, enum trust_side side)
{
    SSL_CTX *context = NULL;
    struct error err = {0};
    if (trust_context(trust, side, &context, &err) != RESULT_OK) {
        fail_msg("%s: %s", err.where, err.what);
    }
    return context;
}

/* Runs a shell command in the fixture's folder; its exit status, and what it printed in `out` (cut to fit). */
PRINTF_LIKE(4, 5)
UNUSED static int fixture_shell(const struct fixture *fixture, char *out, size_t size, const char *format, ...)
{
    char command[2048];
    char line[2600];
    va_list args;
    va_start(args, format);
    const int len = vsnprintf(command, sizeof command, format, args);
    va_end(args);
    assert_in_range(len, 1, sizeof command - 1);
    (void)snprintf(line, sizeof line, "cd '%s' && { %s ; } 2>&1", fixture->folder, command);
    FILE *pipe = popen(line, "r"); /* the openssl tool is the independent witness of these tests */
    assert_non_null(pipe);
    char rest[4096];
    const size_t got = fread(out, 1, size - 1, pipe);
    out[got] = '\0';
    while (fread(rest, 1, sizeof rest, pipe) != 0) {
    }
    return pclose(pipe);
}

/* As above, but the command must succeed. */
#define fixture_must(fixture, ...)                                                                                     \
    do {                                                                                                               \
        char said_[4096];                                                                                              \
        if (fixture_shell((fixture), said_, sizeof said_, __VA_ARGS__) != 0) {                                         \
            fail_msg("%s", said_);                                                                                     \
        }                                                                                                              \
    } while (0)

/* What each side saw of a handshake and one byte from server to client after it. */
struct handshake {
    bool client_done;
    bool server_done;
    bool byte_arrived; /* only then does a TLS 1.3 client know that the server took its certificate */
    bool resumed;
    long client_verdict;
    long server_verdict;
};

UNUSED static void handshake_step(SSL *side, bool *done)
{
    if (!*done) {
        *done = SSL_do_handshake(side) == 1;
    }
}

UNUSED static struct handshake handshake_run(SSL *client, SSL *server)
{
    struct handshake seen = {0};
    BIO *a = NULL;
    BIO *b = NULL;
    assert_int_equal(BIO_new_bio_pair(&a, 65536, &b, 65536), 1);
    SSL_set_bio(client, a, a);
    SSL_set_bio(server, b, b);
    SSL_set_connect_state(client);
    SSL_set_accept_state(server);
    for (int round = 0; round < 8; round++) {
        handshake_step(client, &seen.client_done);
        handshake_step(server, &seen.server_done);
    }
    char byte = 'x';
    if (seen.server_done && SSL_write(server, &byte, 1) == 1) {
        byte = 0;
        seen.byte_arrived = SSL_read(client, &byte, 1) == 1 && byte == 'x';
    }
    seen.resumed = SSL_session_reused(client) != 0;
    seen.client_verdict = SSL_get_verify_result(client);
    seen.server_verdict = SSL_get_verify_result(server);
    ERR_clear_error();
    return seen;
}

UNUSED static struct handshake handshake_between(SSL_CTX *client_context, SSL_CTX *server_context)
{
    SSL *client = SSL_new(client_context);
    SSL *server = SSL_new(server_context);
    assert_non_null(client);
    assert_non_null(server);
    const struct handshake seen = handshake_run(client, server);
    SSL_free(client);
    SSL_free(server);
    return seen;
}

#endif
