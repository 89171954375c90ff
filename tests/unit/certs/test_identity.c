/* Identity of certificates that the openssl tool made: what is taken, and what is refused. */
#include "unit/certs/certs_fixture.h"

static enum result identity_made_by_openssl(const struct fixture *fixture, const char *subject, const char *extensions,
                                            struct cert_identity *out, struct error *err)
{
    fixture_must(fixture,
                 "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -utf8 -days 2 -keyout k.key "
                 "-out c.pem -set_serial 0x0a0b0c -multivalue-rdn -subj '%s' %s",
                 subject, extensions);
    return identity_of_file(fixture_path(fixture, "c.pem").text, out, err);
}

static void full_identity_is_read(void **state)
{
    const struct fixture *fixture = *state;
    struct cert_identity identity;
    struct error err = {0};
    assert_int_equal(identity_made_by_openssl(fixture, "/C=NL/O=Gemeente Sud\xc3\xab/serialNumber=" OIN_A "/CN=anders",
                                              "-addext subjectAltName=DNS:een.example,DNS:twee.example", &identity,
                                              &err),
                     RESULT_OK);
    assert_string_equal(identity.oin.digits, OIN_A);
    assert_string_equal(identity.organisation, "Gemeente Sud\xc3\xab");
    assert_string_equal(identity.host, "een.example");
    assert_string_equal(identity.serial, "0a0b0c");
    assert_in_range(identity.not_before_s, time(NULL) - 60, time(NULL) + 60);
    assert_int_equal(identity.not_after_s - identity.not_before_s, 2 * DAY_S);
}

static void address_counts_as_host(void **state)
{
    struct cert_identity identity;
    struct error err = {0};
    assert_int_equal(identity_made_by_openssl(*state, "/O=x/serialNumber=" OIN_A,
                                              "-addext subjectAltName=email:a@b.example,IP:::1", &identity, &err),
                     RESULT_OK);
    assert_string_equal(identity.host, "::1");
    assert_int_equal(identity_made_by_openssl(*state, "/O=x/serialNumber=" OIN_A, "-addext subjectAltName=IP:127.0.0.1",
                                              &identity, &err),
                     RESULT_OK);
    assert_string_equal(identity.host, "127.0.0.1");
}

#define HOST "-addext subjectAltName=DNS:een.example"

static const struct {
    const char *subject;
    const char *extensions;
    const char *what; /* part of the message */
} refused[] = {
    {"/O=x/CN=y", HOST, "OIN (serialNumber) ontbreekt"},
    {"/O=x/serialNumber=" OIN_A "/serialNumber=" OIN_B, HOST, "staat er 2 keer in"},
    {"/O=x/serialNumber=" OIN_A "+serialNumber=" OIN_B, HOST, "staat er 2 keer in"}, /* in one RDN */
    {"/O=x/serialNumber=0000000182328844400", HOST, "20 cijfers"},                   /* 19 */
    {"/O=x/serialNumber=000000018232884440001", HOST, "20 cijfers"},                 /* 21 */
    {"/O=x/serialNumber=0000000182328844400x", HOST, "20 cijfers"},
    {"/O=x/serialNumber= 0000000182328844400", HOST, "20 cijfers"},
    {"/serialNumber=" OIN_A, HOST, "organisatie (O) ontbreekt"},
    {"/O=x/O=y/serialNumber=" OIN_A, HOST, "staat er 2 keer in"},
    {"/O=x\x07/serialNumber=" OIN_A, HOST, "onleesbaar"},
    {"/O=x/CN=een.example/serialNumber=" OIN_A, "", "subjectAltName"},
    {"/O=x/serialNumber=" OIN_A, "-addext subjectAltName=email:a@b.example", "subjectAltName"},
};

static void incomplete_identities_are_refused(void **state)
{
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        struct cert_identity identity = {.host = "onaangeroerd"};
        struct error err = {0};
        if (identity_made_by_openssl(*state, refused[i].subject, refused[i].extensions, &identity, &err) !=
            RESULT_FAILED) {
            fail_msg("row %zu was accepted", i);
        }
        assert_int_equal(err.fault, FAULT_CERTIFICATE);
        if (strstr(err.what, refused[i].what) == NULL) {
            fail_msg("row %zu: %s", i, err.what);
        }
        assert_string_equal(identity.host, "onaangeroerd");
    }
}

/* openssl's own tool keeps to 64 characters in O; other makers do not. */
static void organisation_past_its_bound_is_refused(void **state)
{
    (void)state;
    char name[ORGANISATION_MAX + 1];
    for (size_t len = ORGANISATION_MAX - 1; len <= ORGANISATION_MAX; len++) {
        memset(name, 'a', len);
        name[len] = '\0';
        X509 *certificate = X509_new();
        X509_NAME *subject = X509_get_subject_name(certificate);
        X509_NAME_ENTRY *entry =
            X509_NAME_ENTRY_create_by_NID(NULL, NID_organizationName, V_ASN1_UTF8STRING, (const unsigned char *)"a", 1);
        ASN1_STRING *text = ASN1_STRING_type_new(V_ASN1_UTF8STRING);
        assert_int_equal(ASN1_STRING_set(text, name, (int)len), 1);
        assert_int_equal(ASN1_STRING_copy(X509_NAME_ENTRY_get_data(entry), text), 1);
        assert_int_equal(X509_NAME_add_entry(subject, entry, -1, 0), 1);
        assert_int_equal(
            X509_NAME_add_entry_by_txt(subject, "serialNumber", MBSTRING_UTF8, (const unsigned char *)OIN_A, -1, -1, 0),
            1);
        struct cert_identity identity;
        struct error err = {0};
        assert_int_equal(identity_of(certificate, &identity, &err), RESULT_FAILED); /* there is no host either */
        assert_non_null(strstr(err.what, len == ORGANISATION_MAX ? "organisatie" : "subjectAltName"));
        ASN1_STRING_free(text);
        X509_NAME_ENTRY_free(entry);
        X509_free(certificate);
    }
}

static void zero_byte_in_oin_is_refused(void **state)
{
    (void)state;
    static const unsigned char digits[] = OIN_A "\0evil";
    X509 *certificate = X509_new();
    X509_NAME *subject = X509_get_subject_name(certificate);
    assert_int_equal(
        X509_NAME_add_entry_by_NID(subject, NID_serialNumber, V_ASN1_UTF8STRING, digits, sizeof digits - 1, -1, 0), 1);
    struct cert_identity identity;
    struct error err = {0};
    assert_int_equal(identity_of(certificate, &identity, &err), RESULT_FAILED);
    assert_non_null(strstr(err.what, "OIN"));
    X509_free(certificate);
}

static void files_without_certificate_are_named(void **state)
{
    const struct fixture *fixture = *state;
    struct cert_identity identity;
    struct error err = {0};
    assert_int_equal(identity_of_file(fixture_path(fixture, "weg.pem").text, &identity, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_IO);
    fixture_must(fixture, "echo niets > leeg.pem; mkdir map; mkfifo pijp; head -c 1048577 /dev/zero > groot.pem; "
                          "printf -- '-----BEGIN CERTIFICATE-----\\nAAAA\\n-----END CERTIFICATE-----\\n' > kapot.pem");
    static const struct {
        const char *name;
        enum fault fault;
    } files[] = {{"leeg.pem", FAULT_CERTIFICATE},
                 {"kapot.pem", FAULT_CERTIFICATE},
                 {"map", FAULT_IO},
                 {"pijp", FAULT_IO},
                 {"groot.pem", FAULT_TOO_LARGE}};
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        const struct fixture_path path = fixture_path(fixture, files[i].name);
        assert_int_equal(identity_of_file(path.text, &identity, &err), RESULT_FAILED);
        assert_int_equal(err.fault, files[i].fault);
        assert_string_equal(err.where, path.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(full_identity_is_read, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(address_counts_as_host, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(incomplete_identities_are_refused, fixture_open, fixture_close),
        cmocka_unit_test(organisation_past_its_bound_is_refused),
        cmocka_unit_test(zero_byte_in_oin_is_refused),
        cmocka_unit_test_setup_teardown(files_without_certificate_are_named, fixture_open, fixture_close),
    };
    return cmocka_run_group_tests_name("identity", tests, NULL, NULL);
}
