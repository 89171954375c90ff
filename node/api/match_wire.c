#include "api/match_wire.h"

#include <inttypes.h>
#include <stdio.h>

#include "policy/covenant.h"

enum {
    ELEMENT_TEXT = (VOPRF_ELEMENT + 2) / 3 * 4,
    PROOF_TEXT = (VOPRF_PROOF + 2) / 3 * 4,
};

static void put_base64(struct buf *out, const char *before, const uint8_t *bytes, size_t len)
{
    buf_text(out, before);
    base64_encode(slice_of(bytes, len), out);
}

static void put_values(struct buf *out, const struct voprf_element *values)
{
    for (size_t i = 0; i < MATCH_BATCH; i++) {
        put_base64(out, i == 0 ? ",\"waarden\":[\"" : "\",\"", values[i].bytes, VOPRF_ELEMENT);
    }
    buf_text(out, "\"]");
}

static void take_base64(struct slice text, const char *where, uint8_t *out, size_t len, struct fault_list *faults)
{
    if (!base64_decode_exact(text, out, len)) {
        fault_list_add(faults, FAULT_INVALID, where, "hier horen %zu bytes als base64", len);
    }
}

/* After json_check: there are MATCH_BATCH. */
static void take_values(const struct json *values, struct voprf_element *out, struct fault_list *faults)
{
    size_t i = 0;
    for (const struct json *value = json_first(values); value != NULL && i < MATCH_BATCH; value = json_next(value)) {
        char where[32];
        (void)snprintf(where, sizeof where, "/waarden/%zu", i);
        take_base64(json_text(value), where, out[i].bytes, VOPRF_ELEMENT, faults);
        i++;
    }
}

/* ---- the question ---- */

static const struct json_field question_fields[] = {
    {"doel", JSON_TEXT, true, 1, CODE_MAX},
    {"periode", JSON_NUMBER, true, 0, UINT32_MAX},
    {"waarden", JSON_ARRAY, true, MATCH_BATCH, MATCH_BATCH},
    {"ontvangstbewijs", JSON_TEXT, true, RECEIPT_TEXT, RECEIPT_TEXT},
};

void evaluation_write(struct slice purpose, uint32_t epoch, const struct voprf_element *blinded, struct slice receipt,
                      struct buf *out)
{
    struct json_writer w = json_writer(out);
    json_begin_object(&w, NULL);
    json_put_slice(&w, "doel", purpose);
    json_put_int(&w, "periode", epoch);
    put_values(out, blinded);
    json_put_slice(&w, "ontvangstbewijs", receipt);
    json_end_object(&w);
}

void evaluation_question_read(const struct json *json, struct evaluation_question *out, struct fault_list *faults)
{
    const size_t before = faults->count;
    json_check(json, "", question_fields, COUNT_OF(question_fields), faults);
    if (faults->count != before) {
        return;
    }
    out->purpose = json_text_of(json, "doel");
    out->epoch = (uint32_t)json_int(json_member(json, "periode"));
    out->receipt = json_text_of(json, "ontvangstbewijs");
    take_values(json_member(json, "waarden"), out->blinded, faults);
}

/* ---- the answer ---- */

size_t evaluation_answer_write(uint32_t epoch, const struct voprf_element *key, const struct match_evaluated *evaluated,
                               struct buf *out)
{
    buf_format(out, "{\"periode\":%" PRIu32, epoch);
    put_base64(out, ",\"sleutel\":\"", key->bytes, VOPRF_ELEMENT);
    buf_byte(out, '"');
    put_values(out, evaluated->values);
    put_base64(out, ",\"bewijs\":\"", evaluated->proof, VOPRF_PROOF);
    buf_text(out, "\",\"ontvangstbewijs\":\"");
    const size_t at = out->len;
    buf_fill(out, '-', RECEIPT_TEXT);
    buf_text(out, "\"}");
    return at;
}

static const struct json_field answer_fields[] = {
    {"periode", JSON_NUMBER, true, 0, UINT32_MAX},
    {"sleutel", JSON_TEXT, true, ELEMENT_TEXT, ELEMENT_TEXT},
    {"waarden", JSON_ARRAY, true, MATCH_BATCH, MATCH_BATCH},
    {"bewijs", JSON_TEXT, true, PROOF_TEXT, PROOF_TEXT},
    {"ontvangstbewijs", JSON_TEXT, true, RECEIPT_TEXT, RECEIPT_TEXT},
};

enum result evaluation_read(struct slice body, struct evaluation_answer *out, struct error *err)
{
    struct json *json CLEANUP(json_cleanup) = NULL;
    struct fault_list faults = {0};
    TRY(json_parse(body, &json, err));
    json_check(json, "", answer_fields, COUNT_OF(answer_fields), &faults);
    TRY(fault_list_result(&faults, err));
    out->epoch = (uint32_t)json_int(json_member(json, "periode"));
    take_base64(json_text_of(json, "sleutel"), "/sleutel", out->key.bytes, VOPRF_ELEMENT, &faults);
    take_base64(json_text_of(json, "bewijs"), "/bewijs", out->evaluated.proof, VOPRF_PROOF, &faults);
    take_values(json_member(json, "waarden"), out->evaluated.values, &faults);
    (void)slice_copy_text(json_text_of(json, "ontvangstbewijs"), out->receipt, sizeof out->receipt);
    return fault_list_result(&faults, err);
}
