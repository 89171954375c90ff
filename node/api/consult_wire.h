/*
 * consult_wire.h - the consult between two nodes as bytes: the question, and the uniform answer.
 *
 * The answer is always status 200 and padded to a size class (CONSULT_ANSWER_BYTES, doubled as needed), so that
 * unknown, withheld and nothing-to-tell are the same bytes on the wire.
 * Thread: any; pure. Ownership: slices borrow from the parsed JSON or from the caller.
 */
#ifndef KETENBRUG_API_CONSULT_WIRE_H
#define KETENBRUG_API_CONSULT_WIRE_H

#include "audit/receipt.h"
#include "base/ident.h"
#include "base/json.h"
#include "domain/person.h"
#include "matching/naming.h"
#include "policy/decide.h"

struct question {
    struct naming subject;
    struct slice purpose;
    struct slice basis;
    struct slice role;
    /* Pseudonyms that this partner alone gets: the same case or user is another word to another partner. */
    struct slice case_pseudonym; /* one of these three is not empty */
    struct slice report_pseudonym;
    struct slice order_pseudonym; /* claims an order in force, by the requester's own records */
    bool report_open;             /* claims that the report is an open one of Veilig Thuis, likewise */
    struct slice user_pseudonym;
    struct slice receipt; /* the asker's, RECEIPT_TEXT characters */
};

enum {
    PSEUDONYM_TEXT = 32, /* hex digits */
    /* The JSON array that still fits the largest size class, with what answer_write puts around it. */
    ANSWER_ENTRIES_MAX = (CONSULT_ANSWER_BYTES << (CONSULT_ANSWER_CLASSES - 1)) - 96 - RECEIPT_TEXT,
};

void question_write(const struct question *question, struct buf *out);
/* Reads and checks; every fault is added. The slices borrow from `json`. */
void question_read(const struct json *json, struct question *out, struct fault_list *faults);

/* One involvement, as far as the decision lets it go. `central_phone` is the provider's own desk for shielded records,
 * shown in place of any person; NULL: none, and no contact. */
void answer_entry(struct json_writer *w, const struct involvement *involvement, const struct policy_decision *decision,
                  const char *central_phone);
/* The whole answer: `entries` is the JSON array; pads. The receipt is not there before the answer's record is durable:
 * `receipt_at` is where its RECEIPT_TEXT characters must come. FAULT_TOO_LARGE past the largest class. */
MUST_USE enum result answer_write(struct slice entries, struct buf *out, size_t *receipt_at, struct error *err);
/* A partner's answer, not trusted: checked member by member and written anew as a JSON array into `entries`. Its size
 * must be a class. The receipt is given as text; whether it holds is the caller's to find out. */
struct answer {
    size_t count;
    char receipt[RECEIPT_TEXT + 1];
};
MUST_USE enum result answer_read(struct slice body, struct buf *entries, struct answer *out, struct error *err);

#endif
