/* Contexts made by trust.h shake hands in memory: who is let in, who is not, and what remains of it. */
#include "unit/certs/certs_fixture.h"

static struct handshake meet(const struct trust *client, const struct trust *server)
{
    SSL_CTX *client_context = fixture_context(client, TRUST_CLIENT);
    SSL_CTX *server_context = fixture_context(server, TRUST_SERVER_MUTUAL);
    const struct handshake seen = handshake_between(client_context, server_context);
    SSL_CTX_free(client_context);
    SSL_CTX_free(server_context);
    return seen;
}

static void partners_meet(void **state)
{
    const struct fixture *fixture = *state;
    fixture_issue(fixture, "a", OIN_A);
    fixture_issue(fixture, "b", OIN_B);
    struct trust *a = fixture_trust(fixture, "a");
    struct trust *b = fixture_trust(fixture, "b");
    const struct handshake seen = meet(a, b);
    assert_true(seen.client_done && seen.server_done && seen.byte_arrived);
    assert_string_equal(trust_own_identity(a)->oin.digits, OIN_A);
    trust_free(a);
    trust_free(b);
}

static void context_outlives_its_trust(void **state)
{
    const struct fixture *fixture = *state;
    fixture_issue(fixture, "a", OIN_A);
    struct trust *a = fixture_trust(fixture, "a");
    SSL_CTX *client = fixture_context(a, TRUST_CLIENT);
    SSL_CTX *server = fixture_context(a, TRUST_SERVER_MUTUAL);
    trust_free(a);
    const struct handshake seen = handshake_between(client, server);
    assert_true(seen.byte_arrived);
    SSL_CTX_free(client);
    SSL_CTX_free(server);
}

/* How the certificate of "b" is made wrong before it meets "a", who is in order. */
static void make_expired(const struct fixture *fixture)
{
    fixture_issue_dates(fixture, fixture->ca, "b", OIN_B, -DAY_S, -1);
}

static void make_early(const struct fixture *fixture)
{
    fixture_issue_dates(fixture, fixture->ca, "b", OIN_B, DAY_S, 2 * DAY_S);
}

static void make_revoked(const struct fixture *fixture)
{
    struct error err = {0};
    fixture_issue(fixture, "b", OIN_B);
    assert_int_equal(pki_revoke(fixture->ca, fixture_path(fixture, "b.pem").text, (int64_t)time(NULL) - 1, &err),
                     RESULT_OK);
}

static void make_foreign(const struct fixture *fixture)
{
    struct error err = {0};
    const struct fixture_path other = fixture_path(fixture, "andere");
    assert_int_equal(pki_create(other.text, "Andere CA", (int64_t)time(NULL) - DAY_S, 30, &err), RESULT_OK);
    fixture_issue_dates(fixture, other.text, "b", OIN_B, -DAY_S, DAY_S);
}

static void make_forged(const struct fixture *fixture)
{
    struct error err = {0};
    const struct fixture_path other = fixture_path(fixture, "andere");
    assert_int_equal(pki_create(other.text, "Proef CA", (int64_t)time(NULL) - DAY_S, 30, &err), RESULT_OK);
    fixture_issue_dates(fixture, other.text, "b", OIN_B, -DAY_S, DAY_S);
}

/* A certificate for "b" that the openssl tool makes with our CA. */
static void sign_with_openssl(const struct fixture *fixture, const char *subject, const char *extensions)
{
    fixture_must(
        fixture,
        "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout b.key -out b.csr -subj '%s' && "
        "printf '%s' > b.ext && openssl x509 -req -in b.csr -CA ca/ca.pem -CAkey ca/ca.key -days 2 "
        "-set_serial 77 -extfile b.ext -out b.pem && chmod 600 b.key",
        subject, extensions);
}

#define SAN "subjectAltName=DNS:knoop.localhost\\n"

static void make_without_oin(const struct fixture *fixture)
{
    sign_with_openssl(fixture, "/O=x/CN=y", SAN);
}

static void make_two_oins(const struct fixture *fixture)
{
    sign_with_openssl(fixture, "/O=x/serialNumber=" OIN_A "/serialNumber=" OIN_B, SAN);
}

static void make_short_oin(const struct fixture *fixture)
{
    sign_with_openssl(fixture, "/O=x/serialNumber=0000000300000000100", SAN);
}

static void make_wrong_purpose(const struct fixture *fixture)
{
    sign_with_openssl(fixture, "/O=x/serialNumber=" OIN_B, SAN "extendedKeyUsage=codeSigning\\n");
}

static void make_weak(const struct fixture *fixture)
{
    fixture_must(fixture, "openssl req -newkey rsa:1024 -nodes -keyout b.key -out b.csr -subj '/O=x/serialNumber=" OIN_B
                          "' && printf '" SAN "' > b.ext && openssl x509 -req -in b.csr -CA ca/ca.pem -CAkey ca/ca.key "
                          "-days 2 -set_serial 77 -extfile b.ext -out b.pem && chmod 600 b.key");
}

static void make_list_expired(const struct fixture *fixture)
{
    struct error err = {0};
    fixture_issue(fixture, "b", OIN_B);
    assert_int_equal(pki_publish_crl(fixture->ca, (int64_t)time(NULL) - 2 * DAY_S, 1, &err), RESULT_OK);
}

static void make_list_early(const struct fixture *fixture)
{
    struct error err = {0};
    fixture_issue(fixture, "b", OIN_B);
    assert_int_equal(pki_publish_crl(fixture->ca, (int64_t)time(NULL) + DAY_S, 1, &err), RESULT_OK);
}

static void make_list_missing(const struct fixture *fixture)
{
    struct error err = {0};
    const struct fixture_path other = fixture_path(fixture, "andere");
    fixture_issue(fixture, "b", OIN_B);
    assert_int_equal(pki_create(other.text, "Andere CA", (int64_t)time(NULL) - DAY_S, 30, &err), RESULT_OK);
    fixture_must(fixture, "cp andere/ca.crl ca/ca.crl");
}

static void make_list_forged(const struct fixture *fixture)
{
    make_forged(fixture);
    fixture_must(fixture, "rm b.key b.pem && cp andere/ca.crl ca/ca.crl");
    fixture_issue(fixture, "b", OIN_B);
}

static const struct {
    const char *name;
    void (*make)(const struct fixture *fixture);
    long verdict;
} wrongs[] = {
    {"expired", make_expired, X509_V_ERR_CERT_HAS_EXPIRED},
    {"not yet valid", make_early, X509_V_ERR_CERT_NOT_YET_VALID},
    {"revoked", make_revoked, X509_V_ERR_CERT_REVOKED},
    {"of another CA", make_foreign, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY},
    {"of a CA of the same name", make_forged, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY},
    {"without OIN", make_without_oin, TRUST_VERIFY_OIN},
    {"with two OINs", make_two_oins, TRUST_VERIFY_OIN},
    {"with an OIN of 19 digits", make_short_oin, TRUST_VERIFY_OIN},
    {"for another purpose", make_wrong_purpose, X509_V_ERR_INVALID_PURPOSE},
    {"CRL expired", make_list_expired, X509_V_ERR_CRL_HAS_EXPIRED},
    {"CRL not yet valid", make_list_early, X509_V_ERR_CRL_NOT_YET_VALID},
    {"CRL missing", make_list_missing, X509_V_ERR_UNABLE_TO_GET_CRL},
    {"CRL of a CA of the same name", make_list_forged, X509_V_ERR_UNABLE_TO_GET_CRL},
};

/* "b" presents itself with its wrong certificate but itself checks nothing. */
static SSL_CTX *careless(const struct fixture *fixture, const SSL_METHOD *method)
{
    static const unsigned char h2[] = {2, 'h', '2'};
    SSL_CTX *context = SSL_CTX_new(method);
    assert_non_null(context);
    SSL_CTX_set_security_level(context, 0);
    assert_int_equal(SSL_CTX_set_alpn_protos(context, h2, sizeof h2), 0);
    assert_int_equal(SSL_CTX_use_certificate_chain_file(context, fixture_path(fixture, "b.pem").text), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey_file(context, fixture_path(fixture, "b.key").text, SSL_FILETYPE_PEM), 1);
    return context;
}

static void meet_wrong(const struct fixture *fixture, size_t row)
{
    wrongs[row].make(fixture);
    fixture_issue(fixture, "a", OIN_A);
    struct trust *a = fixture_trust(fixture, "a");
    SSL_CTX *server = fixture_context(a, TRUST_SERVER_MUTUAL);
    SSL_CTX *client = fixture_context(a, TRUST_CLIENT);
    SSL_CTX *wrong_client = careless(fixture, TLS_client_method());
    SSL_CTX *wrong_server = careless(fixture, TLS_server_method());
    const struct handshake as_client = handshake_between(wrong_client, server);
    const struct handshake as_server = handshake_between(client, wrong_server);
    if (as_client.server_done || as_client.byte_arrived || as_client.server_verdict != wrongs[row].verdict) {
        fail_msg("%s client: verdict %ld", wrongs[row].name, as_client.server_verdict);
    }
    if (as_server.client_done || as_server.client_verdict != wrongs[row].verdict) {
        fail_msg("%s server: verdict %ld", wrongs[row].name, as_server.client_verdict);
    }
    assert_string_not_equal(trust_refusal(wrongs[row].verdict), trust_refusal(-1));
    SSL_CTX_free(server);
    SSL_CTX_free(client);
    SSL_CTX_free(wrong_client);
    SSL_CTX_free(wrong_server);
    trust_free(a);
}

static void wrong_certificates_are_refused_on_both_sides(void **state)
{
    (void)state;
    for (size_t row = 0; row < COUNT_OF(wrongs); row++) {
        void *fixture = NULL;
        (void)fixture_open(&fixture);
        meet_wrong(fixture, row);
        (void)fixture_close(&fixture);
    }
}

static void weak_keys_are_refused(void **state)
{
    const struct fixture *fixture = *state;
    make_weak(fixture);
    fixture_issue(fixture, "a", OIN_A);
    struct trust *a = fixture_trust(fixture, "a");
    SSL_CTX *server = fixture_context(a, TRUST_SERVER_MUTUAL);
    SSL_CTX *client = careless(fixture, TLS_client_method());
    const struct handshake seen = handshake_between(client, server);
    assert_false(seen.server_done);
    assert_int_equal(seen.server_verdict, X509_V_ERR_EE_KEY_TOO_SMALL);
    SSL_CTX_free(server);
    SSL_CTX_free(client);
    trust_free(a);
}

static void expected_organisation_only(void **state)
{
    const struct fixture *fixture = *state;
    struct trust_expected oin_a = {.oin = {OIN_A}};
    struct trust_expected oin_b = {.oin = {OIN_B}};
    fixture_issue(fixture, "a", OIN_A);
    fixture_issue(fixture, "b", OIN_B);
    struct trust *a = fixture_trust(fixture, "a");
    struct trust *b = fixture_trust(fixture, "b");
    SSL_CTX *server = fixture_context(b, TRUST_SERVER_MUTUAL);
    SSL_CTX *client = fixture_context(a, TRUST_CLIENT);
    trust_expect(client, &oin_a);
    struct handshake seen = handshake_between(client, server);
    assert_false(seen.client_done);
    assert_int_equal(seen.client_verdict, TRUST_VERIFY_OIN);
    trust_expect(client, &oin_b);
    seen = handshake_between(client, server);
    assert_true(seen.byte_arrived);
    SSL_CTX_free(server);
    SSL_CTX_free(client);
    trust_free(a);
    trust_free(b);
}

/* Root, intermediate and leaf "b" by the openssl tool, with a list of each of the two in crls/. */
static void make_three_layers(const struct fixture *fixture)
{
    fixture_must(fixture,
                 "K='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'; mkdir crls; : > leeg; "
                 "openssl req -x509 $K -keyout root.key -out root.pem -subj /CN=wortel -days 9 && "
                 "openssl req $K -keyout mid.key -out mid.csr -subj /CN=midden && "
                 "printf 'basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign,cRLSign\n' > mid.ext && "
                 "openssl x509 -req -in mid.csr -CA root.pem -CAkey root.key -days 9 -set_serial 2 -extfile mid.ext "
                 "-out mid.pem && "
                 "openssl req $K -keyout b.key -out b.csr -subj '/O=x/serialNumber=" OIN_B "' && printf '" SAN
                 "' > b.ext && openssl x509 -req -in b.csr -CA mid.pem -CAkey mid.key -days 9 -set_serial 3 "
                 "-extfile b.ext -out leaf.pem && cat leaf.pem mid.pem > b.pem && chmod 600 b.key && "
                 "printf '[ca]\ndefault_ca=c\n[c]\ndatabase=leeg\ndefault_md=sha256\ndefault_crl_days=2\n' > ca.cnf && "
                 "openssl ca -config ca.cnf -gencrl -cert root.pem -keyfile root.key -out crls/root.crl && "
                 "openssl ca -config ca.cnf -gencrl -cert mid.pem -keyfile mid.key -out crls/mid.crl && "
                 "openssl x509 -in mid.pem -noout -serial");
}

static long verdict_on_three_layers(const struct fixture *fixture)
{
    const struct fixture_path anchors = fixture_path(fixture, "root.pem");
    const struct fixture_path crls = fixture_path(fixture, "crls");
    const struct fixture_path own = fixture_path(fixture, "b.pem");
    const struct fixture_path key = fixture_path(fixture, "b.key");
    const struct trust_files files = {
        .anchors = anchors.text, .crl_folder = crls.text, .certificate = own.text, .key = key.text};
    struct trust *trust = NULL;
    struct error err = {0};
    assert_int_equal(trust_load(&files, &trust, &err), RESULT_OK);
    const struct handshake seen = meet(trust, trust); /* our side sends its chain, too */
    assert_true(seen.byte_arrived == (seen.client_verdict == X509_V_OK));
    trust_free(trust);
    return seen.client_verdict;
}

static void every_layer_of_a_chain_needs_its_list(void **state)
{
    const struct fixture *fixture = *state;
    make_three_layers(fixture);
    assert_int_equal(verdict_on_three_layers(fixture), X509_V_OK);
    fixture_must(fixture, "mv crls/root.crl root.crl");
    assert_int_equal(verdict_on_three_layers(fixture), X509_V_ERR_UNABLE_TO_GET_CRL);
    fixture_must(fixture, "mv root.crl crls/root.crl && rm crls/mid.crl");
    assert_int_equal(verdict_on_three_layers(fixture), X509_V_ERR_UNABLE_TO_GET_CRL);
}

static void client_learns_that_it_was_refused(void **state)
{
    const struct fixture *fixture = *state;
    fixture_issue(fixture, "a", OIN_A);
    fixture_issue(fixture, "b", OIN_B);
    struct trust *b = fixture_trust(fixture, "b");
    SSL_CTX *client = fixture_context(b, TRUST_CLIENT);
    struct trust_expected expected = {.oin = {OIN_A}};
    trust_expect(client, &expected);
    struct error err = {0};
    assert_int_equal(pki_revoke(fixture->ca, fixture_path(fixture, "b.pem").text, (int64_t)time(NULL) - 1, &err),
                     RESULT_OK);
    struct trust *a = fixture_trust(fixture, "a");
    SSL_CTX *server = fixture_context(a, TRUST_SERVER_MUTUAL);
    SSL *client_side = SSL_new(client);
    SSL *server_side = SSL_new(server);
    const struct handshake seen = handshake_run(client_side, server_side);
    assert_true(seen.client_done);
    assert_false(seen.server_done);
    char byte = 0;
    assert_true(SSL_read(client_side, &byte, 1) <= 0);
    assert_int_equal(expected.refusals, 1);
    SSL_free(client_side);
    SSL_free(server_side);
    SSL_CTX_free(client);
    SSL_CTX_free(server);
    trust_free(a);
    trust_free(b);
}

static void shared_trust_lives_on(void **state)
{
    const struct fixture *fixture = *state;
    fixture_issue(fixture, "a", OIN_A);
    struct trust *a = fixture_trust(fixture, "a");
    struct trust *share = trust_share(a);
    trust_free(a);
    assert_non_null(share);
    const struct handshake seen = meet(share, share);
    assert_true(seen.byte_arrived);
    assert_string_equal(trust_own_identity(share)->oin.digits, OIN_A);
    trust_free(share);
}

struct offer {
    const char *name;
    int max_version;
    const unsigned char *protocols;
    unsigned int protocols_len;
    bool certificate;
    bool welcome;
    bool welcome_at_desk;
};

static const unsigned char h2[] = {2, 'h', '2'};
static const unsigned char both[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1', 2, 'h', '2'};
static const unsigned char http1[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
static const unsigned char h2c[] = {3, 'h', '2', 'c'};

static const struct offer offers[] = {
    {"all right", TLS1_3_VERSION, h2, sizeof h2, true, true, true},
    {"h2 among others", TLS1_3_VERSION, both, sizeof both, true, true, true},
    {"HTTP/1.1 only", TLS1_3_VERSION, http1, sizeof http1, true, false, false},
    {"h2c", TLS1_3_VERSION, h2c, sizeof h2c, true, false, false},
    {"no ALPN", TLS1_3_VERSION, NULL, 0, true, false, false},
    {"TLS 1.2", TLS1_2_VERSION, h2, sizeof h2, true, false, false},
    {"no certificate", TLS1_3_VERSION, h2, sizeof h2, false, false, true},
};

static bool welcomes(const struct fixture *fixture, SSL_CTX *server, const struct offer *offer)
{
    SSL_CTX *client = SSL_CTX_new(TLS_client_method());
    assert_int_equal(SSL_CTX_set_max_proto_version(client, offer->max_version), 1);
    if (offer->protocols_len != 0) {
        assert_int_equal(SSL_CTX_set_alpn_protos(client, offer->protocols, offer->protocols_len), 0);
    }
    if (offer->certificate) {
        assert_int_equal(SSL_CTX_use_certificate_file(client, fixture_path(fixture, "b.pem").text, SSL_FILETYPE_PEM),
                         1);
        assert_int_equal(SSL_CTX_use_PrivateKey_file(client, fixture_path(fixture, "b.key").text, SSL_FILETYPE_PEM), 1);
    }
    const struct handshake seen = handshake_between(client, server);
    SSL_CTX_free(client);
    return seen.server_done && seen.byte_arrived;
}

static void server_takes_tls13_h2_and_a_certificate(void **state)
{
    const struct fixture *fixture = *state;
    fixture_issue(fixture, "a", OIN_A);
    fixture_issue(fixture, "b", OIN_B);
    struct trust *a = fixture_trust(fixture, "a");
    SSL_CTX *mutual = fixture_context(a, TRUST_SERVER_MUTUAL);
    SSL_CTX *desk = fixture_context(a, TRUST_SERVER_OPEN);
    for (size_t i = 0; i < COUNT_OF(offers); i++) {
        if (welcomes(fixture, mutual, &offers[i]) != offers[i].welcome ||
            welcomes(fixture, desk, &offers[i]) != offers[i].welcome_at_desk) {
            fail_msg("%s", offers[i].name);
        }
    }
    SSL_CTX_free(mutual);
    SSL_CTX_free(desk);
    trust_free(a);
}

static int keep_session(SSL *tls, SSL_SESSION *session)
{
    (void)session;
    int *count = SSL_get_app_data(tls);
    (*count)++;
    return 0;
}

static void server_gives_no_session_to_resume(void **state)
{
    const struct fixture *fixture = *state;
    fixture_issue(fixture, "a", OIN_A);
    fixture_issue(fixture, "b", OIN_B);
    struct trust *a = fixture_trust(fixture, "a");
    SSL_CTX *server_context = fixture_context(a, TRUST_SERVER_MUTUAL);
    SSL_CTX *client_context = careless(fixture, TLS_client_method());
    (void)SSL_CTX_set_session_cache_mode(client_context, SSL_SESS_CACHE_CLIENT);
    SSL_CTX_sess_set_new_cb(client_context, keep_session);
    int tickets = 0;
    SSL_SESSION *session = NULL;
    for (int round = 0; round < 2; round++) {
        SSL *client = SSL_new(client_context);
        SSL *server = SSL_new(server_context);
        SSL_set_app_data(client, &tickets);
        if (session != NULL) {
            (void)SSL_set_session(client, session);
        }
        const struct handshake seen = handshake_run(client, server);
        assert_true(seen.byte_arrived);
        assert_false(seen.resumed);
        SSL_SESSION_free(session);
        session = SSL_get1_session(client);
        SSL_free(client);
        SSL_free(server);
    }
    assert_int_equal(tickets, 0);
    SSL_SESSION_free(session);
    SSL_CTX_free(client_context);
    SSL_CTX_free(server_context);
    trust_free(a);
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(partners_meet),
        WITH_FIXTURE(context_outlives_its_trust),
        cmocka_unit_test(wrong_certificates_are_refused_on_both_sides),
        WITH_FIXTURE(every_layer_of_a_chain_needs_its_list),
        WITH_FIXTURE(weak_keys_are_refused),
        WITH_FIXTURE(expected_organisation_only),
        WITH_FIXTURE(client_learns_that_it_was_refused),
        WITH_FIXTURE(shared_trust_lives_on),
        WITH_FIXTURE(server_takes_tls13_h2_and_a_certificate),
        WITH_FIXTURE(server_gives_no_session_to_resume),
    };
    return cmocka_run_group_tests_name("handshake", tests, NULL, NULL);
}
