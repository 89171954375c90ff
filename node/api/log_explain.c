#include "api/log_explain.h"

#include <string.h>

#include "api/api.h"
#include "api/book.h"
#include "api/decision_inputs.h"
#include "api/log.h"
#include "api/query.h"
#include "base/mem.h"
#include "policy/explain.h"

struct explaining {
    struct call call;
    uint64_t sequence;
};

/* ---- one decision ---- */

static void put_categories(struct json_writer *w, uint32_t categories)
{
    json_begin_array(w, "categorieen");
    for (unsigned i = 0; i < CATEGORY_COUNT; i++) {
        if ((categories >> i & 1U) != 0) {
            json_put_text(w, NULL, category_word((enum category)i));
        }
    }
    json_end_array(w);
}

static void put_rules(struct json_writer *w, const struct policy_explained *rows, size_t count)
{
    json_begin_array(w, "regels");
    for (size_t i = 0; i < count && i < EXPLAIN_RULES_MAX; i++) {
        json_begin_object(w, NULL);
        json_put_text(w, "regel", rows[i].rule);
        json_put_text(w, "oorzaak", policy_reason_code(rows[i].reached));
        put_categories(w, rows[i].categories);
        json_put_text(w, "zin", policy_explain_sentence(&rows[i]).text);
        json_end_object(w);
    }
    json_end_array(w);
    json_put_int(w, "aantalRegels", (int64_t)count);
}

void explain_put(struct json_writer *w, const struct covenant *covenant, const struct policy_request *request,
                 const struct policy_subject *subject, const struct policy_record *record, uint32_t *categories)
{
    struct policy_explained rows[EXPLAIN_RULES_MAX];
    struct policy_decision decision;
    const size_t count = policy_explain(covenant, request, subject, record, rows, EXPLAIN_RULES_MAX, &decision);
    json_put_text(w, "oorzaak", policy_reason_code(decision.why));
    json_put_text(w, "reden", decision.reason);
    put_categories(w, decision.permit ? decision.categories : 0);
    if (decision.obligation != NULL) {
        json_put_text(w, "verplichting", decision.obligation);
    }
    if (decision.note != NULL) {
        json_put_text(w, "aantekening", decision.note);
    }
    put_rules(w, rows, count);
    *categories |= decision.permit ? decision.categories : 0;
}

/* ---- a record ---- */

static void put_domains(struct json_writer *w, const struct covenant *covenant, const struct policy_replay *inputs,
                        bool shielded, uint32_t *categories)
{
    const struct policy_subject subject = policy_replay_subject(inputs);
    const uint16_t domains = shielded ? inputs->shielded : inputs->domains;
    for (unsigned d = 0; d < LIFE_DOMAIN_COUNT; d++) {
        const struct policy_record record = {slice_text(life_domain_word((enum life_domain)d)), shielded, false};
        if ((domains >> d & 1U) != 0) {
            json_begin_object(w, NULL);
            json_put_slice(w, "leefgebied", record.life_domain);
            json_put_bool(w, "afgeschermd", shielded);
            explain_put(w, covenant, &inputs->request, &subject, &record, categories);
            json_end_object(w);
        }
    }
}

static void write_answer(struct explaining *e, const struct record *r)
{
    struct json_writer w = json_writer(&e->call.body);
    const struct covenant *decided = book_that_decided(e->call.api, r);
    const struct covenant *covenant = decided != NULL ? decided : e->call.covenant;
    const struct policy_replay inputs = record_inputs_of(r, covenant, &e->call.api->own_oin);
    const bool answered = r->operation == RECORD_ANSWERED;
    uint32_t categories = 0;
    json_begin_object(&w, NULL);
    json_put_int(&w, "volgnummer", (int64_t)e->sequence);
    json_put_text(&w, "tijd", moment_text(r->time_ms).text);
    json_put_text(&w, "handeling", record_operation_word(r->operation));
    json_put_text(&w, "ketenpartner", r->peer.digits);
    json_put_text(&w, "doel", r->purpose);
    json_put_text(&w, "uitkomst", record_outcome_word(r->outcome));
    json_put_bool(&w, "convenantVanToen", decided != NULL);
    json_put_bool(&w, "invoerVolledig", inputs.known);
    json_begin_array(&w, "besluiten");
    if (!answered) {
        json_begin_object(&w, NULL);
        explain_put(&w, covenant, &inputs.request, NULL, NULL, &categories);
        json_end_object(&w);
    } else if (r->outcome != OUTCOME_UNKNOWN) {
        put_domains(&w, covenant, &inputs, false, &categories);
        put_domains(&w, covenant, &inputs, true, &categories);
    }
    json_end_array(&w);
    /* At the asker the record tells that it was asked: then it agrees when a rule lets it. */
    json_put_bool(&w, "komtOvereen", answered ? categories == r->categories : categories != 0);
    json_end_object(&w);
}

static void not_here(struct explaining *e, const char *what)
{
    struct error err;
    struct record record = call_refusal(&e->call);
    (void)error_set(&err, FAULT_NOT_FOUND, "", "%s", what);
    call_refuse_error(&e->call, &record, &err);
}

static void leaf_read(void *ctx, const struct store_leaf *leaves, size_t count, const struct error *failed)
{
    struct explaining *e = ctx;
    struct record explained = {0};
    struct store_batch *batch = NULL;
    struct error err;
    if (failed != NULL) {
        call_fail(&e->call, failed);
        return;
    }
    if (count != 1 || leaves->sequence != e->sequence) {
        not_here(e, "zo'n regel staat niet in het logboek");
        return;
    }
    const enum log_seal seal = log_open_leaf(e->call.api, leaves, &explained, NULL);
    if (seal != LOG_SEAL_WHOLE) {
        not_here(e, seal == LOG_SEAL_DESTROYED
                        ? "de sleutel van deze regel is vernietigd: zijn bewaartermijn is voorbij"
                        : "het gesloten deel van deze regel kan niet worden gelezen");
        return;
    }
    if (explained.operation != RECORD_ANSWERED && explained.operation != RECORD_ASKED) {
        not_here(e, "deze regel gaat niet over een vraag die hier werd gesteld of beantwoord");
        mem_wipe(&explained, sizeof explained);
        return;
    }
    write_answer(e, &explained);
    struct record record = call_record(&e->call, RECORD_LOG_READ);
    record.outcome = OUTCOME_DONE;
    record.entries = 1;
    record.subject = explained.subject;
    record.bsn = explained.bsn;
    if (call_log(&e->call, &batch, &record, slice_text("uitgelegd"), &err) != RESULT_OK) {
        call_unlogged(&e->call, &err);
    } else {
        call_commit(&e->call, batch, 200);
    }
    mem_wipe(&explained, sizeof explained);
    mem_wipe(&record, sizeof record);
}

static void start(struct call *call)
{
    struct explaining *e = (struct explaining *)call;
    const int64_t number = query_digits(http_request_parameter(call->request));
    if (number < 0) {
        call_refuse_with(call, FAULT_INVALID, "verklaringen", "hier hoort het volgnummer van een regel");
        return;
    }
    e->sequence = (uint64_t)number;
    store_log_read(call->api->door, e->sequence, 1, leaf_read, e);
}

void log_explain(struct http_request *request, void *ctx)
{
    struct call *call = call_begin(ctx, request, sizeof(struct explaining));
    if (call != NULL) {
        call_require(call, MAY_READ_LOG, start);
    }
}
