#include "api/proofs.h"

#include "api/api.h"
#include "base/encode.h"
#include "base/mem.h"

enum { LEAF_TEXT = (LOG_LEAF_BYTES + 2) / 3 * 4, HASH_TEXT = 44 };

static const struct json_field request_fields[] = {
    {"insluiting", JSON_OBJECT, false, 1, 2},
    {"samenhang", JSON_OBJECT, false, 2, 2},
};
static const struct json_field partner_inclusion[] = {
    {"ontvangstbewijs", JSON_TEXT, true, RECEIPT_TEXT, RECEIPT_TEXT},
    {"omvang", JSON_NUMBER, true, 1, INT64_MAX},
};
static const struct json_field desk_inclusion[] = {
    {"regel", JSON_NUMBER, true, 0, INT64_MAX},
    {"omvang", JSON_NUMBER, true, 1, INT64_MAX},
};
static const struct json_field consistency[] = {
    {"van", JSON_NUMBER, true, 0, INT64_MAX},
    {"tot", JSON_NUMBER, true, 0, INT64_MAX},
};

struct proving {
    struct call call;
    struct oin partner; /* empty: the desk */
    uint64_t index;
    uint64_t from, to;
    bool has_leaf;
    uint8_t leaf[LOG_LEAF_BYTES];
};

static void put_hash(struct json_writer *w, const char *name, const uint8_t *bytes, size_t len)
{
    struct buf text;
    buf_init(&text, LEAF_TEXT);
    base64_encode(slice_of(bytes, len), &text);
    json_put_slice(w, name, buf_slice(&text));
    buf_free(&text);
}

static void proven(void *ctx, const struct merkle_proof *proof, const struct error *err)
{
    struct proving *p = ctx;
    if (err != NULL) {
        call_fail(&p->call, err);
        return;
    }
    struct json_writer w = json_writer(&p->call.body);
    json_begin_object(&w, NULL);
    if (p->has_leaf) {
        json_put_int(&w, "regel", (int64_t)p->index);
        json_put_int(&w, "omvang", (int64_t)p->to);
        put_hash(&w, "blad", p->leaf, LOG_LEAF_BYTES);
    } else {
        json_put_int(&w, "van", (int64_t)p->from);
        json_put_int(&w, "tot", (int64_t)p->to);
    }
    json_begin_array(&w, "bewijs");
    for (size_t i = 0; i < proof->count; i++) {
        put_hash(&w, NULL, proof->hashes[i].bytes, SHA256_SIZE);
    }
    json_end_array(&w);
    json_end_object(&w);
    call_answer(&p->call, 200);
}

static void not_here(struct proving *p)
{
    struct error err;
    (void)error_set(&err, FAULT_NOT_FOUND, "", "zo'n regel staat niet in dit logboek, of is niet van u");
    call_fail(&p->call, &err);
}

static void leaf_read(void *ctx, const struct store_leaf *leaves, size_t count, const struct error *err)
{
    struct proving *p = ctx;
    struct record record;
    struct error fault;
    if (err != NULL) {
        call_fail(&p->call, err);
        return;
    }
    if (count != 1 || leaves[0].sequence != p->index ||
        (oin_is_set(&p->partner) && (record_decode_visible(leaves[0].leaf, &record, &fault) != RESULT_OK ||
                                     !oin_equal(&record.peer, &p->partner)))) {
        not_here(p);
        return;
    }
    memcpy(p->leaf, leaves[0].leaf, LOG_LEAF_BYTES);
    p->has_leaf = true;
    store_log_inclusion(p->call.api->door, p->index, p->to, proven, p);
}

/* The sequence number behind the receipt's record id; false: it is none of ours. */
static bool read_receipt(struct proving *p, struct slice text)
{
    uint8_t bytes[RECEIPT_BYTES];
    struct receipt receipt;
    struct error err;
    return base64url_decode_exact(text, bytes, sizeof bytes) &&
           receipt_parse(slice_of(bytes, sizeof bytes), &receipt, &err) == RESULT_OK &&
           log_record_sequence(&p->call.api->identity, &receipt.promise.record_id, &p->index);
}

static void prove(struct call *call)
{
    struct proving *p = (struct proving *)call;
    struct fault_list faults = {0};
    struct json *json CLEANUP(json_cleanup) = call_json(call, request_fields, COUNT_OF(request_fields), &faults);
    const struct json *inclusion = json != NULL ? json_member(json, "insluiting") : NULL;
    const struct json *samenhang = json != NULL ? json_member(json, "samenhang") : NULL;
    const bool desk = !oin_is_set(&p->partner);
    if (faults.count == 0 && (inclusion == NULL) == (samenhang == NULL)) {
        fault_list_add(&faults, FAULT_INVALID, "", "noem insluiting of samenhang, en niet beide");
    } else if (faults.count == 0 && inclusion != NULL) {
        json_check(inclusion, "/insluiting", desk ? desk_inclusion : partner_inclusion, 2, &faults);
        p->to = (uint64_t)json_int(json_member(inclusion, "omvang"));
    } else if (faults.count == 0) {
        json_check(samenhang, "/samenhang", consistency, COUNT_OF(consistency), &faults);
        p->from = (uint64_t)json_int(json_member(samenhang, "van"));
        p->to = (uint64_t)json_int(json_member(samenhang, "tot"));
    }
    if (faults.count != 0) {
        call_fail_faults(call, &faults);
        return;
    }
    if (inclusion == NULL) {
        store_log_consistency(call->api->door, p->from, p->to, proven, p);
        return;
    }
    p->index = (uint64_t)json_int(json_member(inclusion, "regel"));
    if (!desk && !read_receipt(p, json_text_of(inclusion, "ontvangstbewijs"))) {
        not_here(p);
        return;
    }
    store_log_read(call->api->door, p->index, 1, leaf_read, p);
}

void proofs_for_partner(struct http_request *request, void *ctx)
{
    struct proving *p = (struct proving *)call_begin(ctx, request, sizeof *p);
    if (p != NULL) {
        p->partner = http_request_peer(request)->oin;
        prove(&p->call);
    }
}

void proofs_for_desk(struct http_request *request, void *ctx)
{
    struct call *call = call_begin(ctx, request, sizeof(struct proving));
    if (call != NULL) {
        call_require(call, MAY_VERIFY_LOG, prove);
    }
}
