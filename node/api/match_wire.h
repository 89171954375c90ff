/*
 * match_wire.h - a blind evaluation between two nodes as bytes: the question, and the answer, each written and read.
 *
 * POST /v1/blinde-evaluaties: {"doel", "periode", "waarden": MATCH_BATCH texts of base64, "ontvangstbewijs"}; the answer:
 * {"periode", "sleutel", "waarden", "bewijs", "ontvangstbewijs"}. Always as many values, so that nobody sees for how many
 * people it is.
 * Thread: any; pure. Faults: FAULT_SYNTAX, FAULT_INVALID, saying which field.
 */
#ifndef KETENBRUG_API_MATCH_WIRE_H
#define KETENBRUG_API_MATCH_WIRE_H

#include "audit/receipt.h"
#include "base/json.h"
#include "matching/batch.h"

void evaluation_write(struct slice purpose, uint32_t epoch, const struct voprf_element *blinded, struct slice receipt,
                      struct buf *out);

/* At the provider: what was asked, not trusted; every fault is added. Whether the values are elements is the evaluation's to
 * find out. The slices borrow from `json`. */
struct evaluation_question {
    struct slice purpose;
    uint32_t epoch;
    struct voprf_element blinded[MATCH_BATCH];
    struct slice receipt;
};
void evaluation_question_read(const struct json *json, struct evaluation_question *out, struct fault_list *faults);
/* The answer, whole but for the receipt: where its RECEIPT_TEXT characters must come. Always of the same length but for the
 * number of the epoch. */
size_t evaluation_answer_write(uint32_t epoch, const struct voprf_element *key, const struct match_evaluated *evaluated,
                               struct buf *out);

struct evaluation_answer {
    uint32_t epoch;
    struct voprf_element key;
    struct match_evaluated evaluated;
    char receipt[RECEIPT_TEXT + 1];
};
/* A partner's answer, not trusted: the form alone is checked here. */
MUST_USE enum result evaluation_read(struct slice body, struct evaluation_answer *out, struct error *err);

#endif
