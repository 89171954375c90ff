#include "api/match_wire.h"

#include <stdio.h>

enum {
    ELEMENT_TEXT = (VOPRF_ELEMENT + 2) / 3 * 4,
    PROOF_TEXT = (VOPRF_PROOF + 2) / 3 * 4,
};

static void put_base64(struct json_writer *w, const char *name, struct slice bytes)
{
    struct buf text;
    buf_init(&text, PROOF_TEXT);
    base64_encode(bytes, &text);
    json_put_slice(w, name, buf_slice(&text));
    buf_free(&text);
}

void evaluation_write(struct slice purpose, uint32_t epoch, const struct voprf_element *blinded, struct slice receipt,
                      struct buf *out)
{
    struct json_writer w = json_writer(out);
    json_begin_object(&w, NULL);
    json_put_slice(&w, "doel", purpose);
    json_put_int(&w, "periode", epoch);
    json_begin_array(&w, "waarden");
    for (size_t i = 0; i < MATCH_BATCH; i++) {
        put_base64(&w, NULL, slice_of(blinded[i].bytes, VOPRF_ELEMENT));
    }
    json_end_array(&w);
    json_put_slice(&w, "ontvangstbewijs", receipt);
    json_end_object(&w);
}

static const struct json_field answer_fields[] = {
    {"periode", JSON_NUMBER, true, 0, UINT32_MAX},
    {"sleutel", JSON_TEXT, true, ELEMENT_TEXT, ELEMENT_TEXT},
    {"waarden", JSON_ARRAY, true, MATCH_BATCH, MATCH_BATCH},
    {"bewijs", JSON_TEXT, true, PROOF_TEXT, PROOF_TEXT},
    {"ontvangstbewijs", JSON_TEXT, true, RECEIPT_TEXT, RECEIPT_TEXT},
};

static void take_base64(struct slice text, const char *where, uint8_t *out, size_t len, struct fault_list *faults)
{
    struct buf bytes;
    buf_init(&bytes, len);
    if (base64_decode(text, &bytes) && buf_ok(&bytes) && bytes.len == len) {
        memcpy(out, bytes.ptr, len);
    } else {
        fault_list_add(faults, FAULT_INVALID, where, "hier horen %zu bytes als base64", len);
    }
    buf_free(&bytes);
}

enum result evaluation_read(struct slice body, struct evaluation_answer *out, struct error *err)
{
    struct json *json CLEANUP(json_cleanup) = NULL;
    struct fault_list faults = {0};
    size_t i = 0;
    TRY(json_parse(body, &json, err));
    json_check(json, "", answer_fields, COUNT_OF(answer_fields), &faults);
    TRY(fault_list_result(&faults, err));
    out->epoch = (uint32_t)json_int(json_member(json, "periode"));
    take_base64(json_text_of(json, "sleutel"), "/sleutel", out->key.bytes, VOPRF_ELEMENT, &faults);
    take_base64(json_text_of(json, "bewijs"), "/bewijs", out->evaluated.proof, VOPRF_PROOF, &faults);
    const struct json *values = json_member(json, "waarden");
    for (const struct json *value = json_first(values); value != NULL; value = json_next(value), i++) {
        char where[32];
        (void)snprintf(where, sizeof where, "/waarden/%zu", i);
        take_base64(json_text(value), where, out->evaluated.values[i].bytes, VOPRF_ELEMENT, &faults);
    }
    (void)slice_copy_text(json_text_of(json, "ontvangstbewijs"), out->receipt, sizeof out->receipt);
    return fault_list_result(&faults, err);
}
