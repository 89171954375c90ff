#include "http/tls.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"

struct tls_acceptor {
    SSL_CTX *context;
    SSL_CTX *settled; /* of connections past their handshake; NULL until the first */
    SSL_SESSION *no_session;
    BIO_METHOD *method;
    enum trust_side side;
};

struct tls {
    SSL *ssl;
    uint8_t *certificate; /* the peer's, as DER, once settled; NULL: it showed none */
    int certificate_len;
    struct slice in; /* ciphertext not yet taken by OpenSSL */
    struct buf *out;
    struct tls_idle idle;
};

/* A BIO over the reader's own memory: OpenSSL takes from `in` and appends to `out`, nothing lies in between. */
static int bio_read(BIO *bio, char *to, int room)
{
    struct tls *tls = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (room <= 0 || tls->in.len == 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    const size_t len = tls->in.len < (size_t)room ? tls->in.len : (size_t)room;
    memcpy(to, tls->in.ptr, len);
    tls->in = slice_of(tls->in.ptr + len, tls->in.len - len);
    return (int)len;
}

static int bio_write(BIO *bio, const char *from, int len)
{
    struct tls *tls = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (len <= 0) {
        return 0;
    }
    buf_bytes(tls->out, from, (size_t)len);
    return buf_ok(tls->out) ? len : -1;
}

static long bio_control(BIO *bio, int command, long number, void *ptr)
{
    (void)bio;
    (void)number;
    (void)ptr;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

static int bio_create(BIO *bio)
{
    BIO_set_init(bio, 1);
    return 1;
}

static bool make_method(struct tls_acceptor *acceptor)
{
    acceptor->method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "memory");
    return acceptor->method != NULL && BIO_meth_set_read(acceptor->method, bio_read) == 1 &&
           BIO_meth_set_write(acceptor->method, bio_write) == 1 &&
           BIO_meth_set_ctrl(acceptor->method, bio_control) == 1 &&
           BIO_meth_set_create(acceptor->method, bio_create) == 1;
}

enum result tls_acceptor_new(const struct trust *trust, enum trust_side side, struct tls_acceptor **out,
                             struct error *err)
{
    struct tls_acceptor *acceptor = mem_zalloc(sizeof *acceptor);
    ENSURE(acceptor != NULL, err, FAULT_NO_MEMORY, "tls", "geen geheugen");
    acceptor->side = side;
    if (!make_method(acceptor)) {
        tls_acceptor_free(acceptor);
        FAIL(err, FAULT_NO_MEMORY, "tls", "geen geheugen");
    }
    if (tls_acceptor_renew(acceptor, trust, err) != RESULT_OK) {
        tls_acceptor_free(acceptor);
        return RESULT_FAILED;
    }
    *out = acceptor;
    return RESULT_OK;
}

enum result tls_acceptor_renew(struct tls_acceptor *acceptor, const struct trust *trust, struct error *err)
{
    SSL_CTX *context = NULL;
    TRY(trust_context(trust, acceptor->side, &context, err));
    /* An idle connection then costs no 34 kB of record buffers. */
    (void)SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_free(acceptor->context);
    acceptor->context = context;
    return RESULT_OK;
}

void tls_acceptor_free(struct tls_acceptor *acceptor)
{
    if (acceptor != NULL) {
        SSL_CTX_free(acceptor->context);
        SSL_CTX_free(acceptor->settled);
        SSL_SESSION_free(acceptor->no_session);
        BIO_meth_free(acceptor->method);
        mem_free(acceptor);
    }
}

/* Called for each record header and each handshake message, ours and the peer's. OpenSSL would go on through all new keys
 * that wait in `in`: past the bound, with which the connection ends, it gets no more to read. */
static void on_message(int sent, int version, int type, const void *ptr, size_t len, SSL *ssl, void *arg)
{
    (void)version;
    (void)ssl;
    struct tls *tls = arg;
    if (sent != 0 || len == 0) {
        return;
    }
    if (type == SSL3_RT_HEADER) {
        tls->idle.empty_records++;
    } else if (type == SSL3_RT_HANDSHAKE && *(const uint8_t *)ptr == SSL3_MT_KEY_UPDATE &&
               ++tls->idle.key_updates > HTTP_KEY_UPDATES_BURST) {
        tls->in = slice_of(NULL, 0);
    }
}

struct tls *tls_new(struct tls_acceptor *acceptor, struct buf *out)
{
    struct tls *tls = mem_zalloc(sizeof *tls);
    if (tls == NULL) {
        return NULL;
    }
    tls->out = out;
    tls->ssl = SSL_new(acceptor->context);
    BIO *bio = tls->ssl != NULL ? BIO_new(acceptor->method) : NULL;
    if (bio == NULL) {
        tls_free(tls);
        ERR_clear_error();
        return NULL;
    }
    BIO_set_data(bio, tls);
    SSL_set_bio(tls->ssl, bio, bio);
    SSL_set_accept_state(tls->ssl);
    SSL_set_msg_callback(tls->ssl, on_message);
    SSL_set_msg_callback_arg(tls->ssl, tls);
    return tls;
}

void tls_free(struct tls *tls)
{
    if (tls != NULL) {
        SSL_free(tls->ssl);
        OPENSSL_free(tls->certificate);
        mem_free(tls);
    }
}

void tls_input(struct tls *tls, struct slice bytes)
{
    tls->in = bytes;
}

static enum tls_step step_of(const struct tls *tls, int result)
{
    switch (SSL_get_error(tls->ssl, result)) {
    case SSL_ERROR_WANT_READ:
        return TLS_WAIT;
    case SSL_ERROR_ZERO_RETURN:
        return TLS_ENDED;
    default:
        return TLS_BROKEN;
    }
}

static const char *reason_of(const struct tls *tls)
{
    const long verdict = SSL_get_verify_result(tls->ssl);
    if (verdict != X509_V_OK) {
        return trust_refusal(verdict);
    }
    switch (ERR_GET_REASON(ERR_peek_error())) {
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
        return "HTTP zonder TLS op een TLS-poort";
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
        return "de ander toont geen certificaat";
    case SSL_R_NO_APPLICATION_PROTOCOL:
    case SSL_R_CALLBACK_FAILED:
        return "de ander biedt geen HTTP/2 aan (ALPN h2)";
    case SSL_R_UNSUPPORTED_PROTOCOL:
        return "de ander kent geen TLS 1.3";
    default:
        return "de TLS-handdruk mislukte";
    }
}

enum tls_step tls_handshake(struct tls *tls, const char **why)
{
    *why = "";
    ERR_clear_error();
    const int result = SSL_do_handshake(tls->ssl);
    if (result != 1) {
        const enum tls_step step = step_of(tls, result);
        if (step != TLS_WAIT) {
            *why = reason_of(tls);
            ERR_clear_error();
        }
        return step;
    }
    const unsigned char *protocol = NULL;
    unsigned len = 0;
    SSL_get0_alpn_selected(tls->ssl, &protocol, &len);
    if (!slice_is(slice_of(protocol, len), "h2")) {
        *why = "de ander biedt geen HTTP/2 aan (ALPN h2)";
        return TLS_BROKEN;
    }
    tls->idle = (struct tls_idle){0};
    return TLS_DONE;
}

enum result tls_peer(const struct tls *tls, struct cert_identity *out, struct error *err)
{
    X509 *certificate = SSL_get0_peer_certificate(tls->ssl);
    ENSURE(certificate != NULL, err, FAULT_CERTIFICATE, "certificaat", "de ander toont geen certificaat");
    return identity_of(certificate, out, err);
}

/* An own context, because OpenSSL takes another session only from a context of the very method that the handshake chose
 * (SSL_set_session). It has no certificates, and nothing in it is asked any more: there is no second handshake. */
static bool make_settled(struct tls_acceptor *acceptor, const SSL *ssl)
{
    if (acceptor->settled == NULL) {
        acceptor->settled = SSL_CTX_new(SSL_get_ssl_method(ssl));
    }
    if (acceptor->no_session == NULL) {
        acceptor->no_session = SSL_SESSION_new();
    }
    return acceptor->settled != NULL && acceptor->no_session != NULL;
}

bool tls_settle(struct tls *tls, struct tls_acceptor *acceptor)
{
    X509 *certificate = SSL_get0_peer_certificate(tls->ssl);
    tls->certificate_len = certificate != NULL ? i2d_X509(certificate, &tls->certificate) : 0;
    const bool done = tls->certificate_len >= 0 && make_settled(acceptor, tls->ssl) &&
                      SSL_set_SSL_CTX(tls->ssl, acceptor->settled) != NULL &&
                      SSL_set_session(tls->ssl, acceptor->no_session) == 1;
    ERR_clear_error();
    return done;
}

enum tls_step tls_read(struct tls *tls, uint8_t *out, size_t room, size_t *len)
{
    *len = 0;
    /* All was taken and nothing waits half decrypted: no need to ask OpenSSL. */
    if (tls->in.len == 0 && SSL_has_pending(tls->ssl) == 0) {
        return TLS_WAIT;
    }
    ERR_clear_error();
    const int result = SSL_read_ex(tls->ssl, out, room, len);
    if (result == 1) {
        tls->idle.empty_records -= tls->idle.empty_records != 0 ? 1 : 0; /* it was not */
        return TLS_DONE;
    }
    const enum tls_step step = step_of(tls, result);
    ERR_clear_error();
    return step;
}

struct tls_idle tls_take_idle(struct tls *tls)
{
    /* One of them may be a record of which only a part has come. */
    const uint32_t kept = tls->idle.empty_records != 0 ? 1 : 0;
    const struct tls_idle idle = {tls->idle.key_updates, tls->idle.empty_records - kept};
    tls->idle = (struct tls_idle){0, kept};
    return idle;
}

bool tls_write(struct tls *tls, struct slice plain)
{
    if (plain.len == 0) {
        return true;
    }
    size_t written = 0;
    ERR_clear_error();
    /* The output buffer takes all or fails, so a partial write cannot be. */
    const bool done = SSL_write_ex(tls->ssl, plain.ptr, plain.len, &written) == 1 && written == plain.len;
    ERR_clear_error();
    return done;
}

void tls_goodbye(struct tls *tls)
{
    (void)SSL_shutdown(tls->ssl);
    ERR_clear_error();
}

enum result tls_verify(const struct tls *tls, const struct trust *trust, struct error *err)
{
    const uint8_t *at = tls->certificate;
    X509 *certificate = at != NULL ? d2i_X509(NULL, &at, tls->certificate_len) : NULL;
    ERR_clear_error();
    ENSURE(certificate != NULL, err, FAULT_CERTIFICATE, "certificaat", "de ander toonde geen certificaat");
    const enum result result = trust_verify(trust, certificate, err);
    X509_free(certificate);
    return result;
}
