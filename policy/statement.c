/* What is signed about a covenant, as JSON: written in one form, read strictly. */
#include <string.h>

#include "base/encode.h"
#include "base/json.h"
#include "base/limits.h"
#include "policy/agreement.h"
#include "policy/url.h"

enum { HASH_BYTES = 64 };

static const char prefix[] = "$1$1$";

static const struct json_field fields[] = {
    {"contract_content_hash", JSON_TEXT, true, AGREEMENT_HASH_TEXT, AGREEMENT_HASH_TEXT},
    {"type", JSON_TEXT, true, 1, 16},
    {"signed_at", JSON_NUMBER, true, 1, INT64_C(253402300799)},
    {"oin", JSON_TEXT, true, OIN_DIGITS, OIN_DIGITS},
    {"genodigde", JSON_TEXT, false, OIN_DIGITS, OIN_DIGITS},
    {"url", JSON_TEXT, false, 1, PARTY_URL_MAX},
};

bool agreement_hash_ok(struct slice text)
{
    uint8_t bytes[HASH_BYTES];
    const size_t head = sizeof prefix - 1;
    return text.len == AGREEMENT_HASH_TEXT && memcmp(text.ptr, prefix, head) == 0 &&
           base64url_decode_exact(slice_of(text.ptr + head, text.len - head), bytes, HASH_BYTES);
}

static enum result read_invitation(const struct json *json, struct statement *out, struct error *err)
{
    const struct slice invitee = json_text_of(json, "genodigde");
    const struct slice url = json_text_of(json, "url");
    if (out->type != STATEMENT_INVITE) {
        ENSURE(invitee.len == 0 && url.len == 0, err, FAULT_INVALID, "genodigde", "hoort alleen bij een uitnodiging");
        return RESULT_OK;
    }
    ENSURE(oin_parse(invitee, &out->invitee), err, FAULT_INVALID, "genodigde", "hier hoort een OIN van 20 cijfers");
    ENSURE(slice_copy_text(url, out->url, sizeof out->url) && url_is_node(url), err, FAULT_INVALID, "url",
           "hier hoort https://naam[:poort] van het knooppunt van wie uitnodigt");
    return RESULT_OK;
}

enum result statement_read(struct slice text, struct statement *out, struct error *err)
{
    struct json *json CLEANUP(json_cleanup) = NULL;
    struct fault_list faults = {0};
    struct error why;
    struct statement read = {.signed_at_s = 0};
    ENSURE(json_parse(text, &json, &why) == RESULT_OK, err, FAULT_INVALID, "inhoud", "geen JSON: %.80s %.200s",
           why.where, why.what);
    json_check(json, "", fields, COUNT_OF(fields), &faults);
    ENSURE(faults.count == 0, err, FAULT_INVALID, "inhoud", "%.80s: %.250s", faults.items[0].where,
           faults.items[0].what);
    ENSURE(statement_parse(json_text_of(json, "type"), &read.type), err, FAULT_INVALID, "type",
           "toegestaan: accept, reject, revoke of invite");
    ENSURE(agreement_hash_ok(json_text_of(json, "contract_content_hash")) &&
               slice_copy_text(json_text_of(json, "contract_content_hash"), read.hash, sizeof read.hash),
           err, FAULT_INVALID, "contract_content_hash", "hier hoort $1$1$ en 86 tekens base64url");
    ENSURE(oin_parse(json_text_of(json, "oin"), &read.oin), err, FAULT_INVALID, "oin",
           "hier hoort een OIN van 20 cijfers");
    read.signed_at_s = json_int(json_member(json, "signed_at"));
    TRY(read_invitation(json, &read, err));
    *out = read;
    return RESULT_OK;
}

void statement_write(const struct statement *statement, struct buf *out)
{
    struct json_writer w = json_writer(out);
    json_begin_object(&w, NULL);
    json_put_text(&w, "contract_content_hash", statement->hash);
    json_put_text(&w, "type", statement_word(statement->type));
    json_put_int(&w, "signed_at", statement->signed_at_s);
    json_put_text(&w, "oin", statement->oin.digits);
    if (statement->type == STATEMENT_INVITE) {
        json_put_text(&w, "genodigde", statement->invitee.digits);
        json_put_text(&w, "url", statement->url);
    }
    json_end_object(&w);
}
