#include "certs/jws.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <string.h>

#include "base/encode.h"
#include "base/json.h"
#include "base/limits.h"
#include "certs/jws_parts.h"

enum {
    RSA_BITS_MIN = 2048,
    RSA_BITS_MAX = 4096,
    RSA_EXPONENT_BITS_MAX = 64, /* a longer one is only slow, and a certificate is read before it is believed */
    SIGNATURE_MAX = RSA_BITS_MAX / 8,
    THUMBPRINT = 32,
    CURVE_NAME_MAX = 32
};

/* RFC 7518, sections 3.3, 3.4, 3.5. The first that fits a key is what we sign with. */
static const struct algorithm {
    const char *name;
    const char *curve; /* NULL: RSA */
    const char *digest;
    int width; /* EC: bytes of each half of the signature */
    bool pss;
} algorithms[] = {
    {"PS256", NULL, "SHA256", 0, true},           {"PS384", NULL, "SHA384", 0, true},
    {"PS512", NULL, "SHA512", 0, true},           {"RS256", NULL, "SHA256", 0, false},
    {"RS384", NULL, "SHA384", 0, false},          {"RS512", NULL, "SHA512", 0, false},
    {"ES256", "prime256v1", "SHA256", 32, false}, {"ES384", "secp384r1", "SHA384", 48, false},
    {"ES512", "secp521r1", "SHA512", 66, false},
};

static const struct json_field header_fields[] = {
    {"alg", JSON_TEXT, true, 1, 16},
    {"x5t#S256", JSON_TEXT, true, 43, 43},
    {"typ", JSON_TEXT, false, 1, 32},
};

/* ---- keys ---- */

static bool has_short_exponent(const EVP_PKEY *key)
{
    BIGNUM *exponent = NULL;
    const bool is_short = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) == 1 &&
                          BN_num_bits(exponent) <= RSA_EXPONENT_BITS_MAX;
    BN_free(exponent);
    return is_short;
}

static bool fits(const struct algorithm *a, EVP_PKEY *key)
{
    if (a->curve == NULL) {
        return EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA && EVP_PKEY_get_bits(key) >= RSA_BITS_MIN &&
               EVP_PKEY_get_bits(key) <= RSA_BITS_MAX && has_short_exponent(key);
    }
    char curve[CURVE_NAME_MAX];
    size_t len = 0;
    return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC && EVP_PKEY_get_group_name(key, curve, sizeof curve, &len) == 1 &&
           strcmp(curve, a->curve) == 0;
}

static const struct algorithm *algorithm_for(EVP_PKEY *key)
{
    for (size_t i = 0; i < COUNT_OF(algorithms); i++) {
        if (fits(&algorithms[i], key)) {
            return &algorithms[i];
        }
    }
    return NULL;
}

static bool set_padding(const struct algorithm *a, EVP_PKEY_CTX *ctx)
{
    return !a->pss || (EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
                       EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) == 1);
}

static enum result thumbprint(const X509 *certificate, char out[44], struct error *err)
{
    uint8_t digest[THUMBPRINT];
    unsigned len = 0;
    ENSURE(X509_digest(certificate, EVP_sha256(), digest, &len) == 1 && len == THUMBPRINT, err, FAULT_NO_MEMORY,
           "certificaat", "geen geheugen voor de vingerafdruk");
    base64url_write(slice_of(digest, THUMBPRINT), out);
    out[43] = '\0';
    return RESULT_OK;
}

/* ---- signing ---- */

/* RFC 7518, 3.4: both numbers at full width, not the DER that OpenSSL gives. */
static bool raw_of_der(const uint8_t *der, size_t len, int width, uint8_t *raw)
{
    CLEANUP(ecdsa_drop) ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)len);
    return pair != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(pair), raw, width) == width &&
           BN_bn2binpad(ECDSA_SIG_get0_s(pair), raw + width, width) == width;
}

static enum result sign_bytes(const struct algorithm *a, EVP_PKEY *key, struct slice text, uint8_t *out, size_t *len,
                              struct error *err)
{
    uint8_t made[SIGNATURE_MAX];
    size_t made_len = sizeof made;
    EVP_PKEY_CTX *ctx = NULL; /* borrowed */
    CLEANUP(md_ctx_drop) EVP_MD_CTX *md = EVP_MD_CTX_new();
    bool done = md != NULL && EVP_DigestSignInit_ex(md, &ctx, a->digest, NULL, NULL, key, NULL) == 1 &&
                set_padding(a, ctx) && EVP_DigestSign(md, made, &made_len, text.ptr, text.len) == 1;
    if (done && a->curve != NULL) {
        done = raw_of_der(made, made_len, a->width, out);
        *len = (size_t)a->width * 2;
    } else if (done) {
        memcpy(out, made, made_len);
        *len = made_len;
    }
    ERR_clear_error();
    ENSURE(done, err, FAULT_NO_MEMORY, "sleutel", "met deze sleutel kan nu niet worden ondertekend");
    return RESULT_OK;
}

static void put_part(struct buf *out, struct slice part)
{
    base64url_encode(part, out);
}

enum result jws_sign(const char *certificate_file, const char *key_file, struct slice payload, struct buf *out,
                     struct buf *pem, struct error *err)
{
    CLEANUP(x509s_drop) STACK_OF(X509) *chain = NULL;
    CLEANUP(pkey_drop) EVP_PKEY *key = NULL;
    char mark[44];
    char header[96];
    uint8_t signature[SIGNATURE_MAX];
    size_t signature_len = 0;
    TRY(ossl_read_certificates(certificate_file, &chain, err));
    TRY(ossl_read_key(key_file, &key, err));
    X509 *own = sk_X509_value(chain, 0);
    const bool pair = X509_check_private_key(own, key) == 1;
    ERR_clear_error();
    ENSURE(pair, err, FAULT_CERTIFICATE, key_file, "deze sleutel hoort niet bij het certificaat");
    const struct algorithm *a = algorithm_for(key);
    ENSURE(a != NULL, err, FAULT_CERTIFICATE, key_file,
           "toegestaan: RSA van %d tot en met %d bits, of ECDSA met P-256, P-384 of P-521", RSA_BITS_MIN, RSA_BITS_MAX);
    TRY(thumbprint(own, mark, err));
    (void)snprintf(header, sizeof header, "{\"alg\":\"%s\",\"x5t#S256\":\"%s\"}", a->name, mark);
    const size_t start = out->len;
    put_part(out, slice_text(header));
    buf_byte(out, '.');
    put_part(out, payload);
    TRY(buf_result(out, "handtekening", err));
    TRY(sign_bytes(a, key, slice_of(out->ptr + start, out->len - start), signature, &signature_len, err));
    buf_byte(out, '.');
    put_part(out, slice_of(signature, signature_len));
    TRY(jws_chain_write(chain, pem, err));
    return buf_result(out, "handtekening", err);
}

/* ---- opening ---- */

struct compact {
    struct slice header, payload, signature; /* base64url */
    struct slice signed_text;                /* header and payload, with the dot between */
};

static enum result split(struct slice text, struct compact *out, struct error *err)
{
    struct slice *const parts[] = {&out->header, &out->payload, &out->signature};
    size_t count = 0;
    size_t from = 0;
    ENSURE(text.len <= JWS_BYTES_MAX, err, FAULT_TOO_LARGE, "handtekening", "hoogstens %d bytes", JWS_BYTES_MAX);
    for (size_t i = 0; i <= text.len; i++) {
        if (i == text.len || text.ptr[i] == '.') {
            ENSURE(count < COUNT_OF(parts), err, FAULT_INVALID, "handtekening", "dit is geen compacte JWS");
            *parts[count++] = slice_of(text.ptr + from, i - from);
            from = i + 1;
        }
    }
    ENSURE(count == COUNT_OF(parts), err, FAULT_INVALID, "handtekening", "dit is geen compacte JWS");
    out->signed_text = slice_of(text.ptr, out->header.len + 1 + out->payload.len);
    return RESULT_OK;
}

static enum result read_header(struct slice encoded, const char *mark, EVP_PKEY *key, const struct algorithm **out,
                               struct error *err)
{
    CLEANUP(buf_free) struct buf text;
    struct json *header CLEANUP(json_cleanup) = NULL;
    struct fault_list faults = {0};
    struct error why;
    buf_init(&text, JWS_BYTES_MAX);
    ENSURE(base64url_decode(encoded, &text) && buf_ok(&text), err, FAULT_INVALID, "kop", "geen base64url");
    ENSURE(json_parse(buf_slice(&text), &header, &why) == RESULT_OK, err, FAULT_INVALID, "kop", "geen JSON");
    json_check(header, "", header_fields, COUNT_OF(header_fields), &faults);
    ENSURE(faults.count == 0, err, FAULT_INVALID, "kop", "toegestaan zijn alleen alg, x5t#S256 en typ; %.60s: %.200s",
           faults.items[0].where, faults.items[0].what);
    *out = NULL;
    for (size_t i = 0; i < COUNT_OF(algorithms); i++) {
        if (slice_is(json_text_of(header, "alg"), algorithms[i].name)) {
            *out = &algorithms[i];
        }
    }
    ENSURE(*out != NULL, err, FAULT_INVALID, "kop",
           "alg: toegestaan zijn RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384 en ES512");
    ENSURE(fits(*out, key), err, FAULT_INVALID, "kop", "alg past niet bij de sleutel van het certificaat");
    ENSURE(slice_is(json_text_of(header, "x5t#S256"), mark), err, FAULT_INVALID, "kop",
           "x5t#S256 is niet de vingerafdruk van het certificaat");
    return RESULT_OK;
}

/* Both halves as DER, whose length is that of the numbers. False: no signature of this kind of key. */
static bool der_of_raw(const struct buf *raw, int width, uint8_t *der, size_t *len)
{
    if (raw->len != (size_t)width * 2) {
        return false;
    }
    CLEANUP(ecdsa_drop) ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(raw->ptr, width, NULL);
    BIGNUM *s = BN_bin2bn(raw->ptr + width, width, NULL);
    if (pair == NULL || r == NULL || s == NULL || ECDSA_SIG_set0(pair, r, s) != 1) {
        BN_free(r);
        BN_free(s);
        return false;
    }
    uint8_t *to = der;
    const int written = i2d_ECDSA_SIG(pair, NULL) <= SIGNATURE_MAX ? i2d_ECDSA_SIG(pair, &to) : -1;
    *len = written > 0 ? (size_t)written : 0;
    return written > 0;
}

static bool holds(const struct algorithm *a, EVP_PKEY *key, struct slice text, const struct buf *signature)
{
    uint8_t der[SIGNATURE_MAX];
    struct slice given = buf_slice(signature);
    if (a->curve != NULL) {
        size_t len = 0;
        if (!der_of_raw(signature, a->width, der, &len)) {
            return false;
        }
        given = slice_of(der, len);
    }
    EVP_PKEY_CTX *ctx = NULL; /* borrowed */
    CLEANUP(md_ctx_drop) EVP_MD_CTX *md = EVP_MD_CTX_new();
    const bool good = md != NULL && EVP_DigestVerifyInit_ex(md, &ctx, a->digest, NULL, NULL, key, NULL) == 1 &&
                      set_padding(a, ctx) && EVP_DigestVerify(md, given.ptr, given.len, text.ptr, text.len) == 1;
    ERR_clear_error();
    return good;
}

enum result jws_open(struct slice compact, struct slice pem, struct buf *payload, struct cert_identity *signer,
                     struct error *err)
{
    CLEANUP(x509s_drop) STACK_OF(X509) *chain = NULL;
    CLEANUP(buf_free) struct buf signature;
    struct compact parts;
    const struct algorithm *algorithm = NULL;
    char mark[44];
    buf_init(&signature, SIGNATURE_MAX);
    TRY(split(compact, &parts, err));
    TRY(jws_chain_read(pem, &chain, err));
    X509 *certificate = sk_X509_value(chain, 0);
    EVP_PKEY *key = X509_get0_pubkey(certificate);
    ENSURE(key != NULL, err, FAULT_CERTIFICATE, "certificaat", "de sleutel is niet te lezen");
    TRY(thumbprint(certificate, mark, err));
    TRY(read_header(parts.header, mark, key, &algorithm, err));
    ENSURE(base64url_decode(parts.signature, &signature) && buf_ok(&signature) && signature.len != 0, err,
           FAULT_INVALID, "handtekening", "geen base64url");
    ENSURE(holds(algorithm, key, parts.signed_text, &signature), err, FAULT_UNPROVEN, "handtekening",
           "de handtekening klopt niet");
    TRY(identity_of(certificate, signer, err));
    ENSURE(base64url_decode(parts.payload, payload), err, FAULT_INVALID, "inhoud", "geen base64url");
    return buf_result(payload, "inhoud", err);
}
