/*
 * decision_inputs.h - the inputs of a provider's decision, as its record keeps them and as they are read back.
 *
 * Does:      fills a record from what policy_may_answer was given, so that the decision can be explained, and taken anew
 *            under another covenant, when everything else has changed.
 * Does not:  keep a birth date (an age is enough), nor the involvements themselves: their life domains stand in
 *            record.domains and record.shielded.
 * Ownership: values; the slices and texts of what is read back borrow from the record. Thread: any; pure. Faults: none.
 */
#ifndef KETENBRUG_API_DECISION_INPUTS_H
#define KETENBRUG_API_DECISION_INPUTS_H

#include "audit/record.h"
#include "policy/decide.h"
#include "policy/replay.h"

/* Of the request only what the requester claims beside case and report number; those, purpose, basis and role stand in
 * the record by themselves. `subject` NULL: not known here. */
void record_inputs_from(struct record *record, const struct policy_request *request,
                        const struct policy_subject *subject);

/* As for policy_replay. `covenant` names the parties; who is no party of it is NULL there. */
struct policy_replay record_inputs_of(const struct record *record, const struct covenant *covenant,
                                      const struct oin *own);

#endif
