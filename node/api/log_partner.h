/*
 * log_partner.h - asking a partner what its log says, and judging the proofs that it gives: for log_check and log_other.
 *
 * Ownership: nothing is kept; an answer is the caller's to free. Thread: the loop's. Faults: those of peer_ask; what is no
 * proof is a text.
 */
#ifndef KETENBRUG_API_LOG_PARTNER_H
#define KETENBRUG_API_LOG_PARTNER_H

#include "api/api.h"
#include "audit/checkpoint.h"

/* A question under a request id of its own; `body` is JSON, empty: a GET. */
MUST_USE enum result log_partner_ask(struct api *api, const struct party *partner, const char *path, struct slice body,
                                     peer_done *done, void *ctx, struct error *err);
/* For the record that it signed this receipt for, with the proof that it stands in its log of `size`. */
MUST_USE enum result log_partner_ask_inclusion(struct api *api, const struct party *partner,
                                               const uint8_t receipt[RECEIPT_BYTES], uint64_t size, peer_done *done,
                                               void *ctx, struct error *err);
struct json *log_partner_answer(const struct peer_outcome *outcome); /* NULL: it gave none */
/* NULL: it holds, and `theirs` (may be NULL) is what is visible of the partner's record; else what is wrong, in Dutch. */
const char *log_partner_judge(const struct api *api, const struct checkpoint *checkpoint, const struct receipt *receipt,
                              const struct ident *request_id, const struct json *answer, struct record *theirs);
/* How many of the covenant's witnesses, other than the partner itself, cosigned lately; `needed`: more than half. */
size_t log_partner_cosigned(const struct call *call, const struct party *partner, const struct note *note,
                            size_t *needed);

#endif
