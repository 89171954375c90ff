#include "api/log.h"

#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "api/query.h"
#include "audit/retention.h"
#include "base/mem.h"
#include "policy/words.h"

enum { REASON_MAX = 4096, LOG_LEAF_TEXT_MAX = 2 * LOG_LEAF_BYTES };

struct reading {
    struct call call;
    int64_t from;
    int64_t count;
};

static void put_if(struct json_writer *w, const char *name, const char *text)
{
    if (text[0] != '\0') {
        json_put_text(w, name, text);
    }
}

/* The last three digits are enough to recognise a person that one has in front of oneself, and to find nobody else. */
static void put_person(struct json_writer *w, const struct record *r)
{
    static const struct ident none;
    if (bsn_is_set(&r->bsn)) {
        char masked[BSN_DIGITS + 1] = "******";
        const struct slice digits = bsn_digits(&r->bsn);
        memcpy(masked + 6, digits.ptr + 6, 3);
        json_put_text(w, "bsn", masked);
    } else if (!ident_equal(&r->subject, &none)) {
        json_put_text(w, "betrokkene", ident_text(&r->subject).text);
    }
}

/* Of a record about a class key, instead of a purpose. */
static void put_purpose(struct json_writer *w, const struct record *r)
{
    char key[16];
    (void)snprintf(key, sizeof key, "%06u-%u", (unsigned)r->class.month % 1000000U, (unsigned)r->class.class % 10U);
    if (r->operation == RECORD_CLASS_KEY) {
        json_put_text(w, "logsleutel", key);
    } else {
        put_if(w, r->operation == RECORD_KEY_DESTROYED ? "logsleutel" : "doel", r->purpose);
    }
}

enum log_seal log_open_leaf(struct api *api, const struct store_leaf *leaf, struct record *record, struct buf *text)
{
    struct error err;
    struct audit_class class;
    if (audit_read(api->audit, leaf, record, text, &err) == RESULT_OK) {
        return LOG_SEAL_WHOLE;
    }
    const bool gone = err.fault == FAULT_NOT_FOUND;
    if (record_decode_visible(leaf->leaf, record, &err) != RESULT_OK) {
        *record = (struct record){0};
    }
    if (!gone || !audit_find_class(api->audit, record->class, &class)) {
        return LOG_SEAL_DAMAGED;
    }
    return class.state == AUDIT_KEY_DESTROYED ? LOG_SEAL_DESTROYED : LOG_SEAL_LOST;
}

static void put_record(struct json_writer *w, const struct covenant *covenant, uint64_t sequence,
                       const struct record *r, struct slice text, enum log_seal sealed)
{
    const bool readable = sealed == LOG_SEAL_WHOLE;
    static const struct ident none;
    json_put_int(w, "volgnummer", (int64_t)sequence);
    json_put_text(w, "tijd", moment_text(r->time_ms).text);
    json_put_text(w, "handeling", record_operation_word(r->operation));
    if (oin_is_set(&r->peer)) {
        const struct party *party = covenant_party(covenant, &r->peer);
        json_put_text(w, "ketenpartner", r->peer.digits);
        put_if(w, "ketenpartnerNaam", party != NULL ? party->name : "");
    }
    put_purpose(w, r);
    if (!ident_equal(&r->request_id, &none)) {
        json_put_text(w, "verzoek", ident_text(&r->request_id).text);
    }
    json_put_bool(w, "leesbaar", readable);
    json_put_text(w, "gesloten", log_seal_word(sealed));
    if (readable) {
        put_if(w, "uitkomst", record_outcome_word(r->outcome));
        put_if(w, "fout", r->fault != FAULT_NONE ? fault_slug(r->fault) : "");
        if (r->operation == RECORD_REFUSED && r->entries != 0) {
            json_put_int(w, "aantal", r->entries); /* counted into one */
        }
        put_if(w, "gebruiker", r->user);
        put_if(w, "rol", r->role);
        put_if(w, "grondslag", r->basis);
        put_if(w, "zaak", r->case_number);
        put_if(w, "melding", r->report_number);
        put_if(w, "regels", r->rules);
        put_person(w, r);
        if (r->categories != 0) {
            json_begin_array(w, "categorieen");
            for (unsigned i = 0; i < CATEGORY_COUNT; i++) {
                if ((r->categories & CATEGORY_BIT(i)) != 0) {
                    json_put_text(w, NULL, category_word((enum category)i));
                }
            }
            json_end_array(w);
        }
        if (text.len != 0) {
            json_put_slice(w, "reden", text);
        }
    }
}

void log_put_leaf(struct call *call, struct json_writer *w, const char *name, const struct store_leaf *leaf)
{
    struct record record;
    struct buf text;
    buf_init(&text, REASON_MAX);
    const enum log_seal sealed = log_open_leaf(call->api, leaf, &record, &text);
    json_begin_object(w, name);
    put_record(w, call->covenant, leaf->sequence, &record, buf_slice(&text), sealed);
    json_end_object(w);
    mem_wipe(&record, sizeof record);
    buf_wipe(&text);
}

static void list_read(void *ctx, const struct store_leaf *leaves, size_t count, const struct error *failed)
{
    struct call *call = ctx;
    struct error err;
    if (failed != NULL) {
        call_fail(call, failed);
        return;
    }
    struct json_writer w = json_writer(&call->body);
    json_begin_object(&w, NULL);
    json_begin_array(&w, "regels");
    for (size_t i = 0; i < count; i++) {
        log_put_leaf(call, &w, NULL, &leaves[i]);
    }
    json_end_array(&w);
    json_end_object(&w);
    struct record record = call_record(call, RECORD_LOG_READ);
    record.outcome = OUTCOME_DONE;
    record.entries = (uint32_t)count;
    struct store_batch *batch = NULL;
    if (call_log(call, &batch, &record, slice_of(NULL, 0), &err) != RESULT_OK) {
        call_unlogged(call, &err);
        return;
    }
    call_commit(call, batch, 200);
}

/* Reads the page asked for; answers 400 itself when the query is wrong. */
static bool read_page(struct reading *r, int64_t most)
{
    const struct slice query = http_request_query(r->call.request);
    r->from = query_number(query, "vanaf", 0);
    r->count = query_number(query, "aantal", most);
    if (r->from >= 0 && r->count >= 1 && r->count <= most) {
        return true;
    }
    struct error err;
    struct record record = call_refusal(&r->call);
    (void)error_set(&err, FAULT_INVALID, "vanaf, aantal", "vanaf is 0 of meer, aantal is 1 tot en met %lld",
                    (long long)most);
    call_refuse_error(&r->call, &record, &err);
    return false;
}

static void list(struct call *call)
{
    struct reading *r = (struct reading *)call;
    if (read_page(r, LOG_PAGE_MAX)) {
        store_log_read(call->api->door, (uint64_t)r->from, (size_t)r->count, list_read, call);
    }
}

static void head_read(void *ctx, const struct merkle_frontier *tree, const struct error *err)
{
    struct call *call = ctx;
    if (err != NULL) {
        call_fail(call, err);
        return;
    }
    struct sha256 root;
    char hex[2 * SHA256_SIZE + 1];
    merkle_root(tree, &root);
    hex_encode(slice_of(root.bytes, SHA256_SIZE), hex);
    struct json_writer w = json_writer(&call->body);
    json_begin_object(&w, NULL);
    json_put_int(&w, "omvang", (int64_t)tree->size);
    json_put_text(&w, "wortel", hex);
    json_end_object(&w);
    call_answer(call, 200);
}

static void head(struct call *call)
{
    store_log_head(call->api->door, head_read, call);
}

static void leaves_read(void *ctx, const struct store_leaf *leaves, size_t count, const struct error *err)
{
    struct call *call = ctx;
    if (err != NULL) {
        call_fail(call, err);
        return;
    }
    struct json_writer w = json_writer(&call->body);
    json_begin_object(&w, NULL);
    json_begin_array(&w, "bladeren");
    for (size_t i = 0; i < count; i++) {
        struct buf text;
        buf_init(&text, LOG_LEAF_TEXT_MAX);
        base64_encode(slice_of(leaves[i].leaf, LOG_LEAF_BYTES), &text);
        json_begin_object(&w, NULL);
        json_put_int(&w, "volgnummer", (int64_t)leaves[i].sequence);
        json_put_slice(&w, "blad", buf_slice(&text));
        struct record record;
        json_put_text(&w, "gesloten", log_seal_word(log_open_leaf(call->api, &leaves[i], &record, NULL)));
        json_end_object(&w);
        mem_wipe(&record, sizeof record);
        buf_free(&text);
    }
    json_end_array(&w);
    json_end_object(&w);
    call_answer(call, 200);
}

static void leaves(struct call *call)
{
    struct reading *r = (struct reading *)call;
    if (read_page(r, LOG_LEAVES_MAX)) {
        store_log_read(call->api->door, (uint64_t)r->from, (size_t)r->count, leaves_read, call);
    }
}

static void begin(struct http_request *request, void *ctx, enum permission permission, void (*next)(struct call *call))
{
    struct call *call = call_begin(ctx, request, sizeof(struct reading));
    if (call != NULL) {
        call_require(call, permission, next);
    }
}

void log_list(struct http_request *request, void *ctx)
{
    begin(request, ctx, MAY_READ_LOG, list);
}

void log_head(struct http_request *request, void *ctx)
{
    begin(request, ctx, MAY_VERIFY_LOG, head);
}

void log_leaves(struct http_request *request, void *ctx)
{
    begin(request, ctx, MAY_VERIFY_LOG, leaves);
}
