#include "api/signature.h"

#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "certs/jws.h"

const struct json_field signature_fields[] = {
    {"jws", JSON_TEXT, true, 1, JWS_BYTES_MAX},
    {"certificaat", JSON_TEXT, true, 1, JWS_CERTIFICATE_MAX},
};
const size_t signature_field_count = COUNT_OF(signature_fields);

static enum result check(const struct statement *statement, struct slice pem, const struct trust *trust, int64_t now_ms,
                         struct error *err)
{
    ENSURE(statement->signed_at_s <= (now_ms + COVENANT_AHEAD_MS) / 1000, err, FAULT_INVALID, "signed_at",
           "dit moment ligt in de toekomst");
    return jws_trust(trust, pem, statement->signed_at_s, now_ms / 1000, err);
}

enum result signature_read(const struct json *object, const struct trust *trust, int64_t now_ms, struct signature **out,
                           struct error *err)
{
    const struct slice jws = json_text_of(object, "jws");
    const struct slice given = json_text_of(object, "certificaat");
    CLEANUP(buf_free) struct buf payload;
    CLEANUP(buf_free) struct buf certificates;
    struct cert_identity signer;
    struct statement statement;
    buf_init(&payload, JWS_BYTES_MAX);
    buf_init(&certificates, JWS_CERTIFICATE_MAX);
    TRY(jws_open(jws, given, &payload, &signer, err));
    TRY(jws_certificates(given, &certificates, err));
    const struct slice pem = buf_slice(&certificates);
    TRY(statement_read(buf_slice(&payload), &statement, err));
    ENSURE(oin_equal(&statement.oin, &signer.oin), err, FAULT_FORBIDDEN, "oin",
           "het certificaat is van een andere organisatie dan die zegt te ondertekenen");
    if (trust != NULL) {
        TRY(check(&statement, pem, trust, now_ms, err));
    } else {
        ENSURE(signer.not_before_s <= statement.signed_at_s && statement.signed_at_s <= signer.not_after_s, err,
               FAULT_CERTIFICATE, "certificaat", "het certificaat gold niet toen er werd ondertekend");
    }
    struct signature *made = mem_zalloc(sizeof *made + jws.len + pem.len);
    ENSURE(made != NULL, err, FAULT_NO_MEMORY, "handtekening", "geen geheugen");
    made->statement = statement;
    made->until_s = signer.not_after_s;
    made->stored = trust == NULL;
    memcpy(made->text, jws.ptr, jws.len);
    memcpy(made->text + jws.len, pem.ptr, pem.len);
    made->jws = slice_of(made->text, jws.len);
    made->pem = slice_of(made->text + jws.len, pem.len);
    *out = made;
    return RESULT_OK;
}

enum result signature_parse(struct slice text, const struct trust *trust, int64_t now_ms, struct signature **out,
                            struct error *err)
{
    struct json *json CLEANUP(json_cleanup) = NULL;
    struct fault_list faults = {0};
    TRY(json_parse(text, &json, err));
    json_check(json, "", signature_fields, signature_field_count, &faults);
    TRY(fault_list_result(&faults, err));
    return signature_read(json, trust, now_ms, out, err);
}

void signature_write(const struct signature *signature, struct json_writer *w)
{
    json_begin_object(w, NULL);
    json_put_slice(w, "jws", signature->jws);
    json_put_slice(w, "certificaat", signature->pem);
    json_end_object(w);
}

void signature_free(struct signature *signature)
{
    mem_free(signature);
}
