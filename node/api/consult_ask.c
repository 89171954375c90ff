/*
 * The asker's half of a consult, top to bottom in this order:
 *   read and check -> may I ask, and whom? -> whose set and which values are here? -> values that are not are evaluated at
 *   all partners side by side (consult_evaluate.c) -> tested at home, and asked: one durable commit -> only who is in a
 *   set is asked about, all side by side (consult_send.c) -> received: durable -> table
 */
#include "api/consult_ask.h"

#include <string.h>
#include <uv.h>

#include "api/book.h"
#include "api/consult_parts.h"
#include "base/mem.h"

static void clean(struct call *call)
{
    struct consult *c = (struct consult *)call;
    for (size_t i = 0; i < c->ask_count; i++) {
        buf_wipe(&c->asks[i].entries);
        api_release_covenant(c->asks[i].held);
    }
    if (c->asks != NULL) {
        mem_wipe(c->asks, c->ask_count * sizeof *c->asks);
    }
    mem_free(c->asks);
    consult_evaluate_free(c);
    consult_match_free(c);
    for (size_t i = 0; i < c->crisis_count; i++) {
        api_release_covenant(c->crisis[i].held);
    }
    mem_free(c->crisis);
    json_free(c->json);
    mem_wipe(&c->request, sizeof c->request);
    mem_wipe(&c->report, sizeof c->report);
}

/* ---- records ---- */

struct record consult_record(const struct consult *c, const struct covenant *covenant, enum record_operation operation)
{
    struct record r = call_record(&c->call, operation);
    const struct purpose *purpose = covenant_purpose(covenant, c->request.purpose);
    memcpy(r.covenant, covenant_digest(covenant)->bytes, sizeof r.covenant);
    r.class.class = purpose != NULL ? (uint8_t)purpose->retention_class : 0;
    r.consult = c->id;
    (void)slice_copy_text(c->request.purpose, r.purpose, sizeof r.purpose);
    (void)slice_copy_text(c->request.basis, r.basis, sizeof r.basis);
    (void)slice_copy_text(c->request.role, r.role, sizeof r.role);
    /* An order stands where a case does. */
    const struct slice number = c->request.order_number.len != 0 ? c->request.order_number : c->request.case_number;
    (void)slice_copy_text(number, r.case_number, sizeof r.case_number);
    (void)slice_copy_text(c->request.report_number, r.report_number, sizeof r.report_number);
    return r;
}

/* ---- ends ---- */

/* One record a person, as for what is asked; one without a person when none could be read. */
static void refuse(struct consult *c, const struct fault_list *faults)
{
    struct record records[CONSULT_SUBJECTS_MAX];
    const size_t count = c->request.subject_count != 0 ? c->request.subject_count : 1;
    for (size_t i = 0; i < count; i++) {
        records[i] = consult_record(c, c->call.covenant, RECORD_REFUSED);
        records[i].bsn = c->request.subjects[i]; /* all zero: none */
    }
    call_refuse_each(&c->call, records, count, faults);
    mem_wipe(records, count * sizeof *records);
}

/* That numbers were shown is recorded for each person, though nothing was asked, and so is what must be reviewed. Takes
 * the batch, which may be NULL, and gives it back; NULL: the call ended. */
static struct store_batch *record_shown(struct consult *c, struct store_batch *batch)
{
    struct error err;
    const bool alone = batch == NULL;
    for (size_t i = 0; i < c->request.subject_count; i++) {
        struct record r = consult_record(c, c->crisis[0].held->covenant, RECORD_CRISIS_NUMBER);
        r.bsn = c->request.subjects[i];
        r.outcome = OUTCOME_DONE;
        r.entries = (uint32_t)c->crisis_count;
        const struct slice reason = i == 0 && alone ? c->request.reason : slice_of(NULL, 0);
        const enum result result = call_log(&c->call, &batch, &r, reason, &err);
        mem_wipe(&r, sizeof r);
        if (result != RESULT_OK) {
            call_unlogged(&c->call, &err);
            return NULL;
        }
    }
    if (consult_matter_write(c, batch, &err) != RESULT_OK) {
        call_drop(&c->call, batch);
        call_fail(&c->call, &err);
        return NULL;
    }
    return batch;
}

/* All of one consult fits one commit: with one person an evaluation and a question for each partner, a test, and what is kept
 * and shown beside them. */
_Static_assert(2 * CONSULT_ASKS_MAX + 4 * CONSULT_SUBJECTS_MAX <= STORE_BATCH_MAX, "a consult fits a batch");

/* What is known of sets and numbers is written down; who is in a set is asked about, else this is the end. */
static void record_and_ask(struct consult *c)
{
    struct store_batch *batch = NULL;
    if (c->evaluation_count != 0 && (batch = consult_evaluate_record(c, batch)) == NULL) {
        return;
    }
    if (c->ask_count != 0 && (batch = consult_match_record(c, batch)) == NULL) {
        return;
    }
    if (consult_send_count(c) != 0 && (batch = consult_send_record(c, batch)) == NULL) {
        return;
    }
    if (c->crisis_count != 0 && (batch = record_shown(c, batch)) == NULL) {
        return;
    }
    if (consult_send_count(c) != 0) {
        consult_send(c, batch);
    } else { /* no question to anybody */
        consult_table_write(c);
        call_commit(&c->call, batch, 200);
    }
}

static void test_and_ask(struct consult *c)
{
    consult_match_test(c);
    record_and_ask(c);
}

/* The report or order that was named has been looked at. */
static void plan(struct consult *c, struct fault_list *faults)
{
    struct error err;
    if (faults->count == 0 && consult_plan(c, &err) != RESULT_OK) {
        fault_list_add(faults, err.fault, err.where, "%s", err.what);
    }
    if (faults->count != 0) {
        refuse(c, faults);
    } else if (c->ask_count != 0) {
        consult_match_prepare(c);
        consult_evaluate(c, test_and_ask);
    } else { /* numbers to call, and nothing to look for */
        record_and_ask(c);
    }
}

/* A purpose that only an older version knows is still one, as long as that is in force with some partner. */
static void use_document(struct consult *c)
{
    const struct slice purpose = json_text_of(c->json, "doel");
    const struct book *book = c->call.api->book;
    for (size_t i = 0; covenant_purpose(c->call.covenant, purpose) == NULL && i < book->count; i++) {
        const struct covenant *other = book->entries[i]->covenant;
        if (covenant_purpose(other, purpose) != NULL && book_partners(c->call.api, i) != 0) {
            api_release_covenant(c->call.held);
            c->call.held = api_hold(book->entries[i]);
            c->call.covenant = other;
        }
    }
}

static void start(struct call *call)
{
    struct consult *c = (struct consult *)call;
    struct fault_list faults = {0};
    struct error err;
    c->id = entropy_ident(call->api->entropy);
    c->began_ms = (int64_t)uv_now(call->api->loop);
    c->json = call_json(call, consult_request_fields, consult_request_field_count, &faults);
    if (c->json != NULL) {
        use_document(c);
        consult_request_read(c->json, call->covenant, &call->caller, &c->request, &faults);
    }
    if (regulation_check(call, &err) != RESULT_OK) {
        fault_list_add(&faults, err.fault, err.where, "%s", err.what);
    }
    if (faults.count != 0) {
        refuse(c, &faults);
        return;
    }
    consult_matter_find(c, plan);
}

void consult_ask(struct http_request *request, void *ctx)
{
    struct call *call = call_begin(ctx, request, sizeof(struct consult));
    if (call != NULL) {
        call->clean = clean;
        call_require(call, MAY_CONSULT, start);
    }
}
