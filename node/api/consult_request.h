/*
 * consult_request.h - what a professional hands in to consult: read, checked, and allowed before any partner is asked.
 *
 * Thread: any; pure. Ownership: slices borrow from the JSON.
 */
#ifndef KETENBRUG_API_CONSULT_REQUEST_H
#define KETENBRUG_API_CONSULT_REQUEST_H

#include "api/access.h"
#include "base/bsn.h"
#include "base/json.h"
#include "policy/decide.h"

struct consult_request {
    struct slice purpose;
    struct slice basis;
    struct slice case_number; /* one of these three */
    struct slice report_number;
    struct slice order_number;
    struct slice reason;
    struct slice role; /* the caller's role in this; one of his registered ones */
    struct bsn subjects[CONSULT_SUBJECTS_MAX];
    size_t subject_count;
};

extern const struct json_field consult_request_fields[];
extern const size_t consult_request_field_count;

/* After json_check: adds what is wrong with the content: unknown purpose, basis or role, a role that is not the
 * caller's, no case, report or order, a person twice, a number that fails the eleven-test. */
void consult_request_read(const struct json *json, const struct covenant *covenant, const struct caller *caller,
                          struct consult_request *out, struct fault_list *faults);

#endif
