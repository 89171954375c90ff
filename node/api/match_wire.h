/*
 * match_wire.h - a blind evaluation between two nodes as bytes, at the asker: the question, and the answer taken apart.
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

struct evaluation_answer {
    uint32_t epoch;
    struct voprf_element key;
    struct match_evaluated evaluated;
    char receipt[RECEIPT_TEXT + 1];
};
/* A partner's answer, not trusted: the form alone is checked here. */
MUST_USE enum result evaluation_read(struct slice body, struct evaluation_answer *out, struct error *err);

#endif
