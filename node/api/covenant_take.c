/* What is handed in becomes part of the book: checked, recorded and kept in one commit, and only then counts. */
#include <string.h>

#include <uv.h>

#include "api/covenant_exchange.h"
#include "api/covenant_push.h"
#include "api/covenants.h"
#include "base/mem.h"

enum { RECORD_TEXT_MAX = 512 };

static struct record record_for(const char *user, enum record_operation operation, const struct api *api,
                                const struct oin *whose)
{
    struct record record = {.operation = operation, .outcome = OUTCOME_DONE, .age = 255};
    (void)slice_copy_text(slice_text(user), record.user, sizeof record.user);
    if (whose != NULL && !oin_equal(whose, &api->own_oin)) {
        record.peer = *whose;
    }
    return record;
}

static enum result begin_batch(struct api *api, const struct record *record, struct slice text,
                               struct store_batch **batch, struct error *err)
{
    struct record copy = *record;
    *batch = store_batch_new(api->door);
    ENSURE(*batch != NULL, err, FAULT_NO_MEMORY, "logboek", "geen geheugen");
    if (audit_append(api->audit, *batch, &copy, text, err) != RESULT_OK) {
        store_batch_free(*batch);
        audit_forget_keys(api->audit);
        return RESULT_FAILED;
    }
    return RESULT_OK;
}

/* ---- signatures ---- */

struct taking {
    struct api *api;
    struct signature *signature;
    covenants_taken_fn *done;
    void *ctx;
};

static void signature_kept(void *ctx, const struct store_committed *committed, const struct error *failed)
{
    struct taking *t = ctx;
    struct api *api = t->api;
    struct error err;
    enum agreement_news news = AGREEMENT_NEW;
    const bool own = oin_equal(&t->signature->statement.oin, &api->own_oin);
    enum result result = RESULT_OK;
    (void)committed;
    api->calls--;
    book_end_keeping(api, &t->signature->statement);
    t->signature->stored = true;
    struct signature *signature = t->signature;
    if (failed != NULL) {
        audit_forget_keys(api->audit);
        signature_free(signature);
    } else if (signature->statement.type == STATEMENT_INVITE) {
        result = book_invite(api, signature, &err);
    } else {
        result = book_sign(api, signature, &news, &err);
    }
    if (failed == NULL && result == RESULT_OK && news == AGREEMENT_NEW) {
        if (own) {
            covenant_push(api, signature);
        } else if (signature->statement.type == STATEMENT_INVITE) {
            covenant_exchange_soon(api->exchange, &signature->statement.oin);
        }
    }
    covenants_taken_fn *done = t->done;
    void *done_ctx = t->ctx;
    mem_free(t);
    done(done_ctx, news, failed != NULL ? failed : result != RESULT_OK ? &err : NULL);
}

/* Meant for this node, or written by it. To who invites this node nothing tells whether the document is here, or whom it
 * names: that is looked at when it comes. */
static enum result check_invitation(const struct api *api, const struct statement *s, enum agreement_news *news,
                                    struct error *err)
{
    const bool own = oin_equal(&s->oin, &api->own_oin);
    const struct api_covenant *held = book_find(api, s->hash);
    ENSURE(own || oin_equal(&s->invitee, &api->own_oin), err, FAULT_FORBIDDEN, "genodigde",
           "deze uitnodiging is niet van of voor deze organisatie");
    ENSURE(!oin_equal(&s->invitee, &s->oin), err, FAULT_INVALID, "genodigde", "niemand nodigt zichzelf uit");
    ENSURE(!own || held != NULL, err, FAULT_NOT_FOUND, "contract_content_hash", "dit convenant is hier niet bekend");
    ENSURE(!own ||
               (covenant_party(held->covenant, &s->oin) != NULL && covenant_party(held->covenant, &s->invitee) != NULL),
           err, FAULT_FORBIDDEN, "oin", "wie uitnodigt en wie is genodigd, zijn beide partij bij het convenant");
    return book_check_invitation(api, s, news, err);
}

static enum result begin_taking(struct api *api, const char *user, struct signature *signature,
                                covenants_taken_fn *done, void *ctx, struct error *err)
{
    CLEANUP(buf_free) struct buf text;
    struct store_batch *batch = NULL;
    const struct record record = record_for(user, RECORD_SIGNATURE, api, &signature->statement.oin);
    buf_init(&text, RECORD_TEXT_MAX);
    book_tell_statement(&signature->statement, &text);
    struct taking *t = mem_zalloc(sizeof *t);
    ENSURE(t != NULL, err, FAULT_NO_MEMORY, "handtekening", "geen geheugen");
    if (book_begin_keeping(api, &signature->statement, err) != RESULT_OK) {
        mem_free(t);
        return RESULT_FAILED;
    }
    if (begin_batch(api, &record, buf_slice(&text), &batch, err) != RESULT_OK) {
        book_end_keeping(api, &signature->statement);
        mem_free(t);
        return RESULT_FAILED;
    }
    *t = (struct taking){.api = api, .signature = signature, .done = done, .ctx = ctx};
    book_keep_signature(batch, signature);
    api->calls++;
    store_commit(api->door, batch, signature_kept, t);
    return RESULT_OK;
}

void covenants_take(struct api *api, const char *user, struct signature *signature, covenants_taken_fn *done, void *ctx)
{
    struct error err;
    enum agreement_news news = AGREEMENT_NEW;
    enum result result = signature->statement.type == STATEMENT_INVITE
                             ? check_invitation(api, &signature->statement, &news, &err)
                             : book_check(api, &signature->statement, &news, &err);
    if (result == RESULT_OK && news == AGREEMENT_NEW &&
        begin_taking(api, user, signature, done, ctx, &err) == RESULT_OK) {
        return;
    }
    signature_free(signature);
    done(ctx, news, result == RESULT_OK && news == AGREEMENT_KNOWN ? NULL : &err);
}

/* ---- documents ---- */

struct reading {
    uv_work_t work;
    struct api *api;
    char user[USER_NAME_MAX + 1];
    struct oin from;
    struct buf text;
    struct covenant *covenant;
    struct fault_list faults;
    covenants_added_fn *done;
    void *ctx;
    struct api_covenant *held;
};

static void end_reading(struct reading *r, const struct api_covenant *held, bool is_new, const struct error *err)
{
    covenants_added_fn *done = r->done;
    void *ctx = r->ctx;
    const struct error kept = err != NULL ? *err : (struct error){0}; /* it may stand among r's faults */
    r->api->calls--;
    covenant_free(r->covenant);
    buf_free(&r->text);
    mem_free(r);
    done(ctx, held, is_new, err != NULL ? &kept : NULL);
}

static void on_pool(uv_work_t *work)
{
    struct reading *r = work->data;
    if (covenant_parse(buf_slice(&r->text), &r->covenant, &r->faults) != RESULT_OK) {
        r->covenant = NULL;
    }
}

static size_t offered(const struct api *api)
{
    size_t count = 0;
    for (size_t i = 0; i < api->book->count; i++) {
        const struct api_covenant *held = api->book->entries[i];
        const struct party *self = api_self(api, held->covenant);
        count += held != api->book->given && self != NULL &&
                 agreement_word(held->agreement, covenant_party_index(held->covenant, self)) == STATEMENT_COUNT;
    }
    return count;
}

/* From a partner: he is a party too, and it replaces what both are a party to, or he invited us. */
static enum result check_origin(const struct reading *r, struct error *err)
{
    const struct api *api = r->api;
    const struct covenant *covenant = r->covenant;
    const struct signature *invitation = book_invitation(api, covenant_hash(covenant));
    const char *predecessor = covenant_predecessor(covenant);
    const struct api_covenant *before = predecessor != NULL ? book_find(api, predecessor) : NULL;
    ENSURE(covenant_party(covenant, &r->from) != NULL, err, FAULT_FORBIDDEN, "/partijen",
           "wie dit convenant aanbiedt, is er geen partij bij");
    ENSURE(offered(api) < COVENANTS_OFFERED_MAX, err, FAULT_TOO_LARGE, "convenant",
           "er wachten al %d aangeboden documenten op een oordeel", COVENANTS_OFFERED_MAX);
    ENSURE((before != NULL && covenant_party(before->covenant, &r->from) != NULL) ||
               (invitation != NULL && oin_equal(&invitation->statement.oin, &r->from)),
           err, FAULT_FORBIDDEN, "/voorganger",
           "het vervangt geen convenant dat hier bekend is, en er is geen uitnodiging voor");
    return RESULT_OK;
}

static enum result check_document(const struct reading *r, struct error *err)
{
    const struct api *api = r->api;
    const struct party *self = covenant_party(r->covenant, &api->own_oin);
    ENSURE(self != NULL, err, FAULT_INVALID, "/partijen", "deze organisatie is geen partij bij dit convenant");
    ENSURE(log_identity_named(&api->identity, self->log_origin, self->log_key, self->witness_key), err, FAULT_INVALID,
           "/partijen", "het convenant noemt voor dit knooppunt een ander logboek of andere sleutels");
    return oin_is_set(&r->from) ? check_origin(r, err) : RESULT_OK;
}

static void document_kept(void *ctx, const struct store_committed *committed, const struct error *failed)
{
    struct reading *r = ctx;
    (void)committed;
    if (failed != NULL) {
        audit_forget_keys(r->api->audit);
        end_reading(r, NULL, false, failed);
        return;
    }
    r->held->stored = true;
    covenant_exchange_soon(r->api->exchange, NULL);
    end_reading(r, r->held, true, NULL);
}

static void back_on_loop(uv_work_t *work, int status)
{
    struct reading *r = work->data;
    struct api *api = r->api;
    struct store_batch *batch = NULL;
    struct error err;
    (void)status; /* nobody cancels it */
    if (r->covenant == NULL) {
        end_reading(r, NULL, false, &r->faults.items[0]);
        return;
    }
    struct api_covenant *known = book_find(api, covenant_hash(r->covenant));
    if (known != NULL && known->stored) {
        end_reading(r, known, false, NULL);
        return;
    }
    CLEANUP(buf_free) struct buf text;
    buf_init(&text, RECORD_TEXT_MAX);
    book_tell(r->covenant, &text);
    const struct record record = record_for(r->user, RECORD_COVENANT, api, oin_is_set(&r->from) ? &r->from : NULL);
    if (check_document(r, &err) != RESULT_OK ||
        begin_batch(api, &record, buf_slice(&text), &batch, &err) != RESULT_OK) {
        end_reading(r, NULL, false, &err);
        return;
    }
    /* In the book before it is kept: without a signature nothing is done by it. */
    struct covenant *covenant = r->covenant;
    r->covenant = NULL;
    if (book_add(api, covenant, buf_slice(&r->text), false, &r->held, &err) != RESULT_OK) {
        store_batch_free(batch);
        audit_forget_keys(api->audit);
        end_reading(r, NULL, false, &err);
        return;
    }
    book_keep_document(batch, r->held);
    store_commit(api->door, batch, document_kept, r);
}

void covenants_take_document(struct api *api, const char *user, struct slice text, const struct oin *from,
                             covenants_added_fn *done, void *ctx)
{
    struct error err;
    struct reading *r = mem_zalloc(sizeof *r);
    if (r != NULL) {
        *r = (struct reading){.api = api, .done = done, .ctx = ctx, .from = from != NULL ? *from : (struct oin){""}};
        (void)slice_copy_text(slice_text(user), r->user, sizeof r->user);
        r->work.data = r;
        buf_init(&r->text, COVENANT_BYTES_MAX);
        buf_slice_in(&r->text, text);
        if (buf_ok(&r->text)) {
            api->calls++;
            (void)uv_queue_work(api->loop, &r->work, on_pool, back_on_loop); /* fails only without a function */
            return;
        }
        buf_free(&r->text);
        mem_free(r);
    }
    (void)error_set(&err, FAULT_NO_MEMORY, "convenant", "geen geheugen");
    done(ctx, NULL, false, &err);
}
