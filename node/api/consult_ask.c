/*
 * The asker's half of a consult, top to bottom in this order:
 *   read and check -> may I ask, and whom? -> asked: durable -> every partner side by side -> received: durable ->
 * table
 */
#include "api/consult_ask.h"

#include <string.h>

#include "api/book.h"
#include "api/consult_parts.h"
#include "api/consult_wire.h"
#include "api/decision_inputs.h"
#include "api/outbox.h"
#include "base/mem.h"

static void clean(struct call *call)
{
    struct consult *c = (struct consult *)call;
    for (size_t i = 0; i < c->ask_count; i++) {
        buf_wipe(&c->asks[i].entries);
        api_release_covenant(c->asks[i].held);
    }
    mem_free(c->asks);
    for (size_t i = 0; i < c->crisis_count; i++) {
        api_release_covenant(c->crisis[i].held);
    }
    mem_free(c->crisis);
    json_free(c->json);
    mem_wipe(&c->request, sizeof c->request);
    mem_wipe(&c->report, sizeof c->report);
}

/* ---- records ---- */

static struct record base_record(const struct consult *c, const struct covenant *covenant,
                                 enum record_operation operation)
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

static struct record ask_record(const struct ask *ask, enum record_operation operation)
{
    struct record r = base_record(ask->consult, ask->held->covenant, operation);
    r.request_id = ask->request_id;
    r.peer = ask->partner->oin;
    r.bsn = ask->consult->request.subjects[ask->subject];
    if (operation == RECORD_ASKED) {
        const struct policy_request claims = {.report_open = ask->consult->report_open,
                                              .order_in_force = ask->consult->order_in_force};
        record_inputs_from(&r, &claims, NULL);
    }
    return r;
}

/* One record a question; `describe` adds what is known by now. The reason is kept once, with the first. NULL: the call
 * ended, because the log takes nothing. */
static struct store_batch *record_asks(struct consult *c, enum record_operation operation, struct slice text,
                                       void (*describe)(const struct ask *ask, struct record *record))
{
    struct error err;
    struct store_batch *batch = NULL;
    for (size_t i = 0; i < c->ask_count; i++) {
        struct record r = ask_record(&c->asks[i], operation);
        describe(&c->asks[i], &r);
        struct ask *ask = &c->asks[i];
        const struct slice theirs = ask->has_theirs ? slice_of(ask->theirs, RECEIPT_BYTES) : slice_of(NULL, 0);
        const enum result result =
            call_log_exchange(&c->call, &batch, &r, i == 0 ? text : slice_of(NULL, 0), theirs, &ask->place, &err);
        mem_wipe(&r, sizeof r);
        if (result != RESULT_OK) {
            call_unlogged(&c->call, &err);
            return NULL;
        }
    }
    return batch;
}

static void describe_asked(const struct ask *ask, struct record *record)
{
    (void)ask;
    record->outcome = OUTCOME_PENDING;
}

static void describe_received(const struct ask *ask, struct record *record)
{
    record->entries = (uint32_t)ask->entry_count;
    if (ask->outcome != PEER_ANSWERED || ask->status != 200) {
        record->outcome = OUTCOME_NO_ANSWER;
        record->fault = FAULT_PEER;
    } else {
        record->outcome = ask->entry_count != 0 ? OUTCOME_GOT_INVOLVEMENT : OUTCOME_GOT_NOTHING;
    }
}

/* ---- asking ---- */

static void all_received(struct consult *c)
{
    struct store_batch *batch = record_asks(c, RECORD_RECEIVED, slice_of(NULL, 0), describe_received);
    if (batch != NULL) {
        consult_table_write(c);
        call_commit(&c->call, batch, 200);
    }
}

/* No receipt, no answer: what this partner's log does not sign for is not shown. */
static void take_answer(struct ask *ask, struct slice body)
{
    struct consult *c = ask->consult;
    struct answer answer;
    struct error err;
    enum result result = answer_read(body, &ask->entries, &answer, &err);
    if (result == RESULT_OK) {
        result = receipt_read(c->call.api, ask->held, ask->partner, slice_text(answer.receipt), "ontvangstbewijs",
                              ask->theirs, &err);
    }
    if (result == RESULT_OK) {
        ask->entry_count = answer.count;
        ask->has_theirs = true;
    } else {
        log_event(c->call.api->log, LOG_WARNING, "antwoord-niet-bruikbaar", LOG_TEXT("oin", ask->partner->oin.digits),
                  LOG_TEXT("plaats", err.where));
        ask->outcome = PEER_GARBAGE;
    }
}

static void one_received(void *ctx, const struct peer_outcome *outcome)
{
    struct ask *ask = ctx;
    struct consult *c = ask->consult;
    ask->outcome = outcome->kind;
    ask->status = outcome->status;
    if (outcome->kind == PEER_ANSWERED && outcome->status == 200) {
        take_answer(ask, outcome->body);
    }
    if (ask->outcome != PEER_ANSWERED || ask->status != 200) {
        log_event(c->call.api->log, LOG_WARNING, "ketenpartner-zonder-antwoord",
                  LOG_TEXT("oin", ask->partner->oin.digits), LOG_TEXT("oorzaak", peer_outcome_slug(ask->outcome)),
                  LOG_NUMBER("status", ask->status), LOG_NUMBER("pogingen", outcome->tries));
    }
    if (--c->open == 0) {
        all_received(c);
    }
}

struct pseudonym {
    char text[PSEUDONYM_TEXT + 1];
};

/* The same word for this partner each time, another for every other partner. */
static struct pseudonym pseudonym(const struct api *api, const struct party *partner, struct slice what)
{
    struct pseudonym out = {""};
    uint8_t hash[SEAL_HASH_SIZE];
    if (what.len != 0) {
        seal_hash(api->keyring, SEAL_PSEUDONYM, slice_text(partner->oin.digits), what, hash);
        hex_encode(slice_of(hash, sizeof hash), out.text);
    }
    return out;
}

static enum result send(struct ask *ask, struct error *err)
{
    struct consult *c = ask->consult;
    /* Between the record of asking and now somebody may have revoked. */
    ENSURE(api_still_agreed(c->call.api, ask->held, &ask->partner->oin), err, FAULT_FORBIDDEN, "convenant",
           "met deze ketenpartner is geen convenant meer van kracht");
    const struct pseudonym case_word = pseudonym(c->call.api, ask->partner, c->request.case_number);
    const struct pseudonym report_word = pseudonym(c->call.api, ask->partner, c->request.report_number);
    const struct pseudonym order_word = pseudonym(c->call.api, ask->partner, c->request.order_number);
    const struct pseudonym user_word = pseudonym(c->call.api, ask->partner, slice_text(c->call.caller.name));
    const struct question question = {
        .subject = c->request.subjects[ask->subject],
        .purpose = c->request.purpose,
        .basis = c->request.basis,
        .role = c->request.role,
        .case_pseudonym = slice_text(case_word.text),
        .report_pseudonym = slice_text(report_word.text),
        .report_open = c->report_open,
        .order_pseudonym = slice_text(order_word.text),
        .user_pseudonym = slice_text(user_word.text),
        .receipt = slice_of(ask->receipt, RECEIPT_TEXT),
    };
    struct buf body;
    buf_init(&body, HTTP_BODY_SMALL);
    question_write(&question, &body);
    const struct peer_request request = {
        .target = {ask->partner->oin, ask->partner->url},
        .path = "/v1/raadplegingen",
        .request_id = ask->request_id,
        .media_type = "application/json",
        .body = buf_slice(&body),
    };
    struct peer_call *started = NULL;
    enum result result = buf_result(&body, "vraag", err);
    if (result == RESULT_OK) {
        result = peer_ask(c->call.api->peers, &request, one_received, ask, &started, err);
    }
    buf_wipe(&body);
    return result;
}

/* What was withdrawn here is not asked for there before the partner knows of it; what is urgent needs no consent. */
static bool is_held(const struct ask *ask)
{
    const struct consult *c = ask->consult;
    const struct purpose *purpose = covenant_purpose(ask->held->covenant, c->request.purpose);
    return purpose != NULL && !purpose->urgent &&
           outbox_holds(c->call.api->outbox, &ask->partner->oin, &c->request.subjects[ask->subject]);
}

static void send_all(struct consult *c)
{
    /* One more than there are, so that a question that cannot start does not end the consult under our feet. */
    c->open = c->ask_count + 1;
    c->ended = !consult_matter_stands(c);
    for (size_t i = 0; i < c->ask_count; i++) {
        struct error err;
        c->asks[i].is_held = is_held(&c->asks[i]);
        if (c->ended || c->asks[i].is_held) {
            c->asks[i].outcome = PEER_CANCELLED;
            c->open--;
        } else if (send(&c->asks[i], &err) != RESULT_OK) {
            log_error(c->call.api->log, LOG_ERROR, "vraag-niet-verstuurd", &err);
            c->asks[i].outcome = PEER_DOWN;
            c->open--;
        }
    }
    if (--c->open == 0) {
        all_received(c);
    }
}

static void receipt_made(void *ctx, const uint8_t *receipt, const struct error *why)
{
    struct ask *ask = ctx;
    struct consult *c = ask->consult;
    if (receipt != NULL) {
        receipt_write(receipt, ask->receipt);
    } else {
        c->unsigned_why = *why;
        c->is_unsigned = true;
    }
    if (--c->open != 0) {
        return;
    }
    if (c->is_unsigned) {
        call_unlogged(&c->call, &c->unsigned_why);
    } else {
        send_all(c);
    }
}

static void asked(void *ctx, const struct store_committed *committed, const struct error *failed)
{
    struct consult *c = ctx;
    if (failed != NULL) {
        audit_forget_keys(c->call.api->audit);
        log_error(c->call.api->log, LOG_ERROR, "vastleggen-mislukt", failed);
        call_fail(&c->call, failed);
        return;
    }
    c->open = c->ask_count;
    for (size_t i = 0; i < c->ask_count; i++) {
        struct ask *ask = &c->asks[i];
        ask->want = (struct receipt_want){.sequence = committed->first_leaf + ask->place.index,
                                          .leaf_hash = ask->place.leaf_hash,
                                          .got = receipt_made,
                                          .ctx = ask};
        receipts_want(c->call.api->receipts, &ask->want);
    }
}

/* One record a person, as for what is asked; one without a person when none could be read. */
static void refuse(struct consult *c, const struct fault_list *faults)
{
    struct record records[CONSULT_SUBJECTS_MAX];
    const size_t count = c->request.subject_count != 0 ? c->request.subject_count : 1;
    for (size_t i = 0; i < count; i++) {
        records[i] = base_record(c, c->call.covenant, RECORD_REFUSED);
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
        struct record r = base_record(c, c->crisis[0].held->covenant, RECORD_CRISIS_NUMBER);
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

/* The report or order that was named has been looked at. */
static void plan(struct consult *c, struct fault_list *faults)
{
    struct error err;
    struct store_batch *batch = NULL;
    if (faults->count == 0 && consult_plan(c, &err) != RESULT_OK) {
        fault_list_add(faults, err.fault, err.where, "%s", err.what);
    }
    if (faults->count != 0) {
        refuse(c, faults);
        return;
    }
    if (c->ask_count != 0 && (batch = record_asks(c, RECORD_ASKED, c->request.reason, describe_asked)) == NULL) {
        return;
    }
    if (c->crisis_count != 0 && (batch = record_shown(c, batch)) == NULL) {
        return;
    }
    if (c->ask_count != 0) {
        store_commit(c->call.api->door, batch, asked, c);
    } else { /* numbers to call, and no question to anybody */
        consult_table_write(c);
        call_commit(&c->call, batch, 200);
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
