/* Findings at the desk: what waits, ranked; one with the records that it stands on; and what is done about it. */
#include <stdio.h>
#include <string.h>

#include "api/findings_parts.h"
#include "api/log.h"
#include "api/matters.h"
#include "base/mem.h"

enum { TEXT_MAX = FINDING_NOTE_MAX + 256, EXPLAIN_MAX = 1024 };

static const char not_here[] = "deze bevinding is hier niet";
static const char no_id[] = "hier hoort het kenmerk van een bevinding: 32 hexadecimale cijfers";

void findings_write(struct json_writer *w, const struct covenant *covenant, const struct finding *finding,
                    const struct ident *id)
{
    struct buf text;
    const struct party *party = covenant_party(covenant, &finding->peer);
    buf_init(&text, EXPLAIN_MAX);
    finding_explain(finding, party != NULL ? party->name : NULL, &text);
    json_put_text(w, "id", ident_text(id).text);
    json_put_text(w, "regel", finding_rule_word(finding->rule));
    json_put_slice(w, "aanleiding", buf_slice(&text));
    json_put_int(w, "gewicht", finding->score);
    json_put_text(w, "stand", finding_state_word(finding->state));
    if (finding->verdict != FINDING_NO_VERDICT) {
        json_put_text(w, "oordeel", finding_verdict_word(finding->verdict));
    }
    matters_put_day(w, "uitzonderingTot", &finding->except_until);
    json_put_text(w, "dag", date_text(&finding->day).text);
    json_put_text(w, "eerste", moment_text(finding->first_ms).text);
    json_put_text(w, "laatste", moment_text(finding->last_ms).text);
    if (finding->user[0] != '\0') {
        json_put_text(w, "gebruiker", finding->user);
    }
    if (oin_is_set(&finding->peer)) {
        json_put_text(w, "ketenpartner", finding->peer.digits);
        json_put_text(w, "ketenpartnerNaam", party != NULL ? party->name : "geen partij meer");
    }
    json_begin_array(w, "volgnummers");
    for (uint32_t i = 0; i < finding->record_count; i++) {
        json_put_int(w, NULL, (int64_t)finding->records[i]);
    }
    json_end_array(w);
    json_put_int(w, "nietGenoemd", finding->more);
    json_put_int(w, "aantalStappen", (int64_t)finding->step_count);
    buf_free(&text);
}

void findings_write_steps(struct json_writer *w, const struct finding *finding)
{
    json_begin_array(w, "stappen");
    for (size_t i = 0; i < finding->step_count; i++) {
        const struct finding_step *step = &finding->steps[i];
        json_begin_object(w, NULL);
        json_put_text(w, "stap", finding_step_word(step->kind));
        json_put_text(w, "gebruiker", step->user);
        json_put_text(w, "tijd", moment_text(step->at_ms).text);
        if (step->verdict != FINDING_NO_VERDICT) {
            json_put_text(w, "oordeel", finding_verdict_word(step->verdict));
        }
        if (step->text[0] != '\0') {
            json_put_text(w, "tekst", step->text);
        }
        json_end_object(w);
    }
    json_end_array(w);
}

/* ---- one, with its records ---- */

struct showing {
    struct call call;
    struct ident id;
    struct finding finding;
    struct json_writer writer;
    struct record people[FINDING_RECORDS_MAX]; /* bsn and subject: each once */
    size_t people_count;
    bool failed;
    struct error err;
};

static void clean_show(struct call *call)
{
    struct showing *s = (struct showing *)call;
    mem_wipe(&s->finding, sizeof s->finding);
    mem_wipe(s->people, sizeof s->people);
}

static void note_person(struct showing *s, const struct record *record)
{
    static const struct ident none;
    if (!bsn_is_set(&record->bsn) && ident_equal(&record->subject, &none)) {
        return;
    }
    for (size_t i = 0; i < s->people_count; i++) {
        if (bsn_equal(&s->people[i].bsn, &record->bsn) && ident_equal(&s->people[i].subject, &record->subject)) {
            return;
        }
    }
    s->people[s->people_count++] = (struct record){.bsn = record->bsn, .subject = record->subject};
}

static void leaf_read(void *ctx, const struct store_leaf *leaves, size_t count, const struct error *err)
{
    struct showing *s = ctx;
    struct record record;
    if (err != NULL) {
        s->failed = true;
        s->err = *err;
    } else if (count == 1) {
        log_put_leaf(&s->call, &s->writer, NULL, leaves);
        if (log_open_leaf(s->call.api, leaves, &record, NULL) == LOG_SEAL_WHOLE) {
            note_person(s, &record);
        }
        mem_wipe(&record, sizeof record);
    }
}

/* Each person of whom something was seen finds that in the log; and one record when it was nobody. */
static enum result record_reading(struct showing *s, struct store_batch **batch, struct error *err)
{
    char text[TEXT_MAX];
    (void)snprintf(text, sizeof text, "bevinding %s (%s)", ident_text(&s->id).text, finding_rule_word(s->finding.rule));
    for (size_t i = 0; i == 0 || i < s->people_count; i++) {
        struct record record = call_record(&s->call, RECORD_LOG_READ);
        record.outcome = OUTCOME_DONE;
        record.entries = s->people_count != 0 ? 1 : s->finding.record_count;
        record.bsn = s->people[i].bsn;
        record.subject = s->people[i].subject;
        const enum result result = call_log(&s->call, batch, &record, slice_text(text), err);
        mem_wipe(&record, sizeof record);
        TRY(result);
    }
    return RESULT_OK;
}

static void show_found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct showing *s = ctx;
    struct call *call = &s->call;
    struct store_batch *batch = NULL;
    struct error err;
    if (failed != NULL) {
        call_fail(call, failed);
        return;
    }
    if (found->item == NULL) {
        call_refuse_with(call, FAULT_NOT_FOUND, "", not_here);
        return;
    }
    if (finding_decode(found->item->payload, &s->finding, &err) != RESULT_OK) {
        call_fail(call, &err);
        return;
    }
    s->writer = json_writer(&call->body);
    json_begin_object(&s->writer, NULL);
    findings_write(&s->writer, call->covenant, &s->finding, &s->id);
    findings_write_steps(&s->writer, &s->finding);
    json_begin_array(&s->writer, "regels");
    for (uint32_t i = 0; i < s->finding.record_count && !s->failed; i++) {
        store_log_read(call->api->door, s->finding.records[i], 1, leaf_read, s);
    }
    json_end_array(&s->writer);
    json_end_object(&s->writer);
    if (s->failed) {
        call_fail(call, &s->err);
    } else if (record_reading(s, &batch, &err) != RESULT_OK) {
        call_unlogged(call, &err);
    } else {
        call_commit(call, batch, 200);
    }
}

static void show(struct call *call)
{
    struct showing *s = (struct showing *)call;
    if (!ident_parse(http_request_parameter(call->request), &s->id)) {
        call_refuse_with(call, FAULT_INVALID, "bevindingen", no_id);
        return;
    }
    store_get(call->api->door, STORE_FINDING, &s->id, STORE_KIND_COUNT, show_found, s);
}

void findings_show(struct http_request *request, void *ctx)
{
    struct call *call = call_begin(ctx, request, sizeof(struct showing));
    if (call != NULL) {
        call->clean = clean_show;
        call_require(call, MAY_READ_LOG, show);
    }
}

/* ---- a step ---- */

static const struct json_field step_fields[] = {
    {"stap", JSON_TEXT, true, 1, CODE_MAX},
    {"tekst", JSON_TEXT, false, 1, FINDING_NOTE_MAX},
    {"oordeel", JSON_TEXT, false, 1, CODE_MAX},
    {"uitzonderingTot", JSON_TEXT, false, DATE_TEXT_SIZE - 1, DATE_TEXT_SIZE - 1},
};

struct stepping {
    struct call call;
    struct ident id;
    struct finding_step step;
    struct date until;
    struct finding finding;
    bool himself; /* one of the looks that it stands on is the caller's */
    bool failed;
    struct error err;
};

static void clean_step(struct call *call)
{
    struct stepping *s = (struct stepping *)call;
    mem_wipe(&s->step, sizeof s->step);
    mem_wipe(&s->finding, sizeof s->finding);
    findings_changed(call->api);
}

static bool says_something(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] > ' ') {
            return true;
        }
    }
    return false;
}

/* An exception is for a day that is still to come, and not for always. */
static void read_until(struct stepping *s, const struct json *json, struct fault_list *faults)
{
    const struct slice text = json_text_of(json, "uitzonderingTot");
    if (text.len == 0) {
        return;
    }
    if (!date_parse(text, &s->until) || date_compare(&s->until, &s->call.today) < 0 ||
        date_days(&s->until) - date_days(&s->call.today) > EXCEPTION_DAYS_MAX) {
        fault_list_add(faults, FAULT_INVALID, "/uitzonderingTot",
                       "hier hoort een dag als JJJJ-MM-DD, vanaf vandaag en hoogstens %d dagen verder",
                       (int)EXCEPTION_DAYS_MAX);
    }
}

static void read_step(struct stepping *s, const struct json *json, struct fault_list *faults)
{
    const struct slice text = json_text_of(json, "tekst");
    const struct slice verdict = json_text_of(json, "oordeel");
    if (!finding_step_parse(json_text_of(json, "stap"), &s->step.kind)) {
        fault_list_add(faults, FAULT_INVALID, "/stap", "toegestaan: notitie, gezien, sluiten, heropenen");
        return;
    }
    const bool closes = s->step.kind == FINDING_CLOSE;
    if ((s->step.kind != FINDING_LOOK || text.len != 0) &&
        (!says_something(text) || !slice_copy_text(text, s->step.text, sizeof s->step.text))) {
        fault_list_add(faults, FAULT_INVALID, "/tekst", "hier hoort een tekst van 1 tot en met %d bytes",
                       (int)FINDING_NOTE_MAX);
    }
    if (closes != (verdict.len != 0) || (closes && !finding_verdict_parse(verdict, &s->step.verdict))) {
        fault_list_add(faults, FAULT_INVALID, "/oordeel",
                       closes ? "bij sluiten hoort terecht, onterecht of onduidelijk"
                              : "een oordeel hoort alleen bij sluiten");
    }
    if (!closes && json_text_of(json, "uitzonderingTot").len != 0) {
        fault_list_add(faults, FAULT_INVALID, "/uitzonderingTot", "een uitzondering hoort alleen bij sluiten");
    } else {
        read_until(s, json, faults);
    }
}

static enum result check_exception(const struct stepping *s, struct error *err)
{
    const struct finding *f = &s->finding;
    ENSURE(f->rule != RULE_SAMPLE && f->rule != RULE_AND_MORE, err, FAULT_INVALID, "/uitzonderingTot",
           "bij regel %s is er geen uitzondering", finding_rule_word(f->rule));
    ENSURE(s->call.api->findings.exceptions < EXCEPTIONS_MAX, err, FAULT_CONFLICT, "/uitzonderingTot",
           "er zijn al %d uitzonderingen van kracht", (int)EXCEPTIONS_MAX);
    return RESULT_OK;
}

static void look_for_himself(void *ctx, const struct store_leaf *leaves, size_t count, const struct error *err)
{
    struct stepping *s = ctx;
    struct record record = {.operation = 0};
    if (err != NULL) {
        s->failed = true;
        s->err = *err;
    } else if (count == 1 && log_open_leaf(s->call.api, leaves, &record, NULL) == LOG_SEAL_WHOLE) {
        s->himself = s->himself || strcmp(record.user, s->call.caller.name) == 0;
    }
    mem_wipe(&record, sizeof record);
}

/* One that names no user is about all who looked in its records. */
static enum result find_himself(struct stepping *s, struct error *err)
{
    const struct finding *f = &s->finding;
    const bool all = s->step.kind == FINDING_CLOSE && f->user[0] == '\0';
    for (uint32_t i = 0; all && i < f->record_count && !s->failed; i++) {
        store_log_read(s->call.api->door, f->records[i], 1, look_for_himself, s);
    }
    if (s->failed) {
        *err = s->err;
        return RESULT_FAILED;
    }
    return RESULT_OK;
}

/* What the watch found is the officer's; of a sample the FG says what came of it too. Nobody judges himself. */
static enum result take_step(struct stepping *s, struct error *err)
{
    const struct caller *caller = &s->call.caller;
    const struct finding *f = &s->finding;
    ENSURE(f->rule == RULE_SAMPLE || (caller->may & MAY_INVESTIGATE) != 0, err, FAULT_FORBIDDEN, "",
           "uw rol staat dit alleen bij een steekproef toe");
    ENSURE(s->step.kind != FINDING_CLOSE || (strcmp(f->user, caller->name) != 0 && !s->himself), err, FAULT_FORBIDDEN,
           "/stap", "dit gaat over uzelf: laat dit een collega of de FG beoordelen");
    if (date_is_set(&s->until)) {
        ENSURE((caller->may & MAY_INVESTIGATE) != 0, err, FAULT_FORBIDDEN, "/uitzonderingTot",
               "uw rol staat geen uitzondering toe");
        TRY(check_exception(s, err));
    }
    return finding_do(&s->finding, &s->step, &s->until, err);
}

static enum result record_step(struct stepping *s, struct store_batch **batch, struct error *err)
{
    char text[TEXT_MAX];
    struct record record = call_record(&s->call, RECORD_FINDING_STEP);
    record.outcome = OUTCOME_DONE;
    record.peer = s->finding.peer;
    const bool excepts = date_is_set(&s->until);
    const bool closes = s->step.kind == FINDING_CLOSE;
    (void)snprintf(text, sizeof text, "%s %s: %s%s%s%s%s%s%s", finding_rule_word(s->finding.rule),
                   ident_text(&s->id).text, finding_step_word(s->step.kind), closes ? " als " : "",
                   finding_verdict_word(s->step.verdict), excepts ? ", uitzondering tot en met " : "",
                   excepts ? date_text(&s->until).text : "", s->step.text[0] != '\0' ? ": " : "", s->step.text);
    const enum result result = call_log(&s->call, batch, &record, slice_text(text), err);
    mem_wipe(text, sizeof text);
    return result;
}

static void save(struct stepping *s, uint64_t version)
{
    struct call *call = &s->call;
    struct store_batch *batch = NULL;
    struct error err;
    if (record_step(s, &batch, &err) != RESULT_OK) {
        call_unlogged(call, &err);
        return;
    }
    if (findings_store(batch, &s->finding, &s->id, version, &err) != RESULT_OK) {
        call_drop(call, batch);
        call_fail(call, &err);
        return;
    }
    struct json_writer w = json_writer(&call->body);
    json_begin_object(&w, NULL);
    findings_write(&w, call->covenant, &s->finding, &s->id);
    findings_write_steps(&w, &s->finding);
    json_end_object(&w);
    call_commit(call, batch, 200);
}

static void step_found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct stepping *s = ctx;
    struct call *call = &s->call;
    struct error err;
    if (failed != NULL) {
        call_fail(call, failed);
    } else if (found->item == NULL) {
        call_refuse_with(call, FAULT_NOT_FOUND, "", not_here);
    } else if (finding_decode(found->item->payload, &s->finding, &err) != RESULT_OK ||
               find_himself(s, &err) != RESULT_OK) {
        call_fail(call, &err);
    } else if (take_step(s, &err) != RESULT_OK) {
        struct record record = call_refusal(call);
        call_refuse_error(call, &record, &err);
    } else {
        save(s, found->item->version);
    }
}

static void step(struct call *call)
{
    struct stepping *s = (struct stepping *)call;
    struct fault_list faults = {0};
    struct json *json CLEANUP(json_cleanup) = call_json(call, step_fields, COUNT_OF(step_fields), &faults);
    if (faults.count == 0) {
        read_step(s, json, &faults);
    }
    if (faults.count != 0) {
        struct record record = call_refusal(call);
        call_refuse(call, &record, &faults);
        return;
    }
    if (!ident_parse(http_request_parameter(call->request), &s->id)) {
        call_refuse_with(call, FAULT_INVALID, "stappen", no_id);
        return;
    }
    s->step.at_ms = clock_now(call->api->clock);
    memcpy(s->step.user, call->caller.name, sizeof s->step.user);
    store_get(call->api->door, STORE_FINDING, &s->id, STORE_KIND_COUNT, step_found, s);
}

void findings_step(struct http_request *request, void *ctx)
{
    struct call *call = call_begin(ctx, request, sizeof(struct stepping));
    if (call != NULL) {
        call->clean = clean_step;
        call_require(call, MAY_INVESTIGATE | MAY_SAMPLE, step);
    }
}
