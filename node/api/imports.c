#include "api/imports.h"

#include <string.h>

#include "api/households.h"
#include "api/import_parts.h"
#include "api/import_runs.h"
#include "api/later.h"
#include "base/mem.h"

enum { TRIES = 3 };

static void clean(struct call *call)
{
    struct import *im = (struct import *)call;
    import_rows_free(&im->rows);
    buf_wipe(&im->body);
    buf_wipe(&im->payload);
}

void import_fail(struct import *im, const struct error *err)
{
    if (!im->failed) {
        im->failed = true;
        im->err = *err;
    }
}

/* ---- the end of a batch ---- */

static void answer(struct import *im)
{
    struct json_writer w = json_writer(&im->call.body);
    if (!im->rows.trial) {
        struct api *api = im->call.api;
        api->rows_new += im->fresh;
        api->rows_changed += im->changed;
        api->rows_same += im->same;
        api->rows_rejected += im->rows.refused_count;
    }
    buf_clear(&im->call.body);
    json_begin_object(&w, NULL);
    json_put_int(&w, "nieuw", (int64_t)im->fresh);
    json_put_int(&w, "gewijzigd", (int64_t)im->changed);
    json_put_int(&w, "ongewijzigd", (int64_t)im->same);
    json_begin_array(&w, "afgewezen");
    if (im->rows.refused.len != 0) {
        json_put_raw(&w, NULL, buf_slice(&im->rows.refused));
    }
    json_end_array(&w);
    json_end_object(&w);
    call_answer(&im->call, 200);
}

/* What the run has named now: only what is durable counts. */
static enum result remember(const struct import *im, struct import_run *run, struct error *err)
{
    for (size_t i = 0; i < im->rows.count; i++) {
        const struct import_row *row = &im->rows.rows[i];
        if (row->ordinal != 0) {
            TRY(import_run_name(run, row->ordinal, err));
        }
        if (!row->left_out && row->household != IMPORT_NO_HOUSEHOLD) {
            const struct import_household *h = &im->rows.households[row->household];
            TRY(import_run_lives_in(run, h->ordinal, import_place_of(&h->household, &im->rows.people[row->person].id),
                                    err));
        }
    }
    return RESULT_OK;
}

static void start_looking(struct import *im);

static void tell_of_changes(const struct import *im)
{
    for (size_t i = 0; i < im->rows.person_count; i++) {
        if (im->rows.people[i].changed && im->rows.people[i].kept) {
            cooperation_touched(im->call.api, &im->rows.people[i].id);
        }
    }
    for (size_t i = 0; i < im->rows.household_count; i++) {
        const struct import_household *h = &im->rows.households[i];
        if (h->changed) {
            households_reread(im->call.api->households);
        }
        for (size_t m = 0; h->changed && m < h->household.member_count; m++) {
            cooperation_touched(im->call.api, &h->household.members[m]);
        }
    }
}

static void committed(void *ctx, const struct store_committed *done, const struct error *err)
{
    (void)done;
    struct import *im = ctx;
    struct error fault;
    if (err != NULL) {
        audit_forget_keys(im->call.api->audit);
        if (err->fault == FAULT_CONFLICT && ++im->tries < TRIES) {
            start_looking(im); /* another batch brought the same person in the meantime */
            return;
        }
        log_error(im->call.api->log, LOG_ERROR, "inlezen-mislukt", err);
        call_fail(&im->call, err);
        return;
    }
    if (!im->rows.trial) {
        tell_of_changes(im);
    }
    if (im->rows.has_run) {
        struct import_run *run =
            import_run_find(im->call.api->imports, &im->rows.run, im->rows.system, clock_now(im->call.api->clock));
        if (run != NULL && remember(im, run, &fault) != RESULT_OK) {
            import_run_end(run); /* it can close nothing now */
            log_error(im->call.api->log, LOG_ERROR, "inleesrun-vergeten", &fault);
        }
    }
    answer(im);
}

static enum result record_count(struct import *im, enum record_operation operation, enum record_outcome outcome,
                                size_t count, struct error *err)
{
    struct record record = call_record(&im->call, operation);
    record.outcome = outcome;
    record.fault = outcome == OUTCOME_REFUSED ? FAULT_INVALID : FAULT_NONE;
    record.entries = (uint32_t)count;
    return count == 0 ? RESULT_OK : audit_append(im->call.api->audit, im->batch, &record, slice_of(NULL, 0), err);
}

/* What stayed as it was, or was only tried, was looked up all the same: one record says how many; one how many were
 * refused. */
static enum result record_rest(struct import *im, struct error *err)
{
    TRY(buf_result(&im->rows.refused, "/regels", err));
    TRY(record_count(im, im->rows.trial ? RECORD_READ : RECORD_IMPORTED, OUTCOME_DONE,
                     im->rows.trial ? im->rows.count : im->same, err));
    return record_count(im, RECORD_REFUSED, OUTCOME_REFUSED, im->rows.refused_count, err);
}

static void finish(struct import *im)
{
    struct error err;
    if (im->rows.trial) {
        store_batch_free(im->batch); /* the counts are all that was wanted */
        audit_forget_keys(im->call.api->audit);
        im->batch = store_batch_new(im->call.api->door);
    }
    if (im->batch == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "", "geen geheugen");
        import_fail(im, &err);
    } else if (!im->failed && record_rest(im, &err) != RESULT_OK) {
        import_fail(im, &err);
    }
    struct store_batch *batch = im->batch;
    im->batch = NULL;
    if (im->failed) {
        call_drop(&im->call, batch);
        call_fail(&im->call, &im->err);
        return;
    }
    store_commit(im->call.api->door, batch, committed, im);
}

/* ---- stage by stage, slice by slice ---- */

struct stage_row {
    void (*step)(struct import *im);
    size_t (*count)(const struct import *im);
};

static size_t people_of(const struct import *im)
{
    return im->rows.person_count;
}

static size_t rows_of(const struct import *im)
{
    return im->rows.count;
}

static size_t households_of(const struct import *im)
{
    return im->rows.household_count;
}

static const struct stage_row stages[] = {
    [LOOK_PEOPLE] = {import_look_person, people_of},
    [LOOK_ROWS] = {import_look_row, rows_of},
    [LOOK_HOUSEHOLDS] = {import_look_household, households_of},
    [JOIN_HOUSEHOLDS] = {import_join_household, rows_of},
    [WRITE_PEOPLE] = {import_write_person, people_of},
    [WRITE_ROWS] = {import_write_row, rows_of},
    [WRITE_HOUSEHOLDS] = {import_write_household, households_of},
};

static void go_on(void *ctx)
{
    struct import *im = ctx;
    struct error err;
    for (int left = IMPORT_SLICE_ROWS; left > 0 && im->stage != DONE && !im->failed;) {
        const struct stage_row *stage = &stages[im->stage];
        if (im->at == stage->count(im)) {
            im->stage++;
            im->at = 0;
            continue;
        }
        stage->step(im);
        im->at++;
        left--;
    }
    if (im->stage == DONE || im->failed) {
        finish(im);
    } else if (later(im->call.api->loop, go_on, im, &err) != RESULT_OK) {
        import_fail(im, &err);
        finish(im);
    }
}

static void start_looking(struct import *im)
{
    struct error err;
    im->stage = LOOK_PEOPLE;
    im->at = 0;
    im->fresh = im->changed = im->same = 0;
    for (size_t i = 0; i < im->rows.person_count; i++) {
        im->rows.people[i].counted = false;
        im->rows.people[i].held = 0;
        im->rows.people[i].kept = false;
    }
    im->batch = store_batch_new(im->call.api->door);
    if (im->batch == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "", "geen geheugen");
        import_fail(im, &err);
    }
    go_on(im);
}

/* ---- the beginning of a batch ---- */

static void household_newest(void *ctx, uint64_t ordinal, const struct error *err)
{
    struct import *im = ctx;
    if (err != NULL) {
        import_fail(im, err);
    }
    im->newest_household = ordinal;
}

static void involvement_newest(void *ctx, uint64_t ordinal, const struct error *err)
{
    struct import *im = ctx;
    struct api *api = im->call.api;
    if (err != NULL) {
        import_fail(im, err);
        return;
    }
    store_newest(api->door, STORE_HOUSEHOLD, household_newest, im);
    (void)import_run_begin(api->imports, &im->rows.run, im->rows.system, ordinal, im->newest_household,
                           clock_now(api->clock));
}

static void parsed(void *ctx)
{
    struct import *im = ctx;
    struct api *api = im->call.api;
    if (im->faults.count != 0) {
        struct record record = call_record(&im->call, RECORD_REFUSED);
        call_refuse(&im->call, &record, &im->faults);
        return;
    }
    if (im->rows.has_run &&
        import_run_find(api->imports, &im->rows.run, im->rows.system, clock_now(api->clock)) == NULL) {
        store_newest(api->door, STORE_INVOLVEMENT, involvement_newest, im);
    }
    start_looking(im);
}

static void parse(void *ctx)
{
    struct import *im = ctx;
    import_rows_read(&im->rows, buf_slice(&im->body), &im->call.today, &im->faults);
}

static void start(struct call *call)
{
    struct import *im = (struct import *)call;
    struct error err;
    /* The request may be gone before the worker is done with its body. */
    buf_slice_in(&im->body, http_request_body(call->request));
    if (buf_result(&im->body, "", &err) != RESULT_OK || aside(call->api->loop, parse, parsed, im, &err) != RESULT_OK) {
        call_fail(call, &err);
    }
}

void imports_add(struct http_request *request, void *ctx)
{
    struct call *call = call_begin(ctx, request, sizeof(struct import));
    if (call != NULL) {
        struct import *im = (struct import *)call;
        buf_init(&im->body, HTTP_BODY_IMPORT);
        buf_init(&im->payload, STORE_PAYLOAD_MAX);
        import_rows_init(&im->rows);
        call->clean = clean;
        call_require(call, MAY_IMPORT, start);
    }
}
