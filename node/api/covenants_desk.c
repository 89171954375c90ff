/* The book of covenants at the desk: what is known, and what the administrator hands in. */
#include <string.h>

#include "api/covenants.h"
#include "base/workdays.h"

enum { MISSING_SHOWN = 100 };

/* ---- status ---- */

static void put_party(struct json_writer *w, const struct api *api, struct api_covenant *held, size_t index)
{
    const struct party *party = covenant_party_at(held->covenant, index);
    const enum statement_type word = agreement_word(held->agreement, index);
    const struct signature *signature = book_signature(held, index);
    json_begin_object(w, NULL);
    json_put_text(w, "oin", party->oin.digits);
    json_put_text(w, "naam", party->name);
    json_put_text(w, "stand", statement_word(word));
    json_put_text(w, "ondertekendOp", moment_text(agreement_said(held->agreement, index, word) * 1000).text);
    if (signature != NULL) {
        json_put_text(w, "certificaatTot", moment_text(signature->until_s * 1000).text);
        json_put_bool(w, "vernieuwen", signature->until_s * 1000 < clock_now(api->clock));
    }
    json_put_bool(w, "vanKracht", book_holds_with(api, held, &party->oin));
    json_end_object(w);
}

static void put_document(struct json_writer *w, const struct api *api, size_t entry)
{
    struct api_covenant *held = api->book->entries[entry];
    const struct covenant *covenant = held->covenant;
    const struct date today = workdays_dutch_day(clock_now(api->clock));
    const struct date last = covenant_last_day(covenant);
    const struct party *self = covenant_party(covenant, &api->own_oin);
    size_t missing = 0;
    json_begin_object(w, NULL);
    json_put_text(w, "hash", covenant_hash(covenant));
    json_put_text(w, "naam", covenant_name(covenant));
    json_put_text(w, "versie", covenant_version(covenant));
    if (covenant_predecessor(covenant) != NULL) {
        json_put_text(w, "voorganger", covenant_predecessor(covenant));
    }
    json_put_text(w, "laatsteDag", date_text(&last).text);
    json_put_bool(w, "geldigVandaag", covenant_in_force(covenant, &today));
    json_put_text(w, "eigenStand",
                  self != NULL ? statement_word(agreement_word(held->agreement, covenant_party_index(covenant, self)))
                               : "");
    json_begin_array(w, "partijen");
    for (size_t i = 0; i < covenant_party_count(covenant); i++) {
        const bool silent = agreement_word(held->agreement, i) == STATEMENT_COUNT;
        missing += silent;
        if (!silent) {
            put_party(w, api, held, i);
        }
    }
    json_end_array(w);
    json_put_int(w, "vanKrachtMet", (int64_t)book_partners(api, entry));
    json_put_int(w, "zonderHandtekening", (int64_t)missing);
    json_begin_array(w, "ontbreken");
    size_t shown = 0;
    for (size_t i = 0; i < covenant_party_count(covenant) && shown < MISSING_SHOWN; i++) {
        if (agreement_word(held->agreement, i) == STATEMENT_COUNT) {
            json_put_text(w, NULL, covenant_party_at(covenant, i)->name);
            shown++;
        }
    }
    json_end_array(w);
    json_end_object(w);
}

static void show(struct call *call)
{
    const struct book *book = call->api->book;
    struct json_writer w = json_writer(&call->body);
    json_begin_object(&w, NULL);
    json_begin_array(&w, "convenanten");
    for (size_t i = 0; i < book->count; i++) {
        put_document(&w, call->api, i);
    }
    json_end_array(&w);
    json_begin_array(&w, "uitnodigingen");
    for (size_t i = 0; i < book->invitation_count; i++) {
        const struct statement *s = &book->invitations[i]->statement;
        json_begin_object(&w, NULL);
        json_put_text(&w, "hash", s->hash);
        json_put_text(&w, "van", s->oin.digits);
        json_put_text(&w, "genodigde", s->invitee.digits);
        json_put_bool(&w, "bekend", book_find(call->api, s->hash) != NULL);
        json_end_object(&w);
    }
    json_end_array(&w);
    json_end_object(&w);
    call_answer(call, 200);
}

void covenants_status(struct http_request *request, void *ctx)
{
    struct call *call = call_begin(ctx, request, sizeof *call);
    if (call != NULL) {
        call_require(call, MAY_VERIFY_LOG, show);
    }
}

/* ---- one document ---- */

/* By its fingerprint, or the one by which this organisation works. */
static void show_text(struct call *call)
{
    static const char in_force[] = "van-kracht";
    const struct slice id = http_request_parameter(call->request);
    char hash[AGREEMENT_HASH_TEXT + 1];
    const struct api_covenant *held = slice_is(id, in_force) ? call->held : NULL;
    if (held == NULL) {
        if (!agreement_hash_ok(id) || !slice_copy_text(id, hash, sizeof hash)) {
            call_refuse_with(call, FAULT_INVALID, "pad", "hier hoort een vingerafdruk, of van-kracht");
            return;
        }
        held = book_find(call->api, hash);
    }
    if (held == NULL) {
        call_refuse_with(call, FAULT_NOT_FOUND, "pad", "een convenant met deze vingerafdruk is hier niet bekend");
        return;
    }
    buf_init(&call->body, COVENANT_BYTES_MAX); /* nothing is in it yet */
    buf_slice_in(&call->body, buf_slice(&held->text));
    call_answer(call, 200);
}

void covenants_text(struct http_request *request, void *ctx)
{
    struct call *call = call_begin(ctx, request, sizeof *call);
    if (call != NULL) {
        call_require(call, MAY_VERIFY_LOG, show_text);
    }
}

/* ---- handing in ---- */

static void refuse(struct call *call, const struct error *err)
{
    if (call->request == NULL) {
        call_answer(call, 0);
    } else if (fault_status(err->fault) >= 500) {
        call_fail(call, err);
    } else {
        struct record record = call_record(call, RECORD_REFUSED);
        call_refuse_error(call, &record, err);
    }
}

static void signature_taken(void *ctx, enum agreement_news news, const struct error *err)
{
    struct call *call = ctx;
    if (err != NULL) {
        refuse(call, err);
        return;
    }
    struct json_writer w = json_writer(&call->body);
    json_begin_object(&w, NULL);
    json_put_bool(&w, "nieuw", news == AGREEMENT_NEW);
    json_end_object(&w);
    call_answer(call, news == AGREEMENT_NEW ? 201 : 200);
}

static void add_signature(struct call *call)
{
    struct signature *signature = NULL;
    struct error err;
    if (call->api->trust == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "certificaat", "geen geheugen");
        refuse(call, &err);
    } else if (signature_parse(http_request_body(call->request), call->api->trust, clock_now(call->api->clock),
                               &signature, &err) != RESULT_OK) {
        refuse(call, &err);
    } else {
        covenants_take(call->api, call->caller.name, signature, signature_taken, call);
    }
}

void covenants_add_signature(struct http_request *request, void *ctx)
{
    struct call *call = call_begin(ctx, request, sizeof *call);
    if (call != NULL) {
        call_require(call, MAY_MANAGE, add_signature);
    }
}

static void document_added(void *ctx, const struct api_covenant *held, bool is_new, const struct error *err)
{
    struct call *call = ctx;
    if (err != NULL) {
        refuse(call, err);
        return;
    }
    struct json_writer w = json_writer(&call->body);
    json_begin_object(&w, NULL);
    json_put_text(&w, "hash", covenant_hash(held->covenant));
    json_put_bool(&w, "nieuw", is_new);
    json_end_object(&w);
    call_answer(call, is_new ? 201 : 200);
}

static void add_document(struct call *call)
{
    covenants_take_document(call->api, call->caller.name, http_request_body(call->request), NULL, document_added, call);
}

void covenants_add(struct http_request *request, void *ctx)
{
    struct call *call = call_begin(ctx, request, sizeof *call);
    if (call != NULL) {
        call_require(call, MAY_MANAGE, add_document);
    }
}
