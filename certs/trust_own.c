/* Whether others would accept our own certificate: for whoever looks before they do. */
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "certs/trust.h"
#include "certs/trust_parts.h"

static enum result verify_for(const struct trust *trust, const char *purpose, struct error *err)
{
    CLEANUP(store_ctx_drop) X509_STORE_CTX *check = X509_STORE_CTX_new();
    ENSURE(check != NULL &&
               X509_STORE_CTX_init(check, trust->store, sk_X509_value(trust->chain, 0), trust->chain) == 1 &&
               X509_STORE_CTX_set_default(check, purpose) == 1,
           err, FAULT_NO_MEMORY, "certificaat", "geen geheugen om het certificaat te controleren");
    const bool accepted = X509_verify_cert(check) == 1;
    const int why = X509_STORE_CTX_get_error(check);
    ERR_clear_error();
    ENSURE(accepted, err, FAULT_CERTIFICATE, "certificaat", "%s", trust_refusal(why));
    return RESULT_OK;
}

enum result trust_verify_own(const struct trust *trust, struct error *err)
{
    TRY(verify_for(trust, "ssl_server", err));
    return verify_for(trust, "ssl_client", err);
}

bool trust_own_names(const struct trust *trust, const char *host)
{
    X509 *own = sk_X509_value(trust->chain, 0);
    const bool named = X509_check_host(own, host, 0, 0, NULL) == 1 || X509_check_ip_asc(own, host, 0) == 1;
    ERR_clear_error();
    return named;
}
