/* In this order: read and check -> whom is it about -> the checkpoint -> of a period: where it lies -> the record of it ->
 * the answer (export_stream.c). */
#include "api/export.h"

#include "api/checkpoints.h"
#include "api/export_parts.h"
#include "base/mem.h"

enum { TELL_MAX = 2048 };

static void clean(struct call *call)
{
    struct exporting *x = (struct exporting *)call;
    json_free(x->json);
    buf_free(&x->note);
    buf_wipe(&x->rows);
    buf_wipe(&x->evidence);
    buf_wipe(&x->ready);
    mem_free(x->begun);
    mem_wipe(&x->sought, sizeof x->sought);
}

/* ---- the record of it ---- */

static void recorded(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct exporting *x = ctx;
    if (err != NULL) {
        audit_forget_keys(x->call.api->audit);
        log_error(x->call.api->log, LOG_ERROR, "vastleggen-mislukt", err);
        call_fail(&x->call, err);
        return;
    }
    x->record.index += committed->first_leaf;
    export_stream(x);
}

static void record_it(struct exporting *x)
{
    static const struct ident none;
    char text[TELL_MAX];
    struct error err;
    struct store_batch *batch = NULL;
    const uint64_t most = x->filtered ? EXPORT_RECORDS_MAX : x->end - x->at;
    struct record record = call_record(&x->call, RECORD_EXPORTED);
    record.outcome = OUTCOME_DONE;
    record.entries = (uint32_t)most;
    record.subject = x->sought.values.subject;
    if (ident_equal(&record.subject, &none)) {
        record.bsn = x->sought.values.bsn;
    }
    export_tell(x, most, text, sizeof text);
    if (call_log_exchange(&x->call, &batch, &record, slice_text(text), slice_of(NULL, 0), &x->record, &err) !=
        RESULT_OK) {
        call_unlogged(&x->call, &err);
    } else {
        store_commit(x->call.api->door, batch, recorded, x);
    }
    mem_wipe(&record, sizeof record);
}

/* ---- where a period lies ---- */

static void refuse(struct exporting *x, const struct fault_list *faults)
{
    struct record record = call_refusal(&x->call);
    call_refuse(&x->call, &record, faults);
    mem_wipe(&record, sizeof record);
}

static void refuse_with(struct exporting *x, const struct error *err)
{
    const struct fault_list faults = {.count = 1, .items = {*err}};
    refuse(x, &faults);
}

static void period_known(struct exporting *x)
{
    struct fault_list faults = {0};
    if (export_fits(x->end - x->at, &faults)) {
        record_it(x);
    } else {
        refuse(x, &faults);
    }
}

struct moment {
    uint64_t sequence;
    bool failed;
    struct error err;
};

static void take_moment(void *ctx, uint64_t sequence, const struct error *err)
{
    struct moment *m = ctx;
    m->sequence = sequence;
    if (err != NULL) {
        m->failed = true;
        m->err = *err;
    }
}

/* While no clock was set back, times run back by no more than is accepted of one: with that room on both sides no record of
 * the period is outside. */
static void find_period(struct exporting *x)
{
    struct moment m = {.failed = false};
    if (x->sought.from_ms != 0) {
        log_moment(x->call.api, x->sought.from_ms - CLOCK_BACK_MAX_MS, take_moment, &m);
        x->at = m.sequence < x->end ? m.sequence : x->end;
    }
    if (x->sought.end_ms != INT64_MAX && !m.failed) {
        log_moment(x->call.api, x->sought.end_ms + CLOCK_BACK_MAX_MS, take_moment, &m);
        x->end = m.sequence < x->end ? m.sequence : x->end;
        x->end = x->end > x->at ? x->end : x->at;
    }
    if (m.failed) {
        call_fail(&x->call, &m.err);
    } else {
        period_known(x);
    }
}

static enum log_walk_go saw_clock_run_back(void *ctx, const struct store_leaf *leaf, enum log_seal seal,
                                           const struct record *record, struct slice text)
{
    (void)leaf;
    (void)seal;
    (void)record;
    (void)text;
    ((struct exporting *)ctx)->ran_back = true;
    return LOG_WALK_STOP;
}

static void look_for(struct exporting *x, enum record_operation operation, log_walk_done *done)
{
    const struct log_sought sought = {
        .values.operation = operation, .any_outcome = true, .end_ms = INT64_MAX, .before = UINT64_MAX};
    log_walk(x->call.api, &sought, 1, true, saw_clock_run_back, done, x);
}

static void looked(void *ctx, const struct log_walk_end *end, const struct error *err)
{
    struct exporting *x = ctx;
    (void)end;
    if (err != NULL) {
        call_fail(&x->call, err);
    } else if (x->ran_back) {
        period_known(x); /* the whole log is gone through: each record is judged by its own time */
    } else {
        find_period(x);
    }
}

static void looked_for_reset(void *ctx, const struct log_walk_end *end, const struct error *err)
{
    struct exporting *x = ctx;
    if (err != NULL || x->ran_back) {
        looked(x, end, err);
    } else {
        look_for(x, RECORD_RESTORED, looked);
    }
}

/* ---- what it is proven by ---- */

/* Of the first checkpoint of a log not always enough do. */
static bool enough_cosigned(const struct exporting *x, const struct note *note)
{
    const struct api *api = x->call.api;
    struct error err;
    size_t count = 0;
    for (size_t i = 0; i < covenant_party_count(x->call.covenant); i++) {
        const struct party *party = covenant_party_at(x->call.covenant, i);
        const struct party_keys *keys = NULL;
        count += party->witness && !oin_equal(&party->oin, &api->own_oin) &&
                 party_keys(x->call.held, party, &keys, &err) == RESULT_OK &&
                 note_verdict(note, &keys->witness, NULL) == NOTE_HOLDS;
    }
    return count >= checkpoints_needed(api);
}

static bool take_checkpoint(struct exporting *x, struct error *err)
{
    struct note note = {.count = 0};
    const struct slice latest = checkpoints_latest(x->call.api->checkpoints);
    buf_slice_in(&x->note, latest);
    if (latest.len != 0 && (note_parse(buf_slice(&x->note), &note, err) != RESULT_OK ||
                            checkpoint_parse(note.text, &x->checkpoint, err) != RESULT_OK)) {
        return false;
    }
    if (latest.len == 0 || !enough_cosigned(x, &note)) {
        (void)error_set(
            err, FAULT_CONFLICT, "",
            "er is nog geen controlepunt dat genoeg getuigen medeondertekenden: probeer het straks opnieuw");
        return false;
    }
    if (x->size > x->checkpoint.size) {
        (void)error_set(err, FAULT_INVALID, "/totOmvang", "het laatste controlepunt is van omvang %llu",
                        (unsigned long long)x->checkpoint.size);
        return false;
    }
    x->size = x->size != 0 ? x->size : x->checkpoint.size;
    return true;
}

static void head_read(void *ctx, const struct merkle_frontier *tree, const struct error *failed)
{
    struct exporting *x = ctx;
    struct error err;
    if (failed != NULL) {
        call_fail(&x->call, failed);
        return;
    }
    x->log_size = tree->size;
    if (!take_checkpoint(x, &err)) {
        refuse_with(x, &err);
        return;
    }
    x->sought.size = x->end = x->size;
    if (x->filtered) {
        record_it(x);
    } else if (x->sought.from_ms != 0 || x->sought.end_ms != INT64_MAX) {
        look_for(x, RECORD_CLOCK_RESET, looked_for_reset);
    } else {
        period_known(x);
    }
}

/* ---- read and check ---- */

static void person_found(void *ctx, const struct record *both, const struct error *err)
{
    struct exporting *x = ctx;
    if (err != NULL) {
        call_fail(&x->call, err);
        return;
    }
    x->sought.values.bsn = both->bsn;
    x->sought.values.subject = both->subject;
    store_log_head(x->call.api->door, head_read, x);
}

static bool make_room(struct exporting *x)
{
    buf_init(&x->note, NOTE_BYTES_MAX);
    buf_init(&x->rows, EXPORT_GROUP_MAX);
    buf_init(&x->evidence, EXPORT_GROUP_MAX);
    buf_init(&x->ready, EXPORT_READY_MAX);
    x->begun = mem_array(EXPORT_BEGUN, sizeof *x->begun);
    x->nonce = entropy_ident(x->call.api->entropy);
    return x->begun != NULL;
}

static void start(struct call *call)
{
    struct exporting *x = (struct exporting *)call;
    struct fault_list faults = {0};
    struct error err;
    const bool room = make_room(x);
    export_read(x, &faults);
    call->person = x->sought.values.bsn;
    call->subject = x->sought.values.subject;
    if (!room) {
        (void)error_set(&err, FAULT_NO_MEMORY, "", "geen geheugen");
        call_fail(call, &err);
    } else if (faults.count != 0) {
        refuse(x, &faults);
    } else if (x->sought.person) {
        log_find_person(call->api, bsn_is_set(&call->person) ? &call->person : NULL, &call->subject, person_found, x);
    } else {
        store_log_head(call->api->door, head_read, x);
    }
}

void log_export(struct http_request *request, void *ctx)
{
    struct call *call = call_begin(ctx, request, sizeof(struct exporting));
    if (call != NULL) {
        call->clean = clean;
        call_require(call, MAY_INVESTIGATE, start);
    }
}
