/* Loading: which files make a trust, and which do not. */
#include "unit/certs/certs_fixture.h"

#include "base/mem.h"

static void refuses(const struct fixture *fixture, const char *crls, enum fault fault, const char *file,
                    const char *what)
{
    struct trust *trust = NULL;
    struct error err = {0};
    assert_int_equal(fixture_load(fixture, "a", crls, &trust, &err), RESULT_FAILED);
    assert_null(trust);
    if (err.fault != fault || strstr(err.where, file) == NULL || strstr(err.what, what) == NULL) {
        fail_msg("%s: %s: %s", fault_slug(err.fault), err.where, err.what);
    }
}

static void key_that_others_may_read_is_refused(void **state)
{
    const struct fixture *fixture = *state;
    fixture_issue(fixture, "a", OIN_A);
    static const mode_t open_modes[] = {0604, 0640, 0620, 0601, 0666};
    for (size_t i = 0; i < COUNT_OF(open_modes); i++) {
        assert_int_equal(chmod(fixture_path(fixture, "a.key").text, open_modes[i]), 0);
        refuses(fixture, "ca", FAULT_CERTIFICATE, "a.key", "0600");
    }
    assert_int_equal(chmod(fixture_path(fixture, "a.key").text, 0400), 0);
    trust_free(fixture_trust(fixture, "a"));
}

static void key_must_fit_the_certificate(void **state)
{
    const struct fixture *fixture = *state;
    fixture_issue(fixture, "a", OIN_A);
    fixture_issue(fixture, "b", OIN_B);
    fixture_must(fixture, "cp -p b.key a.key");
    refuses(fixture, "ca", FAULT_CERTIFICATE, "a.key", "hoort niet bij");
}

static void encrypted_key_is_refused_without_asking(void **state)
{
    const struct fixture *fixture = *state;
    fixture_issue(fixture, "a", OIN_A);
    fixture_must(fixture, "openssl ec -in a.key -aes128 -passout pass:geheim -out e.key && mv e.key a.key && "
                          "chmod 600 a.key");
    refuses(fixture, "ca", FAULT_CERTIFICATE, "a.key", "niet versleuteld");
}

static void own_certificate_names_the_organisation(void **state)
{
    const struct fixture *fixture = *state;
    fixture_issue(fixture, "a", "");
    refuses(fixture, "ca", FAULT_CERTIFICATE, "a.pem", "OIN");

    /* The desk may have a certificate of any maker. */
    struct trust *trust = NULL;
    struct error err = {0};
    assert_int_equal(fixture_load(fixture, "a", NULL, &trust, &err), RESULT_OK);
    assert_null(trust_own_identity(trust));
    SSL_CTX *context = fixture_context(trust, TRUST_SERVER_OPEN);
    SSL_CTX_free(context);
    static const enum trust_side demanding[] = {TRUST_SERVER_MUTUAL, TRUST_CLIENT};
    for (size_t i = 0; i < COUNT_OF(demanding); i++) {
        assert_int_equal(trust_context(trust, demanding[i], &context, &err), RESULT_FAILED);
        assert_int_equal(err.fault, FAULT_CERTIFICATE);
    }
    trust_free(trust);
}

static void anchors_are_authorities(void **state)
{
    const struct fixture *fixture = *state;
    fixture_issue(fixture, "a", OIN_A);
    fixture_must(fixture, "cat a.pem >> ca/ca.pem");
    refuses(fixture, "ca", FAULT_CERTIFICATE, "ca.pem", "certificaat 2");
    fixture_must(fixture, "rm ca/ca.pem");
    refuses(fixture, "ca", FAULT_IO, "ca.pem", "bestaat niet");
}

static void revocation_lists_must_be_there_and_readable(void **state)
{
    const struct fixture *fixture = *state;
    fixture_issue(fixture, "a", OIN_A);
    refuses(fixture, "weg", FAULT_IO, "weg", "map");
    fixture_must(fixture, "mkdir crls && echo rommel > crls/README");
    refuses(fixture, "crls", FAULT_CERTIFICATE, "crls", "geen CRL");
    fixture_must(fixture, "echo rommel > crls/x.crl");
    refuses(fixture, "crls", FAULT_CERTIFICATE, "x.crl", "leesbare CRL");
    fixture_must(fixture, "head -c 20 ca/ca.crl > crls/x.crl");
    refuses(fixture, "crls", FAULT_CERTIFICATE, "x.crl", "leesbare CRL");
    fixture_must(fixture, "truncate -s 16777217 crls/x.crl");
    refuses(fixture, "crls", FAULT_TOO_LARGE, "x.crl", "groter");
    fixture_must(fixture, "openssl crl -inform DER -in ca/ca.crl -out crls/x.crl");
    struct trust *trust = NULL;
    struct error err = {0};
    assert_int_equal(fixture_load(fixture, "a", "crls", &trust, &err), RESULT_OK);
    trust_free(trust);
}

static void number_of_lists_is_bounded(void **state)
{
    const struct fixture *fixture = *state;
    fixture_issue(fixture, "a", OIN_A);
    fixture_must(fixture, "mkdir crls && for i in $(seq %d); do cp ca/ca.crl crls/$i.crl; done", TRUST_CRLS_MAX);
    struct trust *trust = NULL;
    struct error err = {0};
    assert_int_equal(fixture_load(fixture, "a", "crls", &trust, &err), RESULT_OK);
    trust_free(trust);
    fixture_must(fixture, "cp ca/ca.crl crls/meer.crl");
    refuses(fixture, "crls", FAULT_CERTIFICATE, "crls", "meer dan 256");
}

static void number_of_anchors_is_bounded(void **state)
{
    const struct fixture *fixture = *state;
    fixture_issue(fixture, "a", OIN_A);
    fixture_must(fixture, "for i in $(seq 257); do cat ca/ca.pem; done > veel && mv veel ca/ca.pem");
    refuses(fixture, "ca", FAULT_CERTIFICATE, "ca.pem", "meer dan 256");
}

/* RFC 5280 asks for nextUpdate; a list without it would count as current for ever. */
static void list_without_end_is_refused(void **state)
{
    const struct fixture *fixture = *state;
    fixture_issue(fixture, "a", OIN_A);
    FILE *file = fopen(fixture_path(fixture, "ca/ca.crl").text, "rb");
    assert_non_null(file);
    X509_CRL *with = d2i_X509_CRL_fp(file, NULL);
    assert_int_equal(fclose(file), 0);
    file = fopen(fixture_path(fixture, "ca/ca.key").text, "rb");
    assert_non_null(file);
    EVP_PKEY *key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
    assert_int_equal(fclose(file), 0);
    X509_CRL *without = X509_CRL_new();
    assert_int_equal(X509_CRL_set_issuer_name(without, X509_CRL_get_issuer(with)), 1);
    assert_int_equal(X509_CRL_set1_lastUpdate(without, X509_CRL_get0_lastUpdate(with)), 1);
    assert_true(X509_CRL_sign(without, key, EVP_sha256()) > 0);
    file = fopen(fixture_path(fixture, "ca/ca.crl").text, "wb");
    assert_non_null(file);
    assert_int_equal(i2d_X509_CRL_fp(file, without), 1);
    assert_int_equal(fclose(file), 0);
    refuses(fixture, "ca", FAULT_CERTIFICATE, "ca.crl", "nextUpdate");
    X509_CRL_free(with);
    X509_CRL_free(without);
    EVP_PKEY_free(key);
}

static X509 *read_certificate(const struct fixture *fixture, const char *name)
{
    FILE *file = fopen(fixture_path(fixture, name).text, "rb");
    assert_non_null(file);
    X509 *certificate = PEM_read_X509(file, NULL, NULL, NULL);
    assert_int_equal(fclose(file), 0);
    assert_non_null(certificate);
    return certificate;
}

static void certificate_is_verified_again_after_reload(void **state)
{
    const struct fixture *fixture = *state;
    struct error err = {0};
    fixture_issue(fixture, "a", OIN_A);
    fixture_issue(fixture, "b", OIN_B);
    X509 *b = read_certificate(fixture, "b.pem");
    struct trust *before = fixture_trust(fixture, "a");
    assert_int_equal(trust_verify(before, b, &err), RESULT_OK);
    assert_int_equal(pki_revoke(fixture->ca, fixture_path(fixture, "b.pem").text, (int64_t)time(NULL) - 1, &err),
                     RESULT_OK);
    struct trust *after = fixture_trust(fixture, "a");
    assert_int_equal(trust_verify(before, b, &err), RESULT_OK); /* what was loaded does not change */
    assert_int_equal(trust_verify(after, b, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_CERTIFICATE);
    assert_non_null(strstr(err.what, "ingetrokken"));
    trust_free(before);
    trust_free(after);
    X509_free(b);
}

static void full_heap_is_a_fault(void **state)
{
    const struct fixture *fixture = *state;
    fixture_issue(fixture, "a", OIN_A);
    struct trust *trust = NULL;
    long n = 0;
    for (; trust == NULL && n < 64; n++) {
        struct error err = {0};
        mem_fail_after(n);
        const enum result result = fixture_load(fixture, "a", "ca", &trust, &err);
        mem_fail_after(-1);
        assert_true((result == RESULT_OK) == (trust != NULL));
    }
    assert_in_range(n, 5, 63);
    trust_free(trust);
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(key_that_others_may_read_is_refused),
        WITH_FIXTURE(key_must_fit_the_certificate),
        WITH_FIXTURE(encrypted_key_is_refused_without_asking),
        WITH_FIXTURE(own_certificate_names_the_organisation),
        WITH_FIXTURE(anchors_are_authorities),
        WITH_FIXTURE(revocation_lists_must_be_there_and_readable),
        WITH_FIXTURE(number_of_lists_is_bounded),
        WITH_FIXTURE(number_of_anchors_is_bounded),
        WITH_FIXTURE(list_without_end_is_refused),
        WITH_FIXTURE(certificate_is_verified_again_after_reload),
        WITH_FIXTURE(full_heap_is_a_fault),
    };
    return cmocka_run_group_tests_name("trust", tests, NULL, NULL);
}
