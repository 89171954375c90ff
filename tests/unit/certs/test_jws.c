/* Signatures of organisations: what is accepted and what is not, key by key and header by header. */
#include "unit/certs/certs_fixture.h"

#include <openssl/ecdsa.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "base/buf.h"
#include "base/encode.h"
#include "base/limits.h"
#include "certs/jws.h"

enum { PAYLOAD_MAX = 512, MARK = 43 };

static const char payload[] = "{\"type\":\"accept\"}";

static void add_name(X509_NAME *name, const char *field, const char *value)
{
    assert_int_equal(X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, (const unsigned char *)value, -1, -1, 0),
                     1);
}

/* A certificate of this key, by itself: whether it is to be trusted is another question. */
static X509 *certificate_of(EVP_PKEY *key)
{
    X509 *x = X509_new();
    X509V3_CTX names;
    assert_non_null(x);
    assert_int_equal(X509_set_version(x, X509_VERSION_3), 1);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(x), 7), 1);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(x), -DAY_S));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(x), DAY_S));
    X509_NAME *name = X509_get_subject_name(x);
    add_name(name, "serialNumber", OIN_A);
    add_name(name, "O", "Gemeente Proefdam");
    assert_int_equal(X509_set_issuer_name(x, name), 1);
    assert_int_equal(X509_set_pubkey(x, key), 1);
    X509V3_set_ctx(&names, x, x, NULL, NULL, 0);
    X509_EXTENSION *san = X509V3_EXT_nconf_nid(NULL, &names, NID_subject_alt_name, "DNS:tekent.example");
    assert_int_equal(X509_add_ext(x, san, -1), 1);
    X509_EXTENSION_free(san);
    assert_true(X509_sign(x, key, EVP_sha256()) > 0);
    return x;
}

struct signer {
    EVP_PKEY *key;
    X509 *certificate;
    struct fixture_path pem, private_key;
    struct buf pem_text;
    char mark[MARK + 1]; /* x5t#S256 */
};

static struct signer signer_of(const struct fixture *fixture, EVP_PKEY *key, const char *name)
{
    struct signer s = {.key = key, .certificate = certificate_of(key)};
    char file[64];
    uint8_t digest[32];
    assert_non_null(key);
    (void)snprintf(file, sizeof file, "%s.pem", name);
    s.pem = fixture_path(fixture, file);
    (void)snprintf(file, sizeof file, "%s.key", name);
    s.private_key = fixture_path(fixture, file);
    FILE *out = fopen(s.pem.text, "w");
    assert_non_null(out);
    assert_int_equal(PEM_write_X509(out, s.certificate), 1);
    assert_int_equal(fclose(out), 0);
    out = fopen(s.private_key.text, "w");
    assert_non_null(out);
    assert_int_equal(chmod(s.private_key.text, 0600), 0);
    assert_int_equal(PEM_write_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL), 1);
    assert_int_equal(fclose(out), 0);
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    assert_int_equal(PEM_write_bio_X509(bio, s.certificate), 1);
    const long len = BIO_get_mem_data(bio, &text);
    buf_init(&s.pem_text, JWS_CERTIFICATE_MAX);
    buf_bytes(&s.pem_text, text, (size_t)len);
    BIO_free(bio);
    assert_int_equal(X509_digest(s.certificate, EVP_sha256(), digest, NULL), 1);
    base64url_write(slice_of(digest, sizeof digest), s.mark);
    return s;
}

static void signer_drop(struct signer *s)
{
    EVP_PKEY_free(s->key);
    X509_free(s->certificate);
    buf_free(&s->pem_text);
}

/* Signed here, by OpenSSL and by hand, so that a header can say anything. */
static void sign_by_hand(const struct signer *s, const char *header, const char *digest, bool pss, struct buf *out)
{
    uint8_t made[600];
    size_t len = sizeof made;
    EVP_PKEY_CTX *ctx = NULL;
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    base64url_encode(slice_text(header), out);
    buf_byte(out, '.');
    base64url_encode(slice_text(payload), out);
    assert_int_equal(EVP_DigestSignInit_ex(md, &ctx, digest, NULL, NULL, s->key, NULL), 1);
    if (pss) {
        assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING), 1);
        assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST), 1);
    }
    assert_int_equal(EVP_DigestSign(md, made, &len, out->ptr, out->len), 1);
    EVP_MD_CTX_free(md);
    buf_byte(out, '.');
    if (EVP_PKEY_get_base_id(s->key) == EVP_PKEY_EC) {
        const int width = (EVP_PKEY_get_bits(s->key) + 7) / 8;
        const uint8_t *der = made;
        uint8_t raw[2 * 66];
        ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)len);
        assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(pair), raw, width), width);
        assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(pair), raw + width, width), width);
        ECDSA_SIG_free(pair);
        base64url_encode(slice_of(raw, 2 * (size_t)width), out);
    } else {
        base64url_encode(slice_of(made, len), out);
    }
    assert_true(buf_ok(out));
}

static enum result open_it(const struct signer *s, struct slice jws, struct error *err)
{
    struct buf got;
    struct cert_identity who;
    buf_init(&got, PAYLOAD_MAX);
    const enum result result = jws_open(jws, buf_slice(&s->pem_text), &got, &who, err);
    if (result == RESULT_OK) {
        assert_true(slice_is(buf_slice(&got), payload));
        assert_string_equal(who.oin.digits, OIN_A);
    }
    buf_free(&got);
    return result;
}

static void what_we_sign_opens_with_every_kind_of_key(void **state)
{
    const struct fixture *fixture = *state;
    EVP_PKEY *const keys[] = {EVP_EC_gen("P-256"), EVP_EC_gen("P-384"), EVP_EC_gen("P-521"), EVP_RSA_gen(2048),
                              EVP_RSA_gen(4096)};
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        char name[16];
        struct buf jws;
        struct buf pem;
        struct error err = {0};
        (void)snprintf(name, sizeof name, "sleutel-%zu", i);
        struct signer s = signer_of(fixture, keys[i], name);
        buf_init(&jws, JWS_BYTES_MAX);
        buf_init(&pem, JWS_CERTIFICATE_MAX);
        if (jws_sign(s.pem.text, s.private_key.text, slice_text(payload), &jws, &pem, &err) != RESULT_OK) {
            fail_msg("%s: %s", err.where, err.what);
        }
        assert_true(slice_equal(buf_slice(&pem), buf_slice(&s.pem_text)));
        assert_int_equal(open_it(&s, buf_slice(&jws), &err), RESULT_OK);
        /* Whatever byte is changed, it holds no more. */
        for (size_t at = 0; at < jws.len; at += 7) {
            const uint8_t was = jws.ptr[at];
            jws.ptr[at] = was == 'A' ? 'B' : 'A';
            assert_int_equal(open_it(&s, buf_slice(&jws), &err), RESULT_FAILED);
            jws.ptr[at] = was;
        }
        buf_free(&jws);
        buf_free(&pem);
        signer_drop(&s);
    }
}

static void headers_are_taken_to_the_letter(void **state)
{
    const struct fixture *fixture = *state;
    struct signer keys[] = {signer_of(fixture, EVP_RSA_gen(2048), "rsa"), signer_of(fixture, EVP_EC_gen("P-256"), "ec"),
                            signer_of(fixture, EVP_EC_gen("P-384"), "ec3"),
                            signer_of(fixture, EVP_RSA_gen(1024), "klein")};
    static const struct {
        size_t key;
        const char *digest;
        bool pss;
        bool fine;
        const char *header; /* %s: the thumbprint */
    } cases[] = {
        {0, "SHA256", false, true, "{\"alg\":\"RS256\",\"x5t#S256\":\"%s\"}"},
        {0, "SHA384", false, true, "{\"alg\":\"RS384\",\"x5t#S256\":\"%s\"}"},
        {0, "SHA512", false, true, "{\"alg\":\"RS512\",\"x5t#S256\":\"%s\"}"},
        {0, "SHA256", true, true, "{\"alg\":\"PS256\",\"x5t#S256\":\"%s\"}"},
        {0, "SHA384", true, true, "{\"alg\":\"PS384\",\"x5t#S256\":\"%s\"}"},
        {0, "SHA512", true, true, "{\"x5t#S256\":\"%s\",\"alg\":\"PS512\",\"typ\":\"JOSE\"}"},
        {1, "SHA256", false, true, "{\"alg\":\"ES256\",\"x5t#S256\":\"%s\"}"},
        {2, "SHA384", false, true, "{\"alg\":\"ES384\",\"x5t#S256\":\"%s\"}"},
        /* signed in another way than the header says */
        {0, "SHA256", false, false, "{\"alg\":\"PS256\",\"x5t#S256\":\"%s\"}"},
        {0, "SHA256", true, false, "{\"alg\":\"RS256\",\"x5t#S256\":\"%s\"}"},
        {0, "SHA512", false, false, "{\"alg\":\"RS256\",\"x5t#S256\":\"%s\"}"},
        /* of another kind of key, or another curve */
        {0, "SHA256", false, false, "{\"alg\":\"ES256\",\"x5t#S256\":\"%s\"}"},
        {1, "SHA256", false, false, "{\"alg\":\"RS256\",\"x5t#S256\":\"%s\"}"},
        {1, "SHA256", false, false, "{\"alg\":\"ES384\",\"x5t#S256\":\"%s\"}"},
        {2, "SHA256", false, false, "{\"alg\":\"ES256\",\"x5t#S256\":\"%s\"}"},
        {3, "SHA256", false, false, "{\"alg\":\"RS256\",\"x5t#S256\":\"%s\"}"},
        /* no algorithm of the list */
        {0, "SHA256", false, false, "{\"alg\":\"none\",\"x5t#S256\":\"%s\"}"},
        {0, "SHA256", false, false, "{\"alg\":\"HS256\",\"x5t#S256\":\"%s\"}"},
        {0, "SHA256", false, false, "{\"alg\":\"rs256\",\"x5t#S256\":\"%s\"}"},
        {0, "SHA256", false, false, "{\"alg\":\"\",\"x5t#S256\":\"%s\"}"},
        {0, "SHA256", false, false, "{\"x5t#S256\":\"%s\"}"},
        {0, "SHA256", false, false, "{\"alg\":[\"RS256\"],\"x5t#S256\":\"%s\"}"},
        /* what a header may not bring */
        {0, "SHA256", false, false, "{\"alg\":\"RS256\",\"x5t#S256\":\"%s\",\"crit\":[\"exp\"]}"},
        {0, "SHA256", false, false, "{\"alg\":\"RS256\",\"x5t#S256\":\"%s\",\"jwk\":{\"kty\":\"RSA\"}}"},
        {0, "SHA256", false, false, "{\"alg\":\"RS256\",\"x5t#S256\":\"%s\",\"jku\":\"https://x.example\"}"},
        {0, "SHA256", false, false, "{\"alg\":\"RS256\",\"x5t#S256\":\"%s\",\"x5u\":\"https://x.example\"}"},
        {0, "SHA256", false, false, "{\"alg\":\"RS256\",\"x5t#S256\":\"%s\",\"x5c\":[]}"},
        {0, "SHA256", false, false, "{\"alg\":\"RS256\",\"x5t#S256\":\"%s\",\"b64\":false}"},
        {0, "SHA256", false, false, "{\"alg\":\"RS256\",\"x5t#S256\":\"%s\",\"kid\":\"1\"}"},
        {0, "SHA256", false, false, "{\"alg\":\"RS256\",\"alg\":\"RS256\",\"x5t#S256\":\"%s\"}"},
        /* whose certificate it is */
        {0, "SHA256", false, false, "{\"alg\":\"RS256\"}"},
        {0, "SHA256", false, false, "{\"alg\":\"RS256\",\"x5t#S256\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}"},
        {0, "SHA256", false, false, "{\"alg\":\"RS256\",\"x5t\":\"%s\"}"},
        /* no header at all */
        {0, "SHA256", false, false, "\"RS256\""},
        {0, "SHA256", false, false, "{\"alg\":\"RS256\""},
        {0, "SHA256", false, false, ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct signer *s = &keys[cases[i].key];
        char header[256];
        const char *hole = strstr(cases[i].header, "%s");
        struct buf jws;
        struct error err = {0};
        buf_init(&jws, JWS_BYTES_MAX);
        (void)snprintf(header, sizeof header, "%.*s%s%s",
                       hole != NULL ? (int)(hole - cases[i].header) : (int)strlen(cases[i].header), cases[i].header,
                       hole != NULL ? s->mark : "", hole != NULL ? hole + 2 : "");
        sign_by_hand(s, header, cases[i].digest, cases[i].pss, &jws);
        if ((open_it(s, buf_slice(&jws), &err) == RESULT_OK) != cases[i].fine) {
            fail_msg("%s: %s %s", header, err.where, err.what);
        }
        buf_free(&jws);
    }
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        signer_drop(&keys[i]);
    }
}

static void what_is_no_compact_jws_is_refused(void **state)
{
    const struct fixture *fixture = *state;
    struct signer s = signer_of(fixture, EVP_EC_gen("P-256"), "vorm");
    struct buf jws;
    struct buf pem;
    struct error err;
    char text[JWS_BYTES_MAX + 2];
    buf_init(&jws, JWS_BYTES_MAX);
    buf_init(&pem, JWS_CERTIFICATE_MAX);
    assert_int_equal(jws_sign(s.pem.text, s.private_key.text, slice_text(payload), &jws, &pem, &err), RESULT_OK);
    const int len = (int)jws.len;
    const char *whole = (const char *)jws.ptr;
    static const char *const forms[] = {
        "%.*s=", "%.*s.", ".%.*s", "%.*s.AAAA", " %.*s", "%.*s\n", "{\"jws\":\"%.*s\"}"};
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        const char *hole = strstr(forms[i], "%.*s");
        (void)snprintf(text, sizeof text, "%.*s%.*s%s", (int)(hole - forms[i]), forms[i], len, whole, hole + 4);
        assert_int_equal(open_it(&s, slice_text(text), &err), RESULT_FAILED);
    }
    static const char *const short_ones[] = {"", ".", "..", "a.b", "a.b.c", "e30.e30.", "e30.e30.AAAA"};
    for (size_t i = 0; i < COUNT_OF(short_ones); i++) {
        assert_int_equal(open_it(&s, slice_text(short_ones[i]), &err), RESULT_FAILED);
    }
    memset(text, 'a', sizeof text);
    assert_int_equal(open_it(&s, slice_of(text, JWS_BYTES_MAX + 1), &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_TOO_LARGE);
    /* The bytes of the JWS are right, those of the certificate are not. */
    s.pem_text.ptr[40] ^= 1;
    assert_int_equal(open_it(&s, buf_slice(&jws), &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_CERTIFICATE);
    buf_clear(&s.pem_text);
    assert_int_equal(open_it(&s, buf_slice(&jws), &err), RESULT_FAILED);
    buf_free(&jws);
    buf_free(&pem);
    signer_drop(&s);
}

static struct slice read_pem(const struct fixture *fixture, const char *name, char *room, size_t size)
{
    FILE *in = fopen(fixture_path(fixture, name).text, "r");
    assert_non_null(in);
    const size_t len = fread(room, 1, size, in);
    assert_int_equal(fclose(in), 0);
    return slice_of(room, len);
}

static enum fault trusted(const struct trust *trust, struct slice pem, int64_t at_s)
{
    struct error err = {0};
    return jws_trust(trust, pem, at_s, (int64_t)time(NULL), &err) == RESULT_OK ? FAULT_NONE : err.fault;
}

static void a_certificate_counts_as_it_was_when_it_signed_and_is_known_now(void **state)
{
    const struct fixture *fixture = *state;
    const int64_t now = (int64_t)time(NULL);
    char room[JWS_CERTIFICATE_MAX];
    struct trust *trust = NULL;
    struct error err = {0};
    fixture_issue(fixture, "knoop", OIN_A);
    fixture_issue(fixture, "tekent", OIN_A);
    fixture_issue_dates(fixture, fixture->ca, "oud", OIN_A, -20 * DAY_S, -10 * DAY_S);
    const struct fixture_path other = fixture_path(fixture, "vreemd");
    assert_int_equal(pki_create(other.text, "Vreemde CA", now - DAY_S, 30, &err), RESULT_OK);
    fixture_issue_dates(fixture, other.text, "vreemd", OIN_A, -DAY_S, DAY_S);
    assert_int_equal(fixture_load(fixture, "knoop", "ca", &trust, &err), RESULT_OK);
    struct slice pem = read_pem(fixture, "tekent.pem", room, sizeof room);
    assert_int_equal(trusted(trust, pem, now), FAULT_NONE);
    assert_int_equal(trusted(trust, pem, now - (int64_t)2 * DAY_S), FAULT_CERTIFICATE); /* it was not yet */
    assert_int_equal(trusted(trust, pem, now + (int64_t)11 * DAY_S), FAULT_CERTIFICATE);
    pem = read_pem(fixture, "oud.pem", room, sizeof room); /* expired, and signed in time */
    assert_int_equal(trusted(trust, pem, now - (int64_t)15 * DAY_S), FAULT_CERTIFICATE); /* before the CA itself was */
    pem = read_pem(fixture, "vreemd.pem", room, sizeof room);
    assert_int_equal(trusted(trust, pem, now), FAULT_CERTIFICATE);
    pem = read_pem(fixture, "knoop.pem", room, sizeof room); /* the node's own key signs nothing */
    assert_int_equal(trusted(trust, pem, now), FAULT_CERTIFICATE);
    trust_free(trust);
    /* Revoked since. */
    assert_int_equal(pki_revoke(fixture->ca, fixture_path(fixture, "tekent.pem").text, now, &err), RESULT_OK);
    assert_int_equal(fixture_load(fixture, "knoop", "ca", &trust, &err), RESULT_OK);
    pem = read_pem(fixture, "tekent.pem", room, sizeof room);
    assert_int_equal(trusted(trust, pem, now), FAULT_CERTIFICATE);
    trust_free(trust);
}

static void a_certificate_that_expired_does_not_undo_what_it_signed_in_time(void **state)
{
    const struct fixture *fixture = *state;
    const int64_t now = (int64_t)time(NULL);
    char room[JWS_CERTIFICATE_MAX];
    struct trust *trust = NULL;
    struct error err = {0};
    fixture_issue(fixture, "knoop", OIN_A);
    fixture_issue_dates(fixture, fixture->ca, "kort", OIN_A, -DAY_S / 2, -60);
    assert_int_equal(fixture_load(fixture, "knoop", "ca", &trust, &err), RESULT_OK);
    const struct slice pem = read_pem(fixture, "kort.pem", room, sizeof room);
    assert_int_equal(trusted(trust, pem, now - 3600), FAULT_NONE);
    assert_int_equal(trusted(trust, pem, now), FAULT_CERTIFICATE);
    trust_free(trust);
}

/* RSA with an exponent of 101 bits: right, and slow to check. */
static EVP_PKEY *heavy_key(void)
{
    EVP_PKEY *key = NULL;
    BIGNUM *exponent = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, NULL);
    assert_true(BN_hex2bn(&exponent, "10000000000000000000010001") != 0);
    assert_int_equal(EVP_PKEY_keygen_init(ctx), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, 2048), 1);
    assert_int_equal(EVP_PKEY_CTX_set1_rsa_keygen_pubexp(ctx, exponent), 1);
    assert_int_equal(EVP_PKEY_keygen(ctx, &key), 1);
    EVP_PKEY_CTX_free(ctx);
    BN_free(exponent);
    return key;
}

static void only_the_certificates_of_a_text_are_kept(void **state)
{
    const struct fixture *fixture = *state;
    struct signer s = signer_of(fixture, EVP_EC_gen("P-256"), "rand");
    struct buf text;
    struct buf kept;
    struct error err;
    buf_init(&text, JWS_CERTIFICATE_MAX);
    buf_init(&kept, JWS_CERTIFICATE_MAX);
    buf_text(&text, "\x01\x02 \"Wie dit leest\"\n");
    buf_slice_in(&text, buf_slice(&s.pem_text));
    buf_text(&text, "\x03 en meer\n");
    assert_int_equal(jws_certificates(buf_slice(&text), &kept, &err), RESULT_OK);
    assert_true(slice_equal(buf_slice(&kept), buf_slice(&s.pem_text)));
    buf_free(&text);
    buf_free(&kept);
    signer_drop(&s);
}

static void a_key_that_does_not_fit_signs_nothing(void **state)
{
    const struct fixture *fixture = *state;
    struct signer one = signer_of(fixture, EVP_EC_gen("P-256"), "een");
    struct signer two = signer_of(fixture, EVP_EC_gen("P-256"), "twee");
    struct signer small = signer_of(fixture, EVP_RSA_gen(1024), "zwak");
    struct signer heavy = signer_of(fixture, heavy_key(), "zwaar");
    struct signer koblitz = signer_of(fixture, EVP_EC_gen("secp256k1"), "koblitz");
    struct buf jws;
    struct buf pem;
    struct error err;
    buf_init(&jws, JWS_BYTES_MAX);
    buf_init(&pem, JWS_CERTIFICATE_MAX);
    assert_int_equal(jws_sign(one.pem.text, two.private_key.text, slice_text(payload), &jws, &pem, &err),
                     RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_CERTIFICATE);
    assert_int_equal(jws_sign(small.pem.text, small.private_key.text, slice_text(payload), &jws, &pem, &err),
                     RESULT_FAILED);
    assert_int_equal(jws_sign(heavy.pem.text, heavy.private_key.text, slice_text(payload), &jws, &pem, &err),
                     RESULT_FAILED);
    assert_int_equal(jws_sign(koblitz.pem.text, koblitz.private_key.text, slice_text(payload), &jws, &pem, &err),
                     RESULT_FAILED);
    assert_int_equal(chmod(one.private_key.text, 0644), 0);
    assert_int_equal(jws_sign(one.pem.text, one.private_key.text, slice_text(payload), &jws, &pem, &err),
                     RESULT_FAILED);
    buf_free(&jws);
    buf_free(&pem);
    signer_drop(&one);
    signer_drop(&two);
    signer_drop(&small);
    signer_drop(&heavy);
    signer_drop(&koblitz);
}

#define T(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(what_we_sign_opens_with_every_kind_of_key),
        T(headers_are_taken_to_the_letter),
        T(what_is_no_compact_jws_is_refused),
        T(a_certificate_counts_as_it_was_when_it_signed_and_is_known_now),
        T(a_certificate_that_expired_does_not_undo_what_it_signed_in_time),
        T(only_the_certificates_of_a_text_are_kept),
        T(a_key_that_does_not_fit_signs_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
