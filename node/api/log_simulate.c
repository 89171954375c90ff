/* In this order: read and check -> the draft, on a worker -> the log, some records a turn -> a record of it -> answer. */
#include "api/log_simulate.h"

#include <stdio.h>
#include <string.h>

#include <uv.h>

#include "api/api.h"
#include "api/book.h"
#include "api/decision_inputs.h"
#include "api/later.h"
#include "api/log.h"
#include "api/log_sought.h"
#include "api/query.h"
#include "base/mem.h"
#include "policy/replay.h"

enum { TURN_NS = 1000000 /* for what was read; a record without inputs is decided many times over */ };
enum { SLICE_RECORDS = 25, SIMULATE_TEXT_MAX = 200, DAY_MS = 86400000 };

/* Why it cannot be known how a record would come out. */
enum doubt { DOUBT_NONE, DOUBT_DESTROYED, DOUBT_DAMAGED, DOUBT_INPUTS, DOUBT_CONSENT, DOUBT_COUNT };

static const struct {
    const char *word;
    const char *text;
} doubts[DOUBT_COUNT] = {
    [DOUBT_NONE] = {"", ""},
    [DOUBT_DESTROYED] = {"sleutel-vernietigd",
                         "De sleutel van deze regel is vernietigd: zijn bewaartermijn is voorbij."},
    [DOUBT_DAMAGED] = {"onleesbaar", "Het gesloten deel van deze regel kan niet worden gelezen."},
    [DOUBT_INPUTS] = {"invoer-ontbreekt",
                      "Deze regel is van voor toestemming, beperking en verklaringen werden vastgelegd."},
    [DOUBT_CONSENT] =
        {"toestemming-anders-gewogen",
         "Het ontwerp weegt toestemming anders dan het convenant van toen; wie wat zei, staat niet in de regel."},
};

struct simulation {
    struct call call;
    struct buf text; /* the draft as it came */
    struct covenant *draft;
    struct fault_list faults;
    int64_t from_ms, end_ms;
    uint64_t at, end, size; /* of the log */
    uint64_t looked;
    uint32_t consults, same, changed;
    uint32_t unknown[DOUBT_COUNT];
    size_t listed;
    struct json_writer writer;
    bool failed;
    struct error err;
};

static void clean(struct call *call)
{
    struct simulation *s = (struct simulation *)call;
    buf_free(&s->text);
    covenant_free(s->draft);
}

/* ---- one finding ---- */

static void put_categories(struct json_writer *w, const char *name, uint32_t categories)
{
    json_begin_array(w, name);
    for (unsigned i = 0; i < CATEGORY_COUNT; i++) {
        if ((categories >> i & 1U) != 0) {
            json_put_text(w, NULL, category_word((enum category)i));
        }
    }
    json_end_array(w);
}

static const char *difference(uint32_t before, uint32_t after)
{
    if (before == after) {
        return "andere-leefgebieden";
    }
    return (before & ~after) == 0 ? "meer" : (after & ~before) == 0 ? "minder" : "anders";
}

static void begin_finding(struct simulation *s, uint64_t sequence, const struct record *r, const char *what)
{
    const struct party *party = covenant_party(s->call.covenant, &r->peer);
    struct json_writer *w = &s->writer;
    s->listed++;
    json_begin_object(w, NULL);
    json_put_int(w, "volgnummer", (int64_t)sequence);
    json_put_text(w, "tijd", moment_text(r->time_ms).text);
    json_put_text(w, "handeling", record_operation_word(r->operation));
    json_put_text(w, "ketenpartner", r->peer.digits);
    if (party != NULL) {
        json_put_text(w, "ketenpartnerNaam", party->name);
    }
    json_put_text(w, "doel", r->purpose);
    json_put_text(w, "verschil", what);
}

static void tell_doubt(struct simulation *s, uint64_t sequence, const struct record *r, enum doubt doubt)
{
    s->unknown[doubt]++;
    begin_finding(s, sequence, r, "onbekend");
    json_put_text(&s->writer, "oorzaak", doubts[doubt].word);
    json_put_text(&s->writer, "reden", doubts[doubt].text);
    json_end_object(&s->writer);
}

static void tell_change(struct simulation *s, uint64_t sequence, const struct record *r, uint32_t after,
                        enum policy_reason why)
{
    s->changed++;
    begin_finding(s, sequence, r, difference(r->categories, after));
    put_categories(&s->writer, "was", r->categories);
    put_categories(&s->writer, "wordt", after);
    json_put_text(&s->writer, "oorzaak", policy_reason_code(why));
    json_put_text(&s->writer, "reden", policy_reason_text(why));
    json_end_object(&s->writer);
}

/* ---- one record ---- */

/* Would what was said then be weighed otherwise than under the covenant that decided? Where that one is gone, who knows. */
static bool consent_unsure(const struct simulation *s, const struct covenant *decided, const struct record *r)
{
    const struct consent_terms *draft = covenant_consent_terms(s->draft);
    const struct consent_terms *then = decided != NULL ? covenant_consent_terms(decided) : NULL;
    if (then == NULL || draft->months_at_most != then->months_at_most) {
        return true;
    }
    const bool asked = r->age == REPLAY_AGE_UNKNOWN || (r->age >= 12 && r->age < 16);
    return draft->youth_alone != then->youth_alone && asked;
}

/* Against what the covenant that decided makes of the same inputs, where that is what was answered: so that a life domain
 * that comes or goes shows. Else against the categories that were answered together. */
static bool comes_out_alike(const struct simulation *s, const struct covenant *decided, const struct record *r,
                            const struct policy_replayed *after)
{
    struct policy_replayed before;
    if (decided != NULL) {
        const struct policy_replay inputs = record_inputs_of(r, decided, &s->call.api->own_oin);
        policy_replay(decided, &inputs, &before);
        if (before.sure && before.categories == r->categories) {
            return policy_replayed_equal(&before, after);
        }
    }
    return after->categories == r->categories;
}

static void simulate_answer(struct simulation *s, uint64_t sequence, const struct record *r)
{
    struct policy_replayed after;
    struct policy_replay inputs = record_inputs_of(r, s->draft, &s->call.api->own_oin);
    if (r->outcome == OUTCOME_UNKNOWN) {
        s->same++; /* of whom is not known here, no covenant tells anything */
        return;
    }
    const struct covenant *decided = book_that_decided(s->call.api, r);
    inputs.consent_unsure = consent_unsure(s, decided, r);
    policy_replay(s->draft, &inputs, &after);
    if (!after.sure) {
        tell_doubt(s, sequence, r, inputs.known ? DOUBT_CONSENT : DOUBT_INPUTS);
    } else if (comes_out_alike(s, decided, r, &after)) {
        s->same++;
    } else {
        tell_change(s, sequence, r, after.categories, after.why);
    }
}

static void simulate_ask(struct simulation *s, uint64_t sequence, const struct record *r)
{
    struct policy_decision widest;
    struct policy_decision strictest;
    const struct policy_replay inputs = record_inputs_of(r, s->draft, &s->call.api->own_oin);
    struct policy_request request = inputs.request;
    request.today = policy_replay_day(s->draft, &request.today);
    policy_may_ask(s->draft, &request, &strictest);
    if (!inputs.known) {
        request.report_open = request.order_in_force = true;
    }
    policy_may_ask(s->draft, &request, &widest);
    if (strictest.permit) {
        s->same++;
    } else if (widest.permit) {
        tell_doubt(s, sequence, r, DOUBT_INPUTS);
    } else {
        s->changed++;
        begin_finding(s, sequence, r, "niet-te-vragen");
        json_put_text(&s->writer, "oorzaak", policy_reason_code(widest.why));
        json_put_text(&s->writer, "reden", widest.reason);
        json_end_object(&s->writer);
    }
}

static void simulate(struct simulation *s, const struct store_leaf *leaf)
{
    struct record record = {0};
    const enum log_seal seal = log_open_leaf(s->call.api, leaf, &record, NULL);
    const bool consult = record.operation == RECORD_ANSWERED || record.operation == RECORD_ASKED;
    s->looked++;
    if (consult && record.time_ms >= s->from_ms && record.time_ms < s->end_ms) {
        s->consults++;
        if (seal != LOG_SEAL_WHOLE) {
            tell_doubt(s, leaf->sequence, &record, seal == LOG_SEAL_DESTROYED ? DOUBT_DESTROYED : DOUBT_DAMAGED);
        } else if (record.operation == RECORD_ANSWERED) {
            simulate_answer(s, leaf->sequence, &record);
        } else {
            simulate_ask(s, leaf->sequence, &record);
        }
    }
    mem_wipe(&record, sizeof record);
}

/* ---- the answer ---- */

static void finish(struct simulation *s)
{
    struct error err;
    struct store_batch *batch = NULL;
    struct json_writer *w = &s->writer;
    char text[SIMULATE_TEXT_MAX];
    json_end_array(w);
    json_put_int(w, "bekeken", (int64_t)s->looked);
    json_put_int(w, "raadplegingen", s->consults);
    json_put_int(w, "gelijk", s->same);
    json_put_int(w, "anders", s->changed);
    json_begin_object(w, "onbekend");
    json_put_int(w, "sleutelVernietigd", s->unknown[DOUBT_DESTROYED]);
    json_put_int(w, "onleesbaar", s->unknown[DOUBT_DAMAGED]);
    json_put_int(w, "invoerOntbreekt", s->unknown[DOUBT_INPUTS]);
    json_put_int(w, "toestemmingAndersGewogen", s->unknown[DOUBT_CONSENT]);
    json_end_object(w);
    json_put_int(w, "omvang", (int64_t)s->size);
    if (s->at < s->end) {
        json_put_int(w, "verder", (int64_t)s->at);
    }
    json_end_object(w);
    struct record record = call_record(&s->call, RECORD_LOG_READ);
    record.outcome = OUTCOME_DONE;
    record.entries = (uint32_t)s->looked;
    (void)snprintf(text, sizeof text, "gesimuleerd onder ontwerp %s, versie %s", covenant_hash(s->draft),
                   covenant_version(s->draft));
    if (call_log(&s->call, &batch, &record, slice_text(text), &err) != RESULT_OK) {
        call_unlogged(&s->call, &err);
    } else {
        call_commit(&s->call, batch, 200);
    }
}

/* ---- the log ---- */

static void take_leaves(void *ctx, const struct store_leaf *leaves, size_t count, const struct error *err)
{
    struct simulation *s = ctx;
    if (err != NULL || count == 0) {
        s->failed = err != NULL;
        s->err = err != NULL ? *err : s->err;
        s->at = s->failed ? s->at : s->end;
        return;
    }
    const uint64_t began_ns = uv_hrtime();
    for (size_t i = 0; i < count && s->at < s->end && s->listed < SIMULATE_LISTED && s->looked < SIMULATE_RECORDS;
         i++) {
        simulate(s, &leaves[i]);
        s->at = leaves[i].sequence + 1;
        if (uv_hrtime() - began_ns >= TURN_NS) {
            break;
        }
    }
}

static void turn(void *ctx)
{
    struct simulation *s = ctx;
    struct error err;
    const uint64_t left = s->end - s->at;
    if (left != 0) {
        store_log_read(s->call.api->door, s->at, left < SLICE_RECORDS ? (size_t)left : SLICE_RECORDS, take_leaves, s);
    }
    if (s->failed) {
        call_fail(&s->call, &s->err);
    } else if (s->at >= s->end || s->looked >= SIMULATE_RECORDS || s->listed >= SIMULATE_LISTED ||
               s->call.request == NULL) { /* or nobody waits for it any more */
        finish(s);
    } else if (later(s->call.api->loop, turn, s, &err) != RESULT_OK) {
        call_fail(&s->call, &err);
    }
}

static void take_size(void *ctx, const struct merkle_frontier *tree, const struct error *err)
{
    struct simulation *s = ctx;
    if (err != NULL) {
        call_fail(&s->call, err);
        return;
    }
    s->size = s->end = tree->size;
    s->at = s->at < s->end ? s->at : s->end;
    s->writer = json_writer(&s->call.body);
    json_begin_object(&s->writer, NULL);
    json_begin_array(&s->writer, "regels");
    turn(s);
}

/* ---- the draft ---- */

static void refuse(struct simulation *s)
{
    struct record record = call_refusal(&s->call);
    call_refuse(&s->call, &record, &s->faults);
}

static void read_draft(void *ctx)
{
    struct simulation *s = ctx;
    if (covenant_parse(buf_slice(&s->text), &s->draft, &s->faults) != RESULT_OK) {
        s->draft = NULL;
    }
}

static void draft_read(void *ctx)
{
    struct simulation *s = ctx;
    buf_free(&s->text);
    if (s->draft != NULL && covenant_party(s->draft, &s->call.api->own_oin) == NULL) {
        fault_list_add(&s->faults, FAULT_INVALID, "/partijen", "uw organisatie staat niet in dit ontwerp");
    }
    if (s->faults.count != 0) {
        refuse(s);
    } else {
        store_log_head(s->call.api->door, take_size, s);
    }
}

static void start(struct call *call)
{
    struct simulation *s = (struct simulation *)call;
    struct error err;
    const struct slice query = http_request_query(call->request);
    const int64_t from = query_number(query, "vanaf", 0);
    struct slice day;
    s->from_ms = query_find(query, "van", &day) ? log_sought_day(day, "van", &s->faults) : 0;
    s->end_ms = query_find(query, "tot", &day) ? log_sought_day(day, "tot", &s->faults) + DAY_MS : INT64_MAX;
    if (from < 0) {
        fault_list_add(&s->faults, FAULT_INVALID, "vanaf", "hier hoort het volgnummer van een regel");
    }
    if (s->faults.count == 0 && s->from_ms >= s->end_ms) {
        fault_list_add(&s->faults, FAULT_INVALID, "tot", "ligt voor van");
    }
    if (s->faults.count != 0) {
        refuse(s);
        return;
    }
    s->at = (uint64_t)from;
    buf_init(&s->text, COVENANT_BYTES_MAX);
    buf_slice_in(&s->text, http_request_body(call->request)); /* the client may go while the worker reads */
    if (buf_result(&s->text, "ontwerp", &err) != RESULT_OK ||
        aside(call->api->loop, read_draft, draft_read, s, &err) != RESULT_OK) {
        call_fail(call, &err);
    }
}

void log_simulate(struct http_request *request, void *ctx)
{
    struct call *call = call_begin(ctx, request, sizeof(struct simulation));
    if (call != NULL) {
        call->clean = clean;
        call_require(call, MAY_READ_LOG, start);
    }
}
