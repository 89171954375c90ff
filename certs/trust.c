#include "certs/trust.h"

#include <dirent.h>
#include <openssl/err.h>
#include <string.h>

#include "base/mem.h"
#include "certs/file.h"
#include "certs/trust_parts.h"

static void folder_close(DIR **folder)
{
    if (*folder != NULL) {
        (void)closedir(*folder);
    }
}

static void trust_drop(struct trust **trust)
{
    trust_free(*trust);
}

static enum result load_anchors(struct trust *trust, const char *path, struct error *err)
{
    TRY(ossl_read_certificates(path, &trust->anchors, err));
    for (int i = 0; i < sk_X509_num(trust->anchors); i++) {
        X509 *anchor = sk_X509_value(trust->anchors, i);
        ENSURE(X509_check_ca(anchor) == 1, err, FAULT_CERTIFICATE, path,
               "certificaat %d is niet van een certificaatautoriteit", i + 1);
        ENSURE(X509_STORE_add_cert(trust->store, anchor) == 1, err, FAULT_NO_MEMORY, path,
               "geen geheugen voor het certificaat");
    }
    return RESULT_OK;
}

static bool has_ending(const char *name, const char *ending)
{
    const size_t len = strlen(name);
    const size_t tail = strlen(ending);
    return len > tail && strcmp(name + len - tail, ending) == 0;
}

static enum result load_crl(struct trust *trust, const char *folder, const char *name, struct error *err)
{
    struct certs_path path = {0};
    TRY(certs_path_join(folder, name, &path, err));
    CLEANUP(crl_drop) X509_CRL *crl = NULL;
    TRY(ossl_read_crl(path.text, &crl, err));
    ENSURE(X509_STORE_add_crl(trust->store, crl) == 1, err, FAULT_NO_MEMORY, path.text, "geen geheugen voor de CRL");
    return RESULT_OK;
}

static enum result load_crls(struct trust *trust, const char *path, struct error *err)
{
    CLEANUP(folder_close) DIR *folder = opendir(path);
    ENSURE(folder != NULL, err, FAULT_IO, path, "de map met CRL's kan niet worden gelezen");
    int count = 0;
    /* readdir is safe here: no other thread has this folder stream. */
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (has_ending(entry->d_name, ".crl")) {
            ENSURE(++count <= TRUST_CRLS_MAX, err, FAULT_CERTIFICATE, path, "meer dan %d CRL's", TRUST_CRLS_MAX);
            TRY(load_crl(trust, path, entry->d_name, err));
        }
    }
    ENSURE(count > 0, err, FAULT_CERTIFICATE, path, "bevat geen CRL (*.crl); zonder CRL wordt niemand aanvaard");
    return RESULT_OK;
}

static enum result load_own(struct trust *trust, const struct trust_files *files, struct error *err)
{
    TRY(ossl_read_certificates(files->certificate, &trust->chain, err));
    TRY(ossl_read_key(files->key, &trust->key, err));
    X509 *own = sk_X509_value(trust->chain, 0);
    const bool fits = X509_check_private_key(own, trust->key) == 1;
    ERR_clear_error();
    ENSURE(fits, err, FAULT_CERTIFICATE, files->key, "deze sleutel hoort niet bij het certificaat");
    struct error missing;
    trust->has_identity = identity_of(own, &trust->identity, &missing) == RESULT_OK;
    ENSURE(trust->has_identity || files->crl_folder == NULL, err, missing.fault, files->certificate, "%s",
           missing.what);
    return RESULT_OK;
}

static enum result new_store(struct trust *trust, struct error *err)
{
    trust->store = X509_STORE_new();
    ENSURE(trust->store != NULL, err, FAULT_NO_MEMORY, "vertrouwen", "geen geheugen");
    X509_VERIFY_PARAM *rules = X509_STORE_get0_param(trust->store);
    X509_VERIFY_PARAM_set_auth_level(rules, TRUST_SECURITY_LEVEL);
    const unsigned long flags = X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL;
    ENSURE(X509_VERIFY_PARAM_set_flags(rules, flags) == 1, err, FAULT_INTERNAL, "vertrouwen",
           "de controle van certificaten kan niet worden ingesteld");
    return RESULT_OK;
}

enum result trust_load(const struct trust_files *files, struct trust **out, struct error *err)
{
    CLEANUP(trust_drop) struct trust *trust = mem_zalloc(sizeof *trust);
    ENSURE(trust != NULL, err, FAULT_NO_MEMORY, "vertrouwen", "geen geheugen");
    TRY(new_store(trust, err));
    if (files->crl_folder != NULL) {
        TRY(load_anchors(trust, files->anchors, err));
        TRY(load_crls(trust, files->crl_folder, err));
        trust->checks_revocation = true;
    }
    TRY(load_own(trust, files, err));
    *out = trust;
    trust = NULL;
    return RESULT_OK;
}

void trust_free(struct trust *trust)
{
    if (trust == NULL) {
        return;
    }
    X509_STORE_free(trust->store);
    x509s_release(trust->anchors);
    x509s_release(trust->chain);
    EVP_PKEY_free(trust->key);
    mem_free(trust);
}

struct trust *trust_share(const struct trust *trust)
{
    struct trust *copy = mem_alloc(sizeof *copy);
    if (copy == NULL) {
        return NULL;
    }
    *copy = *trust;
    copy->anchors = trust->anchors != NULL ? X509_chain_up_ref(trust->anchors) : NULL;
    copy->chain = X509_chain_up_ref(trust->chain);
    (void)X509_STORE_up_ref(trust->store);
    (void)EVP_PKEY_up_ref(trust->key);
    if (copy->chain == NULL || (copy->anchors == NULL && trust->anchors != NULL)) {
        trust_free(copy);
        return NULL;
    }
    return copy;
}

const struct cert_identity *trust_own_identity(const struct trust *trust)
{
    return trust->has_identity ? &trust->identity : NULL;
}

enum result trust_verify(const struct trust *trust, struct x509_st *certificate, struct error *err)
{
    ENSURE(trust->checks_revocation, err, FAULT_CERTIFICATE, "certificaat", "er zijn geen CRL's ingesteld");
    CLEANUP(store_ctx_drop) X509_STORE_CTX *check = X509_STORE_CTX_new();
    ENSURE(check != NULL && X509_STORE_CTX_init(check, trust->store, certificate, NULL) == 1 &&
               X509_STORE_CTX_set_default(check, "ssl_client") == 1,
           err, FAULT_NO_MEMORY, "certificaat", "geen geheugen om het certificaat te controleren");
    const bool accepted = X509_verify_cert(check) == 1;
    const int why = X509_STORE_CTX_get_error(check);
    ERR_clear_error();
    ENSURE(accepted, err, FAULT_CERTIFICATE, "certificaat", "%s", trust_refusal(why));
    struct cert_identity identity;
    return identity_of(certificate, &identity, err);
}
