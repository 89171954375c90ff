/* The book in the store: a document in pieces, each signature as it is handed on. */
#include <stdio.h>
#include <string.h>

#include "api/book.h"
#include "base/encode.h"
#include "base/mem.h"

enum { PAGE = 200, RECORD_TEXT_MAX = 512 };

/* A row's id is the hash of what it is about, so that a newer one comes in its place. */
static struct ident id_of(const char *kind, const char *hash, const char *oin)
{
    CLEANUP(buf_free) struct buf text;
    struct sha256 digest;
    struct ident id;
    buf_init(&text, RECORD_TEXT_MAX);
    buf_format(&text, "%s %s %s", kind, hash, oin);
    sha256_of(buf_slice(&text), &digest);
    memcpy(id.bytes, digest.bytes, sizeof id.bytes);
    return id;
}

/* ---- keeping ---- */

void book_keep_document(struct store_batch *batch, const struct api_covenant *held)
{
    const char *hash = covenant_hash(held->covenant);
    const struct store_write document = {.id = id_of("document", hash, ""), .payload = slice_text(hash)};
    store_put(batch, STORE_COVENANT, &document);
    for (size_t at = 0; at < held->text.len; at += COVENANT_KEPT_BYTES) {
        const size_t left = held->text.len - at;
        char number[24];
        (void)snprintf(number, sizeof number, "%zu", at);
        const struct store_write piece = {
            .id = id_of("stuk", hash, number),
            .parent = document.id,
            .payload = slice_of(held->text.ptr + at, left < COVENANT_KEPT_BYTES ? left : COVENANT_KEPT_BYTES)};
        store_put(batch, STORE_COVENANT_PIECE, &piece);
    }
}

void book_keep_signature(struct store_batch *batch, const struct signature *signature)
{
    const struct statement *s = &signature->statement;
    CLEANUP(buf_free) struct buf payload;
    char whose[2 * OIN_DIGITS + 2];
    buf_init(&payload, STORE_PAYLOAD_MAX);
    struct json_writer w = json_writer(&payload);
    signature_write(signature, &w);
    (void)snprintf(whose, sizeof whose, "%s %s", s->oin.digits, s->invitee.digits);
    const struct store_write item = {.id = id_of(statement_word(s->type), s->hash, whose),
                                     .payload = buf_slice(&payload)};
    store_put(batch, STORE_SIGNATURE, &item);
}

/* ---- loading ---- */

struct loading {
    struct api *api;
    enum store_kind kind;
    struct ident after;
    bool begun, more, failed;
    struct error err;
    struct ident document; /* whose pieces are being put together */
    bool document_damaged;
    struct buf text;
    struct signature **signatures; /* that hold, until all were seen */
    size_t count, capacity;
    struct ident damaged[BOOK_DAMAGED_MAX]; /* rows of signatures that do not hold */
    size_t damaged_count;
};

static void load_failed(struct loading *l, const struct error *err)
{
    l->failed = true;
    l->err = *err;
}

static void take_document(struct loading *l)
{
    struct covenant *covenant = NULL;
    struct api_covenant *held = NULL;
    struct fault_list faults = {0};
    struct error err;
    if (l->document_damaged) {
        (void)error_set(&err, FAULT_STORE, "opslag", "een convenant is beschadigd, en telt niet mee");
        log_error(l->api->log, LOG_ERROR, "convenant-onleesbaar", &err);
    }
    if (l->text.len == 0 || l->document_damaged) {
        l->document_damaged = false;
        buf_clear(&l->text);
        return;
    }
    if (covenant_parse(buf_slice(&l->text), &covenant, &faults) != RESULT_OK) {
        /* Of an older program, say: it stays in the store, and nothing is done by it. */
        log_error(l->api->log, LOG_ERROR, "convenant-onleesbaar", &faults.items[0]);
    } else if (book_add(l->api, covenant, buf_slice(&l->text), false, &held, &err) != RESULT_OK) {
        load_failed(l, &err);
    } else {
        held->stored = true;
    }
    buf_clear(&l->text);
}

/* Pieces of one document stand behind one another, in order: they were written in one batch. */
static void take_piece(struct loading *l, const struct store_item *item)
{
    if (memcmp(item->parent.bytes, l->document.bytes, sizeof l->document.bytes) != 0) {
        take_document(l);
        l->document = item->parent;
    }
    l->document_damaged = l->document_damaged || item->damaged;
    buf_slice_in(&l->text, item->payload);
}

static void keep_signature(struct loading *l, struct signature *signature)
{
    if (l->count == l->capacity) {
        const size_t capacity = l->capacity != 0 ? l->capacity * 2 : PAGE;
        struct signature **more = mem_realloc(l->signatures, capacity * sizeof(struct signature *));
        if (more == NULL) {
            struct error err;
            (void)error_set(&err, FAULT_NO_MEMORY, "handtekeningen", "geen geheugen");
            load_failed(l, &err);
            signature_free(signature);
            return;
        }
        l->signatures = more;
        l->capacity = capacity;
    }
    l->signatures[l->count++] = signature;
}

static void refuse_row(struct loading *l, const struct store_item *item, const struct error *why)
{
    log_error(l->api->log, LOG_ERROR, "handtekening-in-opslag-geweigerd", why);
    if (l->damaged_count == BOOK_DAMAGED_MAX) {
        struct error err;
        (void)error_set(&err, FAULT_STORE, "handtekeningen", "meer dan %d zijn beschadigd: zet een reservekopie terug",
                        BOOK_DAMAGED_MAX);
        load_failed(l, &err);
        return;
    }
    l->damaged[l->damaged_count++] = item->id;
}

/* Who can write in the file can put a row in it: it counts only when its seal opens and its signature holds. */
static void take_signature(struct loading *l, const struct store_item *item)
{
    struct signature *signature = NULL;
    struct error err;
    if (item->damaged) {
        (void)error_set(&err, FAULT_STORE, "opslag", "een handtekening is beschadigd, en telt niet mee");
        refuse_row(l, item, &err);
    } else if (signature_parse(item->payload, NULL, 0, &signature, &err) == RESULT_OK) {
        keep_signature(l, signature);
    } else if (err.fault == FAULT_NO_MEMORY) {
        load_failed(l, &err);
    } else {
        refuse_row(l, item, &err);
    }
}

static bool is_damaged(const struct loading *l, enum statement_type type, const struct statement *of)
{
    char whose[2 * OIN_DIGITS + 2];
    (void)snprintf(whose, sizeof whose, "%s ", of->oin.digits);
    const struct ident id = id_of(statement_word(type), of->hash, whose);
    for (size_t i = 0; i < l->damaged_count; i++) {
        if (ident_equal(&l->damaged[i], &id)) {
            return true;
        }
    }
    return false;
}

/* A yes of which the no that may have followed cannot be read is no yes. */
static bool is_doubtful(const struct loading *l, const struct statement *s)
{
    return s->type == STATEMENT_ACCEPT && l->damaged_count != 0 &&
           (is_damaged(l, STATEMENT_REJECT, s) || is_damaged(l, STATEMENT_REVOKE, s));
}

static void apply_signature(struct loading *l, struct signature *signature)
{
    enum agreement_news news;
    struct error err;
    if (is_doubtful(l, &signature->statement)) {
        (void)error_set(&err, FAULT_STORE, "opslag",
                        "een intrekking of afwijzing van %s is beschadigd: ook zijn aanvaarding telt niet",
                        signature->statement.oin.digits);
        log_error(l->api->log, LOG_ERROR, "handtekening-in-opslag-geweigerd", &err);
        signature_free(signature);
        return;
    }
    if (signature->statement.type == STATEMENT_INVITE) {
        if (book_invite(l->api, signature, &err) != RESULT_OK) {
            log_error(l->api->log, LOG_ERROR, "uitnodiging-geweigerd", &err); /* too many: no reason not to start */
        }
        return;
    }
    /* What a later revoke made void is still kept; so may be a signature under a document that is not readable. */
    if (book_sign(l->api, signature, &news, &err) != RESULT_OK && err.fault == FAULT_NO_MEMORY) {
        load_failed(l, &err);
    }
}

static void apply_signatures(struct loading *l)
{
    for (size_t i = 0; i < l->count; i++) {
        if (l->failed) {
            signature_free(l->signatures[i]);
        } else {
            apply_signature(l, l->signatures[i]);
        }
    }
    mem_free(l->signatures);
}

static void listed(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *err)
{
    struct loading *l = ctx;
    l->more = more && count != 0;
    if (err != NULL) {
        load_failed(l, err);
        return;
    }
    for (size_t i = 0; i < count && !l->failed; i++) {
        if (l->kind == STORE_SIGNATURE) {
            take_signature(l, &items[i]);
        } else {
            take_piece(l, &items[i]);
        }
        l->after = items[i].id;
    }
    l->begun = true;
}

static enum result load_kind(struct api *api, enum store_kind kind, struct error *err)
{
    struct loading l = {.api = api, .kind = kind, .more = true};
    buf_init(&l.text, COVENANT_BYTES_MAX);
    while (l.more && !l.failed) {
        l.more = false;
        store_list_damaged_too(api->door, kind, l.begun ? &l.after : NULL, PAGE, listed, &l);
    }
    if (!l.failed) {
        take_document(&l);
    }
    apply_signatures(&l);
    buf_free(&l.text);
    if (l.failed) {
        *err = l.err;
        return RESULT_FAILED;
    }
    return RESULT_OK;
}

enum result book_load(struct api *api, struct error *err)
{
    TRY(load_kind(api, STORE_COVENANT_PIECE, err));
    return load_kind(api, STORE_SIGNATURE, err);
}

/* ---- what came from files ---- */

void book_tell(const struct covenant *covenant, struct buf *out)
{
    buf_format(out, "%s, versie %s, %s", covenant_name(covenant), covenant_version(covenant), covenant_hash(covenant));
}

void book_tell_statement(const struct statement *statement, struct buf *out)
{
    buf_format(out, "%s door %s op %s, %s", statement_text(statement->type), statement->oin.digits,
               moment_text(statement->signed_at_s * 1000).text, statement->hash);
    if (statement->type == STATEMENT_INVITE) {
        buf_format(out, ", genodigde %s", statement->invitee.digits);
    }
}

struct flushing {
    struct api *api;
    void (*done)(void *ctx);
    void *ctx;
    struct store_batch *batch;
    struct error err;
    bool failed;
};

static void record_one(struct flushing *f, enum record_operation operation, const struct oin *whose, struct slice text)
{
    struct record record = {.operation = operation, .outcome = OUTCOME_DONE, .age = 255};
    if (whose != NULL && !oin_equal(whose, &f->api->own_oin)) {
        record.peer = *whose;
    }
    memcpy(record.user, NODE_ACCOUNT_NAME, sizeof NODE_ACCOUNT_NAME);
    if (f->batch == NULL && (f->batch = store_batch_new(f->api->door)) == NULL) {
        (void)error_set(&f->err, FAULT_NO_MEMORY, "logboek", "geen geheugen");
        f->failed = true;
    }
    f->failed = f->failed || audit_append(f->api->audit, f->batch, &record, text, &f->err) != RESULT_OK;
}

static void each_unkept(struct flushing *f, bool mark)
{
    const struct book *book = f->api->book;
    CLEANUP(buf_free) struct buf text;
    buf_init(&text, RECORD_TEXT_MAX);
    for (size_t i = 0; i < book->count && !f->failed; i++) {
        struct api_covenant *held = book->entries[i];
        if (mark) {
            held->stored = true;
        } else if (!held->stored) {
            buf_clear(&text);
            book_tell(held->covenant, &text);
            record_one(f, RECORD_COVENANT, NULL, buf_slice(&text));
            if (!f->failed) {
                book_keep_document(f->batch, held);
            }
        }
        const size_t places = covenant_party_count(held->covenant) * AGREEMENT_KINDS;
        for (size_t p = 0; p < places && !f->failed; p++) {
            struct signature *signature = held->signatures[p];
            if (signature == NULL || signature->stored) {
                continue;
            }
            signature->stored = mark;
            if (!mark) {
                buf_clear(&text);
                book_tell_statement(&signature->statement, &text);
                record_one(f, RECORD_SIGNATURE, &signature->statement.oin, buf_slice(&text));
            }
            if (!mark && !f->failed) {
                book_keep_signature(f->batch, signature);
            }
        }
    }
}

static void flushed(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct flushing *f = ctx;
    (void)committed;
    f->api->calls--;
    if (err == NULL) {
        each_unkept(f, true);
    } else {
        audit_forget_keys(f->api->audit);
        log_error(f->api->log, LOG_ERROR, "convenant-niet-bewaard", err);
    }
    void (*done)(void *) = f->done;
    void *done_ctx = f->ctx;
    mem_free(f);
    done(done_ctx);
}

void book_flush(struct api *api, void (*done)(void *ctx), void *ctx)
{
    struct flushing *f = mem_zalloc(sizeof *f);
    if (f == NULL) {
        done(ctx);
        return;
    }
    *f = (struct flushing){.api = api, .done = done, .ctx = ctx};
    each_unkept(f, false);
    if (f->batch != NULL && !f->failed) {
        api->calls++;
        store_commit(api->door, f->batch, flushed, f);
        return;
    }
    if (f->failed) {
        log_error(api->log, LOG_ERROR, "convenant-niet-bewaard", &f->err);
        store_batch_free(f->batch);
        audit_forget_keys(api->audit);
    }
    mem_free(f);
    done(ctx);
}
