#include <openssl/err.h>
#include <openssl/ssl.h>

#include "certs/trust.h"
#include "certs/trust_parts.h"

_Static_assert(TRUST_VERIFY_OIN == X509_V_ERR_APPLICATION_VERIFICATION, "trust.h promises OpenSSL's value");

static const unsigned char h2_only[] = {2, 'h', '2'};

static const struct {
    long result;
    const char *text;
} refusals[] = {
    {X509_V_OK, "het certificaat is in orde"},
    {X509_V_ERR_CERT_HAS_EXPIRED, "het certificaat is verlopen"},
    {X509_V_ERR_CERT_NOT_YET_VALID, "het certificaat is nog niet geldig"},
    {X509_V_ERR_CERT_REVOKED, "het certificaat is ingetrokken"},
    {X509_V_ERR_UNABLE_TO_GET_CRL, "er is geen CRL van de uitgever: onbekend of het certificaat is ingetrokken"},
    {X509_V_ERR_CRL_HAS_EXPIRED, "de CRL van de uitgever is verlopen: onbekend of het certificaat is ingetrokken"},
    {X509_V_ERR_CRL_NOT_YET_VALID, "de CRL van de uitgever is nog niet geldig"},
    {X509_V_ERR_CRL_SIGNATURE_FAILURE, "de CRL is niet door de uitgever ondertekend"},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, "de uitgever van het certificaat is onbekend"},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, "de uitgever van het certificaat is onbekend"},
    {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, "de uitgever van het certificaat is onbekend"},
    {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, "het certificaat is door zichzelf ondertekend"},
    {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, "de keten eindigt bij een onbekende uitgever"},
    {X509_V_ERR_CERT_SIGNATURE_FAILURE, "de ondertekening van het certificaat klopt niet"},
    {X509_V_ERR_INVALID_PURPOSE, "het certificaat is niet voor dit gebruik uitgegeven"},
    {X509_V_ERR_HOSTNAME_MISMATCH, "het certificaat is van een andere host"},
    {X509_V_ERR_EE_KEY_TOO_SMALL, "de sleutel van het certificaat is te kort"},
    {X509_V_ERR_CA_MD_TOO_WEAK, "het certificaat is te zwak ondertekend"},
    {TRUST_VERIFY_OIN, "het certificaat noemt geen of een andere organisatie (OIN)"},
};

const char *trust_refusal(long verify_result)
{
    for (size_t i = 0; i < COUNT_OF(refusals); i++) {
        if (refusals[i].result == verify_result) {
            return refusals[i].text;
        }
    }
    return "het certificaat wordt niet aanvaard";
}

/* Runs inside the handshake, after OpenSSL's own check of chain, dates, purpose and CRL. */
static int verify_organisation(X509_STORE_CTX *check, void *ctx)
{
    const struct trust_expected *expected = ctx;
    const int verdict = X509_verify_cert(check);
    if (verdict <= 0) {
        return verdict;
    }
    struct cert_identity identity;
    const bool named = identity_of(X509_STORE_CTX_get0_cert(check), &identity, NULL) == RESULT_OK;
    const bool any = expected == NULL || !oin_is_set(&expected->oin);
    if (!named || (!any && !oin_equal(&identity.oin, &expected->oin))) {
        X509_STORE_CTX_set_error(check, TRUST_VERIFY_OIN);
        return 0;
    }
    X509_STORE_CTX_set0_verified_chain(check, NULL); /* or each connection keeps it, and nobody asks for it */
    return 1;
}

/* At the end of a handshake that failed: lost, not refused. */
static bool was_cut(const SSL *tls)
{
    const unsigned long code = ERR_peek_last_error();
    if (code == 0) {
        return BIO_should_retry(SSL_get_rbio(tls)) == 0;
    }
    return ERR_GET_LIB(code) == ERR_LIB_SYS ||
           (ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING);
}

static bool is_refusal(int where, int value)
{
    const int alert = value & 0xff;
    return (where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT && alert != SSL_AD_CLOSE_NOTIFY &&
           alert != SSL_AD_USER_CANCELLED;
}

static void count_failures(const SSL *tls, int where, int value)
{
    struct trust_expected *expected = SSL_CTX_get_app_data(SSL_get_SSL_CTX(tls));
    if (expected == NULL) {
        return;
    }
    if (is_refusal(where, value)) {
        expected->refusals++;
    } else if (where == SSL_CB_CONNECT_EXIT && value < 0 && was_cut(tls)) {
        expected->cuts++;
    }
}

void trust_expect(struct ssl_ctx_st *context, struct trust_expected *expected)
{
    SSL_CTX_set_cert_verify_callback(context, verify_organisation, expected);
    (void)SSL_CTX_set_app_data(context, expected);
    SSL_CTX_set_info_callback(context, count_failures);
}

static int select_h2(SSL *tls, const unsigned char **out, unsigned char *out_len, const unsigned char *offered,
                     unsigned int offered_len, void *ctx)
{
    (void)tls;
    (void)ctx;
    for (unsigned int at = 0; at < offered_len; at += 1U + offered[at]) {
        if (offered[at] == 2 && at + 2 < offered_len && offered[at + 1] == 'h' && offered[at + 2] == '2') {
            *out = offered + at + 1;
            *out_len = 2;
            return SSL_TLSEXT_ERR_OK;
        }
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* Without the extension OpenSSL does not ask select_h2 at all. */
static int demand_alpn(SSL *tls, int *alert, void *ctx)
{
    (void)ctx;
    const unsigned char *offered = NULL;
    size_t len = 0;
    if (SSL_client_hello_get0_ext(tls, TLSEXT_TYPE_application_layer_protocol_negotiation, &offered, &len) == 1) {
        return SSL_CLIENT_HELLO_SUCCESS;
    }
    *alert = SSL_AD_NO_APPLICATION_PROTOCOL;
    return SSL_CLIENT_HELLO_ERROR;
}

static bool set_protocol(SSL_CTX *context, enum trust_side side)
{
    SSL_CTX_set_security_level(context, TRUST_SECURITY_LEVEL);
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE);
    /* A resumed session skips the certificate, and with it the revocation list. */
    (void)SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    (void)SSL_CTX_set_mode(context, SSL_MODE_NO_AUTO_CHAIN);
    if (side != TRUST_CLIENT) {
        SSL_CTX_set_alpn_select_cb(context, select_h2, NULL);
        SSL_CTX_set_client_hello_cb(context, demand_alpn, NULL);
    }
    return SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1 &&
           SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1 && SSL_CTX_set_num_tickets(context, 0) == 1 &&
           (side != TRUST_CLIENT || SSL_CTX_set_alpn_protos(context, h2_only, sizeof h2_only) == 0);
}

static bool set_own_certificate(const struct trust *trust, SSL_CTX *context)
{
    if (SSL_CTX_use_certificate(context, sk_X509_value(trust->chain, 0)) != 1 ||
        SSL_CTX_use_PrivateKey(context, trust->key) != 1 || SSL_CTX_clear_chain_certs(context) != 1) {
        return false;
    }
    for (int i = 1; i < sk_X509_num(trust->chain); i++) {
        if (SSL_CTX_add1_chain_cert(context, sk_X509_value(trust->chain, i)) != 1) {
            return false;
        }
    }
    return true;
}

static bool set_demands(const struct trust *trust, enum trust_side side, SSL_CTX *context)
{
    if (side == TRUST_SERVER_OPEN) {
        SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
        return true;
    }
    SSL_CTX_set1_cert_store(context, trust->store);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_cert_verify_callback(context, verify_organisation, NULL);
    if (side == TRUST_SERVER_MUTUAL) {
        for (int i = 0; i < sk_X509_num(trust->anchors); i++) {
            if (SSL_CTX_add_client_CA(context, sk_X509_value(trust->anchors, i)) != 1) {
                return false;
            }
        }
    }
    return true;
}

enum result trust_configure(const struct trust *trust, enum trust_side side, struct ssl_ctx_st *context,
                            struct error *err)
{
    ENSURE(trust->checks_revocation || side == TRUST_SERVER_OPEN, err, FAULT_CERTIFICATE, "tls",
           "zonder CRL's kan van niemand een certificaat worden gevraagd");
    const bool set =
        set_protocol(context, side) && set_demands(trust, side, context) && set_own_certificate(trust, context);
    ERR_clear_error();
    ENSURE(set, err, FAULT_CERTIFICATE, "tls", "het eigen certificaat of de sleutel is niet bruikbaar voor TLS 1.3");
    return RESULT_OK;
}

enum result trust_context(const struct trust *trust, enum trust_side side, struct ssl_ctx_st **out, struct error *err)
{
    CLEANUP(ssl_ctx_drop)
    SSL_CTX *context = SSL_CTX_new(side == TRUST_CLIENT ? TLS_client_method() : TLS_server_method());
    ENSURE(context != NULL, err, FAULT_NO_MEMORY, "tls", "geen geheugen");
    TRY(trust_configure(trust, side, context, err));
    *out = ssl_ctx_take(&context);
    return RESULT_OK;
}
