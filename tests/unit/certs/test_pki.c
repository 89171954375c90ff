/* The development CA, with the openssl tool as witness. */
#include "unit/certs/certs_fixture.h"

#include <sys/wait.h>

#include "base/mem.h"

enum { SAID = 16384 };

static void openssl_accepts_what_we_issue(void **state)
{
    const struct fixture *fixture = *state;
    char said[SAID];
    fixture_issue(fixture, "a", OIN_A);
    fixture_must(fixture, "openssl crl -inform DER -in ca/ca.crl -out crl.pem");
    const int exit_status = fixture_shell(
        fixture, said, sizeof said,
        "openssl verify -x509_strict -crl_check_all -CRLfile crl.pem -CAfile ca/ca.pem -purpose sslserver "
        "a.pem && openssl verify -x509_strict -purpose sslclient -CAfile ca/ca.pem a.pem");
    assert_string_equal(said, "a.pem: OK\na.pem: OK\n");
    assert_int_equal(exit_status, 0);
}

static void certificate_holds_what_was_asked(void **state)
{
    const struct fixture *fixture = *state;
    char said[SAID];
    fixture_issue(fixture, "a", OIN_A);
    assert_int_equal(fixture_shell(fixture, said, sizeof said, "openssl x509 -in a.pem -noout -text"), 0);
    static const char *const expected[] = {"Issuer: C = NL, CN = Proef CA",
                                           "O = Gemeente Proefdam, serialNumber = " OIN_A ", CN = knoop.localhost",
                                           "NIST CURVE: P-256",
                                           "DNS:knoop.localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1",
                                           "Digital Signature",
                                           "TLS Web Server Authentication, TLS Web Client Authentication",
                                           "CA:FALSE",
                                           "URI:http://crl.proefdam.example/ca.crl",
                                           "ecdsa-with-SHA256"};
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        if (strstr(said, expected[i]) == NULL) {
            fail_msg("no '%s' in %s", expected[i], said);
        }
    }
    struct cert_identity identity;
    struct error err = {0};
    assert_int_equal(identity_of_file(fixture_path(fixture, "a.pem").text, &identity, &err), RESULT_OK);
    assert_string_equal(identity.oin.digits, OIN_A);
    assert_string_equal(identity.host, "knoop.localhost");
}

static void revoked_is_revoked_for_openssl_too(void **state)
{
    const struct fixture *fixture = *state;
    char said[SAID];
    struct error err = {0};
    const int64_t now_s = (int64_t)time(NULL);
    fixture_issue(fixture, "a", OIN_A);
    fixture_issue(fixture, "b", OIN_B);
    const struct fixture_path a = fixture_path(fixture, "a.pem");
    assert_int_equal(pki_revoke(fixture->ca, a.text, now_s, &err), RESULT_OK);
    fixture_must(fixture, "openssl crl -inform DER -in ca/ca.crl -out crl.pem -verify -CAfile ca/ca.pem");
    assert_int_not_equal(
        fixture_shell(fixture, said, sizeof said, "openssl verify -crl_check -CRLfile crl.pem -CAfile ca/ca.pem a.pem"),
        0);
    assert_non_null(strstr(said, "certificate revoked"));
    assert_int_equal(
        fixture_shell(fixture, said, sizeof said, "openssl verify -crl_check -CRLfile crl.pem -CAfile ca/ca.pem b.pem"),
        0);

    assert_int_equal(pki_revoke(fixture->ca, a.text, now_s, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_CONFLICT);

    /* A list published later still holds it, and has a higher number. */
    assert_int_equal(pki_publish_crl(fixture->ca, now_s, 7, &err), RESULT_OK);
    assert_int_equal(
        fixture_shell(fixture, said, sizeof said, "openssl crl -inform DER -in ca/ca.crl -noout -text -crlnumber"), 0);
    assert_non_null(strstr(said, "Serial Number: "));
    assert_non_null(strstr(said, "crlNumber=0x03"));
}

static void only_own_certificates_are_revoked(void **state)
{
    const struct fixture *fixture = *state;
    struct error err = {0};
    const struct fixture_path other = fixture_path(fixture, "andere");
    /* The same name, another key. */
    assert_int_equal(pki_create(other.text, "Proef CA", (int64_t)time(NULL) - DAY_S, 30, &err), RESULT_OK);
    fixture_issue_dates(fixture, other.text, "x", OIN_A, -DAY_S, DAY_S);
    assert_int_equal(pki_revoke(fixture->ca, fixture_path(fixture, "x.pem").text, (int64_t)time(NULL), &err),
                     RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_NOT_FOUND);
}

static mode_t mode_of(const struct fixture *fixture, const char *name)
{
    struct stat info;
    assert_int_equal(stat(fixture_path(fixture, name).text, &info), 0);
    return info.st_mode & 0777;
}

static void keys_are_for_the_owner_alone(void **state)
{
    const struct fixture *fixture = *state;
    const mode_t before = umask(0);
    fixture_issue(fixture, "a", OIN_A);
    (void)umask(before);
    assert_int_equal(mode_of(fixture, "a.key"), 0600);
    assert_int_equal(mode_of(fixture, "ca/ca.key"), 0600);
    assert_int_equal(mode_of(fixture, "a.pem"), 0644);
    assert_int_equal(mode_of(fixture, "ca"), 0700);
}

static void keys_are_never_overwritten(void **state)
{
    const struct fixture *fixture = *state;
    struct error err = {0};
    char said[SAID];
    assert_int_equal(pki_create(fixture->ca, "Weer", (int64_t)time(NULL), 30, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_CONFLICT);

    fixture_must(fixture, "echo oud > a.key && ln -s nergens b.key");
    static const char *const names[] = {"a", "b"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char pem[64];
        char key[64];
        (void)snprintf(pem, sizeof pem, "%s.pem", names[i]);
        (void)snprintf(key, sizeof key, "%s.key", names[i]);
        const struct fixture_path pem_path = fixture_path(fixture, pem);
        const struct fixture_path key_path = fixture_path(fixture, key);
        const char *const hosts[] = {"x.example"};
        const struct pki_request request = {.oin = {OIN_A},
                                            .organisation = "x",
                                            .hosts = hosts,
                                            .host_count = 1,
                                            .not_after_s = 1,
                                            .certificate_file = pem_path.text,
                                            .key_file = key_path.text};
        assert_int_equal(pki_issue(fixture->ca, &request, &err), RESULT_FAILED);
        assert_int_equal(err.fault, FAULT_CONFLICT);
        assert_int_not_equal(access(pem_path.text, F_OK), 0);
    }
    assert_int_equal(fixture_shell(fixture, said, sizeof said, "cat a.key; ls nergens"), 512);
    assert_int_equal(strncmp(said, "oud\n", 4), 0);
}

static void broken_attempt_leaves_no_key(void **state)
{
    const struct fixture *fixture = *state;
    struct error err = {0};
    const struct fixture_path pem = fixture_path(fixture, "geen/map/a.pem");
    const struct fixture_path key = fixture_path(fixture, "a.key");
    const char *const hosts[] = {"x.example"};
    const struct pki_request request = {.oin = {OIN_A},
                                        .organisation = "x",
                                        .hosts = hosts,
                                        .host_count = 1,
                                        .not_after_s = 1,
                                        .certificate_file = pem.text,
                                        .key_file = key.text};
    assert_int_equal(pki_issue(fixture->ca, &request, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_IO);
    assert_int_not_equal(access(key.text, F_OK), 0);
}

#define LONG_64 "abcdefghabcdefghabcdefghabcdefghabcdefghabcdefghabcdefghabcdefgh"

static const struct {
    const char *oin, *organisation, *host, *crl_url;
    size_t host_count;
    int64_t from_s, until_s;
    const char *where;
} invalid[] = {
    {"0000000182328844400", "x", "h.example", NULL, 1, 0, 10, "oin"},
    {OIN_A, "", "h.example", NULL, 1, 0, 10, "organisatie"},
    {OIN_A, "a\nb", "h.example", NULL, 1, 0, 10, "organisatie"},
    {OIN_A, LONG_64 "x", "h.example", NULL, 1, 0, 10, "organisatie"},
    {OIN_A, "x\xff", "h.example", NULL, 1, 0, 10, "organisatie"}, /* not UTF-8 */
    {OIN_A, "x", "h.example", NULL, 0, 0, 10, "hosts"},
    {OIN_A, "x", "h.example", NULL, PKI_HOSTS_MAX + 1, 0, 10, "hosts"},
    {OIN_A, "x", "h.example,DNS:kwaad.example", NULL, 1, 0, 10, "hosts"},
    {OIN_A, "x", "", NULL, 1, 0, 10, "hosts"},
    {OIN_A, "x", LONG_64 LONG_64 LONG_64 LONG_64, NULL, 1, 0, 10, "hosts"},
    {OIN_A, "x", "h.example", "", 1, 0, 10, "crl"},
    {OIN_A, "x", "h.example", NULL, 1, 10, 10, "geldigheid"},
    {OIN_A, "x", "h.example", NULL, 1, -1, 10, "geldigheid"},
    {OIN_A, "x", "h.example", NULL, 1, 0, INT64_MAX, "geldigheid"},
};

static void requests_out_of_bounds_are_refused(void **state)
{
    const struct fixture *fixture = *state;
    const struct fixture_path pem = fixture_path(fixture, "a.pem");
    const struct fixture_path key = fixture_path(fixture, "a.key");
    for (size_t i = 0; i < COUNT_OF(invalid); i++) {
        const char *hosts[PKI_HOSTS_MAX + 1];
        for (size_t h = 0; h < COUNT_OF(hosts); h++) {
            hosts[h] = invalid[i].host;
        }
        struct pki_request request = {.organisation = invalid[i].organisation,
                                      .hosts = hosts,
                                      .host_count = invalid[i].host_count,
                                      .crl_url = invalid[i].crl_url,
                                      .not_before_s = invalid[i].from_s,
                                      .not_after_s = invalid[i].until_s,
                                      .certificate_file = pem.text,
                                      .key_file = key.text};
        (void)snprintf(request.oin.digits, sizeof request.oin.digits, "%s", invalid[i].oin);
        struct error err = {0};
        if (pki_issue(fixture->ca, &request, &err) != RESULT_FAILED || err.fault != FAULT_INVALID ||
            strcmp(err.where, invalid[i].where) != 0) {
            fail_msg("row %zu: %s %s", i, err.where, err.what);
        }
    }
    struct error err = {0};
    assert_int_equal(pki_publish_crl(fixture->ca, 0, 0, &err), RESULT_FAILED);
    assert_int_equal(pki_publish_crl(fixture->ca, 0, PKI_DAYS_MAX + 1, &err), RESULT_FAILED);
    assert_int_equal(pki_create(fixture_path(fixture, "n").text, "x", 0, 0, &err), RESULT_FAILED);
    assert_int_equal(pki_create(fixture_path(fixture, "n").text, LONG_64 "x", 0, 1, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_INVALID);
}

static void index_names_each_certificate(void **state)
{
    const struct fixture *fixture = *state;
    char said[SAID];
    struct error err = {0};
    fixture_issue(fixture, "a", OIN_A);
    fixture_issue(fixture, "zonder", "");
    assert_int_equal(pki_revoke(fixture->ca, fixture_path(fixture, "a.pem").text, 1700000000, &err), RESULT_OK);
    struct cert_identity identity;
    assert_int_equal(identity_of_file(fixture_path(fixture, "a.pem").text, &identity, &err), RESULT_OK);
    char expected[256];
    (void)snprintf(expected, sizeof expected, "%s " OIN_A " 1700000000\n", identity.serial);
    assert_int_equal(fixture_shell(fixture, said, sizeof said, "cat ca/index.txt"), 0);
    assert_int_equal(strncmp(said, expected, strlen(expected)), 0);
    assert_non_null(strstr(said, " - geldig\n"));
}

static void damaged_index_makes_no_list(void **state)
{
    const struct fixture *fixture = *state;
    static const char *const damage[] = {"abc",          "abc\\n",      "abc - geldig extra\\n",
                                         "abc - 12x\\n", "xyz - 12\\n", "\\n"};
    for (size_t i = 0; i < COUNT_OF(damage); i++) {
        struct error err = {0};
        fixture_must(fixture, "printf '%s' > ca/index.txt", damage[i]);
        assert_int_equal(pki_publish_crl(fixture->ca, (int64_t)time(NULL), 1, &err), RESULT_FAILED);
        assert_int_equal(err.fault, FAULT_CERTIFICATE);
    }
}

static void two_processes_do_not_lose_each_others_lines(void **state)
{
    const struct fixture *fixture = *state;
    enum { EACH = 8 };
    const pid_t child = fork();
    assert_true(child >= 0);
    for (int i = 0; i < EACH; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "%s%d", child == 0 ? "kind" : "ouder", i);
        fixture_issue(fixture, name, OIN_A);
    }
    if (child == 0) {
        _exit(0);
    }
    int exit_status = -1;
    assert_int_equal(waitpid(child, &exit_status, 0), child);
    assert_int_equal(exit_status, 0);
    char said[SAID];
    assert_int_equal(fixture_shell(fixture, said, sizeof said, "cut -d' ' -f1 ca/index.txt | sort -u | wc -l"), 0);
    assert_int_equal(atoi(said), 2 * EACH);
}

static void full_heap_is_a_fault(void **state)
{
    const struct fixture *fixture = *state;
    fixture_issue(fixture, "a", OIN_A);
    const struct fixture_path pem = fixture_path(fixture, "a.pem");
    enum result last = RESULT_FAILED;
    int failed = 0;
    for (long n = 0; last != RESULT_OK; n++) {
        struct error err = {0};
        mem_fail_after(n);
        last = pki_revoke(fixture->ca, pem.text, 1700000000, &err);
        mem_fail_after(-1);
        failed += last != RESULT_OK;
        if (failed > 64 || err.fault == FAULT_CONFLICT) {
            /* The allocation after the index was written: revoked, but no list yet. */
            break;
        }
    }
    assert_in_range(failed, 3, 64);
    struct error err = {0};
    assert_int_equal(pki_publish_crl(fixture->ca, (int64_t)time(NULL), 1, &err), RESULT_OK);
    char said[SAID];
    assert_int_equal(fixture_shell(fixture, said, sizeof said,
                                   "openssl crl -inform DER -in ca/ca.crl -noout -text | grep -c Serial"),
                     0);
    assert_int_equal(atoi(said), 1);
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(openssl_accepts_what_we_issue),
        WITH_FIXTURE(certificate_holds_what_was_asked),
        WITH_FIXTURE(revoked_is_revoked_for_openssl_too),
        WITH_FIXTURE(only_own_certificates_are_revoked),
        WITH_FIXTURE(keys_are_for_the_owner_alone),
        WITH_FIXTURE(keys_are_never_overwritten),
        WITH_FIXTURE(broken_attempt_leaves_no_key),
        WITH_FIXTURE(requests_out_of_bounds_are_refused),
        WITH_FIXTURE(index_names_each_certificate),
        WITH_FIXTURE(damaged_index_makes_no_list),
        WITH_FIXTURE(two_processes_do_not_lose_each_others_lines),
        WITH_FIXTURE(full_heap_is_a_fault),
    };
    return cmocka_run_group_tests_name("pki", tests, NULL, NULL);
}
