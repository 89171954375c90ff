/* The clock must not go back: a record of an earlier time than the one before it could say anything. */
#include "api/api.h"
#include "api/checkpoints.h"
#include "api/standing.h"
#include "base/bytes.h"
#include "base/mem.h"

static const char clock_highest_name[] = "hoogste-tijd";

/* A mistaken jump forward would make all honest times look like going back: where there are witnesses, a long one counts
 * when they confirm it, and none while they say that it is wrong. */
static bool is_believed(const struct api *api, int64_t now)
{
    if (api->checkpoints == NULL || checkpoints_needed(api) == 0) {
        return true;
    }
    return now - api->highest_ms <= CLOCK_JUMP_MAX_MS && !checkpoints_clock_wrong(api->checkpoints);
}

int64_t api_clock_lag(struct api *api)
{
    const int64_t now = clock_now(api->clock);
    if (now > api->highest_ms && is_believed(api, now)) {
        api->highest_ms = now;
    }
    return now < api->highest_ms ? api->highest_ms - now : 0;
}

void api_clock_confirmed(struct api *api)
{
    const int64_t now = clock_now(api->clock);
    if (now > api->highest_ms) {
        api->highest_ms = now;
    }
}

static void keep(struct store_batch *batch, int64_t highest_ms)
{
    uint8_t value[8];
    bytes_put_u64(value, (uint64_t)highest_ms);
    store_set_value(batch, clock_highest_name, slice_of(value, sizeof value));
}

void api_clock_keep(const struct api *api, struct store_batch *batch)
{
    keep(batch, api->highest_ms);
}

bool api_clock_wrong(struct api *api, struct error *err)
{
    const int64_t lag = api_clock_lag(api);
    if (lag <= CLOCK_BACK_MAX_MS) {
        return checkpoints_forbid(api->checkpoints, err);
    }
    (void)error_set(err, FAULT_CLOCK, "klok",
                    "de klok staat %lld s achter op wat eerder is gezien; zet haar goed, of "
                    "aanvaard deze tijd met ketenbrug clock reset",
                    (long long)(lag / 1000));
    return true;
}

struct starting {
    struct api *api;
    void (*ready)(void *ctx, const struct error *err);
    void *ctx;
};

/* What was stored with a checkpoint is what witnesses confirmed; the last record may be a little later. */
static void stored_read(void *ctx, struct slice value, const struct error *err)
{
    struct starting *s = ctx;
    if (err == NULL && value.len == 8) {
        const int64_t stored = (int64_t)bytes_get_u64(value.ptr);
        if (s->api->highest_ms - stored > CLOCK_JUMP_MAX_MS || s->api->highest_ms < stored) {
            s->api->highest_ms = stored;
        }
    }
    s->ready(s->ctx, err);
}

/* The last record must be one of this node: it opens with its keys, or its key is gone. That the keys that are there are
 * those that the log names, and which are gone, is for audit_start. */
static enum result check_last(const struct api *api, const struct store_leaf *leaf, struct record *record,
                              struct error *err)
{
    struct error why;
    TRY(record_decode_visible(leaf->leaf, record, err));
    const int64_t time_ms = record->time_ms;
    if (audit_read(api->audit, leaf, record, NULL, &why) != RESULT_OK) {
        record->time_ms = time_ms;
        ENSURE(why.fault == FAULT_NOT_FOUND, err, FAULT_CONFIG, "logboek",
               "het logboek is beschadigd of van een ander knooppunt: regel %llu opent niet (%.60s)",
               (unsigned long long)leaf->sequence, why.what);
    }
    return RESULT_OK;
}

static void last_read(void *ctx, const struct store_leaf *leaves, size_t count, const struct error *err)
{
    struct starting *s = ctx;
    struct record record;
    struct error why;
    if (err == NULL && count == 1) {
        if (check_last(s->api, &leaves[0], &record, &why) != RESULT_OK) {
            err = &why;
        } else {
            s->api->highest_ms = record.time_ms;
        }
        mem_wipe(&record, sizeof record);
    }
    if (err != NULL) {
        s->ready(s->ctx, err);
        return;
    }
    store_get_value(s->api->door, clock_highest_name, stored_read, s);
}

static void head_read(void *ctx, const struct merkle_frontier *tree, const struct error *err)
{
    struct starting *s = ctx;
    if (err != NULL || tree->size == 0) {
        s->ready(s->ctx, err);
        return;
    }
    store_log_read(s->api->door, tree->size - 1, 1, last_read, s);
}

void api_clock_start(struct api *api, void (*ready)(void *ctx, const struct error *err), void *ctx)
{
    /* The store answers such reads at once. */
    struct starting starting = {api, ready, ctx};
    store_log_head(api->door, head_read, &starting);
}

struct resetting {
    struct call call;
    int64_t now;
};

/* Only what is recorded counts. */
static void reset_committed(void *ctx, const struct store_committed *done, const struct error *err)
{
    struct resetting *r = ctx;
    struct api *api = r->call.api;
    (void)done;
    if (err != NULL) {
        audit_forget_keys(api->audit);
        log_error(api->log, LOG_ERROR, "vastleggen-mislukt", err);
        call_fail(&r->call, err);
        return;
    }
    api->highest_ms = r->now;
    if (api->checkpoints != NULL) {
        checkpoints_accept_clock(api->checkpoints);
    }
    call_answer(&r->call, 200);
}

static void reset(struct call *call)
{
    struct error err;
    struct resetting *r = (struct resetting *)call;
    struct store_batch *batch = NULL;
    struct fault_list faults = {0};
    json_free(call_json(call, NULL, 0, &faults)); /* an object with nothing in it */
    if (faults.count != 0) {
        struct record refusal = call_record(call, RECORD_REFUSED);
        call_refuse(call, &refusal, &faults);
        return;
    }
    struct record record = call_record(call, RECORD_CLOCK_RESET);
    record.outcome = OUTCOME_DONE;
    if (call_log(call, &batch, &record, slice_of(NULL, 0), &err) != RESULT_OK) {
        call_unlogged(call, &err);
        return;
    }
    r->now = clock_now(call->api->clock);
    keep(batch, r->now);
    struct json_writer w = json_writer(&call->body);
    json_begin_object(&w, NULL);
    json_put_text(&w, "tijd", moment_text(r->now).text);
    json_end_object(&w);
    store_commit(call->api->door, batch, reset_committed, r);
}

void clock_reset(struct http_request *request, void *ctx)
{
    struct call *call = call_begin(ctx, request, sizeof(struct resetting));
    if (call != NULL) {
        call_require(call, MAY_MANAGE, reset);
    }
}
