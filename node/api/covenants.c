#include "api/covenants.h"

#include <stdio.h>
#include <string.h>

#include "api/covenant_exchange.h"
#include "api/query.h"
#include "base/encode.h"

static const char no_such[] = "een convenant met deze vingerafdruk dat u als partij noemt, is hier niet bekend";

static const struct oin *asker(const struct call *call)
{
    return &http_request_peer(call->request)->oin;
}

static void refuse(struct call *call, const struct error *err)
{
    struct record record = call_record(call, RECORD_REFUSED);
    record.peer = *asker(call);
    call_refuse_error(call, &record, err);
}

static void refuse_with(struct call *call, enum fault fault, const char *where, const char *what)
{
    struct error err;
    (void)error_set(&err, fault, where, "%s", what);
    refuse(call, &err);
}

/* The document that the path names, when it names the asker. NULL: refused. */
static struct api_covenant *named(struct call *call)
{
    const struct slice id = http_request_parameter(call->request);
    char hash[AGREEMENT_HASH_TEXT + 1];
    if (!agreement_hash_ok(id) || !slice_copy_text(id, hash, sizeof hash)) {
        refuse_with(call, FAULT_INVALID, "pad", "hier hoort een vingerafdruk: $1$1$ en 86 tekens base64url");
        return NULL;
    }
    struct api_covenant *held = book_find(call->api, hash);
    if (held == NULL || covenant_party(held->covenant, asker(call)) == NULL) {
        if (book_names(call->api, asker(call))) {
            covenant_exchange_soon(call->api->exchange, asker(call)); /* who asks for it may have it */
        }
        refuse_with(call, FAULT_NOT_FOUND, "pad", no_such);
        return NULL;
    }
    return held;
}

/* Where in the document or the list of parties; false: refused. */
static bool place_of(struct call *call, size_t end, size_t *out)
{
    const int64_t from = query_number(http_request_query(call->request), "vanaf", 0);
    if (from < 0 || (uint64_t)from > end) {
        char what[64];
        (void)snprintf(what, sizeof what, "vanaf is 0 tot en met %zu", end);
        refuse_with(call, FAULT_INVALID, "vanaf", what);
        return false;
    }
    *out = (size_t)from;
    return true;
}

/* ---- showing ---- */

void covenants_list(struct http_request *request, void *ctx)
{
    struct call *call = call_begin(ctx, request, sizeof *call);
    if (call == NULL) {
        return;
    }
    const struct book *book = call->api->book;
    struct json_writer w = json_writer(&call->body);
    json_begin_object(&w, NULL);
    json_begin_array(&w, "convenanten");
    for (size_t i = 0; i < book->count; i++) {
        const struct covenant *covenant = book->entries[i]->covenant;
        char hex[2 * SHA256_SIZE + 1];
        if (covenant_party(covenant, asker(call)) == NULL) {
            continue;
        }
        hex_encode(slice_of(book_said(book->entries[i])->bytes, SHA256_SIZE), hex);
        json_begin_object(&w, NULL);
        json_put_text(&w, "hash", covenant_hash(covenant));
        json_put_text(&w, "naam", covenant_name(covenant));
        json_put_text(&w, "versie", covenant_version(covenant));
        json_put_text(&w, "handtekeningen", hex);
        json_end_object(&w);
    }
    json_end_array(&w);
    json_end_object(&w);
    call_answer(call, 200);
}

void covenants_document(struct http_request *request, void *ctx)
{
    struct call *call = call_begin(ctx, request, sizeof *call);
    size_t from = 0;
    if (call == NULL) {
        return;
    }
    const struct api_covenant *held = named(call);
    if (held == NULL || !place_of(call, held->text.len, &from)) {
        return;
    }
    const size_t left = held->text.len - from;
    const size_t len = left < COVENANT_PIECE_BYTES ? left : COVENANT_PIECE_BYTES;
    struct json_writer w = json_writer(&call->body);
    CLEANUP(buf_free) struct buf piece;
    buf_init(&piece, (size_t)2 * COVENANT_PIECE_BYTES);
    base64_encode(slice_of(held->text.ptr + from, len), &piece);
    json_begin_object(&w, NULL);
    json_put_text(&w, "hash", covenant_hash(held->covenant));
    json_put_int(&w, "omvang", (int64_t)held->text.len);
    json_put_slice(&w, "stuk", buf_slice(&piece));
    if (len < left) {
        json_put_int(&w, "volgende", (int64_t)(from + len));
    }
    json_end_object(&w);
    call_answer(call, 200);
}

void covenants_signatures(struct http_request *request, void *ctx)
{
    struct call *call = call_begin(ctx, request, sizeof *call);
    size_t at = 0;
    size_t count = 0;
    if (call == NULL) {
        return;
    }
    const struct api_covenant *held = named(call);
    if (held == NULL || !place_of(call, covenant_party_count(held->covenant), &at)) {
        return;
    }
    const size_t parties = covenant_party_count(held->covenant);
    struct json_writer w = json_writer(&call->body);
    json_begin_object(&w, NULL);
    json_put_text(&w, "hash", covenant_hash(held->covenant));
    json_begin_array(&w, "handtekeningen");
    for (; at < parties && count < COVENANT_PAGE_SIGNATURES; at++) {
        const struct signature *signature = book_signature(held, at);
        if (signature != NULL) {
            signature_write(signature, &w);
            count++;
        }
    }
    json_end_array(&w);
    if (at < parties) {
        json_put_int(&w, "volgende", (int64_t)at);
    }
    json_end_object(&w);
    call_answer(call, 200);
}

/* ---- taking ---- */

static void taken(void *ctx, enum agreement_news news, const struct error *err)
{
    struct call *call = ctx;
    if (err != NULL) {
        if (call->request == NULL) {
            call_answer(call, 0); /* the client has gone */
        } else if (fault_status(err->fault) >= 500) {
            call_fail(call, err);
        } else {
            refuse(call, err);
        }
        return;
    }
    struct json_writer w = json_writer(&call->body);
    json_begin_object(&w, NULL);
    json_put_bool(&w, "nieuw", news == AGREEMENT_NEW);
    json_end_object(&w);
    call_answer(call, news == AGREEMENT_NEW ? 201 : 200);
}

static enum result read_one(struct call *call, struct signature **out, struct error *err)
{
    ENSURE(call->api->trust != NULL, err, FAULT_NO_MEMORY, "certificaat", "geen geheugen");
    return signature_parse(http_request_body(call->request), call->api->trust, clock_now(call->api->clock), out, err);
}

void covenants_sign(struct http_request *request, void *ctx)
{
    struct call *call = call_begin(ctx, request, sizeof *call);
    struct signature *signature = NULL;
    struct error err;
    if (call == NULL) {
        return;
    }
    const struct api_covenant *held = named(call);
    if (held == NULL) {
        return;
    }
    if (api_clock_wrong(call->api, &err)) {
        call_fail(call, &err);
    } else if (read_one(call, &signature, &err) != RESULT_OK) {
        refuse(call, &err);
    } else if (strcmp(signature->statement.hash, covenant_hash(held->covenant)) != 0) {
        signature_free(signature);
        refuse_with(call, FAULT_INVALID, "contract_content_hash", "de vingerafdruk in het pad is een andere");
    } else {
        covenants_take(call->api, "", signature, taken, call);
    }
}

void covenants_invited(struct http_request *request, void *ctx)
{
    struct call *call = call_begin(ctx, request, sizeof *call);
    struct signature *signature = NULL;
    struct error err;
    if (call == NULL) {
        return;
    }
    if (api_clock_wrong(call->api, &err)) {
        call_fail(call, &err);
    } else if (read_one(call, &signature, &err) != RESULT_OK) {
        refuse(call, &err);
    } else if (signature->statement.type != STATEMENT_INVITE || !oin_equal(&signature->statement.oin, asker(call)) ||
               !oin_equal(&signature->statement.invitee, &call->api->own_oin)) {
        signature_free(signature);
        refuse_with(call, FAULT_FORBIDDEN, "type", "hier hoort een uitnodiging van de vrager aan deze organisatie");
    } else {
        covenants_take(call->api, "", signature, taken, call);
    }
}
